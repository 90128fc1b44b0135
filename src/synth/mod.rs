//! A synthetic archive of Arabic news of any size, with known truth.
//!
//! In: a number of pages and a seed. Out: JSONL with `id`, `outlet`, `url`, `date`, `title` and
//! `text`, and a truth file as [`crate::evaluate::Truth`] reads it. Does not: open files or print.
//!
//! Stories are said by a grammar over real words; after the last word of a class come words made from
//! roots and patterns, so that a growing archive keeps meeting new ones. Phrases come up again by a
//! power law, and those that a story is about come up in it again and again. Copies follow the first
//! telling within days: as they are, respelled, reworded, cut, extended, rewritten. Every outlet has
//! its own furniture: date, source and keyword lines, promotion, a list of titles, or a whole
//! second story under "read also".
//!
//! How near that is to real news, as `tikrar synth --describe` counts it over the first four million
//! words of an archive: 13,386 articles of July 2015, and archives of 25,000 pages by the share of outlets that
//! paste a second story below the first. The default is [`RELATED`].
//!
//! | | articles | nothing pasted | default | .3 |
//! |---|---|---|---|---|
//! | bytes of a page: a quarter at most | 1,313 | 1,280 | 1,361 | 1,588 |
//! | half, three quarters | 2,225 4,032 | 2,182 3,808 | 2,326 4,168 | 2,916 5,304 |
//! | 19 of 20 | 9,369 | 9,095 | 10,005 | 11,465 |
//! | words of a page: a quarter at most | 119 | 111 | 119 | 138 |
//! | half, three quarters | 203 369 | 189 329 | 202 359 | 252 462 |
//! | 19 of 20 | 865 | 784 | 865 | 1,000 |
//! | different words in the first million | 93,931 | 94,546 | 91,277 | 82,016 |
//! | different words, and share met once | 179,880 .416 | 194,745 .402 | 187,639 .360 | 171,205 .280 |
//! | text of the 100 most frequent words | .236 | .256 | .257 | .258 |
//! | letters of a word | 4.85 | 5.17 | 5.17 | 5.18 |
//! | runs of three words met once | .596 | .605 | .499 | .319 |
//! | the same in the first million words | .732 | .591 | .495 | .319 |
//!
//! What is off: the articles are told without what their pages had around them, so that nothing shows how much
//! is pasted in scraped pages; whatever is pasted comes at least twice, and takes from runs and words met once.
//! Runs repeat as much in a small synthetic archive as in a large one, and less in a small part of real
//! news. Words are a third of a letter too long, and the most frequent a little too frequent. The
//! synthetic text has no set phrase that hundreds of pages share, its names do not follow who was in the
//! news, and its sentences mean nothing.
//!
//! The same settings give the same bytes on every machine and for any number of threads. Cost: 16
//! bytes a page, some 80 MB, and the writing of the text itself: over 300 MB a second of
//! CPU time. A story is told once, and kept for what follows it closely.

mod describe;
mod edit;
mod language;
mod page;
mod plan;
mod random;
mod story;
mod text;
mod words;

pub use describe::{Description, describe};
pub use edit::Edit;

use std::io::{self, Write};

use rayon::prelude::*;

use crate::error::{ErrorKind, Result};
use crate::pool::Pool;
use page::{Chunk, Printer, Scratch};
use story::Told;

/// Pages a thread makes at a time.
const CHUNK: usize = 16;
/// Chunks that are held in memory, twice, for every thread: few enough to stay near the cores.
const CHUNKS_A_THREAD: usize = 16;
/// Pages of a day, unless the archive would span more than ten years.
const PAGES_A_DAY: u32 = 700;

/// The archive to make.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthConfig {
    /// Pages, up to 999,999,999.
    pub pages: u32,
    /// Seed: another one makes another archive.
    pub seed: u64,
    /// Share of the pages that are copies of another, 0 to 0.9.
    pub copies: f64,
    /// Outlets, 1 to 100,000.
    pub outlets: u32,
    /// Share of the outlets that paste a second story below the first, 0 to 1.
    pub related: f64,
    /// Most copies of one story.
    pub largest: u32,
}

/// Share of the outlets that paste a second story below the first: with more of them the lengths of pages, the
/// vocabulary and the runs of words move away from those of news, as the table above says.
pub const RELATED: f64 = 0.1;
/// Most copies of one story in an archive of any size, unless they are asked for.
const LARGEST: u32 = 2000;

