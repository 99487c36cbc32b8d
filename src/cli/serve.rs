//! `dealtone serve`: flags to the service's options, then the service until it is told to end.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::{
    Done, EngineArgs,
    export::{our_domains, read_team},
};
use crate::{
    config::{self, ConfigFile},
    engine::EngineParts,
    pipeline::AsOf,
    score::onnx::Device,
    serve::{self, Ended, Options, doors, life::Bind, log, payload::BodyLimits},
    team::Team,
};

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Where to listen: ADDRESS:PORT or unix:PATH
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8017", env = "DEALTONE_BIND")]
    bind: Bind,
    /// File that keeps conversations and deals; made where it is not there [default: nothing is kept]
    #[arg(long, value_name = "FILE", env = "DEALTONE_STORE")]
    store: Option<PathBuf>,
    /// Mail domains of our side: a.com,b.com, or a file with one a line
    #[arg(long, value_name = "FILE|DOMAINS", env = "DEALTONE_OUR_DOMAINS")]
    our_domains: Option<String>,
    /// Who is of our team, other names of a person, sides in single files
    #[arg(long, value_name = "FILE", env = "DEALTONE_TEAM")]
    team: Option<PathBuf>,
    /// Your own rules over the built-in ones; `dealtone explain rules` shows them
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// What people judge of the deals, shown beside what is measured; one file of all, or one of each who judges
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Vec<PathBuf>,
    /// Day as of which deals are judged where a request names none, as 2026-06-12, or `today` [default: as_of of the CRM,
    /// else each deal's latest interaction]
    #[arg(long, value_name = "DATE|today", env = "DEALTONE_AS_OF")]
    as_of: Option<AsOf>,
    /// Time zone in which pages show times, and in which today is, as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", env = "DEALTONE_ZONE", value_parser = config::zone)]
    zone: Option<TimeZone>,
    /// File with the token that callers must show, one a line; several are valid at once, and what the variable
    /// DEALTONE_TOKEN holds is valid beside them
    #[arg(long, value_name = "FILE", env = "DEALTONE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Listen beyond this machine without a token
    #[arg(long)]
    insecure: bool,
    /// A name under which callers know the service, besides localhost and addresses; can be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = host_name, env = "DEALTONE_ALLOWED_HOSTS")]
    allowed_host: Vec<String>,
    /// Milliseconds that a request may wait for those of others; beyond it is refused at once
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(1..=60_000), env = "DEALTONE_QUEUE_WAIT")]
    queue_wait: u64,
    /// Seconds that a request may take
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), env = "DEALTONE_REQUEST_TIMEOUT")]
    request_timeout: u64,
    /// Requests of one client that may be under way at once
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..), env = "DEALTONE_CLIENT_LIMIT")]
    client_limit: u32,
    /// Connections at once
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000), env = "DEALTONE_MAX_CONNECTIONS")]
    max_connections: u32,
    /// Bytes of a body as it is sent; decompressed it may be 8 times as large
    #[arg(long, value_name = "BYTES", default_value_t = 2 << 20, value_parser = clap::value_parser!(u32).range(1024..=1 << 30), env = "DEALTONE_MAX_BODY")]
    max_body: u32,
    /// Seconds to serve on after saying that it ends, at most half of the drain deadline
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = parse_seconds, env = "DEALTONE_DRAIN_DELAY")]
    drain_delay: f64,
    /// Seconds after which the end comes whatever is still under way
    #[arg(long, value_name = "S", default_value_t = 25.0, value_parser = parse_seconds, env = "DEALTONE_DRAIN_DEADLINE")]
    drain_deadline: f64,
    /// What to log: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "DEALTONE_LOG")]
    log: String,
    /// How log lines look
    #[arg(long, value_enum, default_value_t = LogForm::Json, env = "DEALTONE_LOG_FORM")]
    log_form: LogForm,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}

pub(crate) fn run(args: &ServeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let form = match args.log_form {
        LogForm::Json => log::LogForm::Json,
        LogForm::Text => log::LogForm::Text,
    };
    log::start(&args.log, form).map_err(anyhow::Error::msg)?;
    let mut options = args.options(config)?;
    let engine = args.engine.options(config)?;
    if engine.device != Device::Cpu {
        options.queue.run_tokens = options.queue.token_budget;
    }
    let running = serve::start(options, move || EngineParts::load(&engine))?;
    match running.until_signal()? {
        Ended::Whole => Ok(Done::Whole),
        Ended::Stuck => serve::leave(0),
    }
}

