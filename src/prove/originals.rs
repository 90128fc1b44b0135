//! The archive of a run, opened again: the originals while they are what they were, else the input
//! rebuilt from the run's own files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::manifest::sha256_of;
use super::rebuild::Rebuilder;
use super::run::{ProveOptions, SavedRun, refused, staged};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Stage};
use crate::read::{Compression, Corpus, ListedFile, ReadOptions};
use crate::saved::open_original;
use crate::write::InputLine;

/// Where the bytes of the archive come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The files that the run read.
    Originals,
    /// `kept/`, `removed/`, `rejected/` and `cuts.jsonl`.
    Rebuilt,
}

/// What an original is now.
#[derive(Debug)]
pub(super) enum State {
    /// What it was.
    Same,
    /// It has another hash.
    Changed,
    /// It is not there, or was stdin.
    Gone,
    /// It is there and cannot be read.
    Unreadable(std::io::Error),
}

/// An input, and what its original is now.
#[derive(Debug)]
pub(super) struct Original<'r> {
    pub(super) input: &'r InputLine,
    /// None for stdin, and where the manifest does not name it.
    pub(super) path: Option<PathBuf>,
    pub(super) state: State,
}

/// Finds and hashes the originals of a run.
///
/// # Errors
/// When the caller cancels.
pub(super) fn originals<'r>(
    run: &'r SavedRun,
    progress: &dyn Progress,
) -> Result<Vec<Original<'r>>> {
    staged(progress, Stage::Open, Some(run.stats.ledger.bytes.read), || {
        let found = hashed(run, progress);
        let files = found.len() as u64;
        Ok((found, files))
    })
}

fn hashed<'r>(run: &'r SavedRun, progress: &dyn Progress) -> Vec<Original<'r>> {
    let mut by_hash: HashMap<&str, Vec<&Path>> = HashMap::new();
    for line in &run.manifest.inputs {
        by_hash.entry(&line.sha256).or_default().push(&line.path);
    }
    let found = run.inputs.par_iter().map(|input| {
        // Files of one hash are one another's copies, so any of them will do.
        let paths = by_hash.get(input.sha256.as_str()).map_or(&[][..], Vec::as_slice);
        let named = paths.iter().find(|path| {
            let path = path.as_os_str().as_bytes().strip_suffix(input.name.as_bytes());
            path.is_some_and(|rest| rest.ends_with(b"/"))
        });
        let path = named.or(paths.first()).map(|path| path.to_path_buf());
        let state = match &path {
            _ if progress.cancelled() => State::Gone,
            None => State::Gone,
            Some(path) => match is_same(input, path, progress) {
                Ok(true) => State::Same,
                Ok(false) => State::Changed,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Gone,
                Err(error) => State::Unreadable(error),
            },
        };
        progress.add(0, input.bytes);
        Original { input, path, state }
    });
    found.collect()
}

/// Whether an original is what it was. What has another length is not read.
fn is_same(input: &InputLine, path: &Path, progress: &dyn Progress) -> std::io::Result<bool> {
    let (file, there) = open_original(path)?;
    let length_is_known = input.compression == Compression::None && !input.broken;
    if length_is_known && there.len() != input.bytes {
        return Ok(false);
    }
    Ok(sha256_of(file, progress)? == input.sha256)
}

/// The archive of a run, opened.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) corpus: Corpus,
    pub(super) origin: Origin,
    /// Where it was rebuilt; gone when this is dropped.
    _temp: Option<tempfile::TempDir>,
}

impl Archive {
    /// Opens the archive of a run.
    ///
    /// # Errors
    /// When the originals are gone or changed and the run's own files do not make up for them.
    pub(super) fn open(
        run: &SavedRun,
        options: &ProveOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let originals = originals(run, progress)?;
        match originals.iter().find(|original| !matches!(original.state, State::Same)) {
            None => Self::of_originals(run, &originals, options),
            Some(first) => match run.lacks() {
                None => Self::rebuilt(run, options, progress),
                Some(lacks) => {
                    let name = first.path.as_deref().map_or("stdin".into(), Path::to_string_lossy);
                    let state = match &first.state {
                        State::Changed => "has changed",
                        State::Unreadable(_) => "cannot be read",
                        _ => "is gone",
                    };
                    let reason = format!("an original {state} ({name}), and it has no {lacks}");
                    Err(refused(&run.dir, reason))
                }
            },
        }
    }

    /// The originals, which are what they were.
    ///
    /// # Errors
    /// When temporary files cannot be written.
    pub(super) fn of_originals(
        run: &SavedRun,
        originals: &[Original<'_>],
        options: &ProveOptions,
    ) -> Result<Self> {
        let files = originals.iter().filter_map(|original| {
            let path = original.path.clone()?;
            Some(listed(original.input, path, original.input.compression))
        });
        let corpus = Corpus::open_listed(files.collect(), &run.reading, &reading(options))?;
        Ok(Self { corpus, origin: Origin::Originals, _temp: None })
    }

    /// The input rebuilt in a temporary folder, unpacked.
    ///
    /// # Errors
    /// When a file of the run is damaged or temporary files cannot be written.
    pub(super) fn rebuilt(
        run: &SavedRun,
        options: &ProveOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let temp = tempfile::Builder::new()
            .prefix("tikrar-")
            .tempdir_in(&options.temp)
            .map_err(unwritable(&options.temp))?;
        let files = staged(progress, Stage::Open, Some(run.stats.ledger.bytes.read), || {
            let files = rebuild_in(run, temp.path(), progress)?;
            let count = files.len() as u64;
            Ok((files, count))
        })?;
        let corpus = Corpus::open_listed(files, &run.reading, &reading(options))?;
        Ok(Self { corpus, origin: Origin::Rebuilt, _temp: Some(temp) })
    }
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| ErrorKind::OutputUnwritable { path, source }.into()
}

/// Rebuilds all files of a run in a folder.
fn rebuild_in(run: &SavedRun, folder: &Path, progress: &dyn Progress) -> Result<Vec<ListedFile>> {
    let mut rebuilder = Rebuilder::new(run, progress)?;
    let mut files = Vec::with_capacity(run.inputs.len());
    for (number, input) in run.inputs.iter().enumerate() {
        // A thousand to a folder; names of the archive are no names of files.
        let folder = folder.join((number / 1000).to_string());
        fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
        let path = folder.join(number.to_string());
        let file = File::create(&path).map_err(unwritable(&path))?;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        rebuilder.file(input, &mut |bytes| {
            if progress.cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            progress.add(0, bytes.len() as u64);
            out.write_all(bytes).map_err(unwritable(&path))
        })?;
        out.flush().map_err(unwritable(&path))?;
        files.push(listed(input, path, Compression::None));
    }
    rebuilder.finish()?;
    Ok(files)
}

fn listed(input: &InputLine, path: PathBuf, compression: Compression) -> ListedFile {
    ListedFile {
        name: input.name.clone(),
        path,
        folder: input.folder.clone(),
        format: input.format,
        compression,
        broken: input.broken,
    }
}

fn reading(options: &ProveOptions) -> ReadOptions {
    ReadOptions { map: options.map, spool_dir: options.temp.clone(), ..ReadOptions::default() }
}
