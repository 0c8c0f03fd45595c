//! What an event comes from: the definite links, strongest first, and whether it is our own effect coming back.

use super::{Cause, Chains, Lineage, Sent, pending_key, text_digest, token::Verified};
use crate::{
    det::{TextKey, digest_one},
    event::{ActorClass, Event},
    id::{ChainId, EffectId, Seq},
    time::Timestamp,
    verdict::LinkKind,
};

/// An event on its way in, with what is known about it before the chains are asked.
pub(crate) struct Arrival<'a> {
    pub(crate) event: &'a Event,
    /// Of the event's id.
    pub(crate) key: TextKey,
    /// The [`crate::det::name`] of its subject.
    pub(crate) subject: u64,
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    pub(crate) who: Who,
    pub(crate) verified: Option<&'a Verified>,
    pub(crate) broker: u32,
    /// How long after our effect an act of our own account still counts as that effect.
    pub(crate) recent_ms: u64,
}

/// Who an event's actor is, after the host's registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    /// What it is said to be, by the host or else by the platform.
    pub(crate) class: ActorClass,
    /// The host says so: nothing that is found out about it counts against that.
    pub(crate) registered: bool,
    /// It has shown to be a machine, whatever the platform says.
    pub(crate) machine: bool,
    /// One of the host's own accounts.
    pub(crate) own: bool,
    /// Not an own account, on a platform where the host has named its own.
    pub(crate) others_known: bool,
}

impl Who {
    /// What its doings are evidence of. Whether a rule applies never depends on that.
    pub(crate) fn acts_as(&self) -> ActorClass {
        if self.machine { ActorClass::Bot } else { self.class }
    }
}

/// A link that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: LinkKind,
    pub(super) of: Option<EffectId>,
    pub(super) lineage: Lineage,
    /// The other broker and its chain, where a token is not ours.
    pub(super) foreign: Option<(u32, ChainId)>,
    /// It answers what began a thread, and we have gone on there since: in Teams and in reviews on GitHub all answers name
    /// the first message. So its chain is certain, and what in it made it come is not.
    pub(super) behind: bool,
}

/// What an event turned out to be linked to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(super) found: Option<Found>,
    pub(crate) echo: bool,
    pub(crate) late: bool,
}

impl Look {
    /// What the event is for all that follows from it.
    pub(crate) fn cause(&self, arrival: &Arrival<'_>) -> Cause {
        let event = Some(arrival.seq);
        let root = Cause { chain: ChainId(arrival.seq), hop: 0, budget: None, parent: None, event };
        match self.found {
            None => root,
            // What comes of a notice begins anew: a notice is no cause.
            Some(Found { lineage, .. }) if lineage.is_notice() => root,
            // Another broker's token in a person's name is that broker at work behind a personal token.
            Some(Found { of, foreign: None, .. }) if arrival.who.acts_as() == ActorClass::Human && !self.echo => {
                Cause { parent: of, ..root }
            }
            Some(Found { of, lineage, .. }) => {
                Cause { chain: lineage.chain, hop: lineage.hop, budget: Some(lineage.budget), parent: of, event }
            }
        }
    }

    /// Does it come of a notice to a person?
    pub(crate) fn is_notice(&self) -> bool {
        self.found.is_some_and(|found| found.lineage.is_notice())
    }

    /// The effect of ours it names, if it does.
    pub(crate) fn from(&self) -> Option<EffectId> {
        self.found.and_then(|found| found.of)
    }

    /// Does it name what began a thread that has gone on since? See [`Found::behind`].
    pub(crate) fn is_behind(&self) -> bool {
        self.found.is_some_and(|found| found.behind)
    }

    /// The link as decisions show it: its kind, and the effect if it is ours.
    pub(crate) fn link(&self) -> Option<(LinkKind, Option<EffectId>)> {
        self.found.map(|found| (found.kind, found.of))
    }
}

impl Chains {
    /// What an event is linked to. Changes nothing.
    pub(crate) fn look(&self, arrival: &Arrival<'_>) -> Look {
        let found = self.find_link(arrival);
        let echo = found.is_some_and(|found| self.is_echo(arrival, &found));
        Look { found, echo, late: self.subjects.is_late(arrival.event) }
    }

    /// Is it the first to show us, word by word, what we made?
    pub(crate) fn shows(&self, arrival: &Arrival<'_>, look: &Look) -> bool {
        let made =
            look.found.filter(|found| matches!(found.kind, LinkKind::Receipt | LinkKind::Token | LinkKind::Content));
        let sent = made.and_then(|found| found.of).and_then(|of| self.sent.get(of));
        let Some(sent) = sent.filter(|sent| !sent.echoed) else { return false };
        let text = arrival.event.text.as_deref().map_or(0, text_digest);
        text != 0 && sent.text == text && sent.subject == digest_one(arrival.subject)
    }

