//! Which operations the next batch has, in which order. Pure.
//!
//! 1. L1's queues come first, each in L1's order; of the two heads, the one that is due first. So a
//!    forced operation waits for no signed one. Places that were taken back go along with what is
//!    behind them; a long run of them goes by itself, over several batches.
//! 2. Then what accounts signed, each account's by nonce, by lanes. A lane is a token of a tree:
//!    fees of one lane wait at a time, and another lane begins once they are collected, which takes
//!    a place. The next operation is the one worth most of all that are ready; but while the
//!    current lane has one worth half as much, that goes first. Of two worth the same, the one
//!    that came first.
//! 3. Fees are collected at a lane's end.
//!
//! An operation that the state does not take now is left where it is. One that no state of this
//! account takes any more, and a call that the circuit does not prove, is named in
//! [`Planned::invalid`].

mod lanes;

use crate::Result;
use crate::agreement;
use crate::mempool::{Gone, Mempool, OperationId, Refusal, after};
use crate::plan::{BatchPlan, Carriage, Entry, LEAST, OffRow, SealedBatch, touches_off};
use crate::settled::{QueueView, QueuedOperation};
use lanes::{Lane, Ready};
use ledger::{
    AccountIndex, AccountKey, Address, Batch, BatchSize, Draft, Error as Rule, Operation, State,
    TokenId, Tree,
};
use settlement::{BatchNumber, L1Time};
use validity::gadget::Ruled;

/// Whose account in each tree gets the fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collector {
    /// The key that the accounts were opened with.
    pub key: AccountKey,
    /// Their owner on L1.
    pub owner: Address,
}

/// What a batch is made for.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Its number.
    pub number: BatchNumber,
    /// How many operations it has room for.
    pub size: BatchSize,
    /// Who gets fees; without, operations that pay any wait.
    pub collector: Option<Collector>,
    /// Where rows go; an off row of [`OffRow::Nowhere`] is no bound, but what comes of it.
    pub carriage: Carriage,
    /// Not 0: the batch begins with a collection of nothing that makes its row off L1 differ from
    /// all those with other numbers. L1 takes a blob once.
    pub salt: u16,
    /// What calls are proved by.
    pub gadget: Option<Ruled>,
    /// The time.
    pub now: L1Time,
}

/// A batch and what came up on the way.
#[derive(Debug)]
pub struct Planned {
    /// For the journal.
    pub plan: BatchPlan,
    /// The same, made.
    pub batch: SealedBatch,
    /// Operations that nobody's batch takes any more, and why.
    pub invalid: Vec<(OperationId, Gone)>,
}

/// What came of planning.
#[derive(Debug)]
pub enum Outcome {
    /// A batch.
    Batch(Box<Planned>),
    /// Nothing can go. Of what waits, these never will.
    Nothing(Vec<(OperationId, Gone)>),
}

/// Most places of a queue that were taken back and that a batch consumes; each costs calldata.
const MOST_CANCELLED: usize = 64;

/// Whether more places were taken back at a queue's front than a batch consumes: one is made for
/// them alone, before anybody waits behind them for long.
pub(crate) fn is_clogged(front: &[QueuedOperation]) -> bool {
    let run = front.get(..=MOST_CANCELLED);
    run.is_some_and(|run| run.iter().all(|queued| queued.operation.is_none()))
}

