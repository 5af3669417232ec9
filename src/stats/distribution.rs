//! Tails and quantiles of the normal, chi-squared, F and Student's t distributions.
//!
//! The incomplete gamma and beta functions follow the NIST Digital Library of Mathematical Functions (DLMF), chapter 8. They
//! keep about 10 digits up to 10^5 degrees of freedom.

use std::f64::consts::SQRT_2;

/// More terms than any series or continued fraction here needs below 10^6 degrees of freedom.
const MOST_TERMS: u32 = 10_000;

/// The probability that a standard normal variable is at most `x`.
pub fn normal_cdf(x: f64) -> f64 {
    normal_tail(-x)
}

/// The probability that a standard normal variable is larger than `x`.
pub fn normal_tail(x: f64) -> f64 {
    0.5 * libm::erfc(x / SQRT_2)
}

/// The value that a standard normal variable stays below with probability `p`.
pub fn normal_quantile(p: f64) -> f64 {
    symmetric_quantile(p, normal_cdf)
}

/// The probability that a chi-squared variable is larger than `x`.
pub fn chi_squared_tail(x: f64, degrees: f64) -> f64 {
    upper_gamma(degrees / 2.0, x / 2.0)
}

/// The probability that an F variable is larger than `x`: `d1` degrees of freedom above the line, `d2` below.
pub fn f_tail(x: f64, d1: f64, d2: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let ratio = d1 * x / d2;
    incomplete_beta(1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio), d2 / 2.0, d1 / 2.0)
}

/// The probability that Student's t is at most `t`; the degrees of freedom may be a fraction.
pub fn student_t_cdf(t: f64, degrees: f64) -> f64 {
    let beyond = 0.5 * f_tail(t * t, 1.0, degrees);
    if t < 0.0 { beyond } else { 1.0 - beyond }
}

/// The value that Student's t stays below with probability `p`.
pub fn student_t_quantile(p: f64, degrees: f64) -> f64 {
    symmetric_quantile(p, |t| student_t_cdf(t, degrees))
}

/// The quantile of a distribution that is symmetric about 0, by bisection in its lower tail, where probabilities keep their
/// digits.
fn symmetric_quantile(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -symmetric_quantile(1.0 - p, cdf);
    }
    if p == 0.5 || p == 0.0 {
        return if p == 0.5 { 0.0 } else { f64::NEG_INFINITY };
    }
    let (mut low, mut high) = (-1.0, 0.0);
    while cdf(low) > p {
        (low, high) = (2.0 * low, low);
    }
    // 100 halvings leave neighbouring numbers
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if cdf(middle) > p { high = middle } else { low = middle }
    }
    low
}

/// The regularised upper incomplete gamma function Q(a, x): the series of DLMF 8.7.1 left of the bulk, the even part of
/// the continued fraction of DLMF 8.9.2 right of it.
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x >= a + 1.0 {
        let term = |k: f64| (-k * (k - a), x + 2.0 * k + 1.0 - a);
        return front / continued_fraction(x + 1.0 - a, term);
    }
    let (mut sum, mut term, mut k) = (1.0 / a, 1.0 / a, a);
    while term > sum * f64::EPSILON / 8.0 {
        k += 1.0;
        term *= x / k;
        sum += term;
    }
    1.0 - front * sum
}

/// The regularised incomplete beta function I_x(a, b), or by its mirror image (DLMF 8.17.4) where the fraction converges faster
/// there; `rest` is 1 - x, which the caller knows without loss.
fn incomplete_beta(x: f64, rest: f64, a: f64, b: f64) -> f64 {
    if x > (a + 1.0) / (a + b + 2.0) { 1.0 - beta_fraction(rest, x, b, a) } else { beta_fraction(x, rest, a, b) }
}

/// I_x(a, b) by the continued fraction of DLMF 8.17.22.
fn beta_fraction(x: f64, rest: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let term = |k: f64| {
        let m = libm::floor(k / 2.0);
        let above = if k == 2.0 * m { m * (b - m) } else { -(a + m) * (a + b + m) };
        (above * x / ((a + k - 1.0) * (a + k)), 1.0)
    };
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    libm::exp(a * libm::log(x) + b * libm::log(rest) - log_beta) / (a * continued_fraction(1.0, term))
}

