//! What an actor may name as its output: one outlet, several in a struct, or none.

use super::{Outlet, Port, PortSet, Wiring};
use crate::error::Result;
use crate::message::{Message, MessageType};

/// A port as the topology sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The name after the dot in `inputs = ["split.late"]`; empty for the only outlet of an actor.
    pub name: &'static str,
    /// What it carries.
    pub message: MessageType,
}

/// The output side of an actor. Implemented by [`Outlet`], [`NoPorts`] and the structs of [`ports!`](crate::ports).
pub trait Outputs: Sized + 'static {
    #[doc(hidden)]
    type Ports: PortSet;

    /// The ports, in the order of their declaration.
    fn ports() -> Vec<PortInfo>;

    #[doc(hidden)]
    fn open(limit: usize, wiring: &mut Wiring) -> (Self, Self::Ports);

    /// Whether the last call needs no closer look.
    #[doc(hidden)]
    fn is_usual(&self) -> bool;

    /// The last call is done, and what it emitted goes on with what later calls emit.
    #[doc(hidden)]
    fn pass(&mut self);

    /// Hands on what calls that are done have emitted.
    #[doc(hidden)]
    fn hand_on(&mut self, ports: &mut Self::Ports);

    /// Visits each outlet with its port.
    #[doc(hidden)]
    fn each(&mut self, ports: &mut Self::Ports, visit: &mut dyn FnMut(&mut dyn AnyPair));

    /// Hands on all that the last call emitted, or nothing. (A mailbox that is full and whose policy is `fail` can say so
    /// only after others have had their message.)
    #[doc(hidden)]
    #[cold]
    fn accept(&mut self, ports: &mut Self::Ports) -> Result {
        let mut accepted = Ok(());
        self.each(ports, &mut |pair| try_next(&mut accepted, || pair.check()));
        self.each(ports, &mut |pair| try_next(&mut accepted, || pair.accept()));
        accepted
    }

    /// Forgets what the last call emitted: it failed.
    #[doc(hidden)]
    fn withdraw(&mut self, ports: &mut Self::Ports) {
        self.each(ports, &mut |pair| pair.withdraw());
    }

    /// Puts what was emitted on the desks, to be placed when there is room.
    #[doc(hidden)]
    fn commit(&mut self, ports: &mut Self::Ports) -> Result {
        let mut committed = Ok(());
        self.each(ports, &mut |pair| try_next(&mut committed, || pair.commit()));
        committed
    }

    /// Whether anything was put on a desk since this was last asked.
    #[doc(hidden)]
    fn take_sent(&mut self, ports: &mut Self::Ports) -> bool {
        let mut sent = false;
        self.each(ports, &mut |pair| sent |= pair.take_sent());
        sent
    }
}

/// Goes on while all is well.
fn try_next<E>(so_far: &mut Result<(), E>, next: impl FnOnce() -> Result<(), E>) {
    if so_far.is_ok() {
        *so_far = next();
    }
}

/// An outlet and its port, whose message type is forgotten: for calls that need a closer look.
pub trait AnyPair {
    /// Whether the call emitted no more, and nothing larger, than it may; asked of all before any is accepted.
    fn check(&mut self) -> Result;
    /// Hands on what it emitted.
    fn accept(&mut self) -> Result;
    /// Forgets what it emitted.
    fn withdraw(&mut self);
    /// Puts what it emitted on the desk.
    fn commit(&mut self) -> Result;
    /// Whether anything was put there since this was last asked.
    fn take_sent(&mut self) -> bool;
}

struct Pair<'a, T: Message>(&'a mut Outlet<T>, &'a mut Port<T>);

impl<T: Message> AnyPair for Pair<'_, T> {
    fn check(&mut self) -> Result {
        self.0.within_limit()?;
        Ok(self.0.emitted().iter().try_for_each(|message| self.1.admit(message))?)
    }

    fn accept(&mut self) -> Result {
        let accepted = self.1.push_all(self.0.emitted());
        self.0.clear();
        Ok(accepted?)
    }

    fn withdraw(&mut self) {
        self.0.clear();
    }

    fn commit(&mut self) -> Result {
        self.0.within_limit()?;
        self.0.commit();
        self.0.clear();
        Ok(())
    }

    fn take_sent(&mut self) -> bool {
        self.0.take_sent()
    }
}

impl<T: Message> Outputs for Outlet<T> {
    type Ports = Port<T>;

