//! Reads the numbers and texts of pickles, as bytes stand for them.

use super::Node;

/// Is the most digits Python itself reads by default.
const MOST_DIGITS: usize = 4300;

/// Makes an int of two's complement, little-endian bytes; none are 0.
pub(super) fn int_from_le(mut bytes: &[u8]) -> Node {
    // A last byte that only repeats the sign of the one before it is left out.
    while let [.., before, last @ (0x00 | 0xff)] = bytes
        && before >> 7 == last >> 7
    {
        bytes = &bytes[..bytes.len() - 1];
    }
    if bytes.len() > 8 {
        return Node::BigInt(bytes.into());
    }
    let negative = bytes.last().is_some_and(|last| last >> 7 == 1);
    let mut word = [if negative { 0xff } else { 0 }; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    Node::Int(i64::from_le_bytes(word))
}

/// Makes an int of decimal digits with an optional sign.
pub(super) fn int_from_decimal(text: &str) -> Option<Node> {
    if let Ok(number) = text.parse() {
        return Some(Node::Int(number));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !all_digits || digits.len() > MOST_DIGITS {
        return None;
    }
    let mut limbs: Vec<u64> = Vec::new();
    for chunk in digits.as_bytes().chunks(18) {
        let value = chunk.iter().fold(0, |value, digit| value * 10 + u128::from(digit - b'0'));
        multiply_add(&mut limbs, 10u128.pow(chunk.len() as u32), value);
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if text.starts_with('-') {
        negate(&mut bytes);
    }
    Some(int_from_le(&bytes))
}

/// Sets `limbs` to `limbs * factor + carry`; both are below 10^18 + 1.
fn multiply_add(limbs: &mut Vec<u64>, factor: u128, mut carry: u128) {
    for limb in &mut *limbs {
        carry += u128::from(*limb) * factor;
        *limb = carry as u64;
        carry >>= 64;
    }
    if carry > 0 {
        limbs.push(carry as u64);
    }
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// Makes text of the bytes of protocol 0: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
pub(super) fn text_from_raw_unicode(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    while let Some((&byte, mut rest)) = bytes.split_first() {
        let width = match rest.first() {
            Some(b'u') if byte == b'\\' => 4,
            Some(b'U') if byte == b'\\' => 8,
            _ => 0,
        };
        if width > 0 {
            text.push(char::from_u32(hex(rest.get(1..=width)?)?)?);
            rest = &rest[width + 1..];
        } else {
            text.push(char::from(byte));
            // A backslash shields the next byte, so that two do not start an escape.
            if let (b'\\', Some((&next, after))) = (byte, rest.split_first()) {
                text.push(char::from(next));
                rest = after;
            }
        }
        bytes = rest;
    }
    Some(text)
}

/// Makes bytes of a quoted Python 2 string with escapes.
pub(super) fn bytes_from_quoted(quoted: &[u8]) -> Option<Vec<u8>> {
    let (quote @ (b'\'' | b'"'), rest) = quoted.split_first()? else {
        return None;
    };
    let mut rest = rest.strip_suffix(&[*quote])?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        bytes.push(match escape {
            b'\\' | b'\'' | b'"' => escape,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let code = hex(rest.get(..2)?)?;
                rest = &rest[2..];
                code as u8
            }
            _ => return None,
        });
    }
    Some(bytes)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digit = |&byte: &u8| char::from(byte).to_digit(16);
    digits.iter().try_fold(0, |value: u32, byte| Some(value << 4 | digit(byte)?))
}
