//! Products of bytes with int8 weights: about seven tenths of the network's time.
//!
//! AVX2 has no product of bytes that sums in 32 bits: it adds two products in 16 bits and cuts off what does not fit. The
//! weights that [`Weights::new`] accepts are small enough for eight products to fit, whatever the bytes. So they are added in
//! 16 bits, which is two fifths faster than two at a time, and the sums are exact: a row's numbers depend on the row alone, and
//! another processor gives the same.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_add_epi32, _mm256_cvtepi32_ps, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
};

use super::lanes::{Lanes, Scale, pair};

/// Outputs that are computed together: two registers of eight sums.
pub const PANEL: usize = 16;
/// Rows that are computed together: with a panel, as many sums as the registers hold beside what is read.
const ROWS: usize = 3;
/// Bytes of a row that one instruction takes in.
const FOUR: usize = 4;
/// Bytes of a row whose products are added in 16 bits: eight go into each of two sums.
const STEP: usize = 4 * FOUR;
/// The most that the positive weights behind a sum in 16 bits may sum to, and the negative ones: 255 times it still fits.
const MOST: i16 = 128;
/// Rows that all panels go over before the next rows' turn, so that they stay in the nearest caches.
const NEAR: usize = 16 * ROWS;

/// The weights of a linear layer, packed by panel.
pub struct Weights {
    /// Numbers of a row that goes in.
    inputs: usize,
    /// Numbers of a row that comes out.
    outputs: usize,
    /// Panel by panel, within one by four inputs, within those by output: the order in which they are read.
    packed: Vec<i8>,
    /// What one unit of each output's sum is worth.
    by: Vec<f32>,
    /// What is added to each output: its bias, less what the byte of 0 has added to its sum.
    shift: Vec<f32>,
}

impl Weights {
    /// Packs weights that lie as `[inputs, outputs]`, and of which one unit is worth `scales`; they go with bytes that mean `from`.
    ///
    /// # Errors
    /// Where the sizes do not fit each other or the steps of the product, or eight that are added in 16 bits could outgrow them.
    pub fn new(values: &[i8], scales: &[f32], bias: &[f32], inputs: usize, from: Scale) -> Result<Weights, String> {
        let outputs = scales.len();
        if values.len() != inputs * outputs
            || bias.len() != outputs
            || !inputs.is_multiple_of(STEP)
            || !outputs.is_multiple_of(PANEL)
        {
            return Err(format!("{} weights for {inputs} inputs and {outputs} outputs", values.len()));
        }
        let (mut packed, mut sums) = (vec![0; values.len()], vec![0; outputs]);
        let panels = packed.chunks_exact_mut(PANEL * inputs).zip(sums.as_chunks_mut::<PANEL>().0);
        for (panel, (packed, sums)) in panels.enumerate() {
            for (step, packed) in packed.chunks_exact_mut(PANEL * STEP).enumerate() {
                // The two sums of 16 bits of an output: of the first two of each four inputs, and of the last two.
                let (mut up, mut down) = ([[0_i16; PANEL]; 2], [[0_i16; PANEL]; 2]);
                for (four, packed) in packed.as_chunks_mut::<{ FOUR * PANEL }>().0.iter_mut().enumerate() {
                    let rows: [&[i8; PANEL]; FOUR] = std::array::from_fn(|input| {
                        let from = (step * STEP + four * FOUR + input) * outputs + panel * PANEL;
                        values[from..].first_chunk().expect("a panel lies within a row")
                    });
                    for n in 0..PANEL {
                        for (input, row) in rows.iter().enumerate() {
                            packed[n * FOUR + input] = row[n];
                        }
                        for half in 0..2 {
                            let pair = [rows[2 * half][n], rows[2 * half + 1][n]].map(i16::from);
                            up[half][n] += pair[0].max(0) + pair[1].max(0);
                            down[half][n] += pair[0].min(0) + pair[1].min(0);
                        }
                    }
                }
                for (up, down) in up.iter().zip(&down) {
                    for (sum, (up, down)) in sums.iter_mut().zip(up.iter().zip(down)) {
                        if *up > MOST || *down < -MOST {
                            return Err(format!(
                                "eight weights that are added in 16 bits sum to {down} and {up}, which can outgrow them"
                            ));
                        }
                        *sum += i32::from(up + down);
                    }
                }
            }
        }
        let by: Vec<f32> = scales.iter().map(|scale| scale * from.scale).collect();
        let zero = f64::from(from.zero);
        let shift = |n: usize| (f64::from(bias[n]) - zero * f64::from(sums[n]) * f64::from(by[n])) as f32;
        Ok(Weights { inputs, outputs, packed, shift: (0..outputs).map(shift).collect(), by })
    }
}

