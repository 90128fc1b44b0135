//! Arguments about the input, shared by the commands that read archives.

use std::io;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tikrar::config::Markers;
use tikrar::error::{Error, ErrorKind, Result};
use tikrar::prove::ProveOptions;
use tikrar::read::{FieldNames, Input, MapChoice, ReadOptions};
use tikrar::segment::MarkerTable;

use super::args::{ProvingArgs, ReadingArgs};
use super::signals;

/// Stdin, where an input names it.
pub(super) type Stdin = Option<Box<dyn io::Read + Send>>;

/// The inputs that the paths name.
pub(super) fn inputs(paths: &[PathBuf]) -> (Vec<Input>, Stdin) {
    let named = |path: &PathBuf| {
        if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path.clone()) }
    };
    let inputs: Vec<Input> = paths.iter().map(named).collect();
    let stdin = inputs.contains(&Input::Stdin).then(|| Box::new(Waiting) as _);
    (inputs, stdin)
}

/// Stdin, whose writer may keep it waiting; a signal ends the wait.
struct Waiting;

/// How long it is waited before the next look at whether a signal came.
const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

impl io::Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stdin = rustix::stdio::stdin();
        loop {
            if signals::stop_asked() {
                return Err(io::Error::other("a signal came while it was read"));
            }
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&WAIT)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(rustix::io::read(stdin, buffer)?),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// How to read them.
pub(super) fn options(args: &ReadingArgs) -> ReadOptions {
    let mut fields = FieldNames::default();
    let set = |names: &mut Vec<String>, field: &Option<String>| {
        if let Some(field) = field {
            *names = vec![field.clone()];
        }
    };
    set(&mut fields.id, &args.id_field);
    set(&mut fields.text, &args.text_field);
    set(&mut fields.title, &args.title_field);
    set(&mut fields.outlet, &args.outlet_field);
    set(&mut fields.url, &args.url_field);
    set(&mut fields.date, &args.date_field);
    let format = args.format.map(Into::into);
    ReadOptions { map: maps(args.no_mmap), max_page: args.max_page, fields, format, ..plain() }
}

/// How archives are read without any setting.
pub(super) fn plain() -> ReadOptions {
    ReadOptions { map: maps(false), ..ReadOptions::default() }
}

/// Whether files may be mapped.
pub(super) fn maps(no_mmap: bool) -> MapChoice {
    if no_mmap {
        return MapChoice::never();
    }
    // SAFETY: a file that is cut short under the map ends in the SIGBUS handler, and one that is
    // written to is found by the check of all inputs before anything is published or said.
    unsafe { MapChoice::auto() }
}

/// How the archive of a run is read again.
pub(super) fn proving(args: &ProvingArgs) -> ProveOptions {
    ProveOptions { map: maps(args.no_mmap), ..ProveOptions::default() }
}

/// The marker phrases that `--markers` asks for.
pub(super) fn markers(args: &ReadingArgs) -> Result<Markers> {
    match args.markers.as_deref() {
        None => Ok(Markers::BuiltIn),
        Some(path) if path == Path::new("none") => Ok(Markers::None),
        Some(path) => {
            let refused = |error: &dyn std::fmt::Display| bad("--markers", &path.display(), &error);
            let rows = std::fs::read_to_string(path).map_err(|error| refused(&error))?;
            MarkerTable::none().extend(&rows).map_err(|error| refused(&error))?;
            Ok(Markers::Also(rows))
        }
    }
}

/// The threads that `--threads` asks for.
pub(super) fn pool(args: &ReadingArgs) -> Result<rayon::ThreadPool> {
    threads(args.threads)
}

/// A pool of so many threads; 0 is one a core.
pub(super) fn threads(number: usize) -> Result<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(number).build();
    pool.map_err(|error| bad("--threads", &number, &error))
}

fn bad(setting: &'static str, value: &impl ToString, reason: &impl ToString) -> Error {
    let (value, reason) = (value.to_string(), reason.to_string());
    ErrorKind::BadSetting { setting, value, reason }.into()
}
