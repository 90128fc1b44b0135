//! The stage as a whole: what every kind of bad input ends as, and that no byte is lost.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::inflate::tests::{gzip, zstd};
use super::sniff::BOM;
use super::*;
use crate::background::Background;
use crate::error::RejectCode;
use crate::progress::NoProgress;

/// An entry without its strings.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Page(String),
    Reject(RejectCode),
    Blank,
}

/// What lies where: file, offset, length.
type Lies = (u32, u64, u64, Seen);

fn options() -> ReadOptions {
    // SAFETY: tests read files that only they know, and know what they do to them.
    let map = unsafe { MapChoice::auto() };
    ReadOptions { map, ..ReadOptions::default() }
}

fn open(paths: &[&Path], options: &ReadOptions) -> Corpus {
    let inputs = paths.iter().map(|path| Input::Path(path.to_path_buf())).collect();
    Corpus::open(inputs, options, None).unwrap()
}

/// Everything in a corpus, read in chunks of about `target` bytes; checks on the way that the
/// entries tile every file and that every page can be read again.
fn read_all(corpus: &Corpus, target: u64) -> Vec<Lies> {
    let chunks = corpus.chunks_of(target);
    let total: u64 = corpus.files().iter().map(InputFile::len).sum();
    assert_eq!(chunks.iter().map(Chunk::bytes).sum::<u64>(), total);
    let (mut seen, mut reader) = (Vec::new(), corpus.reader());
    for chunk in &chunks {
        let mut in_chunk = 0;
        corpus.read_chunk(chunk, &mut |entry| {
            let lies = match entry {
                Entry::Page(at, page) => {
                    assert_eq!(&corpus.page_at(at).unwrap(), page);
                    let again = reader.page_at(at).unwrap();
                    assert_eq!(&again, page);
                    reader.take_back(again);
                    assert_eq!(corpus.record_bytes(at).len(), at.length as usize);
                    (
                        at.file,
                        at.offset,
                        u64::from(at.length),
                        Seen::Page(page.text.clone().into_owned()),
                    )
                }
                Entry::Reject(r) => (r.file, r.offset, r.length, Seen::Reject(r.code)),
                Entry::Blank { file, offset, length } => (file, offset, length, Seen::Blank),
            };
            in_chunk += lies.2;
            seen.push(lies);
        });
        assert_eq!(in_chunk, chunk.bytes());
    }
    for (number, file) in (0..).zip(corpus.files()) {
        let mut end = 0;
        for &(_, offset, length, _) in seen.iter().filter(|lies| lies.0 == number) {
            assert_eq!(offset, end, "entries of {} tile it", file.name());
            end += length;
        }
        assert_eq!(end, file.len(), "entries of {} cover it", file.name());
    }
    seen
}

fn kinds(seen: &[Lies]) -> Vec<Seen> {
    seen.iter().map(|lies| lies.3.clone()).collect()
}

fn page(text: &str) -> Seen {
    Seen::Page(text.into())
}

/// One file with these bytes, read.
fn read_file(name: &str, bytes: &[u8], options: &ReadOptions) -> (Corpus, Vec<Lies>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let corpus = open(&[&path], options);
    let seen = read_all(&corpus, 1 << 20);
    (corpus, seen)
}

fn line(text: &str) -> String {
    format!("{{\"text\":\"{text}\"}}\n")
}

#[test]
fn lines_are_pages_and_the_rest_is_accounted_for() {
    let jsonl =
        format!("\u{feff}{}\r\n \n{}nonsense\n{{\"text\":\"آخر\"}}", line("a").trim(), line("b"));
    for (name, bytes) in [
        ("a.jsonl", jsonl.clone().into_bytes()),
        ("a.ndjson.gz", gzip(jsonl.as_bytes())),
        ("a.jsonl.zst", zstd(jsonl.as_bytes())),
    ] {
        let (corpus, seen) = read_file(name, &bytes, &options());
        let expected = [
            Seen::Blank,
            page("a"),
            Seen::Blank,
            page("b"),
            Seen::Reject(RejectCode::Json),
            page("آخر"),
        ];
        assert_eq!(kinds(&seen), expected, "{name}");
        assert_eq!(seen[1].1..seen[1].1 + seen[1].2, 3..17, "the line end belongs to the line");
        let lines = corpus.lines_of(0, &seen.iter().map(|lies| lies.1).collect::<Vec<_>>());
        assert_eq!(lines, [1, 1, 2, 3, 4, 5]);
        assert!(corpus.problems().is_empty());
    }
}

