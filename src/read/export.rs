//! A folder of exports: which files are there, which deal the place of each suggests, and what stands beside them.
//!
//! Each sub-folder of the folder is a deal and named by it, however deep its files lie; a folder without sub-folders is
//! one deal itself, unless its `deals.csv` lists several. What lies beside the deals' folders belongs to no deal yet ([`UNASSIGNED`]) until its content says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::{Skipped, deals_csv, encoding, own_results};
use crate::{conversation::DealId, deal::CrmRecord};

/// The name of the deal for what fits none.
pub const UNASSIGNED: &str = "unassigned";

/// Files that stand in an export and are no conversations: what we read otherwise, what systems leave.
const BESIDE: &[&str] = &[
    "deals.csv",
    "our-domains.txt",
    "team.toml",
    "dealtone.toml",
    "rules.toml",
    "judgements.toml",
    "thumbs.db",
    "desktop.ini",
];

/// A file as it was found: the parts of its path below the root, where it lies, its size.
pub type Found = (Vec<String>, PathBuf, u64);

/// What a walk found.
#[derive(Debug, Default)]
pub struct Export {
    /// The files to read, in order of their path.
    pub files: Vec<ExportFile>,
    /// Recordings, which are no conversations by themselves and belong to those of the same name, in order of their path.
    pub recordings: Vec<ExportFile>,
    /// What `deals.csv` says of each deal.
    pub crm: BTreeMap<DealId, CrmRecord>,
    /// The mail domains in `our-domains.txt`, and what else is known of them: such an address tells no deal.
    pub our_domains: Vec<String>,
    /// Each `team.toml` that stands in the export, with what its root puts before paths.
    pub teams: Vec<(String, PathBuf)>,
    /// Folders in which results of an earlier run were left out, each with how many files.
    pub own_results: Vec<(String, usize)>,
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
    let roots = &once(roots)[..];
    let singles = roots.iter().filter(|r| !r.is_dir()).count();
    let mut named: Vec<(&PathBuf, String)> = roots.iter().zip(names(roots)).collect();
    named.sort_by(|a, b| a.1.cmp(&b.1));
    for (root, name) in named {
        if root.is_dir() {
            // Several folders may hold files of the same name; then the folder's own name tells them apart.
            let prefix = if roots.len() > 1 { format!("{name}/") } else { String::new() };
            walk_root(root, &prefix, &mut export);
        } else {
            let deal = match root.parent().filter(|_| singles > 1).map(name_of) {
                Some(parent) if !parent.is_empty() => parent,
                _ => root.file_stem().map_or_else(|| name_of(root), |s| s.to_string_lossy().into_owned()),
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
    export.files.sort_by(|a, b| a.path.cmp(&b.path));
    (export.recordings, export.files) = export.files.into_iter().partition(|file| is_recording(&file.path));
    export.our_domains.sort();
    export.our_domains.dedup();
    export
}

/// Whether a file is a recording by its name: its content is looked at only when its call is.
pub fn is_recording(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".wav") || path.ends_with(".wave")
}

/// The roots without those that are another one again.
fn once(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    roots
        .iter()
        .filter(|root| seen.insert(fs::canonicalize(root).unwrap_or_else(|_| (*root).clone())))
        .cloned()
        .collect()
}

/// What each root is called in paths: its name, and before it as many of the folders that it lies in as tell it from the
/// others, since two conversations of one path would be one. Files get as many folders as each other, so that a recording
/// stays beside its transcript.
fn names(roots: &[PathBuf]) -> Vec<String> {
    let places: Vec<Vec<String>> = roots.iter().map(|root| places_of(root)).collect();
    let files: Vec<usize> = (0..roots.len()).filter(|n| !roots[*n].is_dir()).collect();
    let tail = |n: usize, depth: usize| &places[n][places[n].len().saturating_sub(depth)..];
    let mut depths = vec![1; roots.len()];
    loop {
        let before = depths.clone();
        let mut order: Vec<usize> = (0..roots.len()).collect();
        order.sort_by_key(|n| tail(*n, before[*n]));
        for (at, &n) in order.iter().enumerate() {
            let short = tail(n, before[n]);
            // Whatever begins alike stands behind it.
            for &m in order[at + 1..].iter().take_while(|m| tail(**m, before[**m]).starts_with(short)) {
                // What lies in another root is there twice, and under one path counts once.
                if places[n].starts_with(&places[m]) || places[m].starts_with(&places[n]) {
                    continue;
                }
                let as_long = before[n] == before[m];
                for n in [n, m].into_iter().take(if as_long || before[n] == places[n].len() { 2 } else { 1 }) {
                    depths[n] = (before[n] + 1).min(places[n].len());
                }
            }
        }
        let deepest = files.iter().map(|n| depths[*n]).max().unwrap_or(1);
        files.iter().for_each(|n| depths[*n] = deepest);
        if depths == before {
            break;
        }
    }
    let named = |(n, root): (usize, &PathBuf)| {
        if depths[n] == 1 { name_of(root) } else { tail(n, depths[n]).join("/") }
    };
    roots.iter().enumerate().map(named).collect()
}

/// The names of all folders that lead to `root`, and its own.
fn places_of(root: &Path) -> Vec<String> {
    // A link keeps the name by which it was called.
    let folder = root.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = match root.file_name() {
        Some(name) => fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name),
        None => fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
    };
    let normal = |part: Component| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    };
    whole.components().filter_map(normal).collect()
}

