//! Chains of elementwise nodes: one dispatch, that of the node before them or one of their own.

use demilite_core::{Graph, Partition, Reject, TensorId};
use demilite_shaders::epilogue::StepArgument;
use demilite_shaders::table::{self, LengthParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows, STEPS_ELEMENT};

use crate::fusion::{Argument, Chain};
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::float_constant;
use crate::node::check::{table_entry, word};
use crate::plans::Plans;
use crate::program::{Dispatch, DispatchEpilogue, DispatchStep, EpilogueWork, Storage, line};

/// A row of four 32-bit words.
type Row = [i32; 4];

/// Adds the dispatches of a chain: those of its head with the steps at their end, or one of its own.
pub(super) fn lower<'a>(
    chain: &Chain,
    partition: &'a Partition,
    plans: &mut Plans<'a>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let epilogue = epilogue(chain, lowering)?;
    let last = chain.steps.last().map(|step| partition.context(step.node));
    let last = last.ok_or_else(|| Reject::invalid("a chain without steps"))?;
    let output = last.node().outputs[0];
    let source = match chain.head {
        Some(head) => {
            let first = lowering.dispatches();
            plans.lower(&partition.context(head), lowering)?;
            if lowering.extend(first, chain.source, output, &epilogue)? {
                return Ok(());
            }
            lowering.operand(chain.source)?
        }
        None => lowering.operand(chain.source)?,
    };
    let params = LengthParams {
        length: word(chain.length)?,
    };
    let output = lowering.output(&last, 0, chain.length)?;
    let dispatch = Dispatch {
        kernel: &table::CHAIN,
        rows: Rows::Aligned,
        constants: Vec::new(),
        params: params.bytes(),
        output,
        operands: vec![(Role::Weight, source)],
        workgroups: line(chain.length.div_ceil(QUAD_ELEMENTS), 64),
    };
    lowering.dispatch(dispatch.with_epilogue(&epilogue));
    Ok(())
}

/// The steps, and what they read.
fn epilogue(chain: &Chain, lowering: &mut Lowering<'_>) -> Result<DispatchEpilogue, LowerError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut tables: Vec<Row> = Vec::new();
    let mut file_bytes = 0;
    let mut tensors: Vec<Storage> = Vec::new();
    let mut steps = Vec::new();
    for step in &chain.steps {
        let mut row = Row::default();
        let mut operand = None;
        let mut arguments = [StepArgument::Value(0); 2];
        for (code, argument) in arguments.iter_mut().zip(&step.arguments) {
            *code = match *argument {
                Argument::Value(value) => StepArgument::Value(value),
                Argument::Constant(constant) => {
                    row[3] = constant.to_bits() as i32;
                    StepArgument::Constant
                }
                Argument::Operand(id, places, is_table) => {
                    (row[0], row[1]) = (table_entry(places.divisor)?, table_entry(places.modulus)?);
                    let binding = if is_table {
                        row[2] = table_entry(2 * chain.steps.len() + tables.len())?;
                        tables.extend(float_rows(lowering.graph(), id)?);
                        file_bytes += places.modulus * size_of::<f32>();
                        None
                    } else {
                        let tensor = lowering.activation(id)?;
                        let known = tensors.iter().position(|&known| known == tensor);
                        Some(word(known.unwrap_or_else(|| {
                            tensors.push(tensor);
                            tensors.len() - 1
                        }))?)
                    };
                    operand = Some((binding, places));
                    StepArgument::Operand
                }
            };
        }
        let (min, max) = step.clamp.unwrap_or_default();
        rows.extend([row, [min.to_bits() as i32, max.to_bits() as i32, 0, 0]]);
        steps.push(DispatchStep {
            function: step.function,
            arguments,
            operand,
            clamps: step.clamp.is_some(),
        });
    }
    rows.extend(tables);
    let bytes: &[u8] = bytemuck::cast_slice(&rows);
    let elements = bytes.len() / STEPS_ELEMENT.bytes();
    Ok(DispatchEpilogue {
        work: EpilogueWork::Steps(steps),
        rows: lowering.table("steps", bytes, elements, STEPS_ELEMENT, file_bytes)?,
        tensors,
    })
}

/// The bits of a constant of 32-bit floats, in rows of four.
fn float_rows(graph: &Graph, id: TensorId) -> Result<Vec<Row>, LowerError> {
    let view = float_constant(graph, id).and_then(|constant| constant.view());
    let view = view.ok_or_else(|| Reject::invalid("a table that is not a dense constant"))?;
    let rows = view.bytes().chunks(size_of::<Row>()).map(|chunk| {
        let mut row = Row::default();
        bytemuck::bytes_of_mut(&mut row)[..chunk.len()].copy_from_slice(chunk);
        row
    });
    Ok(rows.collect())
}
