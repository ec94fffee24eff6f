//! Kernels of the GPU that are chosen by measuring them.

use clap::ValueEnum;
use demilite::Selection;
use demilite::gpu::{GpuContext, Tune, TunedKernel};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// `--tune`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TuneArgument {
    Off,
    Quick,
    Full,
}

impl TuneArgument {
    pub(crate) fn tune(self) -> Tune {
        match self {
            TuneArgument::Off => Tune::Off,
            TuneArgument::Quick => Tune::Quick,
            TuneArgument::Full => Tune::Full,
        }
    }
}

/// Shows how far searches are, where there is a terminal.
pub(crate) fn show_search(context: &GpuContext) {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} measuring kernels");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    context.observe_tuning(move |measured, all| {
        if measured == 0 {
            bar.reset();
        }
        bar.set_length(all as u64);
        bar.set_position(measured as u64);
        if measured == all {
            bar.finish_and_clear();
        }
    });
}

/// A [`TunedKernel`] under the same names.
#[derive(Serialize)]
pub(crate) struct TunedReport {
    layers: String,
    kernel: String,
    instead_of: String,
}

impl TunedReport {
    /// The kernels that were measured to be faster than those that suit adapters of the kind.
    pub(crate) fn all(selection: &Selection) -> Vec<Self> {
        let context = selection.context.as_ref();
        let kernels = context.map(|context| context.tuned_kernels());
        let reported = |kernel: TunedKernel| TunedReport {
            layers: kernel.layers,
            kernel: kernel.kernel,
            instead_of: kernel.instead_of,
        };
        kernels.into_iter().flatten().map(reported).collect()
    }

    pub(crate) fn words(&self) -> String {
        let TunedReport {
            layers,
            kernel,
            instead_of,
        } = self;
        format!("tuned: {layers}: {kernel}, not {instead_of}")
    }
}
