//! The quick way through a JSON record: strings found by their quotes, which are known before.
//!
//! In: one line of checked UTF-8 and its marks. Out: the values of the names asked for, or nothing where
//! the line is not plainly a JSON object (RFC 8259) of keys without escapes: the strict parser of
//! [`fields`](super::fields) then decides, words the error, and is what this module must equal.
//! Cost: about a third of the strict parser's on Arabic news. Does not: judge what it does not
//! understand.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::fields::Value;
use super::marks::Marks;

/// Most bytes that are set aside for a string with escapes before any of it is read.
const SET_ASIDE: usize = 64 << 10;

/// What reading a record leaves for the next one.
#[derive(Debug, Default)]
pub(super) struct Memory {
    shape: Shape,
    /// Memory of strings that are not needed any more.
    spare: Vec<String>,
}

/// Most strings whose memory is kept, and most bytes of one.
const SPARE: usize = 4;
const SPARE_BYTES: usize = 1 << 18;

impl Memory {
    /// Keeps the memory of a string for another.
    pub(super) fn take_back(&mut self, text: String) {
        if self.spare.len() < SPARE && text.capacity() <= SPARE_BYTES {
            self.spare.push(text);
        }
    }
}

/// What stands before the strings of the last record, in their order: most records of a file have the
/// same names in the same order, and then a comparison does for what would be read and looked up.
#[derive(Debug, Default)]
struct Shape(Vec<Step>);

/// What stands before a string.
#[derive(Debug)]
struct Step {
    /// All from the end of the value before, or from the first byte of the record, up to the first letter
    /// of the string.
    bytes: Vec<u8>,
    /// Which of the names asked for it stands under.
    place: Option<usize>,
}

/// Most steps of a shape, and most bytes of a step.
const STEPS: usize = 64;
const STEP_BYTES: usize = 64;

impl Shape {
    /// The step of this number, if the bytes begin with it.
    fn step(&self, number: usize, bytes: &[u8]) -> Option<&Step> {
        self.0.get(number).filter(|step| bytes.starts_with(&step.bytes))
    }

    /// Notes a step that was gone without being known.
    fn learn(&mut self, number: usize, bytes: &[u8], place: Option<usize>) {
        if number >= STEPS || bytes.len() > STEP_BYTES {
            return;
        }
        if let Some(step) = self.0.get_mut(number) {
            step.bytes.clear();
            step.bytes.extend_from_slice(bytes);
            step.place = place;
        } else if self.0.len() == number {
            self.0.push(Step { bytes: bytes.to_vec(), place });
        }
    }
}

/// Reads the record `line` into `values`, one for each of `names`, all of them [`Value::Absent`]
/// before. `None` if the strict parser must have a look; `values` may then hold anything. `memory` must
/// have been used with the same names only.
pub(super) fn record<'a>(
    line: &'a str,
    marks: &Marks,
    names: &[String],
    values: &mut [Value<'a>],
    memory: &mut Memory,
) -> Option<()> {
    let Memory { shape, spare } = memory;
    let mut scan = Scan { line, marks, at: 0, spare };
    for number in 0.. {
        let from = scan.at;
        let rest = line.as_bytes().get(from..)?;
        let (place, value) = if let Some(step) = shape.step(number, rest) {
            scan.at += step.bytes.len();
            (step.place, Value::Text(scan.string(step.place.is_some())?))
        } else {
            if !scan.goes_on(number == 0)? {
                break;
            }
            let key = scan.key()?;
            // Nearly all names are told apart by their lengths and first letters.
            let is = |name: &String| {
                let alike =
                    (name.len(), name.as_bytes().first()) == (key.len(), key.as_bytes().first());
                alike && name == key
            };
            let place = names.iter().position(is);
            if scan.next()? == b'"' {
                shape.learn(number, line.as_bytes().get(from..=scan.at)?, place);
            }
            (place, scan.value(place.is_some())?)
        };
        if let Some(place) = place {
            let slot = values.get_mut(place)?;
            *slot = if matches!(slot, Value::Absent) { value } else { Value::Twice };
        }
    }
    scan.next().is_none().then_some(())
}

/// What each letter stands for behind a backslash, where that is a letter of its own that the quick way
/// knows; else 0.
static ESCAPES: [u8; 256] = {
    let mut letters = [0; 256];
    letters[b'"' as usize] = b'"';
    letters[b'/' as usize] = b'/';
    letters[b'b' as usize] = 0x8;
    letters[b'f' as usize] = 0xC;
    letters[b'n' as usize] = b'\n';
    letters[b'r' as usize] = b'\r';
    letters[b't' as usize] = b'\t';
    letters
};

/// A place in a record.
struct Scan<'a, 'm> {
    line: &'a str,
    marks: &'m Marks,
    at: usize,
    spare: &'m mut Vec<String>,
}

