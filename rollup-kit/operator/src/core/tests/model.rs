//! A model of L1 and its contract.

use super::*;

/// A batch as L1 has it.
#[derive(Clone)]
pub(super) struct Landed {
    pub(super) settled: SettledBatch,
    pub(super) state: Arc<State>,
    pub(super) signed: Vec<(OperationId, Tree)>,
}

/// L1 with its contract, as far as it concerns an operator.
pub(super) struct Model {
    pub(super) batches: Vec<Landed>,
    pub(super) queues: [Vec<QueuedOperation>; 2],
    pub(super) block: u64,
    pub(super) final_at: usize,
    pub(super) strangers: u8,
}

impl Model {
    pub(super) fn new() -> Self {
        let state = Arc::new(funded());
        let genesis = SettledBatch {
            roots: state.roots(),
            heads: [0, 0],
            operator: Address::ZERO,
            submitted_at: L1Time::new(0),
            block: 0,
            transaction: B256::ZERO,
            is_void: false,
        };
        Self {
            batches: vec![Landed {
                settled: genesis,
                state,
                signed: Vec::new(),
            }],
            queues: [Vec::new(), Vec::new()],
            block: 10,
            final_at: 0,
            strangers: 0,
        }
    }

    pub(super) fn newest(&self) -> &Landed {
        self.batches.last().unwrap()
    }

    pub(super) fn enqueue(&mut self, tree: Tree) {
        self.strangers = self.strangers % 100 + 1;
        let operation = deposit(tree, 100 + self.strangers, 0, 10);
        let queue = &mut self.queues[usize::from(tree.number())];
        let place = queue.len() as u64;
        queue.push(QueuedOperation {
            place,
            operation: Some(operation),
            enqueued_at: self.block,
            deadline: 1000 * (place + 1),
        });
    }

    pub(super) fn append(
        &mut self,
        state: State,
        heads: [u64; 2],
        signed: Vec<(OperationId, Tree)>,
    ) {
        self.block += 1;
        let settled = SettledBatch {
            roots: state.roots(),
            heads,
            block: self.block,
            ..self.newest().settled
        };
        self.batches.push(Landed {
            settled,
            state: Arc::new(state),
            signed,
        });
    }

    /// What the contract does with a submission.
    pub(super) fn submit(&mut self, plan: &BatchPlan) -> bool {
        let newest = self.newest().clone();
        let number = BatchNumber::new(self.batches.len() as u64);
        if plan.number != number || plan.prior.decode().unwrap() != newest.settled.roots {
            return false;
        }
        for tree in Tree::BOTH {
            let place = usize::from(tree.number());
            let heads = newest.settled.heads[place]..;
            for (at, consumed) in heads.zip(plan.consumed(tree)) {
                if self.queues[place].get(at as usize) != Some(&consumed.unwrap()) {
                    return false;
                }
            }
        }
        let mut state = (*newest.state).clone();
        crate::plan::SealedBatch::replay(plan, &mut state).unwrap();
        self.append(
            state,
            plan.heads,
            plan.signed()
                .map(|(_, id, o)| (id, o.tree.into()))
                .collect(),
        );
        true
    }

    /// Another operator settles a stranger's operation, or what the queue gives.
    pub(super) fn rival(&mut self) {
        let newest = self.newest().clone();
        let mut state = (*newest.state).clone();
        let mut heads = newest.settled.heads;
        let mut batch = Batch::new(&mut state, SIZE, Amount::new(1));
        let next = self.queues[0].get(heads[0] as usize);
        if let Some(operation) = next.and_then(|next| next.operation) {
            batch.apply(&Operation::FromL1(operation)).unwrap();
            heads[0] += 1;
        } else {
            // Person 4 sends to the rival alone, by its own nonce.
            let from = index(PEOPLE);
            let account = newest.state.tree(Tree::OnL1).account(from).unwrap();
            let nonce = account.nonce().get();
            let signed = sign(draft(Tree::OnL1, PEOPLE, nonce, 0, transfer(1, 1)), PEOPLE);
            batch.apply(&Operation::Signed(Box::new(signed))).unwrap();
        }
        batch.finish().unwrap();
        self.append(state, heads, Vec::new());
    }

    pub(super) fn reorg(&mut self, depth: usize) {
        // Nothing that is final goes.
        let keep = (self.final_at + 1).max(self.batches.len().saturating_sub(depth));
        self.batches.truncate(keep);
        self.block += 1;
    }

    /// The tree off L1 goes back to what is final.
    pub(super) fn fall_back(&mut self) {
        let firm = self.batches[self.final_at].clone();
        let newest = self.newest().clone();
        for batch in &mut self.batches[self.final_at + 1..] {
            batch.settled.is_void = true;
        }
        let state = State::with_trees(
            newest.state.rollup(),
            newest.state.tree(Tree::OnL1).clone(),
            firm.state.tree(Tree::OffL1).clone(),
        );
        let heads = [newest.settled.heads[0], firm.settled.heads[1]];
        self.append(state, heads, Vec::new());
        self.final_at = self.batches.len() - 1;
    }

    pub(super) fn settled(&self) -> Arc<Settled> {
        let newest = self.newest();
        let batches = self.batches.iter().enumerate();
        let queues = [0, 1].map(|place| QueueView {
            head: newest.settled.heads[place],
            next: self.queues[place][newest.settled.heads[place] as usize..].to_vec(),
        });
        Arc::new(Settled {
            block: self.block + 100,
            newest: BatchNumber::new(self.batches.len() as u64 - 1),
            last_final: BatchNumber::new(self.final_at as u64),
            last_checkpoint_at: L1Time::new(0),
            state: newest.state.clone(),
            queues,
            batches: batches
                .map(|(n, batch)| (BatchNumber::new(n as u64), batch.settled))
                .collect(),
            is_frozen: false,
        })
    }
}
