//! Whether the buyer says that its signature is given or its order placed, in English.
//!
//! Told by the form of the word: "signed" as a thing done ("Signed.", "It's signed", "We signed yesterday", "the signed order
//! is attached"), and not as one to come ("once it is signed", "we want it signed by May"), another one ("signed up", "signed
//! in to the trial") or of another paper ("I signed the visitor list").

use super::{
    phrases::{self, contains_any, is_in_doubt, is_one_of, words},
    view::Line,
};
use crate::utterance::Intent;

/// The papers with which a deal is made.
const PAPERS: &str = "contract|contracts|agreement|agreements|order|orders|form|forms|quote|offer|proposal|po|paper|papers|\
    paperwork|copy|copies|document|documents|documentation|renewal|extension|addendum|deal|licence|license|subscription|\
    sow|statement|msa|terms|amendment";

/// Whether the buyer says so in `line`, and of no one else than us: about paper, by the model or because it is sent along. Much
/// else is signed, a list of visitors or a leaving card.
pub(super) fn says_signed(line: &Line) -> bool {
    const PLAINLY: &str = "attached|enclosed|countersigned";
    (line.is(Intent::PaperProcess) || line.says(PLAINLY))
        && !line.is_any(&[Intent::Competitor, Intent::ChurnIntent, Intent::Stall])
        && tells_of_a_signature(&line.plain)
}

/// Whether some plain words say so.
fn tells_of_a_signature(plain: &str) -> bool {
    const OPEN: &str = "until|once|unless|if|when|whenever|as soon as";
    let sentences = plain.split_inclusive(['.', '!', '?', '\n']);
    sentences.filter(|s| !s.ends_with('?') && !contains_any(s, OPEN)).any(|sentence| {
        let clauses: Vec<&str> = sentence.split([',', ';', ':', '–', '—']).collect();
        (0..clauses.len()).any(|at| is_signed(clauses[at], &clauses[at + 1..], sentence) || is_ordered(clauses[at]))
    })
}

