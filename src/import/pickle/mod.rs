//! Reads Python pickles as data, without running any of them.
//!
//! A pickle is a program for a small stack machine that may call any function
//! of the Python that loads it. This module interprets those programs
//! (protocols 0 to 5) but knows only a handful of callables, all of which
//! make plain data: ordered and default dicts, sets, bytes, and NumPy's
//! scalars, arrays and dtypes. A call of anything else is refused by name.
//! A function or class that is named but not called, or a persistent id
//! (PyTorch's handle of a weight storage), stays in the data as an inert
//! [`Node`].
//!
//! All values lie in one flat arena, so shared values, lists that contain
//! themselves and a hundred thousand nested lists need no special care here;
//! whoever walks a [`Pickle`] recursively must bound the depth. Lengths are
//! checked against the input before anything is allocated, and neither the
//! number of values nor the data copied can exceed the length of the input.
//!
//! A pickle too large for memory is read by [`Stream`], item by item.
//!
//! Start at [`read`], then take the [`root`](Pickle::root) apart with the
//! methods of [`Value`]:
//!
//! ```
//! # use nasreplay::import::pickle;
//! // {"lr": 0.5}
//! let bytes = b"}U\x02lrG\x3f\xe0\0\0\0\0\0\0s.";
//! let (pickle, end) = pickle::read(bytes)?;
//! assert_eq!(end, bytes.len());
//! assert_eq!(pickle.root().get("lr")?.as_f64()?, 0.5);
//! # Ok::<(), pickle::PickleError>(())
//! ```

mod array;
mod call;
mod collect;
mod error;
mod literal;
mod machine;
mod stream;
mod survey;
#[cfg(test)]
mod tests;
mod value;

pub use array::{Array, Elements};
pub use error::PickleError;
pub use stream::{Dict, Item, Stream, StreamError};
pub use survey::Survey;
pub use value::Value;

type Result<T> = std::result::Result<T, PickleError>;

/// Reads the first pickle in `bytes` and returns it with the offset just after it.
///
/// Several pickles may follow one another: go on reading at the offset.
///
/// # Errors
///
/// Fails if the pickle is cut short, damaged, would call an unknown function,
/// or uses extension codes or out-of-band buffers.
pub fn read(bytes: &[u8]) -> Result<(Pickle, usize)> {
    machine::Machine::new(bytes).run()
}

/// Holds all values of one pickle.
#[derive(Clone, Debug)]
pub struct Pickle {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Pickle {
    /// Returns the pickled value.
    pub fn root(&self) -> Value<'_> {
        self.value(self.root)
    }

    /// Returns the value of an id.
    ///
    /// # Panics
    ///
    /// May panic if `id` comes from another pickle.
    pub fn value(&self, id: NodeId) -> Value<'_> {
        Value::new(self, id)
    }

    /// Returns the number of values, shared ones counted once.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }
}

/// Names a value within its [`Pickle`]; equal ids are the same Python object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Is one value of a pickle, with the values inside it as ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Is Python's `None`.
    None,
    /// Is a bool, NumPy's included.
    Bool(bool),
    /// Is an int that fits, NumPy's included.
    Int(i64),
    /// Is an int beyond 64 bits: two's complement, little-endian, as short as can be.
    BigInt(Box<[u8]>),
    /// Is a float, NumPy's included.
    Float(f64),
    /// Is text, or a byte string of Python 2 that reads as UTF-8.
    Text(Box<str>),
    /// Is a `bytes` or a `bytearray`.
    Bytes(Box<[u8]>),
    /// Is a list.
    List(Vec<NodeId>),
    /// Is a tuple.
    Tuple(Box<[NodeId]>),
    /// Is a dict, an `OrderedDict` or a `defaultdict`: keys and values in file order.
    Dict(Vec<(NodeId, NodeId)>),
    /// Is a set or a frozenset, in file order.
    Set(Vec<NodeId>),
    /// Is a NumPy array.
    Array(Box<Array>),
    /// Is a function or a class that is named, not called.
    Global {
        /// The module, a text.
        module: NodeId,
        /// The name within the module, a text.
        name: NodeId,
        /// Offset of the instruction that names it.
        at: usize,
    },
    /// Is a persistent id: a handle of something outside the pickle.
    Persistent(NodeId),
    /// Is a NumPy dtype, or a NumPy value whose dtype is not read (dates, records).
    Object {
        /// The global that would be called.
        callable: NodeId,
        /// Its arguments, a tuple.
        args: NodeId,
        /// The state set after the call.
        state: Option<NodeId>,
    },
}
