using System.Globalization;
using System.Text.Json.Serialization;
using ModelBuild.Cli.Data;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.Reports;

/// <summary>An input or output.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Type">Element type as NumPy calls it; null where the file does not say.</param>
/// <param name="Shape">Numbers, or names of dimensions that are open; null where the file does not say.</param>
internal sealed record PortReport(string Name, string? Type, object[]? Shape)
{
    /// <summary>A dimension that is open and has no name.</summary>
    public const string Unnamed = "?";

    /// <summary>As people write it.</summary>
    [JsonIgnore]
    public string ShapeText =>
        Shape is null ? "?" : $"[{string.Join(",", Shape.Select(d => Convert.ToString(d, CultureInfo.InvariantCulture)))}]";

    public static PortReport Of(ExecutionPlan plan, PlanPort port)
    {
        PlanTensor tensor = plan.Tensors[port.Tensor];
        return new PortReport(
            port.Name,
            NpyWriter.Name(tensor.Type.ToDataType()),
            [.. tensor.Shape.Select(d => d.IsConstant ? (object)d.Value : d.ToString())]);
    }

    /// <summary>As the file declares it.</summary>
    public static PortReport Of(ValueInfoMessage port) => new(
        port.Name,
        port.ElementType == DataType.Undefined ? null : NpyWriter.Name(port.ElementType),
        port.Shape is null
            ? null
            : [.. port.Shape.Select(d => d.Name.Length > 0 ? d.Name : d.Value is { } value ? (object)value : Unnamed)]);
}
