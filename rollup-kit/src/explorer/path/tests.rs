#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Flaw, check, word};
use crate::explorer::answers::{Account, AsOf, Leaf, Proof};
use crate::explorer::units::Amount;
use ledger::{
    ACCOUNT_DEPTH, AccountIndex, AccountKey, Address, Fr, RollupDomain, State, TokenId, Tree,
    TreeState,
};
use operator::wire::WireTree;
use settlement::{B256, BatchNumber};

const AS_OF: AsOf = AsOf {
    batch: BatchNumber::new(4),
    current: true,
    is_final: false,
};

fn domain() -> RollupDomain {
    RollupDomain::of(1, Address::new([9; 20]))
}

/// Six accounts, as a follower tells of one of them.
fn told(tree: Tree, index: u32) -> (Account, Proof, State) {
    let holders = (1..=6_u8).map(|who| {
        let balances = [(TokenId::ETH, ledger::Amount::new(u128::from(who) * 100))];
        let key = AccountKey::new(Fr::from(1000 + u64::from(who)));
        (key, Address::new([who; 20]), balances.to_vec())
    });
    let accounts = TreeState::with_accounts(tree, holders).unwrap();
    let nothing = TreeState::with_accounts(tree, []).unwrap();
    let state = match tree {
        Tree::OnL1 => State::with_trees(domain(), accounts, nothing),
        Tree::OffL1 => State::with_trees(domain(), nothing, accounts),
    };
    let place = AccountIndex::new(u64::from(index)).unwrap();
    let of = state.tree(tree);
    let account = of.account(place).unwrap();
    let leaf = account.leaf();
    let balances = account.balances();
    let told = Account {
        tree: WireTree::from(tree),
        index,
        key: word(account.key().into()),
        owner: settlement::Address::new(*account.owner().as_bytes()),
        nonce: Amount(account.nonce().get().into()),
        balances: balances.map(|(t, a)| (t.get(), Amount(a.get()))).collect(),
        as_of: AS_OF,
    };
    let proof = Proof {
        tree: WireTree::from(tree),
        index,
        leaf: Leaf {
            identity: word(leaf.identity),
            next: word(leaf.next),
            key: word(leaf.key),
            meta: word(leaf.meta),
            balances: word(leaf.balances),
        },
        path: of.path(place).iter().map(|step| step.map(word)).collect(),
        accounts_root: word(of.accounts_root()),
        root: word(state.roots().of(tree)),
        as_of: AS_OF,
    };
    (told, proof, state)
}

#[test]
fn every_account_leads_to_its_root() {
    for tree in Tree::BOTH {
        for index in 0..=6 {
            let (account, proof, state) = told(tree, index);
            let path = check(&account, &proof, domain()).unwrap();
            assert_eq!(path.root, word(state.roots().of(tree)));
            assert_eq!(path.levels.len(), ACCOUNT_DEPTH);
            assert_eq!(path.levels[0].at, index as usize % 4);
            assert_eq!(path.levels[0].nodes[path.levels[0].at], path.leaf);
            // Six accounts and the sentinel stand in the first two groups of four.
            assert_eq!(path.levels[1].empty, [false, false, true, true]);
            assert_eq!(path.levels[11].empty, [false, true, true, true]);
        }
    }
}

#[test]
fn whatever_is_changed_is_found() {
    let (account, proof, _) = told(Tree::OffL1, 5);
    let richer = Account {
        balances: [(0, Amount(501))].into(),
        ..account.clone()
    };
    assert_eq!(check(&richer, &proof, domain()), Err(Flaw::Leaf));
    let elsewhere = Account {
        owner: settlement::Address::new([7; 20]),
        ..account.clone()
    };
    assert_eq!(check(&elsewhere, &proof, domain()), Err(Flaw::Leaf));
    let used = Account {
        nonce: Amount(u128::MAX),
        ..account.clone()
    };
    assert_eq!(check(&used, &proof, domain()), Err(Flaw::Leaf));
    let strange = Account {
        key: B256::new([0xff; 32]),
        ..account.clone()
    };
    assert_eq!(check(&strange, &proof, domain()), Err(Flaw::Scalar));
    let other = Proof {
        index: 4,
        ..proof.clone()
    };
    assert_eq!(check(&account, &other, domain()), Err(Flaw::Other));
    for level in 0..ACCOUNT_DEPTH {
        for place in 0..4 {
            let mut wrong = proof.clone();
            wrong.path[level][place] = word(Fr::from(3));
            // What stands beside the way shows one level above; at the top, in the root.
            let way = place == (5 >> (2 * level)) % 4;
            let expected = match (way, level + 1 == ACCOUNT_DEPTH) {
                (true, _) => Flaw::Node(level),
                (false, false) => Flaw::Node(level + 1),
                (false, true) => Flaw::Root,
            };
            let got = check(&account, &wrong, domain());
            assert_eq!(got, Err(expected), "{level}, {place}");
        }
    }
    for length in [0, 11, 13] {
        let mut wrong = proof.clone();
        wrong.path.resize(length, [B256::ZERO; 4]);
        assert_eq!(check(&account, &wrong, domain()), Err(Flaw::Length(length)));
    }
    let next = Proof {
        leaf: Leaf {
            next: word(Fr::from(1)),
            ..proof.leaf.clone()
        },
        ..proof.clone()
    };
    assert_eq!(check(&account, &next, domain()), Err(Flaw::Node(0)));
    let root = Proof {
        root: B256::ZERO,
        ..proof.clone()
    };
    assert_eq!(check(&account, &root, domain()), Err(Flaw::Root));
    let of_others = RollupDomain::of(2, Address::new([9; 20]));
    assert_eq!(check(&account, &proof, of_others), Err(Flaw::Root));
}
