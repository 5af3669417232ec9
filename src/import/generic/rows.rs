//! Which architectures the files name, and which row of the table each record is about.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use ndarray::Array2;

use super::labels;
use crate::import::records::{RecordFile, Records};
use crate::import::{ImportError, Mapping, cell101_line};
use crate::space::{Arch, Choices, Space, SpaceSpec};

/// The rows of the table, and those that the records are about.
pub(super) struct Rows {
    pub archs: Vec<Arch>,
    /// The rows' published names, where the mapping says where they stand.
    pub names: Option<Vec<String>>,
    /// The rows' features, where the mapping says where they stand.
    pub features: Option<Array2<f32>>,
    /// The row of every record, a list a file; a record that gives a row number only may give one that no row has.
    pub of_records: Vec<Vec<usize>>,
}

/// What a record is about.
enum Subject {
    Arch(Arch),
    Row(usize),
}

/// What the files say of one architecture.
#[derive(Default)]
struct Known {
    row: Option<usize>,
    name: Option<String>,
    features: Option<Vec<f32>>,
}

impl Rows {
    pub(super) fn read(mapping: &Mapping, files: &[RecordFile]) -> Result<Self, ImportError> {
        let mut census = Census { mapping, tongue: Tongue::of(mapping)?, known: IndexMap::new() };
        let subjects: Vec<Vec<Subject>> = files.iter().map(|file| census.read_file(file)).collect::<Result<_, _>>()?;
        let row_of = census.number_rows().map_err(|what| ImportError::content(&labels(files), what))?;
        let row = |subject: &Subject| match subject {
            Subject::Arch(arch) => row_of[arch], // every architecture of a record was numbered
            Subject::Row(row) => *row,
        };
        let of_records = subjects.iter().map(|file| file.iter().map(row).collect()).collect();
        census.finish(&row_of, of_records).map_err(|what| ImportError::content(&labels(files), what))
    }
}

/// How the architecture of a record is told.
enum Tongue {
    /// By its name in the space.
    Name(Arc<dyn Space>),
    /// By the values of its choices.
    Choices(Choices),
    /// By vertices, edges and operations.
    Cell101(Arc<dyn Space>),
    /// By a name that means nothing else.
    Listed(IndexSet<String>),
}

impl Tongue {
    fn of(mapping: &Mapping) -> Result<Self, ImportError> {
        if matches!(mapping.space, SpaceSpec::Listed { .. }) {
            return Ok(Self::Listed(IndexSet::new()));
        }
        if mapping.line.cell101.is_some() {
            return Ok(Self::Cell101(mapping.space.build()?));
        }
        match (Choices::of_spec(&mapping.space)?, &mapping.line.choices) {
            (Some(choices), Some(_)) => Ok(Self::Choices(choices)),
            _ => Ok(Self::Name(mapping.space.build()?)),
        }
    }

    /// The present record's architecture: where several codes are one network, the one that stands for all.
    fn read(
        &mut self,
        records: &Records<'_>,
        places: &[usize],
        aliases: &HashMap<String, String>,
    ) -> Result<Arch, ImportError> {
        let text = |place| match records.text(place) {
            text if aliases.is_empty() => text,
            text => aliases.get(&*text).map_or(text, |alias| Cow::Owned(alias.clone())),
        };
        let first = || text(places[0]).into_owned(); // a mapping names at least one column
        match self {
            Self::Choices(choices) => {
                let texts: Vec<_> = places.iter().map(|&place| text(place)).collect();
                choices.arch_of_values(texts.iter().map(|text| &**text)).map_err(|what| records.fault(what))
            }
            Self::Name(space) => {
                let name = first();
                let arch = space.parse(&name).map_err(|error| records.fault(error.to_string()))?;
                canonical(&**space, arch).map_err(|what| records.fault(what))
            }
            Self::Cell101(space) => {
                let texts: Vec<_> = places.iter().map(|&place| records.text(place)).collect();
                let [vertices, edges, operations] = texts.as_slice() else {
                    return Err(records.fault("lacks a column".into()));
                };
                let arch = cell101_line::read(vertices, edges, operations);
                arch.and_then(|arch| canonical(&**space, arch)).map_err(|what| records.fault(what))
            }
            Self::Listed(names) => match first() {
                name if name.is_empty() => Err(records.bad_cell(places[0], "the name of an architecture")),
                name => Ok(Arch(names.insert_full(name).0 as u64)),
            },
        }
    }

