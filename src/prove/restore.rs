//! The input of a run, written again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::originals::{State, originals};
use super::rebuild::Rebuilder;
use super::run::{SavedRun, refused, staged};
use crate::error::{ErrorKind, Result};
use crate::progress::{Progress, Stage};
use crate::read::Compression;
use crate::saved::damaged;
use crate::write::{OutDir, Packer, hex};

/// Where a restored input goes.
#[derive(Clone, Debug)]
pub struct RestoreConfig {
    /// The folder; it appears whole or not at all.
    pub out: PathBuf,
    /// Replace a folder that holds nothing but files of the same names.
    pub force: bool,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The folder.
    pub out: PathBuf,
    /// Files written.
    pub files: u64,
    /// Their bytes, unpacked.
    pub bytes: u64,
    /// Files whose bytes are those of the original on disk.
    pub same_on_disk: u64,
    /// Files that were packed again: their unpacked bytes are those of the original.
    pub packed_again: u64,
    /// Files that the run could not read to their end; they are whole up to there.
    pub broken: Vec<String>,
    /// What failed once the folder stood, for a person.
    pub warnings: Vec<String>,
}

/// Rebuilds the input of the run in `dir` from its own files, under the same names. What was packed
/// is packed again in the same format (its packed bytes may differ). Every file is checked against
/// the hashes of the run before anything is published.
///
/// # Errors
/// When the run lacks a part (`--no-kept`, `--no-removed`) or is damaged, the folder exists and
/// `force` is not set, it holds or lies in the run or the originals, or it cannot be written.
pub fn restore(dir: &Path, config: &RestoreConfig, progress: &dyn Progress) -> Result<Restored> {
    let run = SavedRun::open(dir)?;
    if let Some(lacks) = run.lacks() {
        let all_there = originals(&run, progress)?.iter().all(|o| matches!(o.state, State::Same));
        let advice = if all_there {
            "nothing needs restoring: the originals are there and unchanged"
        } else {
            "and its originals are not all there to do without it"
        };
        return Err(refused(dir, format!("it has no {lacks}; {advice}")));
    }
    let inputs = run.manifest.inputs.iter().map(|line| line.path.clone());
    let never_touched: Vec<PathBuf> = std::iter::once(dir.to_owned()).chain(inputs).collect();
    let names = run.inputs.iter().map(|input| input.file.clone()).collect();
    let out = OutDir::tree(&config.out, config.force, &never_touched, names)?;
    let mut restored = staged(progress, Stage::Write, Some(run.stats.ledger.bytes.read), || {
        let restored = write_all(&run, &out, progress)?;
        let files = restored.files;
        Ok((restored, files))
    })?;
    let published = out.publish()?;
    (restored.out, restored.warnings) = (published.dir, published.warnings);
    Ok(restored)
}

fn write_all(run: &SavedRun, out: &OutDir, progress: &dyn Progress) -> Result<Restored> {
    let hashes: BTreeSet<&str> = run
        .manifest
        .inputs
        .iter()
        .chain(&run.manifest.streams)
        .map(|line| line.sha256.as_str())
        .collect();
    let mut rebuilder = Rebuilder::new(run, progress)?;
    let mut restored = Restored {
        out: PathBuf::new(),
        files: 0,
        bytes: 0,
        same_on_disk: 0,
        packed_again: 0,
        broken: Vec::new(),
        warnings: Vec::new(),
    };
    for input in &run.inputs {
        if !hashes.contains(input.sha256.as_str()) {
            let reason = format!("it has another hash for {:?} than manifest.sha256", input.name);
            return Err(damaged(run.dir.join("inputs.jsonl"), reason));
        }
        let mut packer = Packer::new(out.file(&input.file)?, input.compression);
        let mut hash = Sha256::new();
        rebuilder.file(input, &mut |bytes| {
            if progress.cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            hash.update(bytes);
            progress.add(0, bytes.len() as u64);
            packer.write(bytes)
        })?;
        let written = packer.finish()?;
        let unpacked = hex(&hash.finalize());
        if input.unpacked_sha256.as_ref().is_some_and(|sha256| *sha256 != unpacked) {
            let reason = format!("{:?} would not be restored to the bytes it had", input.name);
            return Err(damaged(run.dir.clone(), reason));
        }
        restored.files += 1;
        restored.bytes += input.bytes;
        restored.same_on_disk += u64::from(written.sha256 == input.sha256);
        restored.packed_again += u64::from(input.compression != Compression::None);
        restored.broken.extend(input.broken.then(|| input.name.clone()));
    }
    rebuilder.finish()?;
    Ok(restored)
}
