//! dealtone reads exported sales calls and e-mails, scores every utterance for sentiment and intent with an ONNX model
//! on the user's own machine, and turns the scores of each deal into risk flags and coaching prompts, every one with the
//! words it rests on.
//!
//! What flows: `bytes → Conversation → Scored → Deal → Readings → Finding → DealReport`. Three steps do it, the same in
//! the batch command, the service and on many machines: **map** ([`score`]: a conversation to its scores), **merge**
//! ([`Deal::absorb`]), **finish** ([`deal_report::finish`]: a deal to its report).
//!
//! The modules stand in rings; a module may use those of its own ring's inside and never one further out. The table
//! and its test are in `tests/architecture.rs`, the reasons in `ARCHITECTURE.md`.

// Ring 0: the words of the trade.
pub mod calendar;
pub mod conversation;
pub mod keys;
pub mod names;
pub mod recording;
pub mod utterance;

// Ring 1: the domain. Pure, total: no I/O, no clock, no threads.
pub mod attention;
pub mod deal;
pub mod deal_report;
pub mod floor;
pub mod health;
pub mod judgement;
pub mod measure;
pub mod rules;
pub mod team;

// Ring 2: the edges. Each knows the domain and one outside thing; none knows another edge.
pub mod read;
pub mod report;
pub mod score;
pub mod store;
pub mod voice;

// Ring 3: the product.
pub mod bench;
pub mod cores;
pub mod engine;
pub mod evaluate;
pub mod listening;
pub mod parts;
pub mod pipeline;
pub mod pool;
pub mod queue;
pub mod reading;
pub mod resume;

// Ring 4: the front ends.
pub mod cli;
pub mod config;
pub mod serve;

pub use conversation::{Channel, Conversation, ConversationId, DealId, Participant, Side, Source, Timestamp, Turn};
pub use deal::{CrmRecord, Deal};
pub use utterance::{Intent, Intents, Provenance, Scored, Sentiment, Utterance};
