//! The least that any reader of the same bytes does, measured in the same run.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{BenchConfig, Raw, Watch};
use crate::error::{ErrorKind, Result};
use crate::read::{Compression, Corpus, Format, Input, InputFile};
use crate::write::cpu_seconds;

/// Seconds of a measurement at least: a pass of some milliseconds ends before all threads are awake.
const LEAST_S: f64 = 0.1;

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
    fn run(self, pieces: &[Piece<'_>]) -> u64 {
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

/// One measurement of a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pass {
    /// What was done.
    pub baseline: Baseline,
    /// Threads it had.
    pub threads: usize,
    /// How often it was done.
    pub times: u32,
    /// Bytes it went through, each time.
    pub bytes: u64,
    /// Seconds by the clock, for one time.
    pub wall_s: f64,
    /// Seconds of all threads, for one time.
    pub cpu_s: f64,
}

/// Measures all of them on every pool.
pub(super) fn measure(
    config: &BenchConfig,
    pools: &[ThreadPool],
    watch: &dyn Watch,
    raw: &mut Raw,
) -> Result<()> {
    let mut read = config.read.clone();
    let inputs = config.inputs.iter().cloned().map(Input::Path).collect();
    config.work.clone_into(&mut read.spool_dir);
    let corpus = Corpus::open(inputs, &read, None)?;
    raw.hashed = corpus.files().iter().map(hashed_bytes).collect();
    let pieces = pieces(&corpus);
    // The first to touch a mapping pays for its pages: none that counts.
    if let Some(pool) = pools.last() {
        pool.install(|| Baseline::Memory.run(&pieces));
    }
    for pool in pools {
        for baseline in Baseline::ALL {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let (mut bytes, mut times, mut wall_s) = (0, 0, 0.0);
            while times == 0 || wall_s < LEAST_S {
                if watch.cancelled() {
                    return Err(ErrorKind::Interrupted.into());
                }
                bytes = pool.install(|| baseline.run(&pieces));
                times += 1;
                wall_s = wall.elapsed().as_secs_f64();
            }
            let (threads, each) = (pool.current_num_threads(), f64::from(times));
            let (wall_s, cpu_s) = (wall_s / each, (cpu_seconds() - cpu) / each);
            raw.passes.push(Pass { baseline, threads, times, bytes, wall_s, cpu_s });
        }
    }
    Ok(())
}

/// Bytes of a file that its hash is made of: those on disk.
fn hashed_bytes(file: &InputFile) -> u64 {
    let on_disk = file.path().filter(|_| file.compression() != Compression::None);
    on_disk.and_then(|path| path.metadata().ok()).map_or(file.len(), |data| data.len())
}

/// Some whole lines of a file.
struct Piece<'a> {
    bytes: Cow<'a, [u8]>,
    json: bool,
}

/// Bytes of a piece, about: small enough to be shared out evenly.
const PIECE: u64 = 1 << 20;

/// The archive in pieces of whole lines.
fn pieces(corpus: &Corpus) -> Vec<Piece<'_>> {
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
