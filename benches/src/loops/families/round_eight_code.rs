//! Code hosting: runs, drafts, translations, branches and reviewers.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "reruns_cancel_each_other",
        "",
        "Two workflows share a concurrency group that cancels what is in progress, and we start again each run that was cancelled",
        reruns_cancel_each_other,
    ),
    declared(
        "preempted_runs_started_again",
        "",
        "Runners on spare machines are taken away all day and each run that was cancelled so gets at most three attempts",
        preempted_runs_started_again,
    ),
    looping(
        "ready_again_and_draft_again",
        "",
        "We mark a draft as ready when its light checks are green, the full checks fail, and a gatekeeper makes it a draft again",
        ready_again_and_draft_again,
    ),
    declared(
        "drafts_reworked_by_authors",
        "",
        "Authors make their pull requests ready, take them back to rework them and make them ready again, and a label follows",
        drafts_reworked_by_authors,
    ),
    looping(
        "exported_strings_uploaded_again",
        "",
        "We upload the strings after each push, and the translation platform exports all files with a new date in their headers",
        exported_strings_uploaded_again,
    ),
    declared(
        "strings_uploaded_after_merges",
        "",
        "People merge all week, the strings are uploaded after each merge, and exports of the platform are left alone",
        strings_uploaded_after_merges,
    ),
    looping(
        "merged_branch_always_restored",
        "",
        "A cleaner deletes each branch that is fully merged, also the long-lived one, and our guard of protected names restores it",
        merged_branch_always_restored,
    ),
    declared(
        "weekly_release_branches",
        "",
        "A release train cuts a branch each week, tags it, announces it, and a cleaner deletes the one of the week before",
        weekly_release_branches,
    ),
    looping(
        "only_owner_is_at_capacity",
        "",
        "We ask the owner of the files for a review, and a rota bot takes off whoever has enough reviews already",
        only_owner_is_at_capacity,
    ),
    declared(
        "review_passed_down_the_list",
        "",
        "Reviewers decline because they are away and the next one of a list is asked, as attempt n of m, until one approves",
        review_passed_down_the_list,
    ),
];

fn reruns_cancel_each_other(s: &Scene) {
    let flows = [s.part("/workflow/preview"), s.part("/workflow/storybook")];
    let ci = Actor::new("github-actions[bot]", s.pick(&["app", "bot", "system"]));
    let group = format!("deploy-{}", s.word());
    let numbered = s.chance(60);
    let (soon, late) = s.pick(&[(2_000, 9_000), (10_000, 70_000), (60_000, 400_000)]);
    let reason = |run: u64| {
        let canceled = format!("Canceling since a higher priority waiting request for '{group}' exists");
        if numbered { format!("{canceled} (run {run})") } else { canceled }
    };
    let mut run = s.between(1_000, 90_000);
    s.event("github", "push", &s.somebody(), &s.part("@main")).tree(s.hex(40));
    let mut cancelled = s.event("github", "workflow_run.completed", &ci, &flows[0]).within(3_000, 20_000);
    cancelled.text(reason(run)).state("conclusion", "cancelled");
    for round in s.rounds(s.between(22, 48)) {
        let (flow, other) = if round % 2 == 0 { (&flows[0], &flows[1]) } else { (&flows[1], &flows[0]) };
        let again = s.wants(cancelled, "workflow.rerun", flow, "cancelled, not failed: started again");
        again.within(800, 9_000);
        let started = s.event("github", "workflow_run.in_progress", &ci, flow).because(again).token(again);
        started.state("conclusion", "none").within(300, 1_800);
        if s.chance(8) {
            s.person_says(&s.issue(), "is the preview stuck again?").within(1_000, 60_000);
        }
        run += s.between(1, 9);
        cancelled = s.event("github", "workflow_run.completed", &ci, other).because(again);
        cancelled.text(reason(run)).state("conclusion", "cancelled").within(soon, late);
    }
}

