//! What comes in wrong: each gets its numbered error, changes nothing and loses nothing.

use reynolds::{
    Broker, Config, Event, Genesis, Input, Keys, Rejected, ReleaseNo, RestoreError, Seq, Timestamp, journal,
};

const RULES: &str = r#"{"limits":{"open_effects":2,"effects":2,"events":1,"chains":1,"receipts":1,"subjects":1,"stops":1},
    "rules":[{"id":"r","effects":[{"kind":"message","subject":"teams:triage","text":"{text}"}]}]}"#;

fn broker() -> Broker {
    let config = Config::from_json(RULES.as_bytes()).expect("a valid configuration");
    let genesis = Genesis { name: "triage".into(), config, at: Timestamp(1000), ..Genesis::default() };
    Broker::new(genesis, Keys::none()).expect("a valid genesis")
}

fn event(id: &str) -> Event {
    Event { id: id.into(), source: "s".into(), kind: "k".into(), subject: "x".into(), ..Event::default() }
}

/// Submits, and asserts that a rejection changed nothing.
fn refused(broker: &mut Broker, at: u64, input: impl Into<Input>) -> Rejected {
    let before = (broker.view().digest(), broker.view().seq(), broker.wakeup());
    let rejected = broker.submit(Timestamp(at), input).expect_err("it must be refused");
    assert_eq!((broker.view().digest(), broker.view().seq(), broker.wakeup()), before, "{rejected}");
    rejected
}

#[test]
fn fields_out_of_bounds_are_named() {
    let mut broker = broker();
    let long = reynolds::Text::from("x".repeat(300_000));
    let wrong = [
        (Event { id: "".into(), ..event("d") }, "RY1002", "`id`"),
        (Event { subject: "".into(), ..event("d") }, "RY1002", "`subject`"),
        (Event { id: long.clone(), ..event("d") }, "RY1003", "`id`"),
        (Event { text: Some(long.clone()), ..event("d") }, "RY1003", "`text`"),
        (Event { also: vec!["k".into(); 17], ..event("d") }, "RY1004", "`also`"),
        (Event { version: Some(1 << 53), ..event("d") }, "RY1005", "`version`"),
        (Event { occurred_at: Some(Timestamp(u64::MAX)), ..event("d") }, "RY1005", "`occurred_at`"),
        (Event { occurred_at: Some(Timestamp(Timestamp::MAX.0 + 1)), ..event("d") }, "RY1005", "`occurred_at`"),
    ];
    for (event, code, field) in wrong {
        let rejected = refused(&mut broker, 1000, event);
        assert_eq!(rejected.code(), code, "{rejected}");
        assert!(rejected.to_string().contains(field), "{rejected}");
    }
}

