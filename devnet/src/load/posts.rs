//! Posting by the clock, and when each blob came how far.

use super::Pace;
use super::blobs::Blobs;
use proto::client::{Client, ClientError, State};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use types::BlobId;

/// Posts under way at a time; what is due beyond them is not posted, and counts as refused.
const MOST: usize = 512;
/// How long one blob may take to be final.
const PATIENCE: Duration = Duration::from_secs(150);
/// The pause of a poster whom a node refused without a word about when to come back.
const PAUSE: Duration = Duration::from_millis(50);

/// When what happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// The first post.
    pub(super) begin: Instant,
    /// What happens from here on is measured.
    pub(super) window: Instant,
    /// The end of it.
    pub(super) end: Instant,
}

impl Schedule {
    /// Whether a moment is in the window.
    pub(super) fn measures(&self, at: Instant) -> bool {
        (self.window..self.end).contains(&at)
    }
}

/// How a post ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The node had no room for it.
    Refused,
    /// It was not accepted for another reason.
    Failed,
    /// It was accepted, and is what the times say.
    Accepted,
}

/// One post, and when it came how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posted {
    /// When it was due.
    pub(super) due: Instant,
    pub(super) outcome: Outcome,
    pub(super) accepted: Option<Instant>,
    pub(super) certified: Option<Instant>,
    pub(super) r#final: Option<Instant>,
}

/// Everything that was posted.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) posts: Vec<Posted>,
    /// The first reason for a failure.
    pub(super) failure: Option<String>,
}

/// Posting under way.
pub(super) struct Posts {
    tasks: JoinSet<()>,
    log: Arc<Mutex<Log>>,
}

/// What every poster needs.
struct Poster {
    clients: Vec<Client>,
    /// Several for each node: a connection takes so many calls, and each blob is watched by one.
    watchers: Vec<Vec<Client>>,
    blobs: Arc<Blobs>,
    log: Arc<Mutex<Log>>,
}

impl Posts {
    pub(super) fn start(
        clients: Vec<Client>,
        watchers: Vec<Vec<Client>>,
        blobs: Arc<Blobs>,
        pace: Pace,
        schedule: Schedule,
    ) -> Self {
        let log = Arc::new(Mutex::default());
        let poster = Arc::new(Poster {
            clients,
            watchers,
            blobs,
            log: Arc::clone(&log),
        });
        let mut tasks = JoinSet::new();
        match pace {
            Pace::Rate(rate) => {
                tasks.spawn(by_the_clock(poster, rate, schedule));
            }
            Pace::Max { posters } => {
                for first in 0..posters {
                    let poster = Arc::clone(&poster);
                    tasks.spawn(one_by_one(poster, first as u64, posters as u64, schedule));
                }
            }
        }
        Self { tasks, log }
    }

    /// Waits for the last posts, but not for ever.
    pub(super) async fn finish(mut self, patience: Duration) -> Log {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout(patience, all).await;
        self.tasks.shutdown().await;
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A post at each of its times, whether or not those before it have come back.
async fn by_the_clock(poster: Arc<Poster>, rate: f64, schedule: Schedule) {
    let mut under_way = JoinSet::new();
    for number in 0_u32.. {
        let due = schedule.begin + Duration::from_secs_f64(f64::from(number) / rate);
        if due >= schedule.end {
            break;
        }
        sleep_until(due).await;
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= MOST {
            poster.note(Posted::due(due));
            continue;
        }
        let poster = Arc::clone(&poster);
        under_way.spawn(async move {
            let mut posted = Posted::due(due);
            match poster.submit(number.into(), &mut posted).await {
                Ok((client, id)) => poster.follow(client, id, posted, None).await,
                Err(_) => poster.note(posted),
            }
        });
    }
    while under_way.join_next().await.is_some() {}
}

/// One post after the other; each waits for the certificate of the one before it.
async fn one_by_one(poster: Arc<Poster>, first: u64, step: u64, schedule: Schedule) {
    let mut finishing = JoinSet::new();
    let mut number = first;
    while Instant::now() < schedule.end {
        let mut posted = Posted::due(Instant::now());
        match poster.submit(number, &mut posted).await {
            Ok((client, id)) => {
                let (certified, heard) = oneshot::channel();
                let worker = Arc::clone(&poster);
                finishing.spawn(async move {
                    worker.follow(client, id, posted, Some(certified)).await;
                });
                // Also when it ends without one.
                let _ = heard.await;
            }
            Err(pause) => {
                poster.note(posted);
                sleep(pause).await;
            }
        }
        while finishing.try_join_next().is_some() {}
        number += step;
    }
    while finishing.join_next().await.is_some() {}
}

impl Posted {
    const fn due(due: Instant) -> Self {
        Self {
            due,
            outcome: Outcome::Refused,
            accepted: None,
            certified: None,
            r#final: None,
        }
    }
}

impl Poster {
    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        // Every method leaves it consistent.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, posted: Posted) {
        self.log().posts.push(posted);
    }

    /// Posts one blob, through the nodes in turn, and says who is to watch it. The pause in the
    /// error is how long to wait before the next.
    async fn submit(&self, number: u64, posted: &mut Posted) -> Result<(Client, BlobId), Duration> {
        let nodes = self.clients.len().max(1);
        let place = usize::try_from(number).unwrap_or_default();
        let node = place % nodes;
        let (Some(client), Ok(blob)) = (self.clients.get(node), self.blobs.blob(number)) else {
            return Err(PAUSE);
        };
        let (submission, payload) = (&blob.submission, blob.payload);
        let submitted = match blob.proofs {
            Some(rows) => {
                client
                    .submit_proved(submission, payload.into(), rows, |_| {})
                    .await
            }
            None => client.submit(submission, payload.into()).await,
        };
        match submitted {
            Ok(submitted) => {
                posted.outcome = Outcome::Accepted;
                posted.accepted = Some(Instant::now());
                let watchers = self.watchers.get(node).map_or(&[][..], Vec::as_slice);
                let watcher = watchers.get(place / nodes % watchers.len().max(1));
                Ok((watcher.unwrap_or(client).clone(), submitted.id))
            }
            Err(error) => {
                let pause = error.retry_after();
                if pause.is_none() {
                    posted.outcome = Outcome::Failed;
                    self.log().failure.get_or_insert(error.to_string());
                }
                Err(pause.unwrap_or(PAUSE))
            }
        }
    }

    /// Notes when the blob is certified, which `certified` hears, and when it is final.
    async fn follow(
        &self,
        client: Client,
        id: BlobId,
        mut posted: Posted,
        mut certified: Option<oneshot::Sender<()>>,
    ) {
        let watching = async {
            let mut statuses = client.watch(id).await?;
            while let Some(status) = statuses.next().await? {
                if matches!(status.state, State::Certified(_) | State::Final { .. }) {
                    posted.certified.get_or_insert_with(Instant::now);
                    drop(certified.take());
                }
                match status.state {
                    State::Final { .. } => posted.r#final = Some(Instant::now()),
                    State::Failed { reason, .. } | State::Expired { reason, .. } => {
                        self.log().failure.get_or_insert(reason);
                    }
                    _ => {}
                }
            }
            Ok::<_, ClientError>(())
        };
        if let Ok(Err(error)) = timeout(PATIENCE, watching).await {
            self.log().failure.get_or_insert(error.to_string());
        }
        self.note(posted);
    }
}
