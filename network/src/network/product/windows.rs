//! Sums of products with weights of which many are 0, where the processor has AVX2 alone: the bytes that the others stand for are
//! brought beside each other within windows of sixteen bytes, and only those are multiplied.
//!
//! AVX2 takes bytes to other places within sixteen only. So a step takes sixteen inputs, which may start anywhere, and up to four
//! of them for each output of a panel, each output its own. It starts at the first input that an output is still to have a
//! product with; outputs that have few weights are ahead of the others as far as the window lets them. With half of the weights
//! left out, wherever training left them, that takes little more than half of the steps.
//!
//! Four steps are added in 16 bits, as the steps of [`super::avx2`] are, and what could outgrow them waits for the next four.
//!
//! The sums are the same as with the zeros: whole numbers, which are exact in any order.

use super::{
    FOUR, MOST, PANEL, Sum, Sums,
    avx2::{ONES, ROWS, put},
};

/// Bytes within which they are taken to other places.
const WINDOW: usize = 16;
/// Steps whose products are added in 16 bits.
const TOGETHER: usize = 4;
/// A panel is taken by windows where that takes at most so many of sixteen steps. A step by a window takes a tenth longer than one
/// of a plain product on Zen, whose products set the pace, and would take two fifths longer where every instruction counts alike.
const PAYS: usize = 12;

/// A step: of each output of a panel, where in the window its four bytes stand, and the weights they are multiplied with.
#[derive(Clone)]
#[repr(C, align(64))]
struct Step {
    places: [u8; FOUR * PANEL],
    weights: [i8; FOUR * PANEL],
}

impl Step {
    /// One that adds nothing.
    const NONE: Step = Step { places: [0; FOUR * PANEL], weights: [0; FOUR * PANEL] };
}

/// The weights of a panel that are not 0.
pub struct Windows {
    /// Inputs of the layer.
    inputs: usize,
    /// The input at which the window of each step starts.
    starts: Vec<u16>,
    /// As many: a multiple of [`TOGETHER`].
    steps: Vec<Step>,
}

/// What stands behind the last weight of an output, as far as four are looked at together.
const END: (u16, i8) = (u16::MAX, 0);

/// What an output has yet to be multiplied with, and what may still be added to its two sums of 16 bits.
struct Output<'a> {
    /// Inputs and weights, by input, and four times [`END`].
    left: &'a mut [(u16, i8)],
    /// Of each sum, what its positive weights may still sum to, and its negative ones.
    room: [[i16; 2]; 2],
}

impl Output<'_> {
    /// Takes up to four weights of a window that starts here: two for each of its sums.
    #[inline]
    fn take(&mut self, start: u16, places: &mut [u8; FOUR], weights: &mut [i8; FOUR]) {
        // Nearly always the next four are taken in turn, two for each sum; that is done without a branch.
        let next: &[_; FOUR] = self.left.first_chunk().expect("four that stand behind the last");
        let (mut room, mut count) = (self.room, 0);
        for (n, (input, weight)) in next.iter().enumerate() {
            let place = input - start;
            let within = usize::from(place) < WINDOW;
            let (place, weight) = if within { (place as u8, *weight) } else { (0, 0) };
            count += usize::from(within);
            // The first sum is of the first two bytes.
            let (sum, to) = (n % 2, n % 2 * 2 + n / 2);
            (places[to], weights[to]) = (place, weight);
            room[sum][0] -= i16::from(weight).max(0);
            room[sum][1] += i16::from(weight).min(0);
        }
        if room[0][0] | room[0][1] | room[1][0] | room[1][1] >= 0 {
            self.room = room;
            self.left = &mut std::mem::take(&mut self.left)[count..];
        } else {
            (*places, *weights) = ([0; FOUR], [0; FOUR]);
            self.take_what_fits(start, places, weights);
        }
    }

    /// The same, one by one, passing over what does not fit.
    #[cold]
    fn take_what_fits(&mut self, start: u16, places: &mut [u8; FOUR], weights: &mut [i8; FOUR]) {
        let mut taken = [0; 2];
        let (mut at, mut passed) = (0, 0);
        while taken != [2; 2] && usize::from(self.left[at].0 - start) < WINDOW {
            let (input, weight) = self.left[at];
            let (size, sign) = (i16::from(weight).abs(), usize::from(weight < 0));
            let room = [0, 1].map(|sum| if taken[sum] < 2 { self.room[sum][sign] } else { -1 });
            // The sum with more room.
            let sum = usize::from(room[1] > room[0]);
            if room[sum] < size {
                passed += 1;
            } else {
                self.room[sum][sign] -= size;
                let to = sum * 2 + taken[sum];
                taken[sum] += 1;
                (places[to], weights[to]) = ((input - start) as u8, weight);
                // Those that are passed over stand before the rest again.
                self.left[at - passed..=at].rotate_right(1);
            }
            at += 1;
        }
        self.left = &mut std::mem::take(&mut self.left)[at - passed..];
    }
}

