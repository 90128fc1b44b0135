//! Bytes of a text file to text (folding rule R1): UTF-8; UTF-16 by its byte order mark or by
//! the pattern of its high bytes; else Windows-1256 or ISO 8859-6, told apart by which of them
//! makes more Arabic letters of the bytes. What none of them explains is no text.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_8859_6, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1256};
use memchr::{memchr_iter, memmem};

use crate::error::{RejectCode, excerpt};

use super::fields::Fault;

/// Bytes that the test for UTF-16 looks at.
const SAMPLE: usize = 4096;
/// So many NUL bytes in a row are a hole in a file, not text.
const HOLE: [u8; 16] = [0; 16];

/// How the text of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1256,
    Iso8859_6,
}

impl TextEncoding {
    /// Its name in the WHATWG Encoding Standard, in lower case.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1256 => "windows-1256",
            Self::Iso8859_6 => "iso-8859-6",
        }
    }

    /// The encoding of this label.
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1256, Self::Iso8859_6]
            .into_iter()
            .find(|encoding| encoding.label() == label)
    }

    /// Bytes of the byte order mark that `bytes`, in this encoding, begin with.
    pub(crate) fn mark_len(self, bytes: &[u8]) -> usize {
        let mark: &[u8] = match self {
            Self::Utf8 => b"\xef\xbb\xbf",
            Self::Utf16Le => b"\xff\xfe",
            Self::Utf16Be => b"\xfe\xff",
            Self::Windows1256 | Self::Iso8859_6 => b"",
        };
        if bytes.starts_with(mark) { mark.len() } else { 0 }
    }

    /// Bytes that decoded `text` took.
    pub(crate) fn raw_len(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16Le | Self::Utf16Be => 2 * text.chars().map(char::len_utf16).sum::<usize>(),
            Self::Windows1256 | Self::Iso8859_6 => text.chars().count(),
        }
    }

    /// The text that `bytes`, which are whole characters in this encoding, write.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let encoding = match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1256 => WINDOWS_1256,
            Self::Iso8859_6 => ISO_8859_6,
        };
        encoding.decode_without_bom_handling(bytes).0
    }

    /// The bytes that write `text`; `None` if it holds a character that the encoding has not.
    pub(crate) fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        let single = |encoding: &'static Encoding| {
            let (bytes, _, unmappable) = encoding.encode(text);
            (!unmappable).then_some(bytes)
        };
        match self {
            Self::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Windows1256 => single(WINDOWS_1256),
            Self::Iso8859_6 => single(ISO_8859_6),
        }
    }
}

/// Decodes the content of a text file. UTF-8 is borrowed; a byte order mark is left out.
///
/// # Errors
/// A [`Fault`] for damaged UTF-8 or UTF-16, for holes of NUL bytes, and for bytes that are text
/// in none of the encodings.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    decode_as(bytes).map(|(text, _)| text)
}

/// [`decode`], and the encoding that was found.
pub(crate) fn decode_as(bytes: &[u8]) -> Result<(Cow<'_, str>, TextEncoding), Fault> {
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => return utf8(text).ok_or_else(|| damaged_utf8(bytes)),
        [0xff, 0xfe, text @ ..] => return utf16(text, TextEncoding::Utf16Le),
        [0xfe, 0xff, text @ ..] => return utf16(text, TextEncoding::Utf16Be),
        _ => {}
    }
    if let Some(encoding) = looks_utf16(bytes) {
        return utf16(bytes, encoding);
    }
    if is_hollow(bytes) {
        return Err(Fault::new(
            RejectCode::Encoding,
            "the file is filled with NUL bytes, as a copy that was not finished leaves them, or \
             is no text; copy it again or leave it out",
        ));
    }
    if let Some(text) = utf8(bytes) {
        return Ok(text);
    }
    if mostly_utf8(bytes) {
        return Err(damaged_utf8(bytes));
    }
    single_byte(bytes).ok_or_else(|| Fault {
        code: RejectCode::Encoding,
        error: format!(
            "neither UTF-8, UTF-16, Windows-1256 nor ISO 8859-6 makes Arabic text of it: {}; \
                 convert it to UTF-8",
            excerpt(bytes)
        ),
    })
}

fn utf8(bytes: &[u8]) -> Option<(Cow<'_, str>, TextEncoding)> {
    let text = simdutf8::basic::from_utf8(bytes).ok()?;
    Some((Cow::Borrowed(text), TextEncoding::Utf8))
}

fn utf16(bytes: &[u8], form: TextEncoding) -> Result<(Cow<'static, str>, TextEncoding), Fault> {
    let encoding = if form == TextEncoding::Utf16Be { UTF_16BE } else { UTF_16LE };
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((Cow::Owned(text.into_owned()), form)),
        None if bytes.len() % 2 == 1 => Err(Fault::new(
            RejectCode::Truncated,
            "UTF-16 that ends within a unit; copy the file again",
        )),
        None => Err(Fault::new(
            RejectCode::Surrogate,
            "UTF-16 with half a surrogate pair; write the file again from its source",
        )),
    }
}

/// UTF-16 without a mark: in Arabic text nearly every unit is from U+0000–00FF or U+0600–06FF,
/// so that one of two bytes is 00 or 06 nearly always and the other one rarely.
fn looks_utf16(bytes: &[u8]) -> Option<TextEncoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let units = sample.len() / 2;
    let high = |from: usize| {
        sample.iter().skip(from).step_by(2).filter(|&&byte| byte == 0 || byte == 6).count()
    };
    let (even, odd) = (high(0), high(1));
    let (many, few) = (|count| 4 * count >= 3 * units, |count| 4 * count <= units);
    if units == 0 || is_hollow_sample(sample) {
        None
    } else if many(odd) && few(even) {
        Some(TextEncoding::Utf16Le)
    } else if many(even) && few(odd) {
        Some(TextEncoding::Utf16Be)
    } else {
        None
    }
}

