//! How values read to people: names, dates in the asked zone, spans of time, numbers with their unit.
//!
//! One place, so that the page, the terminal and the brief say the same thing the same way. English, and no locale.

use std::collections::BTreeMap;

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::{
    attention,
    conversation::{Channel, Conversation, Side, Timestamp},
    deal::CrmRecord,
    deal_report::DealReport,
    judgement::Judgement,
    measure::{Evidence, Unit, is_occasion},
    rules::{Finding, Severity},
};

/// What no report of ours can tell.
pub(super) const UNSEEN: &str =
    "Trust, fit and what was said elsewhere cannot be seen from here: that judgement stays yours.";

/// By what a list of deals is ordered.
pub(super) const ORDER: &str =
    "What deserves an hour first stands first: by risk, worth, close date, and what coaching could still change.";

/// What is to be known of conversations without a day.
pub(super) fn undated(report: &DealReport) -> Option<String> {
    match report.coverage.undated {
        0 => None,
        1 => Some("1 conversation has no date and counts as the latest".into()),
        n => Some(format!("{n} conversations have no date and count as the latest")),
    }
}

/// Of how many conversations of which kinds a deal is judged: "2 calls, 3 e-mails".
pub(super) fn conversations(report: &DealReport) -> Vec<String> {
    let c = &report.coverage;
    let kinds = [(c.calls, "call"), (c.emails, "e-mail"), (c.chats, "chat")];
    kinds.into_iter().filter(|(n, _)| *n > 0).map(|(n, kind)| count(n, kind)).collect()
}

/// What there is and nothing was judged of.
pub(super) fn left_out(report: &DealReport) -> Vec<String> {
    let c = &report.coverage;
    let later =
        (c.later > 0).then(|| format!("{} after the day of judgement left out", count(c.later, "conversation")));
    let automatic = (c.automatic > 0).then(|| format!("{} left out", count(c.automatic, "automatic mail")));
    let internal = (c.internal > 0).then(|| format!("{} among ourselves left out", count(c.internal, "mail")));
    later.into_iter().chain(automatic).chain(internal).collect()
}

/// Whose side is little more than a guess, and what settles it.
pub(super) fn guessed_sides(report: &DealReport) -> Option<String> {
    /// So many are named.
    const NAMED: usize = 4;
    let guessed = &report.coverage.guessed_sides;
    let side = |side: Side| if side == Side::Buyer { "the buyer's" } else { "ours" };
    let named: Vec<String> =
        guessed.iter().take(NAMED).map(|g| format!("{} as {} ({})", g.name, side(g.side), g.because)).collect();
    let more = guessed.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("A side is only guessed: {}{more}. A team.toml settles it.", named.join("; ")))
}

/// How many conversations are in another language than the models that come with dealtone read.
pub(super) fn not_english(report: &DealReport) -> Option<String> {
    let c = &report.coverage;
    let are = if c.not_english == 1 { "is" } else { "are" };
    let (n, all) = (c.not_english, count(c.conversations, "conversation"));
    (n > 0).then(|| {
        format!(
            "{n} of {all} {are} not in English, which is all that the models that come with dealtone read: nothing said in \
             another language moves what is found here, so read it yourself."
        )
    })
}

/// Where the order of conversations hangs on a zone that nothing tells, and what settles it.
pub(super) fn zone_untold(report: &DealReport) -> Option<String> {
    let n = report.coverage.zone_untold;
    let their = if n == 1 { "its" } else { "their" };
    (n > 0).then(|| {
        format!(
            "Of {}, nothing tells the time zone: {their} place among others of that day rests on UTC. A zone in team.toml \
             settles it.",
            count(n, "conversation")
        )
    })
}

/// What the head of a deal's page says where the CRM calls the deal won or lost.
pub(super) fn ended(report: &DealReport) -> Option<String> {
    let outcome = report.crm.as_ref().and_then(CrmRecord::outcome)?;
    let how = sentence(attention::ended(outcome));
    Some(format!("{how} What was found is told as what happened, not as what to do."))
}

/// What to ask or do next. Nothing where the deal has ended: only praise says what to keep.
pub(super) fn ask<'a>(report: &DealReport, finding: &'a Finding) -> &'a str {
    if finding.severity > Severity::Good && ended(report).is_some() { "" } else { &finding.ask }
}

/// What would make a finding go away. Nothing for praise, which nobody wants away, and where the deal has ended.
pub(super) fn clears_when<'a>(report: &DealReport, finding: &'a Finding) -> &'a str {
    if finding.severity == Severity::Good || ended(report).is_some() { "" } else { &finding.clears_when }
}

/// Whether risk flags were looked for: without a day nothing is judged, and without a side nothing that was said.
pub(super) fn looked_for_risks(report: &DealReport) -> bool {
    let c = &report.coverage;
    report.as_of.is_some() && c.unknown_side < c.utterances
}

