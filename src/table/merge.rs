//! One table of several: their metrics side by side, joined by architecture.

use std::collections::HashMap;

use indexmap::IndexMap;
use ndarray::{Array2, Array3, Axis};

use super::schema::{Metric, Provenance, metric_path, static_path};
use super::select::Selection;
use super::{MetricColumn, MetricData, Table, TableBuilder, TableError};
use crate::space::{Arch, SpaceSpec};

/// Which rows a merged table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergedRows {
    /// Those of the first table, in its order.
    First,
    /// Those of the first table, then those that only later ones have, in their order.
    Union,
}

/// Merges tables of one space. Where several have the same metric, each fills what the ones before it lack.
///
/// # Errors
/// Refuses fewer than two tables, different spaces, a metric that two tables describe otherwise or measure differently, and tables that
/// share no row where only the first one's rows are kept.
pub fn merge(tables: &[Table], rows: MergedRows) -> Result<TableBuilder, TableError> {
    let [first, others @ ..] = tables else { return Err(none_given()) };
    if others.is_empty() {
        return Err(none_given());
    }
    others.iter().try_for_each(|other| check_space(first, other))?;
    let join = Join::of(tables, rows)?;
    let mut merged =
        TableBuilder::new(first.name(), first.catalogue.space.clone(), join.archs(first), provenance(tables));
    if let Some(names) = join.names() {
        merged.names(&names)?;
    }
    if let Some(features) = join.features()? {
        merged.features(features)?;
    }
    for (place, data) in join.data()? {
        match place {
            (Some((task, schedule)), name) => merged.metric(task, schedule, name, data)?,
            (None, name) => merged.fixed(name, data)?,
        }
    }
    Ok(merged)
}

/// Where a metric stands: its task and schedule, which a static has not, and its name.
type Place<'t> = (Option<(&'t str, &'t str)>, &'t str);

fn none_given() -> TableError {
    TableError::Content { table: "merged".into(), what: "needs at least two tables".into() }
}

/// Tables of one space can be merged; lists of architectures are one space if their names say which is which.
fn check_space(first: &Table, other: &Table) -> Result<(), TableError> {
    let (a, b) = (&first.catalogue.space, &other.catalogue.space);
    if matches!((a, b), (SpaceSpec::Listed { .. }, SpaceSpec::Listed { .. })) {
        let nameless = [first, other].into_iter().find(|table| table.names.is_none());
        let what = "is a list of architectures without names: nothing says which are those of another table";
        return nameless.map_or(Ok(()), |table| Err(fault(table, what.into())));
    }
    if a == b {
        return Ok(());
    }
    let (own, name) = (other.space.name(), first.space.name());
    let firsts = if own == name { "another of that kind".to_owned() } else { format!("space `{name}`") };
    let rule = "only tables of one space can be merged";
    Err(fault(other, format!("is of space `{own}`, and `{}` of {firsts}: {rule}", first.name())))
}

/// What two tables' rows are compared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum RowKey {
    Arch(Arch),
    Name(String),
}

/// Where each row of each table goes.
struct Join<'t> {
    tables: &'t [Table],
    /// The first table with the row, and its number there.
    origins: Vec<(usize, usize)>,
    /// The merged row of every table's rows; `None` where it is left out.
    targets: Vec<Vec<Option<usize>>>,
}

impl<'t> Join<'t> {
    fn of(tables: &'t [Table], rows: MergedRows) -> Result<Self, TableError> {
        let mut merged: HashMap<RowKey, usize> = HashMap::new();
        let (mut origins, mut targets) = (Vec::new(), Vec::new());
        for (number, table) in tables.iter().enumerate() {
            let is_kept = number == 0 || rows == MergedRows::Union;
            let mut of_table = Vec::with_capacity(table.rows());
            for row in 0..table.rows() {
                let next = merged.len();
                let target = match is_kept {
                    true => Some(*merged.entry(key(table, row)).or_insert(next)),
                    false => merged.get(&key(table, row)).copied(),
                };
                if target == Some(next) {
                    origins.push((number, row));
                }
                of_table.push(target);
            }
            if !is_kept && of_table.iter().all(Option::is_none) {
                let what =
                    format!("shares no row with `{}`; `--rows union` keeps the rows of all tables", tables[0].name());
                return Err(fault(table, what));
            }
            targets.push(of_table);
        }
        Ok(Self { tables, origins, targets })
    }

    /// The architectures of the merged rows; those of a list are numbered anew.
    fn archs(&self, first: &Table) -> Vec<Arch> {
        let is_list = matches!(first.catalogue.space, SpaceSpec::Listed { .. });
        let arch = |(row, &(table, there)): (usize, &(usize, usize))| match is_list {
            true => Arch(row as u64),
            false => self.tables[table].arch(there),
        };
        self.origins.iter().enumerate().map(arch).collect()
    }

    /// The published names, if any table has some: a row without one takes its name in the space.
    fn names(&self) -> Option<Vec<String>> {
        let mut names: Vec<Option<&str>> = vec![None; self.origins.len()];
        for (table, targets) in self.tables.iter().zip(&self.targets).rev() {
            for (row, target) in targets.iter().enumerate() {
                if let (Some(target), Some(name)) = (*target, table.published_name(row)) {
                    names[target] = Some(name);
                }
            }
        }
        if names.iter().all(Option::is_none) {
            return None;
        }
        let own = |&(table, row): &(usize, usize)| self.tables[table].space.write(self.tables[table].arch(row));
        Some(
            names
                .iter()
                .zip(&self.origins)
                .map(|(name, origin)| name.map_or_else(|| own(origin), str::to_owned))
                .collect(),
        )
    }

