//! Our own contestants. Each file is all that knows the interface of the crate it measures.

pub mod codes;
pub mod kzg;

use algebra::{ENGINE_VARIABLE, Engine};

use crate::BenchError;

/// Every engine that this machine runs, or the only one that `ASSAY_ENGINE` names.
///
/// # Errors
/// [`BenchError::Algebra`] when the one it names is not to be had.
pub fn engines() -> Result<Vec<Engine>, BenchError> {
    if std::env::var_os(ENGINE_VARIABLE).is_some() {
        Ok(vec![Engine::of_process()?])
    } else {
        Ok(Engine::all())
    }
}
