//! What an actor may name as its output: one outlet, several in a struct, or none.

use super::{Outlet, Port, PortSet, Wiring};
use crate::error::Result;
use crate::message::{Message, MessageType};

/// A port as the topology sees it.
#[derive(Clone, Debug)]
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

    /// Whether a call emitted no more and nothing larger than it may; asked of all ports before any message is pushed.
    #[doc(hidden)]
    fn check(&self, ports: &Self::Ports) -> Result;

    /// Hands on what a call emitted.
    #[doc(hidden)]
    fn push(&mut self, ports: &mut Self::Ports) -> Result;

    /// Hands on all that a call emitted, or nothing. (A mailbox that is full and whose policy is `fail` can say so only
    /// after others have had their message.)
    #[doc(hidden)]
    #[inline(always)]
    fn collect(&mut self, ports: &mut Self::Ports) -> Result {
        self.check(ports)?;
        self.push(ports)
    }

    #[doc(hidden)]
    fn withdraw(&mut self);

    /// Puts what was emitted on the desks, to be placed when there is room.
    #[doc(hidden)]
    fn commit(&mut self) -> Result;

    /// Whether anything was put on a desk since this was last asked.
    #[doc(hidden)]
    fn sent(&mut self) -> bool;
}

impl<T: Message> Outputs for Outlet<T> {
    type Ports = Port<T>;

    fn ports() -> Vec<PortInfo> {
        vec![PortInfo { name: "", message: MessageType::of::<T>() }]
    }

    fn open(limit: usize, wiring: &mut Wiring) -> (Self, Port<T>) {
        let port = wiring.next();
        (Self::new(limit, port.desk()), port)
    }

    #[inline(always)]
    fn check(&self, port: &Port<T>) -> Result {
        self.within_limit()?;
        if port.limits() {
            self.emitted().try_for_each(|message| port.admit(message).map_err(Into::into))
        } else {
            Ok(())
        }
    }

    #[inline(always)]
    fn push(&mut self, port: &mut Port<T>) -> Result {
        self.drain(|message| port.push(message).map_err(Into::into))
    }

    fn withdraw(&mut self) {
        Outlet::withdraw(self);
    }

    fn commit(&mut self) -> Result {
        self.within_limit()?;
        Outlet::commit(self);
        Ok(())
    }

    #[inline]
    fn sent(&mut self) -> bool {
        Outlet::sent(self)
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
    fn check(&self, (): &()) -> Result {
        Ok(())
    }

    #[inline]
    fn push(&mut self, (): &mut ()) -> Result {
        Ok(())
    }

    fn withdraw(&mut self) {}

    fn commit(&mut self) -> Result {
        Ok(())
    }

    #[inline]
    fn sent(&mut self) -> bool {
        false
    }
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

            fn check(&self, ports: &Self::Ports) -> $crate::Result {
                $(let (port, ports) = ports; <$crate::Outlet<$message> as $crate::Outputs>::check(&self.$port, port)?;)+
                let () = ports;
                ::std::result::Result::Ok(())
            }

            fn push(&mut self, ports: &mut Self::Ports) -> $crate::Result {
                $(let (port, ports) = ports; <$crate::Outlet<$message> as $crate::Outputs>::push(&mut self.$port, port)?;)+
                let () = ports;
                ::std::result::Result::Ok(())
            }

            fn withdraw(&mut self) {
                $(<$crate::Outlet<$message> as $crate::Outputs>::withdraw(&mut self.$port);)+
            }

            fn commit(&mut self) -> $crate::Result {
                $(<$crate::Outlet<$message> as $crate::Outputs>::commit(&mut self.$port)?;)+
                ::std::result::Result::Ok(())
            }

            fn sent(&mut self) -> bool {
                let mut sent = false;
                $(sent |= <$crate::Outlet<$message> as $crate::Outputs>::sent(&mut self.$port);)+
                sent
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
