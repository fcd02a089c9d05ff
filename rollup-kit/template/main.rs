//! The rollup's program: all that `rollup-kit` does, by this crate's rules.

use rollup_kit::cli::{App, main as run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(App::with_rules(&{{crate}}::rule::RULES))
}
