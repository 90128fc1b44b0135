//! The sentences of the archive: a grammar read from `grammar.txt`, over words of `words.txt`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::random::{PowerLaw, Random};
use super::text::{ROW, Row, Text};
use super::words::{NOTHING, Words, vocabulary};

const GRAMMAR: &str = include_str!("grammar.txt");

/// Phrases that a story has of its own for every rule.
const OWN: usize = 24;

/// A piece of a sentence: a literal, and what follows it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Number of the literal.
    literal: u16,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    /// A word of a class; if so, in the gender of the word before it. One of no letters for none: so
    /// most pieces go one way.
    Word(u16, bool),
    /// A rule, said anew.
    Rule(u16),
    /// A rule, as a standing phrase; and the place of the rule among those.
    Standing(u16, u16),
    /// A number.
    Number(u32, u32),
    /// In so many of a hundred cases the pieces that follow, up to this one.
    Maybe(u8, u16),
    /// A feminine ending opens before a pronoun.
    Open,
}

/// What sentences are made of. Built once a process.
#[derive(Debug)]
pub(super) struct Language {
    words: &'static Words,
    literals: Vec<Row>,
    pieces: Vec<Piece>,
    /// Where the pieces of each way to say a rule begin; the last one is the end of all.
    ways: Vec<u16>,
    /// Where the ways of each rule begin, likewise.
    rules: Vec<u16>,
    names: BTreeMap<&'static str, usize>,
    /// Rules that are said as standing phrases.
    stand: Vec<u16>,
    standing: PowerLaw,
}

/// Where a text is in being said.
#[derive(Debug)]
pub(super) struct Speech<'a> {
    /// What was said.
    pub(super) text: &'a mut Text,
    /// Chance.
    pub(super) random: Random,
    /// The story whose own phrases come up again; none for none.
    story: Option<u64>,
    /// Where each of them stands in the text if it was said: its start, and its length, twice, and 1
    /// more if it is feminine.
    said: [[(u32, u32); OWN]; STANDING],
    feminine: bool,
}

/// Rules said as standing phrases, at most.
const STANDING: usize = 6;

