//! The schemas of what can be fed in as NDJSON from any warehouse: conversations, and conversations with their scores.

use serde_json::{Value, json};

use super::{head, list, maybe, moment, object, one_of, provenance, sentiment, text, whole};
use crate::utterance::INTENTS;

/// A conversation as it may be fed in: a line of an `.ndjson` file of an export, or the body of a request. Whatever the
/// reader can tell or leave open may be left out.
pub(super) fn conversation() -> Value {
    let mut body = body();
    body["required"] = json!(["turns"]);
    body["properties"]["turns"]["minItems"] = json!(1);
    head("conversation", "One call, e-mail or chat. Only `turns` is required.", body)
}

/// A conversation with its scores.
pub(super) fn scored() -> Value {
    let span = object(
        "Bytes of the turn's text (UTF-8), on character boundaries.",
        &[("start", whole("First byte.")), ("end", whole("The byte behind the last."))],
        &[],
    );
    let utterance = object(
        "A scored piece of a turn.",
        &[
            ("turn", whole("Index of the turn, from 0.")),
            ("span", span),
            ("sentiment", sentiment()),
            ("intents", intents()),
        ],
        &[],
    );
    let mut conversation = body();
    conversation["properties"]["as_read"] = as_read(&conversation["properties"]["participants"]);
    let fields = [
        ("conversation", conversation),
        ("utterances", list(utterance, "In order of turn and span; together they cover every word of every turn.")),
        ("provenance", provenance()),
    ];
    head("scored", "A conversation with its scores.", object("What `score` gives and `report` takes.", &fields, &[]))
}

/// What `report` decides sides anew from.
fn as_read(participants: &Value) -> Value {
    let by_key = |of: Value, about: &str| json!({ "description": about, "type": "object", "additionalProperties": of });
    let side = || one_of(&["buyer", "seller", "unknown"], "Whose side.");
    let listed = |about: &str| {
        let mut people = participants.clone();
        people["description"] = json!(about);
        people
    };
    let member = object(
        "A person whose side the user states.",
        &[
            ("name", text("Full name; may be empty where there is an address.")),
            ("email", text("Address.")),
            ("also", list(text("A name or an address."), "Further ones of the same person.")),
            ("side", side()),
        ],
        &["name", "email", "also"],
    );
    let fields = [
        ("participants", listed("Who took part, by the names and sides of the export.")),
        (
            "labels",
            by_key(
                text("A name."),
                "What the export called the speaker of a turn, by its index, where that is another name.",
            ),
        ),
        (
            "scored_sides",
            by_key(side(), "The side under which a turn was scored, by its index, where it has another now."),
        ),
        ("our_domains", list(text("A mail domain."), "Mail domains of our side.")),
        ("members", list(member, "Whom the user states to be of a side.")),
        ("account", text("The customer's name in the CRM.")),
        ("contacts", listed("The deal's contacts in the CRM.")),
        ("owner", text("Who answers for the deal on our side, by the CRM.")),
        ("ours_elsewhere", listed("Those whom other deals of the export show to be ours.")),
        ("swapped", json!({ "description": "Whether buyer and seller were exchanged.", "type": "boolean" })),
        ("overrides", by_key(side(), "Sides that the user states for this file, by speaker.")),
        ("repeated", repeated(&listed)),
    ];
    let optional: Vec<&str> = fields.iter().map(|field| field.0).collect();
    object(
        "What the conversation was before sides were decided, and what was known of the two sides; where it is absent, sides \
         stay as they are stated.",
        &fields,
        &optional,
    )
}

/// What `report` tells by what else is the same call.
fn repeated(listed: &dyn Fn(&str) -> Value) -> Value {
    let began = || moment("When it began.");
    let local = || json!({ "description": "Whether that is by a clock of no known zone.", "type": "boolean" });
    let hashes = |about: &str| list(whole("A hash."), about);
    let repeat = object(
        "A copy or another format that was dropped; of its words hashes are left.",
        &[
            ("id", text("Its name.")),
            ("file", text("The file it stood in.")),
            ("started_at", began()),
            ("local_time", local()),
            ("title", text("Its title.")),
            ("participants", listed("Who took part.")),
            ("speakers", list(text("A name."), "Who speaks, each once.")),
            ("words", whole("How many words it has.")),
            ("said", text("Hash of all its words.")),
            ("timed", whole("How many turns begin at a stated time.")),
            ("times", text("Hash of the times of all turns.")),
            ("messages", hashes("Of a chat: a hash of each message and who wrote it.")),
            ("threes", whole("How many different threes of neighbouring words it has.")),
            ("lowest", hashes("The lowest of their hashes.")),
        ],
        &["started_at", "local_time", "title", "messages"],
    );
    let labels = json!({ "description": "What its own file calls the speaker of a turn, by its index, where that is another name.",
        "type": "object", "additionalProperties": text("A name.") });
    object(
        "What was dropped as the same call or chat, and what this one was before it took over what these knew.",
        &[
            ("participants", listed("Who took part by its own file.")),
            ("labels", labels),
            ("started_at", began()),
            ("local_time", local()),
            ("title", text("Its own title.")),
            ("dropped", list(repeat, "What was dropped for it.")),
        ],
        &["labels", "started_at", "local_time", "title"],
    )
}

/// Probabilities by name of the intent.
pub(super) fn intents() -> Value {
    let all: serde_json::Map<String, Value> =
        INTENTS.iter().map(|row| (row.name.to_owned(), super::probability(row.meaning.trim()))).collect();
    json!({
        "description": "Intents over their threshold, each with its probability.",
        "type": "object", "properties": all, "additionalProperties": false,
    })
}

