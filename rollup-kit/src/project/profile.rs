//! How a crate outside of the checkout builds the checkout's crates: as the checkout does.

use super::{failed, read};
use crate::Error;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use toml::Table;

/// The crate that a builder's depends on.
const KIT: &str = "rollup-kit";
/// What makes development's profile of a package that is no member of the workspace.
const OF_OTHERS: &str = "*";

/// The checkout's profile of development, for a crate outside of it. There, cargo takes the
/// checkout's own crates for somebody else's, and would optimise all of them fully: minutes more.
///
/// # Errors
/// [`Error::File`] for a checkout that is none.
pub(super) fn of_crate(checkout: &Path) -> Result<String, Error> {
    let manifest = read(checkout, "Cargo.toml")?;
    let parsed = parsed(checkout, &manifest)?;
    let none = || failed(checkout, &"its manifest is none of a workspace");
    let members = table(&parsed, &["workspace", "dependencies"]).ok_or_else(none)?;
    let development = table(&parsed, &["profile", "dev"]).ok_or_else(none)?;
    let level = development.get("opt-level").ok_or_else(none)?;
    let packages = table(development, &["package"]).ok_or_else(none)?;
    let mut text = copied(&manifest);
    for member in depended_on(checkout, members)? {
        if packages.contains_key(OF_OTHERS) && !packages.contains_key(&member) {
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "\n[profile.dev.package.{member}]\nopt-level = {level}\n"
            );
        }
    }
    Ok(text)
}

/// The tables of a manifest that say how fast crates are in development.
fn copied(manifest: &str) -> String {
    let mut taken = String::new();
    let mut is_wanted = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_wanted = line.starts_with("[profile.dev");
        }
        if is_wanted && !line.starts_with('#') && !line.is_empty() {
            if line.starts_with('[') && !taken.is_empty() {
                taken.push('\n');
            }
            taken.push_str(line);
            taken.push('\n');
        }
    }
    taken
}

/// The checkout's crates that [`KIT`] stands on, and itself.
fn depended_on(checkout: &Path, members: &Table) -> Result<BTreeSet<String>, Error> {
    let folder = |name: &str| match name {
        KIT => Some(KIT),
        _ => members.get(name)?.get("path")?.as_str(),
    };
    let mut found = BTreeSet::new();
    let mut waiting = vec![KIT.to_owned()];
    while let Some(name) = waiting.pop() {
        let Some(folder) = folder(&name) else {
            continue;
        };
        if !found.insert(name) {
            continue;
        }
        let manifest = parsed(checkout, &read(&checkout.join(folder), "Cargo.toml")?)?;
        let dependencies = table(&manifest, &["dependencies"]);
        waiting.extend(dependencies.into_iter().flat_map(Table::keys).cloned());
    }
    Ok(found)
}

fn parsed(checkout: &Path, manifest: &str) -> Result<Table, Error> {
    manifest.parse().map_err(|error| failed(checkout, &error))
}

fn table<'a>(of: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter()
        .try_fold(of, |table, key| table.get(*key)?.as_table())
}