/// Makes a batch of what waits, and leaves the state after it; as it was when nothing can go.
///
/// `consumed` is how many places of each queue earlier batches of this operator take that are not
/// on L1 yet.
///
/// # Errors
/// [`crate::Error::Ledger`] where the ledger contradicts itself; the state is of no use then.
pub fn plan(
    state: &mut State,
    request: &Request,
    queues: [&QueueView; 2],
    consumed: [u64; 2],
    pool: &Mempool,
) -> Result<Outcome> {
    let prior = state.roots();
    let collectors = Tree::BOTH.map(|tree| {
        let collector = request.collector?;
        state.tree(tree).find(collector.key, collector.owner)
    });
    let salt = salt(state, request.salt);
    let ready = Ready::of(pool, state);
    let mut making = Making {
        batch: Batch::new(state, request.size, LEAST),
        entries: Vec::new(),
        collectors,
        worked: false,
        invalid: Vec::new(),
        gadget: request.gadget,
    };
    if let Some(salt) = salt {
        making.apply(&salt, entry_of(&salt))?;
    }
    let mut fronts = [0, 1].map(|place| {
        let waiting = &queues[place];
        let skip = consumed[place].saturating_sub(waiting.head);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        waiting.next.get(skip..).unwrap_or_default()
    });
    let heads_before = [0, 1].map(|place| consumed[place].max(queues[place].head));
    let mut heads = heads_before;
    making.queues(&mut fronts, &mut heads)?;
    making.signed(pool, ready)?;
    making.collect()?;

    let Making {
        batch,
        entries,
        worked,
        invalid,
        ..
    } = making;
    if !worked {
        return Ok(Outcome::Nothing(invalid));
    }
    let finished = batch.finish()?;
    let carriage = if touches_off(&finished) {
        match request.carriage.off {
            OffRow::Blob => Carriage::BLOBS,
            _ => Carriage {
                off: OffRow::Network,
                ..request.carriage
            },
        }
    } else {
        Carriage {
            off: OffRow::Nowhere,
            ..request.carriage
        }
    };
    let plan = BatchPlan {
        number: request.number,
        size: request.size.operations(),
        prior: prior.into(),
        next: finished.next.into(),
        heads,
        carriage,
        entries,
        withdrawals: finished
            .traffic()
            .withdrawals
            .iter()
            .map(Into::into)
            .collect(),
        at: request.now,
    };
    let batch = SealedBatch::new(&plan, finished)?;
    Ok(Outcome::Batch(Box::new(Planned {
        plan,
        batch,
        invalid,
    })))
}

/// A collection of nothing into some account off L1: of each token and account another row.
fn salt(state: &State, salt: u16) -> Option<Operation> {
    if salt == 0 {
        return None;
    }
    // Of a rollup with rules, the upper half of the tokens are registers.
    let tokens = match state.rules() {
        Some(_) => TokenId::FIRST_REGISTER.get(),
        None => 256,
    };
    let accounts = usize::from(salt / tokens);
    let (to, _) = state.tree(Tree::OffL1).accounts().nth(accounts)?;
    Some(Operation::Collect {
        tree: Tree::OffL1,
        token: TokenId::new(u64::from(salt % tokens)).ok()?,
        to,
    })
}

fn entry_of(operation: &Operation) -> Option<Entry> {
    match operation {
        Operation::Collect { tree, token, to } => Some(Entry::Collect {
            tree: (*tree).into(),
            token: token.get(),
            to: to.get(),
        }),
        _ => None,
    }
}

struct Making<'a> {
    batch: Batch<'a>,
    entries: Vec<Entry>,
    collectors: [Option<AccountIndex>; 2],
    /// Whether anything is in it that somebody asked for.
    worked: bool,
    invalid: Vec<(OperationId, Gone)>,
    gadget: Option<Ruled>,
}

