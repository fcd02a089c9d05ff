//! Posts random blobs through random nodes for as long as there are nodes.

use super::ledger::{Ledger, Payload, Stage};
use crate::{Error, Result};
use proto::Submission;
use proto::client::{Client, ClientError, State, WhichHeader};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use types::{BlobId, BlobMode, HeaderHash, Namespace, PayloadLength};

/// Posters at a time.
const POSTERS: usize = 2;
/// The largest payload, about five rows. Sizes are drawn so that every magnitude is as likely.
const MAX_BYTES: f64 = 600_000.0;
/// How often the newest header is looked at.
const LOOK: Duration = Duration::from_millis(150);
/// How long a rested network may take to make one blob final.
const ONE_BLOB: Duration = Duration::from_secs(180);

/// Whose blobs these are.
pub(crate) fn namespace() -> Result<Namespace> {
    Ok("crash".parse()?)
}

/// Running posters.
pub(crate) struct Posting(JoinSet<()>);

impl Posting {
    /// Ends them where they are. What was acknowledged and not noted does not count.
    pub(crate) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

/// Posts through these, the client of each node, until it is stopped; every poster rests after
/// each post.
pub(crate) fn start(
    clients: Vec<Client>,
    ledger: &Arc<Ledger>,
    rng: &mut StdRng,
    rest: Duration,
) -> Posting {
    let mut tasks = JoinSet::new();
    for _ in 0..POSTERS {
        let (clients, ledger) = (clients.clone(), Arc::clone(ledger));
        let rng = StdRng::from_rng(rng);
        tasks.spawn(async move { post(clients, ledger, rng, rest).await });
    }
    for client in clients {
        let ledger = Arc::clone(ledger);
        tasks.spawn(async move { look(client, ledger).await });
    }
    Posting(tasks)
}

/// One blob on a network that is left in peace: it must become final.
pub(crate) async fn post_one(clients: &[Client], ledger: &Ledger, rng: &mut StdRng) -> Result<()> {
    let node = rng.random_range(0..clients.len().max(1));
    let Some(client) = clients.get(node) else {
        return Ok(());
    };
    let payload = payload(rng);
    ledger.post();
    let way = async {
        let id = submit(client, payload).await?;
        ledger.acknowledge(id, node, payload);
        follow(client, ledger, id).await?;
        client.await_final(id).await
    };
    match timeout(ONE_BLOB, way).await {
        Ok(done) => done.map(drop).map_err(Error::client(node)),
        Err(_) => Err(Error::Late {
            missing: "after the last restart, no blob became final".to_owned(),
            after: ONE_BLOB,
        }),
    }
}

async fn post(clients: Vec<Client>, ledger: Arc<Ledger>, mut rng: StdRng, rest: Duration) {
    let mut followed = JoinSet::new();
    loop {
        let node = rng.random_range(0..clients.len().max(1));
        let Some(client) = clients.get(node) else {
            return;
        };
        // Now and then somebody posts what somebody else has posted already.
        let again = rng
            .random_ratio(1, 5)
            .then(|| ledger.any(rng.random_range(0..1000)))
            .flatten();
        let payload = again.map_or_else(|| payload(&mut rng), |(_, entry)| entry.payload);
        ledger.post();
        match submit(client, payload).await {
            Ok(id) => {
                ledger.acknowledge(id, node, payload);
                let (client, ledger) = (client.clone(), Arc::clone(&ledger));
                followed.spawn(async move {
                    // The network may be killed meanwhile; what was seen until then is noted.
                    if let Err(error) = follow(&client, &ledger, id).await {
                        tracing::debug!(%error, "no longer followed");
                    }
                });
            }
            // Busy, or gone: the parent ends us in the second case.
            Err(error) => {
                tracing::debug!(%error, "not posted");
                sleep(error.retry_after().unwrap_or(LOOK)).await;
            }
        }
        while followed.try_join_next().is_some() {}
        sleep(rest).await;
    }
}

fn payload(rng: &mut StdRng) -> Payload {
    let size = rng.random_range(0.0..MAX_BYTES.ln()).exp();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and MAX_BYTES, both small and positive"
    )]
    let length = (size as usize).max(1);
    Payload {
        seed: rng.random(),
        length,
    }
}

async fn submit(client: &Client, payload: Payload) -> Result<BlobId, ClientError> {
    let wrong = |error| {
        ClientError::from(proto::Error::Field {
            field: "payload",
            source: error,
        })
    };
    let length = PayloadLength::new(BlobMode::Packed, payload.length as u64).map_err(wrong)?;
    let namespace = "crash".parse().map_err(wrong)?;
    let submission = Submission {
        namespace,
        length,
        expected: None,
    };
    Ok(client.submit(&submission, payload.bytes().into()).await?.id)
}

/// Notes every stage of a blob until its last.
async fn follow(client: &Client, ledger: &Ledger, id: BlobId) -> Result<(), ClientError> {
    let mut watch = client.watch(id).await?;
    while let Some(status) = watch.next().await? {
        match status.state {
            State::Certified(_) => ledger.reach(id, Stage::Certified),
            State::Final { height, header } => ledger.reach(id, Stage::Final(height, header)),
            _ => {}
        }
    }
    Ok(())
}

/// Notes final headers as a node shows them.
async fn look(client: Client, ledger: Arc<Ledger>) {
    loop {
        if let Ok(header) = client.header(WhichHeader::Latest).await
            && let (Some(fields), Ok(hash)) = (header.fields, HeaderHash::from_slice(&header.hash))
        {
            ledger.header(types::Height::new(fields.height), hash);
        }
        sleep(LOOK).await;
    }
}
