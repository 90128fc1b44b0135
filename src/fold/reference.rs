//! The fold as the rules tell it, over characters: slow, obvious, the measure of the fast pass.

use super::layer::Layer;
use super::markup::{self, ENTITY_CHARS, ROUNDS, TAG_CHARS};
use super::tables::{self, AGENCIES, Action, BLESSING, PROCLITICS};
use super::{Folded, Folder, Profile, Token, hash_word, mojibake};
use crate::types::ByteSpan;

/// A character and the bytes of the original text it stands for.
type Place = (char, usize, usize);

/// A word in the making: its letters, each with the place in the row of characters it came from.
#[derive(Clone, Debug, Default)]
struct Word {
    letters: Vec<(char, usize)>,
    /// First character and one past the last, in the row of characters.
    start: usize,
    end: usize,
    /// It is a word of a sign that stands for several.
    phrase: bool,
}

impl Word {
    fn text(&self) -> String {
        self.letters.iter().map(|(c, _)| c).collect()
    }

    fn is_single(&self) -> bool {
        self.letters.len() == 1 && !self.letters[0].0.is_ascii_digit()
    }
}

/// Folds `text` as `folder` does, slowly: the oracle of [`Folder::fold`].
pub fn fold(folder: &Folder, text: &str) -> Folded {
    let profile = folder.profile;
    let mut layer = Layer::default();
    mojibake::repair(text, &mut layer);
    let mut places = layer.characters(text);
    for _ in 0..ROUNDS {
        places = decode_entities(&places);
    }
    let places = blank_tags(&places);

    let mut words = cut_words(profile, &places);
    if profile != Profile::Strict {
        for word in &mut words {
            fold_maksura_hamza(profile, &places, word);
        }
        words = fuse_agencies(&places, &words);
        words = glue_particles(&places, &words);
        words = words.into_iter().flat_map(split_name).collect();
    }
    if profile == Profile::Loose {
        words = drop_blessings(&words);
        for word in &mut words {
            loosen(folder, word);
        }
        words.retain(|word| !word.letters.is_empty());
    }
    join(&places, &words)
}

/// R4: one round of entities.
fn decode_entities(places: &[Place]) -> Vec<Place> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < places.len() {
        let opened = places[at].0 == '&';
        let mut inside = places[at + 1..].iter().take(ENTITY_CHARS + 1);
        let length = opened.then(|| inside.position(|place| place.0 == ';')).flatten();
        let decoded = length.and_then(|length| {
            let inside: String = places[at + 1..=at + length].iter().map(|place| place.0).collect();
            Some((markup::entity(&inside)?, at + length + 1))
        });
        if let Some((c, last)) = decoded {
            out.push((c, places[at].1, places[last].2));
            at = last + 1;
        } else {
            out.push(places[at]);
            at += 1;
        }
    }
    out
}

/// R4: tags become one space.
fn blank_tags(places: &[Place]) -> Vec<Place> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < places.len() {
        let opened = places[at].0 == '<';
        let mut inside = places[at + 1..].iter().take(TAG_CHARS + 1);
        let length =
            opened.then(|| inside.position(|place| matches!(place.0, '<' | '>'))).flatten();
        match length {
            Some(length)
                if places[at + length + 1].0 == '>'
                    && matches!(places[at + 1].0, 'a'..='z' | 'A'..='Z' | '/' | '!' | '?') =>
            {
                out.push((' ', places[at].1, places[at + length + 1].2));
                at += length + 2;
            }
            _ => {
                out.push(places[at]);
                at += 1;
            }
        }
    }
    out
}

