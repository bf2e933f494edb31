using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>Which dimensions the run may decide: the leading one of an input, the batch. All others have to be bound to numbers.</summary>
internal static class DimensionCheck
{
    /// <exception cref="CompilationException">MODELB0007: a symbolic dimension is not bound.</exception>
    public static void Verify(Graph graph, string file)
    {
        var free = new HashSet<string>(
            graph.Inputs.Where(v => v.KnownShape.Rank > 0 && !v.KnownShape[0].IsConstant).Select(v => v.KnownShape[0].ToString()),
            StringComparer.Ordinal);
        Finding[] findings =
        [
            .. graph.Inputs.SelectMany(v => v.KnownShape.Select((d, i) => (Value: v, Dimension: d, Axis: i)))
                .Where(x => !x.Dimension.IsConstant && (x.Axis > 0 || !free.Contains(x.Dimension.ToString())))
                .Select(x => new Finding(
                    DiagnosticCodes.UnboundDimension, FindingSeverity.Error,
                    $"Model '{Path.GetFileName(file)}': dimension {x.Axis} of input '{x.Value.Name}' {x.Value.Shape} is the symbol "
                        + $"'{x.Dimension}', and only a leading batch dimension may stay open. "
                    + $"Bind it with Dimensions=\"{x.Dimension}=…\" on the QuantizedModel item.", file)),
        ];
        if (findings.Length > 0)
        {
            throw new CompilationException(findings);
        }
    }
}
