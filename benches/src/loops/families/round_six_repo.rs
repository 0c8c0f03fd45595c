//! Repositories and pipelines.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::world::UNNAMED;
use crate::loops::scene::{Act, Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "harvest_wakes_on_its_own_checks",
        "",
        "A bot that harvests after each finished pipeline opens a pull request, whose pipeline finishes: closed, opened anew.",
        harvest_wakes_on_its_own_checks,
    ),
    declared(
        "harvest_wakes_on_merges",
        "",
        "A bot that harvests after each merge of a person refreshes its one pull request, whose own pipeline it ignores.",
        harvest_wakes_on_merges,
    ),
    looping(
        "brief_that_contains_the_clock",
        "",
        "A generated page carries its own time and commit, so the merge of its update is a change that needs an update.",
        brief_that_contains_the_clock,
    ),
    declared(
        "brief_of_real_changes",
        "",
        "A generated page is updated after each push of a person; after the merge of the update it is only marked as current.",
        brief_of_real_changes,
    ),
    looping(
        "queue_evicts_what_is_put_back",
        "",
        "A bot puts back what the merge queue throws out; one change fails in each batch and throws out its neighbours too.",
        queue_evicts_what_is_put_back,
    ),
    declared(
        "queue_evicts_while_runners_are_down",
        "",
        "A bot puts back what the merge queue throws out while runners are ill, at most a declared number of times each.",
        queue_evicts_while_runners_are_down,
    ),
    looping(
        "releases_in_a_circle",
        "",
        "A release raises the version in the next repository, which releases itself; the third one is pinned in the first.",
        releases_in_a_circle,
    ),
    declared(
        "releases_down_a_tree",
        "",
        "A release raises the version in everything that depends on it, layer by layer, each repository once.",
        releases_down_a_tree,
    ),
    looping(
        "preview_retired_by_its_successor",
        "",
        "The platform retires the old preview when a new one is there; the bot takes that for a loss and deploys again.",
        preview_retired_by_its_successor,
    ),
    careless(
        "preview_after_each_push",
        "",
        "A preview is deployed after each push of a person and the old one retired; the comment says the same each time.",
        preview_after_each_push,
    ),
];

fn harvest_wakes_on_its_own_checks(s: &Scene) {
    let (ci, checks, branch) = (Actor::system("github-actions"), s.part("/workflow/ci"), s.part("@bot/harvest"));
    let (first, step, title) = (s.between(900, 4_000), s.between(1, 3), format!("chore: harvest {}", s.word()));
    let mut done = s.event("github", "workflow_run.completed", &ci, &checks);
    done = done.text("CI on main: success").state("conclusion", "success");
    let mut open: Option<String> = None;
    for round in s.rounds(s.between(8, 16)) {
        if let Some(old) = open {
            let closed = s.wants(done, "pull_request.close", &old, "Superseded automatically.").within(1_000, 9_000);
            s.event("github", "pull_request.closed", &s.our_app(), &old).because(closed).token(closed);
        }
        let digest = s.hex(12);
        s.wants(done, "push", &branch, &title).within(20_000, 50_000).writes("head", &digest);
        let pull = s.issue_no(first + round * step);
        let opened = s.wants(done, "pull_request.open", &pull, &title).within(51_000, 80_000);
        s.echo(opened, "pull_request.opened");
        let minutes = s.between(18, 31) * 60_000;
        if s.chance(30) {
            let said = s.sentence(6);
            let person = s.person_says(&pull, &said).within(90_000, 400_000);
            if s.chance(30) {
                s.wants(person, "comment", &pull, "Noted for the next harvest.").in_order();
            }
        }
        let conclusion = s.pick(&["success", "success", "action_required"]);
        let next = s.event("github", "workflow_run.completed", &ci, &checks).because(opened).after(minutes);
        done = next.text(format!("CI on bot/harvest: {conclusion}")).state("conclusion", conclusion);
        if s.chance(10) {
            s.redelivered(done);
        }
        open = Some(pull);
    }
}

