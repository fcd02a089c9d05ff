//! `init`: a node's files.

use super::error::{CliError, Result};
use super::output::Output;
use crate::operator::files::{self, Access};
use crate::operator::{
    self, CONSENSUS_PORT, Config, GRPC_PORT, Host, NetworkKeys, P2P_PORT, Passphrase, Role,
    ValidatorFile, ValidatorKey,
};
use chain::{SigningKey, Weight};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// The folder to make the files in; it is created when it is not there.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The node's name in logs and metrics.
    #[arg(long, value_name = "NAME", default_value = "node")]
    moniker: String,
    /// The host that others reach this node by: an IP address or a DNS name. On a loopback
    /// address the node listens on that one alone.
    #[arg(long, value_name = "HOST", default_value_t = Host::LOOPBACK)]
    host: Host,
    /// The port for peers and light nodes, on TCP and on UDP.
    #[arg(long, value_name = "PORT", default_value_t = P2P_PORT)]
    p2p_port: u16,
    /// The port for the other validators, on TCP.
    #[arg(long, value_name = "PORT", default_value_t = CONSENSUS_PORT)]
    consensus_port: u16,
    /// Where to serve gRPC. Beyond loopback it needs TLS.
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, GRPC_PORT)))]
    grpc: SocketAddr,
    /// The certificate of gRPC, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key, in PEM, which nobody else may be able to read.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve gRPC to other machines in the clear.
    #[arg(long)]
    insecure: bool,
    /// Where to serve metrics: a loopback address.
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// The weight that the announcement suggests.
    #[arg(long, value_name = "WEIGHT", default_value_t = 1)]
    weight: u64,
    /// Make a full node that never votes: no validator key, and nothing to hand to others.
    #[arg(long, conflicts_with_all = ["passphrase_file", "passphrase", "weight"])]
    full: bool,
    /// Seal the validator's key under the passphrase in this file.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Seal the validator's key under a passphrase that is asked for. Without either, the key
    /// is in the file as it is.
    #[arg(long)]
    passphrase: bool,
}

/// Makes every file, or none when one of them is there already.
pub(super) fn init(command: &Init, output: Output) -> Result<()> {
    let path = |name: &str| command.dir.join(name);
    let (key_file, network_file) = (path("validator.key"), path("network.key"));
    let (announcement_file, config_file) = (path("validator.json"), path("config.toml"));
    let theirs = [&network_file, &config_file];
    let own = [&key_file, &announcement_file];
    for file in theirs
        .into_iter()
        .chain(own.into_iter().filter(|_| !command.full))
    {
        files::check_absent(file)?;
    }

    let config = config(command);
    config.check()?;
    if command.full {
        return init_full(command, &config, &network_file, &config_file, output);
    }
    let passphrase = match (&command.passphrase_file, command.passphrase) {
        (Some(file), _) => Some(Passphrase::read(file)?),
        (None, true) => Some(Passphrase::ask_new()?),
        (None, false) => None,
    };
    let mut rng = rng()?;
    let key = SigningKey::generate(&mut rng);
    let network = NetworkKeys::generate(&mut rng);
    let announcement = ValidatorFile::new(
        command.moniker.clone(),
        &key,
        &network,
        Weight::new(command.weight),
        command.host.p2p(command.p2p_port),
        command.host.tcp(command.consensus_port),
    )?;

    std::fs::create_dir_all(&command.dir).map_err(CliError::file(&command.dir))?;
    ValidatorKey::create(&key_file, &key, passphrase.as_ref(), &mut rng)?;
    network.create(&network_file)?;
    announcement.create(&announcement_file)?;
    files::create(&config_file, config.render()?.as_bytes(), Access::Everybody)?;
    let sealed = passphrase.is_some();
    let object = json!({
        "public_key": announcement.public_key,
        "address": key.public_key().address(),
        "peer_id": network.peer_id().to_string(),
        "consensus_peer_id": network.consensus_peer_id()?,
        "sealed": sealed,
        "announcement": announcement_file,
        "config": config_file,
    });
    let line = format!(
        "validator {}\nkey       {} ({})\nhand to the others: {}\nthen, with everybody's genesis \
         and addresses: {}",
        announcement.public_key,
        key_file.display(),
        if sealed {
            "under the passphrase"
        } else {
            "plain: whoever reads it votes in your name"
        },
        announcement_file.display(),
        config_file.display(),
    );
    output.result(&object, &line);
    Ok(())
}

/// The files of a node without a key that votes.
fn init_full(
    command: &Init,
    config: &Config,
    network_file: &Path,
    config_file: &Path,
    output: Output,
) -> Result<()> {
    let network = NetworkKeys::generate(&mut rng()?);
    std::fs::create_dir_all(&command.dir).map_err(CliError::file(&command.dir))?;
    network.create(network_file)?;
    files::create(config_file, config.render()?.as_bytes(), Access::Everybody)?;
    let peer = network.peer_id().to_string();
    let object = json!({ "peer_id": peer, "config": config_file });
    let line = format!(
        "full node {peer}\nneeds the genesis and some addresses: {}",
        config_file.display()
    );
    output.result(&object, &line);
    Ok(())
}

fn rng() -> Result<StdRng> {
    Ok(
        StdRng::try_from_rng(&mut SysRng).map_err(|error| operator::Error::System {
            what: "randomness",
            reason: error.to_string(),
        })?,
    )
}

fn config(command: &Init) -> Config {
    let mut config = Config {
        moniker: command.moniker.clone(),
        role: if command.full {
            Role::Full
        } else {
            Role::Validator
        },
        ..Config::default()
    };
    let listen = command.host.listen();
    config.p2p.listen = listen.p2p(command.p2p_port);
    config.consensus.listen = listen.tcp(command.consensus_port);
    if !command.full && listen != command.host {
        config.consensus.address = Some(command.host.tcp(command.consensus_port));
    }
    config.grpc.listen = command.grpc;
    config.grpc.insecure = command.insecure;
    config.metrics.listen = command.metrics;
    // Relative to where the command runs, which is not where the configuration is.
    let absolute = |file: &PathBuf| std::path::absolute(file).unwrap_or_else(|_| file.clone());
    config.grpc.tls_certificate = command.tls_cert.as_ref().map(absolute);
    config.grpc.tls_key = command.tls_key.as_ref().map(absolute);
    config.keys.passphrase_file = command.passphrase_file.as_ref().map(absolute);
    config
}
