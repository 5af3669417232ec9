//! Laws that hold for every strategy, preset and space.

mod common;

use nasreplay::base::{Key, Nanos, Rng};
use nasreplay::space::{Arch, Choice, SPACES, Space, SpaceSpec, Value};
use nasreplay::strategy::{KINDS, Sampler, Settings, Strategy, Told, Turn};
use proptest::prelude::*;
use std::sync::Arc;

const TRIALS: u32 = 200;

/// The defaults and all presets of all kinds.
fn all_settings() -> Vec<(String, Settings)> {
    let kinds = KINDS.iter().map(|kind| (kind.name.to_owned(), (kind.defaults)()));
    let presets =
        KINDS.iter().flat_map(|kind| kind.presets).map(|preset| (preset.name.to_owned(), (preset.settings)()));
    kinds.chain(presets).collect()
}

fn spaces() -> Vec<Arc<dyn Space>> {
    let values = |count| (0..count).map(Value::Int).collect();
    let choice = |name: &str, count| Choice { name: name.into(), values: values(count), ordinal: false };
    let mixed = vec![choice("a", 7), choice("b", 1), choice("c", 2), choice("d", 31)];
    let huge = (0..12).map(|place| choice(&format!("c{place}"), 33)).collect();
    let choices = |choice| SpaceSpec::Choices { separator: "-".into(), choice };
    let named = SPACES.iter().filter_map(|(name, _)| SpaceSpec::named(name));
    named.chain([choices(mixed), choices(huge)]).map(|spec| spec.build().unwrap()).collect()
}

/// A made-up score: a smooth slope with ripples.
fn score(space: &dyn Space, arch: Arch) -> f64 {
    arch.digits(space.radices()).iter().map(|&digit| f64::from(digit * digit % 11)).sum()
}

fn turn<'a>(space: &'a dyn Space, rng: &'a mut Rng, trial: u32) -> Turn<'a> {
    Turn { space, sampler: Sampler::Space, rng, trial, clock: Nanos(0), running: 0 }
}

/// Drives a strategy for some trials; stops early when it has nothing to ask.
fn drive(strategy: &mut dyn Strategy, space: &dyn Space, rng: &mut Rng, trials: std::ops::Range<u32>) -> Vec<Arch> {
    let mut asked = Vec::new();
    for trial in trials {
        let Some(ask) = strategy.ask(&mut turn(space, rng, trial)) else { break };
        strategy.tell(&Told { trial, arch: ask.arch, score: score(space, ask.arch), cost: Nanos(1) });
        asked.push(ask.arch);
    }
    asked
}

fn stream(number: u64) -> Rng {
    Rng::new(Key::derive(7, "laws", &[], number))
}

#[test]
fn same_seed_same_trajectory_and_inside_the_space() {
    for (name, settings) in all_settings() {
        for space in spaces() {
            let run = |number| drive(&mut *settings.start(&*space), &*space, &mut stream(number), 0..TRIALS);
            let first = run(1);
            assert_eq!(first, run(1), "{name}");
            assert_ne!(first, run(2), "{name} does not listen to its random stream");
            assert!(first.iter().all(|arch| arch.0 < space.size()), "{name} left the space");
            assert_eq!(first.len(), TRIALS as usize, "{name} gave up");
        }
    }
}

#[test]
fn settings_survive_a_round_trip() {
    for (name, settings) in all_settings() {
        settings.check().unwrap();
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings, "{name}");
        let toml = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&toml).unwrap(), settings, "{name}");
    }
}

#[test]
fn a_restored_state_goes_on_as_the_saved_one() {
    for (name, settings) in all_settings() {
        for space in spaces() {
            for pause in [0, 1, 9, 10, 11, 57, 130] {
                let (mut strategy, mut rng) = (settings.start(&*space), stream(3));
                drive(&mut *strategy, &*space, &mut rng, 0..pause);
                let (state, position) = (strategy.save(), rng.state());
                let whole = drive(&mut *strategy, &*space, &mut rng, pause..TRIALS);
                let mut restored = settings.start(&*space);
                restored.restore(&state).unwrap();
                let rest = drive(&mut *restored, &*space, &mut Rng::resume(&position), pause..TRIALS);
                assert_eq!(whole, rest, "{name} after {pause} trials");
                assert_eq!(strategy.save(), restored.save(), "{name} after {pause} trials");
            }
        }
    }
}

