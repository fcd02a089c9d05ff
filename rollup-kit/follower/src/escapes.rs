//! What owners need to leave a frozen rollup: `rollup/Exits.sol`.
//!
//! The state alone makes it. Somebody proves once per tree what all accounts hold
//! (`proveExits`), with `exits` from here; from then on `escape` takes a holding with its path.
//! `escapeMany` takes holdings without paths, with a proof of them.

use crate::views::{self, PathView};
use crate::{Error, Result};
use derivation::{Derivation, exits};
use ledger::Tree;
use serde::Serialize;
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A holding with its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldingView {
    /// `account index << 16 | token`.
    pub slot: u64,
    /// Who is paid.
    pub owner: settlement::Address,
    /// Which token.
    pub token: u16,
    /// How much.
    pub amount: String,
    /// The path, as `escape` takes it.
    pub path: PathView,
    /// Whether it has left already.
    pub escaped: bool,
}

/// What some or all of a tree's accounts hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscapeView {
    /// The tree.
    pub tree: &'static str,
    /// Its root, as L1 has it.
    pub root: String,
    /// Root of the tree over all holdings: what `proveExits` takes.
    pub exits: settlement::B256,
    /// Whether that stands proved on L1.
    pub proved: bool,
    /// Whether the rollup is frozen and every batch final, so that L1 takes escapes.
    pub open: bool,
    /// The holdings, ascending by slot.
    pub holdings: Vec<HoldingView>,
}

/// A tree's exit tree, made once for all who ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    tree: Tree,
    root: settlement::U256,
    holdings: Vec<abi::Holding>,
    exits: ExitTree,
}

impl Prepared {
    /// All that a tree's accounts hold.
    ///
    /// # Errors
    /// [`Error::Behind`] when the tree is not what L1 has.
    pub fn new(derivation: &Derivation, tree: Tree) -> Result<Self> {
        let root = views::current_root(derivation, tree)?;
        let holdings = exits::holdings(derivation.state(), tree);
        let exits = ExitTree::new(&holdings);
        Ok(Self {
            tree,
            root,
            holdings,
            exits,
        })
    }

    /// The root that it was made of.
    #[must_use]
    pub const fn root(&self) -> settlement::U256 {
        self.root
    }

    /// What accounts in these places hold, all of them without.
    #[must_use]
    pub fn view(&self, derivation: &Derivation, only: Option<u32>) -> EscapeView {
        let history = derivation.history();
        let exits = self.exits.root();
        let slots = only.map(|index| (u64::from(index) << 16)..(u64::from(index) + 1) << 16);
        let holdings = self.holdings.iter().enumerate().filter(|(_, holding)| {
            slots
                .as_ref()
                .is_none_or(|slots| slots.contains(&holding.slot))
        });
        EscapeView {
            tree: views::name(self.tree),
            root: hex::encode(self.root.to_be_bytes::<32>()),
            exits,
            proved: history.exits(self.tree, self.root) == Some(exits),
            open: history.frozen().is_some() && history.last_final() == history.newest(),
            holdings: holdings
                .filter_map(|(place, holding)| {
                    Some(HoldingView {
                        slot: holding.slot,
                        owner: holding.owner,
                        token: holding.token,
                        amount: holding.amount.to_string(),
                        path: self.exits.path(place)?.into(),
                        escaped: history.has_escaped(self.tree, holding.slot),
                    })
                })
                .collect(),
        }
    }
}

/// Writes both trees' holdings with their paths into a folder, a file per tree; the files. Each is
/// whole or not there.
///
/// # Errors
/// [`Error::Behind`], [`Error::File`].
pub fn write(derivation: &Derivation, folder: &Path) -> Result<Vec<PathBuf>> {
    let unusable = |path: &Path, error: &std::io::Error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    let mut files = Vec::new();
    for tree in Tree::BOTH {
        let view = Prepared::new(derivation, tree)?.view(derivation, None);
        let text = serde_json::to_vec(&view).map_err(|error| Error::Internal(error.to_string()))?;
        let file = folder.join(format!("exits-{}.json", views::name(tree)));
        let draft = file.with_extension("new");
        let written = || {
            let mut out = File::create(&draft)?;
            out.write_all(&text)?;
            out.sync_all()?;
            std::fs::rename(&draft, &file)?;
            File::open(folder)?.sync_all()
        };
        written().map_err(|error: std::io::Error| unusable(&file, &error))?;
        files.push(file);
    }
    Ok(files)
}
