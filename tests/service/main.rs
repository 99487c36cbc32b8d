//! The service from outside: what a client, an operator and an attacker see.

mod api;
mod client;
mod deals;
mod doors;
mod fake;
mod life;
mod limits;
mod process;
