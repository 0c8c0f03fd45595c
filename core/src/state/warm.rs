//! Reading at once what a record will be looked up in, one table after the other.
//!
//! A table with a hundred thousand entries lies in memory that no cache holds. An event asks a dozen of them, and each
//! question waits for memory up to four times: for the index, its entry, what that points to, and its neighbours. Asked
//! beforehand, all together, they wait for the same time as one. Nothing here changes or decides anything.

use alloc::vec::Vec;

use super::{State, Tenant, react::names};
use crate::{
    config::Config,
    det::{mix, name},
    event::Event,
    input::{Input, Outcome, OutcomeResult},
    journal::Record,
};

/// Below so many events most of it is in a cache, and to ask twice would cost more than it saves.
const FAR: usize = 1 << 14;
/// Most destinations whose threads are looked for.
const DESTINATIONS: usize = 4;

/// Where rules send messages, where it depends on no event.
pub(super) fn destinations(config: &Config) -> Vec<u64> {
    let templates = config.rules.iter().flat_map(|rule| &rule.effects);
    let mut names: Vec<_> = templates.filter_map(|effect| effect.subject.constant()).map(name).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(DESTINATIONS);
    names
}

impl State {
    pub(crate) fn warm_input(&self, input: &Input) {
        match input {
            Input::Event(event) => self.warm_event(event),
            Input::Outcome(outcome) => self.warm_outcome(outcome),
            _ => {}
        }
    }

    pub(crate) fn warm_record(&self, record: &Record) {
        match record {
            Record::Event(event, _) => self.warm_event(event),
            Record::Outcome(outcome) => self.warm_outcome(outcome),
            _ => {}
        }
    }

    fn far_tenant(&self, name: Option<&str>) -> Option<&Tenant> {
        self.tenant(name.unwrap_or("")).filter(|tenant| tenant.chains.events() >= FAR)
    }

    fn warm_event(&self, event: &Event) {
        let Some(tenant) = self.far_tenant(event.tenant.as_deref()) else { return };
        let [subject, actor] = names(event);
        let about = event.about.as_ref().map_or(subject, |about| name(about));
        let names = [subject, mix(actor, name(&event.kind)), actor];
        let evidence = tenant.loops.evidence();
        tenant.chains.subjects.warm_threads(&self.destinations, about);
        tenant.chains.warm(event);
        tenant.loops.warm();
        evidence.warm(names);
        tenant.chains.subjects.warm_thread_entries(&self.destinations, about);
        evidence.warm_entries(names);
    }

    fn warm_outcome(&self, outcome: &Outcome) {
        let OutcomeResult::Done { object: Some(object), .. } = &outcome.result else { return };
        if let Some(tenant) = self.far_tenant(outcome.tenant.as_deref()) {
            tenant.chains.subjects.warm_outcome(object);
        }
    }
}