#[test]
fn a_text_file_is_one_page_of_the_folder_it_lies_in() {
    let folder = tempfile::tempdir().unwrap();
    let outlet = folder.path().join("sahifa");
    fs::create_dir(&outlet).unwrap();
    fs::write(outlet.join("1.txt"), "\u{feff}سطر\nسطر\n").unwrap();
    fs::write(outlet.join("2.txt"), "").unwrap();
    fs::write(outlet.join("3.txt.gz"), gzip("مضغوط".as_bytes())).unwrap();
    for input in [folder.path(), &outlet] {
        let corpus = open(&[input], &options());
        let seen = read_all(&corpus, 1 << 20);
        assert_eq!(kinds(&seen), [page("سطر\nسطر\n"), page(""), page("مضغوط")]);
        let at = RecordAt { file: 0, offset: 0, length: corpus.files()[0].len() as u32 };
        assert_eq!(corpus.page_at(at).unwrap().outlet.as_deref(), Some("sahifa"));
        assert_eq!(corpus.line_of(at), 1);
    }
}

#[test]
fn an_archive_may_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = open(&[folder.path()], &options());
    assert_eq!((corpus.files().len(), corpus.chunks().len()), (0, 0));
    let (corpus, seen) = read_file("a.jsonl", b"", &options());
    assert_eq!((corpus.files().len(), seen.len()), (1, 0));
    assert_eq!(Corpus::open(vec![], &options(), None).unwrap_err().code(), "E001");
}

#[test]
fn odd_texts_are_pages() {
    let long = "x".repeat(100_000);
    let jsonl = [line(""), line("\u{64e}\u{651}\u{650}"), line("\\u0000\\u001b[2J"), line(&long)];
    let (_, seen) = read_file("a.jsonl", jsonl.concat().as_bytes(), &options());
    let texts = [page(""), page("\u{64e}\u{651}\u{650}"), page("\0\u{1b}[2J"), page(&long)];
    assert_eq!(kinds(&seen), texts);
    let (_, seen) = read_file("a.txt", "\u{64e}\u{651}\u{650}".as_bytes(), &options());
    assert_eq!(kinds(&seen), [page("\u{64e}\u{651}\u{650}")]);
}

#[test]
fn pages_with_one_id_both_come_out() {
    let jsonl = "{\"id\":1,\"text\":\"a\"}\n{\"id\":1,\"text\":\"b\"}\n";
    let (_, seen) = read_file("a.jsonl", jsonl.as_bytes(), &options());
    assert_eq!(kinds(&seen), [page("a"), page("b")]);
}

#[test]
fn a_file_of_nuls_is_a_reject() {
    for name in ["a.jsonl", "a.txt", "a.bin"] {
        let (_, seen) = read_file(name, &vec![0; 70_000], &options());
        assert_eq!(kinds(&seen), [Seen::Reject(RejectCode::Encoding)], "{name}");
    }
}

#[test]
fn a_file_that_is_no_jsonl_is_one_reject() {
    let utf16: Vec<u8> = line("نص").repeat(9).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", &utf16[..]].concat();
    for bytes in [utf16, marked.clone(), gzip(line("x").as_bytes()), zstd(line("x").as_bytes())] {
        let (_, seen) = read_file("a.jsonl", &bytes, &options());
        assert_eq!(kinds(&seen), [Seen::Reject(RejectCode::Encoding)]);
    }
    let (_, seen) = read_file("a.txt", &marked, &options());
    assert_eq!(kinds(&seen), [page(&line("نص").repeat(9))]);
}

