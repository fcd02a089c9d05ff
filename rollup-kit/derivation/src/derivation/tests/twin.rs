//! The contracts, the operator and L1 itself in the small: the naive twin, which keeps every state
//! whole.

use super::super::{Derivation, Limits};
use crate::convert::{abi_roots, from_l1, withdrawal, word};
use crate::{Fact, L1Block, RowPlace, Submission};
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Draft, Fee, Fr, Operation, RollupDomain,
    State, TokenId, Tree,
};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{B256, BatchNumber, L1Time, U256};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{BlobMeta, BlobMode, Commitment, Namespace, PayloadLength, Row};

pub(super) const PEOPLE: u8 = 4;
pub(super) const WEEK: u64 = 7 * 24 * 60 * 60;

pub(super) fn rollup() -> settlement::Address {
    settlement::Address::repeat_byte(0xcc)
}

pub(super) fn domain() -> RollupDomain {
    RollupDomain::of(31_337, Address::new([0xcc; 20]))
}

pub(super) fn key(who: u8) -> SigningKey {
    SigningKey::from_seed(&[who; 32])
}

pub(super) fn genesis() -> State {
    State::new(domain())
}

/// What the contracts and the operator do, kept whole after every number: the naive twin.
#[derive(Clone)]
pub(super) struct World {
    pub(super) time: u64,
    pub(super) operations: [Vec<Option<abi::Operation>>; 2],
    /// State and what the contract remembers, by number.
    pub(super) after: Vec<(State, abi::Batch)>,
    pub(super) last_final: usize,
    pub(super) era: u32,
    pub(super) standing: BTreeMap<u32, usize>,
}

pub(super) fn no_batch(roots: abi::Roots) -> abi::Batch {
    abi::Batch {
        roots,
        blob: B256::ZERO,
        certificate: B256::ZERO,
        withdrawals: ExitTree::new::<abi::Withdrawal>(&[]).root(),
        publicRows: U256::ZERO,
        operator: settlement::Address::ZERO,
        submittedAt: 0,
        rows: 0,
        openRows: 0,
        challengeUntil: 0,
        onHead: 0,
        offHead: 0,
        settings: 0,
        era: 0,
    }
}

impl World {
    pub(super) fn new() -> (Self, Fact) {
        let batch = no_batch(abi_roots(&genesis().roots()));
        let world = Self {
            time: 1_000_000,
            operations: [Vec::new(), Vec::new()],
            after: vec![(genesis(), batch.clone())],
            last_final: 0,
            era: 0,
            standing: BTreeMap::new(),
        };
        let fact = Fact::Submitted {
            number: BatchNumber::new(0),
            batch: Box::new(batch),
            submission: Submission::Unreadable,
            transaction: B256::ZERO,
        };
        (world, fact)
    }

    pub(super) fn newest(&self) -> (&State, &abi::Batch) {
        let (state, batch) = self.after.last().unwrap();
        (state, batch)
    }

    pub(super) fn enqueue(&mut self, tree: Tree, who: u8, amount: u128, forced: bool) -> Fact {
        let authority = match forced {
            true => word(key(who).presented().authority().into()),
            false => U256::ZERO,
        };
        let operation = abi::Operation {
            kind: 1 + u8::from(forced),
            token: 0,
            amount,
            owner: settlement::Address::repeat_byte(who),
            account: word(key(who).account_key().into()),
            authority,
            enqueuedAt: self.time,
            deadline: self.time + WEEK,
        };
        let queue = &mut self.operations[usize::from(tree.number())];
        queue.push(Some(operation.clone()));
        Fact::Enqueued {
            tree,
            place: queue.len() as u64 - 1,
            operation,
        }
    }

    /// Takes back the oldest deposit that waits, if one does.
    pub(super) fn cancel(&mut self, tree: Tree) -> Option<Fact> {
        let head = match tree {
            Tree::OnL1 => self.newest().1.onHead,
            Tree::OffL1 => self.newest().1.offHead,
        };
        let queue = &mut self.operations[usize::from(tree.number())];
        let mut waiting = queue.iter_mut().enumerate().skip(head as usize);
        let (place, operation) = waiting.find(|(_, o)| o.as_ref().is_some_and(|o| o.kind == 1))?;
        *operation = None;
        Some(Fact::Cancelled {
            tree,
            place: place as u64,
        })
    }

