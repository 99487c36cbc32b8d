//! A brief of one deal in Markdown, to paste into a chat or a CRM note: what to worry about, in whose words, what to ask.
//!
//! What Markdown would act on is escaped, so that a quote can make neither a heading nor a table, nor a link that hides where it
//! leads. A bare address stays one: chats make a link of that by themselves.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::{Bundle, about::deal_name, coached::coached, severity_word, unjudged::unjudged, words};
use crate::{measure::Evidence, rules::Finding};

/// Quotes shown for each finding; the report has all.
const QUOTES: usize = 2;

/// The brief. At most a screen or two: risks with two quotes each, coaching prompts with two, praise with one.
pub fn brief(bundle: &Bundle, zone: &TimeZone) -> String {
    let report = bundle.report;
    let mut out = String::new();
    let _ = writeln!(out, "## {}\n", text(deal_name(report)));
    let health = match (report.health.score, report.health.low, report.health.high) {
        (Some(score), Some(low), Some(high)) => format!("**Health {score}** of 100 (between {low} and {high})"),
        (Some(score), ..) => format!("**Health {score}** of 100"),
        _ => "**Health:** none".to_owned(),
    };
    let why = if report.health.score.is_none() { format!(" {}", text(&unjudged(bundle))) } else { String::new() };
    let as_of = report.as_of.map_or(String::new(), |t| format!(", as of {}", words::judged_on(t, zone)));
    let from = words::count(report.coverage.conversations, "conversation");
    let _ = writeln!(out, "{health}{as_of}, from {from}.{why}\n");
    if let Some(ended) = words::ended(report) {
        let _ = writeln!(out, "{ended}\n");
    }
    if let Some(signature) = words::signature(report) {
        let _ = writeln!(out, "{}\n", text(&signature));
    }
    if report.risks.is_empty() {
        let _ = writeln!(out, "{}.", words::no_risk(report));
    }
    for finding in &report.risks {
        risk(&mut out, bundle, finding, zone);
    }
    for person in coached(bundle) {
        for (title, praise) in [("Done well", true), (words::to_mend(report), false)] {
            for (n, (_, f)) in person.prompts(praise).enumerate() {
                if n == 0 {
                    section(&mut out, &format!("For {}: {}", text(person.to), title.to_lowercase()));
                }
                let ask = words::ask(report, f);
                let ask = if ask.trim().is_empty() { String::new() } else { format!(" *{}*", text(ask)) };
                let _ = writeln!(out, "- **{}.** {}{ask}\n", words::heading(&f.name), text(&words::signed(&f.message)));
                // Further in than the dash, so that the words stand in the prompt's own entry.
                evidence(&mut out, bundle, f, if praise { 1 } else { QUOTES }, zone, "  ");
            }
        }
    }
    for (n, judgement) in report.judgements.iter().enumerate() {
        if n == 0 {
            section(&mut out, "Your own judgement");
        } else {
            // A line between two lists, without which they would be one.
            out.push('\n');
        }
        if let Some(by) = &judgement.by {
            let _ = writeln!(out, "**{}**\n", text(by));
        }
        for (what, value) in words::judgement(report, judgement).into_iter().filter(|(what, _)| *what != "By") {
            let _ = writeln!(out, "- **{what}:** {}", text(&value));
        }
        for (rule, because) in judgement.disagree.iter().filter(|(rule, _)| words::is_raised(report, rule)) {
            let _ = writeln!(out, "- **Not believed:** {}: {}", words::heading(rule), text(because));
        }
    }
    paragraph(&mut out);
    if let Some(not_english) = words::not_english(report) {
        let _ = writeln!(out, "{not_english}");
    }
    if let Some(zone_untold) = words::zone_untold(report) {
        let _ = writeln!(out, "{zone_untold}");
    }
    let _ = writeln!(out, "{}", words::UNSEEN);
    if !words::not_measured(report).wanting.is_empty() {
        let _ = writeln!(out, "Not all could be measured; the report says what it would take.");
    }
    out
}

/// One empty line before what comes next, whatever ended before it.
fn paragraph(out: &mut String) {
    out.truncate(out.trim_end().len());
    out.push_str("\n\n");
}

fn section(out: &mut String, title: &str) {
    paragraph(out);
    let _ = writeln!(out, "### {title}\n");
}

fn risk(out: &mut String, bundle: &Bundle, f: &Finding, zone: &TimeZone) {
    section(out, &format!("{}: {}", severity_word(f.severity), words::heading(&f.name)));
    let _ = writeln!(out, "{}\n", text(&words::signed(&f.message)));
    evidence(out, bundle, f, QUOTES, zone, "");
    let report = bundle.report;
    for (label, words) in [("Ask", words::ask(report, f)), ("Clears when", words::clears_when(report, f))] {
        if !words.trim().is_empty() {
            let _ = writeln!(out, "- **{label}:** {}", text(words));
        }
    }
}

/// At most so many of the words or absences that a finding rests on, each a quote of its own.
fn evidence(out: &mut String, bundle: &Bundle, f: &Finding, most: usize, zone: &TimeZone, indent: &str) {
    for evidence in f.evidence.iter().take(most) {
        match evidence {
            Evidence::Absence { absence } => {
                let _ = writeln!(out, "{indent}> {}\n", text(&words::signed(absence)));
            }
            Evidence::Quote { conversation, at_ms, speaker, quote, .. } => {
                let c = bundle.deal.conversation(conversation).map(|s| &s.conversation);
                let kind = c.map_or(String::new(), |c| format!(", {}", words::channel(c.channel).to_lowercase()));
                let day =
                    c.and_then(|c| c.started_at).map_or(String::new(), |t| format!(" {}", words::day_in(t, zone)));
                let at = c.and_then(|c| words::said_at(c, *at_ms, zone)).map_or(String::new(), |at| format!(" {at}"));
                let _ =
                    writeln!(out, "{indent}> “{}” ({}{kind}{day}{at})\n", text(&words::quoted(quote)), text(speaker));
            }
        }
    }
}

/// One line of words that Markdown shows as they are.
fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut space = false;
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            space = !out.is_empty();
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        // At the start of a line these make headings, lists and quotes; a number and a dot would make a list.
        let starts = out.is_empty() && matches!(c, '#' | '+' | '-' | '=' | '>' | '~');
        let numbered = matches!(c, '.' | ')') && !out.is_empty() && out.chars().all(|d| d.is_ascii_digit());
        if words::steers(c) {
            out.push('\u{fffd}');
            continue;
        }
        let entity = c == '&' && rest.peek().is_some_and(|n| *n == '#' || n.is_alphanumeric());
        if starts || numbered || entity || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        for (words, shown) in [
            ("# not a heading", "\\# not a heading"),
            ("1. not a list", "1\\. not a list"),
            ("a *b* [c](http://d) <script>", "a \\*b\\* \\[c\\](http://d) \\<script>"),
            ("A & B&lt;", "A & B\\&lt;"),
            ("two\n\n# lines", "two # lines"),
            ("x\x1b[0m\u{202e}", "x�\\[0m�"),
            ("It is 3.5 of 4!", "It is 3.5 of 4!"),
        ] {
            assert_eq!(text(words), shown, "{words:?}");
        }
    }
}
