//! Amounts as people, CRMs and spreadsheets write them.

/// "$1,200.50", "1.200,50 €", "12000", "USD 12k", "2.5M EUR", "1.2E+06", "Rs. 1,25,000", "(500.00)": the number. What reads in two
/// ways is none: a tenth of a deal is worse than no amount.
pub(super) fn money(text: &str) -> Option<f64> {
    let text = text.trim();
    // As spreadsheets write long numbers.
    if text.contains(['e', 'E'])
        && let Ok(number) = text.replace(',', ".").parse::<f64>()
    {
        return Some(number).filter(|n| n.is_finite());
    }
    let (before, from) = text.split_at(begin(text)?);
    let behind = from
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace());
    let unit: String = behind.chars().take_while(|c| c.is_alphabetic()).collect();
    let unit_told = unit.to_lowercase();
    let digits = from[..from.len() - behind.len()].trim();
    let small = || digits.chars().filter(char::is_ascii_digit).count() <= 4 && !digits.contains([',', '\'', '’']);
    let times = match unit_told.as_str() {
        // Behind a large number "Cr" is a credit, "L" the lempira, and "t" begins another word.
        "cr" | "l" | "t" | "mil" if !small() => 1.0,
        unit => times(unit)?,
    };
    // A number in words or a second one: "10 or 20".
    let rest = &behind[unit.len()..];
    if rest.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // "1.250k" is a million and a quarter to some and a thousand and a quarter to others.
    if times == 1e3 && digits.rsplit_once(['.', ',']).is_some_and(|(_, last)| last.len() == 3) {
        return None;
    }
    let number = plain(digits, times > 1.0)?.parse::<f64>().ok()?;
    // Accounts have what is below nothing in brackets; others, what the number is of: "12,500 (one-time)".
    let in_brackets = before.split_once('(').filter(|(currency, sign)| is_currency(currency) && is_currency(sign));
    let bracketed = in_brackets.is_some() && rest.trim() == ")" && is_currency(&unit);
    let negative = bracketed || before.contains(['-', '−']);
    Some(if negative { -number * times } else { number * times }).filter(|n| n.is_finite())
}

/// The currency that stands beside the number of an amount, or in a cell of its own: its code where there is one or one country
/// alone has the sign, else the sign ("$", "kr").
pub(super) fn currency(text: &str) -> Option<String> {
    let words = || text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    if let Some(code) = words().find(|word| CODES.contains(word)) {
        return Some(code.to_owned());
    }
    // "euro" alone is a currency's name; beside a number three letters may be anything.
    let alone = text.trim().to_uppercase();
    if CODES.contains(&alone.as_str()) {
        return Some(alone);
    }
    let lower = text.to_lowercase();
    let sign = SIGNS.iter().find(|(sign, _)| {
        lower.match_indices(sign).any(|(at, _)| {
            let letters = |end: Option<char>| end.is_some_and(char::is_alphabetic);
            let (before, behind) = (&lower[..at], &lower[at + sign.len()..]);
            // "kr" is none in "Krona" or "Ukraine".
            let goes_on = (sign.starts_with(char::is_alphabetic) && letters(before.chars().next_back()))
                || (sign.ends_with(char::is_alphabetic) && letters(behind.chars().next()));
            !goes_on
        })
    });
    sign.map(|(_, told)| (*told).to_owned())
}

/// The codes of currencies in which deals are made (ISO 4217).
const CODES: &[&str] = &[
    "AED", "ARS", "AUD", "BDT", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR",
    "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "LKR", "MAD", "MXN", "MYR", "NGN",
    "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY",
    "TWD", "UAH", "USD", "UYU", "VND", "ZAR",
];

/// Signs in lower case, a longer one before those that it ends with, and what each is.
const SIGNS: &[(&str, &str)] = &[
    ("us$", "USD"),
    ("ca$", "CAD"),
    ("au$", "AUD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("mx$", "MXN"),
    ("c$", "CAD"),
    ("a$", "AUD"),
    ("r$", "BRL"),
    ("s$", "SGD"),
    ("$", "$"),
    ("€", "EUR"),
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("¥", "¥"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("₽", "RUB"),
    ("₴", "UAH"),
    ("₪", "ILS"),
    ("us dollar", "USD"),
    ("canadian dollar", "CAD"),
    ("australian dollar", "AUD"),
    ("pound sterling", "GBP"),
    ("swiss franc", "CHF"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("kr", "kr"),
    ("rs", "Rs"),
];

/// The codes whose sign can be "$".
pub(super) const DOLLARS: &[&str] =
    &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU"];

/// Whether what stands beside a number can be nothing but a currency: "EUR", "$", "".
fn is_currency(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() <= 3 && text.trim().chars().count() <= 4
}

/// Where the number begins: at its first digit, or at the mark before it in ".5". That of "Rs.500" and "S/. 500" is the currency's.
fn begin(text: &str) -> Option<usize> {
    let digit = text.find(|c: char| c.is_ascii_digit())?;
    let before = text[..digit].strip_suffix(['.', ',']);
    let own = before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '.')));
    Some(digit - usize::from(own))
}

