//! A synthetic archive of Arabic-looking news with known truth, from a seed.
//!
//! Words are made up (a root of three letters in a pattern) and follow Zipf's law over
//! [`VOCABULARY`] words; the most frequent are real particles. Stories are told once, copied as they are,
//! respelled, edited at every strength, handed on in chains, filled into templates; some pages are
//! short and some empty. The same seed and size give the same bytes on every machine.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::OnceLock;

/// Distinct words.
const VOCABULARY: usize = 40_000;
/// Stories that lie between two pages of one story at most.
const SPREAD: usize = 256;
/// Outlets.
const OUTLETS: u64 = 40;

const PARTICLES: [&str; 40] = [
    "في", "من", "على", "إلى", "عن", "مع", "أن", "التي", "الذي", "قال", "بين", "هذا", "هذه", "كان",
    "بعد", "قبل", "ما", "لا", "كل", "خلال", "أو", "ثم", "قد", "إن", "كما", "حيث", "غير", "منذ",
    "عام", "يوم", "أكد", "أضاف", "ذلك", "لم", "لن", "حول", "نحو", "عند", "أي", "ضد",
];

/// How a page came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edit {
    /// The first telling of a story.
    Original,
    /// The same text.
    Exact,
    /// The same text in another spelling; equal after folding.
    Respelled,
    /// Some words replaced, inserted or left out.
    Edited,
    /// Edited from the page before it in its chain.
    Chained,
    /// A formula with other names and figures.
    Template,
    /// Under 30 words.
    Short,
    /// Without a word.
    Empty,
}

impl Edit {
    /// Whether the page's words are those of its story's first telling.
    pub(crate) fn keeps_words(self) -> bool {
        matches!(self, Self::Original | Self::Exact | Self::Respelled)
    }
}

/// A page and how it came to be.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Unique.
    pub(crate) id: String,
    /// Story it tells; every empty page and every filled template is a story of its own.
    pub(crate) story: u64,
    /// How it came to be.
    pub(crate) edit: Edit,
    outlet: u64,
    day: u64,
    title: String,
    text: String,
}

impl Page {
    /// Writes the page as a line of JSON.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { id, outlet, day, title, text, .. } = self;
        let (month, day) = (1 + day / 28 % 12, 1 + day % 28);
        // None of these holds a quote, a backslash or a control other than a line end.
        let text = text.replace('\n', "\\n");
        writeln!(
            out,
            "{{\"id\":\"{id}\",\"outlet\":\"صحيفة {outlet}\",\"date\":\"2019-{month:02}-{day:02}\",\
             \"url\":\"https://news{outlet}.example/{id}\",\"title\":\"{title}\",\"text\":\"{text}\"}}"
        )
    }
}

/// The pages of an archive, one after the other; memory does not grow with their number.
#[derive(Debug)]
pub(crate) struct Archive {
    random: Random,
    left: usize,
    told: u64,
    made: u64,
    waiting: VecDeque<Page>,
    formulas: Vec<Vec<u32>>,
}

impl Archive {
    /// An archive of `pages` pages.
    pub(crate) fn new(seed: u64, pages: usize) -> Self {
        let mut random = Random(seed);
        let formulas = (0..16).map(|_| words(&mut random, 70)).collect();
        Self { random, left: pages, told: 0, made: 0, waiting: VecDeque::new(), formulas }
    }

    fn tell(&mut self) {
        let random = &mut self.random;
        let kind = random.below(100);
        let length = 60 + random.below(180) + random.below(360);
        let first = match kind {
            90..=96 => words(random, 6 + length % 20),
            _ => words(random, length),
        };
        match kind {
            0..50 => self.push(Edit::Original, &first),
            50..65 => {
                self.push(Edit::Original, &first);
                for _ in 0..=self.random.below(4) {
                    let respelled = self.random.below(2) == 0;
                    self.push(if respelled { Edit::Respelled } else { Edit::Exact }, &first);
                }
            }
            65..82 => {
                self.push(Edit::Original, &first);
                for _ in 0..=self.random.below(3) {
                    let permille = 3 + self.random.below(140);
                    let edited = edit(&mut self.random, &first, permille);
                    self.push(Edit::Edited, &edited);
                }
            }
            82..85 => {
                self.push(Edit::Original, &first);
                let permille = 15 + self.random.below(30);
                let mut last = first;
                for _ in 0..4 + self.random.below(5) {
                    last = edit(&mut self.random, &last, permille);
                    self.push(Edit::Chained, &last);
                }
            }
            85..90 => {
                let mut filled = self.formulas[self.random.below(16)].clone();
                for place in (5..filled.len()).step_by(7) {
                    filled[place] = word(&mut self.random);
                }
                self.push(Edit::Template, &filled);
            }
            90..97 => {
                self.push(Edit::Short, &first);
                if self.random.below(2) == 0 {
                    let edited = edit(&mut self.random, &first, 40);
                    self.push(Edit::Short, &edited);
                }
            }
            _ => self.push(Edit::Empty, &[]),
        }
        self.told += 1;
    }

