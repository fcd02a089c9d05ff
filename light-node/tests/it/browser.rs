//! Headless Chromium with one tab, driven by its DevTools protocol.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Waits with a bound.
async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("an end")
}

/// Chromium under one of its names.
fn chromium() -> PathBuf {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!(
                "none of {names:?} is in PATH: these tests need Chromium (./assay setup chromium)"
            )
        })
}

/// A browser with one tab.
pub(crate) struct Browser {
    _process: Child,
    _folder: tempfile::TempDir,
    socket: TcpStream,
    commands: u64,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new(chromium())
            .args("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(' '))
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args([
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // Chromium says there which port it took.
        let file = folder.path().join("DevToolsActivePort");
        let port: u16 = patiently(async {
            loop {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                if let Some((port, _)) = text.split_once('\n') {
                    return port.parse().unwrap();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request =
            format!("PUT /json/new?about:blank HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut said = String::new();
        let url = loop {
            let mut part = [0; 4096];
            let count = patiently(stream.read(&mut part)).await.unwrap();
            assert_ne!(count, 0, "no tab: {said}");
            said.push_str(std::str::from_utf8(&part[..count]).unwrap());
            let body = said.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            if let Ok(tab) = serde_json::from_str::<Value>(body) {
                break tab["webSocketDebuggerUrl"].as_str().unwrap().to_owned();
            }
        };
        let path = &url[url.find("/devtools").unwrap()..];
        let socket = open_socket(port, path).await;
        Self {
            _process: process,
            _folder: folder,
            socket,
            commands: 0,
        }
    }

    /// Gives a command, and waits for what came of it.
    pub(crate) async fn command(&mut self, method: &str, parameters: Value) -> Value {
        self.commands += 1;
        let message = json!({ "id": self.commands, "method": method, "params": parameters });
        write_text(&mut self.socket, &message.to_string()).await;
        patiently(async {
            loop {
                let message: Value =
                    serde_json::from_str(&read_text(&mut self.socket).await).unwrap();
                if message["id"] == self.commands {
                    assert!(message.get("error").is_none(), "{method}: {message}");
                    return message["result"].clone();
                }
            }
        })
        .await
    }

    pub(crate) async fn open(&mut self, url: &str) {
        self.command("Page.navigate", json!({ "url": url })).await;
    }

    /// What an expression comes to in the page.
    pub(crate) async fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true });
        let result = self.command("Runtime.evaluate", parameters).await;
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// Waits until the element says this.
    pub(crate) async fn until(&mut self, id: &str, says: &str) {
        let expression = format!("document.getElementById({id:?})?.textContent ?? ''");
        let mut last = Value::Null;
        for _ in 0..600 {
            last = self.evaluate(&expression).await;
            if last == says {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{id} says {last}, expected {says:?}");
    }

    pub(crate) async fn number(&mut self, id: &str) -> u64 {
        let expression = format!("Number(document.getElementById({id:?}).textContent)");
        self.evaluate(&expression).await.as_u64().unwrap()
    }

    /// The least contrast of texts, by their selector, with what is behind them.
    pub(crate) async fn contrast(&mut self, texts: &str) -> f64 {
        let expression = CONTRAST.replace("TEXTS", &format!("{texts:?}"));
        self.evaluate(&expression).await.as_f64().unwrap()
    }

    /// By how many pixels the page is wider than its window.
    pub(crate) async fn overflow(&mut self) -> i64 {
        let root = "document.documentElement";
        let expression = format!("{root}.scrollWidth - {root}.clientWidth");
        self.evaluate(&expression).await.as_i64().unwrap()
    }

    pub(crate) async fn resize(&mut self, width: u32) {
        let metrics = json!({
            "width": width, "height": 812, "deviceScaleFactor": 2, "mobile": width < 600,
        });
        self.command("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Prefers a colour scheme, and stillness.
    pub(crate) async fn prefer(&mut self, scheme: &str) {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.command("Emulation.setEmulatedMedia", media).await;
    }
}

/// The least contrast with what is behind it of what `TEXTS` selects (WCAG 2.2, 1.4.3).
const CONTRAST: &str = r#"(() => {
    const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b]
        .map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parts(getComputedStyle(at).backgroundColor);
            if (colour.length === 3) return light(colour);
        }
        return 1;
    };
    const texts = document.querySelectorAll(TEXTS);
    return Math.min(...[...texts].map((element) => {
        const [a, b] = [light(parts(getComputedStyle(element).color)), behind(element)];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }));
})()"#;

/// A WebSocket (RFC 6455), as far as two programs of one machine need it.
async fn open_socket(port: u16, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\n\
         connection: Upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patiently(socket.read_u8()).await.unwrap());
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    socket
}

async fn write_text(socket: &mut TcpStream, text: &str) {
    let length = u64::try_from(text.len()).unwrap();
    // One whole text frame with a length of eight bytes, masked with zeros.
    let mut frame = vec![0x81, 0x80 | 127];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    socket.write_all(&frame).await.unwrap();
}

async fn read_text(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let first = socket.read_u8().await.unwrap();
        let length = match socket.read_u8().await.unwrap() {
            126 => u64::from(socket.read_u16().await.unwrap()),
            127 => socket.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut part = vec![0; usize::try_from(length).unwrap()];
        socket.read_exact(&mut part).await.unwrap();
        // Frames of control in between are of no interest.
        if first & 0x08 == 0 {
            text.extend_from_slice(&part);
            if first & 0x80 != 0 {
                return String::from_utf8(text).unwrap();
            }
        }
    }
}
