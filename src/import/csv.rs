//! The generic importer: any CSV files, described by a [`Mapping`].

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use indexmap::IndexMap;
use ndarray::Array3;

use super::mapping::{MetricMap, StaticMap};
use super::{ImportError, Mapping, SourceFile, importer};
use crate::base::nearest;
use crate::space::{Arch, Choices, Space};
use crate::table::{ElementType, Metric, MetricData, Provenance, Table, TableBuilder};

/// Imports CSV files as a mapping says, and writes the table.
///
/// # Errors
/// Names the file, line and column of what does not fit; nothing is written then.
pub fn import(mapping: &Mapping, files: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let sources: Vec<SourceFile> = files.iter().map(|path| SourceFile::read(path)).collect::<Result<_, _>>()?;
    let space = mapping.space.build()?;
    let rows = Rows::read(mapping, &space, &sources)?;
    let mut targets = Targets::new(mapping, rows.archs.len());
    let mut found = HashSet::new();
    for (source, lines) in sources.iter().zip(&rows.lines) {
        found.extend(fill(mapping, source, lines, &mut targets)?);
    }
    targets.check_all_found(&found, &sources)?;
    targets.check_none_empty(&sources)?;
    let provenance = Provenance {
        origin: mapping.provenance.origin.clone(),
        licence: mapping.provenance.licence.clone(),
        sources: sources.into_iter().map(|file| file.source).collect(),
        importer: importer("csv"),
        trained: None,
        notes: mapping.provenance.notes.clone(),
    };
    targets.table(mapping, rows.archs, provenance)?.write(output).map_err(ImportError::from)
}

/// What messages call all files together.
fn labels(sources: &[SourceFile]) -> String {
    sources.iter().map(|source| source.label.as_str()).collect::<Vec<_>>().join("`, `")
}

/// Which architectures there are, and which row each line of each file is about.
struct Rows {
    archs: Vec<Arch>,
    lines: Vec<Vec<usize>>,
}

impl Rows {
    fn read(mapping: &Mapping, space: &Arc<dyn Space>, sources: &[SourceFile]) -> Result<Self, ImportError> {
        let mut numbers: IndexMap<Arch, Option<usize>> = IndexMap::new();
        let mut seen: Vec<Vec<Arch>> = Vec::new();
        for source in sources {
            seen.push(read_archs(mapping, space, source, &mut numbers)?);
        }
        let row_of = number_rows(&numbers, mapping.line.row.is_some())
            .map_err(|what| ImportError::content(&labels(sources), what))?;
        let mut archs = vec![Arch(0); row_of.len()];
        row_of.iter().for_each(|(&arch, &row)| archs[row] = arch);
        let lines = seen.iter().map(|file| file.iter().map(|arch| row_of[arch]).collect()).collect();
        Ok(Self { archs, lines })
    }
}

/// Reads the architecture of every line, and the row number that its line gives it.
fn read_archs(
    mapping: &Mapping,
    space: &Arc<dyn Space>,
    source: &SourceFile,
    numbers: &mut IndexMap<Arch, Option<usize>>,
) -> Result<Vec<Arch>, ImportError> {
    let mut file = Lines::open(source)?;
    let choices = Choices::of_spec(&mapping.space)?;
    let columns: Vec<&String> = mapping.line.arch.iter().chain(mapping.line.choices.iter().flatten()).collect();
    let places: Vec<usize> = columns.iter().map(|column| file.place(column)).collect::<Result<_, _>>()?;
    let row_place = mapping.line.row.as_ref().map(|column| file.place(column)).transpose()?;
    let mut archs = Vec::new();
    while file.next()? {
        let arch = match (&choices, &mapping.line.choices) {
            (Some(choices), Some(_)) => {
                choices.arch_of_values(places.iter().map(|&place| file.cell(place))).map_err(|what| file.fault(what))?
            }
            _ => space.parse(file.cell(places[0])).map_err(|error| file.fault(error.to_string()))?,
        };
        let number = row_place.map(|place| file.whole_number(place)).transpose()?;
        if *numbers.entry(arch).or_insert(number) != number {
            return Err(
                file.fault(format!("architecture `{}` has another row number in an earlier line", space.write(arch)))
            );
        }
        archs.push(arch);
    }
    Ok(archs)
}

