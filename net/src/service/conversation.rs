//! Requests and answers, theirs and ours.

use super::membership::Held;
use super::{Pending, Service, busy};
use crate::codec::Inbound;
use crate::config::Role;
use crate::error::{Error, Result};
use crate::event::{Event, Reply};
use crate::message::wire::{Answer, Ask};
use crate::message::{Question, Request, Response};
use crate::score::Offence;
use futures::FutureExt;
use libp2p::PeerId;
use libp2p::request_response::{self, Message, OutboundFailure, ResponseChannel};
use std::collections::hash_map::Entry;
use std::io;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// When to come back to a node that is at its bounds.
const RETRY_SOON: Duration = Duration::from_millis(200);

/// The application's answer to a peer's request.
pub(super) struct Answered {
    peer: PeerId,
    channel: ResponseChannel<Answer>,
    response: Option<Response>,
}

impl Service {
    pub(super) fn request(
        &mut self,
        peer: PeerId,
        request: Request,
        done: oneshot::Sender<Result<Response>>,
    ) {
        let is_ready = self
            .members
            .get(&peer)
            .is_some_and(|m| m.standing.is_some());
        if !is_ready {
            let error = if self.shared.is_banned(&peer) {
                Error::Banned { peer }
            } else {
                Error::NotConnected { peer }
            };
            let _ = done.send(Err(error));
            return;
        }
        let ask = Ask::Request(request);
        let question = Question::of(&ask);
        let exchange = &mut self.swarm.behaviour_mut().exchange;
        let id = exchange.ask(&peer, Inbound::from(ask));
        let pending = Pending {
            peer,
            question,
            answer: Some(done),
        };
        self.pending.insert(id, pending);
    }

