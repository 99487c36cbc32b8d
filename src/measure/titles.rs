//! Job titles: whether whoever holds one usually can decide, and whether anybody decides above.
//!
//! The titles of thirteen languages, as signatures and CRMs have them: in lower case, both genders, with and without accents
//! where people leave these out. A title counts between word boundaries, so "Geschäftsführer:in" and "IT-Leiterin" are found,
//! too. A language that is not here has no deciders but by English titles, which many give besides.

use super::phrases::{begins_with_any, contains_any, places};

/// Titles of one language. Phrases are split by `|`.
struct Titles {
    /// Above whom nobody decides.
    last_word: &'static str,
    /// Others who usually can decide.
    decide: &'static str,
    /// Words of a title that make it a second one: of the last word there is one.
    second: &'static str,
    /// Words by which a title names one who decides only as the one for whom its holder works, or as a part of the trade.
    works_for: &'static str,
}

const TITLES: &[Titles] = &[
    Titles {
        last_word: "owner|founder|ceo|chief executive|managing director|managing partner|senior partner|president|chair|\
            chairman|chairwoman|proprietor",
        decide: "cfo|cto|coo|cio|ciso|cmo|chief|partner|md|director|vp|head|principal|general manager",
        second: "vice|deputy|assistant",
        works_for: "to the|to our|assistant to|secretary|office of|business partner|partner manager|product owner|\
            process owner|system owner|data owner|service owner|trainee|intern|apprentice",
    },
    // German.
    Titles {
        last_word: "geschäftsführer|geschäftsführerin|geschaeftsfuehrer|geschaeftsfuehrerin|geschäftsführung|\
            geschäftsleitung|geschäftsleiter|geschäftsleiterin|vorstand|vorständin|vorstandsvorsitzender|\
            vorstandsvorsitzende|inhaber|inhaberin|eigentümer|eigentümerin|gründer|gründerin|gesellschafter|gesellschafterin",
        decide: "direktor|direktorin|leiter|leiterin|leitung|bereichsleiter|bereichsleiterin|abteilungsleiter|\
            abteilungsleiterin|prokurist|prokuristin|bürgermeister|bürgermeisterin",
        second: "stellvertretender|stellvertretende|stv",
        works_for: "assistenz|assistent|assistentin|sekretär|sekretärin|sekretariat|referent|referentin|büro der|büro des|\
            praktikant|praktikantin",
    },
    // French.
    Titles {
        last_word: "pdg|p.-d.g|président|présidente|directeur général|directrice générale|directeur general|\
            directrice generale|gérant|gérante|dirigeant|dirigeante|fondateur|fondatrice|cofondateur|cofondatrice|propriétaire",
        decide: "directeur|directrice|daf|dsi|drh",
        second: "adjoint|adjointe|vice",
        works_for: "assistante|secrétaire|secretaire|stagiaire",
    },
    // Spanish.
    Titles {
        last_word: "director general|directora general|consejero delegado|consejera delegada|gerente general|propietario|\
            propietaria|dueño|dueña|fundador|fundadora|presidente|presidenta",
        decide: "directora|gerente|socio|socia",
        second: "adjunto|adjunta|subdirector|subdirectora|vicepresidente|vicepresidenta",
        works_for: "asistente|secretaria|secretario|becario|becaria",
    },
    // Italian.
    Titles {
        last_word: "amministratore delegato|amministratrice delegata|amministratore unico|direttore generale|\
            direttrice generale|titolare|fondatore|fondatrice|proprietario|proprietaria",
        decide: "direttore|direttrice|socia",
        second: "vicedirettore|vicedirettrice",
        works_for: "segretaria|segretario|assistente|tirocinante|stagista",
    },
    // Portuguese.
    Titles {
        last_word: "diretor geral|diretora geral|diretor-geral|diretora-geral|proprietário|proprietária",
        decide: "diretor|diretora|sócio|sócia",
        second: "adjunto|adjunta",
        works_for: "secretária|secretário|estagiário|estagiária",
    },
    // Dutch.
    Titles {
        last_word: "eigenaar|eigenares|algemeen directeur|directeur-eigenaar|bestuurder|oprichter|directievoorzitter",
        decide: "hoofd|directie",
        second: "adjunct",
        works_for: "directiesecretaresse|secretaresse|stagiair",
    },
    // Swedish, Danish, Norwegian, Finnish.
    Titles {
        last_word: "vd|verkställande direktör|ägare|grundare|administrerende direktør|adm. direktør|ejer|stifter|\
            daglig leder|daglig leiar|eier|gründer|toimitusjohtaja|omistaja|perustaja",
        decide: "direktör|direktør|johtaja",
        second: "vice vd|vicedirektör|visedirektør|vicedirektør",
        works_for: "assistent till|assistent til|sekreterare|sekretær|sihteeri",
    },
    // Polish, Czech.
    Titles {
        last_word: "prezes|prezeska|właściciel|właścicielka|dyrektor generalny|dyrektorka generalna|jednatel|jednatelka|\
            majitel|majitelka|generální ředitel|generální ředitelka",
        decide: "dyrektor|dyrektorka|ředitel|ředitelka",
        second: "wiceprezes|zastępca|zástupce",
        works_for: "asystent|asystentka|sekretarka|asistent|asistentka",
    },
];

