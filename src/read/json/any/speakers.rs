//! Who says the pieces of a list, and on which side each stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    conversation::{Participant, Side},
    read::{
        crm,
        json::{
            any::{
                keys::{ROLE, field, person},
                people::{People, email, id},
                piece::name,
                sides::{Guess, Parts, outright},
            },
            label_of, party,
        },
    },
    team::names::role_side,
};

/// How sure a side by the part of a speaker is where addresses are there: less than whatever a mail domain tells.
const GUESS: u8 = 55;

/// Those who say the pieces of a list.
pub struct Speakers {
    listed: People,
    parts: Parts,
    /// Whether the direction of a piece tells the side of who says it.
    told_by_way: bool,
    /// Whether an address of somebody who speaks is known.
    addressed: bool,
    /// Those of whom something is known.
    participants: Vec<Participant>,
    /// The place of each of them by name.
    places: BTreeMap<String, usize>,
    /// Whose side was told.
    sided: BTreeSet<String>,
}

impl Speakers {
    /// Those of `pieces`, of whom nobody was heard yet; the objects `around` these may list people.
    pub fn of(around: &[&Map<String, Value>], pieces: &[&Value]) -> Speakers {
        let mut out = Speakers {
            listed: People::of(around),
            parts: Parts::of(pieces),
            told_by_way: told_by_way(pieces),
            addressed: false,
            participants: Vec::new(),
            places: BTreeMap::new(),
            sided: BTreeSet::new(),
        };
        let known = |piece: &Value| out.listed.known(&out.name(piece), email(piece));
        out.addressed = pieces.iter().any(|piece| known(piece).is_some_and(|p| p.email.is_some()));
        out
    }

    /// Takes note of who says a piece; gives the name, and the side of whoever has none.
    pub fn hear(&mut self, piece: &Value) -> (String, Side) {
        let name = self.name(piece);
        if !self.places.contains_key(&name)
            && let Some(known) = self.listed.known(&name, email(piece))
        {
            self.add(&name, known);
        }
        let role = role(piece);
        let sent = sent_by(&role).filter(|_| self.told_by_way);
        let told = role_side(&role).or(sent).or_else(|| outright(piece));
        if let Some(side) = told.or_else(|| self.guessed(piece).filter(|_| self.is_open(&name)))
            && !name.is_empty()
            && self.sided.insert(name.clone())
        {
            let by_role = party(&name, "", side, "the export states their role");
            let stated = match sent {
                Some(_) => {
                    Participant { side_confidence: 85, ..party(&name, "", side, "the export states the direction") }
                }
                None if told.is_none() && self.addressed => Participant { side_confidence: GUESS, ..by_role },
                None => by_role,
            };
            self.state(&name, stated);
        }
        // Whose name is not told may have a side all the same.
        let side = told.filter(|_| name.is_empty()).unwrap_or_default();
        (name, side)
    }

    /// Those of whom something is known, and behind them those who are listed and said nothing.
    pub fn everybody(mut self) -> Vec<Participant> {
        let silent = self.listed.silent(&self.participants);
        self.participants.extend(silent);
        self.participants
    }

    /// The name of who says a piece.
    fn name(&self, piece: &Value) -> String {
        id(piece).and_then(|id| self.listed.by_id(&id)).map_or_else(|| name(piece), str::to_owned)
    }

    /// The side of who says a piece, by its part; where addresses are known, a mail domain tells it better, later.
    fn guessed(&self, piece: &Value) -> Option<Side> {
        let told = |guess: &Guess| !self.addressed || guess.is_of_service;
        self.parts.side(piece).filter(told).map(|guess| guess.side)
    }

    /// Whether no list states somebody's side. What a list of the people states of them is no guess.
    fn is_open(&self, name: &str) -> bool {
        self.places.get(name).is_none_or(|place| self.participants[*place].side == Side::Unknown)
    }

    /// Takes what is stated of somebody for what is known, but for the address.
    fn state(&mut self, name: &str, stated: Participant) {
        match self.places.get(name) {
            Some(place) => {
                let known = &mut self.participants[*place];
                *known = Participant { email: known.email.take(), ..stated };
            }
            None => self.add(name, stated),
        }
    }

    fn add(&mut self, name: &str, person: Participant) {
        self.places.insert(name.to_owned(), self.participants.len());
        self.participants.push(person);
    }
}

/// The role that a piece states of who says it, in lower case.
fn role(piece: &Value) -> String {
    let Some(object) = piece.as_object() else { return String::new() };
    let own = field(object, ROLE).map(|(_, role)| label_of(role).to_lowercase());
    // Dynamics: "speaker": {"name": "Ann", "role": "Customer"}
    let of_person = || field(person(object)?, &["role"]).map(|(_, role)| label_of(role).to_lowercase());
    own.or_else(of_person).unwrap_or_default()
}

/// Whether directions tell sides. One that all speakers share is the call's, repeated beside each of its pieces.
fn told_by_way(pieces: &[&Value]) -> bool {
    let ways: Vec<Side> = pieces.iter().filter_map(|piece| sent_by(&role(piece))).collect();
    let speakers: BTreeSet<_> = pieces.iter().map(|piece| (id(piece), name(piece))).collect();
    speakers.len() < 2 || ways.iter().any(|way| *way != ways[0])
}

/// The side of whoever sends in a direction: what comes in is the buyer's.
fn sent_by(direction: &str) -> Option<Side> {
    crm::status::came_in(direction).map(|came_in| if came_in { Side::Buyer } else { Side::Seller })
}
