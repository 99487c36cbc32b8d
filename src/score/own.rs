//! dealtone's own arithmetic for the models that it ships, behind the seam that ONNX Runtime stands behind too.

use std::sync::Arc;

pub use dealtone_network::Network;
use dealtone_network::{Session, VERSION};

use super::{Infer, Logits, ModelCard, ModelFiles, Row, ScoreError};

/// What results of it name as their runtime.
pub fn runtime() -> String {
    format!("own-{VERSION}")
}

/// The network in a model folder, where it is one that dealtone can compute itself. Whether it is the one that the folder
/// speaks of, [`belonging`] says.
///
/// # Errors
/// Where its ONNX file was made for others or the processor does not fit, with the reason.
pub fn read(files: &ModelFiles) -> Result<Network, String> {
    Network::read(&files.onnx).map_err(|what| format!("{}: {what}", files.onnx_file.display()))
}

/// What was read, where it is the network that its folder speaks of.
///
/// # Errors
/// Where it is not, with the reason; that the folder was not made for dealtone comes before what its network lacks.
pub fn belonging(network: Result<Network, String>, card: &ModelCard) -> Result<Network, String> {
    // A folder that states the hash of its weights was made for dealtone, and what was measured on it still holds.
    if card.weights_sha256.is_none() {
        return Err("its config.json states no dealtone.model_sha256, so it was not made for dealtone".into());
    }
    let network = network?;
    let (has, names) = (network.labels(), card.labels.len());
    if has != names {
        return Err(format!("{}: it has {has} outputs, and config.json names {names} labels", card.weights.display()));
    }
    Ok(network)
}

/// The model on one thread.
pub struct OwnModel(Session);

impl OwnModel {
    /// A thread's own session over weights that all share.
    pub fn new(network: Arc<Network>) -> OwnModel {
        OwnModel(Session::new(network))
    }
}

impl Infer for OwnModel {
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        let ids: Vec<&[i64]> = rows.iter().map(|row| &row.ids[..]).collect();
        self.0.logits(&ids).map_err(|message| ScoreError::Run { rows: rows.len(), message })
    }

    fn pads(&self) -> bool {
        false
    }
}
