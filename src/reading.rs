//! The reading half of a run: an export to its deals one after the other, each with all of its conversations under ids of
//! their own, what was delivered twice dropped, and who is who decided.
//!
//! One deal is in memory at a time. What lies beside the deals' folders is read first, because it may belong to any of
//! them, and waits on disk ([`crate::read::spool`]).

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    conversation::{Conversation, DealId},
    cores,
    deal::CrmRecord,
    listening::Listening,
    read::{
        Skipped,
        directory::{self, Directory, Index},
        duplicates::{drop_and_note, drop_earlier_revisions, tell_apart},
        export::{Export, ExportFile},
        loose::{Loose, is_loose, read_loose, waiting},
        open::{Item, read_file},
        spool::{Place, Spool},
    },
    team::{Known, Team, ours::Elsewhere, overrides},
};

/// A deal that was read, its sides decided.
#[derive(Debug)]
pub struct ReadDeal {
    /// Its name.
    pub id: DealId,
    /// Its conversations in the order of their [places](crate::ConversationId::place).
    pub conversations: Vec<Conversation>,
    /// What of its files could not be read, or was delivered twice.
    pub skipped: Vec<Skipped>,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Where the conversations of a deal come from.
#[derive(Default)]
struct Source<'a> {
    /// Files in its folder, to be read when its turn comes.
    files: Vec<&'a ExportFile>,
    /// Where what of the files beside the deals' folders (mailboxes, exports of a whole CRM, archives) is this deal's waits.
    loose: Vec<Place>,
    /// Bytes of its files.
    bytes: u64,
}

/// Reads `export` and gives each deal to `take`, in the order of their names, until it says false. What must wait for its
/// deal's turn is written to a file in `spool`, where a folder is given; `listening` hears the recordings of a deal's
/// calls. Gives what could not be read and belongs to no deal.
///
/// # Errors
/// Where that file cannot be written or read, or `take` fails.
pub fn read_export<E: From<io::Error>>(
    export: &Export,
    team: &Team,
    spool: Option<&Path>,
    mut listening: Listening,
    mut take: impl FnMut(ReadDeal) -> Result<bool, E>,
) -> Result<Vec<Skipped>, E> {
    let Loose { deals: loose, mut skipped, directories, mut spool } = read_loose(export, team, spool)?;
    let ours = Team { elsewhere: elsewhere(export, team, &loose, &directories, &mut spool)?, ..team.clone() };
    let team = &ours;
    let mut index = Index::of(&directories);
    let mut known: BTreeMap<&DealId, &Arc<str>> = export.listed.iter().collect();
    for (id, source) in sources(export, loose) {
        let mut conversations = waiting(&mut spool, &source.loose, &id)?;
        let loose = conversations.len();
        let mut not_read = Vec::new();
        let own = read_files(&source.files, &mut conversations, &mut not_read);
        // What lies in a deal's folder is of that deal, whatever it says itself: here and in every file that is written.
        conversations.iter_mut().for_each(|c| c.deal.clone_from(&id));
        let named = overrides::named(&conversations[loose..], team);
        index.attach(&mut conversations);
        not_read.extend(directory::attach(&mut conversations, &own));
        as_judged(&mut conversations, &team.zone, drop_and_note, &mut not_read);
        not_read.extend(undated(&conversations, &not_read));
        Known::new(export.crm.get(&id), team).decide(&mut conversations);
        not_read.extend(of_nobody(&named, &conversations, team));
        not_read.extend(listening.attach(&mut conversations));
        if !conversations.is_empty() {
            known.remove(&id);
        }
        if !take(ReadDeal { id, conversations, skipped: not_read, bytes: source.bytes })? {
            return Ok(Vec::new());
        }
    }
    // A call that is listed in a loose file and whose words are in no deal is lost once, not once a deal.
    skipped.extend(index.lost());
    skipped.extend(listening.left());
    skipped.extend(known.into_iter().map(|(id, file)| without_conversation(id, file, export.crm.get(id))));
    Ok(skipped)
}

