//! Drawings and words: what a journal looks like to people.

mod scene;

use reynolds::{
    Broker, ChainId, Keys, Seq,
    draw::{EdgeKind, Fate, Graph, Page, Story},
    input::{Command, Order, OutcomeResult, Proposal, Propose},
};
use scene::{Scene, bot, done, event, outcome, person};

fn story(journal: &[u8]) -> Story {
    let mut story = Story::new();
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot");
    restorer.push_watched(journal, &mut |replayed| story.watch(&replayed)).expect("a sound journal");
    story
}

fn chain(id: u64) -> ChainId {
    ChainId(Seq(id))
}

#[test]
fn a_chain_is_told_in_numbers_with_its_first_stop() {
    let story = story(&Scene::played().journal);
    let ids: Vec<u64> = story.chains().map(|chain| chain.id.0.0).collect();
    assert_eq!(ids, [2, 8]);
    let summary = story.summary(chain(2)).expect("chain 2");
    assert_eq!(summary.root, "comment.created on github:acme/api#7 by github:octocat");
    assert_eq!((summary.events, summary.effects, summary.hops, summary.hop_limit), (4, 3, 2, 2));
    assert_eq!(summary.span_ms, 3600);
    assert_eq!(summary.fates.into_iter().collect::<Vec<_>>(), [(Fate::Done, 2), (Fate::Denied, 1)]);
    let stop = summary.first_stop.expect("a stop");
    assert_eq!((stop.effect.to_string(), stop.enforced, stop.denial.hop), ("7.0".into(), true, 3));
    assert_eq!(stop.what, "message on teams:triage");
    assert_eq!(stop.reason, "chain 2 would make automated hop 3 in a row; the limit is 2");
}

#[test]
fn what_people_have_stopped_can_be_asked_of_a_living_broker() {
    let scene = Scene::at_night();
    let view = scene.broker.view();
    let stops = serde_json::to_value(view.stops("").collect::<Vec<_>>()).expect("JSON");
    let by = serde_json::json!({"id": "teams:bob", "class": "human"});
    let expected = serde_json::json!([{"what": "subject", "subject": "teams:triage", "by": by, "reason": "incident 17",
        "since": scene::START + 6000, "record": 13}]);
    assert_eq!(stops, expected);
    let counted = view.counts("").into_iter().find(|count| count.table == "stops").map(|count| count.entries);
    assert_eq!(counted, Some(1));
}

#[test]
fn what_is_about_a_subject_and_lands_elsewhere_is_found_too() {
    let mut scene = Scene::played();
    let mut run = event("d4", "ci.failed", "github:acme/api/runs/9", bot("github:actions[bot]"), "red", None);
    run.about = Some("github:acme/api#8".into());
    scene.submit(1000, run);
    let order = Order::StopSubject { subject: "github:acme/api#8".into() };
    scene.submit(1000, Command { order, by: None, reason: None, tenant: None });
    let effects = vec![Proposal {
        kind: "message".into(),
        subject: "teams:triage".into(),
        about: Some("github:acme/api#8".into()),
        text: Some("It is red.".into()),
        ..Proposal::default()
    }];
    scene.submit(1000, Propose { cause: "d4".into(), effects, more: false, tenant: None });
    let found = story(&scene.journal).concerning("github:acme/api#8");
    assert_eq!(found.iter().map(|one| one.record.0).collect::<Vec<_>>(), [10, 11, 12]);
    assert_eq!(found[2].decided, ["12.0 message on teams:triage: refused (stopped by a person)"]);
}

#[test]
fn a_person_who_answers_begins_a_chain_of_the_same_family() {
    let mut scene = Scene::played();
    scene.submit(1000, event("d9", "star", "github:acme/api", person("github:eve"), "", None));
    let story = story(&scene.journal);
    assert_eq!(story.families(), [vec![chain(2), chain(8)], vec![chain(10)]]);
    assert_eq!(story.chain(chain(8)).and_then(|chain| chain.parent).map(|of| of.to_string()), Some("2.0".into()));
}

