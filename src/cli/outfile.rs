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

/// Refuses files, each after the flag that names it, that are an input, lie in one, or are named twice.
pub(super) fn apart(outputs: &[(&'static str, &Path)], inputs: &[PathBuf]) -> Result<(), Error> {
    let inputs: Vec<PathBuf> =
        inputs.iter().filter_map(|input| input.canonicalize().ok()).collect();
    let mut known: Vec<(&str, PathBuf)> = Vec::new();
    for &(setting, path) in outputs.iter().filter(|(_, path)| !is_device(path)) {
        let refuse = |reason: String| {
            let value = path.display().to_string();
            Err(ErrorKind::BadSetting { setting, value, reason }.into())
        };
        // The file itself may be a link, which is replaced and not followed.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new(".")).canonicalize();
        let Some(place) = folder.ok().zip(path.file_name()).map(|(at, name)| at.join(name)) else {
            continue;
        };
        if inputs.contains(&place) {
            return refuse("it is an input, and inputs are never touched".to_owned());
        }
        if inputs.iter().any(|input| input.is_dir() && place.starts_with(input)) {
            return refuse("it lies in an input, and the next run would read it".to_owned());
        }
        if let Some((other, _)) = known.iter().find(|(_, known)| *known == place) {
            return refuse(format!("{other} names the same file"));
        }
        known.push((setting, place));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_and_files_named_twice_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::create_dir(at("pages")).unwrap();
        std::fs::write(at("pages/a.jsonl"), "").unwrap();
        std::fs::write(at("b.jsonl"), "").unwrap();
        let inputs = [at("pages"), at("b.jsonl"), at("missing.jsonl")];
        let check = |outputs: &[(&'static str, &Path)]| apart(outputs, &inputs);
        let reason = |outputs: &[(&'static str, &Path)]| check(outputs).unwrap_err().to_string();
        let (json, html) = (at("run.json"), at("pages/../run.json"));
        assert!(check(&[("--json", &json), ("--html", &at("run.html"))]).is_ok());
        assert!(
            check(&[("--json", Path::new("/dev/null")), ("--html", Path::new("/dev/null"))])
                .is_ok()
        );
        assert!(
            reason(&[("--json", &json), ("--html", &html)]).contains("--json names the same file")
        );
        assert!(reason(&[("--out", &at("pages/../b.jsonl"))]).contains("is an input"));
        assert!(reason(&[("--out", &at("pages/a.jsonl"))]).contains("lies in an input"));
        assert!(reason(&[("--out", &at("pages/new.jsonl"))]).contains("lies in an input"));
    }
}
