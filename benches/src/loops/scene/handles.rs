//! What can be said of an event and of an effect after it was put on the stage.

use super::{Draft, Scene, signed};
use crate::loops::trace::{Entry, In, Out};

/// An event of the story.
#[derive(Debug, Clone, Copy)]
pub struct Event<'s> {
    scene: &'s Scene,
    index: usize,
}

/// An effect that we want in the story.
#[derive(Debug, Clone, Copy)]
pub struct Act<'s> {
    scene: &'s Scene,
    index: usize,
}

impl<'s> Event<'s> {
    pub(super) fn new(scene: &'s Scene, index: usize) -> Self {
        Self { scene, index }
    }

    /// The truth: this effect of ours brings it about, so without that it would not happen. Its time counts from the effect;
    /// without another word it comes 0.5 to 5 s later.
    pub fn because(self, act: Act<'_>) -> Self {
        let start = act.time();
        self.change(|event| event.by = signed(act.index)).counted_from(start).within(500, 5_000)
    }

    /// So many milliseconds after what it follows: its effect, or else the latest entry.
    pub fn after(self, ms: u64) -> Self {
        set_after(self.scene, self.index, ms);
        self
    }

    /// A random time after what it follows.
    pub fn within(self, low_ms: u64, high_ms: u64) -> Self {
        self.after(self.scene.between(low_ms, high_ms))
    }

    /// At a moment of the story; for exogenous events that go on beside others. `after` then counts from it.
    pub fn at(self, ms: u64) -> Self {
        self.counted_from(ms).after(0)
    }

    /// What a person reads.
    pub fn text(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.change(|event| event.text = text)
    }

    /// The thing now has this value of a property.
    pub fn state(self, property: &str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let splits = self.scene.world.borrow().splits_states;
        self.change(|event| {
            if splits {
                (event.prop, event.state) = (property.to_owned(), value.to_owned());
            } else {
                event.state = format!("{property}:{value}");
            }
        })
    }

    /// The thing's content now has this digest.
    pub fn tree(self, digest: impl Into<String>) -> Self {
        let digest = digest.into();
        self.change(|event| event.state = digest)
    }

    /// Declared progress.
    pub fn progress(self, value: u64) -> Self {
        self.change(|event| event.prog = Some(value))
    }

    /// It carries our token, if the token survives in this world.
    pub fn token(self, act: Act<'_>) -> Self {
        self.token_in(act, self.scene.world.borrow().token_survives)
    }

    /// It carries our token in so many percent of cases, whatever the world.
    pub fn token_in(self, act: Act<'_>, percent: u64) -> Self {
        if self.scene.chance(percent) { self.token_kept(act) } else { self }
    }

    /// It carries our token in any world.
    pub fn token_kept(self, act: Act<'_>) -> Self {
        let token = act.get(|act| act.eid.clone());
        self.change(|event| event.tok = token)
    }

    /// It names the object of our effect as the one it answers.
    pub fn answers(self, act: Act<'_>) -> Self {
        let object = act.get(|act| act.robj.clone());
        self.change(|event| event.re = object)
    }

    /// It is about the very object that our effect made.
    pub fn about(self, act: Act<'_>) -> Self {
        let object = act.get(|act| act.robj.clone());
        self.change(|event| event.obj = object)
    }

    /// The object it is about, by name; empty where the platform gives none.
    pub fn object(self, object: impl Into<String>) -> Self {
        let object = object.into();
        self.change(|event| event.obj = object)
    }

    /// The text it was given.
    #[must_use]
    pub fn said(self) -> String {
        self.get(|event| event.text.clone())
    }

    pub(super) fn noise(self) -> Self {
        self.change(|event| event.nz = 1)
    }

    pub(super) fn copied(self) -> In {
        self.get(In::clone)
    }

    pub(super) fn index(self) -> usize {
        self.index
    }

