//! What makes comparisons on a table wrong or weak: everything in it is read and judged.
//!
//! Start at [`audit`]. One file a subject: each counts first, then says in [`Finding`]s what the counts mean. The same table gives the
//! same [`Audit`], whatever the number of threads.

mod basins;
mod correlation;
mod cost;
mod counts;
mod duplicates;
mod finding;
mod missing;
mod noise;
mod opened;
mod optima;
mod ranges;
mod shape;
mod times;

use rayon::prelude::*;
use serde::Serialize;

use crate::base::Digest;
use crate::space::Arch;
use crate::table::{Table, TableError};
use opened::{Objective, Opened, objectives, open_all};

pub use basins::{Basin, Basins};
pub use correlation::{Agreement, Correlation, Fidelity, SHARES};
pub use cost::{Cost, duration};
pub use counts::Counts;
pub use duplicates::{Duplicates, Spread};
pub use finding::{Finding, Place, Severity, grouped, percent, short};
pub use missing::Missing;
pub use noise::Noise;
pub use optima::{Best, Selection, TestSelection};
pub use ranges::Extent;
pub use shape::{BINS, Histogram, Joint};
pub use times::Times;

/// Everything that an audit finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Which table.
    pub table: Audited,
    /// What to know, the worst first.
    pub findings: Vec<Finding>,
    /// What columns lack.
    pub missing: Vec<Missing>,
    /// What columns span.
    pub ranges: Vec<Extent>,
    /// Whether accuracies count images.
    pub counts: Vec<Counts>,
    /// Rows that are one network.
    pub duplicates: Duplicates,
    /// Times over epochs.
    pub times: Vec<Times>,
    /// Rank correlations of the objectives' epochs and schedules with the last.
    pub fidelities: Vec<Fidelity>,
    /// Rank correlations of validation with test.
    pub agreements: Vec<Agreement>,
    /// Noise between replicates, of objectives and their test metrics.
    pub noise: Vec<Noise>,
    /// The best rows.
    pub optima: Vec<Selection>,
    /// Local optima.
    pub basins: Vec<Basins>,
    /// The cost of training everything.
    pub costs: Vec<Cost>,
    /// Distributions of the objectives and of the training times.
    pub histograms: Vec<Histogram>,
    /// Validation and test together.
    pub joints: Vec<Joint>,
}

/// Which table was audited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audited {
    /// Its name.
    pub name: String,
    /// The digest of its content.
    pub digest: Digest,
    /// Its space.
    pub space: String,
    /// How many codes the space has.
    pub space_size: u64,
    /// Its rows.
    pub rows: usize,
    /// Its tasks, each with its schedules.
    pub tasks: Vec<(String, Vec<String>)>,
    /// Who measured it.
    pub origin: String,
    /// The licence of the data.
    pub licence: String,
    /// What read the published files.
    pub importer: String,
    /// What its provenance notes.
    pub notes: Vec<String>,
}

impl Audit {
    /// Whether nothing is wrong: cautions and facts are no faults.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Wrong)
    }
}

/// Reads a whole table and judges it.
///
/// # Errors
/// Columns that cannot be mapped.
pub fn audit(table: &Table) -> Result<Audit, TableError> {
    let all = open_all(table)?;
    let objectives = objectives(&all);
    let mut audit = measured(table, &all, &objectives);
    let broken = table.verify()?;
    audit.findings = finding::joined(
        broken
            .iter()
            .map(unsound)
            .chain(missing::nothing(&audit.ranges))
            .chain(findings(&audit, &all, &objectives))
            .collect(),
    );
    Ok(audit)
}

