//! Classes of tasks: how long they take, and how far estimates of them are off.
//!
//! An estimate is corrected by what tasks of its class took in the past, so that an agent's speed is measured beside the
//! other agents and not beside whoever made the estimate. Where tasks have classes of their own, what is known of all
//! classes together serves for that.
//!
//! A class also remembers since when it has not succeeded anywhere, and whether at more than one agent: what fails wherever it
//! goes says more of the class than of the agents.

use alloc::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{score::MAX_MS, settings::Settings};
use crate::text::Text;

/// What stands for all classes together: how far estimates are off, for whatever. Tasks without a class count here only.
const ALL: &str = "";

/// Sums over the tasks of a class, fading by a fiftieth with each. Microseconds; tasks in millionths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Class {
    #[n(0)]
    no: u32,
    /// When it was used last, as a count of all uses.
    #[n(1)]
    used: u64,
    #[n(2)]
    tasks: u64,
    #[n(3)]
    took_us: u64,
    /// Of the tasks that had an estimate: the estimates, and what they took.
    #[n(4)]
    estimated_us: u64,
    #[n(5)]
    estimated_took_us: u64,
    #[n(6)]
    #[cbor(default)]
    streak: Option<Streak>,
}

/// The failures of a class since it last succeeded at any agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Streak {
    /// When the first of them came, as a count of all uses.
    #[n(0)]
    began: u64,
    /// Digest of the name of the agent that it came from: a new life of that one is no other agent.
    #[n(1)]
    first: u64,
    /// Another agent has failed as well.
    #[n(2)]
    joined: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Classes {
    #[n(0)]
    by_name: BTreeMap<Text, Class>,
    #[n(1)]
    uses: u64,
    #[n(2)]
    next: u32,
}

impl Class {
    /// `unknown_us` is what a task takes of which nothing is known.
    fn expect(&self, estimate_us: u64, unknown_us: u64) -> u64 {
        let expected_us = match estimate_us {
            // All tasks of it have failed so far.
            0 if self.tasks == 0 => unknown_us,
            // The sum is of millionths of tasks.
            0 => (u128::from(self.took_us) * 1_000_000 / u128::from(self.tasks.max(1))).try_into().unwrap_or(u64::MAX),
            estimate_us => self.correct(estimate_us),
        };
        expected_us.clamp(1, MAX_MS * 1000)
    }

    /// How long a task should have taken; `None` if nothing tells.
    fn measure(&self, estimate_us: u64, all: &Self) -> Option<u64> {
        match estimate_us {
            0 => (self.tasks > 0).then(|| self.expect(0, 0)),
            _ => [self, all].into_iter().find(|class| class.estimated_us > 0).map(|class| class.expect(estimate_us, 0)),
        }
    }

    fn add_estimate(&mut self, estimate_us: u64, took_us: u64) {
        self.estimated_us = self.estimated_us * 98 / 100 + estimate_us;
        self.estimated_took_us = self.estimated_took_us * 98 / 100 + took_us;
    }

    fn correct(&self, estimate_us: u64) -> u64 {
        if self.estimated_us == 0 {
            return estimate_us;
        }
        let corrected = u128::from(estimate_us) * u128::from(self.estimated_took_us) / u128::from(self.estimated_us);
        let corrected = u64::try_from(corrected).unwrap_or(u64::MAX);
        corrected.clamp(estimate_us / 16, estimate_us.saturating_mul(16)).min(MAX_MS * 1000)
    }
}

impl Classes {
    /// The class's number, and how long such a task should take on an average agent.
    pub(super) fn expect(&self, settings: &Settings, class: &str, estimate_ms: u64) -> (Option<u32>, u64) {
        let estimate_us = estimate_ms.min(MAX_MS) * 1000;
        let default_us = settings.default_duration_ms.clamp(1, MAX_MS) * 1000;
        let Some(class) = self.by_name.get(class) else {
            return (None, if estimate_us == 0 { default_us } else { estimate_us });
        };
        (Some(class.no), class.expect(estimate_us, default_us))
    }

