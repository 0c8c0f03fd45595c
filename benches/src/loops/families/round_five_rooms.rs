//! Rooms in which people talk, shops with the same stock, and a garden with a lamp.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene, world};

/// In the order in which they are reported.
pub(super) const FAMILIES: &[Family] = &[
    looping(
        "status_page_and_incident_room",
        "",
        "What is said of the status in an incident room goes to the status page, whose connector posts it in the room",
        status_page_and_incident_room,
    ),
    declared(
        "status_by_the_commander",
        "",
        "The commander of an incident writes its status in the room now and then, and it goes to the status page",
        status_by_the_commander,
    ),
    looping(
        "wide_letters_translated",
        "",
        "A translator takes wide latin letters for Japanese, gives them back as they are, and reads its own replies",
        wide_letters_translated,
    ),
    careless(
        "room_in_two_languages",
        "",
        "People write in two languages in one room, often the same short phrases, and each message is translated once",
        room_in_two_languages,
    ),
    looping(
        "links_rewritten_in_a_name",
        "",
        "Two bots replace a message by one with a better link, each in the name of its author and each by another rule",
        links_rewritten_in_a_name,
    ),
    declared(
        "links_cleaned_for_each_author",
        "",
        "A bot replaces each message with a tracking link by a clean one in the name of its author",
        links_cleaned_for_each_author,
    ),
    looping(
        "stock_buffer_taken_twice",
        "",
        "Two shops are kept at the stock of the other one less a reserve, so that each update takes the reserve again",
        stock_buffer_taken_twice,
    ),
    declared(
        "stock_after_each_sale",
        "",
        "After each sale in one of two shops the stock of the other one is set, and its report of that is left alone",
        stock_after_each_sale,
    ),
    looping(
        "floodlight_moves_the_shadows",
        "",
        "A camera takes the shadows for a visitor when the lamp goes on or off, and the lamp goes on for each visitor",
        floodlight_moves_the_shadows,
    ),
    declared(
        "floodlight_for_each_visitor",
        "",
        "A lamp goes on for each visitor of an evening and off again after a while",
        floodlight_for_each_visitor,
    ),
];

const MINUTE: u64 = 60_000;

fn status_page_and_incident_room(s: &Scene) {
    let (room, page) = (s.channel(), format!("statuspage:incident/{}", s.hex(8)));
    let connector = s.pick(&[("Status Page", "app"), ("Incoming Webhook", "unknown"), ("status.page", "human")]);
    let connector = Actor::new(connector.0, connector.1);
    let phase = s.pick(&["investigating", "identified", "monitoring"]);
    let mut heard = s.person_says(&room, &format!("status: {phase}. {}", s.sentence(9)));
    let prefixed = s.chance(60);
    for _ in s.rounds(s.between(22, 52)) {
        let update = heard.said().replacen("status: ", "", 1);
        let put = s.wants(heard, "page.update", &page, &update).within(400, 9_000);
        let said = if prefixed {
            format!("status: [{}] {update}", &s.timestamp()[11..16])
        } else {
            format!("status: {update}")
        };
        heard = s.event("teams", "message", &connector, &room).text(said).because(put).within(900, 25_000);
        if s.chance(25) {
            s.person_says(&room, &s.sentence(7)).within(500, 9_000);
        }
    }
}

fn status_by_the_commander(s: &Scene) {
    let (room, page) = (s.channel(), format!("statuspage:incident/{}", s.hex(8)));
    let commander = s.somebody();
    for _ in 0..s.between(6, 24) {
        let phase = s.pick(&["investigating", "investigating", "identified", "monitoring"]);
        let update = format!("{phase}. {}", s.sentence(7));
        let heard = s.says(&commander, &room, &format!("status: {update}")).after(s.heavy_tail(8 * MINUTE));
        let put = s.wants(heard, "page.update", &page, &update).within(400, 9_000);
        let back = s.event("teams", "message", &Actor::app("Status Page"), &room);
        back.text(format!("status: {update}")).because(put).within(900, 25_000);
        for _ in 0..s.between(0, 3) {
            s.person_says(&room, &s.sentence(7)).within(5_000, 2 * MINUTE);
        }
    }
}

/// The latin letters as wide as Japanese ones.
fn wide(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c) } else { c })
        .collect()
}

