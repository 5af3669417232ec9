//! The commands, one file each. Data goes to stdout, everything else to stderr.

mod audit;
mod demo;
mod destination;
mod diff;
mod error;
mod export;
mod figure;
mod import;
mod import_runs;
mod interrupt;
mod merge;
mod output;
mod query;
mod regress;
mod report;
mod run;
mod shell;
mod show;
mod slice;
mod space;
mod strategy;
mod table;
mod train;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use error::CliError;

/// Replays tabular NAS benchmarks: memory-mapped tables, search strategies at lookup speed, regret curves.
#[derive(Debug, Parser)]
#[command(name = "nasreplay", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compares strategies on the embedded NAS-Bench-201 and draws the regret curves
    Demo(demo::Demo),
    /// Lists, describes, queries and checks tables
    #[command(subcommand)]
    Table(table::TableCommand),
    /// Makes a table from a published format
    Import(import::Import),
    /// Describes search spaces and draws from them
    #[command(subcommand)]
    Space(space::SpaceCommand),
    /// Describes strategies and their published settings
    #[command(subcommand)]
    Strategy(strategy::StrategyCommand),
    /// Replays what is missing of an experiment and stores it in a folder
    Run(run::Run),
    /// Replays stored results again and compares them
    Verify(verify::Verify),
    /// Prints a line for each strategy on each benchmark
    Show(show::Show),
    /// Draws a figure of results
    Figure(figure::FigureCommand),
    /// Makes a report of results: a page, markdown, LaTeX, figures, the checklist, and the data
    Report(report::Report),
    /// Finds the first trial at which two results part ways
    Diff(diff::Diff),
    /// Judges whether strategies are still as good as in a baseline
    Regress(regress::Regress),
    /// Keeps baselines for `regress`
    #[command(subcommand)]
    Baseline(regress::BaselineCommand),
    /// Scores the trials of somebody's own strategy and stores them as results
    ImportRuns(import_runs::ImportRuns),
    /// Trains architectures into an overlay or a whole new table
    Train(Box<train::Train>),
    /// Prints a completion script for a shell
    Completions(shell::Completions),
    /// Prints the manual page
    Man,
}

/// Whether the answer to a request is yes.
pub type Answer = Result<bool, CliError>;

/// Runs the program: 0 done, 1 the answer is no, 2 the request or an input was wrong, 3 undecided (`regress --fail-on inconclusive`).
pub fn main() -> ExitCode {
    interrupt::install();
    match Cli::parse().command.run() {
        Ok(code) => code,
        Err(CliError::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::from(2)
        }
    }
}

impl Command {
    fn run(self) -> Result<ExitCode, CliError> {
        let answer = match self {
            Self::Regress(command) => return command.run(),
            Self::Demo(command) => command.run(),
            Self::Table(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Space(command) => command.run(),
            Self::Strategy(command) => command.run(),
            Self::Run(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Figure(command) => command.run(),
            Self::Report(command) => command.run(),
            Self::Diff(command) => command.run(),
            Self::Baseline(command) => command.run(),
            Self::ImportRuns(command) => command.run(),
            Self::Train(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Man => shell::man(),
        };
        Ok(if answer? { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
