//! The same call or chat twice in one deal: a copy of its file ("call (1).vtt"), or another format of it (the captions beside the
//! transcript, the text beside the document). Counted twice, every objection would be two.
//!
//! Words alone do not tell: two messages on a voice mailbox say the same and are two calls. So what else is known must agree,
//! and the less it says, the more words must.

use std::{
    cell::OnceCell,
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{Skipped, file_stem::stem};
use crate::{
    conversation::{Channel, Conversation, Participant, Side, Timestamp, Turn},
    team::names::is_label,
};

/// The fewest words of two people that no two calls have in common by chance.
const TELLING: usize = 40;
/// The fewest words of two formats of one call that are held against each other.
const FEWEST_ALIKE: usize = TELLING / 2;
/// The fewest words of a call that tell it from others of its day where nothing but the day is known.
const LONG: usize = 100;
/// How many tenths of the words of the longer one the shorter of two formats of one call has.
const AS_LONG: usize = 8;
/// How many tenths of their threes of neighbouring words two formats of one call have in common: half, where services hear every
/// fifth word differently. Single words do not tell, for long calls have four fifths of those in common by chance (16,000 words of
/// other meetings: 0.81 of the words, 0.36 of the pairs, 0.09 of the threes).
const ALIKE: usize = 5;
/// How far apart two statements of one beginning may lie, in milliseconds: a time of day without its zone is up to a day off.
const A_DAY_MS: i64 = 26 * 3_600_000;

/// Drops what is the same call or chat as another of `conversations`, which are those of one deal, and says so. Kept is the one
/// that names its speakers, that has times, that has more words, in this order; what only a dropped one knows of the beginning and
/// of who takes part goes to it.
pub fn drop_repeated(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    let looks: Vec<Option<Look>> = conversations.iter().map(Look::at).collect();
    // The first of those that each is the same as; itself where there is none.
    let mut first: Vec<usize> = (0..looks.len()).collect();
    let mut seen: HashMap<(Channel, Key), Vec<usize>> = HashMap::new();
    for (place, look) in looks.iter().enumerate() {
        let Some(look) = look else { continue };
        let found_by = look.found_by(&conversations[place]);
        let mut near: Vec<usize> =
            found_by.into_iter().filter_map(|key| seen.get(&(look.channel, key))).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let same = near.into_iter().find(|other| {
            let known = looks[*other].as_ref();
            known.is_some_and(|known| same(known, &conversations[*other], look, &conversations[place]))
        });
        if let Some(other) = same {
            first[place] = first[other];
        }
        for key in look.known_by(&conversations[place]) {
            seen.entry((look.channel, key)).or_default().push(place);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, first) in first.iter().enumerate() {
        groups.entry(*first).or_default().push(place);
    }
    let mut dropped = HashSet::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let worth = |place: usize| looks[place].as_ref().map(|look| (look.worth(), std::cmp::Reverse(place)));
        let Some(kept) = group.iter().copied().max_by_key(|place| worth(*place)) else { continue };
        let id = conversations[kept].id.clone();
        let mut people = People::of(std::mem::take(&mut conversations[kept].participants));
        for place in group.into_iter().filter(|place| *place != kept) {
            let (began, title) = (conversations[place].started_at, conversations[place].title.clone());
            let local = conversations[place].local_time;
            std::mem::take(&mut conversations[place].participants).into_iter().for_each(|person| people.add(person));
            let best = &mut conversations[kept];
            let exact = more_exact(best.started_at, began);
            best.local_time = if exact == best.started_at { best.local_time } else { local };
            best.started_at = exact;
            if best.title.is_empty() {
                best.title = title;
            }
            dropped.insert(place);
            skipped.push(Skipped {
                file: conversations[place].source.file.clone(),
                line: None,
                code: "duplicate".into(),
                message: format!("the same call or chat as {id}; it counts once"),
            });
        }
        people.become_those_of(&mut conversations[kept]);
    }
    drop_at(conversations, &dropped);
}

/// Takes out those that stand at the places `dropped`.
pub(super) fn drop_at(conversations: &mut Vec<Conversation>, dropped: &HashSet<usize>) {
    let mut places = 0..;
    conversations.retain(|_| places.next().is_some_and(|place| !dropped.contains(&place)));
}

/// Who takes part in the call that is kept, found by name: a webinar has thousands.
struct People {
    known: Vec<Participant>,
    by_name: HashMap<String, usize>,
    /// Of whoever speaks, by each beginning of the name.
    speakers: HashMap<String, Vec<usize>>,
    /// What those were called who have a fuller name now.
    renamed: Vec<(String, usize)>,
}

impl People {
    fn of(known: Vec<Participant>) -> People {
        let (mut by_name, mut speakers) = (HashMap::new(), HashMap::<String, Vec<usize>>::new());
        for (place, person) in known.iter().enumerate() {
            let name = plain_name(&person.name);
            if person.active {
                beginnings(&name).for_each(|part| speakers.entry(part.to_owned()).or_default().push(place));
            }
            by_name.entry(name).or_insert(place);
        }
        People { known, by_name, speakers, renamed: Vec::new() }
    }

    /// Adds what `person`, who takes part by another format of the call, tells to who is known of it. A speaker whom it does not
    /// know is called otherwise there.
    fn add(&mut self, person: Participant) {
        let name = plain_name(&person.name);
        let place = self.by_name.get(&name).copied().or_else(|| self.speaker(&name).filter(|_| person.active));
        match place {
            Some(place) => {
                let known = &mut self.known[place];
                // The fuller name, since half of it may be that of somebody else who is silent.
                if name.starts_with(&plain_name(&known.name)) && name != plain_name(&known.name) {
                    let called = std::mem::replace(&mut known.name, person.name);
                    self.renamed.push((called, place));
                    self.by_name.insert(name, place);
                }
                known.email = known.email.take().or(person.email);
                known.title = known.title.take().or(person.title);
                if known.side == Side::Unknown {
                    known.side = person.side;
                    known.side_confidence = person.side_confidence;
                    known.side_because = person.side_because;
                }
            }
            None if !person.active && !is_label(&name) => {
                self.by_name.insert(name, self.known.len());
                self.known.push(person);
            }
            None => {}
        }
    }

    /// Gives the people and their names to their call.
    fn become_those_of(self, call: &mut Conversation) {
        let names: HashMap<String, &str> =
            self.renamed.into_iter().map(|(called, place)| (called, self.known[place].name.as_str())).collect();
        for turn in &mut call.turns {
            if let Some(name) = names.get(&turn.speaker) {
                turn.speaker = (*name).to_owned();
            }
        }
        call.participants = self.known;
    }

    /// The only one who speaks under a part of `name`, or under a name that it is the beginning of.
    fn speaker(&self, name: &str) -> Option<usize> {
        let shorter = beginnings(name).filter_map(|part| self.by_name.get(part));
        let longer = self.speakers.get(name).into_iter().flatten();
        let mut found = shorter.chain(longer).copied().filter(|place| self.known[*place].active);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }
}

/// What [`is_part`] takes for the beginnings of a name, itself among them. No name has more words.
fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    const WORDS: usize = 8;
    name.match_indices(' ').map(|(at, _)| at).chain([name.len()]).map(|at| &name[..at]).take(WORDS)
}

