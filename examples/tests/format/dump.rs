//! Journal bytes as text for people, and back.

use std::fmt::Write as _;

/// Bytes on one line.
const ROW: usize = 16;
/// Texts from this length on are shown as text instead of hexadecimal.
const LONG: usize = 64;

/// The listing of a journal: offset, bytes in hexadecimal, and what they are.
pub fn journal(bytes: &[u8]) -> String {
    let mut dump = Dump { bytes, at: 0, out: String::new() };
    dump.out.push_str("\n```text\n");
    let fields = [(4, "RYNJ"), (2, "format"), (2, ""), (4, "broker"), (8, "first seq"), (4, "checksum")];
    dump.header("Segment header", &fields);
    while dump.at < bytes.len() {
        let len = u32::from_le_bytes(bytes[dump.at..dump.at + 4].try_into().expect("four bytes")) as usize;
        let seq = bytes[dump.at + 4];
        let fields = [
            (4, "length of the payload"),
            (8, "seq"),
            (8, "at"),
            (8, "decision digest"),
            (4, "header checksum"),
            (4, "payload checksum"),
        ];
        dump.header(&format!("Record {seq}, header"), &fields);
        let end = dump.at + len;
        writeln!(dump.out, "# Record {seq}, payload").expect("a string takes all");
        dump.item(0, "");
        assert_eq!(dump.at, end, "a payload is one item");
    }
    dump.out.push_str("```\n\n");
    dump.out
}

/// The bytes of a listing.
pub fn parse(listing: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in listing.lines().filter(|line| line.len() > 6 && !line.starts_with(['#', '`'])) {
        let content = &line[6..];
        if let Some(text) = content.strip_prefix("| ") {
            bytes.extend_from_slice(text.as_bytes());
            continue;
        }
        let hex = content.split("  ").next().unwrap_or_default();
        bytes.extend(hex.split(' ').map(|pair| u8::from_str_radix(pair, 16).expect("two digits")));
    }
    bytes
}

struct Dump<'a> {
    bytes: &'a [u8],
    at: usize,
    out: String,
}

impl Dump<'_> {
    fn header(&mut self, title: &str, fields: &[(usize, &str)]) {
        writeln!(self.out, "# {title}").expect("a string takes all");
        for (len, name) in fields {
            self.row(*len, name);
        }
    }

    /// The next bytes, with a note beside the first row.
    fn row(&mut self, len: usize, note: &str) {
        let mut note = note;
        let end = self.at + len;
        while self.at < end {
            let row = &self.bytes[self.at..end.min(self.at + ROW)];
            let hex: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!("{:04x}  {:<width$}  {note}", self.at, hex.join(" "), width = ROW * 3 - 1);
            writeln!(self.out, "{}", line.trim_end()).expect("a string takes all");
            self.at += row.len();
            note = "";
        }
    }

    /// The next CBOR item, and the items in it.
    fn item(&mut self, depth: usize, key: &str) {
        let first = self.bytes[self.at];
        let (major, low) = (first >> 5, first & 31);
        let size = if low < 24 { 0 } else { 1 << (low - 24) };
        let following = self.bytes[self.at + 1..self.at + 1 + size].iter();
        let count = if size == 0 { usize::from(low) } else { following.fold(0, |n, byte| n << 8 | usize::from(*byte)) };
        let head = 1 + size;
        let note = |what: String| format!("{}{key}{what}", "  ".repeat(depth));
        match major {
            0 => self.row(head, &note(count.to_string())),
            2 | 3 if count >= LONG => {
                self.row(head, &note(format!("{count} bytes of text:")));
                self.text(count);
            }
            2 | 3 => {
                let text = String::from_utf8_lossy(&self.bytes[self.at + head..self.at + head + count]).into_owned();
                self.row(head + count, &note(format!("{text:?}")));
            }
            4 => {
                self.row(head, &note(format!("array of {count}")));
                (0..count).for_each(|_| self.item(depth + 1, ""));
            }
            5 => {
                self.row(head, &note(format!("map of {count}")));
                (0..count).for_each(|_| self.entry(depth + 1));
            }
            _ => self.row(head, &note(["false", "true", "null"][usize::from(low) - 20].to_owned())),
        }
    }

    /// A map's key, on a row of its own before its value.
    fn entry(&mut self, depth: usize) {
        self.item(depth, "key ");
        self.item(depth + 1, "");
    }

    fn text(&mut self, len: usize) {
        const WIDTH: usize = 100;
        let end = self.at + len;
        while self.at < end {
            let piece = &self.bytes[self.at..end.min(self.at + WIDTH)];
            let text = std::str::from_utf8(piece).expect("the example is ASCII");
            writeln!(self.out, "{:04x}  | {text}", self.at).expect("a string takes all");
            self.at += piece.len();
        }
    }
}
