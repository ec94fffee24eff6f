//! Attributes of variables and hash tables that outlive a run.

use crate::schema::table::table;

table! {
    /// Attributes of `VAR_HANDLE`.
    VarHandleOptions {
        /// Namespace of the variable.
        0 container: Option<String>,
        /// Name of the variable.
        1 shared_name: Option<String>,
    }

    /// Attributes of `READ_VARIABLE`: none.
    ReadVariableOptions {}

    /// Attributes of `ASSIGN_VARIABLE`: none.
    AssignVariableOptions {}

    /// Attributes of `HASHTABLE`.
    HashtableOptions {
        /// Number that tells tables apart.
        0 table_id: i32 = 0,
        /// `TensorType` code of the keys.
        1 key_dtype: i8 = 0,
        /// `TensorType` code of the values.
        2 value_dtype: i8 = 0,
    }

    /// Attributes of `HASHTABLE_FIND`: none.
    HashtableFindOptions {}

    /// Attributes of `HASHTABLE_IMPORT`: none.
    HashtableImportOptions {}

    /// Attributes of `HASHTABLE_SIZE`: none.
    HashtableSizeOptions {}
}
