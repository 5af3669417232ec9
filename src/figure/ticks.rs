//! Ticks: where they stand and what they say. Pure functions of an axis's range.

use super::number::{Decimal, labels};
use super::value::{Axis, Quantity, Scale};

/// How much a tick matters, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Decades, whole units of time, round steps.
    Major,
    /// Tens and hundreds of a unit of time: drawn as major ones, but the first to lose their labels.
    Middle,
    /// All between.
    Minor,
}

/// One tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// The value it stands at.
    pub(super) value: f64,
    /// What it says, if anything.
    pub(super) label: Option<String>,
    /// How much it matters.
    pub(super) rank: Rank,
}

/// Lists the ticks within a range in ascending order; on a linear axis about as many as asked for.
pub(super) fn ticks(axis: &Axis, range: (f64, f64), wanted: usize) -> Vec<Tick> {
    if !axis.names.is_empty() {
        return names(axis);
    }
    match (axis.scale, axis.quantity) {
        (Scale::Linear, Quantity::Seconds) => linear_seconds(range, wanted),
        (Scale::Linear, quantity) => linear(range, wanted, quantity),
        (Scale::Log, Quantity::Seconds) => enough(log_seconds(range)).unwrap_or_else(|| linear_seconds(range, wanted)),
        (Scale::Log, quantity) => enough(log(range, quantity)).unwrap_or_else(|| linear(range, wanted, quantity)),
    }
}

fn names(axis: &Axis) -> Vec<Tick> {
    let tick =
        |(number, name): (usize, &String)| Tick { value: number as f64, label: Some(name.clone()), rank: Rank::Major };
    axis.names.iter().enumerate().map(tick).collect()
}

/// Keeps ticks of which at least two are labelled; fewer do not tell a scale.
fn enough(ticks: Vec<Tick>) -> Option<Vec<Tick>> {
    (ticks.iter().filter(|tick| tick.label.is_some()).count() >= 2).then_some(ticks)
}

fn within((low, high): (f64, f64), value: f64) -> bool {
    // A tick at the very end must not be lost to rounding.
    let slack = (high - low) * 1e-9;
    (low - slack..=high + slack).contains(&value)
}

/// Decades, and 2 to 9 between them; where fewer than two decades would be labelled, 2 and 5 are labelled too.
fn log(range: (f64, f64), quantity: Quantity) -> Vec<Tick> {
    let (first, last) = (floor_log10(range.0), floor_log10(range.1) + 1);
    let digits = if last - first > 10 { 1..=1 } else { 1..=9 };
    let numbers: Vec<(i64, Decimal)> = (first..=last)
        .filter(|&power| power >= 0 || quantity != Quantity::Count)
        .flat_map(|power| digits.clone().map(move |digit| (digit, Decimal::new(digit, power))))
        .filter(|(_, number)| within(range, number.value()))
        .collect();
    let decades = numbers.iter().filter(|&&(digit, _)| digit == 1).count();
    let labelled = |digit| digit == 1 || (decades < 2 && (digit == 2 || digit == 5));
    labelled_ticks(&numbers, labelled)
}

fn labelled_ticks(numbers: &[(i64, Decimal)], labelled: impl Fn(i64) -> bool) -> Vec<Tick> {
    let shown: Vec<Decimal> = numbers.iter().filter(|(digit, _)| labelled(*digit)).map(|&(_, number)| number).collect();
    let mut texts = labels(&shown).into_iter();
    let tick = |&(digit, number): &(i64, Decimal)| Tick {
        value: number.value(),
        label: if labelled(digit) { texts.next() } else { None },
        rank: if digit == 1 { Rank::Major } else { Rank::Minor },
    };
    numbers.iter().map(tick).collect()
}

fn floor_log10(value: f64) -> i32 {
    libm::floor(libm::log10(value)) as i32
}

/// Steps of 1, 2 or 5 times a power of ten.
fn linear(range: (f64, f64), wanted: usize, quantity: Quantity) -> Vec<Tick> {
    let (digit, power) = round_step((range.1 - range.0) / wanted.max(1) as f64, quantity);
    let step = Decimal::new(digit, power).value();
    let numbers: Vec<(i64, Decimal)> =
        multiples(range, step).map(|count| (1, Decimal::new(count.saturating_mul(digit), power))).collect();
    labelled_ticks(&numbers, |_| true)
}

