//! How a deal ended, by what its CRM calls its stage or its status, in the languages that CRMs speak.

use serde::{Deserialize, Serialize};

/// How a deal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was bought.
    Won,
    /// It was not, or was given up.
    Lost,
}

/// What the CRM says of a deal beside its stage, whose name is the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It goes on, whatever its stage is called.
    Open,
    /// It was bought.
    Won,
    /// It was not, or was given up.
    Lost,
}

/// The outcome that the name of a stage says: `Closed Won`, `6 - Closed/Lost`, `Geschlossen und gewonnen`. One that is only called
/// closed says nothing, nor does one that is not won yet.
pub fn of_stage(name: &str) -> Option<Outcome> {
    let lower = name.to_lowercase();
    let words = words(&lower);
    let sure = |word: &str| SURE.iter().find(|(known, _)| *known == word).map(|(_, outcome)| *outcome);
    let Some(at) = words.iter().position(|word| sure(word).is_some()) else { return of_whole(&words) };
    let before = |n: usize| at.checked_sub(n).map(|at| words[at]);
    let doubted = || [before(1), before(2)].into_iter().flatten().any(|word| DOUBTS.contains(&word));
    let denied = || before(1).is_some_and(|word| NEGATIONS.contains(&word));
    // "Not interested - Lost" is lost, "Verbal - Won" not won yet.
    let doubtful = match sure(words[at]) {
        Some(Outcome::Lost) => word_before(&lower, words[at]).is_some_and(|word| DOUBTS.contains(&word)),
        _ => doubted() || denied(),
    };
    // "Won/Lost" is the name of a step in which both may be.
    let mut told = words.iter().filter(|word| !says_nothing(word)).map(|word| sure(word));
    let both =
        words.iter().any(|word| sure(word) != sure(words[at]) && sure(word).is_some()) && told.all(|o| o.is_some());
    sure(words[at]).filter(|_| !doubtful && !both)
}

/// The word before an outcome within its part of a name, "not" of "Open: not lost".
fn word_before<'a>(lower: &'a str, outcome: &str) -> Option<&'a str> {
    let part =
        lower.split(['-', '–', '—', ':', '/', '(', ')', ',', '|']).find(|part| words(part).contains(&outcome))?;
    let words = words(part);
    words.iter().position(|word| *word == outcome)?.checked_sub(1).map(|at| words[at])
}

/// What a column says that holds nothing but the deal's status: an outcome and nothing else ("Lost contact" is of a person), or
/// that it is open.
pub fn of_status(name: &str) -> Option<Status> {
    let lower = name.to_lowercase();
    let words = words(&lower);
    let is_alone = words.iter().all(|word| says_nothing(word) || SURE.iter().any(|(known, _)| known == word));
    let outcome = if is_alone { of_stage(name) } else { of_whole(&words) };
    match outcome {
        Some(Outcome::Won) => Some(Status::Won),
        Some(Outcome::Lost) => Some(Status::Lost),
        None => OPEN.contains(&lower.trim()).then_some(Status::Open),
    }
}

/// The outcome of a name that is nothing but a word for it: "Dead", "Closed - Win". Within a longer name such a word may be of
/// something else: "Demo canceled", "Path to win", "Canceled - demo moved".
fn of_whole(words: &[&str]) -> Option<Outcome> {
    let told = words.iter().copied().filter(|word| !says_nothing(word)).collect::<Vec<_>>().join(" ");
    ALONE.iter().find(|(known, _)| *known == told).map(|(_, outcome)| *outcome)
}

/// The words of a name in lower case; "won't" is one.
fn words(lower: &str) -> Vec<&str> {
    let apostrophe = |c: char| matches!(c, '\'' | '’');
    let words = lower.split(|c: char| !c.is_alphanumeric() && !apostrophe(c));
    words.map(|word| word.trim_matches(apostrophe)).filter(|word| !word.is_empty()).collect()
}

/// Whether a word of a stage's name tells nothing of the outcome: its number, or that the deal is closed.
fn says_nothing(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit()) || CLOSED.contains(&word)
}

/// Words for an outcome wherever they stand.
const SURE: &[(&str, Outcome)] = &[
    ("won", Outcome::Won),
    ("closedwon", Outcome::Won),
    ("gewonnen", Outcome::Won),
    ("gagné", Outcome::Won),
    ("gagnée", Outcome::Won),
    ("ganado", Outcome::Won),
    ("ganada", Outcome::Won),
    ("lost", Outcome::Lost),
    ("closedlost", Outcome::Lost),
    ("abandoned", Outcome::Lost),
    ("disqualified", Outcome::Lost),
    ("verloren", Outcome::Lost),
    ("perdu", Outcome::Lost),
    ("perdue", Outcome::Lost),
    ("perdido", Outcome::Lost),
    ("perdida", Outcome::Lost),
];

