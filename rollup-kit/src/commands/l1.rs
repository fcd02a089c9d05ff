//! `l1`: an Ethereum to try things on.

use super::{Context, Outcome};
use clap::Args;
use l1::accounts::{TEST_PHRASE, derive, wei_of_ether};
use l1::server::{Mining, Options, now};
use l1::{Chain, Genesis};
use serde_json::json;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Blocks after which the chain is written to its file again.
const SAVE_BLOCKS: u64 = 64;

/// An Ethereum in this process, at Osaka's rules: JSON-RPC over HTTP and WebSocket on loopback.
///
/// Its accounts' keys are known to everybody, unless a phrase of your own is given. It stops with
/// SIGINT or SIGTERM.
#[derive(Args)]
pub(crate) struct L1 {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8545)]
    port: u16,
    /// A block each so many milliseconds.
    #[arg(long, value_name = "N", conflicts_with = "automine", value_parser = clap::value_parser!(u64).range(1..))]
    block_ms: Option<u64>,
    /// A block as soon as a transaction can be in one; this is what it does by itself.
    #[arg(long)]
    automine: bool,
    /// The id that transactions are signed for.
    #[arg(long, value_name = "ID", default_value_t = 31337)]
    chain_id: u64,
    /// How many accounts are rich.
    #[arg(long, value_name = "N", default_value_t = 10)]
    accounts: usize,
    /// How much each of them has, in ether.
    #[arg(long, value_name = "ETHER", default_value_t = 10_000)]
    balance: u64,
    /// The phrase that the accounts come from.
    #[arg(long, value_name = "PHRASE", default_value = TEST_PHRASE)]
    mnemonic: String,
    /// Goes on with the chain in this file, and writes it there while it runs and when it stops.
    /// Of a chain that exists, id and balances are as the file has them.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl L1 {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let keys = derive(&self.mnemonic, self.accounts)?;
        let accounts: Vec<_> = keys.iter().map(|key| key.address()).collect();
        let chain = match &self.state {
            Some(file) if file.exists() => Chain::load(file)?,
            _ => {
                let wei = wei_of_ether(self.balance);
                let mut genesis = Genesis::new(now()).with_balances(&accounts, wei);
                genesis.chain_id = self.chain_id;
                Chain::new(&genesis)?
            }
        };
        let chain_id = chain.chain_id();
        let mut signals = Signals::new()?;
        let options = Options {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            mining: match self.block_ms {
                Some(milliseconds) => Mining::Every(Duration::from_millis(milliseconds)),
                None => Mining::Automine,
            },
        };
        let server = l1::server::L1::serve(chain, options).await?;
        let mut out = std::io::stdout().lock();
        if context.json {
            let accounts: Vec<_> = keys
                .iter()
                .map(|key| json!({ "address": key.address(), "key": key.to_bytes() }))
                .collect();
            let started = json!({
                "http": server.http_url(),
                "ws": server.ws_url(),
                "chain_id": chain_id,
                "accounts": accounts,
            });
            writeln!(out, "{started}")?;
        } else {
            for key in &keys {
                writeln!(out, "{} {}", key.address(), key.to_bytes())?;
            }
            writeln!(out, "chain {chain_id} on {}", server.http_url())?;
        }
        out.flush()?;
        drop(out);

        keep(&server, self.state.as_deref(), &mut signals).await?;
        server.stop().await;
        Ok(None)
    }
}

/// Until a signal comes; the file is written then, and while blocks come.
async fn keep(
    server: &l1::server::L1,
    file: Option<&Path>,
    signals: &mut Signals,
) -> Result<(), Box<dyn std::error::Error>> {
    let Some(file) = file else {
        signals.next().await;
        return Ok(());
    };
    let mut saved = server.head();
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = signals.next() => {
                server.save(file)?;
                return Ok(());
            }
            _ = look.tick() => {
                let head = server.head();
                if head.abs_diff(saved) >= SAVE_BLOCKS {
                    server.save(file)?;
                    saved = head;
                }
            }
        }
    }
}

/// What ends the command.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
