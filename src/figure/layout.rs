//! Where panels, labels and legend go. Lengths are in points.

use super::error::FigureError;
use super::frame::Frame;
use super::legend::Legend;
use super::names::Names;
use super::span::Span;
use super::svg::INCH;
use super::text::Ruler;
use super::ticks::{Tick, ticks};
use super::value::{Axis, Figure, Note, Panel, Quantity, Side};

/// White space around the figure and between neighbours.
const EDGE: f64 = 2.0;

/// White space between a panel and the labels of the next.
const GUTTER: f64 = 9.0;

/// White space between rows, and above the legend.
const LEADING: f64 = 5.0;

/// Narrowest axes that are drawn.
const LEAST: f64 = 36.0;

/// The likely share of a panel's width that its axes take.
const NOMINAL: f64 = 0.75;

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

/// White space between a note and its place.
pub(super) const NOTE_GAP: f64 = 2.0;

/// The share of the figure's width that names beside vertical axes may take.
const NAMES: f64 = 0.4;

/// The share of a panel's width that notes may take beyond each end of the horizontal axis.
const NOTES: f64 = 0.35;

/// Least height of a line of text along a vertical axis, in font sizes.
const LINE: f64 = 1.35;

/// Most lines for which a figure grows.
const LINES: f64 = 500.0;

/// Distance of the lines of remarks, in font sizes.
const REMARK_LINE: f64 = 1.2;

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
    /// Left and right end of the paper that belongs to the panel.
    pub(super) reach: (f64, f64),
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    /// The names below the horizontal axis, if it is one of names.
    pub(super) names: Option<Names>,
    /// Lines below the axes, with their baselines.
    pub(super) remarks: Vec<(String, f64)>,
    /// Lines of the vertical axis's label with their baselines; none where it is not written at this panel.
    pub(super) y_label: Vec<(f64, String)>,
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
    y_label: Vec<String>,
    left: f64,
    right: f64,
}

/// The columns that panels of all rows keep to.
struct Columns {
    columns: Vec<Column>,
    /// Width of the axes.
    width: f64,
}

/// The paper from `edge` to `end`, with axes from `left` on.
struct Column {
    edge: f64,
    left: f64,
    end: f64,
}

/// What is known of a figure before its panels are placed.
struct Measures<'a> {
    /// Likely width and height of the axes.
    nominal: (f64, f64),
    sizes: Sizes,
    ruler: &'a Ruler,
    /// Most length of names, for all columns together.
    names: f64,
}

/// Finds a place for everything in a figure.
pub(super) fn lay_out<'a>(figure: &'a Figure, ruler: &Ruler) -> Result<Layout<'a>, FigureError> {
    let sizes = Sizes::of(figure);
    let width = figure.width * INCH;
    let count = figure.columns.min(figure.panels.len());
    let nominal = width / count as f64 * NOMINAL;
    let nominal = (nominal, nominal * figure.aspect);
    let measures = Measures { nominal, sizes, ruler, names: NAMES * width };
    let rows: Vec<Vec<Needs<'_>>> = figure.panels.chunks(count).map(|row| needs_of_row(row, &measures)).collect();
    let columns = columns(&rows, width)?;
    let height = lined_height(&figure.panels, sizes.small).max(columns.width * figure.aspect);

    let mut layout =
        Layout { width, height: EDGE, sizes, panels: Vec::new(), x_labels: Vec::new(), legend: Legend::default() };
    for row in rows {
        if !layout.panels.is_empty() {
            layout.height += LEADING;
        }
        layout.place_row(row, &columns, height, &measures);
    }
    let middle = middle_of(&layout.panels);
    layout.legend =
        Legend::new(&figure.panels, layout.height + LEADING, (EDGE, width - EDGE), middle, sizes.small, ruler);
    layout.height = layout.legend.bottom().unwrap_or(layout.height) + EDGE;
    Ok(layout)
}

/// Gives the height at which whatever stands in lines along the vertical axes can be read.
fn lined_height(panels: &[Panel], size: f64) -> f64 {
    let lined = panels.iter().filter(|panel| panel.y.lines || !panel.y.names.is_empty());
    let lines = lined.map(|panel| Span::of_y(panel).range()).map(|(low, high)| high - low);
    lines.fold(0.0, f64::max).min(LINES) * LINE * size
}

