//! Eight floats at a time: a register of AVX2 with the operations of arithmetic, and the way to bytes and back.
//!
//! Spelt out rather than left to the compiler, which takes some loops apart into single numbers or puts sums aside in memory.

use std::arch::x86_64::{
    __m128, __m256, _mm_add_ps, _mm_cvtss_f32, _mm_max_ps, _mm_movehdup_ps, _mm_movehl_ps, _mm_storeu_si128,
    _mm256_add_epi32, _mm256_add_ps, _mm256_adds_epi16, _mm256_castps_si256, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cvtps_epi32, _mm256_div_ps, _mm256_extractf128_ps,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_packs_epi32,
    _mm256_packus_epi16, _mm256_permute2f128_ps, _mm256_permutevar8x32_epi32, _mm256_set1_epi16, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_shuffle_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps, _mm256_unpackhi_ps,
    _mm256_unpacklo_ps,
};

/// Numbers of a register.
pub const LANES: usize = 8;

/// Eight floats.
#[derive(Clone, Copy)]
pub struct Lanes(pub __m256);

impl Lanes {
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn all(x: f32) -> Lanes {
        Lanes(_mm256_set1_ps(x))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn of(from: &[f32; LANES]) -> Lanes {
        // SAFETY: eight floats lie there.
        Lanes(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn put(self, to: &mut [f32; LANES]) {
        // SAFETY: eight floats lie there.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn plus(self, other: Lanes) -> Lanes {
        Lanes(_mm256_add_ps(self.0, other.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn minus(self, other: Lanes) -> Lanes {
        Lanes(_mm256_sub_ps(self.0, other.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn times(self, other: Lanes) -> Lanes {
        Lanes(_mm256_mul_ps(self.0, other.0))
    }

    /// `self * by + plus`, rounded once.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn times_plus(self, by: Lanes, plus: Lanes) -> Lanes {
        Lanes(_mm256_fmadd_ps(self.0, by.0, plus.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn over(self, other: Lanes) -> Lanes {
        Lanes(_mm256_div_ps(self.0, other.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn at_least(self, other: Lanes) -> Lanes {
        Lanes(_mm256_max_ps(self.0, other.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn at_most(self, other: Lanes) -> Lanes {
        Lanes(_mm256_min_ps(self.0, other.0))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn numbers(self) -> [f32; LANES] {
        let mut numbers = [0.0; LANES];
        self.put(&mut numbers);
        numbers
    }

    /// Doubled as often as the whole number says that stands in the low bits of `times`.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn doubled(self, times: Lanes) -> Lanes {
        let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(times.0));
        Lanes(_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(self.0), exponent)))
    }

    /// The highest of the eight.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn highest(self) -> f32 {
        self.folded(|a, b| _mm_max_ps(a, b))
    }

    /// The sum of the eight, always in the same order.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn sum(self) -> f32 {
        self.folded(|a, b| _mm_add_ps(a, b))
    }

    /// The eight made into one: each with the fourth after it, then with the second, then with its neighbour.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn folded(self, with: impl Fn(__m128, __m128) -> __m128) -> f32 {
        let four = with(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
        let two = with(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(with(two, _mm_movehdup_ps(two)))
    }
}

/// What bytes mean: `value = (byte - zero) * scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// What one unit is worth.
    pub scale: f32,
    /// The byte of 0.
    pub zero: u8,
}

impl Scale {
    /// The bytes nearest to values that are given in units; halves go to the even one.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn bytes_of_units(self, [low, high]: [Lanes; 2], to: &mut [u8; 2 * LANES]) {
        // What lies below the range is caught by packing with saturation; far above it a conversion would turn it around.
        let most = Lanes::all(f32::from(255 - self.zero));
        let whole = |x: Lanes| _mm256_cvtps_epi32(x.at_most(most).0);
        let short = _mm256_packs_epi32(whole(low), whole(high));
        let short = _mm256_adds_epi16(short, _mm256_set1_epi16(i16::from(self.zero)));
        // Packing works on the halves of a register; this puts the quarters into their order.
        let order = _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5);
        let bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(short, short), order);
        // SAFETY: sixteen bytes lie there.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), _mm256_castsi256_si128(bytes)) }
    }

    /// The bytes nearest to some values, whose number is a multiple of sixteen.
    #[target_feature(enable = "avx2,fma")]
    pub fn bytes(self, values: &[f32], bytes: &mut [u8]) {
        let by = Lanes::all(1.0 / self.scale);
        for (values, bytes) in values.as_chunks::<{ 2 * LANES }>().0.iter().zip(bytes.as_chunks_mut().0) {
            self.bytes_of_units(pair(values).map(|x| x.times(by)), bytes);
        }
    }
}

/// Sixteen numbers as two registers.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn pair(numbers: &[f32; 2 * LANES]) -> [Lanes; 2] {
    let [low, high] = halves(numbers);
    [Lanes::of(low), Lanes::of(high)]
}

/// Writes two registers as sixteen numbers.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn put_pair([low, high]: [Lanes; 2], to: &mut [f32; 2 * LANES]) {
    let (first, second) = to.split_at_mut(LANES);
    low.put(first.try_into().expect("half of sixteen"));
    high.put(second.try_into().expect("half of sixteen"));
}

fn halves(numbers: &[f32; 2 * LANES]) -> [&[f32; LANES]; 2] {
    let (low, high) = numbers.split_at(LANES);
    [low.try_into().expect("half of sixteen"), high.try_into().expect("half of sixteen")]
}

/// Rows as columns.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn transposed(rows: [Lanes; LANES]) -> [Lanes; LANES] {
    let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
    // Pairs, then fours, then the halves of the registers.
    let (ab, ab2) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
    let (cd, cd2) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
    let (ef, ef2) = (_mm256_unpacklo_ps(e, f), _mm256_unpackhi_ps(e, f));
    let (gh, gh2) = (_mm256_unpacklo_ps(g, h), _mm256_unpackhi_ps(g, h));
    let fours = [
        (_mm256_shuffle_ps::<0x44>(ab, cd), _mm256_shuffle_ps::<0x44>(ef, gh)),
        (_mm256_shuffle_ps::<0xEE>(ab, cd), _mm256_shuffle_ps::<0xEE>(ef, gh)),
        (_mm256_shuffle_ps::<0x44>(ab2, cd2), _mm256_shuffle_ps::<0x44>(ef2, gh2)),
        (_mm256_shuffle_ps::<0xEE>(ab2, cd2), _mm256_shuffle_ps::<0xEE>(ef2, gh2)),
    ];
    let mut columns = rows;
    for (n, (low, high)) in fours.into_iter().enumerate() {
        columns[n] = Lanes(_mm256_permute2f128_ps::<0x20>(low, high));
        columns[n + LANES / 2] = Lanes(_mm256_permute2f128_ps::<0x31>(low, high));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)]
    fn bytes_are_the_nearest_and_never_beyond_their_range() {
        if !super::super::processor_fits() {
            return;
        }
        let scale = Scale { scale: 0.5, zero: 100 };
        let values = [
            0.0,
            0.24,
            0.25,
            0.26,
            0.75,
            -0.25,
            -50.0,
            -50.3,
            -1e9,
            77.5,
            78.0,
            1e9,
            f32::INFINITY,
            f32::NEG_INFINITY,
            1e38,
            -1e38,
        ];
        let mut bytes = [0; 16];
        // SAFETY: the processor has the instructions.
        unsafe { scale.bytes(&values, &mut bytes) };
        assert_eq!(bytes, [100, 100, 100, 101, 102, 100, 0, 0, 0, 255, 255, 255, 255, 0, 255, 0]);
    }
}
