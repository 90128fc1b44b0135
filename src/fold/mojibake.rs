//! Texts that were read in the wrong encoding (rules R2 and R3), and their repair.
//!
//! Three accidents are known from archives: UTF-8 read as Windows-1256 (ا is `ط§`), UTF-8 read as
//! Windows-1252 or Latin-1 (ا is `Ø§`), and Windows-1256 read as Windows-1252 (`Ç`). A text is judged as
//! a whole; sound text never has the shares asked for.

use super::layer::Layer;

/// Windows-1256, bytes 80–FF (WHATWG Encoding Standard, index windows-1256).
#[rustfmt::skip]
const WINDOWS_1256: [char; 128] = [
    '\u{20AC}', '\u{067E}', '\u{201A}', '\u{0192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{02C6}', '\u{2030}', '\u{0679}', '\u{2039}', '\u{0152}', '\u{0686}', '\u{0698}', '\u{0688}',
    '\u{06AF}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{06A9}', '\u{2122}', '\u{0691}', '\u{203A}', '\u{0153}', '\u{200C}', '\u{200D}', '\u{06BA}',
    '\u{00A0}', '\u{060C}', '\u{00A2}', '\u{00A3}', '\u{00A4}', '\u{00A5}', '\u{00A6}', '\u{00A7}',
    '\u{00A8}', '\u{00A9}', '\u{06BE}', '\u{00AB}', '\u{00AC}', '\u{00AD}', '\u{00AE}', '\u{00AF}',
    '\u{00B0}', '\u{00B1}', '\u{00B2}', '\u{00B3}', '\u{00B4}', '\u{00B5}', '\u{00B6}', '\u{00B7}',
    '\u{00B8}', '\u{00B9}', '\u{061B}', '\u{00BB}', '\u{00BC}', '\u{00BD}', '\u{00BE}', '\u{061F}',
    '\u{06C1}', '\u{0621}', '\u{0622}', '\u{0623}', '\u{0624}', '\u{0625}', '\u{0626}', '\u{0627}',
    '\u{0628}', '\u{0629}', '\u{062A}', '\u{062B}', '\u{062C}', '\u{062D}', '\u{062E}', '\u{062F}',
    '\u{0630}', '\u{0631}', '\u{0632}', '\u{0633}', '\u{0634}', '\u{0635}', '\u{0636}', '\u{00D7}',
    '\u{0637}', '\u{0638}', '\u{0639}', '\u{063A}', '\u{0640}', '\u{0641}', '\u{0642}', '\u{0643}',
    '\u{00E0}', '\u{0644}', '\u{00E2}', '\u{0645}', '\u{0646}', '\u{0647}', '\u{0648}', '\u{00E7}',
    '\u{00E8}', '\u{00E9}', '\u{00EA}', '\u{00EB}', '\u{0649}', '\u{064A}', '\u{00EE}', '\u{00EF}',
    '\u{064B}', '\u{064C}', '\u{064D}', '\u{064E}', '\u{00F4}', '\u{064F}', '\u{0650}', '\u{00F7}',
    '\u{0651}', '\u{00F9}', '\u{0652}', '\u{00FB}', '\u{00FC}', '\u{200E}', '\u{200F}', '\u{06D2}',
];

/// Windows-1252, bytes 80–9F; bytes without a character are the controls of Latin-1.
#[rustfmt::skip]
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\u{0081}', '\u{201A}', '\u{0192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{02C6}', '\u{2030}', '\u{0160}', '\u{2039}', '\u{0152}', '\u{008D}', '\u{017D}', '\u{008F}',
    '\u{0090}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{02DC}', '\u{2122}', '\u{0161}', '\u{203A}', '\u{0153}', '\u{009D}', '\u{017E}', '\u{0178}',
];

/// The character of a Windows-1252 byte.
pub(super) fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// The byte that Windows-1256 has for a character.
fn byte_1256(c: char) -> Option<u8> {
    if c.is_ascii() {
        return Some(c as u8);
    }
    WINDOWS_1256.iter().position(|&high| high == c).map(|at| at as u8 + 0x80)
}

/// The byte that Windows-1252 or Latin-1 has for a character.
fn byte_1252(c: char) -> Option<u8> {
    match c {
        '\0'..='\u{FF}' => Some(c as u8),
        c => WINDOWS_1252.iter().position(|&high| high == c).map(|at| at as u8 + 0x80),
    }
}

/// The accidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accident {
    /// R2: UTF-8 read as Windows-1256.
    Utf8As1256,
    /// R3: UTF-8 read as Windows-1252 or Latin-1.
    Utf8As1252,
    /// R3: Windows-1256 read as Windows-1252 or Latin-1.
    Arabic1256As1252,
}

/// Whether `c` can only be the second half of a letter after ط or ظ.
///
/// Of the Windows-1256 characters 80–BF, those that sound text never has right after a letter.
fn is_odd_after_letter(c: char) -> bool {
    matches!(c, '\u{A1}'..='\u{BF}') && !matches!(c, '«' | '»' | '·')
}

