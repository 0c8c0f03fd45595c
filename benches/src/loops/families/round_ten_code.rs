//! Code hosting: screenshots, infrastructure by comment, transfers, package manifests, checks that do not start, and secrets.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "screenshots_never_the_same",
        "",
        "We commit new screenshots when the visual tests see a difference, which starts them again, and a picture shows the time of day",
        screenshots_never_the_same,
    ),
    declared(
        "screenshots_accepted_by_designers",
        "",
        "Designers change components and accept what the visual tests show; the pictures of each browser are committed by a plan",
        screenshots_accepted_by_designers,
    ),
    looping(
        "apply_needs_what_it_blocks",
        "",
        "An apply needs a mergeable change and makes its own required status pending; we answer its failure with a plan and an apply (Atlantis)",
        apply_needs_what_it_blocks,
    ),
    declared(
        "applies_project_by_project",
        "",
        "Approved changes of several projects are applied one after the other by a plan, with a second attempt where a lock was held",
        applies_project_by_project,
    ),
    looping(
        "issue_transferred_to_and_fro",
        "",
        "Two routers each transfer an issue to the other's repository, where it has a new number, so that nobody knows it has been there",
        issue_transferred_to_and_fro,
    ),
    declared(
        "issues_of_a_split_repository",
        "",
        "A repository is split: a first batch of issues is transferred by a plan, the others as maintainers label them, each once",
        issues_of_a_split_repository,
    ),
    looping(
        "checksum_of_a_moving_archive",
        "",
        "We correct a package's checksum when the validation finds another one, and the archive is packed anew for each download",
        checksum_of_a_moving_archive,
    ),
    declared(
        "manifests_of_a_release_day",
        "",
        "Many packages have new versions on one day, each gets its manifest, and a file that was replaced a declared second attempt",
        manifests_of_a_release_day,
    ),
    looping(
        "reopened_to_start_the_checks",
        "",
        "No checks start for a robot's push, so we close and reopen its pull request, and for the robot that is a new one to be updated",
        reopened_to_start_the_checks,
    ),
    careless(
        "checks_started_by_maintainers",
        "",
        "Maintainers look at the pull requests of newcomers and of robots, and on their word each is closed and reopened for its checks",
        checks_started_by_maintainers,
    ),
    looping(
        "ignore_list_full_of_secrets",
        "",
        "Each accepted finding of a secret scanner goes with its hash into a list in the repository, and the scanner takes the hash for a secret",
        ignore_list_full_of_secrets,
    ),
    declared(
        "findings_accepted_in_a_sweep",
        "",
        "A person goes through old findings of a secret scanner, each that is harmless goes into a list, and we say how many are left",
        findings_accepted_in_a_sweep,
    ),
];

fn screenshots_never_the_same(s: &Scene) {
    let issue = s.issue();
    let ci = Actor::new("visual-tests", s.pick(&["app", "bot", "system"]));
    let (tells, counts, keeps) = (s.chance(40), s.chance(60), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(95_000, 150_000), (300_000, 900_000), (1_800_000, 4_000_000)]);
    let total = s.between(40, 300);
    let differ = |number: u64| {
        let event = s.event("github", "check_suite.completed", &ci, &issue).state("checks", "failure");
        event.text(format!("{number} of {total} screenshots differ"))
    };
    let accept = |differs| {
        let head = s.hex(40);
        let push = s.wants(differs, "push", &issue, "Update screenshots").writes("tree", &head).within(9_000, 40_000);
        let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
        seen.text("Update screenshots").tree(&head).within(300, 2_000);
        if tells {
            s.wants(differs, "comment", &issue, "I have updated the screenshots.").within(40_100, 45_000);
        }
        push
    };
    // Before the time of day came into a picture one update was enough.
    for _ in 0..s.between(0, 3) {
        let pushed = s.event("github", "pull_request.synchronize", &s.somebody(), &issue).tree(s.hex(40));
        pushed.within(1_200_000, 9_000_000);
        let push = accept(differ(s.between(1, 12)).within(soon, late));
        let green = s.event("github", "check_suite.completed", &ci, &issue).because(push).state("checks", "success");
        green.within(soon, late);
    }
    let pushed = s.event("github", "pull_request.synchronize", &s.somebody(), &issue).tree(s.hex(40));
    pushed.text("feat: clock in the header").within(1_200_000, 9_000_000);
    let mut differs = differ(4).within(soon, late);
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let push = accept(differs);
        if s.chance(7) {
            s.person_says(&issue, s.pick(&["why so many commits?", "rebasing this is no fun"])).within(900, 60_000);
        }
        differs = differ(if counts { s.between(1, 4) } else { 1 }).because(push).token_in(push, keeps);
        differs.within(soon, late);
    }
}

