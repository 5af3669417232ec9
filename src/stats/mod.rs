//! Pure numbers in, numbers out: summaries, bootstrap intervals, step curves, random search from a table alone.
//!
//! Every function names its source; sums run in a fixed order, so that the same numbers come out on every machine.

mod bootstrap;
mod curve;
mod random_search;
mod summary;

pub use bootstrap::{Interval, mean_intervals};
pub use curve::{log_counts, log_grid, sample};
pub use random_search::RandomSearchLaw;
pub use summary::{interquartile_mean, mean, quantile, quantile_of, standard_deviation};
