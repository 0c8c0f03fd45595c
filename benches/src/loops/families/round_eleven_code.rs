//! Repositories: floating tags, submodules, auto-merge, pinned digests, generated files and statuses.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "floating_tag_is_a_release_tag",
        "",
        "A release moves the floating tag v2 to itself, and the release workflow runs for each pushed tag that begins with v",
        floating_tag_is_a_release_tag,
    ),
    declared(
        "floating_tags_after_releases",
        "",
        "People release several actions; each release moves two floating tags as a plan of three, whose pushes are no versions",
        floating_tags_after_releases,
    ),
    looping(
        "submodules_of_each_other",
        "",
        "Two repositories have each other as a submodule, and in each of them a bot commits the newest head of the other one",
        submodules_of_each_other,
    ),
    declared(
        "submodules_after_merges",
        "",
        "People merge into several libraries all week, and the repository that has them as submodules gets each new head once",
        submodules_after_merges,
    ),
    looping(
        "auto_merge_turned_off_by_a_push",
        "",
        "We enable auto-merge, an app then pushes an empty commit to start the checks, and a push without write access disables it",
        auto_merge_turned_off_by_a_push,
    ),
    declared(
        "auto_merge_on_approved_changes",
        "",
        "Auto-merge is enabled on each approved change, as attempt n of three where a late push of its author has disabled it",
        auto_merge_on_approved_changes,
    ),
    looping(
        "digest_pinned_and_unpinned",
        "",
        "A bot pins each action of a workflow to its digest, and our check of the allow-list, which knows tags only, puts the tag back",
        digest_pinned_and_unpinned,
    ),
    declared(
        "digests_pinned_by_plan",
        "",
        "A person has all workflows pinned to digests, file by file by a plan; later an updater raises some of them and we look at each",
        digests_pinned_by_plan,
    ),
    looping(
        "typo_in_a_generated_file",
        "",
        "A spelling bot corrects a word in a file that is generated, and after each push a generator writes it anew from its source",
        typo_in_a_generated_file,
    ),
    careless(
        "typos_fixed_after_pushes",
        "",
        "People push texts all day, and after many of their pushes a spelling bot commits its corrections with the same message",
        typos_fixed_after_pushes,
    ),
    looping(
        "summary_counts_as_a_status",
        "",
        "We set a status that sums up all statuses of a commit whenever one of them changes, and ours is one of them",
        summary_counts_as_a_status,
    ),
    declared(
        "summary_of_a_matrix",
        "",
        "Each job of a matrix reports a status, a summary counts how many are done, and its own status comes back and is left alone",
        summary_of_a_matrix,
    ),
];

fn floating_tag_is_a_release_tag(s: &Scene) {
    let (releases, tag) = (s.part("/releases"), s.part("@v2"));
    let (known, builds, style, keeps) = (s.chance(45), s.chance(50), s.pick(&[0, 1, 2]), s.pick(&[0, 60]));
    let pusher = Actor::new(s.pick(&["github-actions", "release-user"]), s.pick(&["app", "bot", "human"]));
    let (soon, late) = s.pick(&[(8_000, 30_000), (90_000, 400_000), (1_500_000, 4_000_000)]);
    let person_pushes = |name: &str| {
        let pushed = s.event("github", "push", &s.somebody(), &s.part(&format!("@{name}")));
        pushed.text(name).tree(s.hex(40)).within(3_000_000, 80_000_000)
    };
    // Before there was a floating tag each version was released once.
    for patch in 0..s.between(0, 4) {
        let name = format!("v2.3.{patch}");
        s.wants(person_pushes(&name), "release.create", &releases, &name).within(soon, late);
    }
    let (mut pushed, mut sha) = (person_pushes("v2.4.0"), s.hex(40));
    for round in s.rounds(s.between(12, 26)) {
        let name = if round == 0 { "v2.4.0" } else { "v2" };
        let text = match style {
            0 => name.to_owned(),
            1 => format!("{name}: {}", s.paraphrase()),
            _ => format!("{name} (run {})", 4_000 + 7 * round),
        };
        s.wants(pushed, "release.create", &releases, &text).within(soon, late);
        if builds {
            sha = s.hex(40);
        }
        let moved = s.wants(pushed, "tag.move", &tag, "v2").writes("tree", &sha).after(late + s.between(500, 3_000));
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["so many releases today?", "which v2 is the right one?"]))
                .within(900, 90_000);
        }
        pushed = if known {
            s.comes_back(moved, "push")
        } else {
            let again = s.event("github", "push", &pusher, &tag).because(moved).token_in(moved, keeps);
            again.text("v2").within(900, 9_000)
        };
        pushed.tree(&sha);
    }
}

