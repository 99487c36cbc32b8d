//! The only file that names ONNX Runtime and the tokenizer: text to tokens, tokens to logits.
//!
//! One session a thread, one thread a session (intra = inter = 1, no spinning): that is faster than one session with
//! several threads, and it leaves a sidecar's neighbours their cores. The official library starts telemetry of its own
//! unless the environment says otherwise before it is loaded; without that word it is not loaded here.

use std::{
    io::Read,
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

use ndarray::Array2;
use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};
use tokenizers::{PostProcessor, Tokenizer, TruncationDirection};

use super::{
    Encoded, Encoder, Infer, Logits, ModelCard, ModelFiles, Row, ScoreError, Text, model::ContextUse, runtime_library,
};

/// The variable that keeps the official library from phoning home.
pub const TELEMETRY_OFF: &str = "ORT_DISABLE_TELEMETRY";

/// Where a model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, by number.
    Cuda(u32),
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

/// The loaded library. There is one a process; asking for another one is an error.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    version: String,
    library: PathBuf,
}

impl Runtime {
    /// Finds and loads the library, once a process; later calls give the same one.
    ///
    /// # Errors
    /// Where it is not found (with the places looked at), is not ONNX Runtime or is too old; and where
    /// [`TELEMETRY_OFF`] is not `1`, because it must be set before the library is loaded and before any thread starts.
    pub fn load(asked: Option<&Path>) -> Result<Runtime, ScoreError> {
        static LOADED: OnceLock<Runtime> = OnceLock::new();
        static LOADING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = LOADING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(runtime) = LOADED.get() {
            return Ok(runtime.clone());
        }
        if std::env::var(TELEMETRY_OFF).as_deref() != Ok("1") {
            return Err(ScoreError::Runtime(format!(
                "{TELEMETRY_OFF} is not 1: ONNX Runtime would open a connection of its own; set it before the program starts any thread"
            )));
        }
        let library = runtime_library::find(asked).map_err(ScoreError::Runtime)?;
        let refuse = |what: String| {
            ScoreError::Runtime(format!(
                "{}: {what}; dealtone needs ONNX Runtime 1.{} or later, scripts/onnxruntime brings {}",
                library.display(),
                ort::MINOR_VERSION,
                runtime_library::PINNED_VERSION
            ))
        };
        let builder = ort::init_from(&library).map_err(|e| refuse(e.to_string()))?;
        let environment =
            builder.with_name("dealtone").with_telemetry(false).build().map_err(|e| refuse(e.to_string()))?;
        environment.set_log_level(ort::logging::LogLevel::Fatal);
        let version = library_version(&library);
        Ok(LOADED.get_or_init(|| Runtime { environment, version, library: library.clone() }).clone())
    }

    /// Its version, as `1.31.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file it was loaded from.
    pub fn library(&self) -> &Path {
        &self.library
    }
}

/// The version as the library's build info states it, else as its file name does.
fn library_version(library: &Path) -> String {
    let name = library.canonicalize().unwrap_or_else(|_| library.to_owned());
    let name = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match name.split_once(".so.") {
        Some((_, version)) => version.to_owned(),
        None => format!("unknown ({name})"),
    }
}

/// The tokenizer of a model with the shape of its input.
pub struct TextEncoder {
    /// Never dropped: giving a table of 30,000 words back one by one takes 10 ms at the end of every cold line. Who loads several
    /// models one after the other, as `dealtone bench` does, leaves a table of some megabytes behind for each.
    tokenizer: ManuallyDrop<Tokenizer>,
    card: ModelCard,
}

