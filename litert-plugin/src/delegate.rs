//! The delegate as LiteRT drives it: it claims nodes of a graph, and makes a kernel of each partition of them.

use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use crate::abi::{self, Context, DelegateParams, IntArray, Registration, Status};
use crate::border::guarded;
use crate::claim::Claims;
use crate::graph::Translation;
use crate::host::Host;
use crate::kernel::Kernel;
use crate::settings::Settings;

/// What a delegate keeps. It may serve several interpreters at once, and keeps nothing of a graph once that is prepared.
pub(crate) struct Plugin {
    settings: Arc<Settings>,
    /// The graphs that are being prepared, for the kernels that LiteRT initializes meanwhile.
    preparing: Mutex<HashMap<usize, Preparation>>,
}

/// A graph that is being prepared.
struct Preparation {
    translation: Arc<Translation>,
    kernels: i32,
}

/// What LiteRT keeps of a partition: its kernel, or why there is none.
type KernelData = Result<Kernel, String>;

impl Plugin {
    /// A delegate as LiteRT takes it, to be given back to [`Plugin::destroy`].
    pub(crate) fn create(settings: Settings) -> *mut abi::Delegate {
        let plugin = Box::new(Plugin {
            settings: Arc::new(settings),
            preparing: Mutex::default(),
        });
        Box::into_raw(Box::new(abi::Delegate {
            data: Box::into_raw(plugin).cast(),
            prepare: Some(prepare),
            buffer_handles: [std::ptr::null(); 3],
            flags: abi::ALLOW_DYNAMIC_TENSORS,
            opaque_builder: std::ptr::null_mut(),
        }))
    }

    /// Frees a delegate.
    ///
    /// # Safety
    /// `delegate` is null, or from [`Plugin::create`] and not used again.
    pub(crate) unsafe fn destroy(delegate: *mut abi::Delegate) {
        if delegate.is_null() {
            return;
        }
        // SAFETY: both were made by `create` and are freed here alone.
        unsafe {
            let delegate = Box::from_raw(delegate);
            drop(Box::from_raw(delegate.data.cast::<Plugin>()));
        }
    }

    /// The delegate's own part.
    ///
    /// # Safety
    /// `delegate` is null, or from [`Plugin::create`] and not destroyed in the lifetime.
    unsafe fn of<'a>(delegate: *const abi::Delegate) -> Result<&'a Plugin, String> {
        // SAFETY: as the caller says, and `data` is what `create` made.
        let plugin = unsafe {
            delegate
                .as_ref()
                .and_then(|delegate| delegate.data.cast::<Plugin>().as_ref())
        };
        plugin.ok_or_else(|| "LiteRT names no delegate".to_owned())
    }

    /// Claims nodes of a graph.
    fn prepare(&self, host: Host<'_>, delegate: *mut abi::Delegate) -> Result<(), String> {
        host.expect_known_layout()?;
        // SAFETY: the translation is shared with kernels alone, which LiteRT frees before an interpreter's model may go.
        let mut translation = unsafe { Translation::new(host)? };
        let partitions = &self.settings.options.partitions;
        let claims = Claims::new(&mut translation, &self.settings.delegates(), partitions)?;
        self.settings.accept_claims(&claims)?;
        let preparation = Preparation {
            translation: Arc::new(translation),
            kernels: 0,
        };
        self.with_preparations(|preparing| preparing.insert(host.key(), preparation));
        let replaced = host.replace(&claims.nodes, registration(), delegate);
        let preparation = self.with_preparations(|preparing| preparing.remove(&host.key()));
        replaced?;
        let kernels = preparation.map_or(0, |preparation| preparation.kernels);
        self.settings.say_claimed(&claims, kernels);
        Ok(())
    }

    /// The kernel of a partition of a graph that is being prepared.
    fn kernel(&self, host: Host<'_>, nodes: &[i32], outputs: &[i32]) -> Result<Kernel, String> {
        let translation = self.with_preparations(|preparing| {
            let preparation = preparing.get_mut(&host.key())?;
            preparation.kernels += 1;
            Some(Arc::clone(&preparation.translation))
        });
        let translation = translation
            .ok_or("LiteRT initializes a kernel of a graph that is not being prepared")?;
        let model = translation.partition(nodes, outputs)?;
        Ok(Kernel::new(model, Arc::clone(&self.settings)))
    }

    fn with_preparations<T>(&self, act: impl FnOnce(&mut HashMap<usize, Preparation>) -> T) -> T {
        act(&mut self
            .preparing
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

/// The functions of the kernels.
fn registration() -> Registration {
    Registration {
        init: Some(init_kernel),
        free: Some(free_kernel),
        prepare: Some(prepare_kernel),
        invoke: Some(invoke_kernel),
        profiling_string: std::ptr::null(),
        builtin_code: 0,
        custom_name: c"demilite".as_ptr(),
        version: 1,
        external: std::ptr::null_mut(),
        async_kernel: std::ptr::null(),
        inplace_operator: 0,
    }
}

unsafe extern "C" fn prepare(context: *mut Context, delegate: *mut abi::Delegate) -> Status {
    // SAFETY: LiteRT hands over its context, and this delegate.
    unsafe {
        guarded(context, |host| {
            Plugin::of(delegate)?.prepare(host, delegate)
        })
    }
}

unsafe extern "C" fn init_kernel(
    context: *mut Context,
    buffer: *const c_char,
    _length: usize,
) -> *mut c_void {
    let mut data: KernelData = Err("LiteRT did not initialize it".to_owned());
    // SAFETY: LiteRT hands over its context, and the parameters of a delegate's kernel as the buffer.
    unsafe {
        guarded(context, |host| {
            let params = buffer.cast::<DelegateParams>().as_ref();
            let params = params.ok_or("LiteRT names no nodes")?;
            let nodes = IntArray::elements(params.nodes_to_replace);
            let outputs = IntArray::elements(params.output_tensors);
            let kernel = Plugin::of(params.delegate)?.kernel(host, nodes, outputs);
            data = kernel;
            Ok(())
        });
    }
    Box::into_raw(Box::new(data)).cast()
}

unsafe extern "C" fn free_kernel(context: *mut Context, data: *mut c_void) {
    if data.is_null() {
        return;
    }
    // SAFETY: LiteRT hands over what `init_kernel` made, once.
    unsafe {
        guarded(context, |_| {
            drop(Box::from_raw(data.cast::<KernelData>()));
            Ok(())
        });
    }
}

unsafe extern "C" fn prepare_kernel(context: *mut Context, node: *mut abi::Node) -> Status {
    // SAFETY: LiteRT hands over its context and a node of this delegate.
    unsafe { guarded(context, |host| kernel_of(node)?.prepare(host)) }
}

unsafe extern "C" fn invoke_kernel(context: *mut Context, node: *mut abi::Node) -> Status {
    // SAFETY: LiteRT hands over its context and a node of this delegate.
    unsafe { guarded(context, |host| kernel_of(node)?.invoke(host)) }
}

/// The kernel of a node.
///
/// # Safety
/// The node is one of this delegate's, and nobody else uses it in the lifetime.
unsafe fn kernel_of<'a>(node: *mut abi::Node) -> Result<&'a mut Kernel, String> {
    // SAFETY: as the caller says, and `user_data` is what `init_kernel` made.
    let data = unsafe {
        node.as_ref()
            .and_then(|node| node.user_data.cast::<KernelData>().as_mut())
    };
    let data = data.ok_or("LiteRT names no kernel")?;
    data.as_mut().map_err(|reason| reason.clone())
}