    /// A batch of what waits and some signed operations; its row off L1 by its commitment.
    pub(super) fn batch(&mut self, seed: u64, network: &mut Network) -> Fact {
        let (before, prior) = self.newest();
        let (before, mut state) = (before.clone(), before.clone());
        let mut heads = [prior.onHead, prior.offHead];
        let size = BatchSize::new(16).unwrap();
        let mut batch = Batch::new(&mut state, size, Amount::new(1));
        for tree in Tree::BOTH {
            let place = usize::from(tree.number());
            let waiting = &self.operations[place][heads[place] as usize..];
            for operation in waiting.iter().take(1 + (seed % 5) as usize) {
                heads[place] += 1;
                if let Some(operation) = operation {
                    let operation = from_l1(tree, operation).unwrap().unwrap();
                    batch.apply(&Operation::FromL1(operation)).unwrap();
                }
            }
            if let Some(signed) = signed(&before, tree, seed) {
                // Who lacks the money sends nothing.
                let sent = batch.apply(&signed).is_ok();
                let collect = Operation::Collect {
                    tree,
                    token: TokenId::ETH,
                    to: AccountIndex::new(1).unwrap(),
                };
                if sent && batch.pot().waiting != 0 {
                    batch.apply(&collect).unwrap();
                }
            }
        }
        let finished = batch.finish().unwrap();
        let number = self.after.len() as u64;
        let mut state = before;
        let [on, off] = finished.rows();
        let traffic = finished.traffic();
        ledger::replay(&mut state, size, [&on, &off], &traffic, finished.next).unwrap();
        let meta = network.post(seed, number, off);
        let withdrawals: Vec<_> = traffic.withdrawals.iter().map(withdrawal).collect();
        let batch = abi::Batch {
            blob: B256::new(meta.id().to_bytes()),
            operator: rollup(),
            rows: 1,
            onHead: heads[0],
            offHead: heads[1],
            submittedAt: self.time,
            withdrawals: ExitTree::new(&withdrawals).root(),
            era: self.era,
            ..no_batch(abi_roots(&finished.next))
        };
        self.after.push((state, batch.clone()));
        Fact::Submitted {
            number: BatchNumber::new(number),
            batch: Box::new(batch),
            submission: Submission::Batch {
                rows: [
                    RowPlace::Calldata(on.into_iter().map(word).collect()),
                    RowPlace::Network { meta, row: 0 },
                ],
                withdrawals,
            },
            transaction: B256::with_last_byte(1),
        }
    }

    pub(super) fn finalize(&mut self) -> Option<Fact> {
        if self.last_final + 1 >= self.after.len() {
            return None;
        }
        self.last_final += 1;
        Some(Fact::Final(BatchNumber::new(self.last_final as u64)))
    }

    pub(super) fn fall_back(&mut self) -> Option<Fact> {
        let number = self.after.len();
        if self.last_final + 1 >= number {
            return None;
        }
        let (last, last_batch) = self.newest();
        let (firm, firm_batch) = &self.after[self.last_final];
        let state = State::with_trees(
            domain(),
            last.tree(Tree::OnL1).clone(),
            firm.tree(Tree::OffL1).clone(),
        );
        let batch = abi::Batch {
            onHead: last_batch.onHead,
            offHead: firm_batch.offHead,
            era: self.era + 1,
            ..no_batch(abi_roots(&state.roots()))
        };
        let to = self.last_final;
        self.standing.insert(self.era, to);
        self.era += 1;
        self.after.push((state, batch.clone()));
        self.last_final = number;
        Some(Fact::FellBack {
            to: BatchNumber::new(to as u64),
            number: BatchNumber::new(number as u64),
            batch: Box::new(batch),
            transaction: B256::with_last_byte(2),
        })
    }
}

/// Something that a person signs, if it has an account.
pub(super) fn signed(state: &State, tree: Tree, seed: u64) -> Option<Operation> {
    let who = 1 + (seed / 5 % u64::from(PEOPLE)) as u8;
    let owner = Address::new([who; 20]);
    let from = state.tree(tree).find(key(who).account_key(), owner)?;
    let amount = Amount::new(1 + u128::from(seed % 11));
    let body = match seed % 3 {
        0 => Body::Withdraw {
            recipient: owner,
            amount,
        },
        _ => Body::Transfer {
            to: AccountIndex::new(1).unwrap(),
            amount,
        },
    };
    let draft = Draft {
        tree,
        from,
        token: TokenId::ETH,
        fee: Fee::new(seed % 2),
        nonce: state.tree(tree).account(from)?.nonce(),
        body,
    };
    let signed = draft.sign(domain(), owner, &key(who));
    Some(Operation::Signed(Box::new(signed)))
}

/// Rows by their commitments.
#[derive(Default)]
pub(super) struct Network(pub(super) BTreeMap<[u8; 48], Vec<Fr>>);

