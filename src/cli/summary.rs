//! The last words of a run.

use std::io::IsTerminal;

use tikrar::pipeline::Finished;

use super::args::When;
use super::show::{bytes, clean, count, isolated, say};

/// Whether to color.
pub(crate) fn colored(when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            std::io::stderr().is_terminal() && !unwanted
        }
    }
}

/// Prints why the exit code is not 0.
pub(crate) fn problems(run: &Finished, color: bool) {
    let name = if color { "\x1b[33mproblem:\x1b[0m" } else { "problem:" };
    for problem in &run.stats.problems {
        say(&format!("{name} {}", clean(problem)));
    }
}

/// Prints the ledger, the largest clusters, and what went wrong.
pub(crate) fn print(run: &Finished, color: bool) {
    let bold = |text: &str| {
        if color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    };
    let warn = |text: &str| {
        if color { format!("\x1b[33m{text}\x1b[0m") } else { text.to_owned() }
    };
    let stats = &run.stats;
    let ledger = &stats.ledger;
    let row = |name: &str, records: u64, size: u64, more: &str| {
        say(&format!(
            "{} {:>12} {:>9}  {more}",
            bold(&format!("{name:<9}")),
            count(records),
            bytes(size)
        ));
    };
    row("read", ledger.read, ledger.bytes.read, "");
    row("kept", ledger.kept, ledger.bytes.kept, "");
    if ledger.cut_pages > 0 {
        row("cut", ledger.cut_pages, ledger.bytes.cut, "of their texts, in cuts.jsonl");
    }
    let exact = format!("{} of them exact copies", count(stats.funnel.exact_removed));
    row("removed", ledger.removed, ledger.bytes.removed, &exact);
    row("rejected", ledger.rejected, ledger.bytes.rejected, "");
    say(&format!(
        "{} {:>12}            stories on two or more pages",
        bold("clusters "),
        count(stats.clusters)
    ));
    for cluster in &run.largest {
        let outlets = cluster.outlets.len();
        let from = if outlets > 0 { format!(" from {outlets} outlets") } else { String::new() };
        say(&format!("{:>6} pages{from}: {}", cluster.size, isolated(&cluster.title)));
    }
    for warning in stats.warnings.iter().chain(&run.warnings) {
        say(&format!("{} {}", warn("warning:"), clean(warning)));
    }
    if stats.wordless > 0 {
        let message = format!("{} pages hold no word; they are kept", count(stats.wordless));
        say(&format!("{} {message}", warn("warning:")));
    }
    if ledger.rejected > 0 {
        for reject in &run.rejects {
            let place = format!("{}:{} (byte {})", reject.path, reject.line, reject.offset);
            say(&format!("{} {}: {}", warn("rejected:"), clean(&place), clean(&reject.error)));
        }
        let more = ledger.rejected - run.rejects.len() as u64;
        if more > 0 {
            say(&format!("{} {} more, all in rejected.jsonl", warn("rejected:"), count(more)));
        }
    }
    if ledger.rejected * 2 > ledger.read {
        let advice = "more than half of the records were rejected; look at the field settings";
        say(&format!("{} {advice}", warn("warning:")));
    }
    problems(run, color);
    let speed = &stats.throughput;
    say(&format!(
        "{:.1} MB/s, {} pages/s, at most {} of memory",
        speed.mb_per_s,
        count(speed.pages_per_s as u64),
        bytes(stats.peak_rss_bytes)
    ));
    match &run.dir {
        Some(dir) => {
            say(&format!("written to {}", clean(&dir.display().to_string())));
            let page = dir.join(tikrar::report::FILE);
            if page.exists() {
                say(&format!("report: {}", clean(&page.display().to_string())));
            }
        }
        None => say("nothing was written (dry run)"),
    }
}
