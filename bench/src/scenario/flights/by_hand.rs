//! What somebody would write without Tidegate.

use super::row::{Carriers, Flight, add, open};
use crate::peer::CAPACITY;
use crate::peer::tasks::runtime;
use rayon::prelude::*;
use std::io::BufRead;
use std::path::Path;
use tidegate::Result;
use tokio::sync::mpsc;

/// A task that reads, one that parses, one that adds up; so many rows travel together.
///
/// # Errors
/// When the file cannot be read, or is not what it should be.
pub fn with_tokio(path: &Path, workers: usize, together: usize) -> Result<Carriers> {
    let mut lines = open(path)?.lines();
    runtime(workers)?.block_on(async move {
        let (read, mut unparsed) = mpsc::channel::<Vec<String>>((CAPACITY / together).max(1));
        let (parsed, mut flights) = mpsc::channel::<Vec<Flight>>((CAPACITY / together).max(1));
        let reader = tokio::spawn(async move {
            lines.next().transpose()?;
            loop {
                let batch: Vec<String> = lines.by_ref().take(together).collect::<std::io::Result<_>>()?;
                if batch.is_empty() || read.send(batch).await.is_err() {
                    return Result::<()>::Ok(());
                }
            }
        });
        let parser = tokio::spawn(async move {
            while let Some(batch) = unparsed.recv().await {
                let mut rows = Vec::with_capacity(batch.len());
                for line in &batch {
                    rows.push(Flight::parse(line)?);
                }
                if parsed.send(rows).await.is_err() {
                    break;
                }
            }
            Result::<()>::Ok(())
        });
        let sum = tokio::spawn(async move {
            let mut carriers = Carriers::new();
            while let Some(rows) = flights.recv().await {
                for flight in rows {
                    if let Some(delay) = flight.delay() {
                        add(&mut carriers, flight.carrier(), delay);
                    }
                }
            }
            carriers
        });
        reader.await??;
        parser.await??;
        Ok(sum.await?)
    })
}

/// All lines at once, in parallel.
///
/// # Errors
/// When the file cannot be read, or is not what it should be.
pub fn with_rayon(path: &Path) -> Result<Carriers> {
    let text = std::fs::read_to_string(path)?;
    let (_, rows) = text.split_once('\n').ok_or("the file has no header")?;
    let carriers = rows.par_lines().try_fold(Carriers::new, |mut carriers, line| {
        let flight = Flight::parse(line).map_err(|error| error.to_string())?;
        if let Some(delay) = flight.delay() {
            add(&mut carriers, flight.carrier(), delay);
        }
        Ok::<_, String>(carriers)
    });
    let merged = carriers.try_reduce(Carriers::new, |mut all, some| {
        for (carrier, (flights, delays)) in some {
            let total = all.entry(carrier).or_default();
            *total = (total.0 + flights, total.1 + delays);
        }
        Ok(all)
    });
    Ok(merged?)
}
