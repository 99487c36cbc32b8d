//! What an earlier run wrote into the export, in whatever folder: left out, or its own results would be a deal of the next.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::export::Found;

/// What `analyze` and `report` write, besides briefs.
const RESULTS: &[&str] = &[
    "utterances.jsonl",
    "deals.jsonl",
    "scored.jsonl",
    "skipped.jsonl",
    "report.html",
    "resume.log",
    "salesforce.csv",
    "hubspot.csv",
    "utterances.csv",
    "conversations.csv",
    "people.csv",
    "deals.csv",
    "findings.csv",
    "readings.csv",
    "utterances.parquet",
    "conversations.parquet",
    "people.parquet",
    "deals.parquet",
    "findings.parquet",
    "readings.parquet",
];

/// What the name of a result ends in while its run goes on, or after it was killed.
pub const UNFINISHED: &str = ".unfinished";

/// What the name of a brief begins and ends with.
const BRIEF: (&str, &str) = ("brief-", ".md");

/// Whether a run may have written a file of that name.
pub fn is_result(name: &str) -> bool {
    let name = name.to_lowercase();
    RESULTS.contains(&name.as_str()) || (name.starts_with(BRIEF.0) && name.ends_with(BRIEF.1))
}

/// The keys by which the lines of a run are known, each file's; the first line of a long conversation does not end in the
/// bytes that are looked at.
const KEYS: &[(&str, &[&str])] = &[
    ("deals.jsonl", &["schema_version", "deal"]),
    ("utterances.jsonl", &["deal", "conversation", "turn", "span"]),
    ("scored.jsonl", &["conversation", "id", "deal", "channel"]),
    ("skipped.jsonl", &["file", "line", "code", "message"]),
];

/// Whether `head`, the beginning of a file of that name, is that of a run's lines.
pub fn has_our_keys(name: &str, head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let ours = KEYS.iter().find(|(known, _)| *known == name);
    ours.is_some_and(|(_, keys)| keys.iter().all(|key| head.contains(&format!("\"{key}\":"))))
}

/// Whether the results of a run stand in `folder`.
pub fn stand_in(folder: &Path) -> bool {
    let names = ["deals.jsonl", "utterances.jsonl"];
    are_results(&names.map(|name| (name.to_owned(), folder.join(name))).into())
}

/// What the page of a run's deals has in its head.
pub const PAGE: &str = "<title>Deals that need a person · dealtone</title>";

/// What the log of a run begins with, of whatever version.
pub const LOG: &[u8] = b"{\"dealtone\":";

/// Whether the file of that name at `at` is a run's by what it says, whatever stands beside it: its lines, its page or its log.
fn is_result_alone(name: &str, at: &Path) -> bool {
    let Some(head) = head_of(at) else { return false };
    match name {
        "report.html" => String::from_utf8_lossy(&head).contains(PAGE),
        "resume.log" => head.starts_with(LOG),
        // A run that read nothing wrote an empty one.
        _ => has_our_keys(name, &head) || (head.is_empty() && KEYS.iter().any(|(known, _)| *known == name)),
    }
}

/// Takes the results of earlier runs out of `found`; gives each folder in which there were some, with how many. At the top of an
/// export, where a run may have been told to write, one that is left there alone is known too.
pub fn leave_out(found: &mut Vec<Found>, prefix: &str) -> Vec<(String, usize)> {
    let mut by_folder: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for file in found.iter() {
        let (folder, name) = file.place();
        let name = name.to_lowercase();
        if is_result(&name) || name.ends_with(UNFINISHED) {
            by_folder.entry(folder.to_owned()).or_default().insert(name, file.at.clone());
        }
    }
    by_folder.retain(|_, files| are_results(files));
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    found.retain(|file| {
        let (folder, name) = file.place();
        let name = name.to_lowercase();
        // The CRM's own deals.csv stands at the top, where results may have been written beside it.
        let result = (is_result(&name) && !(folder.is_empty() && name == "deals.csv")) || name.ends_with(UNFINISHED);
        let ours =
            result && (by_folder.contains_key(folder) || (folder.is_empty() && is_result_alone(&name, &file.at)));
        if ours {
            *left_out.entry(folder.to_owned()).or_default() += 1;
        }
        !ours
    });
    left_out.into_iter().map(|(folder, files)| (format!("{prefix}{folder}"), files)).collect()
}

