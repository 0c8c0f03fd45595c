//! Agents: sessions that are told to go on, answers that are cut, inboxes, links, and two chores of every office.

use super::{grumble, in_a_word, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "continue_typed_by_a_script",
        "",
        "A script types continue for its owner whenever our agent stops; when the work is done the agent says so, and is told to continue",
        continue_typed_by_a_script,
    ),
    declared(
        "yes_go_on_next",
        "",
        "A person sits before an agent and says ok, yes or next within seconds of each step; the steps are numbered and come to an end",
        yes_go_on_next,
    ),
    looping(
        "answer_cut_at_the_limit",
        "",
        "A model's answer is cut at the limit of its length, we ask it to continue, and it begins from the front and is cut again",
        answer_cut_at_the_limit,
    ),
    declared(
        "long_reports_in_parts",
        "",
        "Several long reports are written in parts; where a part is cut the model is asked to continue, as part n, until the end is there",
        long_reports_in_parts,
    ),
    looping(
        "inbox_agent_and_sales_agent",
        "",
        "Our inbox agent declines each offer politely, and a sales agent under a seller's name answers each mail with another reason to talk",
        inbox_agent_and_sales_agent,
    ),
    declared(
        "sales_mails_declined",
        "",
        "Many sellers write and get the same refusal; some answer in a word and get one more line, as attempt two of two, and no more",
        sales_mails_declined,
    ),
    looping(
        "redirected_to_and_fro",
        "",
        "Our fetcher follows each redirect: the edge sends to the secure address and the origin behind it back to the plain one",
        redirected_to_and_fro,
    ),
    declared(
        "links_followed_through_redirects",
        "",
        "People post links all day, each is fetched through its redirects, reading only and as hop n of ten, and its title is posted",
        links_followed_through_redirects,
    ),
    declared(
        "access_requests_by_form",
        "",
        "People fill in the same form for access, a lead says ok, and the grant and two notices go out by a plan of three, many times a day",
        access_requests_by_form,
    ),
    careless(
        "lunch_ordered_in_one_room",
        "",
        "Before noon people order in a word, say same or change their minds, and we edit one list and put a thumb on each of them",
        lunch_ordered_in_one_room,
    ),
];

