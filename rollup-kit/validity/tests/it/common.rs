//! One batch of one operation, its keys and its proof, made once.

use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Draft, ExitBatch, Fee, FinishedBatch,
    FromL1, Nonce, Operation, RollupDomain, State, TokenId, Tree, TreeState,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::OnceLock;
use types::Commitment;
use validity::{
    BatchNumber, Engine, ExitStatement, ExitTerms, ExitsSize, Keys, OnL1Part, Progress, Proof,
    Queued, Statement, SumEngine, Terms, prove, prove_exits,
};

pub(crate) const CHAIN: u64 = 31_337;

pub(crate) fn contract() -> Address {
    Address::new([0xcc; 20])
}

pub(crate) fn owner() -> Address {
    Address::new([1; 20])
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

pub(crate) fn deposit(tree: Tree, amount: u128) -> FromL1 {
    FromL1 {
        tree,
        token: TokenId::ETH,
        amount: Amount::new(amount),
        owner: owner(),
        account: key().account_key(),
        authority: None,
    }
}

pub(crate) fn size() -> BatchSize {
    BatchSize::new(1).unwrap()
}

/// A withdrawal out of a tree.
pub(crate) fn batch(tree: Tree) -> FinishedBatch {
    batch_of(tree, size())
}

/// The same in a batch of another size, whose other places stay empty.
pub(crate) fn batch_of(tree: Tree, size: BatchSize) -> FinishedBatch {
    let rollup = RollupDomain::of(CHAIN, contract());
    let mut state = State::new(rollup);
    let mut opening = Batch::new(&mut state, size, Amount::new(1));
    opening
        .apply(&Operation::FromL1(deposit(tree, 100)))
        .unwrap();
    opening.finish().unwrap();
    let draft = Draft {
        tree,
        from: AccountIndex::new(1).unwrap(),
        token: TokenId::ETH,
        fee: Fee::new(0),
        nonce: Nonce::new(0),
        body: Body::Withdraw {
            recipient: owner(),
            amount: Amount::new(40),
        },
    };
    let mut batch = Batch::new(&mut state, size, Amount::new(1));
    let signed = draft.sign(rollup, owner(), &key());
    batch.apply(&Operation::Signed(Box::new(signed))).unwrap();
    batch.finish().unwrap()
}

pub(crate) fn terms(off_row: Option<Commitment>) -> Terms {
    Terms {
        chain_id: CHAIN,
        contract: contract(),
        number: BatchNumber::new(3),
        on_queue: vec![Queued::Cancelled],
        off_queue: Vec::new(),
        on_row: OnL1Part::Calldata,
        off_row,
    }
}

/// A batch of the tree off L1, with its row on the DA network.
pub(crate) fn two_rows() -> (FinishedBatch, Statement) {
    let batch = batch(Tree::OffL1);
    let statement = Statement::new(&batch, &terms(Some(Commitment::new([0xc0; 48])))).unwrap();
    (batch, statement)
}

/// A batch of the tree on L1, all in calldata.
pub(crate) fn one_row() -> (FinishedBatch, Statement) {
    let batch = batch(Tree::OnL1);
    let statement = Statement::new(&batch, &terms(None)).unwrap();
    (batch, statement)
}

pub(crate) fn own_sums() -> SumEngine {
    SumEngine::Own(Engine::of_process().unwrap())
}

pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::development(size(), own_sums()).unwrap())
}

pub(crate) fn proved(keys: &Keys, batch: &FinishedBatch, statement: &Statement) -> Proof {
    let mut rng = StdRng::seed_from_u64(1);
    let mut told = Vec::new();
    let mut tell = |progress: Progress| told.push(progress.done);
    let proof = prove(keys, batch, statement, &mut rng, &mut tell).unwrap();
    assert_eq!(told, [0, 1, 2, 3, 4]);
    proof
}

pub(crate) fn exits_size() -> ExitsSize {
    ExitsSize::new(2).unwrap()
}

/// A rollup of two people with ether in both trees, and the tree off L1.
pub(crate) fn leaving() -> (State, Tree) {
    let holders = [1u8, 2].map(|who| {
        let key = SigningKey::from_seed(&[who; 32]).account_key();
        let amount = Amount::new(1 << (100 + who));
        (key, Address::new([who; 20]), vec![(TokenId::ETH, amount)])
    });
    let trees = Tree::BOTH.map(|tree| TreeState::with_accounts(tree, holders.clone()).unwrap());
    let [on_l1, off_l1] = trees;
    let rollup = RollupDomain::of(CHAIN, contract());
    (State::with_trees(rollup, on_l1, off_l1), Tree::OffL1)
}

/// Both leave.
pub(crate) fn exits(tree: Tree) -> (ExitBatch, ExitStatement) {
    let (state, _) = leaving();
    let wanted = [2, 1].map(|who| (AccountIndex::new(who).unwrap(), TokenId::ETH));
    let batch = state.exits(tree, exits_size(), &wanted).unwrap();
    let statement = ExitStatement::new(&batch, &exit_terms());
    (batch, statement)
}

pub(crate) fn exit_terms() -> ExitTerms {
    ExitTerms {
        chain_id: CHAIN,
        contract: contract(),
        newest: BatchNumber::new(9),
    }
}

pub(crate) fn exit_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::development(exits_size(), own_sums()).unwrap())
}

/// The proof of [`exits`] of the tree off L1.
pub(crate) fn exit_proof() -> &'static Proof {
    static PROOF: OnceLock<Proof> = OnceLock::new();
    PROOF.get_or_init(|| {
        let (batch, statement) = exits(Tree::OffL1);
        let mut rng = StdRng::seed_from_u64(1);
        prove_exits(exit_keys(), &batch, &statement, &mut rng, &mut |_| ()).unwrap()
    })
}

/// The proofs of [`two_rows`] and [`one_row`].
pub(crate) fn proofs() -> &'static [Proof; 2] {
    static PROOFS: OnceLock<[Proof; 2]> = OnceLock::new();
    PROOFS.get_or_init(|| {
        [two_rows(), one_row()].map(|(batch, statement)| proved(keys(), &batch, &statement))
    })
}
