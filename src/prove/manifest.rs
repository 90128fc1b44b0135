//! `manifest.sha256` read back.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::run::{damaged, unreadable};
use crate::error::Result;
use crate::write::hex;

/// Name of the manifest.
pub(super) const MANIFEST: &str = "manifest.sha256";

/// A hash and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Absolute for an input; for an output below the run's folder, with `/`.
    pub path: String,
}

/// The lines of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedManifest {
    /// Files that were read.
    pub inputs: Vec<Hashed>,
    /// Streams that were read and have no path: stdin.
    pub streams: Vec<Hashed>,
    /// Files that were written.
    pub outputs: Vec<Hashed>,
}

impl SavedManifest {
    /// Reads the manifest of the run in `dir`.
    ///
    /// # Errors
    /// When it cannot be read, or a line is none of a manifest.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(MANIFEST);
        let file = File::open(&path).map_err(unreadable(&path))?;
        let mut all = Self::default();
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(unreadable(&path))?;
            let Some((hashed, stream)) = parse(&line) else {
                return Err(damaged(path, format!("line {} is no hash and name", number + 1)));
            };
            match hashed.path.starts_with('/') {
                _ if stream => all.streams.push(hashed),
                true => all.inputs.push(hashed),
                false => all.outputs.push(hashed),
            }
        }
        Ok(all)
    }
}

/// A line, and whether it is of a stream.
fn parse(line: &str) -> Option<(Hashed, bool)> {
    let (line, stream) = match line.strip_prefix("# ") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (line, escaped) = match line.strip_prefix('\\') {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (sha256, path) = line.split_once("  ")?;
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
    let path = if escaped { unescaped(path)? } else { path.to_owned() };
    is_hash.then(|| (Hashed { sha256: sha256.to_owned(), path }, stream))
}

fn unescaped(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}

/// SHA-256 of a file.
pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 256 << 10];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(read) => hash.update(&block[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// All files below `dir`, relative to it, with `/`, sorted. Links are not followed.
pub(super) fn files_below(dir: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut open: Vec<(PathBuf, String)> = vec![(dir.to_owned(), String::new())];
    while let Some((folder, below)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(unreadable(&folder))?.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written() {
        let hash = "0".repeat(64);
        let (line, stream) = parse(&format!("\\{hash}  /a\\nb\\\\c")).unwrap();
        assert_eq!((line.path.as_str(), stream), ("/a\nb\\c", false));
        assert!(parse(&format!("# {hash}  stdin.jsonl")).unwrap().1);
        for wrong in ["", "00  a", &format!("{hash} a"), &format!("\\{hash}  a\\t")] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
