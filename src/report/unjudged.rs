//! Why a deal has no health, and what would give it one.

use super::Bundle;
use crate::{deal::Deal, deal_report::Coverage, health::is_enough_to_judge};

const NO_DATE: &str = "Nothing of it has a date: put the day in front of each file's name (2026-06-12 call.vtt), or name the \
    day of judgement with --as-of.";
const NOBODY: &str = "Whose side the speakers are on is not known: name your mail domains with --our-domains, or your people \
    in a team.toml.";
/// The same of conversations that came as JSON: whoever sends them has no files to name.
const NO_DATE_SENT: &str = "Nothing of it has a date: send started_at with each conversation, or ask as of a day \
    (?as_of=2026-06-12).";
const NOBODY_SENT: &str = "Whose side the speakers are on is not known: send side with each turn or participant, or the \
    buyer's people as contacts of the deal.";

/// A year that is off by one is soon written.
const ALL_LATER: &str = "Everything in it was said after the day as of which it is judged.";

/// Why a deal has no health, in words, with what to do where something can be done.
pub(super) fn unjudged(bundle: &Bundle) -> String {
    let report = bundle.report;
    let (no_date, nobody_known) =
        if came_as_json(bundle.deal) { (NO_DATE_SENT, NOBODY_SENT) } else { (NO_DATE, NOBODY) };
    let coverage = &report.coverage;
    let buyer = report.readings.get("buyer_words").map_or(0.0, |words| words.value);
    let unknown: usize = coverage.unknown_speakers.iter().map(|who| who.words).sum();
    let nobody = coverage.utterances > 0 && coverage.unknown_side == coverage.utterances;
    if report.as_of.is_none() && coverage.utterances > 0 {
        if nobody { format!("{no_date} {nobody_known}") } else { no_date.to_owned() }
    } else if nobody {
        nobody_known.to_owned()
    } else if coverage.utterances == 0 && coverage.later > 0 {
        ALL_LATER.to_owned()
    } else if unknown > 0 && is_enough_to_judge(buyer + unknown as f64) {
        let are = if coverage.unknown_speakers.len() == 1 { "is" } else { "are" };
        format!(
            "Whose side {} {are} on is not known: say it in a team.toml, of a buyer with side = \"buyer\".",
            names(coverage)
        )
    } else {
        "Not enough was said to judge.".to_owned()
    }
}

/// Whether all of it was sent by a program, one by one: what a reader gives has a format.
fn came_as_json(deal: &Deal) -> bool {
    let all = deal.by_time();
    !all.is_empty() && all.iter().all(|scored| scored.conversation.source.format.is_empty())
}

/// Those whose side is not known, who said most first: "Howard Wren, Lydia Shaw and 2 more".
fn names(coverage: &Coverage) -> String {
    const NAMED: usize = 4;
    let name = |name: &str| if name.is_empty() { "somebody without a name".to_owned() } else { name.to_owned() };
    let mut names: Vec<String> = coverage.unknown_speakers.iter().take(NAMED).map(|who| name(&who.name)).collect();
    let more = coverage.unknown_speakers.len().saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        deal_report::{UnknownSpeaker, finish},
        measure::{Reading, Unit},
        report::{Listed, ranks},
        rules::Rules,
    };

    #[test]
    fn the_reason_is_what_was_wanting() {
        let who = |name: &str, words| UnknownSpeaker { name: name.into(), words };
        let (howard, lydia) = (who("Howard Wren", 80), who("Lydia Shaw", 20));
        let many: Vec<_> = (0..6).map(|n| who(&format!("P{n}"), 9)).collect();
        for (dated, buyer, sides, unknown, told) in [
            (true, 0.0, (0, 0), vec![], "Not enough was said to judge."),
            (true, 12.0, (9, 1), vec![who("Bo", 3)], "Not enough was said to judge."),
            (true, 0.0, (9, 9), vec![howard.clone()], "Whose side the speakers are on is not known: name your mail"),
            (
                true,
                12.0,
                (9, 5),
                vec![howard.clone()],
                "Whose side Howard Wren is on is not known: say it in a team.toml",
            ),
            (
                true,
                0.0,
                (9, 5),
                vec![howard.clone(), lydia],
                "Whose side Howard Wren and Lydia Shaw are on is not known",
            ),
            (true, 0.0, (9, 5), many, "Whose side P0, P1, P2, P3 and 2 more are on is not known"),
            (false, 0.0, (9, 0), vec![], "Nothing of it has a date: put the day in front of each file's name"),
            (false, 0.0, (9, 9), vec![howard], "Nothing of it has a date"),
        ] {
            let deal = Deal::new(DealId("d".into()), None);
            let mut report = finish(&deal, &Rules::built_in(), dated.then(|| "2026-06-01T00:00:00Z".parse().unwrap()));
            (report.coverage.utterances, report.coverage.unknown_side) = sides;
            report.coverage.unknown_speakers = unknown;
            let reading = Reading { value: buyer, unit: Unit::Words, rests_on: None, evidence: vec![] };
            report.readings.insert("buyer_words", reading);
            let reason = unjudged(&Bundle { deal: &deal, report: &report });
            assert!(reason.starts_with(told), "{reason}");
            assert!(dated || sides.1 == 0 || reason.ends_with("team.toml."), "both are wanting: {reason}");
        }
    }

    #[test]
    fn a_day_before_everything_that_was_said_is_the_reason() {
        let deal = Deal::new(DealId("d".into()), None);
        let mut report = finish(&deal, &Rules::built_in(), Some("2020-01-01T23:59:59Z".parse().unwrap()));
        report.coverage.later = 3;
        let bundle = Bundle { deal: &deal, report: &report };
        let reason = unjudged(&bundle);
        assert_eq!(reason, "Everything in it was said after the day as of which it is judged.");
        let ranks = ranks(&[Listed::of(&bundle)]);
        assert_eq!(ranks[0].as_ref().map(|rank| &rank.reason), Some(&reason), "who reads no page learns it, too");
    }
}
