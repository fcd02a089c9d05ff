//! Announcements, theirs and ours.

use super::{Judged, Service};
use crate::announcement::{Announcement, MAX_ANNOUNCEMENT_BYTES};
use crate::error::{Error, Result};
use crate::event::{Event, Judgement, Verdict};
use crate::score::Offence;
use futures::FutureExt;
use libp2p::PeerId;
use libp2p::gossipsub::{self, MessageAcceptance, MessageId, PublishError};
use tokio::sync::oneshot;

/// Announcements that may wait for their verdict.
const MAX_UNJUDGED: usize = 1024;

impl Service {
    pub(super) fn announce(&mut self, announcement: &Announcement) -> Result<()> {
        let bytes = announcement.encode();
        let size = bytes.len();
        let topic = self.topics.of(announcement).clone();
        match self.swarm.behaviour_mut().gossip.publish(topic, bytes) {
            Ok(_) => {
                self.shared.count_sent(size);
                Ok(())
            }
            // Nobody listens yet, or it is known already: both are as they should be.
            Err(PublishError::NoPeersSubscribedToTopic | PublishError::Duplicate) => Ok(()),
            Err(PublishError::MessageTooLarge) => Err(Error::OutOfBounds {
                what: "bytes of an announcement",
                got: size as u64,
                min: 1,
                max: MAX_ANNOUNCEMENT_BYTES as u64,
            }),
            Err(error) => Err(Error::SetUp {
                reason: error.to_string(),
            }),
        }
    }

    pub(super) fn on_gossip(&mut self, event: gossipsub::Event) {
        let gossipsub::Event::Message {
            propagation_source: from,
            message_id: id,
            message,
        } = event
        else {
            return;
        };
        self.shared.count_received(message.data.len());
        let is_ready = self
            .members
            .get(&from)
            .is_some_and(|m| m.standing.is_some());
        if !is_ready || self.verdicts.len() >= MAX_UNJUDGED {
            return self.on_judged((id, from, Judgement::Ignore));
        }
        let announcement = match Announcement::decode(message.data) {
            Ok(announcement) if self.topics.of(&announcement).hash() == message.topic => {
                announcement
            }
            Ok(_) | Err(_) => return self.on_judged((id, from, Judgement::Reject)),
        };
        self.put_to_the_application(id, from, announcement);
    }

    fn put_to_the_application(&mut self, id: MessageId, from: PeerId, announcement: Announcement) {
        let (sender, receiver) = oneshot::channel();
        // An event that finds no room drops the verdict's sender: it is ignored at once.
        self.offer(Event::Announcement {
            from,
            announcement,
            verdict: Verdict(sender),
        });
        let judged = async move { (id, from, receiver.await.unwrap_or(Judgement::Ignore)) };
        self.verdicts.push(judged.boxed());
    }

    /// The application has judged an announcement, or dropped the verdict.
    pub(super) fn on_judged(&mut self, (id, from, judgement): Judged) {
        let acceptance = match judgement {
            Judgement::Accept => MessageAcceptance::Accept,
            Judgement::Ignore => MessageAcceptance::Ignore,
            Judgement::Reject => {
                self.shared.report(from, Offence::InvalidAnnouncement);
                MessageAcceptance::Reject
            }
        };
        self.swarm
            .behaviour_mut()
            .gossip
            .report_message_validation_result(&id, &from, acceptance);
    }
}
