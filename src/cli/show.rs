//! What reaches the terminal. Scraped text passes through [`clean`], always.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use tikrar::error::acts_on_terminal;

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

/// Prints a line to stderr. A closed stderr is nothing to fail over.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Bytes as people read them: powers of 1000, as disks are sold and rates are told.
pub(crate) fn bytes(n: u64) -> String {
    let (mut value, mut unit) = (n as f64, 0);
    while value >= 999.5 && unit < 4 {
        value /= 1000.0;
        unit += 1;
    }
    let unit = ["B", "kB", "MB", "GB", "TB"][unit];
    if unit == "B" || value >= 99.95 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// A count with thin groups of three digits.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
    fn numbers_for_people() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(71_320_465), "71.3 MB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
    }
}
