//! One scored piece of a turn: its sentiment, its intents, and where both came from.
//!
//! An **utterance** is a turn, or one sentence-group of it where the turn is long. Its labels are those of the label guide:
//! three sentiments, seventeen intents. Probabilities are integers in millionths, rounded once where the model's numbers
//! enter, so that sums, merges and comparisons are exact wherever they are made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conversation::Conversation;

/// Digits of a hash that tell one model from another in a message.
const SHOWN_OF_A_HASH: usize = 12;

/// A probability in millionths, 0 to 1,000,000. In files it is a number from 0 to 1 with at most six decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(pub u32);

impl Millionths {
    /// One: certain.
    pub const ONE: Millionths = Millionths(1_000_000);

    /// The nearest millionth to `p`; below 0 and NaN become 0, above 1 becomes 1.
    pub fn round(p: f64) -> Millionths {
        Millionths((p.clamp(0.0, 1.0) * 1e6).round() as u32)
    }

    /// As a number from 0 to 1.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl Serialize for Millionths {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Millionths {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let p = f64::deserialize(d)?;
        if (0.0..=1.0).contains(&p) {
            Ok(Millionths::round(p))
        } else {
            Err(serde::de::Error::custom(format!("a probability is from 0 to 1, this is {p}")))
        }
    }
}

/// The attitude that a speaker expresses, whatever its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Dissatisfied, worried, sceptical, refusing; a polite objection too.
    Negative,
    /// Factual, procedural, a question without attitude, a politeness formula.
    #[default]
    Neutral,
    /// Pleased, relieved, impressed, warmly agreeing, committed.
    Positive,
}

impl Tone {
    /// All of them, from the worst to the best.
    pub const ALL: [Tone; 3] = [Tone::Negative, Tone::Neutral, Tone::Positive];

    /// The lower-case name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Negative => "negative",
            Tone::Neutral => "neutral",
            Tone::Positive => "positive",
        }
    }
}

/// How likely each tone is; the three sum to a million but for rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentiment {
    /// The most likely tone; of equals the more neutral one.
    pub label: Tone,
    /// Whether no tone is likely enough, by the model's card, to be called by its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
    /// Probability of [`Tone::Negative`].
    pub negative: Millionths,
    /// Probability of [`Tone::Neutral`].
    pub neutral: Millionths,
    /// Probability of [`Tone::Positive`].
    pub positive: Millionths,
}

impl Sentiment {
    /// From the three probabilities; unclear where none of them reaches `unclear_below` (0 to 1).
    pub fn new(negative: Millionths, neutral: Millionths, positive: Millionths, unclear_below: f64) -> Sentiment {
        let mut order = [(neutral, Tone::Neutral), (negative, Tone::Negative), (positive, Tone::Positive)];
        // Stable: of equals the earlier one stays in front, and neutral is first.
        order.sort_by_key(|(p, _)| std::cmp::Reverse(*p));
        let (best, label) = order[0];
        Sentiment { label, unclear: best.as_f64() < unclear_below, negative, neutral, positive }
    }

    /// Positive minus negative, from -1 to 1: the scale on which tone is averaged and drawn.
    pub fn balance(self) -> f64 {
        (f64::from(self.positive.0) - f64::from(self.negative.0)) / 1e6
    }
}

macro_rules! intents {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $who:ident;)+) => {
        /// What a speaker is doing with an utterance; several may apply, most utterances have none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Intent { $($(#[doc = $doc])+ $variant,)+ }

        /// All intents with what each means, in the order of the label guide.
        pub const INTENTS: &[IntentRow] = &[
            $(IntentRow { intent: Intent::$variant, name: $name, who: Who::$who, meaning: concat!($($doc),+) },)+
        ];
    };
}

/// Who can have an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Only the buyer's side.
    Buyer,
    /// Only our side.
    Seller,
    /// Either side.
    Either,
}

/// One row of [`INTENTS`].
#[derive(Debug)]
pub struct IntentRow {
    /// The intent.
    pub intent: Intent,
    /// Its name in files, rules and `dealtone explain`.
    pub name: &'static str,
    /// Whose words can carry it.
    pub who: Who,
    /// The definition of the label guide.
    pub meaning: &'static str,
}

