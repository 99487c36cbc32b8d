//! Every rule has a folder with a deal where it holds (`fires.deal`) and one where it stays quiet (`quiet.deal`), each as
//! small as it can be, and more of either kind where a rule has several sides (`fires-good-listener.deal`). A new rule
//! without a folder fails here.
//!
//! `clears.deal` holds a rule to its own word: up to a row `then` the rule fires, and with what stands below it, which is what
//! `clears_when` says, it is quiet. A rule without one has to say that it does not clear.
//!
//! A file: `as of DAY`, `crm KEY VALUE`, then `call DAY` or `mail DAY`, each followed by its lines, as
//! `buyer Ann - price_objection: That is too dear.` (side, speaker, tone, intents or `.`, words). An intent with a
//! question mark is more likely than not and no more. Words that end in `(x40)` are said forty times over. `to buyer Ann`
//! below a call or mail names somebody whom it goes to and who says nothing in it.

use std::{collections::BTreeSet, fs, path::Path};

use dealtone::{
    Channel, Conversation, ConversationId, CrmRecord, Deal, DealId, Intent, Intents, Participant, Provenance, Scored,
    Sentiment, Side, Source, Turn, Utterance,
    deal::Contact,
    deal_report::{DealReport, finish},
    measure::Evidence,
    rules::{Kind, Rules, Severity},
    utterance::{INTENTS, Millionths, Unread},
};

