//! A host for stories about plans: it turns picks into inputs, keeps the journal, tells the broker that what was released
//! has arrived, and writes the story down as a golden trace.

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{
    Action, Broker, Decision, Effect, EffectId, Genesis, Input, Keys, Rejected, ReleaseNo, Seq, Timestamp,
    journal::segment_header,
    work::{PlanState, PlanStatus, TaskState, TaskStatus},
};
use serde_json::{Value, json};

use super::story::{AGENTS, Act, Pick, Step};
use crate::world::{json as text, restore, snapshot};

pub struct Floor {
    pub broker: Broker,
    pub at: Timestamp,
    pub journal: Vec<u8>,
    pub appended: Seq,
    pub cursor: ReleaseNo,
    pub script: String,
    /// Everything that was handed out to agents.
    pub dispatches: Vec<Effect>,
    /// Plans that were taken: tenant, name, and how they were written.
    pub plans: Vec<(String, String, Value)>,
    lives: [u64; 4],
    fresh: u64,
    /// What this step has released.
    pub effects: Vec<Effect>,
    /// Tasks that somebody has pinned.
    pub pinned: BTreeSet<(String, String)>,
    /// Tasks whose owners have offered them.
    handed: BTreeSet<(String, String)>,
    /// Offers that may stand: by task, to whom, and under which dispatch.
    offers: BTreeMap<String, (String, EffectId)>,
    /// Dispatches that agents were told to stop and have not answered, and until when their slots are kept at most.
    recalled: BTreeMap<EffectId, (String, u32, Timestamp)>,
    /// What this step has decided.
    pub decisions: Vec<Decision>,
}

/// Reports after which an agent is at a task no more.
const LAST: [&str; 5] = ["done", "failed", "cancelled", "decline", "needs_input"];

/// Everything that can be seen of the tasks: by plan and task.
pub type Seen = BTreeMap<(String, String), TaskStatus>;

impl Floor {
    pub fn new() -> Self {
        let genesis = Genesis { name: "plans".into(), seed: 7, ..Genesis::default() };
        let script = format!("! new {}\n", text(&genesis));
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
        let mut floor = Self {
            broker,
            at: Timestamp(1_000_000),
            journal,
            appended: Seq(0),
            cursor: ReleaseNo(0),
            script,
            dispatches: Vec::new(),
            plans: Vec::new(),
            lives: [0; 4],
            fresh: 0,
            effects: Vec::new(),
            pinned: BTreeSet::new(),
            offers: BTreeMap::new(),
            handed: BTreeSet::new(),
            recalled: BTreeMap::new(),
            decisions: Vec::new(),
        };
        floor.settle();
        floor
    }

    /// The clock, the call, and what a host does after it. What was refused, if it was.
    pub fn step(&mut self, step: &Step) -> Result<(), Rejected> {
        self.turn(step.clock);
        self.act(&step.act, step.dice)
    }

    pub fn turn(&mut self, clock: Option<i64>) {
        (self.effects, self.decisions) = (Vec::new(), Vec::new());
        self.at = match clock {
            None => self.broker.wakeup().map_or(self.at, |wakeup| wakeup.at.max(self.at)),
            Some(ms) => Timestamp(self.at.0.saturating_add_signed(ms)),
        };
    }

    pub fn act(&mut self, act: &Act, dice: u8) -> Result<(), Rejected> {
        if let Act::Crash = act {
            self.crash(dice < 128);
            return Ok(());
        }
        match self.input(act) {
            Some(input) => self.say(&input),
            None => {
                self.advance();
                Ok(())
            }
        }
    }

    /// Submits, and keeps the host's part.
    pub fn say(&mut self, value: &Value) -> Result<(), Rejected> {
        self.script += &format!("@ {}\n> {value}\n", self.at);
        let input = Input::from_json(value.to_string().as_bytes())?;
        let decision = self.broker.submit(self.at, input)?;
        if value["type"] == "plan" {
            let name = |field: &str| value[field].as_str().unwrap_or("").to_owned();
            self.plans.push((name("tenant"), name("id"), value.clone()));
        }
        if value["do"]["order"]["type"] == "pin" {
            let name = |value: &Value| value.as_str().unwrap_or("").to_owned();
            self.pinned.insert((name(&value["do"]["plan"]), name(&value["do"]["order"]["task"])));
        }
        if value["report"]["type"].as_str().is_some_and(|kind| LAST.contains(&kind)) {
            let of = |id: &EffectId, epoch: u32| value["dispatch"] == id.to_string() && value["epoch"] == epoch;
            self.recalled.retain(|dispatch, (_, epoch, _)| !of(dispatch, *epoch));
        }
        if value["report"]["type"] == "handoff" {
            let effect = self.dispatches.iter().find(|effect| value["dispatch"] == effect.id.to_string());
            let task = effect.and_then(|effect| effect.dispatch()?.task.split_once('/'));
            self.handed.extend(task.map(|(plan, task)| (plan.to_owned(), task.to_owned())));
        }
        self.decisions.push(decision);
        self.settle();
        Ok(())
    }

