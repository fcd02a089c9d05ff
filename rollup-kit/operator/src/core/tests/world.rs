//! An operator that is killed, on a model of L1.

use super::*;

/// A disk, and the moment of the next kill: after so many records, the last of which is lost or
/// not.
pub(super) struct Disk {
    pub(super) records: Vec<Record>,
    pub(super) left: u32,
    pub(super) keeps_last: bool,
}

impl Disk {
    pub(super) fn write(&mut self, record: &Record) -> Result<()> {
        // As it comes back from the disk.
        let text = serde_json::to_string(record).unwrap();
        let record: Record = serde_json::from_str(&text).unwrap();
        if self.left == 0 {
            if self.keeps_last {
                self.records.push(record);
            }
            return Err(Error::Cancelled("killed".to_owned()));
        }
        self.left -= 1;
        self.records.push(record);
        Ok(())
    }
}

pub(super) fn config() -> Config {
    Config {
        size: SIZE,
        patience: 5,
        most_in_flight: 3,
        confirmations: 0,
        collector: Some(collector()),
        limits: Limits::default(),
        calls: allowance::Policy::default(),
        gadget: None,
    }
}

pub(super) struct World {
    pub(super) model: Model,
    pub(super) disk: Disk,
    pub(super) core: Core,
    /// Names of payments that L1 has taken or will: an outbox makes each once.
    pub(super) paid: HashSet<String>,
    pub(super) accepted: BTreeSet<OperationId>,
    pub(super) kills: Vec<(u32, bool)>,
    pub(super) clock: u64,
}

impl World {
    pub(super) fn new(mut kills: Vec<(u32, bool)>) -> Self {
        let (left, keeps_last) = kills.pop().unwrap_or((u32::MAX, false));
        let core = Core::new(config(), Tokens::ether(), Vec::new()).unwrap();
        let mut world = Self {
            model: Model::new(),
            disk: Disk {
                records: Vec::new(),
                left,
                keeps_last,
            },
            core,
            paid: HashSet::new(),
            accepted: BTreeSet::new(),
            kills,
            clock: 100,
        };
        world.follow();
        world
    }

    pub(super) fn now(&self) -> L1Time {
        L1Time::new(self.clock)
    }

    /// The process dies and begins anew with its disk.
    pub(super) fn survive(&mut self, error: &Error) {
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
        (self.disk.left, self.disk.keeps_last) = self.kills.pop().unwrap_or((u32::MAX, false));
        self.core = Core::new(config(), Tokens::ether(), self.disk.records.clone()).unwrap();
        // And once more with a journal that was written anew.
        self.disk.records = self.core.image();
        self.core = Core::new(config(), Tokens::ether(), self.disk.records.clone()).unwrap();
        self.follow();
    }

    pub(super) fn follow(&mut self) {
        let settled = self.model.settled();
        let now = self.now();
        let disk = &mut self.disk;
        if let Err(error) = self.core.follow(&settled, now, |record| disk.write(record)) {
            self.survive(&error);
        }
    }

    pub(super) fn submit(&mut self, who: u8, off: bool) {
        let tree = if off { Tree::OffL1 } else { Tree::OnL1 };
        let answer = self.core.account(tree, index(who)).unwrap();
        let mut draft = draft(
            tree,
            who,
            answer.next_nonce.get(),
            0,
            transfer(who % PEOPLE + 1, 1),
        );
        draft.fee = Fee::new(3);
        let signed = draft.sign(crate::fixture::rollup(), address(who), &key(who));
        let now = self.now();
        let verified = self.core.examine(signed, now).unwrap().verify().unwrap();
        let id = verified.id();
        let disk = &mut self.disk;
        match self.core.accept(verified, now, |record| disk.write(record)) {
            Ok(admitted) => {
                assert!(admitted.gone.is_empty());
                self.accepted.insert(id);
            }
            Err(error) => self.survive(&error),
        }
    }

    pub(super) fn seal(&mut self, at_once: bool) -> bool {
        let carrier = Carrier::new(crate::carriage::Patience::default());
        let sealing = Sealing {
            carriage: carrier.carriage(OnRow::Calldata),
            salt: 0,
            at_once,
            now: self.now(),
        };
        let Ok(drafted) = self.core.draft(&sealing).unwrap() else {
            return false;
        };
        let disk = &mut self.disk;
        if let Err(error) = self.core.seal(drafted, |record| disk.write(record)) {
            self.survive(&error);
        }
        true
    }

    /// Does one of the tasks; what it comes to is written, or a kill prevents that.
    pub(super) fn work(&mut self, which: usize) -> bool {
        let tasks = self.core.tasks();
        if tasks.is_empty() {
            return false;
        }
        let (number, task) = tasks[which % tasks.len()];
        let record = match task {
            Task::Post => Record::Posted { number },
            // The network is slow here: the row goes by L1.
            Task::Certify => Record::Carried {
                number,
                carriage: crate::plan::Carriage::BLOBS,
            },
            Task::Prove => Record::Proved {
                number,
                proof: format!("{:02x}", number.get() % 256),
            },
            Task::Checkpoint => panic!("of no batch"),
            Task::Submit => {
                let batch = &self.core.flight()[&number];
                let plan = batch.plan().clone();
                let payment = batch.payment_name().unwrap();
                self.model.submit(&plan);
                self.paid.insert(payment.clone());
                Record::Submitted { number, payment }
            }
        };
        let written = self.disk.write(&record);
        match written {
            Ok(()) => self.core.apply(record).unwrap(),
            Err(error) => self.survive(&error),
        }
        self.follow();
        true
    }

    /// Everything goes on without kills until nothing is left to do.
    pub(super) fn drain(&mut self) {
        self.kills.clear();
        self.disk.left = u32::MAX;
        for _ in 0..400 {
            self.follow();
            self.clock += 10;
            let worked = self.work(0);
            if !self.seal(true) && !worked {
                return;
            }
        }
        panic!("never done: {:?}", self.core.tasks());
    }

    /// Each operation is once in the batches that stand, or the owner is told why not.
    pub(super) fn check(&self) {
        let mut seen = HashSet::new();
        for batch in &self.model.batches {
            for (id, tree) in &batch.signed {
                let stands = !batch.settled.is_void || *tree == Tree::OnL1;
                assert!(!stands || seen.insert(*id), "{id} twice");
            }
        }
        for id in &self.accepted {
            let standing = self.core.standing(id);
            match standing.stage {
                Stage::OnL1 | Stage::Final => {
                    let number = standing.batch.unwrap();
                    let there = &self.model.batches[number.get() as usize];
                    let there = there.signed.iter().any(|(of, _)| of == id);
                    assert!(there && seen.contains(id), "{id} is not in {number}");
                }
                // Its nonce was used: by a rival, or by this very operation in a batch that was
                // given up and came to L1 all the same.
                Stage::Dropped => assert_eq!(standing.gone, Some(Gone::Overtaken), "{id}"),
                stage => panic!("{id} is {stage:?} at the end"),
            }
        }
        assert!(self.core.pool().is_empty());
    }
}
