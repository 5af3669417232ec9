//! A part of the package whose keys are the places of the values on a grid of hyper-parameters.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array3;

use super::{FORMAT, read_pickle, same};
use crate::import::pickle::{Pickle, PickleError, Value};
use crate::import::{ImportError, Look, SourceFile, importer};
use crate::space::{Arch, Space, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder};

/// What a part of the package holds.
pub(super) struct Part {
    /// The part's folder, which is the table's name too.
    pub name: &'static str,
    /// The choices, in the order of a key's digits.
    pub space: fn() -> SpaceSpec,
    /// The data sets, in the package's order.
    pub tasks: &'static [&'static str],
    /// How many values each list has, but for [`Published::once`].
    pub seeds: usize,
    /// The epochs of the finished training.
    pub epochs: u32,
    /// The metrics, in the package's order.
    pub metrics: &'static [Published],
    /// Who measured it, and where it was published.
    pub origin: &'static str,
    /// The licence of the data.
    pub licence: &'static str,
    /// What a user should know.
    pub notes: &'static [&'static str],
}

/// A metric of a part.
pub(super) struct Published {
    /// What the package calls it.
    pub key: &'static str,
    /// What the table calls it.
    pub name: &'static str,
    pub unit: &'static str,
    pub direction: Direction,
    pub split: &'static str,
    pub element: ElementType,
    /// Whether the number is the same for all seeds, and is kept once.
    pub once: bool,
}

/// What one pickle holds: the keys, and the values `[rows, replicates, 1]` of each metric.
struct Task {
    keys: Vec<String>,
    archs: Vec<Arch>,
    values: Vec<Array3<f64>>,
}

impl Part {
    /// Whether a folder holds the part.
    pub fn knows_folder(&self, look: &Look) -> bool {
        self.tasks.iter().all(|task| look.has(&file_name(task)))
    }

    /// Whether a pickle is one of the part's: by its name and its keys.
    pub fn knows_file(&self, look: &Look) -> bool {
        let digits = |space: SpaceSpec| space.build().map_or(0, |space| space.radices().len());
        let is_key = |name: &String| name.len() == digits((self.space)()) && name.bytes().all(|b| b.is_ascii_digit());
        let named = self.tasks.iter().any(|task| look.file_name() == file_name(task));
        named && !look.names.is_empty() && look.names.iter().all(is_key)
    }

    /// The part's pickles among some files and in some folders, with their data sets, in the package's order.
    pub fn locate(&self, paths: &[PathBuf]) -> Vec<(&'static str, PathBuf)> {
        let found = self.tasks.iter().map(|&task| {
            let name = file_name(task);
            let inside = paths.iter().map(|path| path.join(&name)).find(|path| path.is_file());
            let given = || paths.iter().find(|path| path.file_name().is_some_and(|file| file == name.as_str()));
            inside.or_else(|| given().cloned()).map(|path| (task, path))
        });
        found.flatten().collect()
    }