    pub fn advance(&mut self) {
        if let Some(decision) = self.broker.advance(self.at) {
            self.script += &format!("@ {}\n! advance\n", self.at);
            self.decisions.push(decision);
            self.settle();
        }
    }

    /// Until nothing is due any more.
    pub fn catch_up(&mut self) {
        while self.broker.wakeup().is_some_and(|wakeup| wakeup.at <= self.at.max(self.broker.view().now())) {
            self.advance();
        }
    }

    pub fn settle(&mut self) {
        loop {
            if let Some(segment) = self.broker.staged(self.appended) {
                self.journal.extend_from_slice(segment.bytes);
                self.appended = segment.last;
                self.broker.mark_durable(segment.last).expect("it was staged");
            }
            let mut effects = Vec::new();
            self.broker.released(self.cursor, &mut effects);
            let Some(last) = effects.last() else { return };
            self.cursor = last.release;
            for effect in effects {
                self.arrived(&effect);
                self.effects.push(effect);
            }
        }
    }

    fn arrived(&mut self, effect: &Effect) {
        if let Action::Recall(recall) = &effect.action {
            let until = Timestamp(self.broker.view().now().0 + 30_000);
            self.recalled.entry(recall.dispatch).or_insert((recall.agent.to_string(), recall.epoch, until));
        }
        if let Some(dispatch) = effect.dispatch() {
            self.dispatches.push(effect.clone());
            if dispatch.handoff.is_some() {
                self.offers.insert(dispatch.task.to_string(), (dispatch.agent.to_string(), effect.id));
            }
        }
        let tenant = effect.tenant.as_ref().map(|tenant| tenant.as_str());
        let mut value = json!({"type": "outcome", "effect": effect.id, "result": {"type": "done"}});
        if let Some(tenant) = tenant {
            value["tenant"] = tenant.into();
        }
        self.script += &format!("> {value}\n");
        let input = Input::from_json(value.to_string().as_bytes()).expect("an outcome");
        if let Ok(decision) = self.broker.submit(self.at, input) {
            self.decisions.push(decision);
        }
    }

    pub fn crash(&mut self, whole: bool) {
        let kept = snapshot(&self.broker);
        let snapshot = (!whole).then_some(&kept[..]);
        let tail = segment_header(self.broker.view().number(), self.broker.view().seq().next());
        let journal = if whole { &self.journal[..] } else { &tail[..] };
        let (broker, _) = restore(snapshot, journal).expect("what was written is read");
        self.broker = broker;
        self.script += "! crash\n";
    }

    fn input(&mut self, act: &Act) -> Option<Value> {
        Some(match act {
            Act::Register { agent, anew, slots, provides, only, beats } => {
                self.lives[*agent] += u64::from(*anew);
                let mut profile = json!({"type": "register", "provides": provides, "slots": slots});
                if *only {
                    profile["tenants"] = json!(["a"]);
                }
                if *beats {
                    profile["heartbeat_ms"] = 500.into();
                }
                json!({"type": "agent", "id": AGENTS[*agent], "incarnation": self.lives[*agent], "report": profile})
            }
            Act::Agent { agent, report, stray } => {
                let life = self.lives[*agent] + u64::from(*stray);
                json!({"type": "agent", "id": AGENTS[*agent], "incarnation": life, "report": report})
            }
            Act::Plan(plan) => {
                self.fresh += 1;
                let mut plan = plan.clone();
                plan["id"] = format!("p{}", self.fresh).into();
                plan
            }
            Act::Report { pick, report, epoch_off } => {
                let effect = newest(&self.dispatches, *pick)?;
                let epoch = u64::from(effect.dispatch()?.epoch).saturating_add_signed(*epoch_off);
                json!({"type": "task", "dispatch": effect.id, "epoch": epoch, "report": report})
            }
            Act::Beats { pick, done } => {
                let effect = newest(&self.dispatches, *pick)?;
                json!({"type": "beats", "beats": [[effect.id, effect.dispatch()?.epoch, done]]})
            }
            Act::Order { plan, task, order } => self.order(*plan, *task, order)?,
            Act::Patch { plan, add, remove, needs } => {
                let (tenant, plan, _) = newest(&self.plans, *plan)?.clone();
                let names: Vec<String> =
                    self.status(&tenant, &plan)?.tasks.iter().map(|task| task.task.to_string()).collect();
                self.fresh += 1;
                let add: Vec<Value> = add
                    .iter()
                    .cloned()
                    .map(|mut task| {
                        task["id"] = format!("n{}", self.fresh).into();
                        task
                    })
                    .collect();
                let of = |pick: &Pick| newest(&names, *pick).cloned().unwrap_or_default();
                let needs: Vec<Value> = needs
                    .iter()
                    .map(|(task, needs)| json!({"task": of(task), "needs": needs.iter().map(of).collect::<Vec<_>>()}))
                    .collect();
                let remove: Vec<String> = remove.iter().map(of).collect();
                tenanted(json!({"type": "patch", "plan": plan, "add": add, "remove": remove, "needs": needs}), &tenant)
            }
            Act::Command { plan, order } => {
                let (tenant, plan, _) = newest(&self.plans, *plan)?.clone();
                let order = match *order {
                    "stop_chain" | "resume_chain" => {
                        json!({"type": order, "chain": self.status(&tenant, &plan)?.chain})
                    }
                    _ => json!({"type": order}),
                };
                tenanted(json!({"type": "command", "do": order}), &tenant)
            }
            Act::Advance | Act::Crash => return None,
        })
    }

