//! A report as one HTML page: it asks for nothing from outside, is complete without JavaScript, and gains toggles, values
//! under the pointer, sorting and downloads with it.
//!
//! What may be loaded is limited by a policy in the page itself (Content Security Policy Level 3, section 3.3). Texts are
//! escaped by maud; JSON by writing `<` as `\u003c`, so that no text can end its script element (HTML Standard, section
//! 4.12.1.3).

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;
use serde_json::Value;

use super::grid::{Entry, Grid, Head, Mark};
use super::prose::{Piece, pieces};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// The sign of a warning.
const SIGN: &str = "⚠";

/// Letters of the longest entry that stays on one line.
const LONG: usize = 40;

/// Units of a figure's drawing in a point.
const UNITS: f64 = 20.0;

/// Widest that a figure is shown, in CSS pixels a point; 1.33 is its size on paper.
const LARGEST: f64 = 1.8;

/// A whole report. In all running text, `names in backticks` are set as code.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The title.
    pub title: String,
    /// Paragraphs below the title.
    pub lead: Vec<String>,
    /// The sections, each listed in the contents.
    pub sections: Vec<Section>,
    /// Files to read and save, at the end.
    pub files: Vec<Attachment>,
}

/// A section of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What links to the section end with; unique in the page.
    pub id: String,
    /// The heading.
    pub heading: String,
    /// What stands below it.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// Running text that must not be overlooked.
    Warning(String),
    /// Short texts, one an item.
    List(Vec<String>),
    /// A table.
    Table(Grid),
    /// A figure.
    Figure(PageFigure),
    /// Preformatted text that unfolds by a click.
    Text {
        /// What is always seen.
        heading: String,
        /// What unfolds.
        text: String,
    },
}

/// A file inside the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// Its media type, such as `text/csv`.
    pub media_type: String,
    /// What it holds.
    pub text: String,
}

/// A figure in one or more variants.
#[derive(Debug, Clone, PartialEq)]
pub struct PageFigure {
    /// The name of its files; unique in the page.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// Its numbers as CSV; may be empty.
    pub csv: String,
    /// The variants; the first is shown at first, and alone without JavaScript.
    pub variants: Vec<Variant>,
}

/// A variant of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The horizontal axis: "seconds" are shown in s, min, h and d, anything else as it is.
    pub axis: String,
    /// The metric.
    pub metric: String,
    /// Says whether the vertical axis is logarithmic.
    pub log: bool,
    /// The drawing, copied as it is: it must come from this program. Elements of class `band` can be hidden.
    pub svg: String,
    /// Where the axes lie: for each panel `left`, `right`, `top`, `floor`, `bottom` in points, `x` and `y` as pairs of
    /// ends, `x_log` and `y_log`. Values that are not positive lie below `floor` on a logarithmic axis.
    pub places: Value,
    /// What the pointer reads: for each panel a list of curves with `label`, `steps` (pairs), `band` (triples) and
    /// perhaps `colour`. Written with seven digits.
    pub curves: Value,
}

impl Page {
    /// Writes the page; the same page gives the same bytes.
    #[must_use]
    pub fn html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                (self.head())
                body {
                    header { h1 { (prose(&self.title)) } @for text in &self.lead { p { (prose(text)) } } }
                    (self.contents())
                    main { @for part in &self.sections { (section(part)) } (files(&self.files)) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string() + "\n"
    }

    fn head(&self) -> Markup {
        html! {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Without an icon of its own, a page that a server sends makes browsers ask for one.
                link rel="icon" href="data:,";
                title { (self.title) }
                style { (PreEscaped(STYLE)) }
            }
        }
    }

    fn contents(&self) -> Markup {
        html! {
            nav aria-label="Contents" {
                ol {
                    @for section in &self.sections {
                        li { a href={ "#" (anchor(&section.id)) } { (prose(&section.heading)) } }
                    }
                    @if !self.files.is_empty() { li { a href="#attached-files" { "Files" } } }
                }
            }
        }
    }
}

