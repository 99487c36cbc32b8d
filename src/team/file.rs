//! `team.toml`: what the user says of the two sides, read with line numbers and refused where a word is misspelt.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Member, Team, names::is_label, stated_domains::mail_domain};
use crate::{
    conversation::Side,
    keys::{self, Keys, WORDS, YES_OR_NO},
    names::unknown_name,
};

/// Why a `team.toml` was refused.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct TeamError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// The file as it is written; [`Team`] is what it means.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    our_domains: Vec<Spanned<String>>,
    swap_sides: bool,
    zone: String,
    members: Vec<Spanned<WrittenMember>>,
    overrides: BTreeMap<Spanned<String>, BTreeMap<String, Side>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenMember {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default = "ours")]
    side: Side,
}

/// Whoever a team's file lists is of that team, unless it says otherwise.
fn ours() -> Side {
    Side::Seller
}

impl Team {
    /// Reads the text of `file`.
    ///
    /// # Errors
    /// Where it is no TOML, a key or side is misspelt, a domain or address is none, or a person is named by nothing, by a
    /// label that means somebody else in each call, or twice.
    pub fn parse(text: &str, file: &str) -> Result<Team, TeamError> {
        let error = |at: usize, message: String| TeamError {
            file: file.to_owned(),
            line: text[..at.min(text.len())].matches('\n').count() + 1,
            message,
        };
        let written: Written =
            toml::from_str(text).map_err(|e| error(e.span().map_or(0, |s| s.start), told(&e, text)))?;
        let mut team = Team { swap_sides: written.swap_sides, zone: written.zone, ..Team::default() };
        for domain in written.our_domains {
            let at = domain.span().start;
            let domain = mail_domain(domain.get_ref());
            team.our_domains.push(domain.map_err(|told| error(at, format!("our-domains: {told}")))?);
        }
        for written in written.members {
            let at = written.span().start;
            let member = member(written.into_inner()).map_err(|message| error(at, message))?;
            let names = |m: &Member| -> Vec<String> {
                [&m.name, &m.email]
                    .into_iter()
                    .chain(&m.also)
                    .filter(|n| !n.is_empty())
                    .map(|n| n.to_lowercase())
                    .collect()
            };
            let mine = names(&member);
            if team.members.iter().any(|other| names(other).iter().any(|n| mine.contains(n))) {
                return Err(error(at, "members: a name or address of this person stands at another one too; give each person one entry, with all names in \"also\"".into()));
            }
            team.members.push(member);
        }
        for (path, speakers) in written.overrides {
            if speakers.is_empty() {
                return Err(error(
                    path.span().start,
                    "overrides: no speaker is named; write \"Speaker 1\" = \"seller\" below the file's name".into(),
                ));
            }
            team.overrides.insert(path.into_inner(), speakers);
        }
        Ok(team)
    }
}

fn member(written: WrittenMember) -> Result<Member, String> {
    let WrittenMember { name, email, also, side } = written;
    let (name, email) = (name.trim().to_owned(), email.trim().to_lowercase());
    if name.is_empty() && email.is_empty() {
        return Err("members: this person has neither a name nor an email; give one or both".into());
    }
    if !email.is_empty() && !email.contains('@') {
        return Err("members: email is no address; write it as \"ann@ours.example\", or leave it out".into());
    }
    if let Some(label) = [&name].into_iter().chain(&also).find(|n| !n.is_empty() && !n.contains('@') && is_label(n)) {
        return Err(format!(
            "members: {label:?} is a label that means somebody else in each call; state its side under [overrides.\"FILE\"]"
        ));
    }
    let also = also.iter().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    Ok(Member { name, email, also, side })
}

/// What to tell of `error`, which came of reading `text`.
fn told(error: &toml::de::Error, text: &str) -> String {
    let Some(rest) = error.message().strip_prefix("unknown variant") else {
        return keys::told(error, text, &Keys { takes, owner: |_| "team.toml here" });
    };
    // What is there but a side's name is a speaker's or a person's: the sentence does without it.
    let mut quoted = rest.split('`').skip(1).step_by(2);
    let unknown = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.collect();
    let said = unknown_name(unknown, "side", known.iter().copied());
    if said.ends_with('?') { said } else { format!("{said}; say one of {}", known.join(", ")) }
}

