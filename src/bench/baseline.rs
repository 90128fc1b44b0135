//! The least that any reader of the same bytes does, measured in the same run.

use std::borrow::Cow;
use std::hint::black_box;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::read::{Corpus, Format};

/// Work that figures are set against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Baseline {
    /// Every byte is loaded once and added up.
    #[serde(rename = "memory read")]
    Memory,
    /// xxh3 of every byte.
    #[serde(rename = "xxh3")]
    Hash,
    /// UTF-8 is checked with vectors.
    #[serde(rename = "simdutf8")]
    Utf8,
    /// Every line of JSON is parsed into a struct with one borrowed text.
    #[serde(rename = "serde_json::from_slice")]
    Json,
    /// The same after a line's UTF-8 was checked with vectors, so that the parser does not check it.
    #[serde(rename = "simdutf8 + serde_json::from_str")]
    CheckedJson,
}

impl Baseline {
    /// All, in order of their work.
    pub const ALL: [Self; 5] =
        [Self::Memory, Self::Hash, Self::Utf8, Self::Json, Self::CheckedJson];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory read",
            Self::Hash => "xxh3",
            Self::Utf8 => "simdutf8",
            Self::Json => "serde_json::from_slice",
            Self::CheckedJson => "simdutf8 + from_str",
        }
    }

    /// Goes once through pieces, on the current rayon pool. Returns the bytes it went through.
    pub(super) fn run(self, pieces: &[Piece<'_>]) -> u64 {
        let step = |piece: &Piece<'_>| {
            match self {
                Self::Memory => drop(black_box(sum(&piece.bytes))),
                Self::Hash => drop(black_box(xxh3_64(&piece.bytes))),
                Self::Utf8 => drop(black_box(simdutf8::basic::from_utf8(&piece.bytes).is_ok())),
                Self::Json | Self::CheckedJson if !piece.json => return 0,
                Self::Json => drop(black_box(parse(&piece.bytes))),
                Self::CheckedJson => drop(black_box(parse_checked(&piece.bytes))),
            }
            piece.bytes.len() as u64
        };
        pieces.par_iter().map(step).sum()
    }
}

/// Some whole lines of a file.
pub(super) struct Piece<'a> {
    bytes: Cow<'a, [u8]>,
    json: bool,
}

/// Bytes of a piece, about: small enough to be shared out evenly.
const PIECE: u64 = 1 << 20;

/// The archive in pieces of whole lines.
pub(super) fn pieces(corpus: &Corpus) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for (number, file) in (0u32..).zip(corpus.files()) {
        let json = file.format() == Format::Jsonl;
        let mut at = 0;
        while at < file.len() {
            let mut end = (at + PIECE).min(file.len());
            if end < file.len() {
                let rest = corpus.bytes(number, end, file.len() - end);
                end += memchr::memchr(b'\n', &rest).map_or(rest.len(), |place| place + 1) as u64;
            }
            pieces.push(Piece { bytes: corpus.bytes(number, at, end - at), json });
            at = end;
        }
    }
    pieces
}

fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().fold(0, |sum: u64, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    rest.iter().fold(words, |sum, &byte| sum.wrapping_add(u64::from(byte)))
}

/// What a reader needs at least.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, alias = "content", alias = "body", default)]
    text: Cow<'a, str>,
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

fn parse(bytes: &[u8]) -> usize {
    let text =
        |line| serde_json::from_slice(line).map_or(0, |record: Record<'_>| record.text.len());
    lines(bytes).map(text).sum()
}

fn parse_checked(bytes: &[u8]) -> usize {
    let text = |line| {
        let line = simdutf8::basic::from_utf8(line).ok()?;
        serde_json::from_str(line).ok().map(|record: Record<'_>| record.text.len())
    };
    lines(bytes).filter_map(text).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_added() {
        let bytes: Vec<u8> = (0..=20).collect();
        let first = u64::from_le_bytes(bytes[..8].try_into().unwrap());
        let second = u64::from_le_bytes(bytes[8..16].try_into().unwrap());
        assert_eq!(sum(&bytes), first + second + (16..=20).sum::<u64>());
        let lines = "{\"text\":\"خبر\"}\n\nno\n{\"content\":\"a\"}".as_bytes();
        assert_eq!((parse(lines), parse_checked(lines)), (7, 7));
    }
}
