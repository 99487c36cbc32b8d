//! What the user chose, merged once: defaults < `dealtone.toml` < `DEALTONE_*` < flags.
//!
//! The command line reads flags and variables; this file reads `dealtone.toml` and knows the defaults. A key that is not
//! known is refused with the nearest one that is.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, de::Error as _};
use toml::de::DeTable;

use crate::{
    keys::{self, Keys},
    score::{RuntimeChoice, onnx::Device},
    team::stated_domains::mail_domain,
};

/// The keys of `dealtone.toml`; each is also a flag of the same name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// Where it was read.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Folder of the model.
    #[serde(deserialize_with = "path")]
    pub model: Option<PathBuf>,
    /// The library of ONNX Runtime.
    #[serde(deserialize_with = "path")]
    pub onnxruntime: Option<PathBuf>,
    /// `own`, `onnxruntime` or `auto`.
    #[serde(deserialize_with = "by_name")]
    pub runtime: Option<RuntimeChoice>,
    /// `cpu`, `cuda`, `cuda:N` or `auto`.
    #[serde(deserialize_with = "by_name")]
    pub device: Option<AskedDevice>,
    /// Threads that score.
    pub threads: Option<usize>,
    /// Mail domains of our side, in lower case.
    #[serde(deserialize_with = "mail_domains")]
    pub our_domains: Option<Vec<String>>,
    /// File that says who is of our team.
    #[serde(deserialize_with = "path")]
    pub team: Option<PathBuf>,
    /// File of rules that overlays the built-in ones.
    #[serde(deserialize_with = "path")]
    pub rules: Option<PathBuf>,
    /// File of the manager's own judgements.
    #[serde(deserialize_with = "path")]
    pub judgements: Option<PathBuf>,
    /// Time zone in which times are shown, as `Europe/Berlin`.
    #[serde(deserialize_with = "zone_by_name")]
    pub zone: Option<TimeZone>,
}

/// How many threads may be asked for, here and by the flag.
pub const THREADS: RangeInclusive<u16> = 1..=1024;

/// A device as it is asked for; which one `auto` is, is settled where the engine's options are made, so that everything
/// behind them, provenance too, names one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedDevice {
    /// This one.
    This(Device),
    /// The first GPU that the model runs on, else the processor.
    Auto,
}

impl FromStr for AskedDevice {
    type Err = String;

    fn from_str(name: &str) -> Result<AskedDevice, String> {
        match name {
            "auto" => Ok(AskedDevice::Auto),
            "cpu" => Ok(AskedDevice::This(Device::Cpu)),
            "cuda" => Ok(AskedDevice::This(Device::Cuda(0))),
            _ => name
                .strip_prefix("cuda:")
                .and_then(|n| n.parse().ok())
                .map(|n| AskedDevice::This(Device::Cuda(n)))
                .ok_or_else(|| format!("{name:?} is no device; say cpu, cuda, cuda:N or auto")),
        }
    }
}

/// The zone of that name.
///
/// # Errors
/// Where there is none; the message says what a name looks like.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    let told = |_| format!("{name:?} is no time zone; name one as Europe/Berlin or America/New_York");
    TimeZone::get(name).map_err(told)
}

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
    /// The keys, each also a flag.
    pub const KEYS: &[&str] =
        &["model", "onnxruntime", "runtime", "device", "threads", "our-domains", "team", "rules", "judgements", "zone"];

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
        let mut config = ConfigFile { file: Some(path.to_owned()), ..ConfigFile::parse(&text, &file)? };
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
        let config: ConfigFile = toml::from_str(text).map_err(|e| ConfigError {
            file: file.to_owned(),
            line: e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1),
            message: keys::told(&e, text, &Keys { takes, owner: |_| "dealtone.toml" }),
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

/// What a key takes.
fn takes(path: &[&str]) -> &'static str {
    match path {
        ["threads", ..] => "a whole number",
        ["our-domains", ..] => "a list of mail domains as [\"a.example\"]",
        ["model" | "onnxruntime" | "team" | "rules" | "judgements", ..] => "a path in quotation marks",
        _ => keys::WORDS,
    }
}

fn by_name<'de, T: FromStr<Err = String>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    String::deserialize(d)?.parse().map(Some).map_err(D::Error::custom)
}

