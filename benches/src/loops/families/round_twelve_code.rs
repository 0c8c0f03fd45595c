//! Repositories: runners, updates, sign-offs, branch rules, duplicates and dead links.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "runner_updates_itself_and_is_gone",
        "",
        "A runner in a container is outdated, updates itself and exits, and we start the next one from the same old image",
        runner_updates_itself_and_is_gone,
    ),
    declared(
        "runners_for_queued_jobs",
        "",
        "Each queued job of a busy day gets a runner of its own, and one that is taken away is started as attempt n of three",
        runners_for_queued_jobs,
    ),
    looping(
        "updated_and_rolled_back_by_a_mirror",
        "",
        "A mirror lacks the newest version now and then: the updater offers an update, then its rollback, and we merge what is green",
        updated_and_rolled_back_by_a_mirror,
    ),
    declared(
        "updates_of_a_month",
        "",
        "An updater's pull requests are merged all month and counted; now and then a version is withdrawn, rolled back and repaired",
        updates_of_a_month,
    ),
    looping(
        "signed_off_by_another_address",
        "",
        "A check wants the author's address in the sign-off; we sign the commit of an updater with ours, and it fails again",
        signed_off_by_another_address,
    ),
    careless(
        "sign_offs_explained_to_newcomers",
        "",
        "Newcomers forget to sign off, each gets the same explanation, and some get it wrong a second and a third time",
        sign_offs_explained_to_newcomers,
    ),
    looping(
        "branch_rules_of_two_files",
        "",
        "We write the branch rules of a repository's settings file, and a policy app writes those of the organisation",
        branch_rules_of_two_files,
    ),
    declared(
        "branch_rules_raised_by_plan",
        "",
        "All repositories get stricter branch rules by a plan; where people loosen them for a hotfix they are put back once",
        branch_rules_raised_by_plan,
    ),
    looping(
        "duplicates_of_each_other",
        "",
        "A finder closes each of two reports as a duplicate of the other one, and we reopen the original that a closed one names",
        duplicates_of_each_other,
    ),
    declared(
        "duplicates_of_one_outage",
        "",
        "Many report one outage; a finder names the first report on each, we close it and count the copies there",
        duplicates_of_one_outage,
    ),
    looping(
        "dead_links_in_the_link_report",
        "",
        "A page that lists the dead links of a site belongs to that site, so that its links are dead links to be listed",
        dead_links_in_the_link_report,
    ),
    declared(
        "links_checked_after_pushes",
        "",
        "People push pages all week, the links of each push are looked up, and one report is edited with the number of the push",
        links_checked_after_pushes,
    ),
];

fn runner_updates_itself_and_is_gone(s: &Scene) {
    let pool = s.azure("runners");
    let cluster = Actor::new("container-group", s.pick(&["system", "system", "unknown", "app"]));
    let (named, tells, keeps) = (s.chance(45), s.chance(35), s.pick(&[0, 0, 60]));
    let (words, version) = (s.pick(&[0, 1, 2]), s.between(290, 330));
    let (soon, late) = s.pick(&[(9_000, 30_000), (60_000, 180_000), (600_000, 1_500_000)]);
    let start = |heard| {
        let place = if named { format!("{pool}/runner-{}", s.hex(5)) } else { pool.clone() };
        s.wants(heard, "runner.start", &place, &format!("image runner:2.{version}")).within(400, 4_000)
    };
    // While the image was new each runner did its job and went.
    for _ in 0..s.between(0, 5) {
        let queued = s.event("github", "workflow_job.queued", &s.somebody(), &pool).text(s.sentence(3));
        let runner = start(queued.within(60_000, 5_000_000));
        let done = s.event("azure", "runner.exited", &cluster, &pool).because(runner).token_in(runner, keeps);
        done.text("exit 0: job completed").within(60_000, 900_000);
    }
    let queued = s.event("github", "workflow_job.queued", &s.somebody(), &pool).text(s.sentence(3));
    let mut heard = queued.within(60_000, 5_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let runner = start(heard);
        if tells {
            let text = format!("Runner {} for 1 waiting job is on its way.", round + 1);
            s.wants(heard, "message", &s.channel(), &text).within(4_100, 7_000);
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["my job waits for an hour", "is CI down?"])).within(900, 60_000);
        }
        let text = match words {
            0 => "exit 0: runner will exit shortly for update".to_owned(),
            1 => format!("exit 0: downloading 2.{} ({} ms)", version + 1, s.between(900, 9_000)),
            _ => format!("{} exited with 0", s.hex(12)),
        };
        let subject = if named { runner.subject() } else { pool.clone() };
        heard = s.event("azure", "runner.exited", &cluster, &subject).because(runner).token_in(runner, keeps);
        heard.text(text).within(soon, late);
    }
}

