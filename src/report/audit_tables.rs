//! The tables of an audit, as values that the text and the card share.

use super::grid::{Entry, Grid, Head};
use crate::analysis::audit::{
    Agreement, Audit, Basins, Correlation, Cost, Fidelity, Finding, Missing, Noise, SHARES, Selection, Severity,
    duration, grouped, percent, short,
};

/// Epochs of a schedule that are listed at most.
const EPOCHS: usize = 6;

/// What to know of correlations among the best.
const WITH: &str = "the best rows are chosen by this metric; between two replicates by the mean of all, which holds both and lowers the correlation \
                    among the best";

/// A table of an audit, with its heading.
pub struct AuditTable {
    /// What it is about, in a few words.
    pub heading: &'static str,
    /// The table.
    pub grid: Grid,
}

/// All tables that have rows, in the order in which they are read.
pub fn audit_tables(audit: &Audit) -> Vec<AuditTable> {
    let tables = [
        ("Optimum and selection floor", optima(&audit.optima)),
        ("Noise at the top", noise(&audit.noise)),
        ("Rank correlation", correlations(&audit.agreements, &audit.noise, &audit.fidelities)),
        ("Local optima", basins(&audit.basins)),
        ("Equal networks", duplicates(audit)),
        ("Cost of the exhaustive search", costs(&audit.costs)),
        ("Columns", columns(audit)),
    ];
    let tables = tables.into_iter().map(|(heading, grid)| AuditTable { heading, grid });
    tables.filter(|table| !table.grid.rows.is_empty()).collect()
}

/// The findings of a kind, those that give the same advice together; facts stand in the tables.
pub fn groups(audit: &Audit, severity: Severity) -> impl Iterator<Item = &[Finding]> {
    let groups = audit.findings.chunk_by(Finding::advises_as);
    groups.filter(move |group| group.iter().any(|finding| finding.severity == severity))
}

/// Where a finding holds, each place between quotes.
pub fn places(finding: &Finding, quote: &str) -> String {
    let texts = finding.places.iter().map(|place| format!("{quote}{place}{quote}"));
    texts.collect::<Vec<_>>().join(", ")
}

/// What was found, as a sentence that begins with where, if that is not the whole table.
pub fn sentence(finding: &Finding, quote: &str) -> String {
    if finding.places.is_empty() {
        return format!("{}.", capital(&finding.what));
    }
    format!("{}: {}.", places(finding, quote), finding.what)
}

/// A text with its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

fn optima(optima: &[Selection]) -> Grid {
    let columns = vec![
        Head::text("selected by"),
        Head::number("best mean"),
        Head::number("row"),
        Head::number("its test").with_note("test metric of the row that the best mean selects"),
        Head::number("best test"),
        Head::number("test row"),
        Head::number("floor").with_note("test regret of the row that the best mean selects"),
        Head::number("of one training")
            .with_note("expected test regret of a search that has seen one training of every row, drawn at random"),
    ];
    let mut grid = Grid::new("", columns);
    for selection in optima {
        let mut row = vec![
            Entry::text(selection.place.to_string()),
            value(selection.best.value),
            Entry::number(selection.best.row.to_string(), selection.best.row as f64),
        ];
        if let Some(test) = &selection.test {
            row.extend([value(test.selected), value(test.best.value)]);
            row.push(Entry::number(test.best.row.to_string(), test.best.row as f64));
            row.extend([value(test.floor), test.single_floor.map_or(Entry::text("-"), value)]);
        } else {
            row.extend((0..5).map(|_| Entry::text("-")));
        }
        grid.push(row);
    }
    grid
}

