//! What the table calls what the publication measured: schedules, tasks and metrics.

use crate::table::{Direction, ElementType};

/// A schedule: a training of its own, of this many epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    pub place: usize,
    pub epochs: u32,
}

/// The names of the schedules, the shortest first, with their epochs and NAS-Bench-201's own key.
pub(super) const SCHEDULES: [(&str, u32, &str); 4] =
    [("01", 1, "01"), ("12", 12, "less"), ("90", 90, "90"), ("200", 200, "full")];

impl Schedule {
    /// The schedule that a file calls `key`.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        let place = SCHEDULES.iter().position(|(name, _, old)| *name == key || *old == key)?;
        Some(Self { place, epochs: SCHEDULES[place].1 })
    }
}

/// A metric of a task, and where a file holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    pub task: &'static str,
    pub name: &'static str,
    /// What the publication calls the data it was trained on.
    pub dataset: &'static str,
    pub what: What,
    pub split: &'static str,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Accuracy on the images that were trained on, after each epoch.
    TrainAcc,
    /// Loss on the images that were trained on.
    TrainLoss,
    /// Accuracy on a set.
    Acc(&'static str),
    /// Loss on a set.
    Loss(&'static str),
    /// What the publication gives equally for all seeds.
    Shared(Shared),
}

/// What is one number for all seeds of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// Seconds from the beginning of the training to the end of each epoch.
    TrainSeconds,
    /// Seconds of one evaluation on a set, the mean of those up to each epoch.
    EachSeconds(&'static str),
    /// The same after the last epoch.
    LastSeconds(&'static str),
    /// Millions of parameters.
    Params,
    /// Millions of operations.
    Flops,
    /// Seconds for a batch of 256.
    Latency,
}

impl What {
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::TrainAcc | Self::Acc(_) => "percent",
            Self::TrainLoss | Self::Loss(_) => "nats",
            Self::Shared(Shared::Params | Shared::Flops) => "millions",
            Self::Shared(_) => "seconds",
        }
    }

    pub(super) fn direction(self) -> Direction {
        match self {
            Self::TrainAcc | Self::Acc(_) => Direction::Maximise,
            _ => Direction::Minimise,
        }
    }

    /// Accuracies are counts of at most 50,000 images and losses were computed in single precision; seconds are sums of many epochs.
    pub(super) fn element(self) -> ElementType {
        match self {
            Self::Shared(_) => ElementType::F64,
            _ => ElementType::F32,
        }
    }
}

const VALID: &str = "trained on train, measured on valid";
const TEST: &str = "trained on train, measured on test";
const TRAIN: &str = "trained on train, measured on train";
const SECONDS: &str = "trained on train";
const ALL_TEST: &str = "trained on train and valid, measured on test";
const ALL_TRAIN: &str = "trained on train and valid, measured on train and valid";
const ALL_SECONDS: &str = "trained on train and valid";
const UNION: &str = "trained on train, measured on test and valid together";

const fn metric(
    task: &'static str,
    dataset: &'static str,
    name: &'static str,
    what: What,
    split: &'static str,
) -> Definition {
    Definition { task, name, dataset, what, split }
}

/// The metrics of cifar10: validation by networks trained on one half of the training images, test by networks trained on all.
const fn cifar10(name: &'static str, what: What, split: &'static str) -> Definition {
    metric("cifar10", "cifar10-valid", name, what, split)
}

const fn cifar10_all(name: &'static str, what: What, split: &'static str) -> Definition {
    metric("cifar10", "cifar10", name, what, split)
}

const fn cifar100(name: &'static str, what: What, split: &'static str) -> Definition {
    metric("cifar100", "cifar100", name, what, split)
}

const fn imagenet(name: &'static str, what: What, split: &'static str) -> Definition {
    metric("ImageNet16-120", "ImageNet16-120", name, what, split)
}

