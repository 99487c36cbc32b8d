//! What a transformer computes between its products, in 32-bit floats.
//!
//! Every function works on rows of fixed meaning and adds in a fixed order, so a row's numbers depend on the row alone. They
//! are written as plain loops without branches, which the compiler turns into vector instructions; not with `map` on arrays,
//! which it does not take into a function with more instructions than the rest of the program.

use super::{HEAD, HEADS, WIDTH};

/// Numbers of a vector register.
const LANES: usize = 8;

/// `e` to the power of `x`, within two units in the last place; below -87.3 what it is there (1e-38), above 88 what it is there.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const WHOLE: f32 = 12_582_912.0;
    // ln 2 in two parts, the first of few bits, so that the rest keeps its last ones.
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let x = if x < -87.3 { -87.3 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let n = x.mul_add(std::f32::consts::LOG2_E, WHOLE) - WHOLE;
    let r = n.mul_add(-LN_2.1, n.mul_add(-LN_2.0, x));
    // Taylor's series around 0 with its last terms fitted to |r| <= ln 2 / 2 (Cephes, expf).
    let p = 1.987_569_1e-4_f32;
    let p = p.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_5e-1);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r * r, r) + 1.0;
    // The bits of 2^n: n stands in the low bits of n + WHOLE.
    let power = f32::from_bits((n + WHOLE).to_bits().wrapping_add(127) << 23);
    p * power
}

/// The activation of the network: GELU by its tanh form (`FastGelu` of ONNX Runtime).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    // 0.5 (1 + tanh u) = 1 / (1 + exp(-2 u)) with u = sqrt(2 / pi) (x + 0.044715 x³).
    let u = x * (x * x).mul_add(0.035_677_407, 0.797_884_6);
    x / (1.0 + exp(-2.0 * u))
}

/// Normalises a row to mean 0 and variance 1, then scales and shifts it (`LayerNormalization`).
#[target_feature(enable = "avx2,fma")]
pub fn normalise(row: &mut [f32], scale: &[f32; WIDTH], shift: &[f32; WIDTH]) {
    let row: &mut [f32; WIDTH] = row.try_into().expect("a row has the width of the network");
    let mean = sum(row, |x| x) / WIDTH as f32;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / WIDTH as f32;
    let by = 1.0 / (variance + 1e-12).sqrt();
    for ((x, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
        *x = ((*x - mean) * by).mul_add(*scale, *shift);
    }
}

/// The sum of `of` over a row, in eight partial sums.
#[inline(always)]
fn sum(row: &[f32; WIDTH], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    for eight in row.as_chunks::<LANES>().0 {
        for (sum, x) in sums.iter_mut().zip(eight) {
            *sum += of(*x);
        }
    }
    total(&sums)
}

#[inline(always)]
fn total(s: &[f32; LANES]) -> f32 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// The product of two rows of the same length, which is a multiple of eight.
#[target_feature(enable = "avx2,fma")]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = a.mul_add(*b, *sum);
        }
    }
    total(&sums)
}

/// What the attention of one sequence needs on its way, kept from call to call.
#[derive(Default)]
pub struct Workspace {
    /// The keys of one head, eight beside each other: `[keys / 8][HEAD]`, padded with zeros.
    keys: Vec<[[f32; LANES]; HEAD]>,
    /// What two queries make of each key, eight keys beside each other.
    weights: Vec<[[f32; LANES]; QUERIES]>,
}

/// Queries that are answered together: their sums and what is read for them just fill the registers.
const QUERIES: usize = 2;