impl<'a> Scan<'a, '_> {
    /// The next byte that is no white space; it is not passed.
    fn next(&mut self) -> Option<u8> {
        let rest = self.line.as_bytes().get(self.at..)?;
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at += blank.count();
        self.line.as_bytes().get(self.at).copied()
    }

    /// Passes the next byte, which must be this one.
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// Passes what stands between two members of the record, or before the first; tells whether there is
    /// one more. Behind the last, the end of the record is passed.
    fn goes_on(&mut self, is_first: bool) -> Option<bool> {
        if is_first {
            self.take(b'{')?;
            if self.next()? != b'}' {
                return Some(true);
            }
        }
        let goes_on = match self.next()? {
            b',' if !is_first => true,
            b'}' => false,
            _ => return None,
        };
        self.at += 1;
        Some(goes_on)
    }

    /// A name and the colon behind it.
    fn key(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let (from, to, stop) = self.plain()?;
        if stop != b'"' {
            return None;
        }
        let key = self.line.get(from..to)?;
        self.take(b':')?;
        Some(key)
    }

    /// A value; if it is not `wanted`, only checked.
    fn value(&mut self, wanted: bool) -> Option<Value<'a>> {
        match self.next()? {
            b'"' => {
                self.at += 1;
                self.string(wanted).map(Value::Text)
            }
            b'n' => self.word("null").map(|_| Value::Null),
            b't' => self.word("true").map(Value::Plain),
            b'f' => self.word("false").map(Value::Plain),
            b'[' => self.nested().map(|()| Value::Nested("a list")),
            b'{' => self.nested().map(|()| Value::Nested("an object")),
            _ => self.integer().map(Value::Plain),
        }
    }

    fn word(&mut self, word: &str) -> Option<String> {
        let rest = self.line.get(self.at..)?;
        rest.starts_with(word).then(|| {
            self.at += word.len();
            word.to_owned()
        })
    }

    /// An integer in the spelling that it alone has. What follows must end it.
    fn integer(&mut self) -> Option<String> {
        let rest = self.line.get(self.at..)?;
        let sign = usize::from(rest.starts_with('-'));
        let digits =
            rest.as_bytes()[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = rest.get(..sign + digits)?;
        let one_spelling = match &number.as_bytes()[sign..] {
            [] => false,
            [b'0'] => sign == 0,
            [first, ..] => *first != b'0' && digits <= 18,
        };
        let ends = matches!(rest.as_bytes().get(sign + digits), Some(b',' | b'}' | b' '));
        (one_spelling && ends).then(|| {
            self.at += number.len();
            number.to_owned()
        })
    }

    /// A list or an object: the strict parser walks it.
    fn nested(&mut self) -> Option<()> {
        let parser = serde_json::Deserializer::from_str(self.line.get(self.at..)?);
        let mut values = parser.into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    /// Passes the bytes of a string up to one that is not plain: a quote or a backslash, which is
    /// passed too. Returns the plain bytes, half-open, and what ended them; nothing if there is a
    /// control among them, which a string may not hold, or no end.
    fn plain(&mut self) -> Option<(usize, usize, u8)> {
        let (from, to) = (self.at, self.marks.next(self.at)?);
        let stop = *self.line.as_bytes().get(to)?;
        self.at = to + 1;
        (stop >= 0x20).then_some((from, to, stop))
    }

    /// A string, after its first quote.
    fn string(&mut self, wanted: bool) -> Option<Cow<'a, str>> {
        let (from, to, stop) = self.plain()?;
        let first = self.line.get(from..to)?;
        if stop == b'"' {
            return Some(Cow::Borrowed(first));
        }
        let mut text = String::new();
        if wanted {
            text = self.spare.pop().unwrap_or_default();
            text.clear();
            text.reserve((self.line.len() - from).min(SET_ASIDE));
            text.push_str(first);
        }
        loop {
            let letter = self.escape()?;
            let (from, to, stop) = self.plain()?;
            if wanted {
                text.push(letter);
                text.push_str(self.line.get(from..to)?);
            }
            if stop == b'"' {
                return Some(Cow::Owned(text));
            }
        }
    }

    /// What an escape stands for, after its backslash. A backslash is left to the strict way, which looks
    /// whether it is one of an escape that was written twice.
    fn escape(&mut self) -> Option<char> {
        let kind = *self.line.as_bytes().get(self.at)?;
        self.at += 1;
        // Looked up: which of them comes next cannot be foretold.
        match ESCAPES[usize::from(kind)] {
            0 => {}
            letter => return Some(letter.into()),
        }
        if kind != b'u' {
            return None;
        }
        let first = self.unit()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).filter(|&letter| letter != '\\');
        }
        let rest = self.line.get(self.at..)?;
        self.at += rest.starts_with("\\u").then_some(2)?;
        let second = self.unit()?;
        char::decode_utf16([first as u16, second as u16]).next()?.ok()
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.line.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            char::from(digit).to_digit(16).map(|value| unit * 16 + value)
        })
    }
}
