//! Step 2: a configuration, a genesis, a broker.

// guide: begin
use reynolds::{Broker, Config, Genesis, Keys, Misuse, Rejected, driver::drawn_seed};

pub fn genesis() -> Result<Genesis, Rejected> {
    let config = Config::from_json(include_bytes!("triage.json"))?;
    Ok(Genesis { name: "triage".into(), seed: drawn_seed(), config, ..Genesis::default() })
}

pub fn keys() -> Result<Keys, Misuse> {
    Keys::new(1, b"32 random bytes from your secret store")
}

pub fn start() -> Result<Broker, Rejected> {
    Ok(Broker::new(genesis()?, keys()?)?)
}
// guide: end

#[test]
fn a_broker_starts_with_its_genesis_as_record_1() {
    let broker = start().expect("the configuration is valid");
    assert_eq!(broker.view().seq(), reynolds::Seq(1));
    assert_eq!(broker.view().config().rules.len(), 2);
}
