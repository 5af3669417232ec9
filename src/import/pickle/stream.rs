//! Reads pickles that are too large for memory: the items of one dict are
//! handed out as soon as each is complete, and forgotten.
//!
//! A pickle must be read twice: [`Stream::survey`] notes which values it
//! fetches again, [`Stream::items`] then remembers only those.

use std::io::{self, Read};
use std::ops::Range;

use thiserror::Error;

use super::machine::Machine;
use super::survey::{Kept, Survey};
use super::{Node, NodeId, Pickle, PickleError, Value};

/// Is how many bytes are read at once.
const PIECE: usize = 1 << 20;

/// Is the longest instruction, such as a text with its length.
const LONGEST: usize = 64 << 20;

/// How much memory values may take while a pickle is read piece by piece.
struct Limits {
    /// The most values that may be alive at once.
    alive: usize,
    /// The most bytes that their texts, numbers and ids may take.
    bytes_alive: usize,
    /// How many new values make it worth while to look for dead ones.
    worth_collecting: usize,
    /// How many bytes that were read and copied make it so.
    bytes_worth_collecting: usize,
}

const LIMITS: Limits =
    Limits { alive: 1 << 23, bytes_alive: 512 << 20, worth_collecting: 1 << 20, bytes_worth_collecting: 256 << 20 };

/// Says why a pickle cannot be read piece by piece.
#[derive(Debug, Error)]
pub enum StreamError<E> {
    /// Reports bytes that cannot be read.
    #[error("cannot read on")]
    Read(#[from] io::Error),
    /// Reports a damaged or hostile pickle.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// Reports what whoever takes the items has against one.
    #[error("an item is refused")]
    Item(E),
}

/// Reads pickles, one after another, from a stream of bytes.
pub struct Stream<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the bytes begin that were not used yet.
    start: usize,
    /// Bytes before the buffer.
    base: usize,
    ended: bool,
}

/// Says which dict is read item by item.
#[derive(Clone, Copy, Debug)]
pub enum Dict<'k> {
    /// The outermost: its keys are texts, its values tuples, in which no tuple is followed by a text.
    Root,
    /// The one under this key of the outermost: ints with dicts.
    Under(&'k str),
}

impl Dict<'_> {
    /// How many marks are open where the dict's items are put together.
    fn depth(self) -> usize {
        match self {
            Self::Root => 1,
            Self::Under(_) => 2,
        }
    }

    fn is_key(self, node: &Node) -> bool {
        match self {
            Self::Root => matches!(node, Node::Text(_)),
            Self::Under(_) => matches!(node, Node::Int(_)),
        }
    }

    fn is_value(self, node: &Node) -> bool {
        match self {
            Self::Root => matches!(node, Node::Tuple(_)),
            Self::Under(_) => matches!(node, Node::Dict(_)),
        }
    }
}

/// Is a complete item of the dict that is read item by item.
pub struct Item<'a> {
    /// The item's key.
    pub key: Value<'a>,
    /// The item.
    pub value: Value<'a>,
    /// Keys and values of the outermost dict so far, if that is not the item's own.
    around: &'a [NodeId],
}

impl<'a> Item<'a> {
    /// Returns an earlier value of the outermost dict.
    pub fn beside(&self, key: &str) -> Option<Value<'a>> {
        let (pairs, _) = self.around.as_chunks::<2>();
        let pair = pairs.iter().find(|pair| self.key.at(pair[0]).as_str() == Ok(key));
        pair.map(|pair| self.key.at(pair[1]))
    }
}

