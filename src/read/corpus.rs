//! The opened files: what they are, their bytes, one record of them again.

use std::borrow::Cow;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{ErrorKind, Result};
use crate::processor::fetch;

use super::fields::{self, Fault, Fields, PageRecord};
use super::map::Map;
use super::sniff::{Compression, Format};
use super::spool::Gap;
use super::stamp::{Change, Stamp};
use super::{Input, Problem, ReadOptions, RecordAt, Warning, encoding, literal, open};

/// Bytes of what was set aside that are read at a time.
const ASIDE_BLOCK: usize = 1 << 20;

/// All files of a run, opened, in the order of their names. Shared between threads by reference.
#[derive(Debug)]
pub struct Corpus {
    pub(super) files: Vec<InputFile>,
    pub(super) spools: Vec<Map>,
    /// Of each spool what was set aside. It is read and not mapped: no record over the limit is
    /// ever held.
    pub(super) aside: Vec<Option<File>>,
    pub(super) fields: Fields,
    pub(super) max_page: u64,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Warning>,
}

/// One input file.
#[derive(Debug)]
pub struct InputFile {
    pub(super) name: String,
    pub(super) path: Option<PathBuf>,
    pub(super) folder: Option<String>,
    pub(super) format: Format,
    pub(super) compression: Compression,
    pub(super) len: u64,
    pub(super) bytes: Bytes,
    pub(super) gaps: Vec<Gap>,
    /// The stream did not end as it should.
    pub(super) broken: bool,
    /// Why the file as a whole is one reject.
    pub(super) refused: Option<Fault>,
    pub(super) origin: Origin,
}

/// Where the bytes of a file are: all but its gaps.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Map),
    Spooled { spool: usize, start: usize, len: usize },
}

/// What is known of a file to tell whether it changed.
#[derive(Debug)]
pub(super) enum Origin {
    Stdin {
        sha256: [u8; 32],
    },
    /// Mapped; the open file where it could be kept.
    Mapped {
        stamp: Stamp,
        file: Option<File>,
    },
    /// Copied; what had changed when the copy was done.
    Copied {
        stamp: Stamp,
        while_copied: Change,
        /// Hash of what was unpacked, where that was wanted.
        unpacked: Option<[u8; 32]>,
    },
}

impl InputFile {
    /// Name in the run: the path relative to the input it was found under, with `/`; `-` for
    /// stdin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of a file that is written in its place: the name itself, `stdin.jsonl` for stdin.
    pub fn output_name(&self) -> &str {
        if self.path.is_some() { &self.name } else { open::STDIN_OUTPUT }
    }

    /// Path on disk; none for stdin.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How its records lie in it.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How it is packed on disk.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Decompressed bytes, up to where it could be read.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it could not be read to its end.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The name of the folder it lies in: the outlet of a `.txt`.
    pub fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// Bytes of all gaps in front of gap number `gap`.
    pub(super) fn gap_bytes_before(&self, gap: usize) -> u64 {
        match gap.checked_sub(1).and_then(|last| self.gaps.get(last)) {
            Some(last) => last.offset + last.length - last.stored,
            None => 0,
        }
    }

    /// Where the byte at `offset` of the file is among its stored bytes.
    pub(super) fn stored_at(&self, offset: u64) -> usize {
        let gap = self.gaps.partition_point(|gap| gap.offset < offset);
        offset.saturating_sub(self.gap_bytes_before(gap)) as usize
    }
}

impl Corpus {
    /// Opens all inputs: finds the files, unpacks what is packed, maps what may be mapped.
    ///
    /// `stdin` is read to its end if `inputs` name it. Files that cannot be read are in
    /// [`Corpus::problems`]. Runs on the current rayon pool.
    ///
    /// # Errors
    /// No inputs, no text field, or the private temporary files cannot be written.
    pub fn open(
        inputs: Vec<Input>,
        options: &ReadOptions,
        stdin: Option<Box<dyn std::io::Read + Send>>,
    ) -> Result<Self> {
        open::open(inputs, options, stdin)
    }

