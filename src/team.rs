//! Who is who: over all conversations of one deal, which names are one person, and on whose side that person is.
//!
//! A side is drawn from what is strongest of: the user's word, the vendor's, mail domains, the CRM's contacts, what people
//! call themselves and each other, and who else is left. Each conclusion has a confidence and its reason; where reasons
//! contradict each other the confidence falls, and where nothing tells, the side stays unknown.
//!
//! No I/O, no clock: values in, values out. What a person is called in the result is the fullest form of the name seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    conversation::{Channel, Conversation, Participant, Side},
    deal::CrmRecord,
};

/// What the user says of the two sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Team {
    /// Mail domains of our side, lower case.
    pub our_domains: Vec<String>,
    /// People whose side the user states.
    pub members: Vec<Member>,
    /// Whether buyer and seller are to be exchanged everywhere, after all else.
    pub swap_sides: bool,
    /// Sides that the user states for one file: path inside the export → speaker → side.
    pub overrides: BTreeMap<String, BTreeMap<String, Side>>,
}

/// A person whose side the user states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// Full name; may be empty where `email` is not.
    pub name: String,
    /// Address; may be empty where `name` is not.
    pub email: String,
    /// Whose side.
    pub side: Side,
}

/// A reason for a side: how sure in percent, and in words.
#[derive(Clone, Debug)]
struct Reason {
    side: Side,
    sure: u8,
    because: String,
}

/// Everybody who goes by one identity.
#[derive(Clone, Debug, Default)]
struct Person {
    name: String,
    words: Vec<String>,
    email: Option<String>,
    title: Option<String>,
    reasons: Vec<Reason>,
}

/// Decides, for the conversations of one deal, who is one person and whose side everybody is on: renames speakers to the
/// fullest form of their name, completes the participants, and sets the side of every participant and turn.
pub fn decide(conversations: &mut [Conversation], crm: Option<&CrmRecord>, team: &Team) {
    let mut people = People::default();
    for member in &team.members {
        let at = people.find_or_add(&member.name, Some(&member.email), true);
        people.all[at].reasons.push(Reason { side: member.side, sure: 100, because: "the user says so".into() });
    }
    let contacts = crm.map(|c| c.contacts.as_slice()).unwrap_or_default();
    for contact in contacts {
        let at = people.find_or_add(&contact.name, Some(&contact.email), true);
        people.all[at].reasons.push(Reason {
            side: Side::Buyer,
            sure: 97,
            because: "a contact of the deal in the CRM".into(),
        });
        if people.all[at].title.is_none() && !contact.title.is_empty() {
            people.all[at].title = Some(contact.title.clone());
        }
    }
    // Those with an address first, in order of appearance: they are what names in calls can be matched with.
    for conversation in conversations.iter() {
        for p in conversation.participants.iter().filter(|p| p.email.is_some()) {
            let at = people.find_or_add(&p.name, p.email.as_deref(), true);
            people.learn(at, p);
        }
    }
    let domains = Domains::new(team, crm, &people);
    for person in &mut people.all {
        if let Some(reason) = person.email.as_deref().and_then(|e| domains.reason(e)) {
            person.reasons.push(reason);
        }
    }
    // Then all speakers, each conversation by itself: "Speaker 1" of one call is not the one of another.
    let mut seats: Vec<BTreeMap<String, usize>> = Vec::with_capacity(conversations.len());
    for conversation in conversations.iter() {
        seats.push(seat(conversation, &mut people));
    }
    let companies = Companies::new(crm, &domains);
    for (conversation, seat) in conversations.iter().zip(&seats) {
        introductions(conversation, seat, &companies, &mut people);
    }
    eliminate(conversations, &seats, !contacts.is_empty(), &mut people);
    for (conversation, seat) in conversations.iter_mut().zip(&seats) {
        settle(conversation, seat, &people, team);
    }
}

/// Everybody in the deal so far.
#[derive(Default)]
struct People {
    all: Vec<Person>,
}