fn section(section: &Section) -> Markup {
    html! {
        section id=(anchor(&section.id)) {
            h2 { (prose(&section.heading)) }
            @for part in &section.blocks { (block(part)) }
        }
    }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Paragraph(text) => html! { p { (prose(text)) } },
        Block::Warning(text) => html! { p.warning role="note" { b { (SIGN) " Warning: " } (prose(text)) } },
        Block::List(items) => html! { ul { @for item in items { li { (prose(item)) } } } },
        Block::Table(grid) => table(grid),
        Block::Figure(figure) => chart(figure),
        Block::Text { heading, text } => html! { details { summary { (prose(heading)) } pre { (exact(text)) } } },
    }
}

fn files(files: &[Attachment]) -> Markup {
    html! {
        @if !files.is_empty() {
            section #attached-files {
                h2 { "Files" }
                @for file in files { (attached(&file.name, &file.media_type, &file.name, &file.text)) }
            }
        }
    }
}

/// Writes a file that unfolds by a click and can be saved.
fn attached(name: &str, media_type: &str, summary: &str, text: &str) -> Markup {
    html! {
        details.file data-name=(name) data-type=(media_type) {
            summary { (summary) " " small { "(" (size(text.len())) ")" } }
            pre { (exact(text)) }
        }
    }
}

fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} bytes") } else { format!("{:.1} kB", bytes as f64 / 1000.0) }
}

fn table(grid: &Grid) -> Markup {
    let key = grid.key(SIGN);
    html! {
        figure.table {
            @if !grid.caption.is_empty() { figcaption { (prose(&grid.caption)) } }
            div.scroll {
                table {
                    thead { tr { @for head in &grid.columns { (column(head)) } } }
                    tbody { @for line in grid.lines() { (row(&line)) } }
                }
            }
            @if !key.is_empty() { p.key { (key) } }
            @if grid.notes().next().is_some() { (notes(grid)) }
        }
    }
}

fn column(head: &Head) -> Markup {
    let note = (!head.note.is_empty()).then_some(head.note.as_str());
    html! { th scope="col" class=[head.numeric.then_some("number")] title=[note] { (head.name) } }
}

fn notes(grid: &Grid) -> Markup {
    html! {
        details.notes {
            summary { "What the columns mean" }
            dl { @for head in grid.notes() { dt { (head.name) } dd { (prose(&head.note)) } } }
        }
    }
}

/// Writes a row; its first entry names it if it is a text.
fn row(line: &[(&Head, Option<&Entry>)]) -> Markup {
    html! {
        tr {
            @for (place, (head, entry)) in line.iter().enumerate() {
                @let sort = entry.and_then(|entry| entry.sort).and_then(sort_key);
                @if place == 0 && !head.numeric {
                    th scope="row" class=[look(head, *entry)] data-sort=[sort] { (marked(*entry)) }
                } @else {
                    td class=[look(head, *entry)] data-sort=[sort] { (marked(*entry)) }
                }
            }
        }
    }
}

/// Names how an entry is set: numbers on the right, and only long texts on several lines.
fn look(head: &Head, entry: Option<&Entry>) -> Option<&'static str> {
    let is_long = entry.is_some_and(|entry| entry.text.chars().count() > LONG);
    if head.numeric { Some("number") } else { is_long.then_some("long") }
}

fn marked(entry: Option<&Entry>) -> Markup {
    let Some(entry) = entry else { return html! {} };
    match entry.mark {
        Mark::None => prose(&entry.text),
        Mark::Best => html! { b { (prose(&entry.text)) } },
        Mark::NotWorse => html! { u { (prose(&entry.text)) } },
        Mark::Warning => html! { span.care { (SIGN) " " (prose(&entry.text)) } },
    }
}

/// Writes a number for JavaScript; nothing for what is no number.
fn sort_key(value: f64) -> Option<String> {
    match value {
        value if value.is_nan() => None,
        f64::INFINITY => Some("Infinity".to_owned()),
        f64::NEG_INFINITY => Some("-Infinity".to_owned()),
        value => Some(format!("{value:?}")),
    }
}

fn chart(figure: &PageFigure) -> Markup {
    let others = figure.variants.get(1..).unwrap_or_default();
    html! {
        figure.chart id={ "figure-" (anchor(&figure.id)) } data-name=(figure.id) {
            div.drawing { @if let Some(first) = figure.variants.first() { (drawing(&first.svg)) } }
            @for variant in others { template { (drawing(&variant.svg)) } }
            script type="application/json" { (PreEscaped(json(&Data::of(&figure.variants)))) }
            figcaption { (prose(&figure.caption)) }
            @if !figure.csv.is_empty() {
                (attached(&format!("{}.csv", figure.id), "text/csv", "The numbers as CSV", &figure.csv))
            }
        }
    }
}

