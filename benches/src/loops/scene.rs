//! A stage on which a family tells a story: what happens, what we want because of it, and what that brings about.
//!
//! A family writes down the truth by construction. [`Scene::event`] is exogenous until [`Event::because`] names the effect of ours
//! that brings it about; [`Scene::wants`] names the event it answers; [`Scene::loop_starts`] stands before the first effect that
//! should not happen. What the host gets to see of it (tokens, receipts, echoes, classes) is drawn by the [`World`].
//!
//! Handles are `Copy` and refer to the scene, so that a story reads from top to bottom; times are relative to what an entry
//! follows, and the entries are sorted only at the end. So several branches can run at once.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::trace::{Entry, In, Label, Out, SCHEMA, Trace};

pub mod dice;
mod handles;
pub mod text;
pub mod world;

pub use dice::Dice;
pub use handles::{Act, Event};
pub use world::World;

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name on the platform.
    pub name: String,
    /// human, bot, app, system, timer or unknown.
    pub class: &'static str,
}

impl Actor {
    /// A name and a class, as the platform shows them.
    #[must_use]
    pub fn new(name: &str, class: &'static str) -> Self {
        Self { name: name.to_owned(), class }
    }

    /// A bot of somebody else.
    #[must_use]
    pub fn bot(name: &str) -> Self {
        Self::new(name, "bot")
    }

    /// An app of somebody else.
    #[must_use]
    pub fn app(name: &str) -> Self {
        Self::new(name, "app")
    }

    /// A platform itself: monitoring, a message bus, a tool runner.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self::new(name, "system")
    }

    /// A person, or a machine with the account of a person.
    #[must_use]
    pub fn person(name: &str) -> Self {
        Self::new(name, "human")
    }

    /// An account of which the platform says nothing.
    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self::new(name, "unknown")
    }

    /// The host's scheduler.
    #[must_use]
    pub fn clock() -> Self {
        Self::new("clock", "timer")
    }

    /// What the host itself reports of a tool, a job or a task that it ran.
    #[must_use]
    pub fn runtime() -> Self {
        Self::new("self", "system")
    }
}

/// An entry before its place is known.
#[derive(Debug)]
struct Draft {
    entry: Entry,
    /// The time its own time counts from.
    base: u64,
}

impl Draft {
    fn time(&self) -> u64 {
        match &self.entry {
            Entry::In(event) => event.t,
            Entry::Out(act) => act.t,
        }
    }

    fn set_time(&mut self, ms: u64) {
        match &mut self.entry {
            Entry::In(event) => event.t = ms,
            Entry::Out(act) => act.t = ms,
        }
    }

    fn is_noise(&self) -> bool {
        match &self.entry {
            Entry::In(event) => event.nz == 1,
            Entry::Out(act) => act.nz == 1,
        }
    }
}

/// A story while it is told.
#[derive(Debug)]
pub struct Scene {
    dice: Dice,
    world: RefCell<World>,
    drafts: RefCell<Vec<Draft>>,
    looping: Cell<bool>,
    onset: Cell<Option<usize>>,
    misread: RefCell<BTreeMap<String, &'static str>>,
    repository: String,
    number: u64,
}

impl Scene {
    /// An empty stage; name and seed decide everything that is drawn on it.
    #[must_use]
    pub fn new(family: &str, seed: u64) -> Self {
        let dice = Dice::new(family, seed);
        let world = World::draw(&dice);
        let repository = format!(
            "gh:{}{}/{}",
            dice.pick(&["acme", "initech", "umbrella"]),
            dice.between(1, 9),
            dice.pick(&text::WORDS)
        );
        let number = dice.between(1, 899);
        let (drafts, misread, looping, onset) = Default::default();
        Self { dice, world: RefCell::new(world), drafts, looping, onset, misread, repository, number }
    }

