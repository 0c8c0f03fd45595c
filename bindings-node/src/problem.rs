//! What goes wrong, as JavaScript errors. Every message starts with its number, and the wrapper makes it `error.code`.

use std::{
    fmt::Display,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

use napi::{Error, Result};
use reynolds::{Misuse, Rejected};

/// An error of the engine as one that can be thrown.
pub fn thrown(problem: impl Display) -> Error {
    Error::from_reason(problem.to_string().replace(SEPARATOR, " "))
}

/// A refused input as an error that can be thrown: its field is behind the separator.
pub fn refused(problem: Rejected) -> Error {
    let Error { mut reason, .. } = thrown(&problem);
    if let Some(field) = problem.field() {
        reason.push(SEPARATOR);
        reason.push_str(&field.replace(SEPARATOR, " "));
    }
    Error::from_reason(reason)
}

/// What a closed journal answers.
pub fn closed() -> Error {
    Error::from_reason("RY2202: it is closed; open the journal again")
}

/// Runs what belongs to no broker. A panic is a bug, and the message says so.
pub fn caught<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(thrown(PANIC)))
}

/// Runs with the broker. After a panic the broker refuses everything.
pub fn with<T>(broker: &Mutex<reynolds::Broker>, run: impl FnOnce(&mut reynolds::Broker) -> Result<T>) -> Result<T> {
    let mut broker = lock(broker);
    catch_unwind(AssertUnwindSafe(|| run(&mut broker))).unwrap_or_else(|_| {
        broker.poison();
        Err(thrown(Misuse::Poisoned))
    })
}

/// A panic poisons the broker, not the lock: `with` sees to that.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error of Node-API is one text. No message has this: ts/errors.ts knows it.
const SEPARATOR: char = '\u{1f}';

const PANIC: &str = "RY2205: reynolds has panicked, which is a bug; please report it with the input that did it";
