//! Task graphs in bulk: arrays of numbers in, arrays of numbers out.

use std::sync::{Mutex, PoisonError};

use pyo3::{
    buffer::PyBuffer,
    prelude::*,
    sync::{MutexExt, PyOnceLock},
    types::{PyBytes, PyList, PyTuple},
};
use reynolds::work::{Drain, DrainError, Graph, GraphError, GraphLimits};

use crate::raise::{Problem, caught};

static ARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A task graph, and which of its tasks may start now.
#[pyclass(frozen, module = "reynolds._native")]
pub struct Dag {
    drain: Mutex<Drain>,
}

#[pymethods]
impl Dag {
    #[new]
    fn new(tasks: u32, edges: &Bound<'_, PyAny>) -> PyResult<Self> {
        let edges = numbers("edges", edges)?;
        let graph = caught(|| Ok(Graph::build_flat(&GraphLimits::default(), tasks, &edges)?))?;
        Ok(Self { drain: Mutex::new(Drain::fifo(graph)) })
    }

    /// The tasks of a cycle, if there is one.
    #[staticmethod]
    fn cycle(tasks: u32, edges: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
        let edges = numbers("edges", edges)?;
        Ok(caught(|| match Graph::build_flat(&GraphLimits::default(), tasks, &edges) {
            Err(GraphError::Cycle { path }) => Ok(Some(path)),
            Err(GraphError::SelfEdge { task, .. }) => Ok(Some(vec![task])),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(None),
        })?)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.with(py, |drain| drain.graph().len() as usize)
    }

    #[pyo3(signature = (max=None))]
    fn take<'py>(&self, py: Python<'py>, max: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        array(py, &self.ready(py, max))
    }

    fn finish(&self, py: Python<'_>, tasks: &Bound<'_, PyAny>) -> PyResult<()> {
        let tasks = numbers("tasks", tasks)?;
        Ok(self.finish_all(py, &tasks)?)
    }

    /// What is ready as the objects of `nodes` at their numbers.
    fn take_of<'py>(&self, py: Python<'py>, nodes: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyTuple>> {
        let ready = self.ready(py, None);
        let found: PyResult<Vec<_>> = ready.iter().map(|task| nodes.get_item(*task as usize)).collect();
        PyTuple::new(py, found?)
    }

    #[getter]
    fn ready_count(&self, py: Python<'_>) -> u32 {
        self.with(py, |drain| {
            drain.settle();
            drain.ready()
        })
    }

    #[getter]
    fn taken_count(&self, py: Python<'_>) -> u32 {
        self.with(py, |drain| drain.taken())
    }

    #[getter]
    fn finished_count(&self, py: Python<'_>) -> u32 {
        self.with(py, |drain| drain.finished())
    }

    #[getter]
    fn done(&self, py: Python<'_>) -> bool {
        self.with(py, |drain| drain.is_done())
    }

    fn order<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        array(py, &self.with(py, |drain| drain.graph().topological_order()))
    }

    fn restart(&self, py: Python<'_>) {
        self.with(py, Drain::restart);
    }
}

impl Dag {
    fn with<T>(&self, py: Python<'_>, run: impl FnOnce(&mut Drain) -> T) -> T {
        run(&mut self.drain.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner))
    }

    fn ready(&self, py: Python<'_>, max: Option<usize>) -> Vec<u32> {
        self.with(py, |drain| {
            drain.settle();
            let mut ready = Vec::new();
            drain.take(max.unwrap_or(usize::MAX), &mut ready);
            ready
        })
    }

    fn finish_all(&self, py: Python<'_>, tasks: &[u32]) -> Result<(), Problem> {
        self.with(py, |drain| caught(|| Ok(drain.finish_all(tasks)?)))
    }
}

/// Numbers from a buffer of unsigned 32-bit ones, as `array("I")` and numpy's `uint32` are; or from any sequence.
fn numbers(name: &str, value: &Bound<'_, PyAny>) -> Result<Vec<u32>, Problem> {
    let buffer = PyBuffer::<u32>::get(value).and_then(|buffer| buffer.to_vec(value.py()));
    let wrong = || Problem::call(&format!("`{name}` must be an array of whole numbers from 0 below 2^32"));
    buffer.or_else(|_| value.extract()).map_err(|_| wrong())
}

/// An `array("I")`.
fn array<'py>(py: Python<'py>, numbers: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
    ARRAY.import(py, "array", "array")?.call1(("I", PyBytes::new(py, &bytes)))
}

impl From<GraphError> for Problem {
    fn from(error: GraphError) -> Self {
        match error {
            GraphError::Cycle { .. } => {
                Self { code: "RY1017", message: format!("RY1017: graph: {error}"), field: None }
            }
            other => Self::call(&other.to_string()),
        }
    }
}

impl From<DrainError> for Problem {
    fn from(error: DrainError) -> Self {
        Self::call(&error.to_string())
    }
}
