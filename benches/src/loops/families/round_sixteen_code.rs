//! Code: retests, reviewers, approvals, bridged issues, bursts of review comments, updates and a release list.

use super::{answered, murmur, person, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "retest_by_a_plugin",
        "",
        "A browser plug-in types /retest under an engineer's login whenever we report red checks, and the test is truly broken",
        retest_by_a_plugin,
    ),
    declared(
        "retest_until_it_is_green",
        "",
        "Authors type /retest again and again for flaky tests, up to seven times on one pull request, until the checks are green",
        retest_until_it_is_green,
    ),
    looping(
        "review_requested_from_who_left",
        "",
        "We ask the owner of a folder for each review without a reviewer; she has left the team, and her script takes her off again",
        review_requested_from_who_left,
    ),
    declared(
        "reviewers_swapped_by_people",
        "",
        "People take themselves off a review and we ask the next one, some ask for themselves back; each is the n-th choice of its pull",
        reviewers_swapped_by_people,
    ),
    looping(
        "approval_by_a_token_dismissed",
        "",
        "An engineer's script approves what lacks an approval; her token pushed the change too, so we dismiss that as her own approval",
        approval_by_a_token_dismissed,
    ),
    declared(
        "approvals_given_again_after_pushes",
        "",
        "Authors push fixes, we dismiss the approval for each push, and the reviewer approves again in a word within minutes",
        approvals_given_again_after_pushes,
    ),
    looping(
        "bridge_writes_as_the_author",
        "",
        "We copy comments of an issue to a tracker, from where the other team's bridge copies them back in the name of who wrote them",
        bridge_writes_as_the_author,
    ),
    declared(
        "bridged_talk_of_two_sites",
        "",
        "Two sites talk through our bridge, one on the issue and one in a channel; they quote each other in full, and copies stay copies",
        bridged_talk_of_two_sites,
    ),
    declared(
        "inline_comments_in_one_submit",
        "",
        "A reviewer submits ten or more inline comments within a second, we note each as a point; the author answers done to most",
        inline_comments_in_one_submit,
    ),
    declared(
        "one_sentence_under_many_pulls",
        "",
        "A reviewer pastes the same sentence under ten pull requests; under each we set a label and tell how a changelog entry is made",
        one_sentence_under_many_pulls,
    ),
    declared(
        "updates_merged_one_by_one",
        "",
        "Somebody works through the updates of Dependabot: rebase, wait, merge, next; we rebase on her word and count what is merged",
        updates_merged_one_by_one,
    ),
    careless(
        "release_issue_ticked_and_edited",
        "",
        "A release list is ticked item by item and its text mended in between; at each edit we write our count of it anew",
        release_issue_ticked_and_edited,
    ),
];

const COMMENTED: &str = "issue_comment.created";

fn retest_by_a_plugin(s: &Scene) {
    let (pull, who, keeps, mut spare) = (s.issue(), person(2), s.pick(&[0, 0, 60, 100]), 3);
    let (tells, numbered) = (s.chance(65), s.chance(50));
    let (typed, (soon, late)) = (
        s.pick(&["/retest", "/retest", "/test all", "Re-run, please. (sent by Checks Helper)"]),
        s.pick(&[(300, 1_500), (15_000, 40_000), (295_000, 310_000)]),
    );
    let why = format!("{}_{}: expected {}", s.word(), s.word(), s.between(1, 90));
    // By hand it is typed now and then, and helps.
    for number in 0..s.between(0, 5) {
        let place = s.issue_no(2_600 + number);
        let asked = s.person_says(&place, "/retest").within(900_000, 20_000_000);
        let act = s.wants(asked, "job.start", &place, "run the checks").within(600, 4_000);
        let done = s.event("github", "check_suite.completed", &Actor::app("actions"), &place);
        done.because(act).token(act).text("success").within(90_000, 600_000);
    }
    let mut heard = s.says(&who, &pull, typed).within(900_000, 20_000_000);
    for round in 0..=turns(s, if tells { 2 } else { 1 }) {
        // The test could have been flaky, so once more is in order.
        if round == 2 {
            s.loop_starts();
        }
        let act = s.wants(heard, "job.start", &pull, "run the checks").within(600, 4_000);
        let done = s.event("github", "check_suite.completed", &Actor::app("actions"), &pull);
        let checks = s.between(90_000, 600_000);
        let done = done.because(act).token(act).text(format!("failure: {why}")).after(checks);
        let mut last = act;
        if tells {
            let run = if numbered { format!(" (run {})", 4_000 + 7 * round) } else { String::new() };
            last = s.wants(done, "comment", &pull, &format!("The checks failed{run}: {why}")).within(600, 3_000);
            remark(s, last, 5, &["it is not flaky", "who is retesting?", "see the log"]);
        }
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let place = s.issue_no(2_700 + round);
            let asked = s.person_says(&place, "/retest").within(900, 40_000);
            s.wants(asked, "job.start", &place, "run the checks").within(600, 4_000).in_order();
        }
        let again = s.says(&who, &pull, typed).because(last).token_in(last, keeps);
        heard = again.after(s.between(soon, late) + if tells { 0 } else { checks });
    }
}

