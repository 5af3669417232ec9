//! Several strategies on many data sets: Friedman's test of mean ranks, Nemenyi's critical difference, and the groups it cannot
//! part.
//!
//! Friedman, Annals of Mathematical Statistics 11, 1940; Iman and Davenport, Communications in Statistics 9, 1980; Nemenyi's
//! procedure as in Demsar, Journal of Machine Learning Research 7, 2006, section 3.2.2.

use super::distribution::{chi_squared_tail, f_tail};
use super::rank::{ranks, tie_correction};

/// A diagram of mean ranks is drawn from so many data sets on.
///
/// The tests look at data sets, not at runs, and their approximations are made for more than 10 data sets and 5 strategies
/// (Demsar 2006, section 3.2.2). Below 6 not even a strategy that wins everywhere is significantly better by the signed ranks
/// of two strategies (p = 2 / 2^5 = .0625), and with 3 data sets and 5 strategies the critical difference is 3.52 of at most 4
/// ranks.
pub const FEWEST_DATA_SETS: usize = 6;

/// Quantiles of the studentised range with infinite degrees of freedom, divided by the square root of 2, for 2, 3, ... 20
/// strategies, at level .05. By scipy 1.17 (`studentized_range.ppf(0.95, k, inf) / sqrt(2)`); Demsar 2006, table 5, has three
/// digits of them up to k = 10.
const CRITICAL_05: [f64; 19] = [
    1.959_964, 2.343_701, 2.569_032, 2.727_774, 2.849_705, 2.948_320, 3.030_878, 3.101_730, 3.163_684, 3.218_654,
    3.268_004, 3.312_739, 3.353_618, 3.391_230, 3.426_041, 3.458_425, 3.488_685, 3.517_073, 3.543_799,
];

/// The same at level .10.
const CRITICAL_10: [f64; 19] = [
    1.644_854, 2.052_293, 2.291_341, 2.459_516, 2.588_521, 2.692_732, 2.779_884, 2.854_606, 2.919_889, 2.977_768,
    3.029_694, 3.076_733, 3.119_693, 3.159_199, 3.195_743, 3.229_723, 3.261_461, 3.291_224, 3.319_233,
];

/// What Friedman's test found.
#[derive(Debug, Clone, PartialEq)]
pub struct Friedman {
    /// The mean rank of each strategy, 1 for the best; ties share the average rank.
    pub mean_ranks: Vec<f64>,
    /// Friedman's statistic, corrected for ties.
    pub chi_squared: f64,
    /// Its p-value, by the chi-squared distribution.
    pub p_chi_squared: f64,
    /// The statistic of Iman and Davenport, from the corrected one; infinite where all data sets rank alike.
    pub iman_davenport: f64,
    /// Its p-value, by the F distribution: the one to report, since the other is too conservative.
    pub p: f64,
}

/// Friedman's test, with the correction for ties, of a table of data sets (rows) by strategies, lower values being better.
///
/// Where all strategies tie on every data set the statistics are 0. None below two data sets or two strategies, where rows
/// differ in length, or where a value is NaN.
pub fn friedman(table: &[Vec<f64>]) -> Option<Friedman> {
    let strategies = table.first()?.len();
    let broken = |row: &Vec<f64>| row.len() != strategies || row.iter().any(|value| value.is_nan());
    if table.len() < 2 || strategies < 2 || table.iter().any(broken) {
        return None;
    }
    let (k, n) = (strategies as f64, table.len() as f64);
    let mut mean_ranks = vec![0.0; strategies];
    for row in table {
        mean_ranks.iter_mut().zip(ranks(row)).for_each(|(sum, rank)| *sum += rank);
    }
    mean_ranks.iter_mut().for_each(|sum| *sum /= n);
    let chi_squared = friedman_statistic(&mean_ranks, table.iter().map(|row| tie_correction(row)).sum(), n);
    let left = n * (k - 1.0) - chi_squared;
    let iman_davenport = if left <= 1e-9 { f64::INFINITY } else { (n - 1.0) * chi_squared / left };
    Some(Friedman {
        mean_ranks,
        chi_squared,
        p_chi_squared: chi_squared_tail(chi_squared, k - 1.0),
        iman_davenport,
        p: f_tail(iman_davenport, k - 1.0, (k - 1.0) * (n - 1.0)),
    })
}

/// Friedman's statistic from mean ranks over n data sets, divided by 1 - ties / (n (k^3 - k)).
fn friedman_statistic(mean_ranks: &[f64], ties: f64, n: f64) -> f64 {
    let k = mean_ranks.len() as f64;
    let untied = 1.0 - ties / (n * (k * k * k - k));
    if untied <= 0.0 {
        return 0.0;
    }
    let squares: f64 = mean_ranks.iter().map(|rank| (rank - (k + 1.0) / 2.0) * (rank - (k + 1.0) / 2.0)).sum();
    12.0 * n / (k * (k + 1.0)) * squares / untied
}

