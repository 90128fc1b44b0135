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

/// Reads the record `line` into `values`, one for each of `names`, all of them [`Value::Absent`]
/// before. `None` if the strict parser must have a look; `values` may then hold anything.
pub(super) fn record<'a>(
    line: &'a str,
    marks: &Marks,
    names: &[String],
    values: &mut [Value<'a>],
) -> Option<()> {
    let mut scan = Scan { line, marks, at: 0 };
    scan.take(b'{')?;
    if scan.next()? != b'}' {
        loop {
            scan.take(b'"')?;
            let (from, to, stop) = scan.plain()?;
            if stop != b'"' {
                return None;
            }
            let key = line.get(from..to)?;
            scan.take(b':')?;
            // Nearly all names are told apart by their lengths and first letters.
            let is = |name: &String| {
                let alike =
                    (name.len(), name.as_bytes().first()) == (key.len(), key.as_bytes().first());
                alike && name == key
            };
            match names.iter().position(is) {
                None => scan.value(false).map(drop)?,
                Some(place) => {
                    let value = scan.value(true)?;
                    let slot = values.get_mut(place)?;
                    *slot = if matches!(slot, Value::Absent) { value } else { Value::Twice };
                }
            }
            match scan.next()? {
                b',' => scan.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
    }
    scan.at += 1;
    scan.next().is_none().then_some(())
}

/// A place in a record.
struct Scan<'a, 'm> {
    line: &'a str,
    marks: &'m Marks,
    at: usize,
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

    /// What an escape stands for, after its backslash.
    fn escape(&mut self) -> Option<char> {
        let kind = *self.line.as_bytes().get(self.at)?;
        self.at += 1;
        Some(match kind {
            b'"' | b'\\' | b'/' => kind.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xD800..0xE000).contains(&first) {
                    return char::from_u32(first);
                }
                let rest = self.line.get(self.at..)?;
                self.at += rest.starts_with("\\u").then_some(2)?;
                let second = self.unit()?;
                return char::decode_utf16([first as u16, second as u16]).next()?.ok();
            }
            _ => return None,
        })
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
