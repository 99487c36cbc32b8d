//! A folder of exports: which files are there, which deal the place of each suggests, and what stands beside them.
//!
//! Each sub-folder of the folder is a deal and named by it, however deep its files lie; a folder without sub-folders is
//! one deal itself, unless its `deals.csv` lists several. What lies beside the deals' folders belongs to no deal yet ([`UNASSIGNED`]) until its content says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Skipped,
    json::gong,
    own_files, own_results,
    root_names::{folder_of, in_text, name_of, names, once},
    settle,
};
use crate::{conversation::DealId, deal::CrmRecord};

/// The name of the deal for what fits none.
pub const UNASSIGNED: &str = "unassigned";

/// What is told of a hidden file that no system left.
pub(crate) const HIDDEN: &str =
    "hidden by its name and passed over; to have it read, give it a name without the dot in front";

/// A file that a walk came by.
pub struct Found {
    /// Its path below the root, `/` between folders.
    pub path: String,
    /// Where it lies.
    pub at: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

impl Found {
    /// The path of its folder, empty at the top, and its name.
    pub fn place(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }

    fn is_at_top(&self) -> bool {
        !self.path.contains('/')
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Export {
    /// The files to read, in order of their path.
    pub files: Vec<ExportFile>,
    /// Recordings, which are no conversations by themselves and belong to those of the same name, in order of their path.
    pub recordings: Vec<ExportFile>,
    /// What the CRM says of each deal: `deals.csv`, or the calls of a vendor that were exported with their opportunities.
    pub crm: BTreeMap<DealId, CrmRecord>,
    /// The path of the `deals.csv` that lists a deal.
    pub listed: BTreeMap<DealId, Arc<str>>,
    /// The mail domains in `our-domains.txt`, and what else is known of them: such an address tells no deal.
    pub our_domains: Vec<String>,
    /// Each `team.toml` that stands in the export, with what its root puts before paths.
    pub teams: Vec<(String, PathBuf)>,
    /// What says more of the deals or the sides and lies beside the folders of deals that are named, one by one: where.
    pub beside: Vec<PathBuf>,
    /// What lies in the export and is read only where a flag names it: its path, where it lies, and that flag.
    pub not_used: Vec<(String, PathBuf, &'static str)>,
    /// Folders in which results of an earlier run were left out, each with how many files.
    pub own_results: Vec<(String, usize)>,
    /// Hidden files and folders that may be somebody's and were passed over.
    pub hidden: Vec<String>,
    /// What could not be walked or read.
    pub skipped: Vec<Skipped>,
}

impl Export {
    /// Whether a conversation of that path can be in it: a file's, or that of a file in an archive or a mail of it.
    pub fn holds(&self, path: &str) -> bool {
        // "!/" alone tells nothing: a folder may be called "Yahoo!".
        let within = |rest: &str| rest.is_empty() || rest.starts_with("!/") || rest.starts_with('#');
        self.files.iter().any(|f| path.strip_prefix(&f.path).is_some_and(within))
    }
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// The path inside the export, `/` between folders.
    pub path: String,
    /// The deal that its place suggests.
    pub deal: DealId,
    /// Where it lies.
    pub at: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it was named itself, or lies in no folder of what was named.
    pub top: bool,
}

impl ExportFile {
    /// Its bytes.
    ///
    /// # Errors
    /// Where the file cannot be read (any more).
    pub fn bytes(&self) -> Result<Vec<u8>, Skipped> {
        fs::read(&self.at).map_err(|e| unreadable(&self.path, &e))
    }
}

/// What is said of a file or folder that cannot be opened or read.
pub(super) fn unreadable(path: &str, e: &io::Error) -> Skipped {
    let code = if e.kind() == io::ErrorKind::PermissionDenied { "no_permission" } else { "unreadable" };
    Skipped {
        file: path.to_owned(),
        line: None,
        code: code.to_owned(),
        message: format!("could not be read ({}); check that it is there and yours to read", e.kind()),
    }
}

/// Finds what lies under `roots`, folders or files; one that is named twice is walked once. The result depends on names and
/// content only, not on the order in which the file system or the user lists them: of two records of a deal that of the root whose
/// name comes last counts.
pub fn walk(roots: &[PathBuf]) -> Export {
    let mut export = Export::default();
    let (roots, named_within) = regrouped(once(roots));
    let singles = roots.iter().filter(|r| !r.is_dir()).count();
    let mut named: Vec<(&PathBuf, String)> = roots.iter().zip(names(&roots)).collect();
    named.sort_by(|a, b| a.1.cmp(&b.1));
    let mut deals_of = BTreeSet::new();
    for (root, name) in named {
        if root.is_dir() {
            // Several folders may hold files of the same name; then the folder's own name tells them apart.
            let prefix = if roots.len() > 1 { format!("{name}/") } else { String::new() };
            let is_deal = walk_root(root, named_within.get(root), &prefix, &mut export);
            if is_deal && root.file_name().is_some() {
                deals_of.insert(folder_of(root));
            }
        } else {
            let deal = match root.parent().filter(|_| singles > 1).map(name_of) {
                Some(parent) if !parent.is_empty() => parent,
                _ => root.file_stem().map_or_else(|| name_of(root), in_text),
            };
            match fs::metadata(root) {
                Ok(meta) => export.files.push(ExportFile {
                    path: name,
                    deal: DealId(deal),
                    at: root.clone(),
                    size: meta.len(),
                    top: true,
                }),
                Err(e) => export.skipped.push(unreadable(&name, &e)),
            }
        }
    }
    let whole: BTreeSet<PathBuf> = roots.iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
    deals_of.difference(&whole).for_each(|folder| own_files::take_beside(folder, &mut export));
    export.files.sort_by(|a, b| a.path.cmp(&b.path));
    (export.recordings, export.files) = export.files.into_iter().partition(|file| is_recording(&file.path));
    // It stays for the whole run.
    export.files.shrink_to_fit();
    export.our_domains.sort();
    export.our_domains.dedup();
    settle::folders(&mut export);
    export
}

/// The roots with the folder of an export instead of what is named of it, where its own files are among that, as with
/// `export/*`: they hold for the folder. Of each such folder the second value has the names to be read.
fn regrouped(roots: Vec<PathBuf>) -> (Vec<PathBuf>, BTreeMap<PathBuf, BTreeSet<String>>) {
    let own = roots.iter().filter(|root| own_files::is_own(&name_of(root)) && !root.is_dir());
    let folders: BTreeSet<PathBuf> = own.map(|root| folder_of(root)).collect();
    let mut within: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for root in roots {
        let folder = folder_of(&root);
        // "." has no name, and lies in no folder but is it.
        if root.file_name().is_some() && folders.contains(&folder) {
            within.entry(folder).or_default().insert(name_of(&root));
        } else {
            others.push(root);
        }
    }
    // A folder that is named itself is read whole.
    within.retain(|folder, _| !others.iter().any(|root| fs::canonicalize(root).is_ok_and(|root| root == *folder)));
    others.extend(within.keys().cloned());
    (others, within)
}

/// Whether a file is a recording by its name: its content is looked at only when its call is.
pub fn is_recording(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".wav") || path.ends_with(".wave")
}

/// Reads the folder `root`, or `only` what of it has those names. Gives whether it is one deal and says nothing more of it.
fn walk_root(root: &Path, only: Option<&BTreeSet<String>>, prefix: &str, export: &mut Export) -> bool {
    let (hidden, skipped) = (&mut export.hidden, &mut export.skipped);
    let mut descent = Descent { prefix, only, found: Vec::new(), seen: BTreeSet::new(), hidden, skipped };
    descent.down(root, &mut Vec::new());
    let mut found = descent.found;
    let mut listed = 0;
    let says_more = found.iter().any(|file| file.is_at_top() && own_files::says_more(&file.path));
    for file in found.iter().filter(|file| file.is_at_top()) {
        let path = format!("{prefix}{}", file.path);
        listed += own_files::take(&file.path, &path, prefix, &file.at, export);
    }
    export.own_results.extend(own_results::leave_out(&mut found, prefix));
    found.retain(|file| !file.is_at_top() || !own_files::is_own(&file.path));
    // The folder below the root in which it lies, at whatever depth; a mailbox's own folders are none.
    let folder = |file: &Found| {
        let (folder, _) = file.path.split_once('/')?;
        (!matches!(folder, "cur" | "new" | "tmp")).then(|| folder.to_owned())
    };
    // A mailbox beside a list of several deals is no deal, even where no deal has a folder.
    let has_deals =
        listed > 1 || found.iter().any(|file| folder(file).is_some()) || several_opportunities(&found, export);
    for file in found {
        let deal = match folder(&file) {
            Some(folder) => folder,
            None if has_deals => UNASSIGNED.to_owned(),
            None => name_of(root),
        };
        let top = file.is_at_top();
        let path = if prefix.is_empty() { file.path } else { format!("{prefix}{}", file.path) };
        export.files.push(ExportFile { path, deal: DealId(deal), at: file.at, size: file.size, top });
    }
    !has_deals && !says_more
}

/// Whether the calls beside each other at the top of an export are of several opportunities: then the folder that they lie in is
/// no deal. What the calls say of the opportunities is kept where no `deals.csv` does.
fn several_opportunities(found: &[Found], export: &mut Export) -> bool {
    let top = found.iter().filter(|file| file.is_at_top()).map(|file| file.at.as_path());
    let opportunities = gong::opportunities(top);
    let several = opportunities.len() > 1;
    for (id, record) in opportunities.into_iter().filter(|_| several) {
        export.crm.entry(id).or_insert(record);
    }
    several
}

/// How deep folders are followed.
const DEEPEST: usize = 32;

/// A walk down from a root.
struct Descent<'a> {
    prefix: &'a str,
    only: Option<&'a BTreeSet<String>>,
    found: Vec<Found>,
    /// The folders that were read, by their real places.
    seen: BTreeSet<PathBuf>,
    hidden: &'a mut Vec<String>,
    skipped: &'a mut Vec<Skipped>,
}

impl Descent<'_> {
    /// Reads `folder`, which lies `parts` below the root.
    fn down(&mut self, folder: &Path, parts: &mut Vec<String>) {
        let prefix = self.prefix;
        let named = |parts: &[String]| match parts {
            // The root itself.
            [] if prefix.is_empty() => name_of(folder),
            [] => prefix.trim_end_matches('/').to_owned(),
            parts => format!("{prefix}{}", parts.join("/")),
        };
        // A link that leads back would else never end.
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if parts.len() > DEEPEST || !self.seen.insert(real) {
            self.skipped.push(Skipped {
                file: named(parts),
                line: None,
                code: "loop".into(),
                message: format!(
                    "the folder was left out: it was read already under another name, or lies deeper than {DEEPEST} folders"
                ),
            });
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => {
                self.skipped.push(unreadable(&named(parts), &e));
                return;
            }
        };
        let mut listed: Vec<(String, PathBuf)> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => listed.push((in_text(&entry.file_name()), entry.path())),
                Err(e) => self.skipped.push(unreadable(&named(parts), &e)),
            }
        }
        if let Some(only) = self.only.filter(|_| parts.is_empty()) {
            listed.retain(|(name, _)| only.contains(name));
        }
        listed.sort();
        for (name, at) in listed {
            if name.starts_with('.') || name == "__MACOSX" {
                if !own_files::is_of_a_system(&name) {
                    parts.push(name);
                    self.hidden.push(named(parts));
                    parts.pop();
                }
                continue;
            }
            parts.push(name);
            match fs::metadata(&at) {
                Ok(meta) if meta.is_dir() => self.down(&at, parts),
                Ok(meta) if meta.is_file() => self.found.push(Found { path: parts.join("/"), at, size: meta.len() }),
                // To read it might never end.
                Ok(_) => {
                    let message = "this is a pipe, a socket or a device; lay what it gives there as a file";
                    let file = named(parts);
                    self.skipped.push(Skipped { file, line: None, code: "unreadable".into(), message: message.into() });
                }
                Err(e) => self.skipped.push(unreadable(&named(parts), &e)),
            }
            parts.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths and deals of what is found under `roots` of a folder with these files.
    fn found(files: &[&str], roots: &[&str]) -> Vec<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        for path in files {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, "x").unwrap();
        }
        let roots: Vec<PathBuf> = roots.iter().map(|root| dir.path().join(root)).collect();
        let export = walk(&roots);
        export.files.into_iter().chain(export.recordings).map(|f| (f.path, f.deal.0)).collect()
    }

    #[test]
    fn roots_of_one_name_are_told_apart_and_one_that_is_named_twice_is_read_once() {
        let files =
            ["2025/acme/call.txt", "2026/acme/call.txt", "2026/acme/call.wav", "x/2025/acme/call.txt", "beta/1.txt"];
        for (roots, expected) in [
            (
                &["2025/acme", "2026/acme"][..],
                &["2025/acme/call.txt acme", "2026/acme/call.txt acme", "2026/acme/call.wav acme"][..],
            ),
            (&["2025/acme", "beta"], &["acme/call.txt acme", "beta/1.txt beta"]),
            (&["2025/acme", "2025/../2025/acme/"], &["call.txt acme"]),
            (&["2025/acme", "2025"], &["2025/acme/call.txt acme", "acme/call.txt acme"]),
            (
                &["2025/acme/call.txt", "2026/acme/call.txt", "2026/acme/call.wav"],
                &["2025/acme/call.txt acme", "2026/acme/call.txt acme", "2026/acme/call.wav acme"],
            ),
            (&["2025/acme/call.txt", "beta/1.txt"], &["1.txt beta", "call.txt acme"]),
            (
                &["2026/acme", "x/2025", "2025/acme"],
                &[
                    "2025/acme/call.txt acme",
                    "2026/acme/call.txt acme",
                    "x/2025/acme/call.txt acme",
                    "2026/acme/call.wav acme",
                ],
            ),
        ] {
            let found: Vec<String> = found(&files, roots).iter().map(|(path, deal)| format!("{path} {deal}")).collect();
            assert_eq!(found, expected, "{roots:?}");
        }
    }

    #[test]
    fn what_lies_beside_the_folders_of_deals_that_are_named_is_taken_and_beside_an_export_is_not() {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("all/acme/1.vtt", "x"),
            ("all/globex/2.vtt", "x"),
            ("all/own/3.vtt", "x"),
            ("all/own/our-domains.txt", "own.example\n"),
            ("all/deals.csv", "deal_id,account\nacme,Acme Inc\nhooli,Hooli\n"),
            ("all/our-domains.txt", "ours.example\n"),
            ("all/team.toml", ""),
            ("our-domains.txt", "other.example\n"),
        ] {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        let walked = |roots: &[&str]| walk(&roots.iter().map(|root| dir.path().join(root)).collect::<Vec<_>>());
        for (roots, domains, beside) in [
            (&["all/acme", "all/globex"][..], &["ours.example"][..], 3),
            (&["all/acme"], &["ours.example"], 3),
            // What says more itself, and what is an export of several deals.
            (&["all/own"], &["own.example"], 0),
            (&["all"], &["ours.example"], 0),
            (&["all", "all/acme"], &["ours.example"], 0),
            (&["all/acme/1.vtt"], &[], 0),
        ] {
            let export = walked(roots);
            assert_eq!(
                (&export.our_domains[..], export.beside.len()),
                (&domains.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>()[..], beside),
                "{roots:?}"
            );
            assert_eq!(export.crm.len(), if domains == ["ours.example"] { 2 } else { 0 }, "{roots:?}");
            assert_eq!(
                export.listed.is_empty(),
                beside > 0 || domains != ["ours.example"],
                "of other deals nothing is told: {roots:?}"
            );
        }
        let paths: Vec<String> = walked(&["all/acme", "all/globex"]).files.into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["acme/1.vtt", "globex/2.vtt"]);
        // A table of that name among a run's results is the run's.
        fs::write(dir.path().join("all/deals.jsonl"), "").unwrap();
        fs::write(dir.path().join("all/utterances.jsonl"), "").unwrap();
        assert_eq!(walked(&["all/acme"]).crm.len(), 0);
    }

    #[test]
    fn what_is_hidden_is_told_unless_systems_hide_it() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            "acme/1.vtt",
            "acme/.2.vtt",
            "acme/.DS_Store",
            "acme/._1.vtt",
            ".globex/3.vtt",
            ".git/config",
            ".stfolder/x",
            ".Rhistory",
        ] {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, "x").unwrap();
        }
        let export = walk(&[dir.path().to_owned()]);
        assert_eq!(export.hidden, [".globex", "acme/.2.vtt"]);
        assert_eq!(export.files.len(), 1);
    }

    #[test]
    fn an_export_whose_files_are_named_one_by_one_is_read_as_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("acme/1.vtt", "x"),
            ("globex/calls/2.vtt", "x"),
            ("all.mbox", "x"),
            ("notes.txt", "x"),
            ("deals.csv", "deal_id,account\nacme,Acme Inc\n"),
            ("our-domains.txt", "ours.example\nhttp://ours.example\n"),
            ("team.toml", ""),
            ("judgements.toml", ""),
            ("scored.jsonl", "{}"),
        ] {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        let whole = walk(&[dir.path().to_owned()]);
        let lost: Vec<_> = whole.skipped.iter().map(|s| (s.file.as_str(), s.line, s.code.as_str())).collect();
        assert_eq!(lost, [("our-domains.txt", Some(2), "bad_domain"), ("globex", None, "no_row")]);
        assert_eq!(whole.not_used, [("judgements.toml".into(), dir.path().join("judgements.toml"), "--judgements")]);
        let parts: Vec<PathBuf> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let files =
            |export: &Export| export.files.iter().map(|f| (f.path.clone(), f.deal.clone(), f.top)).collect::<Vec<_>>();
        let spread = walk(&parts);
        assert_eq!(files(&spread), files(&whole));
        assert_eq!((&spread.crm, &spread.our_domains), (&whole.crm, &whole.our_domains));
        assert_eq!((spread.teams, spread.not_used, spread.skipped), (whole.teams, whole.not_used, whole.skipped));
        // A file of a deal beside what the CRM says of it stays of that deal.
        let both = ["acme/1.vtt", "deals.csv"].map(|path| dir.path().join(path));
        assert_eq!(walk(&both).files[0].deal.0, "1");
        // The folder in which one is, and a file of it.
        assert_eq!(regrouped(vec![".".into(), "deals.csv".into()]), (vec![".".into()], BTreeMap::new()));
    }

    #[test]
    fn what_is_of_several_deals_is_not_of_the_folder_that_it_lies_in() {
        let call = |id: &str| {
            let fields = r#"[{"name":"StageName","value":"Proposal"},{"name":"Amount","value":5000},{"name":"CloseDate","value":"2026-04-30"}]"#;
            let opportunity =
                format!(r#"[{{"objects":[{{"objectType":"Opportunity","objectId":"{id}","fields":{fields}}}]}}]"#);
            format!(r#"{{"metaData":{{"id":"{id}"}},"context":{opportunity}}}"#)
        };
        let calls = |ids: [&str; 2]| format!(r#"{{"calls":[{}]}}"#, ids.map(call).join(","));
        let mails = "Subject,From,To,Date,Body\n";
        for (files, expected) in [
            (vec![("calls.json", calls(["006A", "006B"])), ("words.json", "{}".into())], [UNASSIGNED; 2]),
            (vec![("calls.json", calls(["006A", "006A"])), ("words.json", "{}".into())], ["export"; 2]),
            // Which tables name a deal in their rows is not known before they are read.
            (
                vec![("deals.csv", "id,name\n7,Acme\n".into()), ("1.vtt", "x".into()), ("mails.csv", mails.into())],
                ["export"; 2],
            ),
            (
                vec![("deals.csv", "id,name\n7,Export\n".into()), ("1.vtt", "x".into()), ("mails.csv", mails.into())],
                ["7"; 2],
            ),
            (vec![("1.vtt", "x".into()), ("mails.csv", mails.into())], ["export"; 2]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("export");
            fs::create_dir(&root).unwrap();
            for (name, text) in &files {
                fs::write(root.join(name), text).unwrap();
            }
            let export = walk(&[root]);
            let found: Vec<&str> = export.files.iter().map(|file| file.deal.0.as_str()).collect();
            assert_eq!(found, expected, "{files:?}");
            if let Some(record) = export.crm.get(&DealId("006B".into())) {
                let close = record.close_date.map(|day| day.to_string());
                assert_eq!(
                    (record.stage.as_deref(), record.amount, close.as_deref()),
                    (Some("Proposal"), Some(5e3), Some("2026-04-30"))
                );
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_stay_apart_and_what_is_no_file_is_told() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

        let dir = tempfile::tempdir().unwrap();
        for deal in [&b"d\xe9al"[..], b"d\xe8al"] {
            let folder = dir.path().join(OsStr::from_bytes(deal));
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("1.vtt"), "x").unwrap();
        }
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("live")).unwrap();
        let export = walk(&[dir.path().to_owned()]);
        let deals: Vec<&str> = export.files.iter().map(|f| f.deal.0.as_str()).collect();
        assert_eq!(deals, ["d%E8al", "d%E9al"]);
        assert_eq!((export.skipped[0].file.as_str(), export.skipped[0].code.as_str()), ("live", "unreadable"));
    }

    #[test]
    fn a_loss_is_named_below_its_root_and_a_mark_in_a_folders_name_is_no_archive() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["2025/Yahoo!", "2026/acme"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("2025/Yahoo!/call.vtt"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path().join("2026/acme"), dir.path().join("2026/acme/again")).unwrap();
        for (year, amount) in [("2025", 5), ("2026", 6)] {
            fs::write(dir.path().join(year).join("deals.csv"), format!("deal_id,amount\nacme,{amount}\n")).unwrap();
        }
        for roots in [["2025", "2026"], ["2026", "2025"]] {
            let export = walk(&roots.map(|root| dir.path().join(root)));
            let lost: Vec<(&str, &str)> = export.skipped.iter().map(|s| (s.file.as_str(), s.code.as_str())).collect();
            assert_eq!(lost, [("2026/acme/again", "loop"), ("2025/Yahoo!", "no_row")]);
            assert_eq!(export.crm[&DealId("acme".into())].amount, Some(6.0));
            for (path, held) in [
                ("2025/Yahoo!/call.vtt", true),
                ("2025/Yahoo!/call.vtt!/inner.vtt", true),
                ("2025/Yahoo!/call.vtt#3!/inner.vtt", true),
                ("2025/Yahoo!/call.vtt2", false),
                ("2025/Yahoo", false),
            ] {
                assert_eq!(export.holds(path), held, "{path}");
            }
        }
    }

    #[test]
    fn folders_are_deals_and_what_stands_beside_them_is_not() {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("acme/calls/1.vtt", "x"),
            ("acme/2.eml", "x"),
            ("globex/3.eml", "x"),
            (".git/config", "x"),
            ("all.mbox", "x"),
            ("our-domains.txt", "# ours\n@Us.example, other.example\n"),
            ("deals.csv", "deal_id,account\nacme,Acme Inc\n"),
            ("cur/4", "x"),
            ("deals.jsonl", "{}"),
        ] {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        let export = walk(&[dir.path().to_owned()]);
        let files: Vec<(&str, &str)> = export.files.iter().map(|f| (f.path.as_str(), f.deal.0.as_str())).collect();
        assert_eq!(
            files,
            [
                ("acme/2.eml", "acme"),
                ("acme/calls/1.vtt", "acme"),
                ("all.mbox", UNASSIGNED),
                ("cur/4", UNASSIGNED),
                ("deals.jsonl", UNASSIGNED),
                ("globex/3.eml", "globex")
            ]
        );
        assert_eq!(export.our_domains, ["other.example", "us.example"]);
        assert_eq!(export.crm[&DealId("acme".into())].account.as_deref(), Some("Acme Inc"));
        assert_eq!(walk(&[dir.path().join("globex")]).files[0].deal.0, "globex");
        fs::write(dir.path().join("globex/deals.csv"), "deal_id\na\nb\n").unwrap();
        assert_eq!(walk(&[dir.path().join("globex")]).files[0].deal.0, UNASSIGNED);
    }
}
