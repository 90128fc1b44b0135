//! What the tests of the engine share: a place to run in, runs by library and by command, and
//! readers of what a run wrote.

pub(crate) mod archive;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tikrar::config::{MatchConfig, OutputConfig};
use tikrar::pipeline::{self, Finished};
use tikrar::progress::NoProgress;
use tikrar::read::{Input, ReadOptions};

use archive::{Archive, Page};

/// A folder for one test, gone when the test is over.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file in it, with the folders it needs.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes a synthetic archive as JSONL; returns its pages too.
    pub(crate) fn put_archive(&self, name: &str, seed: u64, pages: usize) -> (PathBuf, Vec<Page>) {
        let path = self.put(name, "");
        let mut out = BufWriter::new(File::create(&path).unwrap());
        let pages: Vec<Page> = Archive::new(seed, pages).collect();
        for page in &pages {
            page.write(&mut out).unwrap();
        }
        out.flush().unwrap();
        (path, pages)
    }

    /// The command, in this folder, without the settings of whoever runs the tests.
    pub(crate) fn tikrar(&self) -> assert_cmd::Command {
        assert_cmd::Command::from_std(self.std_tikrar())
    }

    /// The same, for tests that need the process while it runs.
    pub(crate) fn std_tikrar(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tikrar"));
        command.current_dir(self.0.path()).env_remove("NO_COLOR").env("LC_ALL", "C");
        command
    }
}

/// Runs the library on files, with its results in `place/name`.
pub(crate) fn dedup(
    place: &Place,
    name: &str,
    inputs: &[PathBuf],
    matching: &MatchConfig,
) -> Finished {
    let output = OutputConfig {
        dir: place.path(name),
        force: false,
        dry_run: false,
        kept: true,
        removed: true,
        segments: true,
        cut_blocks: false,
        annotate: false,
        strict: false,
        report: None,
    };
    let inputs = inputs.iter().cloned().map(Input::Path).collect();
    let read = ReadOptions::default();
    pipeline::dedup(inputs, &read, None, matching, &output, &NoProgress).unwrap()
}

/// The lines of a JSONL file.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A JSON file.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The files below a folder, as sorted paths.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// A file's bytes, unpacked by the ending of its name, as far as they can be.
pub(crate) fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut out = Vec::new();
    let _ = match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out),
        Some("zst") => zstd::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut out),
        _ => return bytes,
    };
    out
}

/// The repository's fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A file of the reference data that lies beside the repository, if it does.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("TIKRAR_SHARED").map_or_else(beside, PathBuf::from).join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The tables of `fixtures/index.toml` under a heading. Each value is also JSON, on one line.
pub(crate) fn index(heading: &str) -> Vec<BTreeMap<String, Value>> {
    let text = fs::read_to_string(fixtures().join("index.toml")).unwrap();
    let heading = format!("[[{heading}]]");
    let sections = text.split("\n\n").filter_map(|section| section.trim().strip_prefix(&heading));
    let entry = |line: &str| {
        let (key, value) = line.split_once(" = ").unwrap();
        (key.to_owned(), serde_json::from_str(value).unwrap())
    };
    sections.map(|section| section.trim().lines().map(entry).collect()).collect()
}
