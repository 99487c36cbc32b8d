//! Mail domains as the user writes them: by the flag, in a list of their own, in the settings, in `team.toml`. One reading
//! for all four, since what is no domain would make buyers of our own people, in silence.

/// The mail domain that `text` is, in lower case and without the `@` before it.
///
/// # Errors
/// Where it is none; the message says how to write one.
pub fn mail_domain(text: &str) -> Result<String, String> {
    let domain = text.trim().trim_start_matches('@').to_lowercase();
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if domain.contains('.') && domain.split('.').all(is_label) {
        return Ok(domain);
    }
    Err(format!("{:?} is no mail domain; write it as ours.example", text.trim()))
}

/// The mail domains in a list, one a line or with commas, `#` before remarks; and what stands among them and is none, each
/// with its line, from 1, and what to do.
pub fn mail_domains(text: &str) -> (Vec<String>, Vec<(usize, String)>) {
    let (mut domains, mut others) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let said = line.split('#').next().unwrap_or_default();
        for stated in said.split([',', ';', ' ', '\t']).filter(|stated| !stated.trim().is_empty()) {
            match mail_domain(stated) {
                Ok(domain) => domains.push(domain),
                Err(told) => others.push((number + 1, told)),
            }
        }
    }
    (domains, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_domain_is_told_with_its_line() {
        for domain in ["ours.example", " @Ours.Example", "mail.ours-at.example", "größe.example"] {
            assert!(mail_domain(domain).is_ok_and(|d| d == d.trim_start_matches('@').to_lowercase()), "{domain}");
        }
        for none in ["ours", "http://ours.example", "dana@ours.example", "\"ours.example\"", "ours..example", ".", ""] {
            assert!(mail_domain(none).is_err(), "{none:?}");
        }
        let (domains, others) =
            mail_domains("# ours\n@Ours.example, other.example # both\r\nhttp://a.example;b.example\n");
        assert_eq!(domains, ["ours.example", "other.example", "b.example"]);
        assert_eq!(others, [(3, "\"http://a.example\" is no mail domain; write it as ours.example".to_owned())]);
    }
}
