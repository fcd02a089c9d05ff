//! The rollup's command line, with the ledger's own operations.

use rollup_kit::cli::{App, main as run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(App::default())
}