/// Letters of the alphabets that Arabic pages, sound or broken, are written in.
fn is_letter(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | 'ª' | 'µ' | 'º' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ')
        || matches!(c, 'ء'..='ي' | 'ٮ'..='ۓ')
}

fn is_arabic_letter(c: char) -> bool {
    matches!(c, '\u{621}'..='\u{63A}' | '\u{641}'..='\u{64A}')
}

/// Finds the accident of a text, if it had one. One pass over its characters.
fn diagnose(text: &str) -> Option<Accident> {
    let (mut letters, mut arabic, mut tah_zah, mut odd) = (0_usize, 0, 0, 0);
    let (mut pairs, mut in_runs, mut run) = (0_usize, 0, 0);
    let mut previous = ' ';
    for c in text.chars() {
        letters += usize::from(is_letter(c));
        arabic += usize::from(is_arabic_letter(c));
        tah_zah += usize::from(matches!(c, 'ط' | 'ظ'));
        odd += usize::from(matches!(previous, 'ط' | 'ظ') && is_odd_after_letter(c));
        pairs += usize::from(
            matches!(previous, 'Ø'..='Û') && byte_1252(c).is_some_and(|byte| byte & 0xC0 == 0x80),
        );
        // Accented letters of Western languages keep their place in Windows-1256 or stand alone.
        if matches!(c, 'À'..='ÿ') && byte_1252(c).is_some_and(|b| is_arabic_letter(arabic_1256(b)))
        {
            run += 1;
            in_runs += if run == 2 { 2 } else { usize::from(run > 2) };
        } else {
            run = 0;
        }
        previous = c;
    }
    if odd >= 2 && tah_zah * 4 >= arabic && odd * 8 >= arabic {
        Some(Accident::Utf8As1256)
    } else if pairs >= 2 && pairs * 10 >= letters * 3 {
        Some(Accident::Utf8As1252)
    } else if in_runs >= 6 && in_runs * 10 >= letters * 3 {
        Some(Accident::Arabic1256As1252)
    } else {
        None
    }
}

/// Whether [`repair`] may change a text that has so many signs that are odd after a letter, so many of
/// U+00C0–00FF and, among others, these letters.
pub(super) fn may_repair(odd: usize, western: usize, letters: impl Iterator<Item = char>) -> bool {
    let arabic = letters.filter(|&c| is_arabic_letter(c)).count();
    (odd >= 2 && odd * 8 >= arabic) || (western >= 2 && western * 10 >= arabic * 3)
}

fn arabic_1256(byte: u8) -> char {
    WINDOWS_1256.get(usize::from(byte).wrapping_sub(0x80)).copied().unwrap_or(char::from(byte))
}

/// Writes the repaired text into `layer` if the whole text had an accident; tells whether it had.
pub(super) fn repair(text: &str, layer: &mut Layer) -> bool {
    layer.begin();
    match diagnose(text) {
        None => return false,
        Some(Accident::Utf8As1256) => repair_utf8(text, layer, byte_1256, &[('ط', 'ح')]),
        // The second bytes of ح and ف are invisible in Latin-1 and get lost.
        Some(Accident::Utf8As1252) => {
            repair_utf8(text, layer, byte_1252, &[('Ø', 'ح'), ('Ù', 'ف')]);
        }
        Some(Accident::Arabic1256As1252) => {
            for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
                if let Some(to) = byte_1252(c).map(arabic_1256).filter(|&to| to != c) {
                    layer.replace(text, at, at + c.len_utf8(), to);
                }
            }
        }
    }
    layer.finish(text)
}

/// Puts the characters back that UTF-8 bytes read one by one stand for.
///
/// `byte` is the encoding they were read in. A lead byte that lost its second byte is repaired by
/// `lone`. What does not fit stays, and nothing is touched right after an Arabic letter that stayed:
/// there the text is sound.
fn repair_utf8(text: &str, layer: &mut Layer, byte: fn(char) -> Option<u8>, lone: &[(char, char)]) {
    let mut rest = text;
    let mut sound = false;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        let mut width = c.len_utf8();
        if c.is_ascii() || sound {
            sound &= is_arabic_letter(c);
        } else if let Some((repaired, taken)) = sequence(rest, byte) {
            width = taken;
            layer.replace(text, at, at + taken, repaired);
        } else if let Some((_, repaired)) = lone.iter().find(|(lead, _)| *lead == c)
            && lost_second(&rest[width..], byte, lone)
        {
            layer.replace(text, at, at + width, *repaired);
        } else {
            sound = is_arabic_letter(c);
        }
        rest = &rest[width..];
    }
}

/// Whether a lone lead byte before `rest` can have lost its second byte.
fn lost_second(rest: &str, byte: fn(char) -> Option<u8>, lone: &[(char, char)]) -> bool {
    match rest.chars().next() {
        None => true,
        Some(next) => {
            !next.is_alphabetic()
                || next.is_ascii()
                || matches!(next, 'ط' | 'ظ')
                || lone.iter().any(|(lead, _)| *lead == next)
                || sequence(rest, byte).is_some()
        }
    }
}

