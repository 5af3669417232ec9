//! Units of time and training: integer nanoseconds of the simulated clock, and epochs.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A count of finished training epochs, 1 after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// A span of simulated time in nanoseconds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

/// Seconds that no clock can show.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("{0} is not a number of seconds; expected a finite number from 0 to 18446744073")]
pub struct ClockError(pub f64);

impl Nanos {
    /// Converts seconds, rounding to the nearest nanosecond and ties to even.
    ///
    /// # Errors
    /// Negative, non-finite and too large values (over 584 years) are refused.
    pub fn from_seconds(seconds: f64) -> Result<Self, ClockError> {
        let nanos = (seconds * 1e9).round_ties_even();
        if nanos >= 0.0 && nanos < u64::MAX as f64 { Ok(Self(nanos as u64)) } else { Err(ClockError(seconds)) }
    }

    /// The span in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_ties_to_even() {
        assert_eq!(Nanos::from_seconds(0.5e-9), Ok(Nanos(0)));
        assert_eq!(Nanos::from_seconds(1.5e-9), Ok(Nanos(2)));
        assert_eq!(Nanos::from_seconds(1444.2185997962952), Ok(Nanos(1_444_218_599_796)));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(Nanos::from_seconds(bad).is_err(), "{bad}");
        }
    }
}