#[test]
fn a_file_named_one_by_one_is_known_by_its_bytes() {
    let jsonl = line("x");
    for (name, bytes, expected) in [
        ("a.json", jsonl.clone().into_bytes(), page("x")),
        ("a", gzip(jsonl.as_bytes()), page("x")),
        ("a.gz", gzip(b"words"), page("words")),
        ("a.dat", zstd(jsonl.as_bytes()), page("x")),
        ("a.html", b"words".to_vec(), page("words")),
        ("a.json", b"[1]".to_vec(), Seen::Reject(RejectCode::Json)),
    ] {
        let (_, seen) = read_file(name, &bytes, &options());
        assert_eq!(kinds(&seen), [expected], "{name}");
    }
    let forced = ReadOptions { format: Some(Format::Txt), ..options() };
    let (_, seen) = read_file("a.jsonl", jsonl.as_bytes(), &forced);
    assert_eq!(kinds(&seen), [page(&jsonl)]);
}

fn sha256(corpus: &Corpus) -> Vec<[u8; 32]> {
    corpus.sha256_inputs(&Background::new(&NoProgress)).unwrap()
}

#[test]
fn stdin_is_read_once_and_hashed() {
    let jsonl = [line("a"), line("b")].concat();
    let stdin: Box<dyn Read + Send> = Box::new(io::Cursor::new(jsonl.clone().into_bytes()));
    let corpus = Corpus::open(vec![Input::Stdin, Input::Stdin], &options(), Some(stdin)).unwrap();
    assert_eq!(kinds(&read_all(&corpus, 1)), [page("a"), page("b")]);
    assert_eq!(corpus.warnings(), [Warning::StdinAgain]);
    let file = &corpus.files()[0];
    assert_eq!((file.name(), file.output_name(), file.path()), ("-", "stdin.jsonl", None));
    let (on_disk, _) = read_file("a.jsonl", jsonl.as_bytes(), &options());
    assert_eq!(sha256(&corpus), sha256(&on_disk));
    assert!(corpus.check_unchanged().unwrap().is_empty());
}

/// Cuts a stream of whole lines at every byte. Whole lines before the fault are pages, what is
/// left of the next is a reject, and the file has a problem; except where the cut falls between
/// two parts, which nobody can see.
fn cut_everywhere(name: &str, parts: &[Vec<u8>], text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let packed = parts.concat();
    let borders: Vec<usize> = parts
        .iter()
        .scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        })
        .collect();
    let mut torn_lines = 0;
    for cut in 0..=packed.len() {
        fs::write(&path, &packed[..cut]).unwrap();
        let corpus = open(&[&path], &options());
        let seen = read_all(&corpus, 64);
        let whole = borders.contains(&cut);
        assert_eq!(corpus.problems().len(), usize::from(!whole), "cut at {cut}");
        let pages = seen.iter().filter(|lies| matches!(lies.3, Seen::Page(_))).count();
        let rejects = kinds(&seen).into_iter().filter(|seen| matches!(seen, Seen::Reject(_)));
        let rejects: Vec<_> = rejects.collect();
        assert!(rejects.iter().all(|r| *r == Seen::Reject(RejectCode::Truncated)), "{rejects:?}");
        assert!(rejects.len() <= usize::from(!whole), "cut at {cut}");
        torn_lines += rejects.len();
        let read = &text[..corpus.files()[0].len() as usize];
        assert_eq!(pages, read.matches('\n').count(), "cut at {cut}");
    }
    assert!(torn_lines > 0, "some cuts must fall within a line");
}

/// Lines that do not compress to nothing, so that a stream gives some of them before its end.
fn varied_lines(from: u32, count: u32) -> String {
    (from..from + count).map(|n| line(&format!("{:x}", n.wrapping_mul(2_654_435_761)))).collect()
}

#[test]
fn gzip_cut_at_every_byte() {
    let texts = [varied_lines(0, 9), varied_lines(9, 30), varied_lines(39, 3)];
    // Stored, so that a member gives bytes before it ends.
    let parts: Vec<_> = texts
        .iter()
        .map(|text| {
            use std::io::Write;
            let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
            member.write_all(text.as_bytes()).unwrap();
            member.finish().unwrap()
        })
        .collect();
    cut_everywhere("a.jsonl.gz", &parts, &texts.concat());
}

#[test]
fn zstd_cut_at_every_byte() {
    let texts = [varied_lines(0, 20), varied_lines(20, 20)];
    // Flushed after each line, so that a frame gives bytes before it ends.
    let parts: Vec<_> = texts
        .iter()
        .map(|text| {
            use std::io::Write;
            let mut frame = zstd::Encoder::new(Vec::new(), 1).unwrap();
            frame.include_checksum(true).unwrap();
            for half in text.as_bytes().chunks(31) {
                frame.write_all(half).unwrap();
                frame.flush().unwrap();
            }
            frame.finish().unwrap()
        })
        .collect();
    cut_everywhere("a.jsonl.zst", &parts, &texts.concat());
}