/// All numbers, without what they mean.
fn measured(table: &Table, all: &[Opened], objectives: &[Objective<'_>]) -> Audit {
    let archs: Vec<Arch> = table.archs().collect();
    let is_inside = archs.iter().all(|arch| arch.0 < table.space().size());
    let named = |row| if is_inside { name(table, row) } else { format!("row {row}") };
    // A damaged file may hold codes that are none: those are not asked for networks and neighbours.
    let (archs, climbed) = if is_inside { (archs, objectives) } else { (Vec::new(), &[][..]) };
    Audit {
        table: identity(table),
        findings: Vec::new(),
        missing: all.par_iter().map(missing::missing).collect(),
        ranges: all.par_iter().map(ranges::extent).collect(),
        counts: all.par_iter().filter_map(|opened| counts::counts(table, opened)).collect(),
        duplicates: duplicates::duplicates(&**table.space(), &archs, climbed),
        times: all.par_iter().filter_map(times::times).collect(),
        fidelities: objectives.iter().flat_map(|objective| correlation::fidelities(all, objective)).collect(),
        agreements: objectives.par_iter().filter_map(correlation::agreement).collect(),
        noise: compared(objectives).into_par_iter().filter_map(noise::noise).collect(),
        optima: objectives.iter().filter_map(|one| optima::selection(one, named)).collect(),
        basins: climbed.iter().filter_map(|objective| basins::basins(table, objective)).collect(),
        costs: all.iter().filter_map(|opened| cost::cost(opened, all, objectives)).collect(),
        histograms: drawn(all, objectives).into_iter().filter_map(shape::histogram).collect(),
        joints: objectives.iter().filter_map(shape::joint).collect(),
    }
}

/// The columns whose distributions are drawn: the objectives, then the training times of their schedules.
fn drawn<'o>(all: &'o [Opened], objectives: &[Objective<'o>]) -> Vec<&'o Opened> {
    let is_cost = |opened: &Opened, told: &Place| {
        (&opened.place.task, &opened.place.schedule) == (&told.task, &told.schedule)
            && opened.place.metric == "train_seconds"
    };
    let time = |objective: &Objective<'_>| all.iter().find(|opened| is_cost(opened, &objective.told.place));
    objectives.iter().map(|objective| objective.told).chain(objectives.iter().filter_map(time)).collect()
}

/// The columns that rows are compared by.
fn compared<'o>(objectives: &[Objective<'o>]) -> Vec<&'o Opened> {
    objectives.iter().flat_map(|objective| std::iter::once(objective.told).chain(objective.test)).collect()
}

/// What the numbers mean, subject by subject.
fn findings(audit: &Audit, all: &[Opened], objectives: &[Objective<'_>]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(audit.missing.iter().flat_map(|missing| missing::findings(missing, objectives)));
    findings.extend(all.iter().zip(&audit.ranges).flat_map(|(opened, extent)| ranges::findings(opened, extent)));
    findings.extend(audit.counts.iter().filter_map(counts::finding));
    findings.extend(duplicates::findings(&audit.duplicates));
    findings.extend(audit.times.iter().flat_map(times::findings));
    findings.extend(correlation::fidelity_findings(&audit.fidelities));
    findings.extend(audit.agreements.iter().filter_map(correlation::agreement_finding));
    findings.extend(audit.noise.iter().flat_map(noise::findings));
    findings.extend(compared(objectives).into_iter().filter(|opened| opened.replicates() == 1).map(single));
    findings.extend(audit.optima.iter().flat_map(optima::findings));
    findings.extend(audit.basins.iter().flat_map(basins::findings));
    findings.extend(audit.costs.iter().map(cost::finding));
    findings
}

/// A metric of one training, or of an average, has no noise that could be seen.
fn single(opened: &Opened) -> Finding {
    let what = match &opened.metric().aggregated {
        Some(over) => format!("every row has one value ({over})"),
        None => "every row has one value".to_owned(),
    };
    let advice =
        "The noise of a training is unknown: no interval on this table contains it, and small differences may be none.";
    Finding::at(&opened.place, Severity::Caution, "noise", what, advice)
}

fn unsound(broken: &crate::table::Finding) -> Finding {
    let what = format!("`{}`: {}", broken.place, broken.what);
    let advice = "The file is not what was written: fetch or import the table again.";
    Finding::of_table(Severity::Wrong, "file", what, advice)
}

fn identity(table: &Table) -> Audited {
    let provenance = table.provenance();
    let schedules = |schedules: &crate::table::Schedules| schedules.keys().cloned().collect();
    Audited {
        name: table.name().to_owned(),
        digest: table.digest(),
        space: table.space().name().to_owned(),
        space_size: table.space().size(),
        rows: table.rows(),
        tasks: table.catalogue().tasks.iter().map(|(task, inner)| (task.clone(), schedules(inner))).collect(),
        origin: provenance.origin.clone(),
        licence: provenance.licence.clone(),
        importer: provenance.importer.clone(),
        notes: provenance.notes.clone(),
    }
}

/// What a row's architecture is called.
fn name(table: &Table, row: usize) -> String {
    table.published_name(row).map_or_else(|| table.space().write(table.arch(row)), str::to_owned)
}
