//! What copies from one place to another: trackers, mirrors, translations, error reports.

use std::collections::VecDeque;

use super::{Actor, Event, Family, Scene, careless, declared, looping, person_in_between, some_service};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "r1_comment_sync_echo",
        "",
        "Comments are copied between an issue and a ticket, and the copies are copied back with one more line on top (Paperclip)",
        comment_sync_echo,
    ),
    declared(
        "r1_comment_import",
        "",
        "A long discussion is copied into a new ticket by a declared plan, and the ticket reports each copy",
        comment_import,
    ),
    looping(
        "r1_mirror_sees_its_digest",
        "",
        "A mirror scans every ten minutes for activity, and its own digests on both sides are all it finds",
        mirror_sees_its_digest,
    ),
    declared(
        "r1_hourly_digest",
        "",
        "A digest of what people wrote goes to the mirror each hour, with the last comment it has read as its progress",
        hourly_digest,
    ),
    looping(
        "r1_translators",
        "",
        "Our bot translates into German what is not German, the other one into English what is not English",
        translators,
    ),
    declared(
        "r1_translated_channel",
        "",
        "People of two languages talk, and every message of theirs is translated once by us and once by another bot",
        translated_channel,
    ),
    looping(
        "r1_error_about_the_reporter",
        "",
        "Filing an issue for a logged error fails, which logs an error, for which an issue is to be filed (AMP, Slacker)",
        error_about_the_reporter,
    ),
    careless(
        "r1_errors_after_deploy",
        "",
        "A bad deployment logs errors of a few kinds many times, and each is filed or counted on its issue",
        errors_after_deploy,
    ),
    looping(
        "r1_config_ring",
        "",
        "A shared file is copied from whichever repository changes to all others, with the source's commit in its header",
        config_ring,
    ),
    declared(
        "r1_config_rollout",
        "",
        "A shared file is copied from one repository to all others by a declared plan, and each runs its checks",
        config_rollout,
    ),
    looping(
        "r1_contact_sync",
        "",
        "Two customer databases each normalise the phone number their way and write it back as the newer value",
        contact_sync,
    ),
    declared(
        "r1_contact_backfill",
        "",
        "Contacts that sales people edit are written to the other database, which confirms in its own spelling",
        contact_backfill,
    ),
];

/// The sync account of the tracker is not known to be ours.
fn comment_sync_echo(s: &Scene) {
    let (issue, ticket) = (s.issue(), format!("jira:OPS-{}", s.between(100, 4_000)));
    let copier =
        Actor::new(s.pick(&["data-sync-user", "gh-connector", "sync.account"]), s.pick(&["human", "unknown", "app"]));
    let (rounds, who) = (s.between(12, 26), s.somebody());
    let mut on_issue = s.says(&who, &issue, &s.sentence(10));
    for round in 0..rounds {
        let text = format!("➤ {} commented:\n\n{}", if round == 0 { &who.name } else { &copier.name }, on_issue.said());
        let copied = s.wants(on_issue, "ticket.comment", &ticket, &text).within(400, 3_000);
        let on_ticket = s.event("jira", "comment.created", &copier, &ticket).because(copied).text(&text);
        let on_ticket = on_ticket.about(copied).within(900, 20_000);
        s.loop_starts();
        let text = format!("➤ {} commented:\n\n{text}", copier.name);
        let back = s.wants(on_ticket, "comment", &issue, &text).within(400, 3_000);
        person_in_between(s, &issue, 6);
        on_issue = s.comes_back(back, "issue_comment.created").within(300, 6_000);
        if s.chance(12) {
            s.redelivered(on_issue);
        }
    }
}