fn noise(noise: &[Noise]) -> Grid {
    let columns = vec![
        Head::text("metric"),
        Head::number("replicates"),
        Head::number("sd").with_note("standard deviation between trainings of a row, pooled over all rows"),
        Head::number("sd by quarter").with_note("the same in quarters of the rows by their mean, the worst first"),
        Head::number("sd at the top")
            .with_note("the same among the best 1 % of the rows, at least 10, or the best quarter where that is fewer"),
        Head::number("gap").with_note("mean difference between neighbours among the best 10 rows"),
        Head::number("within 1 se").with_note("rows within one standard error of the best mean, itself included"),
        Head::number("not told apart").with_note("rows within two standard errors of a difference from the best mean"),
    ];
    let mut grid = Grid::new("", columns);
    for one in noise {
        let quarters = one.by_quarter.iter().map(|sd| sd.map_or("-".to_owned(), short)).collect::<Vec<_>>();
        grid.push(vec![
            Entry::text(one.place.to_string()),
            count(one.replicates),
            value(one.deviation),
            Entry::text(quarters.join(" ")),
            value(one.top_deviation),
            value(one.top_gap),
            count(one.within_error),
            count(one.within_two_errors),
        ]);
    }
    grid
}

fn correlations(agreements: &[Agreement], noise: &[Noise], fidelities: &[Fidelity]) -> Grid {
    let mut columns = vec![Head::text("metric"), Head::text("with").with_note(WITH)];
    for share in SHARES {
        let name = if share == 1.0 { "all".to_owned() } else { format!("{} %", short(100.0 * share)) };
        columns.push(
            Head::number(format!("tau {name}"))
                .with_note("Kendall's tau-b among that share of the rows, the best by the second"),
        );
        columns.push(Head::number(format!("rho {name}")).with_note("Spearman's coefficient among them"));
    }
    let mut grid = Grid::new("", columns);
    let mut push = |metric: String, with: String, correlations: &[Correlation]| {
        let mut row = vec![Entry::text(metric), Entry::text(with)];
        for one in correlations {
            row.push(Entry::number(format!("{:.2}", one.kendall), one.kendall));
            row.push(Entry::number(format!("{:.2}", one.spearman), one.spearman));
        }
        grid.push(row);
    };
    agreements.iter().for_each(|one| push(one.place.to_string(), one.with.metric.clone(), &one.correlations));
    noise
        .iter()
        .filter(|one| !one.between_replicates.is_empty())
        .for_each(|one| push(one.place.to_string(), "itself, another replicate".into(), &one.between_replicates));
    for one in listed(fidelities) {
        let with = format!("epoch {} of {}", one.with_epoch, one.with.schedule);
        push(format!("{}, epoch {}", one.place, one.epoch), with, &one.correlations);
    }
    grid
}

/// The fidelities without most of long curves: of each schedule the first, the last, and some between, each about as many times later
/// than the one before.
fn listed(fidelities: &[Fidelity]) -> Vec<&Fidelity> {
    let of_schedule = fidelities.chunk_by(|a, b| a.place == b.place);
    of_schedule.flat_map(thinned).collect()
}

fn thinned(curve: &[Fidelity]) -> Vec<&Fidelity> {
    let count = curve.len().min(EPOCHS);
    let place = |step: usize| {
        let share = step as f64 / (count.max(2) - 1) as f64;
        (libm::round(libm::pow(curve.len() as f64, share)) as usize).clamp(step + 1, curve.len()) - 1
    };
    (0..count).filter_map(|step| curve.get(place(step))).collect()
}

fn basins(basins: &[Basins]) -> Grid {
    let columns = vec![
        Head::text("metric"),
        Head::number("ascents").with_note("rows from which the steepest ascent by single changes was followed"),
        Head::number("local optima").with_note("rows without a better neighbour, in which an ascent ends"),
        Head::number("to the best").with_note("ascents that end in the optimum or in a row with its value"),
        Head::number("median optimum").with_note("median value of the local optima"),
        Head::number("largest basins")
            .with_note("rows of the local optima in which most ascents end, with the ascents"),
        Head::number("neighbours held").with_note("share of the architectures one change away that the table has"),
    ];
    let mut grid = Grid::new("", columns);
    for one in basins {
        let largest = one.largest.iter().take(3).map(|basin| format!("row {}: {}", basin.row, grouped(basin.starts)));
        let held = 100.0 * one.neighbours_held;
        grid.push(vec![
            Entry::text(one.place.to_string()),
            Entry::number(
                if one.exhaustive { grouped(one.starts) } else { format!("{} (sample)", grouped(one.starts)) },
                one.starts as f64,
            ),
            count(one.optima),
            Entry::number(
                format!("{} ({})", grouped(one.to_global), percent(one.to_global, one.starts)),
                one.to_global as f64,
            ),
            value(one.median_end),
            Entry::text(largest.collect::<Vec<_>>().join(", ")),
            Entry::number(format!("{held:.1} %"), held),
        ]);
    }
    grid
}

