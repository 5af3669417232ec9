//! How many times faster than random search a regret is reached.

use rayon::prelude::*;

use super::scene::Scene;
use crate::analysis::{Horizon, Measure, Study, simulate_random_search};
use crate::experiment::ExperimentError;
use crate::figure::{Axis, Curve, Figure, Level, Panel, Quantity, Style};
use crate::stats::{expected_running_time, hitting, log_targets};

/// Simulated runs of random search; each has the strategies' budget, since running times count restarts.
const RUNS: usize = 10_000;

/// Simulated runs are so many times as long as the longest run at most, where a target ends runs long before their budget.
const LONGER: u32 = 10;

/// Targets along the axis.
const TARGETS: usize = 41;

/// Expected running times by incumbents on both sides, random search simulated on the table.
pub(super) fn speed_up(scene: &Scene<'_>) -> Result<Figure, ExperimentError> {
    let panels = scene.panels(
        |study| panel(scene, study),
        "the law of random search follows for no benchmark from its table alone",
        "its law is known where `duplicates = \"charge\"` and missing rows are neither penalised nor trained",
    )?;
    let caption = format!(
        "Speed-up over random search: the expected running time of random search until its incumbent first has the target's {} regret, divided by \
         the strategy's (10,000 simulated runs of random search on the table, of the strategies' budget). Expected running time: time spent by all runs before \
         their hit, divided by the number of hits; curves end where no run hits. {}.",
        scene.metric().to_lowercase(),
        scene.runs_compared(),
    );
    Ok(scene.figure(panels, caption))
}

fn panel(scene: &Scene<'_>, study: &Study<'_>) -> Result<Option<Panel>, ExperimentError> {
    let over = scene.over();
    let longest = || study.entries.iter().flat_map(|entry| &entry.runs).map(|run| run.trials).max().unwrap_or(1);
    let most = if Horizon::of(study).is_some() { longest().saturating_mul(LONGER) } else { longest() };
    let key = study.key("random search for speed-up");
    let Some(random) = simulate_random_search(study, RUNS, most, over, key)? else { return Ok(None) };
    let average = study.value(Measure::Regret, None);
    let targets: Vec<f64> =
        log_targets(average, study.smallest_positive(), TARGETS).into_iter().filter(|target| *target > 0.0).collect();
    let reference: Vec<f64> = targets
        .par_iter()
        .map(|&target| {
            let hits: Vec<Option<f64>> =
                random.iter().map(|run| hitting(run.steps.iter().copied(), average, target)).collect();
            let ends: Vec<f64> = random.iter().map(|run| run.end).collect();
            expected_running_time(&hits, &ends).ert
        })
        .collect();
    let x = Axis { reversed: true, ..Axis::log(format!("Target regret ({})", study.unit()), Quantity::Points) };
    let y = Axis::log("Speed-up", Quantity::Points);
    let mut panel = Panel::new(scene.title(study), x, y);
    panel.levels.push(Level { label: "Random search".into(), style: Style::random_search(), value: 1.0 });
    for entry in study.compared() {
        let ends: Vec<f64> = entry.runs.iter().map(|run| study.place_of(over, run.trials, run.seconds)).collect();
        let ratio = |(&target, &random): (&f64, &f64)| {
            let hits: Vec<Option<f64>> = entry
                .runs
                .iter()
                .map(|run| hitting(study.steps(run, Measure::Regret, over), average, target))
                .collect();
            let own = expected_running_time(&hits, &ends).ert;
            (own.is_finite() && random.is_finite() && own > 0.0 && random > 0.0).then(|| (target, random / own))
        };
        let mut steps: Vec<(f64, f64)> = targets.iter().zip(&reference).filter_map(ratio).collect();
        steps.reverse(); // targets fall
        panel.curves.push(Curve {
            label: entry.title.clone(),
            style: scene.style(&entry.title),
            steps,
            band: Vec::new(),
        });
    }
    Ok(Some(panel))
}
