//! A builder's own crate: a rollup with rules of its own, written from a template.

mod profile;

use crate::Error;
use ledger::rules::payload;
use ledger::{AccountIndex, BatchSize, Call, Holdings, Register};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use types::Namespace;

/// A project's settings.
pub const SETTINGS: &str = "rollup.toml";

/// Rust's words, and names that a crate of ours or of the language has.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "rollup-kit",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];
const MAX_NAME: usize = 32;

/// A crate's name: lower-case letters, digits and `-`, the first a letter, at most 32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateName(String);

impl CrateName {
    /// As Rust's code names the crate.
    #[must_use]
    pub fn in_code(&self) -> String {
        self.0.replace('-', "_")
    }

    fn title(&self) -> String {
        let spaced = self.0.replace('-', " ");
        let mut letters = spaced.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }
}

impl fmt::Display for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CrateName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let is_plain =
            |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let ends = name.bytes().last().is_some_and(|b| b != b'-');
        if !begins || !ends || name.len() > MAX_NAME || !name.bytes().all(is_plain) {
            return Err(format!(
                "lower-case letters, digits and '-' are a crate's name, at most {MAX_NAME}"
            ));
        }
        if TAKEN.contains(&name) {
            return Err("that name is taken by Rust or by rollup-kit".to_owned());
        }
        Ok(Self(name.to_owned()))
    }
}

/// What a new crate begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// Loyalty points of a shop.
    Shop,
    /// Duels: nothing is paid.
    Game,
}

/// The files of a crate that differ from example to example.
struct Files {
    rule: &'static str,
    gadget: &'static str,
    tests: &'static str,
    rollup: &'static str,
}

macro_rules! files {
    ($example:literal) => {
        Files {
            rule: include_str!(concat!("../template/", $example, "/rule.rs")),
            gadget: include_str!(concat!("../template/", $example, "/gadget.rs")),
            tests: include_str!(concat!("../template/", $example, "/tests.rs")),
            rollup: include_str!(concat!("../template/", $example, "/rollup.toml")),
        }
    };
}

impl Example {
    const fn files(self) -> Files {
        match self {
            Self::Shop => files!("shop"),
            Self::Game => files!("game"),
        }
    }
}

/// The checkout that this program was built from.
#[must_use]
pub fn own_checkout() -> PathBuf {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR"));
    kit.parent().unwrap_or(kit).to_owned()
}

/// Where a new crate finds what it stands on.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The checkout of Assay.
    pub checkout: PathBuf,
    /// The folder with the checkout's programs, if it is known: `devnet` starts them.
    pub programs: Option<PathBuf>,
}

impl Origin {
    /// The folder into which cargo built the programs; none where somebody put them elsewhere.
    fn target(&self) -> Option<&Path> {
        let programs = self.programs.as_deref()?;
        let target = programs.parent()?;
        programs.join(".fingerprint").is_dir().then_some(target)
    }
}

/// The files of a new crate: where each goes in its folder, and what is in it. Dependencies are
/// those of the checkout, built by its profiles and in the versions that it has locked.
///
/// # Errors
/// [`Error::File`] for a checkout that is none.
pub fn files(
    name: &CrateName,
    example: Example,
    origin: &Origin,
) -> Result<Vec<(&'static str, String)>, Error> {
    let checkout = &origin.checkout;
    let quoted = quoted(checkout)?;
    let of = example.files();
    let filled = |text: &str| {
        text.replace("{{name}}", &name.0)
            .replace("{{crate}}", &name.in_code())
            .replace("{{title}}", &name.title())
            .replace("{{checkout}}", &quoted)
    };
    let manifest = filled(include_str!("../template/manifest.toml"));
    let profiles = profile::of_crate(checkout)?;
    Ok(vec![
        ("Cargo.toml", format!("{manifest}\n{profiles}")),
        ("Cargo.lock", read(checkout, "Cargo.lock")?),
        (
            "rust-toolchain.toml",
            read(checkout, "rust-toolchain.toml")?,
        ),
        (".cargo/config.toml", config(origin)?),
        (".gitignore", "/.cargo\n/keys\n/target\n".to_owned()),
        ("README.md", filled(include_str!("../template/README.md"))),
        ("rollup.toml", filled(of.rollup)),
        ("src/lib.rs", filled(include_str!("../template/lib.rs"))),
        ("src/main.rs", filled(include_str!("../template/main.rs"))),
        ("src/rule.rs", filled(of.rule)),
        ("src/gadget.rs", filled(of.gadget)),
        ("src/tests.rs", filled(of.tests)),
    ])
}

