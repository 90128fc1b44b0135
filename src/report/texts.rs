//! Texts of pages, from `kept/` and `removed/` of the run: the originals may be gone.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::Result;
use crate::read::{Corpus, Entry, Format, Input, PageRecord, ReadOptions};

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

    /// Reads the wanted pages. A page whose id was made of its path and line is not found in
    /// `kept/`, where it stands on another line.
    pub(super) fn read(dir: &Path, wanted: &HashSet<&str>) -> Result<Self> {
        let mut texts = Self::default();
        let folders = ["kept", "removed"].map(|name| dir.join(name));
        if wanted.is_empty() || !folders.iter().all(|folder| folder.is_dir()) {
            texts.there = folders.iter().all(|folder| folder.is_dir());
            return Ok(texts);
        }
        texts.there = true;
        for folder in folders {
            let corpus = Corpus::open(vec![Input::Path(folder)], &ReadOptions::default(), None)?;
            let found: Mutex<Vec<(u32, u64, String, PageText)>> = Mutex::default();
            corpus.chunks().par_iter().for_each(|chunk| {
                let mut here = Vec::new();
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

fn owned(page: PageRecord<'_>) -> PageText {
    PageText { title: page.title.map(Into::into), text: page.text.into_owned() }
}
