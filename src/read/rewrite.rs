//! The raw bytes of a record with spans of its text taken out, or with a member added.
//!
//! In: the bytes of a record as they lie in its file, and spans of its decoded text. Out: which of
//! the bytes write those spans, and the record without them. Nothing is parsed and written anew:
//! order and spelling of the members, white space, the form of numbers, the escapes of the text
//! that stays, byte order mark and line end are what they were. Cost: one walk over the record.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer, MapAccess};
use serde_json::value::RawValue;

use crate::types::ByteSpan;

use super::corpus::Corpus;
use super::encoding::{self, TextEncoding};
use super::{Format, RecordAt};

/// Which bytes of a record write some spans of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawSpans {
    /// Ranges of the record's bytes, in the order of the spans.
    pub ranges: Vec<Range<usize>>,
    /// The encoding they are in, by its label, where that is not UTF-8.
    pub encoding: Option<&'static str>,
}

impl RawSpans {
    /// What the bytes of span number `span` of `record` say: between the quotes of a JSON string, or in a
    /// text file.
    pub fn spelled<'r>(&self, record: &'r [u8], span: usize) -> Cow<'r, str> {
        let bytes = self.ranges.get(span).and_then(|range| record.get(range.clone()));
        let form = self.encoding.and_then(TextEncoding::from_label).unwrap_or(TextEncoding::Utf8);
        form.decode(bytes.unwrap_or_default())
    }
}

impl Corpus {
    /// Finds the bytes that write `spans` (ascending, apart, on character borders) of the text of
    /// the page at `at`.
    ///
    /// `None` where the record without them would not be read as the rest of its text. A `.txt`
    /// whose encoding has to be guessed can have such a rest; a JSONL record cannot.
    pub fn raw_spans(&self, at: RecordAt, spans: &[ByteSpan]) -> Option<RawSpans> {
        let file = self.files.get(at.file as usize)?;
        let bytes = self.record_bytes(at);
        match file.format {
            Format::Jsonl => {
                let line = simdutf8::basic::from_utf8(&bytes).ok()?;
                let names: Vec<&str> = self.fields.text_names().collect();
                let value = string_member(line, &names)?;
                let mut ranges = literal_ranges(&line[value.clone()], spans)?;
                for range in &mut ranges {
                    *range = value.start + range.start..value.start + range.end;
                }
                Some(RawSpans { ranges, encoding: None })
            }
            Format::Txt => text_ranges(&bytes, spans),
        }
    }
}

/// The record without `ranges` (ascending, apart) of its bytes.
pub fn without(record: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(record.len());
    let mut at = 0;
    for range in ranges {
        rest.extend_from_slice(&record[at..range.start]);
        at = range.end;
    }
    rest.extend_from_slice(&record[at..]);
    rest
}

/// What a string looks like between its quotes in JSON, with only those characters escaped that
/// must be (RFC 8259 §7), by their short escapes where they have one.
pub fn minimal_escape(text: &str) -> String {
    // A string always becomes a quoted string.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The JSON line `record` with the member `name` added as the last one. `value` makes the value,
/// as JSON, from the raw value that the record has under that name already, if it has one; then
/// that value is replaced where it stands (the last one where there are several). `None` if the
/// record is no JSON object.
pub fn with_member(
    record: &[u8],
    name: &str,
    value: impl FnOnce(Option<&str>) -> String,
) -> Option<Vec<u8>> {
    let line = simdutf8::basic::from_utf8(record).ok()?;
    let mut found = None;
    let members = members(line, &mut |key, range| {
        if key == name {
            found = Some(range);
        }
    })?;
    let mut out = Vec::with_capacity(record.len() + 256);
    if let Some(old) = found {
        out.extend_from_slice(&record[..old.start]);
        out.extend_from_slice(value(Some(&line[old.clone()])).as_bytes());
        out.extend_from_slice(&record[old.end..]);
        return Some(out);
    }
    let inside = line.trim_end().strip_suffix('}')?.trim_end();
    out.extend_from_slice(inside.as_bytes());
    if members > 0 {
        out.push(b',');
    }
    out.extend_from_slice(serde_json::to_string(name).ok()?.as_bytes());
    out.push(b':');
    out.extend_from_slice(value(None).as_bytes());
    out.extend_from_slice(&record[inside.len()..]);
    Some(out)
}

/// The bytes of the value of the first of `names` that the object in `line` holds and that is not
/// `null`, if that is a string: the choice that reading a page makes. Quotes are included.
pub(super) fn string_member(line: &str, names: &[&str]) -> Option<Range<usize>> {
    let mut values: Vec<Option<Range<usize>>> = vec![None; names.len()];
    members(line, &mut |key, range| {
        if let Some(place) = names.iter().position(|&name| name == key) {
            values[place] = Some(range);
        }
    })?;
    let mut there = values.into_iter().flatten();
    let value = there.find(|range| &line[range.clone()] != "null")?;
    line[value.clone()].starts_with('"').then_some(value)
}

/// Hands the decoded key and the place of the value of every member of the object in `line` to
/// `sink`, and counts them. `None` if `line` is no object.
pub(super) fn members(line: &str, sink: &mut dyn FnMut(&str, Range<usize>)) -> Option<usize> {
    let mut parser = serde_json::Deserializer::from_str(line);
    let count = MembersSeed { line, sink }.deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    Some(count)
}

struct MembersSeed<'s, 'a> {
    line: &'a str,
    sink: &'s mut dyn FnMut(&str, Range<usize>),
}

impl<'a> DeserializeSeed<'a> for MembersSeed<'_, 'a> {
    type Value = usize;

    fn deserialize<D: Deserializer<'a>>(self, parser: D) -> Result<usize, D::Error> {
        parser.deserialize_map(self)
    }
}

