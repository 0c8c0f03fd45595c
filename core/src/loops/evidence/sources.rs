//! Who does one kind of thing on a lane: when they come, what they say, and what probes have shown of them.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use super::{busy::Held, print::Print};
use crate::{det::ShortId, id::EffectId, time::Timestamp};

/// Gaps between arrivals that are remembered.
const GAPS: usize = 19;
/// One in so many gaps may be longer than a probe.
const WORTH: usize = 4;
/// A gap that many times as long as all others is an exception.
const EXCEPTION: u64 = 4;
/// A person may say again what they said before last, if it is shorter.
const VERBATIM_WORDS: u16 = 8;
/// So many gaps tell a clock from an answer, and a new pace from the one before.
const CLOCK: usize = 4;
/// A pace is new if its longest gap is this many times as short as the shortest before.
const FASTER: u32 = 4;
/// For how many arrivals an account counts as acting by itself, at first: twice as many each time it shows it again.
const OWN_WILL: u16 = 64;
const OWN_WILL_MAX: u16 = 8192;
/// Who was asked in vain is left alone for twice as long as it took, then for four times as long: so often it doubles.
const RESTS: u8 = 10;
/// And wherever it comes it is asked only after two arrivals there, then four: so often that doubles.
const LATER: u8 = 6;
/// Who was asked in vain is left alone for so many arrivals at most, then for twice as many, up to a thousand.
const ARRIVALS: u32 = 8;
const ARRIVALS_MAX: u32 = 1024;

/// What somebody says, beside what they said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    New,
    /// The same few words, something that was said or set before, a number, or nothing at all: a person may do that, too, for
    /// some time.
    Briefly,
    Again,
}

/// An account that does one kind of thing here.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Source {
    #[n(0)]
    pub(super) id: u64,
    #[n(1)]
    pub(super) arrivals: u32,
    /// It acts by itself: so many more arrivals are not inferred to be answers.
    #[n(2)]
    pub(super) own_will: u16,
    #[n(5)]
    refuted: u16,
    #[n(3)]
    last: Timestamp,
    /// What it said last, and what it set last.
    #[n(7)]
    said: Print,
    /// What it said before that.
    #[n(17)]
    #[cbor(default)]
    before: [Print; 2],
    #[n(8)]
    set: u64,
    /// The last values it set, and the last texts that told something.
    #[n(12)]
    sets: LastFour,
    #[n(15)]
    tells: LastFour,
    /// What probes have shown so far: how much more likely it is that it answers us.
    #[n(9)]
    pub(super) causal: u32,
    /// An effect left after it was held in silence: if an answer comes now, `causal` grows by so much.
    #[n(10)]
    pub(super) credit: u16,
    /// Our last effect here because of it.
    #[n(11)]
    pub(super) effect: Option<ShortId>,
    /// It has not come since.
    #[n(13)]
    pub(super) waited_for: bool,
    /// It has come although an effect was held back to see whether it would.
    #[n(14)]
    pub(super) came: bool,
    /// It has come while one effect was held back, but another had left that was made of the same event.
    #[n(16)]
    pub(super) accompanied: bool,
    /// When we last acted because of it.
    #[n(6)]
    pub(super) answered: Timestamp,
    /// Milliseconds between its arrivals, and from our last answer to them.
    #[n(4)]
    gaps: Vec<[u32; 2]>,
    /// How often in a row it came here although an effect was held back to see whether it would. What was 18 before counted
    /// something else.
    #[n(21)]
    #[cbor(default)]
    in_vain: u8,
    /// Until then it is not asked again, unless it comes more often than that.
    #[n(19)]
    #[cbor(default)]
    rest: Timestamp,
    /// Or until it has come so often.
    #[n(22)]
    #[cbor(default)]
    rest_arrivals: u32,
    /// How often it did so wherever it comes. Kept on its own lane.
    #[n(20)]
    #[cbor(default)]
    pub(super) in_vain_anywhere: u8,
    /// So many effects left because of it since nothing was under way, and it has not come for each.
    #[n(23)]
    #[cbor(default)]
    pub(super) unanswered: u8,
}

