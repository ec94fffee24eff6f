//! Constants in the program of a partition: each is uploaded once for each order that dispatches read it in.

use std::borrow::Cow;

use demilite_core::{NodeContext, TensorId};
use demilite_shaders::Element;

use super::{LowerError, Lowering, required};
use crate::error::GpuError;
use crate::memory::constant::{DeviceConstant, device_constant, packed_constant};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::program::Storage;

impl Lowering<'_> {
    /// Where the weights of input `index` lie in this order.
    pub(crate) fn weights(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        layout: WeightLayout,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        Ok(self.constant(id, layout, None)?)
    }

    /// Where the weights of these channels of input `index` lie, in this order, which has as many output channels.
    pub(crate) fn weights_of(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        layout: WeightLayout,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        Ok(self.constant(id, layout, Some(channels))?)
    }

    /// Where the packed weights of these channels of input `index` lie, in this order: the file's bytes, seen as `element`.
    pub(crate) fn packed_weights(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        element: Element,
        layout: WeightLayout,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        let constant = packed_constant(self.graph, id, element);
        Ok(self.uploaded(id, constant, layout, Some(channels))?)
    }

    /// Where the scales of the blocks of these channels lie, a constant that is no input, in this order.
    pub(crate) fn block_scales(
        &mut self,
        scales: TensorId,
        layout: WeightLayout,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        Ok(self.constant(scales, layout, Some(channels))?)
    }

    /// Where the bias of these channels, of input `index`, lies; zeros if there is none.
    pub(crate) fn bias(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        match node.input_id(index) {
            Some(id) => Ok(self.constant(id, WeightLayout::File, Some(channels))?),
            None => Ok(self.program.zeros(channels.count)?),
        }
    }

    /// Zeros, for a bias that is absent.
    pub(crate) fn zeros(&mut self, channels: usize) -> Result<Storage, LowerError> {
        Ok(self.program.zeros(channels)?)
    }

    /// Where the constant lies that tensor `id` stands for.
    pub(super) fn constant(
        &mut self,
        id: TensorId,
        layout: WeightLayout,
        channels: Option<Channels>,
    ) -> Result<Storage, GpuError> {
        let constant = device_constant(self.graph, id, self.device().half());
        self.uploaded(id, constant, layout, channels)
    }

    /// Where `constant` lies, which tensor `id` stands for.
    fn uploaded(
        &mut self,
        id: TensorId,
        constant: Option<DeviceConstant<'_>>,
        layout: WeightLayout,
        channels: Option<Channels>,
    ) -> Result<Storage, GpuError> {
        let channels = channels.filter(|channels| !channels.is_all());
        let tensor = self.graph.tensor(id);
        let Some(constant) = constant else {
            let message = format!(
                "{} is neither computed before nor a constant that the device holds",
                tensor.name
            );
            return Err(GpuError::Rejected {
                what: format!("tensor {id}"),
                message,
            });
        };
        let key = (constant.tensor, constant.element, layout, channels);
        if let Some(&storage) = self.constants.get(&key) {
            return Ok(storage);
        }
        let (bytes, element): (&[u8], _) = (&constant.bytes, constant.element);
        let (bytes, file_bytes) = match channels {
            Some(channels) => (
                channels.slice(bytes),
                constant.file_bytes * channels.count / channels.all,
            ),
            None => (bytes, constant.file_bytes),
        };
        let elements = layout.elements(bytes.len() / element.bytes());
        let (element, laid_out) = match (element, layout) {
            (Element::F16 | Element::F16Packed | Element::I16, _) => {
                (element, laid_out::<u16>(layout, bytes))
            }
            (Element::F32 | Element::I32, _) => (element, laid_out::<u32>(layout, bytes)),
            // Products are of signed bytes: unsigned ones lose 128.
            (Element::U8, WeightLayout::Words { .. }) => {
                let signed: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x80).collect();
                (Element::I8, layout.apply(&signed))
            }
            // Beneath floats, unsigned bytes have the bits of signed ones.
            (Element::U8, WeightLayout::Matrix { .. }) => (Element::I8, layout.apply(bytes)),
            (Element::I8 | Element::U8, _) => (element, layout.apply(bytes)),
        };
        let name = if tensor.name.is_empty() {
            "a constant"
        } else {
            &tensor.name
        };
        let contents = laid_out.as_deref().unwrap_or(bytes);
        let storage = self
            .program
            .constant(name, contents, elements, element, file_bytes)?;
        self.constants.insert(key, storage);
        Ok(storage)
    }
}

/// Elements of any type in this order; none if they stay as they are.
fn laid_out<T: bytemuck::Pod + Default>(layout: WeightLayout, bytes: &[u8]) -> Option<Vec<u8>> {
    let elements: Cow<'_, [T]> = match bytemuck::try_cast_slice(bytes) {
        Ok(elements) => Cow::Borrowed(elements),
        Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
    };
    let ordered = layout.apply(&elements)?;
    Some(bytemuck::cast_slice(&ordered).to_vec())
}
