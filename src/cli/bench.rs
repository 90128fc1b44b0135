//! `tikrar bench`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tikrar::bench::{BenchConfig, Report, Watch, bench, picture, svg};
use tikrar::config::MatchConfig;
use tikrar::error::{ErrorKind, Result};
use tikrar::shingle::Shingle;
use tikrar::synth::{SynthConfig, synthesize};

use super::args::{MatchArg, ScopeArg};
use super::outfile::{OutFile, apart, is_device, unwritable};
use super::{Failure, memory, reading, show, signals};

const EXAMPLES: &str = "\
Examples:
  tikrar bench --threads 1,2,4,8,16,32,64 --pages 200000 --json bench.json --html bench.html
  tikrar bench --pages 200000 --svg scaling.svg   the pictures alone
  tikrar bench crawl.jsonl --threads 1,2 --repeats 7
  tikrar bench --scope page --match jaccard --no-archives

Without IN a synthetic archive is made (see `tikrar synth`). The runs are those of `tikrar dedup` with \
the settings given; what they write goes into a temporary folder beside the JSON and is removed.";

/// Arguments of `tikrar bench`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// Files and folders; none for a synthetic archive
    #[arg(value_name = "IN")]
    inputs: Vec<PathBuf>,
    /// Pages of the synthetic archive
    #[arg(long, value_name = "N", default_value_t = 20_000, conflicts_with = "inputs")]
    pages: u32,
    /// Seed of the synthetic archive
    #[arg(long, value_name = "S", default_value_t = 1, conflicts_with = "inputs")]
    seed: u64,
    /// Numbers of threads to run on [default: 1, 2, 4 … up to one a core]
    #[arg(long, value_name = "N,N…", value_delimiter = ',', value_parser = super::args::threads())]
    threads: Vec<usize>,
    /// Runs that count, for each number of threads
    #[arg(long, value_name = "R", default_value_t = 5)]
    repeats: usize,
    /// Runs before them that do not count
    #[arg(long, value_name = "W", default_value_t = 1)]
    warm_up: usize,
    /// File for all raw times and what follows from them
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// File for a page with pictures
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// File for the pictures alone
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// As for dedup
    #[arg(long, value_enum, default_value_t)]
    scope: ScopeArg,
    /// As for dedup
    #[arg(long = "match", value_name = "BY", value_enum, default_value_t)]
    match_by: MatchArg,
    /// As for dedup
    #[arg(long, value_name = "J", default_value_t = 0.5)]
    threshold: f64,
    /// As for dedup
    #[arg(long)]
    shingle: Option<Shingle>,
    /// Do not write kept/ and removed/
    #[arg(long)]
    no_archives: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &BenchArgs) -> std::result::Result<u8, Failure> {
    if args.inputs.iter().any(|path| path.as_os_str() == "-") {
        let reason = "every run reads the archive again".to_owned();
        let kind = ErrorKind::BadSetting { setting: "IN", value: "-".to_owned(), reason };
        return Err(Failure::Run(kind.into()));
    }
    let json = args.json.as_deref().filter(|path| !is_device(path));
    let beside = json.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    let near = if json.is_some() { PathBuf::from(".") } else { std::env::temp_dir() };
    let work = beside.map_or(near, Path::to_owned);
    // Gone with the archive and all runs, however the command ends.
    let place = tempfile::Builder::new().prefix(".tikrar-bench-").tempdir_in(&work);
    let place = place.map_err(|source| unwritable(&work, source))?;
    let mut config = BenchConfig {
        inputs: args.inputs.clone(),
        threads: args.threads.clone(),
        repeats: args.repeats,
        warm_up: args.warm_up,
        matching: MatchConfig {
            scope: args.scope.into(),
            match_by: args.match_by.into(),
            threshold: args.threshold,
            shingle: args.shingle,
            ..MatchConfig::default()
        },
        read: reading::plain(),
        archives: !args.no_archives,
        work: place.path().to_owned(),
    };
    if config.threads.is_empty() {
        config.threads = powers();
    }
    config.validate()?;
    let named = [("--json", &args.json), ("--html", &args.html), ("--svg", &args.svg)];
    let named = named.into_iter().filter_map(|(flag, path)| Some((flag, path.as_deref()?)));
    apart(&named.collect::<Vec<_>>(), &config.inputs)?;
    // What cannot be written is found before the work, not after it.
    let json = args.json.as_deref().map(OutFile::create).transpose()?;
    let html = args.html.as_deref().map(OutFile::create).transpose()?;
    let drawing = args.svg.as_deref().map(OutFile::create).transpose()?;
    let mut synthetic = None;
    if config.inputs.is_empty() {
        let file = place.path().join("archive.jsonl");
        let archive = SynthConfig { seed: args.seed, ..SynthConfig::new(args.pages) };
        make(&archive, &file)?;
        synthetic = Some(json!({"pages": archive.pages, "seed": archive.seed,
            "copies": archive.copies, "outlets": archive.outlets, "related": archive.related}));
        config.inputs.push(file);
    }
    let mut report = bench(&config, &Talk { quiet: args.quiet })?;
    report.synthetic = synthetic;
    if let Some(mut file) = json {
        serde_json::to_writer_pretty(&mut file, &report)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(|source| file.error(source))?;
        file.publish()?;
    }
    if let Some(file) = html {
        put(file, &picture(&report))?;
    }
    if let Some(file) = drawing {
        put(file, &svg(&report))?;
    }
    if !args.quiet {
        summary(&report)?;
    }
    Ok(0)
}

