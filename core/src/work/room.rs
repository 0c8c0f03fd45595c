//! How many plans and tasks there are, and which of them can be forgotten.

use alloc::collections::{BTreeMap, BTreeSet};

use super::words::WorkLimits;
use crate::{error::Rejected, time::Timestamp};

/// What the plans of all tenants take, and what those of each take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    all: Taken,
    tenants: BTreeMap<u32, Tenant>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    /// Under way.
    plans: u64,
    tasks: u64,
    /// Of plans that have ended.
    ended_plans: u64,
    ended_tasks: u64,
}

#[derive(Debug, Clone, Default)]
struct Tenant {
    taken: Taken,
    /// Its plans that have ended, and when.
    ended: BTreeSet<(Timestamp, u32)>,
}

impl Room {
    /// Is there room for more tasks, also by forgetting plans that have ended?
    pub(crate) fn check_tasks(&self, limits: &WorkLimits, tenant: u32, more: usize) -> Result<(), Rejected> {
        let fits = |taken: Taken, limit: u32| taken.tasks.saturating_add(more as u64) <= u64::from(limit);
        match () {
            () if !fits(self.all, limits.tasks) => full("tasks", limits.tasks),
            () if !fits(self.of(tenant), limits.tenant_tasks) => full("tenant_tasks", limits.tenant_tasks),
            () => Ok(()),
        }
    }

    /// The same for one plan more.
    pub(crate) fn check_plan(&self, limits: &WorkLimits, tenant: u32) -> Result<(), Rejected> {
        let fits = |taken: Taken, limit: u32| taken.plans < u64::from(limit);
        match () {
            () if !fits(self.all, limits.plans) => full("plans", limits.plans),
            () if !fits(self.of(tenant), limits.tenant_plans) => full("tenant_plans", limits.tenant_plans),
            () => Ok(()),
        }
    }

    /// While there is too much: the plan to forget. It is the oldest that has ended of the tenant that has most of what there is
    /// too much of, so that nobody is forgotten because of what another does.
    pub(crate) fn too_many(&self, limits: &WorkLimits) -> Option<u32> {
        let plans = |taken: &Taken| taken.plans + taken.ended_plans;
        let tasks = |taken: &Taken| taken.tasks + taken.ended_tasks;
        let most = if plans(&self.all) > u64::from(limits.plans) {
            self.with_most(plans)
        } else if tasks(&self.all) > u64::from(limits.tasks) {
            self.with_most(tasks)
        } else {
            None
        };
        most.and_then(|tenant| tenant.ended.first()).map(|(_, plan)| *plan)
    }

    /// Of the tenants that have something to be forgotten: the one with the most, of equals the first to appear.
    fn with_most(&self, of: impl Fn(&Taken) -> u64) -> Option<&Tenant> {
        let some = self.tenants.iter().filter(|(_, tenant)| !tenant.ended.is_empty());
        some.max_by_key(|(number, tenant)| (of(&tenant.taken), core::cmp::Reverse(**number))).map(|(_, tenant)| tenant)
    }

    fn of(&self, tenant: u32) -> Taken {
        self.tenants.get(&tenant).map(|tenant| tenant.taken).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn ended_tasks(&self) -> u64 {
        self.all.ended_tasks
    }

    /// Has every plan ended?
    pub(crate) fn is_idle(&self) -> bool {
        self.all.plans == 0
    }

    pub(crate) fn on_plan(&mut self, tenant: u32, tasks: usize) {
        self.change(tenant, |taken| {
            taken.plans += 1;
            taken.tasks += tasks as u64;
        });
    }

    /// A plan that has not ended got more tasks.
    pub(crate) fn on_tasks(&mut self, tenant: u32, more: usize) {
        self.change(tenant, |taken| taken.tasks += more as u64);
    }

    pub(crate) fn on_ended(&mut self, tenant: u32, at: Timestamp, plan: u32, tasks: usize) {
        let tasks = tasks as u64;
        let of = self.change(tenant, |taken| {
            taken.plans = taken.plans.saturating_sub(1);
            taken.tasks = taken.tasks.saturating_sub(tasks);
            taken.ended_plans += 1;
            taken.ended_tasks += tasks;
        });
        of.ended.insert((at, plan));
    }

    /// It runs again.
    pub(crate) fn on_reopened(&mut self, tenant: u32, ended: Timestamp, plan: u32, tasks: usize) {
        self.on_forgotten(tenant, ended, plan, tasks);
        self.on_plan(tenant, tasks);
    }

    pub(crate) fn on_forgotten(&mut self, tenant: u32, ended: Timestamp, plan: u32, tasks: usize) {
        let of = self.change(tenant, |taken| {
            taken.ended_plans = taken.ended_plans.saturating_sub(1);
            taken.ended_tasks = taken.ended_tasks.saturating_sub(tasks as u64);
        });
        of.ended.remove(&(ended, plan));
    }

    fn change(&mut self, tenant: u32, change: impl Fn(&mut Taken)) -> &mut Tenant {
        change(&mut self.all);
        let tenant = self.tenants.entry(tenant).or_default();
        change(&mut tenant.taken);
        tenant
    }
}

fn full(limit_name: &'static str, limit: u32) -> Result<(), Rejected> {
    Err(Rejected::Full { limit_name, limit: u64::from(limit) })
}
