//! Agents: late codes, voice notes, tools that die, votes, fares and games.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "each_code_is_one_too_late",
        "",
        "Mails with codes come late and each new code voids the one before, so that an agent always enters the code before the last",
        each_code_is_one_too_late,
    ),
    declared(
        "codes_for_many_portals",
        "",
        "An agent fetches invoices from many portals, asks each for a code, and for a second one where the first came too late",
        codes_for_many_portals,
    ),
    looping(
        "voice_note_transcribed_as_a_question",
        "",
        "An agent on its owner's number answers by voice notes, and the transcript of each is a message of the owner to be answered",
        voice_note_transcribed_as_a_question,
    ),
    careless(
        "voice_notes_of_a_family",
        "",
        "A family sends voice notes all day, an app transcribes each of them, and an assistant answers what it finds there",
        voice_notes_of_a_family,
    ),
    looping(
        "tool_server_dies_of_the_call",
        "",
        "A tool server crashes over one argument, the client starts it again, and the model takes the closed connection for a mishap",
        tool_server_dies_of_the_call,
    ),
    declared(
        "tool_server_updated_meanwhile",
        "",
        "An agent calls many tools while their server is updated: a call that was cut off is made again as attempt n of three",
        tool_server_updated_meanwhile,
    ),
    looping(
        "vote_without_a_majority",
        "",
        "Three agents are to vote until two of them agree; each defends its own proposal with new reasons in every ballot",
        vote_without_a_majority,
    ),
    declared(
        "votes_with_a_casting_vote",
        "",
        "Three agents vote on many questions, in at most three ballots each as declared, after which the chair decides",
        votes_with_a_casting_vote,
    ),
    looping(
        "cheaper_seat_is_our_own_hold",
        "",
        "An agent holds a seat; it finds a cheaper one, holds that and releases the first, which is then the cheaper one",
        cheaper_seat_is_our_own_hold,
    ),
    declared(
        "fares_watched_for_travellers",
        "",
        "The fares of many trips are watched, and each trip is booked anew at a lower fare at most twice, as declared",
        fares_watched_for_travellers,
    ),
    declared(
        "games_of_correspondence",
        "",
        "Our bot plays several games with another one, move by move for hours, and counts the moves of each game",
        games_of_correspondence,
    ),
];

fn each_code_is_one_too_late(s: &Scene) {
    let (tab, inbox) = (s.agent("browser"), "mail:agent");
    let portal = Actor::new("portal", s.pick(&["unknown", "unknown", "system", "human"]));
    let (thinks, shows, timed, keeps) = (s.chance(50), s.chance(60), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (20_000, 50_000), (200_000, 290_000)]);
    let request = |heard| {
        let text =
            if thinks { format!("Send me a new code. {}", s.paraphrase()) } else { "Send me a new code".to_owned() };
        s.wants(heard, "code.request", &tab, &text).within(900, 6_000)
    };
    let enter = |mail, code: u64| {
        let text = if shows { format!("enter {code}") } else { "enter the code of the mail".to_owned() };
        s.wants(mail, "code.enter", &tab, &text).within(900, 6_000)
    };
    let code_in = |code: u64| {
        let event = s.event("mail", "mail.in", &portal, inbox);
        if shows { event.text(format!("Your code is {code}")) } else { event.text("Your code") }
    };
    let mut heard = s.person_orders(&s.agent("clerk"), "fetch the invoices of this month");
    // Other portals were quicker.
    for _ in 0..s.between(0, 3) {
        let (asked, code) = (request(heard), s.between(100_000, 999_999));
        let mail = code_in(code).because(asked).token_in(asked, keeps).within(900, 6_000);
        heard = s.reports(enter(mail, code), "page.loaded", "Welcome").within(400, 3_000);
    }
    let (mut before, mut code) = (request(heard), s.between(100_000, 999_999));
    heard = s.reports(before, "page.waited", "no mail so far").within(29_000, 31_000);
    for _ in s.rounds(s.between(12, 24)) {
        let asked = request(heard);
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["are the invoices there?", "my phone is full of codes"]))
                .within(100, 900);
        }
        let now = s.now();
        let mail = code_in(code).because(before).token_in(before, keeps).at(now).within(soon, late);
        let entered = enter(mail, code);
        let wait = if timed { format!(", {} seconds left", s.between(200, 590)) } else { String::new() };
        heard = s.reports(entered, "page.loaded", &format!("This code is not valid any more{wait}"));
        heard.within(400, 3_000);
        (before, code) = (asked, s.between(100_000, 999_999));
    }
}

