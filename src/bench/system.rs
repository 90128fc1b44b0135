//! What the system says of itself. Everything is `None` or 0 where it does not say.

use std::fs;

use serde::Serialize;

/// The machine, as far as it decides on figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Name of the processor.
    pub cpu: Option<String>,
    /// Vector instructions of the processor that the engine has, or may get, kernels for.
    pub vectors: Vec<&'static str>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Operating system and its version.
    pub system: Option<String>,
    /// How the frequency is governed; none where the system hides it, as virtual machines do.
    pub governor: Option<String>,
    /// Whether the processor says that it is a virtual one.
    pub virtual_machine: bool,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let info = read("/proc/cpuinfo");
        let value = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let flags = value(&info, "flags").unwrap_or_default();
        let flag = |name: &str| flags.split(' ').any(|flag| flag == name);
        let mut vectors = Vec::new();
        for (name, flag) in
            [("AVX2", flag("avx2")), ("AVX-512 VBMI2", flag("avx512_vbmi2")), ("NEON", NEON)]
        {
            if flag {
                vectors.push(name);
            }
        }
        let memory = value(&read("/proc/meminfo"), "MemTotal");
        let kib = memory.and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: value(&info, "model name"),
            vectors,
            memory_bytes: kib.map(|kib| kib * 1024),
            system: word("/proc/sys/kernel/osrelease").map(|version| format!("Linux {version}")),
            governor: word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            virtual_machine: flag("hypervisor"),
        }
    }
}

const NEON: bool = cfg!(target_arch = "aarch64");

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn word(path: &str) -> Option<String> {
    let text = read(path);
    let word = text.trim();
    (!word.is_empty()).then(|| word.to_owned())
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

/// Memory of this process that belongs to no file, in bytes.
pub(super) fn anonymous_bytes() -> u64 {
    let status = read("/proc/self/status");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Lets the peak of memory start anew from what is held now.
pub(super) fn reset_peak() {
    // Where this cannot be written, peaks are those since the start of the process.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
