//! What can go wrong, how it is worded, and which exit code it means. No input or output here.
//!
//! Three severities, three types: an [`Error`] stops the run, a [`Reject`] sets one record aside,
//! and a stage's warnings only speak.

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

/// The result of what may stop a run.
pub type Result<T> = std::result::Result<T, Error>;

/// A fault that stops the run. One word wide; the details are in [`Error::kind`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

impl Error {
    /// What happened, to match on.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// A stable name for scripts and searches, `E` and three digits.
    pub fn code(&self) -> &'static str {
        match *self.0 {
            ErrorKind::NoInputs => "E001",
            ErrorKind::BadSetting { .. } => "E002",
            ErrorKind::OutputExists { .. } => "E003",
            ErrorKind::GateFailed { .. } => "E010",
            ErrorKind::RunDamaged { .. } => "E011",
            ErrorKind::InputUnreadable { .. } => "E020",
            ErrorKind::InputChanged { .. } => "E021",
            ErrorKind::MapTruncated { .. } => "E022",
            ErrorKind::Rejected { .. } => "E023",
            ErrorKind::OutputUnwritable { .. } => "E040",
            ErrorKind::OutputInUse { .. } => "E041",
            ErrorKind::OverBudget { .. } => "E050",
            ErrorKind::Interrupted => "E130",
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match *self.0 {
            ErrorKind::NoInputs => "name at least one file or folder, or - for JSONL on stdin",
            ErrorKind::BadSetting { .. } => "correct the setting and run again",
            ErrorKind::OutputExists { .. } => "choose another folder, or force its replacement",
            ErrorKind::GateFailed { .. } => {
                "the run itself is complete; look at what the gate names"
            }
            ErrorKind::RunDamaged { .. } => {
                "run `tikrar verify` on the folder; use another copy of it, or run dedup again"
            }
            ErrorKind::InputUnreadable { .. } => "check that the path exists and may be read",
            ErrorKind::InputChanged { .. } | ErrorKind::MapTruncated { .. } => {
                "run again when nothing writes to the input, or run on a copy of it"
            }
            ErrorKind::Rejected { .. } => "correct the record, or run without strict mode",
            ErrorKind::OutputUnwritable { .. } => "check free space and permissions",
            ErrorKind::OutputInUse { .. } => "wait for the other run, or choose another folder",
            ErrorKind::OverBudget { .. } => "allow more, or run on less input at a time",
            ErrorKind::Interrupted => "nothing was published; run again",
        }
    }

    /// Where in the input it happened, where that is one record.
    pub fn location(&self) -> Option<&Location> {
        match &*self.0 {
            ErrorKind::Rejected { location, .. } => Some(location),
            _ => None,
        }
    }

    /// The exit code of the contract: 1 a gate failed, 2 usage, 3 input, 4 output, 5 memory or
    /// disk budget, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match *self.0 {
            ErrorKind::GateFailed { .. } | ErrorKind::RunDamaged { .. } => 1,
            ErrorKind::NoInputs | ErrorKind::BadSetting { .. } | ErrorKind::OutputExists { .. } => {
                2
            }
            ErrorKind::InputUnreadable { .. }
            | ErrorKind::InputChanged { .. }
            | ErrorKind::MapTruncated { .. }
            | ErrorKind::Rejected { .. } => 3,
            ErrorKind::OutputUnwritable { .. } | ErrorKind::OutputInUse { .. } => 4,
            ErrorKind::OverBudget { .. } => 5,
            ErrorKind::Interrupted => 130,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command names no input.
    #[error("no inputs were named")]
    NoInputs,
    /// A setting has a value that cannot work.
    #[error("{setting} cannot be {value}: {reason}", value = excerpt(value.as_bytes()))]
    BadSetting {
        /// Name of the setting.
        setting: &'static str,
        /// The value it was given.
        value: String,
        /// Why it cannot work.
        reason: String,
    },
    /// The output folder is there already.
    #[error("{} exists already; nothing in it was touched", path.display())]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// The run is done, but a condition the caller set does not hold.
    #[error("{reason}")]
    GateFailed {
        /// The condition and the figure that broke it.
        reason: String,
    },
    /// A file of a finished run is not what the run left.
    #[error("{}: {reason}", path.display())]
    RunDamaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, as a sentence.
        reason: String,
    },
    /// An input could not be opened or read.
    #[error("{}: cannot be read: {source}", path.display())]
    InputUnreadable {
        /// The input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An input is no longer what it was when it was opened.
    #[error("{}: {change} while it was read; nothing was published", path.display())]
    InputChanged {
        /// The input.
        path: PathBuf,
        /// What is different, as the predicate of a sentence.
        change: String,
    },
    /// A mapped input lost bytes that were still to be read.
    #[error("{}: cut short while it was read; nothing was published", path.display())]
    MapTruncated {
        /// The input, or the inputs' common folder where it is not known.
        path: PathBuf,
    },
    /// A record was rejected and the run is strict.
    #[error("{location}: {error}")]
    Rejected {
        /// The record.
        location: Location,
        /// Why it was rejected.
        code: RejectCode,
        /// The wording of the reject.
        error: String,
    },
    /// An output could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    OutputUnwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another run writes to the output folder.
    #[error("{} is in use by another run", path.display())]
    OutputInUse {
        /// The folder.
        path: PathBuf,
    },
    /// The run needs more memory or disk than it may use.
    #[error("{resource}: {needed} bytes are needed, {allowed} are allowed")]
    OverBudget {
        /// `memory` or `disk`.
        resource: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        allowed: u64,
    },
    /// A signal asked the run to stop.
    #[error("interrupted")]
    Interrupted,
}

