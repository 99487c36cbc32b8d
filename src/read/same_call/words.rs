//! What words are held against each other by: hashes, which travel in place of the words where parts of a deal are merged. So
//! they are the same on every machine and of every build, unlike those of the standard library.

use crate::conversation::{Conversation, Turn};

/// How many of the lowest hashes of threes are kept. Of calls with fewer different threes (some five hundred words) the share that
/// they have in common is exact, of longer ones an estimate with a deviation of two hundredths: 6 kB a call instead of 100.
const LOWEST: usize = 512;

/// How many tenths of their threes of neighbouring words two formats of one call have in common: half, where services hear every
/// fifth word differently. Single words do not tell, for long calls have four fifths of those in common by chance (16,000 words of
/// other meetings: 0.81 of the words, 0.36 of the pairs, 0.09 of the threes).
const ALIKE: usize = 5;

/// A hash of all words of a conversation in order, and how many they are.
pub(in crate::read) fn all_words(conversation: &Conversation) -> (u64, usize) {
    let mut hash = Fnv::default();
    let mut count = 0;
    for word in conversation.turns.iter().flat_map(words) {
        hash.add(word.as_bytes());
        count += 1;
    }
    (hash.finish(), count)
}

/// The words of a turn, in lower case, without marks.
fn words(turn: &Turn) -> impl Iterator<Item = String> {
    turn.text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|w| !w.is_empty()).map(|word| {
        let word = word.trim_matches(['\'', '’']);
        word.to_lowercase()
    })
}

/// A hash of the times at which turns begin.
pub(super) fn all_times(turns: &[Turn]) -> u64 {
    let mut hash = Fnv::default();
    turns.iter().for_each(|turn| hash.add(turn.start_ms.map_or_else(String::new, |at| at.to_string()).as_bytes()));
    hash.finish()
}

/// A hash of who says what in a turn.
pub(super) fn message(turn: &Turn) -> u32 {
    let mut hash = Fnv::default();
    hash.add(turn.speaker.as_bytes());
    hash.add(turn.text.as_bytes());
    upper_half(hash.finish())
}

/// What is kept of the threes of neighbouring words of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Threes {
    /// How many different ones there are.
    pub(super) count: usize,
    /// The lowest of their hashes, in order.
    pub(super) lowest: Vec<u32>,
}

impl Threes {
    /// Of what is said in `turns`.
    pub(super) fn of(turns: &[Turn]) -> Threes {
        let each: Vec<u64> = turns.iter().flat_map(words).map(|word| Fnv::of(word.as_bytes())).collect();
        let three = |three: &[u64]| {
            let mut hash = Fnv::default();
            three.iter().for_each(|word| hash.add(&word.to_le_bytes()));
            upper_half(hash.finish())
        };
        let mut lowest: Vec<u32> = each.windows(3).map(three).collect();
        lowest.sort_unstable();
        lowest.dedup();
        let count = lowest.len();
        lowest.truncate(LOWEST);
        Threes { count, lowest }
    }

    /// Whether both have enough of the larger one's threes in common: of the lowest hashes of both together, the share that both
    /// have is that of all their threes.
    pub(super) fn are_alike(&self, other: &Threes) -> bool {
        let (a, b) = (&self.lowest, &other.lowest);
        let (mut at, mut beside, mut taken, mut common) = (0, 0, 0, 0);
        while taken < LOWEST {
            let (x, y) = (a.get(at), b.get(beside));
            let Some(lower) = x.into_iter().chain(y).min() else { break };
            common += usize::from(x == y);
            (at, beside) = (at + usize::from(x == Some(lower)), beside + usize::from(y == Some(lower)));
            taken += 1;
        }
        // With j = common / taken of all that both have, they have j (a + b) / (1 + j) in common.
        common * (self.count + other.count) * 10 >= self.count.max(other.count) * ALIKE * (taken + common)
    }
}

/// The half of a hash that depends on all of what was hashed.
fn upper_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// FNV-1a of 64 bits. Nothing is gained by whoever makes two texts of one hash: their own words would count once.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn of(bytes: &[u8]) -> u64 {
        let mut hash = Fnv::default();
        hash.add(bytes);
        hash.finish()
    }

    /// Adds a piece; "ab", "c" is another than "a", "bc".
    fn add(&mut self, piece: &[u8]) {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        for byte in piece.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// Its bits mixed: FNV leaves those of the last bytes low.
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: impl Iterator<Item = usize>) -> Vec<Turn> {
        let text = words.map(|n| format!("w{n} ")).collect();
        vec![Turn { text, ..Turn::default() }]
    }

    /// Every hash stands in files: another one on another machine, or of the next build, would count what is the same twice.
    #[test]
    fn hashes_are_the_same_everywhere() {
        let turns = [Turn {
            speaker: "Ann".into(),
            text: "Too dear for us, Bob.".into(),
            start_ms: Some(7),
            ..Turn::default()
        }];
        let threes = Threes::of(&turns);
        assert_eq!((threes.count, &threes.lowest[..]), (3, &[480_749_552, 660_765_193, 1_809_283_606][..]));
        assert_eq!((all_times(&turns), message(&turns[0])), (10_894_603_048_225_678_243, 1_038_359_985));
    }

    #[test]
    fn the_share_of_long_calls_is_estimated_and_that_of_short_ones_exact() {
        // The first is heard whole, the other with every nth word otherwise: of n threes n - 3 stay.
        let heard = |words: usize, nth: usize| said((0..words).map(|n| if n % nth == 0 { words + n } else { n }));
        for (words, nth, alike) in [
            (60, 7, true),
            (60, 5, false),
            (400, 7, true),
            (400, 5, false),
            (5_000, 7, true),
            (5_000, 5, false),
            (20_000, 7, true),
            (20_000, 5, false),
        ] {
            let (whole, other) = (Threes::of(&said(0..words)), Threes::of(&heard(words, nth)));
            assert_eq!(whole.are_alike(&other), alike, "{words} words, every {nth}th otherwise");
            assert_eq!(other.are_alike(&whole), alike);
            assert!(whole.are_alike(&whole) && whole.lowest.len() <= LOWEST);
        }
        // Half of the words and then others, and the end cut off.
        for (words, kept, alike) in [(300, 200, true), (300, 140, false), (4_000, 2_400, true), (4_000, 1_600, false)] {
            let (whole, cut) = (Threes::of(&said(0..words)), Threes::of(&said(0..kept)));
            assert_eq!(whole.are_alike(&cut), alike, "{kept} of {words} words");
        }
    }
}
