//! How control reaches a cell: signals that wait at its links, and orders.

use super::chance::Disturbance;
use super::trace::Scope;
use crate::mailbox::Link;
use crate::sync::Arc;
use std::cell::{Cell, RefCell};
use std::task::Waker;

/// What a cell is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Produce no more; handle what is queued.
    Drain,
    /// End at once.
    Stop,
    /// Pause until `Release`, whatever the links say.
    Hold,
    /// Undo `Hold`.
    Release,
    /// Wait for no more acknowledgements: messages were lost on the way.
    Forsake,
    /// End in good order, and leave the mailbox to other instances.
    Retire,
}

/// A setting of the actor that is to be changed.
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) value: serde_json::Value,
    /// Told what came of it.
    pub(crate) reply: Box<dyn FnOnce(Result<(), String>) + Send>,
}

/// Shared by a cell and whatever drives it, on one thread: control never waits behind data, because the cell looks
/// here before each message, and looking costs one load.
#[derive(Default)]
pub(crate) struct Controls {
    attention: Cell<bool>,
    /// Links with something new to say.
    changed: RefCell<Vec<Arc<Link>>>,
    settings: RefCell<Vec<Setting>>,
    draining: Cell<bool>,
    stopping: Cell<bool>,
    held: Cell<bool>,
    forsaken: Cell<bool>,
    retiring: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// The span of the cell, until it has been taken.
    scope: RefCell<Option<Scope>>,
    /// What a simulation has in store for it, until it has been taken.
    disturbance: RefCell<Option<Disturbance>>,
}

impl Controls {
    /// Those of a cell whose span is that of `scope`, and with which a simulation has its way if there is a
    /// `disturbance`.
    pub(crate) fn of(scope: Scope, disturbance: Option<Disturbance>) -> Self {
        Self { scope: RefCell::new(Some(scope)), disturbance: RefCell::new(disturbance), ..Self::default() }
    }

    /// What a simulation has in store for the cell, once.
    pub(super) fn take_disturbance(&self) -> Option<Disturbance> {
        self.disturbance.borrow_mut().take()
    }

    /// The span of the cell, once.
    pub(super) fn take_scope(&self) -> Option<Scope> {
        self.scope.borrow_mut().take()
    }

    /// Something waits at `link`.
    pub(crate) fn deliver(&self, link: Arc<Link>) {
        self.changed.borrow_mut().push(link);
        self.ring();
    }

    /// The actor is to take over `setting`.
    pub(crate) fn set(&self, setting: Setting) {
        self.settings.borrow_mut().push(setting);
        self.ring();
    }

    pub(crate) fn order(&self, order: Order) {
        match order {
            Order::Drain => {
                self.draining.set(true);
                self.held.set(false);
            }
            Order::Stop => self.stopping.set(true),
            Order::Hold => self.held.set(!self.draining.get()),
            Order::Release => self.held.set(false),
            Order::Forsake => self.forsaken.set(true),
            Order::Retire => self.retiring.set(true),
        }
        self.ring();
    }

    fn ring(&self) {
        self.attention.set(true);
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Whether anything happened since the cell last looked.
    #[inline]
    pub(super) fn wants_attention(&self) -> bool {
        self.attention.get()
    }

    /// Clears the call for attention; the links with something new to say.
    pub(super) fn attend(&self) -> Vec<Arc<Link>> {
        self.attention.set(false);
        self.changed.take()
    }

    /// The settings to be changed, in order.
    pub(super) fn take_settings(&self) -> Vec<Setting> {
        self.settings.take()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Whether the mailbox is to be left to other instances.
    pub(super) fn is_retiring(&self) -> bool {
        self.retiring.get()
    }

    /// Whether an operator holds the cell.
    pub(super) fn is_held(&self) -> bool {
        self.held.get()
    }

    /// Whether messages were lost, so that some will not be acknowledged.
    pub(super) fn is_forsaken(&self) -> bool {
        self.forsaken.get()
    }

    /// The cell is about to suspend: whom to wake.
    pub(super) fn park(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        match known.as_mut() {
            Some(known) => known.clone_from(waker),
            None => *known = Some(waker.clone()),
        }
    }
}
