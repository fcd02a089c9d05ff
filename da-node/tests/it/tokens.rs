//! `token new`, and a node that speaks TLS, by their command lines.

use crate::door::{Authority, Pair};
use crate::operator::{Home, command, refusal, run, succeed, text};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

fn write(path: &Path, contents: &str, mode: u32) {
    std::fs::write(path, contents).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What an operator has got from an authority.
struct Certificates {
    folder: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let authority = Authority::new("nodes");
        let Pair { chain, key } = authority.pair();
        let folder = TempDir::new().unwrap();
        write(&folder.path().join("ca.crt"), &authority.pem(), 0o644);
        write(&folder.path().join("tls.crt"), &chain, 0o644);
        write(&folder.path().join("tls.key"), &key, 0o600);
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn edit(home: &Home, from: &str, to: &str) {
    let config = home.file("config.toml");
    let before = std::fs::read_to_string(&config).unwrap();
    assert_eq!(before.matches(from).count(), 1, "{from}");
    std::fs::write(&config, before.replace(from, to)).unwrap();
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_client_posts_with_its_token_over_tls() {
    let certificates = Certificates::new();
    let (chain, key) = (certificates.file("tls.crt"), certificates.file("tls.key"));
    let home = Home::alone(&["--tls-cert", text(&chain), "--tls-key", text(&key)]);
    let token = home.path("token");
    let made = [
        "--json",
        "token",
        "new",
        "--name",
        "rollup",
        "-o",
        text(&token),
    ];
    let line = json(&run(&made))["config"].as_str().unwrap().to_owned();
    edit(&home, "clients = []", &format!("clients = [\n  {line}\n]"));
    let mode = std::fs::metadata(&token).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let node = home.start(&[]);
    assert!(node.endpoint().starts_with("https://"));
    let file = home.path("payload");
    std::fs::write(&file, "a payload").unwrap();
    let authority = certificates.file("ca.crt");
    let put = |more: &[&str]| {
        let (file, node) = (text(&file), node.endpoint());
        let common = ["--json", "put", file, "--retries", "0", "--node", node];
        let mut command = command();
        command.args(common).args(["--tls-ca", text(&authority)]);
        command.args(more).env_remove("ASSAY_TOKEN");
        command
    };
    let refused = put(&[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        json(&refused)["reason"],
        "ERROR_REASON_UNAUTHENTICATED",
        "{refused:?}"
    );
    let posted = put(&["--token-file", text(&token)]).output().unwrap();
    assert_eq!(json(&posted)["state"], "certified", "{posted:?}");
    // As the environment hands it over.
    let secret = std::fs::read_to_string(&token).unwrap();
    let posted = put(&[]).env("ASSAY_TOKEN", &secret).output().unwrap();
    assert_eq!(json(&posted)["state"], "certified", "{posted:?}");

    // A token that others can read is refused before it is shown to anybody.
    write(&token, &secret, 0o644);
    let refused = put(&["--token-file", text(&token)]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    node.signal("TERM");
    assert!(node.end().0.success());
}

#[test]
fn a_token_is_printed_once_with_the_line_that_lets_it_in() {
    let made = json(&run(&["--json", "token", "new", "--name", "one"]));
    let again = json(&run(&["--json", "token", "new", "--name", "one"]));
    let token = made["token"].as_str().unwrap();
    assert_ne!(made["token"], again["token"]);
    let line = made["config"].as_str().unwrap();
    assert!(line.contains(&da_node::grpc::TokenHash::of(token.as_bytes()).to_string()));
    assert!(!line.contains(token));

    let (code, said) = refusal(&["token", "new", "--name", "a b"]);
    assert_eq!(code, 2);
    assert!(said.contains("a client's name"), "{said}");
    let taken = TempDir::new().unwrap();
    let file = taken.path().join("token");
    succeed(&["token", "new", "--name", "one", "-o", text(&file)]);
    let (code, _) = refusal(&["token", "new", "--name", "one", "-o", text(&file)]);
    assert_eq!(code, 2, "no token is overwritten");
}

#[test]
fn bad_input_doors_that_are_not_opened() {
    let certificates = Certificates::new();
    let (chain, key) = (certificates.file("tls.crt"), certificates.file("tls.key"));
    let home = Home::alone(&["--tls-cert", text(&chain), "--tls-key", text(&key)]);
    let secret = std::fs::read_to_string(&key).unwrap();
    write(&key, &secret, 0o640);
    let (code, said) = home.refused(&[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("others can read this secret"), "{said}");
    write(&key, "nothing", 0o600);
    let (code, said) = home.refused(&[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("TLS: "), "{said}");

    let home = Home::alone(&[]);
    edit(&home, "listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"");
    let (code, said) = home.refused(&[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("grpc.listen"), "{said}");
    edit(&home, "insecure = false", "insecure = true");
    let mut node = home.start(&["--until-stdin-ends"]);
    node.close_stdin();
    let (status, log) = node.end();
    assert!(status.success());
    assert!(log.contains("INSECURE"), "{log}");
}
