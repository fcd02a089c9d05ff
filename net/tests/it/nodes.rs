//! Nodes to test with, and things to say.

use chain::{
    ReceiptTerms, SetEdit, SigningKey, UnverifiedApproval, UnverifiedAvailability,
    UnverifiedFinality, UnverifiedHeader, UnverifiedSetChange,
};
use net::{
    Binding, Disperse, Event, Identity, Multiaddr, NetConfig, NetLimits, Network, PeerId, Request,
    Response, Role, RowCell, RowCells,
};
use rand::{SeedableRng, rngs::StdRng};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use types::{
    BlobId, BlobMeta, BlobMode, Cell, ChainId, ColumnIndex, Commitment, CommitmentsRoot, Epoch,
    GridDimensions, Header, HeaderHash, Height, IndexTree, Namespace, PayloadLength, Proof, Round,
    RowIndex, SetHash, Timestamp,
};

/// Far more than anything here takes; only a failure waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
pub(crate) const TCP: &str = "/ip4/127.0.0.1/tcp/0";

pub(crate) fn chain_id() -> ChainId {
    ChainId::new([0xc4; 32])
}

pub(crate) fn config(role: Role, listen: &str) -> NetConfig {
    NetConfig {
        chain_id: chain_id(),
        listen: vec![listen.parse().unwrap()],
        bootstrap: vec![],
        role,
        limits: NetLimits::default(),
    }
}

pub(crate) fn identity() -> Identity {
    Identity::generate(&mut rand::rng())
}

/// A node and what happens to it.
pub(crate) struct Node {
    pub(crate) network: Network,
    pub(crate) events: Receiver<Event>,
}

impl Node {
    pub(crate) async fn start(config: NetConfig) -> Self {
        Self::start_as(identity(), config, None).await
    }

    pub(crate) async fn start_as(
        identity: Identity,
        config: NetConfig,
        binding: Option<Binding>,
    ) -> Self {
        let (network, events) = Network::start(identity, config, binding).await.unwrap();
        Self { network, events }
    }

    pub(crate) async fn full() -> Self {
        Self::start(config(Role::Full, QUIC)).await
    }

    /// A full node that speaks for the validator of a key.
    pub(crate) async fn validator(seed: u64) -> Self {
        let identity = identity();
        let binding = Binding::sign(&key(seed), &chain_id(), &identity.peer_id());
        Self::start_as(identity, config(Role::Full, QUIC), Some(binding)).await
    }

    pub(crate) async fn light() -> Self {
        Self::start(config(Role::Light, TCP)).await
    }

    pub(crate) fn peer(&self) -> PeerId {
        self.network.local_peer()
    }

    pub(crate) fn addr(&self) -> Multiaddr {
        self.network.listen_addrs()[0].clone()
    }

    pub(crate) async fn dial(&self, other: &Self) {
        let peer = self.network.dial(other.addr()).await.unwrap();
        assert_eq!(peer, other.peer());
    }

    pub(crate) async fn ask(&self, other: &Self, request: Request) -> net::Result<Response> {
        self.network.request(other.peer(), request, PATIENCE).await
    }

    pub(crate) async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(PATIENCE, self.events.recv());
        next.await
            .expect("nothing happened")
            .expect("the network ended")
    }

    /// The next event for which `f` has something; drops those before.
    pub(crate) async fn next_with<T>(&mut self, mut f: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = f(self.next().await) {
                return found;
            }
        }
    }

    pub(crate) async fn connected(&mut self) -> net::PeerInfo {
        self.next_with(|event| match event {
            Event::Connected(info) => Some(info),
            _ => None,
        })
        .await
    }

    pub(crate) async fn disconnected(&mut self) -> PeerId {
        self.next_with(|event| match event {
            Event::Disconnected(peer) => Some(peer),
            _ => None,
        })
        .await
    }

    /// Answers every request with what `f` makes of it, or drops the reply. Serves for as long
    /// as the returned handle or a clone of it is there.
    pub(crate) fn serve(
        self,
        mut f: impl FnMut(PeerId, Request) -> Option<Response> + Send + 'static,
    ) -> Network {
        let Self {
            network,
            mut events,
        } = self;
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let Event::Request {
                    peer,
                    request,
                    reply,
                } = event
                    && let Some(response) = f(peer, request)
                {
                    reply.send(response);
                }
            }
        });
        network
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let done = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(done.is_ok(), "not in time: {what}");
}

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut StdRng::seed_from_u64(seed))
}

pub(crate) fn meta(rows: u64) -> BlobMeta {
    let length = PayloadLength::new(BlobMode::Raw, rows * 131_072).unwrap();
    let commitments = vec![Commitment::new([7; 48]); rows as usize];
    BlobMeta::new("net".parse::<Namespace>().unwrap(), length, commitments).unwrap()
}

pub(crate) fn terms(blob: BlobId) -> ReceiptTerms {
    ReceiptTerms {
        chain_id: chain_id(),
        set: SetHash::new([2; 32]),
        blob,
        accepted_at: Timestamp::new(3),
        expires_at: Timestamp::new(4),
    }
}

pub(crate) fn certificate(blob: BlobId) -> UnverifiedAvailability {
    UnverifiedAvailability {
        terms: terms(blob),
        signers: vec![1],
        signature: terms(blob).sign(&key(1)).signature,
    }
}

pub(crate) fn approval(epoch: u64) -> (UnverifiedSetChange, UnverifiedApproval) {
    let edits = vec![SetEdit::Leave {
        key: key(2).public_key().to_bytes(),
    }];
    let set = SetHash::new([2; 32]);
    let change = UnverifiedSetChange::new(chain_id(), set, Epoch::new(epoch), edits);
    let approval = UnverifiedApproval {
        signer: key(1).public_key().address(),
        signature: key(1).sign_digest(&change.digest()),
    };
    (change, approval)
}

pub(crate) fn header(height: u64) -> UnverifiedHeader {
    let header = Header {
        chain_id: chain_id(),
        height: Height::new(height),
        time: Timestamp::new(9),
        parent: HeaderHash::new([3; 32]),
        dimensions: GridDimensions::default(),
        commitments_root: CommitmentsRoot::new([0; 32]),
        index_root: IndexTree::new(vec![]).unwrap().root(),
        validators: SetHash::new([2; 32]),
        next_validators: SetHash::new([2; 32]),
    };
    let finality = UnverifiedFinality {
        height: header.height,
        round: Round::new(0),
        header: header.hash(),
        set: header.validators,
        signers: vec![1],
        signature: terms(BlobId::new([0; 32])).sign(&key(1)).signature,
    };
    UnverifiedHeader { header, finality }
}

/// Rows of cells, each cell filled with a byte that depends on where it stands.
pub(crate) fn disperse(rows: u64, columns: usize) -> Disperse {
    let meta = meta(rows);
    let cell = |row: u64, column: ColumnIndex| {
        let fill = (row as u8) ^ column.get();
        let bytes: Vec<u8> = (0..Cell::BYTES)
            .map(|i| if i % 32 == 0 { 0 } else { fill })
            .collect();
        RowCell {
            column,
            cell: Cell::from_slice(&bytes).unwrap(),
            proof: Proof::new([fill; 48]),
        }
    };
    let rows = (0..rows)
        .map(|row| RowCells {
            row: RowIndex::new(row).unwrap(),
            cells: ColumnIndex::all()
                .take(columns)
                .map(|column| cell(row, column))
                .collect(),
        })
        .collect();
    Disperse {
        terms: terms(meta.id()),
        meta,
        rows,
    }
}
