//! One JSON line to the six fields of a page.
//!
//! The line is checked first (by [`marks`](super::marks)) and parsed as a `&str`: on Arabic text that is
//! several times faster than letting the parser check UTF-8 on the way. Strings without escapes are
//! borrowed from the line. Fields that nobody asked for are skipped whatever they hold. Plain records are
//! read by [`scan`]; what it does not understand, the parser of `serde_json` decides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::literal;
use super::marks::{Line, Marks};
use super::near::plain;
use super::rewrite::members;
use super::scan;
use super::strict::RecordSeed;
use crate::error::{ErrorKind, RejectCode, Result, excerpt};

/// Under which names the fields of a page are looked for.
///
/// Of each list, the first name that is there counts: not `null` and, for fields other than the
/// text, not an empty string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldNames {
    /// Id of the page.
    pub id: Vec<String>,
    /// Text of the page.
    pub text: Vec<String>,
    /// Title of the page.
    pub title: Vec<String>,
    /// Who published it.
    pub outlet: Vec<String>,
    /// Its address.
    pub url: Vec<String>,
    /// Its day, as it stands.
    pub date: Vec<String>,
}

impl Default for FieldNames {
    fn default() -> Self {
        let names = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            id: names(&["id", "_id", "doc_id", "url"]),
            text: names(&["text", "content", "body"]),
            title: names(&["title"]),
            outlet: names(&["outlet", "source", "site", "domain"]),
            url: names(&["url"]),
            date: names(&["date", "published", "date_extracted"]),
        }
    }
}

/// A page as its record tells it. Strings are borrowed from the input where they hold no escape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRecord<'a> {
    /// Id; a number is written as it stands.
    pub id: Option<Cow<'a, str>>,
    /// Who published it: the field, or for a `.txt` the folder it lies in.
    pub outlet: Option<Cow<'a, str>>,
    /// Its address.
    pub url: Option<Cow<'a, str>>,
    /// Its date, not yet understood.
    pub date: Option<Cow<'a, str>>,
    /// Its title.
    pub title: Option<Cow<'a, str>>,
    /// Its text, decoded; escapes that are left in it stand as what they mean, as long in bytes.
    pub text: Cow<'a, str>,
}

/// Why a record is no page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: RejectCode,
    pub(crate) error: String,
}

impl Fault {
    pub(crate) fn new(code: RejectCode, error: &str) -> Self {
        Self { code, error: error.to_owned() }
    }
}

/// [`FieldNames`] made ready for lookup: the distinct names, and for each field which of them to
/// try in which order.
#[derive(Debug)]
pub(crate) struct Fields {
    given: FieldNames,
    strict: bool,
    names: Vec<String>,
    id: Vec<usize>,
    text: Vec<usize>,
    title: Vec<usize>,
    outlet: Vec<usize>,
    url: Vec<usize>,
    date: Vec<usize>,
}

/// Memory for reading records by the same names, used again from one to the next.
#[derive(Debug, Default)]
pub(super) struct Scratch<'a> {
    /// One for each of the names.
    values: Vec<Value<'a>>,
    pub(super) marks: Marks,
    memory: scan::Memory,
}

impl Scratch<'_> {
    /// Keeps the memory of a page that is not needed any more for the next.
    pub(super) fn take_back(&mut self, page: PageRecord<'_>) {
        // Of the others hardly any is owned.
        for text in page.title.into_iter().chain([page.text]) {
            if let Cow::Owned(text) = text {
                self.memory.take_back(text);
            }
        }
    }
}