fn continue_typed_by_a_script(s: &Scene) {
    let (session, owner) = (s.agent("session"), s.somebody());
    let (style, typed, tests, keeps) = (s.between(0, 2), s.between(0, 2), s.chance(35), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(1_500, 4_000), (9_000, 15_000), (60_000, 62_000)]);
    let (goal, mut spare) = (format!("Bring the tests of the {} to the new runner.", s.word()), 3);
    let goes_on = || match typed {
        0 => "continue".to_owned(),
        1 => s.pick(&["continue", "go on", "keep going until it is done"]).to_owned(),
        _ => format!("{goal} Work until all of it is done."),
    };
    let test = |heard| {
        let run = s.wants(heard, "tool.call", &session, "run the tests").within(100, 800);
        s.reports(run, "tool.done", "212 passed").within(100, 500);
    };
    let order = s.event("agent", "task.submit", &owner, &session).text(&goal);
    let mut heard = order.within(9_000, 900_000);
    // As long as something is left to do the script is a help.
    for step in 1..=s.between(2, 6) {
        let text = format!("{} {} files are moved.", s.paraphrase(), 4 * step);
        let act = s.wants(heard, "message", &session, &text).progress(step).within(4_000, 60_000);
        let more = s.says(&owner, &session, &goes_on()).because(act).token_in(act, keeps);
        heard = more.within(soon, late);
    }
    let done = || match style {
        0 => "All tests run on the new runner. Nothing is left to do.".to_owned(),
        1 => format!("Done: 212 of 212 tests pass ({}).", s.timestamp()),
        _ => s.paraphrase(),
    };
    for _ in s.rounds(turns(s, if tests { 2 } else { 1 })) {
        if tests {
            test(heard);
        }
        let act = s.wants(heard, "message", &session, &done()).within(1_500, 9_000);
        if spare > 0 && s.chance(6) {
            // The owner looks in, and wants to know something.
            spare -= 1;
            let asked =
                s.says(&owner, &session, s.pick(&["how long did it take?", "which files?", "ok, and the docs?"]));
            let asked = asked.because(act).within(300, 1_200);
            s.wants(asked, "message", &session, &s.paraphrase()).within(100, 250).in_order();
        }
        heard = s.says(&owner, &session, &goes_on()).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn yes_go_on_next(s: &Scene) {
    let gap = s.pick(&[9_000, 40_000, 300_000]);
    for job in 0..s.between(1, 3) {
        let (session, owner) = (format!("{}/{job}", s.agent("session")), s.somebody());
        let order = s.event("agent", "task.submit", &owner, &session);
        let order = order.text(format!("Tidy up the {}, step by step.", s.word()));
        let mut heard = order.within(60_000, 900_000);
        let steps = s.between(5, 22);
        for step in 1..=steps {
            let text = match s.between(0, 2) {
                0 => "Shall I go on?".to_owned(),
                1 => format!("Done: {}. Next?", s.word()),
                _ => s.paraphrase(),
            };
            let act = s.wants(heard, "message", &session, &text).progress(step).within(2_000, 20_000);
            s.echo(act, "message");
            let words = s.pick(&["ok", "ok", "yes", "next", "go", "y", "ok next"]);
            heard = in_a_word(s, &owner, act, if step < steps { words } else { "thx, that is all" });
            heard.within(gap / 6, gap);
        }
    }
}

fn answer_cut_at_the_limit(s: &Scene) {
    let (draft, own) = (s.agent("draft"), s.chance(60));
    let writer = Actor::new("writer", s.pick(&["bot", "app"]));
    let (appends, quotes, same, keeps) = (s.chance(35), s.chance(40), s.chance(35), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(9_000, 20_000), (30_000, 90_000), (200_000, 400_000)]);
    let front = s.paraphrase();
    let answer = |act, text: &str, cut: bool| {
        let event = if own {
            s.reports(act, "model.done", text)
        } else {
            let event = s.event("agent", "model.done", &writer, &draft).because(act).token_in(act, keeps);
            event.text(text)
        };
        event.state("finish", if cut { "length" } else { "stop" }).within(soon, late)
    };
    // Other documents fit, or fit in two parts.
    for _ in 0..s.between(0, 3) {
        let order = s.person_orders(&draft, &format!("Write about the {}.", s.word())).within(600_000, 9_000_000);
        let act = s.wants(order, "model.ask", &draft, "Write the document.").within(900, 3_000);
        if s.chance(50) {
            let part = answer(act, &s.paraphrase(), true);
            answer(s.wants(part, "model.ask", &draft, "Please continue.").within(900, 3_000), &s.paraphrase(), false);
        } else {
            answer(act, &s.paraphrase(), false);
        }
    }
    let mut heard =
        s.person_orders(&draft, "Write down all that we know of the old system.").within(600_000, 9_000_000);
    // To ask for the rest once is in order.
    for round in 0..=turns(s, if appends { 2 } else { 1 }) {
        if round == 2 {
            s.loop_starts();
        }
        if appends && round > 0 {
            s.wants(heard, "page.append", "wiki:old-system", &heard.said()).within(100, 800);
        }
        let words = if quotes { format!(" Your last words were: {}", heard.said()) } else { String::new() };
        let text = match round {
            0 => "Write the document.".to_owned(),
            _ => format!("Please continue.{words}").chars().take(240).collect(),
        };
        let act = s.wants(heard, "model.ask", &draft, &text).within(900, 3_000);
        heard = answer(act, &if same { front.clone() } else { s.paraphrase() }, true);
        if s.chance(5) {
            s.person_says(&s.channel(), s.pick(&["is the document there?", "how long is it?"])).within(900, 9_000);
        }
    }
}

fn long_reports_in_parts(s: &Scene) {
    for report in 0..s.between(3, 9) {
        let draft = format!("{}/{report}", s.agent("draft"));
        let order = s.person_orders(&draft, s.pick(&["report please", "report please", "same as last week"]));
        let mut heard = order.within(60_000, 4_000_000);
        let parts = s.between(1, 6);
        for part in 1..=parts {
            let text = if part == 1 { "Write the report." } else { "Please continue." };
            let act = s.wants(heard, "model.ask", &draft, text).progress(part).within(900, 3_000);
            let said = s.reports(act, "model.done", &s.paraphrase());
            heard = said.state("finish", if part < parts { "length" } else { "stop" }).within(9_000, 60_000);
        }
        let told = s.wants(heard, "message", &s.channel(), &format!("Report {report} is there.")).progress(report + 1);
        grumble(s, told, 50, &["thx", "ok", "shorter pls"]);
    }
}

