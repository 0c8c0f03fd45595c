//! What somebody asks who is called at night: what is held, what concerns this subject, who stopped the bot.

use serde_json::json;

use super::{answer, files, notes, out, run};
use crate::scene::START;

#[test]
fn what_is_held_says_for_what_since_when_and_until_when() {
    let folder = files();
    let (exit, open) = answer(folder.path(), &["open", "night.ryj", "--held", "--json"]);
    assert_eq!(exit, Some(0));
    let [held] = open.as_array().expect("a list").as_slice() else { panic!("{open}") };
    assert_eq!((&held["effect"], &held["rule"], &held["held"]), (&json!("12.0"), &json!("ask"), &json!("repeats")));
    assert_eq!((&held["since"], &held["latest"]), (&json!(START + 5000), &json!(START + 37_000)));
    assert_eq!(out(&run(folder.path(), &["open", "scene.ryj", "--held"])), "nothing is held\n");
}

#[test]
fn the_records_of_a_subject_an_object_or_an_id_are_found() {
    let folder = files();
    let found = |name: &str| {
        let (exit, found) = answer(folder.path(), &["find", "night.ryj", name, "--json"]);
        assert_eq!(exit, Some(0), "{name}");
        let records = found.as_array().expect("a list").iter();
        records.map(|record| record["record"].as_u64().expect("a record")).collect::<Vec<_>>()
    };
    assert_eq!(found("teams:orders"), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    // The order that stopped it is one of them.
    assert_eq!(found("teams:triage"), [13, 14]);
    assert_eq!(found("teams:q2"), [4, 5]);
    assert_eq!(found("n7"), [14]);
    assert_eq!(found("12.0"), [12]);
    let nobody = run(folder.path(), &["find", "night.ryj", "teams:Orders"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(notes(&nobody).contains("no record concerns `teams:Orders`"), "{}", notes(&nobody));
}

#[test]
fn a_stop_says_who_ordered_it_and_so_does_what_it_refuses() {
    let folder = files();
    let stops = run(folder.path(), &["stops", "night.ryj"]);
    let said = "the subject teams:triage is stopped since 2023-11-14 22:13:26.000 UTC by teams:bob, because “incident 17” (record 13); \
                lifted by `resume_subject` of teams:triage\n";
    assert_eq!(out(&stops), said);
    let told = run(folder.path(), &["explain", "night.ryj", "14"]);
    let said = "14.0 refused: a person stopped its subject, or what it concerns, in record 13. At 2023-11-14 22:13:26.000 UTC \
                teams:bob says: stop everything on teams:triage, because “incident 17”.";
    assert!(out(&told).contains(said), "{}", out(&told));
    assert_eq!(out(&run(folder.path(), &["stops", "scene.ryj"])).lines().count(), 1);
}

#[test]
fn a_verb_for_the_night_takes_no_more_than_it_needs() {
    let folder = files();
    for args in [&["stops", "night.ryj", "--held"][..], &["find", "night.ryj"], &["open", "night.ryj", "12.0"]] {
        assert_eq!(run(folder.path(), args).status.code(), Some(2), "{args:?}");
    }
}
