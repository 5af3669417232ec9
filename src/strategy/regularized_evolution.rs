//! Regularized (aging) evolution: Real et al., "Regularized evolution for image classifier architecture search", AAAI 2019,
//! algorithm 1.

use std::hint::select_unpredictable;

use serde::{Deserialize, Serialize};

use super::registry::{Preset, Settings, Start};
use super::seen::Seen;
use super::{Ask, Strategy, StrategyError, Told, Turn, decode, encode};
use crate::base::Rng;
use crate::space::{Arch, Space};

/// Settings of regularized evolution; the defaults are those of the paper (population 100, sample 25).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegularizedEvolution {
    /// How many of the last finished trials form the population.
    pub population: u32,
    /// How many members are drawn for a tournament; the best of them becomes the parent, the first drawn of equals.
    pub sample: u32,
    /// Whether a member can be drawn twice for one tournament.
    pub replacement: bool,
    /// How many random architectures are trained before the first tournament; the population grows from there to its size.
    /// 0 means as many as `population`.
    pub initial: u32,
    /// How a parent becomes a child.
    pub mutation: Mutation,
    /// The probability with which each choice changes under `each-choice`; 0 means 1 divided by the number of choices.
    pub probability: f64,
    /// Whether an architecture that was asked for before may be asked for again.
    pub repeats: bool,
}

/// How a parent becomes a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutation {
    /// Exactly one choice takes another value.
    OneChoice,
    /// Each choice takes another value with a probability; a child may equal its parent.
    EachChoice,
}

impl Default for RegularizedEvolution {
    fn default() -> Self {
        Self {
            population: 100,
            sample: 25,
            replacement: true,
            initial: 0,
            mutation: Mutation::OneChoice,
            probability: 0.0,
            repeats: true,
        }
    }
}

impl RegularizedEvolution {
    /// The paper's algorithm with another population and sample size.
    pub fn of(population: u32, sample: u32) -> Self {
        Self { population, sample, ..Self::default() }
    }

    /// How many random architectures are trained before the first tournament.
    fn first_trials(&self) -> u32 {
        if self.initial == 0 { self.population } else { self.initial }
    }
}

/// Members for which room is made at the start; a larger population grows into its room.
const RESERVED: u32 = 1_024;

/// How many children in a row may be known before a run without repetition stops asking.
const PATIENCE: u32 = 10_000;

pub(super) const SUMMARY: &str = "a queue of the last trials; the best of a random sample becomes the parent of a mutated child, the oldest member dies";
pub(super) const SOURCE: &str = "Real et al., AAAI 2019, algorithm 1";

