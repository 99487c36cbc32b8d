//! Which of some belong together where pairs of them do: the sets of a union-find, the same in whatever order pairs are told.

/// Sets of the numbers below a count; at first each is alone.
pub(super) struct Sets(Vec<usize>);

impl Sets {
    /// Those of so many numbers.
    pub(super) fn of(count: usize) -> Sets {
        Sets((0..count).collect())
    }

    /// The lowest number of the set in which `one` is.
    pub(super) fn first(&mut self, one: usize) -> usize {
        let mut at = one;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Puts both into one set.
    pub(super) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }
}
