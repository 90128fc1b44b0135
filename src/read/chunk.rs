//! Work units, and the records in them.
//!
//! A chunk is about 1 MiB: a piece of a large file cut between two lines, or many small files.
//! Cutting looks for one line end a chunk; the records inside are found when it is read, on
//! whatever thread reads it. What comes out depends on neither chunks nor threads.

use memchr::memchr;

use crate::error::{self, Error, ErrorKind, Location, Reject, RejectCode};

use super::corpus::{Corpus, InputFile, text_page};
use super::fields::{Fault, Scratch};
use super::marks::Line;
use super::open::too_long;
use super::sniff::{BOM, Format};
use super::spool::Gap;
use super::{Entry, RecordAt};

/// Bytes of a chunk.
const CHUNK_BYTES: u64 = 1 << 20;
/// What a file costs beyond its bytes, so that a million empty files are more than one chunk.
const FILE_COST: u64 = 256;

/// A work unit: whole records of one file or of neighboring files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    first: u32,
    last: u32,
    /// Among the stored bytes of the first file.
    start: usize,
    /// Among the stored bytes of the last file.
    end: usize,
    bytes: u64,
}

impl Chunk {
    /// Decompressed bytes of all its records. Over all chunks this is the size of the corpus.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Corpus {
    /// The work units, in the order of files and records. Cheap: finds one line end each.
    pub fn chunks(&self) -> Vec<Chunk> {
        self.chunks_of(CHUNK_BYTES)
    }

    /// [`Corpus::chunks`] of about `target` bytes each.
    pub fn chunks_of(&self, target: u64) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let mut open: Option<(Chunk, u64)> = None;
        for (number, file) in (0_u32..).zip(&self.files) {
            let stored = self.stored(file);
            let mut at = 0;
            loop {
                let (chunk, cost) = open.get_or_insert((
                    Chunk { first: number, last: number, start: at, end: at, bytes: 0 },
                    0,
                ));
                let room = target.saturating_sub(*cost).max(1) as usize;
                let end = if stored.len() - at <= room || is_one_record(file) {
                    stored.len()
                } else {
                    // The mark may be the line end itself.
                    let mark = at + room - 1;
                    memchr(b'\n', &stored[mark..]).map_or(stored.len(), |end| mark + end + 1)
                };
                let gaps = gaps_in(file, at, end, stored.len());
                let skipped: u64 = file.gaps[gaps].iter().map(|gap| gap.length).sum();
                chunk.last = number;
                chunk.end = end;
                chunk.bytes += (end - at) as u64 + skipped;
                *cost += (end - at) as u64 + FILE_COST;
                if *cost >= target {
                    chunks.extend(open.take().map(|(chunk, _)| chunk));
                }
                at = end;
                if at == stored.len() {
                    break;
                }
            }
        }
        chunks.extend(open.map(|(chunk, _)| chunk));
        chunks
    }

    /// [`Corpus::read_chunk`], which fails where the reading is strict and there is a reject.
    ///
    /// # Errors
    /// The first reject of the chunk.
    pub fn try_read_chunk(
        &self,
        chunk: &Chunk,
        sink: &mut dyn FnMut(Entry<'_>),
    ) -> error::Result<()> {
        let mut first = None;
        self.read_chunk(chunk, &mut |entry| {
            if let Entry::Reject(reject) = &entry
                && self.fields.is_strict()
            {
                first.get_or_insert_with(|| reject.clone());
            }
            sink(entry);
        });
        first.map_or(Ok(()), |reject| Err(self.refused(reject)))
    }

    /// A reject as the error that ends a strict reading.
    fn refused(&self, mut reject: Reject) -> Error {
        self.number_lines(std::slice::from_mut(&mut reject));
        let path = self.files[reject.file as usize].name().to_owned();
        let location = Location { path, line: reject.line, byte: reject.offset };
        ErrorKind::Rejected { location, code: reject.code, error: reject.error }.into()
    }

    /// Reads the records of a chunk in order. `sink` gets every byte of them in exactly one
    /// entry. Strings of a page are borrowed from the input where they hold no escape.
    pub fn read_chunk(&self, chunk: &Chunk, sink: &mut dyn FnMut(Entry<'_>)) {
        let mut scratch = Scratch::default();
        for number in chunk.first..=chunk.last {
            let Some(file) = self.files.get(number as usize) else {
                return;
            };
            let stored = self.stored(file);
            let start = if number == chunk.first { chunk.start } else { 0 };
            let end = if number == chunk.last { chunk.end } else { stored.len() };
            let part = Part { corpus: self, file, number, stored, start, end };
            if is_one_record(file) {
                part.whole(sink);
            } else {
                part.lines(&mut scratch, sink);
            }
        }
    }
}

/// Whether the file is one page or one reject, and not a list of lines.
fn is_one_record(file: &InputFile) -> bool {
    file.format == Format::Txt || file.refused.is_some()
}

/// The gaps between two stored bytes. One at the very end belongs to what stands before it.
fn gaps_in(file: &InputFile, start: usize, end: usize, len: usize) -> std::ops::Range<usize> {
    let first = file.gaps.partition_point(|gap| gap.stored < start as u64);
    if end == len {
        first..file.gaps.len()
    } else {
        first..file.gaps.partition_point(|gap| gap.stored < end as u64)
    }
}

/// The bytes of one file that belong to a chunk.
struct Part<'c> {
    corpus: &'c Corpus,
    file: &'c InputFile,
    number: u32,
    stored: &'c [u8],
    start: usize,
    end: usize,
}

