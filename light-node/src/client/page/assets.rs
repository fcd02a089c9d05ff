//! The page's files, within the program.

/// The page itself, with an empty snapshot in it.
const PAGE: &str = include_str!("assets/page.html");
/// Its empty snapshot, which is followed by the end of its element.
const EMPTY: &str = "{}</script>";

/// The page with a snapshot in it, as JSON, so that it shows something at once.
pub(crate) fn page(snapshot: &str) -> String {
    // No text of anybody's may end the element or begin another.
    let inert = snapshot
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    PAGE.replacen(EMPTY, &format!("{inert}</script>"), 1)
}

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asset {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// The file beside the page at a path; none when there is no such file.
pub(crate) fn find(path: &str) -> Option<Asset> {
    let (media_type, bytes): (_, &[u8]) = match path {
        "/page.css" => ("text/css; charset=utf-8", include_bytes!("assets/page.css")),
        "/page.js" => (
            "text/javascript; charset=utf-8",
            include_bytes!("assets/page.js"),
        ),
        "/stone.js" => (
            "text/javascript; charset=utf-8",
            include_bytes!("assets/stone.js"),
        ),
        "/mark.svg" => ("image/svg+xml", include_bytes!("assets/mark.svg")),
        _ => return None,
    };
    Some(Asset { media_type, bytes })
}
