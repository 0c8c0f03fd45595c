//! Ready tasks, in the order in which they are to have agents.
//!
//! First the priority class, then the tenant that had least of the agents' time by its share, then the task on which
//! most hangs, then who was ready first. Tenants share by virtual time (start-time fair queueing, Goyal, Vin and Cheng
//! 1996): each task moves its tenant's clock on by its length over the tenant's share.
//!
//! Tasks that ask the same of an agent have one shape, and within it those with the same keys are one group. Where one finds
//! no agent, no other of its shape does, and where the keys of one are taken, so are those of its group. A pass looks at each
//! once however many tasks wait, and no task waits behind one that does not fit. What comes first is kept in order, so that a
//! look costs the same however many shapes and tenants there are.

mod pass;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::ops::Bound;

use minicbor::{Decode, Encode};

use self::pass::Front;
pub(crate) use self::pass::Pass;
use super::run::Place;
use crate::{
    det::{digest_parts, gather},
    text::Text,
    time::Timestamp,
};

/// What a task without an estimate counts for, in milliseconds.
const USUAL_MS: u64 = 60_000;
/// Parts of a millisecond in which virtual time is counted, so that large shares do not round to nothing.
const FINE: u64 = 1024;
/// What a longer estimate counts for, in milliseconds: 30 days, as agents reckon with.
const LONGEST_MS: u64 = 30 * 86_400_000;
/// When a clock has come so far, those of its class go back by half of it, and none below zero: their order stays, and clocks
/// that stand still at their end would share out nothing.
const FAR: u64 = 1 << 63;

/// Where a task stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// 1, the most urgent, to 5.
    pub(crate) class: u8,
    pub(crate) tenant: u32,
    /// See [`shape`].
    pub(crate) shape: u64,
    /// The same of its keys.
    pub(crate) keys: u64,
    pub(crate) rank: u32,
    pub(crate) since: Timestamp,
}

/// What a task asks of an agent, as one number.
pub(crate) fn shape(lists: [&[Text]; 3], names: [Option<&Text>; 2], offered: bool) -> u64 {
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

/// Where a line stands among the others: by its class, its clock and its tenant.
type Stand = (u8, u64, u32);

/// The tasks of one tenant in one class, by shape.
#[derive(Debug, Clone, Default)]
struct Line {
    clock: u64,
    shapes: BTreeMap<u64, Tasks>,
    /// The first of each shape.
    heads: BTreeSet<(Order, u64)>,
    /// When it changed last, as a count of all changes.
    changed: u64,
}

/// The tasks of one shape, by their keys.
#[derive(Debug, Clone, Default)]
struct Tasks {
    groups: BTreeMap<u64, BTreeSet<Order>>,
    /// The first of each group.
    heads: BTreeSet<(Order, u64)>,
}

/// The queue. What stands in it is derived from the tasks; only the clocks are state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    lines: BTreeMap<(u8, u32), Line>,
    /// Where each task was put: what it asks for may have changed since, and it must still be found.
    stands: BTreeMap<Place, Standing>,
    /// The virtual time of each class: the latest clock of a tenant that was served. It never goes back but with
    /// all others ([`FAR`]), though a tenant that had no agent for a while may be served later than others with a later clock.
    clocks: BTreeMap<u8, u64>,
    shares: BTreeMap<u32, u32>,
    /// The lines in which tasks wait, in their order.
    busy: BTreeSet<Stand>,
    /// The same by when they changed last: passes look at these again.
    changed: BTreeMap<u64, (u8, u32)>,
    changes: u64,
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
        self.alter((standing.class, standing.tenant), |line| line.remove(&standing, order(&standing, place)));
        Some(standing)
    }

    pub(crate) fn standing(&self, place: Place) -> Option<Standing> {
        self.stands.get(&place).copied()
    }

    /// The first tasks of each group of a tenant that ask for the same, whatever their priority.
    pub(crate) fn alike(&self, standing: Standing) -> impl Iterator<Item = Place> + '_ {
        let lines = (1..=5).filter_map(move |class| self.lines.get(&(class, standing.tenant)));
        let tasks = lines.filter_map(move |line| line.shapes.get(&standing.shape));
        tasks.flat_map(|tasks| &tasks.heads).map(|(order, _)| order.2)
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
        let cost = estimate_ms.unwrap_or(USUAL_MS).clamp(1, LONGEST_MS) * FINE / u64::from(share);
        let class = standing.class;
        let (was, is) = self.alter((class, standing.tenant), |line| {
            let was = line.clock;
            line.clock = was.saturating_add(cost.max(1));
            (was, line.clock)
        });
        let clock = self.clocks.entry(class).or_default();
        *clock = was.max(*clock);
        if is >= FAR {
            self.turn_back(class);
        }
    }

    fn turn_back(&mut self, class: u8) {
        let back = |clock: &mut u64| *clock = clock.saturating_sub(FAR / 2);
        let lines = self.lines.range((class, 0)..=(class, u32::MAX)).map(|(line, _)| *line);
        for line in lines.collect::<Vec<_>>() {
            self.alter(line, |line| back(&mut line.clock));
        }
        if let Some(clock) = self.clocks.get_mut(&class) {
            back(clock);
        }
    }

    /// Changes a line. Where it stands is kept up to date, and passes look at it again.
    fn alter<R>(&mut self, (class, tenant): (u8, u32), alter: impl FnOnce(&mut Line) -> R) -> R {
        let line = self.lines.entry((class, tenant)).or_default();
        let before = line.stand(class, tenant);
        let result = alter(line);
        let after = line.stand(class, tenant);
        if before != after {
            if let Some(stand) = before {
                self.busy.remove(&stand);
            }
            self.busy.extend(after);
        }
        self.changed.remove(&line.changed);
        self.changes += 1;
        line.changed = self.changes;
        self.changed.extend(after.map(|_| (self.changes, (class, tenant))));
        result
    }

    /// One task of each group that waits, and how many of it do.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (Place, u32)> + '_ {
        let shapes = self.lines.values().flat_map(|line| line.shapes.values());
        let groups = shapes.flat_map(|tasks| tasks.groups.values());
        groups.filter_map(|group| Some((group.first()?.2, u32::try_from(group.len()).unwrap_or(u32::MAX))))
    }

    pub(crate) fn clocks(&self) -> Clocks {
        Clocks {
            lines: self.lines.iter().map(|(&(class, tenant), line)| (class, tenant, line.clock)).collect(),
            classes: self.clocks.iter().map(|(class, clock)| (*class, *clock)).collect(),
        }
    }

    /// An empty queue with these clocks.
    pub(crate) fn from_clocks(clocks: Clocks) -> Self {
        let line = |(class, tenant, clock)| ((class, tenant), Line { clock, ..Line::default() });
        Self { lines: gather(clocks.lines.into_iter().map(line)), clocks: gather(clocks.classes), ..Self::default() }
    }

    /// Puts a task back where it stood, on restoring: no clock moves.
    pub(crate) fn put_back(&mut self, place: Place, standing: Standing) {
        self.alter((standing.class, standing.tenant), |line| line.insert(&standing, order(&standing, place)));
        self.stands.insert(place, standing);
    }
}

