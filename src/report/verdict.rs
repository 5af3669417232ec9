//! A regression verdict in words: for a terminal, for a pull request, for a CI server.

use comfy_table::{CellAlignment, Table};

use super::markdown::in_table;
use super::regress::{CellVerdict, Finding, Question, Regression, Verdict};
use crate::base::{counted, printable};

impl Verdict {
    /// The word in capitals.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identical => "IDENTICAL",
            Self::Improved => "IMPROVED",
            Self::Regressed => "REGRESSED",
            Self::Equivalent => "EQUIVALENT",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

impl Question {
    /// The question in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::FinalRegret => "final regret",
            Self::TimeToTarget => "time to random search's level",
            Self::FailedRuns => "failed runs",
        }
    }
}

impl Regression {
    /// How many cells have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cells.iter().filter(|cell| cell.verdict == verdict).count()
    }

    /// Whether trajectories changed, or cells came or went.
    pub fn changed(&self) -> bool {
        self.count(Verdict::Identical) < self.cells.len()
            || !self.only_baseline.is_empty()
            || !self.only_candidate.is_empty()
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(HEADER);
        self.rows().into_iter().for_each(|row| _ = table.add_row(row));
        (4..HEADER.len()).for_each(|place| {
            table.column_mut(place).into_iter().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        });
        let mut text: String = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        self.details().into_iter().for_each(|line| text += &format!("{line}\n"));
        text + &self.sum() + "\n"
    }

    /// For a pull request, in GitHub's flavour.
    pub fn markdown(&self) -> String {
        let mut text = format!("### nasreplay regress\n\n{}\n\n", self.sum());
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        text += &line(HEADER.map(str::to_owned).to_vec());
        text += &line(
            HEADER.iter().enumerate().map(|(place, _)| if place < 4 { "---" } else { "---:" }.to_owned()).collect(),
        );
        for row in self.rows() {
            text += &line(row.iter().map(|cell| in_table(cell)).collect());
        }
        let details = self.details();
        if !details.is_empty() {
            text += "\n";
        }
        details.iter().for_each(|detail| text += &format!("- {}\n", in_table(detail)));
        text
    }

    /// For a CI server: a test case a cell, which fails where `fails` says so, and one for each cell that came or went, which fails
    /// where every change does.
    pub fn junit(&self, fails: impl Fn(&CellVerdict) -> bool, every_change: bool) -> String {
        let odd: Vec<(&String, &str)> = self.odd_cells().collect();
        let tests = self.cells.len() + odd.len();
        let failed = self.cells.iter().filter(|cell| fails(cell)).count() + if every_change { odd.len() } else { 0 };
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        text += &format!("<testsuite name=\"nasreplay regress\" tests=\"{tests}\" failures=\"{failed}\">\n");
        for (cell, side) in odd {
            let inner = if every_change { format!("<failure message=\"{side}\"/>") } else { "<skipped/>".to_owned() };
            text += &format!("  <testcase classname=\"{side}\" name=\"{}\">{inner}</testcase>\n", escape(cell));
        }
        for cell in &self.cells {
            let (class, name) = (escape(&cell.benchmark), escape(&cell.strategy));
            let body = escape(&format!("{}{}", cell.verdict.word(), cell.detail()));
            text += &match fails(cell) {
                true => format!(
                    "  <testcase classname=\"{class}\" name=\"{name}\"><failure message=\"{}\">{body}</failure></testcase>\n",
                    cell.verdict.word()
                ),
                false => format!(
                    "  <testcase classname=\"{class}\" name=\"{name}\"><system-out>{body}</system-out></testcase>\n"
                ),
            };
        }
        text + "</testsuite>\n"
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for cell in &self.cells {
            let head = [cell.benchmark.clone(), cell.strategy.clone(), cell.verdict.word().to_owned()];
            if cell.findings.is_empty() {
                let runs = cell.runs[0].to_string();
                rows.push(
                    [head.to_vec(), vec!["all".into(), "-".into(), "-".into(), "-".into(), "-".into(), runs]].concat(),
                );
            }
            for (place, finding) in cell.findings.iter().enumerate() {
                let head = if place == 0 { head.to_vec() } else { vec![String::new(); 3] };
                let runs = if place == 0 { runs_text(cell) } else { String::new() };
                rows.push([head, finding.texts(), vec![runs]].concat());
            }
        }
        rows
    }

    /// Where cells part ways, and what the other side lacks.
    fn details(&self) -> Vec<String> {
        let is_odd = |cell: &&CellVerdict| cell.verdict != Verdict::Identical || cell.early.iter().any(Option::is_some);
        let cells = self.cells.iter().filter(is_odd);
        let mut lines: Vec<String> =
            cells.map(|cell| format!("{} on {}{}", cell.strategy, cell.benchmark, cell.detail())).collect();
        lines.extend(self.odd_cells().map(|(cell, side)| format!("{cell}: {side} has it")));
        lines
    }

    /// The cells that one side lacks, and which side has them.
    fn odd_cells(&self) -> impl Iterator<Item = (&String, &'static str)> {
        let old = self.only_baseline.iter().map(|cell| (cell, "only the baseline"));
        old.chain(self.only_candidate.iter().map(|cell| (cell, "only the candidate")))
    }

    fn sum(&self) -> String {
        let verdicts =
            [Verdict::Regressed, Verdict::Improved, Verdict::Inconclusive, Verdict::Equivalent, Verdict::Identical];
        let known = verdicts.iter().filter(|verdict| self.count(**verdict) > 0);
        let mut parts: Vec<String> =
            known.map(|verdict| format!("{} {}", self.count(*verdict), verdict.word())).collect();
        let odd = [("baseline", self.only_baseline.len()), ("candidate", self.only_candidate.len())];
        parts.extend(
            odd.iter().filter(|(_, count)| *count > 0).map(|(side, count)| format!("{count} only in the {side}")),
        );
        format!("{}: {}", counted(self.cells.len(), "cell"), parts.join(", "))
    }
}