/// What stands where risks would.
pub(super) fn no_risk(report: &DealReport) -> &'static str {
    if looked_for_risks(report) { "No risk flag holds" } else { "No risk flag was looked for" }
}

/// What stands before the names of what the model read nowhere: it is no statement about the deal.
pub(super) const UNREAD: &str = "The model read none of these, and it can miss some:";

/// What stands over the coaching prompts that are no praise.
pub(super) fn to_mend(report: &DealReport) -> &'static str {
    if ended(report).is_some() { "To do otherwise another time" } else { "To try next" }
}

/// The title of a conversation for people: its own, else what its file's name says beside the day and the ending, else
/// that name.
pub(super) fn conversation_title(c: &Conversation) -> String {
    if !c.title.trim().is_empty() {
        return c.title.clone();
    }
    let file = c.id.0.rsplit('/').next().unwrap_or(&c.id.0);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let dated = |x: char| x.is_ascii_digit() || matches!(x, '-' | '_' | '.' | ' ' | ':');
    match stem.trim_start_matches(dated) {
        said if said.chars().any(char::is_alphabetic) => said.to_owned(),
        _ => file.to_owned(),
    }
}

/// `price objection` for `price_objection`.
pub(super) fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// What could not be measured, in the order of the measures.
#[derive(Debug, Default, PartialEq)]
pub(super) struct NotMeasured {
    /// What data is wanting, once for all measures that want it, and their names: "a call with times" and "patience,
    /// seller talk time".
    pub wanting: Vec<(String, String)>,
    /// What was not read in anything said, so that there was nothing to measure: "an objection".
    pub unsaid: Vec<String>,
}

/// What could not be measured: first of all what a reader of the report can do something about. Where nobody's side is known
/// that is the one thing to be done, and nearly everything waits for it.
pub(super) fn not_measured(report: &DealReport) -> NotMeasured {
    let c = &report.coverage;
    if report.as_of.is_some() && c.utterances > 0 && c.unknown_side == c.utterances {
        let wanting = ("whose side the speakers are on", "all that either side says, asks and answers");
        return NotMeasured { wanting: vec![(wanting.0.to_owned(), wanting.1.to_owned())], unsaid: Vec::new() };
    }
    by_reason(&c.not_measured)
}

fn by_reason(lines: &[String]) -> NotMeasured {
    let mut found = NotMeasured::default();
    for line in lines {
        let (name, why) = line.split_once(':').unwrap_or((line, ""));
        let why = why.trim();
        let needs = why.strip_prefix("needs ").unwrap_or(why);
        if is_occasion(needs) {
            if !found.unsaid.iter().any(|said| said == needs) {
                found.unsaid.push(needs.to_owned());
            }
            continue;
        }
        match found.wanting.iter_mut().find(|(what, _)| what == needs) {
            Some((_, names)) => *names += &format!(", {}", plain(name)),
            None => found.wanting.push((needs.to_owned(), plain(name))),
        }
    }
    // Where nobody objected, no objection was answered either.
    let all = found.unsaid.clone();
    found.unsaid.retain(|said| !all.iter().any(|other| said != other && said.starts_with(other.as_str())));
    // Nor was there anything to say of what is wanting altogether: no close date that is not past without a close date.
    let wanting = &found.wanting;
    found.unsaid.retain(|said| !wanting.iter().any(|(what, _)| said.starts_with(what.as_str())));
    found
}

/// `Price objection` for `price_objection`.
pub(super) fn heading(name: &str) -> String {
    let mut text = plain(name);
    if let Some(first) = text.get(..1) {
        let upper = first.to_ascii_uppercase();
        text.replace_range(..1, &upper);
    }
    text
}

/// `10 Feb 2026`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `10 Feb 2026` in `zone`.
pub(super) fn day_in(at: Timestamp, zone: &TimeZone) -> String {
    day(at.to_zoned(zone.clone()).date())
}

/// The day of judgement in `zone`, in which a day that was asked for ends at `at`; else that is the latest interaction's moment.
pub(super) fn judgement_day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// [`judgement_day`] in words.
pub(super) fn judged_on(at: Timestamp, zone: &TimeZone) -> String {
    day(judgement_day(at, zone))
}

/// `10 Feb 2026, 09:30` in `zone`. Of midnight sharp the day alone: hardly anything but a day without a time of day is read as that.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_zoned(zone.clone());
    if there.time() == Time::midnight() { day(there.date()) } else { there.strftime("%-d %b %Y, %H:%M").to_string() }
}

/// The zone's name as asked for: `Europe/Berlin`, `UTC`, or its offset.
pub(super) fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => zone.to_offset(Timestamp::UNIX_EPOCH).to_string(),
    }
}

