//! What a user's first build of the core costs.

use std::{env, fs, path::Path, process::Command};

use reynolds_benches::report::{Goal, Row};

pub fn rows() -> Vec<Row> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cold");
    let _ = fs::remove_dir_all(&target);
    // The shell's `times` is the portable way to the CPU time of all the compilers that Cargo starts. Dependencies are
    // built as for a user: optimising them in development builds is a setting of this workspace.
    let script = r#""$CARGO" build --quiet --offline -p reynolds --no-default-features \
        --config 'profile.dev.package."*".opt-level=0' && times"#;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(root)
        .env("CARGO", cargo)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("there is a shell");
    let _ = fs::remove_dir_all(&target);
    if !output.status.success() {
        println!("\nThe core could not be built: {}", String::from_utf8_lossy(&output.stderr));
        return Vec::new();
    }
    let times = String::from_utf8_lossy(&output.stdout);
    let seconds: f64 = times.lines().last().unwrap_or("").split_whitespace().filter_map(seconds).sum();
    vec![Row::new("the crate and all it depends on, no default features", seconds, "CPU-s").goal(Goal::AtMost(40.0))]
}

/// Reads `1m2.5s`.
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}
