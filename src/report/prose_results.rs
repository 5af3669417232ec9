//! Results in sentences and in named numbers, for a paper's text.

use super::assemble::Report;
use super::outcome::Outcome;
use super::tables::{at_text, counts_text, interval_text, number};
use super::verdict::p_text;
use crate::analysis::Study;

/// A paragraph a benchmark: what was compared, who is best, and who is not significantly worse.
pub fn sentences(report: &Report, studies: &[Study<'_>]) -> Vec<String> {
    (0..studies.len()).filter_map(|place| of_benchmark(report, studies, place)).collect()
}

fn of_benchmark(report: &Report, studies: &[Study<'_>], place: usize) -> Option<String> {
    let study = &studies[place];
    let outcomes: Vec<&Outcome> = report.outcomes.iter().filter(|outcome| outcome.study == place).collect();
    let whole = outcomes.iter().filter(|outcome| outcome.ends.is_whole());
    let best = whole.min_by(|a, b| a.regret.total_cmp(&b.regret))?;
    let title = |outcome: &Outcome| &study.entries[outcome.entry].title;
    let mut text = format!(
        "On {}, {} has the lowest mean final {} regret of {} strategies{} ({} {}, 95 % interval {}, n = {}).",
        study.title(),
        title(best),
        study.by.word(),
        outcomes.len(),
        if outcomes.iter().all(|outcome| outcome.ends.is_whole()) { "" } else { " among those whose runs are whole" },
        number(best.regret),
        study.unit(),
        interval_text(best.interval),
        best.runs,
    );
    for other in outcomes.iter().filter(|other| other.entry != best.entry) {
        let pair = (best.entry.min(other.entry), best.entry.max(other.entry));
        let tested =
            report.comparisons.iter().find(|comparison| comparison.study == place && comparison.pair == pair)?;
        let worse = if tested.is_significant() { "significantly worse" } else { "not significantly worse" };
        let test = if tested.paired { "signed-rank test" } else { "Mann-Whitney test" };
        let ends = if other.ends.is_whole() {
            String::new()
        } else {
            format!("; runs that ended early: {}", other.ends.words())
        };
        let (counts, p) = (counts_text(tested), equation(&p_text(tested.adjusted)));
        text += &match tested.at {
            None => format!(
                " {} is {worse} ({}; {test}, n = {counts}, Holm-adjusted p {p}{ends}).",
                title(other),
                number(other.regret)
            ),
            Some(_) => format!(
                " {} can be compared only{}, where its first censored run stops, and is {worse} there (difference {}; {test}, n = {counts}, Holm-adjusted p {p}{ends}).",
                title(other),
                at_text(tested),
                number(tested.difference.abs()),
            ),
        };
    }
    study.silent.iter().for_each(|entry| text += &format!(" {} has no trial.", entry.title));
    Some(text)
}

/// A p-value as it follows the letter p.
fn equation(p: &str) -> String {
    if p.starts_with('<') { p.to_owned() } else { format!("= {p}") }
}

/// The numbers that a text may quote, by name.
pub fn named_numbers(report: &Report, studies: &[Study<'_>]) -> Vec<(String, String)> {
    let mut numbers = Vec::new();
    for outcome in &report.outcomes {
        let study = &studies[outcome.study];
        let name = |what: &str| format!("{} {} {what}", study.name(), study.entries[outcome.entry].name);
        numbers.push((name("regret"), number(outcome.regret)));
        numbers.push((name("low"), number(outcome.interval.low)));
        numbers.push((name("high"), number(outcome.interval.high)));
        numbers.push((name("median"), number(outcome.median)));
        numbers.push((name("runs"), outcome.runs.to_string()));
        if !outcome.ends.is_whole() {
            numbers.push((name("ended early"), outcome.ends.words()));
        }
    }
    numbers
}
