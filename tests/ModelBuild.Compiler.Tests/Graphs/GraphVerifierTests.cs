using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Tests.Graphs;

public sealed class GraphVerifierTests
{
    private readonly Graph _graph = new();
    private readonly Value _input;
    private readonly Node _first;
    private readonly Node _second;

    public GraphVerifierTests()
    {
        _input = _graph.NewValue("input", DataType.Float32, Shape.Of(1));
        _graph.Inputs.Add(_input);
        _first = Add("first", _input);
        _second = Add("second", _first.Output);
        _graph.Outputs.Add(_second.Output);
    }

    [Fact]
    public void Verify_SoundGraph_Passes() => GraphVerifier.Verify(_graph, "Pass");

    [Fact]
    public void Verify_TwoValuesOfOneName_NamesPassAndValue()
    {
        _second.Output.Name = _input.Name;
        Refuses("two values are called 'input'");
    }

    [Fact]
    public void Verify_InputThatNobodyMakes_NamesTheReader()
    {
        _first.SetInput(0, _graph.NewValue("nothing", DataType.Float32));
        Refuses("Relu 'first' reads 'nothing' before it is made");
    }

    [Fact]
    public void Verify_ReaderOfARemovedNode_NamesTheValue()
    {
        _graph.Remove(_first);
        Refuses("reads 'first_output' before it is made");
    }

    [Fact]
    public void Verify_ConstantThatANodeMakes_NamesTheValue()
    {
        _first.Output.Constant = Tensor.Scalar(1);
        Refuses("'first_output' is a constant and made by a node");
    }

    [Fact]
    public void Verify_ValueOfTwoProducers_NamesTheValue()
    {
        _graph.Add(new Node(Domains.Onnx, "Relu", "third", [_input], [_first.Output]));
        Refuses("'first_output' does not know Relu 'first'");
    }

    [Fact]
    public void Verify_NodeOutsideTheGraphThatReads_NamesTheValue()
    {
        _ = new Node(Domains.Onnx, "Relu", "lost", [_first.Output], []);
        Refuses("that does not stand in the graph reads 'first_output'");
    }

    [Fact]
    public void Verify_OutputThatNobodyMakes_NamesIt()
    {
        _graph.Outputs.Add(_graph.NewValue("nothing", DataType.Float32));
        Refuses("output 'nothing' is made by nobody");
    }

    private void Refuses(string what)
    {
        string message = Assert.Throws<InvalidOperationException>(() => GraphVerifier.Verify(_graph, "Pass")).Message;
        Assert.Contains("'Pass'", message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    private Node Add(string name, Value input) =>
        _graph.Add(new Node(Domains.Onnx, "Relu", name, [input], [_graph.NewValue($"{name}_output", DataType.Float32, Shape.Of(1))]));
}
