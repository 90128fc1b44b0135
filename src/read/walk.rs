//! Inputs to files: which files there are to read, and under what names.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::names::{self, Unnamed};
use super::sniff::{self, Compression, Format};
use super::{Problem, Warning};

/// A file to open.
#[derive(Debug)]
pub(crate) struct Found {
    /// Where it is, as the input was given.
    pub(crate) path: PathBuf,
    /// Its name in the run.
    pub(crate) name: String,
    /// The folder it lies in, its input's own folder included.
    pub(crate) folder: Option<String>,
    /// Format, where the name or the caller says it.
    pub(crate) format: Option<Format>,
    /// Packing, where the name says it.
    pub(crate) compression: Option<Compression>,
}

/// What the inputs hold.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Sorted by name.
    pub(crate) files: Vec<Found>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
}

struct Candidate {
    path: PathBuf,
    identity: (u64, u64),
    place: Unnamed,
}

struct Walker {
    format: Option<Format>,
    candidates: Vec<Candidate>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    skipped: BTreeMap<String, (u64, String)>,
}

/// Finds the files of `inputs`. Names in `reserved` are given to none of them. The result does
/// not depend on the order of `inputs`.
///
/// Symbolic links to folders are followed only where they are named as an input. Files in folders
/// are taken by their extension; with a `format` given, all that are not hidden are taken.
pub(crate) fn walk(inputs: &[PathBuf], format: Option<Format>, reserved: &[&str]) -> Walk {
    let mut walker = Walker {
        format,
        candidates: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
        skipped: BTreeMap::new(),
    };
    for input in inputs {
        walker.input(input);
    }
    walker.finish(reserved)
}

impl Walker {
    fn input(&mut self, path: &Path) {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.problem(path, &error.to_string()),
        };
        let mut base = names::parts(path);
        if metadata.is_dir() {
            return self.folder(path, &Rc::from(base));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let (None, Some(kind)) = (self.format, sniff::unread(&name)) {
            let error = format!("{kind} is not read; turn it into JSONL, or set a format");
            return self.problem(path, &error);
        }
        let below = base.pop().into_iter().collect();
        self.file(path, &metadata, Unnamed { base: base.into(), below });
    }

