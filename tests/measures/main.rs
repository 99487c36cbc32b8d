//! Readings, and what tables show of a conversation and of the people in it, on deals as small as they can be: by theme, a case a
//! claim. How a deal is written stands in `deals.rs`.

mod answers;
mod conduct;
mod deals;
mod mentions;
mod people;
mod progress;
mod questions;
mod quotes;
mod settled;
mod tables;
mod talk;
mod tone;
