//! Chapter 3: a link, and the room in the mailbox at its end.

mod asking;
mod leaving;
