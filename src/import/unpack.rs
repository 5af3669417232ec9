//! Packed files: gzip and bzip2 are recognised by their first bytes, whatever the file is called, and unpacked while they are read.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};
use std::path::Path;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use super::progress::Counted;

/// A file may be packed in so many layers.
const LAYERS: usize = 3;

const BUFFER: usize = 1 << 18;

/// A file's unpacked bytes, and the packings around them, outermost first.
pub struct Unpacked {
    /// The bytes.
    pub reader: Box<dyn BufRead + Send>,
    /// `gzip`, `bzip2`.
    pub layers: Vec<&'static str>,
}

/// Opens a file; several packed members one after the other are one stream.
///
/// # Errors
/// What the operating system says; broken packing shows when the bytes are read.
pub fn open(path: &Path) -> Result<Unpacked> {
    let file = Counted::open(path)?;
    let limit = std::fs::metadata(path)?.len().saturating_mul(RATIO).max(SMALL);
    let Unpacked { reader, layers } = layers_of(file)?;
    let reader: Box<dyn BufRead + Send> = if layers.is_empty() {
        reader
    } else {
        Box::new(BufReader::with_capacity(BUFFER, Bounded { reader, left: limit }))
    };
    Ok(Unpacked { reader, layers })
}

/// What unpacks to so many times its size, if that is more than [`SMALL`] bytes, is no publication: texts and pickles shrink to a thirtieth.
pub(super) const RATIO: u64 = 256;
pub(super) const SMALL: u64 = 64 << 20;

/// A packed stream that may be no longer than its file allows.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.reader.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => {
                self.left = left;
                Ok(count)
            }
            None => {
                let what = format!(
                    "the file unpacks to more than {RATIO} times its size; if you trust it, unpack it yourself"
                );
                Err(Error::new(ErrorKind::InvalidData, what))
            }
        }
    }
}

/// Unpacks a stream of bytes.
///
/// # Errors
/// What reading the first bytes says.
pub fn layers_of(packed: impl Read + Send + 'static) -> Result<Unpacked> {
    let mut unpacked = Unpacked { reader: Box::new(BufReader::with_capacity(BUFFER, packed)), layers: Vec::new() };
    while unpacked.layers.len() < LAYERS {
        let Some((layer, wrap)) = packing(unpacked.reader.fill_buf()?) else { break };
        unpacked = Unpacked { reader: wrap(unpacked.reader), layers: [unpacked.layers, vec![layer]].concat() };
    }
    Ok(unpacked)
}

type Wrap = fn(Box<dyn BufRead + Send>) -> Box<dyn BufRead + Send>;

/// The packing that bytes begin with, if any, and how it is taken off.
fn packing(head: &[u8]) -> Option<(&'static str, Wrap)> {
    if head.starts_with(&[0x1f, 0x8b]) {
        return Some(("gzip", |inner| Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(inner)))));
    }
    let is_bzip2 = head.starts_with(b"BZh") && head.get(3).is_some_and(u8::is_ascii_digit);
    is_bzip2.then_some(("bzip2", |inner| Box::new(BufReader::with_capacity(BUFFER, MultiBzDecoder::new(inner)))))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: Vec<u8>) -> (Vec<u8>, Vec<&'static str>) {
        let mut unpacked = layers_of(Cursor::new(bytes)).unwrap();
        let mut out = Vec::new();
        unpacked.reader.read_to_end(&mut out).unwrap();
        (out, unpacked.layers)
    }

    #[test]
    fn packings_are_taken_off_one_after_the_other() {
        assert_eq!(unpacked(b"plain".to_vec()), (b"plain".to_vec(), vec![]));
        assert_eq!(unpacked(gzip(&bzip2(b"both"))), (b"both".to_vec(), vec!["gzip", "bzip2"]));
        assert_eq!(unpacked([gzip(b"one "), gzip(b"two")].concat()), (b"one two".to_vec(), vec!["gzip"]));
        assert_eq!(unpacked([bzip2(b"one "), bzip2(b"two")].concat()), (b"one two".to_vec(), vec!["bzip2"]));
        assert_eq!(unpacked(Vec::new()), (Vec::new(), vec![]));
    }

    #[test]
    fn what_unpacks_to_far_more_than_its_size_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bzip2(&vec![b'('; (SMALL + 1) as usize])).unwrap();
        let read = open(file.path()).unwrap().reader.read_to_end(&mut Vec::new());
        assert!(read.unwrap_err().to_string().contains("256 times its size"));
        std::fs::write(file.path(), vec![b'('; 1 << 20]).unwrap();
        assert_eq!(open(file.path()).unwrap().reader.read_to_end(&mut Vec::new()).unwrap(), 1 << 20);
    }

    #[test]
    fn broken_packing_is_an_error() {
        for packed in [gzip(b"some text"), bzip2(b"some text")] {
            let cut = packed[..packed.len() / 2].to_vec();
            let read = layers_of(Cursor::new(cut)).and_then(|mut cut| cut.reader.read_to_end(&mut Vec::new()));
            assert!(read.is_err());
        }
    }
}
