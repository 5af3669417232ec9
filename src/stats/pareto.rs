//! Several metrics at once, all minimised: fronts, dominated volumes, distances between fronts.

/// The places of the points that no other point dominates; of equal points the first. Points with NaN are left out.
pub fn front(points: &[Vec<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).filter(|&place| points[place].iter().all(|x| !x.is_nan())).collect();
    // in this order, later points never dominate earlier ones
    order.sort_by(|&a, &b| points[a].partial_cmp(&points[b]).unwrap_or(a.cmp(&b)));
    let mut front: Vec<usize> = Vec::new();
    for place in order {
        if !front.iter().any(|&other| is_as_good(&points[other], &points[place])) {
            front.push(place);
        }
    }
    front.sort_unstable();
    front
}

fn is_as_good(point: &[f64], other: &[f64]) -> bool {
    point.iter().zip(other).all(|(a, b)| a <= b)
}

/// The volume that points dominate, up to a reference point (Zitzler and Thiele, PPSN 1998); points that are not strictly inside it
/// are dropped. Two metrics take a sweep; each further one a sweep over slices (Knowles 2002; While et al., IEEE TEVC 10(1), 2006),
/// which is meant for three metrics and a few hundred points of a front.
pub fn hypervolume(points: &[Vec<f64>], reference: &[f64]) -> f64 {
    let inside = |point: &&Vec<f64>| point.len() == reference.len() && point.iter().zip(reference).all(|(a, b)| a < b);
    let inside: Vec<Vec<f64>> = points.iter().filter(inside).cloned().collect();
    let mut best: Vec<&[f64]> = front(&inside).into_iter().map(|place| &inside[place][..]).collect();
    volume(&mut best, reference)
}

/// The volume dominated by points inside the reference, metric by metric from the last one.
fn volume(points: &mut [&[f64]], reference: &[f64]) -> f64 {
    let Some((&edge, rest)) = reference.split_last() else { return 0.0 };
    if rest.len() == 1 {
        return sweep(points, rest[0], edge);
    }
    let last = rest.len();
    points.sort_by(|a, b| a[last].total_cmp(&b[last]));
    if last == 0 {
        return points.first().map_or(0.0, |best| edge - best[0]);
    }
    let behind = |place: usize| points.get(place).map_or(edge, |next| next[last]);
    let heights: Vec<f64> = (0..points.len()).map(|place| behind(place + 1) - points[place][last]).collect();
    let mut sum = 0.0;
    for (place, height) in heights.into_iter().enumerate().filter(|(_, height)| *height > 0.0) {
        sum += height * volume(&mut points[..=place].to_vec(), rest);
    }
    sum
}

/// The area dominated in the first two metrics: strips from left to right, as deep as the lowest point so far.
fn sweep(points: &mut [&[f64]], right: f64, top: f64) -> f64 {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let (mut lowest, mut sum) = (top, 0.0);
    for point in points.iter().filter(|point| point[1] < top) {
        if point[1] < lowest {
            sum += (right - point[0]) * (lowest - point[1]);
            lowest = point[1];
        }
    }
    sum
}

/// How much of the volume under the true front is not found, as a share of it: 0 for the whole front, 1 for nothing.
pub fn hypervolume_regret(found: &[Vec<f64>], all: &[Vec<f64>], reference: &[f64]) -> f64 {
    let whole = hypervolume(all, reference);
    (whole - hypervolume(found, reference)) / whole
}

