//! What can be wrong with the files of a data set.

use std::io;

use thiserror::Error;

/// A data set that cannot be read.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system refuses the file.
    #[error("cannot read `{file}`")]
    Io {
        /// The file.
        file: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A device, a pipe or a folder in the place of a file.
    #[error("`{file}`: expected an ordinary file, found a folder or a device")]
    NotFile {
        /// The path.
        file: String,
    },
    /// A file that a data set needs.
    #[error("`{place}`: expected {}, found none", either(names))]
    Missing {
        /// Where it was looked for: a folder or an archive.
        place: String,
        /// The names that were looked for.
        names: Vec<String>,
    },
    /// A file whose name ends in `.gz`, with something else in it.
    #[error("`{file}`: expected gzip, which begins with 1f 8b, found {found}")]
    NotGzip {
        /// The file.
        file: String,
        /// Its first bytes.
        found: String,
    },
    /// A compressed stream that does not unpack.
    #[error("`{file}`: expected {expected} unpacked bytes, found damage after {found}")]
    Packed {
        /// The file.
        file: String,
        /// The bytes that are promised, as far as it is known.
        expected: u64,
        /// The bytes that could be unpacked.
        found: u64,
        /// What the unpacking said.
        #[source]
        source: io::Error,
    },
    /// A file of another kind.
    #[error("`{file}`: expected {expected}, found {found}")]
    Kind {
        /// The file.
        file: String,
        /// What a right file begins with, or what else would be right.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A file that ends early.
    #[error("`{file}` is cut: expected {expected} bytes, found {found}")]
    Cut {
        /// The file.
        file: String,
        /// The bytes that a whole file has, or has at least.
        expected: u64,
        /// The bytes that it has.
        found: u64,
    },
    /// A file that goes on after its end.
    #[error("`{file}` goes on after its end: expected {expected} bytes, found at least {found}")]
    Trailing {
        /// The file.
        file: String,
        /// The bytes that a right file has.
        expected: u64,
        /// The bytes that were counted before reading stopped.
        found: u64,
    },
    /// More than is ever read into memory.
    #[error("`{file}`: expected at most {expected} bytes, found {found}")]
    Large {
        /// The file, or the folder.
        file: String,
        /// The most that is read.
        expected: u64,
        /// The bytes that it promises.
        found: u128,
    },
    /// Labels for another number of images.
    #[error("`{file}`: expected {expected} labels, one for each image of `{images}`, found {found}")]
    Count {
        /// The file with the labels.
        file: String,
        /// The file with the images.
        images: String,
        /// The number of images.
        expected: u64,
        /// The number of labels.
        found: u64,
    },
    /// A label that no class has.
    #[error("`{file}`: label {index} (from 0): expected 0 to {last}, found {found}")]
    Label {
        /// The file with the labels.
        file: String,
        /// Which label it is, counted from 0.
        index: usize,
        /// The largest label that would be right.
        last: u16,
        /// The label.
        found: i128,
    },
    /// Nothing to train on.
    #[error("`{file}`: expected at least one image, found none")]
    Empty {
        /// The file, or the folder.
        file: String,
    },
    /// Images of another shape.
    #[error("`{file}`: expected {expected}, found {found}")]
    Shape {
        /// The file.
        file: String,
        /// The shape that would be right.
        expected: String,
        /// The shape found.
        found: String,
    },
    /// A pixel that is no number.
    #[error("`{file}`: value {index} (from 0, as stored): expected a finite number that fits 32 bits, found {found}")]
    NotFinite {
        /// The file.
        file: String,
        /// Which value it is.
        index: usize,
        /// The value.
        found: f64,
    },
    /// Numbers of another type.
    #[error("`{file}`: expected {expected}, found type {found}")]
    Type {
        /// The file, or the file in an archive.
        file: String,
        /// The types that are read.
        expected: String,
        /// The type found.
        found: String,
    },
    /// More classes than labels can count.
    #[error("`{file}`: expected at most {expected} classes, found {found}")]
    Classes {
        /// The folder.
        file: String,
        /// The most that are read.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// Something that would be ignored.
    #[error("`{place}`: expected only {}, found `{found}`", either(known))]
    Unknown {
        /// The folder or the archive.
        place: String,
        /// What is understood.
        known: Vec<String>,
        /// What is not.
        found: String,
    },
    /// A class to validate or test on that was never trained on.
    #[error("`{file}`: expected only the classes of `{train}`, found class `{found}`")]
    Untrained {
        /// The folder with the test images.
        file: String,
        /// The folder with the images for training.
        train: String,
        /// The class.
        found: String,
    },
}

impl DataError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Missing { names, .. } if names.iter().any(|name| name.ends_with(".bin")) => {
                "give the folder of the data set's \"binary version\", or its .tar.gz"
            }
            Self::Missing { names, .. } if names.iter().any(|name| name.ends_with(".npy")) => {
                "images and labels of a part belong together: x_train and y_train, x_valid and y_valid, x_test and y_test"
            }
            Self::Missing { .. } => "give the folder that holds the files, under the names they were published with",
            Self::NotGzip { .. } => "if the file was unpacked already, rename it without `.gz`",
            Self::Packed { .. } | Self::Cut { .. } => "fetch the file again; the copy is incomplete or damaged",
            Self::Kind { found, .. } if found.starts_with("1f 8b") => "the file is gzip; let its name end in `.gz`",
            Self::Type { expected, .. } if expected.contains("integer") => {
                "store the labels as class numbers from 0, e.g. with `.astype(\"int64\")`"
            }
            Self::Type { expected, .. } if expected.contains("f32") => "store the images with `.astype(\"float32\")`",
            Self::Untrained { .. } => "put images of the class under train/ as well, or remove its folder here",
            Self::Unknown { .. } => "rename it, or put it elsewhere: what is not understood would be ignored",
            Self::Large { .. } => "split the data set, or scale its images down",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

fn either(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_file_and_hints_fit() {
        let names = vec!["a.bin".to_owned(), "b.bin".to_owned()];
        let missing = DataError::Missing { place: "here".into(), names };
        assert_eq!(missing.to_string(), "`here`: expected `a.bin` or `b.bin`, found none");
        assert!(missing.hint().is_some_and(|hint| hint.contains("binary version")));
        let packed = DataError::Kind { file: "f".into(), expected: "IDX".into(), found: "1f 8b 08 00".into() };
        assert!(packed.hint().is_some_and(|hint| hint.contains(".gz")));
        assert_eq!(DataError::Empty { file: "f".into() }.hint(), None);
    }
}
