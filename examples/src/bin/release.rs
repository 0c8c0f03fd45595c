//! A release as a plan, with agents that misbehave as real ones do: `cargo run -p reynolds-examples --bin release`.
//!
//! The agents are functions in virtual time: one falls silent in the middle of its work, one fails the first time, one hands
//! its task to a colleague. The broker replaces, retries and resumes; the program prints what it hears, and writes the plan
//! as a page to `var/release.html`.

use std::{collections::BTreeMap, error::Error, fs};

use reynolds::{
    Broker, Effect, Genesis, Input, Keys, ReleaseNo, Timestamp, Verdict,
    draw::PlanPicture,
    effect::{Action, Dispatch},
};
use serde_json::{Value, json};

const START: u64 = 1_700_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut host = Host::new()?;
    host.run()?;
    for line in &host.told {
        println!("{line}");
    }
    let picture = PlanPicture::of(host.broker.view(), "", "release").ok_or("the plan is there")?;
    println!("\n{}", picture.mermaid());
    fs::create_dir_all("var")?;
    fs::write("var/release.html", picture.html())?;
    println!("The same with times, as a page: var/release.html");
    Ok(())
}

/// A broker, its clock, and what the agents are about to say.
struct Host {
    broker: Broker,
    now: u64,
    taken: ReleaseNo,
    /// What agents will say, by time and in order.
    soon: BTreeMap<(u64, u32), Value>,
    said: u32,
    told: Vec<String>,
}

