//! `dealtone health`: asks a running service, for probes of containers that have no other client inside.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::Duration,
};

use clap::Args;

use super::{Done, terminal::tell};
use crate::serve::life::Bind;

/// How long to wait for each step.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(crate) struct HealthArgs {
    /// Where the service listens: ADDRESS:PORT or unix:PATH; 0.0.0.0 is asked as 127.0.0.1
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8017", env = "DEALTONE_BIND")]
    bind: Bind,
    /// Ask whether it scores, not only whether it lives
    #[arg(long)]
    ready: bool,
}

pub(crate) fn run(args: &HealthArgs) -> anyhow::Result<Done> {
    let path = if args.ready { "/readyz" } else { "/livez" };
    // The two paths need no token.
    let answer = match &args.bind {
        Bind::Tcp(address) => {
            let mut address = *address;
            if address.ip().is_unspecified() {
                address.set_ip(if address.is_ipv4() {
                    [127, 0, 0, 1].into()
                } else {
                    std::net::Ipv6Addr::LOCALHOST.into()
                });
            }
            TcpStream::connect_timeout(&address, PATIENCE).and_then(|stream| {
                stream.set_read_timeout(Some(PATIENCE))?;
                ask(stream, path)
            })
        }
        Bind::Unix(socket) => UnixStream::connect(socket).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, path)
        }),
    };
    let verdict = match answer {
        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => return Ok(Done::Whole),
        Ok(answer) => {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
            // A page is somebody else's.
            let is_page = body.trim_start().starts_with('<');
            let told = if body.is_empty() || is_page { head.lines().next().unwrap_or_default() } else { body };
            told.trim_end().to_owned()
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            format!("no answer within {} s", PATIENCE.as_secs())
        }
        Err(error) => error.to_string(),
    };
    tell(format_args!("{}: {}: {verdict}", args.bind, if args.ready { "not ready" } else { "not alive" }));
    Ok(Done::No)
}

fn ask(mut stream: impl Read + Write, path: &str) -> std::io::Result<String> {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
