//! Decimal numbers that are exact, so that a tick's place and its label never disagree.

/// A decimal number, digits x 10^exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: i64,
    exponent: i32,
}

impl Decimal {
    /// Makes digits x 10^exponent, without zeros at the end of the digits.
    pub(super) fn new(mut digits: i64, mut exponent: i32) -> Self {
        if digits == 0 {
            return Self { digits, exponent: 0 };
        }
        while digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Self { digits, exponent }
    }

    /// Gives the nearest floating-point number.
    pub(super) fn value(self) -> f64 {
        // The standard library reads decimals with correct rounding on every machine; a power of ten would not be.
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// Gives the power of ten of the first digit.
    pub(super) fn order(self) -> i32 {
        self.exponent + self.significant().len() as i32 - 1
    }

    fn significant(self) -> String {
        self.digits.unsigned_abs().to_string()
    }

    fn sign(self) -> &'static str {
        if self.digits < 0 { "\u{2212}" } else { "" }
    }

    /// Writes the number in full, such as 0.05 or 2000.
    pub(super) fn plain(self) -> String {
        let digits = self.significant();
        let point = digits.len() as i32 + self.exponent;
        let body = if self.exponent >= 0 {
            format!("{digits}{}", "0".repeat(self.exponent as usize))
        } else if point > 0 {
            let (whole, part) = digits.split_at(point as usize);
            format!("{whole}.{part}")
        } else {
            format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
        };
        format!("{}{body}", self.sign())
    }

    /// Writes the number with a power of ten, such as 10⁵ or 2×10⁻⁶.
    pub(super) fn scientific(self) -> String {
        if self.digits == 0 {
            return "0".to_owned();
        }
        let power = format!("10{}", superscript(self.order()));
        let digits = self.significant();
        let (first, rest) = digits.split_at(1);
        match (first, rest) {
            ("1", "") => format!("{}{power}", self.sign()),
            (_, "") => format!("{}{first}×{power}", self.sign()),
            _ => format!("{}{first}.{rest}×{power}", self.sign()),
        }
    }
}

/// Writes numbers of one axis alike: in full if none lies beyond 10^4 or 10^-4, else with powers of ten from 10^3 and
/// 10^-3 on.
pub(super) fn labels(numbers: &[Decimal]) -> Vec<String> {
    let far = numbers.iter().any(|number| number.order().abs() > 4);
    let write = |number: &Decimal| {
        if far && number.order().abs() >= 3 { number.scientific() } else { number.plain() }
    };
    numbers.iter().map(write).collect()
}

fn superscript(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let sign = if power < 0 { "⁻" } else { "" };
    let digits = power.unsigned_abs().to_string();
    let raised: String = digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect();
    format!("{sign}{raised}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_written_in_full() {
        let cases = [(5, -2, "0.05"), (15, -1, "1.5"), (2, 3, "2000"), (-5, -1, "−0.5"), (0, 4, "0"), (120, -1, "12")];
        for (digits, exponent, expected) in cases {
            assert_eq!(Decimal::new(digits, exponent).plain(), expected);
        }
    }

    #[test]
    fn powers_are_raised() {
        let cases = [(1, 5, "10⁵"), (2, -6, "2×10⁻⁶"), (15, 11, "1.5×10¹²"), (-1, 5, "−10⁵"), (0, 0, "0")];
        for (digits, exponent, expected) in cases {
            assert_eq!(Decimal::new(digits, exponent).scientific(), expected);
        }
    }

    #[test]
    fn an_axis_writes_its_numbers_alike() {
        let decades = |powers: std::ops::RangeInclusive<i32>| {
            labels(&powers.map(|power| Decimal::new(1, power)).collect::<Vec<_>>())
        };
        assert_eq!(decades(2..=4), ["100", "1000", "10000"]);
        assert_eq!(decades(2..=5), ["100", "10³", "10⁴", "10⁵"]);
        assert_eq!(decades(-4..=-2), ["0.0001", "0.001", "0.01"]);
        assert_eq!(decades(-5..=-2), ["10⁻⁵", "10⁻⁴", "10⁻³", "0.01"]);
    }

    #[test]
    fn values_are_the_nearest() {
        assert_eq!(Decimal::new(3, -1).value(), 0.3);
        assert_eq!(Decimal::new(-7, 22).value(), -7e22);
    }
}
