//! Which delegates run a model.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use demilite_core::Delegate;

/// Which delegates are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DelegateChoice {
    /// The GPU where there is one, the CPU for the rest. A software adapter is taken only where the options name it: it computes on
    /// the CPU, and slower than the CPU's own delegates.
    #[default]
    Auto,
    /// The GPU or a software adapter, the CPU for the rest; an error where there is neither.
    Gpu,
    /// The fastest delegates of the CPU.
    Cpu,
    /// The reference backend alone.
    Reference,
}

impl DelegateChoice {
    /// Every choice.
    pub const ALL: [DelegateChoice; 4] = [
        DelegateChoice::Auto,
        DelegateChoice::Gpu,
        DelegateChoice::Cpu,
        DelegateChoice::Reference,
    ];

    /// The name on a command line, such as `auto`.
    pub fn name(self) -> &'static str {
        match self {
            DelegateChoice::Auto => "auto",
            DelegateChoice::Gpu => "gpu",
            DelegateChoice::Cpu => "cpu",
            DelegateChoice::Reference => "reference",
        }
    }
}

impl fmt::Display for DelegateChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no [`DelegateChoice`] has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are no delegates {name:?}: choose auto, gpu, cpu or reference")]
pub struct UnknownDelegate {
    /// The name.
    pub name: String,
}

impl FromStr for DelegateChoice {
    type Err = UnknownDelegate;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let mut choices = DelegateChoice::ALL.into_iter();
        let found = choices.find(|choice| choice.name() == name);
        found.ok_or_else(|| UnknownDelegate {
            name: name.to_owned(),
        })
    }
}

/// What a GPU delegate runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adapter {
    /// The name that the driver gives.
    pub name: String,
    /// The graphics interface: `vulkan`, `metal`, `dx12`.
    pub backend: String,
    /// Whether it computes on the CPU.
    pub is_software: bool,
}

#[cfg(feature = "gpu")]
impl From<&demilite_gpu::AdapterDescription> for Adapter {
    fn from(adapter: &demilite_gpu::AdapterDescription) -> Self {
        Adapter {
            name: adapter.name.clone(),
            backend: adapter.backend.clone(),
            is_software: adapter.kind == demilite_gpu::AdapterKind::Cpu,
        }
    }
}

/// Delegates in order of preference, for [`SessionBuilder::delegates`](crate::SessionBuilder::delegates).
#[derive(Debug)]
#[non_exhaustive]
pub struct Selection {
    /// The delegates, the first preferred; the last takes what the others leave.
    pub delegates: Vec<Arc<dyn Delegate>>,
    /// The adapter that the GPU delegate runs on, where there is one among the delegates.
    pub adapter: Option<Adapter>,
    /// The device of that delegate, which describes its adapter in full.
    #[cfg(feature = "gpu")]
    pub context: Option<Arc<demilite_gpu::GpuContext>>,
    /// Why [`DelegateChoice::Auto`] left the GPU out.
    pub without_gpu: Option<SelectionError>,
}

/// Why the delegates wanted are not to be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// A backend that this build lacks.
    #[error("this build has no {backend} backend: build it with the feature `{backend}`")]
    NotBuilt {
        /// The backend, which is the name of the feature too.
        backend: &'static str,
    },
    /// The only adapter is software, which [`DelegateChoice::Auto`] does not take by itself.
    #[cfg(feature = "gpu")]
    #[error(
        "the adapter {name} is software on the CPU, and slower than the CPU's own delegates: \
         `gpu` takes it all the same"
    )]
    SoftwareAdapter {
        /// The adapter's name.
        name: String,
    },
    /// No adapter, not the one asked for, or one that gives no device.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] demilite_gpu::GpuError),
}

/// How delegates are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DelegateOptions {
    /// The device that the GPU delegate opens, where a choice has one in it.
    #[cfg(feature = "gpu")]
    pub gpu: demilite_gpu::GpuOptions,
    /// The delegate that takes what the others leave, with the custom ops that it is to run.
    #[cfg(feature = "cpu")]
    pub reference: demilite_cpu_reference::ReferenceDelegate,
}

impl Default for DelegateOptions {
    /// The fastest device, and the custom ops of [`custom_ops`](crate::custom_ops).
    fn default() -> Self {
        DelegateOptions {
            #[cfg(feature = "gpu")]
            gpu: demilite_gpu::GpuOptions::default(),
            #[cfg(feature = "cpu")]
            reference: demilite_custom_ops::reference(),
        }
    }
}

impl DelegateOptions {
    /// The device that the GPU delegate opens.
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn gpu(mut self, options: demilite_gpu::GpuOptions) -> Self {
        self.gpu = options;
        self
    }

    /// The delegate that takes what the others leave.
    #[cfg(feature = "cpu")]
    #[must_use]
    pub fn reference(mut self, delegate: demilite_cpu_reference::ReferenceDelegate) -> Self {
        self.reference = delegate;
        self
    }
}

/// The delegates of a choice: the GPU's on the fastest adapter, no custom ops but those that need no
/// registration.
///
/// # Errors
/// A [`SelectionError`] where a delegate that the choice insists on is not to be had.
pub fn delegates_for(choice: DelegateChoice) -> Result<Selection, SelectionError> {
    delegates_with(choice, DelegateOptions::default())
}

