//! What becomes of a story when another outlet takes it over.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::random::Random;
use super::story::Teller;
use super::text::Text;
use super::words::vocabulary;

/// How a page came to its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// The first telling.
    Original,
    /// The same bytes.
    Exact,
    /// The same words in another spelling: hamza, final yeh, marks, stretches, digits, quotes.
    Respelled,
    /// Some words said otherwise.
    Reworded,
    /// Without its last paragraphs, or its last sentence.
    Cut,
    /// With a paragraph more.
    Extended,
    /// Half of its sentences are others: readers would differ on whether it is a copy.
    Rewritten,
}

/// Bytes from which a story is long enough to be cut or extended.
const LONG: usize = 1800;

impl Edit {
    /// Edits that copies are made by, with how many of a thousand copies each makes.
    const COPIES: [(Self, u64); 6] = [
        (Self::Exact, 400),
        (Self::Respelled, 150),
        (Self::Reworded, 220),
        (Self::Cut, 100),
        (Self::Extended, 80),
        (Self::Rewritten, 50),
    ];

    /// How the text of a copy comes about; number 0 is the original. Of a short story, a paragraph
    /// more or less is no small edit, and none is made.
    pub(super) fn of(copy: u32, bytes: usize, random: &mut Random) -> Self {
        if copy == 0 {
            return Self::Original;
        }
        let mut draw = random.below(1000);
        for (edit, permille) in Self::COPIES {
            match draw.checked_sub(permille) {
                Some(left) => draw = left,
                None if bytes < LONG && matches!(edit, Self::Cut | Self::Extended) => {
                    return Self::Reworded;
                }
                None => return edit,
            }
        }
        Self::Exact
    }

    /// The level of the truth file: 0 the same text, 1 equal after folding, 2 still a copy, 3 not
    /// counted.
    pub fn level(self) -> u8 {
        match self {
            Self::Original | Self::Exact => 0,
            Self::Respelled => 1,
            Self::Reworded | Self::Cut | Self::Extended => 2,
            Self::Rewritten => 3,
        }
    }

    /// Makes the copy's text; `out` is overwritten.
    pub(super) fn apply(self, body: &str, teller: &Teller, mut random: Random, out: &mut Text) {
        out.clear();
        match self {
            Self::Original | Self::Exact => out.push_str(body),
            Self::Respelled => respell(body, &mut random, out),
            Self::Reworded => reword(body, &mut random, out),
            Self::Cut => out.push_str(cut(body, &mut random)),
            Self::Extended => {
                out.push_str(body);
                out.push_ascii(b'\n');
                teller.another(random, out);
            }
            Self::Rewritten => rewrite(body, teller, &mut random, out),
        }
    }
}

fn respell(body: &str, random: &mut Random, out: &mut Text) {
    // A house has its rules: each is kept to in most places.
    let rules = random.next();
    let keeps = |rule: u32| rules >> rule & 1 == 1;
    let mut bits = 0u64;
    for letter in body.chars() {
        if bits < 16 {
            bits = random.next() | 1 << 63;
        }
        let chance = bits & 15;
        bits >>= 4;
        match letter {
            'أ' | 'إ' | 'آ' if keeps(0) && chance < 12 => out.push('ا'),
            'ى' if keeps(1) && chance < 12 => out.push('ي'),
            'ة' if keeps(2) && chance < 6 => out.push('ه'),
            '«' | '»' if keeps(3) => out.push('"'),
            '0'..='9' if keeps(4) => {
                out.push(char::from_u32(letter as u32 + 0x660 - 0x30).unwrap_or(letter));
            }
            'ل' | 'م' | 'س' if keeps(5) && chance == 0 => {
                out.push(letter);
                out.push('\u{64e}');
            }
            'ب' | 'ت' | 'ن' if keeps(6) && chance == 0 => {
                out.push(letter);
                out.push('\u{650}');
            }
            _ => out.push(letter),
        }
    }
}

/// Words that say the same in a report.
struct Synonyms {
    /// By each of them.
    others: BTreeMap<&'static str, &'static [&'static str]>,
    /// Of a few bits of a word, whether one of them has the same: few others do.
    may: [bool; 4096],
}

impl Synonyms {
    fn all() -> &'static Self {
        const SAME: [&[&str]; 16] = [
            &["وقال", "وأضاف", "وأكد", "وأوضح", "وذكر", "وتابع", "وصرح", "وأفاد"],
            &["قال", "أضاف", "أكد", "أوضح", "ذكر", "صرح", "أفاد"],
            &["خلال", "أثناء"],
            &["بسبب", "نتيجة", "جراء"],
            &["بهدف", "بغية", "قصد"],
            &["كبير", "ضخم", "هائل"],
            &["جديد", "حديث", "مستحدث"],
            &["مهم", "بارز", "أساسي"],
            &["مشروع", "برنامج"],
            &["خطة", "مبادرة"],
            &["زيادة", "رفع", "مضاعفة"],
            &["إنشاء", "بناء", "إقامة"],
            &["منطقة", "ناحية"],
            &["رغم", "برغم"],
            &["حسب", "وفق", "بحسب"],
            &["بعدما", "عقب"],
        ];
        static SYNONYMS: OnceLock<Synonyms> = OnceLock::new();
        SYNONYMS.get_or_init(|| {
            let words = SAME.iter().flat_map(|same| same.iter().map(|&word| (word, *same)));
            let others: BTreeMap<_, _> = words.collect();
            let mut may = [false; 4096];
            for word in others.keys() {
                may[Self::bits(word)] = true;
            }
            Self { others, may }
        })
    }

