//! Streams to a private file: what comes compressed, from stdin, in small files or from files
//! that may not be mapped is written once into an unlinked temporary file and read from there
//! like any other input. Memory stays at one block, whatever the stream holds.
//!
//! A record over the page limit is not written, so that ten gigabytes in one line cost no disk; a
//! [`Gap`] stands for it, and positions in the file are kept apart from offsets in the stream. Who
//! wants every byte again has such records set aside in a second file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use memchr::memchr;

use crate::error::{Error, ErrorKind, Result};

use super::sniff::{BOM, Format};

/// Bytes read from a stream at a time.
const BLOCK: usize = 256 << 10;

/// A record that was too long to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Stored bytes of the same input in front of it.
    pub(crate) stored: u64,
    /// Its first byte in the stream.
    pub(crate) offset: u64,
    /// Its bytes in the stream, line end included.
    pub(crate) length: u64,
    /// Whether its end was seen; only the last record of an input can lack it.
    pub(crate) ended: bool,
    /// Where its bytes were set aside.
    pub(crate) aside: Option<u64>,
}

/// One input as it lies in a spool.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Its first byte in the spool.
    pub(crate) start: u64,
    /// Its bytes in the spool.
    pub(crate) len: u64,
    /// Bytes of the stream up to its end or its fault.
    pub(crate) stream_len: u64,
    /// Records left out, in order.
    pub(crate) gaps: Vec<Gap>,
    /// Why the stream could not be read to its end.
    pub(crate) fault: Option<io::Error>,
}

/// A private temporary file that inputs are appended to.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    end: u64,
    block: Box<[u8]>,
    aside: Option<Aside>,
}

/// Where records that are too long are set aside.
#[derive(Debug)]
struct Aside {
    file: File,
    end: u64,
}

impl Aside {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(())
    }
}

impl Spool {
    /// An empty spool in `folder`; it has no name there and is gone when it is dropped. Records
    /// that are too long are dropped, or set aside where the caller wants them again.
    pub(crate) fn new(folder: &Path, set_aside: bool) -> Result<Self> {
        let private = || tempfile::tempfile_in(folder).map_err(|source| unwritable(folder, source));
        let aside = if set_aside { Some(Aside { file: private()?, end: 0 }) } else { None };
        Ok(Self { file: private()?, end: 0, block: vec![0; BLOCK].into_boxed_slice(), aside })
    }

    /// Appends a stream, cut into records as `format` has it, without those over `max_page`
    /// bytes (line end not counted). Faults of the stream are part of the result; an error is one
    /// of writing.
    pub(crate) fn append(
        &mut self,
        stream: &mut dyn Read,
        format: Format,
        max_page: u64,
        folder: &Path,
    ) -> Result<Stored> {
        let mut writer = Writer {
            file: &self.file,
            start: self.end,
            len: 0,
            record: Record::default(),
            gaps: Vec::new(),
            aside: self.aside.as_mut(),
            aside_from: None,
        };
        let mut offset = 0_u64;
        let fault = loop {
            let (read, fault) = fill(stream, &mut self.block);
            writer
                .block(&self.block[..read], offset, format, max_page)
                .map_err(|source| unwritable(folder, source))?;
            offset += read as u64;
            if read < self.block.len() {
                break fault;
            }
        };
        let stored = writer.finish(offset, fault);
        self.end = stored.start + stored.len;
        Ok(stored)
    }

    /// The file with the number of its bytes that count, and what was set aside.
    pub(crate) fn into_parts(self) -> ((File, u64), Option<File>) {
        ((self.file, self.end), self.aside.map(|aside| aside.file))
    }
}