fn wide_letters_translated(s: &Scene) {
    // That the bot does not know its own account is what this story is about.
    s.with_world(|world| world.own_name = world::UNNAMED.to_owned());
    let (thread, text) = (format!("forum:post/{}", s.hex(6)), wide(&s.sentence(s.between(2, 7))));
    let mut heard = s.event("forum", "comment.created", &s.somebody(), &thread).text(&text);
    let (low, high) = s.pick(&[(800, 9_000), (20_000, 90_000)]);
    let signs = s.chance(50);
    let mut parent = None;
    for round in s.rounds(s.between(24, 58)) {
        let answer = if signs { format!("{text} (translated in {} ms)", s.between(80, 900)) } else { text.clone() };
        let said = s.wants(heard, "comment", &thread, &answer).within(low, high);
        heard = s.event("forum", "comment.created", &s.us(), &thread).text(answer).because(said).about(said);
        heard.within(300, 6_000);
        if let Some(parent) = parent.replace(said) {
            heard.answers(parent);
        }
        if round % 9 == 8 {
            s.event("forum", "comment.created", &s.somebody(), &thread).text(s.sentence(4)).within(500, 9_000);
        }
    }
}

fn room_in_two_languages(s: &Scene) {
    let room = s.channel();
    let phrases = [
        ("guten Morgen", "good morning"),
        ("danke!", "thank you!"),
        ("ich schaue es mir an", "I am having a look"),
        ("passt", "fine"),
        ("läuft wieder", "it is back"),
    ];
    for _ in 0..s.between(12, 50) {
        let (german, english) = s.pick(&phrases);
        let (said, translated) = match s.between(1, 3) {
            1 => (german.to_owned(), english.to_owned()),
            2 => (english.to_owned(), german.to_owned()),
            _ => (s.sentence(6), s.sentence(7)),
        };
        let heard = s.person_says(&room, &said).after(s.heavy_tail(9_000));
        let answer = s.wants(heard, "message", &room, &translated).within(400, 3_000);
        s.echo(answer, "message");
    }
}

fn links_rewritten_in_a_name(s: &Scene) {
    let (room, author) = (s.channel(), s.somebody());
    let (remark, post) = (s.sentence(s.between(1, 5)), s.between(1_000_000, 9_999_999));
    // Both post through a webhook that shows the name and the picture of the author.
    let mut heard = s.says(&author, &room, &format!("{remark} https://short.example/p/{post}?ref=app"));
    for _ in s.rounds(s.between(12, 28)) {
        let clean = format!("{remark} https://short.example/p/{post}");
        let put = s.wants(heard, "message", &room, &clean).within(300, 2_500);
        s.wants(heard, "message.delete", &room, "").within(2_600, 3_500);
        s.echo(put, "message");
        let host = s.pick(&["embed.example", "preview.example", "fix.example"]);
        heard = s.says(&author, &room, &format!("{remark} https://{host}/p/{post}?v={}", s.between(1, 9)));
        heard.because(put).within(700, 6_000);
    }
}

fn links_cleaned_for_each_author(s: &Scene) {
    let room = s.channel();
    for _ in 0..s.between(8, 36) {
        let (author, remark, post) = (s.somebody(), s.sentence(s.between(1, 5)), s.between(1_000_000, 9_999_999));
        let campaign = s.pick(&["ref=app", "utm_source=mail", "share=1"]);
        let heard = s.says(&author, &room, &format!("{remark} https://short.example/p/{post}?{campaign}"));
        heard.after(s.heavy_tail(2 * MINUTE));
        let clean = format!("{remark} https://short.example/p/{post}");
        let put = s.wants(heard, "message", &room, &clean).within(300, 2_500);
        s.wants(heard, "message.delete", &room, "").within(2_600, 3_500);
        s.says(&author, &room, &clean).because(put).about(put).token(put).within(300, 2_000);
        if s.chance(40) {
            s.person_says(&room, &s.sentence(6)).within(2_000, MINUTE);
        }
    }
}