    /// A task of the class took this long. Says the class's number and how long it should have taken, by what was known before:
    /// what it took itself would make every agent look as fast as all others where each class has few tasks. Where nothing was
    /// known, it took what it should have: equals would not share the work if one of them had to be measured by a guess.
    pub(super) fn on_duration(
        &mut self,
        settings: &Settings,
        class: &str,
        estimate_ms: u64,
        took_ms: u64,
    ) -> (u32, u64) {
        let (estimate_us, took_us) = (estimate_ms.min(MAX_MS) * 1000, took_ms.min(MAX_MS) * 1000);
        let all = self.by_name.get(ALL).cloned().unwrap_or_default();
        let one = self.entry(settings, class);
        one.streak = None;
        let (no, expected_us) = (one.no, one.measure(estimate_us, &all).unwrap_or(took_us.max(1)));
        one.tasks = one.tasks * 98 / 100 + 1_000_000;
        one.took_us = one.took_us * 98 / 100 + took_us;
        if estimate_us > 0 {
            one.add_estimate(estimate_us, took_us);
            if class != ALL {
                let all = self.by_name.entry(ALL.into()).or_default();
                all.used = self.uses;
                all.add_estimate(estimate_us, took_us);
            }
        }
        (no, expected_us)
    }

    /// A task of the class failed at an agent that last did well at `good_at`, as a count of all uses. Says the class's number, and
    /// whether the class is at fault rather than the agent.
    ///
    /// It is if it has not succeeded anywhere since two agents failed at it, and this one has done well since the first of these
    /// failures: at another class, or the failures would have ended there. What an agent does well meanwhile speaks for it. Where
    /// nothing succeeds any more, as in an outage, or others succeed at the class, nothing does.
    pub(super) fn on_failure(
        &mut self,
        settings: &Settings,
        class: &str,
        agent: u64,
        good_at: Option<u64>,
    ) -> (u32, bool) {
        let one = self.entry(settings, class);
        let streak = one.streak.get_or_insert(Streak { began: one.used, first: agent, joined: false });
        streak.joined |= streak.first != agent;
        (one.no, streak.joined && good_at.is_some_and(|at| at > streak.began))
    }

    /// How often classes were used: what stands for the time of a success.
    pub(super) fn uses(&self) -> u64 {
        self.uses
    }

    /// The class's number. The class used longest ago is forgotten when there are too many.
    pub(super) fn number(&mut self, settings: &Settings, class: &str) -> u32 {
        self.entry(settings, class).no
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let most = 51_000 * MAX_MS;
        let fade = |class: &Class| {
            let longest = class.took_us.max(class.estimated_us).max(class.estimated_took_us);
            class.tasks <= 51_000_000 && longest <= most && class.no <= self.next && class.used <= self.uses
        };
        if !self.by_name.values().all(fade) {
            return Err("durations of classes fade");
        }
        let began = |class: &Class| class.streak.is_none_or(|streak| (1..=class.used).contains(&streak.began));
        if self.by_name.values().all(began) { Ok(()) } else { Err("failures of a class began with one of them") }
    }

