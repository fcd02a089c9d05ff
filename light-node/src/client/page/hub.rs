//! From the steps of the sampling to every page that is open.

use crate::client::page::board::{Board, Change};
use crate::client::page::metrics;
use crate::client::page::report::{PageStatus, Vitals};
use crate::client::{Progress, Status};
use hyper::body::Bytes;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Notify, broadcast, mpsc};

/// Events that a page may lag behind before it is cut off. It comes back by itself, and begins
/// with a snapshot.
const QUEUE: usize = 64;
/// How long steps are gathered into one event.
const GATHER: Duration = Duration::from_millis(50);
/// How often open pages hear how the node fares. Shows also whether they are still there.
const VITALS: Duration = Duration::from_secs(2);

/// What the server answers from.
pub(crate) struct Hub {
    status: Box<dyn Fn() -> Status + Send + Sync>,
    board: Mutex<Board>,
    streams: Mutex<Vec<Stream>>,
    max_streams: usize,
}

/// A page that is open.
struct Stream {
    events: mpsc::Sender<Bytes>,
    /// Cuts its connection.
    cut: Arc<Notify>,
}

impl Hub {
    pub(crate) fn new(
        status: impl Fn() -> Status + Send + Sync + 'static,
        max_streams: usize,
    ) -> Self {
        Self {
            status: Box::new(status),
            board: Mutex::default(),
            streams: Mutex::default(),
            max_streams,
        }
    }

    pub(crate) fn vitals(&self) -> Vitals {
        Vitals::of((self.status)())
    }

    pub(crate) fn snapshot(&self) -> PageStatus {
        let vitals = self.vitals();
        PageStatus::of(vitals, &self.board())
    }

    pub(crate) fn metrics(&self) -> String {
        let vitals = self.vitals();
        metrics::render(&vitals, &self.board())
    }

    /// Events from now on, a snapshot first. None when too many pages are open. A reader that
    /// lags too far behind has its connection cut.
    pub(crate) fn subscribe(&self, cut: Arc<Notify>) -> Option<mpsc::Receiver<Bytes>> {
        let vitals = self.vitals();
        // Held until the page is among those that hear of changes: it misses none.
        let board = self.board();
        let mut streams = self.streams();
        streams.retain(|stream| !stream.events.is_closed());
        if streams.len() >= self.max_streams {
            return None;
        }
        let (events, received) = mpsc::channel(QUEUE);
        let first = event("snapshot", &PageStatus::of(vitals, &board))?;
        events.try_send(first).ok()?;
        streams.push(Stream { events, cut });
        Some(received)
    }

    /// Takes steps in and tells open pages, until the steps end.
    pub(crate) async fn run(&self, mut steps: broadcast::Receiver<Progress>) {
        let mut vitals = tokio::time::interval(VITALS);
        vitals.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                step = steps.recv() => match step {
                    Ok(step) => {
                        tokio::time::sleep(GATHER).await;
                        self.take(&step, &mut steps);
                    }
                    Err(RecvError::Lagged(missed)) => self.missed(missed),
                    Err(RecvError::Closed) => return,
                },
                _ = vitals.tick() => if !self.streams().is_empty() {
                    self.tell("vitals", &self.vitals());
                },
            }
        }
    }

    /// Takes in a step and those that came after it. Tells of them under the board's lock, so
    /// that no page that opens now hears of a change that its snapshot has already.
    fn take(&self, first: &Progress, steps: &mut broadcast::Receiver<Progress>) {
        let mut lost = 0;
        let mut board = self.board();
        let mut changes: Vec<_> = board.apply(first).into_iter().collect();
        loop {
            match steps.try_recv() {
                Ok(step) => {
                    if let Some(change) = board.apply(&step) {
                        Change::join(&mut changes, change);
                    }
                }
                Err(TryRecvError::Lagged(missed)) => lost += missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if !changes.is_empty() {
            self.tell("changes", &changes);
        }
        drop(board);
        if lost > 0 {
            self.missed(lost);
        }
    }

    /// Pages that are open, and have kept up so far.
    #[cfg(test)]
    pub(crate) fn open_pages(&self) -> usize {
        self.streams().len()
    }

    fn missed(&self, steps: u64) {
        tracing::warn!(steps, "the page missed steps of the sampling");
    }

    /// Tells every open page. One that lags too far behind is cut off.
    fn tell(&self, name: &str, data: &impl Serialize) {
        let mut streams = self.streams();
        if streams.is_empty() {
            return;
        }
        let Some(event) = event(name, data) else {
            return;
        };
        streams.retain(|stream| {
            let told = stream.events.try_send(event.clone());
            if matches!(told, Err(mpsc::error::TrySendError::Full(_))) {
                tracing::debug!("a page lagged too far behind");
                stream.cut.notify_one();
            }
            told.is_ok()
        });
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server-sent event. JSON has no line break outside of its strings, and none in them.
fn event(name: &str, data: &impl Serialize) -> Option<Bytes> {
    let data = serde_json::to_string(data).ok()?;
    Some(Bytes::from(format!("event: {name}\ndata: {data}\n\n")))
}
