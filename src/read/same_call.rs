//! The same call or chat twice in one deal: a copy of its file ("call (1).vtt"), or another format of it (the captions beside the
//! transcript, the text beside the document). Counted twice, every objection would be two.
//!
//! Words alone do not tell: two messages on a voice mailbox say the same and are two calls. So what else is known must agree,
//! and the less it says, the more words must (`likeness`).
//!
//! What is the same as one of the same is the same, too: a long, a middle and a short format are one call although the short one
//! is not like the long one. So the order of files tells nothing; and what is kept carries a note of what was dropped, or
//! parts of a deal that were read apart would count twice what the whole counts once.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use self::{keys::Key, likeness::same, look::Look, people::People, sets::Sets};
use super::Skipped;
use crate::conversation::{Channel, Conversation, Repeat, Repeated, Timestamp};

mod keys;
mod likeness;
mod look;
mod people;
mod sets;
mod words;

pub(super) use words::all_words;

/// How far apart two statements of one beginning may lie, in milliseconds: a time of day without its zone is up to a day off.
const A_DAY_MS: i64 = 26 * 3_600_000;

/// Drops what is the same call or chat as another of `conversations`, which are those of one deal, and says so. Kept is the one
/// that names its speakers, that has times, that has more words, in this order; what only a dropped one knows of the beginning and
/// of who takes part goes to it.
///
/// Gives a note for each that is kept of several, by its place among what stays. What a conversation carries of such notes
/// ([`unfold`]) counts as if it stood there itself.
pub fn drop_repeated(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) -> Vec<(usize, Repeated)> {
    let carried: Vec<Vec<Repeat>> = conversations.iter_mut().map(take_carried).collect();
    let groups = groups(conversations, &carried);
    let mut notes: BTreeMap<usize, Repeated> = BTreeMap::new();
    let mut dropped = HashSet::new();
    for Group { kept, others, repeats } in groups {
        let id = conversations[kept].id.clone();
        for place in others {
            dropped.insert(place);
            skipped.push(Skipped {
                file: conversations[place].source.file.clone(),
                line: None,
                code: "duplicate".into(),
                message: format!("the same call or chat as {id}; it counts once"),
            });
        }
        notes.insert(kept, fold(&mut conversations[kept], repeats));
    }
    let stays: Vec<usize> = (0..conversations.len()).filter(|place| !dropped.contains(place)).collect();
    drop_at(conversations, &dropped);
    let noted = stays.into_iter().enumerate().filter_map(|(now, before)| Some((now, notes.remove(&before)?)));
    noted.collect()
}

/// Makes of a conversation what it was before it took over what its repeats knew; gives the notes of these.
pub fn unfold(conversation: &mut Conversation, repeated: Repeated) -> Vec<Repeat> {
    let Repeated { participants, labels, started_at, local_time, title, dropped } = repeated;
    for (turn, label) in labels {
        if let Some(turn) = conversation.turns.get_mut(turn) {
            turn.speaker = label;
        }
    }
    (conversation.participants, conversation.title) = (participants, title);
    (conversation.started_at, conversation.local_time) = (started_at, local_time);
    dropped
}

fn take_carried(conversation: &mut Conversation) -> Vec<Repeat> {
    let carried = conversation.as_read.take_if(|noted| noted.repeated.is_some());
    carried.and_then(|noted| noted.repeated).map(|repeated| repeated.dropped).unwrap_or_default()
}

/// Conversations that are one.
struct Group {
    /// Where the one stands that says most.
    kept: usize,
    /// Where the others stand.
    others: Vec<usize>,
    /// Notes of the others and of those that were dropped before, each once, in the order of their names.
    repeats: Vec<Repeat>,
}

/// Those of `conversations` that are one with others, or carry notes of such.
fn groups(conversations: &[Conversation], carried: &[Vec<Repeat>]) -> Vec<Group> {
    let own: Vec<Option<Look>> = conversations.iter().map(Look::at).collect();
    let mut sets = sets_of(conversations, &own, carried);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in 0..conversations.len() {
        members.entry(sets.first(place)).or_default().push(place);
    }
    let several = |group: &Vec<usize>| group.len() > 1 || group.iter().any(|place| !carried[*place].is_empty());
    let mut out = Vec::new();
    for group in members.into_values().filter(several) {
        let note = |place: usize| own[place].as_ref().map(|look| look.note(&conversations[place]));
        let notes: Vec<(usize, Repeat)> = group.iter().filter_map(|place| Some((*place, note(*place)?))).collect();
        let worth = |place: usize| own[place].as_ref().map(Look::worth);
        let best = notes.iter().max_by_key(|(place, note)| (worth(*place), Reverse(order(note))));
        let Some((kept, note)) = best else { continue };
        let before = group.iter().flat_map(|place| carried[*place].iter().cloned());
        let others = notes.iter().filter(|(place, _)| place != kept).map(|(_, note)| note.clone());
        // Of two that say the same to the letter one counts, as if it had been given once.
        let mut repeats: Vec<Repeat> = before.chain(others).filter(|other| other != note).collect();
        repeats.sort_by_cached_key(order);
        repeats.dedup();
        out.push(Group { kept: *kept, others: group.into_iter().filter(|place| place != kept).collect(), repeats });
    }
    out
}

