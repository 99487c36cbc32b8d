//! Names: what a person is called without what programs hang on, which forms are one person's, and which are no names.

use std::collections::{BTreeMap, BTreeSet};

use super::{given_names::are_surnames_and_given, nicknames, umlauts};
use crate::conversation::Side;

/// A name as people write it, without what programs and people hang on: pronouns, company, device. Of "Customer (Ann)" it
/// is Ann's.
pub(super) fn display_name(name: &str) -> String {
    if let Some((_, inside)) = role_and_name(name)
        && !is_label(inside)
    {
        return display_name(inside);
    }
    // What stands in its brackets is part of it.
    if is_number(name) {
        return name.trim().to_owned();
    }
    let mut out = String::new();
    let mut depth = 0usize;
    for c in name.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 && !out.trim().is_empty() => break,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let mut out = out.trim().trim_matches(['"', '\'', ',']).to_owned();
    for mark in [" - ", " – ", " @ ", " / ", " from "] {
        if let Some(at) = out.find(mark).filter(|at| *at > 0) {
            out.truncate(at);
        }
    }
    // "Smith, Ann" is "Ann Smith", "Gomez Ruiz, Ana Maria" is "Ana Maria Gomez Ruiz"; "Ann Smith, CFO" is "Ann Smith".
    if let Some((last, first)) = out.split_once(',') {
        let (last, first) = (last.trim().to_owned(), first.trim().to_owned());
        let are_surnames = || is_surname(&last) && !first.is_empty() && first.split_whitespace().count() <= 2;
        out = if are_surnames() || are_surnames_and_given(&last, &first) { format!("{first} {last}") } else { last };
    }
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    if out.is_empty() { name.trim().to_owned() } else { out }
}

/// "Smith", "van den Berg": one word, behind particles.
fn is_surname(text: &str) -> bool {
    const PARTICLES: &[&str] = &[
        "van", "von", "de", "den", "der", "des", "di", "da", "do", "dos", "das", "du", "del", "della", "dela", "la",
        "le", "el", "al", "bin", "ibn", "ter", "ten", "te", "zu", "zum", "zur", "vom", "af", "av", "op", "st", "st.",
        "mac", "san",
    ];
    let mut words = text.split_whitespace().rev();
    words.next().is_some() && words.all(|w| PARTICLES.contains(&w.to_lowercase().as_str()))
}

/// The labels of one conversation that begin with a company, "Acme | Ann Lee", each with the name behind it. One label alone
/// cannot tell, since "Ann Lee | Acme" is as usual, unless `is_company` knows what stands first; but a company stands before
/// several names, and a person does not.
pub(super) fn names_behind_companies<'a>(
    labels: impl Iterator<Item = &'a str> + Clone,
    is_company: impl Fn(&str) -> bool,
) -> BTreeMap<&'a str, &'a str> {
    let mut out = BTreeMap::new();
    for mark in ["|", " - ", " – "] {
        let mut names: BTreeMap<&str, BTreeSet<Vec<String>>> = BTreeMap::new();
        let mut cut: Vec<(&str, &str, &str)> = Vec::new();
        for label in labels.clone() {
            let Some((before, behind)) = label.split_once(mark) else { continue };
            let (before, behind) = (before.trim(), behind.trim());
            let words = name_words(behind);
            if !before.is_empty() && (2..=4).contains(&words.len()) {
                names.entry(before).or_default().insert(words);
                cut.push((label, before, behind));
            }
        }
        // "Ann Lee | Acme Inc" and "Ann Lee | Acme Ltd" are one person, and all have a word in common.
        let differ = |names: &BTreeSet<Vec<String>>| {
            let mut names = names.iter();
            let first = names.next();
            let rest: Vec<&Vec<String>> = names.collect();
            !rest.is_empty() && first.is_some_and(|f| !f.iter().any(|word| rest.iter().all(|name| name.contains(word))))
        };
        let told: BTreeSet<&str> = names.iter().filter(|(_, names)| differ(names)).map(|(before, _)| *before).collect();
        // Where the names tell that a company stands first, so do the others, whoever is alone of theirs.
        let first =
            |before: &str| told.contains(before) || is_company(before) || (!told.is_empty() && !before.contains(' '));
        out.extend(cut.iter().filter(|(_, before, _)| first(before)).map(|(label, _, name)| (*label, *name)));
    }
    out
}

