//! Chats saved as text with who wrote and when above the words of each message: Signal's, as sigtop exports them (`From: Ann` over
//! `Type: incoming` and `Sent: Tue, 3 Mar 2026 15:01:22 +0100`), and Discord's, as DiscordChatExporter does (`[3/3/2026 3:01 PM] ann`).
//! Both mark what is no words: fields, quotes, attachments, reactions. And chats of other programs, by their [`heads`] alone.

use super::{
    Format, Input, Likeness, Read, Skipped, chat_days::by_day, encoding, plain_txt::TWO_WAYS, speaker::is_phone_number,
    turns::one_line, when,
};
use crate::conversation::{Channel, Turn};

mod heads;

/// Messages below their heads.
pub struct MessageBlocks;

impl Format for MessageBlocks {
    fn name(&self) -> &'static str {
        "message-blocks-txt"
    }
    fn doc(&self) -> &'static str {
        "chat saved as text, who wrote and when above the words: Signal by sigtop, Discord by DiscordChatExporter, iMessage by imessage-exporter, copied out of help desks"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let known = |tool: Tool| !tool.messages(input.head()).is_empty();
        match Tool::of(input.head()) {
            Some(tool) if known(tool) => Likeness::Certain,
            None if known(Tool::Other) && !encoding::is_binary(input.bytes) => Likeness::Perhaps,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let text = input.text();
        let mut conversation = input.conversation(self, Channel::Chat, None);
        let mut skipped = Vec::new();
        let tool = Tool::of(text).unwrap_or(Tool::Other);
        let mut messages = tool.messages(text);
        messages.retain(|message| !message.words.is_empty());
        let Some(first) = messages.first() else {
            return Err(input.skipped(None, "no_words", "the chat holds no message with words"));
        };
        let order = when::day_first(messages.iter().map(|message| message.sent));
        let began = when::in_ordered_text(first.sent, order);
        if began.is_none() && when::reads_two_ways(first.sent) {
            skipped.push(input.skipped(Some(first.line), "bad_date", TWO_WAYS));
        }
        conversation.title = tool.title(text);
        conversation.local_time = began.is_some() && when::is_local(first.sent);
        conversation.started_at = began.or(conversation.started_at);
        let since = |sent: &str| {
            let at = when::in_ordered_text(sent, order)?;
            u64::try_from(at.as_millisecond() - began?.as_millisecond()).ok()
        };
        let turn = |message: Message| Turn {
            speaker: without_number(message.name).to_owned(),
            start_ms: since(message.sent),
            text: one_line(&message.words),
            ..Turn::default()
        };
        conversation.turns = messages.into_iter().map(turn).collect();
        let conversations = if began.is_some() { by_day(conversation) } else { vec![conversation] };
        Ok(Read { conversations, skipped, ..Read::default() })
    }
}

/// Which program wrote a text.
#[derive(Clone, Copy, PartialEq)]
enum Tool {
    Sigtop,
    DiscordChatExporter,
    /// None that is known by its first lines.
    Other,
}

/// One message.
struct Message<'a> {
    /// The line of its head, from 1.
    line: usize,
    name: &'a str,
    /// When it was sent, as written.
    sent: &'a str,
    words: String,
}

impl<'a> Message<'a> {
    fn new(line: usize, name: &'a str, sent: &'a str) -> Message<'a> {
        Message { line, name, sent, words: String::new() }
    }

    fn append(&mut self, line: &str) {
        if !line.is_empty() {
            self.words.push_str(line);
            self.words.push(' ');
        }
    }
}