/// What two conversations of one channel share that are worth holding against one another. What begins with a hash is of those
/// whose words are all the same.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    /// Many words.
    Words(u64),
    /// Many words of which one has no date.
    Undated(u64),
    /// Many words within about a day of each other.
    Near(u64, i64),
    /// Words and the name of the file, without its ending.
    Copy(u64, String),
    /// Words and the times of all turns.
    Recorded(u64, u64),
    /// Words, moment and whoever took part.
    Logged(u64, i64, u64),
    /// The name of the file, without its ending.
    Stem(String),
    /// The day, of a long one.
    Day(i64),
    /// The moment.
    Moment(i64),
}

/// What is asked of a conversation once.
#[derive(Debug)]
struct Look {
    channel: Channel,
    /// Of all words in order.
    hash: u64,
    words: usize,
    speakers: usize,
    /// Those of the speakers who have a name, in order.
    named: Vec<String>,
    /// The name of its file without folders, endings and the marks of a copy, where the file holds nothing else; of a chat with
    /// what stands behind it in its id.
    stem: Option<String>,
    copy: bool,
    timed: usize,
    began: Option<i64>,
    /// Hashes of its threes of neighbouring words, in order of their value; made when first asked for.
    threes: OnceCell<Vec<u64>>,
}

impl Look {
    fn at(conversation: &Conversation) -> Option<Look> {
        if conversation.channel == Channel::Email || conversation.turns.is_empty() {
            return None;
        }
        let (hash, count) = all_words(conversation);
        let mut speakers: Vec<String> = conversation.turns.iter().map(|t| plain_name(&t.speaker)).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let (stem, copy) = stem(&conversation.source.file);
        // The days of a chat are those of a later export of it, too; other numbers in files count what stands there.
        let place = conversation.id.0.strip_prefix(&conversation.source.file);
        let place = place.filter(|place| place.is_empty() || conversation.channel == Channel::Chat);
        Some(Look {
            channel: conversation.channel,
            hash,
            words: count,
            named: speakers.iter().filter(|name| !is_label(name)).cloned().collect(),
            speakers: speakers.len(),
            stem: place.map(|place| stem + place),
            copy,
            timed: conversation.turns.iter().filter(|t| t.start_ms.is_some_and(|at| at > 0)).count(),
            began: conversation.started_at.map(Timestamp::as_millisecond),
            threes: OnceCell::new(),
        })
    }