/// Copies a drawing, limited to a width that suits its letters.
fn drawing(svg: &str) -> Markup {
    let Some((_, rest)) = svg.split_once("<svg") else { return html! {} };
    let limit = width(rest).map_or(String::new(), |points| format!(" style=\"max-width:{:.0}px\"", points * LARGEST));
    PreEscaped(format!("<svg{limit}{}", rest.trim_end()))
}

/// Reads the width in points from the view box.
fn width(svg: &str) -> Option<f64> {
    let (_, rest) = svg.split_once("viewBox=\"")?;
    let (numbers, _) = rest.split_once('"')?;
    let units: f64 = numbers.split_whitespace().nth(2)?.parse().ok()?;
    Some(units / UNITS)
}

/// What the script knows of a figure; equal curves and places of several variants are written once.
#[derive(Serialize)]
struct Data<'a> {
    variants: Vec<Choice<'a>>,
    places: Vec<&'a Value>,
    curves: Vec<Value>,
}

/// A variant, with the numbers of its places and curves.
#[derive(Serialize)]
struct Choice<'a> {
    axis: &'a str,
    metric: &'a str,
    log: bool,
    places: usize,
    curves: usize,
}

impl<'a> Data<'a> {
    fn of(variants: &'a [Variant]) -> Self {
        let mut data = Self { variants: Vec::new(), places: Vec::new(), curves: Vec::new() };
        for variant in variants {
            let places = number_of(&mut data.places, &variant.places);
            let curves = number_of(&mut data.curves, rounded(&variant.curves));
            let Variant { axis, metric, log, .. } = variant;
            data.variants.push(Choice { axis, metric, log: *log, places, curves });
        }
        data
    }
}

/// Gives the place of a value in a list, to which it is added if it is new.
fn number_of<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    let known = list.iter().position(|other| *other == value);
    known.unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// Rounds all numbers to seven digits, more than a pointer can read.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(rounded).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), rounded(value))).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, short),
        other => other.clone(),
    }
}

fn short(value: f64) -> Value {
    let short: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    // A whole number is written without a point; below 10^15 none is lost.
    if short == short.round() && short.abs() < 1e15 { Value::from(short as i64) } else { Value::from(short) }
}

/// Writes JSON that can stand in a script element.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c")
}

/// Writes running text.
fn prose(text: &str) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Words(words) => (words),
                Piece::Code(code) => code { (code) },
            }
        }
    }
}

/// Writes the inside of a `pre` element so that a browser reads back the very same text: parsers drop a first line break
/// and turn `\r\n` into `\n` (HTML Standard, sections 13.2.6.4.7 and 13.2.3.5).
fn exact(text: &str) -> Markup {
    let escaped = html! { (text) }.into_string().replace('\r', "&#13;");
    PreEscaped(format!("\n{escaped}"))
}

