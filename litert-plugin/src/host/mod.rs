//! LiteRT's graph, as a callback may look at it: what the structs of [`crate::abi`] mean.

mod layout;
mod node;
mod tensor;

use std::ffi::{CString, c_int};
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::abi::{Context, Delegate, IntArray, OK, PaddedRegistration, Registration, Status};

pub(crate) use node::HostNode;
pub(crate) use tensor::{HostQuantization, HostTensor};

/// One graph of an interpreter, while a callback of LiteRT runs.
#[derive(Clone, Copy)]
pub(crate) struct Host<'a> {
    context: NonNull<Context>,
    callback: PhantomData<&'a ()>,
}

impl<'a> Host<'a> {
    /// The graph of a context; none for a null pointer.
    ///
    /// # Safety
    /// `context` is null or what LiteRT handed to a callback that runs for all of `'a`, and nobody else uses the interpreter meanwhile.
    pub(crate) unsafe fn new(context: *mut Context) -> Option<Self> {
        let context = NonNull::new(context)?;
        Some(Host {
            context,
            callback: PhantomData,
        })
    }

    /// A name for the graph while it lives: the address of its context.
    pub(crate) fn key(self) -> usize {
        self.context.as_ptr().addr()
    }

    /// Hands a message to the interpreter, which logs it and has it in its error.
    pub(crate) fn report(self, message: &str) {
        let text = CString::new(message.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the context is LiteRT's, and both texts end with a zero.
        unsafe {
            if let Some(report) = (*self.context.as_ptr()).report_error {
                report(
                    self.context.as_ptr(),
                    c"demilite: %s\n".as_ptr(),
                    text.as_ptr(),
                );
            }
        }
    }

    /// The indices of the nodes in the order in which they run. It may be asked while a delegate prepares.
    ///
    /// # Errors
    /// Where LiteRT does not say.
    pub(crate) fn plan(self) -> Result<Vec<c_int>, String> {
        let mut plan: *mut IntArray = std::ptr::null_mut();
        // SAFETY: the context is LiteRT's, which says where its plan lies; it is copied before anything changes it.
        unsafe {
            let get = (*self.context.as_ptr()).get_execution_plan;
            let get = get.ok_or("this runtime gives away no plan")?;
            expect_ok(get(self.context.as_ptr(), &raw mut plan), "the plan")?;
            Ok(IntArray::elements(plan).to_vec())
        }
    }

    /// A node. It may be asked while a delegate prepares.
    ///
    /// # Errors
    /// Where LiteRT does not say.
    pub(crate) fn node(self, index: c_int) -> Result<HostNode<'a>, String> {
        let mut node = std::ptr::null_mut();
        let mut registration = std::ptr::null_mut();
        // SAFETY: the context is LiteRT's, which says where the node lies; it stays while the callback runs.
        unsafe {
            let get = (*self.context.as_ptr()).get_node_and_registration;
            let get = get.ok_or("this runtime gives away no nodes")?;
            let status = get(
                self.context.as_ptr(),
                index,
                &raw mut node,
                &raw mut registration,
            );
            expect_ok(status, &format!("node {index}"))?;
            HostNode::read(index, node, registration)
        }
    }

    /// The number of tensors.
    pub(crate) fn tensors(self) -> usize {
        // SAFETY: the context is LiteRT's.
        unsafe { (*self.context.as_ptr()).tensors_size }
    }

    /// A tensor.
    ///
    /// # Errors
    /// Where there is none with this index.
    pub(crate) fn tensor(self, index: usize) -> Result<HostTensor<'a>, String> {
        let tensors = self.tensors();
        // SAFETY: the context is LiteRT's, and as many tensors as it says lie one after the other.
        unsafe {
            let first = (*self.context.as_ptr()).tensors;
            if index >= tensors || first.is_null() {
                return Err(format!(
                    "there is no tensor {index}: the graph has {tensors}"
                ));
            }
            Ok(HostTensor::new(first.add(index)))
        }
    }

    /// Gives a tensor another shape, and memory where it is dynamic. It may be asked while a kernel prepares or runs.
    ///
    /// # Errors
    /// Where LiteRT does not.
    pub(crate) fn resize(self, tensor: HostTensor<'_>, shape: &[usize]) -> Result<(), String> {
        let extents = shape.iter().map(|&extent| c_int::try_from(extent));
        let extents = extents.collect::<Result<Vec<c_int>, _>>();
        let extents =
            extents.map_err(|_| format!("the shape {shape:?} is too large for LiteRT"))?;
        // SAFETY: the context and the tensor are LiteRT's, which takes the array over.
        unsafe {
            let resize = (*self.context.as_ptr()).resize_tensor;
            let resize = resize.ok_or("this runtime resizes no tensors")?;
            let extents = IntArray::given(&extents).ok_or("there is no memory for a shape")?;
            let status = resize(self.context.as_ptr(), tensor.as_ptr(), extents);
            expect_ok(
                status,
                &format!("the shape {shape:?} for {:?}", tensor.name()),
            )
        }
    }

    /// Has kernels of `registration` take the place of these nodes, one for each group of them that can run in one go. It may be
    /// asked while a delegate prepares.
    ///
    /// # Errors
    /// Where LiteRT does not.
    pub(crate) fn replace(
        self,
        nodes: &[c_int],
        registration: Registration,
        delegate: *mut Delegate,
    ) -> Result<(), String> {
        let nodes = IntArray::lent(nodes);
        let registration = PaddedRegistration {
            registration,
            padding: [0; 8],
        };
        // SAFETY: the context is LiteRT's; it copies the nodes and the registration, and keeps the delegate's address.
        unsafe {
            let replace = (*self.context.as_ptr()).replace_node_subsets;
            let replace = replace.ok_or("this runtime hands over no nodes")?;
            let status = replace(
                self.context.as_ptr(),
                registration,
                nodes.as_ptr().cast(),
                delegate,
            );
            expect_ok(status, "the nodes for the delegate")
        }
    }
}

fn expect_ok(status: Status, what: &str) -> Result<(), String> {
    match status {
        OK => Ok(()),
        status => Err(format!("LiteRT refuses {what}, with status {status}")),
    }
}
