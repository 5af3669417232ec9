//! Where a data set comes from: an embedded one by name, or files of users by kind and path.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::cifar::Kind;
use super::error::DataError;
use super::set::check_labels;
use super::{Counts, DataSet, cifar, embedded_names, folder, idx, numpy};
use crate::base::nearest;

/// Where a data set comes from; written `digits` or `cifar10:FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSource {
    /// An embedded data set.
    Embedded(String),
    /// Files.
    Files {
        /// Their kind.
        kind: FileKind,
        /// The folder or file.
        path: PathBuf,
    },
}

/// A kind of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// MNIST's and Fashion-MNIST's format.
    Idx,
    /// CIFAR-10, binary version.
    Cifar10,
    /// CIFAR-100, binary version.
    Cifar100,
    /// NumPy arrays.
    Numpy,
    /// Class folders with PNG or JPEG images.
    Images,
}

const KINDS: [(&str, FileKind); 5] = [
    ("idx", FileKind::Idx),
    ("cifar10", FileKind::Cifar10),
    ("cifar100", FileKind::Cifar100),
    ("numpy", FileKind::Numpy),
    ("images", FileKind::Images),
];

impl FromStr for DataSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((kind, path)) = text.split_once(':') {
            let known = KINDS.iter().find(|(name, _)| *name == kind);
            let (_, kind) = known.ok_or_else(|| format!("`{kind}` is no kind of data files; {}", expected(kind)))?;
            return Ok(Self::Files { kind: *kind, path: PathBuf::from(path) });
        }
        let known = embedded_names().any(|name| name == text);
        if known {
            Ok(Self::Embedded(text.to_owned()))
        } else {
            Err(format!("no data set is called `{text}`; {}", expected(text)))
        }
    }
}

fn expected(name: &str) -> String {
    let kinds = KINDS.map(|(kind, _)| kind);
    if let Some(near) = nearest(name, embedded_names().chain(kinds)) {
        return format!("did you mean `{near}`?");
    }
    let embedded = embedded_names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let kinds = kinds.map(|kind| format!("`{kind}:PATH`")).join(", ");
    format!("expected one of {embedded}, {kinds}")
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(name) => f.write_str(name),
            Self::Files { kind, path } => {
                let name = KINDS.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| name);
                write!(f, "{name}:{}", path.display())
            }
        }
    }
}

/// A data set that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its files are not right.
    #[error(transparent)]
    Files(#[from] DataError),
    /// Its labels make classes that cannot be learned.
    #[error("{0}")]
    Labels(String),
    /// Its split is impossible.
    #[error("{0}")]
    Split(String),
}

impl DataSource {
    /// What tables call it if nothing else is said: the kind for CIFAR, otherwise the name of the folder or file.
    pub fn usual_task(&self) -> String {
        match self {
            Self::Embedded(name) => name.clone(),
            Self::Files { kind: FileKind::Cifar10, .. } => "cifar10".into(),
            Self::Files { kind: FileKind::Cifar100, .. } => "cifar100".into(),
            Self::Files { path, .. } => stem(path),
        }
    }

    /// Opens the data set with so many images. An embedded data set keeps its own split.
    ///
    /// # Errors
    /// Names the file that is not right, or the split that is impossible.
    pub fn open(&self, task: &str, counts: Counts) -> Result<DataSet, OpenError> {
        let (kind, path) = match self {
            Self::Embedded(name) if task != name => {
                return Err(OpenError::Split(format!("the embedded data set `{name}` has no other name")));
            }
            Self::Embedded(name) if counts != Counts::default() => {
                return Err(OpenError::Split(format!("the embedded data set `{name}` has a split of its own")));
            }
            Self::Embedded(name) => {
                return DataSet::embedded(name)
                    .ok_or_else(|| OpenError::Split(format!("no data set is called `{name}`")));
            }
            Self::Files { kind, path } => (*kind, path.as_path()),
        };
        let parts = match kind {
            FileKind::Idx => idx::read(path)?,
            FileKind::Cifar10 => cifar::read(path, Kind::Cifar10)?,
            FileKind::Cifar100 => cifar::read(path, Kind::Cifar100)?,
            FileKind::Numpy => numpy::read(path)?,
            FileKind::Images => folder::read(path)?,
        };
        check_labels(task, &parts).map_err(OpenError::Labels)?;
        DataSet::split(task, parts, counts).map_err(OpenError::Split)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

impl OpenError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::Labels(_) => {
                Some("labels count the classes from 0, and each class needs images for training: correct them".into())
            }
            Self::Split(_) => Some("give fewer images, or none for the usual split".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for text in ["digits", "fashion-mnist-8x8", "cifar10:/data/cifar", "numpy:x.npz"] {
            assert_eq!(text.parse::<DataSource>().unwrap().to_string(), text);
        }
        assert!("digit".parse::<DataSource>().unwrap_err().contains("did you mean `digits`?"));
        assert!("cifar:x".parse::<DataSource>().unwrap_err().contains("did you mean `cifar10`?"));
        assert_eq!("idx:/data/fashion".parse::<DataSource>().unwrap().usual_task(), "fashion");
    }
}