impl<R: Read> Stream<R> {
    /// Begins with the reader's next byte.
    pub fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, base: 0, ended: false }
    }

    /// Reads the next pickle to its end and returns which values it fetches again.
    ///
    /// # Errors
    ///
    /// Fails if the bytes cannot be read, end inside of the pickle, or hold an instruction of more than 64 MiB.
    pub fn survey(&mut self) -> Result<Survey, StreamError<std::convert::Infallible>> {
        let mut survey = Survey::default();
        loop {
            let whole = self.next_instruction()?;
            let instruction = &self.buffer[self.start..self.start + whole];
            let op = instruction.first().copied().unwrap_or(b'.');
            match op {
                0x94 => survey.put(None),
                b'p' | b'q' | b'r' => survey.put(Some(number(instruction))),
                b'g' | b'h' | b'j' => survey.get(number(instruction)),
                _ => {}
            }
            if survey.next() > self.base + self.start {
                let at = self.base + self.start;
                return Err(
                    PickleError::Bomb { at, limit: "as many numbered values as the input has bytes".into() }.into()
                );
            }
            self.start += whole;
            if op == b'.' {
                return Ok(survey);
            }
        }
    }

    /// Reads the next pickle, a dict, and hands out the items of one dict in it, each when it is complete.
    ///
    /// What is handed out stands as `None` in the pickle that is returned; items of other kinds than [`Dict`] says stay in it.
    ///
    /// # Errors
    ///
    /// As [`read`](super::read); fails also if more than 8,388,608 values, or values of more than 512 MiB, are alive at once, or `each`
    /// fails.
    pub fn items<E>(
        &mut self,
        survey: Survey,
        dict: Dict<'_>,
        each: impl FnMut(&Item<'_>) -> Result<(), E>,
    ) -> Result<Pickle, StreamError<E>> {
        self.items_within(&LIMITS, survey, dict, each)
    }

    fn items_within<E>(
        &mut self,
        limits: &Limits,
        survey: Survey,
        dict: Dict<'_>,
        mut each: impl FnMut(&Item<'_>) -> Result<(), E>,
    ) -> Result<Pickle, StreamError<E>> {
        let mut machine = Machine::new(&[]);
        machine.kept = Some(Kept::new(survey));
        let (mut collect_at, mut collect_at_bytes) = (limits.worth_collecting, limits.bytes_worth_collecting);
        loop {
            self.next_instruction()?;
            let mut running = machine.with_bytes(&self.buffer[self.start..], self.base + self.start);
            let ended = running.advance(self.ended, dict, &mut each)?;
            self.start += running.at;
            if ended {
                return Ok(running.pickle);
            }
            if running.pickle.nodes.len() > collect_at || running.consumed() > collect_at_bytes {
                let alive = running.collect_within(limits)?;
                collect_at = 2 * alive + limits.worth_collecting;
                collect_at_bytes = running.consumed() + limits.bytes_worth_collecting;
            }
            machine = running.with_bytes(&[], self.base + self.start);
        }
    }

    /// Makes sure that the buffer holds the next instruction whole, or all that is left; returns its length.
    fn next_instruction(&mut self) -> Result<usize, io::Error> {
        loop {
            let rest = &self.buffer[self.start..];
            match length(rest) {
                Some(whole) if whole <= rest.len() => return Ok(whole),
                _ if self.ended => return Ok(rest.len()),
                Some(whole) if whole > LONGEST => return Err(too_long(self.base + self.start)),
                None if rest.len() > LONGEST => return Err(too_long(self.base + self.start)),
                _ => self.fill()?,
            }
        }
    }

    /// Drops what was used and reads a piece more.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.base += self.start;
        self.start = 0;
        let read = (&mut self.reader).take(PIECE as u64).read_to_end(&mut self.buffer)?;
        self.ended = read == 0;
        Ok(())
    }
}