fn name_of(path: &Path) -> String {
    let named = path.file_name().map(|n| n.to_string_lossy().into_owned());
    named
        .or_else(|| fs::canonicalize(path).ok()?.file_name().map(|n| n.to_string_lossy().into_owned()))
        .unwrap_or_default()
}

fn walk_root(root: &Path, prefix: &str, export: &mut Export) {
    let mut found: Vec<Found> = Vec::new();
    let mut seen = BTreeSet::new();
    descend(root, prefix, &mut Vec::new(), &mut found, &mut seen, export);
    let mut listed = 0;
    for (parts, at, _) in found.iter().filter(|(parts, ..)| parts.len() == 1) {
        let path = format!("{prefix}{}", parts[0]);
        match parts[0].to_lowercase().as_str() {
            "deals.csv" => match fs::read(at) {
                Ok(bytes) => {
                    let (crm, skipped) = deals_csv::parse(&path, &bytes);
                    listed = crm.len();
                    export.crm.extend(crm);
                    export.skipped.extend(skipped);
                }
                Err(e) => export.skipped.push(unreadable(&path, &e)),
            },
            "our-domains.txt" => match fs::read(at) {
                Ok(bytes) => export.our_domains.extend(domains(&encoding::decode(&bytes).text)),
                Err(e) => export.skipped.push(unreadable(&path, &e)),
            },
            "team.toml" => export.teams.push((prefix.to_owned(), at.clone())),
            _ => {}
        }
    }
    export.own_results.extend(own_results::leave_out(&mut found, prefix));
    found.retain(|(parts, ..)| match &parts[..] {
        [name] => !BESIDE.contains(&name.to_lowercase().as_str()) && !own_results::is_name(name),
        _ => true,
    });
    let maildir = |part: &String| matches!(part.as_str(), "cur" | "new" | "tmp");
    // A mailbox beside a list of several deals is no deal, even where no deal has a folder.
    let has_deals = listed > 1 || found.iter().any(|(parts, ..)| parts.len() > 1 && !maildir(&parts[0]));
    for (parts, at, size) in found {
        let deal = match &parts[..] {
            [folder, _, ..] if !maildir(folder) => folder.clone(),
            _ if has_deals => UNASSIGNED.to_owned(),
            _ => name_of(root),
        };
        let path = format!("{prefix}{}", parts.join("/"));
        export.files.push(ExportFile { path, deal: DealId(deal), at, size, top: parts.len() == 1 });
    }
}

/// How deep folders are followed.
const DEEPEST: usize = 32;

fn descend(
    folder: &Path,
    prefix: &str,
    parts: &mut Vec<String>,
    found: &mut Vec<Found>,
    seen: &mut BTreeSet<PathBuf>,
    export: &mut Export,
) {
    let named = |parts: &[String]| match parts {
        // The root itself.
        [] if prefix.is_empty() => name_of(folder),
        [] => prefix.trim_end_matches('/').to_owned(),
        parts => format!("{prefix}{}", parts.join("/")),
    };
    // A link that leads back would else never end.
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    if parts.len() > DEEPEST || !seen.insert(real) {
        export.skipped.push(Skipped {
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
            export.skipped.push(unreadable(&named(parts), &e));
            return;
        }
    };
    let mut listed: Vec<(String, PathBuf)> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => listed.push((entry.file_name().to_string_lossy().into_owned(), entry.path())),
            Err(e) => export.skipped.push(unreadable(&named(parts), &e)),
        }
    }
    listed.sort();
    for (name, at) in listed {
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        parts.push(name);
        match fs::metadata(&at) {
            Ok(meta) if meta.is_dir() => descend(&at, prefix, parts, found, seen, export),
            Ok(meta) if meta.is_file() => found.push((parts.clone(), at, meta.len())),
            // A socket or a pipe holds no export.
            Ok(_) => {}
            Err(e) => export.skipped.push(unreadable(&named(parts), &e)),
        }
        parts.pop();
    }
}

/// The mail domains in a list: one a line or with commas, `#` before remarks, with or without `@`.
pub fn domains(text: &str) -> Vec<String> {
    text.lines()
        .map(|l| l.split('#').next().unwrap_or(""))
        .flat_map(|l| l.split([',', ';', ' ', '\t']))
        .map(|d| d.trim().trim_start_matches('@').to_lowercase())
        .filter(|d| d.contains('.'))
        .collect()
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
            assert_eq!(lost, [("2026/acme/again", "loop")]);
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
