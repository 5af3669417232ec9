//! Writing a table anew that HDF5 can read but nobody can map: chunked, compressed, unaligned or big-endian.

use std::path::Path;

use ndarray::{Array2, Array3};

use super::hdf::HdfFile;
use super::index::ARCHS;
use super::names::{NAME_ENDS, NAMES};
use super::schema::{Catalogue, ElementType, FORMAT, FORMAT_VERSION, IndexKind, Metric, metric_path, static_path};
use super::{FEATURES, MetricData, Table, TableBuilder, TableError, json};
use crate::space::Arch;

/// Reads a table's file, whatever its layout, and writes it as a table that can be mapped.
///
/// # Errors
/// Names what cannot be read or written, and refuses content that is not what its digest was made of.
pub fn convert(from: &Path, to: &Path) -> Result<Table, TableError> {
    let file = HdfFile::open(from)?;
    file.expect_format(FORMAT, FORMAT_VERSION)?;
    let catalogue: Catalogue = json(&file, "catalogue")?;
    let check = catalogue.check(catalogue.space.build()?.size());
    check.map_err(|what| super::attribute(&file, "catalogue", what))?;
    // numbers first: a damaged catalogue may claim any number of rows
    let (metrics, statics) = (load_metrics(&file, &catalogue)?, load_statics(&file, &catalogue)?);
    let archs = match catalogue.index {
        IndexKind::Identity => (0..catalogue.rows as u64).map(Arch).collect(),
        _ => file.load::<u64>(ARCHS, &[catalogue.rows])?.into_iter().map(Arch).collect(),
    };
    let mut table = TableBuilder::new(&file.text("name")?, catalogue.space.clone(), archs, json(&file, "provenance")?);
    load_names(&file, &catalogue, &mut table)?;
    for (task, schedule, name, data) in metrics {
        table.metric(task, schedule, name, data)?;
    }
    for (name, data) in statics {
        table.fixed(name, data)?;
    }
    let digest = file.text("digest")?.parse().map_err(|what| super::attribute(&file, "digest", what))?;
    table.write_expecting(to, Some(digest))
}

type NamedMetric<'a> = (&'a str, &'a str, &'a str, MetricData);

fn load_metrics<'a>(file: &HdfFile, catalogue: &'a Catalogue) -> Result<Vec<NamedMetric<'a>>, TableError> {
    let mut loaded = Vec::new();
    for (task, schedules) in &catalogue.tasks {
        for (schedule, metrics) in schedules {
            for (name, metric) in metrics {
                let data = load(file, &metric_path(task, schedule, name), metric, catalogue)?;
                loaded.push((task.as_str(), schedule.as_str(), name.as_str(), data));
            }
        }
    }
    Ok(loaded)
}

fn load_statics<'a>(file: &HdfFile, catalogue: &'a Catalogue) -> Result<Vec<(&'a str, MetricData)>, TableError> {
    let load =
        |(name, metric): (&'a String, &Metric)| Ok((name.as_str(), load(file, &static_path(name), metric, catalogue)?));
    catalogue.statics.iter().map(load).collect()
}

fn load_names(file: &HdfFile, catalogue: &Catalogue, table: &mut TableBuilder) -> Result<(), TableError> {
    if let Some(bytes) = catalogue.names {
        let text = file.load::<u8>(NAMES, &[bytes])?;
        let ends = file.load::<u64>(NAME_ENDS, &[catalogue.rows])?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let name = |(start, end): (u64, &u64)| {
            let name = (start <= *end).then(|| text.get(start as usize..*end as usize)).flatten();
            name.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
        };
        table.names(&starts.zip(&ends).map(name).collect::<Vec<_>>())?;
    }
    if let Some(width) = catalogue.features {
        let values = file.load::<f32>(FEATURES, &[catalogue.rows, width])?;
        let features = Array2::from_shape_vec((catalogue.rows, width), values);
        table.features(features.unwrap_or_default())?; // `load` checked the shape; an empty array is refused
    }
    Ok(())
}

fn load(file: &HdfFile, path: &str, metric: &Metric, catalogue: &Catalogue) -> Result<MetricData, TableError> {
    let shape = metric.shape(catalogue.rows);
    let values = match metric.element {
        ElementType::F32 => file.load::<f32>(path, &shape)?.into_iter().map(f64::from).collect(),
        ElementType::F64 => file.load::<f64>(path, &shape)?,
    };
    let values = Array3::from_shape_vec(shape, values)
        .map_err(|error| TableError::Content { table: file.label().to_owned(), what: format!("`{path}`: {error}") })?;
    Ok(MetricData { metric: metric.clone(), values })
}
