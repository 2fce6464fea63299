//! `futures` streams as producers, sinks as consumers.

use super::{Consumer, Next, Producer};
use crate::error::{BoxError, Result};
use crate::message::Message;
use crate::outlet::Outlet;
use futures_core::Stream;
use futures_util::{Sink, SinkExt, StreamExt};
use std::marker::PhantomData;
use std::pin::Pin;

/// A producer of the items of a stream; see [`from_stream`].
pub struct FromStream<S>(Pin<Box<S>>);

/// A producer that emits every item of `stream`. The stream is polled only while there is room: demand-driven.
pub fn from_stream<S>(stream: S) -> FromStream<S>
where
    S: Stream + Send + 'static,
    S::Item: Message,
{
    FromStream(Box::pin(stream))
}

impl<S> Producer for FromStream<S>
where
    S: Stream + Send + 'static,
    S::Item: Message,
{
    type Out = Outlet<S::Item>;

    async fn produce(&mut self, out: &mut Outlet<S::Item>) -> Result<Next> {
        match self.0.next().await {
            Some(item) => {
                out.emit(item);
                Ok(Next::More)
            }
            None => Ok(Next::Done),
        }
    }

    fn is_cancel_safe(&self) -> bool {
        true
    }
}

/// A consumer that feeds a sink; see [`into_sink`].
pub struct IntoSink<K, T>(Pin<Box<K>>, PhantomData<fn(T)>);

/// A consumer that sends each message into `sink`, waiting until it is ready, and closes it at the end of input.
pub fn into_sink<T, K>(sink: K) -> IntoSink<K, T>
where
    T: Message,
    K: Sink<T> + Send + 'static,
    K::Error: Into<BoxError>,
{
    IntoSink(Box::pin(sink), PhantomData)
}

impl<K, T> Consumer for IntoSink<K, T>
where
    T: Message,
    K: Sink<T> + Send + 'static,
    K::Error: Into<BoxError>,
{
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.0.send(message).await.map_err(Into::into)
    }

    async fn on_end(&mut self) -> Result {
        self.0.close().await.map_err(Into::into)
    }
}
