//! The operations, in an order in which each is possible.

use super::Cost;
use super::network::{DAY, Network, account, chain_id, missing, sample_row};
use crate::batch::{self, Attestors, CertifiedRows, Place, Tree, carrier};
use crate::blobs::CarriedRows;
use crate::cells::{OpenedCell, ProvenCell};
use crate::client::{Account, L1Client, Mined};
use crate::contracts::{abi, validator_id};
use crate::deploy::{self, Deployment, Proofs, Terms};
use crate::exits::ExitTree;
use crate::settings::{EtherTerms, RegistryParameters, RollupSettings};
use crate::signers::CertificateSigners;
use crate::state::Reader;
use crate::transaction::Call;
use crate::validators::{Registration, bond, introduce, measure};
use crate::{BatchNumber, Error, Result, Wei};
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider as _;
use alloy::signers::local::PrivateKeySigner;
use commitments::Setup;
use std::sync::Arc;
use types::{BlobMeta, BlobMode, ColumnIndex, Namespace, PayloadLength, Row};

const STAKE: Wei = Wei::ether(100);
/// Users that leave together.
const LEAVING: u64 = 32;

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
        let terms = Terms {
            chain: chain_id(),
            genesis_set: network.set.hash(),
            registry: None,
            registry_parameters: RegistryParameters::default(),
            namespace: Namespace::new(namespace)?,
            genesis: roots.clone(),
            settings: RollupSettings::default(),
            ether: EtherTerms::default(),
            proofs: Proofs::Attested {
                attestors: vec![deployer.address()],
                threshold: 1,
            },
            proposer: deployer.address(),
            lock_delay: Terms::LEAST_LOCK_DELAY,
        };
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
        introduce(deployer, self.d.registry, &self.network.set, &possessions).await?;
        for place in 0..self.network.keys.len() {
            let owner = self.account(VALIDATORS + place)?;
            let registration = Registration::sign(
                &self.network.keys[place],
                &chain_id(),
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
        measure(deployer, &self.d, &self.network.set).await?;
        let operator = self.account(OPERATOR)?;
        let bond = abi::Operators::bondCall {};
        let mined = operator
            .pay(self.d.operators, &bond, Wei::ether(64))
            .await?;
        self.costs.push(Cost::of("operator's bond", &mined));
        Ok(())
    }

    async fn batches(&mut self) -> Result<()> {
        let user = self.account(USER)?;
        let mut queued = Vec::new();
        for tree in [Tree::OnL1, Tree::OffL1] {
            let deposit = abi::Rollup::depositCall {
                tree: tree.code(),
                token: 0,
                amount: Wei::ether(40).get(),
                account: U256::from(77),
            };
            let mined = user.pay(self.d.rollup, &deposit, Wei::ether(40)).await?;
            let event = mined.event::<abi::Rollup::Enqueued>(self.d.rollup);
            queued.push(event.ok_or_else(|| missing("operation"))?.operation);
            if tree == Tree::OnL1 {
                self.costs.push(Cost::of("deposit of ETH", &mined));
            }
        }
        let withdrawal = abi::Withdrawal {
            tree: Tree::OnL1.code(),
            token: 0,
            amount: Wei::ether(1).get(),
            recipient: user.address(),
            account: U256::ZERO,
        };
        let mut submission = self.draft();
        submission.onOperations = vec![queued[0].clone()];
        submission.offOperations = vec![queued[1].clone()];
        submission.withdrawals = vec![withdrawal.clone()];
        let (number, mined) = self.submit(submission, None).await?;
        self.costs.push(Cost::of(
            "batch: two deposits, a withdrawal, no data",
            &mined,
        ));
        let path = ExitTree::new(std::slice::from_ref(&withdrawal)).path(0);
        let claim = abi::Rollup::claimCall {
            number,
            withdrawal,
            path: path.ok_or_else(|| missing("path"))?,
        };
        let mined = user.call(self.d.rollup, &claim).await?;
        self.costs.push(Cost::of("claim of a withdrawal", &mined));
        let fetch = abi::Vault::fetchCall {
            token: Address::ZERO,
            to: user.address(),
        };
        let mined = user.call(self.d.vault, &fetch).await?;
        self.costs.push(Cost::of("fetch of ETH", &mined));
        for rows in [1, 2] {
            let da = self.certified(rows).await?;
            let submission = self.draft();
            let (_, mined) = self.submit(submission, Some(&da)).await?;
            self.costs.push(Cost::of(
                format!("batch: {rows} rows on the DA network"),
                &mined,
            ));
        }
        let mut submission = self.draft();
        submission.carrier = carrier::CALLDATA;
        submission.elements = (0..64_u64).map(U256::from).collect();
        let (_, mined) = self.submit(submission, None).await?;
        self.costs
            .push(Cost::of("batch: 64 elements in calldata", &mined));
        Ok(())
    }

    async fn row_challenges(&mut self) -> Result<()> {
        let da = self.certified(2).await?;
        let submission = self.draft();
        let (number, _) = self.submit(submission, Some(&da)).await?;
        let challenger = self.account(CHALLENGER)?;
        let mined = self.challenge(&challenger, number, 0).await?;
        self.costs.push(Cost::of("challenge of a row", &mined));
        for (row, what) in [(0, "answer by blob"), (1, "early finality by blob")] {
            let mined = self.publish(number, &da, row).await?;
            self.costs.push(Cost::of(what, &mined));
        }
        let fetch = abi::RowChallenges::fetchCall { number, row: 0 };
        let mined = challenger.call(self.d.row_challenges, &fetch).await?;
        self.costs.push(Cost::of("fetch of a bond", &mined));
        Ok(())
    }

    async fn cell_challenges(&mut self) -> Result<()> {
        let da = self.certified(1).await?;
        let submission = self.draft();
        let (number, _) = self.submit(submission, Some(&da)).await?;
        let signers = self.signers_of(number).await?;
        let index = signers.iter().next().ok_or_else(|| missing("signer"))?;
        let signer = signers.signer(index).ok_or_else(|| missing("signer"))?;
        let (at, row) = (self.d.cell_challenges, 0);
        let challenger = self.account(CHALLENGER)?;
        let answerer = self.account(ANSWERER)?;
        let commitment = da.meta.commitments()[0];
        let meta = || da.meta.encode().into();
        for column in [1_u8, 2] {
            let call = abi::CellChallenges::challengeCall {
                number,
                row,
                column,
                signer: signer.clone(),
            };
            let mined = challenger.pay(at, &call, self.cell_bond().await?).await?;
            let event = mined.event::<abi::CellChallenges::CellChallenged>(at);
            let id = event.ok_or_else(|| missing("challenge"))?.id;
            let place = ColumnIndex::new(u64::from(column))?;
            let mined = if column == 1 {
                self.costs.push(Cost::of("challenge of a cell", &mined));
                let opened = OpenedCell::open(self.setup, &da.rows[0], &commitment, place)?;
                let (cell, openings) = (opened.cell, opened.openings);
                let call = abi::CellChallenges::answerCall {
                    id,
                    meta: meta(),
                    cell,
                    openings,
                };
                answerer.call(at, &call).await?
            } else {
                let extended = self.setup.extend_with_proofs(&da.rows[0])?;
                let (cell, proof) = extended.cell(place);
                let proven = ProvenCell::new(self.setup, place, cell, proof, &commitment)?;
                let call = abi::CellChallenges::answerByMultiproofCall {
                    id,
                    meta: meta(),
                    cell: proven.cell,
                    commitment: proven.commitment,
                    proof: proven.proof,
                };
                answerer.call(at, &call).await?
            };
            let way = ["two openings", "multiproof"][usize::from(column) - 1];
            self.costs
                .push(Cost::of(format!("cell answered by {way}"), &mined));
        }
        Ok(())
    }

    async fn expiry(&mut self) -> Result<()> {
        let da = self.certified(1).await?;
        let submission = self.draft();
        let (number, _) = self.submit(submission, Some(&da)).await?;
        let signers = self.signers_of(number).await?;
        let challenger = self.account(CHALLENGER)?;
        self.challenge(&challenger, number, 0).await?;
        // Challenges that were open at once expire after one another: a day and some spacing.
        self.warp(DAY + 60 * 60).await?;
        let (rows, signing, row) = (self.d.row_challenges, self.d.signers, 0);
        let expire = abi::RowChallenges::expireCall { number, row };
        let mined = challenger.call(rows, &expire).await?;
        self.costs.push(Cost::of(
            "expiry with fallback and the operator's slash",
            &mined,
        ));
        let newest = self.newest().await?;
        let batch = abi::Rollup::batchAtCall { number: newest };
        self.roots = self.client.view(self.d.rollup, &batch).await?.roots;

        let members: Vec<_> = signers.iter().collect();
        let [spared, slashed, ..] = members[..] else {
            return Err(missing("signers"));
        };
        let validator = signers.id(spared).ok_or_else(|| missing("validator"))?;
        let owner = self.owner_of(validator)?;
        let opened = OpenedCell::open(
            self.setup,
            &da.rows[0],
            &da.meta.commitments()[0],
            ColumnIndex::new(3)?,
        )?;
        let call = abi::Signers::publishCellCall {
            number,
            meta: da.meta.encode().into(),
            row,
            cell: opened.cell,
            openings: opened.openings,
            validator,
        };
        let mined = owner.call(signing, &call).await?;
        self.costs
            .push(Cost::of("own cell published by two openings", &mined));
        let call = abi::Signers::publishBlobCall {
            number,
            meta: da.meta.encode().into(),
            row,
            blob: U256::ZERO,
            validator,
        };
        let carried = Arc::new(CarriedRows::prove(self.setup, &da.rows[..1])?);
        let mined = owner
            .execute(&Call::of(signing, &call).carrying(carried))
            .await?;
        self.costs
            .push(Cost::of("own cells published by blob", &mined));
        self.warp(DAY + 1).await?;
        let signer = signers.signer(slashed).ok_or_else(|| missing("signer"))?;
        let slash = abi::Signers::slashCall {
            number,
            row,
            signer,
        };
        let mined = challenger.call(signing, &slash).await?;
        self.costs.push(Cost::of("slash of a signer", &mined));
        Ok(())
    }

    async fn escapes(&mut self) -> Result<()> {
        let user = self.account(USER)?;
        let rollup = self.d.rollup;
        let force = abi::Rollup::forceWithdrawalCall {
            tree: Tree::OnL1.code(),
            token: 0,
            amount: 1,
            owner: user.address(),
            account: U256::from(77),
            authority: U256::from(1),
        };
        let mined = user.call(rollup, &force).await?;
        self.costs.push(Cost::of("forced withdrawal", &mined));
        let event = mined.event::<abi::Rollup::Enqueued>(rollup);
        let queued = event.ok_or_else(|| missing("operation"))?;
        self.warp(15 * DAY).await?;
        let freeze = abi::Rollup::freezeCall {
            tree: queued.tree,
            place: queued.place,
            operation: queued.operation,
        };
        let mined = user.call(rollup, &freeze).await?;
        self.costs.push(Cost::of("freeze", &mined));
        let finalize = abi::Rollup::finalizeCall { most: U256::MAX };
        user.call(rollup, &finalize).await?;

        let amount = Wei::milliether(100).get();
        let holding = |slot: u64| abi::Holding {
            slot: slot << 16,
            owner: user.address(),
            token: 0,
            amount,
        };
        let tree = Tree::OnL1;
        let holdings: Vec<abi::Holding> = (0..=LEAVING).map(holding).collect();
        let exits = ExitTree::new(&holdings[..1]);
        let attestors = self.attestors()?;
        let proof = attestors
            .prove_exits(&self.client, &self.d, tree, self.roots.onL1, exits.root())
            .await?;
        let call = abi::Rollup::proveExitsCall {
            tree: tree.code(),
            exits: exits.root(),
            proof,
        };
        let mined = user.call(rollup, &call).await?;
        self.costs
            .push(Cost::of("proof of all holdings, attested", &mined));
        let escape = abi::Rollup::escapeCall {
            tree: tree.code(),
            holding: holdings[0].clone(),
            path: exits.path(0).ok_or_else(|| missing("path"))?,
        };
        let mined = user.call(rollup, &escape).await?;
        self.costs.push(Cost::of("escape of one by a path", &mined));

        let leaving = holdings[1..].to_vec();
        let digest = U256::from(5);
        let ask = abi::Inputs::ofHoldingsCall {
            tree: tree.code(),
            newest: self.newest().await?,
            roots: self.roots.clone(),
            holdings: leaving.clone(),
            digest,
        };
        let proof = attestors.prove_holdings(&self.client, &self.d, ask).await?;
        let many = abi::Rollup::escapeManyCall {
            tree: tree.code(),
            holdings: leaving,
            digest,
            proof,
        };
        let mined = user.call(rollup, &many).await?;
        let mut cost = Cost::of(
            format!("escape of {LEAVING} by one proof, attested"),
            &mined,
        );
        cost.times = u32::try_from(LEAVING).unwrap_or(1);
        self.costs.push(cost);
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

    async fn challenge(&self, by: &Account, number: u64, row: u16) -> Result<Mined> {
        let head = self.client.head().await?;
        let bond = RollupSettings::default().row_bond(head.base_fee, head.blob_base_fee);
        let call = abi::RowChallenges::challengeCall { number, row };
        by.pay(self.d.row_challenges, &call, bond.times(2)).await
    }

    async fn cell_bond(&self) -> Result<Wei> {
        let head = self.client.head().await?;
        Ok(RollupSettings::default().cell_bond(head.base_fee).times(2))
    }

    async fn publish(&self, number: u64, da: &CertifiedRows, row: u16) -> Result<Mined> {
        let call = abi::RowChallenges::publishCall {
            number,
            meta: da.meta.encode().into(),
            row,
            blob: U256::ZERO,
        };
        let rows = &da.rows[usize::from(row)..=usize::from(row)];
        let carried = Arc::new(CarriedRows::prove(self.setup, rows)?);
        let call = Call::of(self.d.row_challenges, &call).carrying(carried);
        self.account(ANSWERER)?.execute(&call).await
    }

    async fn signers_of(&self, number: u64) -> Result<CertificateSigners> {
        let account = self.account(CHALLENGER)?.address();
        let reader = Reader::new(self.client.clone(), Arc::new(self.d.clone()), account)?;
        let view = reader.rollup(BatchNumber::new(number), 0).await?;
        let batch = view.batches.first().ok_or_else(|| missing("batch"))?;
        let submitted = reader.submitted(batch).await?;
        let submitted = submitted.ok_or_else(|| missing("submission"))?;
        let set = self.network.set.clone();
        CertificateSigners::new(&chain_id(), &submitted, set, batch.certificate)
    }

    fn owner_of(&self, validator: B256) -> Result<Account> {
        let mut keys = self.network.keys.iter();
        let place = keys.position(|key| validator_id(&key.public_key()) == validator);
        self.account(VALIDATORS + place.ok_or_else(|| missing("validator"))?)
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