/// The character rules and the borders of words: R5–R24, R26, R29, R30.
fn cut_words(profile: Profile, places: &[Place]) -> Vec<Word> {
    let actions: Vec<Action> =
        places.iter().map(|place| tables::action(profile, place.0)).collect();
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut end_word = |word: &mut Word, end: usize| {
        let mut word = std::mem::take(word);
        if let Some(first) = word.letters.first() {
            word.start = first.1;
            word.end = end;
            words.push(word);
        }
    };
    for (at, action) in actions.iter().enumerate() {
        match *action {
            Action::Drop => {}
            Action::Boundary => end_word(&mut word, at),
            Action::Letter(c) => {
                let splits = profile != Profile::Strict
                    && word
                        .letters
                        .last()
                        .is_some_and(|(last, _)| last.is_ascii_digit() != c.is_ascii_digit());
                if splits {
                    end_word(&mut word, at);
                }
                word.letters.push((c, at));
            }
            Action::Hamza => {
                if let Some((last, _)) = word.letters.last_mut()
                    && let Some(letter) = tables::compose(*last, places[at].0)
                {
                    *last = tables::fold_letter(profile, letter);
                }
            }
            Action::Tatweel => {
                if !touches_letter(&word, &actions[at..]) {
                    end_word(&mut word, at);
                }
            }
            Action::Form(form) => {
                let splits = profile != Profile::Strict
                    && word.letters.last().is_some_and(|(last, _)| last.is_ascii_digit());
                if splits {
                    end_word(&mut word, at);
                }
                word.letters.extend(letters(profile, form).map(|c| (c, at)));
            }
            Action::Phrase(phrase) => {
                end_word(&mut word, at);
                for part in phrase.split(' ') {
                    word.letters.extend(letters(profile, part).map(|c| (c, at)));
                    word.phrase = true;
                    end_word(&mut word, at + 1);
                }
            }
        }
    }
    end_word(&mut word, places.len());
    words
}

/// R14a: whether a letter stands on either side of a tatweel, dropped characters aside.
fn touches_letter(word: &Word, rest: &[Action]) -> bool {
    let after = rest
        .iter()
        .find(|action| !matches!(action, Action::Drop | Action::Hamza | Action::Tatweel));
    word.letters.last().is_some_and(|(last, _)| !last.is_ascii_digit())
        || match after {
            Some(Action::Letter(c)) => !c.is_ascii_digit(),
            Some(Action::Form(_)) => true,
            _ => false,
        }
}

fn letters(profile: Profile, form: &str) -> impl Iterator<Item = char> {
    form.chars().filter_map(move |c| match tables::action(profile, c) {
        Action::Letter(c) => Some(c),
        _ => None,
    })
}

/// R25.
fn fold_maksura_hamza(profile: Profile, places: &[Place], word: &mut Word) {
    let strict: String =
        cut_words(Profile::Strict, &places[word.start..word.end]).iter().map(Word::text).collect();
    if strict.ends_with("ىء") {
        word.letters.pop();
        if let Some((last, _)) = word.letters.last_mut() {
            *last = tables::fold_letter(profile, 'ئ');
        }
    }
}

fn gap(places: &[Place], word: &Word, next: &Word) -> String {
    places[word.end..next.start.max(word.end)].iter().map(|place| place.0).collect()
}

fn ends_line(gap: &str) -> bool {
    gap.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// R27, first half.
fn fuse_agencies(places: &[Place], words: &[Word]) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut at = 0;
    'words: while at < words.len() {
        for (parts, name) in AGENCIES {
            let Some(row) = words.get(at..at + parts.len()) else {
                continue;
            };
            let spelled = row.iter().zip(parts).all(|(word, part)| word.text() == *part);
            let close = row.windows(2).all(|pair| {
                let gap = gap(places, &pair[0], &pair[1]);
                !ends_line(&gap)
                    && gap.chars().all(|c| {
                        c == '.'
                            || c.is_whitespace()
                            || tables::action(Profile::Strict, c) == Action::Drop
                    })
            });
            let in_a_row = name == "اب"
                && (out.last().is_some_and(Word::is_single)
                    || words.get(at + parts.len()).is_some_and(Word::is_single));
            if spelled && close && !in_a_row {
                out.push(Word {
                    letters: row.iter().flat_map(|word| word.letters.clone()).collect(),
                    start: row[0].start,
                    end: row[row.len() - 1].end,
                    phrase: false,
                });
                at += parts.len();
                continue 'words;
            }
        }
        out.push(words[at].clone());
        at += 1;
    }
    out
}