fn floating_tags_after_releases(s: &Scene) {
    let actions = s.between(2, 5);
    let gap = s.pick(&[200_000, 3_000_000, 60_000_000]);
    for number in 0..s.between(2, 12) {
        let home = format!("{}-action{}", s.repo(), s.between(1, actions));
        let (minor, plan) = (s.between(0, 9), format!("release-{number}"));
        let name = format!("v2.{minor}.{}", s.between(0, 9));
        let pushed = s.event("github", "push", &s.somebody(), &format!("{home}@{name}")).text(&name);
        pushed.tree(s.hex(40)).within(gap / 4, gap);
        let release = s.wants(pushed, "release.create", &format!("{home}/releases"), &name).in_plan(&plan, 3);
        release.within(8_000, 30_000);
        for (place, tag) in (0..).zip(["v2".to_owned(), format!("v2.{minor}")]) {
            let moved = s.wants(pushed, "tag.move", &format!("{home}@{tag}"), &tag).in_plan(&plan, 3);
            s.echo(moved.after(31_000 + place * 1_500), "push");
        }
    }
}

fn submodules_of_each_other(s: &Scene) {
    let (app, docs) = (s.part("@main"), s.part("-docs@main"));
    let (both, shows, thinks, keeps) = (s.chance(40), s.chance(65), s.chance(25), s.pick(&[0, 60, 100]));
    let other = Actor::new("submodule-bot", s.pick(&["bot", "app", "human"]));
    let (soon, late) = s.pick(&[(3_000, 15_000), (60_000, 300_000), (3_500_000, 3_800_000)]);
    let says = |name: &str, head: &str| match (shows, thinks) {
        (true, _) => format!("Bump {name} to {}", &head[..7]),
        (false, true) => s.paraphrase(),
        (false, false) => "Update submodules".to_owned(),
    };
    let person_pushes = || {
        let push = s.event("github", "push", &s.somebody(), &app).text(s.sentence(6)).tree(s.hex(40));
        push.within(600_000, 30_000_000)
    };
    // At first only the documentation had the application as a submodule.
    for _ in 0..s.between(0, 4) {
        let head = s.hex(40);
        let bump = s.wants(person_pushes(), "push", &docs, &says("app", &head)).writes("tree", &head);
        s.echo(bump.within(2_000, 9_000), "push");
    }
    let mut heard = person_pushes();
    for _ in s.rounds(if both { s.between(12, 26) } else { s.between(22, 46) }) {
        let (head, back) = (s.hex(40), s.hex(40));
        let bump = s.wants(heard, "push", &docs, &says("app", &head)).writes("tree", &head).within(2_000, 9_000);
        heard = if both {
            let seen = s.comes_back(bump, "push").tree(&head);
            let answer = s.wants(seen, "push", &app, &says("docs", &back)).writes("tree", &back).within(soon, late);
            s.comes_back(answer, "push").tree(&back)
        } else {
            if let Some(echo) = s.echo(bump, "push") {
                echo.tree(&head);
            }
            let push = s.event("github", "push", &other, &app).because(bump).token_in(bump, keeps);
            push.text(says("docs", &back)).tree(&back).within(soon, late)
        };
        if s.chance(7) {
            // A colleague works on a branch meanwhile.
            let branch = s.part("@feature/search");
            s.event("github", "push", &s.somebody(), &branch).text(s.sentence(5)).tree(s.hex(40)).within(900, 60_000);
        }
    }
}

