//! The chain in a file: JSON, written whole and put in place of the old one at once.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alloy::consensus::constants::KECCAK_EMPTY;
use alloy::consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy::consensus::transaction::{Recovered, SignerRecoverable};
use alloy::consensus::{EthereumTxEnvelope, Header, ReceiptEnvelope, Sealable, TxEip4844};
use alloy::eips::eip2718::{Decodable2718, Encodable2718};
use alloy::eips::eip7594::BlobTransactionSidecarVariant;
use alloy::primitives::{Address, B256, Bytes, Log, U256};
use alloy::rlp::{Decodable, Encodable};
use revm::bytecode::Bytecode;
use revm::state::AccountInfo;
use serde::{Deserialize, Serialize};

use crate::blobs::{Blobs, KeptBlobs};
use crate::block::{Block, MinedTransaction};
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::history::History;
use crate::limits;
use crate::state::State;
use crate::transaction::UnverifiedTransaction;

/// What the file says that it is.
const FORMAT: &str = "assay-l1/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedChain {
    format: String,
    chain_id: u64,
    ahead: u64,
    branch: u64,
    state_root: B256,
    accounts: Vec<SavedAccount>,
    codes: Vec<Bytes>,
    blocks: Vec<SavedBlock>,
    blobs: Vec<SavedBlobs>,
    waiting: Vec<Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedAccount {
    address: Address,
    balance: U256,
    nonce: u64,
    code_hash: B256,
    storage: Vec<(U256, U256)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedBlock {
    /// RLP.
    header: Bytes,
    transactions: Vec<SavedTransaction>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedTransaction {
    /// EIP-2718, without blobs.
    transaction: Bytes,
    /// EIP-2718.
    receipt: Bytes,
    gas_used: u64,
    created: Option<Address>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedBlobs {
    block: u64,
    timestamp: u64,
    transaction: B256,
    sidecar: BlobTransactionSidecarVariant,
}

impl Chain {
    /// Writes the chain to a file: state, blocks, blobs, and what waits. Snapshots are left out, and
    /// so is what it takes to undo blocks. After an interruption the file is the old one or the new
    /// one.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn save(mut self, file: &Path) -> Result<()> {
        let saved = SavedChain::of(&mut self);
        write(file, &saved).map_err(|error| failed(file, &error))
    }

    /// Reads a chain that was saved, and checks that its blocks are linked and that transactions,
    /// receipts and state have the roots that it names.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn load(file: &Path) -> Result<Self> {
        let open = File::open(file).map_err(|error| failed(file, &error))?;
        let length = open.metadata().map_err(|error| failed(file, &error))?.len();
        if length > limits::STATE_FILE_BYTES {
            let most = limits::STATE_FILE_BYTES;
            return Err(failed(file, &format!("{length} bytes, at most {most}")));
        }
        let saved: SavedChain =
            serde_json::from_reader(BufReader::new(open)).map_err(|error| failed(file, &error))?;
        saved.into_chain().map_err(|error| failed(file, &error))
    }
}

fn failed(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::File {
        path: file.to_owned(),
        reason: error.to_string(),
    }
}

fn write(file: &Path, saved: &SavedChain) -> std::io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut writer = BufWriter::new(File::create(&new)?);
    serde_json::to_writer(&mut writer, saved)?;
    writer.flush()?;
    writer.get_ref().sync_all()?;
    std::fs::rename(&new, file)?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

impl SavedChain {
    fn of(chain: &mut Chain) -> Self {
        let state_root = chain.state.root();
        let mut accounts: Vec<_> = chain
            .state
            .accounts()
            .map(|(address, account)| SavedAccount {
                address: *address,
                balance: account.info.balance,
                nonce: account.info.nonce,
                code_hash: account.info.code_hash,
                storage: account
                    .storage
                    .iter()
                    .map(|(slot, value)| (*slot, *value))
                    .collect(),
            })
            .collect();
        accounts.sort_unstable_by_key(|account| account.address);
        Self {
            format: FORMAT.to_owned(),
            chain_id: chain.chain_id,
            ahead: chain.ahead,
            branch: chain.branch,
            state_root,
            accounts,
            codes: chain
                .state
                .codes()
                .map(|code| code.original_bytes())
                .collect(),
            blocks: chain
                .history
                .blocks()
                .map(|block| SavedBlock::of(block))
                .collect(),
            blobs: chain.blobs.iter().map(SavedBlobs::of).collect(),
            waiting: chain
                .pool
                .transactions()
                .into_iter()
                .map(|waiting| waiting.encode().into())
                .collect(),
        }
    }

    fn into_chain(self) -> std::result::Result<Chain, String> {
        if self.format != FORMAT {
            return Err(format!("format {:?}, expected {FORMAT:?}", self.format));
        }
        let mut state = State::default();
        for code in self.codes {
            state.add_code(Bytecode::new_raw_checked(code).map_err(text)?);
        }
        for account in self.accounts {
            if account.code_hash != KECCAK_EMPTY && !state.knows_code(&account.code_hash) {
                return Err(format!("the code of {} is missing", account.address));
            }
            let mut info = AccountInfo::from_balance(account.balance)
                .with_nonce(account.nonce)
                .with_code_hash(account.code_hash);
            info.code = None;
            state.set_info(account.address, info);
            for (slot, value) in account.storage {
                state.set_slot(account.address, slot, value);
            }
        }
        state.forget();
        let got = state.root();
        if got != self.state_root {
            return Err(format!("state root {got}, expected {}", self.state_root));
        }

        let mut blocks = self.blocks.into_iter().map(SavedBlock::into_block);
        let first = blocks.next().ok_or("no blocks")??;
        let mut history = History::new(first);
        for block in blocks {
            let block = block?;
            let head = history.head();
            if block.number() != head.number() + 1 || block.header.parent_hash != head.hash() {
                return Err(format!(
                    "block {} does not follow on the one before",
                    block.number()
                ));
            }
            history.push(Arc::new(block));
        }
        let mut blobs = Blobs::default();
        for saved in self.blobs {
            blobs.push(saved.into_kept());
        }
        let mut chain = Chain::with(self.chain_id, state, history, blobs);
        chain.ahead = self.ahead;
        // What is mined from here on is another branch than what was mined after the file.
        chain.branch = self.branch + 1;
        let again = self
            .waiting
            .iter()
            .map(|bytes| UnverifiedTransaction::decode(bytes)?.verify(self.chain_id))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(text)?;
        chain.pool.requeue(again);
        Ok(chain)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl SavedBlock {
    fn of(block: &Block) -> Self {
        let mut header = Vec::new();
        block.header.inner().encode(&mut header);
        Self {
            header: header.into(),
            transactions: block
                .transactions
                .iter()
                .map(|mined| SavedTransaction {
                    transaction: mined.transaction.encoded_2718().into(),
                    receipt: mined.receipt.encoded_2718().into(),
                    gas_used: mined.gas_used,
                    created: mined.created,
                })
                .collect(),
        }
    }

    fn into_block(self) -> std::result::Result<Block, String> {
        let header = Header::decode(&mut self.header.as_ref()).map_err(text)?;
        let mut transactions = Vec::new();
        let mut logs = 0;
        for saved in self.transactions {
            let mined = saved.into_mined(logs)?;
            logs += mined.receipt.logs().len() as u64;
            transactions.push(mined);
        }
        let block = Block {
            header: header.seal_slow(),
            transactions,
        };
        let envelopes: Vec<_> = block
            .transactions
            .iter()
            .map(|mined| mined.transaction.inner().clone())
            .collect();
        let receipts: Vec<_> = block
            .transactions
            .iter()
            .map(|mined| mined.receipt.clone())
            .collect();
        if calculate_transaction_root(&envelopes) != block.header.transactions_root
            || calculate_receipt_root(&receipts) != block.header.receipts_root
        {
            return Err(format!("block {} has other transactions", block.number()));
        }
        Ok(block)
    }
}

impl SavedTransaction {
    fn into_mined(self, first_log: u64) -> std::result::Result<MinedTransaction, String> {
        let envelope =
            EthereumTxEnvelope::<TxEip4844>::decode_2718_exact(&self.transaction).map_err(text)?;
        let signer = envelope.recover_signer().map_err(text)?;
        Ok(MinedTransaction {
            transaction: Recovered::new_unchecked(envelope, signer),
            receipt: ReceiptEnvelope::<Log>::decode_2718_exact(&self.receipt).map_err(text)?,
            gas_used: self.gas_used,
            created: self.created,
            first_log,
        })
    }
}

impl SavedBlobs {
    fn of(kept: &KeptBlobs) -> Self {
        Self {
            block: kept.block,
            timestamp: kept.timestamp,
            transaction: kept.transaction,
            sidecar: BlobTransactionSidecarVariant::clone(&kept.sidecar),
        }
    }

    fn into_kept(self) -> KeptBlobs {
        KeptBlobs {
            block: self.block,
            timestamp: self.timestamp,
            transaction: self.transaction,
            sidecar: Arc::new(self.sidecar),
        }
    }
}
