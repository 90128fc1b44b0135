//! Signals that would end the process without a word.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGBUS, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Whether a signal asked the run to stop.
pub(crate) fn stop_asked() -> bool {
    STOP.get().is_some_and(|stop| stop.load(Ordering::Relaxed))
}

const CUT_SHORT: &[u8] =
    b"error[E022]: an input was cut short while it was read; nothing was published\n \
help: run again when nothing writes to the input, or on a copy of it, or with --no-mmap\n";

/// Installs the handlers: a first interrupt asks the run to stop and a second kills it; a write
/// over the file size limit becomes an error of that write; a map cut short under the reader ends
/// in a message and exit code 3.
pub(crate) fn install() {
    let stop = STOP.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Order matters: the second signal finds the flag that the first one set.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(stop));
        let _ = signal_hook::flag::register(signal, Arc::clone(stop));
    }
    // A handler that does nothing is enough: the write then fails with EFBIG.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    // SAFETY: the handler calls only write and _exit, which are async-signal-safe, and does not
    // return to the instruction that faulted.
    let _ = unsafe {
        signal_hook::low_level::register(SIGBUS, || {
            let _ = rustix::io::write(rustix::stdio::stderr(), CUT_SHORT);
            signal_hook::low_level::exit(3);
        })
    };
}
