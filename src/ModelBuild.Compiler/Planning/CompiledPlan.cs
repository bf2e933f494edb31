using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>A plan and the file of constants that it refers to.</summary>
internal sealed record CompiledPlan(ExecutionPlan Plan, byte[] Weights);
