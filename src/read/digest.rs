//! Hashes of the input files, as they are on disk.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::background::Background;
use crate::error::{ErrorKind, Result};
use crate::processor::fetch;

use super::corpus::{Bytes, Corpus, InputFile, LINE, Origin};
use super::sniff::Compression;
use super::stamp::Change;

/// Bytes read at a time where a file is read again.
const BLOCK: usize = 256 << 10;
/// Bytes hashed at a time.
const STEP: usize = 1 << 20;
/// A page of memory: machines fetch ahead by themselves to its end and no further.
const PAGE: usize = 4 << 10;
/// Lines asked for of the page that comes next, after which the machine sees where this goes.
const LINES: usize = 4;

impl Corpus {
    /// SHA-256 of each file, in the order of [`Corpus::files`]: of its bytes on disk (compressed
    /// where it is compressed), of what was read for stdin. Files in parallel; what is mapped or
    /// was copied as it is, is not read again.
    ///
    /// The hash of a file is made from its first byte to its last, which no number of threads makes
    /// faster: work to be done beside other work.
    ///
    /// # Errors
    /// A file that had to be read again is gone, or shorter; the work was given up, or the caller
    /// cancels.
    pub fn sha256_inputs(&self, background: &Background<'_>) -> Result<Vec<[u8; 32]>> {
        self.files.par_iter().map(|file| self.sha256(file, background)).collect()
    }

    /// SHA-256 of the unpacked bytes of a file, given that of its bytes on disk; none where it was
    /// not asked for when the file was opened, or the file could not be read to its end and is not
    /// packed.
    pub fn sha256_unpacked(&self, file: u32, on_disk: [u8; 32]) -> Option<[u8; 32]> {
        let input = self.files.get(file as usize)?;
        match (&input.origin, input.compression) {
            (_, Compression::None) => (!input.broken).then_some(on_disk),
            (Origin::Copied { unpacked, .. }, _) => *unpacked,
            _ => None,
        }
    }

    fn sha256(&self, input: &InputFile, background: &Background<'_>) -> Result<[u8; 32]> {
        let (path, stamp, whole) = match (&input.origin, &input.path) {
            (Origin::Stdin { sha256 }, _) => return Ok(*sha256),
            (_, None) => return sha256_stored(self.stored(input), background),
            (Origin::Mapped { stamp, .. }, Some(path)) => (path, stamp, true),
            (Origin::Copied { stamp, while_copied, .. }, Some(path)) => {
                let whole = input.compression == Compression::None
                    && input.gaps.is_empty()
                    && !input.broken
                    && *while_copied == Change::None;
                (path, stamp, whole)
            }
        };
        if whole || matches!(input.bytes, Bytes::Mapped(_)) {
            return sha256_stored(self.stored(input), background);
        }
        sha256_of(path, stamp.size, background)
    }
}

/// SHA-256 of bytes that are at hand.
fn sha256_stored(bytes: &[u8], background: &Background<'_>) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    for step in bytes.chunks(STEP) {
        background.step(|| add(&mut hash, step))?;
    }
    Ok(hash.finalize().into())
}

/// Hashes bytes that may be far from the processor (a fifth faster than all at once).
fn add(hash: &mut Sha256, bytes: &[u8]) {
    for (page, next) in bytes.chunks(PAGE).zip((PAGE..).step_by(PAGE)) {
        for line in 0..LINES {
            fetch(bytes, next + LINE * line);
        }
        hash.update(page);
    }
}

/// SHA-256 of the first `len` bytes of a file.
fn sha256_of(path: &Path, len: u64, background: &Background<'_>) -> Result<[u8; 32]> {
    let unreadable = |source| ErrorKind::InputUnreadable { path: path.to_owned(), source };
    let mut source = File::open(path).map_err(unreadable)?.take(len);
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = background.step(|| {
            let read = source.read(&mut block)?;
            hash.update(&block[..read]);
            Ok(read)
        })?;
        if read.map_err(unreadable)? == 0 {
            break;
        }
    }
    if source.limit() > 0 {
        let change = format!("became {} bytes shorter", source.limit());
        return Err(ErrorKind::InputChanged { path: path.to_owned(), change }.into());
    }
    Ok(hash.finalize().into())
}
