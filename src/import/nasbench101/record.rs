//! One record of the published file: a training of a cell, as JSON around base64 around a protocol buffer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use serde::Deserialize;

use super::cells::{Point, Trained, hash_of};
use crate::space::{Cell101, Space};

/// `[module hash, epochs, adjacency, operations, metrics]`.
#[derive(Deserialize)]
struct Raw<'a>(
    #[serde(borrow)] Cow<'a, str>,
    u32,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

/// `ModelMetrics` of `nasbench/lib/model_metrics.proto`; its total time is a diagnostic.
#[derive(Clone, PartialEq, prost::Message)]
struct ModelMetrics {
    #[prost(message, repeated, tag = "1")]
    evaluations: Vec<Evaluation>,
    #[prost(int32, optional, tag = "2")]
    parameters: Option<i32>,
}

/// `EvaluationData` of the same file; accuracies are fractions, times seconds from the training's start.
#[derive(Clone, PartialEq, prost::Message)]
struct Evaluation {
    #[prost(double, tag = "1")]
    epoch: f64,
    #[prost(double, tag = "2")]
    seconds: f64,
    #[prost(double, optional, tag = "3")]
    train: Option<f64>,
    #[prost(double, optional, tag = "4")]
    valid: Option<f64>,
    #[prost(double, optional, tag = "5")]
    test: Option<f64>,
}

/// Reads a record; an error says what was expected.
pub(super) fn parse(bytes: &[u8]) -> Result<Trained, String> {
    let Raw(hash, epochs, adjacency, operations, metrics) = serde_json::from_slice(bytes)
        .map_err(|error| format!("expected a JSON list of hash, epochs, adjacency, operations, metrics: {error}"))?;
    let arch = Cell101.parse(&format!("{adjacency}:{operations}")).map_err(|error| error.to_string())?;
    let metrics = decoded(&metrics)?;
    let params = metrics.parameters.and_then(|count| u32::try_from(count).ok());
    let params = params.ok_or("the number of parameters is missing or negative")?;
    let [_, half, end] = metrics.evaluations.as_slice() else {
        return Err(format!("expected 3 evaluations (start, half-way, end), found {}", metrics.evaluations.len()));
    };
    let points = [half.at(f64::from(epochs) / 2.0)?, end.at(f64::from(epochs))?];
    Ok(Trained { hash: hash_of(&hash)?, arch, params, epochs, points })
}

/// The published base64 has a line break after every 76 characters.
fn decoded(metrics: &str) -> Result<ModelMetrics, String> {
    let text: Vec<u8> = metrics.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(text).map_err(|error| format!("the metrics are no base64: {error}"))?;
    ModelMetrics::decode(bytes.as_slice()).map_err(|error| format!("the metrics are no ModelMetrics: {error}"))
}

impl Evaluation {
    /// The evaluation, which must be of this epoch: steps are whole, so that it may fall short by less than half an epoch.
    fn at(&self, epoch: f64) -> Result<Point, String> {
        if (self.epoch - epoch).abs() >= 0.5 || self.epoch.is_nan() {
            return Err(format!("an evaluation is of epoch {}, expected {epoch}", self.epoch));
        }
        let there = |name: &str, value: Option<f64>| value.ok_or_else(|| format!("{name} is missing"));
        Point::new(
            there("the validation accuracy", self.valid)?,
            there("the test accuracy", self.test)?,
            there("the training accuracy", self.train)?,
            self.seconds,
        )
    }
}
