//! The conformance suite. A store joins by a line at the end.

use dealtone::{
    CrmRecord,
    conversation::{ConversationId, DealId},
    store::{Outcome, Record, Store, sqlite::SqliteStore},
};
use proptest::prelude::*;

use crate::{memory::Memory, record};

type Make = fn(&std::path::Path) -> Box<dyn Store>;

fn id(name: &str) -> ConversationId {
    ConversationId(name.into())
}

fn deal(name: &str) -> DealId {
    DealId(name.into())
}

/// Everything that can be seen of a store.
fn all(store: &mut dyn Store) -> Vec<(ConversationId, u64, Record)> {
    let mut seen = Vec::new();
    for row in store.deals(None, usize::MAX >> 1).unwrap() {
        let records = store.deal(&row.deal).unwrap();
        assert_eq!(records.len() as u64, row.conversations);
        for record in records {
            let held = store.held(&row.deal, &record.read.id).unwrap().expect("what a deal lists is held");
            assert_eq!(held.content_hash, record.content_hash());
            assert_eq!(store.conversation(&row.deal, &record.read.id).unwrap().as_ref(), Some(&record));
            seen.push((record.read.id.clone(), held.revision, record));
        }
    }
    assert_eq!(store.size().unwrap().conversations, seen.len() as u64);
    seen
}

fn outcomes(store: &mut dyn Store, records: &[Record]) -> Vec<Outcome> {
    records.iter().map(|record| store.put(std::slice::from_ref(record)).unwrap()[0].outcome).collect()
}

/// A sender that counts no revisions: new content replaces, what was replaced does not come back.
fn deliveries_without_revisions(store: &mut dyn Store) {
    let [a, b, c] = ["a", "b", "c"].map(|words| record("1", "d", 0, words));
    use Outcome::{New, Replaced, Same, Superseded};
    let sent = [&a, &a, &b, &a, &b, &c, &b, &a].map(Clone::clone);
    assert_eq!(outcomes(store, &sent), [New, Same, Replaced, Superseded, Same, Replaced, Superseded, Superseded]);
    assert_eq!(store.conversation(&deal("d"), &id("1")).unwrap(), Some(c));
    assert_eq!(store.held(&deal("d"), &id("1")).unwrap().unwrap().revision, 2);
}

/// What a dealtone kept that marked no clock comes again with the mark: the same content, of which more is known now.
fn deliveries_that_an_earlier_build_did_not_mark(store: &mut dyn Store) {
    use Outcome::{New, Replaced, Same, Superseded};
    let [a, b] = ["a", "b"].map(|words| record("1", "d", 0, words));
    let [marked_a, marked_b] = [&a, &b].map(|unmarked| {
        let mut record = unmarked.clone();
        record.read.local_time = true;
        record.scored.conversation.local_time = true;
        record
    });
    let sent = [&a, &b, &marked_a, &marked_b, &marked_b, &marked_a].map(Clone::clone);
    assert_eq!(outcomes(store, &sent), [New, Replaced, Superseded, Same, Same, Superseded]);
    assert_eq!(store.conversation(&deal("d"), &id("1")).unwrap(), Some(marked_b));
    assert_eq!(store.held(&deal("d"), &id("1")).unwrap().unwrap().revision, 1);
}

/// A sender that counts: any order ends alike.
fn deliveries_with_revisions(store: &mut dyn Store) {
    let [one, two, three] = [(1, "a"), (2, "b"), (3, "a")].map(|(n, words)| (n, words));
    let orders = [
        [one, two, three],
        [one, three, two],
        [two, one, three],
        [two, three, one],
        [three, one, two],
        [three, two, one],
    ];
    for (n, order) in orders.iter().enumerate() {
        let name = format!("c{n}");
        for (revision, words) in order {
            store.put(&[record(&name, "d", *revision, words)]).unwrap();
        }
        let held = store.held(&deal("d"), &id(&name)).unwrap().unwrap();
        assert_eq!(held.revision, 3, "{order:?}");
        assert_eq!(held.content_hash, record(&name, "d", 0, "a").content_hash(), "{order:?}");
    }
}