#[test]
fn a_damaged_stream_keeps_its_whole_lines() {
    let good = gzip(varied_lines(0, 3).as_bytes());
    let mut bad = gzip(line("unsure").as_bytes());
    let crc = bad.len() - 8;
    bad[crc] ^= 1;
    for (tail, problems) in [(bad, 1), (b"garbage".to_vec(), 1), (vec![0; 512], 0)] {
        let (corpus, seen) = read_file("a.jsonl.gz", &[good.clone(), tail].concat(), &options());
        assert_eq!(corpus.problems().len(), problems);
        assert!(seen.len() >= 3);
    }
    let torn = gzip("نص طويل".as_bytes());
    let (corpus, seen) = read_file("a.txt.gz", &torn[..torn.len() - 4], &options());
    assert_eq!(kinds(&seen), [Seen::Reject(RejectCode::Truncated)]);
    assert_eq!(corpus.problems().len(), 1);
}

#[test]
fn a_line_over_the_limit_is_one_reject() {
    let small = ReadOptions { max_page: 1000, ..options() };
    let long = line(&"x".repeat(200_000));
    let jsonl = [line("a"), long.clone(), line("b"), long.trim_end().to_owned()].concat();
    let mut results = Vec::new();
    for (name, bytes) in [
        ("a.jsonl", jsonl.clone().into_bytes()),
        ("a.jsonl.gz", gzip(jsonl.as_bytes())),
        ("a.jsonl.zst", zstd(jsonl.as_bytes())),
    ] {
        let (corpus, seen) = read_file(name, &bytes, &small);
        let too_long = Seen::Reject(RejectCode::TooLong);
        assert_eq!(kinds(&seen), [page("a"), too_long.clone(), page("b"), too_long]);
        let lines = corpus.lines_of(0, &seen.iter().map(|lies| lies.1).collect::<Vec<_>>());
        assert_eq!(lines, [1, 2, 3, 4]);
        results.push(seen);
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    for name in ["a.txt", "b.txt.gz"] {
        let text = "كلمة ".repeat(20_000);
        let packed =
            if name == "a.txt" { text.clone().into_bytes() } else { gzip(text.as_bytes()) };
        let (_, seen) = read_file(name, &packed, &small);
        assert_eq!(seen, [(0, 0, text.len() as u64, Seen::Reject(RejectCode::TooLong))]);
    }
}

#[test]
fn a_line_of_300_megabytes_is_mapped_and_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    // A hole in the file: 300 MB that take no room on disk.
    fs::write(&path, line("first")).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(300_000_000).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"\n{\"text\":\"last\"}", 300_000_000).unwrap();
    let corpus = open(&[&path], &options());
    let expected = [page("first"), Seen::Reject(RejectCode::TooLong), page("last")];
    assert_eq!(kinds(&read_all(&corpus, 1 << 20)), expected);
}

#[test]
fn a_bomb_costs_neither_memory_nor_disk() {
    let mut zeros = io::repeat(b'0').take(64 << 20);
    let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::copy(&mut zeros, &mut member).unwrap();
    let packed = [member.finish().unwrap(), gzip(b"\n"), gzip(line("next").as_bytes())].concat();
    let (corpus, seen) = read_file("a.jsonl.gz", &packed, &options());
    assert_eq!(kinds(&seen), [Seen::Reject(RejectCode::TooLong), page("next")]);
    assert_eq!(seen[0].2, (64 << 20) + 1);
    let file = &corpus.files()[0];
    assert_eq!(corpus.stored(file).len(), line("next").len());
}

/// A corpus of one file of `kind` bytes a line, large enough to be mapped or not.
fn changing(large: bool) -> (tempfile::TempDir, PathBuf, Corpus) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let text = "x".repeat(if large { 100_000 } else { 100 });
    fs::write(&path, line(&text).repeat(3)).unwrap();
    let corpus = open(&[&path], &options());
    assert!(corpus.check_unchanged().unwrap().is_empty());
    (folder, path, corpus)
}

