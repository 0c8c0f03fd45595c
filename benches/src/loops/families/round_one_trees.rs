//! What writes to branches: formatters, generated files, releases.

use super::{Actor, Event, Family, Scene, careless, declared, looping, person_in_between, some_service};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "r1_formatters_in_a_circle",
        "",
        "Our import sorter, a formatter and a generator each rewrite what the one before has written (pre-commit against Renovate)",
        formatters_in_a_circle,
    ),
    declared(
        "r1_format_each_push",
        "",
        "People push unformatted commits all day, and each is formatted once, now and then twice",
        format_each_push,
    ),
    looping(
        "r1_benchmark_commits_itself",
        "",
        "A workflow commits its benchmark results with a person's token, and the commit runs the workflow (gobenchdata)",
        benchmark_commits_itself,
    ),
    declared(
        "r1_benchmark_each_merge",
        "",
        "Each merge by a person is measured once and its results are committed with a person's token",
        benchmark_each_merge,
    ),
    looping(
        "r1_release_bumps_itself",
        "",
        "A release job bumps the version and pushes to the branch that triggers it, a release every 20 seconds (Skyflow)",
        release_bumps_itself,
    ),
    declared(
        "r1_release_of_all_packages",
        "",
        "A monorepo releases all its packages by a declared plan: bump, tag and publish, some of them at the second attempt",
        release_of_all_packages,
    ),
    looping(
        "r1_release_notes_never_settle",
        "",
        "A release job refreshes its pull request on each push to it, and the contributor list comes out in another order",
        release_notes_never_settle,
    ),
    declared(
        "r1_release_notes_grow",
        "",
        "The release pull request is refreshed after each merge by a person and lists one change more each time",
        release_notes_grow,
    ),
    careless(
        "r1_nightly_prerelease",
        "",
        "Each night the release named nightly is deleted and made again with the same text",
        nightly_prerelease,
    ),
    careless(
        "r1_preview_links",
        "",
        "A developer pushes many times a day, and each push gets its preview and the same comment",
        preview_links,
    ),
];

/// Three trees follow each other until a person changes what they are made of.
fn formatters_in_a_circle(s: &Scene) {
    let branch = s.part(&format!("@{}", s.word()));
    let (second, third) =
        (some_service(s, &["pre-commit-ci", "prettier-bot"]), some_service(s, &["renovate", "codegen"]));
    let mut trees = [s.hex(16), s.hex(16), s.hex(16)];
    let mut pushed = s.event("github", "push", &s.somebody(), &branch).tree(&trees[2]).text(s.sentence(5));
    for round in s.rounds(s.between(32, 58)) {
        let person = round > 1 && s.chance(8);
        if person {
            trees = [s.hex(16), s.hex(16), s.hex(16)];
            pushed = s.event("github", "push", &s.somebody(), &branch).tree(&trees[2]).text(s.sentence(5));
            pushed = pushed.within(600_000, 1_200_000);
        }
        let sorted = s.wants(pushed, "push", &branch, "style: sort imports").writes("tree", &trees[0]);
        sorted.within(40_000, 120_000);
        if person {
            sorted.in_order();
        }
        s.echo(sorted, "push");
        let formatted = s.event("github", "push", &second, &branch).because(sorted).tree(&trees[1]);
        formatted.text("[pre-commit] auto fixes from hooks").within(60_000, 200_000);
        pushed = s.event("github", "push", &third, &branch).because(sorted).tree(&trees[2]);
        pushed = pushed.text(format!("chore: regenerate {}", s.word())).within(220_000, 580_000);
    }
}

/// The second attempt is declared: this formatter is not always done after one pass.
fn format_each_push(s: &Scene) {
    let branches = [s.part("@main"), s.part("@next"), s.part(&format!("@{}", s.word()))];
    let dependency = some_service(s, &["renovate", "dependabot"]);
    for _ in 0..s.between(12, 40) {
        let (branch, who) = (&branches[usize::from(s.chance(50)) + usize::from(s.chance(20))], s.somebody());
        let who = if s.chance(25) { &dependency } else { &who };
        let pushed = s.event("github", "push", who, branch).tree(s.hex(16)).text(s.sentence(5));
        pushed.within(120_000, 9_000_000);
        let tree = s.hex(16);
        let first = s.wants(pushed, "push", branch, "style: format").writes("tree", &tree).attempt(1, 2);
        let back = s.comes_back(first.within(30_000, 90_000), "push").tree(&tree);
        if s.chance(15) {
            let tree = s.hex(16);
            let second = s.wants(back, "push", branch, "style: format").writes("tree", &tree).attempt(2, 2);
            s.comes_back(second.within(30_000, 90_000), "push").tree(&tree);
        }
    }
}

