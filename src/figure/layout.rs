//! Where panels, labels and legend go. Lengths are in points.

use super::error::FigureError;
use super::frame::Frame;
use super::legend::Legend;
use super::span::Span;
use super::svg::INCH;
use super::text::Ruler;
use super::ticks::{Tick, ticks};
use super::value::{Figure, Panel, Quantity};

/// White space around the figure and between neighbours.
const EDGE: f64 = 2.0;

/// White space between a panel and the labels of the next.
const GUTTER: f64 = 9.0;

/// White space between rows, and above the legend.
const LEADING: f64 = 5.0;

/// Narrowest axes that are drawn.
const LEAST: f64 = 36.0;

/// Length of a tick.
pub(super) const TICK: f64 = 2.8;

/// White space between a tick and its label, and between tick labels and the axis label.
pub(super) const PAD: f64 = 2.0;

/// How much smaller ticks and legend are than axis labels, in points; titles lie half-way.
const SMALLER: f64 = 2.0;

/// White space between a title and the axes.
const TITLE_GAP: f64 = 3.0;

/// Height of letters above their baseline, in font sizes.
const ASCENT: f64 = 0.85;

/// Depth of letters below their baseline, in font sizes.
const DESCENT: f64 = 0.25;

/// Sizes of text in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sizes {
    /// Axis labels.
    pub(super) large: f64,
    /// Titles.
    pub(super) title: f64,
    /// Ticks and legend.
    pub(super) small: f64,
}

impl Sizes {
    fn of(figure: &Figure) -> Self {
        let large = figure.font_size;
        let small = (large - SMALLER).max(large / 2.0);
        Self { large, title: (large + small) / 2.0, small }
    }
}

/// A panel with its place on paper.
pub(super) struct Placed<'a> {
    pub(super) panel: &'a Panel,
    pub(super) frame: Frame,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    /// Baseline of the vertical axis's label, if it is written at this panel.
    pub(super) y_label: Option<f64>,
    /// Baseline of the horizontal axis's label, if it is written at this panel.
    pub(super) x_label: Option<f64>,
    /// Baseline of the title.
    pub(super) title: f64,
}

/// A label written once for a whole row.
pub(super) struct Shared<'a> {
    pub(super) label: &'a str,
    pub(super) centre: f64,
    pub(super) baseline: f64,
}

/// A figure with a place for everything.
pub(super) struct Layout<'a> {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) sizes: Sizes,
    pub(super) panels: Vec<Placed<'a>>,
    pub(super) x_labels: Vec<Shared<'a>>,
    pub(super) legend: Legend<'a>,
}

/// What a panel needs around its axes, found before its place is known.
struct Needs<'a> {
    panel: &'a Panel,
    x: Span,
    y: Span,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    /// Says whether the vertical axis's label is written at this panel.
    has_y_label: bool,
    left: f64,
    right: f64,
}

/// The columns that panels of all rows keep to.
struct Columns {
    /// Left edges of the columns, and of the axes in them.
    edges: Vec<(f64, f64)>,
    /// Width of the axes.
    width: f64,
}

/// Finds a place for everything in a figure.
pub(super) fn lay_out<'a>(figure: &'a Figure, ruler: &Ruler) -> Result<Layout<'a>, FigureError> {
    let sizes = Sizes::of(figure);
    let width = figure.width * INCH;
    let count = figure.columns.min(figure.panels.len());
    let nominal = (width / count as f64 * 0.75, width / count as f64 * 0.75 * figure.aspect);
    let rows: Vec<Vec<Needs<'_>>> =
        figure.panels.chunks(count).map(|row| needs_of_row(row, nominal, sizes, ruler)).collect();
    let columns = columns(&rows, width)?;
    let height = columns.width * figure.aspect;

    let mut layout =
        Layout { width, height: EDGE, sizes, panels: Vec::new(), x_labels: Vec::new(), legend: Legend::default() };
    for row in rows {
        if !layout.panels.is_empty() {
            layout.height += LEADING;
        }
        layout.place_row(row, &columns, height);
    }
    let middle = middle_of(&layout.panels);
    layout.legend =
        Legend::new(&figure.panels, layout.height + LEADING, (EDGE, width - EDGE), middle, sizes.small, ruler);
    layout.height = layout.legend.bottom().unwrap_or(layout.height) + EDGE;
    Ok(layout)
}

