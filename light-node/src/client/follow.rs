//! Following the chain: headers in, blocks to sample out.

use crate::client::anchor::{anchor, fetch_set};
use crate::client::backlog::Backlog;
use crate::client::help;
use crate::client::sampler::{Sampled, own_randomness};
use crate::client::{ForkEvidence, Shared, now};
use crate::core::{Step, Trust};
use crate::{Error, Result};
use chain::{Checkpoint, FinalHeader, UnverifiedHeader, ValidatorSet};
use net::{Announcement, Event, MAX_HEADERS, PeerId, Request, Response};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use types::{Header, Height};

/// Blocks sampled at once.
const CONCURRENT: usize = 4;
/// The pause between two rounds of asking for one header.
const PAUSE: Duration = Duration::from_millis(100);

/// What a background task brings.
enum Done {
    Anchored(Trust),
    Headers(PeerId, Vec<UnverifiedHeader>),
    Set(PeerId, Option<ValidatorSet>),
    Sampled(Box<Sampled>),
    /// What could be rebuilt of a block was.
    Mended,
    /// The peer gave nothing; the next tick tries again.
    Nothing,
}

/// What a header deserves.
enum Worth {
    /// True and news.
    Forward,
    Drop,
    Punish,
}

/// A block that waits to be sampled.
struct Waiting {
    header: FinalHeader,
    accepted: tokio::time::Instant,
}

/// Follows until something ends it, and leaves the reason in the status.
pub(crate) async fn run(shared: Arc<Shared>, events: mpsc::Receiver<Event>) {
    let mut follower = Follower {
        work: JoinSet::new(),
        backlog: Backlog::new(),
        sampling: 0,
        asking: false,
        shared: Arc::clone(&shared),
    };
    let error = tokio::select! {
        Err(error) = follower.follow(events) => error,
        Err(error) = help::stay_acquainted(&shared) => error,
    };
    shared.halt(&error);
}

impl Shared {
    /// Leaves in the status why the node stops; the first reason stays.
    fn halt(&self, error: &Error) {
        tracing::error!(%error, "halted");
        let fork = match error {
            Error::Chain(chain::Error::Fork { first, second }) => Some(ForkEvidence {
                height: second.header().height,
                first: hex::encode(first.encode()),
                second: hex::encode(second.encode()),
            }),
            _ => None,
        };
        // On disk before anybody hears of it, lest a restart forget.
        if let Some(fork) = &fork
            && let Err(error) = self.store.record_fork(fork)
        {
            tracing::error!(%error, %fork, "the evidence of the fork was not kept");
        }
        self.status.send_modify(|status| {
            if let Some(fork) = fork {
                status.fork.get_or_insert_with(|| Box::new(fork));
            }
            status.stopped.get_or_insert_with(|| error.to_string());
        });
    }

    pub(crate) fn stop_reason(&self) -> Option<String> {
        self.status.borrow().stopped.clone()
    }

    /// Verifies a header and, when it is the newest, remembers it. None before the anchor.
    fn accept(&self, header: UnverifiedHeader) -> Result<Option<Step>> {
        let mut guard = self.trust();
        let Some(trust) = guard.as_mut() else {
            return Ok(None);
        };
        let before = trust.tip().height;
        let step = trust.accept(header, now())?;
        if let Some(latest) = trust.latest().filter(|_| trust.tip().height > before) {
            // A full disk costs the next start some time, and this run nothing.
            if let Err(error) = self.store.trust(Checkpoint::of(latest)) {
                tracing::warn!(%error, "the trusted header was not kept");
            }
            let tip = (latest.header().height, latest.hash());
            self.status.send_modify(|status| status.tip = Some(tip));
        }
        Ok(Some(step))
    }
}

/// Whether the node cannot go on after this: a fork, or trust that ran out.
fn is_fatal(error: &Error) -> bool {
    match error {
        Error::Chain(error) => matches!(
            error,
            chain::Error::Fork { .. } | chain::Error::TrustExpired { .. }
        ),
        Error::Stopped { .. } => true,
        _ => false,
    }
}

struct Follower {
    shared: Arc<Shared>,
    work: JoinSet<Result<Done>>,
    backlog: Backlog<Waiting>,
    /// How many are being sampled.
    sampling: usize,
    /// Whether a request for headers or a set is under way.
    asking: bool,
}

