//! What the files of an export hold, whatever their container: a line an architecture, or a line a measurement.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::space::{Space, SpaceSpec};
use crate::table::select::Chosen;
use crate::table::{Column, ElementType, MetricColumn, Table, TableError};

/// The columns that say what a line is about.
pub(super) const TASK: &str = "task";
pub(super) const SCHEDULE: &str = "schedule";
pub(super) const ROW: &str = "row";
pub(super) const ARCH: &str = "arch";
pub(super) const NAME: &str = "name";
pub(super) const REPLICATE: &str = "replicate";
pub(super) const EPOCH: &str = "epoch";

/// One file: lines in the order of the rows, their replicates and epochs.
pub(super) struct Sheet<'t> {
    /// The file's name.
    pub file: String,
    pub columns: Vec<SheetColumn<'t>>,
    rows: usize,
    /// The replicate and epoch of each line of a row.
    places: Vec<(String, u32)>,
    /// Whether lines without a number are left out.
    measured_only: bool,
}

/// A column of a sheet.
pub(super) struct SheetColumn<'t> {
    pub name: String,
    source: Source<'t>,
}

/// Where the cells of a column come from.
enum Source<'t> {
    Constant(&'t str),
    Row,
    Arch(&'t Table, Arc<dyn Space>),
    Name(&'t Table),
    Replicate,
    Epoch,
    /// One of the features of a row: their width and its number.
    Feature(Box<Column<f32>>, usize, usize),
    /// A metric, and its replicate and epoch for each of the sheet's places.
    Metric(Box<MetricColumn>, Vec<Option<(usize, usize)>>),
}

/// A line of a sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub row: usize,
    place: usize,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Whole,
    Number(ElementType),
}

/// What stands in a line under a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'s> {
    Nothing,
    Text(Cow<'s, str>),
    Whole(u64),
    Single(f32),
    Double(f64),
}

/// The sheets of a table: the architectures with their statics, and one for each task and schedule.
pub(super) fn sheets<'t>(table: &'t Table, chosen: &[Chosen<'t>], suffix: &str) -> Result<Vec<Sheet<'t>>, TableError> {
    let mut sheets = vec![architectures(table, suffix)?];
    let mut files = IndexSet::from([sheets[0].file.clone()]);
    let places: IndexSet<(&str, &str)> = chosen.iter().map(|one| (one.task, one.schedule)).collect();
    for (task, schedule) in places {
        let metrics: Vec<&Chosen<'_>> =
            chosen.iter().filter(|one| (one.task, one.schedule) == (task, schedule)).collect();
        let mut sheet = measurements(table, task, schedule, &metrics)?;
        sheet.file = file_name(&files, &format!("{task}-{schedule}"), suffix);
        files.insert(sheet.file.clone());
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// A name that every file system holds and no other file has.
fn file_name(taken: &IndexSet<String>, title: &str, suffix: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    let stem: String = title.chars().map(letter).collect();
    let stem = stem.trim_start_matches('.').to_owned();
    let names =
        std::iter::once(format!("{stem}.{suffix}")).chain((2..).map(|number| format!("{stem}-{number}.{suffix}")));
    let free = |name: &String| !taken.iter().any(|other| other.eq_ignore_ascii_case(name));
    names.into_iter().find(free).unwrap_or_default() // numbers do not end
}

fn architectures<'t>(table: &'t Table, suffix: &str) -> Result<Sheet<'t>, TableError> {
    let mut columns = vec![column(ROW, Source::Row), column(ARCH, Source::Arch(table, own_space(table)?))];
    if has_second_name(table) {
        columns.push(column(NAME, Source::Name(table)));
    }
    if let (Some(features), Some(width)) = (table.features()?, table.catalogue.features) {
        let feature =
            |number| column(&feature_name(number), Source::Feature(Box::new(features.clone()), width, number));
        columns.extend((0..width).map(feature));
    }
    let mut places: IndexSet<(String, u32)> = IndexSet::new();
    places.insert((String::new(), 0));
    for name in table.catalogue.statics.keys() {
        columns.extend(statics(table, name, table.fixed(name)?));
    }
    let places = places.into_iter().collect();
    Ok(Sheet { file: format!("architectures.{suffix}"), columns, rows: table.rows(), places, measured_only: false })
}

/// The columns of a static: one for each replicate and epoch.
fn statics<'t>(table: &Table, name: &str, values: MetricColumn) -> Vec<SheetColumn<'t>> {
    let metric = values.metric().clone();
    let mut columns = Vec::new();
    for (replicate, label) in metric.labels.iter().enumerate() {
        for (epoch, number) in metric.epochs.iter().enumerate() {
            let pattern = static_pattern(table, name);
            let name = pattern.replace("{replicate}", label).replace("{epoch}", &number.to_string());
            columns.push(column(&name, Source::Metric(Box::new(values.clone()), vec![Some((replicate, epoch))])));
        }
    }
    columns
}

fn measurements<'t>(
    table: &'t Table,
    task: &'t str,
    schedule: &'t str,
    metrics: &[&Chosen<'t>],
) -> Result<Sheet<'t>, TableError> {
    let labels: IndexSet<&String> = metrics.iter().flat_map(|one| &one.metric.labels).collect();
    let mut epochs: Vec<u32> = metrics.iter().flat_map(|one| one.metric.epochs.iter().copied()).collect();
    epochs.sort_unstable();
    epochs.dedup();
    let all = labels.into_iter().flat_map(|label| epochs.iter().map(|epoch| (label.clone(), *epoch)));
    let places: Vec<(String, u32)> =
        all.filter(|place| metrics.iter().any(|one| place_in(one, place).is_some())).collect();
    let mut columns = vec![
        column(TASK, Source::Constant(task)),
        column(SCHEDULE, Source::Constant(schedule)),
        column(ROW, Source::Row),
        column(ARCH, Source::Arch(table, own_space(table)?)),
        column(REPLICATE, Source::Replicate),
        column(EPOCH, Source::Epoch),
    ];
    for one in metrics {
        let at = places.iter().map(|place| place_in(one, place)).collect();
        columns.push(column(
            &metric_name(one.name),
            Source::Metric(Box::new(table.metric(task, schedule, one.name)?), at),
        ));
    }
    Ok(Sheet { file: String::new(), columns, rows: table.rows(), places, measured_only: true })
}

/// Where a metric has a replicate and epoch.
fn place_in(one: &Chosen<'_>, (label, epoch): &(String, u32)) -> Option<(usize, usize)> {
    let replicate = one.metric.labels.iter().position(|known| known == label)?;
    Some((replicate, one.metric.epoch_place(*epoch)?))
}

fn column<'t>(name: &str, source: Source<'t>) -> SheetColumn<'t> {
    SheetColumn { name: name.to_owned(), source }
}