#[test]
fn mermaid_shows_events_effects_and_the_chain_that_goes_on() {
    let expected = "---\ntitle: \"chain 2\"\n---\nflowchart LR\n\
        \x20 n0([\"#35;2 comment.created<br/>github:acme/api#35;7<br/>github:octocat\"]):::event\n\
        \x20 n1[\"2.0 message<br/>teams:triage<br/>✓ done\"]:::done\n\
        \x20 n2([\"#35;4 message<br/>teams:triage<br/>teams:helper\"]):::event\n\
        \x20 n3[\"4.0 comment<br/>github:acme/api#35;7<br/>✓ done, came back\"]:::done\n\
        \x20 n4([\"#35;7 comment.created<br/>github:acme/api#35;7<br/>github:stale#91;bot#93;\"]):::event\n\
        \x20 n5[\"7.0 message<br/>teams:triage<br/>✕ refused: hop limit\"]:::denied\n\
        \x20 n6[[\"chain 8<br/>message on teams:triage by teams:ada<br/>goes on there\"]]:::other\n\
        \x20 n0 -->|\"rule out\"| n1\n\
        \x20 n1 -.->|\"reply\"| n2\n\
        \x20 n2 -->|\"rule back\"| n3\n\
        \x20 n3 -.->|\"reply\"| n4\n\
        \x20 n4 -->|\"rule out\"| n5\n\
        \x20 n1 ==>|\"a person\"| n6\n";
    let mermaid = story(&Scene::played().journal).mermaid(chain(2)).expect("chain 2");
    let (graph, classes) = mermaid.split_at(mermaid.find("  classDef").expect("classes"));
    assert_eq!(graph, expected);
    let classes: Vec<&str> = classes.lines().map(|line| line.split_whitespace().nth(1).unwrap_or_default()).collect();
    assert_eq!(classes, ["event", "other", "done", "denied"]);
    assert_eq!(story(&Scene::played().journal).mermaid(chain(3)), None);
}

#[test]
fn dot_shows_the_same() {
    let dot = story(&Scene::played().journal).dot(chain(8)).expect("chain 8");
    let expected = "digraph chain_8 {\n    rankdir=LR\n    node [style=rounded fontname=\"sans-serif\" penwidth=2]\n    \
        edge [fontname=\"sans-serif\" fontsize=10]\n    \
        0 [ label=\"chain 2\\ncomment.created on github:acme/api#7 by github:…\\na person answered it\" shape=folder \
        color=\"#71717a\" tooltip=\"\"]\n    \
        1 [ label=\"#8 message\\nteams:triage\\nteams:ada\" shape=ellipse color=\"#4f5fd0\" \
        tooltip=\"record 8, 2023-11-14 22:14:23.600 UTC\\nmessage on teams:triage\\nby teams:ada (person)\\n\
        delivered by teams as t2\\n“I will look”\\nit answers the object that effect 2.0 made (reply)\"]\n    \
        2 [ label=\"8.0 comment\\ngithub:acme/api#7\\n! failed\" shape=box color=\"#be123c\" \
        tooltip=\"8.0: comment on github:acme/api#7\\nwanted by rule back\\n\
        record 8, 2023-11-14 22:14:23.600 UTC: admitted\\n\
        record 9, 2023-11-14 22:14:24.000 UTC: failed: 403 Forbidden\\n“I will look”\"]\n    \
        0 -> 1 [ label=\"reply\" style=bold]\n    1 -> 2 [ label=\"rule back\" style=solid]\n}\n";
    assert_eq!(dot, expected);
}

#[test]
fn a_page_loads_nothing_from_anywhere() {
    let html = story(&Scene::played().journal).html(&Page::new("Scene").fact("events per second", "12"));
    for outside in ["http:", "https:", "//", "@import", "url(", "src="] {
        let hits: Vec<&str> = html.match_indices(outside).map(|(at, _)| &html[at..(at + 12).min(html.len())]).collect();
        assert!(hits.iter().all(|hit| *hit == "url(#arrow)\""), "{outside}: {hits:?}");
    }
    assert!(html.contains("<td>12</td>"));
    assert!(html.contains("<section class=\"chain\" id=\"chain-2\">"));
    assert!(html.contains("<a href=\"#chain-8\"><svg class=\"card chain \""), "the chain that goes on can be reached");
}

#[test]
fn hostile_texts_stay_texts_in_every_format() {
    let evil = "\"]'); </title></svg><script>alert(1)</script>\n--> `x` #quot; \\ \u{202e}&lt;";
    let mut scene = Scene::new(
        b"{\"rules\": [{\"id\": \"r\", \"effects\": [{\"kind\": \"{kind}\", \"subject\": \"{subject}\"}]}]}",
    );
    scene.submit(0, event(evil, evil, &format!("github:{evil}"), person(evil), evil, None));
    let story = story(&scene.journal);
    let html = story.html(&Page::new(evil).intro(evil).fact(evil, evil));
    assert_eq!(html.matches("<script").count(), 1, "the page's own");
    assert_eq!(html.matches("<title>").count() - html.matches("</title>").count(), 0);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; --&gt; `x` #quot; \\ &amp;lt;"));
    let mermaid = story.mermaid(chain(2)).expect("chain 2");
    let label = "#34;#93;#39;#41;#59; #60;/title#62;#60;/svg#62;#60;script#62;alert#40;1#41;#60;/script#62; -…";
    assert!(mermaid.contains(&format!("#35;2 {label}<br/>")), "{mermaid}");
    let dot = story.dot(chain(2)).expect("chain 2");
    assert!(dot.contains("label=\"#2 \\\"]'); </title></svg><script>alert(1)</script> -…\\n"), "{dot}");
    for text in [html, mermaid, dot] {
        assert!(!text.contains('\u{202e}'), "nothing turns the direction of reading");
    }
}

