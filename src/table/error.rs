//! What can be wrong with a table or with a question to it.

use std::io;

use thiserror::Error;

use crate::base::{FileError, nearest};
use crate::space::SpaceError;

/// A table, or another file of ours, that cannot be read, written or asked.
#[derive(Debug, Error)]
pub enum TableError {
    /// The operating system refuses the file.
    #[error("cannot read `{file}`")]
    Io {
        /// The file.
        file: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file that is no HDF5, or a damaged one.
    #[error("`{file}` is not a readable HDF5 file: {why}")]
    NotHdf5 {
        /// The file.
        file: String,
        /// What was found.
        why: String,
    },
    /// An HDF5 file that is something else.
    #[error("`{file}` is no {expected} file: attribute `format` is {found}")]
    Foreign {
        /// The file.
        file: String,
        /// What was wanted.
        expected: String,
        /// What stands in the attribute.
        found: String,
    },
    /// A file of another version.
    #[error("`{file}` has format version {found}, this build reads {expected}")]
    Version {
        /// The file.
        file: String,
        /// The version found.
        found: u32,
        /// The version expected.
        expected: u32,
    },
    /// An attribute of a file that is absent or malformed.
    #[error("`{file}`: attribute `{attribute}` {what}")]
    Attribute {
        /// The file.
        file: String,
        /// The attribute.
        attribute: String,
        /// What is wrong.
        what: String,
    },
    /// A data set that cannot be mapped.
    #[error("`{file}`: data set `{column}` {what}")]
    Column {
        /// The file.
        file: String,
        /// The data set's path inside the file.
        column: String,
        /// What was expected and found.
        what: String,
        /// Whether writing the file anew would mend it.
        convertible: bool,
    },
    /// A name that the table does not know.
    #[error("{within} has no {what} `{name}`; it has {}", list(known))]
    Unknown {
        /// What was looked for: a task, a schedule, a metric.
        what: &'static str,
        /// The name that was given.
        name: String,
        /// Where it was looked for.
        within: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A number that is out of range.
    #[error("{within}: {what} {number} is out of range; expected {expected}")]
    Range {
        /// What the number counts.
        what: &'static str,
        /// The number that was given.
        number: u64,
        /// Where it was used.
        within: String,
        /// What would be right.
        expected: String,
    },
    /// An architecture that the space does not have.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A table that no place holds.
    #[error("no table is called `{name}`; searched {}", list(searched))]
    NotFound {
        /// The name that was given.
        name: String,
        /// Where it was looked for.
        searched: Vec<String>,
        /// The names of the tables that exist.
        known: Vec<String>,
    },
    /// Content that makes no table.
    #[error("table `{table}`: {what}")]
    Content {
        /// The table.
        table: String,
        /// What is wrong.
        what: String,
    },
    /// A file that could not be written.
    #[error(transparent)]
    Write(#[from] FileError),
    /// HDF5 failed while a file was written.
    #[error("cannot write `{file}`: {why}")]
    Hdf5 {
        /// The file.
        file: String,
        /// What HDF5 said.
        why: String,
    },
}

impl TableError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Column { file, convertible: true, .. } => {
                Some(format!("write it anew with `nasreplay table convert {file} -o NEW.h5`"))
            }
            Self::Column { .. } | Self::Attribute { .. } => Some("import the table again".into()),
            Self::Version { .. } => Some("import the table again with this build".into()),
            Self::Foreign { .. } => Some("published files become tables by `nasreplay import`".into()),
            Self::Unknown { name, known, .. } => near(name, known),
            Self::NotFound { name, known, .. } => near(name, known)
                .or_else(|| Some("give a path, or put the file into a folder named by NASREPLAY_TABLES; `nasreplay table list` shows what is found".into())),
            _ => None,
        }
    }
}

fn near(name: &str, known: &[String]) -> Option<String> {
    nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}
