//! `report.html`: one file that opens from a mail attachment, without network, script host or font of others.
//!
//! The attention list stands in the page as it is; each deal's page is packed beside it ([`pack`]) and opened when asked
//! for, so that five hundred deals open as fast as five. [`served`] holds the same list and deals as single pages.
//!
//! **Escaping.** Words from an export reach the page through the templates only, which escape all values but the charts,
//! and the charts hold numbers, dates and our own words. The page's policy allows the one script and style that are
//! compiled in, by hash, and nothing else: no fetch, no frame, no form, no style attribute.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter, value::Serde};
use serde::Serialize;

use super::{Bundle, Listed, NotRead, listed::claims, words};
use crate::{conversation::Timestamp, measure::MEASURES};

mod cards;
mod chart;
mod lanes;
mod pack;
pub mod served;
mod talk;
mod timeline;
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
        ("row", include_str!("html/row.html")),
        ("deal", include_str!("html/deal.html")),
        ("notice", include_str!("html/notice.html")),
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

/// The whole report as one page. [`packed`] and [`around`] are its parts, for a run that does not keep all deals.
pub fn page(bundles: &[Bundle], frame: &Frame) -> String {
    let deals: Vec<Listed> = bundles.iter().map(Listed::of).collect();
    let (before, after) = around(&deals, frame);
    let mut page: String = before.collect();
    page.extend(bundles.iter().enumerate().map(|(n, bundle)| packed(bundle, n, frame.zone)));
    page + &after
}

/// The page of the deal that came in as number `n`, packed, as it stands between the two halves of [`around`].
pub fn packed(bundle: &Bundle, n: usize, zone: &TimeZone) -> String {
    data(&format!("z{n}"), &render("deal", view::deal(bundle, zone, &format!("d{n}-"), true)))
}

/// What stands before and after the packed pages: the list of all deals, which came in in this order. What stands before
/// comes in parts, a row each: the rows of ten thousand deals are never in memory together.
pub fn around<'a>(deals: &'a [Listed], frame: &Frame<'a>) -> (impl Iterator<Item = String> + use<'a>, String) {
    let zone = frame.zone;
    let list = view::List {
        packed: true,
        empty: deals.is_empty().then_some("No deal was found in the export."),
        made_at: frame.made_at.map(|t| words::moment(t, zone)),
        losses: view::Losses::of(frame.not_read),
        ..view::List::of(deals, zone)
    };
    let as_of_all = list.as_of.is_some();
    let page = whole(LIST_TITLE, &render("list", list), "");
    // Words from outside cannot hold these marks: theirs are escaped.
    let parts = page.split_once("<!-- rows -->\n");
    let parts = parts.and_then(|(head, rest)| Some((head, rest.split_once("<!-- deals -->\n")?)));
    let (head, (foot, after)) = parts.expect("the templates hold both marks beside a list");
    let rows = rows(deals, zone, as_of_all, |n| format!("#d{n}"));
    let before = std::iter::once(head.to_owned()).chain(rows).chain(std::iter::once(foot.to_owned()));
    (before, MEANINGS.clone() + after)
}

/// What each measure counts, packed, once for all deals: their pages name each by its measure.
static MEANINGS: LazyLock<String> = LazyLock::new(|| {
    let rows = MEASURES.iter().flat_map(|group| group.rows);
    let meanings: BTreeMap<&str, &str> = rows.map(|row| (row.name, row.meaning)).collect();
    data("meanings", &serde_json::to_string(&meanings).expect("text to text is JSON"))
});

/// A block of data of the page, packed.
fn data(id: &str, text: &str) -> String {
    format!("<script type=\"application/octet-stream\" id=\"{id}\">{}</script>\n", pack::pack(text))
}

/// Whether a page that begins like this is a list of deals as [`around`] frames it, of whatever version.
pub fn is_report(head: &str) -> bool {
    head.contains(&format!("<title>{LIST_TITLE} · dealtone</title>"))
}

const LIST_TITLE: &str = "Deals that need a person";

/// The rows of a list, in the order in which deals deserve a look; `link` leads to the page of the deal that came in as
/// that number. Each says its day where the list does not say one for all.
fn rows<'a>(
    deals: &'a [Listed],
    zone: &'a TimeZone,
    as_of_all: bool,
    link: impl Fn(usize) -> String + 'a,
) -> impl Iterator<Item = String> + 'a {
    // A single hot mail must not flatten all the others.
    let reach = chart::reach(deals.iter().flat_map(|d| d.tone.iter().copied())).min(0.5);
    claims(deals).map(move |(n, because)| {
        let as_of = deals[n].judged_on(zone).filter(|_| !as_of_all);
        let place = view::RowPlace { n, link: link(n), reach };
        render("row", view::row(&deals[n], place, as_of, &because)) + "\n"
    })
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
    listed: bool,
    deal: &'a str,
}

fn whole(title: &str, list: &str, deal: &str) -> String {
    let (style_source, script_source) = (pack::csp_source(STYLE), pack::csp_source(SCRIPT));
    let listed = !list.is_empty();
    render("page", Whole { title, style: STYLE, script: SCRIPT, style_source, script_source, list, listed, deal })
}

fn render(name: &str, values: impl Serialize) -> String {
    let template = TEMPLATES.get_template(name).expect("one of the names above");
    template.render(Serde(values)).expect("the templates name only values that are given; a test renders each")
}
