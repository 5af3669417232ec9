//! What a user of the table should know of the publication.

use super::columns::{Columns, Tally};
use super::meta::{Kind, Meta};
use crate::base::counted;
use crate::space::Cell201;

/// Where the numbers come from, and what the table is called.
pub(super) fn names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Topology => (
            "NAS-Bench-201 (Dong and Yang, ICLR 2020) / NATS-Bench topology search space (Dong et al., TPAMI 2021), as published",
            "nats-tss",
        ),
        Kind::Size => ("NATS-Bench size search space (Dong et al., TPAMI 2021), as published", "nats-sss"),
    }
}

const BOTH: [&str; 9] = [
    "cifar10: valid_acc, train_acc, losses and train_seconds belong to networks trained on 25,000 images (the publication's `cifar10-valid`), test_acc to networks trained on all 50,000 (its `cifar10`), as the publication reports the pair; `test_acc_half` is the test accuracy of the former, 3 to 4 points lower, and names that end with `_all` belong to the latter",
    "cifar100 and ImageNet16-120: valid_acc and test_acc are measured on two halves of the official test set, `valtest_acc` on the whole of it",
    "train_seconds are sums from the first epoch; the publication sets the seconds of every epoch and seed of a training to one measured value, so they are kept once for all seeds",
    "valid_seconds are the seconds of one evaluation: train_seconds + valid_seconds is what the publication's simulate_train_eval charges; test_seconds and valtest_seconds stand at the last epoch only",
    "params and flops are in millions, latency in seconds for a batch of 256; where the printed sizes of seeds differ, seed 888's is taken, as the publication's program does (D-X-Y/NATS-Bench, issue 36)",
    "accuracies are counts of at most 50,000 images and losses were computed in single precision: both are kept in single precision, seconds and sizes in double",
    "top-5 accuracies are not kept: the publication's program does not answer them, and the 200-epoch schedule lacks them",
    "epochs count finished epochs from 1; the publication counts from 0",
    "missing trainings are NaN; nothing was imputed",
];

const TOPOLOGY: [&str; 4] = [
    "schedules 12 and 200 are separate trainings (NAS-Bench-201's `less` and `full`)",
    "schedule 200: valid_acc and test_acc of cifar100 and ImageNet16-120, and test_acc_half, were published after the last epoch only; their curves are valtest_acc. simulate_train_eval answers with valtest_acc at earlier epochs, half of which is test data",
    "schedule 12: seeds 111 and 777 for validation on cifar10, 111 elsewhere; schedule 200: in NATS-tss-v1_0-3ffb9, 8,169 architectures have seeds 777, 888 and 999, 7,456 have no 999; NAS-Bench-201-v1_1 has one to three",
    "all 15,625 cells were trained, though many are one network: rows are not merged",
];

const SIZE: [&str; 2] = [
    "schedules 01, 12 and 90 are separate trainings: 01 is not the first epoch of 12",
    "the cell is the same everywhere, |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|; c1 to c5 are the channels of its five stages",
];

/// All notes, the general ones first.
pub(super) fn notes(meta: &Meta, columns: &Columns) -> Vec<String> {
    let of_kind: &[&str] = if meta.kind == Kind::Topology { &TOPOLOGY } else { &SIZE };
    let mut notes: Vec<String> = BOTH.iter().chain(of_kind).map(|note| (*note).to_owned()).collect();
    notes.push(format!(
        "{} of {} architectures were there; the other rows are empty",
        columns.found(),
        meta.archs.len()
    ));
    notes.extend(tally(&columns.tally));
    if meta.kind == Kind::Topology {
        notes.push(sizes(meta, columns));
    }
    notes
}

fn tally(tally: &Tally) -> Vec<String> {
    let lines = [
        (tally.seeds_differ, "seconds, size or latency of the seeds differ, and their mean was kept"),
        (tally.patched, "the sizes of the seeds differ, and seed 888's was kept"),
        (tally.seconds_change, "the seconds of an epoch change during a training"),
    ];
    let mut notes: Vec<String> = lines
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("in {} {what}", counted(*count, "row")))
        .collect();
    if tally.infinite > 0 {
        notes.push(format!("{} that are infinite were left out", counted(tally.infinite, "number")));
    }
    notes
}

/// Compares the published parameters with the network's definition.
fn sizes(meta: &Meta, columns: &Columns) -> String {
    let classes = |task: &str| match task {
        "cifar100" => 100,
        "ImageNet16-120" => 120,
        _ => 10,
    };
    let differs = |&(row, task, millions): &(usize, &str, f64)| {
        (millions * 1e6).round() != Cell201::params(meta.archs[row], classes(task)) as f64
    };
    let mut rows: Vec<usize> = columns.sizes.iter().filter(|size| differs(size)).map(|(row, ..)| *row).collect();
    rows.sort_unstable();
    rows.dedup();
    format!("params differ from the count by the network's definition in {}", counted(rows.len(), "row"))
}
