//! Single pages, for a service that has an address for each: the list of deals, a deal, and a word where there is neither.
//!
//! They are the report's own list and deals, so that whoever knows one finds their way in the other. Links are relative:
//! the service may stand behind a path of another one.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Bundle, LIST_TITLE, Listed, render, rows, view, whole};
use crate::{
    conversation::{DealId, Timestamp},
    report::{about::deal_name, words},
};

/// A deal that is known and not judged.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The deal.
    pub deal: DealId,
    /// How many conversations are kept of it.
    pub conversations: usize,
    /// When the latest of them began, where any states it.
    pub latest: Option<Timestamp>,
    /// Why it is not judged, and what to do.
    pub why: String,
}

/// The list of deals, those that are not judged below the others; `link` leads to the page of a deal, and `note` is said
/// below them.
pub fn list_page(
    deals: &[Listed],
    waiting: &[Waiting],
    note: &str,
    zone: &TimeZone,
    link: impl Fn(&DealId) -> String,
) -> String {
    let all = deals.len() + waiting.len();
    let conversations = deals.iter().map(|d| d.conversations).chain(waiting.iter().map(|w| w.conversations)).sum();
    let row = |w| {
        let Waiting { deal, conversations, latest, why }: &Waiting = w;
        let mut about = vec![words::count(*conversations, "conversation")];
        about.extend(latest.map(|at| format!("latest {}", words::day_in(at, zone))));
        view::WaitingRow { link: link(deal), name: &deal.0, about, why }
    };
    let list = view::List {
        empty: (all == 0).then_some("No conversation is kept yet; /docs says how to send one."),
        deals: words::count(all, "deal"),
        conversations: words::count(conversations, "conversation"),
        waiting: waiting.iter().map(row).collect(),
        note: note.into(),
        ..view::List::of(deals, zone)
    };
    let as_of_all = list.as_of.is_some();
    let rows: String = rows(deals, zone, as_of_all, |n| link(deals[n].deal())).collect();
    // Words from outside cannot hold these marks: theirs are escaped.
    let list = render("list", list).replace("<!-- rows -->\n", &rows);
    whole(LIST_TITLE, &list, "").replace("<!-- deals -->\n", "")
}

/// The page of one deal, whole and without packing.
pub fn deal_page(bundle: &Bundle, zone: &TimeZone) -> String {
    let inside = render("deal", view::deal(bundle, zone, "d0-", false));
    let name: String = deal_name(bundle.report).chars().take(200).collect();
    whole(&name, "", &inside)
}

/// A page that says one thing, and leads to the list of deals at `home` where that is another page.
pub fn notice(title: &str, says: &str, home: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Notice<'a> {
        title: &'a str,
        says: &'a str,
        home: Option<&'a str>,
    }
    whole(title, "", &render("notice", Notice { title, says, home }))
}
