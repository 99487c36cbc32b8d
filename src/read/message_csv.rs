//! Messages as a table, a row each: who wrote, what, and when. LinkedIn's archive of one's messages is such a table.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    crm::status::{came_in, is_incoming, is_unsent, is_yes},
    day_chat,
    html::decode_entities,
    is_address,
    plain_txt::NO_ZONE,
    speaker::is_phone_number,
    table::{self, Columns},
    turns::one_line,
    when,
};
use crate::conversation::{Channel, Participant, Side, Timestamp, Turn};

/// Messages, a row each.
pub struct MessageCsv;

/// Columns of such a table.
const MESSAGES: &[(&str, &[&str])] = &[
    (
        "speaker",
        &[
            "from",
            "sender",
            "sendername",
            "author",
            "authorname",
            "fromname",
            "von",
            "de",
            "user",
            "username",
            "senderid",
        ],
    ),
    ("email", &["authoremail", "senderemail", "fromemail"]),
    (
        "text",
        &["content", "message", "messagebody", "messagetext", "text", "body", "nachricht", "contenu", "contenido"],
    ),
    (
        "when",
        &[
            "date",
            "datetime",
            "sentat",
            "senttime",
            "sentdate",
            "datesent",
            "createdat",
            "messagedate",
            "datum",
            "fecha",
        ],
    ),
    ("clock", &["time", "messagetime", "timeofday", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd"]),
    ("chat", &["conversationid", "threadid", "chatid", "roomid", "contactid", "channelid", "chatsession"]),
    ("title", &["conversationtitle", "chattitle", "chatname", "subject"]),
    ("to", &["to", "recipient"]),
    ("draft", &["ismessagedraft", "isdraft", "draft"]),
    ("status", &["status", "messagestatus", "deliverystatus"]),
    ("direction", &["direction", "richtung"]),
    ("type", &["type", "typ", "messagetype", "parttype"]),
];

/// Statuses that a ticket has and no message.
const OF_TICKETS: &[&str] = &["open", "new", "solved", "resolved", "closed", "onhold"];

/// The types of messages that people of one side wrote for each other.
const INTERNAL: &[&str] = &["note", "internalnote", "privatenote"];

impl Format for MessageCsv {
    fn name(&self) -> &'static str {
        "message-csv"
    }
    fn doc(&self) -> &'static str {
        "messages of a chat as a table, a row each: LinkedIn, iMazing, Twilio, respond.io, KakaoTalk"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = table::heading(input) else { return Likeness::No };
        let columns = Columns::of(&headers, MESSAGES);
        if ["speaker", "text", "when"].iter().all(|c| columns.has(c)) { Likeness::Perhaps } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut out = Read::default();
        let words = |headers: &csv::StringRecord| Columns::of(headers, MESSAGES).place("text");
        let (headers, rows) = table::rows(input, words, &mut out.skipped);
        let columns = Columns::with_several(&headers, MESSAGES, &["type", "when"]);
        let day_first = when::day_first(rows.iter().flat_map(|row| columns.each(row, "when")));
        let mut chats: Vec<Chat> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let (mut unsent, mut internal, mut undated, mut no_zone) = (0usize, 0usize, 0usize, 0usize);
        let mut emails: HashMap<String, String> = HashMap::new();
        let incoming = |row: &csv::StringRecord| {
            let stated = columns.cell(row, "direction").and_then(is_incoming);
            // A type may be a number or "email", which tells no direction.
            stated.or_else(|| columns.each(row, "type").find_map(came_in))
        };
        let is_notice = |row: &csv::StringRecord| {
            let mut kinds = columns.each(row, "type").chain(columns.cell(row, "direction")).map(table::plain);
            kinds.any(|kind| matches!(&kind[..], "notification" | "system"))
        };
        let of_kakao = headers.iter().map(table::plain).eq(["date", "user", "message"]);
        // A ticket's status says nothing of a message.
        let of_ticket = |status: &str| OF_TICKETS.contains(&&table::plain(status)[..]);
        let delivers = !rows.iter().filter_map(|row| columns.cell(row, "status")).any(of_ticket);
        let mut local = false;
        for row in &rows {
            let words = columns.cell(row, "text").map(|t| one_line(&decode_entities(&table::seen(t))));
            let Some(text) = words.filter(|t| !t.is_empty()) else { continue };
            if of_kakao && day_chat::is_kakaos(&text) {
                continue;
            }
            // What came in was sent, whatever became of the matter.
            let is_unsent = |status: &str| delivers && incoming(row) != Some(true) && is_unsent(&table::plain(status));
            if columns.cell(row, "draft").is_some_and(is_yes) || columns.cell(row, "status").is_some_and(is_unsent) {
                unsent += 1;
                continue;
            }
            if columns.each(row, "type").any(|kind| INTERNAL.contains(&&table::plain(kind)[..])) {
                internal += 1;
                continue;
            }
            let stated = stated_moment(&columns, row);
            let stated = stated.as_deref();
            let at = stated.and_then(|w| when::in_ordered_text(w, day_first));
            undated += usize::from(stated.is_some() && at.is_none());
            local |= at.is_some() && stated.is_some_and(when::is_local);
            no_zone += usize::from(stated.is_some_and(|w| when::unknown_zone(w).is_some()));
            let email = columns.cell(row, "email").filter(|email| is_address(email));
            let speaker = one_line(columns.cell(row, "speaker").or(email).unwrap_or(""));
            if let Some(email) = email {
                emails.entry(speaker.clone()).or_insert_with(|| email.to_lowercase());
            }
            let side = match incoming(row) {
                Some(true) => Side::Buyer,
                Some(false) => Side::Seller,
                // What neither came in nor went out the program says: "You named the conversation".
                None if speaker.is_empty() && is_notice(row) => continue,
                None => Side::Unknown,
            };
            let chat = columns.cell(row, "chat").map(str::to_owned).or_else(|| numbers(&columns, row));
            let chat = chat.unwrap_or_default();
            let place = *places.entry(chat.clone()).or_insert_with(|| {
                let title = columns.cell(row, "title").map(one_line).unwrap_or_default();
                chats.push(Chat { id: chat, title, messages: vec![] });
                chats.len() - 1
            });
            chats[place].messages.push((at, Turn { speaker, side, text, ..Turn::default() }));
        }
        if unsent > 0 {
            let message = format!("{unsent} of the messages were not sent or did not arrive; they were left out");
            out.skipped.push(input.skipped(None, "not_sent", message));
        }
        if internal > 0 {
            let message = format!("{internal} of the messages are internal notes; they were left out");
            out.skipped.push(input.skipped(None, "left_out", message));
        }
        if undated > 0 {
            let message = format!(
                "{undated} of the messages have a date that reads in no way, or in two; export them with dates as 2026-05-31 09:00"
            );
            out.skipped.push(input.skipped(None, "bad_date", message));
        }
        if no_zone > 0 {
            out.skipped.push(input.skipped(None, "unknown_zone", NO_ZONE));
        }
        let several = chats.len() > 1;
        for Chat { id, title, mut messages } in chats {
            let mut c = input.conversation(self, Channel::Chat, None);
            if several {
                c.id.0 = format!("{}#{id}", input.path);
            }
            // The archive has the latest message first, also among those of one minute.
            let mut dated = messages.iter().filter_map(|(at, _)| *at);
            if dated.next().zip(dated.next_back()).is_some_and(|(first, last)| first > last) {
                messages.reverse();
            }
            // What has no date stays behind the one before it.
            let mut since = None;
            let mut messages: Vec<_> = messages
                .into_iter()
                .map(|(at, turn)| {
                    since = at.or(since);
                    (since, at, turn)
                })
                .collect();
            messages.sort_by_key(|(since, ..)| *since);
            let began = messages.iter().find_map(|(_, at, _)| *at);
            (c.title, c.started_at) = (title, began.or(c.started_at));
            c.local_time = began.is_some() && local;
            c.turns = messages
                .into_iter()
                .map(|(_, at, turn)| {
                    let since = at
                        .zip(began)
                        .and_then(|(at, began)| u64::try_from(at.as_millisecond() - began.as_millisecond()).ok());
                    Turn { start_ms: since, ..turn }
                })
                .collect();
            let mut named = HashSet::new();
            let known = |t: &&Turn| t.side != Side::Unknown || emails.contains_key(&t.speaker);
            let told = c.turns.iter().filter(|t| !t.speaker.is_empty()).filter(known);
            let sender =
                |t: &Turn| Participant { email: emails.get(&t.speaker).cloned(), ..sender(&t.speaker, t.side) };
            c.participants = told.filter(|t| named.insert(&t.speaker)).map(sender).collect();
            match began {
                Some(_) => out.conversations.extend(by_day(c)),
                None => out.conversations.push(c),
            }
        }
        if out.conversations.is_empty() && out.skipped.is_empty() {
            return Err(input.skipped(None, "no_words", "the table has no row with words"));
        }
        Ok(out)
    }
}

