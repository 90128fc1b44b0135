//! A record as it was before it was cut or annotated: the way back of [`rewrite`](super::rewrite).

use crate::types::ByteSpan;

use super::Format;
use super::encoding::{self, TextEncoding};
use super::rewrite::{literal_walk, members, minimal_escape, string_member};

/// A span that was cut from a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutSpan<'c> {
    /// Where it stood in the whole text.
    pub span: ByteSpan,
    /// What it said.
    pub text: &'c str,
    /// How the record spelled it, where that is not [`minimal_escape`] of the text (JSONL) or the text
    /// itself: escapes in it stand there as what they mean.
    pub raw: Option<&'c str>,
    /// Encoding of a `.txt` where it is not UTF-8, by its label.
    pub encoding: Option<&'c str>,
}

/// The record with `cuts` (ascending, apart) put back into its text, which is found under the first
/// of `text_names` that it has. `None` if they cannot have been cut from it.
pub fn with_cuts(
    record: &[u8],
    format: Format,
    text_names: &[String],
    cuts: &[CutSpan<'_>],
) -> Option<Vec<u8>> {
    let places = places(cuts)?;
    let mut inserts: Vec<(usize, std::borrow::Cow<'_, [u8]>)> = Vec::with_capacity(cuts.len());
    match format {
        Format::Jsonl => {
            let line = simdutf8::basic::from_utf8(record).ok()?;
            let names: Vec<&str> = text_names.iter().map(String::as_str).collect();
            let value = string_member(line, &names)?;
            let raw = literal_walk(&line[value.clone()], &places)?;
            for (cut, raw) in cuts.iter().zip(raw) {
                let bytes = match cut.raw {
                    Some(raw) => raw.as_bytes().into(),
                    None => minimal_escape(cut.text).into_bytes().into(),
                };
                inserts.push((value.start + raw, bytes));
            }
        }
        Format::Txt => {
            let form = match cuts.first()?.encoding {
                Some(label) => TextEncoding::from_label(label)?,
                None => TextEncoding::Utf8,
            };
            let rest = encoding::decode(record).ok()?;
            let (mut at, mut raw) = (0, form.mark_len(record));
            for (cut, place) in cuts.iter().zip(places) {
                raw += form.raw_len(rest.get(at..place)?);
                at = place;
                inserts.push((raw, form.encode(cut.raw.unwrap_or(cut.text))?));
            }
        }
    }
    let mut whole =
        Vec::with_capacity(record.len() + inserts.iter().map(|i| i.1.len()).sum::<usize>());
    let mut at = 0;
    for (place, bytes) in inserts {
        whole.extend_from_slice(record.get(at..place)?);
        whole.extend_from_slice(&bytes);
        at = place;
    }
    whole.extend_from_slice(&record[at..]);
    Some(whole)
}

/// Where the cuts stood in what is left of the text.
fn places(cuts: &[CutSpan<'_>]) -> Option<Vec<usize>> {
    let (mut cut, mut end) = (0, 0);
    let mut places = Vec::with_capacity(cuts.len());
    for one in cuts {
        if one.span.start < end || one.span.end < one.span.start || one.text.len() != one.span.len()
        {
            return None;
        }
        places.push(one.span.start as usize - cut);
        cut += one.span.len();
        end = one.span.end;
    }
    Some(places)
}

/// The JSON line `record` without the member `name` that [`with_member`](super::with_member) has
/// added, or with the value that it had before, which the member `was` of the new value holds.
/// The record itself if it has no such member; `None` if it has one that was made otherwise.
pub fn without_member(record: &[u8], name: &str, was: &str) -> Option<Vec<u8>> {
    let Ok(line) = simdutf8::basic::from_utf8(record) else {
        return Some(record.to_vec());
    };
    let mut found = None;
    let count = members(line, &mut |key, range| {
        if key == name {
            found = Some(range);
        }
    });
    // What is no object that can be walked was never added to.
    let (Some(count), Some(value)) = (count, found) else {
        return Some(record.to_vec());
    };
    let mut former = None;
    members(&line[value.clone()], &mut |key, range| {
        if key == was {
            former = Some(range);
        }
    })?;
    let (before, after) = (&line[..value.start], &line[value.end..]);
    if let Some(former) = former {
        return Some([before, &line[value][former], after].concat().into_bytes());
    }
    let key = format!("{}:", serde_json::to_string(name).ok()?);
    let before = before.strip_suffix(&key)?;
    let before = if count > 1 { before.strip_suffix(',')? } else { before };
    Some([before, after].concat().into_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::rewrite::{with_member, without};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_added_is_taken_away_and_what_was_there_comes_back() {
        for line in [
            "{\"a\":1}\n",
            " { \"a\" : 1.0 \t}\r\n",
            "{}",
            "{\"a\":{\"t\":1}}",
            "{\"\\u0074\": 5 ,\"a\":\"}\"}\n",
            "{\"t\":null}",
            "{\"t\":1,\"t\":2}",
        ] {
            let added = with_member(line.as_bytes(), "t", |old| match old {
                Some(old) => format!("{{\"x\":[\"was\"],\"was\":{old}}}"),
                None => "{\"x\":0}".to_owned(),
            });
            let undone = without_member(&added.unwrap(), "t", "was").unwrap();
            assert_eq!(String::from_utf8(undone).unwrap(), line);
        }
        assert_eq!(without_member(b"{\"a\":1}", "t", "was").unwrap(), b"{\"a\":1}");
        assert_eq!(without_member(b"\xff", "t", "was").unwrap(), b"\xff");
        assert!(without_member(b"{\"t\" :{\"x\":0}}", "t", "was").is_none());
        assert!(without_member(b"{\"t\":7}", "t", "was").is_none());
    }

    #[test]
    fn cuts_that_are_none_are_refused() {
        let cut = |start, end, text| CutSpan {
            span: ByteSpan { start, end },
            text,
            raw: None,
            encoding: None,
        };
        let names = ["text".to_owned()];
        let line = br#"{"text":"abc"}"#;
        let with = |cuts: &[CutSpan<'_>]| with_cuts(line, Format::Jsonl, &names, cuts);
        assert_eq!(with(&[cut(1, 3, "xy")]).unwrap(), br#"{"text":"axybc"}"#);
        assert_eq!(with(&[cut(0, 1, "x"), cut(4, 5, "\n")]).unwrap(), br#"{"text":"xabc\n"}"#);
        assert!(with(&[cut(9, 10, "x")]).is_none(), "past the end");
        assert!(with(&[cut(1, 3, "x")]).is_none(), "another length");
        assert!(with(&[cut(2, 3, "x"), cut(0, 1, "y")]).is_none(), "out of order");
        assert!(with_cuts(b"[]", Format::Jsonl, &names, &[cut(0, 1, "x")]).is_none());
    }

    proptest! {
        #[test]
        fn text_in_any_encoding_comes_back(
            parts in proptest::collection::vec("[ا-ي a-z\n]{1,9}", 1..6),
            cut in proptest::collection::vec(any::<bool>(), 6),
            form in 0_usize..4,
        ) {
            let text = parts.concat();
            let form = [
                TextEncoding::Utf8,
                TextEncoding::Utf16Le,
                TextEncoding::Windows1256,
                TextEncoding::Iso8859_6,
            ][form];
            let Some(bytes) = form.encode(&text) else { return Ok(()) };
            let (mut spans, mut ranges, mut at, mut raw) = (Vec::new(), Vec::new(), 0, 0);
            for (part, cut) in parts.iter().zip(cut) {
                let to = (at + part.len(), raw + form.raw_len(part));
                if cut {
                    spans.push(CutSpan {
                        span: ByteSpan::new(at as u32, to.0 as u32),
                        text: part,
                        raw: None,
                        encoding: (form != TextEncoding::Utf8).then(|| form.label()),
                    });
                    ranges.push(raw..to.1);
                }
                (at, raw) = to;
            }
            let rest = without(&bytes, &ranges);
            // As when cutting: a rest that would be read otherwise is left whole.
            let kept: String = parts.iter().zip(&cut_flags(&spans, &parts)).filter(|p| !p.1)
                .map(|p| p.0.as_str()).collect();
            if spans.is_empty() || encoding::decode(&rest).map_or(true, |read| read != kept) {
                return Ok(());
            }
            prop_assert_eq!(with_cuts(&rest, Format::Txt, &[], &spans).unwrap(), bytes.as_ref());
        }
    }

    fn cut_flags(spans: &[CutSpan<'_>], parts: &[String]) -> Vec<bool> {
        let mut at = 0;
        parts
            .iter()
            .map(|part| {
                let start = at as u32;
                at += part.len();
                spans.iter().any(|cut| cut.span.start == start)
            })
            .collect()
    }
}
