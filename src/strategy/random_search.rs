//! Random search: architectures drawn from the benchmark's sampler (Bergstra and Bengio, JMLR 2012; as a NAS baseline, Li and
//! Talwalkar, UAI 2019).

use serde::{Deserialize, Serialize};

use super::registry::{Preset, Settings, Start};
use super::seen::Seen;
use super::{Ask, Strategy, StrategyError, Told, Turn, decode, encode};
use crate::space::Space;

/// How many draws in a row may meet known architectures before a run without repetition stops asking.
const PATIENCE: u32 = 10_000;

/// Settings of random search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomSearch {
    /// Whether an architecture may be drawn again.
    pub repeats: bool,
}

impl Default for RandomSearch {
    fn default() -> Self {
        Self { repeats: true }
    }
}

pub(super) const SUMMARY: &str = "architectures drawn at random, each independent of all others";
pub(super) const SOURCE: &str = "Bergstra and Bengio, JMLR 13 (2012)";

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "random-search@nasbench",
        settings: || Settings::RandomSearch(RandomSearch { repeats: true }),
        source: "google-research/nasbench, NASBench.ipynb",
        notes: "the notebook draws random matrices until one is valid: that is the sampler of a NAS-Bench-101 benchmark, not of the strategy",
    },
    Preset {
        name: "random-search@nas-benchmarks",
        settings: || Settings::RandomSearch(RandomSearch { repeats: true }),
        source: "automl/nas_benchmarks, experiment_scripts/run_random_search.py",
        notes: "with duplicates; the code charges nothing for invalid architectures: set `missing = \"skip\"` and `invalid = \"penalise\"` in the benchmark",
    },
    Preset {
        name: "random-search@nats-bench",
        settings: || Settings::RandomSearch(RandomSearch { repeats: true }),
        source: "D-X-Y/AutoDL-Projects, exps/NATS-algos/random_wo_share.py",
        notes: "for its protocol set the objective's schedule to 12 epochs and a budget of 20,000, 40,000 or 120,000 seconds on the three data sets; no deviation known",
    },
    Preset {
        name: "random-search@naslib",
        settings: || Settings::RandomSearch(RandomSearch { repeats: true }),
        source: "automl/NASLib, naslib/optimizers/discrete/rs",
        notes: "with duplicates; no deviation known",
    },
    Preset {
        name: "random-search@naszilla",
        settings: || Settings::RandomSearch(RandomSearch { repeats: false }),
        source: "naszilla/naszilla, naszilla/nas_algorithms.py",
        notes: "the code tells architectures apart by the hash of their paths, which takes some different cells for one; here every architecture of the space is its own",
    },
    Preset {
        name: "random-search@nni",
        settings: || Settings::RandomSearch(RandomSearch { repeats: false }),
        source: "microsoft/nni, nas/strategy/bruteforce.py",
        notes: "without duplicates, as its `dedup = True`",
    },
];

/// A run of random search.
pub struct Run {
    seen: Option<Seen>,
}

impl Start for RandomSearch {
    type Run = Run;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn start(&self, space: &dyn Space) -> Run {
        Run { seen: (!self.repeats).then(|| Seen::new(space.size())) }
    }
}

impl Strategy for Run {
    #[inline]
    fn ask(&mut self, turn: &mut Turn<'_>) -> Option<Ask> {
        let Some(seen) = &mut self.seen else { return Some(Ask { arch: turn.sample() }) };
        let new = (0..PATIENCE).map(|_| turn.sample()).find(|&arch| seen.insert(arch));
        new.map(|arch| Ask { arch })
    }

    #[inline]
    fn tell(&mut self, _: &Told) {}

    fn save(&self) -> Vec<u8> {
        encode(&self.seen)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StrategyError> {
        self.seen = decode(state)?;
        Ok(())
    }
}
