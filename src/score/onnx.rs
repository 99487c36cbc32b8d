//! The only file that names ONNX Runtime: tokens to logits for any model, on a processor or a GPU.
//!
//! One session a thread, one thread a session (intra = inter = 1, no spinning): that is faster than one session with
//! several threads, and it leaves a sidecar's neighbours their cores. The official library starts telemetry of its own
//! unless the environment says otherwise before it is loaded; without that word it is not loaded here.

use std::{
    ffi::CStr,
    io::Read,
    path::Path,
    sync::{Mutex, OnceLock},
};

use ndarray::Array2;
use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};

use super::{Infer, Logits, ModelCard, Row, ScoreError, runtime_library};

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
        // A path in the working folder is what the user sees; the loader looks beside the program first.
        let library = std::path::absolute(&library).unwrap_or(library);
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
        Ok(LOADED.get_or_init(|| Runtime { environment, version }).clone())
    }

    /// Its version, as `1.31.1`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// The version that a library of ONNX Runtime states, whatever its file is called; where it states none, the file's name.
#[allow(unsafe_code)]
fn library_version(library: &Path) -> String {
    let ask = || -> Option<String> {
        // SAFETY: the library is loaded (this is another handle to it, not another copy), so its initialisers have run; both
        // calls are the entry of its C interface, the same in every version since the first, and the text is a constant in it.
        unsafe {
            let library = libloading::Library::new(library).ok()?;
            let base = library.get::<unsafe extern "C" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase").ok()?;
            let stated = (base().as_ref()?.GetVersionString)();
            if stated.is_null() {
                return None;
            }
            Some(CStr::from_ptr(stated).to_str().ok()?.to_owned())
        }
    };
    ask().unwrap_or_else(|| {
        let name = library.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        format!("unknown ({name})")
    })
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
    /// Loads the weights into a session and runs `first`, a line as its own tokenizer gives it.
    ///
    /// # Errors
    /// Where the runtime refuses the file, the model's inputs or outputs are not those of a text classifier, it cannot run that
    /// line, or the device is not there.
    pub fn load(card: &ModelCard, runtime: &Runtime, device: Device, first: &Row) -> Result<OnnxModel, ScoreError> {
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
        // A first run settles what the graph only promises: that there is a number for each label. It is over a row that the
        // tokenizer makes, for a model may rest on a token that every such row has (BART reads a line at its `</s>`).
        model.infer(&[first]).map_err(|e| {
            let greatest = first.ids.iter().max().copied().unwrap_or_default();
            e.in_folder(
                card,
                &format!(
                    "a first line cannot be scored (where the model does not know a token of number {greatest}, which stands in it, \
                     tokenizer.json is that of another model: take both from one place)"
                ),
            )
        })?;
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
pub fn best_device(card: &ModelCard, runtime: &Runtime, first: &Row) -> Device {
    let gpu = Device::Cuda(0);
    if OnnxModel::load(card, runtime, gpu, first).is_ok() { gpu } else { Device::Cpu }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_what_the_library_states_and_not_what_its_file_is_called() {
        let found = runtime_library::find(None);
        if std::env::var(TELEMETRY_OFF).as_deref() != Ok("1") || found.is_err() {
            assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{found:?}");
            eprintln!("skipped: {found:?}");
            return;
        }
        let temp = tempfile::tempdir().expect("a folder");
        for name in ["libonnxruntime.so", "libonnxruntime.so.9.9.9"] {
            let path = temp.path().join(name);
            std::os::unix::fs::symlink(found.as_ref().expect("it is there").canonicalize().expect("a path"), &path)
                .expect("a link");
            assert_eq!(library_version(&path), runtime_library::PINNED_VERSION, "{name}");
        }
        assert_eq!(library_version(&temp.path().join("none.so")), "unknown (none.so)");
    }
}
