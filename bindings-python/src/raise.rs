//! What goes wrong, as the classes of `reynolds.errors`.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use pyo3::{prelude::*, sync::PyOnceLock, types::PyAny};
use reynolds::{Misuse, Rejected, RestoreError, driver::DriverError, event::ReadError};

static RAISE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// An error of the core or of this door: a number and a message.
pub struct Problem {
    pub code: &'static str,
    pub message: String,
    pub field: Option<String>,
}

impl Problem {
    /// RY1001: not an input of the documented form.
    pub fn malformed(reason: String) -> Self {
        Rejected::Malformed { reason }.into()
    }

    /// RY1005: a number that a call takes is out of range.
    pub fn out_of_range(name: &str, found: &str) -> Self {
        let message = format!("RY1005: `{name}` is {found}, it must be a whole number from 0 to 2^53 - 1");
        Self { code: "RY1005", message, field: Some(name.into()) }
    }

    /// RY2202: the journal was closed.
    pub fn closed() -> Self {
        Self { code: "RY2202", message: "RY2202: it is closed; open the journal again".into(), field: None }
    }

    /// RY2206: a call that can not be made.
    pub fn call(what: &str) -> Self {
        let message = format!("RY2206: the call can not be made: {what}; compare with the declared types");
        Self { code: "RY2206", message, field: None }
    }

    /// A panic, caught. RY2001 where a broker was poisoned by it, else RY2205.
    pub fn panicked(panic: &(dyn Any + Send), poisoned: bool) -> Self {
        let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        let said = said.unwrap_or("no message");
        if poisoned {
            let message = format!("{} (a bug, please report it: {said})", Misuse::Poisoned);
            return Self { code: "RY2001", message, field: None };
        }
        let message = format!("RY2205: reynolds has panicked, which is a bug; please report it with the input: {said}");
        Self { code: "RY2205", message, field: None }
    }
}

macro_rules! problem_from {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self { code: error.code(), message: error.to_string(), field: None }
            }
        }
    )*};
}
problem_from!(Misuse, RestoreError, DriverError, ReadError);

impl From<Rejected> for Problem {
    fn from(error: Rejected) -> Self {
        Self { code: error.code(), message: error.to_string(), field: error.field().map(Into::into) }
    }
}

impl From<Problem> for PyErr {
    fn from(problem: Problem) -> Self {
        Python::attach(|py| {
            let class = RAISE
                .get_or_try_init(py, || PyResult::Ok(py.import("reynolds.errors")?.getattr("from_code")?.unbind()));
            let error = class.and_then(|class| class.bind(py).call1((problem.code, problem.message, problem.field)));
            error.map_or_else(|failed| failed, Self::from_value)
        })
    }
}

/// Runs what belongs to no broker.
pub fn caught<T>(run: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Problem::panicked(&*panic, false)))
}
