//! Typed access to the values of a pickle.

use std::fmt::{self, Write};

use super::{Array, Elements, Node, NodeId, Pickle, PickleError, Result};

/// Points at one value of a [`Pickle`]; copying it copies no data.
///
/// Each method that asks for a type fails with [`PickleError::Kind`] on any other.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    pickle: &'a Pickle,
    id: NodeId,
}

impl<'a> Value<'a> {
    pub(super) fn new(pickle: &'a Pickle, id: NodeId) -> Self {
        Self { pickle, id }
    }

    /// Returns the id, equal for two places that share one Python object.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Returns the value as it is stored.
    pub fn node(self) -> &'a Node {
        self.pickle.node(self.id)
    }

    /// Returns another value of the same pickle.
    ///
    /// # Panics
    ///
    /// May panic if `id` comes from another pickle.
    pub fn at(self, id: NodeId) -> Self {
        self.pickle.value(id)
    }

    /// Tells whether this is Python's `None`.
    pub fn is_none(self) -> bool {
        matches!(self.node(), Node::None)
    }

    /// Returns a bool.
    pub fn as_bool(self) -> Result<bool> {
        match *self.node() {
            Node::Bool(flag) => Ok(flag),
            _ => Err(self.not("a bool")),
        }
    }

    /// Returns an int.
    ///
    /// Fails also on bools, on whole floats and beyond 64 bits.
    pub fn as_i64(self) -> Result<i64> {
        match *self.node() {
            Node::Int(number) => Ok(number),
            _ => Err(self.not("an int of 64 bits")),
        }
    }

    /// Returns an int as a length, a count or an index.
    ///
    /// Fails also on negative numbers.
    pub fn as_usize(self) -> Result<usize> {
        let number = self.as_i64()?;
        usize::try_from(number).map_err(|_| self.not("an int of at least 0"))
    }

    /// Returns a float, or an int as the nearest float.
    ///
    /// Fails also on ints beyond 64 bits.
    pub fn as_f64(self) -> Result<f64> {
        match *self.node() {
            Node::Float(number) => Ok(number),
            Node::Int(number) => Ok(number as f64),
            _ => Err(self.not("a number")),
        }
    }

    /// Returns text.
    pub fn as_str(self) -> Result<&'a str> {
        match self.node() {
            Node::Text(text) => Ok(text),
            _ => Err(self.not("text")),
        }
    }

    /// Returns bytes, or the bytes of a text: Python 2 does not tell them apart.
    pub fn as_bytes(self) -> Result<&'a [u8]> {
        match self.node() {
            Node::Bytes(bytes) => Ok(bytes),
            Node::Text(text) => Ok(text.as_bytes()),
            _ => Err(self.not("bytes")),
        }
    }

    /// Returns a NumPy array.
    pub fn as_array(self) -> Result<&'a Array> {
        match self.node() {
            Node::Array(array) => Ok(array),
            _ => Err(self.not("an array")),
        }
    }

    /// Copies the numbers of a list, a tuple or an array of any shape.
    ///
    /// Fails also if an item is not a number.
    pub fn to_f64s(self) -> Result<Vec<f64>> {
        if let Node::Array(array) = self.node() {
            match array.elements() {
                Elements::F64(numbers) => return Ok(numbers.clone()),
                Elements::I64(numbers) => return Ok(numbers.iter().map(|&n| n as f64).collect()),
                Elements::U64(numbers) => return Ok(numbers.iter().map(|&n| n as f64).collect()),
                _ => {}
            }
        }
        self.items()?.map(Value::as_f64).collect()
    }

    /// Walks a list, a tuple, a set, or an array of objects.
    pub fn items(self) -> Result<impl ExactSizeIterator<Item = Value<'a>>> {
        Ok(self.ids()?.iter().map(move |&id| self.at(id)))
    }

    /// Returns the item at `index` of a list, a tuple, a set, or an array of objects.
    ///
    /// Fails also if there are not that many items.
    pub fn item(self, index: usize) -> Result<Value<'a>> {
        let id = self.ids()?.get(index);
        id.map(|&id| self.at(id)).ok_or_else(|| self.lacks(format!("item {index}")))
    }

    /// Walks the keys and values of a dict in file order.
    ///
    /// Python writes no key twice; if the file does, both entries appear.
    pub fn entries(self) -> Result<impl ExactSizeIterator<Item = (Value<'a>, Value<'a>)>> {
        let pairs = self.pairs()?.iter();
        Ok(pairs.map(move |&(key, value)| (self.at(key), self.at(value))))
    }

    /// Returns the value of a text key of a dict, searching from the end.
    ///
    /// Fails also without the key.
    pub fn get(self, key: &str) -> Result<Value<'a>> {
        self.find(key)?.ok_or_else(|| self.lacks(format!("key `{key}`")))
    }

    /// Returns the value of a text key of a dict, if it is there.
    pub fn find(self, key: &str) -> Result<Option<Value<'a>>> {
        self.search(|node| matches!(node, Node::Text(text) if **text == *key))
    }

    /// Returns the value of an int key of a dict, searching from the end.
    ///
    /// Fails also without the key.
    pub fn get_int(self, key: i64) -> Result<Value<'a>> {
        let found = self.search(|node| *node == Node::Int(key))?;
        found.ok_or_else(|| self.lacks(format!("key {key}")))
    }

    fn search(self, is_key: impl Fn(&Node) -> bool) -> Result<Option<Value<'a>>> {
        let pair = self.pairs()?.iter().rev().find(|(key, _)| is_key(self.at(*key).node()));
        Ok(pair.map(|&(_, value)| self.at(value)))
    }

    fn pairs(self) -> Result<&'a [(NodeId, NodeId)]> {
        match self.node() {
            Node::Dict(pairs) => Ok(pairs),
            _ => Err(self.not("a dict")),
        }
    }

    pub(super) fn ids(self) -> Result<&'a [NodeId]> {
        match self.node() {
            Node::List(ids) | Node::Set(ids) => Ok(ids),
            Node::Tuple(ids) => Ok(ids),
            Node::Array(array) => match array.elements() {
                Elements::Objects(ids) => Ok(ids),
                _ => Err(self.not("a list")),
            },
            _ => Err(self.not("a list")),
        }
    }

    /// Returns the number of bytes or items that a copy of the value takes.
    pub(super) fn length(self) -> usize {
        match self.node() {
            Node::Text(text) => text.len(),
            Node::Bytes(bytes) => bytes.len(),
            Node::Array(_) | Node::List(_) | Node::Set(_) | Node::Tuple(_) => self.ids().map_or(0, <[_]>::len),
            _ => 0,
        }
    }

    pub(super) fn is_global(self, wanted_module: &str, wanted_name: &str) -> bool {
        let &Node::Global { module, name, .. } = self.node() else {
            return false;
        };
        self.at(module).as_str() == Ok(wanted_module) && self.at(name).as_str() == Ok(wanted_name)
    }

    /// Says that something else than this value was expected.
    pub(super) fn not(self, expected: &'static str) -> PickleError {
        PickleError::Kind { expected, found: self.to_string() }
    }

    fn lacks(self, wanted: String) -> PickleError {
        PickleError::Missing { wanted, found: self.to_string() }
    }

    /// Writes the first characters of a text, and an ellipsis if there are more.
    fn write_start(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        let mut chars = self.as_str().unwrap_or("?").chars();
        for char in chars.by_ref().take(SHOWN) {
            out.write_char(if char.is_control() { '?' } else { char })?;
        }
        out.write_str(if chars.next().is_some() { "..." } else { "" })
    }
}

