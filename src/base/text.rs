//! Small things about texts: numbers with their noun, what XML can hold, what spreadsheets take for a formula.

use std::borrow::Cow;

/// A number and its noun, in the plural unless it is one: `1 run`, `20 runs`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A whole number with commas between its thousands.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text that no spreadsheet takes for a formula: one that begins like it gets an apostrophe before it, which spreadsheets do not show.
pub fn no_formula(text: &str) -> Cow<'_, str> {
    let is_number = || text.parse::<f64>().is_ok();
    match text.starts_with(['=', '+', '-', '@']) && !is_number() {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// A number with four significant digits, or without an end where it is large.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => value.to_string(),
        0.0 => "0".to_owned(),
        size if !(1e-4..1e7).contains(&size) => format!("{value:.3e}"),
        size if size >= 1000.0 => format!("{value:.0}"),
        size => {
            let decimals = (1..=7).find(|decimals| size * 10f64.powi(*decimals) >= 1000.0).unwrap_or(7) as usize;
            let text = format!("{value:.decimals$}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// A text in which a blank stands for each letter that XML cannot hold.
pub fn printable(text: &str) -> String {
    let allowed =
        |letter: char| if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') { ' ' } else { letter };
    text.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_none_any_more() {
        assert_eq!(no_formula("=1+2"), "'=1+2");
        assert_eq!([no_formula("@x"), no_formula("RE (10/3)")], ["'@x", "RE (10/3)"]);
        assert_eq!([no_formula("-1.5"), no_formula("-best")], ["-1.5", "'-best"]);
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!([thousands(7), thousands(15_625), thousands(1_000_000)], ["7", "15,625", "1,000,000"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!((counted(1, "run"), counted(0, "run")), ("1 run".to_owned(), "0 runs".to_owned()));
    }
}