fn submodules_after_merges(s: &Scene) {
    let (whole, count) = (s.part("-all@main"), s.between(2, 6));
    let gap = s.pick(&[30_000, 600_000, 9_000_000]);
    for number in 1..=s.between(8, 45) {
        let name = format!("lib{}", s.between(1, count));
        let head = s.hex(40);
        let merged = s.event("github", "push", &s.somebody(), &s.part(&format!("-{name}@main")));
        merged.text(s.sentence(6)).tree(&head).within(gap / 5, gap);
        let text = format!("Bump {name} to {}", &head[..7]);
        let bump = s.wants(merged, "push", &whole, &text).writes("tree", s.hex(40)).progress(number);
        s.echo(bump.within(2_000, 9_000), "push");
    }
}

fn auto_merge_turned_off_by_a_push(s: &Scene) {
    let issue = s.issue();
    let starter = Actor::new("check-starter", s.pick(&["app", "bot", "human"]));
    let blamed = if s.chance(50) { starter.clone() } else { Actor::system("github") };
    let (tells, thinks, shows, names) = (s.chance(40), s.chance(40), s.chance(60), s.chance(50));
    let keeps = s.pick(&[0, 0, 60]);
    let (soon, late) = s.pick(&[(1_500, 6_000), (30_000, 200_000), (1_700_000, 1_900_000)]);
    let approved = s.event("github", "pull_request_review.submitted", &s.somebody(), &issue);
    let mut heard = approved.text("fine with me").state("review", "approved");
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let enable = s.wants(heard, "auto_merge.enable", &issue, "squash").writes("auto_merge", "on");
        enable.within(300, 1_400);
        if tells {
            let text = if thinks { s.paraphrase() } else { "Auto-merge is on: merged when all is green.".to_owned() };
            s.wants(heard, "comment", &issue, &text).within(1_410, 1_490);
        }
        let wait = s.between(soon, late);
        if shows {
            let push = s.event("github", "pull_request.synchronize", &starter, &issue).because(enable);
            push.text("Start the checks").tree(s.hex(40)).after(wait);
        }
        if s.chance(6) {
            s.person_says(&issue, s.pick(&["why is this not in yet?", "it was on a minute ago"])).within(900, 90_000);
        }
        heard = s.event("github", "pull_request.auto_merge_disabled", &blamed, &issue).because(enable);
        heard.state("auto_merge", "off").token_in(enable, keeps).after(wait + s.between(100, 900));
        if names {
            heard.text("disabled by a push of check-starter");
        }
    }
}

fn auto_merge_on_approved_changes(s: &Scene) {
    for number in 0..s.between(5, 16) {
        let (issue, author) = (s.issue_no(3_100 + number * 4), s.somebody());
        let mut attempt = 1;
        loop {
            let approved = s.event("github", "pull_request_review.submitted", &s.somebody(), &issue);
            approved.text(s.pick(&["fine with me", "thanks", ""])).state("review", "approved");
            approved.within(300_000, 8_000_000);
            let enable = s.wants(approved, "auto_merge.enable", &issue, "squash").writes("auto_merge", "on");
            enable.attempt(attempt, 3).within(300, 2_000);
            attempt += 1;
            if attempt <= 3 && s.chance(35) {
                let push = s.event("github", "pull_request.synchronize", &author, &issue).text(s.sentence(5));
                push.tree(s.hex(40)).within(20_000, 600_000);
                let off = s.event("github", "pull_request.auto_merge_disabled", &author, &issue).because(enable);
                off.state("auto_merge", "off").after(601_000);
            } else {
                let merged = s.event("github", "pull_request.closed", &s.us(), &issue).because(enable).token(enable);
                merged.state("merged", "yes").within(200_000, 1_500_000);
                break;
            }
        }
    }
}

