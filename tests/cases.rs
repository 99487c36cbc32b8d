//! Every rule has a folder in `tests/cases` with a deal where it fires and one where it stays quiet, and the reference page
//! is what the tables say.
//!
//! A case is a text: `as-of DAY`, `kind KIND`, then for each interaction `call DAY` or `mail DAY` with its lines,
//! `buyer NAME, TITLE | -, 0 or + | intents or . | words` (or `seller NAME | ...`).

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use dealtone::{
    Channel, Conversation, ConversationId, Deal, DealId, Intents, Participant, Provenance, Scored, Sentiment, Side, Source,
    Timestamp, Turn, Utterance,
    deal::CrmRecord,
    deal_report::{DealReport, finish},
    measure::Evidence,
    rules::{Rules, Severity},
    utterance::Millionths,
};
use proptest::prelude::*;

fn at(day: &str) -> Timestamp {
    format!("{}T12:00:00Z", day.trim()).parse().expect("a case names a day as 2026-06-01")
}

/// The conversations of a case, its day of judgement and the kind of deal.
fn read(text: &str) -> (Vec<Scored>, Timestamp, Option<String>) {
    let (mut found, mut as_of, mut kind): (Vec<Scored>, _, _) = (Vec::new(), None, None);
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let (word, rest) = line.split_once(' ').expect("a line of a case begins with a word");
        match word {
            "as-of" => as_of = Some(at(rest)),
            "kind" => kind = Some(rest.to_owned()),
            "call" | "mail" => {
                let channel = if word == "call" { Channel::Call } else { Channel::Email };
                found.push(empty(found.len(), channel, at(rest)));
            }
            "buyer" | "seller" => {
                let side = if word == "buyer" { Side::Buyer } else { Side::Seller };
                say(found.last_mut().expect("words stand in a call or mail"), side, rest);
            }
            _ => panic!("{word:?} begins no line of a case"),
        }
    }
    (found, as_of.expect("a case has a day of judgement"), kind)
}

fn empty(number: usize, channel: Channel, started_at: Timestamp) -> Scored {
    let conversation = Conversation {
        id: ConversationId(format!("{number:02}")),
        deal: DealId("case".into()),
        channel,
        started_at: Some(started_at),
        title: String::new(),
        participants: vec![],
        turns: vec![],
        mail: None,
        source: Source::default(),
        revision: 0,
    };
    Scored { conversation, utterances: vec![], provenance: Provenance::default() }
}

fn say(scored: &mut Scored, side: Side, line: &str) {
    let [who, tone, intents, words] = line.splitn(4, " | ").collect::<Vec<_>>()[..] else {
        panic!("{line:?} is not `who | tone | intents | words`")
    };
    let (name, title) = who.split_once(", ").map_or((who, None), |(name, title)| (name, Some(title.to_owned())));
    let of = |mark| Millionths(if tone == mark { 1_000_000 } else { 0 });
    let intents = intents.split(',').filter(|i| *i != ".").map(|i| (i.parse().expect(i), Millionths::ONE)).collect();
    let conversation = &mut scored.conversation;
    if conversation.participants.iter().all(|p| p.name != name) {
        let participant = Participant { name: name.into(), title, side, active: true, ..Participant::default() };
        conversation.participants.push(participant);
    }
    // "(400 words)" stands for as many.
    let words = match words.strip_prefix('(').and_then(|w| w.strip_suffix(" words)")) {
        Some(n) => "word ".repeat(n.parse().expect("a number of words")).trim_end().to_owned(),
        None => words.to_owned(),
    };
    scored.utterances.push(Utterance {
        turn: conversation.turns.len(),
        span: 0..words.len(),
        sentiment: Sentiment::new(of("-"), of("0"), of("+"), 0.0),
        intents: Intents(intents),
    });
    conversation.turns.push(Turn { speaker: name.into(), side, text: words, ..Turn::default() });
}

fn report(text: &str) -> DealReport {
    let (conversations, as_of, kind) = read(text);
    let mut deal = Deal::new(DealId("case".into()), Some(CrmRecord { kind, ..CrmRecord::default() }));
    conversations.into_iter().for_each(|c| deal.absorb(c).expect("one provenance"));
    finish(&deal, &Rules::built_in(), Some(as_of))
}

fn case(rule: &str, which: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(rule).join(which);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; every rule has one", path.display()))
}

#[test]
fn every_rule_fires_in_its_one_case_and_stays_quiet_in_the_other() {
    let mut wrong = Vec::new();
    for rule in Rules::built_in().all() {
        for (which, fires) in [("fires.txt", true), ("quiet.txt", false)] {
            let report = report(&case(&rule.name, which));
            let found = report.risks.iter().chain(&report.coaching).find(|f| f.name == rule.name);
            if found.is_some() != fires {
                let readings: BTreeMap<_, _> = report.readings.iter().map(|(name, r)| (*name, r.value)).collect();
                wrong.push(format!("{}/{which}: {readings:?}", rule.name));
            }
            if let Some(finding) = found {
                assert!(!finding.evidence.is_empty() && !finding.message.contains(['{', '?']), "{}", finding.message);
                let quotes = finding.evidence.iter().filter(|e| matches!(e, Evidence::Quote { .. })).count();
                assert!(finding.severity < Severity::High || quotes != 1 || finding.evidence.len() > 1);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_reference_page_is_what_the_tables_say() {
    let output = Command::new(env!("CARGO_BIN_EXE_dealtone")).args(["explain", "--page"]).output().expect("it runs");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let fresh = String::from_utf8(output.stdout).expect("the page is text");
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(fresh == held, "docs/rules.md is stale; write it anew: dealtone explain --page > docs/rules.md");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Merge is associative, commutative and idempotent: whatever the split, the order and the repeats, one report.
    #[test]
    fn any_split_order_and_repeats_merge_to_the_same_report(
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..24),
        rule in any::<prop::sample::Index>(),
    ) {
        let rules = Rules::built_in();
        let text = case(&rules.all()[rule.index(rules.all().len())].name, "fires.txt");
        let (conversations, as_of, _) = read(&text);
        let whole = |list: &[Scored]| {
            let mut deal = Deal::new(DealId("case".into()), None);
            list.iter().cloned().for_each(|c| deal.absorb(c).expect("one provenance"));
            serde_json::to_string(&finish(&deal, &rules, Some(as_of))).expect("a report is plain values")
        };
        let mut shuffled: Vec<Scored> = order.iter().map(|i| i.get(&conversations).clone()).collect();
        shuffled.extend(conversations.iter().rev().cloned());
        prop_assert_eq!(whole(&conversations), whole(&shuffled));
    }
}
