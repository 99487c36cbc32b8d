//! The models that ship, through the real runtimes: what a score may not depend on. Skips where the runtime's library is not
//! there (scripts/onnxruntime brings it; scripts/test always does).

use dealtone::{
    Side,
    engine::{Engine, EngineOptions},
    score::{RuntimeChoice, Text, runtime_library},
};

const MODELS: [&str; 2] = ["models/default", "models/small"];

/// By the runtime that is taken where none is named, and by ONNX Runtime, which may be the same.
const RUNTIMES: [RuntimeChoice; 2] = [RuntimeChoice::Auto, RuntimeChoice::OnnxRuntime];

fn engine(model: &str, runtime: RuntimeChoice, threads: usize) -> Option<Engine> {
    if let Err(why) = runtime_library::find(None) {
        assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
        eprintln!("skipped: {why}");
        return None;
    }
    Some(
        Engine::load(&EngineOptions {
            model: Some(model.into()),
            runtime,
            threads: Some(threads),
            ..EngineOptions::default()
        })
        .unwrap_or_else(|e| panic!("{model}: {e}")),
    )
}

fn texts() -> Vec<Text> {
    let long = "we tried three vendors last year and every one of them promised the integration and then went quiet "
        .repeat(40);
    let lines = [
        (Side::Buyer, "", "Honestly, that's more than we can do this year."),
        (
            Side::Seller,
            "Honestly, that's more than we can do this year.",
            "I hear you, that's frustrating. What would make it work?",
        ),
        (Side::Buyer, "", "Great, send me the contract and we'll sign on Friday."),
        (Side::Unknown, "Does Roger decide?", "No."),
        (Side::Buyer, "", "ok"),
        (Side::Buyer, "", "日本語でも落ちない 👍 — ça va?"),
        (Side::Seller, "", long.as_str()),
    ];
    lines
        .iter()
        .map(|(side, context, text)| Text { side: *side, context: (*context).into(), text: (*text).into() })
        .collect()
}

#[test]
fn a_score_does_not_depend_on_batch_order_or_threads() {
    for (model, runtime) in MODELS.into_iter().flat_map(|model| RUNTIMES.map(|runtime| (model, runtime))) {
        let (Some(one), Some(two)) = (engine(model, runtime, 1), engine(model, runtime, 2)) else { return };
        scores_are_the_words_alone(&format!("{model}, {}", one.provenance.runtime), &one, &two);
    }
}

fn scores_are_the_words_alone(model: &str, one: &Engine, two: &Engine) {
    let texts = texts();
    let alone: Vec<_> = texts.iter().map(|t| one.score_texts(std::slice::from_ref(t)).unwrap().remove(0)).collect();
    assert_eq!(one.score_texts(&texts).unwrap(), alone, "{model}: alone or in a batch");
    assert_eq!(two.score_texts(&texts).unwrap(), alone, "{model}: one or two threads");
    let mut seed = 11_usize;
    for _ in 0..20 {
        // A small linear congruential walk: other batch-mates and other paddings each time.
        let order: Vec<usize> = (0..60)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % texts.len()
            })
            .collect();
        let shuffled: Vec<Text> = order.iter().map(|i| texts[*i].clone()).collect();
        for (i, score) in order.iter().zip(two.score_texts(&shuffled).unwrap()) {
            assert_eq!(score, alone[*i], "{model}: text {i} in a shuffled batch");
        }
    }
}

#[test]
fn probabilities_are_probabilities() {
    for (model, runtime) in MODELS.into_iter().flat_map(|model| RUNTIMES.map(|runtime| (model, runtime))) {
        let Some(engine) = engine(model, runtime, 1) else { return };
        for score in engine.score_texts(&texts()).unwrap() {
            let s = score.sentiment;
            let sum = s.negative.0 + s.neutral.0 + s.positive.0;
            assert!((999_998..=1_000_002).contains(&sum), "{model}: {sum}");
        }
    }
}
