//! Proof that a run says what is true and lost nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::manifest::{MANIFEST, files_below, sha256_of};
use super::originals::{Archive, Origin, Original, State, originals};
use super::pages::Pages;
use super::rebuild::Rebuilder;
use super::recount;
use super::removals::{Membership, Removed, check_removals};
use super::run::{ProveOptions, SavedRun, staged};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Stage};
use crate::saved::{Lines, open_below, open_file};
use crate::write::{
    CutLine, Ledger, LedgerBytes, LedgerWords, RejectLine, SUCCESS, Written, digest, hex,
    reject_lines,
};

/// Faults that are kept in words; the rest are counted.
const TOLD: usize = 200;
/// Removals that are named as the weakest.
const WEAKEST: usize = 50;
/// Something that is not as the run says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What was checked: `output`, `original`, `digest`, `figure`, `rebuild`, `ledger`, `reject`,
    /// `cluster`, `block`, `removal`.
    pub check: &'static str,
    /// The file, page or cluster.
    pub place: String,
    /// What is wrong, as a sentence.
    pub what: String,
}

/// A removal, scored again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Removal {
    /// The page that was removed.
    pub id: String,
    /// The page that stays in its place.
    pub keep: String,
    /// `exact`, `copy` or `contains`.
    pub reason: String,
    /// Exact similarity of the two stories.
    pub similarity: f64,
    /// Words of the removed page that the other lacks.
    pub lost_words: u64,
    /// The rarest of them.
    pub lost_rarest: Vec<String>,
}

/// What was checked and what was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// The ledger, counted again from the archive; none if that could not be.
    pub ledger: Option<Ledger>,
    /// Where the pages were read from; none if they could not be.
    pub origin: Option<Origin>,
    /// Originals that are what they were.
    pub originals_same: u64,
    /// Originals that are gone.
    pub originals_gone: u64,
    /// Originals that cannot be read.
    pub unreadable: Vec<String>,
    /// Files of the run whose hashes were compared.
    pub files: u64,
    /// Input files that were rebuilt from the run's own files and have the hash they had; none if
    /// the run does not hold all of them.
    pub rebuilt: Option<u64>,
    /// Clusters that were looked at; none if that could not be.
    pub clusters: Option<u64>,
    /// Removals that were scored again; none if that could not be.
    pub removals: Option<u64>,
    /// Checks that were left out, and why.
    pub left_out: Vec<String>,
    /// The removals with least in common with their keeper; none if no removal could be scored.
    pub weakest: Option<Vec<Removal>>,
    /// The first faults.
    pub faults: Vec<Fault>,
    /// All faults.
    pub fault_count: u64,
}

impl Proof {
    /// 0 when all is as the run says, 1 with a fault, 3 if an original cannot be read, or if the
    /// originals are gone and the run alone is not enough to check its decisions.
    pub fn exit_code(&self) -> u8 {
        match (self.fault_count, self.unreadable.is_empty() && self.is_whole()) {
            (0, true) => 0,
            (0, false) => 3,
            _ => 1,
        }
    }

    /// Whether the pages could be read, and so ledger, clusters and scores be checked.
    pub fn is_whole(&self) -> bool {
        self.origin.is_some()
    }

    pub(super) fn fault(&mut self, check: &'static str, place: impl Into<String>, what: String) {
        self.fault_count += 1;
        if self.faults.len() < TOLD {
            self.faults.push(Fault { check, place: place.into(), what });
        }
    }

    /// Notes what a check could not get past; what is no fault of the run stays an error.
    fn note(&mut self, check: &'static str, error: Error, run: &SavedRun) -> Result<()> {
        match error.kind() {
            ErrorKind::RunDamaged { path, reason } => {
                let place = path.strip_prefix(&run.dir).unwrap_or(path);
                self.fault(check, place.display().to_string(), reason.clone());
                Ok(())
            }
            _ => Err(error),
        }
    }
}

/// Adds removals to the weakest.
pub(super) fn weigh(weakest: &mut Vec<Removal>, removals: impl IntoIterator<Item = Removal>) {
    weakest.extend(removals);
    weakest.sort_by(|a, b| {
        (a.similarity.total_cmp(&b.similarity))
            .then(b.lost_words.cmp(&a.lost_words))
            .then_with(|| a.id.cmp(&b.id))
    });
    weakest.truncate(WEAKEST);
}