#[test]
fn a_file_that_changes_while_it_is_read_is_found() {
    for large in [false, true] {
        let (_folder, path, corpus) = changing(large);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_len(90).unwrap();
        let error = corpus.check_unchanged().unwrap_err();
        assert_eq!((error.code(), error.exit_code()), ("E021", 3));
        assert!(error.to_string().contains("shorter while it was read"), "{error}");

        let (_folder, path, corpus) = changing(large);
        let file = fs::File::options().write(true).open(&path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"y", 20).unwrap();
        // The clock of a file system may tick only every few milliseconds.
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(corpus.check_unchanged().unwrap_err().code(), "E021");
    }
}

#[test]
fn a_file_that_only_grows_or_moves_is_a_warning() {
    use std::io::Write;
    for large in [false, true] {
        let (_folder, path, corpus) = changing(large);
        let mut file = fs::File::options().append(true).open(&path).unwrap();
        file.write_all(b"more").unwrap();
        let warnings = corpus.check_unchanged().unwrap();
        assert_eq!(warnings, [Warning::Grew { path: path.clone(), bytes: 4 }]);

        let (_folder, path, corpus) = changing(large);
        fs::write(path.with_extension("new"), "other").unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
        assert_eq!(corpus.check_unchanged().unwrap(), [Warning::Replaced { path: path.clone() }]);
        let (_folder, path, corpus) = changing(large);
        fs::remove_file(&path).unwrap();
        assert_eq!(corpus.check_unchanged().unwrap(), [Warning::Replaced { path: path.clone() }]);
        assert_eq!(read_all(&corpus, 1 << 20).len(), 3);
    }
}

#[test]
fn digests_are_those_of_the_bytes_on_disk() {
    use sha2::{Digest, Sha256};
    let small = ReadOptions { max_page: 10, ..options() };
    let jsonl = line(&"x".repeat(80_000)).into_bytes();
    for (name, bytes) in [
        ("a.jsonl", jsonl.clone()),
        ("a.jsonl.gz", gzip(&jsonl)),
        ("a.txt", b"words".to_vec()),
        ("b.jsonl", line("some more than ten").into_bytes()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        for options in [&small, &options()] {
            let digests = sha256(&open(&[&path], options));
            assert_eq!(digests, [<[u8; 32]>::from(Sha256::digest(&bytes))], "{name}");
        }
    }
}

#[test]
fn a_page_that_is_not_there_is_an_error() {
    let (corpus, _) = read_file("a.jsonl", line("x").as_bytes(), &options());
    for at in [
        RecordAt { file: 0, offset: 1, length: 5 },
        RecordAt { file: 0, offset: u64::MAX, length: u32::MAX },
        RecordAt { file: 9, offset: 0, length: 13 },
    ] {
        assert_eq!(corpus.page_at(at).unwrap_err().code(), "E021");
    }
}

#[test]
fn rejects_are_numbered_in_one_pass() {
    let jsonl = [&line("a"), "?\n", &line("b"), "\n", "!\n"].concat();
    let (corpus, _) = read_file("a.jsonl", jsonl.as_bytes(), &options());
    let mut rejects = Vec::new();
    for chunk in corpus.chunks_of(1) {
        corpus.read_chunk(&chunk, &mut |entry| {
            if let Entry::Reject(reject) = entry {
                rejects.push(reject);
            }
        });
    }
    corpus.number_lines(&mut rejects);
    assert_eq!(rejects.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 5]);
}

