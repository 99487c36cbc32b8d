//! The new words of a mail: without quoted replies, signatures and disclaimers.
//!
//! The rule above all rules is that no words are lost: whatever is cut is counted, and where a cut would leave nothing,
//! the cut is taken back. Two things are read: what the markup of an HTML mail sets apart, and what lines look like.

use super::html::{self, HtmlLine};

/// The new words of a mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The new words, line by line.
    pub lines: Vec<String>,
    /// Share of the letters and digits that were cut, 0-100 percent.
    pub cut_percent: u8,
    /// Whether a cut was taken back because it left nothing.
    pub whole: bool,
    /// Where a forwarded message begins in `lines`, if one does.
    pub forwarded_from: Option<usize>,
}

/// A line of a mail, with or without markup.
#[derive(Clone, Debug)]
struct Line<'a> {
    text: &'a str,
    quoted: bool,
}

/// The new words of a plain body.
pub fn of_text(text: &str) -> Body {
    let lines: Vec<Line> = text
        .lines()
        .map(|l| {
            let trimmed = l.trim_start();
            Line {
                text: l.trim_end(),
                quoted: trimmed.starts_with('>') && !trimmed.starts_with(">From ") || trimmed.starts_with("&gt;"),
            }
        })
        .collect();
    new_words(&lines)
}

/// The new words of an HTML body.
pub fn of_html(html: &str) -> Body {
    let seen: Vec<HtmlLine> = html::lines(html);
    let lines: Vec<Line> =
        seen.iter().map(|l| Line { text: &l.text, quoted: l.quoted || l.text.starts_with("> ") }).collect();
    new_words(&lines)
}

fn weight(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn new_words(lines: &[Line]) -> Body {
    let total: usize = lines.iter().map(|l| weight(l.text)).sum();
    let (without_quotes, forwarded_at) = cut_quotes(lines);
    let mut kept = without_quotes.clone();
    let signature_end = forwarded_at.unwrap_or(kept.len());
    let cut_at = signature_start(&kept[..signature_end]);
    kept.drain(cut_at..signature_end);
    let forwarded_from = forwarded_at.map(|f| f - (signature_end - cut_at));
    let sum = |lines: &[&str]| lines.iter().map(|l| weight(l)).sum::<usize>();
    let (mut chosen, mut forwarded_from, mut whole) = (kept, forwarded_from, false);
    if sum(&chosen) == 0 {
        (chosen, forwarded_from) = (without_quotes, forwarded_at);
        whole = true;
    }
    if sum(&chosen) == 0 {
        chosen = lines.iter().map(|l| l.text.trim_start_matches(['>', ' '])).collect();
        forwarded_from = None;
    }
    let left = sum(&chosen);
    let cut = total.saturating_sub(left);
    Body {
        cut_percent: if total == 0 { 0 } else { (cut * 100 / total) as u8 },
        whole: whole && total > 0,
        forwarded_from,
        lines: trim_blank(chosen, &mut forwarded_from),
    }
}

fn trim_blank(lines: Vec<&str>, _forwarded: &mut Option<usize>) -> Vec<String> {
    let end = lines.iter().rposition(|l| !l.trim().is_empty()).map_or(0, |at| at + 1);
    lines[..end].iter().map(|l| (*l).to_owned()).collect()
}

/// Words by which a line announces somebody else's, before its colon.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "geschrieben",
    "a écrit",
    "a ecrit",
    "escribió",
    "escribio",
    "escreveu",
    "ha scritto",
    "schreef",
    "skrev",
    "napisał",
    "napisal",
    "napsal",
    "пишет",
    "написал",
    "kirjoitti",
    "yazdı",
    "şunları yazdı",
    "写道",
    "寫道",
    "rašė",
    "đã viết",
    "írta",
    "έγραψε",
    "a scris",
    "作成",
    "escriu",
    "heeft geschreven",
    "geschreven",
    "said",
    "ha escrito",
    "escribe",
];

