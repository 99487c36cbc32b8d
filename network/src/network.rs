//! The network of the models that ship, computed without ONNX Runtime: the same arithmetic as the graph in `model.onnx`, faster.
//!
//! The graph comes from `scripts/train/export.py`, and what it says stands there. Here is how it is run:
//!
//! - rows stand one behind the other without padding;
//! - a product finishes its numbers where it makes them: bias, residual, activation and the bytes of the next product;
//! - what was said before an utterance is read by the upper layers and changed by the lower ones alone;
//! - a row leaves where a head is sure of it, and the rest close up.
//!
//! A row's numbers come from the row alone: integer sums are exact, and floats are added in an order that is set by the row.
//! They are not those of ONNX Runtime to the bit (it rounds elsewhere); `tests/own_arithmetic.rs` holds how far apart they are.

mod exit;
mod file;
mod float;
mod lanes;
mod processor;
mod product;
mod roof;

use std::sync::Arc;

use exit::Exit;
use float::{Workspace, dot, gate, normalise};
use lanes::{Floats, Scale};
pub use processor::kernel;
use processor::{Kernel, Processor, Task};
use product::{Finish, PANEL, Weights};
pub use roof::LargeProduct;

/// Numbers of a token.
const WIDTH: usize = 384;
/// Attention heads, and the numbers of each.
const HEADS: usize = 12;
const HEAD: usize = WIDTH / HEADS;
/// Numbers of a token within a layer.
const INNER: usize = 4 * WIDTH;
/// Tokens that go through all layers together, unless a row is longer, so that what lies between stays near.
const TOGETHER: usize = 256;
/// Tokens that go through the inner products of a layer together, so that what lies between stays in the L2 cache.
const BLOCK: usize = 144;

struct Norm {
    scale: Box<[f32; WIDTH]>,
    shift: Box<[f32; WIDTH]>,
}

struct Layer {
    into: Scale,
    q: Weights,
    k: Weights,
    v: Weights,
    attended: Scale,
    o: Weights,
    norm1: Norm,
    upwards: Scale,
    up: Weights,
    inner: Scale,
    down: Weights,
    norm2: Norm,
}

/// The weights; shared by all threads.
pub struct Network {
    kernel: Kernel,
    words: Vec<i8>,
    word_scales: Vec<f32>,
    positions: Vec<f32>,
    norm: Norm,
    separator: i64,
    layers: Vec<Layer>,
    /// How many layers change what was said before the utterance.
    context_layers: usize,
    /// By the number of layers before it, less one.
    exits: Vec<Option<Exit>>,
    classifier: Vec<f32>,
    classifier_bias: Vec<f32>,
}

impl Network {
    /// Reads the network of an ONNX file that `scripts/train/export.py` wrote.
    ///
    /// # Errors
    /// Where the file is another one, or the processor lacks AVX2; with the reason. ONNX Runtime runs it then.
    pub fn read(model: &[u8]) -> Result<Network, String> {
        let kernel = Kernel::best().ok_or("the processor has no AVX2 and FMA")?;
        file::read(model, kernel)
    }

    /// How many labels it gives numbers for.
    pub fn labels(&self) -> usize {
        self.classifier_bias.len()
    }

    /// The token that every row ends in.
    pub fn separator(&self) -> i64 {
        self.separator
    }
}

/// Where a row stands among the tokens that are run together.
#[derive(Clone, Copy)]
struct Place {
    /// Its number among those that are run together.
    row: usize,
    /// Its first token.
    first: usize,
    /// How many tokens it has.
    tokens: usize,
    /// How many of them stand before the utterance itself: what was said before.
    before: usize,
}

/// The network on one thread, with the room that a run takes.
pub struct Session {
    network: Arc<Network>,
    /// Every token of the rows that are still under way.
    x: Vec<f32>,
    /// Those of them that a layer changes.
    changed: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    bytes: Vec<u8>,
    changed_bytes: Vec<u8>,
    inner: Vec<u8>,
    workspace: Workspace,
    multiplications: u64,
    left_out: u64,
}

