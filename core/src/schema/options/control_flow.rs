//! Attributes of operators that run other subgraphs.

use crate::schema::table::table;

table! {
    /// Attributes of `IF`.
    IfOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the branch for true.
        0 then_subgraph_index: i32 = 0,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the branch for
        /// false.
        1 else_subgraph_index: i32 = 0,
    }

    /// Attributes of `WHILE`.
    WhileOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the condition.
        0 cond_subgraph_index: i32 = 0,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the body.
        1 body_subgraph_index: i32 = 0,
    }

    /// Attributes of `CALL`.
    CallOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the callee.
        0 subgraph: u32 = 0,
    }

    /// Attributes of `CALL_ONCE`.
    CallOnceOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the initialization.
        0 init_subgraph_index: i32 = 0,
    }
}