/// Whether a clause says that a paper of the deal is signed; `next` are those behind it in its `sentence`.
fn is_signed(clause: &str, next: &[&str], sentence: &str) -> bool {
    const WORDS: &str = "signed|countersigned|co-signed|cosigned|counter-signed";
    /// What the thing signed is called without naming it.
    const THAT: &str = "it|this|that|both|all|everything|these|they|ours|mine|yours";
    const BE: &str = "is|are|was|were|been";
    const DETERMINERS: &str = "the|a|an|your|our|my|this|that|these|both|all";
    const JOINS: &str = "now|already|just|all|both|duly|finally|and|fully";
    const OBJECTS: &str = "it|them|the|that|this|both";
    let words = clause.split(|c: char| !c.is_alphanumeric() && !"'-".contains(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let names_a_paper = |words: &[&str]| words.iter().any(|word| is_one_of(word, PAPERS));
    words.iter().enumerate().filter(|(_, word)| is_one_of(word, WORDS)).any(|(at, _)| {
        let (before, behind) = (&words[..at], &words[at + 1..]);
        if is_to_come(before) || is_another_sense(behind) || is_long_ago(clause) {
            return false;
        }
        let led = before.iter().rev().find(|word| !is_one_of(word, JOINS)).copied().unwrap_or_default();
        // "The signed order", and at the beginning "signed contract".
        let beside_its_paper = is_one_of(led, DETERMINERS) || led.is_empty();
        let object = behind.first().is_some_and(|word| is_one_of(word, DETERMINERS));
        if beside_its_paper && !object && names_a_paper(&behind[..behind.len().min(2)]) {
            return is_sent(sentence);
        }
        // "The list is signed": of what is said to be signed the name comes first.
        let has_no_object = behind.first().is_none_or(|word| !is_one_of(word, OBJECTS));
        if is_one_of(led, BE) || (led.ends_with("'s") && has_no_object) {
            let what = before.iter().filter(|word| !is_one_of(word, BE) && !is_one_of(word, JOINS));
            let what: Vec<&str> = what.map(|word| word.trim_end_matches("'s")).collect();
            return names_a_paper(&what) || what.iter().any(|word| is_one_of(word, THAT));
        }
        // "Signed the list", "signed it, the list": of what somebody signs the name comes behind.
        let told: Vec<&str> = behind.iter().skip_while(|word| is_one_of(word, "off|both|all|of")).copied().collect();
        let named = told.first().is_some_and(|word| is_one_of(word, DETERMINERS) && told.len() > 1);
        let added = next.first().map(|clause| clause.trim_start());
        let added = added.filter(|clause| clause.starts_with("the ") && told.first() == Some(&"it"));
        let added: Vec<&str> = added.into_iter().flat_map(phrases::words).collect();
        (!named || names_a_paper(&told)) && (added.is_empty() || names_a_paper(&added))
    })
}

/// Whether what comes before "signed" says that it is not yet, or who else signs.
fn is_to_come(before: &[&str]) -> bool {
    const TO_COME: &str = "be|being|get|gets|getting|to|will|won't|would|should|could|can|must|may|might|need|needs|want|wants|\
        hope|hoping|expect|expecting|wait|waiting|await|awaiting|like|let|see|before|after|by|without|you|nothing|nobody|for";
    before.iter().any(|word| is_one_of(word, TO_COME) || word.ends_with("'ll") || word.ends_with("'d"))
        || is_in_doubt(&before.join(" "))
}

/// "Signed up", "signed off", "signed in to the trial"; and not "signed in DocuSign", "signed on Friday".
fn is_another_sense(behind: &[&str]) -> bool {
    matches!(
        behind,
        ["up" | "off" | "out" | "into" | "with", ..]
            | ["in" | "on"]
            | ["in" | "on", "to" | "and" | "with" | "as" | "but", ..]
    )
}

/// Whether it tells of a signature of another time.
fn is_long_ago(clause: &str) -> bool {
    contains_any(clause, "ago|last year|back in|originally|at the time|first signed|years|since")
}

/// Whether a sentence says that something comes with it or was sent.
fn is_sent(sentence: &str) -> bool {
    const SENT: &str = "attached|attach|enclosed|here's|here is|here are|find|below|returned|sent|in the post|back to you|\
        in your inbox|with you";
    contains_any(sentence, SENT)
        && !is_to_come(&words(sentence).filter(|word| *word != "to" && *word != "you").collect::<Vec<_>>())
}

/// Whether a clause sends the order.
fn is_ordered(clause: &str) -> bool {
    const ORDER: &str = "po|purchase order|order form|order confirmation";
    const COMES: &str = "attached|enclosed|here's|here is|issued";
    let words: Vec<&str> = words(clause).collect();
    contains_any(clause, ORDER) && contains_any(clause, COMES) && !is_to_come(&words)
}

#[cfg(test)]
mod tests {
    use super::tells_of_a_signature;

    #[test]
    fn a_signature_given_is_told_from_one_to_come_and_from_the_same_word_in_another_sense() {
        for text in [
            "signed.",
            "signed. no horse this year.",
            "signed, both copies.",
            "signed, attached.",
            "it's signed.",
            "the contract is signed.",
            "all signed on our side, see attached.",
            "contract signed and returned.",
            "just signed in docusign.",
            "please find the signed agreement attached.",
            "we signed yesterday.",
            "signed the contract this morning.",
            "signed it just now",
            "here's the signed order form.",
            "find attached the signed contract.",
            "anna signed on friday, copy attached.",
            "po 4711 attached.",
            "countersigned copy attached.",
            "the renewal form is signed and attached.",
            "order attached, signed.",
            "i've signed the contract this morning.",
            "both copies have been signed.",
            "legal is not slow, we signed it.",
            "the trustees signed it on tuesday.",
            "anna has signed.",
            "anna's signed it.",
        ] {
            assert!(tells_of_a_signature(text), "{text}");
        }
        for text in [
            "i've signed up for your newsletter, it is fun.",
            "we have signed in to the trial and it works.",
            "legal has signed off on it.",
            "i signed it yesterday, the visitor list for your site visit.",
            "i signed the visitor list.",
            "the visitor list is signed.",
            "it isn't signed yet.",
            "once it is signed we start.",
            "we want it signed by may.",
            "it gets signed when the board meets.",
            "nothing is signed before june.",
            "i'll send the signed copy on friday.",
            "please send us the signed copy.",
            "have you signed it?",
            "it is far from signed.",
            "none of it is signed.",
            "neither contract is signed.",
            "not one of the contracts has been signed.",
            "you signed it last week.",
            "we signed three years ago.",
            "they signed with quillbook.",
            "the po will be issued on monday.",
        ] {
            assert!(!tells_of_a_signature(text), "{text}");
        }
    }
}
