//! The bytes of the input, from `kept/`, `removed/`, `rejected/` and `cuts.jsonl`.
//!
//! The lines of a run say where in its file every removed and every rejected record lay; what is
//! kept lies between them. Where kept records were cut or annotated they are put back one by one.
//! One pass over the run's files in the order of their names; memory holds a record.

use std::io::{self, BufRead, BufReader, Read};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::run::SavedRun;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::read::{CutSpan, Format, unpack, with_cuts, without_member};
use crate::saved::{Lines, damaged, open_below, unread};
use crate::types::ByteSpan;
use crate::write::{ANNOTATION, CutLine, InputLine, RejectLine, RemovedLine, hex};

/// Takes the bytes of a file, in order.
pub(super) type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<()>;

/// A byte order mark, which belongs to its file.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Member of an annotation that holds the value the record had under that name.
const WAS: &str = "was";

/// Rebuilds the files of a run, in the order of [`SavedRun::inputs`].
pub(super) struct Rebuilder<'r> {
    run: &'r SavedRun,
    removed: Peekable<Lines<'r, RemovedLine>>,
    rejected: Peekable<Lines<'r, RejectLine>>,
    cuts: Option<Peekable<Lines<'r, CutLine>>>,
}

impl<'r> Rebuilder<'r> {
    /// Opens the lines of a run.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub(super) fn new(run: &'r SavedRun, progress: &'r dyn Progress) -> Result<Self> {
        let cuts = if run.cut_blocks { Some(peekable(run, "cuts.jsonl", progress)?) } else { None };
        Ok(Self {
            run,
            removed: peekable(run, "removed.jsonl", progress)?,
            rejected: peekable(run, "rejected.jsonl", progress)?,
            cuts,
        })
    }

    /// Hands the bytes of the next file, unpacked, to `sink`. After an error the next file can
    /// still be asked for.
    ///
    /// # Errors
    /// What is missing, or does not fit; errors of `sink`.
    pub(super) fn file(&mut self, input: &InputLine, sink: Sink<'_>) -> Result<()> {
        let done = self.rebuild(input, sink);
        if done.is_err() {
            while take_if(&mut self.removed, |line| line.path == input.name)?.is_some() {}
            while take_if(&mut self.rejected, |line| line.path == input.name)?.is_some() {}
            if let Some(cuts) = &mut self.cuts {
                while take_if(cuts, |line| line.path == input.name)?.is_some() {}
            }
        }
        done
    }

    /// To be asked after the last file: whether every line was about one of them.
    ///
    /// # Errors
    /// Names the first line that was not.
    pub(super) fn finish(mut self) -> Result<()> {
        let spare = |name: &str, path: &str| {
            let reason =
                format!("a line is out of order or about a file that was not read: {path:?}");
            Err(damaged(self.run.dir.join(name), reason))
        };
        if let Some(line) = take_if(&mut self.removed, |_| true)? {
            return spare("removed.jsonl", &line.path);
        }
        if let Some(line) = take_if(&mut self.rejected, |_| true)? {
            return spare("rejected.jsonl", &line.path);
        }
        if let Some(cuts) = &mut self.cuts
            && let Some(line) = take_if(cuts, |_| true)?
        {
            return spare("cuts.jsonl", &line.path);
        }
        Ok(())
    }

    fn rebuild(&mut self, input: &InputLine, sink: Sink<'_>) -> Result<()> {
        let open = |folder| Stored::open(&self.run.dir, folder, input);
        let (mut kept, mut removed, mut rejected) =
            (open("kept")?, open("removed")?, open("rejected")?);
        let mut at = 0;
        loop {
            let place = |offset: u64, length: u64| (offset, length);
            let gone = peek(&mut self.removed, |line| {
                (line.path == input.name).then(|| place(line.offset, line.length))
            })?;
            let refused = peek(&mut self.rejected, |line| {
                (line.path == input.name).then(|| place(line.offset, line.length))
            })?;
            let first = match (gone, refused) {
                (Some(gone), Some(refused)) => Some(gone.min(refused)),
                (gone, refused) => gone.or(refused),
            };
            let until = first.map_or(input.bytes, |(offset, _)| offset);
            if until < at {
                let name = if first == gone { "removed.jsonl" } else { "rejected.jsonl" };
                let reason = format!("two records of {:?} overlap at byte {until}", input.name);
                return Err(damaged(self.run.dir.join(name), reason));
            }
            self.kept(&mut kept, input, at, until, sink)?;
            let Some((offset, length)) = first else { break };
            if first == gone {
                if let Some(line) = take_if(&mut self.removed, |_| true)? {
                    let mut hash = Sha256::new();
                    removed.copy(length, &mut |bytes| {
                        hash.update(bytes);
                        sink(bytes)
                    })?;
                    if hex(&hash.finalize()) != line.sha256 {
                        let reason = format!(
                            "the record of byte {offset} ({:?}) has another hash than its line in \
                             removed.jsonl",
                            line.id
                        );
                        return Err(damaged(removed.path, reason));
                    }
                }
            } else {
                take_if(&mut self.rejected, |_| true)?;
                rejected.copy(length, sink)?;
            }
            at = offset.saturating_add(length);
        }
        for part in [&mut kept, &mut removed, &mut rejected] {
            part.must_be_over()?;
        }
        let left = match &mut self.cuts {
            Some(cuts) => take_if(cuts, |line| line.path == input.name)?,
            None => None,
        };
        match left {
            None => Ok(()),
            Some(line) => {
                let reason =
                    format!("no record of {:?} begins at byte {}", input.name, line.offset);
                Err(damaged(self.run.dir.join("cuts.jsonl"), reason))
            }
        }
    }

    /// What is kept of a file between two places.
    fn kept(
        &mut self,
        kept: &mut Stored,
        input: &InputLine,
        from: u64,
        until: u64,
        sink: Sink<'_>,
    ) -> Result<()> {
        if self.cuts.is_none() && !self.run.annotate {
            return kept.copy(until - from, sink);
        }
        let mut at = from;
        let mut record = Vec::new();
        if at == 0 && at < until && kept.marked && input.format == Format::Jsonl {
            // The mark is the file's; the record behind it may be gone.
            kept.copy(BOM.len() as u64, sink)?;
            at = BOM.len() as u64;
        }
        while at < until {
            record.clear();
            let bytes = match input.format {
                Format::Txt => kept.rest(&mut record)?,
                Format::Jsonl => kept.line(&mut record)?,
            };
            // Of a text file that is nothing but furniture nothing is kept.
            if bytes == 0 && !(input.format == Format::Txt && self.has_cuts(input, at)?) {
                return Err(kept.too_short(at));
            }
            let whole = self.undone(input, kept, at, &record)?;
            sink(&whole)?;
            at += whole.len() as u64;
        }
        if at == until { Ok(()) } else { Err(kept.misfit(at)) }
    }

    /// Whether something was cut from the record that begins at byte `at` and was not put back.
    fn has_cuts(&mut self, input: &InputLine, at: u64) -> Result<bool> {
        let Some(lines) = &mut self.cuts else { return Ok(false) };
        Ok(peek(lines, |line| (line.path == input.name && line.offset == at).then_some(()))?
            .is_some())
    }

    /// A kept record (or blank line) that begins at byte `at`, as it was.
    fn undone(
        &mut self,
        input: &InputLine,
        kept: &Stored,
        at: u64,
        record: &[u8],
    ) -> Result<Vec<u8>> {
        let is_line = input.format == Format::Jsonl;
        if is_line && record.trim_ascii_start().is_empty() {
            return Ok(record.to_vec());
        }
        let mut whole = record.to_vec();
        if is_line && self.run.annotate {
            whole = without_member(&whole, ANNOTATION, WAS).ok_or_else(|| {
                let reason = format!("the annotation of the record of byte {at} was changed");
                damaged(kept.path.clone(), reason)
            })?;
        }
        let Some(lines) = &mut self.cuts else {
            return Ok(whole);
        };
        let mut cuts: Vec<CutLine> = Vec::new();
        while let Some(line) = take_if(lines, |l| l.path == input.name && l.offset == at)? {
            cuts.push(line);
        }
        if cuts.is_empty() {
            return Ok(whole);
        }
        let span = |line: &CutLine| ByteSpan { start: line.start, end: line.end };
        let spans: Vec<CutSpan<'_>> = cuts
            .iter()
            .map(|line| CutSpan {
                span: span(line),
                text: &line.text,
                raw: line.raw.as_deref(),
                encoding: line.encoding.as_deref(),
            })
            .collect();
        with_cuts(&whole, input.format, &self.run.reading.fields.text, &spans).ok_or_else(|| {
            let reason = format!("what cuts.jsonl has cut does not fit the record of byte {at}");
            damaged(kept.path.clone(), reason)
        })
    }
}

