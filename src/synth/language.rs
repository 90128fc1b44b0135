//! The sentences of the archive: a grammar read from `grammar.txt`, over words of `words.txt`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::random::{PowerLaw, Random};
use super::words::{Words, vocabulary};

const GRAMMAR: &str = include_str!("grammar.txt");

/// Standing phrases of a rule that are kept in memory.
const KEPT: u64 = 8192;
/// Phrases that a story has of its own for every rule.
const OWN: u64 = 24;

/// A piece of a sentence.
#[derive(Clone, Debug)]
enum Piece {
    /// Bytes of the literals.
    Text(Range<u32>),
    /// A rule, said anew.
    Rule(usize),
    /// A rule, as a standing phrase.
    Standing(usize),
    /// A word of a class.
    Word(usize),
    /// The same, in the gender of the word before it.
    Agreeing(usize),
    /// A number.
    Number(u32, u32),
    /// In so many of a hundred cases the pieces that follow, up to this one.
    Maybe(u32, u32),
}

/// A rule: its ways to be said, each a range of pieces.
#[derive(Clone, Debug, Default)]
struct Rule {
    ways: Vec<Range<usize>>,
    kept: Kept,
}

/// Standing phrases in memory, side by side.
#[derive(Clone, Debug, Default)]
struct Kept {
    text: String,
    /// End of each phrase, twice; and 1 more if it is feminine.
    ends: Vec<u32>,
}

impl Kept {
    fn push(&mut self, phrase: &str, feminine: bool) {
        self.text.push_str(phrase);
        self.ends.push(self.text.len() as u32 * 2 + u32::from(feminine));
    }

    fn get(&self, number: usize) -> Option<(&str, bool)> {
        let end = *self.ends.get(number)?;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        Some((&self.text[start as usize / 2..end as usize / 2], end % 2 == 1))
    }
}

/// What sentences are made of. Built once a process.
#[derive(Debug)]
pub(super) struct Language {
    words: &'static Words,
    literals: String,
    pieces: Vec<Piece>,
    rules: Vec<Rule>,
    names: BTreeMap<&'static str, usize>,
    standing: PowerLaw,
}

/// Where a text is in being said.
#[derive(Debug)]
pub(super) struct Speech<'a> {
    /// What was said.
    pub(super) text: &'a mut String,
    /// Chance.
    pub(super) random: Random,
    /// Number of the story whose own phrases come up again; none for none.
    pub(super) story: Option<u64>,
    feminine: bool,
}

impl<'a> Speech<'a> {
    /// Goes on after `text`.
    pub(super) fn new(text: &'a mut String, random: Random, story: Option<u64>) -> Self {
        Self { text, random, story, feminine: false }
    }
}

/// The one language.
pub(super) fn language() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(Language::read)
}

