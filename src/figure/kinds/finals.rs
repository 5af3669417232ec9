//! Final regret of every run.

use rayon::prelude::*;

use super::scene::Scene;
use crate::analysis::{Measure, Study};
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Figure, Level, Panel, Points, Quantity, Stroke, Style};
use crate::stats::{mean, quantile};

/// How far to the side of its strategy's middle a run's point lies at most.
const WIDTH: f64 = 0.3;

/// A strip of points for each strategy, with its mean and median.
pub(super) fn finals(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.studies.par_iter().map(|study| panel(scene, study)).collect();
    let unit = scene.studies.first().map_or("", |study| study.unit());
    let caption = format!(
        "Final {} regret ({unit}) of every run: a point each, spread sideways so that they can be told apart. Thick lines are means, thin ones \
         medians. Dotted: the average architecture. {}.",
        scene.metric().to_lowercase(),
        scene.runs_compared(),
    );
    Ok(scene.figure(panels, caption))
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Panel {
    let label = format!("Final regret ({})", study.unit());
    let y = if scene.options.log { Axis::log(label, Quantity::Points) } else { Axis::linear(label, Quantity::Points) };
    let names = (1..=study.compared().count()).map(|number| number.to_string()).collect();
    let mut panel = Panel::new(scene.title(study), Axis::named("Strategy", names), y);
    let average = study.value(Measure::Regret, None);
    panel.levels.push(Level { label: "Average architecture".into(), style: Style::level(), value: average });
    for (place, entry) in study.compared().enumerate() {
        let values = study.finals(entry, Measure::Regret);
        let at = place as f64;
        let spread = |(run, &value): (usize, &f64)| (at + WIDTH * (2.0 * halton(run as u32 + 1) - 1.0), value);
        let places = values.iter().enumerate().map(spread).collect();
        let label = format!("{}: {}", place + 1, entry.title);
        panel.points.push(Points { opacity: 0.35, ..Points::new(label, scene.style(&entry.title), places) });
        let line = |height: f64, width: f64| Stroke {
            label: String::new(),
            style: Style::line(width),
            path: vec![(at - WIDTH - 0.1, height), (at + WIDTH + 0.1, height)],
        };
        panel.strokes.push(line(mean(&values), 1.8));
        panel.strokes.push(line(quantile(&values, 0.5), 0.7));
    }
    panel
}

/// The van der Corput sequence in base 2: evenly spread over 0 to 1, the same on every machine.
fn halton(number: u32) -> f64 {
    f64::from(number.reverse_bits()) / 4_294_967_296.0
}
