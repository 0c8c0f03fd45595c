//! The questions of [`View`] over JSON: a [`Question`] in, its answer out.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json;
use crate::{
    broker::Broker,
    effect::Effect,
    error::Rejected,
    event::Property,
    id::{ChainId, EffectId, Seq},
    json::{plainly, read_plain},
    time::Timestamp,
    verdict::HoldReason,
    view::{Open, TrippedChain, View},
    work::PlanState,
};

/// A question to a broker. Tenants are named as in inputs; without one, the default tenant is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Question {
    /// Where the broker stands: `{"name","number","now","ahead_ms","seq","durable","forged_tokens","stops","tenants"}`; `stops` is how many stops
    /// of people stand, over all tenants.
    Status {},
    /// The configuration in force.
    Config {},
    /// [`View::digest`], or [`View::tenant_digest`] where a tenant is named: 16 hexadecimal digits, `null` for a tenant
    /// that is not known.
    Digest {
        /// The tenant.
        #[serde(default)]
        tenant: Option<String>,
    },
    /// [`View::open`]: a list of `{"effect","held","due"}`.
    Open {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
    /// [`View::open_effect`]: one of them, or `null`.
    OpenEffect {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The effect.
        effect: EffectId,
    },
    /// [`View::turn`]: `"perform"`, `"put_off"` or `"over"`.
    Turn {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The effect.
        effect: EffectId,
        /// The host's clock.
        at: Timestamp,
    },
    /// [`View::resolve`]: a text.
    Resolve {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The subject or object.
        subject: String,
    },
    /// [`View::known_state`]: `{"version","state"}`, or `null`.
    KnownState {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The object.
        object: String,
    },
    /// [`View::ancestry`]: a list of effect ids.
    Ancestry {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The effect.
        effect: EffectId,
    },
    /// [`View::spent`]: `{"used","budget"}`, or `null`.
    Spent {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The chain.
        chain: ChainId,
    },
    /// [`View::tripped`] and [`View::stopped_until`]: `{"stopped_until","chains":[{"chain","subject","effect","reason","since",
    /// "until","times","stage","notice"}]}`.
    Tripped {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
    /// [`View::stops`]: a list of `{"what","chain","subject","by","reason","since","record"}`.
    Stops {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
    /// [`View::repetition`]: a list of `{"rule","definite","inferred","exceeds","would_hold","would_deny"}`.
    Repetition {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
    /// [`View::plans`]: a list of `{"plan","state"}`.
    Plans {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
    /// [`View::plan`]: a [`crate::work::PlanStatus`], or `null`.
    Plan {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The plan.
        plan: String,
    },
    /// [`View::task`]: a [`crate::work::TaskStatus`], or `null`.
    Task {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The plan.
        plan: String,
        /// The task's name in it.
        task: String,
    },
    /// [`View::explain_choice`]: a [`crate::agents::Explain`], or `null`.
    Choice {
        /// The tenant.
        #[serde(default)]
        tenant: String,
        /// The plan.
        plan: String,
        /// The task's name in it.
        task: String,
    },
    /// [`View::agents`]: a list of [`crate::agents::Status`].
    Agents {},
    /// [`View::counts`]: a list of `{"table","entries","forgotten"}`.
    Counts {
        /// The tenant.
        #[serde(default)]
        tenant: String,
    },
}

#[derive(Serialize)]
struct Status<'a> {
    name: &'a str,
    number: u32,
    now: Timestamp,
    /// By how much the broker's time is ahead of the host's clock, in milliseconds. Above 0 that clock was ahead once, or is wrong
    /// now: log it.
    ahead_ms: u64,
    seq: Seq,
    durable: Seq,
    forged_tokens: u64,
    stops: u64,
    tenants: Vec<&'a str>,
}

#[derive(Serialize)]
struct OpenJson<'a> {
    effect: &'a Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<HoldReason>,
    due: Timestamp,
}

#[derive(Serialize)]
struct KnownJson<'a> {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a Property>,
}

#[derive(Serialize)]
struct Spent {
    used: u32,
    budget: u32,
}

#[derive(Serialize)]
struct TrippedJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_until: Option<Timestamp>,
    chains: Vec<TrippedChain<'a>>,
}