impl People {
    /// The person of that address, else of that name, else a new one. A name alone must fit exactly one person.
    fn find_or_add(&mut self, name: &str, email: Option<&str>, exact: bool) -> usize {
        let email = email.map(str::trim).filter(|e| e.contains('@')).map(str::to_lowercase);
        if let Some(email) = &email
            && let Some(at) = self.all.iter().position(|p| p.email.as_ref() == Some(email))
        {
            self.rename(at, name);
            return at;
        }
        let words = name_words(name);
        if let Some(at) = self.find(&words, email.is_some() || exact, email.as_deref()) {
            self.rename(at, name);
            if self.all[at].email.is_none() {
                self.all[at].email = email;
            }
            return at;
        }
        self.all.push(Person { name: display_name(name), words, email, ..Person::default() });
        self.all.len() - 1
    }

    /// The one person whom `words` can mean. `strict`: only where both are the same name, as two people with addresses of
    /// their own are two people.
    fn find(&self, words: &[String], strict: bool, email: Option<&str>) -> Option<usize> {
        if words.is_empty() {
            return None;
        }
        let same =
            |p: &Person| p.words == words && (email.is_none() || p.email.is_none() || p.email.as_deref() == email);
        let exact: Vec<usize> = (0..self.all.len()).filter(|at| same(&self.all[*at])).collect();
        if let [at] = exact[..] {
            return Some(at);
        }
        if strict || !exact.is_empty() {
            return exact.first().copied();
        }
        let near: Vec<usize> = (0..self.all.len()).filter(|at| self.all[*at].may_be(words)).collect();
        match near[..] {
            [at] => Some(at),
            _ => None,
        }
    }

    fn rename(&mut self, at: usize, name: &str) {
        let words = name_words(name);
        let person = &mut self.all[at];
        if !words.is_empty() && (words.len() > person.words.len() || person.name.contains('@')) {
            person.words = words;
            person.name = display_name(name);
        }
    }

    fn learn(&mut self, at: usize, p: &Participant) {
        if p.side != Side::Unknown {
            self.all[at].reasons.push(Reason {
                side: p.side,
                sure: p.side_confidence.max(90),
                because: vendor_reason(p),
            });
        }
        if self.all[at].title.is_none() {
            self.all[at].title.clone_from(&p.title);
        }
    }
}

fn vendor_reason(p: &Participant) -> String {
    if p.side_because.is_empty() { "the export says so".into() } else { p.side_because.clone() }
}

impl Person {
    /// Whether `words` can be a shorter or longer form of this person's name, or of the address.
    fn may_be(&self, words: &[String]) -> bool {
        forms_of_one(&self.words, words) || self.email.as_deref().is_some_and(|e| address_fits(e, words))
    }

    /// Whose side, how sure, and why: the strongest reason, weakened by the strongest that contradicts it.
    fn verdict(&self) -> (Side, u8, String) {
        let best = |side: Side| self.reasons.iter().filter(|r| r.side == side).max_by_key(|r| r.sure);
        let (buyer, seller) = (best(Side::Buyer), best(Side::Seller));
        let (top, against) = match (buyer, seller) {
            (Some(b), Some(s)) if b.sure == s.sure && b.sure < 100 => {
                return (Side::Unknown, 0, format!("{}, but {}", b.because, s.because));
            }
            (Some(b), Some(s)) if b.sure > s.sure => (b, Some(s)),
            (Some(b), Some(s)) => (s, Some(b)),
            (Some(one), None) | (None, Some(one)) => (one, None),
            (None, None) => {
                let because = self.reasons.first().map(|r| r.because.clone()).unwrap_or_default();
                return (Side::Unknown, 0, because);
            }
        };
        match against {
            Some(other) if top.sure < 100 => {
                (top.side, top.sure - other.sure / 2, format!("{}, although {}", top.because, other.because))
            }
            _ => (top.side, top.sure, top.because.clone()),
        }
    }
}

