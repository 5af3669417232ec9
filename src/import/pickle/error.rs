//! What can go wrong while a pickle is read or looked into.

use thiserror::Error;

/// Says why a pickle cannot be read, or why a value in it is not what was asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PickleError {
    /// Reports an input that ends inside a value.
    #[error("the pickle ends too soon: {what} at byte {at} needs {needed} bytes, {left} are left")]
    Truncated {
        /// Offset of the first byte needed.
        at: usize,
        /// What was being read.
        what: &'static str,
        /// Bytes it needs, as the pickle says.
        needed: u64,
        /// Bytes there are.
        left: usize,
    },
    /// Reports a byte that stands for no pickle instruction.
    #[error("unknown pickle opcode 0x{code:02x} at byte {at}")]
    Opcode {
        /// Offset of the byte.
        at: usize,
        /// The byte.
        code: u8,
    },
    /// Reports an instruction that does not fit what came before it.
    #[error("damaged pickle: expected {expected} at byte {at}, found {found}")]
    Malformed {
        /// Offset of the instruction.
        at: usize,
        /// What the instruction works on.
        expected: String,
        /// What stood there instead.
        found: String,
    },
    /// Reports a call of something that is not a known data type.
    #[error(
        "refused to call `{global}`, named at byte {at}: pickles are programs, \
         only known data types are read, and nothing was run"
    )]
    Refused {
        /// Offset of the instruction that names the callable.
        at: usize,
        /// Module and name of the callable.
        global: String,
    },
    /// Reports a feature of the pickle format that is left out on purpose.
    #[error("{what} at byte {at} cannot be read: not supported")]
    Unsupported {
        /// Offset of the instruction.
        at: usize,
        /// The feature.
        what: String,
    },
    /// Reports a pickle that copies shared values until they outgrow the input.
    #[error("refused a pickle that multiplies its data: past {limit} at byte {at}")]
    Bomb {
        /// Offset of the instruction that went too far.
        at: usize,
        /// The bound, in words.
        limit: String,
    },
    /// Reports a value of another type than the one asked for.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// The type asked for.
        expected: &'static str,
        /// The value that stands there.
        found: String,
    },
    /// Reports a key or an item that a container lacks.
    #[error("{wanted} is missing from {found}")]
    Missing {
        /// The key or the item.
        wanted: String,
        /// The container.
        found: String,
    },
}

impl PickleError {
    /// Gives an error about a value the byte offset of the instruction that met it.
    pub(super) fn met_at(self, at: usize) -> Self {
        match self {
            Self::Kind { expected, found } => {
                let expected = expected.to_owned();
                Self::Malformed { at, expected, found }
            }
            Self::Missing { wanted, found } => Self::Malformed { at, expected: wanted, found },
            other => other,
        }
    }
}