/// The values of some outputs of up to three rows that stand one behind the other.
pub struct Tile {
    /// The number of the first row.
    pub row: usize,
    /// The number of the first output.
    pub first: usize,
    /// How many rows there are; the values behind them mean nothing.
    pub rows: usize,
    /// By row and output.
    pub values: [[Lanes; 2]; ROWS],
}

/// A linear layer over rows of bytes; `each` finishes its values where they are made.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn product(rows: &[u8], weights: &Weights, mut each: impl FnMut(Tile)) {
    let Weights { inputs, outputs, .. } = *weights;
    for (block, rows) in rows.chunks(NEAR * inputs).enumerate() {
        for from in (0..outputs).step_by(PANEL) {
            let packed = &weights.packed[from * inputs..(from + PANEL) * inputs];
            let (by, shift) = (pair(panel(&weights.by, from)), pair(panel(&weights.shift, from)));
            for (tile, rows) in rows.chunks(ROWS * inputs).enumerate() {
                let live = rows.len() / inputs;
                let sums = if live == ROWS { three_rows(rows, packed) } else { few_rows(rows, packed) };
                let mut values = [by; ROWS];
                for (values, sums) in values.iter_mut().zip(&sums) {
                    for half in 0..2 {
                        values[half] = Lanes(_mm256_cvtepi32_ps(sums[half])).times_plus(by[half], shift[half]);
                    }
                }
                each(Tile { row: block * NEAR + tile * ROWS, first: from, rows: live, values });
            }
        }
    }
}

/// The numbers of the panel that starts at `from`.
#[inline(always)]
fn panel(numbers: &[f32], from: usize) -> &[f32; PANEL] {
    numbers[from..].first_chunk().expect("outputs are a multiple of a panel")
}

/// Sums of a tile: by row, two registers.
type Sums = [[__m256i; 2]; ROWS];

/// The four bytes that start at `at`, in every place of a register.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn four(row: &[u8], at: usize) -> __m256i {
    _mm256_set1_epi32(i32::from_le_bytes(*row[at..].first_chunk().expect("a row is a multiple of 16 long")))
}

/// The weights that go with four bytes for the eight outputs from `at`.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
fn eight_outputs(panel: &[i8], at: usize) -> __m256i {
    let weights = &panel[at..at + 32];
    // SAFETY: 32 bytes lie there.
    unsafe { _mm256_loadu_si256(weights.as_ptr().cast()) }
}

/// The sums of fewer than three rows with a panel; apart, so that what most rows take stays short.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn few_rows(rows: &[u8], panel: &[i8]) -> Sums {
    let inputs = panel.len() / PANEL;
    let (zero, ones) = (_mm256_setzero_si256(), _mm256_set1_epi16(1));
    let mut sums = [[zero; 2]; ROWS];
    for (row, [low, high]) in rows.chunks(inputs).zip(&mut sums) {
        for step in (0..inputs).step_by(STEP) {
            let (mut short_low, mut short_high) = (zero, zero);
            for at in (step..step + STEP).step_by(FOUR) {
                let x = four(row, at);
                short_low = _mm256_add_epi16(short_low, _mm256_maddubs_epi16(x, eight_outputs(panel, at * PANEL)));
                short_high =
                    _mm256_add_epi16(short_high, _mm256_maddubs_epi16(x, eight_outputs(panel, at * PANEL + 32)));
            }
            *low = _mm256_add_epi32(*low, _mm256_madd_epi16(short_low, ones));
            *high = _mm256_add_epi32(*high, _mm256_madd_epi16(short_high, ones));
        }
    }
    sums
}