impl SynthConfig {
    /// An archive of so many pages, otherwise as news is: about a fifth copies, one story on no more
    /// than a hundredth of the pages, 60 outlets.
    pub fn new(pages: u32) -> Self {
        let largest = LARGEST.min(pages / 100 + 1);
        Self { pages, seed: 1, copies: 0.2, outlets: 60, related: RELATED, largest }
    }

    /// Checks every value against its range.
    ///
    /// # Errors
    /// Names the setting that cannot work, and why.
    pub fn validate(&self) -> Result<()> {
        let bad = |setting, value: String, reason: &str| {
            Err(ErrorKind::BadSetting { setting, value, reason: reason.to_owned() }.into())
        };
        if !(1..=999_999_999).contains(&self.pages) {
            return bad("--pages", self.pages.to_string(), "1 to 999,999,999 can be made");
        }
        if !(0.0..=0.9).contains(&self.copies) {
            return bad("--copies", self.copies.to_string(), "it is a share from 0 to 0.9");
        }
        if !(0.0..=1.0).contains(&self.related) {
            return bad("--related", self.related.to_string(), "it is a share from 0 to 1");
        }
        if !(1..=100_000).contains(&self.outlets) {
            return bad("--outlets", self.outlets.to_string(), "there are 1 to 100,000 of them");
        }
        Ok(())
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Pages.
    pub pages: u64,
    /// Stories.
    pub stories: u64,
    /// Bytes of JSONL.
    pub bytes: u64,
}

/// Makes an archive on the current rayon pool: its pages go to `pages`, in order of their dates, and
/// its truth to `truth`. `stop` is asked between batches.
///
/// # Errors
/// Settings that cannot work come first, as the outer error; then those of the writers. A `stop` is
/// an [`io::ErrorKind::Interrupted`].
pub fn synthesize(
    config: &SynthConfig,
    pages: &mut (dyn Write + Send),
    truth: &mut (dyn Write + Send),
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<io::Result<Made>> {
    config.validate()?;
    Ok(write(config, pages, truth, stop))
}

fn write(
    config: &SynthConfig,
    pages: &mut (dyn Write + Send),
    truth: &mut (dyn Write + Send),
    stop: &(dyn Fn() -> bool + Sync),
) -> io::Result<Made> {
    let copies = (config.copies * 1000.0).round() as u64;
    let slots = plan::plan(config.seed, config.pages, copies, config.largest);
    let days = (config.pages / PAGES_A_DAY + 1).min(3650);
    let printer = Printer::new(config, days);
    let scratch = Pool::new(Scratch::default);
    truth.write_all(b"# id\tstory\tlevel: 0 the same, 1 respelled, 2 edited, 3 rewritten\n")?;
    let mut made = Made { pages: u64::from(config.pages), ..Made::default() };
    let mut told = Told::default();
    // While some chunks are written, the next ones are made in the memory of those before.
    let (mut ready, mut next) = (Vec::new(), Vec::new());
    let batch = CHUNK * CHUNKS_A_THREAD * rayon::current_num_threads();
    let mut batches = slots.chunks(batch).enumerate();
    loop {
        if stop() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let slots = batches.next();
        let make = || {
            let Some((number, slots)) = slots else { return next.clear() };
            let stories = slots.iter().filter(|slot| slot.copy == 0).count() as u64;
            told.go_on(made.stories, made.stories + stories, printer.teller());
            made.stories += stories;
            next.resize_with(slots.len().div_ceil(CHUNK), Chunk::default);
            let chunks = next.par_iter_mut().zip(slots.par_chunks(CHUNK)).enumerate();
            chunks.for_each(|(at, (chunk, slots))| {
                let first = number * batch + at * CHUNK;
                chunk.json.clear();
                chunk.truth.clear();
                scratch.lend(|scratch| {
                    for (number, &slot) in (first as u32..).zip(slots) {
                        printer.print(number, slot, &told, scratch, chunk);
                    }
                });
            });
        };
        let put = || -> io::Result<u64> {
            let mut bytes = 0;
            for Chunk { json, truth: lines } in &ready {
                pages.write_all(json)?;
                truth.write_all(lines)?;
                bytes += json.len() as u64;
            }
            Ok(bytes)
        };
        let (put, ()) = rayon::join(put, make);
        made.bytes += put?;
        if next.is_empty() {
            break;
        }
        std::mem::swap(&mut ready, &mut next);
    }
    pages.flush()?;
    truth.flush()?;
    Ok(made)
}