fn is_hollow_sample(sample: &[u8]) -> bool {
    memmem::find(sample, &HOLE).is_some()
}

/// Whether NUL bytes are more than an accident: a run of them, or one byte in 32.
fn is_hollow(bytes: &[u8]) -> bool {
    memchr_iter(0, bytes).count() * 32 > bytes.len() || is_hollow_sample(bytes)
}

/// Whether bytes are UTF-8 with some damage rather than another encoding: characters beyond
/// ASCII are at least four times the bytes that fit nowhere.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut characters, mut misfits) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        misfits += chunk.invalid().len();
    }
    characters >= 4 * misfits
}

fn damaged_utf8(bytes: &[u8]) -> Fault {
    let byte = simdutf8::compat::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    Fault {
        code: RejectCode::Utf8,
        error: format!(
            "byte {byte} is not UTF-8, and the rest is: {}; copy the file again from its source",
            excerpt(&bytes[byte..])
        ),
    }
}

/// The better of the two single-byte readings, if one is Arabic text.
fn single_byte(bytes: &[u8]) -> Option<(Cow<'static, str>, TextEncoding)> {
    let windows = WINDOWS_1256.decode_without_bom_handling(bytes).0;
    // Has undefined bytes, some of which are common letters in Windows-1256 (qaf, kaf, feh).
    let iso = ISO_8859_6.decode_without_bom_handling_and_without_replacement(bytes);
    let (best, form) = match iso {
        Some(iso) if arabic_letters(&iso) > arabic_letters(&windows) => {
            (iso, TextEncoding::Iso8859_6)
        }
        _ => (windows, TextEncoding::Windows1256),
    };
    let letters = best.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    let controls = best.chars().filter(|&c| c.is_control() && !"\t\n\r\u{c}".contains(c)).count();
    let arabic = arabic_letters(&best);
    (arabic > 0 && 2 * arabic >= letters && 100 * controls <= best.chars().count())
        .then(|| (Cow::Owned(best.into_owned()), form))
}

fn arabic_letters(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{621}'..='\u{64a}' | '\u{671}'..='\u{6d3}')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEWS: &str = "قال الوزير إنّ المشروع يكلف 12 مليون ريال، وينتهي في يوليو.\r\n\
                        وأضاف أن القرى كلها ستصلها المياه قبل الشتاء القادم؟\n";

    fn utf16_of(text: &str, big: bool) -> Vec<u8> {
        let bytes = |unit: u16| {
            if big { unit.to_be_bytes() } else { unit.to_le_bytes() }
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn code(bytes: &[u8]) -> RejectCode {
        decode(bytes).expect_err("no text").code
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let windows = WINDOWS_1256.encode(NEWS);
        let iso = ISO_8859_6.encode(NEWS);
        assert!(!windows.2 && !iso.2, "the sentence has letters that both encodings know");
        let marked = |mark: &[u8], text: Vec<u8>| [mark, &text].concat();
        for bytes in [
            NEWS.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", NEWS.into()),
            marked(b"\xff\xfe", utf16_of(NEWS, false)),
            marked(b"\xfe\xff", utf16_of(NEWS, true)),
            utf16_of(NEWS, false),
            utf16_of(NEWS, true),
            windows.0.into_owned(),
            iso.0.into_owned(),
        ] {
            assert_eq!(decode(&bytes).expect("text"), NEWS, "{:?}", &bytes[..8]);
        }
    }

    #[test]
    fn utf8_is_borrowed() {
        assert!(matches!(decode(NEWS.as_bytes()), Ok(Cow::Borrowed(_))));
        assert!(matches!(decode(b""), Ok(Cow::Borrowed(""))));
        assert!(matches!(decode("\u{64e}\u{651}".as_bytes()), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn ascii_and_other_scripts_stay_utf8() {
        for text in ["plain words, nothing else", "Привет, мир", "漢字", "a\tb\u{6}c"] {
            assert_eq!(decode(text.as_bytes()).expect("text"), text);
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(code(&[0; 5000]), RejectCode::Encoding);
        assert_eq!(code(&[NEWS.as_bytes(), &[0; 400]].concat()), RejectCode::Encoding);
        let binary: Vec<u8> =
            (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(code(&binary), RejectCode::Encoding);
        assert_eq!(code(b"caf\xe9 cr\xe8me br\xfbl\xe9e"), RejectCode::Encoding);
    }

    #[test]
    fn damaged_text_is_not_taken_for_another_encoding() {
        let mut torn = NEWS.as_bytes().to_vec();
        torn.truncate(40);
        assert!(std::str::from_utf8(&torn).is_err(), "the cut falls within a letter");
        assert_eq!(code(&torn), RejectCode::Utf8);
        assert_eq!(code(&[b"\xef\xbb\xbf", &torn[..]].concat()), RejectCode::Utf8);
        let mut units = utf16_of(NEWS, false);
        units.pop();
        assert_eq!(code(&[b"\xff\xfe", &units[..]].concat()), RejectCode::Truncated);
        assert_eq!(code(b"\xff\xfe\x00\xd8\x27\x06"), RejectCode::Surrogate);
    }

    proptest! {
        #[test]
        fn any_utf8_without_nul_is_kept_as_it_is(text in "[\u{20}-\u{7e}\u{620}-\u{65f}\n\u{fe8d}]{0,200}") {
            prop_assert_eq!(decode(text.as_bytes()).expect("text").into_owned(), text);
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