    fn push(&mut self, edit: Edit, words: &[u32]) {
        let random = &mut self.random;
        let respelled = (edit == Edit::Respelled).then(|| random.next());
        let mut text = String::with_capacity(words.len() * 11);
        // A title stands in its field, or at the head of the text, or in both.
        let head = words.len().min(9);
        let place = if edit == Edit::Short { 1 } else { random.below(3) };
        let mut title = String::new();
        if place != 1 {
            render(&words[..head], None, &mut title);
        }
        if place != 0 {
            render(&words[..head], respelled, &mut text);
            text.push('\n');
        }
        render(&words[head..], respelled, &mut text);
        if edit == Edit::Empty {
            text = String::from(["", " \n ", "\u{64e}\u{651}", "…"][random.below(4)]);
        }
        let page = Page {
            id: format!("p{:07}", self.made),
            story: self.told,
            edit,
            outlet: random.next() % OUTLETS,
            day: random.next() % 336,
            title,
            text,
        };
        self.made += 1;
        self.waiting.push_back(page);
    }
}

impl Iterator for Archive {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        self.left = self.left.checked_sub(1)?;
        while self.waiting.len() < SPREAD {
            self.tell();
        }
        let at = self.random.below(SPREAD);
        self.waiting.swap_remove_back(at)
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// A word by Zipf's law with exponent 1: the rank is the size of the vocabulary to a power that is
/// uniform in 0..1, here read from a table of 64 Ki steps and spread evenly inside a step.
fn word(random: &mut Random) -> u32 {
    static RANKS: OnceLock<Vec<u32>> = OnceLock::new();
    const STEPS: usize = 1 << 16;
    let ranks = RANKS.get_or_init(|| {
        let rank = |step: usize| (VOCABULARY as f64).powf(step as f64 / STEPS as f64) as u32 - 1;
        (0..=STEPS).map(rank).collect()
    });
    let draw = random.next();
    let step = draw as usize % STEPS;
    let width = ranks[step + 1] - ranks[step];
    (ranks[step] + (draw >> 32) as u32 % (width + 1)).min(VOCABULARY as u32 - 1)
}

fn words(random: &mut Random, count: usize) -> Vec<u32> {
    (0..count).map(|_| word(random)).collect()
}

/// Replaces, leaves out or inserts about `permille` of a thousand words.
fn edit(random: &mut Random, story: &[u32], permille: usize) -> Vec<u32> {
    let mut edited = Vec::with_capacity(story.len() + 8);
    for &old in story {
        match random.below(1000) {
            hit if hit >= permille => edited.push(old),
            hit if hit % 4 == 0 => {}
            hit if hit % 4 == 1 => edited.extend([old, word(random)]),
            _ => edited.push(word(random)),
        }
    }
    edited
}

/// All words, in ranks; and where each ends.
fn vocabulary() -> &'static (String, Vec<u32>) {
    const LETTERS: [&str; 22] = [
        "ب", "ت", "ج", "ح", "خ", "د", "ر", "ز", "س", "ش", "ص", "ض", "ط", "ع", "غ", "ف", "ق", "ك",
        "ل", "م", "ن", "ه",
    ];
    // The root's letters stand at 1, 2 and 3.
    const PATTERNS: [&str; 16] = [
        "1ا23",
        "م12و3",
        "ال12ا3",
        "ت12ي3",
        "1123",
        "ال1ا23ة",
        "12ي3",
        "أ12ا3",
        "وال123",
        "م123ة",
        "است123",
        "123ى",
        "إ12ا3",
        "1ا23ون",
        "ال12و3ات",
        "ب123ه",
    ];
    static WORDS: OnceLock<(String, Vec<u32>)> = OnceLock::new();
    WORDS.get_or_init(|| {
        let (mut all, mut ends) = (String::new(), Vec::with_capacity(VOCABULARY));
        for rank in 0..VOCABULARY {
            if let Some(particle) = PARTICLES.get(rank) {
                all.push_str(particle);
            } else {
                let root = [rank / 16 % 22, rank / 352 % 22, rank / 7744 % 22];
                for c in PATTERNS[rank % 16].chars() {
                    match c.to_digit(10) {
                        Some(place) => all.push_str(LETTERS[root[place as usize - 1]]),
                        None => all.push(c),
                    }
                }
            }
            ends.push(all.len() as u32);
        }
        (all, ends)
    })
}

/// Writes words as sentences and paragraphs; `respelled` seeds another spelling of the same words.
fn render(words: &[u32], respelled: Option<u64>, out: &mut String) {
    let (all, ends) = vocabulary();
    let mut spelling = respelled.map(Random);
    for (i, &rank) in words.iter().enumerate() {
        if i > 0 {
            out.push_str(match i % 64 {
                0 => ".\n",
                16 | 48 => "، ",
                32 => ". ",
                _ => " ",
            });
        }
        let rank = rank as usize;
        let start = if rank == 0 { 0 } else { ends[rank - 1] as usize };
        let word = &all[start..ends[rank] as usize];
        match &mut spelling {
            None => out.push_str(word),
            Some(random) => respell(word, random.next(), out),
        }
    }
}

/// Writes a word as another outlet would: without hamza, with a mark, stretched.
fn respell(word: &str, choice: u64, out: &mut String) {
    for (i, c) in word.chars().enumerate() {
        let _ = match (c, choice >> (4 * (i % 8)) & 15) {
            ('أ' | 'إ', 0..8) => out.write_char('ا'),
            ('ى', 0..8) => out.write_char('ي'),
            (c, 8) => write!(out, "{c}\u{64e}"),
            (c @ ('س' | 'ن' | 'ب' | 'م'), 9) if i == 0 && word.len() > 6 => {
                write!(out, "{c}\u{640}")
            }
            (c, _) => out.write_char(c),
        };
    }
}
