//! Challenges, from the first sample to the last wei.

use crate::cast::{Network, Store, has, operator_of, reader, responder, watcher};
use crate::world::{World, who};
use alloy::primitives::U256;
use settlement::contracts::abi;
use settlement::responder::Identity;
use settlement::settings::RollupSettings;
use settlement::state::RowState;
use settlement::{BatchNumber, BlobRow, Wei};

const HOURS: u64 = 3600;

async fn state_of(world: &World, row: u16) -> (RowState, Wei) {
    let watcher = world.account(who::WATCHER);
    let view = reader(world, &watcher)
        .rollup(BatchNumber::default(), 0)
        .await
        .unwrap();
    let row = view.batches[0].row(BlobRow::new(row)).unwrap();
    (row.state, row.due)
}

/// Somebody challenges a row that everybody can have. The operator answers by a blob and is paid
/// for it by whoever challenged.
#[tokio::test]
async fn a_griefer_pays_for_the_answer() {
    let world = World::new().await;
    let da = world.certified(1, 2).await;
    world.submit(1, &da).await;
    let griefer = world.account(who::OTHER);
    let rows = world.deployment.row_challenges;
    let bond = RollupSettings::default().min_bond;
    let call = abi::RowChallenges::challengeCall { number: 1, row: 1 };
    griefer.pay(rows, &call, bond).await.unwrap();

    let operator = world.account(who::OPERATOR);
    let mut responder = responder(&world, &operator, operator_of(&world), has(&[&da]));
    let report = responder.step().await.unwrap();
    assert_eq!(report.sent.len(), 1, "{report:?}");
    let (state, _) = state_of(&world, 1).await;
    assert_eq!(state, RowState::Answered);
    let again = responder.step().await.unwrap();
    assert!(
        again
            .sent
            .iter()
            .all(|name| !name.to_string().starts_with("publish")),
        "{again:?}"
    );
    assert!(again.alarms.is_empty());

    let earned = abi::RowChallenges::earningsCall {
        answerer: operator.address(),
    };
    let earned: Wei = world.client.view(rows, &earned).await.unwrap().into();
    let before = world.client.balance(griefer.address()).await.unwrap();
    let fetch = abi::RowChallenges::fetchCall { number: 1, row: 1 };
    let mined = griefer.call(rows, &fetch).await.unwrap();
    let after = world.client.balance(griefer.address()).await.unwrap();
    let back = after + mined.cost - before;
    let fetched = again
        .sent
        .iter()
        .any(|name| name.to_string().starts_with("fetch earnings"));
    assert!(earned > Wei::ZERO || fetched, "{again:?}");
    assert!(back < bond, "the griefer pays: {back} of {bond}");
}

