//! Products of bytes with int8 weights: with AVX2 about four fifths of the network's time.
//!
//! AVX2 has no product of bytes that sums in 32 bits: it adds two products in 16 bits and cuts off what does not fit. The
//! weights that [`Weights::new`] accepts are small enough for eight products to fit, whatever the bytes. So they are added in
//! 16 bits, which is two fifths faster than two at a time, and the sums are exact: a row's numbers depend on the row alone, and
//! a processor with another kernel gives the same.

pub mod avx2;
pub mod sparse;
pub mod vnni;
pub mod windows;

use super::{
    lanes::{Floats, LANES, Scale},
    processor::{Kernel, Processor},
};
use sparse::Sparse;
use windows::Windows;

/// Outputs that are computed together: as many as are finished together.
pub const PANEL: usize = LANES;
/// Bytes of a row that one instruction takes in.
const FOUR: usize = 4;
/// Bytes of a row whose products are added in 16 bits: eight go into each of two sums.
const STEP: usize = 4 * FOUR;
/// The most that the positive weights behind a sum in 16 bits may sum to, and the negative ones: 255 times it still fits.
const MOST: i16 = 128;
/// Rows that all panels go over before the next rows' turn, so that they stay in the nearest caches.
const NEAR: usize = 48;

/// The weights of four inputs for a panel, by output: a line of the cache, and aligned as one, so that no load touches two.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Four([i8; FOUR * PANEL]);

/// The weights of a linear layer, packed by panel.
pub struct Weights {
    /// Numbers of a row that goes in.
    inputs: usize,
    /// Numbers of a row that comes out.
    outputs: usize,
    packed: Packed,
    /// What one unit of each output's sum is worth.
    by: Vec<f32>,
    /// What is added to each output: its bias, less what the byte of 0 has added to its sum.
    shift: Vec<f32>,
}

/// What becomes of weights that are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// They are multiplied like the rest.
    Kept,
    /// They are left out, by [`sparse`].
    ByTiles,
    /// They are left out, by [`windows`].
    ByWindows,
}

/// The numbers themselves.
enum Packed {
    /// All of them: panel by panel, within one by four inputs, which is the order in which they are read.
    All(Vec<Four>),
    /// Those that are not 0.
    Sparse(Sparse),
    /// Panel by panel, those that are not 0 or all of them.
    ByPanel(Vec<Panel>),
}

/// The weights of a panel.
pub enum Panel {
    /// All of them, by four inputs.
    All(Vec<Four>),
    /// Those that are not 0.
    Windows(Windows),
}

impl Weights {
    /// Packs weights that lie as `[inputs, outputs]`, and of which one unit is worth `scales`; they go with bytes that mean `from`.
    /// Only this kernel can be run with them.
    ///
    /// # Errors
    /// Where the sizes do not fit each other or the steps of the product, or eight that are added in 16 bits could outgrow them.
    pub fn new(
        values: &[i8],
        scales: &[f32],
        bias: &[f32],
        inputs: usize,
        from: Scale,
        kernel: Kernel,
    ) -> Result<Weights, String> {
        Weights::packed(values, scales, bias, inputs, from, kernel.zeros())
    }

