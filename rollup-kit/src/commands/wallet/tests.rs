#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::claim::Leaving;
use super::error::Error;
use super::keyfile::{PASSPHRASE_BYTES, PassphraseFrom, open, write_new};
use super::nouns::{Quantity, Stage, account_key, l1_address, ledger_address, token};
use super::rpc::{Rpc, words};
use ledger::keys::{Costs, SealedKey, SigningKey};
use ledger::{AccountKey, Amount, Body, Draft, Fee, Nonce, RollupDomain, TokenId, Tree};
use operator::wire::{WireOperation, index};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use settlement::{Address, U256};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

/// Cheap to try, for tests.
const CHEAP: Costs = Costs {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn sealed_at(path: &Path) {
    let mut rng = StdRng::seed_from_u64(1);
    let sealed = SealedKey::seal(&key(), b"correct horse", CHEAP, &mut rng).unwrap();
    write_new(path, &sealed).unwrap();
}

#[test]
fn a_key_file_opens_by_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    sealed_at(&path);
    let opened = open(&path, b"correct horse").unwrap();
    assert_eq!(opened.account_key(), key().account_key());
    let refused = open(&path, b"another horse");
    assert!(matches!(refused, Err(Error::Ledger(ledger::Error::Sealed))));
}

/// A file that names another account is no way to have deposits go there.
#[test]
fn a_key_file_of_another_account_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    sealed_at(&path);
    let other = SigningKey::from_seed(&[8; 32]).account_key().to_string();
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["account"] = json!(other);
    std::fs::write(&path, file.to_string()).unwrap();
    let refused = open(&path, b"correct horse");
    assert!(matches!(refused, Err(Error::Ledger(ledger::Error::Sealed))));
}