const HEADER: [&str; 9] = [
    "benchmark",
    "strategy",
    "verdict",
    "question",
    "baseline",
    "candidate",
    "95 % interval of difference",
    "adjusted p",
    "runs",
];

fn runs_text(cell: &CellVerdict) -> String {
    match cell.runs {
        [runs, _] if cell.paired => format!("{runs} paired"),
        [old, new] => format!("{old} and {new}"),
    }
}

impl CellVerdict {
    /// Where the two part ways, and what would decide.
    fn detail(&self) -> String {
        let divergence = self.divergence.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let early =
            self.early.iter().zip(["baseline", "candidate"]).filter_map(|(early, side)| Some((side, early.as_ref()?)));
        let early: String = early.map(|(side, words)| format!("; of the {side}'s runs {words}")).collect();
        let needed = self.runs_needed.map(|runs| format!("; about {runs} fresh runs a side would decide"));
        divergence + &early + &needed.unwrap_or_default()
    }
}

impl Finding {
    fn texts(&self) -> Vec<String> {
        let number = |value: f64| match self.question {
            Question::FinalRegret => format!("{value:.3}"),
            Question::TimeToTarget => format!("{value:.1}"),
            Question::FailedRuns => format!("{:.1} %", 100.0 * value),
        };
        let interval = self.interval.map_or("-".into(), |[low, high]| format!("{} to {}", number(low), number(high)));
        let sign = match self.direction {
            1 => " worse",
            -1 => " better",
            _ => "",
        };
        let p = format!("{}{sign}", p_text(self.adjusted));
        vec![self.question.words().to_owned(), number(self.baseline), number(self.candidate), interval, p]
    }
}

/// A p-value as papers print it.
pub fn p_text(p: f64) -> String {
    if p < 0.001 { "< .001".to_owned() } else { format!("{p:.3}").replacen("0.", ".", 1) }
}

/// A text as XML can hold it.
fn escape(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
