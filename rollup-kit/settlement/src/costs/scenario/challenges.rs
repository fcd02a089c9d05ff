//! Challenges of rows and of cells, their answers, and what silence costs.

use super::super::Cost;
use super::super::network::{DAY, missing};
use super::{ANSWERER, CHALLENGER, Run, VALIDATORS};
use crate::batch::CertifiedRows;
use crate::blobs::CarriedRows;
use crate::cells::{OpenedCell, ProvenCell};
use crate::client::{Account, Mined};
use crate::contracts::{abi, validator_id};
use crate::settings::RollupSettings;
use crate::signers::CertificateSigners;
use crate::state::Reader;
use crate::transaction::Call;
use crate::{BatchNumber, Result, Wei};
use alloy::primitives::{B256, U256};
use std::sync::Arc;
use types::ColumnIndex;

impl Run {
    pub(super) async fn row_challenges(&mut self) -> Result<()> {
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

    pub(super) async fn cell_challenges(&mut self) -> Result<()> {
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

    pub(super) async fn expiry(&mut self) -> Result<()> {
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
        let set = self.network.set().clone();
        CertificateSigners::new(&self.network.chain_id(), &submitted, set, batch.certificate)
    }

    fn owner_of(&self, validator: B256) -> Result<Account> {
        let mut keys = self.network.keys.iter();
        let place = keys.position(|key| validator_id(&key.public_key()) == validator);
        self.account(VALIDATORS + place.ok_or_else(|| missing("validator"))?)
    }
}
