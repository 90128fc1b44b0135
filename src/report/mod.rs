//! The report: one page of HTML about a run, for people.
//!
//! In: the folder of a run. Out: `report.html`, which needs no network, and no script for what is
//! in it as tables and charts; a script adds the list of all clusters, their texts side by side, and
//! the other language. Everything is read from the folder, so that the page can be made again when
//! the originals are gone. Scraped text is only ever text: the head of the page forbids everything else.
//! Cost: 100,000 clusters take some seconds and less than 500 MB. Does not: print.

use std::io::Write;
use std::path::{Path, PathBuf};

use memchr::memmem;
use sha2::{Digest, Sha256};

pub use crate::config::{Lang, ReportConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::SampleRecall;
use crate::progress::{NoProgress, Progress};
use crate::read::MapChoice;
use crate::saved;
use crate::write::{OutDir, hex};

mod chart;
mod clusters;
mod days;
mod diffs;
mod fold;
mod gather;
mod listing;
mod outlets;
mod pack;
mod page;
mod quality;
mod run;
mod summary;
mod text;
mod texts;
mod words;

/// Name of the file.
pub const FILE: &str = "report.html";

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Bytes of the page.
    pub bytes: u64,
    /// Clusters that are listed.
    pub clusters: usize,
    /// Pairs of texts that are side by side.
    pub texts: usize,
}

/// Bytes that the tables, the font and the script take, about.
const FRAME: u64 = 1 << 20;

/// Writes the page about the run in `dir` to `out`. Without `_SUCCESS` too: a run makes its report
/// before it is published.
///
/// # Errors
/// When a file of the run cannot be read or is not understood, or `out` cannot be written; its
/// errors are told about `path`.
fn render(
    dir: &Path,
    config: &ReportConfig,
    map: MapChoice,
    recall: Option<&SampleRecall>,
    path: &Path,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<Made> {
    let most = config.max_mb * 1_000_000;
    let words = words::Words::new(config.lang);
    let facts = gather::gather(dir, most.saturating_sub(FRAME), progress)?;
    let blocks = || facts.clusters.columns.iter().chain(&facts.clusters.members);
    let taken: u64 = FRAME + blocks().map(pack::Block::len).sum::<u64>();
    let diffs = diffs::compare(dir, &facts, map, most.saturating_sub(taken), progress)?;
    let mut bytes = 0;
    let mut put = |text: &str| {
        bytes += text.len() as u64;
        out.write_all(text.as_bytes()).map_err(|source| {
            Error::from(ErrorKind::OutputUnwritable { path: path.to_owned(), source })
        })
    };
    put(&page::head(&facts, &diffs, recall, &words))?;
    for block in blocks().chain(&diffs.blocks) {
        put(&block.element())?;
    }
    put(&page::tail())?;
    Ok(Made { bytes, clusters: facts.clusters.listed, texts: diffs.shown })
}

/// Writes `report.html` into a run that is not yet published; its own files may be mapped where `map`
/// allows.
///
/// # Errors
/// When a file of the run cannot be read again, or the page cannot be written.
pub fn write_report(dir: &OutDir, config: &ReportConfig, map: MapChoice) -> Result<Made> {
    let mut file = dir.file(FILE)?;
    let path = file.path().to_owned();
    let made = render(dir.partial(), config, map, None, &path, &mut file, &NoProgress)?;
    file.finish()?;
    Ok(made)
}

/// Makes `report.html` of the finished run in `dir` again, and enters its hash into
/// `manifest.sha256`. Both are replaced by a rename each. Files of the run are mapped where
/// `map` allows. The page tells the recall that was measured, if it was.
///
/// # Errors
/// When `dir` is no finished run, a file of it cannot be read or is not understood, or the new
/// files cannot be written, or the caller cancels: the run is as it was then.
pub fn make_report(
    dir: &Path,
    config: &ReportConfig,
    map: MapChoice,
    recall: Option<&SampleRecall>,
    progress: &dyn Progress,
) -> Result<(PathBuf, Made)> {
    saved::finished(dir)?;
    let path = dir.join(FILE);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::from(ErrorKind::OutputUnwritable { path, source })
    };
    let file =
        tempfile::Builder::new().prefix(".spool-report").tempfile_in(dir).map_err(failed(&path))?;
    let mut out =
        Hashing { inner: std::io::BufWriter::with_capacity(1 << 16, file), sha: Sha256::new() };
    let made = render(dir, config, map, recall, &path, &mut out, progress)?;
    let Hashing { inner, sha } = out;
    let file = inner.into_inner().map_err(|e| failed(&path)(e.into_error()))?;
    if progress.cancelled() {
        return Err(ErrorKind::Interrupted.into());
    }
    publish(file, &path)?;
    enter(dir, &hex(&sha.finalize()))?;
    Ok((path, made))
}

/// Writes a temporary file to disk and gives it its name.
fn publish(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    let failed =
        |source| Error::from(ErrorKind::OutputUnwritable { path: path.to_owned(), source });
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Puts the report's hash into the manifest, in the place of an earlier one or where its name
/// belongs.
fn enter(dir: &Path, sha256: &str) -> Result<()> {
    let path = dir.join("manifest.sha256");
    let failed = |source| Error::from(ErrorKind::OutputUnwritable { path: path.clone(), source });
    // Names of inputs may be of any bytes.
    let new = match saved::read_text(&path) {
        Ok(old) => with_line(&old, sha256),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(saved::unread(&path)(error)),
    };
    let mut file =
        tempfile::Builder::new().prefix(".spool-manifest").tempfile_in(dir).map_err(failed)?;
    file.write_all(&new).map_err(failed)?;
    publish(file, &path)
}

/// A manifest with the report's hash in it.
fn with_line(manifest: &[u8], sha256: &str) -> Vec<u8> {
    let name = |line: &[u8]| {
        let at = memmem::find(line, b"  ").map_or(line.len(), |at| at + 2);
        line[at..].to_vec()
    };
    let is_input = |line: &[u8]| line.starts_with(b"#") || name(line).starts_with(b"/");
    let lines = manifest.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let mut lines: Vec<&[u8]> = lines.filter(|line| name(line) != FILE.as_bytes()).collect();
    let first = lines.iter().rposition(|line| is_input(line)).map_or(0, |last| last + 1);
    let at = lines[first..].partition_point(|line| *name(line) < *FILE.as_bytes());
    let line = format!("{sha256}  {FILE}");
    lines.insert(first + at, line.as_bytes());
    [&lines.join(&b'\n')[..], b"\n"].concat()
}

struct Hashing<W> {
    inner: W,
    sha: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sha.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::with_line;

    #[test]
    fn the_report_has_one_line_among_the_outputs_and_no_other_goes() {
        // An input whose name ends as the report's line does, and one whose name is no text.
        let inputs = b"aa  /x/my  report.html\nbb  /x/\xff.txt\n# cc  stdin\n";
        let of = |outputs: &[u8]| [&inputs[..], outputs].concat();
        let without = of(b"dd  outlets.jsonl\nee  stats.json\n");
        let with = of(b"dd  outlets.jsonl\nff  report.html\nee  stats.json\n");
        assert_eq!(with_line(&without, "ff"), with);
        assert_eq!(with_line(&with, "ff"), with);
    }
}
