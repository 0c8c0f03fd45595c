//! Clouds and agents.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::world::UNNAMED;
use crate::loops::scene::{Actor, Event, Scene};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "rotation_rotates_what_it_rotated",
        "",
        "A function that renews secrets listens to every notice of the vault, also to the one of the version it has written.",
        rotation_rotates_what_it_rotated,
    ),
    declared(
        "rotation_of_many_secrets",
        "",
        "A function renews the secrets that run out, and on the notice of the new version restarts what uses it.",
        rotation_of_many_secrets,
    ),
    looping(
        "recovery_point_over_quota",
        "",
        "A missing recovery point is made up for, is over quota, is cleaned away by another team, and so is missing.",
        recovery_point_over_quota,
    ),
    careless(
        "recovery_points_in_turn",
        "",
        "Each night a recovery point is made and another team cleans away the one of some nights ago.",
        recovery_points_in_turn,
    ),
    looping(
        "plan_forgotten_by_compaction",
        "",
        "An agent plans, reads until its context is full, has it compacted, and takes the summary for a reason to plan.",
        plan_forgotten_by_compaction,
    ),
    declared(
        "plan_survives_compaction",
        "",
        "An agent works through a plan of many files; its context is compacted now and then and it goes on with the next.",
        plan_survives_compaction,
    ),
    looping(
        "board_hands_it_to_the_other_worker",
        "",
        "A worker without the rights puts a task back, the board hands it to the next worker, which has no rights either.",
        board_hands_it_to_the_other_worker,
    ),
    declared(
        "board_of_many_tasks",
        "",
        "Workers do the tasks a board hands out; one that lacks something is put back once, until a person supplies it.",
        board_of_many_tasks,
    ),
    looping(
        "summaries_of_summaries",
        "",
        "An agent writes a summary page for each page that changes in a wiki; a summary page is one that has changed.",
        summaries_of_summaries,
    ),
    declared(
        "summaries_of_pages",
        "",
        "An agent writes a summary page for each page that people change in a wiki, and keeps the index.",
        summaries_of_pages,
    ),
];

fn rotation_rotates_what_it_rotated(s: &Scene) {
    let (vault, grid) = (s.azure("secret"), Actor::system("event-grid"));
    let user = format!("az:app/{}", s.word());
    let mut notice = s.event("azure", "secret.near_expiry", &grid, &vault).text("expires in 30 days");
    for _ in s.rounds(s.between(11, 24)) {
        let version = s.hex(32);
        let set = s.wants(notice, "secret.set", &vault, "").within(1_000, 9_000).writes("version", &version);
        let restarted = s.wants(notice, "app.restart", &user, "").within(9_001, 20_000);
        if s.chance(60) {
            s.reports(restarted, "app.restarted", "running");
        }
        if s.chance(12) {
            let asks = s.person_says(&s.channel(), "Why does the app restart?");
            s.wants(asks, "message.post", &s.channel(), "A secret was renewed.").in_order();
        }
        let late = s.heavy_tail(20_000);
        notice = s.event("azure", "secret.new_version", &grid, &vault).because(set).after(20_000 + late);
        notice = notice.text("a new version was created").state("version", &version);
        if s.chance(15) {
            s.redelivered(notice);
        }
    }
}

fn rotation_of_many_secrets(s: &Scene) {
    let grid = Actor::system("event-grid");
    let (count, plan) = (s.between(5, 28), format!("rotation-{}", s.hex(6)));
    for number in 0..count {
        let vault = format!("az:secret/{}-{number}", s.word());
        let start = s.between(0, 40 * MINUTE);
        let notice = s.event("azure", "secret.near_expiry", &grid, &vault).at(start).text("expires in 30 days");
        let version = s.hex(32);
        let set = s.wants(notice, "secret.set", &vault, "").within(1_000, 9_000);
        let set = set.writes("version", &version).in_plan(&plan, 2 * count);
        let late = s.heavy_tail(20_000);
        let stored = s.event("azure", "secret.new_version", &grid, &vault).because(set).after(20_000 + late);
        let stored = stored.text("a new version was created").state("version", &version);
        let user = format!("az:app/{}", s.word());
        let restarted = s.wants(stored, "app.restart", &user, "").within(1_000, 9_000).in_plan(&plan, 2 * count);
        s.reports(restarted, "app.restarted", "running");
        if s.chance(20) {
            s.redelivered(stored);
        }
    }
}

