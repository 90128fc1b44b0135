//! A text made from another by a list of edits, and the way back.

use super::Token;

/// A text that differs from its source in some places.
///
/// Building is one forward pass: [`Layer::begin`], [`Layer::replace`] from left to right,
/// [`Layer::finish`]. Without any edit the layer stays inactive and its text empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// The edited text, if there was an edit.
    pub(super) text: String,
    edits: Vec<Edit>,
    /// How much of the source has been copied or replaced.
    copied: usize,
}

/// The bytes `in_start..in_end` of the source became `out_start..out_end`, one character.
#[derive(Clone, Copy, Debug)]
struct Edit {
    out_start: u32,
    out_end: u32,
    in_start: u32,
    in_end: u32,
}

impl Layer {
    /// Empties the layer and keeps its memory.
    pub(super) fn begin(&mut self) {
        self.text.clear();
        self.edits.clear();
        self.copied = 0;
    }

    /// Puts `c` in the place of `source[from..to]`; the ranges of successive calls ascend.
    pub(super) fn replace(&mut self, source: &str, from: usize, to: usize, c: char) {
        self.text.push_str(&source[self.copied..from]);
        let out_start = self.text.len() as u32;
        self.text.push(c);
        self.edits.push(Edit {
            out_start,
            out_end: self.text.len() as u32,
            in_start: from as u32,
            in_end: to as u32,
        });
        self.copied = to;
    }

    /// Copies what is left of the source if anything was edited; tells whether it was.
    pub(super) fn finish(&mut self, source: &str) -> bool {
        if self.is_active() {
            self.text.push_str(&source[self.copied..]);
        }
        self.is_active()
    }

    /// Whether anything was edited.
    pub(super) fn is_active(&self) -> bool {
        !self.edits.is_empty()
    }

    /// Turns the spans of `tokens` from places of this text into places of its source.
    ///
    /// Linear in edits and tokens: both ascend.
    pub(super) fn lead_back(&self, tokens: &mut [Token]) {
        if !self.is_active() {
            return;
        }
        let (mut starts, mut ends) = (0, 0);
        for token in tokens {
            let (start, end) = (token.span.start, token.span.end);
            // The last edit that begins at or before the start, and before the end.
            while self.edits.get(starts).is_some_and(|edit| edit.out_start <= start) {
                starts += 1;
            }
            while self.edits.get(ends).is_some_and(|edit| edit.out_start < end) {
                ends += 1;
            }
            if let Some(edit) = starts.checked_sub(1).map(|at| self.edits[at]) {
                token.span.start = if start < edit.out_end {
                    edit.in_start
                } else {
                    edit.in_end + (start - edit.out_end)
                };
            }
            if let Some(edit) = ends.checked_sub(1).map(|at| self.edits[at]) {
                token.span.end = edit.in_end + end.saturating_sub(edit.out_end);
            }
        }
    }

    /// The characters of the layer, or of `source` if it is inactive, with the places of `source`
    /// that they stand for.
    pub(super) fn characters(&self, source: &str) -> Vec<(char, usize, usize)> {
        let mut edits = self.edits.iter().peekable();
        let text = if self.is_active() { &self.text } else { source };
        let (mut copied_from, mut copied_to) = (0, 0);
        let mut all = Vec::new();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            if let Some(edit) = edits.next_if(|edit| edit.out_start as usize == at) {
                all.push((c, edit.in_start as usize, edit.in_end as usize));
                (copied_from, copied_to) = (edit.in_end as usize, end);
            } else {
                let place = |at: usize| copied_from + (at - copied_to);
                all.push((c, place(at), place(end)));
            }
        }
        all
    }
}
