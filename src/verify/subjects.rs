//! What two texts of one wording are about.
//!
//! In: two texts that the rules call copies. Out: whether each opens with a subject of its own, a word that
//! it uses again and that the other text never has: one telegram to two heads of state, one notice of two
//! school offices. Places and offices are common words of an archive, so their rarity does not tell. Cost:
//! a microsecond; ten where each headline has words alone and the rest is alike. Does not: know names.

use super::differences::Trait;
use super::judge::StoryText;
use super::lexicon::Class;
use super::spelling::{Akin, bare};
use crate::frequency::WEIGHT_ONE;

/// Words that a text opens with: those of a headline, or the first of a lead. With 7 words six of
/// seventeen pairs of other subjects are lost that 10 tell, with 12 none more is told.
const HEADLINE: usize = 10;

/// Weight of a word that may be a subject: one page in eight has it.
const TELLS: u32 = 3 * WEIGHT_ONE;

/// Share of the other words of the shorter headline that the longer must have: an editor who puts another
/// headline to a story chooses other words for all of it.
const HEADLINES_SHARED: f64 = 0.4;

/// How often one of the two texts uses its subject. Of 3,765 pairs of real articles that the other rules
/// call copies the rule finds 19, of which 16 tell of two subjects; if 2 were enough, it would find twice
/// as many, and one or two more of them rightly.
const TIMES: usize = 3;

/// Words of two texts that are so short that twice is enough, if they have so many subjects, or so much of
/// their headlines in common.
const SHORT: usize = 100;
const SUBJECTS: usize = 3;
const SHORT_HEADLINES_SHARED: f64 = 0.6;

/// Whether the two texts have other subjects. `ids` are the numbers of their words, of which `traits`
/// tells what they are.
pub(super) fn are_other(texts: [StoryText<'_>; 2], ids: [&[u32]; 2], traits: &[Trait]) -> bool {
    // What is cheap to know comes first: nearly all pairs end at one of the first two questions.
    let tells = |&id: &u32| is_telling(&traits[id as usize]);
    if !ids.iter().all(|ids| ids.iter().take(HEADLINE).any(tells)) {
        return false;
    }
    let sides = [0, 1].map(|side| Opening::of(texts[side], ids[side], traits));
    let shared = sides[0].head.iter().filter(|word| sides[1].head.contains(word)).count() as f64;
    let shared_of = |own: [usize; 2]| {
        let rest = [0, 1].map(|side| sides[side].head.len() - own[side]);
        shared / rest[0].min(rest[1]).max(1) as f64
    };
    if shared_of(sides.each_ref().map(|side| side.own.len())) < HEADLINES_SHARED {
        return false;
    }
    let mut subjects = sides.each_ref().map(|side| side.used_again(traits));
    for side in 0..2 {
        if subjects.iter().any(Vec::is_empty) {
            return false;
        }
        let other = &sides[1 - side];
        subjects[side].retain(|&(subject, _)| !other.has_akin(subject, traits));
    }
    if subjects.iter().any(Vec::is_empty) {
        return false;
    }
    let shared = shared_of(subjects.each_ref().map(Vec::len));
    let times = subjects.iter().flatten().map(|&(_, times)| times).max().unwrap_or_default();
    let short = texts.iter().all(|text| text.folded.len() < SHORT)
        && (subjects[0].len() + subjects[1].len() >= SUBJECTS || shared >= SHORT_HEADLINES_SHARED);
    shared >= HEADLINES_SHARED && (times >= TIMES || short)
}

/// Whether it is a word of substance that the other text lacks.
fn is_telling(word: &Trait) -> bool {
    word.class == Class::Open
        && !word.number
        && !word.digits
        && !word.shared
        && word.weight >= TELLS
}

/// The first words of a text; here and below without proclitics, each once.
struct Opening<'t> {
    text: StoryText<'t>,
    ids: &'t [u32],
    head: Vec<&'t str>,
    /// Those of substance that the other text lacks.
    own: Vec<&'t str>,
}

impl<'t> Opening<'t> {
    fn of(text: StoryText<'t>, ids: &'t [u32], traits: &[Trait]) -> Self {
        let (mut head, mut own) = (Vec::with_capacity(HEADLINE), Vec::new());
        for (at, &id) in ids.iter().enumerate().take(HEADLINE) {
            let word = bare(text.folded.word(at));
            if head.contains(&word) {
                continue;
            }
            head.push(word);
            if is_telling(&traits[id as usize]) {
                own.push(word);
            }
        }
        Self { text, ids, head, own }
    }

    /// Own words that the text has twice or more, and how often.
    fn used_again(&self, traits: &[Trait]) -> Vec<(&'t str, usize)> {
        let words = self.ids.iter().enumerate().filter(|&(_, &id)| !traits[id as usize].shared);
        let alone: Vec<&str> = words.map(|(at, _)| bare(self.text.folded.word(at))).collect();
        let times =
            |&subject: &&'t str| (subject, alone.iter().filter(|&&word| word == subject).count());
        self.own.iter().map(times).filter(|&(_, times)| times > 1).collect()
    }

    /// Whether the text has the word, or one that may be a form of it.
    fn has_akin(&self, subject: &str, traits: &[Trait]) -> bool {
        let mut akin = Akin::to(subject);
        self.ids.iter().enumerate().any(|(at, &id)| {
            traits[id as usize].class == Class::Open && akin.is(bare(self.text.folded.word(at)))
        })
    }
}
