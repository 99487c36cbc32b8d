//! Early exits: heads that answer rows after some layers, so that only the others go on.

use super::{
    Place, Session, WIDTH,
    float::{exp, gelu},
    lanes::{Floats, Scale},
    linear, panel,
    processor::Processor,
    product::{self, Finish, Weights},
};

/// What a head reads of a row: mean and maximum of its tokens.
pub const VIEWS: usize = 2 * WIDTH;
/// Numbers between the two products of a head.
pub const EXIT_HIDDEN: usize = 256;
/// The first labels are those of the sentiment, the others intents.
pub const SENTIMENTS: usize = 3;

/// A head that answers the rows it is sure of after some layers.
pub struct Exit {
    /// What each view is multiplied by: one over its spread.
    pub by: Vec<f32>,
    /// What is taken from each view after that: its mean over its spread.
    pub centre: Vec<f32>,
    /// How the views become the bytes of the first product.
    pub into: Scale,
    /// The first product, to [`EXIT_HIDDEN`] numbers.
    pub up: Weights,
    /// The second, to the logits: a row of [`EXIT_HIDDEN`] for each label.
    pub out: Vec<f32>,
    /// Added to each logit.
    pub out_bias: Vec<f32>,
    /// Probability of the likeliest tone from which on a row may leave, 0 to 1.
    pub sure: f32,
    /// The middle of the logits between which an intent is in doubt.
    pub middle: f32,
    /// How far from the middle a logit of an intent must be, so that it is not in doubt.
    pub half: f32,
}

impl Session {
    /// Answers the rows that a head is sure of, and takes them out of `places` and of the tokens.
    #[inline(always)]
    pub(super) fn leave<P: Processor>(&mut self, p: P, exit: &Exit, places: &mut Vec<Place>, answers: &mut [Vec<f32>]) {
        let mut bytes = vec![0; places.len() * VIEWS];
        for (place, bytes) in places.iter().zip(bytes.chunks_exact_mut(VIEWS)) {
            let mut views = [0.0; VIEWS];
            let (mean, highest) = views.split_at_mut(WIDTH);
            mean.copy_from_slice(&self.mean(place));
            highest.fill(f32::NEG_INFINITY);
            for token in self.utterance(place) {
                for (highest, x) in highest.iter_mut().zip(token) {
                    *highest = if *x > *highest { *x } else { *highest };
                }
            }
            for ((view, by), centre) in views.iter_mut().zip(&exit.by).zip(&exit.centre) {
                *view = *view * by - centre;
            }
            exit.into.bytes(p, &views, bytes);
        }
        let mut hidden = vec![0.0; places.len() * EXIT_HIDDEN];
        p.product(&bytes, &exit.up, &mut Activate(&mut hidden));
        // Not within the closure below: it would not be compiled for the processor.
        let mut logits = Vec::with_capacity(places.len());
        for hidden in hidden.chunks_exact(EXIT_HIDDEN) {
            let row = linear(p, hidden, &exit.out, &exit.out_bias);
            logits.push((exit.is_sure(p, &row), row));
        }
        let (mut logits, mut end) = (logits.into_iter(), 0);
        let x = &mut self.x;
        places.retain_mut(|place| {
            let (is_sure, logits) = logits.next().expect("a row for each place");
            if is_sure {
                answers[place.row] = logits;
                return false;
            }
            x.copy_within(place.first * WIDTH..(place.first + place.tokens) * WIDTH, end * WIDTH);
            place.first = end;
            end += place.tokens;
            true
        });
        x.truncate(end * WIDTH);
    }
}

/// Writes the activation of each value.
struct Activate<'a>(&'a mut [f32]);

impl<P: Processor> Finish<P> for Activate<'_> {
    #[inline(always)]
    fn finish(&mut self, p: P, place: product::Place, values: P::Floats) {
        gelu(p, values).put(panel(self.0, EXIT_HIDDEN, place));
    }
}

impl Exit {
    /// Whether these logits are final: the sentiment is likely enough, and no intent is in doubt.
    #[inline(always)]
    fn is_sure<P: Processor>(&self, p: P, logits: &[f32]) -> bool {
        let (tone, intents) = logits.split_at(SENTIMENTS);
        let highest = tone.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for x in tone {
            sum += exp(p, x - highest);
        }
        let surest = 1.0 / sum;
        surest >= self.sure && intents.iter().all(|x| (x - self.middle).abs() >= self.half)
    }
}