impl Source {
    pub(super) fn new(id: u64, now: Timestamp) -> Self {
        Self {
            id,
            arrivals: 0,
            own_will: 0,
            refuted: 0,
            last: now,
            said: Print::default(),
            before: [Print::default(); 2],
            set: 0,
            sets: LastFour::default(),
            tells: LastFour::default(),
            causal: 1,
            credit: 0,
            effect: None,
            waited_for: false,
            came: false,
            accompanied: false,
            answered: now,
            gaps: Vec::new(),
            in_vain: 0,
            rest: Timestamp(0),
            rest_arrivals: 0,
            in_vain_anywhere: 0,
            unanswered: 0,
        }
    }

    /// See [`super::busy::Busy::hears`].
    pub(super) fn hears(&mut self, print: Print, (set, counts): (u64, bool), first: bool) -> Said {
        // Where two exchanges go on at once, what is said in one is not what was said last. Commands are alike, too, but shorter.
        let long = print.words >= VERBATIM_WORDS;
        let before = long && self.before.iter().any(|said| print.is_like(said));
        let says = before || (print.is_telling() && print.is_like(&self.said));
        let sets = print.is_empty() && self.said.is_empty() && set != 0 && set == self.set;
        let said_before = print.is_telling() && self.tells.knows(print.digest);
        let briefly = match set {
            0 => said_before || (!print.is_telling() && print.digest == self.said.digest),
            _ => self.sets.knows(set) || said_before || (counts && print.is_empty()),
        };
        self.before = [self.said, self.before[0]];
        (self.said, self.set) = (print, set);
        self.waited_for = false;
        match () {
            () if says || sets || (said_before && long) => Said::Again,
            () if briefly && !first => Said::Briefly,
            () => Said::New,
        }
    }

    /// When it comes.
    pub(super) fn arrived(&mut self, now: Timestamp) {
        let gap = ms(now.since_ms(self.last));
        // Where we did not answer, nothing can be said.
        let waited = if self.answered >= self.last { ms(now.since_ms(self.answered)) } else { u32::MAX };
        self.last = now;
        self.waited_for = false;
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.gaps.len() == GAPS {
            self.gaps.remove(0);
        }
        if self.arrivals > 1 {
            self.gaps.push([gap, waited]);
        }
    }

    /// We act because of it.
    pub(super) fn on_acted(&mut self, effect: EffectId, now: Timestamp) {
        self.answered = now;
        (self.effect, self.waited_for) = (Some(effect.into()), true);
        self.unanswered = self.unanswered.saturating_add(1);
    }

    /// Has it come since then?
    pub(super) fn came_since(&self, at: Timestamp) -> bool {
        self.last > at
    }

    /// An effect left after it was held in silence, and the answer has not come.
    pub(super) fn is_answer_due(&self) -> bool {
        self.credit > 0 && self.waited_for
    }

