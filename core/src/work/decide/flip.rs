//! What would turn a decision: each input alone, by bisection between its value and its end.

use alloc::{format, string::String, vec::Vec};

use super::{
    explain::{Choice, Flip, FlipWhen, Knob},
    model::{Knobs, Model},
};

const ALL: [Knob; 7] =
    [Knob::Agents, Knob::Decompose, Knob::Dispatch, Knob::Transfer, Knob::Aggregate, Knob::Durations, Knob::Success];

/// Estimates up to a hundred times as long are looked at.
const LONGEST_PPM: u64 = 100_000_000;

/// All inputs that would, in a fixed order, below before above.
pub(super) fn all(model: &Model<'_>, knobs: &Knobs, choice: Choice) -> Vec<Flip> {
    let direct_ms = model.times(knobs, &model.expected_ms, false).direct_ms;
    let mut flips = Vec::new();
    for input in ALL {
        let value = *knob(&mut knobs.clone(), input);
        let highest = match input {
            Knob::Agents => u64::from(model.graph.len()).max(value),
            // An overhead of the whole direct time is more than enough.
            Knob::Decompose | Knob::Dispatch | Knob::Transfer | Knob::Aggregate => value.saturating_add(direct_ms),
            Knob::Durations => LONGEST_PPM,
            Knob::Success => value,
        };
        let stays = |setting: u64| {
            let mut turned = *knobs;
            *knob(&mut turned, input) = setting;
            model.choice(&turned) == choice
        };
        // Only if it holds at the value itself: above 2,000 parts the bound may say something else than the schedule.
        if !stays(value) {
            continue;
        }
        for (when, end) in [(FlipWhen::Below, 0), (FlipWhen::Above, highest)] {
            if end != value && !stays(end) {
                let value = last(value, end, stays);
                flips.push(Flip { input, when, value, text: text(input, when, value) });
            }
        }
    }
    flips
}

/// The value next to one that does not stay, on the side of the one that does.
fn last(mut staying: u64, mut turning: u64, stays: impl Fn(u64) -> bool) -> u64 {
    while staying.abs_diff(turning) > 1 {
        let middle = staying.min(turning) + staying.abs_diff(turning) / 2;
        if stays(middle) { staying = middle } else { turning = middle }
    }
    staying
}

fn knob(knobs: &mut Knobs, input: Knob) -> &mut u64 {
    match input {
        Knob::Agents => &mut knobs.agents,
        Knob::Decompose => &mut knobs.decompose_ms,
        Knob::Dispatch => &mut knobs.dispatch_ms,
        Knob::Transfer => &mut knobs.transfer_ms,
        Knob::Aggregate => &mut knobs.aggregate_ms,
        Knob::Durations => &mut knobs.durations_ppm,
        Knob::Success => &mut knobs.success_ppm,
    }
}

fn text(input: Knob, when: FlipWhen, value: u64) -> String {
    let name = match input {
        Knob::Agents => "agents",
        Knob::Decompose => "decompose",
        Knob::Dispatch => "dispatch",
        Knob::Transfer => "transfer",
        Knob::Aggregate => "aggregate",
        Knob::Durations => "durations",
        Knob::Success => "success",
    };
    let sign = match when {
        FlipWhen::Below => '<',
        FlipWhen::Above => '>',
    };
    match input {
        Knob::Agents => format!("{name} {sign} {value}"),
        Knob::Durations => format!("{name} {sign} {}.{:06} of the estimate", value / 1_000_000, value % 1_000_000),
        Knob::Success => format!("{name} {sign} {}.{:06}", value / 1_000_000, value % 1_000_000),
        _ if value % 1000 == 0 => format!("{name} {sign} {} s", value / 1000),
        _ => format!("{name} {sign} {value} ms"),
    }
}
