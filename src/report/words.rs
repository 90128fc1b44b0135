//! Every word of the report, in both languages.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Lang;

/// Key, English, Arabic, apart by tabs; `{0}`, `{1}` stand for arguments.
const TABLE: &str = include_str!("assets/words.tsv");

/// The words in one language; the script changes them to the other.
#[derive(Debug)]
pub(super) struct Words {
    lang: Lang,
    table: BTreeMap<&'static str, [&'static str; 2]>,
}

impl Words {
    pub(super) fn new(lang: Lang) -> Self {
        let rows = TABLE.lines().filter(|line| !line.is_empty()).filter_map(|line| {
            let mut cells = line.split('\t');
            Some((cells.next()?, [cells.next()?, cells.next()?]))
        });
        Self { lang, table: rows.collect() }
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    /// The words of a key, in the language of the page.
    pub(super) fn get(&self, key: &str) -> &'static str {
        let column = usize::from(self.lang == Lang::Ar);
        self.table.get(key).map_or("", |row| row[column])
    }

    /// A run of words that the script can change to the other language.
    pub(super) fn t(&self, key: &str) -> Markup {
        html! { span data-t=(key) { (self.get(key)) } }
    }

    /// The same with arguments.
    pub(super) fn ta(&self, key: &str, arguments: &[String]) -> Markup {
        let json = serde_json::to_string(arguments).unwrap_or_default();
        let isolate = |text: &str| html! { bdi dir="ltr" { (text) } };
        html! {
            span data-t=(key) data-a=(json) {
                @for (i, part) in self.get(key).split(['{', '}']).enumerate() {
                    @match part.parse::<usize>().ok().filter(|_| i % 2 == 1) {
                        Some(at) => (isolate(arguments.get(at).map_or("", String::as_str))),
                        None => (part),
                    }
                }
            }
        }
    }

    /// Both languages, for the script.
    pub(super) fn both(&self) -> &BTreeMap<&'static str, [&'static str; 2]> {
        &self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_row_has_both_languages_with_the_same_arguments() {
        let mut keys = BTreeSet::new();
        for line in TABLE.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 3, "{line}");
            assert!(keys.insert(cells[0]), "{} stands twice", cells[0]);
            assert!(cells.iter().all(|cell| !cell.trim().is_empty()), "{line}");
            for argument in ["{0}", "{1}", "{2}"] {
                assert_eq!(cells[1].contains(argument), cells[2].contains(argument), "{line}");
            }
            let arabic = |c: char| ('\u{600}'..='\u{6ff}').contains(&c);
            assert!(!cells[1].contains(arabic) || cells[0] == "other_language", "{line}");
        }
    }

    /// Keys that sources name in a call.
    fn named(text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for call in ["t(\"", "ta(\"", "words.get(\"", "words.with(\"", "T(\""] {
            for (at, _) in text.match_indices(call) {
                let key: String =
                    text[at + call.len()..].chars().take_while(|c| *c != '"').collect();
                let before = text[..at].chars().next_back();
                let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
                if whole && key.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.') {
                    found.insert(key);
                }
            }
        }
        found
    }

    #[test]
    fn every_key_that_is_used_has_words() {
        let words = Words::new(Lang::En);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
        let mut used = 0;
        for folder in [folder.clone(), folder.join("assets")] {
            for entry in fs::read_dir(folder).expect("sources") {
                let path = entry.expect("an entry").path();
                let ending = path.extension().and_then(|e| e.to_str());
                if !matches!(ending, Some("rs" | "js")) || path.ends_with("words.rs") {
                    continue;
                }
                for key in named(&fs::read_to_string(&path).expect("a source")) {
                    used += 1;
                    assert!(!words.get(&key).is_empty(), "{key} of {}", path.display());
                }
            }
        }
        assert!(used > 50, "{used}");
    }
}
