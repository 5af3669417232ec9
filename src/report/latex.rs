//! Tables, numbers and sentences for LaTeX, and a small document that shows them all.
//!
//! Made for pdfLaTeX with the encoding T1 and the packages booktabs and graphicx (S. Fear, "Publication quality tables in
//! LaTeX": rules above, below the head and below the table, none upright). Letters that pdfLaTeX cannot set are written as
//! `[U+1234]`, so that every document compiles and nothing is lost silently.

use std::collections::HashSet;
use std::fmt::Write;

use super::grid::{Entry, Grid, Head, Mark};
use super::prose::{Piece, pieces};

/// The start of every command's name, so that none meets one of LaTeX's own.
const PREFIX: &str = "nas";

/// The sign of a warning.
const SIGN: &str = "!";

/// A document that shows everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paper {
    /// The title.
    pub title: String,
    /// Files to read in the preamble, such as the numbers.
    pub preamble: Vec<String>,
    /// Files with sentences.
    pub texts: Vec<String>,
    /// Files with tables.
    pub tables: Vec<String>,
    /// The figures.
    pub figures: Vec<PaperFigure>,
}

/// A figure of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFigure {
    /// The picture's file: PDF or PNG.
    pub file: String,
    /// The caption.
    pub caption: String,
    /// What follows `fig:` in the label.
    pub label: String,
}

impl Paper {
    /// Writes the document.
    #[must_use]
    pub fn document(&self) -> String {
        let inputs = |files: &[String]| files.iter().map(|file| format!("\\input{{{file}}}\n")).collect::<String>();
        let figures: String = self.figures.iter().map(figure).collect();
        [
            "\\pdfminorversion=7\n\\documentclass{article}\n\\usepackage[a4paper,margin=25mm]{geometry}\n\\usepackage[T1]{fontenc}\n",
            "\\usepackage[utf8]{inputenc}\n\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n",
            "\\usepackage{booktabs}\n\\usepackage{graphicx}\n",
            &inputs(&self.preamble),
            &format!("\n\\title{{{}}}\n\\author{{}}\n\\date{{}}\n", prose(&self.title)),
            "\n\\begin{document}\n\\maketitle\n\n",
            &inputs(&self.texts),
            "\n",
            &inputs(&self.tables),
            "\n",
            &figures,
            "\n\\end{document}\n",
        ]
        .concat()
    }
}

/// Writes a figure with its caption, no wider than the line.
#[must_use]
pub fn figure(figure: &PaperFigure) -> String {
    let PaperFigure { file, caption, label } = figure;
    format!(
        "\\begin{{figure}}[htbp]\n  \\centering\n  {}\n  \\caption{{{}}}\n  \\label{{fig:{}}}\n\\end{{figure}}\n",
        fitted(&format!("\\includegraphics{{{file}}}")),
        prose(caption),
        key(label),
    )
}

/// Writes a table that floats, with its caption, what its marks mean and its columns' explanations; no wider than the line.
#[must_use]
pub fn table(grid: &Grid, label: &str) -> String {
    let caption = [prose(&grid.caption), prose(&grid.key(SIGN))];
    let caption: Vec<&str> = caption.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let notes: Vec<String> = grid.notes().map(note).collect();
    let notes = match notes.is_empty() {
        true => String::new(),
        false => format!("\n  \\par\\smallskip\\footnotesize {}", notes.join(" ")),
    };
    format!(
        "\\begin{{table}}[htbp]\n  \\centering\n  \\caption{{{}}}\n  \\label{{tab:{}}}\n  \\medskip\n  {}{notes}\n\\end{{table}}\n",
        caption.join(" "),
        key(label),
        fitted(&format!("%\n{}", tabular(grid))),
    )
}

fn note(head: &Head) -> String {
    let end = if head.note.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("\\emph{{{}}}: {}{end}", escape(&head.name), prose(&head.note))
}

/// Shrinks what is wider than the line.
fn fitted(inner: &str) -> String {
    format!("\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{{inner}}}")
}

