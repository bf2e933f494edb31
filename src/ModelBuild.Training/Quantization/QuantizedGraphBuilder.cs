using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// Makes the graph that is deployed of a float graph, as the compiler does in a mode: clean-up with BatchNormalization folded, calibration,
/// QuantizeLinear and DequantizeLinear. What training changes afterwards are its numbers.
/// </summary>
internal static class QuantizedGraphBuilder
{
    /// <summary>The numbers that codes were made of, by where they are read.</summary>
    public sealed record Result(Graph Graph, IReadOnlyDictionary<(Node Node, int Input), (string Name, CompilerTensor Numbers)> Floats);

    /// <summary>The modes that have such a graph.</summary>
    public static bool Knows(ModelMode mode) => mode is ModelMode.Int8 or ModelMode.Int8Weights or ModelMode.Int4Weights;

    /// <summary>The float graph as deployment has it.</summary>
    public static Graph Fold(Graph graph, string file, CancellationToken cancellation)
    {
        Graph folded = graph.Clone();
        PassContext context = Context(graph, file, cancellation);
        PortablePasses.Run(folded, context);
        new AffineToDepthwise().Run(folded, context);
        PortablePasses.Run(folded, context);
        return folded;
    }

    /// <param name="folded">From <see cref="Fold"/>; used up.</param>
    /// <param name="mode">One of those that <see cref="Knows"/> knows.</param>
    /// <param name="file">For messages.</param>
    /// <param name="samples">Samples to calibrate with.</param>
    public static Result Build(
        Graph folded, ModelMode mode, string file, IEnumerable<IReadOnlyDictionary<string, CompilerTensor>> samples,
        CancellationToken cancellation)
    {
        PassContext context = Context(folded, file, cancellation);
        Dictionary<(Node, int), (string, CompilerTensor)> floats = [];
        foreach (Node node in folded.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is { Constant: { Type: DataType.Float32 } constant } value)
                {
                    floats.Add((node, i), (value.Name, constant));
                }
            }
        }

        if (mode == ModelMode.Int8)
        {
            // States of recurrent layers have no codes while training, and so their inputs have none.
            FloatParts parts = FloatParts.None with { HasFloatRecurrences = true };
            FloatParts named = parts.WithNamed(QuantizationPoints.Find(folded, parts));
            QuantizationPoints points = QuantizationPoints.Find(folded, named);
            Quantizer.Insert(folded, points, Calibrate(folded, points, samples, context), named);
            StoreCodes.Run(folded, ModelMode.Int8Weights, w => w.Consumers.All(StoreCodes.HasNoProductOfCodes));
        }
        else
        {
            StoreCodes.Run(folded, mode);
        }

        new ShapeInference().Run(folded, context);
        GraphVerifier.Verify(folded, nameof(QuantizedGraphBuilder));
        return new Result(folded, floats);
    }

    private static IReadOnlyDictionary<string, TensorStatistics> Calibrate(
        Graph graph, QuantizationPoints points, IEnumerable<IReadOnlyDictionary<string, CompilerTensor>> samples, PassContext context)
    {
        Graph observed = graph.Clone();
        observed.Observed.UnionWith(points.Values.Select(v => v.Name));
        var header = new PlanHeader(
            new PlanClass("internal", string.Empty, "Training"), new PlanSource(context.Inference.File, string.Empty, 0, string.Empty),
            "fp32", "training", 0, PlanHeader.SymbolsOf(graph))
        {
            Ranges = graph.Ranges,
        };
        return TemporaryPlan.Use(
            () => GraphPlanner.Plan(observed, header, context),
            plan => RangeCollector.Collect(
                new Interpreter(plan, ReproducibleKernels.Table), points, samples, context.Cancellation, CalibrationMethod.MinMax,
                graph.Inputs));
    }

    private static PassContext Context(Graph graph, string file, CancellationToken cancellation) =>
        new(new InferenceContext(file, graph.Opset) { Assumptions = graph.Assumptions }, [], cancellation);
}