fn settings(settings: RegularizedEvolution) -> Settings {
    Settings::RegularizedEvolution(settings)
}

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "regularized-evolution@nasbench",
        settings: || {
            settings(RegularizedEvolution {
                replacement: false,
                mutation: Mutation::EachChoice,
                ..RegularizedEvolution::of(50, 10)
            })
        },
        source: "google-research/nasbench, NASBench.ipynb",
        notes: "the notebook changes each of a NAS-Bench-101 cell's 21 edges with probability 1/7 and each of its 5 operations with 1/5; here each choice of the space changes with probability 1 / number of choices. For its protocol set a budget of 5e6 seconds and `overrun = \"keep\"` (it stops after the first trial over the budget); invalid children are redrawn, as `invalid` does by default",
    },
    Preset {
        name: "regularized-evolution@nas-benchmarks",
        settings: || settings(RegularizedEvolution::of(100, 10)),
        source: "automl/nas_benchmarks, experiment_scripts/run_regularized_evolution.py",
        notes: "invalid children count there with error 1 and cost 0: set `missing = \"skip\"` and `invalid = \"penalise\"` in the benchmark; 100 trials by default",
    },
    Preset {
        name: "regularized-evolution@naszilla",
        settings: || {
            settings(RegularizedEvolution {
                initial: 10,
                mutation: Mutation::EachChoice,
                ..RegularizedEvolution::of(30, 10)
            })
        },
        source: "naszilla/naszilla, naszilla/nas_algorithms.py",
        notes: "the code changes each of a NAS-Bench-101 cell's edges with probability 1/21 and each operation with 1/5; here each choice changes with probability 1 / number of choices. The code's population stays at 29 and a run makes one trial more than its 150; neither is reproduced. It scores by the mean of the distinct replicates: `replicate = \"mean\"` is the nearest, over all of them",
    },
    Preset {
        name: "regularized-evolution@nats-bench",
        settings: || settings(RegularizedEvolution::of(10, 3)),
        source: "D-X-Y/AutoDL-Projects, exps/NATS-algos/regularized_ea.py",
        notes: "in the size space the code may 'change' a channel to the value it has; here a changed choice always takes another value. For its protocol set the objective's schedule to 12 epochs and a budget of 20,000, 40,000 or 120,000 seconds on the three data sets",
    },
    Preset {
        name: "regularized-evolution@naslib",
        settings: || settings(RegularizedEvolution::of(30, 10)),
        source: "automl/NASLib, naslib/optimizers/discrete/re",
        notes: "on NAS-Bench-101 the code changes edges with probability 1/7 and operations with 1/3; on NAS-Bench-201 one edge, as here. Its NAS-Bench-201 scores are means (`replicate = \"mean\"`), its NAS-Bench-101 scores one random replicate; 100 trials",
    },
    Preset {
        name: "regularized-evolution@nas-bench-x11",
        settings: || settings(RegularizedEvolution::of(20, 10)),
        source: "automl/nas-bench-x11, NAS-Bench-111 experiments",
        notes: "its NAS-Bench-111 space is that of NAS-Bench-101, where it mutates as NASLib does (edges with probability 1/7, operations with 1/3); here exactly one choice changes. It scores by a surrogate with noise, here by the table; 560,000 seconds",
    },
    Preset {
        name: "regularized-evolution@nni",
        settings: || {
            settings(RegularizedEvolution {
                replacement: false,
                mutation: Mutation::EachChoice,
                probability: 0.05,
                repeats: false,
                ..RegularizedEvolution::of(100, 25)
            })
        },
        source: "microsoft/nni, nas/strategy/evolution.py",
        notes: "a choice that the code changes may take the value it had; here it always takes another",
    },
    Preset {
        name: "regularized-evolution@aw-nas",
        settings: || settings(RegularizedEvolution::of(100, 10)),
        source: "walkerning/aw_nas, controller/evo.py, the generic and NAS-Bench-101 configurations",
        notes: "`mutation_prob` is 1 there: every child is mutated, as here. Replacement in the tournament is not stated by the configuration; here it is on, as in the paper. Its NAS-Bench-201 configuration with a population of 10 states no sample size and is not offered",
    },
];

/// A run of regularized evolution.
pub struct Run {
    settings: RegularizedEvolution,
    initial: u32,
    probability: f64,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    /// The population as a ring: once it is full, `oldest` is overwritten next.
    members: Vec<Member>,
    oldest: u32,
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Member {
    arch: Arch,
    score: f64,
}

impl Start for RegularizedEvolution {
    type Run = Run;

    fn check(&self) -> Result<(), String> {
        let at_least_one = |name: &str, value: u32| {
            if value == 0 { Err(format!("`{name}` is 0, expected at least 1")) } else { Ok(()) }
        };
        at_least_one("population", self.population)?;
        at_least_one("sample", self.sample)?;
        if self.initial > self.population {
            return Err(format!(
                "`initial` is {}, expected at most `population`, which is {}",
                self.initial, self.population
            ));
        }
        let first = self.first_trials();
        if !self.replacement && self.sample > first {
            return Err(format!(
                "`sample` is {}, expected at most {first}: without replacement there are no more members",
                self.sample
            ));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(format!("`probability` is {}, expected 0 to 1", self.probability));
        }
        if self.probability > 0.0 && self.mutation == Mutation::OneChoice {
            return Err("`probability` belongs to `mutation = \"each-choice\"`".into());
        }
        Ok(())
    }

