//! The vocabulary: the words of `words.txt`, and after them as many as are wanted, made from roots
//! and patterns or, for names from abroad, from syllables.

use std::sync::OnceLock;

use super::random::{PowerLaw, Random};
use super::text::{Letter, Row, Text};

const WORDS: &str = include_str!("words.txt");

/// What comes after the last word of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// Nothing.
    Closed,
    /// Words made from roots and patterns: the number of the class's patterns.
    Derived(usize),
    /// Names in Arabic letters, from syllables.
    Foreign,
}

/// Words of an open class that are kept in memory; rarer ones are made anew.
const KEPT: u64 = 8192;

#[derive(Debug)]
struct Class {
    name: &'static str,
    /// Words of the list, and whether they are feminine.
    listed: Vec<(String, bool)>,
    /// The more frequent words as they are, and in the feminine.
    rows: [Vec<Row>; 2],
    rest: Rest,
    /// Which law ranks follow, and where they start anew.
    law: usize,
    wrap: u32,
}

/// The class of a word without letters.
pub(super) const NOTHING: &str = "nothing";

/// A form that roots are put into.
#[derive(Debug)]
struct Pattern {
    /// Letters, and places of the root's letters.
    letters: Vec<std::result::Result<Letter, usize>>,
    feminine: bool,
}

impl Pattern {
    fn new(form: &str) -> Self {
        let letter = |c: char| match c.to_digit(10) {
            Some(place) => Err(place as usize - 1),
            None => Ok(Letter::new(c).expect("an Arabic letter")),
        };
        let feminine = form.ends_with('ة') || form.ends_with("ات");
        Self { letters: form.chars().map(letter).collect(), feminine }
    }
}

/// All classes of words.
#[derive(Debug)]
pub(super) struct Words {
    classes: Vec<Class>,
    roots: Vec<[Letter; 3]>,
    letters: Vec<Letter>,
    patterns: [Vec<Pattern>; DERIVED.len()],
    syllables: Vec<&'static str>,
    endings: Vec<&'static str>,
    /// How ranks fall in closed classes, and in open ones.
    laws: [PowerLaw; 2],
}

/// The one vocabulary.
pub(super) fn vocabulary() -> &'static Words {
    static VOCABULARY: OnceLock<Words> = OnceLock::new();
    VOCABULARY.get_or_init(Words::read)
}

impl Words {
    fn read() -> Self {
        let mut sections: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) => sections.push((name, Vec::new())),
                None if line.is_empty() => {}
                None => sections.last_mut().expect("a section").1.extend(line.split(' ')),
            }
        }
        let mut take = |name: &str| {
            let at = sections.iter().position(|section| section.0 == name).expect("a section");
            sections.remove(at).1
        };
        let (roots, syllables, endings) = (take("root"), take("syllable"), take("ending"));
        let patterns = DERIVED
            .map(|name| take(&format!("pattern_{name}")).into_iter().map(Pattern::new).collect());
        let root = |word: &&str| {
            let mut letters = word.chars().map(Letter::new);
            std::array::from_fn(|_| letters.next().flatten().expect("three letters"))
        };
        let mut classes: Vec<Class> =
            sections.into_iter().map(|(name, words)| Class::new(name, &words)).collect();
        classes.push(Class::of("foreign", &[], Rest::Foreign));
        classes.push(Class::of(NOTHING, &[""], Rest::Closed));
        let mut words = Self {
            classes,
            roots: roots.iter().map(root).collect(),
            letters: LETTERS.map(|letter| Letter::new(letter).expect("an Arabic letter")).to_vec(),
            patterns,
            syllables,
            endings,
            laws: [
                PowerLaw::new(&[(OCTAVES_OF_LISTS, 0.62), (32, 0.1)]),
                PowerLaw::new(&[(13, 0.57), (15, 0.1), (32, 0.2)]),
            ],
        };
        words.keep();
        words
    }

    /// Makes the more frequent words once and for all.
    fn keep(&mut self) {
        let mut text = Text::default();
        let mut all = Vec::new();
        for class in &self.classes {
            let listed = class.listed.len() as u64;
            let kept = if class.rest == Rest::Closed { listed } else { KEPT };
            let rows = [false, true].map(|feminine| {
                let row = |rank| {
                    text.clear();
                    let own = self.make(class, rank, feminine, &mut text);
                    Row::new(text.as_str(), own)
                };
                (0..kept).map(row).collect()
            });
            all.push(rows);
        }
        for (class, rows) in self.classes.iter_mut().zip(all) {
            class.rows = rows;
        }
    }

    /// The number of a class.
    pub(super) fn class(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class.name == name)
    }

    /// Says a word, if asked for in the feminine: adjectives and past verbs take an ending, present
    /// verbs another first letter. Returns whether it is feminine by itself.
    #[inline(always)]
    pub(super) fn say(
        &self,
        class: usize,
        agree: bool,
        random: &mut Random,
        text: &mut Text,
    ) -> bool {
        let class = &self.classes[class];
        let rank = self.laws[class.law].draw(random) as u32 % class.wrap;
        match class.rows[usize::from(agree)].get(rank as usize).filter(|row| row.is_short()) {
            Some(row) => {
                text.push_row(row);
                row.feminine()
            }
            None => self.make(class, u64::from(rank), agree, text),
        }
    }

    /// Says an adjective.
    pub(super) fn say_adjective(&self, random: &mut Random, text: &mut Text) {
        self.say(self.class("adj").expect("there are adjectives"), false, random, text);
    }

    /// Makes a word by its rank, if asked for in the feminine; returns whether it is so by itself.
    #[inline(never)]
    fn make(&self, class: &Class, rank: u64, agree: bool, text: &mut Text) -> bool {
        let from = text.len();
        let feminine = match (class.listed.get(rank as usize), class.rest) {
            (Some((word, feminine)), _) => {
                text.push_str(word);
                *feminine
            }
            (None, Rest::Derived(patterns)) => {
                self.derive(patterns, rank - class.listed.len() as u64, text)
            }
            (None, Rest::Closed | Rest::Foreign) => {
                self.name(rank, text);
                false
            }
        };
        if agree {
            class.agree(from, text);
        }
        feminine
    }

    /// A word of root and pattern, by number: real roots first, then three letters that could be one.
    /// Returns whether it is feminine.
    fn derive(&self, patterns: usize, number: u64, text: &mut Text) -> bool {
        let patterns = &self.patterns[patterns];
        let pattern = &patterns[(number % patterns.len() as u64) as usize];
        let number = number / patterns.len() as u64;
        let mut left = number.saturating_sub(self.roots.len() as u64);
        let root = self.roots.get(number as usize).copied().unwrap_or_else(|| {
            std::array::from_fn(|_| {
                let letter = self.letters[(left % LETTERS.len() as u64) as usize];
                left /= LETTERS.len() as u64;
                letter
            })
        });
        while left > 0 {
            text.push_str(self.syllables[(left % self.syllables.len() as u64) as usize]);
            left /= self.syllables.len() as u64;
        }
        for letter in &pattern.letters {
            text.push_letter(letter.unwrap_or_else(|place| root[place]));
        }
        pattern.feminine
    }

    /// A name from abroad, by number.
    fn name(&self, number: u64, text: &mut Text) {
        let syllables = self.syllables.len() as u64;
        let mut left = number;
        for _ in 0..2 {
            text.push_str(self.syllables[(left % syllables) as usize]);
            left /= syllables;
        }
        text.push_str(self.endings[(left % self.endings.len() as u64) as usize]);
        left /= self.endings.len() as u64;
        while left > 0 {
            text.push_str(self.syllables[(left % syllables) as usize]);
            left /= syllables;
        }
    }
}

