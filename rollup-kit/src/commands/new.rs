//! `new`: a crate for a rollup with rules of its own.

use super::{Context, Outcome};
use clap::{Args, ValueEnum};
use rollup_kit::project::{self, CrateName, Origin};
use serde_json::json;
use std::path::PathBuf;

/// Writes a crate for a rollup with rules of its own: state transition, gadget, tests, settings and
/// a page that says how to add an operation.
#[derive(Args)]
pub(crate) struct New {
    /// What the crate and its folder are called.
    name: CrateName,
    /// What it begins with.
    #[arg(long, value_enum, default_value_t = Example::Shop)]
    example: Example,
    /// The checkout of Assay to build on; without it, the one that this program was built from.
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Example {
    /// Loyalty points of a shop.
    Shop,
    /// Duels: nothing is paid.
    Game,
}

impl New {
    pub(super) async fn run(self, _: &Context) -> Outcome {
        let example = match self.example {
            Example::Shop => project::Example::Shop,
            Example::Game => project::Example::Game,
        };
        let origin = match self.path {
            Some(path) => Origin {
                checkout: std::path::absolute(path)?,
                programs: None,
            },
            None => Origin {
                checkout: project::own_checkout(),
                programs: std::env::current_exe()?.parent().map(PathBuf::from),
            },
        };
        let folder = PathBuf::from(self.name.to_string());
        project::write(&folder, &self.name, example, &origin)?;
        Ok(Some(json!({
            "crate": self.name.to_string(),
            "folder": folder,
            "next": format!("cd {} && cargo test", self.name),
        })))
    }
}