/// The words of a name for comparing: lower case, accents folded, without titles.
pub(super) fn name_words(name: &str) -> Vec<String> {
    if is_label(name) {
        return vec![];
    }
    let shown = display_name(name);
    let base = match shown.split_once('@') {
        Some((local, _)) if !shown.contains(' ') => local.replace(['.', '_', '+'], " "),
        _ => shown,
    };
    let mut words = base.split_whitespace().map(folded).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    // A title stands before a name: "Peter Ing" has none.
    let last = words.len().saturating_sub(1);
    let mut at = 0;
    words.retain(|w| {
        at += 1;
        at > last || !is_title(w)
    });
    words
}

/// A word of a name for comparing: lower case, accents folded.
pub(super) fn folded(word: &str) -> String {
    let folded = word.chars().flat_map(char::to_lowercase).flat_map(fold);
    folded.filter(|c| c.is_alphanumeric() || *c == '-').collect()
}

/// As [`name_words`], with umlauts spelt out; none where there are none.
pub(super) fn spelt_out_words(name: &str) -> Vec<String> {
    umlauts::spelt_out(name).map(|name| name_words(&name)).unwrap_or_default()
}

/// Whether a word, in lower case, stands before a name and is none.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

/// What stands before a name and is none; names that are also given to people ("Lady", "Major") are not among them.
const TITLES: &[&str] = &[
    "dr",
    "mr",
    "mrs",
    "ms",
    "mx",
    "miss",
    "prof",
    "professor",
    "sir",
    "dame",
    "herr",
    "frau",
    "sister",
    "rev",
    "reverend",
    "cllr",
    "councillor",
    "capt",
    "sgt",
    "dipl-ing",
    "ing",
    "mag",
    "mme",
    "mlle",
    "senor",
    "senora",
    "sra",
    "sr",
    "dott",
    "dottssa",
    "ir",
];

/// The labels of one conversation that mean different people though they are one name: "Chris (Acme)" beside
/// "Chris (Northwind)", and "Chris" beside "Chris (Acme)" where Acme is a company of the deal. What programs hang on
/// ("(Guest)", "(she/her)", "(2)") tells nobody apart.
pub(super) fn named_alike<'a>(
    labels: impl Iterator<Item = &'a str>,
    is_company: impl Fn(&str) -> bool,
) -> BTreeSet<&'a str> {
    let mut by_name: BTreeMap<Vec<String>, BTreeMap<Option<String>, Vec<&str>>> = BTreeMap::new();
    for label in labels.filter(|label| !is_label(label)) {
        let company = carried_company(label).map(str::to_lowercase);
        by_name.entry(name_words(label)).or_default().entry(company).or_default().push(label);
    }
    by_name
        .into_iter()
        .filter(|(words, _)| !words.is_empty())
        .flat_map(|(_, by_company)| {
            let named = by_company.keys().flatten().count();
            let apart = named >= 2 || (by_company.len() == 2 && by_company.keys().flatten().all(|c| is_company(c)));
            by_company.into_values().flatten().filter(move |_| apart)
        })
        .collect()
}

/// The company in brackets behind a name: "Acme" of "Chris (Acme)".
pub(super) fn carried_company(label: &str) -> Option<&str> {
    let (_, hung) = label.strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
    Some(hung.trim()).filter(|hung| !is_hung_on(hung))
}