/// Whether a line (or several joined) announces a quote: "On … Ann wrote:", in the common languages.
pub fn announces_quote(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['>', ' ', '*', '_']).trim_end_matches(['*', '_', ' ']);
    let Some(body) = line.strip_suffix([':', '：']) else { return false };
    if body.chars().count() > 400 {
        return false;
    }
    let lower = body.trim_end().to_lowercase();
    let dated = lower.chars().any(|c| c.is_ascii_digit()) || lower.contains('@');
    dated && WROTE.iter().any(|w| contains_word(&lower, w))
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let ascii = word.is_ascii();
        !ascii || before.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// Where a line may begin that announces a quote only further down.
const OPENERS: &[&str] = &[
    "on ", "am ", "le ", "el ", "em ", "il ", "op ", "den ", "dnia ", "w dniu ", "dne ", "på ", "pe ", "vào ", "på ",
    "2", "in ",
];

/// How many lines at the head of `lines` announce a quote.
fn announcement(lines: &[Line]) -> Option<usize> {
    let first = lines[0].text.trim().trim_start_matches(['>', ' ', '*', '_']);
    if first.is_empty() {
        return None;
    }
    if announces_quote(first) {
        return Some(1);
    }
    let lower = first.to_lowercase();
    let dated = first.chars().any(|c| c.is_ascii_digit());
    if !dated || !OPENERS.iter().any(|o| lower.starts_with(o)) {
        return None;
    }
    let mut joined = first.to_owned();
    for (n, line) in lines.iter().enumerate().take(4).skip(1) {
        let text = line.text.trim().trim_start_matches(['>', ' ']);
        if text.is_empty() && n > 1 {
            return None;
        }
        joined.push(' ');
        joined.push_str(text);
        if announces_quote(&joined) {
            return Some(n + 1);
        }
    }
    None
}

/// Field names of the block that Outlook puts over a quoted mail, by language.
const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "od",
    "от",
    "lähettäjä",
    "kimden",
    "发件人",
    "寄件者",
    "差出人",
    "보낸 사람",
    "expéditeur",
    "feladó",
    "remitente",
    "mittente",
];
const FIELDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "assunto",
    "data",
    "inviato",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "skickat",
    "till",
    "ämne",
    "dato",
    "til",
    "emne",
    "sendt",
    "wysłano",
    "do",
    "temat",
    "odesláno",
    "komu",
    "předmět",
    "отправлено",
    "кому",
    "тема",
    "дата",
    "lähetetty",
    "vastaanottaja",
    "aihe",
    "发送时间",
    "收件人",
    "主题",
    "日期",
    "寄件日期",
    "收件者",
    "主旨",
    "送信日時",
    "宛先",
    "件名",
    "보낸 날짜",
    "받는 사람",
    "제목",
    "reply-to",
    "date d'envoi",
    "le",
    "gönderildi",
    "kime",
    "konu",
    "importance",
    "attachments",
    "kopie",
];

fn field(line: &str, names: &[&str]) -> bool {
    let line = line.trim().trim_start_matches(['>', ' ', '*', '_', '|']);
    let Some((name, value)) = line.split_once([':', '：']) else { return false };
    let name = name.trim().trim_end_matches(['*', '_', ' ']).to_lowercase();
    let _ = value;
    names.contains(&name.as_str())
}

/// Whether `lines` begins with a block of a mail's head: a sender, and at least two more fields within the next six lines.
fn head_block(lines: &[Line]) -> bool {
    let Some(first) = lines.first() else { return false };
    if !field(first.text, FROM) {
        return false;
    }
    let more = lines[1..].iter().take(7).filter(|l| field(l.text, FIELDS)).count();
    let addressed = first.text.contains('@') || first.text.contains("mailto");
    more >= 2 || (more >= 1 && addressed)
}

/// Whether a line divides a forwarded mail from the words above.
fn forwards(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['>', ' ']);
    let inner = line.trim_matches(['-', ' ', '_', '*', '=', ':']).to_lowercase();
    let dashes = line.starts_with("--") || line.starts_with("__") || line.starts_with("==");
    const NAMES: &[&str] = &[
        "forwarded message",
        "forwarded by",
        "weitergeleitete nachricht",
        "message transféré",
        "message transmis",
        "mensaje reenviado",
        "mensagem encaminhada",
        "messaggio inoltrato",
        "doorgestuurd bericht",
        "vidarebefordrat meddelande",
        "videresendt meddelelse",
        "пересылаемое сообщение",
        "пересланное сообщение",
        "przekazana wiadomość",
        "original message forwarded",
    ];
    (dashes && NAMES.iter().any(|n| inner.starts_with(n)))
        || [
            "begin forwarded message",
            "anfang der weitergeleiteten nachricht",
            "début du message réexpédié",
            "inicio del mensaje reenviado",
            "inizio messaggio inoltrato",
        ]
        .iter()
        .any(|n| inner.starts_with(n) && line.ends_with(':'))
}

