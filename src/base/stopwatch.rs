//! How long a computation takes on this machine.

use std::time::{Duration, Instant};

/// Measures the processor time of the calling thread, which other programs on the machine hardly change, or wall time.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    begun: Instant,
    #[cfg(unix)]
    processor: Option<Duration>,
}

impl Stopwatch {
    /// Begins to measure the calling thread's processor time; wall time where the system does not tell.
    pub fn processor() -> Self {
        Self {
            begun: Instant::now(),
            #[cfg(unix)]
            processor: Some(processor_time()),
        }
    }

    /// Begins to measure wall time.
    pub fn wall() -> Self {
        Self {
            begun: Instant::now(),
            #[cfg(unix)]
            processor: None,
        }
    }

    /// What has passed since; asked by the same thread.
    pub fn elapsed(&self) -> Duration {
        #[cfg(unix)]
        if let Some(processor) = self.processor {
            return processor_time().saturating_sub(processor);
        }
        self.begun.elapsed()
    }
}

#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32) // below a second: fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_takes_wall_time_only() {
        let (processor, wall) = (Stopwatch::processor(), Stopwatch::wall());
        std::thread::sleep(Duration::from_millis(60));
        assert!(wall.elapsed() >= Duration::from_millis(60));
        assert!(cfg!(not(unix)) || processor.elapsed() < Duration::from_millis(50));
    }
}
