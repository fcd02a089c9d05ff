//! `registration`: a validator's word that an account of L1 owns its stake.

use super::error::Result;
use super::output::Output;
use crate::operator::{PassphraseFrom, ValidatorKey, read_genesis};
use chain::{L1Address, L1ChainId, registration_digest};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Registration {
    /// The key that votes.
    #[arg(long, value_name = "FILE", default_value = "validator.key")]
    key: PathBuf,
    /// The genesis of the chain that it votes on.
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    genesis: PathBuf,
    /// The L1 chain's id (EIP-155).
    #[arg(long, value_name = "ID")]
    l1_chain: u64,
    /// The registry's address there.
    #[arg(long, value_name = "ADDRESS")]
    registry: L1Address,
    /// The account that puts the stake down, and gets it back.
    #[arg(long, value_name = "ADDRESS")]
    owner: L1Address,
    /// A file with the key's passphrase; asked for if it is sealed and none is named.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Signs. Chain, L1 chain, registry and owner are in what is signed: it is of use to nobody else.
pub(super) fn sign(command: &Registration, output: Output) -> Result<()> {
    let chain = read_genesis(&command.genesis)?.chain_id();
    let passphrase = command
        .passphrase_file
        .clone()
        .map_or(PassphraseFrom::Terminal, PassphraseFrom::File);

    let key = ValidatorKey::read(&command.key, &passphrase)?;
    let l1_chain = L1ChainId::new(command.l1_chain);
    let digest = registration_digest(&chain, l1_chain, &command.registry, &command.owner);
    let (public, signature) = (key.public_key().to_bytes(), key.sign_digest(&digest));

    let object = json!({
        "key": public,
        "signature": signature,
        "chain_id": chain,
        "l1_chain": command.l1_chain,
        "registry": command.registry,
        "owner": command.owner,
    });
    output.result(
        &object,
        &format!("key        {public}\nsignature  {signature}"),
    );
    Ok(())
}
