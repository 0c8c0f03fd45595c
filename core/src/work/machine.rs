//! The plan machine.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    format,
    vec::Vec,
};

use super::{
    alarms::Alarm,
    plan::{Autonomy, Plan, Trigger},
    queue::{Queue, Standing, shape},
    room::Room,
    round::Rest,
    run::{Node, Place, Run},
    states::{PlanState, TaskState, TaskWhy},
    words::{Chore, Origin, Todo, Word, WorkLimits},
};
use crate::{
    error::Rejected,
    id::{ChainId, EffectId},
    text::Text,
    time::Timestamp,
};

/// Most steps one input takes. What is left is due at once.
pub(crate) const SLICE: usize = 1024;
/// A task that has waited so long for an agent goes up by one priority class.
const PROMOTE_MS: u64 = 300_000;

/// The plan machine: plans go in, dispatches come out, reports go in. Everything that can go wrong with real agents has
/// one defined answer.
///
/// | from | on | to |
/// |---|---|---|
/// | - | plan, or an element of a list | waiting |
/// | waiting | its needs have ended as its trigger asks, its conditions hold | ready; asking; running, if it is a task of tasks |
/// | waiting | its needs have ended otherwise, a condition does not hold | skipped |
/// | ready | an agent is chosen | leased |
/// | leased | started, progress | running |
/// | leased, running | done | succeeded |
/// | leased, running | failed, silence, out of time, agent gone: attempts left | backoff |
/// | leased, running | the same: none left, or permanent | failed |
/// | leased, running | its agent was stopped in order | ready, at the same attempt |
/// | leased, running | needs input | asking |
/// | leased, running | cancel | cancelling |
/// | cancelling | cancelled, done, grace is over | cancelled |
/// | backoff | its time | ready |
/// | asking | answered | ready, or succeeded if the answer is all |
/// | succeeded, failed, cancelled | the plan is compensated and it had started | undoing |
/// | undoing | undone | compensated |
///
/// Agents are somebody else's: [`Work::next`] says who needs one, [`Work::on_leased`] hears who was chosen, and the
/// [`Word`]s tell what else is to be done: [`crate::work`] has an example. Ends are worked off in slices, one for each input.
#[derive(Debug, Clone, Default)]
pub struct Work {
    pub(crate) limits: WorkLimits,
    pub(crate) seed: u64,
    pub(crate) runs: BTreeMap<u32, Run>,
    pub(crate) next_plan: u32,
    pub(crate) todo: VecDeque<Todo>,
    pub(crate) queue: Queue,
    /// What is left of a pass that was too long for one record.
    pub(crate) rest: Option<Rest>,
    /// Plans by tenant and name. Derived, like all below.
    pub(crate) names: BTreeMap<(u32, Text), u32>,
    /// Every dispatch that is remembered, also of ended attempts.
    pub(crate) dispatches: BTreeMap<EffectId, Place>,
    /// What each agent has.
    pub(crate) agents: BTreeMap<Text, BTreeSet<EffectId>>,
    pub(crate) keys: BTreeMap<(u32, Text), u32>,
    pub(crate) alarms: BTreeSet<(Timestamp, Place, Alarm)>,
    /// How many plans and tasks there are, and which can be forgotten.
    pub(crate) room: Room,
    /// How many slots of agents each tenant has taken.
    pub(crate) at_work: BTreeMap<u32, u32>,
    /// Lost tasks whose turn is still to come: which, and under which epoch; and whether they are lost or given back.
    pub(crate) gone: BTreeMap<(Place, u32), Chore>,
    /// Questions that wait for room, by tenant.
    pub(crate) unasked: BTreeSet<(u32, Place)>,
    pub(crate) words: Vec<Word>,
    /// Steps taken of a slice.
    steps: usize,
}

impl Work {
    /// A machine without plans. The seed is behind whatever looks random.
    #[must_use]
    pub fn new(limits: WorkLimits, seed: u64) -> Self {
        Self { limits, seed, next_plan: 1, ..Self::default() }
    }

