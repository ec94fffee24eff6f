//! What an adapter offers of cooperative matrices, the processors of matrices that subgroups share.

use demilite_shaders::MatrixSize;

/// The cooperative matrices of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CooperativeMatrices {
    pub(crate) size: MatrixSize,
    /// Invocations that hold a matrix together.
    pub(crate) subgroup_size: u32,
}

impl CooperativeMatrices {
    /// What a device needs for them besides 16-bit floats.
    pub(crate) const FEATURES: wgpu::Features = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX
        .union(wgpu::Features::SHADER_F16)
        .union(wgpu::Features::SUBGROUP);

    /// The largest that the kernels can use.
    pub(crate) fn of(adapter: &wgpu::Adapter) -> Option<Self> {
        let info = adapter.get_info();
        // A kernel lays out its workgroups for one size of subgroups, and a driver may choose among those that it has.
        let subgroup_size = info.subgroup_min_size;
        let is_one_size =
            subgroup_size == info.subgroup_max_size && subgroup_size.is_power_of_two();
        if !is_one_size || !adapter.features().contains(Self::FEATURES) {
            return None;
        }
        let offered = adapter.cooperative_matrix_properties();
        let is_offered = |size: MatrixSize| {
            offered.iter().any(|shape| {
                [shape.m_size, shape.n_size, shape.k_size] == [size.extent(); 3]
                    && shape.ab_type == wgpu::CooperativeScalarType::F16
                    && shape.cr_type == wgpu::CooperativeScalarType::F32
            })
        };
        // One subgroup loads at least the steps of one row.
        let loads = |size: MatrixSize| subgroup_size >= size.extent() / 2;
        let mut sizes = MatrixSize::ALL.into_iter();
        let size = sizes.find(|&size| is_offered(size) && loads(size))?;
        Some(CooperativeMatrices {
            size,
            subgroup_size,
        })
    }
}
