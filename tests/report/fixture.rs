//! One small invented deal with everything in it that a renderer can meet, and the same with hostile words in every field.

use dealtone::{
    Channel, Conversation, ConversationId, CrmRecord, Deal, DealId, Intent, Intents, Participant, Provenance, Scored,
    Sentiment, Side, Source, Turn, Utterance,
    attention::Rank,
    deal_report::{Coverage, DealReport, GuessedSide, SCHEMA_VERSION},
    health::{Contribution, Health},
    judgement::Judgement,
    measure::{Evidence, Reading, Unit},
    rules::{Because, Finding, Kind, Severity},
    utterance::{Millionths, Unread},
};

/// A deal with its report.
pub struct Made {
    pub deal: Deal,
    pub report: DealReport,
}

impl Made {
    pub fn bundle(&self) -> dealtone::report::Bundle<'_> {
        dealtone::report::Bundle { deal: &self.deal, report: &self.report }
    }

    /// The same, scored by a model that cannot read all of it.
    pub fn unread(mut self, unread: Unread) -> Made {
        let mut deal = Deal::new(self.deal.id.clone(), self.deal.crm.clone());
        for scored in self.deal.by_time() {
            let mut scored = scored.clone();
            scored.provenance.unread = unread.clone();
            deal.absorb(scored).expect("one provenance");
        }
        self.report.provenance = deal.provenance().cloned();
        Made { deal, ..self }
    }
}

/// The plain deal: one call with times, one mail, one call without a date.
pub fn plain() -> Made {
    make(&|plain| plain.to_owned())
}

/// The same with every text replaced by `hostile` and what was there before behind it, so that names stay apart.
pub fn hostile(hostile: &str) -> Made {
    make(&|plain| format!("{hostile}{plain}"))
}

fn make(word: &dyn Fn(&str) -> String) -> Made {
    let id = DealId(word("north/acme"));
    let crm = CrmRecord {
        name: Some(word("Acme renewal")),
        account: Some(word("Acme")),
        kind: Some(word("renewal")),
        amount: Some(12_500.0),
        stage: Some(word("Proposal")),
        close_date: Some(jiff::civil::date(2026, 3, 31)),
        owner: Some(word("Declan Purvis")),
        ..CrmRecord::default()
    };
    let mut deal = Deal::new(id.clone(), Some(crm.clone()));
    let call = word("north/acme/2026-02-10_0930.vtt");
    let mail = word("north/acme/2026-03-04_1115.eml");
    let late = word("north/acme/undated.txt");
    let price = word("That is more than we can do this year.");
    let said = [
        (
            &call,
            Channel::Call,
            Some("2026-02-10T23:30:00Z"),
            vec![
                (
                    Side::Seller,
                    word("Declan Purvis"),
                    Some((0, 4_000)),
                    word("How does an enquiry travel through the branch?"),
                    0,
                    vec![Intent::DiscoveryQuestion],
                ),
                (
                    Side::Buyer,
                    word("Steph Ormerod"),
                    Some((12_000, 20_000)),
                    price.clone(),
                    -1,
                    vec![Intent::PriceObjection],
                ),
                (Side::Unknown, word("Speaker 3"), Some((20_500, 21_000)), word("Mm-hm."), 0, vec![]),
            ],
        ),
        (
            &mail,
            Channel::Email,
            Some("2026-03-04T11:15:00Z"),
            vec![(
                Side::Buyer,
                word("Steph Ormerod"),
                None,
                word("We love it, send the contract."),
                1,
                vec![Intent::BuyingSignal, Intent::PaperProcess],
            )],
        ),
        (&late, Channel::Call, None, vec![(Side::Seller, word("Declan Purvis"), None, word("Hello."), 0, vec![])]),
    ];
    for (id, channel, at, turns) in said {
        deal.absorb(scored(&deal.id, id, channel, at, word("Harcastle intro"), turns, word)).expect("one provenance");
    }
    let quote = |conversation: &str, turn, at_ms, speaker: &str, words: &str| Evidence::Quote {
        conversation: ConversationId(conversation.into()),
        turn,
        at_ms,
        speaker: word(speaker),
        quote: words.into(),
    };
    let objection = quote(&call, 1, Some(12_000), "Steph Ormerod", &price);
    let report = DealReport {
        judgements: vec![
            Judgement {
                by: Some(word("Priya")),
                trust: Some(4),
                note: Some(word("They call me first.")),
                disagree: [("price_pressure".to_owned(), word("The price is agreed."))].into(),
                ..Judgement::default()
            },
            Judgement {
                by: Some(word("Tom")),
                trust: Some(2),
                disagree: [("price_pressure".to_owned(), word("It was a joke."))].into(),
                ..Judgement::default()
            },
        ],
        schema_version: SCHEMA_VERSION,
        deal: id,
        crm: Some(crm),
        as_of: Some("2026-03-20T22:30:00Z".parse().expect("a moment")),
        day: Some("2026-03-20".parse().expect("a day")),
        health: Health {
            score: Some(38),
            low: Some(24),
            high: Some(50),
            contributions: vec![
                Contribution { name: "base".into(), points: 60.0, because: word("Every deal starts here.") },
                Contribution { name: "buyer_tone".into(), points: -22.0, because: word("Tone fell by 0.3.") },
            ],
        },
        risks: vec![
            finding("price_pressure", Kind::Risk, Severity::High, vec![objection.clone()], word),
            finding(
                "gone_quiet",
                Kind::Risk,
                Severity::Medium,
                vec![Evidence::Absence { absence: word("No mail of the buyer since 4 March 2026.") }],
                word,
            ),
        ],
        coaching: vec![
            finding("few_questions", Kind::Coaching, Severity::Low, vec![objection.clone()], word),
            finding("good_discovery", Kind::Coaching, Severity::Good, vec![objection.clone()], word),
        ],
        readings: [(
            "buyer_tone",
            Reading { value: -0.25, unit: Unit::Balance, rests_on: None, evidence: vec![objection] },
        )]
        .into(),
        coverage: Coverage {
            conversations: 3,
            calls: 2,
            emails: 1,
            utterances: 5,
            undated: 0,
            unknown_side: 1,
            chats: 0,
            later: 1,
            automatic: 0,
            internal: 0,
            unknown_speakers: vec![],
            not_english: 1,
            zone_untold: 1,
            guessed_sides: vec![GuessedSide {
                name: word("Zoe"),
                side: Side::Buyer,
                confidence: 55,
                because: word("somebody of ours is in the call"),
            }],
            not_measured: vec![word("patience: no call has times")],
        },
        provenance: deal.provenance().cloned(),
        rules_sha256: Some("0".repeat(64)),
        attention: Some(Rank { rank: 1, reason: word("Closes in 9 days.") }),
    };
    Made { deal, report }
}

