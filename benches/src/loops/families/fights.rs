//! Two parties that each put one thing back to how they want it, and edits that only look so.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "formatter_against_updater",
        "L05",
        "A dependency bot rebases its branch, our formatter pushes to it, the bot rebases again",
        formatter_against_updater,
    ),
    looping("label_fight", "L06", "We remove the label that a stale bot keeps setting", label_fight),
    looping(
        "normaliser_edits",
        "L15",
        "Two sync tools rewrite an issue's body, each to its own normal form",
        normaliser_edits,
    ),
    looping(
        "price_spiral",
        "L17",
        "Two sellers price a book from each other's price until it costs millions (Amazon, 2011)",
        price_spiral,
    ),
    looping(
        "slow_edit_fight",
        "L18",
        "Two bots revert each other's link on one page over weeks (Wikipedia's interwiki bots)",
        slow_edit_fight,
    ),
    looping(
        "close_and_reopen",
        "L24",
        "We close duplicates, a support bot reopens whatever a customer still has open",
        close_and_reopen,
    ),
    looping(
        "price_spiral_in_states",
        "HL4",
        "The same spiral of prices, seen as exact states and not as texts",
        price_spiral_in_states,
    ),
    looping(
        "mirrored_labels",
        "HL8",
        "Two repositories mirror labels, and write their case differently",
        mirrored_labels,
    ),
    looping("reaction_fight", "GL5", "We add the reaction that a moderation bot takes away", reaction_fight),
    looping(
        "controllers_on_a_timer",
        "GL6",
        "A reconciler on a timer sets ten replicas, the autoscaler five, for ever",
        controllers_on_a_timer,
    ),
    looping(
        "two_of_us",
        "GL8",
        "Two instances of the same bot assign an issue in turn, each with its own table",
        two_of_us,
    ),
    declared("storm_of_edits", "N02", "A person edits one text many times and each edit is linted", storm_of_edits),
    declared(
        "person_toggles_a_label",
        "N24",
        "A person sets and removes a label to and fro while we mirror it",
        person_toggles_a_label,
    ),
    declared(
        "weekly_stale_reminder",
        "HN11",
        "A stale bot marks an issue each week, people come back to it each time",
        weekly_stale_reminder,
    ),
    declared(
        "autoscaler_follows_load",
        "N27",
        "A pool is scaled with the load, up and down, all day",
        autoscaler_follows_load,
    ),
    declared(
        "stable_reconcile",
        "GN5",
        "A reconciler applies the desired state every five minutes and nobody objects",
        stable_reconcile,
    ),
];

fn formatter_against_updater(s: &Scene) {
    let (branch, other) = (s.part("@renovate/deps"), Actor::bot("renovate"));
    let (theirs, ours) = (s.hex(40), s.hex(40));
    let mut heard = s.event("github", "push", &other, &branch).text("chore(deps): update").tree(&theirs);
    for _ in s.rounds(30) {
        let text = format!("style: format {}", s.hex(7));
        let pushed = s.wants(heard, "push", &branch, &text).writes("tree", &ours).within(3_000, 60_000);
        s.echo(pushed, "push").map(|echo| echo.tree(&ours));
        let text = format!("chore(deps): update to v{} {}", s.between(1, 9), s.hex(7));
        heard =
            s.event("github", "push", &other, &branch).text(text).tree(&theirs).because(pushed).within(5_000, 900_000);
    }
}

fn label_fight(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::bot("stale"));
    let mut heard = s.event("github", "issues.labeled", &other, &issue).state("lbl", "stale");
    for _ in s.rounds(30) {
        let removed = s.wants(heard, "unlabel", &issue, "").writes("lbl", "none").within(300, 3_000);
        s.echo(removed, "issues.unlabeled").map(|echo| echo.state("lbl", "none"));
        heard = s.event("github", "issues.labeled", &other, &issue).state("lbl", "stale").because(removed);
        heard.within(1_000, 7_200_000);
    }
}