    fn folder(&mut self, root: &Path, base: &Rc<[String]>) {
        let mut open = vec![(root.to_owned(), Vec::new())];
        while let Some((folder, below)) = open.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.problem(&folder, &error.to_string());
                    continue;
                }
            };
            for entry in entries {
                match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?, entry))) {
                    Err(error) => self.problem(&folder, &error.to_string()),
                    Ok((path, kind, entry)) => {
                        let mut below: Vec<String> = below.clone();
                        below.push(names::readable(&entry.file_name()));
                        if kind.is_dir() {
                            open.push((path, below));
                        } else {
                            self.entry(&path, base, below);
                        }
                    }
                }
            }
        }
    }

    /// One entry of a folder that is no folder itself.
    fn entry(&mut self, path: &Path, base: &Rc<[String]>, below: Vec<String>) {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.problem(path, &error.to_string()),
        };
        if metadata.is_dir() {
            self.warnings.push(Warning::LinkedFolder { path: path.to_owned() });
            return;
        }
        let name = below.last().map_or("", String::as_str);
        let wanted = match self.format {
            Some(_) => !name.starts_with('.'),
            None => sniff::by_name(name).0.is_some(),
        };
        if metadata.is_file() && !wanted {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            let joined = below.join("/");
            let (count, example) =
                self.skipped.entry(extension.to_owned()).or_insert_with(|| (0, joined.clone()));
            *count += 1;
            if joined < *example {
                *example = joined;
            }
            return;
        }
        self.file(path, &metadata, Unnamed { base: Rc::clone(base), below });
    }

    fn file(&mut self, path: &Path, metadata: &Metadata, place: Unnamed) {
        let kind = metadata.file_type();
        if kind.is_file() {
            let identity = (metadata.dev(), metadata.ino());
            self.candidates.push(Candidate { path: path.to_owned(), identity, place });
        } else if kind.is_fifo() {
            self.problem(path, "a pipe, not a file; send it to stdin and name - instead");
        } else {
            self.problem(path, "a device or socket, not a file");
        }
    }

    fn problem(&mut self, path: &Path, error: &str) {
        self.problems.push(Problem {
            path: path.to_owned(),
            offset: None,
            error: error.to_owned(),
        });
    }

    fn finish(mut self, reserved: &[&str]) -> Walk {
        let files = self.named(reserved);
        for (extension, (files, example)) in self.skipped {
            self.warnings.push(Warning::Skipped { extension, files, example });
        }
        self.problems.sort();
        self.problems.dedup();
        self.warnings.sort();
        self.warnings.dedup();
        Walk { files, problems: self.problems, warnings: self.warnings }
    }

    fn named(&mut self, reserved: &[&str]) -> Vec<Found> {
        // Of the names of one file the one that tells most about where it lies is kept.
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_by(|a, b| {
            let told = |c: &Candidate| std::cmp::Reverse(c.place.below.len());
            (a.identity, told(a), &a.place.below, &a.path).cmp(&(
                b.identity,
                told(b),
                &b.place.below,
                &b.path,
            ))
        });
        candidates.dedup_by(|again, first| {
            let same = again.identity == first.identity;
            if same {
                self.warnings.push(Warning::SameFile {
                    read: first.path.clone(),
                    again: again.path.clone(),
                });
            }
            same
        });

        let (paths, places): (Vec<_>, Vec<_>) =
            candidates.into_iter().map(|c| (c.path, c.place)).unzip();
        let names = names::distinct(&places, reserved);
        let mut files: Vec<Found> = Vec::with_capacity(names.len());
        for ((path, place), name) in paths.into_iter().zip(places).zip(names) {
            let own_name = place.below.last().map_or("", String::as_str);
            let (by_name, compression) = sniff::by_name(own_name);
            let outer = place.base.last();
            let folder = place.below.len().checked_sub(2).map_or(outer, |at| place.below.get(at));
            files.push(Found {
                folder: folder.cloned(),
                format: self.format.or(by_name),
                compression,
                path,
                name,
            });
        }
        files.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        let problems = &mut self.problems;
        files.dedup_by(|again, first| {
            let same = again.name == first.name || reserved.contains(&again.name.as_str());
            if same {
                problems.push(Problem {
                    path: again.path.clone(),
                    offset: None,
                    error: format!("would have the name {} as well; rename it", again.name),
                });
            }
            same
        });
        files
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        root
    }

    fn found(walk: &Walk) -> Vec<(&str, Option<&str>)> {
        walk.files.iter().map(|file| (file.name.as_str(), file.folder.as_deref())).collect()
    }

    #[test]
    fn folders_and_files_mix_in_any_order() {
        let root = tree(&["news/b/2.txt", "news/a/1.jsonl.gz", "news/c.csv", "x/3.ndjson"]);
        let inputs = [root.path().join("x/3.ndjson"), root.path().join("news")];
        let walked = walk(&inputs, None, &[]);
        assert_eq!(
            found(&walked),
            [("3.ndjson", Some("x")), ("a/1.jsonl.gz", Some("a")), ("b/2.txt", Some("b"))]
        );
        let skipped =
            Warning::Skipped { extension: "csv".into(), files: 1, example: "c.csv".into() };
        assert_eq!(walked.warnings, [skipped]);
        assert!(walked.problems.is_empty());

        let mut turned = inputs;
        turned.reverse();
        assert_eq!(found(&walk(&turned, None, &[])), found(&walked));
    }

    #[test]
    fn clashing_names_get_their_folder() {
        let root = tree(&["a/n/1.txt", "b/n/1.txt"]);
        let inputs = [root.path().join("b/n"), root.path().join("a/n/1.txt")];
        let walked = walk(&inputs, None, &[]);
        assert_eq!(found(&walked), [("a/n/1.txt", Some("n")), ("b/n/1.txt", Some("n"))]);
    }

    #[test]
    fn one_file_is_read_once() {
        let root = tree(&["d/s/1.txt"]);
        let dir = root.path().join("d");
        fs::hard_link(dir.join("s/1.txt"), dir.join("zz.txt")).unwrap();
        let inputs = [dir.join("s/1.txt"), dir.clone(), dir.join("s"), dir.clone()];
        let walked = walk(&inputs, None, &[]);
        assert_eq!(found(&walked), [("s/1.txt", Some("s"))]);
        assert!(walked.warnings.iter().all(|w| matches!(w, Warning::SameFile { .. })));
        assert!(!walked.warnings.is_empty());
    }

    #[test]
    fn links_to_folders_are_not_followed() {
        let root = tree(&["d/1.txt", "e/2.txt"]);
        symlink(".", root.path().join("d/loop")).unwrap();
        symlink("nowhere", root.path().join("d/gone.txt")).unwrap();
        symlink("../e/2.txt", root.path().join("d/two.txt")).unwrap();
        let walked = walk(&[root.path().join("d")], None, &[]);
        assert_eq!(found(&walked), [("1.txt", Some("d")), ("two.txt", Some("d"))]);
        assert!(matches!(walked.warnings[..], [Warning::LinkedFolder { .. }]));
        assert_eq!(walked.problems.len(), 1);
        // Named as an input, the same link is a folder.
        assert_eq!(walk(&[root.path().join("d/loop")], None, &[]).files.len(), 2);
    }

    #[test]
    fn what_is_no_file_is_named() {
        let root = tree(&["d/1.txt"]);
        let pipe = root.path().join("d/pipe.txt");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let inputs =
            [root.path().join("d"), root.path().join("missing"), PathBuf::from("/dev/null")];
        let walked = walk(&inputs, None, &[]);
        assert_eq!(found(&walked), [("1.txt", Some("d"))]);
        let named: Vec<_> = walked.problems.iter().map(|p| p.error.as_str()).collect();
        assert_eq!(named.len(), 3, "{named:?}");
        assert!(named.iter().any(|error| error.starts_with("a pipe")));
        assert!(named.iter().any(|error| error.starts_with("a device")));
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn a_folder_without_permission_is_named_and_the_rest_is_read() {
        let root = tree(&["d/1.txt", "d/shut/2.txt"]);
        let shut = root.path().join("d/shut");
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
        let walked = walk(&[root.path().join("d")], None, &[]);
        let bites = fs::read_dir(&shut).is_err();
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
        if !bites {
            eprintln!("skipped: this user may read every folder");
            return;
        }
        assert_eq!(found(&walked), [("1.txt", Some("d"))]);
        assert_eq!(walked.problems.len(), 1);
        assert_eq!(walked.problems[0].path, shut);
    }

    #[test]
    fn a_table_is_no_page() {
        let root = tree(&["a.csv", "b.PARQUET", "c.warc.gz", "d.txt"]);
        let inputs =
            ["a.csv", "b.PARQUET", "c.warc.gz", "d.txt"].map(|name| root.path().join(name));
        let walked = walk(&inputs, None, &[]);
        assert_eq!(found(&walked).len(), 1);
        assert_eq!(walked.problems.len(), 3);
        assert!(walked.problems[0].error.starts_with("CSV is not read"));
        assert_eq!(walk(&inputs, Some(Format::Txt), &[]).files.len(), 4);
    }

    #[test]
    fn a_given_format_takes_every_file_but_hidden_ones() {
        let root = tree(&["d/1.json", "d/.hidden", "d/2.txt"]);
        let walked = walk(&[root.path().join("d")], Some(Format::Jsonl), &[]);
        assert_eq!(found(&walked), [("1.json", Some("d")), ("2.txt", Some("d"))]);
        assert!(walked.files.iter().all(|file| file.format == Some(Format::Jsonl)));
    }

    #[test]
    fn a_name_that_is_taken_grows() {
        let root = tree(&["d/stdin.jsonl"]);
        let walked = walk(&[root.path().join("d")], None, &["stdin.jsonl"]);
        assert_eq!(found(&walked), [("d/stdin.jsonl", Some("d"))]);
    }
}