/// What a record holds under one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value<'a> {
    #[default]
    Absent,
    Null,
    Text(Cow<'a, str>),
    /// An integer or a truth value, which have only one spelling.
    Plain(String),
    /// A number whose spelling has to be fetched from the record.
    Decimal,
    /// An object or a list.
    Nested(&'static str),
    /// The name stands twice in the record.
    Twice,
}

impl Fields {
    /// Compiles the names. An empty list switches a field off; the text needs at least one name.
    /// `strict` leaves all records to the strict parser.
    pub(crate) fn new(names: &FieldNames, strict: bool) -> Result<Self> {
        if names.text.is_empty() {
            return Err(ErrorKind::BadSetting {
                setting: "text field",
                value: String::new(),
                reason: "a page is made of its text, so one field must be named".into(),
            }
            .into());
        }
        let mut distinct: Vec<String> = Vec::new();
        let mut places = |list: &[String]| -> Vec<usize> {
            list.iter()
                .map(|name| {
                    distinct.iter().position(|known| known == name).unwrap_or_else(|| {
                        distinct.push(name.clone());
                        distinct.len() - 1
                    })
                })
                .collect()
        };
        let (id, text, title) = (places(&names.id), places(&names.text), places(&names.title));
        let (outlet, url, date) = (places(&names.outlet), places(&names.url), places(&names.date));
        let given = names.clone();
        Ok(Self { given, strict, names: distinct, id, text, title, outlet, url, date })
    }

    /// Whether all records are left to the strict parser.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The names as they were given.
    pub(crate) fn given(&self) -> &FieldNames {
        &self.given
    }

    /// The id and the address of a record that was found to be a page, where both are plain.
    pub(crate) fn names_of<'a>(&self, record: &'a [u8]) -> Option<[Option<&'a str>; 2]> {
        self.plain(record, [&self.id, &self.url])
    }

    /// The title of a record that was found to be a page, where it is plain.
    pub(crate) fn title_of<'a>(&self, record: &'a [u8]) -> Option<&'a str> {
        self.plain(record, [&self.title])?[0]
    }

    fn plain<'a, const N: usize>(
        &self,
        record: &'a [u8],
        lists: [&[usize]; N],
    ) -> Option<[Option<&'a str>; N]> {
        plain(record, |list, key| {
            lists[list].iter().position(|&at| self.names[at].as_bytes() == key)
        })
    }

    /// Under which names the text is looked for, in order.
    pub(crate) fn text_names(&self) -> impl Iterator<Item = &str> {
        self.text.iter().map(|&at| self.names[at].as_str())
    }

    /// Parses one record, its line end included or not.
    pub(super) fn parse<'a>(
        &self,
        record: &'a [u8],
        scratch: &mut Scratch<'a>,
    ) -> std::result::Result<PageRecord<'a>, Fault> {
        let line = scratch.marks.look(record);
        let line = if line.bytes.len() == record.len() {
            line
        } else {
            // Lines are cut at all line feeds, so this is no record any more.
            Line { bytes: record, text: simdutf8::basic::from_utf8(record).ok() }
        };
        self.parse_line(line, scratch)
    }

    /// Parses the line that the marks of `scratch` were made of.
    pub(super) fn parse_line<'a>(
        &self,
        line: Line<'a>,
        scratch: &mut Scratch<'a>,
    ) -> std::result::Result<PageRecord<'a>, Fault> {
        let line = line.text.ok_or_else(|| not_utf8(line.bytes))?;
        self.read(line, scratch, !self.strict)?;
        let values = scratch.values.as_mut_slice();

        // The text is moved out last: under unusual settings it is another field as well.
        let id = self.take(&self.id, values, line)?;
        let outlet = self.take(&self.outlet, values, line)?;
        let url = self.take(&self.url, values, line)?;
        let date = self.take(&self.date, values, line)?;
        let title = self.take(&self.title, values, line)?;
        let text = self.take_text(values, line)?;
        Ok(PageRecord { id, outlet, url, date, title, text })
    }

    /// Reads the values of the names asked for. Unless `quick`, the strict parser alone does.
    fn read<'a>(
        &self,
        line: &'a str,
        scratch: &mut Scratch<'a>,
        quick: bool,
    ) -> std::result::Result<(), Fault> {
        let Scratch { values, marks, memory } = scratch;
        let clear = |values: &mut Vec<Value<'a>>| {
            for value in values.iter_mut() {
                *value = Value::Absent;
            }
        };
        clear(values);
        values.resize(self.names.len(), Value::Absent);
        if quick && scan::record(line, marks, &self.names, values, memory).is_some() {
            return Ok(());
        }
        clear(values);
        let mut parser = serde_json::Deserializer::from_str(line);
        RecordSeed { names: &self.names, values: values.as_mut_slice() }
            .deserialize(&mut parser)
            .and_then(|()| parser.end())
            .map_err(|error| not_json(line, &error))?;
        for &place in &self.text {
            if let Value::Text(text) = &mut values[place] {
                *text = literal::restored(std::mem::take(text));
            }
        }
        Ok(())
    }

    fn take<'a>(
        &self,
        places: &[usize],
        values: &[Value<'a>],
        line: &'a str,
    ) -> std::result::Result<Option<Cow<'a, str>>, Fault> {
        for &place in places {
            let name = &self.names[place];
            match &values[place] {
                Value::Absent | Value::Null => {}
                Value::Text(text) if text.is_empty() => {}
                Value::Text(text) => return Ok(Some(text.clone())),
                Value::Plain(text) => return Ok(Some(Cow::Owned(text.clone()))),
                Value::Decimal => return Ok(spelling(line, name).map(Cow::Borrowed)),
                Value::Nested(kind) => {
                    return Err(Fault {
                        code: RejectCode::FieldType,
                        error: format!(
                            "field {} holds {kind}; give it a string or a number, or name \
                             another field",
                            excerpt(name.as_bytes())
                        ),
                    });
                }
                Value::Twice => return Err(twice(name)),
            }
        }
        Ok(None)
    }

    fn take_text<'a>(
        &self,
        values: &mut [Value<'a>],
        line: &str,
    ) -> std::result::Result<Cow<'a, str>, Fault> {
        for &place in &self.text {
            let name = &self.names[place];
            let kind = match std::mem::take(&mut values[place]) {
                Value::Absent | Value::Null => continue,
                Value::Text(text) => return Ok(text),
                Value::Twice => return Err(twice(name)),
                Value::Nested(kind) => kind,
                Value::Plain(_) | Value::Decimal => "a number or a truth value",
            };
            return Err(Fault {
                code: RejectCode::NoText,
                error: format!(
                    "text field {} holds {kind}; it must be a string",
                    excerpt(name.as_bytes())
                ),
            });
        }
        let tried: Vec<_> =
            self.text.iter().map(|&at| excerpt(self.names[at].as_bytes())).collect();
        Err(Fault {
            code: RejectCode::NoText,
            error: format!(
                "no text field: tried {}; the record has {}; name the right field",
                tried.join(", "),
                fields_of(line)
            ),
        })
    }
}

