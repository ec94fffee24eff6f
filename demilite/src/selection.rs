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
    /// The fast CPU delegate, the reference backend for the rest.
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
#[error("{name:?} is not a choice of delegates: choose auto, gpu, cpu or reference")]
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
    /// The fast CPU delegate, where it is among the delegates.
    #[cfg(feature = "cpu")]
    pub cpu: Option<demilite_cpu::CpuDelegate>,
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
    /// Instructions that the processor lacks, or threads that the system does not give.
    #[cfg(feature = "cpu")]
    #[error(transparent)]
    Cpu(#[from] demilite_cpu::CpuError),
}

/// How delegates are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DelegateOptions {
    /// The device that the GPU delegate opens, where a choice has one in it.
    #[cfg(feature = "gpu")]
    pub gpu: demilite_gpu::GpuOptions,
    /// The threads and instructions of the fast CPU delegate, where a choice has it.
    #[cfg(feature = "cpu")]
    pub cpu: demilite_cpu::CpuOptions,
    /// The delegate that takes what the others leave, with the custom ops that it is to run.
    #[cfg(feature = "cpu")]
    pub reference: demilite_cpu_reference::ReferenceDelegate,
}

impl Default for DelegateOptions {
    /// The fastest device, all threads, and the custom ops of [`custom_ops`](crate::custom_ops).
    fn default() -> Self {
        DelegateOptions {
            #[cfg(feature = "gpu")]
            gpu: demilite_gpu::GpuOptions::default(),
            #[cfg(feature = "cpu")]
            cpu: demilite_cpu::CpuOptions::default(),
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

    /// The threads and instructions of the fast CPU delegate.
    #[cfg(feature = "cpu")]
    #[must_use]
    pub fn cpu(mut self, options: demilite_cpu::CpuOptions) -> Self {
        self.cpu = options;
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
pub fn delegates_with(
    choice: DelegateChoice,
    options: DelegateOptions,
) -> Result<Selection, SelectionError> {
    let mut selection = Selection {
        delegates: Vec::new(),
        adapter: None,
        #[cfg(feature = "gpu")]
        context: None,
        #[cfg(feature = "cpu")]
        cpu: None,
        without_gpu: None,
    };
    match choice {
        DelegateChoice::Auto => selection.without_gpu = selection.add_gpu(&options, true)?,
        DelegateChoice::Gpu => selection.without_gpu = selection.add_gpu(&options, false)?,
        DelegateChoice::Cpu | DelegateChoice::Reference => {}
    }
    selection.add_cpu(choice, options)?;
    Ok(selection)
}

impl Selection {
    /// Adds the GPU's delegate, or says why it is left out where that is `optional`.
    #[cfg(feature = "gpu")]
    fn add_gpu(
        &mut self,
        options: &DelegateOptions,
        optional: bool,
    ) -> Result<Option<SelectionError>, SelectionError> {
        let is_named = options.gpu.adapter != demilite_gpu::AdapterChoice::Fastest;
        let gpu = match demilite_gpu::GpuDelegate::open(options.gpu.clone()) {
            Err(error) if optional && !is_named => return Ok(Some(error.into())),
            opened => opened?,
        };
        let context = gpu.context();
        if optional
            && !is_named
            && let Some(error) = left_out(context.adapter())
        {
            return Ok(Some(error));
        }
        self.adapter = Some(context.adapter().into());
        self.context = Some(Arc::clone(context));
        self.delegates.push(Arc::new(gpu));
        Ok(None)
    }

    #[cfg(not(feature = "gpu"))]
    fn add_gpu(
        &mut self,
        _: &DelegateOptions,
        optional: bool,
    ) -> Result<Option<SelectionError>, SelectionError> {
        let error = SelectionError::NotBuilt { backend: "gpu" };
        if optional {
            Ok(Some(error))
        } else {
            Err(error)
        }
    }

    /// Adds the delegates of the CPU.
    #[cfg(feature = "cpu")]
    fn add_cpu(
        &mut self,
        choice: DelegateChoice,
        options: DelegateOptions,
    ) -> Result<(), SelectionError> {
        if choice != DelegateChoice::Reference {
            let cpu = demilite_cpu::CpuDelegate::new(&options.cpu)?;
            self.delegates.push(Arc::new(cpu.clone()));
            self.cpu = Some(cpu);
        }
        self.delegates.push(Arc::new(options.reference));
        Ok(())
    }

    #[cfg(not(feature = "cpu"))]
    fn add_cpu(&mut self, _: DelegateChoice, _: DelegateOptions) -> Result<(), SelectionError> {
        Err(SelectionError::NotBuilt { backend: "cpu" })
    }
}

/// Why an adapter is not taken unless somebody asks for it.
#[cfg(feature = "gpu")]
fn left_out(adapter: &demilite_gpu::AdapterDescription) -> Option<SelectionError> {
    let is_software = adapter.kind == demilite_gpu::AdapterKind::Cpu;
    is_software.then(|| SelectionError::SoftwareAdapter {
        name: adapter.name.clone(),
    })
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
            "\"tpu\" is not a choice of delegates: choose auto, gpu, cpu or reference"
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
        assert!(automatic.adapter.is_none() && automatic.delegates[0].name() == "cpu");
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
