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
    let rows = content.of(digest);
    if rows.is_empty() {
        let what = format!("the overlay holds no training of {}", digest.short());
        return Err(TableError::Content { table: name.to_owned(), what });
    }
    let replicates = rows.values().flatten().map(|trained| trained.replicate + 1).max().unwrap_or(1);
    let archs: Vec<Arch> = rows.keys().copied().collect();
    let mut builder = TableBuilder::new(name, spec.space.clone(), archs.clone(), provenance(spec, &rows));
    for metric in METRICS {
        let described = describe(metric, spec, replicates);
        let mut values = Array3::from_elem(described.shape(rows.len()), f64::NAN);
        fill(&mut values, 0, metric.name, &described, &rows);
        builder.metric(&spec.task, &spec.schedule, metric.name, MetricData { metric: described, values })?;
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
