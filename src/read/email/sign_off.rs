//! How people close a mail, over their name: "Best regards,", "Mit freundlichen Grüßen".

/// Phrases that close a mail, over a name.
const SIGN_OFFS: &[&str] = &[
    "best",
    "best regards",
    "best wishes",
    "kind regards",
    "kindest regards",
    "kindest",
    "warm regards",
    "warmest regards",
    "warmly",
    "regards",
    "thanks",
    "thank you",
    "many thanks",
    "thanks again",
    "thanks and regards",
    "thanks & regards",
    "thanks and best regards",
    "cheers",
    "sincerely",
    "sincerely yours",
    "yours sincerely",
    "yours faithfully",
    "yours",
    "yours truly",
    "very truly yours",
    "all the best",
    "take care",
    "talk soon",
    "speak soon",
    "respectfully",
    "cordially",
    "with best regards",
    "with kind regards",
    "with regards",
    "thank you and best regards",
    "thanks in advance",
    "thank you in advance",
    "viele grüße",
    "viele grüsse",
    "mit freundlichen grüßen",
    "mit freundlichem gruß",
    "mit besten grüßen",
    "beste grüße",
    "liebe grüße",
    "freundliche grüße",
    "herzliche grüße",
    "mfg",
    "vg",
    "lg",
    "gruß",
    "grüße",
    "cordialement",
    "bien à vous",
    "bien cordialement",
    "sincères salutations",
    "salutations",
    "merci",
    "saludos",
    "un saludo",
    "saludos cordiales",
    "atentamente",
    "gracias",
    "atenciosamente",
    "abraços",
    "obrigado",
    "obrigada",
    "cordiali saluti",
    "distinti saluti",
    "saluti",
    "grazie",
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "groeten",
    "groet",
    "med vänliga hälsningar",
    "mvh",
    "hälsningar",
    "med venlig hilsen",
    "venlig hilsen",
    "vennlig hilsen",
    "ystävällisin terveisin",
    "terveisin",
    "pozdrawiam",
    "z poważaniem",
    "s pozdravem",
    "с уважением",
    "з повагою",
    "br",
    "kr",
    "rgds",
    "thx",
    "tks",
    "saygılarımla",
    "iyi çalışmalar",
    "teşekkürler",
    "freundliche grüsse",
    "mit freundlichen grüssen",
    "mit freundlichem gruss",
    "mit besten grüssen",
    "beste grüsse",
    "liebe grüsse",
    "herzliche grüsse",
    "grüsse",
    "gruss",
    "schöne grüße",
    "danke",
    "danke und gruß",
    "vielen dank",
    "med vänlig hälsning",
    "vänlig hälsning",
    "vänliga hälsningar",
    "bästa hälsningar",
    "hälsning",
    "med vennlig hilsen",
    "med venlige hilsner",
    "venlige hilsner",
    "de bedste hilsner",
    "bedste hilsner",
    "mange hilsner",
    "hilsen",
    "vh",
    "parhain terveisin",
    "ystävällisesti",
    "s úctou",
    "s pozdravom",
    "děkuji",
    "serdecznie pozdrawiam",
    "pozdrawiam serdecznie",
    "z wyrazami szacunku",
    "dziękuję",
    "с наилучшими пожеланиями",
    "с уважением и наилучшими пожеланиями",
    "всего доброго",
    "спасибо",
    "melhores cumprimentos",
    "com os melhores cumprimentos",
    "cumprimentos",
    "att",
    "um abraço",
    "un cordial saludo",
    "reciba un cordial saludo",
    "un abrazo",
    "muchas gracias",
    "très cordialement",
    "sincèrement",
    "cdt",
    "cdlt",
    "bien à toi",
    "bonne journée",
    "un cordiale saluto",
    "cordialmente",
    "a presto",
    "buona giornata",
    "vriendelijke groet",
    "vriendelijke groeten",
    "hartelijke groet",
    "mvg",
    "bedankt",
    "üdvözlettel",
    "με εκτίμηση",
    "cu stimă",
    "lep pozdrav",
    "srdačan pozdrav",
    "此致",
    "敬礼",
    "此致敬礼",
    "祝好",
    "谢谢",
    "謝謝",
    "감사합니다",
    "よろしくお願いいたします",
    "よろしくお願い致します",
    "よろしくお願いします",
    "敬具",
];

