//! What the pace of the network is held against: a large product of bytes alone, by the same kernel.

use super::{
    lanes::{Lanes, Scale},
    product::{Weights, product},
};

/// Rows, inputs and outputs of the product; its weights stay in the L2 cache.
const SIZE: usize = 512;

/// A large product of bytes with int8 weights.
pub struct LargeProduct {
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
        let values: Vec<i8> = (0..SIZE * SIZE).map(|n| (n * 7 % 31) as i8 - 15).collect();
        let weights = Weights::new(&values, &[1.0; SIZE], &[0.0; SIZE], SIZE, Scale { scale: 1.0, zero: 0 })?;
        Ok(LargeProduct { weights, rows: (0..SIZE * SIZE).map(|n| (n * 11 % 251) as u8).collect() })
    }

    /// Computes it; the sum of some of its numbers, so that nothing is left out.
    #[allow(unsafe_code)]
    pub fn run(&self) -> f32 {
        // SAFETY: `new` gives one only where the processor has AVX2 and FMA.
        unsafe { self.sum() }
    }

    #[target_feature(enable = "avx2,fma")]
    fn sum(&self) -> f32 {
        let mut sum = Lanes::all(0.0);
        product(&self.rows, &self.weights, |_, [low, high]| sum = sum.plus(low).plus(high));
        sum.sum()
    }
}
