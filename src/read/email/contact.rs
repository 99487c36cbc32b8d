//! Contact data in a line: what only a signature holds, a telephone number, an address, a link.

/// What stands before a telephone number, in lower case.
const LABELS: &[&str] = &[
    "tel",
    "phone",
    "mobile",
    "mob",
    "cell",
    "fax",
    "office",
    "direct",
    "t:",
    "m:",
    "p:",
    "f:",
    "o:",
    "c:",
    "d:",
    "t.",
    "f.",
    "m.",
    "t ",
    "m ",
    "ph",
    "tlf",
    "puh",
    "tél",
    "teléfono",
    "тел",
    "电话",
    "電話",
    "手机",
    "전화",
    "gsm",
];

/// How many pieces of a line, set apart by "|" or a dot in the middle, hold what only a signature holds.
pub fn contacts(line: &str) -> usize {
    let count = |pieces: &mut dyn Iterator<Item = &str>| pieces.filter(|piece| is_contact_piece(piece)).count();
    // Of the marks only "|" is ASCII, and a single mark is looked for much faster.
    if line.is_ascii() { count(&mut line.split('|')) } else { count(&mut line.split(['|', '·', '•', '｜'])) }
}

/// Whether a line holds a piece of contact data.
pub fn is_contact(line: &str) -> bool {
    contacts(line) > 0
}

/// Whether words hold what only a signature holds: a phone number, an address, a link, among few others.
fn is_contact_piece(line: &str) -> bool {
    let line = line.trim();
    if line.ends_with('?') {
        return false;
    }
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    let few = line.split_whitespace().nth(4).is_none();
    // Nearly every line is a sentence or a name: no number, and no mark of an address or a link among few words.
    let marked = few && line.bytes().any(|b| matches!(b, b'.' | b':' | b'@'));
    if digits < 6 && !marked && !line.starts_with(['s', 'S']) {
        return false;
    }
    let phone = || digits >= 7 && digits >= line.chars().filter(|c| c.is_alphabetic()).count();
    let lower = line.to_lowercase();
    let labelled = || digits >= 6 && LABELS.iter().any(|l| lower.starts_with(l));
    let link = || ["www.", "http://", "https://", "linkedin.com", "twitter.com"].iter().any(|l| lower.contains(l));
    let mail =
        || line.contains('@') && line.split_whitespace().any(|w| w.contains('@') && w.contains('.') && w.len() > 5);
    lower.starts_with("skype") || phone() || labelled() || (few && (link() || mail()))
}
