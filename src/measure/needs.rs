//! What several measures need: the same words in each, since a reader is told once what all of them lack.

/// Something that the buyer's side said.
pub(super) const BUYER: &str = "words of the buyer's side";
/// Something that our side said.
pub(super) const OURS: &str = "words of our side";
/// Something that each side said.
pub(super) const BOTH: &str = "words of both sides";
/// Anything that was said.
pub(super) const INTERACTION: &str = "an interaction";
/// Something before, and something after.
pub(super) const TWO_OF_BUYER: &str = "two interactions with words of the buyer's side";
/// A call that was no message.
pub(super) const CALL_OF_BOTH: &str = "a call with words of both sides";
/// A call that may have been one.
pub(super) const CALL_OF_OURS: &str = "a call with words of our side";