type Said = (Side, String, Option<(u64, u64)>, String, i8, Vec<Intent>);

fn scored(
    deal: &DealId,
    id: &str,
    channel: Channel,
    at: Option<&str>,
    title: String,
    said: Vec<Said>,
    word: &dyn Fn(&str) -> String,
) -> Scored {
    let utterances = said.iter().enumerate().map(|(turn, (.., text, tone, intents))| Utterance {
        turn,
        span: 0..text.len(),
        sentiment: sentiment(*tone),
        intents: Intents(intents.iter().map(|i| (*i, Millionths(930_000))).collect()),
    });
    let utterances = utterances.collect();
    let participants = said.iter().map(|(side, name, ..)| Participant {
        name: name.clone(),
        title: Some(word("branch manager")),
        side: *side,
        active: true,
        ..Participant::default()
    });
    Scored {
        conversation: Conversation {
            id: ConversationId(id.into()),
            deal: deal.clone(),
            channel,
            started_at: at.map(|t| t.parse().expect("a moment")),
            title,
            participants: participants.collect(),
            turns: said
                .iter()
                .map(|(side, speaker, times, text, ..)| Turn {
                    speaker: speaker.clone(),
                    side: *side,
                    start_ms: times.map(|t| t.0),
                    end_ms: times.map(|t| t.1),
                    text: text.clone(),
                })
                .collect(),
            mail: None,
            recording: None,
            source: Source { file: id.into(), format: "vtt".into(), sha256: String::new() },
            local_time: false,
            revision: 0,
            as_read: None,
        },
        utterances,
        provenance: Provenance { dealtone: "0.1.0".into(), model: word("default"), ..Provenance::default() },
    }
}

fn sentiment(tone: i8) -> Sentiment {
    let (negative, neutral, positive) = match tone {
        -1 => (900_000, 80_000, 20_000),
        0 => (50_000, 900_000, 50_000),
        _ => (20_000, 80_000, 900_000),
    };
    Sentiment::new(Millionths(negative), Millionths(neutral), Millionths(positive), 0.0)
}

/// Adds a call in which `speaker` says `words` and nobody anything else; the words as evidence.
pub fn said(made: &mut Made, side: Side, speaker: &str, words: &str) -> Evidence {
    let id = format!("said/{}.vtt", made.deal.len());
    let turns = vec![(side, speaker.to_owned(), None, words.to_owned(), 0, vec![])];
    let word = |plain: &str| plain.to_owned();
    let scored = scored(&made.deal.id, &id, Channel::Call, None, String::new(), turns, &word);
    made.deal.absorb(scored).expect("one provenance");
    Evidence::Quote {
        conversation: ConversationId(id),
        turn: 0,
        at_ms: None,
        speaker: speaker.to_owned(),
        quote: words.to_owned(),
    }
}

/// A coaching prompt, or praise.
pub fn prompt(name: &str, severity: Severity, evidence: Vec<Evidence>) -> Finding {
    finding(name, Kind::Coaching, severity, evidence, &|plain| plain.to_owned())
}

fn finding(
    name: &str,
    kind: Kind,
    severity: Severity,
    evidence: Vec<Evidence>,
    word: &dyn Fn(&str) -> String,
) -> Finding {
    Finding {
        name: name.into(),
        kind,
        severity,
        confidence: 0.8,
        message: word("Price was objected to in 2 of 3 conversations."),
        why: word("Open prices lose deals."),
        ask: word("What would make this number a yes?"),
        clears_when: word("The buyer says that the price is settled."),
        because: vec![Because { measure: "price_objections".into(), value: 2.0, unit: Unit::Count }],
        evidence,
    }
}

/// A deal with one mail of the buyer at each of these moments, and a report without findings.
pub fn at(moments: &[Option<&str>]) -> Made {
    let mut made = plain();
    made.deal = Deal::new(DealId("times".into()), None);
    for (n, at) in moments.iter().enumerate() {
        let said = vec![(Side::Buyer, "Ann".to_owned(), None, "No.".to_owned(), -1, vec![])];
        let word = |plain: &str| plain.to_owned();
        let scored = scored(&made.deal.id, &format!("times/{n}.eml"), Channel::Email, *at, String::new(), said, &word);
        made.deal.absorb(scored).expect("one provenance");
    }
    made.report.risks.clear();
    made.report.coaching.clear();
    made.report.readings.clear();
    made
}
