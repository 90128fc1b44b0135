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
use super::spelling::{are_joined, are_spellings, bare, spell, spell_onto};
use super::values::Values;
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

    /// Whether something else is told: not the same in other words of no weight.
    pub(super) fn is_substance(self) -> bool {
        self >= Self::Added
    }

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

/// The letter that agencies write for a point between figures, whose groups then stand in the order of
/// Arabic letters: `7ر5` is 5.7.
const POINT: &str = "ر";

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
    /// What stands for what in the places of each kind of substance: where those words end in `exchanged`.
    exchanges: Vec<(Kind, usize)>,
    exchanged: String,
}

impl Reader {
    pub(super) fn clear(&mut self) {
        self.differences.clear();
        self.exchanges.clear();
        self.exchanged.clear();
    }

    /// How many different changes there are among the places, by [`Kind`]: what stands twice for the same
    /// is one. Places without words of substance are told by their number.
    pub(super) fn different(&self) -> [u32; Kind::COUNT] {
        let mut count = [0; Kind::COUNT];
        for difference in &self.differences {
            count[difference.kind as usize] += u32::from(!difference.kind.is_substance());
        }
        let mut start = 0;
        let exchange = |&(kind, end): &(Kind, usize)| {
            (kind, &self.exchanged[std::mem::replace(&mut start, end)..end])
        };
        let mut exchanges: Vec<(Kind, &str)> = self.exchanges.iter().map(exchange).collect();
        exchanges.sort_unstable();
        exchanges.dedup();
        for (kind, _) in exchanges {
            count[kind as usize] += 1;
        }
        count
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
                if are_one(words, letters, [left.class, right.class]) {
                    for id in ids {
                        traits[id as usize].shared = true;
                    }
                    kind = Kind::Spelling;
                }
            }
        }
        if are_written_apart([a, b], texts, ids, traits) {
            kind = Kind::Spelling;
        }
        let [left, right] = ids.map(|ids| side(ids, traits));
        kind = kind.max(left.kind).max(right.kind);
        if !same_digits && self.numbers_differ([a, b], texts, ids, traits) {
            kind = Kind::Number;
        } else if left.rare && right.rare {
            kind = Kind::Name;
        } else if left.kind == Kind::Added && right.kind == Kind::Added {
            kind = Kind::Wording;
        }
        self.differences.push(Difference { kind, a, b });
        if kind.is_substance() {
            self.exchange(kind, [a, b], texts, ids, traits);
        }
    }

    /// Notes what stands for what in a place: its words of substance that the other text lacks, and its
    /// numbers, without proclitics.
    fn exchange(
        &mut self,
        kind: Kind,
        places: [(u32, u32); 2],
        texts: [StoryText<'_>; 2],
        ids: [&[u32]; 2],
        traits: &[Trait],
    ) {
        for side in 0..2 {
            for (at, &id) in range(places[side]).zip(ids[side]) {
                let word = traits[id as usize];
                let tells = matches!(word.class, Class::Open | Class::Numeral(_));
                if tells && (word.number || !word.shared) {
                    self.exchanged.push_str(bare(texts[side].folded.word(at)));
                    self.exchanged.push(' ');
                }
            }
            self.exchanged.push('|');
        }
        self.exchanges.push((kind, self.exchanged.len()));
    }

    /// Whether both sides have numbers, and the same in all, read as figures or as values: `41,882` is
    /// two words and `41882` one, and `the thirty-fifth` may stand for 35; or from the last group to the
    /// first, where a letter parts them.
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
            let mut values = Values::in_memory(std::mem::take(&mut self.values[side]));
            letters.clear();
            let mut turned = false;
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
                    _ => {
                        turned |= texts[side].folded.word(at) == POINT;
                        values.end();
                    }
                }
            }
            self.values[side] = values.done();
            if turned {
                letters.clear();
                let figures = range(places[side]).zip(ids[side]).rev();
                for (at, _) in figures.filter(|&(_, &id)| traits[id as usize].digits) {
                    letters.extend(texts[side].folded.word(at).chars());
                }
            }
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
                            && self.is_one(
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

    /// Whether two words are one ([`are_one`]), neither of which is spelled yet.
    fn is_one(&mut self, a: &str, b: &str, classes: [Class; 2]) -> bool {
        let [letters_a, letters_b] = &mut self.letters;
        spell(a, letters_a);
        spell(b, letters_b);
        are_one([a, b], [letters_a, letters_b], classes)
    }
}

/// Marks words as shared that the other side writes in one, or in two; tells whether there are any.
fn are_written_apart(
    places: [(u32, u32); 2],
    texts: [StoryText<'_>; 2],
    ids: [&[u32]; 2],
    traits: &mut [Trait],
) -> bool {
    let mut found = false;
    for (apart, together) in [(0, 1), (1, 0)] {
        let word = |side: usize, at: usize| texts[side].folded.word(places[side].0 as usize + at);
        for (at, &[x, y]) in ids[apart].array_windows().enumerate() {
            for (nth, &whole) in ids[together].iter().enumerate() {
                let own = [x, y, whole].map(|id| traits[id as usize]);
                if own.iter().all(|word| word.shared) || own.iter().any(|word| word.number) {
                    continue;
                }
                if are_joined([word(apart, at), word(apart, at + 1)], word(together, nth)) {
                    for id in [x, y, whole] {
                        traits[id as usize].shared = true;
                    }
                    found = true;
                }
            }
        }
    }
    found
}

/// Whether two words of these letters are spellings of one, or the same number in letters and digits.
fn are_one(words: [&str; 2], letters: [&[char]; 2], classes: [Class; 2]) -> bool {
    let value = |word: &str, class| match class {
        Class::Numeral(value) => Some(u64::from(value)),
        _ => word.parse::<u64>().ok(),
    };
    match (value(words[0], classes[0]), value(words[1], classes[1])) {
        (Some(x), Some(y)) => x == y,
        (None, None) => are_spellings(letters[0], letters[1]),
        _ => false,
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
            Class::Date | Class::Weekday(_) | Class::Calendar => Kind::Date,
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