/// Place in a conversation: `4:05`, `1:02:05`.
pub(super) fn clock(ms: u64) -> String {
    let s = ms / 1000;
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        h => format!("{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// When within a conversation something was said: in a call so far from its start, `at 4:05`; of a chat by the clock, `at 21:16`;
/// nothing in a mail, or where no time tells.
pub(super) fn said_at(conversation: &Conversation, at_ms: Option<u64>, zone: &TimeZone) -> Option<String> {
    let at_ms = at_ms?;
    match conversation.channel {
        Channel::Call => Some(format!("at {}", clock(at_ms))),
        Channel::Chat => {
            let began = conversation.started_at?.as_millisecond();
            let at = Timestamp::from_millisecond(began.checked_add_unsigned(at_ms)?).ok()?;
            Some(format!("at {}", at.to_zoned(zone.clone()).strftime("%H:%M")))
        }
        Channel::Email => None,
    }
}

/// With a capital in front and a full stop behind; nothing for nothing.
pub(super) fn sentence(text: &str) -> String {
    let mut out = text.to_owned();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if out.is_empty() || out.ends_with(['.', '!', '?']) { out } else { out + "." }
}

/// What a person judges of a deal, as pairs of what and how much: who, the marks, the note, and which rules that raised
/// nothing are not believed. The other doubts stand at what was raised.
pub(super) fn judgement(report: &DealReport, judgement: &Judgement) -> Vec<(&'static str, String)> {
    let marks =
        [("Trust", judgement.trust), ("Relationship", judgement.relationship), ("Strategic fit", judgement.fit)];
    let mut rows: Vec<(&str, String)> = judgement.by.clone().map(|by| ("By", by)).into_iter().collect();
    rows.extend(marks.iter().map(|(name, mark)| (*name, mark.map_or("not noted".into(), |m| format!("{m} of 5")))));
    rows.extend(judgement.note.clone().map(|note| ("Note", note)));
    let idle = judgement.disagree.iter().filter(|(rule, _)| !is_raised(report, rule));
    rows.extend(idle.map(|(rule, because)| ("Not believed, nor raised", format!("{}: {because}", heading(rule)))));
    rows
}

/// Whether a rule raised something.
pub(super) fn is_raised(report: &DealReport, rule: &str) -> bool {
    report.risks.iter().chain(&report.coaching).any(|f| f.name == rule)
}

/// Those who do not believe a finding, each with the reason, and with the name where it is known: "Priya: the price is
/// agreed".
pub(super) fn doubts<'a>(judgements: &'a [Judgement], rule: &'a str) -> impl Iterator<Item = String> + 'a {
    judgements.iter().filter_map(move |j| {
        let because = j.disagree.get(rule)?;
        Some(j.by.as_ref().map_or_else(|| because.clone(), |by| format!("{by}: {because}")))
    })
}

/// What the head of a deal's page says where the buyer says that it has signed and the CRM does not say how the deal ended,
/// in the buyer's words: flags below may be about what came before. To be cleaned as all that people say.
pub(super) fn signature(report: &DealReport) -> Option<String> {
    let signed = report.readings.get("signatures_recent").filter(|reading| reading.value > 0.0)?;
    let (speaker, quote) = signed.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Quote { speaker, quote, .. } => Some((speaker, quote)),
        Evidence::Absence { .. } => None,
    })?;
    ended(report).is_none().then(|| format!("The buyer says that it has signed: “{}” ({speaker})", quoted(quote)))
}

/// A quote as pages show it: whole up to 120 words, twice what a scored utterance has; of a longer one, a monologue, the
/// start and the end. The conversation holds it whole.
pub(super) fn quoted(quote: &str) -> String {
    const WHOLE: usize = 120;
    const START: usize = 60;
    const END: usize = 40;
    let words: Vec<&str> = quote.split_whitespace().collect();
    match words.len() {
        0..=WHOLE => quote.trim().to_owned(),
        n => format!("{} … {}", words[..START].join(" "), words[n - END..].join(" ")),
    }
}

/// How much was lost, or is only told, by code: `2 could not be read whole (bad_cue 1, bad_mail 1)`; nothing where there is none.
pub fn losses<'c>(codes: impl Iterator<Item = &'c str>, lost: bool) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    codes.for_each(|code| *counts.entry(code).or_default() += 1);
    let by_code: Vec<String> = counts.iter().map(|(code, count)| format!("{code} {count}")).collect();
    let what = if lost { "could not be read whole" } else { "only told" };
    (!counts.is_empty()).then(|| format!("{} {what} ({})", counts.values().sum::<usize>(), by_code.join(", ")))
}

