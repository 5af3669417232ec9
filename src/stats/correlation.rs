//! How far two lists of numbers agree: by value, by rank, by pairs.

use std::cmp::Ordering;

use super::rank::ranks;
use super::summary::mean;

/// Pearson's correlation of two equally long lists; NaN of fewer than two pairs, or where one list does not vary.
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let (of_x, of_y) = (mean(x), mean(y));
    let (mut both, mut xs, mut ys) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        both += (x - of_x) * (y - of_y);
        xs += (x - of_x) * (x - of_x);
        ys += (y - of_y) * (y - of_y);
    }
    (both / (xs.sqrt() * ys.sqrt())).clamp(-1.0, 1.0)
}

/// Spearman's correlation: Pearson's of the ranks, with equal values sharing their average rank.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's tau-b of two equally long lists, in O(n log n) (Knight, JASA 61(314), 1966): discordant pairs are the exchanges that sort
/// the second list once the first is in order. NaN where one list does not vary.
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> f64 {
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| compare(a.0, b.0).then(compare(a.1, b.1)));
    let ties_x = ties(&pairs, |a, b| a.0 == b.0);
    let ties_both = ties(&pairs, |a, b| a == b);
    let mut order: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let discordant = exchanges(&mut order);
    let ties_y = ties(&order, |a, b| a == b);
    let all = pairs_of(pairs.len());
    let agreement = (all + ties_both) as f64 - ties_x as f64 - ties_y as f64 - 2.0 * discordant as f64;
    let (varying_x, varying_y) = ((all - ties_x) as f64, (all - ties_y) as f64);
    (agreement / (varying_x.sqrt() * varying_y.sqrt())).clamp(-1.0, 1.0)
}

/// The usual order, in which the two zeros are equal; NaN stands at the ends.
fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.total_cmp(&b))
}

fn pairs_of(count: usize) -> u64 {
    let count = count as u64;
    count * count.saturating_sub(1) / 2
}

/// The pairs of equal items in an ordered list.
fn ties<T>(ordered: &[T], equal: impl Fn(&T, &T) -> bool) -> u64 {
    ordered.chunk_by(equal).map(|group| pairs_of(group.len())).sum()
}

/// Sorts by merging and counts the pairs that stood in the wrong order.
fn exchanges(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let below = exchanges(left) + exchanges(right);
    let (left, right) = (left.to_vec(), right.to_vec());
    below + merge(&left, &right, values)
}

/// Merges two ordered lists and counts the pairs of which the right one is lower.
fn merge(left: &[f64], right: &[f64], merged: &mut [f64]) -> u64 {
    let (mut from_left, mut from_right, mut count) = (left.iter().peekable(), right.iter().peekable(), 0);
    for place in merged {
        let right_first = match (from_left.peek(), from_right.peek()) {
            (Some(left), Some(right)) => compare(**right, **left) == Ordering::Less,
            (left, _) => left.is_none(),
        };
        count += if right_first { from_left.len() as u64 } else { 0 };
        let next = if right_first { from_right.next() } else { from_left.next() };
        *place = next.copied().unwrap_or(f64::NAN); // never missing: there are as many places as values
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 10] = [2.5, 0.5, 2.0, 8.0, 3.5, 2.5, 7.0, 1.0, 2.5, 6.0];
    const Y: [f64; 10] = [1.0, 3.0, 0.5, 9.0, 3.0, 2.0, 3.0, 0.5, 4.0, 8.5];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    /// Golden numbers by scipy 1.17.1: `pearsonr`, `spearmanr`, `kendalltau`; both lists have ties.
    #[test]
    fn agrees_with_scipy() {
        close(pearson(&X, &Y), 0.750_403_996_712_274_3);
        close(spearman(&X, &Y), 0.672_900_461_476_956_3);
        close(kendall_tau_b(&X, &Y), 0.578_355_231_254_255_8);
    }

    /// As above, on 300 pairs with many ties: x = 37 i mod 101, y = 3 x + (i^2 + 3 i mod 89).
    #[test]
    fn agrees_with_scipy_on_a_longer_list() {
        let x: Vec<f64> = (0..300).map(|i| f64::from(i * 37 % 101)).collect();
        let y: Vec<f64> = x.iter().zip(0..).map(|(x, i)| 3.0 * x + f64::from((i * i + 3 * i) % 89)).collect();
        close(kendall_tau_b(&x, &y), 0.830_345_624_655_491_1);
        close(spearman(&x, &y), 0.963_948_451_611_925_5);
        close(pearson(&x, &y), 0.961_485_824_366_608_7);
    }

    #[test]
    fn order_is_all_that_ranks_see() {
        let squares: Vec<f64> = X.iter().map(|x| -x * x).collect();
        close(spearman(&X, &squares), -1.0);
        close(kendall_tau_b(&X, &squares), -1.0);
        assert!(pearson(&X, &squares) > -0.99);
    }

    #[test]
    fn lists_that_do_not_vary_agree_with_nothing() {
        let constant = [1.0; 10];
        assert!(pearson(&X, &constant).is_nan() && spearman(&X, &constant).is_nan());
        assert!(kendall_tau_b(&X, &constant).is_nan() && kendall_tau_b(&[], &[]).is_nan());
    }
}
