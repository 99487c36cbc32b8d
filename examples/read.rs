//! Reads an export and prints its conversations, one JSON object a line, as the analysis sees them; what could not be
//! read goes to standard error. `cargo run --example read -- EXPORT…`

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use dealtone::{
    Conversation, DealId,
    read::{self, Input, export},
    team::{self, Team},
};

fn main() -> std::io::Result<()> {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let export = export::walk(&roots);
    let team = Team { our_domains: export.our_domains.clone(), ..Team::default() };
    let mut deals: BTreeMap<DealId, Vec<Conversation>> = BTreeMap::new();
    let mut skipped = export.skipped;
    for file in &export.files {
        match file.bytes() {
            Ok(bytes) => {
                let read = read::read(&Input::new(&file.path, &file.deal, &bytes));
                skipped.extend(read.skipped);
                for conversation in read.conversations {
                    deals.entry(conversation.deal.clone()).or_default().push(conversation);
                }
            }
            Err(loss) => skipped.push(loss),
        }
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (deal, mut conversations) in deals {
        team::decide(&mut conversations, export.crm.get(&deal), &team);
        for conversation in conversations {
            serde_json::to_writer(&mut out, &conversation)?;
            out.write_all(b"\n")?;
        }
    }
    for loss in skipped {
        eprintln!("{loss}");
    }
    out.flush()
}
