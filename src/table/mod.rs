//! The table: one HDF5 file, memory-mapped, in which trained architectures are looked up.
//!
//! [`Table::find`] opens a table by path or name, [`Table::metric`] opens one of its columns, and from then on a lookup is an
//! index into a slice. [`TableBuilder`] writes one. The file format is described in ARCHITECTURE.md.

mod convert;
mod embedded;
mod error;
pub mod export;
mod find;
mod hdf;
mod hdf_write;
mod held;
mod index;
mod merge;
mod named;
mod names;
mod plausible;
mod raw;
mod schema;
mod scratch;
mod select;
mod slice;
mod verify;
mod write;

use std::path::Path;
use std::sync::Arc;

use self::named::NamedSpace;
use self::names::Names;
use crate::base::Digest;
use crate::space::{Arch, Features, Listed, Space, SpaceSpec};

pub use convert::convert;
pub use error::TableError;
pub use find::{Found, is_path, known_tables};
pub(crate) use hdf::element_name;
pub use hdf::{Column, Element, HdfFile};
pub use hdf_write::HdfWriter;
pub(crate) use hdf_write::without_locks;
pub use index::{DENSE_LIMIT, Index};
pub use merge::{MergedRows, merge};
pub use plausible::{Span, allowed, doubtful_direction, doubtful_unit, is_accuracy};
pub use schema::{
    Catalogue, Direction, ElementType, FORMAT, FORMAT_VERSION, IndexKind, Metric, Optimum, Provenance, Schedules,
    Source, metric_path, static_path,
};
pub use scratch::ScratchColumn;
pub use select::Selection;
pub use slice::{RowChoice, RowList, slice};
pub use verify::Finding;
pub use write::{MetricData, TableBuilder};

/// An open table.
pub struct Table {
    name: String,
    digest: Digest,
    catalogue: Catalogue,
    provenance: Provenance,
    space: Arc<dyn Space>,
    /// The space, where several codes are one network.
    classes: Option<Arc<dyn Space>>,
    index: Arc<Index>,
    names: Option<Names>,
    file: HdfFile,
}

/// An open metric of a table: its description and its mapped numbers `[rows, replicates, epochs]`.
#[derive(Clone)]
pub struct MetricColumn {
    metric: Metric,
    rows: usize,
    values: Values,
}

#[derive(Clone)]
enum Values {
    F32(Column<f32>),
    F64(Column<f64>),
}