fn peekable<'p, T: DeserializeOwned>(
    run: &SavedRun,
    name: &str,
    progress: &'p dyn Progress,
) -> Result<Peekable<Lines<'p, T>>> {
    Ok(Lines::open(&run.dir.join(name), progress)?.peekable())
}

/// What `look` sees in the next line, if there is one.
fn peek<T: DeserializeOwned, U>(
    lines: &mut Peekable<Lines<'_, T>>,
    look: impl FnOnce(&T) -> Option<U>,
) -> Result<Option<U>> {
    match lines.peek() {
        Some(Ok(line)) => Ok(look(line)),
        None => Ok(None),
        Some(Err(_)) => match lines.next() {
            Some(Err(error)) => Err(error),
            _ => Ok(None),
        },
    }
}

fn take_if<T: DeserializeOwned>(
    lines: &mut Peekable<Lines<'_, T>>,
    wanted: impl FnOnce(&T) -> bool,
) -> Result<Option<T>> {
    match peek(lines, |line| wanted(line).then_some(()))? {
        Some(()) => lines.next().transpose(),
        None => Ok(None),
    }
}

/// A file of `kept/`, `removed/` or `rejected/`, unpacked. One that is not there is empty.
struct Stored {
    path: PathBuf,
    reader: BufReader<Box<dyn Read>>,
    /// Whether it begins with a byte order mark.
    marked: bool,
}