fn harvest_wakes_on_merges(s: &Scene) {
    let (ci, checks, branch) = (Actor::system("github-actions"), s.part("/workflow/ci"), s.part("@bot/harvest"));
    let (pull, title) = (s.issue(), format!("chore: harvest {}", s.word()));
    for merge in 0..s.between(6, 24) {
        let minutes = s.between(12, 200) * 60_000;
        let said = s.sentence(5);
        s.event("github", "push", &s.somebody(), &s.part("@main")).text(said).after(minutes);
        let done = s.event("github", "workflow_run.completed", &ci, &checks).within(600_000, 1_500_000);
        let done = done.text("CI on main: success").state("conclusion", "success");
        let digest = s.hex(12);
        let pushed = s.wants(done, "push", &branch, &title).within(20_000, 50_000);
        let pushed = pushed.writes("head", &digest).progress(merge + 1);
        let body = format!("Harvested {} entries.", 40 + merge * 3);
        let edited = s.wants(done, "pull_request.edit", &pull, &body).within(51_000, 80_000).writes("body", &body);
        s.echo(edited, "pull_request.edited");
        let own = s.event("github", "workflow_run.completed", &ci, &checks).because(pushed);
        own.within(1_080_000, 1_860_000).text("CI on bot/harvest: success").state("conclusion", "success");
    }
}

fn brief_that_contains_the_clock(s: &Scene) {
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (UNNAMED.to_owned(), true));
    let (main, first) = (s.part("@main"), s.between(300, 2_000));
    let title = format!("docs: auto-update {} brief", s.word());
    let mut pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(4)).tree(s.hex(40));
    for round in s.rounds(s.between(22, 50)) {
        let pull = s.issue_no(first + round);
        let body = format!("Scanned at {} in {} ms, commit {}", s.timestamp(), s.between(800, 4_000), s.hex(8));
        let opened = s.wants(pushed, "pull_request.open", &pull, &format!("{title}\n{body}")).within(15_000, 40_000);
        s.echo(opened, "pull_request.opened");
        if round % 9 == 4 {
            let asks = s.person_says(&pull, "Is this one needed as well?").within(3_000, 9_000);
            s.wants(asks, "comment", &pull, "The brief was out of date.").in_order();
        }
        pushed = s.event("github", "push", &s.us(), &main).because(opened).within(20_000, 45_000);
        pushed = pushed.text(format!("{title} (#{})", first + round)).tree(s.hex(40));
    }
}

fn brief_of_real_changes(s: &Scene) {
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (UNNAMED.to_owned(), true));
    let (main, first) = (s.part("@main"), s.between(300, 2_000));
    let title = format!("docs: auto-update {} brief", s.word());
    for round in 0..s.between(8, 28) {
        let (quiet, said) = (s.heavy_tail(240_000), s.sentence(4));
        let pushed = s.event("github", "push", &s.somebody(), &main).text(said).after(quiet).tree(s.hex(40));
        let pull = s.issue_no(first + round);
        let text = format!("{title}\nScanned at {}, commit {}", s.timestamp(), s.hex(8));
        let opened = s.wants(pushed, "pull_request.open", &pull, &text).within(15_000, 40_000).progress(round + 1);
        s.echo(opened, "pull_request.opened");
        let merged = s.event("github", "push", &s.us(), &main).because(opened).within(20_000, 45_000);
        let merged = merged.text(format!("{title} (#{})", first + round)).tree(s.hex(40));
        let commit = s.part(&format!("@{}", s.hex(12)));
        let marked = s.wants(merged, "check.set", &commit, "The brief is current.").writes("brief", "current");
        s.event("github", "check_run.completed", &s.our_app(), &commit).because(marked).state("brief", "current");
    }
}

