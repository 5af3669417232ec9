//! Metrics that are read one after the other and wait until all are: large ones in files beside the table, so that memory holds one.

use std::path::Path;

use ndarray::s;

use crate::base::folder_of;
use crate::table::{Metric, MetricData, ScratchColumn, TableBuilder, TableError};

/// Metrics of more bytes wait in a file.
const LARGE: usize = 16 << 20;

/// A metric that waits for its table.
pub(super) enum Waiting {
    Memory(MetricData),
    Scratch(Metric, ScratchColumn),
}

impl Waiting {
    /// Keeps a small metric in memory, a large one in a file beside the table at `output`.
    ///
    /// # Errors
    /// Says why the file cannot be written.
    pub fn of(data: MetricData, output: &Path) -> Result<Self, TableError> {
        let (rows, replicates, epochs) = data.values.dim();
        if data.values.len() * size_of::<f64>() <= LARGE {
            return Ok(Self::Memory(data));
        }
        let mut column = ScratchColumn::create(folder_of(output), data.metric.element, rows, epochs)?;
        for replicate in 0..replicates {
            column.add_replicate()?;
            for row in 0..rows {
                let values = data.values.slice(s![row, replicate, ..]).to_vec();
                if values.iter().any(|value| !value.is_nan()) {
                    column.write(row, replicate, &values)?; // what is not written is missing
                }
            }
        }
        Ok(Self::Scratch(data.metric, column))
    }

    /// Adds the metric to a table.
    ///
    /// # Errors
    /// See [`TableBuilder::metric`].
    pub fn add(self, table: &mut TableBuilder, task: &str, schedule: &str, name: &str) -> Result<(), TableError> {
        match self {
            Self::Memory(data) => table.metric(task, schedule, name, data),
            Self::Scratch(metric, column) => table.spilled(task, schedule, name, metric, column),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::super::columns;
    use super::*;
    use crate::space::{Arch, SpaceSpec};
    use crate::table::{Direction, Provenance, Table};

    /// A table of one metric with two replicates of 70 epochs; every third training is missing.
    fn table(path: &Path, wait: impl Fn(MetricData) -> Waiting) -> Table {
        let shape = (15_625, 2, 70);
        let values = Array3::from_shape_fn(shape, |(row, replicate, epoch)| match (row + replicate) % 3 {
            0 => f64::NAN,
            _ => (row * 70 + epoch) as f64,
        });
        let mut metric = columns::finished("points", Direction::Maximise, "");
        (metric.labels, metric.epochs) = (vec!["0".into(), "1".into()], (1..=70).collect());
        let archs = (0..15_625).map(Arch).collect();
        let mut table = TableBuilder::new("waiting", SpaceSpec::Cell201, archs, Provenance::default());
        wait(MetricData { metric, values }).add(&mut table, "task", "70", "points").unwrap();
        table.write(path).unwrap()
    }

    #[test]
    fn what_waits_in_a_file_is_as_if_it_had_stayed_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.h5");
        let is_scratch = |waiting: Waiting| {
            assert!(matches!(waiting, Waiting::Scratch(..)));
            waiting
        };
        let spilled = table(&path, |data| is_scratch(Waiting::of(data, &path).unwrap())).digest();
        assert_eq!(spilled, table(&path, Waiting::Memory).digest());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