    fn packed(
        values: &[i8],
        scales: &[f32],
        bias: &[f32],
        inputs: usize,
        from: Scale,
        zeros: Zeros,
    ) -> Result<Weights, String> {
        let outputs = scales.len();
        if values.len() != inputs * outputs
            || bias.len() != outputs
            || !inputs.is_multiple_of(STEP)
            || !outputs.is_multiple_of(PANEL)
        {
            return Err(format!("{} weights for {inputs} inputs and {outputs} outputs", values.len()));
        }
        let mut packed = vec![Four([0; FOUR * PANEL]); values.len() / (FOUR * PANEL)];
        let mut sums = vec![0; outputs];
        let panels = packed.chunks_exact_mut(inputs / FOUR).zip(sums.as_chunks_mut::<PANEL>().0);
        for (panel, (packed, sums)) in panels.enumerate() {
            for (step, packed) in packed.as_chunks_mut::<{ STEP / FOUR }>().0.iter_mut().enumerate() {
                // The two sums of 16 bits of an output: of the first two of each four inputs, and of the last two.
                let (mut up, mut down) = ([[0_i16; PANEL]; 2], [[0_i16; PANEL]; 2]);
                for (four, Four(packed)) in packed.iter_mut().enumerate() {
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
        let fewer = match zeros {
            Zeros::Kept => None,
            Zeros::ByTiles => Sparse::new(values, inputs, outputs).map(Packed::Sparse),
            Zeros::ByWindows => by_panel(values, &packed, inputs, outputs).map(Packed::ByPanel),
        };
        let packed = fewer.unwrap_or(Packed::All(packed));
        let by: Vec<f32> = scales.iter().map(|scale| scale * from.scale).collect();
        let zero = f64::from(from.zero);
        let shift = |n: usize| (f64::from(bias[n]) - zero * f64::from(sums[n]) * f64::from(by[n])) as f32;
        Ok(Weights { inputs, outputs, packed, shift: (0..outputs).map(shift).collect(), by })
    }

    /// Numbers of a row that comes out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Whether weights of 0 are left out.
    pub fn is_sparse(&self) -> bool {
        !matches!(self.packed, Packed::All(_))
    }

    /// How many products a row takes.
    pub fn taken(&self) -> usize {
        match &self.packed {
            Packed::All(_) => self.inputs * self.outputs,
            Packed::Sparse(sparse) => sparse.taken(),
            Packed::ByPanel(panels) => panels.iter().map(Panel::taken).sum(),
        }
    }
}

impl Panel {
    /// How many products a row takes.
    fn taken(&self) -> usize {
        match self {
            Panel::All(all) => all.len() * FOUR * PANEL,
            Panel::Windows(windows) => windows.taken(),
        }
    }
}

/// Weights that lie as `[inputs, outputs]` panel by panel, of which `all` are packed; `None` where no panel is better taken by windows.
fn by_panel(values: &[i8], all: &[Four], inputs: usize, outputs: usize) -> Option<Vec<Panel>> {
    let panels = all.chunks_exact(inputs / FOUR).enumerate();
    let panels: Vec<Panel> = panels
        .map(|(n, all)| {
            Windows::new(values, inputs, outputs, n * PANEL).map_or_else(|| Panel::All(all.to_vec()), Panel::Windows)
        })
        .collect();
    panels.iter().any(|panel| matches!(panel, Panel::Windows(_))).then_some(panels)
}

/// Where some values of a product stand.
#[derive(Clone, Copy)]
pub struct Place {
    /// The number of the row.
    pub row: usize,
    /// The number of the first of the [`PANEL`] outputs.
    pub first: usize,
}

/// What becomes of the values of a product.
pub trait Finish<P: Processor> {
    /// Takes a panel of a row where it is made.
    fn finish(&mut self, processor: P, place: Place, values: P::Floats);
}

/// Sums of a row with a panel.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Sum(pub [i32; PANEL]);

/// Sums of some rows with some panels.
pub type Sums<const ROWS: usize, const PANELS: usize> = [[Sum; PANELS]; ROWS];

/// A linear layer over rows of bytes by a kernel that gives the sums of up to `ROWS` rows with some panels, of which it has all
/// weights.
///
/// # Panics
/// Where the weights were packed for a kernel that leaves zeros out.
#[inline(always)]
pub fn by_groups<P: Processor, const ROWS: usize, const PANELS: usize>(
    processor: P,
    rows: &[u8],
    weights: &Weights,
    kernel: impl Fn(&[u8], [&[Four]; PANELS], &mut Sums<ROWS, PANELS>),
    finish: &mut impl Finish<P>,
) {
    let Packed::All(packed) = &weights.packed else { panic!("weights that were packed for another kernel") };
    let (panels, length) = (weights.outputs / PANEL, weights.inputs / FOUR);
    // Where there are fewer, the last stands in for the rest.
    let some = |first: usize| std::array::from_fn(|n| &packed[(first + n).min(panels - 1) * length..][..length]);
    by_groups_of(processor, rows, weights, some, |rows, some, sums| kernel(rows, *some, sums), finish);
}

/// The same, by a kernel that takes what `some` gives it for some panels from a first one on.
#[inline(always)]
fn by_groups_of<P: Processor, T, const ROWS: usize, const PANELS: usize>(
    processor: P,
    rows: &[u8],
    weights: &Weights,
    some: impl Fn(usize) -> T,
    kernel: impl Fn(&[u8], &T, &mut Sums<ROWS, PANELS>),
    finish: &mut impl Finish<P>,
) {
    let Weights { inputs, outputs, .. } = *weights;
    let panels = outputs / PANEL;
    let mut sums = [[Sum([0; PANEL]); PANELS]; ROWS];
    for (block, rows) in rows.chunks(NEAR * inputs).enumerate() {
        for first in (0..panels).step_by(PANELS) {
            let some = some(first);
            for (group, rows) in rows.chunks(ROWS * inputs).enumerate() {
                kernel(rows, &some, &mut sums);
                for (n, sums) in sums[..rows.len() / inputs].iter().enumerate() {
                    let row = block * NEAR + group * ROWS + n;
                    for (panel, sum) in (first..panels).zip(sums) {
                        let (by, shift) = (&weights.by.as_chunks().0[panel], &weights.shift.as_chunks().0[panel]);
                        let values = processor.of_whole(sum).times_plus(processor.of(by), processor.of(shift));
                        finish.finish(processor, Place { row, first: panel * PANEL }, values);
                    }
                }
            }
        }
    }
}

/// A linear layer by registers of 256 bits, with all weights or with those that are not 0.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
#[allow(unsafe_code)]
pub unsafe fn by_avx2<P: Processor>(processor: P, rows: &[u8], weights: &Weights, finish: &mut impl Finish<P>) {
    match &weights.packed {
        Packed::ByPanel(panels) => {
            let kernel = |rows: &[u8], panel: &&Panel, sums: &mut _| {
                // SAFETY: as asked above.
                unsafe {
                    match panel {
                        Panel::All(all) => avx2::sums(rows, all, sums),
                        Panel::Windows(windows) => windows.sums(rows, sums),
                    }
                }
            };
            by_groups_of(processor, rows, weights, |first| &panels[first], kernel, finish);
        }
        _ => {
            // SAFETY: as asked above.
            let kernel = |rows: &[u8], panels: [&[_]; 1], sums: &mut _| unsafe { avx2::sums(rows, panels[0], sums) };
            by_groups(processor, rows, weights, kernel, finish);
        }
    }
}

/// A linear layer by registers of 512 bits, with all weights or with those that are not 0.
///
/// # Safety
/// The processor has AVX512-VNNI, and VBMI where the weights were packed for a kernel that leaves zeros out.
#[inline(always)]
#[allow(unsafe_code)]
pub unsafe fn by_512<P: Processor>(processor: P, rows: &[u8], weights: &Weights, finish: &mut impl Finish<P>) {
    match &weights.packed {
        Packed::All(_) => {
            // SAFETY: as asked above.
            let kernel = |rows: &[u8], panels: [&[_]; 2], sums: &mut _| unsafe { vnni::sums_512(rows, panels, sums) };
            by_groups(processor, rows, weights, kernel, finish);
        }
        Packed::Sparse(sparse) => {
            // SAFETY: as asked above.
            let kernel = |rows: &[u8], tiles: &_, sums: &mut _| unsafe { sparse::sums(rows, *tiles, sums) };
            by_groups_of(processor, rows, weights, |first| sparse.tiles(first), kernel, finish);
        }
        Packed::ByPanel(_) => panic!("weights that were packed for another kernel"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::processor::{Avx2, Kernel, Task};

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

    /// What a product gives, row by row.
    struct Collected {
        outputs: usize,
        values: Vec<i32>,
    }

    impl<P: Processor> Finish<P> for Collected {
        #[inline(always)]
        fn finish(&mut self, _: P, place: Place, values: P::Floats) {
            let mut numbers = [0.0; PANEL];
            values.put(&mut numbers);
            let to = &mut self.values[place.row * self.outputs + place.first..][..PANEL];
            to.copy_from_slice(&numbers.map(|x| x as i32));
        }
    }

    struct Product<'a>(&'a [u8], &'a Weights);

    impl Task for Product<'_> {
        type Output = Vec<i32>;

        #[inline(always)]
        fn run<P: Processor>(self, processor: P) -> Vec<i32> {
            let Product(rows, weights) = self;
            let values = vec![0; rows.len() / weights.inputs * weights.outputs];
            let mut collected = Collected { outputs: weights.outputs, values };
            processor.product(rows, weights, &mut collected);
            collected.values
        }
    }

    /// The sums by AVX2, as many rows and panels together as the kernels for VNNI take: how they are put in their places is
    /// tested where no processor has those.
    #[allow(unsafe_code)]
    fn in_groups<const ROWS: usize, const PANELS: usize>(avx2: Avx2, rows: &[u8], weights: &Weights) -> Vec<i32> {
        let kernel = |rows: &[u8], panels: [&[Four]; PANELS], sums: &mut Sums<ROWS, PANELS>| {
            for (row, sums) in rows.chunks(weights.inputs).zip(sums) {
                for (panel, sum) in panels.iter().zip(sums) {
                    let mut some = [[Sum([0; PANEL])]; avx2::ROWS];
                    // SAFETY: `avx2` says that the processor has these instructions.
                    unsafe { avx2::sums(row, panel, &mut some) };
                    *sum = some[0][0];
                }
            }
        };
        let values = vec![0; rows.len() / weights.inputs * weights.outputs];
        let mut collected = Collected { outputs: weights.outputs, values };
        by_groups(avx2, rows, weights, kernel, &mut collected);
        collected.values
    }

    fn packed(values: &[i8], inputs: usize, zero: u8, zeros: Zeros) -> Result<Weights, String> {
        let outputs = values.len() / inputs;
        let from = Scale { scale: 1.0, zero };
        Weights::packed(values, &vec![1.0; outputs], &vec![0.0; outputs], inputs, from, zeros)
    }

    /// That the sums of these weights are right by every kernel, for any number of rows that a kernel takes, and beyond.
    fn check(avx2: Avx2, values: &[i8], inputs: usize, seed: &mut u64) {
        let outputs = values.len() / inputs;
        // The last goes beyond a block of rows; a kernel takes up to twelve.
        for count in (0..=13).chain([23, 400]) {
            for zero in [0, 1, 128, 255] {
                let random: Vec<u8> = (0..count * inputs).map(|_| walk(seed)).collect();
                for rows in [random, vec![255; count * inputs], vec![0; count * inputs]] {
                    let plain = plainly(&rows, zero, values, inputs, outputs);
                    let weights = packed(values, inputs, zero, Zeros::Kept).expect("weights that fit");
                    let groups = [in_groups::<6, 1>, in_groups::<8, 2>].map(|sums| sums(avx2, &rows, &weights));
                    assert_eq!(groups, [&plain[..]; 2], "{count} rows of {inputs} to {outputs} in groups");
                    for kernel in Kernel::here() {
                        let weights = packed(values, inputs, zero, kernel.zeros()).expect("weights that fit");
                        let ours = kernel.run(Product(&rows, &weights));
                        assert_eq!(ours, plain, "{kernel:?}: {count} rows of {inputs} to {outputs}, zero {zero}");
                    }
                }
            }
        }
    }

    #[test]
    fn sums_are_exact_whatever_the_bytes_and_the_number_of_rows() {
        let Some(Kernel::Avx2(avx2)) = Kernel::here().next() else { return };
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
            check(avx2, &values, inputs, &mut seed);
        }
    }

    #[test]
    fn sums_are_exact_where_zeros_are_left_out() {
        let Some(Kernel::Avx2(avx2)) = Kernel::here().next() else { return };
        let mut seed = 5;
        for (inputs, outputs) in [(64, 32), (192, 64), (384, 96)] {
            // Of a tile's inputs every output has none, one, all, or a number of its own, in places of its own.
            let mut values = vec![0_i8; inputs * outputs];
            for (window, output) in (0..inputs / 64).flat_map(|window| (0..outputs).map(move |output| (window, output)))
            {
                let most = [0, 1, 4, 5, 31, 32, 33, 64][(window + output / 32 * 3) % 8];
                let count = if output % 5 == 0 { most } else { usize::from(walk(&mut seed)) % (most + 1) };
                let mut places: Vec<usize> = (0..64).collect();
                for n in 0..count {
                    let other = n + usize::from(walk(&mut seed)) % (64 - n);
                    places.swap(n, other);
                    values[(window * 64 + places[n]) * outputs + output] = (walk(&mut seed) % 33) as i8 - 16;
                }
            }
            // Some are as large as they may be, so that few of them can be added in 16 bits.
            for (block, output) in (0..inputs / 16).flat_map(|n| (3..outputs).step_by(7).map(move |output| (n, output)))
            {
                let place = usize::from(walk(&mut seed)) % 16;
                for input in 0..16 {
                    let large = if (block + output) % 3 == 0 { -128 } else { 127 };
                    values[(block * 16 + input) * outputs + output] = if input == place { large } else { 0 };
                }
            }
            let weights = Kernel::here().map(Kernel::zeros).filter(|zeros| *zeros != Zeros::Kept);
            for weights in weights.map(|zeros| packed(&values, inputs, 0, zeros).expect("weights that fit")) {
                let taken = weights.taken();
                assert!(taken < inputs * outputs, "{inputs} to {outputs}: {taken} products");
            }
            check(avx2, &values, inputs, &mut seed);
        }
    }

    #[test]
    fn weights_that_could_outgrow_sixteen_bits_are_refused() {
        let new = |values: &[i8]| packed(values, 16, 0, Zeros::Kept);
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
        let few = Weights::packed(&values[1..], &[1.0; 16], &[0.0; 16], 16, Scale { scale: 1.0, zero: 0 }, Zeros::Kept);
        assert!(few.is_err(), "a weight too few");
    }
}