#[test]
fn a_large_story_is_capped_and_says_so() {
    let mut scene =
        Scene::new(b"{\"rules\": [{\"id\": \"r\", \"effects\": [{\"kind\": \"k\", \"subject\": \"s:1\"}]}]}");
    for n in 0..301 {
        scene.submit(
            10,
            event(&format!("d{n}"), "issues.opened", &format!("github:a/b#{n}"), person("github:o"), "", None),
        );
    }
    let html = story(&scene.journal).html(&Page::new("Many"));
    assert!(html.contains("40 of 301 chains are drawn below"));
    assert_eq!(html.matches("<section class=\"chain\"").count(), 40);
}

#[test]
fn the_chain_that_was_stopped_is_listed_and_drawn_first_and_calls_of_handlers_count_as_effects() {
    let mut scene = Scene::new(
        br#"{"chain": {"hop_limit": 1}, "rules": [
            {"id": "out", "when": {"kind": "comment.created"}, "handle": "answer",
             "effects": [{"kind": "message", "subject": "teams:triage", "text": "{text}"}]},
            {"id": "back", "when": {"kind": "message"}, "effects": [{"kind": "comment", "subject": "github:acme/api#7"}]}]}"#,
    );
    scene.submit(0, event("d1", "comment.created", "github:acme/api#8", person("github:ada"), "hello", None));
    scene.submit(0, event("d2", "comment.created", "github:acme/api#7", person("github:bea"), "hi", None));
    scene.submit(250, done("3.0", "teams:m1"));
    scene.submit(750, event("t1", "message", "teams:triage", bot("teams:helper"), "on it", Some("teams:m1")));
    let story = story(&scene.journal);
    let html = story.html(&Page::new("Two"));
    for place in ["<a href=\"#chain-", "<section class=\"chain\" id=\"chain-"] {
        let at = |id| html.find(&format!("{place}{id}\"")).unwrap_or_else(|| panic!("{place}{id}"));
        assert!(at(3) < at(2), "{place}");
    }
    let totals = story.totals();
    assert_eq!((totals.effects, totals.fates.values().sum()), (5, 5), "two calls, two messages, a refused comment");
}

#[test]
fn a_living_broker_and_its_journal_tell_the_same_story() {
    let scene = Scene::played();
    let replayed = story(&scene.journal);
    let mut live = Story::new();
    let mut broker = Broker::new(
        reynolds::Genesis {
            name: "scene".into(),
            config: scene.broker.view().config().clone(),
            at: reynolds::Timestamp(scene::START),
            ..reynolds::Genesis::default()
        },
        Keys::none(),
    )
    .expect("a valid genesis");
    let mut inputs = Vec::new();
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot");
    restorer
        .push_watched(&scene.journal, &mut |replayed| {
            inputs.extend(replayed.input.map(|input| (replayed.head.at, input)))
        })
        .expect("a sound journal");
    for (at, input) in inputs {
        let decision = broker.submit(at, input.clone()).expect("accepted once before");
        live.record(Some(&input), &decision, broker.view());
    }
    let page = Page::new("Scene").only(&[chain(2), chain(8)]);
    let drawing = |story: &Story| story.html(&page).split_once("<section").map(|(_, rest)| rest.to_owned());
    assert_eq!(drawing(&live), drawing(&replayed));
    assert!(drawing(&live).is_some_and(|drawing| drawing.contains("refused: hop limit")));
}

