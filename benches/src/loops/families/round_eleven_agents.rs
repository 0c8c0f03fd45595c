//! Agents that steer, write, click and answer, and two that haggle.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "message_to_a_finished_subagent",
        "",
        "An agent sends advice to a subagent that has ended; the tool finds no live subagent of that name, and the agent tries again",
        message_to_a_finished_subagent,
    ),
    declared(
        "subagents_steered_until_they_end",
        "",
        "An agent steers several subagents in counted steps; one that has ended is looked up once more as attempt two of two",
        subagents_steered_until_they_end,
    ),
    looping(
        "shorter_and_more_detailed",
        "",
        "One critic finds each draft too long and another one each short draft too thin, and a writer does as it was told last",
        shorter_and_more_detailed,
    ),
    declared(
        "drafts_through_two_critics",
        "",
        "Several texts go through two critics by turns for at most eight declared rounds each, until neither has a remark",
        drafts_through_two_critics,
    ),
    looping(
        "banner_after_each_click",
        "",
        "An agent in a browser accepts the cookies, the site can not keep that and loads again, and its banner lies over the page",
        banner_after_each_click,
    ),
    declared(
        "forms_over_many_pages",
        "",
        "An agent fills in forms over many pages in numbered steps, closes a banner on some, and reads a page again that loads slowly",
        forms_over_many_pages,
    ),
    looping(
        "apology_quotes_what_was_blocked",
        "",
        "A guard blocks an answer with an account number, and the model, asked for another one, explains which number it must not say",
        apology_quotes_what_was_blocked,
    ),
    declared(
        "blocked_answers_rephrased",
        "",
        "A guard checks the answers to many customers; what it blocks is written anew as attempt n of three, and then handed to people",
        blocked_answers_rephrased,
    ),
    declared(
        "offers_of_two_buying_agents",
        "",
        "Our agent and a seller's haggle over several contracts in a declared number of rounds, each offer nearer to the other one",
        offers_of_two_buying_agents,
    ),
];

fn message_to_a_finished_subagent(s: &Scene) {
    let (boss, name) = (s.agent("boss"), format!("sa-0-{}", s.hex(6)));
    let tool = if s.chance(50) { s.agent("tool") } else { format!("ag:sub/{name}") };
    let (lists, thinks, dated) = (s.chance(40), s.chance(60), s.chance(35));
    let (soon, late) = s.pick(&[(5, 60), (400, 3_000), (20_000, 60_000)]);
    let plain = s.sentence(7);
    let steer = |heard| {
        let text = if thinks { s.paraphrase() } else { plain.clone() };
        s.wants(heard, "subagent.steer", &tool, &text).within(900, 7_000)
    };
    let mut heard = s.person_orders(&boss, "have the tests written and the docs checked");
    for _ in 0..s.between(0, 4) {
        // It is still at work.
        heard = s.reports(steer(heard), "tool.done", &s.sentence(6)).within(900, 30_000);
    }
    for _ in s.rounds(if lists { s.between(12, 26) } else { s.between(22, 52) }) {
        let call = steer(heard);
        let stamp = if dated { format!(" [{}]", s.timestamp()) } else { String::new() };
        heard = s.reports(call, "tool.failed", &format!("no live subagent '{name}'{stamp}")).within(soon, late);
        if lists {
            let list = s.wants(heard, "subagent.list", &boss, "").within(900, 7_000);
            heard = s.reports(list, "tool.done", "1 task is being waited for").within(soon, late);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is it done?", "stop please"])).within(900, 60_000);
        }
    }
}

fn subagents_steered_until_they_end(s: &Scene) {
    let boss = s.agent("boss");
    let mut heard = s.person_orders(&boss, &s.sentence(8));
    for number in 0..s.between(2, 6) {
        let tool = format!("ag:sub/sa-{number}-{}", s.hex(6));
        let start = s.wants(heard, "subagent.start", &tool, &s.sentence(8)).within(900, 9_000);
        heard = s.reports(start, "subagent.reported", &s.paraphrase()).within(9_000, 200_000);
        for step in 1..=s.between(1, 6) {
            let steer = s.wants(heard, "subagent.steer", &tool, &s.paraphrase()).progress(step).within(900, 9_000);
            heard = s.reports(steer, "subagent.reported", &s.paraphrase()).within(9_000, 200_000);
        }
        if s.chance(40) {
            for attempt in 1..=2 {
                let ask = s.wants(heard, "subagent.result", &tool, "").attempt(attempt, 2).within(900, 9_000);
                let text = if attempt == 1 { "no live subagent of that name" } else { "it has ended, 3 files changed" };
                heard = s.reports(ask, "tool.done", text).within(20, 900);
            }
        }
    }
    s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 9_000);
}

