//! Stored bytes, damaged: every cut and every flipped bit is reported, with the record it is in, and none panics.

use proptest::strategy::Strategy;
use reynolds::{Broker, RestoreError, Seq, journal::Scan};

use crate::{
    check, claim,
    story::{Story, story},
    world::{World, keys, restore, snapshot},
};

/// A journal, and where each of its records ends.
fn journal(story: &Story) -> (World, Vec<usize>) {
    let mut world = World::new(&story.setup);
    for step in &story.steps {
        world.step(step);
    }
    let mut scan = Scan::new();
    scan.push(&world.journal);
    let mut ends = vec![24];
    while let Ok(Some(record)) = scan.next_record() {
        let end = ends.last().copied().unwrap_or_default() + record.bytes.len();
        ends.push(end);
    }
    assert_eq!(ends.last(), Some(&world.journal.len()), "the journal is made of records");
    (world, ends)
}

#[test]
fn a_journal_cut_anywhere_gives_its_whole_records() {
    check(12, story(12), |story| {
        let (world, ends) = journal(story);
        for cut in 0..world.journal.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
            let found = restore(None, &world.journal[..cut]);
            match found {
                Err(RestoreError::NoGenesis) => claim(&world, whole == 0, || format!("no genesis at byte {cut}"))?,
                Err(error) => return claim(&world, false, || format!("cut at {cut}: {error}")),
                Ok((broker, report)) => {
                    let last = Seq(whole as u64);
                    claim(&world, report.last == last && broker.view().seq() == last, || format!("{cut}: {report:?}"))?;
                    let torn = (!ends.contains(&cut)).then_some((last.next(), cut - ends[whole]));
                    let told = report.torn.map(|torn| (torn.seq, torn.bytes));
                    claim(&world, told == torn, || format!("cut at {cut}: {told:?}, not {torn:?}"))?;
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_flipped_bit_in_a_journal_is_found_in_its_record() {
    let stories = (story(10), 0..8_u8);
    let cases = stories.prop_map(|(mut story, bit)| {
        story.steps.iter_mut().for_each(|step| step.dice = bit);
        story
    });
    check(8, cases, |story| {
        let (world, ends) = journal(story);
        let bit = story.steps.first().map_or(0, |step| step.dice);
        for place in 0..world.journal.len() {
            let mut bytes = world.journal.clone();
            bytes[place] ^= 1 << bit;
            // The segment's header counts as part of the record that follows.
            let record = Seq(ends.iter().skip(1).filter(|end| **end <= place).count() as u64 + 1);
            let named = match restore(None, &bytes) {
                Ok((_, report)) => return claim(&world, false, || format!("bit {bit} of {place}: {report:?}")),
                Err(RestoreError::Corrupt { seq, .. }) => seq == record,
                Err(RestoreError::NotAJournal { offset }) => offset == 0 && place < 4,
                Err(_) => false,
            };
            claim(&world, named, || {
                format!("bit {bit} of byte {place}, record {record}: {:?}", restore(None, &bytes).err())
            })?;
        }
        Ok(())
    });
}

#[test]
fn a_damaged_snapshot_is_refused() {
    check(8, story(16), |story| {
        let (world, _) = journal(story);
        let good = snapshot(&world.broker);
        for cut in 0..good.len() {
            let error = Broker::restore(Some(&good[..cut]), keys()).err();
            claim(&world, error.is_some(), || format!("a snapshot cut at {cut} of {} was read", good.len()))?;
        }
        let bit = story.steps.first().map_or(0, |step| step.dice % 8);
        for place in 0..good.len() {
            let mut bytes = good.clone();
            bytes[place] ^= 1 << bit;
            let error = Broker::restore(Some(&bytes), keys()).err();
            claim(&world, error.is_some(), || format!("a snapshot with bit {bit} of byte {place} flipped was read"))?;
        }
        let mut longer = good.clone();
        longer.push(0);
        claim(&world, Broker::restore(Some(&longer), keys()).is_err(), || "bytes after the end were ignored".into())
    });
}
