using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>Graphs by hand, and what tests of passes do with them. Random numbers are the same in every run.</summary>
internal sealed class PassTest
{
    private readonly Random _random = new(42);

    public Graph Graph { get; } = new() { Opset = 18, ImportedOpset = 18 };

    public PassContext Context { get; } = new(new InferenceContext("test.onnx", 18), [], CancellationToken.None);

    /// <summary>Operators of the nodes in order, without domain.</summary>
    public string Operators => string.Join(" ", Graph.Nodes.Select(n => n.Type));

    /// <param name="shape">Numbers and names of symbols.</param>
    public Value Input(string name, params object[] shape)
    {
        var dimensions = new Shape(shape.Select(d => d is string symbol ? Dimension.Symbol(symbol) : (int)d));
        Value value = Graph.NewValue(name, DataType.Float32, dimensions);
        Graph.Inputs.Add(value);
        return value;
    }

    /// <summary>A constant of random numbers around zero.</summary>
    public Value Random(string name, params long[] shape) => Graph.NewConstant(name, RandomTensor(shape));

    public Value Constant(string name, params float[] values) =>
        Graph.NewConstant(name, values.Length == 1 ? Tensor.Scalar(values[0]) : Tensor.Of(values, values.Length));

    public Value Integers(string name, params long[] values) => Graph.NewConstant(name, Tensor.Of(values, values.Length));

    public Value Constant(string name, Tensor tensor) => Graph.NewConstant(name, tensor);

    /// <summary>A node whose output has its name.</summary>
    public Value Node(string type, string name, IEnumerable<Value?> inputs, params (string Name, AttributeValue Value)[] attributes) =>
        Graph.Append(Context, type, name, inputs, name, attributes);

    public void Output(params Value[] values) => Graph.Outputs.AddRange(values);

    /// <summary>Runs passes to rest and checks that the graph still computes the same.</summary>
    /// <param name="symbols">Numbers for run-time dimensions.</param>
    public void RunAndCompare(IReadOnlyList<IPass> passes, double tolerance = 1e-5, params (string Symbol, long Value)[] symbols)
    {
        Dictionary<string, long> bindings = symbols.ToDictionary(s => s.Symbol, s => s.Value);
        Dictionary<string, Tensor> inputs =
            Graph.Inputs.ToDictionary(i => i.Name, i => RandomTensor(i.KnownShape.Substitute(bindings).ToConstant()));
        string[] names = [.. Graph.Outputs.Select(o => o.Name)];
        Tensor[] expected = ReferenceEvaluator.Run(Graph, inputs);
        PassRunner.Run(passes, Graph, Context);
        Tensor[] actual = ReferenceEvaluator.Run(Graph, inputs);
        Assert.Equal(names, Graph.Outputs.Select(o => o.Name));
        for (int i = 0; i < expected.Length; i++)
        {
            TensorAssert.Close(expected[i], actual[i], tolerance, tolerance);
        }
    }

    public void RunAndCompare(IPass pass, params (string Symbol, long Value)[] symbols) => RunAndCompare([pass], 1e-5, symbols);

    public Tensor RandomTensor(params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, d) => product * d)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (_random.NextSingle() * 8) - 4;
        }

        return Tensor.Of(values, shape);
    }
}