/// Nemenyi's critical difference of mean ranks, q sqrt(k (k + 1) / (6 N)) for k strategies and N data sets: strategies that are
/// closer together are not significantly different. None unless alpha is .05 or .10, k is 2 to 20 and there is a data set.
pub fn nemenyi_critical_difference(strategies: usize, data_sets: usize, alpha: f64) -> Option<f64> {
    let critical = match alpha {
        0.05 => CRITICAL_05,
        0.10 => CRITICAL_10,
        _ => return None,
    };
    let q = critical.get(strategies.checked_sub(2)?)?;
    let k = strategies as f64;
    (data_sets > 0).then(|| q * (k * (k + 1.0) / (6.0 * data_sets as f64)).sqrt())
}

/// The maximal groups of two or more strategies whose mean ranks all lie closer together than the critical difference, best
/// first: the first and the last place of each in the order of rising mean ranks, counted from 0.
pub fn cliques(mean_ranks: &[f64], critical_difference: f64) -> Vec<(usize, usize)> {
    let mut rising = mean_ranks.to_vec();
    rising.sort_unstable_by(f64::total_cmp);
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (first, best) in rising.iter().enumerate() {
        let last = rising.partition_point(|rank| rank - best < critical_difference).saturating_sub(1);
        if last > first && groups.last().is_none_or(|group| group.1 < last) {
            groups.push((first, last));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    fn table() -> Vec<Vec<f64>> {
        let rows: [[f64; 4]; 7] = [
            [0.1, 0.3, 0.2, 0.4],
            [1.0, 2.0, 2.0, 5.0],
            [0.5, 0.4, 0.9, 0.9],
            [3.0, 7.0, 6.0, 8.0],
            [0.2, 0.2, 0.2, 0.3],
            [10.0, 30.0, 20.0, 15.0],
            [4.0, 5.0, 6.0, 7.0],
        ];
        rows.map(Vec::from).to_vec()
    }

    /// By scipy 1.17: `friedmanchisquare` (which corrects for ties), `f.sf` of the statistic of Iman and Davenport.
    #[test]
    fn agrees_with_scipy() {
        let found = friedman(&table()).unwrap();
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-11, "{found}, {expected}");
        close(found.chi_squared, 12.796_875);
        close(found.p_chi_squared, 0.005_097_114_794_523_102);
        close(found.iman_davenport, 9.36);
        close(found.p, 0.000_600_686_025_135_634_3);
        let ranks = [9.0 / 7.0, 2.5, 18.0 / 7.0, 25.5 / 7.0];
        found.mean_ranks.iter().zip(ranks).for_each(|(found, expected)| close(*found, expected));
    }

    #[test]
    fn perfect_agreement_and_none() {
        let same = friedman(&vec![vec![1.0, 2.0, 3.0]; 4]).unwrap();
        assert_eq!((same.mean_ranks, same.chi_squared, same.iman_davenport), (vec![1.0, 2.0, 3.0], 8.0, f64::INFINITY));
        assert_eq!(same.p, 0.0);
        let tied = friedman(&vec![vec![1.0, 1.0]; 4]).unwrap();
        assert_eq!((tied.chi_squared, tied.p_chi_squared, tied.p), (0.0, 1.0, 1.0));
    }

    #[test]
    fn broken_tables_have_no_test() {
        for table in [vec![], vec![vec![1.0, 2.0]], vec![vec![1.0]; 3], vec![vec![1.0, 2.0], vec![1.0]]] {
            assert_eq!(friedman(&table), None);
        }
        assert_eq!(friedman(&[vec![1.0, f64::NAN], vec![1.0, 2.0]]), None);
    }

    /// Demsar 2006, table 5 (which is off by one in the third digit at k = 3 and 7), and the case of 3 data sets and 5
    /// strategies.
    #[test]
    fn critical_values_are_those_of_the_paper() {
        let paper_05 = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164];
        let paper_10 = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920];
        for (found, paper) in CRITICAL_05.iter().zip(paper_05).chain(CRITICAL_10.iter().zip(paper_10)) {
            assert!((found - paper).abs() < 0.001, "{found} {paper}");
        }
        assert!(CRITICAL_05.is_sorted() && CRITICAL_10.is_sorted());
        assert!((nemenyi_critical_difference(5, 3, 0.05).unwrap() - 3.52).abs() < 0.005);
        assert!((nemenyi_critical_difference(2, 10, 0.10).unwrap() - 1.644_854 / 10.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn no_critical_difference_outside_the_table() {
        for (strategies, data_sets, alpha) in [(1, 9, 0.05), (0, 9, 0.05), (21, 9, 0.05), (4, 0, 0.05), (4, 9, 0.01)] {
            assert_eq!(nemenyi_critical_difference(strategies, data_sets, alpha), None);
        }
    }

    #[test]
    fn cliques_are_maximal_groups() {
        // in order: 1, 1.5, 2.25, 4, 4.5, 9
        let ranks = [4.0, 1.0, 9.0, 2.25, 1.5, 4.5];
        assert_eq!(cliques(&ranks, 1.0), [(0, 1), (1, 2), (3, 4)]);
        assert_eq!(cliques(&ranks, 2.0), [(0, 2), (2, 3), (3, 4)]);
        assert_eq!(cliques(&ranks, 2.5), [(0, 2), (2, 4)]);
        assert_eq!(cliques(&ranks, 0.5), []);
        assert_eq!(cliques(&[1.0, 2.0], 5.0), [(0, 1)]);
    }
}