fn runners_for_queued_jobs(s: &Scene) {
    let cluster = Actor::new("container-group", s.pick(&["system", "unknown"]));
    let gap = s.pick(&[4_000, 60_000, 900_000]);
    for job in 0..s.between(6, 30) {
        let place = format!("{}/job-{job}", s.azure("runners"));
        let queued = s.event("github", "workflow_job.queued", &s.somebody(), &place).text(s.sentence(3));
        let mut heard = queued.within(gap / 8, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let runner = s.wants(heard, "runner.start", &place, "image runner:2.331").attempt(attempt, 3);
            let text = if attempt < tries { "exit 137: machine taken away" } else { "exit 0: job completed" };
            heard = s.event("azure", "runner.exited", &cluster, &place).because(runner.within(400, 4_000));
            heard.text(text).token(runner).within(60_000, 900_000);
        }
    }
}

fn updated_and_rolled_back_by_a_mirror(s: &Scene) {
    let (name, minor) = (s.word(), s.between(3, 40));
    let updater = Actor::new("updater", s.pick(&["bot", "bot", "app", "human"]));
    let (approves, thinks, trees, keeps) = (s.chance(40), s.chance(30), s.chance(60), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(40_000, 200_000), (3_400_000, 3_900_000), (80_000_000, 90_000_000)]);
    let heads = [s.hex(40), s.hex(40)];
    let first = s.between(100, 700);
    // Other packages come from a mirror that is complete.
    for number in 0..s.between(0, 4) {
        let pull = s.issue_no(first - 60 + number);
        let opened = s.event("github", "pull_request.opened", &updater, &pull).within(600_000, 40_000_000);
        opened.text(format!("Update {} to 2.{number}.0", s.word()));
        s.wants(opened, "merge", &pull, "squash").within(30_000, 400_000);
    }
    let says = |round: u64| {
        let title = if round % 2 == 0 {
            format!("Update {name} to 1.{minor}.0")
        } else {
            format!("Roll back {name} to 1.{}.0", minor - 1)
        };
        if thinks { format!("{title}. {}", s.paraphrase()) } else { title }
    };
    let opened = |round: u64| {
        let event = s.event("github", "pull_request.opened", &updater, &s.issue_no(first + round));
        let head = &heads[usize::try_from(round % 2).unwrap_or(0)];
        if trees { event.tree(head).text(says(round)) } else { event.text(says(round)) }
    };
    let mut heard = opened(0).within(600_000, 40_000_000);
    for round in s.rounds(if approves { s.between(12, 26) } else { s.between(22, 46) }) {
        let pull = s.issue_no(first + round);
        if approves {
            s.wants(heard, "approve", &pull, "Green, thank you.").within(1_000, 9_000);
        }
        let merge = s.wants(heard, "merge", &pull, "squash").within(30_000, 400_000);
        if s.chance(6) {
            let text = s.pick(&["did this not come in yesterday?", "which version do we run?"]);
            s.person_says(&s.channel(), text).within(900, 90_000);
        }
        heard = opened(round + 1).because(merge).token_in(merge, keeps).within(soon, late);
    }
}