/// Nobody copies back: the connector knows its own account.
fn comment_import(s: &Scene) {
    let (issue, ticket) = (s.issue(), format!("jira:OPS-{}", s.between(100, 4_000)));
    let (size, plan) = (s.between(25, 70), format!("import-{}", s.hex(6)));
    let copier = Actor::app("gh-connector");
    let order = s.person_orders(&issue, &format!("Move the discussion to {ticket}"));
    for comment in 0..size {
        let text = format!("➤ {} commented:\n\n{}", s.somebody().name, s.sentence(s.between(3, 14)));
        let copied = s.wants(order, "ticket.comment", &ticket, &text).in_plan(&plan, size).progress(comment + 1);
        copied.after(2_000 + comment * 1_100);
        let seen = s.event("jira", "comment.created", &copier, &ticket).because(copied).about(copied).text(&text);
        seen.token(copied).within(900, 20_000);
    }
}

/// What the scan reports has neither an author nor an id.
fn mirror_sees_its_digest(s: &Scene) {
    let (source, mirror) = (s.issue(), format!("gh:mirror-of-{}#{}", s.word(), s.between(1, 400)));
    let (scanner, both) = (Actor::system("mirror-sync"), s.chance(60));
    let mut active = s.event("scan", "scan.activity", &scanner, &source).text("1 update").object("");
    for round in s.rounds(s.between(20, 30)) {
        let text = format!("Target activity digest: {} updates, last at {}", 1 + u64::from(both), s.timestamp());
        let posted = s.wants(active, "comment", &source, &text).within(2_000, 9_000);
        s.echo(posted, "issue_comment.created");
        if both {
            s.wants(active, "comment", &mirror, &format!("Source activity at {}", s.timestamp())).within(9_500, 14_000);
        }
        person_in_between(s, &source, 7);
        active = s.event("scan", "scan.activity", &scanner, &source).because(posted).object("");
        active =
            active.text(format!("{} update(s), run {}", 1 + u64::from(both), 700 + round)).within(586_000, 598_000);
    }
}

/// In hours without comments of people there is none.
fn hourly_digest(s: &Scene) {
    let (source, mirror) = (s.issue(), format!("gh:mirror-of-{}#{}", s.word(), s.between(1, 400)));
    let (mut read, start) = (s.between(1_000, 9_000), s.between(0, 3_000_000));
    for hour in 0..s.between(12, 40) {
        let comments = s.pick(&[0, 1, 1, 2, 3]);
        for comment in 0..comments {
            let text = s.sentence(s.between(4, 12));
            s.person_says(&source, &text).at(hour * 3_600_000 + start + 300_000 + comment * 700_000);
        }
        let tick = s.tick(&s.part("/digest"), 0).at((hour + 1) * 3_600_000 + start);
        if comments > 0 {
            read += comments;
            let text = format!("Source activity: {comments} new comments, last at {}", s.timestamp());
            let posted = s.wants(tick, "comment", &mirror, &text).progress(read).within(2_000, 9_000);
            s.echo(posted, "issue_comment.created");
        }
    }
}

/// A sentence as our bot would say it in German.
fn in_german(words: &[&str]) -> String {
    format!("🇩🇪 {}", words.iter().map(|word| format!("das {word}ung")).collect::<Vec<_>>().join(" und "))
}

/// What comes out of translation and back is close to what went in, and never quite the same.
fn translators(s: &Scene) {
    let (channel, other) = (s.channel(), some_service(s, &["LinguaBot", "babel-relay", "Translator"]));
    let mut words: Vec<&str> = (0..s.between(4, 9)).map(|_| s.word()).collect();
    let mut said = s.person_says(&channel, &words.join(" "));
    for _ in s.rounds(s.between(25, 55)) {
        let german = s.wants(said, "send", &channel, &in_german(&words)).within(300, 1_500);
        s.echo(german, "message");
        if s.chance(6) {
            s.person_says(&channel, "🇩🇪 Was ist denn hier los?").within(1_000, 9_000);
        }
        if s.chance(60) {
            let drifts = usize::try_from(s.between(0, 3)).unwrap_or(0);
            words[drifts] = s.word();
        }
        let text = format!("🇬🇧 the {}", words.join(" and the "));
        said = s.says(&other, &channel, &text).because(german).token(german).within(600, 4_000);
    }
}

