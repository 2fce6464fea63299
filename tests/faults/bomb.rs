//! Actors of every role that have all the hooks there are, and a bomb in one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::{BreakerState, Join, Limit, Side};
use tokio::time::Instant;

/// Goes off once, the first time that `hook` is called after it was armed.
#[derive(Clone)]
pub struct Bomb(Arc<Fuse>);

struct Fuse {
    hook: &'static str,
    armed: AtomicBool,
}

impl Bomb {
    pub fn new(hook: &'static str) -> Self {
        Self(Arc::new(Fuse { hook, armed: AtomicBool::new(false) }))
    }

    pub fn arm(&self) {
        self.0.armed.store(true, Ordering::SeqCst);
    }

    /// Whether it has gone off since.
    pub fn went_off(&self) -> bool {
        !self.0.armed.load(Ordering::SeqCst)
    }

    /// The place that it is in, if it is this one.
    fn at(&self, hook: &str) {
        if self.0.hook == hook && self.0.armed.swap(false, Ordering::SeqCst) {
            panic!("the tide is out");
        }
    }

    fn is_at(&self, hook: &str) -> bool {
        self.0.hook == hook
    }
}

/// What every role has in common.
pub struct Hooks {
    bomb: Bomb,
    wake: Option<Instant>,
}

impl Hooks {
    fn new(bomb: &Bomb) -> Self {
        Self { bomb: bomb.clone(), wake: Instant::now().checked_add(Duration::from_millis(3)) }
    }
}

/// The hooks of every role; with `out`, those of one that emits.
macro_rules! mined {
    ($($out:ident: $outputs:ty)?) => {
        async fn on_start(&mut self $(, $out: &mut $outputs)?) -> Result {
            $(let _ = $out;)?
            self.hooks.bomb.at("on_start");
            Ok(())
        }

        fn tick_every(&self) -> Option<Duration> {
            self.hooks.bomb.at("tick_every");
            Some(Duration::from_millis(5))
        }

        async fn on_tick(&mut self $(, $out: &mut $outputs)?) -> Result {
            $(let _ = $out;)?
            self.hooks.bomb.at("on_tick");
            Ok(())
        }

        fn wake_at(&self) -> Option<Instant> {
            self.hooks.bomb.at("wake_at");
            self.hooks.wake
        }

        async fn on_wake(&mut self $(, $out: &mut $outputs)?) -> Result {
            $(let _ = $out;)?
            self.hooks.wake = None;
            self.hooks.bomb.at("on_wake");
            Ok(())
        }

        async fn on_end(&mut self $(, $out: &mut $outputs)?) -> Result {
            $(let _ = $out;)?
            self.hooks.bomb.at("on_end");
            Ok(())
        }

        async fn on_stop(&mut self) -> Result {
            self.hooks.bomb.at("on_stop");
            Ok(())
        }

        fn on_backpressure(&mut self, _: &Signal) {
            self.hooks.bomb.at("on_backpressure");
        }

        fn on_resume(&mut self, _: &Signal) {
            self.hooks.bomb.at("on_resume");
        }

        fn reaction(&self) -> Reaction {
            self.hooks.bomb.at("reaction");
            Reaction::Pause
        }

        fn max_emit(&self) -> usize {
            self.hooks.bomb.at("max_emit");
            1
        }

        fn max_held(&self) -> usize {
            self.hooks.bomb.at("max_held");
            1
        }

        fn held(&self) -> usize {
            self.hooks.bomb.at("held");
            0
        }

        fn unsettled(&self) -> usize {
            self.hooks.bomb.at("unsettled");
            0
        }

        fn discarded(&self) -> u64 {
            self.hooks.bomb.at("discarded");
            0
        }

        fn is_finished(&self) -> bool {
            self.hooks.bomb.at("is_finished");
            false
        }

        fn live(&self) -> &'static [&'static str] {
            self.hooks.bomb.at("live");
            &["pace"]
        }

        fn set(&mut self, _: &str, _: &serde_json::Value) -> Result {
            self.hooks.bomb.at("set");
            Ok(())
        }

        fn check(&self, _: &mut Checks) {
            self.hooks.bomb.at("check");
        }
    };
}

/// So many messages the mined producers and inputs have.
pub const MESSAGES: u64 = 40;

/// Produces the numbers up to [`MESSAGES`], and can resume.
pub struct Source {
    hooks: Hooks,
    at: u64,
    told: Arc<AtomicU64>,
}

impl Source {
    pub fn new(bomb: &Bomb) -> Self {
        Self { hooks: Hooks::new(bomb), at: 0, told: Arc::default() }
    }
}

