//! What an agent can do, and what a task asks for.
//!
//! An agent provides `rust@1.88` or just `docker`. A task requires `docker`, `rust>=1.85` (that version or later),
//! `rust@1` (that major version), `rust@1.85` (that major version, and that minor one or later), `zone=eu` (the agent's
//! label `zone` has that value), or `role=code_review` (its model plays that role). Names are numbered while at least one agent provides them, so that most agents are
//! excluded by one comparison of bits.

use alloc::{collections::BTreeMap, vec::Vec};

use super::settings::{AgentError, MAX_WORDS};
use crate::text::Text;

/// A version of up to two numbers; what is left out is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

/// Something an agent can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version, if it has one.
    pub version: Option<Version>,
}

/// Something a task asks of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement<'a> {
    /// Any version of a capability: `docker`.
    Any(&'a str),
    /// A version or a later one: `rust>=1.85`.
    AtLeast(&'a str, Version),
    /// A major version, and its minor one or a later one: `rust@1`, `rust@1.85`.
    Major(&'a str, Version),
    /// A label with a value: `zone=eu`.
    Label(&'a str, &'a str),
}

fn wrong(text: &str, reason: &'static str) -> AgentError {
    AgentError::Capability { text: text.into(), reason }
}

fn name<'a>(text: &str, name: &'a str) -> Result<&'a str, AgentError> {
    if name.is_empty() {
        return Err(wrong(text, "it has no name"));
    }
    if name.len() > 128 {
        return Err(wrong(text, "its name has more than 128 bytes"));
    }
    if name.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '=' | '<' | '>')) {
        return Err(wrong(text, "a name has no spaces and none of @ = < >"));
    }
    Ok(name)
}

fn version(text: &str, digits: &str) -> Result<Version, AgentError> {
    let number = |part: &str| {
        let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        part.parse()
            .ok()
            .filter(|_| plain)
            .ok_or_else(|| wrong(text, "a version is one number or two, such as 1 or 1.85"))
    };
    match digits.split_once('.') {
        None => Ok(Version { major: number(digits)?, minor: 0 }),
        Some((major, minor)) => Ok(Version { major: number(major)?, minor: number(minor)? }),
    }
}

impl<'a> Capability<'a> {
    /// Reads `docker` or `rust@1.88`.
    ///
    /// # Errors
    ///
    /// [`AgentError::Capability`] says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, AgentError> {
        match text.split_once('@') {
            None => Ok(Self { name: name(text, text)?, version: None }),
            Some((left, right)) => Ok(Self { name: name(text, left)?, version: Some(version(text, right)?) }),
        }
    }
}

impl<'a> Requirement<'a> {
    /// Reads `docker`, `rust>=1.85`, `rust@1` or `zone=eu`.
    ///
    /// # Errors
    ///
    /// [`AgentError::Capability`] says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, AgentError> {
        if let Some((left, right)) = text.split_once(">=") {
            return Ok(Self::AtLeast(name(text, left)?, version(text, right)?));
        }
        if let Some((left, right)) = text.split_once('=') {
            return Ok(Self::Label(name(text, left)?, right));
        }
        match text.split_once('@') {
            None => Ok(Self::Any(name(text, text)?)),
            Some((left, right)) => Ok(Self::Major(name(text, left)?, version(text, right)?)),
        }
    }
}

/// A set of capability names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mask([u64; 4]);

impl Mask {
    pub(super) fn set(&mut self, word: u8) {
        self.0[usize::from(word >> 6)] |= 1 << (word & 63);
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, wanted)| mine & wanted == *wanted)
    }
}

/// The names that are provided, numbered. Derived from the agents.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    numbers: BTreeMap<Text, u8>,
    users: Vec<u32>,
}

impl Words {
    pub(super) fn find(&self, name: &str) -> Option<u8> {
        self.numbers.get(name).copied()
    }

    /// The number of the capability that is required, if anybody provides it.
    pub(super) fn number(&self, requirement: &Requirement<'_>) -> Option<u8> {
        match requirement {
            Requirement::Any(name) | Requirement::AtLeast(name, _) | Requirement::Major(name, _) => self.find(name),
            Requirement::Label(..) => None,
        }
    }

