//! Progress: a bar on a terminal, a line a stage otherwise.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tikrar::progress::{Progress, Stage};

use super::args::When;
use super::{show, signals};

/// Tells the user how far a run is.
pub(crate) struct Talk {
    bars: bool,
    lines: bool,
    bar: Mutex<Option<ProgressBar>>,
    pages: Mutex<u64>,
}

impl Talk {
    /// `quiet` says nothing at all; `verbose` prints stages on a terminal too.
    pub(crate) fn new(progress: When, quiet: bool, verbose: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let bars = match progress {
            When::Auto => terminal && !quiet,
            When::Always => true,
            When::Never => false,
        };
        let lines = !quiet && (verbose || !terminal);
        Self { bars, lines, bar: Mutex::default(), pages: Mutex::default() }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Talk {
    fn start(&self, stage: Stage, bytes: Option<u64>) {
        *self.pages.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        if !self.bars {
            return;
        }
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes).with_style(style(
                "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left, {prefix}",
            )),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg} {prefix}")),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.set_message(stage.label());
        bar.enable_steady_tick(Duration::from_millis(100));
        *self.bar() = Some(bar);
    }

    fn add(&self, items: u64, bytes: u64) {
        if !self.bars {
            return;
        }
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        *pages += items;
        if let Some(bar) = self.bar().as_ref() {
            bar.inc(bytes);
            bar.set_prefix(format!("{} done", show::count(*pages)));
        }
    }

    fn finish(&self, stage: Stage, items: u64, bytes: u64, wall: f64) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
        if self.lines {
            let size = if bytes > 0 { format!(", {}", show::bytes(bytes)) } else { String::new() };
            let items = show::count(items);
            show::say(&format!("{:<28} {items:>12}{size} in {wall:.2} s", stage.label()));
        }
    }

    fn cancelled(&self) -> bool {
        signals::stop_asked()
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; one that did not parse would show the default bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