/// The space in whose words architectures are written: a list has none but its names.
fn own_space(table: &Table) -> Result<Arc<dyn Space>, TableError> {
    match table.catalogue.space {
        SpaceSpec::Listed { .. } => Ok(table.space.clone()),
        _ => Ok(table.catalogue.space.build()?),
    }
}

/// Whether rows have a published name beside the one that the space gives them.
pub(super) fn has_second_name(table: &Table) -> bool {
    table.names.is_some() && !matches!(table.catalogue.space, SpaceSpec::Listed { .. })
}

pub(super) fn feature_name(number: usize) -> String {
    format!("feature {number}")
}

/// The column of a metric: its name, unless that names what a line is about.
pub(super) fn metric_name(name: &str) -> String {
    let taken = [TASK, SCHEDULE, ROW, ARCH, NAME, REPLICATE, EPOCH].contains(&name);
    if taken { format!("{name} (metric)") } else { name.to_owned() }
}

/// The column of a static: its name, unless a metric or another column has it.
pub(super) fn static_pattern(table: &Table, name: &str) -> String {
    let mut metrics = table.catalogue.tasks.values().flat_map(|schedules| schedules.values());
    let is_metric = metrics.any(|metrics| metrics.contains_key(name));
    let (one_label, one_epoch) = table
        .catalogue
        .statics
        .get(name)
        .map_or((true, true), |metric| (metric.labels.len() == 1, metric.epochs.len() == 1));
    let mut pattern = metric_name(name);
    pattern += if is_metric || name.starts_with("feature ") { " (static)" } else { "" };
    pattern += if one_label { "" } else { " {replicate}" };
    pattern + if one_epoch { "" } else { " {epoch}" }
}

