//! What an automatic mail of the buyer's says of an absence: until when, or who stands in. Nothing else of such a mail counts,
//! but a silence that it explains should not be told without it.

use std::collections::BTreeMap;

use crate::{
    calendar::{is_week_day, month},
    conversation::{Side, Timestamp},
    deal::Deal,
    measure::Evidence,
    rules::Finding,
    utterance::Scored,
};

/// The findings that are about a silence of the buyer's.
const SILENCE: &[&str] = &["ghosted", "gone_quiet"];

/// That somebody is away, in the words of the servers and people of some languages.
const AWAY: &[&str] = &[
    "out of office",
    "out-of-office",
    "out of the office",
    "on leave",
    "annual leave",
    "parental leave",
    "maternity leave",
    "paternity leave",
    "sick leave",
    "vacation",
    "on holiday",
    "holidays",
    "i am away",
    "i'm away",
    "will be away",
    "limited access to",
    "no access to",
    "abwesen",
    "nicht im büro",
    "nicht im buero",
    "im urlaub",
    "elternzeit",
    "absence",
    "absent",
    "congé",
    "vacances",
    "fuera de la oficina",
    "fuera de oficina",
    "vacaciones",
    "ausente",
    "ausência",
    "férias",
    "fuori ufficio",
    "in ferie",
    "afwezig",
    "vakantie",
    "met verlof",
    "semester",
    "frånvar",
    "fravær",
    "ferie",
];

/// Words behind or before which the day of the return stands.
const RETURN: &[&str] = &[
    "until",
    "till",
    "through",
    "back",
    "return",
    "returning",
    "from",
    "bis",
    "zurück",
    "wieder",
    "ab",
    "jusqu'au",
    "retour",
    "hasta",
    "vuelta",
    "regreso",
    "até",
    "retorno",
    "fino",
    "rientro",
    "tot",
    "terug",
    "till",
    "tillbaka",
    "tilbake",
    "tilbage",
];

/// How a mail names who stands in.
const DEPUTY: &[&str] = &[
    "contact",
    "reach out to",
    "get in touch",
    "in my absence",
    "instead",
    "wenden sie sich",
    "wende dich",
    "kontaktieren",
    "vertret",
    "adresser",
    "adressez",
    "dirigirse",
    "dirígase",
    "contactar",
    "contatt",
    "rivolgersi",
    "neem contact",
    "kontakta",
    "kontakt",
];

/// Adds to what is said of the buyer's silence as of `as_of` that somebody of theirs is away, with the words that say so.
pub(super) fn tell(deal: &Deal, as_of: Option<Timestamp>, findings: &mut [Finding]) {
    let mut silences = findings.iter_mut().filter(|f| SILENCE.contains(&f.name.as_str())).peekable();
    if silences.peek().is_none() {
        return;
    }
    let notices = notices(deal, as_of);
    if notices.is_empty() {
        return;
    }
    let who: Vec<&str> = notices.keys().copied().collect();
    let told = format!(" An automatic mail of {} tells of an absence.", who.join(" and of "));
    for finding in silences {
        finding.message += &told;
        finding.evidence.splice(0..0, notices.values().cloned());
    }
}

/// The latest words of each of the buyer's that tell of an absence since the buyer's last own word.
fn notices(deal: &Deal, as_of: Option<Timestamp>) -> BTreeMap<&str, Evidence> {
    let by_then = |scored: &&Scored| {
        let at = scored.conversation.started_at;
        at.is_some_and(|at| as_of.is_none_or(|as_of| at <= as_of))
    };
    let of_buyer = |scored: &&Scored| scored.conversation.turns.iter().any(|turn| turn.side == Side::Buyer);
    let (automatic, own): (Vec<&Scored>, Vec<&Scored>) =
        deal.by_time().into_iter().filter(by_then).filter(of_buyer).partition(|s| s.conversation.is_automatic());
    let last_word = own.last().and_then(|scored| scored.conversation.started_at);
    let mut found = BTreeMap::new();
    for conversation in automatic.iter().map(|scored| &scored.conversation).filter(|c| c.started_at >= last_word) {
        for (turn, said) in conversation.turns.iter().enumerate().filter(|(_, turn)| turn.side == Side::Buyer) {
            if let Some(words) = absence(&conversation.title, &said.text) {
                let evidence = Evidence::Quote {
                    conversation: conversation.id.clone(),
                    turn,
                    at_ms: None,
                    speaker: said.speaker.clone(),
                    quote: words.to_owned(),
                };
                found.insert(said.speaker.as_str(), evidence);
            }
        }
    }
    found
}

