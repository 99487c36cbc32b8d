//! Writing a judgement into a file that people keep by hand: its comments, its order and its blank lines stay.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Judgement, JudgementError, Judgements, unknown_rule};
use crate::{conversation::DealId, rules::Rules};

/// What somebody adds to what they judge of a deal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Addition {
    /// The deal.
    pub deal: String,
    /// Who judges.
    pub by: String,
    /// Marks by name, 1 to 5; each takes the place of the one that this person gave before.
    pub marks: Vec<(String, u8)>,
    /// A note; it is added to what this person noted before.
    pub note: Option<String>,
    /// A rule that this person does not believe here, and why; a new reason takes the place of an old one.
    pub disagree: Option<(String, String)>,
}

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file as it stands is refused.
    #[error(transparent)]
    File(#[from] JudgementError),
    /// What is to be added is refused.
    #[error("{0}")]
    Addition(String),
}

/// The text of `file` with `addition` in it, and what was done, a line for each change.
///
/// # Errors
/// Where the file as it stands is refused, or the addition: a mark that there is none of, an unknown rule, a deal whose
/// judgement does not say who made it, or nothing to add.
pub fn write_into(
    text: &str,
    file: &str,
    rules: &Rules,
    addition: &Addition,
) -> Result<(String, Vec<String>), EditError> {
    let refused = |message: String| Err(EditError::Addition(message));
    if addition.by.trim().is_empty() {
        return refused("say who judges".into());
    }
    if let Some((rule, because)) = &addition.disagree {
        if rules.rule(rule).is_none() {
            return refused(unknown_rule(rule, rules));
        }
        if because.trim().is_empty() {
            return refused(format!("say why {rule} is not believed here"));
        }
    }
    for (mark, value) in &addition.marks {
        let marks = Judgement::default().marks().map(|(name, _)| name);
        if !marks.contains(&mark.as_str()) {
            return refused(crate::names::unknown_name(mark, "mark", marks.into_iter()));
        }
        if !(1..=5).contains(value) {
            return refused(format!("{mark} is a mark from 1 (bad) to 5 (good)"));
        }
    }
    let before = Judgements::parse(text, file, rules)?;
    let mut document: DocumentMut =
        text.parse().map_err(|e: toml_edit::TomlError| EditError::Addition(format!("{file}: {}", e.message())))?;
    let table = table_of(&mut document, addition).map_err(|m| EditError::Addition(format!("{file}: {m}")))?;
    let done = fill(table, addition);
    if done.is_empty() {
        return refused("nothing to add: give a mark, a note, or a rule that you do not believe".into());
    }
    let after = document.to_string();
    // A file that somebody wrote in another way than was thought of is left alone rather than spoilt.
    let deal = DealId(addition.deal.clone());
    let expected = expected(before.of(&deal), addition);
    match Judgements::parse(&after, file, rules) {
        Ok(read) if read.of(&deal) == expected && others(&read, &deal) == others(&before, &deal) => Ok((after, done)),
        _ => refused(format!("{file}: this cannot be added without touching more; write it there by hand")),
    }
}

fn others<'a>(all: &'a Judgements, deal: &'a DealId) -> Vec<(&'a DealId, &'a Vec<Judgement>)> {
    all.0.iter().filter(|(d, _)| *d != deal).collect()
}

/// What must be read from the file afterwards.
fn expected(before: &[Judgement], addition: &Addition) -> Vec<Judgement> {
    let mut all = before.to_vec();
    let by = Some(addition.by.clone());
    let at = all.iter().position(|j| j.by == by).unwrap_or_else(|| {
        all.push(Judgement { by, ..Judgement::default() });
        all.len() - 1
    });
    let own = &mut all[at];
    for (mark, value) in &addition.marks {
        match mark.as_str() {
            "trust" => own.trust = Some(*value),
            "relationship" => own.relationship = Some(*value),
            _ => own.fit = Some(*value),
        }
    }
    if let Some(note) = &addition.note {
        own.note = Some(joined(own.note.as_deref(), note));
    }
    if let Some((rule, because)) = &addition.disagree {
        own.disagree.insert(rule.clone(), because.clone());
    }
    all
}