/// The two shops of a firm: who reports there, and where the article is.
fn shops(s: &Scene) -> [(Actor, &'static str, String); 2] {
    let article = format!("{}-{}", s.word(), s.between(100, 999));
    let accounts = if s.chance(50) { [Actor::app("shop"), Actor::app("market")] } else { [s.us(), s.our_app()] };
    let [shop, market] = accounts;
    [(shop, "shop", format!("shop:article/{article}")), (market, "market", format!("market:offer/{article}"))]
}

fn stock_buffer_taken_twice(s: &Scene) {
    let (places, reserve) = (shops(s), s.between(1, 5));
    let mut stock = s.between(300, 900);
    let buyer = Actor::person(&format!("buyer-{}", s.hex(4)));
    let mut seen = s.event("shop", "stock.changed", &buyer, &places[0].2).text(format!("{stock} in stock"));
    seen.state("stock", stock.to_string());
    let (low, high) = s.pick(&[(500, 5_000), (20_000, 2 * MINUTE)]);
    for round in s.rounds(s.between(24, 56)) {
        stock -= reserve;
        let (account, source, article) = &places[usize::try_from((round + 1) % 2).unwrap_or(0)];
        let set = s.wants(seen, "stock.set", article, &format!("set to {stock}")).within(300, 6_000);
        set.writes("stock", stock.to_string());
        seen = s.event(source, "stock.changed", account, article).text(format!("{stock} in stock"));
        seen.state("stock", stock.to_string()).because(set).within(low, high);
    }
}

fn stock_after_each_sale(s: &Scene) {
    let places = shops(s);
    let mut stock = s.between(300, 900);
    let pace = s.pick(&[4_000, 40_000, 8 * MINUTE]);
    for _ in 0..s.between(10, 60) {
        stock -= s.between(1, 4);
        let here = usize::try_from(s.between(0, 1)).unwrap_or(0);
        let (sold, other) = (&places[here], &places[1 - here]);
        let buyer = Actor::person(&format!("buyer-{}", s.hex(4)));
        let sale = s.event(sold.1, "stock.changed", &buyer, &sold.2).text(format!("{stock} in stock"));
        sale.state("stock", stock.to_string()).after(s.heavy_tail(pace));
        let set = s.wants(sale, "stock.set", &other.2, &format!("set to {stock}")).within(300, 3_000);
        set.writes("stock", stock.to_string());
        let seen = s.event(other.1, "stock.changed", &other.0, &other.2).text(format!("{stock} in stock"));
        seen.state("stock", stock.to_string()).because(set).within(500, 3_000);
    }
}

/// A camera's word for what it has seen.
fn motion<'s>(s: &'s Scene, camera: &str) -> crate::loops::scene::Event<'s> {
    let percent = s.between(51, 97);
    s.event("home", "motion.detected", &Actor::system("camera"), camera).text(format!("person, {percent} percent sure"))
}

fn floodlight_moves_the_shadows(s: &Scene) {
    let place = s.pick(&["garden", "drive", "porch"]);
    let (camera, lamp) = (format!("home:camera/{place}"), format!("home:lamp/{place}"));
    let stays = s.between(1, 6) * MINUTE;
    let mut seen = motion(s, &camera);
    for _ in s.rounds(s.between(12, 29)) {
        let on = s.wants(seen, "light.set", &lamp, "on").within(50, 600).writes("power", "on");
        let reported = s.event("home", "light.changed", &Actor::system("hub"), &lamp).state("power", "on");
        reported.because(on).within(100, 1_500);
        let over = s.event("timer", "timer.fired", &Actor::clock(), &lamp).because(on).after(stays);
        let off = s.wants(over, "light.set", &lamp, "off").within(20, 300).writes("power", "off");
        seen = motion(s, &camera).because(off).within(700, 12_000);
    }
}

fn floodlight_for_each_visitor(s: &Scene) {
    let place = s.pick(&["garden", "drive", "porch"]);
    let (camera, lamp) = (format!("home:camera/{place}"), format!("home:lamp/{place}"));
    let stays = s.between(1, 6) * MINUTE;
    for _ in 0..s.between(5, 30) {
        let seen = motion(s, &camera).after(s.heavy_tail(6 * MINUTE));
        let on = s.wants(seen, "light.set", &lamp, "on").within(50, 600).writes("power", "on");
        let reported = s.event("home", "light.changed", &Actor::system("hub"), &lamp).state("power", "on");
        reported.because(on).within(100, 1_500);
        let over = s.event("timer", "timer.fired", &Actor::clock(), &lamp).because(on).after(stays);
        s.wants(over, "light.set", &lamp, "off").within(20, 300).writes("power", "off");
    }
}