impl Language {
    fn read() -> Self {
        let mut sections: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        for line in GRAMMAR.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) => sections.push((name, Vec::new())),
                None => sections.last_mut().expect("a line of a section").1.push(line),
            }
        }
        let names = sections.iter().enumerate().map(|(at, section)| (section.0, at)).collect();
        let mut language = Self {
            words: vocabulary(),
            literals: String::new(),
            pieces: Vec::new(),
            rules: vec![Rule::default(); sections.len()],
            names,
            standing: PowerLaw::new(&[(8, 0.8), (15, 0.62), (32, 0.45)]),
        };
        for (at, (_, lines)) in sections.iter().enumerate() {
            for line in lines {
                let from = language.pieces.len();
                language.compile(line);
                language.rules[at].ways.push(from..language.pieces.len());
            }
        }
        language.keep();
        language
    }

    /// Says the first standing phrases once and for all.
    fn keep(&mut self) {
        let mut standing: Vec<usize> = Vec::new();
        for piece in &self.pieces {
            if let Piece::Standing(rule) = piece {
                standing.push(*rule);
            }
        }
        standing.sort_unstable();
        standing.dedup();
        let mut kept: Vec<(usize, Kept)> = Vec::new();
        for rule in standing {
            let (mut phrases, mut text) = (Kept::default(), String::new());
            for number in 0..KEPT {
                text.clear();
                let feminine = self.stand(rule, number, &mut text);
                phrases.push(&text, feminine);
            }
            kept.push((rule, phrases));
        }
        for (rule, phrases) in kept {
            self.rules[rule].kept = phrases;
        }
    }

    fn compile(&mut self, line: &'static str) {
        let mut rest = line;
        while !rest.is_empty() {
            let (text, after) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
            if !text.is_empty() {
                let start = self.literals.len() as u32;
                self.literals.push_str(text);
                self.pieces.push(Piece::Text(start..self.literals.len() as u32));
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
            if let Some(maybe) = rest.strip_prefix("{?") {
                let (percent, after) = maybe.split_once(' ').expect("a share and a space");
                let end = closing(after);
                let at = self.pieces.len();
                self.pieces.push(Piece::Maybe(percent.parse().expect("a share"), 0));
                self.compile(&after[..end]);
                self.pieces[at] =
                    Piece::Maybe(percent.parse().expect("a share"), self.pieces.len() as u32);
                rest = &after[end + 1..];
            } else {
                let end = rest.find('}').expect("a closing brace");
                let piece = self.slot(&rest[1..end]);
                self.pieces.push(piece);
                rest = &rest[end + 1..];
            }
        }
    }

    fn slot(&self, name: &'static str) -> Piece {
        if let Some(rule) = name.strip_suffix('*') {
            return Piece::Standing(self.rule(rule));
        }
        if let Some(class) = name.strip_suffix('~') {
            return Piece::Agreeing(self.words.class(class).expect("a class of words"));
        }
        if let Some((low, high)) = name.split_once('-') {
            let number = |text: &str| text.parse().expect("a number");
            return Piece::Number(number(low), number(high));
        }
        // A class hides the rule of its name, which is then only said as a standing phrase.
        match (self.names.get(name), self.words.class(name)) {
            (Some(&rule), None) => Piece::Rule(rule),
            (_, Some(class)) => Piece::Word(class),
            (None, None) => unreachable!("no rule and no class {name}"),
        }
    }

    /// The number of a rule.
    pub(super) fn rule(&self, name: &str) -> usize {
        self.names[name]
    }

    /// Number of ways to say a rule.
    pub(super) fn ways(&self, rule: usize) -> usize {
        self.rules[rule].ways.len()
    }

    /// Says a rule.
    pub(super) fn say(&self, rule: usize, speech: &mut Speech<'_>) {
        let ways = self.ways(rule);
        // The lesser of two draws: earlier ways more often.
        let bits = speech.random.next();
        let draw = |bits: u64| (((bits & 0xFFFF_FFFF) * ways as u64) >> 32) as usize;
        self.say_way(rule, draw(bits).min(draw(bits >> 32)), speech);
    }

    /// Says a rule in one of its ways.
    pub(super) fn say_way(&self, rule: usize, way: usize, speech: &mut Speech<'_>) {
        let pieces = self.rules[rule].ways[way].clone();
        let mut at = pieces.start;
        while at < pieces.end {
            let piece = &self.pieces[at];
            at += 1;
            match piece {
                Piece::Text(text) => {
                    // A feminine ending opens before a pronoun.
                    if self.literals.as_bytes()[text.start as usize..].starts_with("ه".as_bytes())
                        && speech.text.ends_with('ة')
                    {
                        speech.text.pop();
                        speech.text.push('ت');
                    }
                    speech.text.push_str(&self.literals[text.start as usize..text.end as usize]);
                }
                Piece::Rule(rule) => self.say(*rule, speech),
                Piece::Standing(rule) => self.say_standing(*rule, speech),
                Piece::Word(class) => {
                    speech.feminine = self.words.say(*class, &mut speech.random, speech.text);
                }
                Piece::Agreeing(class) => {
                    let feminine = speech.feminine;
                    self.words.say_agreeing(*class, feminine, &mut speech.random, speech.text);
                }
                Piece::Number(low, high) => {
                    let number = low + speech.random.below(u64::from(high - low) + 1) as u32;
                    push_number(number, speech.text);
                }
                Piece::Maybe(percent, end) => {
                    if speech.random.below(100) >= u64::from(*percent) {
                        at = *end as usize;
                    }
                }
            }
        }
    }

    fn say_standing(&self, rule: usize, speech: &mut Speech<'_>) {
        let bits = speech.random.next();
        let number = match speech.story {
            // A third of a story's phrases are what it is about.
            Some(story) if bits & 0xFF < 80 => {
                let own = ((bits >> 8 & 0xFFFF) * (bits >> 24 & 0xFFFF) * OWN) >> 32;
                self.standing.draw(&mut Random::of(&[story, rule as u64, own]))
            }
            _ => self.standing.draw(&mut speech.random),
        };
        speech.feminine = match self.rules[rule].kept.get(number as usize) {
            Some((text, feminine)) => {
                speech.text.push_str(text);
                feminine
            }
            None => self.stand(rule, number, speech.text),
        };
    }

    /// Says a standing phrase by its number; returns its gender.
    fn stand(&self, rule: usize, number: u64, text: &mut String) -> bool {
        let mut speech = Speech::new(text, Random::of(&[rule as u64, number]), None);
        self.say(rule, &mut speech);
        speech.feminine
    }
}

/// Where the brace closes that was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    unreachable!("a brace is not closed in {text}")
}

/// Writes a number in digits.
pub(super) fn push_number(number: u32, text: &mut String) {
    let mut digits = [0; 10];
    let (mut at, mut left) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    digits[at..].iter().for_each(|&digit| text.push(char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_said_and_ends() {
        let language = language();
        for (name, &rule) in &language.names {
            for way in 0..language.ways(rule) {
                let mut text = String::new();
                let random = Random::of(&[way as u64]);
                language.say_way(rule, way, &mut Speech::new(&mut text, random, Some(1)));
                assert!(!text.trim().is_empty(), "{name} {way}");
                assert!(!text.contains(['{', '}', '_', '~', '*', '\n']), "{name}: {text}");
            }
        }
    }

    #[test]
    fn a_standing_phrase_is_the_same_from_memory_and_anew() {
        let language = language();
        let rule = language.rule("np");
        for number in [0, 1, KEPT - 1] {
            let mut text = String::new();
            let feminine = language.stand(rule, number, &mut text);
            let kept = language.rules[rule].kept.get(number as usize);
            assert_eq!(kept, Some((text.as_str(), feminine)));
        }
    }

    #[test]
    fn numbers_are_written_in_digits() {
        for number in [0, 7, 10, 4096, u32::MAX] {
            let mut text = String::new();
            push_number(number, &mut text);
            assert_eq!(text, number.to_string());
        }
    }
}
