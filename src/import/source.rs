//! A published file: its unpacked bytes, and its SHA-256.

use std::io::{Cursor, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::progress::Counted;
use super::unpack::{RATIO, SMALL};
use super::{ImportError, unpack};
use crate::table::Source;

/// A file is read whole: what unpacks to more bytes than this is no table that this importer serves.
const LIMIT: u64 = 4 << 30;

const EMPTY: &str = "the file is empty";

/// A file that was read whole.
pub struct SourceFile {
    /// What messages call it.
    pub label: String,
    /// Its content, unpacked.
    pub bytes: Vec<u8>,
    /// Its name and digest, for the table's provenance.
    pub source: Source,
}

impl SourceFile {
    /// Reads a file; gzip and bzip2 are recognised by their first bytes and unpacked.
    ///
    /// # Errors
    /// Names the file when it is missing, empty, or its packing is broken.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let label = path.display().to_string();
        let io = |source| ImportError::Io { file: label.clone(), source };
        let mut raw = Vec::new();
        if std::fs::metadata(path).map_err(io)?.len() > LIMIT {
            return Err(too_large(label, LIMIT)); // a sparse file has any length, and takes no room until it is read
        }
        Counted::open(path).and_then(|mut file| file.read_to_end(&mut raw)).map_err(io)?;
        if raw.is_empty() {
            return Err(ImportError::content(&label, EMPTY));
        }
        let source = named(path, Sha256::new_with_prefix(&raw));
        let limit = limit_of(raw.len() as u64);
        let bytes = unpacked(raw, limit).map_err(io)?;
        if bytes.len() as u64 > limit {
            return Err(too_large(label, limit));
        }
        Ok(Self { label, bytes, source })
    }
}

/// To how many bytes a file of this length may be unpacked.
fn limit_of(length: u64) -> u64 {
    length.saturating_mul(RATIO).clamp(SMALL, LIMIT)
}

fn too_large(file: String, limit: u64) -> ImportError {
    let (what, hint) = match limit {
        LIMIT => (format!("holds more than {limit} bytes"), "split the file"),
        _ => (
            format!("unpacks to more than {limit} bytes, {RATIO} times its size"),
            "if you trust it, unpack it yourself and import what comes out",
        ),
    };
    ImportError::Content { file, what, hint: Some(hint.into()) }
}

/// A file's name and digest, for a table's provenance; the file is read piece by piece.
pub(super) fn source_of(path: &Path) -> Result<Source, ImportError> {
    let io = |source| ImportError::Io { file: path.display().to_string(), source };
    let (mut file, mut digest) = (Counted::open(path).map_err(io)?, Sha256::new());
    let mut piece = vec![0; 1 << 18];
    let mut is_empty = true;
    loop {
        match file.read(&mut piece).map_err(io)? {
            0 if is_empty => return Err(ImportError::content(&path.display().to_string(), EMPTY)),
            0 => return Ok(named(path, digest)),
            count => digest.update(&piece[..count]), // `read` fills no more than there is
        }
        is_empty = false;
    }
}

/// The name of a file or folder without its own folder, with a digest of what was read.
pub(super) fn named(path: &Path, digest: Sha256) -> Source {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Source { file, sha256: hexadecimal(digest) }
}

/// A digest's digits.
pub(super) fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Unpacks bytes up to a limit and one more.
fn unpacked(raw: Vec<u8>, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    unpack::layers_of(Cursor::new(raw))?.reader.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_unpacks_to_hundreds_of_times_its_size_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file.as_file(), flate2::Compression::best());
        let zeros = vec![0; 1 << 20];
        (0..=SMALL >> 20).for_each(|_| encoder.write_all(&zeros).unwrap());
        encoder.finish().unwrap();
        let Err(error) = SourceFile::read(file.path()) else { panic!("65 MiB of zeros came through") };
        assert!(error.to_string().contains("unpacks to more than") && error.hint().is_some(), "{error}");
    }

    #[test]
    fn what_a_file_holds_decides_how_far_it_may_be_unpacked() {
        let packed = |count: usize| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(&vec![7; count]).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(unpacked(packed(1000), 1000).unwrap(), [7; 1000]);
        assert_eq!(unpacked(packed(5000), 1000).unwrap().len(), 1001);
        assert_eq!([0, 1 << 20, 1 << 40].map(limit_of), [SMALL, 256 << 20, LIMIT]);
    }
}