fn updates_of_a_month(s: &Scene) {
    let updater = Actor::new("updater", s.pick(&["bot", "app", "human"]));
    let (gap, main) = (s.pick(&[90_000, 4_000_000, 60_000_000]), s.part("@main"));
    let (mut number, mut pull) = (0, 4_200);
    for _ in 0..s.between(6, 22) {
        let (name, minor) = (s.word(), s.between(1, 60));
        let steps = if s.chance(20) { 3 } else { 1 };
        for step in 0..steps {
            let text = match step {
                0 => format!("Update {name} to 3.{minor}.0"),
                1 => format!("Roll back {name} to 3.{}.0, 3.{minor}.0 was withdrawn", minor - 1),
                _ => format!("Update {name} to 3.{minor}.1"),
            };
            pull += s.between(1, 5);
            number += 1;
            let opened = s.event("github", "pull_request.opened", &updater, &s.issue_no(pull)).text(&text);
            let merge = s.wants(opened.within(gap / 6, gap), "merge", &main, &text).progress(number);
            merge.within(30_000, 80_000);
        }
    }
}

fn signed_off_by_another_address(s: &Scene) {
    let pull = s.issue();
    let check = Actor::new("sign-off", s.pick(&["app", "app", "bot", "system"]));
    let (tells, thinks, shows, keeps) = (s.chance(35), s.chance(35), s.chance(60), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (30_000, 90_000), (400_000, 1_500_000)]);
    let sign = |heard, place: &str| {
        let text = if thinks { s.paraphrase() } else { "Sign off as ci@acme.example".to_owned() };
        let head = s.hex(40);
        let push = s.wants(heard, "push", place, &text).writes("tree", &head).within(3_000, 30_000);
        if let Some(echo) = s.echo(push, "pull_request.synchronize") {
            echo.tree(head);
        }
        push
    };
    let fails = |place: &str| {
        let sha = if shows { format!("{}: ", s.hex(7)) } else { String::new() };
        let event = s.event("github", "check_run.completed", &check, place).state("sign-off", "failure");
        event.text(format!("{sha}sign-off does not match the author 4969+updater@users.example"))
    };
    // Our own pull requests were repaired by one push.
    for number in 0..s.between(0, 4) {
        let place = s.issue_no(3_300 + number);
        let push = sign(fails(&place).within(600_000, 20_000_000), &place);
        let passed = s.event("github", "check_run.completed", &check, &place).because(push).token_in(push, keeps);
        passed.state("sign-off", "success").text("all commits are signed off").within(soon, late);
    }
    let mut heard = fails(&pull).within(600_000, 20_000_000);
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let push = sign(heard, &pull);
        if tells {
            s.wants(heard, "comment", &pull, "I have signed off the commit.").within(30_100, 33_000);
        }
        if s.chance(6) {
            s.person_says(&pull, s.pick(&["why all these pushes?", "the check is right, I think"])).within(900, 60_000);
        }
        heard = fails(&pull).because(push).token_in(push, keeps).within(soon, late);
    }
}

fn sign_offs_explained_to_newcomers(s: &Scene) {
    let check = Actor::new("sign-off", s.pick(&["app", "bot"]));
    let gap = s.pick(&[60_000, 900_000, 20_000_000]);
    for number in 0..s.between(5, 22) {
        let (pull, author) = (s.issue_no(3_500 + number * 2), s.somebody());
        for _ in 0..s.pick(&[1, 1, 1, 2, 3]) {
            let pushed = s.event("github", "pull_request.synchronize", &author, &pull).tree(s.hex(40));
            pushed.text(s.sentence(5)).within(gap / 6, gap);
            let failed = s.event("github", "check_run.completed", &check, &pull).state("sign-off", "failure");
            failed.text("1 commit is not signed off").within(2_000, 20_000);
            let help = s.wants(failed, "comment", &pull, "Please sign off: git commit --amend --signoff");
            s.echo(help.within(900, 5_000), "issue_comment.created");
        }
        let pushed = s.event("github", "pull_request.synchronize", &author, &pull).tree(s.hex(40));
        pushed.text(s.sentence(5)).within(60_000, 900_000);
    }
}

