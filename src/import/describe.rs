//! What a published file is and holds, in a page of text: keys, types, lengths, first values.

use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::path::Path;

use hdf5_reader::group::Group;
use parquet::file::reader::FileReader;
use serde_json::Value as Json;
use zip::ZipArchive;

use super::guard::guarded;
use super::inside::{hdf5_root, member_names, name_of, parquet_reader, separator, shortened};
use super::pickle::{self, Value};
use super::records::{RecordFile, outline};
use super::{FORMATS, ImportError, Kind, Look, unpack};
use crate::base::open_regular;
use crate::table::element_name;

/// Lists of names, entries and values show so many, and containers inside of containers so deep.
const SHOWN: usize = 4;
const DEEPEST: usize = 8;

/// So many characters of a line or a value are shown.
const LONGEST: usize = 160;

/// An outline stops after so many lines.
const LINES: usize = 120;

/// Describes a file or folder, whatever its format.
///
/// # Errors
/// Names the file when it cannot be read or its packing is broken; damage further on is part of the description.
pub fn describe(path: &Path) -> Result<String, ImportError> {
    let look = Look::at(path)?;
    let mut outline = Outline::default();
    outline.line(0, &format!("{}: {}", path.display(), title(&look)));
    outline.line(0, &advice(&look));
    outline.contents(&look, 0)?;
    Ok(outline.text)
}

fn title(look: &Look) -> String {
    let kind = match look.kind {
        Kind::Folder => "a folder",
        Kind::Pickle => "a Python pickle",
        Kind::TorchLegacy => "a file of torch.save before PyTorch 1.6",
        Kind::TorchZip => "a file of torch.save",
        Kind::Zip => "a zip",
        Kind::Hdf5 => "an HDF5 file",
        Kind::Parquet => "a Parquet file",
        Kind::Npy => "a NumPy array",
        Kind::TfRecord => "a TFRecord file",
        Kind::Json => "JSON",
        Kind::JsonLines => "JSON lines",
        Kind::Csv => "text with separated columns",
        Kind::Unknown => "of no kind that is known here",
    };
    let packed: Vec<&str> = look.layers.iter().rev().copied().collect();
    let size = std::fs::metadata(&look.path).map(|file| format!(", {} bytes", file.len())).unwrap_or_default();
    let size = if look.kind == Kind::Folder { String::new() } else { size };
    if packed.is_empty() { format!("{kind}{size}") } else { format!("{kind} in {}{size}", packed.join(" in ")) }
}