/// The delegates of a choice, made in this way.
///
/// # Errors
/// A [`SelectionError`] where a delegate that the choice insists on is not to be had, and for
/// [`DelegateChoice::Auto`] where `options` ask for an adapter that is not there.
#[cfg(not(feature = "gpu"))]
pub fn delegates_with(
    choice: DelegateChoice,
    options: DelegateOptions,
) -> Result<Selection, SelectionError> {
    let not_built = SelectionError::NotBuilt { backend: "gpu" };
    let without_gpu = match choice {
        DelegateChoice::Auto => Some(not_built),
        DelegateChoice::Gpu => return Err(not_built),
        DelegateChoice::Cpu | DelegateChoice::Reference => None,
    };
    Ok(Selection {
        delegates: cpu_delegates(options)?,
        adapter: None,
        without_gpu,
    })
}

/// The delegates of a choice, made in this way.
///
/// # Errors
/// A [`SelectionError`] where a delegate that the choice insists on is not to be had, and for
/// [`DelegateChoice::Auto`] where `options` ask for an adapter that is not there.
#[cfg(feature = "gpu")]
pub fn delegates_with(
    choice: DelegateChoice,
    options: DelegateOptions,
) -> Result<Selection, SelectionError> {
    let names_an_adapter = options.gpu.adapter != demilite_gpu::AdapterChoice::Fastest;
    let gpu = match choice {
        DelegateChoice::Auto | DelegateChoice::Gpu => {
            Some(demilite_gpu::GpuDelegate::open(options.gpu.clone()))
        }
        DelegateChoice::Cpu | DelegateChoice::Reference => None,
    };
    let (gpu, without_gpu) = match gpu {
        Some(Err(error)) if choice == DelegateChoice::Auto && !names_an_adapter => {
            (None, Some(error.into()))
        }
        Some(opened) => {
            let gpu = opened?;
            match left_out(gpu.context().adapter()) {
                Some(error) if choice == DelegateChoice::Auto && !names_an_adapter => {
                    (None, Some(error))
                }
                _ => (Some(gpu), None),
            }
        }
        None => (None, None),
    };
    let context = gpu.as_ref().map(|gpu| Arc::clone(gpu.context()));
    let mut delegates: Vec<Arc<dyn Delegate>> = Vec::new();
    if let Some(gpu) = gpu {
        delegates.push(Arc::new(gpu));
    }
    delegates.extend(cpu_delegates(options)?);
    Ok(Selection {
        delegates,
        adapter: context.as_ref().map(|context| context.adapter().into()),
        context,
        without_gpu,
    })
}

/// Why an adapter is not taken unless somebody asks for it.
#[cfg(feature = "gpu")]
fn left_out(adapter: &demilite_gpu::AdapterDescription) -> Option<SelectionError> {
    let is_software = adapter.kind == demilite_gpu::AdapterKind::Cpu;
    is_software.then(|| SelectionError::SoftwareAdapter {
        name: adapter.name.clone(),
    })
}

#[cfg(feature = "cpu")]
fn cpu_delegates(options: DelegateOptions) -> Result<Vec<Arc<dyn Delegate>>, SelectionError> {
    Ok(vec![Arc::new(options.reference)])
}

#[cfg(not(feature = "cpu"))]
fn cpu_delegates(_: DelegateOptions) -> Result<Vec<Arc<dyn Delegate>>, SelectionError> {
    Err(SelectionError::NotBuilt { backend: "cpu" })
}

#[cfg(test)]
mod tests {
    use super::DelegateChoice;

    #[test]
    fn names_and_choices_go_both_ways() {
        for choice in DelegateChoice::ALL {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        let error = "tpu".parse::<DelegateChoice>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there are no delegates \"tpu\": choose auto, gpu, cpu or reference"
        );
    }

    #[cfg(all(feature = "gpu", feature = "cpu"))]
    #[test]
    fn software_adapters_are_taken_only_where_they_are_asked_for() {
        use demilite_gpu::AdapterKind;

        use super::{DelegateOptions, SelectionError, delegates_for, delegates_with, left_out};

        let adapters = demilite_gpu::adapters();
        let Some(first) = adapters.first() else {
            return demilite_needs::skip(demilite_needs::Need::Gpu, "no adapter");
        };
        for kind in [
            AdapterKind::Discrete,
            AdapterKind::Integrated,
            AdapterKind::Virtual,
        ] {
            let mut adapter = first.clone();
            adapter.kind = kind;
            assert!(left_out(&adapter).is_none());
        }
        if adapters
            .iter()
            .any(|adapter| adapter.kind != AdapterKind::Cpu)
        {
            return demilite_needs::leave_out("the machine has a GPU");
        }
        let automatic = delegates_for(DelegateChoice::Auto).unwrap();
        assert!(automatic.adapter.is_none() && automatic.delegates.len() == 1);
        assert!(matches!(
            automatic.without_gpu,
            Some(SelectionError::SoftwareAdapter { .. })
        ));
        let mut options = DelegateOptions::default();
        options.gpu.adapter = demilite_gpu::AdapterChoice::Index(0);
        for selection in [
            delegates_for(DelegateChoice::Gpu),
            delegates_with(DelegateChoice::Auto, options),
        ] {
            assert_eq!(selection.unwrap().delegates[0].name(), "gpu");
        }
    }
}