fn branch_rules_of_two_files(s: &Scene) {
    let main = s.part("@main");
    let policy = Actor::new("policy-app", s.pick(&["app", "app", "bot", "human"]));
    let (property, ours, theirs) = s.pick(&[("reviews", "1", "2"), ("linear_history", "off", "on")]);
    let (tells, states, shows, keeps) = (s.chance(35), s.chance(70), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(3_000, 15_000), (280_000, 320_000), (14_000_000, 15_000_000)]);
    let write = |heard| {
        let act = s.wants(heard, "rules.update", &main, "as in .github/settings.yml").writes(property, ours);
        if let Some(echo) = s.echo(act.within(700, 6_000), "branch_protection_rule.edited") {
            echo.state(property, ours);
        }
        act
    };
    // People who click in the settings are corrected once.
    for _ in 0..s.between(0, 4) {
        let edited = s.event("github", "branch_protection_rule.edited", &s.somebody(), &main);
        write(edited.state(property, theirs).within(5_000_000, 90_000_000));
    }
    let enforced = |count: u64| {
        let event = s.event("github", "branch_protection_rule.edited", &policy, &main);
        let text = if shows { format!("repaired by policy, finding {}", 310 + count) } else { "repaired".to_owned() };
        if states { event.state(property, theirs).text(text) } else { event.text(format!("{text}: {property}")) }
    };
    let mut heard = enforced(0).within(5_000_000, 90_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = write(heard);
        if tells {
            s.wants(heard, "message", &s.channel(), &format!("{property} of main is {ours} again"))
                .within(6_100, 9_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["who needs to review this?", "merged now?"])).within(900, 60_000);
        }
        heard = enforced(round + 1).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn branch_rules_raised_by_plan(s: &Scene) {
    let (size, repo) = (s.between(6, 34), s.repo());
    let order = s.person_orders(&repo, "two reviews on main, everywhere");
    let pause = s.pick(&[900, 6_000, 60_000]);
    for number in 0..size {
        let main = format!("{repo}-{number}@main");
        let act = s.wants(order, "rules.update", &main, "two reviews").writes("reviews", "2").in_plan("rules", size);
        if let Some(echo) = s.echo(act.after(800 + number * pause), "branch_protection_rule.edited") {
            echo.state("reviews", "2");
        }
    }
    for _ in 0..s.between(0, 9) {
        let main = format!("{repo}-{}@main", s.between(0, size - 1));
        let loosened = s.event("github", "branch_protection_rule.edited", &s.somebody(), &main);
        loosened.state("reviews", "1").text("hotfix").within(900_000, 40_000_000);
        let back = s.wants(loosened, "rules.update", &main, "two reviews").writes("reviews", "2").attempt(1, 1);
        back.within(1_800_000, 3_600_000);
    }
}

fn duplicates_of_each_other(s: &Scene) {
    let (first, second) = (s.issue_no(s.between(100, 400)), s.issue_no(s.between(500, 800)));
    let finder = Actor::new("duplicate-finder", s.pick(&["bot", "app", "app", "human"]));
    let (explains, thinks, scores, keeps) = (s.chance(40), s.chance(40), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(4_000, 30_000), (300_000, 900_000), (250_000_000, 262_000_000)]);
    let closed = |place: &str, other: &str| {
        let number = other.rsplit('#').next().unwrap_or_default();
        let text = match (thinks, scores) {
            (true, _) => format!("{} Duplicate of #{number}.", s.paraphrase()),
            (false, true) => format!("Duplicate of #{number} (0.{})", s.between(81, 97)),
            (false, false) => format!("Duplicate of #{number}"),
        };
        s.event("github", "issues.closed", &finder, place).text(text).state("status", "closed")
    };
    // Mostly the original is closed by mistake, and stays open from then on.
    for number in 0..s.between(0, 4) {
        let (copy, original) = (s.issue_no(2_000 + number), s.issue_no(1_000 + number));
        let heard = closed(&copy, &original).within(900_000, 30_000_000);
        s.wants(heard, "issue.reopen", &original, "").writes("status", "open").within(900, 9_000);
    }
    let mut heard = closed(&first, &second).within(900_000, 30_000_000);
    for round in s.rounds(if explains { s.between(12, 26) } else { s.between(22, 46) }) {
        let (original, other) = if round % 2 == 0 { (&second, &first) } else { (&first, &second) };
        let reopen = s.wants(heard, "issue.reopen", original, "").writes("status", "open").within(900, 9_000);
        if explains {
            let text =
                if thinks { s.paraphrase() } else { "A closed report names this one, so it stays open.".to_owned() };
            s.wants(heard, "comment", original, &text).within(9_100, 12_000);
        }
        if s.chance(8) {
            s.person_says(original, s.pick(&["this still happens", "please do not close it"])).within(900, 90_000);
        }
        heard = closed(original, other).because(reopen).token_in(reopen, keeps).within(soon, late);
    }
}

