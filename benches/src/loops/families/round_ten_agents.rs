//! Agents that evaluate, ask for rights, change models and edit files, and two long working days.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "evaluation_orders_a_reindex",
        "",
        "An evaluation below the mark makes us index the documents anew, and the new index is evaluated; the answers are in none of them",
        evaluation_orders_a_reindex,
    ),
    declared(
        "chunk_sizes_tried_by_plan",
        "",
        "The documents are indexed in several sizes of chunks by a plan, each index is evaluated once, and the best one is kept",
        chunk_sizes_tried_by_plan,
    ),
    looping(
        "scope_granted_is_too_small",
        "",
        "A tool refuses an agent that may only read, the agent asks for more rights, and what is granted at once is to read",
        scope_granted_is_too_small,
    ),
    declared(
        "scopes_granted_step_by_step",
        "",
        "Each step of a task needs one more right, a person grants it after a while, and the agent goes on with the next step",
        scopes_granted_step_by_step,
    ),
    looping(
        "fallback_between_exhausted_models",
        "",
        "A model without quota makes us fall back to another one, which has none left either and falls back to the first",
        fallback_between_exhausted_models,
    ),
    declared(
        "models_tried_in_order",
        "",
        "On a day of overload each question goes through an ordered list of models, as attempt n of m, until one of them answers",
        models_tried_in_order,
    ),
    looping(
        "hook_removes_the_new_import",
        "",
        "An agent adds an import, a hook removes it because nothing uses it yet, the check misses it, and the agent adds it",
        hook_removes_the_new_import,
    ),
    declared(
        "imports_kept_once_used",
        "",
        "An agent edits many files by a plan; where a hook took an import away it is added with its use as attempt two of three",
        imports_kept_once_used,
    ),
    declared(
        "table_moved_in_night_windows",
        "",
        "A table is moved batch by batch in windows of several nights, each batch started by the end of the one before, the rows counted",
        table_moved_in_night_windows,
    ),
    careless(
        "one_assistant_in_many_threads",
        "",
        "An assistant is asked in many threads by many people and by an alert bot, and often answers with the same link to a page",
        one_assistant_in_many_threads,
    ),
];

fn evaluation_orders_a_reindex(s: &Scene) {
    let (index, suite) = (s.agent("index"), s.agent("evaluation"));
    let evaluator = Actor::new("evaluator", s.pick(&["system", "bot", "app"]));
    let (ours, thinks, keeps) = (s.chance(50), s.chance(50), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(8_000, 30_000), (200_000, 900_000), (3_000_000, 9_000_000)]);
    let scored = |who: &Actor| {
        let event = s.event("agent", "evaluation.done", who, &suite);
        event.text(format!("groundedness 0.{}, mark 0.80", s.between(52, 71)))
    };
    let mut done = scored(&evaluator).text("groundedness 0.64, mark 0.80");
    for _ in s.rounds(if ours { s.between(12, 25) } else { s.between(22, 44) }) {
        let size = s.pick(&[256, 512, 768, 1_024]);
        let text = if thinks { s.paraphrase() } else { format!("chunks of {size} tokens, {} overlap", size / 8) };
        let build = s.wants(done, "index.build", &index, &text).within(900, 9_000);
        if s.chance(8) {
            let asked = s.person_says(&s.channel(), &s.sentence(8)).within(900, 60_000);
            s.wants(asked, "message", &s.channel(), &s.paraphrase()).within(900, 6_000).in_order();
        }
        if ours {
            let ready = s.reports(build, "index.ready", &format!("{} chunks", s.between(900, 9_000)));
            let run = s.wants(ready.within(soon, late), "evaluation.run", &suite, "200 questions").within(300, 2_000);
            done = scored(&Actor::runtime()).because(run).token_kept(run).within(soon, late);
        } else {
            done = scored(&evaluator).because(build).token_in(build, keeps).within(soon, late);
        }
    }
}

