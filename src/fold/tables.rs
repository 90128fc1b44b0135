//! The folding rules R1–R30 as tables: code points, result, reason.
//!
//! Three tables, one a profile: `strict` is looked up first, its result then in `standard`, and
//! that result in `loose`. A character in no table is kept in lower case when it is alphanumeric
//! ([`char::is_alphanumeric`]) and is a boundary when it is not. Rules that look at more than one
//! character (R2–R4, R14a, R25–R28, R31–R33) are code and stand beside the tables' readers; R1, the
//! decoding of files, is the reading stage's. Every rule of the decimal separators (R19) is covered
//! by the rows that make them boundaries everywhere.
//!
//! The rule set goes back to the normalizers of Lucene, ICU, `CAMeL` Tools, `OpenITI` and Snowball;
//! the letters ک گ پ چ ڤ of names are folded only where two outlets write the same word both ways.

use super::Profile;
use super::presentation::{FORMS, PHRASES};

/// What a row of the tables makes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Nothing is left of it, and it does not part words.
    Drop,
    /// It parts words.
    Boundary,
    /// This letter.
    Letter(char),
    /// The decimal digit at the same place of the row.
    Digit,
    /// The lower case of it.
    Lower,
    /// R10: a hamza or madda that the letter before it takes up; dropped after other letters.
    Hamza,
    /// R14: dropped beside a letter, a boundary elsewhere.
    Tatweel,
}

/// One row: the characters `first..=last`, what becomes of them, and why.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The first character.
    pub first: char,
    /// The last character.
    pub last: char,
    /// What becomes of them.
    pub to: To,
    /// Number of the rule.
    pub rule: &'static str,
    /// Why the rule is there.
    pub why: &'static str,
}

const fn row(first: char, last: char, to: To, rule: &'static str, why: &'static str) -> Row {
    Row { first, last, to, rule, why }
}

use To::{Boundary, Digit, Drop, Hamza, Letter, Lower, Tatweel};

