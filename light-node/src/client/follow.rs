//! Following the chain: headers in, blocks to sample out.

mod ask;

use crate::client::accept::is_fatal;
use crate::client::anchor::anchor;
use crate::client::backlog::Backlog;
use crate::client::help;
use crate::client::poll::Poll;
use crate::client::sampler::{Sampled, own_randomness};
use crate::client::{Shared, now};
use crate::core::{Step, Trust};
use crate::{Error, Result};
use chain::{FinalHeader, UnverifiedHeader, ValidatorSet};
use net::{Announcement, Event, PeerId};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use types::{Header, Height};

/// Blocks sampled at once.
const CONCURRENT: usize = 4;

/// What a background task brings.
enum Done {
    Anchored(Trust),
    Headers(PeerId, Vec<UnverifiedHeader>),
    Set(PeerId, Option<ValidatorSet>),
    /// Where the set changed; none when the peer could not tell.
    Change(Option<Box<Change>>),
    Sampled(Box<Sampled>),
    /// What could be rebuilt of a block was.
    Mended,
    /// The peer gave nothing; the next tick tries again.
    Nothing,
}

/// The last header of a set, as a peer says, below one that is ahead.
struct Change {
    peer: PeerId,
    last: UnverifiedHeader,
    ahead: Height,
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
        catching_up: false,
        change: None,
        missing_next: true,
        poll: Poll::new(shared.config.poll_interval),
        shared: Arc::clone(&shared),
    };
    let error = tokio::select! {
        Err(error) = follower.follow(events) => error,
        Err(error) = help::stay_acquainted(&shared) => error,
    };
    shared.halt(&error);
}

struct Follower {
    shared: Arc<Shared>,
    work: JoinSet<Result<Done>>,
    backlog: Backlog<Waiting>,
    /// How many are being sampled.
    sampling: usize,
    /// Whether a request for headers or a set is under way.
    asking: bool,
    /// Whether the newest header is still to be asked for, once no older one is missing.
    catching_up: bool,
    /// What waits for the set that it is by.
    change: Option<Change>,
    /// Whether the next poll is for what is missing.
    missing_next: bool,
    poll: Poll,
}

