//! Opening: which files are mapped, which are copied, and what each of them is.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::{ErrorKind, RejectCode, Result};

use super::corpus::{Bytes, Corpus, InputFile, Origin};
use super::fields::{Fault, Fields};
use super::map::Map;
use super::sniff::{self, Compression, Format, HEAD_BYTES};
use super::spool::{Spool, Stored};
use super::stamp::{Change, Stamp};
use super::walk::{self, Found};
use super::{Input, Problem, ReadOptions, Warning, inflate};

/// Name of stdin among the files.
const STDIN: &str = "-";
/// Name of a file that is written for stdin.
pub(super) const STDIN_OUTPUT: &str = "stdin.jsonl";
/// Files under so many bytes are copied rather than mapped: a process may have some 65,000 maps,
/// an archive a million pages.
const MAPPED_FROM: u64 = 64 << 10;
/// Mapped files that are kept open, to tell whether one that was moved away is still whole.
const KEPT_OPEN: usize = 48;
/// Compressed bytes read at a time.
const PACKED_BUFFER: usize = 128 << 10;
/// Longest page that a [`RecordAt`](super::RecordAt) can hold, line end included.
pub(super) const MAX_LENGTH: u64 = u32::MAX as u64 - 1;

/// What opening one file gave.
pub(super) type Opened = std::result::Result<(InputFile, Option<Problem>), Problem>;

pub(super) fn open(
    inputs: Vec<Input>,
    options: &ReadOptions,
    stdin: Option<Box<dyn Read + Send>>,
) -> Result<Corpus> {
    if inputs.is_empty() {
        return Err(ErrorKind::NoInputs.into());
    }
    let fields = Fields::new(&options.fields, options.strict)?;
    let max_page = options.max_page.min(MAX_LENGTH);
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut times_stdin = 0;
    for input in inputs {
        match input {
            Input::Path(path) => paths.push(path),
            Input::Stdin => times_stdin += 1,
        }
    }
    let reserved: &[&str] = if times_stdin > 0 { &[STDIN, STDIN_OUTPUT] } else { &[] };
    let walk = walk::walk(&paths, options.format, reserved);

    let spools = Spools::new(&options.spool_dir, options.keep_all);
    let opener = Opener { options, max_page, spools: &spools };
    let mut results: Vec<Opened> = walk
        .files
        .par_iter()
        .enumerate()
        .map(|(number, found)| opener.open(number, found))
        .collect::<Result<_>>()?;
    let mut warnings = walk.warnings;
    if times_stdin > 0 {
        let stdin = stdin.ok_or(ErrorKind::NoInputs)?;
        results.push(Ok(opener.stdin(stdin)?));
    }
    if times_stdin > 1 {
        warnings.push(Warning::StdinAgain);
    }

    let mut problems = walk.problems;
    let mut files = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok((file, problem)) => {
                files.push(file);
                problems.extend(problem);
            }
            Err(problem) => problems.push(problem),
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    problems.sort();
    let (spools, aside) = spools.into_maps()?;
    let corpus = Corpus { files, spools, aside, fields, max_page, problems, warnings };
    Ok(with_refusals(corpus))
}

/// The corpus, with those of its files refused that are no pages as a whole.
pub(super) fn with_refusals(mut corpus: Corpus) -> Corpus {
    let refused: Vec<_> = corpus.files.iter().map(|file| refusal(&corpus, file)).collect();
    for (file, refused) in corpus.files.iter_mut().zip(refused) {
        file.refused = refused;
    }
    corpus
}

/// Why a file as a whole is one reject, judged by what was stored of it.
fn refusal(corpus: &Corpus, file: &InputFile) -> Option<Fault> {
    match file.format {
        Format::Txt if file.broken => {
            let error = "the file breaks off, so its page is not whole; copy it again".into();
            Some(Fault { code: RejectCode::Truncated, error })
        }
        Format::Txt if file.len > corpus.max_page => Some(too_long(file.len, corpus.max_page)),
        Format::Txt => None,
        // The head is not stored if the first line is over the limit.
        Format::Jsonl if file.gaps.first().is_some_and(|gap| gap.stored == 0) => None,
        Format::Jsonl => {
            let stored = corpus.stored(file);
            let (code, error) = sniff::not_jsonl(&stored[..stored.len().min(HEAD_BYTES)])?;
            Some(Fault { code, error: error.into() })
        }
    }
}

