//! Agents of different speed: each task goes where it finishes first, now or after a wait.

use alloc::{vec, vec::Vec};

use super::{ONE_PPM, Simulation, Stage, at_speed};

/// Most tasks that are passed over each time agents become free, so that a pass is short however many are ready.
const HOLDS: usize = 256;

struct Agents<'a> {
    speeds_ppm: &'a [u32],
    /// When each that is busy started, and when it is expected to be free.
    runs: Vec<Option<(u64, u64)>>,
    idle: usize,
}

/// Where a task would finish first.
#[derive(Clone, Copy)]
struct Choice {
    finish: u64,
    agent: usize,
}

pub(super) fn play(simulation: &Simulation<'_>, stage: &mut Stage<'_>) {
    let count = simulation.speeds_ppm.len();
    let mut agents = Agents { speeds_ppm: simulation.speeds_ppm, runs: vec![None; count], idle: count };
    loop {
        pass(simulation, stage, &mut agents);
        if !stage.turn(|agent| {
            agents.runs[agent as usize] = None;
            agents.idle += 1;
        }) {
            return;
        }
    }
}

/// Gives ready tasks to idle agents, in order, until none is idle or none is wanted.
fn pass(simulation: &Simulation<'_>, stage: &mut Stage<'_>, agents: &mut Agents<'_>) {
    let patience = u128::from(simulation.patience_ppm).max(u128::from(ONE_PPM));
    let now = stage.now;
    // What passed-over tasks will take from the agents they wait for counts for the rest of this pass.
    let mut reserved: Vec<u64> = agents.runs.iter().map(|run| free_at(now, *run)).collect();
    let mut held = Vec::new();
    while agents.idle > 0 && held.len() < HOLDS {
        let Some(task) = stage.ready.pop_one() else { break };
        let expected = simulation.expected(task);
        let (best, idle) = agents.choose(expected, &reserved);
        let soon = |choice: Choice| u128::from(choice.finish.saturating_sub(now));
        match idle {
            Some(idle) if soon(idle) * u128::from(ONE_PPM) <= soon(best) * patience => {
                let agent = idle.agent;
                let takes = at_speed(simulation.actual(task), agents.speeds_ppm[agent]);
                agents.runs[agent] = Some((now, idle.finish));
                agents.idle -= 1;
                reserved[agent] = idle.finish;
                stage.start(task, u32::try_from(agent).unwrap_or(0), takes);
            }
            _ => {
                reserved[best.agent] = best.finish;
                held.push(task);
            }
        }
    }
    for task in held.into_iter().rev() {
        stage.ready.put_back(task);
    }
}

/// When an agent is expected to be free. One that is late is expected to need as long again as it has run, so
/// that nobody waits for it for ever.
fn free_at(now: u64, run: Option<(u64, u64)>) -> u64 {
    match run {
        None => now,
        Some((_, end)) if end > now => end,
        Some((start, _)) => now.saturating_add(now - start).saturating_add(1),
    }
}

impl Agents<'_> {
    /// The best of all, and the best of the idle: the earliest finish, then the lowest number.
    fn choose(&self, expected: u64, reserved: &[u64]) -> (Choice, Option<Choice>) {
        let (mut best, mut idle) = (Choice { finish: u64::MAX, agent: 0 }, None);
        for (agent, speed) in self.speeds_ppm.iter().enumerate() {
            let takes = at_speed(expected, *speed);
            let finish = reserved[agent].saturating_add(takes);
            let choice = Choice { finish, agent };
            if finish < best.finish {
                best = choice;
            }
            if self.runs[agent].is_none() && idle.is_none_or(|idle: Choice| finish < idle.finish) {
                idle = Some(choice);
            }
        }
        (best, idle)
    }
}
