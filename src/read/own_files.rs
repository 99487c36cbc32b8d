//! The files of an export that are no conversations: what says more of its deals and sides, what is read where it is named
//! alone, and what systems leave.

use std::{fs, path::Path, sync::Arc};

use super::{
    Skipped, deals_csv, encoding,
    export::{Export, unreadable},
    own_results,
    root_names::{in_text, name_of},
};
use crate::team::stated_domains::mail_domains;

/// What such a file is for.
#[derive(Clone, Copy)]
enum Use {
    /// What the CRM says of the deals.
    Deals,
    /// Mail domains of our side.
    OurDomains,
    /// Who is who.
    Team,
    /// What the user names by this flag: lying there it changes nothing.
    ByFlag(&'static str),
    /// Nothing of ours.
    None,
}

/// The files, by their names in lower case.
const FILES: &[(&str, Use)] = &[
    ("deals.csv", Use::Deals),
    ("our-domains.txt", Use::OurDomains),
    ("team.toml", Use::Team),
    ("dealtone.toml", Use::ByFlag("--config")),
    ("rules.toml", Use::ByFlag("--rules")),
    ("judgements.toml", Use::ByFlag("--judgements")),
    ("thumbs.db", Use::None),
    ("desktop.ini", Use::None),
];

fn use_of(name: &str) -> Option<Use> {
    let name = name.to_lowercase();
    FILES.iter().find(|(known, _)| *known == name).map(|(_, what)| *what)
}

/// Whether a file of that name, beside the deals, is no conversation.
pub(super) fn is_own(name: &str) -> bool {
    use_of(name).is_some()
}

/// Whether a file of that name says more of the deals or of the sides.
pub(super) fn says_more(name: &str) -> bool {
    matches!(use_of(name), Some(Use::Deals | Use::OurDomains | Use::Team))
}

/// What systems and programs hide in a folder of files; other hidden names are somebody's.
const OF_SYSTEMS: &[&str] = &[
    ".ds_store",
    ".localized",
    ".directory",
    ".fseventsd",
    ".trashes",
    ".documentrevisions-v100",
    ".apdisk",
    ".git",
    ".gitignore",
    ".gitattributes",
    ".gitkeep",
    ".keep",
    ".svn",
    ".hg",
    ".idea",
    ".vscode",
    ".dropbox",
    ".dropbox.cache",
    ".dropbox.attr",
    ".env",
    ".project",
    ".classpath",
    ".settings",
    ".rhistory",
    ".rdata",
    ".stfolder",
    ".stversions",
    ".stignore",
    ".sync",
    ".nomedia",
];

/// What their names begin with, where the rest differs.
const OF_SYSTEMS_BEGIN: &[&str] =
    &["._", ".~", ".#", ".trash-", ".spotlight-", ".temporaryitems", ".nfs", ".fuse_hidden"];

/// Whether something of that name is what systems and programs leave.
pub(super) fn is_of_a_system(name: &str) -> bool {
    let name = name.to_lowercase();
    name == "__macosx"
        || OF_SYSTEMS.contains(&name.as_str())
        || OF_SYSTEMS_BEGIN.iter().any(|begin| name.starts_with(begin))
}

/// Takes what lies in `folder`, of which single deals are read, and says more of them: who names the folders one by one means
/// it as well as who names the whole.
pub(super) fn take_beside(folder: &Path, export: &mut Export) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let entries = entries.flatten().map(|entry| (in_text(&entry.file_name()), entry.path()));
    let mut found: Vec<_> = entries.filter(|(name, at)| says_more(name) && at.is_file()).collect();
    found.sort();
    // A table of that name among results is a run's own.
    let of_run = own_results::stand_in(folder);
    found.retain(|(name, _)| !(of_run && matches!(use_of(name), Some(Use::Deals))));
    // Of the other deals of a table nothing is to be found.
    let listed = export.listed.clone();
    for (name, at) in found {
        take(&name, &format!("{}/{name}", name_of(folder)), "", &at, export);
        export.beside.push(at);
    }
    export.listed = listed;
}

/// Takes what the file of that `name` at `at` says into `export`, where it is one of these; `path` names it to the user, and
/// `prefix` stands before the paths of its conversations. Gives how many deals it lists.
pub(super) fn take(name: &str, path: &str, prefix: &str, at: &Path, export: &mut Export) -> usize {
    match use_of(name) {
        Some(Use::Deals) => {
            let (mut crm, skipped) =
                read(path, at, export).map(|bytes| deals_csv::parse(path, &bytes)).unwrap_or_default();
            let listed = crm.len();
            let table: Arc<str> = path.into();
            // Appended and not extended: that leaves no room in the maps, a third of what the records take.
            export.listed.append(&mut crm.keys().map(|id| (id.clone(), Arc::clone(&table))).collect());
            export.crm.append(&mut crm);
            export.skipped.extend(skipped);
            return listed;
        }
        Some(Use::OurDomains) => {
            let bytes = read(path, at, export).unwrap_or_default();
            let (domains, others) = mail_domains(&encoding::decode(&bytes).text);
            export.our_domains.extend(domains);
            let no_domain = |(line, message)| Skipped {
                file: path.to_owned(),
                line: Some(line),
                code: "bad_domain".into(),
                message,
            };
            export.skipped.extend(others.into_iter().map(no_domain));
        }
        Some(Use::Team) => export.teams.push((prefix.to_owned(), at.to_owned())),
        Some(Use::ByFlag(flag)) => export.not_used.push((path.to_owned(), at.to_owned(), flag)),
        Some(Use::None) | None => {}
    }
    0
}

/// The bytes of a file; where it cannot be read, that is told.
fn read(path: &str, at: &Path, export: &mut Export) -> Option<Vec<u8>> {
    fs::read(at).map_err(|e| export.skipped.push(unreadable(path, &e))).ok()
}
