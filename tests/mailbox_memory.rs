//! A mailbox of everybody takes the memory of a message and of a deal, not its own size.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use dealtone::{
    listening::{Elsewhere, Listening},
    read::export,
    reading::{ReadDeal, read_export},
    team::Team,
};

mod counting;

const DEALS: usize = 50;

/// Writes an export with a mailbox of about `megabytes`; gives the number of its messages.
fn write_export(at: &Path, megabytes: usize) -> usize {
    let mut crm = "deal_id,contacts\n".to_owned();
    for n in 0..DEALS {
        crm += &format!("deal{n},Ann <ann@customer{n}.example>\n");
    }
    fs::write(at.join("deals.csv"), crm).unwrap();
    fs::write(at.join("our-domains.txt"), "us.example\n").unwrap();
    let mut out = BufWriter::new(File::create(at.join("all.mbox")).unwrap());
    let (mut written, mut number) = (0, 0);
    while written < megabytes << 20 {
        number += 1;
        let words = format!("We need {number} more seats before the pilot can end.\n").repeat(1 + number % 60);
        let mail = format!(
            "From ann@x Mon Jun  1 10:00:00 2026\nFrom: Ann <ann@customer{}.example>\nTo: rep@us.example\nSubject: n {number}\nMessage-ID: <{number}@x>\n\n{words}\n",
            number % DEALS
        );
        out.write_all(mail.as_bytes()).unwrap();
        written += mail.len();
    }
    out.flush().unwrap();
    number
}

#[test]
fn memory_does_not_grow_with_the_mailbox() {
    let mut peaks = Vec::new();
    for megabytes in [6, 18] {
        let temp = tempfile::tempdir().unwrap();
        let (mailbox, spool) = (temp.path().join("mailbox"), temp.path().join("out"));
        fs::create_dir_all(&mailbox).unwrap();
        fs::create_dir_all(&spool).unwrap();
        let messages = write_export(&mailbox, megabytes);
        let (mut found, mut deals, mut largest) = (0, 0, 0);
        let count = |deal: ReadDeal| -> std::io::Result<bool> {
            deals += usize::from(!deal.conversations.is_empty());
            found += deal.conversations.len();
            let words = deal.conversations.iter().flat_map(|c| &c.turns).map(|t| t.text.len()).sum();
            largest = largest.max(words);
            Ok(true)
        };
        let (skipped, most) = counting::most_held(|| {
            let export = export::walk(&[mailbox]);
            read_export(&export, &Team::default(), Some(&spool), Listening::new(&[], &Elsewhere::Nowhere, 0), count)
                .unwrap()
        });
        assert_eq!((found, deals, skipped.len()), (messages, DEALS, 0));
        assert_eq!(fs::read_dir(&spool).unwrap().count(), 0, "nothing is left behind");
        // A deal is judged over all of its words, so it is in memory as a whole, some strings about each message with it.
        peaks.push((most as usize).saturating_sub(4 * largest));
    }
    assert!(peaks[1] < 16 << 20, "{peaks:?}");
    assert!(peaks[1] < peaks[0] + (2 << 20), "{peaks:?}");
}