/// What the row says of when its message was written: a date, with the time of day that another column may hold.
fn stated_moment<'r>(columns: &Columns, row: &'r csv::StringRecord) -> Option<Cow<'r, str>> {
    let date = columns.each(row, "when").find(|cell| !when::is_clock(cell)).or_else(|| columns.cell(row, "when"))?;
    let clock = columns.each(row, "clock").chain(columns.each(row, "when")).find(|cell| when::is_clock(cell));
    Some(when::with_clock(date, clock))
}

/// The two telephone numbers between which a text went, whichever way: a log of texts holds those with everybody.
fn numbers(columns: &Columns, row: &csv::StringRecord) -> Option<String> {
    let mut ends = [columns.cell(row, "speaker")?, columns.cell(row, "to")?];
    ends.sort_unstable();
    ends.iter().all(|end| is_number(end)).then(|| ends.join("-"))
}

/// Whether a cell of senders or recipients is a telephone number, as Twilio writes it of WhatsApp too: "whatsapp:+12025550100".
pub(super) fn is_number(cell: &str) -> bool {
    is_phone_number(cell.trim_start_matches("whatsapp:"))
}

/// Whoever wrote messages, with the side that the table tells by listing them as incoming or outgoing.
fn sender(name: &str, side: Side) -> Participant {
    let way = match side {
        Side::Buyer => "incoming",
        Side::Seller => "outgoing",
        Side::Unknown => return Participant { name: name.to_owned(), ..Participant::default() },
    };
    let side_because = format!("the table lists the messages as {way}");
    Participant { name: name.to_owned(), side, side_confidence: 85, side_because, ..Participant::default() }
}

/// The messages of one chat, each with the moment at which it was written.
struct Chat {
    id: String,
    title: String,
    messages: Vec<(Option<Timestamp>, Turn)>,
}
