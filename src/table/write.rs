//! Writing a table: a temporary sibling, synced and renamed; the same content makes the same bytes.

use std::path::Path;

use indexmap::IndexMap;
use ndarray::{Array2, Array3};

use super::error::TableError;
use super::hdf_write::HdfWriter;
use super::held::{Held, Stored};
use super::index::{ARCHS, IndexColumns, ROWS, SLOTS};
use super::names::{NAME_ENDS, NAME_SLOTS, NAMES, NameColumns};
use super::schema::{
    Catalogue, FORMAT, FORMAT_VERSION, IndexKind, Metric, Optimum, Provenance, metric_path, static_path,
};
use super::scratch::ScratchColumn;
use super::{FEATURES, Table};
use crate::base::{Digest, Hasher, with_sibling};
use crate::space::{Arch, Space, SpaceSpec};

/// A metric with its numbers `[rows, replicates, epochs]`, NaN where not measured.
pub struct MetricData {
    /// What was measured; its optimum is computed when the table is written.
    pub metric: Metric,
    /// The numbers.
    pub values: Array3<f64>,
}

/// A table that is being made.
pub struct TableBuilder {
    name: String,
    space: SpaceSpec,
    archs: Vec<Arch>,
    names: Option<NameColumns>,
    /// Numbers that describe each row, `[rows, width]`.
    features: Option<Array2<f32>>,
    provenance: Provenance,
    tasks: IndexMap<String, IndexMap<String, IndexMap<String, Held>>>,
    statics: IndexMap<String, Held>,
}

impl TableBuilder {
    /// Begins a table of these architectures, one a row, in the publisher's order.
    pub fn new(name: &str, space: SpaceSpec, archs: Vec<Arch>, provenance: Provenance) -> Self {
        let space = match space {
            SpaceSpec::Listed { .. } => SpaceSpec::Listed { size: archs.len() as u64 },
            other => other,
        };
        let (tasks, statics) = Default::default();
        Self { name: name.to_owned(), space, archs, names: None, features: None, provenance, tasks, statics }
    }

    /// Gives the rows their published names, such as module hashes, by which architectures are then found too.
    ///
    /// # Errors
    /// Refuses another number of names than rows, names that are empty, longer than 65,536 bytes or have control characters, and one
    /// name for two rows.
    pub fn names(&mut self, names: &[String]) -> Result<(), TableError> {
        if names.len() != self.archs.len() {
            return Err(self.fault(format!("{} names for {} rows", names.len(), self.archs.len())));
        }
        self.names = Some(NameColumns::build(names).map_err(|what| self.fault(what))?);
        Ok(())
    }

    /// Describes each row of a space `listed` by numbers, `[rows, width]`: by them a change leads to a near architecture.
    ///
    /// # Errors
    /// Refuses other spaces, another number of rows, no numbers, and numbers that are not finite.
    pub fn features(&mut self, features: Array2<f32>) -> Result<(), TableError> {
        let listed = matches!(self.space, SpaceSpec::Listed { .. });
        let fits = features.nrows() == self.archs.len() && features.ncols() > 0;
        if !listed || !fits || features.iter().any(|value| !value.is_finite()) {
            let shape = features.shape();
            return Err(self.fault(format!(
                "features of shape {shape:?} need a space `listed` of {} rows, and finite numbers",
                self.archs.len()
            )));
        }
        self.features = Some(features);
        Ok(())
    }

    /// Adds a metric of a task's schedule.
    ///
    /// # Errors
    /// Refuses a metric that is there already or does not fit the table, see [`TableBuilder::fixed`].
    pub fn metric(&mut self, task: &str, schedule: &str, name: &str, data: MetricData) -> Result<(), TableError> {
        self.add(task, schedule, name, Held::in_memory(data))
    }

