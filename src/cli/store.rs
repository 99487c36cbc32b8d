//! `dealtone store`: checks, copies and thins out the store of `dealtone serve`, while it runs or not.

use std::{io::Write, path::PathBuf};

use clap::{Args, Subcommand};
use jiff::{Span, Timestamp, tz::TimeZone};

use super::Done;
use crate::store::{Store, sqlite::SqliteStore};

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Read everything and say whether it is whole
    Check(CheckArgs),
    /// Write a copy as of one moment to a new file, while the service runs or not
    Backup(BackupArgs),
    /// Erase the conversations that began longer ago than this
    Purge(PurgeArgs),
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Args)]
pub(crate) struct StoreArgs {
    /// The store's file
    #[arg(long, value_name = "FILE", env = "DEALTONE_STORE")]
    store: PathBuf,
}

#[derive(Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The new file
    #[arg(value_name = "TO")]
    to: PathBuf,
}

#[derive(Args)]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// As 90d, 26w, 18mo or 2y; a conversation without a time counts from when it came
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    older_than: Span,
}

pub(crate) fn run(command: &StoreCommand) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    match command {
        StoreCommand::Check(args) => {
            let path = &args.store.store;
            let mut store = SqliteStore::open_existing(path)?;
            let conversations = store.check()?;
            writeln!(out, "{}: whole, {conversations} conversations, {} bytes", path.display(), store.size()?.bytes)?;
        }
        StoreCommand::Backup(args) => {
            let mut store = SqliteStore::open_existing(&args.store.store)?;
            let conversations = store.backup(&args.to)?;
            writeln!(out, "{}: written, {conversations} conversations", args.to.display())?;
        }
        StoreCommand::Purge(args) => {
            let mut store = SqliteStore::open_existing(&args.store.store)?;
            let now = Timestamp::now().to_zoned(TimeZone::UTC);
            let gone = store.purge((&now - args.older_than).timestamp())?;
            writeln!(out, "{}: {gone} conversations erased", args.store.store.display())?;
        }
    }
    Ok(Done::Whole)
}

fn parse_age(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|_| format!("{text:?} is no age; say 90d, 26w, 18mo or 2y"))?;
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    // Whoever mistypes it must not erase what was said a minute ago.
    match now.checked_sub(span) {
        Ok(then) if then <= &now - Span::new().days(1) => Ok(span),
        Ok(_) => Err(format!("{text:?} is less than a day")),
        Err(_) => Err(format!("{text:?} reaches back before all time")),
    }
}