/// `1 call`, `2 calls`.
pub(super) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// `buyer`, `us`, `side unknown`.
pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Buyer => "buyer",
        Side::Seller => "us",
        Side::Unknown => "side unknown",
    }
}

/// `Call`, `E-mail`, `Chat`.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "Call",
        Channel::Email => "E-mail",
        Channel::Chat => "Chat",
    }
}

/// Tone with its sign: `+0.32`, `−0.20`, `0.00`.
pub(super) fn balance(value: f64) -> String {
    quantity(value, Unit::Balance)
}

/// Words of ours or of a rule with the minus sign that stands everywhere else: `−0.35` for `-0.35`; days and ranges keep
/// theirs.
pub(super) fn signed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let starts = before.is_whitespace() || matches!(before, '(' | '[' | '“');
        let is_minus = c == '-' && starts && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if is_minus { '−' } else { c });
        before = c;
    }
    out
}

/// Points of health with their sign: `+4`, `−12`, `−1.5`.
pub(super) fn points(value: f64) -> String {
    let text = format!("{value:+.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if matches!(text, "+0" | "-0") { "0".into() } else { text.replace('-', "−") }
}

/// A measured number with its unit: `−0.20`, `19 days`.
pub(super) fn quantity(value: f64, unit: Unit) -> String {
    signed(&unit.quantity(value))
}

/// `value` to a tenth, for coordinates: short, and the same on every machine.
pub(super) fn tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}

/// Whether a character steers the display instead of showing: a control, a direction override, an invisible mark.
pub(super) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_told_by_what_it_needs() {
        let lines = [
            "patience: needs times",
            "days_left: needs a close date in the CRM that is not past",
            "days_past: needs a close date in the CRM",
            "dates_after_last_stall: needs a delay",
            "pain_points: needs words",
            "talk_speed: needs times",
            "objections_answered: needs an objection that was answered",
            "objections: needs an objection",
            "stalls_after_date: needs a delay",
        ]
        .map(str::to_owned);
        let wanting =
            [("times", "patience, talk speed"), ("a close date in the CRM", "days past"), ("words", "pain points")];
        let wanting = wanting.map(|(what, names)| (what.to_owned(), names.to_owned())).to_vec();
        assert_eq!(
            by_reason(&lines),
            NotMeasured { wanting, unsaid: vec!["a delay".to_owned(), "an objection".to_owned()] }
        );
        assert_eq!(by_reason(&[]), NotMeasured::default());
    }

    #[test]
    fn a_long_quote_shows_its_start_and_its_end() {
        let words = |n: usize| (1..=n).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(quoted(&format!(" {}\n", words(120))), words(120));
        let shown = quoted(&words(423));
        assert!(shown.starts_with("1 2 3 ") && shown.contains(" 60 … 384 ") && shown.ends_with(" 422 423"), "{shown}");
    }

    #[test]
    fn values_read_as_people_write_them() {
        assert_eq!(heading("gone_quiet"), "Gone quiet");
        assert_eq!(heading("über"), "über");
        assert_eq!(clock(3_725_000), "1:02:05");
        assert_eq!(clock(5_999), "0:05");
        assert_eq!(balance(-0.001), "0.00");
        assert_eq!(balance(-0.2), "−0.20");
        assert_eq!(points(-12.0), "−12");
        assert_eq!(
            signed("(-0.35 on -1 to +1) 2026-06-30, 3-4, a -b, - 5"),
            "(−0.35 on −1 to +1) 2026-06-30, 3-4, a -b, - 5"
        );
        assert_eq!(points(0.04), "0");
        let at: Timestamp = "2026-02-10T23:30:00Z".parse().unwrap();
        assert_eq!(day_in(at, &TimeZone::UTC), "10 Feb 2026");
        for (moment, name, shown) in [
            // The ends of that day there.
            ("2026-03-20T22:59:59.999999Z", "Europe/Berlin", "20 Mar 2026"),
            ("2026-03-21T04:59:59.999999Z", "America/Lima", "20 Mar 2026"),
            ("2026-03-20T23:30:00Z", "Europe/Berlin", "21 Mar 2026"),
        ] {
            let zone = TimeZone::get(name).unwrap();
            assert_eq!(judged_on(moment.parse().unwrap(), &zone), shown);
        }
        for (at, name, shown) in [
            ("2026-02-10T23:30:00Z", "Asia/Kolkata", "11 Feb 2026, 05:00"),
            ("2026-02-10T00:00:00Z", "America/Lima", "9 Feb 2026, 19:00"),
            ("2026-02-10T23:00:00Z", "Europe/Berlin", "11 Feb 2026"),
            ("2026-02-10T00:00:01Z", "UTC", "10 Feb 2026, 00:00"),
        ] {
            assert_eq!(moment(at.parse().unwrap(), &TimeZone::get(name).unwrap()), shown);
        }
    }
}
