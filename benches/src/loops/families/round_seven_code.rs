//! Code hosting: update branches, commands, mirrors and merge queues.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "fixups_force_pushed_away",
        "",
        "We push lock file fixups to an update branch and the updater, told to ignore our commits, force-pushes its own tree over them",
        fixups_force_pushed_away,
    ),
    declared(
        "fixups_of_new_versions",
        "",
        "The updater moves its branch to a newer version each time one is published and we add the lock files once to each",
        fixups_of_new_versions,
    ),
    looping(
        "bad_command_in_the_title",
        "",
        "A command bot reads the title with every comment, its own too, and explains again that it does not understand the title",
        bad_command_in_the_title,
    ),
    careless(
        "person_tries_commands",
        "",
        "A person guesses at the command syntax again and again and gets the same help each time",
        person_tries_commands,
    ),
    looping(
        "mirrors_that_sign_again",
        "",
        "Two mirrors in opposite directions, one of which signs what it copies, so that each copy is a new commit for the other",
        mirrors_that_sign_again,
    ),
    declared(
        "mirror_of_a_busy_branch",
        "",
        "A branch on which a team pushes all day is mirrored commit by commit and the other side confirms each",
        mirror_of_a_busy_branch,
    ),
    looping(
        "evicted_and_queued_again",
        "",
        "A pull request that really breaks a test is evicted from the merge queue, taken for a flake and queued again without a limit",
        evicted_and_queued_again,
    ),
    declared(
        "queued_again_at_most_thrice",
        "",
        "On a flaky day many pull requests are evicted and each is put back at most three times, counted",
        queued_again_at_most_thrice,
    ),
];

fn fixups_force_pushed_away(s: &Scene) {
    let version = s.between(2, 40);
    let library = s.word();
    let branch = s.part(&format!("@renovate/{library}-{version}.x"));
    let updater = if s.chance(25) { Actor::person("renovate-svc") } else { Actor::app("renovate[bot]") };
    let (clean, fixed) = (s.hex(40), s.hex(40));
    let title = format!("Update dependency {library} to v{version}");
    let (soon, late) = s.pick(&[(8_000, 40_000), (60_000, 400_000), (600_000, 7_200_000)]);
    let mut pushed = s.event("github", "push", &updater, &branch).text(&title).tree(&clean);
    for _ in s.rounds(s.between(22, 45)) {
        let fixup = s.wants(pushed, "push", &branch, "fixup! compile requirements").writes("tree", &fixed);
        fixup.within(20_000, 180_000);
        if let Some(echo) = s.echo(fixup, "push") {
            echo.tree(&fixed);
        }
        if s.chance(8) {
            s.person_says(&s.issue(), &format!("why did {library} run CI {} times today?", s.between(10, 90)));
        }
        pushed = s.event("github", "push", &updater, &branch).text(&title).tree(&clean);
        pushed.because(fixup).within(soon, late);
    }
}

fn fixups_of_new_versions(s: &Scene) {
    let library = s.word();
    let branch = s.part(&format!("@renovate/{library}-{}.x", s.between(2, 40)));
    let updater = Actor::app("renovate[bot]");
    let major = s.between(2, 40);
    let gap = s.pick(&[900_000, 7_200_000, 86_400_000]);
    for patch in 0..s.between(12, 40) {
        let title = format!("Update dependency {library} to v{major}.0.{patch}");
        let pushed = s.event("github", "push", &updater, &branch).text(&title).tree(s.hex(40)).within(gap / 3, gap);
        let fixed = s.hex(40);
        let fixup = s.wants(pushed, "push", &branch, "fixup! compile requirements").writes("tree", &fixed);
        fixup.within(20_000, 180_000);
        if let Some(echo) = s.echo(fixup, "push") {
            echo.tree(&fixed);
        }
        let ci = Actor::app("github-actions[bot]");
        let checked = s.event("github", "check_suite.completed", &ci, &branch).because(fixup);
        checked.state("checks", s.pick(&["success", "success", "failure"])).within(120_000, 600_000);
    }
}

/// What the bot says to a command it does not know.
fn help(command: &str) -> String {
    format!("I do not understand \"{command}\". I know: rerender, rerun bot, update version, add user @name.")
}

/// A command that does not exist.
fn wrong_command(s: &Scene) -> String {
    let verb = s.pick(&["rebuild", "re-render", "retry", "please update", "fix", "bump", "sync"]);
    format!("@forge-admin, {verb} {}", s.word())
}

fn bad_command_in_the_title(s: &Scene) {
    let issue = s.issue();
    let command = wrong_command(s);
    let numbered = s.chance(50);
    let opened = s.event("github", "issues.opened", &s.somebody(), &issue).text(format!("{command} ({})", s.word()));
    let mut heard = opened;
    for _ in s.rounds(s.between(24, 50)) {
        let mut text = help(&command);
        if numbered {
            text.push_str(&format!(" (run {})", s.hex(8)));
        }
        let said = s.wants(heard, "comment", &issue, &text).within(400, 9_000);
        if s.chance(6) {
            s.person_says(&s.issue_no(s.between(900, 999)), "is the admin bot broken?");
        }
        heard = s.comes_back(said, "issue_comment.created").within(600, 15_000);
    }
}

