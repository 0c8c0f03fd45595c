//! Only for this package's own tests and benches.

use napi::Result;
use napi_derive::napi;

use crate::{broker::NodeBroker, problem::with};

#[napi]
impl NodeBroker {
    /// A bug, as seen from JavaScript.
    #[napi]
    pub fn panic(&self) -> Result<()> {
        with(&self.broker, |_| panic!("asked to"))
    }
}
