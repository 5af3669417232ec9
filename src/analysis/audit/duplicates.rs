//! Rows that are the same network, and how far their trainings lie apart.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::finding::{Finding, Place, Severity, grouped, short};
use super::opened::{Objective, Opened};
use crate::space::{Arch, Space};
use crate::stats::{mean, standard_deviation};

const SUBJECT: &str = "duplicates";

/// What a table's rows have in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Duplicates {
    /// The rows.
    pub rows: usize,
    /// Rows whose code is no valid architecture of the space.
    pub invalid: usize,
    /// Rows under a code that is not the one that stands for its network: they are never found.
    pub not_canonical: usize,
    /// Whether the space knows which architectures are one network.
    pub has_classes: bool,
    /// How many different networks the rows are.
    pub classes: usize,
    /// Rows that share their network with another.
    pub rows_in_company: usize,
    /// The most rows that are one network.
    pub largest: usize,
    /// The first row of that network.
    pub largest_row: usize,
    /// How far the means of one network's rows lie apart, for each task's objective.
    pub spreads: Vec<Spread>,
}

/// How far the rows of one network lie apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// The column.
    pub place: Place,
    /// The pooled standard deviation of rows' means within networks.
    pub within: f64,
    /// The standard deviation over all rows.
    pub overall: f64,
    /// The widest gap between two rows of one network.
    pub widest: f64,
}

/// The rows of each network, in the order of the first rows.
type Classes = Vec<Vec<u32>>;

/// Finds rows that are one network: by [`Space::canonical`], then by [`Space::isomorphism_class`].
pub(super) fn duplicates(space: &dyn Space, archs: &[Arch], objectives: &[Objective<'_>]) -> Duplicates {
    let canonical: Vec<Option<Arch>> = archs.par_iter().map(|&arch| space.canonical(arch)).collect();
    let named: Vec<Option<String>> = archs.par_iter().map(|&arch| space.isomorphism_class(arch)).collect();
    let has_classes = space.has_classes() || named.iter().any(Option::is_some);
    let classes = classes(archs, &canonical, &named);
    let company: Vec<&Vec<u32>> = classes.iter().filter(|class| class.len() > 1).collect();
    let largest = classes.iter().max_by(|a, b| a.len().cmp(&b.len()).then(b[0].cmp(&a[0]))); // no class is empty
    Duplicates {
        rows: archs.len(),
        invalid: canonical.iter().filter(|canonical| canonical.is_none()).count(),
        not_canonical: archs
            .iter()
            .zip(&canonical)
            .filter(|(own, other)| other.is_some_and(|arch| arch != **own))
            .count(),
        has_classes,
        classes: classes.len(),
        rows_in_company: company.iter().map(|class| class.len()).sum(),
        largest: largest.map_or(0, Vec::len),
        largest_row: largest.map_or(0, |class| class[0] as usize),
        spreads: objectives.iter().filter_map(|objective| spread(objective.told, &company)).collect(),
    }
}

fn classes(archs: &[Arch], canonical: &[Option<Arch>], named: &[Option<String>]) -> Classes {
    let mut places: HashMap<(u64, &str), usize> = HashMap::new();
    let mut classes: Classes = Vec::new();
    for (row, arch) in archs.iter().enumerate() {
        let key = match &named[row] {
            Some(name) => (0, name.as_str()),
            None => (canonical[row].unwrap_or(*arch).0, ""),
        };
        let place = *places.entry(key).or_insert(classes.len());
        if place == classes.len() {
            classes.push(Vec::new());
        }
        classes[place].push(row as u32); // a table has fewer than 2^32 rows
    }
    classes
}

fn spread(opened: &Opened, company: &[&Vec<u32>]) -> Option<Spread> {
    let means = opened.means(opened.last());
    let (mut squares, mut freedom, mut widest) = (0.0, 0.0, 0.0f64);
    for class in company {
        let values: Vec<f64> = class.iter().map(|&row| means[row as usize]).filter(|mean| !mean.is_nan()).collect();
        if values.len() > 1 {
            let centre = mean(&values);
            squares += values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>();
            freedom += values.len() as f64 - 1.0;
            let ends = values
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (value.min(low), value.max(high)));
            widest = widest.max(ends.1 - ends.0);
        }
    }
    let measured: Vec<f64> = means.into_iter().filter(|mean| !mean.is_nan()).collect();
    (freedom > 0.0).then(|| Spread {
        place: opened.place.clone(),
        within: (squares / freedom).sqrt(),
        overall: standard_deviation(&measured),
        widest,
    })
}