/// What is withheld is noticed, challenged, and expires; the operator and the silent signers are
/// slashed, the signer that publishes is spared; the tree falls back; the watcher is paid.
#[tokio::test]
async fn who_withholds_is_slashed_and_who_publishes_is_spared() {
    let world = World::new().await;
    let honest = world.certified(1, 1).await;
    world.submit(1, &honest).await;
    let da = world.certified(2, 2).await;
    world.submit(2, &da).await;
    let network = Network::default();
    network.withhold(da.meta.id(), 1);
    let mut watcher = watcher(&world, &network, 0);
    let report = watcher.step().await.unwrap();
    assert_eq!(report.sampled.len(), 3);
    assert_eq!(report.sent.len(), 1, "{report:?}");
    // Nothing more is paid, whatever is sampled again.
    world.warp(2 * 60).await;
    let report = watcher.step().await.unwrap();
    assert!(report.sent.is_empty(), "{report:?}");
    assert!(report.left_out.is_empty(), "{report:?}");

    // The operator keeps silent, and its alarm says so.
    let operator = world.account(who::OPERATOR);
    let mut silent = responder(&world, &operator, operator_of(&world), has(&[]));
    let report = silent.step().await.unwrap();
    assert!(report.sent.is_empty());
    assert!(!report.alarms.is_empty());

    world.warp(25 * HOURS).await;
    let report = watcher.step().await.unwrap();
    assert!(
        report
            .sent
            .iter()
            .any(|name| name.to_string().starts_with("expire")),
        "{report:?}"
    );
    let d = world.deployment.clone();
    let left = abi::Operators::bondsCall {
        operator: operator.address(),
    };
    let left = world.client.view(d.operators, &left).await.unwrap();
    assert_eq!(Wei::new(left.amount), Wei::ether(32));
    let newest = world
        .client
        .view(d.rollup, &abi::Rollup::batchAtCall { number: 3 })
        .await
        .unwrap();
    assert_eq!(newest.roots.onL1, U256::from(1_002), "the tree on L1 stays");
    assert_eq!(
        newest.roots.offL1,
        U256::from(2_001),
        "the other falls back"
    );

    // One signer publishes what it owes.
    let (account, id) = world.member(0);
    let identity = Identity {
        validator: Some(id),
        ..Identity::default()
    };
    let mut spared = responder(&world, &account, identity, has(&[&da]));
    let report = spared.step().await.unwrap();
    assert!(!report.sent.is_empty(), "{report:?}");
    let report = spared.step().await.unwrap();
    assert!(report.alarms.is_empty(), "{report:?}");

    world.warp(25 * HOURS).await;
    let report = watcher.step().await.unwrap();
    let slashes = report
        .sent
        .iter()
        .filter(|name| name.to_string().starts_with("slash"));
    assert_eq!(slashes.count(), 2, "{report:?}");
    for (place, expected) in [
        (0, Wei::ether(100)),
        (1, Wei::ZERO),
        (2, Wei::ZERO),
        (3, Wei::ether(100)),
    ] {
        let (_, validator) = world.member(place);
        let call = abi::Registry::slashableCall {
            validator,
            rollup: d.rollup,
        };
        let slashable: Wei = world.client.view(d.registry, &call).await.unwrap().into();
        assert_eq!(slashable, expected, "member {place}");
    }
    // Ten of the tenth of 32 and twice 100: the cap.
    let before = world
        .client
        .balance(world.account(who::WATCHER).address())
        .await
        .unwrap();
    let report = watcher.step().await.unwrap();
    assert!(!report.settled.is_empty());
    for _ in 0..3 {
        watcher.step().await.unwrap();
    }
    let after = world
        .client
        .balance(world.account(who::WATCHER).address())
        .await
        .unwrap();
    assert!(after >= before, "{before} {after}");
    assert_eq!(state_of(&world, 0).await.1, Wei::ZERO);
    let total = abi::RowChallenges::challengeOfCall { number: 2, row: 1 };
    let total = world.client.view(d.row_challenges, &total).await.unwrap();
    assert_eq!(Wei::new(total.earned), Wei::ether(10));
    let report = watcher.step().await.unwrap();
    assert!(report.sent.is_empty(), "{report:?}");
}

