//! Everybody in a deal: who goes by several names and addresses and is one person, and what speaks for either side.

use std::collections::{BTreeSet, HashMap};

use super::{
    Member, Reason,
    names::{address_fits, begin_alike, display_name, forms_of_one, name_words, spelt_out_words},
};
use crate::conversation::{Participant, Side};

/// Everybody who goes by one identity.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    /// The fullest form of the name that was seen.
    pub(super) name: String,
    /// Its words, for comparing.
    pub(super) words: Vec<String>,
    /// The same with umlauts spelt out; none where the name has none.
    spelt_out: Vec<String>,
    /// Further names by which the user knows the person, as words.
    also: Vec<Vec<String>>,
    /// The first address that was seen.
    pub(super) email: Option<String>,
    pub(super) title: Option<String>,
    pub(super) reasons: Vec<Reason>,
    /// The side that the user states; it stands above all reasons.
    stated: Option<Side>,
    /// Whether the CRM names the person as the deal's owner.
    pub(super) is_owner: bool,
    /// Whether other deals of the export show the person to be ours.
    pub(super) is_known_elsewhere: bool,
    /// Whether the user wrote the name, which then stands as it is.
    is_named: bool,
}

/// Everybody in the deal so far.
#[derive(Default)]
pub(super) struct People {
    pub(super) all: Vec<Person>,
    /// Whose an address is; a person may have several.
    by_email: HashMap<String, usize>,
    /// Who is or was called so; whoever is looked up is asked again, since a name may have been replaced by a fuller one.
    by_words: HashMap<Vec<String>, Vec<usize>>,
}

/// From so many people on only whole names are one person's: nobody can tell whom of hundreds a short one means, and each
/// would be held against all.
const CROWD: usize = 500;

impl People {
    /// Adds somebody whom the user names.
    pub(super) fn state(&mut self, member: &Member) {
        let at = self.find_or_add(&member.name, Some(&member.email));
        for also in &member.also {
            match also.contains('@') {
                true => {
                    self.by_email.insert(also.to_lowercase(), at);
                }
                false => {
                    self.all[at].also.push(name_words(also));
                    self.by_words.entry(name_words(also)).or_default().push(at);
                }
            }
        }
        self.all[at].stated = Some(member.side);
        self.all[at].is_named = !member.name.is_empty();
    }

    /// The side that the user states for that person, known by exactly that name or address.
    pub(super) fn stated(&self, name: &str, email: Option<&str>) -> Option<Side> {
        let by_email = email.and_then(|e| self.by_email.get(&e.to_lowercase())).copied();
        self.all[by_email.or_else(|| self.find(&name_words(name), true, email))?].stated
    }

    /// The person of that address, else of exactly that name, else a new one.
    pub(super) fn find_or_add(&mut self, name: &str, email: Option<&str>) -> usize {
        let email = email.map(str::trim).filter(|e| e.contains('@')).map(str::to_lowercase);
        if let Some(email) = &email
            && let Some(at) = self.by_email.get(email).copied()
        {
            self.rename(at, name);
            return at;
        }
        let words = name_words(name);
        if let Some(at) = self.find(&words, true, email.as_deref()) {
            self.rename(at, name);
            if let Some(email) = &email {
                self.by_email.insert(email.clone(), at);
            }
            if self.all[at].email.is_none() {
                self.all[at].email = email;
            }
            return at;
        }
        self.add(name, email)
    }

    /// A new person of that name.
    pub(super) fn add(&mut self, name: &str, email: Option<String>) -> usize {
        if let Some(email) = &email {
            self.by_email.insert(email.clone(), self.all.len());
        }
        let words = name_words(name);
        self.by_words.entry(words.clone()).or_default().push(self.all.len());
        let spelt_out = spelt_out_words(name);
        self.all.push(Person { name: display_name(name), words, spelt_out, email, ..Person::default() });
        self.all.len() - 1
    }

    /// A new person of whom only a label is known.
    pub(super) fn add_unnamed(&mut self, label: &str) -> usize {
        self.all.push(Person { name: label.to_owned(), ..Person::default() });
        self.all.len() - 1
    }

    /// The one person whom `words` can mean. `strict`: only where both are the same name, as two people with addresses of
    /// their own are two people.
    pub(super) fn find(&self, words: &[String], strict: bool, email: Option<&str>) -> Option<usize> {
        if words.is_empty() {
            return None;
        }
        let same = |p: &Person| {
            (p.words == words && (email.is_none() || p.email.is_none() || p.email.as_deref() == email))
                || p.also.iter().any(|also| also == words)
        };
        let called = self.by_words.get(words).map(Vec::as_slice).unwrap_or_default();
        let exact: BTreeSet<usize> = called.iter().copied().filter(|at| same(&self.all[*at])).collect();
        let exact: Vec<usize> = exact.into_iter().collect();
        if let [at] = exact[..] {
            return Some(at);
        }
        if strict || !exact.is_empty() || self.all.len() > CROWD {
            return exact.first().copied();
        }
        let near: Vec<usize> = (0..self.all.len()).filter(|at| self.all[*at].may_be(words)).collect();
        match near[..] {
            [at] => Some(at),
            _ => None,
        }
    }

