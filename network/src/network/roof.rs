//! What the pace of the network is held against: a large product of bytes alone, by the same kernel.

use super::{
    lanes::{Floats, Scale},
    processor::{Kernel, Processor, Task},
    product::{Finish, Place, Weights},
};

/// Rows, inputs and outputs of the product; its weights stay in the L2 cache.
const SIZE: usize = 512;

/// A large product of bytes with int8 weights.
pub struct LargeProduct {
    kernel: Kernel,
    weights: Weights,
    rows: Vec<u8>,
}

impl LargeProduct {
    /// How many multiplications it is.
    pub const MULTIPLICATIONS: u64 = (SIZE * SIZE * SIZE) as u64;

    /// Its numbers; what they are does not change what they take.
    ///
    /// # Errors
    /// Where the processor lacks AVX2.
    pub fn new() -> Result<LargeProduct, String> {
        let kernel = Kernel::best().ok_or("the processor has no AVX2 and FMA")?;
        let values: Vec<i8> = (0..SIZE * SIZE).map(|n| (n * 7 % 31) as i8 - 15).collect();
        let from = Scale { scale: 1.0, zero: 0 };
        let weights = Weights::new(&values, &[1.0; SIZE], &[0.0; SIZE], SIZE, from, kernel)?;
        Ok(LargeProduct { kernel, weights, rows: (0..SIZE * SIZE).map(|n| (n * 11 % 251) as u8).collect() })
    }

    /// Computes it; the sum of some of its numbers, so that nothing is left out.
    pub fn run(&self) -> f32 {
        self.kernel.run(self)
    }
}

impl Task for &LargeProduct {
    type Output = f32;

    #[inline(always)]
    fn run<P: Processor>(self, processor: P) -> f32 {
        let mut total = Total(processor.all(0.0));
        processor.product(&self.rows, &self.weights, &mut total);
        total.0.sum()
    }
}

/// Adds up what a product makes.
struct Total<F>(F);

impl<P: Processor> Finish<P> for Total<P::Floats> {
    #[inline(always)]
    fn finish(&mut self, _: P, _: Place, values: P::Floats) {
        self.0 = self.0.plus(values);
    }
}
