//! What a conversation was before sides were decided in it: what it takes to decide them again over more of its deal, on
//! another machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Participant, Repeated, Side};

/// A conversation as it was read, as far as deciding changed it, and what was known of the two sides that does not stand in
/// it. Who has many parts of a deal decides from these as if it had been read at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AsRead {
    /// Who took part, in order of appearance, by the names and sides of the export.
    pub participants: Vec<Participant>,
    /// What the export called the speaker of a turn, by the turn's index, where that person goes by another name now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<usize, String>,
    /// The side under which a turn was scored, by the turn's index, where it has another one now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scored_sides: BTreeMap<usize, Side>,
    /// Whether the mail counts as automatic only by what the rest of its deal says of its sender.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub found_automatic: bool,
    /// Mail domains of our side, lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub our_domains: Vec<String>,
    /// Whom the user states to be of a side: those who can be somebody in this conversation, and one of ours in any case,
    /// since a stranger beside ours is judged otherwise where ours are listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// The customer's name in the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The deal's contacts in the CRM.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Participant>,
    /// Who answers for the deal on our side, as the CRM writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Those whom other deals of the export show to be ours and who can be somebody in this conversation, with what shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ours_elsewhere: Vec<Participant>,
    /// Whether buyer and seller were exchanged, after all else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
    /// Sides that the user states for this file alone, by speaker.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, Side>,
    /// What was dropped as the same call or chat, and what it was itself before; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<Repeated>,
}

impl AsRead {
    /// What a conversation carries until sides are decided in it.
    pub fn carrying(repeated: Repeated) -> Box<AsRead> {
        Box::new(AsRead { repeated: Some(repeated), ..AsRead::default() })
    }
}

/// A person whose side the user states.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// Full name; may be empty where `email` is not.
    #[serde(default)]
    pub name: String,
    /// Address; may be empty where `name` is not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Further names and addresses of the same person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Whose side.
    pub side: Side,
}