/// Makes the key of a label: letters, digits and dashes.
fn key(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

/// Writes the bare table.
#[must_use]
pub fn tabular(grid: &Grid) -> String {
    if grid.columns.is_empty() {
        return "% This table has no columns.\n".to_owned();
    }
    let sides: String = (0..grid.columns.len()).map(|place| side(grid, place)).collect();
    let heads = grid.columns.iter().map(|head| safe_start(escape(&head.name)));
    let mut out = format!("\\begin{{tabular}}{{@{{}}{sides}@{{}}}}\n  \\toprule\n{}  \\midrule\n", row(heads));
    out.extend(grid.lines().map(|line| row(line.into_iter().map(|(head, entry)| cell(head, entry)))));
    out + "  \\bottomrule\n\\end{tabular}\n"
}

/// Texts longer than this are broken into lines.
const LONG: usize = 60;

/// How a column is set: numbers to the right, long texts in lines.
fn side(grid: &Grid, place: usize) -> &'static str {
    let texts = || grid.rows.iter().filter_map(|row| row.get(place)).map(|entry| entry.text.chars().count());
    match grid.columns[place].numeric {
        true => "r",
        false if texts().any(|length| length > LONG) => "p{.62\\linewidth}",
        false => "l",
    }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("  {} \\\\\n", cells.collect::<Vec<_>>().join(" & "))
}

fn cell(head: &Head, entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return String::new() };
    let text = if head.numeric { number(&entry.text) } else { prose(&entry.text) };
    match entry.mark {
        Mark::None => safe_start(text),
        Mark::Best => format!("\\textbf{{{text}}}"),
        Mark::NotWorse => format!("\\underline{{{text}}}"),
        Mark::Warning => format!("\\textsuperscript{{{SIGN}}}{text}"),
    }
}

/// Guards against the end of the row before, which would take a bracket or star for an option of its own.
fn safe_start(text: String) -> String {
    if text.starts_with(['[', '*']) { format!("{{}}{text}") } else { text }
}

/// Writes numbers, whose hyphens are minus signs where they stand before a digit and after no letter or digit.
fn number(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_minus = |place: usize| {
        let before = place.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(place + 1);
        !before.is_some_and(|letter| letter.is_alphanumeric()) && after.is_some_and(char::is_ascii_digit)
    };
    let signs = letters.iter().enumerate();
    let signs = signs.map(|(place, &letter)| if letter == '-' && is_minus(place) { '\u{2212}' } else { letter });
    escape(&signs.collect::<String>())
}

/// Writes sentences, each on a line of its own, as one paragraph.
#[must_use]
pub fn sentences(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| prose(sentence) + "\n").collect()
}

/// Writes running text; names in backticks are set in typewriter letters.
#[must_use]
pub fn prose(text: &str) -> String {
    let written = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => escape(words),
        Piece::Code(code) => format!("\\texttt{{{}}}", escape(code)),
    });
    written.collect()
}

/// Writes a command for each number or other short text, with the name that it was made from above it.
///
/// Names of commands begin with `nas` and hold only letters: words are run together, each with a capital, digits become
/// words, and all else is left out. A name that comes up again gets a letter more.
#[must_use]
pub fn commands(values: &[(String, String)]) -> String {
    let mut known = HashSet::new();
    let mut out = String::new();
    for (name, value) in values {
        let command = unique(command_name(name), &mut known);
        let comment: String = name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "% {comment}\n\\newcommand{{\\{command}}}{{{}}}", number(value));
    }
    out
}

fn unique(name: String, known: &mut HashSet<String>) -> String {
    let more = (b'B'..=b'Z').map(|letter| format!("{name}{}", char::from(letter)));
    let free = std::iter::once(name.clone()).chain(more).find(|name| !known.contains(name));
    let name = free.unwrap_or_else(|| unique(format!("{name}Z"), known));
    known.insert(name.clone());
    name
}

fn command_name(name: &str) -> String {
    const DIGITS: [&str; 10] = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let mut out = PREFIX.to_owned();
    let mut is_first = true;
    for letter in name.chars() {
        match letter.to_digit(10) {
            // A decimal digit is below ten.
            Some(digit) => out.push_str(DIGITS[digit as usize]),
            None if letter.is_ascii_alphabetic() => {
                out.push(if is_first { letter.to_ascii_uppercase() } else { letter });
            }
            None => (),
        }
        is_first = !letter.is_ascii_alphabetic();
    }
    out
}

/// Writes a text so that LaTeX prints it letter by letter; line breaks become spaces.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        // Two hyphens in a row would become a dash.
        if letter == '-' && out.ends_with('-') {
            out.push_str("{}");
        }
        match written(letter) {
            Some(command) => out.push_str(command),
            None if is_set(letter) => out.push(letter),
            None => {
                // Writing to a string cannot fail.
                let _ = write!(out, "[U+{:04X}]", u32::from(letter));
            }
        }
    }
    out
}