fn body() -> Value {
    let side = |about: &str| one_of(&["buyer", "seller", "unknown"], about);
    let percent = |about: &str| json!({ "description": about, "type": "integer", "minimum": 0, "maximum": 100 });
    let yes = |about: &str| json!({ "description": about, "type": "boolean" });
    let turn = object(
        "What one speaker said or wrote without a break.",
        &[
            ("speaker", text("Display name; empty where nobody knows.")),
            ("side", side("Whose side; the seller is us. Left out, it is unknown until it is decided over the deal.")),
            ("start_ms", maybe(whole("Milliseconds from the start of the conversation to the first word."))),
            ("end_ms", maybe(whole("Milliseconds from the start of the conversation to the end of the last word."))),
            ("text", text("The words, verbatim.")),
        ],
        &["side", "start_ms", "end_ms"],
    );
    let participant = object(
        "Somebody who took part: spoke, wrote, was written to or was listed.",
        &[
            ("name", text("The fullest form of the name; the turns name speakers so.")),
            ("email", maybe(text("Address."))),
            ("title", maybe(text("Job title."))),
            ("side", side("Whose side, where you know; left out, it is drawn from domains, contacts and words.")),
            ("side_confidence", percent("How sure the side is; 100 where it is stated and nothing else is said.")),
            ("side_because", text("What the side rests on.")),
            ("active", yes("Whether the person spoke or wrote; whoever is named by a turn did.")),
        ],
        &["email", "title", "side", "side_confidence", "side_because", "active"],
    );
    let mail = object(
        "What the head of an e-mail says beyond its participants.",
        &[
            ("message_id", maybe(text("Without angle brackets; a message counts once in a deal."))),
            ("references", list(text("Without angle brackets."), "In-Reply-To and References, oldest first.")),
            ("automatic", yes("An out-of-office note, a bounce: nobody's words.")),
            (
                "cut_percent",
                percent(
                    "Share of the body's letters and digits that was cut as quoted reply, signature or disclaimer.",
                ),
            ),
        ],
        &["message_id", "references", "automatic", "cut_percent"],
    );
    let source = object(
        "Where it came from.",
        &[
            ("file", text("Path inside the export.")),
            ("format", text("Name of the format.")),
            ("sha256", text("Hex SHA-256 of the file's bytes.")),
        ],
        &[],
    );
    let spurt = json!({
        "description": "A stretch of speech: start and end in milliseconds of the recording, loudness in tenths of LUFS.",
        "type": "array", "items": { "type": "integer" }, "minItems": 3, "maxItems": 3,
    });
    let lane = object(
        "What one channel, or one speaker on a shared channel, sounds like.",
        &[
            ("channel", whole("Number of the channel, from 1, over all files.")),
            ("speakers", list(text("Display name."), "Who is heard on it.")),
            ("side", side("Whose side they are on.")),
            ("confidence", percent("How sure speakers and side are.")),
            ("spurts", list(spurt, "Speech in order.")),
        ],
        &["speakers", "side", "confidence"],
    );
    let mut recording = object(
        "What was heard of a call.",
        &[
            ("files", list(text("Path inside the export."), "The files that were heard.")),
            ("length_ms", whole("How much was heard.")),
            ("separate", yes("Whether every party has a channel or file of its own.")),
            (
                "offset_ms",
                json!({ "description": "Added to a time of the recording it gives the transcript's; absent where unknown.",
                        "type": ["integer", "null"] }),
            ),
            ("lanes", list(lane, "One a channel or party.")),
            ("notes", list(text("A remark."), "What was folded, corrected, guessed, or not heard.")),
        ],
        &["offset_ms", "notes"],
    );
    recording["type"] = json!(["object", "null"]);
    let mut mail = mail;
    mail["type"] = json!(["object", "null"]);
    let mut channel = one_of(&["call", "email", "chat"], "How the words travelled.");
    channel["default"] = json!("call");
    object(
        "Every field that is not required may be left out.",
        &[
            (
                "id",
                text(
                    "Its name, unique in its deal; in a file by default the path of the file inside the export, '#' and the \
                     number, in a request without a file it must be there.",
                ),
            ),
            (
                "deal",
                text(
                    "The deal it belongs to; by default that of its folder or of the request's address. A file in a deal's \
                     folder is of that deal whatever it says.",
                ),
            ),
            ("channel", channel),
            (
                "started_at",
                maybe(text(
                    "When it began or was sent, best as 2026-06-30T14:00:00Z; without an offset it is UTC. In a file by default \
                     what the file's name tells.",
                )),
            ),
            (
                "local_time",
                yes("Whether that has the time of a clock whose zone nothing tells, and was taken for UTC."),
            ),
            ("title", text("Title of a call, subject of a mail.")),
            ("participants", list(participant, "Everybody who took part, in order of appearance.")),
            ("turns", list(turn, "What was said, in order; at least one turn has words.")),
            ("mail", mail),
            ("recording", recording),
            ("source", source),
            (
                "revision",
                whole(
                    "Counts re-deliveries with other content; the higher one wins. Without revisions, other content under the \
                     same id is another conversation in an export, and in the service takes the place of what was there.",
                ),
            ),
        ],
        &["started_at", "local_time", "title", "participants", "mail", "recording", "source", "revision"],
    )
}
