using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Checks;

/// <summary>Gradients against differences of the function itself, in float64.</summary>
internal static class GradientChecks
{
    /// <summary>So short that hardly a clamp or maximum switches within it.</summary>
    private const double Step = 1e-6;

    /// <summary>The derivative along a direction in the space of all weights, and the same by differences.</summary>
    internal static void Check(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, bool isTraining = false, double tolerance = 1e-5)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var network = new Network(graph, precision: torch.ScalarType.Float64);
        Assert.NotEmpty(network.Trained);
        torch.manual_seed(5);
        Tensor[] directions = [.. network.Trained.Select(t => torch.randn_like(t.Parameter).detach() * Scalars.Of(0.1))];
        Dictionary<string, Tensor> wide = inputs.ToDictionary(
            i => i.Key, i => i.Value.is_floating_point() ? i.Value.to(torch.ScalarType.Float64) : i.Value);
        var projections = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Tensor loss = Loss();
        loss.backward();
        double derivative = network.Trained.Zip(directions).Where(t => t.First.Parameter.grad is not null)
            .Sum(t => (t.First.Parameter.grad! * t.Second).sum().item<double>());
        double difference = (At(Step) - At(-Step)) / (2 * Step);
        double scale = Math.Max(1, Math.Abs(difference));
        Assert.True(
            Math.Abs(derivative - difference) <= tolerance * scale, $"the gradient says {derivative:G9}, differences say {difference:G9}");
        Assert.True(Math.Abs(difference) > 1e-9, "nothing depends on the weights");

        double At(double step)
        {
            using (torch.no_grad())
            {
                Move(step);
                double value = Loss().item<double>();
                Move(-step);
                return value;
            }
        }

        void Move(double step)
        {
            foreach ((TrainedTensor trained, Tensor direction) in network.Trained.Zip(directions))
            {
                trained.Parameter.add_(direction, Scalars.Of(step));
            }
        }

        Tensor Loss() => network.Run(wide, isTraining).Where(r => r.Value.is_floating_point())
            .Select(r => (r.Value.tanh() * Projection(r.Key.Name, r.Value)).sum()).Aggregate((a, b) => a.Plus(b));

        Tensor Projection(string name, Tensor like)
        {
            if (!projections.TryGetValue(name, out Tensor? projection))
            {
                projections.Add(name, projection = torch.randn_like(like).detach());
            }

            return projection;
        }
    }

    private static void Check(TestGraph builder, Value output, bool isTraining = false)
    {
        builder.Graph.Outputs.Add(output);
        torch.manual_seed(3);
        Check(
            builder.Graph,
            builder.Graph.Inputs.ToDictionary(
                i => i.Name, i => torch.randn([.. i.KnownShape.Select(d => d.IsConstant ? d.Value : 3)], torch.ScalarType.Float32)),
            isTraining);
    }

    [Check]
    public static void Gradient_OfConvolutions_IsThatOfDifferences()
    {
        foreach (long[] size in (long[][])[[9], [9, 8], [5, 6, 4]])
        {
            var builder = new TestGraph();
            Value x = builder.Conv(builder.Input([4, .. size]), 6, 3, stride: 2, pad: 1, groups: 2);
            x = builder.Node("PRelu", [x, builder.Weights([6, .. size.Select(_ => 1L)])]);
            Check(builder, builder.Conv(x, 2, 2));
        }
    }

    [Check]
    public static void Gradient_OfNormalization_IsThatOfDifferencesWithStatisticsOfTheBatch()
    {
        foreach (bool isTraining in (bool[])[false, true])
        {
            var builder = new TestGraph();
            Value x = builder.Conv(builder.Input(3, 7, 7), 4, 3, pad: 1);
            Check(builder, builder.Conv(builder.Node("Sigmoid", builder.BatchNormalization(x)), 3, 3), isTraining);
        }
    }

    [Check(nameof(Functions))]
    public static void Gradient_OfFunction_IsThatOfDifferences(string type)
    {
        var builder = new TestGraph();
        Value x = builder.Gemm(builder.Input(6), 7);
        Value between = builder.Node("Add", [builder.Node("Mul", [builder.Node("Sigmoid", x), builder.Constant(Scalar(0.5f))]),
            builder.Constant(Scalar(type == "Acosh" ? 1.5f : 0.2f))]);
        Check(builder, builder.Gemm(builder.Node(type, IsOfPositive(type) ? between : x), 3));
    }

    public static IEnumerable<string> Functions =>
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid",
        "HardSwish", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sin", "Sinh", "Softmax", "LogSoftmax",
        "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ReduceMean", "ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin",
    ];

    [Check]
    public static void Gradient_OfPools_IsThatOfDifferences()
    {
        var builder = new TestGraph();
        Value x = builder.Conv(builder.Input(2, 11, 9), 4, 3, pad: 1);
        Value means = builder.Node(
            "AveragePool", x, ("kernel_shape", (long[])[3, 2]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 0, 0, 1]),
            ("ceil_mode", 1L));
        Value largest = builder.Node(
            "MaxPool", x, ("kernel_shape", (long[])[3, 2]), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 0, 0, 1]), ("ceil_mode", 1L));
        Value resized = builder.Node(
            "Resize", [builder.Node("Concat", [means, largest], ("axis", 1L)), null,
                builder.Constant(Compiler.Graphs.Tensor.Of([1f, 1, 2, 1.5f], 4))],
            ("mode", "linear"));
        Check(builder, builder.Node("Add", [builder.Node("GlobalAveragePool", resized), builder.Node("GlobalMaxPool", resized)]));
    }

    [Check(nameof(RecurrentTypes))]
    public static void Gradient_OfRecurrentLayer_IsThatOfDifferences(string type)
    {
        var builder = new TestGraph();
        long gates = type switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        Value x = builder.FixedInput(5, 2, 3);
        Value y = builder.Node(
            type, [x, builder.Weights(2, gates * 4, 3), builder.Weights(2, gates * 4, 4), builder.Weights(2, gates * 8)],
            ("direction", "bidirectional"), ("hidden_size", 4L));
        Check(builder, y);
    }

    public static IEnumerable<string> RecurrentTypes => ["LSTM", "GRU", "RNN"];

    private static Compiler.Graphs.Tensor Scalar(float value) => Compiler.Graphs.Tensor.Scalar(value);

    private static bool IsOfPositive(string type) =>
        type is "Log" or "Sqrt" or "Acosh" or "Asin" or "Acos" or "Atanh" or "Reciprocal" or "Tan";
}
