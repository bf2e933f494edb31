using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Ports;

/// <summary>What the codes of a port stand for, as unsigned ones.</summary>
internal static class PortCodes
{
    /// <summary>Of what lies between 0 and 1: all codes are used, and codes of two models can be compared.</summary>
    private static readonly QuantizationParameters s_ofProbabilities = new(1f / 256, 0);

    /// <summary>
    /// The codes that the network computes with where there are such, so that nothing is left to do; else those of the range that samples
    /// showed.
    /// </summary>
    /// <param name="port">An input or output.</param>
    /// <param name="chosen">By what stands for a group of points.</param>
    /// <param name="statistics">By name; of the port too.</param>
    public static QuantizationParameters Choose(
        Value port, QuantizationPoints points, IReadOnlyDictionary<Value, QuantizationParameters> chosen,
        IReadOnlyDictionary<string, TensorStatistics> statistics)
    {
        if (AreProbabilities(port))
        {
            return s_ofProbabilities;
        }

        if (points.Values.Contains(port) && chosen[points.Group(port)] is { CodeType: DataType.UInt8 } own)
        {
            return own;
        }

        TensorStatistics seen = statistics[port.Name];
        return seen.Range.IsEmpty
            ? throw new UnsuitedDataException($"tensor '{port.Name}' has no elements in any sample.")
            : seen.Choose(seen.Range).ToUInt8();
    }

    /// <summary>Those that a model brings.</summary>
    /// <exception cref="CompilationException">MODELB2019, MODELB2025: it brings none for the port.</exception>
    public static QuantizationParameters Arriving(Graph graph, Value port, CompileOptions options)
    {
        bool isInput = graph.Inputs.Contains(port);
        Node? node = isInput ? port.Consumers.FirstOrDefault(c => c.Is("QuantizeLinear")) : port.Producer;
        DataType? type = node is null ? null : isInput ? node.Output.Type : node.Is("DequantizeLinear") ? node.Required(0).Type : null;
        return type is DataType.UInt8 or DataType.Int8 && QuantizationInputs.IsWhole(node!, type.Value)
            && QuantizationInputs.Parameters(node!) is { IsPerTensor: true, Scale: > 0 } codes
            ? type == DataType.UInt8 ? codes : codes.Shift(128)
            : throw CodePorts.Unfit(
                options, isInput,
                $"the model arrives quantized, and {(isInput ? "input" : "output")} '{port.Name}' has no 8-bit codes in it. Leave it out "
                    + $"of {(isInput ? "InputType" : "OutputType")}, or start from the float model.");
    }

    private static bool AreProbabilities(Value value) => value.Producer is { } node && node.Type switch
    {
        "Softmax" or "Sigmoid" => true,
        "Reshape" or "Transpose" or "Identity" or "Flatten" or "Squeeze" or "Unsqueeze" => AreProbabilities(node.Required(0)),
        _ => false,
    };
}
