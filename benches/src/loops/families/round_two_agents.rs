//! Agents: handing over, calling tools, delegating, and goals that nobody can meet.

use super::super::{Family, declared, looping};
use super::{Actor, HOUR, MINUTE, Scene, hears_itself, stranger};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "handover_without_reason",
        "",
        "Two agents hand a customer to each other, because neither is told why it was given the conversation",
        handover_without_reason,
    ),
    declared(
        "desk_to_desk",
        "",
        "An application goes from desk to desk, now and then back to one before, and is further each time",
        desk_to_desk,
    ),
    looping(
        "tool_finds_nothing",
        "",
        "A model reads an empty result as a wrong filter and calls the same tool for ever, with a counter or other words",
        tool_finds_nothing,
    ),
    declared(
        "backfill_by_cursor",
        "",
        "An agent reads a long table page by page with the same tool, and the host declares the rows read so far",
        backfill_by_cursor,
    ),
    looping(
        "goal_never_met",
        "",
        "A hook finds the goal unmet each time the agent says that it is done, and makes it take one more turn",
        goal_never_met,
    ),
    declared(
        "fix_until_green",
        "",
        "A hook sends the agent back as long as tests fail, and fewer fail almost every time",
        fix_until_green,
    ),
    looping(
        "delegated_on",
        "",
        "Each subagent delegates its whole brief to one or two new subagents instead of doing the work",
        delegated_on,
    ),
    declared(
        "research_in_parts",
        "",
        "A lead agent splits a question by plan, its workers split their part by plans of their own and report",
        research_in_parts,
    ),
    declared(
        "export_polled",
        "",
        "An agent asks every few seconds whether an export is ready, as attempt n of m, and then fetches it",
        export_polled,
    ),
    declared(
        "paged_down_the_rota",
        "",
        "Unanswered pages go to one person after the other as attempt n of m until somebody takes the incident",
        paged_down_the_rota,
    ),
];

fn handover_without_reason(s: &Scene) {
    let (talk, names) = (s.agent("conversation"), ["orders-agent", "refunds-agent", "accounts-agent"]);
    let class = s.pick(&["app", "bot", "unknown", "human"]);
    let (others, stage) = (s.between(1, 3), s.between(1, 4));
    let declares = s.chance(40);
    let mut heard = s.event("agent", "message", &s.somebody(), &talk).text(s.sentence(9));
    for round in s.rounds(s.between(22, 50)) {
        let gave = s.wants(heard, "handoff", &talk, &s.paraphrase()).within(900, 9_000);
        hears_itself(s, gave, "agent", "handoff");
        let name = names[usize::try_from(round % others).unwrap_or(0)];
        heard = s.event("agent", "handoff", &Actor::new(name, class), &talk).text(s.paraphrase());
        heard.because(gave).token(gave).within(1_200, 20_000);
        if declares {
            // Nothing gets further while it is handed round.
            gave.progress(stage);
            heard.progress(stage);
        }
        if s.chance(9) {
            let text = s.pick(&["Hello?", "Is anybody there?", "I am still waiting.", "???"]);
            s.event("agent", "message", &s.somebody(), &talk).text(text).within(500, 30_000);
        }
    }
}

fn desk_to_desk(s: &Scene) {
    let (file, applicant) = (s.agent("application"), s.somebody());
    let desks = ["intake", "documents", "credit", "fraud", "terms", "contract"];
    let (mut done, mut desk, plan) = (0, 0, s.chance(50));
    let mut heard = s.event("agent", "message", &applicant, &file).text(s.sentence(9));
    for step in 1..=s.between(6, 26) {
        // Somebody looks at the documents again, and knows more then.
        desk = if s.chance(25) { 1 } else { (desk + 1) % desks.len() };
        done += s.between(1, 6);
        let gave = s.wants(heard, "handoff", &file, &format!("To {}: {}", desks[desk], s.paraphrase()));
        gave.within(900, 9_000).progress(done);
        if plan {
            gave.in_plan(&format!("application of {}", applicant.name), 0);
        }
        heard = s.event("agent", "handoff", &Actor::app(&format!("{}-agent", desks[desk])), &file);
        heard.text(s.paraphrase()).because(gave).token(gave).progress(done).within(4_000, HOUR);
        if step % 4 == 0 {
            s.wants(heard, "message.post", &file, &format!("{done} fields of your application are checked."))
                .progress(done);
        }
    }
}

