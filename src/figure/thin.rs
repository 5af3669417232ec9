//! Which tick labels can stand beside each other.

use super::ticks::Rank;

/// The stretch of an axis that a label covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) centre: f64,
    pub(super) length: f64,
    pub(super) rank: Rank,
}

impl Stretch {
    fn meets(self, other: Self, gap: f64) -> bool {
        (self.centre - other.centre).abs() < (self.length + other.length) / 2.0 + gap
    }
}

/// Says which labels to keep so that none comes nearer to another than a gap: every, every second, every third ...
/// major one, then of the lesser ones whichever still fit.
pub(super) fn thin(stretches: &[Stretch], gap: f64) -> Vec<bool> {
    let majors: Vec<Stretch> = stretches.iter().copied().filter(|stretch| stretch.rank == Rank::Major).collect();
    let mut kept = every(&majors, stride(&majors, gap));
    let mut keep: Vec<bool> = stretches.iter().map(|_| false).collect();
    for (stretch, keep) in stretches.iter().zip(&mut keep) {
        *keep = kept.iter().any(|other| other.rank == stretch.rank && other.centre == stretch.centre);
    }
    for rank in [Rank::Middle, Rank::Minor] {
        for (stretch, keep) in stretches.iter().zip(&mut keep).filter(|(stretch, _)| stretch.rank == rank) {
            *keep = !kept.iter().any(|other| other.meets(*stretch, gap));
            if *keep {
                kept.push(*stretch);
            }
        }
    }
    keep
}

fn every(majors: &[Stretch], stride: usize) -> Vec<Stretch> {
    majors.iter().copied().step_by(stride).collect()
}

fn stride(majors: &[Stretch], gap: f64) -> usize {
    let is_free = |stride: &usize| {
        let kept = every(majors, *stride);
        kept.windows(2).all(|pair| !pair[0].meets(pair[1], gap))
    };
    (1..=majors.len()).find(is_free).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(centre: f64, rank: Rank) -> Stretch {
        Stretch { centre, length: 10.0, rank }
    }

    fn majors(spacing: f64) -> Vec<bool> {
        let all: Vec<Stretch> = (0..6).map(|number| stretch(f64::from(number) * spacing, Rank::Major)).collect();
        thin(&all, 2.0)
    }

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(majors(12.0), [true; 6]);
    }

    #[test]
    fn crowded_labels_are_dropped_evenly() {
        assert_eq!(majors(11.0), [true, false, true, false, true, false]);
        assert_eq!(majors(5.0), [true, false, false, true, false, false]);
    }

    #[test]
    fn lesser_labels_yield() {
        let all = [stretch(0.0, Rank::Major), stretch(8.0, Rank::Middle), stretch(30.0, Rank::Minor)];
        assert_eq!(thin(&all, 2.0), [true, false, true]);
    }
}