    /// Sets the limits. What is there stays.
    pub fn set_limits(&mut self, limits: WorkLimits) {
        self.limits = limits;
    }

    /// How much of the agents' time each tenant may have beside others that want it too, by its number. 1 for all others.
    pub fn set_shares(&mut self, shares: BTreeMap<u32, u32>) {
        self.queue.set_shares(shares);
    }

    /// Takes a plan in. Returns its number.
    ///
    /// # Errors
    /// As [`Work::check_plan`]; nothing has changed then. A plan that is known already is not taken again.
    pub fn on_plan(&mut self, now: Timestamp, mut plan: Plan, origin: Origin) -> Result<u32, Rejected> {
        if let Some(known) = self.known_plan(origin.tenant, &plan)? {
            return Ok(known);
        }
        let nodes = self.lay_out(origin.tenant, &mut plan)?;
        let number = self.next_plan;
        self.next_plan = self.next_plan.saturating_add(1);
        self.room.on_plan(origin.tenant, nodes.len());
        self.forget();
        let priority = plan.priority.unwrap_or(3);
        let mut run = Run {
            tenant: origin.tenant,
            chain: origin.chain,
            hop: origin.hop,
            state: PlanState::Running,
            paused: origin.stopped,
            open: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
            nodes,
            held: 0,
            undo: Vec::new(),
            failed: false,
            cancelled: false,
            why: None,
            compensate: false,
            stopped: origin.stopped,
            event: origin.event,
            parent: origin.parent,
            undo_failed: false,
            budget: None,
            patches: None,
            keys: None,
            submitted_at: now,
            ended_at: None,
            names: BTreeMap::new(),
            added: BTreeSet::new(),
            plan,
        };
        for node in &mut run.nodes {
            node.class = node.spec.priority.unwrap_or(priority);
            node.waiting = u32::try_from(node.needs.len()).unwrap_or(u32::MAX) + u32::from(node.parent.is_some());
        }
        run.index();
        for node in &mut run.nodes {
            node.inner = u32::try_from(node.children.len()).unwrap_or(u32::MAX);
        }
        self.names.insert((origin.tenant, run.plan.id.clone()), number);
        let timeout = run.plan.timeout_ms;
        self.runs.insert(number, run);
        let start = Place { plan: number, task: 0 };
        if origin.stopped {
            self.words.push(Word::Plan(number, PlanState::Paused));
        }
        if let Some(ms) = timeout {
            self.arm(start, Alarm::PlanTimeout, now.plus_ms(ms));
        }
        self.todo.push_back(Todo { kind: Chore::Start, at: start, from: 0 });
        self.settle(now);
        Ok(number)
    }

    /// Forgets plans that have ended while there is too much.
    pub(crate) fn forget(&mut self) {
        while let Some(plan) = self.room.too_many(&self.limits) {
            let Some(run) = self.runs.remove(&plan) else { return };
            self.room.on_forgotten(run.tenant, run.ended_at.unwrap_or_default(), plan, run.nodes.len());
            self.names.remove(&(run.tenant, run.plan.id.clone()));
            for dispatch in run.nodes.iter().flat_map(|node| &node.past) {
                self.dispatches.remove(dispatch);
            }
        }
    }

    /// What there is to say since the last call. From here on the machine takes a slice of steps more.
    pub fn words(&mut self) -> Vec<Word> {
        self.steps = 0;
        core::mem::take(&mut self.words)
    }

    /// How many tasks wait for an agent.
    #[must_use]
    pub fn queued_tasks(&self) -> u32 {
        self.queue.len()
    }

    /// Has every plan ended?
    pub(crate) fn is_idle(&self) -> bool {
        self.room.is_idle()
    }

    /// A person stopped a chain or, without one, the tenant: none of its plans starts anything.
    pub(crate) fn stop_plans(&mut self, tenant: u32, chain: Option<ChainId>) {
        self.stop_those(|run| run.tenant == tenant && chain.is_none_or(|chain| run.chains().any(|own| own == chain)));
    }

