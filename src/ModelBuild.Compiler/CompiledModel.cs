using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;

namespace ModelBuild.Compiler;

/// <summary>A compiled model before it becomes text.</summary>
/// <param name="Compiled">Plan and weights.</param>
/// <param name="Portable">The same computation as an ONNX graph: with Q/DQ nodes, or half initializers.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record CompiledModel(CompiledPlan Compiled, Graph Portable, IReadOnlyList<Finding> Findings);
