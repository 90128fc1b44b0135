//! What reaches the terminal. Scraped text passes through [`clean`], always.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use tikrar::error::acts_on_terminal;
pub(crate) use tikrar::figures::{bytes, count};

use super::args::When;

/// Scraped text made harmless: controls, bidirectional marks and tag characters are written out as
/// escapes (CWE-150), so that a title can neither move the cursor nor turn the line around.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts_on_terminal(c) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Scraped text for the middle of a line: clean, and isolated (UAX 9) on a terminal, so that its
/// direction does not reorder what stands around it.
pub(crate) fn isolated(text: &str) -> String {
    let text = clean(text);
    if io::stderr().is_terminal() { format!("\u{2068}{text}\u{2069}") } else { text }
}

/// A number of things whose plural takes an s.
pub(crate) fn counted(number: u64, name: &str) -> String {
    format!("{} {name}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Prints a value as JSON and a line end. What acts on a terminal is escaped: it is the same value.
pub(crate) fn json(out: &mut impl io::Write, value: &impl serde::Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", escaped(&text))
}

/// JSON in which every character of a string that acts on a terminal is an escape.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    // Between strings a line end is all that JSON has of them, and in strings it has none.
    let acts = |c: char| c != '\n' && acts_on_terminal(c);
    if !json.chars().any(acts) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Longest id or word that a line shows, in characters.
const SHORT: usize = 160;

/// How text on stdout is drawn.
pub(crate) struct Style {
    color: bool,
    terminal: bool,
}

impl Style {
    /// The style of stdout: colors if they are wanted, isolates on a terminal.
    pub(crate) fn stdout(when: When) -> Self {
        let terminal = io::stdout().is_terminal();
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let color = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && !unwanted,
        };
        Self { color, terminal }
    }

    /// Scraped text, clean and on a terminal isolated.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = clean(text);
        if self.terminal { format!("\u{2068}{text}\u{2069}") } else { text }
    }

    /// The same, cut short.
    pub(crate) fn short(&self, text: &str) -> String {
        let text = Self::word(text);
        if self.terminal { format!("\u{2068}{text}\u{2069}") } else { text }
    }

    /// A scraped word of a line that is isolated as a whole: clean, and cut short.
    pub(crate) fn word(word: &str) -> String {
        match word.char_indices().nth(SHORT) {
            Some((end, _)) => clean(&format!("{}…", &word[..end])),
            None => clean(word),
        }
    }

    /// A line made of scraped text: on a terminal it reads from right to left where it has Arabic.
    pub(crate) fn paragraph(&self, line: &str) -> String {
        if !self.terminal {
            return line.to_owned();
        }
        let arabic = line.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}'));
        let direction = if arabic { '\u{2067}' } else { '\u{2066}' };
        format!("{direction}{line}\u{2069}")
    }

    fn drawn(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Bold.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.drawn("1", text)
    }

    /// What is lost or wrong.
    pub(crate) fn bad(&self, text: &str) -> String {
        self.drawn("31", text)
    }

    /// What is new or right.
    pub(crate) fn good(&self, text: &str) -> String {
        self.drawn("32", text)
    }

    /// What deserves a look.
    pub(crate) fn warn(&self, text: &str) -> String {
        self.drawn("33", text)
    }

    /// What stands in another place.
    pub(crate) fn moved(&self, text: &str) -> String {
        self.drawn("36", text)
    }

    /// What is the same but for spelling.
    pub(crate) fn underlined(&self, text: &str) -> String {
        self.drawn("4", text)
    }

    /// What is said beside the text.
    pub(crate) fn faint(&self, text: &str) -> String {
        self.drawn("2", text)
    }
}

/// Prints a line to stderr. A closed stderr is nothing to fail over.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_gets_through() {
        let hostile = "خبر\u{1b}[2J\u{202e}\u{9b}\u{7}\r\u{2028}\u{e0041}\u{200f}\n";
        let shown = clean(hostile);
        assert!(!shown.chars().any(acts_on_terminal), "{shown}");
        assert!(shown.starts_with("خبر\\u{1b}[2J"));
    }

    #[test]
    fn json_for_a_terminal_is_the_same_value() {
        let value = serde_json::json!({"خبر\u{202e}": "\u{1b}[2J\u{9b}\u{7f}\u{2028}\u{e0041}\u{200f}\n😀"});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let shown = escaped(&text);
            assert!(!shown.chars().any(|c| c != '\n' && acts_on_terminal(c)), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
        }
        assert_eq!(escaped("\"\u{9b}\u{e0041}\""), "\"\\u009b\\udb40\\udc41\"");
        assert!(matches!(escaped("\"خبر\""), Cow::Borrowed(_)));
    }
}
