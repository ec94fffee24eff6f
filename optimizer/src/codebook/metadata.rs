//! The FlatBuffer that says where indices and tables are: `metadata.fbs` of tflite-micro's compression, version 1.

use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, WIPOffset};

/// A constant that is stored as indices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) graph: usize,
    pub(super) tensor: usize,
    /// The buffer with the tables.
    pub(super) value_buffer: usize,
    /// Bits of an index.
    pub(super) bits: usize,
}

/// The version of the schema.
const VERSION: u32 = 1;

/// Where a field lies in the vtable of its table: two bytes each behind the sizes of both.
const fn slot(field: u16) -> u16 {
    4 + 2 * field
}

/// A table that was written.
type Written = WIPOffset<TableFinishedWIPOffset>;

/// The metadata of a model with as many graphs.
pub(super) fn metadata(graphs: usize, entries: &[Entry]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let of_graphs: Vec<Written> = (0..graphs)
        .map(|graph| {
            let of_graph = entries.iter().filter(|entry| entry.graph == graph);
            let tensors: Vec<Written> = of_graph.map(|entry| tensor(&mut builder, entry)).collect();
            let tensors = builder.create_vector(&tensors);
            let start = builder.start_table();
            builder.push_slot_always(slot(0), tensors);
            builder.end_table(start)
        })
        .collect();
    let of_graphs = builder.create_vector(&of_graphs);
    let start = builder.start_table();
    // The default of the schema is 1 too, but a reader may ask whether the field is there.
    builder.push_slot_always(slot(0), VERSION);
    builder.push_slot_always(slot(1), of_graphs);
    let root = builder.end_table(start);
    builder.finish_minimal(root);
    builder.finished_data().to_vec()
}

fn tensor(builder: &mut FlatBufferBuilder<'_>, entry: &Entry) -> Written {
    let start = builder.start_table();
    builder.push_slot_always(slot(0), entry.tensor as i32);
    builder.push_slot_always(slot(1), entry.value_buffer as u32);
    builder.push_slot_always(slot(2), entry.bits as u8);
    builder.end_table(start)
}
