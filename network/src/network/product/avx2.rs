//! Sums of products where the processor has AVX2 alone: three rows at a time, by three instructions for each four inputs.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
};

use super::{FOUR, PANEL, ROWS, STEP, Sums};

/// The sums of up to three rows with a panel.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub fn sums(rows: &[u8], panel: &[i8]) -> Sums {
    if rows.len() * PANEL == ROWS * panel.len() { three_rows(rows, panel) } else { few_rows(rows, panel) }
}

/// The four bytes that start at `at`, in every place of a register.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn four(row: &[u8], at: usize) -> __m256i {
    _mm256_set1_epi32(i32::from_le_bytes(*row[at..].first_chunk().expect("a row is a multiple of 16 long")))
}

/// The weights that go with four bytes for the eight outputs from `at`.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
fn eight_outputs(panel: &[i8], at: usize) -> __m256i {
    let weights = &panel[at..at + 32];
    // SAFETY: 32 bytes lie there.
    unsafe { _mm256_loadu_si256(weights.as_ptr().cast()) }
}

/// The sums of fewer than three rows with a panel; apart, so that what most rows take stays short.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn few_rows(rows: &[u8], panel: &[i8]) -> Sums {
    let inputs = panel.len() / PANEL;
    let (zero, ones) = (_mm256_setzero_si256(), _mm256_set1_epi16(1));
    let mut sums = [[zero; 2]; ROWS];
    for (row, [low, high]) in rows.chunks(inputs).zip(&mut sums) {
        for step in (0..inputs).step_by(STEP) {
            let (mut short_low, mut short_high) = (zero, zero);
            for at in (step..step + STEP).step_by(FOUR) {
                let x = four(row, at);
                short_low = _mm256_add_epi16(short_low, _mm256_maddubs_epi16(x, eight_outputs(panel, at * PANEL)));
                short_high =
                    _mm256_add_epi16(short_high, _mm256_maddubs_epi16(x, eight_outputs(panel, at * PANEL + 32)));
            }
            *low = _mm256_add_epi32(*low, _mm256_madd_epi16(short_low, ones));
            *high = _mm256_add_epi32(*high, _mm256_madd_epi16(short_high, ones));
        }
    }
    sums
}

/// A register of ones of 16 bits; aligned, so that it lies in one line of the cache.
#[repr(align(32))]
struct Ones([i16; PANEL]);
static ONES: Ones = Ones([1; PANEL]);

/// What [`few_rows`] does, for three rows at once. By hand, because it just fills the sixteen registers: the compiler moves
/// loads to the front and then has to put sums aside, which costs an eighth of the rate.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
fn three_rows(rows: &[u8], panel: &[i8]) -> Sums {
    let inputs = panel.len() / PANEL;
    assert!(rows.len() == ROWS * inputs && panel.len() == inputs * PANEL);
    assert!(inputs > 0 && inputs.is_multiple_of(STEP));
    // Sums of 32 bits in ymm0 to 5, of 16 bits in ymm6 to 11; weights in ymm12 and 13.
    macro_rules! products {
        ($n:literal, $row:literal, $left:literal, $right:literal) => {
            concat!(
                "vpbroadcastd ymm14, [{rows}",
                $row,
                " + 4 * ",
                $n,
                "]\n",
                "vpmaddubsw ymm15, ymm14, ymm12\n",
                "vpmaddubsw ymm14, ymm14, ymm13\n",
                "vpaddw ",
                $left,
                ", ",
                $left,
                ", ymm15\n",
                "vpaddw ",
                $right,
                ", ",
                $right,
                ", ymm14\n",
            )
        };
        // The first of a step starts the sums.
        ("0", $row:literal, $left:literal, $right:literal, first) => {
            concat!(
                "vpbroadcastd ymm14, [{rows}",
                $row,
                "]\n",
                "vpmaddubsw ",
                $left,
                ", ymm14, ymm12\n",
                "vpmaddubsw ",
                $right,
                ", ymm14, ymm13\n",
            )
        };
    }
    macro_rules! four {
        ($n:tt $($first:ident)?) => {
            concat!(
                "vmovdqu ymm12, [{panel} + 64 * ", $n, "]\n", "vmovdqu ymm13, [{panel} + 64 * ", $n, " + 32]\n",
                products!($n, "", "ymm6", "ymm7" $(, $first)?),
                products!($n, " + {inputs}", "ymm8", "ymm9" $(, $first)?),
                products!($n, " + 2 * {inputs}", "ymm10", "ymm11" $(, $first)?),
            )
        };
    }
    macro_rules! each {
        ($line:literal $(, $sum:literal $short:literal)*) => { concat!($($line, " ", $sum, ", ", $sum, ", ", $short, "\n",)*) };
    }
    let (a, b, c, d, e, f);
    // SAFETY: it reads `inputs` bytes of each of three rows and `inputs * PANEL` of the panel, 16 and 256 at a step, which the
    // asserted lengths hold; it writes registers alone.
    unsafe {
        std::arch::asm!(
            each!("vpxor", "ymm0" "ymm0", "ymm1" "ymm1", "ymm2" "ymm2", "ymm3" "ymm3", "ymm4" "ymm4", "ymm5" "ymm5"),
            ".p2align 5",
            "2:",
            four!("0" first),
            four!("1"),
            four!("2"),
            four!("3"),
            "add {rows}, 16",
            "add {panel}, 256",
            each!("vpmaddwd", "ymm6" "[{ones}]", "ymm7" "[{ones}]", "ymm8" "[{ones}]", "ymm9" "[{ones}]", "ymm10" "[{ones}]", "ymm11" "[{ones}]"),
            each!("vpaddd", "ymm0" "ymm6", "ymm1" "ymm7", "ymm2" "ymm8", "ymm3" "ymm9", "ymm4" "ymm10", "ymm5" "ymm11"),
            "dec {steps}",
            "jnz 2b",
            rows = inout(reg) rows.as_ptr() => _, panel = inout(reg) panel.as_ptr() => _,
            steps = inout(reg) inputs / STEP => _, inputs = in(reg) inputs, ones = in(reg) &ONES.0,
            out("ymm0") a, out("ymm1") b, out("ymm2") c, out("ymm3") d, out("ymm4") e, out("ymm5") f,
            out("ymm6") _, out("ymm7") _, out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack, readonly),
        );
    }
    [[a, b], [c, d], [e, f]]
}
