//! Pure numbers in, numbers out: centres and their intervals, tests, step curves, targets, ranks, random search from a table alone.
//!
//! Every function names its source; sums run in a fixed order, so that the same numbers come out on every machine.

mod bayes;
mod bootstrap;
mod centre;
mod correlation;
mod curve;
mod degenerate;
mod distribution;
mod equivalence;
mod fisher;
mod friedman;
mod hodges_lehmann;
mod hypothesis;
mod lanes;
mod mann_whitney;
mod multiple;
mod pareto;
mod profile;
mod random_search;
mod rank;
mod ranking;
mod stratified;
mod summary;
mod targets;
mod wilcoxon;

pub use bayes::{Posterior, bayesian_signed_rank};
pub use bootstrap::{Interval, centre_intervals, difference_interval, mean_intervals, simultaneous_band};
pub use centre::Centre;
pub use correlation::{kendall_tau_b, pearson, spearman};
pub use curve::{linear_area, log_area, log_counts, log_grid, sample};
pub use degenerate::{Degenerate, degenerate};
pub use distribution::{
    chi_squared_tail, f_tail, normal_cdf, normal_quantile, normal_tail, student_t_cdf, student_t_quantile,
};
pub use equivalence::{equivalence, runs_needed, welch_test};
pub use fisher::fisher_exact;
pub use friedman::{FEWEST_DATA_SETS, Friedman, cliques, friedman, nemenyi_critical_difference};
pub use hodges_lehmann::{Estimate, hodges_lehmann, hodges_lehmann_shift};
pub use hypothesis::{Alternative, TestResult};
pub use mann_whitney::{magnitude, mann_whitney, vargha_delaney};
pub use multiple::holm;
pub use pareto::{front, hypervolume, hypervolume_regret, inverted_generational_distance_plus};
pub use profile::{optimality_gap, performance_profile, probability_of_improvement, win_share};
pub use random_search::{RandomSearchLaw, without_replacement};
pub use rank::{ranks, tie_correction};
pub use ranking::{expected_ranks, rank_columns};
pub use stratified::stratified_intervals;
pub use summary::{interquartile_mean, mean, quantile, quantile_of, standard_deviation};
pub use targets::{RunningTime, TARGETS, ecdf, expected_running_time, hitting, log_targets, running_time_interval};
pub use wilcoxon::{sign_test, wilcoxon_signed_rank};
