//! Is there room for what an input may lead to?

use super::Tenant;
use crate::{error::Rejected, event::Event, limits::Limits, rules::Rule};

/// The most an input can add to the outbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub(super) effects: u64,
    pub(super) bytes: u64,
}

impl Need {
    pub(super) fn of<'a>(rules: impl Iterator<Item = &'a Rule>, event: &Event) -> Self {
        let weight = event.weight();
        rules.fold(Self { effects: 0, bytes: 0 }, |need, rule| Self {
            effects: need.effects + rule.width() as u64,
            bytes: need.bytes.saturating_add(rule.weight(weight)),
        })
    }
}

/// What is left in a tenant's outbox.
#[derive(Debug)]
pub(super) struct Room<'a> {
    limits: &'a Limits,
    effects: u64,
    bytes: u64,
}

impl<'a> Room<'a> {
    pub(super) fn of(limits: &'a Limits, tenant: Option<&Tenant>) -> Self {
        let (effects, bytes) = tenant.map_or((0, 0), |tenant| (tenant.outbox.charged(), tenant.outbox.bytes()));
        Self {
            limits,
            effects: u64::from(limits.open_effects).saturating_sub(effects),
            bytes: limits.open_bytes.saturating_sub(bytes),
        }
    }

    pub(super) fn has(&self, need: Need) -> bool {
        need.effects <= self.effects && need.bytes <= self.bytes
    }

    pub(super) fn check(&self, need: Need) -> Result<(), Rejected> {
        if need.effects > self.effects {
            return Err(Rejected::Full { limit_name: "open_effects", limit: u64::from(self.limits.open_effects) });
        }
        // An input that causes nothing needs no room.
        if need.effects > 0 && need.bytes > self.bytes {
            return Err(Rejected::Full { limit_name: "open_bytes", limit: self.limits.open_bytes });
        }
        Ok(())
    }
}