/// Multi-head attention of the queries over the keys and values of one sequence, all as rows of [`WIDTH`] with their biases;
/// what a query reads takes its place.
#[target_feature(enable = "avx2,fma")]
pub fn attend(queries: &mut [f32], keys: &[f32], values: &[f32], workspace: &mut Workspace) {
    let (keys, values) = (keys.as_chunks::<WIDTH>().0, values.as_chunks::<WIDTH>().0);
    let queries = queries.as_chunks_mut::<WIDTH>().0;
    let blocks = keys.len().div_ceil(LANES);
    workspace.keys.resize(blocks, [[0.0; LANES]; HEAD]);
    workspace.weights.resize(blocks, [[0.0; LANES]; QUERIES]);
    for head in 0..HEADS {
        for (block, keys) in workspace.keys.iter_mut().zip(keys.chunks(LANES)) {
            for lane in 0..LANES {
                let key = keys.get(lane).map_or(&[0.0; HEAD], |key| part(key, head));
                for (block, x) in block.iter_mut().zip(key) {
                    block[lane] = *x;
                }
            }
        }
        for pair in queries.chunks_mut(QUERIES) {
            // An odd one stands beside itself.
            let asked = [*part(&pair[0], head), *part(pair.last().expect("chunks are not empty"), head)];
            for (weights, keys) in workspace.weights.iter_mut().zip(&workspace.keys) {
                *weights = scores(&asked, keys);
            }
            let by = softmax(&mut workspace.weights, keys.len());
            let mut sums = [[0.0; HEAD]; QUERIES];
            for (values, weights) in values.chunks(LANES).zip(&workspace.weights) {
                for (value, (first, second)) in values.iter().zip(weights[0].iter().zip(&weights[1])) {
                    let value = part(value, head);
                    for d in 0..HEAD {
                        sums[0][d] = value[d].mul_add(*first, sums[0][d]);
                        sums[1][d] = value[d].mul_add(*second, sums[1][d]);
                    }
                }
            }
            for ((query, sums), by) in pair.iter_mut().zip(&sums).zip(by) {
                let to = query[head * HEAD..].first_chunk_mut::<HEAD>().expect("a row has a part for each head");
                for (to, sum) in to.iter_mut().zip(sums) {
                    *to = sum * by;
                }
            }
        }
    }
}

/// A head's part of a row.
#[inline(always)]
fn part(row: &[f32; WIDTH], head: usize) -> &[f32; HEAD] {
    row[head * HEAD..].first_chunk().expect("a row has a part for each head")
}

/// The attention scores of two queries with eight keys, not yet scaled.
#[inline(always)]
fn scores(queries: &[[f32; HEAD]; QUERIES], keys: &[[f32; LANES]; HEAD]) -> [[f32; LANES]; QUERIES] {
    // Two partial sums each, because a sum waits for the one before.
    let mut sums = [[0.0; LANES]; 2 * QUERIES];
    for d in (0..HEAD).step_by(2) {
        for n in 0..LANES {
            sums[0][n] = keys[d][n].mul_add(queries[0][d], sums[0][n]);
            sums[1][n] = keys[d][n].mul_add(queries[1][d], sums[1][n]);
            sums[2][n] = keys[d + 1][n].mul_add(queries[0][d + 1], sums[2][n]);
            sums[3][n] = keys[d + 1][n].mul_add(queries[1][d + 1], sums[3][n]);
        }
    }
    let [mut first, mut second, odd_first, odd_second] = sums;
    for n in 0..LANES {
        first[n] += odd_first[n];
        second[n] += odd_second[n];
    }
    [first, second]
}

