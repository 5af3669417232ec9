//! Python writes `NaN`, `Infinity` and `-Infinity` into JSON, which JSON does not allow: they become `null` before it is read.

use std::borrow::Cow;
use std::io::{Read, Result};

/// The texts that stand for numbers which JSON cannot write.
const TOKENS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// How many bytes are read at once.
const PIECE: u64 = 1 << 16;

/// JSON with `null` for each `NaN`, `Infinity` and `-Infinity` outside of texts; borrowed where there is none.
///
/// Everything else stays as it is, and so do the lines; a column behind a replaced number is another.
pub fn without_nan(bytes: &[u8]) -> Cow<'_, [u8]> {
    State::default().replace(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// Where in JSON one is.
#[derive(Default)]
struct State {
    in_text: bool,
    is_escaped: bool,
}

impl State {
    /// The bytes with tokens replaced; `None` where there is none.
    fn replace(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut replaced: Vec<u8> = Vec::new();
        let (mut copied, mut place) = (0, 0);
        while place < bytes.len() {
            match bytes[place] {
                _ if self.is_escaped => self.is_escaped = false, // whatever it is, it belongs to the text
                b'\\' => self.is_escaped = self.in_text,
                b'"' => self.in_text = !self.in_text,
                b'N' | b'I' | b'-' if !self.in_text => {
                    if let Some(token) = TOKENS.iter().find(|token| bytes[place..].starts_with(token)) {
                        replaced.extend_from_slice(&bytes[copied..place]);
                        replaced.extend_from_slice(b"null");
                        copied = place + token.len();
                        place = copied - 1;
                    }
                }
                _ => {}
            }
            place += 1;
        }
        replaced.extend_from_slice(&bytes[if copied == 0 { bytes.len() } else { copied }..]);
        (copied > 0).then_some(replaced)
    }
}

/// A stream of JSON in which [`without_nan`] is done while it is read.
pub struct WithoutNan<R> {
    inner: R,
    state: State,
    /// Read, but perhaps the beginning of a token.
    held: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> WithoutNan<R> {
    /// Reads from another stream, in large pieces.
    pub fn new(inner: R) -> Self {
        Self { inner, state: State::default(), held: Vec::new(), ready: Vec::new(), given: 0 }
    }

    fn refill(&mut self) -> Result<()> {
        let mut piece = std::mem::take(&mut self.held);
        let count = self.inner.by_ref().take(PIECE).read_to_end(&mut piece)?;
        if count > 0 {
            let is_part = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
            let longest = TOKENS[0].len();
            let held = piece.iter().rev().take(longest).take_while(|byte| is_part(byte)).count();
            self.held = piece.split_off(piece.len() - held);
        }
        self.ready = self.state.replace(&piece).unwrap_or(piece);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for WithoutNan<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.given == self.ready.len() {
            self.refill()?;
            if self.ready.is_empty() && self.held.is_empty() {
                return Ok(0);
            }
        }
        let rest = &self.ready[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        String::from_utf8(without_nan(json.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn only_numbers_are_replaced() {
        assert_eq!(text("[NaN,-Infinity, Infinity,-1]"), "[null,null, null,-1]");
        assert_eq!(text(r#"{"NaN": "a \" NaN", "\\": NaN}"#), r#"{"NaN": "a \" NaN", "\\": null}"#);
        assert_eq!(text("NaN"), "null");
        assert_eq!(text("[1, -2]\n{\"a\": NaN}\n"), "[1, -2]\n{\"a\": null}\n");
    }

    #[test]
    fn json_without_them_is_not_copied() {
        assert!(matches!(without_nan(br#"{"a": [1, -2, "NaN"]}"#), Cow::Borrowed(_)));
        assert!(matches!(without_nan(b""), Cow::Borrowed(_)));
        assert_eq!(text("\"a\\"), "\"a\\", "a text that is cut after a backslash");
    }

    /// Gives few bytes at a time.
    struct Drops<'s>(&'s [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn a_stream_is_replaced_as_the_whole() {
        let one = r#"[NaN, -Infinity, "NaN \" \\", Infinity, -3.5, "abcdefghijklmnopqrstuvwxyz", true],"#;
        let json = one.repeat(3_000); // several pieces, which end at all places of the text
        assert!(json.len() as u64 > 3 * PIECE && !(PIECE as usize).is_multiple_of(one.len()));
        for drop in [7, 4_096] {
            let mut out = String::new();
            WithoutNan::new(Drops(json.as_bytes(), drop)).read_to_string(&mut out).unwrap();
            assert_eq!(out, text(&json));
        }
        let mut out = String::new();
        WithoutNan::new(&b"NaN"[..]).read_to_string(&mut out).unwrap();
        assert_eq!(out, "null");
    }
}