    /// Would these names have room?
    pub(super) fn check<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), AgentError> {
        let mut fresh: Vec<&str> = names.filter(|name| !self.numbers.contains_key(*name)).collect();
        fresh.sort_unstable();
        fresh.dedup();
        if self.numbers.len() + fresh.len() > MAX_WORDS as usize {
            return Err(AgentError::Full { limit_name: "capability_names", limit: MAX_WORDS });
        }
        Ok(())
    }

    /// Counts one more agent that provides it.
    pub(super) fn take(&mut self, name: &str) -> u8 {
        if let Some(word) = self.find(name) {
            self.users[usize::from(word)] += 1;
            return word;
        }
        let at = self.users.iter().position(|users| *users == 0).unwrap_or(self.users.len());
        if at == self.users.len() {
            self.users.push(0);
        }
        self.users[at] = 1;
        let word = u8::try_from(at).unwrap_or(u8::MAX);
        self.numbers.insert(name.into(), word);
        word
    }

    /// Counts one less, and frees the number when nobody is left.
    pub(super) fn leave(&mut self, name: &str) {
        let Some(word) = self.find(name) else { return };
        let users = &mut self.users[usize::from(word)];
        *users -= 1;
        if *users == 0 {
            self.numbers.remove(name);
        }
    }
}

/// What one agent provides, numbered. Derived from its registration.
#[derive(Debug, Clone, Default)]
pub(super) struct Provided {
    pub(super) mask: Mask,
    versions: Vec<(u8, Version)>,
}

impl Provided {
    pub(super) fn new(words: &mut Words, provides: &[Text]) -> Self {
        let mut provided = Self::default();
        for text in provides {
            let Ok(capability) = Capability::parse(text) else { continue };
            let word = words.take(capability.name);
            provided.mask.set(word);
            if let Some(version) = capability.version {
                provided.versions.push((word, version));
            }
        }
        provided
    }

    /// A capability without a version satisfies no demand for one.
    fn has(&self, word: u8, enough: impl Fn(&Version) -> bool) -> bool {
        self.versions.iter().any(|(w, version)| *w == word && enough(version))
    }

    /// `word` is the number of the requirement's name: [`Words::number`].
    pub(super) fn satisfies(
        &self,
        word: Option<u8>,
        labels: &BTreeMap<Text, Text>,
        requirement: &Requirement<'_>,
    ) -> bool {
        match requirement {
            Requirement::Any(_) => word.is_some_and(|word| {
                let mut mask = Mask::default();
                mask.set(word);
                self.mask.contains(&mask)
            }),
            Requirement::AtLeast(_, least) => word.is_some_and(|word| self.has(word, |v| v >= least)),
            Requirement::Major(_, least) => {
                word.is_some_and(|word| self.has(word, |v| v.major == least.major && v.minor >= least.minor))
            }
            Requirement::Label(key, value) => labels.get(*key).is_some_and(|have| have == *value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(provides: &[&str], requirement: &str) -> bool {
        let mut words = Words::default();
        let provides: Vec<Text> = provides.iter().map(|text| Text::from(*text)).collect();
        let provided = Provided::new(&mut words, &provides);
        let labels = BTreeMap::from([(Text::from("zone"), Text::from("eu"))]);
        let requirement = Requirement::parse(requirement).expect("reads");
        provided.satisfies(words.number(&requirement), &labels, &requirement)
    }

    #[test]
    fn versions_compare_by_number_and_a_major_version_is_kept() {
        for (provided, requirement, expected) in [
            ("rust", "rust", true),
            ("rust@1.88", "rust", true),
            ("rust@1.88", "rust>=1.85", true),
            ("rust@1.85", "rust>=1.85", true),
            ("rust@1.9", "rust>=1.85", false),
            ("rust@2", "rust>=1.85", true),
            ("rust@2", "rust@1", false),
            ("rust@1.88", "rust@1", true),
            ("rust@1.88", "rust@1.85", true),
            ("rust@1.80", "rust@1.85", false),
            ("rust", "rust>=1", false),
            ("docker", "rust", false),
            ("docker", "zone=eu", true),
            ("docker", "zone=us", false),
        ] {
            assert_eq!(has(&[provided], requirement), expected, "{provided} for {requirement}");
        }
        assert!(has(&["node@20", "node@22"], "node@22"), "one of two versions is enough");
    }

    #[test]
    fn what_is_no_capability_is_said_so() {
        for text in ["", "@1", "a b", "rust@x", "rust@1.2.3", "rust@+1", "rust@", "a@1@2", "a>1"] {
            assert!(Capability::parse(text).is_err(), "{text}");
        }
        for text in ["", ">=1", "rust>=", "rust>=1.x", "=eu", "a<b", "rust>=99999999999"] {
            assert!(Requirement::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_nobody_provides_any_more_leaves_room() {
        let mut words = Words::default();
        for n in 0..256_u32 {
            words.take(&alloc::format!("c{n}"));
        }
        assert!(words.check(["c7"].into_iter()).is_ok());
        assert!(words.check(["new"].into_iter()).is_err());
        words.leave("c7");
        assert!(words.check(["new"].into_iter()).is_ok());
        assert_eq!(words.take("new"), 7);
    }
}
