//! The page's files, within the program.

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset {
    pub(super) media_type: &'static str,
    pub(super) bytes: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The file at a path; none when there is no such file.
pub(super) fn find(path: &str) -> Option<Asset> {
    let (media_type, bytes): (_, &[u8]) = match path {
        "/" => (
            "text/html; charset=utf-8",
            include_bytes!("assets/page.html"),
        ),
        "/page.css" => ("text/css; charset=utf-8", include_bytes!("assets/page.css")),
        "/page.js" => (SCRIPT, include_bytes!("assets/page.js")),
        "/batch.js" => (SCRIPT, include_bytes!("assets/batch.js")),
        "/path.js" => (SCRIPT, include_bytes!("assets/path.js")),
        "/words.js" => (SCRIPT, include_bytes!("assets/words.js")),
        "/mark.svg" => ("image/svg+xml", include_bytes!("assets/mark.svg")),
        _ => return None,
    };
    Some(Asset { media_type, bytes })
}
