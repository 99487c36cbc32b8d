//! The deals of a run between their analysis and the page: their words stay in scored.jsonl, which is written anyway, and
//! are read again one deal at a time. Held in memory, they would take it by the size of the export.

use std::{
    fs::File,
    io::{self, Read as _, Seek, SeekFrom},
    path::Path,
};

use super::{
    OutputError,
    out_folder::{OutFile, output_error},
};
use crate::{
    conversation::DealId,
    deal::Deal,
    deal_report::DealReport,
    pipeline::Analysed,
    report::{Bundle, Outline, jsonl},
    utterance::Scored,
};

/// A deal without its words.
struct Kept {
    report: DealReport,
    /// The buyer's tone, one number a conversation in which the buyer spoke.
    buyer_tone: Vec<f64>,
    conversations: usize,
    /// Where its lines stand in scored.jsonl, in bytes.
    at: u64,
    length: usize,
}

/// The deals of a run, in the order in which they were analysed.
pub(crate) struct KeptDeals {
    all: Vec<Kept>,
    written: u64,
}

impl KeptDeals {
    pub(crate) fn new() -> KeptDeals {
        KeptDeals { all: Vec::new(), written: 0 }
    }

    /// Keeps a deal: its words in `scored`, which nobody else writes to, the rest in memory.
    pub(crate) fn add(&mut self, analysed: Analysed, scored: &mut OutFile) -> Result<(), OutputError> {
        let Analysed { deal, report, .. } = analysed;
        let Outline { buyer_tone, conversations, .. } = Outline::of(&Bundle { deal: &deal, report: &report });
        let at = self.written;
        for conversation in deal.by_time() {
            let line = jsonl::scored(conversation);
            scored.write(line.as_bytes())?;
            self.written += line.len() as u64;
        }
        let length = (self.written - at) as usize;
        self.all.push(Kept { report, buyer_tone, conversations, at, length });
        Ok(())
    }

    /// The names of the deals.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &DealId> + Clone {
        self.all.iter().map(|kept| &kept.report.deal)
    }

    /// What overviews need of each deal.
    pub(crate) fn outlines(&self) -> Vec<Outline<'_>> {
        self.all
            .iter()
            .map(|kept| Outline {
                report: &kept.report,
                buyer_tone: kept.buyer_tone.clone(),
                conversations: kept.conversations,
            })
            .collect()
    }

    /// What was found in the deal at `place`.
    pub(crate) fn report(&self, place: usize) -> &DealReport {
        &self.all[place].report
    }

    /// How many deals there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The deal at `place` with its words, from the file that [`KeptDeals::add`] wrote.
    pub(crate) fn deal(&self, place: usize, scored: &Path) -> Result<Deal, OutputError> {
        let kept = &self.all[place];
        let read = || -> io::Result<Deal> {
            let mut file = File::open(scored)?;
            file.seek(SeekFrom::Start(kept.at))?;
            let mut lines = vec![0; kept.length];
            file.read_exact(&mut lines)?;
            let mut deal = Deal::new(kept.report.deal.clone(), kept.report.crm.clone());
            for line in serde_json::Deserializer::from_slice(&lines).into_iter::<Scored>() {
                deal.absorb(line?).map_err(io::Error::other)?;
            }
            Ok(deal)
        };
        read().map_err(|e| output_error(scored, e))
    }
}
