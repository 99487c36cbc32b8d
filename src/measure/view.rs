//! A deal laid out for measuring: what was said up to the day of judgement, in order, without what nobody said.

use std::{cell::OnceCell, cmp::Reverse, collections::BTreeMap};

use jiff::civil::Date;

use crate::{
    conversation::{Channel, Conversation, Participant, Side, Timestamp},
    deal::{CrmRecord, Deal},
    measure::{
        Evidence, Reading, Unit,
        asked::Asked,
        clock::Clock,
        language::{in_english, is_unread},
        phrases::{begins_with_any, contains_any, question_marks},
        stretch::takes_the_word,
    },
    utterance::{Intent, Intents, Millionths, Scored, Sentiment, Tone, Utterance},
};

/// The deal as of a moment.
pub(super) struct View<'a> {
    /// The moment of judgement.
    pub as_of: Timestamp,
    /// Its day, by which the days of the CRM are counted.
    pub day: Date,
    /// What the CRM says.
    pub crm: Option<&'a CrmRecord>,
    /// The interactions in the order in which they happened, each with at least one utterance; automatic mails and those that
    /// people of our side wrote to one another are left out.
    pub items: Vec<Item<'a>>,
    /// The first job title that the conversations tell of each name.
    titles: OnceCell<BTreeMap<&'a str, &'a str>>,
    /// The places in `items` of those in which our side said something.
    with_ours: Vec<usize>,
    /// Where our side said each word of weight last, by the stem of the word, as item and place.
    pub last_said_by_us: OnceCell<BTreeMap<String, (usize, usize)>>,
    /// Where our side said each, in order, promises of an answer left out.
    pub said_by_us: OnceCell<BTreeMap<String, Vec<(usize, usize)>>>,
}

/// One interaction.
pub(super) struct Item<'a> {
    pub conversation: &'a Conversation,
    pub lines: Vec<Line<'a>>,
    /// What its times say.
    pub clock: Clock<'a>,
    /// The places in `lines` of what our side said.
    ours: Vec<usize>,
    /// Whether its words are of a language that the model does not read: then no line has a tone or an intent.
    pub unread: bool,
    english: OnceCell<bool>,
}

/// One utterance with what measures ask of it.
pub(super) struct Line<'a> {
    /// Index of the interaction in [`View::items`].
    pub item: usize,
    /// Index of the utterance in [`Item::lines`].
    pub place: usize,
    pub side: Side,
    pub speaker: &'a str,
    /// Verbatim.
    pub text: &'a str,
    /// Lower case, straight apostrophes: for looking for phrases.
    pub plain: String,
    words: usize,
    asks: bool,
    takes_the_word: bool,
    tone: Tone,
    balance: f64,
    intents: &'a Intents,
    asked: Option<&'a Asked>,
    pub turn: usize,
    pub at_ms: Option<u64>,
    pub conversation: &'a Conversation,
}

