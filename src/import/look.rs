//! A first look at a published file or folder: what kind it is by its first bytes, and the first names inside.

use std::path::{Path, PathBuf};

use super::ImportError;

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
    /// What it is, once unpacked.
    pub kind: Kind,
    /// The first names inside, at most [`Look::NAMES`]: files of a folder or a zip, columns, keys of the outermost dict (numbers as their
    /// digits, tuples as `('a', 1)`), members of the root.
    pub names: Vec<String>,
}

impl Look {
    /// The most names that are listed.
    pub const NAMES: usize = 64;

    /// Looks at a file or folder.
    ///
    /// # Errors
    /// Names the file when it cannot be read or its packing is broken.
    pub fn at(path: &Path) -> Result<Self, ImportError> {
        let _ = path;
        todo!("written next")
    }

    /// The file's name without its folder.
    pub fn file_name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Whether one of the first names inside is this.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}
