//! `report.html`: one file that opens from a mail attachment, without network, script host or font of others.
//!
//! The attention list stands in the page as it is; each deal's page is packed beside it ([`pack`]) and opened when asked
//! for, so that five hundred deals open as fast as five. [`deal_page`] is the same page of one deal for the service.
//!
//! **Escaping.** Words from an export reach the page through the templates only, which escape all values but the charts,
//! and the charts hold numbers, dates and our own words. The page's policy allows the one script and style that are
//! compiled in, by hash, and nothing else: no fetch, no frame, no form, no style attribute.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter, value::Serde};
use serde::Serialize;

use super::{Bundle, NotRead, claims, tone, words};
use crate::conversation::Timestamp;

mod cards;
mod chart;
mod lanes;
mod pack;
mod talk;
mod view;

const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    // Direction overrides reverse what follows them ("exe.gpj"); scripts that run right to left need none.
    env.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() && text.contains(overrides) => {
            escape_formatter(out, state, &text.replace(overrides, "\u{fffd}").into())
        }
        _ => escape_formatter(out, state, value),
    });
    let syntax = env.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).build();
    env.set_syntax(syntax.expect("the usual delimiters"));
    for (name, source) in [
        ("page", include_str!("html/page.html")),
        ("list", include_str!("html/list.html")),
        ("deal", include_str!("html/deal.html")),
    ] {
        env.add_template(name, source).expect("the templates are compiled in and a test renders each");
    }
    env
});

fn overrides(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What the page is about beyond the deals.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// In which days and times are shown.
    pub zone: &'a TimeZone,
    /// When the report was made, where it is to be said; without it the same deals always give the same bytes.
    pub made_at: Option<Timestamp>,
    /// What of the export could not be read.
    pub not_read: &'a [NotRead<'a>],
}

/// The whole report as one page.
pub fn page(bundles: &[Bundle], frame: &Frame) -> String {
    let claims = claims(bundles);
    let order: Vec<usize> = claims.iter().map(|(place, _)| *place).collect();
    let days: Vec<Option<String>> =
        order.iter().map(|&i| bundles[i].report.as_of.map(|t| words::judged_on(t, frame.zone))).collect();
    // A day that all deals share is said once, at the head.
    let same = days.windows(2).all(|pair| pair[0] == pair[1]);
    // A single hot mail must not flatten all the others.
    let reach = chart::reach(bundles.iter().flat_map(|b| tone::buyer_line(b.deal))).min(0.5);
    let row =
        |(n, &i): (usize, &usize)| view::row(&bundles[i], n, reach, days[n].clone().filter(|_| !same), &claims[n].1);
    let rows: Vec<view::Row> = order.iter().enumerate().map(row).collect();
    let high = rows.iter().filter(|r| r.rank == "high").count();
    let list = render(
        "list",
        view::List {
            rows,
            high,
            deals: words::count(bundles.len(), "deal"),
            conversations: words::count(bundles.iter().map(|b| b.deal.len()).sum(), "conversation"),
            zone: words::zone_name(frame.zone),
            as_of: days.first().cloned().flatten().filter(|_| same),
            made_at: frame.made_at.map(|t| words::moment(t, frame.zone)),
            not_read: frame.not_read,
        },
    );
    let packed: Vec<String> = order
        .iter()
        .enumerate()
        .map(|(n, &i)| {
            let near =
                view::Near { before: n.checked_sub(1), after: (n + 1 < order.len()).then_some(n + 1), list: true };
            pack::pack(&fragment(&bundles[i], frame.zone, &format!("d{n}-"), near))
        })
        .collect();
    whole("Deals that need a person", &list, "", &packed)
}

/// The page of one deal, whole and without packing.
pub fn deal_page(bundle: &Bundle, zone: &TimeZone) -> String {
    let near = view::Near { before: None, after: None, list: false };
    let inside = fragment(bundle, zone, "d0-", near);
    let name: String = words::deal_name(bundle.report).chars().take(200).collect();
    whole(&name, "", &inside, &[])
}

/// What stands inside the page for one deal; `prefix` stands before every id.
fn fragment(bundle: &Bundle, zone: &TimeZone, prefix: &str, near: view::Near) -> String {
    render("deal", view::deal(bundle, zone, prefix, near))
}

/// What the outermost template takes; all but the title is made here.
#[derive(Serialize)]
struct Whole<'a> {
    title: &'a str,
    style: &'static str,
    script: &'static str,
    style_source: String,
    script_source: String,
    list: &'a str,
    deal: &'a str,
    packed: &'a [String],
}

fn whole(title: &str, list: &str, deal: &str, packed: &[String]) -> String {
    let (style_source, script_source) = (pack::csp_source(STYLE), pack::csp_source(SCRIPT));
    render("page", Whole { title, style: STYLE, script: SCRIPT, style_source, script_source, list, deal, packed })
}

fn render(name: &str, values: impl Serialize) -> String {
    let template = TEMPLATES.get_template(name).expect("one of the three names above");
    template.render(Serde(values)).expect("the templates name only values that are given; a test renders each")
}
