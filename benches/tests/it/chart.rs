//! The chart is well-formed XML that needs nothing but itself.

use benches::report::Report;

use crate::fixtures::{measurement, report};

/// The texts between tags and the values of attributes, with the entities as they stand; fails
/// unless every element is closed in turn and no character is one that XML reserves.
fn contents(xml: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut contents = Vec::new();
    let mut rest = xml.trim();
    let mut roots = 0;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!open.is_empty() || text.trim().is_empty(), "text: {text}");
        contents.push(text.to_owned());
        let (tag, after) = after.split_once('>').expect("a tag ends");
        assert!(!tag.contains('<'), "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else {
            let body = tag.strip_suffix('/').unwrap_or(tag);
            let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
            roots += usize::from(open.is_empty());
            contents.extend(values(attributes));
            if body.len() == tag.len() {
                open.push(name.to_owned());
            }
        }
        rest = after;
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    assert!(rest.is_empty(), "after the end: {rest}");
    assert_eq!(roots, 1);
    contents.retain(|content| !content.trim().is_empty());
    for content in &contents {
        for (i, _) in content.match_indices('&') {
            let entity = content[i..].split_inclusive(';').next().unwrap();
            assert!(["&amp;", "&lt;", "&gt;", "&quot;"].contains(&entity));
        }
    }
    contents
}

/// The values of `name="value" name="value"`.
fn values(mut attributes: &str) -> Vec<String> {
    let mut values = Vec::new();
    while !attributes.trim().is_empty() {
        let (name, rest) = attributes.split_once("=\"").expect("a value");
        assert!(
            name.trim()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
        );
        let (value, rest) = rest.split_once('"').expect("a value ends");
        values.push(value.to_owned());
        attributes = rest;
    }
    values
}

#[test]
fn it_is_well_formed() {
    contents(&report().chart());
}

#[test]
fn the_processors_name_cannot_break_it() {
    let hostile = "]]> <script> & \"quotes\" 'too' \u{0} \u{1b}[31m é ×";
    let report = Report::new(hostile.to_owned(), 1, true, &[], Vec::new());
    let chart = report.chart();
    contents(&chart);
    assert!(!chart.contains("<script>") && !chart.contains('\u{0}') && !chart.contains('\u{1b}'));
}

#[test]
fn every_contestant_and_figure_is_there() {
    let contents = contents(&report().chart());
    for text in [
        "prove",
        "encode",
        "scalar",
        "ifma",
        "c-kzg",
        "rust_eth_kzg",
        "62.5  (10.0×)",
        "6.25",
    ] {
        assert!(contents.iter().any(|content| content == text), "{text}");
    }
}

#[test]
fn faster_is_longer() {
    let chart = report().chart();
    let widths: Vec<f64> = chart
        .lines()
        .filter(|line| line.starts_with("<rect") && line.contains("rx="))
        .map(|line| {
            let (_, width) = line.split_once("width=\"").unwrap();
            width.split_once('"').unwrap().0.parse().unwrap()
        })
        .collect();
    assert_eq!(widths.len(), 5);
    // encode ifma > prove ifma > scalar > c-kzg > rust_eth_kzg > nothing
    for pair in [[4, 1], [1, 0], [0, 2], [2, 3]] {
        assert!(widths[pair[0]] > widths[pair[1]], "{widths:?}");
    }
    assert!(widths[3] > 0.0);
}

#[test]
fn nothing_from_outside_is_needed() {
    let chart = report().chart();
    let links = chart.matches("http").count();
    assert_eq!(links, chart.matches("http://www.w3.org/2000/svg").count());
    for word in ["href", "url(", "@import", "<script", "<image"] {
        assert!(!chart.contains(word), "{word}");
    }
    assert!(chart.contains("prefers-color-scheme: dark"));
}

#[test]
fn extremes_stay_in_the_picture() {
    let rows = [
        measurement("prove", "ifma", true, &[1]),
        measurement("prove", "c-kzg", false, &[10_000_000]),
    ];
    let report = Report::new("cpu".to_owned(), 1, false, &rows, Vec::new());
    let chart = report.chart();
    contents(&chart);
    assert!(!chart.contains("NaN") && !chart.contains("inf"));
}