/// R27, second half.
fn glue_particles(places: &[Place], words: &[Word]) -> Vec<Word> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        let next = words.get(at + 1).filter(|next| {
            PROCLITICS.contains(&word.text().as_str())
                && !next.is_single()
                && (at == 0 || !words[at - 1].is_single())
                && !ends_line(&gap(places, word, next))
        });
        match next {
            Some(next) if next.letters[0].0.is_ascii_digit() => {}
            Some(next) if ('\u{600}'..='\u{6FF}').contains(&next.letters[0].0) && !next.phrase => {
                out.push(Word {
                    letters: [word.letters.clone(), next.letters.clone()].concat(),
                    start: word.start,
                    end: next.end,
                    phrase: false,
                });
                at += 1;
            }
            _ => out.push(word.clone()),
        }
        at += 1;
    }
    out
}

/// R28.
fn split_name(word: Word) -> Vec<Word> {
    let mut out = Vec::new();
    let mut rest = word;
    while out.len() < 2 {
        let text = rest.text();
        let Some(cut) = name_border(&text) else { break };
        if rest.letters[cut].1 == rest.letters[cut - 1].1 {
            break;
        }
        let tail = rest.letters.split_off(cut);
        let border = tail[0].1;
        out.push(Word { end: border, ..rest.clone() });
        rest = Word { letters: tail, start: border, ..rest };
    }
    out.push(rest);
    out
}

/// Letters before the cut of a name written together.
fn name_border(word: &str) -> Option<usize> {
    let long = |rest: &str| rest.len() > "الX".len();
    for particle in ["", "و", "ف", "ب", "ل", "ك"] {
        let Some(name) = word.strip_prefix(particle) else {
            continue;
        };
        if let Some(rest) = name.strip_prefix("عبد")
            && rest.starts_with("ال")
            && long(rest)
        {
            return Some(particle.chars().count() + 3);
        }
        if matches!(particle, "" | "و" | "ب")
            && let Some(rest) = name.strip_prefix("ابو")
            && long(rest)
            && !rest.starts_with("اب")
            && !rest.starts_with("اق")
            && !["تها", "تهم", "تنا", "هما", "كما"].contains(&rest)
        {
            return Some(particle.chars().count() + 3);
        }
    }
    None
}

/// R9c in `loose`.
fn drop_blessings(words: &[Word]) -> Vec<Word> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let row = words.get(at..at + BLESSING.len());
        if row.is_some_and(|row| row.iter().map(Word::text).eq(BLESSING)) {
            at += BLESSING.len();
        } else {
            out.push(words[at].clone());
            at += 1;
        }
    }
    out
}

/// R31–R33.
fn loosen(folder: &Folder, word: &mut Word) {
    if folder.options.drop_hamza {
        word.letters.retain(|(c, _)| *c != 'ء');
    }
    if folder.options.strip_conjunctions
        && word.letters.len() >= 4
        && matches!(word.letters[0].0, 'و' | 'ف')
    {
        word.letters.remove(0);
    }
    let runs = word.letters.chunk_by(|a, b| a.0 == b.0);
    word.letters = runs
        .flat_map(|run| match run.len() {
            3.. if ('\u{600}'..='\u{6FF}').contains(&run[0].0) => &run[..1],
            _ => run,
        })
        .copied()
        .collect();
}

fn join(places: &[Place], words: &[Word]) -> Folded {
    let mut out = Folded::default();
    for word in words {
        if !out.text.is_empty() {
            out.text.push(' ');
        }
        let start = out.text.len() as u32;
        out.text.push_str(&word.text());
        out.tokens.push(Token {
            start,
            end: out.text.len() as u32,
            span: ByteSpan::new(places[word.start].1 as u32, places[word.end - 1].2 as u32),
        });
        out.hashes.push(hash_word(word.text().as_bytes()));
    }
    out
}