intents! {
    /// A problem, its cost, or an unmet goal of the buyer's own.
    PainPoint = "pain_point", Buyer;
    /// Wants to go on: asks about contract, start, onboarding or seats as a would-be customer; says they choose us.
    BuyingSignal = "buying_signal", Buyer;
    /// Undertakes to argue for us internally, coaches the seller, shares the internal picture to help.
    Champion = "champion", Buyer;
    /// Price, budget or value for money as an obstacle; asks for a discount.
    PriceObjection = "price_objection", Buyer;
    /// Missing feature, integration, performance or technical-fit concern.
    ProductGap = "product_gap", Buyer;
    /// Doubts about the vendor, its claims, security, support or stability; wants proof; was burnt before.
    TrustConcern = "trust_concern", Buyer;
    /// Cannot decide alone; the decider or a committee is absent, unknown, or against.
    AuthorityGap = "authority_gap", Buyer;
    /// Puts off, deprioritises, brushes off vaguely, reschedules, shows no urgency.
    Stall = "stall", Buyer;
    /// An existing customer thinks of leaving, downgrading or not renewing.
    ChurnIntent = "churn_intent", Buyer;
    /// Another vendor, an in-house build, or keeping the present tool as the alternative to us.
    Competitor = "competitor", Either;
    /// A concrete date, deadline or urgency for decision, start or go-live.
    Timeline = "timeline", Either;
    /// Procurement, legal, security review, redlines, data-protection terms, vendor forms, signature.
    PaperProcess = "paper_process", Either;
    /// A concrete action or meeting proposed or agreed, with an owner or a time.
    NextStep = "next_step", Either;
    /// An open question about the buyer's situation, pain, process, criteria or people.
    DiscoveryQuestion = "discovery_question", Seller;
    /// Acknowledges the other's concern or feeling before answering it.
    Empathy = "empathy", Seller;
    /// Offers a discount, a freebie, a longer trial, softer terms.
    Concession = "concession", Seller;
    /// Pushy close, false scarcity, guilt, ignoring a no.
    Pressure = "pressure", Seller;
}

impl Intent {
    /// The row that says everything about this intent.
    pub fn row(self) -> &'static IntentRow {
        &INTENTS[self as usize]
    }

    /// Its name in files and rules.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether the words of `side` can carry it. A speaker of unknown side can carry any.
    pub fn fits(self, side: crate::Side) -> bool {
        !matches!((self.row().who, side), (Who::Buyer, crate::Side::Seller) | (Who::Seller, crate::Side::Buyer))
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Intent {
    type Err = UnknownIntent;

    fn from_str(name: &str) -> Result<Intent, UnknownIntent> {
        INTENTS.iter().find(|row| row.name == name).map(|row| row.intent).ok_or_else(|| UnknownIntent(name.to_owned()))
    }
}

/// A name that is none of [`INTENTS`].
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no intent; `dealtone explain intents` lists them")]
pub struct UnknownIntent(pub String);

impl Serialize for Intent {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Intent {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // Owned on purpose: a borrowed string would refuse names with escapes.
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The intents of one utterance that reached their threshold, each with its probability.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Intents(pub BTreeMap<Intent, Millionths>);

impl Intents {
    /// Whether `intent` applies.
    pub fn has(&self, intent: Intent) -> bool {
        self.0.contains_key(&intent)
    }
}

/// A scored piece of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utterance {
    /// Index of the turn in [`Conversation::turns`].
    pub turn: usize,
    /// Bytes of the turn's text; always on character boundaries.
    pub span: Range<usize>,
    /// The attitude.
    pub sentiment: Sentiment,
    /// The intents over their threshold.
    pub intents: Intents,
}

/// What made a score. Two results may be merged only where it is the same but for the model's name, which a folder has of
/// whoever copied it ([`Provenance::is_same_making`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of dealtone.
    pub dealtone: String,
    /// The model's name, as in its config; else that of its folder. For people: which model it is, says its hash.
    pub model: String,
    /// Hex SHA-256 over the model folder's files that matter for a score.
    pub model_sha256: String,
    /// What computed it: the version of ONNX Runtime, as `1.31.1`, or of dealtone's own arithmetic, as `own-3`.
    pub runtime: String,
    /// Where it ran: `cpu` or `cuda:0`.
    pub device: String,
    /// The widest instruction set that the numbers depend on, as `x86_64+avx512vnni`: int8 results of ONNX Runtime differ between
    /// them, those of dealtone's own arithmetic ask for AVX2 and are the same with more.
    pub instruction_set: String,
    /// What the model cannot read; left out of files where it reads everything.
    #[serde(default, skip_serializing_if = "Unread::is_empty")]
    pub unread: Unread,
}

impl Provenance {
    /// Whether scores of both may stand side by side: everything that a number depends on is the same.
    pub fn is_same_making(&self, other: &Provenance) -> bool {
        let unnamed = |p: &Provenance| Provenance { model: String::new(), ..p.clone() };
        self.model_sha256 == other.model_sha256 && unnamed(self) == unnamed(other)
    }

    /// What keeps scores of both apart, in words: of each what differs, and how it is there and in `other`. Empty where
    /// nothing does.
    pub fn differences(&self, other: &Provenance) -> Vec<Difference> {
        let model = |p: &Provenance| {
            let hash: String = p.model_sha256.chars().take(SHOWN_OF_A_HASH).collect();
            format!("{} ({hash})", p.model)
        };
        let unread = |p: &Provenance| {
            let tone = p.unread.sentiment.then_some("sentiment");
            let others = p.unread.other_languages.then_some("other languages than English");
            let intents = p.unread.intents.iter().map(|i| i.name());
            let names: Vec<&str> = tone.into_iter().chain(intents).chain(others).collect();
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        type Of<'a> = (&'static str, bool, &'a dyn Fn(&Provenance) -> String);
        let all: [Of; 6] = [
            ("dealtone", self.dealtone != other.dealtone, &|p| p.dealtone.clone()),
            ("model", self.model_sha256 != other.model_sha256, &model),
            ("runtime", self.runtime != other.runtime, &Provenance::runtime_in_words),
            ("device", self.device != other.device, &|p| p.device.clone()),
            ("instruction set", self.instruction_set != other.instruction_set, &|p| p.instruction_set.clone()),
            ("what the model cannot read", self.unread != other.unread, &unread),
        ];
        let differs = all.into_iter().filter(|(_, differs, _)| *differs);
        differs.map(|(what, _, of)| Difference { what, here: of(self), there: of(other) }).collect()
    }

    /// What computed it, in words: `ONNX Runtime 1.31.1`, `dealtone's own arithmetic 3`.
    pub fn runtime_in_words(&self) -> String {
        match self.runtime.strip_prefix("own-") {
            Some(version) => format!("dealtone's own arithmetic {version}"),
            None => format!("ONNX Runtime {}", self.runtime),
        }
    }
}

/// Something in which two makings of scores differ; it reads as `runtime ONNX Runtime 1.31.1 instead of dealtone's own
/// arithmetic 3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: &'static str,
    /// In the one that was asked.
    pub here: String,
    /// In the other.
    pub there: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} instead of {}", self.what, self.here, self.there)
    }
}