impl Stored {
    fn open(dir: &Path, folder: &str, input: &InputLine) -> Result<Self> {
        let path = dir.join(folder).join(&input.file);
        let mut reader: Box<dyn Read> = match open_below(dir, &Path::new(folder).join(&input.file))
        {
            Ok(file) => unpack(BufReader::new(file), input.compression)
                .map_err(|error| packed(&path, &error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Box::new(io::empty()),
            Err(error) => return Err(unread(&path)(error)),
        };
        let mut head = Vec::with_capacity(BOM.len());
        (&mut reader)
            .take(BOM.len() as u64)
            .read_to_end(&mut head)
            .map_err(|error| packed(&path, &error))?;
        let marked = head == BOM;
        let reader: Box<dyn Read> = Box::new(io::Cursor::new(head).chain(reader));
        Ok(Self { path, reader: BufReader::with_capacity(256 << 10, reader), marked })
    }

    fn copy(&mut self, length: u64, sink: Sink<'_>) -> Result<()> {
        let mut left = length;
        while left > 0 {
            let block = match self.reader.fill_buf() {
                Ok(block) => block,
                Err(error) => return Err(packed(&self.path, &error)),
            };
            let step = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if step == 0 {
                return Err(self.too_short(length - left));
            }
            sink(&block[..step])?;
            self.reader.consume(step);
            left -= step as u64;
        }
        Ok(())
    }

    fn line(&mut self, out: &mut Vec<u8>) -> Result<usize> {
        self.reader.read_until(b'\n', out).map_err(|error| packed(&self.path, &error))
    }

    fn rest(&mut self, out: &mut Vec<u8>) -> Result<usize> {
        self.reader.read_to_end(out).map_err(|error| packed(&self.path, &error))
    }

    fn must_be_over(&mut self) -> Result<()> {
        match self.reader.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(damaged(self.path.clone(), "it holds more than was put there".to_owned())),
            Err(error) => Err(packed(&self.path, &error)),
        }
    }

    fn too_short(&self, at: u64) -> Error {
        let reason = format!("it is missing, or ends too early: nothing for byte {at} of its part");
        damaged(self.path.clone(), reason)
    }

    fn misfit(&self, at: u64) -> Error {
        let reason = format!("its records do not fit between the others (byte {at} of the input)");
        damaged(self.path.clone(), reason)
    }
}

fn packed(path: &Path, error: &io::Error) -> Error {
    damaged(path.to_owned(), format!("it cannot be unpacked: {error}"))
}