impl Table {
    /// Opens a table by path, or by name: embedded in the program, in a folder named by `NASREPLAY_TABLES`, or in the user's
    /// data folder.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn find(name_or_path: &str) -> Result<Self, TableError> {
        find::find(name_or_path)
    }

    /// Opens a table's file.
    ///
    /// # Errors
    /// See [`TableError`]; the numbers themselves are checked by [`Table::verify`].
    pub fn open(path: &Path) -> Result<Self, TableError> {
        Self::from_file(HdfFile::open(path)?)
    }

    /// Opens a table whose file is part of the program.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn from_image(label: &str, image: &'static [u8]) -> Result<Self, TableError> {
        Self::from_file(HdfFile::embedded(label, image)?)
    }

    fn from_file(file: HdfFile) -> Result<Self, TableError> {
        file.expect_format(FORMAT, FORMAT_VERSION)?;
        let catalogue: Catalogue = json(&file, "catalogue")?;
        let provenance = json(&file, "provenance")?;
        let digest = file.text("digest")?.parse().map_err(|what| attribute(&file, "digest", what))?;
        let space = catalogue.space.build()?;
        catalogue.check(space.size()).map_err(|what| attribute(&file, "catalogue", what))?;
        let space = with_features(&file, &catalogue, space)?;
        let index = Arc::new(Index::open(&file, &catalogue, space.size())?);
        let names = catalogue.names.map(|bytes| Names::open(&file, catalogue.rows, bytes)).transpose()?;
        let classes = space.has_classes().then(|| space.clone());
        let space = match &names {
            Some(names) => Arc::new(NamedSpace { space, names: names.clone(), index: index.clone() }),
            None => space,
        };
        Ok(Self { name: file.text("name")?, digest, catalogue, provenance, space, classes, index, names, file })
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of the table's content, as its file states it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What the table holds.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Where the table comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The space of the table's architectures.
    pub fn space(&self) -> &Arc<dyn Space> {
        &self.space
    }

    /// What messages call the table's file.
    pub fn label(&self) -> &str {
        self.file.label()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.catalogue.rows
    }

    /// Whether every architecture of the space has a row of its own.
    pub fn is_complete(&self) -> bool {
        self.rows() as u64 == self.space.size()
    }

    /// The row of an architecture, if the table has it: where several codes are one network, that of the network.
    #[inline]
    pub fn row(&self, arch: Arch) -> Option<usize> {
        match &self.classes {
            None => self.index.row(arch),
            Some(space) => self.index.row(space.canonical(arch)?),
        }
    }

    /// The published name of a row; `None` where the table has no names beside those of its space.
    ///
    /// # Panics
    /// Panics when the row is not below [`Table::rows`].
    pub fn published_name(&self, row: usize) -> Option<&str> {
        assert!(row < self.rows(), "row {row} of {}", self.rows());
        self.names.as_ref().map(|names| names.of(row))
    }

    /// The features of all rows, `[rows, width]`, where the table has them.
    ///
    /// # Errors
    /// Features that cannot be mapped.
    pub fn features(&self) -> Result<Option<Column<f32>>, TableError> {
        let width = self.catalogue.features;
        width.map(|width| self.file.column(FEATURES, &[self.rows(), width])).transpose()
    }

    /// The architecture of a row.
    ///
    /// # Panics
    /// Panics when the row is not below [`Table::rows`].
    #[inline]
    pub fn arch(&self, row: usize) -> Arch {
        self.index.arch(row)
    }

    /// The architectures of all rows, in the publisher's order.
    pub fn archs(&self) -> impl Iterator<Item = Arch> + '_ {
        (0..self.rows()).map(|row| self.arch(row))
    }

    /// Opens a metric of a task's schedule.
    ///
    /// # Errors
    /// Unknown names, and columns that cannot be mapped.
    pub fn metric(&self, task: &str, schedule: &str, metric: &str) -> Result<MetricColumn, TableError> {
        let description = self.catalogue.metric(task, schedule, metric)?;
        self.column(&metric_path(task, schedule, metric), description)
    }

    /// Opens a static.
    ///
    /// # Errors
    /// Unknown names, and columns that cannot be mapped.
    pub fn fixed(&self, name: &str) -> Result<MetricColumn, TableError> {
        let known = self.catalogue.statics.keys();
        let description =
            self.catalogue.statics.get(name).ok_or_else(|| schema::unknown("static", name, "the table", known))?;
        self.column(&static_path(name), description)
    }

    /// The schedule that is meant where none is named: the task's last one that trains and in which a row was measured by the metric;
    /// where there is none, [`Catalogue::last_schedule`].
    ///
    /// # Errors
    /// Names the nearest task, or says that the task has no schedule.
    pub fn last_measured_schedule(&self, task: &str, metric: &str) -> Result<&str, TableError> {
        let trained = self.catalogue.schedules(task)?.iter().rev().filter(|(_, metrics)| schema::trains(metrics));
        let is_measured = |schedule: &&String| {
            self.metric(task, schedule, metric).is_ok_and(|column| column.last_measured().is_some())
        };
        match trained.map(|(schedule, _)| schedule).find(is_measured) {
            Some(schedule) => Ok(schedule),
            None => self.catalogue.last_schedule(task),
        }
    }

    fn column(&self, path: &str, metric: &Metric) -> Result<MetricColumn, TableError> {
        let shape = metric.shape(self.rows());
        let values = match metric.element {
            ElementType::F32 => Values::F32(self.file.column(path, &shape)?),
            ElementType::F64 => Values::F64(self.file.column(path, &shape)?),
        };
        Ok(MetricColumn { metric: metric.clone(), rows: self.rows(), values })
    }
}

