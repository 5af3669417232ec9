//! A first look at a published file or folder: what kind it is by its first bytes, and the first names inside.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use super::unpack::{self, Unpacked};
use super::{ImportError, inside, tfrecord, torch};

/// What a file is, by its content; what it is called plays no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A Python pickle, or several one after the other.
    Pickle,
    /// What `torch.save` wrote before PyTorch 1.6: five pickles.
    TorchLegacy,
    /// What `torch.save` writes since PyTorch 1.6: a zip with a pickle.
    TorchZip,
    /// A zip of anything else.
    Zip,
    /// An HDF5 file.
    Hdf5,
    /// A Parquet file.
    Parquet,
    /// A NumPy array.
    Npy,
    /// TensorFlow's record file.
    TfRecord,
    /// One JSON value.
    Json,
    /// A JSON value a line.
    JsonLines,
    /// Text with separated columns.
    Csv,
    /// None of these.
    Unknown,
}

/// What a first look at a file or folder tells.
#[derive(Debug, Clone)]
pub struct Look {
    /// Where it stands.
    pub path: PathBuf,
    /// The packings around it: `gzip`, `bzip2`.
    pub layers: Vec<&'static str>,
    /// What it is, once unpacked.
    pub kind: Kind,
    /// The first names inside, at most [`Look::NAMES`]: files of a folder or a zip, columns, keys of the outermost dict (numbers as their
    /// digits), members of the root. Of a pickle beyond [`Look::WHOLE`] bytes: the first texts in it.
    pub names: Vec<String>,
    /// The first names inside the first of these, where it holds names in turn.
    pub inner: Vec<String>,
}

impl Look {
    /// The most names that are listed.
    pub const NAMES: usize = 64;

    /// A pickle of up to so many bytes is read whole.
    pub const WHOLE: u64 = 64 << 20;

    /// Looks at a file or folder.
    ///
    /// # Errors
    /// Names the file when it cannot be read or its packing is broken.
    pub fn at(path: &Path) -> Result<Self, ImportError> {
        let io = |source| ImportError::Io { file: path.display().to_string(), source };
        let mut look = Self {
            path: path.to_owned(),
            layers: Vec::new(),
            kind: Kind::Folder,
            names: Vec::new(),
            inner: Vec::new(),
        };
        if path.is_dir() {
            look.names = files_of(path).map_err(io)?;
            return Ok(look);
        }
        let Unpacked { mut reader, layers } = unpack::open(path).map_err(io)?;
        let mut head = Vec::new();
        reader.by_ref().take(HEAD).read_to_end(&mut head).map_err(io)?;
        (look.layers, look.kind) = (layers, kind_of(&head));
        look.fill(&head, &mut Cursor::new(&head).chain(reader)).map_err(io)?;
        look.names.truncate(Self::NAMES);
        look.inner.truncate(Self::NAMES);
        Ok(look)
    }

    /// The file's name without its folder.
    pub fn file_name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Whether this is one of the first names inside or, for a folder, a file in it.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name) || self.kind == Kind::Folder && self.path.join(name).exists()
    }

    /// Whether any of the first names inside is as asked.
    pub fn any(&self, asked: impl Fn(&str) -> bool) -> bool {
        self.names.iter().any(|name| asked(name))
    }

    /// Fills in the names; where a file is damaged further on they stay away, and the importer says why.
    fn fill(&mut self, head: &[u8], reader: &mut dyn Read) -> std::io::Result<()> {
        match self.kind {
            Kind::Pickle | Kind::TorchLegacy => self.fill_pickle(reader)?,
            Kind::Json | Kind::JsonLines => (self.names, self.inner) = inside::json(reader),
            Kind::Csv | Kind::Unknown if looks_like_old_pickle(head) => self.fill_old_pickle(head, reader)?,
            Kind::Csv => self.names = inside::columns(head),
            Kind::Zip => self.fill_zip(),
            Kind::Hdf5 => self.names = inside::members(&self.path),
            Kind::Parquet => self.names = inside::parquet_columns(&self.path),
            _ => {}
        }
        Ok(())
    }

    fn fill_pickle(&mut self, reader: &mut dyn Read) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        reader.take(Self::WHOLE + 1).read_to_end(&mut bytes)?;
        let is_whole = bytes.len() as u64 <= Self::WHOLE;
        let skipped = if self.kind == Kind::TorchLegacy { torch::BEFORE_OBJECT } else { 0 };
        let found = is_whole.then(|| inside::pickle(&bytes, skipped)).flatten();
        (self.names, self.inner) =
            found.unwrap_or_else(|| (inside::texts(&bytes[..bytes.len().min(TEXTS)]), Vec::new()));
        Ok(())
    }

    /// A pickle of protocol 0 or 1 has no mark: it is one if it reads as one.
    fn fill_old_pickle(&mut self, head: &[u8], reader: &mut dyn Read) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        reader.take(Self::WHOLE).read_to_end(&mut bytes)?;
        match inside::pickle(&bytes, 0) {
            Some(found) => {
                self.kind = Kind::Pickle;
                (self.names, self.inner) = found;
            }
            None if self.kind == Kind::Csv => self.names = inside::columns(head),
            None => {}
        }
        Ok(())
    }

    /// The members of a zip; one with `data.pkl` is PyTorch's.
    fn fill_zip(&mut self) {
        let Some((members, pickle)) = inside::zip(&self.path) else { return };
        self.names = members;
        if let Some(pickle) = pickle {
            self.kind = Kind::TorchZip;
            (self.names, self.inner) = pickle;
        }
    }
}