impl<'a> Speech<'a> {
    /// Goes on after `text`.
    pub(super) fn new(text: &'a mut Text, random: Random, story: Option<u64>) -> Self {
        Self { text, random, story, said: [[(0, 0); OWN]; STANDING], feminine: false }
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
            literals: Vec::new(),
            pieces: Vec::new(),
            ways: Vec::new(),
            rules: Vec::new(),
            names,
            stand: Vec::new(),
            standing: PowerLaw::new(&[(8, 0.8), (15, 0.62), (32, 0.45)]),
        };
        for (_, lines) in &sections {
            language.rules.push(language.ways.len() as u16);
            for line in lines {
                language.ways.push(language.pieces.len() as u16);
                language.compile(line);
            }
        }
        language.rules.push(language.ways.len() as u16);
        language.ways.push(language.pieces.len() as u16);
        language
    }

    fn compile(&mut self, line: &'static str) {
        let mut rest = line;
        while !rest.is_empty() {
            let (text, after) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
            let literal = self.literal(text);
            rest = after;
            if rest.is_empty() {
                self.pieces.push(Piece { literal, then: self.nothing() });
            } else if let Some(maybe) = rest.strip_prefix("{?") {
                let (percent, after) = maybe.split_once(' ').expect("a share and a space");
                let percent = percent.parse().expect("a share");
                let end = closing(after);
                let at = self.pieces.len();
                self.pieces.push(Piece { literal, then: self.nothing() });
                self.compile(&after[..end]);
                self.pieces[at].then = Then::Maybe(percent, self.pieces.len() as u16);
                rest = &after[end + 1..];
            } else {
                let end = rest.find('}').expect("a closing brace");
                let then = self.slot(&rest[1..end]);
                self.pieces.push(Piece { literal, then });
                rest = &rest[end + 1..];
            }
        }
    }

    /// The number of a literal, or of its end if it is long: pieces for what is before that are added.
    fn literal(&mut self, text: &str) -> u16 {
        if text.starts_with('ه') {
            let literal = self.literal("");
            self.pieces.push(Piece { literal, then: Then::Open });
        }
        let mut text = text;
        while text.len() > ROW {
            let at = (0..=ROW).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let literal = self.literal(&text[..at]);
            self.pieces.push(Piece { literal, then: self.nothing() });
            text = &text[at..];
        }
        let row = Row::new(text, false);
        let known = self.literals.iter().position(|literal| *literal == row);
        known.unwrap_or_else(|| {
            self.literals.push(row);
            self.literals.len() - 1
        }) as u16
    }

    fn slot(&mut self, name: &'static str) -> Then {
        if let Some(rule) = name.strip_suffix('*') {
            let rule = self.rule(rule) as u16;
            let known = self.stand.iter().position(|&known| known == rule);
            let place = known.unwrap_or_else(|| {
                self.stand.push(rule);
                self.stand.len() - 1
            });
            assert!(place < STANDING, "too many rules are said as standing phrases");
            return Then::Standing(rule, place as u16);
        }
        if let Some(class) = name.strip_suffix('~') {
            return self.word(class, true);
        }
        if let Some((low, high)) = name.split_once('-') {
            let number = |text: &str| text.parse().expect("a number");
            return Then::Number(number(low), number(high));
        }
        // A class hides the rule of its name, which is then only said as a standing phrase.
        match (self.names.get(name), self.words.class(name)) {
            (Some(&rule), None) => Then::Rule(rule as u16),
            _ => self.word(name, false),
        }
    }

    fn word(&self, class: &str, agrees: bool) -> Then {
        Then::Word(self.words.class(class).expect("a class of words") as u16, agrees)
    }

    /// Nothing follows a literal.
    fn nothing(&self) -> Then {
        self.word(NOTHING, true)
    }

    /// The number of a rule.
    pub(super) fn rule(&self, name: &str) -> usize {
        self.names[name]
    }

    /// Number of ways to say a rule.
    pub(super) fn ways(&self, rule: usize) -> usize {
        usize::from(self.rules[rule + 1] - self.rules[rule])
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
        let way = usize::from(self.rules[rule]) + way;
        let mut at = usize::from(self.ways[way]);
        let end = usize::from(self.ways[way + 1]);
        while at < end {
            let piece = &self.pieces[at];
            at += 1;
            speech.text.push_row(&self.literals[usize::from(piece.literal)]);
            match piece.then {
                Then::Rule(rule) => self.say(usize::from(rule), speech),
                Then::Standing(rule, place) => self.say_standing(rule, place, speech),
                Then::Word(class, agrees) => {
                    let Speech { text, random, feminine, .. } = speech;
                    let gender = agrees && *feminine;
                    let own = self.words.say(usize::from(class), gender, random, text);
                    *feminine = if agrees { gender } else { own };
                }
                Then::Number(low, high) => {
                    let number = low + speech.random.below(u64::from(high - low) + 1) as u32;
                    push_number(number, speech.text);
                }
                Then::Maybe(percent, end) => {
                    if speech.random.below(100) >= u64::from(percent) {
                        at = usize::from(end);
                    }
                }
                Then::Open => {
                    if speech.text.cut("ة") {
                        speech.text.push('ت');
                    }
                }
            }
        }
    }

    fn say_standing(&self, rule: u16, place: u16, speech: &mut Speech<'_>) {
        let bits = speech.random.next();
        // A third of a story's phrases are what it is about.
        let Some(story) = speech.story.filter(|_| bits & 0xFF < 80) else {
            let number = self.standing.draw(&mut speech.random);
            return self.stand(rule, number, speech);
        };
        let phrase = ((bits >> 8 & 0xFFFF) * (bits >> 24 & 0xFFFF) * OWN as u64) >> 32;
        let (place, at) = (usize::from(place), phrase as usize);
        let (start, length) = speech.said[place][at];
        if length > 0 {
            speech.text.repeat(start as usize, (length / 2) as usize);
            speech.feminine = length & 1 == 1;
            return;
        }
        let name = story ^ u64::from(rule) << 56 ^ phrase << 48;
        let number = self.standing.draw(&mut Random::of_one(name));
        let start = speech.text.len();
        self.stand(rule, number, speech);
        let length = (speech.text.len() - start) as u32;
        speech.said[place][at] = (start as u32, length * 2 + u32::from(speech.feminine));
    }

    /// Says a standing phrase by its number: the same one in every text.
    fn stand(&self, rule: u16, number: u64, speech: &mut Speech<'_>) {
        let phrase = Random::of_one(u64::from(rule) << 48 ^ number);
        let random = std::mem::replace(&mut speech.random, phrase);
        let story = speech.story.take();
        speech.feminine = false;
        self.say(usize::from(rule), speech);
        (speech.random, speech.story) = (random, story);
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
pub(super) fn push_number(number: u32, text: &mut Text) {
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
    digits[at..].iter().for_each(|&digit| text.push_ascii(digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_said_and_ends() {
        let language = language();
        for (name, &rule) in &language.names {
            for way in 0..language.ways(rule) {
                let mut text = Text::default();
                let random = Random::of(&[way as u64]);
                language.say_way(rule, way, &mut Speech::new(&mut text, random, Some(1)));
                let text = text.as_str();
                assert!(!text.trim().is_empty(), "{name} {way}");
                assert!(!text.contains(['{', '}', '_', '~', '*', '\n']), "{name}: {text}");
            }
        }
    }

    #[test]
    fn an_own_phrase_is_the_same_when_it_comes_again() {
        let language = language();
        let rule = language.rule("np");
        let Some(place) = language.stand.iter().position(|&known| usize::from(known) == rule)
        else {
            panic!("phrases of nouns stand");
        };
        let say = |times: usize| {
            let mut text = Text::default();
            let mut speech = Speech::new(&mut text, Random::of(&[5]), Some(9));
            let mut phrases = BTreeMap::new();
            for _ in 0..times {
                let start = speech.text.len();
                language.say_standing(rule as u16, place as u16, &mut speech);
                let phrase = speech.text.as_str()[start..].to_owned();
                *phrases.entry((phrase, speech.feminine)).or_insert(0) += 1;
            }
            phrases
        };
        let often: Vec<i32> = say(3000).into_values().filter(|&count| count > 5).collect();
        assert!((OWN / 2..=OWN).contains(&often.len()), "{often:?}");
    }

    #[test]
    fn numbers_are_written_in_digits() {
        for number in [0, 7, 10, 4096, u32::MAX] {
            let mut text = Text::default();
            push_number(number, &mut text);
            assert_eq!(text.as_str(), number.to_string());
        }
    }
}