impl<'a> View<'a> {
    /// What of `deal` had happened by `as_of`; an interaction without a time counts as the latest. `asked`, if
    /// any, hears of what is asked in vain.
    pub fn new(deal: &'a Deal, as_of: Timestamp, day: Date, asked: Option<&'a Asked>) -> View<'a> {
        let items: Vec<Item> = deal
            .by_time()
            .into_iter()
            .filter(|s| !s.utterances.is_empty())
            .filter(|s| !s.conversation.is_automatic() && !s.conversation.is_internal())
            .filter(|s| s.conversation.started_at.is_none_or(|t| t <= as_of))
            .enumerate()
            .map(|(number, scored)| Item::new(number, scored, asked))
            .collect();
        let with_ours = items.iter().enumerate().filter(|(_, i)| !i.ours.is_empty()).map(|(at, _)| at).collect();
        View {
            as_of,
            day,
            crm: deal.crm.as_ref(),
            items,
            titles: OnceCell::new(),
            with_ours,
            last_said_by_us: OnceCell::new(),
            said_by_us: OnceCell::new(),
        }
    }

    /// Every utterance, in order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line<'a>> {
        self.items.iter().flat_map(|item| &item.lines)
    }

    /// Every utterance of the buyer's side, in order.
    pub fn buyer(&self) -> impl DoubleEndedIterator<Item = &Line<'a>> {
        self.lines().filter(|line| line.side == Side::Buyer)
    }

    /// Every utterance of our side, in order.
    pub fn seller(&self) -> impl DoubleEndedIterator<Item = &Line<'a>> {
        self.lines().filter(|line| line.side == Side::Seller)
    }

    /// Whether anything is known to be the buyer's.
    pub fn has_buyer(&self) -> bool {
        self.buyer().next().is_some()
    }

    /// Whether anything is known to be ours.
    pub fn has_seller(&self) -> bool {
        self.seller().next().is_some()
    }

    /// The last third of what the buyer's side said, at least one utterance: where it stands by now, less shaken by a
    /// single interaction than the latest one alone.
    pub fn buyer_late(&self) -> Vec<&Line<'a>> {
        let lines: Vec<_> = self.buyer().collect();
        lines[lines.len() - (lines.len() / 3).max(1).min(lines.len())..].to_vec()
    }

    /// What the buyer's side said in its latest `n` interactions.
    pub fn buyer_recent(&self, n: usize) -> Vec<&Line<'a>> {
        let items: Vec<_> = self.items.iter().rev().filter(|i| i.has(Side::Buyer)).take(n).collect();
        items.into_iter().rev().flat_map(|i| i.of(Side::Buyer)).collect()
    }

    /// What the buyer's side said after its last utterance with `intent`; absent where none has it.
    pub fn buyer_since(&self, intent: Intent) -> Option<Vec<&Line<'a>>> {
        let lines: Vec<_> = self.buyer().collect();
        let last = lines.iter().rposition(|l| l.is(intent))?;
        Some(lines[last + 1..].to_vec())
    }

    /// Everything said after `line`, in order.
    pub fn after<'v>(&'v self, line: &Line) -> impl Iterator<Item = &'v Line<'a>> + use<'v, 'a> {
        let (item, place) = (line.item, line.place);
        let here = self.items[item].lines[place + 1..].iter();
        here.chain(self.items[item + 1..].iter().flat_map(|item| &item.lines))
    }

    /// What our side says after `line` in the same interaction.
    pub fn ours_here_after<'v>(&'v self, line: &Line) -> impl Iterator<Item = &'v Line<'a>> + use<'v, 'a> {
        let item = &self.items[line.item];
        let from = item.ours.partition_point(|place| *place <= line.place);
        item.ours[from..].iter().map(|place| &item.lines[*place])
    }

    /// What our side says next in a row in later interactions than that of `line`.
    pub fn ours_later_than<'v>(&'v self, line: &Line) -> impl Iterator<Item = &'v Line<'a>> + use<'v, 'a> {
        let next = self.with_ours.get(self.with_ours.partition_point(|item| *item <= line.item));
        let lines = next.into_iter().flat_map(|item| self.items[*item..].iter().flat_map(|item| &item.lines));
        lines.skip_while(|l| l.side != Side::Seller).take_while(|l| l.side == Side::Seller)
    }

    /// Everything said before `line`, the latest first.
    pub fn before<'v>(&'v self, line: &Line) -> impl Iterator<Item = &'v Line<'a>> + use<'v, 'a> {
        let (item, place) = (line.item, line.place);
        let here = self.items[item].lines[..place].iter().rev();
        here.chain(self.items[..item].iter().rev().flat_map(|item| item.lines.iter().rev()))
    }

    /// The calls in which both sides said something.
    pub fn calls_of_both(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(|i| i.is_call() && i.has(Side::Buyer) && i.has(Side::Seller))
    }

    /// The latest interaction with words of the buyer.
    pub fn latest_with_buyer(&self) -> Option<&Item<'a>> {
        self.items.iter().rev().find(|item| item.has(Side::Buyer))
    }

    /// What the CRM says that the deal is, in lower case: new, a renewal, an expansion.
    pub fn kind(&self) -> Option<String> {
        Some(self.crm?.kind.as_deref()?.to_lowercase())
    }

    /// Whether the deal is with somebody who has bought before; absent where the CRM does not say.
    pub fn is_with_a_customer(&self) -> Option<bool> {
        let kind = self.kind()?;
        Some(["renew", "expan", "existing", "upsell"].iter().any(|word| kind.contains(word)))
    }

    /// Days from the start of an interaction to the day of judgement; absent where it has no time.
    pub fn days_since(&self, item: &Item) -> Option<f64> {
        let at = item.conversation.started_at?;
        Some((self.as_of.as_second() - at.as_second()) as f64 / 86_400.0)
    }

    /// Everybody of the buyer's side who is known, each once by name.
    pub fn buyer_people(&self) -> Vec<&'a Participant> {
        let mut found: BTreeMap<&str, &Participant> = BTreeMap::new();
        for person in self.items.iter().flat_map(|i| &i.conversation.participants).filter(|p| p.side == Side::Buyer) {
            let held = found.entry(&person.name).or_insert(person);
            if held.title.is_none() && person.title.is_some() {
                *held = person;
            }
        }
        found.into_values().collect()
    }

    /// The job title of the person of that name, from the conversations or the CRM.
    pub fn title(&self, name: &str) -> Option<&'a str> {
        let titles = self.titles.get_or_init(|| {
            let mut titles = BTreeMap::new();
            for person in self.items.iter().flat_map(|i| &i.conversation.participants) {
                if let Some(title) = &person.title {
                    titles.entry(person.name.as_str()).or_insert(title.as_str());
                }
            }
            titles
        });
        titles.get(name).copied().or_else(|| {
            let contact = self.crm?.contacts.iter().find(|c| c.name.eq_ignore_ascii_case(name))?;
            (!contact.title.is_empty()).then_some(contact.title.as_str())
        })
    }
}

