//! The file as it is written: the commented template, with values.

use super::Config;
use crate::operator::{Error, Result};
use std::fmt::Write as _;

/// The default configuration, commented.
pub(super) const TEMPLATE: &str = include_str!("template.toml");

impl Config {
    /// The file's text: the commented template with these values.
    ///
    /// # Errors
    /// [`Error::System`] for a path that is not UTF-8.
    pub fn render(&self) -> Result<String> {
        let values = toml::Table::try_from(self).map_err(|error| Error::System {
            what: "the configuration as TOML",
            reason: error.to_string(),
        })?;
        let mut text = String::with_capacity(TEMPLATE.len());
        let mut table = None;
        for line in TEMPLATE.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                table = values.get(name).and_then(toml::Value::as_table);
            }
            let value = key_of(line).and_then(|key| {
                let value = table.unwrap_or(&values).get(key)?;
                Some((key, value))
            });
            // Writing to a string cannot fail.
            let _ = match value {
                Some((key, value)) => writeln!(text, "{key} = {value}"),
                None => writeln!(text, "{line}"),
            };
        }
        Ok(text)
    }
}

/// The option that a line of the template sets, or would set if it were not a comment.
pub(super) fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix('#').unwrap_or(line).split_once(" = ")?;
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    (!key.is_empty() && key.chars().all(is_name)).then_some(key)
}
