//! JSON Schemas (draft 2020-12) of the output contract and of the NDJSON that can be fed in, printed by `dealtone schema`.
//!
//! Names that stand in a table elsewhere (intents, units) are taken from it, so a schema cannot lag behind. Unknown fields
//! are allowed in all of them, since fields may be added within a schema version; only the intents are a closed list, so that a
//! misspelt one is refused.

use serde_json::{Value, json};

use super::table;
use crate::{deal_report::SCHEMA_VERSION, measure::Unit, utterance::INTENTS};

mod conversation;

/// One published schema.
pub struct Schema {
    /// How `dealtone schema NAME` calls it.
    pub name: &'static str,
    /// What it describes.
    pub describes: &'static str,
    /// The schema.
    pub schema: fn() -> Value,
}

/// All schemas.
pub const SCHEMAS: &[Schema] = &[
    Schema { name: "utterances", describes: "a line of utterances.jsonl", schema: utterance },
    Schema { name: "deals", describes: "a line of deals.jsonl", schema: deal },
    Schema { name: "skipped", describes: "a line of skipped.jsonl", schema: skipped },
    Schema {
        name: "conversation",
        describes: "a line of NDJSON that can be fed in: one conversation",
        schema: conversation::conversation,
    },
    Schema {
        name: "scored",
        describes: "a line of NDJSON that can be fed in: one conversation with its scores",
        schema: conversation::scored,
    },
];

/// The schema called `name`.
pub fn named(name: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|s| s.name == name)
}

fn head(name: &str, describes: &str, body: Value) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:dealtone:schema:{name}:{SCHEMA_VERSION}"),
        "title": describes,
    });
    if let (Value::Object(schema), Value::Object(body)) = (&mut schema, body) {
        schema.extend(body);
    }
    schema
}

/// An object with these fields, those of `optional` not always there.
fn object(about: &str, fields: &[(&str, Value)], optional: &[&str]) -> Value {
    let required: Vec<&str> = fields.iter().map(|f| f.0).filter(|f| !optional.contains(f)).collect();
    let properties: serde_json::Map<String, Value> = fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    json!({ "description": about, "type": "object", "properties": properties, "required": required })
}

fn list(of: Value, about: &str) -> Value {
    json!({ "description": about, "type": "array", "items": of })
}

fn text(about: &str) -> Value {
    json!({ "description": about, "type": "string" })
}

fn number(about: &str) -> Value {
    json!({ "description": about, "type": "number" })
}

fn whole(about: &str) -> Value {
    json!({ "description": about, "type": "integer", "minimum": 0 })
}

fn probability(about: &str) -> Value {
    json!({ "description": about, "type": "number", "minimum": 0, "maximum": 1 })
}

fn maybe(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    schema["type"] = json!([kind, "null"]);
    schema
}

fn one_of(names: &[&str], about: &str) -> Value {
    json!({ "description": about, "type": "string", "enum": names })
}

fn moment(about: &str) -> Value {
    json!({ "description": about, "type": "string", "format": "date-time" })
}

fn day(about: &str) -> Value {
    json!({ "description": about, "type": "string", "format": "date" })
}

const DEAL: &str = "Name of the deal: its folder in the export, or its deal_id.";
const CONVERSATION: &str = "Path of the file inside the export, `/` between folders, `#n` behind it where one file holds several conversations.";
const AT_MS: &str =
    "Start of the turn in milliseconds from the start of the conversation; null where the export has no times.";

fn utterance() -> Value {
    head(
        "utterances",
        "One scored utterance: a turn, or a part of a long one.",
        object(
            "Lines stand in the order of deals, then of time, then of what was said.",
            &[
                ("deal", text(DEAL)),
                ("conversation", text(CONVERSATION)),
                ("turn", whole("Index of the turn in the conversation, from 0.")),
                (
                    "span",
                    json!({
                        "description": "First byte of the words in the turn's text (UTF-8), and the byte behind the last.",
                        "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 2, "maxItems": 2,
                    }),
                ),
                ("speaker", text("Who said it.")),
                ("side", one_of(&["buyer", "seller", "unknown"], "Whose side the speaker is on; the seller is us.")),
                ("at_ms", maybe(whole(AT_MS))),
                ("text", text("The words, verbatim.")),
                ("sentiment", sentiment()),
                ("intents", conversation::intents()),
            ],
            &[],
        ),
    )
}

