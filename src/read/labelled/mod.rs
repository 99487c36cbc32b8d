//! Plain text in which each turn is labelled with who speaks: [`text`] reads it, the other files know what one line or several
//! tell.

mod around;
mod dates;
pub(super) mod digits;
mod form;
mod irc;
mod item;
mod layout;
mod line;
pub(super) mod markdown;
mod me_and_them;
mod message;
mod naming;
mod notes;
mod pages;
pub(super) mod remark;
mod seconds;
mod signal;
mod spelled;
mod talk;
pub(super) mod text;

pub(super) use line::GOES_ON;
