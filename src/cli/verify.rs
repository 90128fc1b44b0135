//! `tikrar verify`.

use std::io::{self, Write};

use tikrar::prove::{Origin, Proof, verify};

use super::args::VerifyArgs;
use super::progress::Talk;
use super::show::{Style, bytes, count, counted, json};
use super::{Failure, reading};

/// Faults that are printed; `--json` has more.
const FAULTS: usize = 50;

/// Runs the command; returns its exit code.
pub(super) fn run(args: &VerifyArgs) -> Result<u8, Failure> {
    let shared = &args.shared;
    let talk = Talk::new(shared.progress, shared.quiet, false);
    let options = reading::proving(shared);
    let pool = reading::threads(shared.threads)?;
    let mut proof = pool.install(|| verify(&args.dir, &options, &talk))?;
    if let Some(weakest) = &mut proof.weakest {
        weakest.truncate(args.weakest);
    }
    let mut out = io::stdout().lock();
    if shared.json {
        json(&mut out, &proof)?;
    } else {
        print(&mut out, &proof, &Style::stdout(shared.color), shared.quiet)?;
    }
    out.flush()?;
    Ok(proof.exit_code())
}

fn print(out: &mut impl Write, proof: &Proof, style: &Style, quiet: bool) -> io::Result<()> {
    if !quiet {
        balance(out, proof, style)?;
    }
    if !quiet || !proof.is_whole() {
        for what in &proof.left_out {
            writeln!(out, "{} {}", style.warn("not checked:"), style.text(what))?;
        }
    }
    if !quiet {
        weakest(out, proof, style)?;
    }
    for path in &proof.unreadable {
        writeln!(out, "{} {}", style.bad("cannot be read:"), style.text(path))?;
    }
    for fault in proof.faults.iter().take(FAULTS) {
        let (place, what) = (style.short(&fault.place), style.text(&fault.what));
        writeln!(out, "{} {}: {place}: {what}", style.bad("fault:"), fault.check)?;
    }
    let more = proof.fault_count - proof.faults.len().min(FAULTS) as u64;
    if more > 0 {
        writeln!(out, "{} {} more", style.bad("fault:"), count(more))?;
    }
    match proof.fault_count {
        0 if quiet || !proof.unreadable.is_empty() => Ok(()),
        0 if proof.is_whole() => writeln!(out, "{}", style.good("no fault was found")),
        0 => writeln!(out, "{}", style.warn("no fault was found in what could be checked")),
        faults => writeln!(out, "{}", style.bad(&counted(faults, "fault"))),
    }
}

fn balance(out: &mut impl Write, proof: &Proof, style: &Style) -> io::Result<()> {
    let gone = match proof.originals_gone {
        0 => String::new(),
        gone => format!(", {} gone", count(gone)),
    };
    let from = match proof.origin {
        Some(Origin::Originals) => "read from the originals",
        Some(Origin::Rebuilt) => "rebuilt from the run's own files",
        None => "not read",
    };
    writeln!(
        out,
        "originals {:>12} as they were{gone}; pages {from}",
        count(proof.originals_same)
    )?;
    writeln!(out, "files     {:>12} of the run, against the manifest", count(proof.files))?;
    if let Some(rebuilt) = proof.rebuilt {
        let rebuilt = count(rebuilt);
        writeln!(
            out,
            "rebuilt   {rebuilt:>12} inputs, byte for byte, from kept, removed, rejected and cut"
        )?;
    }
    if let Some(ledger) = &proof.ledger {
        for (name, records, size) in [
            ("read", ledger.read, ledger.bytes.read),
            ("kept", ledger.kept, ledger.bytes.kept),
            ("removed", ledger.removed, ledger.bytes.removed),
            ("rejected", ledger.rejected, ledger.bytes.rejected),
        ] {
            let name = style.bold(&format!("{name:<9}"));
            writeln!(out, "{name} {:>12} {:>9}", count(records), bytes(size))?;
        }
    }
    if let Some(clusters) = proof.clusters {
        writeln!(out, "clusters  {:>12} with one keeper each", count(clusters))?;
    }
    if let Some(removals) = proof.removals {
        writeln!(out, "removals  {:>12} scored again from their texts", count(removals))?;
    }
    Ok(())
}

fn weakest(out: &mut impl Write, proof: &Proof, style: &Style) -> io::Result<()> {
    let removals = proof.weakest.as_deref().unwrap_or_default();
    if removals.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{}",
        style.bold("weakest removals (similarity, lost words, page, its keeper):")
    )?;
    for removal in removals {
        let words: Vec<String> = removal.lost_rarest.iter().map(|word| style.short(word)).collect();
        writeln!(
            out,
            "  {:.4} {:>6}  {}  {}  {}",
            removal.similarity,
            count(removal.lost_words),
            style.short(&removal.id),
            style.short(&removal.keep),
            words.join(" ")
        )?;
    }
    Ok(())
}