/// A place in an input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file's name in the run.
    pub path: String,
    /// Line, from 1; 0 where it was not counted.
    pub line: u64,
    /// Byte of the decompressed file, from 0.
    pub byte: u64,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{} (byte {})", self.path, self.byte)
        } else {
            write!(f, "{}:{} (byte {})", self.path, self.line, self.byte)
        }
    }
}

/// A record that was not understood. It is counted, listed and left out; the run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Number of the file in its corpus.
    pub file: u32,
    /// Line, from 1; 0 until it is counted.
    pub line: u64,
    /// First byte of the record in the decompressed file.
    pub offset: u64,
    /// Bytes of the record, its line end included.
    pub length: u64,
    /// Why, as a name.
    pub code: RejectCode,
    /// Why, in words: what was found (at most 40 characters of it) and what to do.
    pub error: String,
}

/// Why a record was rejected; the names stand in `rejected.jsonl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectCode {
    /// Not a JSON object.
    Json,
    /// No text field, or one that is not a string.
    NoText,
    /// A used field other than the text holds an object or a list.
    FieldType,
    /// A used field stands twice in the record.
    DuplicateKey,
    /// Bytes that are not UTF-8.
    Utf8,
    /// Half of a surrogate pair.
    Surrogate,
    /// Longer than the page limit.
    TooLong,
    /// The rest of a stream that broke off.
    Truncated,
    /// In an encoding that is not read here, or no text at all.
    Encoding,
}

impl RejectCode {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::NoText => "no_text",
            Self::FieldType => "field_type",
            Self::DuplicateKey => "duplicate_key",
            Self::Utf8 => "utf8",
            Self::Surrogate => "surrogate",
            Self::TooLong => "too_long",
            Self::Truncated => "truncated",
            Self::Encoding => "encoding",
        }
    }
}

impl fmt::Display for RejectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Most characters of data that a message quotes.
const EXCERPT_CHARS: usize = 40;

/// The beginning of scraped data, quoted for a message: at most 40 characters, with everything
/// that could act on a terminal or turn the reading direction written as an escape.
pub(crate) fn excerpt(data: &[u8]) -> String {
    // A character is at most 4 bytes long, so this prefix is enough.
    let head = &data[..data.len().min(4 * (EXCERPT_CHARS + 1))];
    let mut out = String::from("\"");
    let lossy = String::from_utf8_lossy(head);
    let mut chars = lossy.chars();
    for c in chars.by_ref().take(EXCERPT_CHARS) {
        if acts_on_terminal(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out.push_str(if chars.next().is_some() { "\"…" } else { "\"" });
    out
}

/// Whether a character must never reach a terminal as it is: controls, the marks and overrides of
/// the bidirectional algorithm, line separators, a byte order mark, and tag characters
/// (CWE-150; CVE-2021-42574).
pub fn acts_on_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_harmless() {
        assert_eq!(excerpt("خبر".as_bytes()), "\"خبر\"");
        assert_eq!(excerpt(b"\x1b[2J"), "\"\\u{1b}[2J\"");
        assert_eq!(excerpt("a\u{202e}b".as_bytes()), "\"a\\u{202e}b\"");
        let long = excerpt("س".repeat(100).as_bytes());
        assert_eq!(long.chars().filter(|&c| c == 'س').count(), 40);
        assert!(long.ends_with("\"…"));
    }

    #[test]
    fn an_error_is_one_word_and_keeps_its_source() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let error = Error::from(ErrorKind::InputUnreadable {
            path: "a/b.jsonl".into(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        });
        assert_eq!((error.code(), error.exit_code()), ("E020", 3));
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.to_string().starts_with("a/b.jsonl: cannot be read: "));
    }

    #[test]
    fn a_location_reads_like_a_compiler_message() {
        let mut at = Location { path: "07.jsonl".into(), line: 3112, byte: 88_213_004 };
        assert_eq!(at.to_string(), "07.jsonl:3112 (byte 88213004)");
        at.line = 0;
        assert_eq!(at.to_string(), "07.jsonl (byte 88213004)");
    }

    #[test]
    fn the_names_of_codes_are_those_that_are_written() {
        for code in [RejectCode::NoText, RejectCode::Utf8, RejectCode::TooLong, RejectCode::Json] {
            let written = serde_json::to_string(&code).expect("a unit variant");
            assert_eq!(written, format!("\"{code}\""));
        }
    }
}
