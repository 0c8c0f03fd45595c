//! A pass through the queue: what it has passed over, and how it finds what comes next.
//!
//! Lines are looked at in their order, and one in which the pass finds nothing is not looked at again until it changes: a pass
//! over a thousand tenants that each have one task nobody can do looks at a thousand lines, not at a thousand for each task.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Encode};

use super::{Order, Queue, Stand, Standing, order};
use crate::work::run::Place;

/// What a pass through the queue has passed over. In each line it goes on from where it stands, and never back.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Pass {
    /// By tenant: agents may be one tenant's only.
    #[n(0)]
    pub(super) shapes: BTreeSet<(u32, u64)>,
    #[n(1)]
    pub(super) tenants: BTreeSet<u32>,
    #[n(2)]
    pub(super) places: BTreeSet<Place>,
    #[n(3)]
    pub(super) fronts: BTreeMap<(u8, u32), Front>,
    /// Derived: whoever restores a pass begins at the first line again, and finds the same.
    #[cbor(skip)]
    way: Way,
}

/// How far a pass has come through the lines.
#[derive(Debug, Clone, Default)]
struct Way {
    /// In what stands before this there is nothing for the pass ...
    at: Stand,
    /// ... but maybe in these, which have changed since.
    again: BTreeSet<Stand>,
    /// So many changes of the queue it knows.
    seen: u64,
    /// Lines in which the pass itself has gone on.
    gone_on: Vec<(u8, u32)>,
}

/// Behind every line.
const END: Stand = (u8::MAX, u64::MAX, u32::MAX);

/// How far a pass has come in a line.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(super) struct Front {
    #[n(0)]
    pub(super) at: Option<Order>,
    /// Shapes of which another group may do: those that the pass has looked at, and that are not over.
    #[n(1)]
    pub(super) open: BTreeSet<u64>,
    /// Groups of which a later task may do, with their shapes.
    #[n(2)]
    pub(super) skipped: BTreeSet<(u64, u64)>,
}

impl Pass {
    /// No task of this shape can be done now.
    pub(crate) fn block(&mut self, standing: &Standing, place: Place) {
        self.shapes.insert((standing.tenant, standing.shape));
        let front = self.front(standing, place);
        front.open.remove(&standing.shape);
        front.skipped.retain(|(shape, _)| *shape != standing.shape);
    }

    /// No task with these keys can be done now.
    pub(crate) fn block_keys(&mut self, standing: &Standing, place: Place) {
        let front = self.front(standing, place);
        front.open.insert(standing.shape);
        front.skipped.remove(&(standing.shape, standing.keys));
    }

    /// No task of this tenant can be done now.
    pub(crate) fn block_tenant(&mut self, tenant: u32) {
        self.tenants.insert(tenant);
    }

    /// This task had better wait, or waits no more.
    pub(crate) fn skip(&mut self, standing: Option<&Standing>, place: Place) {
        self.places.insert(place);
        let Some(standing) = standing else { return };
        let front = self.front(standing, place);
        front.open.insert(standing.shape);
        front.skipped.insert((standing.shape, standing.keys));
    }

    fn front(&mut self, standing: &Standing, place: Place) -> &mut Front {
        self.way.gone_on.push((standing.class, standing.tenant));
        let front = self.fronts.entry((standing.class, standing.tenant)).or_default();
        front.at = front.at.max(Some(order(standing, place)));
        front
    }
}

impl Queue {
    /// The next task that this pass has not passed over.
    pub(crate) fn head(&self, pass: &mut Pass) -> Option<Place> {
        self.look_again(&mut pass.way);
        while let Some(&stand) = pass.way.again.first() {
            if let Some(place) = self.first_of(stand, pass) {
                return Some(place);
            }
            pass.way.again.pop_first();
        }
        for &stand in self.busy.range(pass.way.at..) {
            pass.way.at = stand;
            if let Some(place) = self.first_of(stand, pass) {
                return Some(place);
            }
        }
        pass.way.at = END;
        None
    }

    /// Lines that the pass has left behind, and that have changed since.
    fn look_again(&self, way: &mut Way) {
        if way.at > Stand::default() {
            let changed = self.changed.range(way.seen + 1..).map(|(_, line)| line);
            for line in way.gone_on.iter().chain(changed) {
                let stand = self.lines.get(line).and_then(|found| found.stand(line.0, line.1));
                way.again.extend(stand.filter(|stand| *stand < way.at));
            }
        }
        way.gone_on.clear();
        way.seen = self.changes;
    }

    /// The first task in a line. None in one that stands elsewhere by now.
    fn first_of(&self, stand: Stand, pass: &Pass) -> Option<Place> {
        let (class, clock, tenant) = stand;
        let line =
            self.lines.get(&(class, tenant)).filter(|line| line.clock == clock && !pass.tenants.contains(&tenant))?;
        line.head(tenant, pass, pass.fronts.get(&(class, tenant))).map(|(_, _, place)| place)
    }
}