/// A name as people write it, without what programs and people hang on: pronouns, company, device.
fn display_name(name: &str) -> String {
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
    for mark in [" - ", " – ", " @ ", " / "] {
        if let Some(at) = out.find(mark).filter(|at| *at > 0) {
            out.truncate(at);
        }
    }
    // "Smith, Ann" is "Ann Smith"; "Ann Smith, CFO" is "Ann Smith".
    if let Some((last, first)) = out.split_once(',') {
        let (last, first) = (last.trim().to_owned(), first.trim().to_owned());
        out = if last.split_whitespace().count() == 1 && !first.is_empty() && first.split_whitespace().count() <= 2 {
            format!("{first} {last}")
        } else {
            last
        };
    }
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    if out.is_empty() { name.trim().to_owned() } else { out }
}

/// The words of a name for comparing: lower case, accents folded, without titles.
fn name_words(name: &str) -> Vec<String> {
    if is_label(name) {
        return vec![];
    }
    let shown = display_name(name);
    let base = match shown.split_once('@') {
        Some((local, _)) if !shown.contains(' ') => local.replace(['.', '_', '+'], " "),
        _ => shown,
    };
    base.split_whitespace()
        .map(|w| {
            w.chars()
                .flat_map(char::to_lowercase)
                .flat_map(fold)
                .filter(|c| c.is_alphanumeric() || *c == '-')
                .collect::<String>()
        })
        .filter(|w| {
            !w.is_empty() && !matches!(w.as_str(), "dr" | "mr" | "mrs" | "ms" | "prof" | "sir" | "herr" | "frau")
        })
        .collect()
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
        // A phone number.
        || (lower.chars().filter(char::is_ascii_digit).count() >= 6 && !lower.chars().any(char::is_alphabetic))
}

/// The side of a label that names a role.
fn role_side(lower: &str) -> Option<Side> {
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | ' ' | ':' | '#'));
    match stem {
        "agent" | "rep" | "sales rep" | "sales" | "seller" | "salesperson" | "account executive" | "ae" | "sdr"
        | "bdr" | "vendor" | "representative" | "verkäufer" | "vendeur" | "internal" => Some(Side::Seller),
        "customer" | "client" | "buyer" | "prospect" | "lead" | "end_user" | "end user" | "kunde" | "cliente"
        | "external" => Some(Side::Buyer),
        _ => None,
    }
}

/// Whether one is a shorter form of the other: "Tom", "Tom N.", "T. Nguyen-Hall", "Tom Hall" of "Tom Nguyen-Hall".
fn forms_of_one(a: &[String], b: &[String]) -> bool {
    // "Tom N." and "Tom Nguyen-Hall" have as many words; either may be the short one.
    (a.len() <= b.len() && is_short_for(a, b)) || (b.len() <= a.len() && is_short_for(b, a))
}

fn is_short_for(short: &[String], long: &[String]) -> bool {
    let (Some(first), Some(long_first)) = (short.first(), long.first()) else { return false };
    if short.len() == long.len() && short == long {
        return true;
    }
    let given = first == long_first || nickname(first, long_first);
    let initial = first.chars().count() == 1 && long_first.starts_with(first.as_str());
    let parts: BTreeSet<&str> = long.iter().skip(1).flat_map(|w| w.split('-').chain([w.as_str()])).collect();
    match &short[1..] {
        [] => given || (long.len() > 1 && parts.contains(first.as_str()) && first.chars().count() > 3),
        rest => {
            (given || initial)
                && rest.iter().all(|w| {
                    parts.contains(w.as_str())
                        || (given && w.chars().count() == 1 && parts.iter().any(|p| p.starts_with(w.as_str())))
                })
        }
    }
}

