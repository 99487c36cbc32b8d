//! A mail as Gmail's interface gives it (`users.messages.get`, alone, in a list or in a thread): `payload` with its fields by
//! name and its parts in base64, or `raw`. It is put back into the form of RFC 5322 and read as every other mail.

use std::fmt::Write;

use mail_parser::decoders::base64::base64_decode;
use serde_json::Value;

use super::{at, list, text};
use crate::read::turns::one_line;

/// How deep parts lie in parts.
const DEEPEST: usize = 8;

/// Whether `v` is such a mail.
pub(super) fn is(v: &Value) -> bool {
    let payload = list(v, "payload.headers").first().is_some_and(|h| at(h, "name").is_string());
    payload || (at(v, "raw").is_string() && (at(v, "threadId").is_string() || at(v, "labelIds").is_array()))
}

/// Whether the mail is a draft, or was thrown away.
pub(super) fn is_unsent(v: &Value) -> bool {
    list(v, "labelIds").iter().any(|l| matches!(l.as_str(), Some("DRAFT" | "SPAM" | "TRASH")))
}

/// The mail as RFC 5322 has it; empty where it cannot be made.
pub(super) fn bytes(v: &Value) -> Vec<u8> {
    if let Some(raw) = at(v, "raw").as_str() {
        return base64_decode(standard(raw).as_bytes()).unwrap_or_default();
    }
    let mut out = String::new();
    for header in list(v, "payload.headers") {
        let (name, value) = (text(header, "name"), text(header, "value"));
        // These are written anew: the parts are no longer encoded as the mail said.
        let of_form = name.get(..8).is_some_and(|n| n.eq_ignore_ascii_case("content-"));
        if !of_form && !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
            let _ = write!(out, "{name}: {}\r\n", one_line(value));
        }
    }
    part(at(v, "payload"), 0, &mut out);
    out.into_bytes()
}

/// Writes a part with the fields of its form above it.
fn part(v: &Value, depth: usize, out: &mut String) {
    let mime: String = text(v, "mimeType")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.' | '+'))
        .collect();
    let parts = list(v, "parts");
    if mime.starts_with("multipart/") && depth < DEEPEST {
        // Nothing in base64 holds an underscore, so no part holds the line that divides.
        let boundary = format!("_part_{depth}_");
        let _ = write!(out, "Content-Type: {mime}; boundary=\"{boundary}\"\r\n\r\n");
        for inner in parts {
            let _ = write!(out, "--{boundary}\r\n");
            part(inner, depth + 1, out);
        }
        let _ = write!(out, "--{boundary}--\r\n");
        return;
    }
    let mime = if mime.is_empty() { "text/plain" } else { &mime };
    // The interface gives words in UTF-8, whatever the mail was written in.
    let _ = write!(out, "Content-Type: {mime}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n");
    let name: String = text(v, "filename").chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
    if !name.is_empty() {
        let _ = write!(out, "Content-Disposition: attachment; filename=\"{name}\"\r\n");
    }
    out.push_str("\r\n");
    out.push_str(&standard(text(v, "body.data")));
    out.push_str("\r\n");
}

/// Base64 as it stands in addresses of the web, as mails have it.
fn standard(base64url: &str) -> String {
    let mut out: String = base64url
        .chars()
        .filter_map(|c| match c {
            '-' => Some('+'),
            '_' => Some('/'),
            c => Some(c).filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/')),
        })
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}
