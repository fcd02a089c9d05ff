//! `light-node status`: how a node that runs on this machine fares.

use light_node::{PageStatus, Result};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where a page is, unless it is said.
pub(crate) const PAGE: &str = "127.0.0.1:8780";

/// Which node, and how to say it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The node's folder, which says where its page is.
    #[arg(long, value_name = "FOLDER", conflicts_with = "page")]
    data_dir: Option<PathBuf>,
    /// The address of its page.
    #[arg(long, value_name = "ADDRESS", default_value = PAGE)]
    page: SocketAddr,
    /// One JSON object, the same as the page's /status.json.
    #[arg(long)]
    json: bool,
}

/// Asks, and prints the answer.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode> {
    let at = match &arguments.data_dir {
        Some(folder) => PageStatus::address_in(folder)?,
        None => arguments.page,
    };
    let status = PageStatus::ask(at).await?;
    if arguments.json {
        println!("{}", serde_json::json!(status));
    } else {
        println!("{status}");
    }
    Ok(ExitCode::SUCCESS)
}
