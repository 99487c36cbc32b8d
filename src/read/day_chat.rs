//! Chats with the day as a heading over messages that have a time of day: LINE (`15:04<tab>Ann<tab>hello`, from a computer with
//! blanks for the tabs, see [`spaced`]) and KakaoTalk
//! (`[Ann] [오후 3:04] hello` from a computer, `2026년 3월 12일 오후 3:04, Ann : hello` from a telephone).

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    plain_txt::TWO_WAYS,
    preamble::says_only_when,
    turns::one_line,
    when::{
        self,
        words::{Half, half},
    },
};
use crate::conversation::{Channel, Timestamp, Turn};

mod spaced;

/// A chat by days.
pub struct DayChat;

impl Format for DayChat {
    fn name(&self) -> &'static str {
        "day-chat-txt"
    }
    fn doc(&self) -> &'static str {
        "chat of LINE or KakaoTalk, saved as text: messages with times below their days"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // What stands on the first line is the program's own; below a day "15:04<tab>Ann" may be a call's fifteenth minute.
        let first = input.head().lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let own = first.starts_with("[LINE]") || first.contains("카카오톡 대화") || first.contains("KakaoTalk Chat");
        let head = spaced::tabbed(input.head(), input.file_name());
        let chat = (own || spaced::begins(input.head())) && head.lines().any(|line| message(line).is_some());
        if chat { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let text = &*spaced::tabbed(input.text(), input.file_name());
        let order = order(text);
        let mut conversation = input.conversation(self, Channel::Chat, None);
        conversation.started_at = None;
        let mut skipped = Vec::new();
        let (mut day, mut days, mut first) = (None, 0, None);
        let mut below_blank = true;
        // Of the message of LINE that is being read; counted line by line, since a message may have as many as the file.
        let (mut quoted, mut quotes_odd) = (false, false);
        for (n, line) in text.lines().enumerate() {
            if let Some(message) = message(line) {
                let day = message.day.and_then(day_of).or(day);
                let at = day.unwrap_or(days * DAY_MS) + message.at;
                if first.is_none() {
                    conversation.started_at = day.and_then(|day| Timestamp::from_millisecond(day + message.at).ok());
                    conversation.local_time = conversation.started_at.is_some();
                }
                let from = *first.get_or_insert(at);
                quoted = message.quoted && message.words.trim_start().starts_with('"');
                quotes_odd = has_odd_quotes(message.words);
                conversation.turns.push(Turn {
                    speaker: message.name.to_owned(),
                    start_ms: u64::try_from(at - from).ok(),
                    text: one_line(message.words),
                    ..Turn::default()
                });
            } else if let Some(date) = heading(line)
                // Until the quotes close it is a date that somebody wrote.
                && (below_blank || !(quoted && quotes_odd))
            {
                day = when::in_ordered_text(date, order).map(Timestamp::as_millisecond);
                days += 1;
                if day.is_none() && days == 1 {
                    skipped.push(input.skipped(Some(n + 1), "bad_date", TWO_WAYS));
                }
            } else if let Some(last) = conversation.turns.last_mut()
                && !is_own(line)
            {
                let line = one_line(line);
                quotes_odd ^= has_odd_quotes(&line);
                if !last.text.is_empty() && !line.is_empty() {
                    last.text.push(' ');
                }
                last.text.push_str(&line);
            } else if conversation.title.is_empty() && !line.trim().is_empty() {
                conversation.title = one_line(line.trim_start_matches("[LINE]"));
            }
            below_blank = line.trim().is_empty();
        }
        for turn in &mut conversation.turns {
            // LINE has quotes around a message of several lines.
            if let Some(inner) = turn.text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
                turn.text = inner.trim().replace("\"\"", "\"");
            }
        }
        // Who came and went, and who took a message back, stands behind no name.
        conversation.turns.retain(|t| !t.text.is_empty() && !t.speaker.is_empty() && !is_placeholder(&t.text));
        if conversation.turns.is_empty() {
            return Err(input.skipped(None, "no_words", "the chat holds no message"));
        }
        let mut conversations = by_day(conversation);
        for conversation in &mut conversations {
            conversation.started_at = conversation.started_at.or_else(|| when::in_path(input.path));
        }
        Ok(Read { conversations, skipped, ..Read::default() })
    }
}

const DAY_MS: i64 = 86_400_000;