    pub(super) fn on_exchange(&mut self, event: request_response::Event<Inbound, Answer>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                Message::Request {
                    request, channel, ..
                } => self.on_inbound(peer, request, channel),
                Message::Response {
                    request_id,
                    response,
                } => {
                    if let Some(pending) = self.pending.remove(&request_id) {
                        self.on_answer(pending, response);
                    }
                }
            },
            request_response::Event::OutboundFailure {
                request_id, error, ..
            } => {
                if let Some(pending) = self.pending.remove(&request_id) {
                    self.on_outbound_failure(pending, &error);
                }
            }
            request_response::Event::InboundFailure { peer, error, .. } => {
                tracing::debug!(%peer, %error, "inbound exchange");
            }
            request_response::Event::ResponseSent { .. } => {}
        }
    }

    fn on_inbound(&mut self, peer: PeerId, inbound: Inbound, channel: ResponseChannel<Answer>) {
        let request = match inbound.ask {
            Ask::Hello(hello) => return self.on_hello(peer, hello, Some(channel)),
            Ask::Request(request) => request,
        };
        let held = Held {
            request,
            bytes: inbound.bytes,
            share: inbound.share,
            channel,
        };
        self.on_request(peer, held);
    }

    /// Bounds a peer's request, and hands it to the application or answers Busy.
    pub(super) fn on_request(&mut self, peer: PeerId, held: Held) {
        let limits = self.config.limits;
        let at_once = self.answers.len();
        let member = self.members.get(&peer);
        let Some(standing) = member.and_then(|member| member.standing) else {
            if let Some(held) = self.hold(peer, held) {
                self.shared.report(peer, Offence::Flood);
                self.answer(held.channel, busy(RETRY_SOON));
            }
            return;
        };
        if matches!(held.request, Request::Disperse(_)) && !self.shared.may_send_large(&peer) {
            let reason = "dispersals are taken from validators only".to_owned();
            let refused = Answer::Response(Response::Refused { reason });
            return self.answer(held.channel, refused);
        }
        let per_peer = (limits.concurrent_requests / 4).max(1);
        let open = self.open.get(&peer).copied().unwrap_or(0);
        let wait = if open >= per_peer || at_once >= limits.concurrent_requests {
            Some(RETRY_SOON)
        } else {
            // A light node computes no parity: it gives what it keeps, or nothing.
            let work = match self.config.role {
                Role::Full => held.request.work(),
                Role::Light => 0,
            };
            let (cost, now) = (held.bytes + work, Instant::now());
            let allowance = self.allowances.of(peer, standing.quota, now);
            allowance.take(cost, now).err()
        };
        if let Some(wait) = wait {
            return self.answer(held.channel, busy(wait));
        }
        if matches!(held.request, Request::Peers) {
            let response = self.reachable_peers(peer);
            self.allowances
                .charge(&peer, response.weight(), Instant::now());
            return self.answer(held.channel, Answer::Response(response));
        }
        *self.open.entry(peer).or_default() += 1;
        let (sender, receiver) = oneshot::channel();
        let taken = self.offer(Event::Request {
            peer,
            request: held.request,
            reply: Reply(sender),
        });
        // An event that was not taken dropped its sender: the future answers Busy at once.
        tracing::trace!(%peer, taken, "request");
        let (channel, share) = (held.channel, held.share);
        let answered = async move {
            let response = receiver.await.ok();
            drop(share);
            Answered {
                peer,
                channel,
                response,
            }
        };
        self.answers.push(answered.boxed());
    }

    /// The application has answered, or dropped the reply.
    pub(super) fn on_answered(&mut self, answered: Answered) {
        // Also when the asker has left: it may come back.
        if let Entry::Occupied(mut open) = self.open.entry(answered.peer) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
        if let Some(response) = &answered.response {
            self.allowances
                .charge(&answered.peer, response.weight(), Instant::now());
        }
        let answer = answered
            .response
            .map_or_else(|| busy(RETRY_SOON), Answer::Response);
        self.answer(answered.channel, answer);
    }

    fn answer(&mut self, channel: ResponseChannel<Answer>, answer: Answer) {
        self.swarm.behaviour_mut().exchange.answer(channel, answer);
    }

    /// A peer has answered us.
    fn on_answer(&mut self, pending: Pending, answer: Answer) {
        let peer = pending.peer;
        let checked = pending.question.check(peer, &answer);
        match (pending.answer, answer) {
            (Some(done), Answer::Response(response)) => {
                if checked.is_err() {
                    self.shared.report(peer, Offence::WrongAnswer);
                }
                let _ = done.send(checked.map(|()| response));
            }
            (None, Answer::Hello(hello)) => self.on_hello(peer, hello, None),
            (Some(done), Answer::Hello(_)) => {
                self.shared.report(peer, Offence::WrongAnswer);
                let wrong = checked.err().unwrap_or(Error::Disconnected { peer });
                let _ = done.send(Err(wrong));
            }
            (None, Answer::Response(response)) => {
                self.hello_failed(peer, format!("Hello answered with {}", response.name()));
            }
        }
    }

    fn on_outbound_failure(&mut self, pending: Pending, failure: &OutboundFailure) {
        let peer = pending.peer;
        let Some(done) = pending.answer else {
            return self.hello_failed(peer, format!("Hello: {failure}"));
        };
        let error = match failure {
            OutboundFailure::Timeout => {
                self.shared.report(peer, Offence::Timeout);
                Error::Transport {
                    peer,
                    reason: failure.to_string(),
                }
            }
            OutboundFailure::ConnectionClosed | OutboundFailure::DialFailure => {
                Error::Disconnected { peer }
            }
            OutboundFailure::Io(error) => {
                self.blame_for(peer, error);
                Error::Transport {
                    peer,
                    reason: error.to_string(),
                }
            }
            OutboundFailure::UnsupportedProtocols => Error::Transport {
                peer,
                reason: failure.to_string(),
            },
        };
        let _ = done.send(Err(error));
    }

    /// Blames a peer for bytes that are no message; streams that merely break are nobody's
    /// fault.
    fn blame_for(&self, peer: PeerId, error: &io::Error) {
        if error.kind() == io::ErrorKind::InvalidData {
            tracing::debug!(%peer, %error, "malformed");
            self.shared.report(peer, Offence::Malformed);
        }
    }
}
