//! Two fields of a record that was read before, without reading the record.
//!
//! Cost: a look at its names, and at the quotes of its values; where the id and the address stand in front
//! of the text or behind it, at nothing else. Does not: check the record, which was found to be a page
//! once; nor decode anything: where a value is not plain, it says nothing, and the record is read anew.

use memchr::{memchr, memchr2, memrchr};

/// The strings under the names that have a rank in one of `N` lists: of each list the one of lowest rank,
/// none where all of them are missing, `null` or empty. Nothing if one that counts is no string or has
/// escapes, or if something is nested in the record.
///
/// `rank` tells the rank of a name in a list.
pub(super) fn plain<const N: usize>(
    record: &[u8],
    rank: impl Fn(usize, &[u8]) -> Option<usize>,
) -> Option<[Option<&str>; N]> {
    let mut found = Found { best: [(usize::MAX, &[]); N], rank };
    let mut rest = after(record, b'{')?;
    let mut was_behind = false;
    loop {
        rest = after(rest, b'"')?;
        let end = memchr2(b'"', b'\\', rest).filter(|&end| rest[end] == b'"')?;
        let key = &rest[..end];
        rest = after(&rest[end + 1..], b':')?.trim_ascii_start();
        if !was_behind && is_long(rest) && !found.wants(key) {
            // What is looked for may stand behind it.
            was_behind = true;
            let mut behind = rest.trim_ascii_end().strip_suffix(b"}")?;
            while let Some((key, value, others)) = last(behind) {
                if found.take(key, value).is_none() {
                    break;
                }
                if found.is_all() {
                    return found.texts();
                }
                behind = others;
            }
        }
        let (value, others) = value(rest)?;
        found.take(key, value)?;
        rest = others.trim_ascii_start();
        if rest.first() == Some(&b'}') || found.is_all() {
            return found.texts();
        }
        rest = after(rest, b',')?;
    }
}