fn evidence() -> Value {
    let quote = object(
        "Words that stand verbatim in a conversation.",
        &[
            ("conversation", text(CONVERSATION)),
            ("turn", whole("Index of the turn, from 0.")),
            ("at_ms", maybe(whole(AT_MS))),
            ("speaker", text("Who said it.")),
            ("quote", text("The words, verbatim.")),
        ],
        &[],
    );
    let absence = object("Something that did not happen.", &[("absence", text("The statement, with its date."))], &[]);
    json!({ "anyOf": [quote, absence] })
}

fn units() -> Value {
    use Unit::{Balance, Count, Days, PerMinute, Percent, Seconds, Words, WordsPerMinute, YesNo};
    let all = [Count, Percent, Seconds, Days, Words, WordsPerMinute, PerMinute, Balance, YesNo];
    one_of(&all.map(table::unit), "What the number counts; balance is tone from -1 to 1, yes_no is 1 or 0.")
}

fn finding(kind: &str) -> Value {
    let because = object(
        "A number that the finding rests on.",
        &[("measure", text("Name of the measure.")), ("value", number("Its value.")), ("unit", units())],
        &[],
    );
    object(
        "A rule that holds for the deal.",
        &[
            ("name", text("Name of the rule; `dealtone explain NAME` says all about it.")),
            ("kind", one_of(&[kind], "Risks are about the deal, coaching is about our conduct in it.")),
            ("severity", one_of(&["good", "low", "medium", "high"], "How much it matters; good is praise.")),
            ("confidence", probability("How sure it is, by how many quotes it rests on.")),
            ("message", text("What was found, with its numbers.")),
            ("why", text("Why it matters.")),
            ("ask", text("What to ask or do next.")),
            ("clears_when", text("What would make it go away.")),
            ("because", list(because, "The numbers it rests on.")),
            ("evidence", list(evidence(), "The words it rests on, the most telling first.")),
        ],
        &[],
    )
}

fn crm() -> Value {
    let contact = object(
        "A person whom the CRM lists.",
        &[("name", text("Full name.")), ("email", text("Address.")), ("title", text("Job title."))],
        &["email", "title"],
    );
    let fields = [
        ("name", text("The deal's name for people.")),
        ("account", text("The customer.")),
        ("kind", text("new, renewal, expansion, or what the CRM calls it.")),
        ("amount", number("Worth, in the CRM's currency.")),
        ("currency", text("That currency, where the CRM tells: its code, else its sign.")),
        ("stage", text("The stage's name.")),
        ("status", text("open, won or lost, where the CRM says so beside the stage.")),
        ("stage_since", day("Since when the deal is in that stage.")),
        ("stage_usual_days", number("How many days the CRM's deals in that stage have usually been in it.")),
        ("close_date", day("When the CRM expects it to close.")),
        ("as_of", day("The day of judgement for this deal.")),
        ("owner", text("Who answers for it on our side.")),
        ("contacts", list(contact, "The buyer's people whom the CRM lists.")),
    ];
    let names: Vec<&str> = fields.iter().map(|f| f.0).collect();
    object("What the CRM says of the deal.", &fields, &names)
}