/// The words for a record of `length` bytes that is over the limit.
pub(super) fn too_long(length: u64, max_page: u64) -> Fault {
    Fault {
        code: RejectCode::TooLong,
        error: format!(
            "the record is {length} bytes long, a page may have {max_page}; raise the page limit \
             if it is one"
        ),
    }
}

pub(super) struct Opener<'o> {
    pub(super) options: &'o ReadOptions,
    pub(super) max_page: u64,
    pub(super) spools: &'o Spools<'o>,
}

impl Opener<'_> {
    pub(super) fn open(&self, number: usize, found: &Found) -> Result<Opened> {
        let problem = |error: &io::Error| Problem {
            path: found.path.clone(),
            offset: None,
            error: error.to_string(),
        };
        let file = match File::open(&found.path) {
            Ok(file) => file,
            Err(error) => return Ok(Err(problem(&error))),
        };
        let (stamp, (format, compression)) =
            match file.metadata().and_then(|metadata| Ok((metadata, what_is(found, &file)?))) {
                Ok((metadata, what)) => (Stamp::new(&metadata), what),
                Err(error) => return Ok(Err(problem(&error))),
            };
        if stamp.size == 0 && file.read_at(&mut [0], 0).is_ok_and(|read| read > 0) {
            let error = io::Error::other("made up by the system as it is read; send it to stdin");
            return Ok(Err(problem(&error)));
        }
        if compression == Compression::None && stamp.size >= MAPPED_FROM {
            // A map that cannot be had is no fault: the file is copied instead.
            if let Ok(map) = Map::input(&file, stamp.size, self.options.map) {
                let file = (number < KEPT_OPEN).then_some(file);
                let input = InputFile {
                    name: found.name.clone(),
                    path: Some(found.path.clone()),
                    folder: found.folder.clone(),
                    format,
                    compression,
                    len: stamp.size,
                    bytes: Bytes::Mapped(map),
                    gaps: Vec::new(),
                    broken: false,
                    refused: None,
                    origin: Origin::Mapped { stamp, file },
                };
                return Ok(Ok((input, None)));
            }
        }

        let source = (&file).take(stamp.size);
        let mut stream: Box<dyn Read + '_> = if compression == Compression::None {
            Box::new(source)
        } else {
            let source = BufReader::with_capacity(PACKED_BUFFER, source);
            match inflate::unpack(source, compression) {
                Ok(stream) => stream,
                Err(error) => return Ok(Err(problem(&error))),
            }
        };
        let hashed = self.options.keep_all && compression != Compression::None;
        let (spool, stored, unpacked) = if hashed {
            let mut hashed = Hashed { source: stream, hash: Sha256::new() };
            let (spool, stored) = self.spools.append(&mut hashed, format, self.max_page)?;
            (spool, stored, Some(hashed.hash.finalize().into()))
        } else {
            let (spool, stored) = self.spools.append(&mut *stream, format, self.max_page)?;
            (spool, stored, None)
        };
        let while_copied = file
            .metadata()
            .map_or(Change::Replaced, |metadata| stamp.change_to(&Stamp::new(&metadata)));
        let input = InputFile {
            name: found.name.clone(),
            path: Some(found.path.clone()),
            folder: found.folder.clone(),
            format,
            compression,
            len: stored.stream_len,
            bytes: bytes_in(spool, &stored),
            broken: stored.fault.is_some(),
            gaps: stored.gaps,
            refused: None,
            origin: Origin::Copied { stamp, while_copied, unpacked },
        };
        let fault = stored.fault.map(|fault| Problem {
            path: found.path.clone(),
            offset: Some(stored.stream_len),
            error: inflate::fault(&fault, compression),
        });
        Ok(Ok((input, fault)))
    }

    fn stdin(&self, stdin: Box<dyn Read + Send>) -> Result<(InputFile, Option<Problem>)> {
        let format = self.options.format.unwrap_or(Format::Jsonl);
        let mut hashed = Hashed { source: stdin, hash: Sha256::new() };
        let (spool, stored) = self.spools.append(&mut hashed, format, self.max_page)?;
        let problem = stored.fault.as_ref().map(|fault| Problem {
            path: STDIN.into(),
            offset: Some(stored.stream_len),
            error: inflate::fault(fault, Compression::None),
        });
        let input = InputFile {
            name: STDIN.to_owned(),
            path: None,
            folder: None,
            format,
            compression: Compression::None,
            len: stored.stream_len,
            bytes: bytes_in(spool, &stored),
            broken: stored.fault.is_some(),
            gaps: stored.gaps,
            refused: None,
            origin: Origin::Stdin { sha256: hashed.hash.finalize().into() },
        };
        Ok((input, problem))
    }
}