    /// As [`TableBuilder::metric`], for numbers that wait in a scratch file; what is written is the same as if they were in memory.
    ///
    /// # Errors
    /// As [`TableBuilder::metric`]; refuses also a column of another element type than the metric's, and says why a file cannot be read.
    pub fn spilled(
        &mut self,
        task: &str,
        schedule: &str,
        name: &str,
        metric: Metric,
        column: ScratchColumn,
    ) -> Result<(), TableError> {
        self.add(task, schedule, name, Held::in_scratch(metric, column))
    }

    fn add(&mut self, task: &str, schedule: &str, name: &str, mut data: Held) -> Result<(), TableError> {
        let path = metric_path(task, schedule, name);
        self.check(&path, &[task, schedule], &mut data)?;
        let metrics = self.tasks.entry(task.to_owned()).or_default().entry(schedule.to_owned()).or_default();
        match metrics.insert(name.to_owned(), data) {
            None => Ok(()),
            Some(_) => Err(self.fault(format!("metric `{path}` is given twice"))),
        }
    }

    /// Adds a static.
    ///
    /// # Errors
    /// Refuses a static that is there already, names that no file can hold, numbers of another shape than the metric's, epochs that
    /// do not rise, labels that occur twice, and numbers that are not finite as they are stored or, in seconds, no time.
    pub fn fixed(&mut self, name: &str, data: MetricData) -> Result<(), TableError> {
        let path = static_path(name);
        let mut data = Held::in_memory(data);
        self.check(&path, &[], &mut data)?;
        match self.statics.insert(name.to_owned(), data) {
            None => Ok(()),
            Some(_) => Err(self.fault(format!("static `{name}` is given twice"))),
        }
    }

    /// Writes the table's file and opens it.
    ///
    /// # Errors
    /// Refuses architectures that occur twice or are not of the space, and says why a file could not be written.
    pub fn write(self, path: &Path) -> Result<Table, TableError> {
        self.write_expecting(path, None)
    }

    /// As [`TableBuilder::write`], for content whose digest is known.
    pub(super) fn write_expecting(mut self, path: &Path, digest: Option<Digest>) -> Result<Table, TableError> {
        let space = self.space.build()?;
        self.make_canonical(&*space)?;
        let index = IndexColumns::build(&self.archs, space.size()).map_err(|arch| {
            let what = if arch.0 < space.size() { "stands in two rows" } else { "is not of the space" };
            self.fault(format!("architecture `{}` {what}", space.write(Arch(arch.0.min(space.size() - 1)))))
        })?;
        let archs = std::mem::take(&mut self.archs);
        self.data_mut().for_each(|data| data.metric.optimum = optimum(data.best, &archs));
        let catalogue = self.catalogue(archs.len(), index.kind);
        catalogue.check(space.size()).map_err(|what| self.fault(what))?;
        with_sibling(path, |sibling| self.fill(sibling, path, &catalogue, &index, digest))?;
        Table::open(path)
    }

    /// Where several codes are one network, a row's architecture is written as the one that stands for all.
    fn make_canonical(&mut self, space: &dyn Space) -> Result<(), TableError> {
        if !space.has_classes() {
            return Ok(());
        }
        for row in 0..self.archs.len() {
            let arch = self.archs[row];
            let canonical = (arch.0 < space.size()).then(|| space.canonical(arch)).flatten();
            self.archs[row] =
                canonical.ok_or_else(|| self.fault(format!("row {row} is no valid architecture of the space")))?;
        }
        Ok(())
    }

    fn data_mut(&mut self) -> impl Iterator<Item = &mut Held> {
        let tasks = self.tasks.values_mut().flat_map(IndexMap::values_mut).flat_map(IndexMap::values_mut);
        tasks.chain(self.statics.values_mut())
    }

