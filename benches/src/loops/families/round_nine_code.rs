//! Code hosting: updaters, branches that follow each other, generated files, contributors and a shared environment.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "only_people_with_push_access",
        "",
        "We ask an updater to rebase when its branch is behind, it answers that only people with push access may ask, and we look again",
        only_people_with_push_access,
    ),
    declared(
        "rebase_asked_for_each_branch",
        "",
        "After each merge of a person the updater is asked by plan to rebase each branch that is behind, and pushes it",
        rebase_asked_for_each_branch,
    ),
    looping(
        "merged_forth_and_back",
        "",
        "We merge main back into develop, a release robot promotes develop to main, and squashing makes each merge a new commit",
        merged_forth_and_back,
    ),
    declared(
        "hotfixes_merged_back",
        "",
        "Hotfixes of people are merged from main into develop and all supported branches by a plan, and promoted once a week",
        hotfixes_merged_back,
    ),
    looping(
        "run_label_after_each_push",
        "",
        "A label makes us generate files and push them, and a trust bot sets the label after each push of a known account, ours too",
        run_label_after_each_push,
    ),
    careless(
        "run_label_by_maintainers",
        "",
        "Maintainers set a label on many pull requests, some of them several times; we take it off, generate files and push them",
        run_label_by_maintainers,
    ),
    looping(
        "rebase_box_stays_ticked",
        "",
        "Somebody ticks the box that asks for a rebase; we never untick it, and each failed check makes us look and rebase again",
        rebase_box_stays_ticked,
    ),
    declared(
        "rebase_box_ticked_by_people",
        "",
        "People tick the rebase boxes of several updates for days, each tick is one rebase, and the box is unticked after it",
        rebase_box_ticked_by_people,
    ),
    looping(
        "each_pull_request_mentions_us",
        "",
        "We open a pull request whenever we are mentioned, and a linter quotes the title of each, in which we are mentioned",
        each_pull_request_mentions_us,
    ),
    declared(
        "contributors_added_after_a_release",
        "",
        "After a release a maintainer names one contributor after the other; each gets a pull request, on which a linter comments",
        contributors_added_after_a_release,
    ),
    careless(
        "staging_taken_in_turn",
        "",
        "A team shares one staging environment: people lock, deploy and unlock it by commands all day, and a bot does it and says so",
        staging_taken_in_turn,
    ),
];

fn only_people_with_push_access(s: &Scene) {
    let issue = s.issue();
    let updater = Actor::new("dependabot[bot]", s.pick(&["bot", "bot", "app", "human"]));
    let command = s.pick(&["@dependabot rebase", "@dependabot recreate", "@dependabot merge"]);
    let (explains, names_us, echoes) = (s.chance(50), s.chance(40), s.chance(50));
    let (soon, late) = s.pick(&[(900, 5_000), (8_000, 60_000), (200_000, 900_000)]);
    let ask = |heard| {
        let text = if explains { format!("{command}\n\nMain moved on to {}.", s.hex(7)) } else { command.to_owned() };
        let asked = s.wants(heard, "comment", &issue, &text).within(400, 5_000);
        if echoes {
            s.comes_back(asked, "issue_comment.created");
        }
        asked
    };
    // As long as our account has the right to push, the updater does what it is asked for.
    for _ in 0..s.between(0, 4) {
        let merged = s.event("github", "push", &s.somebody(), &s.part("@main")).tree(s.hex(40));
        let asked = ask(merged.within(900_000, 30_000_000));
        let pushed = s.event("github", "pull_request.synchronize", &updater, &issue).because(asked).token(asked);
        pushed.tree(s.hex(40)).within(20_000, 200_000);
    }
    let merged = s.event("github", "push", &s.somebody(), &s.part("@main")).tree(s.hex(40));
    let mut heard = merged.within(900_000, 30_000_000);
    for _ in s.rounds(s.between(22, 50)) {
        let asked = ask(heard);
        let whom = if names_us { format!("@{} ", s.us().name) } else { String::new() };
        heard = s.event("github", "issue_comment.created", &updater, &issue).because(asked).token(asked);
        heard.text(format!("{whom}Sorry, only users with push access can use that command.")).within(soon, late);
        if s.chance(6) {
            s.person_says(&issue, s.pick(&["what is this", "stop it please", "who owns this bot?"]))
                .within(500, 60_000);
        }
    }
}

