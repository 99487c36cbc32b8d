//! `dealtone analyze`: a folder of exports to a report and the files beside it.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, bail};
use clap::Args;
use jiff::{civil::Date, tz::TimeZone};

use super::{
    Done, EngineArgs,
    export::ExportArgs,
    extra_files::{Format, write_formats},
    out_folder::{OutFolder, output_error},
    progress::Bar,
};
use crate::{
    config::ConfigFile,
    deal::tell_usual_stage_days,
    pipeline::{self, Analysed, AnalyzeOptions},
    read::{
        Skipped,
        export::{Export, ExportFile, walk},
    },
    report::{
        Bundle, Listed, NotRead, html, jsonl,
        terminal::{self, Style},
    },
    resume::ResumeLog,
};

#[derive(Args)]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    export: ExportArgs,
    /// Folder for the results; made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Day of judgement, as 2026-06-12 [default: as_of of deals.csv, else each deal's latest interaction]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Recordings elsewhere than beside their transcripts: a folder, or a WAV file; matched by name
    #[arg(long, value_name = "DIR|FILE")]
    audio: Option<PathBuf>,
    /// Your own rules over the built-in ones; `dealtone explain rules` shows them
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// What people judge of the deals, to stand beside what is measured; one file of all, or one of each who judges
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Vec<PathBuf>,
    /// Time zone in which times are shown, as Europe/Berlin; files are in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", env = "DEALTONE_ZONE")]
    zone: Option<String>,
    /// Further files beside the lines and the page, several with commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    format: Vec<Format>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(args: &AnalyzeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let zone = zone(args.zone.as_deref().or(config.zone.as_deref()))?;
    let (mut export, team) = args.export.open(config)?;
    tell_usual_stage_days(&mut export.crm, args.as_of);
    if !args.quiet {
        say_what_was_left_out(&export);
    }
    let rules = super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?;
    let judgements = super::report::judgements(&args.judgements, config, &rules)?;
    let audio = match &args.audio {
        Some(place) => recordings(place)?,
        None => vec![],
    };
    let spool = Some(args.out.clone());
    let options = AnalyzeOptions { team, as_of: args.as_of, rules, audio, spool, ..AnalyzeOptions::default() };
    // Whatever can fail without the work done fails before it.
    let mut out = OutFolder::open(&args.out)?;
    let engine = args.engine.load(config)?;

    // What a killed run had scored is not scored again.
    let log_path = args.out.join("resume.log");
    let log = ResumeLog::open(&log_path, &engine.provenance).map_err(|e| output_error(&log_path, e))?;
    if !args.quiet && !log.is_empty() {
        eprintln!("dealtone: going on where an earlier run stopped: {} conversations are scored already", log.len());
    }
    let log = Mutex::new(log);

    let mut utterances = out.create("utterances.jsonl")?;
    let mut deals = out.create("deals.jsonl")?;
    let mut scored = out.create("scored.jsonl")?;
    let mut skipped: Vec<Skipped> = export.skipped.clone();
    // Each deal's page waits in a file until the list of all is known; of the deal itself only what the list shows is kept,
    // save where a table of all deals was asked for.
    let mut pages = out.scratch("pages")?;
    let mut listed: Vec<Listed> = Vec::new();
    let keep = args.format.iter().any(|f| *f != Format::Jsonl);
    let mut kept: Vec<Analysed> = Vec::new();
    let bar = Bar::new(args.quiet);
    let of_no_deal =
        pipeline::analyze(&export, &engine, &options, Some(&log), &bar, |mut deal: Analysed| -> anyhow::Result<()> {
            skipped.append(&mut deal.skipped);
            if deal.deal.is_empty() {
                return Ok(());
            }
            deal.report.judgements = judgements.of(&deal.deal.id).to_vec();
            utterances.write(jsonl::utterances(&deal.deal).as_bytes())?;
            deals.write(jsonl::deal(&deal.report).as_bytes())?;
            for conversation in deal.deal.by_time() {
                scored.write(jsonl::scored(conversation).as_bytes())?;
            }
            let bundle = Bundle { deal: &deal.deal, report: &deal.report };
            pages.write(html::packed(&bundle, listed.len(), &zone).as_bytes())?;
            listed.push(Listed::of(&bundle));
            if keep {
                kept.push(deal);
            }
            Ok(())
        })?;
    bar.clear();
    super::rules::warn_of_no_deal(&judgements, listed.iter().map(Listed::deal));
    skipped.extend(of_no_deal);
    utterances.close()?;
    deals.close()?;
    scored.close()?;

    let not_read: Vec<NotRead> =
        skipped.iter().map(|s| NotRead { file: &s.file, line: s.line, code: &s.code, message: &s.message }).collect();
    out.write("skipped.jsonl", jsonl::skipped(not_read.iter().copied()).as_bytes())?;
    let (before, after) = html::around(&listed, &html::Frame { zone: &zone, made_at: None, not_read: &not_read });
    let mut page = out.create("report.html")?;
    for part in before {
        page.write(part.as_bytes())?;
    }
    pages.copy_to(&mut page)?;
    page.write(after.as_bytes())?;
    page.close()?;
    let bundles: Vec<Bundle> = kept.iter().map(|a| Bundle { deal: &a.deal, report: &a.report }).collect();
    write_formats(&mut out, &args.format, &bundles, &zone)?;
    let files = out.finish()?;
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    log.finish().map_err(|e| output_error(&log_path, e))?;

    if !args.quiet {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(terminal::attention_list(&listed, &zone, style()).as_bytes())?;
        writeln!(stdout, "\nWritten:")?;
        for file in &files {
            writeln!(stdout, "  {}", file.display())?;
        }
    }
    if skipped.is_empty() {
        return Ok(Done::Whole);
    }
    eprintln!(
        "dealtone: {} could not be read whole; skipped.jsonl names each with its line and the remedy",
        match skipped.len() {
            1 => "one thing".to_owned(),
            n => format!("{n} things"),
        }
    );
    Ok(Done::Partly)
}

/// The recordings in a folder, or the one that is named.
fn recordings(place: &std::path::Path) -> anyhow::Result<Vec<ExportFile>> {
    let found = walk(&[place.to_owned()]);
    if found.recordings.is_empty() {
        bail!("--audio {}: there is no .wav file; name a folder of recordings or one of them", place.display());
    }
    Ok(found.recordings)
}

/// Says which results of earlier runs lie in the export and were not read.
fn say_what_was_left_out(export: &Export) {
    for (folder, files) in &export.own_results {
        let folder = if folder.is_empty() { "the export's top folder" } else { folder };
        let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        eprintln!("dealtone: left out what an earlier run wrote: {files} in {folder}");
    }
}

/// The zone of that name; UTC where none is named.
pub(crate) fn zone(name: Option<&str>) -> anyhow::Result<TimeZone> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => TimeZone::get(name)
            .with_context(|| format!("{name:?} is no time zone; name one as Europe/Berlin or America/New_York")),
    }
}

/// What standard output can show.
pub(crate) fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    if !terminal {
        return Style::PLAIN;
    }
    let colour =
        std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var("TERM").as_deref() != Ok("dumb");
    let width = terminal_size::terminal_size().map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style { width, colour, ..Style::PLAIN }
}
