//! What the example programs share: where the recorded webhooks are.

use std::{env, path::PathBuf};

/// Where GitHub's published webhook examples are: the file that `REYNOLDS_WEBHOOKS` names.
///
/// `None` when the variable is unset or empty: they could not be fetched, and the small set in `examples/data` does.
#[must_use]
pub fn webhooks() -> Option<PathBuf> {
    env::var_os("REYNOLDS_WEBHOOKS").filter(|path| !path.is_empty()).map(PathBuf::from)
}
