//! Every quirk of every format: `tests/formats/FORMAT/QUIRK.EXT` beside `QUIRK.EXT.expected`, what must come of it. Text is
//! read as it stands, with LF, with CRLF and with a byte-order mark: the same must come of all.
//!
//! `tests/deals` has tables of deals (`deals.csv`) in the same way.
//!
//! To add a quirk, add the input, run once with `DEALTONE_BLESS=1`, and read what was written before you believe it.

use std::{fmt::Write, fs, path::Path};

use dealtone::{
    DealId, Side,
    read::{
        FORMATS, Input, Read,
        codes::CODES,
        deals_csv::{self, COLUMNS},
        directory,
        export::UNASSIGNED,
        read,
    },
};

/// What came of an input, a line each, for people to read and to compare.
fn shown(read: &Read) -> String {
    let mut out = String::new();
    for c in &read.conversations {
        let when = c.started_at.map_or_else(|| "-".to_owned(), |t| t.to_string());
        let mail = c.mail.as_ref().map_or_else(String::new, |m| {
            format!(
                " id={} refs={} automatic={} cut={}%",
                m.message_id.as_deref().unwrap_or("-"),
                m.references.join(","),
                m.automatic,
                m.cut_percent
            )
        });
        let _ =
            writeln!(out, "{} [{}] {:?} {when} {:?} deal={}{mail}", c.id, c.source.format, c.channel, c.title, c.deal);
        for p in &c.participants {
            let side = if p.side == Side::Unknown {
                String::new()
            } else {
                format!(" {} {}%", p.side.name(), p.side_confidence)
            };
            let _ = writeln!(
                out,
                "  {} {}{}{side}{}",
                if p.active { "+" } else { "-" },
                p.name,
                p.email.as_ref().map_or_else(String::new, |e| format!(" <{e}>")),
                p.title.as_ref().map_or_else(String::new, |t| format!(", {t}"))
            );
        }
        for t in &c.turns {
            let ms = |ms: Option<u64>| ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string());
            let _ = writeln!(out, "  {}..{} {}: {}", ms(t.start_ms), ms(t.end_ms), t.speaker, t.text);
        }
    }
    for d in &read.directories {
        let _ = writeln!(
            out,
            "directory {:?} {}",
            d.scope,
            d.people.iter().map(|(k, p)| format!("{k}={}", p.name)).collect::<Vec<_>>().join(" ")
        );
    }
    for s in &read.skipped {
        let _ = writeln!(out, "skipped {} {}", s.line.map_or_else(|| "-".to_owned(), |l| l.to_string()), s.code);
    }
    out
}

fn of(path: &str, bytes: &[u8]) -> String {
    let deal = DealId(UNASSIGNED.into());
    let mut read = read(&Input::new(path, &deal, bytes));
    read.skipped.extend(directory::attach(&mut read.conversations, &read.directories));
    shown(&read)
}

