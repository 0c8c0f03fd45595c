//! From bytes back to a broker: a snapshot, if there is one, and the records after it, each decided again and compared
//! with what was decided then.

use alloc::vec::Vec;

use crate::{
    behaviour::Behaviour,
    broker::{Broker, decide},
    chain::token::Keys,
    config::Config,
    error::RestoreError,
    id::Seq,
    input::Input,
    journal::{Entry, GenesisRecord, Head, Record, Scan, Torn},
    snapshot,
    state::{Asked, State, TOGETHER},
    time::Timestamp,
    verdict::Decision,
    view::View,
};

/// Rebuilds a broker from journal bytes, in pieces of any size.
#[derive(Debug)]
pub struct Restorer {
    scan: Scan,
    state: Option<State>,
    keys: Keys,
    scratch: Vec<u8>,
    /// What was decoded and not decided yet.
    read: Vec<(Head, Entry)>,
    records: u64,
}

type Watch<'w> = &'w mut dyn FnMut(Replayed<'_>);

/// What a restore found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The last record.
    pub last: Seq,
    /// How many records were replayed.
    pub records: u64,
    /// The record that was cut off at the end, if one was: it was never durable and is dropped. Truncate the journal
    /// by its bytes before appending.
    pub torn: Option<Torn>,
}

/// One replayed record, for those who look on.
#[derive(Debug)]
pub struct Replayed<'a> {
    /// The record's header.
    pub head: Head,
    /// The input, `None` for the genesis and for records in which only timers ran.
    pub input: Option<Input>,
    /// What was decided.
    pub decision: Decision,
    /// The state after it.
    pub(crate) state: &'a State,
}

impl<'a> Replayed<'a> {
    /// The state after the record.
    #[must_use]
    pub fn view(&self) -> View<'a> {
        View::new(self.state, self.head.seq, 0)
    }
}

impl Restorer {
    pub(crate) fn new(snapshot: Option<&[u8]>, keys: Keys) -> Result<Self, RestoreError> {
        let state = snapshot.map(snapshot::read).transpose()?;
        Ok(Self { scan: Scan::new(), state, keys, scratch: Vec::new(), read: Vec::new(), records: 0 })
    }