#[test]
fn every_rule_fires_in_one_case_and_stays_quiet_in_the_other() {
    let rules = Rules::built_in();
    let mut wrong = Vec::new();
    for rule in rules.all() {
        let files = files(&rule.name);
        for needed in ["fires.deal", "quiet.deal"] {
            if !files.iter().any(|f| f == needed) {
                wrong.push(format!("{}/{needed} is not there; each rule needs one", rule.name));
            }
        }
        for file in files {
            if file.starts_with("clears") {
                continue;
            }
            let expected = file.starts_with("fires");
            assert!(expected || file.starts_with("quiet"), "{}/{file}: what is it to show?", rule.name);
            let (deal, as_of) = read(&fs::read_to_string(folder().join(&rule.name).join(&file)).unwrap());
            let report = finish(&deal, &rules, Some(as_of));
            let found = report.risks.iter().chain(&report.coaching).find(|f| f.name == rule.name);
            match found {
                Some(_) if !expected => {
                    wrong.push(format!("{}/{file}: it fires\n{}", rule.name, numbers(&report, rule)))
                }
                None if expected => {
                    wrong.push(format!("{}/{file}: it is quiet\n{}", rule.name, numbers(&report, rule)))
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_flag_goes_by_what_it_says_clears_it() {
    /// How a rule says that nothing clears it.
    const STAYS: [&str; 3] = ["does not clear by itself", "stays true", "Praise stands"];
    let rules = Rules::built_in();
    let mut wrong = Vec::new();
    for rule in rules.all() {
        let stays = STAYS.iter().any(|stays| rule.clears_when.contains(stays));
        let files: Vec<String> = files(&rule.name).into_iter().filter(|f| f.starts_with("clears")).collect();
        if files.is_empty() && !stays {
            wrong.push(format!("{}: {:?} has no clears.deal", rule.name, rule.clears_when));
        }
        for file in files {
            let text = fs::read_to_string(folder().join(&rule.name).join(&file)).unwrap();
            let (before, _) = text.split_once("\nthen\n").unwrap_or_else(|| panic!("{}/{file}: no `then`", rule.name));
            for (text, expected) in [(before, true), (&text, false)] {
                let (deal, as_of) = read(text);
                let report = finish(&deal, &rules, Some(as_of));
                let fires = report.risks.iter().chain(&report.coaching).any(|f| f.name == rule.name);
                if fires != expected {
                    let side = if expected { "quiet before" } else { "still up after" };
                    wrong.push(format!("{}/{file}: {side}\n{}", rule.name, numbers(&report, rule)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn silence_never_lowers_the_alarm_as_days_go_by_nor_does_a_reminder() {
    let rules = Rules::built_in();
    let alarm = |said: &str, days: i64| {
        let (deal, start) = read(&format!("as of 2026-01-01\n{said}"));
        let report = finish(&deal, &rules, Some(start + jiff::SignedDuration::from_hours(24 * days)));
        let silence =
            report.risks.iter().filter(|f| ["gone_quiet", "ghosted", "no_activity"].contains(&f.name.as_str()));
        silence.map(|f| f.severity).max()
    };
    let alone = "call 2026-01-01\nbuyer Ann 0 .: Send it over.\nmail 2026-01-02\nseller Rob 0 .: Here is the offer.\n";
    let reminded = format!("{alone}mail 2026-01-21\nseller Rob 0 .: Did you get it?\n");
    for said in [alone, &reminded] {
        let by_day: Vec<_> = (0..70).map(|day| alarm(said, day)).collect();
        assert!(by_day.is_sorted(), "{said}{by_day:?}");
    }
    for day in 0..70 {
        assert!(alarm(&reminded, day) >= alarm(alone, day), "day {day}: a reminder lowers the alarm");
    }
}

#[test]
fn of_risks_as_severe_those_by_which_the_buyer_says_no_come_first() {
    let said = "as of 2026-03-20\ncall 2026-03-01\nbuyer Ann 0 churn_intent: We are thinking of not renewing.\n\
                mail 2026-03-10\nbuyer Ann 0 churn_intent: We will cancel it.\n";
    let (deal, as_of) = read(said);
    let risks = finish(&deal, &Rules::built_in(), Some(as_of)).risks;
    let order: Vec<_> = risks.iter().map(|f| (f.name.as_str(), f.severity)).take(2).collect();
    assert_eq!(order, [("churn_risk", Severity::Medium), ("no_next_step", Severity::Medium)]);
}

#[test]
fn no_case_is_left_behind_by_a_rule_that_is_gone() {
    let rules = Rules::built_in();
    for entry in fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|e| e.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        assert!(rules.rule(&name).is_some(), "{name} is no rule");
    }
}

#[test]
fn every_finding_has_verbatim_words_or_a_stated_absence_and_no_alarm_rests_on_one_utterance() {
    let rules = Rules::built_in();
    for (name, deal, report) in reports(&rules) {
        for finding in report.risks.iter().chain(&report.coaching) {
            let at = format!("{name}: {}", finding.name);
            assert!(!finding.evidence.is_empty(), "{at}");
            assert!(!finding.message.contains(['{', '}', '?']), "{at}: {}", finding.message);
            assert!((0.0..=1.0).contains(&finding.confidence), "{at}");
            assert!(!finding.because.is_empty(), "{at}");
            for told in [&finding.why, &finding.ask, &finding.clears_when] {
                assert!(!told.is_empty(), "{at}");
            }
            for evidence in &finding.evidence {
                match evidence {
                    Evidence::Quote { conversation, turn, quote, speaker, .. } => {
                        let turn =
                            &deal.conversation(conversation).expect("a conversation of the deal").conversation.turns
                                [*turn];
                        assert!(turn.text.contains(quote.as_str()) && turn.speaker == *speaker, "{at}");
                    }
                    Evidence::Absence { absence } => assert!(!absence.is_empty(), "{at}"),
                }
            }
            let alone = matches!(&finding.evidence[..], [Evidence::Quote { .. }]);
            assert!(!(alone && finding.severity == Severity::High), "{at}: an alarm on one utterance");
            assert_eq!(finding.severity == Severity::Good, finding.name.starts_with("good_"), "{at}");
        }
    }
}

#[test]
fn health_is_the_sum_of_what_it_states_and_more_of_our_own_mails_never_raise_it() {
    let rules = Rules::built_in();
    for (name, mut deal, report) in reports(&rules) {
        // The cases are small; below a few words of the buyer there would be no score to look at.
        let at = deal.latest().expect("cases have days");
        let talk = [line("buyer Ann 0 .: That is how it goes. (x10)")];
        deal.absorb(conversation("call of some length", Channel::Call, at, &talk)).expect("one provenance");
        let report = finish(&deal, &rules, report.as_of);
        let score = report.health.score.expect("the buyer said enough");
        let sum: f64 = report.health.contributions.iter().map(|c| c.points).sum();
        assert_eq!(score, sum.clamp(0.0, 100.0).round() as u8, "{name}");
        assert!(report.health.low <= Some(score) && Some(score) <= report.health.high, "{name}");
        // A mail of ours that says nothing, on the day of the last conversation.
        let mut busier = deal.clone();
        for n in 0..5 {
            let extra = conversation(
                &format!("mail extra {n}"),
                Channel::Email,
                at,
                &[line("seller Rob 0 .: Just checking in.")],
            );
            busier.absorb(extra).expect("one provenance");
        }
        let after = finish(&busier, &rules, report.as_of).health.score;
        assert!(after <= Some(score), "{name}: {score} became {after:?} by mails of ours");
    }
}

#[test]
fn mails_among_ourselves_change_nothing_and_are_told_as_left_out() {
    let rules = Rules::built_in();
    for (name, mut deal, report) in reports(&rules) {
        let at = deal.latest().expect("cases have days");
        let said = [line("seller Rob - next_step: Shall we give them 20 % off? I see you on Monday.")];
        let mut mail = conversation("mail among ourselves", Channel::Email, at, &said);
        mail.conversation.participants.push(participant("Eve", Side::Seller));
        deal.absorb(mail).expect("one provenance");
        let mut after = finish(&deal, &rules, report.as_of);
        after.coverage.internal -= 1;
        assert_eq!(after, report, "{name}");
    }
}

#[test]
fn that_an_order_hangs_on_a_zone_is_told_where_another_conversation_is_near() {
    let said = |speaker: &str| [line(&format!("buyer {speaker} - .: The price worries me."))];
    for (call, is_local, untold) in
        [("2026-03-02T10:00:00Z", true, 1), ("2026-03-02T10:00:00Z", false, 0), ("2026-03-04T10:00:00Z", true, 0)]
    {
        let moment = |at: &str| at.parse().expect("a moment");
        let mut deal = Deal::new(DealId("case".into()), None);
        let mail = conversation("mail", Channel::Email, moment("2026-03-02T15:30:00Z"), &said("Ann"));
        let mut call_at = conversation("call", Channel::Call, moment(call), &said("Ann"));
        call_at.conversation.local_time = is_local;
        [mail, call_at].into_iter().for_each(|scored| deal.absorb(scored).map(drop).expect("one provenance"));
        let report = finish(&deal, &Rules::built_in(), None);
        assert_eq!(report.coverage.zone_untold, untold, "{call} {is_local}");
    }
}

#[test]
fn without_words_of_the_buyer_there_is_no_score() {
    let (deal, as_of) = read("as of 2026-03-20\nmail 2026-03-01\nseller Rob + .: We are so glad to have met you!\n");
    let report = finish(&deal, &Rules::built_in(), Some(as_of));
    assert_eq!(report.health.score, None);
    assert!(report.coverage.not_measured.iter().any(|m| m.starts_with("buyer_tone:")));
}

/// A number that rests on what the model cannot read is no reading, and no rule fires on it: whatever stands in the place
/// of the labels that nobody read, the report is the same.
#[test]
fn what_the_model_cannot_read_decides_nothing() {
    let rules = Rules::built_in();
    let no_tone = Unread { sentiment: true, ..Unread::default() };
    let no_intents = Unread { intents: INTENTS.iter().map(|row| row.intent).collect(), ..Unread::default() };
    let no_steps = Unread { intents: [Intent::NextStep, Intent::Stall].into(), ..Unread::default() };
    for (unread, expected) in [
        (no_tone, "buyer_tone: needs a model that reads sentiment"),
        (no_intents, "discovery_questions: needs a model that reads intents"),
        (no_steps, "next_steps: needs a model that reads next_step"),
    ] {
        for (name, deal, whole) in reports(&rules) {
            let of = |alter: fn(&mut Utterance, &Unread)| {
                let mut other = Deal::new(deal.id.clone(), deal.crm.clone());
                for scored in deal.by_time() {
                    let mut scored = scored.clone();
                    scored.provenance.unread = unread.clone();
                    scored.utterances.iter_mut().for_each(|u| alter(u, &unread));
                    other.absorb(scored).expect("one provenance");
                }
                finish(&other, &rules, whole.as_of)
            };
            let blind = of(|u, unread| label(u, unread, false));
            assert_eq!(blind, of(|u, unread| label(u, unread, true)), "{name}: {unread:?}");
            for (measure, reading) in &blind.readings {
                assert_eq!(Some(reading.value), whole.readings.get(measure).map(|r| r.value), "{name}: {measure}");
            }
            let said =
                deal.by_time().iter().flat_map(|s| &s.conversation.turns).map(|t| t.side).collect::<BTreeSet<_>>();
            if said.len() == 2 {
                assert!(blind.coverage.not_measured.iter().any(|m| m == expected), "{name}: {expected}");
            }
        }
    }
}

/// Of a language that it does not read a model says what comes to it: whatever that is, the report is the same, and such words
/// make no health.
#[test]
fn words_of_a_language_that_the_model_does_not_read_move_nothing() {
    let rules = Rules::built_in();
    let said = "Vielen Dank für das Angebot. Leider ist es uns viel zu teuer, und wir haben das Budget für dieses Jahr schon \
                verplant; bitte melden Sie sich im September noch einmal bei uns.";
    let of = |labels: &str, other_languages: bool| {
        let text = format!(
            "as of 2026-03-20\nmail 2026-03-01\nseller Rob 0 .: Here is the offer.\nmail 2026-03-05\nbuyer Ann {labels}: {said}\n"
        );
        let (read, as_of) = read(&text);
        let mut deal = Deal::new(read.id.clone(), read.crm.clone());
        for scored in read.by_time() {
            let mut scored = scored.clone();
            scored.provenance.unread = Unread { other_languages, ..Unread::default() };
            deal.absorb(scored).expect("one provenance");
        }
        finish(&deal, &rules, Some(as_of))
    };
    let (good, bad) = (of("+ buying_signal", true), of("- churn_intent", true));
    assert_eq!(good, bad);
    assert_eq!((good.health.score, good.coverage.not_english), (None, 1));
    assert_eq!(good.readings.get("buyer_words_read").map(|r| r.value), Some(0.0));
    let (good, bad) = (of("+ buying_signal", false), of("- churn_intent", false));
    assert!(good.health.score > bad.health.score, "a model that reads all languages is believed");
}

/// Puts labels in the place of those that are not read: none, or all and the worst tone.
fn label(utterance: &mut Utterance, unread: &Unread, all: bool) {
    let p = |yes: bool| if yes { Millionths::ONE } else { Millionths(0) };
    if unread.sentiment {
        utterance.sentiment = Sentiment::new(p(all), p(!all), p(false), 0.0);
    }
    utterance.intents.0.retain(|intent, _| !unread.intents.contains(intent));
    if all {
        utterance.intents.0.extend(unread.intents.iter().map(|intent| (*intent, Millionths::ONE)));
    }
}

/// All cases with their reports.
fn reports(rules: &Rules) -> Vec<(String, Deal, DealReport)> {
    let mut all = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    paths.sort();
    for path in paths {
        let rule = path.file_name().unwrap().to_string_lossy();
        for file in files(&rule) {
            let (deal, as_of) = read(&fs::read_to_string(path.join(&file)).unwrap());
            let report = finish(&deal, rules, Some(as_of));
            all.push((format!("{rule}/{file}"), deal, report));
        }
    }
    assert!(all.len() >= 2 * rules.all().len(), "the cases are found");
    all
}

/// The names of the cases of a rule.
fn files(rule: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder().join(rule)) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
}

/// The numbers that a rule looks at, to see why a case went wrong.
fn numbers(report: &DealReport, rule: &dealtone::rules::Rule) -> String {
    let kind = if rule.kind == Kind::Risk { "risk" } else { "coaching" };
    let measures = rule.measures();
    let values = measures.iter().map(|n| format!("    {n} {:?}", report.readings.get(n).map(|r| r.value)));
    format!("    {kind}: {:?}\n{}", rule.when, values.collect::<Vec<_>>().join("\n"))
}

/// One line of a case.
struct Said {
    side: Side,
    speaker: String,
    sentiment: Sentiment,
    intents: Intents,
    text: String,
}

fn read(text: &str) -> (Deal, dealtone::Timestamp) {
    let moment = |day: &str, hour: &str| -> dealtone::Timestamp {
        format!("{day}T{hour}:00:00Z").parse().unwrap_or_else(|e| panic!("{day:?} is no day: {e}"))
    };
    let mut as_of = None;
    let mut crm = CrmRecord::default();
    let mut parts: Vec<Part> = Vec::new();
    for row in text.lines().filter(|l| !l.trim().is_empty() && *l != "then") {
        if let Some(day) = row.strip_prefix("as of ") {
            as_of = Some(moment(day, "23"));
        } else if let Some(field) = row.strip_prefix("crm ") {
            let (key, value) = field.split_once(' ').expect("crm KEY VALUE");
            match key {
                "close_date" => crm.close_date = Some(value.parse().unwrap()),
                "stage_since" => crm.stage_since = Some(value.parse().unwrap()),
                "stage_usual_days" => crm.stage_usual_days = Some(value.parse().unwrap()),
                "kind" => crm.kind = Some(value.to_owned()),
                "stage" => crm.stage = Some(value.to_owned()),
                "contact" => {
                    let (name, title) = value.split_once(", ").expect("crm contact NAME, TITLE");
                    crm.contacts.push(Contact { name: name.into(), title: title.into(), ..Contact::default() });
                }
                _ => panic!("crm {key} is not known here"),
            }
        } else if let Some(day) = row.strip_prefix("call ") {
            parts.push(Part::new(row, Channel::Call, moment(day, "10")));
        } else if let Some(day) = row.strip_prefix("mail ") {
            parts.push(Part::new(row, Channel::Email, moment(day, "11")));
        } else if let Some(to) = row.strip_prefix("to ") {
            let (side, name) = to.split_once(' ').expect("to SIDE NAME");
            parts.last_mut().expect("a call or mail before whom it goes to").to.push(participant(name, side_of(side)));
        } else {
            parts.last_mut().expect("a call or mail before the first line").said.push(line(row));
        }
    }
    let mut deal = Deal::new(DealId("case".into()), Some(crm));
    for part in &parts {
        let mut scored = conversation(&part.id, part.channel, part.at, &part.said);
        scored.conversation.participants.extend(part.to.iter().cloned());
        deal.absorb(scored).expect("one provenance");
    }
    (deal, as_of.expect("as of DAY"))
}

/// A call or mail of a case.
struct Part {
    id: String,
    channel: Channel,
    at: dealtone::Timestamp,
    said: Vec<Said>,
    /// Whom it goes to beside those who say something in it.
    to: Vec<Participant>,
}

impl Part {
    fn new(id: &str, channel: Channel, at: dealtone::Timestamp) -> Part {
        Part { id: id.to_owned(), channel, at, said: vec![], to: vec![] }
    }
}

fn side_of(side: &str) -> Side {
    if side == "buyer" { Side::Buyer } else { Side::Seller }
}

fn participant(name: &str, side: Side) -> Participant {
    Participant { name: name.to_owned(), side, side_confidence: 100, ..Participant::default() }
}

fn line(row: &str) -> Said {
    let (head, text) = row.split_once(": ").unwrap_or_else(|| panic!("no words in {row:?}"));
    let [side, speaker, tone, intents] = head.split(' ').collect::<Vec<_>>()[..] else { panic!("{row:?}") };
    let p = |yes: bool| if yes { Millionths::ONE } else { Millionths(0) };
    let intents = intents.split(',').filter(|i| *i != ".").map(|i| match i.strip_suffix('?') {
        Some(unsure) => (unsure, Millionths(600_000)),
        None => (i, Millionths::ONE),
    });
    let text = match text.trim_end_matches(')').rsplit_once(" (x") {
        Some((words, times)) => vec![words; times.parse().expect("(xN)")].join(" "),
        None => text.to_owned(),
    };
    Said {
        side: side_of(side),
        speaker: speaker.to_owned(),
        sentiment: Sentiment::new(p(tone == "-"), p(tone == "0"), p(tone == "+"), 0.0),
        intents: Intents(intents.map(|(i, p)| (i.parse().expect("an intent"), p)).collect()),
        text,
    }
}

fn conversation(id: &str, channel: Channel, at: dealtone::Timestamp, said: &[Said]) -> Scored {
    let mut participants: Vec<Participant> = Vec::new();
    for one in said {
        if participants.iter().all(|p| p.name != one.speaker) {
            participants.push(Participant { active: true, ..participant(&one.speaker, one.side) });
        }
    }
    let turns: Vec<Turn> = said
        .iter()
        .map(|s| Turn { speaker: s.speaker.clone(), side: s.side, text: s.text.clone(), ..Turn::default() })
        .collect();
    Scored {
        utterances: said
            .iter()
            .enumerate()
            .map(|(turn, s)| Utterance {
                turn,
                span: 0..s.text.len(),
                sentiment: s.sentiment,
                intents: s.intents.clone(),
            })
            .collect(),
        conversation: Conversation {
            id: ConversationId(id.to_owned()),
            deal: DealId("case".into()),
            channel,
            started_at: Some(at),
            title: String::new(),
            participants,
            turns,
            mail: None,
            recording: None,
            source: Source::default(),
            local_time: false,
            revision: 0,
            as_read: None,
        },
        provenance: Provenance::default(),
    }
}
