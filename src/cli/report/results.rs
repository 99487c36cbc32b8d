//! What comes of judged deals: the files, the list on the terminal, how the run ends. `analyze` and `report` share it, so that
//! the same scored conversations give the same bytes by either.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::Args;
use jiff::{civil::Date, tz::TimeZone};

use super::{judgements, rules};
use crate::{
    cli::{
        Done, OutputError,
        extra_files::{Format, write_formats},
        out_folder::{Finished, JUDGED, OutFile, OutFolder, PAGES},
        rules::warn_of_no_deal,
        run_files,
        terminal::{style, tell},
    },
    config::{self, ConfigFile},
    conversation::{DealId, Side},
    deal::{CrmRecord, called::Called},
    judgement::Judgements,
    pipeline::{Analysed, AsOf},
    read::{Skipped, export::UNASSIGNED},
    report::{Bundle, Listed, NotRead, html, jsonl, losses, ranks, terminal},
    rules::Rules,
    utterance::Scored,
};

/// How deals are judged and shown, and where what comes of it is written.
#[derive(Args)]
pub(crate) struct ResultArgs {
    /// Folder for the results; made where it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Day of judgement, as 2026-06-12, or today [default: as_of of deals.csv, else each deal's latest interaction]
    #[arg(long, value_name = "DATE")]
    as_of: Option<AsOf>,
    /// Your own rules over the built-in ones; `dealtone explain rules` shows them
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// What people judge of the deals, to stand beside what is measured; one file of all, or one of each who judges
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Vec<PathBuf>,
    /// Time zone in which times are shown and the day of judgement ends, as Europe/Berlin; files are in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", env = "DEALTONE_ZONE", value_parser = config::zone)]
    zone: Option<TimeZone>,
    /// Further files beside the lines and the page, several with commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    format: Vec<Format>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What is asked for, read.
pub(crate) struct Asked {
    pub(crate) rules: Rules,
    judgements: Judgements,
    pub(crate) zone: TimeZone,
    /// The day of judgement.
    pub(crate) as_of: Option<Date>,
}

impl ResultArgs {
    /// Reads the files that are named: what is wrong with them fails before any work is done.
    pub(crate) fn read(&self, config: &ConfigFile) -> anyhow::Result<Asked> {
        let zone = self.zone.clone().or_else(|| config.zone.clone()).unwrap_or(TimeZone::UTC);
        let rules = rules(self.rules.as_ref().or(config.rules.as_ref()))?;
        let judgements = judgements(&self.judgements, config, &rules)?;
        let as_of = self.as_of.map(|as_of| as_of.day(&zone));
        Ok(Asked { rules, judgements, zone, as_of })
    }

    /// The files of rules, judgements and settings that are read.
    pub(crate) fn named<'a>(&'a self, config: &'a ConfigFile) -> Vec<&'a Path> {
        let judgements = if self.judgements.is_empty() { config.judgements.as_slice() } else { &self.judgements[..] };
        let rules = self.rules.as_ref().or(config.rules.as_ref());
        rules.into_iter().chain(judgements).chain(&config.file).map(PathBuf::as_path).collect()
    }
}

/// What deals are called: those that the CRM knows, and `others` by their ids.
pub(crate) fn called<'a>(crm: &'a BTreeMap<DealId, CrmRecord>, others: impl Iterator<Item = &'a DealId>) -> Called<'a> {
    let known = crm.iter().map(|(id, record)| (id, record.name.as_deref()));
    Called::of(known.chain(others.filter(|id| id.0 != UNASSIGNED).map(|id| (id, None))))
}

/// Results in the making. Each deal is written as soon as it is judged.
pub(crate) struct Results<'a> {
    args: &'a ResultArgs,
    asked: &'a Asked,
    /// What people judge, by the ids of the deals.
    judgements: Judgements,
    out: OutFolder,
    utterances: OutFile,
    deals: OutFile,
    scored: OutFile,
    /// The lines of `deals` until the order of attention is known.
    judged: OutFile,
    rules_sha256: String,
    skipped: Vec<Skipped>,
    /// Each deal's page waits in a file until the list of all is known; of the deal itself only what the list shows is kept,
    /// save where a table of all deals was asked for.
    pages: OutFile,
    listed: Vec<Listed>,
    kept: Vec<Analysed>,
    sides: Sides,
}

/// Of how many utterances the speaker's side is unknown.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sides {
    unknown: usize,
    all: usize,
    /// Whether mail domains of ours are known.
    domains: bool,
}