fn screenshots_accepted_by_designers(s: &Scene) {
    let ci = Actor::new("visual-tests", s.pick(&["app", "bot"]));
    let browsers = &["chromium", "firefox", "webkit"][..s.pick(&[1, 2, 3])];
    let gap = s.pick(&[300_000, 2_400_000, 20_000_000]);
    for change in 0..s.between(6, 17) {
        let issue = s.issue_no(2_000 + change / 3);
        let designer = s.somebody();
        let pushed = s.event("github", "pull_request.synchronize", &designer, &issue).text(s.sentence(4));
        pushed.tree(s.hex(40)).within(gap / 5, gap);
        let differs = s.event("github", "check_suite.completed", &ci, &issue).state("checks", "failure");
        differs.text(format!("{} of 180 screenshots differ", s.between(1, 30))).within(90_000, 600_000);
        let said = s.says(&designer, &issue, "/accept-screenshots").within(60_000, gap);
        let (size, plan) = (browsers.len() as u64, format!("pictures-{change}"));
        for (index, browser) in (0..).zip(browsers) {
            let (head, text) = (s.hex(40), format!("Update screenshots ({browser})"));
            let push = s.wants(said, "push", &issue, &text).writes("tree", &head).in_plan(&plan, size);
            push.after(20_000 + index * 15_000);
            let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
            seen.text(&text).tree(&head).within(300, 2_000);
            if index + 1 == size {
                let green = s.event("github", "check_suite.completed", &ci, &issue).because(push);
                green.state("checks", "success").within(90_000, 600_000);
            }
        }
    }
}

fn apply_needs_what_it_blocks(s: &Scene) {
    let issue = s.issue();
    let atlantis = Actor::new("infra-atlantis", s.pick(&["human", "human", "bot", "app"]));
    let dir = format!("infra/{}", s.word());
    let (shows_status, keeps, numbered) = (s.chance(60), s.pick(&[0, 50, 100]), s.chance(50));
    let (soon, late) = s.pick(&[(4_000, 20_000), (30_000, 120_000), (400_000, 1_500_000)]);
    let orders = |heard, verb: &str| {
        let order = s.wants(heard, "comment", &issue, &format!("atlantis {verb} -d {dir}")).within(900, 9_000);
        s.echo(order, "issue_comment.created");
        order
    };
    let answers = |order, text: String| {
        let event = s.event("github", "issue_comment.created", &atlantis, &issue).because(order);
        event.token_in(order, keeps).text(text).within(soon, late)
    };
    let approved = s.event("github", "pull_request_review.submitted", &s.somebody(), &issue);
    let mut planned = approved.text("looks good, please roll it out").state("review", "approved");
    for _ in s.rounds(s.between(12, 28)) {
        let apply = orders(planned, "apply");
        if shows_status {
            let status = s.event("github", "status", &atlantis, &issue).because(apply).text("");
            status.state("atlantis/apply", "pending").within(900, 3_900);
        }
        let time = if numbered { format!(" (run {})", s.between(10_000, 90_000)) } else { String::new() };
        let failed =
            answers(apply, format!("Apply Failed: Pull request must be mergeable before running apply.{time}"));
        let plan = orders(failed, "plan");
        let size = if numbered { s.between(2, 5) } else { 3 };
        planned = answers(plan, format!("Ran Plan for dir: {dir}. Plan: {size} to add, 1 to change, 0 to destroy."));
        if s.chance(8) {
            s.person_says(&issue, s.pick(&["what is it waiting for?", "it needs the status of itself"]))
                .within(900, 90_000);
        }
    }
}

fn applies_project_by_project(s: &Scene) {
    let atlantis = Actor::new("infra-atlantis", s.pick(&["human", "bot", "app"]));
    for change in 0..s.between(2, 4) {
        let issue = s.issue_no(2_100 + change * 9);
        let (size, plan) = (s.between(3, 9), format!("apply-{change}"));
        let approved = s.event("github", "pull_request_review.submitted", &s.somebody(), &issue);
        let mut heard = approved.state("review", "approved").within(1_800_000, 30_000_000);
        let answers = |order, text: &str| {
            let event = s.event("github", "issue_comment.created", &atlantis, &issue).because(order).token(order);
            event.text(text).within(20_000, 300_000)
        };
        for project in 0..size {
            let command = format!("atlantis apply -p {}-{project}", s.word());
            let order = s.wants(heard, "comment", &issue, &command).in_plan(&plan, size);
            s.echo(order, "issue_comment.created");
            if s.chance(80) {
                heard = answers(order, &format!("Apply complete! Resources: {} added.", s.between(0, 9)));
            } else {
                heard = answers(order, "This project is currently locked by another pull request.");
                let again = s.wants(heard, "comment", &issue, &command).attempt(2, 3).within(60_000, 200_000);
                heard = answers(again, "Apply complete! Resources: 1 changed.");
            }
        }
        s.wants(heard, "pull.merge", &issue, "squash").writes("merged", "yes");
    }
}

