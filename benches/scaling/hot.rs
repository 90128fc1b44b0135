//! Archives whose pages all have one thing in common.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde_json::Value;
use tikrar::synth::{SynthConfig, synthesize};

/// What the pages have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Nothing: other ordinary pages, to compare with.
    Ordinary,
    /// They are one page.
    Copies,
    /// The same paragraph stands at the end of unlike stories.
    Paragraph,
    /// The same story stands below unlike stories, under a marker.
    Related,
    /// One word, the same.
    OneWord,
    /// One word, each another one.
    OwnWord,
    /// The title; the stories are unlike.
    Title,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::Copies,
        Self::Paragraph,
        Self::Related,
        Self::OneWord,
        Self::OwnWord,
        Self::Title,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "other ordinary pages",
            Self::Copies => "exact copies of one page",
            Self::Paragraph => "unlike, one paragraph at the end",
            Self::Related => "unlike, one story pasted below",
            Self::OneWord => "the same one word",
            Self::OwnWord => "one word, each another",
            Self::Title => "unlike, one title",
        }
    }
}

/// A word for a number: its digits as letters.
fn word(mut number: usize) -> String {
    const LETTERS: [char; 20] = [
        'ب', 'ت', 'ث', 'ج', 'ح', 'خ', 'د', 'ر', 'ز', 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ع', 'غ', 'ف',
        'ق', 'ك',
    ];
    let mut word = String::new();
    for _ in 0..6 {
        word.push(LETTERS[number % 20]);
        number /= 20;
    }
    word
}

/// Writes so many pages of a kind, but for a few before the first ordinary one; returns their bytes and how many they
/// are. The unlike stories among them are those of
/// a synthetic archive without copies.
pub(crate) fn write(path: &Path, kind: Kind, pages: usize) -> (u64, u64) {
    let plain = path.with_extension("plain");
    let copies = if matches!(kind, Kind::Ordinary) { 0.2 } else { 0.0 };
    let config =
        SynthConfig { seed: 23, copies, related: super::RELATED, ..SynthConfig::new(pages as u32) };
    let mut out = BufWriter::new(File::create(&plain).unwrap());
    let made = synthesize(&config, &mut out, &mut std::io::sink(), &|| false);
    made.unwrap().unwrap();
    out.flush().unwrap();
    let mut out = BufWriter::new(File::create(path).unwrap());
    let (mut bytes, mut written) = (0, 0);
    let mut first: Option<(Value, Value, String)> = None;
    for (number, line) in BufReader::new(File::open(&plain).unwrap()).lines().enumerate() {
        let mut page: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let own = page["text"].as_str().unwrap().to_owned();
        // An ordinary page: neither a flash nor a long read.
        if first.is_none() && (2_000..4_000).contains(&own.len()) && page["title"].is_string() {
            let prose = own.lines().filter(|line| line.split(' ').count() > 20);
            let prose: Vec<&str> = prose.collect();
            first = Some((page["title"].clone(), page["text"].clone(), prose.join("\n")));
        }
        let Some((title, text, shared)) = &first else { continue };
        page["id"] = format!("{kind:?}-{number}").into();
        match kind {
            Kind::Ordinary => {}
            Kind::Copies => (page["title"], page["text"]) = (title.clone(), text.clone()),
            Kind::Paragraph => {
                let end = shared.char_indices().nth(600).map_or(shared.len(), |(at, _)| at);
                page["text"] = format!("{own}\n{}.", shared[..end].replace('\n', " ")).into();
            }
            Kind::Related => {
                let title = title.as_str().unwrap();
                page["text"] = format!("{own}\nاقرأ أيضا:\n{title}\n{shared}").into();
            }
            Kind::OneWord => (page["title"], page["text"]) = (Value::Null, "عاجل".into()),
            Kind::OwnWord => (page["title"], page["text"]) = (Value::Null, word(number).into()),
            Kind::Title => page["title"] = title.clone(),
        }
        let line = format!("{page}\n");
        bytes += line.len() as u64;
        written += 1;
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    std::fs::remove_file(plain).unwrap();
    (bytes, written)
}
