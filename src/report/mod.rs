//! What people and programs read of results: a line for each strategy on each benchmark, what a design cannot show, the regression
//! verdict, and the report as a page, as markdown and as LaTeX.

mod assemble;
mod audit_figures;
mod audit_tables;
mod audit_text;
mod baseline;
mod card;
mod checklist;
mod comparison;
mod drawn;
mod grid;
mod latex;
mod long_format;
mod markdown;
mod outcome;
mod page;
mod preflight;
mod prose;
mod prose_results;
mod regress;
mod summary;
mod tables;
mod trials;
mod trials_csv;
mod trials_parquet;
mod verdict;
mod write;

pub use assemble::Report;
pub use audit_text::audit_text;
pub use baseline::{Baseline, BaselineBenchmark, BaselineCell, DEFINITIONS_VERSION, Target};
pub use card::{Card, card};
pub use preflight::{FEW_RUNS, preflight};
pub use regress::{CellVerdict, Finding, Incomparable, LEVEL, Question, Regression, Verdict, regress};
pub use summary::{Centre, Mean, Regret, Summary, summaries, table};
pub use trials::{ABSENT, COLUMNS, Texts, TrialBlock, TrialFormat, TrialsError, save_trials, write_trials};
pub use verdict::p_text;
pub use write::{REPORT, ReportError, write_report};
