//! What two texts of one wording are about.
//!
//! In: two texts that the rules call copies. Out: whether each opens with a subject of its own, a word that
//! it uses again and that the other text never has: one telegram to two heads of state, one notice of two
//! school offices. Places and offices are common words of an archive, so their rarity does not tell. Cost:
//! a look at every word for each word of substance that a headline has alone. Does not: know names.

use super::differences::Trait;
use super::judge::StoryText;
use super::lexicon::Class;
use super::spelling::{are_akin, bare};
use crate::frequency::WEIGHT_ONE;

/// Words that a text opens with: those of a headline, or the first of a lead. With 7 words five of
/// seventeen pairs of other subjects are lost that 10 tell, with 12 none more is told.
const HEADLINE: usize = 10;

/// Weight of a word that may be a subject: one page in eight has it.
const TELLS: u32 = 3 * WEIGHT_ONE;

/// Share of the other words of the shorter headline that the longer must have: an editor who puts another
/// headline to a story chooses other words for all of it.
const HEADLINES_SHARED: f64 = 0.4;

/// How often one of the two texts uses its subject. Of 3,765 pairs of real articles that the other rules
/// call copies this finds 22, of which 17 tell of two subjects; with 2 it would be 36 and 18.
const TIMES: usize = 3;

/// Words of two texts that are so short that twice is enough, if they have so many subjects, or so much of
/// their headlines in common.
const SHORT: usize = 100;
const SUBJECTS: usize = 3;
const SHORT_HEADLINES_SHARED: f64 = 0.6;

/// Whether the two texts have other subjects. `ids` are the numbers of their words, of which `traits`
/// tells what they are.
pub(super) fn are_other(texts: [StoryText<'_>; 2], ids: [&[u32]; 2], traits: &[Trait]) -> bool {
    let heads = texts.map(|text| head(text));
    let mut subjects = [const { Vec::new() }; 2];
    for side in 0..2 {
        subjects[side] = own_subjects(texts[side], texts[1 - side], ids[side], traits);
        if subjects[side].is_empty() {
            return false;
        }
    }
    let rest = [0, 1].map(|side| {
        let is_subject = |word: &&str| subjects[side].iter().any(|(subject, _)| subject == word);
        heads[side].iter().copied().filter(|word| !is_subject(word)).collect::<Vec<&str>>()
    });
    let shared = rest[0].iter().filter(|word| rest[1].contains(word)).count();
    let shared = shared as f64 / rest[0].len().min(rest[1].len()).max(1) as f64;
    let times = subjects.iter().flatten().map(|&(_, times)| times).max().unwrap_or_default();
    let short = texts.iter().all(|text| text.folded.len() < SHORT)
        && (subjects[0].len() + subjects[1].len() >= SUBJECTS || shared >= SHORT_HEADLINES_SHARED);
    shared >= HEADLINES_SHARED && (times >= TIMES || short)
}

/// The first words of a text without proclitics, each once.
fn head(text: StoryText<'_>) -> Vec<&str> {
    let mut head: Vec<&str> = Vec::with_capacity(HEADLINE);
    for word in (0..text.folded.len().min(HEADLINE)).map(|at| bare(text.folded.word(at))) {
        if !head.contains(&word) {
            head.push(word);
        }
    }
    head
}

/// The subjects that a text opens with and the other lacks, without proclitics, and how often it has each.
fn own_subjects<'t>(
    text: StoryText<'t>,
    other: StoryText<'_>,
    ids: &[u32],
    traits: &[Trait],
) -> Vec<(&'t str, usize)> {
    let mut subjects: Vec<(&str, usize)> = Vec::new();
    for (at, &id) in ids.iter().enumerate().take(HEADLINE) {
        let word = &traits[id as usize];
        let tells = word.class == Class::Open && !word.number && !word.digits && !word.shared;
        let subject = bare(text.folded.word(at));
        if !tells || word.weight < TELLS || subjects.iter().any(|known| known.0 == subject) {
            continue;
        }
        let words = |text: StoryText<'_>, is_meant: &dyn Fn(&str) -> bool| {
            (0..text.folded.len()).filter(|&at| is_meant(bare(text.folded.word(at)))).count()
        };
        let times = words(text, &|word| word == subject);
        if times > 1 && words(other, &|word| word == subject || are_akin(word, subject)) == 0 {
            subjects.push((subject, times));
        }
    }
    subjects
}