#[test]
fn every_quirk_is_read_as_expected_with_every_line_end() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let bless = std::env::var_os("DEALTONE_BLESS").is_some();
    let (mut cases, mut wrong) = (0, vec![]);
    let mut formats: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    formats.sort();
    for format in formats {
        let mut inputs: Vec<_> = fs::read_dir(&format)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_none_or(|e| e != "expected"))
            .collect();
        inputs.sort();
        for input in inputs {
            cases += 1;
            let bytes = fs::read(&input).unwrap();
            let expectation =
                input.with_file_name(format!("{}.expected", input.file_name().unwrap().to_string_lossy()));
            let path = input.file_name().unwrap().to_string_lossy().into_owned();
            if bless {
                fs::write(&expectation, of(&path, &bytes)).unwrap();
            }
            let expected = fs::read_to_string(&expectation).unwrap_or_default();
            let mut ways = vec![("as it stands", bytes.clone())];
            // A carriage return inside base64 or a zip would be another file.
            if let Ok(text) = std::str::from_utf8(&bytes)
                && !text.contains('\r')
            {
                ways.push(("with CRLF", text.replace('\n', "\r\n").into_bytes()));
                if !text.starts_with('\u{feff}') {
                    ways.push(("with a mark", format!("\u{feff}{text}").into_bytes()));
                }
            }
            for (way, bytes) in ways {
                let found = of(&path, &bytes);
                if found != expected {
                    wrong.push(format!(
                        "{} {way}:\n{found}\nexpected:\n{expected}",
                        input.strip_prefix(&root).unwrap().display()
                    ));
                }
            }
        }
    }
    assert!(cases >= 60, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a table of deals says, a line a deal, and what of it was not read.
fn shown_deals(path: &str, bytes: &[u8]) -> String {
    let (deals, skipped) = deals_csv::parse(path, bytes);
    let mut out = String::new();
    for (id, record) in deals {
        let said = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
        let contacts: Vec<_> = record.contacts.iter().map(|c| format!("{} <{}>", c.name, c.email)).collect();
        let cells = [
            said(record.name.clone()),
            said(record.account.clone()),
            said(record.kind.clone()),
            said(record.amount.map(|amount| {
                format!("{amount}{}", record.currency.as_ref().map_or_else(String::new, |c| format!(" {c}")))
            })),
            said(record.stage.clone()),
            said(record.outcome().map(|outcome| format!("{outcome:?}"))),
            said(record.stage_since.map(|day| day.to_string())),
            said(record.close_date.map(|day| day.to_string())),
            said(record.owner.clone()),
            contacts.join(", "),
        ];
        let _ = writeln!(out, "{id}: {}", cells.join(" | ").trim_end_matches([' ', '|']));
    }
    for s in &skipped {
        let _ = writeln!(out, "skipped {} {}", s.line.map_or_else(|| "-".to_owned(), |l| l.to_string()), s.code);
    }
    out
}

#[test]
fn every_table_of_deals_is_read_as_expected_with_every_line_end() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deals");
    let bless = std::env::var_os("DEALTONE_BLESS").is_some();
    let mut inputs: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|e| e == "csv"));
    inputs.sort();
    let mut wrong = vec![];
    for input in &inputs {
        let bytes = fs::read_to_string(input).unwrap();
        let expectation = input.with_extension("csv.expected");
        let name = input.file_name().unwrap().to_string_lossy();
        if bless {
            fs::write(&expectation, shown_deals(&name, bytes.as_bytes())).unwrap();
        }
        let expected = fs::read_to_string(&expectation).unwrap_or_default();
        for text in [bytes.clone(), bytes.replace('\n', "\r\n"), format!("\u{feff}{bytes}")] {
            let found = shown_deals(&name, text.as_bytes());
            if found != expected {
                wrong.push(format!("{name}:\n{found}\nexpected:\n{expected}"));
            }
        }
    }
    assert!(inputs.len() >= 8, "only {} tables were found", inputs.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_docs_list_every_format_and_every_code() {
    let mut out = String::from(
        "# What dealtone reads\n\nGenerated from the readers' own tables; `DEALTONE_BLESS=1 cargo test --test formats` writes it anew.\n\n\
         A file is recognised by its content; its name and ending are hints at most.\n\
         Formats are tried from top to bottom.\n\
         A chat with dates becomes one conversation a day, which [readers.md](readers.md) says more of.\n\n| format | what it is |\n|---|---|\n",
    );
    for f in FORMATS {
        let _ = writeln!(out, "| `{}` | {} |", f.name(), f.doc());
    }
    out.push_str("\n## What was not read\n\nEach loss is a line of `skipped.jsonl` with its file, its line where one is known, a code, and what to do; the run then ends with 3.\nThere too stands what is only told, because nothing is missing for it; that leaves the exit code as it is.\n\n| code | what it says | |\n|---|---|---|\n");
    for c in CODES {
        let _ = writeln!(out, "| `{}` | {} | {} |", c.name, c.doc, if c.is_loss { "lost" } else { "told" });
    }
    out.push_str(
        "\n## deals.csv\n\nWhat the CRM says of the deals, as you write it or as Salesforce and HubSpot export it; it lies beside the deals' folders.\n\
         Every column may be missing; others are left alone.\n\
         A heading is known whatever its case, blanks and marks: `Close Date`, `close_date` and `closedate` are one.\n\
         A deal may take several rows, one for each contact; the other cells are then the same in each, or empty.\n\
         A folder is of the deal whose id it is called by, both forms of Salesforce's ids alike; else of the one that alone has its name.\n\
         Where no row has that id to the letter, it is compared without case, but for Salesforce's ids, without the brackets of a GUID, and as the number that a spreadsheet wrote as `123.0` or `4,567`, where one row alone fits.\n\
         Of a folder that no row is of, as one for a year, the folders within it are looked at.\n\
         A folder without a row and a row without a conversation are lines of `skipped.jsonl`.\n\
         A row with more cells than the heading is left out and told, because a comma that is not quoted moves all cells behind it.\n\
         Where amounts are in several currencies, no deal is ranked by its worth; the amount in the company's own currency, where it is exported too, counts before the other.\n\
         The status and the yes and no of the CRM say before the stage whether a deal is won, lost or open.\n\
         Titles above the heading, totals, and what a report of Salesforce puts below its table are passed over.\n\
         A date such as `04/05/2026` is read in the order of those that read in one way only (`30/06/2026`); where these contradict \
         each other, or there is none, it is a line of `skipped.jsonl` (`bad_date`).\n\n\
         | column | what stands in it | headings that mean it |\n|---|---|---|\n",
    );
    for c in COLUMNS {
        let _ = writeln!(out, "| `{}` | {} | {} |", c.name, c.doc, c.also.join(", "));
    }
    out.push_str("\n## Feeding your own\n\nAny system can write conversations as JSON lines; [conversation.schema.json](conversation.schema.json) describes a line.\nA line needs `turns`, each with `speaker` and `text`; what else it says is used.\n");
    let example = include_str!("../docs/team.toml");
    dealtone::team::Team::parse(example, "docs/team.toml").expect("what the page shows can be used");
    let _ = write!(
        out,
        "\n## Who is who\n\nSides come from what the export says, mail domains (of addresses in the heading of a transcript, too), the CRM's contacts and owner, introductions, and who else is left, each with a confidence; unknown is an answer.\nWhom the CRM names as the deal's owner is ours, and so is, by the whole name, whoever owns another deal of the export or has an address of ours in one; a guess (70 %), which the report names, and nothing where more is known of that name.\nThe service judges each deal by itself, so other deals tell it nothing.\nWhere that is not enough, `team.toml` beside the deals' folders, `--team FILE` or the key `team` of `dealtone.toml` has the last word:\n\n```toml\n{example}```\n\nIn a call with one of ours, whoever else speaks under a name and is known by nothing else counts as the buyer's, where one of ours is listed or the CRM's owner, where the CRM has two contacts or more, or where somebody known to be the buyer's takes part in the deal: a guess, which the report names; so list all of ours who speak.\nA misspelt key or side is refused with its line and the nearest valid names.\n`dealtone show --team FILE` states sides anew for the people and files that it names; scores stay as they were made, because the model reads whose words they are: run `analyze` again for those.\n"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    if std::env::var_os("DEALTONE_BLESS").is_some() {
        fs::write(&path, &out).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n"),
        out,
        "docs/formats.md is out of date"
    );
}
