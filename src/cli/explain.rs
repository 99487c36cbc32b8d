//! `dealtone explain NAME`: what a rule, a measure or an intent means, from the tables that the program works with.

use std::{fmt::Write as _, io::Write, path::PathBuf};

use anyhow::bail;
use clap::{Args, CommandFactory as _};

use super::Done;
use crate::{
    config::ConfigFile,
    health::{Term, terms},
    measure::{
        MEASURES, MeasureRow, Unit, row,
        trackers::{Part, Tracker, Whose},
    },
    names::{meant, unknown_name},
    rules::{Kind, Rule, Rules, Severity},
    utterance::{INTENTS, Who},
};

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A rule, a measure, a tracker of yours or an intent, also as a report writes it ("Buyer tone now"); `health` for the
    /// score; `confidence`; `settings`; or `rules`, `measures`, `intents` for a list [default: rules]
    name: Option<String>,
    /// Your own rules over the built-in ones
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// Print everything as one Markdown page; of one NAME there is none
    #[arg(long)]
    page: bool,
}

pub(crate) fn run(args: &ExplainArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    if let Some(name) = args.name.as_deref().filter(|name| args.page && *name != "rules") {
        bail!("--page prints everything, and {name} has no page of its own; leave out the name or --page");
    }
    let rules = super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?;
    let text = if args.page { page(&rules) } else { explain(args.name.as_deref().unwrap_or("rules"), &rules)? };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Done::Whole)
}

fn explain(asked: &str, rules: &Rules) -> anyhow::Result<String> {
    let measures = || MEASURES.iter().flat_map(|group| group.rows);
    let off = rules.off();
    let known = rules.all().iter().chain(&off).map(|r| r.name.as_str());
    let known = known.chain(measures().map(|m| m.name)).chain(rules.trackers().iter().map(|t| t.measure));
    let known = known.chain(INTENTS.iter().map(|i| i.name)).chain([
        "health",
        "confidence",
        "settings",
        "rules",
        "measures",
        "intents",
    ]);
    let Some(name) = meant(asked, known.clone()) else {
        bail!(
            "{}; `dealtone explain rules`, `measures` and `intents` list them",
            unknown_name(asked, "rule, measure, tracker or intent", known)
        );
    };
    let mut out = String::new();
    match name {
        "rules" => {
            rules.all().iter().for_each(|r| list(&mut out, &r.name, &r.message));
            off.iter().for_each(|r| list(&mut out, &r.name, &format!("(off) {}", r.message)));
        }
        "measures" => {
            measures().for_each(|m| list(&mut out, m.name, m.meaning));
            rules.trackers().iter().for_each(|t| list(&mut out, t.measure, &counted(t)));
        }
        "intents" => INTENTS.iter().for_each(|i| list(&mut out, i.name, i.meaning.trim())),
        "health" => out.push_str(&explain_health(rules)),
        // A rule may be called so.
        "confidence" if rules.rule(name).is_none() => {
            let _ = writeln!(out, "confidence\n{CONFIDENCE}");
        }
        "settings" if rules.rule(name).is_none() => out.push_str(&super::settings::page(&super::Cli::command())),
        _ => {
            if let Some(rule) = rules.rule(name) {
                explain_rule(&mut out, rule, rules);
            } else if let Some(rule) = off.iter().find(|r| r.name == name) {
                out.push_str("It is off: your rules switch it off, and it is raised nowhere. Without that:\n\n");
                explain_rule(&mut out, rule, rules);
            } else if let Some(measure) = row(name) {
                explain_measure(&mut out, measure, rules);
            } else if let Some(tracker) = rules.trackers().iter().find(|t| t.measure == name) {
                let _ = writeln!(out, "{name} (your tracker, count)\n{}", counted(tracker));
                users(&mut out, name, rules);
            } else if let Some(intent) = INTENTS.iter().find(|i| i.name == name) {
                let who = match intent.who {
                    Who::Buyer => "the buyer's side",
                    Who::Seller => "our side",
                    Who::Either => "either side",
                };
                let _ = writeln!(out, "{name} (intent, {who})\n{}", intent.meaning.trim());
            }
        }
    }
    Ok(out)
}

fn list(out: &mut String, name: &str, meaning: &str) {
    let _ = writeln!(out, "{name:<44} {meaning}");
}