/// What a key takes.
fn takes(path: &[&str]) -> &'static str {
    match path {
        ["our-domains"] => "a list of mail domains, as [\"ours.example\"]",
        ["swap-sides"] => YES_OR_NO,
        ["zone"] => "the name of a zone, as \"Europe/Berlin\"",
        ["members"] => "people, each as [[members]] with name = \"Dana Whitfield\"",
        ["members", "also"] => "a list of names, as [\"Dee W.\"]",
        ["overrides"] | ["overrides", _] => "speakers by file, as [overrides.\"acme/call.vtt\"]",
        ["members", "side"] | ["overrides", _, _] => "\"buyer\", \"seller\" or \"unknown\"",
        _ => WORDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_can_be_said_is_read() {
        let team = Team::parse(
            "our-domains = [\"@Ours.example\", \"ours.co.uk\"]\nswap-sides = true\nzone = \"Europe/Berlin\"\n\
             [[members]]\nname = \"Dana Whitfield\"\nemail = \"Dana@ours.example\"\nalso = [\"Dee W.\"]\n\
             [[members]]\nemail = \"bot@notes.example\"\nside = \"unknown\"\n\
             [overrides.\"acme/1.vtt\"]\n\"Speaker 1\" = \"buyer\"\n",
            "team.toml",
        )
        .unwrap();
        let member = |name: &str, email: &str, also: &[&str], side| Member {
            name: name.into(),
            email: email.into(),
            also: also.iter().map(|n| (*n).to_owned()).collect(),
            side,
        };
        let expected = Team {
            our_domains: vec!["ours.example".into(), "ours.co.uk".into()],
            members: vec![
                member("Dana Whitfield", "dana@ours.example", &["Dee W."], Side::Seller),
                member("", "bot@notes.example", &[], Side::Unknown),
            ],
            swap_sides: true,
            zone: "Europe/Berlin".into(),
            overrides: [("acme/1.vtt".into(), [("Speaker 1".into(), Side::Buyer)].into())].into(),
            ..Team::default()
        };
        assert_eq!(team, expected);
        assert_eq!(Team::parse("", "team.toml"), Ok(Team::default()));
    }

    #[test]
    fn mistakes_are_refused_with_their_line_and_the_nearest_name() {
        for (text, line, expected) in [
            (
                "swap-sides = true\nour-domain = []\n",
                2,
                "\"our-domain\" is no key of team.toml here; did you mean \"our-domains\"?",
            ),
            ("\n[[member]]\nname = \"Ann\"\n", 2, "\"member\" is no key of team.toml here; did you mean \"members\"?"),
            (
                "[[members]]\nname = \"Ann\"\nemial = \"a@b.example\"\n",
                3,
                "\"emial\" is no key of team.toml here; did you mean \"email\"?",
            ),
            ("[[members]]\nname = \"Ann\"\nside = \"byer\"\n", 3, "\"byer\" is no side; did you mean \"buyer\"?"),
            ("[overrides.\"1.vtt\"]\nAnn = \"we\"\n", 2, "\"we\" is no side; say one of buyer, seller, unknown"),
            (
                "our-domains = [\"ours.example\",\n\"ours\"]\n",
                2,
                "our-domains: \"ours\" is no mail domain; write it as ours.example",
            ),
            ("[[members]]\nside = \"seller\"\n", 1, "members: this person has neither a name nor an email"),
            ("[[members]]\nname = \"Ann\"\nemail = \"ann\"\n", 1, "members: email is no address"),
            ("\n[[members]]\nname = \"Ann\"\nalso = [\"Speaker 2\"]\n", 2, "members: \"Speaker 2\" is a label"),
            (
                "[[members]]\nname = \"Ann\"\n[[members]]\nname = \"Bob\"\nalso = [\"ann\"]\n",
                3,
                "members: a name or address of this person stands",
            ),
            ("[overrides.\"1.vtt\"]\n", 1, "overrides: no speaker is named"),
            ("swap-sides = \"yes\"\n", 1, "swap-sides takes true or false, and not the text \"yes\""),
            (
                "our-domains = \"ours.example\"\n",
                1,
                "our-domains takes a list of mail domains, as [\"ours.example\"], and not",
            ),
            ("[[members]]\nname = 7\n", 2, "name takes words in quotation marks, and not the number 7"),
            ("members = \"Ann\"\n", 1, "members takes people, each as [[members]]"),
            (
                "[overrides.\"1.vtt\"]\nAnn = 1\n",
                2,
                "Ann takes \"buyer\", \"seller\" or \"unknown\", and not the number 1",
            ),
            ("swap-sides = true\n= 2\n", 2, ""),
        ] {
            let error = Team::parse(text, "team.toml").unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.message.starts_with(expected), "{text}: {error}");
        }
    }
}
