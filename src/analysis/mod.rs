//! Results as the numbers that statistics take: incumbents over time, final regrets, the law of random search, the table's noise.
//!
//! A [`Study`] is one benchmark of some results, seen by one reported metric; figures, reports and verdicts are made of studies.

pub mod audit;
mod grid;
mod law;
mod noise;
mod simulate;
mod study;
mod view;

pub use grid::grid;
pub use law::{Horizon, Law, RandomLevel, law, random_level};
pub use noise::{TableNoise, table_noise};
pub use simulate::{SimulatedRun, simulate_random_search};
pub use study::{Entry, Measure, Study, Trajectory, foreign_text, left_out, studies};
pub use view::{By, Over, View};
