//! Bot Framework activities, as Teams sends them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::event::teams::read;
use reynolds_fuzz::readable;

fuzz_target!(|body: &[u8]| readable(body, |body| read(body).map(|event| vec![event])));
