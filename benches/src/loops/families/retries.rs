//! Attempts at the same thing: declared, silent, bounded or for ever.

use super::{Family, careless, declared, looping};
use crate::loops::scene::Scene;

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "job_retried_for_ever",
        "L11",
        "A runner starts a failing job again at each failure, without a limit",
        job_retried_for_ever,
    ),
    declared(
        "retries_with_backoff",
        "N06",
        "A runner retries a job a few times, says which attempt it is, and waits longer each time",
        retries_with_backoff,
    ),
    declared(
        "few_silent_retries",
        "N07",
        "A runner tries a job two to four times without saying so, then gives up",
        few_silent_retries,
    ),
    careless(
        "many_silent_retries",
        "HN5_retries_undeclared_8",
        "A runner tries a job five to nine times without saying so, then gives up",
        many_silent_retries,
    ),
];

fn job_retried_for_ever(s: &Scene) {
    let (task, took) = (s.azure("task"), s.between(500, 60_000));
    let mut failed = s.person_orders(&task, "run the import");
    for _ in s.rounds(40) {
        let run = s.wants(failed, "task.dispatch", &task, "run the import").within(10, 100);
        let text = format!("error: gave up waiting after {} ms, trace {}", s.between(1_000, 9_999), s.hex(16));
        failed = s.reports(run, "task.failed", &text).after(took);
    }
}

fn retries_with_backoff(s: &Scene) {
    let (task, most) = (s.azure("task"), s.between(3, 12));
    let (runs, mut took) = (s.between(2, most), s.between(200, 2_000));
    let mut heard = s.person_orders(&task, "run the import");
    for run in 1..=runs {
        let started = s.wants(heard, "task.dispatch", &task, "run the import").within(10, 100).attempt(run, most);
        let (kind, text) =
            if run < runs { ("task.failed", "error: timeout, trace ") } else { ("task.done", "imported, trace ") };
        took *= 2;
        heard = s.reports(started, kind, &format!("{text}{}", s.hex(16))).after(took);
    }
    s.wants(heard, "comment", &s.issue(), "The import is finished.").within(10, 99);
}

fn few_silent_retries(s: &Scene) {
    let runs = s.between(2, 4);
    let failed = silent_retries(s, runs);
    s.wants(failed, "comment", &s.issue(), &format!("Giving up after {runs} tries.")).within(10, 99);
}

fn many_silent_retries(s: &Scene) {
    silent_retries(s, s.between(5, 9));
}

fn silent_retries(s: &Scene, runs: u64) -> crate::loops::scene::Event<'_> {
    let task = s.azure("task");
    let mut failed = s.person_orders(&task, "run the import");
    for _ in 0..runs {
        let run = s.wants(failed, "task.dispatch", &task, "run the import").within(10, 100);
        failed = s.reports(run, "task.failed", &format!("error: timeout, trace {}", s.hex(16))).within(500, 30_000);
    }
    failed
}