/// Makes an id of a name: letters, digits and dashes.
fn anchor(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SVG: &str = "<?xml?>\n<svg viewBox=\"0 0 9720 3476\"><text>a</text></svg>\n";

    fn variant(axis: &str, log: bool) -> Variant {
        let curves = json!([[{ "label": "</script>", "steps": [[1.0, 0.123_456_789]], "band": [] }]]);
        let (axis, metric) = (axis.to_owned(), "test".to_owned());
        Variant { axis, metric, log, svg: SVG.to_owned(), places: json!([{ "left": 1.5, "y_log": log }]), curves }
    }

    fn page(blocks: Vec<Block>) -> Page {
        let section = Section { id: "a b".into(), heading: "Heading & `code`".into(), blocks };
        Page { title: "T <1>".into(), lead: vec!["x < y".into()], sections: vec![section], files: vec![] }
    }

    #[test]
    fn texts_are_escaped() {
        let html = page(vec![Block::Warning("<b>".into()), Block::List(vec!["a&b".into()])]).html();
        for expected in [
            "<title>T &lt;1&gt;</title>",
            "<p>x &lt; y</p>",
            "<h2>Heading &amp; <code>code</code></h2>",
            "⚠ Warning: </b>&lt;b&gt;</p>",
            "<li>a&amp;b</li>",
            "<section id=\"a-b\">",
            "<a href=\"#a-b\">",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn nothing_ends_style_and_script_too_early() {
        assert!(!STYLE.contains("</") && !STYLE.contains("@import") && !STYLE.contains("url("));
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        let figure = PageFigure {
            id: "f".into(),
            caption: String::new(),
            csv: String::new(),
            variants: vec![variant("trials", true)],
        };
        let html = page(vec![Block::Figure(figure)]).html();
        assert_eq!(html.matches("</script>").count(), 2);
        assert!(html.contains(r#""label":"\u003c/script>""#), "{html}");
    }

    #[test]
    fn a_table_has_heads_marks_and_sort_keys() {
        let mut grid = Grid::new("C", vec![Head::text("s"), Head::number("r").with_note("n \"q\"")]);
        grid.push(vec![Entry::text("a<b `c`"), Entry::number("1", 1.0).marked(Mark::Best)]);
        grid.push(vec![Entry::text("c"), Entry::number("2", f64::INFINITY).marked(Mark::NotWorse)]);
        grid.push(vec![Entry::text("d"), Entry::number("?", f64::NAN).marked(Mark::Warning)]);
        grid.push(vec![Entry::text("l".repeat(41))]);
        let html = table(&grid).into_string();
        let expected = concat!(
            "<table><thead><tr><th scope=\"col\">s</th>",
            "<th scope=\"col\" class=\"number\" title=\"n &quot;q&quot;\">r</th></tr></thead><tbody>",
            "<tr><th scope=\"row\">a&lt;b <code>c</code></th><td class=\"number\" data-sort=\"1.0\"><b>1</b></td></tr>",
            "<tr><th scope=\"row\">c</th><td class=\"number\" data-sort=\"Infinity\"><u>2</u></td></tr>",
            "<tr><th scope=\"row\">d</th><td class=\"number\"><span class=\"care\">⚠ ?</span></td></tr>",
            "<tr><th scope=\"row\" class=\"long\">lllllllllllllllllllllllllllllllllllllllll</th><td class=\"number\"></td></tr>",
        );
        assert!(html.contains(expected), "{html}");
    }

    #[test]
    fn equal_curves_are_written_once_and_short() {
        let variants = [variant("trials", true), variant("trials", false), variant("seconds", true)];
        let text = json(&Data::of(&variants));
        assert_eq!(text.matches("0.1234568").count(), 1, "{text}");
        assert_eq!(text.matches("\"left\"").count(), 2);
        assert!(text.contains(r#"{"axis":"seconds","metric":"test","log":true,"places":0,"curves":0}"#), "{text}");
        assert!(text.contains(r#""steps":[[1,0.1234568]]"#), "{text}");
    }

    #[test]
    fn other_variants_wait_in_templates() {
        let variants = vec![variant("trials", true), variant("trials", false)];
        let figure = PageFigure { id: "f".into(), caption: "C".into(), csv: "a,b\r\n".into(), variants };
        let html = chart(&figure).into_string();
        let drawn = "<svg style=\"max-width:875px\" viewBox=\"0 0 9720 3476\"><text>a</text></svg>";
        assert!(html.contains(&format!("<div class=\"drawing\">{drawn}</div><template>{drawn}</template>")), "{html}");
        assert!(
            html.contains("data-name=\"f.csv\" data-type=\"text/csv\"") && html.contains("<pre>\na,b&#13;\n</pre>")
        );
    }

    #[test]
    fn the_page_asks_for_nothing_and_is_the_same_again() {
        let mut page = page(vec![Block::Text { heading: "h".into(), text: "\nx".into() }]);
        let (name, media_type) = ("m.json".to_owned(), "application/json".to_owned());
        page.files.push(Attachment { name, media_type, text: "{}".into() });
        let html = page.html();
        assert_eq!(html, page.clone().html());
        assert!(html.contains(POLICY) && html.contains("<pre>\n\nx</pre>") && html.contains("(2 bytes)"));
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("src="));
    }
}