impl Follower {
    async fn follow(
        &mut self,
        mut events: mpsc::Receiver<Event>,
    ) -> Result<std::convert::Infallible> {
        let mut tick = tokio::time::interval(self.shared.config.poll_interval);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut status = self.shared.status.subscribe();
        let shared = Arc::clone(&self.shared);
        self.work
            .spawn(async move { anchor(&shared).await.map(Done::Anchored) });
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.on_event(event)?,
                    None => return Err(net::Error::Stopped.into()),
                },
                Some(done) = self.work.join_next() => {
                    let done = done.map_err(|error| Error::Stopped { reason: error.to_string() })?;
                    self.on_done(done?)?;
                }
                _ = tick.tick() => self.ask(),
                // Somebody who sampled on demand may have found the fork.
                _ = status.wait_for(|status| status.stopped.is_some()) => {
                    let reason = self.shared.stop_reason().unwrap_or_default();
                    return Err(Error::Stopped { reason });
                }
            }
            self.start_sampling();
        }
    }

    fn on_event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Announcement {
                from,
                announcement: Announcement::Header(header),
                verdict,
            } if self.is_old_news(&header.header) => {
                tracing::trace!(%from, height = %header.header.height, "old news");
                verdict.ignore();
            }
            Event::Announcement {
                from,
                announcement: Announcement::Header(header),
                verdict,
            } => match self.on_header(from, header)? {
                Worth::Forward => verdict.accept(),
                Worth::Drop => verdict.ignore(),
                Worth::Punish => verdict.reject(),
            },
            Event::Announcement { verdict, .. } => verdict.ignore(),
            Event::Request { request, reply, .. } => reply.send(self.shared.serve(&request)),
            Event::Connected(info) => tracing::debug!(peer = %info.peer, "connected"),
            Event::Disconnected(peer) => {
                tracing::debug!(%peer, "disconnected");
                self.shared.help.departed();
            }
        }
        Ok(())
    }

    fn on_done(&mut self, done: Done) -> Result<()> {
        match done {
            Done::Anchored(trust) => {
                if let Some(latest) = trust.latest() {
                    let tip = (latest.header().height, latest.hash());
                    self.shared
                        .status
                        .send_modify(|status| status.tip = Some(tip));
                }
                *self.shared.trust() = Some(trust);
                self.ask();
            }
            Done::Headers(peer, headers) => {
                self.asking = false;
                for header in headers {
                    if matches!(self.on_header(peer, header)?, Worth::Punish) {
                        self.shared
                            .peers
                            .net()
                            .ban(peer, "a header that does not hold");
                        break;
                    }
                }
                if self.backlog.missing().is_some() {
                    self.ask();
                }
            }
            Done::Set(peer, set) => {
                self.asking = false;
                let added = match (set, self.shared.trust().as_mut()) {
                    (Some(set), Some(trust)) => trust.add_set(set),
                    _ => Ok(()),
                };
                match added {
                    Ok(()) => self.ask(),
                    // The tip may have moved on meanwhile: no reason to ban.
                    Err(error) => tracing::debug!(%peer, %error, "not the next set"),
                }
            }
            Done::Sampled(sampled) => {
                self.sampling = self.sampling.saturating_sub(1);
                let Sampled {
                    header,
                    verdict,
                    held,
                } = *sampled;
                self.shared.help.keep(&header, held, now());
                if help::is_wanting(&verdict) {
                    let shared = Arc::clone(&self.shared);
                    self.work.spawn(async move {
                        help::mend(&shared, header).await;
                        Ok(Done::Mended)
                    });
                }
                // An error means that nobody listens.
                let _ = self.shared.verdicts.send(verdict);
            }
            Done::Mended => {}
            Done::Nothing => self.asking = false,
        }
        Ok(())
    }

    /// Whether a header need not even be verified: its block is no news, and it says nothing
    /// that could be evidence of a fork.
    fn is_old_news(&self, header: &Header) -> bool {
        let is_contradicted = |trust: &Trust| trust.is_contradicted_by(header);
        !self.backlog.wants(header.height)
            && !self.shared.trust().as_ref().is_some_and(is_contradicted)
    }

    fn on_header(&mut self, from: PeerId, header: UnverifiedHeader) -> Result<Worth> {
        match self.shared.accept(header) {
            Ok(Some(Step::Trusted(header))) => {
                let height = header.header().height;
                let waiting = Waiting {
                    header: *header,
                    accepted: tokio::time::Instant::now(),
                };
                let is_news = self.backlog.take(height, self.tip(), waiting);
                Ok(if is_news { Worth::Forward } else { Worth::Drop })
            }
            Ok(Some(Step::NeedsSet(hash))) => {
                self.spawn_request(async move |shared| {
                    Ok(Done::Set(from, fetch_set(&shared, from, hash).await?))
                });
                Ok(Worth::Drop)
            }
            Ok(Some(Step::NeedsHeaders(height))) => {
                self.spawn_headers(from, height, MAX_HEADERS);
                Ok(Worth::Drop)
            }
            Ok(None) => Ok(Worth::Drop),
            Err(error) if is_fatal(&error) => Err(error),
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%from, %error, "false header");
                Ok(Worth::Punish)
            }
            Err(error) => {
                tracing::debug!(%from, %error, "header set aside");
                Ok(Worth::Drop)
            }
        }
    }

    fn tip(&self) -> Height {
        let trust = self.shared.trust();
        trust
            .as_ref()
            .map_or(Height::GENESIS, |trust| trust.tip().height)
    }

    /// Starts on what waits, the newest first.
    fn start_sampling(&mut self) {
        while self.sampling < CONCURRENT
            && let Some(Waiting { header, accepted }) = self.backlog.next()
        {
            self.sampling += 1;
            let shared = Arc::clone(&self.shared);
            self.work.spawn(async move {
                let sampled = shared.sampler.sample(&header, accepted).await;
                sampled.map(|sampled| Done::Sampled(Box::new(sampled)))
            });
        }
    }

    /// Asks a random peer for what is missing, else for the newest header.
    fn ask(&mut self) {
        if self.asking || self.shared.trust().is_none() {
            return;
        }
        let Ok(mut rng) = own_randomness() else {
            return;
        };
        let peers = self.shared.peers.sources(Instant::now(), &mut rng);
        let Some(&peer) = peers.first() else { return };
        if let Some((first, count)) = self.backlog.missing() {
            self.spawn_headers(peer, first, count.min(MAX_HEADERS));
            return;
        }
        self.spawn_request(async move |shared| {
            let timeout = shared.config.request_timeout;
            let net = shared.peers.net();
            Ok(
                match net.request(peer, Request::LatestHeader, timeout).await? {
                    Response::LatestHeader(header) => Done::Headers(peer, vec![header]),
                    _ => Done::Nothing,
                },
            )
        });
    }

    fn spawn_headers(&mut self, peer: PeerId, from: Height, count: usize) {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.spawn_request(async move |shared| {
            let timeout = shared.config.request_timeout;
            let request = Request::Headers { from, count };
            Ok(
                match shared.peers.net().request(peer, request, timeout).await? {
                    Response::Headers(headers) => Done::Headers(peer, headers),
                    _ => Done::Nothing,
                },
            )
        });
    }

    /// One request at a time; the network's failures wait for the next tick.
    fn spawn_request<F>(&mut self, request: impl FnOnce(Arc<Shared>) -> F)
    where
        F: Future<Output = Result<Done>> + Send + 'static,
    {
        if self.asking {
            return;
        }
        self.asking = true;
        let asked = request(Arc::clone(&self.shared));
        self.work.spawn(async move {
            match asked.await {
                Err(Error::Net(error)) => {
                    tracing::debug!(%error, "asked in vain");
                    Ok(Done::Nothing)
                }
                other => other,
            }
        });
    }
}