/// The account is that of the person whose token it is, and nobody has told the host.
fn committer(s: &Scene) {
    let person = s.pick(&["hazel-c", "bob.h", "t-ohara"]);
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (person.to_owned(), true));
}

/// The numbers differ by noise, so that there is always something to commit.
fn benchmark_commits_itself(s: &Scene) {
    committer(s);
    let (pr, comments) = (s.issue(), s.chance(50));
    let mut pushed =
        s.event("github", "pull_request.synchronize", &s.somebody(), &pr).tree(s.hex(12)).text(s.sentence(5));
    for round in s.rounds(s.between(20, 29)) {
        let speed = s.between(9_400, 10_600);
        let tree = s.hex(12);
        let commit = s.wants(pushed, "push", &pr, &format!("add benchmark run {} ({speed} ns/op)", 118 + round));
        commit.writes("tree", &tree).within(300_000, 400_000);
        if comments {
            let said = s.wants(pushed, "comment", &pr, &format!("Decode: {speed} ns/op, {} allocs", s.between(11, 13)));
            s.echo(said.within(401_000, 420_000), "issue_comment.created");
        }
        person_in_between(s, &pr, 6);
        pushed = s.comes_back(commit, "pull_request.synchronize").tree(&tree).within(800, 6_000);
    }
}

/// The results go to a branch on which nothing is measured.
fn benchmark_each_merge(s: &Scene) {
    committer(s);
    let (main, pages) = (s.part("@main"), s.part("@gh-pages"));
    let first = s.between(100, 900);
    for run in first..first + s.between(15, 45) {
        let merged = s.event("github", "push", &s.somebody(), &main).tree(s.hex(12)).text(s.sentence(6));
        merged.within(300_000, 20_000_000);
        let (speed, tree) = (s.between(9_400, 10_600), s.hex(12));
        let text = format!("add benchmark run {run} ({speed} ns/op)");
        let commit = s.wants(merged, "push", &pages, &text).writes("tree", &tree).progress(run);
        s.comes_back(commit.within(100_000, 290_000), "push").tree(&tree);
    }
}

/// An administrator's token gets past the branch protection, and past the protection from recursion.
fn release_bumps_itself(s: &Scene) {
    let admin = s.pick(&["self", "svc-release-admin", "j.doe"]);
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (admin.to_owned(), admin != "self"));
    let branch = s.part(&format!("@v3-release/26.{}.{}", s.between(1, 12), s.between(1, 28)));
    let mut pushed = s.event("github", "push", &s.somebody(), &branch).tree(s.hex(12)).text(s.sentence(5));
    for round in s.rounds(s.between(14, 28)) {
        let version = format!("3.1.{}-dev-{}", 40 + round, s.hex(7));
        let text = format!("[AUTOMATED] Private Release {version}");
        let bump = s.wants(pushed, "push", &branch, &text).writes("version", &version).within(6_000, 11_000);
        let release = s.wants(pushed, "release.create", &s.repo(), &version).within(11_100, 12_500);
        if s.chance(70) {
            let registry = Actor::system("registry");
            let published = s.event("registry", "package.published", &registry, &s.repo()).because(release);
            published.text(&version).state("version", &version).within(1_000, 60_000);
        }
        pushed = s.comes_back(bump, "push").tree(s.hex(12)).state("version", &version).within(900, 5_000);
    }
}

/// Every package has the same three steps, and the plan says how many there are.
fn release_of_all_packages(s: &Scene) {
    let (main, packages) = (s.part("@main"), s.between(6, 18));
    let (plan, version) = (format!("release-{}", s.hex(6)), format!("{}.{}.0", s.between(1, 9), s.between(0, 30)));
    let order = s.person_orders(&s.repo(), &format!("Release {version} of all packages"));
    let mut cause = order;
    for package in 0..packages {
        let name = format!("{}-{package}", s.word());
        let bump = s.wants(cause, "push", &main, &format!("release: {name} {version}")).in_plan(&plan, packages * 3);
        let pushed = s.comes_back(bump.within(3_000, 9_000), "push").tree(s.hex(12)).within(800, 4_000);
        let tag = s.wants(pushed, "tag.create", &main, &format!("{name}@{version}")).in_plan(&plan, packages * 3);
        let tagged = s.comes_back(tag, "create").within(800, 4_000);
        let publish = |cause: Event<'_>, attempt| {
            let act = s.wants(cause, "publish", &s.part(&format!("/package/{name}")), &version);
            let act = act.attempt(attempt, 3);
            if attempt == 1 {
                act.in_plan(&plan, packages * 3);
            }
            let failed = attempt < 3 && s.chance(25);
            let result = if failed { "429 Too Many Requests" } else { "published" };
            (s.reports(act, "job.completed", result).within(5_000, 40_000), failed)
        };
        let mut attempt = 1;
        let (mut result, mut failed) = publish(tagged, attempt);
        while failed {
            attempt += 1;
            (result, failed) = publish(result, attempt);
        }
        cause = result;
    }
}