    fn order(&self, plan: Pick, pick: Pick, order: &str) -> Option<Value> {
        let (tenant, plan, _) = newest(&self.plans, plan)?.clone();
        let status = self.status(&tenant, &plan)?;
        let asking = status.tasks.iter().find(|task| task.state == TaskState::Asking);
        let task = newest(&status.tasks, pick)?.task.clone();
        let asked = asking.map_or(task.clone(), |asking| asking.task.clone());
        let agent = AGENTS[usize::from(pick) % AGENTS.len()];
        let order = match order {
            "rerun_from" => json!({"type": "rerun", "from": task}),
            "skip" => json!({"type": "skip", "task": task}),
            "pin" => json!({"type": "pin", "task": task, "agent": agent}),
            "unpin" => json!({"type": "pin", "task": task}),
            "yes" | "no" => json!({"type": "answer", "task": asked, "value": order == "yes"}),
            plain => json!({"type": plain}),
        };
        Some(tenanted(json!({"type": "command", "do": {"type": "plan", "plan": plan, "order": order}}), &tenant))
    }

    pub fn status(&self, tenant: &str, plan: &str) -> Option<PlanStatus> {
        self.broker.view().plan(tenant, plan)
    }

    pub fn state(&self, tenant: &str, plan: &str) -> PlanState {
        self.status(tenant, plan).expect("it was taken").state
    }

    /// All tasks as they stand.
    pub fn seen(&self) -> Seen {
        let mut seen = Seen::new();
        for (tenant, plan, _) in &self.plans {
            for task in self.status(tenant, plan).expect("it was taken").tasks {
                let status = self.broker.view().task(tenant, plan, &task.task).expect("it is one of the plan");
                seen.insert((plan.clone(), task.task.to_string()), status);
            }
        }
        seen
    }

    /// Was it ever handed over, or offered?
    pub fn was_offered(&self, plan: &str, task: &str) -> bool {
        self.handed.contains(&(plan.to_owned(), task.to_owned()))
    }

    /// Offers that may stand: those whose dispatch does not own its task by now.
    pub fn offered(&self) -> BTreeMap<String, (String, EffectId)> {
        let owned: BTreeSet<EffectId> = self.seen().values().filter_map(|status| status.dispatch).collect();
        self.offers
            .iter()
            .filter(|(_, (_, id))| !owned.contains(id))
            .map(|(task, offer)| (task.clone(), offer.clone()))
            .collect()
    }

    /// How many slots may be kept for an agent because it has not answered a recall.
    pub fn kept(&self, agent: &str) -> usize {
        let now = self.broker.view().now();
        self.recalled.values().filter(|(whose, _, until)| whose == agent && *until > now).count()
    }

    /// Does a report of this kind say that its agent has stopped what it was told to stop?
    pub fn answers(&self, report: &Value, dispatch: EffectId) -> bool {
        report["type"].as_str().is_some_and(|kind| LAST.contains(&kind)) && self.recalled.contains_key(&dispatch)
    }

    /// Dispatches that were handed out in this step for the first time.
    pub fn handed_out(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(|effect| matches!(effect.action, Action::Dispatch(_)) && !effect.redelivered)
    }
}

pub fn tenanted(mut value: Value, tenant: &str) -> Value {
    if !tenant.is_empty() {
        value["tenant"] = tenant.into();
    }
    value
}

/// The newest ones are named most often.
pub fn newest<T>(list: &[T], pick: Pick) -> Option<&T> {
    let back = usize::from(pick) * usize::from(pick) * list.len() / (256 * 256);
    list.len().checked_sub(1 + back).map(|place| &list[place])
}