/// Fills a block; it stays shorter only at the end of the stream or at a fault.
fn fill(stream: &mut dyn Read, block: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < block.len() {
        match stream.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

fn unwritable(folder: &Path, source: io::Error) -> Error {
    ErrorKind::OutputUnwritable { path: folder.to_owned(), source }.into()
}

/// The record being read.
#[derive(Default)]
struct Record {
    /// First byte in the stream.
    offset: u64,
    /// First byte among the stored bytes of the input.
    stored: u64,
    /// Bytes so far, line end not counted.
    len: u64,
    /// Over the limit: the rest is counted and dropped.
    dropped: bool,
}

struct Writer<'f> {
    file: &'f File,
    start: u64,
    len: u64,
    record: Record,
    gaps: Vec<Gap>,
    aside: Option<&'f mut Aside>,
    /// Where the record being dropped begins among what was set aside.
    aside_from: Option<u64>,
}

impl Writer<'_> {
    fn block(&mut self, block: &[u8], offset: u64, format: Format, limit: u64) -> io::Result<()> {
        // Bytes from `kept` on are to be stored and are not yet.
        let (mut kept, mut at) = (0, 0);
        if offset == 0 && format == Format::Jsonl && block.starts_with(BOM) {
            // It belongs to the file, not to the first record.
            at = BOM.len();
            self.record.offset = at as u64;
            self.record.stored = at as u64;
        }
        while at < block.len() {
            let newline = match format {
                Format::Jsonl => memchr(b'\n', &block[at..]).map(|end| at + end),
                Format::Txt => None,
            };
            let end = newline.unwrap_or(block.len());
            self.record.len += (end - at) as u64;
            let line_end = newline.map_or(end, |end| end + 1);
            if self.record.dropped {
                self.set_aside(&block[at..line_end])?;
            } else if self.record.len > limit {
                // Store what stands before this record; take back what is stored of it.
                let before = self.record.stored.saturating_sub(self.len) as usize;
                self.store(&block[kept..kept + before])?;
                self.set_aside_stored()?;
                self.set_aside(&block[kept + before..line_end])?;
                self.len = self.record.stored;
                self.record.dropped = true;
            }
            let Some(end) = newline else { break };
            at = end + 1;
            if self.record.dropped {
                self.leave_gap(offset + at as u64, true);
                kept = at;
            }
            self.record = Record {
                offset: offset + at as u64,
                stored: self.len + (at - kept) as u64,
                ..Record::default()
            };
        }
        if self.record.dropped { Ok(()) } else { self.store(&block[kept..]) }
    }

    fn store(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.start + self.len)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Begins to set a record aside, with what is stored of it already.
    fn set_aside_stored(&mut self) -> io::Result<()> {
        let Some(aside) = &mut self.aside else {
            return Ok(());
        };
        self.aside_from = Some(aside.end);
        let mut block = vec![0; BLOCK];
        let mut at = self.record.stored;
        while at < self.len {
            let step = (BLOCK as u64).min(self.len - at) as usize;
            self.file.read_exact_at(&mut block[..step], self.start + at)?;
            aside.put(&block[..step])?;
            at += step as u64;
        }
        Ok(())
    }

    fn set_aside(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.aside {
            Some(aside) => aside.put(bytes),
            None => Ok(()),
        }
    }

    fn leave_gap(&mut self, end: u64, ended: bool) {
        let Record { offset, stored, .. } = self.record;
        let aside = self.aside_from.take();
        self.gaps.push(Gap { stored, offset, length: end - offset, ended, aside });
    }

    fn finish(mut self, stream_len: u64, fault: Option<io::Error>) -> Stored {
        if self.record.dropped {
            self.leave_gap(stream_len, false);
        }
        Stored { start: self.start, len: self.len, stream_len, gaps: self.gaps, fault }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::map::Map;
    use super::*;
    use proptest::prelude::*;

    /// Gives its bytes in pieces of changing length.
    struct Pieces<'b>(&'b [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1 % 7 + 1;
            let n = self.1.min(self.0.len()).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    /// The obvious way: the whole stream in memory, line by line.
    fn reference(stream: &[u8], limit: usize) -> (Vec<u8>, Vec<Gap>) {
        let (mut kept, mut gaps, mut offset) = (Vec::new(), Vec::new(), 0);
        for line in stream.split_inclusive(|&byte| byte == b'\n') {
            let ended = line.ends_with(b"\n");
            if line.len() - usize::from(ended) > limit {
                let length = line.len() as u64;
                gaps.push(Gap { stored: kept.len() as u64, offset, length, ended, aside: None });
            } else {
                kept.extend_from_slice(line);
            }
            offset += line.len() as u64;
        }
        (kept, gaps)
    }

    proptest! {
        #[test]
        fn a_spool_keeps_what_the_reference_keeps(
            streams in proptest::collection::vec("[ab\n]{0,60}", 1..4),
            limit in 0_usize..12,
            phase in 0_usize..7,
            block in 1_usize..40,
        ) {
            let folder = std::env::temp_dir();
            let mut spool = Spool::new(&folder, true).unwrap();
            spool.block = vec![0; block].into_boxed_slice();
            let stored: Vec<Stored> = streams
                .iter()
                .map(|stream| {
                    let mut pieces = Pieces(stream.as_bytes(), phase);
                    spool.append(&mut pieces, Format::Jsonl, limit as u64, &folder).unwrap()
                })
                .collect();
            let ((mut file, end), aside) = spool.into_parts();
            let map = Map::private(&mut file, end).unwrap();
            for (stream, mut stored) in streams.iter().zip(stored) {
                let (kept, gaps) = reference(stream.as_bytes(), limit);
                let range = stored.start as usize..(stored.start + stored.len) as usize;
                prop_assert_eq!(&map[range], &kept[..]);
                for gap in &mut stored.gaps {
                    let mut bytes = vec![0; gap.length as usize];
                    let start = gap.aside.take().unwrap();
                    aside.as_ref().unwrap().read_exact_at(&mut bytes, start).unwrap();
                    let from = gap.offset as usize;
                    prop_assert_eq!(&bytes, &stream.as_bytes()[from..from + bytes.len()]);
                }
                prop_assert_eq!(stored.gaps, gaps);
                prop_assert_eq!(stored.stream_len, stream.len() as u64);
            }
        }
    }

    #[test]
    fn a_line_of_300_megabytes_costs_no_disk() {
        let folder = std::env::temp_dir();
        let mut spool = Spool::new(&folder, false).unwrap();
        let mut stream =
            (&b"first\n"[..]).chain(io::repeat(b'x').take(300_000_000)).chain(&b"\nlast"[..]);
        let stored = spool.append(&mut stream, Format::Jsonl, 1 << 20, &folder).unwrap();
        let gap = Gap { stored: 6, offset: 6, length: 300_000_001, ended: true, aside: None };
        assert_eq!(stored.gaps, [gap]);
        assert_eq!((stored.len, stored.stream_len), (10, 300_000_011));
        assert!(spool.file.metadata().unwrap().len() < 3 << 20);
    }

    #[test]
    fn a_text_over_the_limit_is_one_gap() {
        let folder = std::env::temp_dir();
        let mut spool = Spool::new(&folder, false).unwrap();
        let stored = spool.append(&mut &b"a\nb\nc\n"[..], Format::Txt, 5, &folder).unwrap();
        let gap = Gap { stored: 0, offset: 0, length: 6, ended: false, aside: None };
        assert_eq!(stored.gaps, [gap]);
        let stored = spool.append(&mut &b"a\nb\nc"[..], Format::Txt, 5, &folder).unwrap();
        assert_eq!((stored.start, stored.len, stored.gaps.len()), (0, 5, 0));
    }

    #[test]
    fn a_full_disk_is_an_error_of_writing() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let block = vec![0; 16].into_boxed_slice();
        let mut spool = Spool { file, end: 0, block, aside: None };
        let error =
            spool.append(&mut &b"text"[..], Format::Txt, 5, Path::new("spools")).unwrap_err();
        assert_eq!(error.exit_code(), 4);
    }
}
