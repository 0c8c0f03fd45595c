//! Plans, agents and reports that come in wrong: each gets its numbered error, or changes nothing that counts.

use reynolds::{Broker, Config, Decision, Genesis, Input, Keys, Rejected, Timestamp, Verdict, work::TaskState};

fn broker(config: &str) -> Broker {
    let config = Config::from_json(config.as_bytes()).expect("a valid configuration");
    let genesis = Genesis { name: "plans".into(), config, at: Timestamp(1000), ..Genesis::default() };
    let mut broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
    let _ = say(
        &mut broker,
        1000,
        r#"{"type":"agent","id":"ada","report":{"type":"register","provides":["rust"],"slots":1}}"#,
    );
    broker
}

fn say(broker: &mut Broker, at: u64, json: &str) -> Decision {
    let input = Input::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"));
    broker.submit(Timestamp(at), input).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Submits, and asserts that a rejection changed nothing.
fn refused(broker: &mut Broker, at: u64, json: &str) -> Rejected {
    let before = (broker.view().digest(), broker.view().seq(), broker.wakeup());
    let input = Input::from_json(json.as_bytes());
    let rejected = match input.and_then(|input| broker.submit(Timestamp(at), input)) {
        Err(rejected) => rejected,
        Ok(decision) => panic!("{json} must be refused: {decision:?}"),
    };
    assert_eq!((broker.view().digest(), broker.view().seq(), broker.wakeup()), before, "{rejected}");
    rejected
}

fn state(broker: &Broker, task: &str) -> TaskState {
    broker.view().task("", "p", task).expect("it is there").brief.state
}

#[test]
fn what_is_wrong_with_a_graph_is_named() {
    let mut broker = broker("{}");
    for (tasks, place) in [
        (r#"[{"id":"a","needs":["c"]},{"id":"b","needs":["a"]},{"id":"c","needs":["b"]}]"#, "a -> "),
        (r#"[{"id":"a","needs":["a"]}]"#, "it needs itself"),
        (r#"[{"id":"a","when":[{"from":"a"}]}]"#, "it needs itself"),
        (r#"[{"id":"a"},{"id":"a"}]"#, "a second task has this id"),
        (r#"[{"id":"a","needs":["b"]}]"#, "`b`"),
        (r#"[{"id":"a","tasks":[{"id":"b","needs":["c"]}]},{"id":"c","needs":["a"]}]"#, "circle"),
        (r#"[{"id":"a","estimate_ms":400000000000}]"#, "`estimate_ms`"),
        (r#"[{"id":"a","priority":6}]"#, "`priority`"),
        (r#"[{"id":"a","requires":[""]}]"#, "capability"),
        (r#"[{"id":"a/b"}]"#, "an id has no"),
        (r#"[{"id":"a","input":{"b":9007199254740992}}]"#, "below 2^53"),
    ] {
        let rejected = refused(&mut broker, 1000, &format!(r#"{{"type":"plan","id":"p","tasks":{tasks}}}"#));
        assert_eq!(rejected.code(), "RY1017", "{tasks}: {rejected}");
        assert!(rejected.to_string().contains(place), "{tasks}: {rejected}");
    }
}

#[test]
fn what_undoing_requires_has_the_limits_of_what_the_task_requires() {
    let mut broker = broker("{}");
    let many = vec![r#""rust""#; 10_001].join(",");
    let long = format!(r#""{}""#, "x".repeat(257));
    for (requires, place) in
        [(&many, "more than 10,000"), (&long, "1 to 256 bytes"), (&r#""""#.into(), "1 to 256 bytes")]
    {
        let json =
            format!(r#"{{"type":"plan","id":"p","tasks":[{{"id":"a","compensate":{{"requires":[{requires}]}}}}]}}"#);
        let rejected = refused(&mut broker, 1000, &json);
        assert_eq!(rejected.code(), "RY1017");
        let said = rejected.to_string();
        assert!(said.contains(place) && said.len() < 200, "{said}");
    }
}

#[test]
fn numbers_that_are_none_are_refused_before_they_count() {
    let mut broker = broker("{}");
    for number in ["-1", "1.5", "1e400", "\"soon\"", "NaN", "18446744073709551616"] {
        let json = format!(r#"{{"type":"plan","id":"p","tasks":[{{"id":"a","estimate_ms":{number}}}]}}"#);
        assert_eq!(refused(&mut broker, 1000, &json).code(), "RY1001", "{number}");
    }
}

#[test]
fn more_tasks_than_the_limit_are_refused_also_by_a_patch() {
    let mut broker = broker(r#"{"limits":{"tasks":3,"plans":2}}"#);
    let many = r#"{"type":"plan","id":"q","tasks":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]}"#;
    let full = refused(&mut broker, 1000, many);
    assert_eq!(full.code(), "RY1007");
    assert!(full.to_string().contains("tasks"), "{full}");
    let _ = say(&mut broker, 1000, r#"{"type":"plan","id":"p","tasks":[{"id":"a"},{"id":"b"}]}"#);
    // What is within a task counts too.
    let patch = r#"{"type":"patch","plan":"p","add":[{"id":"c","tasks":[{"id":"d"},{"id":"e"}]}]}"#;
    assert_eq!(refused(&mut broker, 1000, patch).code(), "RY1007");
    let _ = say(&mut broker, 1000, r#"{"type":"patch","plan":"p","add":[{"id":"c"}]}"#);
}

#[test]
fn nobody_for_a_task_is_a_reason_and_not_silence() {
    let mut broker = broker("{}");
    let _ = say(
        &mut broker,
        1000,
        r#"{"type":"plan","id":"p","tasks":[{"id":"a","requires":["cobol"],"timeouts":{"schedule_to_start_ms":50}}]}"#,
    );
    assert_eq!(state(&broker, "a"), TaskState::Ready);
    let why = broker.view().explain_choice("", "p", "a").expect("it waits for an agent");
    assert_eq!(why.chosen, None);
    assert!(format!("{:?}", why.excluded).contains("cobol"), "{why:?}");
    assert_eq!(broker.wakeup().map(|wakeup| wakeup.at), Some(Timestamp(1050)));
    assert!(broker.advance(Timestamp(1050)).is_some());
    assert_eq!(state(&broker, "a"), TaskState::Failed);
}

#[test]
fn reports_that_are_not_the_owners_are_late_and_change_nothing() {
    let mut broker = broker("{}");
    let _ = say(&mut broker, 1000, r#"{"type":"plan","id":"p","tasks":[{"id":"a"},{"id":"b"}]}"#);
    assert_eq!(state(&broker, "a"), TaskState::Leased);
    let done = r#"{"type":"task","dispatch":"9.9","epoch":1,"report":{"type":"done"}}"#;
    assert_eq!(refused(&mut broker, 1000, done).code(), "RY1020");
    for (epoch, report) in [(0_u32, "done"), (2, "done"), (2, "accept"), (7, "cancelled"), (4_294_967_295, "started")] {
        let json = format!(r#"{{"type":"task","dispatch":"3.0","epoch":{epoch},"report":{{"type":"{report}"}}}}"#);
        let decision = say(&mut broker, 1000, &json);
        assert!(matches!(decision.verdicts[..], [Verdict::Late { .. }]), "{json}: {decision:?}");
        assert_eq!(state(&broker, "a"), TaskState::Leased);
    }
    // A result after it was cancelled and has stopped.
    let cancel = r#"{"type":"command","do":{"type":"plan","plan":"p","order":{"type":"cancel"}}}"#;
    let _ = say(&mut broker, 1000, cancel);
    let _ = say(&mut broker, 1000, r#"{"type":"task","dispatch":"3.0","epoch":1,"report":{"type":"cancelled"}}"#);
    assert_eq!(state(&broker, "a"), TaskState::Cancelled);
    let decision =
        say(&mut broker, 1000, r#"{"type":"task","dispatch":"3.0","epoch":1,"report":{"type":"done","result":7}}"#);
    assert!(matches!(decision.verdicts[..], [Verdict::Late { .. }]), "{decision:?}");
    assert_eq!(state(&broker, "a"), TaskState::Cancelled);
    let late = broker.view().task("", "p", "a").expect("it is there").late;
    assert_eq!(late.last().map(|late| late.result.0.clone()), Some(serde_json::json!(7)), "it is kept as evidence");
    assert_eq!(refused(&mut broker, 1000, cancel).code(), "RY1021");
}

#[test]
fn a_heartbeat_from_the_past_moves_no_clock_back() {
    let mut broker = broker("{}");
    let _ = say(&mut broker, 1000, r#"{"type":"plan","id":"p","tasks":[{"id":"a","timeouts":{"heartbeat_ms":100}}]}"#);
    let beat = r#"{"type":"task","dispatch":"3.0","epoch":1,"report":{"type":"heartbeat"}}"#;
    let _ = say(&mut broker, 1080, beat);
    assert_eq!(state(&broker, "a"), TaskState::Running);
    let due = broker.wakeup();
    let input = Input::from_json(beat.as_bytes()).expect("a report");
    let _ = broker.submit(Timestamp(500), input);
    assert_eq!(broker.wakeup(), due, "its silence ends no earlier and no later");
    assert_eq!(broker.view().now(), Timestamp(1080));
}

#[test]
fn of_two_agents_with_one_id_the_later_life_counts() {
    let mut broker = broker("{}");
    let _ = say(&mut broker, 1000, r#"{"type":"plan","id":"p","tasks":[{"id":"a","retry":{"max_attempts":2}}]}"#);
    let anew =
        r#"{"type":"agent","id":"ada","incarnation":2,"report":{"type":"register","provides":["rust"],"slots":1}}"#;
    let _ = say(&mut broker, 1000, anew);
    assert_eq!(state(&broker, "a"), TaskState::Backoff, "what the old one had ends at once");
    for report in [r#"{"type":"heartbeat"}"#, r#"{"type":"remove"}"#, r#"{"type":"register","slots":9}"#] {
        let json = format!(r#"{{"type":"agent","id":"ada","incarnation":1,"report":{report}}}"#);
        assert_eq!(refused(&mut broker, 1000, &json).code(), "RY1022", "{json}");
    }
    let decision = say(&mut broker, 1000, r#"{"type":"task","dispatch":"3.0","epoch":1,"report":{"type":"done"}}"#);
    assert!(matches!(decision.verdicts[..], [Verdict::Late { .. }]), "{decision:?}");
}

#[test]
fn a_registry_that_flaps_leaves_one_owner_and_no_slot_behind() {
    let mut broker = broker("{}");
    let plan = r#"{"type":"plan","id":"p","tasks":[{"id":"a","retry":{"max_attempts":100,"base_ms":1,"max_ms":1}}]}"#;
    let _ = say(&mut broker, 1000, plan);
    for life in 1..=1000_u64 {
        let at = 1000 + life;
        let register = r#"{"type":"register","provides":["rust"],"slots":1}"#;
        let _ =
            say(&mut broker, at, &format!(r#"{{"type":"agent","id":"ada","incarnation":{life},"report":{register}}}"#));
        while broker.wakeup().is_some_and(|wakeup| wakeup.at.0 <= at) {
            let _ = broker.advance(Timestamp(at));
        }
        let task = broker.view().task("", "p", "a").expect("it is there");
        let leases: u32 = broker.view().agents().map(|agent| agent.leases).sum();
        assert_eq!(leases, u32::from(task.dispatch.is_some()), "in life {life}");
        assert!(task.brief.attempt <= 100 && task.moments.len() <= 32, "in life {life}: {}", task.brief.attempt);
    }
    assert_eq!(broker.view().agents().count(), 1);
}

#[test]
fn what_is_kept_with_a_task_is_short() {
    let mut broker = broker("{}");
    let _ = say(&mut broker, 1000, r#"{"type":"plan","id":"p","tasks":[{"id":"a"},{"id":"b"}]}"#);
    let (name, note) = ("x".repeat(257), "x".repeat(4097));
    let task = |fields: &str| format!(r#"{{"type":"plan","id":"q","tasks":[{{"id":"a"}},{{"id":"b",{fields}}}]}}"#);
    let report = |report: &str| format!(r#"{{"type":"task","dispatch":"3.0","epoch":1,"report":{{{report}}}}}"#);
    for (field, json) in [
        ("class", task(&format!(r#""class":"{name}""#))),
        ("context", task(&format!(r#""context":"{name}""#))),
        ("field", task(&format!(r#""when":[{{"from":"a","field":"/{note}"}}]"#))),
        ("result_ref", report(&format!(r#""type":"done","result_ref":"{note}""#))),
        ("reason", report(&format!(r#""type":"failed","reason":"{note}""#))),
    ] {
        let rejected = refused(&mut broker, 1000, &json);
        assert_eq!(rejected.code(), "RY1017", "{field}: {rejected}");
        assert!(rejected.to_string().contains(&format!("`{field}`")), "{field}: {rejected}");
    }
    let pin = format!(r#"{{"type":"plan","plan":"p","order":{{"type":"pin","task":"b","agent":"{name}"}}}}"#);
    let rejected = refused(&mut broker, 1000, &format!(r#"{{"type":"command","do":{pin}}}"#));
    assert_eq!(rejected.code(), "RY1021", "{rejected}");
    // Up to there they are taken.
    let _ = say(&mut broker, 1000, &report(&format!(r#""type":"failed","reason":"{}""#, &note[1..])));
}

#[test]
fn a_patch_that_removes_very_many_tasks_takes_no_longer_than_its_size() {
    let mut broker = broker("{}");
    let tasks: Vec<String> = (0..40_000).map(|n| format!(r#"{{"id":"t{n}","requires":["x"]}}"#)).collect();
    let _ = say(&mut broker, 1000, &format!(r#"{{"type":"plan","id":"p","tasks":[{}]}}"#, tasks.join(",")));
    let names: Vec<String> = (0..40_000).map(|n| format!(r#""t{n}""#)).collect();
    let before = std::time::Instant::now();
    let _ = say(&mut broker, 1000, &format!(r#"{{"type":"patch","plan":"p","remove":[{}]}}"#, names.join(",")));
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}
