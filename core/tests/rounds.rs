//! Loops that nothing links to us: how often do they go round before they are denied, if those in them have long reported by
//! themselves? `cargo test -p reynolds --test rounds -- --nocapture` prints it.

use std::collections::BTreeMap;

use reynolds::{
    Broker, Config, Durability, Effect, Event, Genesis, Keys, ReleaseNo, Timestamp, Verdict,
    event::{Actor, ActorClass},
    input::{Outcome, OutcomeResult},
};

const START: u64 = 1_700_000_000_000;
const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// More than any of them is let go round.
const ENOUGH: u64 = 5000;
const CHANNEL: &str = "teams:alerts";
const ACK: &str = r#"[{"id":"ack","when":{"kind":"alert"},
    "effects":[{"kind":"message","subject":"{subject}","text":"Acknowledged, the team on call is told."}]}]"#;

/// SplitMix64: numbers that look random and are the same in every run.
fn random(n: u64) -> u64 {
    let x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// How much later who says something, and where.
type Reply = (u64, u64, String);

/// What somebody says.
#[derive(Clone)]
struct Post {
    who: u64,
    place: String,
    /// It goes round.
    round: bool,
}

struct World {
    broker: Broker,
    cursor: ReleaseNo,
    to_come: BTreeMap<(u64, u64), Post>,
    /// By the id of its event.
    came: BTreeMap<String, Post>,
    posts: u64,
    rounds: u64,
    held: u64,
    denied: u64,
}

impl World {
    fn new(rules: &str) -> Self {
        let config = Config::from_json(format!(r#"{{"rules":{rules}}}"#).as_bytes()).expect("a valid configuration");
        let durability = Durability::Volatile;
        let genesis = Genesis { name: "rounds".into(), config, durability, at: Timestamp(START), ..Genesis::default() };
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        let (to_come, came) = (BTreeMap::new(), BTreeMap::new());
        Self { broker, cursor: ReleaseNo(0), to_come, came, posts: 0, rounds: 0, held: 0, denied: 0 }
    }

    fn post(&mut self, at: u64, who: u64, place: &str, round: bool) {
        self.posts += 1;
        self.to_come.insert((at, self.posts), Post { who, place: place.to_owned(), round });
    }

    /// So many feeds report to the channel until then, up to so many times within a few minutes.
    fn feeds(&mut self, feeds: u64, mean_ms: u64, burst: u64, until: u64) {
        for feed in 0..feeds {
            let (mut at, mut n) = (START, 0);
            while at < until {
                let chance = random(feed << 32 | n);
                (at, n) = (at + MINUTE + chance % (2 * mean_ms), n + 1);
                for k in 0..=(chance >> 32) % burst {
                    at += if k == 0 { 0 } else { 5000 + random(chance ^ k) % (3 * MINUTE) };
                    self.post(at, feed, CHANNEL, false);
                }
            }
        }
    }

    fn count(&mut self, verdicts: &[Verdict]) {
        let of = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count() as u64;
        self.held += of(|verdict| matches!(verdict, Verdict::Held { .. }));
        self.denied += of(|verdict| matches!(verdict, Verdict::Denied { .. }));
    }

    fn say(&mut self, at: u64, n: u64, post: Post) {
        let words = ["disk", "queue", "latency", "cache", "node", "full", "slow", "down", "backup", "search"];
        let word = |k: u64| words[usize::try_from(random(k + 7 * n) % 10).expect("below 10")];
        self.rounds += u64::from(post.round);
        let event = Event {
            id: format!("e{n}").into(),
            source: "chat".into(),
            kind: "alert".into(),
            subject: post.place.as_str().into(),
            actor: Some(Actor { id: format!("teams:bot-{}", post.who).into(), class: ActorClass::Bot }),
            text: Some((0..6).map(word).collect::<Vec<_>>().join(" ").into()),
            ..Event::default()
        };
        self.came.insert(format!("e{n}"), post);
        let decision = self.broker.submit(Timestamp(at), event).expect("a valid event");
        self.count(&decision.verdicts);
    }

    /// Goes on until then, or until it went round often enough. `answer` says what comes of an effect that answers a post.
    fn run(&mut self, until: u64, answer: &dyn Fn(&Effect, &Post, u64) -> Option<Reply>) {
        loop {
            let due = self.broker.wakeup().map(|wakeup| wakeup.at.0);
            let next = self.to_come.keys().next().copied();
            let Some(at) = due.into_iter().chain(next.map(|(at, _)| at)).min().filter(|at| *at <= until) else {
                return;
            };
            if self.rounds >= ENOUGH {
                return;
            }
            if due == Some(at) {
                let decision = self.broker.advance(Timestamp(at));
                self.count(&decision.map_or(Vec::new(), |decision| decision.verdicts));
            } else if let Some(((_, n), post)) = self.to_come.pop_first() {
                self.say(at, n, post);
            }
            let mut effects = Vec::new();
            self.broker.released(self.cursor, &mut effects);
            self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
            for effect in effects {
                let result = OutcomeResult::Done { object: None, objects: vec![] };
                let outcome = Outcome { effect: effect.id, result, chain: None, tenant: None };
                let _ = self.broker.submit(Timestamp(at), outcome).expect("it is open");
                let post = effect.cause.iter().find_map(|cause| self.came.get(cause.rsplit('/').next()?)).cloned();
                let post = post.expect("it answers an event");
                if let Some((after, who, place)) = answer(&effect, &post, random(self.posts)) {
                    self.post(at + after, who, &place, true);
                }
            }
        }
    }
}

/// Feeds have reported by themselves for `days`. Then the first of them answers what its own reports are told, after about so long.
fn after_a_past(count: u64, mean_ms: u64, burst: u64, days: u64, delay: u64) -> u64 {
    let mut world = World::new(ACK);
    let begun = START + days * DAY;
    world.feeds(count, mean_ms, burst, begun);
    world.run(begun, &|_, _, _| None);
    assert_eq!(world.denied, 0, "feeds are no loops");
    world.to_come.clear();
    world.held = 0;
    world.post(begun + MINUTE, 0, CHANNEL, true);
    world.run(begun + 400 * DAY, &|_, _, chance| Some((delay + chance % (delay / 4), 0, CHANNEL.into())));
    let World { rounds, held, denied, .. } = world;
    let (mean, delay) = (mean_ms / MINUTE, delay / SECOND);
    println!(
        "{count} feeds, each every {mean} minutes, up to {burst} at a time, for {days} days: the loop, a round each {delay} s, is denied after {rounds} rounds and {held} holds"
    );
    assert_ne!(denied, 0, "after {rounds} rounds");
    rounds
}

#[test]
fn a_feed_that_begins_to_answer_is_asked_about_before_long() {
    for delay in [2 * SECOND, 5 * SECOND, MINUTE, 10 * MINUTE, HOUR, 3 * HOUR] {
        for (count, mean, burst, days) in
            [(1, 2 * HOUR, 1, 60), (3, 2 * HOUR, 1, 60), (4, 4 * HOUR, 10, 60), (8, 6 * HOUR, 1, 360)]
        {
            let rounds = after_a_past(count, mean, burst, days, delay);
            assert!(rounds <= 1100, "{rounds} rounds");
        }
    }
}

#[test]
fn bots_that_copy_from_channel_to_channel_in_a_ring_are_stopped() {
    for delay in [2 * SECOND, 10 * MINUTE, 3 * HOUR] {
        for bots in 1..=3 {
            let rule = |n: u64| {
                let next = (n + 1) % bots;
                format!(
                    r#"{{"id":"r{n}","when":{{"all":[{{"kind":"alert"}},{{"subject":"chat:{n}"}}]}},
                    "effects":[{{"kind":"message","subject":"chat:{next}","text":"Please look: {{text}}"}}]}}"#
                )
            };
            let rules: Vec<String> = (0..bots).map(rule).collect();
            let mut world = World::new(&format!("[{}]", rules.join(",")));
            world.post(START + MINUTE, 0, "chat:0", true);
            world.run(START + 400 * DAY, &|effect, _, chance| {
                let place = effect.act()?.subject.to_string();
                Some((delay + chance % (delay / 4), place.strip_prefix("chat:")?.parse().ok()?, place))
            });
            let (rounds, delay) = (world.rounds, delay / SECOND);
            println!("{bots} bots in a ring, a turn each {delay} s: denied after {rounds} turns");
            assert!(world.denied > 0 && rounds <= 60, "{bots} bots, {delay} s: {rounds} turns");
        }
    }
}

#[test]
fn two_bots_of_one_channel_that_answer_by_turns_are_stopped() {
    for (days, delay, most) in [(0, 2 * SECOND, 30), (0, 3 * HOUR, 30), (60, 2 * SECOND, 30), (60, 10 * MINUTE, 1100)] {
        let mut world = World::new(ACK);
        let begun = START + days * DAY;
        world.feeds(if days == 0 { 0 } else { 3 }, 2 * HOUR, 1, begun);
        world.run(begun, &|_, _, _| None);
        world.to_come.clear();
        world.post(begun + MINUTE, 0, CHANNEL, true);
        world.run(begun + 400 * DAY, &|_, post, chance| {
            Some((delay + chance % (delay / 4), 1 - post.who, CHANNEL.into()))
        });
        assert!(world.denied > 0 && world.rounds <= most, "{days} days, {delay} ms: {} rounds", world.rounds);
    }
}

#[test]
fn what_leaves_on_trial_is_not_counted_as_what_log_mode_let_leave() {
    let mut world = World::new(ACK);
    let reply = |_: &Effect, _: &Post, chance: u64| Some((2 * SECOND + chance % 500, 0, CHANNEL.into()));
    world.post(START + MINUTE, 0, CHANNEL, true);
    world.run(START + HOUR, &reply);
    let rounds = world.rounds;
    assert_eq!(world.denied, 1);
    world.post(START + 3 * HOUR, 0, CHANNEL, true);
    world.run(START + DAY, &reply);
    assert_eq!((world.rounds - rounds, world.denied), (2, 2), "the first leaves on trial, the second is denied");
    let counted: Vec<_> =
        world.broker.view().repetition("").iter().map(|rule| (rule.would_hold, rule.would_deny)).collect();
    assert_eq!(counted, [(0, 0)]);
}

/// So many reports come at once from an account that answers what each is told; before that it may have reported by itself.
fn at_once(exchanges: u64, delay: u64, days: u64) -> (u64, u64) {
    let mut world = World::new(ACK);
    let begun = START + days * DAY;
    world.feeds(u64::from(days > 0), 2 * HOUR, 1, begun);
    world.run(begun, &|_, _, _| None);
    world.to_come.clear();
    for n in 0..exchanges {
        world.post(begun + MINUTE + n * 137, 0, CHANNEL, true);
    }
    world.run(begun + 400 * DAY, &|_, _, chance| Some((delay + chance % (delay / 4), 0, CHANNEL.into())));
    let (rounds, denied, delay) = (world.rounds, world.denied, delay / SECOND);
    println!(
        "{exchanges} exchanges begun at once after {days} days of reports, a round each {delay} s: {denied} denied after {rounds} rounds"
    );
    (rounds, denied)
}

#[test]
fn two_or_three_exchanges_of_one_account_that_begin_at_once_are_stopped() {
    for delay in [2 * SECOND, MINUTE, 10 * MINUTE, 3 * HOUR] {
        for exchanges in [2, 3] {
            let (rounds, denied) = at_once(exchanges, delay, 0);
            assert!(denied > 0 && rounds <= 20, "{exchanges}: {rounds} rounds");
        }
        // Printed, not claimed.
        let _ = (at_once(5, delay, 0), at_once(2, delay, 30));
    }
}