/// The tokenizer of `tokenizer.json`.
///
/// # Errors
/// Where it is none.
pub fn tokenizer(files: &ModelFiles) -> Result<Tokenizer, ScoreError> {
    let refuse = |e: tokenizers::Error| ScoreError::Model {
        folder: files.folder.display().to_string(),
        message: format!("tokenizer.json: {e}"),
    };
    let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(refuse)?;
    // Both are ours to do: windows instead of a silent cut, padding by batch.
    tokenizer.with_truncation(None).map_err(refuse)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

impl TextEncoder {
    /// Puts texts before the tokenizer as the model's card says.
    pub fn new(tokenizer: Tokenizer, card: ModelCard) -> TextEncoder {
        TextEncoder { tokenizer: ManuallyDrop::new(tokenizer), card }
    }

    /// The greatest token id that a word of its own vocabulary has.
    pub fn last_word(&self) -> i64 {
        self.tokenizer.get_vocab(false).into_values().max().map_or(0, i64::from)
    }

    /// The part of the context that the model is given, if any.
    fn context<'a>(&self, text: &'a Text) -> Option<&'a str> {
        let shape = &self.card.input;
        let wanted = match shape.context {
            ContextUse::None => false,
            ContextUse::Previous => true,
            ContextUse::Short => {
                let limit = shape.context_if_words_at_most.unwrap_or(0);
                text.text.split_whitespace().nth(limit).is_none()
            }
        };
        if !wanted || text.context.is_empty() {
            return None;
        }
        let words = text.context.split_whitespace().count();
        let keep = shape.context_max_words.unwrap_or(usize::MAX);
        if words <= keep {
            return Some(&text.context);
        }
        let (start, _) = split_word_indices(&text.context).nth(words - keep)?;
        Some(&text.context[start..])
    }
}

/// The words of `text` between white space with the byte at which each begins.
fn split_word_indices(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

impl Encoder for TextEncoder {
    fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        let failed = |e: tokenizers::Error| ScoreError::Tokenizer { bytes: text.text.len(), message: e.to_string() };
        let prefix = self.card.input.side_prefix.get(text.side.name()).map(String::as_str).unwrap_or_default();
        let words = format!("{prefix}{}", text.text);
        let mut body = self.tokenizer.encode_fast(words.as_str(), false).map_err(failed)?;
        let mut context = match self.context(text) {
            Some(context) => Some(self.tokenizer.encode_fast(context, false).map_err(failed)?),
            None => None,
        };
        let added = self.tokenizer.get_post_processor().map_or(0, |p| p.added_tokens(context.is_some()));
        let room = self.card.max_tokens.saturating_sub(added).max(1);
        if let Some(context) = &mut context {
            // A long text needs its room more than its context does: at most a third goes to what was said before.
            context.truncate((room / 3).max(1), 0, TruncationDirection::Left);
        }
        let body_room = room - context.as_ref().map_or(0, |c| c.len()).min(room - 1);
        body.truncate(body_room, 0, TruncationDirection::Right);
        let rest = body.take_overflowing();
        std::iter::once(body)
            .chain(rest)
            .map(|window| {
                let (first, second) = match &context {
                    Some(context) => (context.clone(), Some(window)),
                    None => (window, None),
                };
                let whole = self.tokenizer.post_process(first, second, true).map_err(failed)?;
                // A template may number segments as it likes; there are two.
                let segment = |id: &u32| u8::try_from(*id).map_err(|e| failed(e.into()));
                Ok(Row {
                    ids: whole.get_ids().iter().map(|id| i64::from(*id)).collect(),
                    segments: whole.get_type_ids().iter().map(segment).collect::<Result<_, _>>()?,
                })
            })
            .collect::<Result<_, _>>()
            .map(Encoded)
    }
}

/// One session of the model; owned by one thread.
pub struct OnnxModel {
    session: Session,
    folder: String,
    weights: String,
    labels: usize,
    pad_id: i64,
    takes_segments: bool,
    one_by_one: bool,
}

