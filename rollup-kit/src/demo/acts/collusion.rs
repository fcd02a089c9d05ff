//! Operator and validators withhold a batch's data together, and what becomes of them.

use super::super::network::VALIDATORS;
use super::super::stage::{Stage, Traffic};
use super::watching::{expire, fallback, light_node, notice, watcher};
use super::{BLOCK, Honest, ROW, deposit, look_until, reader, responder, row, withdrawal};
use crate::{Error, Result};
use alloy::primitives::{B256, U256};
use light_node::LightNode;
use settlement::Wei;
use settlement::batch::Tree;
use settlement::contracts::abi;
use settlement::responder::Identity;
use settlement::settings::RollupSettings;
use settlement::watcher::Watcher;

/// What the act came to.
pub(in super::super) struct Collusion {
    /// The roots of the batch whose data was withheld.
    pub(in super::super) roots: abi::Roots,
    /// What the operator lost.
    pub(in super::super) operator_slashed: Wei,
    /// Validators that lost stake, and how much.
    pub(in super::super) slashed: Vec<(B256, Wei)>,
    /// Signers that lost none.
    pub(in super::super) spared: Vec<B256>,
    /// The one that published.
    pub(in super::super) speaker: B256,
    /// What the tree off L1 fell back to.
    pub(in super::super) fallback_root: U256,
    /// Alice's deposit, which the reverted batch had taken in: its place and itself.
    pub(in super::super) requeued: (u64, abi::Operation),
}

/// Plays it.
pub(in super::super) async fn collusion(
    stage: &mut Stage<'_>,
    honest: &Honest,
) -> Result<Collusion> {
    stage.tell("3  Operator and validators collude");
    let (alice, bob) = (stage.cast.alice.address(), stage.cast.bob.address());
    let (dora, mallory) = (stage.cast.dora.address(), stage.cast.mallory.address());
    let (two, four) = (Wei::ether(2), Wei::ether(4));
    let depositor = stage.cast.alice.clone();
    let requeued = deposit(stage, &depositor, Tree::OffL1, two).await?;
    // Bob pays Dora where data is on L1; Mallory is to have four of Alice's off it.
    let books = honest
        .books
        .clone()
        .with(Tree::OffL1, alice, two)
        .without(Tree::OffL1, alice, four)
        .without(Tree::OnL1, bob, two)
        .with(Tree::OnL1, dora, two);
    let da = stage.post(&books).await?;
    let everybody: Vec<usize> = (0..VALIDATORS).collect();
    stage.da.withhold(1.0, &everybody).await?;
    let traffic = Traffic {
        on: Vec::new(),
        off: vec![requeued.1.clone()],
        withdrawals: vec![withdrawal(Tree::OffL1, mallory, four)],
    };
    let (number, mined) = stage.submit(&books, &da, traffic).await?;
    stage.tell(format!(
        "      L1: batch {number}, certified, proved, {} gas; nobody gives its data away",
        mined.gas
    ));
    stage.ledger.read(&stage.client, "collusion").await?;

    stage.tell("4  The watcher samples, and challenges");
    let light = light_node(stage).await?;
    let mut watcher = watcher(stage, light).await?;
    notice(stage, &mut watcher, number).await?;
    let deadline = row(stage, &stage.cast.watcher, number).await?.deadline;
    let now = stage.client.head().await?.time;
    stage.pass(deadline.since(now) + 1).await?;
    stage.tell("      a day passes, and nobody answers");
    let operator_slashed = expire(stage, &mut watcher, number).await?;
    let fallback_root = fallback(stage).await?;
    stage.ledger.read(&stage.client, "challenge").await?;

    stage.tell("5  Who signed is asked for its cells");
    let speaker = speak(stage, number).await?;
    let window = u64::from(RollupSettings::default().exculpation_window);
    stage.pass(window + 1).await?;
    stage.tell("      another day passes");
    let (slashed, spared) = slash(stage, &mut watcher, number, speaker).await?;
    watcher.into_sampler().shutdown().await;
    stage.ledger.read(&stage.client, "slashes").await?;
    Ok(Collusion {
        roots: books.roots(),
        operator_slashed,
        slashed,
        spared,
        speaker,
        fallback_root,
        requeued,
    })
}

/// One validator opens its door and publishes what it owes; its responder does.
async fn speak(stage: &mut Stage<'_>, number: u64) -> Result<B256> {
    stage.da.withhold(0.0, &[0]).await?;
    let d = stage.deployment()?;
    let validator = stage.validator(0)?;
    let identity = Identity {
        validator: Some(validator),
        ..Identity::default()
    };
    let speaker = stage.cast.speaker.clone();
    let mut responder = responder(stage, &speaker, "speaker.journal", identity).await?;
    let published = abi::Signers::columnsOfCall {
        _0: number,
        _1: ROW.get(),
        _2: validator,
    };
    let spoken = async |stage: &Stage<'_>| Ok(stage.client.view(d.signers, &published).await? != 0);
    let look = async || responder.step().await;
    look_until(stage, "the validator's cells", look, spoken).await?;
    let columns = stage.client.view(d.signers, &published).await?;
    let count = columns.count_ones();
    stage.tell(format!(
        "      validator {:.10}… publishes {count} of its cells",
        validator.to_string()
    ));
    Ok(validator)
}

/// The watcher slashes who kept silent. Returns who lost what, and who lost nothing.
async fn slash(
    stage: &mut Stage<'_>,
    watcher: &mut Watcher<LightNode>,
    number: u64,
    speaker: B256,
) -> Result<(Vec<(B256, Wei)>, Vec<B256>)> {
    let d = stage.deployment()?;
    let from = stage.client.head().await?.number;
    let certificate = reader(stage, &stage.cast.watcher)?;
    let view = certificate
        .rollup(settlement::BatchNumber::new(number), 0)
        .await?;
    let missing = || Error::Stage {
        what: "the withheld batch",
        reason: "L1 has no certificate of it".to_owned(),
    };
    let batch = view
        .batch(settlement::BatchNumber::new(number))
        .ok_or_else(missing)?;
    let submitted = certificate.submitted(batch).await?.ok_or_else(missing)?;
    let signers = settlement::signers::CertificateSigners::new(
        &d.chain,
        &submitted,
        stage.genesis.validators().clone(),
        batch.certificate,
    )?;
    let silent: Vec<B256> = signers
        .iter()
        .filter_map(|index| signers.id(index))
        .filter(|validator| *validator != speaker)
        .collect();
    let all = silent.clone();
    let done = async |stage: &Stage<'_>| {
        for validator in &all {
            let call = abi::Signers::isSlashedCall {
                _0: number,
                _1: ROW.get(),
                _2: *validator,
            };
            if !stage.client.view(d.signers, &call).await? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let look = async || watcher.step().await;
    look_until(stage, "the slashes", look, done).await?;
    // One look more: nobody else is slashed.
    stage.pass(BLOCK).await?;
    watcher.step().await?;
    let newest = stage.client.head().await?.number;
    let events = stage
        .client
        .events::<abi::Signers::SignerSlashed>(d.signers, from, newest)
        .await?;
    let slashed: Vec<(B256, Wei)> = events
        .iter()
        .map(|(event, _)| (event.validator, Wei::from(event.amount)))
        .collect();
    let spared = signers
        .iter()
        .filter_map(|index| signers.id(index))
        .filter(|validator| !slashed.iter().any(|(lost, _)| lost == validator))
        .collect();
    for (validator, amount) in &slashed {
        stage.tell(format!(
            "      validator {:.10}… loses {amount}",
            validator.to_string()
        ));
    }
    Ok((slashed, spared))
}
