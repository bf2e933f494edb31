using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>How near the plan of any mode is to the model in float, on samples.</summary>
internal static class QualityMeasurement
{
    /// <param name="floats">The model in float, simplified.</param>
    /// <param name="quantized">What the plan was made of.</param>
    /// <param name="plan">What is measured.</param>
    /// <param name="samples">All of them are looked at.</param>
    public static ModelQuality? Measure(
        Graph floats, QuantizedGraph quantized, CompiledPlan plan, CalibrationData samples, PlanHeader header, PassContext context)
    {
        PassContext silent = context with { Findings = [], Trace = null };
        return UseComparable(quantized.Portable, quantized.Stored, plan, header, silent, measured => TemporaryPlan.Use(
            () => GraphPlanner.Plan(DecidedSizes.Before(floats) ?? floats.Clone(), header, silent),
            reference => NoiseMeter.Compare(
                new Interpreter(reference, ReproducibleKernels.Table), new Interpreter(measured, ReproducibleKernels.Table),
                samples.Samples(), silent.Cancellation, samples.Labels)));
    }

    /// <summary>
    /// What is decided says nothing of noise: a box more or less, and all others have moved up. Such a plan is cut before it decides.
    /// </summary>
    public static T UseComparable<T>(
        Graph portable, IReadOnlySet<string> stored, CompiledPlan plan, PlanHeader header, PassContext context,
        Func<CompiledPlan, T> use) =>
        DecidedSizes.Before(portable) is { } before
            ? TemporaryPlan.Use(
                () => GraphPlanner.Plan(StoredWeights.Expand(before, stored), header, context with { Findings = [], Trace = null }), use)
            : use(plan);
}