    /// Under what a later one finds it. A deal may hold thousands of calls that say the same ("Left voicemail."), so each is
    /// known by all that has to agree.
    fn known_by(&self, conversation: &Conversation) -> Vec<Key> {
        let mut out = self.shared_keys(conversation);
        if self.tells() {
            out.push(Key::Words(self.hash));
            out.push(match self.began {
                Some(began) => Key::Near(self.hash, began.div_euclid(A_DAY_MS)),
                None => Key::Undated(self.hash),
            });
        }
        out
    }

    /// Under what it finds those before it that it may be the same as.
    fn found_by(&self, conversation: &Conversation) -> Vec<Key> {
        let mut out = self.shared_keys(conversation);
        match self.began.map(|began| began.div_euclid(A_DAY_MS)) {
            Some(day) => {
                out.extend([day - 1, day, day + 1].map(|day| Key::Near(self.hash, day)));
                out.push(Key::Undated(self.hash));
            }
            None => out.push(Key::Words(self.hash)),
        }
        out
    }

    fn shared_keys(&self, conversation: &Conversation) -> Vec<Key> {
        let mut out = Vec::new();
        let may_be_alike = self.words >= FEWEST_ALIKE;
        if let Some(stem) = &self.stem {
            out.push(Key::Copy(self.hash, stem.clone()));
            out.extend(may_be_alike.then(|| Key::Stem(stem.clone())));
        }
        if self.timed >= 2 {
            let times = conversation.turns.iter().map(|t| t.start_ms);
            out.push(Key::Recorded(self.hash, hash_of(times.collect::<Vec<_>>())));
        }
        let Some(began) = self.began else { return out };
        if self.words >= LONG {
            out.push(Key::Day(began.div_euclid(86_400_000)));
        }
        if is_exact(began) {
            let mut people: Vec<_> = attended(conversation).into_iter().collect();
            people.sort_unstable();
            out.push(Key::Logged(self.hash, began, hash_of(people)));
            out.extend((may_be_alike || self.channel == Channel::Chat).then_some(Key::Moment(began)));
        }
        out
    }

    /// How much it says: the more the better.
    fn worth(&self) -> (usize, bool, usize, bool) {
        (self.named.len().min(2), self.timed > 0, self.words, !self.copy)
    }

    /// Whether two people have said enough that no other call has the same words.
    fn tells(&self) -> bool {
        self.words >= TELLING && self.speakers > 1
    }
}

/// Whether both are one call or chat.
fn same(a: &Look, first: &Conversation, b: &Look, second: &Conversation) -> bool {
    if a.channel != b.channel {
        return false;
    }
    let (fewer, more) = (a.words.min(b.words), a.words.max(b.words));
    let apart = a.began.zip(b.began).map(|(a, b)| a.abs_diff(b));
    let one_file_each = first.source.file != second.source.file;
    let same_stem = one_file_each && a.stem.is_some() && a.stem == b.stem;
    let same_moment = apart == Some(0) && a.began.is_some_and(is_exact);
    let same_day = apart.is_some_and(|ms| ms <= A_DAY_MS.unsigned_abs());
    // A chat that is exported later begins with what it had before, and somebody may have written first since then.
    let exported_later = same_moment && a.channel == Channel::Chat && one_file_each;
    let same_people = || same_people(&a.named, &b.named);
    if exported_later && goes_on(first, second, same_people()) {
        return true;
    }
    if a.hash == b.hash && a.words == b.words {
        let recorded = same_times(&first.turns, &second.turns);
        let agrees = match apart {
            // Times to the millisecond are of one recording, whatever day its files are of.
            Some(ms) if ms > 0 => a.tells() && (same_day || recorded >= 4),
            Some(_) => {
                let logged_once = || same_moment && attended(first) == attended(second);
                a.tells() || same_stem || (one_file_each && recorded >= 2) || logged_once()
            }
            None => a.tells() || same_stem || (one_file_each && recorded >= 2),
        };
        return agrees && same_people();
    }
    if exported_later {
        return false;
    }
    let evidence = if apart == Some(0) || apart.is_none() { same_stem || same_moment } else { false };
    let weak = same_day && fewer >= LONG && a.speakers.max(b.speakers) > 1;
    one_file_each
        && ((evidence && fewer >= FEWEST_ALIKE) || weak)
        && fewer * 10 >= more * AS_LONG
        && same_people()
        && are_alike(a.threes.get_or_init(|| threes(&first.turns)), b.threes.get_or_init(|| threes(&second.turns)))
}