impl Sheet<'_> {
    /// The lines of some rows, without those that hold no number.
    pub(super) fn lines(&self, rows: std::ops::Range<usize>) -> impl Iterator<Item = Line> + '_ {
        let lines = rows.flat_map(|row| (0..self.places.len()).map(move |place| Line { row, place }));
        lines.filter(|line| !self.measured_only || self.is_measured(*line))
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The most lines that a row has.
    pub(super) fn lines_a_row(&self) -> usize {
        self.places.len()
    }

    fn is_measured(&self, line: Line) -> bool {
        let is_number = |column: &SheetColumn<'_>| matches!(column.source, Source::Metric(..));
        self.columns.iter().filter(|column| is_number(column)).any(|column| self.cell(column, line) != Cell::Nothing)
    }

    /// What stands in a line under a column.
    pub(super) fn cell<'s>(&'s self, column: &'s SheetColumn<'_>, line: Line) -> Cell<'s> {
        let (label, epoch) = &self.places[line.place];
        match &column.source {
            Source::Constant(text) => Cell::Text(Cow::Borrowed(text)),
            Source::Row => Cell::Whole(line.row as u64),
            Source::Arch(table, space) => Cell::Text(Cow::Owned(space.write(table.arch(line.row)))),
            Source::Name(table) => {
                table.published_name(line.row).map_or(Cell::Nothing, |name| Cell::Text(Cow::Borrowed(name)))
            }
            Source::Replicate => Cell::Text(Cow::Borrowed(label)),
            Source::Epoch => Cell::Whole(u64::from(*epoch)),
            Source::Feature(features, width, number) => Cell::Single(features.as_slice()[line.row * width + number]),
            Source::Metric(values, places) => match places[line.place] {
                Some((replicate, epoch)) => number(values, values.value(line.row, replicate, epoch)),
                None => Cell::Nothing,
            },
        }
    }
}

fn number<'s>(values: &MetricColumn, value: f64) -> Cell<'s> {
    match values.metric().element {
        _ if value.is_nan() => Cell::Nothing,
        ElementType::F32 => Cell::Single(value as f32), // it was one
        ElementType::F64 => Cell::Double(value),
    }
}

impl SheetColumn<'_> {
    pub(super) fn content(&self) -> Content {
        match &self.source {
            Source::Constant(_) | Source::Arch(..) | Source::Name(_) | Source::Replicate => Content::Text,
            Source::Row | Source::Epoch => Content::Whole,
            Source::Feature(..) => Content::Number(ElementType::F32),
            Source::Metric(values, _) => Content::Number(values.metric().element),
        }
    }

    /// Whether all lines of a row have the same cell.
    pub(super) fn is_of_row(&self) -> bool {
        matches!(self.source, Source::Constant(_) | Source::Arch(..) | Source::Name(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_names_of_their_own() {
        let mut taken = IndexSet::from(["architectures.csv".to_owned()]);
        for (title, expected) in [
            ("cifar10-200", "cifar10-200.csv"),
            ("a b-1", "a_b-1.csv"),
            ("a?b-1", "a_b-1-2.csv"),
            ("A_B-1", "A_B-1-3.csv"),
            ("../x-1", "_x-1.csv"),
        ] {
            assert_eq!(file_name(&taken, title, "csv"), expected);
            taken.insert(expected.to_owned());
        }
    }
}
