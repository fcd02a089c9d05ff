//! The blocks that are kept, and where things are in them.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy::primitives::B256;
use alloy::primitives::map::B256Map;

use crate::block::Block;
use crate::limits;

/// Blocks, the newest last; never empty.
#[derive(Clone, Debug)]
pub(crate) struct History {
    head: Arc<Block>,
    blocks: VecDeque<Arc<Block>>,
    numbers: B256Map<u64>,
    /// Of a transaction's hash: its block's number and its place in it.
    places: B256Map<(u64, usize)>,
}

impl History {
    pub(crate) fn new(first: Block) -> Self {
        let first = Arc::new(first);
        let mut history = Self {
            head: first.clone(),
            blocks: VecDeque::new(),
            numbers: B256Map::default(),
            places: B256Map::default(),
        };
        history.push(first);
        history
    }

    pub(crate) fn push(&mut self, block: Arc<Block>) {
        self.numbers.insert(block.hash(), block.number());
        for (index, mined) in block.transactions.iter().enumerate() {
            self.places.insert(mined.hash(), (block.number(), index));
        }
        self.head = block.clone();
        self.blocks.push_back(block);
        if self.blocks.len() > limits::BLOCKS
            && let Some(oldest) = self.blocks.pop_front()
        {
            self.forget(&oldest);
        }
    }

    /// Takes the newest block away, unless it is the only one.
    pub(crate) fn pop(&mut self) -> Option<Arc<Block>> {
        let head = self.blocks.get(self.blocks.len().checked_sub(2)?)?.clone();
        let block = self.blocks.pop_back()?;
        self.forget(&block);
        self.head = head;
        Some(block)
    }

    fn forget(&mut self, block: &Block) {
        self.numbers.remove(&block.hash());
        for mined in &block.transactions {
            self.places.remove(&mined.hash());
        }
    }

    /// The newest block.
    pub(crate) fn head(&self) -> &Arc<Block> {
        &self.head
    }

    /// The number of the oldest block that is kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.blocks.front().map_or(0, |block| block.number())
    }

    pub(crate) fn block(&self, number: u64) -> Option<&Arc<Block>> {
        let index = usize::try_from(number.checked_sub(self.oldest())?).ok()?;
        self.blocks.get(index)
    }

    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.blocks.iter()
    }

    pub(crate) fn hash(&self, number: u64) -> Option<B256> {
        self.block(number).map(|block| block.hash())
    }

    pub(crate) fn number(&self, hash: &B256) -> Option<u64> {
        self.numbers.get(hash).copied()
    }

    /// The block that holds a transaction, and its place in it.
    pub(crate) fn place(&self, transaction: &B256) -> Option<(&Arc<Block>, usize)> {
        let (number, index) = *self.places.get(transaction)?;
        Some((self.block(number)?, index))
    }
}