fn normaliser_edits(s: &Scene) {
    let (issue, other, body) = (s.issue(), Actor::app("tracker-sync"), s.sentence(14));
    let (theirs, ours) = (s.hex(16), s.hex(16));
    let mut heard = s.event("github", "issues.edited", &other, &issue).text(&body).state("body", &theirs);
    for _ in s.rounds(30) {
        let text = format!("{body} (tracked as ACME-{})", s.between(1, 99));
        let edited = s.wants(heard, "issue.edit", &issue, &text).writes("body", &ours).within(200, 2_000);
        s.echo(edited, "issues.edited").map(|echo| echo.state("body", &ours));
        heard = s.event("github", "issues.edited", &other, &issue).text(&body).state("body", &theirs).because(edited);
        heard.within(500, 9_000);
    }
}

/// Cents: we undercut the other by a little, the other asks a quarter more than we.
fn spiral(cents: u64) -> (u64, u64) {
    let ours = cents * 9_983 / 10_000;
    (ours, ours * 12_706 / 10_000)
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn price_spiral(s: &Scene) {
    let (item, other, mut theirs) = (s.azure("item"), Actor::app("bookstore"), s.between(1_000, 9_000));
    let mut heard = s.event("azure", "price.changed", &other, &item).text(format!("now {}", money(theirs)));
    for _ in s.rounds(40) {
        let ours;
        (ours, theirs) = spiral(theirs);
        let text = format!("price set to {}", money(ours));
        let set = s.wants(heard, "price.set", &item, &text).writes("price", money(ours)).within(1_000, 9_000);
        let text = format!("now {}", money(theirs));
        heard = s.event("azure", "price.changed", &other, &item).text(text).because(set).within(3_600_000, 90_000_000);
    }
}

fn slow_edit_fight(s: &Scene) {
    let (page, other) = (s.issue(), Actor::bot("interwiki"));
    let mut heard = s.event("github", "issues.edited", &other, &page).text("repair links").state("body", "a");
    for _ in s.rounds(24) {
        let edited = s.wants(heard, "issue.edit", &page, "repair links").writes("body", "b").within(1_000, 3_600_000);
        s.echo(edited, "issues.edited").map(|echo| echo.state("body", "b"));
        heard =
            s.event("github", "issues.edited", &other, &page).text("repair links").state("body", "a").because(edited);
        heard.within(6 * 3_600_000, 9 * 86_400_000);
    }
}

fn close_and_reopen(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::bot("support-desk"));
    let mut heard = s.event("github", "issues.reopened", &other, &issue).state("open", "1");
    for _ in s.rounds(30) {
        let closed = s.wants(heard, "issue.close", &issue, "Closed as a duplicate.").writes("open", "0");
        closed.within(300, 3_000);
        s.echo(closed, "issues.closed").map(|echo| echo.state("open", "0"));
        heard =
            s.event("github", "issues.reopened", &other, &issue).state("open", "1").because(closed).within(500, 60_000);
    }
}

fn price_spiral_in_states(s: &Scene) {
    let (item, other, mut theirs) = (s.azure("item"), Actor::app("bookstore"), s.between(1_000, 9_000));
    let mut heard = s.event("azure", "price.changed", &other, &item).state("price", money(theirs));
    for _ in s.rounds(60) {
        let ours;
        (ours, theirs) = spiral(theirs);
        let set = s.wants(heard, "price.set", &item, &format!("price set to {}", money(ours)));
        set.writes("price", money(ours)).within(1_000, 9_000);
        let changed = s.event("azure", "price.changed", &other, &item).text(format!("now {}", money(theirs)));
        heard = changed.state("price", money(theirs)).because(set).within(3_600_000, 9_000_000);
    }
}

fn mirrored_labels(s: &Scene) {
    let (here, there, other) = (s.issue(), format!("gh:partner/mirror#{}", s.between(1, 99)), Actor::app("label-sync"));
    let mut heard = s.event("github", "issues.labeled", &other, &here).state("lbl", "Bug");
    for _ in s.rounds(24) {
        let copied = s.wants(heard, "label", &there, "").writes("lbl", "Bug").within(200, 2_000);
        let normal = s.event("github", "issues.labeled", &other, &there).state("lbl", "bug").because(copied);
        normal.within(300, 3_000);
        let back = s.wants(normal, "label", &here, "").writes("lbl", "bug").within(200, 2_000);
        heard = s.event("github", "issues.labeled", &other, &here).state("lbl", "Bug").because(back).within(300, 3_000);
    }
}