fn inbox_agent_and_sales_agent(s: &Scene) {
    let (inbox, sellers, quotes) = (format!("mail:h{}", s.between(1, 5)), s.pick(&[1, 1, 2]), s.chance(60));
    let class = s.pick(&["human", "human", "human", "unknown"]);
    let (fixed, notes, keeps) = (s.chance(40), s.chance(35), s.pick(&[0, 60, 100]));
    let (front, mut spare) = (s.pick(&["", "[EXTERNAL] "]), 3);
    let (soon, late) = s.pick(&[(40_000, 200_000), (3_000_000, 9_000_000), (60_000_000, 100_000_000)]);
    let name = |at: u64| ["kate@vendor", "leo@tools"][usize::try_from(at % 2).unwrap_or(0)];
    let offer = |who: &Actor, below: &str| {
        let text = format!("{front}{}\n\n{}\nbook a call, or unsubscribe{below}", s.paraphrase(), who.name);
        s.says(who, &inbox, &text)
    };
    let decline = |heard, who: &str, wait| {
        let text = if fixed { "Thank you, we have no need for that at the moment.".to_owned() } else { s.paraphrase() };
        if notes {
            s.wants(heard, "crm.note", &format!("crm:{who}"), "offer declined").after(wait - 700);
        }
        s.wants(heard, "mail.send", &inbox, &text).after(wait)
    };
    // People who sell leave it at that.
    for number in 0..s.between(0, 3) {
        let who = Actor::person(&format!("seller-{number}@shop"));
        let act = decline(offer(&who, "").within(900_000, 40_000_000), &who.name, 4_000);
        if s.chance(30) {
            s.says(&who, &inbox, "ok, thanks").because(act).token(act).within(600_000, 9_000_000);
        }
    }
    let start = s.now() + 900_000;
    let them: Vec<_> = (0..sellers).map(|at| Actor::new(name(at), class)).collect();
    let mut heard: Vec<_> = (0..).zip(&them).map(|(at, who)| offer(who, "").at(start).after(3_000 * at)).collect();
    for round in s.rounds(turns(s, sellers * if notes { 2 } else { 1 })) {
        let (wait, pause) = (s.between(2_000, 20_000), s.between(soon, late));
        for (heard, who) in heard.iter_mut().zip(&them) {
            let act = decline(*heard, &who.name, wait);
            let below = if quotes { format!("\n\n> {}", act.text()) } else { String::new() };
            *heard = offer(who, &below).because(act).token_in(act, keeps).after(pause);
        }
        if spare > 0 && s.chance(7) {
            spare -= 1;
            let other = Actor::person(&format!("seller-{}@shop", 20 + round));
            let offered = s.says(&other, &inbox, &format!("{front}{}", s.paraphrase())).within(900, 20_000);
            s.wants(offered, "mail.send", &inbox, &s.paraphrase()).within(2_000, 9_000).in_order();
        }
    }
}

fn sales_mails_declined(s: &Scene) {
    let gap = s.pick(&[300_000, 9_000_000, 40_000_000]);
    for number in 0..s.between(5, 26) {
        let (who, inbox) = (Actor::person(&format!("seller-{number}@shop")), format!("mail:h1/{number}"));
        let text = format!("[EXTERNAL] {}\n\n{}", s.paraphrase(), who.name);
        let offered = s.says(&who, &inbox, &text).within(gap / 6, gap);
        let refusal = "Thank you, we have no need for that at the moment.";
        let act = s.wants(offered, "mail.send", &inbox, refusal).attempt(1, 2).within(2_000, 60_000);
        if s.chance(45) {
            let words = s.pick(&["ok", "ok thanks", "when should I ask again?", "whom else could I ask?"]);
            let back = in_a_word(s, &who, act, words).within(60_000, gap);
            if words.ends_with('?') {
                s.wants(back, "mail.send", &inbox, refusal).attempt(2, 2).within(2_000, 60_000);
            }
        }
    }
}

fn redirected_to_and_fro(s: &Scene) {
    let (style, own, reads, keeps) = (s.between(0, 2), s.chance(70), s.chance(50), s.pick(&[0, 60, 100]));
    let (host, path) = (format!("{}.example", s.word()), s.word());
    let fetcher = Actor::new("fetcher", s.pick(&["bot", "app", "system"]));
    let (soon, late) = s.pick(&[(20, 200), (300, 2_000), (5_000, 20_000)]);
    let address = |hop: u64| match (style, hop % 2) {
        (0, 0) => format!("http://{host}/{path}"),
        (0, _) => format!("https://{host}/{path}"),
        (1, 0) => format!("https://{host}/{path}?next={}", "%2F".repeat(usize::try_from(hop.min(40)).unwrap_or(0))),
        (1, _) => format!("https://login.{host}/?back={}", "%2F".repeat(usize::try_from(hop.min(40)).unwrap_or(0))),
        (_, 0) => format!("https://{host}/en/{path}?s={}", s.hex(6)),
        _ => format!("https://{host}/de/{path}?s={}", s.hex(6)),
    };
    let place = s.agent("fetch");
    let get = |heard, url: &str| {
        let act = s.wants(heard, "http.get", &place, url).within(10, 90);
        if reads { act.reads_only() } else { act }
    };
    let answer = |act, text: &str| {
        let event = if own {
            s.reports(act, "http.response", text)
        } else {
            let event = s.event("agent", "http.response", &fetcher, &place).because(act).token_in(act, keeps);
            event.text(text)
        };
        event.within(soon, late)
    };
    // Most links lead somewhere.
    for _ in 0..s.between(0, 6) {
        let url = format!("https://{}.example/{}", s.word(), s.word());
        answer(get(s.person_says(&s.channel(), &url).within(60_000, 4_000_000), &url), "200");
    }
    let mut heard = s.person_says(&s.channel(), &address(0)).within(60_000, 4_000_000);
    // Each of the two addresses may be asked for once.
    for hop in 0..=turns(s, 1) {
        if hop == 2 {
            s.loop_starts();
        }
        let act = get(heard, &address(hop));
        heard = answer(act, &format!("{} to {}", s.pick(&["301", "301", "302"]), address(hop + 1)));
    }
}