    /// Changes what the host gets to see, where the situation is about just that.
    pub fn with_world(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.borrow_mut());
    }

    /// What happens, on a platform; exogenous and `object` new unless the handle says otherwise.
    pub fn event(&self, source: &str, kind: &str, actor: &Actor, subject: &str) -> Event<'_> {
        let base = self.now();
        let index = self.drafts.borrow().len();
        self.add(
            base,
            Entry::In(In {
                t: base,
                id: format!("d{index}"),
                src: source.to_owned(),
                kind: kind.to_owned(),
                actor: actor.name.clone(),
                cls: self.class_seen(actor).to_owned(),
                subj: subject.to_owned(),
                obj: format!("o{index}"),
                by: -1,
                ..In::default()
            }),
        );
        Event::new(self, index)
    }

    /// What we want because of an event; 100 to 900 ms after it unless the handle says otherwise.
    pub fn wants(&self, cause: Event<'_>, kind: &str, subject: &str, text: &str) -> Act<'_> {
        if self.looping.get() && self.onset.get().is_none() {
            self.onset.set(Some(self.len()));
        }
        let act = self.add_wish(cause, kind, subject, text, false);
        if self.chance(self.world.borrow().noise) {
            self.elsewhere(cause);
        }
        act
    }

    /// Everything from the next effect on should not have happened. The first call counts.
    pub fn loop_starts(&self) {
        self.looping.set(true);
    }

    /// Rounds of which the first is in order: the loop starts with the second.
    pub fn rounds(&self, count: u64) -> impl Iterator<Item = u64> + '_ {
        (0..count).inspect(|&round| {
            if round == 1 {
                self.loop_starts();
            }
        })
    }

    /// Our own message comes back to us, if the world delivers echoes.
    pub fn echo<'s>(&'s self, act: Act<'s>, kind: &str) -> Option<Event<'s>> {
        let delivered = self.chance(self.world.borrow().echoes);
        delivered.then(|| self.comes_back(act, kind))
    }

    /// Our own message comes back to us in any world.
    pub fn comes_back<'s>(&'s self, act: Act<'s>, kind: &str) -> Event<'s> {
        let (subject, text) = (act.subject(), act.text());
        let echo = self.event(platform(&subject), kind, &self.us(), &subject).text(text);
        echo.because(act).about(act).token(act).within(200, 2_500)
    }

    /// The same delivery once more.
    pub fn redelivered<'s>(&'s self, event: Event<'s>) -> Event<'s> {
        let base = self.now();
        let mut copy = event.copied();
        copy.t = base;
        let index = self.drafts.borrow().len();
        self.add(base, Entry::In(copy));
        Event::new(self, index).within(1_000, 60_000)
    }

    /// Somebody writes on an issue, in a channel or a mail.
    pub fn says(&self, who: &Actor, subject: &str, text: &str) -> Event<'_> {
        let kind = match platform(subject) {
            "github" => "issue_comment.created",
            "mail" => "mail.in",
            _ => "message",
        };
        self.event(platform(subject), kind, who, subject).text(text)
    }

    /// A person writes on an issue, in a channel or a mail.
    pub fn person_says(&self, subject: &str, text: &str) -> Event<'_> {
        self.says(&self.somebody(), subject, text)
    }

    /// Somebody hands a task to an agent or to a runner.
    pub fn person_orders(&self, subject: &str, text: &str) -> Event<'_> {
        self.event(platform(subject), "task.submit", &self.somebody(), subject).text(text)
    }

    /// The host's scheduler fires.
    pub fn tick(&self, subject: &str, after: u64) -> Event<'_> {
        self.event("timer", "timer.fired", &Actor::clock(), subject).after(after)
    }

    /// A tool, a job or a task that we ran reports; the host always knows which.
    pub fn reports<'s>(&'s self, act: Act<'s>, kind: &str, text: &str) -> Event<'s> {
        let subject = act.subject();
        self.event(platform(&subject), kind, &Actor::runtime(), &subject)
            .text(text)
            .because(act)
            .answers(act)
            .token_kept(act)
    }

    /// Our own account, as the platform shows it.
    pub fn us(&self) -> Actor {
        let world = self.world.borrow();
        Actor::new(&world.own_name, if world.own_seen_as_person { "human" } else { "bot" })
    }

    /// Our own account where the platform shows it as an app.
    pub fn our_app(&self) -> Actor {
        Actor::app(&self.world.borrow().own_name)
    }

    /// One of five people.
    pub fn somebody(&self) -> Actor {
        Actor::person(&format!("h{}", self.between(1, 5)))
    }

    /// The repository of this story, `gh:owner/name`.
    pub fn repo(&self) -> String {
        self.repository.clone()
    }

    /// The issue or pull request that the story is about.
    pub fn issue(&self) -> String {
        self.issue_no(self.number)
    }

    /// Another issue of the same repository.
    pub fn issue_no(&self, number: u64) -> String {
        format!("{}#{number}", self.repository)
    }

    /// A part of the repository: `@main`, `/workflow/ci`.
    pub fn part(&self, name: &str) -> String {
        format!("{}{name}", self.repository)
    }

    /// The Teams channel of this story.
    pub fn channel(&self) -> String {
        format!("tm:channel-{}", self.number)
    }

    /// Something in Azure: `az:{kind}/{number}`.
    pub fn azure(&self, kind: &str) -> String {
        format!("az:{kind}/{}", self.number)
    }

    /// Something of an agent: `ag:{kind}/{number}`.
    pub fn agent(&self, kind: &str) -> String {
        format!("ag:{kind}/{}", self.number)
    }

    /// From `low` to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        self.dice.between(low, high)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&self, percent: u64) -> bool {
        self.dice.chance(percent)
    }

    /// One of them, each as likely.
    pub fn pick<T: Copy>(&self, from: &[T]) -> T {
        self.dice.pick(from)
    }

    /// Mostly around `ms`, now and then many times that.
    pub fn heavy_tail(&self, ms: u64) -> u64 {
        let mut span = ms;
        while self.chance(45) && span < ms.saturating_mul(500) {
            span *= 2;
        }
        self.between(span / 4, span)
    }

    /// So many unrelated words.
    pub fn sentence(&self, words: u64) -> String {
        text::sentence(&self.dice, words)
    }

    /// One word.
    pub fn word(&self) -> &'static str {
        self.dice.pick(&text::WORDS)
    }

    /// What a language model says.
    pub fn paraphrase(&self) -> String {
        text::paraphrase(&self.dice)
    }

    /// So many hexadecimal digits.
    pub fn hex(&self, digits: usize) -> String {
        self.dice.hex(digits)
    }

    /// The present moment, as programs print it.
    pub fn timestamp(&self) -> String {
        text::timestamp(self.now())
    }

    /// How many entries there are; stories that grow like a tree stop by it.
    pub fn len(&self) -> usize {
        self.drafts.borrow().len()
    }

    /// Whether nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of the latest entry of the story itself.
    pub fn now(&self) -> u64 {
        let drafts = self.drafts.borrow();
        drafts.iter().filter(|draft| !draft.is_noise()).map(Draft::time).max().unwrap_or(0)
    }

    /// The story in the order of its times.
    #[must_use]
    pub fn finish(self, id: String, family: &str, label: Label, group: &str) -> Trace {
        let mut drafts: Vec<_> = self.drafts.into_inner().into_iter().enumerate().collect();
        drafts.sort_by_key(|(index, draft)| (draft.time(), *index));
        let mut place = vec![0; drafts.len()];
        for (new, (old, _)) in drafts.iter().enumerate() {
            place[*old] = new;
        }
        let onset = self.onset.get().map_or(-1, |index| signed(place[index]));
        let events = drafts.into_iter().map(|(_, draft)| moved(draft.entry, &place)).collect();
        let (schema, group) = (SCHEMA.to_owned(), group.to_owned());
        Trace { schema, id, family: family.to_owned(), label, onset, group, events }
    }

    fn add(&self, base: u64, entry: Entry) {
        self.drafts.borrow_mut().push(Draft { entry, base });
    }

    fn add_wish(&self, cause: Event<'_>, kind: &str, subject: &str, text: &str, noise: bool) -> Act<'_> {
        let base = cause.time();
        let index = self.drafts.borrow().len();
        let receipt = {
            let world = self.world.borrow();
            if self.chance(world.receipts_lost) {
                Some(-1)
            } else if self.chance(world.receipts_late) {
                i64::try_from(self.between(500, 20_000)).ok()
            } else {
                None
            }
        };
        let object = format!("o{index}");
        self.add(
            base,
            Entry::Out(Out {
                t: base,
                eid: format!("e{index}"),
                cause: cause.index(),
                kind: kind.to_owned(),
                subj: subject.to_owned(),
                text: text.to_owned(),
                obj: if receipt == Some(-1) { String::new() } else { object.clone() },
                robj: object,
                rt: receipt,
                nz: u8::from(noise),
                ..Out::default()
            }),
        );
        Act::new(self, index).within(100, 900)
    }

    /// Somebody writes on another issue, and perhaps we answer. It is not part of the story and does not move its time.
    fn elsewhere(&self, beside: Event<'_>) {
        let subject = self.issue_no(self.between(6_000, 6_999));
        let person = Actor::person(&format!("h{}", self.between(6, 9)));
        let text = self.sentence(9);
        let event = self.event("github", "issue_comment.created", &person, &subject).text(text).noise();
        event.at(beside.time()).within(0, 900);
        if self.chance(50) {
            let answer = self.sentence(9);
            self.add_wish(event, "comment", &subject, &answer, true);
        }
    }

    fn class_seen(&self, actor: &Actor) -> &'static str {
        let percent = self.world.borrow().misread;
        if !matches!(actor.class, "bot" | "app") || percent == 0 || actor.name == self.world.borrow().own_name {
            return actor.class;
        }
        if let Some(seen) = self.misread.borrow().get(&actor.name) {
            return seen;
        }
        let wrong = self.chance(percent);
        let seen = if wrong { self.pick(&["human", "human", "unknown"]) } else { actor.class };
        self.misread.borrow_mut().insert(actor.name.clone(), seen);
        seen
    }
}

/// The platform on which a subject lives.
#[must_use]
pub fn platform(subject: &str) -> &'static str {
    match subject.split_once(':').map(|(scheme, _)| scheme) {
        Some("gh") => "github",
        Some("tm") => "teams",
        Some("az") => "azure",
        Some("ag") => "agent",
        Some("mail") => "mail",
        Some("sms") => "sms",
        _ => "other",
    }
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn moved(entry: Entry, place: &[usize]) -> Entry {
    match entry {
        Entry::In(event) => {
            let by = usize::try_from(event.by).map_or(-1, |old| signed(place[old]));
            Entry::In(In { by, ..event })
        }
        Entry::Out(act) => Entry::Out(Out { cause: place[act.cause], ..act }),
    }
}

#[cfg(test)]
mod tests;
