//! The HTTP monitor of a run.

use crate::args;
use std::sync::Arc;
use tidegate::Handle;
use tidegate::topology::file::Loaded;
use tidegate_monitor::alerts::AlertStates;
use tidegate_monitor::{Description, Listener, Live, MonitorOptions, Server, TOKEN_VARIABLE};

/// An address that is taken, and what is to be shown there.
pub(crate) struct Monitor {
    listener: Listener,
    description: Description,
    alerts: AlertStates,
}

impl Monitor {
    /// Takes the address that the command line or the file names, if one does: before anything is started, so that one
    /// that cannot be had is an error like all others.
    pub(crate) fn bind(
        arguments: &args::Run,
        loaded: &Loaded,
        alerts: Option<AlertStates>,
    ) -> Result<Option<Self>, String> {
        let options = loaded.table::<MonitorOptions>().cloned().unwrap_or_default();
        let Some(listen) = arguments.monitor.or(options.listen) else { return Ok(None) };
        let options = options.with_token(std::env::var(TOKEN_VARIABLE).ok())?;
        let listener = Listener::bind(listen, &options).map_err(|error| error.to_string())?;
        let description = Description::of(&loaded.topology).with_settings(&loaded.settings);
        Ok(Some(Self {
            listener: listener.drain_timeout(arguments.drain_timeout),
            description,
            alerts: alerts.unwrap_or_default(),
        }))
    }

    /// Shows a run for as long as what this gives is kept.
    pub(crate) fn serve(self, running: &Handle) -> Option<Server> {
        let source = Live::new(self.description, running).alerts(self.alerts);
        let server = self.listener.serve(Arc::new(source));
        server
            .map_err(|error| tracing::error!(target: "tidegate::monitor", "the monitor cannot run: {error}"))
            .ok()
    }
}