fn queue_evicts_what_is_put_back(s: &Scene) {
    let (queue, first) = (Actor::system("github-merge-queue"), s.between(100, 800));
    let culprit = s.issue_no(first);
    let reasons = ["failed status checks", "group build failed", "checks timed out"];
    let mut out = s.event("github", "pull_request.dequeued", &queue, &culprit).text(s.pick(&reasons));
    for round in s.rounds(s.between(20, 28)) {
        let back = s.wants(out, "enqueue", &culprit, "").within(1_000, 30_000).writes("queue", "waiting");
        let entered = s.event("github", "pull_request.enqueued", &s.our_app(), &culprit).because(back);
        entered.token(back).state("queue", "waiting");
        if s.chance(40) {
            let neighbour = s.issue_no(first + s.between(1, 6));
            let dragged = s.event("github", "pull_request.dequeued", &queue, &neighbour).because(back);
            let dragged = dragged.within(400_000, 900_000).text("invalidated by another entry");
            s.wants(dragged, "enqueue", &neighbour, "").within(1_000, 30_000).writes("queue", "waiting").free();
        }
        if round % 8 == 5 {
            let said = s.sentence(7);
            s.person_says(&s.issue_no(first + 2), &said).within(5_000, 50_000);
        }
        out = s.event("github", "pull_request.dequeued", &queue, &culprit).because(back).within(500_000, 1_800_000);
        out = out.text(s.pick(&reasons)).state("queue", "out");
    }
}

fn queue_evicts_while_runners_are_down(s: &Scene) {
    let (queue, first, limit) = (Actor::system("github-merge-queue"), s.between(100, 800), s.between(3, 4));
    for number in 0..s.between(6, 15) {
        let pull = s.issue_no(first + number);
        let start = s.between(0, 7_200_000);
        let mut out = s.event("github", "pull_request.dequeued", &queue, &pull).at(start).text("checks timed out");
        for attempt in 1..=s.between(1, limit) {
            let back = s.wants(out, "enqueue", &pull, "").within(1_000, 30_000).writes("queue", "waiting");
            let back = back.attempt(attempt, limit);
            let entered = s.event("github", "pull_request.enqueued", &s.our_app(), &pull).because(back);
            entered.token(back).state("queue", "waiting");
            out = s.event("github", "pull_request.dequeued", &queue, &pull).because(back);
            out = out.within(500_000, 1_800_000).text("checks timed out").state("queue", "out");
        }
    }
}

fn bump(s: &Scene, released: Event<'_>, repository: &str, version: &str) -> String {
    let named = released.said();
    let text = format!("chore: raise to {named} ({})", s.hex(7));
    format!("{text} for {repository} {version}")
}

fn releases_in_a_circle(s: &Scene) {
    let (root, runner) = (s.repo(), Actor::bot("github-actions[bot]"));
    let repositories = [root.clone(), format!("{root}-sdk"), format!("{root}-examples")];
    let (major, minor) = (s.between(1, 9), s.between(0, 30));
    let mut released = s.event("github", "release.published", &s.somebody(), &root);
    released = released.text(format!("v{major}.{minor}.0")).state("version", format!("{major}.{minor}.0"));
    for hop in 0..s.between(24, 54) {
        if hop == 3 {
            s.loop_starts();
        }
        let next = &repositories[usize::try_from((hop + 1) % 3).unwrap_or(0)];
        let version = format!("{major}.{minor}.{}", hop / 3 + 1);
        let pull = format!("{next}#{}", 40 + hop);
        let text = bump(s, released, next, &version);
        let opened = s.wants(released, "pull_request.open", &pull, &text).within(20_000, 90_000);
        if s.chance(50) {
            s.event("github", "pull_request.merged", &Actor::app("automerge"), &pull).because(opened).token(opened);
        }
        released = s.event("github", "release.published", &runner, next).because(opened).within(240_000, 1_500_000);
        released = released.text(format!("v{version}")).state("version", &version);
    }
}

