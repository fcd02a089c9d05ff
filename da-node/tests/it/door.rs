//! Nodes with a door of their own, and the certificates and tokens to come in with.

use crate::fixture::{config, genesis, params};
use da_node::grpc::{self, Door, Quotas, Tls, TokenHash};
use da_node::{Limits, Node, NodeConfig};
use proto::client::{Client, Credentials, Retries, Token};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tempfile::TempDir;

/// A running node and its folder.
pub(crate) struct House {
    pub(crate) node: Node,
    folder: TempDir,
}

impl House {
    pub(crate) async fn open(door: Door) -> Self {
        Self::open_in(TempDir::new().unwrap(), door, Limits::default()).await
    }

    /// With what an earlier run left in the folder.
    pub(crate) async fn open_in(folder: TempDir, door: Door, limits: Limits) -> Self {
        let config = NodeConfig {
            door,
            limits,
            ..config(folder.path(), genesis("door", params()))
        };
        Self {
            node: Node::start(config).await.unwrap(),
            folder,
        }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.node.grpc_addr())
    }

    /// A client that tries once.
    pub(crate) fn client(&self, credentials: &Credentials) -> Client {
        let scheme = if self.node.is_secured() {
            "https"
        } else {
            "http"
        };
        self.client_of(scheme, credentials)
    }

    pub(crate) fn client_of(&self, scheme: &str, credentials: &Credentials) -> Client {
        Client::connect_lazy_with(&self.url(scheme), credentials)
            .unwrap()
            .with_retries(Retries::none())
    }

    pub(crate) async fn close(self) -> TempDir {
        self.node.stop().await;
        self.folder
    }
}

/// An authority that makes certificates for this machine.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Authority {
    /// Under a name of its own: by it certificates say whose they are.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn pair(&self) -> Pair {
        self.make(|_| {})
    }

    /// A certificate that was good until the end of 2001.
    pub(crate) fn expired_pair(&self) -> Pair {
        self.make(|params| {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2001, 12, 31);
        })
    }

    fn make(&self, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Pair {
            chain: params.signed_by(&key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A door that speaks TLS with this certificate.
pub(crate) fn secured(pair: &Pair) -> Door {
    Door {
        tls: Some(Tls {
            chain: pair.chain.clone().into_bytes(),
            key: pair.key.clone().into_bytes().into(),
            client_authority: None,
        }),
        ..Door::default()
    }
}

/// Far more than a test posts.
pub(crate) const PLENTY: Quotas = Quotas {
    bytes_per_second: 1 << 40,
    bytes_per_day: 1 << 40,
    blobs_in_flight: 64,
};

/// A client whose token is made of its name.
pub(crate) fn client(name: &str, quotas: Quotas) -> grpc::Client {
    grpc::Client {
        name: name.into(),
        token: TokenHash::of(text(name).as_bytes()),
        quotas,
    }
}

fn text(name: &str) -> String {
    format!("assay_token_of_{name}")
}

/// That client's credentials.
pub(crate) fn token_of(name: &str) -> Credentials {
    Credentials::default().with_token(Token::new(&text(name)).unwrap())
}
