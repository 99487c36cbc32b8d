//! `dealtone listen`: what a recording says, alone or beside its transcript, without scoring any words.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;

use super::{Done, OutputError, one_file::replace, terminal::tell};
use crate::{
    config::ConfigFile,
    conversation::{Channel, Conversation, ConversationId, DealId, Source},
    read::{Skipped, export, open},
    report::listen,
    team::{self, Team},
    voice::{self, found::Recordings},
};

#[derive(Args)]
pub(crate) struct ListenArgs {
    /// A WAV file of the call, or one a party; then the transcript, where there is one
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Mail domains of our side: a.com,b.com, or a file with one a line
    #[arg(long, value_name = "FILE|DOMAINS", env = "DEALTONE_OUR_DOMAINS")]
    our_domains: Option<String>,
    /// Who is of our team, other names of a person, sides in single files
    #[arg(long, value_name = "FILE", env = "DEALTONE_TEAM")]
    team: Option<PathBuf>,
    /// Exchange buyer and seller
    #[arg(long)]
    swap_sides: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Write the JSON to this file too
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &ListenArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let (sounds, texts): (Vec<&PathBuf>, Vec<&PathBuf>) =
        args.files.iter().partition(|f| export::is_recording(&name(f)));
    if sounds.is_empty() {
        let named = args.files[0].display();
        bail!(
            "{named}: this is no .wav file, and a recording is heard as one alone; convert it: ffmpeg -i {named} call.wav, or \
             name the .wav file before the transcript"
        );
    }
    if texts.len() > 1 {
        bail!("{} and {}: one call has one transcript; name one of them", texts[0].display(), texts[1].display());
    }
    for path in &sounds {
        std::fs::metadata(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    }
    let mut skipped = Vec::new();
    let transcript = match texts.first() {
        Some(path) => Some(read(path, args, config, &mut skipped)?),
        None => {
            super::export::check_sides(args.team.as_ref(), args.our_domains.as_deref())?;
            None
        }
    };
    let speakers = transcript.as_ref().map(voice::speakers).unwrap_or_default();
    let files = Recordings::elsewhere(sounds.iter().map(|p| (name(p), (*p).clone()))).all_of_one(&speakers);
    let (heard, failed) = voice::hear(&files);
    let Some(heard) = heard else {
        let why: Vec<String> = failed.iter().map(ToString::to_string).collect();
        bail!("{}", why.join("\n"));
    };
    let is_whole = heard.is_whole();
    let mut call = transcript.unwrap_or_else(|| without_words(&files[0].path));
    call.recording = Some(if call.turns.is_empty() { heard.alone() } else { heard.recording(&call) });

    let json = listen::json(&call);
    if let Some(path) = &args.out {
        let failed = |cause| OutputError {
            path: path.display().to_string(),
            cause,
            remedy: "name a file that can be written with --out",
        };
        replace(path, json.as_bytes()).map_err(failed)?;
    }
    let text = if args.json { json } else { listen::table(&call) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    failed.iter().for_each(tell);
    skipped.iter().for_each(tell);
    Ok(if failed.is_empty() && !skipped.iter().any(Skipped::is_loss) && is_whole { Done::Whole } else { Done::Partly })
}

/// The one call in a transcript, its sides decided.
fn read(
    path: &Path,
    args: &ListenArgs,
    config: &ConfigFile,
    skipped: &mut Vec<Skipped>,
) -> anyhow::Result<Conversation> {
    let file = export::ExportFile {
        path: name(path),
        deal: DealId("listen".into()),
        at: path.to_owned(),
        size: std::fs::metadata(path).with_context(|| format!("{}: cannot be read", path.display()))?.len(),
        top: true,
    };
    let mut calls = Vec::new();
    open::read_file(&file, &mut |item| match item {
        open::Item::Conversation(c) if c.channel == Channel::Call => calls.push(*c),
        open::Item::Conversation(_) | open::Item::Directory(_) => {}
        open::Item::Skipped(loss) => skipped.push(loss),
    });
    if calls.len() != 1 {
        let why = skipped.first().map(|s| format!(": {s}")).unwrap_or_default();
        bail!(
            "{} holds {} calls, and a recording is of one{why}; name the transcript of this call",
            file.path,
            calls.len()
        );
    }
    let mut team = match args.team.as_ref().or(config.team.as_ref()) {
        Some(path) => super::export::read_team(path)?,
        None => Team::default(),
    };
    team.our_domains.extend(super::export::our_domains(args.our_domains.as_deref(), config)?);
    team.swap_sides |= args.swap_sides;
    team::decide(&mut calls, None, &team);
    Ok(calls.remove(0))
}

fn without_words(path: &str) -> Conversation {
    Conversation {
        id: ConversationId(path.to_owned()),
        deal: DealId(String::new()),
        channel: Channel::Call,
        started_at: None,
        local_time: false,
        title: String::new(),
        participants: vec![],
        turns: vec![],
        mail: None,
        recording: None,
        source: Source::default(),
        revision: 0,
        as_read: None,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