fn reaction_fight(s: &Scene) {
    let (channel, other) = (s.channel(), Actor::bot("moderator"));
    let mut heard = s.event("teams", "messageReaction", &other, &channel).state("react", "none");
    for _ in s.rounds(30) {
        let added = s.wants(heard, "react.add", &channel, "").writes("react", "seen");
        heard = s.event("teams", "messageReaction", &other, &channel).state("react", "none").because(added);
        heard.within(300, 9_000);
    }
}

fn controllers_on_a_timer(s: &Scene) {
    let (service, other) = (s.azure("deploy"), Actor::app("autoscaler"));
    let every = s.pick(&[60_000, 300_000]);
    let mut tick = s.tick(&service, every).text("reconcile");
    for _ in s.rounds(40) {
        let scaled = s.wants(tick, "pool.scale", &service, "scale to 10").writes("size", "10").after(20);
        let undone = s.event("azure", "pool.scaled", &other, &service).text("scaled to 5").state("size", "5");
        undone.because(scaled).within(5_000, 30_000);
        tick = s.tick(&service, every).text("reconcile");
    }
}

fn two_of_us(s: &Scene) {
    s.with_world(|w| w.token_survives = 100);
    let issue = s.issue();
    let mut heard = s.person_says(&issue, "please deploy this");
    for round in s.rounds(40) {
        let team = if round % 2 == 0 { "green" } else { "blue" };
        let assigned = s.wants(heard, "issue.assign", &issue, &format!("assigned to {team}"));
        heard = s.comes_back(assigned, "issues.assigned").text("").state("assignee", team).within(300, 3_000);
    }
}

fn storm_of_edits(s: &Scene) {
    let (issue, person) = (s.issue(), s.somebody());
    for _ in 0..s.between(10, 60) {
        let edit = s.event("github", "issues.edited", &person, &issue).text(s.sentence(12)).state("body", s.hex(12));
        let heard = edit.within(1_500, 60_000);
        let set = s.wants(heard, "status.set", &issue, "lint: no complaints").writes("status", "ok");
        s.echo(set, "status");
    }
}

fn person_toggles_a_label(s: &Scene) {
    let (issue, item, person) = (s.issue(), s.azure("item"), s.somebody());
    for round in 0..s.between(5, 30) {
        let (kind, value) = if round % 2 == 0 { ("issues.labeled", "urgent") } else { ("issues.unlabeled", "none") };
        let heard = s.event("github", kind, &person, &issue).state("lbl", value).within(1_000, 60_000);
        let copied = s.wants(heard, "workitem.update", &item, "tags as on GitHub").writes("tag", value);
        let updated = s.event("azure", "workitem.updated", &s.our_app(), &item).text("tags as on GitHub");
        updated.state("tag", value).because(copied).token(copied).within(300, 3_000);
    }
}

fn weekly_stale_reminder(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::bot("stale"));
    for _ in 0..s.between(3, 12) {
        let marked = s.event("github", "issues.labeled", &other, &issue).state("lbl", "stale").after(7 * 86_400_000);
        s.wants(marked, "teams.message", &s.channel(), "An issue went quiet, please look.").within(200, 2_000);
        s.person_says(&issue, &s.sentence(9)).within(3_600_000, 86_400_000);
        s.event("github", "issues.unlabeled", &other, &issue).state("lbl", "none").within(500, 3_000);
    }
}

fn autoscaler_follows_load(s: &Scene) {
    let (pool, monitor) = (s.azure("pool"), Actor::system("metrics"));
    for _ in 0..s.between(10, 50) {
        let (load, size) = (s.between(10, 99), s.between(1, 9).to_string());
        let measured = s.event("azure", "metrics", &monitor, &pool).text(format!("load {load} %"));
        let heard = measured.state("load", (load / 10).to_string()).within(15_000, 120_000);
        let scaled =
            s.wants(heard, "pool.scale", &pool, &format!("scale to {size}")).writes("size", &size).within(10, 90);
        s.reports(scaled, "pool.scaled", "ok").state("size", &size).within(500, 9_000);
    }
}

fn stable_reconcile(s: &Scene) {
    let service = s.azure("deploy");
    for _ in 0..s.between(20, 80) {
        let tick = s.tick(&service, 300_000).text("reconcile");
        s.wants(tick, "apply", &service, "apply the desired state").within(10, 90);
    }
}
