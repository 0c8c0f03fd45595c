//! What plans do, with agents that do as they are told.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::*;
use crate::{
    id::{EffectId, Seq},
    input::Json,
    text::Text,
    time::Timestamp,
};

/// A machine, a clock, and an agent called `a` that takes everything, up to so many at a time.
struct Lab {
    work: Work,
    now: u64,
    next: u64,
    slots: usize,
    /// What the agent has: task by name.
    has: BTreeMap<String, (EffectId, u32, Handout)>,
    said: Vec<Word>,
}

impl Lab {
    fn with(plan: &str) -> Self {
        let mut lab = Self {
            work: Work::new(WorkLimits::default(), 7),
            now: 1000,
            next: 1,
            slots: usize::MAX,
            has: BTreeMap::new(),
            said: Vec::new(),
        };
        lab.work.on_plan(Timestamp(1000), plan_of(plan), Origin::default()).expect("a plan");
        lab.hand_out();
        lab
    }

    fn hand_out(&mut self) {
        let mut round = Round::default();
        while let Some(want) = self.work.next(&mut round) {
            if self.has.len() >= self.slots {
                round.nobody(&self.work, want.at);
                continue;
            }
            if !self.work.keys_are_free(want.at) {
                round.taken(&self.work, want.at);
                continue;
            }
            let dispatch = EffectId { seq: Seq(self.next), ordinal: 0 };
            self.next += 1;
            let agent = want.only.unwrap_or_else(|| Text::from(format!("a{}", self.next)));
            let Some(handout) = self.work.on_leased(Timestamp(self.now), want.at, &agent, dispatch) else { continue };
            let name = if handout.handoff.is_some() { format!("{}!", handout.task) } else { handout.task.to_string() };
            self.has.insert(name, (dispatch, handout.epoch, handout));
        }
        self.said.extend(self.work.words());
    }

    fn report(&mut self, task: &str, report: Report) {
        let (dispatch, epoch, _) = self.has.remove(task).expect("the agent has it");
        self.report_as(dispatch, epoch, report);
    }

    fn report_as(&mut self, dispatch: EffectId, epoch: u32, report: Report) {
        let report = TaskReport { dispatch, epoch, report, agent: None };
        self.work.check_report(Timestamp(self.now), &report).expect("a report");
        self.work.on_report(Timestamp(self.now), &report);
        self.hand_out();
    }

    fn done(&mut self, task: &str) {
        self.done_with(task, "null");
    }

    fn done_with(&mut self, task: &str, result: &str) {
        let result = Json(serde_json::from_str(result).expect("JSON"));
        self.report(task, Report::Done { result, result_ref: None });
    }

    fn fails(&mut self, task: &str) {
        self.report(task, Report::Failed { reason: None, permanent: true, retry_after_ms: None });
    }

    fn later(&mut self, ms: u64) {
        self.now += ms;
        while self.work.due().is_some_and(|due| due.0 <= self.now) {
            self.work.on_due(Timestamp(self.now));
            self.has.retain(|_, (dispatch, _, _)| self.work.agents.values().any(|has| has.contains(dispatch)));
            self.hand_out();
        }
    }

    fn order(&mut self, order: &PlanOrder) {
        self.work.check_order(1, order).expect("an order");
        self.work.on_order(Timestamp(self.now), 1, order);
        self.hand_out();
    }

    fn busy(&self) -> String {
        self.has.keys().cloned().collect::<Vec<_>>().join(" ")
    }

    /// Every task and its state.
    fn states(&self) -> String {
        let run = self.work.run(1).expect("the plan");
        let state = |node: &run::Node| format!("{}:{:?}", node.name, node.state).to_lowercase();
        run.nodes.iter().map(state).collect::<Vec<_>>().join(" ")
    }

    fn plan(&self) -> PlanState {
        self.work.run(1).expect("the plan").state
    }
}

fn plan_of(json: &str) -> Plan {
    serde_json::from_str(json).expect("a plan")
}

