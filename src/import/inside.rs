//! The first names inside published files of each kind, and the first names inside the first of those.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use hdf5_reader::{Hdf5File, group::Group};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zip::ZipArchive;

use super::Look;
use super::guard::guarded;
use super::pickle::{self, Value};
use crate::base::open_regular;

/// Names, and the names inside the first of them.
pub(super) type Names = (Vec<String>, Vec<String>);

/// The keys of a pickled dict, or of the first dict among a list's items; `skipped` pickles before it are passed over.
pub(super) fn pickle(bytes: &[u8], skipped: usize) -> Option<Names> {
    let mut start = 0;
    for _ in 0..skipped {
        start += pickle::read(bytes.get(start..)?).ok()?.1;
    }
    let (pickle, _) = pickle::read(bytes.get(start..)?).ok()?;
    let first = pickle.root().entries().ok().and_then(|mut entries| entries.next()).map(|(_, value)| value);
    Some((keys(pickle.root()), first.map(keys).unwrap_or_default()))
}

fn keys(value: Value<'_>) -> Vec<String> {
    let Ok(entries) = value.entries() else { return Vec::new() };
    entries.take(Look::NAMES).map(|(key, _)| name_of(key)).collect()
}

/// A key as a text: of texts and numbers, what is written.
pub(super) fn name_of(key: Value<'_>) -> String {
    key.as_str()
        .map(str::to_owned)
        .or_else(|_| key.as_i64().map(|number| number.to_string()))
        .unwrap_or_else(|_| key.to_string())
}

/// The texts in a part of a pickle: those of at most 255 bytes, by the opcode that stands before them.
pub(super) fn texts(bytes: &[u8]) -> Vec<String> {
    const SHORT_TEXT: u8 = 0x8c;
    const TEXT: u8 = b'X';
    let mut found: Vec<String> = Vec::new();
    for (place, opcode) in bytes.iter().enumerate().filter(|(_, opcode)| [SHORT_TEXT, TEXT].contains(opcode)) {
        let (length, start) = match (opcode, bytes.get(place + 1..place + 5)) {
            (&SHORT_TEXT, Some(rest)) => (usize::from(rest[0]), place + 2),
            (_, Some([length, 0, 0, 0])) => (usize::from(*length), place + 5),
            _ => continue,
        };
        let text = bytes.get(start..start + length).and_then(|text| std::str::from_utf8(text).ok());
        let text = text.filter(|text| !text.is_empty() && !text.contains(char::is_control));
        found.extend(text.filter(|text| !found.iter().any(|known| known == text)).map(str::to_owned));
    }
    found.truncate(Look::NAMES);
    found
}

/// The beginning of a text of more than so many characters.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The columns of a first line.
pub(super) fn columns(head: &[u8]) -> Vec<String> {
    let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
    line.trim().split(char::from(separator(&line))).map(|name| name.trim().trim_matches('"').to_owned()).collect()
}

/// What most likely stands between the columns of a first line: of `,`, `;` and tab the most frequent, the comma where they are equal.
pub(super) fn separator(line: &str) -> u8 {
    let count = |separator: &u8| line.matches(char::from(*separator)).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// The members of the root of an HDF5 file; none where it cannot be read.
pub(super) fn members(path: &Path) -> Vec<String> {
    let mut names = hdf5_root(path).and_then(|root| member_names(&root)).unwrap_or_default();
    names.truncate(Look::NAMES);
    names
}

/// The root of an HDF5 file.
pub(super) fn hdf5_root(path: &Path) -> hdf5_reader::error::Result<Group> {
    Hdf5File::open(path)?.root_group()
}

/// The names of a group's groups and data sets, in the order of their bytes.
pub(super) fn member_names(group: &Group) -> hdf5_reader::error::Result<Vec<String>> {
    let (groups, datasets) = group.member_names()?;
    let mut names = [groups, datasets].concat();
    names.sort();
    Ok(names)
}

/// A Parquet file's reader; nothing where its description is damaged.
pub(super) fn parquet_reader(path: &Path) -> Option<SerializedFileReader<File>> {
    let file = open_regular(path).ok()?;
    guarded(|| SerializedFileReader::new(file)).ok()?.ok()
}

/// The columns of a Parquet file, those of structures with their paths; none where it cannot be read.
pub(super) fn parquet_columns(path: &Path) -> Vec<String> {
    let Some(reader) = parquet_reader(path) else { return Vec::new() };
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    schema.columns().iter().map(|column| column.path().string()).collect()
}

/// The members of a zip and, where one is PyTorch's `data.pkl`, the names inside of it.
pub(super) fn zip(path: &Path) -> Option<(Vec<String>, Option<Names>)> {
    let mut archive = ZipArchive::new(open_regular(path).ok()?).ok()?;
    let members: Vec<String> = (0..archive.len().min(Look::NAMES))
        .filter_map(|place| {
            archive.by_index(place).ok().and_then(|member| member.name().map(|name| name.into_owned()).ok())
        })
        .collect();
    let data = members.iter().find(|name| name.ends_with("/data.pkl")).cloned();
    let pickled = data.map(|name| {
        let mut bytes = Vec::new();
        let read = archive.by_name(&name).ok().and_then(|file| file.take(Look::WHOLE).read_to_end(&mut bytes).ok());
        read.and_then(|_| pickle(&bytes, 0)).unwrap_or_else(|| (texts(&bytes), Vec::new()))
    });
    Some((members, pickled))
}

/// The keys of a JSON object, or of the first object of a JSON array. Reads no further than the last name that is listed, but to the end where there are fewer.
pub(super) fn json(reader: &mut dyn Read) -> Names {
    let names = RefCell::new(Names::default());
    let read = Keys { names: &names, depth: 0 }.deserialize(&mut serde_json::Deserializer::from_reader(reader));
    drop(read); // it ends with an error on purpose, or where the file is damaged: the names before that stand
    names.into_inner()
}

/// Collects keys while a value is read.
struct Keys<'n> {
    names: &'n RefCell<Names>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_first = true;
        while let Some(key) = map.next_key::<String>()? {
            let count = {
                let mut names = self.names.borrow_mut();
                let list = if self.depth == 0 { &mut names.0 } else { &mut names.1 };
                list.push(key);
                list.len()
            };
            if count == Look::NAMES && self.depth == 0 {
                return Err(A::Error::custom("enough"));
            }
            match is_first && self.depth == 0 {
                true => map.next_value_seed(Keys { names: self.names, depth: 1 })?,
                false => map.next_value::<IgnoredAny>().map(drop)?,
            }
            is_first = false;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.depth == 0 {
            items.next_element_seed(Keys { names: self.names, depth: 0 })?;
            return Err(A::Error::custom("enough"));
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
