//! What an archive looks like in numbers, so that a synthetic one can be set beside real news.

use std::collections::HashMap;

use crate::error::{ErrorKind, Result};
use crate::fold::{Folded, Folder, Profile};
use crate::progress::Progress;
use crate::read::{Corpus, Entry};
use crate::shingle::Shingle;

/// Words at which the vocabulary is counted.
const MILLION: u64 = 1_000_000;

/// Figures of an archive. Words are those of the standard fold.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Description {
    /// Pages looked at.
    pub pages: u64,
    /// Bytes of a page's text: a quarter has at most so many, a half, three quarters, nineteen of
    /// twenty.
    pub bytes: [u64; 4],
    /// The same of words.
    pub words: [u64; 4],
    /// Words looked at.
    pub tokens: u64,
    /// Different words among the first million; 0 if there are fewer.
    pub types_in_a_million: u64,
    /// Different words.
    pub types: u64,
    /// Share of the different words that came once.
    pub types_once: f64,
    /// Share of the text that its hundred most frequent words make up.
    pub hundred_most_frequent: f64,
    /// Letters of a word, on average over the text.
    pub letters: f64,
    /// Share of all places of three words whose three words came once.
    pub shingles_once: f64,
}

/// Describes an archive by its first pages, up to `limit` words. One thread; some 40 bytes of memory
/// a word.
///
/// # Errors
/// When the caller cancels.
pub fn describe(corpus: &Corpus, limit: u64, progress: &dyn Progress) -> Result<Description> {
    let folder = Folder::new(Profile::Standard);
    let mut folded = Folded::default();
    let mut seen = Description::default();
    let (mut bytes, mut words) = (Vec::new(), Vec::new());
    let mut types: HashMap<u64, u32> = HashMap::new();
    let mut shingles: Vec<u64> = Vec::new();
    let mut letters = 0;
    for chunk in corpus.chunks() {
        if progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        corpus.read_chunk(&chunk, &mut |entry| {
            let Entry::Page(_, page) = entry else { return };
            if seen.tokens >= limit {
                return;
            }
            folder.fold_into(&page.text, &mut folded);
            bytes.push(page.text.len() as u64);
            words.push(folded.len() as u64);
            letters += folded.text().chars().filter(|c| c.is_alphanumeric()).count();
            for &hash in folded.hashes() {
                *types.entry(hash).or_default() += 1;
                seen.tokens += 1;
                if seen.tokens == MILLION {
                    seen.types_in_a_million = types.len() as u64;
                }
            }
            Shingle::WORD_3.hash_into(&folded, &mut shingles);
        });
        progress.add(0, chunk.bytes());
        if seen.tokens >= limit {
            break;
        }
    }
    let mut counts: Vec<u32> = types.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    shingles.sort_unstable();
    let share = |part: u64, of: u64| part as f64 / of.max(1) as f64;
    let alone = shingles.chunk_by(u64::eq).filter(|same| same.len() == 1).count();
    let sum = |counts: &[u32]| counts.iter().copied().map(u64::from).sum::<u64>();
    seen.pages = bytes.len() as u64;
    seen.bytes = quantiles(&mut bytes);
    seen.words = quantiles(&mut words);
    seen.types = counts.len() as u64;
    seen.types_once = share(counts.iter().filter(|&&count| count == 1).count() as u64, seen.types);
    seen.hundred_most_frequent = share(sum(&counts[..counts.len().min(100)]), seen.tokens);
    seen.letters = share(letters as u64, seen.tokens);
    seen.shingles_once = share(alone as u64, shingles.len() as u64);
    Ok(seen)
}

fn quantiles(values: &mut [u64]) -> [u64; 4] {
    values.sort_unstable();
    let at = |hundredth: usize| values.get(values.len() * hundredth / 100).copied().unwrap_or(0);
    [25, 50, 75, 95].map(at)
}
