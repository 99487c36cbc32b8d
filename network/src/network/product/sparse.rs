//! Sums of products with weights of which many are 0, where the processor has AVX512-VNNI and VBMI: a permutation brings the bytes
//! that the others stand for beside each other, and only those are multiplied.
//!
//! Weights are taken by tiles: the 32 outputs of two panels, 64 inputs. The bytes of 64 inputs just fill a register, and one
//! instruction takes any of them to any place; so an output may have its weights wherever training left them. A step is four
//! inputs of every output, each output its own four. A step of a permutation and a product takes one and a half times as long as
//! one of a plain product (Zen 5, 384 inputs and outputs), and there are sixteen of the latter in a tile: so it pays where the
//! output of a tile that has the most weights has at most half as many as inputs; a little more would hardly pay.
//!
//! The sums are the same as with the zeros: whole numbers, which are exact in any order.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_permutexvar_epi8, _mm512_setzero_si512,
};

use super::{
    FOUR, PANEL, Sums,
    vnni::{ROWS_512, add_step, put_512},
};

/// Panels of a tile.
pub const PANELS: usize = 2;
/// Inputs of a tile: bytes of a register.
pub const WINDOW: usize = 64;
/// Outputs of a tile.
const OUTPUTS: usize = PANELS * PANEL;
/// The most steps of a tile that is taken by permutations.
const MOST: usize = 8;
/// Steps of a tile that is taken as it is.
const ALL: usize = WINDOW / FOUR;

/// What a register is loaded from: four weights of each output of a panel, or where in the window their bytes stand.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u8; FOUR * PANEL]);

/// The weights of a linear layer, packed by tile.
pub struct Sparse {
    /// Windows of a row.
    windows: usize,
    /// Steps of each tile: those of the first two panels by window, then of the next; [`ALL`], or [`MOST`] at most.
    steps: Vec<u8>,
    /// Where the lines of each two panels start.
    starts: Vec<usize>,
    /// Step by step: a line of weights for each panel, and one of places for each unless it is one of [`ALL`].
    lines: Vec<Line>,
}

/// What two panels are computed with.
#[derive(Clone, Copy)]
pub struct Tiles<'a> {
    steps: &'a [u8],
    lines: &'a [Line],
}

impl Sparse {
    /// Packs weights that lie as `[inputs, outputs]`; `None` where that would save nothing.
    pub fn new(values: &[i8], inputs: usize, outputs: usize) -> Option<Sparse> {
        if !inputs.is_multiple_of(WINDOW) || !outputs.is_multiple_of(OUTPUTS) {
            return None;
        }
        let windows = inputs / WINDOW;
        let (mut steps, mut starts, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for first in (0..outputs).step_by(OUTPUTS) {
            starts.push(lines.len());
            for window in 0..windows {
                let rows: [&[i8; OUTPUTS]; WINDOW] = std::array::from_fn(|input| {
                    let from = (window * WINDOW + input) * outputs + first;
                    values[from..].first_chunk().expect("two panels lie within a row")
                });
                let mut counts = [0_u8; OUTPUTS];
                for row in rows {
                    for (count, weight) in counts.iter_mut().zip(row) {
                        *count += u8::from(*weight != 0);
                    }
                }
                let most = usize::from(counts.into_iter().max().unwrap_or(0)).div_ceil(FOUR);
                let all = most > MOST;
                let count = if all { ALL } else { most };
                // Of each output, the inputs that it has a weight for; of a whole tile they are not asked for.
                let mut kept = [[0; MOST * FOUR + 1]; OUTPUTS];
                let mut found = [0; OUTPUTS];
                for (input, row) in rows.iter().enumerate().take(if all { 0 } else { WINDOW }) {
                    for ((kept, found), weight) in kept.iter_mut().zip(&mut found).zip(*row) {
                        // What is no weight is written over by the next.
                        kept[*found] = input;
                        *found += usize::from(*weight != 0);
                    }
                }
                steps.push(count as u8);
                for step in 0..count {
                    let (mut weights, mut places) = ([Line([0; _]); PANELS], [Line([0; _]); PANELS]);
                    for output in 0..OUTPUTS {
                        let at = output % PANEL * FOUR;
                        for n in 0..FOUR {
                            let nth = step * FOUR + n;
                            // Where an output has fewer, a weight of 0 stands in.
                            let place = if all { nth } else { kept[output][nth] };
                            if all || nth < usize::from(counts[output]) {
                                weights[output / PANEL].0[at + n] = rows[place][output].cast_unsigned();
                                places[output / PANEL].0[at + n] = place as u8;
                            }
                        }
                    }
                    lines.extend(weights);
                    if !all {
                        lines.extend(places);
                    }
                }
            }
        }
        let saves = steps.iter().any(|steps| usize::from(*steps) < ALL);
        saves.then_some(Sparse { windows, steps, starts, lines })
    }

    /// What the two panels from this one on are computed with.
    pub fn tiles(&self, panel: usize) -> Tiles<'_> {
        let pair = panel / PANELS;
        Tiles { steps: &self.steps[pair * self.windows..][..self.windows], lines: &self.lines[self.starts[pair]..] }
    }