fn codes_for_many_portals(s: &Scene) {
    let portal = Actor::new("portal", s.pick(&["unknown", "system"]));
    let mut heard = s.person_orders(&s.agent("clerk"), "fetch the invoices of this month");
    for number in 0..s.between(2, 12) {
        let tab = format!("{}-{number}", s.agent("browser"));
        let tries = s.pick(&[1, 1, 1, 2]);
        for attempt in 1..=tries {
            let ask = s.wants(heard, "code.request", &tab, "Send me a code").attempt(attempt, 2).within(900, 6_000);
            let code = s.between(100_000, 999_999);
            let mail = s.event("mail", "mail.in", &portal, "mail:agent").because(ask).token(ask);
            mail.text(format!("Your code is {code}")).within(2_000, 40_000);
            let enter = s.wants(mail, "code.enter", &tab, &format!("enter {code}")).attempt(attempt, 2);
            let text = if attempt < tries { "This code is not valid any more" } else { "Welcome" };
            heard = s.reports(enter.within(900, 6_000), "page.loaded", text).within(400, 3_000);
        }
        let save = s.wants(heard, "file.save", &s.agent("files"), &format!("invoice-{number}.pdf"));
        heard = s.reports(save, "file.saved", "").within(100, 900);
    }
}

fn voice_note_transcribed_as_a_question(s: &Scene) {
    let chat = format!("wa:chat/{}", s.between(1, 90));
    let (name, class) = s.pick(&[("owner", "human"), ("owner", "human"), ("transcriber", "app"), ("chat", "unknown")]);
    let writer = Actor::new(name, class);
    let (both, exact, replies, keeps) = (s.chance(40), s.chance(40), s.chance(35), s.pick(&[0, 0, 0, 40]));
    let seconds = s.chance(40);
    let (soon, late) = s.pick(&[(900, 5_000), (12_000, 40_000), (200_000, 500_000)]);
    // At first the owner writes and is answered in writing.
    for _ in 0..s.between(0, 4) {
        let asked = s.event("other", "message", &Actor::person("owner"), &chat).text(s.sentence(6));
        s.wants(asked.within(60_000, 9_000_000), "message", &chat, &s.paraphrase()).within(900, 6_000);
    }
    let asked = s.event("other", "message", &Actor::person("owner"), &chat).text("answer by voice from now on");
    let mut heard = asked.within(60_000, 9_000_000);
    for _ in s.rounds(if both { s.between(12, 25) } else { s.between(22, 46) }) {
        let words = s.paraphrase();
        let note = s.wants(heard, "voice.send", &chat, &words).within(2_000, 9_000);
        if both {
            s.wants(heard, "message", &chat, &format!("I have sent you a voice note: {}", s.sentence(3)))
                .within(9_100, 12_000);
        }
        if s.chance(7) {
            s.event("other", "message", &Actor::person("h3"), "wa:chat/100").text(s.sentence(5)).within(900, 30_000);
        }
        // Speech is heard a little differently from how it was written.
        let heard_words = if exact { words } else { words.to_lowercase().replace([',', '.', ':', '!', '?'], "") };
        let length = if seconds { format!("[{} s] ", s.between(4, 40)) } else { String::new() };
        heard = s.event("other", "message", &writer, &chat).because(note).token_in(note, keeps);
        heard.text(format!("{length}{heard_words}")).within(soon, late);
        if replies {
            heard.answers(note);
        }
    }
}

fn voice_notes_of_a_family(s: &Scene) {
    let (transcriber, gap) =
        (Actor::new("transcriber", s.pick(&["app", "bot", "unknown"])), s.pick(&[20_000, 900_000]));
    for _ in 0..s.between(5, 45) {
        let chat = format!("wa:chat/{}", s.between(1, 3));
        s.event("other", "voice", &s.somebody(), &chat).within(gap / 6, gap);
        let text = s.pick(&["what is for dinner", "add milk to the list", "who fetches the children", "ok thank you"]);
        let said = s.event("other", "message", &transcriber, &chat).text(text).within(900, 5_000);
        let answer = s.pick(&["It is on the list.", "Pasta, says the plan.", "You are welcome!"]);
        let sent = s.wants(said, "message", &chat, answer).within(900, 6_000);
        s.echo(sent, "message");
    }
}