/// The order in which repeats are asked what they know: by their names, and for those of one name by all that is noted.
fn order(note: &Repeat) -> (String, u64, String) {
    let (file, number) = note.id.place();
    // Plain values have no way to fail.
    (file.to_owned(), number, serde_json::to_string(note).unwrap_or_default())
}

/// Which stand for one call, by the places of those who hold them.
fn sets_of(conversations: &[Conversation], own: &[Option<Look>], carried: &[Vec<Repeat>]) -> Sets {
    let mut looks: Vec<(usize, &Look)> = Vec::new();
    let noted: Vec<(usize, Look)> = conversations
        .iter()
        .zip(carried)
        .enumerate()
        .flat_map(|(place, (holder, notes))| notes.iter().map(move |note| (place, Look::at_note(note, holder.channel))))
        .collect();
    looks.extend(own.iter().enumerate().filter_map(|(place, look)| Some((place, look.as_ref()?))));
    looks.extend(noted.iter().map(|(place, look)| (*place, look)));
    let mut sets = Sets::of(conversations.len());
    // Where those that were looked at before stand in `looks`, by what finds them.
    let mut seen: HashMap<(Channel, Key), Vec<usize>> = HashMap::new();
    for (at, (place, look)) in looks.iter().enumerate() {
        let found_by = look.found_by().into_iter();
        let mut near: Vec<usize> =
            found_by.filter_map(|key| seen.get(&(look.channel, key))).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        for (other, known) in near.into_iter().map(|at| looks[at]) {
            // Of those that are one already no pair has to be held against each other.
            if sets.first(other) != sets.first(*place) && same(known, look) {
                sets.join(other, *place);
            }
        }
        for key in look.known_by() {
            seen.entry((look.channel, key)).or_default().push(at);
        }
    }
    sets
}

/// Gives `kept` what the repeats know; notes what it was before, and them.
fn fold(kept: &mut Conversation, repeats: Vec<Repeat>) -> Repeated {
    let mut before = Repeated {
        participants: kept.participants.clone(),
        labels: BTreeMap::new(),
        started_at: kept.started_at,
        local_time: kept.local_time,
        title: kept.title.clone(),
        dropped: Vec::new(),
    };
    let speakers: Vec<String> = kept.turns.iter().map(|turn| turn.speaker.clone()).collect();
    let mut people = People::of(std::mem::take(&mut kept.participants));
    for repeat in &repeats {
        repeat.participants.iter().for_each(|person| people.add(person.clone()));
        let exact = more_exact(kept.started_at, repeat.started_at);
        kept.local_time = if exact == kept.started_at { kept.local_time } else { repeat.local_time };
        kept.started_at = exact;
        if kept.title.is_empty() {
            kept.title.clone_from(&repeat.title);
        }
    }
    people.become_those_of(kept);
    let called = kept.turns.iter().zip(speakers).enumerate();
    before.labels =
        called.filter(|(_, (turn, label))| turn.speaker != *label).map(|(n, (_, label))| (n, label)).collect();
    before.dropped = repeats;
    before
}

/// Takes out those that stand at the places `dropped`.
pub(super) fn drop_at(conversations: &mut Vec<Conversation>, dropped: &HashSet<usize>) {
    let mut places = 0..;
    conversations.retain(|_| places.next().is_some_and(|place| !dropped.contains(&place)));
}

/// Whether a moment is more than a day.
pub(super) fn is_exact(ms: i64) -> bool {
    ms.rem_euclid(86_400_000) != 0
}

