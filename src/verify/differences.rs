//! What differs where two texts are aligned.
//!
//! In: the short gaps between shared runs. Out: one typed [`Difference`] for every changed place.
//! An editor changes spelling, day words, titles of honor and wording; a formula that is filled in
//! anew has other names and numbers in the same places. Cost: at most the square of
//! [`LONGEST_GAP`](super::align::LONGEST_GAP) a gap. Does not: look outside the gaps.

use serde::Serialize;

use super::align::Gap;
use super::judge::StoryText;
use super::lexicon::Class;
use super::vocabulary::Vocabulary;

/// What kind of change a difference is. In a place where several kinds meet, the last in this
/// order gives its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Particles and words of reporting only.
    Function,
    /// Titles of honor, agencies, papers.
    Credit,
    /// Day words and months.
    Date,
    /// The same words in another spelling, or with another proclitic.
    Spelling,
    /// Words of substance on one side that the other has nothing for.
    Added,
    /// Other words, and at most one side says something rare.
    Wording,
    /// Each side has a rare word that the other text lacks: other people, other places.
    Name,
    /// Each side has a number where the other has another. It may stand elsewhere in the other text:
    /// figures recur by chance, and in a report of figures the same one stands for many things.
    Number,
}

impl Kind {
    /// Number of kinds.
    pub const COUNT: usize = 8;

    /// All kinds, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Function,
        Self::Credit,
        Self::Date,
        Self::Spelling,
        Self::Added,
        Self::Wording,
        Self::Name,
        Self::Number,
    ];

    /// The word for it in files and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Credit => "credit",
            Self::Date => "date",
            Self::Spelling => "spelling",
            Self::Added => "added",
            Self::Wording => "wording",
            Self::Name => "name",
            Self::Number => "number",
        }
    }
}

/// A changed place: half-open ranges of words, either of which may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What changed.
    pub kind: Kind,
    /// First word and one past the last in the first text.
    pub a: (u32, u32),
    /// First word and one past the last in the second text.
    pub b: (u32, u32),
}

impl Difference {
    /// The same with the texts in the other order.
    pub(super) fn swapped(self) -> Self {
        Self { kind: self.kind, a: self.b, b: self.a }
    }
}

/// What the judge knows of every word of both texts, by its id.
#[allow(clippy::struct_excessive_bools, reason = "each is true of a word whatever the others are")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trait {
    /// Weight in units of 1 / `WEIGHT_ONE` bits; 0 if the word says nothing.
    pub(super) weight: u32,
    pub(super) class: Class,
    /// Whether it is written in digits.
    pub(super) digits: bool,
    /// Whether few pages have it.
    pub(super) rare: bool,
    /// Whether it is a number, in digits or letters, and no part of a date.
    pub(super) number: bool,
    /// Whether the other text has the word, or, where the texts are aligned, a spelling of it.
    pub(super) shared: bool,
}

impl Trait {
    /// Whether it may be the name of someone or somewhere.
    pub(super) fn is_rare(self) -> bool {
        self.rare && self.class == Class::Open && !self.number
    }
}

/// Reads gaps, one pair of texts after the other, in the same memory.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Lengths of longest common subsequences of the rest of both sides.
    lengths: Vec<u8>,
    letters: [Vec<char>; 2],
    /// The letters of all words of the second side of a place, and where those of each begin; the end
    /// follows.
    others: Vec<char>,
    other_starts: Vec<usize>,
    values: [Vec<u64>; 2],
    pub(super) differences: Vec<Difference>,
}

impl Reader {
    pub(super) fn clear(&mut self) {
        self.differences.clear();
    }