fn tool_finds_nothing(s: &Scene) {
    let (tool, way) = (s.agent("tool"), s.between(0, 2));
    let (what, empty) = (s.sentence(3), s.pick(&["[]", "no results", "(no output)", "{\"items\":[]}"]));
    let mut heard = s.person_orders(&tool, &s.sentence(14));
    for call in 0..s.between(26, 55) {
        // To look twice with other words is sensible.
        if call == 3 {
            s.loop_starts();
        }
        let text = match way {
            0 => format!("search {what}"),
            1 => format!("search {what} # noop{}", call + 1),
            _ => format!("search {} {}", s.word(), what),
        };
        let called = s.wants(heard, "tool.call", &tool, &text).within(2_000, 12_000);
        heard = s.reports(called, "tool.result", empty).within(20, 3_000);
    }
}

fn backfill_by_cursor(s: &Scene) {
    let (tool, pages, size) = (s.agent("tool"), s.between(12, 70), s.pick(&[50, 100, 500]));
    let (mut heard, table) = (s.person_orders(&tool, &s.sentence(14)), s.word());
    for page in 1..=pages {
        let text = format!("list {table} after {}", s.hex(12));
        let called = s.wants(heard, "tool.call", &tool, &text).within(100, 6_000).reads_only().progress(page * size);
        let more = if page == pages { "no more rows" } else { "more rows follow" };
        heard =
            s.reports(called, "tool.result", &format!("{size} rows, {more}")).within(50, 4_000).progress(page * size);
    }
}

fn goal_never_met(s: &Scene) {
    let (session, goal) = (s.agent("session"), s.sentence(7));
    let (hook, reworded) = (stranger(s, "goal-hook"), s.chance(50));
    let mut heard = s.person_orders(&session, &format!("goal: {goal}"));
    for turn in 0..s.between(24, 50) {
        // One look back at the goal is what the hook is for.
        if turn == 2 {
            s.loop_starts();
        }
        let text = match s.between(0, 3) {
            0 => "All of this is done, nothing is left to do.".to_owned(),
            1 => format!("Nothing has changed since my last message. {}", s.paraphrase()),
            _ => s.paraphrase(),
        };
        let said = s.wants(heard, "agent.turn", &session, &text).within(3_000, 40_000);
        let text = if reworded {
            format!("Goal not met yet: {goal}. {}", s.paraphrase())
        } else {
            format!("Goal not met yet: {goal}. Continue.")
        };
        heard = s.event("agent", "hook.feedback", &hook, &session).text(text).because(said).token(said);
        heard.within(400, 9_000);
    }
}

fn fix_until_green(s: &Scene) {
    let (session, total, mut failing) = (s.agent("session"), s.between(200, 900), s.between(12, 60));
    let hook = stranger(s, "goal-hook");
    let mut heard = s.person_orders(&session, "goal: all tests pass");
    let (mut turns, mut stuck) = (0, false);
    while failing > 0 && turns < 70 {
        let text = format!("I changed the {} and run the tests again. {}", s.word(), s.paraphrase());
        let turn = s.wants(heard, "agent.turn", &session, &text).within(9_000, 5 * MINUTE);
        if !stuck {
            // After a turn that repaired nothing there is no progress to declare.
            turn.progress(total - failing);
        }
        stuck = turns > 4 && !stuck && s.chance(15);
        if !stuck {
            failing -= s.between(1, 4).min(failing).min(if turns < 5 { 2 } else { 9 });
        }
        let text = format!("Goal not met yet: {failing} of {total} tests fail. Continue.");
        heard = s.event("agent", "hook.feedback", &hook, &session).text(text).because(turn).token(turn);
        heard.state("failing", failing.to_string()).within(MINUTE, 9 * MINUTE);
        if !stuck {
            heard.progress(total - failing);
        }
        turns += 1;
    }
}

