//! Every trial of some results as long-format data.

use super::trials::{Texts, TrialBlock};
use crate::analysis::Study;
use crate::benchmark::NO_ROW;
use crate::experiment::{FOREIGN_LABEL, Scores, Side, Step};

/// The trials of all strategies on all benchmarks, a block each, made one at a time.
pub fn blocks<'s>(studies: &'s [Study<'_>]) -> impl Iterator<Item = TrialBlock> + 's {
    studies.iter().flat_map(|study| (0..study.entries.len()).map(move |entry| block(study, entry)))
}

fn block(study: &Study<'_>, place: usize) -> TrialBlock {
    let (entry, scores) = (&study.entries[place], &study.scores);
    let benchmark = study.benchmark();
    let row: Vec<u32> = entry.cell.runs().flat_map(|run| run.row).copied().collect();
    let labels: Vec<String> = benchmark
        .column(&benchmark.resolved.objective)
        .map(|(column, _)| column.metric().labels.clone())
        .unwrap_or_default();
    let replicate: Vec<u8> = entry.cell.runs().flat_map(|run| run.replicate).copied().collect();
    let imported = entry.strategy().imported.is_some();
    let source = |trained: bool| {
        Some(
            if imported {
                "imported"
            } else if trained {
                "trained"
            } else {
                "table"
            }
            .to_owned(),
        )
    };
    let is_trained: Vec<bool> = row.iter().map(|&row| benchmark.trained_arch(row).is_some()).collect();
    let incumbents = incumbents(study, place);
    TrialBlock {
        benchmark: study.name().to_owned(),
        strategy: entry.name.to_owned(),
        seed: entry.results.manifest.seed,
        runs: entry.runs.iter().map(|run| run.trials as usize).collect(),
        architecture: Texts::of(&row, |row| name_of(study, row)),
        replicate: Texts::of(&replicate, |label| label_of(&labels, label)),
        told: entry.cell.runs().flat_map(|run| run.told).copied().collect(),
        end_seconds: entry.cell.runs().flat_map(|run| run.end).map(|&nanos| nanos as f64 / 1e9).collect(),
        valid: values(&scores.valid, &row),
        test: scores.test.as_ref().map(|test| values(test, &row)).unwrap_or_default(),
        incumbent: incumbents.iter().map(|(is_new, _)| *is_new).collect(),
        valid_regret: incumbents.iter().map(|(_, row)| scores.valid.regret(*row)).collect(),
        test_regret: test_regrets(scores, &incumbents),
        source: Texts::of(&is_trained, source),
        row,
    }
}

/// The means of the trials' own rows; NaN for what the table lacks.
fn values(side: &Side, rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|&row| if row == NO_ROW { f64::NAN } else { side.value(Some(row)) }).collect()
}

fn test_regrets(scores: &Scores, incumbents: &[(bool, Option<u32>)]) -> Vec<f64> {
    let regrets = |test: &Side| incumbents.iter().map(|(_, row)| test.regret(*row)).collect();
    scores.test.as_ref().map(regrets).unwrap_or_default()
}

/// For every trial, whether it became the incumbent, and the incumbent's row after it.
fn incumbents(study: &Study<'_>, place: usize) -> Vec<(bool, Option<u32>)> {
    let mut all = Vec::new();
    for run in &study.entries[place].runs {
        let mut steps: std::iter::Peekable<std::slice::Iter<'_, Step>> = run.steps.iter().peekable();
        let mut incumbent = None;
        for trial in 1..=run.trials {
            let new = steps.next_if(|step| step.trials == trial);
            incumbent = new.map(|step| step.row).or(incumbent);
            all.push((new.is_some(), incumbent));
        }
    }
    all
}

fn name_of(study: &Study<'_>, row: u32) -> Option<String> {
    let table = &study.benchmark().table;
    match study.benchmark().trained_arch(row) {
        Some(arch) => Some(table.space().write(arch)),
        None => ((row as usize) < table.rows()).then(|| table.space().write(table.arch(row as usize))),
    }
}

fn label_of(labels: &[String], label: u8) -> Option<String> {
    match label {
        u8::MAX => Some("mean".to_owned()),
        FOREIGN_LABEL => None,
        place => labels.get(usize::from(place)).cloned(),
    }
}
