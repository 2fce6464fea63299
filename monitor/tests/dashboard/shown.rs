//! What the browser is shown: a run, or a recording, by the server that users have.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use tidegate::{Handle, SignalLog, Snapshot, Topology};
use tidegate_monitor::alerts::{AlertState, Alerts, AlertsOptions};
use tidegate_monitor::{Description, Listener, Live, MonitorOptions, Server, Source};

/// A run, with an actor that is called otherwise on the page: by a name that no file could give it.
pub struct Shown {
    live: Live,
    description: Description,
    renamed: Option<(String, String)>,
}

impl Shown {
    /// Starts the topology, with the alerts that `alerts`, the contents of `[alerts]`, say.
    pub fn start(topology: Topology, alerts: serde_json::Value) -> (Self, Handle) {
        let description = Description::of(&topology);
        let options: AlertsOptions = serde_json::from_value(alerts).expect("alerts");
        let mut alerts = Alerts::new(&options, None, &topology).expect("alerts that fit the topology");
        let running = topology.start().expect("the topology starts");
        let live = Live::new(description.clone(), &running).alerts(alerts.states());
        let watched = running.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime for the alerts").block_on(alerts.watch(&watched, |_, _| None));
        });
        (Self { live, description, renamed: None }, running)
    }

    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        self.renamed = Some((from.into(), to.into()));
        self.description = self.rename(self.description.clone());
        self
    }

    pub fn serve(self) -> Server {
        serve(self, None)
    }

    /// `value` with the other name.
    fn rename<T: Serialize + DeserializeOwned>(&self, value: T) -> T {
        let Some((from, to)) = &self.renamed else { return value };
        let text = serde_json::to_string(&value).expect("plain data");
        let text = text.replace(&json!(from).to_string(), &json!(to).to_string());
        serde_json::from_str(&text).expect("the same kind of data")
    }
}

impl Source for Shown {
    fn description(&self) -> &Description {
        &self.description
    }

    fn snapshot(&self) -> Snapshot {
        self.rename(self.live.snapshot())
    }

    fn signals_after(&self, number: u64, most: usize) -> SignalLog {
        self.rename(self.live.signals_after(number, most))
    }

    fn handle(&self) -> Option<&Handle> {
        self.live.handle()
    }

    fn alerts(&self) -> Vec<AlertState> {
        let mut alerts = Source::alerts(&self.live);
        if let Some((from, to)) = &self.renamed {
            // There the name stands within sentences.
            let texts =
                alerts.iter_mut().flat_map(|alert| alert.actors.iter_mut().chain(alert.text.as_mut()));
            texts.for_each(|text| *text = text.replace(from, to));
        }
        alerts
    }
}

/// Serves it on any free port of the loopback address, until what is returned is dropped.
pub fn serve(source: impl Source + 'static, token: Option<&str>) -> Server {
    let options = MonitorOptions::default().with_token(token.map(Into::into)).expect("a token");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let listener = Listener::bind(listen, &options).expect("a free port");
    listener.serve(Arc::new(source)).expect("a thread for the server")
}
