//! Tags: where the elements of HTML that stand on lines of their own end a line.

use super::cells::{Break, find_break};

/// Longest tag in bytes: the fold knows none of more than 200 characters.
const TAG_BYTES: usize = 800;
/// Names of the HTML elements that stand on lines of their own.
const BLOCKS: [&str; 38] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Whether a text may have tags. Signs of less, with which some sites adorn their headings, are none.
pub(super) fn has_tags(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .any(|at| bytes.get(at + 1).is_some_and(|&b| b == b'/' || b.is_ascii_alphabetic()))
}

/// Where the tags of a gap end a line, and where the next one begins: with the tags that open it.
pub(super) fn block_tags(gap: &str) -> Option<std::ops::Range<usize>> {
    let mut found: Option<std::ops::Range<usize>> = None;
    let mut opens = false;
    for from in memchr::memchr_iter(b'<', gap.as_bytes()) {
        let rest = &gap[from + 1..];
        let name = rest.trim_start_matches('/');
        let closing = name.len() < rest.len();
        let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        let block = BLOCKS.iter().any(|b| b.eq_ignore_ascii_case(name));
        let inside = &rest.as_bytes()[..rest.len().min(TAG_BYTES)];
        let Some(close) = memchr::memchr(b'>', inside).filter(|_| block) else {
            continue;
        };
        let start = found.as_ref().map_or(from, |f| f.start);
        let empty = name.eq_ignore_ascii_case("br") || name.eq_ignore_ascii_case("hr");
        let at = match found {
            _ if closing || empty => from + 1 + close + 1,
            Some(f) if opens => f.end,
            _ => from,
        };
        opens = !closing && !empty;
        found = Some(start..at);
    }
    found
}

/// [`find_break`] in a text with tags.
#[cold]
pub(super) fn find_tagged_break(text: &str, from: usize, to: usize, wide: usize) -> Option<Break> {
    let line = find_break(text, from, to, wide);
    let Some(tags) = block_tags(text.get(from..to)?) else {
        return line;
    };
    let (signs, at) = (from + tags.start, from + tags.end);
    Some(match line.filter(|b| b.spaces == 0) {
        Some(b) => Break { signs: b.signs.min(signs), at: b.at.max(at), spaces: 0 },
        None => Break { signs, at, spaces: 0 },
    })
}