fn issue_transferred_to_and_fro(s: &Scene) {
    let homes = [s.repo(), format!("{}-{}", s.repo(), s.pick(&["docs", "core", "ui"]))];
    let both_ours = s.chance(40);
    let router = Actor::new("issue-router", s.pick(&["bot", "app", "human"]));
    let (explains, keeps) = (s.chance(45), s.pick(&[0, 0, 100]));
    let (soon, late) = s.pick(&[(1_500, 6_000), (20_000, 90_000), (3_000_000, 8_000_000)]);
    let (title, reporter) = (s.sentence(6), s.somebody());
    let (mut number, mut at) = (s.between(100, 900), 0);
    let mut issue = format!("{}#{number}", homes[at]);
    let mut heard = s.event("github", "issues.opened", &reporter, &issue).text(&title);
    for _ in s.rounds(if explains { s.between(12, 27) } else { s.between(22, 48) }) {
        if explains {
            s.wants(heard, "comment", &issue, &s.paraphrase()).within(600, 2_000);
        }
        at = 1 - at;
        let transfer = s.wants(heard, "issue.transfer", &issue, &homes[at]).within(2_100, 5_000);
        number += s.between(1, 5);
        let who = if both_ours { s.us() } else { router.clone() };
        if !both_ours {
            // It lands with the other router, which sends it back.
            at = 1 - at;
        }
        issue = format!("{}#{number}", homes[at]);
        heard = s.event("github", "issues.transferred", &who, &issue).because(transfer).token_in(transfer, keeps);
        heard.text(&title).within(soon, late);
        if s.chance(7) {
            s.says(&reporter, &issue, s.pick(&["where is my issue now?", "I can not find it any more"]))
                .because(transfer)
                .after(late + s.between(900, 60_000));
        }
    }
}

fn issues_of_a_split_repository(s: &Scene) {
    let homes = ["docs", "core", "ui", "cli"].map(|part| format!("{}-{part}", s.repo()));
    let greeter = Actor::bot("welcome");
    let (size, gap) = (s.between(5, 25), s.pick(&[120_000, 1_800_000, 30_000_000]));
    let mut number = 1;
    let mut transfer = |cause, old: u64, home: &str, wait: u64| {
        number += s.between(1, 3);
        let act = s.wants(cause, "issue.transfer", &s.issue_no(old), home).after(wait);
        let there = format!("{home}#{number}");
        let seen = s.event("github", "issues.transferred", &s.us(), &there).because(act).token(act);
        seen.text(s.sentence(6)).within(1_500, 5_000);
        if s.chance(60) {
            let hello = s.event("github", "issue_comment.created", &greeter, &there).because(act);
            hello.text("Thanks for the report, somebody will have a look.").within(5_100, 20_000);
        }
        act
    };
    let order = s.person_orders(&s.issue_no(999), "move what is about the documentation");
    for place in 0..size {
        transfer(order, 100 + place * 3, &homes[0], 500 + place * 1_300).in_plan("split", size);
    }
    for place in 0..s.between(3, 30) {
        let (old, home) = (500 + place * 2, s.between(1, 3));
        let labelled = s.event("github", "issues.labeled", &s.somebody(), &s.issue_no(old)).state("lbl", "move");
        labelled.within(gap / 6, gap);
        transfer(labelled, old, &homes[usize::try_from(home).unwrap_or(1)], 600);
    }
}