/// What a unit behind a number, in lower case, makes of it; none where it is of one kind here and of another there ("12.5 L").
fn times(unit: &str) -> Option<f64> {
    Some(match unit {
        "k" | "thousand" | "tsd" | "teur" | "tausend" => 1e3,
        "lakh" | "lakhs" | "lac" | "lacs" => 1e5,
        "m" | "mn" | "mm" | "mio" | "mln" | "million" | "millionen" | "millions" | "millones" | "miljoen" => 1e6,
        "cr" | "crore" | "crores" => 1e7,
        "b" | "bn" | "mrd" | "billion" | "billions" => 1e9,
        "l" | "t" | "mil" => return None,
        _ => 1.0,
    })
}

/// `number` without the marks that group its digits and with a full stop for its decimal mark; `scaled`: a unit multiplies it.
fn plain(number: &str, scaled: bool) -> Option<String> {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    // "12.500.-"
    let digits = digits.trim_end_matches(['.', ',']);
    let marks: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    // The last mark is the decimal one where it stands once, and not alone between groups: before three digits and behind at
    // most three, of which the first is no 0.
    let decimal = marks.last().filter(|(at, c)| {
        let groups = digits.len() - at - 1 == 3 && (1..=3).contains(at) && !digits.starts_with('0');
        marks.iter().filter(|(_, other)| other == c).count() == 1
            // "1.250M" is a million and a quarter.
            && (scaled || !groups || marks.len() > 1)
    });
    let whole = &digits[..decimal.map_or(digits.len(), |(at, _)| *at)];
    // "12.500.00" is 12500 to one and a million to another; India has groups of two above the last.
    let mut groups = whole.split(['.', ',']).skip(1).peekable();
    while let Some(group) = groups.next() {
        let fits = if groups.peek().is_none() { group.len() == 3 } else { matches!(group.len(), 2 | 3) };
        if !fits {
            return None;
        }
    }
    let whole = whole.replace(['.', ','], "");
    Some(match decimal {
        Some((at, _)) => format!("{whole}.{}", &digits[at + 1..]),
        None => whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_currency_is_its_code_or_the_sign_that_several_share() {
        for (text, told) in [
            ("€12,500", Some("EUR")),
            ("12 k€", Some("EUR")),
            ("12,345,678 JPY", Some("JPY")),
            ("USD12k", Some("USD")),
            ("R$ 1.200,00", Some("BRL")),
            ("$1,200.50", Some("$")),
            ("5 000 Kč", Some("CZK")),
            ("500 kr.", Some("kr")),
            ("eur", Some("EUR")),
            ("EUR - Euro", Some("EUR")),
            ("US Dollar", Some("USD")),
            ("Euros", Some("EUR")),
            ("12k", None),
            ("12,500 (one-time)", None),
            ("3 per year", None),
            ("1.2M", None),
        ] {
            assert_eq!(currency(text).as_deref(), told, "{text}");
        }
    }

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
            ("12,500.00 CR", Some(12_500.0)),
            ("12500 Cr", Some(12_500.0)),
            ("12,500.00 L", Some(12_500.0)),
            ("12500 t.b.c.", Some(12_500.0)),
            ("Budget (12,500 net)", Some(12_500.0)),
            ("(12,500 incl. VAT)", Some(12_500.0)),
            ("1.250 TEUR", None),
            ("11363.636", Some(11_363.636)),
            ("12500.000", Some(12_500.0)),
            ("1234.567", Some(1_234.567)),
            ("1500,250 KWD", Some(1_500.25)),
            ("0.125", Some(0.125)),
            (".5", Some(0.5)),
            ("1.250", Some(1_250.0)),
            ("1.234.567,891", Some(1_234_567.891)),
            ("Rs. 12,500.00", Some(12_500.0)),
            ("Rs.500", Some(500.0)),
            ("Fr. 12'500.00", Some(12_500.0)),
            ("S/. 12,500.00", Some(12_500.0)),
            ("kr. 12.500,00", Some(12_500.0)),
            ("12.500,00 kr.", Some(12_500.0)),
            ("Rs. 1,25,000.00", Some(125_000.0)),
            ("₹1,25,000", Some(125_000.0)),
            ("12500,-", Some(12_500.0)),
            ("12.500.- €", Some(12_500.0)),
            ("1.5 Cr", Some(15_000_000.0)),
            ("12.5 lakh", Some(1_250_000.0)),
            ("12 TSD EUR", Some(12_000.0)),
            ("12.5 L", None),
            ("($1,500.00)", Some(-1_500.0)),
            ("$ (500.00)", Some(-500.0)),
            ("12,500 (one-time)", Some(12_500.0)),
            ("(USD) 12,500", Some(12_500.0)),
            ("12.500.00", None),
            ("1,2,3", None),
            ("lots", None),
            ("10 - 20k", None),
            ("1.2E+400", None),
        ] {
            assert_eq!(money(text), amount, "{text}");
        }
    }
}
