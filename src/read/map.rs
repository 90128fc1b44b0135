//! Files as memory: the only place of this stage with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

/// Whether input files may be mapped.
///
/// A mapped file that somebody cuts short kills the process with SIGBUS, or shows zeros; one that
/// is written to changes under checked text. Who allows maps must be ready for the signal, and
/// ask [`Corpus::check_unchanged`](super::Corpus::check_unchanged) before believing what was
/// read. Without maps every input is copied into a private file first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapChoice {
    maps: bool,
}

impl MapChoice {
    /// Never maps a file that others can reach.
    pub fn never() -> Self {
        Self { maps: false }
    }

    /// Maps plain files where that pays.
    ///
    /// # Safety
    /// Nobody may change an input file while the corpus is open. Where that cannot be known, the
    /// process must handle SIGBUS by ending, and must not publish anything before
    /// [`Corpus::check_unchanged`](super::Corpus::check_unchanged) has found nothing.
    pub unsafe fn auto() -> Self {
        Self { maps: true }
    }

    pub(crate) fn allowed(self) -> bool {
        self.maps
    }
}

/// Read-only bytes of a file, mapped or in memory.
#[derive(Debug)]
pub(crate) enum Map {
    Mapped(Mmap),
    InMemory(Vec<u8>),
}

impl Map {
    /// Maps an input file of `len` bytes, which must not be empty.
    pub(crate) fn input(file: &File, len: u64, choice: MapChoice) -> io::Result<Self> {
        if !choice.allowed() {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // SAFETY: the caller of `MapChoice::auto` has promised that nobody changes the file, or
        // that nothing read from it is believed before it was found unchanged.
        let map = unsafe { memmap2::MmapOptions::new().len(len).map(file) }?;
        Ok(Self::Mapped(map))
    }

    /// Maps a private file, or reads it into memory where maps are not to be had.
    pub(crate) fn private(file: &mut File, len: u64) -> io::Result<Self> {
        use std::io::{Read, Seek};
        if len == 0 {
            return Ok(Self::InMemory(Vec::new()));
        }
        let mapped = usize::try_from(len).map(|len| {
            // SAFETY: the file was unlinked when it was made, so no other process can open it,
            // and this one does not write to it any more.
            unsafe { memmap2::MmapOptions::new().len(len).map(&*file) }
        });
        if let Ok(Ok(map)) = mapped {
            return Ok(Self::Mapped(map));
        }
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(len).read_to_end(&mut bytes)?;
        Ok(Self::InMemory(bytes))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::InMemory(bytes) => bytes,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn both_ways_show_the_same_bytes() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"some bytes").unwrap();
        assert_eq!(&*Map::private(&mut file, 10).unwrap(), b"some bytes");
        assert_eq!(&*Map::private(&mut file, 4).unwrap(), b"some");
        assert_eq!(&*Map::private(&mut file, 0).unwrap(), b"");
        // SAFETY: the file is this test's own.
        let auto = unsafe { MapChoice::auto() };
        assert_eq!(&*Map::input(&file, 10, auto).unwrap(), b"some bytes");
        assert!(Map::input(&file, 10, MapChoice::never()).is_err());
    }
}