/// The sentences of an automatic mail from the first to the last that names the day of a return or who stands in; nothing where
/// neither is named, or where nothing says that somebody is away.
fn absence<'t>(title: &str, text: &'t str) -> Option<&'t str> {
    let says = |words: &str, phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if !says(&title.to_lowercase(), AWAY) && !says(&text.to_lowercase(), AWAY) {
        return None;
    }
    let tells = |sentence: &str| {
        let lower = sentence.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        says(&lower, DEPUTY) || (words.clone().any(|word| RETURN.contains(&word)) && words.any(names_a_day))
    };
    let (mut start, mut end, mut at) = (None, 0, 0);
    for sentence in sentences(text) {
        if tells(sentence) {
            start.get_or_insert(at);
            end = at + sentence.len();
        }
        at += sentence.len();
    }
    Some(text[start?..end].trim())
}

/// Whether a word, in lower case, is of a date.
fn names_a_day(word: &str) -> bool {
    let long = word.chars().count() >= 4;
    word.contains(|c: char| c.is_ascii_digit()) || (long && (month(word).is_some() || is_week_day(word)))
}

/// The sentences of `text`, without a gap: a full stop behind a number ends none ("16. März").
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut before = ' ';
    let mut ends = false;
    text.split_inclusive(move |c: char| {
        let cut = c == '\n' || (ends && c.is_whitespace());
        ends = matches!(c, '!' | '?') || (c == '.' && !before.is_ascii_digit());
        before = c;
        cut
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Channel, Conversation, ConversationId, DealId, MailHead, Source, Turn},
        deal_report::finish,
        rules::Rules,
        utterance::{Intents, Provenance, Sentiment, Utterance},
    };

    fn mail(id: &str, day: &str, side: Side, automatic: bool, text: &str) -> Scored {
        let speaker = if side == Side::Buyer { "Ingrid" } else { "Priya" };
        let conversation = Conversation {
            id: ConversationId(id.into()),
            deal: DealId("d".into()),
            channel: Channel::Email,
            started_at: Some(format!("{day}T10:00:00Z").parse().unwrap()),
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: vec![Turn { speaker: speaker.into(), side, text: text.into(), ..Turn::default() }],
            mail: Some(MailHead { automatic, ..MailHead::default() }),
            recording: None,
            source: Source::default(),
            revision: 0,
            as_read: None,
        };
        let utterance =
            Utterance { turn: 0, span: 0..text.len(), sentiment: Sentiment::default(), intents: Intents::default() };
        Scored { conversation, utterances: vec![utterance], provenance: Provenance::default() }
    }

    #[test]
    fn a_silence_is_told_with_the_absence_that_explains_it_unless_the_buyer_has_written_since() {
        let away = "I am out of the office until 16 March.";
        for (automatic, expected) in
            [(Some("2026-02-23"), Some(away)), (Some("2026-01-10"), None), (Some("2026-05-01"), None), (None, None)]
        {
            let mut deal = Deal::new(DealId("d".into()), None);
            deal.absorb(mail("1", "2026-02-01", Side::Buyer, false, "We look at it.")).unwrap();
            deal.absorb(mail("2", "2026-02-20", Side::Seller, false, "Any news?")).unwrap();
            if let Some(day) = automatic {
                deal.absorb(mail("3", day, Side::Buyer, true, away)).unwrap();
            }
            let as_of = "2026-04-02T23:59:59Z".parse().unwrap();
            let mut report = finish(&deal, &Rules::built_in(), Some(as_of));
            report.risks.retain(|f| SILENCE.contains(&f.name.as_str()));
            let [silence] = &report.risks[..] else { panic!("one silence: {:?}", report.risks) };
            let quote = silence.evidence.iter().find_map(|e| match e {
                Evidence::Quote { conversation, quote, .. } if conversation.0 == "3" => Some(quote.as_str()),
                _ => None,
            });
            assert_eq!(quote, expected, "{automatic:?}");
            let told = silence.message.ends_with(" An automatic mail of Ingrid tells of an absence.");
            assert_eq!(told, expected.is_some(), "{}", silence.message);
        }
    }

    #[test]
    fn a_day_of_return_or_a_deputy_is_told_and_nothing_else_of_an_automatic_mail() {
        let away =
            "I am out of the office until 16 March with no access to mail. In urgent cases please contact Lars Haugen.";
        for (title, text, told) in [
            ("Automatic reply: Wednesday?", away, Some(away)),
            (
                "Out of office",
                "Thank you for your mail.\nI am back on Monday.\nKind regards\nAnn",
                Some("I am back on Monday."),
            ),
            (
                "Abwesenheitsnotiz",
                "Guten Tag, ich bin bis zum 16. März nicht im Büro. Viele Grüße",
                Some("Guten Tag, ich bin bis zum 16. März nicht im Büro."),
            ),
            (
                "Automatic reply",
                "I am on parental leave. My colleague Bo Ek stands in: contact bo@x.example.",
                Some("My colleague Bo Ek stands in: contact bo@x.example."),
            ),
            // Neither a day nor a deputy, and no absence at all.
            ("Automatic reply", "I am out of the office and read mail now and then.", None),
            ("Automatic reply", "We have received your request and will be back within 2 days.", None),
        ] {
            assert_eq!(absence(title, text), told, "{title}: {text}");
        }
    }
}
