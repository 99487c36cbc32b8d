//! Finds the shared library of ONNX Runtime without the user setting a variable, and says where it looked.

use std::path::{Path, PathBuf};

/// The version that `scripts/onnxruntime` brings and that the tests run with.
pub const PINNED_VERSION: &str = "1.31.1";

/// The library to load, by its whole path: `asked` (a flag), else `ORT_DYLIB_PATH`, else beside the executable, else a
/// `.runtime` folder of the executable's ancestors or of the source tree it was built from, else the system's.
///
/// # Errors
/// All places where it looked, one a line, with the command that mends it.
pub fn find(asked: Option<&Path>) -> Result<PathBuf, String> {
    let asked_for = asked.map(Path::to_owned).or_else(|| std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    if let Some(path) = asked_for.filter(|p| !p.as_os_str().is_empty()) {
        return if path.is_file() {
            // The system's loader takes a name without a slash for one of its own folders, not of this one.
            Ok(std::path::absolute(&path).unwrap_or(path))
        } else {
            Err(format!("{}: no such file; it was named as the library of ONNX Runtime", path.display()))
        };
    }
    let places = places();
    places.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|p| format!("  {}", p.display())).collect();
        format!(
            "the library of ONNX Runtime was found in none of these places:\n{}\nRun scripts/onnxruntime in the dealtone folder to fetch it, \
             or name one with --onnxruntime FILE or ORT_DYLIB_PATH.",
            looked.join("\n")
        )
    })
}

fn places() -> Vec<PathBuf> {
    let name = format!("libonnxruntime.so.{PINNED_VERSION}");
    let executable = std::env::current_exe().and_then(|p| p.canonicalize()).ok();
    let mut places = Vec::new();
    if let Some(folder) = executable.as_deref().and_then(Path::parent) {
        places.push(folder.join(&name));
        places.push(folder.join("libonnxruntime.so"));
        places.push(folder.join("../lib").join(&name));
    }
    let inside = Path::new(".runtime").join(format!("onnxruntime-{PINNED_VERSION}")).join(&name);
    for root in super::project_roots() {
        places.push(root.join(&inside));
    }
    for folder in ["/usr/local/lib", "/usr/lib", "/usr/lib64"] {
        places.push(Path::new(folder).join(&name));
    }
    places.dedup();
    places
}