/// The other bot translates people only, and we do, too.
fn translated_channel(s: &Scene) {
    let (channel, other) = (s.channel(), some_service(s, &["LinguaBot", "babel-relay", "Translator"]));
    let shortest = s.between(1, 4);
    for _ in 0..s.between(20, 60) {
        let words: Vec<&str> = (0..s.between(shortest, 9)).map(|_| s.word()).collect();
        let text = words.join(" ");
        let said = s.person_says(&channel, &text).within(2_000, s.heavy_tail(60_000) + 2_000);
        let german = s.wants(said, "send", &channel, &in_german(&words));
        s.echo(german.within(300, 1_500), "message");
        s.says(&other, &channel, &format!("🇫🇷 le {text}")).within(100, 2_000);
    }
}

/// Every failure has a trace id of its own and would make an issue of its own; as nothing is made, no receipt comes.
fn error_about_the_reporter(s: &Scene) {
    s.with_world(|world| world.receipts_lost = 100);
    let (service, log) = (s.azure("function"), Actor::system("log-forwarder"));
    let (channel, reason) =
        (s.channel(), s.pick(&["403 secondary rate limit", "422 body too long", "401 bad credentials"]));
    let mut error = s.event("azure", "error.logged", &log, &service).text(format!("NullReference {}", s.word()));
    let first = s.between(300, 800);
    for round in s.rounds(s.between(15, 28)) {
        let title = format!("[auto] {} ({})", error.said(), s.hex(8));
        if s.chance(70) {
            s.wants(error, "send", &channel, &format!("New error: {title}")).within(50, 190);
        }
        let filed = s.wants(error, "issue.create", &s.issue_no(first + round), &title).within(200, 2_000);
        error = s.event("azure", "error.logged", &log, &service).because(filed).object("");
        error =
            error.text(format!("reporter: {reason}, trace {}", s.hex(16))).within(1_000, s.heavy_tail(5_000) + 2_000);
    }
}

/// The errors come from the deployment, however much is said about them.
fn errors_after_deploy(s: &Scene) {
    let (service, log, kinds) = (s.azure("function"), Actor::system("log-forwarder"), s.between(2, 6));
    let first = s.between(300, 800);
    let reason = s.pick(&["403 forbidden", "connection reset", "deadline exceeded"]);
    let mut counts = [0_u64; 7];
    for _ in 0..s.between(18, 60) {
        let kind = s.between(0, kinds - 1);
        let error = s.event("azure", "error.logged", &log, &service).object("");
        let error = error.text(format!("handler {kind}: {reason}, trace {}", s.hex(16))).within(500, 40_000);
        let count = &mut counts[usize::try_from(kind).unwrap_or(0)];
        *count += 1;
        if *count == 1 {
            s.wants(error, "issue.create", &s.issue_no(first + kind), &format!("[auto] handler {kind}: {reason}"));
        } else {
            s.wants(error, "comment", &s.issue_no(first + kind), &format!("Seen again ({count} times)"));
        }
    }
}

/// Each side takes the other's spelling for an edit; which one is newer depends on the minute.
fn contact_sync(s: &Scene) {
    let contact = format!("crm:contact/{}", s.between(1_000, 90_000));
    let other = some_service(s, &["crm-connector", "marketing-sync", "integration.user"]);
    let digits = s.between(2_000_000, 9_999_999);
    let (ours, theirs) = (format!("+49 30 {digits}"), format!("004930{digits}"));
    let mut edited = s.event("crm", "contact.updated", &s.somebody(), &contact).state("phone", &theirs);
    for round in s.rounds(s.between(20, 48)) {
        let text = format!("phone: {theirs} -> {ours}");
        let written = s.wants(edited, "contact.update", &contact, &text).writes("phone", &ours).within(300, 4_000);
        s.echo(written, "contact.updated").map(|event| event.state("phone", &ours));
        if round % 7 == 5 && s.chance(50) {
            let touched = s.event("crm", "contact.updated", &s.somebody(), &contact).state("owner", s.word());
            touched.within(1_000, 30_000);
        }
        edited = s.event("crm", "contact.updated", &other, &contact).because(written).state("phone", &theirs);
        edited = edited.text(format!("revision {}", 40 + 2 * round)).within(60_000, s.heavy_tail(400_000) + 61_000);
    }
}

