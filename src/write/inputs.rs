//! `inputs.jsonl`: the files that were read, so that they can be opened and rebuilt under the same
//! names.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{OutDir, hex};
use crate::error::Result;
use crate::read::{Compression, Corpus, Format};

/// A line of `inputs.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputLine {
    /// Name in the run; `-` for stdin.
    pub name: String,
    /// Name of what is written in its place.
    pub file: String,
    /// The folder that it lay in: the outlet of a `.txt`.
    pub folder: Option<String>,
    /// How its records lie in it.
    pub format: Format,
    /// How it is packed.
    pub compression: Compression,
    /// Bytes, unpacked, up to where it could be read.
    pub bytes: u64,
    /// SHA-256 of its bytes as they lay on disk.
    pub sha256: String,
    /// SHA-256 of its unpacked bytes, up to where it could be read; none without `removed/`.
    pub unpacked_sha256: Option<String>,
    /// Whether it could not be read to its end.
    pub broken: bool,
}

/// The hash in `stats.json` of all that was read, from the names and the SHA-256 of its files, in order.
pub fn input_digest<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut sha = Sha256::new();
    for (name, hash) in files {
        sha.update(format!("{hash}  {name}\n"));
    }
    hex(&sha.finalize())
}

/// Writes the line of every file; `sha256` are the hashes of the files as they lie on disk.
pub(super) fn write_inputs(dir: &OutDir, corpus: &Corpus, sha256: &[[u8; 32]]) -> Result<()> {
    let mut out = dir.file("inputs.jsonl")?;
    for ((number, file), &on_disk) in (0..).zip(corpus.files()).zip(sha256) {
        out.line(&InputLine {
            name: file.name().to_owned(),
            file: file.output_name().to_owned(),
            folder: file.folder().map(str::to_owned),
            format: file.format(),
            compression: file.compression(),
            bytes: file.len(),
            sha256: hex(&on_disk),
            unpacked_sha256: corpus.sha256_unpacked(number, on_disk).map(|hash| hex(&hash)),
            broken: file.is_broken(),
        })?;
    }
    out.finish()?;
    Ok(())
}
