//! Messages as a table, a row each: who wrote, what, and when. LinkedIn's archive of one's messages is such a table.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    crm::status::{came_in, is_incoming, is_no, is_unsent, is_yes},
    day_chat,
    html::decode_entities,
    is_address,
    json::any::sides::Parts,
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
        &[
            "content",
            "message",
            "messagebody",
            "messagetext",
            "text",
            "body",
            "nachricht",
            "contenu",
            "contenido",
            "strcontent",
            "commentbody",
            "comment",
        ],
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
            "strtime",
        ],
    ),
    ("clock", &["time", "messagetime", "timeofday", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd"]),
    (
        "chat",
        &[
            "conversationid",
            "threadid",
            "chatid",
            "roomid",
            "contactid",
            "channelid",
            "chatsession",
            "talkerid",
            "ticketid",
        ],
    ),
    ("title", &["conversationtitle", "chattitle", "chatname", "subject"]),
    ("to", &["to", "recipient"]),
    ("draft", &["ismessagedraft", "isdraft", "draft"]),
    ("status", &["status", "messagestatus", "deliverystatus"]),
    ("direction", &["direction", "richtung"]),
    ("public", &["public", "ispublic"]),
    ("own", &["issender", "isfromme", "fromme"]),
    ("type", &["type", "typ", "messagetype", "parttype"]),
    ("part", &["authortype", "sendertype", "authorrole", "senderrole", "role", "usertype", "fromtype"]),
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
        let table = Table::of(&headers, &rows);
        let mut losses = Losses::default();
        let mut chats = Chats::default();
        for row in &rows {
            let Some(text) = table.words(row).filter(|_| !table.is_robot(row)) else { continue };
            if table.is_unsent(row) {
                losses.unsent += 1;
                continue;
            }
            if table.is_internal(row) {
                losses.internal += 1;
                continue;
            }
            let at = table.stated_moment(row).and_then(|stated| {
                let at = when::in_ordered_text(&stated, table.day_first);
                losses.look_at_date(&stated, at);
                chats.local |= at.is_some() && when::is_local(&stated);
                at
            });
            let speaker = chats.sender(&table, row);
            let side = match table.side(row) {
                Some(side) => side,
                // What neither came in nor went out the program says: "You named the conversation".
                None if speaker.is_empty() && table.is_notice(row) => continue,
                None => Side::Unknown,
            };
            chats.of(&table, row).messages.push((at, Turn { speaker, side, text, ..Turn::default() }));
        }
        losses.tell(input, &mut out.skipped);
        out.skipped.extend(table.columns.unread_twin(input, &headers, &rows, "text"));
        chats.give(self, input, &mut out);
        if out.conversations.is_empty() && out.skipped.is_empty() {
            return Err(input.skipped(None, "no_words", "the table has no row with words"));
        }
        Ok(out)
    }
}

/// What a table as a whole says of its rows.
struct Table {
    columns: Columns,
    /// The order of its dates, as one of them tells.
    day_first: Option<bool>,
    /// Whether KakaoTalk made it, which writes lines of its own among the messages.
    of_kakao: bool,
    /// The parts that those who write are given.
    parts: Parts,
    /// Whether its statuses are of messages; a ticket's says nothing of a message.
    delivers: bool,
}

impl Table {
    fn of(headers: &csv::StringRecord, rows: &[csv::StringRecord]) -> Table {
        let columns = Columns::with_several(headers, MESSAGES, &["type", "when"]);
        let of_ticket = |status: &str| OF_TICKETS.contains(&&table::plain(status)[..]);
        Table {
            day_first: when::day_first(rows.iter().flat_map(|row| columns.each(row, "when"))),
            of_kakao: headers.iter().map(table::plain).eq(["date", "user", "message"]),
            parts: Parts::named(rows.iter().filter_map(|row| columns.cell(row, "part")).map(table::plain)),
            delivers: !rows.iter().filter_map(|row| columns.cell(row, "status")).any(of_ticket),
            columns,
        }
    }

    /// The words of a row, where somebody wrote any.
    fn words(&self, row: &csv::StringRecord) -> Option<String> {
        let cell = self.columns.cell(row, "text").filter(|cell| !is_of_wechat(cell))?;
        let words = one_line(&decode_entities(&table::seen(cell)));
        let is_kakaos = |words: &str| self.of_kakao && day_chat::is_kakaos(words);
        Some(words).filter(|words| !words.is_empty() && !is_kakaos(words))
    }

