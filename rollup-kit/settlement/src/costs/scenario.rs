//! The operations, in an order in which each is possible.

mod batches;
mod challenges;
mod escapes;

use super::Cost;
use super::network::{Network, account, sample_row};
use crate::batch::{self, Attestors, CertifiedRows, Place};
use crate::client::{Account, L1Client, Mined};
use crate::contracts::abi;
use crate::deploy::{self, Deployment, Proofs, Terms};
use crate::validators::{Registration, bond, introduce, measure};
use crate::{Error, Result, Wei};
use alloy::primitives::U256;
use alloy::providers::Provider as _;
use alloy::signers::local::PrivateKeySigner;
use commitments::Setup;
use types::{BlobMeta, BlobMode, Namespace, PayloadLength, Row};

const STAKE: Wei = Wei::ether(100);

/// Everything that a rollup's people do.
pub(super) async fn rollup(
    client: &L1Client,
    signers: &[PrivateKeySigner],
    setup: &'static Setup,
) -> Result<Vec<Cost>> {
    let mut run = Run::begin(client, signers, setup).await?;
    run.batches().await?;
    run.row_challenges().await?;
    run.cell_challenges().await?;
    run.expiry().await?;
    run.escapes().await?;
    Ok(run.costs)
}

/// A rollup that is measured.
struct Run {
    client: L1Client,
    signers: Vec<PrivateKeySigner>,
    setup: &'static Setup,
    network: Network,
    d: Deployment,
    costs: Vec<Cost>,
    seed: u64,
    roots: abi::Roots,
}

/// The accounts.
const DEPLOYER: usize = 0;
const OPERATOR: usize = 1;
const CHALLENGER: usize = 2;
const USER: usize = 3;
const ANSWERER: usize = 4;
const VALIDATORS: usize = 5;

impl Run {
    async fn begin(
        client: &L1Client,
        signers: &[PrivateKeySigner],
        setup: &'static Setup,
    ) -> Result<Self> {
        let network = Network::new(4)?;
        let deployer = account(client, signers, DEPLOYER)?;
        let mut namespace = [0; 29];
        namespace[..6].copy_from_slice(b"\x01costs");
        let roots = abi::Roots {
            onL1: U256::from(1),
            offL1: U256::from(2),
        };
        let proofs = Proofs::Attested {
            attestors: vec![deployer.address()],
            threshold: 1,
        };
        let terms = Terms::new(
            &network.genesis,
            Namespace::new(namespace)?,
            roots.clone(),
            proofs,
            deployer.address(),
        );
        let folder = std::env::temp_dir().join(format!("assay-costs-{}", std::process::id()));
        let file = folder.with_extension("json");
        let deployed = deploy::deploy(&deployer, &terms, &file).await;
        // A file of one measurement: nobody goes on with it.
        let _ = std::fs::remove_file(&file);
        let deployed = deployed?;
        let gas = deployed.sent.iter().map(|(_, mined)| mined.gas.get()).sum();
        let mut run = Self {
            client: client.clone(),
            signers: signers.to_vec(),
            setup,
            network,
            d: deployed.deployment,
            costs: vec![Cost {
                operation: format!("deployment, {} transactions", deployed.sent.len()),
                gas: crate::Gas::new(gas),
                blob_gas: crate::Gas::new(0),
                times: 1,
            }],
            seed: 0,
            roots,
        };
        run.bonds(&deployer).await?;
        Ok(run)
    }

    async fn bonds(&mut self, deployer: &Account) -> Result<()> {
        let possessions = self.network.possessions();
        introduce(deployer, self.d.registry, self.network.set(), &possessions).await?;
        for place in 0..self.network.keys.len() {
            let owner = self.account(VALIDATORS + place)?;
            let registration = Registration::sign(
                &self.network.keys[place],
                &self.network.chain_id(),
                self.client.chain_id(),
                self.d.registry,
                owner.address(),
            );
            let sent = bond(&owner, &self.d, &registration, owner.address(), STAKE).await?;
            if let (0, [registered, allocated, ..]) = (place, &sent[..]) {
                self.costs
                    .push(Cost::of("validator's registration", registered));
                self.costs.push(Cost::of("allocation of stake", allocated));
            }
        }
        measure(deployer, &self.d, self.network.set()).await?;
        let operator = self.account(OPERATOR)?;
        let bond = abi::Operators::bondCall {};
        let mined = operator
            .pay(self.d.operators, &bond, Wei::ether(64))
            .await?;
        self.costs.push(Cost::of("operator's bond", &mined));
        Ok(())
    }

    // The ways to all that.

    fn draft(&mut self) -> abi::Submission {
        self.seed += 1;
        let roots = abi::Roots {
            onL1: U256::from(1_000 + self.seed),
            offL1: U256::from(2_000 + self.seed),
        };
        batch::draft(roots, U256::from(self.seed))
    }

    async fn submit(
        &mut self,
        mut submission: abi::Submission,
        da: Option<&CertifiedRows>,
    ) -> Result<(u64, Mined)> {
        let number = self.newest().await? + 1;
        let (prior, next) = (self.roots.clone(), submission.roots.clone());
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: self.d.rollup,
            number,
            digest: submission.digest,
            prior: &prior,
            next: &next,
        };
        batch::attach(self.setup, &place, &mut submission, &[], da)?;
        let rows = da.map_or(0, |da| da.meta.rows());
        self.attestors()?
            .prove_batch(&self.client, &self.d, &place, &mut submission, rows)
            .await?;
        let operator = self.account(OPERATOR)?;
        let call = abi::Rollup::submitBatchCall { submission };
        let mined = operator.call(self.d.rollup, &call).await?;
        self.roots = next.clone();
        Ok((number, mined))
    }

    async fn certified(&mut self, rows: u64) -> Result<CertifiedRows> {
        self.seed += 1;
        let rows = (0..rows)
            .map(|row| sample_row(self.seed * 1_000 + row))
            .collect::<Result<Vec<Row>>>()?;
        let commitments = rows
            .iter()
            .map(|row| self.setup.commit(row))
            .collect::<Result<Vec<_>, _>>()?;
        let length = PayloadLength::new(BlobMode::Raw, (rows.len() * Row::BYTES) as u64)?;
        let meta = BlobMeta::new(self.d.namespace, length, commitments)?;
        let now = self.client.head().await?.time.get();
        let certificate = self.network.certify(meta.id(), now, 3)?;
        Ok(CertifiedRows {
            meta,
            certificate,
            rows,
        })
    }

    async fn newest(&self) -> Result<u64> {
        let call = abi::Rollup::newestBatchCall {};
        self.client.view(self.d.rollup, &call).await
    }

    async fn warp(&self, seconds: u64) -> Result<()> {
        dev(
            &self.client,
            "evm_increaseTime",
            serde_json::json!([seconds]),
        )
        .await?;
        dev(&self.client, "evm_mine", serde_json::json!([])).await
    }

    fn attestors(&self) -> Result<Attestors> {
        let signer = self.account(DEPLOYER)?.signer().clone();
        Ok(Attestors::new(vec![signer]))
    }

    fn account(&self, place: usize) -> Result<Account> {
        account(&self.client, &self.signers, place)
    }
}

async fn dev(client: &L1Client, what: &'static str, arguments: serde_json::Value) -> Result<()> {
    let done: std::result::Result<serde_json::Value, _> =
        client.provider().raw_request(what.into(), arguments).await;
    done.map(|_| ()).map_err(|error| Error::Transport {
        what,
        reason: error.to_string(),
    })
}
