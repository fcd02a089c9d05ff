//! What the driver and the server share: the core with its journal, and who wants to hear of it.

use crate::core::{Core, Stage};
use crate::journal::Journal;
use crate::mempool::{Admitted, OperationId};
use crate::records::Record;
use crate::rotation::Turn;
use crate::submission::Site;
use crate::wire::WireOperation;
use crate::{Error, Result};
use settlement::{Address, BatchNumber, L1Time};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// Changes that a slow subscriber may lag behind before it misses some.
const EVENTS: usize = 1024;

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An operation came, or went without a batch.
    Operation(OperationId),
    /// A batch is at another stage, and so are its operations.
    Batch(BatchNumber, Stage),
}

/// How the operator is.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The newest block of L1 that was read.
    pub l1_block: u64,
    /// L1's time as of the last look.
    pub now: L1Time,
    /// Whose turn it was.
    pub turn: Option<Turn>,
    /// Whether rows go to the DA network.
    pub network_works: bool,
    /// Why a checkpoint that is due is not made, and what that means by now.
    pub checkpoint: Option<String>,
    /// The batch that was given up last since no proof of it can be made, and why.
    pub given_up: Option<String>,
    /// What kept it from going on, if anything did.
    pub last_error: Option<String>,
}

/// The core with its journal. Nothing is taken in that is not on disk.
#[derive(Debug)]
pub struct Desk {
    core: Core,
    journal: Journal<Record>,
}

impl Desk {
    /// The core.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// The core and what writes its records.
    pub(crate) fn parts(&mut self) -> (&mut Core, impl FnMut(&Record) -> Result<()>) {
        let journal = &mut self.journal;
        (&mut self.core, |record: &Record| journal.append(record))
    }

    /// Writes a record, then takes it in.
    ///
    /// # Errors
    /// [`Error::File`]; nothing is taken in then.
    pub(crate) fn put(&mut self, record: Record) -> Result<()> {
        self.journal.append(&record)?;
        self.core.apply(record)
    }

    /// Writes the journal anew if it has doubled since that was done.
    ///
    /// # Errors
    /// [`Error::File`] when the journal takes nothing any more, be it since an operation came.
    pub(crate) fn tidy(&mut self) -> Result<()> {
        let core = &self.core;
        self.journal.compact(|| core.image())
    }
}

/// An operator as its server sees it.
#[derive(Debug)]
pub struct Shared {
    desk: Mutex<Desk>,
    health: Mutex<Health>,
    events: broadcast::Sender<Event>,
    site: Site,
    operator: Address,
}

impl Shared {
    /// Opens the journal, or begins one, and takes in what it says. A journal that has grown is
    /// written anew.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Malformed`] for a journal that is damaged or not ours.
    pub fn open(
        journal: &Path,
        config: crate::core::Config,
        tokens: crate::tokens::Tokens,
        site: Site,
        operator: Address,
    ) -> Result<Arc<Self>> {
        let (mut journal, records) = Journal::open(journal)?;
        let length = records.len();
        let core = Core::new(config, tokens, records)?;
        let image = core.image();
        if image.len() * 2 < length {
            journal.rewrite(&image)?;
        }
        Ok(Arc::new(Self {
            desk: Mutex::new(Desk { core, journal }),
            health: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            site,
            operator,
        }))
    }

    /// The desk, for a moment.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the operator is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_health(&self, change: impl FnOnce(&mut Health)) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut health);
    }

    /// Where the rollup is.
    #[must_use]
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Who submits.
    #[must_use]
    pub const fn operator(&self) -> Address {
        self.operator
    }

    /// Hears of changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    pub(crate) fn tell(&self, event: Event) {
        // No subscriber is no fault.
        let _ = self.events.send(event);
    }

    /// Takes an operation into the pool: examined, verified without holding anything, and written
    /// to disk before this returns.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Refused`]; [`Error::NotFound`] before L1 was read;
    /// [`Error::File`].
    pub fn submit(&self, operation: &WireOperation, now: L1Time) -> Result<Admitted> {
        let signed = operation.decode()?;
        let examined = self.desk().core().examine(signed, now)?;
        let verified = examined.verify().map_err(Error::from)?;
        let mut desk = self.desk();
        let (core, write) = desk.parts();
        let admitted = core.accept(verified, now, write)?;
        drop(desk);
        self.tell(Event::Operation(admitted.id));
        for (id, _) in &admitted.gone {
            self.tell(Event::Operation(*id));
        }
        Ok(admitted)
    }
}
