//! The files of a model folder: which they are, what stands in them, and the hash that tells one model from another.
//!
//! A large model keeps its tensors in files of their own beside the ONNX file (`model.onnx_data`). They are as much of the
//! model as the ONNX file, which names them; their names are read from there, so that no file of another model counts.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::ScoreError;
use crate::conversation::hex;
use dealtone_network::protobuf::{Field, Fields};

/// Names under which exporters write weights, in the order in which they are taken.
const NAMES: [&str; 4] = ["model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"];

/// How a pointer of Git LFS begins (`docs/spec.md` of git-lfs).
const LFS_POINTER: &[u8] = b"version https://git-lfs";

/// A model folder as it was read, once, for whoever needs any of it; files of tensors beside the ONNX file are not held.
pub struct ModelFiles {
    /// The folder.
    pub folder: PathBuf,
    /// What stands in `config.json`.
    pub config: Vec<u8>,
    /// What stands in `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Where the ONNX file lies.
    pub onnx_file: PathBuf,
    /// What stands in it.
    pub onnx: Vec<u8>,
    /// Files that hold tensors of it, in the order of their names.
    data: Vec<PathBuf>,
}

/// Hex SHA-256 of a model.
pub(super) struct Hashes {
    /// Of everything that the model consists of: config, tokenizer, ONNX file and the files that it names. It is the hash of
    /// their hashes, so that a large file is gone over once.
    pub whole: String,
    /// Of the ONNX file alone: what `sha256sum` says of it.
    pub onnx: String,
}

impl ModelFiles {
    /// Reads the folder; of its weights the first of [`NAMES`], else the one `.onnx` file that lies there.
    ///
    /// # Errors
    /// Where a file is missing, there are several with weights of which none has such a name, or tensors lie outside the folder.
    pub fn read(folder: &Path) -> Result<ModelFiles, ScoreError> {
        let refuse = |message: String| ScoreError::Model { folder: folder.display().to_string(), message };
        if !folder.is_dir() {
            return Err(refuse("no such folder; name one with config.json, tokenizer.json and model.onnx".into()));
        }
        let load = |name: &str| -> Result<Vec<u8>, ScoreError> {
            let bytes = fs::read(folder.join(name))
                .map_err(|e| refuse(format!("{name}: {e}; a model folder needs this file{}", made_by(folder, name))))?;
            fetched(Path::new(name), &bytes).map_err(refuse)?;
            Ok(bytes)
        };
        let (config, tokenizer) = (load("config.json")?, load("tokenizer.json")?);
        let onnx_file = find(folder).map_err(refuse)?;
        let onnx = fs::read(&onnx_file).map_err(|e| refuse(format!("{}: {e}", onnx_file.display())))?;
        fetched(&onnx_file, &onnx).map_err(refuse)?;
        let data = data_files(&onnx, &onnx_file).map_err(refuse)?;
        Ok(ModelFiles { folder: folder.to_owned(), config, tokenizer, onnx_file, onnx, data })
    }

    /// Goes over all of it.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub(super) fn hashes(&self) -> Result<Hashes, String> {
        let onnx = Sha256::digest(&self.onnx);
        let mut whole = Sha256::new();
        for part in [Sha256::digest(&self.config), Sha256::digest(&self.tokenizer), onnx] {
            whole.update(part);
        }
        for path in &self.data {
            whole.update(file_hash(path).map_err(|e| format!("{}: {e}", path.display()))?);
        }
        Ok(Hashes { whole: hex(&whole.finalize()), onnx: hex(&onnx) })
    }
}

/// How a file that is missing is made of those that are there; nothing where that is not known.
fn made_by(folder: &Path, name: &str) -> &'static str {
    // What the older tokenizers, written in Python, keep instead.
    let older = ["vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"];
    if name == "tokenizer.json" && older.iter().any(|file| folder.join(file).is_file()) {
        "; transformers makes it of those that are there: AutoTokenizer.from_pretrained(DIR, use_fast=True).save_pretrained(DIR)"
    } else {
        ""
    }
}