impl Producer for Source {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        self.hooks.bomb.at("produce");
        if self.at == MESSAGES {
            return Ok(Next::Done);
        }
        self.at += 1;
        out.emit(self.at);
        // Now and then it rests, so that all that is to be told it is.
        Ok(if self.at.is_multiple_of(8) { Next::After(Duration::from_millis(2)) } else { Next::More })
    }

    fn produce_now(&mut self, _: &mut Outlet<u64>) -> Option<Result<Next>> {
        self.hooks.bomb.at("produce_now");
        None
    }

    fn is_cancel_safe(&self) -> bool {
        self.hooks.bomb.at("is_cancel_safe");
        true
    }

    fn can_resume(&self) -> bool {
        self.hooks.bomb.at("can_resume");
        true
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.told.fetch_max(count, Ordering::SeqCst);
        self.hooks.bomb.at("on_acknowledged");
    }

    mined!(out: Outlet<u64>);
}

/// Passes numbers on; one with a bomb in a hook of detached stages, or of the breaker, is or has what that needs.
pub struct Middle {
    hooks: Hooks,
    held: Option<u64>,
}

impl Middle {
    pub fn new(bomb: &Bomb) -> Self {
        Self { hooks: Hooks::new(bomb), held: None }
    }
}

impl Stage for Middle {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.hooks.bomb.at("handle");
        if self.hooks.bomb.is_at("on_breaker") && n == 5 {
            return Err("for the breaker".into());
        }
        if self.hooks.bomb.is_at("on_room") {
            self.held = Some(n);
        } else {
            out.emit(n);
        }
        Ok(())
    }

    fn handle_now(&mut self, n: u64, _: &mut Outlet<u64>) -> Now<u64> {
        self.hooks.bomb.at("handle_now");
        Now::Later(n)
    }

    fn is_detached(&self) -> bool {
        self.hooks.bomb.at("is_detached");
        ["on_room", "has_output", "takes_input"].iter().any(|hook| self.hooks.bomb.is_at(hook))
    }

    fn has_output(&self) -> bool {
        self.hooks.bomb.at("has_output");
        self.held.is_some()
    }

    fn takes_input(&self) -> bool {
        self.hooks.bomb.at("takes_input");
        self.held.is_none()
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        self.hooks.bomb.at("on_room");
        self.held.take().into_iter().for_each(|n| out.emit(n));
        Ok(())
    }

    fn takes_limit(&self) -> bool {
        self.hooks.bomb.at("takes_limit");
        self.hooks.bomb.is_at("use_limit")
    }

    fn use_limit(&mut self, _: Limit) {
        self.hooks.bomb.at("use_limit");
    }

    fn on_error(&self) -> OnError {
        self.hooks.bomb.at("on_error");
        OnError::Skip
    }

    fn on_input_failed(&mut self) {
        self.hooks.bomb.at("on_input_failed");
    }

    fn on_breaker(&mut self, _: BreakerState) {
        self.hooks.bomb.at("on_breaker");
    }

    mined!(out: Outlet<u64>);
}

/// Takes its time over each number, so that the mailbox in front of it turns pressured.
pub struct Sink {
    hooks: Hooks,
}

impl Sink {
    pub fn new(bomb: &Bomb) -> Self {
        Self { hooks: Hooks::new(bomb) }
    }
}

impl Consumer for Sink {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        self.hooks.bomb.at("handle");
        if self.hooks.bomb.is_at("on_breaker") && n == 5 {
            return Err("for the breaker".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    }

    fn handle_now(&mut self, n: u64) -> Now<u64> {
        self.hooks.bomb.at("handle_now");
        Now::Later(n)
    }

    fn on_error(&self) -> OnError {
        self.hooks.bomb.at("on_error");
        OnError::Skip
    }

    fn on_input_failed(&mut self) {
        self.hooks.bomb.at("on_input_failed");
    }

    fn on_breaker(&mut self, _: BreakerState) {
        self.hooks.bomb.at("on_breaker");
    }

    mined!();
}

/// Takes from both inputs in turn.
pub struct Both {
    hooks: Hooks,
    right: bool,
}

impl Both {
    pub fn new(bomb: &Bomb) -> Self {
        Self { hooks: Hooks::new(bomb), right: false }
    }
}

impl Join for Both {
    type Left = u64;
    type Right = u64;
    type Out = Outlet<u64>;

    fn wants(&self) -> Side {
        self.hooks.bomb.at("wants");
        if self.right { Side::Right } else { Side::Left }
    }

    fn one_after_the_other(&self) -> bool {
        self.hooks.bomb.at("one_after_the_other");
        false
    }

    async fn left(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.right = true;
        self.hooks.bomb.at("left");
        out.emit(n);
        Ok(())
    }

    async fn right(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.right = false;
        self.hooks.bomb.at("right");
        out.emit(n);
        Ok(())
    }

    fn on_side_end(&mut self, _: Side) {
        self.hooks.bomb.at("on_side_end");
    }

    fn unmatched(&self) -> usize {
        self.hooks.bomb.at("unmatched");
        0
    }

    fn on_error(&self) -> OnError {
        self.hooks.bomb.at("on_error");
        OnError::Skip
    }

    fn on_input_failed(&mut self) {
        self.hooks.bomb.at("on_input_failed");
    }

    mined!(out: Outlet<u64>);
}