fn duplicates(audit: &Audit) -> Grid {
    let mut grid = Grid::new("", Vec::new());
    let found = &audit.duplicates;
    if found.rows_in_company == 0 {
        return grid;
    }
    grid.columns = vec![
        Head::text("metric"),
        Head::number("rows"),
        Head::number("networks").with_note("rows that are the same network up to isomorphism count once"),
        Head::number("most rows of one"),
        Head::number("sd within").with_note("standard deviation between the means of rows that are one network"),
        Head::number("widest").with_note("widest gap between two of them"),
        Head::number("sd of all").with_note("standard deviation over all rows"),
    ];
    let counts = || [count(found.rows), count(found.classes), count(found.largest)];
    for spread in &found.spreads {
        let mut row = vec![Entry::text(spread.place.to_string())];
        row.extend(counts());
        row.extend([value(spread.within), value(spread.widest), value(spread.overall)]);
        grid.push(row);
    }
    if found.spreads.is_empty() {
        grid.push(std::iter::once(Entry::text("all")).chain(counts()).collect());
    }
    grid
}

fn costs(costs: &[Cost]) -> Grid {
    let columns = vec![
        Head::text("times"),
        Head::number("rows"),
        Head::number("every row once").with_note("sum over rows of the mean over replicates"),
        Head::number("trainings"),
        Head::number("all trainings"),
    ];
    let mut grid = Grid::new("", columns);
    for cost in costs {
        grid.push(vec![
            Entry::text(cost.place.to_string()),
            count(cost.rows),
            Entry::number(duration(cost.once), cost.once),
            count(cost.trainings),
            Entry::number(duration(cost.all), cost.all),
        ]);
    }
    grid
}

fn columns(audit: &Audit) -> Grid {
    let columns = vec![
        Head::text("column"),
        Head::text("unit"),
        Head::number("values"),
        Head::number("least"),
        Head::number("most"),
        Head::number("rows without").with_note("rows without a value at the last epoch"),
        Head::number("with fewer").with_note("rows with some but not all replicates"),
        Head::number("images").with_note(
            "the published number of images of which all values are counts, or the smallest usual one in brackets",
        ),
    ];
    let mut grid = Grid::new("", columns);
    for (extent, missing) in audit.ranges.iter().zip(&audit.missing) {
        grid.push(vec![
            Entry::text(extent.place.to_string()),
            Entry::text(extent.unit.clone()),
            count(extent.values),
            extent.least.map_or(Entry::text("-"), value),
            extent.most.map_or(Entry::text("-"), value),
            lacking(missing.rows_without),
            lacking(missing.rows_with_fewer),
            images(audit, missing),
        ]);
    }
    grid
}

/// Of how many images a column's values are counts.
fn images(audit: &Audit, missing: &Missing) -> Entry {
    let Some(counts) = audit.counts.iter().find(|counts| counts.place == missing.place) else { return Entry::text("") };
    match counts.images {
        None => Entry::text("no counts"),
        Some(images) if counts.published.contains(&images) => count(images as usize),
        Some(images) => Entry::number(format!("({})", grouped(images as usize)), f64::from(images)),
    }
}

fn lacking(rows: usize) -> Entry {
    if rows == 0 { Entry::number("0", 0.0) } else { count(rows) }
}

fn count(number: usize) -> Entry {
    Entry::number(grouped(number), number as f64)
}

fn value(number: f64) -> Entry {
    Entry::number(short(number), number)
}
