//! Letters that are written with a mark or spelt out in two: who is called Müller has mueller@ for an address, or muller@.

/// `name` with such letters spelt out, "Zoë Mueller" of "Zoë Müller"; none where it has none. Without their marks
/// [`super::names::name_words`] takes them.
pub(super) fn spelt_out(name: &str) -> Option<String> {
    /// A mark that stands behind its letter, as file systems and some programs write it.
    const MARK_BEHIND: char = '\u{308}';
    if name.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(name.len() + 2);
    let mut is_changed = false;
    for c in name.chars() {
        let letters = match c {
            'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
            'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
            'ü' | 'Ü' => "ue",
            'å' | 'Å' => "aa",
            MARK_BEHIND if out.ends_with(['a', 'o', 'u', 'A', 'O', 'U']) => "e",
            c => {
                out.push(c);
                continue;
            }
        };
        // Of a capital only the first letter is one.
        match letters.strip_prefix(|first: char| c.is_uppercase() && first.is_lowercase()) {
            Some(rest) => {
                out.extend(letters.chars().next().into_iter().flat_map(char::to_uppercase));
                out.push_str(rest);
            }
            None => out.push_str(letters),
        }
        is_changed = true;
    }
    is_changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_marks_are_spelt_out() {
        for (name, expected) in [
            ("Zoë Müller", Some("Zoë Mueller")),
            ("ÖZIL", Some("OeZIL")),
            ("Jo\u{308}rg", Some("Joerg")),
            ("Søren Håkansson", Some("Soeren Haakansson")),
            ("José Peña", None),
            ("Joel", None),
        ] {
            assert_eq!(spelt_out(name).as_deref(), expected, "{name}");
        }
    }
}