    fn ports() -> Vec<PortInfo> {
        vec![PortInfo { name: "", message: MessageType::of::<T>() }]
    }

    fn open(limit: usize, wiring: &mut Wiring) -> (Self, Port<T>) {
        let port = wiring.next::<T>();
        (Self::new(limit, port.may_fail(), port.desk()), port)
    }

    #[inline]
    fn is_usual(&self) -> bool {
        Outlet::is_usual(self)
    }

    #[inline]
    fn pass(&mut self) {
        Outlet::pass(self);
    }

    #[inline]
    fn hand_on(&mut self, port: &mut Port<T>) {
        Outlet::hand_on(self, port.gathered());
    }

    fn each(&mut self, port: &mut Port<T>, visit: &mut dyn FnMut(&mut dyn AnyPair)) {
        visit(&mut Pair(self, port));
    }
}

/// The output side of a consumer: nothing.
#[derive(Debug)]
pub struct NoPorts;

impl Outputs for NoPorts {
    type Ports = ();

    fn ports() -> Vec<PortInfo> {
        Vec::new()
    }

    fn open(_: usize, _: &mut Wiring) -> (Self, ()) {
        (Self, ())
    }

    #[inline]
    fn is_usual(&self) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self) {}

    #[inline]
    fn hand_on(&mut self, (): &mut ()) {}

    fn each(&mut self, (): &mut (), _: &mut dyn FnMut(&mut dyn AnyPair)) {}
}

/// Declares a struct of named outlets, for an actor that splits its stream.
///
/// ```
/// use tidegate::prelude::*;
///
/// tidegate::ports! {
///     /// Even and odd numbers.
///     pub struct Parity {
///         /// The even ones: `inputs = ["split.even"]`.
///         pub even: u64,
///         /// The odd ones.
///         pub odd: u64,
///     }
/// }
///
/// struct Split;
///
/// impl Stage for Split {
///     type In = u64;
///     type Out = Parity;
///
///     async fn handle(&mut self, n: u64, out: &mut Parity) -> Result {
///         if n % 2 == 0 { out.even.emit(n) } else { out.odd.emit(n) }
///         Ok(())
///     }
/// }
/// ```
#[macro_export]
macro_rules! ports {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$doc:meta])* $port_visibility:vis $port:ident: $message:ty),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        $visibility struct $name {
            $($(#[$doc])* $port_visibility $port: $crate::Outlet<$message>,)+
        }

        impl $crate::Outputs for $name {
            type Ports = $crate::ports!(@nest $($message,)+);

            fn ports() -> ::std::vec::Vec<$crate::PortInfo> {
                ::std::vec![$($crate::PortInfo {
                    name: ::std::stringify!($port),
                    message: $crate::MessageType::of::<$message>(),
                }),+]
            }

            fn open(limit: usize, wiring: &mut $crate::outlet_internals::Wiring) -> (Self, Self::Ports) {
                $(let $port = <$crate::Outlet<$message> as $crate::Outputs>::open(limit, wiring);)+
                (Self { $($port: $port.0),+ }, $crate::ports!(@join $($port,)+))
            }

            fn is_usual(&self) -> bool {
                $(<$crate::Outlet<$message> as $crate::Outputs>::is_usual(&self.$port))&&+
            }

            fn pass(&mut self) {
                $(<$crate::Outlet<$message> as $crate::Outputs>::pass(&mut self.$port);)+
            }

            fn hand_on(&mut self, ports: &mut Self::Ports) {
                $(let (port, ports) = ports; <$crate::Outlet<$message> as $crate::Outputs>::hand_on(&mut self.$port, port);)+
                let () = ports;
            }

            fn each(
                &mut self,
                ports: &mut Self::Ports,
                visit: &mut dyn FnMut(&mut dyn $crate::outlet_internals::AnyPair),
            ) {
                $(let (port, ports) = ports; <$crate::Outlet<$message> as $crate::Outputs>::each(&mut self.$port, port, visit);)+
                let () = ports;
            }
        }
    };
    (@nest) => { () };
    (@nest $first:ty, $($rest:ty,)*) => {
        (<$crate::Outlet<$first> as $crate::Outputs>::Ports, $crate::ports!(@nest $($rest,)*))
    };
    (@join) => { () };
    (@join $first:ident, $($rest:ident,)*) => { ($first.1, $crate::ports!(@join $($rest,)*)) };
}