#[test]
fn a_record_is_explained_from_what_came_in_to_what_became_of_it() {
    let story = story(&Scene::played().journal);
    let expected = "\
Record 7, 2023-11-14 22:13:23.600 UTC: an event

What came in
  comment.created on github:acme/api#7
  by github:stale[bot] (bot)
  delivered by github as d3
  “hm”

Where it belongs
  Chain 2, after 2 automated steps, because it answers the object that effect 4.0 made (reply).
  The chain has used 1 of its budget of 96 automated effects.

What was wanted
  7.0 by rule out: message on teams:triage: “hm”

What was decided
  7.0 refused: chain 2 would make automated hop 3 in a row; the limit is 2.
  The breaker of chain 2 opens. At 2023-11-14 23:13:23.600 UTC one effect may leave on trial.

What comes next
  Nothing is due: the broker sleeps until the next input.
";
    assert_eq!(story.explain(Seq(7)).map(|explanation| explanation.to_string()).as_deref(), Some(expected));
    let expected = "\
Record 8, 2023-11-14 22:14:23.600 UTC: an event

What came in
  message on teams:triage
  by teams:ada (person)
  delivered by teams as t2
  “I will look”

Where it belongs
  A person did it, so it is the root of a new chain, 8; but it answers the object that effect 2.0 made (reply).
  The chain has used 0 of its budget of 96 automated effects.

What was wanted
  8.0 by rule back: comment on github:acme/api#7: “I will look”

What was decided
  8.0 admitted.

What comes next
  Wakeup at 2023-11-14 22:15:23.600 UTC, 1 min later: the outcome of an effect is overdue then.

What became of it
  8.0 in record 9, 400 ms later: failed: 403 Forbidden.
";
    assert_eq!(story.explain(Seq(8)).map(|explanation| explanation.to_string()).as_deref(), Some(expected));
    assert!(story.explain(Seq(10)).is_none());
}

