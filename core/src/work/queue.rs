//! Ready tasks, in the order in which they are to have agents.
//!
//! First the priority class, then the tenant that had least of the agents' time by its share, then the task on which
//! most hangs, then who was ready first. Tenants share by virtual time (start-time fair queueing, Goyal, Vin and Cheng
//! 1996): each task moves its tenant's clock on by its length over the tenant's share.
//!
//! Tasks that ask the same of an agent have one shape. Where one finds no agent, no other of its shape does, so that a
//! pass looks at each shape once however many tasks wait, and no task waits behind one that does not fit.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Encode};

use super::run::Place;
use crate::{det::digest_parts, text::Text, time::Timestamp};

/// Priority classes, 1 the most urgent.
pub(crate) const CLASSES: u8 = 5;
/// What a task without an estimate counts for, in milliseconds.
const USUAL_MS: u64 = 60_000;
/// Parts of a millisecond in which virtual time is counted, so that large shares do not round to nothing.
const FINE: u64 = 1024;

/// Where a task stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) class: u8,
    pub(crate) tenant: u32,
    /// See [`shape`].
    pub(crate) shape: u64,
    pub(crate) rank: u32,
    pub(crate) since: Timestamp,
}

/// What a task asks of an agent, as one number.
pub(crate) fn shape(lists: [&[Text]; 4], names: [Option<&Text>; 2], offered: bool) -> u64 {
    let mut parts: Vec<&str> = Vec::new();
    for list in lists {
        // The empty text stands between lists, and no name is empty.
        parts.extend(list.iter().map(Text::as_str));
        parts.push("");
    }
    parts.extend(names.map(|name| name.map_or("", Text::as_str)));
    // An offer is not for those it avoids, another task is for them if there is nobody else.
    parts.extend(offered.then_some("offered"));
    digest_parts(&parts)
}

/// The largest rank first, then the earliest, then by number.
type Order = (u32, Timestamp, Place);

fn order(standing: &Standing, place: Place) -> Order {
    (u32::MAX - standing.rank, standing.since, place)
}

/// The tasks of one tenant in one class.
#[derive(Debug, Clone, Default)]
struct Line {
    clock: u64,
    shapes: BTreeMap<u64, BTreeSet<Order>>,
}

/// The queue. What stands in it is derived from the tasks; only the clocks are state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    lines: BTreeMap<(u8, u32), Line>,
    /// Where each task was put: what it asks for may have changed since, and it must still be found.
    stands: BTreeMap<Place, Standing>,
    /// The virtual time of each class: the latest clock of a tenant that was served. It never goes back, though a tenant that
    /// had no agent for a while may be served later than others with a later clock.
    clocks: BTreeMap<u8, u64>,
    shares: BTreeMap<u32, u32>,
}

/// The clocks, as they are stored.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Clocks {
    #[n(0)]
    lines: Vec<(u8, u32, u64)>,
    #[n(1)]
    classes: Vec<(u8, u64)>,
}

/// What a pass through the queue has passed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pass {
    /// By tenant: agents may be one tenant's only, and keys are.
    shapes: BTreeSet<(u32, u64)>,
    tenants: BTreeSet<u32>,
    places: BTreeSet<Place>,
}

impl Pass {
    /// No task of this tenant and shape can be done now.
    pub(crate) fn block(&mut self, tenant: u32, shape: u64) {
        self.shapes.insert((tenant, shape));
    }

    /// No task of this tenant can be done now.
    pub(crate) fn block_tenant(&mut self, tenant: u32) {
        self.tenants.insert(tenant);
    }

    /// This task had better wait.
    pub(crate) fn skip(&mut self, place: Place) {
        self.places.insert(place);
    }
}

