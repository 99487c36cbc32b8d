//! dealtone's own arithmetic for the models that it ships, behind the seam that ONNX Runtime stands behind too.

use std::sync::Arc;

pub use dealtone_network::is_fastest;
use dealtone_network::{Network, Session, VERSION};

use super::{Infer, Logits, ModelCard, Row, ScoreError};

/// What results of it name as their runtime.
pub fn runtime() -> String {
    format!("own-{VERSION}")
}

/// The weights of a model that dealtone can compute itself.
///
/// # Errors
/// Where it cannot, with the reason: it was made for others, its file or the processor does not fit.
pub fn read(card: &ModelCard) -> Result<Arc<Network>, String> {
    // A folder that states the hash of its weights was made for dealtone, and what was measured on it still holds.
    if card.weights_sha256.is_none() {
        return Err("its config.json states no dealtone.model_sha256, so it was not made for dealtone".into());
    }
    let named = |what: String| format!("{}: {what}", card.weights.display());
    let network = Network::read(&std::fs::read(&card.weights).map_err(|e| named(e.to_string()))?).map_err(named)?;
    if network.labels() != card.labels.len() {
        let (has, names) = (network.labels(), card.labels.len());
        return Err(named(format!("it has {has} outputs, and config.json names {names} labels")));
    }
    Ok(Arc::new(network))
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
}