fn preempted_runs_started_again(s: &Scene) {
    let ci = Actor::new("github-actions[bot]", s.pick(&["app", "bot", "system"]));
    let mut moment = 0;
    for number in 0..s.between(6, 16) {
        let flow = s.part(&format!("/run/{}", 70_000 + number * 13));
        moment += s.between(60_000, 1_500_000);
        let mut ended = s.event("github", "workflow_run.completed", &ci, &flow).at(moment);
        ended.text("The runner has received a shutdown signal").state("conclusion", "cancelled");
        let tries = s.between(1, 3);
        for attempt in 1..=tries {
            let again = s.wants(ended, "workflow.rerun", &flow, "runner was taken away: started again");
            again.attempt(attempt, 3).within(800, 9_000);
            let conclusion = if attempt == tries { s.pick(&["success", "success", "failure"]) } else { "cancelled" };
            ended = s.event("github", "workflow_run.completed", &ci, &flow).because(again).token(again);
            ended.state("conclusion", conclusion).within(120_000, 900_000);
        }
    }
}

fn ready_again_and_draft_again(s: &Scene) {
    let issue = s.issue();
    let gatekeeper = Actor::new("pr-gatekeeper", s.pick(&["app", "bot", "human"]));
    let ci = Actor::app("github-actions[bot]");
    let (comments, sees_echo) = (s.chance(40), s.chance(50));
    let slow = s.pick(&[60_000, 600_000, 2_400_000]);
    let mut green = s.event("github", "check_suite.completed", &ci, &issue).text("light checks");
    green.state("checks", "success");
    let rounds = if comments { s.between(12, 27) } else { s.between(22, 46) };
    for _ in s.rounds(rounds) {
        let ready = s.wants(green, "pull.ready", &issue, "").writes("draft", "no").within(900, 12_000);
        if comments {
            let text = format!("All checks are green on {}, this is ready for review.", s.hex(7));
            s.wants(green, "comment", &issue, &text).within(12_100, 14_000);
        }
        if sees_echo {
            s.comes_back(ready, "pull_request.ready_for_review").state("draft", "no");
        }
        let full = slow / 2 + s.between(0, slow / 2);
        let failed = s.event("github", "check_suite.completed", &ci, &issue).because(ready).text("full checks");
        failed.state("checks", "failure").after(full);
        let draft = s.event("github", "pull_request.converted_to_draft", &gatekeeper, &issue).because(ready);
        draft.state("draft", "yes").after(full + s.between(2_000, 20_000));
        if s.chance(7) {
            s.person_says(&issue, &s.sentence(7)).within(5_000, 90_000);
        }
        green = s.event("github", "check_suite.completed", &ci, &issue).because(ready).text("light checks");
        green.state("checks", "success").after(full + s.between(40_000, 120_000));
    }
}

fn drafts_reworked_by_authors(s: &Scene) {
    for number in 0..s.between(4, 10) {
        let (issue, author) = (s.issue_no(1_000 + number), s.somebody());
        let pauses = s.pick(&[600_000, 7_200_000, 86_400_000]);
        for round in 0..s.between(1, 4) {
            let ready = s.event("github", "pull_request.ready_for_review", &author, &issue).state("draft", "no");
            ready.within(pauses / 4, pauses);
            let label = s.wants(ready, "label", &issue, "needs-review").writes("lbl", "needs-review");
            if let Some(echo) = s.echo(label, "pull_request.labeled") {
                echo.text("").state("lbl", "needs-review");
            }
            if round == 0 || s.chance(60) {
                s.person_says(&issue, &s.sentence(11)).within(pauses / 8, pauses / 2);
                let back = s.event("github", "pull_request.converted_to_draft", &author, &issue);
                back.state("draft", "yes").within(60_000, pauses);
                let off = s.wants(back, "unlabel", &issue, "needs-review").writes("lbl", "none");
                if let Some(echo) = s.echo(off, "pull_request.unlabeled") {
                    echo.text("").state("lbl", "none");
                }
            }
        }
    }
}

