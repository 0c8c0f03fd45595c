//! What the documents say is true: lists are complete, links lead somewhere, blocks of code are tested files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use reynolds::{
    Broker, Decision, Effect, Genesis, Input, Keys, Rejected, Timestamp, Wakeup,
    input::{Configure, Outcome, OutcomeResult},
    wire,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files under a folder whose names end so.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.to_string_lossy().ends_with(end) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// The documents of the house.
fn documents() -> Vec<PathBuf> {
    let mut documents = files("docs", ".md");
    let names =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bindings-python/README.md", "bindings-node/README.md"];
    documents.extend(names.map(|name| root().join(name)));
    documents
}

/// Error numbers that come right after one text and right before another.
fn numbers(text: &str, before: &str, after: &str) -> Vec<String> {
    let number = |rest: &str| {
        let number = rest.get(..6).filter(|number| number.starts_with("RY") && rest[6..].starts_with(after))?;
        number[2..].bytes().all(|byte| byte.is_ascii_digit()).then(|| number.to_owned())
    };
    text.split(before).skip(1).filter_map(number).collect()
}

#[test]
fn the_page_of_errors_lists_exactly_the_numbers_in_the_code_each_once() {
    let sources = files("core/src", ".rs");
    let mut known: BTreeSet<_> = sources.iter().flat_map(|path| numbers(&read(path), "=> \"", "\"")).collect();
    assert!(known.len() > 30, "this test no longer finds the numbers: {known:?}");
    // The host layers have the numbers between, at the start of their messages.
    let bindings = [
        ("bindings-python", ".py"),
        ("bindings-python", ".rs"),
        ("bindings-node/ts", ".ts"),
        ("bindings-node/src", ".rs"),
    ];
    let sources = bindings.iter().flat_map(|(folder, end)| files(folder, end));
    let all = sources.flat_map(|path| ["\"", "`"].map(|quote| numbers(&read(&path), quote, ":"))).flatten();
    known.extend(all.filter(|number| number.starts_with("RY22")));
    let listed = numbers(&read("docs/errors.md"), "\n| ", " |");
    let unique: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a number is listed twice in docs/errors.md");
    let missing: Vec<_> = known.difference(&unique).collect();
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:?}");
    let stale: Vec<_> = unique.difference(&known).collect();
    assert!(stale.is_empty(), "in docs/errors.md, but not in the code: {stale:?}");
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in prose(text).lines() {
        let Some((marks, title)) = line.split_once(' ').filter(|(marks, _)| !marks.is_empty()) else { continue };
        if !marks.bytes().all(|byte| byte == b'#') {
            continue;
        }
        let lower = title.to_lowercase();
        let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let times = seen.entry(anchor.clone()).or_insert(0);
        anchors.insert(if *times == 0 { anchor } else { format!("{anchor}-{times}") });
        *times += 1;
    }
    anchors
}

/// A document without its blocks of code.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut checked = 0;
    for document in documents() {
        let text = prose(&read(&document));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if file.is_empty() { document.clone() } else { document.parent().expect("a folder").join(file) };
            assert!(target.exists(), "{}: no such file: {link}", document.display());
            if !anchor.is_empty() {
                assert!(anchors(&read(&target)).contains(anchor), "{}: no such heading: {link}", document.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 10, "this test no longer finds the links: {checked}");
}

/// The part of a source file that a document shows.
fn region(source: &str) -> Option<String> {
    let (_, rest) = source.split_once("// guide: begin\n")?;
    let region = rest.split_once("// guide: end").expect("a region ends").0.trim_end_matches(' ');
    let depth = region.len() - region.trim_start_matches(' ').len();
    let lines = region.lines().map(|line| line.get(depth..).unwrap_or(""));
    Some(lines.fold(String::new(), |text, line| text + line + "\n"))
}

/// The blocks of code in some language, each with the path in the comment before it: `<!-- path -->`.
fn blocks<'t>(document: &'t str, language: &str) -> Vec<(&'t str, &'t str)> {
    let opening = format!("\n```{language}\n");
    let pieces: Vec<_> = document.split(&opening).collect();
    let path = |before: &'t str| before.rsplit('\n').next()?.strip_prefix("<!-- ")?.strip_suffix(" -->");
    pieces
        .windows(2)
        .map(|pair| {
            let block = pair[1].split_once("```").expect("a block ends").0;
            (path(pair[0]).unwrap_or_else(|| panic!("no path before this block:\n{block}")), block)
        })
        .collect()
}

