//! Reads an export and prints its conversations, one JSON object a line, as the analysis sees them; what could not be
//! read goes to standard error. `cargo run --example read -- EXPORT…`

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use dealtone::{
    Conversation, DealId,
    read::{
        assign::Deals,
        directory,
        duplicates::Seen,
        export,
        open::{Item, read_file},
    },
    team::{self, Team},
};

fn main() -> std::io::Result<()> {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let export = export::walk(&roots);
    let (mut conversations, mut directories, mut skipped) = (vec![], vec![], export.skipped);
    for file in &export.files {
        read_file(file, &mut |item| match item {
            Item::Conversation(conversation) => conversations.push(*conversation),
            Item::Directory(directory) => directories.push(*directory),
            Item::Skipped(loss) => skipped.push(loss),
        });
    }
    skipped.extend(directory::attach(&mut conversations, &directories));
    let mut known = Deals::of_crm(&export.crm, &export.our_domains);
    conversations.iter().for_each(|c| known.learn_from(c, &export.our_domains));
    let mut seen = Seen::default();
    let mut deals: BTreeMap<DealId, Vec<Conversation>> = BTreeMap::new();
    for mut conversation in conversations {
        skipped.extend(known.assign(&mut conversation).err());
        match seen.check(&conversation) {
            Ok(()) => deals.entry(conversation.deal.clone()).or_default().push(conversation),
            Err(duplicate) => skipped.push(duplicate),
        }
    }
    let team = Team { our_domains: export.our_domains.clone(), ..Team::default() };
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
