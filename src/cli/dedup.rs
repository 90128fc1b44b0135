//! `tikrar dedup`.

use std::io::{self, Write};
use std::path::Path;

use tikrar::cluster::KeepOrder;
use tikrar::config::{BandingChoice, MatchConfig, OutputConfig};
use tikrar::error::{Error, ErrorKind, Result};
use tikrar::pipeline;

use super::args::DedupArgs;
use super::progress::Talk;
use super::{Failure, reading, show, summary};

/// Runs the command; returns the exit code of a run that ended.
pub(super) fn run(args: &DedupArgs) -> std::result::Result<u8, Failure> {
    let matching = matching(args)?;
    let output = OutputConfig {
        dir: args.out.clone().unwrap_or_default(),
        force: args.force,
        dry_run: args.dry_run,
        kept: !args.no_kept,
        removed: !args.no_removed,
        segments: args.segments,
        cut_blocks: args.cut_blocks,
        annotate: args.annotate,
        strict: args.reading.strict,
        report: args.report.config(),
    };
    let read = reading::options(&args.reading);
    let (inputs, stdin) = reading::inputs(&args.inputs);
    let talk = Talk::new(args.progress, args.quiet, args.verbose);
    if args.verbose {
        let banding = matching.validate()?;
        show::say(&format!(
            "copies from Jaccard {} on {}, by {} bands of {} rows",
            matching.threshold,
            matching.long_shingle(),
            banding.bands(),
            banding.rows()
        ));
    }
    let pool = reading::pool(&args.reading)?;
    let finished =
        pool.install(|| pipeline::dedup(inputs, &read, stdin, &matching, &output, &talk))?;
    if args.quiet {
        summary::problems(&finished, summary::colored(args.color));
    } else {
        summary::print(&finished, summary::colored(args.color));
    }
    if args.json {
        let mut out = io::stdout().lock();
        show::json(&mut out, &finished.stats)?;
        out.flush()?;
    }
    match finished.exit_code() {
        0 => args.report.gate(&finished.stats.ledger),
        code => Ok(code),
    }
}

fn matching(args: &DedupArgs) -> Result<MatchConfig> {
    let (keep, outlets) = keeping(&args.keep)?;
    let banding = match (args.bands, args.rows) {
        (Some(bands), Some(rows)) => BandingChoice::Fixed { bands, rows },
        _ => BandingChoice::Recall { recall: args.recall },
    };
    let matching = MatchConfig {
        scope: args.scope.into(),
        markers: reading::markers(&args.reading)?,
        match_by: args.match_by.into(),
        drop_contained: args.drop_contained,
        fold: args.fold.into(),
        shingle: args.shingle,
        threshold: args.threshold,
        method: args.method.into(),
        hamming: args.hamming,
        minhash: args.minhash.into(),
        signature: args.signature,
        banding,
        link: args.link.into(),
        keep,
        outlets,
        max_lost_words: args.max_lost_words,
        pairs: args.pairs,
    };
    matching.validate()?;
    Ok(matching)
}

fn keeping(rule: &str) -> Result<(KeepOrder, Vec<String>)> {
    let order = match rule {
        "earliest" => KeepOrder::earliest(),
        "longest" => KeepOrder::longest(),
        "first" => KeepOrder::first(),
        file => return Ok((KeepOrder::outlets(), outlets(Path::new(file))?)),
    };
    Ok((order, Vec::new()))
}

fn outlets(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::from(ErrorKind::BadSetting {
            setting: "--keep",
            value: path.display().to_string(),
            reason: format!("it is not earliest, longest or first, and no file to read: {error}"),
        })
    })?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