#[test]
fn a_proposal_expires_before_the_year_10000() {
    let mut broker = broker();
    let _ = broker.submit(Timestamp(1000), event("d")).expect("accepted");
    let propose = |at: u64| {
        let json =
            format!(r#"{{"type":"propose","cause":"d","effects":[{{"kind":"k","subject":"s:1","expires_at":{at}}}]}}"#);
        Input::from_json(json.as_bytes()).expect("a proposal")
    };
    let refusal = refused(&mut broker, 1000, propose(Timestamp::MAX.0 + 1)).to_string();
    assert!(refusal.contains("`effects.expires_at`") && refusal.contains("253402300799999"), "{refusal}");
    let _ = broker.submit(Timestamp(1000), propose(Timestamp::MAX.0)).expect("the last millisecond there is");
}

#[test]
fn a_number_that_javascript_would_change_is_no_payload() {
    let mut broker = broker();
    let _ = broker.submit(Timestamp(1000), event("d")).expect("accepted");
    let propose = |number: &str| {
        let effect = format!(r#"{{"kind":"k","subject":"s:1","payload":{{"a":[1,{{"b":{number}}}]}}}}"#);
        let json = format!(r#"{{"type":"propose","cause":"d","effects":[{effect}]}}"#);
        Input::from_json(json.as_bytes()).expect("a proposal")
    };
    for number in ["9007199254740992", "-9007199254740992", "1152921504606846976", "18446744073709551615"] {
        let refusal = refused(&mut broker, 1000, propose(number));
        let said = format!("RY1005: `effects.payload` is {}, it must be below 2^53", number.trim_start_matches('-'));
        assert_eq!(refusal.to_string(), said);
    }
    let exact = propose("[9007199254740991,-9007199254740991,1e300]");
    let _ = broker.submit(Timestamp(1000), exact).expect("the same everywhere");
}

#[test]
fn a_wrong_unit_can_not_freeze_the_clock() {
    let mut broker = broker();
    let now = 1_700_000_000_000;
    let _ = broker.submit(Timestamp(2000), event("d1")).expect("accepted");
    for (at, code) in [(now * 1000, "RY1005"), (u64::MAX, "RY1005"), (now, "RY1006")] {
        assert_eq!(refused(&mut broker, at, event("d2")).code(), code, "at {at}");
        assert!(at < 1 << 53 || broker.advance(Timestamp(at)).is_none());
    }
    assert_eq!(broker.view().now(), Timestamp(2000));
    let accept = format!(r#"{{"type":"command","do":{{"type":"accept_time","to":{now}}}}}"#);
    let accept = Input::from_json(accept.as_bytes()).expect("a command");
    let _ = broker.submit(Timestamp(now), accept).expect("a person accepts the jump");
    assert_eq!(broker.view().now(), Timestamp(now));
}

#[test]
fn outcomes_and_stops_are_accepted_when_every_table_is_full() {
    let mut broker = broker();
    for id in ["d1", "d2"] {
        let _ = broker.submit(Timestamp(1000), event(id)).expect("there is room");
    }
    let full = refused(&mut broker, 1000, event("d3"));
    assert_eq!(full.code(), "RY1007");
    assert!(full.to_string().contains("open_effects"), "{full}");
    for json in [
        r#"{"type":"command","do":{"type":"stop_chain","chain":"2"}}"#,
        r#"{"type":"command","do":{"type":"stop_subject","subject":"y"}}"#,
        r#"{"type":"outcome","effect":"2.0","result":{"type":"done","object":"teams:msg/1"}}"#,
    ] {
        let input = Input::from_json(json.as_bytes()).expect("valid");
        let _ = broker.submit(Timestamp(1000), input).unwrap_or_else(|error| panic!("{json}: {error}"));
    }
    let _ = broker.submit(Timestamp(1000), event("d3")).expect("the outcome made room");
}

#[test]
fn outcomes_that_fit_no_effect_are_told_apart() {
    let mut broker = broker();
    let _ = broker.submit(Timestamp(1000), event("d1")).expect("accepted");
    let outcome = |text: &str| Input::from_json(text.as_bytes()).expect("an outcome");
    for (json, code) in [
        (r#"{"type":"outcome","effect":"9.9","result":{"type":"done"}}"#, "RY1009"),
        (r#"{"type":"outcome","effect":"2.0","chain":"7","result":{"type":"done"}}"#, "RY1013"),
        (r#"{"type":"outcome","effect":"2.0","tenant":"nobody","result":{"type":"done"}}"#, "RY1016"),
    ] {
        assert_eq!(refused(&mut broker, 1000, outcome(json)).code(), code, "{json}");
    }
    let done = r#"{"type":"outcome","effect":"2.0","chain":"2","result":{"type":"done"}}"#;
    let _ = broker.submit(Timestamp(1000), outcome(done)).expect("it fits");
    assert_eq!(refused(&mut broker, 1000, outcome(done)).code(), "RY1010");
}

#[test]
fn json_that_is_no_input_is_refused_with_its_place() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for (json, place) in [
        (&b"{"[..], "type"),
        (b"\xff\xfe", "type"),
        (br#"{"type":"event","id":"d","id":"e"}"#, "`id`"),
        (br#"{"type":"event","id":"d","occurred_at":-1}"#, "`occurred_at`"),
        (br#"{"type":"event","id":"d","progress":1e400}"#, "`progress`"),
        (deep.as_bytes(), "must be an object, it is a list"),
    ] {
        let rejected = Input::from_json(json).expect_err("no input");
        assert_eq!(rejected.code(), "RY1001");
        assert!(rejected.to_string().contains(place), "{rejected}");
    }
}

#[test]
fn a_snapshot_of_a_newer_version_is_refused_by_its_number() {
    let mut broker = broker();
    broker.mark_durable(Seq(1)).expect("it exists");
    let mut snapshot = Vec::new();
    broker.snapshot(&mut snapshot).expect("all is durable");
    assert!(Broker::restore(Some(&snapshot), Keys::none()).is_ok());
    for cut in 0..snapshot.len() {
        let error = Broker::restore(Some(&snapshot[..cut]), Keys::none()).expect_err("it is cut");
        assert_eq!(error.code(), "RY3008", "cut at {cut}");
    }
    // Format 2, with the header's checksum made right again.
    snapshot[4] = 2;
    let sum = crc32c(&snapshot[..20]);
    snapshot[20..24].copy_from_slice(&sum.to_le_bytes());
    let error = Broker::restore(Some(&snapshot), Keys::none()).expect_err("it is newer");
    assert_eq!(error, RestoreError::Newer { what: "snapshot", found: 2, known: 1 });
}

#[test]
fn what_is_no_journal_is_refused_and_no_bytes_are_no_genesis() {
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot to read");
    let error = restorer.push(b"{\"not\": \"a journal\"}").expect_err("no journal");
    assert_eq!(error.code(), "RY3002");
    let restorer = Broker::restore(None, Keys::none()).expect("no snapshot to read");
    assert_eq!(restorer.finish().expect_err("nothing there").code(), "RY3001");
    let header = journal::segment_header(7, Seq(1));
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot to read");
    restorer.push(&header).expect("a whole header");
    assert_eq!(restorer.finish().expect_err("no record").code(), "RY3001");
}

#[test]
fn a_poisoned_broker_refuses_everything_and_says_what_to_do() {
    let mut broker = broker();
    broker.poison();
    let rejected = broker.submit(Timestamp(1000), event("d1")).expect_err("poisoned");
    assert_eq!(rejected.code(), "RY2001");
    assert!(rejected.to_string().contains("restore from the journal"), "{rejected}");
    assert_eq!(broker.mark_durable(Seq(1)).expect_err("poisoned").code(), "RY2001");
    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    assert!(effects.is_empty());
}

/// CRC-32C bit by bit, as in RFC 3720: the library's own is not to be trusted in its own test.
fn crc32c(bytes: &[u8]) -> u32 {
    let fold = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0x82f6_3b78 } else { sum >> 1 })
    };
    !bytes.iter().fold(!0, fold)
}
