//! What a transformer computes between its products, in 32-bit floats.
//!
//! Every function works on rows of fixed meaning and adds in a fixed order, so a row's numbers depend on the row alone.
//! All are to be inlined, so that they are compiled for the processor that they are called with.

use super::lanes::{EIGHT, Floats, LANES, transposed};
use super::processor::Processor;
use super::{HEAD, HEADS, WIDTH};

/// Adding it rounds to a whole number, which then stands in the low bits.
const WHOLE: f32 = 12_582_912.0;

/// `e` to the power of `x`, within 2.2e-7 and another 1e-7 for each unit of `x`;
/// below -86 what it is there (5e-38), above 87 what it is there.
#[inline(always)]
fn exps<P: Processor>(p: P, x: P::Floats) -> P::Floats {
    power_of_two(p, x.at_least(p.all(-86.0)).at_most(p.all(87.0)).times(p.all(std::f32::consts::LOG2_E)))
}

/// 2 to the power of `t`, which lies between -126 and 127, within 2.2e-7 of it.
#[inline(always)]
fn power_of_two<P: Processor>(p: P, t: P::Floats) -> P::Floats {
    // Of the polynomials of this degree near the least greatest relative error over what rounding leaves, half a unit to each side.
    const TERMS: [f32; 6] = [1.327_647_1e-3, 9.675_542e-3, 5.550_713e-2, 0.240_221_2, 0.693_146_94, 1.000_000_1];
    let shifted = t.plus(p.all(WHOLE));
    let rest = t.minus(shifted.minus(p.all(WHOLE)));
    let mut sum = p.all(TERMS[0]);
    for term in &TERMS[1..] {
        sum = sum.times_plus(rest, p.all(*term));
    }
    sum.doubled(shifted)
}

/// The activation of the network: GELU by its tanh form (`FastGelu` of ONNX Runtime).
#[inline(always)]
pub fn gelu<P: Processor>(p: P, x: P::Floats) -> P::Floats {
    x.times(gate(p, x))
}

/// What the activation multiplies `x` by, between 0 and 1: `(1 + tanh u) / 2`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`.
#[inline(always)]
pub fn gate<P: Processor>(p: P, x: P::Floats) -> P::Floats {
    // It is 1 / (1 + 2^t) with t = -2 u log2(e); beyond its ends it is 0 or 1 to the last bit that counts. A polynomial within
    // 1e-4 in its place made the network 3 % faster and moved a byte in a thousand, which moved probabilities by 0.003.
    const END: f32 = 6.0;
    let x = x.at_least(p.all(-END)).at_most(p.all(END));
    let t = x.times(x.times(x).times_plus(p.all(-0.102_943_24), p.all(-2.302_208_2)));
    p.all(1.0).over(power_of_two(p, t).plus(p.all(1.0)))
}

/// Partial sums of a row: as many as it takes for none to wait for the one before.
const SUMS: usize = 4;

/// Normalises a row to mean 0 and variance 1, then scales and shifts it (`LayerNormalization`).
#[inline(always)]
pub fn normalise<P: Processor>(p: P, row: &mut [f32; WIDTH], scale: &[f32; WIDTH], shift: &[f32; WIDTH]) {
    const COUNT: f32 = WIDTH as f32;
    let mut sums = [p.all(0.0); SUMS];
    for part in row.as_chunks::<LANES>().0.as_chunks::<SUMS>().0 {
        for n in 0..SUMS {
            sums[n] = sums[n].plus(p.of(&part[n]));
        }
    }
    let mean = p.all(total(sums) / COUNT);
    let mut sums = [p.all(0.0); SUMS];
    for part in row.as_chunks_mut::<LANES>().0.as_chunks_mut::<SUMS>().0 {
        for n in 0..SUMS {
            let x = p.of(&part[n]).minus(mean);
            x.put(&mut part[n]);
            sums[n] = x.times_plus(x, sums[n]);
        }
    }
    let by = p.all(1.0 / (total(sums) / COUNT + 1e-12).sqrt());
    let (scale, shift) = (scale.as_chunks().0, shift.as_chunks().0);
    for ((x, scale), shift) in row.as_chunks_mut().0.iter_mut().zip(scale).zip(shift) {
        p.of(x).times(by).times_plus(p.of(scale), p.of(shift)).put(x);
    }
}

#[inline(always)]
fn total<F: Floats>([a, b, c, d]: [F; SUMS]) -> f32 {
    a.plus(b).plus(c.plus(d)).sum()
}

