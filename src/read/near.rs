//! Two fields of a record that was read before, without reading the record.
//!
//! Cost: a look at its names, and at the quotes of its values; where the id and the address stand in front
//! of the text, at nothing else. Does not: check the record, which was found to be a page once; nor decode
//! anything: where a value is not plain, it says nothing, and the record is read anew.

use memchr::memchr2;

/// The strings under the names that have a rank in one of `N` lists: of each list the one of lowest rank,
/// none where all of them are missing, `null` or empty. Nothing if one that counts is no string or has
/// escapes, or if something is nested in the record.
///
/// `rank` tells the rank of a name in a list.
pub(super) fn plain<const N: usize>(
    record: &[u8],
    rank: impl Fn(usize, &[u8]) -> Option<usize>,
) -> Option<[Option<&str>; N]> {
    let mut found: [(usize, &[u8]); N] = [(usize::MAX, &[]); N];
    let mut rest = after(record, b'{')?;
    loop {
        rest = after(rest, b'"')?;
        let end = memchr2(b'"', b'\\', rest).filter(|&end| rest[end] == b'"')?;
        let key = &rest[..end];
        rest = after(&rest[end + 1..], b':')?.trim_ascii_start();
        let (value, others) = value(rest)?;
        for (list, (best, text)) in found.iter_mut().enumerate() {
            match (rank(list, key).filter(|rank| rank < best), value) {
                (Some(_), Value::Other) => return None,
                (Some(rank), Value::Text(own)) if !own.is_empty() => (*best, *text) = (rank, own),
                _ => {}
            }
        }
        rest = others.trim_ascii_start();
        if rest.first() == Some(&b'}') || found.iter().all(|best| best.0 == 0) {
            break;
        }
        rest = after(rest, b',')?;
    }
    let mut texts = [None; N];
    for (text, (_, own)) in texts.iter_mut().zip(found).filter(|(_, best)| best.0 < usize::MAX) {
        *text = Some(simdutf8::basic::from_utf8(own).ok()?);
    }
    Some(texts)
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
    use super::plain;

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
}