    /// The files, in the order of their names.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Files and folders that could not be read, or not to their end. Where there are any, the
    /// run ends with exit code 3.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is worth saying about the inputs.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.clone()
    }

    /// All bytes of a file that are stored, its gaps left out.
    pub(super) fn stored<'a>(&'a self, file: &'a InputFile) -> &'a [u8] {
        let (bytes, range) = match &file.bytes {
            Bytes::Mapped(map) => (map, 0..map.len()),
            Bytes::Spooled { len: 0, .. } => return &[],
            Bytes::Spooled { spool, start, len } => match self.spools.get(*spool) {
                Some(spool) => (spool, *start..*start + *len),
                None => return &[],
            },
        };
        bytes.get(range).unwrap_or_default()
    }

    /// `length` decompressed bytes of a file from `offset` on. Empty where the file has no such
    /// bytes, or where they belong to a record over the page limit, which is not kept.
    pub fn bytes(&self, file: u32, offset: u64, length: u64) -> Cow<'_, [u8]> {
        let Some(file) = self.files.get(file as usize) else {
            return Cow::Borrowed(&[]);
        };
        let start = file.stored_at(offset);
        let end = start.saturating_add(length as usize);
        Cow::Borrowed(self.stored(file).get(start..end).unwrap_or_default())
    }

    /// Hands `length` bytes of a file from `offset` on to `sink`, in pieces and in order, those of
    /// records over the page limit among them if they were set aside.
    ///
    /// # Errors
    /// Those of `sink`, and when what was set aside cannot be read.
    pub fn pieces(
        &self,
        file: u32,
        offset: u64,
        length: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some(input) = self.files.get(file as usize) else {
            return Ok(());
        };
        let (mut at, end) = (offset, offset.saturating_add(length).min(input.len));
        let mut gaps =
            input.gaps[input.gaps.partition_point(|gap| gap.offset + gap.length <= at)..].iter();
        while at < end {
            let gap = gaps.next();
            let plain = gap.map_or(end, |gap| gap.offset.clamp(at, end));
            if at < plain {
                sink(&self.bytes(file, at, plain - at))?;
            }
            at = plain;
            if let Some(gap) = gap.filter(|_| at < end) {
                let upto = end.min(gap.offset + gap.length);
                self.set_aside(input, gap, at, upto, sink)?;
                at = upto;
            }
        }
        Ok(())
    }

    /// The bytes from `from` to `to` of a file, which lie in a gap.
    fn set_aside(
        &self,
        input: &InputFile,
        gap: &Gap,
        from: u64,
        to: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let (Bytes::Spooled { spool, .. }, Some(start)) = (&input.bytes, gap.aside) else {
            return Ok(());
        };
        let Some(Some(aside)) = self.aside.get(*spool) else {
            return Ok(());
        };
        let mut block = vec![0; ASIDE_BLOCK.min((to - from) as usize)];
        let mut at = from;
        while at < to {
            let step = (block.len() as u64).min(to - at) as usize;
            let read = aside.read_exact_at(&mut block[..step], start + at - gap.offset);
            read.map_err(|source| {
                let path = input.path.clone().unwrap_or_else(|| "-".into());
                ErrorKind::InputUnreadable { path, source }
            })?;
            sink(&block[..step])?;
            at += step as u64;
        }
        Ok(())
    }

    /// The raw bytes of a record, its line end included.
    pub fn record_bytes(&self, at: RecordAt) -> Cow<'_, [u8]> {
        self.bytes(at.file, at.offset, u64::from(at.length))
    }

    /// Reads one page again, in the same way as [`Corpus::read_chunk`] did.
    ///
    /// # Errors
    /// [`ErrorKind::InputChanged`] if there is no such page, or not any more.
    pub fn page_at(&self, at: RecordAt) -> Result<PageRecord<'_>> {
        self.reader().page_at(at)
    }

    /// Reads one page after another.
    pub fn reader(&self) -> PageReader<'_> {
        PageReader { corpus: self, scratch: fields::Scratch::default() }
    }

    /// The id and the address of a page that was read before, where both can be told without decoding
    /// anything: what [`Corpus::page_at`] would say, for a tenth of its cost or less.
    pub fn names_at(&self, at: RecordAt) -> Option<[Option<&str>; 2]> {
        self.fields.names_of(self.json_at(at)?)
    }

    /// The title of such a page, if it has one and it can be told so.
    pub fn title_at(&self, at: RecordAt) -> Option<&str> {
        self.fields.title_of(self.json_at(at)?)
    }

    /// The bytes of a record, if it is JSON.
    fn json_at(&self, at: RecordAt) -> Option<&[u8]> {
        let file = self.files.get(at.file as usize)?;
        let start = file.stored_at(at.offset);
        let bytes = self.stored(file).get(start..start.checked_add(at.length as usize)?)?;
        (file.format == Format::Jsonl).then_some(bytes)
    }

    /// Asks for the ends of a record that was read before, for which [`Corpus::names_at`] will be asked.
    pub fn fetch_names(&self, at: RecordAt) {
        let Some(file) = self.files.get(at.file as usize) else { return };
        let start = file.stored_at(at.offset);
        let bytes = self.stored(file);
        fetch(bytes, start);
        fetch(bytes, start + LINE);
        fetch(bytes, (start + at.length as usize).saturating_sub(2));
    }

    /// Looks at every input file again and compares it with what it was when it was opened. To be
    /// asked after the last byte was read and before anything is published.
    ///
    /// A file that only became longer, or that was moved away whole, is a warning.
    ///
    /// # Errors
    /// [`ErrorKind::InputChanged`] for the first file that is different in any other way.
    pub fn check_unchanged(&self) -> Result<Vec<Warning>> {
        let found: Vec<Option<Warning>> =
            self.files.par_iter().map(check_file).collect::<Result<_>>()?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// Bytes that come from memory together.
pub(super) const LINE: usize = 64;

/// Reads pages again, each with the memory of those that were handed back.
#[derive(Debug)]
pub struct PageReader<'c> {
    corpus: &'c Corpus,
    scratch: fields::Scratch<'c>,
}

