//! Parts of folded texts put together: a title field and the parts of a body become one story.

use std::ops::Range;

use super::{Folded, Token};

impl Folded {
    /// Appends the words `range` of `other`; their spans stay those of the text they came from.
    ///
    /// # Panics
    /// When `other` has no such words.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        let (Some(first), Some(last)) =
            (other.tokens[range.clone()].first(), other.tokens[range.clone()].last())
        else {
            return;
        };
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let (from, base) = (first.start, self.text.len() as u32);
        self.text.push_str(&other.text[from as usize..last.end as usize]);
        self.tokens.extend(other.tokens[range.clone()].iter().map(|token| Token {
            start: token.start - from + base,
            end: token.end - from + base,
            span: token.span,
        }));
        self.hashes.extend_from_slice(&other.hashes[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Folder, Profile};

    #[test]
    fn words_keep_their_hashes_and_spans() {
        let folder = Folder::new(Profile::Standard);
        let text = folder.fold("أعلنت الوزارة، اليوم، عن نتائج المسابقة");
        let mut parts = folder.fold("عنوان");
        parts.append(&text, 1..3);
        parts.append(&text, 5..5);
        parts.append(&text, 4..6);
        assert_eq!(parts.text(), "عنوان الوزاره اليوم نتايج المسابقه".replace("نتايج", "نتائج"));
        for (i, from) in [(1, 1), (2, 2), (3, 4), (4, 5)] {
            assert_eq!(parts.word(i), text.word(from));
            assert_eq!(parts.hashes()[i], text.hashes()[from]);
            assert_eq!(parts.tokens()[i].span, text.tokens()[from].span);
        }
    }
}