fn recovery_point_over_quota(s: &Scene) {
    let (policy, cleaner) = (Actor::system("backup-policy"), Actor::app("cost-guardian"));
    let machines = [s.azure("vm"), format!("az:vm/{}", s.word())];
    let missing = "no recovery point younger than 24 h";
    let mut alerts: Vec<Event<'_>> = Vec::new();
    for machine in &machines {
        alerts.push(s.event("azure", "compliance.alert", &policy, machine).text(missing).state("compliance", "failed"));
    }
    for round in s.rounds(s.between(6, 14)) {
        for (place, (alert, machine)) in (0..).zip(alerts.iter_mut().zip(&machines)) {
            let name = format!("{} {}", s.word(), s.timestamp());
            let taken = s.wants(*alert, "snapshot.create", machine, &name).within(1_000, 30_000);
            s.reports(taken, "snapshot.created", "4 GiB").within(31_000, 4 * MINUTE);
            s.wants(*alert, "alert.close", machine, "A recovery point was made.").within(31_000, 50_000);
            let cleaned = s.event("azure", "snapshot.deleted", &cleaner, machine).because(taken);
            cleaned.within(5 * MINUTE, 30 * MINUTE).about(taken).text("over quota");
            let again = s.event("azure", "compliance.alert", &policy, machine).because(taken);
            // The first alert to come back is that of the first machine: there the loop begins.
            let (soon, late) = if round > 0 { (31, 90) } else { (31 + 20 * place, 45 + 40 * place) };
            *alert = again.within(soon * MINUTE, late * MINUTE).text(missing).state("compliance", "failed");
        }
        if round % 5 == 3 {
            let said = s.sentence(8);
            s.person_says(&s.channel(), &said).within(0, 5 * MINUTE);
        }
    }
}

fn recovery_points_in_turn(s: &Scene) {
    let cleaner = Actor::app("cost-guardian");
    let machines = [s.azure("vm"), format!("az:vm/{}", s.word())];
    let (kept, fleet) = (s.pick(&[2, 3, 5]), s.pick(&[1, 2]));
    let mut taken = vec![Vec::new(), Vec::new()];
    for night in 0..s.between(8, 35) {
        for (machine, points) in machines.iter().zip(&mut taken).take(fleet) {
            let fired = s.event("timer", "timer.fired", &Actor::clock(), machine).at(night * DAY);
            let fired = fired.within(0, 10 * MINUTE);
            let point = s.wants(fired, "snapshot.create", machine, "nightly").within(1_000, 30_000);
            s.reports(point, "snapshot.created", "4 GiB").within(31_000, 4 * MINUTE);
            points.push(point);
            if points.len() > kept {
                let oldest = points.remove(0);
                let cleaned = s.event("azure", "snapshot.deleted", &cleaner, machine).because(oldest).about(oldest);
                let nights = u64::try_from(kept).unwrap_or(0);
                cleaned.within(nights * DAY + 20 * MINUTE, nights * DAY + 60 * MINUTE).text("over quota");
            }
        }
    }
}

