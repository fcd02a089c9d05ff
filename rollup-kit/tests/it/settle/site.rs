//! Everybody's files, an L1, and the commands.

use super::*;

pub(super) const NAMESPACE: &str = "rollup";
/// Who is who among the L1's accounts.
pub(super) const DEPLOYER: usize = 0;
pub(super) const OPERATOR: usize = 1;
pub(super) const WATCHER: usize = 2;
pub(super) const ANSWERER: usize = 3;
pub(super) const GRIEFER: usize = 4;

/// A folder with everybody's files, and the L1 beside it.
pub(super) struct Site {
    pub(super) l1: L1,
    pub(super) folder: TempDir,
    pub(super) genesis: PathBuf,
}

impl Site {
    pub(super) fn new(genesis: PathBuf) -> Self {
        let site = Self {
            l1: L1::start(&["--accounts", "6"]),
            folder: tempfile::tempdir().unwrap(),
            genesis,
        };
        for place in 0..6 {
            let (_, key) = site.l1.account(place);
            std::fs::write(site.key(place), key).unwrap();
        }
        site
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn key(&self, place: usize) -> PathBuf {
        self.file(&format!("{place}.key"))
    }

    pub(super) fn deployment(&self) -> PathBuf {
        self.file("deployment.json")
    }

    pub(super) fn rollup_kit(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollup-kit"));
        command.current_dir(self.folder.path()).arg("--json");
        command
    }

    /// `deploy`, for the deployer, whose word stands for proofs.
    pub(super) fn deploy(&self) -> Command {
        self.deploy_of(self.l1.http(), &self.genesis)
    }

    pub(super) fn deploy_of(&self, l1: &str, genesis: &Path) -> Command {
        let (attestor, _) = self.l1.account(DEPLOYER);
        let mut command = self.deploy_unattested(l1, genesis);
        command.args(["--attestor", attestor]);
        command
    }

    /// `deploy`, without anybody's word.
    pub(super) fn deploy_unattested(&self, l1: &str, genesis: &Path) -> Command {
        let mut command = self.rollup_kit();
        command
            .args(["deploy", "--l1", l1])
            .args(["--namespace", NAMESPACE, "--genesis"])
            .arg(genesis)
            .arg("--key")
            .arg(self.key(DEPLOYER));
        command
    }

    /// `bond`, in an account's name.
    pub(super) fn bond(&self, what: &[&str], by: usize) -> Command {
        let mut command = self.rollup_kit();
        command
            .arg("bond")
            .args(what)
            .args(["--l1", self.l1.http(), "--key"]);
        command.arg(self.key(by));
        command
    }

    /// `watch` or `respond`, once, in an account's name.
    pub(super) fn once(&self, what: &str, by: usize) -> Command {
        self.once_on(self.l1.http(), what, by)
    }

    pub(super) fn once_on(&self, l1: &str, what: &str, by: usize) -> Command {
        let mut command = self.rollup_kit();
        command
            .args([what, "--once", "--l1", l1, "--key"])
            .arg(self.key(by));
        command
    }
}

pub(super) fn genesis() -> Genesis {
    let mut rng = StdRng::seed_from_u64(1);
    let mut validator = || GenesisValidator::new(&SigningKey::generate(&mut rng), Weight::new(1));
    Genesis {
        name: "commands".to_owned(),
        time: Timestamp::new(0),
        validators: (0..4).map(|_| validator()).collect(),
        params: ChainParams::mainnet(),
    }
}

/// A site on a DA network that does not run: L1 never asks it.
pub(super) fn site_of_nobody() -> (Site, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("genesis.json");
    std::fs::write(&file, serde_json::to_vec(&genesis()).unwrap()).unwrap();
    (Site::new(file), folder)
}

pub(super) fn answer(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

pub(super) fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty());
    stderr
}