/// The trusted header of one height: remembered, or asked for until the time for samples is
/// over.
pub(crate) async fn find_header(shared: &Shared, height: Height) -> Result<FinalHeader> {
    let deadline = Instant::now() + shared.config.deadline;
    let mut rng = own_randomness()?;
    loop {
        if let Some(reason) = shared.stop_reason() {
            return Err(Error::Stopped { reason });
        }
        let remembered = shared
            .trust()
            .as_ref()
            .and_then(|trust| trust.header(height).cloned());
        if let Some(header) = remembered {
            return Ok(header);
        }
        for peer in shared.peers.sources(Instant::now(), &mut rng) {
            if let Some(header) = header_from(shared, peer, height).await? {
                return Ok(header);
            }
        }
        if Instant::now() >= deadline {
            return Err(Error::NoHeader { height });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The header of one height from one peer, verified.
async fn header_from(shared: &Shared, peer: PeerId, height: Height) -> Result<Option<FinalHeader>> {
    let request = Request::Headers {
        from: height,
        count: 1,
    };
    let timeout = shared.config.request_timeout;
    let Ok(Response::Headers(headers)) = shared.peers.net().request(peer, request, timeout).await
    else {
        return Ok(None);
    };
    for header in headers {
        match shared.accept(header) {
            Ok(Some(Step::Trusted(header))) => return Ok(Some(*header)),
            Ok(_) => {}
            Err(error) if is_fatal(&error) => {
                shared.halt(&error);
                return Err(error);
            }
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%peer, %error, "false header");
                shared.peers.net().ban(peer, &error.to_string());
            }
            Err(error) => tracing::debug!(%peer, %error, "header set aside"),
        }
    }
    Ok(None)
}