/// What cargo is told on this machine alone.
fn config(origin: &Origin) -> Result<String, Error> {
    let mut text = "# Of this machine, and so not for the repository.\n".to_owned();
    if let Some(target) = origin.target() {
        let target = quoted(target)?;
        text += "\n# Where the checkout is built: what is the same there is not built twice.\n";
        text += &format!("[build]\ntarget-dir = \"{target}\"\n");
    }
    if let Some(programs) = &origin.programs {
        let programs = quoted(programs)?;
        text += "\n# The checkout's programs, which `devnet` starts.\n";
        text += &format!("[env]\nASSAY_PROGRAMS = \"{programs}\"\n");
    }
    Ok(text)
}

/// A path as TOML's basic strings have it.
fn quoted(path: &Path) -> Result<String, Error> {
    let text = path
        .to_str()
        .filter(|text| !text.contains(['"', '\\', '\n']));
    let text = text.ok_or_else(|| failed(path, &"a path that no manifest can name"))?;
    Ok(text.to_owned())
}

fn read(folder: &Path, file: &str) -> Result<String, Error> {
    let path = folder.join(file);
    std::fs::read_to_string(&path).map_err(|error| failed(&path, &error))
}

/// Writes a new crate into a folder that is not there yet.
///
/// # Errors
/// [`Error::File`], also where the folder is there.
pub fn write(
    folder: &Path,
    name: &CrateName,
    example: Example,
    origin: &Origin,
) -> Result<(), Error> {
    let files = files(name, example, origin)?;
    std::fs::create_dir(folder).map_err(|error| failed(folder, &error))?;
    for within in ["src", ".cargo"] {
        let within = folder.join(within);
        std::fs::create_dir(&within).map_err(|error| failed(&within, &error))?;
    }
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// What a project's folder says of its rollup.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    namespace: String,
    batch: usize,
    call: ShownCall,
}

/// The call that the devnet shows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownCall {
    from: u32,
    to: u32,
    register: u8,
    payload: Vec<String>,
}

/// A field of a payload, written NUMBER:BITS.
#[must_use]
pub fn field(text: &str) -> Option<(u128, usize)> {
    let (number, bits) = text.split_once(':')?;
    Some((number.parse().ok()?, bits.parse().ok()?))
}

impl Settings {
    /// Reads a project's folder.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let file = folder.join(SETTINGS);
        let text = std::fs::read_to_string(&file).map_err(|error| failed(&file, &error))?;
        let settings: Self = toml::from_str(&text).map_err(|error| failed(&file, &error))?;
        settings.batch()?;
        settings.namespace()?;
        settings.call()?;
        Ok(settings)
    }

    /// Operations of a batch.
    ///
    /// # Errors
    /// [`Error::File`] for a size that no batch has.
    pub fn batch(&self) -> Result<BatchSize, Error> {
        let size = BatchSize::new(self.batch).map_err(|error| wrong(&error))?;
        if size.operations() < 2 {
            return Err(wrong(&"a batch takes 2 operations or more"));
        }
        Ok(size)
    }

    /// The rollup's namespace.
    ///
    /// # Errors
    /// [`Error::File`] for a name that none has.
    pub fn namespace(&self) -> Result<Namespace, Error> {
        self.namespace.parse().map_err(|error| wrong(&error))
    }

    /// The call that is shown, of accounts that hold nothing.
    ///
    /// # Errors
    /// [`Error::File`] for what is no call.
    pub fn call(&self) -> Result<Call, Error> {
        let place = |index: u32| AccountIndex::new(index.into()).map_err(|error| wrong(&error));
        let fields: Option<Vec<_>> = self.call.payload.iter().map(|text| field(text)).collect();
        let payload = fields.and_then(|fields| payload(&fields));
        Ok(Call {
            from: place(self.call.from)?,
            to: place(self.call.to)?,
            register: Register::new(self.call.register).map_err(|error| wrong(&error))?,
            payload: payload.ok_or_else(|| wrong(&"call.payload: NUMBER:BITS, and it must fit"))?,
            held: Holdings::default(),
        })
    }

    /// The call's payload, as the wallet reads it.
    #[must_use]
    pub fn payload(&self) -> String {
        self.call.payload.join(",")
    }
}

fn wrong(reason: &dyn fmt::Display) -> Error {
    failed(Path::new(SETTINGS), reason)
}

fn failed(path: &Path, error: &dyn fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
