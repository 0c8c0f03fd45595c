//! The first program does what its readers are told.

use std::process::Command;

const SAID: &str = " 1 octocat: Please rebase.
   rebase[bot]: Could not rebase, please try again.
 2 merge[bot]: Conflict, asking @rebase again (1).
   rebase[bot]: Could not rebase, please try again.
 3 merge[bot]: Conflict, asking @rebase again (1).
   rebase[bot]: Could not rebase, please try again.
 4 merge[bot]: Conflict, asking @rebase again (1).
   rebase[bot]: Could not rebase, please try again.
 5 merge[bot]: Conflict, asking @rebase again (1).
   rebase[bot]: Could not rebase, please try again.
 6 merge[bot]: Conflict, asking @rebase again (1).
   held for 32 s: chain 2 repeats itself at each hop, now at hop 6; at most 726 in a million legitimate lines of steps ever \
look like this
   rebase[bot]: Could not rebase, please try again.
 7 merge[bot]: Conflict, asking @rebase again (1).
   denied: chain 2 repeats itself at each hop, now at hop 7; at most 122 in a million legitimate lines of steps ever look \
like this
";

#[test]
fn the_first_program_ends_with_a_loop_that_is_held_and_then_denied() {
    let temporary = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_first")).env("TMPDIR", temporary.path()).output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((&*out, &*err, output.status.code()), (SAID, "", Some(0)));
    let readme = include_str!("../../README.md");
    let shown = readme
        .split("```text\n")
        .filter_map(|block| block.split_once("```"))
        .find(|(block, _)| block.starts_with(" 6"));
    assert!(out.ends_with(shown.expect("how it ends is in the README").0));
    assert_eq!(temporary.path().read_dir().expect("it is there").count(), 0, "it leaves nothing behind");
}