/// Nothing has changed but the order of the names.
fn release_notes_never_settle(s: &Scene) {
    let (pr, version) = (s.issue(), format!("1.{}.0", s.between(10, 90)));
    let branch = s.part("@release-please--branches--main");
    let ci = Actor::new("github-actions", s.pick(&["app", "bot", "unknown"]));
    let mut pushed = s.event("github", "push", &s.somebody(), &s.part("@main")).tree(s.hex(12)).text(s.sentence(6));
    for _ in s.rounds(s.between(15, 28)) {
        let mut names = ["ana", "bo", "cem", "dag", "eli", "fay"];
        for index in 1..names.len() {
            names.swap(index, usize::try_from(s.between(0, 5)).unwrap_or(0));
        }
        let notes = format!("chore: release {version}\n\nContributors: {}", names.join(", "));
        let commit = s.wants(pushed, "push", &branch, &notes).writes("version", &version).within(60_000, 90_000);
        let edit = s.wants(pushed, "pull_request.edit", &pr, &notes).within(91_000, 95_000);
        s.echo(edit, "pull_request.edited");
        let run = s.event("github", "workflow_run.requested", &ci, &s.part("/workflow/release")).because(commit);
        run.within(500, 3_000);
        pushed = s.comes_back(commit, "push").tree(s.hex(12)).within(3_000, 10_000);
    }
}

/// The push of the refreshed notes is delivered, but it is not to main.
fn release_notes_grow(s: &Scene) {
    let (pr, version) = (s.issue(), format!("1.{}.0", s.between(10, 90)));
    let (main, branch) = (s.part("@main"), s.part("@release-please--branches--main"));
    let mut notes = format!("chore: release {version}");
    for change in 1..=s.between(8, 30) {
        let merged = s.event("github", "push", &s.somebody(), &main).tree(s.hex(12)).text(s.sentence(6));
        let merged = merged.within(200_000, 30_000_000);
        notes.push_str(&format!("\n* {}", s.sentence(4)));
        let tree = s.hex(12);
        let commit = s.wants(merged, "push", &branch, &notes).writes("tree", &tree).within(20_000, 90_000);
        let edit = s.wants(merged, "pull_request.edit", &pr, &notes).progress(change).within(91_000, 95_000);
        s.echo(edit, "pull_request.edited");
        s.comes_back(commit, "push").tree(&tree).within(3_000, 10_000);
    }
}

/// Two effects each night, because a tag does not move by itself.
fn nightly_prerelease(s: &Scene) {
    let (job, repo) = (s.part("/workflow/nightly"), s.repo());
    let hour = s.between(0, 900_000);
    for night in 0..s.between(8, 35) {
        let jitter = s.between(0, 1_200_000);
        let tick = s.tick(&job, 0).at(night * 86_400_000 + hour + jitter);
        s.wants(tick, "release.delete", &repo, "nightly").within(60_000, 200_000);
        let made = s.wants(tick, "release.create", &repo, "nightly: built from main").within(201_000, 260_000);
        s.echo(made, "release.published");
    }
}

/// The link is the same for all pushes of a pull request.
fn preview_links(s: &Scene) {
    let first = s.between(10, 800);
    let developer = s.somebody();
    for number in first..first + s.between(1, 2) {
        let pr = s.issue_no(number);
        let text = format!("Preview is ready: https://pr-{number}.preview.example");
        for _ in 0..s.between(8, 20) {
            let pushed = s.event("github", "pull_request.synchronize", &developer, &pr).tree(s.hex(12));
            let pushed = pushed.text(s.sentence(4)).within(90_000, 3_000_000);
            let deploy = s.wants(pushed, "deploy", &s.azure(&format!("preview-{number}")), "");
            let done = s.reports(deploy, "deploy.done", "ok").within(40_000, 80_000);
            let said = s.wants(done, "comment", &pr, &text);
            s.echo(said, "issue_comment.created");
        }
    }
}
