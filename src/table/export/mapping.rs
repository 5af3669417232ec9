//! The mapping by which the generic importer makes the same table of an export's sheets.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::folder::create;
use super::sheet::{
    ARCH, EPOCH, NAME, REPLICATE, ROW, SCHEDULE, Sheet, TASK, feature_name, has_second_name, metric_name,
    static_pattern,
};
use crate::space::SpaceSpec;
use crate::table::select::Chosen;
use crate::table::{Direction, ElementType, Metric, Table, TableError};

/// The mapping, in the language of `docs/mapping.md`.
#[derive(Serialize)]
struct Mapping<'t> {
    name: &'t str,
    space: &'t SpaceSpec,
    line: Line,
    provenance: Origin<'t>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metric: Vec<MetricMap<'t>>,
    #[serde(rename = "static", skip_serializing_if = "Vec::is_empty")]
    fixed: Vec<MetricMap<'t>>,
}

#[derive(Serialize)]
struct Line {
    arch: &'static str,
    row: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
    #[serde(flatten)]
    axes: Option<Axes>,
}

#[derive(Serialize)]
struct Axes {
    task: &'static str,
    schedule: &'static str,
    replicate: &'static str,
    epoch: &'static str,
}

#[derive(Serialize)]
struct Origin<'t> {
    origin: &'t str,
    licence: &'t str,
    notes: Vec<&'t str>,
}

/// A metric, or a static, which has no task and schedule.
#[derive(Serialize)]
struct MetricMap<'t> {
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<[&'t str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'t str>,
    epochs: &'t [u32],
    replicates: &'t [String],
    column: String,
    unit: &'t str,
    direction: Direction,
    split: &'t str,
    #[serde(rename = "type")]
    element: ElementType,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregated: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derived: Option<&'t str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    empty: bool,
}

pub(super) fn write(
    table: &Table,
    chosen: &[Chosen<'_>],
    sheets: &[Sheet<'_>],
    suffix: &str,
    folder: &Path,
) -> Result<(), TableError> {
    let mapping = mapping(table, chosen);
    let mapping = toml::to_string(&mapping)
        .map_err(|error| TableError::Content { table: table.name().to_owned(), what: error.to_string() })?;
    let files: Vec<&str> = sheets.iter().map(|sheet| sheet.file.as_str()).collect();
    create(folder, "mapping.toml", |file| {
        writeln!(file, "# Files: {}", files.join(", "))?;
        writeln!(file, "# In this folder, the table is rebuilt by")?;
        writeln!(file, "# nasreplay import {suffix} --mapping mapping.toml *.{suffix} -o TABLE.h5\n")?;
        file.write_all(mapping.as_bytes())
    })
}

fn mapping<'t>(table: &'t Table, chosen: &[Chosen<'t>]) -> Mapping<'t> {
    let (catalogue, provenance) = (&table.catalogue, &table.provenance);
    let axes = Axes { task: TASK, schedule: SCHEDULE, replicate: REPLICATE, epoch: EPOCH };
    let line = Line {
        arch: ARCH,
        row: ROW,
        name: has_second_name(table).then_some(NAME),
        features: catalogue.features.map(|width| (0..width).map(feature_name).collect()),
        axes: (!chosen.is_empty()).then_some(axes),
    };
    let metric = chosen.iter().map(|one| MetricMap {
        tasks: Some([one.task]),
        schedule: Some(one.schedule),
        empty: one.metric.optimum.is_none(),
        ..describe(one.name, metric_name(one.name), one.metric)
    });
    let fixed =
        catalogue.statics.iter().map(|(name, metric)| describe(name, static_pattern(table, name), metric)).collect();
    Mapping {
        name: table.name(),
        space: &catalogue.space,
        line,
        provenance: Origin {
            origin: &provenance.origin,
            licence: &provenance.licence,
            notes: provenance.notes.iter().map(String::as_str).collect(),
        },
        metric: metric.collect(),
        fixed,
    }
}

fn describe<'t>(name: &'t str, column: String, metric: &'t Metric) -> MetricMap<'t> {
    MetricMap {
        name,
        tasks: None,
        schedule: None,
        epochs: &metric.epochs,
        replicates: &metric.labels,
        column,
        unit: &metric.unit,
        direction: metric.direction,
        split: &metric.split,
        element: metric.element,
        aggregated: metric.aggregated.as_deref(),
        derived: metric.derived.as_deref(),
        empty: false,
    }
}