impl<'a> serde::de::Visitor<'a> for MembersSeed<'_, 'a> {
    type Value = usize;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<usize, M::Error> {
        let mut count = 0;
        let mut key = String::new();
        while map.next_key_seed(KeySeed(&mut key))?.is_some() {
            let value: &'a RawValue = map.next_value()?;
            // The value is borrowed from the line, so its address tells where it stands.
            let start = value.get().as_ptr().addr() - self.line.as_ptr().addr();
            (self.sink)(&key, start..start + value.get().len());
            count += 1;
        }
        Ok(count)
    }
}

/// Reads a key into a buffer.
struct KeySeed<'k>(&'k mut String);

impl<'a> DeserializeSeed<'a> for KeySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_str(self)
    }
}

impl serde::de::Visitor<'_> for KeySeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(key);
        Ok(())
    }
}

/// The bytes of a JSON string literal, quotes included, that write `spans` of its content.
fn literal_ranges(literal: &str, spans: &[ByteSpan]) -> Option<Vec<Range<usize>>> {
    let mut walk = LiteralWalk { literal: literal.as_bytes(), raw: 1, text: 0 };
    let mut ranges = Vec::with_capacity(spans.len());
    for span in spans {
        let start = walk.to(span.start as usize)?;
        ranges.push(start..walk.to(span.end as usize)?);
    }
    Some(ranges)
}

/// Where ascending `places` of the content of a JSON string literal stand in it, quotes included.
pub(super) fn literal_walk(literal: &str, places: &[usize]) -> Option<Vec<usize>> {
    let mut walk = LiteralWalk { literal: literal.as_bytes(), raw: 1, text: 0 };
    places.iter().map(|&place| walk.to(place)).collect()
}

/// A place in a JSON string literal, and the same place in its content.
struct LiteralWalk<'l> {
    literal: &'l [u8],
    raw: usize,
    text: usize,
}

impl LiteralWalk<'_> {
    /// Goes on to byte `border` of the content; returns the place in the literal. `None` if that
    /// is no character border behind the last one.
    fn to(&mut self, border: usize) -> Option<usize> {
        let content = self.literal.get(..self.literal.len().checked_sub(1)?)?;
        while self.text < border {
            let rest = content.get(self.raw..)?;
            let plain = memchr(b'\\', rest).unwrap_or(rest.len()).min(border - self.text);
            if plain > 0 {
                self.raw += plain;
                self.text += plain;
                continue;
            }
            let (raw, text) = escape_lengths(rest)?;
            self.raw += raw;
            self.text += text;
        }
        (self.text == border).then_some(self.raw)
    }
}