/// Some rows, to be answered.
struct Run<'a> {
    session: &'a mut Session,
    rows: &'a [&'a [i64]],
    places: Vec<Place>,
}

impl Task for Run<'_> {
    type Output = Vec<Vec<f32>>;

    #[inline(always)]
    fn run<P: Processor>(self, processor: P) -> Vec<Vec<f32>> {
        self.session.run(processor, self.rows, self.places)
    }
}

impl Session {
    /// A thread's own session.
    pub fn new(network: Arc<Network>) -> Session {
        Session {
            network,
            x: Vec::new(),
            changed: Vec::new(),
            q: Vec::new(),
            k: Vec::new(),
            v: Vec::new(),
            bytes: Vec::new(),
            changed_bytes: Vec::new(),
            inner: Vec::new(),
            workspace: Workspace::default(),
            multiplications: 0,
            left_out: 0,
        }
    }

    /// The numbers of each row of tokens, in order: one for each label. They come of the row alone, to the bit.
    ///
    /// # Errors
    /// Where a row is empty, longer than the network reads, holds a token that it does not know, or does not end in the
    /// separator; with what it is.
    pub fn logits(&mut self, rows: &[&[i64]]) -> Result<Vec<Vec<f32>>, String> {
        let befores = rows.iter().map(|row| self.before(row)).collect::<Result<Vec<_>, _>>()?;
        let (mut answers, mut places, mut tokens) = (Vec::with_capacity(rows.len()), Vec::new(), 0);
        for (n, row) in rows.iter().enumerate() {
            places.push(Place { row: places.len(), first: tokens, tokens: row.len(), before: befores[n] });
            tokens += row.len();
            if rows.get(n + 1).is_none_or(|next| tokens + next.len() > TOGETHER) {
                let together = &rows[answers.len()..=n];
                let kernel = self.network.kernel;
                answers.extend(kernel.run(Run { session: self, rows: together, places: std::mem::take(&mut places) }));
                tokens = 0;
            }
        }
        Ok(answers)
    }

    /// How many products of a byte and a weight the graph has asked for so far, the heads of exits aside: without those left out,
    /// what is held against the pace of [`LargeProduct`].
    pub fn multiplications(&self) -> u64 {
        self.multiplications
    }

    /// How many of them were not taken: the weight is 0, or what comes out is read by none.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many tokens of a row stand before the utterance itself, or what keeps it from being read at all.
    fn before(&self, row: &[i64]) -> Result<usize, String> {
        let (words, positions) = (self.network.word_scales.len(), self.network.positions.len() / WIDTH);
        if row.is_empty() || row.len() > positions {
            return Err(format!("a row of {} tokens; it takes 1 to {positions}", row.len()));
        }
        if let Some(id) = row.iter().find(|id| usize::try_from(**id).map_or(true, |id| id >= words)) {
            return Err(format!("token {id}; it knows 0 to {}", words - 1));
        }
        if row.last() != Some(&self.network.separator) {
            return Err("a row that does not end in the separator: the tokenizer is another model's".into());
        }
        // The utterance is what stands behind the last separator but one: `[CLS] before [SEP] utterance [SEP]`.
        let mut separators = row.iter().enumerate().rev().filter(|(_, id)| **id == self.network.separator);
        Ok(separators.nth(1).map_or(0, |(at, _)| at + 1))
    }

    /// All of it.
    #[inline(always)]
    fn run<P: Processor>(&mut self, p: P, rows: &[&[i64]], mut places: Vec<Place>) -> Vec<Vec<f32>> {
        let network = Arc::clone(&self.network);
        let mut answers = vec![Vec::new(); rows.len()];
        self.read_words(p, rows);
        for (n, layer) in network.layers.iter().enumerate() {
            self.layer(p, layer, &places, n < network.context_layers);
            if let Some(exit) = &network.exits[n] {
                self.leave(p, exit, &mut places, &mut answers);
                if places.is_empty() {
                    return answers;
                }
            }
        }
        for place in &places {
            let mean = self.mean(place);
            answers[place.row] = linear(p, &mean, &network.classifier, &network.classifier_bias);
        }
        answers
    }

