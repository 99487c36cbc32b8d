//! On which side those stand who say the pieces, by words for their part that tell only together: a "user" is the customer
//! beside an "operator", and the agent beside a "contact".

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    conversation::Side,
    read::{
        json::any::keys::{field, person},
        table::plain,
    },
};

/// The words for the buyer's part and ours that services use beside each other, as [`plain`] leaves them: Crisp, Sunshine
/// Conversations and its first version, Vapi, Freshchat, Chatwoot and Drift, LivePerson, Zendesk Chat.
const PAIRS: &[(&str, &str)] = &[
    ("user", "operator"),
    ("user", "business"),
    ("appuser", "appmaker"),
    ("user", "bot"),
    ("user", "agent"),
    ("contact", "user"),
    ("consumer", "agent"),
    ("visitor", "agent"),
];

/// Which parts the pieces of a document name.
pub struct Parts(BTreeSet<String>);

impl Parts {
    /// The parts in a list of pieces.
    pub fn of(pieces: &[&Value]) -> Parts {
        Parts(pieces.iter().filter_map(|piece| part(piece)).collect())
    }

    /// The side of whoever says `piece`.
    pub fn side(&self, piece: &Value) -> Option<Side> {
        // Gorgias says it outright.
        if let Some(ours) = field(piece.as_object()?, &["fromagent"]).and_then(|(_, v)| v.as_bool()) {
            return Some(if ours { Side::Seller } else { Side::Buyer });
        }
        let part = part(piece)?;
        let both = PAIRS.iter().filter(|(buyer, seller)| self.0.contains(*buyer) && self.0.contains(*seller));
        both.into_iter().find_map(|(buyer, seller)| match part.as_str() {
            part if part == *buyer => Some(Side::Buyer),
            part if part == *seller => Some(Side::Seller),
            _ => None,
        })
    }
}

/// The part that a piece, or whoever says it, is given.
fn part(piece: &Value) -> Option<String> {
    let object = piece.as_object()?;
    let own =
        ["role", "actortype", "sendertype", "sentby", "from"].iter().find_map(|key| field(object, &[key])?.1.as_str());
    own.or_else(|| field(person(object)?, &["type"])?.1.as_str()).map(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_is_who_the_other_is_not() {
        use Side::{Buyer, Seller};
        for (one, other, sides) in [
            (json!({"from": "user"}), json!({"from": "operator"}), [Some(Buyer), Some(Seller)]),
            (json!({"role": "user"}), json!({"role": "bot"}), [Some(Buyer), Some(Seller)]),
            (json!({"author": {"type": "user"}}), json!({"author": {"type": "business"}}), [Some(Buyer), Some(Seller)]),
            (json!({"sender": {"type": "user"}}), json!({"sender": {"type": "contact"}}), [Some(Seller), Some(Buyer)]),
            (json!({"from_agent": true}), json!({"from_agent": false}), [Some(Seller), Some(Buyer)]),
            (json!({"from": "user"}), json!({"from": "user"}), [None, None]),
        ] {
            let parts = Parts::of(&[&one, &other]);
            assert_eq!([&one, &other].map(|piece| parts.side(piece)), sides, "{one}");
        }
    }
}
