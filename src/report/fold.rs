//! The standard fold for the script, so that a search finds what the matcher calls the same word.
//!
//! The table is asked from [`Folder`] character by character, not written down a second time. What
//! looks at more than one character (a hamza sign and its letter, particles, names) is in `fold.js`;
//! a list of words is folded by both in the tests.

use serde_json::{Value, json};

use crate::fold::tables::{AGENCIES, PROCLITICS};
use crate::fold::{Folder, Profile};

/// Characters with rules of their own. Outside, a character stands in lower case if it is a letter
/// or a digit, and parts words if it is not.
const RANGES: [(u32, u32); 8] = [
    (0x0000, 0x024F),
    (0x02B0, 0x036F),
    (0x0590, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x2000, 0x20FF),
    (0xFB50, 0xFDFF),
    (0xFE00, 0xFEFF),
    (0xFF00, 0xFFEF),
];

/// A letter that no rule touches.
const FRAME: &str = "زز";

/// Exceptions by character, hamza signs with the letters that take them up, particles, and agencies
/// spelled letter by letter.
pub(super) fn table() -> Value {
    let folder = Folder::new(Profile::Standard);
    let mut letters = serde_json::Map::new();
    let mut signs = serde_json::Map::new();
    for c in RANGES.iter().flat_map(|&(from, to)| from..=to).filter_map(char::from_u32) {
        let folded = folder.fold(&format!("{FRAME}{c}{FRAME}")).text().to_owned();
        let inner = folded.strip_prefix(FRAME).and_then(|rest| rest.strip_suffix(FRAME));
        let Some(inner) = inner else { continue };
        let result = if inner.trim().is_empty() { inner } else { inner.trim() };
        if result != plain(c) {
            letters.insert(c.to_string(), json!(result));
        }
        let taken: serde_json::Map<String, Value> = ['ا', 'و', 'ي', 'ه', 'ء']
            .iter()
            .filter_map(|letter| {
                let folded = folder.fold(&format!("{FRAME}{letter}{c}{FRAME}")).text().to_owned();
                let inner = folded.strip_prefix(FRAME)?.strip_suffix(FRAME)?.to_owned();
                let one = inner.chars().count() == 1 && result.is_empty();
                (one && inner != letter.to_string()).then(|| (letter.to_string(), json!(inner)))
            })
            .collect();
        if !taken.is_empty() {
            signs.insert(c.to_string(), Value::Object(taken));
        }
    }
    let agencies: Vec<(Vec<&str>, &str)> =
        AGENCIES.iter().map(|(parts, name)| (parts.to_vec(), *name)).collect();
    json!({ "letters": letters, "signs": signs, "particles": PROCLITICS, "agencies": agencies })
}

/// What becomes of a character without a rule.
fn plain(c: char) -> String {
    if c.is_alphanumeric() { c.to_lowercase().collect() } else { " ".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_folder() {
        let table = table();
        let letter = |c: &str| table["letters"][c].as_str().map(str::to_owned);
        assert_eq!(letter("أ").as_deref(), Some("ا"));
        assert_eq!(letter("ة").as_deref(), Some("ه"));
        assert_eq!(letter("\u{64e}").as_deref(), Some(""), "a vowel sign");
        assert_eq!(letter("\u{fefb}").as_deref(), Some("لا"), "a ligature");
        assert_eq!(letter("٣").as_deref(), Some("3"));
        assert_eq!(letter("ز"), None);
        assert_eq!(letter(" "), None);
        assert_eq!(table["signs"]["\u{654}"]["و"], "ؤ");
        assert!(table.to_string().len() < 64 << 10, "{}", table.to_string().len());
    }

    /// Texts and their folds, which the script is tested by too.
    #[test]
    fn the_list_that_the_script_is_tested_by_is_right() {
        let folder = Folder::new(Profile::Standard);
        let list = include_str!("../../tests/report/folds.tsv");
        let (mut rows, mut wrong) = (0, Vec::new());
        for line in list.lines() {
            let (text, folded) = line.split_once('\t').expect("two columns");
            rows += 1;
            if folder.fold(text).text() != folded {
                wrong.push(format!("{text}\t{}", folder.fold(text).text()));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        assert!(rows >= 20, "{rows}");
    }
}