fn exported_strings_uploaded_again(s: &Scene) {
    let (main, project) = (s.part("@main"), format!("tx:project/{}", s.word()));
    let exporter = Actor::new("translate-sync", s.pick(&["app", "bot", "human", "human"]));
    let languages = ["German", "French", "Polish", "Japanese"];
    let (names_language, confirms) = (s.chance(50), s.chance(50));
    let (soon, late) = s.pick(&[(20_000, 120_000), (300_000, 1_200_000), (3_000_000, 3_900_000)]);
    let upload = |pushed| {
        let commit = s.hex(7);
        let text = format!("Upload of en.po at {commit}");
        s.wants(pushed, "strings.upload", &project, &text).writes("source", &commit).within(15_000, 90_000)
    };
    // Before its upgrade the platform left alone files in which nothing was translated anew.
    for _ in 0..s.between(2, 9) {
        let pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        upload(pushed.within(600_000, 9_000_000));
    }
    let mut pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
    pushed.within(600_000, 9_000_000);
    for _ in s.rounds(s.between(22, 42)) {
        let uploaded = upload(pushed);
        if confirms {
            let imported = s.event("translate", "component.imported", &exporter, &project).because(uploaded);
            imported.token(uploaded).text("0 strings changed").within(2_000, 15_000);
        }
        let language = if names_language { s.pick(&languages) } else { "all languages" };
        pushed = s.event("github", "push", &exporter, &main).because(uploaded).tree(s.hex(40));
        pushed.text(format!("Update translation files ({language})")).within(soon, late);
    }
}

fn strings_uploaded_after_merges(s: &Scene) {
    let (main, project) = (s.part("@main"), format!("tx:project/{}", s.word()));
    let exporter = Actor::new("translate-sync", s.pick(&["app", "bot", "human"]));
    let languages = ["German", "French", "Polish", "Japanese"];
    let gap = s.pick(&[900_000, 5_400_000, 14_400_000]);
    for merge in 1..=s.between(12, 40) {
        let commit = s.hex(7);
        let pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        pushed.within(gap / 6, gap);
        let text = format!("Upload of en.po at {commit}");
        let uploaded = s.wants(pushed, "strings.upload", &project, &text).writes("source", &commit);
        uploaded.progress(merge).within(15_000, 90_000);
        let imported = s.event("translate", "component.imported", &exporter, &project).because(uploaded);
        imported.token(uploaded).text(format!("{} strings changed", s.between(1, 40))).within(2_000, 15_000);
        if s.chance(35) {
            // People translate on the platform whether we upload or not.
            let exported = s.event("github", "push", &exporter, &main).tree(s.hex(40)).within(gap / 6, gap);
            exported.text(format!("Update translation files ({})", s.pick(&languages)));
        }
    }
}

fn merged_branch_always_restored(s: &Scene) {
    let branch = s.part(&format!("@{}", s.pick(&["develop", "release/next", "staging"])));
    let theirs = Actor::new("branch-cleaner", s.pick(&["app", "bot", "human", "system"]));
    let cleaner = if s.chance(30) { s.us() } else { theirs };
    let tells = s.chance(35);
    let head = s.hex(40);
    let (soon, late) = s.pick(&[(1_000, 9_000), (1_800_000, 3_600_000), (86_000_000, 86_800_000)]);
    // Somebody deletes it by mistake, which is what the guard is for.
    let by_mistake = s.event("github", "delete", &s.somebody(), &branch).state("exists", "no");
    s.wants(by_mistake, "ref.create", &branch, "protected name, restored").writes("exists", "yes");
    let mut deleted = s.event("github", "delete", &cleaner, &branch).state("exists", "no").within(60_000, 9_000_000);
    let rounds = if tells { s.between(12, 26) } else { s.between(22, 44) };
    for _ in s.rounds(rounds) {
        if tells {
            let text = format!("{branch} was deleted and will be back at {}", &head[..7]);
            s.wants(deleted, "message", &s.channel(), &text).within(100, 590);
        }
        let restored = s.wants(deleted, "ref.create", &branch, "protected name, restored").writes("exists", "yes");
        restored.within(600, 20_000);
        if let Some(echo) = s.echo(restored, "create") {
            echo.text("").state("exists", "yes");
        }
        deleted = s.event("github", "delete", &cleaner, &branch).because(restored).state("exists", "no");
        deleted.within(soon, late);
        if s.chance(25) {
            let other = s.part(&format!("@feature/{}", s.word()));
            s.event("github", "delete", &cleaner, &other).state("exists", "no").within(0, 900);
        }
    }
}