fn plan_forgotten_by_compaction(s: &Scene) {
    let (session, reads) = (s.agent("session"), s.between(1, 2));
    let mut cause = s.person_orders(&session, &format!("Move the {} over to the new {}", s.word(), s.word()));
    let goal = cause.said();
    for round in s.rounds(s.between(11, 17)) {
        let steps = s.between(3, 9);
        let plan = format!("{} {goal}, in {steps} steps.", s.paraphrase());
        let planned = s.wants(cause, "plan.write", &session, &plan).within(4_000, 40_000);
        let mut seen = s.reports(planned, "tool.result", "plan stored");
        let mut last = planned;
        for _ in 0..reads {
            let file = format!("src/{}_{}.rs", s.word(), s.word());
            let read = s.wants(seen, "file.read", &session, &file).within(2_000, 9_000).reads_only();
            let lines = s.between(200, 4_000);
            seen = s.reports(read, "tool.result", &format!("{lines} lines of {file}")).within(50, 900);
            last = read;
        }
        let full = s.between(90, 99);
        let compacted = s.event("agent", "context.compacted", &Actor::runtime(), &session).because(last);
        let compacted = compacted.within(5_000, 50_000);
        cause = compacted.text(format!("{full}% full. {} Next: {goal}.", s.paraphrase()));
        if round % 6 == 4 {
            let asks = s.person_says(&session, "How is it going?");
            s.wants(asks, "message.post", &session, &s.paraphrase()).in_order();
        }
    }
}

fn plan_survives_compaction(s: &Scene) {
    let (session, files) = (s.agent("session"), s.between(8, 36));
    let each = s.between(4, 8);
    let order = s.person_orders(&session, &format!("Move the {} over to the new {}", s.word(), s.word()));
    let plan = format!("plan-{}", s.hex(6));
    let text = format!("{} One file after another, {files} in all.", s.paraphrase());
    let planned = s.wants(order, "plan.write", &session, &text).within(4_000, 40_000);
    let mut seen = s.reports(planned, "tool.result", "plan stored");
    for file in 0..files {
        let path = format!("src/{}_{file}.rs", s.word());
        let read = s.wants(seen, "file.read", &session, &path).within(2_000, 9_000).reads_only();
        let lines = s.between(20, 900);
        seen = s.reports(read, "tool.result", &format!("{lines} lines")).within(50, 900);
        let edited = s.wants(seen, "file.edit", &format!("{session}/{path}"), &s.paraphrase()).within(4_000, 30_000);
        let edited = edited.in_plan(&plan, files);
        seen = s.reports(edited, "tool.result", "edited").within(50, 900);
        if file % each == each - 1 {
            let full = s.between(90, 99);
            seen = s.event("agent", "context.compacted", &Actor::runtime(), &session).because(edited);
            seen =
                seen.within(5_000, 50_000).text(format!("{full}% full. {} Next: file {}.", s.paraphrase(), file + 2));
        }
    }
}

fn board_hands_it_to_the_other_worker(s: &Scene) {
    let (board, task) = (Actor::system("dispatcher"), s.agent("task"));
    let workers = ["worker-red", "worker-blue", "worker-green"];
    let (crew, right) = (s.between(2, 3), s.pick(&["vault", "billing", "production", "payroll"]));
    s.person_orders(&task, &format!("Close the books of {}", s.word()));
    let mut given = s.event("agent", "task.assigned", &board, &task).state("assignee", workers[0]);
    for round in s.rounds(s.between(11, 26)) {
        let note = format!("{} I have no access to {right}.", s.paraphrase());
        let noted = s.wants(given, "task.comment", &task, &note).within(5_000, 60_000);
        let me = workers[usize::try_from(round % crew).unwrap_or(0)];
        s.event("agent", "task.commented", &Actor::bot(me), &task).because(noted).about(noted).text(&note);
        let back = s.wants(given, "task.update", &task, "").within(61_000, 90_000).writes("status", "todo");
        if round % 9 == 5 {
            let asks = s.person_says(&task, "Any progress?").within(0, 30_000);
            s.wants(asks, "task.comment", &task, &s.paraphrase()).in_order();
        }
        let next = workers[usize::try_from((round + 1) % crew).unwrap_or(0)];
        let wait = s.heavy_tail(30_000);
        given = s.event("agent", "task.assigned", &board, &task).because(back).after(1_000 + wait);
        given = given.text(format!("free again, to {next}")).state("assignee", next);
    }
}