impl Windows {
    /// Packs the weights of a panel that starts at this output, of weights that lie as `[inputs, outputs]`; `None` where it would
    /// hardly save anything.
    pub fn new(values: &[i8], inputs: usize, outputs: usize, first: usize) -> Option<Windows> {
        let last = u16::try_from(inputs.checked_sub(WINDOW)?).ok()?;
        let most = inputs / FOUR * PAYS / 16;
        let mut kept: [Vec<(u16, i8)>; PANEL] = std::array::from_fn(|_| vec![END; inputs + FOUR]);
        let mut counts = [0; PANEL];
        for (input, row) in values.chunks_exact(outputs).enumerate() {
            let row: &[i8; PANEL] = row[first..].first_chunk().expect("a panel lies within a row");
            for ((kept, count), weight) in kept.iter_mut().zip(&mut counts).zip(row) {
                // What is no weight is written over by the next.
                kept[*count] = (input as u16, *weight);
                *count += usize::from(*weight != 0);
            }
        }
        if counts.iter().any(|count| count.div_ceil(FOUR) > most) {
            return None;
        }
        for (kept, count) in kept.iter_mut().zip(counts) {
            kept[count..count + FOUR].fill(END);
        }
        let mut left = kept.each_mut().map(|kept| Output { left: kept, room: [[0; 2]; 2] });
        let (mut starts, mut steps) = (Vec::with_capacity(most), Vec::with_capacity(most));
        loop {
            let start = left.iter().map(|output| output.left[0].0).fold(END.0, u16::min);
            if start == END.0 {
                break;
            }
            if steps.len() == most {
                return None;
            }
            if steps.len().is_multiple_of(TOGETHER) {
                left.iter_mut().for_each(|output| output.room = [[MOST; 2]; 2]);
            }
            let (start, mut step) = (start.min(last), Step::NONE);
            let slots = step.places.as_chunks_mut::<FOUR>().0.iter_mut().zip(step.weights.as_chunks_mut::<FOUR>().0);
            for (output, (places, weights)) in left.iter_mut().zip(slots) {
                output.take(start, places, weights);
            }
            starts.push(start);
            steps.push(step);
        }
        let whole = steps.len().next_multiple_of(TOGETHER);
        starts.resize(whole, 0);
        steps.resize(whole, Step::NONE);
        Some(Windows { inputs, starts, steps })
    }

    /// How many products a row takes.
    pub fn taken(&self) -> usize {
        self.steps.len() * FOUR * PANEL
    }