fn retest_until_it_is_green(s: &Scene) {
    let gap = s.pick(&[20_000, 240_000, 2_000_000]);
    for number in 0..s.between(5, 9) {
        let (place, who) = (s.issue_no(2_800 + number), s.somebody());
        let mut heard = s.says(&who, &place, "/retest").within(gap, 8 * gap);
        let tries = s.pick(&[2, 2, 3, 3, 4, 7]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "job.start", &place, "run the checks").within(600, 4_000);
            let done = s.event("github", "check_suite.completed", &Actor::app("actions"), &place).because(act);
            let test = s.pick(&["login_slow", "login_slow", "upload", "clock_skew"]);
            let text = if attempt < tries { format!("failure: {test} timed out") } else { "success".to_owned() };
            let done = done.token(act).text(&text).within(90_000, 600_000);
            let told = s.wants(done, "comment", &place, &format!("Checks: {text}")).within(600, 3_000);
            s.echo(told, COMMENTED);
            if attempt < tries {
                let words = s.pick(&["/retest", "/retest", "/retest", "/retest unrelated", "again\n/retest"]);
                heard = s.says(&who, &place, words).because(told).within(gap / 10, gap);
            }
        }
    }
}

fn review_requested_from_who_left(s: &Scene) {
    let (she, pulls, first) = (person(3), s.pick(&[1, 1, 2, 3]), s.between(900, 1_900));
    let (tells, keeps, rotates) = (s.chance(40), s.pick(&[0, 0, 60]), s.chance(25));
    let (soon, late) = s.pick(&[(900, 5_000), (50_000, 70_000), (880_000, 930_000), (3_500_000, 3_700_000)]);
    let ask = |heard, place: &str, name: &str, wait| {
        let act = s.wants(heard, "review.request", place, &format!("review requested from {name}"));
        act.writes("reviewer", name).after(wait)
    };
    for number in 0..s.between(0, 6) {
        let place = s.issue_no(3_100 + number);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(4));
        ask(opened.within(600_000, 20_000_000), &place, s.pick(&["h1", "h4"]), 900);
    }
    let start = s.now() + 900_000;
    let open = |at| s.event("github", "pull_request.opened", &person(5), &s.issue_no(first + at)).text(s.sentence(5));
    let mut heard: Vec<_> = (0..pulls).map(|at| open(at).at(start).after(40_000 * at)).collect();
    for round in s.rounds(turns(s, pulls * if tells { 2 } else { 1 })) {
        let (wait, pause) = (s.between(900, 3_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            // Where two have left both of them run the script.
            let name = if rotates && round % 2 == 1 { "h7" } else { she.name.as_str() };
            let place = s.issue_no(first + at);
            let act = ask(*heard, &place, name, wait);
            if tells {
                let text = format!("@{name} you own most of what changes here. Please have a look.");
                let told = s.wants(*heard, "comment", &place, &text).after(wait + 600);
                remark(s, told, 6, &["she has left", "can somebody else do it?", "again?"]);
            }
            let off = s.event("github", "pull_request.review_request_removed", &Actor::person(name), &place);
            *heard = off.because(act).token_in(act, keeps).state("reviewer", "none").after(pause);
        }
    }
}

