//! Subscriptions over WebSocket: `operations`, of all or of one, and `batches`.

use super::params::Arguments;
use super::{Door, answers, is_told};
use crate::desk::{Event, Shared};
use crate::mempool::OperationId;
use crate::{Error, Result};
use jsonrpsee::core::{RegisterMethodError, SubscriptionResult};
use jsonrpsee::server::{PendingSubscriptionSink, SubscriptionSink};
use jsonrpsee::types::Params;
use jsonrpsee::{RpcModule, SubscriptionMessage};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// What a client hears of.
enum Topic {
    Operations(Option<OperationId>),
    Batches,
}

pub(super) fn register(module: &mut RpcModule<Door>) -> Result<(), RegisterMethodError> {
    module
        .register_subscription(
            "rollup_subscribe",
            "rollup_subscription",
            "rollup_unsubscribe",
            |params, pending, door, _| subscribe(params, pending, door),
        )
        .map(|_| ())
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    door: Arc<Door>,
) -> SubscriptionResult {
    let topic = match topic(&params) {
        Ok(topic) => topic,
        Err(error) => {
            pending.reject(error).await;
            return Ok(());
        }
    };
    let events = door.shared.subscribe();
    let sink = pending.accept().await?;
    forward(&sink, events, &topic, &door.shared).await
}

fn topic(params: &Params<'_>) -> Result<Topic> {
    let mut arguments = Arguments::of(params);
    match arguments.next::<String>()?.as_str() {
        "operations" => Ok(Topic::Operations(arguments.optional()?)),
        "batches" => Ok(Topic::Batches),
        _ => Err(Error::Malformed {
            what: "a subscription",
        }),
    }
}

/// Until the client goes, or does not keep up.
async fn forward(
    sink: &SubscriptionSink,
    mut events: broadcast::Receiver<Event>,
    topic: &Topic,
    shared: &Shared,
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
        for message in messages(&event, topic, shared) {
            sink.send(SubscriptionMessage::from(to_raw_value(&message)?))
                .await?;
        }
    }
}

fn messages(event: &Event, topic: &Topic, shared: &Shared) -> Vec<Value> {
    let operation = |id: &OperationId| json!({ "operation": answers::standing(shared, id) });
    match (topic, event) {
        (Topic::Batches, Event::Batch(number, stage)) if is_told(*stage) => {
            vec![json!({ "batch": answers::batch(shared, *number) })]
        }
        (Topic::Operations(of), Event::Operation(id)) if of.is_none_or(|of| of == *id) => {
            vec![operation(id)]
        }
        (Topic::Operations(of), Event::Batch(number, _)) => {
            let ids: Vec<OperationId> = {
                let desk = shared.desk();
                let plan = desk.core().plan_of(*number);
                let signed = plan.into_iter().flat_map(|plan| plan.signed());
                signed.map(|(_, id, _)| id).collect()
            };
            let told = ids.iter().filter(|id| of.is_none_or(|of| of == **id));
            told.map(operation).collect()
        }
        _ => Vec::new(),
    }
}
