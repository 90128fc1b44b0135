//! The archive without its copies, and the copies by themselves: bytes of records as they were.

use std::io::Write;

use flate2::GzBuilder;
use rayon::prelude::*;

use super::{OutDir, OutFile, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Progress;
use crate::read::{Compression, Corpus, Format};

/// A stretch of a file that is left out of `kept/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Number of the file.
    pub file: u32,
    /// First byte of the decompressed file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files written.
    pub files: u64,
    /// Bytes of the input that they hold.
    pub bytes: u64,
}

/// Writes `kept/`: every input file without the stretches of `left_out` (sorted, apart), under its
/// name, in its format and compression. A `.txt` that is left out whole is not written.
///
/// # Errors
/// When a file cannot be written or the caller cancels.
pub fn write_kept(
    dir: &OutDir,
    corpus: &Corpus,
    left_out: &[LeftOut],
    progress: &dyn Progress,
) -> Result<Copied> {
    let copy = |file, offset, length, sink: Sink<'_>| {
        copy_stretch(corpus, file, offset, length, progress, sink)
    };
    write_kept_by(dir, corpus, left_out, copy)
}

/// Takes the bytes that are written to a file, in order.
pub(super) type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<()>;

/// [`write_kept`], with the bytes that `copy` hands over for every stretch (file, first byte,
/// bytes) that is kept.
pub(super) fn write_kept_by(
    dir: &OutDir,
    corpus: &Corpus,
    left_out: &[LeftOut],
    copy: impl Fn(u32, u64, u64, Sink<'_>) -> Result<()> + Sync,
) -> Result<Copied> {
    dir.folder("kept")?;
    let stretches = |file| {
        let mut at = 0;
        let mut stretches = Vec::new();
        for out in of_file(left_out, file) {
            stretches.push((at, out.offset - at));
            at = out.offset + out.length;
        }
        let len = corpus.files()[file as usize].len();
        stretches.push((at, len.saturating_sub(at)));
        stretches
    };
    write_files(dir, "kept", corpus, stretches, copy)
}

/// Writes the folder `name` (`removed`, `rejected`): the stretches of `left_out` (sorted, apart),
/// under the names of their files, in their format and compression. Files without any are not
/// written.
///
/// # Errors
/// When a file cannot be written or the caller cancels.
pub fn write_left_out(
    dir: &OutDir,
    name: &str,
    corpus: &Corpus,
    left_out: &[LeftOut],
    progress: &dyn Progress,
) -> Result<Copied> {
    dir.folder(name)?;
    write_files(
        dir,
        name,
        corpus,
        |file| of_file(left_out, file).iter().map(|out| (out.offset, out.length)).collect(),
        |file, offset, length, sink| copy_stretch(corpus, file, offset, length, progress, sink),
    )
}

fn of_file(all: &[LeftOut], file: u32) -> &[LeftOut] {
    let from = all.partition_point(|out| out.file < file);
    let to = all.partition_point(|out| out.file <= file);
    &all[from..to]
}

/// Bytes copied between two looks at whether to stop.
const STEP: usize = 4 << 20;

fn copy_stretch(
    corpus: &Corpus,
    file: u32,
    offset: u64,
    length: u64,
    progress: &dyn Progress,
    sink: Sink<'_>,
) -> Result<()> {
    corpus.pieces(file, offset, length, &mut |piece| {
        for step in piece.chunks(STEP) {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            sink(step)?;
            progress.add(0, step.len() as u64);
        }
        Ok(())
    })
}

fn write_files(
    dir: &OutDir,
    folder: &str,
    corpus: &Corpus,
    stretches_of: impl Fn(u32) -> Vec<(u64, u64)> + Sync,
    copy: impl Fn(u32, u64, u64, Sink<'_>) -> Result<()> + Sync,
) -> Result<Copied> {
    let copied: Vec<Copied> = corpus
        .files()
        .par_iter()
        .enumerate()
        .map(|(number, file)| {
            let stretches = stretches_of(number as u32);
            let bytes: u64 = stretches.iter().map(|&(_, length)| length).sum();
            let whole_empty = file.is_empty() && folder == "kept";
            // A line format keeps its file even when no line is left; a text file is its page.
            let wanted =
                bytes > 0 || whole_empty || (folder == "kept" && file.format() == Format::Jsonl);
            if !wanted {
                return Ok(Copied::default());
            }
            let name = format!("{folder}/{}", file.output_name());
            let mut packer = Packer::new(dir.file(&name)?, file.compression());
            for (offset, length) in stretches {
                copy(number as u32, offset, length, &mut |bytes| packer.write(bytes))?;
            }
            packer.finish()?;
            Ok(Copied { files: 1, bytes })
        })
        .collect::<Result<_>>()?;
    Ok(copied.iter().fold(Copied::default(), |sum, file| Copied {
        files: sum.files + file.files,
        bytes: sum.bytes + file.bytes,
    }))
}

/// Packs a file as its input was packed.
pub(crate) enum Packer<'d> {
    Plain(OutFile<'d>),
    Gzip(flate2::write::GzEncoder<OutFile<'d>>),
    Zstd(zstd::Encoder<'static, OutFile<'d>>),
    Failed(Error),
}

impl<'d> Packer<'d> {
    pub(crate) fn new(file: OutFile<'d>, compression: Compression) -> Self {
        match compression {
            Compression::None => Self::Plain(file),
            // No time and no name in the header: the same bytes at every run.
            Compression::Gzip => {
                Self::Gzip(GzBuilder::new().write(file, flate2::Compression::default()))
            }
            Compression::Zstd => {
                let path = dir_error(&file);
                match zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL) {
                    Ok(encoder) => Self::Zstd(encoder),
                    Err(error) => Self::Failed(path(error)),
                }
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes).map_err(|e| file.error(e)),
            Self::Gzip(gzip) => gzip.write_all(bytes).map_err(|e| gzip.get_ref().error(e)),
            Self::Zstd(zstd) => zstd.write_all(bytes).map_err(|e| zstd.get_ref().error(e)),
            Self::Failed(_) => Ok(()),
        }
    }

    pub(crate) fn finish(self) -> Result<Written> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(gzip) => {
                let error = dir_error(gzip.get_ref());
                gzip.finish().map_err(error)?
            }
            Self::Zstd(zstd) => {
                let error = dir_error(zstd.get_ref());
                zstd.finish().map_err(error)?
            }
            Self::Failed(error) => return Err(error),
        };
        file.finish()
    }
}

/// The file's way of wording an error, for when an encoder has swallowed the file.
fn dir_error(file: &OutFile<'_>) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = file.path().to_owned();
    move |source| ErrorKind::OutputUnwritable { path, source }.into()
}