/// The obvious way to read: the whole file in memory, line by line, by a general parser.
fn reference(bytes: &[u8], max_page: usize) -> Vec<(u64, u64, Seen)> {
    let mut seen: Vec<(u64, u64, Seen)> = Vec::new();
    let mut offset = 0;
    let mut add = |length: usize, what: Seen| {
        match seen.last_mut() {
            Some((_, last, Seen::Blank)) if what == Seen::Blank => *last += length as u64,
            _ => seen.push((offset, length as u64, what)),
        }
        offset += length as u64;
    };
    let mut rest = bytes;
    if let Some(after) = rest.strip_prefix(b"\xef\xbb\xbf") {
        add(3, Seen::Blank);
        rest = after;
    }
    for line in rest.split_inclusive(|&byte| byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let what = if content.len() > max_page {
            Seen::Reject(RejectCode::TooLong)
        } else if content.trim_ascii().is_empty() {
            Seen::Blank
        } else {
            match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(content) {
                Err(_) if std::str::from_utf8(content).is_err() => Seen::Reject(RejectCode::Utf8),
                Err(_) => Seen::Reject(RejectCode::Json),
                Ok(record) => match record.get("text").and_then(|text| text.as_str()) {
                    Some(text) => page(text),
                    None => Seen::Reject(RejectCode::NoText),
                },
            }
        };
        add(line.len(), what);
    }
    seen
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[ابت a]{0,12}".prop_map(|text| line(&text).into_bytes()),
        1 => "[a]{40,60}".prop_map(|text| line(&text).into_bytes()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b" \t\r\n".to_vec()),
        1 => Just(b"{\"text\":\"a\"}\r\n".to_vec()),
        1 => Just(b"{\"text\":\"a\\nb\"}".to_vec()),
        1 => Just(b"{\"text\":\"\xff\"}\n".to_vec()),
        1 => Just(b"{\"title\":\"a\"}\n".to_vec()),
        1 => Just(b"{\"text\":1}\n".to_vec()),
        1 => Just(b"\xef\xbb\xbf".to_vec()),
        1 => "[{}\",:a]{1,5}\n".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_byte_is_in_one_entry_as_the_reference_has_it(
        marked in any::<bool>(),
        lines in proptest::collection::vec(any_line(), 0..14),
        max_page in 20_u64..60,
        target in 1_u64..200,
        maps in any::<bool>(),
    ) {
        let mark = if marked { BOM } else { &[] };
        let bytes = [mark, &lines.concat()].concat();
        let expected = reference(&bytes, max_page as usize);
        let folder = tempfile::tempdir().unwrap();
        // A mapped file has to be a large one: blank lines make it so.
        let mut large = bytes.clone();
        let padding = if large.ends_with(b"\n") { 100_000 } else { 0 };
        large.extend(std::iter::repeat_n(b'\n', padding));
        fs::write(folder.path().join("a.jsonl"), &large).unwrap();
        fs::write(folder.path().join("b.jsonl"), &bytes).unwrap();
        fs::write(folder.path().join("c.jsonl.gz"), gzip(&bytes)).unwrap();
        fs::write(folder.path().join("d.jsonl.zst"), zstd(&bytes)).unwrap();
        let map = if maps { options().map } else { MapChoice::never() };
        let corpus = open(&[folder.path()], &ReadOptions { map, max_page, ..options() });
        let mut seen = read_all(&corpus, target);
        // Chunks may cut a run of blank lines.
        seen.dedup_by(|next, last| {
            let joins = next.0 == last.0 && next.3 == Seen::Blank && last.3 == Seen::Blank;
            if joins {
                last.2 += next.2;
            }
            joins
        });
        for (number, bytes) in [(0, &large), (1, &bytes), (2, &bytes), (3, &bytes)] {
            let of_file: Vec<_> = seen
                .iter()
                .filter(|lies| lies.0 == number)
                .map(|(_, offset, length, what)| (*offset, *length, what.clone()))
                .collect();
            let expected =
                if bytes.len() == large.len() { reference(bytes, max_page as usize) } else { expected.clone() };
            prop_assert_eq!(of_file, expected);
        }
    }
}

#[test]
fn a_file_without_a_size_of_its_own_is_named() {
    let made_up = Path::new("/proc/version");
    if !made_up.exists() {
        return;
    }
    let corpus = open(&[made_up], &options());
    assert_eq!((corpus.files().len(), corpus.problems().len()), (0, 1));
}

#[test]
fn many_small_files_are_few_chunks_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..3000 {
        fs::write(folder.path().join(format!("{n:04}.txt")), format!("نص {n}")).unwrap();
    }
    let corpus = open(&[folder.path()], &options());
    assert_eq!(corpus.chunks().len(), 1);
    let expected: Vec<_> = (0..3000).map(|n| page(&format!("نص {n}"))).collect();
    assert_eq!(kinds(&read_all(&corpus, 1 << 20)), expected);
    assert_eq!(kinds(&read_all(&corpus, 5000)), expected);
}
