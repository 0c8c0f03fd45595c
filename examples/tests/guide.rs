//! Compiles and runs every step of `docs/host-guide.md`; `docs.rs` sees to it that the guide shows these files.

#[path = "../guide/platform.rs"]
mod platform;

#[path = "../guide/15_clock.rs"]
mod clock;
#[path = "../guide/10_driver.rs"]
mod driver;
#[path = "../guide/14_errors.rs"]
mod errors;
#[path = "../guide/11_handle.rs"]
mod handle;
#[path = "../guide/12_hold.rs"]
mod hold;
#[path = "../guide/00_host.rs"]
mod host;
#[path = "../guide/06_outcome.rs"]
mod outcome;
#[path = "../guide/05_perform.rs"]
mod perform;
#[path = "../guide/01_read.rs"]
mod read;
#[path = "../guide/08_restore.rs"]
mod restore;
#[path = "../guide/17_rollout.rs"]
mod rollout;
#[path = "../guide/09_snapshot.rs"]
mod snapshot;
#[path = "../guide/02_start.rs"]
mod start;
#[path = "../guide/13_stop.rs"]
mod stop;
#[path = "../guide/04_store.rs"]
mod store;
#[path = "../guide/03_submit.rs"]
mod submit;
#[path = "../guide/16_tenants.rs"]
mod tenants;
#[path = "../guide/07_wake.rs"]
mod wake;

#[path = "../guide/readme.rs"]
#[rustfmt::skip] // Comments beside the code they are about, and no line more than a reader needs.
mod readme;