fn rebase_asked_for_each_branch(s: &Scene) {
    let updater = Actor::new("dependabot[bot]", s.pick(&["bot", "app"]));
    let mut branches: Vec<_> = (0..s.between(4, 9)).map(|index| s.issue_no(3_000 + index * 7)).collect();
    while !branches.is_empty() {
        let size = branches.len() as u64;
        let plan = format!("rebase-{}", s.hex(6));
        let merged = s.event("github", "push", &s.somebody(), &s.part("@main")).text(s.sentence(6)).tree(s.hex(40));
        merged.within(1_200_000, 9_000_000);
        for (index, branch) in (0..).zip(&branches) {
            let asked = s.wants(merged, "comment", branch, "@dependabot rebase").in_plan(&plan, size);
            asked.after(800 + index * 1_500);
            s.echo(asked, "issue_comment.created");
            let pushed = s.event("github", "pull_request.synchronize", &updater, branch).because(asked).token(asked);
            pushed.tree(s.hex(40)).within(20_000, 300_000);
        }
        let gone = s.between(1, 3);
        for _ in 0..gone {
            branches.pop();
        }
    }
}

fn merged_forth_and_back(s: &Scene) {
    let (main, develop) = (s.part("@main"), s.part("@develop"));
    let theirs = Actor::new("release-robot", s.pick(&["app", "bot", "human", "human"]));
    // Often both directions are workflows of one account.
    let robot = if s.chance(35) { s.us() } else { theirs };
    let by_pull = s.chance(45);
    let (soon, late) = s.pick(&[(4_000, 30_000), (120_000, 600_000), (3_500_000, 7_200_000)]);
    let mut number = s.between(100, 800);
    // While merges were real merges, develop had all that main had, and the robot had nothing to promote.
    for _ in 0..s.between(0, 5) {
        let pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
        let back = s.wants(pushed.within(3_600_000, 80_000_000), "branch.merge", &develop, "Merge main into develop");
        let seen = s.event("github", "push", &s.us(), &develop).because(back).token(back);
        seen.text("Merge main into develop").tree(s.hex(40)).within(800, 9_000);
    }
    let mut pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
    pushed.within(3_600_000, 80_000_000);
    for _ in s.rounds(if by_pull { s.between(12, 26) } else { s.between(22, 48) }) {
        let title = format!("chore: sync main back into develop ({})", s.hex(7));
        let merged = if by_pull {
            number += s.between(1, 3);
            let pull = s.issue_no(number);
            let opened = s.wants(pushed, "pull.open", &pull, &title).within(2_000, 20_000);
            let checks = Actor::app("github-actions[bot]");
            let green = s.event("github", "check_suite.completed", &checks, &pull).because(opened);
            green.state("checks", "success").within(20_000, 240_000);
            s.wants(green, "pull.merge", &pull, "squash").writes("merged", "yes")
        } else {
            s.wants(pushed, "branch.merge", &develop, &title).within(2_000, 20_000)
        };
        let seen = s.event("github", "push", &s.us(), &develop).because(merged).token(merged);
        seen.text(format!("{title} (#{number})")).tree(s.hex(40)).within(800, 3_900);
        if s.chance(8) {
            s.event("github", "push", &s.somebody(), &s.part("@feature/login")).tree(s.hex(40)).within(1_000, 60_000);
        }
        pushed = s.event("github", "push", &robot, &main).because(merged).tree(s.hex(40));
        pushed.text(format!("Promote develop to main ({})", s.hex(7))).within(soon, late);
    }
}