/// Turns the scores of `count` keys into weights in place, and gives by what they are to be multiplied to sum to 1.
#[inline(always)]
fn softmax(weights: &mut [[[f32; LANES]; QUERIES]], count: usize) -> [f32; QUERIES] {
    // By the scale of a head: 1 / sqrt(32).
    let scale = 1.0 / (HEAD as f32).sqrt();
    if let Some([first, second]) = weights.last_mut()
        && !count.is_multiple_of(LANES)
    {
        first[count % LANES..].fill(f32::NEG_INFINITY);
        second[count % LANES..].fill(f32::NEG_INFINITY);
    }
    let mut lanes = [[f32::NEG_INFINITY; LANES]; QUERIES];
    for weights in weights.iter() {
        for (highest, x) in lanes.as_flattened_mut().iter_mut().zip(weights.as_flattened()) {
            *highest = if *x > *highest { *x } else { *highest };
        }
    }
    let mut highest = [f32::NEG_INFINITY; QUERIES];
    for (highest, lanes) in highest.iter_mut().zip(&lanes) {
        for x in lanes {
            *highest = if *x > *highest { *x } else { *highest };
        }
    }
    let mut sums = [[0.0; LANES]; QUERIES];
    for weights in weights {
        for query in 0..QUERIES {
            for lane in 0..LANES {
                let weight = exp((weights[query][lane] - highest[query]) * scale);
                weights[query][lane] = weight;
                sums[query][lane] += weight;
            }
        }
    }
    [1.0 / total(&sums[0]), 1.0 / total(&sums[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_near_the_true_one_everywhere() {
        let mut worst: f64 = 0.0;
        for n in -87_000..=88_000 {
            let x = n as f32 / 1000.0;
            let true_one = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - true_one).abs() / true_one);
        }
        assert!(worst < 2.5e-7, "{worst:e}");
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(-1e9) < 1e-37);
        assert!(exp(1e9) > 1e38);
    }

    #[test]
    fn the_activation_is_near_the_true_one_everywhere() {
        for n in -4000..=4000 {
            let x = f64::from(n) / 100.0;
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
            let true_one = 0.5 * x * (1.0 + u.tanh());
            let ours = f64::from(gelu(x as f32));
            assert!((ours - true_one).abs() <= 1e-6 * (1.0 + x.abs()), "{x}: {ours} instead of {true_one}");
        }
    }

    /// Numbers between -2 and 2, the same on every run.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count)
            .map(|n| ((n as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 4_194_304.0 - 2.0)
            .collect()
    }

    #[test]
    #[allow(unsafe_code)]
    fn attention_is_that_of_the_definition_for_any_number_of_keys_and_queries() {
        if !super::super::processor_fits() {
            return;
        }
        let mut workspace = Workspace::default();
        // Long, then short: what a sequence leaves behind in the workspace is not seen by the next.
        for (keys, asked) in [(35, 35), (16, 3), (9, 9), (8, 1), (1, 1), (7, 4)] {
            let (k, v) = (numbers(keys * WIDTH, 1), numbers(keys * WIDTH, 2));
            let q = numbers(asked * WIDTH, 3);
            let mut read = q.clone();
            // SAFETY: the processor has the instructions.
            unsafe { attend(&mut read, &k, &v, &mut workspace) };
            for head in 0..HEADS {
                for query in 0..asked {
                    let part = |rows: &[f32], n: usize| -> Vec<f64> {
                        rows[n * WIDTH + head * HEAD..][..HEAD].iter().map(|x| f64::from(*x)).collect()
                    };
                    let likeness = |n: usize| {
                        let products = part(&q, query).into_iter().zip(part(&k, n)).map(|(a, b)| a * b);
                        (products.sum::<f64>() / (HEAD as f64).sqrt()).exp()
                    };
                    let weights: Vec<f64> = (0..keys).map(likeness).collect();
                    let all: f64 = weights.iter().sum();
                    for d in 0..HEAD {
                        let wanted = weights.iter().enumerate().map(|(n, w)| w * part(&v, n)[d]).sum::<f64>() / all;
                        let ours = f64::from(read[query * WIDTH + head * HEAD + d]);
                        assert!(
                            (ours - wanted).abs() < 1e-5,
                            "{keys} keys, head {head}, query {query}: {ours} for {wanted}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    #[allow(unsafe_code)]
    fn a_normalised_row_has_mean_0_and_variance_1_before_scale_and_shift() {
        if !super::super::processor_fits() {
            return;
        }
        let mut row = numbers(WIDTH, 5);
        // SAFETY: the processor has the instructions.
        unsafe { normalise(&mut row, &[2.0; WIDTH], &[3.0; WIDTH]) };
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / WIDTH as f64;
        let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / WIDTH as f64;
        assert!((mean - 3.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }
}