/// Who is ours by what all deals show, before the first is decided: whoever has an address of ours in one speaks in the calls of
/// another under a name alone. Where no mail domain is known to be ours, the CRM's owners are all that tells.
fn elsewhere(
    export: &Export,
    team: &Team,
    loose: &BTreeMap<DealId, Vec<Place>>,
    directories: &[Directory],
    spool: &mut Spool,
) -> io::Result<Elsewhere> {
    let mut found = Elsewhere::default();
    export.crm.values().filter_map(|record| record.owner.as_deref()).for_each(|owner| found.learn_owner(owner));
    let our_domains = team.all_our_domains();
    if our_domains.is_empty() {
        return Ok(found);
    }
    // One of its own: what each gives away counts in the other.
    let mut index = Index::of(directories);
    for (deal, places) in loose {
        for place in places {
            let mut conversations = waiting(spool, &[*place], deal)?;
            index.attach(&mut conversations);
            conversations.iter().for_each(|conversation| found.learn(&conversation.participants, &our_domains));
        }
    }
    // What a pipe gives it gives once.
    let is_file = |file: &&ExportFile| std::fs::metadata(&file.at).is_ok_and(|meta| meta.is_file());
    let files: Vec<&ExportFile> = export.files.iter().filter(|file| !is_loose(file)).filter(is_file).collect();
    let deals: Vec<&[&ExportFile]> = files.chunk_by(|one, next| one.deal == next.deal).collect();
    // Nothing is scored yet, so all cores are free for it; what is found does not depend on who finds it first.
    let next = AtomicUsize::new(0);
    let learn = || {
        let (mut found, mut index) = (Elsewhere::default(), Index::of(directories));
        while let Some(files) = deals.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut conversations = Vec::new();
            let own = read_files(files, &mut conversations, &mut Vec::new());
            index.attach(&mut conversations);
            directory::attach(&mut conversations, &own);
            conversations.iter().for_each(|conversation| found.learn(&conversation.participants, &our_domains));
        }
        found
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..cores::allowed().min(deals.len())).map(|_| scope.spawn(learn)).collect();
        found.add_all(learn());
        for other in others {
            found.add_all(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    Ok(found)
}

/// What is said of a deal that the CRM lists and of which nothing was read.
fn without_conversation(id: &DealId, file: &str, record: Option<&CrmRecord>) -> Skipped {
    let name = record.and_then(|record| record.name.as_deref()).filter(|name| *name != id.0);
    let called = name.map_or_else(String::new, |name| format!(" ({name})"));
    let message = format!(
        "it lists the deal {id}{called}, and nothing that was read is of it; where it has a folder, call that as the row's deal_id"
    );
    Skipped { file: file.to_owned(), line: None, code: "no_conversation".into(), message }
}

/// Makes of a deal's conversations, as they were read, those by which it is judged: clocks of no zone read by `zone`, the order
/// that of their places, what stands there twice dropped and told, each under an id of its own.
/// `drop` drops them: with a note of it in what is kept where these are a part of the deal alone.
pub fn as_judged(
    conversations: &mut Vec<Conversation>,
    zone: &str,
    drop: fn(&mut Vec<Conversation>, &mut Vec<Skipped>),
    told: &mut Vec<Skipped>,
) {
    // First of all: two formats of one call are told apart by their moments.
    by_zone(conversations.iter_mut(), zone);
    // What is kept of two, and who is who, must not depend on the order in which they came: `parts` asks anew.
    conversations.sort_by(|a, b| a.id.place().cmp(&b.id.place()));
    drop_earlier_revisions(conversations, told);
    drop(conversations, told);
    tell_apart(conversations, told);
}

/// Reads the clocks whose zone nothing tells as those of the zone of that name; where there is none, they stay as they are.
pub fn by_zone<'c>(conversations: impl IntoIterator<Item = &'c mut Conversation>, zone: &str) {
    let Some(zone) = Some(zone).filter(|zone| !zone.is_empty()).and_then(|zone| TimeZone::get(zone).ok()) else {
        return;
    };
    let place = |began: &mut Option<Timestamp>, local: &mut bool| {
        let shown = began.filter(|_| *local).map(|at| at.to_zoned(TimeZone::UTC).datetime());
        if let Some(Ok(zoned)) = shown.map(|shown| shown.to_zoned(zone.clone())) {
            (*began, *local) = (Some(zoned.timestamp()), false);
        }
    };
    for conversation in conversations {
        place(&mut conversation.started_at, &mut conversation.local_time);
        // What was dropped for it elsewhere is told apart by its moment, too.
        let repeated = conversation.as_read.as_mut().and_then(|noted| noted.repeated.as_mut());
        for repeat in repeated.into_iter().flat_map(|repeated| &mut repeated.dropped) {
            place(&mut repeat.started_at, &mut repeat.local_time);
        }
    }
}