impl Making<'_> {
    fn apply(&mut self, operation: &Operation, entry: Option<Entry>) -> Result<(), Rule> {
        self.batch.apply(operation)?;
        self.entries.extend(entry);
        Ok(())
    }

    /// L1's queues, until the batch is full or they are empty. One whose head the state does not
    /// take (a tree that is full) waits, until its deposit is taken back. Of what was taken back, a
    /// batch consumes so many places and no more: the next goes on.
    fn queues(&mut self, fronts: &mut [&[QueuedOperation]; 2], heads: &mut [u64; 2]) -> Result<()> {
        let mut blocked = [false; 2];
        let mut left = [MOST_CANCELLED; 2];
        while self.batch.room() > 0 {
            let due = |place: usize| {
                let first = fronts[place]
                    .iter()
                    .find(|queued| queued.operation.is_some());
                first
                    .filter(|_| !blocked[place])
                    .map(|q| (q.deadline, place))
            };
            let Some((_, place)) = [due(0), due(1)].into_iter().flatten().min() else {
                break;
            };
            let tree = Tree::BOTH[place];
            let front = fronts[place];
            let cancelled = front.iter().take_while(|q| q.operation.is_none()).count();
            let Some(queued) = front.get(cancelled) else {
                break;
            };
            let Some(operation) = queued.operation else {
                break;
            };
            if cancelled > left[place] {
                blocked[place] = true;
                continue;
            }
            match self.batch.apply(&Operation::FromL1(operation)) {
                Ok(_) => {
                    let taken = front.iter().take(cancelled + 1);
                    self.entries.extend(taken.map(|q| Entry::queued(tree, q)));
                    heads[place] = queued.place + 1;
                    fronts[place] = front.get(cancelled + 1..).unwrap_or_default();
                    left[place] -= cancelled;
                    self.worked = true;
                }
                Err(error) => {
                    tracing::warn!(%tree, place = queued.place, %error, "a queue's head has to wait");
                    blocked[place] = true;
                }
            }
        }
        for (place, tree) in Tree::BOTH.into_iter().enumerate() {
            let front = fronts[place];
            if is_clogged(front) {
                let taken = front.get(..left[place]).unwrap_or_default();
                self.entries
                    .extend(taken.iter().map(|q| Entry::queued(tree, q)));
                heads[place] += left[place] as u64;
                fronts[place] = front.get(left[place]..).unwrap_or_default();
                self.worked |= !taken.is_empty();
            }
        }
        Ok(())
    }

    /// Whether the circuit proves what the rules make of a call. What the rules refuse is for them
    /// to say.
    fn is_provable(&self, draft: &Draft) -> bool {
        let agrees = agreement::check(self.gadget, self.batch.state(), draft);
        !matches!(agrees, Err(Refusal::Unprovable { .. }))
    }

    fn signed(&mut self, pool: &Mempool, mut ready: Ready) -> Result<()> {
        while self.batch.room() > 0 {
            let pot = self.batch.pot();
            let current = (pot.waiting > 0).then_some((pot.tree, pot.token));
            let Some(id) = ready.next(current) else {
                break;
            };
            let Some(pooled) = pool.get(&id) else {
                continue;
            };
            let draft = &pooled.signed.draft;
            let lane: Lane = (draft.tree, draft.token);
            let fee = u128::from(draft.fee.get());
            let collectable = self.collectors[usize::from(draft.tree.number())].is_some();
            let is_switch = fee > 0 && current.is_some_and(|current| current != lane);
            // Its own place, that of its fee's collection, and that of the fees before it.
            let waits = u128::from(current.is_some()) + u128::from(is_switch);
            let needed = if fee > 0 {
                2 + u128::from(is_switch)
            } else {
                1 + waits
            };
            if (fee > 0 && !collectable) || needed > self.batch.room() as u128 {
                continue;
            }
            if is_switch {
                self.collect()?;
            }
            if !self.is_provable(draft) {
                self.invalid.push((id, Gone::Unprovable));
                continue;
            }
            let operation = Operation::Signed(Box::new(pooled.signed.clone()));
            let entry = Entry::signed(id, &pooled.signed);
            match self.apply(&operation, Some(entry)) {
                Ok(()) => {
                    self.worked = true;
                    let holder = (draft.tree, draft.from);
                    if let Some(next) = pool.at(holder, after(draft.nonce)) {
                        ready.push(next);
                    }
                }
                Err(error) if is_for_good(&error) => self.invalid.push((id, Gone::Invalid)),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Takes the fees that wait.
    fn collect(&mut self) -> Result<()> {
        let pot = self.batch.pot();
        if pot.waiting == 0 {
            return Ok(());
        }
        let to = self.collectors[usize::from(pot.tree.number())];
        let operation = Operation::Collect {
            tree: pot.tree,
            token: pot.token,
            to: to.unwrap_or(AccountIndex::SENTINEL),
        };
        self.apply(&operation, entry_of(&operation))?;
        Ok(())
    }
}

/// Whether no later state of the account takes the operation.
const fn is_for_good(error: &Rule) -> bool {
    matches!(
        error,
        Rule::WrongSignature { .. } | Rule::WrongKey { .. } | Rule::Replayed { .. }
    )
}

#[cfg(test)]
mod tests;