fn put(mut file: OutFile, text: &str) -> Result<()> {
    file.write_all(text.as_bytes()).map_err(|source| file.error(source))?;
    file.publish()
}

/// 1, 2, 4 and so on, and one a core.
fn powers() -> Vec<usize> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<usize> =
        std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|&n| n < cores).collect();
    all.push(cores);
    all
}

fn make(config: &SynthConfig, file: &Path) -> Result<()> {
    let open = || File::create(file).map(|file| BufWriter::with_capacity(1 << 18, file));
    let mut out = open().map_err(|source| unwritable(file, source))?;
    match synthesize(config, &mut out, &mut io::sink(), &signals::stop_asked)? {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            Err(ErrorKind::Interrupted.into())
        }
        Err(error) => Err(unwritable(file, error)),
    }
}

struct Talk {
    quiet: bool,
}

impl Watch for Talk {
    fn before_run(&self) {
        memory::give_all_back();
    }

    fn ran(&self, threads: usize, repeat: usize, warm_up: bool, wall_s: f64) {
        if !self.quiet {
            let kind = if warm_up { "warm-up" } else { "run" };
            show::say(&format!("{kind} {} on {threads}: {wall_s:.3} s", repeat + 1));
        }
    }

    fn cancelled(&self) -> bool {
        signals::stop_asked()
    }
}

fn summary(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} pages, {}; medians of {} runs",
        show::count(report.pages),
        show::bytes(report.bytes),
        report.repeats
    )?;
    let row = |out: &mut io::StdoutLock<'_>, name: &str, cells: [String; 10]| {
        write!(out, "{name:<24}")?;
        cells.iter().try_for_each(|cell| write!(out, " {cell:>10}"))?;
        writeln!(out)
    };
    let head = [
        "threads",
        "wall s",
        "MAD s",
        "no wait s",
        "CPU s",
        "beside s",
        "GB/s",
        "items/s",
        "cores",
        "peak +MB",
    ];
    row(&mut out, "", head.map(str::to_owned))?;
    let mega = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    for total in &report.totals {
        for stage in report.stages.iter().filter(|stage| stage.threads == total.threads) {
            let cells = [
                stage.threads.to_string(),
                format!("{:.3}", stage.wall.median),
                format!("{:.3}", stage.wall.mad),
                known(stage.quiet.as_ref().map(|quiet| quiet.median), |s| format!("{s:.3}")),
                format!("{:.3}", stage.cpu.median),
                format!("{:.3}", stage.beside.median),
                known(stage.gb_per_s, |rate| format!("{rate:.2}")),
                known(stage.items_per_s, |rate| show::count(rate as u64)),
                known(stage.cores_busy, |cores| format!("{cores:.2}")),
                mega(stage.peak_bytes),
            ];
            row(&mut out, stage.stage, cells)?;
        }
        let cells = [
            total.threads.to_string(),
            format!("{:.3}", total.wall.median),
            format!("{:.3}", total.wall.mad),
            known(total.quiet.as_ref().map(|quiet| quiet.median), |s| format!("{s:.3}")),
            format!("{:.3}", total.cpu.median),
            String::new(),
            format!("{:.2}", total.gb_per_s),
            show::count(total.pages_per_s as u64),
            format!("{:.2}", total.cores_busy),
            mega(total.peak_bytes),
        ];
        row(&mut out, "whole run", cells)?;
    }
    for base in &report.baselines {
        writeln!(
            out,
            "{:<24} {:>10} {:>10.3} {:>10.3} {:>10} {:>10.3} {:>10} {:>10.2}   the engine takes {:.1} x its CPU",
            base.baseline.name(),
            base.threads,
            base.wall.median,
            base.wall.mad,
            "",
            base.cpu.median,
            "",
            base.gb_per_s,
            base.engine_cpu_ratio
        )?;
    }
    for (scale, fit) in report.gains() {
        let limit = scale.limit_64.map_or_else(
            || "too unsteady to say what 64 cores would gain".to_owned(),
            |limit| format!("at most {limit:.1} x on 64 cores"),
        );
        writeln!(
            out,
            "{:<24} {:.3} s stay, {:.3} s are shared (fit: {}): serial share {:.1} % (measured {}), {limit}; \
             CPU x {:.2}, {:+.4} s a further thread",
            scale.stage.unwrap_or("whole run"),
            fit.fixed_s,
            fit.shared_s,
            scale.fit_check(),
            fit.serial_share() * 100.0,
            scale.measured_shares(),
            scale.cpu_growth,
            scale.cpu_per_thread_s.unwrap_or(0.0)
        )?;
    }
    report.findings.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    out.flush()?;
    report.warnings.iter().for_each(|line| show::say(&format!("warning: {line}")));
    Ok(())
}

/// A figure, or that there is none.
fn known(figure: Option<f64>, tell: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|| "-".to_owned(), tell)
}
