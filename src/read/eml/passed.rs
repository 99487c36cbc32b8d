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

/// How a word begins before the "@" of such services, or of a telephone system that sends what is said on its mailboxes.
const BOXES: &[&str] = &["voice", "messag", "sms", "pbx", "asterisk"];

/// The domains of such services.
const DOMAINS: &[&str] = &[
    "8x8.com",
    "aircall.io",
    "dialpad.com",
    "grasshopper.com",
    "linkedin.com",
    "nextiva.com",
    "openphone.com",
    "ringcentral.com",
    "ringover.com",
    "slack.com",
    "vonage.com",
    "whatsapp.com",
    "zoom.us",
];

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

/// Whether a mail that nobody wrote is from a service that passes on what is said or written to one, and its subject says that
/// it does: "new message from Acme" is what anybody may write above an offer.
pub fn tells_of_words(subject: &str, address: &str) -> bool {
    let subject = subject.to_lowercase();
    NOTICES.iter().any(|notice| subject.contains(notice)) && passes_words_on(&address.to_ascii_lowercase())
}

/// Whether an address, in lower case, is that of a service that passes on what is said or written to one.
fn passes_words_on(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let is_box = |word: &str| BOXES.iter().any(|begins| word.starts_with(begins));
    let has_domain =
        |service: &str| domain.strip_suffix(service).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    SERVICES.iter().any(|(service, _)| address.ends_with(service))
        || local.split(|c: char| !c.is_alphanumeric()).any(is_box)
        || DOMAINS.iter().any(|service| has_domain(service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_told_of_where_a_service_sends_it() {
        for (subject, address, told) in [
            ("New Voice Message from Dana", "notify@ringcentral.com", true),
            ("New voicemail from 415 555 0134", "VoiceMail-noreply@ours.example", true),
            ("[Slack] New message from Dana", "notification@mail.slack.com", true),
            ("Dana just messaged you", "messaging-digest-noreply@linkedin.com", true),
            ("You have a new message from Acme, please read", "tom@acme.example", false),
            ("New message from Acme", "invoices@notzoom.us", false),
            ("Weekly digest", "notify@ringcentral.com", false),
        ] {
            assert_eq!(tells_of_words(subject, address), told, "{subject} from {address}");
        }
    }
}
