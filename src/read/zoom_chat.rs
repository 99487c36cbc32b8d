//! The chat of a Zoom meeting: `09:18:33 From Ann to Everyone: hello`, in its three layouts.

use super::{Format, Input, Likeness, Read, Skipped, turns::one_line, when::offset_ms};
use crate::conversation::{Channel, Turn};

/// Zoom's chat.
pub struct ZoomChat;

impl Format for ZoomChat {
    fn name(&self) -> &'static str {
        "zoom-chat-txt"
    }
    fn doc(&self) -> &'static str {
        "Zoom meeting chat: \"09:18:33 From Ann to Everyone:\""
    }
    fn likeness(&self, input: &Input) -> Likeness {
        match input.head().lines().find(|l| !l.trim().is_empty()).map(head) {
            Some(Some(_)) => Likeness::Certain,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut conversation = input.conversation(self, Channel::Chat, None);
        let mut first = None;
        for line in input.text().lines() {
            match head(line) {
                Some((at, name, words)) => {
                    // Times of day; what counts is how long after the first.
                    let first = *first.get_or_insert(at);
                    conversation.turns.push(Turn {
                        speaker: name.to_owned(),
                        start_ms: Some(at.saturating_sub(first)),
                        text: one_line(words),
                        ..Turn::default()
                    });
                }
                None => {
                    if let Some(last) = conversation.turns.last_mut() {
                        last.text = one_line(&format!("{} {line}", last.text));
                    }
                }
            }
        }
        conversation.turns.retain(|t| !t.text.is_empty());
        if conversation.turns.is_empty() {
            return Err(input.skipped(None, "no_words", "the chat holds no message"));
        }
        Ok(Read { conversations: vec![conversation], ..Read::default() })
    }
}

/// Time, name and words of a message's first line.
fn head(line: &str) -> Option<(u64, &str, &str)> {
    let line = line.trim_start();
    let (time, rest) = line.split_once([' ', '\t'])?;
    let at = offset_ms(time).filter(|_| time.matches(':').count() == 2)?;
    let rest = rest.trim_start();
    let body = rest.strip_prefix("From ").or_else(|| rest.strip_prefix("From\t"))?.trim_start();
    // "From Ann to Everyone:" and, in older versions, "From  Ann : hello".
    let (names, words) = body.split_once(" : ").or_else(|| body.split_once(':'))?;
    let name = names.find(" to ").or_else(|| names.find(" To ")).map_or(names, |at| &names[..at]);
    Some((at, name.trim(), words.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_in_all_layouts() {
        for line in [
            "09:18:33 From Ann Lee to Everyone: hi",
            "09:18:33\t From  Ann Lee : hi",
            "09:18:33 From Ann Lee To Bob(Direct Message): hi",
        ] {
            assert_eq!(head(line), Some((33_513_000, "Ann Lee", "hi")), "{line}");
        }
        assert_eq!(head("09:18 From Ann: hi"), None);
    }
}
