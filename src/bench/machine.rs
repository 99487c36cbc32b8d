//! What a figure was measured on: without it, a figure is a rumour. Linux tells; elsewhere fields stay empty.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::cores;

/// The machine and what it lets this process have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Which of the instructions that products of bytes are faster by it has, as the kernel names them, the widest last: two
    /// machines of one name may differ by them.
    #[serde(default)]
    pub instructions: String,
    /// Cores that this process may use at once: affinity and container quota respected.
    pub allowed_cores: usize,
    /// The container's quota as the kernel states it; empty where there is none.
    pub cpu_quota: String,
    /// How the clock is governed, where the kernel tells.
    pub governor: String,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Load of the last minute before the measurement began: above 0.5 somebody else was at work.
    pub load_before: f64,
}

impl Machine {
    /// The machine that this process runs on.
    pub fn here() -> Machine {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let trimmed = |path: &str| fs::read_to_string(path).map(|s| s.trim().to_owned()).unwrap_or_default();
        Machine {
            cpu: field(&cpuinfo, "model name").unwrap_or_default().to_owned(),
            instructions: instructions(&cpuinfo),
            allowed_cores: cores::allowed(),
            cpu_quota: trimmed("/sys/fs/cgroup/cpu.max"),
            governor: trimmed("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            memory_mib: kib(&meminfo, "MemTotal").unwrap_or(0) / 1024,
            load_before: trimmed("/proc/loadavg").split(' ').next().and_then(|l| l.parse().ok()).unwrap_or(0.0),
        }
    }
}

/// The most memory that this process has held so far, in MiB; absent where the system does not tell.
pub fn peak_memory_mib() -> Option<u64> {
    kib(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM").map(|kib| kib / 1024)
}

/// Those of x86-64 and of ARM.
const INSTRUCTIONS: &[&str] =
    &["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512vbmi", "amx_int8", "asimd", "asimddp", "i8mm", "sve"];

fn instructions(cpuinfo: &str) -> String {
    let flags = field(cpuinfo, "flags").or_else(|| field(cpuinfo, "Features")).unwrap_or_default();
    let has = |known: &&&str| flags.split(' ').any(|flag| flag == **known);
    INSTRUCTIONS.iter().filter(has).copied().collect::<Vec<_>>().join(" ")
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = text.lines().find(|line| line.starts_with(name))?.split_once(':')?;
    Some(value.trim())
}

fn kib(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_what_the_kernel_writes() {
        let text = "Name:\tdealtone\nVmHWM:\t   88064 kB\nmodel name\t: AMD EPYC\n";
        assert_eq!(kib(text, "VmHWM"), Some(88064));
        assert_eq!(field(text, "model name"), Some("AMD EPYC"));
        assert_eq!(field(text, "nothing"), None);
        assert_eq!(
            instructions("flags\t\t: fpu avx512_vnni avx2 avx512f avx5\nflags\t\t: fpu"),
            "avx2 avx512f avx512_vnni"
        );
        assert_eq!(instructions("Features\t: fp asimd asimddp"), "asimd asimddp");
    }
}
