//! Shared types: spans and days.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes, `start..end`, of the decoded text field of one page.
///
/// Both ends lie on UTF-8 character borders of that text.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ByteSpan {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteSpan {
    /// The span `start..end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "span {start}..{end} runs backwards");
        Self { start, end }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span without the white space at its ends, of the text that it is of.
    #[must_use]
    pub fn trimmed(self, text: &str) -> Self {
        let inner = &text[self.range()];
        let start = self.start + (inner.len() - inner.trim_start().len()) as u32;
        Self::new(start, start + inner.trim().len() as u32)
    }

    /// The span as an index range.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