fn digest_pinned_and_unpinned(s: &Scene) {
    let main = s.part("@main");
    let pinner = Actor::new("pin-bot", s.pick(&["bot", "app", "human"]));
    let (pinned, tagged) = (s.hex(40), s.hex(40));
    let (same, thinks, shows, keeps) = (s.chance(55), s.chance(35), s.chance(60), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(4_000, 30_000), (500_000, 3_000_000), (80_000_000, 90_000_000)]);
    let tree = |fixed: &str| if same { fixed.to_owned() } else { s.hex(40) };
    let unpin = |heard| {
        let (after, digest) = (tree(&tagged), s.hex(7));
        let text = match (thinks, shows) {
            (true, _) => s.paraphrase(),
            (false, true) => format!("actions/checkout: {digest} is not on the allow-list, use v4"),
            (false, false) => "Use the versions of the allow-list".to_owned(),
        };
        let act = s.wants(heard, "push", &main, &text).writes("tree", &after).within(1_500, 9_000);
        if let Some(echo) = s.echo(act, "push") {
            echo.tree(&after);
        }
        act
    };
    // People who pin by hand are corrected once.
    for _ in 0..s.between(0, 4) {
        let push = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
        unpin(push.within(600_000, 60_000_000));
    }
    let first = s.event("github", "push", &pinner, &main).text("Pin actions to digests").tree(&pinned);
    let mut heard = first.within(600_000, 60_000_000);
    for _ in s.rounds(s.between(22, 48)) {
        let act = unpin(heard);
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["who changes the workflows?", "CI runs all day"])).within(900, 90_000);
        }
        heard = s.event("github", "push", &pinner, &main).because(act).token_in(act, keeps);
        heard.text("Pin actions to digests").tree(tree(&pinned)).within(soon, late);
    }
}

fn digests_pinned_by_plan(s: &Scene) {
    let (main, size) = (s.part("@main"), s.between(5, 24));
    let ci = Actor::new("ci", s.pick(&["app", "bot"]));
    let order = s.person_orders(&s.repo(), "pin all actions to digests");
    for number in 0..size {
        let text = format!("Pin actions of .github/workflows/{}-{number}.yml", s.word());
        let push = s.wants(order, "push", &main, &text).writes("tree", s.hex(40)).in_plan("pin", size);
        push.after(2_000 + number * s.pick(&[5_000, 5_500]));
        s.echo(push, "push");
    }
    let updater = Actor::new("updater", s.pick(&["bot", "app", "human"]));
    for number in 0..s.between(0, 14) {
        let pull = s.issue_no(4_000 + number * 3);
        let opened = s.event("github", "pull_request.opened", &updater, &pull);
        opened.text(format!("Update actions/{} digest to {}", s.word(), s.hex(7))).within(60_000, 9_000_000);
        let look = s.wants(opened, "digest.verify", &pull, "does the digest belong to a release?").reads_only();
        let known = s.reports(look, "digest.verified", "v4.1").within(900, 9_000);
        let merge = s.wants(known, "pull.merge", &pull, "squash").writes("merged", "yes");
        let green = s.event("github", "check_suite.completed", &ci, &main).because(merge);
        green.state("checks", "success").within(60_000, 400_000);
    }
}

fn typo_in_a_generated_file(s: &Scene) {
    let main = s.part("@main");
    let (both, fixed, style, keeps) = (s.chance(35), s.chance(65), s.pick(&[0, 1, 2]), s.pick(&[0, 60, 100]));
    let generator = Actor::new("docs-generator", s.pick(&["bot", "app", "human"]));
    let (wrong, right) = s.pick(&[("recieve", "receive"), ("seperate", "separate"), ("occured", "occurred")]);
    let (clean, dirty) = (s.hex(40), s.hex(40));
    let (soon, late) = s.pick(&[(5_000, 25_000), (100_000, 600_000), (3_000_000, 9_000_000)]);
    let tree = |digest: &str| if fixed { digest.to_owned() } else { s.hex(40) };
    let anew = "Regenerate the reference";
    let first = s.event("github", "push", &s.somebody(), &main).text("Describe the new call").tree(s.hex(40));
    let mut heard = first.within(600_000, 9_000_000);
    for round in s.rounds(if both { s.between(12, 26) } else { s.between(22, 48) }) {
        let text = match style {
            0 => format!("Fix typo: {wrong} -> {right}"),
            1 => s.paraphrase(),
            _ => format!("Fix {} typos, {} since Monday", s.between(1, 3), 2 * round + 1),
        };
        let after = tree(&clean);
        let fix = s.wants(heard, "push", &main, &text).writes("tree", &after).within(2_000, 20_000);
        heard = if both {
            let (seen, back) = (s.comes_back(fix, "push").tree(&after), tree(&dirty));
            let write = s.wants(seen, "push", &main, anew).writes("tree", &back).within(soon, late);
            s.comes_back(write, "push").tree(&back)
        } else {
            if let Some(echo) = s.echo(fix, "push") {
                echo.tree(&after);
            }
            let push = s.event("github", "push", &generator, &main).because(fix).token_in(fix, keeps);
            push.text(anew).tree(tree(&dirty)).within(soon, late)
        };
        if s.chance(6) {
            s.person_says(&s.issue(), s.pick(&["I would write that in two sentences", "is this page done?"]))
                .within(900, 90_000);
        }
    }
}

