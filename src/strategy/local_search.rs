//! Local search: White, Nolen and Savani, "Exploring the loss landscape in neural architecture search", UAI 2021, algorithm 1.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::registry::{Preset, Settings, Start};
use super::seen::Seen;
use super::{Ask, Strategy, StrategyError, Told, Turn, decode, encode};
use crate::space::{Arch, Space};

/// How many random draws in a row may meet known architectures before a run that never asks twice stops asking.
const PATIENCE: u32 = 10_000;

/// Settings of local search; the defaults are those of the paper's algorithm 1: the whole neighbourhood is trained, then the best
/// neighbour becomes the centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalSearch {
    /// How many random architectures are trained at the start; the best of them becomes the first centre.
    pub initial: u32,
    /// How many random architectures are trained after a local optimum; the best of them becomes the next centre.
    pub restart: u32,
    /// Whether the search moves as soon as a neighbour is better than the centre, instead of after the whole neighbourhood.
    pub first_improvement: bool,
    /// Whether an architecture that was trained before is trained again.
    pub repeats: bool,
    /// What follows a local optimum.
    pub at_optimum: AtOptimum,
}

/// What follows a local optimum.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtOptimum {
    /// Random architectures are trained, and the best of them becomes the centre.
    #[default]
    Restart,
    /// The best trained architecture that was not a centre yet becomes the centre.
    NextBest,
}

impl Default for LocalSearch {
    fn default() -> Self {
        Self { initial: 1, restart: 1, first_improvement: false, repeats: true, at_optimum: AtOptimum::Restart }
    }
}

pub(super) const SUMMARY: &str =
    "from the best of some random architectures to better neighbours until none is better, then anew";
pub(super) const SOURCE: &str = "White, Nolen and Savani, UAI 2021, algorithm 1";

/// naszilla's local search; its variants differ in two switches.
fn naszilla(query_full_nbhd: bool, stop_at_minimum: bool) -> Settings {
    let at_optimum = if stop_at_minimum { AtOptimum::Restart } else { AtOptimum::NextBest };
    let (initial, restart) = (10, 10);
    Settings::LocalSearch(LocalSearch {
        initial,
        restart,
        first_improvement: !query_full_nbhd,
        repeats: false,
        at_optimum,
    })
}

const NASZILLA_NOTES: &str = "the code tells architectures apart by the hash of their paths; here every architecture of the space is its own. Neighbours are visited in random order";

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "local-search@naszilla",
        settings: || naszilla(false, true),
        source: "naszilla/naszilla, naszilla/nas_algorithms.py, `query_full_nbhd = False`, `stop_at_minimum = True`",
        notes: NASZILLA_NOTES,
    },
    Preset {
        name: "local-search@naszilla-full-neighbourhood",
        settings: || naszilla(true, true),
        source: "naszilla/naszilla, naszilla/nas_algorithms.py, `query_full_nbhd = True`, `stop_at_minimum = True`",
        notes: NASZILLA_NOTES,
    },
    Preset {
        name: "local-search@naszilla-continue",
        settings: || naszilla(false, false),
        source: "naszilla/naszilla, naszilla/nas_algorithms.py, `query_full_nbhd = False`, `stop_at_minimum = False`",
        notes: NASZILLA_NOTES,
    },
    Preset {
        name: "local-search@naslib",
        settings: || Settings::LocalSearch(LocalSearch::default()),
        source: "automl/NASLib, naslib/optimizers/discrete/ls",
        notes: "the code's restart never draws an architecture of its history; here it may",
    },
];

/// A run of local search.
pub struct Run {
    settings: LocalSearch,
    buffer: Vec<Arch>,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    phase: Phase,
    /// The best architecture since the last restart, and its score; no score before the first trial.
    centre: Option<(Arch, f64)>,
    /// The best neighbour of the centre so far.
    best: Option<(Arch, f64)>,
    seen: Option<Seen>,
    /// Everything trained that was not a centre yet, for [`AtOptimum::NextBest`].
    open: Vec<(Arch, f64)>,
}

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Random architectures are trained; so many are still to be told.
    Scatter { left: u32 },
    /// The neighbours of the centre are trained, from the front.
    Descend { queue: VecDeque<Arch> },
}