/// Who took part: a CRM that logs one line for two people has logged two calls.
fn attended(conversation: &Conversation) -> HashSet<(&str, Option<&str>)> {
    conversation.participants.iter().map(|p| (p.name.as_str(), p.email.as_deref())).collect()
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

/// A hash of all words of a conversation in order, and how many they are.
pub(super) fn all_words(conversation: &Conversation) -> (u64, usize) {
    let mut hasher = DefaultHasher::new();
    let mut count = 0;
    for word in conversation.turns.iter().flat_map(words) {
        word.hash(&mut hasher);
        count += 1;
    }
    (hasher.finish(), count)
}

/// The words of a turn, in lower case, without marks.
fn words(turn: &Turn) -> impl Iterator<Item = String> {
    turn.text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|w| !w.is_empty()).map(|word| {
        let word = word.trim_matches(['\'', '’']);
        word.to_lowercase()
    })
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Hashes of all threes of neighbouring words, in order of their value.
fn threes(turns: &[Turn]) -> Vec<u64> {
    let each: Vec<u64> = turns.iter().flat_map(words).map(hash_of).collect();
    let mut out: Vec<u64> = each.windows(3).map(hash_of).collect();
    out.sort_unstable();
    out
}

/// Whether both have enough of the larger one's threes.
fn are_alike(a: &[u64], b: &[u64]) -> bool {
    let (mut at, mut other, mut common) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        let order = x.cmp(y);
        at += usize::from(order != Ordering::Greater);
        other += usize::from(order != Ordering::Less);
        common += usize::from(order == Ordering::Equal);
    }
    common * 10 >= a.len().max(b.len()) * ALIKE
}

/// How many turns have the same time beyond the beginning; none where any has another.
fn same_times(a: &[Turn], b: &[Turn]) -> usize {
    let times = |turns: &[Turn]| turns.iter().map(|t| t.start_ms).collect::<Vec<_>>();
    let (a, b) = (times(a), times(b));
    if a == b { a.iter().flatten().filter(|at| **at > 0).count() } else { 0 }
}

/// Whether the longer of two begins with the turns of the shorter, but for one in twenty that was changed later. Words alone may
/// have been sent to several people at once: the same people wrote more than one message, or all of the shorter are of the longer.
fn goes_on(a: &Conversation, b: &Conversation, same_people: bool) -> bool {
    let (short, long) = if a.turns.len() <= b.turns.len() { (a, b) } else { (b, a) };
    let (count, pairs) = (short.turns.len(), long.turns.iter().zip(&short.turns));
    let equal = pairs.filter(|(a, b)| a.speaker == b.speaker && a.text == b.text).count();
    equal + count / 20 >= count && ((same_people && count >= 2) || attended(short).is_subset(&attended(long)))
}

/// A name in lower case, without what stands in brackets.
fn plain_name(name: &str) -> String {
    super::speaker::without_brackets(name).trim().to_lowercase()
}

/// Whether a name is another one or its beginning: "ann" of "ann lee".
fn is_part(short: &str, long: &str) -> bool {
    short == long || long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
}