/// Bytes of the escape that `raw` begins with, and bytes of what it stands for.
fn escape_lengths(raw: &[u8]) -> Option<(usize, usize)> {
    match raw.get(1)? {
        b'u' => {
            let digits = std::str::from_utf8(raw.get(2..6)?).ok()?;
            match u16::from_str_radix(digits, 16).ok()? {
                // The first half of a pair, which is two escapes and one character.
                0xd800..=0xdbff => Some((12, 4)),
                unit => Some((6, char::from_u32(u32::from(unit))?.len_utf8())),
            }
        }
        _ => Some((2, 1)),
    }
}

/// The bytes of a text file that write `spans` of its text; see [`Corpus::raw_spans`].
fn text_ranges(bytes: &[u8], spans: &[ByteSpan]) -> Option<RawSpans> {
    let (text, form) = encoding::decode_as(bytes).ok()?;
    let (mut raw, mut at) = (form.mark_len(bytes), 0);
    let mut ranges = Vec::with_capacity(spans.len());
    let mut rest = String::with_capacity(text.len());
    for span in spans {
        let (before, inside) = (text.get(at..span.range().start)?, text.get(span.range())?);
        rest.push_str(before);
        let start = raw + form.raw_len(before);
        raw = start + form.raw_len(inside);
        // What was cut can be encoded again from its text.
        if bytes.get(start..raw)? != form.encode(inside)?.as_ref() {
            return None;
        }
        ranges.push(start..raw);
        at = span.range().end;
    }
    rest.push_str(text.get(at..)?);
    let same = encoding::decode(&without(bytes, &ranges)).is_ok_and(|read| read == rest);
    let encoding = (form != TextEncoding::Utf8).then(|| form.label());
    same.then_some(RawSpans { ranges, encoding })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found<'l>(line: &'l str, names: &[&str]) -> Option<&'l str> {
        string_member(line, names).map(|range| &line[range])
    }

    #[test]
    fn the_text_is_found_as_reading_finds_it() {
        let names = ["text", "content"];
        for (line, value) in [
            (r#"{"text":"نص"}"#, Some(r#""نص""#)),
            ("{ \"a\" : 1.50 ,\t\"text\" :  \"x\"  }\r\n", Some(r#""x""#)),
            (r#"{"te\u0078t":"a\"b\\"}"#, Some(r#""a\"b\\""#)),
            (r#"{"content":"c","text":"t"}"#, Some(r#""t""#)),
            (r#"{"content":"c","text":null}"#, Some(r#""c""#)),
            (r#"{"x":{"text":"no"},"y":["text"],"text":"yes","x":1}"#, Some(r#""yes""#)),
            (r#"{"x":"\"text\":\"no\"","text":""}"#, Some(r#""""#)),
            (r#"{"text":7,"content":"c"}"#, None),
            (r#"{"body":"b"}"#, None),
            ("{}", None),
            ("[]", None),
            (r#"{"text":"x"} {}"#, None),
        ] {
            assert_eq!(found(line, &names), value, "{line}");
        }
        let deep = format!(r#"{{"x":{}{},"text":"t"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(found(&deep, &names), Some(r#""t""#));
    }

    #[test]
    fn escapes_are_walked_as_the_characters_they_stand_for() {
        // Content: a, ", نص, a smile, /, line end, ب.
        let literal = r#""a\"\u0646ص\ud83d\ude00\/\n\u0628""#;
        let text: String = serde_json::from_str(literal).unwrap();
        assert_eq!(text, "a\"نص\u{1f600}/\nب");
        let of = |start: u32, end: u32| {
            let ranges = literal_ranges(literal, &[ByteSpan::new(start, end)])?;
            Some(&literal[ranges[0].clone()])
        };
        assert_eq!(of(0, 2), Some(r#"a\""#));
        assert_eq!(of(2, 6), Some(r"\u0646ص"));
        assert_eq!(of(6, 10), Some(r"\ud83d\ude00"));
        assert_eq!(of(10, 12), Some(r"\/\n"));
        assert_eq!(of(12, 14), Some(r"\u0628"));
        assert_eq!(of(0, 14), Some(&literal[1..literal.len() - 1]));
        assert_eq!(of(3, 4), None, "within a character");
        assert_eq!(of(7, 8), None);
        assert_eq!(of(12, 15), None, "past the end");
    }

    #[test]
    fn a_member_is_added_last_and_nothing_else_changes() {
        let add = |line: &str| {
            let made = with_member(line.as_bytes(), "t", |old| format!("[{}]", old.unwrap_or("")));
            made.map(|bytes| String::from_utf8(bytes).unwrap())
        };
        for (line, made) in [
            ("{\"a\":1}\n", "{\"a\":1,\"t\":[]}\n"),
            (" { \"a\" : 1.0 \t}\r\n", " { \"a\" : 1.0,\"t\":[] \t}\r\n"),
            ("{}", "{\"t\":[]}"),
            ("{\"a\":{\"t\":1}}", "{\"a\":{\"t\":1},\"t\":[]}"),
            ("{\"\\u0074\": 5 ,\"a\":\"}\"}\n", "{\"\\u0074\": [5] ,\"a\":\"}\"}\n"),
            ("{\"t\":1,\"t\":2}", "{\"t\":1,\"t\":[2]}"),
        ] {
            assert_eq!(add(line).as_deref(), Some(made), "{line}");
        }
        assert_eq!(add("[1]"), None);
    }

    #[test]
    fn text_files_are_cut_in_their_own_encoding() {
        let text = "قال الوزير إن الماء وصل إلى القرى.\nإقرأ أيضا: سوق جديد\nوانتهى الخبر هنا.\n";
        let start = text.find("إقرأ").unwrap() as u32;
        let end = text.find("وانتهى").unwrap() as u32;
        let rest = [&text[..start as usize], &text[end as usize..]].concat();
        let units = |mark: &[u8]| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            mark.iter().copied().chain(units).collect::<Vec<u8>>()
        };
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), None),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), None),
            (units(b"\xff\xfe"), Some("utf-16le")),
            (units(b""), Some("utf-16le")),
            (encoding_rs::WINDOWS_1256.encode(text).0.into_owned(), Some("windows-1256")),
            (encoding_rs::ISO_8859_6.encode(text).0.into_owned(), Some("iso-8859-6")),
        ] {
            let spans = text_ranges(&bytes, &[ByteSpan::new(start, end)]).unwrap();
            assert_eq!(spans.encoding, encoding);
            let cut = without(&bytes, &spans.ranges);
            assert_eq!(encoding::decode(&cut).unwrap(), rest);
            assert_eq!(cut[..2], bytes[..2], "the mark stays");
        }
    }

    #[test]
    fn a_rest_that_would_be_read_as_something_else_is_refused() {
        let text = "خبر\u{feff}باق";
        assert!(text_ranges(text.as_bytes(), &[ByteSpan::new(0, 6)]).is_none());
    }

    /// The obvious way: every unit of the literal with the characters it stands for.
    fn units(literal: &str) -> Vec<(&str, String)> {
        let mut rest = &literal[1..literal.len() - 1];
        let mut units = Vec::new();
        while let Some(first) = rest.chars().next() {
            let mut len = first.len_utf8();
            while serde_json::from_str::<String>(&format!("\"{}\"", &rest[..len])).is_err() {
                len += 1;
            }
            units.push((
                &rest[..len],
                serde_json::from_str(&format!("\"{}\"", &rest[..len])).unwrap(),
            ));
            rest = &rest[len..];
        }
        units
    }

    proptest! {
        #[test]
        fn raw_ranges_agree_with_the_obvious_walk(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[a-z\u{620}-\u{64a}\u{1f600}-\u{1f610}]{1,3}",
                    Just("\\n".to_owned()), Just("\\\\".to_owned()), Just("\\u0627".to_owned()),
                    Just("\\ud83d\\ude00".to_owned()), Just("\\u0041".to_owned()),
                ], 1..12),
            from in 0usize..40, to in 0usize..40,
        ) {
            let literal = format!("\"{}\"", pieces.concat());
            let units = units(&literal);
            let (from, to) = (from.min(to).min(units.len()), from.max(to).min(units.len()));
            let text_len = |n: usize| units[..n].iter().map(|unit| unit.1.len()).sum::<usize>();
            let raw_len = |n: usize| 1 + units[..n].iter().map(|unit| unit.0.len()).sum::<usize>();
            let span = ByteSpan::new(text_len(from) as u32, text_len(to) as u32);
            let ranges = literal_ranges(&literal, &[span]).unwrap();
            prop_assert_eq!(ranges, vec![raw_len(from)..raw_len(to)]);
        }
    }
}
