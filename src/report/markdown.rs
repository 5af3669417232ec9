//! A report as GitHub-flavoured Markdown, for pull requests and job summaries.
//!
//! Source: the GitHub Flavored Markdown Spec 0.29, section 2.4 (backslash escapes), 4.10 (tables) and 4.5 (fenced code);
//! alerts such as `[!WARNING]` are described in GitHub's "Basic writing and formatting syntax".

use super::grid::{Entry, Grid, Head, Mark};
use super::page::{Block, Page, PageFigure, Section};
use super::prose::{Piece, pieces};

/// The sign of a warning.
const SIGN: &str = "⚠";

/// The narrowest column: the dashes below a head need three places, one more for the colon.
const NARROWEST: usize = 4;

/// Writes a page; figures only where `image` gives the address of a picture. Attached files are left out.
#[must_use]
pub fn page(page: &Page, image: impl Fn(&PageFigure) -> Option<String>) -> String {
    let mut blocks = vec![format!("# {}", prose(&page.title))];
    blocks.extend(page.lead.iter().map(|text| paragraph(text)));
    blocks.extend(page.sections.iter().flat_map(|part| section(part, &image)));
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn section(section: &Section, image: &impl Fn(&PageFigure) -> Option<String>) -> Vec<String> {
    let heading = format!("## {}", prose(&section.heading));
    let blocks = section.blocks.iter().filter_map(|part| block(part, image));
    std::iter::once(heading).chain(blocks).collect()
}

fn block(block: &Block, image: &impl Fn(&PageFigure) -> Option<String>) -> Option<String> {
    match block {
        Block::Paragraph(text) => Some(paragraph(text)),
        Block::Warning(text) => Some(format!("> [!WARNING]\n> {}", paragraph(text))),
        Block::List(items) => Some(list(items)),
        Block::Table(grid) => Some(table(grid).trim_end().to_owned()),
        Block::Figure(figure) => image(figure).map(|address| picture(figure, &address)),
        Block::Text { heading, text } => Some(folded(heading, text)),
    }
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}", paragraph(item))).collect::<Vec<_>>().join("\n")
}

fn picture(figure: &PageFigure, address: &str) -> String {
    let address = address.replace('<', "%3C").replace('>', "%3E").replace(['\n', '\r'], "");
    let caption = prose(&figure.caption);
    format!("![{}](<{address}>)\n\n{caption}", prose(&figure.id))
}

/// Writes preformatted text that unfolds by a click.
fn folded(heading: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let heading = heading.replace('&', "&amp;").replace('<', "&lt;").replace('\n', " ");
    let text = text.trim_end_matches('\n');
    format!("<details><summary>{heading}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>")
}

fn longest_run(text: &str, letter: char) -> usize {
    text.split(|other| other != letter).map(str::len).max().unwrap_or(0)
}

/// Writes a table with its caption, what its marks mean and its columns' explanations.
#[must_use]
pub fn table(grid: &Grid) -> String {
    let mut blocks = vec![paragraph(&grid.caption), rows(grid), prose(&grid.key(SIGN))];
    blocks.push(grid.notes().map(note).collect::<Vec<_>>().join("\n"));
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n") + "\n"
}

fn note(head: &Head) -> String {
    format!("- {}: {}", prose(&head.name), prose(&head.note))
}

/// Writes head and rows, padded so that the text reads well as it is.
fn rows(grid: &Grid) -> String {
    if grid.columns.is_empty() {
        return String::new();
    }
    let heads: Vec<String> = grid.columns.iter().map(|head| in_table(&head.name)).collect();
    let mut lines = vec![heads];
    lines.extend(grid.lines().map(|line| line.into_iter().map(|(_, entry)| cell(entry)).collect()));
    let widths: Vec<usize> = (0..grid.columns.len()).map(|column| width(&lines, column)).collect();
    let columns: Vec<(bool, usize)> = grid.columns.iter().map(|head| head.numeric).zip(widths).collect();
    let mut lines = lines.iter().map(|line| row(line, &columns));
    let head = lines.next().unwrap_or_default();
    [head, rule(&columns)].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn width(lines: &[Vec<String>], column: usize) -> usize {
    let texts = lines.iter().filter_map(|line| line.get(column));
    texts.map(|text| text.chars().count()).fold(NARROWEST, usize::max)
}

fn row(line: &[String], columns: &[(bool, usize)]) -> String {
    let padded = line.iter().zip(columns).map(|(text, &(numeric, width))| match numeric {
        true => format!("{text:>width$}"),
        false => format!("{text:<width$}"),
    });
    format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
}

fn rule(columns: &[(bool, usize)]) -> String {
    let dashes = columns.iter().map(|&(numeric, width)| match numeric {
        true => format!("{}:", "-".repeat(width - 1)),
        false => "-".repeat(width),
    });
    format!("| {} |", dashes.collect::<Vec<_>>().join(" | "))
}

fn cell(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return String::new() };
    let text = in_table(&entry.text);
    match entry.mark {
        Mark::None => text,
        Mark::Best => format!("**{text}**"),
        Mark::NotWorse => format!("<ins>{text}</ins>"),
        Mark::Warning => format!("{SIGN} {text}"),
    }
}