impl ServeArgs {
    fn options(&self, config: &ConfigFile) -> anyhow::Result<Options> {
        let plain = Options::default();
        let mut team = match self.team.as_ref().or(config.team.as_ref()) {
            Some(path) => read_team(path)?,
            None => Team::default(),
        };
        team.our_domains.extend(our_domains(self.our_domains.as_deref(), config)?);
        let rules = super::report::rules(self.rules.as_ref().or(config.rules.as_ref()))?;
        let judgements = super::report::judgements(&self.judgements, config, &rules)?;
        Ok(Options {
            rules,
            judgements,
            bind: self.bind.clone(),
            tokens: self.tokens()?,
            insecure: self.insecure,
            hosts: self.allowed_host.clone(),
            body: self.body(plain.body),
            queue: crate::queue::Limits { max_wait: Duration::from_millis(self.queue_wait), ..plain.queue },
            request_timeout: Duration::from_secs(self.request_timeout),
            max_connections: self.max_connections as usize,
            client_limit: self.client_limit as usize,
            drain_delay: Duration::from_secs_f64(self.drain_delay),
            store: self.store.clone(),
            team,
            as_of: self.as_of,
            zone: self.zone.clone().or_else(|| config.zone.clone()).unwrap_or(TimeZone::UTC),
            drain_deadline: Duration::from_secs_f64(self.drain_deadline),
            ..plain
        })
    }

    /// Whatever may be sent has room, and another one beside it.
    fn body(&self, plain: BodyLimits) -> BodyLimits {
        let encoded = self.max_body as usize;
        let (decoded, export_text) = (8 * encoded, 2 * encoded);
        BodyLimits { encoded, decoded, export_text, together: plain.together.max(2 * (encoded + decoded)), ..plain }
    }

    /// From the file and the variable; never from the arguments, which every user of the machine can read.
    fn tokens(&self) -> anyhow::Result<Vec<doors::TokenHash>> {
        let mut tokens = Vec::new();
        if let Some(path) = &self.token_file {
            let text = std::fs::read_to_string(path)
                .map_err(|e| anyhow::anyhow!("{}: the token file cannot be read: {e}", path.display()))?;
            tokens = doors::read_tokens(&text).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
        }
        if let Some(token) = std::env::var("DEALTONE_TOKEN").ok().filter(|token| !token.is_empty()) {
            tokens.extend(doors::read_tokens(&token).map_err(|e| anyhow::anyhow!("DEALTONE_TOKEN: {e}"))?);
        }
        Ok(tokens)
    }
}

/// How long the end may take: no more than a day, which is more than anything under way.
fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("say a number of seconds from 0 to 86400".to_owned()),
    }
}

/// A name as it stands in `Host`, without what is not compared.
fn host_name(text: &str) -> Result<String, String> {
    let name = text.trim().trim_end_matches('.');
    if name.is_empty() || name.contains([':', '/', ' ']) {
        return Err(format!(
            "{text:?} is no name; say it without scheme and port, as scores.internal (addresses are always allowed)"
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn body(limit: &str) -> BodyLimits {
        let cli = Cli::try_parse_from(["dealtone", "serve", "--max-body", limit]).unwrap();
        let Command::Serve(args) = cli.command else { panic!("it is `serve`") };
        args.body(BodyLimits::default())
    }

    #[test]
    fn the_largest_body_that_may_be_sent_has_room() {
        assert_eq!(body("2097152").together, BodyLimits::default().together);
        for limit in ["33554432", "200000000", "1073741824"] {
            let body = body(limit);
            assert!(body.together >= body.encoded + body.decoded, "{limit}");
        }
    }

    #[test]
    fn a_host_is_a_name() {
        assert_eq!(host_name("scores.internal."), Ok("scores.internal".into()));
        for other in ["scores.internal:8017", "http://scores.internal", "", "a b"] {
            assert!(host_name(other).unwrap_err().contains("without scheme and port"), "{other}");
        }
    }
}
