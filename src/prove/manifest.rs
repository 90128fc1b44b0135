//! `manifest.sha256` read back.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::progress::Progress;
use crate::saved::{damaged, read_text, unread};
use crate::write::hex;

/// Name of the manifest.
pub(super) const MANIFEST: &str = "manifest.sha256";

/// A hash and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Absolute for an input; for an output below the run's folder, with `/`. Of any bytes that a path has.
    pub path: PathBuf,
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
        let text = read_text(&path).map_err(unread(&path))?;
        let mut all = Self::default();
        for (number, line) in
            text.strip_suffix(b"\n").unwrap_or(&text).split(|&b| b == b'\n').enumerate()
        {
            let Some((hashed, stream)) = parse(line) else {
                return Err(damaged(path, format!("line {} is no hash and name", number + 1)));
            };
            match hashed.path.is_absolute() {
                _ if stream => all.streams.push(hashed),
                true => all.inputs.push(hashed),
                false => all.outputs.push(hashed),
            }
        }
        Ok(all)
    }
}

/// A line, and whether it is of a stream.
fn parse(line: &[u8]) -> Option<(Hashed, bool)> {
    let (line, stream) = match line.strip_prefix(b"# ") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (line, escaped) = match line.strip_prefix(b"\\") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (sha256, path) = line.split_at_checked(64)?;
    let path = path.strip_prefix(b"  ")?.to_vec();
    let path = if escaped { unescaped(&path)? } else { path };
    let sha256 = str::from_utf8(sha256).ok()?;
    let is_hash = sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
    let path = PathBuf::from(OsString::from_vec(path));
    is_hash.then(|| (Hashed { sha256: sha256.to_owned(), path }, stream))
}

fn unescaped(name: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(out)
}

/// SHA-256 of a file. Of one that goes on growing a byte more than it had is read, so that it is
/// another; the hash of one that the caller does not wait for is of no use.
pub(super) fn sha256_of(file: File, progress: &dyn Progress) -> io::Result<String> {
    let bytes = file.metadata()?.len();
    let mut file = file.take(bytes.saturating_add(1));
    let mut hash = Sha256::new();
    let mut block = vec![0; 256 << 10];
    loop {
        if progress.cancelled() {
            return Ok(String::new());
        }
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
        for entry in std::fs::read_dir(&folder).map_err(unread(&folder))? {
            let entry = entry.map_err(unread(&folder))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(unread(&folder))?.is_dir() {
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
        let (line, stream) = parse(format!("\\{hash}  /a\\nb\\\\c").as_bytes()).unwrap();
        assert_eq!((line.path.as_path(), stream), (Path::new("/a\nb\\c"), false));
        assert!(parse(format!("# {hash}  stdin.jsonl").as_bytes()).unwrap().1);
        let odd = parse(&[hash.as_bytes(), b"  /\xff"].concat()).unwrap().0;
        assert_eq!(odd.path.as_os_str().as_encoded_bytes(), b"/\xff");
        for wrong in ["", "00  a", &format!("{hash} a"), &format!("\\{hash}  a\\t")] {
            assert!(parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
