//! What a delegate was made with, which its kernels share.

use std::ffi::c_int;
use std::sync::Arc;

use demilite::cpu::CpuOptions;
use demilite::gpu::GpuOptions;
use demilite::{
    Delegate, DelegateOptions, NodeId, Selection, SelectionError, Session, delegates_with,
};

use crate::claim::Claims;
use crate::options::{Log, Options};

/// The delegates of demilite that run nodes, and what the user asked for.
pub(crate) struct Settings {
    pub(crate) options: Options,
    selection: Selection,
}

impl Settings {
    /// Opens what the options ask for.
    ///
    /// # Errors
    /// Where there is no such adapter, or no threads.
    pub(crate) fn new(options: Options) -> Result<Self, SelectionError> {
        let gpu = GpuOptions::default()
            .adapter(options.adapter.clone())
            .precision(options.precision)
            .tune(options.tune)
            .pipeline_cache(options.pipeline_cache.clone());
        let cpu = match options.threads {
            Some(threads) => CpuOptions::default().with_threads(threads),
            None => CpuOptions::default(),
        };
        let wanted = DelegateOptions::default().gpu(gpu).cpu(cpu);
        let selection = delegates_with(options.backend, wanted)?;
        let settings = Settings { options, selection };
        if let Some(reason) = &settings.selection.without_gpu {
            settings.say(Log::Graphs, || format!("no GPU: {reason}"));
        }
        Ok(settings)
    }

    /// The delegates in order of preference. The first one claims nodes; the others run what it leaves of a partition.
    pub(crate) fn delegates(&self) -> Vec<Arc<dyn Delegate>> {
        self.selection.delegates.clone()
    }

    /// The name of the delegate that claims nodes.
    pub(crate) fn backend(&self) -> &str {
        let first = self.selection.delegates.first();
        first.map_or("nobody", |delegate| delegate.name())
    }

    /// Says something on the standard error where the user asked for as much.
    pub(crate) fn say(&self, level: Log, message: impl FnOnce() -> String) {
        if self.options.log >= level {
            eprintln!("demilite: {}", message());
        }
    }

    /// Says what is claimed of a graph.
    ///
    /// # Errors
    /// Where a node stays with LiteRT and the user wants none to.
    pub(crate) fn accept_claims(&self, claims: &Claims) -> Result<(), String> {
        let lines = claims.left.iter().map(|left| {
            format!(
                "node {} ({}) stays with LiteRT: {}",
                left.index, left.op, left.reason
            )
        });
        if self.options.strict && !claims.left.is_empty() {
            let all: Vec<String> = lines.collect();
            let count = all.len();
            return Err(format!(
                "strict, and {count} nodes are not run by {}: {}",
                self.backend(),
                some_of(&all)
            ));
        }
        for line in lines {
            self.say(Log::Nodes, || line);
        }
        Ok(())
    }

    /// Says how many nodes of a graph are claimed.
    pub(crate) fn say_claimed(&self, claims: &Claims, kernels: c_int) {
        let (claimed, left) = (claims.nodes.len(), claims.left.len());
        self.say(Log::Graphs, || {
            format!(
                "{claimed} of {} nodes run on {}, in {kernels} partitions",
                claimed + left,
                self.backend()
            )
        });
    }

    /// Looks at who runs the nodes of a partition.
    ///
    /// # Errors
    /// Where that is somebody else than claimed them and the user is strict.
    pub(crate) fn accept(&self, session: &Session) -> Result<(), String> {
        let plan = session.plan();
        let elsewhere = session
            .graph()
            .node_ids()
            .filter(|&id| plan.delegates_of(id).any(|delegate| delegate > 0));
        let line = |id: NodeId| {
            let rejections = &plan.placements[id.0].rejections;
            let reasons: Vec<String> = rejections
                .iter()
                .map(|(_, reject)| reject.to_string())
                .collect();
            let runner = plan
                .delegates_of(id)
                .find_map(|index| plan.delegates.get(index));
            let runner = runner.map_or("nobody", String::as_str);
            let op = session.graph().node(id).op.name();
            format!("{op} runs on {runner}: {}", reasons.join("; "))
        };
        let lines: Vec<String> = elsewhere.map(line).collect();
        if self.options.strict && !lines.is_empty() {
            return Err(format!(
                "strict, and {} nodes are not run by {}: {}",
                lines.len(),
                self.backend(),
                some_of(&lines)
            ));
        }
        for line in lines {
            self.say(Log::Nodes, || line);
        }
        Ok(())
    }
}

/// The first few lines, as one.
fn some_of(lines: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut shown = lines[..lines.len().min(SHOWN)].join("; ");
    if lines.len() > SHOWN {
        shown += &format!("; and {} more", lines.len() - SHOWN);
    }
    shown
}