impl Host {
    fn new() -> Result<Self, Box<dyn Error>> {
        let genesis = json!({"name": "release", "durability": "volatile", "at": START});
        let broker = Broker::new(serde_json::from_value::<Genesis>(genesis)?, Keys::none())?;
        let (soon, told) = (BTreeMap::new(), Vec::new());
        Ok(Self { broker, now: START, taken: ReleaseNo(0), soon, said: 0, told })
    }

    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        for (id, provides, slots) in [("ada", "rust", 2), ("bob", "rust", 1), ("cleo", "docs", 1), ("dev", "deploy", 2)]
        {
            self.submit(json!({"type": "agent", "id": id,
                "report": {"type": "register", "provides": [provides], "slots": slots}}))?;
        }
        self.submit(json!({"type": "plan", "id": "release", "on_failure": "compensate", "tasks": [
            {"id": "build", "requires": ["rust"], "estimate_ms": 240_000, "timeouts": {"heartbeat_ms": 30_000}},
            {"id": "notes", "requires": ["docs"], "estimate_ms": 60_000},
            {"id": "test", "requires": ["rust"], "input": {"log": {"from": "build", "field": "/log"}}},
            {"id": "regions", "requires": ["deploy"]},
            {"id": "roll_out", "needs": ["test", "notes"], "requires": ["deploy"], "each": {"from": "regions"},
             "keys": [{"key": "prod", "limit": 2}], "compensate": {"input": {"undo": true}}},
            {"id": "tell", "needs": ["roll_out"], "requires": ["docs"], "trigger": "always"}]}))?;
        // Whatever comes first: an agent's word, or the broker's own time.
        for _ in 0..10_000 {
            let word = self.soon.first_key_value().map(|((at, _), _)| *at);
            let due = self.broker.wakeup().map(|wakeup| wakeup.at.0);
            // Agents fade from memory for a while after the last task; nobody needs to wait for that.
            let over = self.broker.view().plan("", "release").is_some_and(|plan| plan.state.is_terminal());
            let Some(next) = word.into_iter().chain(due.filter(|_| !over)).min() else { return Ok(()) };
            self.now = self.now.max(next);
            if word == Some(next) {
                if let Some((_, word)) = self.soon.pop_first() {
                    self.submit(word)?;
                }
            } else if let Some(decision) = self.broker.advance(Timestamp(self.now)) {
                self.hear(&decision.verdicts)?;
            }
        }
        Err("the plan did not end".into())
    }

    fn submit(&mut self, input: Value) -> Result<(), Box<dyn Error>> {
        let input: Input = serde_json::from_value(input)?;
        let decision = self.broker.submit(Timestamp(self.now), input)?;
        self.hear(&decision.verdicts)
    }

    fn hear(&mut self, verdicts: &[Verdict]) -> Result<(), Box<dyn Error>> {
        for verdict in verdicts {
            let line = match verdict {
                Verdict::Task { task, state, why, agent, .. } => {
                    let why = why.map(|why| format!(" ({why:?})")).unwrap_or_default();
                    format!("{task} {state:?}{why} {}", agent.as_deref().unwrap_or(""))
                }
                Verdict::Plan { plan, state, .. } => format!("{plan} {state:?}"),
                Verdict::Late { task, .. } => format!("{task}: a report came too late and changed nothing"),
                _ => continue,
            };
            self.told.push(format!("{:>5} s  {}", (self.now - START) / 1000, line.trim_end()));
        }
        let mut effects = Vec::new();
        self.broker.released(self.taken, &mut effects);
        for effect in effects {
            self.taken = effect.release;
            // It reached whom it was for.
            self.say(0, json!({"type": "outcome", "effect": effect.id, "result": {"type": "done"}}));
            if let Action::Dispatch(dispatch) = &effect.action {
                self.work(&effect, dispatch);
            }
        }
        Ok(())
    }

    /// What an agent makes of its task.
    fn work(&mut self, effect: &Effect, dispatch: &Dispatch) {
        let task = dispatch.task.trim_start_matches("release/");
        let report =
            |report: Value| json!({"type": "task", "dispatch": effect.id, "epoch": dispatch.epoch, "report": report});
        if dispatch.handoff.is_some() {
            self.say(2, report(json!({"type": "accept"})));
            return self.say(60, report(json!({"type": "done", "result": "all green"})));
        }
        self.say(1, report(json!({"type": "started"})));
        match (task, dispatch.attempt) {
            // It gets somewhere, and is never heard of again until it is too late.
            ("build", 1) => {
                self.say(20, report(json!({"type": "progress", "done": 40, "of": 100, "state": {"crates": 40}})));
                self.say(200, report(json!({"type": "done", "result": {"log": "too late"}})));
            }
            ("build", _) => {
                for beat in 1..5 {
                    self.say(beat * 20, report(json!({"type": "heartbeat"})));
                }
                self.say(90, report(json!({"type": "done", "result": {"log": "built from crate 40 on"}})));
            }
            ("notes", 1) => self.say(15, report(json!({"type": "failed", "reason": "the model timed out"}))),
            ("test", 1) => self.say(
                30,
                report(json!({"type": "handoff", "done": ["unit tests"], "remaining": ["the slow ones"],
                    "pitfalls": ["do not run them in parallel"]})),
            ),
            ("regions", _) => self.say(5, report(json!({"type": "done", "result": ["eu", "us", "asia"]}))),
            _ => self.say(25, report(json!({"type": "done"}))),
        }
    }

    fn say(&mut self, seconds: u64, word: Value) {
        self.said += 1;
        self.soon.insert((self.now + seconds * 1000, self.said), word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_gets_there_in_spite_of_its_agents() {
        let mut host = Host::new().expect("a broker");
        host.run().expect("it ends");
        let plan = host.broker.view().plan("", "release").expect("the plan");
        assert_eq!(plan.state, reynolds::work::PlanState::Succeeded, "{:#?}", host.told);
        let attempts = |task: &str| plan.tasks.iter().find(|brief| &*brief.task == task).map(|brief| brief.attempt);
        assert_eq!((attempts("build"), attempts("notes"), attempts("test")), (Some(2), Some(2), Some(1)));
        let told = host.told.join("\n");
        assert!(told.contains("release/build Backoff (Heartbeat)"), "{told}");
        assert!(told.contains("release/build: a report came too late"), "{told}");
        assert!(!told.contains("failed for good"), "{told}");
    }
}
