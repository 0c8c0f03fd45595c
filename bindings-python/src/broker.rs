//! The protocol of `reynolds::Broker`, call by call.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pyo3::{
    prelude::*,
    sync::MutexExt,
    types::{PyBytes, PyList},
};
use reynolds::{
    Genesis, Keys, Misuse, ReleaseNo, Report, RestoreError, Seq, Timestamp,
    driver::{Driver, DriverError, FileJournal, Journal, MemoryJournal, Opened, Portion},
    journal::segment_header,
    wire,
};
use serde::Serialize;

use crate::{
    from_python::{from_python, input, whole},
    raise::{Problem, caught},
    readers::keys,
    to_python::to_python,
};

type Storage = Option<Box<dyn Journal>>;

/// A broker, and the journal it may have.
#[pyclass(frozen, module = "reynolds._native")]
pub struct Broker {
    broker: Arc<Mutex<reynolds::Broker>>,
    /// `None` once it is closed, and for a broker whose host keeps the bytes.
    storage: Arc<Mutex<Storage>>,
    opened: Found,
}

/// What was found when a broker was opened or restored.
#[derive(Default, Serialize)]
struct Found {
    fresh: bool,
    last: Seq,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Seq>,
    replayed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<(Seq, usize)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<(Seq, wire::Problem)>,
    config_differs: bool,
}

#[pymethods]
impl Broker {
    #[new]
    #[pyo3(signature = (genesis, keys=None))]
    fn new(genesis: &Bound<'_, PyAny>, keys: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (genesis, ring) = start(genesis, keys)?;
        let broker = caught(|| Ok(reynolds::Broker::new(genesis, ring)?))?;
        Ok(Self::of(broker, None, Found { fresh: true, ..Found::default() }))
    }

    #[staticmethod]
    #[pyo3(signature = (genesis, keys=None))]
    fn new_json(genesis: &[u8], keys: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let ring = ring(keys)?;
        let broker = caught(|| Ok(wire::new(genesis, ring)?))?;
        Ok(Self::of(broker, None, Found { fresh: true, ..Found::default() }))
    }

    #[staticmethod]
    #[pyo3(signature = (journal, snapshot=None, keys=None))]
    fn restore(
        py: Python<'_>,
        journal: &[u8],
        snapshot: Option<&[u8]>,
        keys: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let ring = ring(keys)?;
        let restored = py.detach(|| caught(|| restore(journal, snapshot, ring)));
        let (broker, report) = restored?;
        let torn = report.torn.map(|torn| (torn.seq, torn.bytes));
        Ok(Self::of(broker, None, Found { last: report.last, replayed: report.records, torn, ..Found::default() }))
    }

    #[staticmethod]
    #[pyo3(signature = (path, genesis, keys=None))]
    fn open(
        py: Python<'_>,
        path: Option<std::path::PathBuf>,
        genesis: &Bound<'_, PyAny>,
        keys: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (genesis, ring) = start(genesis, keys)?;
        let opened = py.detach(|| {
            caught(|| {
                let driver = match path {
                    Some(path) => Driver::open(FileJournal::open(path)?, genesis, ring)?,
                    None => Driver::open(MemoryJournal::new(), genesis, ring)?,
                };
                Ok(driver.into_parts())
            })
        });
        let (broker, journal, opened) = opened?;
        Ok(Self::of(broker, Some(journal), opened.into()))
    }

