//! `deploy/assay-node.service`: what it names exists.

use crate::operator::run;
use da_node::operator::Exit;
use std::collections::BTreeMap;

const UNIT: &str = include_str!("../../../deploy/assay-node.service");

/// Directives of systemd 252 (Debian 12) that a service may have: systemd.unit(5),
/// systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5).
const UNIT_DIRECTIVES: &[&str] = &[
    "After",
    "Description",
    "Documentation",
    "StartLimitBurst",
    "StartLimitIntervalSec",
    "Wants",
];
const INSTALL_DIRECTIVES: &[&str] = &["WantedBy"];
const SERVICE_DIRECTIVES: &[&str] = &[
    "CapabilityBoundingSet",
    "DevicePolicy",
    "ExecStart",
    "Group",
    "KillMode",
    "KillSignal",
    "LimitCORE",
    "LimitNOFILE",
    "LoadCredential",
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "PrivateDevices",
    "PrivateTmp",
    "PrivateUsers",
    "ProcSubset",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "ProtectProc",
    "ProtectSystem",
    "RemoveIPC",
    "Restart",
    "RestartPreventExitStatus",
    "RestartSec",
    "RestrictAddressFamilies",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "StateDirectory",
    "StateDirectoryMode",
    "SystemCallArchitectures",
    "SystemCallErrorNumber",
    "SystemCallFilter",
    "TimeoutStopSec",
    "Type",
    "UMask",
    "User",
    "WorkingDirectory",
];

/// Section and directive, with every value that it has.
fn directives() -> BTreeMap<(&'static str, &'static str), Vec<&'static str>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut section = "";
    for line in UNIT.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name;
        } else if !line.is_empty() && !line.starts_with('#') {
            let (name, value) = line.split_once('=').expect(line);
            found.entry((section, name)).or_default().push(value);
        }
    }
    found
}

#[test]
fn every_directive_is_one_of_its_section() {
    for (section, name) in directives().keys() {
        let known = match *section {
            "Unit" => UNIT_DIRECTIVES,
            "Service" => SERVICE_DIRECTIVES,
            "Install" => INSTALL_DIRECTIVES,
            _ => panic!("[{section}]"),
        };
        assert!(known.contains(name), "[{section}] {name}");
    }
}

#[test]
fn the_command_and_its_options_exist() {
    let found = directives();
    let [command] = &found[&("Service", "ExecStart")][..] else {
        panic!("one ExecStart");
    };
    let mut words = command.split_whitespace();
    assert!(words.next().unwrap().ends_with("/da-node"));
    assert_eq!(words.next(), Some("start"));
    let help = run(&["start", "--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    let options: Vec<&str> = words.filter(|word| word.starts_with("--")).collect();
    assert!(options.contains(&"--config"));
    for option in options {
        let listed = help.lines().any(|line| line.trim().starts_with(option));
        assert!(listed, "{option}: {help}");
    }
}

#[test]
fn what_must_not_be_tried_again_is_not() {
    let found = directives();
    let prevented: Vec<u8> = found[&("Service", "RestartPreventExitStatus")]
        .iter()
        .flat_map(|codes| codes.split_whitespace())
        .map(|code| code.parse().unwrap())
        .collect();
    assert_eq!(prevented, [Exit::Configuration.code(), Exit::Halted.code()]);
    assert_eq!(found[&("Service", "Restart")], ["on-failure"]);
    assert_eq!(found[&("Service", "KillSignal")], ["SIGTERM"]);
}