fn middle_of(panels: &[Placed<'_>]) -> f64 {
    let left = panels.iter().map(|placed| placed.frame.left).fold(f64::INFINITY, f64::min);
    let right = panels.iter().map(|placed| placed.frame.right()).fold(0.0, f64::max);
    (left + right) / 2.0
}

fn needs_of_row<'a>(row: &'a [Panel], nominal: (f64, f64), sizes: Sizes, ruler: &Ruler) -> Vec<Needs<'a>> {
    let is_new = |number: usize| number == 0 || row[number].y.label != row[number - 1].y.label;
    let needs = |(number, panel)| Needs::of(panel, is_new(number), nominal, sizes, ruler);
    row.iter().enumerate().map(needs).collect()
}

impl<'a> Needs<'a> {
    fn of(panel: &'a Panel, is_new: bool, nominal: (f64, f64), sizes: Sizes, ruler: &Ruler) -> Self {
        let (x, y) = (Span::of_x(panel), Span::of_y(panel));
        let room = if panel.x.quantity == Quantity::Seconds { 4.0 } else { 3.5 };
        let x_ticks = ticks(&panel.x, x.range(), wanted(nominal.0, room * sizes.small));
        let y_ticks = ticks(&panel.y, y.range(), wanted(nominal.1, 2.2 * sizes.small));
        let zero = panel.has_zeros().then_some(panel.zero_label.as_str());
        let labels = y_ticks.iter().filter_map(|tick| tick.label.as_deref()).chain(zero);
        let tick_width = TICK + PAD + widest(labels, sizes.small, ruler);
        let has_y_label = is_new && !panel.y.label.is_empty();
        let left = tick_width + if has_y_label { PAD + line_height(sizes.large) } else { 0.0 };
        let right = overhang(&x_ticks, x, nominal.0, sizes.small, ruler);
        Self { panel, x, y, x_ticks, y_ticks, has_y_label, left, right }
    }
}

/// Gives the number of ticks that suits an axis of this length, when one needs so much room.
fn wanted(length: f64, room: f64) -> usize {
    (length / room).clamp(2.0, 8.0) as usize
}

fn widest<'t>(texts: impl Iterator<Item = &'t str>, size: f64, ruler: &Ruler) -> f64 {
    texts.map(|text| ruler.width(text, size)).fold(0.0, f64::max)
}

/// Gives the length by which tick labels of the horizontal axis reach beyond its right end.
fn overhang(ticks: &[Tick], span: Span, nominal: f64, size: f64, ruler: &Ruler) -> f64 {
    // The axes may come out narrower than guessed, which brings labels nearer to the end.
    let beyond = |tick: &Tick| {
        let half = ruler.width(tick.label.as_deref().unwrap_or_default(), size) / 2.0;
        half - (1.0 - span.fraction(tick.value)) * nominal * 0.7
    };
    ticks.iter().map(beyond).fold(0.0, f64::max)
}

/// Gives the height of a line of text, from the top of its letters to the bottom of its descenders.
pub(super) fn line_height(size: f64) -> f64 {
    size * (ASCENT + DESCENT)
}