fn delegated_on(s: &Scene) {
    let (root, brief, class) =
        (s.agent("task"), s.sentence(s.between(8, 20)), s.pick(&["app", "bot", "unknown", "human"]));
    let (most, wide, reworded) = (s.between(24, 50), s.pick(&[0, 25, 60]), s.chance(50));
    let mut front = vec![s.person_orders(&root, &brief)];
    let mut spawned = 0;
    while spawned < most {
        let from = front.remove(0);
        let children = if spawned > 1 && s.chance(wide) { 2 } else { 1 };
        for _ in 0..children {
            if spawned == 1 {
                s.loop_starts();
            }
            let task = format!("ag:task/{}", s.hex(8));
            let opening = s.pick(&["Please do this:", "Your brief:", "You are a worker.", "Implement the following:"]);
            let text = if reworded { format!("{opening} {brief}. {}", s.paraphrase()) } else { brief.clone() };
            let spawn = s.wants(from, "agent.spawn", &task, &text).within(2_000, 50_000);
            let worker = Actor::new(&format!("worker-{}", s.hex(4)), class);
            let child = s.event("agent", "task.submit", &worker, &task).text(&text).because(spawn).token(spawn);
            front.push(child.within(400, 6_000));
            spawned += 1;
        }
    }
}

fn research_in_parts(s: &Scene) {
    let (root, question, parts) = (s.agent("task"), s.sentence(9), s.between(3, 8));
    let order = s.person_orders(&root, &question);
    let plan = format!("plan-{}", s.hex(6));
    for part in 0..parts {
        let task = format!("ag:task/{}", s.hex(8));
        let text = format!("Your brief: {question}. Look at the {} only.", s.word());
        let spawn = s.wants(order, "agent.spawn", &task, &text).within(2_000, 50_000).in_plan(&plan, parts);
        let worker = Actor::app(&format!("worker-{part}"));
        let child = s.event("agent", "task.submit", &worker, &task).text(&text).because(spawn).token(spawn);
        let (pieces, own) = (s.between(2, 5), format!("{plan}-{part}"));
        for piece in 0..pieces {
            let sub = format!("ag:task/{}", s.hex(8));
            let text = format!("Your brief: {question}. Look at the {} only, item {piece}.", s.word());
            let deeper = s.wants(child, "agent.spawn", &sub, &text).within(2_000, 50_000).in_plan(&own, pieces);
            let report = s.reports(deeper, "task.done", &s.paraphrase()).within(20_000, 9 * MINUTE);
            if piece + 1 == pieces {
                s.wants(report, "message.post", &root, &s.paraphrase()).within(900, 9_000);
            }
        }
    }
}

fn export_polled(s: &Scene) {
    let (tool, most, needed) = (s.agent("tool"), s.between(50, 90), s.between(6, 48));
    let mut heard = s.person_orders(&tool, "export everything");
    let job = s.hex(8);
    for attempt in 1..=needed {
        let asked = s.wants(heard, "tool.call", &tool, &format!("status of export {job}")).within(4_000, 30_000);
        asked.reads_only().attempt(attempt, most);
        heard = s.reports(asked, "tool.result", if attempt == needed { "ready" } else { "pending" }).within(50, 2_000);
    }
    s.wants(heard, "tool.call", &tool, &format!("fetch export {job}")).within(100, 3_000);
}

fn paged_down_the_rota(s: &Scene) {
    for _ in 0..s.between(2, 6) {
        let (incident, most) = (format!("pd:incident/{}", s.hex(6)), s.between(9, 14));
        let system = Actor::new("pager", s.pick(&["system", "app", "unknown"]));
        let mut cause = s.event("pagerduty", "incident.triggered", &system, &incident).text(s.sentence(6));
        cause.within(MINUTE, 9 * HOUR);
        for attempt in 1..=s.between(3, 9) {
            let person = format!("on-call {}", 1 + (attempt - 1) / 3);
            let text = format!("{} needs you. Please acknowledge.", cause.said());
            let paged = s.wants(cause, "page", &incident, &format!("{person}: {text}")).attempt(attempt, most);
            let silence = s.event("pagerduty", "page.unanswered", &system, &incident).text(cause.said());
            cause = silence.because(paged).token(paged).within(4 * MINUTE, 6 * MINUTE);
        }
        s.event("pagerduty", "incident.acknowledged", &s.somebody(), &incident).within(1_000, MINUTE);
    }
}
