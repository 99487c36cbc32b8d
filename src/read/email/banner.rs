//! The warning that a mail server puts above what comes from outside or from somebody new.

use std::sync::LazyLock;

use crate::read::{
    email::{
        divider::rule,
        footer::{blank, has_words},
    },
    phrases::Phrases,
};

/// What a server puts above a mail that comes from outside.
const BANNERS: &[&str] = &[
    "originated from outside",
    "originated outside",
    "originates from outside",
    "sent from outside",
    "comes from outside",
    "came from outside",
    "from an external s",
    "external email",
    "external sender",
    "external message",
    "externe e-mail",
    "externe email",
    "externe nachricht",
    "externer absender",
    "externe afzender",
    "von außerhalb",
    "l'extérieur de l",
    "l’extérieur de l",
    "expéditeur externe",
    "correo externo",
    "remitente externo",
    "mittente esterno",
    "be careful with this message",
    "sender's identity could not be",
    "sender’s identity could not be",
];

/// What Outlook says of somebody who writes for the first time; the sender's address stands behind it.
const NEW_SENDERS: &[&str] = &[
    "don't often get email from",
    "don’t often get email from",
    "sie erhalten nicht oft e-mail",
    "sie erhalten nicht häufig e-mails",
    "vous n’obtenez pas souvent d",
    "vous n'obtenez pas souvent d",
    "vous ne recevez pas souvent d",
    "no suele recibir correo",
    "no acostumbra a recibir correo",
    "non ricevi spesso messaggi",
    "non si ricevono spesso messaggi",
    "u ontvangt niet vaak e-mail",
];

/// Stems of what such a warning speaks of, whatever its sentence: a mail, from outside, of a sender or of the house.
const MAIL: &[&str] =
    &["mail", "message", "nachricht", "courriel", "correo", "mensaje", "mensagem", "messaggio", "bericht"];
const OUTSIDE: &[&str] =
    &["extern", "outside", "außerhalb", "buiten", "fuera de", "extérieur", "esterno", "fora da", "fora de"];
const SOURCE: &[&str] =
    &["sender", "absender", "expéditeur", "remitente", "remetente", "mittente", "afzender", "organi", "source"];

/// Words of which one stands in every such warning that does not begin with a bracket.
const ALARMS: &[&str] = &[
    "caution",
    "warning",
    "external",
    "extern",
    "achtung",
    "vorsicht",
    "attention",
    "atención",
    "precaución",
    "attenzione",
    "atenção",
    "let op",
    "opgelet",
    "learn why",
    "aka.ms",
    "do not click",
    "think before you click",
    "be careful",
    "mimecast",
];

/// Which list a phrase stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Banner,
    NewSender,
    Mail,
    Outside,
    Source,
    Alarm,
}

static PHRASES: LazyLock<Phrases<Found>> = LazyLock::new(|| {
    let lists = [
        (BANNERS, Found::Banner),
        (NEW_SENDERS, Found::NewSender),
        (MAIL, Found::Mail),
        (OUTSIDE, Found::Outside),
        (SOURCE, Found::Source),
        (ALARMS, Found::Alarm),
    ];
    Phrases::of(lists.into_iter().flat_map(|(list, found)| list.iter().map(move |phrase| (*phrase, found))))
});

/// The longest such warning, in bytes.
const LONGEST: usize = 500;

/// Between which lines Proofpoint puts its warning; where they are seen, its markup was lost.
const FRAME: [&str; 2] = ["zjqcmqryfpfptbannerstart", "zjqcmqryfpfptbannerend"];

/// The most lines between those.
const MOST_FRAMED: usize = 40;

/// What stands alone in brackets or stars as a warning.
const TAGS: &[&str] = &[
    "external",
    "ext",
    "external email",
    "external e-mail",
    "external mail",
    "external sender",
    "external message",
    "extern",
    "externe",
    "externe e-mail",
    "externe email",
    "externe mail",
    "externer absender",
    "externo",
    "correo externo",
    "esterno",
    "email esterna",
    "mail externe",
    "courriel externe",
    "外部",
    "外部メール",
    "外部邮件",
];

