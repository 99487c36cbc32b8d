//! Why a deal has no health, and what would give it one.

use super::Bundle;
use crate::{
    conversation::AsRead,
    deal::{CrmRecord, Deal},
    deal_report::Coverage,
    health::is_enough_to_judge,
    team::names::is_label,
};

const NO_DATE: &str = "Nothing of it has a date: put the day in front of each file's name (2026-06-12 call.vtt), or name the \
    day of judgement with --as-of.";
const NOBODY: &str = "Whose side the speakers are on is not known: name your mail domains with --our-domains, or your people \
    in a team.toml.";
/// The same of conversations that came as JSON: whoever sends them has no files to name.
const NO_DATE_SENT: &str = "Nothing of it has a date: send started_at with each conversation, or ask as of a day \
    (?as_of=2026-06-12).";
const NOBODY_SENT: &str = "Whose side the speakers are on is not known: send side with each turn or participant, or the \
    buyer's people as contacts of the deal.";
const NOBODY_OF_CONTACTS: &str = "Whose side the speakers are on is not known, and none of them is a contact of the deal: send \
    side with each turn or participant.";

/// A year that is off by one is soon written.
const ALL_LATER: &str = "Everything in it was said after the day as of which it is judged.";

/// Of words that the model does not read nothing is told.
const FOREIGN: &str =
    "What the buyer's side said is not in English, which is all that the model reads: read it yourself.";

/// Why a deal has no health, in words, with what to do where something can be done.
pub(super) fn unjudged(bundle: &Bundle) -> String {
    let report = bundle.report;
    let no_date = if came_as_json(bundle.deal) { NO_DATE_SENT } else { NO_DATE };
    let coverage = &report.coverage;
    let buyer = report.readings.get("buyer_words").map_or(0.0, |words| words.value);
    let unknown: usize = coverage.unknown_speakers.iter().map(|who| who.words).sum();
    let nobody = coverage.utterances > 0 && coverage.unknown_side == coverage.utterances;
    if report.as_of.is_none() && coverage.utterances > 0 {
        if nobody { format!("{no_date} {}", nobody_known(bundle)) } else { no_date.to_owned() }
    } else if nobody {
        nobody_known(bundle)
    } else if coverage.utterances == 0 && coverage.later > 0 {
        ALL_LATER.to_owned()
    } else if unknown > 0 && is_enough_to_judge(buyer + unknown as f64) {
        let are = if coverage.unknown_speakers.len() == 1 { "is" } else { "are" };
        format!(
            "Whose side {} {are} on is not known: say it in a team.toml, of a buyer with side = \"buyer\".",
            names(coverage)
        )
    } else if coverage.not_english > 0 && is_enough_to_judge(buyer) {
        FOREIGN.to_owned()
    } else {
        "Not enough was said to judge.".to_owned()
    }
}

/// What to do where nobody's side is known: never what was done already.
fn nobody_known(bundle: &Bundle) -> String {
    let crm = bundle.report.crm.as_ref();
    let has_contacts = crm.is_some_and(|crm: &CrmRecord| !crm.contacts.is_empty());
    if came_as_json(bundle.deal) {
        return if has_contacts { NOBODY_OF_CONTACTS } else { NOBODY_SENT }.to_owned();
    }
    let conversations = bundle.deal.by_time().into_iter().map(|scored| &scored.conversation);
    let noted: Vec<&AsRead> = conversations.filter_map(|c| c.as_read.as_deref()).collect();
    let named_domains = noted.iter().any(|noted| !noted.our_domains.is_empty());
    let listed = noted.iter().any(|noted| !noted.members.is_empty());
    let given = [
        (named_domains, "your mail domains", "do"),
        (crm.is_some_and(|crm| crm.owner.is_some()), "the CRM's owner of the deal", "does"),
        (has_contacts, "the CRM's contacts", "do"),
        (listed, "your team.toml", "does"),
    ];
    let given: Vec<_> = given.into_iter().filter(|(is, ..)| *is).collect();
    let does = match given[..] {
        [] => return NOBODY.to_owned(),
        [(.., does)] => does,
        _ => "do",
    };
    let given = given.into_iter().map(|(_, what, _)| what.to_owned()).collect();
    let unknown = &bundle.report.coverage.unknown_speakers;
    let remedy = match (unknown.iter().all(|who| is_label(&who.name)), listed, named_domains) {
        (true, ..) => "state the sides of such labels in a team.toml, under [overrides.\"FILE\"]",
        (_, true, _) => "add those of them who are yours to it",
        (_, _, true) => "list those of them who are yours in a team.toml",
        _ => "name your mail domains with --our-domains, or those of them who are yours in a team.toml",
    };
    let are = if unknown.len() == 1 { "is" } else { "are" };
    let who = names(&bundle.report.coverage);
    format!("Whose side {who} {are} on is not known, and {} {does} not tell: {remedy}.", all_of(given))
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
    all_of(names)
}

