//! The command line, as a function: a program with rules of its own calls it as well.

use crate::commands::{Command, Context, Partly};
use clap::Parser;
use serde_json::Value;
use std::ffi::OsString;
use std::process::ExitCode;
use validity::gadget::{Gadget, Ruled};

/// What a program is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct App {
    gadget: Option<&'static dyn Gadget>,
}

impl App {
    /// A program for rollups with these rules.
    #[must_use]
    pub const fn with_rules(gadget: &'static dyn Gadget) -> Self {
        Self {
            gadget: Some(gadget),
        }
    }
}

/// Posts a rollup's batches, and believes no node: certificates, proofs and bytes are verified
/// against the validator set before anything is said of them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    context: Context,
    #[command(subcommand)]
    command: Command,
}

/// Reads the process's arguments and does what they say. The answer goes to stdout, as lines or as
/// one JSON object; what is wrong goes to stderr.
#[must_use]
pub fn main(app: App) -> ExitCode {
    run(app, std::env::args_os())
}

/// As [`main`], with these arguments, of which the first is the program's name. Those that do not
/// parse end the process.
#[must_use]
pub fn run(app: App, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Arguments {
        mut context,
        command,
    } = Arguments::parse_from(arguments);
    match app.gadget.map(Ruled::new).transpose() {
        Ok(ruled) => context.ruled = ruled,
        Err(error) => return failed(&error),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(command.run(&context)) {
        Ok(Some(done)) => {
            show(&done, context.json);
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(partly) = error.downcast_ref::<Partly>() {
                show(&partly.done, context.json);
            }
            failed(&error)
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("rollup-kit: {error}");
    ExitCode::FAILURE
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
