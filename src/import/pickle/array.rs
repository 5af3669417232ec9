//! Makes NumPy's scalars and arrays out of what their pickles say of them.
//!
//! A dtype is a call `dtype("f8", False, True)` with a state whose second item
//! is the byte order; a scalar is `scalar(dtype, bytes)`; an array is an empty
//! one whose state is (version, shape, dtype, is Fortran order, bytes or list),
//! or since protocol 5 `_frombuffer(bytes, dtype, shape, order)`. A dtype that
//! is not read (dates, records, complex numbers) gives `None` here.

use std::borrow::Cow;

use super::{Node, NodeId, PickleError, Result, Value};

/// Holds a NumPy array, its elements in C order (last axis fastest).
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    shape: Box<[usize]>,
    elements: Elements,
}

/// Holds the elements of an array, widened to the largest type of their kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Holds floats of 2, 4 or 8 bytes.
    F64(Vec<f64>),
    /// Holds signed ints of 1 to 8 bytes.
    I64(Vec<i64>),
    /// Holds unsigned ints of 1 to 8 bytes.
    U64(Vec<u64>),
    /// Holds bools.
    Bool(Vec<bool>),
    /// Holds texts of fixed width (`S` and `U`), without the padding.
    Text(Vec<Box<str>>),
    /// Holds Python objects.
    Objects(Vec<NodeId>),
}

impl Array {
    /// Returns the length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the elements in C order.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    /// How many bytes shape and elements take.
    pub(super) fn bytes_apart(&self) -> usize {
        let elements = match &self.elements {
            Elements::F64(numbers) => size_of_val(numbers.as_slice()),
            Elements::I64(numbers) => size_of_val(numbers.as_slice()),
            Elements::U64(numbers) => size_of_val(numbers.as_slice()),
            Elements::Bool(flags) => flags.len(),
            Elements::Text(texts) => texts.iter().map(|text| text.len() + size_of_val(text)).sum(),
            Elements::Objects(ids) => size_of_val(ids.as_slice()),
        };
        size_of_val(&*self.shape) + elements
    }

    /// Returns the objects in an array of objects.
    pub(super) fn objects_mut(&mut self) -> &mut [NodeId] {
        match &mut self.elements {
            Elements::Objects(ids) => ids,
            _ => &mut [],
        }
    }

    /// Makes the array that `_reconstruct` and this state stand for.
    pub(super) fn from_state(state: Value<'_>) -> Result<Option<Self>> {
        if !matches!(state.node(), Node::Tuple(_)) {
            return Err(state.not("an array state"));
        }
        let fortran = match state.item(3)?.node() {
            Node::Bool(flag) => *flag,
            Node::Int(number) => *number != 0,
            _ => return Err(state.not("an array state")),
        };
        Self::new(state.item(4)?, state.item(2)?, state.item(1)?, fortran)
    }

    /// Makes the array that `_frombuffer` with these arguments stands for.
    pub(super) fn from_buffer(args: Value<'_>) -> Result<Option<Self>> {
        let transposed = args.item(4).is_ok_and(|axes| !axes.is_none());
        let fortran = match args.item(3)?.as_str()? {
            "C" if !transposed => false,
            "F" if !transposed => true,
            _ => return Ok(None),
        };
        Self::new(args.item(0)?, args.item(1)?, args.item(2)?, fortran)
    }

    fn new(data: Value<'_>, dtype: Value<'_>, shape: Value<'_>, fortran: bool) -> Result<Option<Self>> {
        let Some(dtype) = Dtype::of(dtype)? else {
            return Ok(None);
        };
        let (shape, count) = shape_of(shape)?;
        let source = fortran.then_some(&*shape);
        let elements = if dtype.kind == b'O' {
            let ids = data.ids()?;
            if ids.len() != count {
                return Err(data.not("one object per array element"));
            }
            Elements::Objects(in_c_order(ids, 1, source).into_owned())
        } else {
            let bytes = data.as_bytes()?;
            if count.checked_mul(dtype.size) != Some(bytes.len()) {
                return Err(data.not("the bytes of an array of its shape"));
            }
            let bytes = in_c_order(bytes, dtype.size, source);
            dtype.decode(&bytes).ok_or_else(|| data.not("readable text in an array"))?
        };
        Ok(Some(Self { shape, elements }))
    }
}

/// Makes the plain value that `scalar` with these arguments stands for.
pub(super) fn scalar(args: Value<'_>) -> Result<Option<Node>> {
    let dtype = match Dtype::of(args.item(0)?)? {
        Some(dtype) if dtype.kind != b'O' => dtype,
        _ => return Ok(None),
    };
    let data = args.item(1)?;
    let bytes = data.as_bytes()?;
    if bytes.len() != dtype.size {
        return Err(data.not("the bytes of one scalar"));
    }
    let elements = dtype.decode(bytes).ok_or_else(|| data.not("readable text in a scalar"))?;
    Ok(match elements {
        Elements::F64(list) => list.first().map(|&number| Node::Float(number)),
        Elements::I64(list) => list.first().map(|&number| Node::Int(number)),
        Elements::U64(list) => list.first().map(|&number| unsigned(number)),
        Elements::Bool(list) => list.first().map(|&flag| Node::Bool(flag)),
        Elements::Text(list) => list.into_iter().next().map(Node::Text),
        Elements::Objects(_) => None,
    })
}