/// "Steph" of "Stephanie": the beginning, at least three letters; and a few that are no beginnings.
fn nickname(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    const PAIRS: &[(&str, &str)] = &[
        ("bob", "robert"),
        ("rob", "robert"),
        ("bill", "william"),
        ("will", "william"),
        ("mike", "michael"),
        ("dick", "richard"),
        ("rick", "richard"),
        ("jim", "james"),
        ("tony", "anthony"),
        ("peggy", "margaret"),
        ("maggie", "margaret"),
        ("liz", "elizabeth"),
        ("beth", "elizabeth"),
        ("betty", "elizabeth"),
        ("kate", "katherine"),
        ("kate", "catherine"),
        ("jack", "john"),
        ("ted", "edward"),
        ("ned", "edward"),
        ("andy", "andrew"),
        ("drew", "andrew"),
        ("sasha", "alexander"),
        ("alex", "alexandra"),
        ("chuck", "charles"),
        ("hank", "henry"),
        ("harry", "henry"),
        ("sandy", "alexandra"),
        ("nick", "nicholas"),
        ("becky", "rebecca"),
        ("vicky", "victoria"),
        ("dave", "david"),
        ("steve", "stephen"),
        ("steve", "steven"),
        ("jenny", "jennifer"),
        ("jen", "jennifer"),
        ("abby", "abigail"),
        ("gus", "augustus"),
        ("meg", "margaret"),
        ("dan", "daniel"),
        ("danny", "daniel"),
        ("joe", "joseph"),
        ("tim", "timothy"),
        ("sam", "samantha"),
        ("pat", "patricia"),
        ("trish", "patricia"),
        ("sue", "susan"),
        ("cathy", "catherine"),
    ];
    (short.chars().count() >= 3 && long.starts_with(short)) || PAIRS.contains(&(short, long))
}

/// Whether the local part of an address is made of a name: tom.nguyen, tnguyen, tomn, nguyen.
fn address_fits(email: &str, words: &[String]) -> bool {
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

/// Whether anybody can have an address in a mail domain, so that it tells nothing about a company.
pub fn is_free_domain(domain: &str) -> bool {
    FREE.contains(&domain)
}

/// Whose a mail domain is.
struct Domains {
    ours: BTreeSet<String>,
    theirs: BTreeSet<String>,
}

/// Domains where anybody can have an address.
const FREE: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "yahoo.co.uk",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
    "mail.ru",
    "yandex.ru",
    "qq.com",
    "163.com",
    "orange.fr",
    "free.fr",
    "msn.com",
];

impl Domains {
    fn new(team: &Team, crm: Option<&CrmRecord>, people: &People) -> Domains {
        let mut ours: BTreeSet<String> =
            team.our_domains.iter().map(|d| d.trim_start_matches('@').to_lowercase()).collect();
        for person in &people.all {
            if person.reasons.iter().any(|r| r.sure == 100 && r.side == Side::Seller)
                && let Some(domain) = person.email.as_deref().and_then(domain_of).filter(|d| !FREE.contains(d))
            {
                ours.insert(domain.to_owned());
            }
        }
        let theirs = crm
            .iter()
            .flat_map(|c| &c.contacts)
            .filter_map(|c| domain_of(&c.email))
            .filter(|d| !FREE.contains(d) && !ours.contains(*d))
            .map(str::to_owned)
            .collect();
        Domains { ours, theirs }
    }

    fn is_in(set: &BTreeSet<String>, domain: &str) -> bool {
        // mail.acme.example is acme.example's.
        set.contains(domain)
            || set.iter().any(|d| domain.strip_suffix(d.as_str()).is_some_and(|rest| rest.ends_with('.')))
    }

    fn reason(&self, email: &str) -> Option<Reason> {
        let domain = domain_of(email)?;
        let reason = |side, sure, because: String| Some(Reason { side, sure, because });
        if Self::is_in(&self.ours, domain) {
            reason(Side::Seller, 98, format!("mail domain {domain} is ours"))
        } else if Self::is_in(&self.theirs, domain) {
            reason(Side::Buyer, 95, format!("mail domain {domain} is that of the deal's contacts"))
        } else if FREE.contains(&domain) {
            None
        } else if self.ours.is_empty() {
            match self.theirs.is_empty() {
                true => None,
                false => reason(Side::Seller, 60, format!("mail domain {domain} is not that of the deal's contacts")),
            }
        } else if self.theirs.is_empty() {
            reason(Side::Buyer, 85, format!("mail domain {domain} is not ours"))
        } else {
            reason(Side::Unknown, 0, format!("mail domain {domain} is neither ours nor that of the deal's contacts"))
        }
    }
}

fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, d)| d).filter(|d| !d.is_empty())
}