/// Rows as published, or in the order of appearance.
fn number_rows(numbers: &IndexMap<Arch, Option<usize>>, published: bool) -> Result<HashMap<Arch, usize>, String> {
    let count = numbers.len();
    let mut taken = vec![false; count];
    let mut row_of = HashMap::with_capacity(count);
    for (appearance, (&arch, &number)) in numbers.iter().enumerate() {
        let row = if published { number.unwrap_or(count) } else { appearance };
        if row >= count || std::mem::replace(&mut taken[row], true) {
            return Err(format!(
                "row number {row} is given twice or is not below {count}, the number of architectures"
            ));
        }
        row_of.insert(arch, row);
    }
    if count == 0 { Err("holds no line of data".into()) } else { Ok(row_of) }
}

/// The arrays that are being filled.
struct Targets<'m> {
    metrics: Vec<(&'m MetricMap, String, Array3<f64>)>,
    statics: Vec<(&'m StaticMap, Array3<f64>)>,
}

impl<'m> Targets<'m> {
    fn new(mapping: &'m Mapping, rows: usize) -> Self {
        let empty = |replicates, epochs| Array3::from_elem((rows, replicates, epochs), f64::NAN);
        let of_metric = |metric: &'m MetricMap| {
            let array = empty(metric.replicates.len(), metric.epochs.len());
            metric.tasks.iter().map(move |task| (metric, task.clone(), array.clone()))
        };
        let metrics = mapping.metric.iter().flat_map(of_metric).collect();
        Self { metrics, statics: mapping.fixed.iter().map(|fixed| (fixed, empty(1, 1))).collect() }
    }

    /// A metric without any number is a misspelt task or label.
    fn check_none_empty(&self, sources: &[SourceFile]) -> Result<(), ImportError> {
        let empty = self.metrics.iter().find(|(_, _, values)| values.iter().all(|value| value.is_nan()));
        let Some((map, task, _)) = empty else { return Ok(()) };
        let what =
            format!("no line has a number for metric `{}` of task `{task}`, schedule `{}`", map.name, map.schedule);
        let hint = Some("check the mapping's `tasks`, `schedule`, `replicates` and `epochs` against the file".into());
        Err(ImportError::Content { file: labels(sources), what, hint })
    }

    /// Every column of the mapping must be in one of the files.
    fn check_all_found(&self, found: &HashSet<String>, sources: &[SourceFile]) -> Result<(), ImportError> {
        let Some(absent) = self.columns().find(|column| !found.contains(column)) else { return Ok(()) };
        let mut headers = Vec::new();
        for source in sources {
            headers.extend(Lines::open(source)?.headers.iter().map(str::to_owned));
        }
        Err(no_column(&labels(sources), &absent, headers.iter().map(String::as_str)))
    }

    /// The columns that the mapping names for metrics and statics.
    fn columns(&self) -> impl Iterator<Item = String> + use<'_, 'm> {
        let metrics = self.metrics.iter().flat_map(|(map, task, _)| {
            let of_replicate =
                move |replicate: &'m String| map.epochs.iter().map(move |epoch| map.column_of(task, replicate, *epoch));
            map.replicates.iter().flat_map(of_replicate)
        });
        metrics.chain(self.statics.iter().map(|(map, _)| map.column.clone()))
    }

    fn table(
        self,
        mapping: &Mapping,
        archs: Vec<Arch>,
        mut provenance: Provenance,
    ) -> Result<TableBuilder, ImportError> {
        let derived = mapping.metric.iter().map(|metric| (&metric.name, &metric.derived));
        let derived = derived.chain(mapping.fixed.iter().map(|fixed| (&fixed.name, &fixed.derived)));
        let notes = derived.filter_map(|(name, how)| how.as_ref().map(|how| format!("`{name}` is derived: {how}")));
        provenance.notes.extend(notes);
        let mut table = TableBuilder::new(&mapping.name, mapping.space.clone(), archs, provenance);
        for (map, task, values) in self.metrics {
            table.metric(&task, &map.schedule, &map.name, MetricData { metric: describe(map), values })?;
        }
        for (map, values) in self.statics {
            table.fixed(&map.name, MetricData { metric: describe_static(map), values })?;
        }
        Ok(table)
    }
}

fn describe(map: &MetricMap) -> Metric {
    Metric {
        unit: map.unit.clone(),
        direction: map.direction,
        split: map.split.clone(),
        labels: map.replicates.clone(),
        epochs: map.epochs.clone(),
        element: map.element,
        aggregated: map.aggregated.clone(),
        derived: map.derived.clone(),
        optimum: None,
    }
}