/// Holds a file, by its first bytes, against what a clone without git-lfs leaves in its place.
fn fetched(file: &Path, bytes: &[u8]) -> Result<(), String> {
    if bytes.starts_with(LFS_POINTER) {
        return Err(format!(
            "{}: this is a pointer of Git LFS, and the file itself was not fetched; run `git lfs install` and `git lfs pull` in the \
             folder's clone, or download the file",
            file.display()
        ));
    }
    Ok(())
}

/// Such files have gigabytes; they are not held.
fn file_hash(path: &Path) -> io::Result<impl AsRef<[u8]>> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hash.finalize()),
            n => hash.update(&piece[..n]),
        }
    }
}

fn find(folder: &Path) -> Result<PathBuf, String> {
    if let Some(file) = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) {
        return Ok(file);
    }
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (place, prefix) in [(folder.to_owned(), ""), (folder.join("onnx"), "onnx/")] {
        for entry in fs::read_dir(place).into_iter().flatten().flatten().filter(|e| e.path().is_file()) {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if name.ends_with(".onnx") { &mut found } else { &mut others }.push(name);
        }
    }
    found.sort();
    others.sort();
    match &found[..] {
        [one] => Ok(folder.join(one)),
        [] => Err(format!(
            "model.onnx is missing: {} and any other .onnx file were looked for, and there lie {}; export the model, for instance \
             with `optimum-cli export onnx --task text-classification`",
            NAMES.join(", "),
            others.join(", ")
        )),
        several => Err(format!(
            "which weights? There lie {}, and none is called {}; give the one to use the name model.onnx (a link will do), or take \
             the others away",
            several.join(", "),
            NAMES.join(" or ")
        )),
    }
}

/// The files beside `weights` that hold tensors of it.
fn data_files(model: &[u8], weights: &Path) -> Result<Vec<PathBuf>, String> {
    let beside = weights.parent().unwrap_or(Path::new(""));
    let at = |name: String| {
        let path = beside.join(&name);
        if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(format!(
                "{} keeps tensors in {name:?}, outside its folder; export it anew into one folder",
                weights.display()
            ));
        }
        if !path.is_file() {
            return Err(format!(
                "{} is missing: {} keeps its tensors there; copy both, under the names that they had",
                path.display(),
                weights.display()
            ));
        }
        let mut head = Vec::new();
        // What cannot be read is told when it is gone over.
        let _ = File::open(&path).map(|file| file.take(LFS_POINTER.len() as u64).read_to_end(&mut head));
        fetched(&path, &head)?;
        Ok(path)
    };
    data_names(model).into_iter().map(at).collect()
}

/// A message of `onnx.proto` on the way from a model to the tensors in it.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    SparseTensor,
    Tensor,
    DataEntry,
}

impl Message {
    /// What stands in its field of that number, where that leads to tensors.
    fn field(self, number: u64) -> Option<Message> {
        Some(match (self, number) {
            (Message::Model, 7) | (Message::Attribute, 6 | 11) => Message::Graph,
            (Message::Model, 25) => Message::Function,
            (Message::Graph, 1) | (Message::Function, 7) => Message::Node,
            (Message::Node, 5) | (Message::Function, 11) => Message::Attribute,
            (Message::Graph, 15) | (Message::Attribute, 22 | 23) => Message::SparseTensor,
            (Message::Graph, 5) | (Message::Attribute, 5 | 10) | (Message::SparseTensor, 1 | 2) => Message::Tensor,
            (Message::Tensor, 13) => Message::DataEntry,
            _ => return None,
        })
    }
}