    fn find_link(&self, arrival: &Arrival<'_>) -> Option<Found> {
        let event = arrival.event;
        let local = |kind, lineage: &Lineage| {
            // What was spent since the receipt was written, while the effect is remembered.
            let left = self.sent.get(lineage.effect).map_or(lineage.budget, |sent| sent.lineage.budget);
            let lineage = Lineage { budget: lineage.budget.min(left), ..*lineage };
            Found { kind, of: Some(lineage.effect), lineage, foreign: None, behind: false }
        };
        if let Some(lineage) = event.object.as_deref().and_then(|object| self.subjects.receipt(object)) {
            let deeper = arrival.verified.filter(|token| {
                token.broker == arrival.broker
                    && token.lineage.chain == lineage.chain
                    && token.lineage.hop > lineage.hop
            });
            let found = local(LinkKind::Receipt, deeper.map_or(&lineage, |token| &token.lineage));
            return Some(self.placed(arrival, found));
        }
        if let Some(Verified { broker, lineage }) = arrival.verified {
            if *broker == arrival.broker {
                return Some(self.placed(arrival, local(LinkKind::Token, lineage)));
            }
            let foreign = (*broker, lineage.chain);
            let chain = self.foreign.get(&foreign).copied().unwrap_or(ChainId(arrival.seq));
            let lineage = Lineage { chain, ..*lineage };
            let (kind, foreign) = (LinkKind::Token, Some(foreign));
            return Some(Found { kind, of: None, lineage, foreign, behind: false });
        }
        if let Some(sent) = self.find_pending(arrival) {
            return Some(local(LinkKind::Content, &sent.lineage));
        }
        if let Some(lineage) = event.reply_to.as_deref().and_then(|object| self.subjects.receipt(object)) {
            let behind = self.went_on(&event.subject, &lineage).is_some();
            return Some(Found { behind, ..local(LinkKind::Reply, &lineage) });
        }
        if !arrival.who.own {
            return None;
        }
        let (last, at) = self.subjects.last_effect(&event.subject)?;
        let recent = arrival.now.since_ms(at) <= arrival.recent_ms;
        self.sent.get(last).filter(|_| recent).map(|sent| local(LinkKind::Account, &sent.lineage))
    }

    /// The same, unless it shows us just what that effect made. Where its chain has gone on since, our own account shows what
    /// it did last, such as the latest edit of a comment. What made others act is not certain.
    fn placed(&self, arrival: &Arrival<'_>, found: Found) -> Found {
        let shows = || self.shows(arrival, &Look { found: Some(found), echo: false, late: false });
        match self.went_on(&arrival.event.subject, &found.lineage) {
            Some(last) if arrival.who.own && !shows() => Found { of: Some(last.effect), lineage: last, ..found },
            Some(_) => Found { behind: !arrival.who.own && !shows(), ..found },
            None => found,
        }
    }

    /// The last effect on this subject, if by it the chain has gone deeper than with the effect that is answered.
    fn went_on(&self, subject: &str, answered: &Lineage) -> Option<Lineage> {
        let last = self.subjects.last_effect(subject).and_then(|(last, _)| self.sent.get(last))?.lineage;
        (last.chain == answered.chain && last.hop > answered.hop).then_some(last)
    }

    /// The webhook may win the race against the outcome: then only the text tells that it is ours. Where the host has
    /// not said which accounts are its own, anybody could have written short words, so more is asked.
    fn find_pending(&self, arrival: &Arrival<'_>) -> Option<Sent<'_>> {
        const DISTINCTIVE_BYTES: usize = 40;
        let text = arrival.event.text.as_deref().filter(|_| self.pending.len() > 0)?;
        let plausible = arrival.who.own || (!arrival.who.others_known && text.len() >= DISTINCTIVE_BYTES);
        let text = Some(text).filter(|_| plausible)?;
        let key = pending_key(digest_one(arrival.subject), text_digest(text))?;
        self.pending.get(&key).and_then(|(effect, _)| self.sent.get(*effect))
    }

    /// Is it our own effect coming back, and not somebody else touching or quoting it?
    fn is_echo(&self, arrival: &Arrival<'_>, found: &Found) -> bool {
        match found.kind {
            LinkKind::Content | LinkKind::Account => true,
            LinkKind::Reply => false,
            LinkKind::Receipt | LinkKind::Token if arrival.who.own => true,
            LinkKind::Receipt | LinkKind::Token if arrival.who.others_known => false,
            LinkKind::Receipt | LinkKind::Token => {
                self.shows(arrival, &Look { found: Some(*found), echo: false, late: false })
            }
        }
    }
}
