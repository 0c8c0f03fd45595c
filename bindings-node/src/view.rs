//! Read-only questions.

use napi::Result;
use napi_derive::napi;
use reynolds::wire;

use crate::{
    broker::{Json, NodeBroker, text},
    problem::{refused, with},
};

#[napi]
impl NodeBroker {
    /// A question as JSON in, its answer out.
    #[napi]
    pub fn ask(&self, question: String) -> Result<Json> {
        with(&self.broker, |broker| text(wire::ask(broker, question.as_bytes()).map_err(refused)?))
    }
}
