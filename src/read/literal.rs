//! Escapes that stand in a text as they are written: a record that was put into JSON twice has `\n`
//! where its lines end, a backslash and a letter.
//!
//! In: a decoded text. Out: the same, as long in bytes, with those signs in the places of what they
//! stand for, so that no place in the text moves. Cost: one search for a backslash, of which Arabic news
//! has none; records of JSON that have none are not searched. Does not: know letters by their numbers (`\u0645`).

use std::borrow::Cow;

/// The text with the lines, tabs and quotes that its escapes stand for.
pub(super) fn restored(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return text;
    }
    let bytes = text.as_bytes();
    let mut found = String::with_capacity(bytes.len());
    let mut done = 0;
    for at in memchr::memchr_iter(b'\\', bytes) {
        let Some(sign) = bytes.get(at + 1).and_then(|&escaped| meant(escaped)) else {
            continue;
        };
        // A folder on a disk begins with any letter.
        let path = bytes[at + 1].is_ascii_alphabetic()
            && bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic);
        if at < done || path {
            continue;
        }
        found.push_str(&text[done..at]);
        found.push_str(sign);
        done = at + 2;
    }
    found.push_str(&text[done..]);
    Cow::Owned(found)
}

/// What a backslash and this byte stand for, in two bytes.
fn meant(escaped: u8) -> Option<&'static str> {
    Some(match escaped {
        b'n' => " \n",
        b'r' => " \r",
        b't' => " \t",
        b'"' => " \"",
        b'/' => " /",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        restored(Cow::Borrowed(text)).into_owned()
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        let text = r#"وصل القطار.\n\nقال \"السائق\"\r\nهنا"#;
        assert_eq!(of(text), "وصل القطار. \n \nقال  \"السائق \" \r \nهنا");
        assert_eq!(of(r"سطر\\nسطر"), "سطر\\ \nسطر");
        assert_eq!(of(r"سطر\n2 أخبار"), "سطر \n2 أخبار");
    }

    #[test]
    fn no_place_moves() {
        let text = r"عنوان\nنص الخبر.\tآخر\";
        let out = of(text);
        assert_eq!(out.len(), text.len());
        assert_eq!(out.find("نص"), text.find("نص"));
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [r"C:\news\table", r"\u0645", r"a \ b", "سطر\nسطر", "\\"] {
            assert_eq!(of(text), text);
        }
        assert!(matches!(restored(Cow::Borrowed("نص")), Cow::Borrowed(_)));
    }
}