/// Who each speaker and participant of a conversation is.
fn seat(conversation: &Conversation, people: &mut People) -> BTreeMap<String, usize> {
    let mut seats = BTreeMap::new();
    for p in &conversation.participants {
        if seats.contains_key(&p.name) {
            continue;
        }
        let at = if p.email.is_some() {
            people.find_or_add(&p.name, p.email.as_deref(), true)
        } else if is_label(&p.name) {
            // A label is a person of this conversation only; a self-introduction may say who.
            match introduced_name(conversation, &p.name).and_then(|name| people.find(&name_words(&name), false, None)) {
                Some(at) => at,
                None => {
                    people.all.push(Person { name: p.name.clone(), ..Person::default() });
                    people.all.len() - 1
                }
            }
        } else {
            people.find_or_add(&p.name, None, false)
        };
        if p.email.is_none() {
            people.learn(at, p);
        }
        if let Some(side) = role_side(&p.name.trim().to_lowercase()) {
            people.all[at].reasons.push(Reason {
                side,
                sure: 85,
                because: format!("labelled {:?} in the export", p.name),
            });
        }
        seats.insert(p.name.clone(), at);
    }
    seats
}

/// How a person says their own name, lower case, before it.
const INTRODUCTIONS: &[&str] = &["my name is ", "my name's ", "this is ", "i'm ", "i am ", "it's "];

/// The name by which a labelled speaker introduces himself in the first turns.
fn introduced_name(conversation: &Conversation, speaker: &str) -> Option<String> {
    conversation
        .turns
        .iter()
        .filter(|t| t.speaker == speaker)
        .take(4)
        .find_map(|t| introduction(&t.text).map(|(name, _)| name))
}

/// A self-introduction: the name, and what follows it ("from Acme").
fn introduction(text: &str) -> Option<(String, String)> {
    let plain = text.replace('’', "'");
    let lower = plain.to_lowercase();
    // Lower-casing may change lengths; then offsets would not fit, and the rare text is passed by.
    if lower.len() != plain.len() {
        return None;
    }
    for opener in INTRODUCTIONS {
        for (at, _) in lower.match_indices(opener).take(4) {
            if at > 0 && lower[..at].ends_with(char::is_alphanumeric) {
                continue;
            }
            let rest = &plain[at + opener.len()..];
            let name: Vec<&str> = rest
                .split_whitespace()
                .take(3)
                .take_while(|w| w.chars().next().is_some_and(char::is_uppercase))
                .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'))
                .collect();
            // "This is Monday" and "I'm OK" name nobody; "my name is" always does.
            if name.is_empty() || (*opener != "my name is " && NO_NAMES.contains(&name[0].to_lowercase().as_str())) {
                continue;
            }
            let behind = rest.split_once(name[name.len() - 1]).map_or("", |(_, b)| b).trim_start_matches([',', ' ']);
            return Some((name.join(" "), behind.to_owned()));
        }
    }
    None
}

const NO_NAMES: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "ok",
    "okay",
    "q1",
    "q2",
    "q3",
    "q4",
    "i",
    "ceo",
    "cfo",
    "it",
    "english",
    "american",
    "british",
    "german",
];

/// The names of the two companies, as words.
struct Companies {
    ours: BTreeSet<String>,
    theirs: BTreeSet<String>,
}

/// Words of company names that many share.
const COMMON: &[&str] = &[
    "the",
    "and",
    "of",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "group",
    "company",
    "co",
    "corp",
    "services",
    "systems",
    "solutions",
    "health",
    "software",
    "partners",
    "foods",
    "school",
    "district",
    "university",
    "bank",
    "labs",
    "tech",
    "media",
    "city",
    "county",
    "example",
    "com",
    "org",
    "net",
];