    /// The sums of up to three rows with the panel; where there are fewer, the last stands in for the rest.
    ///
    /// By hand, as [`super::avx2::sums`] is and for the same reason.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    #[allow(unsafe_code)]
    pub fn sums(&self, rows: &[u8], to: &mut Sums<ROWS, 1>) {
        let Windows { inputs, starts, steps } = self;
        if steps.is_empty() {
            *to = [[Sum([0; PANEL])]; ROWS];
            return;
        }
        let second = if rows.len() > *inputs { *inputs } else { 0 };
        let third = if rows.len() > 2 * inputs { 2 * inputs } else { second };
        assert!(rows.len() == third + inputs && ROWS == 3 && starts.len() == steps.len());
        // Sums of 32 bits in ymm0 to 5, of 16 bits in ymm6 to 11; weights in ymm12 and 13.
        macro_rules! products {
            ($n:literal, $row:literal, $left:literal, $right:literal $(, $first:ident)?) => {
                concat!(
                    "vbroadcasti128 ymm14, [", $row, " + {start}]\n",
                    "vpshufb ymm15, ymm14, [{steps} + 128 * ", $n, "]\n",
                    "vpshufb ymm14, ymm14, [{steps} + 128 * ", $n, " + 32]\n",
                    products!(@add $left, $right $(, $first)?),
                )
            };
            (@add $left:literal, $right:literal) => {
                concat!(
                    "vpmaddubsw ymm15, ymm15, ymm12\n", "vpmaddubsw ymm14, ymm14, ymm13\n",
                    "vpaddw ", $left, ", ", $left, ", ymm15\n", "vpaddw ", $right, ", ", $right, ", ymm14\n",
                )
            };
            // The first of those that are added together starts the sums.
            (@add $left:literal, $right:literal, first) => {
                concat!("vpmaddubsw ", $left, ", ymm15, ymm12\n", "vpmaddubsw ", $right, ", ymm14, ymm13\n")
            };
        }
        macro_rules! step {
            ($n:tt $(, $first:ident)?) => {
                concat!(
                    "movzx {start:e}, word ptr [{starts} + 2 * ", $n, "]\n",
                    "vmovdqa ymm12, [{steps} + 128 * ", $n, " + 64]\n",
                    "vmovdqa ymm13, [{steps} + 128 * ", $n, " + 96]\n",
                    products!($n, "{first}", "ymm6", "ymm7" $(, $first)?),
                    products!($n, "{second}", "ymm8", "ymm9" $(, $first)?),
                    products!($n, "{third}", "ymm10", "ymm11" $(, $first)?),
                )
            };
        }
        macro_rules! each {
            ($line:literal $(, $sum:literal $short:literal)*) => { concat!($($line, " ", $sum, ", ", $sum, ", ", $short, "\n",)*) };
        }
        let (a, b, c, d, e, f);
        // SAFETY: it reads sixteen bytes of each row from each start, none of which is less than that before the end of a row, and
        // four starts and steps at a time, of which there are a multiple of four; it writes registers alone.
        unsafe {
            std::arch::asm!(
                each!("vpxor", "ymm0" "ymm0", "ymm1" "ymm1", "ymm2" "ymm2", "ymm3" "ymm3", "ymm4" "ymm4", "ymm5" "ymm5"),
                ".p2align 5",
                "2:",
                step!("0", first),
                step!("1"),
                step!("2"),
                step!("3"),
                "add {starts}, 8",
                "add {steps}, 512",
                each!("vpmaddwd", "ymm6" "[{ones}]", "ymm7" "[{ones}]", "ymm8" "[{ones}]", "ymm9" "[{ones}]", "ymm10" "[{ones}]", "ymm11" "[{ones}]"),
                each!("vpaddd", "ymm0" "ymm6", "ymm1" "ymm7", "ymm2" "ymm8", "ymm3" "ymm9", "ymm4" "ymm10", "ymm5" "ymm11"),
                "dec {count}",
                "jnz 2b",
                first = in(reg) rows.as_ptr(), second = in(reg) rows[second..].as_ptr(), third = in(reg) rows[third..].as_ptr(),
                starts = inout(reg) starts.as_ptr() => _, steps = inout(reg) steps.as_ptr() => _,
                count = inout(reg) steps.len() / TOGETHER => _, ones = in(reg) &ONES.0, start = out(reg) _,
                out("ymm0") a, out("ymm1") b, out("ymm2") c, out("ymm3") d, out("ymm4") e, out("ymm5") f,
                out("ymm6") _, out("ymm7") _, out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
                out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
                options(nostack, readonly),
            );
        }
        put([[a, b], [c, d], [e, f]], to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of a panel, as `[inputs, PANEL]`, of which every output has one wherever `weight` gives one for the input and the
    /// output.
    fn weights(inputs: usize, weight: impl Fn(usize, usize) -> i8) -> Vec<i8> {
        (0..inputs * PANEL).map(|n| weight(n / PANEL, n % PANEL)).collect()
    }

    /// What stands in the steps again, and the greatest sum of weights of one sign that are added in 16 bits.
    fn unpacked(windows: &Windows) -> (Vec<i8>, i16) {
        let (mut values, mut most) = (vec![0; windows.inputs * PANEL], 0);
        assert_eq!(windows.starts.len(), windows.steps.len());
        for (starts, steps) in windows.starts.chunks(TOGETHER).zip(windows.steps.chunks(TOGETHER)) {
            assert_eq!(steps.len(), TOGETHER);
            let mut sums = [[[0; 2]; 2]; PANEL];
            for (start, step) in starts.iter().zip(steps) {
                for (n, (place, weight)) in step.places.iter().zip(&step.weights).enumerate() {
                    let (output, sum) = (n / FOUR, n % FOUR / 2);
                    assert!(usize::from(*place) < WINDOW && usize::from(*start) + WINDOW <= windows.inputs);
                    values[(usize::from(*start) + usize::from(*place)) * PANEL + output] += weight;
                    sums[output][sum][usize::from(*weight < 0)] += i16::from(*weight).abs();
                }
            }
            most = most.max(sums.into_iter().flatten().flatten().max().unwrap_or(0));
        }
        (values, most)
    }

    #[test]
    fn what_is_packed_are_the_weights_and_never_more_than_sixteen_bits_hold() {
        type Weight = dyn Fn(usize, usize) -> i8;
        let sets: [(&str, &Weight); 5] = [
            ("half of them", &|input, output| {
                if (input * 7 + output * 3) % 4 < 2 { (input % 31) as i8 - 15 } else { 0 }
            }),
            ("the greatest", &|input, output| match (input + output) % 16 {
                0 => 127,
                8 => -127,
                _ => 0,
            }),
            ("large ones beside small ones", &|input, output| match (input * 5 + output) % 11 {
                0 => 100,
                1 | 2 => 9,
                3 => -60,
                _ => 0,
            }),
            ("one output alone, at its ends", &|input, output| if output == 6 && input % 95 < 2 { 1 } else { 0 }),
            ("none", &|_, _| 0),
        ];
        for inputs in [96, 384, 1536] {
            for (name, weight) in sets {
                let values = weights(inputs, weight);
                let windows = Windows::new(&values, inputs, PANEL, 0).unwrap_or_else(|| panic!("{name}: taken whole"));
                let (again, most) = unpacked(&windows);
                assert!(again == values, "{name}, {inputs} inputs: other weights");
                assert!(most <= MOST, "{name}, {inputs} inputs: weights of {most} together");
                assert_eq!(windows.taken() == 0, values.iter().all(|weight| *weight == 0), "{name}");
            }
        }
    }

    #[test]
    fn a_panel_of_which_little_can_be_left_out_is_taken_whole() {
        let full = |count: usize| weights(64, move |input, output| i8::from(output != 9 || input % 16 < count));
        let some = |count: usize| weights(64, move |input, output| i8::from(output == 9 && input % 16 < count));
        assert!(Windows::new(&full(16), 64, PANEL, 0).is_none());
        assert!(Windows::new(&some(13), 64, PANEL, 0).is_none(), "one full output is enough");
        assert!(Windows::new(&some(PAYS), 64, PANEL, 0).is_some_and(|windows| windows.steps.len() == 12));
        assert!(Windows::new(&[0; 8 * PANEL], 8, PANEL, 0).is_none(), "no window");
    }
}
