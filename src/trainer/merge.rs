//! From an overlay to a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ndarray::Array3;

use super::data::Summary;
use super::outcome::{METRICS, MetricOf};
use super::overlay::{Content, Trained};
use super::setup::TrainedProvenance;
use super::spec::TrainingSpec;
use crate::space::{Arch, Space};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder, TableError};

/// Writes what an overlay holds of a training as a table: a row an architecture in the order of the codes, a replicate a training, the
/// evaluated epochs. A training that diverged or is missing leaves its values unmeasured; where trainings diverged, the static
/// `diverged_trainings` counts them, and provenance says how many. `data` is what the images are, in numbers.
///
/// # Errors
/// Says when nothing was trained, or why the file could not be written.
pub fn merge(
    content: &Content,
    spec: &TrainingSpec,
    (space, data): (&dyn Space, &Summary),
    name: &str,
    path: &Path,
) -> Result<Table, TableError> {
    let digest = spec.digest();
    let rows = content.of(digest);
    if rows.is_empty() {
        let what = format!("the overlay holds no training of {}", digest.short());
        return Err(TableError::Content { table: name.to_owned(), what });
    }
    let replicates = rows.values().flatten().map(|trained| trained.replicate + 1).max().unwrap_or(1);
    let archs: Vec<Arch> = rows.keys().copied().collect();
    let mut builder = TableBuilder::new(name, spec.space.clone(), archs.clone(), provenance(spec, data, &rows));
    for metric in METRICS {
        let described = describe(metric, spec, replicates);
        let mut values = Array3::from_elem(described.shape(rows.len()), f64::NAN);
        fill(&mut values, 0, metric.name, &described, &rows);
        builder.metric(&spec.task, &spec.schedule, metric.name, MetricData { metric: described, values })?;
    }
    builder.fixed("params", params(spec, space, &archs)?)?;
    if diverged(&rows) > 0 {
        builder.fixed("diverged_trainings", diverged_trainings(&rows))?;
    }
    builder.write(path)
}

/// How many trainings diverged.
fn diverged(rows: &BTreeMap<Arch, Vec<&Trained>>) -> usize {
    rows.values().flatten().filter(|trained| trained.outcome.diverged.is_some()).count()
}

/// How many trainings of each row diverged.
fn diverged_trainings(rows: &BTreeMap<Arch, Vec<&Trained>>) -> MetricData {
    let count = |trainings: &Vec<&Trained>| {
        trainings.iter().filter(|trained| trained.outcome.diverged.is_some()).count() as f64
    };
    let metric =
        Metric { unit: "trainings".into(), derived: Some("counted from the trainings".into()), ..counted_metric() };
    MetricData {
        metric,
        values: Array3::from_shape_fn((rows.len(), 1, 1), |(row, ..)| rows.values().nth(row).map_or(0.0, count)),
    }
}

/// What describes a number that each row has once.
fn counted_metric() -> Metric {
    Metric {
        unit: String::new(),
        direction: Direction::Minimise,
        split: String::new(),
        labels: vec!["all".into()],
        epochs: vec![0],
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

fn provenance(spec: &TrainingSpec, data: &Summary, rows: &BTreeMap<Arch, Vec<&Trained>>) -> Provenance {
    let backends: BTreeSet<&str> = rows.values().flatten().map(|trained| trained.machine.backend.as_str()).collect();
    let backend = backends.into_iter().collect::<Vec<_>>().join(", ");
    let version = env!("CARGO_PKG_VERSION");
    let (lost, all) = (diverged(rows), rows.values().flatten().count());
    let trained = TrainedProvenance {
        spec: spec.clone(),
        backend,
        nasreplay: version.to_owned(),
        data: Some(data.clone()),
        diverged: Some([lost, all]),
    };
    Provenance {
        origin: "trained by nasreplay".into(),
        licence: "MIT OR Apache-2.0, as nasreplay; the images have their own".into(),
        sources: Vec::new(),
        importer: format!("nasreplay {version} train"),
        notes: (lost > 0)
            .then(|| format!("{lost} of {all} trainings diverged: their values are not measured"))
            .into_iter()
            .collect(),
        trained: serde_json::to_value(trained).ok(), // plain data is always JSON
    }
}

fn describe(metric: &MetricOf, spec: &TrainingSpec, replicates: u32) -> Metric {
    let split = match metric.part {
        "train" => "trained on train, measured on train while training".to_owned(),
        part => format!("trained on train, measured on {part}"),
    };
    Metric {
        unit: metric.unit.to_owned(),
        direction: if metric.maximise { Direction::Maximise } else { Direction::Minimise },
        split,
        labels: (0..replicates).map(|replicate| replicate.to_string()).collect(),
        epochs: spec.recipe.evaluated(),
        element: ElementType::F32,
        aggregated: None,
        derived: metric.derived.map(str::to_owned),
        optimum: None,
    }
}

/// Fills in what was trained for a metric, a row an architecture from row `first` on; what was not measured is left as it is.
pub(super) fn fill(
    values: &mut Array3<f64>,
    first: usize,
    name: &str,
    metric: &Metric,
    rows: &BTreeMap<Arch, Vec<&Trained>>,
) {
    let Some((measures, scale)) = MetricOf::find(name, &metric.unit) else { return };
    for (row, trainings) in rows.values().enumerate() {
        for trained in trainings.iter().filter(|trained| (trained.replicate as usize) < metric.labels.len()) {
            for (place, &epoch) in metric.epochs.iter().enumerate() {
                if let Some(measured) = trained.outcome.at(epoch) {
                    values[[first + row, trained.replicate as usize, place]] = scale * (measures.of)(measured);
                }
            }
        }
    }
}

fn params(spec: &TrainingSpec, space: &dyn Space, archs: &[Arch]) -> Result<MetricData, TableError> {
    let count = |&arch: &Arch| spec.graph(space, arch).map(|graph| graph.params() as f64);
    let counts: Vec<f64> = archs
        .iter()
        .map(count)
        .collect::<Result<_, _>>()
        .map_err(|what| TableError::Content { table: "params".into(), what })?;
    let metric =
        Metric { unit: "parameters".into(), derived: Some("counted from the network".into()), ..counted_metric() };
    let rows = counts.len();
    let values = Array3::from_shape_vec((rows, 1, 1), counts);
    let values = values.map_err(|error| TableError::Content { table: "params".into(), what: error.to_string() })?;
    Ok(MetricData { metric, values })
}