/// Whether the files of a folder that a run may have written, by their lower-case names, are results of one: its lines of deals and of utterances
/// are both there and have our keys, or a run has begun to write them.
fn are_results(files: &BTreeMap<String, PathBuf>) -> bool {
    let begun = files.contains_key("resume.log") && files.keys().any(|name| name.ends_with(UNFINISHED));
    let written = ["deals.jsonl", "utterances.jsonl"]
        .iter()
        .all(|name| files.get(*name).is_some_and(|at| is_result_alone(name, at)));
    begun || written
}

/// The first bytes of a file, where it can be read.
fn head_of(at: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    File::open(at).and_then(|f| f.take(4096).read_to_end(&mut head)).ok().map(|_| head)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::export::walk;

    #[test]
    fn results_are_left_out_wherever_they_were_written_and_what_only_looks_so_is_not() {
        let deals = "{\"schema_version\":1,\"deal\":\"a\",\"as_of\":null,\"health\":{}}\n";
        let utterances = "{\"deal\":\"a\",\"conversation\":\"c\",\"turn\":0,\"span\":[0,1]}\n";
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("acme/1.vtt", "x"),
            ("acme/results/deals.jsonl", deals),
            ("acme/results/utterances.jsonl", utterances),
            ("acme/results/scored.jsonl", "{}"),
            ("acme/results/deals.csv", "x"),
            ("acme/results/brief-acme.md", "x"),
            ("acme/results/call.txt", "Ann: hi"),
            ("killed/resume.log", "{}"),
            ("killed/scored.jsonl.unfinished", "{}"),
            ("empty/deals.jsonl", ""),
            ("empty/utterances.jsonl", ""),
            // Somebody else's files of the same names.
            ("other/deals.jsonl", "{\"turns\":[]}"),
            ("other/utterances.jsonl", "{\"turns\":[]}"),
            ("alone/scored.jsonl", "{}"),
            ("deals.jsonl", deals),
            ("utterances.jsonl", utterances),
            ("deals.csv", "deal_id,account\nacme,Acme Inc\n"),
        ] {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        let export = walk(&[dir.path().to_owned()]);
        let files: Vec<&str> = export.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(
            files,
            [
                "acme/1.vtt",
                "acme/results/call.txt",
                "alone/scored.jsonl",
                "other/deals.jsonl",
                "other/utterances.jsonl"
            ]
        );
        let expected = [("", 2), ("acme/results", 5), ("empty", 2), ("killed", 2)];
        assert_eq!(export.own_results, expected.map(|(folder, files)| (folder.to_owned(), files)));
        assert_eq!(export.crm.len(), 1);
    }

    #[test]
    fn a_file_at_the_top_is_known_as_a_result_by_what_it_says_and_not_by_its_name() {
        let scored = "{\"conversation\":{\"id\":\"c\",\"deal\":\"a\",\"channel\":\"call\"}}\n";
        for (name, text, is_ours) in [
            ("scored.jsonl", scored, true),
            ("Scored.jsonl", scored, true),
            ("scored.jsonl", "", true),
            ("skipped.jsonl", "{\"file\":\"f\",\"line\":null,\"code\":\"c\",\"message\":\"m\"}\n", true),
            ("report.html", "<html><head><title>Deals that need a person · dealtone</title>", true),
            ("resume.log", "{\"dealtone\":\"0.1.0\"}\n", true),
            (
                "utterances.jsonl",
                "{\"channel\":\"call\",\"turns\":[{\"speaker\":\"Ann\",\"text\":\"Too dear.\"}]}\n",
                false,
            ),
            ("report.html", "<html><head><title>Calls of June</title>", false),
            ("resume.log", "Ann: Too dear.\n", false),
            ("deals.parquet", "PAR1", false),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(name), text).unwrap();
            let export = walk(&[dir.path().to_owned()]);
            assert_eq!(export.files.is_empty(), is_ours, "{name}: {text}");
            assert_eq!(export.own_results.len(), usize::from(is_ours), "{name}: {text}");
        }
    }
}
