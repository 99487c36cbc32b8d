//! What counts as acknowledging: not every line that the model reads as empathy does.
//!
//! "I totally hear you, Ann" can be said to anything, by somebody who has not listened, and what follows is the argument that
//! would have come without it. So a line that holds nothing but such words acknowledges nothing, as "thanks, talk soon" is no
//! thanks.

use super::{
    phrases::{contains_any, is_one_of, words},
    view::Line,
};
use crate::utterance::Intent;

/// Whether it acknowledges a concern or feeling of the other side.
pub(super) fn acknowledges(line: &Line) -> bool {
    line.is(Intent::Empathy) && !is_formula(line, &line.plain)
}

/// Whether it says that it hears and understands only to go on with its own: "I hear you. So costs went up for everybody."
/// What goes on about the other's side of it ("you had", "I'd be") does not pass over it.
pub(super) fn passes_over(line: &Line) -> bool {
    const HEARD: &str = "understand|understood|hear you|hear that|hear it|appreciate|get it|get that|fair|valid|concern|\
        frustration|frustrating|your point";
    const FELT: &str = "sorry|apologies|apologise|apologize|i'd|i would|must|hard|rough|awful|tough|deserve|deserved|real|\
        should have|should've|shouldn't|wrong|blame|right to|you're right|embarrassing|annoying|nobody|a lot|lot to|not nice|\
        ashamed|hurt|painful|stings|frustrating|terrible|horrible|shame|happened|your|you've|you had|you were";
    let plain = line.plain.replace(" but ", ". ").replace(", so ", ". ");
    let Some((first, rest)) = plain.split_once(['.', '!', '?', ';']) else { return false };
    let goes_on = rest.contains(char::is_alphanumeric);
    goes_on && contains_any(first, HEARD) && is_formula(line, first) && !contains_any(rest, FELT)
}

/// Whether `said`, of that line, only say that somebody hears and understands, whatever was said.
fn is_formula(line: &Line, said: &str) -> bool {
    const STOCK: &str = "understand|understood|hear|know|get|mean|saying|coming|appreciate|feel|feeling|feels|see|got|fair|\
        great|why|concern|concerns|frustration|frustrations|frustrated|frustrating|question|honesty|feedback|input|patience|\
        point|position|perspective|sense|make|makes|course|sure|okay|yes|valid|must|thank|thanks|value|totally|completely|\
        fully|absolutely|perfectly|really|quite";
    const LIGHT: &str = "and|but|for|the|all|too|how|what|where|that|this|with|from|about|you|your|you're|i'm|i've|we're|are|\
        can|any|have|has|was|were|been|they|they're|their|them|he's|she|she's|her|his|it's|that's|there|one|our|well|now|\
        then|when|who";
    let names: Vec<String> = line.conversation.participants.iter().map(|p| p.name.to_lowercase()).collect();
    let is_name = |word: &str| names.iter().any(|name| name.split_whitespace().any(|part| part == word));
    let words = words(said).map(|word| word.trim_end_matches("'s"));
    let mut told =
        words.filter(|word| word.chars().count() > 2 && !is_one_of(word, LIGHT) && !is_name(word)).peekable();
    told.peek().is_some() && told.all(|word| is_one_of(word, STOCK))
}

/// Whether it is sorry for what happens to every call and message, by its words, and speaks of nothing that was felt.
pub(super) fn is_about_the_call(line: &Line) -> bool {
    const SORRY: &str = "sorry|apologies|apologise|apologize|excuse|forgive|pardon";
    const HAPPENS: &str = "i'm late|we're late|being late|running late|bit late|late reply|slow reply|replying late|\
        keep you waiting|keeping you waiting|background noise|the echo|my connection|bad connection|bad line|my mic|\
        my microphone|my camera|my screen|on mute|was muted|missed your call|breaking up|wrong link|wrong file|\
        wrong attachment";
    const FELT: &str = "understand|understandable|see how|see why|see that|frustrating|annoying|upset|must be|must have|i'd be|\
        should have|shouldn't have|should've|you're right|you are right|fair|hurt|cost|deserve|deserved|to hear|i know";
    line.says(SORRY) && line.says(HAPPENS) && !line.says(FELT)
}