    /// The one person whom `name` can mean, its umlauts with their marks or spelt out.
    pub(super) fn meant_by(&self, name: &str) -> Option<usize> {
        let (words, spelt_out) = (name_words(name), spelt_out_words(name));
        let meant = self.find(&words, false, None);
        if meant.is_some() || spelt_out.is_empty() || spelt_out == words {
            return meant;
        }
        // Where several are meant already, another spelling tells nobody apart; in a crowd whole names alone mean anybody.
        let several =
            || !words.is_empty() && self.all.len() <= CROWD && self.all.iter().any(|person| person.may_be(&words));
        if several() { None } else { self.find(&spelt_out, false, None) }
    }

    /// Somebody of `side`, called as long or longer, whom the name of the person at `at` can mean as well; `apart`: who is not meant,
    /// because they are there as well.
    pub(super) fn namesake(&self, at: usize, side: Side, apart: &BTreeSet<usize>) -> Option<&Person> {
        let words = &self.all[at].words;
        if words.is_empty() || self.all.len() > CROWD {
            return None;
        }
        let others = self.all.iter().enumerate().filter(|(other, _)| *other != at && !apart.contains(other));
        let mut longer = others.map(|(_, person)| person).filter(|person| person.words.len() >= words.len());
        longer.find(|person| person.may_be(words) && person.verdict().0 == side)
    }

    /// Whose an address is.
    pub(super) fn of_email(&self, email: &str) -> Option<usize> {
        self.by_email.get(&email.trim().to_lowercase()).copied()
    }

    /// The side of all whom a single name can mean, where there are several and all are of one: "Ann" of Ann Lee and Ann
    /// Ray, who are both the buyer's.
    pub(super) fn side_of_namesakes(&self, words: &[String]) -> Option<Reason> {
        let [name] = words else { return None };
        if self.all.len() > CROWD {
            return None;
        }
        let mut sides = self.all.iter().filter(|p| p.may_be(words)).map(|p| p.verdict().0);
        let side = sides.next().filter(|side| *side != Side::Unknown)?;
        let mut others = sides.peekable();
        others.peek()?;
        others.all(|other| other == side).then(|| Reason {
            side,
            sure: 80,
            because: format!("all whom {name:?} can mean are of that side"),
        })
    }

    /// The side of all whose given names begin as that of `words` does, where they are of one, as a guess; `apart`: who is not
    /// meant, because they are there as well.
    pub(super) fn side_of_alike(&self, words: &[String], apart: &BTreeSet<usize>) -> Option<Reason> {
        /// Below what is told as sure ([`crate::deal_report::GuessedSide`]).
        const GUESS: u8 = 60;
        if words.is_empty() || self.all.len() > CROWD {
            return None;
        }
        let alike = |at: &usize| !apart.contains(at) && begin_alike(&self.all[*at].words, words);
        let mut alike = (0..self.all.len()).filter(alike).map(|at| (&self.all[at], self.all[at].verdict()));
        let (first, (side, sure, _)) = alike.next().filter(|(_, (side, ..))| *side != Side::Unknown)?;
        alike.all(|(_, (other, ..))| other == side).then(|| Reason {
            side,
            sure: sure.min(GUESS),
            because: format!("perhaps {}, whose name begins alike", first.name),
        })
    }

    /// Calls that person `name` where that is a fuller form.
    pub(super) fn rename(&mut self, at: usize, name: &str) {
        let words = name_words(name);
        let person = &mut self.all[at];
        // Of a CRM's "P. Nair" the conversations may say the whole name.
        let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>();
        let is_fuller = words.len() > person.words.len()
            || person.name.contains('@')
            || (person.is_owner && words.len() == person.words.len() && letters(&words) > letters(&person.words));
        if !person.is_named && !words.is_empty() && is_fuller {
            person.words.clone_from(&words);
            person.spelt_out = spelt_out_words(name);
            person.name = display_name(name);
            self.by_words.entry(words).or_default().push(at);
        }
    }

    pub(super) fn learn(&mut self, at: usize, p: &Participant) {
        if p.side != Side::Unknown {
            self.all[at].reasons.push(Reason {
                side: p.side,
                sure: if p.side_confidence == 0 { 90 } else { p.side_confidence },
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
    /// Whether the user says whose side; that it is unknown is an answer, too.
    pub(super) fn is_stated(&self) -> bool {
        self.stated.is_some()
    }

    /// Whether the user or the vendor says that the person is on `side`.
    pub(super) fn is_surely(&self, side: Side) -> bool {
        match self.stated {
            Some(stated) => stated == side,
            None => self.reasons.iter().any(|r| r.sure == 100 && r.side == side),
        }
    }

    /// Whether `words` can be a shorter or longer form of this person's name, or of the address.
    pub(super) fn may_be(&self, words: &[String]) -> bool {
        forms_of_one(&self.words, words)
            || forms_of_one(&self.spelt_out, words)
            || self.email.as_deref().is_some_and(|e| address_fits(e, words))
    }

    /// Whose side, how sure, and why: the strongest reason, weakened by the strongest that contradicts it.
    pub(super) fn verdict(&self) -> (Side, u8, String) {
        if let Some(side) = self.stated {
            return (side, 100, "the user says so".into());
        }
        let best = |side: Side| self.reasons.iter().filter(|r| r.side == side).max_by_key(|r| r.sure);
        let (buyer, seller) = (best(Side::Buyer), best(Side::Seller));
        let (top, against) = match (buyer, seller) {
            (Some(b), Some(s)) if b.sure == s.sure => {
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
