//! Scraped text in the page: isolated, cut to a length, its controls made visible.

use std::fmt::Write as _;

use maud::{Markup, Render, html};

use crate::error::acts_on_terminal;

/// Characters of a title or an id that a table shows.
const LONGEST: usize = 160;

/// Scraped text, as an isolate of its own direction. What acts on its surroundings (controls, marks
/// of the bidirectional algorithm) stands as a named chip; long text is cut.
pub(super) fn shown(text: &str) -> Markup {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    html! { bdi lang="ar" dir="auto" { (Visible(&text[..end])) @if end < text.len() { "…" } } }
}

/// The name of an outlet, on one line: what finds no room is cut off by the page, and told by a hint.
pub(super) fn name(text: &str) -> Markup {
    const HINTED: usize = 16;
    let whole = || {
        let clean = |c: char| if acts_on_terminal(c) { '\u{fffd}' } else { c };
        text.chars().take(4 * LONGEST).map(clean).collect::<String>()
    };
    let hint = text.chars().nth(HINTED).map(|_| whole());
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    html! {
        bdi lang="ar" dir="auto" class="name" title=[hint] {
            (Visible(&text[..end])) @if end < text.len() { "…" }
        }
    }
}

/// An id, a path or another name for machines.
pub(super) fn code(text: &str) -> Markup {
    code_up_to(text, LONGEST)
}

/// The same, cut to so many characters.
pub(super) fn code_up_to(text: &str, most: usize) -> Markup {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    html! { bdi dir="ltr" class="code" { (Visible(&text[..end])) @if end < text.len() { "…" } } }
}

struct Visible<'t>(&'t str);

impl Render for Visible<'_> {
    fn render_to(&self, out: &mut String) {
        let mut plain = 0;
        for (at, c) in self.0.char_indices() {
            if !acts_on_terminal(c) {
                continue;
            }
            self.0[plain..at].render_to(out);
            plain = at + c.len_utf8();
            match c {
                '\n' | '\r' | '\t' => out.push(' '),
                _ => {
                    let name = format!("U+{:04X}", c as u32);
                    html! { span class="ctl" { (name) } }.render_to(out);
                }
            }
        }
        self.0[plain..].render_to(out);
    }
}

/// Ranges of the characters that are shown as chips, for the script to do the same.
pub(super) fn acting() -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for c in '\0'..=char::MAX {
        if acts_on_terminal(c) {
            let c = c as u32;
            match ranges.last_mut() {
                Some(last) if last.1 + 1 == c => last.1 = c,
                _ => ranges.push((c, c)),
            }
        }
    }
    ranges
}

/// A share in percent.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", share(part, whole) * 100.0) }
}

/// A share between 0 and 1.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A number in the page: isolated, from left to right.
pub(super) fn number(text: impl Render) -> Markup {
    html! { bdi dir="ltr" class="n" { (text) } }
}

/// JSON for the inside of a script element: no character of it can end the element, and none acts on a
/// terminal or an editor in which someone reads the page's source.
pub(super) fn script_json(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '<' | '>' | '&') || acts_on_terminal(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_named_and_markup_is_text() {
        let shown = shown("خبر\u{202e}<script>\u{1b}[2J\n&").into_string();
        assert!(shown.contains("<span class=\"ctl\">U+202E</span>&lt;script&gt;"), "{shown}");
        assert!(shown.contains("U+001B") && shown.ends_with("[2J &amp;</bdi>"), "{shown}");
        assert!(!shown.contains('\u{202e}'));
    }

    #[test]
    fn a_long_name_is_told_by_a_hint_that_acts_on_nothing() {
        let named = name("وكالة\"الأنباء\u{202e}\u{1b}<الشرقية>").into_string();
        assert!(
            named.contains("title=\"وكالة&quot;الأنباء\u{fffd}\u{fffd}&lt;الشرقية&gt;\""),
            "{named}"
        );
        assert!(!named.contains(['\u{202e}', '\u{1b}']));
        assert!(!name("المرصد").into_string().contains("title"));
        assert!(name(&"س".repeat(1 << 20)).into_string().len() < 3000);
    }

    #[test]
    fn long_text_is_cut() {
        assert!(shown(&"س".repeat(1 << 20)).into_string().len() < 1000);
    }

    #[test]
    fn json_cannot_leave_its_element() {
        let text = "</script><!--\u{2028}&\u{202e}\u{e0041}\n\"";
        let json = script_json(&text);
        assert!(!json.contains(['<', '>', '&']) && !json.contains(acts_on_terminal), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
    }

    #[test]
    fn the_ranges_are_those_of_the_escaper() {
        let ranges = acting();
        let inside = |c: char| ranges.iter().any(|r| (r.0..=r.1).contains(&(c as u32)));
        assert!(inside('\0') && inside('\u{202e}') && inside('\u{e0041}') && !inside('ع'));
        assert!(ranges.len() < 20);
    }
}