impl Companies {
    fn new(crm: Option<&CrmRecord>, domains: &Domains) -> Companies {
        let label = |d: &String| d.split('.').next().unwrap_or("").to_owned();
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .map(str::to_lowercase)
                .filter(|w| w.chars().count() >= 4 && !COMMON.contains(&w.as_str()))
                .collect::<Vec<_>>()
        };
        let mut theirs: BTreeSet<String> = domains.theirs.iter().map(label).collect();
        theirs.extend(crm.and_then(|c| c.account.as_deref()).map(words).unwrap_or_default());
        let ours: BTreeSet<String> = domains.ours.iter().map(label).filter(|w| w.chars().count() >= 4).collect();
        let theirs = theirs.into_iter().filter(|w| w.chars().count() >= 4 && !ours.contains(w)).collect();
        Companies { ours, theirs }
    }

    /// The side of a company in the first words of `text`.
    fn side(&self, text: &str) -> Option<Side> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .take(6)
            .map(str::to_lowercase)
            .collect();
        // "Harcastle Moor" is harcastlemoor.example's.
        let joined = words.concat();
        let has = |set: &BTreeSet<String>| {
            set.iter().any(|w| words.contains(w) || (w.chars().count() >= 6 && joined.contains(w.as_str())))
        };
        match (has(&self.ours), has(&self.theirs)) {
            (true, false) => Some(Side::Seller),
            (false, true) => Some(Side::Buyer),
            _ => None,
        }
    }
}

/// What people say of themselves ("Ann from Acme here"), and what a name carries ("Ann (Acme)").
fn introductions(
    conversation: &Conversation,
    seats: &BTreeMap<String, usize>,
    companies: &Companies,
    people: &mut People,
) {
    for (name, at) in seats {
        let hung = name
            .find(['(', '[', '|'])
            .or_else(|| name.find(" - "))
            .or_else(|| name.find(" @ "))
            .map(|from| &name[from..]);
        if let Some(side) = hung.and_then(|h| companies.side(h)) {
            people.all[*at].reasons.push(Reason {
                side,
                sure: 88,
                because: "the name carries that side's company".into(),
            });
        }
    }
    if conversation.channel != Channel::Call {
        return;
    }
    let mut spoken: BTreeMap<&str, usize> = BTreeMap::new();
    for turn in conversation.turns.iter().take(40) {
        let count = spoken.entry(&turn.speaker).or_default();
        *count += 1;
        if *count > 4 {
            continue;
        }
        let (Some(at), Some((_, behind))) = (seats.get(&turn.speaker), introduction(&turn.text)) else { continue };
        let from =
            ["from ", "with ", "at ", "over at ", "here from ", "of "].iter().find_map(|p| behind.strip_prefix(p));
        if let Some(side) = from.and_then(|f| companies.side(f)) {
            people.all[*at].reasons.push(Reason {
                side,
                sure: 85,
                because: "introduced themselves as of that side's company".into(),
            });
        }
    }
}

/// Draws on who is left: in a call where all others are known to be of one side, or where the CRM lists the buyer's people
/// and this one is not among them.
fn eliminate(
    conversations: &[Conversation],
    seats: &[BTreeMap<String, usize>],
    contacts_known: bool,
    people: &mut People,
) {
    let verdicts: Vec<Side> = people.all.iter().map(|p| p.verdict().0).collect();
    let mut found: Vec<(usize, Reason)> = Vec::new();
    for (conversation, seat) in conversations.iter().zip(seats) {
        if conversation.channel != Channel::Call {
            continue;
        }
        let speaking: BTreeSet<usize> =
            conversation.participants.iter().filter(|p| p.active).filter_map(|p| seat.get(&p.name)).copied().collect();
        let of = |side: Side| speaking.iter().filter(|at| verdicts[**at] == side).count();
        let unknown: Vec<usize> = speaking
            .iter()
            .copied()
            .filter(|at| verdicts[*at] == Side::Unknown && people.all[*at].reasons.is_empty())
            .collect();
        for at in &unknown {
            let named = !is_label(&people.all[*at].name);
            let (buyers, sellers) = (of(Side::Buyer), of(Side::Seller));
            let (side, sure, because) = if buyers > 0 && sellers == 0 && unknown.len() == 1 {
                (Side::Seller, 75, "everybody else in the call is the buyer's")
            } else if named && contacts_known {
                (Side::Seller, 60, "not among the contacts that the CRM lists for the buyer")
            } else if sellers > 0 && buyers == 0 && unknown.len() == 1 {
                (Side::Buyer, 75, "everybody else in the call is ours")
            } else {
                continue;
            };
            found.push((*at, Reason { side, sure, because: because.into() }));
        }
    }
    for (at, reason) in found {
        people.all[at].reasons.push(reason);
    }
}