/// R4–R22: byte noise. Sorted by code point.
#[rustfmt::skip]
pub const STRICT: &[Row] = &[
    row('\u{0000}', '\u{0008}', Boundary, "R5", "control characters stand where old systems broke lines"),
    row('\u{0009}', '\u{0009}', Boundary, "R6", "space"),
    row('\u{000A}', '\u{000A}', Boundary, "R7", "line end"),
    row('\u{000B}', '\u{000C}', Boundary, "R5", "control characters stand where old systems broke lines"),
    row('\u{000D}', '\u{000D}', Boundary, "R7", "line end"),
    row('\u{000E}', '\u{001F}', Boundary, "R5", "control characters stand where old systems broke lines"),
    row(' ', ' ', Boundary, "R6", "space"),
    row('!', '!', Boundary, "R21", "closing punctuation is often glued to the next word"),
    row('"', '"', Boundary, "R20", "outlets differ in their quotation marks"),
    row('#', '&', Boundary, "R21", "punctuation"),
    row('\'', '\'', Boundary, "R20", "outlets differ in their quotation marks"),
    row('(', '/', Boundary, "R21", "punctuation, and R19: decimal and thousands marks vary by outlet"),
    row(':', '@', Boundary, "R21", "punctuation"),
    row('A', 'Z', Lower, "R22", "SMS and sms"),
    row('[', '_', Boundary, "R21", "punctuation"),
    row('`', '`', Boundary, "R20", "outlets differ in their quotation marks"),
    row('{', '~', Boundary, "R21", "punctuation"),
    row('\u{007F}', '\u{0084}', Boundary, "R5", "control characters"),
    row('\u{0085}', '\u{0085}', Boundary, "R7", "line end"),
    row('\u{0086}', '\u{009F}', Boundary, "R5", "control characters"),
    row('\u{00A0}', '\u{00A0}', Boundary, "R6", "the no-break space of web pages"),
    row('\u{00A1}', '\u{00A9}', Boundary, "R21", "punctuation and signs"),
    row('«', '«', Boundary, "R20", "quotation mark"),
    row('\u{00AC}', '\u{00AC}', Boundary, "R21", "sign"),
    row('\u{00AD}', '\u{00AD}', Drop, "R8", "soft hyphen: invisible inside a word"),
    row('\u{00AE}', '\u{00B1}', Boundary, "R21", "signs"),
    row('\u{00B4}', '\u{00B4}', Boundary, "R20", "acute used as a quotation mark"),
    row('\u{00B6}', '\u{00B8}', Boundary, "R21", "signs and the middle dot"),
    row('»', '»', Boundary, "R20", "quotation mark"),
    row('\u{00BF}', '\u{00BF}', Boundary, "R21", "punctuation"),
    row('\u{00D7}', '\u{00D7}', Boundary, "R21", "sign"),
    row('\u{00F7}', '\u{00F7}', Boundary, "R21", "sign"),
    row('\u{0300}', '\u{036F}', Drop, "R13", "combining accents: a mark never parts a word"),
    row('\u{0600}', '\u{0605}', Drop, "R8", "format characters that enclose numbers"),
    row('\u{0606}', '\u{060F}', Boundary, "R21", "Arabic signs, the comma U+060C among them"),
    row('\u{0610}', '\u{061A}', Drop, "R13", "marks of honor and Quranic marks"),
    row('\u{061B}', '\u{061B}', Boundary, "R21", "Arabic semicolon"),
    row('\u{061C}', '\u{061C}', Drop, "R8", "bidirectional mark"),
    row('\u{061D}', '\u{061F}', Boundary, "R21", "Arabic end marks and question mark"),
    row('\u{063D}', '\u{063F}', Letter('ي'), "R15", "yeh of other alphabets"),
    row('\u{0640}', '\u{0640}', Tatweel, "R14", "stretches a word; R14a: alone it is a dash"),
    row('\u{064B}', '\u{0650}', Drop, "R11", "short vowels and tanwin, on whichever side of the alef"),
    row('\u{0651}', '\u{0651}', Drop, "R12", "shadda"),
    row('\u{0652}', '\u{0652}', Drop, "R11", "sukun"),
    row('\u{0653}', '\u{0655}', Hamza, "R10", "composed letters written as two code points"),
    row('\u{0656}', '\u{065F}', Drop, "R13", "rare marks"),
    row('\u{0660}', '\u{0669}', Digit, "R18", "Arabic-Indic digits"),
    row('\u{066A}', '\u{066D}', Boundary, "R21", "percent, five-pointed star, and R19: decimal and thousands marks"),
    row('\u{0670}', '\u{0670}', Drop, "R13", "superscript alef"),
    row('\u{06A9}', '\u{06AA}', Letter('ك'), "R16", "keheh and swash kaf of Persian keyboards"),
    row('\u{06BE}', '\u{06BE}', Letter('ه'), "R17", "heh of other alphabets"),
    row('\u{06C0}', '\u{06C2}', Letter('ه'), "R17", "heh of other alphabets"),
    row('\u{06C3}', '\u{06C3}', Letter('ة'), "R17", "teh marbuta goal"),
    row('\u{06CC}', '\u{06CC}', Letter('ي'), "R15", "Farsi yeh: the same words are written with both"),
    row('\u{06CE}', '\u{06CE}', Letter('ي'), "R15", "yeh of other alphabets"),
    row('\u{06D0}', '\u{06D0}', Letter('ي'), "R15", "yeh of other alphabets"),
    row('\u{06D2}', '\u{06D2}', Letter('ي'), "R15", "yeh barree"),
    row('\u{06D3}', '\u{06D3}', Letter('ئ'), "R10", "yeh barree with its hamza, equal to the two code points"),
    row('\u{06D4}', '\u{06D4}', Boundary, "R21", "full stop of Urdu"),
    row('\u{06D5}', '\u{06D5}', Letter('ه'), "R17", "ae of other alphabets"),
    row('\u{06D6}', '\u{06DC}', Drop, "R13", "Quranic marks"),
    row('\u{06DD}', '\u{06DE}', Boundary, "R13a", "end of ayah, start of rub"),
    row('\u{06DF}', '\u{06E4}', Drop, "R13", "Quranic marks"),
    row('\u{06E5}', '\u{06E6}', Drop, "R13a", "small waw and yeh"),
    row('\u{06E7}', '\u{06E8}', Drop, "R13", "Quranic marks"),
    row('\u{06E9}', '\u{06E9}', Boundary, "R13a", "place of sajda"),
    row('\u{06EA}', '\u{06ED}', Drop, "R13", "Quranic marks"),
    row('\u{06F0}', '\u{06F9}', Digit, "R18", "digits of Persian and Urdu"),
    row('\u{06FD}', '\u{06FE}', Boundary, "R21", "signs of Sindhi"),
    row('\u{0888}', '\u{0888}', Boundary, "R21", "sign"),
    row('\u{0890}', '\u{0891}', Drop, "R8", "format characters that enclose numbers"),
    row('\u{0897}', '\u{089F}', Drop, "R13", "Quranic marks"),
    row('\u{08CA}', '\u{08E1}', Drop, "R13", "Quranic marks"),
    row('\u{08E2}', '\u{08E2}', Boundary, "R13a", "disputed end of ayah"),
    row('\u{08E3}', '\u{08EF}', Drop, "R13", "marks of other alphabets"),
    row('\u{08F0}', '\u{08F2}', Drop, "R11", "open tanwin"),
    row('\u{08F3}', '\u{08FF}', Drop, "R13", "marks of other alphabets"),
    row('\u{1680}', '\u{1680}', Boundary, "R6", "space"),
    row('\u{180E}', '\u{180E}', Drop, "R8", "invisible separator"),
    row('\u{1AB0}', '\u{1AFF}', Drop, "R13", "combining accents"),
    row('\u{1DC0}', '\u{1DFF}', Drop, "R13", "combining accents"),
    row('\u{2000}', '\u{200B}', Boundary, "R6", "spaces, that of no width too"),
    row('\u{200C}', '\u{200F}', Drop, "R8", "joiners and bidirectional marks: noise inside Arabic words"),
    row('\u{2010}', '\u{2017}', Boundary, "R21", "dashes"),
    row('\u{2018}', '\u{201F}', Boundary, "R20", "quotation marks; opening ones close as well"),
    row('\u{2020}', '\u{2027}', Boundary, "R21", "bullets and dots"),
    row('\u{2028}', '\u{2029}', Boundary, "R7", "line and paragraph separator"),
    row('\u{202A}', '\u{202E}', Drop, "R8", "bidirectional controls"),
    row('\u{202F}', '\u{202F}', Boundary, "R6", "narrow no-break space"),
    row('\u{2030}', '\u{2031}', Boundary, "R21", "per mille"),
    row('\u{2032}', '\u{2036}', Boundary, "R20", "primes used as quotation marks"),
    row('\u{2037}', '\u{2038}', Boundary, "R21", "punctuation"),
    row('\u{2039}', '\u{203A}', Boundary, "R20", "quotation marks"),
    row('\u{203B}', '\u{205E}', Boundary, "R21", "punctuation"),
    row('\u{205F}', '\u{205F}', Boundary, "R6", "space"),
    row('\u{2060}', '\u{2064}', Drop, "R8", "invisible joiner and operators"),
    row('\u{2066}', '\u{206F}', Drop, "R8", "bidirectional isolates and retired controls"),
    row('\u{20D0}', '\u{20FF}', Drop, "R13", "combining signs"),
    row('\u{25A0}', '\u{25FF}', Boundary, "R21", "bullets in the shape of squares and circles"),
    row('\u{3000}', '\u{3000}', Boundary, "R6", "wide space"),
    row('\u{300C}', '\u{300F}', Boundary, "R20", "quotation marks"),
    row('\u{FC5E}', '\u{FC63}', Drop, "R9b", "free-standing pairs of marks"),
    row('\u{FCF2}', '\u{FCF4}', Drop, "R9b", "pairs of marks on a tatweel"),
    row('\u{FD3E}', '\u{FD3F}', Boundary, "R9e", "ornate brackets around verses"),
    row('\u{FE00}', '\u{FE0F}', Drop, "R8", "variation selectors"),
    row('\u{FE20}', '\u{FE2F}', Drop, "R13", "combining half marks"),
    row('\u{FE70}', '\u{FE7F}', Drop, "R9b", "free-standing marks and marks on a tatweel"),
    row('\u{FEFF}', '\u{FEFF}', Drop, "R8", "byte order mark left in mid-text"),
    row('\u{FFF9}', '\u{FFFB}', Drop, "R8", "annotation controls"),
    row('\u{10EFA}', '\u{10EFF}', Drop, "R13", "Quranic marks"),
    row('\u{110BD}', '\u{110BD}', Drop, "R8", "format character"),
    row('\u{110CD}', '\u{110CD}', Drop, "R8", "format character"),
    row('\u{13430}', '\u{1343F}', Drop, "R8", "format characters"),
    row('\u{1BCA0}', '\u{1BCA3}', Drop, "R8", "format characters"),
    row('\u{1D173}', '\u{1D17A}', Drop, "R8", "format characters"),
    row('\u{E0001}', '\u{E007F}', Drop, "R8", "tag characters"),
    row('\u{E0100}', '\u{E01EF}', Drop, "R8", "variation selectors"),
];