/// Whether a line divides a quoted mail from the words above.
fn divides(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['>', ' ']);
    if !line.starts_with("--") && !line.starts_with("__") && !line.starts_with("==") {
        return false;
    }
    let inner = line.trim_matches(['-', ' ', '_', '*', '=', ':']).to_lowercase();
    const NAMES: &[&str] = &[
        "original message",
        "original-nachricht",
        "ursprüngliche nachricht",
        "originalnachricht",
        "message d'origine",
        "message original",
        "mensaje original",
        "mensagem original",
        "messaggio originale",
        "oorspronkelijk bericht",
        "originalmeddelande",
        "oprindelig meddelelse",
        "opprinnelig melding",
        "исходное сообщение",
        "wiadomość oryginalna",
        "oryginalna wiadomość",
        "původní zpráva",
        "reply message",
        "original email",
        "antwort",
        "reply above this line",
    ];
    NAMES.iter().any(|n| inner.starts_with(n))
}

/// The lines without quoted replies, and where among them a forwarded mail begins.
fn cut_quotes<'a>(lines: &[Line<'a>]) -> (Vec<&'a str>, Option<usize>) {
    let mut out: Vec<&str> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        if forwards(line.text) && !quoted_before(lines, at) {
            let from = out.len();
            out.extend(lines[at..].iter().map(|l| l.text.trim_start_matches(['>', ' '])));
            return (out, Some(from));
        }
        if divides(line.text) || head_block(&lines[at..]) || rule_over_head(&lines[at..]) {
            break;
        }
        if let Some(length) = announcement(&lines[at..]) {
            let next = lines[at + length..].iter().find(|l| !l.text.trim().is_empty());
            match next {
                Some(next) if next.quoted || line.quoted => {
                    at += length;
                    continue;
                }
                // Announced and nothing set apart: everything below is quoted.
                _ => break,
            }
        }
        if !line.quoted {
            out.push(line.text);
        }
        at += 1;
    }
    (out, None)
}

fn quoted_before(lines: &[Line], at: usize) -> bool {
    lines[at].quoted && lines[..at].iter().any(|l| l.quoted)
}

/// Outlook's line of underscores over a head block.
fn rule_over_head(lines: &[Line]) -> bool {
    let rule = |l: &str| l.len() >= 5 && l.trim().chars().all(|c| matches!(c, '_' | '-' | '=' | '—'));
    rule(lines[0].text.trim())
        && lines[1..].iter().position(|l| !l.text.trim().is_empty()).is_some_and(|n| head_block(&lines[1 + n..]))
}

/// Lines that a phone or a mail program adds.
const SENT_FROM: &[&str] = &[
    "sent from my",
    "sent from mail",
    "sent from outlook",
    "sent from yahoo",
    "sent from samsung",
    "sent via",
    "sent on the go",
    "get outlook for",
    "envoyé de mon",
    "envoyé depuis",
    "envoyé à partir",
    "von meinem",
    "gesendet von",
    "gesendet mit",
    "enviado desde",
    "enviado do meu",
    "enviado de mi",
    "inviato da",
    "verzonden vanaf",
    "verstuurd vanaf",
    "skickat från",
    "sendt fra",
    "wysłane z",
    "отправлено с",
    "отправлено из",
    "diese nachricht wurde von",
    "sent with",
    "sent using",
];

