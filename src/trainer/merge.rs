//! From an overlay to a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ndarray::Array3;

use super::outcome::{METRICS, MetricOf};
use super::overlay::{Content, Trained};
use super::setup::TrainedProvenance;
use super::spec::TrainingSpec;
use crate::space::{Arch, Space};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder, TableError};

/// Writes what an overlay holds of a training as a table: a row an architecture in the order of the codes, a replicate a training, the
/// evaluated epochs. A training that diverged or is missing leaves its values unmeasured.
///
/// # Errors
/// Says when nothing was trained, or why the file could not be written.
pub fn merge(
    content: &Content,
    spec: &TrainingSpec,
    space: &dyn Space,
    name: &str,
    path: &Path,
) -> Result<Table, TableError> {
    let digest = spec.digest();
    let mut rows: BTreeMap<Arch, Vec<&Trained>> = BTreeMap::new();
    let of_spec = content.trained.values().filter(|trained| trained.training == digest);
    of_spec.for_each(|trained| rows.entry(trained.code).or_default().push(trained));
    if rows.is_empty() {
        let what = format!("the overlay holds no training of {}", digest.short());
        return Err(TableError::Content { table: name.to_owned(), what });
    }
    let replicates = rows.values().flatten().map(|trained| trained.replicate + 1).max().unwrap_or(1);
    let archs: Vec<Arch> = rows.keys().copied().collect();
    let mut builder = TableBuilder::new(name, spec.space.clone(), archs.clone(), provenance(spec, &rows));
    for metric in METRICS {
        let data =
            MetricData { metric: describe(metric, spec, replicates), values: values(metric, spec, replicates, &rows) };
        builder.metric(&spec.task, &spec.schedule, metric.name, data)?;
    }
    builder.fixed("params", params(spec, space, &archs)?)?;
    builder.write(path)
}

fn provenance(spec: &TrainingSpec, rows: &BTreeMap<Arch, Vec<&Trained>>) -> Provenance {
    let backends: BTreeSet<&str> = rows.values().flatten().map(|trained| trained.machine.backend.as_str()).collect();
    let backend = backends.into_iter().collect::<Vec<_>>().join(", ");
    let version = env!("CARGO_PKG_VERSION");
    let trained = TrainedProvenance { spec: spec.clone(), backend, nasreplay: version.to_owned() };
    Provenance {
        origin: "trained by nasreplay".into(),
        licence: "MIT OR Apache-2.0, as nasreplay; the images have their own".into(),
        sources: Vec::new(),
        importer: format!("nasreplay {version} train"),
        notes: Vec::new(),
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

fn values(
    metric: &MetricOf,
    spec: &TrainingSpec,
    replicates: u32,
    rows: &BTreeMap<Arch, Vec<&Trained>>,
) -> Array3<f64> {
    let epochs = spec.recipe.evaluated();
    let mut values = Array3::from_elem((rows.len(), replicates as usize, epochs.len()), f64::NAN);
    for (row, trainings) in rows.values().enumerate() {
        for trained in trainings.iter().filter(|trained| trained.outcome.diverged.is_none()) {
            for measured in &trained.outcome.measured {
                if let Some(epoch) = epochs.iter().position(|&epoch| epoch == measured.epoch) {
                    values[[row, trained.replicate as usize, epoch]] = (metric.of)(measured);
                }
            }
        }
    }
    values
}

fn params(spec: &TrainingSpec, space: &dyn Space, archs: &[Arch]) -> Result<MetricData, TableError> {
    let count = |&arch: &Arch| spec.graph(space, arch).map(|graph| graph.params() as f64);
    let counts: Vec<f64> = archs
        .iter()
        .map(count)
        .collect::<Result<_, _>>()
        .map_err(|what| TableError::Content { table: "params".into(), what })?;
    let metric = Metric {
        unit: "parameters".into(),
        direction: Direction::Minimise,
        split: String::new(),
        labels: vec!["all".into()],
        epochs: vec![0],
        element: ElementType::F64,
        aggregated: None,
        derived: Some("counted from the network".into()),
        optimum: None,
    };
    let rows = counts.len();
    let values = Array3::from_shape_vec((rows, 1, 1), counts);
    let values = values.map_err(|error| TableError::Content { table: "params".into(), what: error.to_string() })?;
    Ok(MetricData { metric, values })
}
