//! What the roots of an export are called: the names of files and folders as text, and as much of their paths as tells them
//! apart.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    path::{Component, Path, PathBuf},
};

/// The roots without those that are another one again.
pub(super) fn once(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    roots
        .iter()
        .filter(|root| seen.insert(fs::canonicalize(root).unwrap_or_else(|_| (*root).clone())))
        .cloned()
        .collect()
}

/// What each root is called in paths: its name, and before it as many of the folders that it lies in as tell it from the
/// others, since two conversations of one path would be one. Files get as many folders as each other, so that a recording
/// stays beside its transcript.
pub(super) fn names(roots: &[PathBuf]) -> Vec<String> {
    let places: Vec<Vec<String>> = roots.iter().map(|root| places_of(root)).collect();
    let files: Vec<usize> = (0..roots.len()).filter(|n| !roots[*n].is_dir()).collect();
    let tail = |n: usize, depth: usize| &places[n][places[n].len().saturating_sub(depth)..];
    let mut depths = vec![1; roots.len()];
    loop {
        let before = depths.clone();
        let mut order: Vec<usize> = (0..roots.len()).collect();
        order.sort_by_key(|n| tail(*n, before[*n]));
        for (at, &n) in order.iter().enumerate() {
            let short = tail(n, before[n]);
            // Whatever begins alike stands behind it.
            for &m in order[at + 1..].iter().take_while(|m| tail(**m, before[**m]).starts_with(short)) {
                // What lies in another root is there twice, and under one path counts once.
                if places[n].starts_with(&places[m]) || places[m].starts_with(&places[n]) {
                    continue;
                }
                let as_long = before[n] == before[m];
                for n in [n, m].into_iter().take(if as_long || before[n] == places[n].len() { 2 } else { 1 }) {
                    depths[n] = (before[n] + 1).min(places[n].len());
                }
            }
        }
        let deepest = files.iter().map(|n| depths[*n]).max().unwrap_or(1);
        files.iter().for_each(|n| depths[*n] = deepest);
        if depths == before {
            break;
        }
    }
    let named = |(n, root): (usize, &PathBuf)| {
        if depths[n] == 1 { name_of(root) } else { tail(n, depths[n]).join("/") }
    };
    roots.iter().enumerate().map(named).collect()
}

/// The names of all folders that lead to `root`, and its own.
fn places_of(root: &Path) -> Vec<String> {
    // A link keeps the name by which it was called.
    let whole = match root.file_name() {
        Some(name) => folder_of(root).join(name),
        None => fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
    };
    let normal = |part: Component| match part {
        Component::Normal(name) => Some(in_text(name)),
        _ => None,
    };
    whole.components().filter_map(normal).collect()
}

/// The folder in which `root` lies.
pub(super) fn folder_of(root: &Path) -> PathBuf {
    let folder = root.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// The name of a file or folder itself.
pub(super) fn name_of(path: &Path) -> String {
    let named = path.file_name().map(in_text);
    named.or_else(|| fs::canonicalize(path).ok()?.file_name().map(in_text)).unwrap_or_default()
}

/// A name as text. Bytes that are none stand as `%E9`, so that two names stay two.
pub(super) fn in_text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