/// Whether what stands in brackets behind a name says nothing of a company: pronouns, a device, how somebody takes part.
fn is_hung_on(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains('/')
        || !lower.contains(char::is_alphabetic)
        || role_side(&lower).is_some()
        || lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).all(|w| {
            matches!(
                w,
                "guest"
                    | "external"
                    | "extern"
                    | "externe"
                    | "gast"
                    | "unverified"
                    | "host"
                    | "co"
                    | "organizer"
                    | "organiser"
                    | "me"
                    | "you"
                    | "phone"
                    | "mobile"
                    | "iphone"
                    | "ipad"
                    | "android"
                    | "web"
                    | "desktop"
                    | "presenter"
                    | "attendee"
                    | "panelist"
                    | "invited"
                    | "invité"
                    | "invitado"
                    | "he"
                    | "she"
                    | "they"
                    | "him"
                    | "her"
                    | "them"
            ) || w.bytes().all(|b| b.is_ascii_digit())
        })
}

fn fold(c: char) -> Vec<char> {
    let folded = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ç' | 'ć' | 'č' => "c",
        'ñ' | 'ń' | 'ň' => "n",
        'š' | 'ś' | 'ș' | 'ş' => "s",
        'ž' | 'ź' | 'ż' => "z",
        'ý' | 'ÿ' => "y",
        'ł' => "l",
        'ð' | 'đ' | 'ď' => "d",
        'ř' => "r",
        'ť' | 'ț' => "t",
        'ğ' => "g",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        c => return vec![c],
    };
    folded.chars().collect()
}

/// Whether a name is a machine's or a service's label and means nobody in particular.
pub fn is_label(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let stem: String =
        lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | ' ' | ':' | '#')).to_owned();
    let one_letter = lower.chars().count() == 1;
    one_letter
        || lower.is_empty()
        || lower.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            stem.as_str(),
            "speaker" | "spk" | "unknown" | "unknown speaker" | "ch" | "channel" | "guest" | "participant" | "user" | "caller" | "unidentified speaker"
                | "speaker_unknown" | "s" | "f" | "m" | "multiple speakers" | "everyone" | "all" | "unbekannt" | "inconnu" | "phone" | "iphone" | "ipad"
        )
        || role_side(&lower).is_some()
        || (stem.starts_with("speaker") && stem.len() <= 10)
        // "Channel 1 Speaker 0".
        || lower.split([' ', '_', '-', ',']).filter(|w| !w.is_empty()).all(|word| {
            matches!(word, "speaker" | "channel" | "ch" | "spk") || word.bytes().all(|b| b.is_ascii_digit())
        })
        || is_number(&lower)
}

/// Whether somebody is shown by a telephone number.
fn is_number(name: &str) -> bool {
    name.chars().filter(char::is_ascii_digit).count() >= 6 && !name.chars().any(char::is_alphabetic)
}

/// The side of a speaker's label, in lower case, that names a role and no person: "agent 2" sells, "customer" buys. Whoever
/// exported a call stands there as "me" or "you", and is of the house that reads the export.
pub(crate) fn role_side(lower: &str) -> Option<Side> {
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | ' ' | ':' | '#'));
    match stem {
        "agent" | "rep" | "sales rep" | "sales" | "seller" | "salesperson" | "account executive"
        | "account manager" | "ae" | "se" | "sales engineer" | "solutions engineer" | "csm" | "sdr" | "bdr"
        | "vendor" | "representative" | "verkäufer" | "vendeur" | "internal" => Some(Side::Seller),
        "customer" | "client" | "buyer" | "prospect" | "lead" | "end_user" | "end user" | "end-user" | "enduser"
        | "cust" | "kunde" | "cliente" | "external" => Some(Side::Buyer),
        // Not "jag", "yo", "io" and "eu": these are names too.
        "me" | "myself" | "you" | "ich" | "moi" | "vous" | "usted" | "você" | "ik" | "jeg" => Some(Side::Seller),
        "them" | "they" | "eux" | "ellos" | "loro" | "eles" | "zij" => Some(Side::Buyer),
        _ => None,
    }
}

/// As [`role_side`], of what stands beside a name: there "they" tells how somebody is spoken of, and "SE" may be Sweden.
fn side_beside_name(lower: &str) -> Option<Side> {
    const ELSE: &[&str] = &["se", "them", "they", "eux", "ellos", "loro", "eles", "zij"];
    role_side(lower).filter(|_| !ELSE.contains(&lower))
}

