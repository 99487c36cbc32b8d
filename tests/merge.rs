//! Merge is a set: any split of a deal's conversations, in any order, with any repeats, gives the same report, byte for byte.

use dealtone::{
    Channel, Conversation, ConversationId, CrmRecord, Deal, DealId, Intents, Participant, Provenance, Scored,
    Sentiment, Side, Source, Turn, Utterance,
    conversation::MailHead,
    deal::Contact,
    deal_report::finish,
    parts,
    read::duplicates::{drop_and_note, drop_earlier_revisions, tell_apart},
    report::jsonl,
    rules::Rules,
    team::{Known, Member, Team, ours::Elsewhere},
    utterance::{INTENTS, Millionths},
};
use proptest::prelude::*;

/// One conversation; `seed` decides what is said, so that equal seeds are equal conversations.
fn scored(number: u8, revision: u64, seed: u32) -> Scored {
    let said: Vec<(Side, u32)> = (0..4)
        .map(|n| seed.wrapping_mul(2_654_435_761).rotate_left(n * 7))
        .map(|r| (if r & 1 == 0 { Side::Buyer } else { Side::Seller }, r))
        .collect();
    let speaker = |side: Side| if side == Side::Buyer { "Ann" } else { "Rob" };
    let turns: Vec<Turn> = said
        .iter()
        .map(|&(side, r)| Turn {
            speaker: speaker(side).into(),
            side,
            text: format!("We said {r} on Friday."),
            ..Turn::default()
        })
        .collect();
    let utterances = said
        .iter()
        .enumerate()
        .map(|(turn, &(_, r))| {
            let negative = Millionths(r % 700_000);
            let positive = Millionths((r >> 8) % 300_000);
            let intent = &INTENTS[(r >> 3) as usize % INTENTS.len()];
            Utterance {
                turn,
                span: 0..turns[turn].text.len(),
                sentiment: Sentiment::new(negative, Millionths(1_000_000 - negative.0 - positive.0), positive, 0.0),
                intents: Intents([(intent.intent, Millionths(900_000))].into()),
            }
        })
        .collect();
    Scored {
        conversation: Conversation {
            id: ConversationId(format!("d/{number}")),
            deal: DealId("d".into()),
            channel: if number.is_multiple_of(2) { Channel::Call } else { Channel::Email },
            // Several share a moment, and one has none.
            started_at: (number != 3).then(|| format!("2026-03-0{}T10:00:00Z", 1 + number / 2).parse().unwrap()),
            local_time: false,
            title: String::new(),
            participants: vec![Participant { name: "Ann".into(), side: Side::Buyer, ..Participant::default() }],
            turns,
            mail: None,
            recording: None,
            source: Source::default(),
            revision,
            as_read: None,
        },
        utterances,
        provenance: Provenance::default(),
    }
}

