//! The machine that a run runs on. Everything is empty, `None` or 0 where the system does not say.

use std::fs;

use serde::{Deserialize, Serialize};

/// What a run ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of its processor.
    pub cpu: String,
    /// Its cores, as far as the process may use them.
    pub cores: usize,
    /// Threads of the run, or the most of several.
    pub threads: usize,
    /// Operating system and architecture.
    pub system: String,
    /// More that decides on figures; a run does not look for it.
    #[serde(flatten)]
    pub details: Option<Details>,
}

/// What else decides on figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Vector instructions of the processor that the engine has, or may get, kernels for.
    pub vectors: Vec<String>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Version of the operating system.
    pub kernel: Option<String>,
    /// How the frequency is governed; none where the system hides it, as virtual machines do.
    pub governor: Option<String>,
    /// Whether the processor says that it is a virtual one.
    pub virtual_machine: bool,
}

impl Machine {
    /// This machine, for a run on the current rayon pool.
    pub fn this() -> Self {
        Self::of(&read("/proc/cpuinfo"), rayon::current_num_threads())
    }

    /// This machine with all that is known of it.
    pub fn in_detail(threads: usize) -> Self {
        let info = read("/proc/cpuinfo");
        Self { details: Some(Details::of(&info)), ..Self::of(&info, threads) }
    }

    fn of(info: &str, threads: usize) -> Self {
        Self {
            cpu: value(info, "model name").unwrap_or_default().to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            threads,
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            details: None,
        }
    }
}

impl Details {
    fn of(info: &str) -> Self {
        let flags = value(info, "flags").unwrap_or_default();
        let flag = |name: &str| flags.split(' ').any(|flag| flag == name);
        let neon = cfg!(target_arch = "aarch64");
        let known =
            [("AVX2", flag("avx2")), ("AVX-512 VBMI2", flag("avx512_vbmi2")), ("NEON", neon)];
        let memory = read("/proc/meminfo");
        let kib =
            value(&memory, "MemTotal").and_then(|text| text.strip_suffix(" kB")?.parse().ok());
        Self {
            vectors: known.iter().filter(|it| it.1).map(|it| it.0.to_owned()).collect(),
            memory_bytes: kib.map(|kib: u64| kib * 1024),
            kernel: word("/proc/sys/kernel/osrelease"),
            governor: word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            virtual_machine: flag("hypervisor"),
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn word(path: &str) -> Option<String> {
    let text = read(path);
    let word = text.trim();
    (!word.is_empty()).then(|| word.to_owned())
}

/// What stands behind the colon of the first line that begins so.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn details_are_told_only_where_they_were_looked_for() {
        let info = "processor\t: 0\nmodel name\t: A: fast one\nflags\t\t: fpu avx2 hypervisor\n";
        let mut machine = Machine::of(info, 3);
        assert_eq!((machine.cpu.as_str(), machine.threads), ("A: fast one", 3));
        let short = serde_json::to_value(&machine).unwrap();
        assert_eq!(short.as_object().unwrap().len(), 4, "{short}");
        assert_eq!(serde_json::from_value::<Machine>(short).unwrap(), machine);
        machine.details = Some(Details::of(info));
        let long = serde_json::to_value(&machine).unwrap();
        assert!(long["virtual_machine"] == true && long["vectors"][0] == "AVX2", "{long}");
        assert_eq!(serde_json::from_value::<Machine>(long).unwrap(), machine);
    }
}
