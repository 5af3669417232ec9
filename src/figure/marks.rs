//! Markers as polygons and discs, with a white rim that keeps them apart from the lines they lie on.

use super::error::FigureError;
use super::frame::Place;
use super::style::{Colour, Marker};
use super::svg::{Role, Sheet};

/// Half the size of a marker, in points.
const RADIUS: f64 = 2.0;

/// Width of the white rim, in points.
const RIM: f64 = 0.6;

/// Draws a marker around a place.
pub(super) fn draw_marker(
    sheet: &mut Sheet<'_>,
    marker: Marker,
    centre: Place,
    colour: Colour,
) -> Result<(), FigureError> {
    if marker == Marker::Ring {
        sheet.disc(centre, RADIUS * 0.8, colour, 1.0)?;
        return sheet.disc(centre, RADIUS * 0.45, Colour::WHITE, 1.0);
    }
    draw_shape(sheet, marker, (centre, RIM), Colour::WHITE, 1.0)?;
    draw_shape(sheet, marker, (centre, 0.0), colour, 1.0)
}

/// Draws a translucent marker, without a rim, around a place.
pub(super) fn draw_faint_marker(
    sheet: &mut Sheet<'_>,
    marker: Marker,
    centre: Place,
    colour: Colour,
    opacity: f64,
) -> Result<(), FigureError> {
    draw_shape(sheet, marker, (centre, 0.0), colour, opacity)
}

fn draw_shape(
    sheet: &mut Sheet<'_>,
    marker: Marker,
    (centre, rim): (Place, f64),
    colour: Colour,
    opacity: f64,
) -> Result<(), FigureError> {
    if matches!(marker, Marker::Disc | Marker::Ring) {
        return sheet.disc(centre, RADIUS + rim, colour, opacity);
    }
    let corners: Vec<Place> =
        corners(marker, rim).iter().map(|&(across, down)| (centre.0 + across, centre.1 + down)).collect();
    sheet.fill(&corners, colour, opacity, Role::Shape)
}

/// Lists the corners of a shape around the origin, moved outwards so that its edges lie `rim` further out.
fn corners(marker: Marker, rim: f64) -> Vec<Place> {
    let diagonal = 0.5_f64.sqrt();
    match marker {
        Marker::Disc | Marker::Ring | Marker::Square => {
            let half = RADIUS * 0.9 + rim;
            vec![(-half, -half), (half, -half), (half, half), (-half, half)]
        }
        Marker::Up => triangle(rim),
        Marker::Down => triangle(rim).into_iter().map(|(across, down)| (across, -down)).collect(),
        Marker::Diamond => {
            let reach = RADIUS * 1.3 + rim / diagonal;
            vec![(0.0, -reach), (reach, 0.0), (0.0, reach), (-reach, 0.0)]
        }
        Marker::Plus => plus(rim),
        Marker::Cross => {
            let turn = |(across, down): Place| ((across - down) * diagonal, (across + down) * diagonal);
            plus(rim).into_iter().map(turn).collect()
        }
    }
}

/// A triangle with equal sides whose centre of mass is the origin.
fn triangle(rim: f64) -> Vec<Place> {
    let inner = RADIUS * 0.65 + rim;
    let half = inner * 3.0_f64.sqrt();
    vec![(0.0, -2.0 * inner), (half, inner), (-half, inner)]
}

fn plus(rim: f64) -> Vec<Place> {
    let (long, short) = (RADIUS * 1.25 + rim, RADIUS * 0.4 + rim);
    vec![
        (-short, -long),
        (short, -long),
        (short, -short),
        (long, -short),
        (long, short),
        (short, short),
        (short, long),
        (-short, long),
        (-short, short),
        (-long, short),
        (-long, -short),
        (-short, -short),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_centred_and_of_like_size() {
        for marker in [Marker::Square, Marker::Up, Marker::Diamond, Marker::Down, Marker::Plus, Marker::Cross] {
            let corners = corners(marker, 0.0);
            let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
            assert!(f64::max(f64::abs(sum.0), f64::abs(sum.1)) < 1e-9, "{marker:?} is centred on {sum:?}");
            let reach = corners.iter().map(|corner| corner.0.abs().max(corner.1.abs())).fold(0.0, f64::max);
            assert!((RADIUS * 0.8..RADIUS * 1.5).contains(&reach), "{marker:?} reaches {reach}");
        }
    }
}
