//! Contracts, stakes and bonds.

use super::super::network::VALIDATORS;
use super::super::stage::Stage;
use crate::Result;
use settlement::Wei;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::{self, Deployed, Deployment, Proofs, Terms};
use settlement::validators::{Possessions, Registration, bond, introduce, measure};

/// A validator's stake.
const STAKE: Wei = Wei::ether(100);
/// The operator's bond: two slashes.
const BOND: Wei = Wei::ether(64);

/// Sets the stage.
pub(in super::super) async fn prologue(stage: &mut Stage<'_>) -> Result<()> {
    stage.tell("0  The stage");
    let proofs = Proofs::Attested {
        attestors: vec![stage.cast.attestor.address()],
        threshold: 1,
    };
    let terms = Terms::new(
        &stage.genesis,
        stage.namespace,
        stage.books.roots(),
        proofs,
        stage.cast.deployer.address(),
    );
    let file = stage.file("deployment.json");
    let deployed = deploy::deploy(&stage.cast.deployer, &terms, &file).await?;
    stand(
        stage,
        deployed,
        "proofs are an attestor's word (development)",
    );
    let operator = stage.cast.operator.clone();
    stake(stage, &[operator]).await
}

/// The contracts stand.
pub(in super::super) fn stand(stage: &mut Stage<'_>, deployed: Deployed, proofs: &str) {
    let contracts = addresses(&deployed.deployment);
    stage.ledger.add(contracts);
    stage.tell(format!(
        "      L1: {} contracts, all read back; {proofs}",
        contracts.len()
    ));
    stage.stands(deployed.deployment);
}

/// Bonds validators and operators.
pub(in super::super) async fn stake(stage: &mut Stage<'_>, operators: &[Account]) -> Result<()> {
    let d = stage.deployment()?;
    let set = stage.genesis.validators().clone();
    let possessions = Possessions::of(&stage.possessions.validators);
    introduce(&stage.cast.deployer, d.registry, &set, &possessions).await?;
    let owner = stage.cast.staker.address();
    for node in 0..VALIDATORS {
        let signed = stage
            .da
            .registration(
                node,
                stage.client.chain_id(),
                &d.registry.to_string(),
                &owner.to_string(),
            )
            .await?;
        let registration = Registration::signed(signed.key, signed.signature)?;
        let speaker = stage.cast.speaker.address();
        bond(&stage.cast.staker, &d, &registration, speaker, STAKE).await?;
        stage.bonded(registration.validator());
    }
    measure(&stage.cast.deployer, &d, &set).await?;
    for operator in operators {
        let call = abi::Operators::bondCall {};
        operator.pay(d.operators, &call, BOND).await?;
    }
    let bonds = match operators.len() {
        1 => "the operator bonds".to_owned(),
        count => format!("{count} operators bond"),
    };
    stage.tell(format!(
        "      {VALIDATORS} validators stake {STAKE} each, {bonds} {BOND}"
    ));
    stage.ledger.read(&stage.client, "stage").await
}

fn addresses(d: &Deployment) -> [alloy::primitives::Address; 18] {
    [
        d.registry,
        d.lock,
        d.verifiers.batches,
        d.verifiers.checkpoints,
        d.verifiers.exits,
        d.settings,
        d.inputs,
        d.rollup_code,
        d.rollup,
        d.vault,
        d.coverage,
        d.tokens,
        d.multiproof,
        d.operators,
        d.escape_pool,
        d.signers,
        d.row_challenges,
        d.cell_challenges,
    ]
}
