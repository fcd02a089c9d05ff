//! Who stands for the rollup, and with how much.

use super::At;
use super::abi;
use super::events::Events;
use super::sets::Sets;
use crate::explorer::units::Amount;
use alloy::primitives::U256;
use serde::Serialize;
use settlement::contracts::abi::{Operators, Registry};
use settlement::deploy::Deployment;
use settlement::{Address, B256, Error};
use std::collections::BTreeSet;

/// `Operators.MAX_OPERATORS`.
const ROTATION: u64 = 72;
/// Most operators that are shown, those who left included.
const OPERATORS: usize = 144;
/// Most validators that are shown: the first of the set.
const VALIDATORS: usize = 256;

/// An operator's bond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct OperatorBond {
    pub(in crate::explorer) operator: Address,
    /// Wei.
    pub(in crate::explorer) bond: Amount,
    /// Its place in the rotation, from 1 on; none for who may not submit.
    pub(in crate::explorer) place: Option<u32>,
    /// When it may fetch its bond, if it leaves.
    pub(in crate::explorer) leaves_at: Option<u64>,
    /// Whether the slot of now is its.
    pub(in crate::explorer) in_turn: bool,
    /// Wei that it lost.
    pub(in crate::explorer) slashed: Amount,
}

/// A validator's stake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct ValidatorBond {
    pub(in crate::explorer) validator: B256,
    /// Zero for one that has not registered.
    pub(in crate::explorer) owner: Address,
    /// In the DA network's set.
    pub(in crate::explorer) weight: u64,
    /// Wei in its pool.
    pub(in crate::explorer) stake: Amount,
    /// Wei of that which this rollup can take now.
    pub(in crate::explorer) allocated: Amount,
    /// Wei that this rollup took.
    pub(in crate::explorer) slashed: Amount,
    /// Until when it earns nothing here; 0 for never.
    pub(in crate::explorer) jailed_until: u64,
}

/// All bonds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct Bonds {
    /// What an operator needs to be in the rotation, wei.
    pub(in crate::explorer) least_bond: Amount,
    /// In the order of the rotation, then those who are not in it.
    pub(in crate::explorer) operators: Vec<OperatorBond>,
    /// The DA network's set on L1.
    pub(in crate::explorer) set: B256,
    /// Its members, in its order.
    pub(in crate::explorer) validators: Vec<ValidatorBond>,
    /// How many members it has.
    pub(in crate::explorer) members: usize,
}

pub(super) async fn read(
    at: &At<'_>,
    d: &Deployment,
    sets: &Sets,
    events: &Events,
) -> Result<Bonds, Error> {
    let least = at.ask(d.operators, Operators::leastBondCall {}).await?;
    let set = at.ask(d.registry, Registry::currentSetCall {}).await?;
    let members = sets.get(at, d.registry, set).await?;
    Ok(Bonds {
        least_bond: least.into(),
        operators: operators(at, d, events).await?,
        set,
        validators: validators(at, d, &members[..members.len().min(VALIDATORS)], events).await?,
        members: members.len(),
    })
}

async fn operators(
    at: &At<'_>,
    d: &Deployment,
    events: &Events,
) -> Result<Vec<OperatorBond>, Error> {
    let in_turn = at.ask(d.operators, Operators::inTurnCall {}).await?;
    let mut rotation = Vec::new();
    for place in 0..ROTATION {
        let place = U256::from(place);
        match at
            .ask(d.operators, abi::Operators::rotationCall { place })
            .await
        {
            Ok(operator) => rotation.push(operator),
            // Beyond the array's end.
            Err(Error::Reverted { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    let slashed = events.operators_slashed();
    let known: BTreeSet<Address> = rotation.iter().copied().collect();
    let others = events.operators().filter(|other| !known.contains(other));
    let others: BTreeSet<Address> = others.collect();
    let all: Vec<Address> = rotation.into_iter().chain(others).take(OPERATORS).collect();
    let calls = all.iter().map(|operator| Operators::bondsCall {
        operator: *operator,
    });
    let bonds = at.ask_each(d.operators, calls.collect()).await?;
    let bonds = bonds
        .into_iter()
        .zip(all)
        .map(|(bond, operator)| OperatorBond {
            operator,
            bond: bond.amount.into(),
            place: (bond.place != 0).then_some(bond.place),
            leaves_at: (bond.leavesAt != 0).then_some(bond.leavesAt),
            in_turn: operator == in_turn,
            slashed: slashed.get(&operator).copied().unwrap_or_default(),
        });
    Ok(bonds.collect())
}

async fn validators(
    at: &At<'_>,
    d: &Deployment,
    members: &[super::sets::Member],
    events: &Events,
) -> Result<Vec<ValidatorBond>, Error> {
    let rollup = d.rollup;
    let ids = || members.iter().map(|member| member.validator);
    let calls = ids().map(|validator| abi::Registry::validatorInfoCall { validator });
    let infos = at.ask_each(d.registry, calls.collect()).await?;
    let calls = ids().map(|validator| Registry::slashableCall { validator, rollup });
    let backing = at.ask_each(d.registry, calls.collect()).await?;
    let calls = ids().map(|validator| Registry::jailedUntilCall { validator, rollup });
    let jailed = at.ask_each(d.registry, calls.collect()).await?;
    let slashed = events.validators_slashed();
    let read = infos.into_iter().zip(backing).zip(jailed).zip(members);
    let bonds = read.map(|(((info, backing), jailed_until), member)| ValidatorBond {
        validator: member.validator,
        owner: info.owner,
        weight: member.weight,
        stake: info.pool.assets.into(),
        allocated: backing.into(),
        slashed: slashed.get(&member.validator).copied().unwrap_or_default(),
        jailed_until,
    });
    Ok(bonds.collect())
}
