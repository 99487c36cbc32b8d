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

/// How many lines at the head of `lines` a server put there, a warning of mails from outside; none where nothing else stands.
pub fn end(lines: &[&str]) -> usize {
    let Some(first) = lines.iter().position(|l| !l.trim().is_empty()) else { return 0 };
    let paragraph: Vec<&str> = lines[first..].iter().take_while(|l| !l.trim().is_empty()).take(6).copied().collect();
    let end = first + paragraph.len();
    let lower = paragraph.join(" ").to_lowercase();
    if lower.len() > LONGEST {
        return 0;
    }
    let (mut banner, mut alarm) = (false, lower.starts_with('['));
    for (_, found) in PHRASES.within(&lower) {
        match found {
            Found::Banner => banner = true,
            Found::Alarm => alarm = true,
        }
    }
    if banner && alarm && has_words(&lines[end..]) { end } else { 0 }
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
        ] {
            assert_eq!(end(&text.lines().collect::<Vec<_>>()), at, "{text}");
        }
    }
}