fn shorter_and_more_detailed(s: &Scene) {
    let draft = s.agent("draft");
    let ours = s.chance(40);
    let critics = [
        Actor::new("brief-critic", s.pick(&["bot", "app", "human"])),
        Actor::new("deep-critic", s.pick(&["bot", "app", "human"])),
    ];
    let (counts, thinks, same, keeps) = (s.chance(60), s.chance(70), s.chance(30), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(3_000, 20_000), (40_000, 200_000), (1_000_000, 4_000_000)]);
    let write = |heard, words: u64| {
        let text = match (counts, thinks) {
            (true, _) => format!("{words} words: {}", s.paraphrase()),
            (false, true) => s.paraphrase(),
            (false, false) => format!("draft of {words} words"),
        };
        let text = if same { format!("draft {}", if words < 300 { "short" } else { "long" }) } else { text };
        s.wants(heard, "draft.write", &draft, &text).within(2_000, 20_000)
    };
    let mut heard = s.person_orders(&draft, "write the announcement");
    for round in s.rounds(if ours { s.between(12, 26) } else { s.between(22, 46) }) {
        let turn = usize::try_from(round % 2).unwrap_or(0);
        let words = if turn == 0 { s.between(380, 460) } else { s.between(120, 160) };
        let written = write(heard, words);
        let remark = match (thinks, turn) {
            (true, _) => s.paraphrase(),
            (false, 0) => "Too long for an announcement, please cut it by half.".to_owned(),
            (false, _) => "The details are missing, please say more.".to_owned(),
        };
        heard = if ours {
            let read = s.reports(written, "draft.written", &written.text()).within(100, 900);
            let review = s.wants(read, "review.write", &draft, &remark).within(2_000, 9_000);
            s.event("agent", "review.written", &Actor::runtime(), &draft)
                .because(review)
                .text(remark)
                .token_kept(review)
        } else {
            let event = s.event("agent", "review.written", &critics[turn], &draft).because(written).text(remark);
            event.token_in(written, keeps)
        };
        heard.within(soon, late);
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["when can we send it?", "two sentences would do"]))
                .within(900, 90_000);
        }
    }
}

fn drafts_through_two_critics(s: &Scene) {
    let critics = [Actor::bot("brief-critic"), Actor::bot("deep-critic")];
    for number in 0..s.between(2, 7) {
        let draft = s.agent(&format!("draft-{number}"));
        let mut heard = s.person_orders(&draft, &s.sentence(6)).within(60_000, 3_000_000);
        for round in 1..=s.between(3, 8) {
            let text = format!("{} words: {}", 460 - 30 * round, s.paraphrase());
            let written = s.wants(heard, "draft.write", &draft, &text).attempt(round, 8).within(2_000, 20_000);
            let critic = &critics[usize::try_from(round % 2).unwrap_or(0)];
            heard = s.event("agent", "review.written", critic, &draft).because(written).token(written);
            heard.text(s.paraphrase()).within(5_000, 90_000);
        }
        s.wants(heard, "message", &s.channel(), &format!("{draft} is ready")).within(900, 9_000);
    }
}

fn banner_after_each_click(s: &Scene) {
    let (tab, site) = (s.agent("browser"), s.pick(&["cars", "homes", "trains"]));
    let per_page = s.chance(40);
    let (cycle, thinks, session) = (s.pick(&[1, 1, 2, 3, 4]), s.chance(50), s.chance(50));
    let browser = Actor::new("browser", s.pick(&["system", "unknown", "app"]));
    let tells = s.chance(60);
    let (soon, late) = s.pick(&[(400, 2_500), (2_000, 9_000), (25_000, 31_000)]);
    let moves = ["click Accept all", "click Reject all", "press Escape", "reload the page"];
    let place = if per_page { format!("{tab}/{site}") } else { tab.clone() };
    let loaded = |act, text: &str| {
        // Either the host knows which click it was, or the browser only reports that a page was loaded.
        if tells {
            s.reports(act, "page.loaded", text)
        } else {
            s.event("agent", "page.loaded", &browser, &place).because(act).text(text)
        }
    };
    let mut heard = s.person_orders(&s.agent("shopper"), "find three cheap ones");
    for page in 0..s.between(0, 4) {
        let open = s.wants(heard, "browser.open", &place, &format!("https://{site}.example/{page}"));
        heard = loaded(open.within(900, 6_000), &s.sentence(9)).within(soon, late);
    }
    for round in s.rounds(s.between(22, 54)) {
        let act = moves[usize::try_from(round % cycle).unwrap_or(0)];
        let text = if thinks { format!("{act}. {}", s.paraphrase()) } else { act.to_owned() };
        let click = s.wants(heard, "browser.act", &place, &text).within(900, 6_000);
        let id = if session { format!(" (session {})", s.hex(12)) } else { String::new() };
        heard = loaded(click, &format!("We value your privacy. Accept all / Reject all{id}")).within(soon, late);
        if s.chance(5) {
            s.person_says(&s.channel(), &s.sentence(5)).within(900, 60_000);
        }
    }
}