fn tool_server_dies_of_the_call(s: &Scene) {
    let (tool, server) = (s.agent("tool"), s.agent("server"));
    let (starts, thinks, coded, fixed) = (s.chance(55), s.chance(50), s.chance(50), s.chance(40));
    let same_place = s.chance(30);
    let (soon, late) = s.pick(&[(20, 300), (900, 5_000), (29_000, 31_000)]);
    let page = s.between(100, 900);
    let place = if same_place { &tool } else { &server };
    let call = |heard, text: &str| s.wants(heard, "tool.call", &tool, text).within(900, 6_000);
    let mut heard = s.person_orders(&s.agent("session"), "read the scanned contract");
    for number in 0..s.between(0, 4) {
        heard = s.reports(call(heard, &format!("read page {number}")), "tool.done", &s.sentence(7)).within(soon, late);
    }
    for round in s.rounds(if starts { s.between(12, 25) } else { s.between(22, 46) }) {
        let text = match (fixed, thinks) {
            (true, _) => format!("read page {page}"),
            (false, true) => format!("read page {page}. {}", s.paraphrase()),
            (false, false) => format!("read page {page}, dpi {}", 300 - 5 * round),
        };
        let done = call(heard, &text);
        let why = if coded {
            format!("connection closed, pid {}", s.between(900, 60_000))
        } else {
            "connection closed".to_owned()
        };
        heard = s.reports(done, "tool.failed", &why).within(soon, late);
        if starts {
            let start = s.wants(heard, "server.start", place, "scan-server").within(100, 900);
            heard = s.reports(start, "server.started", "3 tools").within(500, 4_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is it reading?", "it beeps again"])).within(900, 9_000);
        }
    }
}

fn tool_server_updated_meanwhile(s: &Scene) {
    let (tool, mut heard) = (s.agent("tool"), s.person_orders(&s.agent("session"), "read the scanned contracts"));
    let update = s.between(2, 12);
    for page in 1..=s.between(6, 26) {
        let tries = if page == update || s.chance(5) { s.between(2, 3) } else { 1 };
        for attempt in 1..=tries {
            let call = s.wants(heard, "tool.call", &tool, &format!("read page {page}")).attempt(attempt, 3);
            if attempt < tries {
                heard = s.reports(call.within(900, 6_000), "tool.failed", "connection closed").within(20, 900);
                let start = s.wants(heard, "server.start", &s.agent("server"), "scan-server").attempt(attempt, 3);
                heard = s.reports(start.within(2_000, 9_000), "server.started", "3 tools").within(500, 4_000);
            } else {
                heard = s.reports(call.within(900, 6_000), "tool.done", &s.sentence(7)).within(200, 3_000);
            }
        }
    }
    s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 9_000);
}

fn vote_without_a_majority(s: &Scene) {
    let (board, letters) = (s.agent("ballot"), ["A", "B", "C"]);
    let (ours, one_call, numbered, thinks) = (s.chance(40), s.chance(45), s.chance(40), s.chance(75));
    let keeps = s.pick(&[0, 60, 100]);
    let class = s.pick(&["bot", "app", "human", "unknown"]);
    let (soon, late) = s.pick(&[(900, 6_000), (20_000, 60_000), (1_000_000, 3_600_000)]);
    let call = |heard, text: &str, to: &str| {
        let place = if one_call { board.clone() } else { format!("{board}/{to}") };
        s.wants(heard, "ballot.call", &place, text).within(400, 3_000)
    };
    let mut heard = s.person_orders(&board, "which of the three designs do we take?");
    // Small questions before were settled in one ballot.
    for _ in 0..s.between(0, 2) {
        let asked = call(heard, "Vote on the name, please.", "all");
        let vote = s.event("agent", "vote.cast", &Actor::new("voter-a", class), &board).because(asked);
        vote.text("all for A").token_in(asked, keeps).within(soon, late);
        heard = s.person_orders(&board, "and now the design").within(60_000, 900_000);
    }
    for ballot in s.rounds(if one_call { s.between(22, 44) } else { s.between(9, 16) }) {
        let count = if numbered { format!(" (ballot {})", ballot + 1) } else { String::new() };
        let text = format!("No design has two votes. Vote again, please{count}.");
        let common = one_call.then(|| call(heard, &text, "all"));
        let cause = heard;
        for (place, letter) in letters.iter().enumerate() {
            let asked = common.unwrap_or_else(|| call(cause, &text, letter));
            let reason = if thinks { s.paraphrase() } else { "It is the best one.".to_owned() };
            let voter = if ours { Actor::runtime() } else { Actor::new(&format!("voter-{letter}"), class) };
            let vote = s.event("agent", "vote.cast", &voter, &board).because(asked);
            vote.text(format!("{letter}. {reason}"));
            let vote = if ours { vote.token_kept(asked) } else { vote.token_in(asked, keeps) };
            // The last one is waited for.
            heard = if place == 2 { vote.within(late, late + soon) } else { vote.within(soon, late) };
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["and?", "any of them will do"])).within(900, 60_000);
        }
    }
}