fn chunk_sizes_tried_by_plan(s: &Scene) {
    let suite = s.agent("evaluation");
    for campaign in 0..s.between(1, 3) {
        let (size, plan) = (s.between(3, 9), format!("chunks-{campaign}"));
        let order = s.person_orders(&suite, "find the best size of chunks");
        let mut heard = order.within(600_000, 90_000_000);
        for step in 0..size {
            let index = s.agent(&format!("index-{campaign}-{step}"));
            let text = format!("chunks of {} tokens", 128 * (step + 1));
            let build = s.wants(heard, "index.build", &index, &text).in_plan(&plan, 2 * size).within(900, 9_000);
            let ready = s.reports(build, "index.ready", &format!("{} chunks", s.between(900, 9_000)));
            ready.within(60_000, 900_000);
            let run = s.wants(ready, "evaluation.run", &index, "200 questions").in_plan(&plan, 2 * size);
            heard = s.reports(run, "evaluation.done", &format!("groundedness 0.{}", s.between(52, 91)));
            heard.within(60_000, 600_000);
        }
        s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 6_000);
    }
}

fn scope_granted_is_too_small(s: &Scene) {
    let (agent, tool) = (s.agent("worker"), format!("{}/repository", s.agent("tool")));
    let gate = Actor::new("access-bot", s.pick(&["bot", "app", "human", "system"]));
    let (thinks, traces, keeps) = (s.chance(60), s.chance(50), s.pick(&[0, 50, 100]));
    let (soon, late) = s.pick(&[(300, 2_000), (9_000, 60_000), (120_000, 900_000)]);
    let words = |plain: &str| if thinks { s.paraphrase() } else { plain.to_owned() };
    let mut heard = s.person_orders(&agent, "create a branch with the fix");
    for _ in s.rounds(s.between(12, 27)) {
        let call = s.wants(heard, "tool.run", &tool, "create branch fix-login").within(900, 6_000);
        let trace = if traces { format!(" (request {})", s.hex(12)) } else { String::new() };
        let refused = s.reports(call, "tool.failed", &format!("403 the token lacks the scope contents:write{trace}"));
        refused.within(100, 1_500);
        let ask = s.wants(refused, "access.request", &agent, &words("I need to write to the repository"));
        ask.within(900, 9_000);
        heard = s.event("agent", "access.granted", &gate, &agent).because(ask).token_in(ask, keeps);
        heard.text("approved: contents, default level read").within(soon, late);
        if s.chance(50) {
            heard.answers(ask);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["how is the fix coming along?", "many access mails today"]))
                .within(900, 60_000);
        }
    }
}

fn scopes_granted_step_by_step(s: &Scene) {
    for task in 0..s.between(1, 3) {
        let (agent, owner) = (s.agent(&format!("worker-{task}")), s.somebody());
        let mut heard = s.person_orders(&agent, &s.sentence(7));
        heard.within(600_000, 7_200_000);
        let scopes =
            ["contents:read", "contents:write", "actions:read", "pages:write", "packages:write", "issues:write"];
        for (step, scope) in (1..).zip(&scopes[..s.pick(&[2, 3, 5, 6])]) {
            let tool = s.agent(&format!("tool-{task}/{step}"));
            let call = s.wants(heard, "tool.run", &tool, &s.sentence(3)).attempt(1, 2).within(900, 6_000);
            let refused = s.reports(call, "tool.failed", &format!("403 the token lacks the scope {scope}"));
            refused.within(100, 1_500);
            let ask = s.wants(refused, "access.request", &agent, &format!("I need {scope}")).progress(step);
            let granted = s.event("agent", "access.granted", &owner, &agent).because(ask).token(ask);
            granted.text(format!("approved: {scope}")).within(30_000, 3_000_000);
            let again = s.wants(granted, "tool.run", &tool, &call.text()).attempt(2, 2).within(900, 6_000);
            heard = s.reports(again, "tool.done", &s.sentence(6)).within(400, 20_000);
        }
        s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 6_000);
    }
}