    fn start(&self, space: &dyn Space) -> Run {
        let initial = self.first_trials();
        let probability = if self.probability == 0.0 { 1.0 / space.radices().len() as f64 } else { self.probability };
        let seen = (!self.repeats).then(|| Seen::new(space.size()));
        let state = State { members: Vec::with_capacity(self.population.min(RESERVED) as usize), oldest: 0, seen };
        Run { settings: self.clone(), initial, probability, state }
    }
}

impl Run {
    fn has_seen(&self, arch: Arch) -> bool {
        self.state.seen.as_ref().is_some_and(|seen| seen.contains(arch))
    }

    #[inline]
    fn propose(&self, turn: &mut Turn<'_>) -> Arch {
        if (self.state.members.len() as u32) < self.initial {
            return turn.sample();
        }
        let parent = if self.settings.replacement { self.best_drawn(turn.rng) } else { self.best_of_subset(turn.rng) };
        match self.settings.mutation {
            Mutation::OneChoice => turn.space.mutate(parent, turn.rng),
            Mutation::EachChoice => mutate_each(turn.space.radices(), parent, self.probability, turn.rng),
        }
    }

    /// The best of `sample` members drawn with replacement, the first drawn of equals.
    #[inline]
    fn best_drawn(&self, rng: &mut Rng) -> Arch {
        let members = self.state.members.as_slice();
        let mut best = members[rng.below(members.len() as u32) as usize];
        for _ in 1..self.settings.sample {
            let next = members[rng.below(members.len() as u32) as usize];
            // which one wins cannot be predicted: a branch here costs 10 ns a trial (benches/README.md)
            let better = next.score > best.score;
            best.arch = Arch(select_unpredictable(better, next.arch.0, best.arch.0));
            best.score = select_unpredictable(better, next.score, best.score);
        }
        best.arch
    }

    /// The best of `sample` different members, the first drawn of equals: the first places of a shuffle.
    fn best_of_subset(&self, rng: &mut Rng) -> Arch {
        let mut members = self.state.members.clone();
        let count = members.len();
        for place in 0..self.settings.sample as usize {
            members.swap(place, place + rng.below((count - place) as u32) as usize);
        }
        let first = members[0];
        let drawn = &members[1..self.settings.sample as usize];
        drawn.iter().fold(first, |best, &next| if next.score > best.score { next } else { best }).arch
    }
}

/// Changes each choice with a probability to another of its values, every one alike.
fn mutate_each(radices: &[u32], parent: Arch, probability: f64, rng: &mut Rng) -> Arch {
    let mut digits = parent.digits(radices);
    for (digit, &radix) in digits.iter_mut().zip(radices) {
        if radix > 1 && rng.unit() < probability {
            let step = rng.below(radix - 1);
            *digit = step + u32::from(step >= *digit);
        }
    }
    Arch::from_digits(&digits, radices)
}

impl Strategy for Run {
    #[inline]
    fn ask(&mut self, turn: &mut Turn<'_>) -> Option<Ask> {
        if self.state.seen.is_none() {
            return Some(Ask { arch: self.propose(turn) });
        }
        let child = (0..PATIENCE).map(|_| self.propose(turn)).find(|&arch| !self.has_seen(arch))?;
        self.state.seen.as_mut().map(|seen| seen.insert(child));
        Some(Ask { arch: child })
    }

    #[inline]
    fn tell(&mut self, told: &Told) {
        let member = Member { arch: told.arch, score: told.score };
        if self.state.members.len() < self.settings.population as usize {
            self.state.members.push(member);
            return;
        }
        self.state.members[self.state.oldest as usize] = member;
        self.state.oldest += 1;
        if self.state.oldest == self.settings.population {
            self.state.oldest = 0;
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
