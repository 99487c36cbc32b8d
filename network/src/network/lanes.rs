//! Sixteen floats at a time, with the operations of arithmetic and the way to bytes and back: in one register of AVX-512 or in
//! two of AVX2, with the same numbers.
//!
//! Spelt out rather than left to the compiler, which takes some loops apart into single numbers or puts sums aside in memory.

use std::arch::x86_64::{
    __m128, __m256, __m512, _mm_add_ps, _mm_cvtss_f32, _mm_max_ps, _mm_movehdup_ps, _mm_movehl_ps, _mm_storeu_si128,
    _mm256_add_epi32, _mm256_add_ps, _mm256_adds_epi16, _mm256_castpd_ps, _mm256_castps_si256, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cvtepi32_ps, _mm256_cvtps_epi32, _mm256_div_ps,
    _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_packs_epi32, _mm256_packus_epi16, _mm256_permute2f128_ps, _mm256_permutevar8x32_epi32,
    _mm256_set1_epi16, _mm256_set1_ps, _mm256_setr_epi32, _mm256_shuffle_ps, _mm256_slli_epi32, _mm256_storeu_ps,
    _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_castps_pd,
    _mm512_castps_si512, _mm512_castps512_ps256, _mm512_castsi512_ps, _mm512_cvtepi32_ps, _mm512_cvtps_epi32,
    _mm512_cvtusepi32_epi8, _mm512_div_ps, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_max_epi32, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_setzero_si512, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
};

use super::processor::Processor;

/// Numbers that are computed together.
pub const LANES: usize = 16;
/// Numbers of a register of 256 bits.
pub const EIGHT: usize = 8;

/// Sixteen floats. There are some only where a [`Processor`] has made them, and so its instructions are there.
pub trait Floats: Copy {
    /// Writes them.
    fn put(self, to: &mut [f32; LANES]);
    /// Sums.
    fn plus(self, other: Self) -> Self;
    /// Differences.
    fn minus(self, other: Self) -> Self;
    /// Products.
    fn times(self, other: Self) -> Self;
    /// `self * by + plus`, rounded once.
    fn times_plus(self, by: Self, plus: Self) -> Self;
    /// Quotients.
    fn over(self, other: Self) -> Self;
    /// The greater of each two.
    fn at_least(self, other: Self) -> Self;
    /// The lesser of each two.
    fn at_most(self, other: Self) -> Self;
    /// Doubled as often as the whole number says that stands in the low bits of `times`.
    fn doubled(self, times: Self) -> Self;
    /// The highest of the sixteen.
    fn highest(self) -> f32;
    /// The sum of the sixteen, always in the same order: each with the eighth after it, then with the fourth and so on.
    fn sum(self) -> f32;
    /// The nearest whole numbers, halves to the even one, and `zero` more, as bytes; beyond their range its ends. A number must
    /// not be so high that adding `zero` would outgrow 32 bits.
    fn bytes(self, zero: u8, to: &mut [u8; LANES]);
}

/// Sixteen floats in two registers of AVX2.
#[derive(Clone, Copy)]
pub struct Two([__m256; 2]);

