//! A case in the making.

mod ending;

use std::collections::HashMap;

use demilite_core::op::Dequantize;
use demilite_core::{
    Blockwise, Constant, DataType, Element, GraphParts, Op, Quantization, Shape, SparseDimension,
    Sparsity, Tensor, TensorId, Value,
};
use half::f16;

use ending::inferred;

use crate::data::{Content, Domain, drawn};
use crate::float_bound::Rounding;
use crate::random::Random;

/// A case in the making.
pub(crate) struct Draft {
    name: String,
    parts: GraphParts,
    random: Random,
    domain: Domain,
    /// What constants are filled with.
    content: Content,
    /// What is fed to inputs that nothing is drawn for.
    chosen: HashMap<TensorId, Value>,
}

impl Draft {
    /// A case of this name, whose floats lie between ±1.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(
            !name.contains(char::is_whitespace),
            "{name:?} is not a filter"
        );
        Draft {
            // The constants of every other case are such that sums of products with them are exact.
            content: match Random::of(&format!("{name} constants")).one_in(2) {
                true => Content::OnGrid,
                false => Content::Anywhere,
            },
            random: Random::of(&name),
            parts: GraphParts::default(),
            domain: Domain::between(-1.0, 1.0),
            chosen: HashMap::new(),
            name,
        }
    }

    /// The same case with floats and wide integers between ±`limit`.
    pub(crate) fn within(self, limit: f32) -> Self {
        self.between(-limit, limit)
    }

    /// The same case with floats and wide integers between `low` and `high`.
    pub(crate) fn between(mut self, low: f32, high: f32) -> Self {
        (self.domain.low, self.domain.high) = (low, high);
        self
    }

    /// Has floats and wide integers from now on lie between ±`limit`.
    pub(crate) fn limit(&mut self, limit: f32) {
        (self.domain.low, self.domain.high) = (-limit, limit);
    }

    /// The same case with integers of 8 and 16 bits from `least` on.
    pub(crate) fn narrow_from(mut self, least: i32) -> Self {
        self.domain.min_narrow = least;
        self
    }

    /// A scale between `low` and `high`.
    pub(crate) fn scale(&mut self, low: f32, high: f32) -> f32 {
        self.random.real(low, high)
    }

    /// Quantization for an activation of a type, none for types that have none.
    pub(crate) fn quantization(&mut self, dtype: DataType) -> Option<Quantization> {
        let zero_point = match dtype {
            DataType::Int8 | DataType::UInt8 => {
                let (low, high) = dtype.quantized_range()?;
                self.random.integer(low.into(), high.into()) as i32
            }
            DataType::Int16 => 0,
            _ => return None,
        };
        let scale = match dtype {
            DataType::Int16 => self.scale(1e-4, 1e-3),
            _ => self.scale(0.01, 0.1),
        };
        Some(Quantization::per_tensor(scale, zero_point))
    }

    /// A tensor that is fed.
    pub(crate) fn input(&mut self, dtype: DataType, shape: &[usize]) -> TensorId {
        let quantization = self.quantization(dtype);
        self.input_with(dtype, shape, quantization)
    }

    /// A tensor that is fed, with this quantization.
    pub(crate) fn input_with(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        quantization: Option<Quantization>,
    ) -> TensorId {
        let name = format!("input_{}", self.parts.inputs.len());
        let tensor = Tensor {
            quantization,
            ..Tensor::new(name, dtype, shape.to_vec())
        };
        let id = self.parts.tensor(tensor);
        self.parts.inputs.push(id);
        id
    }

    /// A tensor that is fed these elements, with this quantization. Each invocation begins with another of its rows.
    pub(crate) fn chosen<T: Element>(
        &mut self,
        shape: &[usize],
        elements: &[T],
        quantization: Option<Quantization>,
    ) -> TensorId {
        let value = Value::from_slice(shape.to_vec(), elements);
        let id = self.input_with(T::DATA_TYPE, shape, quantization);
        let value = value.expect("as many as the shape takes");
        self.chosen.insert(id, value);
        id
    }

    /// A constant of drawn elements with this quantization.
    pub(crate) fn constant(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        quantization: Option<Quantization>,
    ) -> TensorId {
        let shape = Shape::new(shape);
        let bytes = drawn(&mut self.random, dtype, &shape, &self.domain, self.content);
        let tensor = Tensor::new(
            format!("constant_{}", self.parts.tensors.len()),
            dtype,
            shape,
        );
        self.parts.tensor(Tensor {
            quantization,
            ..tensor.with_constant(Constant::copied(&bytes))
        })
    }

    /// A constant of symmetric weights, which never have the least value of their type.
    pub(crate) fn weights(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        quantization: Quantization,
    ) -> TensorId {
        let domain = self.domain;
        if dtype == DataType::Int8 {
            self.domain.min_narrow = -127;
        }
        let weights = self.constant(dtype, shape, Some(quantization));
        self.domain = domain;
        weights
    }

    /// A constant of symmetric int8 weights that calls itself uint8.
    pub(crate) fn legacy_weights(&mut self, shape: &[usize], scale: f32) -> TensorId {
        let quantization = Quantization::per_tensor(scale, 0);
        let weights = self.weights(DataType::Int8, shape, quantization);
        self.parts.tensors[weights.0].dtype = DataType::UInt8;
        weights
    }

    /// A constant of integers between `±limit`, wide enough for sums.
    pub(crate) fn wide_constant(
        &mut self,
        dtype: DataType,
        elements: usize,
        limit: f32,
        quantization: Quantization,
    ) -> TensorId {
        let shape = Shape::from([elements]);
        let bytes = drawn(
            &mut self.random,
            dtype,
            &shape,
            &Domain::between(-limit, limit),
            Content::Anywhere,
        );
        let tensor = Tensor::new("bias", dtype, shape).quantized(quantization);
        self.parts
            .tensor(tensor.with_constant(Constant::copied(&bytes)))
    }

    /// A tensor that keeps its elements from one invocation to the next, with this quantization.
    pub(crate) fn variable(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        quantization: Option<Quantization>,
    ) -> TensorId {
        self.parts.tensor(Tensor {
            is_variable: true,
            quantization,
            ..Tensor::new("state", dtype, shape.to_vec())
        })
    }

    /// Has the caller feed a variable.
    pub(crate) fn feed(&mut self, variable: TensorId) {
        self.parts.inputs.push(variable);
    }

    /// Integers that say how to compute.
    pub(crate) fn indices(&mut self, shape: &[usize], elements: &[i32]) -> TensorId {
        self.given(shape, elements)
    }

    /// A constant of these elements, without quantization.
    pub(crate) fn given<T: Element>(&mut self, shape: &[usize], elements: &[T]) -> TensorId {
        let value =
            Value::from_slice(shape.to_vec(), elements).expect("as many as the shape takes");
        let tensor = Tensor::new("given", T::DATA_TYPE, shape.to_vec());
        self.parts
            .tensor(tensor.with_constant(Constant::copied(value.bytes())))
    }

    /// A constant of these elements, with this quantization.
    pub(crate) fn given_with<T: Element>(
        &mut self,
        shape: &[usize],
        elements: &[T],
        quantization: Quantization,
    ) -> TensorId {
        let id = self.given(shape, elements);
        self.parts.tensors[id.0].quantization = Some(quantization);
        id
    }

    /// A constant of this shape that is stored sparsely, with `stored` drawn elements.
    pub(crate) fn sparse_constant(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        sparsity: Sparsity,
        stored: usize,
    ) -> TensorId {
        let elements = Shape::from([stored]);
        let bytes = drawn(
            &mut self.random,
            dtype,
            &elements,
            &self.domain,
            self.content,
        );
        let tensor = Tensor::new("sparse", dtype, shape.to_vec());
        self.parts.tensor(Tensor {
            sparsity: Some(sparsity),
            ..tensor.with_constant(Constant::copied(&bytes))
        })
    }

    /// A constant of `[rows][columns]` that is stored sparsely: of blocks of so many elements in a row, `is_stored` says which.
    pub(crate) fn sparse_rows(
        &mut self,
        dtype: DataType,
        [rows, columns]: [usize; 2],
        block: usize,
        quantization: Option<Quantization>,
        mut is_stored: impl FnMut() -> bool,
    ) -> TensorId {
        let (mut segments, mut indices) = (vec![0], Vec::new());
        for _ in 0..rows {
            indices.extend((0..columns / block).filter(|_| is_stored()));
            segments.push(indices.len());
        }
        let stored = indices.len() * block;
        let mut sparsity = Sparsity {
            traversal_order: vec![0, 1],
            block_map: Vec::new(),
            dimensions: vec![
                SparseDimension::Dense { size: rows },
                SparseDimension::SparseCsr { segments, indices },
            ],
        };
        if block > 1 {
            sparsity.traversal_order.push(2);
            sparsity.block_map.push(1);
            sparsity
                .dimensions
                .push(SparseDimension::Dense { size: block });
        }
        let id = self.sparse_constant(dtype, &[rows, columns], sparsity, stored);
        self.parts.tensors[id.0].quantization = quantization;
        id
    }

    /// A constant of integers whose blocks of so many elements, along the innermost dimension, have float16 scales of their own.
    pub(crate) fn blockwise(&mut self, dtype: DataType, shape: &[usize], size: usize) -> TensorId {
        let numbers = self.constant(dtype, shape, None);
        let mut counts = shape.to_vec();
        counts
            .iter_mut()
            .rev()
            .take(1)
            .for_each(|extent| *extent /= size);
        let elements: usize = counts.iter().product();
        let scales: Vec<f16> = (0..elements)
            .map(|_| f16::from_f32(self.scale(0.01, 0.1)))
            .collect();
        let scales = self.given(&counts, &scales);
        self.parts.tensors[numbers.0].blocks = Some(Blockwise {
            scales,
            zero_points: None,
            size,
            shape: Vec::new(),
        });
        numbers
    }

    /// A float32 tensor that DEQUANTIZE makes of a constant of integers.
    pub(crate) fn dequantized(
        &mut self,
        dtype: DataType,
        shape: &[usize],
        quantization: Quantization,
    ) -> TensorId {
        let constant = self.constant(dtype, shape, Some(quantization));
        let op = Op::Dequantize(Dequantize);
        self.computed(op, &[constant], DataType::Float32, shape)
    }

    /// A float32 tensor that DEQUANTIZE makes of a float16 constant.
    pub(crate) fn expanded_float16(&mut self, shape: &[usize]) -> TensorId {
        let constant = self.constant(DataType::Float16, shape, None);
        let expanded =
            self.parts
                .tensor(Tensor::new("expanded", DataType::Float32, shape.to_vec()));
        self.parts
            .node(Op::Dequantize(Dequantize), [Some(constant)], [expanded]);
        expanded
    }

    /// The type of a tensor.
    pub(crate) fn dtype_of(&self, tensor: TensorId) -> DataType {
        self.parts.tensors[tensor.0].dtype
    }

    /// A tensor of this type and shape that an op makes of others.
    pub(crate) fn computed(
        &mut self,
        op: Op,
        inputs: &[TensorId],
        dtype: DataType,
        shape: &[usize],
    ) -> TensorId {
        let computed = self
            .parts
            .tensor(Tensor::new("computed", dtype, shape.to_vec()));
        let inputs = inputs.iter().map(|&id| Some(id));
        self.parts.node(op, inputs, [computed]);
        computed
    }

    /// Adds an op whose only effect is on the state.
    pub(crate) fn effect(&mut self, op: Op, inputs: &[TensorId]) {
        let inputs = inputs.iter().map(|&id| Some(id));
        self.parts.node(op, inputs, []);
    }

    /// The quantization of a tensor.
    pub(crate) fn quantization_of(&self, tensor: TensorId) -> Option<Quantization> {
        self.parts.tensors[tensor.0].quantization.clone()
    }

    /// The scale of a tensor, or of its first slice; 1 where it has none.
    pub(crate) fn scale_of(&self, tensor: TensorId) -> f32 {
        let quantization = &self.parts.tensors[tensor.0].quantization;
        quantization
            .as_ref()
            .map_or(1.0, |quantization| quantization.scale[0])
    }

    /// The tensor that an op over these inputs gives, for further ops.
    pub(crate) fn step(
        &mut self,
        op: Op,
        inputs: &[TensorId],
        dtype: DataType,
        quantization: Option<Quantization>,
    ) -> TensorId {
        let name = format!("step_{}", self.parts.tensors.len());
        let tensor = self.parts.tensor(Tensor {
            quantization,
            ..Tensor::new(name, dtype, Shape::SCALAR)
        });
        let inputs = inputs.iter().map(|&id| Some(id));
        self.parts.node(op, inputs, [tensor]);
        let mut parts = self.parts.clone();
        parts.outputs = vec![tensor];
        let shape = inferred(&self.name, parts)[tensor.0].clone();
        self.parts.tensors[tensor.0].shape = shape.expect("a shape that depends on no data");
        tensor
    }

    /// The shape of a tensor.
    pub(crate) fn shape_of(&self, tensor: TensorId) -> &Shape {
        &self.parts.tensors[tensor.0].shape
    }

    /// What the ops so far do to floats together: the terms of all of them lie on the way of an element.
    pub(crate) fn rounding_of_network(&self) -> Rounding {
        let elements = |id: TensorId| self.parts.tensors[id.0].shape.elements();
        let terms = self.parts.nodes.iter().map(|node| {
            let output = node.outputs[0];
            let channels = self.parts.tensors[output.0].shape.last().copied();
            let mut inputs = node.inputs.iter().flatten().map(|&id| elements(id));
            // Of each input an output sees its own share; of weights those of its channel.
            let first = inputs.next().unwrap_or(1) / elements(output).max(1);
            let weights = inputs.next().unwrap_or(1) / channels.unwrap_or(1).max(1);
            1 + first.max(weights)
        });
        Rounding::Network {
            terms: terms.sum(),
            ops: self.parts.nodes.len(),
        }
    }
}