    /// Imports pickles that [`Part::locate`] found among `paths`.
    pub fn import(
        &self,
        paths: &[PathBuf],
        files: &[(&'static str, PathBuf)],
        output: &Path,
    ) -> Result<Table, ImportError> {
        self.check_all_used(paths, files)?;
        let sources: Vec<SourceFile> =
            files.iter().map(|(_, path)| SourceFile::read(path)).collect::<Result<_, _>>()?;
        let space = (self.space)().build()?;
        let mut tasks = Vec::new();
        for source in &sources {
            tasks.push(self.read_task(&space, source)?);
        }
        check_same_rows(&tasks, &sources)?;
        let names = files.iter().map(|(task, _)| *task);
        self.build(names.zip(tasks).collect(), sources)?.write(output).map_err(ImportError::from)
    }

    /// A file that is given but belongs to no data set of the part is a mistake.
    fn check_all_used(&self, paths: &[PathBuf], files: &[(&'static str, PathBuf)]) -> Result<(), ImportError> {
        let used = |path: &PathBuf| files.iter().any(|(_, file)| file == path || file.parent() == Some(path));
        let Some(other) = paths.iter().find(|path| !used(path)) else { return Ok(()) };
        Err(ImportError::Content {
            file: other.display().to_string(),
            what: format!("is no data set of the package's part `{}`", self.name),
            hint: Some(format!("give one part at a time; the data sets of this one are {}", self.tasks.join(", "))),
        })
    }

    fn read_task(&self, space: &Arc<dyn Space>, source: &SourceFile) -> Result<Task, ImportError> {
        self.read_rows(space, &read_pickle(source)?)
            .map_err(|(key, what)| ImportError::content(&source.label, format!("configuration `{key}`: {what}")))
    }

    fn read_rows(&self, space: &Arc<dyn Space>, pickle: &Pickle) -> Result<Task, (String, String)> {
        let top = |error: PickleError| ("(all)".to_owned(), error.to_string());
        let entries: Vec<_> = pickle.root().entries().map_err(top)?.collect();
        if entries.len() as u64 != space.size() {
            let what = format!("expected {} configurations, found {}", space.size(), entries.len());
            return Err(("(all)".into(), what));
        }
        let empty = |metric: &Published| Array3::from_elem((entries.len(), self.labels(metric).len(), 1), f64::NAN);
        let values = self.metrics.iter().map(empty).collect();
        let mut task = Task { keys: Vec::new(), archs: Vec::new(), values };
        for (row, (key, metrics)) in entries.into_iter().enumerate() {
            let key = key.as_str().map_err(top)?;
            let arch = arch_of(key, space.radices()).map_err(|what| (key.to_owned(), what))?;
            task.keys.push(key.to_owned());
            task.archs.push(arch);
            self.read_row(row, metrics, &mut task.values).map_err(|what| (key.to_owned(), what))?;
        }
        Ok(task)
    }

    fn read_row(&self, row: usize, metrics: Value<'_>, values: &mut [Array3<f64>]) -> Result<(), String> {
        for (metric, values) in self.metrics.iter().zip(values) {
            let list = metrics.get(metric.key).and_then(Value::to_f64s).map_err(|error| error.to_string())?;
            if list.len() != self.seeds {
                return Err(format!("expected {} values of `{}`, found {}", self.seeds, metric.key, list.len()));
            }
            if let Some(odd) = list.iter().find(|value| !metric.can_be(**value)) {
                return Err(format!("`{}` is {odd}, expected {}", metric.key, metric.expected()));
            }
            let kept = if metric.once { vec![same(metric.unit, metric.key, &list)?] } else { list };
            kept.into_iter().enumerate().for_each(|(replicate, value)| values[[row, replicate, 0]] = value);
        }
        Ok(())
    }

    fn labels(&self, metric: &Published) -> Vec<String> {
        if metric.once { vec!["all".to_owned()] } else { (0..self.seeds).map(|seed| seed.to_string()).collect() }
    }

    fn describe(&self, metric: &Published) -> Metric {
        Metric {
            unit: metric.unit.to_owned(),
            direction: metric.direction,
            split: metric.split.to_owned(),
            labels: self.labels(metric),
            epochs: vec![self.epochs],
            element: metric.element,
            aggregated: None,
            derived: None,
            optimum: None,
        }
    }

    fn build(&self, tasks: Vec<(&str, Task)>, sources: Vec<SourceFile>) -> Result<TableBuilder, ImportError> {
        let (archs, keys) = tasks.first().map(|(_, task)| (task.archs.clone(), task.keys.clone())).unwrap_or_default();
        let mut table = TableBuilder::new(self.name, (self.space)(), archs, self.provenance(sources));
        table.names(&keys)?;
        for (name, task) in tasks {
            for (metric, values) in self.metrics.iter().zip(task.values) {
                let data = MetricData { metric: self.describe(metric), values };
                table.metric(name, &self.epochs.to_string(), metric.name, data)?;
            }
        }
        Ok(table)
    }

    fn provenance(&self, sources: Vec<SourceFile>) -> Provenance {
        Provenance {
            origin: self.origin.to_owned(),
            licence: self.licence.to_owned(),
            sources: sources.into_iter().map(|file| file.source).collect(),
            importer: importer(FORMAT),
            trained: None,
            notes: self.notes.iter().map(|&note| note.to_owned()).collect(),
        }
    }
}

impl Published {
    fn can_be(&self, value: f64) -> bool {
        match self.unit {
            "fraction" => (0.0..=1.0).contains(&value),
            _ => value >= 0.0 && value.is_finite(),
        }
    }

    fn expected(&self) -> &'static str {
        if self.unit == "fraction" { "a fraction of 1" } else { "a finite number that is not negative" }
    }
}

fn file_name(task: &str) -> String {
    format!("{task}.pkl")
}

/// The configuration whose values stand at the places that a key's digits name.
fn arch_of(key: &str, radices: &[u32]) -> Result<Arch, String> {
    let digits: Vec<u32> = key.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let fits = digits.len() == radices.len() && digits.len() == key.chars().count();
    if fits && digits.iter().zip(radices).all(|(digit, radix)| digit < radix) {
        Ok(Arch::from_digits(&digits, radices))
    } else {
        Err(format!("expected {} digits below {radices:?}", radices.len()))
    }
}

fn check_same_rows(tasks: &[Task], sources: &[SourceFile]) -> Result<(), ImportError> {
    let mut pairs = tasks.iter().zip(sources);
    let Some((first, origin)) = pairs.next() else { return Ok(()) };
    match pairs.find(|(task, _)| task.archs != first.archs) {
        None => Ok(()),
        Some((_, other)) => Err(ImportError::content(
            &other.label,
            format!("lists other configurations, or in another order, than `{}`", origin.label),
        )),
    }
}
