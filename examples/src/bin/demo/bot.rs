//! The bot: what a host does with the driver, step by step.

use std::{collections::BTreeMap, error::Error, path::Path, time::Instant};

use reynolds::{
    Config, Decision, Effect, Genesis, Input, Keys, Misuse, Rejected, Timestamp, Verdict,
    driver::{Answer, Driver, FileJournal},
};
use serde::{Deserialize, Serialize};

use super::{
    requests::{Origin, Request},
    world::{self, World},
};

const RULES: &[u8] = include_bytes!("rules.json");
/// 2025-03-04 09:00 UTC. The story has its own time, so that every run is the same.
const START: Timestamp = Timestamp(1_741_078_800_000);
/// Between two requests. GitHub's examples hold some changes twice, as a repository's webhook and as an app's: within
/// a minute the broker would rightly take them for one.
const STEP_MS: u64 = 61_000;

/// What happened so far. A killed bot leaves it to the next one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Recorded requests taken in.
    pub recorded: usize,
    /// Their kinds: how often new, how often again.
    pub kinds: BTreeMap<String, (u32, u32)>,
    pub echoes: usize,
    pub other_bot: usize,
    pub persons: usize,
    /// What the other bot or a person sent, known already.
    pub unexpected: Vec<String>,
    pub released: usize,
    pub redelivered: usize,
    pub found: usize,
    pub handled: usize,
    /// Webhooks that came before the outcome they belong to was reported.
    pub races: usize,
    /// All requests, the time to check, read and decide them, and to store what was decided. Not the outside world's.
    pub requests: usize,
    pub decide_us: u64,
    pub store_us: u64,
    /// Appends, each with an `fdatasync`.
    pub appends: u64,
}

impl Tally {
    /// Events that were new, and those that were known.
    pub fn new_and_again(&self) -> (u32, u32) {
        self.kinds.values().fold((0, 0), |sum, kind| (sum.0 + kind.0, sum.1 + kind.1))
    }
}

pub struct Bot {
    pub driver: Driver,
    pub world: World,
    pub tally: Tally,
    /// Outcomes still to be reported.
    late: Vec<Input>,
    clock: Timestamp,
}

impl Bot {
    pub fn open(home: &Path, tally: Tally) -> Result<Self, Box<dyn Error>> {
        let genesis = Genesis { name: "triage".into(), config: Config::from_json(RULES)?, ..Genesis::default() };
        let driver = Driver::open(FileJournal::open(home.join("bot.ryj"))?, genesis, keys()?)?;
        let clock = driver.view().now().max(START);
        Ok(Self { driver, world: World::open(&home.join("world.jsonl"))?, tally, late: vec![], clock })
    }

    /// Takes in requests that arrived together, with what the platforms tell of our own doings, and performs what
    /// follows. `watch` sees each effect that may leave, before it is performed.
    pub fn round(
        &mut self,
        requests: &[Request],
        watch: &mut dyn FnMut(&Self, usize, &[Effect]),
    ) -> Result<Vec<Decision>, Box<dyn Error>> {
        let started = Instant::now();
        let (posts, webhooks) = (self.world.posts.len(), self.world.webhooks());
        let mut decisions = Vec::new();
        for request in requests.iter().chain(&webhooks) {
            self.clock = self.clock.plus_ms(STEP_MS);
            for event in request.read()? {
                let kind = event.kind.clone();
                let decision = self.driver.submit(self.clock, event)?;
                self.count(request.origin, kind.to_string(), &decision);
                decisions.push(decision);
            }
        }
        for outcome in std::mem::take(&mut self.late) {
            self.report(outcome)?;
        }
        self.tally.decide_us += since(started);
        self.work_off(posts, watch)?;
        Ok(decisions)
    }

    /// The time of the last request.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Nothing happens until then.
    pub fn wait(&mut self, until: Timestamp) -> Result<(), Box<dyn Error>> {
        self.clock = self.clock.max(until);
        let _ = self.driver.advance(self.clock);
        self.work_off(self.world.posts.len(), &mut |_, _, _| {})
    }

