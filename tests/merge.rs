//! Merge is a set: any split of a deal's conversations, in any order, with any repeats, gives the same report, byte for byte.

use dealtone::{
    Channel, Conversation, ConversationId, Deal, DealId, Intents, Participant, Provenance, Scored, Sentiment, Side,
    Source, Turn, Utterance,
    deal_report::finish,
    report::jsonl,
    rules::Rules,
    utterance::{INTENTS, Millionths},
};
use proptest::prelude::*;

/// One conversation; `seed` decides what is said, so that equal seeds are equal conversations.
fn scored(number: u8, revision: u64, seed: u32) -> Scored {
    let said: Vec<(Side, u32)> = (0..4)
        .map(|n| seed.wrapping_mul(2_654_435_761).rotate_left(n * 7))
        .map(|r| (if r & 1 == 0 { Side::Buyer } else { Side::Seller }, r))
        .collect();
    let speaker = |side: Side| if side == Side::Buyer { "Ann" } else { "Rob" };
    let turns: Vec<Turn> = said
        .iter()
        .map(|&(side, r)| Turn {
            speaker: speaker(side).into(),
            side,
            text: format!("We said {r} on Friday."),
            ..Turn::default()
        })
        .collect();
    let utterances = said
        .iter()
        .enumerate()
        .map(|(turn, &(_, r))| {
            let negative = Millionths(r % 700_000);
            let positive = Millionths((r >> 8) % 300_000);
            let intent = &INTENTS[(r >> 3) as usize % INTENTS.len()];
            Utterance {
                turn,
                span: 0..turns[turn].text.len(),
                sentiment: Sentiment::new(negative, Millionths(1_000_000 - negative.0 - positive.0), positive, 0.0),
                intents: Intents([(intent.intent, Millionths(900_000))].into()),
            }
        })
        .collect();
    Scored {
        conversation: Conversation {
            id: ConversationId(format!("d/{number}")),
            deal: DealId("d".into()),
            channel: if number.is_multiple_of(2) { Channel::Call } else { Channel::Email },
            // Several share a moment, and one has none.
            started_at: (number != 3).then(|| format!("2026-03-0{}T10:00:00Z", 1 + number / 2).parse().unwrap()),
            local_time: false,
            title: String::new(),
            participants: vec![Participant { name: "Ann".into(), side: Side::Buyer, ..Participant::default() }],
            turns,
            mail: None,
            recording: None,
            source: Source::default(),
            revision,
        },
        utterances,
        provenance: Provenance::default(),
    }
}

/// What travels between machines is lines; the deal's report and utterances are what comes of them.
fn outcome(lines: &[String], rules: &Rules) -> String {
    let mut deal = Deal::new(DealId("d".into()), None);
    for line in lines {
        deal.absorb(serde_json::from_str(line).unwrap()).unwrap();
    }
    jsonl::utterances(&deal) + &jsonl::deal(&finish(&deal, rules, Some("2026-03-20T00:00:00Z".parse().unwrap())))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_split_order_and_repeats_give_the_same_bytes(
        seeds in prop::collection::vec((0u8..8, 0u64..3, any::<u32>()), 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        cut in any::<prop::sample::Index>(),
    ) {
        let rules = Rules::built_in();
        let lines: Vec<String> =
            seeds.iter().map(|&(n, r, s)| serde_json::to_string(&scored(n, r, s)).unwrap()).collect();
        let whole = outcome(&lines, &rules);

        // Repeats first, in any order; then all of it, from behind, cut into two parts that change places.
        let mut other: Vec<String> = order.iter().map(|i| lines[i.index(lines.len())].clone()).collect();
        let mut rest: Vec<String> = lines.iter().rev().cloned().collect();
        rest.rotate_left(cut.index(lines.len()));
        other.extend(rest);
        prop_assert_eq!(whole, outcome(&other, &rules));
    }
}

#[test]
fn results_of_another_making_are_refused_and_what_differs_is_named() {
    let mut deal = Deal::new(DealId("d".into()), None);
    let mut one = scored(0, 0, 1);
    one.provenance.model = "one".into();
    deal.absorb(one).unwrap();
    let mut other = scored(1, 0, 2);
    other.provenance =
        Provenance { model: "another".into(), model_sha256: "5f".into(), runtime: "own-2".into(), ..other.provenance };
    let before = deal.clone();
    let error = deal.absorb(other).unwrap_err().to_string();
    assert_eq!(
        error,
        "deal d: d/1 was scored otherwise than the others: model another (5f) instead of one (), runtime dealtone's own \
         arithmetic 2 instead of ONNX Runtime ; score all of a deal with the same dealtone, model and runtime, then merge"
    );
    assert_eq!(deal, before);
}

#[test]
fn the_same_model_under_another_name_merges_and_the_order_leaves_no_trace() {
    let renamed = |number: u8, name: &str| {
        let mut scored = scored(number, 0, 7);
        scored.provenance.model = name.into();
        scored
    };
    // A model of floats that was given the same words beside others.
    let mut moved = renamed(0, "a");
    moved.utterances[0].sentiment.negative.0 += 1;
    let all = [renamed(0, "b"), renamed(1, "a"), renamed(0, "a"), moved, renamed(1, "b")];
    let lines: Vec<String> = all.iter().map(|s| serde_json::to_string(s).unwrap()).collect();
    let whole = outcome(&lines, &Rules::built_in());
    for turned in 1..lines.len() {
        let mut other = lines.clone();
        other.rotate_left(turned);
        assert_eq!(outcome(&other, &Rules::built_in()), whole);
        other.reverse();
        assert_eq!(outcome(&other, &Rules::built_in()), whole);
    }
}