/// What was found of each list: the lowest rank, and what stands there.
struct Found<'r, R, const N: usize> {
    best: [(usize, &'r [u8]); N],
    rank: R,
}

impl<'r, R: Fn(usize, &[u8]) -> Option<usize>, const N: usize> Found<'r, R, N> {
    /// Whether what stands under this name counts as far as is known.
    fn wants(&self, key: &[u8]) -> bool {
        let best = self.best.iter().enumerate();
        best.filter_map(|(list, best)| Some((self.rank)(list, key)? < best.0)).any(|better| better)
    }

    /// Takes a value in if it counts. Nothing if it counts and is not plain.
    fn take(&mut self, key: &[u8], value: Value<'r>) -> Option<()> {
        for (list, (best, text)) in self.best.iter_mut().enumerate() {
            match ((self.rank)(list, key).filter(|rank| rank < best), value) {
                (Some(_), Value::Other) => return None,
                (Some(rank), Value::Text(own)) if !own.is_empty() => (*best, *text) = (rank, own),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether nothing can be better.
    fn is_all(&self) -> bool {
        self.best.iter().all(|best| best.0 == 0)
    }

    fn texts(self) -> Option<[Option<&'r str>; N]> {
        let mut texts = [None; N];
        for (text, (_, own)) in
            texts.iter_mut().zip(self.best).filter(|(_, best)| best.0 < usize::MAX)
        {
            *text = Some(simdutf8::basic::from_utf8(own).ok()?);
        }
        Some(texts)
    }
}

/// Bytes from which on a string is long: most addresses and titles have fewer.
const LONG: usize = 512;

/// Whether a long string stands in front.
fn is_long(bytes: &[u8]) -> bool {
    let Some(text) = bytes.strip_prefix(b"\"") else { return false };
    let Some(near) = text.get(..LONG) else { return false };
    let mut from = 0;
    while let Some(at) = near.get(from..).and_then(|near| memchr2(b'"', b'\\', near)) {
        if near[from + at] == b'"' {
            return false;
        }
        from += at + 2;
    }
    true
}

/// The name and the value that stand last, and what is before them up to the comma. Nothing if either is
/// long, or not plain enough to be told from behind.
fn last(bytes: &[u8]) -> Option<(&[u8], Value<'_>, &[u8])> {
    let bytes = bytes.trim_ascii_end();
    let (value, rest) = if let Some(text) = bytes.strip_suffix(b"\"") {
        let start = last_quote(text)?;
        let own = &text[start + 1..];
        let is_plain = memchr(b'\\', own).is_none();
        (if is_plain { Value::Text(own) } else { Value::Other }, &text[..start])
    } else {
        let near = &bytes[bytes.len().saturating_sub(LONG)..];
        let start = near
            .iter()
            .rposition(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte))?;
        let own = &near[start + 1..];
        let value = match own {
            b"" => return None,
            b"null" => Value::Null,
            _ => Value::Other,
        };
        (value, &bytes[..bytes.len() - own.len()])
    };
    let key = rest.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let start = last_quote(key)?;
    let (rest, key) = (&key[..start], &key[start + 1..]);
    let is_plain = memchr(b'\\', key).is_none();
    is_plain.then_some((key, value, rest.trim_ascii_end().strip_suffix(b",")?))
}

/// The last quote that is not escaped, if it is near.
fn last_quote(bytes: &[u8]) -> Option<usize> {
    let far = bytes.len().saturating_sub(LONG);
    let mut end = bytes.len();
    loop {
        end = far + memrchr(b'"', &bytes[far..end])?;
        let escapes = bytes[..end].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if escapes % 2 == 0 {
            return Some(end);
        }
    }
}

/// What stands under a name.
#[derive(Clone, Copy)]
enum Value<'r> {
    /// A string without escapes.
    Text(&'r [u8]),
    Null,
    /// A string with escapes, a number, a truth value.
    Other,
}

/// The value that stands in front, and what follows it.
fn value(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let Some(text) = bytes.strip_prefix(b"\"") else {
        let end = bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b'{' | b'[' | b'"'))?;
        let (value, rest) = bytes.split_at(end);
        let value = if value.trim_ascii_end() == b"null" { Value::Null } else { Value::Other };
        return matches!(rest[0], b',' | b'}').then_some((value, rest));
    };
    let mut end = memchr2(b'"', b'\\', text)?;
    if text[end] == b'"' {
        return Some((Value::Text(&text[..end]), &text[end + 1..]));
    }
    while text[end] == b'\\' {
        // What is escaped may be a quote.
        let from = end + 2;
        end = from + memchr2(b'"', b'\\', text.get(from..)?)?;
    }
    Some((Value::Other, &text[end + 1..]))
}

/// What follows this byte, before which nothing but white space may stand.
fn after(bytes: &[u8], byte: u8) -> Option<&[u8]> {
    bytes.trim_ascii_start().strip_prefix(&[byte])
}

#[cfg(test)]
mod tests {
    use super::{LONG, plain};
    use proptest::prelude::*;

    /// The id and the address of a record, by three names and by one.
    fn found(record: &str) -> Option<[Option<&str>; 2]> {
        let lists: [&[&str]; 2] = [&["id", "_id", "url"], &["url"]];
        plain(record.as_bytes(), |list, key| {
            lists[list].iter().position(|name| name.as_bytes() == key)
        })
    }

    #[test]
    fn plain_fields_are_found() {
        for (record, id, url) in [
            (r#"{"id":"a","text":"x"}"#, Some("a"), None),
            (r#"{"id":"a","url":"b","text":["not looked at"]}"#, Some("a"), Some("b")),
            (r#"{"text":"x\"\\","url":"b"}"#, Some("b"), Some("b")),
            (r#"{"text":"x","url":"b","_id":"c"} "#, Some("c"), Some("b")),
            (r#" { "n" : -1.5 , "id":null,"o":true , "_id" : "" } "#, None, None),
            (r#"{"_id":"c","id":"a","url":""}"#, Some("a"), None),
        ] {
            assert_eq!(found(record), Some([id, url]), "{record}");
        }
        for record in [
            r#"{"id":7,"text":"x"}"#,
            r#"{"id":"a\u0031","text":"x"}"#,
            r#"{"\u0069d":"a","text":"x"}"#,
            r#"{"other":{"id":"b"},"id":"a"}"#,
            r#"{"other":[],"id":"a"}"#,
            r#"{"id":"a"#,
            r#"{"id":"a""#,
            "{}",
            "",
        ] {
            assert_eq!(found(record), None, "{record}");
        }
    }

    #[test]
    fn what_stands_behind_a_long_text_is_found_without_it() {
        // Not read, so it may be no text at all.
        let far = "\u{1}\"{".repeat(LONG);
        let record =
            |end: &str| format!("{{\"url\":\"b\",\"text\":\"{}{far}\"{end}}}\n", "x".repeat(LONG));
        let plain = record(r#", "n": null,"o":1e-3 ,"q" : "\\\"" , "id" : "a" "#);
        assert_eq!(found(&plain), Some([Some("a"), Some("b")]));
        for end in [
            r#","id":"\\""#,
            r#","id":7"#,
            r#","list":[],"_id":"a""#,
            r#","id":"a","last":{}"#,
            r#","_id":"a""#,
        ] {
            assert_eq!(found(&record(end)), None, "{end}");
        }
    }

    proptest! {
        #[test]
        fn where_a_name_stands_changes_nothing(
            fields in prop::sample::subsequence(
                vec!["id", "_id", "url", "text", "body", "n\\u0061me", "o"], 0..=7,
            ).prop_shuffle(),
            values in prop::collection::vec(
                prop_oneof![
                    4 => "([a-z,:{}\u{600}-\u{620} ]|\\\\\\\\|\\\\\"){0,6}".prop_map(|text| format!("\"{text}\"")),
                    1 => "([a-z,:{}]|\\\\\\\\|\\\\\"|\",\"){0,2}".prop_map(|text| {
                        format!("\"{}{}\"", text.replace("\",\"", "\\\",\\\""), "long ".repeat(LONG / 5))
                    }),
                    1 => Just("null".to_owned()),
                    1 => Just("-12.5e+3".to_owned()),
                    1 => Just("[\"id\"]".to_owned()),
                ],
                7,
            ),
            space in "[ \t]{0,2}",
        ) {
            let pairs: Vec<String> = fields
                .iter()
                .zip(&values)
                .map(|(name, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}"))
                .collect();
            let record = format!("{{{}}}\n", pairs.join(","));
            let strict: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&record).unwrap();
            let told = |names: &[&str]| {
                let text = |name: &&str| strict.get(*name)?.as_str().filter(|text| !text.is_empty());
                names.iter().find_map(text)
            };
            if let Some(found) = found(&record) {
                prop_assert_eq!(found, [told(&["id", "_id", "url"]), told(&["url"])], "{}", record);
            } else {
                let odd = |text: &String| text.contains(['\\', '[', '5']);
                prop_assert!(record.len() < 4 || values.iter().any(odd) || record.contains('\\'));
            }
        }
    }
}
