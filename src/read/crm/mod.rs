//! Calls and messages as rows of a CRM's export: [`csv`] reads them, the other files know what one kind of cell says.

mod chat;
pub(super) mod columns;
pub(super) mod csv;
mod mail;
mod message;
pub(super) mod status;
mod told;
mod when;
