//! What the system says of this process and of other work. Everything is `None` or 0 where it does not
//! say.

use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Programs that wanted a core over the last minute.
pub(super) fn load() -> Option<f64> {
    read("/proc/loadavg").split(' ').next()?.parse().ok()
}

/// Seconds that the host gave to others while this machine wanted to run, over all cores.
pub(super) fn stolen_seconds() -> f64 {
    let stat = read("/proc/stat");
    let ticks = stat.lines().next().and_then(|line| line.split_whitespace().nth(8));
    ticks.and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0) / 100.0
}

/// Seconds that the threads of this process were ready to run, and others had the cores.
pub(super) fn waited_seconds() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let waited = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').nth(1)?.trim().parse::<u64>().ok()
    });
    waited.sum::<u64>() as f64 / 1e9
}

/// Memory of this process, in bytes, file pages included.
pub(super) fn resident_bytes() -> u64 {
    status("VmRSS:")
}

/// Memory of this process that belongs to no file, in bytes.
pub(super) fn anonymous_bytes() -> u64 {
    status("RssAnon:")
}

fn status(key: &str) -> u64 {
    let status = read("/proc/self/status");
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Lets the peak of memory start anew from what is held now.
pub(super) fn reset_peak() {
    // Where this cannot be written, peaks are those since the start of the process.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
