//! Bytes of a text file to text.

use std::borrow::Cow;

use super::fields::Fault;
use crate::error::RejectCode;

pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    simdutf8::basic::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|_| Fault {
            code: RejectCode::Utf8,
            error: "not UTF-8".into(),
        })
}