fn hotfixes_merged_back(s: &Scene) {
    let main = s.part("@main");
    let robot = Actor::new("release-robot", s.pick(&["app", "bot", "human"]));
    let targets: Vec<_> = ["@develop", "@support/7", "@support/6"].map(|name| s.part(name)).to_vec();
    let targets = &targets[..s.pick(&[1, 2, 3])];
    for fix in 0..s.between(6, 18) {
        let (plan, title) = (format!("back-{fix}"), format!("fix: {}", s.sentence(4)));
        let pushed = s.event("github", "push", &s.somebody(), &main).text(&title).tree(s.hex(40));
        pushed.within(3_600_000, 90_000_000);
        for (index, target) in (0..).zip(targets) {
            let back = s.wants(pushed, "branch.merge", target, &title).in_plan(&plan, targets.len() as u64);
            back.after(2_000 + index * 4_000);
            let seen = s.event("github", "push", &s.us(), target).because(back).token(back);
            seen.text(&title).tree(s.hex(40)).within(800, 9_000);
        }
        if s.chance(30) {
            // The weekly promotion brings nothing that develop has not got.
            let promoted = s.event("github", "push", &robot, &main).text("Promote develop to main").tree(s.hex(40));
            promoted.within(40_000_000, 300_000_000);
        }
    }
}

fn run_label_after_each_push(s: &Scene) {
    let issue = s.issue();
    let trust = Actor::new("trusted-contributions", s.pick(&["app", "bot", "human"]));
    let (takes_off, says_commit) = (s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(700, 4_000), (5_000, 40_000), (60_000, 240_000)]);
    let opened = s.event("github", "pull_request.opened", &Actor::bot("api-generator"), &issue);
    opened.text("feat: new methods").tree(s.hex(40));
    let mut labelled = s.event("github", "pull_request.labeled", &trust, &issue).state("lbl", "generate:run");
    labelled.within(2_000, 20_000);
    for _ in s.rounds(if takes_off { s.between(12, 27) } else { s.between(22, 46) }) {
        if takes_off {
            let off = s.wants(labelled, "unlabel", &issue, "generate:run").writes("lbl", "none").within(300, 2_000);
            if let Some(echo) = s.echo(off, "pull_request.unlabeled") {
                echo.text("").state("lbl", "none");
            }
        }
        // The generator sorts its imports differently each time.
        let text =
            if says_commit { format!("Generated from {}", s.hex(40)) } else { "Updates from the generator".to_owned() };
        let head = s.hex(40);
        let push = s.wants(labelled, "push", &issue, &text).writes("tree", &head).within(20_000, 120_000);
        let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
        seen.text(&text).tree(&head).within(300, 2_000);
        if s.chance(6) {
            s.person_says(&issue, &s.sentence(6)).within(2_000, 90_000);
        }
        labelled = s.event("github", "pull_request.labeled", &trust, &issue).because(push);
        labelled.state("lbl", "generate:run").after(2_000 + s.between(soon, late));
    }
}

fn run_label_by_maintainers(s: &Scene) {
    let trust = Actor::new("trusted-contributions", s.pick(&["app", "bot"]));
    let gap = s.pick(&[120_000, 1_800_000, 20_000_000]);
    for number in 0..s.between(3, 10) {
        let issue = s.issue_no(4_000 + number * 3);
        for _ in 0..s.between(1, 4) {
            let author = s.somebody();
            let pushed = s.event("github", "pull_request.synchronize", &author, &issue).tree(s.hex(40));
            pushed.within(gap / 6, gap);
            let who = if s.chance(40) { trust.clone() } else { s.somebody() };
            let labelled = s.event("github", "pull_request.labeled", &who, &issue).state("lbl", "generate:run");
            labelled.within(2_000, gap);
            let off = s.wants(labelled, "unlabel", &issue, "generate:run").writes("lbl", "none").within(300, 2_000);
            if let Some(echo) = s.echo(off, "pull_request.unlabeled") {
                echo.text("").state("lbl", "none");
            }
            let head = s.hex(40);
            let push = s.wants(labelled, "push", &issue, "Updates from the generator").writes("tree", &head);
            push.within(20_000, 110_000);
            let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
            seen.text("Updates from the generator").tree(&head).within(300, 2_000);
        }
    }
}

