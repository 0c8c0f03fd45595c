//! Chat: revisions, translations, reactions and bridges.

use super::super::{Family, careless, declared, looping};
use super::{Actor, HOUR, MINUTE, Scene, hears_itself, small_talk, stranger};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "revised_by_its_answers",
        "",
        "A reply in the thread makes Slack send a revision of the question, which the bot takes for a new question",
        revised_by_its_answers,
    ),
    declared(
        "question_sharpened",
        "",
        "A person edits a question again and again and the bot corrects its answer; revisions without new text are ignored",
        question_sharpened,
    ),
    looping(
        "two_translators",
        "",
        "Our bot translates one channel into another, somebody else's bot translates that one back",
        two_translators,
    ),
    declared(
        "interpreter",
        "",
        "Two people without a common language talk through a bot that carries each word to the other's channel",
        interpreter,
    ),
    looping(
        "reaction_duel",
        "",
        "Our menu bot removes surplus reactions on Discord, a role bot puts its own reaction back each time",
        reaction_duel,
    ),
    declared(
        "role_menu_rush",
        "",
        "Many people click a role menu within minutes; each gets the role and the reaction is taken off again",
        role_menu_rush,
    ),
    looping(
        "bridges_in_a_ring",
        "",
        "Three chat bridges of three owners close a ring, so that a join notice travels round with a growing prefix",
        bridges_in_a_ring,
    ),
    careless(
        "bridged_evening",
        "",
        "A bridge between three busy rooms in which people say the same short things all evening",
        bridged_evening,
    ),
    careless(
        "quiz_master",
        "",
        "A bot runs a quiz: each answer of a person is brought about by the question before it",
        quiz_master,
    ),
];

fn revised_by_its_answers(s: &Scene) {
    let (channel, parent, person) = (format!("sl:C{}", s.hex(8)), format!("ts{}", s.hex(10)), s.somebody());
    let (question, canned) = (format!("@helper {}", s.sentence(s.between(3, 9))), s.paraphrase());
    let (model, slow) = (s.chance(50), s.pick(&[300, 1_500, 9_000]));
    let mut heard = s.event("slack", "message", &person, &channel).text(&question).object(&parent);
    for _ in s.rounds(s.between(24, 50)) {
        let answer = if model { s.paraphrase() } else { canned.clone() };
        let said = s.wants(heard, "message.post", &channel, &answer).within(60, slow);
        hears_itself(s, said, "slack", "message");
        small_talk(s, 8, "slack", &channel);
        heard = s.event("slack", "message.changed", &person, &channel).text(&question).object(&parent);
        heard.because(said).within(40, 600);
    }
}

fn question_sharpened(s: &Scene) {
    let (channel, parent, person) = (format!("sl:C{}", s.hex(8)), format!("ts{}", s.hex(10)), s.somebody());
    let mut question = format!("@helper {}", s.sentence(4));
    for edit in 0..s.between(6, 18) {
        let (kind, does) = if edit == 0 { ("message", "message.post") } else { ("message.changed", "message.update") };
        question = format!("{question} {}", s.word());
        let asked = s.event("slack", kind, &person, &channel).text(&question).object(&parent).within(6_000, 4 * MINUTE);
        if s.chance(15) {
            // Slack delivers once more what was not confirmed within three seconds.
            s.redelivered(asked);
        }
        let said = s.wants(asked, does, &channel, &s.paraphrase()).within(60, 9_000).writes("answer", s.hex(8));
        let touched = s.event("slack", "message.changed", &person, &channel).text(&question).object(&parent);
        touched.because(said).within(40, 600);
        small_talk(s, 20, "slack", &channel);
    }
}

fn in_tongue(words: &[&str], ending: &str) -> String {
    words.iter().map(|word| format!("{word}{ending}")).collect::<Vec<_>>().join(" ")
}

fn two_translators(s: &Scene) {
    let (here, there) = (format!("{}-en", s.channel()), format!("{}-de", s.channel()));
    let (theirs, ending) = (stranger(s, "polyglot"), s.pick(&["en", "ung", "issimo", "ová", "des"]));
    let mut words: Vec<_> = (0..s.between(4, 12)).map(|_| s.word()).collect();
    let mut heard = s.event("teams", "message", &s.somebody(), &here).text(in_tongue(&words, ""));
    for _ in s.rounds(s.between(22, 46)) {
        let said = s.wants(heard, "message.post", &there, &in_tongue(&words, ending)).within(800, 4_000);
        hears_itself(s, said, "teams", "message");
        if s.chance(60) {
            // No translation comes back word for word.
            let last = words.len() - 1;
            words.swap(0, last);
            words[last] = s.word();
        }
        small_talk(s, 12, "teams", &there);
        heard = s.event("teams", "message", &theirs, &here).text(in_tongue(&words, "")).because(said);
        heard.within(900, 9_000);
    }
}

fn interpreter(s: &Scene) {
    let rooms = [format!("{}-en", s.channel()), format!("{}-de", s.channel())];
    let (people, ending) = ([Actor::person("h1"), stranger(s, "guest-4711")], s.pick(&["en", "ung", "issimo"]));
    let mut side = 0;
    let mut heard = s.event("teams", "message", &people[0], &rooms[0]).text(s.sentence(6));
    for _ in 0..s.between(10, 44) {
        let text = format!("{}{}", heard.said().replace(' ', &format!("{ending} ")), ending);
        let said = s.wants(heard, "message.post", &rooms[1 - side], &text).within(800, 4_000);
        hears_itself(s, said, "teams", "message");
        side = 1 - side;
        let reply = s.sentence(s.between(1, 12));
        heard = s.event("teams", "message", &people[side], &rooms[side]).text(reply).because(said);
        heard.after(s.heavy_tail(20_000) + 2_000);
    }
}

