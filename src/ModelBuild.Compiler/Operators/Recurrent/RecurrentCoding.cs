using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// What is said of a recurrent layer that computes with codes: its weights are float32 in the graph, each an int8 code times a scale, and
/// inputs and states find the scales of their codes at run time, or have those of <see cref="Grid"/>. ONNX has no operator for that, so
/// that a file says what the weights are and not how they are multiplied.
/// </summary>
/// <param name="InputScales">Of the weights of the input: one for each direction and output of a gate.</param>
/// <param name="RecurrentScales">The same of those of the state.</param>
/// <param name="IsShared">
/// One scale for the inputs of all steps, and for all states of a step, as in ONNX Runtime; or one for each row.
/// </param>
internal sealed record RecurrentCoding(float[] InputScales, float[] RecurrentScales, bool IsShared)
{
    private const string Input = "modelbuild.input_scales";
    private const string Recurrent = "modelbuild.recurrent_scales";
    private const string Shared = "modelbuild.shared_scales";
    private const string Known = "modelbuild.state_codes";

    /// <summary>The codes of inputs and states; null where the run finds their scales.</summary>
    public RecurrentGrid? Grid { get; init; }

    /// <summary>What stands at a node; null where it computes in float.</summary>
    public static RecurrentCoding? Of(Node node) => node.Floats(Input) is { } input && node.Floats(Recurrent) is { } recurrent
        ? new RecurrentCoding(input, recurrent, node.Int(Shared) != 0)
        {
            Grid = node.Floats(Known) is [var inputScale, var inputZeroPoint, var stateScale, var stateZeroPoint]
                ? new RecurrentGrid(inputScale, (int)inputZeroPoint, stateScale, (int)stateZeroPoint) : null,
        }
        : null;

    /// <summary>Whether an attribute is one of these, which no file has.</summary>
    public static bool IsInternal(string attribute) => attribute is Input or Recurrent or Shared or Known;

    /// <summary>Has a node compute in float.</summary>
    public static void Remove(Node node)
    {
        foreach (string attribute in (string[])[Input, Recurrent, Shared, Known])
        {
            node.Attributes.Remove(attribute);
        }
    }

    /// <summary>Says so at a node.</summary>
    public void Write(IDictionary<string, AttributeValue> attributes)
    {
        attributes[Input] = InputScales;
        attributes[Recurrent] = RecurrentScales;
        attributes[Shared] = IsShared ? 1L : 0;
        if (Grid is { } grid)
        {
            attributes[Known] = (float[])[grid.InputScale, grid.InputZeroPoint, grid.StateScale, grid.StateZeroPoint];
        }
    }

    /// <summary>The codes of a direction's weights.</summary>
    /// <param name="weights">[directions, outputs, terms] in float32.</param>
    /// <param name="scales">As here.</param>
    /// <param name="direction">Which.</param>
    /// <returns>The codes, and the scale of each output.</returns>
    public static (sbyte[] Codes, float[] Scales) Codes(Tensor weights, float[] scales, int direction)
    {
        int outputs = (int)weights.Dimensions[1];
        int terms = (int)weights.Dimensions[2];
        float[] own = scales[(direction * outputs)..((direction + 1) * outputs)];
        ReadOnlySpan<float> source = weights.Span<float>().Slice(direction * outputs * terms, outputs * terms);
        var codes = new sbyte[source.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (sbyte)MathF.Round(source[i] / own[i / terms]);
        }

        return (codes, own);
    }
}
