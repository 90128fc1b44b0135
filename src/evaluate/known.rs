//! Which pages a run has: labels may be about another archive, or a part of it that was not read.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::Deserialize;

use crate::error::{ErrorKind, Result};
use crate::progress::{NoProgress, Progress};
use crate::read::{Corpus, Entry, Format, MapChoice, ReadOptions, Reading};
use crate::saved;
use crate::write::InputLine;

/// Those of the `wanted` ids that pages of the run in `dir` bear, by its `kept/` and `removed/`; `None` where
/// it does not hold both. Of an id that was made of a path and a line only the path is looked up: the
/// page stands on another line there. Cost: one reading of the archive.
///
/// # Errors
/// When a file of the run cannot be read, or the caller cancels.
pub fn known_pages(
    dir: &Path,
    wanted: &BTreeSet<&str>,
    map: MapChoice,
    progress: &dyn Progress,
) -> Result<Option<BTreeSet<String>>> {
    if !["kept", "removed"].iter().all(|name| saved::has_folder(dir, name)) {
        return Ok(None);
    }
    let reading = Reading::deserialize(&saved::stats(dir)?.settings["reading"])
        .map_err(|error| saved::damaged(dir.join("stats.json"), error.to_string()))?;
    let inputs: Vec<InputLine> = saved::lines(&dir.join("inputs.jsonl"), &NoProgress)?;
    let names: BTreeSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let made = |id: &str| {
        names.contains(id)
            || id.rsplit_once('#').is_some_and(|(path, line)| {
                names.contains(path) && line.parse::<u64>().is_ok_and(|line| line > 0)
            })
    };
    let known: BTreeSet<String> =
        wanted.iter().filter(|id| made(id)).map(|&id| id.to_owned()).collect();
    let known = Mutex::new(known);
    let options = ReadOptions { map, ..ReadOptions::default() };
    for folder in ["kept", "removed"] {
        let records = inputs.iter().filter(|input| input.format != Format::Txt);
        let files = records.filter_map(|input| saved::stored(dir, folder, input)).collect();
        let corpus = Corpus::open_listed(files, &reading, &options)?;
        corpus.chunks().par_iter().for_each(|chunk| {
            if progress.cancelled() {
                return;
            }
            let mut here = Vec::new();
            corpus.read_chunk(chunk, &mut |entry| {
                if let Entry::Page(_, page) = entry
                    && let Some(id) = page.id.as_deref().filter(|id| wanted.contains(id))
                {
                    here.push(id.to_owned());
                }
            });
            known.lock().unwrap_or_else(PoisonError::into_inner).extend(here);
        });
        if progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
    }
    Ok(Some(known.into_inner().unwrap_or_else(PoisonError::into_inner)))
}
