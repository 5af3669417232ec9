//! `nasreplay figure`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Answer, CliError, output, show::warn_of_results};
use crate::base::write_whole;
use crate::experiment::Results;
use crate::figure::{By, Figure, Over, PRINT_DPI, RegretView, left_out, regret};

/// Draws a figure of results.
#[derive(Debug, Subcommand)]
pub enum FigureCommand {
    /// Mean regret of the incumbent with its 95 % interval, one panel a benchmark
    Regret(RegretArgs),
}

/// What `nasreplay figure regret` takes.
#[derive(Debug, Args)]
pub struct RegretArgs {
    /// The folders with the results
    #[arg(required = true)]
    dir: Vec<PathBuf>,
    /// The picture's file; its ending says which kind: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// The horizontal axis
    #[arg(long, value_enum, default_value_t = OverArg::Trials)]
    over: OverArg,
    /// The metric; test where every shown benchmark has it, if left out
    #[arg(long, value_enum)]
    by: Option<ByArg>,
    /// Shows only this benchmark; may be given several times
    #[arg(long, value_name = "NAME")]
    benchmark: Vec<String>,
    /// The width in inches; 3.3 for one panel and 6.75 for more, if left out
    #[arg(long, value_name = "INCHES")]
    width: Option<f64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OverArg {
    Trials,
    Seconds,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ByArg {
    Valid,
    Test,
}

impl FigureCommand {
    pub(super) fn run(self) -> Answer {
        let Self::Regret(args) = self;
        Kind::of(&args.out)?; // a bad file name fails before the work
        let results: Vec<Results> = args.dir.iter().map(|dir| Results::open(dir)).collect::<Result<_, _>>()?;
        results.iter().for_each(warn_of_results);
        let view = args.view(&results);
        let figure = regret(&results, &view)?;
        left_out(&results, &view).iter().for_each(|sentence| output::warn(sentence));
        save(&figure, &args.out)?;
        Ok(true)
    }
}

impl RegretArgs {
    fn view(&self, results: &[Results]) -> RegretView {
        let benchmarks = results.iter().flat_map(|results| &results.plan.benchmarks);
        let is_shown = |name: &String| self.benchmark.is_empty() || self.benchmark.contains(name);
        let mut shown = benchmarks.filter(|(benchmark, _)| is_shown(&benchmark.resolved.name));
        let all_have_test = shown.all(|(benchmark, _)| benchmark.resolved.test.is_some());
        let by = match self.by {
            Some(ByArg::Valid) => By::Valid,
            Some(ByArg::Test) => By::Test,
            None if all_have_test => By::Test,
            None => By::Valid,
        };
        let over = match self.over {
            OverArg::Trials => Over::Trials,
            OverArg::Seconds => Over::Seconds,
        };
        RegretView { over, by, benchmarks: self.benchmark.clone(), width: self.width }
    }
}

enum Kind {
    Svg,
    Png,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, CliError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(CliError::usage(
                format!("`{}` names no kind of picture", path.display()),
                "let the file's name end in .svg or .png",
            )),
        }
    }
}

/// Draws a figure into a file, of the kind that the file's name says.
pub(super) fn save(figure: &Figure, path: &Path) -> Result<(), CliError> {
    let bytes = match Kind::of(path)? {
        Kind::Svg => figure.svg()?.into_bytes(),
        Kind::Png => figure.png(PRINT_DPI)?,
    };
    write_whole(path, &bytes)?;
    output::note(&format!("drew {}", path.display()));
    Ok(())
}