/// What a model has no output for. That no utterance has such a label says nothing of what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Whether it cannot tell a negative tone from a positive one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sentiment: bool,
    /// The intents that it cannot read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub intents: BTreeSet<Intent>,
    /// Whether it reads English alone: what it says of words of other languages means nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_languages: bool,
}

impl Unread {
    /// Whether the model reads everything.
    pub fn is_empty(&self) -> bool {
        *self == Unread::default()
    }

    /// Whether it reads no intent at all.
    pub fn all_intents(&self) -> bool {
        self.intents.len() == INTENTS.len()
    }
}

/// An utterance of a scored conversation that lies outside its turn, or not behind the one before it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{conversation}: utterance {index} lies outside its turn, cuts a character, or begins before the end of the one before it; score \
     the conversation anew"
)]
pub struct BadUtterance {
    /// The conversation.
    pub conversation: String,
    /// Index of the utterance.
    pub index: usize,
}

/// A conversation with its scores: what **map** gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The conversation.
    pub conversation: Conversation,
    /// In order of turn and span; together they cover every word of every turn.
    pub utterances: Vec<Utterance>,
    /// What made the scores.
    pub provenance: Provenance,
}

impl Scored {
    /// Whether every utterance lies in its turn, on character boundaries, and behind the one before it: what lines of a file
    /// must be held against before [`Scored::text`] is asked. Measures go through them as they were said.
    ///
    /// # Errors
    /// Where one does not, with its index.
    pub fn check(&self) -> Result<(), BadUtterance> {
        let mut end = (0, 0);
        let bad = self.utterances.iter().position(|u| {
            let is_cut = self.conversation.turns.get(u.turn).is_none_or(|turn| turn.text.get(u.span.clone()).is_none());
            let is_behind = (u.turn, u.span.start) >= end;
            end = (u.turn, u.span.end);
            is_cut || !is_behind
        });
        match bad {
            Some(index) => Err(BadUtterance { conversation: self.conversation.id.0.clone(), index }),
            None => Ok(()),
        }
    }

