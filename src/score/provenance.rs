//! What a score carries of where it comes from: everything that it depends on beside the words.

use super::{ModelCard, onnx::Device, own};
use crate::utterance::Provenance;

/// Of a score that ONNX Runtime of some version computed.
pub fn of_onnx_runtime(card: &ModelCard, version: &str, device: Device) -> Provenance {
    provenance(card, version.to_owned(), device, instruction_set())
}

/// Of a score that dealtone computed itself: the same numbers on every processor that has these instructions.
pub fn of_own(card: &ModelCard) -> Provenance {
    provenance(card, own::runtime(), Device::Cpu, "x86_64+avx2".to_owned())
}

fn provenance(card: &ModelCard, runtime: String, device: Device, instruction_set: String) -> Provenance {
    Provenance {
        dealtone: env!("CARGO_PKG_VERSION").to_owned(),
        model: card.name.clone(),
        model_sha256: card.sha256.clone(),
        runtime,
        device: device.to_string(),
        instruction_set,
        unread: card.unread(),
    }
}

/// The architecture with the widest integer dot product that the processor has: int8 results of ONNX Runtime differ between
/// them.
fn instruction_set() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let widest = if std::is_x86_feature_detected!("avx512vnni") {
            "avx512vnni"
        } else if std::is_x86_feature_detected!("avxvnni") {
            "avxvnni"
        } else if std::is_x86_feature_detected!("avx512f") {
            "avx512f"
        } else if std::is_x86_feature_detected!("avx2") {
            "avx2"
        } else {
            "sse2"
        };
        format!("x86_64+{widest}")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH.to_owned()
    }
}