/// The longest line, in bytes, that may be a sign-off, emoji and all.
const LONGEST_SIGN_OFF: usize = 120;

/// The length of the longest of [`SIGN_OFFS`] that is ASCII.
const LONGEST_ASCII: usize = {
    let (mut longest, mut n) = (0, 0);
    while n < SIGN_OFFS.len() {
        if SIGN_OFFS[n].is_ascii() && SIGN_OFFS[n].len() > longest {
            longest = SIGN_OFFS[n].len();
        }
        n += 1;
    }
    longest
};

/// What a place stands behind: "Viele Grüße aus München".
const FROM_A_PLACE: &[&str] = &[" aus ", " from ", " depuis ", " desde ", " dal ", " da ", " uit ", " från ", " fra "];

/// How the greetings end that people write in words of their own: "Sonnige Grüße", "Warmest greetings".
const GREETINGS: &[&str] = &[
    "grüße",
    "grüsse",
    "grüßen",
    "grüssen",
    "gruß",
    "gruss",
    "greetings",
    "regards",
    "wishes",
    "salutations",
    "saludos",
    "saluti",
    "cumprimentos",
    "groet",
    "groeten",
    "hälsningar",
    "hilsen",
    "hilsner",
];

/// The words between two ways to close a mail in one line: "Thanks and best".
const AND: &[&str] = &["/", " and ", " & ", " + ", " und ", " et ", " y ", " e ", " en ", " och ", " og "];

/// What stands in a line before the place that somebody greets from: of "Viele Grüße aus München" the greeting.
fn without_place(line: &str) -> &str {
    const LONGEST: usize = 64;
    let named = |place: &str| {
        place.split_whitespace().nth(3).is_none()
            && place.split_whitespace().next_back().is_some_and(|word| word.starts_with(char::is_uppercase))
    };
    let before = |from: &&str| line.split_once(from).filter(|(_, place)| named(place)).map(|(before, _)| before);
    if line.len() > LONGEST { line } else { FROM_A_PLACE.iter().find_map(before).unwrap_or(line) }
}

/// Whether `line`, in lower case, is a greeting in words of one's own: at most three of them, the last a greeting.
fn is_greeting(line: &str) -> bool {
    let mut words = line.split(' ');
    let last = words.next_back().unwrap_or_default();
    GREETINGS.contains(&last) && words.nth(2).is_none()
}

/// Whether `line` closes a mail: "Best regards,", "Danke/Gruß", "Cheers 👋", "Sonnige Grüße aus Köln".
pub fn is_sign_off(line: &str) -> bool {
    if line.len() > LONGEST_SIGN_OFF {
        return false;
    }
    let line = line.trim().trim_end_matches([',', '.', '!', '-', '–', ' ', ';', '。', '，', '、', '！']).trim();
    let line = without_place(line);
    // Nearly every line is a sentence, longer than any of the phrases.
    if line.len() > LONGEST_ASCII && line.is_ascii() && !line.contains('/') {
        return false;
    }
    let lower = line.to_lowercase();
    let lower: String = match lower.is_ascii() {
        true => lower,
        false => lower.chars().filter(|c| !is_emoji(*c)).collect(),
    };
    let lower = lower.trim();
    let both = |and: &&str| lower.contains(*and) && lower.split(*and).all(|part| SIGN_OFFS.contains(&part.trim()));
    SIGN_OFFS.contains(&lower) || AND.iter().any(both) || is_greeting(lower)
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}')
}
