//! Gaps between words that may end a line or a cell, noted while a text is folded.
//!
//! Nearly all words are set apart by one space, or by a sign and a space. The kernel sees the other
//! gaps in passing, so that whoever looks for lines need not look at every word.

use super::Token;

/// A gap between words that is more than one space and visible signs: it has a control sign, two
/// spaces side by side, or a space or a character without width from beyond ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// A byte of the original text: the first of the gap, or one inside it.
    pub at: u32,
    /// How many words stand before it, about: words that were later joined or split count as they
    /// first stood.
    pub words: u32,
}

/// Whether the byte at `at`, the first of a character, makes a gap one to be noted.
#[inline]
pub(super) fn stands_out(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b' ' => at > 0 && bytes[at - 1] == b' ',
        byte => byte < b' ' || is_wide(&bytes[at..]),
    }
}

/// Whether a character that is no sign of ASCII may be a space or have no width: U+0085, U+00A0,
/// U+00AD, U+1000–1FFF, U+2000–200F, U+2028–202F, U+2040–207F, U+3000.
fn is_wide(character: &[u8]) -> bool {
    match *character {
        [0xC2, second, ..] => matches!(second, 0x85 | 0xA0 | 0xAD),
        [0xE1, ..] | [0xE2, 0x81, ..] | [0xE3, 0x80, 0x80, ..] => true,
        [0xE2, 0x80, third, ..] => !matches!(third, 0x90..=0xA7 | 0xB0..),
        _ => false,
    }
}

/// Finds the gaps of a text from its finished words.
#[cold]
pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Gap>) {
    out.clear();
    let ends = std::iter::once(0).chain(tokens.iter().map(|t| t.span.end));
    let starts = tokens.iter().map(|t| t.span.start).chain([text.len() as u32]);
    for (words, (from, to)) in (0..).zip(ends.zip(starts)) {
        let mut places = from as usize..to as usize;
        if places.any(|at| text.is_char_boundary(at) && stands_out(text.as_bytes(), at)) {
            out.push(Gap { at: from, words });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use proptest::prelude::*;

    /// The words after which a noted gap stands.
    fn noted(gaps: &[Gap], tokens: &[Token]) -> Vec<usize> {
        let mut after: Vec<usize> = gaps
            .iter()
            .map(|gap| (gap, tokens.partition_point(|t| t.span.start <= gap.at)))
            .filter(|&(gap, n)| n > 0 && n < tokens.len() && tokens[n - 1].span.end <= gap.at)
            .map(|(_, n)| n)
            .collect();
        after.dedup();
        after
    }

    proptest! {
        #[test]
        fn the_kernel_notes_what_words_and_bytes_tell(
            text in "([اأوبد]{1,7}|ﷺ|عبدالله|12|a|[ ،.\n\t\r\u{1}\u{85}\u{a0}\u{ad}«é\u{2003}\u{200f}“…\u{3000}\u{1680}]{1,3}| ){0,60}",
        ) {
            for profile in [Profile::Strict, Profile::Standard] {
                let folded = Folder::new(profile).fold(&text);
                let mut found = Vec::new();
                find(&text, folded.tokens(), &mut found);
                // A particle that a number lost (R27) stands in a gap with what it carried, and was a
                // word when the kernel passed.
                let pure = |n: &usize| {
                    let (before, after) = (folded.tokens()[n - 1].span, folded.tokens()[*n].span);
                    let gap = text.get(before.end as usize..after.start as usize);
                    !gap.is_some_and(|gap| gap.chars().any(char::is_alphabetic))
                };
                let between = |gaps: &[Gap]| -> Vec<usize> {
                    noted(gaps, folded.tokens()).into_iter().filter(pure).collect()
                };
                prop_assert_eq!(
                    between(folded.gaps()),
                    between(&found),
                    "{:?}",
                    folded.gaps()
                );
                for gap in folded.gaps() {
                    prop_assert!(text.is_char_boundary(gap.at as usize));
                }
            }
        }
    }
}
