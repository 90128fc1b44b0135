//! `tikrar segment`.

use std::io::{self, BufWriter, Write};

use tikrar::config::{MatchBy, MatchConfig};
use tikrar::pipeline;
use tikrar::write::SegmentsLine;

use super::args::SegmentArgs;
use super::outfile::{OutFile, apart};
use super::progress::Talk;
use super::{Failure, reading, show};

/// Runs the command; returns the exit code of a run that ended.
pub(super) fn run(args: &SegmentArgs) -> Result<u8, Failure> {
    let read = reading::options(&args.reading);
    let (inputs, stdin) = reading::inputs(&args.inputs);
    let matching = MatchConfig {
        markers: reading::markers(&args.reading)?,
        match_by: MatchBy::Jaccard,
        ..MatchConfig::default()
    };
    let talk = Talk::new(args.progress, args.quiet, false);
    let pool = reading::pool(&args.reading)?;
    let to_stdout = args.out.is_none();
    let run = |out: &mut (dyn Write + Send)| -> Result<pipeline::Cut, Failure> {
        let sink = |line: SegmentsLine| -> Result<(), Failure> {
            if to_stdout {
                let line = serde_json::to_string(&line).map_err(io::Error::from)?;
                out.write_all(show::escaped(&line).as_bytes())?;
            } else {
                serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
            }
            Ok(out.write_all(b"\n")?)
        };
        pool.install(|| {
            pipeline::segment(inputs, &read, stdin, &matching, args.reading.strict, &talk, sink)
        })
    };
    let cut = match &args.out {
        None => {
            let mut out = BufWriter::new(io::stdout());
            let cut = run(&mut out)?;
            out.flush()?;
            cut
        }
        Some(path) => {
            apart(&[("--out", path)], &args.inputs)?;
            let mut out = OutFile::create(path)?;
            let cut = run(&mut out).map_err(|failure| match failure {
                Failure::Stdout(error) => Failure::Run(out.error(error)),
                other @ Failure::Run(_) => other,
            })?;
            out.publish()?;
            cut
        }
    };
    if !args.quiet {
        for warning in &cut.warnings {
            show::say(&format!("warning: {}", show::clean(warning)));
        }
        for reject in &cut.rejects {
            let place = format!("{}:{} (byte {})", reject.path, reject.line, reject.offset);
            show::say(&format!(
                "rejected: {}: {}",
                show::clean(&place),
                show::clean(&reject.error)
            ));
        }
        for problem in &cut.problems {
            show::say(&format!("problem: {}", show::clean(problem)));
        }
    }
    Ok(if cut.problems.is_empty() { 0 } else { 3 })
}
