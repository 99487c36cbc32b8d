//! What the user chose, merged once: defaults < `dealtone.toml` < `DEALTONE_*` < flags.
//!
//! The command line reads flags and variables; this file reads `dealtone.toml` and knows the defaults. A key that is not
//! known is refused with the nearest one that is.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::de::DeTable;

use crate::names::{nearest, unknown_name};

/// The keys of `dealtone.toml`; each is also a flag of the same name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// Folder of the model.
    pub model: Option<PathBuf>,
    /// The library of ONNX Runtime.
    pub onnxruntime: Option<PathBuf>,
    /// `own`, `onnxruntime` or `auto`.
    pub runtime: Option<String>,
    /// `cpu`, `cuda`, `cuda:N` or `auto`.
    pub device: Option<String>,
    /// Threads that score.
    pub threads: Option<usize>,
    /// Mail domains of our side.
    pub our_domains: Option<Vec<String>>,
    /// File that says who is of our team.
    pub team: Option<PathBuf>,
    /// File of rules that overlays the built-in ones.
    pub rules: Option<PathBuf>,
    /// File of the manager's own judgements.
    pub judgements: Option<PathBuf>,
    /// Time zone in which times are shown, as `Europe/Berlin`.
    pub zone: Option<String>,
}

/// How many threads may be asked for, here and by the flag.
pub const THREADS: RangeInclusive<u16> = 1..=1024;

/// Names of all keys, for "did you mean".
const KEYS: &[&str] =
    &["model", "onnxruntime", "runtime", "device", "threads", "our-domains", "team", "rules", "judgements", "zone"];

/// Why a configuration file was refused.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl ConfigFile {
    /// Reads `path`; paths in it are taken from its folder.
    ///
    /// # Errors
    /// Where it cannot be read, is not TOML, or names a key that is not known.
    pub fn read(path: &Path) -> Result<ConfigFile, ConfigError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|e| ConfigError {
            file: file.clone(),
            line: 1,
            message: format!("{e}; name another file with --config, or leave it out"),
        })?;
        let mut config = ConfigFile::parse(&text, &file)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let ConfigFile { model, onnxruntime, team, rules, judgements, .. } = &mut config;
        for path in [model, onnxruntime, team, rules, judgements].into_iter().flatten() {
            *path = folder.join(&path);
        }
        Ok(config)
    }

    /// Reads `path` where it is there and nobody named it: a file that merely lies in the working folder. It may not choose
    /// the code that runs, since whoever can write to a folder of exports would choose it for all who work there.
    ///
    /// # Errors
    /// As [`ConfigFile::read`], and where it names a library.
    pub fn read_unasked(path: &Path) -> Result<ConfigFile, ConfigError> {
        if !path.is_file() {
            return Ok(ConfigFile::default());
        }
        let config = ConfigFile::read(path)?;
        if config.onnxruntime.is_none() {
            return Ok(config);
        }
        let file = path.display().to_string();
        Err(ConfigError {
            line: line_of("onnxruntime", &fs::read_to_string(path).unwrap_or_default()),
            message: format!(
                "onnxruntime names code to load, which a file that merely lies in the working folder may not; take the key \
                 out and say --onnxruntime FILE, or name this file with --config {file}"
            ),
            file,
        })
    }

    /// Reads the text of `file`.
    ///
    /// # Errors
    /// As [`ConfigFile::read`].
    pub fn parse(text: &str, file: &str) -> Result<ConfigFile, ConfigError> {
        let config: ConfigFile = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let mut message = e.message().to_owned();
            if let Some(unknown) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
                let keys = match nearest(unknown, KEYS.iter().copied()).is_empty() {
                    true => format!("; the keys are {}", KEYS.join(", ")),
                    false => String::new(),
                };
                message = unknown_name(unknown, "key of dealtone.toml", KEYS.iter().copied()) + &keys;
            } else if let Some((got, expected)) = misfit(&message)
                && let Some(key) = e.span().and_then(|span| key_of(&text[..span.start]))
            {
                message = format!("{key} takes {}, not {got}", plain(expected));
            }
            ConfigError { file: file.to_owned(), line, message }
        })?;
        match config.threads {
            Some(threads) if !u16::try_from(threads).is_ok_and(|threads| THREADS.contains(&threads)) => {
                let (least, most) = (THREADS.start(), THREADS.end());
                let message = format!("threads takes a whole number from {least} to {most}, not {threads}");
                Err(ConfigError { file: file.to_owned(), line: line_of("threads", text), message })
            }
            _ => Ok(config),
        }
    }
}

/// The line, from 1, on which a key of the file stands.
fn line_of(key: &str, text: &str) -> usize {
    let table = DeTable::parse(text).ok();
    let at = table.and_then(|table| table.get_ref().keys().find(|k| k.get_ref() == key).map(|k| k.span().start));
    text[..at.unwrap_or(0)].matches('\n').count() + 1
}

/// What stands there and what is expected, of a message about a value of another kind.
fn misfit(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    rest.split_once(", expected ")
}

/// The key of the value in front of which this text ends.
fn key_of(before: &str) -> Option<&str> {
    let (head, _) = before.rsplit_once('=')?;
    head.lines().next_back().map(str::trim).filter(|key| KEYS.contains(key))
}

/// What a key takes, for those who do not write Rust.
fn plain(expected: &str) -> &str {
    match expected {
        "usize" => "a whole number",
        "a sequence" => "a list as [\"a.example\"]",
        "a string" => "words in quotes",
        "path string" => "a path in quotes",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_kind_is_refused_by_its_key_and_what_that_takes() {
        for (text, told) in [
            ("threads = \"two\"", "f:1: threads takes a whole number, not string \"two\""),
            ("zone = \"UTC\"\n\"threads\" = 0", "f:2: threads takes a whole number from 1 to 1024, not 0"),
            ("threads = 70000", "f:1: threads takes a whole number from 1 to 1024, not 70000"),
            ("threads = -1", "f:1: threads takes a whole number, not integer `-1`"),
            (
                "zone = \"UTC\"\nour-domains = \"a.example\"",
                "f:2: our-domains takes a list as [\"a.example\"], not string \"a.example\"",
            ),
            ("our-domains = [\n  \"a.example\",\n  7,\n]", "f:3: our-domains takes words in quotes, not integer `7`"),
            ("model = 7", "f:1: model takes a path in quotes, not integer `7`"),
        ] {
            assert_eq!(ConfigFile::parse(text, "f").unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn a_file_that_nobody_named_may_choose_no_code() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("dealtone.toml");
        assert_eq!(ConfigFile::read_unasked(&path).unwrap(), ConfigFile::default());
        fs::write(&path, "zone = \"UTC\"\n# Ours.\nonnxruntime = \"x.so\"\n").unwrap();
        let error = ConfigFile::read_unasked(&path).unwrap_err().to_string();
        assert!(error.contains("dealtone.toml:3: onnxruntime names code"), "{error}");
        assert_eq!(ConfigFile::read(&path).unwrap().onnxruntime, Some(temp.path().join("x.so")));
        fs::write(&path, "zone = \"UTC\"\n").unwrap();
        assert_eq!(ConfigFile::read_unasked(&path).unwrap().zone.as_deref(), Some("UTC"));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_line_and_the_nearest_key() {
        let error = ConfigFile::parse("threads = 2\nour-domain = [\"a.example\"]\n", "dealtone.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "dealtone.toml:2: \"our-domain\" is no key of dealtone.toml; did you mean \"our-domains\"?"
        );
    }
}
