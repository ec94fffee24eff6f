//! The clock around invocations.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use demilite::gpu::GpuContext;
use demilite::{NodeId, Session, Value};
use indicatif::ProgressBar;

use crate::failure::Failure;

/// How long invocations took.
pub(super) type Latencies = Vec<Duration>;

/// Who runs invocations.
pub(super) struct Runner<'a> {
    pub(super) session: &'a mut Session,
    pub(super) inputs: &'a [Value],
    /// The device, where nobody else uses it.
    pub(super) device: Option<&'a GpuContext>,
    pub(super) progress: &'a ProgressBar,
}

/// What invocations took.
#[derive(Default)]
pub(super) struct Measurement {
    pub(super) latencies: Latencies,
    /// The same without the time that they waited for the device.
    pub(super) on_host: Latencies,
}

/// Times of nodes and partitions over several invocations.
#[derive(Default)]
pub(super) struct NodeTimes {
    /// The median of each node, where its delegate measures that.
    pub(super) nodes: BTreeMap<NodeId, Duration>,
    /// The median of each partition.
    pub(super) partitions: Vec<Duration>,
    /// The last invocation.
    pub(super) last: demilite::Profile,
}

/// Runs a session and measures all but the first `warmup` invocations.
pub(super) fn measure(runner: Runner<'_>, warmup: u32, runs: u32) -> Result<Measurement, Failure> {
    let Runner {
        session,
        inputs,
        device,
        progress,
    } = runner;
    for _ in 0..warmup {
        timed(session, inputs, progress)?;
    }
    let mut measurement = Measurement::default();
    for _ in 0..runs {
        let before = device.map(GpuContext::waited);
        let latency = timed(session, inputs, progress)?;
        measurement.latencies.push(latency);
        if let (Some(device), Some(before)) = (device, before) {
            let waited = device.waited().saturating_sub(before);
            measurement.on_host.push(latency.saturating_sub(waited));
        }
    }
    Ok(measurement)
}

/// The median time of each node and of each partition over `runs` invocations; nothing of none.
pub(super) fn profile(
    session: &mut Session,
    inputs: &[Value],
    runs: u32,
    progress: &ProgressBar,
) -> Result<NodeTimes, Failure> {
    if runs == 0 {
        return Ok(NodeTimes::default());
    }
    session.set_profiling(true);
    let mut nodes: BTreeMap<NodeId, Latencies> = BTreeMap::new();
    let mut partitions = vec![Vec::new(); session.plan().partitions.len()];
    let mut times = NodeTimes::default();
    for _ in 0..runs {
        timed(session, inputs, progress)?;
        let Some(profile) = session.profile() else {
            continue;
        };
        if profile.partitions.len() != partitions.len() {
            // A device failed, and the graph is split otherwise from here on.
            partitions = vec![Vec::new(); profile.partitions.len()];
            nodes.clear();
        }
        for &(node, time) in &profile.nodes {
            nodes.entry(node).or_default().push(time);
        }
        for (times, &time) in std::iter::zip(&mut partitions, &profile.partitions) {
            times.push(time);
        }
        times.last = profile.clone();
    }
    session.set_profiling(false);
    let median = |mut times: Latencies| {
        times.sort();
        quantile(&times, 1, 2)
    };
    times.nodes = nodes
        .into_iter()
        .map(|(node, times)| (node, median(times)))
        .collect();
    times.partitions = partitions.into_iter().map(median).collect();
    Ok(times)
}

fn timed(
    session: &mut Session,
    inputs: &[Value],
    progress: &ProgressBar,
) -> Result<Duration, Failure> {
    let started = Instant::now();
    let result = session.run(inputs);
    let elapsed = started.elapsed();
    progress.inc(1);
    match result {
        Ok(_) => Ok(elapsed),
        Err(error) => Err(Failure::run(session.model(), error)),
    }
}

/// The value at `part / parts` of sorted times, the mean of the two nearest where it lies between;
/// zero where there are none.
pub(super) fn quantile(sorted: &[Duration], part: usize, parts: usize) -> Duration {
    let Some(last) = sorted.len().checked_sub(1) else {
        return Duration::ZERO;
    };
    let place = last * part;
    (sorted[place / parts] + sorted[place.div_ceil(parts)]) / 2
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::quantile;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let times = [1, 2, 4, 8].map(Duration::from_millis);
        assert_eq!(quantile(&times, 1, 2), Duration::from_millis(3));
        assert_eq!(quantile(&times[..3], 1, 2), Duration::from_millis(2));
        assert_eq!(quantile(&times, 0, 4), Duration::from_millis(1));
        assert_eq!(quantile(&times, 4, 4), Duration::from_millis(8));
        assert_eq!(quantile(&times[..1], 3, 4), Duration::from_millis(1));
    }
}
