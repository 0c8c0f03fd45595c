//! Changes of a plan under way: all of one, or nothing of it.

use alloc::{boxed::Box, collections::BTreeSet, format, vec::Vec};

use super::{
    alarms::Alarm,
    control::is_queued,
    form::Layout,
    led::Led,
    machine::{Work, standing},
    plan::Patch,
    run::{Node, Place},
    states::{PlanState, TaskState, TaskWhy},
    words::{Chore, Origin, Todo},
};
use crate::{error::Rejected, id::Seq, time::Timestamp};

impl Work {
    /// Can this change be made, also after what is due of the plan by now? That is done before it. `Some` record of the patch that
    /// had its key: nothing is left to be done then, whatever has become of the plan.
    ///
    /// # Errors
    /// [`Rejected::Plan`] (RY1017) with what is wrong, [`Rejected::UnknownTask`] (RY1019), [`Rejected::NotPossible`]
    /// (RY1021), [`Rejected::Full`] (RY1007).
    pub fn check_patch(&self, now: Timestamp, plan: u32, patch: &Patch) -> Result<Option<Seq>, Rejected> {
        let known = self.patch_known(plan, patch.key.as_ref());
        if known.is_none() {
            self.patched(plan, patch)?;
            self.ahead(now, plan).map_or(Ok(()), |ahead| ahead.patched(plan, patch).map(|_| ()))?;
        }
        Ok(known)
    }

    /// The nodes as they will be, and those that are dropped.
    fn patched(&self, plan: u32, patch: &Patch) -> Result<(Vec<Node>, BTreeSet<u32>), Rejected> {
        let fail = |reason: &str| Err(Rejected::NotPossible { what: "patch", reason: reason.into() });
        let Some(run) = self.run(plan) else { return fail("the plan is unknown") };
        if !matches!(run.state, PlanState::Running) {
            return fail("the plan is not running; rerun it, or submit another");
        }
        self.check_patches(run.patches)?;
        let mut gone = BTreeSet::new();
        for task in &patch.remove {
            let (at, node) = self.find_task(plan, task)?;
            if node.state != TaskState::Waiting && node.state != TaskState::Ready {
                return fail(&format!("task `{task}` has started or ended"));
            }
            let mut open = alloc::vec![at.task];
            while let Some(task) = open.pop() {
                // What is named twice, by itself or with the task around it, is walked once.
                if gone.insert(task) {
                    open.extend(run.node(task).into_iter().flat_map(|node| &node.children));
                }
            }
        }
        for changed in &patch.needs {
            let (_, node) = self.find_task(plan, &changed.task)?;
            if node.state != TaskState::Waiting && node.state != TaskState::Ready {
                return fail(&format!("task `{}` has started or ended", changed.task));
            }
        }
        let mut layout = Layout::after(run.nodes.clone());
        for changed in &patch.needs {
            layout.set_needs(&changed.task, changed.needs.clone())?;
        }
        layout.add(patch.add.clone(), None, "", 0)?;
        let nodes = layout.finish()?;
        self.room.check_tasks(&self.limits, run.tenant, nodes.len() - run.nodes.len())?;
        let needs_gone = |node: &&Node| node.needs.iter().any(|(need, _)| gone.contains(need));
        let stays = (0..).zip(&nodes).filter(|(at, _)| !gone.contains(at)).map(|(_, node)| node);
        if let Some(node) = stays.clone().find(needs_gone) {
            return fail(&format!("task `{}` needs one that is to be removed; change its needs too", node.name));
        }
        Ok((nodes, gone))
    }

    /// Makes it. All of it, or nothing if it can not be made, or was made before. `seq` is the record that brings it,
    /// `origin` what led to it, where it says so: without, its tasks follow from what led to the plan.
    ///
    /// # Errors
    /// As [`Work::check_patch`].
    pub fn on_patch(
        &mut self,
        now: Timestamp,
        seq: Seq,
        plan: u32,
        patch: &Patch,
        origin: Option<Origin>,
    ) -> Result<(), Rejected> {
        if self.patch_known(plan, patch.key.as_ref()).is_some() {
            return Ok(());
        }
        let (mut nodes, gone) = self.patched(plan, patch)?;
        let queued = self.queued(plan);
        let Some(run) = self.runs.get_mut(&plan) else { return Ok(()) };
        let (known, tenant) = (run.nodes.len(), run.tenant);
        let fresh = nodes.len() - known;
        if let (Some(origin), Some(cause)) = (origin, &patch.cause) {
            let Origin { chain, hop, event, parent, .. } = origin;
            let led = Led { cause: cause.clone(), chain, hop, event, parent };
            nodes.iter_mut().skip(known).for_each(|node| node.led = Some(Box::new(led.clone())));
        }
        run.nodes = nodes;
        for node in &mut run.nodes {
            node.dependents.clear();
            node.children.clear();
        }
        run.index();
        run.open += u32::try_from(fresh).unwrap_or(u32::MAX);
        run.patches = Some(run.patches.unwrap_or(0).saturating_add(1));
        if let Some(key) = &patch.key {
            self.keep_key(plan, key, seq);
        }
        self.recount(plan, known, patch);
        self.room.on_tasks(tenant, fresh);
        self.forget();
        for task in gone {
            let at = Place { plan, task };
            if let Some(node) = self.node_mut(at) {
                node.tolerated = true;
            }
            self.end(now, at, TaskState::Skipped, Some(TaskWhy::Removed));
        }
        for at in queued {
            self.restand(at);
        }
        if origin.is_some_and(|origin| origin.stopped) {
            self.stop_plan(plan);
        }
        self.todo.push_back(Todo { kind: Chore::Start, at: Place { plan, task: 0 }, from: 0 });
        self.settle(now);
        Ok(())
    }

    /// A patch has changed where a queued task stands, or that it waits for an agent at all. How long it has waited, it has.
    fn restand(&mut self, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        match run.node(at.task).filter(|node| is_queued(node)) {
            Some(node) => self.queue.restand(at, standing(run, node)),
            None => self.dequeue(at),
        }
    }

    /// What each task waits for in the new graph. Those from `known` on are new.
    fn recount(&mut self, plan: u32, known: usize, patch: &Patch) {
        let Some(run) = self.runs.get_mut(&plan) else { return };
        let priority = run.plan.priority.unwrap_or(3);
        let (mut back, changed) = (Vec::new(), patch.needs.iter().map(|changed| &changed.task));
        for task in 0..u32::try_from(run.nodes.len()).unwrap_or(u32::MAX) {
            let (waiting, inner) = (run.waiting_for(task), run.inner_open(task));
            let Some(node) = run.nodes.get_mut(task as usize) else { continue };
            if task as usize >= known {
                node.class = node.spec.priority.unwrap_or(priority);
            }
            (node.waiting, node.inner) = (waiting, inner);
            // What it needs now may not have ended, or not as its trigger asks: that is decided anew. Where its needs are what
            // they were, it is ready whatever else the patch changed: one triggered by `any` may have open ones.
            if node.state == TaskState::Ready && changed.clone().any(|name| *name == node.name) {
                (node.state, node.first_ready_at, node.nobody) = (TaskState::Waiting, None, None);
                back.push(Place { plan, task });
            }
        }
        for at in back {
            self.disarm(at, Alarm::ScheduleToStart);
            self.disarm(at, Alarm::ScheduleToClose);
        }
        // The new counts include what was still to be told.
        self.todo.retain(|todo| todo.at.plan != plan || !matches!(todo.kind, Chore::Tell | Chore::Inner));
    }
}