fn describe_static(map: &StaticMap) -> Metric {
    Metric {
        unit: map.unit.clone(),
        direction: map.direction,
        split: String::new(),
        labels: vec!["all".to_owned()],
        epochs: vec![0],
        element: ElementType::F64,
        aggregated: None,
        derived: map.derived.clone(),
        optimum: None,
    }
}

/// One column of the file, and where its numbers go.
struct Feed {
    column: usize,
    target: usize,
    /// What the line must say for the column to count: its task, schedule, replicate and epoch.
    task: String,
    schedule: String,
    replicate: (String, usize),
    epoch: (String, usize),
}

/// Reads the numbers of one file into the targets; returns the columns of the mapping that the file has.
fn fill(
    mapping: &Mapping,
    source: &SourceFile,
    lines: &[usize],
    targets: &mut Targets,
) -> Result<Vec<String>, ImportError> {
    let mut file = Lines::open(source)?;
    let selectors = Selectors::new(mapping, &file)?;
    let feeds = feeds(&file, targets)?;
    let mut statics = Vec::new();
    for (target, (map, _)) in targets.statics.iter().enumerate() {
        statics.extend(file.find(&map.column)?.map(|place| (target, place)));
    }
    for &row in lines {
        file.next()?;
        selectors.check(&file, &feeds)?;
        for feed in feeds.iter().filter(|feed| selectors.admit(&file, feed)) {
            let (map, _, array) = &mut targets.metrics[feed.target];
            file.store(feed.column, map.scale, &mapping.missing, &mut array[[row, feed.replicate.1, feed.epoch.1]])?;
        }
        for &(target, place) in &statics {
            let (map, array) = &mut targets.statics[target];
            file.store_static(place, map.scale, &mapping.missing, &mut array[[row, 0, 0]])?;
        }
    }
    let places = feeds.iter().map(|feed| feed.column).chain(statics.iter().map(|(_, place)| *place));
    Ok(places.map(|place| file.header(place).to_owned()).collect())
}

fn feeds(file: &Lines, targets: &Targets) -> Result<Vec<Feed>, ImportError> {
    let mut feeds = Vec::new();
    for (target, (map, task, _)) in targets.metrics.iter().enumerate() {
        for (r, replicate) in map.replicates.iter().enumerate() {
            for (e, epoch) in map.epochs.iter().enumerate() {
                let column = file.find(&map.column_of(task, replicate, *epoch))?;
                feeds.extend(column.map(|column| Feed {
                    column,
                    target,
                    task: task.clone(),
                    schedule: map.schedule.clone(),
                    replicate: (replicate.clone(), r),
                    epoch: (epoch.to_string(), e),
                }));
            }
        }
    }
    Ok(feeds)
}

/// The columns that say which task, schedule, replicate and epoch a line is about, where there are such columns.
struct Selectors {
    task: Option<usize>,
    schedule: Option<usize>,
    replicate: Option<usize>,
    epoch: Option<usize>,
}

impl Selectors {
    fn new(mapping: &Mapping, file: &Lines) -> Result<Self, ImportError> {
        let place = |column: &Option<String>| column.as_ref().map(|column| file.place(column)).transpose();
        let line = &mapping.line;
        Ok(Self {
            task: place(&line.task)?,
            schedule: place(&line.schedule)?,
            replicate: place(&line.replicate)?,
            epoch: place(&line.epoch)?,
        })
    }

    /// Whether the present line feeds a target.
    fn admit(&self, file: &Lines, feed: &Feed) -> bool {
        let says = |place: Option<usize>, wanted: &str| place.is_none_or(|place| file.cell(place) == wanted);
        says(self.task, &feed.task)
            && says(self.schedule, &feed.schedule)
            && says(self.replicate, &feed.replicate.0)
            && says(self.epoch, &feed.epoch.0)
    }

    /// A line that feeds nothing is a mistake in the mapping: its numbers would be lost in silence.
    fn check(&self, file: &Lines, feeds: &[Feed]) -> Result<(), ImportError> {
        let selective = [self.task, self.schedule, self.replicate, self.epoch].iter().any(Option::is_some);
        if !selective || feeds.is_empty() || feeds.iter().any(|feed| self.admit(file, feed)) {
            return Ok(());
        }
        let said = |name: &str, place: Option<usize>| place.map(|place| format!("{name} `{}`", file.cell(place)));
        let parts = [
            said("task", self.task),
            said("schedule", self.schedule),
            said("replicate", self.replicate),
            said("epoch", self.epoch),
        ];
        let said: Vec<String> = parts.into_iter().flatten().collect();
        Err(file.fault(format!("no metric of the mapping has {}", said.join(", "))))
    }
}

