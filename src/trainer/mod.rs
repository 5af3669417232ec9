//! Training for real what a table lacks.

pub mod calibrate;
#[cfg(feature = "train")]
mod checkpoint;
pub mod data;
#[cfg(feature = "train")]
mod device;
#[cfg(feature = "train")]
mod export;
mod fallback;
mod loss;
mod merge;
#[cfg(feature = "train")]
mod model;
pub mod net;
mod optimizer;
mod outcome;
mod overlay;
mod place;
#[cfg(feature = "train")]
mod pool;
mod recipe;
mod sample;
mod setup;
mod spec;
#[cfg(feature = "train")]
mod train;

pub use calibrate::Calibration;
#[cfg(feature = "train")]
pub use device::device;
pub use fallback::Fallback;
pub use merge::{Label, merge};
pub use optimizer::Optimizer;
pub use outcome::{METRICS, Measured, MetricOf, Outcome};
pub use overlay::{Content, Damage, Machine, Overlay, OverlayError, Trained};
pub use place::overlay_place;
#[cfg(feature = "train")]
pub use pool::{Item, Pool, PoolError, Stopped};
pub use recipe::{Evaluate, EvaluateWord, Initial, Recipe};
pub use sample::sample;
pub use setup::{Setup, SetupError, Source, TrainedProvenance, provenance_of};
pub use spec::TrainingSpec;
#[cfg(feature = "train")]
pub use train::{Progress, Training};