    fn catalogue(&self, rows: usize, index: IndexKind) -> Catalogue {
        let describe = |metrics: &IndexMap<String, Held>| {
            metrics.iter().map(|(name, data)| (name.clone(), data.metric.clone())).collect::<IndexMap<_, _>>()
        };
        let schedules = |schedules: &IndexMap<String, IndexMap<String, Held>>| {
            schedules.iter().map(|(schedule, metrics)| (schedule.clone(), describe(metrics))).collect()
        };
        let tasks = self.tasks.iter().map(|(task, inner)| (task.clone(), schedules(inner))).collect();
        Catalogue {
            space: self.space.clone(),
            rows,
            index,
            names: self.names.as_ref().map(|names| names.text.len()),
            features: self.features.as_ref().map(Array2::ncols),
            tasks,
            statics: describe(&self.statics),
        }
    }

    fn fill(
        &self,
        sibling: &Path,
        path: &Path,
        catalogue: &Catalogue,
        index: &IndexColumns,
        expected: Option<Digest>,
    ) -> Result<(), TableError> {
        let writer = HdfWriter::create(sibling, path, FORMAT, FORMAT_VERSION)?;
        let text = serde_json::to_string(catalogue).map_err(|error| self.fault(error.to_string()))?;
        let provenance = serde_json::to_string(&self.provenance).map_err(|error| self.fault(error.to_string()))?;
        let mut digest = ContentDigest::new(&text);
        self.write_index(&writer, index, &mut digest)?;
        self.write_names(&writer, &mut digest)?;
        for (path, data) in self.all_data() {
            write_metric(&writer, &path, data, &mut digest)?;
        }
        if let Some(expected) = expected.filter(|expected| *expected != digest.finish()) {
            let (expected, found) = (expected.short(), digest.finish().short());
            return Err(
                self.fault(format!("states digest {expected}, but the content has {found}: the file is damaged"))
            );
        }
        for (attribute, value) in [
            ("name", self.name.as_str()),
            ("space", &space_json(catalogue)),
            ("catalogue", &text),
            ("provenance", &provenance),
            ("digest", &digest.finish().to_string()),
        ] {
            writer.text(attribute, value)?;
        }
        writer.close()
    }

    fn write_index(
        &self,
        writer: &HdfWriter,
        index: &IndexColumns,
        digest: &mut ContentDigest,
    ) -> Result<(), TableError> {
        let places = match index.kind {
            IndexKind::Identity => return Ok(()),
            IndexKind::Dense => ROWS,
            IndexKind::Hash => SLOTS,
        };
        writer.column(ARCHS, &[index.archs.len()], &[&index.archs], &[])?;
        digest.add(ARCHS, bytemuck::cast_slice(&index.archs));
        writer.column(places, &[index.places.len()], &[&index.places], &[])?;
        digest.add(places, bytemuck::cast_slice(&index.places));
        Ok(())
    }

    fn write_names(&self, writer: &HdfWriter, digest: &mut ContentDigest) -> Result<(), TableError> {
        if let Some(names) = &self.names {
            names.columns().iter().for_each(|(path, bytes)| digest.add(path, bytes));
            writer.column(NAMES, &[names.text.len()], &[&names.text], &[])?;
            writer.column(NAME_ENDS, &[names.ends.len()], &[&names.ends], &[])?;
            writer.column(NAME_SLOTS, &[names.slots.len()], &[&names.slots], &[])?;
        }
        if let Some(features) = &self.features {
            let values: Vec<f32> = features.iter().copied().collect();
            digest.add(FEATURES, bytemuck::cast_slice(&values));
            writer.column(FEATURES, features.shape(), &[&values], &[])?;
        }
        Ok(())
    }