/// What rows of one network mean for a comparison.
pub(super) fn findings(duplicates: &Duplicates) -> Vec<Finding> {
    let mut findings = Vec::new();
    let table = |severity, what, advice: &str| Finding::of_table(severity, SUBJECT, what, advice);
    if duplicates.invalid > 0 {
        let what = format!("{} rows are no valid architectures of the space", grouped(duplicates.invalid));
        findings.push(table(
            Severity::Wrong,
            what,
            "No search can find them, but they count in means and ranks: import the table again.",
        ));
    }
    if duplicates.not_canonical > 0 {
        let what =
            format!("{} rows stand under a code that is not their network's own", grouped(duplicates.not_canonical));
        findings.push(table(Severity::Wrong, what, "No search can find them: import the table again."));
    }
    if duplicates.rows_in_company > 0 {
        let what = format!(
            "{} rows are {} different networks; {} rows share theirs, at most {} rows (row {} and others)",
            grouped(duplicates.rows),
            grouped(duplicates.classes),
            grouped(duplicates.rows_in_company),
            grouped(duplicates.largest),
            duplicates.largest_row
        );
        let advice = "Every row was trained by itself: a search that recognises equal networks gets more trainings of one network, others pay twice. Say \
                      which a comparison allows, and keep equal networks on one side of a predictor's split.";
        findings.push(table(Severity::Caution, what, advice));
    }
    findings.extend(duplicates.spreads.iter().map(|spread| {
        let what = format!(
            "the means of rows that are one network differ by {} (standard deviation), at most by {}; over all rows by {}",
            short(spread.within),
            short(spread.widest),
            short(spread.overall)
        );
        let advice = "Differences below the first number are none between networks.";
        Finding::at(&spread.place, Severity::Fact, SUBJECT, what, advice)
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::space::{SpaceError, SpaceSpec};

    /// Codes of which pairs `2n`, `2n + 1` are one network; code 9 is none.
    #[derive(Debug)]
    struct Paired {
        trained_apart: bool,
    }

    impl Space for Paired {
        fn name(&self) -> &str {
            "paired"
        }
        fn size(&self) -> u64 {
            10
        }
        fn radices(&self) -> &[u32] {
            &[10]
        }
        fn mutate(&self, parent: Arch, _: &mut Rng) -> Arch {
            parent
        }
        fn neighbours(&self, _: Arch, out: &mut Vec<Arch>) {
            out.clear();
        }
        fn parse(&self, _: &str) -> Result<Arch, SpaceError> {
            Ok(Arch(0))
        }
        fn write(&self, arch: Arch) -> String {
            arch.0.to_string()
        }
        fn canonical(&self, arch: Arch) -> Option<Arch> {
            let first = if self.trained_apart { arch.0 } else { arch.0 / 2 * 2 };
            (arch.0 != 9).then_some(Arch(first))
        }
        fn has_classes(&self) -> bool {
            !self.trained_apart
        }
        fn isomorphism_class(&self, arch: Arch) -> Option<String> {
            self.trained_apart.then(|| (arch.0 / 2).to_string())
        }
        fn spec(&self) -> SpaceSpec {
            SpaceSpec::Cell201
        }
    }

    #[test]
    fn rows_of_one_network_are_found_by_either_rule() {
        let archs: Vec<Arch> = [4, 0, 5, 8, 1].map(Arch).to_vec();
        let apart = duplicates(&Paired { trained_apart: true }, &archs, &[]);
        assert_eq!((apart.classes, apart.rows_in_company, apart.largest, apart.largest_row), (3, 4, 2, 0));
        assert_eq!((apart.not_canonical, apart.has_classes), (0, true));
        assert_eq!(findings(&apart).iter().map(|found| found.severity).collect::<Vec<_>>(), [Severity::Caution]);
        let broken = duplicates(&Paired { trained_apart: false }, &[Arch(5), Arch(9)], &[]);
        assert_eq!((broken.not_canonical, broken.invalid), (1, 1));
        assert!(findings(&broken).iter().all(|found| found.severity == Severity::Wrong));
    }
}