#[test]
fn a_strategy_without_repeats_never_repeats() {
    for (name, settings) in all_settings() {
        let without = serde_json::to_value(&settings).unwrap()["repeats"] == serde_json::json!(false);
        let space = SpaceSpec::Cell201.build().unwrap();
        let asked = drive(&mut *settings.start(&*space), &*space, &mut stream(4), 0..2_000);
        let distinct: std::collections::HashSet<_> = asked.iter().collect();
        assert!(!without || distinct.len() == asked.len(), "{name}");
    }
}

#[test]
fn searching_beats_drawing() {
    let space = SpaceSpec::Cell201.build().unwrap();
    let mean_best = |settings: &Settings| {
        let best = |number| {
            let asked = drive(&mut *settings.start(&*space), &*space, &mut stream(number), 0..100);
            asked.iter().map(|&arch| score(&*space, arch)).fold(f64::MIN, f64::max)
        };
        (0..200).map(best).sum::<f64>() / 200.0
    };
    let random = mean_best(&(KINDS[0].defaults)());
    let evolution = nasreplay::strategy::find_preset("regularized-evolution@nats-bench").unwrap();
    let local = nasreplay::strategy::find_preset("local-search@naszilla").unwrap();
    for preset in [evolution, local] {
        let found = mean_best(&(preset.settings)());
        assert!(found > random + 0.5, "{}: {found} against {random}", preset.name);
    }
}

#[test]
fn the_neighbourhood_is_every_single_change_once() {
    for space in spaces() {
        let changes: u32 = space.radices().iter().map(|radix| radix - 1).sum();
        let mut neighbours = Vec::new();
        let mut rng = stream(5);
        for _ in 0..50 {
            let arch = space.sample(&mut rng);
            space.neighbours(arch, &mut neighbours);
            let distinct: std::collections::HashSet<_> = neighbours.iter().collect();
            assert_eq!(neighbours.len(), distinct.len());
            let is_one_digit = ["mlp", "transnas-macro"].contains(&space.name()); // a stack of layers is one digit of many changes
            assert!(is_one_digit || neighbours.len() == changes as usize);
            let digits = arch.digits(space.radices());
            let distance =
                |other: &Arch| other.digits(space.radices()).iter().zip(&digits).filter(|(a, b)| a != b).count();
            assert!(neighbours.iter().all(|other| distance(other) == 1));
            assert!((0..20).all(|_| neighbours.contains(&space.mutate(arch, &mut rng))));
        }
    }
}

#[test]
fn mutation_reaches_every_neighbour_alike() {
    let space = SpaceSpec::Cell201.build().unwrap();
    let mut counts = std::collections::HashMap::new();
    let mut rng = stream(6);
    (0..24_000).for_each(|_| *counts.entry(space.mutate(Arch(9_999), &mut rng)).or_insert(0) += 1);
    assert_eq!(counts.len(), 24);
    assert!(counts.values().all(|count| (850..1_150).contains(count)), "{counts:?}");
}

proptest! {
    #[test]
    fn names_and_codes_go_both_ways(number in any::<u64>()) {
        for space in spaces() {
            let arch = Arch(number % space.size());
            prop_assert_eq!(space.parse(&space.write(arch)), Ok(arch));
            prop_assert_eq!(Arch::from_digits(&arch.digits(space.radices()), space.radices()), arch);
        }
    }

    #[test]
    fn no_text_breaks_a_parser(text in ".{0,80}") {
        for space in spaces() {
            if let Ok(arch) = space.parse(&text) {
                prop_assert!(arch.0 < space.size());
            }
        }
    }

    #[test]
    fn no_text_breaks_the_readers_of_files(text in "[\\[\\]a-z_= \"0-9.{}\n,]{0,200}") {
        _ = nasreplay::experiment::ExperimentSpec::parse(&text);
        _ = nasreplay::import::Mapping::parse(&text);
    }
}
