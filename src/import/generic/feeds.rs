//! Which columns of a file feed which numbers of the table, and the feeding.

use std::collections::{HashMap, HashSet};

use super::targets::{Target, Targets};
use crate::import::mapping::{MetricMap, StaticMap};
use crate::import::records::{RecordFile, Records};
use crate::import::{ImportError, Mapping};

/// What stands between the labels of a key.
const BETWEEN: char = '\u{1f}';

/// One column of the file, and where its numbers go.
struct Feed {
    place: usize,
    target: usize,
    replicate: usize,
    /// The epoch's place; `None` where a cell is a list over all epochs.
    epoch: Option<usize>,
}

/// The feeds of one file.
pub(super) struct Feeds<'f> {
    file: &'f RecordFile,
    axes: Axes,
    /// The feeds of metrics by what a record must say of its task, schedule, replicate and epoch.
    by_key: HashMap<String, Vec<Feed>>,
    statics: Vec<Feed>,
    columns: HashSet<String>,
}

impl<'f> Feeds<'f> {
    pub(super) fn of(mapping: &Mapping, file: &'f RecordFile, targets: &Targets<'_>) -> Result<Self, ImportError> {
        let axes = Axes::of(mapping, file)?;
        let (by_key, statics) = Default::default();
        let mut feeds = Self { file, axes, by_key, statics, columns: HashSet::new() };
        for (number, target) in targets.metrics.iter().enumerate() {
            if mapping.absent_axis(target.map, &file.columns).is_none() {
                feeds.add_metric(number, target)?;
            }
        }
        for (number, target) in targets.statics.iter().enumerate() {
            feeds.add_static(number, target)?;
        }
        Ok(feeds)
    }

    fn add_metric(&mut self, number: usize, target: &Target<&MetricMap>) -> Result<(), ImportError> {
        let map = target.map;
        for column in map.columns(&target.task) {
            let Some(place) = self.file.find(&column.name)? else { continue };
            let epoch = column.epoch.and_then(|place| map.epochs.get(place)).map(u32::to_string);
            let labels = [&target.task, &map.schedule, &map.replicates[column.replicate], &epoch.unwrap_or_default()];
            let feed = Feed { place, target: number, replicate: column.replicate, epoch: column.epoch };
            self.by_key.entry(self.axes.key(labels.map(String::as_str))).or_default().push(feed);
            self.columns.insert(column.name);
        }
        Ok(())
    }

    fn add_static(&mut self, number: usize, target: &Target<&StaticMap>) -> Result<(), ImportError> {
        for column in target.map.columns() {
            let Some(place) = self.file.find(&column.name)? else { continue };
            self.statics.push(Feed { place, target: number, replicate: column.replicate, epoch: column.epoch });
            self.columns.insert(column.name);
        }
        Ok(())
    }

    /// Reads the numbers of the file into the targets; returns the columns of the mapping that the file has.
    pub(super) fn run(
        self,
        mapping: &Mapping,
        of_records: &[usize],
        targets: &mut Targets<'_>,
    ) -> Result<HashSet<String>, ImportError> {
        if self.by_key.is_empty() && self.statics.is_empty() {
            return Ok(self.columns);
        }
        let mut records = self.file.records(&self.places())?;
        for &row in of_records {
            records.advance()?;
            if row >= targets.rows {
                let rows = targets.rows;
                return Err(records.fault(format!("row {row} is not below {rows}, the number of architectures")));
            }
            for feed in self.metrics_of(&records)? {
                let target = &mut targets.metrics[feed.target];
                store(self.file, &records, feed, &mapping.missing, row, target)?;
            }
            for feed in &self.statics {
                let target = &mut targets.statics[feed.target];
                store_static(self.file, &records, feed, &mapping.missing, row, target)?;
            }
        }
        Ok(self.columns)
    }

    fn places(&self) -> Vec<usize> {
        let feeds = self.by_key.values().flatten().chain(&self.statics).map(|feed| feed.place);
        feeds.chain(self.axes.0.iter().flatten().copied()).collect()
    }

    /// The feeds of the present record. One that feeds nothing is a mistake in the mapping: its numbers would be lost in silence.
    fn metrics_of(&self, records: &Records<'_>) -> Result<&[Feed], ImportError> {
        match self.by_key.get(&self.axes.key_of(records)) {
            Some(feeds) => Ok(feeds),
            None if self.by_key.is_empty() => Ok(&[]),
            None => {
                let what = format!("no metric of the mapping has {}", self.axes.said(records));
                let hint = "list every label of the file in `tasks`, `schedules`, `replicates` and `epochs`, of the metric or in `[shared]`, or take the lines that are not wanted out of the file";
                Err(records.fault_with_hint(what, hint))
            }
        }
    }
}