    fn work_off(&mut self, posts: usize, watch: &mut dyn FnMut(&Self, usize, &[Effect])) -> Result<(), Box<dyn Error>> {
        let mut effects = self.commit()?;
        self.world.told(posts)?;
        while !effects.is_empty() {
            let answers = self.perform(&effects, watch)?;
            let started = Instant::now();
            for answer in answers {
                self.report(answer)?;
            }
            self.tally.decide_us += since(started);
            effects = self.commit()?;
        }
        Ok(())
    }

    /// Rounds without requests, until everything is reported and told.
    pub fn settle(&mut self) -> Result<(), Box<dyn Error>> {
        while !self.late.is_empty() || !self.world.is_told() {
            self.round(&[], &mut |_, _, _| {})?;
        }
        Ok(())
    }

    fn perform(
        &mut self,
        effects: &[Effect],
        watch: &mut dyn FnMut(&Self, usize, &[Effect]),
    ) -> Result<Vec<Input>, Box<dyn Error>> {
        let mut answers = Vec::new();
        for (at, effect) in effects.iter().enumerate() {
            watch(self, at, effects);
            self.tally.released += 1;
            self.tally.redelivered += usize::from(effect.redelivered);
            let Some(act) = effect.act() else {
                self.tally.handled += 1;
                let proposals = effect.handle().map(|handle| world::review(&handle.event)).unwrap_or_default();
                answers.extend(Answer::from(proposals).about(effect));
                continue;
            };
            let found = self.world.find(effect).filter(|_| effect.redelivered);
            self.tally.found += usize::from(found.is_some());
            let result = match found {
                Some(result) => result,
                None => self.world.perform(effect, act)?,
            };
            // Every other comment is reported late: its webhook wins the race, as it does on the real GitHub.
            let late = act.kind == "comment" && self.world.posts.len() % 2 == 0;
            self.tally.races += usize::from(late);
            let answer = Answer::from(result).about(effect);
            if late { self.late.extend(answer) } else { answers.extend(answer) }
        }
        Ok(answers)
    }

    fn report(&mut self, answer: Input) -> Result<(), Rejected> {
        self.driver.submit(self.clock, answer).map(drop)
    }

    fn commit(&mut self) -> Result<Vec<Effect>, Box<dyn Error>> {
        let (started, durable) = (Instant::now(), self.driver.view().durable());
        let effects = self.driver.commit()?;
        self.tally.store_us += since(started);
        self.tally.appends += u64::from(self.driver.view().durable() > durable);
        Ok(effects)
    }

    fn count(&mut self, origin: Origin, kind: String, decision: &Decision) {
        let has = |wanted: fn(&Verdict) -> bool| decision.verdicts.iter().any(wanted);
        let again = has(|verdict| matches!(verdict, Verdict::Duplicate { .. }));
        let echo = has(|verdict| matches!(verdict, Verdict::Echo { .. }));
        let tally = &mut self.tally;
        tally.requests += 1;
        match origin {
            Origin::Recorded => {
                tally.recorded += 1;
                let count = tally.kinds.entry(kind).or_default();
                if again { count.1 += 1 } else { count.0 += 1 }
            }
            Origin::Echo if echo => tally.echoes += 1,
            Origin::OtherBot if !echo && !again => tally.other_bot += 1,
            Origin::Person if !echo && !again => tally.persons += 1,
            // A bot that was killed after a webhook was stored, and before it could say so, gets it again.
            Origin::Echo if again => {}
            _ => tally.unexpected.push(format!("{kind} of {origin:?} in record {}", decision.seq)),
        }
    }
}

fn since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The keys of the tokens. They are no part of the journal.
pub fn keys() -> Result<Keys, Misuse> {
    Keys::new(1, b"the demo's token key")
}