/// Describes the value in a few words, whatever its size.
impl fmt::Display for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            Node::None => out.write_str("none"),
            Node::Bool(flag) => write!(out, "bool {flag}"),
            Node::Int(number) => write!(out, "int {number}"),
            Node::BigInt(bytes) => write!(out, "int of {} bytes", bytes.len()),
            Node::Float(number) => write!(out, "float {number}"),
            Node::Text(_) => {
                out.write_str("text `")?;
                self.write_start(out)?;
                out.write_str("`")
            }
            Node::Bytes(bytes) => write!(out, "bytes of length {}", bytes.len()),
            Node::List(ids) => write!(out, "list of length {}", ids.len()),
            Node::Tuple(ids) => write!(out, "tuple of length {}", ids.len()),
            Node::Dict(pairs) => write!(out, "dict of length {}", pairs.len()),
            Node::Set(ids) => write!(out, "set of length {}", ids.len()),
            Node::Array(array) => write!(out, "array of shape {:?}", array.shape()),
            Node::Global { module, name, .. } => {
                self.at(*module).write_start(out)?;
                out.write_str(".")?;
                self.at(*name).write_start(out)
            }
            Node::Persistent(_) => out.write_str("persistent id"),
            Node::Object { callable, .. } => write!(out, "object of {}", self.at(*callable)),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