/// The places of the columns that say which task, schedule, replicate and epoch a record is about, where the file has such columns.
struct Axes([Option<usize>; 4]);

impl Axes {
    fn of(mapping: &Mapping, file: &RecordFile) -> Result<Self, ImportError> {
        let mut places = [None; 4];
        for (place, column) in places.iter_mut().zip(mapping.line.axes()) {
            *place = column.map_or(Ok(None), |column| file.find(column))?;
        }
        Ok(Self(places))
    }

    /// The labels of the axes that have columns, as one text.
    fn key(&self, labels: [&str; 4]) -> String {
        let mut key = String::new();
        for (label, _) in labels.iter().zip(self.0).filter(|(_, place)| place.is_some()) {
            key.push_str(label);
            key.push(BETWEEN);
        }
        key
    }

    fn key_of(&self, records: &Records<'_>) -> String {
        let labels = self.0.map(|place| place.map(|place| records.text(place)).unwrap_or_default());
        self.key(std::array::from_fn(|axis| &*labels[axis]))
    }

    /// What the present record says of its axes.
    fn said(&self, records: &Records<'_>) -> String {
        let names = ["task", "schedule", "replicate", "epoch"];
        let said = names.iter().zip(self.0).filter_map(|(name, place)| Some((name, place?)));
        said.map(|(name, place)| format!("{name} `{}`", records.text(place))).collect::<Vec<_>>().join(", ")
    }
}

fn scaled(number: f64, scale: f64) -> f64 {
    if scale == 1.0 { number } else { number * scale }
}

fn store(
    file: &RecordFile,
    records: &Records<'_>,
    feed: &Feed,
    missing: &[String],
    row: usize,
    target: &mut Target<&MetricMap>,
) -> Result<(), ImportError> {
    let map = target.map;
    let numbers = match feed.epoch {
        Some(_) => records.number(feed.place, missing)?.into_iter().collect(),
        None => curve(records, feed.place, missing, map)?,
    };
    let first = feed.epoch.unwrap_or(0);
    for (step, number) in numbers.into_iter().enumerate().filter(|(_, number)| !number.is_nan()) {
        let into = &mut target.values[[row, feed.replicate, first + step]];
        if !into.is_nan() {
            let column = file.column(feed.place);
            let what = format!("column `{column}` was given for the same architecture and labels before");
            let hint = "name in `[line]` the column that tells such lines apart: `replicate` (a seed), `task`, `schedule` or `epoch`; or take all but one of them out of the file";
            return Err(records.fault_with_hint(what, hint));
        }
        *into = scaled(number, map.scale);
    }
    Ok(())
}

/// The numbers of a cell with a value for each epoch, or none.
fn curve(records: &Records<'_>, place: usize, missing: &[String], map: &MetricMap) -> Result<Vec<f64>, ImportError> {
    let numbers = records.numbers(place, missing)?;
    let (found, epochs) = (numbers.len(), map.epochs.len());
    if found == epochs || found == 0 || found < epochs && map.ragged {
        return Ok(numbers);
    }
    let rule = if map.ragged { "at most " } else { "" };
    let advice = if found < epochs { "; curves may be shorter where the mapping says `ragged = true`" } else { "" };
    Err(records.fault(format!("metric `{}`: expected {rule}{epochs} numbers, found {found}{advice}", map.name)))
}

/// A static may stand in many records of its architecture, if it is always the same.
fn store_static(
    file: &RecordFile,
    records: &Records<'_>,
    feed: &Feed,
    missing: &[String],
    row: usize,
    target: &mut Target<&StaticMap>,
) -> Result<(), ImportError> {
    let Some(number) = records.number(feed.place, missing)? else { return Ok(()) };
    let number = scaled(number, target.map.scale);
    let into = &mut target.values[[row, feed.replicate, feed.epoch.unwrap_or(0)]];
    if !into.is_nan() && *into != number {
        let column = file.column(feed.place);
        let what = format!("static `{column}` is {number} here and {into} in an earlier line of the same architecture");
        let hint = "what depends on the task, schedule, replicate or epoch is no `[[static]]` but a `[[metric]]`";
        return Err(records.fault_with_hint(what, hint));
    }
    *into = number;
    Ok(())
}
