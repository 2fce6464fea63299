//! The classic graph of the streams tutorials: 1 to 1000, a buffer of 10 that backpressures, times two, an
//! asynchronous boundary, printed.
//!
//! `cargo run --example akka_buffer`

use tidegate::prelude::*;

fn main() -> Result {
    let report = Topology::new("akka-buffer")
        // Two threads: everything up to `double` on one, `print` on the other. That is the asynchronous boundary.
        .arbiters(2)
        .producer("numbers", iter(1..=1000u64))
        .arbiter(0)
        .stage("double", map(|n: u64| n * 2))
        .arbiter(0)
        .mailbox(MailboxOptions::capacity(10).overflow(Overflow::Backpressure))
        .consumer("print", for_each(|n: u64| println!("{n}")))
        .arbiter(1)
        // As large as the buffer that Akka puts at such a boundary.
        .mailbox(MailboxOptions::capacity(16))
        .start()?
        .join();
    for (name, actor) in &report.actors {
        if let Some(mailbox) = &actor.mailbox {
            eprintln!(
                "the mailbox of `{name}` held at most {} of {}; Backpressure {} times, Resume {} times",
                mailbox.peak, mailbox.capacity, mailbox.backpressure_signals, mailbox.resume_signals
            );
        }
    }
    Ok(())
}