fn links_followed_through_redirects(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[20_000, 300_000, 4_000_000]));
    for number in 1..=s.between(4, 15) {
        let (host, path) = (s.pick(&["docs", "docs", "wiki", "news"]), s.word());
        let mut heard = s.person_says(&room, &format!("http://{host}.example/{path}")).within(gap / 6, gap);
        let hops = s.between(1, 4);
        for hop in 1..=hops {
            let url = format!("https://{host}.example/{path}?hop={hop}");
            let act = s.wants(heard, "http.get", &s.agent("fetch"), &url).reads_only().attempt(hop, 10).within(10, 90);
            heard = s.reports(act, "http.response", if hop < hops { "302" } else { "200" }).within(50, 900);
        }
        let told = s.wants(heard, "message", &room, &format!("{host}: {path}")).progress(number).within(100, 900);
        s.echo(told, "message");
        grumble(s, told, 15, &["thx", "ok", "old news", "+1"]);
    }
}

fn access_requests_by_form(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[60_000, 900_000, 9_000_000]));
    for number in 1..=s.between(3, 15) {
        let (who, lead) = (s.somebody(), Actor::person(&format!("lead-{}", s.between(1, 2))));
        let what = s.pick(&["the shared drive", "the shared drive", "the staging cluster", "the wiki"]);
        let form =
            format!("Access to: {what}\nFor: {}\nWhy: {}", who.name, s.pick(&["project", "project", "new", "-"]));
        let asked = s.event("forms", "form.filled", &who, "form:access").text(form).within(gap / 6, gap);
        let text = format!("@{} {} asks for {what}. Ok?", lead.name, who.name);
        let question = s.wants(asked, "message", &room, &text).progress(number).within(500, 3_000);
        let words = s.pick(&["ok", "ok", "ok", "yes", "no", "ask again next week"]);
        let said = in_a_word(s, &lead, question, words).within(5_000, gap / 2);
        let plan = format!("access-{number}");
        if matches!(words, "ok" | "yes") {
            s.wants(said, "access.grant", &format!("access:{number}"), what).in_plan(&plan, 3).after(600);
            s.wants(said, "mail.send", &format!("mail:{}", who.name), "You have access.")
                .in_plan(&plan, 3)
                .after(1_300);
            s.wants(said, "form.close", "form:access", "granted").in_plan(&plan, 3).after(2_000);
        } else {
            let text = format!("Not now, says {}.", lead.name);
            s.wants(said, "mail.send", &format!("mail:{}", who.name), &text).within(900, 5_000);
        }
    }
}

fn lunch_ordered_in_one_room(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[4_000, 20_000, 120_000]));
    let mut wanted = [""; 5];
    for _ in 0..s.between(5, 34) {
        let at = usize::try_from(s.between(0, 4)).unwrap_or(0);
        let dish = s.pick(&["pizza", "salad", "soup", "nothing"]);
        let words = s.pick(&[dish, dish, "same", "+1", "same as yesterday"]);
        let said = s.says(&Actor::person(&format!("h{}", at + 1)), &room, words).within(gap / 6, gap);
        wanted[at] = dish;
        if s.chance(50) {
            s.wants(said, "reaction.add", &room, "+1").within(100, 500);
        }
        let count = |what: &str| wanted.iter().filter(|one| **one == what).count();
        let list = format!("pizza {}, salad {}, soup {}", count("pizza"), count("salad"), count("soup"));
        let edit = s.wants(said, "message.update", &format!("{room}/lunch"), &list).within(600, 2_000);
        s.echo(edit, "message.updated");
    }
}