impl Machine<'_> {
    /// Drops dead values and refuses more than may be alive; returns how many are.
    fn collect_within(&mut self, limits: &Limits) -> Result<usize, PickleError> {
        let alive = self.collect();
        if alive > limits.alive {
            return Err(self.bomb(&format!("{} values at once", limits.alive)));
        }
        if self.bytes_alive() > limits.bytes_alive {
            return Err(self.bomb(&format!("{} bytes of values at once", limits.bytes_alive)));
        }
        Ok(alive)
    }

    /// Carries out the instructions that the bytes hold whole; tells whether the pickle ended.
    fn advance<E>(
        &mut self,
        ended: bool,
        dict: Dict<'_>,
        each: &mut impl FnMut(&Item<'_>) -> Result<(), E>,
    ) -> Result<bool, StreamError<E>> {
        loop {
            let rest = &self.bytes[self.at..];
            if !ended && length(rest).is_none_or(|whole| whole > rest.len()) {
                return Ok(false);
            }
            let op = self.instruction()?;
            if op == b'.' {
                self.finish()?;
                return Ok(true);
            }
            if let Some(place) = self.last_item(op, dict) {
                self.hand_out(place, dict, each)?;
            }
            self.step(op)?;
            if let Some(place) = self.item_before_key(dict) {
                self.hand_out(place, dict, each)?;
            }
        }
    }

    /// The place on the stack of the value that `op` is about to put into the dict, as the last.
    fn last_item(&self, op: u8, dict: Dict<'_>) -> Option<usize> {
        let below = match op {
            b'u' if self.marks.len() == dict.depth() => *self.marks.last()?,
            b's' if self.marks.len() + 1 == dict.depth() => self.stack.len().checked_sub(2)?,
            _ => return None,
        };
        (self.stack.len() >= below + 2).then(|| self.stack.len() - 1)
    }

    /// The place on the stack of the value before the key that was just put there.
    fn item_before_key(&self, dict: Dict<'_>) -> Option<usize> {
        let mark = self.marks.last().filter(|_| self.marks.len() == dict.depth())?;
        let count = self.stack.len().checked_sub(*mark)?;
        let top_is_key = dict.is_key(self.pickle.node(*self.stack.last()?));
        (count >= 3 && count % 2 == 1 && top_is_key).then(|| self.stack.len() - 2)
    }

    /// Hands out the value at a place of the stack, if it is an item of the dict, and forgets it.
    fn hand_out<E>(
        &mut self,
        place: usize,
        dict: Dict<'_>,
        each: &mut impl FnMut(&Item<'_>) -> Result<(), E>,
    ) -> Result<(), StreamError<E>> {
        let below = self.marks.get(dict.depth() - 1).copied().unwrap_or(place - 1);
        let Some(around) = below.checked_sub(1).and_then(|at| self.around(at, dict)) else { return Ok(()) };
        let item = [place - 1, place].map(|place| self.stack[place]);
        let [key, value] = item.map(|id| self.value(id));
        if !dict.is_key(key.node()) || !dict.is_value(value.node()) {
            return Ok(());
        }
        each(&Item { key, value, around: &self.stack[around] }).map_err(StreamError::Item)?;
        self.pickle.nodes[item[1].index()] = Node::None;
        Ok(())
    }

    /// Where on the stack the keys and values around the dict stand, if what stands at a place of it is that dict.
    fn around(&self, at: usize, dict: Dict<'_>) -> Option<Range<usize>> {
        let Dict::Under(wanted) = dict else { return (at == 0).then_some(0..0) };
        let first = self.marks.first().copied().unwrap_or(0);
        let key = at.checked_sub(1).filter(|&key| key >= first)?;
        (self.value(self.stack[key]).as_str() == Ok(wanted)).then_some(first..key)
    }
}

/// Returns the length of the instruction at the start of `bytes`, or `None` if that takes more bytes to know.
fn length(bytes: &[u8]) -> Option<usize> {
    let counted = |width: usize| {
        let count = bytes.get(1..=width)?.iter().rev().fold(0u64, |count, &byte| count << 8 | u64::from(byte));
        Some(usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1 + width))
    };
    let line = |from: usize| Some(from + bytes.get(from..)?.iter().position(|&byte| byte == b'\n')? + 1);
    match bytes.first()? {
        b'K' | b'h' | b'q' | 0x80 | 0x82 => Some(2),
        b'M' | 0x83 => Some(3),
        b'J' | b'j' | b'r' | 0x84 => Some(5),
        b'G' | 0x95 => Some(9),
        b'U' | 0x8c | b'C' | 0x8a => counted(1),
        b'T' | b'X' | b'B' | 0x8b => counted(4),
        0x8d | 0x8e | 0x96 => counted(8),
        b'I' | b'L' | b'F' | b'S' | b'V' | b'g' | b'p' | b'P' => line(1),
        b'c' | b'i' => line(1).and_then(line),
        _ => Some(1),
    }
}

/// Returns the memo number of an instruction; what is no number is the reader's to refuse.
fn number(instruction: &[u8]) -> usize {
    let Some((op, argument)) = instruction.split_first() else { return 0 };
    match op {
        b'g' | b'p' => str::from_utf8(argument.trim_ascii_end()).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
        _ => argument.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)),
    }
}