#[derive(Serialize)]
struct PlanJson<'a> {
    plan: &'a str,
    state: PlanState,
}

#[derive(Serialize)]
struct CountJson {
    table: &'static str,
    entries: u64,
    forgotten: u64,
}

/// Answers a [`Question`] in JSON.
///
/// # Errors
/// [`Rejected::Malformed`] (RY1001) for what is no question.
pub fn ask(broker: &Broker, question: &[u8]) -> Result<Vec<u8>, Rejected> {
    let asked = read_plain(question).map_err(|error| named(question).unwrap_or(error))?;
    Ok(answer(broker, asked))
}

/// Of a question, all fields are read before one is judged. Which one is wrong is seen by leaving each out.
fn named(question: &[u8]) -> Option<Rejected> {
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(question).ok()?;
    let reason = serde_json::from_slice::<Question>(question).err()?.to_string();
    // More than any question has would be unknown ones.
    let names = fields.keys().filter(|name| **name != "type").take(8);
    let wrong = |name: &&&str| {
        let name = **name;
        let rest: BTreeMap<_, _> = fields.iter().filter(|(other, _)| **other != name).collect();
        let read = serde_json::from_slice::<Question>(&json(&rest));
        read.map_or_else(|error| error.to_string().contains(&format!("missing field `{name}`")), |_| true)
    };
    let name = names.into_iter().find(wrong).filter(|name| !reason.contains(&format!("`{name}`")))?;
    Some(Rejected::Malformed { reason: format!("`{name}`: {}", plainly(&reason)) })
}

fn answer(broker: &Broker, question: Question) -> Vec<u8> {
    let view = broker.view();
    match question {
        Question::Status {} => json(&Status {
            name: view.name(),
            number: view.number(),
            now: view.now(),
            ahead_ms: broker.ahead_ms(),
            seq: view.seq(),
            durable: view.durable(),
            forged_tokens: view.forged_tokens(),
            stops: view.tenants().map(|tenant| view.stops(tenant).count() as u64).sum(),
            tenants: view.tenants().collect(),
        }),
        Question::Config {} => json(view.config()),
        Question::Plans { tenant } => {
            json(&view.plans(&tenant).map(|(plan, state)| PlanJson { plan, state }).collect::<Vec<_>>())
        }
        Question::Plan { tenant, plan } => json(&view.plan(&tenant, &plan)),
        Question::Task { tenant, plan, task } => json(&view.task(&tenant, &plan, &task)),
        Question::Choice { tenant, plan, task } => json(&view.explain_choice(&tenant, &plan, &task)),
        Question::Agents {} => json(&view.agents().collect::<Vec<_>>()),
        Question::Digest { tenant: None } => json(&hex(view.digest())),
        Question::Digest { tenant: Some(tenant) } => json(&view.tenant_digest(&tenant).map(hex)),
        Question::Open { tenant } => json(&view.open(&tenant).map(open).collect::<Vec<_>>()),
        Question::OpenEffect { tenant, effect } => json(&view.open_effect(&tenant, effect).map(open)),
        Question::Turn { tenant, effect, at } => json(&view.turn(&tenant, effect, at)),
        Question::Resolve { tenant, subject } => json(&resolve(view, &tenant, &subject)),
        Question::KnownState { tenant, object } => {
            let known = view.known_state(&tenant, &object);
            json(&known.map(|known| KnownJson { version: known.version, state: known.state.as_ref() }))
        }
        Question::Ancestry { tenant, effect } => json(&view.ancestry(&tenant, effect)),
        Question::Spent { tenant, chain } => {
            json(&view.spent(&tenant, chain).map(|(used, budget)| Spent { used, budget }))
        }
        Question::Tripped { tenant } => {
            let chains = view.tripped(&tenant).collect();
            json(&TrippedJson { stopped_until: view.stopped_until(&tenant), chains })
        }
        Question::Stops { tenant } => json(&view.stops(&tenant).collect::<Vec<_>>()),
        Question::Repetition { tenant } => json(&view.repetition(&tenant)),
        Question::Counts { tenant } => {
            let counts = view.counts(&tenant).into_iter();
            let counts = counts.map(|count| CountJson {
                table: count.table,
                entries: count.entries,
                forgotten: count.forgotten,
            });
            json(&counts.collect::<Vec<_>>())
        }
    }
}

