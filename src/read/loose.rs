//! What lies beside the deals' folders: mailboxes of everybody, exports of a whole CRM, archives. Their conversations belong
//! to many deals, so they are read before the deals are and handed out by what they say and by who takes part.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{
    Skipped,
    assign::Deals,
    directory::{Directory, Index},
    eml,
    export::{Export, ExportFile, UNASSIGNED},
    open::{Item, read_file},
    spool::{Place, Spool},
    unassigned::OfFile,
};
use crate::{
    conversation::{Conversation, DealId},
    team::Team,
};

/// What the loose files of an export hold.
#[derive(Debug, Default)]
pub struct Loose {
    /// Where the conversations of each deal wait, in the order of their files; those that fit none are under
    /// [`UNASSIGNED`], their files also in `skipped`.
    pub deals: BTreeMap<DealId, Vec<Place>>,
    /// What could not be read, and what fits no deal.
    pub skipped: Vec<Skipped>,
    /// Who the speakers of files in the deals' folders are.
    pub directories: Vec<Directory>,
    /// The conversations.
    pub spool: Spool,
}

/// Whether `file` is loose: its place names no deal, or it lies at the top of the export and is of a kind that holds many.
pub fn is_loose(file: &ExportFile) -> bool {
    file.deal.0 == UNASSIGNED || (file.top && may_hold_many(file))
}

/// Whether `file` is of a kind that holds conversations of many deals, which then need not be of the deal that its place
/// suggests.
pub fn may_hold_many(file: &ExportFile) -> bool {
    holds_many(&file.path)
}

/// The same by the file's path or name alone.
fn holds_many(path: &str) -> bool {
    const MANY: &[&str] = &[".csv", ".zip", ".gz", ".jsonl", ".ndjson"];
    let path = path.to_ascii_lowercase();
    MANY.iter().any(|ending| path.ends_with(ending))
}

/// Reads the loose files of `export`. The conversations of one file keep their order; nothing depends on the order of files.
/// They wait in memory, or beyond a few megabytes in a file in `folder`, where one is given. `team`: who is ours, which tells no
/// deal.
///
/// # Errors
/// Where that file cannot be written or read.
pub fn read_loose(export: &Export, team: &Team, folder: Option<&Path>) -> io::Result<Loose> {
    let mut out = Loose { spool: Spool::new(folder), ..Loose::default() };
    let mut places: Vec<Place> = Vec::new();
    let mut any_unassigned = false;
    for file in export.files.iter().filter(|f| is_loose(f)) {
        let mut failed = None;
        read_file(file, &mut |item| match item {
            Item::Conversation(c) if failed.is_none() => {
                any_unassigned |= c.deal.0 == UNASSIGNED;
                match out.spool.put(&c) {
                    Ok(place) => places.push(place),
                    Err(e) => failed = Some(e),
                }
            }
            Item::Conversation(_) => {}
            Item::Skipped(s) => out.skipped.push(s),
            Item::Directory(d) => out.directories.push(*d),
        });
        if let Some(e) = failed {
            return Err(e);
        }
    }
    if places.is_empty() {
        // Nothing is to be handed out, and what is known of all deals is large.
        return Ok(out);
    }
    let mut known = Deals::of_crm(&export.crm, team);
    export.files.iter().filter(|file| !is_loose(file)).for_each(|file| known.know_record(&file.deal));
    if any_unassigned {
        learn_from_folders(export, team, &mut known);
    }
    let mut unassigned: BTreeMap<String, OfFile> = BTreeMap::new();
    let mut index = Index::of(&out.directories);
    for place in places {
        let mut conversation = [out.spool.get(place)?];
        // A call may learn its deal from the directory. Calls whose words are in a deal's folder are brought together
        // there; what is missing there too is reported there.
        index.attach(&mut conversation);
        let [mut conversation] = conversation;
        known.know_record(&conversation.deal);
        if let Err(why) = known.assign(&mut conversation) {
            let file = &conversation.source.file;
            unassigned.entry(file.clone()).or_default().add(file, &conversation.id, why);
        }
        out.deals.entry(conversation.deal).or_default().push(place);
    }
    out.skipped.extend(unassigned.into_iter().map(|(file, of_file)| of_file.told(file)));
    Ok(out)
}

/// The conversations that wait at `places`, as those of `deal`.
///
/// # Errors
/// Where the spool's file cannot be read.
pub fn waiting(spool: &mut Spool, places: &[Place], deal: &DealId) -> io::Result<Vec<Conversation>> {
    let conversation = |place: &Place| Ok(Conversation { deal: deal.clone(), ..spool.get(*place)? });
    places.iter().map(conversation).collect()
}

/// How much of a mail's file is read for its addresses.
const HEAD: u64 = 16 * 1024;

/// Learns from the heads of the mails in the deals' folders who belongs to which deal.
fn learn_from_folders(export: &Export, team: &Team, known: &mut Deals) {
    for file in export.files.iter().filter(|f| !is_loose(f)) {
        let mut head = Vec::new();
        // A file that cannot be opened here is reported where it is read.
        let Ok(opened) = File::open(&file.at) else { continue };
        if opened.take(HEAD).read_to_end(&mut head).is_err() {
            continue;
        }
        let addresses: BTreeSet<String> = eml::fields::addresses(&head);
        for address in addresses {
            known.learn(&address, &file.deal, team);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::export::walk;

    #[test]
    fn the_mails_of_a_mailbox_that_fit_no_deal_are_named_with_the_deals_that_they_may_be_of() {
        let folder = tempfile::tempdir().unwrap();
        let crm = "deal_id,contacts\na,Ann <ann@acme.example>\nb,Ann <ann@acme.example>;Bob <bob@big.example>\n";
        std::fs::write(folder.path().join("deals.csv"), crm).unwrap();
        let mails = ["ann@acme.example", "bob@big.example", "sid@stranger.example", "dee@other.example"];
        let mails: String = (1..)
            .zip(mails)
            .map(|(n, from)| {
                format!(
                    "From x Mon Jun  1 10:00:00 2026\nFrom: {from}\nTo: rep@us.example\nSubject: {n}\nMessage-ID: <{n}@x>\n\n\
                     We have read it, number {n}.\n\n"
                )
            })
            .collect();
        std::fs::write(folder.path().join("all.mbox"), mails).unwrap();
        let loose = read_loose(&walk(&[folder.path().to_owned()]), &Team::default(), None).unwrap();
        let told: Vec<&str> = loose.skipped.iter().map(|loss| loss.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "3 conversations of this file: no deal has any of the people of 2 (#3, #4); the deals a and b have the people of 1 \
              (#1); lay each into its deal's folder, or list its people in deals.csv"
            ]
        );
    }
}
