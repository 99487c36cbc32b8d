//! Reads an export and prints its conversations, one JSON object a line, as the analysis sees them; what could not be
//! read goes to standard error. `cargo run --example read -- [--count] [--spool DIR] EXPORT…`
//!
//! `--count` prints numbers instead, and the most memory that the process held; `--spool` lets mailboxes of many deals wait
//! in DIR as `analyze` lets them wait in its output folder.

use std::{io::Write, path::PathBuf};

use dealtone::{
    listening::{Elsewhere, Listening},
    read::export,
    reading::{ReadDeal, read_export},
    team::Team,
};

fn main() -> std::io::Result<()> {
    let (mut count, mut spool, mut roots) = (false, None, Vec::new());
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--count") => count = true,
            Some("--spool") => spool = args.next().map(PathBuf::from),
            _ => roots.push(PathBuf::from(arg)),
        }
    }
    let export = export::walk(&roots);
    let team = Team { our_domains: export.our_domains.clone(), ..Team::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut counted = Counted::default();
    let print = |deal: ReadDeal| -> std::io::Result<bool> {
        counted.deals += 1;
        counted.conversations += deal.conversations.len();
        for conversation in deal.conversations {
            counted.turns += conversation.turns.len();
            counted.bytes_of_words += conversation.turns.iter().map(|turn| turn.text.len()).sum::<usize>();
            if !count {
                serde_json::to_writer(&mut out, &conversation)?;
                out.write_all(b"\n")?;
            }
        }
        for loss in deal.skipped.iter().filter(|_| !count) {
            eprintln!("{loss}");
        }
        Ok(true)
    };
    let skipped = read_export(&export, &team, spool.as_deref(), Listening::new(&[], &Elsewhere::Nowhere, 0), print)?;
    for loss in export.skipped.iter().chain(&skipped) {
        eprintln!("{loss}");
    }
    if count {
        writeln!(out, "{counted:?}\n{}", peak_memory())?;
    }
    out.flush()
}

#[derive(Debug, Default)]
struct Counted {
    deals: usize,
    conversations: usize,
    turns: usize,
    bytes_of_words: usize,
}

/// The most memory that this process held so far, as the kernel says it; Linux only.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("the system does not tell").to_owned()
}