/// R23, R24, R29: letters that outlets write in more than one way. Looked up after [`STRICT`].
///
/// Accepted loss: أن and إن, علي and على, قدرة and قدره become equal. On runs of words none of
/// these made two different stories equal.
#[rustfmt::skip]
pub const STANDARD: &[Row] = &[
    row('\u{0622}', '\u{0623}', Letter('ا'), "R23", "hamza and madda on alef are left out more often than any other sign"),
    row('\u{0625}', '\u{0625}', Letter('ا'), "R23", "hamza under alef, likewise"),
    row('\u{0629}', '\u{0629}', Letter('ه'), "R29", "teh marbuta without its dots"),
    row('\u{0649}', '\u{0649}', Letter('ي'), "R24", "alef maksura and yeh are one letter in Egypt and Sudan"),
    row('\u{0671}', '\u{0673}', Letter('ا'), "R23", "alef wasla and wavy hamza"),
    row('\u{0675}', '\u{0675}', Letter('ا'), "R23", "high hamza alef"),
];

/// R30: letters that readers' own text confuses. Looked up after [`STANDARD`].
#[rustfmt::skip]
pub const LOOSE: &[Row] = &[
    row('\u{0624}', '\u{0624}', Letter('و'), "R30", "hamza on waw left out"),
    row('\u{0626}', '\u{0626}', Letter('ي'), "R30", "hamza on yeh left out"),
];

