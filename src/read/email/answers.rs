//! Answers within the mail that is answered: "see my answers below, in red". Where marks of quoting set that mail apart, what
//! stands between them is read; where nothing does, the answers look like the mail around them, and all that can be told is
//! that they are there.

use crate::read::{
    email::footer::{blank, has_words},
    html::hue::Hue,
};

/// Stems of words for what somebody answers with.
const ANSWERS: &[&str] = &[
    "answer",
    "reply",
    "replies",
    "response",
    "respues",
    "respost",
    "rispost",
    "antwort",
    "antwoord",
    "répons",
    "reponse",
    "comment",
    "coment",
    "comentár",
    "kommenta",
    "anmerkung",
    "opmerking",
    "remark",
    "remarque",
    "svar",
];

/// Where such answers stand for certain, each with blanks around it.
const WITHIN: &[&str] = &[
    " in red ",
    " in blue ",
    " in green ",
    " in bold ",
    " in caps ",
    " in color ",
    " in colour ",
    " inline ",
    " in-line ",
    " in your email ",
    " in your e-mail ",
    " in your mail ",
    " in rot ",
    " rot ",
    " in blau ",
    " blau ",
    " in grün ",
    " grün ",
    " farbig ",
    " fett ",
    " im text ",
    " in deiner mail ",
    " in ihrer mail ",
    " en rouge ",
    " en bleu ",
    " en vert ",
    " en gras ",
    " dans le texte ",
    " dans votre message ",
    " dans votre mail ",
    " dans ton mail ",
    " en rojo ",
    " en azul ",
    " en verde ",
    " en negrita ",
    " em vermelho ",
    " em azul ",
    " in het rood ",
    " in rood ",
    " in het blauw ",
    " in blauw ",
    " in het groen ",
    " in de tekst ",
    " in rosso ",
    " in blu ",
    " in verde ",
    " nel testo ",
    " in purple ",
    " in orange ",
    " in lila ",
    " en violet ",
    " en morado ",
    " in paars ",
    " in viola ",
];

/// Names of colours, each with blanks around it.
const HUES: &[(Hue, &[&str])] = &[
    (Hue::Red, &[" red ", " rot ", " rouge ", " rojo ", " vermelho ", " rood ", " rosso "]),
    (Hue::Orange, &[" orange ", " naranja ", " laranja ", " oranje ", " arancione "]),
    (Hue::Green, &[" green ", " grün ", " vert ", " verde ", " groen "]),
    (Hue::Blue, &[" blue ", " blau ", " bleu ", " azul ", " blauw ", " blu "]),
    (Hue::Purple, &[" purple ", " lila ", " violett ", " violet ", " morado ", " paars ", " viola "]),
];

/// Where they stand unless the mail itself goes on below.
const BELOW: &[&str] = &[
    " below ",
    " beneath ",
    " unten ",
    " untenstehend ",
    " ci-dessous ",
    " plus bas ",
    " abajo ",
    " más abajo ",
    " abaixo ",
    " hieronder ",
    " onderaan ",
    " sotto ",
    " di seguito ",
    " nedan ",
    " nedenfor ",
];

/// The longest line, in bytes, that announces answers.
const LONGEST: usize = 300;

/// How many lines of the mail itself may stand between "my answers are below" and the mail that is answered: "Let me know."
const MOST_LINES: usize = 1;

/// Words before those answers that are somebody else's, which nobody adds to the mail that he answers.
const YOURS: &[&str] = &[
    "your", "ihre", "ihren", "ihrer", "deine", "deinen", "deiner", "eure", "votre", "vos", "ta", "tes", "su", "sus",
    "tu", "tus", "sua", "suas", "uw", "jouw", "je", "vostra", "vostre", "tua", "tue",
];

/// Whether `own`, the sender's words above the mail that is answered, say that answers stand within that mail.
pub fn within_quote(own: &[&str]) -> bool {
    let mut below = 0;
    own.iter().rev().filter(|l| !blank(l)).any(|line| {
        let found = line.len() <= LONGEST && announces(line, below <= MOST_LINES);
        below += usize::from(is_words(line));
        found
    })
}

/// The colour that `own` says the answers have; absent where it names none or several.
pub fn named_hue(own: &[&str]) -> Option<Hue> {
    let mut found = None;
    for line in own.iter().filter(|l| l.len() <= LONGEST && announces(l, true)) {
        let text = spaced(line);
        for (hue, names) in HUES {
            if names.iter().any(|name| text.contains(name)) && found.replace(*hue).is_some_and(|other| other != *hue) {
                return None;
            }
        }
    }
    found
}

/// The words of a sentence in lower case, with a blank around each.
fn spaced(sentence: &str) -> String {
    let lower = sentence.to_lowercase();
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|w| !w.is_empty());
    format!(" {} ", words.collect::<Vec<_>>().join(" "))
}

/// Whether a line says something; a sign-off, a name and a telephone number do not.
fn is_words(line: &str) -> bool {
    has_words(&[line]) && (line.trim_end().ends_with(['.', '!', '?', ':']) || line.split_whitespace().nth(4).is_some())
}

/// Whether a line announces them. `last`: hardly anything of the mail itself stands below.
fn announces(line: &str, last: bool) -> bool {
    line.split(['.', '!', '?', ';']).any(|sentence| {
        let text = spaced(sentence);
        // "In line with" is another thing.
        let in_line = || text.contains(" in line ") && !text.contains(" in line with ");
        let within = || in_line() || WITHIN.iter().any(|w| text.contains(w));
        let below = || BELOW.iter().any(|w| text.contains(w));
        let own = |before: &str| !YOURS.contains(&before.trim_end().rsplit(' ').next().unwrap_or_default());
        let begins = |before: &str| before.ends_with(' ') && own(before);
        let answers = || ANSWERS.iter().any(|a| text.match_indices(a).any(|(at, _)| begins(&text[..at])));
        (answers() && (within() || (last && below()))) || (within() && below())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_announced_in_words() {
        for (text, expected) in [
            ("Hi Ann,\nsee my answers in red below.\n\nTom", true),
            ("Please find my responses inline.", true),
            ("See below in blue.", true),
            ("My comments are below.\n\nBest,\nTom", true),
            ("Meine Antworten stehen unten im Text (in rot).", true),
            ("Mes réponses en bleu dans votre message.", true),
            ("Mis respuestas abajo.", true),
            ("Mijn antwoorden in het rood.", true),
            ("My answers below.\n\nTom Nguyen\nCOO\nAcme\n555 123 4567", true),
            ("Our comments are below.\nThe price is high.\nThe term is long.", false),
            ("Thanks for your answers below.", false),
            ("Thanks for the answer. We are in red this quarter.", false),
            ("My comments in line marked TN.", true),
            ("Our comments are in line with your policy.", false),
            ("See below.", false),
            ("The price is below what we replied last week.", false),
            ("Your comments are in line with our responsibilities.", false),
        ] {
            assert_eq!(within_quote(&text.lines().collect::<Vec<_>>()), expected, "{text}");
        }
    }
}