    fn check(&self, path: &str, folders: &[&str], data: &mut Held) -> Result<(), TableError> {
        let metric = &data.metric;
        let bad_folder = folders.iter().any(|folder| folder.contains('/'));
        if bad_folder || path.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(self.fault(format!(
                "`{path}` cannot be a path: names must not be empty, and only metrics may contain `/`"
            )));
        }
        let expected = metric.shape(self.archs.len());
        if data.shape() != expected {
            return Err(self.fault(format!("`{path}` has shape {:?}, expected {expected:?}", data.shape())));
        }
        if let Some(what) = metric.broken_rule() {
            return Err(self.fault(format!("`{path}`: {what}")));
        }
        if !data.has_element() {
            return Err(self.fault(format!("`{path}` is not stored as its metric says")));
        }
        if let Some(other) =
            self.all_data().map(|(other, _)| other).find(|other| is_folder_of(path, other) || is_folder_of(other, path))
        {
            return Err(
                self.fault(format!("`{path}` and `{other}` cannot both be: one would be the folder of the other"))
            );
        }
        let seconds = metric.unit == "seconds";
        match data.survey()? {
            Some((row, value)) => {
                let expected = if seconds { "a finite number that is not negative" } else { "a finite number" };
                Err(self.fault(format!("`{path}` is {value} in row {row}; expected {expected}")))
            }
            None => Ok(()),
        }
    }

    /// The metrics so far with the paths of their columns, in the order of the catalogue.
    fn all_data(&self) -> impl Iterator<Item = (String, &Held)> {
        let tasks = self.tasks.iter().flat_map(|(task, schedules)| {
            schedules.iter().flat_map(move |(schedule, metrics)| {
                metrics.iter().map(move |(name, data)| (metric_path(task, schedule, name), data))
            })
        });
        tasks.chain(self.statics.iter().map(|(name, data)| (static_path(name), data)))
    }

    fn fault(&self, what: String) -> TableError {
        TableError::Content { table: self.name.clone(), what }
    }
}

/// What a column's own attributes repeat of the catalogue, for readers that know nothing of it.
pub(super) fn attributes(metric: &Metric) -> Vec<(&'static str, String)> {
    let direction = if metric.direction.sign() > 0.0 { "maximise" } else { "minimise" };
    let labels = serde_json::to_string(&metric.labels).unwrap_or_default(); // a list of texts is always JSON
    let mut attributes = vec![
        ("unit", metric.unit.clone()),
        ("direction", direction.to_owned()),
        ("split", metric.split.clone()),
        ("kind", metric.kind().to_owned()),
        ("epochs", format!("{:?}", metric.epochs)),
        ("labels", labels),
    ];
    attributes.extend(metric.aggregated.iter().map(|over| ("aggregated", over.clone())));
    attributes.extend(metric.derived.iter().map(|how| ("derived", how.clone())));
    attributes
}

fn write_metric(writer: &HdfWriter, path: &str, data: &Held, digest: &mut ContentDigest) -> Result<(), TableError> {
    let shape = data.shape();
    let attributes = attributes(&data.metric);
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match data.stored()? {
        Stored::F64(values) => {
            digest.add(path, bytemuck::cast_slice(&values));
            writer.column(path, &shape, &[&values], &attributes)
        }
        Stored::F32(values) => {
            digest.add(path, bytemuck::cast_slice(&values));
            writer.column(path, &shape, &[&values], &attributes)
        }
    }
}

fn is_folder_of(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn space_json(catalogue: &Catalogue) -> String {
    serde_json::to_string(&catalogue.space).unwrap_or_default() // names and numbers are always JSON
}

fn optimum(best: Option<(usize, f64)>, archs: &[Arch]) -> Option<Optimum> {
    best.map(|(row, value)| Optimum { value, row, arch: archs[row] })
}

/// The digest of a table's content: its catalogue, then every column by its path. Name and provenance are no content: the same
/// numbers imported from two containers are the same table.
pub(super) struct ContentDigest(Hasher);

impl ContentDigest {
    pub(super) fn new(catalogue: &str) -> Self {
        let mut hasher = Hasher::default();
        hasher.part("catalogue", catalogue.as_bytes());
        Self(hasher)
    }

    /// Adds a column; the machine must be little-endian, as are the files.
    pub(super) fn add(&mut self, path: &str, bytes: &[u8]) {
        self.0.part(path, bytes);
    }

    pub(super) fn finish(&self) -> Digest {
        self.0.finish()
    }
}
