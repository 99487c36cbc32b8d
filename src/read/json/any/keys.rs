//! What vendors call the fields of a transcript, a chat and the document around it, as [`plain`] leaves the keys.

use serde_json::{Map, Value};

use crate::read::table::plain;

/// Keys of the words; earlier ones win. [`crate::read::json::any::piece`] knows where "value" is none of them.
pub const WORDS: &[&str] = &[
    // Genesys: with its punctuation, beside the bare words.
    "decoratedtext",
    "text",
    "transcript",
    "sentence",
    "utterance",
    "content",
    "message",
    "body",
    "spokentext",
    "transcription",
    "caption",
    "snippet",
    "phrase",
    "messagetext",
    "messagedata",
    "messageparts",
    // Gorgias: without the mail that it answers, and with it.
    "strippedtext",
    "bodytext",
    "msg",
    "words",
    "value",
];

/// Keys of who says them.
pub const SPEAKER: &[&str] = &[
    "speakername",
    "speakerdisplayname",
    "speaker",
    "speakerlabel",
    "participantname",
    "participant",
    "personname",
    "displayname",
    "sendername",
    "authorname",
    "fromname",
    "username",
    "name",
    "author",
    "user",
    "sender",
    "senders",
    "authors",
    "creator",
    "segmentparticipant",
    "participantpurpose",
    "speakerid",
    "speakertag",
    "participantid",
    // Webex has no name beside the number.
    "personemail",
    "personid",
    "actorid",
    "participantrole",
    "participanttype",
    "role",
    "channel",
    "channelid",
    "mediachannel",
    "authorid",
    "senderid",
    "attendeeid",
    "recordingattendeeid",
    "users",
    "from",
    "createdby",
    "u",
    // A telephone number, in OpenPhone.
    "identifier",
    HEARD_FROM,
];

/// A key of what recorded a piece, which tells whoever made the recording from the others.
pub const HEARD_FROM: &str = "source";

/// Keys of [`SPEAKER`] under which the one who speaks may be an object, or a list of one.
pub const PERSON: &[&str] =
    &["speaker", "participant", "author", "user", "sender", "senders", "authors", "creator", "from", "createdby", "u"];

/// Keys of the side that one stands on.
pub const ROLE: &[&str] = &[
    "role",
    "participantrole",
    "participanttype",
    "participantpurpose",
    "speakerrole",
    "speakertype",
    "side",
    "speakerside",
    "affiliation",
    "usertype",
    "direction",
];

/// Keys of the time at which a piece begins. The offset of a piece stands before its moment, where it has both.
pub const START: &[&str] = &[
    "secondsfromstart",
    "start",
    "starttime",
    "startts",
    "startseconds",
    "startsecond",
    "startsec",
    "startinseconds",
    "starttimeseconds",
    "startoffset",
    "starttimestamp",
    "datastart",
    "startms",
    "starttimems",
    "startmillis",
    "starttimemillis",
    "begin",
    "begintime",
    "beginms",
    "beginoffsetmillis",
    "offsetmillisecond",
    "offsetmilliseconds",
    "offsetms",
    "timeincallsecs",
    "timestamp",
    "timestampms",
    "starttimestampusec",
    "offset",
    "time",
    "ts",
    "timestamps",
    "snippettime",
    FROM,
];

/// A key of the beginning that is one of who says it, too.
pub const FROM: &str = "from";

/// Keys of the moment at which a message was written; nobody writes so of what is said. A clock that knows its zone stands
/// before one that does not.
pub const WRITTEN: &[&str] = &[
    "dateunixtime",
    "createdat",
    "createddatetime",
    "createdtime",
    "createtime",
    "creationtime",
    "createddate",
    "datecreated",
    "createdon",
    "created",
    "sentat",
    "sentdatetime",
    "senttime",
    "sentdate",
    "datesent",
    "originalarrivaltime",
    "composetime",
    "messagetime",
    "clienttimestamp",
    "date",
    "datetime",
    "received",
];

/// Keys of the time at which a piece ends.
pub const END: &[&str] = &[
    "end",
    "endtime",
    "endts",
    "endseconds",
    "endsecond",
    "endsec",
    "endinseconds",
    "endtimeseconds",
    "endoffset",
    "endtimestamp",
    "dataend",
    "endms",
    "endtimems",
    "endmillis",
    "endtimemillis",
    "to",
    "timestamps",
];

/// Keys of the end that are keys of other things, too: of whom it is said to, of the beginning.
pub const NOT_END_ALONE: &[&str] = &["to", "timestamps"];

/// Keys of what a call or chat is called.
pub const TITLE: &[&str] = &["title", "topic", "subject", "meetingtitle", "callname", "name"];

/// Keys of the moment at which a call began; earlier ones win.
pub const BEGAN: &[&str] = &[
    "recordingstarttime",
    "meetingstarttime",
    "callstarttime",
    "actualstarttime",
    "meetingstart",
    "callstart",
    "recordingstart",
    "startat",
    "startedat",
    "starttime",
    "started",
    "startdatetime",
    "starttimeunixsecs",
    "starttimestamp",
    "startdate",
    "meetingdate",
    "calldate",
    "recordingdate",
    "date",
    "datetime",
    "callcreatedat",
    "recordedat",
    "occurredat",
    "time",
    "scheduledstarttime",
    "scheduledat",
];

/// Keys of the moment at which something was made of a call: a day or a year behind it where old recordings are transcribed.
pub const MADE: &[&str] =
    &["createdat", "created", "createddate", "datecreated", "createdtime", "creationtime", "createdon"];

/// The field of an object under the first of `keys` that has a value.
pub fn field<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<(&'a str, &'a Value)> {
    keys.iter().find_map(|key| {
        let found = object.iter().find(|(name, value)| !value.is_null() && is_key(name, key));
        found.map(|(name, value)| (name.as_str(), value))
    })
}

/// Whether [`plain`] makes `key` of `name`. Every piece is asked for many keys, so nothing is written down for it.
pub fn is_key(name: &str, key: &str) -> bool {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).eq(key.chars())
}

/// Who says a piece, where that is an object, alone or as the first of a list.
pub fn person(piece: &Map<String, Value>) -> Option<&Map<String, Value>> {
    match field(piece, PERSON)?.1 {
        Value::Array(people) => people.first()?.as_object(),
        person => person.as_object(),
    }
}

/// The texts of an object that say of what kind it is, as [`plain`] leaves them: "email", "privatenote".
pub fn kinds(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    const KIND: &[&str] = &["type", "parttype", "messagetype", "kind", "channel", "channeltype", "activitytype"];
    KIND.iter().filter_map(|key| Some(plain(field(object, &[key])?.1.as_str()?)))
}

/// Whether one of an object's fields is `wanted`.
pub fn flag(object: &Map<String, Value>, keys: &[&str], wanted: bool) -> bool {
    keys.iter().any(|key| field(object, &[key]).is_some_and(|(_, value)| value.as_bool() == Some(wanted)))
}