/// The product of two rows of the same length, which is a multiple of sixteen.
#[inline(always)]
pub fn dot<P: Processor>(p: P, a: &[f32], b: &[f32]) -> f32 {
    let mut sum = p.all(0.0);
    for (a, b) in a.as_chunks().0.iter().zip(b.as_chunks().0) {
        sum = p.of(a).times_plus(p.of(b), sum);
    }
    sum.sum()
}

/// What the attention of one sequence needs on its way, kept from call to call.
#[derive(Default)]
pub struct Workspace {
    /// The keys of one head, sixteen beside each other: `[keys / 16][HEAD]`, padded with zeros.
    keys: Vec<[[f32; LANES]; HEAD]>,
    /// What some queries make of each key, sixteen keys beside each other.
    weights: Vec<[[f32; LANES]; QUERIES]>,
}

/// Queries whose scores are computed together.
const QUERIES: usize = 4;

/// Multi-head attention of the queries over the keys and values of one sequence, all as rows of [`WIDTH`] with their biases;
/// what a query reads takes its place.
///
/// Scores are computed for `BLOCKS` of sixteen keys together, so that with the queries there are enough sums for none to wait
/// for the one before; values are summed for `SUMMED` queries together. Neither changes a number.
#[inline(always)]
pub fn attend<P: Processor, const BLOCKS: usize, const SUMMED: usize>(
    p: P,
    queries: &mut [f32],
    keys: &[f32],
    values: &[f32],
    workspace: &mut Workspace,
) {
    let (keys, values) = (keys.as_chunks::<WIDTH>().0, values.as_chunks::<WIDTH>().0);
    let queries = queries.as_chunks_mut::<WIDTH>().0;
    let blocks = keys.len().div_ceil(LANES);
    workspace.keys.resize(blocks, [[0.0; LANES]; HEAD]);
    workspace.weights.resize(blocks, [[0.0; LANES]; QUERIES]);
    let Workspace { keys: turned, weights } = workspace;
    for head in 0..HEADS {
        for (turned, keys) in turned.iter_mut().zip(keys.chunks(LANES)) {
            p.turn(keys, head, turned);
        }
        for asked in queries.chunks_mut(QUERIES) {
            // Where there are fewer, the last stands in for the rest.
            let mut numbers = [&[0.0; HEAD]; QUERIES];
            for (n, numbers) in numbers.iter_mut().enumerate() {
                *numbers = part(&asked[n.min(asked.len() - 1)], head);
            }
            let (some, last) = weights.as_chunks_mut::<BLOCKS>();
            let (some_keys, last_keys) = turned.as_chunks::<BLOCKS>();
            for (weights, keys) in some.iter_mut().zip(some_keys) {
                scores(p, &numbers, keys, weights);
            }
            for (weights, keys) in last.as_chunks_mut::<1>().0.iter_mut().zip(last_keys.as_chunks::<1>().0) {
                scores(p, &numbers, keys, weights);
            }
            let by = softmax(p, weights, keys.len());
            for first in (0..asked.len()).step_by(SUMMED) {
                let sums = read::<P, SUMMED>(p, values, head, weights, first);
                for ((query, sums), by) in asked[first..].iter_mut().zip(sums).zip(&by[first..]) {
                    let to = query[head * HEAD..].first_chunk_mut::<HEAD>().expect("a row has a part for each head");
                    for (to, sum) in to.as_chunks_mut().0.iter_mut().zip(sums) {
                        sum.times(p.all(*by)).put(to);
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

/// Puts the same number of up to sixteen keys beside each other.
#[target_feature(enable = "avx2")]
#[inline]
pub fn turn(keys: &[[f32; WIDTH]], head: usize, turned: &mut [[f32; LANES]; HEAD]) {
    let none = [0.0; HEAD];
    for half in 0..LANES / EIGHT {
        let mut rows = [&none; EIGHT];
        for (row, key) in rows.iter_mut().zip(keys.iter().skip(half * EIGHT)) {
            *row = part(key, head);
        }
        for (n, turned) in turned.as_chunks_mut::<EIGHT>().0.iter_mut().enumerate() {
            let square = rows.map(|row| &row.as_chunks().0[n]);
            transposed(square, turned.each_mut().map(|column| &mut column.as_chunks_mut().0[half]));
        }
    }
}

/// The attention scores of some queries with some blocks of sixteen keys, not yet scaled.
#[inline(always)]
fn scores<P: Processor, const N: usize>(
    p: P,
    queries: &[&[f32; HEAD]; QUERIES],
    keys: &[[[f32; LANES]; HEAD]; N],
    to: &mut [[[f32; LANES]; QUERIES]; N],
) {
    let mut sums = [[p.all(0.0); QUERIES]; N];
    for d in 0..HEAD {
        for n in 0..N {
            let keys = p.of(&keys[n][d]);
            for q in 0..QUERIES {
                sums[n][q] = p.all(queries[q][d]).times_plus(keys, sums[n][q]);
            }
        }
    }
    for n in 0..N {
        for q in 0..QUERIES {
            sums[n][q].put(&mut to[n][q]);
        }
    }
}

/// The values that some queries read, each weighted with what the query makes of its key.
#[inline(always)]
fn read<P: Processor, const SUMMED: usize>(
    p: P,
    values: &[[f32; WIDTH]],
    head: usize,
    weights: &[[[f32; LANES]; QUERIES]],
    first: usize,
) -> [[P::Floats; HEAD / LANES]; SUMMED] {
    let mut sums = [[p.all(0.0); HEAD / LANES]; SUMMED];
    for (values, weights) in values.chunks(LANES).zip(weights) {
        for (n, value) in values.iter().enumerate() {
            let value = part(value, head).as_chunks().0;
            let value = [p.of(&value[0]), p.of(&value[1])];
            for q in 0..SUMMED {
                let by = p.all(weights[first + q][n]);
                for d in 0..HEAD / LANES {
                    sums[q][d] = value[d].times_plus(by, sums[q][d]);
                }
            }
        }
    }
    sums
}

/// Turns the scores of `count` keys into weights in place, and gives by what they are to be multiplied to sum to 1.
#[inline(always)]
fn softmax<P: Processor>(p: P, weights: &mut [[[f32; LANES]; QUERIES]], count: usize) -> [f32; QUERIES] {
    // By the scale of a head: 1 / sqrt(32).
    let scale = p.all(1.0 / (HEAD as f32).sqrt());
    if let Some(last) = weights.last_mut()
        && !count.is_multiple_of(LANES)
    {
        for weights in last {
            weights[count % LANES..].fill(f32::NEG_INFINITY);
        }
    }
    let mut highest = [p.all(f32::NEG_INFINITY); QUERIES];
    for weights in weights.iter() {
        for q in 0..QUERIES {
            highest[q] = highest[q].at_least(p.of(&weights[q]));
        }
    }
    for highest in &mut highest {
        *highest = p.all(highest.highest());
    }
    let mut sums = [p.all(0.0); QUERIES];
    for weights in weights {
        for q in 0..QUERIES {
            let weight = exps(p, p.of(&weights[q]).minus(highest[q]).times(scale));
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
#[inline(always)]
pub fn exp<P: Processor>(p: P, x: f32) -> f32 {
    let mut numbers = [0.0; LANES];
    exps(p, p.all(x)).put(&mut numbers);
    numbers[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::processor::{Kernel, Task};

    /// A function of each number of a row.
    struct Each<'a>(Function, &'a [f32]);

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Gelu,
    }

    impl Task for Each<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<P: Processor>(self, p: P) -> Vec<f32> {
            let mut out = self.1.to_vec();
            for x in out.as_chunks_mut().0 {
                match self.0 {
                    Function::Exp => exps(p, p.of(x)).put(x),
                    Function::Gelu => gelu(p, p.of(x)).put(x),
                }
            }
            out
        }
    }

    /// The numbers that every kernel gives, which are the same to the bit.
    fn on_all<T: Task<Output = Vec<f32>>>(task: impl Fn() -> T) -> Option<Vec<f32>> {
        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let answers: Vec<Vec<f32>> = Kernel::here().map(|kernel| kernel.run(task())).collect();
        for answer in &answers {
            assert!(bits(answer) == bits(&answers[0]), "kernels give different numbers");
        }
        answers.into_iter().next()
    }

    #[test]
    fn the_exponential_is_near_the_true_one_everywhere() {
        let numbers: Vec<f32> = (-86_000..=87_007).map(|n| n as f32 / 1000.0).collect();
        let Some(ours) = on_all(|| Each(Function::Exp, &numbers)) else { return };
        for (x, ours) in numbers.iter().zip(ours).filter(|(x, _)| **x <= 87.0) {
            let (true_one, ours) = (f64::from(*x).exp(), f64::from(ours));
            let off = (ours - true_one).abs() / true_one;
            assert!(off <= 2.2e-7 + 1e-7 * f64::from(*x).abs(), "{x}: {ours:e} instead of {true_one:e}");
        }
        let mut far = [0.0; LANES];
        far[..3].copy_from_slice(&[f32::NEG_INFINITY, -1e9, 1e9]);
        let ours = on_all(|| Each(Function::Exp, &far)).expect("a kernel");
        assert!(ours[0] < 1e-37 && ours[1] < 1e-37 && ours[2] > 5e37);
    }

    #[test]
    fn the_activation_is_near_the_true_one_everywhere() {
        let numbers: Vec<f32> = (-4000..=4015).map(|n| n as f32 / 100.0).collect();
        let Some(ours) = on_all(|| Each(Function::Gelu, &numbers)) else { return };
        for (x, ours) in numbers.iter().map(|x| f64::from(*x)).zip(ours) {
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
            let true_one = 0.5 * x * (1.0 + u.tanh());
            assert!((f64::from(ours) - true_one).abs() <= 1e-6 * x.abs().max(1.0), "{x}: {ours} instead of {true_one}");
        }
    }

    /// Numbers between -2 and 2, the same on every run.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count)
            .map(|n| ((n as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 4_194_304.0 - 2.0)
            .collect()
    }

    /// Attention over sequences one after the other in the same workspace; what each reads.
    struct Attention<'a>(&'a [[Vec<f32>; 3]]);

    impl Task for Attention<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<P: Processor>(self, p: P) -> Vec<f32> {
            let (mut workspace, mut all) = (Workspace::default(), Vec::new());
            for [q, k, v] in self.0 {
                let mut read = q.clone();
                p.attend(&mut read, k, v, &mut workspace);
                all.extend(read);
            }
            all
        }
    }

    #[test]
    fn attention_is_that_of_the_definition_for_any_number_of_keys_and_queries() {
        // Long, then short: what a sequence leaves behind in the workspace is not seen by the next.
        let sizes = [(75, 35), (35, 35), (33, 2), (32, 5), (16, 3), (17, 1), (9, 9), (8, 1), (1, 1), (7, 4)];
        let sequences =
            sizes.map(|(keys, asked)| [numbers(asked * WIDTH, 3), numbers(keys * WIDTH, 1), numbers(keys * WIDTH, 2)]);
        let Some(read) = on_all(|| Attention(&sequences)) else { return };
        let mut read = &read[..];
        for ((keys, asked), [q, k, v]) in sizes.into_iter().zip(&sequences) {
            let (ours, rest) = read.split_at(asked * WIDTH);
            read = rest;
            for head in 0..HEADS {
                for query in 0..asked {
                    let part = |rows: &[f32], n: usize| -> Vec<f64> {
                        rows[n * WIDTH + head * HEAD..][..HEAD].iter().map(|x| f64::from(*x)).collect()
                    };
                    let likeness = |n: usize| {
                        let products = part(q, query).into_iter().zip(part(k, n)).map(|(a, b)| a * b);
                        (products.sum::<f64>() / (HEAD as f64).sqrt()).exp()
                    };
                    let weights: Vec<f64> = (0..keys).map(likeness).collect();
                    let all: f64 = weights.iter().sum();
                    for d in 0..HEAD {
                        let wanted = weights.iter().enumerate().map(|(n, w)| w * part(v, n)[d]).sum::<f64>() / all;
                        let ours = f64::from(ours[query * WIDTH + head * HEAD + d]);
                        assert!(
                            (ours - wanted).abs() < 1e-5,
                            "{keys} keys, head {head}, query {query}: {ours} for {wanted}"
                        );
                    }
                }
            }
        }
    }

    struct Normalised(Vec<f32>);

    impl Task for Normalised {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<P: Processor>(mut self, p: P) -> Vec<f32> {
            let row = self.0.first_chunk_mut().expect("a row");
            normalise(p, row, &[2.0; WIDTH], &[3.0; WIDTH]);
            self.0
        }
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1_before_scale_and_shift() {
        let Some(row) = on_all(|| Normalised(numbers(WIDTH, 5))) else { return };
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / WIDTH as f64;
        let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / WIDTH as f64;
        assert!((mean - 3.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }
}
