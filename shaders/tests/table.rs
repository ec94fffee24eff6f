//! Every kernel in every declared variant is valid WGSL under the least capabilities, becomes SPIR-V, MSL and HLSL, keeps WebGPU's least
//! limits, and has the bindings and params that the table says.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use demilite_shaders::table::KERNELS;
use demilite_shaders::{
    Access, Binding, Capability, Element, Epilogue, Field, Halves, Kernel, MAX_STORAGE_BUFFERS,
    ParamsSpace, Rows, Variant,
};
use naga::back::pipeline_constants::process_overrides;
use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, Scalar, StorageAccess, TypeInner};

/// The limits that every WebGPU device has; naga checks none of them against `override` constants.
const MAX_INVOCATIONS: u32 = 256;
const MAX_SIZE: [u32; 3] = [256, 256, 64];
const MAX_WORKGROUP_MEMORY: u32 = 16_384;

/// The elements of a role; where there is none, those of the activations stand in.
fn elements(of_role: &'static [Element], activation: Element) -> Vec<Element> {
    match of_role {
        [] => vec![activation],
        elements => elements.to_vec(),
    }
}

fn variants(kernel: &Kernel) -> Vec<Variant> {
    let activations = kernel.elements.activation.iter();
    let inputs = activations.flat_map(|&activation| {
        let inputs = kernel.inputs(activation).into_iter();
        inputs.map(move |input| (activation, input))
    });
    let rows = if kernel.has_rows() {
        &[Rows::Aligned, Rows::Scattered, Rows::Placed][..]
    } else {
        &[Rows::Aligned]
    };
    let mut variants = Vec::new();
    for (activation, input) in inputs {
        for weight in elements(kernel.elements.weight, activation) {
            for bias in elements(kernel.elements.bias, activation) {
                for &rows in rows {
                    for (halves, params) in [
                        (Halves::Builtin, ParamsSpace::Uniform),
                        (Halves::Integer, ParamsSpace::Storage),
                    ] {
                        variants.extend(kernel.epilogues().iter().map(|&epilogue| Variant {
                            activation,
                            input,
                            weight,
                            bias,
                            rows,
                            epilogue,
                            halves,
                            params,
                        }));
                    }
                }
            }
        }
    }
    // How the input is read has nothing to do with how rows are written.
    variants.retain(|variant| {
        let is_plain = variant.rows == Rows::Aligned && variant.epilogue == Epilogue::None;
        is_plain || variant.input == variant.activation
    });
    // Where rows are written has nothing to do with what happens before.
    variants.retain(|variant| variant.rows != Rows::Placed || variant.epilogue == Epilogue::None);
    variants
}

/// Every combination of the tunables' values.
fn constants(kernel: &Kernel) -> Vec<Vec<(&'static str, u32)>> {
    kernel
        .tunables
        .iter()
        .fold(vec![Vec::new()], |combinations, tunable| {
            let with = |constants: &Vec<_>, value| {
                [constants.clone(), vec![(tunable.name, value)]].concat()
            };
            combinations
                .iter()
                .flat_map(|constants| {
                    tunable
                        .values
                        .iter()
                        .map(move |&value| with(constants, value))
                })
                .collect()
        })
}

fn capabilities(kernel: &Kernel, variant: &Variant) -> Capabilities {
    let mut capabilities = Capabilities::empty();
    capabilities.set(
        Capabilities::SHADER_FLOAT16,
        kernel.needs(variant, Capability::ShaderF16),
    );
    capabilities.set(
        Capabilities::SHADER_FLOAT16_IN_FLOAT32,
        kernel.needs(variant, Capability::F16InF32),
    );
    capabilities.set(
        Capabilities::COOPERATIVE_MATRIX | Capabilities::SUBGROUP,
        kernel.needs(variant, Capability::CooperativeMatrix),
    );
    capabilities
}

fn parse(kernel: &Kernel, variant: &Variant) -> (Module, ModuleInfo) {
    let source = kernel.source(variant);
    let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|error| {
        panic!(
            "{} {variant:?}: {}",
            kernel.name,
            error.emit_to_string(&source)
        )
    });
    let info = Validator::new(ValidationFlags::all(), capabilities(kernel, variant))
        .validate(&module)
        .unwrap_or_else(|error| {
            panic!(
                "{} {variant:?}: {}",
                kernel.name,
                error.emit_to_string(&source)
            )
        });
    (module, info)
}

