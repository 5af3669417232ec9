//! Accuracies are counts of images: what is no whole number of them was measured on another split, averaged, rounded or mixed up.

use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, short};
use super::opened::Opened;
use crate::table::{ElementType, Table};

const SUBJECT: &str = "counts";

/// How far from a whole number of images an accuracy may lie, beyond what storing it can move: published accuracies went through 32-bit
/// floats once or twice (measured on NAS-Bench-201's: 8e-6 images; on NAS-Bench-101's: less than 1e-3).
const TOLERANCE: f64 = 1e-3;

/// Usual numbers of images, rising: what an unknown split may hold.
const USUAL: [u32; 24] = [
    1_000, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 7_500, 8_000, 9_000, 9_984, 10_000, 12_000, 12_500, 15_000,
    16_000, 20_000, 24_000, 25_000, 30_000, 40_000, 45_000, 50_000, 60_000,
];

/// Whether an accuracy counts images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counts {
    /// The column.
    pub place: Place,
    /// Measured values.
    pub values: usize,
    /// How many images the publication says, where it is known; several where it measures on one of several sets.
    pub published: Vec<u32>,
    /// The number of images of which all values are counts: the published one, or the smallest usual one that fits.
    pub images: Option<u32>,
    /// Values that are no counts of the published number of images.
    pub off: usize,
    /// The furthest that a value lies from a count of `images`, or of the published number where none fits; in images.
    pub furthest: Option<f64>,
}

/// Checks an accuracy; `None` for other metrics, averages and what was computed.
pub(super) fn counts(table: &Table, opened: &Opened) -> Option<Counts> {
    let metric = opened.metric();
    if !opened.is_accuracy() || metric.aggregated.is_some() || metric.derived.is_some() {
        return None;
    }
    let published = published_images(table, &opened.place);
    let fits = |images: &u32| opened.all_measured().all(|value| is_count(opened, value, *images));
    let usual = || USUAL.into_iter().find(fits);
    let values = opened.all_measured().count();
    let images = published.iter().copied().find(fits).or_else(usual).filter(|_| values > 0);
    let off = |images: &u32| opened.all_measured().filter(|&value| !is_count(opened, value, *images)).count();
    let least_off = published.iter().map(|images| (off(images), *images)).min();
    let judged = images.or(least_off.map(|(_, images)| images));
    let furthest = |images: u32| opened.all_measured().map(|value| distance(opened, value, images)).fold(0.0, f64::max);
    Some(Counts {
        place: opened.place.clone(),
        values,
        off: least_off.map_or(0, |(off, _)| off),
        furthest: judged.map(furthest),
        published,
        images,
    })
}

/// An accuracy as a share of 1.
fn share(opened: &Opened, value: f64) -> f64 {
    if opened.metric().unit == "percent" { value / 100.0 } else { value }
}

/// How far an accuracy lies from a whole number of images.
fn distance(opened: &Opened, value: f64, images: u32) -> f64 {
    let count = share(opened, value) * f64::from(images);
    (count - count.round()).abs()
}

fn is_count(opened: &Opened, value: f64, images: u32) -> bool {
    let stored = match opened.metric().element {
        ElementType::F32 => f64::from(f32::EPSILON) / 2.0,
        ElementType::F64 => 0.0,
    };
    let moved = share(opened, value).abs() * f64::from(images) * stored;
    distance(opened, value, images) <= TOLERANCE + moved
}

/// The images that a publication says it measured on: NAS-Bench-101 cuts every split to 39 batches of 256 (`nasbench/lib/evaluate.py`);
/// NAS-Bench-201 and NATS-Bench measure on halves of the published test sets or on the whole ones (NATS-Bench, section 3.2). Empty where
/// the table's space, origin and names do not tell.
fn published_images(table: &Table, place: &Place) -> Vec<u32> {
    let says = |name: &str| table.provenance().origin.contains(name) || table.name().contains(name);
    if table.space().name() == "cell101" && (says("NAS-Bench-101") || says("nasbench101")) {
        return vec![9_984];
    }
    let is_nats = ["NAS-Bench-201", "NATS", "nasbench201", "nats"].into_iter().any(says);
    match (is_nats, place.task.as_str(), place.metric.as_str()) {
        (true, "cifar10" | "cifar10-valid", "valid_acc") => vec![25_000],
        (true, "cifar10" | "cifar10-valid", "test_acc" | "test_acc_half") => vec![10_000],
        (true, "cifar100", "valid_acc") => vec![5_000],
        (true, "cifar100", "valtest_acc") => vec![10_000],
        (true, "cifar100", "test_acc") => vec![5_000, 10_000],
        (true, "ImageNet16-120", "valid_acc") => vec![3_000],
        (true, "ImageNet16-120", "valtest_acc") => vec![6_000],
        (true, "ImageNet16-120", "test_acc") => vec![3_000, 6_000],
        _ => Vec::new(),
    }
}

/// What is wrong with an accuracy whose images are known.
pub(super) fn finding(counts: &Counts) -> Option<Finding> {
    let published = counts.published.first()?;
    if counts.off == 0 {
        return None;
    }
    let other = match counts.images {
        Some(images) => format!("all are counts of {} images", grouped(images as usize)),
        None => "no usual number of images fits all".to_owned(),
    };
    let what = format!(
        "{} of {} values are no counts of the {} images that the publication measured on (off by up to {} images); {other}",
        grouped(counts.off),
        grouped(counts.values),
        grouped(*published as usize),
        short(counts.furthest.unwrap_or(f64::NAN)),
    );
    let advice = "The column holds another split, averages, rounded or mixed-up values: find out which before comparing with published numbers, and \
                  import it again from the official file, or set `aggregated`.";
    Some(Finding::at(&counts.place, Severity::Wrong, SUBJECT, what, advice))
}
