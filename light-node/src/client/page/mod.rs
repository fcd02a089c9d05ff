//! What people see of a light node: a page on loopback that draws the grid and the cells that
//! are sampled, says the verdict in words, and how sure it is.
//!
//! ```text
//! steps of the sampling ─Board→ changes ─Hub→ pages that are open, /status.json, /metrics
//! ```
//!
//! | path | what |
//! |---|---|
//! | `/` | the page, with its style, scripts and picture beside it |
//! | `/status.json` | a [`PageStatus`] |
//! | `/events` | server-sent events: a `snapshot`, then `changes` and `vitals` |
//! | `/metrics` | figures for Prometheus, `assay_light_…` |
//!
//! Whoever may open a connection to this machine's loopback may read it; there is nothing that
//! can be changed by it. Requests by another name than the machine's own are refused, so no
//! web site reads it by way of a browser.

mod assets;
mod board;
#[cfg(test)]
mod fixture;
mod http;
mod hub;
mod metrics;
mod query;
mod report;
mod routes;

pub use board::{BlockView, CellState, Counts, Place, SampledCell};
pub use report::{DayBytes, PageStatus, Tip, Vitals};

use crate::client::LightNode;
use crate::{Error, Result};
use http::Limits;
use hub::Hub;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Pages that may be open at once.
const MAX_STREAMS: usize = 8;

/// A page that is served. It is closed when this is dropped.
#[derive(Debug)]
pub struct Page {
    at: SocketAddr,
    file: Option<PathBuf>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

impl LightNode {
    /// Shows this node on a page of its own, at an address of this machine's loopback; port 0
    /// takes a free one. A node with a folder leaves the address there, in the file `page`.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] for an address that others can reach, [`Error::PageAddress`] when
    /// it cannot be had, [`Error::DataDir`] when the file cannot be written.
    pub async fn serve_page(&self, at: SocketAddr) -> Result<Page> {
        check_loopback(at)?;
        let refused = |source| Error::PageAddress { at, source };
        let listener = TcpListener::bind(at).await.map_err(refused)?;
        let at = listener.local_addr().map_err(refused)?;
        let folder = self.shared.config.data_dir.as_deref();
        let file = folder.map(|folder| folder.join(query::FILE));
        if let Some(path) = &file {
            leave(path, at).map_err(|source| Error::DataDir {
                path: path.clone(),
                source,
            })?;
        }
        let steps = self.progress();
        let shared = Arc::clone(&self.shared);
        let hub = Arc::new(Hub::new(move || shared.status(), MAX_STREAMS));
        let following = Arc::clone(&hub);
        Ok(Page {
            at,
            file,
            tasks: [
                tokio::spawn(async move { following.run(steps).await }),
                tokio::spawn(http::serve(listener, at, hub, Limits::DEFAULT)),
            ],
        })
    }
}

impl Page {
    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.at
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some(path) = &self.file
            && PageStatus::address_in(path.parent().unwrap_or(Path::new(""))).ok() == Some(self.at)
        {
            // Left behind, it leads to nobody, and the next page overwrites it.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Puts the address where others of this machine look for it: all of it, or nothing.
fn leave(path: &Path, at: SocketAddr) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    std::fs::write(&aside, format!("{at}\n"))?;
    std::fs::rename(&aside, path)
}

/// Refuses an address that is not this machine's alone.
fn check_loopback(at: SocketAddr) -> Result<()> {
    if at.ip().is_loopback() {
        Ok(())
    } else {
        Err(Error::NotLoopback { got: at })
    }
}
