//! Files of a run's folder, and originals, opened so that reading them comes to an end.
//!
//! The folder is as hostile as any input: what has the name of a file may be a link out of the
//! folder, a pipe that nobody writes to, or a device that never ends.

use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata};
use std::io::{self, BufRead, BufReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use memchr::memchr2;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};

/// Of a pipe the other end is not waited for; a device is never opened at all.
const AT_ONCE: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens a file that lies directly in the folder of a run.
///
/// # Errors
/// When it is a link or anything else that is no file, or cannot be opened.
pub fn open_file(path: &Path) -> io::Result<File> {
    regular(std::fs::symlink_metadata(path)?.file_type())?;
    opened(path, OFlags::NOFOLLOW)
}

/// Opens a file of the run in `dir` by its name below it; no link on the way is followed.
///
/// # Errors
/// When the name leads out of `dir`, it or a folder on the way is a link, or it is no file.
pub fn open_below(dir: &Path, name: &Path) -> io::Result<File> {
    let below = |part| match part {
        Component::Normal(part) => Ok(part),
        _ => Err(io::Error::other("its name leads out of the folder")),
    };
    let parts: Vec<&OsStr> = name.components().map(below).collect::<io::Result<_>>()?;
    let Some((last, folders)) = parts.split_last() else {
        return Err(io::Error::other("it has no name"));
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = openat(CWD, dir, flags, Mode::empty())?;
    for part in folders {
        folder = open_folder(folder.as_fd(), part, flags)?;
    }
    let there = statat(&folder, *last, AtFlags::SYMLINK_NOFOLLOW)?;
    regular_mode(rustix::fs::FileType::from_raw_mode(there.st_mode))?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | AT_ONCE;
    let file = File::from(openat(&folder, *last, flags, Mode::empty())?);
    regular(file.metadata()?.file_type())?;
    Ok(file)
}

fn open_folder(folder: BorrowedFd<'_>, part: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    openat(folder, part, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| {
        let there = statat(folder, part, AtFlags::SYMLINK_NOFOLLOW);
        let is_link = |mode| rustix::fs::FileType::from_raw_mode(mode).is_symlink();
        if there.is_ok_and(|there| is_link(there.st_mode)) { linked() } else { error.into() }
    })
}

/// Opens an original: links lead to it, but it is a file.
///
/// # Errors
/// When it is no file, or cannot be opened.
pub fn open_original(path: &Path) -> io::Result<(File, Metadata)> {
    regular(std::fs::metadata(path)?.file_type())?;
    let file = opened(path, OFlags::empty())?;
    let there = file.metadata()?;
    Ok((file, there))
}

/// Whether a run has a folder of this name; a link to one is none.
pub fn has_folder(dir: &Path, name: &str) -> bool {
    std::fs::symlink_metadata(dir.join(name)).is_ok_and(|there| there.is_dir())
}

fn opened(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = (AT_ONCE | more).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    regular(file.metadata()?.file_type())?;
    Ok(file)
}

fn regular(kind: FileType) -> io::Result<()> {
    match () {
        () if kind.is_file() => Ok(()),
        () if kind.is_symlink() => Err(linked()),
        () => Err(no_file()),
    }
}

fn regular_mode(kind: rustix::fs::FileType) -> io::Result<()> {
    match kind {
        rustix::fs::FileType::RegularFile => Ok(()),
        rustix::fs::FileType::Symlink => Err(linked()),
        _ => Err(no_file()),
    }
}

fn linked() -> io::Error {
    io::Error::other("it is a link, and a run has none")
}

fn no_file() -> io::Error {
    io::Error::other("it is no regular file")
}

/// Appends a line with its end to `line`; returns how many bytes that were. No text of a run has a
/// zero byte: a file of holes, which takes no room on disk, ends at its first.
///
/// # Errors
/// When the file cannot be read, or has a zero byte.
pub(super) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let mut read = 0;
    loop {
        let block = match reader.fill_buf() {
            Ok(block) => block,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if block.is_empty() {
            return Ok(read);
        }
        let end = memchr2(b'\n', 0, block);
        if end.is_some_and(|at| block[at] == 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has a zero byte"));
        }
        let step = end.map_or(block.len(), |at| at + 1);
        line.extend_from_slice(&block[..step]);
        reader.consume(step);
        read += step;
        if end.is_some() {
            return Ok(read);
        }
    }
}

/// All of a text that lies directly in the folder of a run.
///
/// # Errors
/// As [`open_file`], and when it cannot be read or has a zero byte.
pub fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::with_capacity(1 << 16, open_file(path)?);
    let mut text = Vec::new();
    while read_line(&mut reader, &mut text)? > 0 {}
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::mkfifoat;

    use super::*;

    #[test]
    fn nothing_but_a_file_is_opened_and_nothing_is_waited_for() {
        let place = tempfile::tempdir().expect("a folder");
        let dir = place.path().join("RUN");
        std::fs::create_dir_all(dir.join("kept/a")).expect("folders");
        std::fs::write(dir.join("kept/a/b.txt"), "x").expect("a file");
        std::fs::write(dir.join("stats.json"), "{}").expect("a file");
        std::fs::create_dir(place.path().join("away")).expect("a folder");
        std::fs::write(place.path().join("away/b.txt"), "x").expect("a file");
        mkfifoat(CWD, dir.join("pipe"), Mode::RUSR | Mode::WUSR).expect("a pipe");
        symlink("/dev/zero", dir.join("endless")).expect("a link");
        symlink("stats.json", dir.join("within")).expect("a link");
        symlink("../away", dir.join("removed")).expect("a link");
        symlink("../../away", dir.join("kept/away")).expect("a link");

        open_file(&dir.join("stats.json")).expect("a file");
        open_below(&dir, Path::new("kept/a/b.txt")).expect("a file");
        open_original(&dir.join("within")).expect("a link to a file");
        for wrong in ["pipe", "endless", "within", "kept", "nothing"] {
            assert!(open_file(&dir.join(wrong)).is_err(), "{wrong}");
            assert!(open_below(&dir, Path::new(wrong)).is_err(), "{wrong}");
        }
        for wrong in ["removed/b.txt", "kept/away/b.txt", "../away/b.txt", "/dev/zero", ""] {
            assert!(open_below(&dir, Path::new(wrong)).is_err(), "{wrong}");
        }
        for wrong in ["pipe", "endless", "kept"] {
            assert!(open_original(&dir.join(wrong)).is_err(), "{wrong}");
        }
        let said = open_below(&dir, Path::new("removed/b.txt")).expect_err("a link");
        assert!(said.to_string().contains("a link"), "{said}");
        assert!(has_folder(&dir, "kept") && !has_folder(&dir, "removed"));
    }

    #[test]
    fn a_file_of_holes_ends_at_its_first() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("stats.json");
        std::fs::write(&path, "{}\n").expect("a file");
        assert_eq!(read_text(&path).expect("a text"), b"{}\n");
        let file = File::options().write(true).open(&path).expect("a file");
        file.set_len(1 << 40).expect("holes");
        assert_eq!(read_text(&path).expect_err("holes").kind(), io::ErrorKind::InvalidData);
    }
}
