using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Layers that carry a state from step to step: LSTM, GRU and the simple RNN, forward, in reverse, or both. Import has put the steps first
/// (<c>layout</c> 0).
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__LSTM.html, https://onnx.ai/onnx/operators/onnx__GRU.html,
/// https://onnx.ai/onnx/operators/onnx__RNN.html, in the form that they have since opset 7. Values of <c>activation_alpha</c> and
/// <c>activation_beta</c> are for those activations that have such a parameter, one after the other, as ONNX Runtime reads them;
/// <c>clip</c> bounds the arguments of the gates' activations, not that of LSTM's h, as there. Gap: a number of steps in
/// <c>sequence_lens</c> that is computed from shapes which only the run knows. Weights are float32 in the graph,
/// and codes where <see cref="RecurrentCoding"/> says so.
/// </remarks>
internal sealed class Recurrent : Operator
{
    private static readonly (string Name, AttributeKind Kind)[] s_attributes =
    [
        ("activations", AttributeKind.Texts), ("activation_alpha", AttributeKind.Floats), ("activation_beta", AttributeKind.Floats),
        ("clip", AttributeKind.Float), ("direction", AttributeKind.Text), ("hidden_size", AttributeKind.Int), ("layout", AttributeKind.Int),
    ];

    private readonly int _outputs;

    private Recurrent(int inputs, int outputs, params (string Name, AttributeKind Kind)[] attributes)
        : base(3, inputs, [.. s_attributes, .. attributes]) => _outputs = outputs;

    public static IEnumerable<(string Type, long Since, Operator Family)> All =>
    [
        ("LSTM", 7, new Recurrent(8, 3, ("input_forget", AttributeKind.Int))),
        ("GRU", 7, new Recurrent(6, 2, ("linear_before_reset", AttributeKind.Int))),
        ("RNN", 7, new Recurrent(6, 2)),
    ];

    public override int Outputs => _outputs;

    /// <summary>Whether a node is such a layer.</summary>
    public static bool IsLayer(Node node) => node.Is("LSTM") || node.Is("GRU") || node.Is("RNN");

    /// <summary>How many gates a cell has: products with the input and the state.</summary>
    public static int Gates(Node node) => node.Type switch
    {
        "LSTM" => 4,
        "GRU" => 3,
        _ => 1,
    };

    public static int Directions(Node node) => node.Text("direction", "forward") == "bidirectional" ? 2 : 1;

    /// <summary>Whether a direction goes from the last step to the first.</summary>
    public static bool IsReverse(Node node, int direction) => direction == 1 || node.Text("direction") == "reverse";

    public override void Infer(Node node, InferenceContext context)
    {
        Value x = node.Required(0);
        context.RequireFloat(node, 0);
        context.CommonType(node, node.Type == "LSTM" ? [0, 1, 2, 3, 5, 6, 7] : [0, 1, 2, 3, 5]);
        CheckAttributes(node, context);
        RecurrentActivationName.Of(node, context);

        Shape shape = x.KnownShape;
        Shape recurrent = node.Required(2).KnownShape;
        if (shape.Rank != 3 || recurrent is not [_, _, { IsConstant: true, Value: > 0 } hidden])
        {
            throw context.Malformed(node, $"works on {shape} with recurrent weights of {recurrent}; both need three dimensions.");
        }

        if (node.Has("hidden_size") && node.Int("hidden_size") != hidden.Value)
        {
            throw context.Malformed(node, $"has hidden_size {node.Int("hidden_size")} and recurrent weights of {recurrent}.");
        }

        Dimension directions = Directions(node);
        Dimension gates = hidden * Gates(node);
        Require(node, context, 1, "weights", directions, gates, shape[2]);
        Require(node, context, 2, "recurrent weights", directions, gates, hidden);
        Require(node, context, 3, "biases", directions, gates * 2);
        Require(node, context, 4, "sequence lengths", shape[1]);
        Require(node, context, 5, "an initial state", directions, shape[1], hidden);
        Require(node, context, 6, "an initial cell", directions, shape[1], hidden);
        Require(node, context, 7, "peepholes", directions, hidden * 3);
        if (node.Required(1).KnownShape[2] is not { IsConstant: true, Value: > 0 })
        {
            throw context.Malformed(node, $"has weights of {node.Required(1).Shape}.");
        }

        if (node.Input(4) is not null)
        {
            context.RequireType(node, 4, node.Required(4).Type == DataType.Int32);
        }

        for (int i = 0; i < node.Outputs.Count; i++)
        {
            node.Outputs[i]?.Set(x.Type, new Shape(i == 0 ? [shape[0], directions, shape[1], hidden] : [directions, shape[1], hidden]));
        }
    }

    public override double WorkPerElement(Node node)
    {
        Shape shape = node.Required(0).KnownShape;
        Shape weights = node.Required(1).KnownShape;
        Dimension work = shape[0] * shape[1] * weights[0] * weights[1] * (weights[2] + node.Required(2).KnownShape[2]);
        Dimension made = node.Outputs.First(o => o is not null)!.KnownShape.Length;
        return work.IsConstant && made is { IsConstant: true, Value: > 0 } ? (double)work.Value / made.Value : 1;
    }

    private static void CheckAttributes(Node node, InferenceContext context)
    {
        if (node.Text("direction", "forward") is not ("forward" or "reverse" or "bidirectional"))
        {
            throw context.Malformed(node, $"has direction '{node.Text("direction")}'.");
        }

        if (node.Int("layout") != 0)
        {
            throw context.Malformed(node, $"has layout {node.Int("layout")}.");
        }

        if (!(node.Float("clip", float.PositiveInfinity) > 0))
        {
            throw context.Malformed(node, "has a clip that is not positive.");
        }
    }

    private static void Require(Node node, InferenceContext context, int index, string what, params Dimension[] expected)
    {
        if (node.Input(index) is not { } value)
        {
            return;
        }

        Shape shape = value.KnownShape;
        if (shape.Rank != expected.Length)
        {
            throw context.Malformed(node, $"has {what} of {shape} instead of {new Shape(expected)}.");
        }

        for (int i = 0; i < expected.Length; i++)
        {
            context.RequireEqual(node, shape[i], expected[i], $"{what} of {shape} instead of {new Shape(expected)}");
        }
    }
}