    /// How many products a row takes.
    pub fn taken(&self) -> usize {
        self.steps.iter().map(|steps| usize::from(*steps) * FOUR * OUTPUTS).sum()
    }
}

/// The sums of up to eight rows with two panels.
#[target_feature(enable = "avx512f,avx512vnni,avx512vbmi")]
pub fn sums(rows: &[u8], tiles: Tiles, sums: &mut Sums<ROWS_512, PANELS>) {
    match rows.len() / (tiles.steps.len() * WINDOW) {
        1 => of_rows::<1>(rows, tiles, sums),
        2 => of_rows::<2>(rows, tiles, sums),
        3 => of_rows::<3>(rows, tiles, sums),
        4 => of_rows::<4>(rows, tiles, sums),
        5 => of_rows::<5>(rows, tiles, sums),
        6 => of_rows::<6>(rows, tiles, sums),
        7 => of_rows::<7>(rows, tiles, sums),
        _ => of_rows::<ROWS_512>(rows, tiles, sums),
    }
}

/// The sums of `R` rows.
#[target_feature(enable = "avx512f,avx512vnni,avx512vbmi")]
#[inline]
#[allow(unsafe_code)]
fn of_rows<const R: usize>(rows: &[u8], Tiles { steps, mut lines }: Tiles, to: &mut Sums<ROWS_512, PANELS>) {
    let inputs = steps.len() * WINDOW;
    assert!(rows.len() == R * inputs);
    let mut sums = [[_mm512_setzero_si512(); PANELS]; R];
    for (window, steps) in steps.iter().map(|steps| usize::from(*steps)).enumerate() {
        // SAFETY: the length asserted above holds the windows of each row.
        let from = unsafe { rows.as_ptr().add(window * WINDOW) };
        let here;
        if steps == ALL {
            (here, lines) = lines.split_at(ALL * PANELS);
            for (at, weights) in here.as_chunks::<PANELS>().0.iter().enumerate() {
                let weights = weights.each_ref().map(|line| load(line));
                // SAFETY: as above.
                unsafe { add_step(&mut sums, from.add(at * FOUR), inputs, weights) };
            }
        } else {
            (here, lines) = lines.split_at(steps * 2 * PANELS);
            // SAFETY: as above.
            let windows: [__m512i; R] =
                std::array::from_fn(|row| unsafe { _mm512_loadu_si512(from.add(row * inputs).cast()) });
            for step in here.as_chunks::<{ 2 * PANELS }>().0 {
                let [one, other, one_from, other_from] = step.each_ref().map(|line| load(line));
                for (window, sums) in windows.iter().zip(&mut sums) {
                    for (sum, (weights, places)) in sums.iter_mut().zip([(one, one_from), (other, other_from)]) {
                        *sum = _mm512_dpbusd_epi32(*sum, _mm512_permutexvar_epi8(places, *window), weights);
                    }
                }
            }
        }
    }
    put_512(&sums, to);
}