    /// The words of `utterance`, verbatim.
    ///
    /// # Panics
    /// Where `utterance` is not of this conversation.
    pub fn text(&self, utterance: &Utterance) -> &str {
        &self.conversation.turns[utterance.turn].text[utterance.span.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_intent_stands_at_its_own_row_and_reads_back() {
        for (place, row) in INTENTS.iter().enumerate() {
            assert_eq!(row.intent as usize, place);
            assert_eq!(row.name.parse::<Intent>().unwrap(), row.intent);
        }
        assert_eq!(INTENTS.len(), 17);
        assert!("price".parse::<Intent>().is_err());
    }

    #[test]
    fn ties_read_as_neutral_and_close_calls_as_unclear() {
        let m = Millionths;
        assert_eq!(Sentiment::new(m(400_000), m(400_000), m(200_000), 0.0).label, Tone::Neutral);
        let close = Sentiment::new(m(480_000), m(450_000), m(70_000), 0.5);
        assert_eq!((close.label, close.unclear), (Tone::Negative, true));
        assert!(!Sentiment::new(m(900_000), m(50_000), m(50_000), 0.5).unclear);
    }

    #[test]
    fn what_a_model_cannot_read_stands_in_a_file_only_where_there_is_something() {
        let whole = Provenance::default();
        assert!(!serde_json::to_string(&whole).unwrap().contains("unread"), "files of whole models stay as they were");
        let unread = Unread { intents: [Intent::Stall].into(), ..Unread::default() };
        let text = serde_json::to_string(&Provenance { unread: unread.clone(), ..whole }).unwrap();
        assert!(text.ends_with(r#","unread":{"intents":["stall"]}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Provenance>(&text).unwrap().unread, unread);
    }

    #[test]
    fn the_name_of_a_model_keeps_no_scores_apart_and_what_does_is_said_in_words() {
        let made = Provenance {
            dealtone: "0.1.0".into(),
            model: "a".into(),
            model_sha256: "0123456789abcdef".into(),
            runtime: "own-3".into(),
            ..Provenance::default()
        };
        let renamed = Provenance { model: "b".into(), ..made.clone() };
        assert!(made.is_same_making(&renamed));
        assert_eq!(made.differences(&renamed), []);
        let other = Provenance {
            model_sha256: "fedcba9876543210".into(),
            runtime: "1.31.1".into(),
            unread: Unread { sentiment: true, intents: [Intent::Stall].into(), other_languages: true },
            ..renamed
        };
        assert!(!made.is_same_making(&other));
        let told: Vec<String> = other.differences(&made).iter().map(Difference::to_string).collect();
        assert_eq!(
            told,
            [
                "model b (fedcba987654) instead of a (0123456789ab)",
                "runtime ONNX Runtime 1.31.1 instead of dealtone's own arithmetic 3",
                "what the model cannot read sentiment, stall, other languages than English instead of nothing",
            ]
        );
    }

    #[test]
    fn utterances_must_lie_in_their_turns_one_behind_the_other() {
        let text = "It fits. Größe?";
        let conversation = serde_json::json!({
            "id": "c", "deal": "d", "channel": "call", "turns": [{"speaker": "", "text": text}, {"speaker": "", "text": text}]
        });
        let check = |places: &[(usize, Range<usize>)]| {
            let utterance = |(turn, span): &(usize, Range<usize>)| Utterance {
                turn: *turn,
                span: span.clone(),
                sentiment: Sentiment::default(),
                intents: Intents::default(),
            };
            let scored = Scored {
                conversation: serde_json::from_value(conversation.clone()).unwrap(),
                utterances: places.iter().map(utterance).collect(),
                provenance: Provenance::default(),
            };
            scored.check().map_err(|bad| bad.index)
        };
        assert_eq!(check(&[(0, 0..8), (0, 9..17), (1, 0..17)]), Ok(()));
        assert_eq!(check(&[(0, 0..8), (0, 8..9), (1, 9..17)]), Ok(()));
        assert_eq!(check(&[(0, 0..12)]), Err(0), "it cuts a character");
        assert_eq!(check(&[(0, 0..8), (2, 0..8)]), Err(1), "there is no such turn");
        assert_eq!(check(&[(0, 9..17), (0, 0..8)]), Err(1), "they are out of order");
        assert_eq!(check(&[(1, 0..8), (0, 0..8)]), Err(1), "their turns are out of order");
        assert_eq!(check(&[(0, 0..8), (0, 7..17)]), Err(1), "they share a character");
    }

    #[test]
    fn probabilities_survive_a_file() {
        for n in [0, 1, 333_333, 930_001, 1_000_000] {
            let text = serde_json::to_string(&Millionths(n)).unwrap();
            assert_eq!(serde_json::from_str::<Millionths>(&text).unwrap(), Millionths(n), "{text}");
        }
        assert!(serde_json::from_str::<Millionths>("1.2").is_err());
    }
}
