//! Which export a command works on, and what the user says of its two sides.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::terminal::tell;
use crate::{
    config::ConfigFile,
    read::{
        Skipped, encoding,
        export::{Export, ExportFile, HIDDEN, walk},
    },
    team::{Team, stated_domains::mail_domains},
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
    /// Who is of our team, other names of a person, sides in single files [default: team.toml of the export]
    #[arg(long, value_name = "FILE", env = "DEALTONE_TEAM")]
    team: Option<PathBuf>,
    /// Exchange buyer and seller everywhere
    #[arg(long)]
    swap_sides: bool,
}

impl ExportArgs {
    /// What is said of sides where no conversation is read: refused where it can have no use, read where it may be a setting
    /// for all commands.
    pub(crate) fn without_export(&self) -> anyhow::Result<()> {
        if self.swap_sides {
            bail!("--swap-sides is of conversations, and no PATH is named; whose words a text is says --side");
        }
        check_sides(self.team.as_ref(), self.our_domains.as_deref())
    }

    /// Refuses what is no export at once, before a model is loaded.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.paths.is_empty() {
            bail!("no PATH is named; name files or a folder of exported calls and e-mails");
        }
        if let Some(missing) = self.paths.iter().find(|path| !path.exists()) {
            bail!("{}: no such file or folder; name an export to analyse", missing.display());
        }
        let unread: Vec<_> = self.paths.iter().map_while(|path| Some((path, unread(path)?))).collect();
        if let Some((path, why)) = unread.first().filter(|_| unread.len() == self.paths.len()) {
            bail!("{}: cannot be read: {why}; check that it is yours to read", path.display());
        }
        Ok(())
    }

    /// Finds the files, and merges what the user and the export say of the sides.
    pub(crate) fn open(&self, config: &ConfigFile) -> anyhow::Result<(Export, Team)> {
        self.check()?;
        let mut export = walk(&self.paths);
        if export.files.is_empty() {
            let why = match export.skipped.first() {
                Some(loss) => loss.to_string(),
                None if self.paths.iter().all(|path| path.is_file()) => {
                    "what is named holds no conversation itself".into()
                }
                None => "there is no file in it".into(),
            };
            bail!("nothing to analyse: {why}; name files or a folder of exported calls and e-mails");
        }
        let mut team = match self.team.as_ref().or(config.team.as_ref()) {
            Some(path) => read_team(path)?,
            None => team_of_export(&export)?,
        };
        team.our_domains.extend(our_domains(self.our_domains.as_deref(), config)?);
        team.our_domains.extend(export.our_domains.iter().cloned());
        team.swap_sides |= self.swap_sides;
        tell_left(&mut export, &team);
        // What lies beside the deals' folders is handed out by its people, of whom ours tell nothing.
        export.our_domains.clone_from(&team.our_domains);
        Ok((export, team))
    }
}

/// Reads what the user names of the two sides where the command has no use for it, so that a wrong name is told as anywhere.
pub(crate) fn check_sides(team: Option<&PathBuf>, our_domains: Option<&str>) -> anyhow::Result<()> {
    team.map(|path| read_team(path)).transpose()?;
    our_domains.map(asked_domains).transpose()?;
    Ok(())
}

/// Adds to what `export` tells what was passed over: hidden files, and files that the team's overrides name and that are none.
fn tell_left(export: &mut Export, team: &Team) {
    let told = |file: &str, code: &str, message: String| Skipped {
        file: file.to_owned(),
        line: None,
        code: code.to_owned(),
        message,
    };
    let hidden = export.hidden.iter().map(|path| told(path, "hidden", HIDDEN.to_owned()));
    let of_no_file = team.overrides.keys().filter(|path| !export.holds(path));
    let named = of_no_file.map(|path| {
        let message =
            "overrides state sides in this file, which is none of this export; write its path as results name it";
        told(path, "no_such_file", message.to_owned())
    });
    let all: Vec<Skipped> = hidden.chain(named).collect();
    export.skipped.extend(all);
}

/// Says what lies beside the folders that are named and was read for them.
pub(crate) fn say_what_lies_beside(export: &Export) {
    if !export.beside.is_empty() {
        let paths: Vec<String> = export.beside.iter().map(|at| at.display().to_string()).collect();
        tell(format_args!("read what lies beside the folders that are named, too: {}", paths.join(", ")));
    }
}

/// The mail domains of our side, by the flag, else by the settings.
pub(crate) fn our_domains(asked: Option<&str>, config: &ConfigFile) -> anyhow::Result<Vec<String>> {
    match asked {
        Some(asked) => asked_domains(asked),
        None => Ok(config.our_domains.clone().unwrap_or_default()),
    }
}

