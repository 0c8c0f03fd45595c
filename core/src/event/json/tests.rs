use alloc::{borrow::Cow, format, string::String, vec::Vec};

use proptest::prelude::*;

use super::{Id, Raw, Read, ReadError, Reader, Scalar, Seen, Spanned, objects, timestamp};
use crate::time::Timestamp;

fn check(text: &[u8]) -> Result<(), ReadError> {
    let mut reader = Reader::new(text)?;
    reader.skip()?;
    reader.end()
}

fn read<'a, T: Read<'a>>(text: &'a str) -> Option<T> {
    let mut reader = Reader::new(text.as_bytes()).expect("UTF-8");
    let value = T::read(&mut reader).expect("valid JSON");
    reader.end().expect("one value");
    value
}

objects! {
    Sample {
        name: Cow<'a, str>,
        kind as "type": Cow<'a, str>,
        count: u64,
        flag: bool,
        id: Id<'a>,
        inner: Inner<'a>,
        list: Vec<Inner<'a>>,
        any: Scalar<'a>,
        there: Seen,
        raw: Raw<'a>,
        spanned: Spanned<Inner<'a>>,
    }

    Inner {
        name: Cow<'a, str>,
    }
}

#[test]
fn every_form_of_json_is_accepted() {
    for text in [
        "{}",
        "[]",
        "null",
        " \t\r\n[ true , false , null ] \n",
        r#"{"a":{"b":[{}, [], [[]], {"c":""}]},"d":1}"#,
        "0",
        "-0",
        "-12.5e-7",
        "1E+2",
        "1e999",
        "123456789012345678901234567890",
        r#""""#,
        r#""\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00""#,
        r#""\ud83d half a pair""#,
        "\"\u{7f}\u{80}\u{10ffff}\"",
        r#"{"a":1,"a":2}"#,
        r#"{"":0}"#,
    ] {
        assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
    }
}