fn reaction_duel(s: &Scene) {
    let (menu, emoji) = (format!("dc:message/{}", s.hex(10)), s.pick(&["star", "ticket", "white_check_mark", "bell"]));
    let (theirs, named) = (stranger(s, "rolemaster"), s.chance(50));
    let mut heard = s.event("discord", "reaction.add", &s.somebody(), &menu).object("").text(emoji);
    for round in s.rounds(s.between(25, 55)) {
        let removed = s.wants(heard, "reaction.remove", &menu, emoji).within(30, 400);
        if named {
            removed.writes("reaction", "none");
        }
        if s.chance(40) {
            let gone = s.event("discord", "reaction.remove", &s.us(), &menu).object("").text(emoji);
            gone.because(removed).within(20, 200);
        }
        if round % 9 == 4 {
            s.event("discord", "reaction.add", &s.somebody(), &menu).object("").text("eyes").within(50, 900);
        }
        heard = s.event("discord", "reaction.add", &theirs, &menu).object("").text(emoji).state("reaction", emoji);
        heard.because(removed).within(60, 1_500);
    }
}

fn role_menu_rush(s: &Scene) {
    let (menu, emoji) = (format!("dc:message/{}", s.hex(10)), s.pick(&["star", "ticket", "white_check_mark", "bell"]));
    for member in 0..s.between(8, 38) {
        let who = Actor::person(&format!("member-{member}"));
        let clicked = s.event("discord", "reaction.add", &who, &menu).object("").text(emoji).within(40, 9_000);
        if s.chance(10) {
            s.redelivered(clicked);
        }
        let granted = s.wants(clicked, "role.grant", &format!("dc:member/{member}"), "").within(50, 500);
        granted.writes("role", emoji);
        let removed = s.wants(clicked, "reaction.remove", &menu, emoji).within(60, 700);
        let gone = s.event("discord", "reaction.remove", &s.us(), &menu).object("").text(emoji);
        gone.because(removed).within(20, 300);
    }
}

fn bridges_in_a_ring(s: &Scene) {
    let rooms = [format!("irc:#{}", s.word()), format!("dc:room/{}", s.hex(6)), format!("sl:C{}", s.hex(8))];
    let (theirs, second) = (stranger(s, "ringbridge"), s.chance(50));
    let (person, marks) = (s.word(), s.pick(&["<>", "[]", "()"]));
    let (open, close) = marks.split_at(1);
    let mut text = format!("{person} has joined the room");
    let mut heard = s.event("irc", "member.join", &Actor::system("irc"), &rooms[0]).text(&text);
    let rounds = if second { s.between(12, 26) } else { s.between(22, 45) };
    let grows = s.chance(60);
    for _ in s.rounds(rounds) {
        let posted = s.wants(heard, "message.post", &rooms[1], &format!("{open}relay@irc{close} {text}"));
        posted.within(20, 900);
        if second {
            let also = s.wants(heard, "message.post", &rooms[2], &format!("{open}relay@irc{close} {text}"));
            also.within(900, 1_600);
        }
        hears_itself(s, posted, "discord", "message");
        if let Some(talk) = small_talk(s, 12, "irc", &rooms[0]) {
            // What a person says in between is still to be carried over.
            let text = format!("{open}relay@irc{close} {}", talk.said());
            s.wants(talk, "message.post", &rooms[1], &text).within(20, 900).in_order();
        }
        if grows && text.len() < 400 {
            text = format!("{open}mx@discord{close} {open}relay@irc{close} {text}");
        }
        heard = s.event("irc", "message", &theirs, &rooms[0]).text(&text).because(posted).within(100, 6_000);
    }
}

fn bridged_evening(s: &Scene) {
    let rooms = [format!("irc:#{}", s.word()), format!("dc:room/{}", s.hex(6)), format!("sl:C{}", s.hex(8))];
    let sources = ["irc", "discord", "slack"];
    for _ in 0..s.between(9, 36) {
        let from = s.pick(&[0, 1, 2]);
        let said = s.pick(&["+1", "lol", "same here", "gg", "brb", "back", "hello all", "yes"]);
        let who = s.somebody();
        let heard = s.event(sources[from], "message", &who, &rooms[from]).text(said);
        heard.after(s.heavy_tail(4_000));
        for to in [(from + 1) % 3, (from + 2) % 3] {
            let text = format!("<{}@{}> {said}", who.name, sources[from]);
            let relayed = s.wants(heard, "message.post", &rooms[to], &text).within(20, 900);
            hears_itself(s, relayed, sources[to], "message");
        }
    }
}

fn quiz_master(s: &Scene) {
    let room = format!("dc:room/{}", s.hex(6));
    let mut heard = s.event("discord", "message", &s.somebody(), &room).text("!quiz");
    for question in 1..=s.between(8, 38) {
        let verdict = if question == 1 { "Here we go." } else { s.pick(&["Correct!", "Wrong.", "Correct!"]) };
        let topics = (s.word(), s.word());
        let text = format!("{verdict} Next question: what has the {} to do with the {}?", topics.0, topics.1);
        let asked = s.wants(heard, "message.post", &room, &text).within(200, 1_500);
        hears_itself(s, asked, "discord", "message");
        let answer = s.sentence(s.between(1, 3));
        heard = s.event("discord", "message", &s.somebody(), &room).text(answer).because(asked).within(2_000, 40_000);
    }
    s.event("discord", "message", &s.somebody(), &room).text("that was fun").within(MINUTE, HOUR);
}
