//! Training for real what a table lacks: image data sets, networks, recipes, the training loop on burn, and the overlay that keeps what
//! was trained.
//!
//! [`Setup`] resolves what is asked for, [`Pool`] trains it into an [`Overlay`], [`merge`] makes a table of that, and [`Fallback`] is the
//! trainer of a replay. Everything but the training itself is there without the feature `train`.

pub mod calibrate;
#[cfg(feature = "train")]
mod checkpoint;
pub mod data;
#[cfg(feature = "train")]
mod device;
#[cfg(feature = "train")]
mod export;
mod extend;
mod fallback;
#[cfg(feature = "train")]
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
pub use extend::extend;
pub use fallback::Fallback;
#[cfg(feature = "train")]
pub use loss::{Score, Targets};
pub use merge::merge;
#[cfg(feature = "train")]
pub use model::{Frozen, Model, State};
pub use optimizer::Optimizer;
pub use outcome::{METRICS, Measured, MetricOf, Outcome};
pub use overlay::{Content, Damage, Machine, Overlay, OverlayError, Trained};
pub use place::overlay_place;
#[cfg(feature = "train")]
pub use pool::{Item, Pool, PoolError, Stopped};
pub use recipe::{Evaluate, EvaluateWord, Initial, Recipe};
pub use sample::sample;
pub use setup::{Setup, SetupError, Source, TrainedProvenance, provenance_of};
pub use spec::{TRAINING_VERSION, TrainingSpec};
#[cfg(feature = "train")]
pub use train::{Progress, Training};