/// What travels between machines is lines; the deal's report and utterances are what comes of them.
fn outcome(lines: &[String], rules: &Rules) -> String {
    let mut deal = Deal::new(DealId("d".into()), None);
    for line in lines {
        deal.absorb(serde_json::from_str(line).unwrap()).unwrap();
    }
    jsonl::utterances(&deal) + &jsonl::deal(&finish(&deal, rules, Some("2026-03-20T00:00:00Z".parse().unwrap())))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_split_order_and_repeats_give_the_same_bytes(
        seeds in prop::collection::vec((0u8..8, 0u64..3, any::<u32>()), 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        cut in any::<prop::sample::Index>(),
    ) {
        let rules = Rules::built_in();
        let lines: Vec<String> =
            seeds.iter().map(|&(n, r, s)| serde_json::to_string(&scored(n, r, s)).unwrap()).collect();
        let whole = outcome(&lines, &rules);

        // Repeats first, in any order; then all of it, from behind, cut into two parts that change places.
        let mut other: Vec<String> = order.iter().map(|i| lines[i.index(lines.len())].clone()).collect();
        let mut rest: Vec<String> = lines.iter().rev().cloned().collect();
        rest.rotate_left(cut.index(lines.len()));
        other.extend(rest);
        prop_assert_eq!(whole, outcome(&other, &rules));
    }
}

#[test]
fn results_of_another_making_are_refused_and_what_differs_is_named() {
    let mut deal = Deal::new(DealId("d".into()), None);
    let mut one = scored(0, 0, 1);
    one.provenance.model = "one".into();
    deal.absorb(one).unwrap();
    let mut other = scored(1, 0, 2);
    other.provenance =
        Provenance { model: "another".into(), model_sha256: "5f".into(), runtime: "own-3".into(), ..other.provenance };
    let before = deal.clone();
    let error = deal.absorb(other).unwrap_err().to_string();
    assert_eq!(
        error,
        "deal d: d/1 was scored otherwise than the others: model another (5f) instead of one (), runtime dealtone's own \
         arithmetic 3 instead of ONNX Runtime ; score all of a deal with the same dealtone, model and runtime, then merge"
    );
    assert_eq!(deal, before);
}

#[test]
fn the_same_model_under_another_name_merges_and_the_order_leaves_no_trace() {
    let renamed = |number: u8, name: &str| {
        let mut scored = scored(number, 0, 7);
        scored.provenance.model = name.into();
        scored
    };
    // A model of floats that was given the same words beside others.
    let mut moved = renamed(0, "a");
    moved.utterances[0].sentiment.negative.0 += 1;
    let all = [renamed(0, "b"), renamed(1, "a"), renamed(0, "a"), moved, renamed(1, "b")];
    let lines: Vec<String> = all.iter().map(|s| serde_json::to_string(s).unwrap()).collect();
    let whole = outcome(&lines, &Rules::built_in());
    for turned in 1..lines.len() {
        let mut other = lines.clone();
        other.rotate_left(turned);
        assert_eq!(outcome(&other, &Rules::built_in()), whole);
        other.reverse();
        assert_eq!(outcome(&other, &Rules::built_in()), whole);
    }
}

/// Who may take part, by the name in calls and the address in mails.
const PEOPLE: &[(&str, &str)] = &[
    ("Dana Whitlock", "dana.whitlock@buyer.example"),
    ("Dana", "dana.whitlock@buyer.example"),
    ("Priya Nair", "priya@us.example"),
    ("Priya", "priya@us.example"),
    ("Tom Reed", "tom@reed.example"),
    ("Speaker 1", "info@other.example"),
    ("Rob (Seller)", "rob@us.example"),
    ("Ann Lee", "ann.lee@gmail.com"),
];

/// What is said: names that tell who a label is, and words enough that the same call twice is found to be one.
const SAID: &[&str] = &[
    "Hi, this is Tom Reed from Us, and we are glad that you could make the time for this today, as the quarter ends soon.",
    "Dana here. The price is far too high for forty seats, and we want to see the other offer before we decide on Friday.",
    "Fine.",
    "Let us pick this up after the summer, when the new budget is there and the people who decide are back from leave.",
];

/// A conversation as it was read, of a file of its own or of one that others have too.
fn read(number: u8, seed: u32) -> Conversation {
    let pick = |n: u32| PEOPLE[(seed.wrapping_mul(2_654_435_761).rotate_left(n * 5) % PEOPLE.len() as u32) as usize];
    let is_mail = seed.is_multiple_of(3);
    let people = [pick(0), pick(1), pick(2)];
    let mut participants: Vec<Participant> = Vec::new();
    for (name, email) in people {
        if !participants.iter().any(|p| p.name == name) {
            let email = is_mail.then(|| email.to_owned());
            participants.push(Participant { name: name.into(), email, active: !is_mail, ..Participant::default() });
        }
    }
    participants[0].active = true;
    let turns = (0..3).map(|n| Turn {
        speaker: people[if is_mail { 0 } else { n }].0.into(),
        text: SAID[(seed as usize + n) % SAID.len()].into(),
        ..Turn::default()
    });
    let file = format!("d/{number}.txt");
    Conversation {
        id: ConversationId(file.clone()),
        deal: DealId("d".into()),
        channel: if is_mail { Channel::Email } else { Channel::Call },
        started_at: Some(format!("2026-03-0{}T10:00:00Z", 1 + seed % 4).parse().unwrap()),
        local_time: false,
        title: String::new(),
        participants,
        turns: turns.collect(),
        mail: None,
        recording: None,
        source: Source { file, ..Source::default() },
        revision: 0,
        as_read: None,
    }
}

/// **Map** over what one machine holds of the deal, with scores that no side moves.
fn map(mut conversations: Vec<Conversation>, crm: &CrmRecord, team: &Team) -> Vec<Scored> {
    conversations.sort_by(|a, b| a.id.place().cmp(&b.id.place()));
    let mut skipped = Vec::new();
    drop_earlier_revisions(&mut conversations, &mut skipped);
    drop_and_note(&mut conversations, &mut skipped);
    tell_apart(&mut conversations, &mut skipped);
    Known::new(Some(crm), team).decide(&mut conversations);
    let utterances = |c: &Conversation| -> Vec<Utterance> {
        let turns = c.turns.iter().enumerate();
        let sentiment = |text: &str| {
            let negative = Millionths(text.len() as u32 * 1_000);
            Sentiment::new(negative, Millionths(1_000_000 - negative.0), Millionths(0), 0.0)
        };
        let all = turns.map(|(turn, t)| Utterance {
            turn,
            span: 0..t.text.len(),
            sentiment: sentiment(&t.text),
            intents: Intents([(INTENTS[t.text.len() % INTENTS.len()].intent, Millionths(900_000))].into()),
        });
        all.collect()
    };
    let scored = |conversation: Conversation| Scored {
        utterances: utterances(&conversation),
        conversation,
        provenance: Provenance::default(),
    };
    conversations.into_iter().map(scored).collect()
}

/// What is judged of a deal, what was told aside: the lines that `report` writes, without the sides that scores were given for.
fn judged(deal: &Deal, rules: &Rules) -> String {
    let mut lines = String::new();
    for scored in deal.by_time() {
        let mut scored = scored.clone();
        scored.conversation.as_read.as_mut().unwrap().scored_sides.clear();
        lines += &jsonl::scored(&scored);
    }
    lines + &jsonl::utterances(deal) + &jsonl::deal(&finish(deal, rules, Some("2026-03-20T00:00:00Z".parse().unwrap())))
}

fn sides() -> (CrmRecord, Team) {
    let contact =
        Contact { name: "Dana Whitlock".into(), email: "dana.whitlock@buyer.example".into(), title: "CFO".into() };
    let crm = CrmRecord {
        account: Some("Buyer".into()),
        contacts: vec![contact],
        owner: Some("Reed, Tom".into()),
        ..CrmRecord::default()
    };
    let member = |name: &str, side: Side| Member { name: name.into(), side, ..Member::default() };
    let members =
        vec![member("Tom Reed", Side::Seller), member("Zoe Unseen", Side::Seller), member("Ann Lee", Side::Buyer)];
    let mut elsewhere = Elsewhere::default();
    elsewhere.learn_owner("Priya Nair");
    (crm, Team { our_domains: vec!["us.example".into()], members, elsewhere, ..Team::default() })
}

/// Judges `all` at once, in parts of three machines in any order, and what came of the parts once more.
fn hold_parts_against_the_whole(
    all: &[Conversation],
    machines: &[usize],
    (crm, team): (CrmRecord, Team),
    with_crm: bool,
    order: (usize, usize),
) -> Result<usize, TestCaseError> {
    let rules = Rules::built_in();
    let record = with_crm.then(CrmRecord::default);
    let mut whole = Deal::new(DealId("d".into()), record.clone());
    map(all.to_vec(), &crm, &team).into_iter().for_each(|scored| whole.absorb(scored).unwrap());
    let mut lines: Vec<Scored> = Vec::new();
    for machine in 0..3 {
        let part = all.iter().zip(machines).filter(|(_, at)| **at == machine).map(|(c, _)| c.clone()).collect();
        lines.extend(map(part, &crm, &team));
    }
    let count = lines.len();
    lines.rotate_left(order.0 % count);
    lines.push(lines[order.1 % count].clone());
    let merge =
        |lines: Vec<Scored>| parts::merge(DealId("d".into()), record.clone(), lines, &Team::default()).unwrap().0;
    let merged = merge(lines.clone());
    prop_assert_eq!(judged(&merged, &rules), judged(&whole, &rules));

    // What came of it is a part like any other.
    let mut again: Vec<Scored> = merged.by_time().into_iter().cloned().collect();
    again.extend(lines.iter().rev().take(2).cloned());
    prop_assert_eq!(&merge(again), &merged);

    // Step by step: two parts first, and theirs with the third.
    let (first, rest) = lines.split_at(lines.len() / 2);
    let mut stepwise: Vec<Scored> = merge(first.to_vec()).by_time().into_iter().cloned().collect();
    stepwise.extend(rest.iter().cloned());
    prop_assert_eq!(judged(&merge(stepwise), &rules), judged(&merged, &rules));
    Ok(whole.by_time().len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn parts_that_were_scored_apart_judge_as_the_whole_in_any_order(
        seeds in prop::collection::vec((any::<u32>(), 0usize..3), 1..10),
        with_crm: bool,
        with_team: bool,
        order: (usize, usize),
    ) {
        let (crm, team) = sides();
        let known = (if with_crm { crm } else { CrmRecord::default() }, if with_team { team } else { Team::default() });
        let all: Vec<Conversation> = seeds.iter().zip(0u8..).map(|((seed, _), n)| read(n, *seed)).collect();
        let machines: Vec<usize> = seeds.iter().map(|(_, at)| *at).collect();
        hold_parts_against_the_whole(&all, &machines, known, with_crm, order)?;
    }

    #[test]
    fn formats_of_one_call_that_were_scored_apart_count_once_in_any_order(
        seeds in prop::collection::vec((any::<u32>(), 0usize..3), 1..7),
        with_team: bool,
        order: (usize, usize),
    ) {
        let team = if with_team { sides().1 } else { Team::default() };
        let all: Vec<Conversation> = seeds.iter().zip(0u8..).map(|((seed, _), n)| one_format(n, *seed)).collect();
        let machines: Vec<usize> = seeds.iter().map(|(_, at)| *at).collect();
        hold_parts_against_the_whole(&all, &machines, (CrmRecord::default(), team), false, order)?;
    }
}

/// One of the formats of a call. By `seed` it ends early, names people otherwise, and knows or does not know times, beginning,
/// addresses and title: those of like length are alike, the longest and the shortest are not.
fn one_format(number: u8, seed: u32) -> Conversation {
    let pick = |n: u32, of: u32| (seed.wrapping_mul(2_654_435_761).rotate_left(n * 4) % of) as usize;
    let words = [160, 136, 112, 92][pick(0, 4)];
    let names = [["Dana Whitlock", "Priya Nair"], ["Dana", "Priya"], ["Speaker 1", "Speaker 2"]][pick(1, 3)];
    let began =
        [None, Some("2026-03-02T10:00:00Z"), Some("2026-03-02T00:00:00Z"), Some("2026-03-02T23:30:00Z")][pick(2, 4)];
    let is_timed = pick(3, 2) == 1;
    let said: Vec<String> = (0..words).map(|n| format!("word{n}")).collect();
    let turns = said.chunks(8).zip(0u64..).map(|(words, n)| Turn {
        speaker: names[n as usize % 2].into(),
        text: format!("{}.", words.join(" ")),
        start_ms: is_timed.then_some(n * 4_000 + 120),
        ..Turn::default()
    });
    let person = |name: &str, email: &str| Participant {
        name: name.into(),
        email: (pick(4, 3) == 0).then(|| email.into()),
        title: (pick(5, 3) == 0).then(|| "CFO".into()),
        active: true,
        ..Participant::default()
    };
    let silent = Participant { name: ["Tom Reed", "Priya Nair Jones"][pick(6, 2)].into(), ..Participant::default() };
    let mut participants = vec![person(names[0], "dana.whitlock@buyer.example"), person(names[1], "priya@us.example")];
    participants.extend((pick(7, 2) == 0).then_some(silent));
    Conversation {
        started_at: began.map(|at| at.parse().unwrap()),
        local_time: began.is_some_and(|at| at.contains("10:")) && pick(8, 4) == 0,
        title: ["", "Review", "Demo"][pick(5, 3)].into(),
        participants,
        channel: Channel::Call,
        mail: None,
        turns: turns.collect(),
        source: Source { file: format!("d/{number}/call.txt"), ..Source::default() },
        id: ConversationId(format!("d/{number}/call.txt")),
        ..read(number, 1)
    }
}

#[test]
fn a_long_a_middle_and_a_short_format_of_a_call_are_one_call_however_they_are_split() {
    let format = |number: u8, words: usize| {
        let said: Vec<String> = (0..words).map(|n| format!("word{n}")).collect();
        let turn = |(n, words): (usize, &[String])| Turn {
            speaker: ["Dana Whitlock", "Priya Nair"][n % 2].into(),
            text: words.join(" "),
            ..Turn::default()
        };
        let turns = said.chunks(6).enumerate().map(turn).collect();
        Conversation { turns, ..one_format(number, 0) }
    };
    for lengths in [[120, 102, 84], [120, 84, 102], [102, 84, 120], [102, 120, 84], [84, 102, 120], [84, 120, 102]] {
        let all: Vec<Conversation> = (0..).zip(lengths).map(|(number, words)| format(number, words)).collect();
        for (turned, machines) in [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]].into_iter().enumerate() {
            let known = (CrmRecord::default(), Team::default());
            assert_eq!(
                hold_parts_against_the_whole(&all, &machines, known, false, (turned, 0)).unwrap(),
                1,
                "{lengths:?}"
            );
        }
    }
}

#[test]
fn what_two_machines_hold_under_one_name_is_all_kept_under_the_same_names_in_any_order() {
    let (crm, team) = (CrmRecord::default(), Team::default());
    let of = |words: [&str; 2]| {
        let mut call = read(0, 1);
        call.turns.truncate(2);
        call.turns.iter_mut().zip(words).for_each(|(turn, words)| turn.text = words.into());
        map(vec![call], &crm, &team).remove(0)
    };
    let parts = [of(["Too dear.", "I see."]), of(["Where do we sign?", "Here."]), of(["Who are you?", "Ann."])];
    let merged = |lines: &[&Scored]| {
        let lines = lines.iter().map(|line| (*line).clone()).collect();
        parts::merge(DealId("d".into()), None, lines, &team).unwrap()
    };
    let [a, b, c] = &parts;
    let (whole, told) = merged(&[a, b, c]);
    let ids: Vec<String> = whole.by_time().iter().map(|scored| scored.conversation.id.0.clone()).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(ids.contains(&"d/0.txt".to_owned()) && ids.iter().all(|id| id.starts_with("d/0.txt")), "{ids:?}");
    assert_eq!(told.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["same_name"; 2]);
    for order in [[c, b, a], [b, a, c], [b, c, a]] {
        assert_eq!(merged(&order), (whole.clone(), told.clone()));
    }
    // Step by step, and with what came before once more.
    let first = merged(&[b, c]).0;
    let mut lines: Vec<&Scored> = first.by_time();
    lines.extend([b, a]);
    assert_eq!(merged(&lines).0, whole);
}

#[test]
fn a_score_that_was_given_for_another_side_is_told_and_one_for_this_side_is_taken() {
    let (crm, team) = sides();
    let of = |team: &Team| map(vec![read(0, 3)], &crm, team);
    let merge = |lines: Vec<Scored>, team: &Team| parts::merge(DealId("d".into()), None, lines, team).unwrap();
    let blind = map(vec![read(0, 3)], &CrmRecord::default(), &Team::default());
    let (deal, told) = merge(blind.clone(), &team);
    assert!(matches!(&told[..], [one] if one.code == "other_side" && one.message.starts_with("3 of 3")), "{told:?}");
    // It stays so in what is written of it, until it is scored again.
    let written: Vec<Scored> = deal.by_time().into_iter().cloned().collect();
    assert_eq!(merge(written.clone(), &team).1, told);
    let again = merge([written, of(&team), blind].concat(), &team);
    assert_eq!(again.1, []);
}

#[test]
fn what_one_part_takes_for_a_notice_of_a_service_is_the_buyers_where_another_shows_an_answer() {
    let mail = |number: u8, from: (&str, &str), to: (&str, &str)| {
        let mut mail = read(number, 3);
        let person = |(name, email): (&str, &str), active: bool| Participant {
            name: name.into(),
            email: Some(email.into()),
            active,
            ..Participant::default()
        };
        mail.participants = vec![person(from, true), person(to, false)];
        mail.turns.truncate(1);
        mail.turns[0].speaker = from.0.into();
        mail.turns[0].text = SAID[number as usize].into();
        mail.mail = Some(MailHead::default());
        mail
    };
    let (ours, partner) = (("Rob Ray", "rob@us.example"), ("Tom", "tom@partner.example"));
    let theirs = ("Acme", "updates@acme.example");
    let (asked, answered) = ([mail(0, ours, partner), mail(1, theirs, ours)], [mail(2, ours, theirs)]);
    let team = Team { our_domains: vec!["us.example".into()], ..Team::default() };
    let crm = CrmRecord::default();
    let mut whole = Deal::new(DealId("d".into()), None);
    map([&asked[..], &answered].concat(), &crm, &team).into_iter().for_each(|scored| whole.absorb(scored).unwrap());
    let parts = [map(asked.to_vec(), &crm, &team), map(answered.to_vec(), &crm, &team)].concat();
    assert!(parts.iter().any(|scored| scored.conversation.is_automatic()));
    let (merged, _) = parts::merge(DealId("d".into()), None, parts, &Team::default()).unwrap();
    assert!(!merged.by_time().iter().any(|scored| scored.conversation.is_automatic()));
    let rules = Rules::built_in();
    assert_eq!(judged(&merged, &rules), judged(&whole, &rules));
}

#[test]
fn a_clock_of_no_zone_is_read_by_the_zone_of_whoever_merges() {
    let crm = CrmRecord::default();
    let zoned = Team { zone: "America/New_York".into(), ..Team::default() };
    let merge = |lines: &[Scored], team: &Team| parts::merge(DealId("d".into()), None, lines.to_vec(), team).unwrap();
    let clock = Conversation { local_time: true, ..read(0, 1) };
    let placed = Conversation { started_at: Some("2026-03-02T15:00:00Z".parse().unwrap()), ..read(0, 1) };
    let [clock, placed] = [clock, placed].map(|call| map(vec![call], &crm, &Team::default()));
    assert_eq!(merge(&clock, &Team::default()).0.by_time()[0], &clock[0]);
    // Beside a part that was read by that zone it is the same call.
    for lines in [clock.clone(), [clock.clone(), placed.clone()].concat(), [placed.clone(), clock].concat()] {
        let (deal, told) = merge(&lines, &zoned);
        assert_eq!((deal.by_time(), told), (vec![&placed[0]], vec![]));
    }
}

#[test]
fn what_an_earlier_build_scored_counts_once_beside_what_this_one_did() {
    let (crm, team) = sides();
    let now = map(vec![Conversation { local_time: true, ..read(0, 1) }], &crm, &team).remove(0);
    let before = |noted: bool| {
        let mut part = now.clone();
        part.conversation.local_time = false;
        part.conversation.as_read.take_if(|_| !noted);
        part
    };
    // One that noted nothing of what it had read, and one that did not mark clocks of no zone.
    for before in [before(false), before(true)] {
        for lines in [[before.clone(), now.clone()], [now.clone(), before.clone()]] {
            let deal = parts::merge(DealId("d".into()), None, lines.to_vec(), &team).unwrap().0;
            assert_eq!(deal.by_time().len(), 1);
            assert_eq!(deal.by_time()[0].conversation.turns, now.conversation.turns);
        }
    }
}
