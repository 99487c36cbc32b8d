//! Everything that is said of what was read and what was not, as it stands in `skipped.jsonl`: the one list of
//! [`super::Skipped::code`].

/// A code and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Whether something is missing that the export holds and that may be got back by what the line says: a run that lost
    /// something ends with 3. What was left out because it does not count, or was read in a way that a user should know of, is
    /// told only.
    pub is_loss: bool,
}

const fn lost(name: &'static str, doc: &'static str) -> Code {
    Code { name, doc, is_loss: true }
}

const fn told(name: &'static str, doc: &'static str) -> Code {
    Code { name, doc, is_loss: false }
}

/// Whether what has that code is a loss; what no table knows is one.
pub fn is_loss(name: &str) -> bool {
    CODES.iter().find(|code| code.name == name).is_none_or(|code| code.is_loss)
}

/// All codes, by name.
pub const CODES: &[Code] = &[
    lost(
        "answers_in_quote",
        "a mail says that its answers stand within the mail that it answers, where nothing tells them apart",
    ),
    lost(
        "attachment_not_read",
        "a file attached to a mail is called a transcript or a mail, and could not be read as one; lay it beside the mail",
    ),
    lost("bad_amount", "an amount in deals.csv is no number; the rest of the row was read"),
    lost("bad_bytes", "some bytes of the file stand for no letter in its encoding; the rest was read"),
    lost("bad_csv", "a row or the heading of a table cannot be read"),
    told("bad_cue", "a block of subtitles has no time; its words were kept"),
    lost("bad_date", "a date reads in no way, or in two, or has no year; what it dates was read without it"),
    lost("bad_docx", "a Word document cannot be unpacked"),
    lost("bad_domain", "something in our-domains.txt is no mail domain; the others were read"),
    told("bad_encoding", "the file is not UTF-8; it was read by the encoding that its bytes suggest"),
    lost("bad_gzip", "a compressed file breaks off; what could be unpacked was read"),
    lost("bad_json", "JSON that cannot be parsed, or a line that is no conversation"),
    lost("bad_mail", "a message without a head, or whose text is damaged"),
    lost("bad_msg", "a broken Outlook file"),
    lost("bad_recording", "a recording cannot be decoded; its transcript was read without it"),
    lost("bad_segment", "pieces of a vendor's transcript have no words where they should"),
    told("bad_time", "a time cannot be read, or an end before its start; the words were kept"),
    lost("bad_zip", "an archive or a file in it is broken or encrypted"),
    lost("cut_recording", "a recording breaks off; it was heard as far as it goes"),
    told(
        "duplicate",
        "the same message, call or chat as another of the deal, or an earlier revision of it; it counts once",
    ),
    lost("empty", "the file is empty"),
    told("hidden", "a file or folder whose name begins with a dot was passed over"),
    lost("in_archive", "a file about the export lies inside an archive and was not read"),
    told("left_out", "a document holds other words beside those that were read"),
    lost("loop", "a folder was left out: read already under another name, or too deep"),
    told("no_conversation", "a row of deals.csv is of a deal of which the export holds no conversation"),
    told("no_date", "nothing tells when a conversation was; it counts as the latest of its deal"),
    lost("no_fit", "a recording does not fit the times of its transcript; no number was taken from it"),
    lost("no_mail", "an Office or Outlook file that is no message"),
    lost("no_mail_head", "HTML without the head of a mail"),
    told("no_opportunity", "rows of a CRM's table are of accounts, cases or other records, which are no deals"),
    lost("no_permission", "the file may not be read"),
    told("no_row", "no row of deals.csv is of a deal that has a folder"),
    told("no_sender", "a dated line of a chat was read as the chat's own; nothing tells that somebody wrote it"),
    told("no_sound", "a recording in which nobody speaks; its transcript was read without it"),
    lost("no_speakers", "text in which nobody is named"),
    told("no_such_file", "team.toml states sides in a file that the export does not have"),
    lost("no_such_speaker", "team.toml states a side for a speaker whom that file does not have"),
    lost("no_transcript", "a recording with no transcript of its name"),
    told("no_words", "a call or message without words"),
    told("not_done", "rows of a CRM's table are tasks or activities that did not take place yet; they were left out"),
    told(
        "not_sent",
        "a draft, a mail of the trash or among junk, or rows that say so of themselves; they were left out",
    ),
    told("other_side", "a part was scored with speakers on another side than the whole deal shows; its scores stay"),
    told("part_recorded", "a recording holds a part of its transcript; the times of the call are the transcript's"),
    told("preamble", "lines above the first speaker, read as part of the heading"),
    lost("reader_failed", "a bug: the reader failed on this file"),
    told("rows_disagree", "two rows of deals.csv say different things of one deal; the first counts"),
    told(
        "same_name",
        "other words stand under this name in another part of the deal; all count, under names of their own",
    ),
    told("several_currencies", "the amounts of deals.csv are in several currencies; no deal is ranked by its worth"),
    told(
        "several_deals",
        "several deals of deals.csv are called as a folder, which is none of theirs; or a row names several and is of the first",
    ),
    lost("too_deep", "archives or messages in one another beyond the limit"),
    lost("too_large", "beyond the limits of size"),
    told("unassigned", "fits no deal, or several, which are named; its words are kept, and it is not judged"),
    told(
        "unknown_columns",
        "in a table of deals no column for the amount, the stage or the day of closing is known; the others were read",
    ),
    lost("unknown_format", "of no known format"),
    told("unknown_zone", "the zone behind a time is none that is known; the time was read as UTC"),
    lost("unread_column", "a further column of one heading holds other words than the one that was read"),
    lost("unreadable", "the file could not be opened or read to its end"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands before a code, and within how many characters of it.
    const BEGINNINGS: &[&str] = &["skipped(", "skip(", "lost(", "told(", "code: ", "code = ", "(code, message) ="];
    const NEAR: usize = 160;

    #[test]
    fn every_code_in_the_readers_is_listed_and_none_twice() {
        assert!(CODES.windows(2).all(|w| w[0].name < w[1].name));
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![root.clone()];
        let mut found = std::collections::BTreeSet::new();
        let mut all = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let text = std::fs::read_to_string(&entry).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                if !entry.ends_with("read/codes.rs") {
                    all.push_str(text);
                }
                if !entry.starts_with(root.join("read")) {
                    continue;
                }
                // A code is the first word in quotes behind the beginning of a loss.
                for from in BEGINNINGS.iter().flat_map(|begins| text.match_indices(begins)).map(|(at, _)| at) {
                    let near: String = text[from..].chars().take(NEAR).collect();
                    let word = near.split('"').nth(1).unwrap_or_default();
                    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                        found.insert(word.to_owned());
                    }
                }
            }
        }
        let missing: Vec<_> = found.iter().filter(|f| !CODES.iter().any(|c| c.name == **f)).collect();
        assert!(missing.is_empty(), "not in CODES: {missing:?}");
        let unused: Vec<_> = CODES.iter().filter(|c| !all.contains(&format!("\"{}\"", c.name))).collect();
        assert!(unused.is_empty(), "in CODES and given by nobody: {unused:?}");
    }
}