#[test]
fn a_key_file_is_for_its_owner_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    sealed_at(&path);
    let before = std::fs::read(&path).unwrap();
    let mut rng = StdRng::seed_from_u64(2);
    let other = SealedKey::seal(&key(), b"another horse", CHEAP, &mut rng).unwrap();
    assert!(matches!(
        write_new(&path, &other),
        Err(Error::Exists { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn files_and_passphrases_out_of_bounds_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, vec![b' '; 5000]).unwrap();
    assert!(matches!(
        open(&path, b"long enough"),
        Err(Error::File { .. })
    ));
    let from = PassphraseFrom::file(Some(path.clone()));
    assert!(matches!(from.read(), Err(Error::File { .. })));
    let [min, max] = PASSPHRASE_BYTES;
    for (text, expected) in [
        ("a".repeat(min - 1), None),
        (format!("{}\n", "a".repeat(min - 1)), None),
        ("a".repeat(min), Some(min)),
        (format!("{}\r\n", "a".repeat(max)), Some(max)),
        ("a".repeat(max + 1), None),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(from.read().ok().map(|read| read.len()), expected);
    }
}

#[test]
fn amounts_are_digits_or_have_a_unit() {
    let token_1 = TokenId::new(1).unwrap();
    let of = |text: &str, token| -> Option<u128> {
        let quantity: Quantity = text.parse().ok()?;
        quantity.of(token).ok().map(Amount::get)
    };
    let ether = 1_000_000_000_000_000_000;
    assert_eq!(of("25", TokenId::ETH), Some(25));
    assert_eq!(of("25", token_1), Some(25));
    assert_eq!(of("0.5 ETH", TokenId::ETH), Some(ether / 2));
    assert_eq!(of("0.5 ETH", token_1), None);
    assert_eq!(of(&u128::MAX.to_string(), token_1), Some(u128::MAX));
    for wrong in [
        "",
        "-1",
        "1.5",
        "1 dollar",
        "340282366920938463463374607431768211456",
    ] {
        assert_eq!(of(wrong, TokenId::ETH), None, "{wrong:?}");
    }
    let fee = |text: &str| text.parse::<Quantity>().unwrap().fee(TokenId::ETH).ok();
    assert_eq!(fee("18446744073709551615"), Some(Fee::new(u64::MAX)));
    assert_eq!(fee("18446744073709551616"), None);
}

#[test]
fn what_names_nobody_is_refused() {
    let checksummed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    assert!(l1_address(checksummed).is_ok());
    assert!(l1_address(&checksummed.to_lowercase()).is_ok());
    assert!(l1_address(&checksummed.replace("aAe", "AAe")).is_err());
    assert!(l1_address(&"0".repeat(40)).is_err());
    assert!(l1_address("0x5aae").is_err());
    let good = key().account_key();
    assert_eq!(account_key(&good.to_string()), Ok(good));
    assert!(account_key(&"0".repeat(64)).is_err());
    assert!(account_key(&"f".repeat(64)).is_err(), "no canonical scalar");
    assert_eq!(token("255"), Ok(TokenId::new(255).unwrap()));
    assert!(token("256").is_err());
}

/// What goes over the wire is what was signed, for one rollup and one owner.
#[test]
fn a_signature_verifies_under_the_ledger_and_for_one_rollup() {
    let owner = Address::new([3; 20]);
    let [here, there] = [1, 2].map(|n| {
        let contract = ledger_address(Address::new([n; 20]));
        RollupDomain::of(5, contract)
    });
    let amount = Amount::new(10);
    for body in [
        Body::Transfer {
            to: index(4).unwrap(),
            amount,
        },
        Body::Withdraw {
            recipient: ledger_address(owner),
            amount,
        },
        Body::Move {
            owner: ledger_address(owner),
            account: key().account_key(),
            amount,
        },
        Body::ChangeKey {
            key: SigningKey::from_seed(&[8; 32]).account_key(),
        },
    ] {
        let draft = Draft {
            tree: Tree::OffL1,
            from: index(3).unwrap(),
            token: TokenId::ETH,
            fee: Fee::new(1),
            nonce: Nonce::new(2),
            body,
        };
        let signed = super::signed::sign(draft, here, owner, &key());
        let text = serde_json::to_string(&WireOperation::from(&signed)).unwrap();
        let wire: WireOperation = serde_json::from_str(&text).unwrap();
        let got = wire.decode().unwrap();
        assert_eq!(got, signed);
        let verify = |rollup, owner: Address| {
            let message = got.draft.message(rollup, ledger_address(owner));
            got.key.verify(&message, &got.signature).is_ok()
        };
        assert!(verify(here, owner));
        assert!(!verify(there, owner));
        assert!(!verify(here, Address::new([4; 20])));
    }
}

#[test]
fn stages_are_in_order_and_named_as_the_operator_names_them() {
    let stages = [
        "unknown",
        "dropped",
        "pooled",
        "sequenced",
        "on_l1",
        "final",
    ];
    let read = stages.map(|name| serde_json::from_value::<Stage>(json!(name)).unwrap());
    assert!(read.is_sorted_by(|a, b| a < b));
    assert!(serde_json::from_value::<Stage>(json!("settled")).is_err());
}

#[test]
fn a_withdrawal_in_an_answer_is_read_with_its_bounds() {
    let good = Leaving {
        tree: operator::wire::WireTree::OffL1,
        token: 2,
        amount: "10".to_owned(),
        recipient: Address::new([9; 20]).to_string(),
        account: "0".repeat(64),
    };
    let read = good.read().unwrap();
    assert_eq!((read.tree, read.token, read.amount), (1, 2, 10));
    assert_eq!(read.recipient, Address::new([9; 20]));
    assert_eq!(read.account, U256::ZERO);
    for wrong in [
        Leaving {
            amount: "-1".to_owned(),
            ..good.clone()
        },
        Leaving {
            recipient: "0x12".to_owned(),
            ..good.clone()
        },
        Leaving {
            account: "f".repeat(64),
            ..good.clone()
        },
    ] {
        assert!(
            matches!(wrong.read(), Err(Error::Answer { .. })),
            "{wrong:?}"
        );
    }
    assert_eq!(AccountKey::default().to_string(), good.account);
}

#[test]
fn servers_words_do_not_move_a_terminal() {
    assert_eq!(words("a\u{1b}[2Jb\r\nc"), "a[2Jbc");
    assert_eq!(words(&"x".repeat(10_000)).len(), 300);
}

/// Answers one request with these bytes, as HTTP.
fn answering(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let lower = line.to_lowercase();
            if let Some(text) = lower.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        // A client that has read enough hangs up.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
    });
    format!("http://{address}")
}

async fn asked(body: impl Into<Vec<u8>>) -> Result<u64, Error> {
    let rpc = Rpc::new(&answering(body.into()))?;
    rpc.call("rollup_health", json!([])).await
}

#[tokio::test]
async fn answers_are_results_refusals_or_the_servers_fault() {
    let good = r#"{"jsonrpc":"2.0","id":1,"result":7}"#;
    assert_eq!(asked(good).await.unwrap(), 7);
    let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"no","data":{"refusal":"dust"}}}"#;
    match asked(refused).await {
        Err(Error::Refused { code, refusal, .. }) => {
            assert_eq!((code, refusal.as_deref()), (-32020, Some("dust")));
        }
        other => panic!("{other:?}"),
    }
    let other = r#"{"jsonrpc":"2.0","id":1,"result":"seven"}"#;
    assert!(matches!(asked(other).await, Err(Error::Answer { .. })));
    assert!(matches!(asked("<html>").await, Err(Error::Silent { .. })));
    let long = vec![b' '; (4 << 20) + 1];
    assert!(matches!(asked(long).await, Err(Error::Answer { .. })));
    assert!(matches!(Rpc::new("ftp://host"), Err(Error::Given { .. })));
}
