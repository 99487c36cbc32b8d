//! `dealtone analyze`: a folder of exports to a report and the files beside it.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::bail;
use clap::Args;

use super::{
    Done, EngineArgs,
    export::{ExportArgs, say_what_lies_beside},
    out_folder::output_error,
    progress::Bar,
    report::{ResultArgs, Results, called},
    terminal::tell,
};
use crate::{
    config::ConfigFile,
    deal::{Deal, tell_usual_stage_days},
    listening::Elsewhere,
    pipeline::{self, Analysed, AnalyzeOptions},
    read::{
        export::{Export, walk},
        loose::may_hold_many,
    },
    resume::ResumeLog,
    team::Team,
};

#[derive(Args)]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    export: ExportArgs,
    #[command(flatten)]
    results: ResultArgs,
    /// Recordings elsewhere than beside their transcripts: a folder, or a WAV file; matched by name
    #[arg(long, value_name = "DIR|FILE")]
    audio: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(args: &AnalyzeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let ResultArgs { out, quiet, .. } = &args.results;
    let asked = args.results.read(config)?;
    args.export.check()?;
    // Before the files are found: it takes twice its memory for a moment, which a long list of files then gets.
    let engine = args.engine.load(config)?;
    let (mut export, team) = args.export.open(config)?;
    tell_usual_stage_days(&mut export.crm, asked.as_of);
    if !quiet {
        say_what_was_left_out(&export);
        say_what_is_not_used(&export, &args.results.named(config));
        say_what_lies_beside(&export);
    }
    let audio = match &args.audio {
        Some(place) => recordings(place)?,
        None => Elsewhere::Nowhere,
    };
    let (rules, spool) = (asked.rules.clone(), Some(out.clone()));
    let zone = asked.zone.clone();
    let options = AnalyzeOptions { team, as_of: asked.as_of, zone, rules, audio, spool, ..AnalyzeOptions::default() };
    // Whatever can fail without the work done fails before it.
    let deals = called(&export.crm, export.files.iter().map(|file| &file.deal));
    let mut results = Results::open(&args.results, &asked, export.skipped.clone(), &deals)?;
    drop(deals);

    // What a killed run had scored is not scored again.
    let log_path = out.join("resume.log");
    let log = ResumeLog::open(&log_path, &engine.provenance).map_err(|e| output_error(&log_path, e))?;
    if !quiet && !log.is_empty() {
        let scored = log.len();
        tell(format_args!("going on where an earlier run stopped: {scored} conversations are scored already"));
    }
    let log = Mutex::new(log);

    let bar = Bar::new(*quiet);
    let mut addresses = Addresses::default();
    let take = |deal: Analysed| -> anyhow::Result<()> {
        addresses.look_at(&deal.deal, &options.team);
        Ok(results.add(deal)?)
    };
    let of_no_deal = pipeline::analyze(&export, &engine, &options, Some(&log), &bar, take)?;
    bar.clear();
    // What is said of all deals at once gets its memory.
    drop(engine);
    let written = results.finish(of_no_deal)?;
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    log.finish().map_err(|e| output_error(&log_path, e))?;
    if !quiet && let Some(told) = addresses.doubt(&options.team) {
        tell(told);
    }
    let of_any: HashSet<_> = export.files.iter().filter(|file| may_hold_many(file)).map(|file| &file.deal).collect();
    let folders = export.files.iter().map(|file| &file.deal).filter(|deal| !of_any.contains(deal));
    written.say_without_conversation(export.crm.keys(), folders);
    written.say()
}

/// Whether mail addresses were found, and any under the domains that are stated to be ours.
#[derive(Default)]
struct Addresses {
    any: bool,
    ours: bool,
}

impl Addresses {
    fn look_at(&mut self, deal: &Deal, team: &Team) {
        if self.ours {
            return;
        }
        let people = deal.by_time().into_iter().flat_map(|scored| &scored.conversation.participants);
        for email in people.filter_map(|person| person.email.as_deref()) {
            self.any = true;
            self.ours |= team.owns(email);
        }
    }

    /// A domain that is written wrongly makes buyers of our own people, whose words then count as the buyer's.
    fn doubt(&self, team: &Team) -> Option<String> {
        let stated = team.our_domains.join(", ");
        (self.any && !self.ours && !stated.is_empty()).then(|| {
            format!(
                "no mail address in the export is under our domains ({stated}), so our people may be taken for buyers; \
                 check how they are written"
            )
        })
    }
}

/// The recordings in a folder, or the one that is named.
fn recordings(place: &Path) -> anyhow::Result<Elsewhere> {
    let mut found = walk(&[place.to_owned()]);
    if found.recordings.is_empty() {
        bail!("--audio {}: there is no .wav file; name a folder of recordings or one of them", place.display());
    }
    Ok(match found.recordings.pop() {
        Some(file) if place.is_file() => Elsewhere::File(file),
        last => Elsewhere::Folder(found.recordings.into_iter().chain(last).collect()),
    })
}

/// Says which settings, rules and judgements lie in the export and are none of the `named` ones.
fn say_what_is_not_used(export: &Export, named: &[&Path]) {
    let same = |a: &Path, b: &Path| std::fs::canonicalize(a).ok() == std::fs::canonicalize(b).ok();
    for (path, at, flag) in export.not_used.iter().filter(|(_, at, _)| !named.iter().any(|file| same(file, at))) {
        tell(format_args!("{path} lies in the export and is not used; to use it, say {flag} {}", at.display()));
    }
}

/// Says which results of earlier runs lie in the export and were not read.
fn say_what_was_left_out(export: &Export) {
    for (folder, files) in &export.own_results {
        let folder = if folder.is_empty() { "the export's top folder" } else { folder };
        let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        tell(format_args!("left out what an earlier run wrote: {files} in {folder}"));
    }
}