    /// What stands for the tokens before the first layer.
    #[inline(always)]
    fn read_words<P: Processor>(&mut self, p: P, rows: &[&[i64]]) {
        let network = &self.network;
        self.x.clear();
        for row in rows {
            for (id, position) in row.iter().zip(network.positions.as_chunks::<WIDTH>().0) {
                let (id, first) = (*id as usize, self.x.len());
                let word = &network.words.as_chunks::<WIDTH>().0[id];
                let scale = network.word_scales[id];
                self.x.extend(word.iter().zip(position).map(|(word, position)| f32::from(*word) * scale + position));
                normalise(
                    p,
                    (&mut self.x[first..]).try_into().expect("a row has the width of the network"),
                    &network.norm.scale,
                    &network.norm.shift,
                );
            }
        }
    }

    /// One layer over all rows that are under way. Where `all` is false, it leaves what was said before as it is.
    #[inline(always)]
    fn layer<P: Processor>(&mut self, p: P, layer: &Layer, places: &[Place], all: bool) {
        let Self { x, changed, q, k, v, bytes, changed_bytes, inner, workspace, multiplications, left_out, .. } = self;
        let part = |place: &Place| {
            let from = place.first + if all { 0 } else { place.before };
            from * WIDTH..(place.first + place.tokens) * WIDTH
        };
        bytes.resize(x.len(), 0);
        layer.into.bytes(p, x, bytes);
        changed_bytes.clear();
        if all {
            std::mem::swap(x, changed);
        } else {
            changed.clear();
            for place in places {
                changed.extend_from_slice(&x[part(place)]);
                changed_bytes.extend_from_slice(&bytes[part(place)]);
            }
        }
        let asking = if all { &*bytes } else { &*changed_bytes };
        let products = (2 * bytes.len() + 2 * asking.len()) * WIDTH + 2 * asking.len() * INNER;
        let taken = |weights: &[&Weights]| weights.iter().map(|weights| weights.taken()).sum::<usize>();
        let taken = bytes.len() / WIDTH * taken(&[&layer.k, &layer.v])
            + asking.len() / WIDTH * taken(&[&layer.q, &layer.o, &layer.up, &layer.down]);
        *multiplications += products as u64;
        *left_out += (products - taken) as u64;
        for (weights, from, to) in [(&layer.q, asking, &mut *q), (&layer.k, bytes, &mut *k), (&layer.v, bytes, &mut *v)]
        {
            to.resize(from.len(), 0.0);
            p.product(from, weights, &mut Put(to));
        }
        // What is read takes the place of what asked.
        let mut first = 0;
        for place in places {
            let all = place.first * WIDTH..(place.first + place.tokens) * WIDTH;
            let queries = first..first + part(place).len();
            first = queries.end;
            p.attend(&mut q[queries], &k[all.clone()], &v[all], workspace);
        }
        changed_bytes.resize(q.len(), 0);
        layer.attended.bytes(p, q, changed_bytes);
        add(p, changed_bytes, &layer.o, &layer.norm1, changed);
        for changed in changed.chunks_mut(BLOCK * WIDTH) {
            let bytes = &mut changed_bytes[..changed.len()];
            layer.upwards.bytes(p, changed, bytes);
            let width = layer.up.outputs();
            inner.resize(changed.len() / WIDTH * width, 0);
            let unit = p.all(1.0 / layer.inner.scale);
            p.product(bytes, &layer.up, &mut Activate { unit, scale: layer.inner, width, to: inner });
            add(p, inner, &layer.down, &layer.norm2, changed);
        }
        if all {
            std::mem::swap(x, changed);
            return;
        }
        let mut first = 0;
        for place in places {
            let to = &mut x[part(place)];
            to.copy_from_slice(&changed[first..first + to.len()]);
            first += to.len();
        }
    }

