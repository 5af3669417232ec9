//! The training loop: epochs, batches, evaluation, divergence; the same bits whatever runs beside it.

use std::ops::ControlFlow;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::data::{DataSet, Images, View};
use super::loss::{Score, Targets};
use super::model::{Frozen, Model, State};
use super::net::Graph;
use super::outcome::{Measured, Outcome};
use super::recipe::Recipe;
use crate::base::{Key, Rng, Stopwatch};

/// Images a batch of evaluation.
const EVALUATED: usize = 500;

/// One training: a network, what it learns from, and how.
pub struct Training<'a> {
    /// The network.
    pub graph: &'a Graph,
    /// The images.
    pub data: &'a DataSet,
    /// How it is trained.
    pub recipe: &'a Recipe,
    /// What all random streams are derived from.
    pub seed: u64,
    /// The architecture's name, which keys the initial weights.
    pub arch: &'a str,
    /// Which of the architecture's trainings it is, from 0; it keys weights, data order and augmentation.
    pub replicate: u32,
}

/// A training between two epochs: enough to continue it with the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Finished epochs.
    pub epochs: u32,
    /// Weights, and what the optimizer remembers.
    pub state: State,
    /// What was measured so far.
    pub measured: Vec<Measured>,
    /// Measured seconds of training so far.
    pub train_seconds: f64,
    /// The epoch in which it diverged, counted from 1.
    pub diverged: Option<u32>,
}

impl Training<'_> {
    /// A training that has not begun: its initial weights.
    pub fn begin(&self) -> Progress {
        let key = Key::derive(self.seed, "train-weights", &[self.arch], u64::from(self.replicate));
        let state = State::draw(self.graph, self.recipe, &mut Rng::new(key));
        Progress { epochs: 0, state, measured: Vec::new(), train_seconds: 0.0, diverged: None }
    }

    /// Trains to the end, or until `each_epoch` breaks; `None` where it did.
    pub fn run(
        &self,
        mut progress: Progress,
        device: &Device,
        each_epoch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Option<Outcome> {
        let model = Model::new(self.graph, self.recipe, device);
        let evaluated = self.recipe.evaluated();
        while progress.epochs < self.recipe.epochs && progress.diverged.is_none() {
            self.epoch(&model, &mut progress, &evaluated);
            if each_epoch(&progress).is_break() {
                return None;
            }
        }
        let Progress { measured, diverged, state, .. } = progress;
        let weights = state.weights.iter().flatten().map(Vec::as_slice);
        let digest = Outcome::digest(&measured, diverged, weights);
        Some(Outcome { measured, diverged, digest })
    }

    /// Trains an epoch and, where the recipe says so, evaluates.
    fn epoch(&self, model: &Model, progress: &mut Progress, evaluated: &[u32]) {
        let started = if *model.device() == Device::flex() { Stopwatch::processor() } else { Stopwatch::wall() };
        let trained = self.train_epoch(model, progress);
        progress.train_seconds += started.elapsed().as_secs_f64();
        progress.epochs += 1;
        let Some(score) = trained.filter(|_| progress.state.is_finite()) else {
            progress.diverged = Some(progress.epochs);
            return;
        };
        if !evaluated.contains(&progress.epochs) {
            return;
        }
        let frozen = model.freeze(&progress.state);
        let valid = self.evaluate(model, &frozen, &self.data.valid);
        let test = self.evaluate(model, &frozen, &self.data.test);
        let numbers = [valid.mean_loss(), valid.margin_score(), test.mean_loss(), test.margin_score()];
        if !numbers.iter().all(|number| number.is_finite()) {
            progress.diverged = Some(progress.epochs);
            return;
        }
        progress.measured.push(Measured {
            epoch: progress.epochs,
            train_loss: score.mean_loss(),
            train_acc: score.accuracy(),
            valid_loss: valid.mean_loss(),
            valid_acc: valid.accuracy(),
            margin_score: valid.margin_score(),
            test_loss: test.mean_loss(),
            test_acc: test.accuracy(),
            train_seconds: progress.train_seconds,
        });
    }

    /// The score of an epoch's batches, each before its step; `None` where a loss is not finite: nothing can be learned from there on.
    fn train_epoch(&self, model: &Model, progress: &mut Progress) -> Option<Score> {
        let (order, views) = self.order(progress.epochs);
        let size = self.recipe.batch;
        let batches = self.batches() as u64;
        let (mut total, mut pixels, mut labels) = (Score::default(), Vec::new(), Vec::new());
        for (place, images) in order.chunks(size).take(batches as usize).enumerate() {
            let views = &views[place * size..];
            let seen = images.iter().zip(views).map(|(&image, &view)| (image, view));
            self.data.batch(&self.data.train, seen, &mut pixels);
            labels.clear();
            labels.extend(images.iter().map(|&image| self.data.train.labels[image]));
            let targets = self.targets(&labels, self.recipe.label_smoothing);
            let batch = u64::from(progress.epochs) * batches + place as u64;
            let rate = self.recipe.rate(batch, batches * u64::from(self.recipe.epochs));
            let score = model.step(&mut progress.state, &pixels, &targets, rate);
            if !score.mean_loss().is_finite() {
                return None;
            }
            total.add(score);
        }
        Some(total)
    }

    /// The order of an epoch's images and how each is seen: drawn for the replicate, alike for all architectures.
    pub(super) fn order(&self, epoch: u32) -> (Vec<usize>, Vec<View>) {
        let number = u64::from(self.replicate) << 32 | u64::from(epoch);
        let stream = |purpose| Rng::new(Key::derive(self.seed, purpose, &[&self.data.name], number));
        let mut order: Vec<usize> = (0..self.data.train.len()).collect();
        stream("train-order").shuffle(&mut order);
        let mut rng = stream("train-view");
        let padding = self.recipe.crop_padding;
        let mut view = || {
            let flip = self.recipe.flip > 0.0 && rng.unit() < self.recipe.flip;
            let mut shift =
                || if padding == 0 { 0 } else { rng.below(2 * padding as u32 + 1) as isize - padding as isize };
            View { flip, shift: [shift(), shift()] }
        };
        let views = order.iter().map(|_| view()).collect();
        (order, views)
    }

    /// The number of batches of an epoch; at least one.
    pub(super) fn batches(&self) -> usize {
        let (images, size) = (self.data.train.len(), self.recipe.batch);
        if self.recipe.drop_last { (images / size).max(1) } else { images.div_ceil(size) }
    }

    fn evaluate(&self, model: &Model, frozen: &Frozen, images: &Images) -> Score {
        let (mut total, mut pixels) = (Score::default(), Vec::new());
        for from in (0..images.len()).step_by(EVALUATED) {
            let places = from..images.len().min(from + EVALUATED);
            self.data.batch(images, places.clone().map(|place| (place, View::default())), &mut pixels);
            total.add(model.evaluate(frozen, &pixels, &self.targets(&images.labels[places], 0.0)));
        }
        total
    }

    fn targets<'t>(&self, labels: &'t [u16], smoothing: f64) -> Targets<'t> {
        Targets { labels, classes: self.data.classes, smoothing }
    }
}
