//! `nasreplay regress` and `nasreplay baseline`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::destination::{self, Kind, Replace};
use super::{Answer, CliError, output, show::note_unfinished};
use crate::base::{FileError, write_whole};
use crate::experiment::Results;
use crate::report::{Baseline, CellVerdict, Regression, Verdict, regress};

/// The exit code of a verdict that the numbers do not allow.
const UNDECIDED: u8 = 3;

/// Judges whether strategies are still as good as in a baseline.
#[derive(Debug, Args)]
pub struct Regress {
    /// A baseline's file, or a folder with results
    baseline: PathBuf,
    /// A folder with results, or a baseline's file
    candidate: PathBuf,
    /// What ends with an exit code: `regressed` (1), `changed` (1 on any difference), `inconclusive` (1 if regressed, 3 if undecided)
    #[arg(long, value_enum, default_value_t = FailOn::Regressed)]
    fail_on: FailOn,
    /// How the verdict is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The difference of mean regrets that counts as none; half of the table's noise if left out
    #[arg(long, value_name = "POINTS")]
    margin: Option<f64>,
    /// Also writes the verdict as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also appends the verdict as GitHub-flavoured markdown, as for `$GITHUB_STEP_SUMMARY`
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Regressed,
    Changed,
    Inconclusive,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
    Markdown,
}

/// Keeps and compares baselines.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Saves what a regression verdict needs of some results, small enough for a repository
    Save(SaveArgs),
}

/// What `nasreplay baseline save` takes.
#[derive(Debug, Args)]
pub struct SaveArgs {
    /// The folder with the results
    dir: PathBuf,
    /// The baseline's file
    #[arg(short, long, value_name = "FILE.json")]
    out: PathBuf,
    #[command(flatten)]
    replace: Replace,
}

impl BaselineCommand {
    pub(super) fn run(self) -> Answer {
        let Self::Save(SaveArgs { dir, out, replace }) = self;
        destination::check(&out, Kind::Baseline, replace, std::slice::from_ref(&dir))?;
        let results = Results::open(&dir)?;
        note_unfinished(&results);
        let text = Baseline::of(&results)?.text();
        write_whole(&out, text.as_bytes())?;
        output::note(&format!("saved {} ({} kB)", out.display(), text.len().div_ceil(1000)));
        Ok(true)
    }
}

impl Regress {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        if let Some(margin) = self.margin.filter(|margin| !(*margin > 0.0 && margin.is_finite())) {
            return Err(CliError::usage(
                format!("--margin is {margin}"),
                "give a difference in the unit of regret, above 0",
            ));
        }
        if let Some(path) = &self.junit {
            let inputs = [self.baseline.clone(), self.candidate.clone()];
            destination::check(path, Kind::Junit, Replace { replace: true }, &inputs)?; // a CI server makes it anew each time
        }
        if let Some(path) = &self.summary {
            let inputs = [Some(&self.baseline), Some(&self.candidate), self.junit.as_ref()];
            let inputs: Vec<PathBuf> = inputs.into_iter().flatten().cloned().collect();
            destination::check_appended(path, &inputs)?;
            if self.junit.as_ref() == Some(path) {
                return Err(CliError::usage("--junit and --summary name one file", "give each a file of its own"));
            }
        }
        let (baseline, _) = side(&self.baseline)?;
        let (candidate, results) = side(&self.candidate)?;
        let name_row =
            |benchmark: &str, row: u32| results.as_ref().and_then(|results| name_of(results, benchmark, row));
        let regression = regress(&baseline, &candidate, self.margin, &name_row)
            .map_err(|fault| CliError::usage(fault.what, &fault.hint))?;
        self.print(&regression)?;
        Ok(ExitCode::from(self.code(&regression)))
    }

    fn print(&self, regression: &Regression) -> Result<(), CliError> {
        let fails = |cell: &CellVerdict| match self.fail_on {
            FailOn::Changed => cell.verdict != Verdict::Identical,
            FailOn::Inconclusive => matches!(cell.verdict, Verdict::Regressed | Verdict::Inconclusive),
            FailOn::Regressed => cell.verdict == Verdict::Regressed,
        };
        match self.format {
            Format::Text => output::print(&regression.text())?,
            Format::Json => output::print_json(regression)?,
            Format::Junit => output::print(&regression.junit(fails, self.fail_on == FailOn::Changed))?,
            Format::Markdown => output::print(&regression.markdown())?,
        }
        if let Some(path) = &self.junit {
            write_whole(path, regression.junit(fails, self.fail_on == FailOn::Changed).as_bytes())?;
        }
        if let Some(path) = &self.summary {
            append(path, regression.markdown().as_bytes())?;
        }
        Ok(())
    }

    fn code(&self, regression: &Regression) -> u8 {
        let has = |verdict| regression.count(verdict) > 0;
        match self.fail_on {
            FailOn::Changed => u8::from(regression.changed()),
            _ if has(Verdict::Regressed) => 1,
            FailOn::Inconclusive if has(Verdict::Inconclusive) => UNDECIDED,
            _ => 0,
        }
    }
}

/// Adds to the end of a file, which is made if it is not there.
fn append(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|source| FileError { path: path.to_owned(), source })
}

/// A side of the comparison, with its results where it is a folder.
fn side(path: &Path) -> Result<(Baseline, Option<Results>), CliError> {
    if !path.is_dir() {
        return Ok((Baseline::read(path)?, None));
    }
    let results = Results::open(path)?;
    note_unfinished(&results);
    Ok((Baseline::of(&results)?, Some(results)))
}

fn name_of(results: &Results, benchmark: &str, row: u32) -> Option<String> {
    let mut benchmarks = results.plan.benchmarks.iter().map(|(benchmark, _)| benchmark);
    let table = &benchmarks.find(|found| found.resolved.name == benchmark)?.table;
    ((row as usize) < table.rows()).then(|| table.space().write(table.arch(row as usize)))
}
