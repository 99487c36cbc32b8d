//! What telephone services pass on as mails, a text message or what was said on a mailbox, with words of their own around it. The
//! mail comes from the service; the words are those of whoever called or wrote, whom it names as the sender.

/// A service: how its addresses end, and how the lines begin that end what was said.
const SERVICES: &[(&str, &[&str])] = &[
    ("@txt.voice.google.com", &["To respond to this text message", "YOUR ACCOUNT <http"]),
    ("voice-noreply@google.com", &["play message"]),
    ("noreply@skype.voicemail.microsoft.com", &["You received a voice mail from", "You received a voicemail from"]),
];

/// How subjects of other services' notices speak of what somebody said or wrote.
const NOTICES: &[&str] =
    &["new voice message from", "new voicemail from", "voice mail (", "just messaged you", "new message from"];

/// What was said, of the `lines` of a mail from `address`.
pub fn words(address: &str, lines: &[String]) -> Option<Vec<String>> {
    let address = address.to_ascii_lowercase();
    let (_, ends) = SERVICES.iter().find(|(service, _)| address.ends_with(service))?;
    let end = lines.iter().position(|line| ends.iter().any(|end| line.trim_start().starts_with(end)))?;
    let is_frame =
        |line: &&String| line.trim().is_empty() || line.trim_start().starts_with("<https://voice.google.com");
    let said: Vec<String> = lines[..end].iter().skip_while(is_frame).cloned().collect();
    said.iter().any(|line| line.contains(char::is_alphanumeric)).then_some(said)
}

/// Whether all that a service passes on comes from one address, so that it tells nothing of who called.
pub fn is_of_all(address: &str) -> bool {
    SERVICES.iter().any(|(service, _)| address.eq_ignore_ascii_case(service))
}

/// Whether the subject of a mail that nobody wrote says that it passes on somebody's words.
pub fn tells_of_words(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    NOTICES.iter().any(|notice| subject.contains(notice))
}
