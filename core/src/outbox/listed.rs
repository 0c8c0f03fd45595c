//! An effect as digests see it, and what it weighs.

use alloc::vec::Vec;

use crate::effect::{Action, Effect};

fn list_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// What an effect weighs beside its long parts.
pub(crate) const EFFECT_BYTES: u64 = 1024;

/// The length of its CBOR.
fn encoded(part: &impl minicbor::Encode<()>) -> usize {
    let mut bytes = Vec::new();
    // Writing to memory can not fail.
    let _ = minicbor::encode(part, &mut bytes);
    bytes.len()
}

impl Effect {
    /// Appends all that the host will see of it, without its token, so that no two effects give the same bytes.
    pub(crate) fn list(&self, out: &mut Vec<u8>) {
        let act = self.act();
        let handle = self.handle();
        let writes = act.and_then(|act| act.writes.as_ref());
        let texts = [
            self.tenant.as_ref(),
            self.rule.as_ref(),
            self.key.as_ref(),
            self.traceparent.as_ref(),
            act.map(|act| &act.kind),
            act.map(|act| &act.subject),
            act.and_then(|act| act.about.as_ref()),
            act.and_then(|act| act.reply_to.as_ref()),
            act.and_then(|act| act.text.as_ref()),
            writes.map(|writes| &writes.property),
            writes.map(|writes| &writes.value),
            handle.map(|handle| &handle.handler),
        ];
        // Which there are, so that what is absent costs nothing.
        let present = texts.iter().rev().fold(0_u64, |bits, text| bits << 1 | u64::from(text.is_some()));
        let flags = u64::from(self.redelivered) << 1 | u64::from(act.is_some_and(|act| act.read_only));
        let numbers = [
            self.id.seq.0,
            u64::from(self.id.ordinal) << 16 | u64::from(self.hop),
            self.release.0,
            self.chain.0.0,
            self.expires_at.map_or(0, |at| at.0.saturating_add(1)),
            present << 2 | flags,
            self.cause.as_slice().len() as u64,
        ];
        let mut head = [0; 56];
        for (slot, number) in head.chunks_exact_mut(8).zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&head);
        self.cause.iter().chain(texts.into_iter().flatten()).for_each(|text| list_bytes(out, text.as_bytes()));
        if let Some(act) = act.filter(|act| !act.payload.is_null()) {
            list_bytes(out, &act.payload.to_bytes());
        }
        if let Some(handle) = handle {
            // Writing to memory can not fail.
            let _ = minicbor::encode(&handle.event, &mut *out);
        }
        if !matches!(self.action, Action::Act(_) | Action::Handle(_)) {
            let _ = minicbor::encode(&self.action, out);
        }
    }

    /// What it costs to keep, in bytes, by the parts that do not change while it is open.
    pub(crate) fn weight(&self) -> u64 {
        let long = match &self.action {
            Action::Act(act) => {
                act.text.as_ref().map_or(0, |text| text.len())
                    + act.subject.len()
                    + if act.payload.is_null() { 0 } else { act.payload.to_bytes().len() }
            }
            Action::Handle(handle) => handle.event.weight(),
            Action::Dispatch(dispatch) => {
                let parts = [&dispatch.input, &dispatch.item, &dispatch.resume_from, &dispatch.result];
                let parts = parts.into_iter().chain(&dispatch.answers).filter(|part| !part.is_null());
                parts.map(|part| part.to_bytes().len()).sum::<usize>() + dispatch.handoff.as_ref().map_or(0, encoded)
            }
            Action::Ask(inquiry) => encoded(&inquiry.question),
            Action::Recall(_) | Action::Handed(_) => 0,
        };
        EFFECT_BYTES + long as u64
    }

    /// Does it tell an agent something about a dispatch it has or had?
    pub(crate) fn is_told(&self) -> bool {
        matches!(self.action, Action::Recall(_) | Action::Handed(_))
    }

    /// Is it a question to a person?
    pub(crate) fn is_question(&self) -> bool {
        matches!(self.action, Action::Ask(_))
    }

    /// Is it a call of the host's handler?
    pub(crate) fn is_handle(&self) -> bool {
        matches!(self.action, Action::Handle(_))
    }
}
