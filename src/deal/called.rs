//! Deals as people call them: by their id, or by the name that the CRM gives them, which is all that lists of deals show.
//!
//! Whatever a deal is named for, to be shown or to be judged, the same one is meant. A name counts only where one deal alone
//! has it: what is said of one of two must not stand at the other.

use std::collections::BTreeMap;

use crate::{
    conversation::DealId,
    names::{nearest, no_such},
};

/// So many deals are named where there may be more.
const NAMED: usize = 12;

/// So many are offered for a name that is misspelt.
const OFFERED: usize = 3;

/// What the deals of a run or of a CRM are called: each with the name that lists show.
#[derive(Clone, Debug, Default)]
pub struct Called<'a>(BTreeMap<&'a DealId, &'a str>);

impl<'a> Called<'a> {
    /// Of deals with the names that the CRM gives them. A deal may come several times; the first name counts.
    pub fn of(deals: impl IntoIterator<Item = (&'a DealId, Option<&'a str>)>) -> Called<'a> {
        let mut called = Called::default();
        for (id, name) in deals {
            let shown = called.0.entry(id).or_insert(&id.0);
            if let Some(name) = name.filter(|name| *shown == id.0 && !name.trim().is_empty()) {
                *shown = name;
            }
        }
        called
    }

    /// Whether `id` is the id of one of them.
    pub fn has(&self, id: &DealId) -> bool {
        self.0.contains_key(id)
    }

    /// The deal that is meant by `asked`: by its id, else, whatever the case, by its id or its name.
    ///
    /// # Errors
    /// Where it is none of them, or several are called so: what to say.
    pub fn meant(&self, asked: &str) -> Result<&'a DealId, String> {
        if let Some((id, _)) = self.0.get_key_value(&DealId(asked.to_owned())) {
            return Ok(id);
        }
        match self.named(asked)[..] {
            [id] => Ok(id),
            [] => Err(no_such(asked, "deal of this run", &self.like(asked))),
            ref several => {
                let ids = listed(several.iter().map(|id| format!("{:?}", id.0)));
                Err(format!("{} deals are called {asked:?}; name one by its id: {ids}", several.len()))
            }
        }
    }

    /// What `asked` may be a misspelling of, ids and names, the most alike first.
    pub fn like(&self, asked: &str) -> Vec<&'a str> {
        let known = self.0.iter().flat_map(|(id, shown)| [id.0.as_str(), *shown]);
        let mut like = Vec::new();
        for near in nearest(asked, known) {
            // A name that several have names none of them.
            let ids = self.named(near);
            let ids = if ids.len() > 1 { ids.iter().map(|id| id.0.as_str()).collect() } else { vec![near] };
            like.extend(ids.into_iter().filter(|name| !like.contains(name)).collect::<Vec<_>>());
        }
        like.truncate(OFFERED);
        like
    }

    /// Some of them by name, for whoever asked for one that is not there.
    pub fn some(&self) -> String {
        listed(self.0.keys().map(|id| self.label(id).to_owned()))
    }

    /// Those that are called so, whatever the case.
    fn named(&self, asked: &str) -> Vec<&'a DealId> {
        let folded = |name: &str| name.trim().to_lowercase();
        let asked = folded(asked);
        let called_so = |(id, shown): &(&&DealId, &&str)| folded(&id.0) == asked || folded(shown) == asked;
        self.0.iter().filter(called_so).map(|(id, _)| *id).collect()
    }

    /// What a deal can be named by: its name, else, where that is another's too, its id.
    fn label(&self, id: &'a DealId) -> &'a str {
        let shown = self.0.get(id).copied().unwrap_or(&id.0);
        if self.named(shown) == [id] { shown } else { &id.0 }
    }
}

/// The first of `names`, with a sign that there are more.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len() > NAMED;
    let mut names: Vec<String> = names.take(NAMED).collect();
    if more {
        names.push("…".to_owned());
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_is_meant_by_its_id_and_by_a_name_that_is_its_alone() {
        let ids = ["a-1", "b-1", "b-2", "Pilot 9", "006Ab01"].map(|id| DealId(id.into()));
        let names =
            [Some("Renewal 2026"), Some("Pilot"), Some("pilot"), Some("a-1"), Some("Brauer Logistik - Phase 1")];
        let called = Called::of(ids.iter().zip(names));
        for (asked, id) in [
            ("b-1", "b-1"),
            ("renewal 2026 ", "a-1"),
            // An id comes before a name.
            ("a-1", "a-1"),
            ("PILOT 9", "Pilot 9"),
        ] {
            assert_eq!(called.meant(asked).map(|id| id.0.as_str()), Ok(id), "{asked}");
        }
        for (asked, told) in [
            ("Pilot", "2 deals are called \"Pilot\"; name one by its id: \"b-1\", \"b-2\""),
            ("zzz", "\"zzz\" is no deal of this run"),
            ("Renewal 2062", "\"Renewal 2062\" is no deal of this run; did you mean \"Renewal 2026\"?"),
            // Whatever the case, and by what is alike.
            ("brauer", "\"brauer\" is no deal of this run; did you mean \"Brauer Logistik - Phase 1\"?"),
            ("006ab02", "\"006ab02\" is no deal of this run; did you mean \"006Ab01\"?"),
            ("pilto", "\"pilto\" is no deal of this run; did you mean \"b-1\" or \"b-2\" or \"Pilot 9\"?"),
        ] {
            assert_eq!(called.meant(asked), Err(told.to_owned()));
        }
        // Where two have a name, and where it is another's id, only the id tells.
        assert_eq!(called.some(), "Brauer Logistik - Phase 1, Pilot 9, Renewal 2026, b-1, b-2");
    }

    #[test]
    fn of_many_deals_some_are_named() {
        let ids: Vec<DealId> = (10..40).map(|n| DealId(format!("d{n}"))).collect();
        let called = Called::of(ids.iter().map(|id| (id, Some("Renewal"))));
        assert!(called.meant("renewal").unwrap_err().ends_with("\"d20\", \"d21\", …"));
        assert!(called.some().ends_with("d21, …"));
    }
}