/// How many lines at the head of `lines` servers put there, warnings of mails from outside; none where nothing else stands.
pub fn end(lines: &[&str]) -> usize {
    let mut end = 0;
    // The sender's server and the reader's own, and one that knows who writes for the first time.
    while let Some(length) = banner(&lines[end..]) {
        if !has_words(&lines[end + length..]) {
            break;
        }
        end += length;
        // A rule that sets it apart from the mail is the server's too.
        let below = lines[end..].iter().position(|l| !blank(l)).map_or(lines.len(), |at| end + at);
        if lines.get(below).is_some_and(|line| rule(line)) {
            end = below + 1;
        }
    }
    end
}

/// How many lines a warning takes at the head of `lines`, with the blank ones above it.
fn banner(lines: &[&str]) -> Option<usize> {
    let first = lines.iter().position(|l| !l.trim().is_empty())?;
    if is_tag(lines[first]) || is_class(lines[first], false) {
        return Some(first + 1);
    }
    // Between rules.
    if rule(lines[first])
        && let [class, closing, ..] = &lines[first + 1..]
        && is_class(class, true)
        && rule(closing)
    {
        return Some(first + 3);
    }
    let is = |line: &str, mark: &str| line.trim().get(..mark.len()).is_some_and(|l| l.eq_ignore_ascii_case(mark));
    if is(lines[first], FRAME[0]) {
        let below = lines[first..].iter().take(MOST_FRAMED);
        return below.into_iter().position(|l| l.trim().eq_ignore_ascii_case(FRAME[1])).map(|at| first + at + 1);
    }
    let paragraph: Vec<&str> = lines[first..].iter().take_while(|l| !l.trim().is_empty()).take(6).copied().collect();
    let lower = paragraph.join(" ").to_lowercase();
    if lower.len() > LONGEST {
        return None;
    }
    let found: Vec<Found> = PHRASES.within(&lower).map(|(_, found)| found).collect();
    let has = |what: Found| found.contains(&what);
    let alarm = lower.starts_with('[') || has(Found::Alarm);
    let spoken = || heads_a_sentence(&lower) && sentences(&lower).any(speaks_of_outside);
    let warns = alarm && (has(Found::Banner) || has(Found::NewSender) || spoken());
    (warns || (has(Found::NewSender) && lower.contains('@'))).then_some(first + paragraph.len())
}

fn sentences(lower: &str) -> impl Iterator<Item = &str> {
    lower.split_inclusive(['.', '!', '?'])
}

/// Whether a sentence of a warning begins with its alarm: "attention:" and "do not click", and not "the external audit".
fn heads_a_sentence(lower: &str) -> bool {
    sentences(lower).any(|sentence| {
        let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
        ALARMS.iter().any(|alarm| {
            let rest = sentence.strip_prefix(alarm).map(str::trim_start);
            rest.is_some_and(|rest| alarm.contains(' ') || !rest.starts_with(char::is_alphanumeric))
        })
    })
}

/// Whether one sentence speaks of a mail, of outside, and of a sender or of the house.
fn speaks_of_outside(sentence: &str) -> bool {
    let found: Vec<Found> = PHRASES.within(sentence).map(|(_, found)| found).collect();
    [Found::Mail, Found::Outside, Found::Source].iter().all(|what| found.contains(what))
}

/// How secret a mail is, as servers and programs write it above or below mails: "Classification: Confidential", "INTERNAL USE
/// ONLY", "Acme - Internal Use". One word alone may be an answer, and so may "Internal use only" where no rules set it apart.
pub fn is_class(line: &str, between_rules: bool) -> bool {
    const LONGEST: usize = 80;
    const NAMES: &[&str] = &["classification", "sensitivity", "klassifizierung", "sensibilité", "clasificación"];
    const LEVELS: &[&str] =
        &["internal", "public", "confidential", "restricted", "secret", "intern", "vertraulich", "confidentiel"];
    const BESIDE: &[&str] = &["use", "only", "strictly", "highly", "company", "general", "business", "streng", "data"];
    if line.len() > LONGEST || line.trim_end().ends_with(['?', '!', '.', ',']) {
        return false;
    }
    let lower = line.to_lowercase();
    let (name, value) = lower.split_once(':').unwrap_or(("", &lower));
    let labelled = NAMES.iter().any(|n| name.ends_with(n) && name.split_whitespace().count() <= 3);
    // The company stands before it.
    let behind_company = [" - ", " – ", " | "].iter().find_map(|mark| Some(value.rsplit_once(mark)?.1));
    let plain = between_rules || behind_company.is_some() || !line.contains(char::is_lowercase);
    let value = behind_company.unwrap_or(value);
    let words = value.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let (mut levels, mut all) = (0, 0);
    for word in words {
        let level = LEVELS.contains(&word);
        if !level && !BESIDE.contains(&word) {
            return false;
        }
        levels += usize::from(level);
        all += 1;
    }
    all <= 4 && if labelled { all >= 1 } else { plain && name.is_empty() && levels >= 1 && all >= 2 }
}

