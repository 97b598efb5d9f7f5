//! Reproducible draws: every number is a function of a seed and a few words, so any of them can be asked for alone.
//!
//! There is no generator with a state, because symbols are computed in whatever order they are asked for.

/// A point in the space of draws. Adding a word or a number gives another, unrelated point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn word(self, word: &str) -> Self {
        // FNV-1a: words are short and need no stronger hash before the mixing.
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mix(self.0 ^ hash))
    }

    pub(super) fn number(self, number: impl Into<i64>) -> Self {
        Self(mix(self.0.rotate_left(17) ^ number.into().cast_unsigned()))
    }

    /// Sixty-four random bits.
    pub(super) fn bits(self) -> u64 {
        mix(self.0)
    }

    /// A number in 0..1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what a float can hold"
    )]
    pub(super) fn uniform(self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between two bounds.
    pub(super) fn between(self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A standard normal draw (Box-Muller).
    pub(super) fn normal(self) -> f64 {
        let radius = (-2.0 * self.word("radius").uniform().max(1e-12).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.word("angle").uniform()).cos()
    }
}

/// Puts items into an order that depends on the draw alone.
pub(super) fn shuffle<T>(draw: Draw, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let bound = i64::try_from(last).unwrap_or(i64::MAX);
        let other = draw.number(bound).bits() % (last as u64 + 1);
        items.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

/// The finaliser of splitmix64.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_others_differ() {
        let draw = Draw::new(7).word("SPY");
        assert_eq!(draw.number(3).bits(), draw.number(3).bits());
        assert_ne!(draw.number(3).bits(), draw.number(4).bits());
        assert_ne!(draw.bits(), Draw::new(8).word("SPY").bits());
    }

    #[test]
    fn normal_draws_have_mean_zero_and_deviation_one() {
        let draws: Vec<f64> = (0..20_000_i64)
            .map(|n| Draw::new(1).number(n).normal())
            .collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.04, "{variance}");
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut items: Vec<u32> = (0..50).collect();
        shuffle(Draw::new(3), &mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