fn reviewers_swapped_by_people(s: &Scene) {
    let gap = s.pick(&[40_000, 600_000, 9_000_000]);
    for number in 0..s.between(6, 14) {
        let place = s.issue_no(3_300 + number);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(5));
        let (mut heard, mut at) = (opened.within(gap, 6 * gap), s.between(1, 5));
        let choices = s.pick(&[3, 3, 4, 5]);
        for choice in 1..=choices {
            let name = format!("h{at}");
            let act = s.wants(heard, "review.request", &place, &format!("review requested from {name}"));
            let act = act.writes("reviewer", &name).progress(choice).within(900, 3_000);
            s.echo(act, "pull_request.review_requested");
            if choice < choices {
                let off = s.event("github", "pull_request.review_request_removed", &person(at), &place);
                heard = off.because(act).state("reviewer", "none").within(gap / 8, gap);
                if s.chance(40) {
                    let words = s.pick(&["not me, sorry", "no time", "swap?", "I take the next one"]);
                    s.says(&person(at), &place, words).because(act).within(gap / 8, gap);
                }
                at = 1 + at % 5;
            }
        }
    }
}

fn approval_by_a_token_dismissed(s: &Scene) {
    let (pull, she, keeps, mut spare) = (s.issue(), person(2), s.pick(&[0, 0, 60, 100]), 3);
    let (tells, style) = (s.chance(45), s.between(0, 2));
    let (soon, late) = s.pick(&[(1_000, 6_000), (58_000, 64_000), (590_000, 640_000), (3_550_000, 3_700_000)]);
    let approved = |who: &Actor, place: &str, text: &str| {
        s.event("github", "pull_request_review.submitted", who, place).text(text).state("review", "approved")
    };
    let dismiss = |heard, place: &str, name: &str| {
        let act = s.wants(heard, "review.dismiss", place, &format!("{name} pushed the last change"));
        act.writes("review", "dismissed").within(700, 3_000)
    };
    // It happens to people as well, and then somebody else approves.
    for number in 0..s.between(0, 5) {
        let (place, who) = (s.issue_no(3_500 + number), s.somebody());
        let act = dismiss(approved(&who, &place, "").within(900_000, 30_000_000), &place, &who.name);
        approved(&person(6), &place, "LGTM").because(act).within(60_000, 900_000);
    }
    let words = || match style {
        0 => "LGTM".to_owned(),
        1 => format!("Approved by auto-approve at {}", s.timestamp()),
        _ => s.pick(&["Looks good!", "Ship it.", "LGTM, thanks"]).to_owned(),
    };
    let mut heard = approved(&she, &pull, &words()).within(900_000, 30_000_000);
    for _ in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let act = dismiss(heard, &pull, &she.name);
        if tells {
            let text = format!("@{} who pushed last can not approve. Please ask somebody else.", she.name);
            let told = s.wants(heard, "comment", &pull, &text).within(3_100, 5_000);
            remark(s, told, 6, &["it is the script, I think", "lol", "same on the other one"]);
        }
        if spare > 0 && s.chance(7) {
            spare -= 1;
            let (place, who) = (s.issue_no(3_600 + spare), s.somebody());
            dismiss(approved(&who, &place, "ok").within(900, 40_000), &place, &who.name).in_order();
        }
        heard = approved(&she, &pull, &words()).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn approvals_given_again_after_pushes(s: &Scene) {
    let gap = s.pick(&[60_000, 600_000, 5_000_000]);
    for number in 0..s.between(3, 6) {
        let (place, author, reviewer) = (s.issue_no(3_700 + number), person(1 + number % 3), person(4 + number % 2));
        for fix in 1..=s.between(3, 7) {
            let push = s.event("github", "push", &author, &place).tree(s.hex(40));
            let push = push.text(s.pick(&["fix", "fix", "review", "typo", "rebase"])).within(gap / 4, 2 * gap);
            let text = format!("New commits since the approval ({}).", s.hex(7));
            let act = s.wants(push, "review.dismiss", &place, &text).progress(fix).within(900, 4_000);
            let act = act.writes("review", "dismissed");
            let again = s.event("github", "pull_request_review.submitted", &reviewer, &place).because(act);
            let again = again.text(s.pick(&["LGTM", "LGTM", "still good", "+1", ""])).state("review", "approved");
            let again = again.within(gap / 10, gap);
            s.wants(again, "label", &place, "ready").writes("lbl", "ready").progress(fix).within(400, 2_000);
        }
    }
}

fn bridge_writes_as_the_author(s: &Scene) {
    let (issue, ticket) = (s.issue(), format!("jira:OPS-{}", s.between(10, 900)));
    let (style, keeps, links, mut spare) = (s.between(0, 3), s.pick(&[0, 0, 60, 100]), s.chance(40), 3);
    let (soon, late) = s.pick(&[(900, 4_000), (29_000, 34_000), (298_000, 330_000)]);
    let shown = |who: &Actor, text: &str| match style {
        0 => text.to_owned(),
        1 => format!("{} wrote:\n{text}", who.name),
        2 => format!("[GitHub] {text}").chars().take(240).collect(),
        _ => format!("{text}\n\n-- {} via GitHub, {}", who.name, s.timestamp()).chars().take(240).collect(),
    };
    let copy = |heard, text: &str| s.wants(heard, "comment", &ticket, text).within(400, 2_500);
    // The other team had no bridge yet.
    for _ in 0..s.between(0, 6) {
        let (who, text) = (s.somebody(), s.sentence(7));
        copy(s.says(&who, &issue, &text).within(600_000, 20_000_000), &shown(&who, &text));
    }
    let says = |text: String, soon, late| {
        let who = s.somebody();
        (s.says(&who, &issue, &text).within(soon, late), who, text, true)
    };
    let mut open = vec![says(s.sentence(8), 600_000, 20_000_000)];
    for round in s.rounds(turns(s, 1)) {
        let (heard, who, text, by_a_person) = open.remove(0);
        let text = shown(&who, &text);
        let act = copy(heard, &text);
        if by_a_person && round > 0 {
            act.in_order();
        }
        let back = s.says(&who, &issue, &text).because(act).token_in(act, keeps).within(soon, late);
        open.push((if links { back.answers(act) } else { back }, who, text, false));
        if spare > 0 && open.len() < 3 && s.chance(9) {
            spare -= 1;
            let words = s.pick(&["why do I say that twice?", "I did not write this", "ok, and the log?"]);
            open.push(says(words.to_owned(), 900, 20_000));
        }
    }
}

fn bridged_talk_of_two_sites(s: &Scene) {
    let (issue, room, gap) = (s.issue(), s.channel(), s.pick(&[20_000, 300_000, 4_000_000]));
    let words = ["ok", "yes", "same here", "can you try again?", "which version?", "done", "not on our side", "+1"];
    for _ in 0..s.between(4, 8) {
        let mut heard = s.says(&person(s.between(1, 3)), &issue, &s.sentence(7)).within(gap, 6 * gap);
        for turn in 0..s.between(4, 9) {
            let (there, place) =
                if turn % 2 == 0 { (person(s.between(4, 5)), &room) } else { (person(s.between(1, 3)), &issue) };
            let act = s.wants(heard, "message", place, &heard.said()).within(400, 2_500);
            s.echo(act, if turn % 2 == 0 { "message" } else { COMMENTED });
            let text = if s.chance(60) { s.pick(&words).to_owned() } else { s.sentence(6) };
            heard = answered(s, &there, act, &text).within(gap / 12, gap);
        }
    }
}

fn inline_comments_in_one_submit(s: &Scene) {
    let gap = s.pick(&[8_000, 60_000]);
    for review in 0..s.between(2, 3) {
        let (place, reviewer, author) = (s.issue_no(3_900 + review), person(1 + review), person(5));
        let start = s.now() + s.between(600_000, 9_000_000);
        let size = s.between(8, 16);
        for at in 0..size {
            let words = s.pick(&["same here", "same here", "nit: name", "why?", "please split this", "test?"]);
            let text = if s.chance(50) { words.to_owned() } else { s.sentence(6) };
            let said = s.event("github", "pull_request_review_comment.created", &reviewer, &place).text(text);
            let act = s.wants(said.at(start).after(35 * at), "comment", &place, &format!("Noted as point {}.", at + 1));
            s.echo(act.within(300, 2_500), "pull_request_review_comment.created");
        }
        for at in 0..size {
            if s.chance(60) {
                let said = s.event("github", "pull_request_review_comment.created", &author, &place);
                let said = said.text(s.pick(&["done", "done", "Done.", "fixed"])).within(gap / 8, gap);
                s.wants(said, "point.close", &place, &format!("point {}", at + 1)).within(300, 1_500);
            }
        }
    }
}

fn one_sentence_under_many_pulls(s: &Scene) {
    let (reviewer, gap) = (s.somebody(), s.pick(&[4_000, 20_000, 90_000]));
    let sentence = s.pick(&["Please add a changelog entry.", "changelog?", "Missing changelog entry, see the guide."]);
    for number in 0..s.between(9, 22) {
        let (place, author) = (s.issue_no(4_100 + number), person(s.between(1, 5)));
        let said = s.says(&reviewer, &place, sentence).within(gap / 3, gap);
        let marked = s.wants(said, "label", &place, "needs changelog").writes("lbl", "needs-changelog");
        s.echo(marked, "pull_request.labeled").map(|echo| echo.state("lbl", "needs-changelog"));
        let text = "An entry is a line in changes/. Tell me when it is there: /changelog done";
        let told = s.wants(said, "comment", &place, text).within(1_000, 4_000);
        s.echo(told, COMMENTED);
        if s.chance(45) {
            let done = answered(s, &author, told, "/changelog done").within(2 * gap, 90 * gap);
            s.wants(done, "unlabel", &place, "needs changelog").writes("lbl", "none").within(400, 2_000);
        }
    }
}

fn updates_merged_one_by_one(s: &Scene) {
    let (she, gap, updater) = (s.somebody(), s.pick(&[15_000, 90_000, 900_000]), Actor::bot("dependabot"));
    let size = s.between(12, 22);
    for number in 1..=size {
        let (place, lib) = (s.issue_no(4_300 + number), s.word());
        s.event("github", "pull_request.synchronize", &updater, &place).text(format!("Bump {lib}")).tree(s.hex(40));
        if s.chance(75) {
            let words = s.pick(&["@bot rebase", "@bot rebase", "@bot rebase please"]);
            let asked = s.says(&she, &place, words).within(gap / 5, gap);
            let act = s.wants(asked, "git.push", &place, "rebase onto main").progress(number).within(900, 6_000);
            let green = s.event("github", "check_suite.completed", &Actor::app("actions"), &place).because(act);
            green.token(act).text("success").within(60_000, 200_000);
        }
        let merged = s.event("github", "pull_request.closed", &she, &place).text(format!("Bump {lib}"));
        let merged = merged.state("merged", "true").within(gap / 5, gap);
        let text = format!("{number} of {size} updates are merged.");
        let told = s.wants(merged, "comment", &s.issue(), &text).progress(number).within(600, 3_000);
        s.echo(told, COMMENTED);
        remark(s, told, 8, &["nice", "+1", "thx for doing that"]);
    }
}

fn release_issue_ticked_and_edited(s: &Scene) {
    let gap = s.pick(&[3_000, 40_000, 600_000]);
    let items = ["tag", "notes", "image", "mail", "docs", "blog", "smoke test", "status page", "close the board"];
    for release in 0..s.between(3, 5) {
        let (place, who, mut ticked) = (s.issue_no(4_600 + release), s.somebody(), 0);
        while ticked < items.len() {
            // Now and then a word is mended, or two items are ticked at once.
            ticked += s.pick(&[0, 1, 1, 1, 1, 1, 2]);
            ticked = ticked.min(items.len());
            let line = |(at, item): (usize, &&str)| format!("- [{}] {item}", if at < ticked { "x" } else { " " });
            let body: Vec<_> = items.iter().enumerate().map(line).collect();
            let edit = s.event("github", "issues.edited", &who, &place).text(body.join("\n")).within(gap / 6, gap);
            let text = format!("{ticked} of {} items are done.", items.len());
            s.echo(s.wants(edit, "comment.update", &place, &text).within(400, 2_500), "issue_comment.edited");
            murmur(s, &place, 8);
        }
    }
}