/// The value of first + a_1 / (b_1 + a_2 / (b_2 + ...)) by the modified method of Lentz (Thompson and Barnett 1986, Journal of
/// Computational Physics 64); `term` gives (a_k, b_k).
fn continued_fraction(first: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    let away_from_zero = |value: f64| if value == 0.0 { f64::MIN_POSITIVE } else { value };
    let (mut value, mut ratio, mut inverse) = (first, first, 0.0);
    for k in 1..MOST_TERMS {
        let (above, below) = term(f64::from(k));
        inverse = 1.0 / away_from_zero(below + above * inverse);
        ratio = away_from_zero(below + above / ratio);
        value *= ratio * inverse;
        if (ratio * inverse - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{found} is not {expected}");
    }

    // All numbers by scipy 1.17: `norm.sf`, `norm.ppf`, `chi2.sf`, `f.sf`, `t.cdf` and `t.ppf`.

    #[test]
    fn normal() {
        close(normal_tail(-1.5), 0.933_192_798_731_141_9);
        close(normal_tail(0.7), 0.241_963_652_223_073_03);
        close(normal_tail(8.0), 6.220_960_574_271_74e-16);
        close(normal_cdf(-1.96), 0.024_997_895_148_220_435);
        for (p, expected) in [(1e-20, -9.262_340_089_798_409), (0.001, -3.090_232_306_167_813)] {
            close(normal_quantile(p), expected);
        }
        for (p, expected) in [(0.3, -0.524_400_512_708_040_9), (0.975, 1.959_963_984_540_054)] {
            close(normal_quantile(p), expected);
        }
        assert_eq!((normal_quantile(0.5), normal_quantile(0.0)), (0.0, f64::NEG_INFINITY));
        assert!(normal_quantile(1.5).is_nan());
    }

    #[test]
    fn chi_squared() {
        close(chi_squared_tail(0.5, 1.0), 0.479_500_122_186_953_37);
        close(chi_squared_tail(3.84, 1.0), 0.050_043_521_248_705_19);
        close(chi_squared_tail(9.2, 4.0), 0.056_290_280_169_948_054);
        close(chi_squared_tail(2.0, 7.0), 0.959_840_368_730_101_6);
        close(chi_squared_tail(80.0, 30.0), 1.975_623_243_491_056_3e-6);
        close(chi_squared_tail(60.0, 100.0), 0.999_481_108_537_452);
        assert_eq!((chi_squared_tail(0.0, 3.0), chi_squared_tail(f64::INFINITY, 3.0)), (1.0, 0.0));
    }

    #[test]
    fn f() {
        close(f_tail(0.3, 2.0, 4.0), 0.756_143_667_296_786_4);
        close(f_tail(3.7, 4.0, 20.0), 0.020_649_258_669_021_647);
        close(f_tail(1.1, 9.0, 150.0), 0.366_237_288_860_314_2);
        close(f_tail(12.5, 3.0, 6.0), 0.005_434_681_644_290_473);
        close(f_tail(1.02, 1_000.0, 1_000.0), 0.377_130_376_229_617_37);
        assert_eq!((f_tail(0.0, 2.0, 3.0), f_tail(f64::INFINITY, 2.0, 3.0)), (1.0, 0.0));
    }

    #[test]
    fn student_t() {
        close(student_t_cdf(-2.0, 1.0), 0.147_583_617_650_433_26);
        close(student_t_cdf(0.01, 3.5), 0.503_717_643_774_037_9);
        close(student_t_cdf(1.3, 7.25), 0.883_298_183_078_305_4);
        close(student_t_cdf(-4.5, 30.0), 4.759_679_696_056_222e-5);
        close(student_t_cdf(-12.0, 15.5), 1.485_876_301_795_435e-9);
        close(student_t_cdf(2.0, 398.0), 0.976_910_327_734_337_7);
        assert!((student_t_cdf(-1.5, 50_000.0) - 0.066_810_358_247_692_5).abs() < 1e-11);
        assert_eq!((student_t_cdf(0.0, 4.0), student_t_cdf(f64::NEG_INFINITY, 4.0)), (0.5, 0.0));
        close(student_t_quantile(0.975, 1.0), 12.706_204_736_174_694);
        close(student_t_quantile(0.025, 2.5), -3.574_654_842_003_683_4);
        close(student_t_quantile(0.8, 200.5), 0.843_417_631_325_511_1);
        close(student_t_quantile(0.9999, 5.0), 9.677_566_300_882_814);
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(normal_tail(f64::NAN).is_nan() && chi_squared_tail(f64::NAN, 2.0).is_nan());
        assert!(f_tail(f64::NAN, 2.0, 2.0).is_nan() && student_t_cdf(f64::NAN, 2.0).is_nan());
    }
}
