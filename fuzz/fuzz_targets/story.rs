//! Stories of a few ids: four bytes are one step. With so few ids, everything meets everything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{
    ChainId, Config, EffectId, Input, Seq, Timestamp,
    event::{Actor, ActorClass},
    input::{Command, Configure, Order, Outcome, OutcomeResult, Proposal, Propose},
};
use reynolds_fuzz::{Host, crew, event};

const KINDS: [&str; 4] = ["issues.opened", "message", "issue_comment.created", "push"];
const SUBJECTS: [&str; 4] = ["github:acme/api#7", "github:acme/api#8", "teams:triage", "teams:other"];
const CLASSES: [ActorClass; 4] = [ActorClass::Human, ActorClass::Bot, ActorClass::System, ActorClass::Unknown];

fuzz_target!(|bytes: &[u8]| {
    let mut host = Host::new();
    let mut token = None;
    for step in bytes.chunks_exact(4).take(40) {
        let &[what, a, b, c] = step else { return };
        match what % 16 {
            8.. => {
                let _ = host.submit(crew::input(what / 16, a, b, c));
            }
            0 | 1 => {
                let mut event = event(&format!("d{}", a % 8), pick(&KINDS, b), pick(&SUBJECTS, c));
                event.actor =
                    Some(Actor { id: format!("github:{}", b / 64).into(), class: CLASSES[usize::from(a / 64)] });
                event.object = (c & 0x10 != 0).then(|| format!("object/{}", c / 64).into());
                event.reply_to = (c & 0x20 != 0).then(|| format!("object/{}", c / 64).into());
                event.tenant = (c & 0x08 != 0).then(|| "acme".into());
                event.token = if b & 0x10 != 0 { token.clone() } else { None };
                let _ = host.submit(event);
            }
            2 => {
                let key = (c & 0x10 != 0).then(|| "k".into());
                let (kind, subject) = (pick(&KINDS, b).into(), pick(&SUBJECTS, c).into());
                let text = Some(format!("text {}", c / 64).into());
                let one = Proposal { key, kind, subject, text, read_only: b & 0x80 != 0, ..Proposal::default() };
                let effects = vec![one; usize::from(b / 4 % 4)];
                let cause = reynolds::input::Causes::One(cause(a).into());
                let _ = host.submit(Propose { cause, effects, more: b & 0x40 != 0, tenant: None });
            }
            3 | 4 => {
                let _ = host.submit(Outcome { effect: effect(a), result: result(b, c), chain: None, tenant: None });
            }
            5 => {
                let _ = host.submit(Command { order: order(a, b, c), by: None, reason: None, tenant: None });
            }
            6 if a & 1 == 0 => host.pass(u64::from(b) * 400),
            6 => {
                let mut config: Config = host.broker.view().config().clone();
                config.limits.open_effects = 1 + u32::from(b % 8);
                config.limits.events = 1 + u32::from(c % 8);
                let _ = host.submit(Input::from(Configure { config }));
            }
            _ if a & 1 == 0 => host.restart(),
            _ => host.restart_from_snapshot(),
        }
        token = host.effects().pop().and_then(|effect| effect.token).or(token);
    }
    host.restart();
    host.restart_from_snapshot();
});

fn pick<'a>(from: &[&'a str; 4], by: u8) -> &'a str {
    from[usize::from(by % 4)]
}

fn effect(a: u8) -> EffectId {
    EffectId { seq: Seq(u64::from(a / 2)), ordinal: u16::from(a % 2) }
}

fn cause(a: u8) -> String {
    if a & 1 == 0 { effect(a / 2 * 2).to_string() } else { format!("d{}", a / 2 % 8) }
}

fn result(b: u8, c: u8) -> OutcomeResult {
    match b % 5 {
        0 => OutcomeResult::done(format!("object/{}", c / 64)),
        1 => OutcomeResult::Retry { after_ms: u64::from(c) * 100 },
        2 => OutcomeResult::Ambiguous {},
        3 => OutcomeResult::Failed { reason: None },
        _ => OutcomeResult::Cancelled {},
    }
}

fn order(a: u8, b: u8, c: u8) -> Order {
    let chain = ChainId(Seq(u64::from(b)));
    let subject = pick(&SUBJECTS, c).into();
    match a % 9 {
        0 => Order::StopChain { chain },
        1 => Order::StopSubject { subject },
        2 => Order::StopAll {},
        3 => Order::ResumeChain { chain },
        4 => Order::ResumeSubject { subject },
        5 => Order::ResumeAll {},
        6 => Order::Approve { effect: effect(b) },
        7 => Order::Cancel { effect: effect(b) },
        _ => Order::AcceptTime { to: Timestamp(u64::from(b) << 36) },
    }
}
