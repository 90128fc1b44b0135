//! Glue: words written together, which the fold leaves as one, cut apart in the bytes.

use crate::fold::{Folded, Folder};
use crate::types::ByteSpan;

/// Where in the bytes of a token the foreign word begins that is glued to the end of `word`.
pub(super) fn glue_end(folder: &Folder, text: &str, span: ByteSpan, word: &str) -> Option<usize> {
    let (from, to) = (span.start as usize, span.end as usize);
    let token = text.get(from..to)?;
    let mut folded = Folded::default();
    token
        .char_indices()
        .map(|(n, _)| n)
        .take(64)
        .filter(|&n| {
            folder.fold_into(&token[..n], &mut folded);
            folded.len() == 1 && folded.word(0) == word
        })
        .last()
        .map(|n| from + n)
}

/// Where in the bytes of a token `word` begins, to the start of which a foreign word is glued.
pub(super) fn glue_start(folder: &Folder, text: &str, span: ByteSpan, word: &str) -> Option<usize> {
    let from = span.start as usize;
    let token = text.get(from..span.end as usize)?;
    let mut folded = Folded::default();
    token
        .char_indices()
        .map(|(n, _)| n)
        .rev()
        .take(64)
        .find(|&n| {
            folder.fold_into(&token[n..], &mut folded);
            folded.len() == 1 && folded.word(0) == word
        })
        .map(|n| from + n)
}
