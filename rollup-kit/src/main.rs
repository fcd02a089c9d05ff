//! The rollup's command line.

mod commands;

use clap::Parser;
use commands::Command;
use serde_json::Value;
use std::process::ExitCode;

/// Posts a rollup's batches, and believes no node: certificates, proofs and bytes are verified
/// against the validator set before anything is said of them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    context: commands::Context,
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { context, command } = Arguments::parse();
    match command.run(&context).await {
        Ok(Some(done)) => {
            show(&done, context.json);
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rollup-kit: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show(done: &Value, as_json: bool) {
    if as_json {
        println!("{done}");
        return;
    }
    for (name, value) in done.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        println!("{:<14} {text}", name.replace('_', " "));
    }
}
