//! The hooks that producers, stages and consumers have in common, written once.

/// Declares the hooks of an actor trait. With `out`, those that may emit get the outlets.
macro_rules! hooks {
    ($($out:ident: $outputs:ty)?) => {
        /// Called once, before anything else; an error fails the start of the actor.
        fn on_start(&mut self $(, $out: &mut $outputs)?) -> impl Future<Output = Result> {
            $(let _ = $out;)?
            std::future::ready(Ok(()))
        }

        /// How often [`on_tick`](Self::on_tick) is called while the actor runs, held ones included; `None` for never.
        ///
        /// A tick comes between two messages, so a slow handler delays it; missed ticks are not made up for.
        fn tick_every(&self) -> Option<Duration> {
            None
        }

        /// Called every [`tick_every`](Self::tick_every), between two messages.
        fn on_tick(&mut self $(, $out: &mut $outputs)?) -> impl Future<Output = Result> {
            $(let _ = $out;)?
            std::future::ready(Ok(()))
        }

        /// When [`on_wake`](Self::on_wake) is to be called next, by the runtime's clock; `None` for not at all. It is asked
        /// between runs of calls and before the actor waits, so it may change with every message.
        fn wake_at(&self) -> Option<Instant> {
            None
        }

        /// Called once [`wake_at`](Self::wake_at) has come, between two messages, held actors included; once for each
        /// moment.
        fn on_wake(&mut self $(, $out: &mut $outputs)?) -> impl Future<Output = Result> {
            $(let _ = $out;)?
            std::future::ready(Ok(()))
        }

        /// Called when no more input can come: the moment to flush what is held.
        fn on_end(&mut self $(, $out: &mut $outputs)?) -> impl Future<Output = Result> {
            $(let _ = $out;)?
            std::future::ready(Ok(()))
        }

        /// Called last, however the actor ended, except after a panic or a forced stop.
        fn on_stop(&mut self) -> impl Future<Output = Result> {
            std::future::ready(Ok(()))
        }

        /// Called when a downstream mailbox asks to hold. Of what a mailbox says while the actor is busy, it hears the
        /// latest only.
        fn on_backpressure(&mut self, signal: &Signal) {
            let _ = signal;
        }

        /// Called when a downstream mailbox of whose `Backpressure` the actor was told is open again.
        fn on_resume(&mut self, signal: &Signal) {
            let _ = signal;
        }

        /// What a `Backpressure` does to this actor beside calling the hook.
        fn reaction(&self) -> Reaction {
            Reaction::Pause
        }

        /// The most messages one call emits with `emit`, per port; room for them is reserved before each call.
        fn max_emit(&self) -> usize {
            1
        }

        /// The most messages the actor holds by design: a batch, a window. Counted into the bound of the topology.
        fn max_held(&self) -> usize {
            0
        }

        /// How many messages it holds now; at a forced stop they are reported as left.
        fn held(&self) -> usize {
            0
        }

        /// How many of the messages it handled last are not safe yet, for at-least-once delivery: held, or written to
        /// where a crash would lose them. They are acknowledged when this says so. By default those it [holds](Self::held),
        /// which is right where the first that comes is the first that goes.
        fn unsettled(&self) -> usize {
            self.held()
        }

        /// How many messages it has taken and thrown away so far, as its settings say. They count as dropped, and no longer
        /// as handled.
        fn discarded(&self) -> u64 {
            0
        }

        /// True once the actor wants no more input or has nothing more to produce; asked between two messages.
        /// What still waits in its mailbox is then dropped and counted as cancelled, and so is a message whose
        /// handling failed because of it.
        fn is_finished(&self) -> bool {
            false
        }

        /// The settings, by their keys, that [`set`](Self::set) can change while the actor runs.
        fn live(&self) -> &'static [&'static str] {
            &[]
        }

        /// Takes over a new value, as the topology file would have it, of one of its [live](Self::live) settings; called
        /// between two messages. An error leaves everything as it was.
        fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
            let _ = value;
            Err(format!("`{key}` cannot be changed while the actor runs").into())
        }

        /// Looks for mistakes in the settings, and unless
        /// [`environment`](Checks::environment) is off, at the world: files that exist, places that can be written.
        fn check(&self, checks: &mut Checks) {
            let _ = checks;
        }
    };
}

/// Hands all of the [`hooks!`] on to the actor inside, for a type that wraps one as its field `0`.
macro_rules! forward_hooks {
    // The outlets of the wrapper are not those of the actor, which has none.
    (drop $outputs:ty) => {
        forward_hooks! { @emitting $outputs; }
    };
    ($outputs:ty) => {
        forward_hooks! { @emitting $outputs; out }
    };
    (@emitting $outputs:ty; $($out:ident)?) => {
        forward_hooks! { @hook on_start, $outputs; $($out)? }
        forward_hooks! { @hook on_tick, $outputs; $($out)? }
        forward_hooks! { @hook on_wake, $outputs; $($out)? }
        forward_hooks! { @hook on_end, $outputs; $($out)? }

        fn on_stop(&mut self) -> impl Future<Output = Result> {
            self.0.on_stop()
        }

        fn tick_every(&self) -> Option<Duration> {
            self.0.tick_every()
        }

        fn wake_at(&self) -> Option<Instant> {
            self.0.wake_at()
        }

        fn on_backpressure(&mut self, signal: &Signal) {
            self.0.on_backpressure(signal);
        }

        fn on_resume(&mut self, signal: &Signal) {
            self.0.on_resume(signal);
        }

        fn reaction(&self) -> Reaction {
            self.0.reaction()
        }

        fn max_emit(&self) -> usize {
            self.0.max_emit()
        }

        fn max_held(&self) -> usize {
            self.0.max_held()
        }

        fn held(&self) -> usize {
            self.0.held()
        }

        fn unsettled(&self) -> usize {
            self.0.unsettled()
        }

        fn discarded(&self) -> u64 {
            self.0.discarded()
        }

        #[inline]
        fn is_finished(&self) -> bool {
            self.0.is_finished()
        }

        fn live(&self) -> &'static [&'static str] {
            self.0.live()
        }

        fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
            self.0.set(key, value)
        }

        fn check(&self, checks: &mut Checks) {
            self.0.check(checks);
        }
    };
    (@hook $hook:ident, $outputs:ty; $out:ident) => {
        fn $hook(&mut self, $out: &mut $outputs) -> impl Future<Output = Result> {
            self.0.$hook($out)
        }
    };
    (@hook $hook:ident, $outputs:ty;) => {
        fn $hook(&mut self, _: &mut $outputs) -> impl Future<Output = Result> {
            self.0.$hook()
        }
    };
}
