//! The kinds of figures that results can be drawn as, one file each; the list of them is [`KINDS`].

mod critical_difference;
mod curves;
mod ecdf;
mod fidelity;
mod finals;
mod improvement;
mod intervals;
mod landscape;
mod profile;
mod rank;
mod scene;
mod speed_up;

use super::Figure;
use crate::base::nearest;
use crate::experiment::ExperimentError;

pub use scene::{Options, Scene, Spread};

/// A kind of figure.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in commands.
    pub name: &'static str,
    /// A sentence on what it shows.
    pub summary: &'static str,
    /// Whether it has a time axis, for which `over` counts.
    pub has_time: bool,
    /// Whether the centre and the band of its curves can be chosen.
    pub has_band: bool,
    /// Makes the figure.
    pub make: fn(&Scene<'_>) -> Result<Figure, ExperimentError>,
}

/// All kinds of figures, in the order of a report.
pub const KINDS: [Kind; 12] = [
    Kind {
        name: "regret",
        summary: "Regret of the incumbent over trials, epochs or simulated time, one panel a benchmark",
        has_time: true,
        has_band: true,
        make: curves::regret,
    },
    Kind {
        name: "percentile",
        summary: "Share of the table's architectures that are better than the incumbent, over time",
        has_time: true,
        has_band: true,
        make: curves::percentile,
    },
    Kind {
        name: "rank",
        summary: "Mean rank among the strategies over time",
        has_time: true,
        has_band: false,
        make: rank::rank,
    },
    Kind {
        name: "ecdf",
        summary: "Share of targets that were reached, over time, for all runs together",
        has_time: true,
        has_band: false,
        make: ecdf::ecdf,
    },
    Kind {
        name: "profile",
        summary: "Performance profile: share of runs at or below a normalised final regret",
        has_time: false,
        has_band: false,
        make: profile::profile,
    },
    Kind {
        name: "intervals",
        summary: "Mean, interquartile mean, median and optimality gap of normalised final regret with their intervals",
        has_time: false,
        has_band: false,
        make: intervals::intervals,
    },
    Kind {
        name: "improvement",
        summary: "Probability that a run of one strategy ends better than a run of another",
        has_time: false,
        has_band: false,
        make: improvement::improvement,
    },
    Kind {
        name: "critical-difference",
        summary: "Mean ranks over data sets, joined where they do not differ (Friedman, Nemenyi); needs six data sets",
        has_time: false,
        has_band: false,
        make: critical_difference::critical_difference,
    },
    Kind {
        name: "finals",
        summary: "Final regret of every run, and its mean",
        has_time: false,
        has_band: false,
        make: finals::finals,
    },
    Kind {
        name: "speed-up",
        summary: "How many times faster than random search a regret is reached",
        has_time: true,
        has_band: false,
        make: speed_up::speed_up,
    },
    Kind {
        name: "landscape",
        summary: "The table: test against validation metric, with the final incumbents",
        has_time: false,
        has_band: false,
        make: landscape::landscape,
    },
    Kind {
        name: "fidelity",
        summary: "How well a metric at fewer epochs ranks architectures as the reported one does",
        has_time: false,
        has_band: false,
        make: fidelity::fidelity,
    },
];

/// The kind with a name.
///
/// # Errors
/// Names the nearest kind, if any is like it, otherwise all.
pub fn find_kind(name: &str) -> Result<&'static Kind, String> {
    let names = || KINDS.iter().map(|kind| kind.name);
    let found = KINDS.iter().find(|kind| kind.name == name);
    found.ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}