    /// The breaker of a chain has opened.
    pub(crate) fn stop_chain(&mut self, chain: ChainId) {
        self.stop_those(|run| run.chains().any(|own| own == chain));
    }

    fn stop_those(&mut self, of: impl Fn(&Run) -> bool) {
        let open = self.runs.iter().filter(|(_, run)| of(run) && !run.state.is_terminal() && !run.paused);
        open.map(|(number, _)| *number).collect::<Vec<_>>().into_iter().for_each(|plan| self.stop_plan(plan));
    }

    /// Pauses a plan until a stop is lifted. One that a person has paused stays that.
    pub(crate) fn stop_plan(&mut self, plan: u32) {
        if self.run(plan).is_some_and(|run| !run.paused) {
            self.pause(plan);
            self.runs.entry(plan).and_modify(|run| run.stopped = true);
        }
    }

    /// A person lifted a stop: plans with a chain that was `resumed` go on, if none of theirs is `stopped`.
    pub(crate) fn release_plans(
        &mut self,
        now: Timestamp,
        tenant: u32,
        resumed: impl Fn(ChainId) -> bool,
        stopped: impl Fn(ChainId) -> bool,
    ) {
        let free = |run: &Run| run.chains().any(&resumed) && !run.chains().any(&stopped);
        let free = self.runs.iter().filter(|(_, run)| run.tenant == tenant && run.stopped && free(run));
        for plan in free.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.resume(now, plan);
            self.ask_at_last(now, plan);
        }
    }

    pub(crate) fn run(&self, plan: u32) -> Option<&Run> {
        self.runs.get(&plan)
    }

    pub(crate) fn node(&self, at: Place) -> Option<&Node> {
        self.runs.get(&at.plan)?.node(at.task)
    }

    pub(crate) fn node_mut(&mut self, at: Place) -> Option<&mut Node> {
        self.runs.get_mut(&at.plan)?.nodes.get_mut(at.task as usize)
    }

    /// Works off what is to be done, up to a slice.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.steps = 0;
        self.go_on(now);
    }

    /// The same as far as the slice lasts: what one record hears of many agents and dispatches shares it.
    pub(crate) fn go_on(&mut self, now: Timestamp) {
        while self.steps < SLICE {
            let Some(todo) = self.todo.pop_front() else { return };
            self.steps += 1;
            if let Some(rest) = self.step(now, todo) {
                self.todo.push_front(rest);
            } else {
                self.may_end(now, todo.at.plan);
            }
        }
    }

    /// One step of it; what is left, if anything.
    fn step(&mut self, now: Timestamp, todo: Todo) -> Option<Todo> {
        let Todo { kind, at, from } = todo;
        let run = self.runs.get(&at.plan)?;
        let next = match kind {
            Chore::Tell => *run.node(at.task)?.dependents.get(from as usize)?,
            Chore::Inner | Chore::Drop => *run.node(at.task)?.children.get(from as usize)?,
            Chore::Start | Chore::Stop | Chore::Cancel => from,
            Chore::Gone | Chore::Astray | Chore::Skip | Chore::Returned => return self.do_one(now, todo),
        };
        run.node(next)?;
        let other = Place { plan: at.plan, task: next };
        match kind {
            Chore::Tell | Chore::Inner => self.on_need_ended(now, other),
            Chore::Drop => {
                let (state, why) = run.node(at.task).map(|node| (node.state, node.why))?;
                self.end(now, other, state, why);
            }
            Chore::Start => self.on_look(now, other),
            Chore::Stop => self.stop_task(now, other),
            _ => {
                let why = run.cancelled_because();
                self.cancel_task(now, other, why);
            }
        }
        Some(Todo { from: from + 1, ..todo })
    }

    /// What it waited for has ended, or the task around it has started.
    fn on_need_ended(&mut self, now: Timestamp, at: Place) {
        let Some(node) = self.node_mut(at) else { return };
        node.waiting = node.waiting.saturating_sub(1);
        self.on_look(now, at);
    }

    fn on_look(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task).filter(|node| node.state == TaskState::Waiting) else { return };
        // The first success is enough for `any`. What is optional does not count, but is waited for.
        let open = |need: &u32| run.node(*need).is_some_and(|need| !need.state.is_terminal());
        let first = node.spec.trigger == Trigger::Any
            && !node.needs.is_empty()
            && !node.needs.iter().any(|(need, optional)| *optional && open(need))
            && fires(run, node);
        if node.waiting == 0 || first {
            self.decide(now, at);
        }
    }

    /// All it waited for has ended, or enough of it.
    fn decide(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        // The task around it must have started, whatever its trigger.
        if node.parent.and_then(|parent| run.node(parent)).is_some_and(|parent| parent.state != TaskState::Running) {
            return;
        }
        let stopped = !run.goes_on() && !is_exempt(run, node);
        let verdict = if run.cancelled {
            Some((TaskState::Cancelled, run.cancelled_because()))
        } else if stopped {
            Some((TaskState::Skipped, TaskWhy::Stopped))
        } else if !fires(run, node) {
            Some((TaskState::Skipped, TaskWhy::Needs))
        } else if !node.spec.when.iter().all(|condition| run.holds(node, condition)) {
            Some((TaskState::Skipped, TaskWhy::Condition))
        } else if run.autonomy(node) == Autonomy::Watch && !node.is_group() {
            Some((TaskState::Skipped, TaskWhy::Autonomy))
        } else {
            None
        };
        if let Some((state, why)) = verdict {
            return self.end(now, at, state, Some(why));
        }
        if node.is_group() {
            self.open_group(now, at);
        } else if node.spec.ask.is_some() || (run.autonomy(node) < Autonomy::Act && !node.approved) {
            self.ask(now, at);
        } else {
            self.ready(now, at);
        }
    }

    /// It wants an agent.
    pub(crate) fn ready(&mut self, now: Timestamp, at: Place) {
        self.ready_because(now, at, None);
    }

    pub(crate) fn ready_because(&mut self, now: Timestamp, at: Place, why: Option<TaskWhy>) {
        let Some(node) = self.node_mut(at) else { return };
        node.state = if node.undo { TaskState::Undoing } else { TaskState::Ready };
        (node.ready_at, node.nobody) = (now, None);
        let first = node.first_ready_at.is_none();
        node.first_ready_at.get_or_insert(now);
        node.note(now, None, why);
        let timeouts = node.timeouts();
        let state = node.state;
        if let Some(ms) = timeouts.schedule_to_start_ms {
            self.arm(at, Alarm::ScheduleToStart, now.plus_ms(ms));
        }
        if let Some(ms) = timeouts.schedule_to_close_ms.filter(|_| first) {
            self.arm(at, Alarm::ScheduleToClose, now.plus_ms(ms));
        }
        self.words.push(Word::Task(at, state));
        self.enqueue(now, at);
    }

    /// Puts a task into the queue: a ready one, or one that is offered to somebody else.
    pub(crate) fn enqueue(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan).filter(|run| !run.paused) else { return };
        let Some(node) = run.node(at.task) else { return };
        let class = node.class;
        let standing = standing(run, node);
        self.queue.insert(at, standing);
        if class > 1 {
            self.arm(at, Alarm::Promote, now.plus_ms(PROMOTE_MS));
        }
    }

    pub(crate) fn dequeue(&mut self, at: Place) {
        self.queue.remove(at);
        self.disarm(at, Alarm::Promote);
    }

    /// A task comes to its end, once.
    pub(crate) fn end(&mut self, now: Timestamp, at: Place, state: TaskState, why: Option<TaskWhy>) {
        if self.node(at).is_none_or(|node| node.state.is_terminal()) {
            return;
        }
        self.dequeue(at);
        self.drop_offer(now, at);
        self.free(now, at, None);
        self.disarm_all(at);
        self.take_unasked(at);
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        node.state = state;
        node.why = why;
        (node.question, node.asked, node.nobody) = (None, None, None);
        node.note(now, None, why);
        let (undo, parent) = (node.undo, node.parent);
        run.open = run.open.saturating_sub(1);
        self.words.push(Word::Task(at, state));
        if undo {
            // Nobody waits for it: that was settled when it ended the first time.
            run.undo_failed |= state == TaskState::Failed;
            if let Some(task) = parent.filter(|_| state == TaskState::Compensated) {
                self.on_inner_undone(now, Place { task, ..at });
            }
            self.may_end(now, at.plan);
            return;
        }
        if state == TaskState::Failed {
            self.on_failed(at);
        }
        self.todo.push_back(Todo { kind: Chore::Tell, at, from: 0 });
        if self.node(at).is_some_and(|node| node.inner > 0) {
            self.todo.push_back(Todo { kind: Chore::Drop, at, from: 0 });
        }
        if let Some(parent) = parent {
            self.on_inner_ended(now, Place { plan: at.plan, task: parent });
        }
    }

    pub(crate) fn arm(&mut self, at: Place, alarm: Alarm, due: Timestamp) {
        self.disarm(at, alarm);
        if let Some(node) = self.node_mut(at) {
            node.alarms.push((alarm, due));
            self.alarms.insert((due, at, alarm));
        }
    }

    pub(crate) fn disarm(&mut self, at: Place, alarm: Alarm) {
        let Some(node) = self.node_mut(at) else { return };
        if let Some(known) = node.alarms.iter().position(|(other, _)| *other == alarm) {
            let (_, due) = node.alarms.swap_remove(known);
            self.alarms.remove(&(due, at, alarm));
        }
    }

    fn disarm_all(&mut self, at: Place) {
        let Some(node) = self.node_mut(at) else { return };
        // The plan's own stays.
        let (kept, gone) = core::mem::take(&mut node.alarms).into_iter().partition(|(a, _)| *a == Alarm::PlanTimeout);
        node.alarms = kept;
        let gone: Vec<(Alarm, Timestamp)> = gone;
        for (alarm, due) in gone {
            self.alarms.remove(&(due, at, alarm));
        }
    }
}

