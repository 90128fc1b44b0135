//! Processor time: the figure of the work itself, whatever else the machine does.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this thread has run.
#[allow(dead_code, reason = "not every benchmark measures a thread")]
pub(crate) fn thread() -> Duration {
    of(ClockId::ThreadCPUTime)
}

/// What this process has run, and the children it has waited for.
#[allow(dead_code, reason = "few benchmarks have children")]
pub(crate) fn with_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // User and system time of children: fields 16 and 17 of proc_pid_stat(5), in ticks of which
    // Linux shows a hundred a second to programs, whatever it counts by itself.
    let ticks: u64 = fields[13..15].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    of(ClockId::ProcessCPUTime) + Duration::from_millis(ticks * 10)
}

fn of(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap()
}

/// Whether everything is only to be done once, to see that its answers hold: `cargo bench -- --test`.
#[allow(dead_code, reason = "criterion asks for itself")]
pub(crate) fn is_test() -> bool {
    std::env::args().any(|arg| arg == "--test")
}
