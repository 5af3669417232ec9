//! What logits score against labels: cross entropy with its gradient, accuracy, and the margin score.

/// What a batch should give.
pub struct Targets<'a> {
    /// A class for each image.
    pub labels: &'a [u16],
    /// The number of classes.
    pub classes: usize,
    /// How much of a target is shared among all classes alike.
    pub smoothing: f64,
}

/// Sums over images.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Images.
    pub images: u64,
    /// Of them classified right.
    pub correct: u64,
    /// Sum of the cross entropies, in nats.
    pub loss: f64,
    /// Sum of the margin scores 1 / (1 + exp(-m)), m the logit of the true class minus the largest other one.
    pub margin: f64,
}

impl Targets<'_> {
    /// The number of images.
    #[allow(clippy::len_without_is_empty)] // a batch has images
    pub fn len(&self) -> usize {
        self.labels.len()
    }
}

impl Score {
    /// Adds another sum.
    pub fn add(&mut self, other: Self) {
        self.images += other.images;
        self.correct += other.correct;
        self.loss += other.loss;
        self.margin += other.margin;
    }

    /// The share that was classified right.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }

    /// The mean cross entropy.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.images as f64
    }

    /// The mean margin score.
    pub fn margin_score(&self) -> f64 {
        self.margin / self.images as f64
    }
}

/// Scores logits `[images, classes]`.
pub fn score(logits: &[f32], targets: &Targets) -> Score {
    let mut total = Score::default();
    for (row, &label) in logits.chunks_exact(targets.classes).zip(targets.labels) {
        total.add(score_row(row, usize::from(label), log_sum(row), targets));
    }
    total
}

/// Scores logits `[images, classes]` and gives the gradient of the mean cross entropy by them.
pub fn score_and_gradient(logits: &[f32], targets: &Targets) -> (Score, Vec<f32>) {
    let mut total = Score::default();
    let mut gradient = Vec::with_capacity(logits.len());
    let share = targets.smoothing / targets.classes as f64;
    let each = 1.0 / targets.len() as f64;
    for (row, &label) in logits.chunks_exact(targets.classes).zip(targets.labels) {
        let label = usize::from(label);
        let log_sum = log_sum(row);
        total.add(score_row(row, label, log_sum, targets));
        gradient.extend(row.iter().enumerate().map(|(class, &logit)| {
            let target = share + if class == label { 1.0 - targets.smoothing } else { 0.0 };
            (each * (libm::exp(f64::from(logit) - log_sum) - target)) as f32
        }));
    }
    (total, gradient)
}

/// The logarithm of the sum of the exponentials.
fn log_sum(row: &[f32]) -> f64 {
    let largest = row.iter().fold(f64::NEG_INFINITY, |largest, &logit| largest.max(f64::from(logit)));
    largest + libm::log(row.iter().map(|&logit| libm::exp(f64::from(logit) - largest)).sum())
}

fn score_row(row: &[f32], label: usize, log_sum: f64, targets: &Targets) -> Score {
    let own = f64::from(row[label]);
    let rivals = row.iter().enumerate().filter(|(class, _)| *class != label);
    let rival = rivals.clone().fold(f64::NEG_INFINITY, |best, (_, &logit)| best.max(f64::from(logit)));
    let first_of_equals = rivals.take_while(|(class, _)| *class < label).all(|(_, &logit)| f64::from(logit) < own);
    let mean = row.iter().map(|&logit| f64::from(logit)).sum::<f64>() / targets.classes as f64;
    Score {
        images: 1,
        correct: u64::from(own >= rival && first_of_equals),
        loss: log_sum - (1.0 - targets.smoothing) * own - targets.smoothing * mean,
        margin: 1.0 / (1.0 + libm::exp(rival - own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 6] = [1.0, 2.0, -1.0, 0.5, 0.5, 0.0];

    fn targets(smoothing: f64) -> Targets<'static> {
        Targets { labels: &[1, 1], classes: 3, smoothing }
    }

    #[test]
    fn scores_are_as_defined() {
        let total = score(&LOGITS, &targets(0.0));
        let softmax = |row: &[f64; 3], class: usize| row[class].exp() / row.iter().map(|x| x.exp()).sum::<f64>();
        let expected = -softmax(&[1.0, 2.0, -1.0], 1).ln() - softmax(&[0.5, 0.5, 0.0], 1).ln();
        assert!((total.loss - expected).abs() < 1e-12);
        assert_eq!((total.images, total.correct), (2, 1)); // of equal logits the first class is the answer
        let margins = 1.0 / (1.0 + (-1.0f64).exp()) + 0.5;
        assert!((total.margin - margins).abs() < 1e-12);
    }

    #[test]
    fn gradients_are_those_of_the_mean_loss() {
        for smoothing in [0.0, 0.1] {
            let (_, gradient) = score_and_gradient(&LOGITS, &targets(smoothing));
            for place in 0..LOGITS.len() {
                let at = |step: f32| {
                    let mut logits = LOGITS;
                    logits[place] += step;
                    score(&logits, &targets(smoothing)).loss / 2.0
                };
                let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
                assert!((slope - f64::from(gradient[place])).abs() < 1e-4, "{place}: {slope} {}", gradient[place]);
            }
        }
    }
}
