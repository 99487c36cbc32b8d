//! What the arithmetic is compiled for: once for each kind of processor, and chosen by what the one at hand has.
//!
//! All of it is written once, over a [`Processor`], and gives the same numbers to the bit on each.

use super::{
    HEAD, WIDTH,
    float::{self, Workspace},
    lanes::{Floats, LANES, One, Two},
    product::{self, Finish, Sum, Weights, Zeros},
};

/// A kind of processor: there is a value only where the one at hand is of this kind, so that its instructions may be used.
pub trait Processor: Copy {
    /// Sixteen floats in its registers.
    type Floats: Floats;

    /// Sixteen times the same.
    fn all(self, x: f32) -> Self::Floats;

    /// Those that lie there.
    fn of(self, from: &[f32; LANES]) -> Self::Floats;

    /// Whole numbers that lie there, as floats.
    fn of_whole(self, from: &Sum) -> Self::Floats;

    /// [`product::product`] by the kernel of this kind.
    fn product(self, rows: &[u8], weights: &Weights, finish: &mut impl Finish<Self>);

    /// [`float::turn`].
    fn turn(self, keys: &[[f32; WIDTH]], head: usize, turned: &mut [[f32; LANES]; HEAD]);

    /// [`float::attend`] with as many sums under way as its registers hold.
    fn attend(self, queries: &mut [f32], keys: &[f32], values: &[f32], workspace: &mut Workspace);
}

/// Something to compute, whatever the processor.
pub trait Task {
    /// What comes out.
    type Output;

    /// Computes it; to be inlined, so that it is compiled for the processor.
    fn run<P: Processor>(self, processor: P) -> Self::Output;
}

/// What sums of products are made with: the kind of processor.
#[derive(Clone, Copy, Debug)]
pub enum Kernel {
    /// AVX2 and FMA.
    Avx2(Avx2),
    /// These and AVX-VNNI.
    AvxVnni(AvxVnni),
    /// AVX-512 with VNNI.
    Avx512Vnni(Avx512Vnni),
}

/// A processor with AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

/// One with AVX-VNNI too.
#[derive(Clone, Copy, Debug)]
pub struct AvxVnni(());

/// One with AVX-512, its VNNI and AVX2.
#[derive(Clone, Copy, Debug)]
pub struct Avx512Vnni {
    /// Whether it has AVX-512 VBMI too: permutations of bytes, by which weights of 0 are left out.
    vbmi: bool,
}

/// The name of what sums are made with here, where the processor has a kernel: for people, since no number depends on it.
pub fn kernel() -> Option<&'static str> {
    Some(match Kernel::best()? {
        Kernel::Avx2(_) => "AVX2",
        Kernel::AvxVnni(_) => "AVX-VNNI",
        Kernel::Avx512Vnni(Avx512Vnni { vbmi: false }) => "AVX512-VNNI",
        Kernel::Avx512Vnni(Avx512Vnni { vbmi: true }) => "AVX512-VNNI and VBMI",
    })
}

impl Kernel {
    /// The one to use, where there is one.
    pub fn best() -> Option<Kernel> {
        Kernel::here().last()
    }

    /// Those whose instructions the processor has, the widest last.
    pub fn here() -> impl Iterator<Item = Kernel> {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        let vbmi = is_x86_feature_detected!("avx512vbmi");
        let kernels = [
            (true, Kernel::Avx2(Avx2(()))),
            (is_x86_feature_detected!("avxvnni"), Kernel::AvxVnni(AvxVnni(()))),
            (avx512, Kernel::Avx512Vnni(Avx512Vnni { vbmi: false })),
            (avx512 && vbmi, Kernel::Avx512Vnni(Avx512Vnni { vbmi: true })),
        ];
        // All of them use AVX2 and FMA somewhere.
        kernels.into_iter().filter_map(move |(has, kernel)| (has && avx2).then_some(kernel))
    }