fn typos_fixed_after_pushes(s: &Scene) {
    let (main, gap) = (s.part("@main"), s.pick(&[40_000, 600_000, 4_000_000]));
    let generator = Actor::new("docs-generator", s.pick(&["bot", "app"]));
    for number in 0..s.between(9, 50) {
        let push = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        push.within(gap / 6, gap);
        if number < 6 || s.chance(65) {
            let after = s.hex(40);
            let fix = s.wants(push, "push", &main, "Fix typos").writes("tree", &after).within(2_000, 20_000);
            if let Some(echo) = s.echo(fix, "push") {
                echo.tree(&after);
            }
            if s.chance(20) {
                // What is generated from the texts is right, so nobody answers.
                let built = s.event("github", "push", &generator, &s.part("@pages")).because(fix);
                built.text("Regenerate the reference").tree(s.hex(40)).within(30_000, 200_000);
            }
        }
    }
}

fn summary_counts_as_a_status(s: &Scene) {
    let commit = s.part(&format!("@{}", s.hex(12)));
    let (known, style, keeps) = (s.chance(55), s.pick(&[0, 1, 2]), s.pick(&[0, 0, 60, 100]));
    let service = Actor::new("status-service", s.pick(&["app", "bot", "human", "unknown"]));
    let (soon, late) = s.pick(&[(30, 250), (900, 4_000), (20_000, 90_000)]);
    let jobs = s.between(2, 5);
    let mut heard = s.event("github", "push", &s.somebody(), &commit).text(s.sentence(6));
    for number in 1..=jobs {
        // Before the last of them there is nothing to sum up.
        heard = s.event("github", "status", &Actor::app("ci"), &commit).text(format!("job {number}"));
        heard.state(&format!("ci/{number}"), "success").within(20_000, 200_000);
    }
    for round in s.rounds(s.between(22, 54)) {
        let text = match style {
            0 => "all statuses are green".to_owned(),
            1 => format!("{0} of {0} green", jobs + round),
            _ => format!("all green at {}", s.timestamp()),
        };
        let sum = s.wants(heard, "status.set", &commit, &text).writes("summary", "success").within(20, 400);
        heard = if known {
            s.comes_back(sum, "status")
        } else {
            let event = s.event("github", "status", &service, &commit).because(sum).token_in(sum, keeps);
            event.text(&text)
        };
        heard.state("summary", "success").within(soon, late);
        if s.chance(5) {
            s.person_says(&s.issue(), &s.sentence(7)).within(900, 60_000);
        }
    }
}

fn summary_of_a_matrix(s: &Scene) {
    let gap = s.pick(&[300, 8_000, 60_000]);
    for _ in 0..s.between(1, 3) {
        let commit = s.part(&format!("@{}", s.hex(12)));
        let jobs = s.between(6, 24);
        s.event("github", "push", &s.somebody(), &commit).text(s.sentence(6)).within(600_000, 6_000_000);
        for number in 1..=jobs {
            let status = s.event("github", "status", &Actor::app("ci"), &commit).text(format!("job {number}"));
            let value = s.pick(&["success", "success", "success", "failure"]);
            status.state(&format!("ci/{number}"), value).within(gap / 6, gap);
            let (text, value) = (format!("{number} of {jobs} done"), if number < jobs { "pending" } else { "success" });
            let sum = s.wants(status, "status.set", &commit, &text).writes("summary", value).progress(number);
            if let Some(echo) = s.echo(sum, "status") {
                echo.state("summary", value);
            }
        }
    }
}