fn deal() -> Value {
    let percent = |about: &str| json!({ "description": about, "type": "integer", "minimum": 0, "maximum": 100 });
    let contribution = object(
        "What one reading or finding adds.",
        &[
            ("name", text("Name of the measure or rule.")),
            ("points", number("Points added; negative where taken away.")),
            ("because", text("What was measured and what would be ordinary.")),
        ],
        &[],
    );
    let health = object(
        "How the deal stands.",
        &[
            ("score", percent("0 (lost) to 100 (as good as signed); absent where there is not enough to say.")),
            (
                "low",
                percent(
                    "Low end of the interval in which a person who reads the deal would put it, four times in five.",
                ),
            ),
            ("high", percent("High end of that interval.")),
            ("contributions", list(contribution, "What the score is the sum of.")),
        ],
        &["score", "low", "high"],
    );
    let reading = object(
        "One measured number. A measure whose data is absent has none: absent is not zero.",
        &[
            ("value", number("The number.")),
            ("unit", units()),
            (
                "rests_on",
                one_of(
                    &["transcript", "recording", "both"],
                    "Whether its times are the transcripts' or were heard; absent where it rests on words alone.",
                ),
            ),
            ("evidence", list(evidence(), "What it rests on.")),
        ],
        &["rests_on"],
    );
    let coverage = object(
        "What there was to judge from.",
        &[
            (
                "conversations",
                whole(
                    "Conversations up to the day of judgement, automatic mails and mails among our own people aside.",
                ),
            ),
            ("calls", whole("Calls among them.")),
            ("emails", whole("E-mails among them.")),
            ("chats", whole("Chats among them.")),
            ("later", whole("Conversations after the day of judgement: nothing of them is judged.")),
            ("automatic", whole("Automatic mails, such as absence notices: nothing of them is judged.")),
            ("internal", whole("Mails of our side to our side: nothing of them is judged.")),
            ("undated", whole("Conversations without a date: they count as the latest.")),
            (
                "zone_untold",
                whole(
                    "Conversations by a clock whose zone nothing tells, so near to others that these may have been before or \
                     after them.",
                ),
            ),
            ("utterances", whole("Scored utterances.")),
            ("unknown_side", whole("Utterances whose speaker's side is unknown.")),
            (
                "unknown_speakers",
                list(
                    object(
                        "Somebody whose side is unknown.",
                        &[
                            ("name", text("The speaker, as the turns name them.")),
                            ("words", whole("Words said or written.")),
                        ],
                        &[],
                    ),
                    "Who speaks and is on a side that is unknown, who said most first; absent where nobody does.",
                ),
            ),
            (
                "not_english",
                whole("Conversations in another language than English, which is all that the models that ship read."),
            ),
            (
                "guessed_sides",
                list(
                    object(
                        "Somebody whose side is little more than a guess.",
                        &[
                            ("name", text("The speaker, as the turns name them.")),
                            ("side", one_of(&["buyer", "seller"], "The side that was taken.")),
                            ("confidence", whole("How sure it is, 1 to 74 per cent.")),
                            ("because", text("What it rests on.")),
                        ],
                        &[],
                    ),
                    "Who speaks and is on a side that is little more than a guess; absent where nobody does.",
                ),
            ),
            ("not_measured", list(text("What, and why."), "What could not be measured.")),
        ],
        &["unknown_speakers", "guessed_sides"],
    );
    head(
        "deals",
        "Everything that dealtone says of one deal.",
        object(
            "One line a deal.",
            &[
                (
                    "schema_version",
                    json!({ "description": "Raised where a field is renamed or removed.", "const": SCHEMA_VERSION }),
                ),
                ("deal", text(DEAL)),
                ("crm", crm()),
                (
                    "as_of",
                    maybe(moment("The moment as of which the deal was judged, UTC; null where nothing has a date.")),
                ),
                ("health", health),
                ("risks", list(finding("risk"), "Risk flags, the most severe first.")),
                ("coaching", list(finding("coaching"), "Coaching prompts, the most severe first.")),
                (
                    "readings",
                    json!({ "description": "Every number that was measured, by the measure's name.", "type": "object", "additionalProperties": reading }),
                ),
                ("coverage", coverage),
                (
                    "judgements",
                    list(judgement(), "What people judge, each beside what is measured and never averaged."),
                ),
                ("provenance", json!({ "anyOf": [provenance(), { "type": "null" }] })),
                (
                    "rules_sha256",
                    text("SHA-256 of the rules that judged it, as they are read and not as their file is written."),
                ),
                ("attention", attention()),
            ],
            &["crm", "judgements", "rules_sha256", "attention"],
        ),
    )
}

