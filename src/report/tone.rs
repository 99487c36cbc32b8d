//! Tone over the life of a deal: one point a conversation and side, for every chart that draws it.
//!
//! A point is the mean of [`Sentiment::balance`](crate::utterance::Sentiment::balance) over that side's utterances. A side
//! that said nothing has no point, nor has any where the model reads no tone: absent is not neutral.

use crate::{
    conversation::{Side, Timestamp},
    deal::Deal,
    measure::language::is_unread,
    utterance::{Scored, Tone},
};

/// What one side's words of one conversation sound like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Mood {
    /// Utterances of this side.
    pub said: usize,
    /// Those of them that are negative.
    pub negative: usize,
    /// Those of them that are positive.
    pub positive: usize,
    /// Mean tone, -1 to 1; absent where nothing was said, a machine said it or it was said among our own people, or the model
    /// reads no tone.
    pub mean: Option<f64>,
}

/// The tone of one conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<'a> {
    /// The conversation.
    pub scored: &'a Scored,
    /// The buyer's side.
    pub buyer: Mood,
    /// Our side.
    pub seller: Mood,
}

/// One point a conversation, in the order in which they happened.
pub(super) fn points(deal: &Deal) -> Vec<Point<'_>> {
    let of = |scored| Point { scored, buyer: mood(scored, Side::Buyer), seller: mood(scored, Side::Seller) };
    deal.by_time().into_iter().map(of).collect()
}

/// The buyer's tone, one number a conversation in which the buyer spoke, up to the moment of judgement.
pub(super) fn buyer_line(deal: &Deal, as_of: Option<Timestamp>) -> Vec<f64> {
    let later = |p: &Point| p.scored.conversation.started_at.zip(as_of).is_some_and(|(at, as_of)| at > as_of);
    points(deal).iter().filter(|p| !later(p)).filter_map(|p| p.buyer.mean).collect()
}

fn mood(scored: &Scored, side: Side) -> Mood {
    let turns = &scored.conversation.turns;
    let mut mood = Mood::default();
    let mut sum = 0.0;
    let read = !scored.provenance.unread.sentiment && !is_unread(scored);
    for u in scored.utterances.iter().filter(|u| turns.get(u.turn).is_some_and(|t| t.side == side)) {
        mood.said += 1;
        mood.negative += usize::from(read && u.sentiment.label == Tone::Negative);
        mood.positive += usize::from(read && u.sentiment.label == Tone::Positive);
        sum += u.sentiment.balance();
    }
    // What nothing is measured of says nothing of the deal's tone either: read receipts, mails among our own people.
    let counts = !scored.conversation.is_automatic() && !scored.conversation.is_internal();
    mood.mean = (read && counts && mood.said > 0).then(|| sum / mood.said as f64);
    mood
}