fn board_of_many_tasks(s: &Scene) {
    let board = Actor::system("dispatcher");
    let workers = ["worker-red", "worker-blue", "worker-green"];
    for number in 0..s.between(5, 19) {
        let (task, start) = (format!("ag:task/{}", 300 + number), s.between(0, DAY));
        let (worker, other) = (s.pick(&workers), s.pick(&workers));
        let given = s.event("agent", "task.assigned", &board, &task).at(start).state("assignee", worker);
        let lacks = s.chance(35);
        let note = s.paraphrase();
        let noted = s.wants(given, "task.comment", &task, &note).within(5_000, 60_000).attempt(1, 2);
        s.event("agent", "task.commented", &Actor::bot(worker), &task).because(noted).about(noted).text(&note);
        let status = if lacks { "todo" } else { "done" };
        let back = s.wants(given, "task.update", &task, "").within(61_000, 90_000).writes("status", status);
        if lacks {
            back.attempt(1, 2);
            let supplied = s.person_says(&task, "You have access now.").at(start).within(10 * MINUTE, 300 * MINUTE);
            let answer = s.paraphrase();
            s.wants(supplied, "task.comment", &task, &answer).attempt(2, 2);
            let again = s.event("agent", "task.assigned", &board, &task).at(start).after(320 * MINUTE);
            let again = again.text(format!("free again, to {other}")).state("assignee", other);
            s.wants(again, "task.update", &task, "").within(61_000, 90_000).writes("status", "done").attempt(2, 2);
        }
    }
}

/// Writes the summary of a page that has changed; the page it is written to.
fn summary_of(s: &Scene, title: &str) -> String {
    let short: String = title.chars().take(60).collect();
    format!("Summary: {short} ({})", s.word())
}

fn summaries_of_summaries(s: &Scene) {
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (UNNAMED.to_owned(), true));
    let mut title = s.sentence(3);
    let first = format!("wiki:page/{}", s.hex(8));
    let mut changed = s.event("wiki", "page.updated", &s.somebody(), &first).text(&title);
    for round in s.rounds(s.between(11, 27)) {
        title = summary_of(s, &title);
        let page = format!("wiki:page/{}", s.hex(8));
        let text = format!("{title}\n{}", s.paraphrase());
        let written = s.wants(changed, "page.create", &page, &text).within(5_000, 60_000);
        let index = s.wants(changed, "page.update", "wiki:page/index", &title).within(61_000, 70_000);
        s.event("wiki", "page.updated", &s.us(), "wiki:page/index").because(index).text("Index").tree(s.hex(16));
        if round % 8 == 4 {
            let other = format!("wiki:page/{}", s.hex(8));
            let name = s.sentence(2);
            let edit = s.event("wiki", "page.updated", &s.somebody(), &other).text(&name);
            let text = format!("{}\n{}", summary_of(s, &name), s.paraphrase());
            s.wants(edit, "page.create", &format!("{other}-summary"), &text).in_order();
        }
        changed = s.event("wiki", "page.updated", &s.us(), &page).because(written).within(75_000, 20 * MINUTE);
        changed = changed.text(&title).tree(s.hex(16));
    }
}

fn summaries_of_pages(s: &Scene) {
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (UNNAMED.to_owned(), true));
    for round in 0..s.between(6, 36) {
        let (changed_page, page) = (format!("wiki:page/{}", s.hex(8)), format!("wiki:page/{}", s.hex(8)));
        let (title, wait) = (s.sentence(3), s.heavy_tail(300_000));
        let changed = s.event("wiki", "page.updated", &s.somebody(), &changed_page).after(wait).text(&title);
        let title = summary_of(s, &title);
        let text = format!("{title}\n{}", s.paraphrase());
        let written = s.wants(changed, "page.create", &page, &text).within(5_000, 60_000);
        let index = s.wants(changed, "page.update", "wiki:page/index", &title).within(61_000, 70_000);
        let index = index.progress(round + 1);
        s.event("wiki", "page.updated", &s.us(), "wiki:page/index").because(index).text("Index").tree(s.hex(16));
        let back = s.event("wiki", "page.updated", &s.us(), &page).because(written).within(75_000, 20 * MINUTE);
        back.text(&title).tree(s.hex(16));
    }
}
