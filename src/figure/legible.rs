//! Letters that the embedded font lacks: they are written by their code, as `[U+5C40]`, on every machine alike, rather than left blank.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::error::FigureError;
use super::text::Ruler;
use super::value::{Axis, Figure, Panel};

impl Figure {
    /// The letters of its texts that the embedded font lacks, in the order of their codes: they are written by their codes.
    ///
    /// # Errors
    /// The embedded font is damaged.
    pub fn lacking_letters(&self) -> Result<Vec<char>, FigureError> {
        let ruler = Ruler::new()?;
        let (mut figure, mut lacking) = (self.clone(), BTreeSet::new());
        let mut look = |text: &mut String| lacking.extend(text.chars().filter(|&letter| !ruler.has(letter)));
        figure.panels.iter_mut().for_each(|panel| each_text(panel, &mut look));
        Ok(lacking.into_iter().collect())
    }

    /// The figure with codes in place of letters that the font lacks.
    pub(super) fn legible(&self, ruler: &Ruler) -> Cow<'_, Self> {
        let mut figure = Cow::Borrowed(self);
        if !self.lacking_letters().unwrap_or_default().is_empty() {
            let mut write = |text: &mut String| *text = by_codes(text, ruler);
            figure.to_mut().panels.iter_mut().for_each(|panel| each_text(panel, &mut write));
        }
        figure
    }
}

fn by_codes(text: &str, ruler: &Ruler) -> String {
    let written =
        |letter: char| if ruler.has(letter) { letter.to_string() } else { format!("[U+{:04X}]", u32::from(letter)) };
    text.chars().map(written).collect()
}

/// Shows every text of a panel that is drawn.
fn each_text(panel: &mut Panel, see: &mut dyn FnMut(&mut String)) {
    see(&mut panel.title);
    see(&mut panel.zero_label);
    panel.remarks.iter_mut().for_each(&mut *see);
    for Axis { label, names, .. } in [&mut panel.x, &mut panel.y] {
        see(label);
        names.iter_mut().for_each(&mut *see);
    }
    panel.curves.iter_mut().for_each(|curve| see(&mut curve.label));
    panel.points.iter_mut().for_each(|points| see(&mut points.label));
    panel.levels.iter_mut().for_each(|level| see(&mut level.label));
    panel.ranges.iter_mut().for_each(|range| see(&mut range.label));
    panel.strokes.iter_mut().for_each(|stroke| see(&mut stroke.label));
    panel.notes.iter_mut().for_each(|note| see(&mut note.text));
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::super::value::{Curve, Quantity};
    use super::*;

    #[test]
    fn letters_without_a_picture_are_written_by_their_code() -> Result<(), FigureError> {
        let axis = Axis::linear("", Quantity::Points);
        let mut panel = Panel::new("局 α", axis.clone(), axis);
        let curve = |label: &str| Curve {
            label: label.into(),
            style: Style::strategy(0),
            steps: vec![(0.0, 1.0)],
            band: Vec::new(),
        };
        panel.curves = vec![curve("RE 😀"), curve("plain")];
        let figure = Figure::new(3.3, vec![panel]);
        assert_eq!(figure.lacking_letters()?, ['局', '😀']);
        let svg = figure.svg()?;
        assert!(svg.contains("[U+5C40] α") && svg.contains("RE [U+1F600]") && !svg.contains('局'), "{svg}");
        Ok(())
    }
}