fn bytes_in(spool: usize, stored: &Stored) -> Bytes {
    Bytes::Spooled { spool, start: stored.start as usize, len: stored.len as usize }
}

/// The first bytes of a file.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let mut len = 0;
    while len < head.len() {
        match file.read_at(&mut head[len..], len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(len);
    Ok(head)
}

/// Format and packing of a file: what its name says, else what its first bytes show.
fn what_is(found: &Found, file: &File) -> io::Result<(Format, Compression)> {
    if let (Some(format), Some(compression)) = (found.format, found.compression) {
        return Ok((format, compression));
    }
    let own_name = found.name.rsplit('/').next().unwrap_or_default();
    if let ((Some(_), compression), Some(format)) = (sniff::by_name(own_name), found.format) {
        return Ok((format, compression.unwrap_or(Compression::None)));
    }
    let head = head(file)?;
    let compression = found.compression.unwrap_or_else(|| sniff::compression(&head));
    let format = found.format.unwrap_or_else(|| {
        let mut unpacked = Vec::new();
        if let Ok(stream) = inflate::unpack(&head[..], compression) {
            // The head of a stream ends in the middle, so its error says nothing.
            let _ = stream.take(HEAD_BYTES as u64).read_to_end(&mut unpacked);
        }
        sniff::format(&unpacked)
    });
    Ok((format, compression))
}

/// The spools of a run, one for each thread that needed one.
pub(super) struct Spools<'o> {
    folder: &'o Path,
    set_aside: bool,
    free: Mutex<Vec<(usize, Spool)>>,
    made: AtomicUsize,
}

impl<'o> Spools<'o> {
    pub(super) fn new(folder: &'o Path, set_aside: bool) -> Self {
        Self { folder, set_aside, free: Mutex::new(Vec::new()), made: AtomicUsize::new(0) }
    }

    /// Appends a stream to any spool that no other thread is writing to.
    fn append(
        &self,
        stream: &mut dyn Read,
        format: Format,
        max_page: u64,
    ) -> Result<(usize, Stored)> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (number, mut spool) = if let Some(free) = free {
            free
        } else {
            let spool = Spool::new(self.folder, self.set_aside)?;
            (self.made.fetch_add(1, Ordering::Relaxed), spool)
        };
        let stored = spool.append(stream, format, max_page, self.folder)?;
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push((number, spool));
        Ok((number, stored))
    }

    /// The spools, and what was set aside in each.
    pub(super) fn into_maps(self) -> Result<(Vec<Map>, Vec<Option<File>>)> {
        let mut spools = self.free.into_inner().unwrap_or_else(PoisonError::into_inner);
        spools.sort_by_key(|&(number, _)| number);
        let (mut maps, mut asides) = (Vec::new(), Vec::new());
        for (_, spool) in spools {
            let ((mut file, len), aside) = spool.into_parts();
            maps.push(Map::private(&mut file, len).map_err(|source| {
                ErrorKind::OutputUnwritable { path: self.folder.to_owned(), source }
            })?);
            asides.push(aside);
        }
        Ok((maps, asides))
    }
}

/// A reader that hashes what passes through it.
struct Hashed<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        self.hash.update(out.get(..read).unwrap_or_default());
        Ok(read)
    }
}