    fn write(&self, arch: Arch) -> String {
        match self {
            Self::Name(space) | Self::Cell101(space) => space.write(arch),
            Self::Choices(choices) => choices.write(arch),
            Self::Listed(names) => names.get_index(arch.0 as usize).cloned().unwrap_or_default(),
        }
    }
}

/// The architecture whose row a table holds for this one.
fn canonical(space: &dyn Space, arch: Arch) -> Result<Arch, String> {
    space.canonical(arch).ok_or_else(|| format!("`{}` is no valid architecture of its space", space.write(arch)))
}

/// All architectures of all files, in the order of their appearance.
struct Census<'m> {
    mapping: &'m Mapping,
    tongue: Tongue,
    known: IndexMap<Arch, Known>,
}

/// The places of a file's columns that say what a record is about.
struct Places {
    arch: Vec<usize>,
    row: Option<usize>,
    name: Option<usize>,
    features: Vec<usize>,
}

impl Places {
    fn of(mapping: &Mapping, file: &RecordFile) -> Result<Self, ImportError> {
        let line = &mapping.line;
        let find = |column: &Option<String>| column.as_ref().map_or(Ok(None), |column| file.find(column));
        let place = |column: &String| file.place(column);
        let row = find(&line.row)?;
        let columns = || line.arch_columns();
        let by_row_alone = row.is_some() && columns().all(|column| !file.columns.contains(column));
        let arch = if by_row_alone { Vec::new() } else { columns().map(place).collect::<Result<_, _>>()? };
        let features = || line.features.iter().flatten();
        let has_features = features().any(|column| file.columns.contains(column));
        let features = if has_features { features().map(place).collect::<Result<_, _>>()? } else { Vec::new() };
        Ok(Self { arch, row, name: find(&line.name)?, features })
    }

    fn all(&self) -> Vec<usize> {
        self.arch.iter().chain(&self.row).chain(&self.name).chain(&self.features).copied().collect()
    }
}