/// What the user's file says of the two sides.
pub(crate) fn read_team(path: &Path) -> anyhow::Result<Team> {
    let name = path.display().to_string();
    let text = super::report::read_text(path, "the team's file")?;
    let team = Team::parse(&text, &name)?;
    if !team.zone.is_empty() {
        crate::config::zone(&team.zone).map_err(|told| anyhow::anyhow!("{name}: zone: {told}"))?;
    }
    Ok(team)
}

/// What the export's own files say of the two sides; a root's paths begin with its name where there are several.
fn team_of_export(export: &Export) -> anyhow::Result<Team> {
    let mut all = Team::default();
    for (prefix, path) in &export.teams {
        // No file says who is ours in other deals.
        let Team { our_domains, members, swap_sides, zone, overrides, elsewhere: _ } = read_team(path)?;
        if all.zone.is_empty() {
            all.zone = zone;
        } else if !zone.is_empty() && zone != all.zone {
            anyhow::bail!(
                "{}: zone: another folder of the export is in {}; analyse folders of two zones one after the other",
                path.display(),
                all.zone
            );
        }
        all.our_domains.extend(our_domains);
        all.members.extend(members);
        all.swap_sides |= swap_sides;
        let overrides = overrides.into_iter().map(|(path, sides)| (format!("{prefix}{path}"), sides));
        if export.beside.contains(path) {
            // It names files of other deals, too.
            all.overrides.extend(overrides.filter_map(|(path, sides)| Some((of_export(path, export)?, sides))));
        } else {
            all.overrides.extend(overrides);
        }
    }
    Ok(all)
}

/// A path below the folder in which the deals' folders lie, as it is called in the export; none of a file of another deal. Of
/// one folder alone, paths begin within it.
fn of_export(path: String, export: &Export) -> Option<String> {
    if export.holds(&path) {
        return Some(path);
    }
    let (_, within) = path.split_once('/')?;
    let is_it = |file: &ExportFile| file.path == within && file.at.ends_with(&path);
    export.files.iter().any(is_it).then(|| within.to_owned())
}

/// Why a file or folder cannot be opened; none where it can.
fn unread(path: &Path) -> Option<std::io::Error> {
    let kind = std::fs::metadata(path).ok()?;
    if kind.is_dir() {
        std::fs::read_dir(path).err()
    } else {
        // To open a pipe would wait for whoever writes to it.
        kind.is_file().then(|| std::fs::File::open(path).err()).flatten()
    }
}

/// Domains as the user wrote them, or those in the file that the user named.
fn asked_domains(asked: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(asked);
    let is_file = path.is_file();
    let text = if is_file {
        let bytes = std::fs::read(path).with_context(|| format!("{asked}: our domains cannot be read"))?;
        encoding::decode(&bytes).text.into_owned()
    } else {
        // A domain has no slash and no such ending: this was to be a file.
        let of_path = asked.contains(['/', '\\']) && !asked.contains("://");
        if of_path || [".txt", ".csv", ".toml"].iter().any(|end| asked.ends_with(end)) {
            bail!(
                "--our-domains {asked}: there is no such file; name one with a mail domain a line, or the domains as a.com,b.com"
            );
        }
        asked.to_owned()
    };
    let (found, others) = mail_domains(&text);
    match others.first() {
        Some((line, told)) if is_file => bail!("{asked}:{line}: {told}"),
        Some((_, told)) => bail!("--our-domains: {told}"),
        None if found.is_empty() => {
            bail!("--our-domains {asked}: no mail domain is named; write them as a.com,b.com, or one a line in a file")
        }
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use super::*;
    use crate::conversation::Side;

    #[test]
    fn a_team_beside_single_folders_speaks_of_their_files_and_of_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let team = "[overrides.\"acme/call.txt\"]\n\"Speaker 1\" = \"buyer\"\n\
                    [overrides.\"globex/call.txt\"]\n\"Speaker 1\" = \"seller\"\n";
        fs::write(dir.path().join("team.toml"), team).unwrap();
        for deal in ["acme", "globex", "hooli"] {
            fs::create_dir(dir.path().join(deal)).unwrap();
            fs::write(dir.path().join(deal).join("call.txt"), "Speaker 1: Hello.\n").unwrap();
        }
        for (roots, named) in [
            (&["acme"][..], &["call.txt buyer"][..]),
            (&["globex"], &["call.txt seller"]),
            (&["hooli"], &[]),
            (&["globex", "hooli"], &["globex/call.txt seller"]),
            (&["acme", "globex"], &["acme/call.txt buyer", "globex/call.txt seller"]),
        ] {
            let roots: Vec<PathBuf> = roots.iter().map(|root| dir.path().join(root)).collect();
            let team = team_of_export(&walk(&roots)).unwrap();
            let sides = |sides: &BTreeMap<String, Side>| sides["Speaker 1"].name();
            let found: Vec<String> = team.overrides.iter().map(|(path, of)| format!("{path} {}", sides(of))).collect();
            assert_eq!(found, named, "{roots:?}");
        }
    }
}
