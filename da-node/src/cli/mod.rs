//! The command line: an operator sets a validator up and runs it; clients post, follow, get
//! back, prove and verify.
//!
//! Every command takes `--json`: its result is then one JSON object per line on stdout, failures
//! included. Words for people and progress go to stderr. Exit codes: 0 when it held, 1 when it
//! did not, 2 for a wrong command line or configuration, 3 when `start` found consensus halted
//! for safety, 4 when its store could not be written or read.

mod archive;
mod blob;
mod chain_view;
mod error;
mod evidence;
mod export;
mod genesis;
mod import;
mod init;
mod output;
mod proof;
mod put;
mod registration;
mod set;
mod set_view;
mod start;
mod token;

use crate::operator::files;
use chain::ValidatorAddress;
use clap::{Args, Parser, Subcommand};
use error::Result;
use output::Output;
use proto::client::{Client, Credentials, Token};
use std::path::PathBuf;
use std::process::ExitCode;
use types::{BlobId, Height, Namespace};
use zeroize::Zeroizing;

/// Most bytes of a file with certificates or a key.
const MAX_PEM_BYTES: usize = 64 << 10;

/// Runs a validator of an Assay network; posts blobs, follows them, gets them back and proves
/// them.
#[derive(Debug, Parser)]
#[command(name = "da-node", version, about)]
struct Arguments {
    /// One JSON object per line on stdout.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Where the node is.
#[derive(Debug, Args)]
struct Node {
    /// The node's gRPC endpoint.
    #[arg(
        long,
        env = "ASSAY_NODE",
        value_name = "URL",
        default_value = "http://127.0.0.1:26650"
    )]
    node: String,
    /// The authority, in PEM, that the certificate of an https:// node is of.
    #[arg(long, env = "ASSAY_TLS_CA", value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// The certificate to show, in PEM, to a node that demands one.
    #[arg(
        long,
        env = "ASSAY_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// Its key in PEM, which nobody else may be able to read.
    #[arg(
        long,
        env = "ASSAY_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// The token to show, in a file that nobody else may be able to read. Without it, the
    /// environment's ASSAY_TOKEN is shown, if there is one.
    #[arg(long, env = "ASSAY_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Node {
    async fn connect(&self) -> Result<Client> {
        Ok(Client::connect_with(&self.node, &self.credentials()?).await?)
    }

    fn credentials(&self) -> Result<Credentials> {
        let mut credentials = Credentials::default();
        if let Some(file) = &self.tls_ca {
            credentials = credentials.with_authority(files::read(file, MAX_PEM_BYTES)?);
        }
        if let (Some(chain), Some(key)) = (&self.tls_cert, &self.tls_key) {
            let chain = files::read(chain, MAX_PEM_BYTES)?;
            let key = files::read_secret(key, MAX_PEM_BYTES)?;
            credentials = credentials.with_identity(chain, &*key);
        }
        if let Some(token) = self.token()? {
            credentials = credentials.with_token(token);
        }
        Ok(credentials)
    }

    /// The token, which no command line shows.
    fn token(&self) -> Result<Option<Token>> {
        let text = match &self.token_file {
            // A line's end may follow it.
            Some(file) => files::read_secret(file, Token::MAX_BYTES + 2)?,
            None => match std::env::var("ASSAY_TOKEN") {
                Ok(text) => Zeroizing::new(text.into_bytes()),
                Err(_) => return Ok(None),
            },
        };
        // What is not UTF-8 is no token either.
        let text = std::str::from_utf8(&text).unwrap_or_default();
        Ok(Some(Token::new(text)?))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a validator's keys, its announcement for the others, and a configuration.
    Init(init::Init),
    /// Put a chain's genesis together from the validators' announcements.
    Genesis(genesis::GenesisOf),
    /// Run a validator until SIGTERM or SIGINT.
    ///
    /// Exit codes: 0 stopped as asked, 1 failed, 2 wrong configuration, 3 halted for safety:
    /// then an operator has to look before it is started again; 4 the disk is full or failing,
    /// or the store damaged.
    Start(start::Start),
    /// Sign that an account of L1 owns this validator's stake: what its registry asks for.
    Registration(registration::Registration),
    /// Make the token of a client, which is shown once.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Post a file, and wait until it is certified.
    Put(Put),
    /// Get a blob back, checked against its id.
    Get(Get),
    /// Tell how far a blob has come or, without one, how the node fares.
    Status(Status),
    /// Keep the proof that a blob was ordered.
    Proof(Proof),
    /// Keep the validator set: proofs verify against it, so get it from a node that you trust.
    /// Or, with a command of its own, change it.
    Set(Set),
    /// Verify a proof, offline.
    Verify(Verify),
    /// Keep all of a namespace's blobs in one file, with everything that proves them.
    ///
    /// Started again with the same arguments, it goes on where it was interrupted.
    Export(export::Export),
    /// Verify such a file, and keep it.
    Import(import::Import),
    /// Look into what was imported.
    #[command(subcommand)]
    Archive(archive::Archive),
    /// Show final headers.
    Headers(Headers),
    /// Show the bounds that the node and its chain set.
    Limits(Node),
    /// Show evidence of validators that contradicted themselves, and verify it.
    Evidence(Evidence),
}