impl Census<'_> {
    /// Reads what every record of a file is about, and what it says of its architecture.
    fn read_file(&mut self, file: &RecordFile) -> Result<Vec<Subject>, ImportError> {
        let places = Places::of(self.mapping, file)?;
        let mut records = file.records(&places.all())?;
        let mut subjects = Vec::new();
        while records.advance()? {
            let row = places.row.map(|place| records.whole_number(place)).transpose()?;
            subjects.push(match row {
                Some(row) if places.arch.is_empty() => Subject::Row(row),
                _ => {
                    let arch = self.tongue.read(&records, &places.arch, &self.mapping.line.aliases)?;
                    self.note(&records, arch, row, &places)?;
                    Subject::Arch(arch)
                }
            });
        }
        Ok(subjects)
    }

    /// Notes what the present record says of its architecture; whatever another record said must be the same.
    fn note(
        &mut self,
        records: &Records<'_>,
        arch: Arch,
        row: Option<usize>,
        places: &Places,
    ) -> Result<(), ImportError> {
        let name = places.name.map(|place| records.text(place).into_owned()).filter(|name| !name.is_empty());
        let features = read_features(records, &places.features)?;
        let known = self.known.entry(arch).or_default();
        let odd = [
            ("another row number", differs(&mut known.row, row)),
            ("another published name", differs(&mut known.name, name)),
            ("other features", differs(&mut known.features, features)),
        ];
        match odd.iter().find(|(_, differs)| *differs) {
            None => Ok(()),
            Some((what, _)) => {
                let name = self.tongue.write(arch);
                Err(records.fault(format!("architecture `{name}` has {what} in an earlier line")))
            }
        }
    }

    /// Rows as published, or in the order of appearance.
    fn number_rows(&self) -> Result<HashMap<Arch, usize>, String> {
        let count = self.known.len();
        let mut taken = vec![false; count];
        let mut row_of = HashMap::with_capacity(count);
        for (appearance, (&arch, known)) in self.known.iter().enumerate() {
            let row = match (&self.mapping.line.row, known.row) {
                (None, _) => appearance,
                (Some(_), Some(row)) => row,
                (Some(column), None) => {
                    let name = self.tongue.write(arch);
                    return Err(format!("no line gives architecture `{name}` a row number in a column `{column}`"));
                }
            };
            if row >= count || std::mem::replace(&mut taken[row], true) {
                return Err(format!(
                    "row number {row} is given twice or is not below {count}, the number of architectures"
                ));
            }
            row_of.insert(arch, row);
        }
        if count == 0 { Err("holds no line of data that names an architecture".into()) } else { Ok(row_of) }
    }

    fn finish(self, row_of: &HashMap<Arch, usize>, of_records: Vec<Vec<usize>>) -> Result<Rows, String> {
        let is_list = matches!(self.tongue, Tongue::Listed(_));
        let mut in_order: Vec<Row> =
            self.known.into_iter().map(|(arch, known)| Row { row: row_of[&arch], arch, known }).collect();
        in_order.sort_unstable_by_key(|row| row.row);
        let archs: Vec<Arch> =
            in_order.iter().map(|row| if is_list { Arch(row.row as u64) } else { row.arch }).collect();
        let width = self.mapping.line.features.as_ref().map(Vec::len);
        let features = width.map(|width| features(&in_order, width)).transpose()?;
        let names = match &self.tongue {
            Tongue::Listed(names) => names_of_list(&in_order, names),
            tongue if self.mapping.line.name.is_some() => {
                let names = published_names(in_order, tongue)?;
                if self.mapping.space == SpaceSpec::Cell101
                    && let Some((row, computed)) = cell101_line::wrong_hash(&archs, &names)
                {
                    return Err(format!("row {row} is called `{}`, but its cell's hash is `{computed}`", names[row]));
                }
                Some(names)
            }
            _ => None,
        };
        Ok(Rows { archs, names, features, of_records })
    }
}

/// An architecture with its number.
struct Row {
    row: usize,
    arch: Arch,
    known: Known,
}

/// Keeps the first value that is told; whether a later one is another.
fn differs<T: PartialEq>(known: &mut Option<T>, told: Option<T>) -> bool {
    match (&known, told) {
        (_, None) => false,
        (Some(before), Some(now)) => *before != now,
        (None, now) => {
            *known = now;
            false
        }
    }
}

fn read_features(records: &Records<'_>, places: &[usize]) -> Result<Option<Vec<f32>>, ImportError> {
    let number = |&place: &usize| match records.number(place, &[])? {
        Some(number) if (number as f32).is_finite() => Ok(number as f32),
        _ => Err(records.bad_cell(place, "a finite number")),
    };
    let numbers: Vec<f32> = places.iter().map(number).collect::<Result<_, _>>()?;
    Ok((!numbers.is_empty()).then_some(numbers))
}

fn features(rows: &[Row], width: usize) -> Result<Array2<f32>, String> {
    let mut values = Vec::with_capacity(rows.len() * width);
    for Row { row, known, .. } in rows {
        values.extend(known.features.as_ref().ok_or_else(|| format!("no line gives row {row} its features"))?);
    }
    Array2::from_shape_vec((rows.len(), width), values).map_err(|error| error.to_string())
}

/// The names of a list, unless they are the ones that a list without names gives its rows.
fn names_of_list(rows: &[Row], names: &IndexSet<String>) -> Option<Vec<String>> {
    let name = |row: &Row| names.get_index(row.arch.0 as usize).cloned().unwrap_or_default();
    let names: Vec<String> = rows.iter().map(name).collect();
    let are_rows = names.iter().enumerate().all(|(row, name)| *name == format!("row {row}"));
    (!are_rows).then_some(names)
}

fn published_names(rows: Vec<Row>, tongue: &Tongue) -> Result<Vec<String>, String> {
    let absent = |arch| format!("no line gives architecture `{}` a published name", tongue.write(arch));
    rows.into_iter().map(|row| row.known.name.ok_or_else(|| absent(row.arch))).collect()
}