fn middle_of(panels: &[Placed<'_>]) -> f64 {
    let left = panels.iter().map(|placed| placed.frame.left).fold(f64::INFINITY, f64::min);
    let right = panels.iter().map(|placed| placed.frame.right()).fold(0.0, f64::max);
    (left + right) / 2.0
}

fn needs_of_row<'a>(row: &'a [Panel], measures: &Measures<'_>) -> Vec<Needs<'a>> {
    let before = |number: usize| number.checked_sub(1).map(|before| &row[before].y);
    let is_new = |number: usize| before(number).is_none_or(|before| before.seen_label() != row[number].y.seen_label());
    let has_names = |number: usize| {
        let axis = &row[number].y;
        let is_known =
            |before: &Axis| !before.hidden && (&before.names, before.reversed) == (&axis.names, axis.reversed);
        !axis.names.is_empty() && !axis.hidden && !before(number).is_some_and(is_known)
    };
    let named = (0..row.len()).filter(|&number| has_names(number)).count();
    let longest = measures.names / named.max(1) as f64;
    let needs = |(number, panel): (usize, &'a Panel)| {
        let names = if has_names(number) { longest } else { 0.0 };
        Needs::of(panel, is_new(number), names, measures)
    };
    row.iter().enumerate().map(needs).collect()
}

impl<'a> Needs<'a> {
    /// Finds the needs of a panel whose names beside the vertical axis may be so long; 0 leaves them out.
    fn of(panel: &'a Panel, is_new: bool, names: f64, measures: &Measures<'_>) -> Self {
        let &Measures { nominal, sizes, ruler, .. } = measures;
        let (x, y) = (Span::of_x(panel), Span::of_y(panel));
        let x_ticks = x_ticks(panel, x, measures);
        let y_ticks = y_ticks(panel, y, names, measures);
        let zero = panel.has_zeros().then_some(panel.zero_label.as_str());
        let labels = y_ticks.iter().filter_map(|tick| tick.label.as_deref()).chain(zero);
        let tick_width = if panel.y.hidden { 0.0 } else { TICK + PAD + widest(labels, sizes.small, ruler) };
        let label = if is_new { panel.y.seen_label() } else { "" };
        let y_label = upright_lines(label, sizes.large, nominal.1 + line_height(sizes.large), ruler);
        let label_width = if y_label.is_empty() { 0.0 } else { PAD + y_label.len() as f64 * line_height(sizes.large) };
        let left = tick_width + label_width;
        let level = if panel.x.names.is_empty() { x_ticks.as_slice() } else { &[] }; // names keep to their units
        let beyond = [
            overhang(level, x, nominal.0, sizes.small, ruler),
            overhang_of_notes(&panel.notes, x, nominal.0, sizes.small, ruler),
        ];
        let [left, right] = [
            beyond.iter().map(|ends| ends.0).fold(left, f64::max),
            beyond.iter().map(|ends| ends.1).fold(0.0, f64::max),
        ];
        Self { panel, x, y, x_ticks, y_ticks, y_label, left, right }
    }

    /// Finds how to write the names below the horizontal axis, if it is one of names.
    fn names(&self, width: f64, measures: &Measures<'_>) -> Option<Names> {
        let names = &self.panel.x.names;
        let (low, high) = self.x.range();
        let room = width / (high - low);
        let is_named = !names.is_empty() && !self.panel.x.hidden;
        is_named.then(|| Names::new(names, room, measures.names, measures.sizes.small, measures.ruler))
    }
}

fn x_ticks(panel: &Panel, span: Span, measures: &Measures<'_>) -> Vec<Tick> {
    if panel.x.hidden {
        return Vec::new();
    }
    let room = if panel.x.quantity == Quantity::Seconds { 4.0 } else { 3.5 };
    ticks(&panel.x, span.range(), wanted(measures.nominal.0, room * measures.sizes.small))
}

/// Lists the ticks of the vertical axis; its names, if any, are shortened to a length, and 0 leaves them out.
fn y_ticks(panel: &Panel, span: Span, longest: f64, measures: &Measures<'_>) -> Vec<Tick> {
    if panel.y.hidden {
        return Vec::new();
    }
    let size = measures.sizes.small;
    let all = ticks(&panel.y, span.range(), wanted(measures.nominal.1, 2.2 * size));
    if panel.y.names.is_empty() {
        return all;
    }
    let shortened = |label: String| (longest > 0.0).then(|| measures.ruler.fit(&label, size, longest));
    all.into_iter().map(|tick| Tick { label: tick.label.and_then(shortened), ..tick }).collect()
}

/// Breaks a label in two where it is longer than its axis, as near to its middle as it can.
fn upright_lines(label: &str, size: f64, room: f64, ruler: &Ruler) -> Vec<String> {
    let whole = || vec![label.to_owned()];
    if label.is_empty() {
        return Vec::new();
    }
    if ruler.width(label, size) <= room {
        return whole();
    }
    let spaces = label.match_indices(' ').map(|(place, _)| place);
    let middle = spaces.min_by_key(|&place| place.abs_diff(label.len() / 2));
    middle.map_or_else(whole, |place| vec![label[..place].to_owned(), label[place + 1..].to_owned()])
}

/// Gives each line its baseline.
fn lines_from(first: f64, lines: Vec<String>, height: f64) -> Vec<(f64, String)> {
    lines.into_iter().enumerate().map(|(number, line)| (first + number as f64 * height, line)).collect()
}

/// Gives the number of ticks that suits an axis of this length, when one needs so much room.
fn wanted(length: f64, room: f64) -> usize {
    (length / room).clamp(2.0, 8.0) as usize
}

fn widest<'t>(texts: impl Iterator<Item = &'t str>, size: f64, ruler: &Ruler) -> f64 {
    texts.map(|text| ruler.width(text, size)).fold(0.0, f64::max)
}