#[derive(Debug, Args)]
struct Put {
    /// The file; `-` reads standard input.
    file: PathBuf,
    /// A name of up to 28 bytes, or 58 hexadecimal digits.
    #[arg(long, value_name = "NAME", default_value = "default")]
    namespace: Namespace,
    /// The file is canonical EIP-4844 blobs already.
    #[arg(long)]
    raw: bool,
    /// Commit to the rows and prove their cells here, so that the node has only to verify them.
    #[arg(long)]
    with_proofs: bool,
    /// How far to wait.
    #[arg(long, value_enum, value_name = "STATE", default_value_t = Wait::Certified)]
    wait: Wait,
    /// How often to try again when the connection breaks or the node is busy.
    #[arg(long, value_name = "COUNT", default_value_t = 7)]
    retries: u32,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wait {
    /// Until the node has it durably.
    None,
    /// Until more than two thirds of the weight hold it.
    Certified,
    /// Until a final block has it.
    Final,
}

#[derive(Debug, Args)]
struct Get {
    /// The blob.
    #[arg(required_unless_present = "height", conflicts_with_all = ["height", "namespace"])]
    id: Option<BlobId>,
    /// Every blob of a namespace in the block at this height, one after the other.
    #[arg(long, value_name = "HEIGHT", value_parser = height, requires = "namespace")]
    height: Option<Height>,
    /// The namespace.
    #[arg(long, value_name = "NAME", requires = "height")]
    namespace: Option<Namespace>,
    /// Where to write; standard output by default.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do not compute the commitments again: believe the node.
    #[arg(long)]
    trust_node: bool,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Args)]
struct Status {
    /// The blob; the node itself when none is named.
    id: Option<BlobId>,
    /// Follow the blob to its last state.
    #[arg(long, requires = "id")]
    watch: bool,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Args)]
struct Proof {
    /// The blob.
    id: BlobId,
    /// Where to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Set {
    #[command(subcommand)]
    command: Option<set::SetCommand>,
    /// Where to write.
    #[arg(short, long, value_name = "FILE", required = true)]
    output: Option<PathBuf>,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Args)]
struct Verify {
    /// The proof's file.
    proof: PathBuf,
    /// The validator set's file.
    #[arg(long, value_name = "FILE")]
    validators: PathBuf,
    /// The payload that the proof has to be of.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Evidence {
    /// The validator; all of them by default.
    #[arg(long, value_name = "ADDRESS")]
    validator: Option<ValidatorAddress>,
    /// The validator set's file to verify against; without it, the node is believed.
    #[arg(long, value_name = "FILE")]
    validators: Option<PathBuf>,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, Args)]
struct Headers {
    /// The first height; by default the newest alone.
    #[arg(long, value_name = "HEIGHT", value_parser = height)]
    from: Option<Height>,
    /// Go on with those to come.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    node: Node,
}

fn height(text: &str) -> std::result::Result<Height, std::num::ParseIntError> {
    text.parse().map(Height::new)
}

/// Reads the command line and does what it says.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let done = match arguments.command {
        Command::Init(command) => init::init(&command, output),
        Command::Genesis(command) => genesis::genesis(command, output),
        Command::Start(command) => match start::start(command, arguments.json).await {
            Ok(exit) => return exit.into(),
            Err(error) => Err(error),
        },
        Command::Registration(command) => registration::sign(&command, output),
        Command::Token(token::TokenCommand::New(command)) => token::new(&command, output),
        Command::Put(command) => put::put(command, output).await,
        Command::Get(command) => blob::get(command, output).await,
        Command::Status(command) => blob::status(command, output).await,
        Command::Proof(command) => proof::keep(command, output).await,
        Command::Set(command) => set::set(command, output).await,
        Command::Verify(command) => proof::verify(&command, output),
        Command::Export(command) => export::export(command, output).await,
        Command::Import(command) => import::import(&command, output),
        Command::Archive(command) => archive::archive(&command, output),
        Command::Headers(command) => chain_view::headers(command, output).await,
        Command::Limits(node) => chain_view::limits(node, output).await,
        Command::Evidence(command) => evidence::show(command, output).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            error.exit().into()
        }
    }
}
