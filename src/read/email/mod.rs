//! The words of a mail, whatever file they came in: which are new, which are quoted, forwarded, signature or notice. [`body`]
//! is the way in; each other file knows one kind of line that is not somebody's new words.
//!
//! The file that a mail comes in is [`super::eml`]'s, [`super::msg`]'s, [`super::crm`]'s.

mod answers;
mod apart;
mod author;
mod banner;
pub(super) mod body;
pub(super) mod calendar;
mod contact;
pub(super) mod divider;
pub(super) mod footer;
pub(super) mod head;
pub(super) mod head_fields;
mod notice;
mod notice_words;
pub(super) mod passed_on;
mod program;
pub(super) mod quote;
mod sign_off;
pub(super) mod signature;
mod within;
