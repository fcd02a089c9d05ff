//! The full node's command line.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    da_node::cli::main().await
}