impl<'a> Item<'a> {
    /// The interaction that stands at `number` of all.
    pub fn new(number: usize, scored: &'a Scored, asked: Option<&'a Asked>) -> Item<'a> {
        let said = scored.utterances.iter().enumerate();
        let mut lines: Vec<Line> = said.map(|(place, u)| Line::new((number, place), scored, u, asked)).collect();
        let unread = is_unread(scored);
        if unread {
            lines.iter_mut().for_each(Line::forget_scores);
        }
        let ours = lines.iter().filter(|l| l.side == Side::Seller).map(|l| l.place).collect();
        let conversation = &scored.conversation;
        Item { conversation, lines, clock: Clock::new(conversation), ours, unread, english: OnceCell::new() }
    }

    /// Whether the forms of its questions can be told ([`in_english`]).
    pub fn is_in_english(&self) -> bool {
        *self.english.get_or_init(|| in_english(&self.lines))
    }

    /// Whether it is a call.
    pub fn is_call(&self) -> bool {
        self.conversation.channel == Channel::Call
    }

    /// Whether `side` said anything in it.
    pub fn has(&self, side: Side) -> bool {
        self.lines.iter().any(|line| line.side == side)
    }

    /// What `side` said in it.
    pub fn of(&self, side: Side) -> impl DoubleEndedIterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.side == side)
    }

    /// The first utterance of a turn.
    pub fn first_of(&self, turn: usize) -> Option<&Line<'a>> {
        self.lines.get(self.lines.partition_point(|line| line.turn < turn)).filter(|line| line.turn == turn)
    }

    /// Its day, for people.
    pub fn day(&self) -> String {
        match self.conversation.started_at {
            Some(at) => at.strftime("%-d %b %Y").to_string(),
            None => "an unknown day".to_owned(),
        }
    }
}

/// Lower case, straight apostrophes.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains('’') { lower.replace('’', "'") } else { lower }
}