/// One message's first line.
#[derive(Debug, PartialEq)]
struct Message<'a> {
    /// Its own date, where the line has one.
    day: Option<&'a str>,
    /// Milliseconds of the day.
    at: i64,
    name: &'a str,
    words: &'a str,
    /// Whether the program puts quotes around a message of several lines.
    quoted: bool,
}

fn message(line: &str) -> Option<Message<'_>> {
    let line = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}');
    // LINE.
    let mut cells = line.splitn(3, '\t');
    if let (Some(time), Some(name), Some(words)) = (cells.next(), cells.next(), cells.next())
        && let Some(at) = of_day(time)
    {
        return Some(Message { day: None, at, name: name.trim(), words, quoted: true });
    }
    // KakaoTalk.
    if let Some((name, rest)) = line.strip_prefix('[').and_then(|l| l.split_once("] ["))
        && let Some((time, words)) = rest.split_once(']')
    {
        return Some(Message { day: None, at: of_day(time)?, name: name.trim(), words: words.trim(), quoted: false });
    }
    let (stamp, rest) = line.split_once(", ").filter(|(stamp, _)| stamp.contains(['년', '年']))?;
    let (name, words) = rest.split_once(" : ")?;
    let cut = stamp.find(['일', '日']).map(|at| at + '일'.len_utf8())?;
    Some(Message { day: Some(&stamp[..cut]), at: of_day(&stamp[cut..])?, name: name.trim(), words, quoted: false })
}

/// Milliseconds of "15:04", "3:04 PM", "오후 3:04", "午後3:04".
fn of_day(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(digits);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(rest.len());
    let (clock, behind) = rest.split_at(end);
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
    let hour = match (
        half(before.trim()).or_else(|| half(behind.trim())),
        before.trim().is_empty() && behind.trim().is_empty(),
    ) {
        (Some(Half::Pm), _) => hour % 12 + 12,
        (Some(Half::Am), _) => hour % 12,
        (None, true) => hour,
        (None, false) => return None,
    };
    // Not before it is known to be a time of day: digits may go on and on.
    (hour < 24 && minute < 60).then(|| (hour * 60 + minute) * 60_000)
}

fn day_of(text: &str) -> Option<i64> {
    when::in_text(text).map(Timestamp::as_millisecond)
}

/// A line that is nothing but a day: "2026/03/12(木)", "--------------- 2026년 3월 12일 목요일 ---------------".
fn heading(line: &str) -> Option<&str> {
    let line = line.trim_matches(|c: char| c == '-' || c.is_whitespace());
    let line = in_thai(line).map_or(line, |(_, date)| date);
    let dated = when::in_text(line).is_some() || when::reads_two_ways(line);
    // "保存日時：2026/04/01 10:00" has a time, and a word that no day has.
    (dated && says_only_when(line) && !line.contains(':'))
        .then(|| line.split_once(", ").filter(|(day, _)| day.len() <= 3).map_or(line, |(_, date)| date))
}

/// The week day and the date of a heading in Thai, "ศ., 13/03/2026".
fn in_thai(line: &str) -> Option<(usize, &str)> {
    const WEEK_DAYS: [&str; 7] = ["จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."];
    let (week_day, date) = line.trim().split_once(", ")?;
    Some((WEEK_DAYS.iter().position(|name| *name == week_day)?, date))
}

fn has_odd_quotes(text: &str) -> bool {
    text.matches('"').count() % 2 == 1
}

/// Whether the day stands before the month in the headings, as one of them tells, or the day of the week beside it.
fn order(text: &str) -> Option<bool> {
    let headings: Vec<&str> = text.lines().filter_map(heading).collect();
    when::day_first(headings.iter().copied()).or_else(|| text.lines().find_map(by_week_day))
}

/// "Wed, 03/11/2026" is the 11th of March: the 3rd of November is a Tuesday.
fn by_week_day(line: &str) -> Option<bool> {
    let (week_day, date) = line.trim().split_once(", ")?;
    let on = |day_first: bool| {
        let day = when::in_ordered_text(date, Some(day_first))?.to_zoned(jiff::tz::TimeZone::UTC).weekday();
        let place = usize::try_from(day.to_monday_zero_offset()).ok()?;
        if let Some((stated, _)) = in_thai(line) {
            return Some(stated == place);
        }
        let name = crate::calendar::WEEK_DAYS[place];
        Some(name.starts_with(&week_day.to_lowercase()) && week_day.len() >= 3)
    };
    let (day, month) = (on(true)?, on(false)?);
    (day != month).then_some(day)
}

