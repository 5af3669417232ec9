//! A small table cut out of a large one: some rows, tasks, schedules and metrics.

use std::ops::Range;
use std::str::FromStr;

use ndarray::{Array2, Array3};

use super::select::Selection;
use super::{MetricColumn, MetricData, Provenance, Table, TableBuilder, TableError};
use crate::base::{Key, Rng, counted};
use crate::space::{Arch, SpaceSpec};

/// Which rows of a table are kept; they stay in the table's order unless they are listed in another.
#[derive(Debug, Clone)]
pub enum RowChoice {
    /// All.
    All,
    /// These.
    Listed(RowList),
    /// The best by the mean over replicates at the last epoch, ties by the lower row.
    Best {
        /// How many.
        count: usize,
        /// `TASK/SCHEDULE/METRIC`, or a static.
        by: String,
    },
    /// A random sample, every row alike.
    Sample {
        /// How many.
        count: usize,
        /// The sample's number: the same number takes the same rows of the same table.
        seed: u64,
    },
}

/// Row numbers and ranges as people write them: `0..100`, `5,17,99`, `0..10,50`.
#[derive(Debug, Clone)]
pub struct RowList {
    text: String,
    ranges: Vec<Range<usize>>,
}

impl FromStr for RowList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range = |part: &str| {
            let number = |digits: &str| digits.trim().parse::<usize>().ok();
            let range = match part.split_once("..") {
                Some((start, end)) => number(start)?..number(end)?,
                None => number(part).and_then(|row| Some(row..row.checked_add(1)?))?,
            };
            (!range.is_empty()).then_some(range)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        let expected = "expected row numbers and ranges such as `0..100` (the end is not taken) or `5,17,99`";
        Ok(Self { text: text.to_owned(), ranges: ranges.ok_or_else(|| format!("`{text}`: {expected}"))? })
    }
}

/// Cuts a part out of a table. What is left keeps its numbers, descriptions and names; statics and the space are kept.
///
/// # Errors
/// Unknown names, rows that the table does not have or that are listed twice, and choices that leave nothing.
pub fn slice(table: &Table, selection: &Selection, rows: &RowChoice) -> Result<TableBuilder, TableError> {
    let chosen = selection.of(table)?;
    let taken = rows.of(table)?;
    let is_list = matches!(table.catalogue.space, SpaceSpec::Listed { .. });
    let arch = |(place, &row): (usize, &usize)| if is_list { Arch(place as u64) } else { table.arch(row) };
    let archs = taken.iter().enumerate().map(arch).collect();
    let mut cut = TableBuilder::new(
        table.name(),
        table.catalogue.space.clone(),
        archs,
        provenance(table, selection, rows, taken.len()),
    );
    let names: Option<Vec<String>> = taken.iter().map(|&row| table.published_name(row).map(str::to_owned)).collect();
    if let Some(names) = names {
        cut.names(&names)?;
    }
    if let Some(features) = table.features()? {
        let width = features.as_slice().len() / table.rows(); // a choice of rows is never empty
        let of = |(place, feature)| features.as_slice()[taken[place] * width + feature];
        cut.features(Array2::from_shape_fn((taken.len(), width), of))?;
    }
    for one in chosen {
        let column = table.metric(one.task, one.schedule, one.name)?;
        cut.metric(one.task, one.schedule, one.name, taken_of(&column, &taken))?;
    }
    for name in table.catalogue.statics.keys() {
        cut.fixed(name, taken_of(&table.fixed(name)?, &taken))?;
    }
    Ok(cut)
}

/// The numbers of some rows of a column.
fn taken_of(column: &MetricColumn, taken: &[usize]) -> MetricData {
    let [_, replicates, epochs] = column.metric.shape(column.rows);
    let value = |(place, replicate, epoch)| column.value(taken[place], replicate, epoch);
    let values = Array3::from_shape_fn((taken.len(), replicates, epochs), value);
    MetricData { metric: column.metric.clone(), values }
}