    /// The features of the merged rows, where every table they come from has some.
    fn features(&self) -> Result<Option<Array2<f32>>, TableError> {
        let columns = self.tables.iter().map(Table::features).collect::<Result<Vec<_>, _>>()?;
        let widths: Vec<Option<usize>> = self.tables.iter().map(|table| table.catalogue.features).collect();
        let Some(width) = widths[0] else { return Ok(None) }; // there are at least two tables
        if let Some(other) = self.origins.iter().find(|(table, _)| widths[*table] != Some(width)) {
            let what = format!("has no {width} features a row, as `{}` has", self.tables[0].name());
            return Err(fault(&self.tables[other.0], what));
        }
        let value = |(row, place): (usize, usize)| {
            let (table, there) = self.origins[row];
            columns[table].as_ref().map_or(f32::NAN, |column| column.as_slice()[there * width + place])
        };
        Ok(Some(Array2::from_shape_fn((self.origins.len(), width), value)))
    }

    /// The numbers of all tables side by side, those of tasks before statics.
    fn data(&self) -> Result<IndexMap<Place<'t>, MetricData>, TableError> {
        let mut all = IndexMap::new();
        for (number, table) in self.tables.iter().enumerate() {
            for one in Selection::default().of(table)? {
                let column = table.metric(one.task, one.schedule, one.name)?;
                self.fill(&mut all, (Some((one.task, one.schedule)), one.name), number, &column)?;
            }
        }
        for (number, table) in self.tables.iter().enumerate() {
            for name in table.catalogue.statics.keys() {
                self.fill(&mut all, (None, name), number, &table.fixed(name)?)?;
            }
        }
        Ok(all)
    }

    /// Adds the numbers of one table's column to the merged ones.
    fn fill(
        &self,
        all: &mut IndexMap<Place<'t>, MetricData>,
        place: Place<'t>,
        number: usize,
        column: &MetricColumn,
    ) -> Result<(), TableError> {
        let [_, replicates, epochs] = column.metric.shape(column.rows);
        let empty = || Array3::from_elem((self.origins.len(), replicates, epochs), f64::NAN);
        let data = all.entry(place).or_insert_with(|| MetricData { metric: column.metric.clone(), values: empty() });
        let refused = |what: String| fault(&self.tables[number], format!("`{}` {what}", path(place)));
        if let Some(what) = difference(&data.metric, &column.metric) {
            return Err(refused(format!("{what} than in a table before it; slice the metric out of one of them")));
        }
        for (row, target) in self.targets[number].iter().enumerate() {
            let Some(target) = *target else { continue };
            for ((replicate, epoch), into) in data.values.index_axis_mut(Axis(0), target).indexed_iter_mut() {
                let value = column.value(row, replicate, epoch);
                if into.is_nan() {
                    *into = value;
                } else if !value.is_nan() && *into != value {
                    return Err(refused(format!("is {value} in row {row}, but {into} in a table before it")));
                }
            }
        }
        Ok(())
    }
}

fn path((folder, name): Place<'_>) -> String {
    folder.map_or_else(|| static_path(name), |(task, schedule)| metric_path(task, schedule, name))
}

fn key(table: &Table, row: usize) -> RowKey {
    let arch = table.arch(row);
    match (&table.catalogue.space, table.published_name(row)) {
        (SpaceSpec::Listed { .. }, Some(name)) => RowKey::Name(name.to_owned()),
        _ => RowKey::Arch(table.space.canonical(arch).unwrap_or(arch)),
    }
}

/// In what two descriptions of a metric differ, but for the optimum.
fn difference(a: &Metric, b: &Metric) -> Option<&'static str> {
    let differences = [
        (a.unit != b.unit, "has another unit"),
        (a.direction != b.direction, "has another direction"),
        (a.split != b.split, "has another split"),
        (a.labels != b.labels, "has other replicates"),
        (a.epochs != b.epochs, "has other epochs"),
        (a.element != b.element, "is stored in another type"),
        (a.aggregated != b.aggregated, "is an average over something else"),
        (a.derived != b.derived, "is derived otherwise"),
    ];
    differences.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
}

fn provenance(tables: &[Table]) -> Provenance {
    let joined = |text: fn(&Provenance) -> &String| {
        let mut texts: Vec<&str> = Vec::new();
        for table in tables {
            let text = text(&table.provenance).as_str();
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join("; ")
    };
    let mut merged = Provenance {
        origin: joined(|provenance| &provenance.origin),
        licence: joined(|provenance| &provenance.licence),
        importer: format!("nasreplay {} table merge", env!("CARGO_PKG_VERSION")),
        trained: tables[0]
            .provenance
            .trained
            .clone()
            .filter(|trained| tables.iter().all(|table| table.provenance.trained.as_ref() == Some(trained))),
        ..Provenance::default()
    };
    for table in tables {
        let from = format!("merged from table `{}`, digest {}: {}", table.name, table.digest, table.provenance.origin);
        for note in [&from].into_iter().chain(&table.provenance.notes) {
            if !merged.notes.contains(note) {
                merged.notes.push(note.clone());
            }
        }
        for source in &table.provenance.sources {
            if !merged.sources.contains(source) {
                merged.sources.push(source.clone());
            }
        }
    }
    merged
}

fn fault(table: &Table, what: String) -> TableError {
    TableError::Content { table: table.name().to_owned(), what }
}