/// Says whether pdfLaTeX sets a letter as it is in T1: ASCII, and the letters of Western and Central European languages.
fn is_set(letter: char) -> bool {
    const ALSO: &str = "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž";
    let is_ascii = letter == ' ' || letter.is_ascii_graphic();
    is_ascii || matches!(letter, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ') || ALSO.contains(letter)
}

/// Gives the commands for letters that are not set as they are.
fn written(letter: char) -> Option<&'static str> {
    punctuation(letter).or_else(|| sign(letter)).or_else(|| script(letter)).or_else(|| greek(letter))
}

fn punctuation(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\\' => "\\textbackslash{}",
        '{' => "\\{",
        '}' => "\\}",
        '$' => "\\$",
        '&' => "\\&",
        '#' => "\\#",
        '_' => "\\_",
        '%' => "\\%",
        '^' => "\\textasciicircum{}",
        '~' => "\\textasciitilde{}",
        '<' => "\\textless{}",
        '>' => "\\textgreater{}",
        '|' => "\\textbar{}",
        '"' => "\\textquotedbl{}",
        '`' => "\\textasciigrave{}",
        '\n' | '\t' => " ",
        '\r' => "",
        '\u{a0}' => "~",
        '\u{2009}' | '\u{202f}' => "\\,",
        '–' => "\\textendash{}",
        '—' => "\\textemdash{}",
        '‘' => "\\textquoteleft{}",
        '’' => "\\textquoteright{}",
        '“' => "\\textquotedblleft{}",
        '”' => "\\textquotedblright{}",
        '…' => "\\dots{}",
        _ => return None,
    })
}

fn sign(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{2212}' => "$-$",
        '±' => "$\\pm$",
        '×' => "$\\times$",
        '÷' => "$\\div$",
        '·' => "$\\cdot$",
        '°' => "$^{\\circ}$",
        '≤' => "$\\le$",
        '≥' => "$\\ge$",
        '≠' => "$\\ne$",
        '≈' => "$\\approx$",
        '∞' => "$\\infty$",
        '√' => "$\\surd$",
        '∈' => "$\\in$",
        '→' => "$\\rightarrow$",
        '←' => "$\\leftarrow$",
        '↑' => "$\\uparrow$",
        '↓' => "$\\downarrow$",
        '✓' => "$\\surd$",
        '⚠' => "(!)",
        '‰' => "\\textperthousand{}",
        '§' => "\\S{}",
        '€' => "\\texteuro{}",
        '½' => "$\\frac{1}{2}$",
        _ => return None,
    })
}

fn script(letter: char) -> Option<&'static str> {
    Some(match letter {
        '⁰' => "$^{0}$",
        '¹' => "$^{1}$",
        '²' => "$^{2}$",
        '³' => "$^{3}$",
        '⁴' => "$^{4}$",
        '⁵' => "$^{5}$",
        '⁶' => "$^{6}$",
        '⁷' => "$^{7}$",
        '⁸' => "$^{8}$",
        '⁹' => "$^{9}$",
        '⁻' => "$^{-}$",
        '₀' => "$_{0}$",
        '₁' => "$_{1}$",
        '₂' => "$_{2}$",
        '₃' => "$_{3}$",
        '₄' => "$_{4}$",
        _ => return None,
    })
}