    /// Whether a message came in or went out, where the row tells.
    fn incoming(&self, row: &csv::StringRecord) -> Option<bool> {
        let own = || self.columns.cell(row, "own").filter(|cell| is_yes(cell) || is_no(cell)).map(|cell| !is_yes(cell));
        let stated = self.columns.cell(row, "direction").and_then(is_incoming).or_else(own);
        // A type may be a number or "email", which tells no direction.
        stated.or_else(|| self.columns.each(row, "type").find_map(came_in))
    }

    /// The side of whoever wrote a message, where the row tells by its direction or by the part that they are given.
    fn side(&self, row: &csv::StringRecord) -> Option<Side> {
        let by_direction = self.incoming(row).map(|came_in| if came_in { Side::Buyer } else { Side::Seller });
        by_direction.or_else(|| self.parts.side_of(&table::plain(self.columns.cell(row, "part")?)))
    }

    /// Whether a program wrote a message by itself.
    fn is_robot(&self, row: &csv::StringRecord) -> bool {
        self.columns.cell(row, "part").is_some_and(|part| matches!(&table::plain(part)[..], "bot" | "system"))
    }

    /// Whether a message was not sent or did not arrive. What came in was sent, whatever became of the matter.
    fn is_unsent(&self, row: &csv::StringRecord) -> bool {
        let by_status =
            |status: &str| self.delivers && self.incoming(row) != Some(true) && is_unsent(&table::plain(status));
        self.columns.cell(row, "draft").is_some_and(is_yes) || self.columns.cell(row, "status").is_some_and(by_status)
    }

    /// Whether people of one side wrote a message for each other.
    fn is_internal(&self, row: &csv::StringRecord) -> bool {
        self.columns.each(row, "type").any(|kind| INTERNAL.contains(&&table::plain(kind)[..]))
            || self.columns.cell(row, "public").is_some_and(is_no)
    }

    /// Whether the row is called a notice of the program's.
    fn is_notice(&self, row: &csv::StringRecord) -> bool {
        let kinds = self.columns.each(row, "type").chain(self.columns.cell(row, "direction"));
        kinds.map(table::plain).any(|kind| matches!(&kind[..], "notification" | "system"))
    }

    /// What the row says of when its message was written: a date, with the time of day that another column may hold.
    fn stated_moment<'r>(&self, row: &'r csv::StringRecord) -> Option<Cow<'r, str>> {
        let columns = &self.columns;
        let date =
            columns.each(row, "when").find(|cell| !when::is_clock(cell)).or_else(|| columns.cell(row, "when"))?;
        let clock = columns.each(row, "clock").chain(columns.each(row, "when")).find(|cell| when::is_clock(cell));
        Some(when::with_clock(date, clock))
    }
}

/// How many rows lost something, by what became of them.
#[derive(Default)]
struct Losses {
    unsent: usize,
    internal: usize,
    undated: usize,
    no_zone: usize,
}

impl Losses {
    /// Counts a date that was read as `at`, where that is nothing, or without its zone.
    fn look_at_date(&mut self, stated: &str, at: Option<Timestamp>) {
        self.undated += usize::from(at.is_none());
        self.no_zone += usize::from(when::unknown_zone(stated).is_some());
    }

    /// Says once of each kind how often it came.
    fn tell(&self, input: &Input, skipped: &mut Vec<Skipped>) {
        let Losses { unsent, internal, undated, no_zone } = self;
        if *unsent > 0 {
            let message = format!("{unsent} of the messages were not sent or did not arrive; they were left out");
            skipped.push(input.skipped(None, "not_sent", message));
        }
        if *internal > 0 {
            let message = format!("{internal} of the messages are internal notes; they were left out");
            skipped.push(input.skipped(None, "left_out", message));
        }
        if *undated > 0 {
            let message = format!(
                "{undated} of the messages have a date that reads in no way, or in two; export them with dates as 2026-05-31 09:00"
            );
            skipped.push(input.skipped(None, "bad_date", message));
        }
        if *no_zone > 0 {
            skipped.push(input.skipped(None, "unknown_zone", NO_ZONE));
        }
    }
}

/// The messages of one chat, each with the moment at which it was written.
struct Chat {
    id: String,
    title: String,
    messages: Vec<(Option<Timestamp>, Turn)>,
}

