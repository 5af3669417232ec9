//! Draws a panel's axes: grid, spines, ticks, the strip for zeros, and everything written around them.

use super::error::FigureError;
use super::frame::{Frame, STRIP};
use super::layout::{PAD, Placed, Sizes, TICK, line_height};
use super::names::{LEADING, Names};
use super::style::Colour;
use super::svg::{Anchor, Ink, Role, Sheet};
use super::text::Ruler;
use super::thin::{Stretch, thin};
use super::ticks::{Rank, Tick};
use super::value::Panel;

const SPINE: Ink = Ink::black(0.6);
const FINE: Ink = Ink::black(0.4);
const GRID: Ink = Ink { opacity: 0.2, ..Ink::black(0.4) };

/// Length of the ticks between the labelled ones.
const MINOR_TICK: f64 = 1.6;

/// Draws what lies below the curves.
pub(super) fn draw_grid(sheet: &mut Sheet<'_>, placed: &Placed<'_>) -> Result<(), FigureError> {
    let frame = &placed.frame;
    if frame.has_strip {
        let (left, right, top, bottom) = (frame.left, frame.right(), frame.bottom() - STRIP, frame.bottom());
        sheet.fill(&[(left, top), (right, top), (right, bottom), (left, bottom)], Colour::BLACK, 0.05, Role::Shape)?;
    }
    for tick in placed.x_ticks.iter().filter(|tick| tick.rank != Rank::Minor) {
        let across = frame.across(tick.value);
        sheet.line(&[(across, frame.top), (across, frame.floor())], GRID)?;
    }
    for tick in placed.y_ticks.iter().filter(|tick| tick.rank != Rank::Minor) {
        let down = frame.down(tick.value);
        sheet.line(&[(frame.left, down), (frame.right(), down)], GRID)?;
    }
    Ok(())
}

/// Draws what lies above the curves and around them.
pub(super) fn draw_axes(
    sheet: &mut Sheet<'_>,
    placed: &Placed<'_>,
    sizes: Sizes,
    ruler: &Ruler,
) -> Result<(), FigureError> {
    draw_spines(sheet, &placed.frame, placed.panel)?;
    draw_x_ticks(sheet, placed, sizes.small, ruler)?;
    draw_y_ticks(sheet, placed, sizes.small, ruler)?;
    draw_labels(sheet, placed, sizes, ruler)
}

fn draw_spines(sheet: &mut Sheet<'_>, frame: &Frame, panel: &Panel) -> Result<(), FigureError> {
    let (left, floor, bottom) = (frame.left, frame.floor(), frame.bottom());
    let has_break = frame.has_strip && !panel.y.hidden;
    let strip = bottom - STRIP;
    if has_break {
        sheet.line(&[(left, frame.top), (left, floor)], SPINE)?;
    }
    let begin = (left, if has_break { strip } else { frame.top });
    let end = (frame.right(), bottom);
    match (panel.x.hidden, panel.y.hidden) {
        (false, false) => sheet.line(&[begin, (left, bottom), end], SPINE)?,
        (false, true) => sheet.line(&[(left, bottom), end], SPINE)?,
        (true, false) => sheet.line(&[begin, (left, bottom)], SPINE)?,
        (true, true) => {}
    }
    for end in [floor, strip].into_iter().filter(|_| has_break) {
        sheet.line(&[(left - 2.2, end + 1.1), (left + 2.2, end - 1.1)], SPINE)?;
    }
    Ok(())
}

fn tick_look(tick: &Tick) -> (f64, Ink) {
    if tick.rank == Rank::Minor && tick.label.is_none() { (MINOR_TICK, FINE) } else { (TICK, SPINE) }
}