impl Tool {
    /// By the program's own first lines.
    fn of(text: &str) -> Option<Tool> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next()?;
        if first.starts_with(CONVERSATION) {
            Some(Tool::Sigtop)
        } else if is_rule(first) && lines.next()?.starts_with("Guild: ") && lines.next()?.starts_with(CHANNEL) {
            Some(Tool::DiscordChatExporter)
        } else {
            None
        }
    }

    /// What the program says that the chat is called.
    fn title(self, text: &str) -> String {
        let title = match self {
            Tool::Sigtop => text.lines().find_map(|line| line.strip_prefix(CONVERSATION)),
            Tool::DiscordChatExporter => text.lines().find_map(|line| line.strip_prefix(CHANNEL)),
            Tool::Other => heads::title(text),
        };
        one_line(without_number(title.unwrap_or("").trim()))
    }

    fn messages(self, text: &str) -> Vec<Message<'_>> {
        match self {
            Tool::Sigtop => of_sigtop(text),
            Tool::DiscordChatExporter => of_discord(text),
            Tool::Other => heads::messages(text),
        }
    }
}

const CONVERSATION: &str = "Conversation: ";
const CHANNEL: &str = "Channel: ";

/// Messages below a block of fields and an empty line. Of a type that is neither incoming nor outgoing is what Signal writes itself.
fn of_sigtop(text: &str) -> Vec<Message<'_>> {
    let mut out: Vec<Message> = Vec::new();
    let (mut in_fields, mut is_said, mut in_quote) = (true, false, false);
    let mut lines = text.lines().map(str::trim).enumerate().peekable();
    while let Some((n, line)) = lines.next() {
        let below = lines.peek().map_or("", |(_, below)| *below);
        if let Some(name) = line.strip_prefix("From: ").filter(|_| below.starts_with("Type: ")) {
            out.push(Message::new(n + 1, name, ""));
            (in_fields, is_said) = (true, false);
            continue;
        }
        let Some(last) = out.last_mut() else { continue };
        if in_fields {
            in_fields = !line.is_empty();
            // What it answers is quoted above its own words, with who wrote it; a quote without that is what somebody
            // writes.
            in_quote = !in_fields && (below.starts_with("> From: ") || below == "Quote:");
            is_said |= matches!(line, "Type: incoming" | "Type: outgoing");
            last.sent = line.strip_prefix("Sent: ").filter(|_| last.sent.is_empty()).unwrap_or(last.sent);
            continue;
        }
        in_quote &= line.starts_with('>') || line == "Quote:";
        if is_said && !in_quote {
            last.append(line);
        }
    }
    out
}

/// Messages below `[3/3/2026 3:01 PM] ann`, with what was laid beside them in blocks that have a name of their own.
fn of_discord(text: &str) -> Vec<Message<'_>> {
    const BESIDE: &[&str] = &["{Attachments}", "{Embed}", "{Reactions}", "{Stickers}"];
    let mut out: Vec<Message> = Vec::new();
    let (mut below_blank, mut is_said) = (true, false);
    for (n, line) in text.lines().map(str::trim).enumerate() {
        if let Some((sent, name)) = discord_head(line).filter(|_| below_blank) {
            out.push(Message::new(n + 1, name, sent));
            is_said = true;
        } else if below_blank && (is_rule(line) || BESIDE.contains(&line)) {
            is_said = false;
        } else if let Some(last) = out.last_mut().filter(|_| is_said) {
            last.append(line);
        }
        below_blank = line.is_empty();
    }
    out
}

/// When a message of Discord was sent, and who wrote it.
fn discord_head(line: &str) -> Option<(&str, &str)> {
    let (sent, name) = line.strip_prefix('[')?.split_once("] ")?;
    let dated = when::in_ordered_text(sent, Some(true)).is_some() || when::reads_two_ways(sent);
    (dated && sent.contains(' ')).then(|| (sent, name.strip_suffix(" (pinned)").unwrap_or(name).trim()))
}

/// The rule above and below the heading of DiscordChatExporter, and around its last line.
fn is_rule(line: &str) -> bool {
    line.len() >= 20 && line.trim_end().bytes().all(|b| b == b'=')
}

/// "Ann" of "Ann (+12025550123)".
fn without_number(name: &str) -> &str {
    let apart = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    apart.filter(|(_, number)| is_phone_number(number)).map_or(name, |(name, _)| name)
}