/// Checks the run in `dir` against the originals, or where they are gone against its own files:
/// hashes, ledger, every record in exactly one place, clusters, and every removal scored again.
///
/// Cost: hashing everything, two passes over the archive, and one alignment a removal.
///
/// # Errors
/// When `dir` is no finished run, its settings cannot be read, or the caller cancels. What is wrong
/// with a run that can be read is in [`Proof::faults`].
pub fn verify(dir: &Path, options: &ProveOptions, progress: &dyn Progress) -> Result<Proof> {
    let run = SavedRun::open(dir)?;
    let mut proof = Proof::default();
    check_outputs(&run, &mut proof, progress)?;
    if let Err(error) = recount::check_files(&run, &mut proof, progress) {
        proof.note("figure", error, &run)?;
    }
    let originals = originals(&run, progress)?;
    let all_same = check_originals(&run, &originals, &mut proof);
    let lacks = run.lacks();
    let whole = match lacks {
        None => staged(progress, Stage::Open, Some(run.stats.ledger.bytes.read), || {
            Ok((check_rebuilt(&run, &mut proof, progress)?, run.inputs.len() as u64))
        })?,
        Some(lacks) => {
            let what = format!("rebuilding the input from the run's own files: no {lacks}");
            proof.left_out.push(what);
            false
        }
    };
    let archive = if all_same {
        Archive::of_originals(&run, &originals, options)?
    } else if whole {
        Archive::rebuilt(&run, options, progress)?
    } else {
        let why = if lacks.is_some() { "cannot be rebuilt" } else { "cannot be rebuilt soundly" };
        let what =
            format!("ledger, clusters and scores: not all originals are there, and they {why}");
        proof.left_out.push(what);
        return Ok(proof);
    };
    drop(originals);
    proof.origin = Some(archive.origin);
    let pages = match Pages::read(run.clone(), archive, progress) {
        Ok(pages) => pages,
        Err(error) => {
            proof.note("output", error, &run)?;
            return Ok(proof);
        }
    };
    check_rejects(&pages, &mut proof, progress)?;
    let mut membership = Membership::default();
    if let Err(error) = membership.read(&pages, &mut proof, progress) {
        proof.note("cluster", error, &run)?;
    }
    let removed = staged(progress, Stage::Verify, None, || {
        let removed = check_removals(&pages, &membership, &mut proof, progress);
        let removed = removed.map(Some).or_else(|error| {
            proof.note("removal", error, &run)?;
            Ok::<_, Error>(None)
        })?;
        Ok((removed, proof.removals.unwrap_or_default()))
    })?;
    if let Some(removed) = removed
        && let Err(error) = check_ledger(&pages, removed, &mut proof, progress)
    {
        proof.note("ledger", error, &run)?;
    }
    recount::check_pages(&pages, &mut proof)?;
    pages.corpus().check_unchanged()?;
    Ok(proof)
}

