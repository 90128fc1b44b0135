//! A run read back: the files that [`write`](mod@crate::write) made, line by line.
//!
//! In: the folder of a finished run. Out: its lines as the types they were written from. A line is
//! read at a time, so a file may be larger than memory. Everything that works on a run afterwards
//! reads it here.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind as Io};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::MatchConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Progress;
use crate::read::ListedFile;
use crate::write::{InputLine, SUCCESS, Stats};

mod file;

pub use file::{has_folder, open_below, open_file, open_original, read_text};

/// Files by any of which a folder is known for that of a run.
const SIGNS: [&str; 3] = [SUCCESS, "stats.json", "manifest.sha256"];

/// Refuses a folder that is not a finished run.
///
/// # Errors
/// When `dir` is no folder of a run, or has lost its `_SUCCESS`.
pub fn finished(dir: &Path) -> Result<()> {
    let there = |name: &str| std::fs::symlink_metadata(dir.join(name)).is_ok();
    if there(SUCCESS) {
        return Ok(());
    }
    if SIGNS.into_iter().any(there) {
        let reason = "it is missing, and is written last: the run did not end, or lost it";
        return Err(damaged(dir.join(SUCCESS), reason.to_owned()));
    }
    let (kind, reason) = match std::fs::metadata(dir) {
        Err(error) => (error.kind(), "it is not there".to_owned()),
        Ok(there) if !there.is_dir() => (Io::NotADirectory, "it is no folder".to_owned()),
        Ok(_) => {
            (Io::NotFound, format!("it is no folder of a run: it has none of {}", SIGNS.join(", ")))
        }
    };
    let source = io::Error::new(kind, reason);
    Err(ErrorKind::InputUnreadable { path: dir.to_owned(), source }.into())
}

/// `stats.json` of the run in `dir`.
///
/// # Errors
/// When `dir` is no run, or the file is missing or not understood.
pub fn stats(dir: &Path) -> Result<Stats> {
    let path = dir.join("stats.json");
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(error) => {
            if error.kind() == Io::NotFound {
                finished(dir)?;
            }
            return Err(unread(&path)(error));
        }
    };
    serde_json::from_slice(&text).map_err(|e| damaged(path, e.to_string()))
}

/// The settings that a run was matched with, from its `stats`; `dir` is named in the error.
///
/// # Errors
/// When a setting is missing or has no meaning for this version.
pub fn settings(stats: &Stats, dir: &Path) -> Result<MatchConfig> {
    MatchConfig::deserialize(&stats.settings)
        .map_err(|e| damaged(dir.join("stats.json"), e.to_string()))
}

/// The lines of a JSONL file, one after the other.
pub struct Lines<'p, T> {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    number: u64,
    progress: &'p dyn Progress,
    of: PhantomData<T>,
}

impl<'p, T: DeserializeOwned> Lines<'p, T> {
    /// Opens a file. Reading it ends when `progress` says so.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, progress: &'p dyn Progress) -> Result<Self> {
        let file = open_file(path).map_err(unread(path))?;
        let reader = BufReader::with_capacity(1 << 16, file);
        let path = path.to_owned();
        Ok(Self { path, reader, line: Vec::new(), number: 0, progress, of: PhantomData })
    }
}

impl<T: DeserializeOwned> Iterator for Lines<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.progress.cancelled() {
            return Some(Err(ErrorKind::Interrupted.into()));
        }
        self.line.clear();
        match file::read_line(&mut self.reader, &mut self.line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(unread(&self.path)(error))),
        }
        self.number += 1;
        Some(
            serde_json::from_slice(&self.line)
                .map_err(|e| damaged(self.path.clone(), format!("line {}: {e}", self.number))),
        )
    }
}

/// Hands every line of a JSONL file to `each`, with its number from 0. Returns how many there were.
///
/// # Errors
/// When the file cannot be read or a line is not a `T` (the message names the line), the caller
/// cancels, and those of `each`.
pub fn each_line<T: DeserializeOwned>(
    path: &Path,
    progress: &dyn Progress,
    mut each: impl FnMut(u64, T) -> Result<()>,
) -> Result<u64> {
    let mut number = 0;
    for line in Lines::open(path, progress)? {
        each(number, line?)?;
        number += 1;
    }
    Ok(number)
}

/// All lines of a JSONL file, for one that is small or needed whole.
///
/// # Errors
/// As [`each_line`].
pub fn lines<T: DeserializeOwned>(path: &Path, progress: &dyn Progress) -> Result<Vec<T>> {
    Lines::open(path, progress)?.collect()
}

/// Where the records of an input lie in a folder of the run, if it has any.
pub fn stored(dir: &Path, folder: &str, input: &InputLine) -> Option<ListedFile> {
    let name = Path::new(folder).join(&input.file);
    open_below(dir, &name).is_ok().then(|| ListedFile {
        name: input.name.clone(),
        path: dir.join(name),
        folder: input.folder.clone(),
        format: input.format,
        compression: input.compression,
        broken: input.broken,
    })
}

/// A file of a run that is not what it must be.
pub fn damaged(path: PathBuf, reason: String) -> Error {
    ErrorKind::RunDamaged { path, reason }.into()
}

/// A file of a run that cannot be read: a fault of the run, not of its input.
pub fn unread(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| {
        let reason = match source.kind() {
            Io::NotFound => "it is missing".to_owned(),
            _ => format!("it cannot be read: {source}"),
        };
        damaged(path, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::NoProgress;
    use crate::write::{ClusterLine, Part, RejectLine};

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("rejected.jsonl");
        let good = r#"{"path":"a","line":1,"offset":0,"length":3,"code":"json","error":"x"}"#;
        std::fs::write(&path, format!("{good}\n{{\n")).expect("a file");
        let fault = lines::<RejectLine>(&path, &NoProgress).expect_err("the second line is broken");
        assert!(fault.to_string().contains("line 2"), "{fault}");
        assert_eq!((fault.code(), fault.exit_code()), ("E011", 1));
        std::fs::write(&path, format!("{good}\n{good}")).expect("a file");
        assert_eq!(lines::<RejectLine>(&path, &NoProgress).expect("two lines").len(), 2);
        assert!(lines::<ClusterLine>(&path, &NoProgress).is_err(), "lines of another file");
    }

    #[test]
    fn a_part_comes_back_as_it_was_written() {
        let span = Part::Embedded(crate::types::ByteSpan { start: 3, end: 19 });
        for part in [Part::Story, span] {
            let text = serde_json::to_string(&part).expect("JSON");
            assert_eq!(serde_json::from_str::<Part>(&text).expect("a part"), part);
        }
        for wrong in ["\"9-3\"", "\"3\"", "\"title\"", "3"] {
            assert!(serde_json::from_str::<Part>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_without_its_last_file_is_no_finished_run() {
        let dir = tempfile::tempdir().expect("a folder");
        let none = finished(dir.path()).expect_err("an empty folder");
        assert!(none.to_string().contains("it is no folder of a run"), "{none}");
        assert_eq!(none.exit_code(), 3);
        std::fs::write(dir.path().join("stats.json"), "{}").expect("a file");
        let unfinished = finished(dir.path()).expect_err("no _SUCCESS");
        assert_eq!(unfinished.exit_code(), 1);
        std::fs::write(dir.path().join(SUCCESS), "").expect("a file");
        finished(dir.path()).expect("a run");
    }
}
