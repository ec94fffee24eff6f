//! CALL, CALL_ONCE, IF, STABLEHLO_COMPOSITE, WHILE: nodes that run other graphs of the model.
//!
//! The interpreter runs them, so that the graphs that they call are split between delegates too. A
//! delegate may take one all the same, as a whole.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, BuiltinOptions2, CallOnceOptions, CallOptions, IfOptions,
    StableHLOCompositeOptions, WhileOptions,
};
use crate::shape::Shape;

/// Runs other graphs of the model, which are named by their indices in
/// [`Model::graphs`](crate::Model::graphs).
///
/// A graph that is called takes as many inputs as it has, and gives as many outputs, of the types
/// of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlFlow {
    /// CALL: the inputs go to the graph, and its outputs are the node's.
    Call {
        /// The graph.
        graph: usize,
    },
    /// CALL_ONCE: no inputs and outputs; the graph runs if it did not since the session began or
    /// was reset.
    CallOnce {
        /// The graph, which has neither inputs nor outputs.
        graph: usize,
    },
    /// IF: input 0 is a bool that chooses the graph for the other inputs.
    If {
        /// The graph for true.
        then_graph: usize,
        /// The graph for false.
        else_graph: usize,
    },
    /// STABLEHLO_COMPOSITE: an op of a name that a delegate may know, and a graph that does the
    /// same.
    Composite(Composite),
    /// WHILE: as long as the condition gives true of the values, the body gives the next ones of
    /// them.
    While {
        /// The graph whose only output is one bool.
        condition: usize,
        /// The graph with as many outputs as inputs.
        body: usize,
    },
}

/// What a STABLEHLO_COMPOSITE stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Composite {
    /// The name of what it computes, such as `odml.group_norm`.
    pub name: String,
    /// The graph that computes the same of other ops.
    pub decomposition: usize,
    /// What the name's rules need to be known, as a FlexBuffer; empty if nothing.
    pub attributes: Vec<u8>,
    /// The version of the name's rules.
    pub version: i32,
}

impl ControlFlow {
    /// The graphs that the node may run.
    pub fn graphs(&self) -> Vec<usize> {
        match self {
            ControlFlow::Call { graph } | ControlFlow::CallOnce { graph } => vec![*graph],
            ControlFlow::If {
                then_graph,
                else_graph,
            } => vec![*then_graph, *else_graph],
            ControlFlow::Composite(composite) => vec![composite.decomposition],
            ControlFlow::While { condition, body } => vec![*condition, *body],
        }
    }
}

fn graph_index(attribute: &'static str, index: i32) -> Result<usize, OpError> {
    usize::try_from(index).map_err(|_| OpError::Attribute {
        attribute,
        value: index.into(),
    })
}

impl Attributes for ControlFlow {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        Self::decode_2(operator, options, &BuiltinOptions2::None)
    }

    fn decode_2(
        operator: BuiltinOperator,
        options: &BuiltinOptions,
        options_2: &BuiltinOptions2,
    ) -> Result<Self, OpError> {
        match operator {
            BuiltinOperator::Call => {
                let options = options_of!(options, CallOptions)?;
                let graph = options.subgraph as usize;
                Ok(ControlFlow::Call { graph })
            }
            BuiltinOperator::CallOnce => {
                let options = options_of!(options, CallOnceOptions)?;
                let graph = graph_index("init_subgraph_index", options.init_subgraph_index)?;
                Ok(ControlFlow::CallOnce { graph })
            }
            BuiltinOperator::If => {
                let options = options_of!(options, IfOptions)?;
                Ok(ControlFlow::If {
                    then_graph: graph_index("then_subgraph_index", options.then_subgraph_index)?,
                    else_graph: graph_index("else_subgraph_index", options.else_subgraph_index)?,
                })
            }
            BuiltinOperator::While => {
                let options = options_of!(options, WhileOptions)?;
                Ok(ControlFlow::While {
                    condition: graph_index("cond_subgraph_index", options.cond_subgraph_index)?,
                    body: graph_index("body_subgraph_index", options.body_subgraph_index)?,
                })
            }
            BuiltinOperator::StablehloComposite => {
                let BuiltinOptions2::StableHLOCompositeOptions(options) = options_2 else {
                    return Err(OpError::Options {
                        expected: "StableHLOCompositeOptions",
                    });
                };
                Ok(ControlFlow::Composite(Composite {
                    name: options.name.clone().unwrap_or_default(),
                    decomposition: graph_index(
                        "decomposition_subgraph_index",
                        options.decomposition_subgraph_index,
                    )?,
                    attributes: options.composite_attributes.clone().unwrap_or_default(),
                    version: options.version,
                }))
            }
            _ => Err(OpError::Attribute {
                attribute: "operator",
                value: operator.code().into(),
            }),
        }
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let index = |graph: &usize| *graph as i32;
        match self {
            ControlFlow::Call { graph } => (
                BuiltinOperator::Call,
                BuiltinOptions::CallOptions(CallOptions {
                    subgraph: *graph as u32,
                }),
            ),
            ControlFlow::CallOnce { graph } => (
                BuiltinOperator::CallOnce,
                BuiltinOptions::CallOnceOptions(CallOnceOptions {
                    init_subgraph_index: index(graph),
                }),
            ),
            ControlFlow::If {
                then_graph,
                else_graph,
            } => (
                BuiltinOperator::If,
                BuiltinOptions::IfOptions(IfOptions {
                    then_subgraph_index: index(then_graph),
                    else_subgraph_index: index(else_graph),
                }),
            ),
            ControlFlow::Composite(_) => {
                (BuiltinOperator::StablehloComposite, BuiltinOptions::None)
            }
            ControlFlow::While { condition, body } => (
                BuiltinOperator::While,
                BuiltinOptions::WhileOptions(WhileOptions {
                    cond_subgraph_index: index(condition),
                    body_subgraph_index: index(body),
                }),
            ),
        }
    }

    fn encode_2(&self) -> BuiltinOptions2 {
        let ControlFlow::Composite(composite) = self else {
            return BuiltinOptions2::None;
        };
        BuiltinOptions2::StableHLOCompositeOptions(Box::new(StableHLOCompositeOptions {
            name: Some(composite.name.clone()),
            decomposition_subgraph_index: composite.decomposition as i32,
            composite_attributes: Some(composite.attributes.clone()),
            composite_attributes_format: 0,
            version: composite.version,
        }))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let min_inputs = match self {
            ControlFlow::If { .. } => 1,
            _ => 0,
        };
        let max_inputs = match self {
            ControlFlow::CallOnce { .. } => 0,
            _ => usize::MAX,
        };
        let outputs = match self {
            ControlFlow::CallOnce { .. } => 0..=0,
            ControlFlow::While { .. } => node.input_count()..=node.input_count(),
            _ => 0..=usize::MAX,
        };
        node.expect_counts(min_inputs..=max_inputs, outputs)?;
        (0..node.input_count()).try_for_each(|index| node.required(index).map(|_| ()))
    }

    /// What the graphs that are called give is known only with the model at hand.
    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Err(OpError::Unknown { index: 0 })
    }
}