fn greek(letter: char) -> Option<&'static str> {
    Some(match letter {
        'α' => "$\\alpha$",
        'β' => "$\\beta$",
        'γ' => "$\\gamma$",
        'δ' => "$\\delta$",
        'ε' => "$\\varepsilon$",
        'η' => "$\\eta$",
        'θ' => "$\\theta$",
        'κ' => "$\\kappa$",
        'λ' => "$\\lambda$",
        'µ' | 'μ' => "$\\mu$",
        'π' => "$\\pi$",
        'ρ' => "$\\rho$",
        'σ' => "$\\sigma$",
        'τ' => "$\\tau$",
        'φ' => "$\\varphi$",
        'χ' => "$\\chi$",
        'ω' => "$\\omega$",
        'Δ' => "$\\Delta$",
        'Σ' => "$\\Sigma$",
        'Φ' => "$\\Phi$",
        'Ω' => "$\\Omega$",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_a_meaning_are_escaped() {
        assert_eq!(
            escape(r"50 % of a_b & {x}^2 \ ~"),
            r"50 \% of a\_b \& \{x\}\textasciicircum{}2 \textbackslash{} \textasciitilde{}"
        );
        assert_eq!(escape("--fail-on a---b"), "-{}-fail-on a-{}-{}-b");
        assert_eq!(escape("1.5 ± 0.2 µs, −3 ≤ σ²"), r"1.5 $\pm$ 0.2 $\mu$s, $-$3 $\le$ $\sigma$$^{2}$");
        assert_eq!(escape("Łódź, Zürich\n中"), "Łódź, Zürich [U+4E2D]");
        assert_eq!(prose("see `a_b`"), r"see \texttt{a\_b}");
    }

    #[test]
    fn hyphens_before_digits_are_minus_signs_in_numbers() {
        let cases = [("-0.5", "$-$0.5"), ("[-1, -2]", "[$-$1, $-$2]"), ("1e-5", "1e-5"), ("a-b", "a-b"), ("-", "-")];
        for (text, expected) in cases {
            assert_eq!(number(text), expected);
        }
    }

    // Written by hand from the manual of booktabs.
    const TABULAR: &str = r"\begin{tabular}{@{}lr@{}}
  \toprule
  strategy & regret (\%) \\
  \midrule
  local\_search & \textbf{0.06 $\pm$ 0.01} \\
  evolution & \underline{$-$0.1} \\
  {}[x] & \textsuperscript{!}4 \\
  short &  \\
  \bottomrule
\end{tabular}
";

    #[test]
    fn a_table_has_three_rules_and_marks() {
        let mut grid = Grid::new("Final regret.", vec![Head::text("strategy"), Head::number("regret (%)")]);
        grid.push(vec![Entry::text("local_search"), Entry::number("0.06 ± 0.01", 0.06).marked(Mark::Best)]);
        grid.push(vec![Entry::text("evolution"), Entry::number("-0.1", -0.1).marked(Mark::NotWorse)]);
        grid.push(vec![Entry::text("[x]"), Entry::number("4", 4.0).marked(Mark::Warning)]);
        grid.push(vec![Entry::text("short")]);
        assert_eq!(tabular(&grid), TABULAR);
        let float = table(&grid, "final regret");
        assert!(float.contains("\\caption{Final regret. Bold: the best; underlined: ") && float.contains(TABULAR));
        assert!(float.contains("\\label{tab:final-regret}"), "{float}");
        assert!(tabular(&Grid::new("", vec![])).starts_with('%'));
    }

    #[test]
    fn commands_have_names_of_letters_only() {
        assert_eq!(command_name("local search, cifar10 test_regret"), "nasLocalSearchCifarOneZeroTestRegret");
        assert_eq!(command_name("é"), "nas");
        assert_eq!(commands(&[("a\nb".into(), "-5 %".into())]), "% a b\n\\newcommand{\\nasAB}{$-$5 \\%}\n");
    }

    #[test]
    fn commands_are_unique() {
        let names = ["a b", "A-b", "a  b!", "a b b", "1", "é", "ü"];
        let many = (0..60).map(|_| "same".to_owned());
        let values: Vec<(String, String)> =
            names.into_iter().map(str::to_owned).chain(many).map(|name| (name, "1".to_owned())).collect();
        let text = commands(&values);
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("\\newcommand{\\")?.split_once('}').map(|(name, _)| name))
            .collect();
        assert_eq!(found.len(), values.len());
        assert!(found.iter().all(|name| name.chars().all(|letter| letter.is_ascii_alphabetic())), "{found:?}");
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), values.len(), "{found:?}");
    }

    #[test]
    fn the_document_reads_all_its_parts() {
        let figures = vec![PaperFigure { file: "f.pdf".into(), caption: "A & B".into(), label: "f".into() }];
        let (title, preamble, tables) = ("A_B".into(), vec!["numbers".into()], vec!["t1".into(), "t2".into()]);
        let text = Paper { title, preamble, texts: vec!["s".into()], tables, figures }.document();
        let places: Vec<Option<usize>> = [
            "\\input{numbers}",
            "\\title{A\\_B}",
            "\\begin{document}",
            "\\input{s}",
            "\\input{t1}\n\\input{t2}",
            "\\includegraphics{f.pdf}",
            "\\caption{A \\& B}",
            "\\end{document}",
        ]
        .iter()
        .map(|part| text.find(part))
        .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {text}");
    }
}
