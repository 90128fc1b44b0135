//! The folder of a run: written beside its final name, synced once, published by one rename.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::publish::{publish, sync};
use crate::error::{Error, ErrorKind, Result};

/// Name of the file that says that a run is complete; written last.
pub const SUCCESS: &str = "_SUCCESS";

/// What a run may leave at the top of its folder. A folder with anything else in it was not made
/// by a run and is never replaced.
const KNOWN: [&str; 18] = [
    SUCCESS,
    "blocks.jsonl",
    "clusters.jsonl",
    "cuts.jsonl",
    "edges.jsonl",
    "frequencies.bin.zst",
    "inputs.jsonl",
    "kept",
    "manifest.sha256",
    "outlets.jsonl",
    "pairs.jsonl",
    "rejected",
    "rejected.jsonl",
    "removed",
    "removed.jsonl",
    "report.html",
    "segments.jsonl",
    "stats.json",
];

/// A file of the run that is complete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// Name below the run's folder, with `/`.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
}

/// What a folder is made to hold, and so what may be replaced.
#[derive(Debug)]
enum Contents {
    /// The files of a run.
    Run,
    /// Files of these names.
    Tree(BTreeSet<String>),
}

impl Contents {
    /// Refuses a folder that holds anything else; with `complete` also a run without its last file.
    fn check(&self, path: &Path, complete: bool) -> Result<()> {
        match self {
            Self::Run => made_by_a_run(path, complete),
            Self::Tree(names) => holds_only(path, names),
        }
    }
}

/// An output folder in the making. Dropping it unpublished removes what was written.
#[derive(Debug)]
pub struct OutDir {
    target: PathBuf,
    partial: PathBuf,
    force: bool,
    contents: Contents,
    // Held for its lock.
    _lock: File,
    written: Mutex<Vec<Written>>,
    published: bool,
}

impl OutDir {
    /// Claims `target` for this run. `inputs` are the files that will be read.
    ///
    /// # Errors
    /// When `target` exists and `force` is not given, or is no folder of a run; when it lies in an
    /// input folder or holds an input; when another run writes to it; when it cannot be made.
    pub fn create(target: &Path, force: bool, inputs: &[PathBuf]) -> Result<Self> {
        Self::claim(target, force, inputs, Contents::Run)
    }

    /// Claims `target` for files of these `names` (with `/`) alone, without a mark of a complete
    /// run. A folder that holds nothing else is replaced by force.
    ///
    /// # Errors
    /// As [`OutDir::create`].
    pub fn tree(
        target: &Path,
        force: bool,
        inputs: &[PathBuf],
        names: BTreeSet<String>,
    ) -> Result<Self> {
        Self::claim(target, force, inputs, Contents::Tree(names))
    }

    fn claim(target: &Path, force: bool, inputs: &[PathBuf], contents: Contents) -> Result<Self> {
        let target = absolute(target)?;
        apart(&target, inputs)?;
        if fs::symlink_metadata(&target).is_ok() {
            if !force {
                return Err(ErrorKind::OutputExists { path: target }.into());
            }
            contents.check(&target, true)?;
        }
        let partial = beside(&target, ".partial");
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|e| unwritable(parent, e))?;
        }
        match fs::create_dir(&partial) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(unwritable(&partial, error));
            }
            _ => {}
        }
        let lock = File::open(&partial).map_err(|e| unwritable(&partial, e))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(ErrorKind::OutputInUse { path: target }.into());
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(&partial, error)),
            Ok(()) => {}
        }
        contents.check(&partial, false)?;
        clear(&partial)?;
        Ok(Self {
            target,
            partial,
            force,
            contents,
            _lock: lock,
            written: Mutex::default(),
            published: false,
        })
    }

    /// Where files are written until they are published; also a place for temporary files.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Starts the file `name` (below the folder, with `/`).
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(&self, name: &str) -> Result<OutFile<'_>> {
        let path = self.partial.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| unwritable(parent, e))?;
        }
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| unwritable(&path, e))?;
        Ok(OutFile {
            dir: self,
            name: name.to_owned(),
            path,
            inner: BufWriter::with_capacity(
                1 << 16,
                Hashing { file, sha: Sha256::new(), bytes: 0 },
            ),
        })
    }

    /// Makes an empty folder `name`, for outputs that may have no file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn folder(&self, name: &str) -> Result<()> {
        let path = self.partial.join(name);
        fs::create_dir_all(&path).map_err(|e| unwritable(&path, e))
    }

    /// The complete files, sorted by name.
    pub fn written(&self) -> Vec<Written> {
        let mut all = self.written.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort();
        all
    }

    /// Writes `_SUCCESS` (for a run), syncs the file system once and renames the folder to its final name.
    ///
    /// # Errors
    /// When any of it fails; then the old folder, if there was one, still stands. What fails after the
    /// rename is a warning: the new folder stands.
    pub fn publish(mut self) -> Result<Published> {
        if matches!(self.contents, Contents::Run) {
            self.file(SUCCESS)?.finish()?;
        }
        sync(&self.partial)?;
        let replaced = publish(&self.partial, &self.target, self.force)?;
        self.published = true;
        let mut warnings = Vec::new();
        if let Some(parent) = self.target.parent()
            && let Err(error) = File::open(parent).and_then(|parent| parent.sync_all())
        {
            warnings.push(format!(
                "{} could not be synced ({error}): should the machine fail now, the new folder may be missing there",
                parent.display()
            ));
        }
        if let Some(old) = replaced
            && let Err(error) = fs::remove_dir_all(&old)
        {
            warnings.push(format!(
                "the folder that was replaced could not be removed ({error}): what is left is {}",
                old.display()
            ));
        }
        Ok(Published { dir: std::mem::take(&mut self.target), warnings })
    }
}