    /// Is an answer to our last effect because of it still to come? Not if it has never taken so long.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let waited = self.gaps.iter().map(|[_, waited]| *waited).filter(|waited| *waited < u32::MAX).max();
        self.waited_for && waited.is_some_and(|longest| now.since_ms(self.answered) <= u64::from(longest))
    }

    /// Who acted by itself, and now comes far faster than ever, each time after we acted, may have begun to answer us.
    pub(super) fn begin_anew_if_faster(&mut self) {
        let Some(before) = self.gaps.len().checked_sub(CLOCK).filter(|before| *before >= CLOCK) else { return };
        if self.own_will == 0 && self.in_vain == 0 {
            return;
        }
        let (old, new) = self.gaps.split_at(before);
        let answers = new.iter().all(|[_, waited]| *waited < u32::MAX);
        let longest = new.iter().map(|[gap, _]| *gap).max().unwrap_or(0);
        if answers && old.iter().all(|[gap, _]| *gap / FASTER > longest) {
            (self.own_will, self.in_vain, self.rest) = (0, 0, Timestamp(0));
            self.gaps.drain(..before);
        }
    }

    /// Who came more often than we acted, and now comes once after each act of ours, may have begun to answer us. That is no
    /// news of an account that was asked, and came all the same.
    pub(super) fn begin_anew_if_in_turn(&mut self, effects: u32) {
        let Some(before) = self.gaps.len().checked_sub(2 * CLOCK).filter(|_| self.own_will > 0 && !self.came) else {
            return;
        };
        if self.gaps[before..].iter().all(|[_, waited]| *waited < u32::MAX) {
            (self.own_will, self.arrivals) = (0, effects);
            self.gaps.drain(..before);
        }
    }

    /// It comes although an effect is held back: all that it had shown before is lost.
    pub(super) fn on_unasked(&mut self) {
        (self.causal, self.came) = (1, true);
    }

    /// It was asked in vain. To ask again at once would hold back one effect after the other, for as long as it comes: who comes by
    /// itself among others can not be told from who answers them. So it is asked less and less often, by its own pace: by the clock,
    /// and by what comes, as who reports in bursts each few hours may begin to answer within seconds.
    pub(super) fn on_asked_in_vain(&mut self, held: &Held, now: Timestamp) {
        self.in_vain = self.in_vain.saturating_add(1).min(RESTS);
        self.rest = now.plus_ms(held.until.since_ms(held.since) << self.in_vain);
        let arrivals = (ARRIVALS << self.in_vain).min(ARRIVALS_MAX);
        self.rest_arrivals = self.arrivals.saturating_add(arrivals);
    }

    /// Has it shown before whether it comes by itself?
    pub(super) fn was_asked(&self) -> bool {
        self.refuted > 0 || self.in_vain > 0
    }

    pub(super) fn was_asked_in_vain(&self) -> bool {
        self.in_vain > 0
    }

    pub(super) fn on_unasked_anywhere(&mut self) {
        self.in_vain_anywhere = self.in_vain_anywhere.saturating_add(1).min(LATER);
    }

    /// Is it not to be asked now? Nor is who was asked in vain elsewhere, before it came here a few times.
    pub(super) fn rests(&self, now: Timestamp, in_vain_anywhere: u8) -> bool {
        let rests = now < self.rest && self.arrivals < self.rest_arrivals;
        rests || (in_vain_anywhere > 0 && self.arrivals < 1 << in_vain_anywhere.min(LATER))
    }

    /// Is what it does more than the answers of one exchange?
    pub(super) fn is_mixed(&self) -> bool {
        self.refuted > 0 || self.came
    }

    /// It acts by itself, and maybe has shown so when it was asked.
    pub(super) fn on_refuted(&mut self, asked: bool) {
        self.came |= asked;
        self.refuted = self.refuted.saturating_mul(2).clamp(OWN_WILL, OWN_WILL_MAX);
        self.own_will = self.refuted;
        (self.causal, self.credit) = (1, 0);
    }

    /// An effect was held, and leaves. If nothing came meanwhile, an answer now is worth something.
    pub(super) fn on_silence(&mut self, held: &Held, effects: u32, now: Timestamp) {
        if self.last > held.since {
            return;
        }
        // Nothing is under way any more. What came before is explained by our effects, as far as they go.
        (self.arrivals, self.unanswered) = (self.arrivals.min(effects), 0);
        if self.credit == 0 {
            let silent = now.since_ms(self.last);
            let longer = self.gaps.iter().filter(|[gap, _]| u64::from(*gap) >= silent).count();
            self.credit = u16::try_from((self.gaps.len() + 1) / (longer + 1)).unwrap_or(u16::MAX);
        }
    }

    /// How long to hold an effect back so that an arrival which does not wait for it would have come: longer than the
    /// longest gap, or the longest of the others where that was an exception or is too long to wait.
    /// Nothing can be asked about who came only once.
    pub(super) fn probe(&self, longest_ms: u64) -> Option<u64> {
        let mut gaps: Vec<u64> = self.gaps.iter().map(|[gap, _]| u64::from(*gap) + 1).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        // If more of them were left out, an answer would be worth too little.
        gaps.truncate(gaps.len().div_ceil(WORTH));
        let fits = gaps.partition_point(|gap| *gap > longest_ms);
        let [first, rest @ ..] = gaps.get(fits..)? else { return None };
        let exception = |next: &&u64| first / EXCEPTION > **next;
        Some(*rest.first().filter(exception).unwrap_or(first))
    }

    /// It answers after it was silent as long as nothing left.
    pub(super) fn on_answer(&mut self) {
        if self.credit > 1 {
            self.in_vain = 0;
        }
        self.causal = self.causal.saturating_mul(u32::from(core::mem::take(&mut self.credit)).max(1));
    }

    /// Does it keep a time of its own? An answer follows our effect: the time from effect to arrival varies less than the
    /// time between arrivals, which our own slowness is part of. What follows a clock is the other way round.
    pub(super) fn is_a_clock(&self) -> bool {
        let latest = &self.gaps[self.gaps.len().saturating_sub(2 * CLOCK)..];
        let range = |which: usize| {
            let times = latest.iter().map(|gap| gap[which]);
            times.clone().max().unwrap_or(0) - times.min().unwrap_or(0)
        };
        let answered = latest.iter().all(|[_, waited]| *waited < u32::MAX);
        // Few gaps may look regular by chance.
        let margin = if latest.len() < 2 * CLOCK { 4 } else { 2 };
        latest.len() >= CLOCK && answered && range(0).saturating_mul(margin) < range(1)
    }
}