/// The confirmation differs in spelling, and nobody takes it for an edit.
fn contact_backfill(s: &Scene) {
    let other = some_service(s, &["crm-connector", "marketing-sync", "integration.user"]);
    let (first, people) = (s.between(1_000, 90_000), s.between(2, 9));
    for _ in 0..s.between(15, 50) {
        let contact = format!("crm:contact/{}", first + s.between(0, people));
        let digits = s.between(2_000_000, 9_999_999);
        let (ours, theirs) = (format!("+49 30 {digits}"), format!("004930{digits}"));
        let edited: Event = s.event("crm", "contact.updated", &s.somebody(), &contact).state("phone", &theirs);
        let edited = edited.within(20_000, 3_000_000);
        let text = format!("phone: {theirs} -> {ours}");
        let written = s.wants(edited, "contact.update", &contact, &text).writes("phone", &ours).within(300, 4_000);
        let confirmed = s.event("crm", "contact.updated", &other, &contact).because(written).state("phone", &theirs);
        confirmed.within(2_000, 60_000);
    }
}

/// The copies multiply: each change of one is a change for all others.
fn config_ring(s: &Scene) {
    let names: Vec<String> = (0..s.between(3, 4)).map(|number| format!("{}-{number}/config@main", s.repo())).collect();
    let (file, pace, limit) = (format!(".{}.yml", s.word()), s.between(8_000, 90_000), s.between(70, 110));
    let first = s.event("github", "push", &s.somebody(), &names[0]).tree(s.hex(12)).text(format!("Update {file}"));
    let (mut waiting, mut copies, step) = (VecDeque::from([(0, first)]), 0, s.between(60, 400));
    while let Some((source, pushed)) = waiting.pop_front() {
        for ((target, name), place) in names.iter().enumerate().filter(|(target, _)| *target != source).zip(0..) {
            let text = format!("chore: sync {file} from {} at {}", names[source], s.hex(7));
            if copies + 1 == names.len() {
                s.loop_starts();
            }
            copies += 1;
            let copied = s.wants(pushed, "push", name, &text).writes(&file, s.hex(12));
            let back = s.comes_back(copied.after(2_000 + step * place), "push").tree(s.hex(12));
            waiting.push_back((target, back.after(pace)));
            if s.len() > usize::try_from(limit).unwrap_or(70) {
                return;
            }
        }
    }
}

/// The copies come back as pushes, but only the first repository is a source.
fn config_rollout(s: &Scene) {
    let (file, targets, plan) = (format!(".{}.yml", s.word()), s.between(12, 60), format!("sync-{}", s.hex(6)));
    let (source, ci) = (s.part("/config@main"), Actor::app("github-actions"));
    let tree = s.hex(12);
    let first = s.event("github", "push", &s.somebody(), &source).tree(&tree).text(format!("Update {file}"));
    for target in 0..targets {
        let name = format!("{}-{target}/config@main", s.repo());
        let text = format!("chore: sync {file} from {source} at {}", &tree[..7]);
        let copied = s.wants(first, "push", &name, &text).writes(&file, &tree).in_plan(&plan, targets);
        s.comes_back(copied.after(2_000 + 900 * target), "push").tree(s.hex(12)).within(3_000, 30_000);
        let checked = s.event("github", "check_suite.completed", &ci, &name).because(copied);
        checked.state("checks", s.pick(&["success", "success", "success", "failure"])).within(60_000, 900_000);
    }
}