impl OnnxModel {
    /// Loads the weights into a session.
    ///
    /// # Errors
    /// Where the runtime refuses the file, the model's inputs or outputs are not those of a text classifier, or the device
    /// is not there.
    pub fn load(card: &ModelCard, runtime: &Runtime, device: Device) -> Result<OnnxModel, ScoreError> {
        let refuse = |message: String| ScoreError::Model { folder: card.folder.display().to_string(), message };
        let weights = card.weights.display().to_string();
        let broken = |e: ort::Error| refuse(format!("{weights}: ONNX Runtime refuses it: {e}"));
        let mut builder = build(runtime, device, level(&card.weights, device)).map_err(|e| match device {
            Device::Cpu => refuse(format!("no session could be set up: {e}")),
            Device::Cuda(_) => ScoreError::Device(format!(
                "{device} was asked for and cannot be used: {e}; name a GPU build of ONNX Runtime with --onnxruntime, or use --device cpu"
            )),
        })?;
        let session = builder.commit_from_file(&card.weights).map_err(broken)?;
        let form = Form::of(&session).map_err(|what| refuse(format!("{weights} {what}")))?;
        let mut model = OnnxModel {
            session,
            folder: card.folder.display().to_string(),
            weights,
            labels: card.labels.len(),
            pad_id: card.pad_id,
            takes_segments: form.takes_segments,
            one_by_one: form.one_by_one,
        };
        // A first run settles what the graph only promises: that there is a number for each label.
        let first = Row { ids: vec![0, 0], segments: vec![0, 0] };
        model.infer(&[&first]).map_err(|e| e.in_folder(card, "a first run over two tokens fails"))?;
        Ok(model)
    }

    /// Runs rows one by one from now on, for a model whose scores change with what stands beside them.
    pub fn run_one_by_one(&mut self) {
        self.one_by_one = true;
    }

    /// Whether it runs rows one by one.
    pub fn runs_one_by_one(&self) -> bool {
        self.one_by_one
    }

    fn run(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        let failed = |message: String| ScoreError::Run { rows: rows.len(), message };
        let longest = rows.iter().map(|row| row.ids.len()).max().unwrap_or(0);
        let mut ids = Array2::<i64>::from_elem((rows.len(), longest), self.pad_id);
        let mut mask = Array2::<i64>::zeros((rows.len(), longest));
        let mut segments = Array2::<i64>::zeros((rows.len(), longest));
        for (at, row) in rows.iter().enumerate() {
            for (place, (id, segment)) in row.ids.iter().zip(&row.segments).enumerate() {
                ids[[at, place]] = *id;
                mask[[at, place]] = 1;
                segments[[at, place]] = i64::from(*segment);
            }
        }
        let tensor = |array| TensorRef::from_array_view(array).map_err(|e| failed(e.to_string()));
        let (ids, mask) = (tensor(ids.view())?, tensor(mask.view())?);
        let outputs = if self.takes_segments {
            let segments = tensor(segments.view())?;
            self.session.run(ort::inputs!["input_ids" => ids, "attention_mask" => mask, "token_type_ids" => segments])
        } else {
            self.session.run(ort::inputs!["input_ids" => ids, "attention_mask" => mask])
        }
        .map_err(|e| failed(e.to_string()))?;
        let output = outputs.get("logits").unwrap_or(&outputs[0]);
        let (shape, numbers) = output.try_extract_tensor::<f32>().map_err(|e| failed(e.to_string()))?;
        if shape.len() != 2 || shape[0] != rows.len() as i64 || shape[1] != self.labels as i64 {
            let hint = match shape.len() {
                3 => "; it was exported for another task, so export it with --task text-classification",
                _ => "",
            };
            return Err(ScoreError::Model {
                folder: self.folder.clone(),
                message: format!(
                    "{} gives an output of shape {shape:?} for {} texts; config.json names {} labels{hint}",
                    self.weights,
                    rows.len(),
                    self.labels
                ),
            });
        }
        Ok(numbers.chunks(self.labels).map(<[f32]>::to_vec).collect())
    }
}

/// What a graph takes, where it is that of a text classifier.
struct Form {
    takes_segments: bool,
    /// It takes a single text at a time.
    one_by_one: bool,
}