/// A condition, with its words as `set` writes them; one that is the name of a rule says so.
fn condition(text: &str, set: impl Fn(&str) -> String) -> String {
    if text.contains(['<', '>', '=']) { set(text) } else { format!("the rule {} holds", set(text)) }
}

fn explain_rule(out: &mut String, rule: &Rule, rules: &Rules) {
    let kind = if rule.kind == Kind::Risk { "risk flag" } else { "coaching prompt" };
    let _ = writeln!(out, "{} ({kind}, {})\n{}\n", rule.name, severity(rule.severity), rule.message);
    for (title, conditions) in [
        ("holds where any of", &rule.when),
        ("but not where any of", &rule.unless),
        ("high where any of", &rule.high_when),
    ] {
        if !conditions.is_empty() {
            let _ = writeln!(out, "{title}:");
            conditions.iter().for_each(|c| {
                let _ = writeln!(out, "  {}", condition(c, str::to_owned));
            });
        }
    }
    for (name, limit) in &rule.limits {
        let _ = writeln!(out, "{name} = {limit}");
    }
    let _ = writeln!(out, "\nwhy: {}\nask: {}", rule.why, rule.ask);
    if rule.severity > Severity::Good {
        let _ = writeln!(out, "clears when: {}", rule.clears_when);
    }
    out.push('\n');
    for name in rule.measures() {
        let tracker = rules.trackers().iter().find(|t| t.measure == name);
        list(out, name, &row(name).map(|m| m.meaning.to_owned()).or(tracker.map(counted)).unwrap_or_default());
    }
    if let Some(term) = terms().find(|t| matches!(t, Term::Flag { name, .. } if *name == rule.name)) {
        let _ = writeln!(out, "\nhealth: {}", moves(term));
    }
}

fn explain_measure(out: &mut String, measure: &MeasureRow, rules: &Rules) {
    let _ = writeln!(
        out,
        "{} (measure, {})\n{}\nneeds {}",
        measure.name,
        unit(measure.unit),
        measure.meaning,
        measure.needs
    );
    users(out, measure.name, rules);
    if let Some(term) = terms().find(|t| matches!(t, Term::Measure { name, .. } if *name == measure.name)) {
        let _ = writeln!(out, "health: {}", moves(term));
    }
}

/// Which rules name a measure or tracker.
fn users(out: &mut String, measure: &str, rules: &Rules) {
    let users: Vec<&str> =
        rules.all().iter().filter(|r| r.measures().contains(&measure)).map(|r| r.name.as_str()).collect();
    if !users.is_empty() {
        let _ = writeln!(out, "used by {}", users.join(", "));
    }
}

/// What a tracker counts.
fn counted(tracker: &Tracker) -> String {
    let whose = match tracker.side {
        Whose::Buyer => " of the buyer's side",
        Whose::Seller => " of our side",
        Whose::Any => "",
    };
    let part = match tracker.part {
        Part::Start => " in the first third of a call or mail",
        Part::Middle => " in the second third of a call or mail",
        Part::End => " in the last third of a call or mail",
        Part::Any => "",
    };
    let phrases: Vec<String> = tracker.phrases.iter().map(|phrase| format!("{phrase:?}")).collect();
    let denied = if tracker.count_negated { "; denied ones count as well" } else { "; denied ones do not count" };
    format!("Utterances{whose}{part} that say {}{denied}.", phrases.join(" or "))
}

const HEALTH: &str = "The score of a deal, 0 (lost) to 100 (as good as signed): the sum of what stands here, no less than 0 and no \
more than 100. There is none where the buyer's side said too little. Beside it stands how far it may be off, which is the \
more, the fewer the interactions in which the buyer's side said anything.";

const CONFIDENCE: &str = "How sure a finding is, from how much it rests on: 50 % and more, the surer the more quotes stand below \
it (one 65 %, two 76 %, three 83 %, five 92 %); a stated absence counts as two quotes. It says nothing of how sure the model is \
of each, and it is no probability that the finding is right.";

const NO_TERM: &str = "Other flags, coaching prompts, your own rules and what people judge add nothing.";

fn explain_health(rules: &Rules) -> String {
    let mut out = format!("health\n{HEALTH}\n\n");
    for term in terms() {
        let (name, off) = match term {
            Term::Base { .. } => ("base", ""),
            Term::Measure { name, .. } => (name, ""),
            Term::Flag { name, .. } => (name, if rules.rule(name).is_none() { " (off)" } else { "" }),
        };
        list(&mut out, name, &(moves(term) + off));
    }
    out + "\n" + NO_TERM + "\n"
}