/// A validator asked for a cell answers by what it has: the row, or the cell alone.
#[tokio::test]
async fn a_validator_answers_for_its_cell() {
    let world = World::new().await;
    let da = world.certified(1, 1).await;
    world.submit(1, &da).await;
    let challenger = world.account(who::WATCHER);
    let view = reader(&world, &challenger)
        .rollup(BatchNumber::default(), 0)
        .await
        .unwrap();
    let submitted = reader(&world, &challenger)
        .submitted(&view.batches[0])
        .await
        .unwrap()
        .unwrap();
    let expected = view.batches[0].certificate;
    let signers = settlement::signers::CertificateSigners::new(
        &world.deployment.chain,
        &submitted,
        world.set.clone(),
        expected,
    )
    .unwrap();
    // Who has the cell alone shows it; who has the row publishes that first, which costs less, and
    // then points to it. A row that is public is challenged no more, so that one comes last.
    for (place, only_cells, steps) in [(1_u16, true, 1), (0, false, 2)] {
        let (account, id) = world.member(usize::from(place));
        let signer = signers.signer(signers.find(id).unwrap()).unwrap();
        let call = abi::CellChallenges::challengeCall {
            number: 1,
            row: 0,
            column: 100,
            signer,
        };
        let at = world.deployment.cell_challenges;
        let bond = RollupSettings::default().min_bond;
        let mined = challenger.pay(at, &call, bond).await.unwrap();
        let asked: abi::CellChallenges::CellChallenged = mined.event(at).unwrap();
        let identity = Identity {
            validator: Some(id),
            ..Identity::default()
        };
        let store = Store {
            only_cells,
            ..has(&[&da])
        };
        let mut responder = responder(&world, &account, identity, store);
        let call = abi::CellChallenges::challengesCall { id: asked.id };
        for _ in 0..steps {
            assert!(!world.client.view(at, &call).await.unwrap().ended);
            let report = responder.step().await.unwrap();
            assert_eq!(report.sent.len(), 1, "{report:?}");
        }
        assert!(world.client.view(at, &call).await.unwrap().ended);
        let report = responder.step().await.unwrap();
        let answers = report
            .sent
            .iter()
            .filter(|name| name.to_string().starts_with("answer"));
        assert_eq!(answers.count(), 0, "{report:?}");
    }
}

/// What is lost after its time costs those who signed for it: each is asked for a cell, who has it
/// answers, who keeps silent loses its stake. The batch stands.
#[tokio::test]
async fn a_row_lost_after_its_time_is_asked_for_cell_by_cell() {
    let world = World::new().await;
    let da = world.certified(1, 1).await;
    world.submit(1, &da).await;
    let network = Network::default();
    let mut watcher = watcher(&world, &network, 4);
    let report = watcher.step().await.unwrap();
    assert!(report.sent.is_empty(), "{report:?}");
    world.warp(25 * HOURS).await;
    network.withhold(da.meta.id(), 0);
    let report = watcher.step().await.unwrap();
    assert_eq!(report.sent.len(), 3, "of every signer: {report:?}");
    assert!(report.left_out.is_empty(), "{report:?}");
    // Each once.
    world.warp(2 * 60).await;
    let report = watcher.step().await.unwrap();
    assert!(report.sent.is_empty(), "{report:?}");

    let (account, id) = world.member(1);
    let identity = Identity {
        validator: Some(id),
        ..Identity::default()
    };
    let store = Store {
        only_cells: true,
        ..has(&[&da])
    };
    let mut keeper = responder(&world, &account, identity, store);
    let report = keeper.step().await.unwrap();
    assert_eq!(report.sent.len(), 1, "{report:?}");

    world.warp(25 * HOURS).await;
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.extend(watcher.step().await.unwrap().sent);
    }
    let of = |what: &str| {
        let named = sent.iter().map(ToString::to_string);
        named.filter(|name| name.starts_with(what)).count()
    };
    assert_eq!(of("expire cell"), 2, "{sent:?}");
    assert!(of("fetch earnings of cells") >= 1, "{sent:?}");
    let d = &world.deployment;
    for (place, expected) in [
        (0, Wei::ZERO),
        (1, Wei::ether(100)),
        (2, Wei::ZERO),
        (3, Wei::ether(100)),
    ] {
        let (_, validator) = world.member(place);
        let call = abi::Registry::slashableCall {
            validator,
            rollup: d.rollup,
        };
        let slashable: Wei = world.client.view(d.registry, &call).await.unwrap().into();
        assert_eq!(slashable, expected, "member {place}");
    }
    let call = abi::CellChallenges::earningsCall {
        owner: world.account(who::WATCHER).address(),
    };
    let owed = world.client.view(d.cell_challenges, &call).await.unwrap();
    assert_eq!(owed, U256::ZERO);
    let last_final = abi::Rollup::finalBatchCall {};
    let last_final = world.client.view(d.rollup, &last_final).await.unwrap();
    let is_void = abi::Rollup::isVoidCall { number: 1 };
    assert!(last_final <= 1 && !world.client.view(d.rollup, &is_void).await.unwrap());
}