/// "Sales Rep" and "Ann" of "Sales Rep (Ann)".
fn role_and_name(name: &str) -> Option<(&str, &str)> {
    let (role, inside) = name.trim().strip_suffix([')', ']'])?.split_once(['(', '['])?;
    let (role, inside) = (role.trim(), inside.trim());
    (role_side(&role.to_lowercase()).is_some() && !inside.is_empty()).then_some((role, inside))
}

/// The side of a speaker whose name states a role, alone, before or in brackets: "agent", "Customer (Ann)", "Ann (Rep)".
pub(crate) fn stated_side(name: &str) -> Option<Side> {
    let lower = name.trim().to_lowercase();
    let in_brackets =
        || lower.strip_suffix([')', ']']).and_then(|n| n.rsplit_once(['(', '['])).map(|(_, inside)| inside.trim());
    role_side(&lower)
        .or_else(|| role_side(&role_and_name(&lower)?.0.to_lowercase()))
        .or_else(|| side_beside_name(in_brackets()?))
}

/// Whether one is a shorter form of the other: "Tom", "Tom N.", "T. Nguyen-Hall", "Tom Hall" of "Tom Nguyen-Hall".
pub(super) fn forms_of_one(a: &[String], b: &[String]) -> bool {
    either_is_short_for(a, b, nicknames::are_one)
}

/// Whether one may be a shorter form of the other, as the given names begin alike: "Konst" of "Konstantin Moe". It is a guess,
/// since so do those of Jane and Janet.
pub(super) fn begin_alike(a: &[String], b: &[String]) -> bool {
    either_is_short_for(a, b, nicknames::begin_alike)
}

/// `alike`: whether two given names that differ are one person's.
fn either_is_short_for(a: &[String], b: &[String], alike: fn(&str, &str) -> bool) -> bool {
    // "Tom N." and "Tom Nguyen-Hall" have as many words; either may be the short one.
    (a.len() <= b.len() && is_short_for(a, b, alike)) || (b.len() <= a.len() && is_short_for(b, a, alike))
}

fn is_short_for(short: &[String], long: &[String], alike: fn(&str, &str) -> bool) -> bool {
    let (Some(first), Some(long_first)) = (short.first(), long.first()) else { return false };
    if short.len() == long.len() && short == long {
        return true;
    }
    // "Sister Ann Doyle" is Ann Doyle: whatever stands before a whole name.
    if short.len() >= 2 && long.ends_with(short) {
        return true;
    }
    let given = first == long_first || alike(first, long_first);
    // Further words of the long name, and the halves of those with a hyphen.
    let part = |is: &dyn Fn(&str) -> bool| long[1..].iter().any(|w| is(w) || w.split('-').any(is));
    match &short[1..] {
        [] => given || (first.chars().count() > 3 && part(&|p| p == first)),
        rest => {
            let initial = || long_first.starts_with(first.as_str()) && first.chars().count() == 1;
            let stands_for = |w: &String| {
                part(&|p| p == w) || (given && w.chars().count() == 1 && part(&|p| p.starts_with(w.as_str())))
            };
            (given || initial()) && rest.iter().all(stands_for)
        }
    }
}

/// Whether an address may be that of somebody of a name, as it is written.
pub(crate) fn may_be_address_of(email: &str, name: &str) -> bool {
    address_fits(email, &name_words(name)) || address_fits(email, &spelt_out_words(name))
}