/// IGD+ (Ishibuchi et al., EMO 2015): the mean over the true front of how far the nearest found point falls short
/// of it, counting only the metrics in which it is worse. 0 for the whole front; infinite for nothing found.
pub fn inverted_generational_distance_plus(found: &[Vec<f64>], front: &[Vec<f64>]) -> f64 {
    let short = |point: &Vec<f64>, goal: &Vec<f64>| {
        let worse = point.iter().zip(goal).map(|(a, b)| (a - b).max(0.0));
        worse.map(|worse| worse * worse).sum::<f64>().sqrt()
    };
    let nearest = |goal: &Vec<f64>| found.iter().map(|point| short(point, goal)).fold(f64::INFINITY, f64::min);
    front.iter().map(nearest).sum::<f64>() / front.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points<const N: usize>(points: &[[f64; N]]) -> Vec<Vec<f64>> {
        points.iter().map(|point| point.to_vec()).collect()
    }

    /// Forty points without order: (7 i mod 41, 11 i mod 43, 13 i mod 47).
    fn many() -> Vec<Vec<f64>> {
        (1..=40).map(|i| vec![f64::from(7 * i % 41), f64::from(11 * i % 43), f64::from(13 * i % 47)]).collect()
    }

    const PLANE: [[f64; 2]; 6] = [[1.0, 5.0], [2.0, 3.0], [4.0, 1.0], [3.0, 4.0], [2.0, 3.0], [6.0, 0.5]];

    /// Golden numbers by moocore 0.3.2 (`is_nondominated`).
    #[test]
    fn the_front_is_what_nothing_dominates() {
        assert_eq!(front(&points(&PLANE)), [0, 1, 2, 5]);
        assert_eq!(front(&many()), [0, 3, 5, 7, 10, 11, 14, 18, 21, 25, 28, 29, 32, 36, 39]);
        assert_eq!(front(&points(&[[f64::NAN, 0.0], [1.0, 1.0]])), [1]);
    }

    /// Golden numbers by moocore 0.3.2 (`hypervolume`); the plane by hand too: 1 x 5 + 2 x 4 + 2 x 2 = 17 up to (6, 6).
    #[test]
    fn volumes_agree_with_moocore() {
        assert_eq!(hypervolume(&points(&PLANE), &[6.0, 6.0]), 17.0);
        assert_eq!(hypervolume(&points(&PLANE), &[7.0, 6.0]), 22.5);
        let space = [
            [1.0, 5.0, 2.0],
            [2.0, 3.0, 4.0],
            [4.0, 1.0, 3.0],
            [3.0, 4.0, 1.0],
            [2.0, 2.0, 5.0],
            [5.0, 5.0, 0.5],
            [2.0, 3.0, 6.0],
        ];
        assert_eq!(hypervolume(&points(&space), &[6.0; 3]), 64.5);
        assert_eq!(hypervolume(&many(), &[45.0; 3]), 68_449.0);
        let four = [
            [1.0, 5.0, 2.0, 3.0],
            [2.0, 3.0, 4.0, 1.0],
            [4.0, 1.0, 3.0, 2.0],
            [3.0, 4.0, 1.0, 4.0],
            [2.0, 2.0, 5.0, 0.5],
        ];
        assert_eq!(hypervolume(&points(&four), &[6.0; 4]), 262.0);
    }

    #[test]
    fn points_outside_the_reference_add_nothing() {
        assert_eq!(hypervolume(&points(&[[7.0, -9.0], [6.0, 1.0]]), &[6.0, 6.0]), 0.0);
        assert_eq!(hypervolume(&points(&[[2.0], [3.0]]), &[5.0]), 3.0);
        assert_eq!(hypervolume(&[], &[1.0, 1.0]), 0.0);
    }

    #[test]
    fn regret_is_the_share_of_the_volume_that_is_missing() {
        let (all, reference) = (points(&PLANE), [6.0, 6.0]);
        assert_eq!(hypervolume_regret(&all, &all, &reference), 0.0);
        assert_eq!(hypervolume_regret(&[], &all, &reference), 1.0);
        assert_eq!(hypervolume_regret(&points(&[[2.0, 3.0]]), &all, &reference), 5.0 / 17.0);
    }

    /// Golden numbers by moocore 0.3.2 (`igd_plus`).
    #[test]
    fn distances_agree_with_moocore() {
        let distance = |found: &[_], goal: &[_]| inverted_generational_distance_plus(found, goal);
        let plane =
            distance(&points(&[[2.0, 4.0], [3.0, 3.0], [5.0, 2.0]]), &points(&[[1.0, 5.0], [2.0, 3.0], [4.0, 1.0]]));
        assert!((plane - 1.138_071_187_457_698_3).abs() < 1e-12, "{plane}");
        let goal = points(&[[1.0, 5.0, 2.0], [2.0, 3.0, 4.0], [4.0, 1.0, 3.0]]);
        let space = distance(&points(&[[1.0, 4.0, 4.0], [3.0, 3.0, 1.0]]), &goal);
        assert!((space - 5.0 / 3.0).abs() < 1e-12, "{space}");
        assert_eq!(distance(&goal, &goal), 0.0);
    }
}