/// Whether a title is one of somebody who usually can decide.
pub(super) fn decides(title: &str) -> bool {
    let title = title.to_lowercase();
    TITLES.iter().any(|of| contains_any(&title, of.last_word) || contains_any(&title, of.decide))
        && !works_for_one(&title)
}

/// Whether a title is one of somebody above whom nobody decides.
pub(super) fn has_the_last_word(title: &str) -> bool {
    let title = title.to_lowercase();
    TITLES.iter().any(|of| contains_any(&title, of.last_word))
        && !TITLES.iter().any(|of| contains_any(&title, of.second))
        && !works_for_one(&title)
}

/// Whether a title, in lower case, is of one who works for somebody who decides: "Executive Assistant to the CFO". An
/// assistant director directs all the same.
fn works_for_one(title: &str) -> bool {
    const IN_THEIR_STEAD: &str = "director|head|principal|vice|managing|general|chief|vp";
    let assists = places(title, "assistant").any(|(_, rest)| !begins_with_any(rest.trim_start(), IN_THEIR_STEAD));
    assists || TITLES.iter().any(|of| contains_any(title, of.works_for))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_for_one_who_decides_does_not_decide() {
        for (title, decide, last) in [
            ("Chief Financial Officer", true, false),
            ("Executive Assistant to the CFO", false, false),
            ("Assistant to the Managing Director", false, false),
            ("CEO Assistant", false, false),
            ("Secretary to the Managing Director", false, false),
            ("HR Business Partner", false, false),
            ("Product Owner", false, false),
            ("Assistant Director of Housing", true, false),
            ("Vice President Sales", true, false),
            ("Co-Founder", true, true),
            ("Managing Director", true, true),
            ("Office Manager", false, false),
        ] {
            assert_eq!((decides(title), has_the_last_word(title)), (decide, last), "{title}");
        }
    }

    #[test]
    fn who_decides_is_known_by_titles_of_other_languages() {
        for (title, decide, last) in [
            ("Geschäftsführerin", true, true),
            ("Geschäftsführer:in", true, true),
            ("Stellvertretender Geschäftsführer", true, false),
            ("Assistentin der Geschäftsführung", false, false),
            ("IT-Leiterin", true, false),
            ("Projektleiter", false, false),
            ("Directrice générale", true, true),
            ("Directeur général adjoint", true, false),
            ("Assistante du directeur général", false, false),
            ("PDG", true, true),
            ("Directora General", true, true),
            ("Consejero delegado", true, true),
            ("Directora de compras", true, false),
            ("Secretaria de la directora general", false, false),
            ("Amministratore delegato", true, true),
            ("Diretor-geral", true, true),
            ("Algemeen directeur", true, true),
            ("VD", true, true),
            ("Adm. direktør", true, true),
            ("Prezes zarządu", true, true),
            ("Sachbearbeiter Einkauf", false, false),
            ("Chef de projet", false, false),
        ] {
            assert_eq!((decides(title), has_the_last_word(title)), (decide, last), "{title}");
        }
    }
}
