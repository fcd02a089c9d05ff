//! `archive`: what was imported, listed and given back.

use super::error::Result;
use super::import::FOLDER;
use super::output::{Output, write_file};
use crate::archive::{Shelf, Shelved};
use commitments::Threads;
use serde_json::json;
use std::path::PathBuf;
use types::{BlobId, Namespace};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Archive {
    /// Show every blob that is kept.
    List(List),
    /// Give a blob back, checked against its id.
    Get(Get),
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Those of one namespace.
    #[arg(long, value_name = "NAME")]
    namespace: Option<Namespace>,
    /// The folder that they are kept in.
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    archive: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// The blob.
    id: BlobId,
    /// Where to write; standard output by default.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The folder that it is kept in.
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    archive: PathBuf,
}

pub(super) fn archive(command: &Archive, output: Output) -> Result<()> {
    match command {
        Archive::List(list) => show(list, output),
        Archive::Get(get) => give(get, output),
    }
}

fn show(list: &List, output: Output) -> Result<()> {
    let wanted = |shelved: &&Shelved| list.namespace.is_none_or(|n| n == shelved.namespace);
    let shelf = Shelf::new(&list.archive).list()?;
    for shelved in shelf.iter().filter(wanted) {
        for (height, meta) in &shelved.blobs {
            let (id, bytes) = (meta.id(), meta.length().bytes());
            let object = json!({
                "chain_id": shelved.chain_id,
                "namespace": shelved.namespace,
                "blob_id": id,
                "height": height,
                "bytes": bytes,
                "file": shelved.path,
            });
            let namespace = shelved.namespace;
            output.result(
                &object,
                &format!("{height:>8}  {id}  {bytes} bytes  {namespace}"),
            );
        }
    }
    Ok(())
}

fn give(get: &Get, output: Output) -> Result<()> {
    let kept = Shelf::new(&get.archive).get(get.id, &Threads::available()?)?;
    write_file(get.output.as_deref(), &kept.payload)?;
    let bytes = kept.payload.len();
    let object = json!({
        "blob_id": get.id,
        "namespace": kept.meta.namespace(),
        "mode": kept.meta.length().mode(),
        "bytes": bytes,
        "height": kept.height,
        "checked": true,
    });
    let line = format!("{} {bytes} bytes", get.id);
    if get.output.is_some() {
        output.result(&object, &line);
    } else {
        output.aside(&object, &line);
    }
    Ok(())
}