/// Whether the local part of an address is made of a name: tom.nguyen, tnguyen, tomn, nguyen.
pub(super) fn address_fits(email: &str, words: &[String]) -> bool {
    let local: String = email
        .split('@')
        .next()
        .unwrap_or("")
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .flat_map(fold)
        .collect();
    let [first, .., last] = words else { return words.first().is_some_and(|w| *w == local && w.chars().count() > 2) };
    let last: String = last.chars().filter(|c| *c != '-').collect();
    let initial = first.chars().next().map(String::from).unwrap_or_default();
    let last_initial = last.chars().next().map(String::from).unwrap_or_default();
    [
        format!("{first}{last}"),
        format!("{last}{first}"),
        format!("{initial}{last}"),
        format!("{last}{initial}"),
        format!("{first}{last_initial}"),
    ]
    .contains(&local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surname_may_have_particles() {
        for (written, shown) in [
            ("Smith, Ann", "Ann Smith"),
            ("van den Berg, Pieter", "Pieter van den Berg"),
            ("De Souza, Ana Maria", "Ana Maria De Souza"),
            ("Ann Smith, CFO", "Ann Smith"),
            ("Ana de Souza, CFO", "Ana de Souza"),
            // Of two surnames, behind which given names stand.
            ("Gomez Ruiz, Ana Maria", "Ana Maria Gomez Ruiz"),
            ("Gómez Ruiz, Luis", "Luis Gómez Ruiz"),
            ("CARVAJAL JARAMILLO, KAREN ANDREA", "KAREN ANDREA CARVAJAL JARAMILLO"),
            ("de la Cruz Peña, José Luis", "José Luis de la Cruz Peña"),
            ("Martin Lopez, Ana Maria", "Ana Maria Martin Lopez"),
            ("Gomez Ruiz, CFO", "Gomez Ruiz"),
            ("Ana Gomez, Maria Lopez", "Ana Gomez"),
            ("Anna Weber, Acme Corp", "Anna Weber"),
            ("Ann Lee, Sales Director", "Ann Lee"),
            ("Pérez Soto, María de los Ángeles", "María de los Ángeles Pérez Soto"),
            ("Ann Lee, Rosa Consulting", "Ann Lee"),
        ] {
            assert_eq!(display_name(written), shown);
        }
    }

    #[test]
    fn the_brackets_of_a_number_are_part_of_it() {
        for (written, shown) in [
            ("+1 (415) 555-0134", "+1 (415) 555-0134"),
            ("Ann (Acme) Lee", "Ann Lee"),
            ("Ann Lee (555-0134)", "Ann Lee"),
        ] {
            assert_eq!(display_name(written), shown);
        }
    }

    #[test]
    fn a_role_is_told_from_a_name_and_a_country() {
        for (label, side) in [
            ("me", Some(Side::Seller)),
            ("Them", Some(Side::Buyer)),
            ("SE 2", Some(Side::Seller)),
            ("Ann Lee (Rep)", Some(Side::Seller)),
            ("Ann Lee (You)", Some(Side::Seller)),
            ("Ann Lee (SE)", None),
            ("Ann Lee (EU)", None),
            ("Ann Lee (they)", None),
            ("Jag", None),
            ("Yo", None),
        ] {
            assert_eq!(stated_side(label), side, "{label}");
        }
    }

    #[test]
    fn a_company_stands_before_several_names_and_a_person_before_one() {
        for (labels, names) in [
            (&["Acme | Ann Lee", "Acme | Bob Stone", "Umbra | Cy Oak"][..], &["Ann Lee", "Bob Stone", "Cy Oak"][..]),
            (&["Acme Corp - Ann Lee", "Acme Corp - Bob Stone", "Cy Oak"], &["Ann Lee", "Bob Stone"]),
            (&["Ann Lee | Acme", "Bob Stone | Acme"], &[]),
            // One person, of whose company there are two spellings.
            (&["Ann Lee | Acme Inc", "Ann Lee | Acme Ltd"], &[]),
            (&["Ann Lee | Acme", "Ann Lee | Phone"], &[]),
            (&["Acme | Ann Lee", "Bob Stone"], &[]),
            // Namesakes of one company among others of it, and a company that is known.
            (&["Acme | Ann Lee", "Acme | Ann Ray", "Acme | Bob Stone"], &["Ann Lee", "Ann Ray", "Bob Stone"]),
            (&["Umbra | Cy Oak", "Bob Stone"], &["Cy Oak"]),
        ] {
            let found = names_behind_companies(labels.iter().copied(), |company| company == "Umbra");
            assert_eq!(found.into_values().collect::<Vec<_>>(), names, "{labels:?}");
        }
    }
}
