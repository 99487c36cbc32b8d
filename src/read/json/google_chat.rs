//! What lies beside the messages in Google Chat's download (Takeout): `group_info.json`, who is in a chat, and `user_info.json`,
//! which chats somebody is in. The messages themselves are read as any other chat ([`super::any`]), and name their writers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::at;
use crate::read::{
    Format, Input, Likeness, Read, Skipped,
    directory::{Directory, Scope},
};

/// `group_info.json` and `user_info.json`.
pub struct GoogleChatBeside;

impl Format for GoogleChatBeside {
    fn name(&self) -> &'static str {
        "google-chat-beside-json"
    }
    fn doc(&self) -> &'static str {
        "Google Chat's download: group_info.json and user_info.json, which hold no words of a chat"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // The members of a call are listed so, too; only the name tells them apart.
        let key = match input.file_name().to_ascii_lowercase().as_str() {
            "group_info.json" => "members",
            "user_info.json" => "membership_info",
            _ => return Likeness::No,
        };
        let is = |v: &Value| at(v, key).is_array() && at(v, "messages").is_null();
        if input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        // The messages have names and addresses; a directory of nobody says that it was read.
        let nobody = Directory {
            file: input.path.to_owned(),
            scope: Scope::Folder { format: self.name().to_owned(), folder: input.path.to_owned() },
            people: BTreeMap::new(),
            others: vec![],
            title: String::new(),
            started_at: None,
            deal: None,
        };
        Ok(Read { directories: vec![nobody], ..Read::default() })
    }
}
