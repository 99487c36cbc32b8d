//! dealtone's own arithmetic beside ONNX Runtime on the model files that ship: the same numbers but for rounding, whatever stands
//! beside a row. Skips where the runtime's library is not there (scripts/onnxruntime brings it; scripts/test always does) or the
//! processor has no AVX2.
#![cfg(target_arch = "x86_64")]

use dealtone_network::{Network, Session};
use sha2::{Digest, Sha256};

use dealtone::{
    Side,
    engine::{EngineOptions, EngineParts},
    score::{Infer, Row, RuntimeChoice, Text, onnx::Device, runtime_library},
};

const MODELS: [&str; 2] = ["models/default", "models/small"];

fn parts(model: &str, runtime: RuntimeChoice) -> EngineParts {
    let options = EngineOptions { model: Some(model.into()), runtime, threads: Some(1), ..EngineOptions::default() };
    EngineParts::load(&options).unwrap_or_else(|e| panic!("{model}: {e}"))
}

fn can_run() -> bool {
    std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma")
}

fn can_compare() -> bool {
    let library = runtime_library::find(None);
    assert!(library.is_ok() || std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{library:?}");
    library.is_ok() && can_run()
}

/// The lines that benches run on, every other one with the line before it.
fn rows(parts: &EngineParts, count: usize) -> Vec<Row> {
    let lines: Vec<&str> = include_str!("../src/bench/lines.txt").lines().filter(|l| !l.is_empty()).collect();
    let text = |n: usize| Text {
        side: [Side::Buyer, Side::Seller, Side::Unknown][n % 3],
        context: if n.is_multiple_of(2) { String::new() } else { lines[n - 1].into() },
        text: lines[n].into(),
    };
    (0..count.min(lines.len())).flat_map(|n| parts.encoder.encode(&text(n)).unwrap().0).collect()
}

/// Probabilities of three tones and seventeen intents.
fn probabilities(logits: &[f32]) -> Vec<f64> {
    let exps: Vec<f64> = logits.iter().map(|x| f64::from(*x).exp()).collect();
    let tones: f64 = exps[..3].iter().sum();
    exps.iter().enumerate().map(|(n, e)| if n < 3 { e / tones } else { e / (1.0 + e) }).collect()
}

#[test]
fn it_gives_what_onnx_runtime_gives_but_for_rounding() {
    if !can_compare() {
        return;
    }
    for model in MODELS {
        let mut own = parts(model, RuntimeChoice::Own);
        let mut theirs = parts(model, RuntimeChoice::OnnxRuntime);
        let rows = rows(&own, 240);
        let (mut sum, mut far, mut other_tone) = (0.0, 0, 0);
        for batch in rows.chunks(12) {
            let batch: Vec<&Row> = batch.iter().collect();
            let (a, b) = (own.sessions[0].infer(&batch).unwrap(), theirs.sessions[0].infer(&batch).unwrap());
            for (a, b) in a.iter().zip(&b) {
                let (a, b) = (probabilities(a), probabilities(b));
                let apart: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
                sum += apart.iter().sum::<f64>() / apart.len() as f64;
                // Rounding moves a few lines over the bar of an early head; then another head answers.
                far += usize::from(apart.iter().any(|d| *d > 0.05));
                let best = |p: &[f64]| (0..3).max_by(|x, y| p[*x].total_cmp(&p[*y]));
                other_tone += usize::from(best(&a) != best(&b));
            }
        }
        let mean = sum / rows.len() as f64;
        assert!(mean < 0.001, "{model}: probabilities are {mean} apart in the mean");
        assert!(far * 33 < rows.len(), "{model}: {far} of {} lines are more than 0.05 apart", rows.len());
        assert!(other_tone * 100 < rows.len(), "{model}: {other_tone} lines have another tone");
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_any_company() {
    if !can_run() {
        return;
    }
    for model in MODELS {
        let mut own = parts(model, RuntimeChoice::Own);
        let rows = rows(&own, 40);
        let session = &mut own.sessions[0];
        let alone: Vec<Vec<u32>> = rows.iter().map(|row| bits(&mut **session, &[row]).remove(0)).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for size in [2, 3, 5, 16, 40] {
            order.rotate_left(size);
            order.swap(0, size - 1);
            for batch in order.chunks(size) {
                let together = bits(&mut **session, &batch.iter().map(|n| &rows[*n]).collect::<Vec<_>>());
                for (n, bits) in batch.iter().zip(together) {
                    assert_eq!(bits, alone[*n], "{model}: row {n} among {size}");
                }
            }
        }
    }
}

/// What the numbers are does not matter; that they are those of the machine on which this was written down does.
#[test]
fn every_processor_gives_the_same_bits() {
    if !can_run() {
        return;
    }
    eprintln!("computed with {:?}", dealtone_network::kernel());
    let mut own = parts("models/small", RuntimeChoice::Own);
    let rows = rows(&own, 40);
    let mut hash = Sha256::new();
    for bits in rows.iter().flat_map(|row| bits(&mut *own.sessions[0], &[row])).flatten() {
        hash.update(bits.to_le_bytes());
    }
    assert_eq!(
        format!("{:x}", hash.finalize()),
        "ca9ade027325ddb6cd3927b1a4f9d554b5d499308f30a7ca6c057a2476697fb4",
        "a new models/small or VERSION changes this; a processor must not"
    );
}

fn bits(session: &mut dyn Infer, rows: &[&Row]) -> Vec<Vec<u32>> {
    session.infer(rows).unwrap().into_iter().map(|logits| logits.into_iter().map(f32::to_bits).collect()).collect()
}

#[test]
fn rows_that_no_model_takes_are_refused_and_do_not_disturb_what_comes_after() {
    if !can_run() {
        return;
    }
    let mut own = parts(MODELS[0], RuntimeChoice::Own);
    let good = rows(&own, 1).remove(0);
    let session = &mut own.sessions[0];
    let before = bits(&mut **session, &[&good]);
    let row = |ids: Vec<i64>| Row { segments: vec![0; ids.len()], ids };
    for (bad, why) in [
        (row(vec![]), "0 tokens"),
        (row(vec![101; 513]), "513 tokens"),
        (row(vec![101, -1, 102]), "token -1"),
        (row(vec![101, 1 << 40, 102]), "token 1099511627776"),
        (row(vec![101, 30522, 102]), "token 30522; it knows 0 to 30521"),
        (row(vec![7]), "does not end in the separator"),
        (row(vec![101, 7, 102, 7]), "does not end in the separator"),
    ] {
        let refused = session.infer(&[&good, &bad]).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    // Separators where the tokenizer puts none.
    for odd in [vec![102], vec![102, 102], vec![101, 102, 102, 102]] {
        let logits = session.infer(&[&row(odd.clone())]).unwrap();
        assert!(logits[0].iter().all(|x| x.is_finite()), "{odd:?}");
    }
    assert!(session.infer(&[]).unwrap().is_empty());
    assert_eq!(bits(&mut **session, &[&good]), before);
}

#[test]
fn a_file_that_is_cut_or_changed_is_refused_with_a_reason() {
    if !can_run() {
        return;
    }
    let model = std::fs::read("models/small/model.onnx").unwrap();
    for cut in (0..model.len()).step_by(model.len() / 12) {
        assert!(
            Network::read(&model[..cut]).is_err_and(|e| e.contains("its metadata has no dealtone.")),
            "{cut} bytes"
        );
    }
    let with = |find: &[u8], put: &[u8]| {
        let mut changed = model.clone();
        let places: Vec<usize> = (0..=model.len() - find.len()).filter(|at| model[*at..].starts_with(find)).collect();
        assert!(!places.is_empty());
        for at in places {
            changed[at..at + put.len()].copy_from_slice(put);
        }
        Network::read(&changed).err().unwrap_or_default()
    };
    for (find, put, why) in [
        (&b"dealtone.network"[..], &b"dealtone.natwork"[..], "has no dealtone.network"),
        (b"dealtone.network\x12\x011", b"dealtone.network\x12\x012", "the version \"2\""),
        (b"FastGelu", b"FastGulu", "the nodes of its graph are not those"),
        (b"dealtone.layers\x12\x013", b"dealtone.layers\x12\x012", "more than the 2 layers"),
        (b"dealtone.layers\x12\x013", b"dealtone.layers\x12\x014", "no tensor layers.3."),
        (b"dealtone.context_layers\x12\x011", b"dealtone.context_layers\x12\x01x", "is no number"),
    ] {
        assert!(with(find, put).contains(why), "{why}: {:?}", with(find, put));
    }
}

#[test]
fn what_it_cannot_compute_is_refused_with_the_cause_where_it_was_asked_for() {
    let options = |model: &std::path::Path, device| EngineOptions {
        model: Some(model.to_owned()),
        runtime: RuntimeChoice::Own,
        device,
        threads: Some(1),
        ..EngineOptions::default()
    };
    let refusal = |options| EngineParts::load(&options).err().expect("a refusal").to_string();
    let small = std::path::Path::new("models/small");
    let asked = refusal(options(small, Device::Cuda(0)));
    assert!(asked.contains("cuda:0 was asked for"), "{asked}");
    if !can_run() {
        return;
    }
    let config = std::fs::read_to_string(small.join("config.json")).expect("the config");
    let hash = config.lines().find(|line| line.contains("\"model_sha256\"")).expect("its hash");
    let one_more = config.replacen("\"id2label\": {", "\"id2label\": { \"20\": \"other\",", 1);
    for (config, cause) in [
        (config.replace(hash, ""), "states no dealtone.model_sha256, so it was not made for dealtone"),
        (one_more, "it has 20 outputs, and config.json names 21 labels"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["model.onnx", "tokenizer.json"] {
            std::fs::copy(small.join(file), folder.path().join(file)).expect("a copy");
        }
        std::fs::write(folder.path().join("config.json"), config).expect("its config");
        let refused = refusal(options(folder.path(), Device::Cpu));
        assert!(refused.contains(cause), "{refused}");
    }
}

#[test]
fn what_it_multiplies_is_what_the_layers_of_a_row_take() {
    if !can_run() {
        return;
    }
    let file = std::fs::read("models/default/model.onnx").expect("the default model");
    let network = Network::read(&file).expect("a network of our own");
    let separator = network.separator();
    let mut session = Session::new(network.into());
    // Each token of a layer: four products of 384 by 384 and two of 384 by 1,536. What was said before goes through two layers
    // whole, and above them through the keys and values alone.
    let (whole, read) = (4 * 384 * 384 + 2 * 384 * 1536, 2 * 384 * 384);
    let of_depth = |tokens: u64, before: u64, layers: u64| {
        let lower = layers.min(2) * tokens * whole;
        lower + (layers - layers.min(2)) * ((tokens - before) * whole + before * read)
    };
    for (row, before) in
        [(vec![101, 2009, 2003, separator], 0), (vec![101, 2748, separator, 2009, 2003, 2025, separator], 3)]
    {
        let so_far = session.multiplications();
        session.logits(&[&row]).expect("logits");
        let took = session.multiplications() - so_far;
        assert!((1..=6).any(|layers| took == of_depth(row.len() as u64, before, layers)), "{took} of {row:?}");
    }
}