fn attention() -> Value {
    object(
        "Where the deal stands among those of its run; absent of what fits no deal, and where a deal was judged alone.",
        &[
            (
                "rank",
                json!({
                    "description": "From 1, which needs a person first; deals that the CRM calls won or lost stand last.",
                    "type": "integer", "minimum": 1,
                }),
            ),
            (
                "reason",
                text(
                    "What speaks for a look now, beside the first of the risks; where that is nothing and the deal has no score, why; may be empty.",
                ),
            ),
        ],
        &[],
    )
}

fn judgement() -> Value {
    let mark = |about: &str| json!({ "description": about, "type": "integer", "minimum": 1, "maximum": 5 });
    let fields = [
        ("by", text("Who judged.")),
        ("trust", mark("Whether the buyer trusts us, 1 to 5.")),
        ("relationship", mark("How good the relationship is, 1 to 5.")),
        ("fit", mark("Whether this is a customer whom we should want, 1 to 5.")),
        ("note", text("Anything else.")),
        (
            "disagree",
            json!({
                "description": "Why a flag or prompt is not believed, by rule.",
                "type": "object", "additionalProperties": { "type": "string" },
            }),
        ),
    ];
    let names: Vec<&str> = fields.iter().map(|f| f.0).collect();
    object("What one person judges.", &fields, &names)
}

fn skipped() -> Value {
    head(
        "skipped",
        "Something of the export that could not be read.",
        object(
            "Never holds words of a conversation.",
            &[
                ("file", text("Path inside the export.")),
                (
                    "line",
                    maybe(
                        json!({ "description": "Line, from 1; null where none is known.", "type": "integer", "minimum": 1 }),
                    ),
                ),
                ("code", text("Stable name of the reason.")),
                ("message", text("What happened and what to do.")),
            ],
            &[],
        ),
    )
}

fn sentiment() -> Value {
    object(
        "The attitude that the speaker expresses.",
        &[
            (
                "label",
                one_of(&["negative", "neutral", "positive"], "The most likely tone; of equals the more neutral one."),
            ),
            (
                "unclear",
                json!({ "description": "There and true where the call is too close to rely on.", "type": "boolean" }),
            ),
            ("negative", probability("Probability of negative.")),
            ("neutral", probability("Probability of neutral.")),
            ("positive", probability("Probability of positive.")),
        ],
        &["unclear"],
    )
}

fn provenance() -> Value {
    object(
        "What made the scores; only results are merged in which all of it but the model's name is equal.",
        &[
            ("dealtone", text("Version of dealtone.")),
            ("model", text("The model's name.")),
            ("model_sha256", text("SHA-256 of the model's files.")),
            (
                "runtime",
                text(
                    "What computed it: the version of ONNX Runtime, as 1.31.1, or of dealtone's own arithmetic, as own-3.",
                ),
            ),
            ("device", text("Where it ran.")),
            ("instruction_set", text("The widest instruction set that the numbers depend on.")),
            ("unread", unread()),
        ],
        &["unread"],
    )
}

fn unread() -> Value {
    let intents: Vec<&str> = INTENTS.iter().map(|row| row.name).collect();
    object(
        "What the model cannot read; there only where it does not read everything.",
        &[
            (
                "sentiment",
                json!({ "description": "There and true where it cannot tell a negative tone from a positive one.", "type": "boolean" }),
            ),
            ("intents", list(one_of(&intents, "An intent."), "The intents that it cannot read.")),
            (
                "other_languages",
                json!({ "description": "There and true where it reads English alone.", "type": "boolean" }),
            ),
        ],
        &["sentiment", "intents", "other_languages"],
    )
}
