//! What `torch.save` wraps around a pickle: five pickles in a row before PyTorch 1.6, a zip since then.
//!
//! Source: `torch/serialization.py` of PyTorch. Weights, which stand outside the object's pickle, are not read; they are persistent ids in
//! it.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::pickle::{self, Node, Pickle};
use super::{ImportError, SourceFile};

/// The number that the first of the five pickles holds, 0x1950a86a20f9469cfc6c, little-endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The pickle of the object stands after those of the magic number, the version and the machine's sizes.
pub(super) const BEFORE_OBJECT: usize = 3;

/// An object's pickle must not unpack to more bytes than this.
const LIMIT: u64 = 4 << 30;

/// The first of the five pickles, as PyTorch writes it: protocol 2, an int of ten bytes.
const FIRST: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

/// Whether bytes begin as the older container does.
pub(super) fn is_legacy(head: &[u8]) -> bool {
    head.starts_with(FIRST)
}

/// Whether a member of a zip is the object's pickle.
pub(super) fn is_object(member: &str) -> bool {
    member == "data.pkl" || member.ends_with("/data.pkl")
}

/// Reads the object that `torch.save` or `pickle.dump` wrote.
///
/// # Errors
/// As [`object`]; names the file and the byte where the pickle cannot be read.
pub fn read(file: &SourceFile) -> Result<Pickle, ImportError> {
    let bytes = object(&file.bytes, &file.label)?;
    let read = pickle::read(&bytes);
    read.map(|(pickle, _)| pickle).map_err(|source| ImportError::Pickle { file: file.label.clone(), source })
}

/// The bytes that begin with the pickle of the object: a zip's `data.pkl`, what follows three pickles of the older container, or
/// all bytes where they are a plain pickle.
///
/// # Errors
/// Names the file when a zip is broken or holds no `data.pkl`, or when one of the first three pickles cannot be read.
pub fn object<'a>(bytes: &'a [u8], label: &str) -> Result<Cow<'a, [u8]>, ImportError> {
    if bytes.starts_with(b"PK") {
        return from_zip(bytes, label).map(Cow::Owned);
    }
    let broken = |source| ImportError::Pickle { file: label.to_owned(), source };
    let is_legacy = pickle::read(bytes).is_ok_and(|(first, _)| is_magic(&first));
    let mut rest = bytes;
    for _ in 0..if is_legacy { BEFORE_OBJECT } else { 0 } {
        let (_, end) = pickle::read(rest).map_err(broken)?;
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(Cow::Borrowed(rest))
}

fn is_magic(pickle: &Pickle) -> bool {
    matches!(pickle.root().node(), Node::BigInt(bytes) if **bytes == MAGIC)
}

fn from_zip(bytes: &[u8], label: &str) -> Result<Vec<u8>, ImportError> {
    let broken = |error: &dyn std::fmt::Display| ImportError::content(label, format!("is a broken zip: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let name = archive.file_names().flatten().find(|name| is_object(name)).map(Cow::into_owned);
    let Some(name) = name else {
        return Err(ImportError::content(label, "is a zip without `data.pkl`: `torch.save` did not write it"));
    };
    let file = archive.by_name(&name).map_err(|error| broken(&error))?;
    let mut object = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut object).map_err(|error| broken(&error))?;
    if object.len() as u64 > LIMIT {
        return Err(ImportError::content(label, format!("`{name}` unpacks to more than {LIMIT} bytes")));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pickles of the magic number, the version and an empty dict, then those of the object 7 and of no keys.
    const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02K\x07.\x80\x02].";

    fn number(bytes: &[u8]) -> i64 {
        let object = object(bytes, "x").unwrap();
        pickle::read(&object).unwrap().0.root().as_i64().unwrap()
    }

    fn zip_of(name: &str) -> Vec<u8> {
        use std::io::Write;
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"\x80\x02K\x07.").unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn the_object_is_found_in_every_container() {
        assert_eq!(number(LEGACY), 7);
        assert_eq!(number(&zip_of("archive/data.pkl")), 7);
        assert_eq!(number(b"\x80\x02K\x07."), 7);
    }

    #[test]
    fn damaged_containers_are_errors() {
        for end in 0..LEGACY.len() - 4 {
            let found = object(&LEGACY[..end], "x");
            assert!(found.is_err() || found.is_ok_and(|object| pickle::read(&object).is_err()), "{end}");
        }
        let zip = zip_of("archive/data.pkl");
        assert!(object(&zip[..zip.len() / 2], "x").unwrap_err().to_string().contains("is a broken zip"));
        assert!(object(&zip_of("other"), "x").unwrap_err().to_string().contains("without `data.pkl`"));
    }
}
