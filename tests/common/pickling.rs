//! A tiny writer of pickles (protocol 2), for tests that make published files by hand.

/// A Python value.
#[derive(Debug, Clone)]
pub enum Item {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Item>),
    Tuple(Vec<Item>),
    Dict(Vec<(Item, Item)>),
    /// `numpy.float32(x)`.
    Single(f32),
    /// `numpy.float64(x)`.
    Double(f64),
    /// A one-dimensional `numpy.ndarray` of float64.
    Array(Vec<f64>),
}

impl From<i64> for Item {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Item {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Item {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A list of values of one kind.
pub fn list<T: Into<Item>>(values: impl IntoIterator<Item = T>) -> Item {
    Item::List(values.into_iter().map(Into::into).collect())
}

/// A dict with text keys.
pub fn dict<const N: usize>(pairs: [(&str, Item); N]) -> Item {
    Item::Dict(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// The pickle of a value.
pub fn pickle(item: &Item) -> Vec<u8> {
    let mut out = b"\x80\x02".to_vec();
    write(item, &mut out);
    out.push(b'.');
    out
}

/// What `torch.save` wrote before PyTorch 1.6: five pickles.
pub fn torch_legacy(item: &Item) -> Vec<u8> {
    let mut out = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    out.extend(pickle(&Item::Int(1001)));
    out.extend(pickle(&dict([("protocol_version", Item::Int(1001)), ("little_endian", Item::Bool(true))])));
    out.extend(pickle(item));
    out.extend(pickle(&Item::List(Vec::new())));
    out
}

/// What `torch.save` writes since PyTorch 1.6: a zip.
pub fn torch_zip(item: &Item) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("archive/data.pkl", pickle(item)), ("archive/version", b"3\n".to_vec())] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn write(item: &Item, out: &mut Vec<u8>) {
    match item {
        Item::None => out.push(b'N'),
        Item::Bool(value) => out.push(if *value { 0x88 } else { 0x89 }),
        Item::Int(value) => write_int(*value, out),
        Item::Float(value) => {
            out.push(b'G');
            out.extend(value.to_be_bytes());
        }
        Item::Text(text) => {
            out.push(b'X');
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Item::List(items) => enclosed(b"](", items.iter(), b"e", out),
        Item::Tuple(items) => enclosed(b"(", items.iter(), b"t", out),
        Item::Dict(pairs) => enclosed(b"}(", pairs.iter().flat_map(|(key, value)| [key, value]), b"u", out),
        Item::Single(value) => scalar("f4", &value.to_le_bytes(), out),
        Item::Double(value) => scalar("f8", &value.to_le_bytes(), out),
        Item::Array(values) => array(values, out),
    }
}

fn write_int(value: i64, out: &mut Vec<u8>) {
    match i32::try_from(value) {
        Ok(small) => {
            out.push(b'J');
            out.extend(small.to_le_bytes());
        }
        Err(_) => {
            out.extend(b"\x8a\x08");
            out.extend(value.to_le_bytes());
        }
    }
}

fn enclosed<'a>(start: &[u8], items: impl Iterator<Item = &'a Item>, end: &[u8], out: &mut Vec<u8>) {
    out.extend(start);
    items.for_each(|item| write(item, out));
    out.extend(end);
}

fn scalar(dtype: &str, bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(b"cnumpy.core.multiarray\nscalar\n(");
    write_dtype(dtype, out);
    write_bytes(bytes, out);
    out.extend(b"tR");
}

fn array(values: &[f64], out: &mut Vec<u8>) {
    out.extend(b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n");
    write(&Item::Tuple(vec![Item::Int(0)]), out);
    write_bytes(b"b", out);
    out.extend(b"tR(");
    write(&Item::Int(1), out);
    write(&Item::Tuple(vec![Item::Int(values.len() as i64)]), out);
    write_dtype("f8", out);
    write(&Item::Bool(false), out);
    write_bytes(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>(), out);
    out.extend(b"tb");
}

fn write_dtype(name: &str, out: &mut Vec<u8>) {
    out.extend(b"cnumpy\ndtype\n(");
    [name.into(), Item::Int(0), Item::Int(1)].iter().for_each(|item: &Item| write(item, out));
    out.extend(b"tR(");
    let state =
        [Item::Int(3), "<".into(), Item::None, Item::None, Item::None, Item::Int(-1), Item::Int(-1), Item::Int(0)];
    state.iter().for_each(|item| write(item, out));
    out.extend(b"tb");
}

/// Bytes as protocol 3 writes them; readers of protocol 2 know the instruction too.
fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'B');
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}
