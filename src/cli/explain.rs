//! `dealtone explain NAME`: what a rule, a measure or an intent means, from the tables that the program works with.

use std::{fmt::Write as _, io::Write, path::PathBuf};

use anyhow::bail;
use clap::Args;

use super::Done;
use crate::{
    config::ConfigFile,
    measure::{MEASURES, MeasureRow, Unit, row},
    names::unknown_name,
    rules::{Kind, Rule, Rules, Severity},
    utterance::{INTENTS, Who},
};

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A rule, a measure or an intent; or `rules`, `measures`, `intents` for a list
    #[arg(default_value = "rules")]
    name: String,
    /// Your own rules over the built-in ones
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// Print everything as one Markdown page
    #[arg(long)]
    page: bool,
}

pub(crate) fn run(args: &ExplainArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let rules = super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?;
    let text = if args.page { page(&rules) } else { explain(&args.name, &rules)? };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Done::Whole)
}

fn explain(name: &str, rules: &Rules) -> anyhow::Result<String> {
    let measures = || MEASURES.iter().flat_map(|group| group.rows);
    let mut out = String::new();
    match name {
        "rules" => rules.all().iter().for_each(|r| list(&mut out, &r.name, &r.message)),
        "measures" => measures().for_each(|m| list(&mut out, m.name, m.meaning)),
        "intents" => INTENTS.iter().for_each(|i| list(&mut out, i.name, i.meaning.trim())),
        _ => {
            if let Some(rule) = rules.rule(name) {
                explain_rule(&mut out, rule);
            } else if let Some(measure) = row(name) {
                explain_measure(&mut out, measure, rules);
            } else if let Some(intent) = INTENTS.iter().find(|i| i.name == name) {
                let who = match intent.who {
                    Who::Buyer => "the buyer's side",
                    Who::Seller => "our side",
                    Who::Either => "either side",
                };
                let _ = writeln!(out, "{name} (intent, {who})\n{}", intent.meaning.trim());
            } else {
                let known = rules.all().iter().map(|r| r.name.as_str());
                let known = known.chain(measures().map(|m| m.name)).chain(INTENTS.iter().map(|i| i.name));
                bail!(
                    "{}; `dealtone explain rules`, `measures` and `intents` list them",
                    unknown_name(name, "rule, measure or intent", known)
                );
            }
        }
    }
    Ok(out)
}

fn list(out: &mut String, name: &str, meaning: &str) {
    let _ = writeln!(out, "{name:<44} {meaning}");
}

fn explain_rule(out: &mut String, rule: &Rule) {
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
                let _ = writeln!(out, "  {c}");
            });
        }
    }
    for (name, limit) in &rule.limits {
        let _ = writeln!(out, "{name} = {limit}");
    }
    let _ = writeln!(out, "\nwhy: {}\nask: {}\nclears when: {}\n", rule.why, rule.ask, rule.clears_when);
    for measure in measures_of(rule) {
        list(out, measure.name, measure.meaning);
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
    let users: Vec<&str> = rules
        .all()
        .iter()
        .filter(|r| measures_of(r).iter().any(|m| m.name == measure.name))
        .map(|r| r.name.as_str())
        .collect();
    if !users.is_empty() {
        let _ = writeln!(out, "used by {}", users.join(", "));
    }
}

/// The measures that the conditions of a rule name, each once, in order.
fn measures_of(rule: &Rule) -> Vec<&'static MeasureRow> {
    let mut found: Vec<&MeasureRow> = Vec::new();
    for word in [&rule.when, &rule.unless, &rule.high_when].into_iter().flatten().flat_map(|c| c.split_whitespace()) {
        if let Some(measure) = row(word)
            && found.iter().all(|f| f.name != measure.name)
        {
            found.push(measure);
        }
    }
    found
}

/// The whole reference as Markdown: docs/rules.md, which a test holds against this.
fn page(rules: &Rules) -> String {
    let mut out = String::from(
        "# Rules, measures, intents\n\n\
         Printed by `dealtone explain --page` from the tables that the program works with; a test keeps this page fresh.\n\
         A rule sees measures and nothing else; a measure counts what was said up to the day of judgement.\n\
         An intent counts where it is more likely than not.\n\
         A measure whose data is absent has no reading, and no rule fires on it.\n\
         A single utterance alone never makes a high flag.\n\n\
         Your own file, given with `--rules`, changes what it names: `[risk.gone_quiet]` with `limits.days = 7`, or `off = true`.\n\
         A condition is one test or several joined by ` and `; a test is a measure, one of `>=`, `<=`, `>`, `<`, `=`, and a \
         number or the name of a limit.\n\
         A message names measures in braces; a part in square brackets is left out where a number in it is 0, and of \
         `(one|many)` stands what fits the number before it.\n\
         A misspelt measure, an unknown key and a limit that can never or always hold are refused with their line.\n\n\
         A tracker counts your own phrases and becomes a measure that rules may name:\n\n\
         ```toml\n\
         [tracker.pen_test]\n\
         phrases = [\"pen test\", \"penetration test*\"]  # * takes any ending\n\
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
                    let _ = writeln!(out, "- {title} `{c}`");
                });
            };
            any("holds where", &rule.when, &mut out);
            any("but not where", &rule.unless, &mut out);
            any("high where", &rule.high_when, &mut out);
            for (name, limit) in &rule.limits {
                let _ = writeln!(out, "- `{name}` is {limit}");
            }
            let _ = writeln!(out, "\nWhy: {}\nAsk: {}\nClears when: {}", rule.why, rule.ask, rule.clears_when);
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
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Good => "praise",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
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