/// A folder that stands under its final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The folder, from the root.
    pub dir: PathBuf,
    /// What failed after that, for a person.
    pub warnings: Vec<String>,
}

impl Drop for OutDir {
    fn drop(&mut self) {
        if !self.published {
            // Nothing to do about a failure here: the next run clears the leftovers.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// A file in the making; [`OutFile::finish`] makes it count.
#[derive(Debug)]
pub struct OutFile<'d> {
    dir: &'d OutDir,
    name: String,
    path: PathBuf,
    inner: BufWriter<Hashing>,
}

impl OutFile<'_> {
    /// Flushes the file and enters it into the list of complete files.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(self) -> Result<Written> {
        let Self { dir, name, path, inner } = self;
        let done = inner.into_inner().map_err(|e| unwritable(&path, e.into_error()))?;
        let sha256 = hex(&done.sha.finalize());
        let written = Written { name, sha256, bytes: done.bytes };
        dir.written.lock().unwrap_or_else(PoisonError::into_inner).push(written.clone());
        Ok(written)
    }

    /// Writes `value` as one line of JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn line(&mut self, value: &impl serde::Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.inner, value).map_err(|e| self.error(e.into()))?;
        self.inner.write_all(b"\n").map_err(|e| self.error(e))
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error of writing to this file.
    pub fn error(&self, source: io::Error) -> Error {
        unwritable(&self.path, source)
    }
}

impl Write for OutFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[derive(Debug)]
struct Hashing {
    file: File,
    sha: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.sha.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * bytes.len());
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        out.push(char::from(DIGITS[usize::from(digit)]));
    }
    out
}

pub(super) fn unwritable(path: &Path, source: io::Error) -> Error {
    ErrorKind::OutputUnwritable { path: path.to_owned(), source }.into()
}

fn bad(path: &Path, reason: &str) -> Error {
    ErrorKind::BadSetting {
        setting: "--out",
        value: path.display().to_string(),
        reason: reason.to_owned(),
    }
    .into()
}

/// The path without `.` and `..`, from the root, its existing part resolved.
fn absolute(path: &Path) -> Result<PathBuf> {
    let full = std::path::absolute(path).map_err(|e| unwritable(path, e))?;
    let mut out = PathBuf::new();
    for part in full.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    if out.file_name().is_none() {
        return Err(bad(path, "it names no folder"));
    }
    let mut missing: Vec<OsString> = Vec::new();
    let mut known = out.clone();
    // The last part is not resolved: a link there is refused, not followed.
    while let (Some(parent), Some(name)) = (known.parent(), known.file_name()) {
        missing.push(name.to_owned());
        let parent = parent.to_owned();
        if let Ok(real) = parent.canonicalize() {
            return Ok(missing.iter().rev().fold(real, |path, name| path.join(name)));
        }
        known = parent;
    }
    Ok(out)
}

/// Refuses a folder that holds an input or lies in one.
fn apart(target: &Path, inputs: &[PathBuf]) -> Result<()> {
    for input in inputs {
        let Ok(input) = input.canonicalize() else {
            continue;
        };
        if input.starts_with(target) {
            return Err(bad(target, "it holds an input, and inputs are never touched"));
        }
        if input.is_dir() && target.starts_with(&input) {
            return Err(bad(target, "it lies in an input, and the next run would read it"));
        }
    }
    Ok(())
}