impl Sides {
    /// Counts the utterances of a conversation.
    pub(crate) fn count(&mut self, scored: &Scored) {
        let side = |turn: usize| scored.conversation.turns.get(turn).map_or(Side::Unknown, |turn| turn.side);
        self.unknown += scored.utterances.iter().filter(|u| side(u.turn) == Side::Unknown).count();
        self.all += scored.utterances.len();
        self.learn(scored);
    }

    /// Learns what was known where a conversation was read.
    fn learn(&mut self, scored: &Scored) {
        self.domains |= scored.conversation.as_read.as_ref().is_some_and(|noted| !noted.our_domains.is_empty());
    }

    /// What to do about it, where it is most of them: without sides nothing is judged.
    pub(crate) fn remedy(self) -> Option<String> {
        // Who has named them is not told to.
        let name = if self.domains {
            "no address of your mail domains is theirs, so name"
        } else {
            "name your mail domains with --our-domains ours.example or, where the export holds no addresses of yours,"
        };
        (self.unknown * 2 > self.all).then(|| {
            format!(
                "whose side the speaker is on is unknown for {} of {} utterances; {name} your people in a team.toml \
                 beside the export, each as two lines: [[members]], name = \"Dana Whitfield\"",
                self.unknown, self.all
            )
        })
    }
}

impl<'a> Results<'a> {
    /// Begins the files; `skipped` is what could not be read so far, `deals` are those that people may have judged.
    pub(crate) fn open(
        args: &'a ResultArgs,
        asked: &'a Asked,
        skipped: Vec<Skipped>,
        deals: &Called,
    ) -> anyhow::Result<Results<'a>> {
        let judgements = asked.judgements.clone().by_id(deals).map_err(|told| anyhow!("judgements: {told}"))?;
        let mut out = OutFolder::open(&args.out)?;
        out.spare(&run_files::names(&args.format))?;
        let [utterances, deals, scored] =
            [out.create("utterances.jsonl")?, out.create("deals.jsonl")?, out.create("scored.jsonl")?];
        let [pages, judged] = [out.scratch(PAGES)?, out.scratch(JUDGED)?];
        let rules_sha256 = asked.rules.sha256();
        let (listed, kept, sides) = (Vec::new(), Vec::new(), Sides::default());
        Ok(Results {
            args,
            asked,
            judgements,
            out,
            utterances,
            deals,
            scored,
            judged,
            rules_sha256,
            skipped,
            pages,
            listed,
            kept,
            sides,
        })
    }

    /// Writes a deal, or what fits none. They come in the order of their names.
    pub(crate) fn add(&mut self, mut deal: Analysed) -> Result<(), OutputError> {
        self.skipped.append(&mut deal.skipped);
        if deal.deal.is_empty() {
            return Ok(());
        }
        deal.report.judgements = self.judgements.of(&deal.deal.id).to_vec();
        deal.report.rules_sha256 = Some(self.rules_sha256.clone());
        self.utterances.write(jsonl::utterances(&deal.deal).as_bytes())?;
        for conversation in deal.deal.by_time() {
            self.scored.write(jsonl::scored(conversation).as_bytes())?;
            self.sides.learn(conversation);
        }
        self.sides.unknown += deal.report.coverage.unknown_side;
        self.sides.all += deal.report.coverage.utterances;
        let bundle = Bundle { deal: &deal.deal, report: &deal.report };
        let listed = Listed::of(&bundle);
        if deal.deal.id.0 == UNASSIGNED {
            // Strangers whom nothing joins: their words stand in the files, but to judge them together would be to judge nobody.
            self.listed.push(listed.of_no_deal());
        } else {
            self.judged.write(jsonl::deal(&deal.report).as_bytes())?;
            self.pages.write(html::packed(&bundle, self.listed.len(), &self.asked.zone).as_bytes())?;
            self.listed.push(listed);
        }
        if self.args.format.iter().any(|f| *f != Format::Jsonl) {
            self.kept.push(deal);
        }
        Ok(())
    }

    /// Writes what is said of all deals and gives the files their names; `of_no_deal` could not be read either.
    pub(crate) fn finish(mut self, of_no_deal: Vec<Skipped>) -> anyhow::Result<Written<'a>> {
        let Results { args, asked, mut out, listed, sides, .. } = self;
        let zone = &asked.zone;
        if !args.quiet {
            let deals = listed.iter().filter(|deal| !deal.is_of_no_deal());
            warn_of_no_deal(&self.judgements, &Called::of(deals.map(|deal| (deal.deal(), Some(deal.name())))));
        }
        self.skipped.extend(of_no_deal);
        self.utterances.close()?;
        let ranks = ranks(&listed);
        // A line each has what is a deal, and so has a rank.
        let mut of_next = ranks.iter().flatten();
        self.judged.each_line(|line| match of_next.next() {
            Some(rank) => self.deals.write(jsonl::ranked(line, rank).as_bytes()),
            _ => self.deals.write(format!("{line}\n").as_bytes()),
        })?;
        self.deals.close()?;
        for (kept, rank) in self.kept.iter_mut().zip(ranks) {
            kept.report.attention = rank;
        }
        self.scored.close()?;
        let not_read: Vec<NotRead> = (self.skipped.iter())
            .map(|s| NotRead { file: &s.file, line: s.line, code: &s.code, message: &s.message, is_loss: s.is_loss() })
            .collect();
        out.write("skipped.jsonl", jsonl::skipped(not_read.iter().copied()).as_bytes())?;
        let (before, after) = html::around(&listed, &html::Frame { zone, made_at: None, not_read: &not_read });
        let mut page = out.create("report.html")?;
        for part in before {
            page.write(part.as_bytes())?;
        }
        self.pages.copy_to(&mut page)?;
        page.write(after.as_bytes())?;
        page.close()?;
        let bundles: Vec<Bundle> = self.kept.iter().map(|a| Bundle { deal: &a.deal, report: &a.report }).collect();
        write_formats(&mut out, &args.format, &bundles, zone)?;
        drop(not_read);
        Ok(Written { args, zone, listed, sides, skipped: self.skipped, finished: out.finish()? })
    }
}