/// The chats of a table, in the order in which it names them.
#[derive(Default)]
struct Chats {
    all: Vec<Chat>,
    /// The place of each by its id.
    places: HashMap<String, usize>,
    /// The addresses of those who write, by name.
    emails: HashMap<String, String>,
    /// Whether nothing tells the zone of a date.
    local: bool,
}

impl Chats {
    /// The name of whoever wrote the row's message, whose address is kept.
    fn sender(&mut self, table: &Table, row: &csv::StringRecord) -> String {
        let email = table.columns.cell(row, "email").filter(|email| is_address(email));
        let speaker = one_line(table.columns.cell(row, "speaker").or(email).unwrap_or(""));
        if let Some(email) = email {
            self.emails.entry(speaker.clone()).or_insert_with(|| email.to_lowercase());
        }
        speaker
    }

    /// The chat of a row.
    fn of(&mut self, table: &Table, row: &csv::StringRecord) -> &mut Chat {
        let columns = &table.columns;
        let id = columns.cell(row, "chat").map(str::to_owned).or_else(|| numbers(columns, row)).unwrap_or_default();
        let place = *self.places.entry(id.clone()).or_insert_with(|| {
            let title = columns.cell(row, "title").map(one_line).unwrap_or_default();
            self.all.push(Chat { id, title, messages: vec![] });
            self.all.len() - 1
        });
        &mut self.all[place]
    }

    /// Adds each as conversations of a day, or as one where nothing is dated.
    fn give(self, format: &MessageCsv, input: &Input, out: &mut Read) {
        let several = self.all.len() > 1;
        for Chat { id, title, messages } in self.all {
            let mut c = input.conversation(format, Channel::Chat, None);
            if several {
                c.id.0 = format!("{}#{id}", input.path);
            }
            let messages = in_order(messages);
            let began = messages.iter().find_map(|(at, _)| *at);
            (c.title, c.started_at) = (title, began.or(c.started_at));
            c.local_time = began.is_some() && self.local;
            c.turns = turns(messages, began);
            c.participants = senders(&c.turns, &self.emails);
            match began {
                Some(_) => out.conversations.extend(by_day(c)),
                None => out.conversations.push(c),
            }
        }
    }
}

/// Messages from the first to the latest; what has no date stays behind the one before it.
fn in_order(mut messages: Vec<(Option<Timestamp>, Turn)>) -> Vec<(Option<Timestamp>, Turn)> {
    // The archive has the latest message first, also among those of one minute.
    let mut dated = messages.iter().filter_map(|(at, _)| *at);
    if dated.next().zip(dated.next_back()).is_some_and(|(first, last)| first > last) {
        messages.reverse();
    }
    let mut since = None;
    let keyed = messages.into_iter().map(|(at, turn)| {
        since = at.or(since);
        (since, (at, turn))
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.sort_by_key(|(since, _)| *since);
    keyed.into_iter().map(|(_, message)| message).collect()
}

/// Messages as turns, whose times count from when their chat began.
fn turns(messages: Vec<(Option<Timestamp>, Turn)>, began: Option<Timestamp>) -> Vec<Turn> {
    let since = |at: Option<Timestamp>| u64::try_from(at?.as_millisecond() - began?.as_millisecond()).ok();
    messages.into_iter().map(|(at, turn)| Turn { start_ms: since(at), ..turn }).collect()
}

/// Those who write and of whom the table tells the side or the address.
fn senders(turns: &[Turn], emails: &HashMap<String, String>) -> Vec<Participant> {
    let mut named = HashSet::new();
    let known = |t: &&Turn| t.side != Side::Unknown || emails.contains_key(&t.speaker);
    let told = turns.iter().filter(|t| !t.speaker.is_empty()).filter(known);
    let sender = |t: &Turn| Participant { email: emails.get(&t.speaker).cloned(), ..sender(&t.speaker, t.side) };
    told.filter(|t| named.insert(&t.speaker)).map(sender).collect()
}

/// Whether a cell is what WeChat keeps of a picture, a file or a call: XML for its own programs.
fn is_of_wechat(cell: &str) -> bool {
    ["<?xml", "<msg>", "<sysmsg", "<voipmsg"].iter().any(|mark| cell.starts_with(mark))
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
        Side::Buyer => "incoming, or their sender as a customer",
        Side::Seller => "outgoing, or their sender as one of ours",
        Side::Unknown => return Participant { name: name.to_owned(), ..Participant::default() },
    };
    let side_because = format!("the table lists the messages as {way}");
    Participant { name: name.to_owned(), side, side_confidence: 85, side_because, ..Participant::default() }
}
