//! The service from outside: what a client, an operator and an attacker see.

mod api;
mod asked;
mod batch;
mod bodies;
mod client;
mod deals;
mod doors;
mod fake;
mod kept;
mod life;
mod limits;
mod posted;
mod process;
mod program;
mod words;