const DIAMOND: &str = r#"{"id":"p","tasks":[{"id":"a"},{"id":"b","needs":["a"]},{"id":"c","needs":["a"]},
    {"id":"d","needs":["b","c"]}]}"#;

#[test]
fn a_join_starts_once_all_it_needs_has_ended() {
    let mut lab = Lab::with(DIAMOND);
    assert_eq!(lab.busy(), "a");
    lab.done("a");
    assert_eq!(lab.busy(), "b c");
    lab.done("b");
    assert_eq!(lab.busy(), "c");
    lab.done("c");
    assert_eq!(lab.busy(), "d");
    lab.done("d");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_circle_is_named_with_its_tasks() {
    let plan =
        plan_of(r#"{"id":"p","tasks":[{"id":"a","needs":["c"]},{"id":"b","needs":["a"]},{"id":"c","needs":["b"]}]}"#);
    let error =
        Work::new(WorkLimits::default(), 7).on_plan(Timestamp(1), plan, Origin::default()).expect_err("a circle");
    assert_eq!(error.to_string(), "RY1017: plan: the tasks wait for each other in a circle: a -> b -> c -> a");
}

#[test]
fn what_is_needed_must_be_there() {
    let plan = plan_of(r#"{"id":"p","tasks":[{"id":"a","needs":["b"]}]}"#);
    let error = Work::new(WorkLimits::default(), 7).on_plan(Timestamp(1), plan, Origin::default()).expect_err("no b");
    assert_eq!(error.to_string(), "RY1017: task `a`: it needs `b`, which no task of the plan is called");
}

#[test]
fn results_flow_into_what_refers_to_them() {
    let mut lab = Lab::with(
        r#"{"id":"p","tasks":[{"id":"build"},{"id":"test","input":{"log":{"from":"build","field":"/log"},"n":1}}]}"#,
    );
    assert_eq!(lab.busy(), "build", "a reference is a need");
    lab.done_with("build", r#"{"log":"all well"}"#);
    assert_eq!(lab.has["test"].2.input.0.to_string(), r#"{"log":"all well","n":1}"#);
}

#[test]
fn a_list_is_worked_off_by_one_task_each_and_joined() {
    let mut lab = Lab::with(
        r#"{"id":"p","tasks":[{"id":"list"},{"id":"fix","each":{"from":"list"},"keys":["repo"]},
            {"id":"sum","input":{"all":{"from":"fix"}}}]}"#,
    );
    lab.done_with("list", r#"["x","y"]"#);
    assert_eq!(lab.busy(), "fix[0]", "one at a time by their key");
    assert_eq!(lab.has["fix[0]"].2.item.0, "x");
    lab.done_with("fix[0]", "1");
    lab.done_with("fix[1]", "2");
    assert_eq!(lab.has["sum"].2.input.0.to_string(), r#"{"all":[1,2]}"#);
    lab.done("sum");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_plan_within_a_plan_begins_and_ends_as_one() {
    let mut lab = Lab::with(
        r#"{"id":"p","tasks":[{"id":"a"},{"id":"sub","needs":["a"],"tasks":[{"id":"x"},{"id":"y","needs":["x"]}]},
            {"id":"z","needs":["sub"]}]}"#,
    );
    lab.done("a");
    assert_eq!(lab.busy(), "sub/x");
    lab.done("sub/x");
    lab.done("sub/y");
    assert_eq!(lab.busy(), "z");
    lab.done("z");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_skipped_task_takes_what_is_within_it_along() {
    let mut lab = Lab::with(
        r#"{"id":"p","on_failure":"skip_dependents","tasks":[{"id":"a"},
            {"id":"sub","needs":["a"],"tasks":[{"id":"x"},{"id":"y","needs":["x"]}]}]}"#,
    );
    lab.fails("a");
    assert_eq!(lab.states(), "a:failed sub:skipped sub/x:skipped sub/y:skipped");
    assert_eq!(lab.plan(), PlanState::Failed);
}

#[test]
fn a_failed_attempt_is_tried_again_after_a_pause_without_a_slot() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a","retry":{"max_attempts":2}}]}"#);
    lab.report("a", Report::Failed { reason: None, permanent: false, retry_after_ms: Some(5000) });
    assert_eq!((lab.busy().as_str(), lab.states().as_str()), ("", "a:backoff"));
    lab.later(5000);
    assert_eq!(lab.has["a"].2.attempt, 2);
    lab.report("a", Report::Failed { reason: None, permanent: false, retry_after_ms: None });
    assert_eq!(lab.plan(), PlanState::Failed);
}

#[test]
fn no_agent_puts_a_task_off_for_more_than_a_day() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a","retry":{"max_attempts":2}}]}"#);
    lab.report("a", Report::Failed { reason: None, permanent: false, retry_after_ms: Some(u64::MAX) });
    assert_eq!(lab.states(), "a:backoff");
    lab.later(86_400_000);
    lab.later(1000);
    assert_eq!(lab.has["a"].2.attempt, 2);
}

#[test]
fn a_silent_agent_is_replaced_from_the_last_progress() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a","timeouts":{"heartbeat_ms":1000}}]}"#);
    let (dispatch, epoch, _) = lab.has["a"].clone();
    lab.report_as(dispatch, epoch, Report::Progress { done: 3, of: Some(9), state: Json(3.into()) });
    lab.later(1000);
    lab.later(1000);
    let (_, fresh, handout) = lab.has["a"].clone();
    assert_eq!((handout.attempt, handout.resume_from.0.to_string().as_str()), (2, "3"));
    lab.report_as(dispatch, epoch, Report::Done { result: Json("late".into()), result_ref: None });
    assert_eq!(lab.states(), "a:running".replace("running", "leased"), "a late result changes nothing");
    assert!(matches!(lab.said.last(), Some(Word::Late(..))) && fresh > epoch);
}