impl<'c> PageReader<'c> {
    /// [`Corpus::page_at`].
    ///
    /// # Errors
    /// As there.
    pub fn page_at(&mut self, at: RecordAt) -> Result<PageRecord<'c>> {
        let changed = |path: PathBuf| {
            let change = format!("no page was found at byte {} where there was one", at.offset);
            ErrorKind::InputChanged { path, change }
        };
        let Some(file) = self.corpus.files.get(at.file as usize) else {
            return Err(changed(PathBuf::new()).into());
        };
        let start = file.stored_at(at.offset);
        let end = start.saturating_add(at.length as usize);
        let bytes = self.corpus.stored(file).get(start..end).unwrap_or_default();
        let page = match file.format {
            Format::Jsonl => self.corpus.fields.parse(bytes, &mut self.scratch),
            Format::Txt => text_page(file, bytes),
        };
        page.map_err(|_| changed(file.path.clone().unwrap_or_else(|| "-".into())).into())
    }

    /// Takes the memory of a page back for the next.
    pub fn take_back(&mut self, page: PageRecord<'_>) {
        self.scratch.take_back(page);
    }
}

/// The page that a whole text file is.
pub(super) fn text_page<'a>(
    file: &'a InputFile,
    bytes: &'a [u8],
) -> std::result::Result<PageRecord<'a>, Fault> {
    Ok(PageRecord {
        outlet: file.folder.as_deref().map(Cow::Borrowed),
        text: literal::restored(encoding::decode(bytes)?),
        ..PageRecord::default()
    })
}

fn check_file(input: &InputFile) -> Result<Option<Warning>> {
    let Some(path) = &input.path else {
        return Ok(None);
    };
    let now = fs::metadata(path).ok().map(|metadata| Stamp::new(&metadata));
    let (stamp, sound) = match &input.origin {
        Origin::Stdin { .. } => return Ok(None),
        Origin::Copied { stamp, while_copied, .. } => {
            (stamp, matches!(while_copied, Change::None | Change::Grew(_)))
        }
        Origin::Mapped { stamp, file } => {
            let mapped = file.as_ref().and_then(|file| file.metadata().ok());
            (stamp, mapped.is_some_and(|mapped| stamp.same_content(&Stamp::new(&mapped))))
        }
    };
    let change = now.map_or(Change::Replaced, |now| stamp.change_to(&now));
    let change = match change {
        Change::None => return Ok(None),
        Change::Grew(bytes) => {
            return Ok(Some(Warning::Grew { path: path.clone(), bytes }));
        }
        // What was read is still whole, in the copy or under the map.
        Change::Replaced if sound => return Ok(Some(Warning::Replaced { path: path.clone() })),
        Change::Replaced => "was moved or replaced".to_owned(),
        Change::Shrank(bytes) => format!("became {bytes} bytes shorter"),
        Change::Touched => "was written to".to_owned(),
    };
    Err(ErrorKind::InputChanged { path: path.clone(), change }.into())
}