/// Classes that go on after their last word.
const DERIVED: [&str; 5] = ["noun", "verb", "adj", "masdar", "family"];
/// Letters of roots.
const LETTERS: [char; 24] = [
    'ب', 'ر', 'ل', 'م', 'ن', 'ع', 'د', 'س', 'ق', 'ح', 'ف', 'ك', 'ج', 'ش', 'ط', 'ه', 'خ', 'ص', 'ز',
    'ت', 'غ', 'ض', 'ث', 'ذ',
];
/// Lists have at most some hundred words.
const OCTAVES_OF_LISTS: usize = 9;

impl Class {
    fn new(name: &'static str, words: &[&str]) -> Self {
        let rest = DERIVED.iter().position(|&open| open == name);
        Self::of(name, words, rest.map_or(Rest::Closed, Rest::Derived))
    }

    fn of(name: &'static str, words: &[&str], rest: Rest) -> Self {
        let word = |word: &&str| {
            let plain = word.trim_end_matches('+').replace('_', " ");
            let feminine = plain.ends_with('ة') || plain.ends_with("ات") || word.ends_with('+');
            (plain, feminine)
        };
        let open = rest != Rest::Closed;
        Self {
            name,
            listed: words.iter().map(word).collect(),
            rows: [Vec::new(), Vec::new()],
            rest,
            law: usize::from(open),
            wrap: if open { u32::MAX } else { words.len() as u32 },
        }
    }

    /// Gives the word from `from` on its feminine form.
    fn agree(&self, from: usize, text: &mut Text) {
        match self.name {
            "present" => text.replace_first(from, 'ي', 'ت'),
            "verb" | "said" => {
                let _ = text.cut("ى") || text.cut("ا") || text.cut("ة");
                text.push('ت');
            }
            "adj" if !text.ends_with("ة") => text.push('ة'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rare_words_never_run_out() {
        let words = vocabulary();
        let mut all = BTreeSet::new();
        let spread = (0..200_000).chain((0..1000).map(|at| 1_000_000 + at * 104_729));
        let mut made = 0;
        for number in spread {
            let mut text = Text::default();
            words.derive(0, number, &mut text);
            let text = text.as_str().to_owned();
            assert!(text.chars().all(|c| ('\u{621}'..='\u{64a}').contains(&c)), "{text}");
            all.insert(text);
            made += 1;
        }
        // A few forms can be read in two ways (a letter of the root, or one of the pattern).
        assert!(all.len() * 100 > made * 95, "{} of {made}", all.len());
    }

    #[test]
    fn adjectives_and_verbs_agree() {
        let words = vocabulary();
        let mut random = Random::of(&[1]);
        for (class, end) in [("adj", "ة"), ("verb", "ت"), ("said", "ت")] {
            let mut text = Text::default();
            words.say(words.class(class).unwrap(), true, &mut random, &mut text);
            assert!(text.ends_with(end), "{text:?}");
        }
        let mut text = Text::default();
        words.say(words.class("present").unwrap(), true, &mut random, &mut text);
        assert!(text.as_str().starts_with('ت'), "{text:?}");
    }
}
