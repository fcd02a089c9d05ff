//! `genesis`: a chain's first file.

use super::error::Result;
use super::output::Output;
use crate::operator::{Named, ValidatorFile, assemble, create_genesis};
use crate::{Clock, SystemClock};
use chain::{ChainParams, Weight};
use serde_json::json;
use std::path::{Path, PathBuf};
use types::Timestamp;

#[derive(Debug, clap::Args)]
pub(super) struct GenesisOf {
    /// The chain's name, 1 to 64 bytes.
    #[arg(long, value_name = "NAME")]
    chain_name: String,
    /// A validator's announcement, and its weight if not the one that it suggests; once per
    /// validator.
    #[arg(long = "validator", value_name = "FILE[:WEIGHT]", required = true)]
    validators: Vec<Member>,
    /// Where to write.
    #[arg(short, long, value_name = "FILE", default_value = "genesis.json")]
    output: PathBuf,
    /// When the chain begins, in milliseconds since 1970 [default: now].
    #[arg(long, value_name = "MS")]
    time_ms: Option<u64>,
    /// Milliseconds from block to block while there is something to order.
    #[arg(long, value_name = "MS", default_value_t = ChainParams::mainnet().block_interval_ms)]
    block_interval_ms: u64,
    /// Milliseconds from block to block while there is nothing.
    #[arg(long, value_name = "MS", default_value_t = ChainParams::mainnet().empty_block_interval_ms)]
    empty_block_interval_ms: u64,
    /// Milliseconds for which blobs are kept: 14 days or more, unless the name ends in `devnet`.
    #[arg(long, value_name = "MS", default_value_t = ChainParams::mainnet().retention_ms)]
    retention_ms: u64,
    /// Milliseconds within which a certified blob is ordered, or never.
    #[arg(long, value_name = "MS", default_value_t = ChainParams::mainnet().ordering_window_ms)]
    ordering_window_ms: u64,
    /// Milliseconds by which clocks may differ.
    #[arg(long, value_name = "MS", default_value_t = ChainParams::mainnet().clock_drift_ms)]
    clock_drift_ms: u64,
    /// Heights with one custody assignment.
    #[arg(long, value_name = "COUNT", default_value_t = ChainParams::mainnet().epoch_blocks)]
    epoch_blocks: u64,
}

/// A file, and the digits after its last colon as a weight.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    file: PathBuf,
    weight: Option<Weight>,
}

impl std::str::FromStr for Member {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let digits =
            |weight: &str| !weight.is_empty() && weight.bytes().all(|b| b.is_ascii_digit());
        match text.rsplit_once(':') {
            Some((file, weight)) if digits(weight) => Ok(Self {
                file: file.into(),
                weight: Some(Weight::new(weight.parse()?)),
            }),
            _ => Ok(Self {
                file: text.into(),
                weight: None,
            }),
        }
    }
}

/// Puts the genesis together, checks it and writes it; shows what goes into configurations.
pub(super) fn genesis(command: GenesisOf, output: Output) -> Result<()> {
    let named = command
        .validators
        .iter()
        .map(|member| {
            Ok(Named {
                validator: ValidatorFile::read(&member.file)?,
                weight: member.weight,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let time = command
        .time_ms
        .map_or_else(|| SystemClock.now(), Timestamp::new);
    let params = ChainParams {
        block_interval_ms: command.block_interval_ms,
        empty_block_interval_ms: command.empty_block_interval_ms,
        retention_ms: command.retention_ms,
        ordering_window_ms: command.ordering_window_ms,
        clock_drift_ms: command.clock_drift_ms,
        epoch_blocks: command.epoch_blocks,
    };
    let genesis = assemble(command.chain_name, time, params, &named)?;
    create_genesis(&command.output, &genesis)?;
    show(&command.output, &genesis, &named, output);
    Ok(())
}

fn show(path: &Path, genesis: &chain::CheckedGenesis, named: &[Named], output: Output) {
    let bootstrap: Vec<String> = named
        .iter()
        .flat_map(|named| &named.validator.p2p)
        .map(ToString::to_string)
        .collect();
    let peers: Vec<String> = named
        .iter()
        .map(|named| named.validator.consensus.to_string())
        .collect();
    let (chain_id, set) = (genesis.chain_id(), genesis.validators());
    let object = json!({
        "chain_id": chain_id,
        "validators": set.len(),
        "total_weight": set.total_weight(),
        "genesis": path,
        "p2p_bootstrap": bootstrap,
        "consensus_peers": peers,
    });
    // The same lines for everybody: a node leaves its own addresses out.
    let line = format!(
        "chain {chain_id}, {} validators, weight {}\n\nfor everybody's config.toml:\n\n\
         chain_id = \"{chain_id}\"\n\n[p2p]\nbootstrap = {bootstrap:?}\n\n[consensus]\n\
         peers = {peers:?}",
        set.len(),
        set.total_weight(),
    );
    output.result(&object, &line);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Member;
    use chain::Weight;

    #[test]
    fn a_weight_is_the_digits_after_the_last_colon() {
        let parse = |text: &str| text.parse::<Member>().unwrap();
        let with = |file: &str, weight| Member {
            file: file.into(),
            weight,
        };
        assert_eq!(parse("a/b.json"), with("a/b.json", None));
        assert_eq!(parse("b:7"), with("b", Some(Weight::new(7))));
        assert_eq!(parse("a:b:7"), with("a:b", Some(Weight::new(7))));
        assert_eq!(parse("a:b"), with("a:b", None));
        assert_eq!(parse("a:"), with("a:", None));
        assert!("a:99999999999999999999".parse::<Member>().is_err());
    }
}
