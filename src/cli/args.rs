//! The arguments.

use std::path::PathBuf;

use clap::builder::{PossibleValue, RangedU64ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tikrar::fold::Profile;
use tikrar::shingle::Shingle;

use super::bench::BenchArgs;
use super::report::{ReportArgs, ReportOfRunArgs};
use super::schema::SchemaName;
use super::synth::SynthArgs;

mod prove;

pub(crate) use prove::{CompareArgs, ExplainArgs, ProvingArgs, RestoreArgs, VerifyArgs};

/// Finds what repeats in scraped Arabic news.
#[derive(Debug, Parser)]
#[command(name = "tikrar", version, about, long_about = None, max_term_width = 100)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tikrar dedup pages/ --out RUN            a folder of .txt and .jsonl pages
  tikrar dedup a.jsonl.gz b.jsonl --out RUN --threshold 0.7
  zcat crawl.gz | tikrar dedup - --out RUN
  tikrar verify RUN                        is every removal sound, is every byte accounted for
  tikrar schema clusters                   the fields of clusters.jsonl

Exit codes: 0 done, 1 a gate failed, 2 usage, 3 an input could not be read or changed, \
4 output could not be written, 5 out of memory or disk, 130 interrupted.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find copied stories, and write the archive without its copies
    Dedup(Box<DedupArgs>),
    /// Print the parts of every page: story, embedded stories, furniture
    Segment(Box<SegmentArgs>),
    /// Judge a run: against labels, or against an exact join of a sample
    Evaluate(Box<EvaluateArgs>),
    /// Say why a page was kept or removed, with evidence
    Explain(Box<ExplainArgs>),
    /// Show two pages of a run as one text, word by word
    Compare(Box<CompareArgs>),
    /// Check a run: hashes, ledger, and every removal scored again
    Verify(Box<VerifyArgs>),
    /// Rebuild the input of a run, byte for byte
    Restore(Box<RestoreArgs>),
    /// Make report.html of a run again
    Report(ReportArgs),
    /// Make a synthetic archive of Arabic news with known truth
    Synth(Box<SynthArgs>),
    /// Measure throughput by stage and by number of threads
    Bench(Box<BenchArgs>),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual in roff, for `man -l -`
    Man,
    /// Print the JSON Schema of an output file
    Schema {
        /// The file, without its ending
        name: SchemaName,
    },
}

const DEDUP_EXAMPLES: &str = "\
Examples:
  tikrar dedup fixtures/pages --out RUN
  tikrar dedup crawl.jsonl --out RUN --threshold 0.7 --shingle word:3 --pairs
  tikrar dedup crawl/ --out RUN --keep longest --max-lost-words 20

RUN holds report.html, clusters.jsonl, kept/, removed/ and more. `--help` shows every setting.";