fn weekly_release_branches(s: &Scene) {
    let cleaner = Actor::new("branch-cleaner", s.pick(&["app", "bot", "human"]));
    let ci = Actor::app("github-actions[bot]");
    let first = s.between(2, 30);
    for week in first..first + s.between(5, 18) {
        let (branch, plan) = (s.part(&format!("@release/2026.{week}")), format!("train-2026-{week}"));
        let tick = s.tick(&s.repo(), 604_800_000 - s.between(0, 9_000));
        let cut = s.wants(tick, "ref.create", &branch, "weekly release branch").writes("exists", "yes");
        cut.in_plan(&plan, 3);
        if let Some(echo) = s.echo(cut, "create") {
            echo.text("").state("exists", "yes");
        }
        let green = s.event("github", "check_suite.completed", &ci, &branch).because(cut).state("checks", "success");
        green.within(900_000, 2_700_000);
        let tag = s.wants(green, "tag.create", &branch, &format!("v2026.{week}.0")).in_plan(&plan, 3);
        let released = s.event("github", "release.published", &ci, &branch).because(tag).token(tag);
        released.text(format!("v2026.{week}.0")).within(20_000, 200_000);
        s.wants(released, "message", &s.channel(), &format!("v2026.{week}.0 is out")).in_plan(&plan, 3);
        let old = s.part(&format!("@release/2026.{}", week - 1));
        s.event("github", "delete", &cleaner, &old).state("exists", "no").within(60_000, 3_600_000);
    }
}

fn only_owner_is_at_capacity(s: &Scene) {
    let issue = s.issue();
    let owners = ["h1", "h2", "h3"];
    let count = s.between(1, 3);
    // In some houses the rota is one more bot of our own, under the same account.
    let rota = if s.chance(35) { s.us() } else { Actor::new("review-rota", s.pick(&["app", "bot", "human"])) };
    let (explains, echoes) = (s.chance(50), s.chance(50));
    let (soon, late) = s.pick(&[(700, 5_000), (30_000, 200_000), (1_700_000, 1_900_000)]);
    let owner = |round: u64| owners[usize::try_from(round % count).unwrap_or(0)];
    let mut without = s.event("github", "pull_request.opened", &s.somebody(), &issue).text(s.sentence(8));
    for round in s.rounds(s.between(22, 50)) {
        let name = owner(round);
        let asked = s.wants(without, "review.request", &issue, &format!("@{name} owns these files"));
        asked.writes("reviewer", name).within(800, 15_000);
        if echoes {
            s.comes_back(asked, "pull_request.review_requested").text("").state("reviewer", name);
        }
        let wait = s.between(soon, late);
        without = s.event("github", "pull_request.review_request_removed", &rota, &issue).because(asked);
        without.state("reviewer", "none").after(wait + 100);
        if explains {
            let said = s.event("github", "issue_comment.created", &rota, &issue).because(asked);
            said.text(format!("{name} has {} open reviews and was taken off.", s.between(5, 9))).after(wait);
        }
        if s.chance(6) {
            s.person_says(&issue, "can anybody look at this?").within(10_000, 300_000);
        }
    }
}

fn review_passed_down_the_list(s: &Scene) {
    let mut moment = 0;
    for number in 0..s.between(5, 14) {
        let issue = s.issue_no(2_000 + number);
        moment += s.between(60_000, 7_200_000);
        let mut heard = s.event("github", "pull_request.opened", &s.somebody(), &issue).text(s.sentence(8));
        heard.at(moment);
        let (asks, most) = (s.between(1, 5), 5);
        for attempt in 1..=asks {
            let reviewer = Actor::person(&format!("h{attempt}"));
            let asked = s.wants(heard, "review.request", &issue, &format!("@{} please review", reviewer.name));
            asked.writes("reviewer", &reviewer.name).attempt(attempt, most).within(800, 15_000);
            s.echo(asked, "pull_request.review_requested").map(|echo| echo.text("").state("reviewer", &reviewer.name));
            let last = attempt == asks;
            let text = if last { "approved" } else { s.pick(&["on leave", "no time this week", "not my area"]) };
            heard = s.event("github", "pull_request_review.submitted", &reviewer, &issue).because(asked).text(text);
            heard.state("review", if last { "approved" } else { "declined" }).within(600_000, 20_000_000);
        }
    }
}
