//! Repetition (interface only for now).
use super::PageText;
use super::Scratch;

/// How to count.
#[derive(Clone, Copy, Debug)]
pub struct RepeatOptions {
    /// Bytes of memory that the counts of one thread may take.
    pub max_bytes: usize,
}

impl Default for RepeatOptions {
    fn default() -> Self {
        Self { max_bytes: 256 << 20 }
    }
}

/// Counts.
#[derive(Debug, Default)]
pub struct RepeatCounter {}

impl RepeatCounter {
    /// An empty counter.
    pub fn new(_options: &RepeatOptions) -> Self {
        Self {}
    }
    /// Counts one page.
    pub fn observe(&mut self, _page: &PageText<'_>, _scratch: &mut Scratch) {}
    /// Adds the counts of another counter.
    pub fn merge(&mut self, _other: Self) {}
    /// What repeats.
    pub fn finish(self) -> Repeats {
        Repeats {}
    }
}

/// What repeats in an archive.
#[derive(Debug, Default)]
pub struct Repeats {}

/// What is known of a line that repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Pages that are not copies of one another and hold it, up to a small bound; 0 if under 3.
    pub pages: u8,
    /// Titles of other pages follow it.
    pub heads: bool,
}

impl Repeats {
    /// The fact of the line with this key.
    pub(crate) fn line(&self, _key: u64) -> Fact {
        Fact::default()
    }
    /// Whether a page has this title.
    pub(crate) fn is_title(&self, _key: u64) -> bool {
        false
    }
    /// Whether the title is followed by a line with key `next` on its own page.
    pub(crate) fn title_leads_to(&self, _title: u64, _next: u64) -> bool {
        false
    }
    /// Number of words, from the first of `hashes` on, that are the title of a page.
    pub(crate) fn title_at(&self, _hashes: &[u64]) -> Option<usize> {
        None
    }
}