fn checksum_of_a_moving_archive(s: &Scene) {
    let issue = s.issue();
    let validation = Actor::new("package-validation", s.pick(&["bot", "app", "system", "human"]));
    let package = format!("{}-{}.{}", s.word(), s.between(1, 9), s.between(0, 20));
    // Either two mirrors serve two builds, or each download is packed at that moment.
    let builds = s.chance(50).then(|| [s.hex(64), s.hex(64)]);
    let (says_both, pushes, keeps) = (s.chance(50), s.chance(50), s.pick(&[0, 40, 100]));
    let (soon, late) = s.pick(&[(40_000, 120_000), (600_000, 1_800_000), (7_000_000, 20_000_000)]);
    let mut ours = builds.as_ref().map_or_else(|| s.hex(64), |builds| builds[0].clone());
    let opened =
        s.event("github", "pull_request.opened", &s.somebody(), &issue).text(format!("New version: {package}"));
    opened.within(1_000, 600_000);
    let found = |turn: u64| match &builds {
        Some(builds) => builds[usize::from(turn % 2 == 0)].clone(),
        None => s.hex(64),
    };
    let report = |ours: &str, theirs: &str| {
        let event = s.event("github", "check_run.completed", &validation, &issue).state("sha256", theirs);
        let both = format!("Installer hash mismatch: manifest {ours}, file {theirs}");
        event.text(if says_both { both } else { "Installer hash mismatch".to_owned() })
    };
    let mut theirs = found(0);
    let mut failed = report(&ours, &theirs).within(soon, late);
    for round in s.rounds(s.between(22, 50)) {
        let kind = if pushes { "push" } else { "file.update" };
        let fix = s.wants(failed, kind, &issue, &format!("Update hash of {package}")).writes("sha256", &theirs);
        fix.within(2_000, 20_000);
        if let Some(echo) = s.echo(fix, "pull_request.synchronize") {
            echo.tree(s.hex(40));
        }
        ours = theirs;
        theirs = found(round + 1);
        failed = report(&ours, &theirs).because(fix).token_in(fix, keeps).within(soon, late);
        if s.chance(6) {
            s.person_says(&issue, s.pick(&["is the file stable?", "please wait with this one"])).within(900, 300_000);
        }
    }
}

fn manifests_of_a_release_day(s: &Scene) {
    let validation = Actor::new("package-validation", s.pick(&["bot", "app"]));
    let publisher = Actor::app("release-feed");
    let mut number = s.between(3_000, 3_100);
    for _ in 0..s.between(5, 26) {
        number += s.between(1, 4);
        let issue = s.issue_no(number);
        let title = format!("New version: {}-{}.{}", s.word(), s.between(1, 9), s.between(0, 20));
        let released = s.event("github", "release.published", &publisher, &s.part("/feed")).text(&title);
        released.within(20_000, 1_200_000);
        let mut hash = s.hex(64);
        let mut act = s.wants(released, "pull.open", &issue, &title).writes("sha256", &hash).attempt(1, 3);
        let tries = if s.chance(85) { 1 } else { s.between(2, 3) };
        for attempt in 2..=tries {
            hash = s.hex(64);
            let failed = s.event("github", "check_run.completed", &validation, &issue).because(act).token(act);
            failed.text("Installer hash mismatch").state("sha256", &hash).within(300_000, 900_000);
            act = s.wants(failed, "push", &issue, &format!("Update hash, {title}")).writes("sha256", &hash);
            act.attempt(attempt, 3).within(1_800_000, 3_600_000);
        }
        let passed = s.event("github", "check_run.completed", &validation, &issue).because(act).token(act);
        passed.text("Validation passed").state("sha256", &hash).within(300_000, 900_000);
        s.wants(passed, "label", &issue, "ready").writes("lbl", "ready");
    }
}

fn reopened_to_start_the_checks(s: &Scene) {
    let issue = s.issue();
    let robot = Actor::new("merge-robot", s.pick(&["app", "bot", "bot", "human"]));
    let (shows_close, keeps) = (s.chance(60), s.pick(&[0, 0, 50]));
    let patience = s.pick(&[60_000, 600_000, 3_600_000]);
    let kick = |pushed| {
        let close = s.wants(pushed, "pull.close", &issue, "").writes("state", "closed");
        close.after(patience + s.between(0, 5_000));
        let open = s.wants(pushed, "pull.reopen", &issue, "").writes("state", "open");
        open.after(patience + s.between(6_000, 12_000));
        if shows_close {
            s.comes_back(close, "pull_request.closed").text("").state("state", "closed");
            s.comes_back(open, "pull_request.reopened").text("").state("state", "open");
        }
        open
    };
    let updated = || s.event("github", "pull_request.synchronize", &robot, &issue).text("Merge main").tree(s.hex(40));
    // Until the robot is told to update whatever is opened, the checks run after that and all is well.
    for _ in 0..s.between(0, 2) {
        let open = kick(updated().within(1_800_000, 40_000_000));
        let green = s.event("github", "check_suite.completed", &Actor::app("ci"), &issue).because(open);
        green.state("checks", "success").within(120_000, 900_000);
    }
    let mut pushed = updated().within(1_800_000, 40_000_000);
    for _ in s.rounds(s.between(12, 27)) {
        let open = kick(pushed);
        if s.chance(8) {
            s.person_says(&issue, s.pick(&["closed, open, closed ...", "can this be merged by hand?"]))
                .within(900, 60_000);
        }
        pushed = updated().because(open).token_in(open, keeps).within(3_000, 50_000);
    }
}