    /// Reads one gap: pairs equal words in order, types what lies between, and marks in `traits`
    /// the words that are spellings of one another as shared.
    pub(super) fn read(
        &mut self,
        gap: Gap,
        texts: [StoryText<'_>; 2],
        vocabulary: &Vocabulary,
        traits: &mut [Trait],
    ) {
        let (a, b) = (vocabulary.a(), vocabulary.b());
        let (mut i, mut j) = (gap.a.0, gap.b.0);
        let (rows, columns) = ((gap.a.1 - i) as usize, (gap.b.1 - j) as usize);
        // The classic table (Wagner, Fischer 1974), from the end. Where one side is empty nobody asks.
        let at = |row: usize, column: usize| row * (columns + 1) + column;
        if rows > 0 && columns > 0 {
            self.lengths.clear();
            self.lengths.resize((rows + 1) * (columns + 1), 0);
        }
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                self.lengths[at(row, column)] = if a[i as usize + row] == b[j as usize + column] {
                    self.lengths[at(row + 1, column + 1)] + 1
                } else {
                    self.lengths[at(row + 1, column)].max(self.lengths[at(row, column + 1)])
                };
            }
        }
        let (mut from_a, mut from_b) = (i, j);
        while i < gap.a.1 && j < gap.b.1 {
            let (row, column) = ((i - gap.a.0) as usize, (j - gap.b.0) as usize);
            if a[i as usize] == b[j as usize] {
                self.place((from_a, i), (from_b, j), texts, vocabulary, traits);
                (i, j) = (i + 1, j + 1);
                (from_a, from_b) = (i, j);
            } else if self.lengths[at(row + 1, column)] >= self.lengths[at(row, column + 1)] {
                i += 1;
            } else {
                j += 1;
            }
        }
        self.place((from_a, gap.a.1), (from_b, gap.b.1), texts, vocabulary, traits);
    }

    /// Types one changed place.
    fn place(
        &mut self,
        a: (u32, u32),
        b: (u32, u32),
        texts: [StoryText<'_>; 2],
        vocabulary: &Vocabulary,
        traits: &mut [Trait],
    ) {
        if a.0 == a.1 && b.0 == b.1 {
            return;
        }
        let mut kind = Kind::Function;
        let ids = [&vocabulary.a()[range(a)], &vocabulary.b()[range(b)]];
        let same_digits = self.same_digits([a, b], texts, ids, traits);
        if same_digits {
            for &id in ids.into_iter().flatten() {
                traits[id as usize].shared |= traits[id as usize].number;
            }
            kind = Kind::Spelling;
        }
        self.other_starts.clear();
        for x in a.0..a.1 {
            let mut is_spelled = false;
            for (nth, y) in (b.0..b.1).enumerate() {
                let ids = [vocabulary.a()[x as usize], vocabulary.b()[y as usize]];
                let [left, right] = ids.map(|id| traits[id as usize]);
                if left.shared && right.shared {
                    continue;
                }
                let own = texts[0].folded.word(x as usize);
                if !is_spelled {
                    spell(own, &mut self.letters[0]);
                    is_spelled = true;
                }
                if self.other_starts.is_empty() {
                    self.spell_others(texts[1], b);
                }
                let other = self.other_starts[nth]..self.other_starts[nth + 1];
                let letters = [&self.letters[0], &self.others[other]];
                let words = [own, texts[1].folded.word(y as usize)];
                if are_spellings(words, letters, [left.class, right.class]) {
                    for id in ids {
                        traits[id as usize].shared = true;
                    }
                    kind = Kind::Spelling;
                }
            }
        }
        let sides =
            [side(&vocabulary.a()[range(a)], traits), side(&vocabulary.b()[range(b)], traits)];
        let [left, right] = sides;
        kind = kind.max(left.kind).max(right.kind);
        if !same_digits && self.numbers_differ([a, b], texts, ids, traits) {
            kind = Kind::Number;
        } else if left.rare && right.rare {
            kind = Kind::Name;
        } else if left.kind == Kind::Added && right.kind == Kind::Added {
            kind = Kind::Wording;
        }
        self.differences.push(Difference { kind, a, b });
    }

    /// Whether both sides have numbers, and the same in all, read as figures or as values: `41,882` is
    /// two words and `41882` one, and `the thirty-fifth` may stand for 35.
    fn same_digits(
        &mut self,
        places: [(u32, u32); 2],
        texts: [StoryText<'_>; 2],
        ids: [&[u32]; 2],
        traits: &[Trait],
    ) -> bool {
        let is_number = |&id: &u32| {
            let word = traits[id as usize];
            word.digits || matches!(word.class, Class::Numeral(_))
        };
        if !ids.iter().all(|side| side.iter().any(is_number)) {
            return false;
        }
        for side in 0..2 {
            let letters = &mut self.letters[side];
            let done = std::mem::take(&mut self.values[side]);
            let mut values = Values { done, open: None };
            values.done.clear();
            letters.clear();
            for (at, &id) in range(places[side]).zip(ids[side]) {
                match traits[id as usize].class {
                    Class::Numeral(value) => {
                        values.numeral(value);
                        if value == 1000 && !letters.is_empty() {
                            letters.extend(['0'; 3]);
                        } else {
                            letters.extend(value.to_string().chars());
                        }
                    }
                    _ if traits[id as usize].digits => {
                        let figure = texts[side].folded.word(at);
                        values.figure(figure);
                        letters.extend(figure.chars());
                    }
                    _ => values.end(),
                }
            }
            values.end();
            self.values[side] = values.done;
        }
        let [a, b] = &self.letters;
        let [x, y] = &self.values;
        !a.is_empty() && (a == b || x == y)
    }

    /// Whether each side has a number that the other side does not have. One in letters counts only
    /// if the other text lacks it: `one` and `three` are also words of prose.
    fn numbers_differ(
        &mut self,
        places: [(u32, u32); 2],
        texts: [StoryText<'_>; 2],
        ids: [&[u32]; 2],
        traits: &[Trait],
    ) -> bool {
        let is_figure = |id: u32| {
            let word = traits[id as usize];
            word.number && (!word.shared || word.class == Class::Open)
        };
        let mut differs = |own: usize, other: usize| {
            range(places[own]).zip(ids[own]).any(|(x, &id)| {
                let class = traits[id as usize].class;
                is_figure(id)
                    && !range(places[other]).zip(ids[other]).any(|(y, &id)| {
                        let classes = [class, traits[id as usize].class];
                        traits[id as usize].number
                            && self.is_spelling(
                                texts[own].folded.word(x),
                                texts[other].folded.word(y),
                                classes,
                            )
                    })
            })
        };
        differs(0, 1) && differs(1, 0)
    }

    /// Spells the words of one side of a place.
    fn spell_others(&mut self, text: StoryText<'_>, words: (u32, u32)) {
        self.others.clear();
        self.other_starts.push(0);
        for word in range(words) {
            spell_onto(text.folded.word(word), &mut self.others);
            self.other_starts.push(self.others.len());
        }
    }

    /// Whether two words are spellings of one ([`are_spellings`]), neither of which is spelled yet.
    fn is_spelling(&mut self, a: &str, b: &str, classes: [Class; 2]) -> bool {
        let [letters_a, letters_b] = &mut self.letters;
        spell(a, letters_a);
        spell(b, letters_b);
        are_spellings([a, b], [letters_a, letters_b], classes)
    }
}

/// Whether two words of these letters are spellings of one: equal but for a proclitic, for one letter in
/// four or two in seven, or the same number in letters and digits.
fn are_spellings(words: [&str; 2], letters: [&[char]; 2], classes: [Class; 2]) -> bool {
    let value = |word: &str, class| match class {
        Class::Numeral(value) => Some(u64::from(value)),
        _ => word.parse::<u64>().ok(),
    };
    match (value(words[0], classes[0]), value(words[1], classes[1])) {
        (Some(x), Some(y)) => return x == y,
        (None, None) => {}
        _ => return false,
    }
    let [a, b] = letters.map(without_proclitics);
    let allowed = match a.len().min(b.len()) {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    };
    within(a, b, allowed)
}

/// Reads number words as they add up: `two hundred, five and thirty`.
struct Values {
    done: Vec<u64>,
    open: Option<u64>,
}

impl Values {
    /// A number that is written out.
    fn numeral(&mut self, value: u16) {
        let value = u64::from(value);
        self.open = Some(match self.open {
            Some(open) if value == 1000 => open.saturating_mul(1000),
            Some(open @ 3..=9) if value == 100 => open * 100,
            Some(open)
                if open % 1000 == 0
                    || open % 100 == 0 && value < 100
                    || (1..10).contains(&(open % 100)) && (10..100).contains(&value) =>
            {
                open + value
            }
            open => {
                self.done.extend(open);
                value
            }
        });
    }

    /// A number in digits. One too long for a value stands for itself by its last digits.
    fn figure(&mut self, digits: &str) {
        self.end();
        let value = digits.bytes().fold(0_u64, |value, digit| {
            value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
        });
        self.open = Some(value);
    }

    /// A word that is no number.
    fn end(&mut self) {
        self.done.extend(self.open.take());
    }
}

fn range(words: (u32, u32)) -> std::ops::Range<usize> {
    words.0 as usize..words.1 as usize
}

/// What one side of a changed place says.
#[derive(Clone, Copy)]
struct Side {
    kind: Kind,
    rare: bool,
}

fn side(ids: &[u32], traits: &[Trait]) -> Side {
    let mut side = Side { kind: Kind::Function, rare: false };
    for &id in ids {
        let word = traits[id as usize];
        let kind = match word.class {
            Class::Function => Kind::Function,
            Class::Honorific | Class::Credit => Kind::Credit,
            Class::Date | Class::Calendar => Kind::Date,
            Class::Open | Class::Numeral(_) if word.shared => Kind::Function,
            Class::Open | Class::Numeral(_) => {
                side.rare |= word.is_rare();
                Kind::Added
            }
        };
        side.kind = side.kind.max(kind);
    }
    side
}

/// The letters of a word, in `letters`, whose old content goes.
fn spell(word: &str, letters: &mut Vec<char>) {
    letters.clear();
    spell_onto(word, letters);
}

/// Appends the letters of a word.
fn spell_onto(word: &str, letters: &mut Vec<char>) {
    letters.reserve(word.len());
    letters.extend(word.chars().map(loosened));
}

/// Letters that outlets exchange for one another beyond the standard fold.
fn loosened(letter: char) -> char {
    match letter {
        'ؤ' => 'و',
        'ئ' => 'ي',
        'غ' | 'ج' | 'ق' => 'ك',
        'ڤ' => 'ف',
        'پ' => 'ب',
        letter => letter,
    }
}

/// The word without و or ف, one of ب ل ك, and ال, as long as three letters stay.
fn without_proclitics(word: &[char]) -> &[char] {
    let mut rest = word;
    for set in [['و', 'ف', 'و'], ['ب', 'ل', 'ك']] {
        if let [first, tail @ ..] = rest
            && set.contains(first)
            && tail.len() >= 3
        {
            rest = tail;
        }
    }
    if let ['ا', 'ل', tail @ ..] = rest
        && tail.len() >= 3
    {
        rest = tail;
    }
    rest
}

/// Whether at most `allowed` (0, 1 or 2) letters are put in, left out or exchanged.
fn within(a: &[char], b: &[char], allowed: usize) -> bool {
    let equal = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[equal..], &b[equal..]);
    if a.is_empty() || b.is_empty() {
        return a.len() + b.len() <= allowed;
    }
    allowed > 0
        && a.len().abs_diff(b.len()) <= allowed
        && (within(&a[1..], &b[1..], allowed - 1)
            || within(&a[1..], b, allowed - 1)
            || within(a, &b[1..], allowed - 1))
}