fn deals_are_listed_by_name_and_in_pages(store: &mut dyn Store) {
    for name in ["b", "a", "c"] {
        store.put(&[record(&format!("{name}/1"), name, 0, "x"), record(&format!("{name}/2"), name, 0, "y")]).unwrap();
    }
    assert!(store.set_crm(&deal("d"), &CrmRecord::default()).unwrap());
    let names = |rows: Vec<dealtone::store::DealRow>| rows.into_iter().map(|row| row.deal.0).collect::<Vec<_>>();
    assert_eq!(names(store.deals(None, 2).unwrap()), ["a", "b"]);
    assert_eq!(names(store.deals(Some(&deal("b")), 10).unwrap()), ["c", "d"]);
    assert_eq!(store.deals(Some(&deal("c")), 1).unwrap()[0].conversations, 0, "a deal may have no conversation yet");
    assert!(store.deal(&deal("nowhere")).unwrap().is_empty());
}

fn the_stamp_of_a_deal_changes_with_what_is_kept_of_it(store: &mut dyn Store) {
    let stamp = |store: &mut dyn Store| store.deals(None, 1).unwrap()[0].stamp.clone();
    let mut seen = vec![];
    let crm = |account: &str| CrmRecord { account: Some(account.into()), ..CrmRecord::default() };
    let mut seen_new = |store: &mut dyn Store| {
        let now = stamp(store);
        assert!(!seen.contains(&now), "{seen:?} {now}");
        seen.push(now);
    };
    for (name, words) in [("1", "x"), ("2", "y"), ("2", "z")] {
        store.put(&[record(name, "d", 0, words)]).unwrap();
        seen_new(store);
    }
    for account in ["Acme", "Acme Inc"] {
        store.set_crm(&deal("d"), &crm(account)).unwrap();
        seen_new(store);
    }
    assert!(store.erase_conversation(&deal("d"), &id("1")).unwrap());
    seen_new(store);
    // The same content again, and scores of it, change nothing that is kept.
    store.put(&[record("2", "d", 0, "z")]).unwrap();
    store.rescore(&[record("2", "d", 0, "z")]).unwrap();
    assert_eq!(Some(&stamp(store)), seen.last());
}

/// Whoever counts calls deal by deal calls the first of each `1`.
fn an_id_is_unique_in_its_deal_alone(store: &mut dyn Store) {
    use Outcome::{New, Replaced, Superseded};
    let [here, there, later] = [("a", "x"), ("b", "x"), ("b", "y")].map(|(deal, words)| record("1", deal, 0, words));
    assert_eq!(outcomes(store, &[here.clone(), there.clone(), later, there]), [New, New, Replaced, Superseded]);
    assert_eq!(store.conversation(&deal("a"), &id("1")).unwrap(), Some(here.clone()));
    assert_eq!(store.deals_of(&id("1")).unwrap(), [deal("a"), deal("b")]);
    assert!(store.erase_conversation(&deal("b"), &id("1")).unwrap());
    assert_eq!(store.deals_of(&id("1")).unwrap(), [deal("a")]);
    assert_eq!(outcomes(store, &[record("1", "b", 0, "x")]), [New], "no trace of it was kept");
    assert_eq!(store.erase_deal(&deal("b")).unwrap(), Some(1));
    assert_eq!(store.read_of(&deal("a")).unwrap(), std::slice::from_ref(&here.read));
    assert_eq!(store.deal(&deal("a")).unwrap(), [here]);
}

fn scores_are_renewed_only_for_the_same_content(store: &mut dyn Store) {
    let first = record("1", "d", 0, "x");
    store.put(std::slice::from_ref(&first)).unwrap();
    let mut renewed = first.clone();
    renewed.scored.provenance.model = "later".into();
    store.rescore(&[renewed.clone(), record("gone", "d", 0, "x")]).unwrap();
    assert_eq!(store.conversation(&deal("d"), &id("1")).unwrap(), Some(renewed.clone()));
    let other = record("1", "d", 0, "y");
    store.put(std::slice::from_ref(&other)).unwrap();
    store.rescore(&[renewed]).unwrap();
    assert_eq!(store.conversation(&deal("d"), &id("1")).unwrap(), Some(other));
    assert_eq!(store.conversation(&deal("d"), &id("gone")).unwrap(), None);
}

