//! Hashes of all files, in a form that `sha256sum -c` checks.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::outdir::hex;
use super::{OutDir, Written};
use crate::error::Result;

/// Files whose bytes hold times, or that list the others: they are no part of the digest.
const NOT_DATA: [&str; 3] = ["stats.json", "report.html", "manifest.sha256"];

/// One hash of all data files, by name and content.
pub fn digest(written: &[Written]) -> String {
    let mut sha = Sha256::new();
    for file in written.iter().filter(|file| !NOT_DATA.contains(&file.name.as_str())) {
        sha.update(format!("{}  {}\n", file.sha256, file.name));
    }
    hex(&sha.finalize())
}

/// Writes `manifest.sha256`.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    lines: Vec<Vec<u8>>,
}

impl Manifest {
    /// An input file, by its absolute path, with the hash of its bytes as they lie on disk. Without
    /// a path (stdin) the line is a comment, since there is nothing to check it against.
    pub fn input(&mut self, name: &str, path: Option<&Path>, sha256: &str) {
        match path {
            Some(path) => {
                let path: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                self.lines.push(line(sha256, path.as_os_str()));
            }
            None => self.lines.push(format!("# {sha256}  {}", name.escape_debug()).into_bytes()),
        }
    }

    /// Writes the inputs and all files written so far; paths of outputs are relative to the run's
    /// folder, so the check is run there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(mut self, dir: &OutDir) -> Result<()> {
        self.lines.sort();
        let outputs = dir.written();
        self.lines.extend(outputs.iter().map(|file| line(&file.sha256, file.name.as_ref())));
        let mut file = dir.file("manifest.sha256")?;
        for line in &self.lines {
            file.write_all(line).map_err(|e| file.error(e))?;
            file.write_all(b"\n").map_err(|e| file.error(e))?;
        }
        file.finish()?;
        Ok(())
    }
}

/// A line in the form of GNU coreutils: a name is the bytes that the system has; in those with a newline or
/// a backslash these are escaped, and a backslash at the start says so.
fn line(sha256: &str, name: &OsStr) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(name.len());
    for &byte in name.as_bytes() {
        match byte {
            b'\\' => escaped.extend_from_slice(b"\\\\"),
            b'\n' => escaped.extend_from_slice(b"\\n"),
            b'\r' => escaped.extend_from_slice(b"\\r"),
            _ => escaped.push(byte),
        }
    }
    let mark: &[u8] = if escaped == name.as_bytes() { b"" } else { b"\\" };
    [mark, sha256.as_bytes(), b"  ", &escaped].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_escaped_as_coreutils_do() {
        let line = |name: &[u8]| line("00", OsStr::from_bytes(name));
        assert_eq!(line(b"a b.txt"), b"00  a b.txt");
        assert_eq!(line(b"a\nb\\c"), b"\\00  a\\nb\\\\c");
        assert_eq!(line(b"/\xff"), b"00  /\xff");
    }

    #[test]
    fn the_digest_ignores_times_and_nothing_else() {
        let file = |name: &str, sha: &str| Written {
            name: name.to_owned(),
            sha256: sha.to_owned(),
            bytes: 1,
        };
        let base = digest(&[file("clusters.jsonl", "aa"), file("stats.json", "bb")]);
        assert_eq!(base, digest(&[file("clusters.jsonl", "aa"), file("stats.json", "cc")]));
        assert_ne!(base, digest(&[file("clusters.jsonl", "ab"), file("stats.json", "bb")]));
        assert_ne!(base, digest(&[file("pairs.jsonl", "aa")]));
    }
}