/// The answer borrows from the state or from the question: the shorter of the two lives long enough here.
fn resolve<'a>(view: View<'a>, tenant: &str, subject: &'a str) -> &'a str {
    view.resolve(tenant, subject)
}

fn open(open: Open<'_>) -> OpenJson<'_> {
    OpenJson { effect: open.effect, held: open.held, due: open.due }
}

fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain::token::Keys, wire};

    fn broker() -> Broker {
        let genesis = br#"{"name":"triage","config":{"rules":[{"id":"r","effects":[
            {"kind":"message","subject":"teams:triage"}]}]}}"#;
        let mut broker = wire::new(genesis, Keys::none()).expect("valid genesis");
        let event = br#"{"type":"event","id":"d1","source":"github","kind":"k","subject":"github:acme/api#7"}"#;
        wire::submit(&mut broker, Timestamp(1000), event).expect("valid event");
        broker
    }

    fn asked(question: &str) -> String {
        let answer = ask(&broker(), question.as_bytes()).expect("a question");
        String::from_utf8(answer).expect("JSON is UTF-8")
    }

    #[test]
    fn a_question_that_is_none_names_the_field() {
        for (question, said) in [
            (r#"{"type":"open","tenant":5}"#, "`tenant`: must be a text, it is 5"),
            (r#"{"type":"open_effect","tenant":"a","effect":"2"}"#, "`effect`: expected an effect id"),
            (r#"{"type":"open_effect"}"#, "missing field `effect`"),
            (r#"{"type":"open","tenent":""}"#, "unknown field `tenent`"),
            (r#"{"type":"opn","tenant":""}"#, "`type`: unknown value `opn`"),
        ] {
            let error = ask(&broker(), question.as_bytes()).expect_err("no question").to_string();
            assert!(error.starts_with(&format!("RY1001: not a valid input: {said}")), "{error}");
        }
    }

    #[test]
    fn questions_have_answers_in_json() {
        assert_eq!(
            asked(r#"{"type":"status"}"#),
            concat!(
                r#"{"name":"triage","number":2240796277,"now":1000,"ahead_ms":0,"seq":2,"durable":0,"forged_tokens":0,"#,
                r#""stops":0,"tenants":[""]}"#
            )
        );
        assert_eq!(asked(r#"{"type":"spent","chain":"2"}"#), r#"{"used":0,"budget":96}"#);
        assert_eq!(asked(r#"{"type":"ancestry","effect":"2.0"}"#), "[]");
        assert_eq!(asked(r#"{"type":"resolve","subject":"github:acme/api#7"}"#), r#""github:acme/api#7""#);
        assert_eq!(asked(r#"{"type":"open_effect","effect":"9.0"}"#), "null");
        assert_eq!(
            asked(r#"{"type":"open"}"#),
            concat!(
                r#"[{"effect":{"type":"act","kind":"message","subject":"teams:triage","about":"github:acme/api#7","#,
                r#""id":"2.0","release":1,"chain":"2","cause":["d1"],"hop":1,"redelivered":false,"rule":"r"},"#,
                r#""due":61000}]"#
            )
        );
        assert_eq!(asked(r#"{"type":"digest","tenant":"nobody"}"#), "null");
        assert_eq!(asked(r#"{"type":"digest"}"#), format!("\"{:016x}\"", broker().view().digest()));
    }

    #[test]
    fn what_is_no_question_is_rejected_by_name() {
        for (question, named) in [
            (r#"{"type":"weather"}"#, "weather"),
            (r#"{"type":"open_effect","effect":"9"}"#, "effect id"),
            (r#"{"type":"status","of":"me"}"#, "of"),
        ] {
            let error = ask(&broker(), question.as_bytes()).expect_err("no question");
            assert_eq!(error.code(), "RY1001");
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