    #[getter]
    fn opened<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.opened)
    }

    fn submit<'py>(
        &self,
        py: Python<'py>,
        at: &Bound<'py, PyAny>,
        input: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (at, input) = caught(|| Ok((time(at)?, self::input(input)?)))?;
        to_python(py, &self.with(py, |broker| Ok(broker.submit(at, input)?))?)
    }

    fn submit_all<'py>(
        &self,
        py: Python<'py>,
        at: &Bound<'py, PyAny>,
        inputs: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let at = time(at)?;
        let inputs = inputs.try_iter().map_err(|_| Problem::call("`inputs` must be a list of inputs"))?;
        let inputs: Vec<Bound<'py, PyAny>> = inputs.collect::<PyResult<_>>()?;
        let read = caught(|| Ok(inputs.iter().map(self::input).collect::<Vec<_>>()))?;
        let decided = self.with(py, |broker| Ok(wire::submit_read(broker, at, read)))?;
        let answers = PyList::empty(py);
        for decision in decided {
            let answer = match decision {
                Ok(decision) => to_python(py, &decision),
                Err(Problem { code, message, field }) => to_python(py, &wire::Problem { code, message, field }),
            };
            answers.append(answer?)?;
        }
        Ok(answers)
    }

    fn advance<'py>(&self, py: Python<'py>, at: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let at = time(at)?;
        to_python(py, &self.with(py, |broker| Ok(broker.advance(at)))?)
    }

    fn released<'py>(&self, py: Python<'py>, after: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let after = ReleaseNo(whole("after", after)?);
        let effects = self.with(py, |broker| {
            let mut effects = Vec::new();
            broker.released(after, &mut effects);
            Ok(effects)
        })?;
        to_python(py, &effects)
    }

    fn wakeup<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.with(py, |broker| Ok(broker.wakeup()))?)
    }

    fn submit_json<'py>(&self, py: Python<'py>, at: &Bound<'py, PyAny>, input: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let at = time(at)?;
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::submit(broker, at, input)?))?))
    }

    fn submit_all_json<'py>(
        &self,
        py: Python<'py>,
        at: &Bound<'py, PyAny>,
        inputs: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let at = time(at)?;
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::submit_all(broker, at, inputs)?))?))
    }

    fn advance_json<'py>(&self, py: Python<'py>, at: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let at = time(at)?;
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::advance(broker, at)))?))
    }

    fn released_json<'py>(&self, py: Python<'py>, after: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let after = ReleaseNo(whole("after", after)?);
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::released(broker, after)))?))
    }

    fn wakeup_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::wakeup(broker)))?))
    }

    fn ask<'py>(&self, py: Python<'py>, question: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let question: serde_json::Value = caught(|| from_python(question))?;
        let answer = self.with(py, |broker| Ok(wire::ask(broker, question.to_string().as_bytes())?))?;
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
        to_python(py, &answer)
    }

    fn ask_json<'py>(&self, py: Python<'py>, question: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(wire::ask(broker, question)?))?))
    }

    fn staged<'py>(
        &self,
        py: Python<'py>,
        after: &Bound<'py, PyAny>,
    ) -> PyResult<Option<(u64, u64, Bound<'py, PyBytes>)>> {
        let after = Seq(whole("after", after)?);
        Ok(self.with(py, |broker| {
            Ok(broker.staged(after).map(|part| (part.first.0, part.last.0, PyBytes::new(py, part.bytes))))
        })?)
    }

    fn mark_durable(&self, py: Python<'_>, through: &Bound<'_, PyAny>) -> PyResult<()> {
        let through = Seq(whole("through", through)?);
        Ok(self.with(py, |broker| Ok(broker.mark_durable(through)?))?)
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<(u64, Bound<'py, PyBytes>)> {
        let (seq, bytes) = py.detach(|| self.with_detached(|broker| snapshot(broker)?.map_err(Problem::from)))?;
        Ok((seq.0, PyBytes::new(py, &bytes)))
    }

    fn segment_header<'py>(&self, py: Python<'py>, first: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let first = Seq(whole("first", first)?);
        Ok(PyBytes::new(py, &self.with(py, |broker| Ok(segment_header(broker.view().number(), first)))?))
    }

    fn poison(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.with(py, |broker| {
            broker.poison();
            Ok(())
        })?)
    }

    fn commit(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(py.detach(|| self.journal(|journal| self.store(journal)))?.0)
    }

    fn save_snapshot(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(py.detach(|| self.journal(|journal| self.save(journal)))?.0)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| lock(&self.storage).take());
    }

    /// A bug, as seen from Python.
    #[cfg(feature = "probe")]
    fn panic(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.with(py, |_| panic!("asked to"))?)
    }
}