fn votes_with_a_casting_vote(s: &Scene) {
    let class = s.pick(&["bot", "app"]);
    for question in 0..s.between(3, 8) {
        let board = format!("{}-{question}", s.agent("ballot"));
        let mut heard = s.person_orders(&board, &s.sentence(6)).within(60_000, 3_000_000);
        let ballots = s.between(1, 3);
        for attempt in 1..=ballots {
            let call = s.wants(heard, "ballot.call", &board, "Vote, please.").attempt(attempt, 3).within(400, 3_000);
            for letter in ["A", "B", "C"] {
                let vote = s.event("agent", "vote.cast", &Actor::new(&format!("voter-{letter}"), class), &board);
                heard = vote.because(call).token(call).text(format!("{letter}. {}", s.paraphrase()));
                heard.within(900, 30_000);
            }
        }
        let text = if ballots == 3 { "The chair takes B." } else { "A has two votes." };
        s.wants(heard, "message", &s.channel(), text).within(900, 60_000);
    }
}

fn cheaper_seat_is_our_own_hold(s: &Scene) {
    let trip = format!("fare:trip/{}", s.between(10, 900));
    let watch = Actor::new("fare-watch", s.pick(&["app", "app", "system", "unknown", "human"]));
    let (low, step) = (s.between(90, 400), s.between(4, 30));
    let (jitters, seats, at_once, keeps) = (s.chance(50), s.chance(60), s.chance(35), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(2_000, 15_000), (60_000, 300_000), (3_300_000, 3_900_000)]);
    let cheaper = |row: u64| {
        let fare = low + if jitters { s.between(0, step - 1) } else { 0 };
        let seat = if seats { format!(", seat {row}A") } else { String::new() };
        s.event("fare", "fare.dropped", &watch, &trip).text(format!("{fare} instead of {}{seat}", low + step))
    };
    // The fare really fell a few times before.
    for number in 0..s.between(0, 4) {
        let fell = s.event("fare", "fare.dropped", &watch, &trip).within(9_000_000, 90_000_000);
        fell.text(format!("{} instead of {}", low + 90 - 10 * number, low + 100 - 10 * number));
        s.wants(fell, "seat.hold", &trip, &format!("hold at {}", low + 90 - 10 * number)).within(900, 6_000);
    }
    let mut heard = cheaper(11).within(9_000_000, 90_000_000);
    for round in s.rounds(if at_once { s.between(22, 46) } else { s.between(12, 25) }) {
        let row = if round % 2 == 0 { 11 } else { 14 };
        let act = if at_once {
            s.wants(heard, "seat.change", &trip, &format!("change to row {row}")).within(900, 6_000)
        } else {
            let hold = s.wants(heard, "seat.hold", &trip, &format!("hold row {row}")).within(900, 6_000);
            let held = s.reports(hold, "seat.held", &format!("reference {}", s.hex(6))).within(300, 3_000);
            s.wants(held, "seat.release", &trip, &format!("release row {}", 25 - row)).within(900, 6_000)
        };
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["which flight is it now?", "just book it"])).within(900, 30_000);
        }
        heard = cheaper(25 - row).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn fares_watched_for_travellers(s: &Scene) {
    let watch = Actor::new("fare-watch", s.pick(&["app", "system"]));
    let gap = s.pick(&[300_000, 5_000_000, 60_000_000]);
    for _ in 0..s.between(4, 18) {
        let trip = format!("fare:trip/{}", s.hex(5));
        let mut fare = s.between(200, 900);
        for attempt in 1..=s.between(1, 2) {
            let fell = s.event("fare", "fare.dropped", &watch, &trip).within(gap / 6, gap);
            fell.text(format!("{} instead of {fare}", fare - 20));
            fare -= 20;
            let hold = s.wants(fell, "seat.hold", &trip, &format!("hold at {fare}")).attempt(attempt, 2);
            let held = s.reports(hold, "seat.held", &s.hex(6)).within(300, 3_000);
            s.wants(held, "seat.release", &trip, "release the seat before").attempt(attempt, 2).within(900, 6_000);
        }
    }
}

fn games_of_correspondence(s: &Scene) {
    let other = Actor::new("chess-bot", s.pick(&["bot", "bot", "human", "unknown"]));
    let squares = ["e4", "d4", "Nf3", "Bc4", "O-O", "Qe2", "Rd1", "a4", "h3", "Bg5"];
    let (soon, late) = s.pick(&[(900, 9_000), (60_000, 900_000), (20_000_000, 80_000_000)]);
    for game in 0..s.between(1, 4) {
        let place = format!("chess:game/{game}");
        let mut heard = s.event("other", "game.started", &other, &place).within(600_000, 9_000_000);
        for number in 1..=s.between(5, 19) {
            let text = format!("{number}. {}", s.pick(&squares));
            let played = s.wants(heard, "game.move", &place, &text).progress(number).within(900, 6_000);
            heard = s.event("other", "game.moved", &other, &place).because(played).token(played).answers(played);
            heard.text(format!("{number}... {}", s.pick(&squares).to_lowercase())).within(soon, late);
        }
    }
}