/// Fields of a record that a message names.
const NAMED: usize = 8;

/// The names of a record's fields, for a message.
fn fields_of(line: &str) -> String {
    let (mut names, mut count) = (Vec::new(), 0);
    // A record that was parsed has members, or none.
    let _ = members(line, &mut |name, _| {
        count += 1;
        if names.len() < NAMED {
            names.push(excerpt(name.as_bytes()));
        }
    });
    match count - names.len() {
        _ if count == 0 => "no field".to_owned(),
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// How a number is written in the record. Rare, so the record is simply parsed again.
fn spelling<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut record: BTreeMap<String, &'a RawValue> = serde_json::from_str(line).ok()?;
    record.remove(name).map(RawValue::get)
}

fn twice(name: &str) -> Fault {
    Fault {
        code: RejectCode::DuplicateKey,
        error: format!(
            "field {} stands twice in the record; which one counts is not defined, so remove one",
            excerpt(name.as_bytes())
        ),
    }
}

fn not_utf8(line: &[u8]) -> Fault {
    let byte = simdutf8::compat::from_utf8(line).err().map_or(0, |error| error.valid_up_to());
    Fault {
        code: RejectCode::Utf8,
        error: format!(
            "byte {byte} of the record is not UTF-8: {}; JSONL must be UTF-8, so convert the file",
            excerpt(line[byte..].trim_ascii_end())
        ),
    }
}

/// Bytes that a message quotes from before the place of an error.
const BEFORE: usize = 16;

/// Words a parser's refusal. The parser does not tell kinds of syntax errors apart by type, so
/// the two that have a name of their own here are known by its wording.
fn not_json(line: &str, error: &serde_json::Error) -> Fault {
    let wording = error.to_string();
    let reason = wording.split(" at line ").next().unwrap_or_default();
    // The parser counts from 1, and lines too: a record is its first line.
    let line = line.trim_end();
    // A record that ends too soon is missed by it behind the line end.
    let column = if error.line() > 1 { line.len() + 1 } else { error.column() };
    let byte = line.floor_char_boundary(column.saturating_sub(1));
    let from = line.floor_char_boundary(byte.saturating_sub(BEFORE));
    let found = excerpt(&line.as_bytes()[from..]);
    if reason.contains("surrogate") || reason == "unexpected end of hex escape" {
        return Fault {
            code: RejectCode::Surrogate,
            error: format!(
                "half a surrogate pair before byte {byte} of the record, near {found}; it stands for \
                 no character, so write the record again from its source"
            ),
        };
    }
    if line.starts_with('\0') {
        return Fault {
            code: RejectCode::Encoding,
            error: "the record is filled with NUL bytes, as a copy that was not finished leaves \
                    them; copy the file again"
                .into(),
        };
    }
    Fault {
        code: RejectCode::Json,
        error: format!(
            "{reason} at byte {byte} of the record, near {found}; each line must be one JSON \
             object"
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &str) -> std::result::Result<PageRecord<'_>, RejectCode> {
        let fields = Fields::new(&FieldNames::default(), false).unwrap();
        fields.parse(line.as_bytes(), &mut Scratch::default()).map_err(|fault| fault.code)
    }

    #[test]
    fn the_first_name_that_holds_something_counts() {
        let page = parse(
            r#"{"body":"ثالث","content":"ثان","text":null,"url":"u","_id":"","source":"s","outlet":null}"#,
        )
        .unwrap();
        assert_eq!(page.text, "ثان");
        assert_eq!(page.id.as_deref(), Some("u"));
        assert_eq!(page.url.as_deref(), Some("u"));
        assert_eq!(page.outlet.as_deref(), Some("s"));
        assert_eq!((page.title, page.date), (None, None));
    }

    /// Lines near JSON: objects of all kinds of values, and bytes of them changed.
    fn lines() -> impl Strategy<Value = String> {
        let text = prop_oneof![
            "[ a-z\u{600}-\u{650}]{0,80}",
            r#"([ a-z]|\\[nrtbf/"\\]|\\u00[0-7][0-9a-f]|\\ud83d\\ude0[0-9]|\\u06[0-9a-fA-F]{2}){0,30}"#,
            r#"[a-z]{0,40}(\\|\\u|\\ud83d|\\ude00|\\x|\t|"|\u{1f})[a-z]{0,8}"#,
        ];
        let value = prop_oneof![
            6 => text.prop_map(|text| format!("\"{text}\"")),
            1 => "-?[0-9]{1,20}(\\.[0-9]{1,2})?([eE][+-]?[0-9])?",
            1 => prop_oneof![Just("null"), Just("true"), Just("false"), Just("nul"), Just("")]
                .prop_map(str::to_owned),
            1 => r#"(\[|\[1,|\{"a":|)("x"|2|\{\})(\]|\}|)"#,
        ];
        let key = prop_oneof![
            Just("text"),
            Just("title"),
            Just("id"),
            Just("other"),
            Just("te\\u0078t"),
            Just("")
        ];
        let member =
            (key, "[ \t\r]?", value).prop_map(|(k, s, v)| format!("{s}\"{k}\"{s}:{s}{v}{s}"));
        let members = proptest::collection::vec(member, 0..6);
        (members, "[{ ]{1,2}", "[} ,]{0,2}\n?", any::<prop::sample::Index>(), 0..20_u8).prop_map(
            |(members, open, close, at, change)| {
                let mut line = format!("{open}{}}}{close}", members.join(","));
                if change == 0 {
                    let place = at.index(line.len());
                    if line.is_char_boundary(place) && line.is_char_boundary(place + 1) {
                        line.remove(place);
                    }
                }
                line
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn plain_names_are_those_of_the_record(line in lines()) {
            let fields = Fields::new(&FieldNames { id: vec!["id".into(), "title".into()], url: vec!["other".into()], ..FieldNames::default() }, false).unwrap();
            let page = fields.parse(line.as_bytes(), &mut Scratch::default());
            if let (Ok(page), Some(names)) = (page, fields.names_of(line.as_bytes())) {
                prop_assert_eq!([page.id.as_deref(), page.url.as_deref()], names);
                let title = fields.title_of(line.as_bytes());
                prop_assert!(title.is_none() || title == page.title.as_deref());
            }
        }

        #[test]
        fn the_quick_way_equals_the_strict_one(lines in prop::collection::vec(lines(), 1..6)) {
            let fields = Fields::new(&FieldNames::default(), false).unwrap();
            let [mut quick, mut strict] = [Scratch::default(), Scratch::default()];
            // The second time the shape of the last record is known; the first time it is another's.
            for line in lines.iter().flat_map(|line| [line; 2]) {
                for scratch in [&mut quick, &mut strict] {
                    scratch.marks.look(line.as_bytes());
                }
                let ways = [fields.read(line, &mut quick, true), fields.read(line, &mut strict, false)];
                prop_assert_eq!(&ways[0], &ways[1]);
                if ways[0].is_ok() {
                    prop_assert_eq!(&quick.values, &strict.values);
                }
                quick.take_back(PageRecord {
                    title: Some("عنوان\n".to_owned().into()),
                    ..PageRecord::default()
                });
            }
        }
    }

    #[test]
    fn plain_records_are_read_the_quick_way() {
        let fields = Fields::new(&FieldNames::default(), false).unwrap();
        for line in [
            r#"{"id":"a","text":"نص\nثان \ud83d\ude00","n":12,"tags":["x",{"y":[]}],"ok":true,"z":null}"#,
            "{}",
            " { \"text\" : \"\" } \r\n",
        ] {
            let mut values = vec![Value::Absent; fields.names.len()];
            let (mut marks, mut memory) = (Marks::default(), scan::Memory::default());
            marks.look(line.as_bytes());
            let read = scan::record(line, &marks, &fields.names, &mut values, &mut memory);
            assert!(read.is_some(), "{line}");
        }
    }

    #[test]
    fn an_empty_text_is_a_text() {
        assert_eq!(parse(r#"{"text":"","body":"x"}"#).unwrap().text, "");
    }

    #[test]
    fn numbers_are_written_as_they_stand() {
        for number in ["7", "-7", "18446744073709551616", "1.50", "-0", "1e5", "0.1E-7", "true"] {
            let line = format!(r#"{{"text":"x","id":{number},"date":{number}}}"#);
            let page = parse(&line).unwrap();
            assert_eq!((page.id.as_deref(), page.date.as_deref()), (Some(number), Some(number)));
        }
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let page = parse(r#"{"text":"بلا هروب","title":"a\nb"}"#).unwrap();
        assert!(matches!(page.text, Cow::Borrowed(_)));
        assert!(matches!(page.title, Some(Cow::Owned(ref title)) if title == "a\nb"));
    }

    #[test]
    fn an_escaped_key_is_the_same_key() {
        assert_eq!(parse(r#"{"te\u0078t":"x"}"#).unwrap().text, "x");
        assert_eq!(parse(r#"{"te\u0078t":"x","text":"y"}"#), Err(RejectCode::DuplicateKey));
    }

    #[test]
    fn what_is_no_page_is_named() {
        use RejectCode::{DuplicateKey, Encoding, FieldType, Json, NoText, Surrogate};
        for (line, code) in [
            ("", Json),
            ("nothing", Json),
            ("{", Json),
            (r#"["text"]"#, Json),
            (r#""text""#, Json),
            ("7", Json),
            (r#"{"text":"x"} {"text":"y"}"#, Json),
            ("{\"text\":\"a\tb\"}", Json),
            (r#"{"text":"x",}"#, Json),
            ("\0\0\0\0", Encoding),
            ("{}", NoText),
            (r#"{"text":null}"#, NoText),
            (r#"{"text":7}"#, NoText),
            (r#"{"text":["a","b"]}"#, NoText),
            (r#"{"text":{"a":1},"body":"x"}"#, NoText),
            (r#"{"text":"x","id":[1]}"#, FieldType),
            (r#"{"text":"x","date":{}}"#, FieldType),
            (r#"{"text":"x","text":"x"}"#, DuplicateKey),
            (r#"{"text":"x","url":"a","url":"b"}"#, DuplicateKey),
            (r#"{"text":"\ud800"}"#, Surrogate),
            (r#"{"text":"\udc00 x"}"#, Surrogate),
            (r#"{"text":"\ud83d\u0041"}"#, Surrogate),
            (r#"{"text":"\ud83dx"}"#, Surrogate),
        ] {
            assert_eq!(parse(line), Err(code), "{line}");
        }
    }

    #[test]
    fn what_is_not_used_does_not_matter() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for line in [
            r#"{"x":1,"x":2,"text":"t"}"#.to_string(),
            r#"{"x":"\ud800","text":"t"}"#.to_string(),
            r#"{"body":"a","body":"b","text":"t"}"#.to_string(),
            r#"{"content":{"a":[]},"text":"t"}"#.to_string(),
            format!(r#"{{"x":{deep},"text":"t"}}"#),
        ] {
            assert_eq!(parse(&line).map(|page| page.text), Ok("t".into()), "{}", &line[..12]);
        }
        // The same depth where it is used is a reject, not an overflow.
        assert_eq!(parse(&format!(r#"{{"text":{deep}}}"#)), Err(RejectCode::NoText));
    }

    #[test]
    fn controls_that_are_escaped_reach_the_page() {
        assert_eq!(parse(r#"{"text":"\u0000\u001b"}"#).unwrap().text, "\0\u{1b}");
    }

    #[test]
    fn invalid_utf8_is_told_by_its_byte() {
        let fields = Fields::new(&FieldNames::default(), false).unwrap();
        let fault = fields.parse(b"{\"text\":\"a\xffb\"}", &mut Scratch::default()).unwrap_err();
        assert_eq!(fault.code, RejectCode::Utf8);
        assert!(fault.error.starts_with("byte 10 of the record is not UTF-8"), "{}", fault.error);
    }

    #[test]
    fn a_message_quotes_little_and_says_where() {
        let line = format!(r#"{{"text":"x" "{}"}}"#, "ط".repeat(500));
        let fields = Fields::new(&FieldNames::default(), false).unwrap();
        let fault = fields.parse(line.as_bytes(), &mut Scratch::default()).unwrap_err();
        assert!(fault.error.contains("at byte 12 of the record"), "{}", fault.error);
        assert!(fault.error.chars().count() < 160);
    }

    #[test]
    fn a_record_that_ends_too_soon_is_told_by_its_end() {
        let fields = Fields::new(&FieldNames::default(), false).unwrap();
        for end in ["", "\n", "\r\n"] {
            let line = format!(r#"{{"text":{end}"#);
            let fault = fields.parse(line.as_bytes(), &mut Scratch::default()).unwrap_err();
            let places = ["at byte 7 of the record", "at byte 8 of the record"];
            assert!(places.iter().any(|place| fault.error.contains(place)), "{}", fault.error);
        }
    }

    #[test]
    fn a_field_can_be_named() {
        let names = FieldNames { text: vec!["article".into()], ..FieldNames::default() };
        let fields = Fields::new(&names, false).unwrap();
        let line = br#"{"text":"no","article":"yes"}"#;
        assert_eq!(fields.parse(line, &mut Scratch::default()).unwrap().text, "yes");
        let none = FieldNames { text: Vec::new(), ..FieldNames::default() };
        assert_eq!(Fields::new(&none, false).unwrap_err().code(), "E002");
    }
}
