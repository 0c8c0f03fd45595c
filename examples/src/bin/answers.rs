//! A broker behind a pipe: inputs as lines of JSON in, what the Rust library says about each out.
//!
//! The first line is `{"genesis":{...},"keys":[[1,"a secret of the host"]]}`, every further one a time, a space and an input.
//! Each is answered with a line `[decision or problem, decision of advance, effects, wakeup]`, and the end with the digest of the
//! state. The packages of other languages compare what they say with it.

use std::{
    error::Error,
    io::{self, BufRead, Write},
};

use reynolds::{Broker, Effect, Genesis, Input, Keys, ReleaseNo, Timestamp, wire::Problem};
use serde::Deserialize;
use serde_json::json;

/// The first line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    genesis: Genesis,
    #[serde(default)]
    keys: Vec<(u8, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = io::stdin().lock().split(b'\n');
    let mut out = io::stdout().lock();
    let begin: Begin = serde_json::from_slice(&lines.next().ok_or("the first line has the genesis")??)?;
    let keys = begin.keys.iter().try_fold(Keys::none(), |keys, (id, secret)| keys.and(*id, secret.as_bytes()))?;
    let mut broker = Broker::new(begin.genesis, keys)?;
    let mut cursor = ReleaseNo(0);
    for line in lines {
        let line = line?;
        let space = line.iter().position(|byte| *byte == b' ').ok_or("a line is a time, a space and an input")?;
        let at = Timestamp(std::str::from_utf8(&line[..space])?.parse()?);
        let (answer, effects) = answer(&mut broker, at, &line[space + 1..], cursor)?;
        cursor = effects.last().map_or(cursor, |effect| effect.release);
        writeln!(out, "{answer}")?;
    }
    writeln!(out, "{}", json!(format!("{:016x}", broker.view().digest())))?;
    Ok(())
}

fn answer(
    broker: &mut Broker,
    at: Timestamp,
    input: &[u8],
    cursor: ReleaseNo,
) -> Result<(String, Vec<Effect>), serde_json::Error> {
    let decided = match Input::from_json(input).and_then(|input| broker.submit(at, input)) {
        Ok(decision) => serde_json::to_string(&decision)?,
        Err(rejected) => serde_json::to_string(&Problem::from(&rejected))?,
    };
    let advanced = serde_json::to_string(&broker.advance(at))?;
    let mut effects = Vec::new();
    broker.released(cursor, &mut effects);
    let (released, wakeup) = (serde_json::to_string(&effects)?, serde_json::to_string(&broker.wakeup())?);
    Ok((format!("[{decided},{advanced},{released},{wakeup}]"), effects))
}
