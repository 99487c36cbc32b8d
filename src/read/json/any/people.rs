//! The people of a document of no known vendor: the list of them beside the words, by key, with address and side.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::{Map, Value};

use crate::{
    conversation::{Participant, Side},
    read::{
        json::{
            any::{
                keys::{field, person},
                piece::name,
            },
            label_of, party, speaker_of,
        },
        table::plain,
        turns::one_line,
    },
    team::names::role_side,
};

/// Keys of the lists.
pub const LISTS: &[&str] = &[
    "speakers",
    "speakerinfo",
    "participants",
    "externalparticipants",
    "internalparticipants",
    "users",
    "people",
    "parties",
    "attendees",
    "meetingattendees",
    "calendarinvitees",
    "invitees",
    "members",
    // LivePerson's.
    "agentparticipants",
    "consumerparticipants",
    // Zulip's.
    "zerveruserprofile",
];

/// Keys of one person each: Zendesk's and Freshdesk's of a ticket. They are known where they speak.
const ONES: &[&str] = &["requester", "submitter", "assignee"];

/// The most people of a list that are taken for those of the call; a longer list is everybody's.
const MOST: usize = 100;

/// The key of who says a piece in a list of people aside.
pub fn id(piece: &Value) -> Option<Cow<'_, str>> {
    const IDS: &[&str] = &[
        "speakerid",
        "participantid",
        "personid",
        "userid",
        "speaker",
        "participant",
        "user",
        "authorid",
        "senderid",
        "attendeeid",
        "recordingattendeeid",
        "sender",
    ];
    let (key, id) = field(piece.as_object()?, IDS)?;
    // Beside somebody's name the sender may be a desk or a machine.
    let is_own = || plain(key) != "sender" || name(piece) == speaker_of(id);
    Some(label_of(id)).filter(|id| !id.is_empty() && is_own())
}

/// The address of who says a piece, where the piece has it: in the object that names the speaker, or beside the name.
pub fn email(piece: &Value) -> Option<&str> {
    // Beside the name stand those of others too: "recipient_email", "customer_email".
    const OWN: &[&str] = &[
        "email",
        "emailaddress",
        "speakeremail",
        "participantemail",
        "authoremail",
        "senderemail",
        "fromemail",
        "useremail",
        "personemail",
    ];
    let address = |fields: &'_ Map<String, Value>, is_own: fn(&str) -> bool| -> Option<String> {
        let found = fields.iter().find(|(key, value)| is_own(&plain(key)) && value.is_string());
        found.map(|(key, _)| key.clone())
    };
    let object = piece.as_object()?;
    let within =
        person(object).and_then(|fields| fields.get(&address(fields, |key| key.ends_with("email"))?)?.as_str());
    within.or_else(|| object.get(&address(object, |key| OWN.contains(&key))?)?.as_str())
}

/// A document's people.
#[derive(Default)]
pub struct People {
    listed: Vec<Participant>,
    /// How many of them, from the first, stand in a list.
    of_lists: usize,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_email: HashMap<String, usize>,
}

impl People {
    /// The people in the lists of the objects around the words.
    pub fn of(around: &[&Map<String, Value>]) -> People {
        let mut out = People::default();
        let lists = around.iter().flat_map(|o| LISTS.iter().filter_map(|key| field(o, &[key])?.1.as_array()));
        lists.flatten().filter_map(Value::as_object).for_each(|fields| out.add(fields));
        out.of_lists = out.listed.len();
        let ones = around.iter().flat_map(|o| ONES.iter().filter_map(|key| field(o, &[key])?.1.as_object()));
        ones.for_each(|fields| out.add(fields));
        out
    }

    fn add(&mut self, fields: &Map<String, Value>) {
        let text = |keys: &[&str]| field(fields, keys).and_then(|(_, v)| v.as_str()).map(one_line).unwrap_or_default();
        let name = text(&[
            "name",
            "displayname",
            "fullname",
            "speakername",
            "agentfullname",
            "consumername",
            "username",
            "email",
            "useremail",
        ]);
        if name.is_empty() {
            return;
        }
        let place = self.listed.len();
        let id = field(fields, &["speakerid", "participantid", "personid", "userid", "agentid", "spkid", "id"])
            .map(|(_, id)| label_of(id))
            .filter(|id| !id.is_empty());
        if let Some(id) = id {
            self.by_id.entry(id.into_owned()).or_insert(place);
        }
        let email = text(&["email", "useremail", "emailaddress"]);
        let person = party(&name, &email, side(fields), "the export states their side");
        self.by_name.entry(name).or_insert(place);
        if let Some(email) = &person.email {
            self.by_email.entry(email.clone()).or_insert(place);
        }
        self.listed.push(person);
    }

    /// The name of the one with a key.
    pub fn by_id(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|place| self.listed[*place].name.as_str())
    }

    /// What is known of one who speaks under `name`: an address, a side; absent where it is neither.
    pub fn known(&self, name: &str, email: Option<&str>) -> Option<Participant> {
        let place = self.by_name.get(name).or_else(|| self.by_email.get(&email?.trim().to_lowercase()));
        let listed = place.map(|place| &self.listed[*place]);
        let address = email.or(listed.and_then(|p| p.email.as_deref())).unwrap_or("");
        let side = listed.map_or(Side::Unknown, |p| p.side);
        let known = party(name, address, side, "the export states their side");
        (!name.is_empty() && (known.email.is_some() || side != Side::Unknown)).then_some(known)
    }

    /// Those who are listed with an address and are none of `participants`.
    pub fn silent(mut self, participants: &[Participant]) -> Vec<Participant> {
        self.listed.truncate(self.of_lists);
        if self.listed.len() > MOST {
            return vec![];
        }
        let present = |p: &Participant| participants.iter().any(|o| o.name == p.name || o.email == p.email);
        let mut seen = HashSet::new();
        let silent = self.listed.into_iter().filter(|p| p.email.is_some() && !present(p));
        silent.filter(|p| seen.insert(p.email.clone())).collect()
    }
}

/// The side that a list states of one of its people.
fn side(fields: &Map<String, Value>) -> Side {
    let flag = |keys: &[&str]| field(fields, keys).and_then(|(_, v)| v.as_bool());
    let of = |seller: bool| if seller { Side::Seller } else { Side::Buyer };
    if let Some(external) = flag(&["isexternal", "external"]) {
        return of(!external);
    }
    if let Some(internal) = flag(&["isinternal", "internal", "isrep"]) {
        return of(internal);
    }
    let role = field(fields, &["affiliation", "role", "type", "participanttype", "speakertype"]);
    role.and_then(|(_, v)| role_side(&v.as_str()?.to_lowercase())).unwrap_or_default()
}
