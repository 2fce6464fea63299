//! A recording, made in virtual time: each is the same.

use crate::orders::{Pace, orders};
use std::time::Duration;
use tidegate::testkit;
use tidegate_monitor::Description;
use tidegate_monitor::recording::{Recording, Writer};

/// The last second of it.
pub const END: u64 = 30;

/// Half a minute of the topology `orders`: `store` becomes slow at 8 s and fast again at 20 s.
pub fn half_a_minute() -> Recording {
    let written = testkit::virtual_time(async {
        let pace = Pace::default();
        let topology = orders(&pace);
        let description = Description::of(&topology);
        let running = testkit::start(topology);
        let watch = running.watch();
        let mut writer = Writer::new(Vec::new(), &description).expect("it is written to memory");
        let mut last = 0;
        for second in 0..=END {
            match second {
                8 => pace.set(40),
                20 => pace.set(0),
                _ => {}
            }
            testkit::settle().await;
            let signals = watch.signals_after(last);
            assert_eq!(signals.missed, 0);
            last = signals.last;
            for signal in signals.records {
                writer.signal(signal).expect("it is written to memory");
            }
            writer.snapshot(&watch.snapshot()).expect("it is written to memory");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        running.stop();
        writer.finish().expect("it is written to memory")
    });
    Recording::read("half a minute".into(), written).expect("a recording")
}