/// The table of that person's judgement of that deal; made where there is none.
fn table_of<'a>(document: &'a mut DocumentMut, addition: &Addition) -> Result<&'a mut Table, String> {
    let new = document.get("deal").and_then(|deals| deals.get(&addition.deal)).is_none();
    let mut gap = "\n".to_owned();
    if new {
        // It will stand last: what stands behind all tables so far, comments and all, comes to stand before it.
        gap.insert_str(0, document.trailing().as_str().unwrap_or_default());
        document.set_trailing("");
    }
    let deals = document.entry("deal").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let by_hand =
        || format!("the judgement of {:?} is not written as a table; write this one there by hand", addition.deal);
    let deals = deals.as_table_mut().ok_or_else(by_hand)?;
    let held = deals.entry(&addition.deal).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if let Item::Table(table) = held {
        if judge(table).is_none() {
            return Err(format!(
                "the judgement of {:?} does not say who made it; add by = \"NAME\" to it",
                addition.deal
            ));
        }
        if judge(table) != Some(&addition.by) {
            // A second person: the first one's table becomes the first of several.
            let mut several = ArrayOfTables::new();
            several.push(std::mem::take(table));
            *held = Item::ArrayOfTables(several);
        }
    }
    match held {
        Item::Table(table) => Ok(table),
        Item::ArrayOfTables(several) => {
            let own = several.iter().position(|t| judge(t) == Some(&addition.by));
            let at = own.unwrap_or(several.len());
            if own.is_none() {
                let mut table = Table::new();
                table.decor_mut().set_prefix(gap);
                table.insert("by", toml_edit::value(addition.by.as_str()));
                several.push(table);
            }
            several.get_mut(at).ok_or_else(by_hand)
        }
        _ => Err(by_hand()),
    }
}

fn judge(table: &Table) -> Option<&str> {
    table.get("by").and_then(Item::as_str)
}

/// Writes the addition into its table and says what changed.
fn fill(table: &mut Table, addition: &Addition) -> Vec<String> {
    let mut done = Vec::new();
    for (mark, value) in &addition.marks {
        let was = table.get(mark).and_then(Item::as_integer);
        set(table, mark, i64::from(*value).into());
        done.push(match was {
            Some(was) => format!("{mark} {value} (was {was})"),
            None => format!("{mark} {value}"),
        });
    }
    if let Some(note) = &addition.note {
        let was = table.get("note").and_then(Item::as_str).map(str::to_owned);
        set(table, "note", joined(was.as_deref(), note).into());
        done.push(if was.is_some() { "note added to the one that was there".into() } else { "note".to_owned() });
    }
    if let Some((rule, because)) = &addition.disagree {
        let inner = table.entry("disagree").or_insert_with(|| Item::Table(Table::new()));
        let was = inner.get(rule).is_some();
        if let Some(inner) = inner.as_table_like_mut() {
            match inner.get_mut(rule).and_then(Item::as_value_mut) {
                Some(held) => replace(held, because.as_str().into()),
                None => {
                    inner.insert(rule, toml_edit::value(because.as_str()));
                }
            }
            let again = if was { ", with a new reason" } else { "" };
            done.push(format!("{rule} not believed{again}"));
        }
    }
    done
}

/// A later note after an earlier one.
fn joined(held: Option<&str>, note: &str) -> String {
    match held.map(str::trim_end).filter(|h| !h.is_empty()) {
        Some(held) if held.ends_with(['.', '!', '?', ';']) => format!("{held} {note}"),
        Some(held) => format!("{held}; {note}"),
        None => note.to_owned(),
    }
}

