//! The folder of a run, opened: its settings and the files it was made from.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::manifest::SavedManifest;
use crate::config::MatchConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::fold::FOLD_VERSION;
use crate::progress::{NoProgress, Progress, Stage};
use crate::read::{MapChoice, Reading};
use crate::saved::{self, damaged};
use crate::write::{Clock, InputLine, Stats};

/// How the files of a run, and its originals, are read.
#[derive(Clone, Debug)]
pub struct ProveOptions {
    /// Whether files may be mapped.
    pub map: MapChoice,
    /// Folder for private temporary files; where the originals are gone they take as much room as
    /// the unpacked input.
    pub temp: PathBuf,
}

impl Default for ProveOptions {
    /// No maps, and the system's folder for temporary files.
    fn default() -> Self {
        Self { map: MapChoice::never(), temp: std::env::temp_dir() }
    }
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct SavedRun {
    /// Its folder.
    pub dir: PathBuf,
    /// Its `stats.json`.
    pub stats: Stats,
    /// What decided.
    pub matching: MatchConfig,
    /// What decided which records there are.
    pub reading: Reading,
    /// The files that it read, by name.
    pub inputs: Vec<InputLine>,
    /// Its `manifest.sha256`.
    pub manifest: SavedManifest,
    /// Whether kept pages were cut.
    pub cut_blocks: bool,
    /// Whether kept pages were annotated.
    pub annotate: bool,
}

impl SavedRun {
    /// Opens the run in `dir`.
    ///
    /// # Errors
    /// When it is no finished run, was made by rules that this version does not have, or one of its
    /// files of settings cannot be read.
    pub fn open(dir: &Path) -> Result<Self> {
        saved::finished(dir)?;
        let stats = saved::stats(dir)?;
        if (stats.schema, stats.fold_version) != (1, FOLD_VERSION) {
            let reason = format!(
                "it was made by version {} with fold {}, and this is version {} with fold \
                 {FOLD_VERSION}; use that version",
                stats.version,
                stats.fold_version,
                env!("CARGO_PKG_VERSION")
            );
            return Err(refused(dir, reason));
        }
        let matching = saved::settings(&stats, dir)?;
        let reading = Reading::deserialize(&stats.settings["reading"]).map_err(|error| {
            let reason = format!("stats.json does not say how records were read: {error}");
            refused(dir, reason)
        })?;
        let inputs: Vec<InputLine> = saved::lines(&dir.join("inputs.jsonl"), &NoProgress)?;
        let path = dir.join("inputs.jsonl");
        if let Some(wrong) = inputs.iter().find(|input| !is_plain(&input.file)) {
            return Err(damaged(
                path,
                format!("{:?} is no name of a file below a folder", wrong.file),
            ));
        }
        if !inputs.is_sorted_by(|a, b| a.name < b.name) {
            return Err(damaged(path, "its files are not in the order of their names".to_owned()));
        }
        let flag = |name: &str| stats.settings[name].as_bool().unwrap_or_default();
        Ok(Self {
            dir: dir.to_owned(),
            matching,
            reading,
            inputs,
            manifest: SavedManifest::read(dir)?,
            cut_blocks: flag("cut_blocks"),
            annotate: flag("annotate"),
            stats,
        })
    }

    /// What the folder lacks to rebuild the input from, in the words of the flag that left it out.
    pub fn lacks(&self) -> Option<&'static str> {
        // What is there and no folder is found when it is opened.
        let there = |name: &str| self.dir.join(name).symlink_metadata().is_ok();
        let ledger = &self.stats.ledger;
        if !there("kept") {
            Some("kept/ (dedup --no-kept)")
        } else if ledger.removed > 0 && !there("removed") {
            Some("removed/ (dedup --no-removed)")
        } else if ledger.rejected > 0 && !there("rejected") {
            Some("rejected/ (dedup --no-removed)")
        } else {
            None
        }
    }
}

/// Whether a name leads to a file below the folder it is joined to.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.contains('\0')
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Runs a stage and tells `progress` of its beginning and end; `work` hands back the items it went
/// through.
pub(super) fn staged<T>(
    progress: &dyn Progress,
    stage: Stage,
    bytes: Option<u64>,
    work: impl FnOnce() -> Result<(T, u64)>,
) -> Result<T> {
    Clock::start(progress).stage(stage, bytes, || {
        let (made, items) = work()?;
        if progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        Ok((made, items, bytes.unwrap_or_default()))
    })
}

/// A folder that the command cannot work on.
pub(super) fn refused(dir: &Path, reason: String) -> Error {
    let value = dir.display().to_string();
    ErrorKind::BadSetting { setting: "DIR", value, reason }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_its_folder() {
        for plain in ["a.txt", "a/b c/د.jsonl", "..a"] {
            assert!(is_plain(plain), "{plain}");
        }
        for wrong in ["", "/etc/passwd", "../a", "a/../../b", "a\0b"] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }
}
