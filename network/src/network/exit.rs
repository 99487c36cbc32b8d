//! Early exits: heads that answer rows after some layers, so that only the others go on.

use super::{
    Place, Session, WIDTH,
    float::{exp, gelu},
    lanes::{Scale, put_pair},
    linear, panel,
    product::{Weights, product},
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
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn leave(&mut self, exit: &Exit, places: &mut Vec<Place>, answers: &mut [Vec<f32>]) {
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
            exit.into.bytes(&views, bytes);
        }
        let mut hidden = vec![0.0; places.len() * EXIT_HIDDEN];
        product(&bytes, &exit.up, |place, values| {
            put_pair(values.map(|x| gelu(x)), panel(&mut hidden, EXIT_HIDDEN, place));
        });
        let mut end = 0;
        let mut hidden = hidden.chunks_exact(EXIT_HIDDEN);
        let x = &mut self.x;
        places.retain_mut(|place| {
            let logits = linear(hidden.next().expect("a row for each place"), &exit.out, &exit.out_bias);
            if exit.is_sure(&logits) {
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

impl Exit {
    /// Whether these logits are final: the sentiment is likely enough, and no intent is in doubt.
    #[target_feature(enable = "avx2,fma")]
    fn is_sure(&self, logits: &[f32]) -> bool {
        let (tone, intents) = logits.split_at(SENTIMENTS);
        let highest = tone.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for x in tone {
            sum += exp(x - highest);
        }
        let surest = 1.0 / sum;
        surest >= self.sure && intents.iter().all(|x| (x - self.middle).abs() >= self.half)
    }
}