/// No path is empty.
fn path<'de, D: Deserializer<'de>>(d: D) -> Result<Option<PathBuf>, D::Error> {
    match PathBuf::deserialize(d)? {
        path if path.as_os_str().is_empty() => Err(D::Error::custom("wanted: a path")),
        path => Ok(Some(path)),
    }
}

fn zone_by_name<'de, D: Deserializer<'de>>(d: D) -> Result<Option<TimeZone>, D::Error> {
    zone(&String::deserialize(d)?).map(Some).map_err(D::Error::custom)
}

fn mail_domains<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<String>>, D::Error> {
    let stated = Vec::<String>::deserialize(d)?;
    stated.iter().map(|one| mail_domain(one).map_err(D::Error::custom)).collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_kind_is_refused_by_its_key_and_what_that_takes() {
        for (text, told) in [
            ("threads = \"two\"", "f:1: threads takes a whole number, and not the text \"two\""),
            ("\"threads\" = \"two\"", "f:1: threads takes a whole number, and not the text \"two\""),
            ("zone = \"UTC\"\n\"threads\" = 0", "f:2: threads takes a whole number from 1 to 1024, not 0"),
            ("threads = 70000", "f:1: threads takes a whole number from 1 to 1024, not 70000"),
            ("threads = -1", "f:1: threads takes a whole number, and not the number -1"),
            (
                "zone = \"UTC\"\nour-domains = \"a.example\"",
                "f:2: our-domains takes a list of mail domains as [\"a.example\"], and not the text \"a.example\"",
            ),
            (
                "our-domains = [\n  \"a=b.example\",\n  7,\n]",
                "f:3: our-domains takes a list of mail domains as [\"a.example\"], and not the number 7",
            ),
            ("model = \"\"", "f:1: model takes a path in quotation marks, and not the text \"\""),
            ("model = 7", "f:1: model takes a path in quotation marks, and not the number 7"),
            ("threads = 1\ndevice = \"gpu\"", "f:2: \"gpu\" is no device; say cpu, cuda, cuda:N or auto"),
            ("runtime = \"ort\"", "f:1: \"ort\" is no runtime; say own, onnxruntime or auto"),
            (
                "\nzone = \"Mars/Base\"",
                "f:2: \"Mars/Base\" is no time zone; name one as Europe/Berlin or America/New_York",
            ),
            ("our-domains = [\"ours\"]", "f:1: \"ours\" is no mail domain; write it as ours.example"),
            (
                "our-domains = [\"a.example\", \"https://ours.example\"]",
                "f:1: \"https://ours.example\" is no mail domain; write it as ours.example",
            ),
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
        assert_eq!(ConfigFile::read_unasked(&path).unwrap().zone, Some(TimeZone::UTC));
    }

    #[test]
    fn the_keys_are_those_that_are_read() {
        let told = toml::from_str::<ConfigFile>("none-such = 1").unwrap_err().message().to_owned();
        let read: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
        assert_eq!(read, ConfigFile::KEYS);
    }

    #[test]
    fn unknown_keys_are_refused_with_the_line_and_the_nearest_key() {
        let error = ConfigFile::parse("threads = 2\nour-domain = [\"a.example\"]\n", "dealtone.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "dealtone.toml:2: \"our-domain\" is no key of dealtone.toml; did you mean \"our-domains\"?"
        );
    }

    #[test]
    fn devices_and_domains_are_read_as_the_flags_read_them() {
        assert_eq!("auto".parse(), Ok(AskedDevice::Auto));
        assert_eq!("cpu".parse(), Ok(AskedDevice::This(Device::Cpu)));
        assert_eq!("cuda:3".parse(), Ok(AskedDevice::This(Device::Cuda(3))));
        for none in ["", "auto:1", "cuda:", "cuda:x"] {
            assert!(none.parse::<AskedDevice>().is_err_and(|e| e.contains("cuda:N or auto")), "{none:?}");
        }
        let config = ConfigFile::parse("our-domains = [\"@Ours.example\"]", "f").unwrap();
        assert_eq!(config.our_domains, Some(vec!["ours.example".to_owned()]));
    }
}