    /// The tokens of the utterance itself.
    fn utterance(&self, place: &Place) -> &[[f32; WIDTH]] {
        &self.x.as_chunks().0[place.first + place.before..place.first + place.tokens]
    }

    /// Their mean.
    #[inline(always)]
    fn mean(&self, place: &Place) -> [f32; WIDTH] {
        let mut mean = [0.0; WIDTH];
        let tokens = self.utterance(place);
        for token in tokens {
            for (mean, x) in mean.iter_mut().zip(token) {
                *mean += x;
            }
        }
        for mean in &mut mean {
            *mean /= tokens.len() as f32;
        }
        mean
    }
}

/// The numbers at a place of a product, among rows of some width.
#[inline(always)]
fn panel<T>(rows: &mut [T], width: usize, at: product::Place) -> &mut [T; PANEL] {
    rows[at.row * width + at.first..].first_chunk_mut().expect("a panel lies within a row")
}

/// Writes the values of a product.
struct Put<'a>(&'a mut [f32]);

impl<P: Processor> Finish<P> for Put<'_> {
    #[inline(always)]
    fn finish(&mut self, _: P, place: product::Place, values: P::Floats) {
        values.put(panel(self.0, WIDTH, place));
    }
}

/// Writes their activation as bytes.
struct Activate<'a, F> {
    /// One over what a byte is worth.
    unit: F,
    scale: Scale,
    /// How many there are of a row.
    width: usize,
    to: &'a mut [u8],
}

impl<P: Processor> Finish<P> for Activate<'_, P::Floats> {
    #[inline(always)]
    fn finish(&mut self, p: P, place: product::Place, values: P::Floats) {
        let units = values.times(self.unit).times(gate(p, values));
        self.scale.bytes_of_units(p, units, panel(self.to, self.width, place));
    }
}

/// Adds them to what is there.
struct Add<'a>(&'a mut [f32]);

impl<P: Processor> Finish<P> for Add<'_> {
    #[inline(always)]
    fn finish(&mut self, p: P, place: product::Place, values: P::Floats) {
        let x = panel(self.0, WIDTH, place);
        p.of(x).plus(values).put(x);
    }
}

/// Adds a product to `x` and normalises that.
#[inline(always)]
fn add<P: Processor>(p: P, bytes: &[u8], weights: &Weights, norm: &Norm, x: &mut [f32]) {
    p.product(bytes, weights, &mut Add(x));
    for row in x.as_chunks_mut().0 {
        normalise(p, row, &norm.scale, &norm.shift);
    }
}

/// A last layer: a number for each label.
#[inline(always)]
fn linear<P: Processor>(p: P, x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32> {
    let mut out = bias.to_vec();
    for (out, weights) in out.iter_mut().zip(weights.chunks_exact(x.len())) {
        *out += dot(p, x, weights);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_gives_the_same_bits_for_rows_of_any_length() {
        let model = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/small/model.onnx")).expect("a model");
        let mut first: Option<Vec<Vec<u32>>> = None;
        for kernel in Kernel::here() {
            let mut session = Session::new(Arc::new(file::read(&model, kernel).expect("a network of our own")));
            let separator = session.network.separator();
            let mut word = (0..).map(|n: i64| 2_000 + n * 7_919 % 8_000);
            let mut row = |length: i64| -> Vec<i64> {
                let words = (0..length).map(|n| if n == length / 3 { separator } else { word.next().expect("a word") });
                words.chain([separator]).collect()
            };
            let rows: Vec<Vec<i64>> = (1..70).map(&mut row).collect();
            let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
            let answers = session.logits(&rows).expect("logits");
            let bits: Vec<Vec<u32>> = answers.iter().map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
            assert!(first.get_or_insert_with(|| bits.clone()) == &bits, "{kernel:?} gives other bits");
        }
    }
}
