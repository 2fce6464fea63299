//! The runtime's half of a port.

use super::desk::Desk;
use crate::message::Message;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

/// placeholder
pub struct Port<T: Message>(PhantomData<T>);
impl<T: Message> Port<T> {
    pub(crate) fn new(_: ()) -> Self {
        Self(PhantomData)
    }
    pub(crate) fn desk(&self) -> Rc<RefCell<Desk<T>>> {
        todo!()
    }
    pub(crate) fn push(&mut self, _: T) {}
}
/// placeholder
pub struct Wiring;
impl Wiring {
    pub(crate) fn next(&mut self) {}
}
/// placeholder
pub trait PortSet {}
impl<T: Message> PortSet for Port<T> {}
impl PortSet for () {}
impl<A: PortSet, B: PortSet> PortSet for (A, B) {}
