//! A run read back: the files that [`write`](mod@crate::write) made, line by line.
//!
//! In: the folder of a finished run. Out: its lines as the types they were written from. A line is
//! read at a time, so a file may be larger than memory. Everything that works on a run afterwards
//! reads it here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind as Io};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::MatchConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::write::{SUCCESS, Stats};

/// Refuses a folder that is not a finished run.
///
/// # Errors
/// When `dir` holds no `_SUCCESS`.
pub fn finished(dir: &Path) -> Result<()> {
    let path = dir.join(SUCCESS);
    if path.exists() {
        return Ok(());
    }
    let reason = "is not there: this is no folder of a finished run";
    Err(unreadable(path, io::Error::new(Io::NotFound, reason)))
}

/// `stats.json` of the run in `dir`.
///
/// # Errors
/// When it is missing or not understood.
pub fn stats(dir: &Path) -> Result<Stats> {
    let path = dir.join("stats.json");
    let text = std::fs::read_to_string(&path).map_err(|e| match e.kind() {
        Io::InvalidData => damaged(path.clone(), e.to_string()),
        _ => unreadable(path.clone(), e),
    })?;
    serde_json::from_str(&text).map_err(|e| damaged(path, e.to_string()))
}

/// The settings that a run was matched with, from its `stats`; `dir` is named in the error.
///
/// # Errors
/// When a setting is missing or has no meaning for this version.
pub fn settings(stats: &Stats, dir: &Path) -> Result<MatchConfig> {
    MatchConfig::deserialize(&stats.settings)
        .map_err(|e| unreadable(dir.join("stats.json"), e.into()))
}

/// The lines of a JSONL file, one after the other.
#[derive(Debug)]
pub struct Lines<T> {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    number: u64,
    of: PhantomData<T>,
}

impl<T: DeserializeOwned> Lines<T> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| unreadable(path.to_owned(), e))?;
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), reader, line: Vec::new(), number: 0, of: PhantomData })
    }
}

impl<T: DeserializeOwned> Iterator for Lines<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.line.clear();
        match self.reader.read_until(b'\n', &mut self.line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(unreadable(self.path.clone(), error))),
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
/// When the file cannot be read or a line is not a `T` (the message names the line), and those of
/// `each`.
pub fn each_line<T: DeserializeOwned>(
    path: &Path,
    mut each: impl FnMut(u64, T) -> Result<()>,
) -> Result<u64> {
    let mut number = 0;
    for line in Lines::open(path)? {
        each(number, line?)?;
        number += 1;
    }
    Ok(number)
}

/// All lines of a JSONL file, for one that is small or needed whole.
///
/// # Errors
/// As [`each_line`].
pub fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    Lines::open(path)?.collect()
}

fn damaged(path: PathBuf, reason: String) -> Error {
    ErrorKind::RunDamaged { path, reason }.into()
}

fn unreadable(path: PathBuf, source: io::Error) -> Error {
    ErrorKind::InputUnreadable { path, source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{ClusterLine, Part, RejectLine};

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("rejected.jsonl");
        let good = r#"{"path":"a","line":1,"offset":0,"length":3,"code":"json","error":"x"}"#;
        std::fs::write(&path, format!("{good}\n{{\n")).expect("a file");
        let fault = lines::<RejectLine>(&path).expect_err("the second line is broken");
        assert!(fault.to_string().contains("line 2"), "{fault}");
        assert_eq!((fault.code(), fault.exit_code()), ("E011", 1));
        std::fs::write(&path, format!("{good}\n{good}")).expect("a file");
        assert_eq!(lines::<RejectLine>(&path).expect("two lines").len(), 2);
        assert!(lines::<ClusterLine>(&path).is_err(), "lines of another file");
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
    fn a_folder_without_its_last_file_is_no_run() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(finished(dir.path()).is_err());
        std::fs::write(dir.path().join(SUCCESS), "").expect("a file");
        finished(dir.path()).expect("a run");
    }
}