/// Axes may come out narrower than guessed, by this factor.
const NARROWER: f64 = 0.7;

/// Gives the lengths by which tick labels of the horizontal axis reach beyond its left and right end.
fn overhang(ticks: &[Tick], span: Span, nominal: f64, size: f64, ruler: &Ruler) -> (f64, f64) {
    let beyond = |tick: &Tick| {
        let half = ruler.width(tick.label.as_deref().unwrap_or_default(), size) / 2.0;
        let before = span.fraction(tick.value) * nominal * NARROWER;
        let behind = (1.0 - span.fraction(tick.value)) * nominal * NARROWER;
        (half - before, half - behind)
    };
    ticks.iter().map(beyond).fold((0.0, 0.0), further)
}

/// Gives the lengths by which notes reach beyond the axes on the left and right, up to a length.
fn overhang_of_notes(notes: &[Note], span: Span, nominal: f64, size: f64, ruler: &Ruler) -> (f64, f64) {
    let beyond = |note: &Note| {
        let (left, right) = note.side.reach(ruler.width(&note.text, size));
        let before = span.fraction(note.at.0) * nominal * NARROWER;
        let behind = (1.0 - span.fraction(note.at.0)) * nominal * NARROWER;
        (left - before, right - behind)
    };
    let (left, right) = notes.iter().map(beyond).fold((0.0, 0.0), further);
    let most = nominal / NOMINAL * NOTES;
    (left.min(most), right.min(most))
}

fn further(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.max(other.0), one.1.max(other.1))
}

impl Side {
    /// Gives how far a text of this width reaches to the left and to the right of its place.
    pub(super) fn reach(self, width: f64) -> (f64, f64) {
        match self {
            Self::Left => (width + NOTE_GAP, 0.0),
            Self::Centre => (width / 2.0, width / 2.0),
            Self::Right => (0.0, width + NOTE_GAP),
        }
    }
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
    let mut columns = Vec::with_capacity(count);
    for (left, right) in margins {
        columns.push(Column { edge, left: edge + left, end: edge + left + each + right });
        edge += left + each + right + GUTTER;
    }
    Ok(Columns { columns, width: each })
}