fn forms_over_many_pages(s: &Scene) {
    let mut heard = s.person_orders(&s.agent("clerk"), "register us for the three fairs");
    for form in 0..s.between(1, 3) {
        let place = s.agent(&format!("browser-{form}"));
        let pages = s.between(4, 10);
        for page in 1..=pages {
            let text = format!("fill in page {page} of {pages} and click Next");
            let act = s.wants(heard, "browser.act", &place, &text).progress(page).within(900, 6_000);
            heard = s.reports(act, "page.loaded", s.pick(&["Please wait", "Your data", "Next page"]));
            heard.within(400, 6_000);
            if s.chance(25) {
                let read = s.wants(heard, "browser.read", &place, "read the page").reads_only().within(900, 3_000);
                heard = s.reports(read, "page.read", &format!("page {} of {pages}", page + 1)).within(100, 900);
            }
            if page == 1 && s.chance(60) {
                let banner = s.wants(heard, "browser.close", &place, "click Reject all").attempt(1, 2);
                heard = s.reports(banner.within(900, 3_000), "page.loaded", "Your data").within(400, 3_000);
            }
        }
    }
    s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 9_000);
}

fn apology_quotes_what_was_blocked(s: &Scene) {
    let (session, account) = (s.agent("session"), format!("DE{} {}", s.between(10, 99), s.between(1_000, 9_999)));
    let guard = Actor::new("output-guard", s.pick(&["system", "app", "bot", "unknown"]));
    let (calls, quotes, scores, keeps) = (s.chance(40), s.chance(60), s.chance(50), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(20, 200), (300, 2_500), (9_000, 30_000)]);
    // Other questions have harmless answers.
    for _ in 0..s.between(0, 4) {
        let asked = s.event("web", "message", &s.somebody(), &session).text(s.sentence(7)).within(20_000, 400_000);
        s.wants(asked, "answer", &session, &s.paraphrase()).within(900, 6_000);
    }
    let asked = s.event("web", "message", &s.somebody(), &session).text("which account do I pay into?");
    let mut heard = asked.within(20_000, 400_000);
    for _ in s.rounds(if calls { s.between(12, 26) } else { s.between(22, 52) }) {
        let mut cause = heard;
        let text = format!("{} I must not say {account}.", s.paraphrase());
        if calls {
            let call = s.wants(heard, "model.call", &session, "write the answer without the number").within(20, 300);
            cause = s.reports(call, "model.answered", &text).within(900, 6_000);
        }
        let answer = s.wants(cause, "answer", &session, &text).within(20, 4_000);
        if s.chance(6) {
            s.event("web", "typing", &s.somebody(), &session).within(100, 5_000);
        }
        let quote = if quotes { format!(": ...{}", &account[..6]) } else { String::new() };
        let score = if scores { format!(" ({} %)", s.between(91, 99)) } else { String::new() };
        heard = s.event("agent", "answer.blocked", &guard, &session).because(answer).token_in(answer, keeps);
        heard.text(format!("blocked, rule account-number{score}{quote}")).within(soon, late);
    }
}

fn blocked_answers_rephrased(s: &Scene) {
    let guard = Actor::new("output-guard", s.pick(&["system", "app"]));
    for _ in 0..s.between(5, 22) {
        let session = s.agent(&format!("session-{}", s.hex(4)));
        let mut heard = s.event("web", "message", &s.somebody(), &session).text(s.sentence(8));
        heard.within(9_000, 400_000);
        let blocks = s.pick(&[0, 0, 0, 1, 2, 3]);
        for attempt in 1..=(blocks + 1).min(3) {
            let answer = s.wants(heard, "answer", &session, &s.paraphrase()).attempt(attempt, 3).within(900, 6_000);
            if attempt <= blocks {
                heard = s.event("agent", "answer.blocked", &guard, &session).because(answer).token(answer);
                heard.text("blocked, rule account-number").within(20, 900);
            }
        }
        if blocks == 3 {
            s.wants(heard, "handover", &session, "a person has to answer this").within(900, 6_000);
        }
    }
}

fn offers_of_two_buying_agents(s: &Scene) {
    let seller = Actor::new("seller-agent", s.pick(&["bot", "app", "human", "unknown"]));
    for number in 0..s.between(1, 5) {
        let contract = s.agent(&format!("contract-{number}"));
        let mut heard = s.person_orders(&contract, "buy 40 licences, at most 900").within(60_000, 3_000_000);
        for round in 1..=s.between(4, 12) {
            let text = format!("We offer {}. {}", 600 + 20 * round, s.paraphrase());
            let offer = s.wants(heard, "offer.send", &contract, &text).attempt(round, 12).within(900, 9_000);
            heard = s.event("agent", "offer.received", &seller, &contract).because(offer).token(offer);
            heard.text(format!("We ask {}. {}", 1_100 - 20 * round, s.paraphrase())).within(2_000, 600_000);
        }
        s.wants(heard, "message", &s.channel(), &format!("{contract}: {}", s.paraphrase())).within(900, 9_000);
    }
}
