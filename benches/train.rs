//! What a training step costs: beside PyTorch (`scripts/bench-train` runs both), and what the loop adds to its steps.

use std::ops::ControlFlow;
use std::time::Duration;

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use nasreplay::base::{Key, Rng};
use nasreplay::space::SpaceSpec;
use nasreplay::trainer::data::{DataSet, View};
use nasreplay::trainer::net::{Graph, Network};
use nasreplay::trainer::{Evaluate, EvaluateWord, Model, Recipe, State, Targets, Training};

const CELL: &str = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|";

/// A network with what it learns from and how.
struct Case {
    name: &'static str,
    graph: Graph,
    data: DataSet,
    recipe: Recipe,
}

fn case(name: &'static str, space: SpaceSpec, arch: &str, network: Network, data: &str, recipe: &str) -> Case {
    let space = space.build().unwrap();
    let data = DataSet::embedded(data).unwrap();
    let arch = space.parse(arch).unwrap();
    let graph = network.graph(space.as_ref(), arch, data.shape(), data.classes).unwrap();
    Case { name, graph, data, recipe: Recipe::preset(recipe).unwrap() }
}

fn cases() -> Vec<Case> {
    let mlp = SpaceSpec::Mlp(Default::default());
    let published = Network::Nasbench201 { channels: 16, cells: 1 };
    vec![
        case("mlp 64-64", mlp, "relu:64-64", Network::Mlp, "digits", "mlp-50"),
        case("micro cell", SpaceSpec::Cell201, CELL, Network::Micro { channels: 8 }, "fashion-mnist-8x8", "micro-6"),
        case("nasbench201 C16 N1", SpaceSpec::Cell201, CELL, published, "digits", "micro-6"),
    ]
}

/// Runs on one thread, as trainings do.
fn alone<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(work)
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for case in cases() {
        let Case { graph, data, recipe, .. } = &case;
        let mut batch = Vec::new();
        data.batch(&data.train, (0..recipe.batch).map(|image| (image, View::default())), &mut batch);
        let targets = Targets { labels: &data.train.labels[..recipe.batch], classes: data.classes, smoothing: 0.0 };
        let model = Model::new(graph, recipe, &Device::flex());
        let mut state = State::draw(graph, recipe, &mut Rng::new(Key::derive(0, "bench", &[], 0)));
        group.bench_function(case.name, |bencher| {
            alone(|| bencher.iter(|| model.step(&mut state, &batch, &targets, 0.01)));
        });
    }
}

/// An epoch of the loop (order, batches, steps, evaluation of validation and test images at its end) beside its steps.
fn epochs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("epoch");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for case in cases().into_iter().take(2) {
        let recipe = Recipe { epochs: 1, evaluate: Evaluate::Word(EvaluateWord::Last), ..case.recipe };
        let training =
            Training { graph: &case.graph, data: &case.data, recipe: &recipe, seed: 0, arch: "bench", replicate: 0 };
        group.bench_function(case.name, |bencher| {
            alone(|| {
                bencher.iter(|| training.run(training.begin(), &Device::flex(), &mut |_| ControlFlow::Continue(())))
            });
        });
    }
}

criterion_group!(benches, steps, epochs);
criterion_main!(benches);
