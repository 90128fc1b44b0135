//! `tikrar restore`.

use std::io::{self, Write};

use tikrar::prove::{RestoreConfig, restore};

use super::Failure;
use super::args::RestoreArgs;
use super::progress::Talk;
use super::show::{bytes, clean, count, counted, json, say};

/// Runs the command.
pub(super) fn run(args: &RestoreArgs) -> Result<u8, Failure> {
    let talk = Talk::new(args.progress, args.quiet, false);
    let config = RestoreConfig { out: args.out.clone(), force: args.force };
    let restored = restore(&args.dir, &config, &talk)?;
    if args.json {
        let mut out = io::stdout().lock();
        json(&mut out, &restored)?;
        out.flush()?;
    }
    if !args.quiet {
        say(&format!(
            "restored {}, {}; every hash is that of the input",
            counted(restored.files, "file"),
            bytes(restored.bytes)
        ));
        if restored.packed_again > 0 {
            say(&format!(
                "{} of them were packed again: their unpacked bytes are those of the input",
                count(restored.packed_again)
            ));
        }
        for name in &restored.broken {
            say(&format!(
                "warning: {} broke off when it was read; it is whole up to there",
                clean(name)
            ));
        }
        for warning in &restored.warnings {
            say(&format!("warning: {}", clean(warning)));
        }
        say(&format!("written to {}", clean(&restored.out.display().to_string())));
    }
    Ok(0)
}