fn releases_down_a_tree(s: &Scene) {
    let (root, runner) = (s.repo(), Actor::bot("github-actions[bot]"));
    let (size, plan) = (s.between(18, 45), format!("train-{}", s.hex(6)));
    let version = format!("{}.{}.0", s.between(1, 9), s.between(0, 30));
    let start = s.event("github", "release.published", &s.somebody(), &root).text(format!("v{version}"));
    let mut layer = vec![start.state("version", &version)];
    let mut made = 0;
    while made < size {
        let mut below = Vec::new();
        for released in layer {
            for _ in 0..s.between(1, 3).min(size - made) {
                made += 1;
                let next = format!("{root}-{}-{made}", s.word());
                let text = bump(s, released, &next, &version);
                let pull = format!("{next}#{}", s.between(1, 90));
                let opened = s.wants(released, "pull_request.open", &pull, &text).within(20_000, 90_000);
                let opened = opened.in_plan(&plan, size);
                s.event("github", "pull_request.merged", &Actor::app("automerge"), &pull).because(opened).token(opened);
                let done = s.event("github", "release.published", &runner, &next).because(opened);
                let own = format!("{}.{}.{}", s.between(0, 5), s.between(0, 20), s.between(1, 9));
                let done = done.within(240_000, 1_500_000).text(format!("v{own}")).state("version", &own);
                below.push(done);
            }
        }
        layer = below;
    }
}

fn deploys<'s>(s: &'s Scene, cause: Event<'s>, pull: &str, place: &str) -> Act<'s> {
    let deployed = s.wants(cause, "deployment", place, "preview").within(2_000, 12_000);
    let ready = s.event("github", "deployment_status.created", &s.our_app(), place).because(deployed);
    let ready = ready.within(60_000, 240_000).about(deployed).token(deployed).state("status", "success");
    s.wants(ready, "comment.edit", pull, "The preview is ready.");
    deployed
}

fn preview_retired_by_its_successor(s: &Scene) {
    let (pull, place) = (s.issue(), s.part(&format!("/environment/preview-{}", s.between(1, 900))));
    let first = s.event("github", "push", &s.somebody(), &pull).tree(s.hex(40));
    let mut old = deploys(s, first, &pull, &place);
    let wait = s.between(900_000, 9_000_000);
    let mut cause = s.event("github", "push", &s.somebody(), &pull).after(wait).tree(s.hex(40));
    for round in s.rounds(s.between(11, 26)) {
        let new = deploys(s, cause, &pull, &place);
        if round % 10 == 6 {
            let said = s.sentence(6);
            let asks = s.person_says(&pull, &said);
            s.wants(asks, "comment", &pull, "I will have a look at the preview.").in_order();
        }
        // Retiring the old one is done by the platform in our name, and says nothing of the new one.
        cause = s.event("github", "deployment_status.created", &s.our_app(), &place).because(new);
        cause = cause.within(250_000, 420_000).state("status", "inactive");
        if round > 0 {
            cause = cause.about(old);
        }
        old = new;
    }
}

fn preview_after_each_push(s: &Scene) {
    let pulls = [s.issue_no(s.between(900, 1_400)), s.issue_no(s.between(1_500, 1_900))];
    let places = [s.part("/environment/preview-a"), s.part("/environment/preview-b")];
    let mut busy = 0;
    for round in 0..s.between(6, 22) {
        busy = if s.chance(30) { 1 - busy } else { busy };
        let wait = s.heavy_tail(180_000);
        let pushed = s.event("github", "push", &s.somebody(), &pulls[busy]).after(wait).tree(s.hex(40));
        let new = deploys(s, pushed, &pulls[busy], &places[busy]);
        if round > 1 {
            let retired = s.event("github", "deployment_status.created", &s.our_app(), &places[busy]);
            retired.because(new).within(250_000, 420_000).state("status", "inactive");
        }
        if s.chance(15) {
            s.redelivered(pushed);
        }
    }
}