/// Arguments of `tikrar dedup`.
#[derive(Debug, Args)]
#[command(after_help = DEDUP_EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct DedupArgs {
    /// Files and folders (.txt, .jsonl, .ndjson, each also .gz or .zst); - is JSONL on stdin
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder of the run; it must not exist yet
    #[arg(short, long, value_name = "DIR", required_unless_present = "dry_run")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the folder of an earlier run
    #[arg(long)]
    pub(crate) force: bool,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// What is compared: the story cut out of its page, or the whole page
    #[arg(long, value_enum, default_value_t, help_heading = "Matching")]
    pub(crate) scope: ScopeArg,
    /// What decides on a copy: a reader's judgement of the aligned texts, or jaccard
    #[arg(long = "match", value_name = "BY", value_enum, default_value_t)]
    #[arg(help_heading = "Matching")]
    pub(crate) match_by: MatchArg,
    /// Jaccard similarity from which two stories are copies (--match jaccard; bands aim at it)
    #[arg(long, value_name = "J", default_value_t = 0.5, help_heading = "Matching")]
    pub(crate) threshold: f64,
    /// What is compared: word:N or char:N [default: word:3, and char:9 between texts under 30 words]
    #[arg(long, help_heading = "Matching")]
    pub(crate) shingle: Option<Shingle>,
    /// Spelling that is folded away
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Matching",
        hide_possible_values = true
    )]
    pub(crate) fold: FoldArg,
    /// What finds candidates: minhash or simhash
    #[arg(long, value_enum, default_value_t, help_heading = "Matching", hide_short_help = true)]
    pub(crate) method: MethodArg,
    /// Radius of simhash, 0 to 8 of 64 bits
    #[arg(long, value_name = "BITS", default_value_t = 3, help_heading = "Matching")]
    #[arg(hide_short_help = true)]
    pub(crate) hamming: u32,
    /// Which MinHash: fast similarity sketching, or classic permutations
    #[arg(long, value_enum, default_value_t, help_heading = "Matching", hide_short_help = true)]
    pub(crate) minhash: MinhashArg,
    /// Slots of a signature
    #[arg(long, value_name = "N", default_value_t = 128, help_heading = "Matching")]
    #[arg(hide_short_help = true)]
    pub(crate) signature: u32,
    /// Share of the pairs at the threshold that bands must find
    #[arg(long, value_name = "SHARE", default_value_t = 0.99, help_heading = "Matching")]
    #[arg(hide_short_help = true)]
    pub(crate) recall: f64,
    /// Bands, instead of --recall
    #[arg(long, value_name = "B", requires = "rows", conflicts_with = "recall")]
    #[arg(help_heading = "Matching", hide_short_help = true)]
    pub(crate) bands: Option<u32>,
    /// Slots of a band, instead of --recall
    #[arg(long, value_name = "R", requires = "bands", conflicts_with = "recall")]
    #[arg(help_heading = "Matching", hide_short_help = true)]
    pub(crate) rows: Option<u32>,
    /// Clusters whose members are all copies of the kept page, or whole connected components
    #[arg(long, value_enum, default_value_t, help_heading = "Matching", hide_short_help = true)]
    pub(crate) link: LinkArg,

    /// Who stays: earliest, longest, first, or a file with one outlet a line, the preferred first
    #[arg(long, value_name = "RULE", default_value = "earliest", help_heading = "Keeping")]
    pub(crate) keep: String,
    /// Keep a copy that has more words of its own than this
    #[arg(long, value_name = "N", help_heading = "Keeping")]
    pub(crate) max_lost_words: Option<u64>,

    /// Remove a page whose story lies wholly in the story of a page that is kept
    #[arg(long, help_heading = "Keeping")]
    pub(crate) drop_contained: bool,

    /// Verify every candidate and write pairs.jsonl
    #[arg(long, help_heading = "Output")]
    pub(crate) pairs: bool,
    /// Write segments.jsonl: the parts of every page
    #[arg(long, help_heading = "Output")]
    pub(crate) segments: bool,
    /// Write kept pages without related blocks, keyword and promotion lines, and cuts.jsonl
    #[arg(long, conflicts_with = "no_kept", help_heading = "Output")]
    pub(crate) cut_blocks: bool,
    /// Add cluster, role and parts to every kept JSONL record, as the field `tikrar`
    #[arg(long, conflicts_with = "no_kept", help_heading = "Output")]
    pub(crate) annotate: bool,
    /// Do not write kept/
    #[arg(long, help_heading = "Output")]
    pub(crate) no_kept: bool,
    /// Do not write removed/ and rejected/ (the input cannot be restored then)
    #[arg(long, help_heading = "Output")]
    pub(crate) no_removed: bool,
    /// Print stats.json to stdout
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print the settings and every stage
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Colors: auto, always or never
    #[arg(long, value_enum, default_value_t, help_heading = "Output", hide_short_help = true)]
    pub(crate) color: When,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, help_heading = "Output", hide_short_help = true)]
    pub(crate) progress: When,

    #[command(flatten)]
    pub(crate) report: ReportOfRunArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// How inputs are read and cut.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Marker phrases: a table of more of them, or none to cut by repetition alone
    #[arg(long, value_name = "FILE", help_heading = "Reading", hide_short_help = true)]
    pub(crate) markers: Option<PathBuf>,
    /// Format of all files, whatever their names say: txt or jsonl
    #[arg(long, value_enum, help_heading = "Reading", hide_short_help = true)]
    pub(crate) format: Option<FormatArg>,
    /// Longest page, in bytes or with K, M, G
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = size)]
    #[arg(help_heading = "Reading", hide_short_help = true)]
    pub(crate) max_page: u64,
    /// Field of the id [default: the first of `id`, `_id`, `doc_id`, `url`]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) id_field: Option<String>,
    /// Field of the text [default: the first of text, content, body]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) text_field: Option<String>,
    /// Field of the title [default: title]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) title_field: Option<String>,
    /// Field of the outlet [default: the first of outlet, source, site, domain]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) outlet_field: Option<String>,
    /// Field of the address [default: url]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) url_field: Option<String>,
    /// Field of the date [default: the first of `date`, `published`, `date_extracted`]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_short_help = true)]
    pub(crate) date_field: Option<String>,
    /// Stop at the first record that is not understood
    #[arg(long, help_heading = "Reading", hide_short_help = true)]
    pub(crate) strict: bool,
    /// Read files instead of mapping them (network file systems, files that others write to)
    #[arg(long, help_heading = "Reading", hide_short_help = true)]
    pub(crate) no_mmap: bool,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads())]
    #[arg(help_heading = "Reading", hide_short_help = true, allow_negative_numbers = true)]
    pub(crate) threads: usize,
}

const SEGMENT_EXAMPLES: &str = "\
Examples:
  tikrar segment fixtures/pages
  tikrar segment crawl.jsonl --out segments.jsonl --markers my-markers.tsv