impl Form {
    /// Looks at the inputs and outputs that the graph declares.
    ///
    /// # Errors
    /// Where they are others, behind the name of the file: what they are and what to export instead.
    fn of(session: &Session) -> Result<Form, String> {
        let inputs: Vec<&str> = session.inputs().iter().map(Outlet::name).collect();
        if let Some(strange) = inputs.iter().find(|n| !["input_ids", "attention_mask", "token_type_ids"].contains(n)) {
            return Err(format!(
                "wants an input {strange:?}; a text classifier takes input_ids, attention_mask and perhaps token_type_ids"
            ));
        }
        if !inputs.contains(&"input_ids") || !inputs.contains(&"attention_mask") {
            return Err(format!("takes {inputs:?}; it must take input_ids and attention_mask"));
        }
        let mut one_by_one = false;
        for input in session.inputs() {
            let ValueType::Tensor { ty, shape, .. } = input.dtype() else { continue };
            let name = input.name();
            if *ty != TensorElementType::Int64 {
                return Err(format!(
                    "takes {name} as {ty} and is given 64-bit integers; export it with inputs of type int64, as optimum does"
                ));
            }
            // A free dimension is -1.
            let fixed = |place: usize| shape.get(place).copied().filter(|size| *size >= 0);
            if let Some(tokens) = fixed(1) {
                return Err(format!(
                    "takes rows of exactly {tokens} tokens, and texts differ in length; export it with dynamic axes for the batch and \
                     the tokens, as optimum does"
                ));
            }
            match fixed(0) {
                None => {}
                Some(1) => one_by_one = true,
                Some(texts) => {
                    return Err(format!(
                        "takes exactly {texts} texts at once; export it with dynamic axes for the batch and the tokens, as optimum does"
                    ));
                }
            }
        }
        let outputs = session.outputs();
        let output = outputs.iter().find(|o| o.name() == "logits").or(outputs.first());
        if let Some(ValueType::Tensor { ty, .. }) = output.map(Outlet::dtype)
            && *ty != TensorElementType::Float32
        {
            return Err(format!(
                "gives its numbers as {ty}, and 32-bit floats are read; export it with --dtype fp32, or convert it with its inputs and \
                 outputs left as they are (keep_io_types)"
            ));
        }
        Ok(Form { takes_segments: inputs.contains(&"token_type_ids"), one_by_one })
    }
}

/// The first GPU where the model runs there, else the processor. Trying it is the one sure way: a runtime that is built for
/// GPUs says nothing about whether one is there, nor whether it has room.
pub fn best_device(card: &ModelCard, runtime: &Runtime) -> Device {
    let gpu = Device::Cuda(0);
    if OnnxModel::load(card, runtime, gpu).is_ok() { gpu } else { Device::Cpu }
}

/// How much the runtime is to optimise a graph. In one that `scripts/train/export.py` wrote there is nothing left to find: it
/// gives the same bits in the same time on every level, and looking takes 25 ms a session, which a cold start waits for.
fn level(weights: &Path, device: Device) -> GraphOptimizationLevel {
    // The fields of the file come in their order: the version, then who made it.
    const BY_HAND: &[u8] = b"\x12\x08dealtone";
    let mut head = [0; 32];
    let read = std::fs::File::open(weights).and_then(|mut file| file.read_exact(&mut head));
    match read {
        Ok(()) if device == Device::Cpu && head.windows(BY_HAND.len()).any(|part| part == BY_HAND) => {
            GraphOptimizationLevel::Disable
        }
        _ => GraphOptimizationLevel::All,
    }
}

fn build(
    runtime: &Runtime,
    device: Device,
    level: GraphOptimizationLevel,
) -> ort::Result<ort::session::builder::SessionBuilder> {
    let builder = Session::builder(&runtime.environment)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_optimization_level(level)?
        // Plans memory by shape: slower where every batch has another shape.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?;
    match device {
        Device::Cpu => Ok(builder),
        Device::Cuda(id) => Ok(builder.with_execution_providers([ort::ep::CUDA::default()
            .with_device_id(id as i32)
            .build()
            // Without this the runtime falls back to the processor and nobody is told.
            .error_on_failure()])?),
    }
}

impl Infer for OnnxModel {
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        if self.one_by_one {
            return rows.iter().copied().map(|row| Ok(self.run(&[row])?.remove(0))).collect();
        }
        self.run(rows)
    }
}