fn person_tries_commands(s: &Scene) {
    let issue = s.issue();
    let person = s.somebody();
    let same = s.chance(50).then(|| wrong_command(s));
    for _ in 0..s.between(6, 14) {
        let command = same.clone().unwrap_or_else(|| wrong_command(s));
        let asked = s.says(&person, &issue, &command).within(20_000, 600_000);
        let said = s.wants(asked, "comment", &issue, &help(&command)).within(400, 9_000);
        s.echo(said, "issue_comment.created");
        if s.chance(25) {
            s.person_says(&issue, &s.sentence(7)).within(5_000, 60_000);
        }
    }
}

fn mirrors_that_sign_again(s: &Scene) {
    let (hub, lab) = (s.part("@main"), format!("gl:mirror/{}@main", s.word()));
    let mirror = Actor::new("svc-mirror", s.pick(&["human", "unknown", "bot"]));
    let title = s.sentence(5);
    let slow = s.pick(&[20_000, 300_000, 1_800_000]);
    let mut pushed = s.event("github", "push", &s.somebody(), &hub).text(&title).state("head", s.hex(40));
    for _ in s.rounds(s.between(20, 42)) {
        let head = s.hex(40);
        let copy = s.wants(pushed, "git.push", &lab, &title).writes("head", &head).within(2_000, 30_000);
        if let Some(echo) = s.echo(copy, "push_hook") {
            echo.state("head", &head);
        }
        pushed = s.event("github", "push", &mirror, &hub).text(&title).state("head", s.hex(40));
        pushed.because(copy).within(slow / 4, slow);
    }
}

fn mirror_of_a_busy_branch(s: &Scene) {
    let (hub, lab) = (s.part("@main"), format!("gl:mirror/{}@main", s.word()));
    let mirror = Actor::new("svc-mirror", s.pick(&["human", "unknown", "bot"]));
    for _ in 0..s.between(15, 60) {
        let (head, title) = (s.hex(40), s.sentence(5));
        let pushed = s.event("github", "push", &s.somebody(), &hub).text(&title).state("head", &head);
        pushed.within(30_000, 1_800_000);
        let copy = s.wants(pushed, "git.push", &lab, &title).writes("head", &head).within(2_000, 30_000);
        let known = s.event("gitlab", "push_hook", &mirror, &lab).text(&title).state("head", &head);
        known.because(copy).token(copy).within(5_000, 60_000);
        if s.chance(10) {
            s.redelivered(pushed);
        }
    }
}

fn evicted_and_queued_again(s: &Scene) {
    let issue = s.issue();
    let queue = Actor::app("merge-queue[bot]");
    let room = s.channel();
    let tests = [s.word(), s.word(), s.word()];
    let tells = s.chance(40);
    let mut evicted = s.event("github", "pull_request.dequeued", &queue, &issue);
    evicted.text(format!("CI_FAILURE: test_{}", tests[0])).state("queue", "dropped");
    let rounds = if tells { s.between(14, 28) } else { s.between(22, 40) };
    for round in s.rounds(rounds) {
        let test = s.pick(&tests);
        let text = format!("test_{test} looks flaky, putting it back (seen {} times)", round + 1);
        let again = s.wants(evicted, "queue.add", &issue, &text).writes("queue", "waiting").within(4_000, 60_000);
        if tells {
            s.wants(evicted, "message", &room, &format!("flaky: test_{test}")).within(5_000, 70_000);
        }
        s.event("github", "pull_request.enqueued", &queue, &issue).because(again).state("queue", "waiting");
        evicted = s.event("github", "pull_request.dequeued", &queue, &issue).because(again);
        evicted.text(format!("CI_FAILURE: test_{}", s.pick(&tests))).state("queue", "dropped");
        evicted.within(600_000, 2_700_000);
    }
}

fn queued_again_at_most_thrice(s: &Scene) {
    let queue = Actor::app("merge-queue[bot]");
    let test = s.word();
    for number in 0..s.between(6, 14) {
        let issue = s.issue_no(1_000 + number);
        let mut evicted = s.event("github", "pull_request.dequeued", &queue, &issue).within(60_000, 1_200_000);
        evicted.text(format!("CI_FAILURE: test_{test}")).state("queue", "dropped");
        let tries = s.between(1, 3);
        for attempt in 1..=tries {
            let text = format!("test_{test} looks flaky, putting it back");
            let again = s.wants(evicted, "queue.add", &issue, &text).writes("queue", "waiting");
            again.attempt(attempt, 3).within(4_000, 60_000);
            s.event("github", "pull_request.enqueued", &queue, &issue).because(again).state("queue", "waiting");
            let merged = attempt == tries && s.chance(80);
            let kind = if merged { "pull_request.closed" } else { "pull_request.dequeued" };
            evicted = s.event("github", kind, &queue, &issue).because(again).within(600_000, 2_700_000);
            evicted.text(if merged { "merged".to_owned() } else { format!("CI_FAILURE: test_{test}") });
            evicted.state("queue", if merged { "merged" } else { "dropped" });
        }
    }
}
