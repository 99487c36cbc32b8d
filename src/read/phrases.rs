//! Many phrases looked for at once: a text is gone over a single time, however long the table. Looking for each phrase by
//! itself would be most of the cost of reading a mail.

/// Phrases by their first three bytes, each with what it stands for.
pub(super) struct Phrases<T> {
    /// Ordered by [`slot`].
    phrases: Vec<(&'static [u8], T)>,
    /// Where the phrases of each slot begin, and behind the last slot where they end.
    begins: [u16; SLOTS + 1],
}

/// How many slots the phrases are spread over by their first bytes; several times as many as a table has phrases, so that
/// nearly every place in a text meets none.
const SLOTS: usize = 2048;

/// The slot of what begins with these bytes.
fn slot(start: [u8; 3]) -> usize {
    let [first, second, third] = start.map(usize::from);
    (first * 67 + second * 5 + third * 331) % SLOTS
}

impl<T: Copy> Phrases<T> {
    /// Phrases of at least three bytes, as they stand in lower case.
    pub(super) fn of(phrases: impl IntoIterator<Item = (&'static str, T)>) -> Phrases<T> {
        let place = |phrase: &[u8]| slot([phrase[0], phrase[1], phrase[2]]);
        let mut phrases: Vec<_> = phrases.into_iter().map(|(phrase, what)| (phrase.as_bytes(), what)).collect();
        phrases.sort_by_key(|(phrase, _)| place(phrase));
        let mut begins = [0; SLOTS + 1];
        for (phrase, _) in &phrases {
            begins[place(phrase) + 1] += 1;
        }
        for n in 0..SLOTS {
            begins[n + 1] += begins[n];
        }
        Phrases { phrases, begins }
    }

    /// What the phrases stand for that begin `text`.
    pub(super) fn beginning(&self, text: &[u8]) -> impl Iterator<Item = T> {
        let found = match text {
            [first, second, third, ..] => {
                let slot = slot([*first, *second, *third]);
                &self.phrases[usize::from(self.begins[slot])..usize::from(self.begins[slot + 1])]
            }
            _ => &[],
        };
        found.iter().filter(|(phrase, _)| text.starts_with(phrase)).map(|(_, what)| *what)
    }

    /// What the phrases stand for that stand anywhere in `text`, and where each does.
    pub(super) fn within(&self, text: &str) -> impl Iterator<Item = (usize, T)> {
        let bytes = text.as_bytes();
        (0..bytes.len()).flat_map(move |at| self.beginning(&bytes[at..]).map(move |what| (at, what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_found_where_it_stands_and_nowhere_else() {
        let phrases = Phrases::of([("unsub", 1), ("unsubscribe", 2), ("à propos", 3), ("in:", 4)]);
        let found = |text: &str| phrases.within(text).collect::<Vec<_>>();
        assert_eq!(found("in: unsubscribe"), [(0, 4), (4, 1), (4, 2)]);
        assert_eq!(found("uns à propo, à propos"), [(14, 3)]);
        assert_eq!(found("in"), []);
        assert_eq!(phrases.beginning(b"unsubs").collect::<Vec<_>>(), [1]);
    }
}