/// The character whose UTF-8 bytes were read as the first characters of `rest`, and their length.
///
/// Only characters that Arabic pages hold: a chance sequence is mostly something else.
fn sequence(rest: &str, byte: fn(char) -> Option<u8>) -> Option<(char, usize)> {
    let mut bytes = [0; 4];
    let mut taken = 0;
    let mut wanted = 1;
    for (i, c) in rest.chars().take(bytes.len()).enumerate() {
        if i == wanted {
            break;
        }
        let b = byte(c)?;
        if i == 0 {
            wanted = match b {
                0xC2..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xF4 => 4,
                _ => return None,
            };
        } else if b & 0xC0 != 0x80 {
            return None;
        }
        bytes[i] = b;
        taken += c.len_utf8();
    }
    let repaired = std::str::from_utf8(&bytes[..wanted]).ok()?.chars().next()?;
    matches!(repaired,
        '\u{80}'..='\u{FF}' | '\u{600}'..='\u{77F}' | '\u{2000}'..='\u{2BFF}' | '\u{FB50}'..='\u{FEFF}'
            | char::REPLACEMENT_CHARACTER | '\u{1F000}'..='\u{1FAFF}')
    .then_some((repaired, taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Our own lines, with ح, digits, marks and quotation marks.
    const LINES: &str = "افتتح رئيس البلدية صباح الأحد حديقة «الواحة» في حيّ النخيل، بحضور 1200 زائر.\nوقال: “نحن فخورون”";

    fn read_as(text: &str, high: impl Fn(u8) -> char) -> String {
        text.bytes().map(|b| if b < 0x80 { char::from(b) } else { high(b) }).collect()
    }

    fn repaired(text: &str) -> String {
        let mut layer = Layer::default();
        if repair(text, &mut layer) { layer.text } else { text.to_owned() }
    }

    #[test]
    fn the_encodings_are_those_of_the_standard() {
        for byte in 0x80..=0xFF_u8 {
            let bytes = [byte];
            let (arabic, ..) = encoding_rs::WINDOWS_1256.decode(&bytes);
            assert_eq!(arabic, String::from(arabic_1256(byte)));
            let (western, ..) = encoding_rs::WINDOWS_1252.decode(&bytes);
            assert_eq!(western, String::from(windows_1252(byte)));
        }
    }

    #[test]
    fn a_page_read_in_the_wrong_encoding_is_restored() {
        assert_eq!(repaired(&read_as(LINES, arabic_1256)), LINES);
        assert_eq!(repaired(&read_as(LINES, windows_1252)), LINES);
        assert_eq!(repaired(&read_as(LINES, char::from)), LINES);
        let (bytes, ..) = encoding_rs::WINDOWS_1256.encode(LINES);
        let read: String = bytes.iter().map(|&b| windows_1252(b)).collect();
        assert_eq!(repaired(&read), LINES);
    }

    #[test]
    fn lost_bytes_are_put_back() {
        let lost = read_as(LINES, arabic_1256).replace('\u{AD}', "");
        assert_eq!(repaired(&lost), LINES);
        let lost = read_as(LINES, windows_1252).replace(['\u{AD}', '\u{81}'], "");
        assert_eq!(repaired(&lost), LINES);
    }

    #[test]
    fn sound_parts_of_a_broken_page_stay() {
        let mixed = format!("فقط، خطأ وحظ طعام\n{}", read_as(LINES, arabic_1256));
        assert_eq!(repaired(&mixed), format!("فقط، خطأ وحظ طعام\n{LINES}"));
    }

    #[test]
    fn sound_text_is_not_touched() {
        for sound in [
            LINES,
            "طط ظظ",
            "فقط، ضبط، خطط؛ شرط؟ حظ» وسط…",
            "été à Noël, Ångström, ÅÄÖ, Øre",
            "São João não é só isso",
            "§ ط § ظ",
            "",
        ] {
            assert_eq!(diagnose(sound), None, "{sound}");
        }
    }

    proptest! {
        #[test]
        fn no_text_that_may_be_repaired_is_passed_over(
            pieces in prop::collection::vec("ط§|ظ„|ط|Ø§|Ù„|[Ç-í]{2,4}|[ء-ي]{1,3}|[a-z]{1,3}| |é|ؠ|ؽ", 0..24),
        ) {
            let text = pieces.concat();
            let is_run = |c: char| matches!(c, '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}');
            let first = text.split(|c| !is_run(c)).filter_map(|run| run.chars().next());
            let pairs = text.chars().zip(text.chars().skip(1));
            let odd = pairs.filter(|&(a, b)| matches!(a, 'ط' | 'ظ') && is_odd_after_letter(b)).count();
            let western = text.chars().filter(|c| matches!(c, 'À'..='ÿ')).count();
            prop_assert!(diagnose(&text).is_none() || may_repair(odd, western, first), "{text}");
        }
    }
}