/// Words for an outcome where they are the whole name.
const ALONE: &[(&str, Outcome)] = &[
    ("win", Outcome::Won),
    ("vinto", Outcome::Won),
    ("vinta", Outcome::Won),
    ("ganho", Outcome::Won),
    ("ganha", Outcome::Won),
    ("loss", Outcome::Lost),
    ("no decision", Outcome::Lost),
    ("canceled", Outcome::Lost),
    ("cancelled", Outcome::Lost),
    ("dead", Outcome::Lost),
    ("churned", Outcome::Lost),
    ("omitted", Outcome::Lost),
    ("abgesagt", Outcome::Lost),
    ("annulé", Outcome::Lost),
    ("annulée", Outcome::Lost),
    ("cancelado", Outcome::Lost),
    ("cancelada", Outcome::Lost),
    ("perso", Outcome::Lost),
    ("persa", Outcome::Lost),
    ("geannuleerd", Outcome::Lost),
];

/// Words for being closed, and those between them and the outcome.
const CLOSED: &[&str] = &[
    "closed",
    "close",
    "deal",
    "opportunity",
    "and",
    "or",
    "oder",
    "geschlossen",
    "abgeschlossen",
    "und",
    "fermé",
    "fermée",
    "conclu",
    "conclue",
    "et",
    "cerrado",
    "cerrada",
    "y",
    "chiuso",
    "chiusa",
    "e",
    "fechado",
    "fechada",
    "gesloten",
    "afgesloten",
    "en",
];

/// Words that take back an outcome within two words behind them.
const DOUBTS: &[&str] = &[
    "not",
    "nicht",
    "niet",
    "verbal",
    "verbally",
    "mündlich",
    "mondeling",
    "be",
    "yet",
    "almost",
    "nearly",
    "fast",
    "beinahe",
    "likely",
    "probably",
    "pending",
    "soft",
];

/// Words that do so right before it; elsewhere they are those of a number or of a reason.
const NEGATIONS: &[&str] = &["no", "non", "não"];

/// The statuses of deals that go on.
const OPEN: &[&str] =
    &["open", "offen", "ouvert", "ouverte", "abierto", "abierta", "aperto", "aperta", "aberto", "aberta"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_stages_say_how_a_deal_ended() {
        const WON: &[&str] = &[
            "Closed Won",
            "closedwon",
            "Closed - Won",
            "Closed Won (Signed)",
            "Contract Signed/Won",
            "6 - Closed Won",
            "WON",
            "Won 🎉",
            "Win",
            "Deal 'Won'",
            "Gewonnen",
            "Geschlossen und gewonnen",
            "Gagné",
            "Fermée/Gagnée",
            "Ganado",
            "Cerrada ganada",
            "Gesloten gewonnen",
            "Chiuso - Vinto",
            "Ganho",
            "Closed Won - lost the add-on",
        ];
        const LOST: &[&str] = &[
            "6 - Closed/Lost",
            "Disqualified",
            "Closed-Lost: No Decision",
            "Lost - not the right time",
            "Lost - Price",
            "Loss",
            "No Decision",
            "Closed - No Decision",
            "Dead",
            "Cancelled",
            "Not interested - Lost",
            "Pending - Lost",
            "Churned",
            "Omitted",
            "Abandoned",
            "Verloren",
            "Geschlossen und verloren",
            "Perdu",
            "Fermée/Perdue",
            "Cerrada perdida",
            "Perso",
            "Perdido",
            "Abgesagt",
        ];
        const NEITHER: &[&str] = &[
            "Closing",
            "Wonderful fit",
            "Closed",
            "Not won",
            "Not yet won",
            "To be won",
            "Verbal Won",
            "Win (verbal)",
            "Won't buy",
            "Nicht gewonnen",
            "Non gagné",
            "No ganado",
            "Won/Lost",
            "Won or Lost",
            "Win/Loss review",
            "Win-back",
            "Canceled - demo moved",
            "Verbal - Won",
            "Probably lost",
            "Closed Won/Lost",
            "Path to win",
            "Demo canceled",
            "No decision maker",
            "Dead line set",
            "Proposal",
            "",
        ];
        let expected = [(WON, Some(Outcome::Won)), (LOST, Some(Outcome::Lost)), (NEITHER, None)];
        for (stage, expected) in expected.iter().flat_map(|(stages, outcome)| stages.iter().map(move |s| (s, outcome)))
        {
            assert_eq!(of_stage(stage), *expected, "{stage}");
        }
        for (name, expected) in [
            ("Open", Some(Status::Open)),
            ("Won", Some(Status::Won)),
            ("In Progress", None),
            ("Lost contact", None),
            ("Win/Loss interview due", None),
        ] {
            assert_eq!(of_status(name), expected, "{name}");
        }
    }
}