impl Start for LocalSearch {
    type Run = Run;

    fn check(&self) -> Result<(), String> {
        match (self.initial, self.restart) {
            (0, _) => Err("`initial` is 0, expected at least 1".into()),
            (_, 0) => Err("`restart` is 0, expected at least 1".into()),
            _ => Ok(()),
        }
    }

    fn start(&self, space: &dyn Space) -> Run {
        let seen = (!self.repeats).then(|| Seen::new(space.size()));
        let state =
            State { phase: Phase::Scatter { left: self.initial }, centre: None, best: None, seen, open: Vec::new() };
        Run { settings: self.clone(), buffer: Vec::new(), state }
    }
}

impl Run {
    /// The next neighbour of the centre that may be asked for.
    fn next_neighbour(&mut self) -> Option<Arch> {
        let Phase::Descend { queue } = &mut self.state.phase else { return None };
        let seen = &self.state.seen;
        loop {
            let next = queue.pop_front()?;
            if seen.as_ref().is_none_or(|seen| !seen.contains(next)) {
                return Some(next);
            }
        }
    }

    /// Makes the neighbourhood of the centre the queue, in random order.
    fn descend(&mut self, turn: &mut Turn<'_>, centre: Arch) {
        turn.space.neighbours(centre, &mut self.buffer);
        turn.rng.shuffle(&mut self.buffer);
        self.state.open.retain(|(arch, _)| *arch != centre);
        self.state.best = None;
        self.state.phase = Phase::Descend { queue: self.buffer.iter().copied().collect() };
    }

    /// The neighbourhood is used up: move to a better neighbour, to the next best architecture, or start anew.
    fn advance(&mut self, turn: &mut Turn<'_>) {
        let better = match (self.state.centre, self.state.best) {
            (Some((_, centre)), Some((arch, score))) if score > centre => Some((arch, score)),
            _ => self.next_best(),
        };
        self.state.centre = better;
        match better {
            Some((arch, _)) => self.descend(turn, arch),
            None => self.state.phase = Phase::Scatter { left: self.settings.restart },
        }
    }

    /// The best trained architecture that was not a centre yet, the first trained of equals.
    fn next_best(&self) -> Option<(Arch, f64)> {
        self.state.open.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    fn draw(&mut self, turn: &mut Turn<'_>) -> Option<Arch> {
        match &self.state.seen {
            None => Some(turn.sample()),
            Some(seen) => (0..PATIENCE).map(|_| turn.sample()).find(|&arch| !seen.contains(arch)),
        }
    }

    fn choose(&mut self, turn: &mut Turn<'_>) -> Option<Arch> {
        loop {
            match (&self.state.phase, self.state.centre) {
                (Phase::Scatter { left: 0 }, Some((centre, _))) => self.descend(turn, centre),
                (Phase::Scatter { .. }, _) => return self.draw(turn),
                (Phase::Descend { .. }, _) => match self.next_neighbour() {
                    Some(next) => return Some(next),
                    None if turn.running > 0 => return None, // an answer that is still to come may be better
                    None => self.advance(turn),
                },
            }
        }
    }
}

impl Strategy for Run {
    fn ask(&mut self, turn: &mut Turn<'_>) -> Option<Ask> {
        let arch = self.choose(turn)?;
        if let Some(seen) = &mut self.state.seen {
            seen.insert(arch);
        }
        Some(Ask { arch })
    }

    fn tell(&mut self, told: &Told) {
        let answer = (told.arch, told.score);
        if self.settings.at_optimum == AtOptimum::NextBest {
            self.state.open.push(answer);
        }
        let better = |than: Option<(Arch, f64)>| than.is_none_or(|(_, score)| told.score > score);
        match &mut self.state.phase {
            Phase::Scatter { left } => {
                *left = left.saturating_sub(1);
                if better(self.state.centre) {
                    self.state.centre = Some(answer);
                }
            }
            Phase::Descend { queue } => {
                if better(self.state.best) {
                    self.state.best = Some(answer);
                }
                if self.settings.first_improvement && better(self.state.centre) {
                    queue.clear();
                }
            }
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StrategyError> {
        self.state = decode(state)?;
        Ok(())
    }
}
