//! What is drawn from [`Dice`]: generated cases depend on their name and seed only.

pub use crate::loops::scene::Dice;

/// Even between 0 and 1.
pub fn unit(dice: &Dice) -> f64 {
    (dice.next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Even between two numbers.
pub fn even(dice: &Dice, low: f64, high: f64) -> f64 {
    low + unit(dice) * (high - low)
}

/// Its logarithm is even between those of two numbers.
pub fn log_even(dice: &Dice, low: f64, high: f64) -> f64 {
    even(dice, low.ln(), high.ln()).exp()
}

/// With this mean.
pub fn exponential(dice: &Dice, mean: f64) -> f64 {
    -mean * (1.0 - unit(dice)).ln()
}

/// Mean 0, deviation 1 (Box and Muller, 1958).
pub fn normal(dice: &Dice) -> f64 {
    (-2.0 * (1.0 - unit(dice)).ln()).sqrt() * (std::f64::consts::TAU * unit(dice)).cos()
}

/// A factor with median 1 whose logarithm has this deviation.
pub fn lognormal(dice: &Dice, sigma: f64) -> f64 {
    (sigma * normal(dice)).exp()
}

/// A position below `len`.
pub fn below(dice: &Dice, len: usize) -> usize {
    usize::try_from(dice.between(0, len as u64 - 1)).expect("below a usize")
}

/// From `low` to `high`, both included.
pub fn size(dice: &Dice, low: usize, high: usize) -> usize {
    low + below(dice, high - low + 1)
}

/// The nearest whole number of milliseconds, at least 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stops at the ends of a u64")]
pub fn to_ms(ms: f64) -> u64 {
    (ms.round() as u64).max(1)
}

/// The same number times noise, for each.
pub fn noisy(dice: &Dice, exact_ms: &[u64], sigma: f64) -> Vec<u64> {
    exact_ms.iter().map(|ms| to_ms(*ms as f64 * lognormal(dice, sigma))).collect()
}

/// In another order.
pub fn shuffle<T>(dice: &Dice, list: &mut [T]) {
    for last in (1..list.len()).rev() {
        list.swap(last, below(dice, last + 1));
    }
}
