//! Sums of products where the processor has VNNI: one instruction multiplies four bytes with four weights and adds all that to
//! a sum of 32 bits, where AVX2 takes three. The sums are the same, for none of them is ever cut off.
//!
//! An instruction takes four cycles or five, and processors start up to two in each; so as many sums are under way as that
//! needs, as far as there are rows.

use std::arch::x86_64::{
    _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm512_castsi512_si256,
    _mm512_dpbusd_epi32, _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
};

use super::{FOUR, Four, Place, Sums, Weights, by_groups};
use crate::network::lanes::Lanes;

/// Rows that are computed together with registers of 256 bits, of which there are sixteen.
const ROWS_256: usize = 6;
/// Rows that are computed together with registers of 512 bits, of which there are 32.
const ROWS_512: usize = 12;

/// [`super::product`] by registers of 512 bits. What `each` does is compiled for this processor too, with its 32 registers.
#[target_feature(enable = "avx512f,avx512vl,avx512vnni")]
pub fn product_512(rows: &[u8], weights: &Weights, each: impl FnMut(Place, [Lanes; 2])) {
    let kernel = |rows: &[u8], panel: &[Four], sums: &mut Sums<ROWS_512>| match rows.len() / (panel.len() * FOUR) {
        1 => rows_512::<1>(rows, panel, sums),
        2 => rows_512::<2>(rows, panel, sums),
        3 => rows_512::<3>(rows, panel, sums),
        4 => rows_512::<4>(rows, panel, sums),
        5 => rows_512::<5>(rows, panel, sums),
        6 => rows_512::<6>(rows, panel, sums),
        7 => rows_512::<7>(rows, panel, sums),
        8 => rows_512::<8>(rows, panel, sums),
        9 => rows_512::<9>(rows, panel, sums),
        10 => rows_512::<10>(rows, panel, sums),
        11 => rows_512::<11>(rows, panel, sums),
        _ => rows_512::<ROWS_512>(rows, panel, sums),
    };
    by_groups(rows, weights, kernel, each);
}

/// The sums of `R` rows.
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline]
#[allow(unsafe_code)]
fn rows_512<const R: usize>(rows: &[u8], panel: &[Four], to: &mut Sums<ROWS_512>) {
    let inputs = panel.len() * FOUR;
    assert!(rows.len() == R * inputs);
    let mut sums = [_mm512_setzero_si512(); R];
    for (at, Four(weights)) in panel.iter().enumerate() {
        // SAFETY: 64 weights lie there; the length asserted above holds four bytes of each row for them.
        unsafe {
            let weights = _mm512_loadu_si512(weights.as_ptr().cast());
            for (row, sum) in sums.iter_mut().enumerate() {
                let four = rows.as_ptr().add(row * inputs + at * FOUR).cast::<i32>().read_unaligned();
                *sum = _mm512_dpbusd_epi32(*sum, _mm512_set1_epi32(four), weights);
            }
        }
    }
    for (to, sum) in to.iter_mut().zip(sums) {
        *to = [_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum)];
    }
}

/// [`super::product`] by registers of 256 bits.
#[target_feature(enable = "avx2,fma,avxvnni")]
pub fn product_256(rows: &[u8], weights: &Weights, each: impl FnMut(Place, [Lanes; 2])) {
    let kernel = |rows: &[u8], panel: &[Four], sums: &mut Sums<ROWS_256>| match rows.len() / (panel.len() * FOUR) {
        1 => rows_256::<1>(rows, panel, sums),
        2 => rows_256::<2>(rows, panel, sums),
        3 => rows_256::<3>(rows, panel, sums),
        4 => rows_256::<4>(rows, panel, sums),
        5 => rows_256::<5>(rows, panel, sums),
        _ => rows_256::<ROWS_256>(rows, panel, sums),
    };
    by_groups(rows, weights, kernel, each);
}

/// The sums of `R` rows.
#[target_feature(enable = "avx2,avxvnni")]
#[inline]
#[allow(unsafe_code)]
fn rows_256<const R: usize>(rows: &[u8], panel: &[Four], to: &mut Sums<ROWS_256>) {
    let inputs = panel.len() * FOUR;
    assert!(rows.len() == R * inputs);
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (at, Four(weights)) in panel.iter().enumerate() {
        // SAFETY: as above.
        unsafe {
            let from = weights.as_ptr();
            let weights = [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())];
            for (row, sums) in sums.iter_mut().enumerate() {
                let four = rows.as_ptr().add(row * inputs + at * FOUR).cast::<i32>().read_unaligned();
                let four = _mm256_set1_epi32(four);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm256_dpbusd_avx_epi32(*sum, four, weights);
                }
            }
        }
    }
    to[..R].copy_from_slice(&sums);
}
