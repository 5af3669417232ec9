//! The stack machine that pickles are programs for.
//!
//! [`Machine::step`] sorts the instructions by kind; one method per kind
//! carries them out.

use std::fmt::Display;

use super::literal::{bytes_from_quoted, int_from_decimal, int_from_le, text_from_raw_unicode};
use super::survey::Kept;
use super::{Node, NodeId, Pickle, PickleError, Result, Value};

const NEWEST_PROTOCOL: u8 = 5;

/// Interprets one pickle; its values grow in an arena, the stack holds ids.
pub(super) struct Machine<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Bytes of the input before `bytes`.
    base: usize,
    op_at: usize,
    pub(super) pickle: Pickle,
    pub(super) stack: Vec<NodeId>,
    /// Where the stack stood at each mark that is still open.
    pub(super) marks: Vec<usize>,
    memo: Vec<Option<NodeId>>,
    memo_len: usize,
    /// What is remembered instead while a pickle is read piece by piece.
    pub(super) kept: Option<Kept>,
    /// Bytes and items that calls have copied so far.
    copied: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            base: 0,
            op_at: 0,
            pickle: Pickle { nodes: Vec::new(), root: NodeId(0) },
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            memo_len: 0,
            kept: None,
            copied: 0,
        }
    }

    /// Goes on with other bytes, which lie behind `base` bytes of the input.
    pub(super) fn with_bytes<'b>(self, bytes: &'b [u8], base: usize) -> Machine<'b> {
        let Self { op_at, pickle, stack, marks, memo, memo_len, kept, copied, .. } = self;
        Machine { bytes, at: 0, base, op_at, pickle, stack, marks, memo, memo_len, kept, copied }
    }

    /// Runs to the end of the pickle and returns the offset after it.
    pub(super) fn run(mut self) -> Result<(Pickle, usize)> {
        loop {
            let op = self.instruction()?;
            if op == b'.' {
                break;
            }
            self.step(op)?;
        }
        self.finish()?;
        Ok((self.pickle, self.at))
    }

    /// Reads the next instruction's first byte.
    pub(super) fn instruction(&mut self) -> Result<u8> {
        self.op_at = self.base + self.at;
        self.byte("an instruction")
    }

    /// Takes the pickled value from the stack.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.pickle.root = self.pop("a value at the end")?;
        Ok(())
    }

    /// How many bytes of the input are known to be there.
    fn seen(&self) -> usize {
        self.base + self.bytes.len()
    }

    /// How many bytes of the input were used or copied.
    pub(super) fn consumed(&self) -> usize {
        self.base + self.at + self.copied
    }

    /// Returns the offset of the instruction being carried out.
    pub(super) fn here(&self) -> usize {
        self.op_at
    }

    pub(super) fn value(&self, id: NodeId) -> Value<'_> {
        self.pickle.value(id)
    }

    /// Counts what a call may copy, and refuses more than the input could hold.
    pub(super) fn charge(&mut self, args: NodeId) -> Result<()> {
        const MOST_ARGS_USED: usize = 5;
        if let Node::Tuple(args) = self.value(args).node() {
            let lengths = args.iter().take(MOST_ARGS_USED).map(|&arg| self.value(arg).length());
            self.copied += lengths.sum::<usize>();
        }
        if self.copied > self.seen() {
            return Err(self.bomb("as many copied bytes as the input has"));
        }
        Ok(())
    }

    pub(super) fn step(&mut self, op: u8) -> Result<()> {
        match op {
            b'N' | 0x88 | 0x89 | b'I' | b'J' | b'K' | b'M' | b'L' | 0x8a | 0x8b | b'F' | b'G' => {
                let number = self.number(op)?;
                self.push(number)
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => {
                let text = self.text(op)?;
                self.push(text)
            }
            b']' | b'l' | b')' | b't' | 0x85..=0x87 | b'}' | b'd' | 0x8f | 0x91 => {
                let container = self.container(op)?;
                self.push(container)
            }
            b'a' | b'e' | b's' | b'u' | 0x90 => self.fill(op),
            b'g' | b'h' | b'j' | b'p' | b'q' | b'r' | 0x94 => self.remember(op),
            b'c' | 0x93 | b'R' | b'i' | b'o' | b'b' | 0x81 | 0x92 => self.program(op),
            b'(' | b'0' | b'1' | b'2' => self.shuffle(op),
            b'P' | b'Q' | 0x80 | 0x95 => self.frame(op),
            0x82..=0x84 => Err(self.unsupported("an extension code")),
            0x97 | 0x98 => Err(self.unsupported("an out-of-band buffer")),
            _ => Err(self.unknown(op)),
        }
    }

    fn number(&mut self, op: u8) -> Result<Node> {
        Ok(match op {
            b'N' => Node::None,
            0x88 => Node::Bool(true),
            0x89 => Node::Bool(false),
            b'I' => match self.line()? {
                "00" => Node::Bool(false),
                "01" => Node::Bool(true),
                text => self.decimal(text)?,
            },
            b'J' => Node::Int(i64::from(self.le(4)? as i32)),
            b'K' => Node::Int(i64::from(self.le(1)? as u8)),
            b'M' => Node::Int(i64::from(self.le(2)? as u16)),
            b'L' => {
                let text = self.line()?;
                self.decimal(text.strip_suffix('L').unwrap_or(text))?
            }
            0x8a => int_from_le(self.counted(1, "an int")?),
            0x8b => int_from_le(self.counted(4, "an int")?),
            b'F' => {
                let text = self.line()?;
                let number = text.parse().map_err(|_| self.malformed("a decimal float", text));
                Node::Float(number?)
            }
            b'G' => Node::Float(f64::from_bits(self.le(8)?.swap_bytes())),
            _ => return Err(self.unknown(op)),
        })
    }

    fn decimal(&self, text: &str) -> Result<Node> {
        let number = int_from_decimal(text);
        number.ok_or_else(|| self.malformed("an int of at most 4300 digits", text))
    }

    fn text(&mut self, op: u8) -> Result<Node> {
        Ok(match op {
            b'S' => {
                let quoted = self.raw_line()?;
                let bytes = bytes_from_quoted(quoted);
                python2(&bytes.ok_or_else(|| self.malformed("a quoted string", "another line"))?)
            }
            b'T' => python2(self.counted(4, "a string")?),
            b'U' => python2(self.counted(1, "a string")?),
            b'V' => {
                let text = text_from_raw_unicode(self.raw_line()?);
                let text = text.ok_or_else(|| self.malformed("text", "a bad escape"))?;
                Node::Text(text.into())
            }
            b'X' => self.utf8(4)?,
            0x8c => self.utf8(1)?,
            0x8d => self.utf8(8)?,
            b'B' => Node::Bytes(self.counted(4, "bytes")?.into()),
            b'C' => Node::Bytes(self.counted(1, "bytes")?.into()),
            0x8e | 0x96 => Node::Bytes(self.counted(8, "bytes")?.into()),
            _ => return Err(self.unknown(op)),
        })
    }

    fn utf8(&mut self, width: usize) -> Result<Node> {
        let bytes = self.counted(width, "text")?;
        let text = str::from_utf8(bytes).map_err(|error| self.malformed("text", error))?;
        Ok(Node::Text(text.into()))
    }

    fn container(&mut self, op: u8) -> Result<Node> {
        Ok(match op {
            b']' => Node::List(Vec::new()),
            b'l' => Node::List(self.pop_mark()?),
            b')' => Node::Tuple(Box::default()),
            b't' => Node::Tuple(self.pop_mark()?.into()),
            0x85..=0x87 => {
                let mut items = [NodeId(0); 3];
                let items = &mut items[..usize::from(op - 0x84)];
                for item in items.iter_mut().rev() {
                    *item = self.pop("a tuple item")?;
                }
                Node::Tuple((&*items).into())
            }
            b'}' => Node::Dict(Vec::new()),
            b'd' => {
                let items = self.pop_mark()?;
                Node::Dict(self.pairs(&items)?)
            }
            0x8f => Node::Set(Vec::new()),
            0x91 => Node::Set(self.pop_mark()?),
            _ => return Err(self.unknown(op)),
        })
    }

    /// Adds items to the container below them on the stack.
    fn fill(&mut self, op: u8) -> Result<()> {
        let mut items = match op {
            b'a' => vec![self.pop("a list item")?],
            b's' => {
                let value = self.pop("a dict value")?;
                vec![self.pop("a dict key")?, value]
            }
            _ => self.pop_mark()?,
        };
        let pairs = if matches!(op, b's' | b'u') { self.pairs(&items)? } else { Vec::new() };
        let top = self.top()?;
        match (&mut self.pickle.nodes[top.index()], op) {
            (Node::List(list), b'a' | b'e') => list.append(&mut items),
            (Node::Dict(dict), b's' | b'u') => dict.extend(pairs),
            (Node::Set(set), 0x90) => set.append(&mut items),
            _ => return Err(self.malformed("a list, dict or set to fill", self.value(top))),
        }
        Ok(())
    }

    fn pairs(&self, items: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>> {
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err(self.malformed("a value for each key", "a key without one"));
        }
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    }

    fn remember(&mut self, op: u8) -> Result<()> {
        let index = match op {
            b'g' | b'p' => {
                let text = self.line()?;
                text.parse().map_err(|_| self.malformed("a memo number", text))?
            }
            b'h' | b'q' => self.le(1)?,
            b'j' | b'r' => self.le(4)?,
            _ => self.kept.as_ref().map_or(self.memo_len, Kept::next) as u64,
        };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if matches!(op, b'g' | b'h' | b'j') {
            let known = match &self.kept {
                Some(kept) => kept.get(index),
                None => self.memo.get(index).copied().flatten(),
            };
            let id = known.ok_or_else(|| self.malformed("a memo number in use", index))?;
            self.stack.push(id);
            return Ok(());
        }
        // Picklers number from 0 (some from 1) upwards, so larger numbers are damage.
        if index > self.seen() {
            return Err(self.malformed("a memo number below the input length", index));
        }
        let id = self.top()?;
        if let Some(kept) = &mut self.kept {
            kept.put(index, id);
            return Ok(());
        }
        if index >= self.memo.len() {
            self.memo.resize(index + 1, None);
        }
        self.memo_len += usize::from(self.memo[index].replace(id).is_none());
        Ok(())
    }

    /// Handles what would name, call or change Python objects.
    fn program(&mut self, op: u8) -> Result<()> {
        let node = match op {
            b'c' => self.global_lines()?,
            0x93 => {
                let name = self.pop("a global's name")?;
                let module = self.pop("a global's module")?;
                self.global(module, name)?
            }
            b'R' | 0x81 => {
                let args = self.pop("arguments")?;
                let callable = self.pop("a function or a class")?;
                self.call(callable, args)?
            }
            0x92 => {
                let keywords = self.pop("keyword arguments")?;
                if *self.value(keywords).node() != Node::Dict(Vec::new()) {
                    return Err(self.unsupported("a call with keyword arguments"));
                }
                let args = self.pop("arguments")?;
                let callable = self.pop("a class")?;
                self.call(callable, args)?
            }
            b'i' => {
                let class = self.global_lines()?;
                let args = self.pop_mark()?;
                let class = self.add(class)?;
                let args = self.add(Node::Tuple(args.into()))?;
                self.call(class, args)?
            }
            b'o' => {
                let items = self.pop_mark()?;
                let Some((&class, args)) = items.split_first() else {
                    return Err(self.malformed("a class", "nothing after the mark"));
                };
                let args = self.add(Node::Tuple(args.into()))?;
                self.call(class, args)?
            }
            b'b' => return self.set_state(),
            _ => return Err(self.unknown(op)),
        };
        self.push(node)
    }

    fn set_state(&mut self) -> Result<()> {
        let state = self.pop("a state")?;
        let target = self.top()?;
        // Attributes of an ordered dict, such as PyTorch's metadata, are no entries.
        if !matches!(self.value(target).node(), Node::Dict(_)) {
            self.pickle.nodes[target.index()] = self.build(target, state)?;
        }
        Ok(())
    }

    fn global_lines(&mut self) -> Result<Node> {
        let module = Node::Text(self.line()?.into());
        let name = Node::Text(self.line()?.into());
        let (module, name) = (self.add(module)?, self.add(name)?);
        self.global(module, name)
    }

    fn global(&self, module: NodeId, name: NodeId) -> Result<Node> {
        for part in [module, name] {
            self.value(part).as_str().map_err(|error| error.met_at(self.op_at))?;
        }
        Ok(Node::Global { module, name, at: self.op_at })
    }

    fn shuffle(&mut self, op: u8) -> Result<()> {
        match op {
            b'(' => self.marks.push(self.stack.len()),
            b'0' if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            b'0' => {
                self.pop("a value to drop")?;
            }
            b'1' => {
                self.pop_mark()?;
            }
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            _ => return Err(self.unknown(op)),
        }
        Ok(())
    }

    /// Handles persistent ids, the protocol number and frames.
    fn frame(&mut self, op: u8) -> Result<()> {
        match op {
            b'P' => {
                let text = Node::Text(self.line()?.into());
                let id = self.add(text)?;
                self.push(Node::Persistent(id))
            }
            b'Q' => {
                let id = self.pop("a persistent id")?;
                self.push(Node::Persistent(id))
            }
            0x80 => match self.byte("a protocol number")? {
                0..=NEWEST_PROTOCOL => Ok(()),
                newer => Err(self.unsupported(&format!("pickle protocol {newer}"))),
            },
            // A frame only says that so many bytes can be read at once.
            0x95 => {
                let length = self.le(8)?;
                // Piece by piece, the rest of it is not there yet.
                if self.kept.is_some() { Ok(()) } else { self.check_left(length, "a frame").map(drop) }
            }
            _ => Err(self.unknown(op)),
        }
    }

    /// Adds a value to the arena and pushes its id.
    fn push(&mut self, node: Node) -> Result<()> {
        let id = self.add(node)?;
        self.stack.push(id);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<NodeId> {
        let count = self.pickle.nodes.len();
        let id = u32::try_from(count).map_err(|_| self.bomb("4294967296 values"))?;
        if count >= self.seen() {
            return Err(self.bomb("as many values as the input has bytes"));
        }
        self.pickle.nodes.push(node);
        Ok(NodeId(id))
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self, expected: &'static str) -> Result<NodeId> {
        let free = self.stack.len() > self.floor();
        let top = if free { self.stack.pop() } else { None };
        top.ok_or_else(|| self.malformed(expected, "an empty stack"))
    }

    fn top(&self) -> Result<NodeId> {
        let top = self.stack[self.floor()..].last();
        top.copied().ok_or_else(|| self.malformed("a value", "an empty stack"))
    }

    /// Takes everything above the last mark.
    fn pop_mark(&mut self) -> Result<Vec<NodeId>> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.malformed("a mark", "none on the stack"))?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let length = self.check_left(length, what)?;
        let start = self.at;
        self.at += length;
        Ok(&self.bytes[start..self.at])
    }

    fn check_left(&self, needed: u64, what: &'static str) -> Result<usize> {
        let left = self.bytes.len() - self.at;
        match usize::try_from(needed) {
            Ok(length) if length <= left => Ok(length),
            _ => Err(PickleError::Truncated { at: self.base + self.at, what, needed, left }),
        }
    }

    fn byte(&mut self, what: &'static str) -> Result<u8> {
        Ok(self.take(1, what)?[0])
    }

    /// Reads an unsigned little-endian number of up to 8 bytes.
    fn le(&mut self, width: usize) -> Result<u64> {
        let bytes = self.take(width as u64, "a number")?;
        Ok(bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)))
    }

    /// Reads bytes that follow their length.
    fn counted(&mut self, width: usize, what: &'static str) -> Result<&'a [u8]> {
        let length = self.le(width)?;
        self.take(length, what)
    }

    fn raw_line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or_else(|| self.malformed("a line", "no end of it"))?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    fn line(&mut self) -> Result<&'a str> {
        let line = self.raw_line()?;
        str::from_utf8(line).map_err(|error| self.malformed("a line of text", error))
    }

    fn malformed(&self, expected: &str, found: impl Display) -> PickleError {
        const SHOWN: usize = 80;
        let shown = |char: char| if char.is_control() { '?' } else { char };
        let found = found.to_string().chars().take(SHOWN).map(shown).collect();
        PickleError::Malformed { at: self.op_at, expected: expected.to_owned(), found }
    }

    fn unsupported(&self, what: &str) -> PickleError {
        PickleError::Unsupported { at: self.op_at, what: what.to_owned() }
    }

    pub(super) fn bomb(&self, limit: &str) -> PickleError {
        PickleError::Bomb { at: self.op_at, limit: limit.to_owned() }
    }

    fn unknown(&self, code: u8) -> PickleError {
        PickleError::Opcode { at: self.op_at, code }
    }
}

/// Makes text of a Python 2 string if it is UTF-8, bytes otherwise.
fn python2(bytes: &[u8]) -> Node {
    match str::from_utf8(bytes) {
        Ok(text) => Node::Text(text.into()),
        Err(_) => Node::Bytes(bytes.into()),
    }
}