fn duplicates_of_one_outage(s: &Scene) {
    let (original, finder) = (s.issue(), Actor::new("duplicate-finder", s.pick(&["bot", "app"])));
    let number = original.rsplit('#').next().unwrap_or_default().to_owned();
    let gap = s.pick(&[9_000, 90_000, 900_000]);
    for count in 1..=s.between(5, 34) {
        let copy = s.issue_no(1_200 + count * 2);
        let opened = s.event("github", "issues.opened", &s.somebody(), &copy).text(s.sentence(6));
        opened.within(gap / 6, gap);
        let named = s.event("github", "issue_comment.created", &finder, &copy);
        named.text(format!("Possible duplicate of #{number} (0.{})", s.between(81, 97))).within(2_000, 8_000);
        s.wants(named, "issue.close", &copy, &format!("Duplicate of #{number}")).writes("status", "closed");
        let edit = s.wants(named, "comment.edit", &original, &format!("Reported {} times", count + 1)).progress(count);
        s.echo(edit.within(1_000, 2_000), "issue_comment.edited");
    }
}

fn dead_links_in_the_link_report(s: &Scene) {
    let main = s.part("@main");
    let pusher = Actor::new(s.pick(&["github-actions", "docs-user"]), s.pick(&["app", "bot", "human"]));
    let (checks, known, grows, dated) = (s.chance(45), s.chance(40), s.chance(65), s.chance(40));
    let keeps = s.pick(&[0, 60]);
    let (soon, late) = s.pick(&[(4_000, 20_000), (60_000, 300_000), (900_000, 2_400_000)]);
    let person_pushes = || {
        let push = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        push.within(600_000, 40_000_000)
    };
    // Until the first link died there was nothing to report.
    for _ in 0..s.between(0, 3) {
        let check = s.wants(person_pushes(), "links.check", &main, "all pages").within(500, 3_000);
        s.reports(check, "links.checked", "0 dead links").within(soon, late);
    }
    let (mut heard, mut dead) = (person_pushes(), s.between(2, 20));
    for round in s.rounds(if checks { s.between(12, 26) } else { s.between(22, 46) }) {
        let cause = if checks {
            let check = s.wants(heard, "links.check", &main, "all pages").within(500, 3_000);
            s.reports(check, "links.checked", &format!("{dead} dead links")).within(soon, late)
        } else {
            heard
        };
        let time = if dated { format!(", {}", s.timestamp()) } else { String::new() };
        let report = s.wants(cause, "push", &main, &format!("Link report: {dead} dead links{time}"));
        let tree = s.hex(40);
        report.writes("tree", &tree).within(900, 6_000);
        if grows {
            dead += if round % 3 == 0 { s.between(1, 5) } else { 1 };
        }
        if s.chance(6) {
            let branch = s.part("@draft");
            s.event("github", "push", &s.somebody(), &branch).text(s.sentence(4)).tree(s.hex(40)).within(900, 60_000);
        }
        heard = if known {
            s.comes_back(report, "push")
        } else {
            let push = s.event("github", "push", &pusher, &main).because(report).token_in(report, keeps);
            push.text(report.text()).within(soon, late)
        };
        heard.tree(&tree);
    }
}

fn links_checked_after_pushes(s: &Scene) {
    let (main, report, gap) = (s.part("@main"), s.issue(), s.pick(&[60_000, 900_000, 30_000_000]));
    for number in 1..=s.between(5, 32) {
        let push = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        let check = s.wants(push.within(gap / 6, gap), "links.check", &main, "pages of this push").reads_only();
        let dead = s.pick(&[0, 0, 3, 3, 4]);
        let checked = s.reports(check, "links.checked", &format!("{dead} dead links")).within(900, 9_000);
        let edit = s.wants(checked, "comment.edit", &report, &format!("{dead} dead links")).progress(number);
        s.echo(edit.within(500, 3_000), "issue_comment.edited");
    }
}