impl Two {
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn all(x: f32) -> Two {
        Two([_mm256_set1_ps(x); 2])
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn of(from: &[f32; LANES]) -> Two {
        // SAFETY: sixteen floats lie there.
        Two(unsafe { [_mm256_loadu_ps(from.as_ptr()), _mm256_loadu_ps(from.as_ptr().add(EIGHT))] })
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn of_whole(from: &[i32; LANES]) -> Two {
        // SAFETY: sixteen numbers lie there.
        let halves =
            unsafe { [_mm256_loadu_si256(from.as_ptr().cast()), _mm256_loadu_si256(from.as_ptr().add(EIGHT).cast())] };
        Two([_mm256_cvtepi32_ps(halves[0]), _mm256_cvtepi32_ps(halves[1])])
    }
}

/// An operation on both registers.
macro_rules! on_both {
    ($operation:ident, $($of:expr),+) => {
        // SAFETY: there are such numbers only where the processor has AVX2 and FMA.
        Two(unsafe { [$operation($($of.0[0]),+), $operation($($of.0[1]),+)] })
    };
}

#[allow(unsafe_code)]
impl Floats for Two {
    #[inline(always)]
    fn put(self, to: &mut [f32; LANES]) {
        // SAFETY: as above, and sixteen floats lie there.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), self.0[0]);
            _mm256_storeu_ps(to.as_mut_ptr().add(EIGHT), self.0[1]);
        }
    }

    #[inline(always)]
    fn plus(self, other: Two) -> Two {
        on_both!(_mm256_add_ps, self, other)
    }

    #[inline(always)]
    fn minus(self, other: Two) -> Two {
        on_both!(_mm256_sub_ps, self, other)
    }

    #[inline(always)]
    fn times(self, other: Two) -> Two {
        on_both!(_mm256_mul_ps, self, other)
    }

    #[inline(always)]
    fn times_plus(self, by: Two, plus: Two) -> Two {
        on_both!(_mm256_fmadd_ps, self, by, plus)
    }

    #[inline(always)]
    fn over(self, other: Two) -> Two {
        on_both!(_mm256_div_ps, self, other)
    }

    #[inline(always)]
    fn at_least(self, other: Two) -> Two {
        on_both!(_mm256_max_ps, self, other)
    }

    #[inline(always)]
    fn at_most(self, other: Two) -> Two {
        on_both!(_mm256_min_ps, self, other)
    }

    #[inline(always)]
    fn doubled(self, times: Two) -> Two {
        on_both!(doubled, self, times)
    }

    #[inline(always)]
    fn highest(self) -> f32 {
        // SAFETY: as above.
        unsafe { highest(_mm256_max_ps(self.0[0], self.0[1])) }
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe { sum(_mm256_add_ps(self.0[0], self.0[1])) }
    }

    #[inline(always)]
    fn bytes(self, zero: u8, to: &mut [u8; LANES]) {
        // SAFETY: as above, and sixteen bytes lie there.
        unsafe {
            let short = _mm256_packs_epi32(_mm256_cvtps_epi32(self.0[0]), _mm256_cvtps_epi32(self.0[1]));
            let short = _mm256_adds_epi16(short, _mm256_set1_epi16(i16::from(zero)));
            // Packing works on the halves of a register; this puts the quarters into their order.
            let order = _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5);
            let bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(short, short), order);
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm256_castsi256_si128(bytes));
        }
    }
}

/// Sixteen floats in a register of AVX-512.
#[derive(Clone, Copy)]
pub struct One(__m512);

impl One {
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn all(x: f32) -> One {
        One(_mm512_set1_ps(x))
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn of(from: &[f32; LANES]) -> One {
        // SAFETY: sixteen floats lie there.
        One(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn of_whole(from: &[i32; LANES]) -> One {
        // SAFETY: sixteen numbers lie there.
        One(_mm512_cvtepi32_ps(unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }))
    }

    /// Both halves.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn halves(self) -> [__m256; 2] {
        let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self.0));
        [_mm512_castps512_ps256(self.0), _mm256_castpd_ps(high)]
    }
}

#[allow(unsafe_code)]
impl Floats for One {
    #[inline(always)]
    fn put(self, to: &mut [f32; LANES]) {
        // SAFETY: there are such numbers only where the processor has AVX-512; and sixteen floats lie there.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn plus(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn times(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn times_plus(self, by: One, plus: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_fmadd_ps(self.0, by.0, plus.0) })
    }