fn provenance(table: &Table, selection: &Selection, rows: &RowChoice, taken: usize) -> Provenance {
    let list = |what: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!("; {what} {}", names.join(", ")),
    };
    let note = format!(
        "cut out of table `{}`, digest {}: {} of {}{}{}{}{}",
        table.name(),
        table.digest(),
        taken,
        counted(table.rows(), "row"),
        rows.said(),
        list("tasks", &selection.tasks),
        list("schedules", &selection.schedules),
        list("metrics", &selection.metrics),
    );
    let mut provenance = table.provenance().clone();
    provenance.importer = format!("nasreplay {} table slice", env!("CARGO_PKG_VERSION"));
    provenance.notes.push(note);
    provenance
}

impl RowChoice {
    /// The rows that are taken.
    fn of(&self, table: &Table) -> Result<Vec<usize>, TableError> {
        match self {
            Self::All => Ok((0..table.rows()).collect()),
            Self::Listed(list) => list.of(table),
            Self::Best { count, by } => best(table, *count, by),
            Self::Sample { count, seed } => {
                check_count(table, *count, table.rows(), "rows")?;
                let mut rows: Vec<usize> = (0..table.rows()).collect();
                let key = Key::derive(*seed, "table-slice", &[&table.digest().to_string()], 0);
                Rng::new(key).shuffle(&mut rows);
                Ok(in_order(rows, *count))
            }
        }
    }

    fn said(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Listed(list) => format!(" ({})", list.text),
            Self::Best { by, .. } => format!(" (the best by {by})"),
            Self::Sample { seed, .. } => format!(" (a random sample, seed {seed})"),
        }
    }
}

impl RowList {
    fn of(&self, table: &Table) -> Result<Vec<usize>, TableError> {
        let rows = table.rows();
        if let Some(range) = self.ranges.iter().find(|range| range.end > rows) {
            let within = format!("table `{}`", table.name());
            let number = range.start.max(rows) as u64;
            return Err(TableError::Range {
                what: "row",
                number,
                within,
                expected: format!("0 to {}", rows.max(1) - 1),
            });
        }
        let mut seen = vec![false; rows];
        let taken: Vec<usize> = self.ranges.iter().cloned().flatten().take(rows + 1).collect();
        match taken.iter().find(|&&row| std::mem::replace(&mut seen[row], true)) {
            Some(row) => Err(fault(table, format!("row {row} is listed twice in `{}`", self.text))),
            None => Ok(taken),
        }
    }
}

fn best(table: &Table, count: usize, by: &str) -> Result<Vec<usize>, TableError> {
    let parts: Vec<&str> = by.splitn(3, '/').collect();
    let column = match parts.as_slice() {
        _ if table.catalogue.statics.contains_key(by) => table.fixed(by)?,
        [task, schedule, metric] => table.metric(task, schedule, metric)?,
        _ => return Err(fault(table, format!("`{by}` is no static, and not of the form TASK/SCHEDULE/METRIC"))),
    };
    let (last, sign) = (column.metric.epochs.len() - 1, column.metric.direction.sign());
    let mut means: Vec<(f64, usize)> =
        (0..table.rows()).filter_map(|row| column.mean(row, last).map(|mean| (sign * mean, row))).collect();
    check_count(table, count, means.len(), &format!("rows measured by `{by}`"))?;
    means.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Ok(in_order(means.into_iter().map(|(_, row)| row).collect(), count))
}

/// The first `count` rows, in the order of the table.
fn in_order(mut rows: Vec<usize>, count: usize) -> Vec<usize> {
    rows.truncate(count);
    rows.sort_unstable();
    rows
}

fn check_count(table: &Table, count: usize, available: usize, what: &str) -> Result<(), TableError> {
    if (1..=available).contains(&count) {
        return Ok(());
    }
    Err(fault(table, format!("{count} {what} cannot be taken: there are {available}, and a table needs at least one")))
}

fn fault(table: &Table, what: String) -> TableError {
    TableError::Content { table: table.name().to_owned(), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_as_numbers_and_ranges() {
        let ranges = |text: &str| text.parse::<RowList>().map(|list| list.ranges);
        assert_eq!(ranges("0..100,200"), Ok(vec![0..100, 200..201]));
        assert_eq!(ranges("5, 17,20..22"), Ok(vec![5..6, 17..18, 20..22]));
        for bad in ["", "1,", "a", "5..5", "7..3", "-1", "..4", "18446744073709551615"] {
            assert!(ranges(bad).is_err(), "{bad}");
        }
    }
}