fn unsigned(number: u64) -> Node {
    match i64::try_from(number) {
        Ok(number) => Node::Int(number),
        Err(_) => Node::BigInt([&number.to_le_bytes()[..], &[0]].concat().into()),
    }
}

/// Is a dtype this module reads; `size` is in bytes.
struct Dtype {
    kind: u8,
    size: usize,
    big_endian: bool,
}

impl Dtype {
    /// Reads the inert object a dtype was pickled as.
    fn of(value: Value<'_>) -> Result<Option<Self>> {
        let &Node::Object { callable, args, state } = value.node() else {
            return Err(value.not("a numpy dtype"));
        };
        if !value.at(callable).is_global("numpy", "dtype") {
            return Err(value.not("a numpy dtype"));
        }
        let big_endian = match state {
            Some(state) => value.at(state).item(1)?.as_str()? == ">",
            None => false,
        };
        let code = value.at(args).item(0)?;
        Ok(code.as_str().ok().and_then(|code| Self::parse(code, big_endian)))
    }

    /// Parses a code such as `f8`, a kind and a size (of `U` in characters).
    fn parse(code: &str, big_endian: bool) -> Option<Self> {
        const LONGEST: usize = 20;
        let kind = *code.as_bytes().first()?;
        let size: usize = code.get(1..).filter(|digits| digits.len() < LONGEST)?.parse().unwrap_or(0);
        let size = match (kind, size) {
            (b'f', 2 | 4 | 8) | (b'i' | b'u', 1 | 2 | 4 | 8) | (b'b', 1) | (b'S', 1..) => size,
            (b'U', 1..) => size.checked_mul(4)?,
            (b'O', _) => 0,
            _ => return None,
        };
        Some(Self { kind, size, big_endian })
    }

    /// Reads the elements in `bytes`; gives nothing if text in them is not valid.
    fn decode(&self, bytes: &[u8]) -> Option<Elements> {
        let unused = 64 - 8 * self.size.min(8) as u32;
        let words = bytes.chunks_exact(self.size).map(|element| self.word(element));
        Some(match self.kind {
            b'f' => Elements::F64(words.map(|word| float(word, self.size)).collect()),
            b'i' => Elements::I64(words.map(|word| (word << unused) as i64 >> unused).collect()),
            b'u' => Elements::U64(words.collect()),
            b'b' => Elements::Bool(words.map(|word| word != 0).collect()),
            b'S' => {
                let texts = bytes.chunks_exact(self.size).map(byte_text);
                Elements::Text(texts.collect::<Option<_>>()?)
            }
            _ => {
                let texts = bytes.chunks_exact(self.size).map(|element| self.wide_text(element));
                Elements::Text(texts.collect::<Option<_>>()?)
            }
        })
    }

    /// Reads up to 8 bytes as an unsigned int.
    fn word(&self, bytes: &[u8]) -> u64 {
        let push = |word: u64, &byte: &u8| word << 8 | u64::from(byte);
        if self.big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
    }

    /// Reads characters of four bytes each, up to the padding.
    fn wide_text(&self, bytes: &[u8]) -> Option<Box<str>> {
        let codes = bytes.chunks_exact(4).map(|code| self.word(code) as u32);
        let text: Option<String> = codes.map(char::from_u32).collect();
        Some(text?.trim_end_matches('\0').into())
    }
}

fn byte_text(bytes: &[u8]) -> Option<Box<str>> {
    Some(str::from_utf8(bytes).ok()?.trim_end_matches('\0').into())
}

fn float(word: u64, size: usize) -> f64 {
    match size {
        2 => half(word as u16),
        4 => f64::from(f32::from_bits(word as u32)),
        _ => f64::from_bits(word),
    }
}

/// Widens a float of 16 bits: 1 of sign, 5 of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f64::from(bits & 1023);
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Reads a shape and returns it with the number of elements.
fn shape_of(value: Value<'_>) -> Result<(Box<[usize]>, usize)> {
    const MOST_AXES: usize = 64; // NumPy's own limit
    let axes = value.items()?;
    if axes.len() > MOST_AXES {
        return Err(value.not("a shape of at most 64 axes"));
    }
    let shape = axes.map(Value::as_usize).collect::<Result<Box<[_]>>>()?;
    let count = if shape.contains(&0) {
        Some(0)
    } else {
        shape.iter().try_fold(1usize, |count, &axis| count.checked_mul(axis))
    };
    let too_many = || PickleError::Kind { expected: "an array that fits in memory", found: format!("shape {shape:?}") };
    let count = count.ok_or_else(too_many)?;
    Ok((shape, count))
}

/// Turns elements of `width` items each from Fortran order into C order.
///
/// `fortran` is the shape if the elements come with the first axis fastest.
fn in_c_order<'a, T: Copy>(data: &'a [T], width: usize, fortran: Option<&[usize]>) -> Cow<'a, [T]> {
    let Some(shape) = fortran.filter(|_| !data.is_empty()) else {
        return Cow::Borrowed(data);
    };
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = width;
    for &axis in shape {
        strides.push(stride);
        stride *= axis;
    }
    let mut index = vec![0; shape.len()];
    let mut from = 0;
    let mut out = Vec::with_capacity(data.len());
    while out.len() < data.len() {
        out.extend_from_slice(&data[from..from + width]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            from += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            from -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    Cow::Owned(out)
}