/// "a, b and c".
fn all_of(mut parts: Vec<String>) -> String {
    match parts.pop() {
        Some(last) if !parts.is_empty() => format!("{} and {last}", parts.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Channel, Conversation, ConversationId, DealId, Member, Side, Source},
        deal_report::{UnknownSpeaker, finish},
        measure::{Reading, Unit},
        report::{Listed, ranks},
        rules::Rules,
        utterance::{Provenance, Scored},
    };

    /// What a file gave, with what was known where it was read.
    fn of_file(noted: AsRead) -> Scored {
        let source = Source { format: "webvtt".into(), ..Source::default() };
        let conversation = Conversation {
            id: ConversationId("d/1.vtt".into()),
            deal: DealId("d".into()),
            channel: Channel::Call,
            started_at: None,
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: vec![],
            mail: None,
            recording: None,
            source,
            revision: 0,
            as_read: Some(Box::new(noted)),
        };
        Scored { conversation, utterances: vec![], provenance: Provenance::default() }
    }

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
    fn words_that_the_model_does_not_read_are_told_as_the_reason() {
        let deal = Deal::new(DealId("d".into()), None);
        let mut report = finish(&deal, &Rules::built_in(), Some("2026-06-01T00:00:00Z".parse().unwrap()));
        report.coverage.utterances = 4;
        let reading = |value| Reading { value, unit: Unit::Words, rests_on: None, evidence: vec![] };
        report.readings.insert("buyer_words", reading(40.0));
        for (not_english, told) in [(0, "Not enough was said to judge."), (1, FOREIGN)] {
            report.coverage.not_english = not_english;
            assert_eq!(unjudged(&Bundle { deal: &deal, report: &report }), told);
        }
    }

    #[test]
    fn what_was_given_already_is_no_remedy() {
        let ann = |name: &str| UnknownSpeaker { name: name.into(), words: 80 };
        let ours = || vec!["vendor.example".to_owned()];
        let listed = || vec![Member { name: "Zoe".into(), side: Side::Seller, ..Member::default() }];
        let owner = || CrmRecord { owner: Some("Dana Whitfield".into()), ..CrmRecord::default() };
        let domains = || AsRead { our_domains: ours(), ..AsRead::default() };
        for (crm, noted, speaker, told) in [
            (
                None,
                domains(),
                "Ann Lee",
                "Whose side Ann Lee is on is not known, and your mail domains do not tell: list those of them who are yours",
            ),
            (
                Some(owner()),
                domains(),
                "Ann Lee",
                "Whose side Ann Lee is on is not known, and your mail domains and the CRM's owner of the deal do not tell: list",
            ),
            (
                Some(owner()),
                AsRead::default(),
                "Ann Lee",
                "Whose side Ann Lee is on is not known, and the CRM's owner of the deal does not tell: name your mail domains",
            ),
            (
                None,
                AsRead { members: listed(), ..domains() },
                "Ann Lee",
                "Whose side Ann Lee is on is not known, and your mail domains and your team.toml do not tell: add those of them",
            ),
            (
                None,
                domains(),
                "Speaker 1",
                "Whose side Speaker 1 is on is not known, and your mail domains do not tell: state the sides of such labels",
            ),
        ] {
            let mut deal = Deal::new(DealId("d".into()), crm);
            deal.absorb(of_file(noted)).unwrap();
            let mut report = finish(&deal, &Rules::built_in(), Some("2026-06-01T00:00:00Z".parse().unwrap()));
            (report.coverage.utterances, report.coverage.unknown_side) = (9, 9);
            report.coverage.unknown_speakers = vec![ann(speaker)];
            let reason = unjudged(&Bundle { deal: &deal, report: &report });
            assert!(reason.starts_with(told), "{reason}");
            assert!(!reason.contains("--our-domains") || !told.contains("your mail domains do"), "{reason}");
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