/// How the file becomes a table.
fn advice(look: &Look) -> String {
    let known: Vec<_> = FORMATS.iter().filter(|format| (format.knows)(look)).collect();
    let path = look.path.display();
    match known.as_slice() {
        [] if matches!(look.kind, Kind::Csv | Kind::JsonLines | Kind::Json | Kind::Parquet) => format!(
            "format: any; describe its columns in a mapping and run `nasreplay import generic --mapping MAPPING.toml {path} -o TABLE.h5`"
        ),
        [] => "format: none that an importer knows by its content; `nasreplay import --list` lists them".to_owned(),
        known => {
            let line = |format: &&super::Format| {
                format!(
                    "format: {} ({})\nimport: nasreplay import {} {path} -o TABLE.h5",
                    format.name, format.about, format.name
                )
            };
            known.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// A text that grows line by line, up to its bound.
#[derive(Default)]
struct Outline {
    text: String,
    lines: usize,
}

impl Outline {
    fn line(&mut self, depth: usize, what: &str) {
        self.lines += 1;
        if self.lines <= LINES {
            let printable: String = what.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect();
            _ = writeln!(self.text, "{}{printable}", "  ".repeat(depth)); // writing to a text cannot fail
        } else if self.lines == LINES + 1 {
            self.text += "...\n";
        }
    }

    fn contents(&mut self, look: &Look, depth: usize) -> Result<(), ImportError> {
        match look.kind {
            Kind::Folder => self.folder(look, depth)?,
            Kind::Pickle | Kind::TorchLegacy => self.pickles(&unpacked(&look.path)?, depth),
            Kind::Json => {
                let bytes = unpacked(&look.path)?;
                if self.json(&bytes, depth) {
                    self.columns(look, bytes, "", depth);
                }
            }
            Kind::JsonLines | Kind::Csv => {
                let bytes = unpacked(&look.path)?;
                let lines = bytes.first_lines().map_err(|source| unreadable(&look.path, source))?;
                lines.iter().for_each(|line| self.line(depth, &shortened(line, LONGEST)));
                self.columns(look, bytes, lines.first().map_or("", String::as_str), depth);
            }
            Kind::Zip | Kind::TorchZip => self.zip(&look.path, depth),
            Kind::Hdf5 => self.hdf5(&look.path, depth),
            Kind::Parquet => {
                self.parquet(&look.path, depth);
                self.columns(look, unpacked(&look.path)?, "", depth);
            }
            Kind::Npy | Kind::TfRecord | Kind::Unknown => self.head(look, depth)?,
        }
        Ok(())
    }

    /// The files of a folder, and what the first of each ending holds.
    fn folder(&mut self, look: &Look, depth: usize) -> Result<(), ImportError> {
        let count = look.path.read_dir().map(Iterator::count).unwrap_or_default();
        self.line(depth, &format!("{count} entries: {}", listed(&look.names, count)));
        let mut endings = Vec::new();
        for name in &look.names {
            let ending = name.split_once('.').map_or("", |(_, ending)| ending);
            if endings.contains(&ending) || depth > 1 {
                continue;
            }
            endings.push(ending);
            let inner = Look::at(&look.path.join(name))?;
            self.line(depth + 1, &format!("{name}: {}", title(&inner)));
            self.contents(&inner, depth + 2)?;
        }
        Ok(())
    }

    fn pickles(&mut self, bytes: &Bounded, depth: usize) {
        if bytes.is_cut {
            self.line(depth, &format!("more than {} bytes: only its beginning was looked at", Look::WHOLE));
            self.line(depth, &format!("texts in it: {}", super::inside::texts(&bytes.bytes[..1 << 16]).join(", ")));
            return;
        }
        let mut start = 0;
        while start < bytes.bytes.len() {
            match pickle::read(&bytes.bytes[start..]) {
                Ok((pickle, length)) => {
                    self.line(depth, &format!("pickle at byte {start}, {} values", pickle.node_count()));
                    self.value("", pickle.root(), depth + 1);
                    start += length;
                }
                Err(error) => {
                    self.line(depth, &format!("at byte {start}: {error}"));
                    if error.to_string().contains("`pandas") {
                        self.line(depth, "this is a pandas frame: scripts/frame-to-parquet makes Parquet of it, which is then read by a mapping");
                    }
                    return;
                }
            }
        }
    }

    fn value(&mut self, key: &str, value: Value<'_>, depth: usize) {
        if depth > DEEPEST || self.lines > LINES {
            return self.line(depth, &format!("{key}..."));
        }
        self.line(depth, &format!("{key}{value}{}", numbers(value)));
        if let Ok(entries) = value.entries() {
            let count = entries.len();
            entries
                .take(most(count))
                .for_each(|(key, inner)| self.value(&format!("{}: ", name_of_key(key)), inner, depth + 1));
        } else if numbers(value).is_empty()
            && let Ok(items) = value.items()
        {
            let count = items.len();
            items.take(most(count).min(2)).for_each(|inner| self.value("- ", inner, depth + 1));
        }
    }

    /// Tells whether the value is a list of objects: records.
    fn json(&mut self, bytes: &Bounded, depth: usize) -> bool {
        if bytes.is_cut {
            self.line(depth, &format!("more than {} bytes: not looked into", Look::WHOLE));
            return false;
        }
        match serde_json::from_slice::<Json>(&bytes.bytes) {
            Ok(value) => {
                self.json_value("", &value, depth);
                value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Json::is_object))
            }
            Err(error) => {
                self.line(depth, &format!("cannot be read as JSON: {error}"));
                false
            }
        }
    }

    fn json_value(&mut self, key: &str, value: &Json, depth: usize) {
        if depth > DEEPEST || self.lines > LINES {
            return self.line(depth, &format!("{key}..."));
        }
        match value {
            Json::Object(map) => {
                self.line(depth, &format!("{key}object of {} keys", map.len()));
                map.iter()
                    .take(most(map.len()))
                    .for_each(|(key, inner)| self.json_value(&format!("{key}: "), inner, depth + 1));
            }
            Json::Array(items) if items.iter().all(Json::is_number) => {
                let first: Vec<String> = items.iter().take(SHOWN).map(ToString::to_string).collect();
                self.line(depth, &format!("{key}array of {} numbers: {}", items.len(), listed(&first, items.len())));
            }
            Json::Array(items) => {
                self.line(depth, &format!("{key}array of {}", items.len()));
                items.iter().take(2).for_each(|inner| self.json_value("- ", inner, depth + 1));
            }
            other => self.line(depth, &format!("{key}{}", shortened(&other.to_string(), LONGEST))),
        }
    }

    /// What the columns hold, of files that are not too large to be read whole.
    fn columns(&mut self, look: &Look, bytes: Bounded, first_line: &str, depth: usize) {
        let separator = separator(first_line);
        if separator != b',' {
            self.line(depth, &format!("delimiter: {:?}", char::from(separator)));
        }
        if bytes.is_cut {
            let names = listed(&look.names, look.names.len());
            let what = format!("more than {} bytes: columns are not looked through: {names}", Look::WHOLE);
            return self.line(depth, &what);
        }
        match RecordFile::unnamed(look.path.display().to_string(), bytes.bytes, separator) {
            Ok(file) => outline(&file).iter().for_each(|line| self.line(depth, line)),
            Err(error) => self.line(depth, &format!("cannot be read as records: {error}")),
        }
    }

    fn zip(&mut self, path: &Path, depth: usize) {
        let archive = open_regular(path).ok().and_then(|file| ZipArchive::new(file).ok());
        let Some(mut archive) = archive else { return self.line(depth, "cannot be read as a zip") };
        self.line(depth, &format!("{} members", archive.len()));
        let mut endings: Vec<String> = Vec::new();
        for place in 0..archive.len().min(Look::NAMES) {
            let Ok(member) = archive.by_index(place) else { continue };
            let Ok(name) = member.name().map(|name| name.into_owned()) else { continue };
            let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_owned());
            if endings.contains(&ending) {
                continue;
            }
            self.line(depth + 1, &format!("{name}: {} bytes", member.size()));
            match (Bounded::read(member), ending.as_str()) {
                (Ok(bytes), "pkl" | "pickle") => self.pickles(&bytes, depth + 2),
                (Ok(bytes), "json") => _ = self.json(&bytes, depth + 2),
                _ => {}
            }
            endings.push(ending);
        }
    }

    fn hdf5(&mut self, path: &Path, depth: usize) {
        if let Err(error) = hdf5_root(path).and_then(|root| self.group(&root, depth)) {
            self.line(depth, &format!("cannot be read: {error}"));
        }
    }

    fn group(&mut self, group: &Group, depth: usize) -> hdf5_reader::error::Result<()> {
        let members = member_names(group)?;
        self.line(depth, &format!("group of {} members", members.len()));
        for name in members.iter().take(most(members.len())) {
            if let Ok(dataset) = group.dataset(name) {
                let elements = element_name(dataset.dtype()).unwrap_or_else(|| "elements that are no numbers".into());
                let chunks = dataset.chunks().map_or_else(String::new, |sides| format!(", in chunks of {sides:?}"));
                self.line(depth + 1, &format!("{name}: {elements}, shape {:?}{chunks}", dataset.shape()));
            } else if depth < DEEPEST
                && let Ok(inner) = group.group(name)
            {
                self.line(depth + 1, name);
                self.group(&inner, depth + 2)?;
            }
        }
        Ok(())
    }

    /// The first row; columns are told apart.
    fn parquet(&mut self, path: &Path, depth: usize) {
        let Some(reader) = parquet_reader(path) else { return self.line(depth, "cannot be read as Parquet") };
        let first = guarded(|| reader.get_row_iter(None).map(|mut rows| rows.next()));
        let Ok(first) = first else { return self.line(depth, "the rows cannot be read: the file is damaged") };
        match first {
            Ok(Some(Ok(row))) => self.line(depth, &format!("first row: {}", shortened(&row.to_string(), LONGEST))),
            Ok(None) => {}
            Ok(Some(Err(error))) | Err(error) => self.line(depth, &format!("the rows cannot be read: {error}")),
        }
    }

    /// The first bytes, as text where they are.
    fn head(&mut self, look: &Look, depth: usize) -> Result<(), ImportError> {
        let io = |source| unreadable(&look.path, source);
        let mut head = Vec::new();
        unpack::open(&look.path).map_err(io)?.reader.take(400).read_to_end(&mut head).map_err(io)?;
        if look.kind == Kind::Npy
            && let Some(end) = head.iter().position(|byte| *byte == b'\n')
        {
            head.truncate(end);
        }
        let text: String =
            head.iter().map(|&byte| if (32..127).contains(&byte) { char::from(byte) } else { '.' }).collect();
        self.line(depth, &format!("begins with: {text}"));
        Ok(())
    }
}

