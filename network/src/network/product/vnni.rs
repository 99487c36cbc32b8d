//! Sums of products where the processor has VNNI: one instruction multiplies four bytes with four weights and adds all that to
//! a sum of 32 bits, where AVX2 takes three. The sums are the same, for none of them is ever cut off.
//!
//! An instruction takes four cycles or five, and processors start up to two in each; so as many sums are under way as that
//! needs, as far as there are rows. Processors load two registers in a cycle at most; so what is loaded of a row serves two
//! instructions: two halves of a panel, or two panels. By one panel at a time the product with registers of 512 bits took a
//! third longer on Zen 5.

use std::arch::x86_64::{
    __m512i, _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{FOUR, Four, Sum, Sums};

/// Rows that are computed together with registers of 256 bits, of which there are sixteen.
const ROWS_256: usize = 6;
/// Rows that are computed together with registers of 512 bits, of which there are 32.
pub const ROWS_512: usize = 8;

/// The sums of up to eight rows with two panels, by registers of 512 bits.
#[target_feature(enable = "avx512f,avx512vnni")]
pub fn sums_512(rows: &[u8], panels: [&[Four]; 2], sums: &mut Sums<ROWS_512, 2>) {
    match rows.len() / (panels[0].len() * FOUR) {
        1 => rows_512::<1>(rows, panels, sums),
        2 => rows_512::<2>(rows, panels, sums),
        3 => rows_512::<3>(rows, panels, sums),
        4 => rows_512::<4>(rows, panels, sums),
        5 => rows_512::<5>(rows, panels, sums),
        6 => rows_512::<6>(rows, panels, sums),
        7 => rows_512::<7>(rows, panels, sums),
        _ => rows_512::<ROWS_512>(rows, panels, sums),
    }
}

/// The sums of `R` rows.
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline]
#[allow(unsafe_code)]
fn rows_512<const R: usize>(rows: &[u8], [one, other]: [&[Four]; 2], to: &mut Sums<ROWS_512, 2>) {
    let inputs = one.len() * FOUR;
    assert!(rows.len() == R * inputs && other.len() == one.len());
    let mut sums = [[_mm512_setzero_si512(); 2]; R];
    for (at, (Four(one), Four(other))) in one.iter().zip(other).enumerate() {
        // SAFETY: 64 weights lie in each; the length asserted above holds four bytes of each row for them.
        unsafe {
            let weights = [_mm512_loadu_si512(one.as_ptr().cast()), _mm512_loadu_si512(other.as_ptr().cast())];
            add_step(&mut sums, rows.as_ptr().add(at * FOUR), inputs, weights);
        }
    }
    put_512(&sums, to);
}

/// Adds the products of four bytes of each row with the weights of two panels.
///
/// # Safety
/// The four bytes of each row lie `inputs` behind those of the row before; of the first they lie at `from`.
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline]
#[allow(unsafe_code)]
pub unsafe fn add_step<const R: usize>(
    sums: &mut [[__m512i; 2]; R],
    from: *const u8,
    inputs: usize,
    weights: [__m512i; 2],
) {
    for (row, sums) in sums.iter_mut().enumerate() {
        // SAFETY: as asked above.
        let four = _mm512_set1_epi32(unsafe { from.add(row * inputs).cast::<i32>().read_unaligned() });
        for (sum, weights) in sums.iter_mut().zip(weights) {
            *sum = _mm512_dpbusd_epi32(*sum, four, weights);
        }
    }
}

/// Writes the sums of some rows with two panels.
#[target_feature(enable = "avx512f")]
#[inline]
#[allow(unsafe_code)]
pub fn put_512(sums: &[[__m512i; 2]], to: &mut Sums<ROWS_512, 2>) {
    for (Sum(to), sum) in to.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
        // SAFETY: sixteen sums go there.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), *sum) }
    }
}

/// The sums of up to six rows with a panel, by registers of 256 bits.
#[target_feature(enable = "avx2,avxvnni")]
pub fn sums_256(rows: &[u8], panels: [&[Four]; 1], sums: &mut Sums<ROWS_256, 1>) {
    match rows.len() / (panels[0].len() * FOUR) {
        1 => rows_256::<1>(rows, panels, sums),
        2 => rows_256::<2>(rows, panels, sums),
        3 => rows_256::<3>(rows, panels, sums),
        4 => rows_256::<4>(rows, panels, sums),
        5 => rows_256::<5>(rows, panels, sums),
        _ => rows_256::<ROWS_256>(rows, panels, sums),
    }
}

/// The sums of `R` rows.
#[target_feature(enable = "avx2,avxvnni")]
#[inline]
#[allow(unsafe_code)]
fn rows_256<const R: usize>(rows: &[u8], [panel]: [&[Four]; 1], to: &mut Sums<ROWS_256, 1>) {
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
    for (Sum(to), sums) in to.as_flattened_mut().iter_mut().zip(sums) {
        for (to, sum) in to.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            // SAFETY: eight sums go there.
            unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), sum) }
        }
    }
}