/// Sixteen bits of the digest of each of the last four things.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
#[cbor(transparent)]
struct LastFour(#[n(0)] u64);

impl LastFour {
    /// Is it one of them? It is from now on.
    fn knows(&mut self, digest: u64) -> bool {
        let part = digest & 0xffff;
        let known = (0..4).any(|at| self.0 >> (16 * at) & 0xffff == part);
        if !known {
            self.0 = self.0 << 16 | part;
        }
        known
    }
}

fn ms(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use minicbor::{Decoder, Encoder};

    use super::*;
    use crate::id::Seq;

    fn held(since: u64, until: u64) -> Held {
        let id = EffectId { seq: Seq(1), ordinal: 0 };
        let (since, until) = (Timestamp(since), Timestamp(until));
        Held { id, source: 7, since, until, accompanied: false, first: since, came: false, event: None }
    }

    #[test]
    fn who_was_asked_in_vain_rests_for_a_time_or_so_many_arrivals_whichever_is_over_first() {
        let mut source = Source::new(7, Timestamp(0));
        let rests = |source: &Source, now| source.rests(Timestamp(now), 0);
        source.on_asked_in_vain(&held(1000, 2000), Timestamp(1500));
        assert_eq!([3499, 3500].map(|now| rests(&source, now)), [true, false]);
        for (times, arrivals) in [(2, 32), (7, 1024), (10, 1024), (300, 1024)] {
            let mut source = Source::new(7, Timestamp(0));
            for _ in 0..times {
                source.on_asked_in_vain(&held(1000, 2000), Timestamp(1500));
            }
            source.arrivals = arrivals - 1;
            assert!(rests(&source, 1600), "{times}");
            source.arrivals = arrivals;
            assert!(!rests(&source, 1600), "{times}");
        }
    }

    #[test]
    fn who_was_asked_in_vain_elsewhere_is_asked_after_64_arrivals_at_most() {
        let source = |arrivals| Source { arrivals, ..Source::new(7, Timestamp(0)) };
        // More than it counts to may stand in a snapshot that somebody made.
        for (times, arrivals) in [(1, 2), (6, 64), (32, 64), (u8::MAX, 64)] {
            let rests = [arrivals - 1, arrivals].map(|arrivals| source(arrivals).rests(Timestamp(1), times));
            assert_eq!(rests, [true, false], "{times}");
        }
    }

    #[test]
    fn what_was_owed_in_an_older_snapshot_is_not_taken_for_having_been_asked_in_vain() {
        let now = minicbor::to_vec(Source::new(7, Timestamp(9))).expect("memory");
        let mut fields = Decoder::new(&now);
        let _ = fields.array().expect("a source is a list");
        let mut before = Encoder::new(Vec::new());
        before.array(19).expect("memory");
        for _ in 0..18 {
            let from = fields.position();
            fields.skip().expect("a field");
            before.writer_mut().extend_from_slice(&now[from..fields.position()]);
        }
        before.u8(8).expect("memory");
        let read: Source = minicbor::decode(before.writer()).expect("a source");
        assert_eq!((read.id, read.was_asked_in_vain(), read.rests(Timestamp(9), 0)), (7, false, false));
    }
}