/// The deals of an export in the order of their names, each with where its conversations come from: made when its turn comes,
/// since of a long list each would take as much memory again as its files do in the list.
fn sources(export: &Export, loose: BTreeMap<DealId, Vec<Place>>) -> impl Iterator<Item = (DealId, Source<'_>)> {
    let mut files: Vec<&ExportFile> = export.files.iter().collect();
    files.sort_by(|a, b| a.deal.cmp(&b.deal));
    let (mut files, mut loose) = (files.into_iter().peekable(), loose.into_iter().peekable());
    std::iter::from_fn(move || {
        let next = [files.peek().map(|file| &file.deal), loose.peek().map(|(id, _)| id)];
        let id = next.into_iter().flatten().min()?.clone();
        let mut source = Source::default();
        while let Some(file) = files.next_if(|file| file.deal == id) {
            source.bytes += file.size;
            if !is_loose(file) {
                source.files.push(file);
            }
        }
        source.loose = loose.next_if(|(of, _)| *of == id).map(|(_, places)| places).unwrap_or_default();
        Some((id, source))
    })
}

/// What is said of conversations without a date that stand among others with one, and so count as later than those; a line a
/// file, unless one of `told` says so already.
fn undated(conversations: &[Conversation], told: &[Skipped]) -> Vec<Skipped> {
    if conversations.iter().all(|c| c.started_at.is_none()) {
        return vec![];
    }
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    // Of the rows of a CRM's table its reader tells by itself, with their column.
    let of_table = |c: &&Conversation| c.source.format == "crm-csv";
    for conversation in conversations.iter().filter(|c| c.started_at.is_none() && !of_table(c)) {
        *files.entry(&conversation.source.file).or_default() += 1;
    }
    files.retain(|file, _| !told.iter().any(|loss| loss.file == *file && loss.code == "bad_date"));
    let told = |(file, count): (&str, usize)| Skipped {
        file: file.to_owned(),
        line: None,
        code: "no_date".into(),
        message: match count {
            1 => format!("nothing tells when the conversation was, so it {LATEST}"),
            n => format!("nothing tells when {n} conversations of this file were, so each {LATEST}"),
        },
    };
    files.into_iter().map(told).collect()
}

/// What is said of speakers whom the user gives a side and whom the file does not have.
fn of_nobody(before: &overrides::Named, conversations: &[Conversation], team: &Team) -> Vec<Skipped> {
    let told = overrides::nobody(before, &overrides::named(conversations, team), team);
    let lost = |(file, message)| Skipped { file, line: None, code: "no_such_speaker".into(), message };
    told.into_iter().map(lost).collect()
}

/// What becomes of a conversation without a date, and what to do.
const LATEST: &str = "counts as the latest of its deal; put the date at the head of the file's name, as 2026-05-31";