fn too_long(at: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the instruction at byte {at} has more than {LONGEST} bytes"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::read;
    use super::*;

    /// `{"list": ["a", "b"], "dict": {0: {"x": long text, "y": "a"}, 1: ...}}` with so many items, the first text shared by all.
    fn sample(items: u8, length: usize) -> Vec<u8> {
        let mut bytes = b"\x80\x02}(U\x04list](U\x01aq\x00U\x01beU\x04dict}(".to_vec();
        for item in 0..items {
            bytes.extend([b'K', item]);
            bytes.extend(b"}(U\x01xX");
            bytes.extend((length as u32).to_le_bytes());
            bytes.extend(std::iter::repeat_n(b'z', length));
            bytes.extend(b"U\x01yh\x00u");
        }
        bytes.extend(b"uu.");
        bytes
    }

    /// Reads a pickle in two passes and returns each item's key and what it holds beside the long text.
    fn items(bytes: &[u8]) -> Result<Vec<(i64, String)>, StreamError<Infallible>> {
        let survey = Stream::new(bytes).survey()?;
        let mut found = Vec::new();
        Stream::new(bytes).items(survey, Dict::Under("dict"), |item| {
            let shared = item.value.get("y").and_then(Value::as_str).unwrap_or("?");
            let list = item.beside("list").and_then(|list| list.items().ok()).map_or(0, |items| items.len());
            found.push((item.key.as_i64().unwrap_or(-1), format!("{shared}{list}")));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn items_are_handed_out_across_pieces() {
        let bytes = sample(60, 100_000);
        let expected: Vec<_> = (0..60).map(|key| (key, "a2".to_owned())).collect();
        assert_eq!(items(&bytes).unwrap(), expected);
    }

    #[test]
    fn items_are_forgotten_and_the_rest_is_as_read_whole() {
        let bytes = sample(3, 10);
        let survey = Stream::new(&*bytes).survey().unwrap();
        let pickle = Stream::new(&*bytes).items(survey, Dict::Under("dict"), |_| Ok::<_, Infallible>(())).unwrap();
        let dict = pickle.root().get("dict").unwrap();
        assert!(dict.entries().unwrap().all(|(_, value)| value.is_none()));
        assert_eq!(pickle.root().get("list").unwrap().item(0).unwrap().as_str(), Ok("a"));
        let survey = Stream::new(&*bytes).survey().unwrap();
        let other = Stream::new(&*bytes).items(survey, Dict::Under("list"), |_| Ok::<_, Infallible>(())).unwrap();
        assert_eq!(other.node_count(), read(&bytes).unwrap().0.node_count());
    }

    #[test]
    fn items_of_the_outermost_dict_are_handed_out() {
        let pair = |key: &[u8]| [b"U\x01", key, b"}U\x01xK\x01s}(K\x07](K\x01K\x02eu\x86"].concat();
        let in_batches = [&b"\x80\x02}("[..], &pair(b"a"), &pair(b"b"), b"u(", &pair(b"c"), b"u."].concat();
        let single = [&b"\x80\x02}"[..], &pair(b"d"), b"s."].concat();
        for (bytes, expected) in [(in_batches, &["a", "b", "c"][..]), (single, &["d"])] {
            let survey = Stream::new(&*bytes).survey().unwrap();
            let mut found = Vec::new();
            let read = Stream::new(&*bytes).items(survey, Dict::Root, |item| {
                let [fixed, computed] = [0, 1].map(|place| item.value.item(place).unwrap());
                let last = computed.get_int(7).unwrap().item(1).unwrap().as_i64().unwrap();
                found.push((item.key.as_str().unwrap().to_owned(), fixed.get("x").unwrap().as_i64().unwrap(), last));
                Ok::<_, Infallible>(())
            });
            let expected: Vec<_> = expected.iter().map(|key| ((*key).to_owned(), 1, 2)).collect();
            assert_eq!(found, expected);
            assert!(read.unwrap().root().entries().unwrap().all(|(_, value)| value.is_none()));
        }
    }

    #[test]
    fn a_value_under_two_keys_is_handed_out_once() {
        let bytes = b"\x80\x02}(U\x01aK\x01K\x02\x86q\x00U\x01bh\x00u.";
        let survey = Stream::new(&bytes[..]).survey().unwrap();
        let mut keys = Vec::new();
        let rest = Stream::new(&bytes[..]).items(survey, Dict::Root, |item| {
            keys.push(item.key.as_str().unwrap().to_owned());
            Ok::<_, Infallible>(())
        });
        assert_eq!((keys, rest.unwrap().root().entries().unwrap().len()), (vec!["a".to_owned()], 2));
    }

    #[test]
    fn values_and_bytes_alive_are_bounded() {
        const LENGTH: usize = 100_000;
        let text = |letter| [&b"X"[..], &(LENGTH as u32).to_le_bytes(), &[letter; LENGTH]].concat();
        // thirty texts of a list stay alive, those of the items do not
        let mut bytes = b"\x80\x02}(U\x04list](".to_vec();
        (0..30).for_each(|_| bytes.extend(text(b'z')));
        bytes.extend(b"eU\x04dict}(");
        (0..60).for_each(|key| bytes.extend([b"K", &[key][..], b"}U\x01x", &text(b'y'), b"s"].concat()));
        bytes.extend(b"uu.");
        let read = |limits: &Limits| {
            let survey = Stream::new(&*bytes).survey().unwrap();
            Stream::new(&*bytes)
                .items_within(limits, survey, Dict::Under("dict"), |_| Ok::<_, Infallible>(()))
                .map(drop)
        };
        let enough = Limits { alive: 300, bytes_alive: 45 * LENGTH, worth_collecting: 1, bytes_worth_collecting: 1 };
        read(&enough).unwrap();
        let message = |limits: Limits| read(&limits).unwrap_err().to_string();
        assert!(message(Limits { alive: 20, ..enough }).contains("20 values at once"));
        assert!(message(Limits { bytes_alive: 20 * LENGTH, ..enough }).contains("2000000 bytes of values"));
    }

    #[test]
    fn collecting_keeps_what_can_be_reached() {
        let bytes = sample(2, 10);
        let mut machine = Machine::new(&bytes);
        while machine.at < bytes.len() - 3 {
            let op = machine.instruction().unwrap();
            machine.step(op).unwrap();
        }
        let before = machine.pickle.nodes.len();
        machine.pickle.nodes.push(Node::None);
        assert_eq!(machine.collect(), before);
        [b'u', b'u'].into_iter().for_each(|op| machine.step(op).unwrap());
        machine.finish().unwrap();
        let dict = machine.pickle.root().get("dict").unwrap();
        assert_eq!(dict.get_int(1).unwrap().get("y").unwrap().as_str(), Ok("a"));
    }

    #[test]
    fn cut_and_hostile_pickles_are_errors() {
        let bytes = sample(3, 10);
        for length in 0..bytes.len() {
            assert!(items(&bytes[..length]).is_err(), "{length}");
        }
        for bad in [
            &b"((K\x01K\x02K\x03u."[..],
            b"K\x01K\x02s.",
            b"((uu.",
            b"}(U\x04dictK\x01K\x02s.",
            b"r\xff\xff\xff\xff.",
            b"h\x00.",
        ] {
            assert!(items(bad).is_err(), "{bad:?}");
        }
        let long = [&b"\x8e\xff\xff\xff\xff\xff\xff\xff\x0f"[..], &[0; 100]].concat();
        assert!(items(&long).is_err());
        for place in 0..bytes.len() {
            for flip in [1, 16, 128, 255] {
                let mut damaged = bytes.clone();
                damaged[place] ^= flip;
                let _ = items(&damaged); // whatever comes, no panic
            }
        }
    }

    #[test]
    fn several_pickles_follow_one_another() {
        let bytes = [&b"\x80\x02K\x07."[..], &sample(1, 1)].concat();
        let mut stream = Stream::new(&*bytes);
        stream.survey().unwrap();
        let survey = stream.survey().unwrap();
        let mut stream = Stream::new(&*bytes);
        stream.survey().unwrap();
        let mut count = 0;
        let counted = stream.items(survey, Dict::Under("dict"), |_| {
            count += 1;
            Ok::<_, Infallible>(())
        });
        counted.unwrap();
        assert_eq!(count, 1);
    }
}
