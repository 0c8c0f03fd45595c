//! A whole program to run and to copy: a bot that answers comments, another bot that answers it, and how that ends.

use std::{env, error::Error, fs, process};

use reynolds::driver::{Driver, FileJournal, drawn_seed};
use reynolds::input::{Configure, OutcomeResult};
use reynolds::{Config, Effect, Genesis, Keys, Timestamp, Verdict, chain::token, event::github};
use serde_json::{Value, json};

const CONFIG: &[u8] =
    br#"{"self": ["github:rebase[bot]"], "rules": [{"id": "rebase", "when": {"kind": "issue_comment.created"},
    "effects": [{"kind": "comment", "subject": "{subject}", "text": "Could not rebase, please try again."}]}]}"#;
/// Recorded webhooks, one in each line: a person's, ours, another bot's.
const WEBHOOKS: &str = include_str!("../../data/loop.jsonl");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("reynolds-first-{}", process::id())); // yours is a place that stays
    let config = Config::from_json(CONFIG)?;
    let genesis = Genesis { name: "first".into(), seed: drawn_seed(), config: config.clone(), ..Genesis::default() };
    let keys = Keys::new(1, b"32 random bytes from your secret store")?;
    let mut bot = Driver::open(FileJournal::open(&folder)?, genesis, keys)?;
    let mut now = Timestamp(1_735_689_600_000); // yours is `|| Timestamp::from(SystemTime::now())`
    if bot.opened().config_differs {
        let _ = bot.submit(now, Configure { config })?; // a journal that stays keeps its own, until it is told
    }

    let recorded: Vec<Value> = WEBHOOKS.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut webhook = recorded[0]["body"].clone();
    for number in 1.. {
        let mut posted = None;
        let mut post = |effect: &Effect| {
            // The only place that talks to GitHub. The token goes along, and shows where an answer comes from.
            let text = effect.act().and_then(|act| act.text.as_deref()).unwrap_or_default();
            posted = Some(effect.token.as_deref().map_or(text.into(), |token| token::mark(text, token)));
            println!("   rebase[bot]: {text}");
            OutcomeResult::done(format!("github:comment/{number}"))
        };
        let from = webhook["sender"]["login"].as_str().unwrap_or_default();
        println!(
            "{number:>2} {from}: {}",
            webhook["comment"]["body"].as_str().and_then(|text| text.lines().last()).unwrap_or_default()
        );

        let delivery = format!("delivery-{number}");
        let headers = [("X-GitHub-Event", "issue_comment"), ("X-GitHub-Delivery", &delivery)];
        // Yours checks who sent it first, with `github::verify_signature`; this recording is not signed.
        let event = github::read(&github::Headers::from_pairs(headers)?, webhook.to_string().as_bytes())?;
        let mut round = bot.run(|| now, [event], &mut post)?; // decide, store, perform, report
        for refused in round.refused() {
            eprintln!("   not taken: {refused}"); // a webhook, or an answer of `post`
        }
        for verdict in round.decisions.iter().flatten().flat_map(|decision| &decision.verdicts) {
            match verdict {
                Verdict::Held { until, denial: Some(denial), .. } => {
                    println!("   held for {} s: {denial}", until.since_ms(now) / 1000)
                }
                Verdict::Denied { denial, .. } => println!("   denied: {denial}"),
                _ => {}
            }
        }
        while let Some(wakeup) = round.wakeup {
            now = wakeup.at; // yours sleeps until then, or until the next webhook
            round = bot.wake(|| now, &mut post)?;
            round.refused().for_each(|refused| eprintln!("   not taken: {refused}"));
        }

        let Some(text) = posted else { break }; // nothing left, so nobody answers
        now = now.plus_ms(1000);
        webhook = recorded[2]["body"].clone(); // the other bot answers, and repeats what it answers
        let said = webhook["comment"]["body"].as_str().unwrap_or_default();
        webhook["comment"]["body"] = json!(format!("{text}\n\n{said}"));
        webhook["comment"]["id"] = json!(1000 + number);
    }
    drop(bot); // it has the folder until here
    Ok(fs::remove_dir_all(folder)?)
}