/// Results that have their names. Until it is dropped, no other run writes to their folder.
pub(crate) struct Written<'a> {
    args: &'a ResultArgs,
    zone: &'a TimeZone,
    listed: Vec<Listed>,
    sides: Sides,
    skipped: Vec<Skipped>,
    finished: Finished,
}

impl Written<'_> {
    /// Says which of the deals that the CRM knows, and which folders, have no conversation in the export: they stand in no
    /// list.
    pub(crate) fn say_without_conversation<'d>(
        &self,
        known: impl Iterator<Item = &'d DealId>,
        folders: impl Iterator<Item = &'d DealId>,
    ) {
        if self.args.quiet {
            return;
        }
        let listed: BTreeSet<&DealId> = self.listed.iter().map(Listed::deal).collect();
        let folders: BTreeSet<&DealId> = folders.filter(|id| !listed.contains(id) && id.0 != UNASSIGNED).collect();
        let known: BTreeSet<&DealId> = known.filter(|id| !listed.contains(id) && !folders.contains(id)).collect();
        for (without, what) in [
            (known, "of deals.csv without a conversation in the export"),
            (folders, "of which no conversation could be read"),
        ] {
            const NAMED: usize = 3;
            let names: Vec<&str> = without.iter().take(NAMED).map(|id| id.0.as_str()).collect();
            let more = if without.len() > NAMED { " and others" } else { "" };
            match without.len() {
                0 => {}
                1 => tell(format_args!("1 deal {what}: {}", names.join(", "))),
                n => tell(format_args!("{n} deals {what}: {}{more}", names.join(", "))),
            }
        }
    }

    /// Prints the list of deals and the files, and says how the run ended.
    pub(crate) fn say(&self) -> anyhow::Result<Done> {
        if !self.args.quiet {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(terminal::attention_list(&self.listed, self.zone, style()).as_bytes())?;
            writeln!(stdout, "\nWritten:")?;
            for file in &self.finished.files {
                writeln!(stdout, "  {}", file.display())?;
            }
        }
        if !self.args.quiet && !self.finished.removed.is_empty() {
            let removed = self.finished.removed.join(", ");
            tell(format_args!("removed what an earlier run wrote there and this one did not: {removed}"));
        }
        if let Some(remedy) = self.sides.remedy().filter(|_| !self.args.quiet) {
            tell(remedy);
        }
        Ok(say_by_code(&self.skipped, "skipped.jsonl names each with its line and the remedy", self.args.quiet))
    }
}

/// Says how much was lost and how much is only told, by code, and with what exit code that ends.
pub(crate) fn say_by_code(skipped: &[Skipped], each: &str, quiet: bool) -> Done {
    let of = |lost: bool| losses(skipped.iter().filter(|one| one.is_loss() == lost).map(|one| one.code.as_str()), lost);
    let (lost, told) = (of(true), of(false).filter(|_| !quiet));
    let parts: Vec<String> = lost.iter().cloned().chain(told).collect();
    if !parts.is_empty() {
        tell(format_args!("{}; {each}", parts.join("; ")));
    }
    if lost.is_none() { Done::Whole } else { Done::Partly }
}