/// A register of ones of 16 bits; aligned, so that it lies in one line of the cache.
#[repr(align(32))]
struct Ones([i16; PANEL]);
static ONES: Ones = Ones([1; PANEL]);

/// What [`few_rows`] does, for three rows at once. By hand, because it just fills the sixteen registers: the compiler moves
/// loads to the front and then has to put sums aside, which costs an eighth of the rate.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
fn three_rows(rows: &[u8], panel: &[i8]) -> Sums {
    let inputs = panel.len() / PANEL;
    assert!(rows.len() == ROWS * inputs && panel.len() == inputs * PANEL);
    assert!(inputs > 0 && inputs.is_multiple_of(STEP));
    // Sums of 32 bits in ymm0 to 5, of 16 bits in ymm6 to 11; weights in ymm12 and 13.
    macro_rules! products {
        ($n:literal, $row:literal, $left:literal, $right:literal) => {
            concat!(
                "vpbroadcastd ymm14, [{rows}",
                $row,
                " + 4 * ",
                $n,
                "]\n",
                "vpmaddubsw ymm15, ymm14, ymm12\n",
                "vpmaddubsw ymm14, ymm14, ymm13\n",
                "vpaddw ",
                $left,
                ", ",
                $left,
                ", ymm15\n",
                "vpaddw ",
                $right,
                ", ",
                $right,
                ", ymm14\n",
            )
        };
        // The first of a step starts the sums.
        ("0", $row:literal, $left:literal, $right:literal, first) => {
            concat!(
                "vpbroadcastd ymm14, [{rows}",
                $row,
                "]\n",
                "vpmaddubsw ",
                $left,
                ", ymm14, ymm12\n",
                "vpmaddubsw ",
                $right,
                ", ymm14, ymm13\n",
            )
        };
    }
    macro_rules! four {
        ($n:tt $($first:ident)?) => {
            concat!(
                "vmovdqu ymm12, [{panel} + 64 * ", $n, "]\n", "vmovdqu ymm13, [{panel} + 64 * ", $n, " + 32]\n",
                products!($n, "", "ymm6", "ymm7" $(, $first)?),
                products!($n, " + {inputs}", "ymm8", "ymm9" $(, $first)?),
                products!($n, " + 2 * {inputs}", "ymm10", "ymm11" $(, $first)?),
            )
        };
    }
    macro_rules! each {
        ($line:literal $(, $sum:literal $short:literal)*) => { concat!($($line, " ", $sum, ", ", $sum, ", ", $short, "\n",)*) };
    }
    let (a, b, c, d, e, f);
    // SAFETY: it reads `inputs` bytes of each of three rows and `inputs * PANEL` of the panel, 16 and 256 at a step, which the
    // asserted lengths hold; it writes registers alone.
    unsafe {
        std::arch::asm!(
            each!("vpxor", "ymm0" "ymm0", "ymm1" "ymm1", "ymm2" "ymm2", "ymm3" "ymm3", "ymm4" "ymm4", "ymm5" "ymm5"),
            ".p2align 5",
            "2:",
            four!("0" first),
            four!("1"),
            four!("2"),
            four!("3"),
            "add {rows}, 16",
            "add {panel}, 256",
            each!("vpmaddwd", "ymm6" "[{ones}]", "ymm7" "[{ones}]", "ymm8" "[{ones}]", "ymm9" "[{ones}]", "ymm10" "[{ones}]", "ymm11" "[{ones}]"),
            each!("vpaddd", "ymm0" "ymm6", "ymm1" "ymm7", "ymm2" "ymm8", "ymm3" "ymm9", "ymm4" "ymm10", "ymm5" "ymm11"),
            "dec {steps}",
            "jnz 2b",
            rows = inout(reg) rows.as_ptr() => _, panel = inout(reg) panel.as_ptr() => _,
            steps = inout(reg) inputs / STEP => _, inputs = in(reg) inputs, ones = in(reg) &ONES.0,
            out("ymm0") a, out("ymm1") b, out("ymm2") c, out("ymm3") d, out("ymm4") e, out("ymm5") f,
            out("ymm6") _, out("ymm7") _, out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack, readonly),
        );
    }
    [[a, b], [c, d], [e, f]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk over all bytes, the same on every run.
    fn walk(seed: &mut u64) -> u8 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as u8
    }

    /// All of it in the plainest way.
    fn plainly(rows: &[u8], zero: u8, values: &[i8], inputs: usize, outputs: usize) -> Vec<i32> {
        let mut sums = Vec::new();
        for row in rows.chunks(inputs) {
            for output in 0..outputs {
                let products = row.iter().enumerate().map(|(input, byte)| {
                    (i32::from(*byte) - i32::from(zero)) * i32::from(values[input * outputs + output])
                });
                sums.push(products.sum());
            }
        }
        sums
    }

    #[allow(unsafe_code)]
    fn sums(rows: &[u8], zero: u8, values: &[i8], inputs: usize, outputs: usize) -> Vec<i32> {
        let from = Scale { scale: 1.0, zero };
        let weights = Weights::new(values, &vec![1.0; outputs], &vec![0.0; outputs], inputs, from).unwrap();
        let mut out = vec![0; rows.len() / inputs * outputs];
        let each = |tile: Tile| {
            for (n, values) in tile.values[..tile.rows].iter().enumerate() {
                // SAFETY: as below.
                let values = values.map(|half| unsafe { half.numbers() });
                for (to, value) in out[(tile.row + n) * outputs + tile.first..].iter_mut().zip(values.as_flattened()) {
                    *to = *value as i32;
                }
            }
        };
        // SAFETY: the tests that call this have asked for these instructions.
        unsafe { product(rows, &weights, each) };
        out
    }

    #[test]
    fn sums_are_exact_whatever_the_bytes_and_the_number_of_rows() {
        if !super::super::processor_fits() {
            return;
        }
        let mut seed = 3;
        for (inputs, outputs) in [(16, 16), (32, 48), (96, 32), (768, 16), (1536, 16)] {
            // Weights of up to 16: eight never sum to more than 128. One panel has the greatest that there may be.
            let mut values: Vec<i8> = (0..inputs * outputs).map(|_| (walk(&mut seed) % 33) as i8 - 16).collect();
            for input in 0..inputs {
                for output in 0..4 {
                    values[input * outputs + output] = if output % 2 == 0 { 16 } else { -16 };
                }
                values[input * outputs + 4] = if input % 16 == 6 { 127 } else { 0 };
                values[input * outputs + 5] = if input % 16 == 15 { -127 } else { 0 };
            }
            // The last goes beyond a block of rows.
            for count in [0, 1, 2, 3, 4, 5, 6, 7, 400] {
                for zero in [0, 1, 128, 255] {
                    let random: Vec<u8> = (0..count * inputs).map(|_| walk(&mut seed)).collect();
                    for rows in [random, vec![255; count * inputs], vec![0; count * inputs]] {
                        let (ours, plain) = (
                            sums(&rows, zero, &values, inputs, outputs),
                            plainly(&rows, zero, &values, inputs, outputs),
                        );
                        assert_eq!(ours, plain, "{count} rows of {inputs} to {outputs}, zero {zero}");
                    }
                }
            }
        }
    }

    #[test]
    fn weights_that_could_outgrow_sixteen_bits_are_refused() {
        let new = |values: &[i8]| Weights::new(values, &[1.0; 16], &[0.0; 16], 16, Scale { scale: 1.0, zero: 0 });
        let mut values = vec![0; 256];
        // Inputs 0, 1, 4, 5, 8, 9, 12 and 13 of output 3 are added in 16 bits.
        for input in [0, 1, 4, 5, 8, 9, 12, 13] {
            values[input * 16 + 3] = 16;
        }
        assert!(new(&values).is_ok());
        values[13 * 16 + 3] = 17;
        assert!(new(&values).is_err_and(|e| e.contains("129")));
        // The others go into another sum.
        values[13 * 16 + 3] = 16;
        values[2 * 16 + 3] = 127;
        assert!(new(&values).is_ok());
        assert!(new(&values[1..]).is_err(), "a weight too few");
    }
}