fn fallback_between_exhausted_models(s: &Scene) {
    let session = s.agent("session");
    let names = ["large", "medium", "small"];
    let count = s.pick(&[2, 2, 3]);
    let provider = Actor::new("provider", s.pick(&["system", "system", "unknown"]));
    let (tells, per_model, waits, keeps) = (s.chance(35), s.chance(60), s.chance(60), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(80, 900), (1_000, 9_000), (59_000, 65_000)]);
    let place = |name: &str| if per_model { format!("{session}/{name}") } else { session.clone() };
    // In the morning the first model still has quota.
    for _ in 0..s.between(0, 4) {
        let asked = s.event("web", "message", &s.somebody(), &session).text(s.sentence(9)).within(20_000, 600_000);
        let call = s.wants(asked, "model.call", &place(names[0]), &asked.said()).within(50, 900);
        s.reports(call, "model.answered", &s.paraphrase()).within(900, 9_000);
    }
    let mut heard = s.event("web", "message", &s.somebody(), &session).text(s.sentence(9)).within(20_000, 600_000);
    let question = heard.said();
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let name = names[usize::try_from(round % count).unwrap_or(0)];
        if tells && round > 0 {
            s.wants(heard, "message", &session, &format!("Falling back to {name}.")).within(10, 40);
        }
        let call = s.wants(heard, "model.call", &place(name), &question).writes("model", name).within(50, 900);
        if s.chance(6) {
            s.event("web", "typing", &s.somebody(), &session).within(0, 5_000);
        }
        let retry = if waits { format!(", try again in {} s", s.between(20, 3_000)) } else { String::new() };
        heard = s.event("agent", "model.refused", &provider, &place(name)).because(call).token_in(call, keeps);
        heard.text(format!("429 quota of the organisation is used up{retry}")).within(soon, late);
    }
}

fn models_tried_in_order(s: &Scene) {
    let names = ["large", "medium", "small", "local"];
    let provider = Actor::new("provider", s.pick(&["system", "unknown"]));
    let mut moment = 0;
    for _ in 0..s.between(5, 15) {
        moment += s.between(2_000, 400_000);
        let session = s.agent(&format!("session-{}", s.hex(4)));
        let mut heard = s.event("web", "message", &s.somebody(), &session).text(s.sentence(9)).at(moment);
        let (question, tries) = (heard.said(), s.pick(&[1, 2, 2, 3, 4]));
        for (attempt, name) in (1..=tries).zip(names) {
            let call = s.wants(heard, "model.call", &format!("{session}/{name}"), &question).attempt(attempt, 4);
            call.within(50, 900);
            if attempt < tries {
                heard = s.event("agent", "model.refused", &provider, &format!("{session}/{name}")).because(call);
                heard.answers(call).text("529 overloaded").within(80, 9_000);
            } else {
                let answer = s.reports(call, "model.answered", &s.paraphrase()).within(900, 9_000);
                s.wants(answer, "message", &session, &answer.said());
            }
        }
    }
}

fn hook_removes_the_new_import(s: &Scene) {
    let (file, checker) = (format!("{}/src/{}.py", s.agent("repo"), s.word()), s.agent("check"));
    let module = s.pick(&["json", "logging", "decimal"]);
    let hook = Actor::new("format-hook", s.pick(&["system", "system", "app", "unknown"]));
    let (shows_hook, thinks, numbered) = (s.chance(60), s.chance(50), s.chance(50));
    let (before, after) = (s.hex(40), s.hex(40));
    let (soon, late) = s.pick(&[(200, 2_000), (4_000, 20_000), (40_000, 120_000)]);
    let edit = |heard| {
        let text = if thinks { s.paraphrase() } else { format!("add import {module}") };
        let edit = s.wants(heard, "file.edit", &file, &text).writes("tree", &after).within(1_500, 9_000);
        if shows_hook {
            let cleaned = s.event("agent", "file.changed", &hook, &file).because(edit);
            cleaned.text("removed 1 unused import").tree(&before).within(100, 900);
        }
        s.reports(edit, "tool.done", "ok").within(1_000, 1_500)
    };
    let check = |edited| {
        let run = s.wants(edited, "tool.run", &checker, "mypy src && pytest -q").within(900, 6_000);
        let line = if numbered { s.between(28, 40) } else { 31 };
        s.reports(run, "tool.failed", &format!("line {line}: name '{module}' is not defined")).within(soon, late)
    };
    let mut heard = s.person_orders(&s.agent("coder"), "write the export");
    for _ in 0..s.between(0, 3) {
        // The body of the function is written first.
        let text = format!("def {}_{}", s.word(), s.word());
        let other = s.wants(heard, "file.edit", &file, &text).writes("tree", s.hex(40)).within(1_500, 9_000);
        heard = s.reports(other, "tool.done", "ok").within(300, 1_500);
    }
    heard = check(heard);
    for _ in s.rounds(s.between(12, 27)) {
        heard = check(edit(heard));
    }
}