const TICKED: &str = "- [x] If you want to rebase/retry this PR, check this box";
const UNTICKED: &str = "- [ ] If you want to rebase/retry this PR, check this box";

fn rebase_box_stays_ticked(s: &Scene) {
    let issue = s.issue();
    let checks = Actor::new("github-actions[bot]", s.pick(&["app", "bot", "system"]));
    let (edits, says_why) = (s.chance(40), s.chance(50));
    let (soon, late) = s.pick(&[(40_000, 200_000), (600_000, 1_500_000), (3_000_000, 14_000_000)]);
    let package = s.word();
    let ticked = s.event("github", "pull_request.edited", &s.somebody(), &issue).text(format!("{package}\n\n{TICKED}"));
    let mut woken = ticked;
    for _ in s.rounds(if edits { s.between(12, 26) } else { s.between(22, 46) }) {
        let head = s.hex(40);
        let push = s.wants(woken, "branch.push", &issue, &format!("Update {package} to v2")).writes("tree", &head);
        push.within(3_000, 60_000);
        let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
        seen.tree(&head).within(300, 2_000);
        if edits {
            let body = format!("{package}\n\nLast rebased onto {}\n\n{TICKED}", s.hex(7));
            let edit = s.wants(woken, "pull.edit", &issue, &body).within(60_100, 64_000);
            s.echo(edit, "pull_request.edited");
        }
        if s.chance(7) {
            s.person_says(&issue, "the tests of this one are broken anyway").within(10_000, 600_000);
        }
        woken = s.event("github", "check_suite.completed", &checks, &issue).because(push);
        let reason = if says_why { format!("{} of 812 tests failed", s.between(2, 4)) } else { String::new() };
        woken.text(reason).state("checks", "failure").within(soon, late);
    }
}

fn rebase_box_ticked_by_people(s: &Scene) {
    let checks = Actor::new("github-actions[bot]", s.pick(&["app", "bot"]));
    let pulls: Vec<_> = (0..s.between(1, 4)).map(|index| (s.issue_no(5_000 + index), s.word())).collect();
    let gap = s.pick(&[300_000, 3_600_000, 30_000_000]);
    for _ in 0..s.between(6, 26) {
        let (issue, package) = &pulls[usize::try_from(s.between(0, pulls.len() as u64 - 1)).unwrap_or(0)];
        let ticked = s.event("github", "pull_request.edited", &s.somebody(), issue);
        ticked.text(format!("{package}\n\n{TICKED}")).within(gap / 4, gap);
        let head = s.hex(40);
        let push = s.wants(ticked, "branch.push", issue, &format!("Update {package} to v2")).writes("tree", &head);
        push.within(3_000, 60_000);
        let seen = s.event("github", "pull_request.synchronize", &s.us(), issue).because(push).token(push);
        seen.tree(&head).within(300, 2_000);
        let edit = s.wants(ticked, "pull.edit", issue, &format!("{package}\n\n{UNTICKED}")).within(60_100, 64_000);
        s.echo(edit, "pull_request.edited");
        let done = s.event("github", "check_suite.completed", &checks, issue).because(push);
        done.state("checks", s.pick(&["success", "failure", "failure"])).within(120_000, 900_000);
    }
}

