//! Closures and iterators as actors.

use super::{Consumer, Next, Now, Producer, Stage};
use crate::error::Result;
use crate::message::Message;
use crate::outlet::Outlet;
use std::marker::PhantomData;

/// A producer of the items of an iterator; see [`iter`].
#[derive(Clone, Debug)]
pub struct Iter<I>(I);

/// A producer that emits every item of `items`.
///
/// ```
/// use tidegate::prelude::*;
///
/// let topology = Topology::new("ten").producer("n", iter(1..=10u64)).consumer("end", for_each(|n: u64| println!("{n}")));
/// ```
pub fn iter<I>(items: I) -> Iter<I::IntoIter>
where
    I: IntoIterator,
    I::IntoIter: Send + 'static,
    I::Item: Message,
{
    Iter(items.into_iter())
}

impl<I> Producer for Iter<I>
where
    I: Iterator + Send + 'static,
    I::Item: Message,
{
    type Out = Outlet<I::Item>;

    async fn produce(&mut self, out: &mut Outlet<I::Item>) -> Result<Next> {
        Ok(emit_next(self.0.next(), out))
    }

    #[inline]
    fn produce_now(&mut self, out: &mut Outlet<I::Item>) -> Option<Result<Next>> {
        Some(Ok(emit_next(self.0.next(), out)))
    }
}

/// Emits what there is, and is done when there is nothing.
#[inline]
fn emit_next<T: Message>(item: Option<T>, out: &mut Outlet<T>) -> Next {
    match item {
        Some(item) => {
            out.emit(item);
            Next::More
        }
        None => Next::Done,
    }
}

/// A producer made of a closure; see [`from_fn`].
#[derive(Clone, Debug)]
pub struct FromFn<F, T>(F, PhantomData<fn() -> T>);

/// A producer that calls `next` for each message, until it returns `None`.
pub fn from_fn<T: Message, F: FnMut() -> Option<T> + Send + 'static>(next: F) -> FromFn<F, T> {
    FromFn(next, PhantomData)
}

impl<T: Message, F: FnMut() -> Option<T> + Send + 'static> Producer for FromFn<F, T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        Ok(emit_next((self.0)(), out))
    }

    #[inline]
    fn produce_now(&mut self, out: &mut Outlet<T>) -> Option<Result<Next>> {
        Some(Ok(emit_next((self.0)(), out)))
    }
}

/// A stage made of a closure; see [`map`].
#[derive(Clone, Debug)]
pub struct Map<F, T, U>(F, PhantomData<fn(T) -> U>);

/// A stage that emits `change(message)` for each message.
pub fn map<T: Message, U: Message, F: FnMut(T) -> U + Send + 'static>(change: F) -> Map<F, T, U> {
    Map(change, PhantomData)
}

impl<T: Message, U: Message, F: FnMut(T) -> U + Send + 'static> Stage for Map<F, T, U> {
    type In = T;
    type Out = Outlet<U>;

    async fn handle(&mut self, message: T, out: &mut Outlet<U>) -> Result {
        out.emit((self.0)(message));
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<U>) -> Now<T> {
        out.emit((self.0)(message));
        Now::Done(Ok(()))
    }
}

/// A stage made of a closure that gives any number of messages; see [`flat_map`].
#[derive(Clone, Debug)]
pub struct FlatMap<F, T, I>(F, PhantomData<fn(T) -> I>);

/// A stage that sends every item of `expand(message)`, in order. Each waits for room, so any number may come.
pub fn flat_map<T, I, F>(expand: F) -> FlatMap<F, T, I>
where
    T: Message,
    I: IntoIterator + 'static,
    I::Item: Message,
    F: FnMut(T) -> I + Send + 'static,
{
    FlatMap(expand, PhantomData)
}

impl<T, I, F> Stage for FlatMap<F, T, I>
where
    T: Message,
    I: IntoIterator + 'static,
    I::Item: Message,
    F: FnMut(T) -> I + Send + 'static,
{
    type In = T;
    type Out = Outlet<I::Item>;

    async fn handle(&mut self, message: T, out: &mut Outlet<I::Item>) -> Result {
        for item in (self.0)(message) {
            out.send(item).await;
        }
        Ok(())
    }
}

/// A consumer made of a closure; see [`for_each`].
#[derive(Clone, Debug)]
pub struct ForEach<F, T>(F, PhantomData<fn(T)>);

/// A consumer that calls `handle` for each message.
pub fn for_each<T: Message, F: FnMut(T) + Send + 'static>(handle: F) -> ForEach<F, T> {
    ForEach(handle, PhantomData)
}

impl<T: Message, F: FnMut(T) + Send + 'static> Consumer for ForEach<F, T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        (self.0)(message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T) -> Now<T> {
        (self.0)(message);
        Now::Done(Ok(()))
    }
}