/// Writes a paragraph, whose first letters must not make it a heading, a list or a quotation.
fn paragraph(text: &str) -> String {
    let text = prose(text);
    let letters = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.len() - letters.len();
    let is_block = text.starts_with(['#', '+', '-', '=']) || (digits > 0 && letters.starts_with(['.', ')']));
    if is_block { format!("{}\\{letters}", &text[..digits]) } else { text }
}

/// Writes running text on one line.
fn prose(text: &str) -> String {
    let written = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => escape(words),
        Piece::Code(code) => format!("`{}`", one_line(code)),
    });
    written.collect()
}

/// Writes running text for a cell, which a bar would end even inside code.
pub(super) fn in_table(text: &str) -> String {
    let written = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => escape(words),
        Piece::Code(code) => format!("`{}`", one_line(code).replace('|', "\\|")),
    });
    written.collect::<String>().trim().to_owned()
}

fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\n', '\r'], " ")
}

/// Puts a backslash before what Markdown would read as markup; an underscore inside a word is none.
fn escape(text: &str) -> String {
    let text = one_line(text);
    let letters: Vec<char> = text.chars().collect();
    let is_word = |place: Option<usize>| {
        place.and_then(|place| letters.get(place)).is_some_and(|letter| letter.is_alphanumeric() || *letter == '_')
    };
    let mut out = String::with_capacity(text.len());
    for (place, &letter) in letters.iter().enumerate() {
        let is_inside = letter == '_' && is_word(place.checked_sub(1)) && is_word(Some(place + 1));
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '|' | '&' | '$') && !is_inside {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let columns = vec![Head::text("strategy"), Head::number("regret").with_note("mean, in `points`")];
        let mut grid = Grid::new("Final regret.", columns);
        grid.push(vec![Entry::text("local|search"), Entry::number("0.06", 0.06).marked(Mark::Best)]);
        grid.push(vec![Entry::text("a_b"), Entry::number("0.1", 0.1).marked(Mark::NotWorse)]);
        grid.push(vec![Entry::text("random"), Entry::number("4", 4.0).marked(Mark::Warning)]);
        grid
    }

    // Written by hand from section 4.10 of the specification.
    const TABLE: &str = "Final regret.

| strategy      |         regret |
| ------------- | -------------: |
| local\\|search |       **0.06** |
| a_b           | <ins>0.1</ins> |
| random        |            ⚠ 4 |

Bold: the best; underlined: not significantly worse than the best; ⚠: to be read with the warnings.

- regret: mean, in `points`
";

    #[test]
    fn a_table_reads_well_as_it_is() {
        assert_eq!(table(&grid()), TABLE);
    }

    #[test]
    fn rows_keep_to_the_columns() {
        let mut grid = Grid::new("", vec![Head::text("a"), Head::number("b")]);
        grid.push(vec![Entry::text("only")]);
        assert_eq!(table(&grid), "| a    |    b |\n| ---- | ---: |\n| only |      |\n");
        assert_eq!(table(&Grid::new("nothing", vec![])), "nothing\n");
    }

    #[test]
    fn markup_is_escaped_outside_code() {
        assert_eq!(prose("1 < 2 & a*b, `a*b|c`, nor_conv_3x3, _x"), r"1 \< 2 \& a\*b, `a*b|c`, nor_conv_3x3, \_x");
        assert_eq!(prose("two\nlines"), "two lines");
        assert_eq!(in_table("a|b `c|d` e`"), r"a\|b `c\|d` e\`");
    }

    #[test]
    fn paragraphs_stay_paragraphs() {
        let cases = [("# a", r"\# a"), ("- a", r"\- a"), ("12. a", r"12\. a"), ("12 a", "12 a"), ("> a", r"\> a")];
        for (text, expected) in cases {
            assert_eq!(paragraph(text), expected);
        }
    }

    #[test]
    fn code_may_hold_fences() {
        let text = folded("log <a>", "x\n````\ny\n");
        assert_eq!(text, "<details><summary>log &lt;a></summary>\n\n`````text\nx\n````\ny\n`````\n\n</details>");
    }

    #[test]
    fn a_page_has_pictures_where_there_are_addresses() {
        let figure = PageFigure { id: "f".into(), caption: "Regret.".into(), csv: String::new(), variants: vec![] };
        let blocks = vec![
            Block::Warning("few runs".into()),
            Block::List(vec!["a".into(), "b".into()]),
            Block::Figure(figure),
            Block::Paragraph("end".into()),
        ];
        let section = Section { id: "s".into(), heading: "Regret".into(), blocks };
        let whole = Page { title: "T".into(), lead: vec!["lead".into()], sections: vec![section], files: vec![] };
        let start = "# T\n\nlead\n\n## Regret\n\n> [!WARNING]\n> few runs\n\n- a\n- b\n\n";
        assert_eq!(page(&whole, |_| None), format!("{start}end\n"));
        let expected = format!("{start}![f](<a b.png>)\n\nRegret.\n\nend\n");
        assert_eq!(page(&whole, |figure| (figure.id == "f").then(|| "a b.png".to_owned())), expected);
    }
}