fn what_is_erased_is_gone_and_may_come_again(store: &mut dyn Store) {
    store.put(&[record("1", "d", 0, "x"), record("2", "d", 0, "x"), record("3", "e", 0, "x")]).unwrap();
    store.put(&[record("1", "d", 0, "y")]).unwrap();
    assert!(store.erase_conversation(&deal("d"), &id("1")).unwrap());
    assert!(!store.erase_conversation(&deal("d"), &id("1")).unwrap());
    assert_eq!(store.put(&[record("1", "d", 0, "x")]).unwrap()[0].outcome, Outcome::New, "no trace of it was kept");
    assert_eq!(store.erase_deal(&deal("d")).unwrap(), Some(2));
    assert_eq!(store.erase_deal(&deal("d")).unwrap(), None);
    assert!(store.set_crm(&deal("d"), &CrmRecord::default()).unwrap());
    assert!(!store.set_crm(&deal("d"), &CrmRecord { owner: Some("Ann".into()), ..CrmRecord::default() }).unwrap());
    assert_eq!(store.crm(&deal("d")).unwrap().unwrap().owner.as_deref(), Some("Ann"));
    assert_eq!(store.erase_deal(&deal("d")).unwrap(), Some(0));
    assert_eq!(store.crm(&deal("d")).unwrap(), None);
    assert_eq!(all(store).len(), 1);
}

fn the_old_is_purged_by_when_it_took_place(store: &mut dyn Store) {
    let dated = |name: &str, day: &str| {
        let mut record = record(name, "d", 0, "x");
        record.read.started_at = Some(format!("{day}T10:00:00Z").parse().unwrap());
        record
    };
    store.put(&[dated("old", "2020-01-01"), dated("young", "2026-01-01"), record("undated", "d", 0, "x")]).unwrap();
    assert_eq!(store.purge("2025-01-01T00:00:00Z".parse().unwrap()).unwrap(), 1);
    let left: Vec<String> = all(store).into_iter().map(|(id, _, _)| id.0).collect();
    assert_eq!(left, ["undated", "young"]);
}

fn what_the_crm_says_goes_with_the_last_conversation_that_is_purged(store: &mut dyn Store) {
    for (name, of, day) in [("1", "gone", "2020-01-01"), ("2", "half", "2020-01-01"), ("3", "half", "2026-01-01")] {
        let mut record = record(name, of, 0, "x");
        record.read.started_at = Some(format!("{day}T10:00:00Z").parse().unwrap());
        store.put(&[record]).unwrap();
    }
    for of in ["gone", "half", "early"] {
        store.set_crm(&deal(of), &CrmRecord { owner: Some("Ann".into()), ..CrmRecord::default() }).unwrap();
    }
    assert_eq!(store.all_crm().unwrap().len(), 3);
    assert_eq!(store.purge("2025-01-01T00:00:00Z".parse().unwrap()).unwrap(), 2);
    let left: Vec<String> = store.deals(None, 10).unwrap().into_iter().map(|row| row.deal.0).collect();
    assert_eq!(left, ["early", "half"], "a deal whose first conversation is to come stays");
    assert_eq!(store.crm(&deal("gone")).unwrap(), None);
    assert_eq!(store.all_crm().unwrap().len(), 2);
}

