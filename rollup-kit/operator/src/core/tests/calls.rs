//! Calls, which are free, and batches that have no proof.

use super::*;
use crate::fixture::{Skewed, call};
use crate::mempool::Refusal;
use validity::gadget::Ruled;

const TREE: Tree = Tree::OffL1;

/// An operator of a rollup whose circuit is not its rules', with all that it wrote.
struct Desk {
    core: Core,
    written: Vec<Record>,
    now: L1Time,
}

impl Desk {
    fn config(per_hour: usize) -> Config {
        Config {
            calls: allowance::Policy {
                per_hour,
                patience: 600,
            },
            gadget: Some(Ruled::new(&Skewed).unwrap()),
            ..world::config()
        }
    }

    fn new(per_hour: usize) -> Self {
        let core = Core::new(Self::config(per_hour), Tokens::ether(), Vec::new()).unwrap();
        let now = L1Time::new(10_000);
        let written = Vec::new();
        let mut desk = Self { core, written, now };
        desk.follow();
        desk
    }

    fn follow(&mut self) {
        let mut settled = (*Model::new().settled()).clone();
        settled.state = Arc::new(funded().with_rules(Some(&Skewed)));
        let written = &mut self.written;
        let write = |record: &Record| {
            written.push(record.clone());
            Ok(())
        };
        self.core
            .follow(&Arc::new(settled), self.now, write)
            .unwrap();
    }

    fn submit(&mut self, signed: Signed) -> Result<OperationId> {
        let verified = self.core.examine(signed, self.now)?.verify()?;
        let written = &mut self.written;
        let admitted = self.core.accept(verified, self.now, |record| {
            written.push(record.clone());
            Ok(())
        })?;
        Ok(admitted.id)
    }

    fn refused(&mut self, signed: Signed) -> &'static str {
        match self.submit(signed) {
            Err(Error::Refused(refusal)) => refusal.name(),
            other => panic!("{other:?}"),
        }
    }

    fn draft(&mut self) -> Result<Box<Drafted>, NotSealed> {
        let sealing = Sealing {
            carriage: Carrier::new(crate::carriage::Patience::default()).carriage(OnRow::Calldata),
            salt: 0,
            at_once: false,
            now: self.now,
        };
        self.core.draft(&sealing).unwrap()
    }

    fn seal(&mut self) -> BatchNumber {
        let drafted = self.draft().unwrap();
        let written = &mut self.written;
        let write = |record: &Record| {
            written.push(record.clone());
            Ok(())
        };
        self.core.seal(drafted, write).unwrap()
    }

    fn put(&mut self, record: Record) {
        self.written.push(record.clone());
        self.core.apply(record).unwrap();
    }
}

fn counted(who: u8, nonce: u64, amount: u64) -> Signed {
    sign(call(TREE, who, nonce, amount), who)
}

fn paying(who: u8, nonce: u64) -> Signed {
    crate::fixture::payment(TREE, who, nonce, 3)
}

#[test]
fn a_call_that_cannot_be_proved_is_refused_or_dropped() {
    let mut desk = Desk::new(60);
    match desk.submit(counted(1, 0, 256)) {
        Err(Error::Refused(Refusal::Unprovable { rules, gadget })) => {
            assert_eq!((&*rules, &*gadget), ("256 and 256", "nothing"));
        }
        other => panic!("{other:?}"),
    }
    assert!(desk.written.is_empty());
    desk.submit(counted(1, 0, 255)).unwrap();
    // What comes later is held against the state that it finds.
    desk.submit(paying(2, 0)).unwrap();
    let bad = desk.submit(counted(2, 1, 256)).unwrap();
    desk.now = desk.now.plus(5);
    desk.seal();
    let standing = desk.core.standing(&bad);
    assert_eq!(
        (standing.stage, standing.gone),
        (Stage::Dropped, Some(Gone::Unprovable))
    );
    assert!(desk.core.pool().is_empty());
}

