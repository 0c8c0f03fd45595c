//! Recorded deliveries, as the command line reads them: an answer or a reason, and never a control character for a terminal.

#![no_main]

use std::{env, ffi::OsString, fs, process};

use libfuzzer_sys::fuzz_target;
use reynolds::cli;

fuzz_target!(|lines: &[u8]| {
    let path = env::temp_dir().join(format!("reynolds-fuzz-{}.jsonl", process::id()));
    fs::write(&path, lines).expect("a scratch file");
    for enforce in ["log", "deny"] {
        let args = ["replay", "--json", "--self", "github:rebase[bot]", "--enforce", enforce, "--webhooks"];
        let args = args.into_iter().map(OsString::from).chain([path.clone().into()]);
        let said = cli::run(args);
        assert!(said.exit <= 2);
        assert_eq!(said.exit == 2, said.out.is_empty());
        assert!(!said.out.trim_end().contains(char::is_control));
    }
    fs::remove_file(&path).expect("a scratch file");
});