/// The one of two beginnings that says more.
fn more_exact(kept: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (kept, other) {
        (Some(a), Some(b)) if !is_exact(a.as_millisecond()) && is_exact(b.as_millisecond()) => {
            let day = |t: Timestamp| t.as_millisecond().div_euclid(86_400_000);
            Some(if day(a) == day(b) { b } else { a })
        }
        (None, other) => other,
        (kept, _) => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{DealId, Side},
        read::{Input, read},
    };

    pub(super) const TALK: &str = "Ann Lee: Thanks for making the time today, how is the rollout going on your side of the house?\n\
                        Bob Ray: Slower than we hoped, and the price is more than our finance team has in its budget.\n\
                        Ann Lee: I see, shall we go through the numbers on Tuesday, line by line, with Priya there?\n\
                        Bob Ray: Tuesday at ten works for me.\n";

    fn vtt(text: &str) -> String {
        let cue = |(n, line): (usize, &str)| format!("00:0{n}:03.120 --> 00:0{n}:09.000\n{line}\n\n");
        format!("WEBVTT\n\n{}", text.lines().enumerate().map(cue).collect::<String>())
    }

    /// The files that stay of those of one deal.
    fn kept(files: &[(&str, String)]) -> Vec<String> {
        let deal = DealId("a".into());
        let mut all: Vec<Conversation> = files
            .iter()
            .flat_map(|(path, text)| read(&Input::new(path, &deal, text.as_bytes())).conversations)
            .collect();
        let before = all.len();
        let mut skipped = Vec::new();
        drop_repeated(&mut all, &mut skipped);
        assert_eq!(before - all.len(), skipped.len());
        assert!(skipped.iter().all(|s| s.code == "duplicate"));
        all.into_iter().map(|c| c.id.0).collect()
    }

    #[test]
    fn copies_and_other_formats_of_a_call_count_once() {
        let heard = TALK.replace("Slower", "lower").replace("Priya", "prayer").replace(['.', '?', ','], "");
        let short = "Ann Lee: How is it?\nBob Ray: Too dear.\n";
        for (files, expected) in [
            (vec![("2026-05-06 call (1).vtt", vtt(TALK)), ("2026-05-06 call.vtt", vtt(TALK))], "2026-05-06 call.vtt"),
            (vec![("call.txt", TALK.to_owned()), ("call.vtt", vtt(TALK))], "call.vtt"),
            (vec![("call.txt", short.to_owned()), ("call.vtt", vtt(short))], "call.vtt"),
            (
                vec![
                    ("c/GMT20260312-150422_R.cc.vtt", vtt(&heard)),
                    ("c/GMT20260312-150422_R.transcript.vtt", vtt(TALK)),
                ],
                "c/GMT20260312-150422_R.cc.vtt",
            ),
            (
                vec![("2026-03-12_1504 Teams.docx.txt", TALK.to_owned()), ("2026-03-12_1504 demo.vtt", vtt(&heard))],
                "2026-03-12_1504 demo.vtt",
            ),
            // Of what says as much the first by name, in whatever order they were read.
            (vec![("downloads/call.vtt", vtt(TALK)), ("2026-03-12 Acme.vtt", vtt(TALK))], "2026-03-12 Acme.vtt"),
        ] {
            assert_eq!(kept(&files), [expected], "{files:?}");
        }
    }

    #[test]
    fn formats_that_begin_on_either_side_of_midnight_count_once() {
        let long = format!("{TALK}{}", TALK.replace("Tuesday", "Wednesday").replace("price", "term"));
        let heard = long.replace("Slower", "lower").replace("Priya", "prayer");
        for (one, other, stay) in [
            ("2026-05-01_2030 call.vtt", "2026-05-01_2230 Acme.vtt", 1),
            ("2026-05-01_2330 call.vtt", "2026-05-02_0130 Acme.vtt", 1),
            ("2026-05-02_0130 call.vtt", "2026-05-01_2330 Acme.vtt", 1),
            ("2026-05-01_2330 call.vtt", "2026-05-04_0130 Acme.vtt", 2),
        ] {
            assert_eq!(kept(&[(one, vtt(&long)), (other, vtt(&heard))]).len(), stay, "{one} {other}");
        }
    }

    #[test]
    fn what_is_like_one_of_the_formats_is_one_of_them_whatever_the_files_are_called() {
        let said = |words: usize| {
            let words: Vec<String> = (0..words).map(|n| format!("word{n}")).collect();
            let line =
                |(n, words): (usize, &[String])| format!("{}: {}.\n", ["Ann Lee", "Bob Ray"][n % 2], words.join(" "));
            words.chunks(12).enumerate().map(line).collect::<String>()
        };
        assert_eq!(kept(&[("a/call.txt", said(120)), ("b/call.txt", said(84))]).len(), 2);
        for [a, b, c] in
            [[120, 102, 84], [120, 84, 102], [102, 84, 120], [102, 120, 84], [84, 102, 120], [84, 120, 102]]
        {
            let files = [("a/call.txt", said(a)), ("b/call.txt", said(b)), ("c/call.txt", said(c))];
            let longest = files.iter().max_by_key(|(_, text)| text.len()).map(|(path, _)| *path);
            assert_eq!(kept(&files), [longest.unwrap_or_default()], "{a} {b} {c}");
        }
    }

    #[test]
    fn two_calls_stay_two_however_alike() {
        let mailbox = "Ann Lee: Hi Bob, this is Ann, please call me back about the quote.\n";
        let again = TALK.replace("Tuesday", "Friday").replace("rollout", "pilot");
        let other = "Ann Lee: Good to see you again, did the finance team look at the second quote that we sent?\n\
                     Bob Ray: They did, and they would sign if the first year came without the training fee on top.\n\
                     Ann Lee: I can take that to my manager today, what about the start in the first week of June?\n\
                     Bob Ray: June is fine.\n";
        for files in [
            vec![("2026-05-06 mailbox.txt", mailbox.to_owned()), ("2026-05-07 mailbox.txt", mailbox.to_owned())],
            vec![("2026-05-06 mailbox 1.txt", mailbox.to_owned()), ("2026-05-06 mailbox 2.txt", mailbox.to_owned())],
            vec![("mailbox 1.txt", mailbox.to_owned()), ("mailbox 2.txt", mailbox.to_owned())],
            vec![("2026-05-06 demo.vtt", vtt(TALK)), ("2026-05-08 demo.vtt", vtt(&again))],
            vec![("2026-05-06 call 1.vtt", vtt(TALK)), ("2026-05-06 call 2.vtt", vtt(other))],
            vec![("may/demo.vtt", vtt(TALK)), ("june/demo.vtt", vtt(other))],
        ] {
            assert_eq!(kept(&files).len(), 2, "{files:?}");
        }
    }

    #[test]
    fn a_later_export_of_a_chat_adds_only_what_was_written_since() {
        let before = "12/03/2026, 09:12 - Ann Lee: Hi Bob\n12/03/2026, 09:40 - Bob Ray: Hi\n13/03/2026, 08:05 - Ann Lee: Any news?\n";
        let since = "13/03/2026, 08:07 - Bob Ray: Not yet.\n20/03/2026, 08:07 - Bob Ray: Now.\n";
        let later = format!("{before}{since}");
        let expected = ["chat (1).txt#2026-03-13", "chat (1).txt#2026-03-20", "chat.txt"];
        for files in [
            vec![("chat.txt", before.to_owned()), ("chat (1).txt", later.clone())],
            vec![("chat (1).txt", later.clone()), ("chat.txt", before.to_owned())],
        ] {
            let mut ids = kept(&files);
            ids.sort();
            assert_eq!(ids, expected, "{files:?}");
        }
        let to_another = "13/03/2026, 08:05 - Ann Lee: Any news?\n13/03/2026, 08:07 - Cy Poe: None.\n";
        assert_eq!(kept(&[("chat.txt", before.to_owned()), ("cy.txt", to_another.to_owned())]).len(), 3);
    }

    #[test]
    fn what_a_dropped_format_tells_of_the_people_stays() {
        let deal = DealId("a".into());
        let turns: Vec<_> = TALK.lines().filter_map(|l| l.split_once(": ")).collect();
        let turns: Vec<_> = turns.iter().map(|(who, text)| serde_json::json!({"speaker": who, "text": text})).collect();
        let participants =
            serde_json::json!([{"name": "Ann Lee", "side": "seller", "email": "ann@us.example"}, {"name": "Cy Poe"}]);
        let json = serde_json::json!({"participants": participants, "turns": turns}).to_string();
        let captions = vtt(&TALK.replace("I see,", "I see, um,").replace("Ann Lee", "Ann"));
        let mut all: Vec<Conversation> = [("call.json", &json), ("call.vtt", &captions)]
            .iter()
            .flat_map(|(path, text)| read(&Input::new(path, &deal, text.as_bytes())).conversations)
            .map(|c| Conversation { id: crate::conversation::ConversationId(c.source.file.clone()), ..c })
            .collect();
        drop_repeated(&mut all, &mut Vec::new());
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].id.0, "call.vtt", "it has times");
        let people: Vec<_> =
            all[0].participants.iter().map(|p| (p.name.as_str(), p.side, p.email.as_deref(), p.active)).collect();
        assert_eq!(
            people,
            [
                ("Ann Lee", Side::Seller, Some("ann@us.example"), true),
                ("Bob Ray", Side::Unknown, None, true),
                ("Cy Poe", Side::Unknown, None, false)
            ]
        );
        assert_eq!(all[0].turns[0].speaker, "Ann Lee");
    }

    #[test]
    fn long_calls_are_two_though_most_of_their_words_are_common_ones() {
        // The same few words, as of any two long calls, in another order.
        let said = |step: usize| {
            let words = ["we", "the", "it", "price", "so", "can", "of", "is", "to", "and", "you"];
            let line = |n: usize| (0..20).map(|w| words[(n * n + w * step) % 11]).collect::<Vec<_>>().join(" ");
            (0..60).map(|n| format!("{}: {}.\n", ["Ann Lee", "Bob Ray"][n % 2], line(n))).collect::<String>()
        };
        assert_eq!(kept(&[("may/call.txt", said(3)), ("june/call.txt", said(5))]).len(), 2);
    }
}