#[test]
fn what_has_started_is_undone_the_last_first() {
    let mut lab = Lab::with(
        r#"{"id":"p","on_failure":"compensate","tasks":[{"id":"a","compensate":{}},{"id":"b","needs":["a"],"compensate":{}},
            {"id":"c","needs":["b"],"compensate":{}}]}"#,
    );
    lab.done("a");
    lab.done("b");
    lab.fails("c");
    assert_eq!((lab.busy().as_str(), lab.plan()), ("c", PlanState::Compensating));
    lab.done("c");
    assert_eq!(lab.busy(), "b");
    lab.done("b");
    lab.done("a");
    assert_eq!(lab.states(), "a:compensated b:compensated c:compensated");
    assert_eq!(lab.plan(), PlanState::Compensated);
}

#[test]
fn what_is_triggered_always_runs_after_a_failure_too() {
    let mut lab = Lab::with(
        r#"{"id":"p","tasks":[{"id":"a"},{"id":"b","needs":["a"]},{"id":"clean","needs":["b"],"trigger":"always"}]}"#,
    );
    lab.fails("a");
    assert_eq!(lab.busy(), "clean");
    lab.done("clean");
    assert_eq!(lab.states(), "a:failed b:skipped clean:succeeded");
    assert_eq!(lab.plan(), PlanState::Failed);
}

#[test]
fn a_cancelled_agent_has_its_grace() {
    let mut lab = Lab::with(DIAMOND);
    lab.order(&PlanOrder::Cancel {});
    assert_eq!(lab.states(), "a:cancelling b:cancelled c:cancelled d:cancelled");
    lab.later(30_000);
    assert_eq!(lab.plan(), PlanState::Cancelled);
    assert_eq!(lab.work.run(1).expect("plan").nodes[0].why, Some(TaskWhy::DidNotStop));
}