    fn entry(&mut self, settings: &Settings, class: &str) -> &mut Class {
        self.uses += 1;
        let uses = self.uses;
        let known = self.by_name.len() - usize::from(self.by_name.contains_key(ALL));
        if known >= settings.classes.max(1) as usize && class != ALL && !self.by_name.contains_key(class) {
            let others = self.by_name.iter().filter(|(name, _)| !name.is_empty());
            let oldest = others.min_by_key(|(_, class)| class.used).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.by_name.remove(&name));
        }
        let next = &mut self.next;
        let entry = self.by_name.entry(class.into()).or_insert_with(|| {
            // Numbers are not used again: agents may remember a class that was forgotten here.
            *next = next.wrapping_add(1);
            Class { no: *next, ..Class::default() }
        });
        entry.used = uses;
        entry
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec::Vec};

    use super::*;
    use crate::{
        agents::{AgentNo, Agents, Outcome, Registration},
        time::Timestamp,
    };

    #[test]
    fn an_unknown_class_takes_the_estimate_or_the_default() {
        let (classes, settings) = (Classes::default(), Settings::default());
        assert_eq!(classes.expect(&settings, "build", 500), (None, 500_000));
        assert_eq!(classes.expect(&settings, "build", 0), (None, 60_000_000));
    }

    #[test]
    fn estimates_that_are_always_double_are_halved() {
        let (mut classes, settings) = (Classes::default(), Settings::default());
        for _ in 0..5 {
            assert_eq!(classes.on_duration(&settings, "build", 1000, 500), (1, 500_000));
        }
        assert_eq!(classes.expect(&settings, "build", 3000), (Some(1), 1_500_000));
        assert_eq!(classes.expect(&settings, "build", 0), (Some(1), 500_000));
    }

    #[test]
    fn a_class_that_has_only_failed_takes_the_default() {
        let (mut classes, settings) = (Classes::default(), Settings::default());
        assert_eq!(classes.number(&settings, "build"), 1);
        assert_eq!(classes.expect(&settings, "build", 0), (Some(1), 60_000_000));
        assert_eq!(classes.expect(&settings, "build", 500), (Some(1), 500_000));
    }

    #[test]
    fn where_each_task_has_a_class_of_its_own_all_of_them_tell_who_is_fast() {
        let (mut classes, settings) = (Classes::default(), Settings { classes: 4, ..Settings::default() });
        let mut expected = Vec::new();
        for task in 0..20 {
            let took_ms = if task % 2 == 0 { 20_000 } else { 180_000 };
            expected.push(classes.on_duration(&settings, &format!("task-{task}"), 60_000, took_ms).1 / 1_000_000);
        }
        // The first says nothing, the second is measured by the first, and then both beside the mean of them.
        assert_eq!(expected[..4], [20, 20, 100, 73]);
        assert!(expected[4..].iter().all(|seconds| (80..120).contains(seconds)), "{expected:?}");
        assert_eq!((classes.by_name.len(), classes.check()), (5, Ok(())));
    }

    #[test]
    fn the_first_task_of_a_class_without_an_estimate_says_nothing_of_who_did_it() {
        let (mut classes, settings) = (Classes::default(), Settings::default());
        assert_eq!(classes.on_duration(&settings, "build", 0, 7000), (1, 7_000_000));
        // The next one is measured by it.
        assert_eq!(classes.on_duration(&settings, "build", 0, 14_000), (1, 7_000_000));
    }

    #[test]
    fn the_class_used_longest_ago_is_forgotten() {
        let (mut classes, settings) = (Classes::default(), Settings { classes: 2, ..Settings::default() });
        for class in ["a", "b", "a", "c"] {
            classes.on_duration(&settings, class, 0, 10);
        }
        assert_eq!(classes.by_name.len(), 2);
        assert_eq!(classes.expect(&settings, "b", 0).0, None);
        assert_eq!(classes.expect(&settings, "a", 0).0, Some(1));
    }

    #[test]
    fn what_fails_at_two_agents_is_at_fault_for_who_has_done_well_since() {
        let (mut classes, settings) = (Classes::default(), Settings::default());
        let (ada, bob) = (7, 8);
        classes.on_duration(&settings, "lint", 0, 10);
        let before = Some(classes.uses());
        let mut failed = |agent, good_at| classes.on_failure(&settings, "publish", agent, good_at).1;
        assert!(!failed(ada, before), "nobody else has failed at it");
        assert!(!failed(bob, before), "bob did well before, and not since");
        assert!(!failed(bob, None), "bob has never done well");
        classes.on_duration(&settings, "lint", 0, 10);
        let since = Some(classes.uses());
        let mut failed = |agent, good_at| classes.on_failure(&settings, "publish", agent, good_at).1;
        assert!(failed(bob, since) && failed(ada, since), "it fails at both, and they have done well meanwhile");
        assert!(!failed(ada, before), "one that has not done well meanwhile has nothing that speaks for it");
        // It succeeds somewhere: who fails at it now is worse than others.
        classes.on_duration(&settings, "publish", 0, 10);
        let since = Some(classes.uses() + 1);
        let mut failed = |agent, good_at| classes.on_failure(&settings, "publish", agent, good_at).1;
        assert!(!failed(ada, since) && !failed(ada, Some(u64::MAX)), "only ada has failed since");
        assert!(failed(bob, Some(u64::MAX)));
        assert_eq!(classes.check(), Ok(()));
    }

    /// Registers an agent, or a new life of one.
    fn life(agents: &mut Agents, id: &str, incarnation: u64) -> AgentNo {
        let profile = Registration { id: id.into(), incarnation, heartbeat_ms: 0, ..Registration::default() };
        agents.register(Timestamp(0), profile, &mut Vec::new()).expect("is valid").agent()
    }

    fn end(agents: &mut Agents, agent: AgentNo, class: &str, outcome: Outcome) {
        let lease = agents.lease(Timestamp(0), agent, "").expect("is free");
        agents.finish(Timestamp(0), lease, class, outcome, 0, 1, &mut Vec::new());
    }

    fn is_barred(agents: &Agents, agent: AgentNo) -> bool {
        agents.status(Timestamp(0), agent).expect("is there").why_not.is_some()
    }

    #[test]
    fn silence_is_the_agents_own_whatever_the_class() {
        for (outcome, barred) in [(Outcome::Failed, false), (Outcome::FailedForGood, false), (Outcome::TimedOut, true)]
        {
            let mut agents = Agents::new(Settings::default());
            let [ada, bob] = ["ada", "bob"].map(|id| life(&mut agents, id, 0));
            end(&mut agents, bob, "publish", Outcome::Failed);
            end(&mut agents, ada, "lint", Outcome::Succeeded);
            (0..2).for_each(|_| end(&mut agents, ada, "publish", outcome));
            assert_eq!(is_barred(&agents, ada), barred, "{outcome:?}");
        }
    }

    #[test]
    fn a_new_life_is_no_second_agent_and_has_what_the_old_one_did_well() {
        let (mut agents, failed) = (Agents::new(Settings::default()), Outcome::Failed);
        let [ada, bob] = ["ada", "bob"].map(|id| life(&mut agents, id, 0));
        end(&mut agents, ada, "publish", failed);
        end(&mut agents, ada, "lint", Outcome::Succeeded);
        end(&mut agents, bob, "lint", Outcome::Succeeded);
        let ada = life(&mut agents, "ada", 1);
        end(&mut agents, ada, "publish", failed);
        assert!(is_barred(&agents, ada), "nobody else has failed at it");
        let bob = life(&mut agents, "bob", 1);
        (0..2).for_each(|_| end(&mut agents, bob, "publish", failed));
        assert!(!is_barred(&agents, bob), "bob did well before he started anew");
    }

    #[test]
    fn what_is_known_of_failures_is_forgotten_with_its_class() {
        let (mut classes, settings) = (Classes::default(), Settings { classes: 2, ..Settings::default() });
        for task in 0..100_u64 {
            assert!(!classes.on_failure(&settings, &format!("task-{task}"), task, Some(u64::MAX)).1);
        }
        assert_eq!((classes.by_name.len(), classes.check()), (2, Ok(())));
        // The failures of a class that was forgotten begin anew.
        assert!(!classes.on_failure(&settings, "task-0", 7, Some(u64::MAX)).1);
        assert!(classes.on_failure(&settings, "task-99", 7, Some(u64::MAX)).1);
    }

    #[test]
    fn a_class_that_was_stored_before_it_knew_of_failures_is_read() {
        let class = Class { no: 3, used: 5, ..Class::default() };
        let mut bytes = minicbor::to_vec(&class).expect("encodes");
        assert_eq!(bytes[0], 0x86, "what is not there takes no room");
        assert_eq!(minicbor::decode::<Class>(&bytes).expect("reads back"), class);
        bytes = minicbor::to_vec(Class { streak: Some(Streak { began: 4, first: 9, joined: true }), ..class.clone() })
            .expect("encodes");
        assert_eq!(minicbor::decode::<Class>(&bytes).expect("reads back").streak.map(|streak| streak.began), Some(4));
    }
}
