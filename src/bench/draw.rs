//! Which texts and rows a measurement takes: drawn by chance over the whole of the texts, other ones on every call, and the
//! same ones in every run.
//!
//! A model that leaves early by what the words say costs another time for every row, so a figure from a few rows would be
//! about these few. Two runs draw alike, so that they can be held against each other.

use crate::score::{Encoded, Row};

/// Chance that is the same in every run: xorshift64 (Marsaglia 2003).
pub struct Chance(u64);

impl Default for Chance {
    fn default() -> Chance {
        Chance(0x2545_f491_4f6c_dd1d)
    }
}

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

/// The numbers below `n`, endlessly: all of them in an order of chance, then all of them in another one. So even a short
/// stretch is of many texts, and long ones are of the same texts.
pub struct Shuffled {
    order: Vec<usize>,
    at: usize,
    chance: Chance,
}

impl Shuffled {
    /// Of the numbers below `n`, which must not be 0.
    pub fn new(n: usize) -> Shuffled {
        Shuffled { order: (0..n).collect(), at: n, chance: Chance::default() }
    }

    /// The next `n`.
    pub fn draw(&mut self, n: usize) -> Vec<usize> {
        (0..n).map(|_| self.one()).collect()
    }

    fn one(&mut self) -> usize {
        if self.at == self.order.len() {
            // Fisher and Yates, from the end.
            for last in (1..self.order.len()).rev() {
                self.order.swap(last, self.chance.below(last + 1));
            }
            self.at = 0;
        }
        self.at += 1;
        self.order[self.at - 1]
    }
}

/// Rows of any length, made of real ones: each begins where a text begins, goes on with the texts behind it where that is
/// too short, and is cut where it is too long. It has the first and last token of a real row, which in most models are
/// special ones that the model reads its answer from.
pub struct Rows {
    first: i64,
    last: i64,
    /// What stands between the first and the last token, of all rows.
    words: Vec<i64>,
    /// Where in `words` each text begins, in an order of chance.
    begins: Vec<usize>,
    order: Shuffled,
}

impl Rows {
    /// Of these texts; none where they have no tokens.
    pub fn of(encoded: &[Encoded]) -> Option<Rows> {
        let (mut words, mut begins) = (Vec::new(), Vec::new());
        let rows = || encoded.iter().flat_map(|text| &text.0).filter(|row| row.ids.len() > 2);
        for row in rows() {
            begins.push(words.len());
            words.extend(&row.ids[1..row.ids.len() - 1]);
        }
        let real = &rows().next()?.ids;
        Some(Rows { first: real[0], last: real[real.len() - 1], words, order: Shuffled::new(begins.len()), begins })
    }

    /// The next rows, each of `tokens` tokens, which must be at least 2.
    pub fn draw(&mut self, rows: usize, tokens: usize) -> Vec<Row> {
        let row = |text: usize| {
            let words = self.words.iter().cycle().skip(self.begins[text]).take(tokens - 2).copied();
            let ids: Vec<i64> = std::iter::once(self.first).chain(words).chain([self.last]).collect();
            Row { segments: vec![0; ids.len()], ids }
        };
        self.order.draw(rows).into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ids: &[i64]) -> Encoded {
        Encoded(vec![Row { ids: ids.to_vec(), segments: vec![0; ids.len()] }])
    }

    #[test]
    fn every_text_is_drawn_once_before_any_is_drawn_again() {
        let mut order = Shuffled::new(100);
        let (mut first, mut second) = (order.draw(100), order.draw(100));
        assert_ne!(first, second);
        assert_ne!(first, (0..100).collect::<Vec<_>>());
        assert_eq!(first, Shuffled::new(100).draw(100), "every run draws alike");
        first.sort_unstable();
        second.sort_unstable();
        assert_eq!(first, (0..100).collect::<Vec<_>>());
        assert_eq!(second, first);
        assert_eq!(Shuffled::new(1).draw(3), [0, 0, 0]);
    }

    #[test]
    fn rows_begin_with_a_text_and_have_the_ends_of_a_real_row() {
        let texts = [text(&[101, 1, 2, 3, 102]), text(&[101, 102]), text(&[101, 4, 5, 102])];
        let mut rows = Rows::of(&texts).unwrap();
        let mut drawn: Vec<Vec<i64>> = rows.draw(2, 6).into_iter().map(|row| row.ids).collect();
        drawn.sort();
        assert_eq!(drawn, [[101, 1, 2, 3, 4, 102], [101, 4, 5, 1, 2, 102]]);
        assert!(Rows::of(&[text(&[101, 102])]).is_none());
    }
}
