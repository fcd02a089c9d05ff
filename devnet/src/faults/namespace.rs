//! Network namespaces without names: each lives as long as a process of ours in it, so that none
//! is left behind, however we end, and two runs at a time cannot meet.

use super::relay::{MTU, address};
use crate::{Error, Result};
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;
use tokio_tun::Tun;

/// How long a command that only asks the kernel may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Says that it is in, then lives until its standard input is closed.
const HOLD: &str = "echo in; exec cat";

fn failed(what: &'static str, reason: impl std::fmt::Display) -> Error {
    Error::Namespaces {
        what,
        reason: reason.to_string(),
    }
}

/// Whether this user is root here.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `unshare` into a new network namespace. Who is not root becomes it in a user namespace.
fn unshare() -> std::process::Command {
    let mut command = std::process::Command::new("unshare");
    command.arg("--net");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.arg("--");
    command
}

/// Replaces this process by the same program in a network namespace of its own. Returns only
/// when that cannot be had.
pub(super) fn enter<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Error {
    // Found out here, where the reason can still be told.
    let tried = unshare().arg("true").stdin(Stdio::null()).output();
    match tried {
        Err(error) => return failed("unshare", error),
        Ok(output) if !output.status.success() => {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return failed("unshare", reason);
        }
        Ok(_) => {}
    }
    match std::env::current_exe() {
        Ok(program) => failed("unshare", unshare().arg(program).args(arguments).exec()),
        Err(error) => failed("this program's path", error),
    }
}

/// Runs a command that only asks the kernel.
async fn run(what: &'static str, mut command: Command) -> Result<()> {
    let output = timeout(PATIENCE, command.kill_on_drop(true).output())
        .await
        .map_err(|_| failed(what, "it does not end"))?
        .map_err(|error| failed(what, error))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(failed(what, reason))
}

fn ip<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("ip");
    command.args(arguments);
    command
}

fn device(name: &str) -> Result<Tun> {
    let built = Tun::builder().name(name).mtu(MTU.into()).build();
    let mut queues = built.map_err(|error| failed("a TUN device", error))?;
    queues
        .pop()
        .ok_or_else(|| failed("a TUN device", "it has no queue"))
}

/// The device of this process's own namespace.
pub(super) async fn own(port: u8) -> Result<Tun> {
    let (name, at) = ("hub", format!("{}/24", address(port)));
    let tun = device(name)?;
    run("ip link", ip(["link", "set", "lo", "up"])).await?;
    run("ip address", ip(["address", "add", &at, "dev", name])).await?;
    run("ip link", ip(["link", "set", name, "up"])).await?;
    Ok(tun)
}

/// A network namespace with one device.
pub(super) struct Namespace {
    /// Lives in it, and so does it.
    _holder: Child,
    _stdin: Option<ChildStdin>,
    path: String,
}

impl Namespace {
    /// Makes one, with the device of a port.
    pub(super) async fn new(port: u8) -> Result<(Self, Tun)> {
        let mut holder = Command::new("unshare")
            .args(["--net", "--", "sh", "-c", HOLD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for us alone.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed("unshare", error))?;
        let stdin = holder.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = holder.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            // What was not said leaves the line empty.
            let _ = timeout(PATIENCE, stdout.read_line(&mut line)).await;
        }
        let pid = holder.id().filter(|_| line == "in\n");
        let pid = pid
            .ok_or_else(|| failed("unshare", "nobody came in"))?
            .to_string();
        let namespace = Self {
            _holder: holder,
            _stdin: stdin,
            path: format!("/proc/{pid}/ns/net"),
        };
        // The device goes; its other end, which the relay holds, stays.
        let (name, at) = (format!("assay{port}"), format!("{}/24", address(port)));
        let tun = device(&name)?;
        run("ip link", ip(["link", "set", &name, "netns", &pid])).await?;
        for (what, arguments) in [
            ("ip link", vec!["link", "set", "lo", "up"]),
            ("ip address", vec!["address", "add", &at, "dev", &name]),
            ("ip link", vec!["link", "set", &name, "up"]),
        ] {
            let mut command = namespace.command("ip");
            command.args(arguments);
            run(what, command).await?;
        }
        Ok((namespace, tun))
    }

    /// A program that is to run in it.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", self.path))
            .arg("--")
            .arg(program);
        command
    }
}