#[test]
fn what_is_not_json_is_refused_with_the_place_of_the_first_wrong_byte() {
    for (text, offset, reason) in [
        ("", 0, "it ends too early"),
        ("  ", 2, "it ends too early"),
        ("{", 1, "it ends too early"),
        (r#"{"a"#, 3, "it ends too early"),
        (r#"{"a":"#, 5, "it ends too early"),
        (r#"{"a":1"#, 6, "it ends too early"),
        (r#"{"a":"b\"#, 8, "it ends too early"),
        (r#"{"a":"\u12"#, 10, "it ends too early"),
        ("[1,2", 4, "it ends too early"),
        ("tru", 3, "it ends too early"),
        ("-", 1, "it ends too early"),
        ("1.", 2, "it ends too early"),
        ("payload=%7B%7D", 0, "expected a value"),
        ("[1,]", 3, "expected a value"),
        (r#"{"a":1,}"#, 7, "expected a key in double quotes"),
        ("{a:1}", 1, "expected a key in double quotes"),
        (r#"{"a" 1}"#, 5, "expected `:`"),
        (r#"{"a":1 "b":2}"#, 7, "expected `,` or `}`"),
        (r#"{"a":1]"#, 6, "expected `,` or `}`"),
        ("[1 2]", 3, "expected `,` or `]`"),
        ("[1}", 2, "expected `,` or `]`"),
        ("01", 1, "more follows after the end of the document"),
        ("{}{}", 2, "more follows after the end of the document"),
        ("[+1]", 1, "expected a value"),
        ("[.5]", 1, "expected a value"),
        ("[1.e5]", 3, "expected a digit"),
        ("[1e]", 3, "expected a digit"),
        ("[nul]", 4, "expected `true`, `false` or `null`"),
        ("[NaN]", 1, "expected a value"),
        ("[\"a\nb\"]", 3, "a control character in a string"),
        ("[\"a\0b\"]", 3, "a control character in a string"),
        (r#"["\x"]"#, 3, "an unknown escape in a string"),
        (r#"["\u12g4"]"#, 6, "expected four hex digits after `\\u`"),
        ("['a']", 1, "expected a value"),
        ("\u{feff}{}", 0, "expected a value"),
    ] {
        assert_eq!(check(text.as_bytes()), Err(ReadError::NotJson { offset, reason }), "{text}");
    }
}

#[test]
fn nesting_is_bounded_also_in_what_is_skipped() {
    let nested = |open: &str, close: &str, depth| format!("{}0{}", open.repeat(depth), close.repeat(depth));
    let limit = Err(ReadError::TooDeep { limit: 128 });
    assert_eq!(check(nested("[", "]", 128).as_bytes()), Ok(()));
    assert_eq!(check(nested("[", "]", 129).as_bytes()), limit);
    assert_eq!(check(nested(r#"{"a":"#, "}", 128).as_bytes()), Ok(()));
    assert_eq!(check(nested(r#"{"a":"#, "}", 129).as_bytes()), limit);
    assert_eq!(check(nested(r#"[{"a":"#, "}]", 64).as_bytes()), Ok(()));
    assert_eq!(check("[".repeat(10_000).as_bytes()), limit);
    assert_eq!(check(format!("{}{}", "[".repeat(128), "]".repeat(128)).as_bytes()), Ok(()));
    assert_eq!(check(format!("{}{}", "[".repeat(129), "]".repeat(129)).as_bytes()), limit);
    // Brackets in texts do not count, and levels that were closed do not either.
    assert_eq!(check(format!("\"{}\"", "[{".repeat(500)).as_bytes()), Ok(()));
    assert_eq!(check(format!("[{}0]", "[[]],{},".repeat(500)).as_bytes()), Ok(()));

    // What is skipped inside an object that is read counts from there.
    let sample = |depth| {
        let text = format!(r#"{{"inner":{{"unread":{}}}}}"#, nested("[", "]", depth));
        Sample::read(&mut Reader::new(text.as_bytes()).expect("UTF-8")).err()
    };
    assert_eq!(sample(126), None);
    assert_eq!(sample(127), Some(ReadError::TooDeep { limit: 128 }));
}

#[test]
fn a_body_is_bounded_and_utf_8() {
    let mut body = alloc::vec![b' '; 25 * 1024 * 1024];
    body[0] = b'1';
    assert_eq!(check(&body), Ok(()));
    body.push(b' ');
    assert_eq!(check(&body), Err(ReadError::TooLarge { len: 26_214_401, limit: 26_214_400 }));
    assert_eq!(check(b"{\"a\":\"\xff\"}"), Err(ReadError::NotUtf8 { offset: 6 }));
    assert_eq!(check(b"\"ab\xc3"), Err(ReadError::NotUtf8 { offset: 3 }));
}

#[test]
fn members_of_the_expected_type_are_read() {
    let text = r#"{"unread":{"name":[1]},"name":"a\u00e4b","type":"t","count":18446744073709551615,"flag":true,"id":17,
        "inner":{"name":"in","more":0},"list":[{"name":"x"},3,{"name":"y"}],"any":-1.50,"there":[],"raw":{ "a" : 1 },
        "spanned":{"name":"s"}}"#;
    let sample: Sample<'_> = read(text).expect("an object");
    assert_eq!(sample.name.as_deref(), Some("aäb"));
    assert_eq!(sample.kind.as_deref(), Some("t"));
    assert_eq!(sample.count, Some(u64::MAX));
    assert_eq!(sample.flag, Some(true));
    assert_eq!(sample.id.map(|id| id.0), Some("17".into()));
    assert_eq!(sample.inner.and_then(|inner| inner.name).as_deref(), Some("in"));
    let list: Vec<_> = sample.list.into_iter().flatten().filter_map(|inner| inner.name).collect();
    assert_eq!(list, ["x", "y"]);
    assert_eq!(sample.any.map(|any| any.0), Some("-1.50".into()));
    assert!(sample.there.is_some());
    assert_eq!(sample.raw.map(|raw| raw.0), Some(r#"{ "a" : 1 }"#));
    let spanned = sample.spanned.expect("present");
    assert_eq!(&text[spanned.start..spanned.end], r#"{"name":"s"}"#);
    assert_eq!(spanned.value.and_then(|inner| inner.name).as_deref(), Some("s"));
}

#[test]
fn members_of_another_type_and_null_are_absent() {
    for other in ["null", "[]", "{}", "1.5", "-1", "1e999", "18446744073709551616"] {
        let text = format!(r#"{{"name":{other},"type":{other},"count":{other},"flag":{other}}}"#);
        let sample: Sample<'_> = read(&text).expect("an object");
        assert!(sample.name.is_none() && sample.kind.is_none(), "{other}");
        assert!(sample.count.is_none() && sample.flag.is_none(), "{other}");
    }
    let sample: Sample<'_> =
        read(r#"{"count":"7","flag":"true","id":true,"inner":"x","list":{},"any":[1],"there":null,"raw":null}"#)
            .expect("an object");
    assert!(sample.count.is_none() && sample.flag.is_none() && sample.id.is_none() && sample.inner.is_none());
    assert!(sample.list.is_none() && sample.any.is_none() && sample.there.is_none() && sample.raw.is_none());
    assert!(read::<Sample<'_>>("[]").is_none());
}

#[test]
fn a_key_that_occurs_twice_is_an_error_only_where_it_is_read() {
    let twice = |text: &str| {
        let mut reader = Reader::new(text.as_bytes()).expect("UTF-8");
        Sample::read(&mut reader).err()
    };
    assert_eq!(twice(r#"{"unread":1,"unread":2,"inner":{"x":1,"x":2}}"#), None);
    let name = Some(ReadError::DuplicateKey { key: "name".into() });
    assert_eq!(twice(r#"{"name":"a","name":"a"}"#), name);
    assert_eq!(twice(r#"{"name":null,"n\u0061me":"a"}"#), name);
    assert_eq!(twice(r#"{"inner":{"name":"a","name":"b"}}"#), name);
    assert_eq!(twice(r#"{"type":"a","type":"b"}"#), Some(ReadError::DuplicateKey { key: "type".into() }));
}

#[test]
fn escapes_become_what_they_stand_for() {
    let text = |json| read::<Cow<'_, str>>(json).expect("a text");
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(text(r#""\u0041\u00E9\u20ac\uD83D\uDE00""#), "Aé€😀");
    assert_eq!(text(r#""cut \ud83d""#), "cut \u{fffd}");
    assert_eq!(text(r#""\ud83d\u0041""#), "\u{fffd}A");
    assert_eq!(text(r#""\ude00\ud83d\ude00""#), "\u{fffd}😀");
    assert_eq!(text(r#""\ud83d\n""#), "\u{fffd}\n");
    assert!(matches!(text(r#""plain ä""#), Cow::Borrowed("plain ä")));
}

#[test]
fn a_special_byte_is_found_at_every_place_of_a_string() {
    for len in 0..40 {
        // Bytes next to the special ones, and the highest, must not be taken for one.
        let plain: String = "! #[]~\u{7f}aé\u{10ffff}".chars().cycle().take(len).collect();
        assert_eq!(read(&format!("\"{plain}\"")), Some(Cow::Borrowed(plain.as_str())), "{plain:?}");
        assert_eq!(read(&format!("\"{plain}\\t{plain}\"")), Some(Cow::from(format!("{plain}\t{plain}"))), "{plain:?}");
        for control in ['\0', '\n', '\u{1f}'] {
            let wrong = ReadError::NotJson { offset: 1 + plain.len(), reason: "a control character in a string" };
            assert_eq!(check(format!("\"{plain}{control}{plain}\"").as_bytes()), Err(wrong), "{plain:?}");
        }
    }
}

#[test]
fn dates_are_read_as_milliseconds() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2019-05-15T15:20:30Z", 1_557_933_630_000),
        ("2019-05-15T17:20:30+02:00", 1_557_933_630_000),
        ("2021-08-19T12:16:32.000-04:00", 1_629_389_792_000),
        ("2024-02-29T23:59:59.9999999Z", 1_709_251_199_999),
        ("2000-03-01t00:00:00.5z", 951_868_800_500),
        ("2100-03-01 00:00:00Z", 4_107_542_400_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ] {
        assert_eq!(timestamp(text), Some(Timestamp(ms)), "{text}");
    }
    for text in [
        "",
        "2019-05-15",
        "2019-05-15T15:20:30",
        "2019-05-15T15:20:30.Z",
        "2019-05-15T15:20:30+0200",
        "2019-05-15T15:20:30+24:00",
        "2019-05-15T15:20:30 02:00",
        "2019-05-15T15:20:30Z05:30",
        "2019-05-15T15:20:30z00:00",
        "2019-02-29T00:00:00Z",
        "2019-13-01T00:00:00Z",
        "2019-00-01T00:00:00Z",
        "2019-01-00T00:00:00Z",
        "2019-01-01T24:00:00Z",
        "2019-01-01T00:60:00Z",
        "2019/05/15T15:20:30Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        "12019-05-15T15:20:30Z",
        "201é-05-15T15:20:30Z",
        "2019-05-15T15:20:30é",
        "1557933630",
    ] {
        assert_eq!(timestamp(text), None, "{text}");
    }
}

/// A number so large that `serde_json` can not hold it is still JSON, and so is half of a surrogate pair.
fn serde_json_is_stricter(error: &serde_json::Error) -> bool {
    let error = format!("{error}");
    ["number out of range", "surrogate", "unexpected end of hex escape"].iter().any(|reason| error.contains(reason))
}

proptest! {
    #[test]
    fn the_same_texts_are_json_as_for_serde_json(text in r#"[\[\]{}",:0-9.eE+\-\\/bfnrtu aäs]{0,24}"#) {
        let ours = check(text.as_bytes());
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) => prop_assert_eq!(ours, Ok(())),
            Err(error) if serde_json_is_stricter(&error) => {}
            Err(error) => prop_assert!(ours.is_err(), "{} accepted, serde_json: {}", text, error),
        }
    }

    #[test]
    fn texts_come_out_as_from_serde_json(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", pad in 0..20_usize) {
        let json = format!("{}{}", " ".repeat(pad), serde_json::to_string(&text).expect("text"));
        prop_assert_eq!(read(&json), Some(Cow::Borrowed(text.as_str())));
        // Escaped whole, in UTF-16.
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = format!("\"{escaped}\"");
        prop_assert_eq!(read(&json), Some(Cow::Borrowed(text.as_str())));
    }

    #[test]
    fn a_damaged_document_is_judged_as_by_serde_json(at in 0..120_usize, byte in 0..128_u8) {
        let mut text = br#"{"a":[1,-2.5e3,{"b":"c\n\u00e4"},null],"d":{"e":true,"f":[]},"g":"0123456789abcdefghijklmnop\\"}"#.to_vec();
        let place = at % text.len();
        text[place] = byte;
        match serde_json::from_slice::<serde_json::Value>(&text) {
            Ok(_) => prop_assert_eq!(check(&text), Ok(())),
            Err(error) if serde_json_is_stricter(&error) => {}
            Err(error) => prop_assert!(check(&text).is_err(), "{:?} accepted, serde_json: {}", text, error),
        }
    }
}