    pub(super) fn time(self) -> u64 {
        self.scene.drafts.borrow()[self.index].time()
    }

    fn counted_from(self, ms: u64) -> Self {
        self.scene.drafts.borrow_mut()[self.index].base = ms;
        self
    }

    fn change(self, change: impl FnOnce(&mut In)) -> Self {
        if let Draft { entry: Entry::In(event), .. } = &mut self.scene.drafts.borrow_mut()[self.index] {
            change(event);
        }
        self
    }

    fn get<T: Default>(self, read: impl FnOnce(&In) -> T) -> T {
        match &self.scene.drafts.borrow()[self.index].entry {
            Entry::In(event) => read(event),
            Entry::Out(_) => T::default(),
        }
    }
}

impl<'s> Act<'s> {
    pub(super) fn new(scene: &'s Scene, index: usize) -> Self {
        Self { scene, index }
    }

    /// So many milliseconds after its cause.
    pub fn after(self, ms: u64) -> Self {
        set_after(self.scene, self.index, ms);
        self
    }

    /// A random time after its cause.
    pub fn within(self, low_ms: u64, high_ms: u64) -> Self {
        self.after(self.scene.between(low_ms, high_ms))
    }

    /// Declared: attempt `number` of at most `of`.
    pub fn attempt(self, number: u64, of: u64) -> Self {
        let pair = [u32::try_from(number).unwrap_or(u32::MAX), u32::try_from(of).unwrap_or(u32::MAX)];
        self.change(|act| act.att = Some(pair))
    }

    /// Declared progress.
    pub fn progress(self, value: u64) -> Self {
        self.change(|act| act.prog = Some(value))
    }

    /// Declared: part of a plan, of which the host says no more.
    pub fn in_a_plan(self) -> Self {
        self.change(|act| act.plan = 1)
    }

    /// Declared: part of the plan `id` of `size` effects; 0 where the size is open.
    pub fn in_plan(self, id: &str, size: u64) -> Self {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        self.change(|act| (act.plan, act.plan_id, act.plan_n) = (1, id.to_owned(), size))
    }

    /// It writes this property; the host says the value only in some worlds.
    pub fn writes(self, property: &str, value: impl AsRef<str>) -> Self {
        let value = if self.scene.world.borrow().says_values { value.as_ref() } else { "" };
        self.change(|act| (act.w, act.wv) = (property.to_owned(), value.to_owned()))
    }

    /// Declared: it only reads.
    pub fn reads_only(self) -> Self {
        self.change(|act| act.ro = 1)
    }

    /// The truth: whether a guard stops this one or not says nothing about it.
    pub fn free(self) -> Self {
        self.change(|act| act.truth = "free".to_owned())
    }

    /// The truth: this one is in order, though it comes after the onset.
    pub fn in_order(self) -> Self {
        self.change(|act| act.truth = "good".to_owned())
    }

    /// What it is done to.
    #[must_use]
    pub fn subject(self) -> String {
        self.get(|act| act.subj.clone())
    }

    /// What a person will read.
    #[must_use]
    pub fn text(self) -> String {
        self.get(|act| act.text.clone())
    }

    pub(super) fn time(self) -> u64 {
        self.scene.drafts.borrow()[self.index].time()
    }

    fn change(self, change: impl FnOnce(&mut Out)) -> Self {
        if let Draft { entry: Entry::Out(act), .. } = &mut self.scene.drafts.borrow_mut()[self.index] {
            change(act);
        }
        self
    }

    fn get<T: Default>(self, read: impl FnOnce(&Out) -> T) -> T {
        match &self.scene.drafts.borrow()[self.index].entry {
            Entry::Out(act) => read(act),
            Entry::In(_) => T::default(),
        }
    }
}

fn set_after(scene: &Scene, index: usize, ms: u64) {
    let draft = &mut scene.drafts.borrow_mut()[index];
    draft.set_time(draft.base + ms);
}
