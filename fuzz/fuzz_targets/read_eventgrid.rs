//! Event Grid requests.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::event::eventgrid::read;
use reynolds_fuzz::readable;

fuzz_target!(|body: &[u8]| readable(body, read));
