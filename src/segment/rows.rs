//! Rows: the table of markers as a file, whose format the head of `markers.tsv` describes.

use crate::fold::{Folded, Folder, Profile, hash_word};

/// How many phrases one row may stand for.
const MAX_ALTERNATIVES: usize = 512;
/// Words of a phrase.
const MAX_WORDS: usize = 12;

/// What a marker marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerClass {
    /// Heading of a related block: a title, a list of titles or a whole story follows.
    Related,
    /// Heading of a list of the most read or latest stories.
    MostRead,
    /// Heading of the author's other titles, glued to one another.
    AuthorMore,
    /// Words with which a page goes on with its own story after a block.
    Return,
    /// Words that lead to a link with a title.
    Links,
    /// A link to the page itself.
    SelfLink,
    /// The source line.
    Source,
    /// The keyword line.
    Keywords,
    /// The date line.
    Date,
    /// Who wrote it.
    Byline,
    /// Who took the picture.
    Photo,
    /// Share buttons.
    Share,
    /// Applications, channels and newsletters to follow.
    App,
    /// How to write to the author.
    Contact,
    /// The sign that ends an agency story.
    EndSign,
    /// Who syndicated the column.
    Syndication,
    /// The copyright line.
    Copyright,
    /// The comment form and what follows it.
    Comments,
    /// Navigation, buttons, advertisements.
    Chrome,
    /// Words that a spinning site wraps around the story.
    Wrapper,
    /// Whose opinion the page is not.
    Disclaimer,
}

impl MarkerClass {
    const NAMES: [(&'static str, Self); 21] = [
        ("related", Self::Related),
        ("most_read", Self::MostRead),
        ("author_more", Self::AuthorMore),
        ("return", Self::Return),
        ("links", Self::Links),
        ("self_link", Self::SelfLink),
        ("source", Self::Source),
        ("keywords", Self::Keywords),
        ("date", Self::Date),
        ("byline", Self::Byline),
        ("photo", Self::Photo),
        ("share", Self::Share),
        ("app", Self::App),
        ("contact", Self::Contact),
        ("end_sign", Self::EndSign),
        ("syndication", Self::Syndication),
        ("copyright", Self::Copyright),
        ("comments", Self::Comments),
        ("chrome", Self::Chrome),
        ("wrapper", Self::Wrapper),
        ("disclaimer", Self::Disclaimer),
    ];

    /// Whether the phrase heads a block of other stories.
    pub fn is_heading(self) -> bool {
        matches!(self, Self::Related | Self::MostRead | Self::AuthorMore)
    }
}

/// How a block may end; the codes are those of the table's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends(u16);

impl Ends {
    /// Every end that a heading may have.
    pub(crate) const ALL: Self = Self(0b11_1111);

    /// Whether the code `E{n}` is among them.
    pub fn has(self, n: u16) -> bool {
        self.0 & (1 << n) != 0
    }
}

/// A condition on the line that a marker stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    Colon,
    Soon,
    Stop,
    Open,
    Start,
    Edge,
    Near,
    Late,
    Amid,
    Top,
    Digit,
    Max(u32),
    Min(u32),
    Has(Vec<u64>),
    All(Vec<u64>),
    Spelled(String),
    Sign(String),
}

/// One phrase of the table.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub class: MarkerClass,
    pub own: bool,
    pub prefix: bool,
    pub inline: bool,
    pub ends: Ends,
    pub guards: Vec<Guard>,
    pub words: Vec<u64>,
    /// The word by which the phrase is found: the longest one, since long words are rarer.
    pub anchor: usize,
    /// The folded first and last word: what glued neighbours are recognized by.
    pub first_word: String,
    pub last_word: String,
}

impl Marker {
    /// Whether words glued to the phrase are looked for: only where the glued word cannot be
    /// another word, which the two words of a related heading ensure.
    pub(super) fn glues(&self) -> bool {
        self.class.is_heading() && self.inline && self.words.len() >= 2
    }
}

/// Why a table could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct MarkerError {
    /// Line of the table, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// Reads one row and adds its phrases, which are folded in `folded`.
