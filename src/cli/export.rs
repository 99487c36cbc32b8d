//! Which export a command works on, and what the user says of its two sides.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    config::ConfigFile,
    read::export::{Export, domains, walk},
    team::Team,
};

/// The export and the sides.
#[derive(Args)]
pub(crate) struct ExportArgs {
    /// Files or folders of exported calls and e-mails; each sub-folder is a deal
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Mail domains of our side: a.com,b.com, or a file with one a line [default: our-domains.txt of the export]
    #[arg(long, value_name = "FILE|DOMAINS", env = "DEALTONE_OUR_DOMAINS")]
    our_domains: Option<String>,
    /// Exchange buyer and seller everywhere
    #[arg(long)]
    swap_sides: bool,
}

impl ExportArgs {
    /// Finds the files, and merges what the user and the export say of the sides.
    pub(crate) fn open(&self, config: &ConfigFile) -> anyhow::Result<(Export, Team)> {
        if self.paths.is_empty() {
            bail!("no PATH is named; name files or a folder of exported calls and e-mails");
        }
        if let Some(missing) = self.paths.iter().find(|path| !path.exists()) {
            bail!("{}: no such file or folder; name an export to analyse", missing.display());
        }
        let export = walk(&self.paths);
        if export.files.is_empty() {
            let why = export.skipped.first().map_or_else(|| "there is no file in it".to_owned(), ToString::to_string);
            bail!("nothing to analyse: {why}; name files or a folder of exported calls and e-mails");
        }
        let mut our_domains = match &self.our_domains {
            Some(asked) => asked_domains(asked)?,
            None => config.our_domains.clone().unwrap_or_default(),
        };
        our_domains.extend(export.our_domains.iter().cloned());
        Ok((export, Team { our_domains, swap_sides: self.swap_sides, ..Team::default() }))
    }
}

/// Domains as the user wrote them, or those in the file that the user named.
pub(crate) fn asked_domains(asked: &str) -> anyhow::Result<Vec<String>> {
    let path = std::path::Path::new(asked);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| format!("{asked}: our domains cannot be read"))?
    } else {
        asked.to_owned()
    };
    let found = domains(&text);
    if found.is_empty() {
        bail!("--our-domains {asked}: this is neither a file with a mail domain a line nor a list as a.com,b.com");
    }
    Ok(found)
}
