//! Room on the disk. A node that cannot write has broken its promises, so it stops taking on new
//! ones before: submissions first, then receipts, then votes.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// What needs room on the disk: the less of it, the more a node may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Taking in a blob.
    Submission,
    /// Keeping columns of another node's blob and signing for them.
    Receipt,
    /// Voting for a block, which has to be stored when it is decided.
    Vote,
}

impl Need {
    const fn name(self) -> &'static str {
        match self {
            Self::Submission => "submissions",
            Self::Receipt => "receipts",
            Self::Vote => "votes",
        }
    }

    /// The part of the reserve below which it is not done.
    const fn divisor(self) -> u64 {
        match self {
            Self::Submission => 1,
            Self::Receipt => 2,
            Self::Vote => 4,
        }
    }
}

/// The file system of a node's data, and how much of it is to stay free.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    reserve: u64,
}

impl Disk {
    /// The file system that a folder lies on, of which so many bytes are to stay free.
    pub(crate) fn new(folder: &Path, reserve: u64) -> Self {
        Self {
            folder: folder.into(),
            reserve,
        }
    }

    /// Bytes that are to stay free.
    pub(crate) const fn reserve(&self) -> u64 {
        self.reserve
    }

    /// Bytes that the node could still write (statvfs(3)). A file system that does not say has
    /// none.
    pub(crate) fn free(&self) -> u64 {
        rustix::fs::statvfs(&self.folder).map_or(0, |of| of.f_bavail.saturating_mul(of.f_frsize))
    }

    /// Refuses what the disk has no room for.
    pub(crate) fn check(&self, need: Need) -> Result<()> {
        check(need, self.free(), self.reserve)
    }

    /// What is not done at the moment, the least that is; nothing while there is room.
    pub(crate) fn refused(&self) -> Option<Need> {
        let free = self.free();
        [Need::Vote, Need::Receipt, Need::Submission]
            .into_iter()
            .find(|need| check(*need, free, self.reserve).is_err())
    }
}

fn check(need: Need, got: u64, reserve: u64) -> Result<()> {
    let expected = reserve / need.divisor();
    if got >= expected {
        Ok(())
    } else {
        Err(Error::NoRoom {
            what: need.name(),
            got,
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Disk, Need, check};
    use crate::Error;

    fn refused(free: u64) -> Vec<&'static str> {
        [Need::Submission, Need::Receipt, Need::Vote]
            .into_iter()
            .filter_map(|need| match check(need, free, 1000) {
                Err(Error::NoRoom { what, got, .. }) if got == free => Some(what),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_fuller_the_disk_the_less_is_done() {
        assert!(refused(1000).is_empty());
        assert_eq!(refused(999), ["submissions"]);
        assert_eq!(refused(500), ["submissions"]);
        assert_eq!(refused(499), ["submissions", "receipts"]);
        assert_eq!(refused(250), ["submissions", "receipts"]);
        assert_eq!(refused(249), ["submissions", "receipts", "votes"]);
    }

    #[test]
    fn a_disk_has_room_and_one_that_is_not_there_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), 1);
        assert!(disk.free() > 0);
        assert_eq!(disk.refused(), None);
        disk.check(Need::Submission).unwrap();
        let none = Disk::new(&folder.path().join("none"), 1000);
        assert_eq!(none.free(), 0);
        assert_eq!(none.refused(), Some(Need::Vote));
        let error = none.check(Need::Receipt).unwrap_err();
        assert!(
            matches!(
                error,
                Error::NoRoom {
                    what: "receipts",
                    got: 0,
                    expected: 500
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn without_a_reserve_nothing_is_refused() {
        let none = Disk::new(std::path::Path::new("/none/such"), 0);
        assert_eq!(none.refused(), None);
    }
}
