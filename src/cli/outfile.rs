//! Files that a command writes whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tikrar::error::{Error, ErrorKind};

/// A file that takes its name when it is published, and leaves nothing behind when it is not.
pub(super) struct OutFile {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
}

impl OutFile {
    /// Opens a temporary file beside `path`.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))
            .map_err(|source| unwritable(path, source))?;
        Ok(Self { path: path.to_owned(), out: BufWriter::with_capacity(1 << 18, file) })
    }

    /// Gives the file its name, in place of what had it.
    pub(super) fn publish(self) -> Result<(), Error> {
        let Self { path, out } = self;
        let publish = || -> io::Result<()> {
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            let file = file.persist(&path).map_err(|error| error.error)?;
            readable(&file)?;
            file.sync_all()
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
