//! Chromium without a window, driven over WebDriver.

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tidegate_monitor::Server;

/// How long the page may take to come to an expected state.
const PATIENCE: Duration = Duration::from_secs(60);

/// A chromedriver of this test alone, ended with it.
struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it on a port that it chooses itself; `None` when it is not installed.
    fn start() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => {
                let wanted = std::env::var_os("CI_BROWSER").is_some();
                assert!(!wanted, "chromedriver does not start, and CI_BROWSER is set: {error}");
                eprintln!(
                    "\n*** SKIPPED: chromedriver does not start ({error}). The dashboard was NOT tested in a browser. ***\n"
                );
                return None;
            }
        };
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        Some(Self { child, port: port.expect("chromedriver says its port") })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about it here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The page in the browser.
pub struct Page {
    pub client: Client,
    webdriver: String,
}

/// Opens the page of `server` in a window of `width` by `height` pixels, runs `test`, and closes the browser, whatever comes of
/// the test.
pub fn browse(server: &Server, (width, height): (u32, u32), test: impl AsyncFnOnce(&Page)) {
    let Some(driver) = Driver::start() else { return };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for a test");
    runtime.block_on(async {
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
        });
        let capabilities = [("goog:chromeOptions".to_string(), options)].into_iter().collect();
        let webdriver = format!("http://127.0.0.1:{}", driver.port);
        let connected = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&webdriver).await;
        let client = connected.expect("a browser");
        let page = Page { client: client.clone(), webdriver };
        page.resize(width, height).await;
        page.client.goto(&format!("http://{}/", server.address())).await.expect("the page");
        let tested = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(async {
            page.until("the page is ready", "return document.body.dataset.ready === 'yes'").await;
            test(&page).await;
        }));
        let tested = tested.await;
        // Chromium ends with its session only.
        client.close().await.expect("the browser closes");
        if let Err(panic) = tested {
            std::panic::resume_unwind(panic);
        }
    });
}

impl Page {
    /// What `script` returns.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until `script` returns true.
    pub async fn until(&self, what: &str, script: &str) {
        let since = Instant::now();
        while self.run(script).await != true {
            if since.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText").await;
                panic!("waited in vain until {what}; the page says:\n{}", text.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the actor is of this kind: `open`, `pressured`...
    pub async fn until_kind(&self, actor: &str, kind: &str) {
        let script =
            format!("return document.querySelector('[data-actor={actor}]')?.dataset.kind === '{kind}'");
        self.until(&format!("{actor} is {kind}"), &script).await;
    }

    /// Waits until the link is held, or not.
    pub async fn until_held(&self, from: &str, to: &str, held: bool) {
        let link = format!("document.querySelector('.link[data-from={from}][data-to={to}]')");
        let held = if held { "yes" } else { "no" };
        self.until(
            &format!("{from} to {to}: held {held}"),
            &format!("return {link}?.dataset.held === '{held}'"),
        )
        .await;
    }

    pub async fn click(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Types into whatever has the focus.
    pub async fn type_keys(&self, keys: &str) {
        let element = self.client.active_element().await.expect("something has the focus");
        element.send_keys(keys).await.expect("keys are typed");
    }

    /// A command of the protocol of Chromium's developer tools.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        let session = self.client.session_id().await.expect("a session").expect("a session");
        let url = format!("{}/session/{session}/goog/cdp/execute", self.webdriver);
        let body = json!({"cmd": command, "params": params});
        let sent = ureq::post(&url).content_type("application/json").send(body.to_string());
        let mut answer = sent.unwrap_or_else(|error| panic!("{command}: {error}"));
        let text = answer.body_mut().read_to_string().expect("an answer");
        serde_json::from_str(&text).expect("JSON")
    }

    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Writes a picture of the window, for docs/ if that is asked for, else to a folder for temporary files.
    pub async fn screenshot(&self, name: &str) {
        self.picture(name, std::env::var_os("TIDEGATE_SCREENSHOTS").is_some()).await;
    }

    /// Writes a picture to a folder for temporary files, for whoever changes the page.
    pub async fn look(&self, name: &str) {
        self.picture(name, false).await;
    }

    async fn picture(&self, name: &str, kept: bool) {
        let folder = match kept {
            true => std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dashboard"),
            false => std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard"),
        };
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a picture is written");
    }
}