pub(super) fn parse_row(
    line: &str,
    rows: &mut Vec<Marker>,
    folded: &mut Folded,
) -> Result<(), String> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let &[class, place, ends, guard, phrase] = &columns[..] else {
        return Err(format!("{} columns where there should be 5", columns.len()));
    };
    let class = MarkerClass::NAMES
        .iter()
        .find(|(name, _)| *name == class)
        .ok_or_else(|| format!("unknown class {class:?}"))?
        .1;
    let (mut own, mut prefix, mut inline) = (false, false, false);
    for p in place.split(',') {
        match p {
            "own" => own = true,
            "prefix" => prefix = true,
            "inline" => inline = true,
            _ => return Err(format!("unknown place {p:?}")),
        }
    }
    let mut codes = Ends::default();
    for e in ends.split(',') {
        match e.strip_prefix('E').and_then(|n| n.parse().ok()) {
            Some(n @ (0..=7 | 9)) => codes.0 |= 1u16 << n,
            _ if e == "-" => {}
            _ => return Err(format!("unknown end {e:?}")),
        }
    }
    let guards =
        guard.split(',').filter(|g| *g != "-").map(parse_guard).collect::<Result<Vec<_>, _>>()?;
    let folder = Folder::new(Profile::Standard);
    for phrase in expand(phrase)? {
        folder.fold_into(&phrase, folded);
        if folded.is_empty() || folded.len() > MAX_WORDS {
            return Err(format!("a phrase has 1 to {MAX_WORDS} words: {phrase:?}"));
        }
        rows.push(Marker {
            class,
            own,
            prefix,
            inline,
            ends: codes,
            guards: guards.clone(),
            words: folded.hashes().to_vec(),
            anchor: (0..folded.len()).rev().max_by_key(|&i| folded.word(i).len()).unwrap_or(0),
            first_word: folded.word(0).to_owned(),
            last_word: folded.word(folded.len() - 1).to_owned(),
        });
    }
    Ok(())
}

fn parse_guard(guard: &str) -> Result<Guard, String> {
    let number = |n: &str| n.parse().map_err(|_| format!("not a number in {guard:?}"));
    let (name, value) = guard.split_once(':').unwrap_or((guard, ""));
    Ok(match (name, value) {
        ("colon", "") => Guard::Colon,
        ("soon", "") => Guard::Soon,
        ("stop", "") => Guard::Stop,
        ("open", "") => Guard::Open,
        ("start", "") => Guard::Start,
        ("edge", "") => Guard::Edge,
        ("near", "") => Guard::Near,
        ("late", "") => Guard::Late,
        ("amid", "") => Guard::Amid,
        ("top", "") => Guard::Top,
        ("digit", "") => Guard::Digit,
        ("max", n) => Guard::Max(number(n)?),
        ("min", n) => Guard::Min(number(n)?),
        ("spelled", w) if !w.is_empty() => Guard::Spelled(w.to_owned()),
        ("sign", w) if !w.is_empty() => Guard::Sign(w.to_owned()),
        ("has", words) if !words.is_empty() => Guard::Has(hashes_of(words)),
        ("all", words) if !words.is_empty() => Guard::All(hashes_of(words)),
        _ => return Err(format!("unknown guard {guard:?}")),
    })
}

/// The hashes of the words of a guard.
fn hashes_of(words: &str) -> Vec<u64> {
    let folder = Folder::new(Profile::Standard);
    let hash = |w: &str| {
        let folded = folder.fold(w);
        folded.hashes().first().copied().unwrap_or_else(|| hash_word(w.as_bytes()))
    };
    words.split('/').map(hash).collect()
}

/// The phrases that a pattern with `(a|b)` groups stands for.
fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let mut out = vec![String::new()];
    let mut rest = pattern;
    while !rest.is_empty() {
        let (plain, group) = match rest.split_once('(') {
            Some((plain, tail)) => {
                let (group, tail) = tail
                    .split_once(')')
                    .ok_or_else(|| format!("a bracket is not closed in {pattern:?}"))?;
                rest = tail;
                (plain, Some(group))
            }
            None => (std::mem::take(&mut rest), None),
        };
        for p in &mut out {
            p.push_str(plain);
        }
        if let Some(group) = group {
            let choices: Vec<&str> = group.split('|').collect();
            if out.len() * choices.len() > MAX_ALTERNATIVES {
                return Err(format!("more than {MAX_ALTERNATIVES} phrases in {pattern:?}"));
            }
            out = out.iter().flat_map(|p| choices.iter().map(move |c| format!("{p}{c}"))).collect();
        }
    }
    Ok(out)
}