    /// Replays more of the journal.
    ///
    /// # Errors
    /// [`RestoreError`] (RY3xxx), naming the record. The restorer can not be used after one.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.replay(bytes, None)
    }

    /// Like [`Restorer::push`], and shows each record as it is replayed.
    ///
    /// # Errors
    /// As [`Restorer::push`].
    pub fn push_watched(&mut self, bytes: &[u8], watch: &mut dyn FnMut(Replayed<'_>)) -> Result<(), RestoreError> {
        self.replay(bytes, Some(watch))
    }

    fn replay(&mut self, bytes: &[u8], mut watch: Option<Watch<'_>>) -> Result<(), RestoreError> {
        self.scan.push(bytes);
        loop {
            let read = self.read();
            // What stands before a mistake counts.
            self.apply(&mut watch)?;
            if !read? {
                // A journal of nothing but a genesis.
                return self.check_broker();
            }
        }
    }

    /// Decodes a few records, so that all they will be looked up in can be read at once. Says whether there may be more.
    fn read(&mut self) -> Result<bool, RestoreError> {
        while self.read.len() < TOGETHER {
            // Before its records are applied: of another broker, the first of them would be said to diverge.
            self.scan.enter_segments()?;
            self.check_broker()?;
            let Some(scanned) = self.scan.next_record()? else { return Ok(false) };
            let (head, payload) = (scanned.head, scanned.payload);
            let last = match (self.read.last(), &self.state) {
                (Some((head, _)), _) => head.seq,
                (None, Some(state)) => state.seq,
                (None, None) => Seq(0),
            };
            if head.seq <= last {
                continue;
            }
            if head.seq != last.next() {
                return Err(RestoreError::Gap { expected: last.next(), found: head.seq });
            }
            let entry = Entry::read(payload).map_err(|reason| RestoreError::Undecodable { seq: head.seq, reason })?;
            check_record(&entry.record, head)?;
            self.read.push((head, entry));
            if self.state.is_none() {
                // The first one says whose journal it is.
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Decides the records that were read.
    fn apply(&mut self, watch: &mut Option<Watch<'_>>) -> Result<(), RestoreError> {
        if let Some(state) = &self.state {
            state.warm(self.read.iter().filter_map(|(_, entry)| Asked::record(&entry.record)));
        }
        for (head, mut entry) in self.read.drain(..) {
            let input = watch.as_ref().and_then(|_| as_input(&entry.record));
            let state = match (&mut self.state, &entry.record) {
                (Some(state), _) => state,
                (none, Record::Genesis(genesis)) => none.insert(begin(genesis, head.seq)?),
                _ => return Err(RestoreError::NoGenesis),
            };
            state.crew.choices = watch.as_ref().map(|_| Vec::new());
            let (decision, digest) = decide(state, &mut self.scratch, head.seq, head.at, &mut entry);
            if digest != head.decision_digest {
                return Err(RestoreError::Diverged { seq: head.seq });
            }
            // Nothing is handed out during a replay; what is open at its end is queued anew.
            state.releases.ready.clear();
            self.records += 1;
            if let Some(watch) = watch {
                watch(Replayed { head, input, decision, state });
            }
        }
        Ok(())
    }

    fn check_broker(&self) -> Result<(), RestoreError> {
        match (self.scan.broker(), &self.state) {
            (Some(found), Some(state)) if found != state.broker => {
                Err(RestoreError::WrongBroker { found, expected: state.broker })
            }
            _ => Ok(()),
        }
    }

    /// The broker as it was, with everything that was with the host released again.
    ///
    /// # Errors
    /// [`RestoreError::NoGenesis`] (RY3001) if there was no whole record at all.
    pub fn finish(self) -> Result<(Broker, Report), RestoreError> {
        let torn = self.scan.torn();
        if let (Some(state), Some(last)) = (&self.state, self.scan.last()) {
            // A snapshot knows more than the journal beside it: records were lost.
            if last < state.seq {
                return Err(RestoreError::Gap { expected: last.next(), found: state.seq.next() });
            }
        }
        let mut state = self.state.ok_or(RestoreError::NoGenesis)?;
        state.crew.choices = None;
        state.requeue(false);
        let report = Report { last: state.seq, records: self.records, torn };
        Ok((Broker::restarted(state, self.keys), report))
    }
}

fn begin(genesis: &GenesisRecord, seq: Seq) -> Result<State, RestoreError> {
    if seq != Seq(1) {
        return Err(RestoreError::Gap { expected: Seq(1), found: seq });
    }
    let unknown = genesis.behaviours.iter().map(|&n| Behaviour(n)).find(|behaviour| !behaviour.is_known());
    if let Some(behaviour) = unknown {
        return Err(RestoreError::UnknownBehaviour { behaviour });
    }
    Ok(State::new(genesis, read_config(&genesis.config, seq)?))
}

/// Checksums hold, but bytes can still be made up: nothing is applied that `submit` would not have let through by form.
fn check_record(record: &Record, head: Head) -> Result<(), RestoreError> {
    let fail = |reason: &str| Err(RestoreError::Undecodable { seq: head.seq, reason: reason.into() });
    if head.at > Timestamp::MAX {
        return fail("its time is after the year 9999");
    }
    match record {
        Record::Genesis(_) if head.seq != Seq(1) => fail("a second genesis"),
        Record::Genesis(genesis) if genesis.at > Timestamp::MAX => fail("its `at` is after the year 9999"),
        Record::Configure(json) => read_config(json, head.seq).map(|_| ()),
        Record::Adopt(adopt) if !adopt.behaviour.is_known() => {
            Err(RestoreError::UnknownBehaviour { behaviour: adopt.behaviour })
        }
        _ => Ok(()),
    }
}

fn read_config(json: &[u8], seq: Seq) -> Result<Config, RestoreError> {
    use alloc::string::ToString;
    // Read, not checked: it was accepted once, and a stricter version must not lock old journals out.
    serde_json::from_slice(json).map_err(|error| RestoreError::Undecodable { seq, reason: error.to_string() })
}

fn as_input(record: &Record) -> Option<Input> {
    Some(match record.clone() {
        Record::Genesis(_) | Record::Tick => return None,
        Record::Event(event, _) => Input::Event(event),
        Record::Propose(propose) => Input::Propose(propose),
        Record::Outcome(outcome) => Input::Outcome(outcome),
        Record::Command(command) => Input::Command(command),
        Record::Configure(json) => {
            Input::Configure(crate::input::Configure { config: serde_json::from_slice(&json).ok()? })
        }
        Record::Adopt(adopt) => Input::Adopt(adopt),
        Record::Plan(plan) => Input::Plan(plan),
        Record::Patch(patch) => Input::Patch(patch),
        Record::Task(report) => Input::Task(report),
        Record::Beats(beats) => Input::Beats(beats),
        Record::Agent(report) => Input::Agent(report),
    })
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};

    use super::*;
    use crate::{Genesis, journal::segment_header};

    #[test]
    fn a_journal_of_another_broker_beside_a_snapshot_is_named_before_its_records_are_decided() {
        let event = |id: &str| crate::Event {
            id: id.into(),
            source: "s".into(),
            kind: "k".into(),
            subject: "x".into(),
            ..crate::Event::default()
        };
        let made = |name: &str| {
            let genesis = Genesis { name: name.into(), ..Genesis::default() };
            let mut broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
            let mut journal = segment_header(broker.view().number(), Seq(1)).to_vec();
            for id in ["d1", "d2", name] {
                let _ = broker.submit(Timestamp(1000), event(id)).expect("accepted");
            }
            journal.extend_from_slice(broker.staged(Seq(0)).expect("its records").bytes);
            (broker, journal)
        };
        let ((ours, _), (other, journal)) = (made("ours"), made("other"));
        let mut short =
            Broker::new(Genesis { name: "ours".into(), ..Genesis::default() }, Keys::none()).expect("valid");
        short.mark_durable(Seq(1)).expect("its genesis");
        let mut snapshot = vec![];
        let _ = short.snapshot(&mut snapshot).expect("durable");
        let mut restorer = Broker::restore(Some(&snapshot), Keys::none()).expect("our own");
        let (found, expected) = (other.view().number(), ours.view().number());
        assert_eq!(restorer.push(&journal), Err(RestoreError::WrongBroker { found, expected }));
    }

    #[test]
    fn a_journal_with_a_configuration_that_is_refused_today_is_restored() {
        let config = Config { own: ["mybot[bot]".to_string()].into(), ..Config::default() };
        let genesis = Genesis { name: "old".into(), config, ..Genesis::default() };
        let said = "RY2004: genesis: configuration, self: `mybot[bot]` is no name with its platform in front";
        let refused =
            Broker::new(genesis.clone(), Keys::none()).expect_err("nothing would ever be its doing").to_string();
        assert!(refused.starts_with(said), "{refused}");

        let old = Broker::begin(genesis, Keys::none());
        let mut journal = vec![];
        journal.extend_from_slice(&segment_header(old.view().number(), Seq(1)));
        journal.extend_from_slice(old.staged(Seq(0)).expect("its genesis").bytes);
        let mut restorer = Broker::restore(None, Keys::none()).expect("nothing to read yet");
        restorer.push(&journal).expect("it was taken once");
        let (broker, _) = restorer.finish().expect("whole");
        assert!(broker.view().config().own.contains("mybot[bot]"));
    }
}