/// How a confidentiality notice begins.
const DISCLAIMERS: &[&str] = &[
    "this e-mail and any",
    "this email and any",
    "this e-mail message",
    "this email message",
    "this message and any",
    "the information contained in this",
    "the information transmitted",
    "the contents of this e",
    "confidentiality notice",
    "confidentiality:",
    "confidential:",
    "disclaimer",
    "privileged and confidential",
    "this communication is",
    "this e-mail is confidential",
    "this email is confidential",
    "this message contains confidential",
    "this message is confidential",
    "if you are not the intended recipient",
    "if you have received this",
    "this e-mail may contain",
    "this email may contain",
    "this transmission",
    "please consider the environment",
    "diese e-mail enthält",
    "diese nachricht enthält",
    "der inhalt dieser e-mail",
    "ce message et",
    "ce courriel",
    "ce message est",
    "este mensaje",
    "este correo",
    "esta mensagem",
    "questo messaggio",
    "dit bericht is",
    "deze e-mail",
    "virus-free.",
    "to unsubscribe",
    "important notice",
];

/// Phrases that close a mail, over a name.
const SIGN_OFFS: &[&str] = &[
    "best",
    "best regards",
    "best wishes",
    "kind regards",
    "kindest regards",
    "warm regards",
    "warmly",
    "regards",
    "thanks",
    "thank you",
    "many thanks",
    "thanks again",
    "thanks and regards",
    "thanks & regards",
    "cheers",
    "sincerely",
    "yours sincerely",
    "yours",
    "yours truly",
    "all the best",
    "take care",
    "talk soon",
    "respectfully",
    "cordially",
    "with best regards",
    "viele grüße",
    "mit freundlichen grüßen",
    "beste grüße",
    "liebe grüße",
    "freundliche grüße",
    "mfg",
    "cordialement",
    "bien à vous",
    "bien cordialement",
    "saludos",
    "un saludo",
    "saludos cordiales",
    "atentamente",
    "atenciosamente",
    "abraços",
    "cordiali saluti",
    "distinti saluti",
    "met vriendelijke groet",
    "groeten",
    "med vänliga hälsningar",
    "mvh",
    "hälsningar",
    "med venlig hilsen",
    "pozdrawiam",
    "с уважением",
    "br",
    "rgds",
    "thx",
    "ta",
    "tks",
];

fn is_sign_off(line: &str) -> bool {
    let lower = line.trim().trim_end_matches([',', '.', '!', '-', '–', ' ']).to_lowercase();
    SIGN_OFFS.contains(&lower.as_str())
}

/// Where the signature and what follows it begin; `lines.len()` where there is none.
fn signature_start(lines: &[&str]) -> usize {
    let mut end = lines.len();
    // Disclaimers stand last, each a paragraph.
    if let Some(at) = lines.iter().position(|l| {
        let lower = l.trim().trim_start_matches(['*', '_', '-', ' ']).to_lowercase();
        DISCLAIMERS.iter().any(|d| lower.starts_with(d))
    }) {
        let words_before: usize = lines[..at].iter().map(|l| weight(l)).sum();
        if words_before > 0 {
            end = at;
        }
    }
    if let Some(at) = lines[..end].iter().position(|l| is_delimiter(l)) {
        let behind = &lines[at + 1..end];
        let short = behind.iter().filter(|l| !l.trim().is_empty()).count() <= 15
            && behind.iter().map(|l| l.len()).sum::<usize>() <= 1_000;
        if short {
            end = at;
        }
    }
    let tail = |end: usize| lines[..end].iter().rposition(|l| !l.trim().is_empty());
    while let Some(last) = tail(end) {
        let lower = lines[last].trim().trim_start_matches(['-', ' ', '*', '_', '<', '[']).to_lowercase();
        let sent_from = SENT_FROM.iter().any(|s| lower.starts_with(s)) && lower.split_whitespace().count() <= 12;
        let rule = lower.is_empty();
        if !sent_from && !rule {
            break;
        }
        end = last;
    }
    contact_block(&lines[..end])
}

fn is_delimiter(line: &str) -> bool {
    matches!(line.trim(), "--" | "- -" | "—" | "––" | "---" | "__" | "___") || line == "-- "
}

