//! Where the passages of a page lie: what is needed to make them again without cutting the page.
//!
//! Passages are runs of words of the folded text, numbered from 0. Packed, a page that is nothing but its
//! story takes no byte; of others most numbers take one or two.

use std::ops::Range;

use super::words_in;
use crate::fold::Folded;
use crate::packed::{Packer, Unpacker};
use crate::segment::Segments;
use crate::types::ByteSpan;

/// The passages of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Whether the page is nothing but its story, of which nothing is cut.
    pub uncut: bool,
    /// Whether the story begins with the title field.
    pub titled: bool,
    /// The words of the text that are the story, in order.
    pub story: Vec<Range<u32>>,
    /// Second stories.
    pub embedded: Vec<EmbeddedParts>,
}

/// A second story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedParts {
    /// The words of its title, if it has one, and those of the parts of its text.
    pub words: Vec<Range<u32>>,
    /// The bytes of its title line, if it has one.
    pub title: Option<ByteSpan>,
    /// The bytes of its text without the white space around it, furniture between its parts included.
    pub story: ByteSpan,
}

impl Parts {
    pub(super) fn clear(&mut self) {
        self.uncut = false;
        self.titled = false;
        self.story.clear();
        self.embedded.clear();
    }

    /// Finds the parts of a page that was cut into `segments`.
    pub(super) fn find(
        &mut self,
        title: &Folded,
        text: &str,
        folded: &Folded,
        segments: &Segments,
    ) {
        self.clear();
        let words = |span: &ByteSpan| {
            let words = words_in(folded, *span);
            words.start as u32..words.end as u32
        };
        if !folded.is_empty() && !segments.story.is_empty() {
            let whole = ByteSpan::new(0, text.len() as u32);
            let printed = segments.title.is_some();
            self.uncut = !printed && segments.story.as_slice() == [whole];
            self.titled = !printed && !folded.hashes().starts_with(title.hashes());
            self.story.extend(segments.story.iter().map(words));
        }
        self.embedded.extend(segments.embedded.iter().map(|found| EmbeddedParts {
            words: found.title.iter().chain(&found.parts).map(words).collect(),
            title: found.title,
            story: found.story.trimmed(text),
        }));
    }

    /// Appends the parts to `out`. Of an uncut page nothing but that is told.
    pub fn pack(&self, out: &mut Vec<u8>) {
        if self.uncut && self.embedded.is_empty() {
            return;
        }
        let mut to = Packer::new(out);
        to.number((self.story.len() as u64) << 1 | u64::from(self.titled));
        self.story.iter().for_each(|words| to.range(words));
        for EmbeddedParts { words, title, story } in &self.embedded {
            let mut to = Packer::new(out);
            to.number((words.len() as u64) << 1 | u64::from(title.is_some()));
            for words in words {
                to.range(words);
            }
            let mut to = Packer::new(out);
            title.iter().chain([story]).for_each(|span| to.range(&(span.start..span.end)));
        }
    }

    /// Takes in what [`Parts::pack`] has put out for one page.
    pub fn unpack(&mut self, packed: &[u8]) {
        self.clear();
        self.uncut = packed.is_empty();
        if self.uncut {
            return;
        }
        let mut from = Unpacker::new(packed);
        let head = from.number();
        self.titled = head & 1 == 1;
        self.story.extend((0..head >> 1).map(|_| from.range()));
        while !from.rest().is_empty() {
            from = Unpacker::new(from.rest());
            let head = from.number();
            let words = (0..head >> 1).map(|_| from.range()).collect();
            from = Unpacker::new(from.rest());
            let mut span = || {
                let bytes = from.range();
                ByteSpan::new(bytes.start, bytes.end)
            };
            let title = (head & 1 == 1).then(&mut span);
            self.embedded.push(EmbeddedParts { words, title, story: span() });
        }
    }
}