    /// How it leaves weights of 0 out where that is faster.
    pub fn zeros(self) -> Zeros {
        match self {
            Kernel::Avx2(_) => Zeros::ByWindows,
            Kernel::Avx512Vnni(Avx512Vnni { vbmi: true }) => Zeros::ByTiles,
            Kernel::AvxVnni(_) | Kernel::Avx512Vnni(_) => Zeros::Kept,
        }
    }

    /// Computes something, compiled for this kind of processor.
    #[allow(unsafe_code)]
    pub fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: there is a value of a kind only where `here` found its instructions.
        unsafe {
            match self {
                Kernel::Avx2(processor) => with_avx2(processor, task),
                Kernel::AvxVnni(processor) => with_avx_vnni(processor, task),
                Kernel::Avx512Vnni(processor) => with_avx512_vnni(processor, task),
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn with_avx2<T: Task>(processor: Avx2, task: T) -> T::Output {
    task.run(processor)
}

#[target_feature(enable = "avx2,fma,avxvnni")]
fn with_avx_vnni<T: Task>(processor: AvxVnni, task: T) -> T::Output {
    task.run(processor)
}

#[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512vnni")]
fn with_avx512_vnni<T: Task>(processor: Avx512Vnni, task: T) -> T::Output {
    task.run(processor)
}

/// What the kinds have in common but for their registers: `$blocks` of sixteen keys are scored together and `$summed` queries read
/// together, so that their sums just fill them.
macro_rules! by_registers {
    ($floats:ident, $blocks:literal, $summed:literal) => {
        type Floats = $floats;

        #[inline(always)]
        #[allow(unsafe_code)]
        fn all(self, x: f32) -> $floats {
            // SAFETY: there is such a processor only where its instructions are.
            unsafe { $floats::all(x) }
        }

        #[inline(always)]
        #[allow(unsafe_code)]
        fn of(self, from: &[f32; LANES]) -> $floats {
            // SAFETY: as above.
            unsafe { $floats::of(from) }
        }

        #[inline(always)]
        #[allow(unsafe_code)]
        fn of_whole(self, Sum(from): &Sum) -> $floats {
            // SAFETY: as above.
            unsafe { $floats::of_whole(from) }
        }

        #[inline(always)]
        #[allow(unsafe_code)]
        fn turn(self, keys: &[[f32; WIDTH]], head: usize, turned: &mut [[f32; LANES]; HEAD]) {
            // SAFETY: as above; all kinds have AVX2.
            unsafe { float::turn(keys, head, turned) }
        }

        #[inline(always)]
        fn attend(self, queries: &mut [f32], keys: &[f32], values: &[f32], workspace: &mut Workspace) {
            float::attend::<Self, $blocks, $summed>(self, queries, keys, values, workspace);
        }
    };
}

impl Processor for Avx2 {
    by_registers!(Two, 1, 2);

    #[inline(always)]
    #[allow(unsafe_code)]
    fn product(self, rows: &[u8], weights: &Weights, finish: &mut impl Finish<Self>) {
        // SAFETY: the processor has AVX2.
        unsafe { product::by_avx2(self, rows, weights, finish) }
    }
}

impl Processor for AvxVnni {
    by_registers!(Two, 1, 2);

    #[inline(always)]
    #[allow(unsafe_code)]
    fn product(self, rows: &[u8], weights: &Weights, finish: &mut impl Finish<Self>) {
        // SAFETY: the processor has AVX-VNNI.
        let kernel =
            |rows: &[u8], panels: [&[_]; 1], sums: &mut _| unsafe { product::vnni::sums_256(rows, panels, sums) };
        product::by_groups(self, rows, weights, kernel, finish);
    }
}

impl Processor for Avx512Vnni {
    by_registers!(One, 2, 4);

    #[inline(always)]
    #[allow(unsafe_code)]
    fn product(self, rows: &[u8], weights: &Weights, finish: &mut impl Finish<Self>) {
        assert!(self.vbmi || !weights.is_sparse(), "weights that were packed for another kernel");
        // SAFETY: the processor has AVX512-VNNI, and VBMI where the weights need it.
        unsafe { product::by_512(self, rows, weights, finish) }
    }
}
