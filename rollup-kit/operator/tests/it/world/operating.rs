//! An operator on the world's rollup.

use super::super::derived::Naive;
use super::super::network::Network;
use super::{namespace, rollup_key, setup, signers, who};
use alloy::primitives::Address;
use ledger::{BatchSize, RollupDomain, Rules};
use operator::allowance;
use operator::carriage::Patience;
use operator::core::Config;
use operator::desk::Shared;
use operator::driver::{Operator, Options, Parts};
use operator::fees::Policy;
use operator::mempool::Limits;
use operator::prover::{Attested, Prover, Vouching};
use operator::sequencer::Collector;
use operator::submission::Site;
use operator::tokens::Tokens;
use settlement::batch::Attestors;
use settlement::client::L1Client;
use settlement::deploy::Deployment;
use settlement::outbox::{Outbox, Policy as OutboxPolicy};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn patience() -> Patience {
    Patience {
        certificate: 3600,
        first_pause: 1,
        longest_pause: 2,
    }
}

pub(crate) fn domain(l1_chain: u64, rollup: Address) -> RollupDomain {
    RollupDomain::of(l1_chain, ledger::Address::new(rollup.into_array()))
}

pub(crate) fn attested(client: &L1Client, deployment: &Arc<Deployment>) -> Attested {
    let attestors = Attestors::new(vec![signers()[who::DEPLOYER].clone()]);
    Attested::new(attestors, client.clone(), deployment.clone())
}

/// What an operator takes.
pub(crate) struct Taken {
    pub(crate) size: BatchSize,
    pub(crate) tokens: Tokens,
    /// Who vouches for checkpoints; none for the world's attestor.
    pub(crate) vouching: Option<Vouching>,
    pub(crate) rules: Option<&'static dyn Rules>,
}

/// An operator with its files in this folder: begun, or begun anew.
pub(crate) fn open<P: Prover>(
    client: &L1Client,
    deployment: &Arc<Deployment>,
    folder: &Path,
    Taken {
        size,
        tokens,
        vouching,
        rules,
    }: Taken,
    who: usize,
    prover: P,
    patience: Patience,
) -> Operator<Naive, Network, P> {
    let signer = signers()[who].clone();
    let file = |name: &str| -> PathBuf { folder.join(format!("{name}-{who}")) };
    let config = Config {
        size,
        patience: 0,
        most_in_flight: 4,
        confirmations: 0,
        collector: Some(Collector {
            key: rollup_key(who).account_key(),
            owner: ledger::Address::new(signer.address().into_array()),
        }),
        limits: Limits {
            expiry: 86_400,
            ..Limits::default()
        },
        calls: allowance::Policy {
            patience: 0,
            ..allowance::Policy::default()
        },
        gadget: None,
    };
    let site = Site {
        l1_chain: client.chain_id(),
        rollup: deployment.rollup,
        namespace: namespace(),
    };
    let journal = file("operator");
    let shared = Shared::open(&journal, config, tokens, site, signer.address()).unwrap();
    let policy = OutboxPolicy {
        confirmations: 0,
        ..OutboxPolicy::default()
    };
    let outbox = Outbox::open(&file("outbox"), client.clone(), signer, policy).unwrap();
    let network = Network::new(folder, client.clone());
    let parts = Parts {
        client: client.clone(),
        deployment: deployment.clone(),
        derived: Naive {
            client: client.clone(),
            deployment: deployment.clone(),
            network: network.clone(),
            size,
            rules,
        },
        network: Arc::new(network),
        prover: Arc::new(prover),
        outbox,
        checkpoints: Some(
            vouching.unwrap_or_else(|| Vouching::Attested(attested(client, deployment))),
        ),
        setup: setup(),
    };
    let options = Options {
        patience,
        fees: Policy {
            share: 0,
            ..Policy::default()
        },
        ..Options::default()
    };
    Operator::new(shared, parts, options)
}
