//! Long lists that are written once and read a few times from end to end: they lie in a private temporary
//! file, whose pages the system may have back whenever it needs the memory, and are mapped from there.
//!
//! In: bytes, in the order in which they are wanted again. Out: the same bytes. Memory: a mebibyte, and
//! the whole list where there is no folder for a file. Does not: keep anything after the process.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Result};
use crate::read::Map;

/// A `u32` as it lies in a list.
pub type Word = [u8; 4];

/// A `u64` as it lies in a list.
pub type Long = [u8; 8];

/// Bytes that are gathered before they are written. A shorter list gets no file.
const BUFFER: usize = 1 << 20;

/// A list that is being written.
#[derive(Debug, Default)]
pub struct SpillWriter {
    folder: Option<PathBuf>,
    buffer: Vec<u8>,
    file: Option<File>,
    stored: u64,
    /// Why nothing is written any more.
    failed: Option<io::Error>,
}

/// A list that was written.
#[derive(Debug)]
pub struct Spilled(Map);

impl SpillWriter {
    /// An empty list, whose file is to lie in `folder`; without one it stays in memory.
    pub fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), ..Self::default() }
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.stored + self.buffer.len() as u64
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes. What cannot be written is told by [`finish`](Self::finish).
    pub fn write(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.buffer.extend_from_slice(bytes);
    }

    /// Appends numbers, each as a [`Word`].
    pub fn write_words(&mut self, words: &[u32]) {
        self.write_each(words, u32::to_ne_bytes);
    }

    /// Appends numbers, each as a [`Long`].
    pub fn write_longs(&mut self, longs: &[u64]) {
        self.write_each(longs, u64::to_ne_bytes);
    }

    fn write_each<T: Copy, const N: usize>(&mut self, items: &[T], bytes: impl Fn(T) -> [u8; N]) {
        self.make_room(N * items.len());
        let from = self.buffer.len();
        self.buffer.resize(from + N * items.len(), 0);
        let (places, _) = self.buffer[from..].as_chunks_mut();
        for (place, &item) in places.iter_mut().zip(items) {
            *place = bytes(item);
        }
    }

    fn make_room(&mut self, bytes: usize) {
        if self.buffer.len() + bytes > BUFFER && self.folder.is_some() {
            let flushed = if self.failed.is_none() { self.flush() } else { Ok(()) };
            self.failed = self.failed.take().or(flushed.err());
            self.stored += self.buffer.len() as u64;
            self.buffer.clear();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let file = match (&mut self.file, &self.folder) {
            (Some(file), _) => file,
            (None, Some(folder)) => self.file.insert(tempfile::tempfile_in(folder)?),
            (None, None) => return Ok(()),
        };
        file.write_all(&self.buffer)
    }

    /// The whole list.
    ///
    /// # Errors
    /// When it could not be written or read again.
    pub fn finish(mut self) -> Result<Spilled> {
        let list = match self.failed.take() {
            Some(error) => Err(error),
            None if self.file.is_none() => {
                self.buffer.shrink_to_fit();
                Ok(Map::InMemory(std::mem::take(&mut self.buffer)))
            }
            None => {
                let len = self.len();
                self.flush().and_then(|()| match &mut self.file {
                    Some(file) => Map::private(file, len),
                    None => Ok(Map::InMemory(Vec::new())),
                })
            }
        };
        let folder = self.folder;
        let unwritable = |source| {
            let path = folder.unwrap_or_default();
            ErrorKind::OutputUnwritable { path, source }.into()
        };
        list.map(Spilled).map_err(unwritable)
    }
}

impl Spilled {
    /// The numbers of a list of nothing else.
    pub fn words(&self) -> &[Word] {
        self.0.as_chunks().0
    }

    /// The wide numbers of a list of nothing else.
    pub fn longs(&self) -> &[Long] {
        self.0.as_chunks().0
    }
}

impl Default for Spilled {
    /// An empty list.
    fn default() -> Self {
        Self(Map::InMemory(Vec::new()))
    }
}

impl Deref for Spilled {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let place = tempfile::tempdir().unwrap();
        let words: Vec<u32> =
            (0..BUFFER as u32 / 4 + 7).map(|n| n.wrapping_mul(0x9E37_79B1)).collect();
        for folder in [None, Some(place.path())] {
            for count in [0, 10, words.len()] {
                let mut list = SpillWriter::new(folder);
                for some in words[..count].chunks(1000) {
                    list.write_words(some);
                }
                list.write(&[1, 2]);
                let len = 4 * count + 2;
                assert_eq!(list.len(), len as u64);
                let list = list.finish().unwrap();
                assert_eq!(list.len(), len);
                let read = list.words().iter().map(|&word| u32::from_ne_bytes(word));
                assert!(read.eq(words[..count].iter().copied()));
                assert_eq!(list[4 * count..], [1, 2]);
                let in_file = matches!(list.0, Map::Mapped(_));
                assert_eq!(in_file, folder.is_some() && len > BUFFER);
            }
        }
        assert!(std::fs::read_dir(place.path()).unwrap().next().is_none(), "a file has a name");
    }

    #[test]
    fn wide_numbers_are_read_as_they_were_written() {
        let longs = [u64::MAX, 7, 1 << 40];
        let mut list = SpillWriter::default();
        list.write_longs(&longs[..1]);
        list.write_longs(&longs[1..]);
        let list = list.finish().unwrap();
        assert!(list.longs().iter().map(|&long| u64::from_ne_bytes(long)).eq(longs));
    }

    #[test]
    fn a_list_that_cannot_be_written_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let mut list = SpillWriter::new(Some(&place.path().join("missing")));
        for _ in 0..3 {
            list.write(&vec![0; BUFFER]);
        }
        assert!(list.finish().is_err());
    }
}
