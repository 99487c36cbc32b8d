//! The warning that a mail server puts above what comes from outside or from somebody new.

use std::sync::LazyLock;

use super::{email_footer::has_words, phrases::Phrases};

/// What a server puts above a mail that comes from outside or from somebody new.
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
    "von außerhalb",
    "you don't often get email from",
    "you don’t often get email from",
    "sie erhalten nicht oft e-mail",
    "sie erhalten nicht häufig e-mails",
    "vous ne recevez pas souvent de courriers",
    "vous n’obtenez pas souvent d",
    "vous n'obtenez pas souvent d",
    "vous ne recevez pas souvent d",
    "l'extérieur de l",
    "l’extérieur de l",
    "expéditeur externe",
    "no suele recibir correo",
    "no acostumbra a recibir correo",
    "correo externo",
    "remitente externo",
    "non ricevi spesso messaggi",
    "non si ricevono spesso messaggi",
    "mittente esterno",
    "u ontvangt niet vaak e-mail",
    "externe afzender",
];

/// Words of which one stands in every such warning that does not begin with a bracket.
const ALARMS: &[&str] = &[
    "caution",
    "warning",
    "external",
    "extern",
    "achtung",
    "vorsicht",
    "attention",
    "learn why",
    "aka.ms",
    "do not click",
];

/// Which list a phrase stands in.
#[derive(Clone, Copy)]
enum Found {
    Banner,
    Alarm,
}

static PHRASES: LazyLock<Phrases<Found>> = LazyLock::new(|| {
    let alarms = ALARMS.iter().map(|phrase| (*phrase, Found::Alarm));
    Phrases::of(BANNERS.iter().map(|phrase| (*phrase, Found::Banner)).chain(alarms))
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
    }
    end
}

/// How many lines a warning takes at the head of `lines`, with the blank ones above it.
fn banner(lines: &[&str]) -> Option<usize> {
    let first = lines.iter().position(|l| !l.trim().is_empty())?;
    if is_tag(lines[first]) {
        return Some(first + 1);
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
    let (mut banner, mut alarm) = (false, lower.starts_with('['));
    for (_, found) in PHRASES.within(&lower) {
        match found {
            Found::Banner => banner = true,
            Found::Alarm => alarm = true,
        }
    }
    (banner && alarm).then_some(first + paragraph.len())
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
        ] {
            assert_eq!(end(&text.lines().collect::<Vec<_>>()), at, "{text}");
        }
    }
}