/// How the program's own lines end: somebody came or went.
const OWN: &[&str] =
    &["님이 들어왔습니다.", "님이 나갔습니다.", "님을 초대했습니다.", "joined this chatroom.", "left this chatroom."];

/// Whether a line is the program's own: somebody came or went.
pub(super) fn is_own(line: &str) -> bool {
    let line = line.trim();
    OWN.iter().any(|own| line.ends_with(own)) || line.split_once('\t').is_some_and(|(time, _)| of_day(time).is_some())
}

/// Whether a whole message of KakaoTalk's table is the program's own: who came and went, and what stands for a picture or a file. In a
/// table of that heading anybody may write; so only what can be nothing else counts.
pub(super) fn is_kakaos(message: &str) -> bool {
    let of_somebody = |own: &str| {
        message.strip_suffix(own).is_some_and(|name| name.split_whitespace().count() <= 3 && !name.contains(':'))
    };
    let file = message.strip_prefix("파일: ").or_else(|| message.strip_prefix("File: "));
    let is_file = |name: &str| {
        name.rsplit_once('.').is_some_and(|(_, kind)| (2..=5).contains(&kind.len()) && !kind.contains(' '))
    };
    OWN.iter().any(|own| of_somebody(own)) || file.map_or_else(|| is_placeholder(message), is_file)
}

/// Whether words stand for a picture, a sticker or a call.
pub(super) fn is_placeholder(words: &str) -> bool {
    #[rustfmt::skip]
    const PLACEHOLDERS: &[&str] = &[
        "[写真]", "[スタンプ]", "[動画]", "[ボイスメッセージ]", "[ファイル]", "[アルバム]", "[ノート]", "[位置情報]", "[連絡先]",
        "[Photo]", "[Photos]", "[Sticker]", "[Video]", "[Voice message]", "[File]", "[Album]", "[Contact]", "[Location]",
        "[照片]", "[貼圖]", "[影片]", "[語音訊息]", "[檔案]", "사진", "동영상", "이모티콘", "음성메시지", "삭제된 메시지입니다.", "Photo",
        "Video", "Emoticons", "Sticker", "This message was deleted.", "メッセージの送信を取り消しました", "unsent a message.", "Photos",
        "Videos", "Stickers", "Voice message", "スタンプ", "写真", "動画", "ボイスメッセージ", "ファイル", "照片", "圖片", "貼圖", "影片",
    ];
    const CALLS: &[&str] = &["☎", "보이스톡 ", "페이스톡 ", "파일: ", "File: "];
    let pictures =
        || words.strip_prefix("사진 ").or_else(|| words.strip_prefix("Photo ")).is_some_and(|n| n.len() <= 8);
    PLACEHOLDERS.contains(&words) || CALLS.iter().any(|call| words.starts_with(call)) || pictures()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_all_layouts() {
        for line in [
            "15:04\tAnn Lee\thi",
            "3:04 PM\tAnn Lee\thi",
            "午後3:04\tAnn Lee\thi",
            "[Ann Lee] [오후 3:04] hi",
            "[Ann Lee] [3:04 PM] hi",
            "2026년 3월 12일 오후 3:04, Ann Lee : hi",
        ] {
            let found = message(line).map(|m| (m.at, m.name, m.words));
            assert_eq!(found, Some((54_240_000, "Ann Lee", "hi")), "{line}");
        }
        for line in ["15:04\tAnn joined", "2026/03/12(木)", "[Ann] hi", "25:04\tAnn\thi"] {
            assert_eq!(message(line), None, "{line}");
        }
    }

    #[test]
    fn days_as_headings() {
        for (line, day) in [
            ("2026/03/12(木)", Some("2026/03/12(木)")),
            ("Thu, 03/12/2026", Some("03/12/2026")),
            ("พฤ., 12/03/2026", Some("12/03/2026")),
            ("Yes, 03/12/2026", None),
            ("--------------- 2026년 3월 12일 목요일 ---------------", Some("2026년 3월 12일 목요일")),
            ("--------------- Thursday, March 12, 2026 ---------------", Some("Thursday, March 12, 2026")),
            ("保存日時：2026/04/01 10:00", None),
            ("see you on 2026/03/12", None),
        ] {
            assert_eq!(heading(line), day, "{line}");
        }
        assert_eq!(order("Wed, 03/11/2026\n"), Some(false));
        assert_eq!(order("Tue, 03/11/2026\n"), Some(true));
        assert_eq!(order("อ., 03/11/2026\n"), Some(true));
    }
}
