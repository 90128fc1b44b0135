//! What a file is: by its name, or by its first bytes. Pure functions.

use memchr::memchr;
use serde::{Deserialize, Serialize};

use crate::error::RejectCode;

/// How records lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The whole file is the text of one page.
    Txt,
    /// Every line is one page, a JSON object.
    Jsonl,
}

/// How the bytes of a file are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As they are.
    None,
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
}

/// A UTF-8 byte order mark.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";
/// Bytes of a file's head that decide what it is.
pub(crate) const HEAD_BYTES: usize = 4096;

/// What a name's extensions say; `None` where they say nothing.
pub(crate) fn by_name(name: &str) -> (Option<Format>, Option<Compression>) {
    let (stem, last) = name.rsplit_once('.').unwrap_or((name, ""));
    let packed = match last.to_ascii_lowercase().as_str() {
        "gz" => Some(Compression::Gzip),
        "zst" => Some(Compression::Zstd),
        _ => None,
    };
    let last = match packed {
        Some(_) => stem.rsplit_once('.').map_or("", |(_, inner)| inner),
        None => last,
    };
    let format = match last.to_ascii_lowercase().as_str() {
        "txt" => Some(Format::Txt),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    };
    (format, packed)
}

/// What a file holds by its name, where that is no text and nothing that is read.
pub(crate) fn unread(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    Some(match name.rsplit_once('.')?.1 {
        "csv" => "CSV",
        "tsv" => "TSV",
        "parquet" => "Parquet",
        "arrow" | "feather" => "Arrow",
        "warc" | "wet" | "wat" => "WARC",
        "pdf" => "PDF",
        "doc" | "docx" | "xls" | "xlsx" | "odt" | "epub" => "an office document",
        "zip" | "tar" | "tgz" | "bz2" | "xz" | "7z" | "rar" | "lz4" | "br" => {
            "this kind of archive"
        }
        "db" | "sqlite" | "sqlite3" => "a database",
        _ => return None,
    })
}

/// The packing that a file's first bytes show.
pub(crate) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// The format that a file's first (unpacked) bytes show. A list is taken for JSONL too, so that
/// it ends in rejects that say what it is and not in one page made of JSON.
pub(crate) fn format(head: &[u8]) -> Format {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Format::Jsonl,
        _ => Format::Txt,
    }
}

/// Why a file cannot be JSONL at all, judged by its first bytes, so that it is one reject and not
/// one for each of its lines.
pub(crate) fn not_jsonl(head: &[u8]) -> Option<(RejectCode, &'static str)> {
    use RejectCode::{Encoding, Json};
    match head {
        // Two units of which one byte each is NUL; a hole in a file has more of them.
        [0xff, 0xfe, ..]
        | [0xfe, 0xff, ..]
        | [b'{' | b'[', 0, 1..=255, 0, ..]
        | [0, b'{' | b'[', 0, 1..=255, ..] => {
            Some((Encoding, "the file is UTF-16; JSONL must be UTF-8, so convert it"))
        }
        _ if is_list(head) => {
            let error = "the file is one JSON list, which is not read; write one object a line: \
                         jq -c '.[]'";
            Some((Json, error))
        }
        _ if compression(head) != Compression::None => {
            let error =
                "the file is compressed but not named so; name it .gz or .zst, or unpack it";
            Some((Encoding, error))
        }
        _ => None,
    }
}

/// Whether a file begins as a list of objects. A list that is a line by itself, with an object behind it,
/// is one broken record among others.
fn is_list(head: &[u8]) -> bool {
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    let end = memchr(b'\n', head).unwrap_or(head.len());
    let is_line = head[..end].trim_ascii_end().ends_with(b"]")
        && head[end..].trim_ascii_start().starts_with(b"{");
    let rest = head.strip_prefix(b"[");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{")) && !is_line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_format_and_packing() {
        use Compression::{Gzip, Zstd};
        use Format::{Jsonl, Txt};
        for (name, expected) in [
            ("a.txt", (Some(Txt), None)),
            ("a.b.NDJSON", (Some(Jsonl), None)),
            ("a.jsonl.gz", (Some(Jsonl), Some(Gzip))),
            ("a.txt.ZST", (Some(Txt), Some(Zstd))),
            ("a.gz", (None, Some(Gzip))),
            ("a.csv", (None, None)),
            ("txt", (None, None)),
            ("", (None, None)),
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }

    #[test]
    fn first_bytes_say_the_rest() {
        assert_eq!(format(b" \n{\"text\""), Format::Jsonl);
        assert_eq!(format(b"\xef\xbb\xbf{"), Format::Jsonl);
        assert_eq!(format("نص".as_bytes()), Format::Txt);
        assert_eq!(format(b""), Format::Txt);
        assert_eq!(compression(b"\x1f\x8b\x08"), Compression::Gzip);
        assert_eq!(compression(b"\x1f"), Compression::None);
        assert!(not_jsonl(b"\xff\xfe{\0").is_some());
        assert!(not_jsonl(b"{\0\"\0").is_some() && not_jsonl(b"\0[\0\n").is_some());
        assert!(not_jsonl(b"{\0\0\0\0\n{}").is_none());
        assert!(not_jsonl(b"{\"a\":1}").is_none());
        assert!(not_jsonl(b"").is_none());
        assert!(not_jsonl(b"\xef\xbb\xbf[\n  {\"id\"").is_some_and(|e| e.0 == RejectCode::Json));
        assert!(not_jsonl(b"[1]\n{}").is_none());
        assert!(not_jsonl(b"[{\"id\":1}]\r\n{\"id\":2}\n").is_none());
        assert!(not_jsonl(b"[{\"id\":1},\n{\"id\":2}]\n").is_some());
        assert!(not_jsonl(b"[{\"id\":1}]\n").is_some());
    }
}
