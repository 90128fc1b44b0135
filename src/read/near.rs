//! One field of a record that was read before, without reading the record: most have their id in front.
//!
//! Cost: a look at the first few members, where reading a record looks at every byte of its text. Does
//! not: check the record, which was found to be a page once; it is decoded anew where this says nothing.

use memchr::{memchr, memchr2};

/// Bytes in front of a record in which a field is looked for.
const NEAR: usize = 512;

/// The string under `name`, if it stands plainly in front of this record: a JSON object that has each of
/// its names asked for once. Nothing of a string that is empty or has escapes.
pub(super) fn near<'r>(record: &'r [u8], name: &str) -> Option<&'r str> {
    let mut rest = after(&record[..record.len().min(NEAR)], b'{')?;
    loop {
        rest = after(rest, b'"')?;
        let end = memchr2(b'"', b'\\', rest).filter(|&end| rest[end] == b'"')?;
        let key = &rest[..end];
        rest = after(&rest[end + 1..], b':')?.trim_ascii_start();
        if key == name.as_bytes() {
            rest = after(rest, b'"')?;
            let end = memchr2(b'"', b'\\', rest).filter(|&end| end > 0 && rest[end] == b'"')?;
            return simdutf8::basic::from_utf8(&rest[..end]).ok();
        }
        rest = match rest.first()? {
            b'"' => {
                rest = &rest[1..];
                loop {
                    let end = memchr2(b'"', b'\\', rest)?;
                    if rest[end] == b'"' {
                        break &rest[end + 1..];
                    }
                    // What is escaped may be a quote.
                    rest = rest.get(end + 2..)?;
                }
            }
            b'{' | b'[' => return None,
            _ => &rest[memchr(b',', rest)?..],
        };
        rest = after(rest, b',')?;
    }
}

/// What follows this byte, before which nothing but white space may stand.
fn after(bytes: &[u8], byte: u8) -> Option<&[u8]> {
    bytes.trim_ascii_start().strip_prefix(&[byte])
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_field_in_front_is_found() {
        let id = |record: &str| near(record.as_bytes(), "id").map(str::to_owned);
        for record in [
            r#"{"id":"a1","text":"x"}"#,
            r#" { "n" : -1.5 , "o":null,"url":"http:\/\/\"x\\", "id" : "a1" , "text":"x"}"#,
        ] {
            assert_eq!(id(record).as_deref(), Some("a1"), "{record}");
        }
        for record in [
            r#"{"text":"x"}"#,
            r#"{"id":"","text":"x"}"#,
            r#"{"id":7,"text":"x"}"#,
            r#"{"id":"a\u0031","text":"x"}"#,
            r#"{"\u0069d":"a1","text":"x"}"#,
            r#"{"other":{"id":"b"},"id":"a1"}"#,
            r#"{"id":"a1"#,
            "",
        ] {
            assert_eq!(id(record), None, "{record}");
        }
        let long = format!(r#"{{"text":"{}","id":"a1"}}"#, "ط".repeat(300));
        assert_eq!(id(&long), None);
    }
}