impl<'a> Line<'a> {
    fn new(
        (item, place): (usize, usize),
        scored: &'a Scored,
        utterance: &'a Utterance,
        asked: Option<&'a Asked>,
    ) -> Line<'a> {
        let turn = &scored.conversation.turns[utterance.turn];
        let text = scored.text(utterance);
        Line {
            item,
            place,
            side: turn.side,
            speaker: &turn.speaker,
            text,
            plain: plain(text),
            words: text.split_whitespace().count(),
            asks: question_marks(text).next().is_some(),
            takes_the_word: takes_the_word(text),
            tone: utterance.sentiment.label,
            balance: utterance.sentiment.balance(),
            intents: &utterance.intents,
            asked,
            turn: utterance.turn,
            at_ms: turn.start_ms,
            conversation: &scored.conversation,
        }
    }

    /// Takes away what a model said of it.
    fn forget_scores(&mut self) {
        static NONE: Intents = Intents(BTreeMap::new());
        let neutral = Sentiment::default();
        (self.tone, self.balance, self.intents) = (neutral.label, neutral.balance(), &NONE);
    }

    /// Its tone.
    pub fn tone(&self) -> Tone {
        if let Some(asked) = self.asked {
            asked.sentiment();
        }
        self.tone
    }

    /// Positive minus negative probability.
    pub fn balance(&self) -> f64 {
        if let Some(asked) = self.asked {
            asked.sentiment();
        }
        self.balance
    }

    /// Whether it carries `intent`: from the model's threshold for it on, and never below 0.5.
    pub fn is(&self, intent: Intent) -> bool {
        if let Some(asked) = self.asked {
            asked.intent(intent);
        }
        self.intents.0.get(&intent).is_some_and(|p| *p >= LIKELY)
    }

    /// Whether it carries `intent` all but certainly: for what a single utterance may raise.
    pub fn is_surely(&self, intent: Intent) -> bool {
        if let Some(asked) = self.asked {
            asked.intent(intent);
        }
        self.intents.0.get(&intent).is_some_and(|p| *p >= SURE)
    }

    /// Whether it carries any of `intents`.
    pub fn is_any(&self, intents: &[Intent]) -> bool {
        intents.iter().any(|intent| self.is(*intent))
    }

    /// How surely it carries one of `intents`, in steps of a twentieth: what lies closer together is as sure.
    fn sureness(&self, intents: &[Intent]) -> u32 {
        const STEP: u32 = 50_000;
        intents.iter().filter_map(|intent| self.intents.0.get(intent)).max().map_or(0, |p| p.0 / STEP)
    }

    /// How many words it has.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Whether whoever says it [takes the word](takes_the_word).
    pub fn takes_the_word(&self) -> bool {
        self.takes_the_word
    }

    /// Whether any of `phrases`, split by `|`, stands in it between word boundaries.
    pub fn says(&self, phrases: &str) -> bool {
        contains_any(&self.plain, phrases)
    }

    /// Whether it holds a question mark that ends a question.
    pub fn has_question_mark(&self) -> bool {
        self.asks
    }

    /// Whether it only opens a message: "Hi Lucía,", "Dear all". As a quote it shows nothing.
    pub fn is_salutation(&self) -> bool {
        const GREETS: &str = "hi|hello|hey|dear|good morning|good afternoon|good evening|morning|afternoon";
        const LONGEST: usize = 5;
        let greets = begins_with_any(&self.plain, GREETS);
        let text = self.text.trim_end();
        self.words() <= LONGEST && (text.ends_with(',') || (greets && !text.ends_with(['?', '.'])))
    }

    /// Its words as evidence.
    pub fn quote(&self) -> Evidence {
        Evidence::Quote {
            conversation: self.conversation.id.clone(),
            turn: self.turn,
            at_ms: self.at_ms,
            speaker: self.speaker.to_owned(),
            quote: self.text.to_owned(),
        }
    }
}

/// Below this no intent counts, however low the model's own threshold for it is: over a whole deal the wrong ones would add up
/// to a finding. Above it the threshold decides, since below that a line does not carry the intent at all.
const LIKELY: Millionths = Millionths(500_000);

/// From here on one utterance is enough where two likely ones would be.
const SURE: Millionths = Millionths(800_000);

