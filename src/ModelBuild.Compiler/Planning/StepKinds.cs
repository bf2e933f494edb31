using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>What the steps of a quantized model compute with.</summary>
internal static class StepKinds
{
    /// <summary>Kernels that change the type of numbers and nothing else.</summary>
    private static readonly string[] s_conversions = ["Quantization.", "Conversion."];

    public static StepKind Of(ExecutionPlan plan, PlanStep step)
    {
        PlanType[] types = [.. Types(plan, step.Call)];
        return Array.Exists(s_conversions, name => step.Call.Target.StartsWith(name, StringComparison.Ordinal)) ? StepKind.Conversion
            : types.Any(type => type is PlanType.U8 or PlanType.S8) ? StepKind.Integer
            : types.Any(type => type is PlanType.F16 or PlanType.F32 or PlanType.F64) ? StepKind.Float
            : StepKind.Other;
    }

    /// <summary>The types of all tensors and constants that a call reads or writes.</summary>
    private static IEnumerable<PlanType> Types(ExecutionPlan plan, PlanCall call) =>
        call.Arguments.SelectMany(argument => argument.Value switch
        {
            TensorArgument tensor => [plan.Tensors[tensor.Tensor].Type],
            ConstantArgument constant => [plan.Constants[constant.Constant].Type],
            PlanCall inner => Types(plan, inner),
            _ => (IEnumerable<PlanType>)[],
        });
}

/// <summary>What a step computes with.</summary>
internal enum StepKind
{
    /// <summary>Codes, or indices.</summary>
    Integer,

    /// <summary>It makes codes of floats, or floats of codes.</summary>
    Conversion,

    /// <summary>Floats.</summary>
    Float,

    /// <summary>Numbers that are neither, such as indices.</summary>
    Other,
}