/// All metrics, task by task, in the order of the table.
pub(super) const DEFINITIONS: &[Definition] = &[
    cifar10("valid_acc", What::Acc("x-valid"), VALID),
    cifar10_all("test_acc", What::Acc("ori-test"), ALL_TEST),
    cifar10("test_acc_half", What::Acc("ori-test"), TEST),
    cifar10("train_acc", What::TrainAcc, TRAIN),
    cifar10_all("train_acc_all", What::TrainAcc, ALL_TRAIN),
    cifar10("valid_loss", What::Loss("x-valid"), VALID),
    cifar10_all("test_loss", What::Loss("ori-test"), ALL_TEST),
    cifar10("test_loss_half", What::Loss("ori-test"), TEST),
    cifar10("train_loss", What::TrainLoss, TRAIN),
    cifar10_all("train_loss_all", What::TrainLoss, ALL_TRAIN),
    cifar10("train_seconds", What::Shared(Shared::TrainSeconds), SECONDS),
    cifar10_all("train_seconds_all", What::Shared(Shared::TrainSeconds), ALL_SECONDS),
    cifar10("valid_seconds", What::Shared(Shared::EachSeconds("x-valid")), VALID),
    cifar10_all("test_seconds", What::Shared(Shared::LastSeconds("ori-test")), ALL_TEST),
    cifar10("test_seconds_half", What::Shared(Shared::LastSeconds("ori-test")), TEST),
    cifar10("params", What::Shared(Shared::Params), ""),
    cifar10_all("params_all", What::Shared(Shared::Params), ""),
    cifar10("flops", What::Shared(Shared::Flops), ""),
    cifar10_all("flops_all", What::Shared(Shared::Flops), ""),
    cifar10("latency", What::Shared(Shared::Latency), ""),
    cifar10_all("latency_all", What::Shared(Shared::Latency), ""),
    cifar100("valid_acc", What::Acc("x-valid"), VALID),
    cifar100("test_acc", What::Acc("x-test"), TEST),
    cifar100("valtest_acc", What::Acc("ori-test"), UNION),
    cifar100("train_acc", What::TrainAcc, TRAIN),
    cifar100("valid_loss", What::Loss("x-valid"), VALID),
    cifar100("test_loss", What::Loss("x-test"), TEST),
    cifar100("valtest_loss", What::Loss("ori-test"), UNION),
    cifar100("train_loss", What::TrainLoss, TRAIN),
    cifar100("train_seconds", What::Shared(Shared::TrainSeconds), SECONDS),
    cifar100("valid_seconds", What::Shared(Shared::EachSeconds("x-valid")), VALID),
    cifar100("test_seconds", What::Shared(Shared::LastSeconds("x-test")), TEST),
    cifar100("valtest_seconds", What::Shared(Shared::LastSeconds("ori-test")), UNION),
    cifar100("params", What::Shared(Shared::Params), ""),
    cifar100("flops", What::Shared(Shared::Flops), ""),
    cifar100("latency", What::Shared(Shared::Latency), ""),
    imagenet("valid_acc", What::Acc("x-valid"), VALID),
    imagenet("test_acc", What::Acc("x-test"), TEST),
    imagenet("valtest_acc", What::Acc("ori-test"), UNION),
    imagenet("train_acc", What::TrainAcc, TRAIN),
    imagenet("valid_loss", What::Loss("x-valid"), VALID),
    imagenet("test_loss", What::Loss("x-test"), TEST),
    imagenet("valtest_loss", What::Loss("ori-test"), UNION),
    imagenet("train_loss", What::TrainLoss, TRAIN),
    imagenet("train_seconds", What::Shared(Shared::TrainSeconds), SECONDS),
    imagenet("valid_seconds", What::Shared(Shared::EachSeconds("x-valid")), VALID),
    imagenet("test_seconds", What::Shared(Shared::LastSeconds("x-test")), TEST),
    imagenet("valtest_seconds", What::Shared(Shared::LastSeconds("ori-test")), UNION),
    imagenet("params", What::Shared(Shared::Params), ""),
    imagenet("flops", What::Shared(Shared::Flops), ""),
    imagenet("latency", What::Shared(Shared::Latency), ""),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_metric_stands_once_and_tasks_are_not_mixed() {
        let mut seen = HashSet::new();
        assert!(DEFINITIONS.iter().all(|definition| seen.insert((definition.task, definition.name))));
        let tasks: Vec<&str> = DEFINITIONS.iter().map(|definition| definition.task).collect();
        let runs = tasks.chunk_by(|a, b| a == b).count();
        assert_eq!(runs, 3);
        assert_eq!(Schedule::of_key("less"), Schedule::of_key("12"));
        assert_eq!(Schedule::of_key("full").map(|schedule| schedule.epochs), Some(200));
        assert_eq!(Schedule::of_key("13"), None);
    }
}
