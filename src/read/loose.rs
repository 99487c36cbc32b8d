//! What lies beside the deals' folders: mailboxes of everybody, exports of a whole CRM, archives. Their conversations belong
//! to many deals, so they are read before the deals are and handed out by what they say and by who takes part.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read as _,
};

use super::{
    Skipped,
    assign::Deals,
    directory::{self, Directory},
    eml,
    export::{Export, ExportFile, UNASSIGNED},
    open::{Item, read_file},
};
use crate::conversation::{Conversation, DealId};

/// What the loose files of an export hold.
#[derive(Debug, Default)]
pub struct Loose {
    /// The conversations by deal; those that fit none are under [`UNASSIGNED`], each also in `skipped`.
    pub deals: BTreeMap<DealId, Vec<Conversation>>,
    /// What could not be read, and what fits no deal.
    pub skipped: Vec<Skipped>,
    /// Who the speakers of files in the deals' folders are.
    pub directories: Vec<Directory>,
}

/// Whether `file` is loose: its place names no deal, or it lies at the top of the export and is of a kind that holds many.
pub fn is_loose(file: &ExportFile) -> bool {
    const MANY: &[&str] = &[".csv", ".zip", ".gz", ".jsonl", ".ndjson"];
    let path = file.path.to_ascii_lowercase();
    file.deal.0 == UNASSIGNED || (!path.contains('/') && MANY.iter().any(|ending| path.ends_with(ending)))
}

/// Reads the loose files of `export`. The conversations of one file keep their order; nothing depends on the order of files.
pub fn read_loose(export: &Export) -> Loose {
    let mut out = Loose::default();
    let mut conversations: Vec<Conversation> = Vec::new();
    for file in export.files.iter().filter(|f| is_loose(f)) {
        read_file(file, &mut |item| match item {
            Item::Conversation(c) => conversations.push(*c),
            Item::Skipped(s) => out.skipped.push(s),
            Item::Directory(d) => out.directories.push(*d),
        });
    }
    // Calls whose words are in a deal's folder are brought together there; what is missing there too is reported there.
    directory::attach(&mut conversations, &out.directories);
    let mut known = Deals::of_crm(&export.crm, &export.our_domains);
    let unassigned = |c: &Conversation| c.deal.0 == UNASSIGNED;
    if conversations.iter().any(unassigned) {
        learn_from_folders(export, &mut known);
    }
    for mut conversation in conversations {
        out.skipped.extend(known.assign(&mut conversation).err());
        out.deals.entry(conversation.deal.clone()).or_default().push(conversation);
    }
    out
}

/// How much of a mail's file is read for its addresses.
const HEAD: u64 = 16 * 1024;

/// Learns from the heads of the mails in the deals' folders who belongs to which deal.
fn learn_from_folders(export: &Export, known: &mut Deals) {
    for file in export.files.iter().filter(|f| !is_loose(f)) {
        let mut head = Vec::new();
        // A file that cannot be opened here is reported where it is read.
        let Ok(opened) = File::open(&file.at) else { continue };
        if opened.take(HEAD).read_to_end(&mut head).is_err() {
            continue;
        }
        let addresses: BTreeSet<String> = eml::addresses(&head);
        for address in addresses {
            known.learn(&address, &file.deal, &export.our_domains);
        }
    }
}
