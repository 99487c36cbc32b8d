//! Sums of products where the processor has AVX2 alone: three rows at a time, by three instructions for each four inputs.

use std::arch::x86_64::{__m256i, _mm256_storeu_si256};

use super::{FOUR, Four, PANEL, STEP, Sum, Sums};

/// Rows that are computed together: with a panel, as many sums as the registers hold beside what is read.
pub const ROWS: usize = 3;

/// A register of ones of 16 bits; aligned, so that it lies in one line of the cache.
#[repr(align(32))]
pub struct Ones(pub [i16; PANEL]);
pub static ONES: Ones = Ones([1; PANEL]);

/// The sums of up to three rows with a panel; where there are fewer, the last stands in for the rest, which takes no longer than
/// a loop of its own for them.
///
/// By hand, because it just fills the sixteen registers: the compiler moves loads to the front and then has to put sums aside,
/// which costs an eighth of the rate.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
pub fn sums(rows: &[u8], panel: &[Four], to: &mut Sums<ROWS, 1>) {
    let inputs = panel.len() * FOUR;
    assert!(inputs > 0 && inputs.is_multiple_of(STEP));
    // How far behind the first row the others start.
    let second = if rows.len() > inputs { inputs } else { 0 };
    let third = if rows.len() > 2 * inputs { 2 * inputs } else { second };
    assert!(rows.len() == third + inputs && ROWS == 3);
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
                products!($n, " + {second}", "ymm8", "ymm9" $(, $first)?),
                products!($n, " + {third}", "ymm10", "ymm11" $(, $first)?),
            )
        };
    }
    macro_rules! each {
        ($line:literal $(, $sum:literal $short:literal)*) => { concat!($($line, " ", $sum, ", ", $sum, ", ", $short, "\n",)*) };
    }
    let (a, b, c, d, e, f);
    // SAFETY: it reads `inputs` bytes from each of three places where a row starts and `inputs * PANEL` of the panel, 16 and 256 at
    // a step, which the asserted lengths hold; it writes registers alone.
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
            steps = inout(reg) inputs / STEP => _, second = in(reg) second, third = in(reg) third, ones = in(reg) &ONES.0,
            out("ymm0") a, out("ymm1") b, out("ymm2") c, out("ymm3") d, out("ymm4") e, out("ymm5") f,
            out("ymm6") _, out("ymm7") _, out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack, readonly),
        );
    }
    put([[a, b], [c, d], [e, f]], to);
}

/// Puts the sums of three rows, in two registers each, where they belong.
#[target_feature(enable = "avx2,fma")]
#[inline]
#[allow(unsafe_code)]
pub fn put(sums: [[__m256i; 2]; ROWS], to: &mut Sums<ROWS, 1>) {
    for (Sum(to), sums) in to.as_flattened_mut().iter_mut().zip(sums) {
        for (to, sum) in to.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            // SAFETY: eight sums go there.
            unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), sum) }
        }
    }
}
