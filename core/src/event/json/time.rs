//! RFC 3339 dates, which all platforms write.

use crate::time::Timestamp;

/// Reads a date such as `2024-05-01T12:30:00.25Z` or `2019-05-15T15:20:30+02:00`. `None` for anything else, for dates
/// before 1970 and for years that are not four digits. A leap second counts as the second after it; digits below a
/// millisecond are cut.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, len: usize| {
        bytes
            .get(from..from + len)?
            .iter()
            .try_fold(0_u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
    };
    let is = |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|byte| expected.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let separated = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let possible = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !(separated && possible && year >= 1970) {
        return None;
    }

    let mut at = 19;
    let mut ms = 0;
    if is(at, b".,") {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let thousandths = bytes[at + 1..].iter().take(digits).chain(b"000").take(3);
        ms = thousandths.fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
        at += 1 + digits;
        if digits == 0 {
            return None;
        }
    }
    let local = (((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
    let offset = match bytes.get(at..)? {
        b"Z" | b"z" => Some(0),
        [b'+' | b'-', _, _, b':', _, _] => {
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * 60_000)
        }
        _ => None,
    }?;
    let utc = match bytes[at] {
        b'+' => local.checked_sub(offset),
        b'-' => Some(local + offset),
        b'Z' | b'z' => Some(local),
        _ => None,
    };
    // A leap second at the end of the last year is after it.
    utc.map(Timestamp).filter(|time| *time <= Timestamp::MAX)
}

const fn is_leap(year: u64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + is_leap(year) as u64,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - 477;
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    (year - 1970) * 365 + leap_days + months + day - 1
}
