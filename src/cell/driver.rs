//! Drives a cell as an actix actor: the control plane.
//!
//! actix drains an actor's mailbox before it polls the actor's futures, so control overtakes data without any
//! further ado. Signals come as one message that names the link: the state itself waits in the link, where a newer
//! one overwrites it, so however slow an actor is, at most one message per link is on its way.

use super::chance::{Disturbance, unhurried};
use super::contain::contained;
use super::controls::{Controls, Order, Setting};
use super::end::CellEnd;
use super::trace::Scope;
use crate::mailbox::Link;
use crate::sync::Arc;
use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, ArbiterHandle, AsyncContext, Context, Handler, Message,
    WrapFuture,
};
use futures_util::FutureExt;
use std::pin::Pin;
use std::rc::Rc;
use tracing::{Instrument, Span};

/// Makes the future of a cell, on the thread that will run it.
pub(crate) type Job = Box<dyn FnOnce(Rc<Controls>) -> Pin<Box<dyn Future<Output = CellEnd>>> + Send>;

/// Starts a cell on `arbiter`; `report` is told how it ended. What it logs is inside the span of `scope`. A simulation has
/// its way with it if there is a `disturbance`.
pub(crate) fn launch(
    arbiter: &ArbiterHandle,
    scope: Scope,
    job: Job,
    disturbance: Option<Disturbance>,
    report: impl FnOnce(CellEnd) + Send + 'static,
) -> CellAddress {
    let report = Box::new(report);
    CellAddress(CellActor::start_in_arbiter(arbiter, move |_| CellActor {
        controls: Rc::new(Controls::of(scope.clone(), disturbance.clone())),
        start: Some((job, report, disturbance)),
        span: scope.span,
    }))
}

/// The address of a cell's actor.
#[derive(Clone)]
pub(crate) struct CellAddress(Addr<CellActor>);

impl CellAddress {
    pub(crate) fn order(&self, order: Order) {
        self.0.do_send(Command(order));
    }

    /// Has the actor take over a setting.
    pub(crate) fn set(&self, setting: Setting) {
        self.0.do_send(Change(setting));
    }

    /// Has the cell told whenever something waits at `link`, one of those it sends over.
    pub(crate) fn listen_to(&self, link: &Arc<Link>) {
        let (address, waiting) = (self.0.clone(), Arc::downgrade(link));
        link.connect(Box::new(move || {
            if let Some(link) = waiting.upgrade() {
                address.do_send(SignalWaiting(link));
            }
        }));
    }
}

type Report = Box<dyn FnOnce(CellEnd) + Send>;

struct CellActor {
    controls: Rc<Controls>,
    start: Option<(Job, Report, Option<Disturbance>)>,
    span: Span,
}

impl Actor for CellActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        if let Some((job, report, disturbance)) = self.start.take() {
            // The loop contains its actor; this is for what runs around it, like a setting that panics when asked for.
            let cell = contained(job(self.controls.clone())).map(|end| end.unwrap_or_else(CellEnd::panicked));
            let cell = unhurried(cell, disturbance);
            let cell = cell.instrument(std::mem::replace(&mut self.span, Span::none())).into_actor(self);
            context.spawn(cell.map(move |end, _, context| {
                report(end);
                context.stop();
            }));
        }
    }
}

/// A `Backpressure` or `Resume`, or the end of the link, waits at a link.
#[derive(Message)]
#[rtype(result = "()")]
struct SignalWaiting(Arc<Link>);

impl Handler<SignalWaiting> for CellActor {
    type Result = ();

    fn handle(&mut self, SignalWaiting(link): SignalWaiting, _: &mut Context<Self>) {
        self.controls.deliver(link);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Command(Order);

impl Handler<Command> for CellActor {
    type Result = ();

    fn handle(&mut self, Command(order): Command, _: &mut Context<Self>) {
        self.controls.order(order);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Change(Setting);

impl Handler<Change> for CellActor {
    type Result = ();

    fn handle(&mut self, Change(setting): Change, _: &mut Context<Self>) {
        self.controls.set(setting);
    }
}