#[test]
fn a_question_gives_the_slot_back() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a"}]}"#);
    let question = Question { text: "Which one?".into(), ..Question::default() };
    lab.report("a", Report::NeedsInput { question });
    assert_eq!((lab.busy().as_str(), lab.states().as_str()), ("", "a:asking"));
    lab.order(&PlanOrder::Answer { task: "a".into(), value: Json("both".into()) });
    let handout = &lab.has["a"].2;
    assert_eq!((handout.attempt, handout.answers[0].0.as_str()), (1, Some("both")));
}

#[test]
fn a_handoff_has_one_owner_at_any_time() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a"}]}"#);
    let (first, epoch, _) = lab.has["a"].clone();
    lab.report_as(first, epoch, Report::Handoff(Handoff { done: alloc::vec!["half".into()], ..Handoff::default() }));
    assert_eq!(lab.busy(), "a a!");
    let (second, next, handout) = lab.has["a!"].clone();
    assert_eq!(handout.handoff.as_ref().map(|handoff| handoff.done.len()), Some(1));
    lab.report_as(second, next, Report::Accept {});
    lab.report_as(first, epoch, Report::Done { result: Json::default(), result_ref: None });
    assert_eq!(lab.states(), "a:running", "the first is the owner no more");
    lab.report_as(second, next, Report::Done { result: Json::default(), result_ref: None });
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_rerun_keeps_what_has_succeeded() {
    let mut lab = Lab::with(DIAMOND);
    lab.done_with("a", "1");
    lab.done("b");
    lab.fails("c");
    assert_eq!(lab.plan(), PlanState::Failed);
    lab.order(&PlanOrder::Rerun { from: None });
    assert_eq!(lab.busy(), "c");
    lab.done("c");
    lab.done("d");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_patch_is_all_or_nothing() {
    let mut lab = Lab::with(DIAMOND);
    let patch: Patch = serde_json::from_str(
        r#"{"plan":"p","add":[{"id":"e","needs":["a"]}],"needs":[{"task":"d","needs":["b","e"]}],"remove":["c"]}"#,
    )
    .expect("a patch");
    lab.work.on_patch(Timestamp(2000), Seq(2), 1, &patch, None).expect("it fits");
    lab.done("a");
    assert_eq!(lab.busy(), "b e");
    let circle: Patch =
        serde_json::from_str(r#"{"plan":"p","add":[{"id":"f","needs":["d"]}],"needs":[{"task":"d","needs":["f"]}]}"#)
            .expect("a patch");
    let error = lab.work.on_patch(Timestamp(2000), Seq(3), 1, &circle, None).expect_err("a circle");
    assert!(error.to_string().contains("in a circle"), "{error}");
    lab.done("b");
    lab.done("e");
    lab.done("d");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn a_forecast_names_what_the_end_hangs_on() {
    let lab = Lab::with(
        r#"{"id":"p","tasks":[{"id":"a","estimate_ms":1000},{"id":"b","needs":["a"],"estimate_ms":9000},
            {"id":"c","needs":["a"],"tasks":[{"id":"x","estimate_ms":2000},{"id":"y","estimate_ms":3000}]},
            {"id":"d","needs":["b","c"],"estimate_ms":500}]}"#,
    );
    let forecast = lab.work.forecast(Timestamp(1400), 1, 2).expect("it is under way");
    assert_eq!(forecast.critical_path.iter().map(Text::as_str).collect::<Vec<_>>(), ["a", "b", "d"]);
    // 0.6 s of `a` are left; `x` and `y` run beside `b`.
    assert_eq!((forecast.remaining_ms, forecast.span_ms, forecast.guessed), (10_100, 10_100, 0));
    let alone = lab.work.forecast(Timestamp(1400), 1, 1).expect("it is under way");
    assert_eq!(alone.remaining_ms, 15_100);
    assert_eq!(lab.work.forecast(Timestamp(1400), 1, 0), None, "nobody is there");
}

#[test]
fn a_plan_that_waits_behind_one_that_nobody_can_do_has_no_forecast_either() {
    let mut lab = Lab::with(r#"{"id":"o","tasks":[{"id":"a"}]}"#);
    for (id, requires) in [("p", "gpu"), ("q", "gpu"), ("r", "rust")] {
        let plan = plan_of(&format!(r#"{{"id":"{id}","tasks":[{{"id":"a","requires":["{requires}"]}}]}}"#));
        lab.work.on_plan(Timestamp(1000), plan, Origin::default()).expect("a plan");
    }
    let forecast = |lab: &Lab, plan| lab.work.forecast(Timestamp(1000), plan, 1).is_some();
    assert_eq!([1, 2, 3, 4].map(|plan| forecast(&lab, plan)), [true; 4]);
    // Of those that ask for the same only the first is asked about.
    lab.work.on_nobody(Place { plan: 2, task: 0 }, "there is no agent".into());
    assert_eq!([1, 2, 3, 4].map(|plan| forecast(&lab, plan)), [true, false, false, true]);
    lab.work.on_busy(Place { plan: 2, task: 0 });
    assert!(forecast(&lab, 3), "somebody is there again");
}

#[test]
fn nothing_starts_in_a_paused_plan() {
    let mut lab = Lab::with(DIAMOND);
    lab.order(&PlanOrder::Pause {});
    lab.done("a");
    assert_eq!(lab.busy(), "");
    lab.order(&PlanOrder::Resume {});
    assert_eq!(lab.busy(), "b c");
}

#[test]
fn restored_it_goes_on_as_it_was() {
    let mut lab = Lab::with(DIAMOND);
    lab.slots = 1;
    lab.done("a");
    let bytes = minicbor::to_vec(&lab.work).expect("memory");
    let mut decoder = minicbor::Decoder::new(&bytes);
    lab.work = Work::decode(&mut decoder, WorkLimits::default(), 7).expect("as written");
    assert_eq!(minicbor::to_vec(&lab.work).expect("memory"), bytes);
    lab.done("b");
    lab.done("c");
    lab.done("d");
    assert_eq!(lab.plan(), PlanState::Succeeded);
}

#[test]
fn an_input_is_no_larger_than_an_effect_may_be() {
    let refs = |count: usize| vec![r#"{"from":"a"}"#; count].join(",");
    for (count, ends) in [(16, "p"), (8000, "")] {
        let mut lab =
            Lab::with(&format!(r#"{{"id":"p","tasks":[{{"id":"a"}},{{"id":"b","input":[{}]}}]}}"#, refs(count)));
        lab.report("a", Report::Done { result: Json("y".repeat(16_000).into()), result_ref: None });
        assert_eq!(lab.busy(), if ends.is_empty() { "" } else { "b" }, "{count} times 16 kB");
        let why = lab.work.task_status(1, "b").expect("it is there").brief.why;
        assert_eq!(why, ends.is_empty().then_some(TaskWhy::TooLarge));
    }
}

#[test]
fn a_paused_plan_is_paused_wherever_it_is_asked_about() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a"}]}"#);
    lab.work.on_order(Timestamp(1000), 1, &PlanOrder::Pause {});
    let listed = lab.work.plans(0).map(|(_, _, state)| state).next();
    let alone = lab.work.plan_status(Timestamp(1000), 1, 1).map(|status| status.state);
    assert_eq!((listed, alone), (Some(PlanState::Paused), Some(PlanState::Paused)));
}

#[test]
fn what_was_undone_keeps_how_it_failed() {
    let mut lab = Lab::with(
        r#"{"id":"p","on_failure":"compensate","tasks":[{"id":"a","compensate":{}},{"id":"b","needs":["a"],"compensate":{}}]}"#,
    );
    lab.done("a");
    let reason = Some("the migration broke".into());
    lab.report("b", Report::Failed { reason, permanent: true, retry_after_ms: None });
    lab.done("b");
    lab.done("a");
    let b = lab.work.task_status(1, "b").expect("it is there");
    assert_eq!(b.words, "it failed: its agent reported a failure (“the migration broke”); it was undone");
    let before = b.brief.before.expect("it was undone");
    assert_eq!((before.state, before.attempt, before.agent.as_deref()), (TaskState::Failed, 1, Some("a3")));
    assert_eq!(before.reason.as_deref(), Some("the migration broke"));
    assert_eq!(lab.work.task_status(1, "a").expect("it is there").words, "it is done; it was undone");
    let plan = lab.work.plan_status(Timestamp(1000), 1, 1).expect("it is there");
    assert_eq!(plan.because.as_deref(), Some("b failed: its agent reported a failure (“the migration broke”)"));
}

#[test]
fn a_reference_that_finds_nothing_is_named() {
    let mut lab =
        Lab::with(r#"{"id":"p","tasks":[{"id":"l"},{"id":"m","input":[{"x":{"from":"l","field":"/log/last"}}]}]}"#);
    lab.done_with("l", r#"{"log":{"first":1}}"#);
    let words = lab.work.task_status(1, "m").expect("it is there").words;
    assert_eq!(words, "it failed: its input refers to what is not there (“the result of `l` has no `/log/last`”)");
}

#[test]
fn a_condition_on_one_of_many_results_copies_none_of_them() {
    let mut lab =
        Lab::with(r#"{"id":"p","tasks":[{"id":"l"},{"id":"e","each":{"from":"l"}},{"id":"g","tasks":[{"id":"x"}]}]}"#);
    lab.done_with("l", "[1,2]");
    lab.done_with("e[1]", r#"{"n":[7]}"#);
    lab.done_with("g/x", r#"{"n":8}"#);
    let run = lab.work.run(1).expect("the plan");
    for (task, field, holder, within) in
        [("e", "/1/n/0", "e[1]", "/n/0"), ("g", "/x/n", "g/x", "/n"), ("g/x", "", "g/x", ""), ("e", "/1", "e[1]", "")]
    {
        let [at, holder] = [task, holder].map(|name| *run.by_name().get(name).expect("a task"));
        let kept = run.node(holder).and_then(|node| node.result.0.pointer(within)).expect("a result");
        let same = matches!(run.part(at, field), Some(fan::Part::Given(found)) if core::ptr::eq(found, kept));
        assert!(same, "{task} {field}");
    }
}

#[test]
fn the_tasks_of_ended_plans_are_counted_when_they_end_start_again_and_are_forgotten() {
    let mut lab = Lab::with(r#"{"id":"p","tasks":[{"id":"a"},{"id":"b"}]}"#);
    let counted = |work: &Work| {
        let ended = work.runs.values().filter(|run| run.ended_at.is_some());
        let tasks = ended.map(|run| run.nodes.len() as u64).sum::<u64>();
        assert_eq!(work.room.ended_tasks(), tasks);
        tasks
    };
    let fits = |work: &Work, more| work.room.check_tasks(&work.limits, 0, more).is_ok();
    lab.fails("a");
    assert_eq!(counted(&lab.work), 0);
    lab.done("b");
    assert_eq!(counted(&lab.work), 2);
    let bytes = minicbor::to_vec(&lab.work).expect("to memory");
    let read = Work::decode(&mut minicbor::Decoder::new(&bytes), WorkLimits::default(), 7).expect("what was written");
    assert_eq!(counted(&read), 2);
    lab.order(&PlanOrder::Rerun { from: None });
    assert_eq!(counted(&lab.work), 0);
    lab.done("a");
    assert_eq!(counted(&lab.work), 2);
    lab.work.set_limits(WorkLimits { plans: 1, tasks: 3, ..WorkLimits::default() });
    assert_eq!([3, 4].map(|more| fits(&lab.work, more)), [true, false]);
    let next = plan_of(r#"{"id":"q","tasks":[{"id":"a"},{"id":"b"},{"id":"c"}]}"#);
    lab.work.on_plan(Timestamp(1000), next, Origin::default()).expect("a plan");
    assert_eq!((counted(&lab.work), fits(&lab.work, 1)), (0, false));
}
