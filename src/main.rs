//! The `dealtone` command: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // ONNX Runtime reads this when its library is loaded, and starts telemetry where it is not set.
    // SAFETY: the first statement of the program; no other thread exists that could read the environment.
    #[allow(unsafe_code)]
    unsafe {
        std::env::set_var(dealtone::score::onnx::TELEMETRY_OFF, "1");
    }
    dealtone::cli::run()
}
