//! The clock of one interaction, made once: a dozen measures ask for it, and who held the floor of a long call is dear to
//! find.

use std::{cell::OnceCell, collections::BTreeMap};

use super::{
    timed_stretch::{TimedStretch, longest_stretch, longest_stretches},
    timing::{AMAZON, OWN, Quiet, Timing, quiet, talk_times, timing_of},
};
use crate::{
    conversation::{Conversation, Side},
    floor::{self, Floor},
};

/// What the times of an interaction say, each made when it is first asked for.
pub(super) struct Clock<'a> {
    conversation: &'a Conversation,
    floor: OnceCell<Option<Floor>>,
    own: OnceCell<Option<Timing>>,
    amazon: OnceCell<Option<Timing>>,
    quiet: OnceCell<Option<Quiet>>,
}

impl<'a> Clock<'a> {
    /// That of `conversation`.
    pub fn new(conversation: &'a Conversation) -> Clock<'a> {
        let (own, amazon) = (OnceCell::new(), OnceCell::new());
        Clock { conversation, floor: OnceCell::new(), own, amazon, quiet: OnceCell::new() }
    }

    /// Who held the floor of its recording, where there is one.
    pub fn floor(&self) -> Option<&Floor> {
        self.floor.get_or_init(|| floor::floor(self.conversation)).as_ref()
    }

    /// Its timing, with interruptions as dealtone counts them.
    pub fn own(&self) -> Option<&Timing> {
        self.own.get_or_init(|| timing_of(self.conversation, self.floor(), &OWN)).as_ref()
    }

    /// Its timing, with interruptions as Amazon's call analytics counts them.
    pub fn amazon(&self) -> Option<&Timing> {
        self.amazon.get_or_init(|| timing_of(self.conversation, self.floor(), &AMAZON)).as_ref()
    }

    /// How long it is and how long nobody speaks.
    pub fn quiet(&self) -> Option<&Quiet> {
        self.quiet.get_or_init(|| quiet(self.conversation, &OWN)).as_ref()
    }

    /// The longest stretch of one speaker of `side`; absent without a timing.
    pub fn longest_stretch(&self, side: Side) -> Option<TimedStretch> {
        longest_stretch(self.conversation, self.floor(), self.own()?.floor_from, side)
    }

    /// How long the longest stretch of each speaker is, in milliseconds; nobody's without a timing.
    pub fn longest_stretches(&self) -> BTreeMap<&'a str, u64> {
        let stretches = |own: &Timing| longest_stretches(self.conversation, self.floor(), own.floor_from);
        self.own().map(stretches).unwrap_or_default()
    }

    /// How long each speaker talks, in milliseconds; nobody without a timing.
    pub fn talk_times(&self) -> BTreeMap<&'a str, u64> {
        self.own().map(|own| talk_times(self.conversation, self.floor(), own.talk_from)).unwrap_or_default()
    }
}