/// The files of the run against its manifest, and the digest of the data files.
fn check_outputs(run: &SavedRun, proof: &mut Proof, progress: &dyn Progress) -> Result<()> {
    let checked: Vec<(Cow<'_, str>, std::io::Result<String>, &str)> = run
        .manifest
        .outputs
        .par_iter()
        .map(|line| {
            let found = open_below(&run.dir, &line.path);
            let found = found.and_then(|file| sha256_of(file, progress));
            (line.path.to_string_lossy(), found, &*line.sha256)
        })
        .collect();
    let mut written = Vec::with_capacity(checked.len());
    let mut named: BTreeSet<&str> = [SUCCESS, MANIFEST].into();
    for (name, found, expected) in &checked {
        let name = name.as_ref();
        named.insert(name);
        proof.files += 1;
        match found {
            Ok(sha256) => {
                if sha256 != expected {
                    let what = "its bytes are not those that the manifest lists".to_owned();
                    proof.fault("output", name, what);
                }
                written.push(Written { name: name.to_owned(), sha256: sha256.clone(), bytes: 0 });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                proof.fault("output", name, "it is missing".to_owned());
            }
            Err(error) => proof.fault("output", name, format!("it cannot be read: {error}")),
        }
    }
    if progress.cancelled() {
        return Err(ErrorKind::Interrupted.into());
    }
    match open_file(&run.dir.join(SUCCESS)).and_then(|file| file.metadata()) {
        Ok(there) if there.len() == 0 => {}
        Ok(_) => proof.fault("output", SUCCESS, "it is not empty, as it was written".to_owned()),
        Err(error) => proof.fault("output", SUCCESS, format!("it cannot be read: {error}")),
    }
    for name in files_below(&run.dir)? {
        if !named.contains(name.as_str()) {
            proof.fault("output", name, "the manifest does not list it".to_owned());
        }
    }
    written.sort();
    let found = digest(&written);
    if found != run.stats.digest {
        let what = format!("is {} there, and {found} of the data files", run.stats.digest);
        proof.fault("digest", "stats.json", what);
    }
    Ok(())
}

/// The originals against the manifest; whether all are what they were.
fn check_originals(run: &SavedRun, originals: &[Original<'_>], proof: &mut Proof) -> bool {
    let mut listed: BTreeMap<&str, u64> = BTreeMap::new();
    for line in run.manifest.inputs.iter().chain(&run.manifest.streams) {
        *listed.entry(&line.sha256).or_default() += 1;
    }
    let mut all_same = true;
    for original in originals {
        match listed.get_mut(original.input.sha256.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => {
                let what = "manifest.sha256 lists no input of the hash it has in inputs.jsonl";
                proof.fault("original", &original.input.name, what.to_owned());
            }
        }
        let path = original.path.as_deref().map(|path| path.display().to_string());
        let place = path.unwrap_or_else(|| original.input.name.clone());
        match &original.state {
            State::Same => proof.originals_same += 1,
            State::Gone => proof.originals_gone += 1,
            State::Changed => {
                let what = "its bytes are not those that the run read".to_owned();
                proof.fault("original", place, what);
            }
            State::Unreadable(error) => proof.unreadable.push(format!("{place}: {error}")),
        }
        all_same &= matches!(original.state, State::Same);
    }
    for (sha256, _) in listed.iter().filter(|&(_, &count)| count > 0) {
        let what = format!("lists an input of hash {sha256} that inputs.jsonl has not");
        proof.fault("original", MANIFEST, what);
    }
    all_same
}

/// Every byte of the input is in exactly one place: rebuilt from the run's own files, each input has
/// the hash that it had.
fn check_rebuilt(run: &SavedRun, proof: &mut Proof, progress: &dyn Progress) -> Result<bool> {
    let before = proof.fault_count;
    let mut rebuilder = match Rebuilder::new(run, progress) {
        Ok(rebuilder) => rebuilder,
        Err(error) => {
            proof.note("rebuild", error, run)?;
            return Ok(false);
        }
    };
    let mut whole = 0;
    for input in &run.inputs {
        let mut hash = Sha256::new();
        let rebuilt = rebuilder.file(input, &mut |bytes| {
            if progress.cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            hash.update(bytes);
            progress.add(0, bytes.len() as u64);
            Ok(())
        });
        if let Err(error) = rebuilt {
            proof.note("rebuild", error, run)?;
        } else if let Some(expected) = &input.unpacked_sha256
            && *expected != hex(&hash.finalize())
        {
            let what = "rebuilt from the run's own files, its bytes are not those that were read";
            proof.fault("rebuild", &input.name, what.to_owned());
        } else {
            whole += 1;
        }
    }
    proof.rebuilt = Some(whole);
    if let Err(error) = rebuilder.finish() {
        proof.note("rebuild", error, run)?;
    }
    Ok(proof.fault_count == before)
}

/// `rejected.jsonl` against what is rejected when the archive is read again.
fn check_rejects(pages: &Pages, proof: &mut Proof, progress: &dyn Progress) -> Result<()> {
    let run = pages.run();
    let found = reject_lines(pages.corpus(), pages.table());
    let key = |line: &RejectLine| {
        (line.path.clone(), line.offset, line.length, line.line, line.code.clone().into_owned())
    };
    let mut found = found.iter().map(key);
    let listed = Lines::<RejectLine>::open(&run.dir.join("rejected.jsonl"), progress);
    let listed = listed.and_then(|lines| {
        for line in lines {
            let line = line?;
            let place = format!("{} byte {}", line.path, line.offset);
            match found.next() {
                Some(expected) if expected == key(&line) => {}
                Some(expected) => {
                    let what =
                        format!("the next reject is at byte {} of {}", expected.1, expected.0);
                    proof.fault("reject", place, what);
                    return Ok(());
                }
                None => proof.fault("reject", place, "the record there is no reject".to_owned()),
            }
        }
        for (path, offset, ..) in found {
            let what = "the record there is a reject and not listed".to_owned();
            proof.fault("reject", format!("{path} byte {offset}"), what);
        }
        Ok(())
    });
    listed.or_else(|error| proof.note("reject", error, run))
}

/// The ledger, counted again.
fn check_ledger(
    pages: &Pages,
    removed: Removed,
    proof: &mut Proof,
    progress: &dyn Progress,
) -> Result<()> {
    let (run, table) = (pages.run(), pages.table());
    let rejects = &table.rejects;
    let read: u64 = pages.corpus().files().iter().map(crate::read::InputFile::len).sum();
    let page_bytes: u64 = table.at.iter().map(|at| u64::from(at.length)).sum();
    let words: u64 = table.words.iter().map(|&words| u64::from(words)).sum();
    let (mut cut_pages, mut cut) = (0, 0);
    if run.cut_blocks {
        let mut last = None;
        for line in Lines::<CutLine>::open(&run.dir.join("cuts.jsonl"), progress)? {
            let line = line?;
            cut += u64::from(line.end.saturating_sub(line.start));
            let page = Some((line.path, line.offset));
            cut_pages += u64::from(page != last);
            last = page;
        }
    }
    let counted = Ledger {
        read: table.len() as u64 + rejects.len() as u64,
        kept: (table.len() as u64).saturating_sub(removed.records),
        removed: removed.records,
        rejected: rejects.len() as u64,
        cut_pages,
        bytes: LedgerBytes {
            read,
            kept: (page_bytes + table.blank_bytes).saturating_sub(removed.bytes),
            removed: removed.bytes,
            rejected: rejects.iter().map(|reject| reject.length).sum(),
            blank: table.blank_bytes,
            cut,
        },
        words: LedgerWords {
            read: words,
            kept: words.saturating_sub(removed.words),
            removed: removed.words,
        },
    };
    if counted != run.stats.ledger {
        let what = format!("says {:?}, and counted again it is {counted:?}", run.stats.ledger);
        proof.fault("ledger", "stats.json", what);
    } else if !counted.balances() {
        proof.fault("ledger", "stats.json", format!("does not balance: {counted:?}"));
    }
    proof.ledger = Some(counted);
    Ok(())
}