#[test]
fn what_no_batch_takes_goes_without_one() {
    let mut desk = Desk::new(60);
    let first = desk.submit(paying(1, 0)).unwrap();
    let bad = desk.submit(counted(1, 1, 999)).unwrap();
    desk.now = desk.now.plus(5);
    desk.seal();
    assert_eq!(desk.core.standing(&first).stage, Stage::Sequenced);
    // As if the journal had it still.
    let operation = WireOperation::from(&counted(1, 1, 999));
    let at = desk.now;
    desk.put(Record::Accepted {
        id: bad,
        operation,
        at,
    });
    desk.now = desk.now.plus(700);
    assert_eq!(desk.draft().unwrap_err(), NotSealed::Nothing);
    desk.follow();
    assert_eq!(desk.core.standing(&bad).gone, Some(Gone::Unprovable));
    assert!(desk.core.pool().is_empty());
}

#[test]
fn an_account_is_free_so_often_an_hour() {
    let mut desk = Desk::new(1);
    desk.submit(counted(1, 0, 5)).unwrap();
    assert_eq!(desk.refused(counted(1, 1, 6)), "too_many_calls");
    desk.submit(paying(1, 1)).unwrap();
    desk.submit(counted(2, 0, 5)).unwrap();
    // A journal that is read says the same.
    desk.core = Core::new(Desk::config(1), Tokens::ether(), desk.written.clone()).unwrap();
    desk.follow();
    assert_eq!(desk.refused(counted(1, 2, 6)), "too_many_calls");
    desk.now = desk.now.plus(3_600);
    desk.follow();
    desk.submit(counted(1, 0, 5)).unwrap();
}

#[test]
fn calls_alone_wait_for_whoever_pays() {
    let mut desk = Desk::new(60);
    desk.submit(counted(1, 0, 5)).unwrap();
    desk.now = desk.now.plus(599);
    assert_eq!(desk.draft().unwrap_err(), NotSealed::Early);
    // One that cannot go yet pays for nothing.
    desk.submit(paying(3, 1)).unwrap();
    assert_eq!(desk.draft().unwrap_err(), NotSealed::Early);
    desk.submit(paying(2, 0)).unwrap();
    assert!(desk.draft().is_ok());

    let mut desk = Desk::new(60);
    desk.submit(counted(1, 0, 5)).unwrap();
    desk.now = desk.now.plus(600);
    assert!(desk.draft().is_ok());
}

#[test]
fn a_batch_without_a_proof_is_given_up_without_its_calls() {
    let mut desk = Desk::new(60);
    let called = desk.submit(counted(1, 0, 5)).unwrap();
    let paid = desk.submit(paying(2, 0)).unwrap();
    desk.now = desk.now.plus(5);
    let first = desk.seal();
    let later = desk.submit(paying(3, 0)).unwrap();
    desk.now = desk.now.plus(5);
    desk.seal();
    let refuted = |number, at| Record::Refuted {
        number,
        reason: "the proof does not hold for this statement".to_owned(),
        at,
    };
    desk.put(refuted(first, desk.now));
    let stages = |core: &Core, of: [OperationId; 3]| of.map(|id| core.standing(&id).stage);
    let expected = [Stage::Dropped, Stage::Pooled, Stage::Pooled];
    assert_eq!(stages(&desk.core, [called, paid, later]), expected);
    let again = Core::new(Desk::config(60), Tokens::ether(), desk.written.clone()).unwrap();
    assert_eq!(stages(&again, [called, paid, later]), expected);
    assert_eq!(again.standing(&called).gone, Some(Gone::Unprovable));

    // Without calls, it is what was signed.
    desk.follow();
    desk.now = desk.now.plus(5);
    let number = desk.seal();
    assert_eq!(number, first);
    desk.put(refuted(number, desk.now));
    let none = [Stage::Dropped; 3];
    assert_eq!(stages(&desk.core, [called, paid, later]), none);
    assert!(desk.core.pool().is_empty() && desk.core.flight().is_empty());
}

#[test]
fn a_clogged_queue_has_a_batch_made_for_it() {
    let mut world = World::new(Vec::new());
    let cancelled = (0..70).map(|place| QueuedOperation {
        place,
        operation: None,
        enqueued_at: 0,
        deadline: 0,
    });
    world.model.queues[0].extend(cancelled);
    world.follow();
    assert!(world.seal(false));
    while world.work(0) {}
    assert_eq!(world.model.settled().queues[0].head, 64);
    assert!(!world.seal(false));
}