impl<'c> Part<'c> {
    fn whole(&self, sink: &mut dyn FnMut(Entry<'_>)) {
        match &self.file.refused {
            // A file that broke off before its first byte has a problem and no record.
            Some(_) if self.file.is_empty() => {}
            Some(fault) => sink(self.reject(0, self.file.len, fault.code, fault.error.clone())),
            None => match text_page(self.file, self.stored) {
                Ok(page) => sink(Entry::Page(self.at(0, self.stored.len()), &page)),
                Err(fault) => sink(self.reject(0, self.file.len, fault.code, fault.error)),
            },
        }
    }

    fn lines(&self, scratch: &mut Scratch<'c>, sink: &mut dyn FnMut(Entry<'_>)) {
        let gaps = gaps_in(self.file, self.start, self.end, self.stored.len());
        let mut skipped = self.file.gap_bytes_before(gaps.start);
        let mut gaps = self.file.gaps[gaps].iter().peekable();
        let mut blank = Blank { file: self.number, offset: 0, length: 0 };
        let mut at = self.start;
        if at == 0 && self.stored.starts_with(BOM) && gaps.peek().is_none_or(|gap| gap.stored > 0) {
            blank.add(0, BOM.len() as u64);
            at = BOM.len();
        }
        loop {
            while let Some(gap) = gaps.next_if(|gap| gap.stored <= at as u64) {
                blank.flush(sink);
                sink(self.gap(gap));
                skipped += gap.length;
            }
            if at >= self.end {
                break;
            }
            let line = self.next_line(at, scratch);
            let length = line.bytes.len();
            let offset = at as u64 + skipped;
            at += length;
            if line.bytes.trim_ascii_start().is_empty() && !self.breaks_off(line.bytes) {
                blank.add(offset, length as u64);
                continue;
            }
            blank.flush(sink);
            match self.line(line, scratch) {
                Ok(page) => {
                    sink(Entry::Page(self.at(offset, length), &page));
                    scratch.take_back(page);
                }
                Err(Fault { code, error }) => {
                    sink(self.reject(offset, length as u64, code, error));
                }
            }
        }
        blank.flush(sink);
    }

    /// The line that begins at `at`. One over the page limit is not looked at any further.
    fn next_line(&self, at: usize, scratch: &mut Scratch<'c>) -> Line<'c> {
        let rest = &self.stored[at..self.end];
        // With its line feed.
        let longest = usize::try_from(self.corpus.max_page).unwrap_or(usize::MAX).saturating_add(1);
        let line = scratch.marks.look(&rest[..rest.len().min(longest)]);
        if line.bytes.ends_with(b"\n") || line.bytes.len() == rest.len() {
            return line;
        }
        let bytes = memchr(b'\n', rest).map_or(rest, |end| &rest[..=end]);
        Line { bytes, text: None }
    }

    fn line(
        &self,
        line: Line<'c>,
        scratch: &mut Scratch<'c>,
    ) -> Result<super::PageRecord<'c>, Fault> {
        if self.breaks_off(line.bytes) {
            return Err(Fault { code: RejectCode::Truncated, error: breaks_off() });
        }
        let content = line.bytes.strip_suffix(b"\n").unwrap_or(line.bytes).len() as u64;
        if content > self.corpus.max_page {
            return Err(too_long(content, self.corpus.max_page));
        }
        self.corpus.fields.parse_line(line, scratch)
    }

    /// Whether a line is the torn end of a stream that broke. Only the last line of a file has no
    /// line end.
    fn breaks_off(&self, line: &[u8]) -> bool {
        self.file.broken && !line.ends_with(b"\n")
    }

    fn gap(&self, gap: &Gap) -> Entry<'static> {
        if self.file.broken && !gap.ended {
            return self.reject(gap.offset, gap.length, RejectCode::Truncated, breaks_off());
        }
        let fault = too_long(gap.length - u64::from(gap.ended), self.corpus.max_page);
        self.reject(gap.offset, gap.length, fault.code, fault.error)
    }

    fn at(&self, offset: u64, length: usize) -> RecordAt {
        RecordAt { file: self.number, offset, length: length as u32 }
    }

    fn reject(&self, offset: u64, length: u64, code: RejectCode, error: String) -> Entry<'static> {
        Entry::Reject(Reject { file: self.number, line: 0, offset, length, code, error })
    }
}

fn breaks_off() -> String {
    "the file breaks off within this record; copy or download it again".into()
}

/// Blank bytes that were not told to the sink yet.
struct Blank {
    file: u32,
    offset: u64,
    length: u64,
}

impl Blank {
    fn add(&mut self, offset: u64, length: u64) {
        if self.length == 0 {
            self.offset = offset;
        }
        self.length += length;
    }

    fn flush(&mut self, sink: &mut dyn FnMut(Entry<'_>)) {
        if self.length > 0 {
            let Self { file, offset, length } = *self;
            sink(Entry::Blank { file, offset, length });
            self.length = 0;
        }
    }
}
