//! Files that a command writes whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tikrar::error::{Error, ErrorKind};

/// A file that takes its name when it is published, and leaves nothing behind when it is not.
///
/// A device or a pipe (`/dev/null`, `/dev/stdout`) is written to as it is: a file that takes its name
/// would put it out of the way for every program.
pub(super) struct OutFile {
    path: PathBuf,
    out: BufWriter<Place>,
}

enum Place {
    Temporary(NamedTempFile),
    Device(File),
}

impl OutFile {
    /// Opens a temporary file beside `path`, or the device that is there.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let place = || -> io::Result<Place> {
            if is_device(path) {
                return Ok(Place::Device(File::options().write(true).open(path)?));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok(Place::Temporary(NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))?))
        };
        let place = place().map_err(|source| unwritable(path, source))?;
        Ok(Self { path: path.to_owned(), out: BufWriter::with_capacity(1 << 18, place) })
    }

    /// Gives the file its name, in place of what had it.
    pub(super) fn publish(self) -> Result<(), Error> {
        let Self { path, out } = self;
        let publish = || -> io::Result<()> {
            match out.into_inner().map_err(io::IntoInnerError::into_error)? {
                Place::Temporary(file) => {
                    let file = file.persist(&path).map_err(|error| error.error)?;
                    readable(&file)?;
                    file.sync_all()
                }
                Place::Device(_) => Ok(()),
            }
        };
        publish().map_err(|source| unwritable(&path, source))
    }

    /// An error of this file.
    pub(super) fn error(&self, source: io::Error) -> Error {
        unwritable(&self.path, source)
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary(file) => file.write(bytes),
            Self::Device(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary(file) => file.flush(),
            Self::Device(file) => file.flush(),
        }
    }
}

/// Whether a path is there and is no file and no folder.
pub(super) fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// The error of a path that cannot be written.
pub(super) fn unwritable(path: &Path, source: io::Error) -> Error {
    ErrorKind::OutputUnwritable { path: path.to_owned(), source }.into()
}

/// Temporary files are private; a result is as readable as any new file.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
