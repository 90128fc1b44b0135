//! Texts of pages, from `kept/` and `removed/` of the run: the originals may be gone.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::Deserialize;

use crate::error::{ErrorKind, Result};
use crate::progress::Progress;
use crate::read::{Corpus, Entry, Format, MapChoice, PageRecord, ReadOptions, Reading};
use crate::saved;
use crate::write::{InputLine, Stats};

/// What of a page is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct PageText {
    pub(super) title: Option<String>,
    pub(super) text: String,
}

/// Texts by page id.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pages: HashMap<String, PageText>,
    /// Whether the run holds the bytes of its pages.
    pub(super) there: bool,
}

impl Texts {
    /// The text of a page, if it was wanted and found.
    pub(super) fn of(&self, id: &str) -> Option<&PageText> {
        self.pages.get(id)
    }

    /// Reads the wanted pages as the run read them. A page whose id was made of its path and line is
    /// not found: it stands on another line here.
    pub(super) fn read(
        dir: &Path,
        wanted: &HashSet<&str>,
        stats: &Stats,
        map: MapChoice,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let there = ["kept", "removed"].iter().all(|name| saved::has_folder(dir, name));
        let mut texts = Self { there, ..Self::default() };
        let inputs = dir.join("inputs.jsonl");
        let reading = Reading::deserialize(&stats.settings["reading"]);
        let (true, Ok(reading)) = (there && !wanted.is_empty() && inputs.exists(), reading) else {
            return Ok(texts);
        };
        let inputs: Vec<InputLine> = saved::lines(&inputs, progress)?;
        let options = ReadOptions { map, spool_dir: dir.to_owned(), ..ReadOptions::default() };
        for folder in ["kept", "removed"] {
            let files = inputs.iter().filter_map(|input| saved::stored(dir, folder, input));
            let corpus = Corpus::open_listed(files.collect(), &reading, &options)?;
            let found: Mutex<Vec<(u32, u64, String, PageText)>> = Mutex::default();
            corpus.chunks().par_iter().for_each(|chunk| {
                let mut here = Vec::new();
                if progress.cancelled() {
                    return;
                }
                corpus.read_chunk(chunk, &mut |entry| {
                    let Entry::Page(at, page) = entry else { return };
                    let file = &corpus.files()[at.file as usize];
                    let path = (file.format() == Format::Txt).then(|| file.name());
                    if let Some(id) = page.id.as_deref().or(path).filter(|id| wanted.contains(id)) {
                        here.push((at.file, at.offset, id.to_owned(), owned(page)));
                    }
                });
                found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut here);
            });
            if progress.cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            // Of an id that stands twice the first page bears it.
            found.sort_unstable_by_key(|page| (page.0, page.1));
            for (.., id, page) in found {
                texts.pages.entry(id).or_insert(page);
            }
        }
        Ok(texts)
    }
}

fn owned(page: &PageRecord<'_>) -> PageText {
    PageText { title: page.title.as_deref().map(Into::into), text: page.text.as_ref().to_owned() }
}