fn draw_x_ticks(sheet: &mut Sheet<'_>, placed: &Placed<'_>, size: f64, ruler: &Ruler) -> Result<(), FigureError> {
    let frame = &placed.frame;
    let bottom = frame.bottom();
    let mut labels: Vec<(&str, Stretch)> = Vec::new();
    for tick in &placed.x_ticks {
        let centre = frame.across(tick.value);
        let (length, ink) = tick_look(tick);
        sheet.line(&[(centre, bottom), (centre, bottom + length)], ink)?;
        if let Some(label) = &tick.label {
            labels.push((label, Stretch { centre, length: ruler.width(label, size), rank: tick.rank }));
        }
    }
    if let Some(names) = &placed.names {
        return draw_names(sheet, placed, names, size, ruler);
    }
    let baseline = bottom + TICK + PAD + ruler.capital(size);
    for (label, stretch) in kept(&labels, size * 0.5) {
        sheet.write(label, (stretch.centre, baseline), size, Anchor::Centre)?;
    }
    Ok(())
}

fn draw_names(
    sheet: &mut Sheet<'_>,
    placed: &Placed<'_>,
    names: &Names,
    size: f64,
    ruler: &Ruler,
) -> Result<(), FigureError> {
    let top = placed.frame.bottom() + TICK + PAD;
    let centre = |number: usize| placed.frame.across(number as f64);
    match names {
        Names::Upwards(names) => {
            for (number, name) in names.iter().enumerate() {
                let baseline = centre(number) + ruler.capital(size) / 2.0;
                sheet.write_upwards(name, (baseline, top), size, Anchor::Right)?;
            }
        }
        Names::Level(names) => {
            for (number, name) in names.iter().enumerate() {
                for (line, text) in name.iter().enumerate() {
                    let baseline = top + ruler.capital(size) + size * LEADING * line as f64;
                    sheet.write(text, (centre(number), baseline), size, Anchor::Centre)?;
                }
            }
        }
    }
    Ok(())
}

fn draw_y_ticks(sheet: &mut Sheet<'_>, placed: &Placed<'_>, size: f64, ruler: &Ruler) -> Result<(), FigureError> {
    let frame = &placed.frame;
    let mut labels: Vec<(&str, Stretch)> = Vec::new();
    for tick in &placed.y_ticks {
        let centre = frame.down(tick.value);
        let (length, ink) = tick_look(tick);
        sheet.line(&[(frame.left - length, centre), (frame.left, centre)], ink)?;
        if let Some(label) = &tick.label {
            labels.push((label, Stretch { centre, length: ruler.capital(size), rank: tick.rank }));
        }
    }
    let mut written = kept(&labels, size * 0.3);
    if frame.has_strip && !placed.panel.y.hidden {
        let centre = frame.zero();
        sheet.line(&[(frame.left - TICK, centre), (frame.left, centre)], SPINE)?;
        written.push((&placed.panel.zero_label, Stretch { centre, length: 0.0, rank: Rank::Major }));
    }
    for (label, stretch) in written {
        let place = (frame.left - TICK - PAD, stretch.centre + ruler.capital(size) / 2.0);
        sheet.write(label, place, size, Anchor::Right)?;
    }
    Ok(())
}

fn kept<'a>(labels: &[(&'a str, Stretch)], gap: f64) -> Vec<(&'a str, Stretch)> {
    let stretches: Vec<Stretch> = labels.iter().map(|&(_, stretch)| stretch).collect();
    let keep = thin(&stretches, gap);
    labels.iter().copied().zip(keep).filter(|&(_, keep)| keep).map(|(label, _)| label).collect()
}

fn draw_labels(sheet: &mut Sheet<'_>, placed: &Placed<'_>, sizes: Sizes, ruler: &Ruler) -> Result<(), FigureError> {
    let (panel, frame) = (placed.panel, &placed.frame);
    let centre = frame.left + frame.width / 2.0;
    let title = ruler.fit(&panel.title, sizes.title, frame.width);
    sheet.write(&title, (centre, placed.title), sizes.title, Anchor::Centre)?;
    let size = sizes.large;
    if let Some(baseline) = placed.x_label {
        let room = 2.0 * f64::min(centre - placed.reach.0, placed.reach.1 - centre);
        let label = ruler.fit(panel.x.seen_label(), size, room);
        sheet.write(&label, (centre, baseline), size, Anchor::Centre)?;
    }
    for (baseline, line) in &placed.y_label {
        let label = ruler.fit(line, size, frame.height + line_height(size));
        sheet.write_upwards(&label, (*baseline, frame.top + frame.height / 2.0), size, Anchor::Centre)?;
    }
    Ok(())
}
