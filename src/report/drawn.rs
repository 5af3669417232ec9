//! The figures of a report: each kind in the variants that a reader can switch between.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::page::{PageFigure, Variant};
use crate::analysis::{By, Over, Study, View, studies};
use crate::experiment::{ExperimentError, Results};
use crate::figure::{Breadth, Colour, Curve, Figure, FigureError, KINDS, Kind, Options, Scale, Scene, Venue};

/// A figure in one of its variants.
pub struct Drawn {
    /// The kind's name, and what sets this variant apart: the name of its files.
    pub id: String,
    /// The kind.
    pub kind: &'static Kind,
    /// The horizontal axis.
    pub over: Over,
    /// The reported metric.
    pub by: By,
    /// The figure.
    pub figure: Figure,
}

/// What a report shows of one metric over one axis.
struct Look<'s> {
    over: Over,
    by: By,
    studies: &'s [Study<'s>],
}

/// All figures that the results can carry, and a sentence on each that they cannot; `primary` are the studies by the report's metric.
///
/// # Errors
/// As [`studies`].
pub fn draw_all(results: &[Results], primary: &[Study<'_>]) -> Result<(Vec<Drawn>, Vec<String>), ExperimentError> {
    let metric = By::usual(results, &[]);
    let secondary = match metric {
        By::Test => studies(results, &View { over: Over::Trials, by: By::Valid, benchmarks: Vec::new() })?,
        By::Valid => Vec::new(),
    };
    let looks = looks(results, &[(metric, primary), (By::Valid, &secondary)]);
    let wanted: Vec<(&'static Kind, &Look<'_>)> = KINDS
        .iter()
        .flat_map(|kind| looks.iter().filter(|look| is_wanted(kind, look, metric)).map(move |look| (kind, look)))
        .collect();
    let drawn: Vec<Result<Drawn, String>> = wanted.into_par_iter().map(|(kind, look)| draw(kind, look)).collect();
    let (mut figures, mut refused) = (Vec::new(), Vec::new());
    for result in drawn {
        match result {
            Ok(figure) => figures.push(figure),
            Err(sentence) if !refused.contains(&sentence) => refused.push(sentence),
            Err(_) => {} // said before, of another axis
        }
    }
    Ok((figures, refused))
}

/// The views of a report: the primary metric first, over trials first; simulated time where all benchmarks have it, so that the studies
/// are the same over both.
fn looks<'s>(results: &[Results], metrics: &[(By, &'s [Study<'s>])]) -> Vec<Look<'s>> {
    let mut all = results.iter().flat_map(|results| &results.plan.benchmarks);
    let timed = all.all(|(benchmark, _)| !benchmark.resolved.cost.is_empty());
    let axes: &[Over] = if timed { &[Over::Trials, Over::Seconds] } else { &[Over::Trials] };
    let made = metrics.iter().filter(|(_, studies)| !studies.is_empty());
    made.flat_map(|&(by, studies)| axes.iter().map(move |&over| Look { over, by, studies })).collect()
}

/// Regret is shown by every metric over every axis, others over time by the primary metric, and the rest once.
fn is_wanted(kind: &Kind, look: &Look<'_>, primary: By) -> bool {
    match (kind.name, kind.has_time) {
        ("regret", _) => true,
        (_, true) => look.by == primary,
        (_, false) => look.by == primary && look.over == Over::Trials,
    }
}

fn draw(kind: &'static Kind, look: &Look<'_>) -> Result<Drawn, String> {
    let view = View { over: look.over, by: look.by, benchmarks: Vec::new() };
    let options = Options { view, ..Options::default() };
    let figure = (kind.make)(&Scene { studies: look.studies, options: &options });
    let figure = figure.map_err(|error| match error {
        ExperimentError::Folder { what, .. } => format!("`{}` is not drawn: {what}", kind.name),
        other => format!("`{}` is not drawn: {other}", kind.name),
    })?;
    figure.check().map_err(|error| format!("`{}` is not drawn: {error}", kind.name))?;
    let axis = if kind.has_time { format!("-{}", look.over.name()) } else { String::new() };
    Ok(Drawn { id: format!("{}{axis}-{}", kind.name, look.by.name()), kind, over: look.over, by: look.by, figure })
}

/// The figures of one kind as one figure of a page, with its toggles.
///
/// # Errors
/// As [`Figure::draw`].
pub fn page_figure(drawn: &[&Drawn]) -> Result<Option<PageFigure>, FigureError> {
    let Some(first) = drawn.first() else { return Ok(None) };
    let mut variants = Vec::new();
    for figure in drawn {
        variants.push(variant(figure, &figure.figure)?);
        if let Some(linear) = linear(&figure.figure) {
            variants.push(Variant { log: false, ..variant(figure, &linear)? });
        }
    }
    let (id, caption, csv) = (first.kind.name.to_owned(), first.figure.caption.clone(), first.figure.csv());
    Ok(Some(PageFigure { id, caption, csv, variants }))
}

fn variant(drawn: &Drawn, figure: &Figure) -> Result<Variant, FigureError> {
    variant_of(figure, drawn.over.name(), drawn.by.word())
}

/// A figure as a variant on a page, with its horizontal axis and its metric.
///
/// # Errors
/// As [`Figure::draw`].
pub fn variant_of(figure: &Figure, axis: &str, metric: &str) -> Result<Variant, FigureError> {
    let picture = figure.draw()?;
    Ok(Variant {
        axis: axis.to_owned(),
        metric: metric.to_owned(),
        log: figure.panels.iter().any(|panel| panel.y.scale == Scale::Log),
        svg: picture.svg,
        places: serde_json::to_value(&picture.places).unwrap_or_default(), // plain data is always JSON
        curves: figure
            .panels
            .iter()
            .map(|panel| panel.curves.iter().map(curve).collect())
            .collect::<Vec<Value>>()
            .into(),
    })
}

fn curve(curve: &Curve) -> Value {
    let Colour(red, green, blue) = curve.style.colour;
    json!({ "label": curve.label, "colour": format!("#{red:02x}{green:02x}{blue:02x}"), "steps": curve.steps, "band": curve.band })
}

/// The same figure with linear vertical axes, if it has logarithmic ones.
fn linear(figure: &Figure) -> Option<Figure> {
    let is_log = figure.panels.iter().any(|panel| panel.y.scale == Scale::Log);
    let mut figure = figure.clone();
    figure.panels.iter_mut().for_each(|panel| panel.y.scale = Scale::Linear);
    is_log.then_some(figure)
}

/// A figure as a venue's paper shows it: across its text where it has several panels, otherwise in a column.
pub fn for_paper(figure: &Figure, venue: &Venue) -> Figure {
    let breadth = if figure.panels.len() > 1 || figure.width > venue.column { Breadth::Text } else { Breadth::Column };
    figure.clone().for_venue(venue, breadth)
}
