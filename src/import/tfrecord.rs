//! TensorFlow's record files, read one record after the other.
//!
//! A record is its length (8 bytes, little-endian), the masked CRC-32C of those 8 bytes, its bytes, and the masked CRC-32C of them
//! (`tensorflow/core/lib/io/record_writer.h`). A file that ends anywhere but after a record was cut, most often by a download.

use std::io::{ErrorKind, Read};

use thiserror::Error;

/// A longer record is taken for damage: nothing of its length is allocated.
pub const LONGEST: u64 = 1 << 20;

/// Why a record could not be read. Bytes count from the beginning of the unpacked file.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The operating system refuses, or the packing is broken.
    #[error("after byte {at}")]
    Io {
        /// How many bytes were read before.
        at: u64,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The file ends within a record.
    #[error(
        "the file ends at byte {at}, within the record that begins at byte {record}: it was cut, as by a broken download"
    )]
    Cut {
        /// Where the file ends.
        at: u64,
        /// Where the last record begins.
        record: u64,
    },
    /// A check sum is another than that of the bytes.
    #[error(
        "byte {at}: the check sum of the record's {part} is {found:08x}, expected {expected:08x}: the file is damaged"
    )]
    Sum {
        /// Where the check sum stands.
        at: u64,
        /// What it is of: `length` or `content`.
        part: &'static str,
        /// The check sum of the bytes.
        expected: u32,
        /// The check sum that the file states.
        found: u32,
    },
    /// A record is longer than any that an importer knows.
    #[error("byte {at}: a record of {length} bytes, expected at most {LONGEST}")]
    Long {
        /// Where the record begins.
        at: u64,
        /// Its length.
        length: u64,
    },
}

/// The records of a stream.
pub struct Frames<R> {
    reader: R,
    at: u64,
}

impl<R: Read> Frames<R> {
    /// Begins with the stream's first byte.
    pub fn new(reader: R) -> Self {
        Self { reader, at: 0 }
    }

    /// Where the next record begins.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Appends the content of the next record to `bytes`; `false` at the end of the file.
    ///
    /// # Errors
    /// A file that was cut, check sums that differ, and records of more than [`LONGEST`] bytes.
    pub fn next_into(&mut self, bytes: &mut Vec<u8>) -> Result<bool, FrameError> {
        let record = self.at;
        let mut head = [0; 12];
        match self.fill(&mut head)? {
            0 => return Ok(false),
            12 => {}
            _ => return Err(FrameError::Cut { at: self.at, record }),
        }
        let [a, b, c, d, e, f, g, h, sum @ ..] = head;
        let length = [a, b, c, d, e, f, g, h];
        check(&length, sum, record + 8, "length")?;
        let length = u64::from_le_bytes(length);
        if length > LONGEST {
            return Err(FrameError::Long { at: record, length });
        }
        let start = bytes.len();
        bytes.resize(start + length as usize, 0);
        let mut sum = [0; 4];
        if self.fill(&mut bytes[start..])? < length as usize || self.fill(&mut sum)? < sum.len() {
            return Err(FrameError::Cut { at: self.at, record });
        }
        check(&bytes[start..], sum, record + 12 + length, "content")?;
        Ok(true)
    }

    /// Reads until the buffer is full or the stream ends; how many bytes there were.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, FrameError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(FrameError::Io { at: self.at + filled as u64, source }),
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }
}

fn check(bytes: &[u8], sum: [u8; 4], at: u64, part: &'static str) -> Result<(), FrameError> {
    let (expected, found) = (masked_sum(bytes), u32::from_le_bytes(sum));
    if expected == found { Ok(()) } else { Err(FrameError::Sum { at, part, expected, found }) }
}

/// The CRC-32C of bytes, rotated and shifted, so that sums of bytes that hold sums are none themselves.
pub(super) fn masked_sum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(contents: &[&[u8]]) -> Vec<u8> {
        let mut file = Vec::new();
        for content in contents {
            let length = (content.len() as u64).to_le_bytes();
            file.extend_from_slice(&length);
            file.extend_from_slice(&masked_sum(&length).to_le_bytes());
            file.extend_from_slice(content);
            file.extend_from_slice(&masked_sum(content).to_le_bytes());
        }
        file
    }

    fn read(file: &[u8]) -> Result<Vec<Vec<u8>>, FrameError> {
        let (mut frames, mut contents) = (Frames::new(file), Vec::new());
        loop {
            let mut content = Vec::new();
            if !frames.next_into(&mut content)? {
                return Ok(contents);
            }
            contents.push(content);
        }
    }

    #[test]
    fn records_come_back() {
        let contents: [&[u8]; 3] = [b"one", b"", &[7; 1000]];
        assert_eq!(read(&framed(&contents)).unwrap(), contents);
        assert!(read(b"").unwrap().is_empty());
    }

    #[test]
    fn every_cut_and_every_flip_is_seen() {
        let file = framed(&[b"one", b"two"]);
        for end in (1..file.len()).filter(|&end| end != file.len() / 2) {
            let error = read(&file[..end]).unwrap_err();
            let begins = if end < file.len() / 2 { 0 } else { file.len() as u64 / 2 };
            assert!(matches!(error, FrameError::Cut { at, record } if at == end as u64 && record == begins), "{error}");
        }
        for bit in 0..8 * file.len() {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read(&damaged), Err(FrameError::Sum { .. })), "bit {bit}");
        }
    }

    #[test]
    fn no_record_is_allocated_before_its_length_is_believed() {
        let length = (LONGEST + 1).to_le_bytes();
        let file = [&length[..], &masked_sum(&length).to_le_bytes()].concat();
        assert!(matches!(read(&file), Err(FrameError::Long { at: 0, .. })));
    }
}
