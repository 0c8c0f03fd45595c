//! Storing in three steps, for hosts that append on another thread than the one that decides.

use alloc::vec::Vec;
use std::io;

use super::{DriverError, Journal};
use crate::{
    broker::{Broker, Segment},
    error::Misuse,
    id::Seq,
};

/// A copy of what is staged, so that inputs can be decided while the disk works. Only [`Portion::append`] takes long, and it
/// needs nothing of the broker.
///
/// ```
/// use reynolds::driver::{Journal, MemoryJournal, Portion};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let genesis = reynolds::Genesis { name: "triage".into(), ..Default::default() };
/// # let mut broker = reynolds::Broker::new(genesis, reynolds::Keys::none())?;
/// # let mut journal = MemoryJournal::new();
/// if let Some(portion) = Portion::take(&mut broker)? { // with the broker's lock
///     let written = portion.append(&mut journal); // without it
///     portion.settle(&mut broker, written)?; // with it again
/// }
/// # assert_eq!(broker.view().durable(), broker.view().seq());
/// # Ok(())
/// # }
/// ```
#[must_use = "it is not stored yet"]
#[derive(Debug)]
pub struct Portion {
    broker: u32,
    first: Seq,
    last: Seq,
    bytes: Vec<u8>,
}

impl Portion {
    /// What is staged and not durable yet; `None` if that is nothing.
    ///
    /// # Errors
    /// [`Misuse::Poisoned`] (RY2001): nothing may be appended any more.
    pub fn take(broker: &mut Broker) -> Result<Option<Self>, Misuse> {
        let (number, durable) = (broker.view().number(), broker.view().durable());
        // Changes nothing, unless the broker is poisoned.
        broker.mark_durable(durable)?;
        let staged = broker.staged(durable);
        Ok(staged.map(|Segment { first, last, bytes }| Self { broker: number, first, last, bytes: bytes.to_vec() }))
    }

    /// Appends it, and syncs.
    ///
    /// # Errors
    /// What the journal says. [`Portion::settle`] must hear of it.
    pub fn append(&self, journal: &mut dyn Journal) -> io::Result<()> {
        journal.append(self.broker, Segment { first: self.first, last: self.last, bytes: &self.bytes })?;
        journal.sync()
    }

    /// Tells the broker what became of it: its records are durable, the last one is the answer; or the broker is poisoned,
    /// because they may be stored or not, and a second sync may succeed without having written them.
    ///
    /// # Errors
    /// [`DriverError::Append`] (RY2103), and [`DriverError::Misuse`] (RY2001) if the broker was poisoned meanwhile.
    pub fn settle(self, broker: &mut Broker, written: io::Result<()>) -> Result<Seq, DriverError> {
        if let Err(error) = written {
            broker.poison();
            return Err(DriverError::Append { error });
        }
        broker.mark_durable(self.last)?;
        Ok(self.last)
    }
}