fn no_column<'a>(file: &str, column: &str, known: impl Iterator<Item = &'a str> + Clone) -> ImportError {
    const LISTED: usize = 20;
    let near = nearest(column, known.clone()).map(|near| format!("did you mean `{near}`?"));
    let listed: Vec<&str> = known.clone().take(LISTED).collect();
    let more = if known.count() > LISTED { ", ..." } else { "" };
    ImportError::Content {
        file: file.to_owned(),
        what: format!("has no column `{column}`; it has {}{more}", listed.join(", ")),
        hint: near,
    }
}

/// A CSV file that is read line by line.
struct Lines<'s> {
    label: &'s str,
    headers: StringRecord,
    reader: csv::Reader<&'s [u8]>,
    record: StringRecord,
}

impl<'s> Lines<'s> {
    fn open(source: &'s SourceFile) -> Result<Self, ImportError> {
        let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.bytes.as_slice());
        let headers = reader.headers().map_err(|error| ImportError::content(&source.label, error.to_string()))?.clone();
        Ok(Self { label: &source.label, headers, reader, record: StringRecord::new() })
    }

    fn next(&mut self) -> Result<bool, ImportError> {
        self.reader.read_record(&mut self.record).map_err(|error| ImportError::content(self.label, error.to_string()))
    }

    /// The place of a column that must be there.
    fn place(&self, column: &str) -> Result<usize, ImportError> {
        self.find(column)?.ok_or_else(|| self.no_column(column))
    }

    /// The place of a column, if the file has it; a header that stands twice names none.
    fn find(&self, column: &str) -> Result<Option<usize>, ImportError> {
        let mut places = (0..self.headers.len()).filter(|&place| self.header(place) == column);
        match (places.next(), places.next()) {
            (place, None) => Ok(place),
            _ => Err(ImportError::content(self.label, format!("has more than one column `{column}`"))),
        }
    }

    fn no_column(&self, column: &str) -> ImportError {
        no_column(self.label, column, self.headers.iter())
    }

    fn cell(&self, place: usize) -> &str {
        self.record.get(place).unwrap_or_default()
    }

    fn whole_number(&self, place: usize) -> Result<usize, ImportError> {
        self.cell(place).parse().map_err(|_| self.bad_cell(place, "a whole number"))
    }

    /// The number in a cell, scaled; `None` where not measured.
    fn number(&self, place: usize, scale: f64, missing: &[String]) -> Result<Option<f64>, ImportError> {
        let cell = self.cell(place);
        if cell.is_empty() || cell.eq_ignore_ascii_case("nan") || missing.iter().any(|text| text == cell) {
            return Ok(None);
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(if scale == 1.0 { number } else { number * scale })),
            _ => Err(self.bad_cell(place, "a finite number")),
        }
    }

    fn store(&self, place: usize, scale: f64, missing: &[String], into: &mut f64) -> Result<(), ImportError> {
        let Some(number) = self.number(place, scale, missing)? else { return Ok(()) };
        if !into.is_nan() {
            return Err(
                self.fault(format!("column `{}` was given for the same architecture before", self.header(place)))
            );
        }
        *into = number;
        Ok(())
    }

    /// A static may stand in many lines of its architecture, if it is always the same.
    fn store_static(&self, place: usize, scale: f64, missing: &[String], into: &mut f64) -> Result<(), ImportError> {
        let Some(number) = self.number(place, scale, missing)? else { return Ok(()) };
        if !into.is_nan() && *into != number {
            return Err(
                self.fault(format!("static `{}` is {number} here and {into} in an earlier line", self.header(place)))
            );
        }
        *into = number;
        Ok(())
    }

    fn header(&self, place: usize) -> &str {
        self.headers.get(place).unwrap_or_default()
    }

    fn bad_cell(&self, place: usize, expected: &str) -> ImportError {
        self.fault(format!("column `{}`: expected {expected}, found `{}`", self.header(place), self.cell(place)))
    }

    fn fault(&self, what: String) -> ImportError {
        let line = self.record.position().map(|position| format!("line {}: ", position.line())).unwrap_or_default();
        ImportError::content(self.label, format!("{line}{what}"))
    }
}