/// Whether a line holds what only a signature holds: a phone number, an address, a link.
fn is_contact(line: &str) -> bool {
    let lower = line.to_lowercase();
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let phone = digits >= 7 && digits * 2 >= line.chars().filter(|c| c.is_alphanumeric()).count();
    let labelled = [
        "tel", "phone", "mobile", "cell", "fax", "office:", "direct:", "t:", "m:", "p:", "e:", "w:", "o:", "mail:",
        "email:", "e-mail:", "skype", "web:",
    ]
    .iter()
    .any(|l| lower.trim_start().starts_with(l));
    let link = ["www.", "http://", "https://", "linkedin.com"].iter().any(|l| lower.contains(l))
        && line.split_whitespace().count() <= 3;
    let mail = line.contains('@') && line.split_whitespace().count() <= 3;
    phone || labelled && digits >= 5 || link || mail
}

/// Where, behind a sign-off and a name, lines of contact data begin.
fn contact_block(lines: &[&str]) -> usize {
    let filled: Vec<usize> = (0..lines.len()).filter(|n| !lines[*n].trim().is_empty()).collect();
    let from = filled.len().saturating_sub(14);
    for (place, at) in filled.iter().enumerate().skip(from) {
        if !is_sign_off(lines[*at]) {
            continue;
        }
        // The name stays: it says who writes.
        let name_at = place + 1;
        let behind = &filled[(name_at + 1).min(filled.len())..];
        let short = behind.iter().all(|n| lines[*n].chars().count() <= 100);
        if short && behind.iter().any(|n| is_contact(lines[*n])) {
            return behind[0];
        }
    }
    lines.len()
}

/// The paragraphs of new words, one turn each: an empty line ends one, and so does a line break that a writer made; a
/// line break that only the width of the mail made does not.
pub fn paragraphs(lines: &[String]) -> Vec<String> {
    let widest = lines.iter().map(|l| l.chars().count()).max().unwrap_or(0);
    let wrapped = (40..=100).contains(&widest);
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    let mut last_length = 0;
    for line in lines {
        let text = super::turns::one_line(line);
        if text.is_empty() {
            open = false;
            continue;
        }
        let first_word = text.split(' ').next().map_or(0, |w| w.chars().count());
        // Would the first word have fitted on the line above? Then the writer broke the line, not the mail program.
        let by_width = wrapped && last_length + 1 + first_word > widest.min(78).max(60) && last_length >= 40;
        let item = text.starts_with(['-', '*', '•', '·', '–'])
            || text.split_once(['.', ')']).is_some_and(|(n, _)| n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()));
        match out.last_mut() {
            Some(last) if open && by_width && !item => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => out.push(text),
        }
        last_length = line.chars().count();
        open = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        of_text(text).lines.join("\n")
    }

    #[test]
    fn new_words_only_and_never_nothing() {
        for (text, expected) in [
            ("yes\n\nOn 2 May 2026, Ann wrote:\n> no\n> maybe", "yes"),
            ("yes\n\nOn Mon, 2 May 2026 at 10:00,\nAnn <ann@acme.example>\nwrote:\n\n> no", "yes"),
            ("On 2 May 2026, Ann wrote:\n> no\n\nbut yes", "\nbut yes"),
            ("ja\n\nAm 2. Mai 2026 um 10:00 schrieb Ann:\n\nnein", "ja"),
            ("yes\n\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nno", "yes"),
            ("yes\n-----Original Message-----\nno", "yes"),
            ("Hello\n-- \nAnn\n555 123 4567", "Hello"),
            ("Yes.\n\nBest,\nAnn\nSales\n+44 20 7946 0958", "Yes.\n\nBest,\nAnn"),
            ("Sent from my iPhone", "Sent from my iPhone"),
            ("> only\n> quoted", "only\nquoted"),
            ("From: here we go\nand on", "From: here we go\nand on"),
        ] {
            assert_eq!(kept(text), expected, "{text}");
        }
    }

    #[test]
    fn wrapped_lines_are_one_paragraph_and_broken_lines_are_not() {
        let lines = |t: &str| paragraphs(&t.lines().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(
            lines(
                "Hi Ann,\nthe contract is with our lawyers and they will answer by the end of\nnext week at the latest.\n\nBest,\nBob"
            ),
            [
                "Hi Ann,",
                "the contract is with our lawyers and they will answer by the end of next week at the latest.",
                "Best,",
                "Bob"
            ]
        );
    }
}