/// A line in a register.
#[target_feature(enable = "avx512f")]
#[inline]
#[allow(unsafe_code)]
fn load(Line(line): &Line) -> __m512i {
    // SAFETY: a register's bytes lie there.
    unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights `[inputs, outputs]` of which every output has as many in each window as `count` says of the window and the output.
    fn weights(inputs: usize, outputs: usize, count: impl Fn(usize, usize) -> usize) -> Vec<i8> {
        let mut values = vec![0; inputs * outputs];
        for (window, output) in (0..inputs / WINDOW).flat_map(|window| (0..outputs).map(move |n| (window, n))) {
            for n in 0..count(window, output) {
                // 37 and 64 have no factor in common, so the places are all different.
                let place = (n * 37 + output * 5 + window) % WINDOW;
                values[(window * WINDOW + place) * outputs + output] = (n % 15) as i8 - 7 + i8::from(n % 15 >= 7);
            }
        }
        values
    }

    #[test]
    fn a_tile_takes_as_many_steps_as_its_fullest_output_needs() {
        for (most, steps) in [(0, 0), (1, 1), (4, 1), (5, 2), (31, 8), (32, 8), (33, ALL), (64, ALL)] {
            // One tile of four is as full as that, by one output; another is whole.
            let values = weights(128, 64, |window, output| match (window, output) {
                (0, 40) => most,
                (0, 0..32) => 64,
                _ => 0,
            });
            match Sparse::new(&values, 128, 64) {
                Some(sparse) => {
                    assert_eq!(sparse.steps, [ALL as u8, 0, steps as u8, 0], "{most} weights");
                    assert_eq!(sparse.taken(), (ALL + steps) * FOUR * OUTPUTS, "{most} weights");
                }
                None => panic!("{most} weights: tiles without any are to be left out"),
            }
        }
        assert!(Sparse::new(&weights(64, 32, |_, _| 64), 64, 32).is_none(), "nothing to be left out");
        assert!(Sparse::new(&weights(64, 48, |_, _| 1), 64, 48).is_none(), "a panel without another");
        assert!(Sparse::new(&[0; 16 * 32], 16, 32).is_none(), "no window");
    }

    /// Packing is the same on every processor: what is packed gives the weights again.
    #[test]
    fn what_is_packed_are_the_weights() {
        let (inputs, outputs) = (192, 64);
        let values = weights(inputs, outputs, |window, output| (window * 29 + output * 3) % [9, 33, 65][window]);
        let sparse = Sparse::new(&values, inputs, outputs).expect("weights to be left out");
        let mut unpacked = vec![0; inputs * outputs];
        for first in (0..outputs).step_by(OUTPUTS) {
            let Tiles { steps, mut lines } = sparse.tiles(first / PANEL);
            for (window, steps) in steps.iter().map(|steps| usize::from(*steps)).enumerate() {
                let all = steps == ALL;
                let here;
                (here, lines) = lines.split_at(steps * PANELS * if all { 1 } else { 2 });
                for (step, here) in here.chunks(if all { PANELS } else { 2 * PANELS }).enumerate() {
                    for at in 0..OUTPUTS * FOUR {
                        let (panel, byte) = (at / (PANEL * FOUR), at % (PANEL * FOUR));
                        let place = if all { step * FOUR + byte % FOUR } else { here[PANELS + panel].0[byte].into() };
                        let to = (window * WINDOW + place) * outputs + first + panel * PANEL + byte / FOUR;
                        unpacked[to] += here[panel].0[byte].cast_signed();
                    }
                }
            }
        }
        assert_eq!(unpacked, values);
    }
}
