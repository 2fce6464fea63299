//! Those who look at a run: the monitor, the alerts, the recording. What they have in common is when they begin and end.

use crate::alerts;
use crate::args;
use crate::exit::Exit;
use crate::monitor::Monitor;
use crate::record::Record;
use crate::screen::Screen;
use tidegate::topology::file::Loaded;
use tidegate::{Handle, Report};
use tidegate_monitor::alerts::Alerts;
use tidegate_monitor::{Description, Server};

/// What the command line and the file ask for.
pub(crate) struct Observers {
    monitor: Option<Monitor>,
    server: Option<Server>,
    alerts: Option<Alerts>,
    record: Option<Record>,
    description: Description,
}

impl Observers {
    /// Takes the address, reads the conditions, opens the file: what can go wrong does so before anything is started.
    ///
    /// # Errors
    /// When one of them cannot be had; the screen has been told.
    pub(crate) fn prepare(screen: &Screen, arguments: &args::Run, loaded: &Loaded) -> Result<Self, Exit> {
        let usage = |message: String| {
            screen.error(&message);
            Exit::Usage
        };
        let alerts = alerts::of(screen, loaded)?;
        let record = Record::prepare(arguments, loaded).map_err(usage)?;
        let monitor = Monitor::bind(arguments, loaded, alerts.as_ref().map(Alerts::states)).map_err(usage)?;
        let description = Description::of(&loaded.topology);
        Ok(Self { monitor, server: None, alerts, record, description })
    }

    /// The run begins.
    pub(crate) fn start(&mut self, running: &Handle) {
        self.server = self.monitor.take().and_then(|monitor| monitor.serve(running));
        if let Some(record) = &mut self.record {
            record.start(running);
        }
    }

    /// Looks as long as it is polled; never ends.
    pub(crate) async fn watch(&mut self, running: &Handle) {
        alerts::watch(&mut self.alerts, &self.description, running).await;
    }

    /// The run has ended: what was seen is written down, and nobody can look any more. What is left to post comes last, as a
    /// receiver may take long for it; when `hurry` is ready it is left behind.
    pub(crate) async fn finish(&mut self, report: &Report, hurry: impl Future<Output = ()>) {
        if let Some(record) = &mut self.record {
            record.finish(report);
        }
        self.server = None;
        tokio::select! {
            biased;
            () = alerts::finish(self.alerts.take(), report) => {}
            () = hurry => {}
        }
    }

    /// What the process says in the end.
    pub(crate) fn exit(&self, screen: &Screen, exit: Exit) -> Exit {
        self.record.as_ref().map_or(exit, |record| record.exit(screen, exit))
    }
}
