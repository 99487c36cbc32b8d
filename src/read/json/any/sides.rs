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
/// Conversations and its first version, Vapi, Freshchat. They say nothing beside one of [`CUSTOMERS`].
const PAIRS: &[(&str, &str)] = &[
    ("user", "operator"),
    ("user", "business"),
    ("appuser", "appmaker"),
    ("user", "bot"),
    ("user", "agent"),
    ("user", "admin"),
    ("lead", "admin"),
];

/// Words for the buyer's part that are never ours: of Chatwoot and Drift, LivePerson, Zendesk Chat.
const CUSTOMERS: &[&str] = &["contact", "consumer", "visitor", "customer"];
/// Words for our part beside one of [`CUSTOMERS`].
const OURS: &[&str] = &["user", "closeuser", "agent", "bot", "operator"];

/// Which parts the pieces of a document name.
pub struct Parts(BTreeSet<String>);

/// A side that follows from the parts in a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    pub side: Side,
    /// Whether it rests on words of one service; else on words that each company uses in its own way.
    pub is_of_service: bool,
}

/// The side of whoever says `piece`, where it says so outright: Gorgias' "from_agent", Snapchat's "IsSender", and Freshdesk's
/// "incoming".
pub fn outright(piece: &Value) -> Option<Side> {
    let flag = |keys: &[&str]| field(piece.as_object()?, keys)?.1.as_bool();
    let ours = flag(&["fromagent", "issender"]).or_else(|| flag(&["incoming"]).map(|came_in| !came_in))?;
    Some(if ours { Side::Seller } else { Side::Buyer })
}

impl Parts {
    /// The parts in a list of pieces.
    pub fn of(pieces: &[&Value]) -> Parts {
        Parts(pieces.iter().filter_map(|piece| part(piece)).collect())
    }

    /// The parts of a table's column of them, as [`plain`] leaves each.
    pub fn named(parts: impl Iterator<Item = String>) -> Parts {
        Parts(parts.collect())
    }

    /// The side of whoever has a part, by all that there are.
    pub fn side_of(&self, part: &str) -> Option<Side> {
        self.guess(part).map(|guess| guess.side)
    }

    /// The side of whoever says `piece`, by the parts that all have.
    pub fn side(&self, piece: &Value) -> Option<Guess> {
        self.guess(&part(piece)?)
    }

    fn guess(&self, part: &str) -> Option<Guess> {
        if self.has(CUSTOMERS) {
            return self.beside_customer(part).map(|side| Guess { side, is_of_service: true });
        }
        let is_of_service = self.has(&["operator", "business", "appmaker"]);
        self.in_pair(part).map(|side| Guess { side, is_of_service })
    }

    fn has(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.0.contains(*part))
    }

    fn in_pair(&self, part: &str) -> Option<Side> {
        let mut both = PAIRS.iter().filter(|(buyer, seller)| self.0.contains(*buyer) && self.0.contains(*seller));
        both.find_map(|(buyer, seller)| match part {
            part if part == *buyer => Some(Side::Buyer),
            part if part == *seller => Some(Side::Seller),
            _ => None,
        })
    }

    fn beside_customer(&self, part: &str) -> Option<Side> {
        // Where visitors who are known become users, and others work for the house, a user may be either's.
        let either =
            || self.has(&["admin", "operator", "lead"]) || (self.has(&["consumer", "visitor"]) && self.has(&["agent"]));
        match part {
            "user" if either() => None,
            part if OURS.contains(&part) => Some(Side::Seller),
            part if CUSTOMERS.contains(&part) && self.has(OURS) => Some(Side::Buyer),
            _ => None,
        }
    }
}

/// The part that a piece, or whoever says it, is given.
fn part(piece: &Value) -> Option<String> {
    let object = piece.as_object()?;
    let own = ["role", "actortype", "sendertype", "sentby", "speakerside", "from"]
        .iter()
        .find_map(|key| field(object, &[key])?.1.as_str());
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
            (json!({"from": "user"}), json!({"from": "user"}), [None, None]),
        ] {
            let parts = Parts::of(&[&one, &other]);
            assert_eq!([&one, &other].map(|piece| parts.side(piece).map(|guess| guess.side)), sides, "{one}");
        }
        for (key, sides) in [
            ("from_agent", [Some(Seller), Some(Buyer)]),
            ("IsSender", [Some(Seller), Some(Buyer)]),
            ("incoming", [Some(Buyer), Some(Seller)]),
        ] {
            assert_eq!([true, false].map(|said| outright(&json!({key: said}))), sides, "{key}");
        }
    }

    #[test]
    fn a_user_beside_a_customer_is_ours() {
        use Side::{Buyer, Seller};
        for (parts, sides) in [
            (["contact", "user", "bot"], [Some(Buyer), Some(Seller), Some(Seller)]),
            (["contact", "user", "agent"], [Some(Buyer), Some(Seller), Some(Seller)]),
            (["visitor", "user", "agent"], [Some(Buyer), None, Some(Seller)]),
            (["contact", "user", "admin"], [Some(Buyer), None, None]),
            (["user", "agent", "bot"], [Some(Buyer), Some(Seller), Some(Seller)]),
            (["contact", "close-user", "close-user"], [Some(Buyer), Some(Seller), Some(Seller)]),
        ] {
            let pieces = parts.map(|part| json!({"sender": {"type": part}}));
            let all = Parts::of(&pieces.iter().collect::<Vec<_>>());
            assert_eq!(pieces.each_ref().map(|piece| all.side(piece).map(|guess| guess.side)), sides, "{parts:?}");
        }
    }
}