impl Queue {
    /// How many tasks wait for an agent.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.stands.len()).unwrap_or(u32::MAX)
    }

    /// How much of the agents' time a tenant may have beside others that want it too. 1 unless it is set.
    pub(crate) fn set_shares(&mut self, shares: BTreeMap<u32, u32>) {
        self.shares = shares;
    }

    /// Puts a task where it is to stand, wherever it stood before.
    pub(crate) fn insert(&mut self, place: Place, standing: Standing) {
        self.remove(place);
        let now = self.clocks.get(&standing.class).copied().unwrap_or(0);
        let line = self.lines.entry((standing.class, standing.tenant)).or_default();
        if line.shapes.is_empty() {
            // Who had nothing to do does not save up for later.
            line.clock = line.clock.max(now);
        }
        self.put_back(place, standing);
    }

    pub(crate) fn remove(&mut self, place: Place) -> Option<Standing> {
        let standing = self.stands.remove(&place)?;
        let line = self.lines.get_mut(&(standing.class, standing.tenant))?;
        let tasks = line.shapes.get_mut(&standing.shape)?;
        tasks.remove(&order(&standing, place));
        if tasks.is_empty() {
            line.shapes.remove(&standing.shape);
        }
        Some(standing)
    }

    pub(crate) fn standing(&self, place: Place) -> Option<Standing> {
        self.stands.get(&place).copied()
    }

    /// What a waiting task asks for has changed: no clock moves.
    pub(crate) fn restand(&mut self, place: Place, standing: Standing) {
        if self.remove(place).is_some() {
            self.put_back(place, standing);
        }
    }

    /// A task leaves for an agent: its tenant's clock goes on.
    pub(crate) fn serve(&mut self, place: Place, estimate_ms: Option<u64>) {
        let Some(standing) = self.remove(place) else { return };
        let share = self.shares.get(&standing.tenant).copied().unwrap_or(1).max(1);
        let cost = estimate_ms.unwrap_or(USUAL_MS).clamp(1, 1 << 40) * FINE / u64::from(share);
        if let Some(line) = self.lines.get_mut(&(standing.class, standing.tenant)) {
            let clock = self.clocks.entry(standing.class).or_default();
            *clock = line.clock.max(*clock);
            line.clock = line.clock.saturating_add(cost.max(1));
        }
    }

    /// The next task that this pass has not passed over.
    pub(crate) fn head(&self, pass: &Pass) -> Option<Place> {
        (1..=CLASSES).find_map(|class| {
            let lines = self.lines.range((class, 0)..=(class, u32::MAX));
            let heads = lines.filter_map(|(&(_, tenant), line)| Some((line.clock, tenant, line.head(tenant, pass)?)));
            heads.min().map(|(_, _, (_, _, place))| place)
        })
    }

    /// One task of each shape that waits, and how many of it do.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (Place, u32)> + '_ {
        let shapes = self.lines.values().flat_map(|line| line.shapes.values());
        shapes.filter_map(|tasks| Some((tasks.first()?.2, u32::try_from(tasks.len()).unwrap_or(u32::MAX))))
    }

    pub(crate) fn clocks(&self) -> Clocks {
        Clocks {
            lines: self.lines.iter().map(|(&(class, tenant), line)| (class, tenant, line.clock)).collect(),
            classes: self.clocks.iter().map(|(class, clock)| (*class, *clock)).collect(),
        }
    }

    /// An empty queue with these clocks.
    pub(crate) fn from_clocks(clocks: Clocks) -> Self {
        let line = |(class, tenant, clock)| ((class, tenant), Line { clock, shapes: BTreeMap::new() });
        Self {
            lines: clocks.lines.into_iter().map(line).collect(),
            clocks: clocks.classes.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Puts a task back where it stood, on restoring: no clock moves.
    pub(crate) fn put_back(&mut self, place: Place, standing: Standing) {
        let line = self.lines.entry((standing.class, standing.tenant)).or_default();
        line.shapes.entry(standing.shape).or_default().insert(order(&standing, place));
        self.stands.insert(place, standing);
    }
}

impl Line {
    fn head(&self, tenant: u32, pass: &Pass) -> Option<Order> {
        if pass.tenants.contains(&tenant) {
            return None;
        }
        let open = self.shapes.iter().filter(|(shape, _)| !pass.shapes.contains(&(tenant, **shape)));
        open.filter_map(|(_, tasks)| tasks.iter().find(|(_, _, place)| !pass.places.contains(place)).copied()).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(task: u32) -> Place {
        Place { plan: 1, task }
    }

    fn waits(tenant: u32) -> Standing {
        Standing { class: 3, tenant, shape: u64::from(tenant), rank: 0, since: Timestamp(0) }
    }

    #[test]
    fn a_newcomer_does_not_go_before_what_was_served_although_a_laggard_was_served_last() {
        let mut queue = Queue::default();
        queue.insert(at(0), waits(1));
        for task in 1..4 {
            queue.insert(at(task), waits(2));
            queue.serve(at(task), Some(1000));
        }
        // Tenant 1 had no agent so far. Now it has one, and tenant 3 comes.
        queue.serve(at(0), Some(1000));
        queue.insert(at(4), waits(3));
        queue.insert(at(5), waits(1));
        assert_eq!(queue.head(&Pass::default()), Some(at(5)), "tenant 3 begins where the others are, not before them");
    }

    proptest! {
        #[test]
        fn the_clock_of_a_class_never_goes_back(steps in prop::collection::vec((0..4_u32, 0..3_u8, 1..5000_u64), 1..200)) {
            let (mut queue, mut next, mut before) = (Queue::default(), 0, 0);
            queue.set_shares([(1, 3), (2, 7)].into());
            for (tenant, act, ms) in steps {
                let first = queue.stands.iter().find(|(_, standing)| standing.tenant == tenant).map(|(place, _)| *place);
                match (act, first) {
                    (0, _) | (_, None) => {
                        queue.insert(at(next), waits(tenant));
                        next += 1;
                    }
                    // Whoever it is: agents may be some tenants' only.
                    (1, Some(place)) => queue.serve(place, Some(ms)),
                    (_, Some(place)) => drop(queue.remove(place)),
                }
                let clock = queue.clocks.get(&3).copied().unwrap_or(0);
                prop_assert!(clock >= before, "{clock} after {before}");
                before = clock;
            }
        }

        #[test]
        fn tenants_that_always_want_more_share_the_time_by_their_shares(
            shares in prop::collection::vec(1..20_u32, 2..5),
            lengths in prop::collection::vec(1..10_000_u64, 300),
        ) {
            let mut queue = Queue::default();
            let tenants: Vec<u32> = (0..).take(shares.len()).collect();
            queue.set_shares(tenants.iter().copied().zip(shares.iter().copied()).collect());
            tenants.iter().for_each(|tenant| queue.insert(at(*tenant), waits(*tenant)));
            let mut had = alloc::vec![0_u64; shares.len()];
            for (ms, next) in lengths.iter().zip(100..) {
                let place = queue.head(&Pass::default()).expect("somebody waits");
                let tenant = queue.standing(place).expect("it waits").tenant;
                // The next one stands there before this one is served: its line is never empty.
                queue.insert(at(next), waits(tenant));
                queue.serve(place, Some(*ms));
                had[tenant as usize] += ms;
            }
            // Start-time fair queueing: two of them are never further apart than the longest task over each share.
            for (one, share) in had.iter().zip(&shares) {
                for (other, others) in had.iter().zip(&shares) {
                    let gap = (one / u64::from(*share)).abs_diff(other / u64::from(*others));
                    let most = 10_000 / u64::from(*share) + 10_000 / u64::from(*others) + 2;
                    prop_assert!(gap <= most, "{had:?} by {shares:?}");
                }
            }
        }
    }
}