#[test]
fn a_handler_that_answers_after_it_was_due_has_answered() {
    let mut scene = Scene::new(br#"{"timing": {"handle_due_ms": 1000}, "rules": [{"id": "ask", "handle": "ask"}]}"#);
    scene.submit(0, event("d1", "comment.created", "github:acme/api#7", person("github:ada"), "hm", None));
    scene.submit(5000, event("d2", "comment.created", "github:acme/api#8", person("github:ada"), "hm", None));
    let cause = reynolds::input::Causes::One("2.0".into());
    scene.submit(100, reynolds::input::Propose { cause, ..Default::default() });
    let summary = story(&scene.journal).summary(chain(2)).expect("chain 2");
    assert_eq!(summary.fates.into_iter().collect::<Vec<_>>(), [(Fate::Done, 1)]);
}

#[test]
fn a_dispatch_is_explained_by_the_choice_of_its_agent() {
    let mut scene = Scene::played();
    for (at, json) in [
        (100, r#"{"type":"agent","id":"ada","report":{"type":"register","provides":["rust"]}}"#),
        (200, r#"{"type":"agent","id":"bob","report":{"type":"register","provides":["rust"]}}"#),
        (300, r#"{"type":"agent","id":"cyd","report":{"type":"register"}}"#),
        (400, r#"{"type":"plan","id":"p","tasks":[{"id":"a","requires":["rust"],"estimate_ms":60000}]}"#),
    ] {
        scene.submit(at, reynolds::Input::from_json(json.as_bytes()).expect("an input"));
    }
    let told = story(&scene.journal).explain(scene.broker.view().seq()).expect("a record").to_string();
    let line = told.lines().find(|line| line.contains("for a plan")).expect("it is told");
    for part in ["dispatch", "ada", "the best one that can and may do it", "bob would be", "left out: cyd lacks `rust`"]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn what_an_agent_and_the_clock_bring_to_a_tenants_plan_is_in_the_tenants_chain() {
    let mut scene = Scene::new(b"{}");
    let root = event("d1", "push", "github:a/b", person("github:o"), "", None);
    scene.submit(0, reynolds::Event { tenant: Some("acme".into()), ..root });
    for (ms, json) in [
        (100, r#"{"type":"plan","id":"p","tenant":"acme","cause":"d1","tasks":[{"id":"a"},{"id":"b"}]}"#),
        (100, r#"{"type":"agent","id":"ada","report":{"type":"register","slots":1}}"#),
    ] {
        scene.submit(ms, reynolds::Input::from_json(json.as_bytes()).expect("an input"));
    }
    let story = story(&scene.journal);
    let open: Vec<_> = scene.broker.view().open("acme").map(|open| open.effect.id).collect();
    assert!(!open.is_empty(), "a task is dispatched when an agent comes");
    let chains: Vec<_> = story.chains().map(|chain| (chain.id.0, chain.tenant.as_str())).collect();
    assert_eq!(chains, [(Seq(2), "acme")]);
    assert!(story.chain(chain(2)).is_some_and(|chain| open.iter().all(|id| chain.effects.contains(id))));
}

#[test]
fn a_loop_whose_links_are_inferred_is_drawn_through_its_chains() {
    let story = story(&Scene::inferred().journal);
    let mermaid = story.mermaid(chain(23)).expect("chain 23");
    let edges: Vec<&str> = mermaid.lines().filter(|line| line.contains("timing") || line.contains("again")).collect();
    let expected = "  n17 -.->|\"again\"| n15
  n1 -.->|\"timing\"| n2
  n3 -.->|\"timing\"| n4
  n5 -.->|\"timing\"| n6
  n7 -.->|\"timing\"| n8
  n9 -.->|\"timing\"| n10
  n11 -.->|\"timing\"| n12
  n13 -.->|\"timing\"| n14
  n15 -.->|\"timing\"| n16";
    assert_eq!(edges, expected.lines().collect::<Vec<_>>());
    assert!(mermaid.contains("n1[\"2.0 comment<br/>jira:T-1<br/>✓ done\"]"), "{mermaid}");
    assert!(mermaid.contains("n17[\"23.0 comment<br/>jira:T-1<br/>✕ refused: loop\"]"), "{mermaid}");
    let first = story.mermaid(chain(2)).expect("chain 2");
    assert!(first.contains("n2[[\"chain 23<br/>") && first.contains("n1 -.->|\"timing\"| n2"), "{first}");
    let stop = story.summary(chain(23)).and_then(|summary| summary.first_stop).expect("a stop");
    let words = "chain 23 goes on with an exchange that repeats itself at each step, 8 by now, all inferred from who comes when; \
        at most 1 in a million legitimate lines of steps ever look like this";
    assert!(stop.reason.starts_with(words), "{}", stop.reason);
    let page = story.html(&Page::new("Inferred").only(&[chain(23)]));
    for title in [">chain 2</text>", ">chain 20</text>", ">hop 1</text>", ">5 chains</text>"] {
        assert!(page.contains(title), "{title}");
    }
}

#[test]
fn a_chain_whose_cause_lies_behind_many_joins_is_drawn() {
    use reynolds::input::{Causes, Proposal, Propose};
    let mut scene = Scene::new(br#"{"chain": {"budget": 1000}}"#);
    for id in ["one", "two"] {
        scene.submit(0, event(id, "issue.opened", &format!("jira:{id}"), person("jira:ada"), "", None));
    }
    // Each step of the first line joins all three effects of the one before. The second line is longer by one.
    let mut next = |causes: Vec<String>, line: &str, count: usize| -> Vec<String> {
        let effect = |n| {
            let kind = format!("{line}{n}{}", causes[0].replace('.', "-"));
            Proposal { subject: format!("jira:{kind}").into(), kind: kind.into(), ..Proposal::default() }
        };
        let cause = Causes::Many(causes.iter().map(|cause| cause.as_str().into()).collect());
        let effects = (0..count).map(effect).collect();
        scene.submit(100_000, Propose { cause, effects, ..Propose::default() });
        let seq = scene.broker.view().seq().0;
        let ids: Vec<String> = (0..count).map(|n| format!("{seq}.{n}")).collect();
        for id in &ids {
            scene.submit(0, outcome(id, OutcomeResult::Done { object: None, objects: vec![] }));
        }
        ids
    };
    let (mut wide, mut long) = (vec!["one".to_string()], vec!["two".to_string()]);
    for _ in 0..20 {
        wide = next(wide, "wide", 3);
    }
    for _ in 0..21 {
        long = next(long, "long", 1);
    }
    let last = next([long, wide].concat(), "last", 1);
    let graph = story(&scene.journal).graph(chain(3)).expect("chain 3");
    // Two hundred billion ways lead from it to the event of the other chain, and none to a node of this one.
    assert_eq!(graph.nodes.last().map(|node| node.id.clone()), Some(format!("e{}", last[0])));
    assert_eq!((graph.nodes.len(), graph.edges.len()), (23, 22));
}

#[test]
fn what_is_held_shows_what_it_repeats_until_it_leaves() {
    let mut scene = Scene::inferred();
    let held = |scene: &Scene| story(&scene.journal).graph(chain(8)).expect("chain 8");
    let of = |graph: &Graph| graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Repeats).count();
    assert_eq!(of(&held(&scene)), 0, "8.0 was held, and has left since");
    scene = Scene::new(scene::ASK);
    for turn in 0..4 {
        scene.submit(2000, scene::update(turn));
        if turn < 3 {
            scene.submit(
                100,
                outcome(&format!("{}.0", 2 + 2 * turn), OutcomeResult::Done { object: None, objects: vec![] }),
            );
        }
    }
    assert_eq!(of(&held(&scene)), 1, "8.0 is held");
}
