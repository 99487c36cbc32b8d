//! Amounts as people, CRMs and spreadsheets write them.

/// "$1,200.50", "1.200,50 €", "12000", "USD 12k", "2.5M EUR", "1.2E+06": the number. What has a unit that is not known is none:
/// a tenth of a deal is worse than no amount.
pub(super) fn money(text: &str) -> Option<f64> {
    let text = text.trim();
    // As spreadsheets write long numbers.
    if text.contains(['e', 'E'])
        && let Ok(number) = text.replace(',', ".").parse::<f64>()
    {
        return Some(number).filter(|n| n.is_finite());
    }
    let behind = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let behind = behind
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace());
    let unit: String = behind.chars().take_while(|c| c.is_alphabetic()).collect();
    let (times, scaled) = match unit.to_lowercase().as_str() {
        "k" | "thousand" | "tsd" => (1e3, true),
        "m" | "mn" | "mm" | "mio" | "mln" | "million" | "millionen" | "millions" => (1e6, true),
        "b" | "bn" | "mrd" | "billion" | "billions" => (1e9, true),
        _ => (1.0, false),
    };
    // A number in words or a second one: "10 or 20".
    let rest = &behind[unit.len()..];
    if rest.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = &text[..text.len() - behind.len()];
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).collect();
    let separators: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    // The last mark is the decimal one where it stands once and not before exactly three digits.
    let decimal = separators.last().filter(|(at, c)| {
        separators.iter().filter(|(_, other)| other == c).count() == 1
            // "1.250M" is a million and a quarter.
            && (scaled || digits.len() - at - 1 != 3 || separators.iter().any(|(_, other)| other != c))
    });
    let number: String = digits
        .char_indices()
        .filter_map(|(at, c)| match c {
            '.' | ',' => decimal.is_some_and(|(d, _)| *d == at).then_some('.'),
            c => Some(c),
        })
        .collect();
    number.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n * times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_and_spreadsheets_write_them() {
        for (text, amount) in [
            ("$1,200.50", Some(1200.5)),
            ("1.234,50 EUR", Some(1234.5)),
            ("€ 1 234,50", Some(1234.5)),
            ("CHF 1'234.50", Some(1234.5)),
            ("12,000", Some(12_000.0)),
            ("12k", Some(12_000.0)),
            ("USD 12.5K", Some(12_500.0)),
            ("2.5M", Some(2_500_000.0)),
            ("2,5 Mio. €", Some(2_500_000.0)),
            ("$1.250M", Some(1_250_000.0)),
            ("1.2bn", Some(1_200_000_000.0)),
            ("1.2E+06", Some(1_200_000.0)),
            ("1,2E+06", Some(1_200_000.0)),
            ("-500", Some(-500.0)),
            ("0", Some(0.0)),
            ("lots", None),
            ("10 - 20k", None),
            ("1.2E+400", None),
        ] {
            assert_eq!(money(text), amount, "{text}");
        }
    }
}