impl Network {
    pub(super) fn post(&mut self, seed: u64, number: u64, row: Vec<Fr>) -> Arc<BlobMeta> {
        let mut bytes = [0x80; 48];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8..16].copy_from_slice(&number.to_be_bytes());
        self.0.insert(bytes, row);
        let namespace = Namespace::new([1; 29]).unwrap();
        let length = PayloadLength::new(BlobMode::Raw, Row::BYTES as u64).unwrap();
        let meta = BlobMeta::new(namespace, length, vec![Commitment::new(bytes)]);
        Arc::new(meta.unwrap())
    }

    /// Gives the derivation what it wants, at most so many rows.
    pub(super) fn serve(&self, derivation: &mut Derivation, most: usize) {
        for _ in 0..most {
            let Some(request) = derivation.wanted(1).pop() else {
                return;
            };
            let row = self.0[request.place.commitment().unwrap().as_bytes()].clone();
            derivation
                .supply(request.number, request.tree, row)
                .unwrap();
        }
    }
}

/// L1: blocks with their facts, and the world after each.
pub(super) struct Chain {
    pub(super) blocks: Vec<(L1Block, Vec<Fact>, World)>,
    pub(super) fork: u64,
}

impl Chain {
    pub(super) fn new() -> Self {
        let (world, begin) = World::new();
        let base = block(0, 0, B256::ZERO, world.time);
        let mut chain = Self {
            blocks: vec![(base, Vec::new(), world.clone())],
            fork: 0,
        };
        chain.push(world, vec![begin]);
        chain
    }

    pub(super) fn push(&mut self, mut world: World, facts: Vec<Fact>) {
        let (last, _, _) = self.blocks.last().unwrap();
        world.time += 12;
        let block = block(last.number + 1, self.fork, last.hash, world.time);
        self.blocks.push((block, facts, world));
    }

    pub(super) fn world(&self) -> World {
        self.blocks.last().unwrap().2.clone()
    }

    /// Does what a number says, in the next block.
    pub(super) fn act(&mut self, action: u64, network: &mut Network) {
        let mut world = self.world();
        let seed = action / 16;
        let tree = Tree::BOTH[(seed % 2) as usize];
        let who = 1 + (seed / 2 % u64::from(PEOPLE)) as u8;
        let facts = match action % 16 {
            0..=3 => vec![world.enqueue(tree, who, 5 + u128::from(seed % 50), false)],
            4 => vec![world.enqueue(tree, who, u128::from(seed % 30), true)],
            5 => world.cancel(tree).into_iter().collect(),
            6..=11 => {
                // Each fork has blobs of its own.
                let seed = seed + 1000 * self.fork;
                vec![world.batch(seed, network)]
            }
            12 | 13 => world.finalize().into_iter().collect(),
            14 => world.fall_back().into_iter().collect(),
            _ => Vec::new(),
        };
        self.push(world, facts);
    }

    /// Takes back so many blocks, all but the first two.
    pub(super) fn reorganise(&mut self, depth: usize) {
        let kept = self.blocks.len().saturating_sub(depth).max(2);
        self.blocks.truncate(kept);
        self.fork += 1;
    }

    /// As the driver does it: back to the last common block, or behind all of them, then on.
    pub(super) fn follow(&self, derivation: &mut Derivation) {
        let mut known = derivation.known();
        let is_here = |known: &L1Block| self.blocks.iter().any(|(block, _, _)| block == known);
        let common = known.find(is_here).map(|block| block.number);
        drop(known);
        match common {
            Some(common) if common == derivation.tip().number => {}
            Some(common) => assert_eq!(derivation.rewind(common).unwrap(), common),
            None => *derivation = self.derived(),
        }
        let common = derivation.tip().number;
        for (block, facts, _) in &self.blocks[common as usize + 1..] {
            derivation.apply(*block, facts.clone()).unwrap();
        }
    }

    pub(super) fn derived(&self) -> Derivation {
        let (base, _, _) = &self.blocks[0];
        Derivation::new(genesis(), *base, limits())
    }
}

pub(super) fn block(number: u64, fork: u64, parent: B256, time: u64) -> L1Block {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&fork.to_be_bytes());
    hash[8..16].copy_from_slice(&number.to_be_bytes());
    hash[16..].copy_from_slice(&parent[..16]);
    L1Block {
        number,
        hash: settlement::contracts::versioned_hash(&Commitment::new({
            let mut bytes = [0; 48];
            bytes[..32].copy_from_slice(&hash);
            bytes
        })),
        parent,
        time: L1Time::new(time),
    }
}

pub(super) fn limits() -> Limits {
    Limits {
        depth: 24,
        roots_only: false,
    }
}
