//! In the place of the network on processors that it is not written for: no file has one.

use std::{convert::Infallible, sync::Arc};

/// A network that there is not.
pub struct Network(Infallible);

/// Of no network.
pub fn kernel() -> Option<&'static str> {
    None
}

impl Network {
    /// Refuses every file.
    ///
    /// # Errors
    /// Always.
    pub fn read(_: &[u8]) -> Result<Network, String> {
        Err("the processor is no x86-64".into())
    }

    /// Of no network.
    pub fn labels(&self) -> usize {
        match self.0 {}
    }

    /// Of no network.
    pub fn separator(&self) -> i64 {
        match self.0 {}
    }
}

/// A session of a network that there is not.
pub struct Session(Arc<Network>);

impl Session {
    /// Of no network.
    pub fn new(network: Arc<Network>) -> Session {
        Session(network)
    }

    /// Of no network.
    pub fn multiplications(&self) -> u64 {
        match self.0.0 {}
    }

    /// Of no network.
    pub fn left_out(&self) -> u64 {
        match self.0.0 {}
    }

    /// Of no network.
    ///
    /// # Errors
    /// Never.
    pub fn logits(&mut self, _: &[&[i64]]) -> Result<Vec<Vec<f32>>, String> {
        match self.0.0 {}
    }
}

/// A large product that there is not.
pub struct LargeProduct(Infallible);

impl LargeProduct {
    /// Of no product.
    pub const MULTIPLICATIONS: u64 = 0;

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn new() -> Result<LargeProduct, String> {
        Err("the processor is no x86-64".into())
    }

    /// Of no product.
    pub fn run(&self) -> f32 {
        match self.0 {}
    }
}
