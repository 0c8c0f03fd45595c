//! Task graphs as people's workflows and the standard task graph set have them, generated.
//!
//! *STG-like* follows the four ways in which the random graphs of the Standard Task Graph set (Tobita and Kasahara, 2002) were
//! made: an edge with the same probability, the same mean number of needs, and both by layer.

use reynolds::work::Graph;

use super::{
    number,
    random::{Dice, below, even, exponential, log_even, lognormal, normal, shuffle, size, to_ms},
};

/// A graph to schedule.
pub struct Dag {
    pub graph: Graph,
    pub ms: Vec<u64>,
}

/// Tasks and edges as they are collected.
#[derive(Default)]
struct Sketch {
    edges: Vec<(u32, u32)>,
    ms: Vec<u64>,
}

impl Sketch {
    fn add(&mut self, ms: f64, needs: &[u32]) -> u32 {
        let task = number(self.ms.len());
        self.ms.push(to_ms(ms));
        self.edges.extend(needs.iter().map(|need| (*need, task)));
        task
    }

    /// Numbers say nothing of the order in which the tasks were thought of.
    fn done(mut self, dice: &Dice) -> Dag {
        let mut names: Vec<u32> = (0..number(self.ms.len())).collect();
        shuffle(dice, &mut names);
        let mut ms = vec![0; self.ms.len()];
        for (name, own) in names.iter().zip(&self.ms) {
            ms[*name as usize] = *own;
        }
        for (need, task) in &mut self.edges {
            (*need, *task) = (names[*need as usize], names[*task as usize]);
        }
        Dag { graph: Graph::build(number(ms.len()), &self.edges).expect("no cycle"), ms }
    }
}

/// Makes the graph of a seed.
pub type Make = fn(u64) -> Dag;

/// A name, and what makes its graphs.
pub const FAMILIES: [(&str, Make); 6] = [
    ("layered", layered),
    ("STG-like 50", |seed| stg_like(50, seed)),
    ("STG-like 100", |seed| stg_like(100, seed)),
    ("STG-like 1000", |seed| stg_like(1000, seed)),
    ("fork-join", fork_join),
    ("prep, components, integrate", components),
];

fn layered(seed: u64) -> Dag {
    let dice = Dice::new("dag layered", seed);
    let mut sketch = Sketch::default();
    let mut before: Vec<u32> = Vec::new();
    let widest = size(&dice, 3, 40);
    for _ in 0..size(&dice, 4, 20) {
        let mut layer = Vec::new();
        for _ in 0..size(&dice, 1, widest) {
            let mut needs: Vec<u32> = Vec::new();
            if !before.is_empty() {
                needs.extend((0..size(&dice, 1, 3)).map(|_| before[below(&dice, before.len())]));
                // Now and then something from further up.
                if dice.chance(10) {
                    needs.push(number(below(&dice, before[0] as usize + 1)));
                }
            }
            layer.push(sketch.add(log_even(&dice, 1e3, 6e5), &needs));
        }
        before = layer;
    }
    sketch.done(&dice)
}

fn stg_like(tasks: usize, seed: u64) -> Dag {
    let dice = Dice::new("dag stg", seed ^ (tasks as u64) << 32);
    let mean_needs = [1.0, 3.0, 5.0][below(&dice, 3)];
    let mean_ms = [5e3, 1e4, 2e4][below(&dice, 3)];
    let time = below(&dice, 3);
    let by_layer = dice.chance(50);
    let same_chance = dice.chance(50);
    let layers = size(&dice, 3, (tasks / 4).min(60));
    let mut layer_of: Vec<usize> = (0..tasks).map(|_| below(&dice, layers)).collect();
    layer_of.sort_unstable();
    let mut sketch = Sketch::default();
    for task in 0..tasks {
        let first = if by_layer { layer_of.partition_point(|layer| *layer < layer_of[task]) } else { task };
        let mut needs = Vec::new();
        if first > 0 {
            if same_chance {
                // So that the mean over all tasks is as wanted.
                let chance = (2.0 * mean_needs / tasks as f64).min(1.0);
                needs.extend((0..first).filter(|_| super::random::unit(&dice) < chance).map(number));
            } else {
                let count = (exponential(&dice, mean_needs) + 0.5).min(first as f64);
                needs.extend((1..=first).take_while(|nth| *nth as f64 <= count).map(|_| number(below(&dice, first))));
            }
        }
        let ms = match time {
            0 => even(&dice, 1.0, 2.0 * mean_ms),
            1 => exponential(&dice, mean_ms),
            _ => (mean_ms * (1.0 + 0.3 * normal(&dice))).max(1.0),
        };
        sketch.add(ms, &needs);
    }
    sketch.done(&dice)
}

fn fork_join(seed: u64) -> Dag {
    let dice = Dice::new("dag fork join", seed);
    let mut sketch = Sketch::default();
    let mut last = sketch.add(log_even(&dice, 1e3, 6e4), &[]);
    for _ in 0..size(&dice, 1, 6) {
        let scale = log_even(&dice, 1e4, 3e5);
        let branches: Vec<u32> = (0..size(&dice, 2, 40))
            .map(|_| {
                let first = sketch.add(scale * lognormal(&dice, 0.5), &[last]);
                (1..size(&dice, 1, 3)).fold(first, |before, _| sketch.add(scale * lognormal(&dice, 0.5), &[before]))
            })
            .collect();
        last = sketch.add(log_even(&dice, 1e3, 6e4), &branches);
    }
    sketch.done(&dice)
}

/// What a team's work looks like: a start, components with steps of their own that now and then need each other, and an end.
fn components(seed: u64) -> Dag {
    let dice = Dice::new("dag components", seed);
    let minutes = |low: f64, high: f64| log_even(&dice, low * 6e4, high * 6e4);
    let mut sketch = Sketch::default();
    let mut prepared = sketch.add(minutes(0.5, 10.0), &[]);
    for _ in 0..size(&dice, 0, 2) {
        prepared = sketch.add(minutes(0.5, 10.0), &[prepared]);
    }
    let mut ends: Vec<u32> = Vec::new();
    for _ in 0..size(&dice, 3, 30) {
        // Components differ more in size than the steps of one.
        let scale = lognormal(&dice, 0.8);
        let mut needs = vec![prepared];
        if !ends.is_empty() && dice.chance(20) {
            needs.push(ends[below(&dice, ends.len())]);
        }
        let design = sketch.add(scale * minutes(0.5, 5.0), &needs);
        let parts: Vec<u32> =
            (0..size(&dice, 1, 4)).map(|_| sketch.add(scale * minutes(1.0, 20.0), &[design])).collect();
        let tested = sketch.add(scale * minutes(0.5, 10.0), &parts);
        if dice.chance(50) {
            sketch.add(scale * minutes(0.5, 5.0), &[design]);
        }
        ends.push(tested);
    }
    let mut end = sketch.add(minutes(1.0, 15.0), &ends);
    for _ in 0..size(&dice, 0, 2) {
        end = sketch.add(minutes(0.5, 10.0), &[end]);
    }
    sketch.done(&dice)
}