/// At most this many pieces of evidence stand in a reading: more are not read by anybody.
const EVIDENCE: usize = 4;

/// A number with the lines that it rests on.
pub(super) fn reading<'v, 'a: 'v>(value: f64, unit: Unit, lines: impl IntoIterator<Item = &'v Line<'a>>) -> Reading {
    let evidence = lines.into_iter().take(EVIDENCE).map(Line::quote).collect();
    Reading { value, unit, rests_on: None, evidence }
}

/// As many as there are lines, the latest ones as evidence.
pub(super) fn count(lines: &[&Line]) -> Reading {
    reading(lines.len() as f64, Unit::Count, lines.iter().rev().copied())
}

/// As many as there are lines, those that carry one of `intents` most surely as evidence, in the order in which they were said.
pub(super) fn count_of(lines: &[&Line], intents: &[Intent]) -> Reading {
    let mut shown = lines.to_vec();
    shown.reverse();
    // Stable: of those that are as sure the latest.
    shown.sort_by_key(|line| Reverse(line.sureness(intents)));
    shown.truncate(EVIDENCE);
    shown.sort_by_key(|line| (line.item, line.place));
    reading(lines.len() as f64, Unit::Count, shown)
}

/// [`buyers`] whose lines are counted for one of `intents`, and that have one.
pub(super) fn buyers_of(v: &View, intents: &[Intent], holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    let lines = || v.buyer().filter(|l| l.is_any(intents) && holds(l)).collect::<Vec<_>>();
    v.has_buyer().then(|| count_of(&lines(), intents))
}

/// [`ours`] whose lines are counted for `intent`, and that have it.
pub(super) fn ours_of(v: &View, intent: Intent, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    let lines = || v.seller().filter(|l| l.is(intent) && holds(l)).collect::<Vec<_>>();
    v.has_seller().then(|| count_of(&lines(), &[intent]))
}

/// As many utterances of the buyer's side as `holds` is true of; absent where it said nothing.
pub(super) fn buyers(v: &View, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    v.has_buyer().then(|| count(&v.buyer().filter(|l| holds(l)).collect::<Vec<_>>()))
}

/// As many utterances of our side as `holds` is true of; absent where it said nothing.
pub(super) fn ours(v: &View, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    v.has_seller().then(|| count(&v.seller().filter(|l| holds(l)).collect::<Vec<_>>()))
}

/// The first of some lines that says more than a greeting; a greeting where there is nothing else.
pub(super) fn opening<'v, 'a>(lines: impl IntoIterator<Item = &'v Line<'a>>) -> Option<&'v Line<'a>> {
    let mut lines = lines.into_iter();
    let first = lines.next()?;
    if first.is_salutation() { lines.find(|l| !l.is_salutation()).or(Some(first)) } else { Some(first) }
}

/// Those of some lines with a tone, the plainest first, of equals the latest. One or two words ("Eleven.") show little, and
/// stand for the tone only where nothing longer does.
pub(super) fn telling<'v, 'a>(lines: impl IntoIterator<Item = &'v Line<'a>>, tone: Tone) -> Vec<&'v Line<'a>> {
    const A_FEW: usize = 3;
    let mut lines: Vec<&Line> = lines.into_iter().filter(|l| l.tone() == tone).collect();
    if lines.iter().any(|l| l.words() >= A_FEW) {
        lines.retain(|l| l.words() >= A_FEW);
    }
    lines.reverse();
    lines.sort_by(|a, b| b.balance().abs().total_cmp(&a.balance().abs()));
    lines
}

/// A number that rests on something that did not happen.
pub(super) fn absence(value: f64, unit: Unit, statement: String) -> Reading {
    Reading { value, unit, rests_on: None, evidence: vec![Evidence::Absence { absence: statement }] }
}

/// The mean tone of some lines, absent for none.
pub(super) fn mean_balance<'v, 'a: 'v>(lines: impl IntoIterator<Item = &'v Line<'a>>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0);
    for line in lines {
        sum += line.balance();
        n += 1;
    }
    (n > 0).then(|| sum / f64::from(n))
}
