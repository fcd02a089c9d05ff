//! `rollup-kit new`, and the crates that it writes.

use rollup_kit::project::{CrateName, Example, Origin, Settings, files, own_checkout, write};
use rollup_kit::rules::Rules;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

// The templates' own modules and tests, as a new crate has them.
mod game;
pub(crate) mod shop;

fn new(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["--json", "new"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn origin(checkout: PathBuf) -> Origin {
    Origin {
        checkout,
        programs: None,
    }
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn a_new_crate_is_written_once() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, example, rules) in [("shop", "shop", "Shop"), ("arena-2", "game", "Duels")] {
        let output = new(scratch.path(), &[name, "--example", example]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let folder = scratch.path().join(name);
        let manifest = read(&folder, "Cargo.toml");
        let checkout = own_checkout();
        assert!(manifest.contains(&format!("name = \"{name}\"")));
        assert!(manifest.contains(&format!("path = \"{}/rollup-kit\"", checkout.display())));
        assert!(manifest.contains("[profile.dev.package.\"*\"]\nopt-level = 3"));
        assert!(!manifest.contains("[profile.release"));
        // Cargo does not look into the folders above, and builds our crates as we do.
        let manifest: toml::Table = manifest.parse().unwrap();
        let packages = manifest["profile"]["dev"]["package"].as_table().unwrap();
        let level = |name: &str| packages[name]["opt-level"].as_integer();
        assert_eq!((level("rollup-kit"), level("net")), (Some(1), Some(1)));
        assert_eq!((level("algebra"), level("*")), (Some(3), Some(3)));
        // What is not depended on would be warned of at every build.
        assert!(!packages.contains_key("da-node") && !packages.contains_key("benches"));
        // The programs that `devnet` starts are those beside the one that wrote this.
        let config: toml::Table = read(&folder, ".cargo/config.toml").parse().unwrap();
        let programs = Path::new(env!("CARGO_BIN_EXE_rollup-kit"))
            .parent()
            .unwrap();
        assert_eq!(config["env"]["ASSAY_PROGRAMS"].as_str(), programs.to_str());
        let target = programs.parent().unwrap();
        assert_eq!(config["build"]["target-dir"].as_str(), target.to_str());
        assert_eq!(
            read(&folder, "Cargo.lock"),
            read(&checkout, "Cargo.lock"),
            "nothing is resolved anew"
        );
        let of_code = name.replace('-', "_");
        assert!(read(&folder, "src/main.rs").contains(&format!("&{of_code}::rule::RULES")));
        assert!(read(&folder, "src/rule.rs").contains(&format!("impl Rules for {rules}")));
        assert!(read(&folder, "src/gadget.rs").contains(&format!("impl Gadget for {rules}")));
        for file in ["src/lib.rs", "src/tests.rs", "README.md", "rollup.toml"] {
            assert!(!read(&folder, file).contains("{{"), "{file}");
        }

        // What is there stays as it is.
        std::fs::write(folder.join("README.md"), "mine").unwrap();
        assert!(!new(scratch.path(), &[name]).status.success());
        assert_eq!(read(&folder, "README.md"), "mine");
    }
}

#[test]
fn the_call_that_is_shown_is_one_that_the_rules_take() {
    let scratch = tempfile::tempdir().unwrap();
    let examples: [(&str, Example, &dyn Rules); 2] = [
        ("shop", Example::Shop, &shop::rule::RULES),
        ("game", Example::Game, &game::rule::RULES),
    ];
    for (name, example, rules) in examples {
        let folder = scratch.path().join(name);
        let name: CrateName = name.parse().unwrap();
        write(&folder, &name, example, &origin(own_checkout())).unwrap();
        let settings = Settings::read(&folder).unwrap();
        let call = settings.call().unwrap();
        assert!(rules.apply(&call).is_ok(), "{call:?}");
        assert_eq!(settings.batch().unwrap().operations(), 2);

        let good = read(&folder, "rollup.toml");
        for (old, new) in [
            ("batch = 2", "batch = 1"),
            ("batch = 2", "batch = 513"),
            ("register = 0", "register = 128"),
            ("from = 1", "from = 16777216"),
            ("payload = [", "payload = [\"4:2\", "),
            ("payload = [", "payload = [\"4\", "),
            ("from = 1", "from = 1\nfee = 1"),
        ] {
            assert!(good.contains(old), "{old}");
            std::fs::write(folder.join("rollup.toml"), good.replace(old, new)).unwrap();
            assert!(Settings::read(&folder).is_err(), "{new}");
        }
    }
    // A program without rules hands over to the crate's own, and there is none.
    let output = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["devnet", "--once"])
        .current_dir(scratch.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && stderr.contains("rollup.toml"),
        "{stderr}"
    );
}

#[test]
fn names_are_crate_names() {
    let scratch = tempfile::tempdir().unwrap();
    let refused = [
        "",
        "Shop",
        "1shop",
        "shop-",
        "-shop",
        "a/b",
        "..",
        "fn",
        "std",
        "rollup-kit",
        "a b",
        "späti",
    ];
    for name in refused {
        let output = new(scratch.path(), &["--", name]);
        assert!(!output.status.success(), "{name:?}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    assert!("a".repeat(32).parse::<CrateName>().is_ok());
    assert!("a".repeat(33).parse::<CrateName>().is_err());
}

#[test]
fn a_folder_that_is_no_checkout_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let output = new(scratch.path(), &["shop", "--path", "."]);
    assert!(!output.status.success());
    assert!(!scratch.path().join("shop").exists());
    let name: CrateName = "shop".parse().unwrap();
    assert!(files(&name, Example::Shop, &origin("/a\"b".into())).is_err());
}