impl Broker {
    fn of(broker: reynolds::Broker, journal: Storage, opened: Found) -> Self {
        Self { broker: Arc::new(Mutex::new(broker)), storage: Arc::new(Mutex::new(journal)), opened }
    }

    /// Runs with the broker. After a panic it refuses everything.
    fn with<T>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&mut reynolds::Broker) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        guarded(self.broker.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner), run)
    }

    /// The same where no Python may run.
    fn with_detached<T>(&self, run: impl FnOnce(&mut reynolds::Broker) -> Result<T, Problem>) -> Result<T, Problem> {
        guarded(lock(&self.broker), run)
    }

    fn journal<T>(&self, run: impl FnOnce(&mut dyn Journal) -> Result<T, Problem>) -> Result<T, Problem> {
        caught(|| run(lock(&self.storage).as_deref_mut().ok_or_else(Problem::closed)?))
    }

    /// Appends and syncs what is staged. Without the broker's lock while the disk works: inputs may come meanwhile.
    fn store(&self, journal: &mut dyn Journal) -> Result<Seq, Problem> {
        let (durable, portion) = self.with_detached(|broker| Ok((broker.view().durable(), Portion::take(broker)?)))?;
        let Some(portion) = portion else { return Ok(durable) };
        let written = portion.append(journal);
        self.with_detached(|broker| Ok(portion.settle(broker, written)?))
    }

    fn save(&self, journal: &mut dyn Journal) -> Result<Seq, Problem> {
        // Inputs may come while the disk works: the snapshot is taken at a moment at which all of them are stored.
        loop {
            self.store(journal)?;
            let (seq, bytes) = match self.with_detached(snapshot)? {
                Err(Misuse::NotDurable { .. }) => continue,
                taken => taken?,
            };
            journal.save_snapshot(seq, &bytes).map_err(|error| DriverError::Snapshot { error })?;
            return Ok(seq);
        }
    }
}

fn guarded<T>(
    mut broker: MutexGuard<'_, reynolds::Broker>,
    run: impl FnOnce(&mut reynolds::Broker) -> Result<T, Problem>,
) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(|| run(&mut broker))).unwrap_or_else(|panic| {
        broker.poison();
        Err(Problem::panicked(&*panic, true))
    })
}

/// A panic poisons the broker, not the lock: `guarded` sees to that.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::unnecessary_wraps, reason = "the form that `guarded` runs")]
fn snapshot(broker: &mut reynolds::Broker) -> Result<Result<(Seq, Vec<u8>), Misuse>, Problem> {
    let mut bytes = Vec::new();
    Ok(broker.snapshot(&mut bytes).map(|seq| (seq, bytes)))
}

fn restore(journal: &[u8], snapshot: Option<&[u8]>, ring: Keys) -> Result<(reynolds::Broker, Report), Problem> {
    let mut restorer = reynolds::Broker::restore(snapshot, ring)?;
    restorer.push(journal)?;
    Ok(restorer.finish()?)
}

fn start(genesis: &Bound<'_, PyAny>, keys: Option<&Bound<'_, PyAny>>) -> Result<(Genesis, Keys), Problem> {
    let genesis: Genesis = caught(|| from_python(genesis))?;
    genesis.config.check()?;
    Ok((genesis, ring(keys)?))
}

fn ring(given: Option<&Bound<'_, PyAny>>) -> Result<Keys, Problem> {
    keys(given)
}

fn time(at: &Bound<'_, PyAny>) -> Result<Timestamp, Problem> {
    whole("at", at).map(Timestamp)
}

impl From<Opened> for Found {
    fn from(opened: Opened) -> Self {
        let unreadable = |(seq, error): (Seq, RestoreError)| {
            (seq, wire::Problem { code: error.code(), message: error.to_string(), field: None })
        };
        Self {
            fresh: opened.fresh,
            last: opened.last,
            snapshot: opened.snapshot,
            replayed: opened.replayed,
            torn: opened.torn.map(|torn| (torn.seq, torn.bytes)),
            unreadable: opened.unreadable.into_iter().map(unreadable).collect(),
            config_differs: opened.config_differs,
        }
    }
}
