//! The journal of a bot that goes on writing while it is looked at.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use reynolds::Timestamp;
use serde_json::{Value, json};

use super::{answer, files, folder_journal, notes, run};
use crate::scene::{event, person};

/// Ends the writer whatever becomes of the test.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_journal_that_grows_and_is_rotated_meanwhile_is_sound() {
    let folder = files();
    let mut driver = folder_journal(&folder.path().join("bot"), 30, &[10, 20]);
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 31.. {
                if enough.load(Ordering::Relaxed) {
                    break;
                }
                let event = event(&format!("d{n}"), "push", "github:acme/api", person("github:eve"), "", None);
                let _ = driver.submit(Timestamp(1000 * n), event).expect("accepted");
                let _ = driver.commit().expect("stored");
                if n % 300 == 0 {
                    driver.snapshot().expect("stored");
                }
            }
        });
        let end = End(&enough);
        let looked: Vec<_> = (0..30)
            .map(|_| {
                let verified = answer(folder.path(), &["verify", "bot", "--json"]);
                (verified, run(folder.path(), &["replay", "bot"]))
            })
            .collect();
        drop(end);
        writer.join().expect("the writer ends");
        for ((_, verified), replayed) in looked {
            // A record that is just being written reads as torn.
            let torn = |problem: &&Value| problem["code"] == json!("torn");
            let problems = verified["problems"].as_array().expect("problems");
            assert_eq!(problems.iter().filter(|problem| !torn(problem)).count(), 0, "{verified}");
            assert!(verified["snapshots"].as_array().is_some_and(|snapshots| !snapshots.is_empty()), "{verified}");
            assert_eq!(replayed.status.code(), Some(0), "{}", notes(&replayed));
            assert!(!notes(&replayed).contains("RY2106"), "{}", notes(&replayed));
        }
    });
}
