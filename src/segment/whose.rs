//! Whose story a text is that stands under the title of another: told by what both speak of.

use super::cut::Walk;
use super::pieces::{Label, Piece};
use crate::fold::{Folded, hash_word};

/// By how many words prose must speak more of another page's title that stands before it than of the
/// page's own, to be its story.
const FOREIGN_LEAD: isize = 2;
/// How many words of a story are looked at to see whose title it matches. Of 4,000 real articles 97 %
/// share more words with their title there than with another article's, and where an article goes on
/// 1 % share more with a foreign title than with its own.
pub(super) const TOPIC_WORDS: usize = 80;
/// Words of the page's own story that are looked at before.
pub(super) const FAMILIAR_WORDS: usize = 400;
/// What part of the words of a text that goes on stands before it: in 93 % of articles more than this,
/// in 5 % of other articles' openings.
pub(super) const FAMILIAR: f32 = 0.07;
/// The same where the text speaks of a title little more than of the page's own.
const FRESH: f32 = FAMILIAR / 2.0;
/// What part of the words of a second story, by their stems, the page's own story has had at most: of one
/// that has no word of its title, of one that has as many of it as of the page's own title, and of one
/// that has one more. Of 4,191 articles cut in two under another's title 3 % are taken for that one's
/// story (by one bound on whole words 5 %), and of other articles under their own title 1 % are missed
/// (0.7 %).
pub(super) const MOST_FAMILIAR: [f32; 3] = [0.07, 0.1, 0.15];
/// Fewest letters of a word that says what a text is about.
const TOPIC_LETTERS: usize = 4;

impl Walk<'_> {
    /// Whether the prose from `at` on is the story of the title before it, though no page of the archive
    /// is known to go on so: told by what both speak of.
    pub(super) fn speaks_of(&self, pieces: &[Piece], head: usize, at: usize) -> bool {
        let (lead, familiar) = self.leaning(pieces, head, at);
        (lead >= FOREIGN_LEAD && familiar < FAMILIAR) || (lead > 0 && familiar < FRESH)
    }

    /// Whether the text from piece `at` on has a word of the title before it, and what part of its words
    /// the page's own story has had; by the stems of words.
    pub(super) fn familiarity(&self, pieces: &[Piece], head: usize, at: usize) -> (bool, f32) {
        let folded = self.page.folded;
        let from = pieces.get(at).map_or(folded.len(), |p| p.cell.first as usize);
        let text = topic(folded, from..folded.len().min(from + TOPIC_WORDS), stem);
        let title = pieces[head].cell.first as usize..pieces[head].cell.last as usize;
        let named = topic(folded, title, stem).iter().any(|word| text.binary_search(word).is_ok());
        let had = topic(folded, told_before(pieces, head), stem);
        let common = had.iter().filter(|word| text.binary_search(word).is_ok()).count();
        (named, common as f32 / text.len().max(1) as f32)
    }

    /// Whose the text from piece `at` on is: how many more words it shares with the title before it than
    /// with the page's own title, and what part of its words the page's own story has had.
    pub(super) fn leaning(&self, pieces: &[Piece], head: usize, at: usize) -> (isize, f32) {
        let folded = self.page.folded;
        let from = pieces.get(at).map_or(folded.len(), |p| p.cell.first as usize);
        let text = from..folded.len().min(from + TOPIC_WORDS);
        let other = pieces[head].cell.first as usize..pieces[head].cell.last as usize;
        let common = |title: &[u64], text: &[u64]| {
            title.iter().filter(|w| text.binary_search(w).is_ok()).count()
        };
        let plain = topic(folded, text.clone(), whole);
        let lead = if let Some(own) = &self.title_cell {
            let text = topic(folded, text, stem);
            let own = topic(folded, own.first as usize..own.last as usize, stem);
            common(&topic(folded, other, stem), &text) as isize - common(&own, &text) as isize
        } else {
            // Of a title in its own field only the hashes of whole words are at hand.
            let mut own = self.title_words.to_vec();
            own.sort_unstable();
            own.dedup();
            let other = topic(folded, other, whole);
            common(&other, &plain) as isize - common(&own, &plain) as isize
        };
        let had = topic(folded, told_before(pieces, head), whole);
        (lead, common(&plain, &had) as f32 / plain.len().max(1) as f32)
    }
}

/// The last words of the page's own story before piece `head`.
fn told_before(pieces: &[Piece], head: usize) -> impl Iterator<Item = usize> {
    let body = pieces[..head].iter().filter(|p| p.label == Label::Text).rev();
    body.flat_map(|p| p.cell.first as usize..p.cell.last as usize).take(FAMILIAR_WORDS)
}

/// The words of a text that are long enough to mean something, sorted, by what `form` makes of them.
pub(super) fn topic(
    folded: &Folded,
    words: impl Iterator<Item = usize>,
    form: fn(&Folded, usize) -> u64,
) -> Vec<u64> {
    let mut found: Vec<u64> =
        words.filter(|&i| means_something(folded, i)).map(|i| form(folded, i)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a word is long enough to say what a text is about.
pub(super) fn means_something(folded: &Folded, word: usize) -> bool {
    folded.word(word).chars().nth(TOPIC_LETTERS - 1).is_some()
}

/// The hash of a word.
pub(super) fn whole(folded: &Folded, word: usize) -> u64 {
    folded.hashes()[word]
}

/// The hash of the stem of a word.
pub(super) fn stem(folded: &Folded, word: usize) -> u64 {
    match stem_of(folded.word(word)) {
        Some(stem) => hash_word(stem.as_bytes()),
        None => whole(folded, word),
    }
}

/// A folded word without the article and the particles written together with it, if it has any.
fn stem_of(word: &str) -> Option<&str> {
    if !word.starts_with(['ا', 'و', 'ف', 'ب', 'ل', 'ك']) {
        return None;
    }
    let article = ["وال", "بال", "كال", "فال", "ولل", "لل", "ال"];
    let long = |rest: &&str| rest.chars().nth(2).is_some();
    if let Some(rest) = article.iter().find_map(|a| word.strip_prefix(a)).filter(long) {
        return Some(rest);
    }
    let particle = |rest: &&str| rest.chars().nth(3).is_some();
    word.strip_prefix(['و', 'ف', 'ب', 'ل', 'ك']).filter(particle)
}