fn checks_started_by_maintainers(s: &Scene) {
    let robot = Actor::new("update-robot", s.pick(&["app", "bot"]));
    let gap = s.pick(&[30_000, 600_000, 10_000_000]);
    for number in 0..s.between(4, 22) {
        let issue = s.issue_no(4_000 + number * 2);
        let author = if s.chance(50) { robot.clone() } else { Actor::person(&format!("newcomer{number}")) };
        s.event("github", "pull_request.opened", &author, &issue).text(s.sentence(5)).within(gap / 9, gap);
        for _ in 0..if s.chance(80) { 1 } else { 2 } {
            let said = s.person_says(&issue, s.pick(&["checks please", "/checks", "checks please"]));
            said.within(gap / 9, gap);
            let close = s.wants(said, "pull.close", &issue, "").writes("state", "closed").within(300, 2_000);
            let open = s.wants(said, "pull.reopen", &issue, "").writes("state", "open").within(4_000, 9_000);
            if let Some(echo) = s.echo(close, "pull_request.closed") {
                echo.text("").state("state", "closed");
            }
            let done = s.event("github", "check_suite.completed", &Actor::app("ci"), &issue).because(open);
            done.state("checks", s.pick(&["success", "success", "failure"])).within(60_000, 400_000);
        }
    }
}

fn ignore_list_full_of_secrets(s: &Scene) {
    let scanner = Actor::new("secret-scanner", s.pick(&["app", "bot", "system"]));
    let (per_alert, closes, names_line) = (s.chance(50), s.chance(35), s.chance(70));
    let (soon, late) = s.pick(&[(9_000, 40_000), (120_000, 500_000), (3_400_000, 3_900_000)]);
    let (mut alert, mut line) = (s.between(1, 60), s.between(4, 200));
    let main = s.part("@main");
    let place = |alert: u64| if per_alert { s.part(&format!("/alerts/{alert}")) } else { main.clone() };
    let marked = s.event("github", "secret_alert.created", &scanner, &place(alert));
    let mut heard = marked.text("Possible secret in tests/fixtures/key.pem:1, marked as a test key");
    for _ in s.rounds(if closes { s.between(12, 26) } else { s.between(22, 48) }) {
        let head = s.hex(40);
        let push = s.wants(heard, "push", &main, &format!("Accept finding {}", s.hex(40))).writes("tree", &head);
        push.within(1_500, 8_000);
        if closes {
            s.wants(heard, "alert.close", &place(alert), "used in tests").within(8_100, 9_000);
        }
        if let Some(echo) = s.echo(push, "push") {
            echo.tree(&head);
        }
        (alert, line) = (alert + 1, line + s.between(5, 7));
        let line = if names_line { format!(":{line}") } else { String::new() };
        heard = s.event("github", "secret_alert.created", &scanner, &place(alert)).because(push);
        heard.text(format!("Possible secret in .secrets.baseline{line}: high entropy string")).within(soon, late);
        if s.chance(6) {
            s.event("github", "push", &s.somebody(), &s.part("@feature/login")).tree(s.hex(40)).within(900, 90_000);
        }
    }
}

fn findings_accepted_in_a_sweep(s: &Scene) {
    let (main, person) = (s.part("@main"), s.somebody());
    let total = s.between(6, 38);
    let gap = s.pick(&[15_000, 60_000, 900_000]);
    let scanner = Actor::new("secret-scanner", s.pick(&["app", "bot"]));
    for number in 1..=total {
        let alert = s.part(&format!("/alerts/{number}"));
        let harmless = s.event("github", "secret_alert.resolved", &person, &alert).text("used in tests");
        harmless.within(gap / 4, gap);
        let text = format!("Accept finding {} of {total}: {}", number, s.hex(40));
        let push = s.wants(harmless, "push", &main, &text).writes("tree", s.hex(40)).progress(number);
        push.within(1_500, 8_000);
        s.echo(push, "push");
        if number % 10 == 0 {
            let done = s.event("github", "scan.completed", &scanner, &main).because(push);
            done.text(format!("{} findings are open", total - number)).within(60_000, 200_000);
        }
    }
}