/// The names of the files that a model's tensors lie in: the `location` of each tensor's `external_data`. What is broken is
/// passed over; the runtime will say so.
fn data_names(model: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // A list instead of a recursion: whoever made the file decides how deep its graphs are nested.
    let mut open = vec![(Message::Model, model)];
    while let Some((message, bytes)) = open.pop() {
        let mut entry = (&b""[..], &b""[..]);
        for (number, field) in Fields(bytes) {
            let Field::Bytes(content) = field else { continue };
            match (message, number) {
                (Message::DataEntry, 1) => entry.0 = content,
                (Message::DataEntry, 2) => entry.1 = content,
                _ => open.extend(message.field(number).map(|inner| (inner, content))),
            }
        }
        if entry.0 == b"location" {
            names.insert(String::from_utf8_lossy(entry.1).into_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with a length, which takes two bytes here.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let length = [content.len() as u8 | 0x80, (content.len() >> 7) as u8];
        [&[number << 3 | 2], &length[..], content].concat()
    }

    fn tensor(file: &str) -> Vec<u8> {
        let entry =
            |key: &str, value: &str| field(13, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat());
        [entry("location", file), entry("offset", "0")].concat()
    }

    #[test]
    fn every_file_of_a_model_is_in_its_hash_and_the_onnx_file_alone_in_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("model.onnx_data");
        fs::write(&data, "d").expect("a file");
        let files = |config: &str, tokenizer: &str, onnx: &str| ModelFiles {
            folder: folder.path().to_owned(),
            config: config.into(),
            tokenizer: tokenizer.into(),
            onnx_file: folder.path().join("model.onnx"),
            onnx: onnx.into(),
            data: vec![data.clone()],
        };
        let whole = |files: &ModelFiles| files.hashes().expect("files that are there").whole;
        let plain = files("c", "t", "o");
        // By `for x in c t o d; do printf $x | sha256sum | cut -c-64; done | xxd -r -p | sha256sum`, and `printf o | sha256sum`.
        assert_eq!(whole(&plain), "7dcbd6e9f600332d9e50452feb2ca6efde7578df939a24b53d2631257c6cef45");
        assert_eq!(
            plain.hashes().expect("files").onnx,
            "65c74c15a686187bb6bbf9958f494fc6b80068034a659a9ad44991b08c58f2d2"
        );
        for other in [files("C", "t", "o"), files("c", "T", "o"), files("c", "t", "O")] {
            assert_ne!(whole(&other), whole(&plain));
        }
        let before = whole(&plain);
        fs::write(&data, "D").expect("a file");
        assert_ne!(whole(&plain), before);
    }

    #[test]
    fn what_a_clone_without_git_lfs_leaves_is_named_in_place_of_every_file() {
        let tensor = field(7, &field(5, &tensor("data.bin")));
        let whole: [(&str, &[u8]); 4] =
            [("config.json", b"{}"), ("tokenizer.json", b"{}"), ("model.onnx", &tensor), ("data.bin", b"\0\0")];
        for (name, _) in whole {
            let folder = tempfile::tempdir().expect("a folder");
            for (file, content) in whole {
                fs::write(folder.path().join(file), content).expect("a file");
            }
            assert!(ModelFiles::read(folder.path()).is_ok());
            let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 268000000\n";
            fs::write(folder.path().join(name), pointer).expect("a file");
            let message = ModelFiles::read(folder.path()).map(|_| ()).expect_err("a pointer is no model").to_string();
            assert!(message.contains(&format!("{name}: this is a pointer of Git LFS")), "{message}");
        }
    }

    #[test]
    fn of_a_missing_tokenizer_it_is_said_how_to_make_it_where_it_can_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config.json"), "{}").expect("a file");
        let message = || ModelFiles::read(folder.path()).map(|_| ()).expect_err("it lacks a file").to_string();
        assert!(!message().contains("AutoTokenizer"), "{}", message());
        fs::write(folder.path().join("vocab.txt"), "[UNK]").expect("a file");
        assert!(message().contains("tokenizer.json: ") && message().contains("AutoTokenizer"), "{}", message());
    }

    #[test]
    fn the_files_of_tensors_are_found_wherever_a_graph_keeps_them() {
        let constant = field(1, &field(5, &field(5, &tensor("constant.bin"))));
        let branch = field(1, &field(5, &field(6, &field(5, &tensor("branch.bin")))));
        // A number before it (the IR version) and a tensor that lies in the file.
        let plain = field(5, &field(9, b"location"));
        let graph = [field(5, &tensor("model.onnx_data")), plain, constant, branch].concat();
        let model = [vec![8, 10], field(7, &graph)].concat();
        let found: Vec<String> = data_names(&model).into_iter().collect();
        assert_eq!(found, ["branch.bin", "constant.bin", "model.onnx_data"]);
        for cut in 0..model.len() {
            data_names(&model[..cut]);
        }
    }
}
