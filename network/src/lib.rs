//! The transformer of dealtone's own models, computed without ONNX Runtime: rows of token numbers in, a number for each label out.
//!
//! A crate of its own so that it is compiled with optimisation in every build: without it tests that score take many times as long.
//! It knows nothing of dealtone: `score/own.rs` puts it behind the seam that ONNX Runtime stands behind too.

// What the arithmetic is written for; elsewhere every file is refused, and ONNX Runtime computes.
#[cfg_attr(not(all(target_arch = "x86_64", target_pointer_width = "64")), path = "absent.rs")]
mod network;
pub mod protobuf;

pub use network::{LargeProduct, Network, Session, kernel};

/// The version of the arithmetic: the same version gives the same numbers, on any processor.
pub const VERSION: u32 = 3;
