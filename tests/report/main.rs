//! What people and programs are given: the output contract, the tables, the page, the terminal; and that words from an
//! export stay words in all of them.

mod anywhere;
mod coached;
mod contract;
mod docs;
mod ended;
mod fixture;
mod hostile;
mod page;
mod shapes;