impl Line {
    /// Where it stands, as long as something waits in it.
    fn stand(&self, class: u8, tenant: u32) -> Option<Stand> {
        (!self.shapes.is_empty()).then_some((class, self.clock, tenant))
    }

    fn insert(&mut self, standing: &Standing, order: Order) {
        let tasks = self.shapes.entry(standing.shape).or_default();
        let before = tasks.first();
        tasks.insert(standing.keys, order);
        shift(&mut self.heads, standing.shape, before, tasks.first());
    }

    fn remove(&mut self, standing: &Standing, order: Order) {
        let Some(tasks) = self.shapes.get_mut(&standing.shape) else { return };
        let before = tasks.first();
        tasks.remove(standing.keys, order);
        shift(&mut self.heads, standing.shape, before, tasks.first());
        if tasks.heads.is_empty() {
            self.shapes.remove(&standing.shape);
        }
    }

    /// The first task behind the front: of a shape not looked at yet, of another group of one that is open, or behind one that
    /// was skipped.
    fn head(&self, tenant: u32, pass: &Pass, front: Option<&Front>) -> Option<Order> {
        let after = front.and_then(|front| front.at);
        let may = |order: &Order| !pass.places.contains(&order.2);
        let fresh = behind(&self.heads, after)
            .find(|(order, shape)| may(order) && !pass.shapes.contains(&(tenant, *shape)))
            .map(|(order, _)| *order);
        let Some(front) = front else { return fresh };
        let open = front.open.iter().filter_map(|shape| {
            let tasks = self.shapes.get(shape)?;
            behind(&tasks.heads, after).map(|(order, _)| *order).find(may)
        });
        let skipped = front.skipped.iter().filter_map(|(shape, keys)| {
            let group = self.shapes.get(shape)?.groups.get(keys)?;
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            group.range((from, Bound::Unbounded)).copied().find(may)
        });
        fresh.into_iter().chain(open).chain(skipped).min()
    }
}

impl Tasks {
    fn first(&self) -> Option<Order> {
        self.heads.first().map(|(order, _)| *order)
    }

    fn insert(&mut self, keys: u64, order: Order) {
        let group = self.groups.entry(keys).or_default();
        let before = group.first().copied();
        group.insert(order);
        shift(&mut self.heads, keys, before, group.first().copied());
    }

    fn remove(&mut self, keys: u64, order: Order) {
        let Some(group) = self.groups.get_mut(&keys) else { return };
        let before = group.first().copied();
        group.remove(&order);
        shift(&mut self.heads, keys, before, group.first().copied());
        if group.is_empty() {
            self.groups.remove(&keys);
        }
    }
}

/// Another task may be the first by now.
fn shift(heads: &mut BTreeSet<(Order, u64)>, of: u64, before: Option<Order>, after: Option<Order>) {
    if before != after {
        if let Some(order) = before {
            heads.remove(&(order, of));
        }
        heads.extend(after.map(|order| (order, of)));
    }
}

fn behind(heads: &BTreeSet<(Order, u64)>, after: Option<Order>) -> impl Iterator<Item = &(Order, u64)> {
    let from = after.map_or(Bound::Unbounded, |order| Bound::Excluded((order, u64::MAX)));
    heads.range((from, Bound::Unbounded))
}

#[cfg(test)]
mod tests;