/// Where a task stands in the queue.
pub(crate) fn standing(run: &Run, node: &Node) -> Standing {
    let keys = node.spec.keys.iter().filter(|_| node.offer.is_none());
    let keys: Vec<Text> = keys.flat_map(|key| [key.key.clone(), format!("{}", key.limit).into()]).collect();
    let lists = [node.requires(), &node.spec.prefers, &node.avoids()];
    Standing {
        class: node.class.clamp(1, 5),
        tenant: run.tenant,
        shape: shape(lists, [node.only(), node.spec.pool.as_ref()], node.offer.is_some()),
        keys: shape([&keys, &[], &[]], [None, None], false),
        rank: node.rank,
        since: node.ready_at,
    }
}

pub(crate) fn counts_as_success(node: &Node) -> bool {
    node.state == TaskState::Succeeded || node.tolerated
}

/// Have its needs ended as its trigger asks?
fn fires(run: &Run, node: &Node) -> bool {
    let mut counted = node.needs.iter().filter(|(_, optional)| !optional).filter_map(|(need, _)| run.node(*need));
    match node.spec.trigger {
        Trigger::All => counted.all(counts_as_success),
        Trigger::Any => node.needs.iter().all(|(_, optional)| *optional) || counted.any(counts_as_success),
        Trigger::NoneFailed => counted.all(|need| counts_as_success(need) || need.state == TaskState::Skipped),
        Trigger::Always => true,
    }
}

/// Does it run also in a plan that stops? What is triggered `always` does, with all that is within it.
pub(crate) fn is_exempt(run: &Run, node: &Node) -> bool {
    let mut at = Some(node);
    while let Some(node) = at {
        if node.undo || node.spec.trigger == Trigger::Always {
            return !run.cancelled || node.undo;
        }
        at = node.parent.and_then(|parent| run.node(parent));
    }
    false
}
