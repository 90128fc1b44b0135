//! Names of files in a run: paths relative to the input they were found under, made longer only
//! where two files would have the same name.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::rc::Rc;

/// The parts of a path, absolute, without `.` and with `..` taken back; bytes that are not UTF-8
/// are written as `%FF`.
pub(crate) fn parts(path: &Path) -> Vec<String> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut parts = Vec::new();
    for component in absolute.components() {
        match component {
            Component::Normal(part) => parts.push(readable(part)),
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}

/// One part of a path as text.
pub(crate) fn readable(part: &OsStr) -> String {
    let mut out = String::new();
    for chunk in part.as_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A file to be named.
#[derive(Debug)]
pub(crate) struct Unnamed {
    /// Parts of the folder that names of its input are relative to.
    pub(crate) base: Rc<[String]>,
    /// Parts below it; the last is the file's own name.
    pub(crate) below: Vec<String>,
}

impl Unnamed {
    fn name(&self, depth: usize) -> String {
        let from = self.base.len().saturating_sub(depth);
        let parts: Vec<&str> =
            self.base[from..].iter().chain(&self.below).map(String::as_str).collect();
        parts.join("/")
    }

    fn can_grow(&self, depth: usize) -> bool {
        depth < self.base.len()
    }
}

/// Names all files, `reserved` being taken. Where two names clash, all files of the inputs
/// concerned get one more part of their input's path in front, until no two are the same. The
/// result depends on the set of files only; two files that cannot be told apart keep the same
/// name (they lie in the same folder under names that differ in bytes no text can show).
pub(crate) fn distinct(files: &[Unnamed], reserved: &[&str]) -> Vec<String> {
    let mut depths: BTreeMap<&[String], usize> = BTreeMap::new();
    loop {
        let depth = |file: &Unnamed| depths.get(&file.base[..]).copied().unwrap_or(0);
        let names: Vec<String> = files.iter().map(|file| file.name(depth(file))).collect();
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by(|&a, &b| names[a].cmp(&names[b]));
        let mut clashing: Vec<&[String]> = Vec::new();
        for same in order.chunk_by(|&a, &b| names[a] == names[b]) {
            let taken = same.first().is_some_and(|&at| reserved.contains(&names[at].as_str()));
            if same.len() > 1 || taken {
                clashing.extend(
                    same.iter()
                        .map(|&at| &files[at])
                        .filter(|file| file.can_grow(depth(file)))
                        .map(|file| &file.base[..]),
                );
            }
        }
        clashing.sort_unstable();
        clashing.dedup();
        if clashing.is_empty() {
            return names;
        }
        for base in clashing {
            *depths.entry(base).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        let split = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let files: Vec<_> = files
            .iter()
            .map(|(base, below)| Unnamed { base: split(base).into(), below: split(below) })
            .collect();
        distinct(&files, &["stdin.jsonl"])
    }

    #[test]
    fn a_name_grows_only_where_it_must() {
        assert_eq!(names(&[("h/a", "x"), ("h/b", "y")]), ["x", "y"]);
        assert_eq!(
            names(&[("h/a", "x"), ("h/a", "s/y"), ("h/b", "x"), ("h/c", "z")]),
            ["a/x", "a/s/y", "b/x", "z"]
        );
        assert_eq!(names(&[("a/news", "x"), ("b/news", "x")]), ["a/news/x", "b/news/x"]);
    }

    #[test]
    fn a_grown_name_clashes_again_and_grows_on() {
        assert_eq!(names(&[("h/a", "x"), ("h/b", "x"), ("h/c", "a/x")]), ["h/a/x", "b/x", "c/a/x"]);
    }

    #[test]
    fn a_reserved_name_is_taken() {
        assert_eq!(names(&[("h/a", "stdin.jsonl")]), ["a/stdin.jsonl"]);
    }

    #[test]
    fn what_cannot_be_told_apart_does_not_loop() {
        assert_eq!(names(&[("a", "x"), ("a", "x")]), ["a/x", "a/x"]);
    }

    #[test]
    fn paths_are_taken_apart_without_the_working_directory_showing() {
        assert_eq!(parts(Path::new("/a/./b/../c")), ["a", "c"]);
        let here = parts(Path::new("."));
        assert_eq!(parts(Path::new("x")), [&here[..], &["x".to_owned()]].concat());
        assert_eq!(readable(OsStr::from_bytes(b"a\xffb")), "a%FFb");
    }
}
