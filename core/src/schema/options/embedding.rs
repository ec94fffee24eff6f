//! Attributes of embeddings and of operators on text.

use crate::schema::table::table;

table! {
    /// Attributes of `CONCAT_EMBEDDINGS`.
    ConcatEmbeddingsOptions {
        /// Embeddings to concatenate.
        0 num_channels: i32 = 0,
        /// Columns to look up, for each channel.
        1 num_columns_per_channel: Option<Vec<i32>>,
        /// Length of an embedding, for each channel.
        2 embedding_dim_per_channel: Option<Vec<i32>>,
    }

    /// Attributes of `EMBEDDING_LOOKUP_SPARSE`.
    EmbeddingLookupSparseOptions {
        /// `CombinerType` code: 0 is `SUM`, 1 `MEAN`, 2 `SQRTN`.
        0 combiner: i8 = 0,
    }

    /// Attributes of `LSH_PROJECTION`.
    LSHProjectionOptions {
        /// `type` in the schema. `LSHProjectionType` code: 0 is `UNKNOWN`, 1 `SPARSE`, 2 `DENSE`.
        0 projection_type: i8 = 0,
    }

    /// Attributes of `SKIP_GRAM`.
    SkipGramOptions {
        /// Words in a gram.
        0 ngram_size: i32 = 0,
        /// Most words to skip between two words of a gram.
        1 max_skip_size: i32 = 0,
        /// Whether shorter grams are given out as well.
        2 include_all_ngrams: bool = false,
    }
}