/// The spelled-out blessing that `loose` drops with its sign U+FDFA (R9c), in folded words.
pub(super) const BLESSING: [&str; 4] = ["صلي", "الله", "عليه", "وسلم"];

/// R27: one-letter words and articles that belong to the next word, in folded letters.
///
/// ا د م are left out: they are initials (doctor, engineer).
pub(crate) const PROCLITICS: [&str; 7] = ["و", "ف", "ب", "ل", "ك", "ال", "لل"];

/// R27: news agencies spelled as letters, in folded letters, and the word they fuse to.
///
/// Tried in order; the first whose parts stand in a row with nothing but spaces and full stops
/// between them is taken.
pub(crate) const AGENCIES: [(&[&str], &str); 8] = [
    (&["ا", "ف", "ب"], "افب"),
    (&["ا", "ش", "ا"], "اشا"),
    (&["د", "ب", "ا"], "دبا"),
    (&["اف", "ب"], "افب"),
    (&["ا", "فب"], "افب"),
    (&["دب", "ا"], "دبا"),
    (&["د", "با"], "دبا"),
    (&["ا", "ب"], "اب"),
];

/// What becomes of one character, with all that the profile's tables say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing is left, and words are not parted.
    Drop,
    /// Parts words.
    Boundary,
    /// One letter or digit of a word; never a character that has an action of its own.
    Letter(char),
    /// R10: see [`To::Hamza`].
    Hamza,
    /// R14: see [`To::Tatweel`].
    Tatweel,
    /// R9: these letters, still to be taken through the tables one by one.
    Form(&'static str),
    /// R9c, R9d: these words, set off on both sides; letters as in `Form`.
    Phrase(&'static str),
}

/// What a table makes of code point `c`, if it has a row for it.
pub(super) const fn find(rows: &[Row], c: u32) -> Option<To> {
    let (mut low, mut high) = (0, rows.len());
    while low < high {
        let mid = low.midpoint(high);
        if (rows[mid].last as u32) < c {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if low < rows.len() && rows[low].first as u32 <= c {
        return Some(match rows[low].to {
            Digit => Letter((b'0' + (c - rows[low].first as u32) as u8) as char),
            Lower => Letter((c as u8).to_ascii_lowercase() as char),
            to => to,
        });
    }
    None
}

/// A letter after the tables above `strict`.
pub(super) const fn fold_letter(profile: Profile, letter: char) -> char {
    let mut letter = letter;
    if !matches!(profile, Profile::Strict)
        && let Some(Letter(to)) = find(STANDARD, letter as u32)
    {
        letter = to;
    }
    if matches!(profile, Profile::Loose)
        && let Some(Letter(to)) = find(LOOSE, letter as u32)
    {
        letter = to;
    }
    letter
}

/// What becomes of any character under a profile. Cost: two or three binary searches.
pub(super) fn action(profile: Profile, c: char) -> Action {
    match find(STRICT, c as u32) {
        Some(Drop) => return Action::Drop,
        Some(Boundary) => return Action::Boundary,
        Some(Hamza) => return Action::Hamza,
        Some(Tatweel) => return Action::Tatweel,
        Some(Letter(to)) => return Action::Letter(fold_letter(profile, to)),
        // All without a row are letters here, which a test sees to.
        None if ('\u{600}'..='\u{6FF}').contains(&c) => {
            return Action::Letter(fold_letter(profile, c));
        }
        Some(Digit | Lower) | None => {}
    }
    if ('\u{FB50}'..='\u{FEFF}').contains(&c) {
        if let Ok(at) = FORMS.binary_search_by_key(&c, |form| form.0) {
            return Action::Form(FORMS[at].1);
        }
        if let Some(phrase) = PHRASES.iter().find(|phrase| phrase.0 == c) {
            return if profile == Profile::Loose && c == '\u{FDFA}' {
                Action::Boundary
            } else {
                Action::Phrase(phrase.1)
            };
        }
    }
    // Some lower cases are a letter and a mark (İ); the mark would be dropped in any case.
    match c.to_lowercase().find(|c| c.is_alphanumeric()) {
        Some(lower) if c.is_alphanumeric() => Action::Letter(fold_letter(profile, lower)),
        _ => Action::Boundary,
    }
}

/// R10: the letter that `last` and a following hamza or madda `mark` are one of.
///
/// Not folded by a profile. U+0655 after آ or أ gives إ, as the canonical order of marks has it.
pub(super) const fn compose(last: char, mark: char) -> Option<char> {
    Some(match (last, mark) {
        ('ا', '\u{0653}') => 'آ',
        ('ا', '\u{0654}') => 'أ',
        ('ا' | 'آ' | 'أ', '\u{0655}') => 'إ',
        ('و', '\u{0654}') => 'ؤ',
        ('ي' | 'ى', '\u{0654}') => 'ئ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(rows: &[Row]) -> bool {
        rows.iter().all(|row| row.first <= row.last)
            && rows.windows(2).all(|pair| pair[0].last < pair[1].first)
    }

    #[test]
    fn tables_are_sorted_and_tell_why() {
        for rows in [STRICT, STANDARD, LOOSE] {
            assert!(sorted(rows));
            assert!(rows.iter().all(|row| row.rule.starts_with('R') && !row.why.is_empty()));
        }
        assert!(FORMS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(FORMS.len(), 705);
    }

    #[test]
    fn kept_characters_of_the_arabic_blocks_are_alphanumeric() {
        // The fast kernel keeps what has no row in U+0600–06FF without asking the Unicode tables.
        for c in ('\u{80}'..='\u{6FF}').chain('\u{2000}'..='\u{206F}') {
            if find(STRICT, c as u32).is_none() && !matches!(c, '\u{100}'..='\u{5FF}') {
                assert!(c.is_alphanumeric() || c == '\u{2065}', "{c:?} has no row");
            }
        }
    }

    #[test]
    fn results_of_the_tables_are_fixed_points() {
        for profile in [Profile::Strict, Profile::Standard, Profile::Loose] {
            for c in '\0'..=char::MAX {
                if let Action::Letter(to) = action(profile, c) {
                    assert_eq!(action(profile, to), Action::Letter(to), "{c:?}");
                }
            }
            for form in FORMS.iter().chain(PHRASES) {
                for c in form.1.chars().filter(|&c| c != ' ') {
                    let action = action(profile, c);
                    assert!(
                        matches!(action, Action::Letter(_) | Action::Drop),
                        "{:?} holds {c:?}",
                        form.0
                    );
                }
            }
        }
    }
}