type Case = (&'static str, fn(&mut dyn Store));

const CASES: &[Case] = &[
    ("deliveries_without_revisions", deliveries_without_revisions),
    ("deliveries_that_an_earlier_build_did_not_mark", deliveries_that_an_earlier_build_did_not_mark),
    ("deliveries_with_revisions", deliveries_with_revisions),
    ("deals_are_listed_by_name_and_in_pages", deals_are_listed_by_name_and_in_pages),
    ("the_stamp_of_a_deal_changes_with_what_is_kept_of_it", the_stamp_of_a_deal_changes_with_what_is_kept_of_it),
    ("an_id_is_unique_in_its_deal_alone", an_id_is_unique_in_its_deal_alone),
    ("scores_are_renewed_only_for_the_same_content", scores_are_renewed_only_for_the_same_content),
    ("what_is_erased_is_gone_and_may_come_again", what_is_erased_is_gone_and_may_come_again),
    ("the_old_is_purged_by_when_it_took_place", the_old_is_purged_by_when_it_took_place),
    (
        "what_the_crm_says_goes_with_the_last_conversation_that_is_purged",
        what_the_crm_says_goes_with_the_last_conversation_that_is_purged,
    ),
];

fn conform(make: Make) {
    for (name, case) in CASES {
        eprintln!("{name}");
        let folder = tempfile::tempdir().unwrap();
        case(make(&folder.path().join("store")).as_mut());
    }
}

#[test]
fn the_reference_conforms() {
    conform(|_| Box::new(Memory::default()));
}

#[test]
fn sqlite_conforms() {
    conform(|path| Box::new(SqliteStore::open(path).unwrap()));
}

/// A step that some sender takes.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(u8, u8, u64, u8)>),
    Erase(u8, u8),
    EraseDeal(u8),
    Crm(u8),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delivery = (0u8..4, 0u8..3, 0u64..4, 0u8..4);
    let step = prop_oneof![
        8 => prop::collection::vec(delivery, 1..4).prop_map(Step::Put),
        1 => (0u8..4, 0u8..3).prop_map(|(c, d)| Step::Erase(c, d)),
        1 => (0u8..3).prop_map(Step::EraseDeal),
        1 => (0u8..3).prop_map(Step::Crm),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn sqlite_does_what_the_reference_does(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let (mut reference, mut sqlite) = (Memory::default(), SqliteStore::open(&path).unwrap());
        for step in steps {
            match step {
                Step::Put(deliveries) => {
                    let records: Vec<Record> = deliveries
                        .iter()
                        .map(|(c, d, revision, words)| record(&format!("c{c}"), &format!("d{d}"), *revision, &format!("w{words}")))
                        .collect();
                    prop_assert_eq!(reference.put(&records).unwrap(), sqlite.put(&records).unwrap());
                }
                Step::Erase(c, d) => {
                    let (deal, id) = (deal(&format!("d{d}")), id(&format!("c{c}")));
                    prop_assert_eq!(
                        reference.erase_conversation(&deal, &id).unwrap(),
                        sqlite.erase_conversation(&deal, &id).unwrap()
                    );
                }
                Step::EraseDeal(d) => {
                    let deal = deal(&format!("d{d}"));
                    prop_assert_eq!(reference.erase_deal(&deal).unwrap(), sqlite.erase_deal(&deal).unwrap());
                }
                Step::Crm(d) => {
                    let deal = deal(&format!("d{d}"));
                    let crm = CrmRecord::default();
                    prop_assert_eq!(reference.set_crm(&deal, &crm).unwrap(), sqlite.set_crm(&deal, &crm).unwrap());
                }
                Step::Reopen => {
                    drop(sqlite);
                    sqlite = SqliteStore::open(&path).unwrap();
                }
            }
            prop_assert_eq!(all(&mut reference), all(&mut sqlite));
        }
    }

    #[test]
    fn deliveries_with_revisions_end_alike_in_any_order(
        deliveries in prop::collection::vec((0u8..3, 1u64..5, 0u8..4), 1..12),
        seed in any::<u64>(),
    ) {
        let end = |order: &[(u8, u64, u8)]| {
            let mut store = Memory::default();
            for (c, revision, words) in order {
                store.put(&[record(&format!("c{c}"), "d", *revision, &format!("w{words}"))]).unwrap();
            }
            all(&mut store).into_iter().map(|(id, revision, record)| (id, revision, record.content_hash())).collect::<Vec<_>>()
        };
        let mut other = deliveries.clone();
        // Twice, and in another order.
        other.extend(deliveries.iter().copied());
        let mut state = seed | 1;
        for i in (1..other.len()).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            other.swap(i, (state % (i as u64 + 1)) as usize);
        }
        prop_assert_eq!(end(&deliveries), end(&other));
    }
}