fn imports_kept_once_used(s: &Scene) {
    let (size, plan) = (s.between(4, 18), format!("edit-{}", s.hex(6)));
    let hook = Actor::new("format-hook", s.pick(&["system", "app"]));
    let mut heard = s.person_orders(&s.agent("coder"), "use the new logger everywhere");
    for number in 0..size {
        let file = format!("{}/src/{}_{number}.py", s.agent("repo"), s.word());
        let first = s.wants(heard, "file.edit", &file, "add import logger").in_plan(&plan, size).within(1_500, 9_000);
        heard = s.reports(first, "tool.done", "ok").within(1_000, 1_500);
        if s.chance(50) {
            let cleaned = s.event("agent", "file.changed", &hook, &file).because(first);
            cleaned.text("removed 1 unused import").tree(s.hex(40)).within(100, 900);
            let text = format!("add import logger and {} calls of it", s.between(1, 9));
            let again = s.wants(heard, "file.edit", &file, &text).attempt(2, 3).within(1_500, 9_000);
            heard = s.reports(again, "tool.done", "ok").within(1_000, 1_500);
        }
        let run = s.wants(heard, "tool.run", &s.agent(&format!("check-{number}")), "mypy src").reads_only();
        heard = s.reports(run, "tool.done", "no issues found").within(2_000, 30_000);
    }
}

fn table_moved_in_night_windows(s: &Scene) {
    let table = s.azure("table");
    let (batch, slow) = (s.pick(&[500, 10_000]), s.pick(&[4_000, 60_000, 600_000]));
    let mut rows = 0;
    for night in 1..=s.between(2, 5) {
        let mut heard = s.tick(&table, 70_000_000 + s.between(0, 60_000));
        for _ in 0..s.between(3, 12) {
            rows += s.between(batch / 2, batch);
            let copy = s.wants(heard, "rows.copy", &table, "next batch").progress(rows).within(100, 900);
            heard = s.reports(copy, "rows.copied", &format!("{rows} rows so far")).within(slow / 4, slow);
        }
        let text = format!("Night {night}: {rows} rows are at their new place");
        s.wants(heard, "message", &s.channel(), &text);
        if s.chance(40) {
            let asked = s.person_says(&s.channel(), "how much is left?").within(10_000_000, 20_000_000);
            s.wants(asked, "message", &s.channel(), &s.paraphrase()).within(900, 4_000);
        }
    }
}

fn one_assistant_in_many_threads(s: &Scene) {
    let alerts = Actor::new("alert-bot", s.pick(&["bot", "app", "human"]));
    let pages = ["See the page on releases.", "See the page on access.", "That is described in the runbook."];
    let (threads, gap) = (s.between(3, 9), s.pick(&[15_000, 200_000, 2_400_000]));
    for _ in 0..s.between(9, 60) {
        let thread = format!("tm:channel-7/thread-{}", s.between(1, threads));
        let by_bot = s.chance(25);
        let heard = if by_bot {
            s.says(&alerts, &thread, &format!("@assistant what does error {} mean?", s.between(400, 520)))
        } else {
            s.person_says(&thread, &format!("@assistant {}?", s.sentence(6)))
        };
        heard.within(gap / 9, gap);
        let text = if s.chance(55) { s.pick(&pages).to_owned() } else { s.paraphrase() };
        let said = s.wants(heard, "message", &thread, &text).within(900, 9_000);
        s.echo(said, "message");
        if s.chance(20) {
            let thanks =
                s.person_says(&thread, s.pick(&["thanks!", "ok", "that page is old"])).because(said).answers(said);
            thanks.within(3_000, 200_000);
        }
    }
}