/// The kernel as the shaders of Vulkan, Metal and DirectX 12, or what hinders it.
fn write_everywhere(
    module: &Module,
    info: &ModuleInfo,
    has_matrices: bool,
) -> Result<(), Box<dyn Error>> {
    let options = spv::Options::default();
    spv::write_vec(module, info, &options, None)?;
    let options = msl::Options {
        lang_version: (2, 4),
        ..msl::Options::default()
    };
    msl::write_string(module, info, &options, &msl::PipelineOptions::default())?;
    // naga does not write cooperative matrices for DirectX 12, and wgpu does not offer them there.
    if !has_matrices {
        let options = hlsl::Options {
            shader_model: hlsl::ShaderModel::V6_2,
            ..hlsl::Options::default()
        };
        let mut text = String::new();
        let pipeline = hlsl::PipelineOptions::default();
        hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None)?;
    }
    Ok(())
}

#[test]
fn every_variant_is_valid_and_becomes_spirv_msl_and_hlsl() {
    for kernel in KERNELS {
        for variant in variants(kernel) {
            let (module, info) = parse(kernel, &variant);
            let defaults = kernel
                .constants(&variant, &[])
                .into_iter()
                .map(|(name, v)| (name.to_owned(), f64::from(v)))
                .collect();
            let (module, info) = process_overrides(&module, &info, None, &defaults).unwrap();
            let has_matrices = kernel.needs(&variant, Capability::CooperativeMatrix);
            write_everywhere(&module, &info, has_matrices)
                .unwrap_or_else(|error| panic!("{} {variant:?}: {error}", kernel.name));
        }
    }
}

#[test]
fn every_value_of_every_tunable_is_valid_and_within_limits() {
    for kernel in KERNELS {
        let (module, info) = parse(kernel, &variants(kernel)[0]);
        for constants in constants(kernel) {
            let named = constants
                .iter()
                .map(|&(name, value)| (name.to_owned(), f64::from(value)))
                .collect();
            let (module, _) = process_overrides(&module, &info, None, &named)
                .unwrap_or_else(|error| panic!("{} {constants:?}: {error}", kernel.name));

            let size = kernel.workgroup_size(&constants);
            assert_eq!(
                module.entry_points[0].workgroup_size, size,
                "{} {constants:?}",
                kernel.name
            );
            assert!(
                size.iter().zip(MAX_SIZE).all(|(&size, max)| size <= max),
                "{} {size:?}",
                kernel.name
            );
            assert!(
                size.iter().product::<u32>() <= MAX_INVOCATIONS,
                "{} {size:?}",
                kernel.name
            );

            let memory: u32 = globals(&module, AddressSpace::WorkGroup)
                .map(|(_, bytes)| bytes)
                .sum();
            assert_eq!(
                kernel.workgroup_memory(&constants),
                memory,
                "{} {constants:?}",
                kernel.name
            );
            assert!(
                memory <= MAX_WORKGROUP_MEMORY,
                "{} {constants:?}",
                kernel.name
            );
        }
    }
}

/// Name and bytes of the globals in `space`.
fn globals(module: &Module, space: AddressSpace) -> impl Iterator<Item = (String, u32)> {
    let globals = module
        .global_variables
        .iter()
        .filter(move |(_, global)| global.space == space);
    globals.map(|(_, global)| {
        (
            global.name.clone().unwrap_or_default(),
            module.types[global.ty].inner.size(module.to_ctx()),
        )
    })
}

#[test]
fn tunables_and_workgroup_arrays_are_those_of_the_source() {
    for kernel in KERNELS {
        let (module, _) = parse(kernel, &variants(kernel)[0]);
        let mut declared: Vec<_> = kernel
            .tunables
            .iter()
            .map(|tunable| tunable.name.to_owned())
            .collect();
        let mut used: Vec<_> = module
            .overrides
            .iter()
            .filter_map(|(_, constant)| constant.name.clone())
            .collect();
        declared.sort();
        used.sort();
        assert_eq!(declared, used, "{}", kernel.name);
        let mut arrays: Vec<_> = globals(&module, AddressSpace::WorkGroup)
            .map(|(name, _)| name)
            .collect();
        let mut named: Vec<_> = kernel
            .workgroup_arrays
            .iter()
            .map(|array| array.name.to_owned())
            .collect();
        arrays.sort();
        named.sort();
        assert_eq!(named, arrays, "{}", kernel.name);
        assert_eq!(module.entry_points.len(), 1, "{}", kernel.name);
        assert_eq!(
            module.entry_points[0].name,
            Kernel::ENTRY_POINT,
            "{}",
            kernel.name
        );
    }
}

