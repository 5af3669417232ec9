//! A metric's numbers while a table is made: in memory, or in a scratch file.

use std::borrow::Cow;

use bytemuck::Pod;
use ndarray::Array3;

use super::error::TableError;
use super::schema::{ElementType, Metric};
use super::scratch::ScratchColumn;
use super::write::MetricData;
use super::{best_of, mean_of_measured};

/// A metric with its numbers, and the row and mean of its best.
pub(super) struct Held {
    pub metric: Metric,
    pub best: Option<(usize, f64)>,
    values: Values,
}

enum Values {
    Memory(Array3<f64>),
    Scratch(ScratchColumn),
}

/// The numbers of a column as they are stored, in row-major order.
pub(super) enum Stored<'a> {
    F32(Vec<f32>),
    F64(Cow<'a, [f64]>),
}

impl Held {
    pub(super) fn in_memory(data: MetricData) -> Self {
        Self { metric: data.metric, best: None, values: Values::Memory(data.values) }
    }

    pub(super) fn in_scratch(metric: Metric, column: ScratchColumn) -> Self {
        Self { metric, best: None, values: Values::Scratch(column) }
    }

    pub(super) fn shape(&self) -> Vec<usize> {
        match &self.values {
            Values::Memory(values) => values.shape().to_vec(),
            Values::Scratch(column) => column.shape().to_vec(),
        }
    }

    /// Whether the numbers lie as the metric says.
    pub(super) fn has_element(&self) -> bool {
        match &self.values {
            Values::Memory(_) => true,
            Values::Scratch(column) => column.element() == self.metric.element,
        }
    }

    /// The numbers as they are stored; those of a scratch file are read anew each time.
    pub(super) fn stored(&self) -> Result<Stored<'_>, TableError> {
        Ok(match (&self.values, self.metric.element) {
            (Values::Memory(values), ElementType::F32) => {
                Stored::F32(values.iter().map(|&value| value as f32).collect())
            }
            (Values::Memory(values), ElementType::F64) => Stored::F64(match values.as_slice() {
                Some(values) => Cow::Borrowed(values),
                None => Cow::Owned(values.iter().copied().collect()),
            }),
            (Values::Scratch(column), ElementType::F32) => Stored::F32(column.load(f32::NAN)?),
            (Values::Scratch(column), ElementType::F64) => Stored::F64(Cow::Owned(column.load(f64::NAN)?)),
        })
    }

    /// Finds the best mean over replicates at the last epoch, and the first number that the metric cannot hold, with its row.
    pub(super) fn survey(&mut self) -> Result<Option<(usize, f64)>, TableError> {
        let (best, bad) = match self.stored()? {
            Stored::F32(values) => (best(&self.metric, &values), self.bad(&values)),
            Stored::F64(values) => (best(&self.metric, &values), self.bad(&values)),
        };
        self.best = best;
        Ok(bad)
    }

    /// The first number that the metric cannot hold: as it was given, where that is known.
    fn bad<T: Pod + Into<f64>>(&self, stored: &[T]) -> Option<(usize, f64)> {
        let is_bad = |value: &f64| !value.is_nan() && !self.metric.can_hold(*value);
        let [_, replicates, epochs] = self.metric.shape(1);
        let (place, value) = match &self.values {
            Values::Memory(values) => values.iter().copied().enumerate().find(|(_, value)| is_bad(value)),
            Values::Scratch(_) => stored.iter().map(|&value| value.into()).enumerate().find(|(_, value)| is_bad(value)),
        }?;
        Some((place / (replicates * epochs), value))
    }
}

/// The row with the best mean over the measured replicates at the last epoch, and that mean.
fn best<T: Pod + Into<f64>>(metric: &Metric, values: &[T]) -> Option<(usize, f64)> {
    let [_, replicates, epochs] = metric.shape(1);
    let rows = values.chunks_exact(replicates * epochs).enumerate();
    let last =
        |values: &[T]| mean_of_measured(values.iter().skip(epochs - 1).step_by(epochs).map(|&value| value.into()));
    best_of(rows.filter_map(|(row, values)| last(values).map(|mean| (row, mean))), metric.direction)
}
