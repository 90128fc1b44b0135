//! Folding: bytes of Arabic text to comparable words, with the way back to the original bytes.
//!
//! (Interface stub: the real tables and kernels replace the body of `fold_into`.)

use crate::types::ByteSpan;
use xxhash_rust::xxh3::xxh3_64;

/// Version of the folding rules; stamped into every run.
pub const FOLD_VERSION: u32 = 1;

/// How much spelling is folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub enum Profile {
    /// Byte noise only (rules R1–R22).
    Strict,
    /// Strict and the spelling variants that outlets differ in (R23–R29).
    #[default]
    Standard,
    /// Standard and R30–R33, for short blocks.
    Loose,
}

/// One word of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in [`Folded::text`].
    pub start: u32,
    /// One past the last byte in [`Folded::text`].
    pub end: u32,
    /// The bytes of the original text that became this word.
    pub span: ByteSpan,
}

/// A folded text: its words joined by single spaces, their hashes, and the way back.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    text: String,
    tokens: Vec<Token>,
    hashes: Vec<u64>,
}

impl Folded {
    /// The words, joined by single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The words in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }
    /// xxh3-64 of each word's folded bytes, in order.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }
    /// Number of words.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }
    /// Whether the text holds no word.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
    /// The folded bytes of word `i`.
    pub fn word(&self, i: usize) -> &str {
        let t = self.tokens[i];
        &self.text[t.start as usize..t.end as usize]
    }
    /// Appends the words `range` of `other`; their spans stay those of the text they came from.
    pub fn append(&mut self, other: &Self, range: std::ops::Range<usize>) {
        let Some((first, last)) = range.clone().next().zip(range.clone().next_back()) else {
            return;
        };
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let (from, to) = (other.tokens[first].start, other.tokens[last].end);
        let base = self.text.len() as u32;
        self.text.push_str(&other.text[from as usize..to as usize]);
        self.tokens
            .extend(other.tokens[range.clone()].iter().map(|token| Token {
                start: token.start - from + base,
                end: token.end - from + base,
                span: token.span,
            }));
        self.hashes.extend_from_slice(&other.hashes[range]);
    }
    /// Empties the buffers and keeps their memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.tokens.clear();
        self.hashes.clear();
    }
}

/// Folds texts by one profile.
#[derive(Clone, Debug)]
pub struct Folder {
    profile: Profile,
}

impl Folder {
    /// A folder of this profile.
    pub fn new(profile: Profile) -> Self {
        Self { profile }
    }
    /// The profile.
    pub fn profile(&self) -> Profile {
        self.profile
    }
    /// Folds `text` into `out`, whose old content is dropped.
    pub fn fold_into(&self, text: &str, out: &mut Folded) {
        out.clear();
        let mut from = None;
        let mut word = String::new();
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            let c = match c {
                '\u{0640}' | '\u{064B}'..='\u{0652}' | '\u{200C}'..='\u{200F}' | '\u{FEFF}' => {
                    continue;
                }
                'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
                'ى' | 'ی' => 'ي',
                'ة' => 'ه',
                'ک' => 'ك',
                '\u{0660}'..='\u{0669}' => char::from(b'0' + (c as u32 - 0x660) as u8),
                c => c,
            };
            if c.is_alphanumeric() {
                from.get_or_insert(at);
                word.extend(c.to_lowercase());
            } else if let Some(start) = from.take() {
                if !out.text.is_empty() {
                    out.text.push(' ');
                }
                let s = out.text.len() as u32;
                out.text.push_str(&word);
                out.hashes.push(xxh3_64(word.as_bytes()));
                out.tokens.push(Token {
                    start: s,
                    end: out.text.len() as u32,
                    span: ByteSpan::new(start as u32, at as u32),
                });
                word.clear();
            }
        }
    }
    /// Folds `text` into a new [`Folded`].
    pub fn fold(&self, text: &str) -> Folded {
        let mut out = Folded::default();
        self.fold_into(text, &mut out);
        out
    }
}
