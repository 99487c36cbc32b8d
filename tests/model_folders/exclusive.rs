//! Labels that exclude each other, and what tones leave to neutral.

use dealtone::{Intent, evaluate::Known, utterance::Tone};
use serde_json::json;

use super::{folder, load, runtime_is_here, score};

#[test]
fn tones_and_intents_exclude_each_other_where_the_config_says_so() {
    if !runtime_is_here() {
        return;
    }
    // The numbers of "good": 6, 1, 3, 2.
    let row = |n: f32| [n, 0.0, 0.0, 0.0];
    let rows = [row(6.0), row(1.0), row(3.0), row(2.0)];
    let labels = ["negative", "positive", "stall", "competitor"];
    let single = json!({"problem_type": "single_label_classification"});
    let temp = tempfile::tempdir().unwrap();
    folder(temp.path(), &labels, &rows, single.clone(), |_| {});
    let engine = load(temp.path()).unwrap();
    let good = score(&engine, "good");
    // e⁶ : e¹ : e³ : e² by their sum; what the tones leave is neutral.
    assert_eq!((good.sentiment.negative.0, good.sentiment.positive.0), (930_370, 6_269));
    assert_eq!(good.sentiment.neutral.0, 63_361);
    assert!(good.intents.0.is_empty(), "neither is as likely as not: {:?}", good.intents);
    assert_eq!(Known::from(&*engine.card).sentiment, [Tone::Negative, Tone::Neutral, Tone::Positive].into());

    // Where neutral has an output, the tones share what the intents leave.
    let temp = tempfile::tempdir().unwrap();
    let labels = ["negative", "neutral", "stall", "positive"];
    folder(temp.path(), &labels, &[row(1.0), row(1.0), row(6.0), row(1.0)], single, |_| {});
    let good = score(&load(temp.path()).unwrap(), "good");
    assert_eq!((good.sentiment.negative.0, good.sentiment.neutral.0), (333_333, 333_333));
    assert!(good.intents.has(Intent::Stall));

    // Where it says nothing, intents stand for themselves.
    let temp = tempfile::tempdir().unwrap();
    folder(temp.path(), &["negative", "positive", "stall", "competitor"], &rows, json!({}), |_| {});
    let good = score(&load(temp.path()).unwrap(), "good");
    assert!(good.intents.has(Intent::Stall) && good.intents.has(Intent::Competitor));
    assert_eq!(good.sentiment.neutral.0, 0);
}

#[test]
fn neutral_is_known_where_the_tones_leave_it_something() {
    if !runtime_is_here() {
        return;
    }
    let multi = json!({"problem_type": "multi_label_classification"});
    let cases: [(&[&str], _, &[Tone], bool); 5] = [
        (&["POSITIVE"], json!({}), &[Tone::Neutral, Tone::Positive], true),
        (&["NEGATIVE", "POSITIVE"], multi, &[Tone::Negative, Tone::Neutral, Tone::Positive], true),
        (&["NEGATIVE", "POSITIVE"], json!({}), &[Tone::Negative, Tone::Positive], false),
        (&["negative", "neutral"], json!({}), &[Tone::Negative, Tone::Neutral], false),
        (&["stall", "champion"], json!({}), &[], false),
    ];
    for (labels, config, expected, rest) in cases {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), labels, &vec![[0.0; 4]; labels.len()], config, |_| {});
        let card = load(temp.path()).unwrap().card.clone();
        assert_eq!(Known::from(&*card).sentiment, expected.iter().copied().collect(), "{labels:?}");
        assert_eq!(card.rest_is_neutral(), rest, "{labels:?}");
    }
}