/// Writes the conclusions into a conversation.
fn settle(conversation: &mut Conversation, seats: &BTreeMap<String, usize>, people: &People, team: &Team) {
    let stated = team.overrides.get(&conversation.source.file);
    let verdicts: BTreeMap<&String, (String, Side, u8, String)> = seats
        .iter()
        .map(|(name, at)| {
            let person = &people.all[*at];
            let (mut side, mut sure, mut because) = person.verdict();
            if let Some(by_user) = stated.and_then(|s| s.get(name).or_else(|| s.get(&person.name))) {
                (side, sure, because) = (*by_user, 100, "the user says so for this file".into());
            } else if team.swap_sides {
                side = side.other();
            }
            (name, (person.name.clone(), side, sure, because))
        })
        .collect();
    for turn in &mut conversation.turns {
        if let Some((name, side, ..)) = verdicts.get(&turn.speaker) {
            turn.speaker.clone_from(name);
            turn.side = *side;
        }
    }
    let mut merged: Vec<Participant> = Vec::with_capacity(conversation.participants.len());
    for p in std::mem::take(&mut conversation.participants) {
        let Some((name, side, sure, because)) = verdicts.get(&p.name) else { continue };
        let person = &people.all[seats[&p.name]];
        let settled = Participant {
            name: name.clone(),
            email: p.email.or_else(|| person.email.clone()),
            title: p.title.or_else(|| person.title.clone()),
            side: *side,
            side_confidence: if *side == Side::Unknown { 0 } else { *sure },
            side_because: because.clone(),
            active: p.active,
        };
        match merged.iter_mut().find(|m| m.name == settled.name) {
            Some(held) => held.active |= settled.active,
            None => merged.push(settled),
        }
    }
    conversation.participants = merged;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{ConversationId, DealId, Source, Turn},
        deal::Contact,
    };

    /// A conversation of lines "Name: words"; with `mail`, its participants are "Name <address>" with commas.
    fn said(file: &str, people: &str, lines: &str) -> Conversation {
        let turns: Vec<Turn> = lines
            .lines()
            .filter_map(|l| l.split_once(": "))
            .map(|(speaker, text)| Turn { speaker: speaker.into(), text: text.into(), ..Turn::default() })
            .collect();
        let mut participants: Vec<Participant> = people
            .split(',')
            .filter_map(|p| p.trim().strip_suffix('>')?.split_once(" <"))
            .map(|(name, email)| Participant { name: name.into(), email: Some(email.into()), ..Participant::default() })
            .collect();
        for turn in &turns {
            match participants.iter_mut().find(|p| p.name == turn.speaker) {
                Some(p) => p.active = true,
                None => participants.push(Participant {
                    name: turn.speaker.clone(),
                    active: true,
                    ..Participant::default()
                }),
            }
        }
        Conversation {
            id: ConversationId(file.into()),
            deal: DealId("d".into()),
            channel: if people.is_empty() { Channel::Call } else { Channel::Email },
            started_at: None,
            title: String::new(),
            participants,
            turns,
            mail: None,
            recording: None,
            source: Source { file: file.into(), ..Source::default() },
            revision: 0,
        }
    }

    fn team() -> Team {
        Team { our_domains: vec!["lettwing.example".into()], ..Team::default() }
    }

    fn crm() -> CrmRecord {
        let contact = |name: &str, email: &str| Contact { name: name.into(), email: email.into(), title: "CFO".into() };
        CrmRecord {
            account: Some("Harcastle & Moor".into()),
            contacts: vec![
                contact("Tom Nguyen-Hall", "tom@harcastlemoor.example"),
                contact("Ann Lee", "ann@harcastlemoor.example"),
            ],
            ..CrmRecord::default()
        }
    }

    /// The speakers of all turns as "Name side".
    fn decided(mut conversations: Vec<Conversation>, crm: Option<&CrmRecord>, team: &Team) -> Vec<String> {
        decide(&mut conversations, crm, team);
        conversations.iter().flat_map(|c| &c.turns).map(|t| format!("{} {}", t.speaker, t.side.name())).collect()
    }

    #[test]
    fn one_person_under_several_names_is_one() {
        for short in [
            "Tom",
            "Tom N.",
            "T. Nguyen-Hall",
            "Tom Hall",
            "Tom Nguyen-Hall (he/him)",
            "Nguyen-Hall, Tom",
            "Tom Nguyen-Hall | Harcastle",
            "Thomas Nguyen-Hall",
        ] {
            let call = said("1", "", &format!("{short}: hello"));
            let expected =
                if short.starts_with("Thomas") { "Thomas Nguyen-Hall seller" } else { "Tom Nguyen-Hall buyer" };
            assert_eq!(decided(vec![call], Some(&crm()), &team()), [expected], "{short}");
        }
        // Two Anns: "Ann" may be either, and then is neither.
        let mut two = crm();
        two.contacts.push(Contact {
            name: "Ann Ray".into(),
            email: "ray@harcastlemoor.example".into(),
            title: String::new(),
        });
        assert_eq!(decided(vec![said("1", "", "Ann: hi")], Some(&two), &team()), ["Ann seller"]);
    }

    #[test]
    fn domains_contacts_words_and_who_is_left_tell_the_side() {
        let mail = || {
            said(
                "m",
                "Declan Purvis <declan@lettwing.example>, Ann Lee <ann@harcastlemoor.example>",
                "Declan Purvis: hello",
            )
        };
        for (name, lines, crm, expected) in [
            ("mails and calls", "Declan: hi\nAnn Lee: hi", None, &["Declan Purvis seller", "Ann Lee buyer"][..]),
            (
                "a stranger among the customer's",
                "Ann Lee: hi\nRavi Sen: hello",
                Some(crm()),
                &["Ann Lee buyer", "Ravi Sen seller"],
            ),
            (
                "a machine's label that says who it is",
                "Speaker 1: Hi, this is Declan from Lettwing.\nSpeaker 2: Hello.",
                None,
                &["Declan Purvis seller", "Speaker 2 buyer"],
            ),
            ("a role", "Agent: hi\nCustomer: hello", None, &["Agent seller", "Customer buyer"]),
            (
                "a company in the name",
                "Zoe (Lettwing): hi\nYan (Harcastle): ho",
                Some(crm()),
                &["Zoe seller", "Yan buyer"],
            ),
            ("nothing", "Zoe: hi\nYan: ho", None, &["Zoe unknown", "Yan unknown"]),
        ] {
            let found = decided(vec![mail(), said("c", "", lines)], crm.as_ref(), &team());
            assert_eq!(found[1..], *expected, "{name}");
        }
    }

    #[test]
    fn contradictions_lower_the_confidence_and_the_user_has_the_last_word() {
        // Our domain, but a contact of the customer's in the CRM.
        let mut crm = crm();
        crm.contacts[1].email = "ann@lettwing.example".into();
        let mut both = vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")];
        decide(&mut both, Some(&crm), &team());
        let ann = &both[0].participants[0];
        assert!(ann.side_confidence < 60 && ann.side_because.contains("although"), "{ann:?}");

        let swapped = Team { swap_sides: true, ..team() };
        assert_eq!(
            decided(vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")], None, &swapped),
            ["Ann Lee buyer"]
        );
        let stated = Team { overrides: [("m".into(), [("Ann Lee".into(), Side::Buyer)].into())].into(), ..team() };
        assert_eq!(
            decided(vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")], None, &stated),
            ["Ann Lee buyer"]
        );
        let member = Team {
            members: vec![Member { name: "Zoe Ray".into(), email: String::new(), side: Side::Seller }],
            ..team()
        };
        assert_eq!(decided(vec![said("c", "", "Zoe: hi")], None, &member), ["Zoe Ray seller"]);
    }
}
