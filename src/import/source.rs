//! A published file: its bytes, unpacked if they are gzip, and its SHA-256.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::ImportError;
use crate::table::Source;

/// A file is read whole: what unpacks to more bytes than this is no table that this importer serves.
const LIMIT: u64 = 4 << 30;

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
    /// Reads a file; gzip is recognised by its first two bytes and unpacked.
    ///
    /// # Errors
    /// Names the file when it is missing, empty, or broken gzip.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let label = path.display().to_string();
        let io = |source| ImportError::Io { file: label.clone(), source };
        let raw = fs::read(path).map_err(io)?;
        if raw.is_empty() {
            return Err(ImportError::content(&label, "the file is empty"));
        }
        let sha256 = Sha256::digest(&raw).iter().map(|byte| format!("{byte:02x}")).collect();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = if raw.starts_with(&[0x1f, 0x8b]) { unpack(&raw).map_err(io)? } else { raw };
        if bytes.len() as u64 > LIMIT {
            return Err(ImportError::content(&label, format!("unpacks to more than {LIMIT} bytes; split the file")));
        }
        Ok(Self { label, bytes, source: Source { file, sha256 } })
    }
}

fn unpack(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(raw).take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
