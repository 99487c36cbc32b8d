//! Whether words are English, which is all that the models that come with dealtone read.
//!
//! Told by the commonest little words: in any talk every fourth word is one of a few dozen that hardly any other language has.
//! A language is not named, and what is too short to tell passes as English: who is told that a deal is not English shall be
//! able to rely on it. The forms of questions ask for more: not that words are surely of another language, but that enough of them
//! are English.

use std::{collections::HashSet, sync::LazyLock};

use super::{phrases::words, view::Line};
use crate::utterance::Scored;

/// Little words of English.
const ENGLISH: &str = "the|and|to|of|you|that|it|is|we|for|this|have|with|are|not|but|what|can|be|your|our|they|will|if|from|\
    i'm|it's|i|my|was|would|there|about|so|just|do|don't|at|as|or|how|that's|know|me|by|us|thanks|on|in|a";

/// Little words of other languages of Latin script that are none of English.
const FOREIGN: &[&str] = &[
    // German.
    "der|das|und|ist|nicht|ich|wir|sie|ein|eine|einen|dem|den|mit|auf|für|zu|auch|noch|aber|wie|bei|haben|ihr|ihnen|uns|sind|\
     wird|vielen|dank",
    // French.
    "le|la|les|des|et|est|une|nous|vous|que|pour|pas|dans|je|du|avec|sur|ce|votre|notre|sommes|c'est|merci|bonjour",
    // Spanish.
    "el|los|las|una|por|para|con|lo|su|más|está|estamos|muy|es|nos|pero|gracias|hola",
    // Italian.
    "il|di|che|per|non|sono|della|gli|anche|questo|abbiamo|grazie|è|siamo|una|più|ma",
    // Portuguese.
    "os|uma|não|em|da|com|são|mais|você|muito|obrigado|obrigada|estamos|o|que|é",
    // Dutch.
    "het|een|van|niet|en|dat|ik|wij|voor|zijn|op|maar|ook|bedankt|met|de|jullie",
    // Swedish, Danish, Norwegian.
    "och|att|det|som|är|på|jag|vi|ikke|jeg|og|til|av|inte|har|ett|en|ni|tack|tak|takk|er|af|også|men",
    // Polish, Czech.
    "nie|się|jest|że|na|w|z|dla|jak|dziękuję|jsme|je|že|děkuji|proszę|ale|czy",
    // Finnish, Turkish.
    "ja|on|ei|että|olemme|kiitos|se|mutta|ve|bir|bu|için|çok|değil|teşekkürler",
];

// As sets, because every word of a deal is looked up.
static ENGLISH_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| ENGLISH.split('|').collect());
static FOREIGN_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| FOREIGN.iter().flat_map(|of| of.split('|')).collect());

/// Whether its words are surely of a language that the model which scored them does not read, so that its scores say nothing.
pub fn is_unread(scored: &Scored) -> bool {
    scored.provenance.unread.other_languages && is_foreign(scored.conversation.turns.iter().map(|t| t.text.as_str()))
}

/// Whether the words of `texts` are of another language than English, surely.
pub fn is_foreign<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    const A_FEW: usize = 4;
    const A_FEW_LETTERS: usize = 12;
    /// After so many little words of English the rest is not looked at: of a conversation in two languages one is read.
    const MANY: usize = 60;
    let (mut english, mut foreign) = (0, 0);
    let (mut letters, mut of_other_scripts) = (0, 0);
    for text in texts {
        if english >= MANY && english > 4 * foreign && of_other_scripts == 0 {
            return false;
        }
        let plain = text.to_lowercase().replace('’', "'");
        for word in words(&plain) {
            // A word of both, as "on" and "so", is taken for English.
            if ENGLISH_WORDS.contains(word) {
                english += 1;
            } else if FOREIGN_WORDS.contains(word) {
                foreign += 1;
            }
        }
        for c in plain.chars().filter(|c| c.is_alphabetic()) {
            letters += 1;
            of_other_scripts += usize::from(!is_latin(c));
        }
    }
    let by_script = of_other_scripts >= A_FEW_LETTERS && of_other_scripts * 2 > letters;
    by_script || (foreign >= A_FEW && foreign > english)
}

/// Whether so many of some words are among the commonest of English that the forms of questions can be told: a sixth of
/// most talk, hardly any of other languages. A few words do not tell, and pass.
pub(super) fn in_english<'v, 'a: 'v>(lines: impl IntoIterator<Item = &'v Line<'a>>) -> bool {
    const COMMONEST: &[&str] = &["the", "and", "to", "of", "you", "that", "it", "is", "we", "for"];
    const A_FEW: usize = 30;
    let (mut all, mut common) = (0, 0);
    for word in lines.into_iter().flat_map(|l| words(&l.plain)) {
        all += 1;
        common += usize::from(COMMONEST.contains(&word));
    }
    all < A_FEW || common * 12 >= all
}

/// Whether a letter is of Latin script, as European languages and Vietnamese write it.
fn is_latin(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_told_from_english_and_what_is_too_short_passes() {
        for (text, foreign) in [
            ("Vielen Dank für das Angebot. Wir haben das Budget für dieses Jahr schon verplant.", true),
            ("Nous sommes très intéressés, pouvez-vous nous envoyer le contrat ?", true),
            ("Estamos muy descontentos con el soporte. Sigue sin funcionar.", true),
            ("Abbiamo parlato con il direttore e non siamo sicuri che il prezzo sia giusto.", true),
            ("Não estamos contentes com o suporte, e o preço é muito alto.", true),
            ("Wij zijn niet tevreden met de prijs, maar het product is goed.", true),
            ("Vi är inte nöjda med priset och det är för dyrt.", true),
            ("Nie jest to dla nas dobra cena, ale dziękuję.", true),
            ("Мы не будем продлевать договор в этом году.", true),
            ("価格が高すぎるので、社内で検討します。", true),
            ("Your price is above what we can do, de facto, and Van der Berg of La Poste agrees with you.", false),
            ("Dr. Katrin Voss, Los Angeles; El Paso; San Juan; Las Vegas", false),
            ("Hola Maria, could you send us the contract that we spoke of? Gracias!", false),
            ("Merci!", false),
            ("2026-06-12 4,500 EUR", false),
            ("", false),
        ] {
            assert_eq!(is_foreign([text].into_iter()), foreign, "{text}");
        }
    }
}
