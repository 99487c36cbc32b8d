//! What a transformer computes between its products, in 32-bit floats.
//!
//! Every function works on rows of fixed meaning and adds in a fixed order, so a row's numbers depend on the row alone.

use super::lanes::{LANES, Lanes};
use super::{HEAD, HEADS, WIDTH};

/// Adding it rounds to a whole number, which then stands in the low bits.
const WHOLE: f32 = 12_582_912.0;

/// `e` to the power of `x`, within 2.2e-7 and another 1e-7 for each unit of `x`;
/// below -86 what it is there (5e-38), above 87 what it is there.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn exps(x: Lanes) -> Lanes {
    power_of_two(x.at_least(Lanes::all(-86.0)).at_most(Lanes::all(87.0)).times(Lanes::all(std::f32::consts::LOG2_E)))
}

/// 2 to the power of `t`, which lies between -126 and 127, within 2.2e-7 of it.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn power_of_two(t: Lanes) -> Lanes {
    // Of the polynomials of this degree near the least greatest relative error over what rounding leaves, half a unit to each side.
    const TERMS: [f32; 6] = [1.327_647_1e-3, 9.675_542e-3, 5.550_713e-2, 0.240_221_2, 0.693_146_94, 1.000_000_1];
    let shifted = t.plus(Lanes::all(WHOLE));
    let rest = t.minus(shifted.minus(Lanes::all(WHOLE)));
    let mut p = Lanes::all(TERMS[0]);
    for term in &TERMS[1..] {
        p = p.times_plus(rest, Lanes::all(*term));
    }
    p.doubled(shifted)
}

/// The activation of the network: GELU by its tanh form (`FastGelu` of ONNX Runtime).
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn gelu(x: Lanes) -> Lanes {
    x.times(gate(x))
}

/// What the activation multiplies `x` by, between 0 and 1: `(1 + tanh u) / 2`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn gate(x: Lanes) -> Lanes {
    // It is 1 / (1 + 2^t) with t = -2 u log2(e); beyond its ends it is 0 or 1 to the last bit that counts. A polynomial within
    // 1e-4 in its place made the network 3 % faster and moved a byte in a thousand, which moved probabilities by 0.003.
    const END: f32 = 6.0;
    let x = x.at_least(Lanes::all(-END)).at_most(Lanes::all(END));
    let t = x.times(x.times(x).times_plus(Lanes::all(-0.102_943_24), Lanes::all(-2.302_208_2)));
    Lanes::all(1.0).over(power_of_two(t).plus(Lanes::all(1.0)))
}

/// Partial sums of a row: as many registers as it takes for none to wait for the one before.
const SUMS: usize = 4;