impl Follower {
    async fn follow(
        &mut self,
        mut events: mpsc::Receiver<Event>,
    ) -> Result<std::convert::Infallible> {
        let mut state = self.shared.state.subscribe();
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
                () = tokio::time::sleep_until(self.poll.at()) => self.on_poll(),
                // Somebody who sampled on demand may have found the fork.
                _ = state.wait_for(|state| state.stopped.is_some()) => {
                    let reason = self.shared.stop_reason().unwrap_or_default();
                    return Err(Error::Stopped { reason });
                }
            }
            self.start_sampling()?;
        }
    }

    /// Nothing was heard for a while.
    fn on_poll(&mut self) {
        let is_idle = self.shared.trust().is_some() && self.backlog.missing().is_none();
        self.poll.in_vain(is_idle);
        if let Some(spent) = self.shared.meter.overdue(now()) {
            let kept = self.shared.store.keep_spent(&spent);
            self.shared.note_kept("the day's bytes", kept);
        }
        self.ask();
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
                Worth::Forward => {
                    self.poll.heard();
                    verdict.accept();
                }
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
                    self.shared.state.send_modify(|state| state.tip = Some(tip));
                }
                *self.shared.trust() = Some(trust);
                self.shared.set_trouble(None);
                self.ask();
            }
            Done::Headers(peer, headers) => {
                self.asking = false;
                let mut is_news = false;
                for header in headers {
                    match self.on_header(peer, header)? {
                        Worth::Forward => is_news = true,
                        Worth::Drop => {}
                        Worth::Punish => {
                            self.punish(peer);
                            break;
                        }
                    }
                }
                // Without news, whoever is asked at once has none either.
                if is_news {
                    self.poll.found();
                    self.go_on();
                }
            }
            Done::Set(peer, set) => {
                self.asking = false;
                let Some(set) = set else {
                    return Ok(());
                };
                let added = self.shared.trust().as_mut().map(|trust| trust.add_set(set));
                match added.unwrap_or(Ok(())) {
                    Ok(()) => match self.change.take() {
                        Some(change) => self.on_change(change)?,
                        None => self.ask_latest(),
                    },
                    // The tip may have moved on meanwhile: no reason to ban.
                    Err(error) => tracing::debug!(%peer, %error, "not the next set"),
                }
            }
            Done::Change(change) => {
                self.asking = false;
                if let Some(change) = change {
                    self.on_change(*change)?;
                }
            }
            Done::Sampled(sampled) => {
                self.sampling = self.sampling.saturating_sub(1);
                let demand = self.shared.sampler.demand(&sampled.header);
                self.shared.meter.settle(&demand, now());
                self.mend(&sampled);
                self.judged(*sampled);
            }
            Done::Mended => {}
            Done::Nothing => self.asking = false,
        }
        Ok(())
    }

    fn judged(&self, sampled: Sampled) {
        let verdict = self.shared.judged(sampled);
        // An error means that nobody listens.
        let _ = self.shared.verdicts.send((*verdict).clone());
    }

    /// Has a block rebuilt whose samples failed, unless the day's budget is spent.
    fn mend(&mut self, sampled: &Sampled) {
        if !help::is_wanting(&sampled.verdict) || self.shared.meter.today(now()).is_spent() {
            return;
        }
        let (shared, header) = (Arc::clone(&self.shared), sampled.header.clone());
        self.work.spawn(async move {
            help::mend(&shared, header).await;
            Ok(Done::Mended)
        });
    }

    fn punish(&self, peer: PeerId) {
        let net = self.shared.peers.net();
        net.ban(peer, "a header that does not hold");
    }

    /// Takes the last header of a set, and with it the name of the next. What is missing before
    /// it comes first: once the next set is trusted, nothing of this one is verified any more.
    fn on_change(&mut self, change: Change) -> Result<()> {
        let Change { peer, last, ahead } = change;
        let first = ahead
            .get()
            .saturating_sub(Backlog::<Waiting>::LENGTH as u64);
        let is_recent = last.header.height.get() >= first;
        match self.shared.accept(last.clone()) {
            Ok(Some(Step::Trusted(header))) => {
                // Otherwise its block is of the past: it is not sampled.
                if is_recent && self.backlog.has_begun() {
                    self.take(*header);
                }
                self.catching_up = true;
                self.go_on();
            }
            Ok(Some(Step::NeedsSet(hash))) => {
                self.change = Some(Change { peer, last, ahead });
                self.spawn_set(peer, hash);
            }
            Ok(_) => {}
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%peer, %error, "false header");
                self.punish(peer);
            }
            Err(error) => tracing::debug!(%peer, %error, "header set aside"),
        }
        Ok(())
    }

    /// Has a trusted header's block sampled, if it is news.
    fn take(&mut self, header: FinalHeader) -> bool {
        let waiting = Waiting {
            header,
            accepted: tokio::time::Instant::now(),
        };
        let height = waiting.header.header().height;
        self.backlog.take(height, self.tip(), waiting)
    }

    /// Asks at once for what is still missing, and for the newest header after a change.
    fn go_on(&mut self) {
        if self.backlog.missing().is_some() {
            self.ask_missing();
        } else if std::mem::take(&mut self.catching_up) {
            self.ask_latest();
        }
    }

    /// Whether a header need not even be verified: its block is no news, and it says nothing
    /// that could be evidence of a fork.
    fn is_old_news(&self, header: &Header) -> bool {
        let is_contradicted = |trust: &Trust| trust.is_contradicted_by(header);
        !self.backlog.wants(header.height)
            && !self.shared.trust().as_ref().is_some_and(is_contradicted)
    }

    fn on_header(&mut self, from: PeerId, header: UnverifiedHeader) -> Result<Worth> {
        let ahead = header.header;
        match self.shared.accept(header) {
            Ok(Some(Step::Trusted(header))) => {
                let is_news = self.take(*header);
                Ok(if is_news { Worth::Forward } else { Worth::Drop })
            }
            Ok(Some(Step::NeedsSet(hash))) => {
                self.spawn_set(from, hash);
                Ok(Worth::Drop)
            }
            Ok(Some(Step::NeedsHeaders(_))) => {
                self.spawn_search(&ahead);
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

    /// Starts on what waits, the newest first, as far as the day's budget reaches.
    fn start_sampling(&mut self) -> Result<()> {
        while self.sampling < CONCURRENT
            && let Some(Waiting { header, accepted }) = self.backlog.next()
        {
            let shared = Arc::clone(&self.shared);
            let demand = shared.sampler.demand(&header);
            if !shared.meter.admits(&demand, now(), &mut own_randomness()?) {
                self.judged(shared.sampler.leave_out(&header, accepted));
                continue;
            }
            self.sampling += 1;
            self.work.spawn(async move {
                let sampled = shared.sampler.sample(&header, accepted).await;
                sampled.map(|sampled| Done::Sampled(Box::new(sampled)))
            });
        }
        Ok(())
    }
}
