//! How a host says what became of an effect, what of that is refused, and what can be kept all the same.
//!
//! An outcome that is refused leaves its effect open, so it would be done again, and answered with the same words again. Hence the
//! driver keeps what can be kept; who submits outcomes by hand gets the error, and may do the same.

use alloc::vec::Vec;

use crate::{
    error::Rejected,
    input::OutcomeResult,
    limits::{REFERENCES, SUBJECT_BYTES, VALUE_BYTES},
    text::Text,
};

impl OutcomeResult {
    /// It happened, and the platform gave the object this id.
    #[must_use]
    pub fn done(object: impl Into<Text>) -> Self {
        Self::Done { object: Some(object.into()), objects: Vec::new() }
    }

    /// The platform refused it for now: try again in `after_ms` milliseconds, at most one day.
    #[must_use]
    pub const fn retry(after_ms: u64) -> Self {
        Self::Retry { after_ms }
    }

    /// Nobody knows whether it happened: a timeout, a reset connection, a 5xx.
    #[must_use]
    pub const fn ambiguous() -> Self {
        Self::Ambiguous {}
    }

    /// It did not happen and will not, for this reason.
    #[must_use]
    pub fn failed(reason: impl Into<Text>) -> Self {
        Self::Failed { reason: Some(reason.into()) }
    }

    /// The host decided not to do it.
    #[must_use]
    pub const fn cancelled() -> Self {
        Self::Cancelled {}
    }

    /// What of it can be kept: a reason up to its limit of 4096 bytes, and of the objects those that could be met again, at most 17
    /// with the first. Half an id would be another object's, so one that is empty or too long is left out.
    ///
    /// [`crate::Broker::submit`] refuses an outcome with more in it. Submitted so, it counts: what has happened is neither forgotten
    /// nor done again.
    #[must_use]
    pub fn within_limits(self) -> Self {
        match self {
            Self::Done { object, mut objects } => {
                objects.retain(|object| check_object(object).is_ok());
                objects.truncate(REFERENCES);
                Self::Done { object: object.filter(|object| check_object(object).is_ok()), objects }
            }
            Self::Failed { reason: Some(reason) } if reason.len() > VALUE_BYTES => {
                let end = (0..=VALUE_BYTES).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or_default();
                Self::Failed { reason: Some(reason[..end].into()) }
            }
            whole => whole,
        }
    }

    /// Can all of it be kept?
    pub(crate) fn check(&self) -> Result<(), Rejected> {
        match self {
            Self::Done { objects, .. } if objects.len() > REFERENCES => {
                Err(Rejected::TooMany { field: "result.objects", len: objects.len(), limit: REFERENCES })
            }
            Self::Done { object, objects } => object.iter().chain(objects).try_for_each(check_object),
            Self::Failed { reason: Some(reason) } if reason.len() > VALUE_BYTES => {
                Err(Rejected::TooLong { field: "result.reason", len: reason.len(), limit: VALUE_BYTES })
            }
            _ => Ok(()),
        }
    }
}

fn check_object(object: &Text) -> Result<(), Rejected> {
    let field = "result.object";
    match object.len() {
        0 => Err(Rejected::Empty { field }),
        len if len > SUBJECT_BYTES => Err(Rejected::TooLong { field, len, limit: SUBJECT_BYTES }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_two_characters() {
        let reason = alloc::format!("x{}", "ä".repeat(2048));
        let OutcomeResult::Failed { reason: Some(kept) } = OutcomeResult::failed(reason).within_limits() else {
            panic!("it failed")
        };
        assert_eq!((kept.len(), kept.ends_with("ää")), (4095, true));
    }

    #[test]
    fn objects_that_could_not_be_met_again_are_left_out() {
        let long = "u".repeat(1025);
        let object = |id: &str| Some(Text::from(id));
        let done = |object, objects: &[&str]| OutcomeResult::Done {
            object,
            objects: objects.iter().copied().map(Text::from).collect(),
        };
        assert_eq!(done(object(""), &["a", "", &long, "b"]).within_limits(), done(None, &["a", "b"]));
        assert_eq!(done(object("a"), &["b"; 17]).within_limits(), done(object("a"), &["b"; 16]));
        let whole = done(object(&"u".repeat(1024)), &[]);
        assert_eq!(whole.clone().within_limits(), whole);
    }
}