/// Whether a line is such a warning in one word: "[EXTERNAL]", "**External Email**".
fn is_tag(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_matches(['[', ']', '*', '<', '>', '(', ')', '【', '】', ' ', '-']);
    line.len() <= 60 && inner.len() < line.len() && TAGS.contains(&inner.trim_end_matches(':').to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_is_cut_where_words_follow() {
        for (text, at) in [
            ("CAUTION: This email originated from outside of the organization.\nDo not click links.\n\nYes.", 2),
            ("[EXTERNAL EMAIL]\n\nYes.", 1),
            ("Sie erhalten nicht oft E-Mails von ann@acme.example. Learn why\n\nJa.", 1),
            ("CAUTION: This email originated from outside of the organization.", 0),
            ("External consultants come; caution is advised.\n\nYes.", 0),
            ("[EXTERNAL]\n\nCAUTION: This email originated from outside of the organization.\n\nYes.", 3),
            ("[EXTERNAL]\nYes.", 1),
            (
                "CAUTION: This email originated from outside.\n\nYou don't often get email from a@x.example. Learn why\n\nYes.",
                3,
            ),
            ("**External Email**\nYes.", 1),
            ("External", 0),
            ("External\n\nYes.", 0),
            (
                "ZjQcmQRYFpfptBannerStart\nThis Message Is From an External Sender\n\nIt is new.\nZjQcmQRYFpfptBannerEnd\nYes.",
                5,
            ),
            ("ZjQcmQRYFpfptBannerStart\nYes.", 0),
            ("Some people who received this message don't often get email from a@x.example. Learn why\n\nYes.", 1),
            ("Vous ne recevez pas souvent de courriers de a@x.example. Découvrez pourquoi\n\nOui.", 1),
            ("This message came from outside Acme. Think before you click!\n\nYes.", 1),
            ("ACHTUNG: Diese E-Mail stammt von einem externen Absender.\n\nJa.", 1),
            ("LET OP: Deze e-mail is afkomstig van buiten de organisatie.\n\nJa.", 1),
            ("ATENCIÓN: Este correo electrónico se originó fuera de la organización.\n\nSí.", 1),
            ("Attention: people from outside the organisation join on Monday.\n\nYes.", 0),
            ("EXTERNAL EMAIL: Use caution.\n\n________\n\nYes.", 3),
            ("Be Careful With This Message\n\nThe sender's identity could not be verified. Mimecast\n\nYes.", 3),
            ("----------\nINTERNAL USE ONLY\n----------\n\nYes.", 3),
            ("Classification: Confidential\n\nYes.", 1),
            ("Acme - Internal Use\n\nYes.", 1),
            ("Internal\n\nAnn", 0),
            ("Internal use only\n\nAnn", 0),
            ("----------\nInternal use only\n----------\n\nYes.", 3),
            ("Thank you for your attention. The external audit is organized and an e-mail follows.\n\nAnn", 0),
            ("Attention! The audit is external. The e-mail is organized.\n\nAnn", 0),
            ("This mail came from a source outside the house. Do not click on links.\n\nYes.", 1),
            ("Confidential to us: the price is public.\n\nYes.", 0),
        ] {
            assert_eq!(end(&text.lines().collect::<Vec<_>>()), at, "{text}");
        }
    }
}
