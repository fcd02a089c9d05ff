//! The chain in a file.

use std::path::Path;

use crate::chain::Chain;
use crate::error::{Error, Result};

impl Chain {
    /// Writes the chain to a file.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn save(&self, file: &Path) -> Result<()> {
        Err(Error::File {
            path: file.to_owned(),
            reason: String::new(),
        })
    }
}
