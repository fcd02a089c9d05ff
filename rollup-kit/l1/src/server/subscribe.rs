//! Subscriptions over WebSocket: `newHeads` and `logs`.

use std::sync::Arc;

use alloy::rpc::types::{Filter, Header, Log};
use jsonrpsee::core::{RegisterMethodError, SubscriptionResult};
use jsonrpsee::server::{PendingSubscriptionSink, SubscriptionSink};
use jsonrpsee::types::Params;
use jsonrpsee::{RpcModule, SubscriptionMessage};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Event, Shared};
use crate::chain::matching;
use crate::error::{Error, Result};

/// What a client subscribes to.
enum Topic {
    Heads,
    Logs(Box<Filter>),
}

pub(super) fn register(
    module: &mut RpcModule<Shared>,
) -> std::result::Result<(), RegisterMethodError> {
    module
        .register_subscription(
            "eth_subscribe",
            "eth_subscription",
            "eth_unsubscribe",
            |params, pending, shared, _| subscribe(params, pending, shared),
        )
        .map(|_| ())
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    shared: Arc<Shared>,
) -> SubscriptionResult {
    let topic = match topic(&params) {
        Ok(topic) => topic,
        Err(error) => {
            pending.reject(error).await;
            return Ok(());
        }
    };
    let events = shared.events.subscribe();
    let sink = pending.accept().await?;
    forward(&sink, events, &topic).await
}

fn topic(params: &Params<'_>) -> Result<Topic> {
    let unreadable =
        |error: jsonrpsee::types::ErrorObjectOwned| Error::Parameters(error.message().to_owned());
    let mut sequence = params.sequence();
    let name: String = sequence.next().map_err(unreadable)?;
    match name.as_str() {
        "newHeads" => Ok(Topic::Heads),
        "logs" => {
            let filter: Option<Filter> = sequence.optional_next().map_err(unreadable)?;
            Ok(Topic::Logs(Box::new(filter.unwrap_or_default())))
        }
        other => Err(Error::Parameters(format!("no subscription {other}"))),
    }
}

/// Until the client goes, or does not keep up.
async fn forward(
    sink: &SubscriptionSink,
    mut events: broadcast::Receiver<Event>,
    topic: &Topic,
) -> SubscriptionResult {
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = sink.closed() => return Ok(()),
        };
        let event = match event {
            Ok(event) => event,
            Err(RecvError::Closed) => return Ok(()),
            // With a gap the client would believe what is not so.
            Err(RecvError::Lagged(missed)) => return Err(format!("{missed} events missed").into()),
        };
        for message in messages(&event, topic)? {
            sink.send(SubscriptionMessage::from(message)).await?;
        }
    }
}

fn messages(
    event: &Event,
    topic: &Topic,
) -> std::result::Result<Vec<Box<RawValue>>, serde_json::Error> {
    match (topic, event) {
        (Topic::Heads, Event::Undone(_)) => Ok(Vec::new()),
        (Topic::Heads, Event::Mined(block)) => {
            let header = Header::from_consensus(block.header().clone(), None, None);
            Ok(vec![to_raw_value(&header)?])
        }
        (Topic::Logs(filter), Event::Mined(block) | Event::Undone(block)) => {
            let removed = matches!(event, Event::Undone(_));
            matching(block, filter)
                .map(|log| to_raw_value(&Log { removed, ..log }))
                .collect()
        }
    }
}
