//! Arguments of the commands that prove, undo and explain a run.

use std::path::PathBuf;

use clap::Args;

use super::{When, threads};

/// What these commands share.
#[derive(Debug, Args)]
pub(crate) struct ProvingArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print errors only, and what was asked for
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Colors: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) color: When,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) progress: When,
    /// Read files instead of mapping them (network file systems, files that others write to)
    #[arg(long, hide_short_help = true)]
    pub(crate) no_mmap: bool,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads())]
    #[arg(hide_short_help = true, allow_negative_numbers = true)]
    pub(crate) threads: usize,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  tikrar verify RUN
  tikrar verify RUN --json | jq .weakest[0]

Reads the originals again (their paths are in manifest.sha256); where they are gone, rebuilds them \
from kept/, removed/, rejected/ and cuts.jsonl in the folder for temporary files (TMPDIR). Checks all \
hashes, the ledger, that every byte of the input is in exactly one place, that every cluster has one \
keeper, and scores every removal again from its text.
Exit codes: 0 all is as the run says, 1 a fault (each is named), 3 an original cannot be read.";

/// Arguments of `tikrar verify`.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Folder of a run
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Weakest removals to print, at most 50
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) weakest: usize,
    #[command(flatten)]
    pub(crate) shared: ProvingArgs,
}

const RESTORE_EXAMPLES: &str = "\
Examples:
  tikrar restore RUN --out BACK
  tikrar restore RUN --out BACK --force    replace an earlier BACK

Rebuilds the input from the run's own files, also after --cut-blocks and --annotate; the originals are \
not needed. Names are those of kept/; what came by stdin is stdin.jsonl. A file that was packed (.gz, \
.zst) is packed again: its unpacked bytes are the same, its packed bytes may differ. Every file is \
checked against the hashes of the run, and BACK appears whole or not at all.";

/// Arguments of `tikrar restore`.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArgs {
    /// Folder of a run
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Folder to write; it must not exist yet
    #[arg(short, long, value_name = "DIR2")]
    pub(crate) out: PathBuf,
    /// Replace a folder that holds nothing but files of the same names
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) progress: When,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  tikrar explain RUN wire-0417
  tikrar explain RUN almarsad/01.txt
  tikrar explain RUN crawl.jsonl#3112      a page without an id, or a reject

Says what became of a page and why: its cluster and keeper, exact scores of story and whole page, the \
words that only it has, its blocks and whose stories they are, other versions, and (dedup --pairs) \
related pages. Works without the originals.";

/// Arguments of `tikrar explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// Folder of a run
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Id of a page, or PATH#LINE
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) shared: ProvingArgs,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  tikrar compare almarsad/01.txt wire-0417 --in RUN
  tikrar compare A B --in RUN --full --color always | less -R

Signs: [-only in A-] {+only in B+} {=A's spelling|B's spelling=} [>moved from here>] {<moved to here<}; \
words without a sign are the same. A changed place names its kind: number, name, date, spelling, \
wording, credit, function.";

/// Arguments of `tikrar compare`.
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub(crate) struct CompareArgs {
    /// Id of a page
    #[arg(value_name = "A", allow_hyphen_values = true)]
    pub(crate) a: String,
    /// Id of another page
    #[arg(value_name = "B", allow_hyphen_values = true)]
    pub(crate) b: String,
    /// Folder of the run that they are pages of
    #[arg(long = "in", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Compare all that stands on the pages, not their stories alone
    #[arg(long)]
    pub(crate) whole_page: bool,
    /// Print everything: leave out no long stretch
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) shared: ProvingArgs,
}
