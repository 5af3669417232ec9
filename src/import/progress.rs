//! How many bytes of published files were read so far, for whoever shows how far a long import is.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::open_regular;

static READ: AtomicU64 = AtomicU64::new(0);

/// How many bytes of published files this process has read so far. What is read twice, once for a file's digest, counts twice; of packed
/// files the packed bytes count.
pub fn bytes_read() -> u64 {
    READ.load(Ordering::Relaxed)
}

/// Counts bytes that a library has read for us.
pub(super) fn count(bytes: u64) {
    READ.fetch_add(bytes, Ordering::Relaxed);
}

/// A published file whose bytes are counted as they are read.
pub(super) struct Counted {
    file: File,
    total: &'static AtomicU64,
}

impl Counted {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { file: open_regular(path)?, total: &READ })
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.file.read(buffer)?;
        self.total.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, place: SeekFrom) -> Result<u64> {
        self.file.seek(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_counted() {
        static TOTAL: AtomicU64 = AtomicU64::new(0);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 1000]).unwrap();
        let opened = Counted::open(file.path()).unwrap();
        assert!(std::ptr::eq(opened.total, &READ));
        let mut bytes = Vec::new();
        Counted { total: &TOTAL, ..opened }.read_to_end(&mut bytes).unwrap();
        assert_eq!((bytes.len(), TOTAL.load(Ordering::Relaxed)), (1000, 1000));
    }
}