/// Puts the files' regions into a document's blocks: REYNOLDS_REWRITE=1.
fn rewritten(document: &str) -> String {
    let mut text = document.to_owned();
    for language in ["rust", "json"] {
        for (path, block) in blocks(document, language) {
            let shown = shown(path);
            let old = format!("<!-- {path} -->\n```{language}\n{block}```");
            text = text.replace(&old, &format!("<!-- {path} -->\n```{language}\n{shown}```"));
        }
    }
    text
}

/// What a document shows of a file: its marked region, or all of it.
fn shown(path: &str) -> String {
    let source = read(path);
    if path.ends_with(".rs") { region(&source).unwrap_or_else(|| panic!("{path} has no region")) } else { source }
}

#[test]
fn every_block_of_code_in_the_guide_and_the_readme_is_a_tested_file() {
    let mut used = BTreeSet::new();
    for document in ["docs/host-guide.md", "README.md"] {
        if std::env::var_os("REYNOLDS_REWRITE").is_some() {
            fs::write(root().join(document), rewritten(&read(document))).expect("the document is writable");
        }
        let text = read(document);
        for language in ["rust", "json"] {
            for (path, block) in blocks(&text, language) {
                assert_eq!(block, shown(path), "{document} and {path} differ; REYNOLDS_REWRITE=1 takes the file's");
                assert!(used.insert(path.to_owned()), "{path} is shown twice");
            }
        }
    }
    let tests = read("examples/tests/guide.rs");
    for path in files("examples/guide", ".rs").iter().filter(|path| region(&read(path)).is_some()) {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(used.contains(&format!("examples/guide/{name}")), "{name} is shown nowhere");
        assert!(tests.contains(&format!("\"../guide/{name}\"")), "{name} is not run");
    }
}

/// Reads a text as a type and writes it again.
fn round<T: Serialize + DeserializeOwned>(json: &str) -> Value {
    let value: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}:\n{json}"));
    serde_json::to_value(value).expect("wire types serialise")
}

/// What a broker that knows no effect says about an outcome of 9.0.
fn problem() -> Value {
    let genesis = Genesis { name: "docs".into(), ..Genesis::default() };
    let mut broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
    let effect = "9.0".parse().expect("an id");
    let outcome = Outcome { effect, result: OutcomeResult::Cancelled {}, chain: None, tenant: None };
    let rejected: Rejected = broker.submit(Timestamp(1), outcome).expect_err("unknown");
    serde_json::to_value(wire::Problem::from(&rejected)).expect("wire types serialise")
}

#[test]
fn every_example_on_the_wire_is_read_and_written_as_it_stands() {
    let text = read("docs/wire.md");
    let mut checked = BTreeMap::new();
    for (what, block) in blocks(&text, "json") {
        let shown: Value = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}:\n{block}"));
        let written = match what {
            "input" => match Input::from_json(block.as_bytes()).unwrap_or_else(|error| panic!("{error}:\n{block}")) {
                // Written whole, with every default.
                Input::Configure(Configure { config }) => config.check().map(|()| shown.clone()).expect("valid"),
                input => serde_json::to_value(input).expect("wire types serialise"),
            },
            "decision" => round::<Decision>(block),
            "effect" => round::<Effect>(block),
            "wakeup" => round::<Wakeup>(block),
            "problem" => problem(),
            other => panic!("what is {other}?"),
        };
        assert_eq!(written, shown);
        *checked.entry(what).or_insert(0) += 1;
    }
    let expected = [("decision", 3), ("effect", 6), ("input", 18), ("problem", 1), ("wakeup", 1)];
    assert_eq!(checked, BTreeMap::from(expected));
}