/// How many bytes tell what a file is.
const HEAD: u64 = 1 << 14;

/// How many bytes of a pickle too large to be read whole are searched for texts.
const TEXTS: usize = 1 << 16;

/// The first files of a folder by name.
fn files_of(folder: &Path) -> std::io::Result<Vec<String>> {
    let entries = folder.read_dir()?.collect::<std::io::Result<Vec<_>>>()?;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.truncate(Look::NAMES);
    Ok(names)
}

/// What a file is, by its first bytes.
fn kind_of(head: &[u8]) -> Kind {
    let text = head.trim_ascii_start();
    match head {
        _ if torch::is_legacy(head) => Kind::TorchLegacy,
        [0x80, 2..=5, ..] => Kind::Pickle,
        _ if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") => Kind::Zip,
        _ if head.starts_with(b"\x89HDF\r\n\x1a\n") => Kind::Hdf5,
        _ if head.starts_with(b"PAR1") => Kind::Parquet,
        _ if head.starts_with(b"\x93NUMPY") => Kind::Npy,
        _ if is_tfrecord(head) => Kind::TfRecord,
        _ if text.starts_with(b"{") && is_lines(text) => Kind::JsonLines,
        _ if text.starts_with(b"{") || text.starts_with(b"[") => Kind::Json,
        _ if is_separated(head) => Kind::Csv,
        _ => Kind::Unknown,
    }
}

/// Whether the first line is an object of its own and the next begins another.
fn is_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let is_object = |line: &[u8]| line.starts_with(b"{") && line.ends_with(b"}");
    lines.next().is_some_and(is_object) && lines.next().is_some_and(|line| line.starts_with(b"{"))
}

/// Whether the first eight bytes are a length whose check sum follows, as in TensorFlow's record files.
fn is_tfrecord(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<8>() else { return false };
    rest.first_chunk().is_some_and(|found| u32::from_le_bytes(*found) == tfrecord::masked_sum(length))
}

/// Whether the bytes are text whose first line has a separator.
fn is_separated(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_text = !whole.chars().any(|letter| letter.is_control() && !letter.is_whitespace());
    is_text && whole.lines().next().is_some_and(|line| line.contains([',', ';', '\t']))
}

/// Whether bytes may be a pickle of protocol 0 or 1, which begin with a mark, an empty container or a global.
fn looks_like_old_pickle(head: &[u8]) -> bool {
    head.first().is_some_and(|first| b"(]}c".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, bytes: &[u8]) -> Look {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        Look::at(&folder.path().join(name)).unwrap()
    }

    #[test]
    fn kinds_are_told_by_content() {
        let kinds = [
            (&b"a,b\n1,2\n"[..], Kind::Csv, &["a", "b"][..]),
            (b"x\ty\n", Kind::Csv, &["x", "y"]),
            (b"{\"b\": {\"c\": 1}, \"a\": 2}", Kind::Json, &["b", "a"]),
            (b"{\"a\": NaN}\n{\"a\": 2}\n", Kind::JsonLines, &["a"]),
            (b" [{\"k\": 1}, 2]", Kind::Json, &["k"]),
            (b"}U\x02lrG\x3f\xe0\0\0\0\0\0\0s.", Kind::Pickle, &["lr"]),
            (b"(dS'a'\nI1\nsI7\nI2\ns.", Kind::Pickle, &["a", "7"]),
            (b"\x93NUMPY\x01\x00", Kind::Npy, &[]),
            (b"\x00\x01\x02", Kind::Unknown, &[]),
            (b"", Kind::Unknown, &[]),
        ];
        for (bytes, kind, names) in kinds {
            let look = look("some.thing", bytes);
            assert_eq!((look.kind, look.names.as_slice()), (kind, names.map_owned().as_slice()), "{bytes:?}");
        }
    }

    trait MapOwned {
        fn map_owned(self) -> Vec<String>;
    }

    impl MapOwned for &[&str] {
        fn map_owned(self) -> Vec<String> {
            self.iter().map(|name| (*name).to_owned()).collect()
        }
    }

    #[test]
    fn a_record_is_known_by_its_check_sum() {
        let length = 3u64.to_le_bytes();
        let masked = crc32c::crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8);
        let mut bytes = [&length[..], &masked.to_le_bytes()].concat();
        assert_eq!(look("x", &bytes).kind, Kind::TfRecord);
        bytes[9] ^= 1;
        assert_eq!(look("x", &bytes).kind, Kind::Unknown);
    }

    #[test]
    fn the_names_of_the_first_value_are_told_too() {
        assert_eq!(look("x", b"{\"b\": {\"c\": 1}, \"a\": 2}").inner, ["c"]);
        assert_eq!(look("x", b"(dS'a'\n(dS'in'\nI1\nss.").inner, ["in"]);
    }
}