#[test]
fn bindings_are_those_of_the_source() {
    for kernel in KERNELS {
        for variant in variants(kernel) {
            let (module, _) = parse(kernel, &variant);
            let mut found: Vec<(u32, Access, Option<Scalar>)> = Vec::new();
            for (_, global) in module.global_variables.iter() {
                let Some(binding) = global.binding else {
                    continue;
                };
                assert_eq!(binding.group, 0, "{}", kernel.name);
                let access = match global.space {
                    AddressSpace::Uniform => Access::Uniform,
                    AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                        Access::Write
                    }
                    AddressSpace::Storage { .. } => Access::Read,
                    other => panic!("{}: a binding in {other:?}", kernel.name),
                };
                found.push((binding.binding, access, stored_scalar(&module, global.ty)));
            }
            let described = |binding: &Binding| {
                let scalar = binding.element(&variant).map(scalar);
                (binding.index(), binding.access(&variant), scalar)
            };
            let mut declared: Vec<_> = kernel
                .bindings_of(&variant)
                .map(|binding| described(&binding))
                .collect();
            found.sort_by_key(|binding| binding.0);
            declared.sort_by_key(|binding| binding.0);
            assert_eq!(declared, found, "{} {variant:?}", kernel.name);
            let storage = declared
                .iter()
                .filter(|binding| binding.1 != Access::Uniform)
                .count();
            if variant.params == ParamsSpace::Uniform {
                assert!(storage <= MAX_STORAGE_BUFFERS as usize);
            }
        }
    }
}

/// What an array of this element is made of in WGSL.
fn scalar(element: Element) -> Scalar {
    match element {
        Element::F32 => Scalar::F32,
        Element::F16 => Scalar::F16,
        Element::F16Packed | Element::I8 | Element::U8 | Element::I16 => Scalar::U32,
        Element::I32 => Scalar::I32,
    }
}

/// What a storage array is made of; none if the type is a struct.
fn stored_scalar(module: &Module, ty: naga::Handle<naga::Type>) -> Option<Scalar> {
    let TypeInner::Array { base, .. } = module.types[ty].inner else {
        return None;
    };
    match module.types[base].inner {
        TypeInner::Vector { scalar, .. }
        | TypeInner::Scalar(scalar)
        | TypeInner::Atomic(scalar) => Some(scalar),
        ref other => panic!("an array of {other:?}"),
    }
}

#[test]
fn params_are_those_of_the_source() {
    for kernel in KERNELS {
        let (module, _) = parse(kernel, &variants(kernel)[0]);
        let (_, uniform) = module
            .global_variables
            .iter()
            .find(|(_, global)| global.space == AddressSpace::Uniform)
            .unwrap();
        let TypeInner::Struct { members, .. } = &module.types[uniform.ty].inner else {
            panic!("{}: params are not a struct", kernel.name)
        };
        let size =
            |ty: naga::Handle<naga::Type>| module.types[ty].inner.size(module.to_ctx()) as usize;
        let found: Vec<_> = members
            .iter()
            .map(|member| {
                (
                    member.name.clone().unwrap(),
                    member.offset as usize,
                    size(member.ty),
                )
            })
            .collect();
        let declared: Vec<_> = kernel
            .params
            .iter()
            .map(|Field { name, offset, size }| ((*name).to_owned(), *offset, *size))
            .collect();
        assert_eq!(declared, found, "{}", kernel.name);
    }
}

#[test]
fn files_lie_where_their_job_is() {
    let mut used = BTreeMap::new();
    for kernel in KERNELS {
        for variant in variants(kernel) {
            let files: Vec<_> = kernel.files(&variant).collect();
            let of = |folder: &str| files.iter().filter(|f| f.path.starts_with(folder)).count();
            assert_eq!(of("kernel/"), 1, "{}", kernel.name);
            assert!(of("function/") <= 1, "{}", kernel.name);
            used.extend(files.iter().map(|file| (file.path.to_owned(), file.text)));
        }
    }
    let computes = |text: &str| text.contains("fn main(") || text.contains("fn value(");
    for (path, text) in &used {
        let is_kernel = path.starts_with("kernel/");
        // The entry point of kernels that say what four elements are worth.
        let is_entry = path == "prelude/quads";
        assert_eq!(computes(text), is_kernel || is_entry, "{path}");
    }
    // Tests run in the folder of their package.
    let root = Path::new("wgsl");
    let mut found = BTreeSet::new();
    for folder in ["kernel", "function", "prelude"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            found.insert(format!("{folder}/{}", name.strip_suffix(".wgsl").unwrap()));
        }
    }
    assert_eq!(found, used.into_keys().collect());
    assert_eq!(fs::read_dir(root).unwrap().count(), 3);
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = KERNELS.iter().map(|kernel| kernel.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KERNELS.len());
}