What repeats is counted over the inputs given, so give a whole crawl where you have it.";

/// Arguments of `tikrar segment`.
#[derive(Debug, Args)]
#[command(after_help = SEGMENT_EXAMPLES)]
pub(crate) struct SegmentArgs {
    /// Files and folders (.txt, .jsonl, .ndjson, each also .gz or .zst); - is JSONL on stdin
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// File to write instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) progress: When,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  tikrar evaluate RUN                        recall of the run on a sample, with an interval
  tikrar evaluate RUN --truth truth.tsv      against labels

A truth file has a record a line, columns set apart by tabs: `id story [level]` for a page (level 0, \
1, 2 or none: a copy; 3 and more: left out), or `a b label [second label]` for a pair, with copy, \
contains, update, template, event or different. A comment that names the columns may call one `weight`: \
for how many pairs it stands. Pairs are looked up in pairs.jsonl (dedup --pairs).";

/// Arguments of `tikrar evaluate`.
#[derive(Debug, Args)]
#[command(after_help = EVALUATE_EXAMPLES)]
pub(crate) struct EvaluateArgs {
    /// Folder of a run
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Labels; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Vec<PathBuf>,
    /// Wrong pairs to print
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) wrong: usize,
    /// Pages to draw when there are no labels
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) sample: usize,
    /// Jaccard similarity of the pairs to look for [default: that of the run]
    #[arg(long, value_name = "J")]
    pub(crate) threshold: Option<f64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) progress: When,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads())]
    #[arg(hide_short_help = true, allow_negative_numbers = true)]
    pub(crate) threads: usize,
}

/// `--fold`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum FoldArg {
    /// Byte noise only: invisible characters, marks, presentation forms, digits, punctuation
    Strict,
    /// Strict, and the letters that outlets spell differently (hamza, alef maksura, teh marbuta)
    #[default]
    Standard,
    /// Standard, and what users and teasers spell differently
    Loose,
}

impl From<FoldArg> for Profile {
    fn from(arg: FoldArg) -> Self {
        match arg {
            FoldArg::Strict => Self::Strict,
            FoldArg::Standard => Self::Standard,
            FoldArg::Loose => Self::Loose,
        }
    }
}

/// A setting of the library as an argument, its values written in lower case.
macro_rules! choice {
    ($(#[$doc:meta])* $arg:ident => $target:ty { $first:ident $(, $rest:ident)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) enum $arg { #[default] $first $(, $rest)* }

        impl ValueEnum for $arg {
            fn value_variants<'a>() -> &'a [Self] {
                &[Self::$first $(, Self::$rest)*]
            }
            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(format!("{self:?}").to_lowercase()))
            }
        }

        impl From<$arg> for $target {
            fn from(arg: $arg) -> Self {
                match arg {
                    $arg::$first => Self::$first,
                    $($arg::$rest => Self::$rest,)*
                }
            }
        }
    };
}

choice! {
    /// `--scope`.
    ScopeArg => tikrar::passage::Scope { Story, Page }
}
choice! {
    /// `--match`.
    MatchArg => tikrar::config::MatchBy { Reader, Jaccard }
}
choice! {
    /// `--method`.
    MethodArg => tikrar::config::Method { Minhash, Simhash }
}
choice! {
    /// `--minhash`.
    MinhashArg => tikrar::sketch::Scheme { Fast, Classic }
}
choice! {
    /// `--link`.
    LinkArg => tikrar::cluster::Link { Anchor, Components }
}
choice! {
    /// `--format`.
    FormatArg => tikrar::read::Format { Jsonl, Txt }
}

/// `--color`, `--progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A number of bytes: digits, then nothing or K, M, G (powers of 1024).
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&text[..at], 10),
        Some((at, 'M' | 'm')) => (&text[..at], 20),
        Some((at, 'G' | 'g')) => (&text[..at], 30),
        _ => (text, 0),
    };
    let wrong = || format!("`{text}` is no size: write bytes, or a number with K, M or G");
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number.checked_shl(unit).filter(|bytes| bytes >> unit == number);
    bytes.filter(|&bytes| bytes > 0).ok_or_else(wrong)
}

/// A number of threads. Idle threads of a pool look for work with one another: of 4,096 on two cores the run of a small
/// folder did not end in two minutes, and no number above that of the cores makes anything faster.
pub(super) fn threads() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(..=1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(size("16M"), Ok(16 << 20));
        assert_eq!(size("1"), Ok(1));
        for wrong in ["", "M", "0", "-1", "1.5G", "99999999999999G", "1T"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn short_help_fits_a_screen() {
        let mut command = Cli::command();
        let dedup = command.find_subcommand_mut("dedup").expect("there is a dedup");
        let lines = dedup.render_help().to_string().lines().count();
        assert!(lines <= 50, "{lines} lines");
    }
}
