//! Stage 1: bytes to pages.
//!
//! * In: files and folders mixed, and JSONL on stdin.
//! * Out: a [`Corpus`] of opened files, and from it the records of all of them in a fixed order:
//!   each byte of each (decompressed) file lies in exactly one [`Entry`], a page, a reject, or a
//!   stretch of blank bytes.
//! * Cost: large plain files are mapped and never copied; everything else is copied once to a
//!   private temporary file. Memory does not grow with the size of the input.
//! * Does not: fold, cut or judge text; write to an input; print.
//!
//! Bad input never stops the run: a record that is not understood is a [`Reject`], a file or
//! folder that cannot be read is a [`Problem`], and what is only worth saying is a [`Warning`].

mod chunk;
mod corpus;
mod digest;
mod encoding;
mod fields;
mod inflate;
mod lines;
mod listed;
mod literal;
mod map;
mod marks;
mod names;
mod near;
mod open;
mod rewrite;
mod scan;
mod sniff;
mod spool;
mod stamp;
mod strict;
mod undo;
mod walk;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use crate::error::Reject;

pub use chunk::Chunk;
pub use corpus::{Corpus, InputFile, PageReader};
pub use fields::{FieldNames, PageRecord};
pub(crate) use inflate::unpack;
pub use listed::{ListedFile, Reading};
pub(crate) use map::Map;
pub use map::MapChoice;
pub use rewrite::{RawSpans, minimal_escape, with_member, without};
pub use sniff::{Compression, Format};
pub use undo::{CutSpan, with_cuts, without_member};

/// Longest page that is read unless the caller sets another limit, in bytes: 16 MiB.
pub const MAX_PAGE: u64 = 16 << 20;

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Whether input files may be mapped.
    pub map: MapChoice,
    /// Longest record that is taken for a page, in bytes, its line end not counted. At most
    /// 4 GiB, whatever is set.
    pub max_page: u64,
    /// Under which names fields are looked for.
    pub fields: FieldNames,
    /// Format of all files, whatever their names say. Folders are then read whole, except for
    /// hidden files.
    pub format: Option<Format>,
    /// Folder for private temporary files. They have no name in it, and need as much room as the
    /// decompressed input that cannot be mapped.
    pub spool_dir: PathBuf,
    /// Whether every byte will be wanted again: records over the page limit are then set aside on
    /// disk and not dropped, and packed inputs are hashed as they are unpacked.
    pub keep_all: bool,
    /// Whether the first reject ends the reading, and every record is read by the strict parser alone.
    pub strict: bool,
}

impl Default for ReadOptions {
    /// No maps, pages of at most [`MAX_PAGE`], common field names, formats by extension, and the
    /// system's folder for temporary files.
    fn default() -> Self {
        Self {
            map: MapChoice::never(),
            max_page: MAX_PAGE,
            fields: FieldNames::default(),
            format: None,
            spool_dir: std::env::temp_dir(),
            keep_all: false,
            strict: false,
        }
    }
}

/// One input as the caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file or a folder.
    Path(PathBuf),
    /// JSONL on stdin, whose bytes are handed to [`Corpus::open`].
    Stdin,
}

/// Where a record lies: a file of the corpus and bytes of its decompressed content, the line end
/// included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordAt {
    /// Number of the file in [`Corpus::files`].
    pub file: u32,
    /// Bytes of the record.
    pub length: u32,
    /// Its first byte.
    pub offset: u64,
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// A page.
    Page(RecordAt, &'a PageRecord<'a>),
    /// A record that was not understood. Its line is 0: see [`Corpus::number_lines`].
    Reject(Reject),
    /// Bytes between records: blank lines, a byte order mark.
    Blank {
        /// Number of the file in [`Corpus::files`].
        file: u32,
        /// First byte of the decompressed file.
        offset: u64,
        /// Number of bytes.
        length: u64,
    },
}

/// A file or folder that could not be read, or not to its end. The rest was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder; `-` for stdin.
    pub path: PathBuf,
    /// Byte of the decompressed stream where it broke off; none if nothing could be read.
    pub offset: Option<u64>,
    /// What is wrong and what to do.
    pub error: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(offset) = self.offset {
            write!(f, " (byte {offset})")?;
        }
        write!(f, ": {}", self.error)
    }
}

/// Something worth saying about the input that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// Files of a folder that were left out because of their extension.
    Skipped {
        /// The extension, without its dot.
        extension: String,
        /// How many files.
        files: u64,
        /// The first of them by name.
        example: String,
    },
    /// One file was named twice, or has two names.
    SameFile {
        /// The name it was read under.
        read: PathBuf,
        /// The other one.
        again: PathBuf,
    },
    /// A symbolic link to a folder was not followed.
    LinkedFolder {
        /// The link.
        path: PathBuf,
    },
    /// Stdin was named more than once.
    StdinAgain,
    /// A file became longer while it was read.
    Grew {
        /// The file.
        path: PathBuf,
        /// Bytes that were not read.
        bytes: u64,
    },
    /// A file was moved, deleted or replaced while it was read.
    Replaced {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { extension, files, example } => {
                let kind = match extension.as_str() {
                    "" => "without an extension".to_owned(),
                    _ => format!("named .{extension}"),
                };
                write!(
                    f,
                    "{files} files {kind} were skipped, first {example}; name them one by one, or \
                     set a format"
                )
            }
            Self::SameFile { read, again } if read == again => {
                write!(f, "{} was named more than once and was read once", read.display())
            }
            Self::SameFile { read, again } => {
                let (read, again) = (read.display(), again.display());
                write!(f, "{again} is the same file as {read} and was read once")
            }
            Self::LinkedFolder { path } => write!(
                f,
                "{}: a link to a folder, not followed; name it as an input to read it",
                path.display()
            ),
            Self::StdinAgain => f.write_str("stdin was named more than once and was read once"),
            Self::Grew { path, bytes } => write!(
                f,
                "{} grew by {bytes} bytes, which were not read; run again to read them",
                path.display()
            ),
            Self::Replaced { path } => write!(
                f,
                "{} was moved or replaced while it was read; the results are about the file that \
                 was there first",
                path.display()
            ),
        }
    }
}
