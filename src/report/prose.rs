//! Running text with `names in backticks`, which every writer sets as code in its own way.

/// A stretch of running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Ordinary words.
    Words(&'a str),
    /// What stood between backticks.
    Code(&'a str),
}

/// Takes a text apart; a backtick without a partner is an ordinary letter.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((words, code, after)) = split_code(rest) {
        pieces.push(Piece::Words(words));
        pieces.push(Piece::Code(code));
        rest = after;
    }
    pieces.push(Piece::Words(rest));
    pieces.retain(|piece| *piece != Piece::Words(""));
    pieces
}

/// Gives what stands before, inside and after the first pair of backticks.
fn split_code(text: &str) -> Option<(&str, &str, &str)> {
    let (words, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((words, code, after))
}

#[cfg(test)]
mod tests {
    use super::Piece::{Code, Words};
    use super::*;

    #[test]
    fn backticks_in_pairs_make_code() {
        assert_eq!(pieces("`a b` and `c`."), [Code("a b"), Words(" and "), Code("c"), Words(".")]);
        assert_eq!(pieces("plain"), [Words("plain")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn a_single_backtick_is_a_letter() {
        assert_eq!(pieces("a`b"), [Words("a`b")]);
        assert_eq!(pieces("`a` b`c"), [Code("a"), Words(" b`c")]);
    }
}
