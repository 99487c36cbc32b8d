//! The names of months and week days: in dates of file names and headings, and, the English ones, among the words that name
//! nobody.

/// The months, from January, in lower case.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The days of the week, from Monday, in lower case.
pub const WEEK_DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The months in the other languages in which mail programs and meeting services write their dates, in lower case, in the
/// form that stands in a date: German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish and Norwegian, Polish,
/// Czech, Russian, Ukrainian, Finnish, Hungarian, Romanian, Turkish, Greek. Croatian is left out: its October is the Polish
/// November.
#[rustfmt::skip]
const ELSEWHERE: [&[&str]; 12] = [
    &["januar", "jänner", "janvier", "enero", "gennaio", "janeiro", "januari", "stycznia", "ledna", "января", "січня", "tammikuuta", "január", "ianuarie", "ocak", "ιανουαρίου"],
    &["februar", "février", "febrero", "febbraio", "fevereiro", "februari", "lutego", "února", "февраля", "лютого", "helmikuuta", "február", "februarie", "şubat", "φεβρουαρίου"],
    &["märz", "mars", "marzo", "março", "maart", "marts", "marca", "března", "марта", "березня", "maaliskuuta", "március", "martie", "mart", "μαρτίου"],
    &["avril", "abril", "aprile", "kwietnia", "dubna", "апреля", "квітня", "huhtikuuta", "április", "aprilie", "nisan", "απριλίου"],
    &["mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "května", "мая", "травня", "toukokuuta", "május", "mayıs", "μαΐου"],
    &["juni", "juin", "junio", "giugno", "junho", "czerwca", "června", "июня", "червня", "kesäkuuta", "június", "iunie", "haziran", "ιουνίου"],
    &["juli", "juillet", "julio", "luglio", "julho", "lipca", "července", "июля", "липня", "heinäkuuta", "július", "iulie", "temmuz", "ιουλίου"],
    &["août", "aout", "agosto", "augustus", "augusti", "sierpnia", "srpna", "августа", "серпня", "elokuuta", "augusztus", "ağustos", "αυγούστου"],
    &["septembre", "septiembre", "setiembre", "settembre", "setembro", "września", "září", "сентября", "вересня", "syyskuuta", "szeptember", "septembrie", "eylül", "σεπτεμβρίου"],
    &["oktober", "octobre", "octubre", "ottobre", "outubro", "października", "října", "октября", "жовтня", "lokakuuta", "október", "octombrie", "ekim", "οκτωβρίου"],
    &["novembre", "noviembre", "novembro", "listopada", "listopadu", "ноября", "листопада", "marraskuuta", "noiembrie", "kasım", "νοεμβρίου"],
    &["dezember", "décembre", "diciembre", "dicembre", "dezembro", "desember", "grudnia", "prosince", "декабря", "грудня", "joulukuuta", "decembrie", "aralık", "δεκεμβρίου"],
];

/// The days of the week in the same languages, in lower case, and Chinese, Japanese and Korean.
#[rustfmt::skip]
const WEEK_DAYS_ELSEWHERE: &[&str] = &[
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica",
    "segunda", "terça", "quarta", "quinta", "sexta", "feira",
    "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag",
    "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag", "mandag", "tirsdag", "lørdag", "søndag",
    "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela",
    "pondělí", "úterý", "středa", "čtvrtek", "pátek", "neděle",
    "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье",
    "понеділок", "вівторок", "середа", "четвер", "п'ятниця", "субота", "неділя",
    "maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai",
    "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日", "月", "火", "水", "木", "金", "土",
    "星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日", "星期天", "周一", "周二", "周三", "周四", "周五", "周六", "周日",
    "월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일", "월", "화", "수", "목", "금", "토", "일",
];

/// The month, 1 to 12, whose name, first three letters, or "sept" `name` is, in any case and in the languages that are known
/// here; a name cut short where it can be of one month only.
pub fn month(name: &str) -> Option<i16> {
    let name = name.to_lowercase();
    if name.len() < 3 {
        return None;
    }
    let english =
        || MONTHS.iter().position(|m| *m == name || (m.starts_with(&name) && (name.len() == 3 || name == "sept")));
    let full = || ELSEWHERE.iter().position(|names| names.contains(&name.as_str()));
    let cut = || {
        // "févr.", "мар." and "mar." alike; three letters are the least that are written.
        let begins = |names: &[&str]| name.chars().count() >= 3 && names.iter().any(|m| m.starts_with(&name));
        let mut found = (0..12).filter(|month| begins(ELSEWHERE[*month]));
        found.next().filter(|_| found.next().is_none())
    };
    english().or_else(full).or_else(cut).map(|m| m as i16 + 1)
}

/// The month of a name that stands before its day, "March 12", as English has it and, in America, Spanish and Portuguese: so three
/// letters of another language are none, be it "Ian", "Set" or "Pro".
pub fn month_before_day(name: &str) -> Option<i16> {
    // What differs from English, without "set" and "out", which are words.
    const IN_AMERICA: [&str; 7] = ["ene", "fev", "abr", "mai", "ago", "dic", "dez"];
    let is_english = || MONTHS.iter().any(|month| month.get(..3).is_some_and(|three| three.eq_ignore_ascii_case(name)));
    let is_american = || IN_AMERICA.iter().any(|three| three.eq_ignore_ascii_case(name));
    month(name).filter(|_| name.chars().count() > 3 || is_english() || is_american())
}

/// Whether `word`, in any case, is the name of a week day in a language that is known here, or its first letters.
pub fn is_week_day(word: &str) -> bool {
    let word = word.to_lowercase();
    let short = |day: &&str| word.chars().count() >= 2 && day.starts_with(&word);
    WEEK_DAYS.iter().any(|day| word.len() >= 3 && day.starts_with(&word))
        || WEEK_DAYS_ELSEWHERE.contains(&word.as_str())
        || (word.chars().count() <= 4 && WEEK_DAYS_ELSEWHERE.iter().any(short))
}

/// Whether `word`, in lower case, is the English name of a month or a week day.
pub fn is_name(word: &str) -> bool {
    MONTHS.contains(&word) || is_week_day_name(word)
}

/// Whether `word`, in lower case, is the English name of a week day.
pub fn is_week_day_name(word: &str) -> bool {
    WEEK_DAYS.contains(&word)
}

/// Whether `word`, in lower case, is the English name of a month, in full, its first three letters, or "sept".
pub fn is_month_name(word: &str) -> bool {
    let is_short = word.len() == 3 || word == "sept";
    MONTHS.iter().any(|month| *month == word || (is_short && month.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_the_languages_that_mail_programs_speak() {
        for (name, expected) in [
            ("March", Some(3)),
            ("Mar", Some(3)),
            ("Sept", Some(9)),
            ("März", Some(3)),
            ("mars", Some(3)),
            ("févr", Some(2)),
            ("juin", Some(6)),
            ("juillet", Some(7)),
            ("marzo", Some(3)),
            ("março", Some(3)),
            ("мар", Some(3)),
            ("marca", Some(3)),
            ("mei", Some(5)),
            ("Dez", Some(12)),
            ("července", Some(7)),
            ("června", Some(6)),
            ("ma", None),
            // June or July.
            ("čer", None),
            ("Ann", None),
            ("Market", None),
        ] {
            assert_eq!(month(name), expected, "{name}");
        }
        for (name, expected) in [
            ("March", Some(3)),
            ("mar", Some(3)),
            ("märz", Some(3)),
            ("Ene", Some(1)),
            ("Abr", Some(4)),
            ("ian", None),
            ("Set", None),
        ] {
            assert_eq!(month_before_day(name), expected, "{name}");
        }
    }
}