/// Finds the smallest round step that is no smaller than this one.
fn round_step(least: f64, quantity: Quantity) -> (i64, i32) {
    let power = floor_log10(least);
    let fits = |&(digit, power): &(i64, i32)| Decimal::new(digit, power).value() >= least * (1.0 - 1e-9);
    let step = [(1, power), (2, power), (5, power)].into_iter().find(fits).unwrap_or((1, power + 1));
    if quantity == Quantity::Count && step.1 < 0 { (1, 0) } else { step }
}

/// Lists the whole numbers of steps that lie within a range.
fn multiples(range: (f64, f64), step: f64) -> impl Iterator<Item = i64> {
    let (first, last) = ((range.0 / step).floor() as i64, (range.1 / step).ceil() as i64);
    // A range far from zero and narrower than rounding has no sensible ticks; it must not have millions either.
    let last = last.min(first.saturating_add(1000));
    (first..=last).filter(move |&count| within(range, count as f64 * step))
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Units of time in milliseconds, each with the length at which the next takes over.
const UNITS: [(&str, i64, i64); 5] =
    [("ms", 1, SECOND), ("s", SECOND, MINUTE), ("min", MINUTE, HOUR), ("h", HOUR, DAY), ("d", DAY, 1_000_000 * DAY)];

/// 1 s, 10 s, 1 min, 10 min, 1 h, ..., with their multiples between; where fewer than two would be labelled, some of
/// the multiples are labelled too.
fn log_seconds(range: (f64, f64)) -> Vec<Tick> {
    let seconds = |milliseconds: i64| milliseconds as f64 / SECOND as f64;
    let all: Vec<(Moment, f64)> = UNITS
        .iter()
        .flat_map(|&(name, unit, next)| moments(name, unit, next))
        .map(|moment| (moment, seconds(moment.milliseconds())))
        .filter(|&(_, value)| within(range, value))
        .collect();
    let few = all.iter().filter(|(moment, _)| moment.digit == 1).count() < 2;
    let tick = |(moment, value): (Moment, f64)| {
        let label = (moment.digit == 1 || (few && moment.is_familiar())).then(|| moment.label());
        Tick { value, label, rank: moment.rank() }
    };
    all.into_iter().map(tick).collect()
}

/// A length of time, digit x ten x unit.
#[derive(Debug, Clone, Copy)]
struct Moment {
    name: &'static str,
    unit: i64,
    ten: i64,
    digit: i64,
}

impl Moment {
    fn milliseconds(self) -> i64 {
        self.digit * self.ten * self.unit
    }

    fn label(self) -> String {
        format!("{} {}", self.digit * self.ten, self.name)
    }

    fn rank(self) -> Rank {
        match (self.digit, self.ten) {
            (1, 1) => Rank::Major,
            (1, _) => Rank::Middle,
            _ => Rank::Minor,
        }
    }

    /// Says whether people speak of such a length: 2 or 5 units, but half a minute rather than 20 or 50 seconds.
    fn is_familiar(self) -> bool {
        match (self.name, self.ten) {
            ("s" | "min", 10) => self.digit == 3,
            _ => self.digit == 2 || self.digit == 5,
        }
    }
}

fn moments(name: &'static str, unit: i64, next: i64) -> impl Iterator<Item = Moment> {
    let tens = std::iter::successors(Some(1_i64), |ten| Some(ten * 10)).take_while(move |ten| ten * unit < next);
    let all = tens.flat_map(move |ten| (1..=9).map(move |digit| Moment { name, unit, ten, digit }));
    all.take_while(move |moment| moment.milliseconds() < next)
}

/// Steps of familiar lengths, all labelled in the unit of the step.
fn linear_seconds(range: (f64, f64), wanted: usize) -> Vec<Tick> {
    let least = (range.1 - range.0) / wanted.max(1) as f64 * SECOND as f64;
    let is_enough = |&(_, unit, count): &Step| (count * unit) as f64 >= least;
    let (name, unit, count) = familiar_steps().find(is_enough).unwrap_or(LONGEST);
    let step = (count * unit) as f64 / SECOND as f64;
    let label =
        |number: i64| if number == 0 { "0".to_owned() } else { format!("{} {name}", number.saturating_mul(count)) };
    let tick = |number| Tick { value: number as f64 * step, label: Some(label(number)), rank: Rank::Major };
    multiples(range, step).map(tick).collect()
}

/// A step of a linear time axis: name and length of the unit, and how many of it.
type Step = (&'static str, i64, i64);

/// The step of axes that are longer than any other suits.
const LONGEST: Step = ("d", DAY, 10_000);

/// Lists step lengths in ascending order.
fn familiar_steps() -> impl Iterator<Item = Step> {
    let counts = |name: &str| -> &[i64] {
        match name {
            "ms" => &[1, 2, 5, 10, 20, 50, 100, 200, 500],
            "s" | "min" => &[1, 2, 5, 10, 15, 30],
            "h" => &[1, 2, 3, 6, 12],
            _ => &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
        }
    };
    UNITS.iter().flat_map(move |&(name, unit, _)| counts(name).iter().map(move |&count| (name, unit, count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().filter_map(|tick| tick.label.as_deref()).collect()
    }

    fn log_axis(quantity: Quantity, low: f64, high: f64) -> Vec<Tick> {
        ticks(&Axis::log("", quantity), (low, high), 5)
    }

    fn linear_axis(quantity: Quantity, low: f64, high: f64) -> Vec<Tick> {
        ticks(&Axis::linear("", quantity), (low, high), 5)
    }

    #[test]
    fn decades_are_labelled_and_the_rest_is_not() {
        let ticks = log_axis(Quantity::Points, 0.05, 8.0);
        assert_eq!(shown(&ticks), ["0.1", "1"]);
        assert_eq!(ticks.len(), 5 + 9 + 8);
        assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value));
    }

    #[test]
    fn twos_and_fives_help_out_where_decades_are_few() {
        assert_eq!(shown(&log_axis(Quantity::Points, 0.3, 8.0)), ["0.5", "1", "2", "5"]);
        assert_eq!(shown(&log_axis(Quantity::Points, 1.1, 1.9)), ["1.2", "1.4", "1.6", "1.8"]);
        assert_eq!(shown(&log_axis(Quantity::Count, 1.0, 9.5)), ["1", "2", "5"]);
    }

    #[test]
    fn ends_of_the_range_are_ticked() {
        assert_eq!(shown(&log_axis(Quantity::Points, 0.001, 1000.0)).len(), 7);
        assert_eq!(shown(&linear_axis(Quantity::Points, 0.0, 0.3)), ["0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn powers_beyond_ten_thousand_are_raised() {
        assert_eq!(shown(&log_axis(Quantity::Count, 1.0, 1e5)), ["1", "10", "100", "10³", "10⁴", "10⁵"]);
    }

    #[test]
    fn many_decades_have_no_ticks_between() {
        assert_eq!(log_axis(Quantity::Points, 1e-8, 1e8).len(), 17);
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(shown(&linear_axis(Quantity::Count, 0.0, 3.0)), ["0", "1", "2", "3"]);
        assert_eq!(shown(&linear_axis(Quantity::Count, 0.0, 300.0)), ["0", "100", "200", "300"]);
    }

    #[test]
    fn negative_values_are_ticked() {
        assert_eq!(shown(&linear_axis(Quantity::Points, -1.0, 1.0)), ["−1", "−0.5", "0", "0.5", "1"]);
    }

    #[test]
    fn time_is_told_in_natural_units() {
        let ticks = log_axis(Quantity::Seconds, 1.0, 1e6);
        assert_eq!(shown(&ticks), ["1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "1 d", "10 d"]);
        assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value));
        assert_eq!(shown(&log_axis(Quantity::Seconds, 70.0, 3000.0)), ["2 min", "5 min", "10 min", "30 min"]);
        assert_eq!(shown(&log_axis(Quantity::Seconds, 0.0005, 0.2)), ["1 ms", "10 ms", "100 ms"]);
    }

    #[test]
    fn time_on_a_linear_axis_keeps_one_unit() {
        assert_eq!(shown(&linear_axis(Quantity::Seconds, 0.0, 7200.0)), ["0", "30 min", "60 min", "90 min", "120 min"]);
        assert_eq!(shown(&linear_axis(Quantity::Seconds, 0.0, 1e6)), ["0", "5 d", "10 d"]);
        assert_eq!(shown(&log_axis(Quantity::Seconds, 3700.0, 7000.0)), ["75 min", "90 min", "105 min"]);
    }

    #[test]
    fn a_range_lost_to_rounding_ends() {
        assert!(linear_axis(Quantity::Points, 1e16, 1e16 + 4.0).len() < 1002);
    }

    #[test]
    fn names_are_the_only_ticks() {
        let axis = Axis::named("", vec!["evolution".to_owned(), "local search".to_owned()]);
        let ticks = ticks(&axis, (-0.5, 1.5), 8);
        assert_eq!(shown(&ticks), ["evolution", "local search"]);
        assert_eq!(ticks.iter().map(|tick| tick.value).collect::<Vec<_>>(), [0.0, 1.0]);
    }
}