impl MetricColumn {
    /// What was measured.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The value of a row, replicate and epoch place; NaN where not measured.
    ///
    /// # Panics
    /// Panics when a place is out of range.
    #[inline]
    pub fn value(&self, row: usize, replicate: usize, epoch: usize) -> f64 {
        let [_, replicates, epochs] = self.metric.shape(self.rows);
        assert!(
            replicate < replicates && epoch < epochs,
            "replicate {replicate}, epoch {epoch} of {replicates}, {epochs}"
        );
        let place = (row * replicates + replicate) * epochs + epoch;
        match &self.values {
            Values::F32(column) => f64::from(column.as_slice()[place]),
            Values::F64(column) => column.as_slice()[place],
        }
    }

    /// The mean over the measured replicates of a row, summed in their order; `None` where none was measured.
    ///
    /// # Panics
    /// Panics when a place is out of range.
    pub fn mean(&self, row: usize, epoch: usize) -> Option<f64> {
        let values = (0..self.metric.labels.len()).map(|replicate| self.value(row, replicate, epoch));
        mean_of_measured(values)
    }

    /// The place of the last epoch at which any row was measured; `None` where none was.
    pub fn last_measured(&self) -> Option<usize> {
        let is_measured = |epoch: &usize| (0..self.rows).any(|row| self.mean(row, *epoch).is_some());
        (0..self.metric.epochs.len()).rev().find(is_measured)
    }

    /// The best mean over replicates at an epoch place, and its row: the first of equals.
    pub fn best(&self, epoch: usize) -> Option<(usize, f64)> {
        let means = (0..self.rows).filter_map(|row| self.mean(row, epoch).map(|mean| (row, mean)));
        best_of(means, self.metric.direction)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.values {
            Values::F32(column) => column.as_bytes(),
            Values::F64(column) => column.as_bytes(),
        }
    }
}

/// The mean of the values that are not NaN, summed in their order.
pub(crate) fn mean_of_measured(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) =
        values.filter(|value| !value.is_nan()).fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn best_of(means: impl Iterator<Item = (usize, f64)>, direction: Direction) -> Option<(usize, f64)> {
    means.reduce(|best, next| if direction.sign() * next.1 > direction.sign() * best.1 { next } else { best })
}

/// Whether a file says that it is a table.
pub fn is_table_file(path: &Path) -> bool {
    let format = HdfFile::open(path).and_then(|file| file.text("format"));
    format.is_ok_and(|format| format == schema::FORMAT)
}

/// Where the features of a list of architectures stand.
const FEATURES: &str = "arch/features";

/// A list of architectures with the features that its file holds.
fn with_features(file: &HdfFile, catalogue: &Catalogue, space: Arc<dyn Space>) -> Result<Arc<dyn Space>, TableError> {
    match (&catalogue.space, catalogue.features) {
        (SpaceSpec::Listed { size }, Some(width)) => {
            let values = Arc::new(file.column::<f32>(FEATURES, &[catalogue.rows, width])?);
            Ok(Arc::new(Listed::new(*size, Some(Features { width, values }))?))
        }
        _ => Ok(space),
    }
}

fn json<T: serde::de::DeserializeOwned>(file: &HdfFile, name: &str) -> Result<T, TableError> {
    serde_json::from_str(&file.text(name)?)
        .map_err(|error| attribute(file, name, format!("is not as expected: {error}")))
}

fn attribute(file: &HdfFile, name: &str, what: String) -> TableError {
    TableError::Attribute { file: file.label().to_owned(), attribute: name.to_owned(), what }
}