impl<'a> Layout<'a> {
    /// Places a row of panels below what is there.
    fn place_row(&mut self, row: Vec<Needs<'a>>, columns: &Columns, height: f64, measures: &Measures<'_>) {
        let Sizes { large, title, small } = self.sizes;
        let has_titles = row.iter().any(|needs| !needs.panel.title.is_empty());
        // Without titles, half of the highest tick label may stand out above the axes.
        let top = self.height + if has_titles { line_height(title) + TITLE_GAP } else { small / 2.0 };
        let ticks_end = top + height + tick_depth(&row, columns.width, measures);
        let label = row.first().map_or("", |needs| needs.panel.x.seen_label());
        let is_shared = row.len() > 1 && row.iter().all(|needs| needs.panel.x.seen_label() == label);
        let baseline = ticks_end + PAD + large * ASCENT;
        let has_x_labels = row.iter().any(|needs| !needs.panel.x.seen_label().is_empty());

        let first = self.panels.len();
        for (needs, column) in row.into_iter().zip(&columns.columns) {
            let (width, has_strip) = (columns.width, needs.panel.has_zeros());
            let frame = Frame { left: column.left, top, width, height, has_strip, x: needs.x, y: needs.y };
            self.panels.push(Placed {
                panel: needs.panel,
                frame,
                reach: (column.edge, column.end),
                names: needs.names(width, measures),
                remarks: Vec::new(),
                y_label: lines_from(column.edge + large * ASCENT, needs.y_label, line_height(large)),
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
        self.place_remarks(first, measures.ruler);
    }

    /// Places the remarks of a row, whose panels begin at this number, below what is there.
    fn place_remarks(&mut self, first: usize, ruler: &Ruler) {
        let size = self.sizes.small;
        let top = self.height + PAD;
        for placed in self.panels.iter_mut().skip(first) {
            let room = placed.reach.1 - placed.reach.0;
            let lines = placed.panel.remarks.iter().flat_map(|remark| ruler.wrap(remark, size, room));
            let baseline = |number: usize| top + size * (ASCENT + REMARK_LINE * number as f64);
            placed.remarks = lines.enumerate().map(|(number, line)| (line, baseline(number))).collect();
            let last = placed.remarks.last().map_or(0.0, |(_, baseline)| baseline + size * DESCENT);
            self.height = self.height.max(last);
        }
    }
}

/// Gives the depth of ticks and their labels below the horizontal axes of a row.
fn tick_depth(row: &[Needs<'_>], width: f64, measures: &Measures<'_>) -> f64 {
    let size = measures.sizes.small;
    if row.iter().all(|needs| needs.panel.x.hidden) {
        return size / 2.0; // half a note may stand out below the axes
    }
    let names = row.iter().filter_map(|needs| needs.names(width, measures));
    TICK + PAD + names.map(|names| names.depth(size, measures.ruler)).fold(size, f64::max)
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Curve, Stroke};
    use super::*;

    fn panel(values: &[f64]) -> Panel {
        let mut panel =
            Panel::new("cifar10", Axis::log("trials", Quantity::Count), Axis::log("regret (points)", Quantity::Points));
        let steps = values.iter().enumerate().map(|(x, &y)| (x as f64 + 1.0, y)).collect();
        panel.curves.push(Curve { label: "evolution".to_owned(), style: Style::strategy(0), steps, band: vec![] });
        panel
    }

    fn named(names: &[&str]) -> Panel {
        let axis = Axis::named("", names.iter().map(|&name| name.to_owned()).collect());
        Panel::new("", Axis::linear("regret", Quantity::Points), Axis { reversed: true, ..axis })
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
            assert_eq!(layout.panels.iter().filter(|placed| !placed.y_label.is_empty()).count(), 1);
            assert!(layout.panels.iter().all(|placed| placed.x_label.is_none()));
        })
    }

    #[test]
    fn a_label_longer_than_its_axis_takes_two_lines() -> Result<(), FigureError> {
        let mut long = panel(&[8.0, 1.0]);
        long.y.label = "Validation regret (points)".to_owned();
        let figure = Figure::new(5.5, vec![long.clone(), long.clone(), long.clone()]);
        with_layout(&figure, |layout| {
            let lines: Vec<&str> = layout.panels[0].y_label.iter().map(|(_, line)| line.as_str()).collect();
            assert_eq!(lines, ["Validation", "regret (points)"]);
            assert!(layout.panels[0].y_label[1].0 > layout.panels[0].y_label[0].0);
        })?;
        with_layout(&Figure::new(4.5, vec![long]), |layout| assert_eq!(layout.panels[0].y_label.len(), 1))
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

    #[test]
    fn long_names_are_shortened() -> Result<(), FigureError> {
        let figure = Figure::new(3.0, vec![named(&["short", "a name that is much too long for so small a figure"])]);
        with_layout(&figure, |layout| {
            let placed = &layout.panels[0];
            let labels: Vec<&str> = placed.y_ticks.iter().filter_map(|tick| tick.label.as_deref()).collect();
            assert!(labels[0] == "short" && labels[1].ends_with('…'), "{labels:?}");
            let room = 0.4 * layout.width + TICK + PAD + EDGE;
            assert!(placed.frame.left <= room && placed.frame.left > 0.9 * room, "{}", placed.frame.left);
        })
    }

    #[test]
    fn names_of_a_row_are_written_once() -> Result<(), FigureError> {
        let panel = named(&["evolution", "local search"]);
        let other = named(&["evolution"]);
        with_layout(&Figure::new(6.75, vec![panel.clone(), panel, other]), |layout| {
            let written = |placed: &Placed<'_>| placed.y_ticks.iter().filter(|tick| tick.label.is_some()).count();
            assert_eq!(layout.panels.iter().map(written).collect::<Vec<_>>(), [2, 0, 1]);
        })
    }

    #[test]
    fn many_names_make_a_figure_higher() -> Result<(), FigureError> {
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        with_layout(&Figure::new(3.3, vec![named(&names)]), |layout| {
            assert!((layout.panels[0].frame.height - 40.0 * 1.35 * 7.0).abs() < 1e-9);
        })
    }

    #[test]
    fn hidden_axes_need_no_room() -> Result<(), FigureError> {
        let mut panel = Panel::new("", Axis::hidden(), Axis { lines: true, ..Axis::hidden() });
        let path = vec![(0.0, 0.0), (1.0, 10.0)];
        panel.strokes.push(Stroke { label: String::new(), style: Style::line(1.0), path });
        let height = |panel: Panel, see: &mut dyn FnMut(f64, f64, f64)| {
            with_layout(&Figure { aspect: 0.1, ..Figure::new(3.0, vec![panel]) }, |layout| {
                let frame = &layout.panels[0].frame;
                see(frame.left, frame.width, frame.height);
            })
        };
        height(panel.clone(), &mut |left, width, height| {
            assert_eq!((left, width), (EDGE, 3.0 * INCH - 2.0 * EDGE));
            assert!((height - 10.4 * 1.35 * 7.0).abs() < 1e-9, "{height}");
        })?;
        panel.notes.push(Note { text: "evolution".to_owned(), at: (0.0, 5.0), side: Side::Left });
        height(panel, &mut |left, _, _| assert!(left > EDGE + 30.0, "{left}"))
    }

    #[test]
    fn remarks_stand_below_and_keep_rows_aligned() -> Result<(), FigureError> {
        let mut long = panel(&[8.0, 1.0]);
        long.remarks = vec![
                "a remark so long that it needs more than a single line below its panel, however small its letters are"
                    .to_owned();
                2
            ];
        let figure = Figure { columns: 2, ..Figure::new(6.75, vec![panel(&[8.0, 1.0]), long, panel(&[8.0, 1.0])]) };
        with_layout(&figure, |layout| {
            let [first, second, third] = &layout.panels[..] else { panic!("three panels") };
            assert_eq!((first.frame.top, first.frame.height), (second.frame.top, second.frame.height));
            assert_eq!((first.remarks.len(), second.remarks.len()), (0, 4));
            assert!(second.remarks.windows(2).all(|pair| pair[0].1 + 7.0 < pair[1].1));
            assert!(second.remarks[0].1 > layout.x_labels[0].baseline + 7.0);
            assert!(second.remarks[3].1 < third.title - 7.0);
        })
    }
}