fn each_pull_request_mentions_us(s: &Scene) {
    let linter = Actor::new("commit-lint", s.pick(&["bot", "app", "human"]));
    let (replies, counts) = (s.chance(40), s.chance(50));
    let (soon, late) = s.pick(&[(900, 6_000), (9_000, 60_000), (100_000, 400_000)]);
    let mut number = s.between(120, 800);
    let mut issue = s.issue_no(number);
    let mut heard = s.person_says(&issue, "@all-contributors please add @all-contributors for docs");
    for _ in s.rounds(if replies { s.between(12, 27) } else { s.between(22, 50) }) {
        let (before, title) = (issue, "docs: add @all-contributors as a contributor for doc");
        number += s.between(1, 4);
        issue = s.issue_no(number);
        let opened = s.wants(heard, "pull.open", &issue, title).within(1_500, 9_000);
        if let Some(echo) = s.echo(opened, "pull_request.opened") {
            echo.text(title);
        }
        if replies {
            let text = format!("I've put up a pull request to add @all-contributors! :tada: ({issue})");
            let said = s.wants(heard, "comment", &before, &text).within(9_100, 10_000);
            s.echo(said, "issue_comment.created");
        }
        heard = s.event("github", "issue_comment.created", &linter, &issue).because(opened).token(opened);
        let problems = if counts { s.between(1, 3) } else { 1 };
        heard.text(format!("{problems} problem in the title \"{title}\": subject may not start with @"));
        heard.within(soon, late);
        if s.chance(8) {
            s.person_says(&s.issue(), s.pick(&["oh no", "I lock this", "can somebody uninstall it?"]))
                .within(900, 60_000);
        }
    }
}

fn contributors_added_after_a_release(s: &Scene) {
    let linter = Actor::new("commit-lint", s.pick(&["bot", "app", "human"]));
    let (thread, maintainer) = (s.issue(), s.somebody());
    let gap = s.pick(&[20_000, 90_000, 600_000]);
    let mut number = s.between(1_000, 1_100);
    for contributor in 0..s.between(5, 24) {
        let (name, part) = (format!("@{}{contributor}", s.word()), s.pick(&["code", "doc", "test", "design"]));
        let said = s.says(&maintainer, &thread, &format!("@all-contributors please add {name} for {part}"));
        said.within(gap / 4, gap);
        number += s.between(1, 3);
        let pull = s.issue_no(number);
        let title = format!("docs: add {name} as a contributor for {part}");
        let opened = s.wants(said, "pull.open", &pull, &title).within(1_500, 9_000);
        s.echo(opened, "pull_request.opened");
        let text = format!("I've put up a pull request to add {name}! :tada: ({pull})");
        let answer = s.wants(said, "comment", &thread, &text).within(9_100, 10_000);
        s.echo(answer, "issue_comment.created");
        let remark = s.event("github", "issue_comment.created", &linter, &pull).because(opened).token(opened);
        remark.text(format!("1 problem in the title \"{title}\": subject may not be that long")).within(900, 60_000);
    }
}

fn staging_taken_in_turn(s: &Scene) {
    let channel = s.channel();
    let staging = s.azure("staging");
    let gap = s.pick(&[60_000, 600_000, 1_800_000]);
    for _ in 0..s.between(4, 12) {
        let who = s.somebody();
        let asked = s.says(&who, &channel, "/lock staging").within(gap / 6, gap);
        s.wants(asked, "lock.set", &staging, &who.name).writes("owner", &who.name);
        let said =
            s.wants(asked, "message", &channel, &format!("staging is locked by {}", who.name)).within(900, 1_500);
        s.echo(said, "message");
        for _ in 0..s.between(1, 2) {
            let order = s.says(&who, &channel, "/deploy staging").within(gap / 6, gap);
            let run = s.wants(order, "deploy.run", &staging, &format!("{}-{}", who.name, s.word()));
            let done = s.event("azure", "deploy.done", &Actor::runtime(), &staging).because(run).token(run);
            done.text(s.pick(&["ok", "ok", "smoke test failed"])).within(60_000, 400_000);
        }
        let free = s.says(&who, &channel, "/unlock staging").within(gap / 3, gap * 2);
        s.wants(free, "lock.clear", &staging, "").writes("owner", "none");
        let said = s.wants(free, "message", &channel, "staging is free").within(900, 1_500);
        s.echo(said, "message");
    }
}