    fn bits(word: &str) -> usize {
        let first = word.as_bytes().first_chunk().map_or(0, |first| u32::from_le_bytes(*first));
        (first.wrapping_mul(0x9E37_79B1) >> 20) as usize
    }

    fn of(&self, word: &str) -> Option<&'static [&'static str]> {
        if self.may[Self::bits(word)] { self.others.get(word).copied() } else { None }
    }
}

/// Says some words otherwise: words that have a synonym in half of the places, others seldom, by a
/// word put in or left out. Figures stay.
fn reword(body: &str, random: &mut Random, out: &mut Text) {
    let synonyms = Synonyms::all();
    let permille = 4 + random.below(22);
    let ends = memchr::memchr_iter(b' ', body.as_bytes()).chain([body.len()]);
    let (mut start, mut copied) = (0, 0);
    for end in ends {
        let word = &body[start..end];
        let next = (end + 1).min(body.len());
        if let Some(same) = synonyms.of(word).filter(|_| random.permille(500)) {
            out.push_str(&body[copied..start]);
            out.push_str(same[random.index(same.len())]);
            copied = end;
        } else if random.permille(permille) && plain(word) {
            match random.below(3) {
                0 => {
                    out.push_str(&body[copied..end]);
                    out.push_ascii(b' ');
                    vocabulary().say_adjective(random, out);
                    copied = end;
                }
                1 => {
                    out.push_str(&body[copied..start]);
                    copied = next;
                }
                _ => {
                    out.push_str(&body[copied..start]);
                    vocabulary().say_adjective(random, out);
                    copied = end;
                }
            }
        }
        start = next;
    }
    out.push_str(&body[copied..]);
}

/// Whether a word has nothing but letters.
fn plain(word: &str) -> bool {
    word.chars().all(|letter| ('\u{621}'..='\u{64a}').contains(&letter))
}

/// Leaves out up to a fifth at the end, at a line end or else after a full stop.
fn cut<'a>(body: &'a str, random: &mut Random) -> &'a str {
    let least = body.len() - body.len() / 5;
    let ends = |sign: &'static str| {
        let inside = move |&(at, _): &(usize, &str)| at >= least && at + sign.len() < body.len();
        body.match_indices(sign).filter(inside)
    };
    for (sign, kept) in [("\n", 0), (". ", 1)] {
        let count = ends(sign).count();
        if count > 0
            && let Some((at, _)) = ends(sign).nth(random.index(count))
        {
            return &body[..at + kept];
        }
    }
    body
}

/// Half of the sentences are others.
fn rewrite(body: &str, teller: &Teller, random: &mut Random, out: &mut Text) {
    for sentence in body.split_inclusive(['.', '\n']) {
        if random.permille(500) || sentence.len() < 20 {
            out.push_str(sentence);
        } else {
            if sentence.starts_with(' ') {
                out.push_ascii(b' ');
            }
            teller.another(Random::of(&[random.next()]), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    fn told() -> (Teller, String) {
        let teller = Teller::new(3);
        let mut story = super::super::story::Story::default();
        let long = (0..100).find(|&at| {
            teller.tell(at, &mut story);
            story.body.len() > 3000
        });
        assert!(long.is_some());
        (teller, story.body.as_str().to_owned())
    }

    #[test]
    fn another_spelling_folds_to_the_same_words() {
        let (teller, body) = told();
        let folder = Folder::new(Profile::Standard);
        let words = folder.fold(&body);
        let mut changed = 0;
        for seed in 0..20 {
            let mut out = Text::default();
            Edit::Respelled.apply(&body, &teller, Random::of(&[seed]), &mut out);
            let out = out.as_str();
            changed += usize::from(out != body);
            assert_eq!(folder.fold(out).hashes(), words.hashes(), "{seed}");
        }
        assert!(changed > 15);
    }

    #[test]
    fn edits_keep_as_much_as_they_say() {
        let (teller, body) = told();
        for seed in 0..20 {
            let mut out = Text::default();
            Edit::Cut.apply(&body, &teller, Random::of(&[seed]), &mut out);
            assert!(
                body.starts_with(out.as_str())
                    && out.len() < body.len()
                    && out.len() * 5 >= body.len() * 4
            );
            Edit::Extended.apply(&body, &teller, Random::of(&[seed]), &mut out);
            assert!(out.as_str().starts_with(&body) && out.len() > body.len());
            Edit::Reworded.apply(&body, &teller, Random::of(&[seed]), &mut out);
            assert!(out.as_str() != body && out.len() * 10 > body.len() * 9);
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
            assert_eq!(digits(out.as_str()), digits(&body), "figures stay");
        }
    }
}