/// Sets a key; the comment behind an old value stays.
fn set(table: &mut Table, key: &str, value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(held) => replace(held, value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn replace(held: &mut Value, value: Value) {
    let decor = held.decor().clone();
    *held = value;
    *held.decor_mut() = decor;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(who: &str) -> Addition {
        Addition { deal: "acme".into(), by: who.into(), ..Addition::default() }
    }

    fn written(text: &str, addition: &Addition) -> (String, Vec<String>) {
        write_into(text, "j.toml", &Rules::built_in(), addition).unwrap()
    }

    #[test]
    fn a_first_judgement_is_a_table_of_its_own_and_the_same_person_adds_to_it() {
        let first = Addition { marks: vec![("trust".into(), 4)], note: Some("Met the owner".into()), ..by("Priya") };
        let (text, done) = written("# Ours.\n", &first);
        assert_eq!(text, "# Ours.\n\n[[deal.acme]]\nby = \"Priya\"\ntrust = 4\nnote = \"Met the owner\"\n");
        assert_eq!(done, ["trust 4", "note"]);
        let later = Addition {
            marks: vec![("trust".into(), 2), ("fit".into(), 5)],
            note: Some("She left.".into()),
            disagree: Some(("stalled".into(), "summer break".into())),
            ..by("Priya")
        };
        let (text, done) = written(&text, &later);
        assert_eq!(
            text,
            "# Ours.\n\n[[deal.acme]]\nby = \"Priya\"\ntrust = 2\nnote = \"Met the owner; She left.\"\nfit = 5\n\n\
             [deal.acme.disagree]\nstalled = \"summer break\"\n"
        );
        assert_eq!(done, ["trust 2 (was 4)", "fit 5", "note added to the one that was there", "stalled not believed"]);
    }

    #[test]
    fn a_second_person_stands_beside_the_first_and_comments_and_order_stay() {
        let held = "# Mine first.\n[deal.zeta]\nby = \"Tom\"\ntrust = 1 # since June\n\n# The big one.\n[deal.acme]\n\
                    by = \"Tom\" # our lead\nfit = 3\n[deal.acme.disagree]\nstalled = \"agreed\"\n\n\
                    [deal.\"B & C\"]\nby = \"Tom\"\n# the end\n";
        let (text, _) = written(held, &Addition { marks: vec![("trust".into(), 5)], ..by("Priya") });
        assert_eq!(
            text,
            "# Mine first.\n[deal.zeta]\nby = \"Tom\"\ntrust = 1 # since June\n\n# The big one.\n[[deal.acme]]\n\
             by = \"Tom\" # our lead\nfit = 3\n[deal.acme.disagree]\nstalled = \"agreed\"\n\n\
             [[deal.acme]]\nby = \"Priya\"\ntrust = 5\n\n[deal.\"B & C\"]\nby = \"Tom\"\n# the end\n"
        );
        let (last, _) = written(held, &Addition { deal: "new".into(), note: Some("met".into()), ..by("Tom") });
        assert_eq!(last, format!("{held}\n[[deal.new]]\nby = \"Tom\"\nnote = \"met\"\n"));
        // A comment behind a mark stays when the mark changes.
        let zeta = Addition { deal: "zeta".into(), marks: vec![("trust".into(), 2)], ..by("Tom") };
        assert!(written(held, &zeta).0.contains("trust = 2 # since June\n"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_nearest_names_and_nothing_is_written() {
        let with = |marks: &[(&str, u8)], disagree: Option<(&str, &str)>, who: &str| Addition {
            marks: marks.iter().map(|(m, v)| ((*m).to_owned(), *v)).collect(),
            disagree: disagree.map(|(r, b)| (r.to_owned(), b.to_owned())),
            ..by(who)
        };
        let unnamed = "[deal.acme]\ntrust = 3\n";
        for (text, addition, part) in [
            ("", with(&[], Some(("staled", "x")), "P"), "did you mean \"stalled\""),
            ("", with(&[], Some(("stalled", " ")), "P"), "say why"),
            ("", with(&[("trsut", 3)], None, "P"), "did you mean \"trust\""),
            ("", with(&[("trust", 6)], None, "P"), "from 1"),
            ("", with(&[("trust", 3)], None, " "), "say who"),
            ("", with(&[], None, "P"), "nothing to add"),
            (unnamed, with(&[("trust", 3)], None, "P"), "does not say who"),
            ("deal = { acme = { by = \"P\" } }\n", with(&[("trust", 3)], None, "P"), "by hand"),
            ("[deal.acme\n", with(&[("trust", 3)], None, "P"), "j.toml:1"),
        ] {
            let told = write_into(text, "j.toml", &Rules::built_in(), &addition).unwrap_err().to_string();
            assert!(told.contains(part), "{text}{addition:?}: {told}");
        }
    }
}
