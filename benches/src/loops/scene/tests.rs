use super::*;

fn event(entry: &Entry) -> &In {
    match entry {
        Entry::In(event) => event,
        Entry::Out(act) => panic!("{act:?} is no event"),
    }
}

fn act(entry: &Entry) -> &Out {
    match entry {
        Entry::Out(act) => act,
        Entry::In(event) => panic!("{event:?} is no effect"),
    }
}

fn quiet(seed: u64) -> Scene {
    let scene = Scene::new("quiet", seed);
    scene.with_world(|world| {
        (world.noise, world.misread, world.receipts_lost, world.receipts_late) = (0, 0, 0, 0);
        (world.token_survives, world.says_values, world.splits_states) = (100, true, false);
    });
    scene
}

#[test]
fn an_answer_knows_its_cause_and_what_it_brings_about_knows_the_answer() {
    let scene = quiet(1);
    let asked = scene.person_says("gh:a/b#1", "why?").after(50);
    let answer = scene.wants(asked, "comment", "gh:a/b#1", "because").after(200).writes("body", "x");
    let back =
        scene.event("github", "issue_comment.created", &Actor::bot("b"), "gh:a/b#1").because(answer).token(answer);
    back.answers(answer).after(1_000).state("lbl", "bug");
    let trace = scene.finish("q-1".into(), "q", Label::Legit, "declared");

    assert_eq!(trace.onset, -1);
    let (asked, answer, back) = (event(&trace.events[0]), act(&trace.events[1]), event(&trace.events[2]));
    assert_eq!((asked.t, asked.by, asked.cls.as_str(), asked.src.as_str()), (50, -1, "human", "github"));
    assert_eq!((answer.t, answer.cause, answer.eid.as_str(), answer.obj.as_str()), (250, 0, "e1", "o1"));
    assert_eq!((answer.w.as_str(), answer.wv.as_str()), ("body", "x"));
    assert_eq!((back.t, back.by, back.tok.as_str(), back.re.as_str()), (1_250, 1, "e1", "o1"));
    assert_eq!((back.state.as_str(), back.prop.as_str()), ("lbl:bug", ""));
}

#[test]
fn branches_that_run_at_once_are_sorted_and_keep_their_truth() {
    let scene = quiet(2);
    let start = scene.person_says("gh:a/b#1", "go");
    let slow = scene.wants(start, "deploy", "az:eu", "").after(10);
    let slow_done = scene.reports(slow, "deploy.done", "eu").after(900);
    let fast = scene.wants(start, "deploy", "az:us", "").after(20);
    scene.reports(fast, "deploy.done", "us").after(100);
    scene.loop_starts();
    scene.wants(slow_done, "deploy", "az:eu", "").after(5);
    let trace = scene.finish("q-2".into(), "q", Label::Loop, "loop");

    let times = trace.events.iter().map(|entry| match entry {
        Entry::In(event) => event.t,
        Entry::Out(act) => act.t,
    });
    assert_eq!(times.collect::<Vec<_>>(), [0, 10, 20, 120, 910, 915]);
    assert_eq!((event(&trace.events[3]).by, event(&trace.events[3]).text.as_str()), (2, "us"));
    assert_eq!((event(&trace.events[4]).by, event(&trace.events[4]).text.as_str()), (1, "eu"));
    assert_eq!(act(&trace.events[5]).cause, 4);
    assert_eq!(trace.onset, 5);
}

#[test]
fn an_event_without_a_cause_follows_the_latest_entry() {
    let scene = quiet(3);
    scene.tick("az:job", 60_000);
    scene.tick("az:job", 60_000);
    scene.person_says("gh:a/b#1", "at last").at(70_000).after(5);
    let trace = scene.finish("q-3".into(), "q", Label::Legit, "declared");
    assert_eq!(event(&trace.events[1]).t, 70_005);
    assert_eq!(event(&trace.events[2]).t, 120_000);
}

#[test]
fn a_world_that_loses_receipts_hides_the_object_and_keeps_the_truth() {
    let scene = quiet(4);
    scene.with_world(|world| world.receipts_lost = 100);
    let asked = scene.person_says("gh:a/b#1", "why?");
    scene.wants(asked, "comment", "gh:a/b#1", "because");
    let trace = scene.finish("q-4".into(), "q", Label::Legit, "declared");
    let answer = act(&trace.events[1]);
    assert_eq!((answer.obj.as_str(), answer.robj.as_str(), answer.rt), ("", "o1", Some(-1)));
}

#[test]
fn a_misread_bot_stays_misread_for_the_whole_story_and_people_are_never_misread() {
    let scene = quiet(5);
    scene.with_world(|world| world.misread = 100);
    for _ in 0..5 {
        scene.event("github", "push", &Actor::bot("renovate"), "gh:a/b");
        scene.event("github", "push", &Actor::person("ann"), "gh:a/b");
    }
    let trace = scene.finish("q-5".into(), "q", Label::Legit, "declared");
    let first = event(&trace.events[0]).cls.clone();
    assert!(first == "human" || first == "unknown", "{first}");
    for (index, entry) in trace.events.iter().enumerate() {
        assert_eq!(event(entry).cls, if index % 2 == 0 { first.as_str() } else { "human" });
    }
}

#[test]
fn what_goes_on_elsewhere_is_noise_and_moves_no_time() {
    let scene = quiet(6);
    scene.with_world(|world| world.noise = 100);
    let asked = scene.person_says("gh:a/b#1", "why?");
    scene.wants(asked, "comment", "gh:a/b#1", "because").after(1);
    assert_eq!(scene.now(), 1);
    let trace = scene.finish("q-6".into(), "q", Label::Legit, "declared");
    assert!(trace.events.iter().any(|entry| matches!(entry, Entry::In(event) if event.nz == 1)));
}

#[test]
fn the_loop_starts_with_the_second_round() {
    let scene = quiet(7);
    let mut heard = scene.person_says("gh:a/b#1", "hello");
    for _ in scene.rounds(3) {
        let said = scene.wants(heard, "comment", "gh:a/b#1", "hi").after(10);
        heard = scene.comes_back(said, "issue_comment.created").after(10);
    }
    let trace = scene.finish("q-7".into(), "q", Label::Loop, "loop");
    assert_eq!(trace.onset, 3);
    assert_eq!(act(&trace.events[3]).eid, "e3");
}
