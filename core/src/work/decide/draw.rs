//! What the estimates might turn out to be: each times a lognormal factor, drawn by hashing, in integers.

use crate::det::mix;

/// 1 in fixed point with 16 bits, and with 32.
const ONE_16: i64 = 1 << 16;
const ONE_32: u64 = 1 << 32;
/// The binary logarithm of e, with 16 bits.
const LOG2_E: i64 = 94_548;
/// No factor is beyond 2 to the power of this, either way.
const OCTAVES: i64 = 20;

/// 2 to the powers of 1/2, 1/4, ... 1/65536, with 32 bits: each is the root of the one before.
const ROOTS: [u64; 16] = {
    let mut roots = [0; 16];
    let (mut root, mut at) = (2 * ONE_32 as u128, 0);
    while at < 16 {
        root = (root << 32).isqrt();
        #[expect(clippy::cast_possible_truncation, reason = "below 2 with 32 bits")]
        let one = root as u64;
        roots[at] = one;
        at += 1;
    }
    roots
};

/// Fills `drawn` with one draw: `expected` times factors whose logarithms have this standard deviation.
pub(super) fn fill(drawn: &mut [u64], expected: &[u64], noise_ppm: u32, seed: u64, number: u32) {
    let seed = mix(seed, number.into());
    for (task, (drawn, expected)) in (0..).zip(drawn.iter_mut().zip(expected)) {
        let nats = normal(mix(seed, task)) * i64::from(noise_ppm) / 1_000_000;
        *drawn = times_exp2(*expected, nats * LOG2_E / ONE_16);
    }
}

/// About normal, mean 0, deviation 1, with 16 bits: the sum of twelve even draws.
fn normal(hash: u64) -> i64 {
    let mut sum = 6 - 6 * ONE_16;
    for part in 0..3 {
        let draws = mix(hash, part).to_le_bytes();
        sum += draws.chunks_exact(2).map(|pair| i64::from(u16::from_le_bytes([pair[0], pair[1]]))).sum::<i64>();
    }
    sum
}

/// `ms` times 2 to the power of `exponent` (16 bits).
fn times_exp2(ms: u64, exponent: i64) -> u64 {
    let exponent = exponent.clamp(-OCTAVES * ONE_16, OCTAVES * ONE_16);
    let (octave, fraction) = (exponent.div_euclid(ONE_16), exponent.rem_euclid(ONE_16));
    let mut factor = u128::from(ONE_32);
    for (root, bit) in ROOTS.iter().zip((0..16).rev()) {
        if fraction >> bit & 1 == 1 {
            factor = factor * u128::from(*root) / u128::from(ONE_32);
        }
    }
    let scaled = u128::from(ms) * factor;
    let shift = u32::try_from(32 - octave).unwrap_or(32);
    u64::try_from(scaled >> shift).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact_to_a_millionth() {
        assert_eq!(times_exp2(1_000_000, 0), 1_000_000);
        assert_eq!(times_exp2(1_000_000, 3 * ONE_16), 8_000_000);
        assert_eq!(times_exp2(1_000_000, -2 * ONE_16), 250_000);
        // The root of 2 is 1.414213, its inverse 0.707106; 2^(19660/65536) is 1.231133.
        assert_eq!(times_exp2(1_000_000, ONE_16 / 2), 1_414_213);
        assert_eq!(times_exp2(1_000_000, -ONE_16 / 2), 707_106);
        assert_eq!(times_exp2(1_000_000, 19_660), 1_231_133);
        assert_eq!(times_exp2(1, 99 * ONE_16), 1 << 20);
    }

    #[test]
    fn draws_are_about_normal() {
        let draws: alloc::vec::Vec<i64> = (0..20_000).map(|number| normal(mix(7, number))).collect();
        let share = |within: i64| draws.iter().filter(|draw| draw.abs() <= within).count() / 20;
        // 68.3 % are within one deviation, 95.4 % within two.
        assert!((673..=693).contains(&share(ONE_16)), "{}", share(ONE_16));
        assert!((944..=964).contains(&share(2 * ONE_16)), "{}", share(2 * ONE_16));
        let mean = draws.iter().sum::<i64>() / 20_000;
        assert!(mean.abs() < ONE_16 / 50, "{mean}");
    }

    #[test]
    fn a_draw_depends_on_seed_number_and_task_only() {
        let draw = |seed, number| {
            let mut drawn = [0; 3];
            fill(&mut drawn, &[1000, 1000, 1000], 500_000, seed, number);
            drawn
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
        assert_ne!(draw(1, 2)[0], draw(1, 2)[1]);
        let mut exact = [0; 3];
        fill(&mut exact, &[1000, 2000, 3000], 0, 1, 2);
        assert_eq!(exact, [1000, 2000, 3000]);
    }
}
