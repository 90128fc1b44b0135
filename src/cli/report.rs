//! `tikrar report`, and what `dedup` has to do with it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tikrar::error::{Error, ErrorKind};
use tikrar::evaluate::{Found, SampleRecall};
use tikrar::pipeline;
use tikrar::report::{Lang, ReportConfig, make_report};
use tikrar::write::Ledger;

use super::args::When;
use super::progress::Talk;
use super::{Failure, reading, show};

/// Arguments of `tikrar report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tikrar report RUN
  tikrar report RUN --lang ar --report-max-mb 60

The page is made from RUN alone; it needs no network, and no script for its tables and charts.")]
pub(crate) struct ReportArgs {
    /// Folder of a run
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Measure the run's recall on so many pages drawn, and tell it in the report
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) recall_sample: usize,
    /// Read the files of the run instead of mapping them
    #[arg(long, hide_short_help = true)]
    pub(crate) no_mmap: bool,
    /// Print errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Progress bars: auto, always or never
    #[arg(long, value_enum, default_value_t, hide_short_help = true)]
    pub(crate) progress: When,
}

/// What the page is like.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PageArgs {
    /// Language of the report: en or ar; the page can be switched to the other
    #[arg(long, value_enum, default_value_t, help_heading = "Report", hide_short_help = true)]
    pub(crate) lang: LangArg,
    /// Most megabytes of the report; what is left out is said in it
    #[arg(long, value_name = "N", default_value_t = 25, help_heading = "Report")]
    #[arg(value_parser = clap::value_parser!(u64).range(2..=2000), hide_short_help = true)]
    pub(crate) report_max_mb: u64,
}

/// `--lang`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArg {
    /// English
    #[default]
    En,
    /// Arabic
    Ar,
}

impl PageArgs {
    fn config(self) -> ReportConfig {
        let lang = match self.lang {
            LangArg::En => Lang::En,
            LangArg::Ar => Lang::Ar,
        };
        ReportConfig { lang, max_mb: self.report_max_mb }
    }
}

/// What `tikrar dedup` says about its result.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ReportOfRunArgs {
    /// Do not make report.html
    #[arg(long, help_heading = "Output")]
    pub(crate) no_report: bool,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Exit with 1 if a larger share of the pages was removed than this, in percent
    #[arg(long, value_name = "PERCENT", help_heading = "Report", hide_short_help = true)]
    #[arg(value_parser = percent)]
    pub(crate) fail_over: Option<f64>,
}

/// A number from 0 to 100, with or without a sign of percent.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim().parse::<f64>().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("`{text}` is no share: write a number from 0 to 100"))
}

impl ReportOfRunArgs {
    pub(super) fn config(self) -> Option<ReportConfig> {
        (!self.no_report).then(|| self.page.config())
    }

    /// Exit code of a run that did all its work.
    pub(super) fn gate(self, ledger: &Ledger) -> Result<u8, Failure> {
        let removed = 100.0 * ledger.removed as f64 / (ledger.read as f64).max(1.0);
        match self.fail_over {
            Some(most) if removed > most => {
                let reason = format!(
                    "{removed:.2} % of the pages were removed, and --fail-over allows {most} %"
                );
                Err(Error::from(ErrorKind::GateFailed { reason }).into())
            }
            _ => Ok(0),
        }
    }
}

/// Measures the recall of a run by a sample of its pages, which are read from its own folders: where links
/// stand in their place it has none.
pub(super) fn measure_recall(
    dir: &Path,
    found: &Found,
    threshold: f64,
    size: usize,
    talk: &Talk,
) -> Result<SampleRecall, Failure> {
    for name in ["kept", "removed"] {
        if dir.join(name).is_symlink() {
            let (value, reason) = (dir.display().to_string(), format!("its {name}/ is a link"));
            return Err(Error::from(ErrorKind::BadSetting { setting: "DIR", value, reason }).into());
        }
    }
    Ok(pipeline::measure_recall(dir, found, threshold, size, talk)?)
}

/// Runs the command.
pub(super) fn run(args: &ReportArgs) -> Result<u8, Failure> {
    let config = args.page.config();
    let talk = Talk::new(args.progress, args.quiet, false);
    let recall = match args.recall_sample {
        0 => None,
        size => {
            let found = Found::read(&args.dir, &talk)?;
            let threshold = found.settings.threshold;
            Some(measure_recall(&args.dir, &found, threshold, size, &talk)?)
        }
    };
    let (path, made) =
        make_report(&args.dir, &config, reading::maps(args.no_mmap), recall.as_ref(), &talk)?;
    if !args.quiet {
        let size = show::bytes(made.bytes);
        let path = show::clean(&path.display().to_string());
        let clusters = show::counted(made.clusters as u64, "cluster");
        let texts = show::counted(made.texts as u64, "text");
        show::say(&format!("{path}: {size}, {clusters}, {texts} beside another"));
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        assert_eq!(percent("30"), Ok(30.0));
        assert_eq!(percent("12.5%"), Ok(12.5));
        for wrong in ["", "%", "-1", "101", "NaN", "ten"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