/// Reads the files of a deal; gives what they know of others' speakers.
fn read_files(
    files: &[&ExportFile],
    conversations: &mut Vec<Conversation>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Directory> {
    let mut directories: Vec<Directory> = Vec::new();
    for file in files {
        read_file(file, &mut |item| match item {
            Item::Conversation(conversation) => conversations.push(*conversation),
            Item::Skipped(loss) => skipped.push(loss),
            Item::Directory(directory) => directories.push(*directory),
        });
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Input, read};

    #[test]
    fn a_clock_without_a_zone_is_of_the_zone_that_the_user_states() {
        let deal = DealId("a".into());
        let said = "Ann: Hi.\nBob: Hi.\n";
        let heading = |when: &str| format!("Review\n{when}\n\n{said}");
        let row = |when: &str| {
            format!("Call title,Call body,Activity date,Activity assigned to\nDemo,Went well.,{when},Ann\n")
        };
        let saved = |when: &str| format!("From: Ann\nSent: {when}\nTo: Bob\nSubject: Plan\n\nYes.\n");
        for (path, text, local, moment) in [
            ("2026-09-15_1000 call.txt", said.to_owned(), true, "2026-09-15T17:00:00Z"),
            ("2026-12-15_1000 call.txt", said.to_owned(), true, "2026-12-15T18:00:00Z"),
            ("GMT20260915-100000_Recording.txt", said.to_owned(), false, "2026-09-15T10:00:00Z"),
            ("call.txt", heading("September 15, 2026 10:00 AM"), true, "2026-09-15T17:00:00Z"),
            ("call.txt", heading("September 15, 2026 10:00 AM ET"), false, "2026-09-15T14:00:00Z"),
            ("calls.csv", row("2026-09-15 10:00"), true, "2026-09-15T17:00:00Z"),
            ("calls.csv", row("15/09/2026 10:00"), true, "2026-09-15T17:00:00Z"),
            ("calls.csv", row("2026-09-15T10:00:00Z"), false, "2026-09-15T10:00:00Z"),
            ("calls.csv", row("2026-09-15"), false, "2026-09-15T00:00:00Z"),
            ("mail.txt", saved("Tuesday, September 15, 2026 10:00 AM"), true, "2026-09-15T17:00:00Z"),
            ("mail.txt", saved("Tuesday, September 15, 2026 10:00 AM EDT"), false, "2026-09-15T14:00:00Z"),
            (
                "chat.txt",
                "15/09/2026, 10:00 - Ann: Hi\n15/09/2026, 10:05 - Bob: Hi\n".into(),
                true,
                "2026-09-15T17:00:00Z",
            ),
        ] {
            let mut read = read(&Input::new(path, &deal, text.as_bytes())).conversations;
            by_zone(&mut read, "");
            assert_eq!(read[0].local_time, local, "{path}");
            by_zone(&mut read, "America/Los_Angeles");
            let found = read[0].started_at.map(|at| at.to_string());
            assert_eq!((found.as_deref(), read[0].local_time), (Some(moment), false), "{path}");
        }
    }

    #[test]
    fn what_has_no_date_among_dated_ones_is_told_once() {
        let deal = DealId("a".into());
        let table = "{\"turns\":[{\"speaker\":\"Ann\",\"text\":\"Hi.\"}]}\n".repeat(2);
        let dated = ("2026-05-06 call.txt", "Ann: Hi.\nBob: Hi.\n");
        let undated = ("call.txt", dated.1);
        let no_year = ("June 3.txt", dated.1);
        for (files, expected) in [
            (&[dated, undated][..], &["call.txt"][..]),
            (&[undated], &[]),
            (&[dated], &[]),
            (&[dated, no_year], &[]),
            (&[dated, ("two.jsonl", &table), undated], &["call.txt", "two.jsonl"]),
        ] {
            let reads = files.iter().map(|(path, text)| read(&Input::new(path, &deal, text.as_bytes())));
            let (mut conversations, mut told) = (vec![], vec![]);
            for read in reads {
                conversations.extend(read.conversations);
                told.extend(read.skipped);
            }
            let found: Vec<String> = super::undated(&conversations, &told).into_iter().map(|loss| loss.file).collect();
            assert_eq!(found, expected, "{files:?}");
        }
    }
}
