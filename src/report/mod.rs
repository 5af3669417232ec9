//! What people and programs read of results: a line for each strategy on each benchmark.

mod summary;

pub use summary::{Centre, Mean, Regret, Summary, summaries, table};
