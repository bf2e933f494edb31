using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>
/// LSTM, GRU, RNN: a call for each direction, with weights that are packed at build where they are constant; and linear attention.
/// </summary>
internal static class RecurrentSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        int gates = Recurrent.Gates(node);
        int directions = Recurrent.Directions(node);
        Shape x = node.Required(0).KnownShape;
        int inputSize = (int)node.Required(1).KnownShape[2].Value;
        int hidden = (int)node.Required(2).KnownShape[2].Value;
        bool isPacked = node.Inputs.Skip(1).Take(3).All(w => w is null or { IsConstant: true });
        RecurrentCoding? codes = isPacked ? RecurrentCoding.Of(node) : null;
        int panels = (hidden + 15) / 16 * 16;
        Dimension scratch = ((x[1] * hidden * ((x[0] * gates) + 3)) + (isPacked ? 0 : gates * panels * (inputSize + hidden + 2)))
            * sizeof(float);
        scratch += codes is null ? 0 : Recurrence.ScratchBytesOfCodes(new RecurrentShape(0, 0, inputSize, hidden), gates);
        IReadOnlyList<RecurrentActivationName> functions = RecurrentActivationName.Of(node, InferenceContext.Evaluation);
        plan.CountMacs(x[0] * x[1] * directions * gates * hidden * (inputSize + hidden));
        for (int direction = 0; direction < directions; direction++)
        {
            plan.Call(
                node,
                $"{node.Type} {inputSize}→{hidden}{Way(node, direction)}{(codes is null ? string.Empty : " by codes")}: "
                    + PlanBuilder.Describe(node.Required(0)),
                node.Type switch
                {
                    "LSTM" => "Recurrence.Lstm",
                    "GRU" => "Recurrence.Gru",
                    _ => "Recurrence.Simple",
                },
                [
                    ("shape", PlanBuilder.Nested(
                        nameof(RecurrentShape), ("steps", x[0]), ("batch", x[1]), ("inputSize", inputSize), ("hiddenSize", hidden),
                        ("directions", directions), ("direction", direction), ("reverse", Recurrent.IsReverse(node, direction)))),
                    ("weights", codes is not null ? Coded(node, plan, codes, direction)
                        : isPacked ? Packed(node, plan, direction) : Plain(node, plan)),
                    .. Functions(functions, functions.Count / directions * direction, functions.Count / directions),
                    ("input", plan.Argument(node.Required(0))),
                    ("scratch", plan.Scratch(scratch)),
                    ("clip", node.Has("clip") ? node.Float("clip") : null),
                    ("coupled", node.Int("input_forget") != 0 ? true : null),
                    ("resetLast", node.Int("linear_before_reset") != 0 ? true : null),
                    ("peepholes", Read(node, plan, 7)),
                    ("lengths", AreWhole(node) ? null : Read(node, plan, 4)),
                    ("initialHidden", Read(node, plan, 5)),
                    ("initialCell", Read(node, plan, 6)),
                    ("output", Written(node, plan, 0)),
                    ("lastHidden", Written(node, plan, 1)),
                    ("lastCell", Written(node, plan, 2)),
                ]);
        }
    }

    public static void WriteLinearAttention(Node node, PlanBuilder plan)
    {
        (long queryHeads, long heads, long keySize, long valueSize) = LinearAttention.Sizes(node, InferenceContext.Evaluation);
        Shape query = node.Required(0).KnownShape;
        float scale = node.Float("scale");
        plan.CountMacs(query[0] * query[1] * ((queryHeads + (2 * heads)) * keySize * valueSize));
        plan.Call(
            node,
            $"Linear attention of {queryHeads} heads, {keySize}×{valueSize}: {PlanBuilder.Describe(node.Required(0))}",
            "LinearRecurrence.Float32",
            ("batch", query[0]),
            ("steps", query[1]),
            ("queryHeads", queryHeads),
            ("heads", heads),
            ("keySize", keySize),
            ("valueSize", valueSize),
            ("scale", scale == 0 ? (float)(1 / Math.Sqrt(keySize)) : scale),
            ("query", plan.Argument(node.Required(0))),
            ("key", plan.Argument(node.Required(1))),
            ("value", plan.Argument(node.Required(2))),
            ("scratch", plan.Scratch(query[0] * (heads * keySize * valueSize * sizeof(float)) + (valueSize * sizeof(float)))),
            ("past", Read(node, plan, 3)),
            ("decay", Read(node, plan, 4)),
            ("beta", Read(node, plan, 5)),
            ("output", Written(node, plan, 0)),
            ("present", Written(node, plan, 1)));
    }

    private static string Way(Node node, int direction) => Recurrent.IsReverse(node, direction) ? " in reverse" : string.Empty;

    /// <summary>The weights of a direction as the kernel reads them, without a step of their own.</summary>
    private static PlanCall Packed(Node node, PlanBuilder plan, int direction)
    {
        int gates = Recurrent.Gates(node);
        int hidden = (int)node.Required(2).KnownShape[2].Value;
        ReadOnlySpan<float> bias = Part(node.Input(3));
        return PlanBuilder.Nested(
            "RecurrentWeights.Packed",
            ("input", Matrix(node.Required(1))),
            ("recurrent", Matrix(node.Required(2))),
            ("bias", plan.Constant(
                $"{node.Label}.bias{direction}", ConstantFormats.Channels,
                WeightPacking.PadChannels(bias.IsEmpty ? new float[2 * gates * hidden] : bias, 2 * gates * hidden, 2 * gates))));

        ConstantArgument Matrix(Value weights) => plan.Constant(
            direction == 0 ? weights.Name : $"{weights.Name}_{direction}",
            ConstantFormats.GatesFloat32,
            WeightPacking.GatesFloat32(Part(weights), gates, new GemmShape(1, (int)weights.KnownShape[2].Value, hidden)),
            (WeightPacking.PanelWidth, (int)weights.KnownShape[2].Value));

        ReadOnlySpan<float> Part(Value? weights)
        {
            if (weights is null)
            {
                return default;
            }

            int length = (int)(weights.Constant!.Length / weights.Constant.Dimensions[0]);
            return weights.Constant.Span<float>().Slice(direction * length, length);
        }
    }

    /// <summary>
    /// The weights of a direction as codes. Biases are added to the products with the input, all but that of a gate whose product with the
    /// state is multiplied before it is added.
    /// </summary>
    private static PlanCall Coded(Node node, PlanBuilder plan, RecurrentCoding codes, int direction)
    {
        int gates = Recurrent.Gates(node);
        int hidden = (int)node.Required(2).KnownShape[2].Value;
        int outputs = gates * hidden;
        var biases = new float[2 * outputs];
        if (node.Input(3) is { } bias)
        {
            bias.Constant!.Span<float>().Slice(direction * biases.Length, biases.Length).CopyTo(biases);
        }

        int apart = node.Type == "GRU" && node.Int("linear_before_reset") != 0 ? hidden : 0;
        for (int i = 0; i < outputs - apart; i++)
        {
            biases[i] += biases[outputs + i];
        }

        (PlanArgument inputWeights, PlanArgument inputChannels) = Matrix(node.Required(1), codes.InputScales, biases[..outputs]);
        (PlanArgument weights, PlanArgument channels) = Matrix(node.Required(2), codes.RecurrentScales, biases[outputs..]);
        (string Name, PlanArgument? Value)[] matrices =
        [
            ("input", inputWeights),
            ("inputChannels", inputChannels),
            ("recurrent", weights),
            ("recurrentChannels", channels),
        ];
        return codes.Grid is { } grid
            ? PlanBuilder.Nested(
                "RecurrentWeights.OfStaticCodes",
                [
                    .. matrices,
                    ("inputScale", grid.InputScale),
                    ("inputZeroPoint", grid.InputZeroPoint),
                    ("stateScale", grid.StateScale),
                    ("stateZeroPoint", grid.StateZeroPoint),
                ])
            : PlanBuilder.Nested("RecurrentWeights.OfCodes", [.. matrices, ("isShared", codes.IsShared ? true : null)]);

        (PlanArgument Weights, PlanArgument Channels) Matrix(Value weights, float[] scales, float[] bias)
        {
            int inner = (int)weights.KnownShape[2].Value;
            (sbyte[] values, float[] own) = RecurrentCoding.Codes(weights.Constant!, scales, direction);
            string name = direction == 0 ? weights.Name : $"{weights.Name}_{direction}";
            float[] sums = Array.ConvertAll(WeightSums.Of(values, outputs), sum => (float)sum);
            return (
                plan.Constant<sbyte>(
                    name, ConstantFormats.GatesInt8, WeightPacking.GatesInt8(values, gates, new GemmShape(1, inner, hidden))),
                PlanBuilder.Nested(
                    nameof(ChannelParameters),
                    ("sums", Channels($"{name}.sums", sums)),
                    ("scales", Channels($"{name}.scales", own)),
                    ("bias", Channels($"{name}.bias", bias))));
        }

        PlanArgument Channels(string name, float[] values) => plan.Constant<float>(
            name, ConstantFormats.Channels, WeightPacking.PadChannels<float>(values, outputs, gates));
    }

    private static PlanCall Plain(Node node, PlanBuilder plan) => PlanBuilder.Nested(
        "RecurrentWeights.Plain",
        ("input", plan.Argument(node.Required(1))),
        ("recurrent", plan.Argument(node.Required(2))),
        ("bias", Read(node, plan, 3)));

    private static IEnumerable<(string Name, PlanArgument? Value)> Functions(
        IReadOnlyList<RecurrentActivationName> functions, int first, int count) =>
        functions.Skip(first).Take(count).Select((f, i) => ("fgh"[i].ToString(), (PlanArgument?)PlanBuilder.Nested(
            $"RecurrentActivation.{f.Name}",
            ("alpha", f.Alpha is { } alpha ? alpha : null),
            ("beta", f.Beta is { } beta ? beta : null))));

    /// <summary>Exporters write lengths also where all sequences have all steps.</summary>
    private static bool AreWhole(Node node) =>
        node.Input(4)?.Constant is { } lengths && node.Required(0).KnownShape[0] is { IsConstant: true } steps
            && lengths.ToInt64s().All(length => length == steps.Value);

    private static PlanArgument? Read(Node node, PlanBuilder plan, int index) =>
        node.Input(index) is { } value ? plan.Argument(value) : null;

    /// <summary>Nothing for an output that nobody reads, though it may have a name.</summary>
    private static PlanArgument? Written(Node node, PlanBuilder plan, int index) =>
        index < node.Outputs.Count && node.Outputs[index] is { } value && (value.Consumers.Count > 0 || value.OutputCount > 0)
            ? plan.Tensor(value) : null;
}
