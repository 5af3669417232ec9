//! The embedded font, and how wide text comes out in it. Fonts of the machine are never looked at.

use ttf_parser::Face;

use super::error::FigureError;

/// A subset of DejaVu Sans, remade by `scripts/font`.
pub(super) const FONT: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/font/DejaVuSans-subset.ttf"));

/// Families named in the SVG, for viewers that lack the first; Verdana is the closest in width.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Measures text in the embedded font.
pub(super) struct Ruler {
    face: Face<'static>,
    em: f64,
}

impl Ruler {
    /// Opens the embedded font.
    pub(super) fn new() -> Result<Self, FigureError> {
        let face = Face::parse(FONT, 0).map_err(FigureError::Font)?;
        let em = f64::from(face.units_per_em());
        Ok(Self { face, em })
    }

    /// Gives the width of a text at a font size, in the unit of the size.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|letter| self.advance(letter)).sum::<f64>() * size / self.em
    }

    /// Whether the font has a letter, or it is white space.
    pub(super) fn has(&self, letter: char) -> bool {
        letter.is_whitespace() || self.face.glyph_index(letter).is_some()
    }

    fn advance(&self, letter: char) -> f64 {
        // A letter that the font lacks comes out as its first glyph, an empty box.
        let glyph = self.face.glyph_index(letter).unwrap_or(ttf_parser::GlyphId(0));
        f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0))
    }

    /// Gives the height of digits and capitals at a font size, in the unit of the size.
    pub(super) fn capital(&self, size: f64) -> f64 {
        let top = self.face.glyph_index('H').and_then(|glyph| self.face.glyph_bounding_box(glyph));
        top.map_or(0.0, |capital| f64::from(capital.y_max)) * size / self.em
    }

    /// Shortens a text, with an ellipsis, until it fits a width. A number at its end, which may be all that tells it from another, stays.
    pub(super) fn fit(&self, text: &str, size: f64, width: f64) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let (head, tail) = text.rsplit_once(' ').unwrap_or((text, ""));
        let tail_width = self.width(tail, size) + self.width(" ", size);
        if tail.contains(|letter: char| letter.is_ascii_digit()) && 2.0 * tail_width < width {
            return format!("{} {tail}", self.cut(head, size, width - tail_width));
        }
        self.cut(text, size, width)
    }

    /// Cuts a text that is too long at its end.
    fn cut(&self, text: &str, size: f64, width: f64) -> String {
        let mut left = width - self.width("…", size);
        let fits = |letter: &char| {
            left -= self.advance(*letter) * size / self.em;
            left >= 0.0
        };
        let kept: String = text.chars().take_while(fits).collect();
        format!("{}…", kept.trim_end())
    }

    /// Breaks a text into lines that fit a width; a word that is wider is shortened. Nothing is broken before a percent
    /// sign or at a no-break space.
    pub(super) fn wrap(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let text = text.replace(" %", "\u{a0}%");
        for word in
            text.split(|letter: char| letter.is_whitespace() && letter != '\u{a0}').filter(|word| !word.is_empty())
        {
            let word = word.replace('\u{a0}', " ");
            let longer = lines.last().map(|line| format!("{line} {word}"));
            match (longer.filter(|longer| self.width(longer, size) <= width), lines.last_mut()) {
                (Some(longer), Some(last)) => *last = longer,
                _ => lines.push(self.fit(&word, size, width)),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_scale_with_the_size() -> Result<(), FigureError> {
        let ruler = Ruler::new()?;
        assert_eq!(ruler.width("", 9.0), 0.0);
        assert!((ruler.width("0", 2048.0) - 1303.0).abs() < 1e-9);
        assert!((ruler.width("regret", 18.0) - 2.0 * ruler.width("regret", 9.0)).abs() < 1e-9);
        assert!((ruler.capital(100.0) - 72.9).abs() < 0.1);
        Ok(())
    }

    #[test]
    fn the_font_has_what_labels_need() -> Result<(), FigureError> {
        let ruler = Ruler::new()?;
        let needed = "Zürich Łódź αΩμσ −–±×≤≥≈∞… 10⁻⁰¹²³⁴⁵⁶⁷⁸⁹ ₀₁₂ %‰";
        let lacking: String = needed.chars().filter(|&letter| ruler.face.glyph_index(letter).is_none()).collect();
        assert_eq!(lacking, "");
        Ok(())
    }

    #[test]
    fn long_texts_are_shortened() -> Result<(), FigureError> {
        let ruler = Ruler::new()?;
        let text = "regularised evolution";
        assert_eq!(ruler.fit(text, 8.0, 500.0), text);
        let short = ruler.fit(text, 8.0, 60.0);
        assert!(short.ends_with('…') && ruler.width(&short, 8.0) <= 60.0, "{short}");
        assert_eq!(ruler.fit(text, 8.0, 0.0), "…");
        let numbered = ruler.fit("regularised evolution of architectures (2)", 8.0, 90.0);
        assert!(numbered.ends_with("… (2)") && ruler.width(&numbered, 8.0) <= 90.0, "{numbered}");
        Ok(())
    }

    #[test]
    fn lines_are_broken_at_spaces() -> Result<(), FigureError> {
        let ruler = Ruler::new()?;
        let lines = ruler.wrap("Regularised evolution of architectures", 8.0, 95.0);
        assert_eq!(lines, ["Regularised evolution", "of architectures"]);
        assert_eq!(ruler.wrap(" ", 8.0, 100.0), Vec::<String>::new());
        assert_eq!(ruler.wrap("worse: 4 %", 8.0, 40.0), ["worse:", "4 %"]);
        assert!(ruler.wrap("in Donaudampfschifffahrt", 8.0, 40.0)[1].ends_with('…'));
        Ok(())
    }
}
