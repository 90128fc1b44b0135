//! Line numbers, counted only where one is needed.

use memchr::memchr_iter;

use crate::error::Reject;

use super::RecordAt;
use super::corpus::Corpus;
use super::sniff::Format;

impl Corpus {
    /// The line a record begins on, from 1. Reads the file up to it.
    pub fn line_of(&self, at: RecordAt) -> u64 {
        self.lines_of(at.file, &[at.offset]).first().copied().unwrap_or(1)
    }

    /// The lines at ascending offsets of one file, from 1, in one pass over the file. A text file
    /// is one record, which begins on line 1.
    pub fn lines_of(&self, file: u32, offsets: &[u64]) -> Vec<u64> {
        debug_assert!(offsets.is_sorted(), "one pass needs ascending offsets");
        let Some(input) = self.files.get(file as usize) else {
            return vec![1; offsets.len()];
        };
        if input.format == Format::Txt {
            return vec![1; offsets.len()];
        }
        let stored = self.stored(input);
        let (mut counted, mut newlines) = (0, 0);
        offsets
            .iter()
            .map(|&offset| {
                let upto = input.stored_at(offset).clamp(counted, stored.len());
                newlines += memchr_iter(b'\n', &stored[counted..upto]).count() as u64;
                counted = upto;
                // A record that was not stored is one line.
                let gaps = input.gaps.partition_point(|gap| gap.offset < offset) as u64;
                1 + newlines + gaps
            })
            .collect()
    }

    /// Fills in the lines of rejects, which must be in the order of files and offsets. One pass
    /// over each file that has any.
    pub fn number_lines(&self, rejects: &mut [Reject]) {
        for of_file in rejects.chunk_by_mut(|a, b| a.file == b.file) {
            let Some(file) = of_file.first().map(|reject| reject.file) else {
                continue;
            };
            let offsets: Vec<u64> = of_file.iter().map(|reject| reject.offset).collect();
            for (reject, line) in of_file.iter_mut().zip(self.lines_of(file, &offsets)) {
                reject.line = line;
            }
        }
    }
}
