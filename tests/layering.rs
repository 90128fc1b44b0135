//! A stage imports only the shared types and the stages above it in `lib.rs`.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of the crate") {
            sources(&entry.expect("an entry").path(), into);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        into.push(path.to_owned());
    }
}

#[test]
fn stages_import_only_what_stands_above_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = fs::read_to_string(src.join("lib.rs")).expect("the root");
    let stages: Vec<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(stages.len() > 10, "{stages:?}");
    let mut below = Vec::new();
    for (place, stage) in stages.iter().enumerate() {
        let mut files = Vec::new();
        let file = src.join(format!("{stage}.rs"));
        sources(if file.exists() { &file } else { Path::new("") }, &mut files);
        if !file.exists() {
            sources(&src.join(stage), &mut files);
        }
        for path in files {
            let text = fs::read_to_string(&path).expect("a source");
            for used in text.lines().filter_map(|line| line.trim().strip_prefix("use crate::")) {
                let name: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let allowed = stages[..=place].contains(&name.as_str());
                if !allowed {
                    below.push(format!("{} imports {name}", path.display()));
                }
            }
        }
    }
    assert!(below.is_empty(), "{below:#?}");
}
