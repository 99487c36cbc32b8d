//! How much of the processor's pace of products the whole network reaches: `cargo bench -p dealtone-network --bench roof
//! [-- MODEL]`, which is `models/default/model.onnx` or a path that is absolute or starts from `network/`.
//!
//! Both run in turns on one thread, and the least of all rounds counts, for another program on the core only ever adds time.
//! What the network takes beside its products (attention, activation, sums, exits) lowers its pace; what it multiplies counts
//! as it is, without the layers that a row leaves out and without what is left out because it changes nothing; with that it is
//! told, too, for it is what the graph asks for.

use std::time::{Duration, Instant};

use dealtone_network::{LargeProduct, Network, Session, kernel};

const ROUNDS: usize = 200;
const ROWS: usize = 12;
const TOKENS: i64 = 42;

fn main() -> Result<(), String> {
    let model = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let model = model.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../models/default/model.onnx").into());
    let bytes = std::fs::read(&model).map_err(|e| format!("{model}: {e}"))?;
    let (product, network) = (LargeProduct::new()?, Network::read(&bytes)?);
    let separator = network.separator();
    let mut session = Session::new(network.into());
    // Words without sense, behind as many of what was said before as in talk.
    let mut words = (0..).map(|n: i64| 2_000 + n * 7_919 % 8_000);
    let rows: Vec<Vec<i64>> = (0..ROWS)
        .map(|_| {
            let word = |at| match at {
                at if at == TOKENS * 3 / 7 || at == TOKENS - 1 => separator,
                _ => words.next().unwrap_or_default(),
            };
            (0..TOKENS).map(word).collect()
        })
        .collect();
    let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
    session.logits(&rows)?;
    let (all, left_out) = (session.multiplications(), session.left_out());
    let (mut least, mut least_product) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        std::hint::black_box(session.logits(&rows)?);
        least = least.min(began.elapsed());
        let began = Instant::now();
        std::hint::black_box(product.run());
        least_product = least_product.min(began.elapsed());
    }
    let pace = |work: u64, took: Duration| work as f64 / took.as_secs_f64() / 1e9;
    let (network, roof) = (pace(all - left_out, least), pace(LargeProduct::MULTIPLICATIONS, least_product));
    println!("kernel: {}", kernel().unwrap_or("none"));
    println!("one thread, {ROWS} rows of {TOKENS} tokens: {:.1} ms", least.as_secs_f64() * 1e3);
    println!(
        "{network:.0} of {roof:.0} billion multiplications a second: {:.0} % of the pace of a large product",
        100.0 * network / roof
    );
    if left_out > 0 {
        println!(
            "and {:.0} % of its products left out, for they change nothing: with them {:.0} billion a second",
            100.0 * left_out as f64 / all as f64,
            pace(all, least)
        );
    }
    Ok(())
}