/// Whether the same people speak: each of the fewer is one of the more, by a full name or a part of it. Where one names nobody,
/// nothing speaks against it.
fn same_people(a: &[String], b: &[String]) -> bool {
    let (fewer, more) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let one = |name: &String| more.iter().any(|other| is_part(name, other) || is_part(other, name));
    fewer.iter().all(one) && (fewer.is_empty() || fewer.len() == more.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        conversation::{ConversationId, DealId},
        read::{Input, read},
    };

    const TALK: &str = "Ann Lee: Thanks for making the time today, how is the rollout going on your side of the house?\n\
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
            (vec![("downloads/call.vtt", vtt(TALK)), ("2026-03-12 Acme.vtt", vtt(TALK))], "downloads/call.vtt"),
        ] {
            assert_eq!(kept(&files), [expected], "{files:?}");
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
    fn who_is_silent_or_one_of_two_is_nobody_who_speaks_under_half_a_name() {
        let person = |name: &str, active: bool, email: Option<&str>| Participant {
            name: name.into(),
            email: email.map(Into::into),
            active,
            ..Participant::default()
        };
        let of = |known: &[&str], others: &[(&str, bool)]| {
            let mut people = People::of(known.iter().map(|name| person(name, true, None)).collect());
            others.iter().for_each(|(name, active)| people.add(person(name, *active, Some(name))));
            let known = people.known.iter().map(|p| format!("{}={}", p.name, p.email.as_deref().unwrap_or("")));
            known.collect::<Vec<_>>().join(" | ")
        };
        for (known, others, expected) in [
            (&["Ann"][..], &[("Ann Ray", false), ("Ann Lee", true)][..], "Ann Lee=Ann Lee | Ann Ray=Ann Ray"),
            (&["Ann Lee"], &[("Ann", true)], "Ann Lee=Ann"),
            (&["Ann Lee", "Ann Ray"], &[("Ann", true), ("Ann Ray", true)], "Ann Lee= | Ann Ray=Ann Ray"),
            (&["Ann", "Ann Lee"], &[("Ann Lee Moe", true)], "Ann= | Ann Lee="),
            (&["Ann"], &[("Anna Lee", true)], "Ann="),
        ] {
            assert_eq!(of(known, others), expected, "{known:?} {others:?}");
        }
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

    /// A conversation of a deal of `kind`: what it says, when, in which file, by whom and with which times.
    fn some(kind: (usize, usize, usize, usize, usize), place: usize) -> Conversation {
        let (says, when, file, who, timed) = kind;
        let text =
            ["Left voicemail.".to_owned(), "a b c d e ".repeat(5), "f g h i j ".repeat(9), "k l m n o ".repeat(22)];
        let mut conversation = read(&Input::new("a.txt", &DealId("a".into()), TALK.as_bytes())).conversations.remove(0);
        conversation.id = ConversationId(format!("file-{file}#{place}"));
        conversation.source.file = format!("file-{file}.txt");
        conversation.channel = if who == 3 { Channel::Chat } else { Channel::Call };
        let day = |hours: i64| Timestamp::from_second(1_700_006_400 + hours * 3_600).ok();
        conversation.started_at = [None, day(0), day(24), day(25), day(60), day(240)][when];
        let speakers =
            [["Ann Lee", "Bob Ray"], ["Ann", "Bob"], ["Speaker 1", "Speaker 2"], ["Ann Lee", "Ann Lee"]][who];
        let turn = |(n, speaker): (u64, &&str)| Turn {
            speaker: (*speaker).to_owned(),
            text: text[says].clone(),
            start_ms: (timed > 0).then_some(1_000 * (n + 1) * timed as u64),
            ..Turn::default()
        };
        conversation.turns = (0..).zip(speakers.iter().cycle().take(4)).map(turn).collect();
        conversation
    }

    proptest! {
        #[test]
        fn what_may_be_the_same_is_found_by_its_keys(kinds in prop::collection::vec((0..4usize, 0..5usize, 0..3usize, 0..4usize, 0..3usize), 2..8)) {
            let all: Vec<Conversation> = kinds.into_iter().enumerate().map(|(place, kind)| some(kind, place)).collect();
            let looks: Vec<Look> = all.iter().map(|one| Look::at(one).unwrap()).collect();
            for (later, b) in looks.iter().enumerate() {
                for (earlier, a) in looks[..later].iter().enumerate() {
                    let days = a.began.zip(b.began).map(|(a, b)| (a.div_euclid(86_400_000), b.div_euclid(86_400_000)));
                    // Of two of other words the day must be one, not only near.
                    let comparable = a.hash == b.hash || a.stem == b.stem || days.is_some_and(|(a, b)| a == b);
                    if comparable && same(a, &all[earlier], b, &all[later]) {
                        let known = a.known_by(&all[earlier]);
                        prop_assert!(b.found_by(&all[later]).iter().any(|key| known.contains(key)), "{a:?} {b:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn thousands_of_calls_that_say_the_same_are_not_held_against_each_other() {
        for (one, other) in
            [((0, 2, 0, 0, 0), (0, 4, 1, 0, 0)), ((0, 0, 0, 0, 0), (0, 0, 1, 0, 0)), ((2, 2, 0, 0, 0), (2, 5, 1, 0, 0))]
        {
            let (one, other) = (some(one, 0), some(other, 1));
            let known = Look::at(&one).unwrap().known_by(&one);
            assert!(Look::at(&other).unwrap().found_by(&other).iter().all(|key| !known.contains(key)));
        }
    }
}
