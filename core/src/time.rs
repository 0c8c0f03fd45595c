//! Time is an input. The core reads no clock: every call that may change state brings a [`Timestamp`].

use alloc::{format, string::String};
use core::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch.
///
/// The core's time never goes back. Where the host's does, by more than a minute, the core goes on from the latest time it knows, at
/// half the pace of the host's clock, until that has caught up: see [`crate::Broker::ahead_ms`]. With the feature `std` it is made from the
/// system's clock by `Timestamp::from(SystemTime::now())`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub u64);

impl Timestamp {
    /// The last millisecond of the year 9999. Anything above is a wrong unit (micro- or nanoseconds), not a date.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// This time plus `ms`, at most [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        let sum = self.0.saturating_add(ms);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }

    /// Milliseconds from `earlier` to this time, 0 if `earlier` is later.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time as people write it: `2023-11-14 22:13:20.250 UTC`.
    #[must_use]
    pub fn utc(self) -> String {
        let (days, ms) = (self.0 / 86_400_000, self.0 % 86_400_000);
        let (year, month, day) = civil(days);
        let (hour, minute, second, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ms:03} UTC")
    }
}

/// The date of a day since 1970, after Howard Hinnant's `civil_from_days` for days that are not negative.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// What the system's clock says. A time before 1970 is 0.
#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        // Far beyond `MAX`: the broker refuses it.
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::Timestamp;

    #[test]
    fn the_systems_clock_is_read_in_milliseconds_and_never_before_1970() {
        assert_eq!(
            Timestamp::from(UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_999)),
            Timestamp(1_700_000_000_123)
        );
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)), Timestamp(0));
    }
}