/// Normalises a row to mean 0 and variance 1, then scales and shifts it (`LayerNormalization`).
#[target_feature(enable = "avx2,fma")]
pub fn normalise(row: &mut [f32; WIDTH], scale: &[f32; WIDTH], shift: &[f32; WIDTH]) {
    const COUNT: f32 = WIDTH as f32;
    let mut sums = [Lanes::all(0.0); SUMS];
    for part in row.as_chunks::<LANES>().0.as_chunks::<SUMS>().0 {
        for n in 0..SUMS {
            sums[n] = sums[n].plus(Lanes::of(&part[n]));
        }
    }
    let mean = Lanes::all(total(sums) / COUNT);
    let mut sums = [Lanes::all(0.0); SUMS];
    for part in row.as_chunks_mut::<LANES>().0.as_chunks_mut::<SUMS>().0 {
        for n in 0..SUMS {
            let x = Lanes::of(&part[n]).minus(mean);
            x.put(&mut part[n]);
            sums[n] = x.times_plus(x, sums[n]);
        }
    }
    let by = Lanes::all(1.0 / (total(sums) / COUNT + 1e-12).sqrt());
    let (scale, shift) = (scale.as_chunks().0, shift.as_chunks().0);
    for ((x, scale), shift) in row.as_chunks_mut().0.iter_mut().zip(scale).zip(shift) {
        Lanes::of(x).times(by).times_plus(Lanes::of(scale), Lanes::of(shift)).put(x);
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn total([a, b, c, d]: [Lanes; SUMS]) -> f32 {
    a.plus(b).plus(c.plus(d)).sum()
}

/// The product of two rows of the same length, which is a multiple of eight.
#[target_feature(enable = "avx2,fma")]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = Lanes::all(0.0);
    for (a, b) in a.as_chunks().0.iter().zip(b.as_chunks().0) {
        sum = Lanes::of(a).times_plus(Lanes::of(b), sum);
    }
    sum.sum()
}

/// What the attention of one sequence needs on its way, kept from call to call.
#[derive(Default)]
pub struct Workspace {
    /// The keys of one head, eight beside each other: `[keys / 8][HEAD]`, padded with zeros.
    keys: Vec<[[f32; LANES]; HEAD]>,
    /// What some queries make of each key, eight keys beside each other.
    weights: Vec<[[f32; LANES]; QUERIES]>,
}

/// Queries whose scores are computed together.
const QUERIES: usize = 4;
/// Blocks of eight keys whose scores are computed together: with the queries, enough sums for none to wait for the one before.
const BLOCKS: usize = 2;
/// Queries whose values are summed together: their sums and what is read for them just fill the registers.
const SUMMED: usize = 2;

/// Multi-head attention of the queries over the keys and values of one sequence, all as rows of [`WIDTH`] with their biases;
/// what a query reads takes its place.
#[target_feature(enable = "avx2,fma")]
pub fn attend(queries: &mut [f32], keys: &[f32], values: &[f32], workspace: &mut Workspace) {
    let (keys, values) = (keys.as_chunks::<WIDTH>().0, values.as_chunks::<WIDTH>().0);
    let queries = queries.as_chunks_mut::<WIDTH>().0;
    let blocks = keys.len().div_ceil(LANES);
    workspace.keys.resize(blocks, [[0.0; LANES]; HEAD]);
    workspace.weights.resize(blocks, [[0.0; LANES]; QUERIES]);
    let Workspace { keys: turned, weights } = workspace;
    for head in 0..HEADS {
        for (turned, keys) in turned.iter_mut().zip(keys.chunks(LANES)) {
            turn(keys, head, turned);
        }
        for asked in queries.chunks_mut(QUERIES) {
            // Where there are fewer, the last stands in for the rest.
            let mut numbers = [&[0.0; HEAD]; QUERIES];
            for (n, numbers) in numbers.iter_mut().enumerate() {
                *numbers = part(&asked[n.min(asked.len() - 1)], head);
            }
            let (twos, last) = weights.as_chunks_mut::<BLOCKS>();
            let (two_keys, last_keys) = turned.as_chunks::<BLOCKS>();
            for (weights, keys) in twos.iter_mut().zip(two_keys) {
                scores(&numbers, keys, weights);
            }
            for (weights, keys) in last.as_chunks_mut::<1>().0.iter_mut().zip(last_keys.as_chunks::<1>().0) {
                scores(&numbers, keys, weights);
            }
            let by = softmax(weights, keys.len());
            for first in (0..asked.len()).step_by(SUMMED) {
                let sums = read(values, head, weights, first);
                for ((query, sums), by) in asked[first..].iter_mut().zip(sums).zip(&by[first..]) {
                    let to = query[head * HEAD..].first_chunk_mut::<HEAD>().expect("a row has a part for each head");
                    for (to, sum) in to.as_chunks_mut().0.iter_mut().zip(sums) {
                        sum.times(Lanes::all(*by)).put(to);
                    }
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

/// Puts the same number of up to eight keys beside each other.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn turn(keys: &[[f32; WIDTH]], head: usize, turned: &mut [[f32; LANES]; HEAD]) {
    let none = [0.0; HEAD];
    for (n, turned) in turned.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut square = [Lanes::all(0.0); LANES];
        for (lane, row) in square.iter_mut().enumerate() {
            let key = keys.get(lane).map_or(&none, |key| part(key, head));
            *row = Lanes::of(&key.as_chunks().0[n]);
        }
        for (row, turned) in super::lanes::transposed(square).into_iter().zip(turned) {
            row.put(turned);
        }
    }
}

/// The attention scores of some queries with some blocks of eight keys, not yet scaled.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn scores<const N: usize>(
    queries: &[&[f32; HEAD]; QUERIES],
    keys: &[[[f32; LANES]; HEAD]; N],
    to: &mut [[[f32; LANES]; QUERIES]; N],
) {
    let mut sums = [[Lanes::all(0.0); QUERIES]; N];
    for d in 0..HEAD {
        for n in 0..N {
            let keys = Lanes::of(&keys[n][d]);
            for q in 0..QUERIES {
                sums[n][q] = Lanes::all(queries[q][d]).times_plus(keys, sums[n][q]);
            }
        }
    }
    for n in 0..N {
        for q in 0..QUERIES {
            sums[n][q].put(&mut to[n][q]);
        }
    }
}

/// The values that two queries read, each weighted with what the query makes of its key.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn read(
    values: &[[f32; WIDTH]],
    head: usize,
    weights: &[[[f32; LANES]; QUERIES]],
    first: usize,
) -> [[Lanes; HEAD / LANES]; SUMMED] {
    let mut sums = [[Lanes::all(0.0); HEAD / LANES]; SUMMED];
    for (values, weights) in values.chunks(LANES).zip(weights) {
        for (n, value) in values.iter().enumerate() {
            let value = part(value, head).as_chunks().0;
            let by = [Lanes::all(weights[first][n]), Lanes::all(weights[first + 1][n])];
            for d in 0..HEAD / LANES {
                let value = Lanes::of(&value[d]);
                for q in 0..SUMMED {
                    sums[q][d] = value.times_plus(by[q], sums[q][d]);
                }
            }
        }
    }
    sums
}

/// Turns the scores of `count` keys into weights in place, and gives by what they are to be multiplied to sum to 1.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn softmax(weights: &mut [[[f32; LANES]; QUERIES]], count: usize) -> [f32; QUERIES] {
    // By the scale of a head: 1 / sqrt(32).
    let scale = Lanes::all(1.0 / (HEAD as f32).sqrt());
    if let Some(last) = weights.last_mut()
        && !count.is_multiple_of(LANES)
    {
        for weights in last {
            weights[count % LANES..].fill(f32::NEG_INFINITY);
        }
    }
    let mut highest = [Lanes::all(f32::NEG_INFINITY); QUERIES];
    for weights in weights.iter() {
        for q in 0..QUERIES {
            highest[q] = highest[q].at_least(Lanes::of(&weights[q]));
        }
    }
    for highest in &mut highest {
        *highest = Lanes::all(highest.highest());
    }
    let mut sums = [Lanes::all(0.0); QUERIES];
    for weights in weights {
        for q in 0..QUERIES {
            let weight = exps(Lanes::of(&weights[q]).minus(highest[q]).times(scale));
            weight.put(&mut weights[q]);
            sums[q] = sums[q].plus(weight);
        }
    }
    let mut by = [0.0; QUERIES];
    for q in 0..QUERIES {
        by[q] = 1.0 / sums[q].sum();
    }
    by
}

/// `e` to the power of `x`, as above.
#[target_feature(enable = "avx2,fma")]
pub fn exp(x: f32) -> f32 {
    exps(Lanes::all(x)).numbers()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)]
    fn the_exponential_is_near_the_true_one_everywhere() {
        if !super::super::processor_fits() {
            return;
        }
        for n in -86_000..=87_000 {
            let x = n as f32 / 1000.0;
            let true_one = f64::from(x).exp();
            // SAFETY: the processor has the instructions.
            let ours = f64::from(unsafe { exp(x) });
            let off = (ours - true_one).abs() / true_one;
            assert!(off <= 2.2e-7 + 1e-7 * f64::from(x).abs(), "{x}: {ours:e} instead of {true_one:e}");
        }
        // SAFETY: as above.
        assert!(unsafe { exp(f32::NEG_INFINITY) < 1e-37 && exp(-1e9) < 1e-37 && exp(1e9) > 5e37 });
    }

    #[test]
    #[allow(unsafe_code)]
    fn the_activation_is_near_the_true_one_everywhere() {
        if !super::super::processor_fits() {
            return;
        }
        for n in -4000..=4000 {
            let x = f64::from(n) / 100.0;
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
            let true_one = 0.5 * x * (1.0 + u.tanh());
            // SAFETY: the processor has the instructions.
            let ours = f64::from(unsafe { gelu(Lanes::all(x as f32)).numbers()[0] });
            assert!((ours - true_one).abs() <= 1e-6 * x.abs().max(1.0), "{x}: {ours} instead of {true_one}");
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
        unsafe { normalise(row.first_chunk_mut().unwrap(), &[2.0; WIDTH], &[3.0; WIDTH]) };
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / WIDTH as f64;
        let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / WIDTH as f64;
        assert!((mean - 3.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }
}
