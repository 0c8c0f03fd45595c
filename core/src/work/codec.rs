//! The machine as bytes: the plans, what is still to be done, and the queue's clocks. Everything else is derived.

use alloc::{collections::VecDeque, vec::Vec};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{
    control::is_queued,
    machine::{Work, standing},
    queue::{Clocks, Queue},
    round::Rest,
    run::{Place, Run},
    words::{Todo, WorkLimits},
};

#[derive(Debug, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    next_plan: u32,
    #[n(1)]
    runs: Vec<(u32, Run)>,
    #[n(2)]
    todo: Vec<Todo>,
    #[n(3)]
    clocks: Clocks,
    #[n(4)]
    rest: Option<Rest>,
}

impl<C> Encode<C> for Work {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.map(4 + u64::from(self.rest.is_some()))?.u8(0)?.u32(self.next_plan)?.u8(1)?.array(self.runs.len() as u64)?;
        for run in &self.runs {
            run.encode(e, ctx)?;
        }
        e.u8(2)?.array(self.todo.len() as u64)?;
        for todo in &self.todo {
            todo.encode(e, ctx)?;
        }
        e.u8(3)?;
        self.queue.clocks().encode(e, ctx)?;
        if let Some(rest) = &self.rest {
            rest.encode(e.u8(4)?, ctx)?;
        }
        Ok(())
    }
}

impl Work {
    /// Reads it back, with limits and seed from elsewhere.
    ///
    /// # Errors
    /// If the bytes are not of this form.
    pub fn decode(d: &mut Decoder<'_>, limits: WorkLimits, seed: u64) -> Result<Self, decode::Error> {
        let stored = Stored::decode(d, &mut ())?;
        let mut work = Self::new(limits, seed);
        work.next_plan = stored.next_plan;
        work.gone.extend(stored.todo.iter().filter_map(Todo::if_gone));
        work.todo = VecDeque::from(stored.todo);
        work.queue = Queue::from_clocks(stored.clocks);
        work.rest = stored.rest;
        for (plan, mut run) in stored.runs {
            run.index();
            work.index(plan, &run);
            work.runs.insert(plan, run);
        }
        Ok(work)
    }

    /// Rebuilds what is derived from a plan.
    fn index(&mut self, plan: u32, run: &Run) {
        self.room.on_plan(run.tenant, run.nodes.len());
        self.names.insert((run.tenant, run.plan.id.clone()), plan);
        if let Some(at) = run.ended_at {
            self.room.on_ended(run.tenant, at, plan, run.nodes.len());
        }
        for (task, node) in (0..).zip(&run.nodes) {
            let at = Place { plan, task };
            self.dispatches.extend(node.past.iter().map(|dispatch| (*dispatch, at)));
            self.alarms.extend(node.alarms.iter().map(|(alarm, due)| (*due, at, *alarm)));
            let offered = node.offer.as_ref().and_then(|offer| offer.lease.as_ref());
            for lease in node.lease.iter().chain(offered) {
                self.agents.entry(lease.agent.clone()).or_default().insert(lease.dispatch);
                *self.at_work.entry(run.tenant).or_default() += 1;
            }
            if node.lease.is_some() || node.offer.is_some() {
                for key in &node.spec.keys {
                    *self.keys.entry((run.tenant, key.key.clone())).or_default() += 1;
                }
            }
            if node.unasked.is_some() && run.may_pose(node) {
                self.unasked.insert((run.tenant, at));
            }
            if is_queued(node) && !run.paused {
                self.queue.put_back(at, standing(run, node));
            }
        }
    }
}
