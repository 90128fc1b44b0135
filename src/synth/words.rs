//! The vocabulary: the words of `words.txt`, and after them as many as are wanted, made from roots
//! and patterns or, for names from abroad, from syllables.

use std::sync::OnceLock;

use super::random::{PowerLaw, Random};

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

#[derive(Debug)]
struct Class {
    name: &'static str,
    /// Words, and whether they are feminine.
    words: Vec<(String, bool)>,
    rest: Rest,
}

/// A form that roots are put into.
#[derive(Debug)]
struct Pattern {
    /// Letters, and places of the root's letters.
    letters: Vec<std::result::Result<char, usize>>,
    feminine: bool,
}

impl Pattern {
    fn new(form: &str) -> Self {
        let letter = |c: char| c.to_digit(10).map_or(Ok(c), |place| Err(place as usize - 1));
        let feminine = form.ends_with('ة') || form.ends_with("ات");
        Self { letters: form.chars().map(letter).collect(), feminine }
    }
}

/// All classes of words.
#[derive(Debug)]
pub(super) struct Words {
    classes: Vec<Class>,
    roots: Vec<[char; 3]>,
    patterns: [Vec<Pattern>; DERIVED.len()],
    syllables: Vec<&'static str>,
    endings: Vec<&'static str>,
    open: PowerLaw,
    closed: PowerLaw,
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
            let mut letters = word.chars();
            std::array::from_fn(|_| letters.next().expect("three letters"))
        };
        let mut classes: Vec<Class> =
            sections.into_iter().map(|(name, words)| Class::new(name, &words)).collect();
        classes.push(Class { name: "foreign", words: Vec::new(), rest: Rest::Foreign });
        Self {
            classes,
            roots: roots.iter().map(root).collect(),
            patterns,
            syllables,
            endings,
            open: PowerLaw::new(&[(11, 0.57), (32, 0.29)]),
            closed: PowerLaw::new(&[(OCTAVES_OF_LISTS, 0.62), (32, 0.1)]),
        }
    }

    /// The number of a class.
    pub(super) fn class(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class.name == name)
    }

    /// Says a word; returns whether it is feminine.
    pub(super) fn say(&self, class: usize, random: &mut Random, text: &mut String) -> bool {
        let Class { words, rest, .. } = &self.classes[class];
        let number = words.len() as u64;
        let rank = match rest {
            Rest::Closed => self.closed.draw(random) % number,
            Rest::Derived(_) | Rest::Foreign => self.open.draw(random),
        };
        match (words.get(rank as usize), rest) {
            (Some((word, feminine)), _) => {
                text.push_str(word);
                *feminine
            }
            (None, Rest::Derived(patterns)) => self.derive(*patterns, rank - number, text),
            (None, Rest::Closed | Rest::Foreign) => {
                self.name(rank, text);
                false
            }
        }
    }

    /// Says a word in a gender: adjectives and past verbs take an ending, present verbs another
    /// first letter.
    pub(super) fn say_agreeing(
        &self,
        class: usize,
        feminine: bool,
        random: &mut Random,
        text: &mut String,
    ) {
        let from = text.len();
        self.say(class, random, text);
        if !feminine {
            return;
        }
        match self.classes[class].name {
            "present" if text[from..].starts_with('ي') => {
                text.replace_range(from..from + 'ي'.len_utf8(), "ت");
            }
            "verb" | "said" => {
                if text.ends_with(['ى', 'ا', 'ة']) {
                    text.pop();
                }
                text.push('ت');
            }
            "adj" if !text.ends_with('ة') => text.push('ة'),
            _ => {}
        }
    }

    /// A word of root and pattern, by number: real roots first, then three letters that could be one.
    /// Returns whether it is feminine.
    fn derive(&self, patterns: usize, number: u64, text: &mut String) -> bool {
        let patterns = &self.patterns[patterns];
        let pattern = &patterns[(number % patterns.len() as u64) as usize];
        let number = number / patterns.len() as u64;
        let mut left = number.saturating_sub(self.roots.len() as u64);
        let root = self.roots.get(number as usize).copied().unwrap_or_else(|| {
            std::array::from_fn(|_| {
                let letter = LETTERS[(left % LETTERS.len() as u64) as usize];
                left /= LETTERS.len() as u64;
                letter
            })
        });
        while left > 0 {
            text.push_str(self.syllables[(left % self.syllables.len() as u64) as usize]);
            left /= self.syllables.len() as u64;
        }
        for letter in &pattern.letters {
            text.push(letter.unwrap_or_else(|place| root[place]));
        }
        pattern.feminine
    }

    /// A name from abroad, by number.
    fn name(&self, number: u64, text: &mut String) {
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
        let rest = rest.map_or(Rest::Closed, Rest::Derived);
        let word = |word: &&str| {
            let plain = word.trim_end_matches('+').replace('_', " ");
            let feminine = plain.ends_with('ة') || plain.ends_with("ات") || word.ends_with('+');
            (plain, feminine)
        };
        Self { name, words: words.iter().map(word).collect(), rest }
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
            let mut text = String::new();
            words.derive(0, number, &mut text);
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
        for (class, end) in [("adj", 'ة'), ("verb", 'ت'), ("said", 'ت')] {
            let mut text = String::new();
            words.say_agreeing(words.class(class).unwrap(), true, &mut random, &mut text);
            assert!(text.ends_with(end), "{text}");
        }
        let mut text = String::new();
        words.say_agreeing(words.class("present").unwrap(), true, &mut random, &mut text);
        assert!(text.starts_with('ت'), "{text}");
    }
}
