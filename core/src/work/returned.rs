//! What is given back, because its agent was stopped in order, as for a deploy. Nothing has failed: the task is ready at once, at the
//! same attempt, with all it had come to, and neither its agent nor the plan's budget pays for it.
//!
//! A task that makes its own host stop must not go round for ever. So one that was given back 16 times, and is given back once more
//! before it has got on, has used up an attempt. It has got on if more is done than ever before, or it has another state than when it was
//! last given back: what begins anew each time, and says the same again on its way, has not.
//!
//! Whoever goes on with it may begin anew, and propose again what was proposed before. So all dispatches of the attempt are one cause of
//! proposals: what was sent is not sent again because of a deploy. What has a key is not sent again at a later attempt either.
//!
//! | an agent is stopped, and has | then |
//! |---|---|
//! | a task | it is ready, at the same attempt |
//! | a task that undoes one | likewise: it goes on being undone |
//! | a task that was to stop | it is cancelled |
//! | a task that it has offered to others | the offer stands; when it is over, the task is ready, at the same attempt |
//! | an offer | others are asked, or its next life; if it was meant for it alone, the owner keeps the task |

use alloc::{boxed::Box, vec::Vec};

use minicbor::{Decode, Encode};

use super::{
    machine::Work,
    run::{KEPT, Node, Place},
    states::{TaskState, TaskWhy},
};
use crate::{det::digest, id::EffectId, time::Timestamp};

/// So often a task is given back without progress before that uses up an attempt.
const FREE: u8 = 16;

/// What is known of a task that was given back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Returned {
    /// How often, since it got on or an attempt was counted.
    #[n(0)]
    times: u8,
    /// It is nobody's: whoever gets it is at the same attempt.
    #[n(1)]
    waits: bool,
    /// The most that was done whenever it was given back.
    #[n(2)]
    done: u64,
    /// Digest of what a replacement resumes from, as it was then.
    #[n(3)]
    state: u64,
    /// The dispatch under which the attempt began.
    #[n(4)]
    #[cbor(default)]
    began: EffectId,
    /// Those that went on with it, the latest of them.
    #[n(5)]
    #[cbor(default)]
    went_on: Vec<EffectId>,
}

impl Node {
    /// Was it given back, and has nobody had it since?
    pub(crate) fn is_returned(&self) -> bool {
        self.returned.as_ref().is_some_and(|returned| returned.waits)
    }

    /// Somebody gets it under this dispatch. Says whether that goes on with what was given back.
    pub(crate) fn go_on(&mut self, dispatch: EffectId) -> bool {
        let Some(returned) = self.returned.as_mut().filter(|returned| returned.waits) else { return false };
        returned.waits = false;
        if returned.went_on.len() == KEPT {
            returned.went_on.remove(0);
        }
        returned.went_on.push(dispatch);
        true
    }

    /// Somebody has accepted it: it waits for nobody.
    pub(crate) fn on_taken_over(&mut self) {
        if let Some(returned) = &mut self.returned {
            returned.waits = false;
        }
    }

    /// It is given back by whoever had it under this dispatch. Says whether that is free.
    fn count_return(&mut self, dispatch: EffectId) -> bool {
        let state = digest(&self.progress.to_bytes());
        let before = self.returned.take();
        let most = before.as_ref().map_or(0, |before| before.done);
        let same = before.as_ref().filter(|before| before.went_on.contains(&dispatch));
        let (began, went_on) = same.map_or((dispatch, Vec::new()), |before| (before.began, before.went_on.clone()));
        let times =
            before.filter(|before| before.state == state && before.done >= self.done).map_or(0, |same| same.times);
        if times == FREE {
            return false;
        }
        let returned = Returned { times: times + 1, waits: true, done: most.max(self.done), state, began, went_on };
        self.returned = Some(Box::new(returned));
        true
    }
}

impl Work {
    /// The dispatch under which the attempt began that this one goes on with.
    pub(crate) fn began(&self, dispatch: EffectId) -> Option<EffectId> {
        let returned = self.node(*self.dispatches.get(&dispatch)?)?.returned.as_ref()?;
        returned.went_on.contains(&dispatch).then_some(returned.began)
    }

    /// The first dispatch of this one's task, since that began, was rerun, or began to be undone.
    pub(crate) fn first(&self, dispatch: EffectId) -> Option<EffectId> {
        // An older one is of what it was before.
        self.node(*self.dispatches.get(&dispatch)?)?.first.filter(|first| *first <= dispatch)
    }

    /// The agent that has this dispatch was stopped in order.
    pub(crate) fn on_returned(&mut self, now: Timestamp, at: Place, dispatch: EffectId) {
        let Some(node) = self.node_mut(at) else { return };
        let Some(owner) = node.lease.as_ref().filter(|lease| lease.dispatch == dispatch).map(|lease| &lease.agent)
        else {
            return self.offer_lost(now, at, dispatch, false);
        };
        if node.state == TaskState::Cancelling {
            self.free(now, at, None);
            return self.end(now, at, TaskState::Cancelled, Some(TaskWhy::Cancelled));
        }
        // Who has offered it to others is not to be offered it.
        if let Some(offer) = node.offer.as_deref_mut().filter(|offer| !offer.declined.contains(owner)) {
            offer.declined.push(owner.clone());
        }
        let (stands, is_free) = (node.offer.is_some(), node.count_return(dispatch));
        self.free(now, at, None);
        match is_free {
            _ if stands => {}
            true => self.ready_because(now, at, Some(TaskWhy::AgentStopped)),
            false => self.again(now, at, TaskWhy::AgentStopped, false, None),
        }
    }
}