/// What a term of the health adds.
fn moves(term: Term) -> String {
    let points = |n: f64| format!("{n:+} {}", if n.abs() == 1.0 { "point" } else { "points" });
    match term {
        Term::Base { points: n } => format!("{}, where every deal starts", points(n)),
        Term::Measure { name, ordinary, points: n, most } => {
            let unit = row(name).map_or(Unit::Count, |m| m.unit);
            let (one, usual) = (unit.in_words(1.0), unit.in_words(ordinary));
            let one = one.trim_start_matches('+');
            // A count is never below 0.
            let below = if unit == Unit::Balance { "; below, as many less" } else { "" };
            format!("{} for each {one} above {usual}, {most} at most{below}", points(n))
        }
        Term::Flag { points: n, .. } => format!("{} while the flag is up", points(n)),
    }
}

/// The whole reference as Markdown: docs/rules.md, which a test holds against this.
fn page(rules: &Rules) -> String {
    let mut out = String::from(
        "# Rules, measures, intents\n\n\
         Printed by `dealtone explain --page` from the tables that the program works with; a test keeps this page fresh.\n\
         A rule sees measures and nothing else; a measure counts what was said up to the day of judgement.\n\
         An intent counts from the model's own threshold for it on, and never below 0.5.\n\
         A measure whose data is absent has no reading, and no rule fires on it.\n\
         A single utterance alone never makes a high flag; `dealtone rules check FILE` says where one of your own is lowered for \
         it, and what of its texts is missing.\n\n\
         Your own file, given with `--rules`, changes what it names: `[risk.gone_quiet]` with `limits.days = 7`, or `off = true`.\n\
         A condition is one test or several joined by ` and `; a test is a measure, one of `>=`, `<=`, `>`, `<`, `=`, and a \
         number or the name of a limit.\n\
         A message names measures in braces; a part in square brackets is left out where a number in it is 0, and of \
         `(one|many)`, which may hold numbers themselves, stands what fits the number before it.\n\
         A misspelt measure, an unknown key or value and a condition that can never or always hold are refused with their line.\n\n\
         A tracker counts your own phrases and becomes a measure that rules may name:\n\n\
         ```toml\n\
         [tracker.pen_test]\n\
         phrases = [\"pen test\", \"penetration test*\"]  # in any case, with a blank or a hyphen; * takes any ending\n\
         side = \"buyer\"                               # buyer, seller or any (default)\n\
         part = \"any\"                                 # start, middle or end: thirds of a call or mail\n\
         count_negated = false                        # \"no pen test\" does not count (default)\n\n\
         [risk.pen_test_asked]\n\
         when = [\"tracker.pen_test >= 2\"]\n\
         message = \"A pen test was asked for {tracker.pen_test} times.\"\n\
         ```\n",
    );
    for (title, kind) in [("Risk flags", Kind::Risk), ("Coaching prompts", Kind::Coaching)] {
        let _ = writeln!(out, "\n## {title}");
        for rule in rules.all().iter().filter(|r| r.kind == kind) {
            let _ = writeln!(out, "\n### {}\n\n{}\nSeverity: {}.\n", rule.name, rule.message, severity(rule.severity));
            let any = |title: &str, conditions: &[String], out: &mut String| {
                conditions.iter().for_each(|c| {
                    let _ = writeln!(out, "- {title} {}", condition(c, |text| format!("`{text}`")));
                });
            };
            any("holds where", &rule.when, &mut out);
            any("but not where", &rule.unless, &mut out);
            any("high where", &rule.high_when, &mut out);
            for (name, limit) in &rule.limits {
                let _ = writeln!(out, "- `{name}` is {limit}");
            }
            let _ = writeln!(out, "\nWhy: {}\nAsk: {}", rule.why, rule.ask);
            if rule.severity > Severity::Good {
                let _ = writeln!(out, "Clears when: {}", rule.clears_when);
            }
        }
    }
    let _ = writeln!(out, "\n## Measures");
    for group in MEASURES {
        let _ = writeln!(out, "\n### {}\n", group.title);
        for m in group.rows {
            let _ = writeln!(out, "- `{}` ({}): {} Needs {}.", m.name, unit(m.unit), m.meaning, m.needs);
        }
    }
    let _ = writeln!(out, "\n## Intents\n");
    for intent in INTENTS {
        let _ = writeln!(out, "- `{}`: {}", intent.name, intent.meaning.trim());
    }
    let _ = writeln!(out, "\n## Confidence\n\n{}", CONFIDENCE.replace(". ", ".\n"));
    let _ = writeln!(out, "\n## Health\n\n{}\n{NO_TERM}\n", HEALTH.replace(". ", ".\n"));
    for term in terms() {
        let name = match term {
            Term::Base { .. } => "base",
            Term::Measure { name, .. } | Term::Flag { name, .. } => name,
        };
        let _ = writeln!(out, "- `{name}`: {}.", moves(term));
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    if severity == Severity::Good { "praise" } else { severity.name() }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Percent => "percent",
        Unit::Seconds => "seconds",
        Unit::Days => "days",
        Unit::Words => "words",
        Unit::WordsPerMinute => "words a minute",
        Unit::PerMinute => "a minute",
        Unit::Balance => "-1 to 1",
        Unit::YesNo => "yes or no",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "[tracker.price_words]\nphrases = [\"too expensive\", \"price*\"]\nside = \"buyer\"\npart = \"start\"\n\
                       [risk.gone_quiet]\noff = true\n\
                       [risk.dear]\nwhen = [\"tracker.price_words>=2\"]\nmessage = \"Dear.\"\n";

    #[test]
    fn the_confidence_is_explained_by_the_numbers_that_findings_have() {
        for (told, quotes) in [("one", 1.0), ("two", 2.0), ("three", 3.0), ("five", 5.0)] {
            let sure = format!("{told} {:.0} %", 100.0 * crate::rules::confidence_of(quotes));
            assert!(CONFIDENCE.contains(&sure), "{sure}");
        }
    }

    #[test]
    fn whatever_may_be_named_is_explained() {
        let rules = Rules::with(OWN, "own.toml").unwrap();
        for (name, parts) in [
            (
                "tracker.price_words",
                &[
                    "tracker.price_words (your tracker, count)\nUtterances of the buyer's side in the first third of a call or \
                     mail that say \"too expensive\" or \"price*\"; denied ones do not count.\nused by dear\n",
                ][..],
            ),
            ("dear", &["tracker.price_words>=2", "that say \"too expensive\" or"]),
            ("gone_quiet", &["It is off: your rules switch it off", "gone_quiet (risk flag, medium)", "days = 14"]),
            ("Buyer tone now", &["buyer_tone_now (measure"]),
            ("Health", &["where every deal starts"]),
            ("confidence", &["How sure a finding is"]),
            ("stalled", &["stalled (risk flag, medium)", "health: -5 points while the flag is up"]),
            ("rules", &["dear ", "gone_quiet                                   (off) Our last message"]),
            ("measures", &["stalls ", "tracker.price_words "]),
            ("champion_moments", &["health: +1.5 points for each 1 above 0, 6 at most\n"]),
        ] {
            let told = explain(name, &rules).unwrap();
            parts.iter().for_each(|part| assert!(told.contains(part), "{name}: {told}"));
        }
        let unknown = explain("tracker.price_word", &rules).unwrap_err().to_string();
        assert!(unknown.contains("did you mean \"tracker.price_words\"?"), "{unknown}");
        let unknown = explain("gone_quite", &rules).unwrap_err().to_string();
        assert!(unknown.contains("did you mean \"gone_quiet\"?"), "{unknown}");
    }

    #[test]
    fn the_health_is_explained_by_everything_that_moves_it() {
        let told = explain("health", &Rules::with(OWN, "own.toml").unwrap()).unwrap();
        for line in [
            "base                                         +70 points, where every deal starts\n",
            "buyer_tone_now                               +10 points for each 1.00 above 0.00, 8 at most; below, as many less\n",
            "price_pressure                               -1 point while the flag is up\n",
            "gone_quiet                                   -7 points while the flag is up (off)\n",
        ] {
            assert!(told.contains(line), "{told}");
        }
        for term in terms() {
            match term {
                Term::Base { .. } => {}
                Term::Measure { name, .. } => assert!(row(name).is_some(), "{name}"),
                Term::Flag { name, .. } => assert!(Rules::built_in().rule(name).is_some(), "{name}"),
            }
        }
    }
}
