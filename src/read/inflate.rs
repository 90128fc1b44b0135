//! Compressed streams to bytes: every gzip member, every Zstandard frame, and a named fault where
//! the stream does not end as it should.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::sniff::Compression;

/// A reader of the unpacked bytes.
///
/// Zstandard windows stay within the decoder's own limit of 2^27 bytes: a frame that asks for
/// more memory is a fault.
pub(crate) fn unpack<'r>(
    source: impl BufRead + 'r,
    compression: Compression,
) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(GzipMembers::new(source)),
        Compression::Zstd => Box::new(ZstdFrames::new(source)?),
    })
}

/// All members of a gzip file (RFC 1952 §2.2), one after the other.
///
/// NUL bytes after the last member are padding, as tapes and gzip itself have it; anything else
/// there is an error.
struct GzipMembers<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let read = member.read(out)?;
            if read > 0 || out.is_empty() {
                self.member = Some(member);
                return Ok(read);
            }
            let mut rest = member.into_inner();
            match rest.fill_buf()?.first() {
                None => {}
                Some(0x1f) => self.member = Some(GzDecoder::new(rest)),
                Some(_) => skip_padding(&mut rest)?,
            }
        }
        Ok(0)
    }
}

fn skip_padding(rest: &mut impl BufRead) -> io::Result<()> {
    loop {
        let padding = rest.fill_buf()?;
        if padding.is_empty() {
            return Ok(());
        }
        if padding.iter().any(|&byte| byte != 0) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "bytes after the end that are no gzip member",
            ));
        }
        let len = padding.len();
        rest.consume(len);
    }
}

/// All frames of a Zstandard file. An empty file holds none, which its maker cannot have meant.
struct ZstdFrames<'r, R: BufRead> {
    frames: zstd::Decoder<'r, R>,
    started: bool,
}

impl<R: BufRead> ZstdFrames<'_, R> {
    fn new(source: R) -> io::Result<Self> {
        Ok(Self { frames: zstd::Decoder::with_buffer(source)?, started: false })
    }
}

impl<R: BufRead> Read for ZstdFrames<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.started = true;
            if self.frames.get_mut().fill_buf()?.is_empty() {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
        }
        self.frames.read(out)
    }
}

/// The words for a stream that broke.
pub(crate) fn fault(error: &io::Error, compression: Compression) -> String {
    let stream = match compression {
        Compression::None => return format!("could not be read to its end: {error}"),
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    if error.kind() == io::ErrorKind::UnexpectedEof {
        format!("the {stream} stream ends too early; copy or download the file again")
    } else {
        format!("the {stream} stream is damaged ({error}); copy or download the file again")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        member.write_all(bytes).unwrap();
        member.finish().unwrap()
    }

    pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    fn all(packed: &[u8], compression: Compression) -> (Vec<u8>, bool) {
        let mut out = Vec::new();
        let end = unpack(packed, compression).unwrap().read_to_end(&mut out);
        (out, end.is_ok())
    }

    #[test]
    fn every_member_and_frame_is_read() {
        let (a, b) = (gzip(b"one "), gzip(b"two"));
        let gz = [&a[..], &b, &gzip(b""), &[0; 700]].concat();
        assert_eq!(all(&gz, Compression::Gzip), (b"one two".to_vec(), true));
        let zst = [zstd(b"one "), zstd(b"two")].concat();
        assert_eq!(all(&zst, Compression::Zstd), (b"one two".to_vec(), true));
    }

    #[test]
    fn garbage_after_the_end_is_a_fault_after_the_data() {
        for tail in [&b"garbage"[..], b"\0\0x", b"\x1f\x00 no member", b"\x1f"] {
            let gz = [&gzip(b"one"), tail].concat();
            assert_eq!(all(&gz, Compression::Gzip), (b"one".to_vec(), false), "{tail:?}");
        }
        let zst = [&zstd(b"one")[..], b"garbage"].concat();
        assert_eq!(all(&zst, Compression::Zstd), (b"one".to_vec(), false));
    }

    #[test]
    fn an_empty_file_is_no_stream() {
        assert_eq!(all(b"", Compression::Gzip), (vec![], false));
        assert_eq!(all(b"", Compression::Zstd), (vec![], false));
    }

    #[test]
    fn a_window_over_the_limit_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(b"a page").unwrap();
        encoder.flush().unwrap();
        encoder.write_all(&vec![b'x'; 1 << 20]).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(all(&packed, Compression::Zstd), (vec![], false));
    }
}