/// The unpacked bytes of a file, up to what is read whole.
struct Bounded {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Bounded {
    fn read(reader: impl Read) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        reader.take(Look::WHOLE + 1).read_to_end(&mut bytes)?;
        Ok(Self { is_cut: bytes.len() as u64 > Look::WHOLE, bytes })
    }

    /// The first lines of a text.
    fn first_lines(&self) -> std::io::Result<Vec<String>> {
        self.bytes.take(1 << 16).lines().take(3).collect()
    }
}

fn unpacked(path: &Path) -> Result<Bounded, ImportError> {
    let read = unpack::open(path).and_then(|unpacked| Bounded::read(unpacked.reader));
    read.map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: std::io::Error) -> ImportError {
    ImportError::Io { file: path.display().to_string(), source }
}

/// Short containers are shown whole.
fn most(count: usize) -> usize {
    if count <= 24 { count } else { SHOWN }
}

fn name_of_key(key: Value<'_>) -> String {
    match key.items() {
        Ok(items) => format!("({})", items.map(name_of).collect::<Vec<_>>().join(", ")),
        Err(_) => name_of(key),
    }
}

/// The first numbers of a list or an array of numbers.
fn numbers(value: Value<'_>) -> String {
    match value.to_f64s() {
        Ok(all) if !all.is_empty() => {
            let first: Vec<String> = all.iter().take(SHOWN).map(ToString::to_string).collect();
            format!(": {}", listed(&first, all.len()))
        }
        _ => String::new(),
    }
}

/// The first names, and whether there are more.
fn listed(first: &[String], count: usize) -> String {
    const NAMED: usize = 30;
    let shown: Vec<&str> = first.iter().take(NAMED).map(String::as_str).collect();
    if count > shown.len() { format!("{}, ...", shown.join(", ")) } else { shown.join(", ") }
}