    #[inline(always)]
    fn over(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn at_least(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn at_most(self, other: One) -> One {
        // SAFETY: as above.
        One(unsafe { _mm512_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn doubled(self, times: One) -> One {
        // SAFETY: as above.
        One(unsafe {
            let exponent = _mm512_slli_epi32::<23>(_mm512_castps_si512(times.0));
            _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(self.0), exponent))
        })
    }

    #[inline(always)]
    fn highest(self) -> f32 {
        // SAFETY: as above; there is AVX2 too.
        unsafe {
            let [low, high] = self.halves();
            highest(_mm256_max_ps(low, high))
        }
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe {
            let [low, high] = self.halves();
            sum(_mm256_add_ps(low, high))
        }
    }

    #[inline(always)]
    fn bytes(self, zero: u8, to: &mut [u8; LANES]) {
        // SAFETY: as above, and sixteen bytes lie there.
        unsafe {
            let whole = _mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(i32::from(zero)));
            let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes);
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn doubled(x: __m256, times: __m256) -> __m256 {
    let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(times));
    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), exponent))
}

#[target_feature(enable = "avx2")]
#[inline]
fn highest(eight: __m256) -> f32 {
    folded(eight, |a, b| _mm_max_ps(a, b))
}

#[target_feature(enable = "avx2")]
#[inline]
fn sum(eight: __m256) -> f32 {
    folded(eight, |a, b| _mm_add_ps(a, b))
}

/// The eight made into one: each with the fourth after it, then with the second, then with its neighbour.
#[target_feature(enable = "avx2")]
#[inline]
fn folded(eight: __m256, with: impl Fn(__m128, __m128) -> __m128) -> f32 {
    let four = with(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = with(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(with(two, _mm_movehdup_ps(two)))
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
    #[inline(always)]
    pub fn bytes_of_units<P: Processor>(self, processor: P, units: P::Floats, to: &mut [u8; LANES]) {
        // Far above its range a conversion would turn a number around; what lies below is caught by saturation.
        units.at_most(processor.all(f32::from(255 - self.zero))).bytes(self.zero, to);
    }

    /// The bytes nearest to some values, whose number is a multiple of sixteen.
    #[inline(always)]
    pub fn bytes<P: Processor>(self, processor: P, values: &[f32], bytes: &mut [u8]) {
        let by = processor.all(1.0 / self.scale);
        for (values, bytes) in values.as_chunks().0.iter().zip(bytes.as_chunks_mut().0) {
            self.bytes_of_units(processor, processor.of(values).times(by), bytes);
        }
    }
}

/// Eight rows of eight as columns.
#[target_feature(enable = "avx2")]
#[inline]
#[allow(unsafe_code)]
pub fn transposed(rows: [&[f32; EIGHT]; EIGHT], columns: [&mut [f32; EIGHT]; EIGHT]) {
    // SAFETY: eight floats lie there.
    let [a, b, c, d, e, f, g, h] = rows.map(|row| unsafe { _mm256_loadu_ps(row.as_ptr()) });
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
    let lows = fours.map(|(low, high)| _mm256_permute2f128_ps::<0x20>(low, high));
    let highs = fours.map(|(low, high)| _mm256_permute2f128_ps::<0x31>(low, high));
    for (column, to) in lows.into_iter().chain(highs).zip(columns) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::processor::{Kernel, Task};

    struct Bytes<'a>(Scale, &'a [f32; LANES]);

    impl Task for Bytes<'_> {
        type Output = [u8; LANES];

        #[inline(always)]
        fn run<P: Processor>(self, processor: P) -> [u8; LANES] {
            let mut bytes = [0; LANES];
            self.0.bytes(processor, self.1, &mut bytes);
            bytes
        }
    }

    #[test]
    fn bytes_are_the_nearest_and_never_beyond_their_range() {
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
        for kernel in Kernel::here() {
            let bytes = kernel.run(Bytes(scale, &values));
            assert_eq!(bytes, [100, 100, 100, 101, 102, 100, 0, 0, 0, 255, 255, 255, 255, 0, 255, 0], "{kernel:?}");
        }
    }
}