fn columns(rows: &[Vec<Needs<'_>>], width: f64) -> Result<Columns, FigureError> {
    let count = rows.first().map_or(0, Vec::len);
    let most = |column: usize, side: fn(&Needs<'_>) -> f64| {
        rows.iter().filter_map(|row| row.get(column)).map(side).fold(0.0, f64::max)
    };
    let margins: Vec<(f64, f64)> =
        (0..count).map(|column| (most(column, |needs| needs.left), most(column, |needs| needs.right))).collect();
    let spent: f64 = margins.iter().map(|(left, right)| left + right).sum();
    let free = width - 2.0 * EDGE - spent - GUTTER * (count as f64 - 1.0);
    let each = free / count as f64;
    if each < LEAST {
        return Err(FigureError::Narrow { left: free.max(0.0), least: LEAST });
    }
    let mut edge = EDGE;
    let mut edges = Vec::with_capacity(count);
    for (left, right) in margins {
        edges.push((edge, edge + left));
        edge += left + each + right + GUTTER;
    }
    Ok(Columns { edges, width: each })
}

impl<'a> Layout<'a> {
    /// Places a row of panels below what is there.
    fn place_row(&mut self, row: Vec<Needs<'a>>, columns: &Columns, height: f64) {
        let Sizes { large, title, small } = self.sizes;
        let has_titles = row.iter().any(|needs| !needs.panel.title.is_empty());
        // Without titles, half of the highest tick label may stand out above the axes.
        let top = self.height + if has_titles { line_height(title) + TITLE_GAP } else { small / 2.0 };
        let ticks_end = top + height + TICK + PAD + small;
        let label = row.first().map_or("", |needs| needs.panel.x.label.as_str());
        let is_shared = row.len() > 1 && row.iter().all(|needs| needs.panel.x.label == label);
        let baseline = ticks_end + PAD + large * ASCENT;
        let has_x_labels = row.iter().any(|needs| !needs.panel.x.label.is_empty());

        let first = self.panels.len();
        for (needs, &(edge, left)) in row.into_iter().zip(&columns.edges) {
            let (width, has_strip) = (columns.width, needs.panel.has_zeros());
            let frame = Frame { left, top, width, height, has_strip, x: needs.x, y: needs.y };
            self.panels.push(Placed {
                panel: needs.panel,
                frame,
                y_label: needs.has_y_label.then_some(edge + large * ASCENT),
                x_label: (!is_shared).then_some(baseline),
                x_ticks: needs.x_ticks,
                y_ticks: needs.y_ticks,
                title: top - title * DESCENT - TITLE_GAP,
            });
        }
        if is_shared {
            self.x_labels.push(Shared { label, centre: middle_of(&self.panels[first..]), baseline });
        }
        self.height = if has_x_labels { baseline + large * DESCENT } else { ticks_end };
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Axis, Curve};
    use super::*;

    fn panel(values: &[f64]) -> Panel {
        let mut panel =
            Panel::new("cifar10", Axis::log("trials", Quantity::Count), Axis::log("regret (points)", Quantity::Points));
        let steps = values.iter().enumerate().map(|(x, &y)| (x as f64 + 1.0, y)).collect();
        panel.curves.push(Curve { label: "evolution".to_owned(), style: Style::strategy(0), steps, band: vec![] });
        panel
    }

    fn with_layout(figure: &Figure, see: impl FnOnce(&Layout<'_>)) -> Result<(), FigureError> {
        see(&lay_out(figure, &Ruler::new()?)?);
        Ok(())
    }

    #[test]
    fn panels_stand_apart_and_inside_the_figure() -> Result<(), FigureError> {
        let figure = Figure::new(6.75, vec![panel(&[8.0, 1.0, 0.05]), panel(&[8.0, 0.0]), panel(&[2.0, 1.5])]);
        with_layout(&figure, |layout| {
            let frames: Vec<Frame> = layout.panels.iter().map(|placed| placed.frame).collect();
            assert!(frames.windows(2).all(|pair| pair[0].right() + GUTTER < pair[1].left));
            assert!(frames[0].left > EDGE && frames[2].right() <= 6.75 * INCH - EDGE + 1e-9);
            assert_eq!(frames.iter().map(|frame| frame.has_strip).collect::<Vec<_>>(), [false, true, false]);
        })
    }

    #[test]
    fn labels_of_a_row_are_written_once() -> Result<(), FigureError> {
        let figure = Figure::new(6.75, vec![panel(&[8.0, 1.0]), panel(&[8.0, 2.0])]);
        with_layout(&figure, |layout| {
            assert_eq!(layout.x_labels.len(), 1);
            assert_eq!(layout.panels.iter().filter(|placed| placed.y_label.is_some()).count(), 1);
            assert!(layout.panels.iter().all(|placed| placed.x_label.is_none()));
        })
    }

    #[test]
    fn rows_keep_to_columns() -> Result<(), FigureError> {
        let figure = Figure { columns: 2, ..Figure::new(6.75, vec![panel(&[8.0, 1.0]), panel(&[1.0]), panel(&[0.0])]) };
        with_layout(&figure, |layout| {
            let frames: Vec<Frame> = layout.panels.iter().map(|placed| placed.frame).collect();
            assert_eq!(frames[0].left, frames[2].left);
            assert!(frames[2].top > frames[0].bottom());
        })
    }

    #[test]
    fn a_figure_without_room_is_refused() {
        let figure = Figure::new(0.8, vec![panel(&[8.0, 1.0]), panel(&[1.0])]);
        assert!(matches!(with_layout(&figure, |_| ()), Err(FigureError::Narrow { .. })));
    }
}