/// Refuses a folder with anything in it that no run writes; with `complete` also one that lacks
/// `_SUCCESS`.
fn made_by_a_run(path: &Path, complete: bool) -> Result<()> {
    let plain = fs::symlink_metadata(path).map_err(|e| unwritable(path, e))?;
    if !plain.is_dir() {
        return Err(bad(path, "it is not a folder"));
    }
    let mut success = false;
    for entry in fs::read_dir(path).map_err(|e| unwritable(path, e))? {
        let name = entry.map_err(|e| unwritable(path, e))?.file_name();
        let known = name.to_str().is_some_and(|n| KNOWN.contains(&n) || n.starts_with(".spool"));
        if !known {
            let reason = format!("it holds {}, which no run writes", name.display());
            return Err(bad(path, &reason));
        }
        success |= name == SUCCESS;
    }
    if complete && !success {
        return Err(bad(path, "it is not the folder of a complete run"));
    }
    Ok(())
}

/// Refuses a folder with a file in it that is none of `names`.
fn holds_only(path: &Path, names: &BTreeSet<String>) -> Result<()> {
    let mut open = vec![(path.to_owned(), String::new())];
    while let Some((folder, below)) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| unwritable(&folder, e))? {
            let entry = entry.map_err(|e| unwritable(&folder, e))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push((entry.path(), format!("{name}/")));
            } else if !names.contains(&name) {
                let reason = format!("it holds {name}, which would not be written again");
                return Err(bad(path, &reason));
            }
        }
    }
    Ok(())
}

fn clear(path: &Path) -> Result<()> {
    for entry in fs::read_dir(path).map_err(|e| unwritable(path, e))? {
        let entry = entry.map_err(|e| unwritable(path, e))?;
        let is_dir = entry.file_type().is_ok_and(|t| t.is_dir());
        let gone =
            if is_dir { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        gone.map_err(|e| unwritable(&entry.path(), e))?;
    }
    Ok(())
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dir: &OutDir, name: &str, text: &str) {
        let mut file = dir.file(name).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_run_is_whole_or_absent() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("RUN");
        let dir = OutDir::create(&target, false, &[]).unwrap();
        put(&dir, "kept/a/b.txt", "نص");
        assert!(!target.exists());
        drop(dir);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left");

        let dir = OutDir::create(&target, false, &[]).unwrap();
        put(&dir, "clusters.jsonl", "");
        assert_eq!(
            dir.written()[0].sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let published = dir.publish().unwrap();
        assert_eq!((published.dir, published.warnings), (target.canonicalize().unwrap(), vec![]));
        assert!(target.join(SUCCESS).exists());
        assert!(!place.path().join("RUN.partial").exists());
    }

    #[test]
    fn an_existing_folder_is_replaced_only_by_force_and_only_if_a_run_made_it() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("RUN");
        OutDir::create(&target, false, &[]).unwrap().publish().unwrap();
        let refused = OutDir::create(&target, false, &[]).unwrap_err();
        assert_eq!((refused.code(), refused.exit_code()), ("E003", 2));
        let dir = OutDir::create(&target, true, &[]).unwrap();
        put(&dir, "stats.json", "{}");
        dir.publish().unwrap();
        assert!(target.join("stats.json").exists());
        assert!(!place.path().join("RUN.partial").exists());

        fs::write(target.join("thesis.docx"), "years of work").unwrap();
        assert_eq!(OutDir::create(&target, true, &[]).unwrap_err().exit_code(), 2);
        assert!(target.join("thesis.docx").exists());
    }

    #[test]
    fn leftovers_of_a_killed_run_are_cleared_and_foreign_files_are_not() {
        let place = tempfile::tempdir().unwrap();
        let partial = place.path().join("RUN.partial");
        fs::create_dir_all(partial.join("kept")).unwrap();
        fs::write(partial.join("clusters.jsonl"), "half").unwrap();
        let dir = OutDir::create(&place.path().join("RUN"), false, &[]).unwrap();
        assert_eq!(fs::read_dir(dir.partial()).unwrap().count(), 0);
        drop(dir);
        fs::create_dir_all(&partial).unwrap();
        fs::write(partial.join("mine.txt"), "mine").unwrap();
        assert!(OutDir::create(&place.path().join("RUN"), false, &[]).is_err());
        assert!(partial.join("mine.txt").exists());
    }

    #[test]
    fn a_second_run_into_the_same_folder_is_told_so() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("RUN");
        let first = OutDir::create(&target, false, &[]).unwrap();
        let second = OutDir::create(&target, false, &[]).unwrap_err();
        assert_eq!((second.code(), second.exit_code()), ("E041", 4));
        first.publish().unwrap();
    }

    #[test]
    fn the_input_is_never_in_danger() {
        let place = tempfile::tempdir().unwrap();
        let pages = place.path().join("pages");
        fs::create_dir(&pages).unwrap();
        fs::write(pages.join("a.txt"), "نص").unwrap();
        for out in [pages.clone(), pages.join("RUN"), place.path().to_owned()] {
            let refused = OutDir::create(&out, true, std::slice::from_ref(&pages)).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{}", out.display());
        }
        assert!(pages.join("a.txt").exists());
    }
}
